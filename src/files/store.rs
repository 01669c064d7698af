//! The rows of attachments.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{FileState, Kept, Kind, NewFile, Purpose, Scan, ToOpen};
use crate::db::schema::{attachment, matter, matter_joint_unit};
use crate::db::{Db, Instant};
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

type Row = (String, String, i64, Purpose, FileState);

fn kept((id, name, size, purpose, state): Row) -> Kept {
    Kept { id, name, size, purpose, state }
}

pub(super) fn of_form(db: &mut Db, upload_key: &str) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::upload_key.eq(upload_key))
        .filter(attachment::letter_id.is_null())
        .order(attachment::id)
        .select((
            attachment::id,
            attachment::name_shown,
            attachment::size,
            attachment::purpose,
            attachment::state,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(kept).collect())
}

pub(super) fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .order(attachment::id)
        .select((
            attachment::id,
            attachment::name_shown,
            attachment::size,
            attachment::purpose,
            attachment::state,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(kept).collect())
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

pub(super) fn to_open(db: &mut Db, letter_id: i64, file: &str) -> Result<ToOpen> {
    type Row = (String, Purpose, FileState, String, String, i64, String, String, Instant);
    let row: Row = attachment::table
        .find(file)
        .filter(attachment::letter_id.eq(letter_id))
        .select((
            attachment::id,
            attachment::purpose,
            attachment::state,
            attachment::name_shown,
            attachment::name_original,
            attachment::size,
            attachment::detected_type,
            attachment::sha256,
            attachment::created_at,
        ))
        .first(db)?;
    let (id, purpose, state, name, name_original, size, detected, sha256, created_at) = row;
    let kind = kind_of(&detected)?;
    Ok(ToOpen { id, letter_id, purpose, state, name, name_original, size, kind, sha256, created_at })
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

/// Removes the rows of uploads that no letter took up before a moment, and gives them.
pub(super) fn take_orphans(db: &mut Db, before: Instant) -> Result<Vec<(String, Instant)>> {
    let orphans =
        attachment::table.filter(attachment::letter_id.is_null()).filter(attachment::created_at.lt(before));
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
