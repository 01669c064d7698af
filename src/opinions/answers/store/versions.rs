//! Versions of chapters before their approvers, standard phrases, changes for other reasons, texts of papers.

use diesel::prelude::*;

use crate::consultations::paper::Stage;
use crate::db::schema::{
    answer_chapter, answer_chapter_version, answer_chapter_writer, answer_phrase, city_view, opinion_group,
    other_change, paper_version,
};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::opinions::view::Chapter;

use super::STALE;

/// A version of a chapter as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = answer_chapter_version, check_for_backend(Backend))]
pub struct ChapterVersion {
    /// Its number inside.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// The chapter.
    pub chapter_id: i64,
    /// 1, 2, ….
    pub no: i64,
    /// [`crate::opinions::answers::content::ChapterContent`] as JSON.
    pub content: String,
    /// Its hash.
    pub content_hash: String,
    /// Who put it before the approvers.
    pub author_id: i64,
    /// When.
    pub created_at: Instant,
}

/// A version before it is stored.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// Whose.
    pub consultation_id: i64,
    /// The chapter.
    pub chapter_id: i64,
    /// Its number.
    pub no: i64,
    /// What the public will read.
    pub content: &'a str,
    /// Its hash.
    pub hash: &'a str,
    /// Who puts it before the approvers.
    pub author_id: i64,
    /// Everybody who wrote in it.
    pub writers: &'a [i64],
}

/// Adds a version with those who wrote in it, and gives its id.
pub fn insert_version(db: &mut Db, new: &NewVersion<'_>, now: Instant) -> Result<i64> {
    let id: i64 = diesel::insert_into(answer_chapter_version::table)
        .values((
            answer_chapter_version::consultation_id.eq(new.consultation_id),
            answer_chapter_version::chapter_id.eq(new.chapter_id),
            answer_chapter_version::no.eq(new.no),
            answer_chapter_version::content.eq(new.content),
            answer_chapter_version::content_hash.eq(new.hash),
            answer_chapter_version::author_id.eq(new.author_id),
            answer_chapter_version::created_at.eq(now),
        ))
        .returning(answer_chapter_version::id)
        .get_result(db)?;
    for writer in new.writers {
        diesel::insert_into(answer_chapter_writer::table)
            .values((answer_chapter_writer::version_id.eq(id), answer_chapter_writer::staff_id.eq(writer)))
            .execute(db)?;
    }
    Ok(id)
}

/// A version by its id.
pub fn version(db: &mut Db, id: i64) -> Result<ChapterVersion> {
    Ok(answer_chapter_version::table.find(id).select(ChapterVersion::as_select()).first(db)?)
}

/// A version of a chapter by its number.
pub fn version_no(db: &mut Db, chapter_id: i64, no: i64) -> Result<Option<ChapterVersion>> {
    Ok(answer_chapter_version::table
        .filter(answer_chapter_version::chapter_id.eq(chapter_id))
        .filter(answer_chapter_version::no.eq(no))
        .select(ChapterVersion::as_select())
        .first(db)
        .optional()?)
}

/// Versions of chapters from the one after `after` on.
pub fn versions_after(db: &mut Db, after: i64, most: i64) -> Result<Vec<ChapterVersion>> {
    Ok(answer_chapter_version::table
        .filter(answer_chapter_version::id.gt(after))
        .order(answer_chapter_version::id)
        .limit(most)
        .select(ChapterVersion::as_select())
        .load(db)?)
}

/// Chapters that stand approved.
pub fn approved_chapters(db: &mut Db) -> Result<Vec<Chapter>> {
    Ok(answer_chapter::table
        .filter(answer_chapter::approved_no.is_not_null())
        .order(answer_chapter::id)
        .select(Chapter::as_select())
        .load(db)?)
}

/// Who wrote in a version.
pub fn writers(db: &mut Db, version_id: i64) -> Result<Vec<i64>> {
    Ok(answer_chapter_writer::table
        .filter(answer_chapter_writer::version_id.eq(version_id))
        .order(answer_chapter_writer::staff_id)
        .select(answer_chapter_writer::staff_id)
        .load(db)?)
}

