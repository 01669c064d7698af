//! The rows of attachments.
//! Long: one function a question.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{CopyKind, FileState, Holder, Kept, Kind, NewFile, Purpose, Reason, Scan, ToOpen};
use crate::db::schema::{answer_chapter, attachment, consultation, matter, matter_joint_unit, submission};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};

/// Names asked for at once; SQLite takes a thousand and more.
const AT_ONCE: usize = 500;

pub(super) fn insert(
    db: &mut Db,
    file: &NewFile,
    letter_id: Option<i64>,
    upload_key: Option<&str>,
) -> Result<()> {
    diesel::insert_into(attachment::table)
        .values((
            attachment::id.eq(&file.id),
            attachment::letter_id.eq(letter_id),
            attachment::upload_key.eq(upload_key),
            attachment::purpose.eq(file.purpose),
            attachment::state.eq(FileState::Held),
            attachment::reason.eq(file.hold),
            attachment::content_id.eq(&file.content_id),
            attachment::name_original.eq(&file.name_original),
            attachment::name_shown.eq(&file.name_shown),
            attachment::size.eq(file.size),
            attachment::declared_type.eq(&file.declared_type),
            attachment::detected_type.eq(file.kind.mime()),
            attachment::sha256.eq(&file.sha256),
            attachment::created_at.eq(Instant::from(file.created_at)),
        ))
        .execute(db)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachment, check_for_backend(Backend))]
struct Row {
    id: String,
    letter_id: Option<i64>,
    submission_id: Option<i64>,
    name_shown: String,
    name_original: String,
    size: i64,
    purpose: Purpose,
    state: FileState,
    detected_type: String,
    reason: Option<Reason>,
    signature: Option<String>,
    scanned_at: Option<Instant>,
    copy_kind: Option<CopyKind>,
    copy_type: Option<String>,
    copy_sha256: Option<String>,
    sha256: String,
    created_at: Instant,
}

impl Row {
    fn kept(&self) -> Result<Kept> {
        Ok(Kept {
            id: self.id.clone(),
            name: self.name_shown.clone(),
            size: self.size,
            purpose: self.purpose,
            state: self.state,
            kind: kind_of(&self.detected_type)?,
            reason: self.reason,
            scanned: self.scanned_at.is_some(),
            copy: self.copy_kind,
        })
    }

    fn opened(self) -> Result<ToOpen> {
        Ok(ToOpen {
            file: self.kept()?,
            holder: match (self.letter_id, self.submission_id) {
                (Some(letter), _) => Holder::Letter(letter),
                (None, Some(submission)) => Holder::Submission(submission),
                (None, None) => return Err(Error::NotFound),
            },
            name_original: self.name_original,
            sha256: self.sha256,
            signature: self.signature,
            copy: self.copy_type.zip(self.copy_sha256),
            created_at: self.created_at,
        })
    }
}

pub(super) fn of_form(db: &mut Db, upload_key: &str) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::upload_key.eq(upload_key))
        .filter(attachment::letter_id.is_null())
        .filter(attachment::submission_id.is_null())
        .order(attachment::id)
        .select(Row::as_select())
        .load(db)?;
    rows.iter().map(Row::kept).collect()
}

pub(super) fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .order((attachment::created_at, attachment::id))
        .select(Row::as_select())
        .load(db)?;
    rows.iter().map(Row::kept).collect()
}

pub(super) fn hashed(db: &mut Db, letter_id: i64) -> Result<Vec<(String, Kept)>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .order((attachment::created_at, attachment::id))
        .select(Row::as_select())
        .load(db)?;
    rows.iter().map(|row| Ok((row.sha256.clone(), row.kept()?))).collect()
}

pub(super) fn of_submission(db: &mut Db, submission_id: i64) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::submission_id.eq(submission_id))
        .order(attachment::id)
        .select(Row::as_select())
        .load(db)?;
    rows.iter().map(Row::kept).collect()
}

pub(super) fn give_to_submission(db: &mut Db, submission_id: i64, file: &str) -> Result<()> {
    let free = attachment::table
        .find(file)
        .filter(attachment::letter_id.is_null())
        .filter(attachment::submission_id.is_null())
        .filter(attachment::paper_version_id.is_null());
    diesel::update(free)
        .set((attachment::submission_id.eq(submission_id), attachment::upload_key.eq(None::<String>)))
        .execute(db)?;
    Ok(())
}

pub(super) fn give_to_paper(db: &mut Db, paper_version_id: i64, file: &str) -> Result<()> {
    diesel::update(attachment::table.find(file))
        .set(attachment::paper_version_id.eq(paper_version_id))
        .execute(db)?;
    Ok(())
}

pub(super) fn move_paper(db: &mut Db, from: i64, to: i64) -> Result<()> {
    diesel::update(attachment::table.filter(attachment::paper_version_id.eq(from)))
        .set(attachment::paper_version_id.eq(to))
        .execute(db)?;
    Ok(())
}

