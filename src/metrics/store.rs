//! Counting, and the database's own size.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::schema::{attachment, letter, mail_freeze, mail_stop, matter, outbox};
use crate::db::{Db, Instant, Kind};
use crate::error::Result;
use crate::files::FileState;
use crate::mail::MailState;

pub(super) fn letters(db: &mut Db) -> Result<Vec<(String, i64)>> {
    Ok(letter::table
        .group_by(letter::state)
        .order(letter::state)
        .select((letter::state, count_star()))
        .load(db)?)
}

pub(super) fn matters(db: &mut Db) -> Result<Vec<(String, i64)>> {
    Ok(matter::table
        .group_by(matter::state)
        .order(matter::state)
        .select((matter::state, count_star()))
        .load(db)?)
}

pub(super) fn files(db: &mut Db) -> Result<Vec<(String, i64)>> {
    Ok(attachment::table
        .group_by(attachment::state)
        .order(attachment::state)
        .select((attachment::state, count_star()))
        .load(db)?)
}

pub(super) fn stopped(db: &mut Db) -> Result<i64> {
    Ok(mail_stop::table.count().get_result(db)?)
}

pub(super) fn frozen(db: &mut Db) -> Result<i64> {
    Ok(mail_freeze::table.count().get_result(db)?)
}

pub(super) fn unindexed(db: &mut Db) -> Result<i64> {
    Ok(letter::table.filter(letter::indexed_at.is_null()).count().get_result(db)?)
}

/// Files no scanner has seen, and since when the oldest waits.
pub(super) fn unscanned(db: &mut Db) -> Result<(i64, Option<Instant>)> {
    Ok(attachment::table
        .filter(attachment::state.eq(FileState::Held))
        .filter(attachment::scanned_at.is_null())
        .select((count_star(), min(attachment::created_at)))
        .first(db)?)
}

/// Letters' files without a safe copy.
pub(super) fn uncopied(db: &mut Db) -> Result<i64> {
    Ok(attachment::table
        .filter(attachment::copy_kind.is_null())
        .filter(attachment::state.ne(FileState::Refused))
        .filter(attachment::letter_id.is_not_null())
        .count()
        .get_result(db)?)
}

pub(super) fn oldest_queued(db: &mut Db) -> Result<Option<Instant>> {
    Ok(outbox::table.filter(outbox::state.eq(MailState::Queued)).select(min(outbox::created_at)).first(db)?)
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

pub(super) fn size(db: &mut Db) -> Result<i64> {
    let sql = match db.kind() {
        Kind::Sqlite => "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
        Kind::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
    };
    let found: Size = diesel::sql_query(sql).get_result(db)?;
    Ok(found.bytes)
}