/// Whether anything was ever done in a chapter: versions, views, groups.
pub fn is_used(db: &mut Db, chapter_id: i64) -> Result<bool> {
    use crate::db::schema::answer_move;
    let versions: i64 = answer_chapter_version::table
        .filter(answer_chapter_version::chapter_id.eq(chapter_id))
        .count()
        .get_result(db)?;
    let views: i64 = city_view::table.filter(city_view::chapter_id.eq(chapter_id)).count().get_result(db)?;
    let groups: i64 =
        opinion_group::table.filter(opinion_group::chapter_id.eq(chapter_id)).count().get_result(db)?;
    let moves: i64 = answer_move::table
        .filter(answer_move::from_chapter.eq(chapter_id).or(answer_move::to_chapter.eq(chapter_id)))
        .count()
        .get_result(db)?;
    Ok(versions + views + groups + moves > 0)
}

/// 定型文.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = answer_phrase, check_for_backend(Backend))]
pub struct Phrase {
    /// Its number.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Its words.
    pub body: String,
    /// What a change must have seen.
    pub version: i64,
}

/// The phrases in use.
pub fn phrases(db: &mut Db) -> Result<Vec<Phrase>> {
    Ok(answer_phrase::table
        .filter(answer_phrase::removed_at.is_null())
        .order(answer_phrase::id)
        .select(Phrase::as_select())
        .load(db)?)
}

/// Adds a phrase and gives its id.
pub fn insert_phrase(db: &mut Db, name: &str, body: &str) -> Result<i64> {
    Ok(diesel::insert_into(answer_phrase::table)
        .values((
            answer_phrase::name.eq(name),
            answer_phrase::body.eq(body),
            answer_phrase::version.eq(1_i64),
        ))
        .returning(answer_phrase::id)
        .get_result(db)?)
}

/// Changes a phrase that is still as the page showed it; without words it is taken out.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn change_phrase(
    db: &mut Db,
    id: i64,
    seen: i64,
    words: Option<(&str, &str)>,
    now: Instant,
) -> Result<()> {
    let row = answer_phrase::table
        .find(id)
        .filter(answer_phrase::version.eq(seen))
        .filter(answer_phrase::removed_at.is_null());
    let changed = match words {
        Some((name, body)) => diesel::update(row)
            .set((
                answer_phrase::name.eq(name),
                answer_phrase::body.eq(body),
                answer_phrase::version.eq(seen + 1),
            ))
            .execute(db)?,
        None => diesel::update(row).set(answer_phrase::removed_at.eq(now)).execute(db)?,
    };
    if changed == 1 { Ok(()) } else { Err(Error::Stale(STALE.to_owned())) }
}

/// A change of the draft that no opinion asked for, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = other_change, check_for_backend(Backend))]
pub struct OtherReason {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// The paper.
    pub paper_id: i64,
    /// The paragraph's code.
    pub paragraph: String,
    /// Why it was changed.
    pub reason: String,
}

/// The changes for other reasons.
pub fn other_reasons(db: &mut Db, consultation_id: i64) -> Result<Vec<OtherReason>> {
    Ok(other_change::table
        .filter(other_change::consultation_id.eq(consultation_id))
        .order(other_change::id)
        .select(OtherReason::as_select())
        .load(db)?)
}

/// Writes why a paragraph changed for another reason; without words the line goes.
pub fn write_other_reason(
    db: &mut Db,
    consultation_id: i64,
    (paper_id, paragraph): (i64, &str),
    reason: &str,
    by: i64,
    now: Instant,
) -> Result<()> {
    let row = other_change::table
        .filter(other_change::paper_id.eq(paper_id))
        .filter(other_change::paragraph.eq(paragraph));
    if reason.is_empty() {
        diesel::delete(row).execute(db)?;
        return Ok(());
    }
    let changed = diesel::update(row)
        .set((
            other_change::reason.eq(reason),
            other_change::author_id.eq(by),
            other_change::updated_at.eq(now),
            other_change::version.eq(other_change::version + 1),
        ))
        .execute(db)?;
    if changed == 0 {
        diesel::insert_into(other_change::table)
            .values((
                other_change::consultation_id.eq(consultation_id),
                other_change::paper_id.eq(paper_id),
                other_change::paragraph.eq(paragraph),
                other_change::reason.eq(reason),
                other_change::author_id.eq(by),
                other_change::updated_at.eq(now),
                other_change::version.eq(1_i64),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The newest version of a paper at a stage, by its id.
pub fn newest_text(db: &mut Db, paper_id: i64, stage: Stage) -> Result<Option<i64>> {
    Ok(paper_version::table
        .filter(paper_version::paper_id.eq(paper_id))
        .filter(paper_version::stage.eq(stage))
        .order(paper_version::no.desc())
        .select(paper_version::id)
        .first(db)
        .optional()?)
}
