//! The terms of letters.

use diesel::prelude::*;

use super::Source;
use crate::calendar::FiscalYear;
use crate::db::schema::{letter, letter_place};
use crate::db::terms::TermTable;
use crate::db::{Db, Instant};
use crate::error::Result;

/// The terms of letters, by `letter.id`.
pub const LETTERS: TermTable = TermTable { name: "letter_terms", id: "letter_id" };

/// The letter of a receipt code.
pub fn by_code(db: &mut Db, code: &str) -> Result<Option<i64>> {
    Ok(letter::table.filter(letter::receipt_code.eq(code)).select(letter::id).first(db).optional()?)
}

/// Letters whose terms are missing, oldest first, each with the version it was read in.
pub fn unindexed(db: &mut Db, most: i64) -> Result<Vec<(Source, i64)>> {
    type Row = (i64, i64, Option<i64>, String, String, Option<String>, Option<String>, i64);
    let rows: Vec<Row> = letter::table
        .left_join(letter_place::table.on(letter_place::letter_id.eq(letter::id)))
        .filter(letter::indexed_at.is_null())
        .order(letter::id)
        .limit(most)
        .select((
            letter::id,
            letter::fiscal_year,
            letter::register_no,
            letter::subject,
            letter::body_original,
            letter::body_working,
            letter_place::words.nullable(),
            letter::version,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, year, no, subject, body, working, place, version)| {
            let year = FiscalYear(i32::try_from(year).unwrap_or_default());
            (Source { id, register: no.map(|no| (year, no)), subject, body, working, place }, version)
        })
        .collect())
}

/// Marks a letter as indexed, unless it changed since it was read.
pub fn mark(db: &mut Db, id: i64, version: i64, at: Instant) -> Result<bool> {
    let row = letter::table
        .filter(letter::id.eq(id))
        .filter(letter::version.eq(version))
        .filter(letter::indexed_at.is_null());
    Ok(diesel::update(row).set(letter::indexed_at.eq(at)).execute(db)? == 1)
}
