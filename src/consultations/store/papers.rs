//! Papers, their versions, paragraphs, files and imports under way.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::consultations::import::Source;
use crate::consultations::paper::{Block, PaperKind, Paragraph, Stage};
use crate::db::schema::{attachment, paper, paper_import, paper_paragraph, paper_version};
use crate::db::{Db, Instant, Json};
use crate::error::Result;

/// A paper with its newest version.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// What it is.
    pub kind: PaperKind,
    /// Its title.
    pub title: String,
    /// Whom to ask who cannot read it.
    pub access_note: String,
    /// Its newest version as put to comment; none while it is empty.
    pub version: Option<PaperVersion>,
}

/// A version of a paper.
#[derive(Clone, Debug)]
pub struct PaperVersion {
    /// Its number inside.
    pub id: i64,
    /// 1, 2, ….
    pub no: i64,
    /// Hash over paragraphs and file.
    pub content_hash: String,
    /// How many paragraphs.
    pub paragraphs: i64,
    /// Its file: id, name, size.
    pub file: Option<(String, String, i64)>,
}

/// Adds a paper at the end.
pub fn insert_paper(db: &mut Db, id: i64, kind: PaperKind, title: &str, access_note: &str) -> Result<i64> {
    let last: Option<i64> =
        paper::table.filter(paper::consultation_id.eq(id)).select(diesel::dsl::max(paper::sort)).first(db)?;
    Ok(diesel::insert_into(paper::table)
        .values((
            paper::consultation_id.eq(id),
            paper::sort.eq(last.unwrap_or(0) + 1),
            paper::kind.eq(kind),
            paper::title.eq(title),
            paper::access_note.eq(access_note),
        ))
        .returning(paper::id)
        .get_result(db)?)
}

/// Takes a paper out.
pub fn remove_paper(db: &mut Db, paper_id: i64, now: Instant) -> Result<()> {
    diesel::update(paper::table.find(paper_id)).set(paper::removed_at.eq(now)).execute(db)?;
    Ok(())
}

/// The papers of a consultation that were not taken out, in their order.
pub fn papers(db: &mut Db, id: i64) -> Result<Vec<Paper>> {
    let rows: Vec<(i64, PaperKind, String, String)> = paper::table
        .filter(paper::consultation_id.eq(id))
        .filter(paper::removed_at.is_null())
        .order((paper::sort, paper::id))
        .select((paper::id, paper::kind, paper::title, paper::access_note))
        .load(db)?;
    let mut papers = Vec::new();
    for (paper_id, kind, title, access_note) in rows {
        let version = newest(db, paper_id)?;
        papers.push(Paper { id: paper_id, consultation_id: id, kind, title, access_note, version });
    }
    Ok(papers)
}

/// The consultation and title of a paper.
pub fn paper_of(db: &mut Db, paper_id: i64) -> Result<(i64, String)> {
    Ok(paper::table.find(paper_id).select((paper::consultation_id, paper::title)).first(db)?)
}

fn newest(db: &mut Db, paper_id: i64) -> Result<Option<PaperVersion>> {
    let row: Option<(i64, i64, String, i64)> = paper_version::table
        .filter(paper_version::paper_id.eq(paper_id))
        .filter(paper_version::stage.eq(Stage::Draft))
        .order(paper_version::no.desc())
        .select((
            paper_version::id,
            paper_version::no,
            paper_version::content_hash,
            paper_version::paragraphs,
        ))
        .first(db)
        .optional()?;
    let Some((id, no, content_hash, paragraphs)) = row else { return Ok(None) };
    Ok(Some(PaperVersion { id, no, content_hash, paragraphs, file: file_of(db, id)? }))
}

/// The file of a version: id, name, size.
pub fn file_of(db: &mut Db, version_id: i64) -> Result<Option<(String, String, i64)>> {
    Ok(attachment::table
        .filter(attachment::paper_version_id.eq(version_id))
        .select((attachment::id, attachment::name_shown, attachment::size))
        .first(db)
        .optional()?)
}

/// The SHA-256 of a version's file.
pub fn file_sha256(db: &mut Db, version_id: i64) -> Result<Option<String>> {
    Ok(attachment::table
        .filter(attachment::paper_version_id.eq(version_id))
        .select(attachment::sha256)
        .first(db)
        .optional()?)
}

