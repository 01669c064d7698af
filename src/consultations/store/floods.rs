//! Whether a consultation is slowed, and what came when.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::consultations::consultation::ChannelKind;
use crate::consultations::flood::{Rates, Setting};
use crate::db::schema::{consultation, consultation_flood, submission};
use crate::db::{Db, Instant};
use crate::error::Result;

/// What the clerk set.
pub fn flood_setting(db: &mut Db, id: i64) -> Result<Setting> {
    Ok(consultation::table.find(id).select(consultation::flood).first(db)?)
}

/// Sets it.
pub fn set_flood(db: &mut Db, id: i64, setting: Setting) -> Result<()> {
    diesel::update(consultation::table.find(id)).set(consultation::flood.eq(setting)).execute(db)?;
    Ok(())
}

/// When the clock last switched, to what, and what it had counted.
pub fn flood_state(db: &mut Db, id: i64) -> Result<Option<(Instant, bool, Rates)>> {
    let row: Option<(Instant, bool, i64, i64)> = consultation_flood::table
        .find(id)
        .select((
            consultation_flood::since,
            consultation_flood::slowing,
            consultation_flood::last_minute,
            consultation_flood::last_ten,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(at, on, last_minute, last_ten)| (at, on, Rates { last_minute, last_ten })))
}

/// Notes what the clock switched to.
pub fn put_flood_state(db: &mut Db, id: i64, on: bool, at: Instant, rates: Rates) -> Result<()> {
    let values = (
        consultation_flood::slowing.eq(on),
        consultation_flood::since.eq(at),
        consultation_flood::last_minute.eq(rates.last_minute),
        consultation_flood::last_ten.eq(rates.last_ten),
    );
    if diesel::update(consultation_flood::table.find(id)).set(values).execute(db)? == 0 {
        diesel::insert_into(consultation_flood::table)
            .values((consultation_flood::consultation_id.eq(id), values))
            .execute(db)?;
    }
    Ok(())
}

/// Opinions that came by the form from one moment on and before another.
pub fn came_by_web(db: &mut Db, id: i64, from: Instant, to: Instant) -> Result<i64> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(id))
        .filter(submission::received_at.gt(from))
        .filter(submission::received_at.le(to))
        .filter(submission::channel.eq(ChannelKind::Web))
        .count()
        .get_result(db)?)
}

/// Opinions that came by any way from one moment on and before another.
pub fn came(db: &mut Db, id: i64, from: Instant, to: Instant) -> Result<i64> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(id))
        .filter(submission::received_at.ge(from))
        .filter(submission::received_at.lt(to))
        .count()
        .get_result(db)?)
}

/// A text with how often it came.
#[derive(Clone, Debug, QueryableByName)]
pub struct Copies {
    /// How often.
    #[diesel(sql_type = BigInt)]
    pub copies: i64,
    /// From how many senders that are known.
    #[diesel(sql_type = BigInt)]
    pub senders: i64,
    /// The first that brought it.
    #[diesel(sql_type = BigInt)]
    pub first_id: i64,
    /// As it was first written.
    #[diesel(sql_type = Text)]
    pub text_original: String,
}

/// The texts that came most often, more than once.
pub fn most_copied(db: &mut Db, id: i64, most: i64) -> Result<Vec<Copies>> {
    Ok(diesel::sql_query(
        "SELECT g.copies, g.senders, g.first_id, s.text_original FROM \
         (SELECT COUNT(*) AS copies, COUNT(DISTINCT sender_mark) AS senders, MIN(id) AS first_id FROM submission \
          WHERE consultation_id = $1 GROUP BY text_key HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, MIN(id) LIMIT $2) g \
         JOIN submission s ON s.id = g.first_id ORDER BY g.copies DESC, g.first_id",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(most)
    .load(db)?)
}
