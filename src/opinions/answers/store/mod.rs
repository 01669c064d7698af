//! Chapters, views and what was approved of them in the database.

mod acts;
mod table;
mod versions;

pub use acts::*;
pub use table::*;
pub use versions::*;

use diesel::prelude::*;

use crate::db::schema::{answer_chapter, city_view, unit};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::opinions::view::{Chapter, View, Words};

const STALE: &str = "この画面を開いたあとに、別の人が更新しました。";

/// A chapter by its id.
pub fn chapter(db: &mut Db, id: i64) -> Result<Chapter> {
    Ok(answer_chapter::table.find(id).select(Chapter::as_select()).first(db)?)
}

/// A chapter before it is stored.
#[derive(Clone, Debug)]
pub struct NewChapter<'a> {
    /// Whose.
    pub consultation_id: i64,
    /// Its name.
    pub name: &'a str,
    /// The section that answers.
    pub unit_id: i64,
    /// Paper and code of the heading it is made from.
    pub heading: Option<(i64, &'a str)>,
}

/// Adds a chapter after the others and gives its id.
pub fn insert_chapter(db: &mut Db, new: &NewChapter<'_>) -> Result<i64> {
    let last: Option<i64> = answer_chapter::table
        .filter(answer_chapter::consultation_id.eq(new.consultation_id))
        .select(diesel::dsl::max(answer_chapter::sort))
        .first(db)?;
    Ok(diesel::insert_into(answer_chapter::table)
        .values((
            answer_chapter::consultation_id.eq(new.consultation_id),
            answer_chapter::sort.eq(last.unwrap_or(0) + 1),
            answer_chapter::name.eq(new.name),
            answer_chapter::unit_id.eq(new.unit_id),
            answer_chapter::current_no.eq(0_i64),
            answer_chapter::version.eq(1_i64),
            answer_chapter::paper_id.eq(new.heading.map(|h| h.0)),
            answer_chapter::heading.eq(new.heading.map(|h| h.1)),
        ))
        .returning(answer_chapter::id)
        .get_result(db)?)
}

/// What changes of a chapter.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = answer_chapter)]
pub struct ChapterChange<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// The section that answers.
    pub unit_id: Option<i64>,
    /// The newest version made.
    pub current_no: Option<i64>,
    /// The version that stands approved, or none any more.
    pub approved_no: Option<Option<i64>>,
}

/// Changes a chapter that is still as it was read.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn change_chapter(db: &mut Db, seen: &Chapter, change: &ChapterChange<'_>) -> Result<()> {
    let row = answer_chapter::table.find(seen.id).filter(answer_chapter::version.eq(seen.version));
    let changed =
        diesel::update(row).set((answer_chapter::version.eq(seen.version + 1), change)).execute(db)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale(STALE.to_owned())) }
}

/// Lets two chapters change places.
pub fn swap_chapters(db: &mut Db, one: &Chapter, other: &Chapter) -> Result<()> {
    for (id, sort) in [(one.id, other.sort), (other.id, one.sort)] {
        diesel::update(answer_chapter::table.find(id)).set(answer_chapter::sort.eq(sort)).execute(db)?;
    }
    Ok(())
}

/// Forgets a chapter nothing was ever done in.
pub fn delete_chapter(db: &mut Db, id: i64) -> Result<()> {
    diesel::delete(answer_chapter::table.find(id)).execute(db)?;
    Ok(())
}

/// A view by its id.
pub fn view(db: &mut Db, id: i64) -> Result<View> {
    Ok(city_view::table.find(id).select(View::as_select()).first(db)?)
}

/// Views by their ids.
pub fn views_of(db: &mut Db, ids: &[i64]) -> Result<Vec<View>> {
    Ok(city_view::table.filter(city_view::id.eq_any(ids.to_vec())).select(View::as_select()).load(db)?)
}

/// Every standing view of a consultation, in the order they were begun.
pub fn all_views(db: &mut Db, consultation_id: i64) -> Result<Vec<View>> {
    Ok(city_view::table
        .filter(city_view::consultation_id.eq(consultation_id))
        .filter(city_view::removed_at.is_null())
        .order(city_view::id)
        .select(View::as_select())
        .load(db)?)
}

/// Begins an empty view and gives its id.
pub fn insert_view(db: &mut Db, chapter: &Chapter, by: i64, now: Instant) -> Result<i64> {
    Ok(diesel::insert_into(city_view::table)
        .values((
            city_view::consultation_id.eq(chapter.consultation_id),
            city_view::chapter_id.eq(chapter.id),
            city_view::sort.eq(0_i64),
            city_view::body.eq(""),
            city_view::reason.eq(""),
            city_view::changed_place.eq(""),
            city_view::old_text.eq(""),
            city_view::new_text.eq(""),
            city_view::author_id.eq(by),
            city_view::updated_at.eq(now),
            city_view::version.eq(1_i64),
        ))
        .returning(city_view::id)
        .get_result(db)?)
}

/// Writes words into a view that is still as it was read; gives it as it is then.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn write_view(db: &mut Db, seen: &View, words: &Words, by: i64, now: Instant) -> Result<View> {
    let row = city_view::table
        .find(seen.id)
        .filter(city_view::version.eq(seen.version))
        .filter(city_view::removed_at.is_null());
    diesel::update(row)
        .set((
            city_view::outcome.eq(words.outcome),
            city_view::body.eq(&words.body),
            city_view::reason.eq(&words.reason),
            city_view::changed_place.eq(&words.changed_place),
            city_view::old_text.eq(&words.old_text),
            city_view::new_text.eq(&words.new_text),
            city_view::changed_paper_id.eq(words.changed.as_ref().map(|c| c.0)),
            city_view::changed_paragraph.eq(words.changed.as_ref().map(|c| c.1.as_str())),
            city_view::unit_id.eq(words.unit_id),
            city_view::author_id.eq(by),
            city_view::updated_at.eq(now),
            city_view::version.eq(seen.version + 1),
        ))
        .returning(city_view::all_columns)
        .get_result(db)
        .optional()?
        .ok_or_else(|| Error::Stale(STALE.to_owned()))
}

/// Takes a view out.
pub fn remove_view(db: &mut Db, id: i64, now: Instant) -> Result<()> {
    diesel::update(city_view::table.find(id)).set(city_view::removed_at.eq(now)).execute(db)?;
    Ok(())
}

/// The names of units.
pub fn unit_names(db: &mut Db) -> Result<std::collections::BTreeMap<i64, String>> {
    let rows: Vec<(i64, String)> = unit::table.select((unit::id, unit::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// The sections that answer something of a consultation: those of its chapters, and those single views were handed to.
pub fn sections(db: &mut Db, consultation_id: i64) -> Result<Vec<i64>> {
    let mut units: Vec<i64> = answer_chapter::table
        .filter(answer_chapter::consultation_id.eq(consultation_id))
        .select(answer_chapter::unit_id)
        .distinct()
        .load(db)?;
    let handed: Vec<Option<i64>> = city_view::table
        .filter(city_view::consultation_id.eq(consultation_id))
        .filter(city_view::unit_id.is_not_null())
        .select(city_view::unit_id)
        .distinct()
        .load(db)?;
    units.extend(handed.into_iter().flatten());
    units.sort_unstable();
    units.dedup();
    Ok(units)
}