pub(super) fn paper(db: &mut Db, file: &str) -> Result<Scan> {
    let row: ScanRow = attachment::table
        .find(file)
        .filter(attachment::paper_version_id.is_not_null())
        .filter(attachment::state.ne(FileState::Refused))
        .select((
            attachment::id,
            attachment::name_shown,
            attachment::detected_type,
            attachment::sha256,
            attachment::created_at,
        ))
        .first(db)?;
    scan(row)
}

type ScanRow = (String, String, String, String, Instant);

fn scan((id, name, detected, sha256, created_at): ScanRow) -> Result<Scan> {
    Ok(Scan { id, name, kind: kind_of(&detected)?, sha256, created_at })
}

fn kind_of(detected: &str) -> Result<Kind> {
    Kind::of_mime(detected).ok_or_else(|| Error::Internal(format!("unknown type {detected}")))
}

pub(super) fn loose_scan(db: &mut Db, id: &str, upload_key: &str) -> Result<Scan> {
    let row: ScanRow = attachment::table
        .find(id)
        .filter(attachment::letter_id.is_null())
        .filter(attachment::upload_key.eq(upload_key))
        .filter(attachment::purpose.eq(Purpose::Scan))
        .select((
            attachment::id,
            attachment::name_shown,
            attachment::detected_type,
            attachment::sha256,
            attachment::created_at,
        ))
        .first(db)?;
    scan(row)
}

pub(super) fn scans_of(db: &mut Db, letter_id: i64) -> Result<Vec<Scan>> {
    let rows: Vec<ScanRow> = attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .filter(attachment::purpose.eq(Purpose::Scan))
        .order((attachment::created_at, attachment::id))
        .select((
            attachment::id,
            attachment::name_shown,
            attachment::detected_type,
            attachment::sha256,
            attachment::created_at,
        ))
        .load(db)?;
    rows.into_iter().map(scan).collect()
}

pub(super) fn to_open(db: &mut Db, holder: Holder, file: &str) -> Result<ToOpen> {
    let row: Row = attachment::table.find(file).select(Row::as_select()).first(db)?;
    let found = row.opened()?;
    if found.holder == holder { Ok(found) } else { Err(Error::NotFound) }
}

/// Refused or held for a reason, newest first. The state stands in the statement itself: SQLite uses an index for one
/// state only where no value can change it (ENABLE_QPSG).
pub(super) fn in_doubt(db: &mut Db, most: i64) -> Result<Vec<ToOpen>> {
    let rows: Vec<Row> = attachment::table
        .filter(sql::<Bool>("(attachment.state = 'refused' OR attachment.reason IS NOT NULL)"))
        .filter(attachment::letter_id.is_not_null().or(attachment::submission_id.is_not_null()))
        .order((attachment::created_at.desc(), attachment::id.desc()))
        .limit(most)
        .select(Row::as_select())
        .load(db)?;
    rows.into_iter().map(Row::opened).collect()
}

/// What waits for the scanner, as its index says it.
const UNSCANNED: &str = "attachment.state = 'held' AND attachment.scanned_at IS NULL";

/// How many files wait for the scanner, and since when.
pub(super) fn waiting(db: &mut Db) -> Result<(i64, Option<Instant>)> {
    use diesel::dsl::{count_star, min};
    Ok(attachment::table
        .filter(sql::<Bool>(UNSCANNED))
        .select((count_star(), min(attachment::created_at)))
        .first(db)?)
}

/// Content-ID and id of a letter's pictures that have a copy.
pub(super) fn pictures_of(db: &mut Db, letter_id: i64) -> Result<Vec<(String, String)>> {
    let rows: Vec<(Option<String>, String)> = attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .filter(attachment::content_id.is_not_null())
        .filter(attachment::copy_kind.eq(CopyKind::Picture))
        .filter(attachment::state.ne(FileState::Refused))
        .order(attachment::id)
        .select((attachment::content_id, attachment::id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(content_id, id)| Some((content_id?, id))).collect())
}

/// A file that background work takes up.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = attachment, check_for_backend(Backend))]
pub(super) struct Waiting {
    pub(super) id: String,
    pub(super) letter_id: Option<i64>,
    pub(super) submission_id: Option<i64>,
    pub(super) detected_type: String,
    pub(super) name_shown: String,
    pub(super) reason: Option<Reason>,
    pub(super) copy_tries: i64,
    pub(super) created_at: Instant,
}

/// Files the scanner has not seen, those that made no trouble first.
pub(super) fn unscanned(db: &mut Db, most: i64) -> Result<Vec<Waiting>> {
    Ok(attachment::table
        .filter(sql::<Bool>(UNSCANNED))
        .order((attachment::scan_tries, attachment::id))
        .limit(most)
        .select(Waiting::as_select())
        .load(db)?)
}

