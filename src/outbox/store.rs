//! What the outbox's pages ask of other tables.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{dispatch, letter, reply_version};
use crate::error::Result;

/// The reply a dispatch sent, for printing it instead.
pub fn reply_of(db: &mut Db, dispatch_id: i64) -> Result<Option<i64>> {
    Ok(dispatch::table
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .filter(dispatch::id.eq(dispatch_id))
        .select(reply_version::reply_id)
        .first(db)
        .optional()?)
}

/// The register numbers of letters, by which staff call them: id, fiscal year, number (none before registration).
pub fn register_numbers(db: &mut Db, letters: Vec<i64>) -> Result<Vec<(i64, i64, Option<i64>)>> {
    Ok(letter::table
        .filter(letter::id.eq_any(letters))
        .select((letter::id, letter::fiscal_year, letter::register_no))
        .load(db)?)
}
