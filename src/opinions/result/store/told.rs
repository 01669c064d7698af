//! Who is told of a result, once an address; and what is still to be published or reported.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::consultations::consultation::State;
use crate::db::schema::{
    consultation, consultation_release, party, result_notice, result_promise, result_release, result_telling,
    unit,
};
use crate::db::{Db, Instant};
use crate::error::Result;

/// Begins to tell the senders of a consultation; a second time nothing happens.
pub fn begin_telling(db: &mut Db, consultation_id: i64, now: Instant) -> Result<()> {
    let there: i64 = result_telling::table
        .filter(result_telling::consultation_id.eq(consultation_id))
        .count()
        .get_result(db)?;
    if there == 0 {
        diesel::insert_into(result_telling::table)
            .values((result_telling::consultation_id.eq(consultation_id), result_telling::begun_at.eq(now)))
            .execute(db)?;
    }
    Ok(())
}

/// Consultations whose senders are not all told yet.
pub fn telling(db: &mut Db) -> Result<Vec<i64>> {
    Ok(result_telling::table
        .filter(result_telling::done_at.is_null())
        .order(result_telling::consultation_id)
        .select(result_telling::consultation_id)
        .load(db)?)
}

/// Everybody was told.
pub fn end_telling(db: &mut Db, consultation_id: i64, now: Instant) -> Result<()> {
    diesel::update(result_telling::table.find(consultation_id))
        .set(result_telling::done_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// An address that is to be told.
#[derive(Clone, Debug, QueryableByName)]
pub struct ToTell {
    /// The keyed hash it is known by.
    #[diesel(sql_type = Text)]
    pub mark: String,
    /// A party with that address.
    #[diesel(sql_type = Text)]
    pub party_id: String,
}

/// Addresses of a consultation's senders who were not told yet. Who said that a submission is not his or hers is left
/// alone.
pub fn to_tell(db: &mut Db, consultation_id: i64, most: i64) -> Result<Vec<ToTell>> {
    Ok(diesel::sql_query(
        "SELECT p.mail_mark AS mark, MIN(p.id) AS party_id \
         FROM submission s JOIN party p ON p.id = s.party_id \
         WHERE s.consultation_id = $1 AND s.disputed_at IS NULL AND p.mail_mark IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM result_notice n WHERE n.consultation_id = s.consultation_id AND n.mail_mark = p.mail_mark) \
         GROUP BY p.mail_mark ORDER BY p.mail_mark LIMIT $2",
    )
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(most)
    .load(db)?)
}

/// The sealed details of a party.
pub fn sealed_party(db: &mut Db, id: &str) -> Result<(i64, Vec<u8>)> {
    Ok(party::table.find(id).select((party::seal_key_id, party::sealed)).first(db)?)
}

/// Notes that an address is told; false when it was noted before.
pub fn note_told(db: &mut Db, consultation_id: i64, mark: &str, now: Instant) -> Result<bool> {
    let there: i64 = result_notice::table
        .filter(result_notice::consultation_id.eq(consultation_id))
        .filter(result_notice::mail_mark.eq(mark))
        .count()
        .get_result(db)?;
    if there > 0 {
        return Ok(false);
    }
    diesel::insert_into(result_notice::table)
        .values((
            result_notice::consultation_id.eq(consultation_id),
            result_notice::mail_mark.eq(mark),
            result_notice::at.eq(now),
        ))
        .execute(db)?;
    Ok(true)
}

/// A consultation of which something is still owed to the public.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Owed {
    /// `consultation.id`.
    pub id: i64,
    /// Its title, which the public knows.
    pub title: String,
    /// Its section.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
    /// The day from which it is owed: the last day of the period, or the day something was promised for.
    pub since: NaiveDate,
}

/// Announced consultations whose period ended before `day` and whose result is not out, the longest first.
pub fn without_result(db: &mut Db, day: NaiveDate) -> Result<Vec<Owed>> {
    let rows: Vec<(i64, String, i64, String, Option<NaiveDate>)> = consultation::table
        .inner_join(unit::table.on(unit::id.eq(consultation::unit_id)))
        .filter(consultation::state.eq_any([
            State::Announced,
            State::Sorting,
            State::Answering,
            State::ResultInApproval,
            State::Decided,
        ]))
        .filter(consultation::closing_on.lt(day))
        .filter(diesel::dsl::exists(
            consultation_release::table.filter(consultation_release::consultation_id.eq(consultation::id)),
        ))
        .order((consultation::closing_on, consultation::id))
        .select((consultation::id, consultation::title, unit::id, unit::name, consultation::closing_on))
        .load(db)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, title, unit_id, unit_name, since)| {
            Some(Owed { id, title, unit_id, unit_name, since: since? })
        })
        .collect())
}

/// Published results with a promise due up to `day` of which nothing was reported.
pub fn unreported(db: &mut Db, day: NaiveDate) -> Result<Vec<Owed>> {
    Ok(result_promise::table
        .inner_join(consultation::table.on(consultation::id.eq(result_promise::consultation_id)))
        .inner_join(unit::table.on(unit::id.eq(consultation::unit_id)))
        .filter(result_promise::due_on.le(day))
        .filter(result_promise::reported_on.is_null())
        .filter(diesel::dsl::exists(
            result_release::table.filter(result_release::consultation_id.eq(consultation::id)),
        ))
        .order((result_promise::due_on, consultation::id))
        .select((consultation::id, consultation::title, unit::id, unit::name, result_promise::due_on))
        .load(db)?)
}