/// Files of letters and submissions without a safe copy, those that made no trouble first; with a scanner only what it has seen.
pub(super) fn uncopied(db: &mut Db, scanner: bool, most: i64) -> Result<Vec<Waiting>> {
    let mut open = attachment::table
        .filter(attachment::copy_kind.is_null())
        .filter(attachment::state.ne(FileState::Refused))
        .filter(attachment::letter_id.is_not_null().or(attachment::submission_id.is_not_null()))
        .order((attachment::copy_tries, attachment::id))
        .limit(most)
        .select(Waiting::as_select())
        .into_boxed::<Backend>();
    if scanner {
        open = open.filter(attachment::scanned_at.is_not_null());
    }
    Ok(open.load(db)?)
}

pub(super) fn scan_troubled(db: &mut Db, id: &str) -> Result<()> {
    diesel::update(attachment::table.find(id))
        .set(attachment::scan_tries.eq(attachment::scan_tries + 1))
        .execute(db)?;
    Ok(())
}

pub(super) fn copy_troubled(db: &mut Db, id: &str) -> Result<()> {
    diesel::update(attachment::table.find(id))
        .set(attachment::copy_tries.eq(attachment::copy_tries + 1))
        .execute(db)?;
    Ok(())
}

/// What was decided of a held file; says whether it was still held.
pub(super) fn decide(
    db: &mut Db,
    id: &str,
    state: FileState,
    reason: Option<Reason>,
    signature: Option<&str>,
    at: Instant,
) -> Result<bool> {
    let refused = (state == FileState::Refused).then_some(CopyKind::None);
    let changed = diesel::update(attachment::table.find(id).filter(attachment::state.ne(FileState::Refused)))
        .set((
            attachment::state.eq(state),
            attachment::reason.eq(reason),
            attachment::signature.eq(signature),
            attachment::scanned_at.eq(at),
            // no copy of what nobody may open
            refused.map(|none| attachment::copy_kind.eq(none)),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Notes a safe copy (type, size, hash), or that there is none.
pub(super) fn copied(db: &mut Db, id: &str, kind: CopyKind, copy: Option<(&str, i64, &str)>) -> Result<()> {
    diesel::update(attachment::table.find(id).filter(attachment::state.ne(FileState::Refused)))
        .set((
            attachment::copy_kind.eq(kind),
            attachment::copy_type.eq(copy.map(|c| c.0)),
            attachment::copy_size.eq(copy.map(|c| c.1)),
            attachment::copy_sha256.eq(copy.map(|c| c.2)),
        ))
        .execute(db)?;
    Ok(())
}

/// A copy that is gone from the disk is made again.
pub(super) fn copy_lost(db: &mut Db, id: &str) -> Result<()> {
    diesel::update(attachment::table.find(id).filter(attachment::state.ne(FileState::Refused)))
        .set(attachment::copy_kind.eq(None::<CopyKind>))
        .execute(db)?;
    Ok(())
}

/// The units that own or share a matter of the letter.
pub(super) fn units_of(db: &mut Db, letter_id: i64) -> Result<Vec<i64>> {
    let own: Vec<Option<i64>> =
        matter::table.filter(matter::letter_id.eq(letter_id)).select(matter::owning_unit_id).load(db)?;
    let mut units: Vec<i64> = own.into_iter().flatten().collect();
    let shared: Vec<i64> = matter_joint_unit::table
        .inner_join(matter::table.on(matter::id.eq(matter_joint_unit::matter_id)))
        .filter(matter::letter_id.eq(letter_id))
        .select(matter_joint_unit::unit_id)
        .load(db)?;
    units.extend(shared);
    Ok(units)
}

/// The unit that runs the consultation of a submission, and the sections that answer it.
pub(super) fn units_of_submission(db: &mut Db, submission_id: i64) -> Result<Vec<i64>> {
    let (id, unit): (i64, i64) = submission::table
        .inner_join(consultation::table.on(consultation::id.eq(submission::consultation_id)))
        .filter(submission::id.eq(submission_id))
        .select((consultation::id, consultation::unit_id))
        .first(db)?;
    let mut units: Vec<i64> = answer_chapter::table
        .filter(answer_chapter::consultation_id.eq(id))
        .select(answer_chapter::unit_id)
        .load(db)?;
    units.push(unit);
    Ok(units)
}

/// Removes the rows of uploads that no letter took up before a moment, and gives them.
pub(super) fn take_orphans(db: &mut Db, before: Instant) -> Result<Vec<(String, Instant)>> {
    let orphans = attachment::table
        .filter(attachment::letter_id.is_null())
        .filter(attachment::submission_id.is_null())
        .filter(attachment::paper_version_id.is_null())
        .filter(attachment::created_at.lt(before));
    let rows: Vec<(String, Instant)> = orphans.select((attachment::id, attachment::created_at)).load(db)?;
    for (id, _) in &rows {
        diesel::delete(attachment::table.find(id).filter(attachment::letter_id.is_null())).execute(db)?;
    }
    Ok(rows)
}

/// Which of the ids have a row.
pub(super) fn known(db: &mut Db, ids: &[String]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<String> =
            attachment::table.filter(attachment::id.eq_any(some)).select(attachment::id).load(db)?;
        found.extend(rows);
    }
    Ok(found)
}