/// Adds a version with its paragraphs and gives its id.
pub fn insert_paper_version(
    db: &mut Db,
    paper_id: i64,
    stage: Stage,
    paragraphs: &[Paragraph],
    hash: &str,
    by: i64,
    now: Instant,
) -> Result<i64> {
    let last: Option<i64> = paper_version::table
        .filter(paper_version::paper_id.eq(paper_id))
        .select(diesel::dsl::max(paper_version::no))
        .first(db)?;
    let id: i64 = diesel::insert_into(paper_version::table)
        .values((
            paper_version::paper_id.eq(paper_id),
            paper_version::no.eq(last.unwrap_or(0) + 1),
            paper_version::stage.eq(stage),
            paper_version::content_hash.eq(hash),
            paper_version::paragraphs.eq(i64::try_from(paragraphs.len()).unwrap_or(i64::MAX)),
            paper_version::created_by.eq(by),
            paper_version::created_at.eq(now),
        ))
        .returning(paper_version::id)
        .get_result(db)?;
    for (no, paragraph) in (1_i64..).zip(paragraphs) {
        diesel::insert_into(paper_paragraph::table)
            .values((
                paper_paragraph::paper_version_id.eq(id),
                paper_paragraph::no.eq(no),
                paper_paragraph::code.eq(&paragraph.code),
                paper_paragraph::kind.eq(paragraph.kind),
                paper_paragraph::level.eq(paragraph.level),
                paper_paragraph::place.eq(&paragraph.place),
                paper_paragraph::body.eq(&paragraph.body),
            ))
            .execute(db)?;
    }
    Ok(id)
}

/// The paragraphs of a version in their order.
pub fn paragraphs(db: &mut Db, version_id: i64) -> Result<Vec<Paragraph>> {
    let rows = paper_paragraph::table
        .filter(paper_paragraph::paper_version_id.eq(version_id))
        .order(paper_paragraph::no)
        .select((
            paper_paragraph::code,
            paper_paragraph::kind,
            paper_paragraph::level,
            paper_paragraph::place,
            paper_paragraph::body,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(code, kind, level, place, body)| Paragraph { code, kind, level, place, body })
        .collect())
}

/// Every code ever given in a paper.
pub fn used_codes(db: &mut Db, paper_id: i64) -> Result<BTreeSet<String>> {
    let rows: Vec<String> = paper_paragraph::table
        .inner_join(paper_version::table.on(paper_version::id.eq(paper_paragraph::paper_version_id)))
        .filter(paper_version::paper_id.eq(paper_id))
        .select(paper_paragraph::code)
        .distinct()
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// The newest version of a paper at a stage.
pub fn newest_version(db: &mut Db, paper_id: i64) -> Result<Option<PaperVersion>> {
    newest(db, paper_id)
}

/// A text taken in and not looked through yet.
#[derive(Clone, Debug, Queryable)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// The paper it is for.
    pub paper_id: i64,
    /// What it was read out of.
    pub source: Source,
    /// The file's name.
    pub file_name: String,
    /// The paragraphs as read.
    pub paragraphs: Json<Vec<Block>>,
    /// What to look at, a line each.
    pub warnings: String,
}

/// Keeps an import for review.
pub fn insert_import(db: &mut Db, pending: &Pending, by: i64, now: Instant) -> Result<()> {
    diesel::insert_into(paper_import::table)
        .values((
            paper_import::id.eq(&pending.id),
            paper_import::paper_id.eq(pending.paper_id),
            paper_import::stage.eq(Stage::Draft),
            paper_import::source.eq(pending.source),
            paper_import::file_name.eq(&pending.file_name),
            paper_import::paragraphs.eq(&pending.paragraphs),
            paper_import::warnings.eq(&pending.warnings),
            paper_import::created_by.eq(by),
            paper_import::created_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// An import under review.
pub fn import(db: &mut Db, id: &str) -> Result<Pending> {
    Ok(paper_import::table
        .find(id)
        .select((
            paper_import::id,
            paper_import::paper_id,
            paper_import::source,
            paper_import::file_name,
            paper_import::paragraphs,
            paper_import::warnings,
        ))
        .first(db)?)
}

/// Forgets an import that was taken over or given up.
pub fn delete_import(db: &mut Db, id: &str) -> Result<()> {
    diesel::delete(paper_import::table.find(id)).execute(db)?;
    Ok(())
}
