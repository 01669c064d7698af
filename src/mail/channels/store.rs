//! The rows of the ways in.

use diesel::prelude::*;

use super::{Channel, Faring};
use crate::db::schema::mail_channel;
use crate::db::{Db, Instant};
use crate::error::Result;

pub(super) fn none_in_use(db: &mut Db) -> Result<()> {
    diesel::update(mail_channel::table).set(mail_channel::in_use.eq(false)).execute(db)?;
    Ok(())
}

/// Adds a channel or takes it up again; what was known of it stays.
pub(super) fn in_use(db: &mut Db, channel: &Channel, now: Instant) -> Result<()> {
    let minutes = channel.alarm_minutes.map(|m| i64::try_from(m).unwrap_or(i64::MAX));
    let changed = diesel::update(mail_channel::table.find(&channel.name))
        .set((
            mail_channel::kind.eq(channel.kind),
            mail_channel::alarm_minutes.eq(minutes),
            mail_channel::in_use.eq(true),
            mail_channel::watched_since.eq(now),
        ))
        .execute(db)?;
    if changed == 0 {
        diesel::insert_into(mail_channel::table)
            .values((
                mail_channel::name.eq(&channel.name),
                mail_channel::kind.eq(channel.kind),
                mail_channel::alarm_minutes.eq(minutes),
                mail_channel::in_use.eq(true),
                mail_channel::watched_since.eq(now),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Success ends the trouble; trouble keeps the time it began.
pub(super) fn note(db: &mut Db, name: &str, now: Instant, trouble: Option<&str>) -> Result<()> {
    let row = mail_channel::table.find(name);
    match trouble {
        None => {
            diesel::update(row)
                .set((
                    mail_channel::worked_at.eq(now),
                    mail_channel::failing_since.eq(None::<Instant>),
                    mail_channel::trouble.eq(None::<&str>),
                ))
                .execute(db)?;
        }
        Some(why) => {
            let since: Option<Option<Instant>> =
                row.select(mail_channel::failing_since).first(db).optional()?;
            diesel::update(row)
                .set((
                    mail_channel::failing_since.eq(since.flatten().unwrap_or(now)),
                    mail_channel::trouble.eq(why),
                ))
                .execute(db)?;
        }
    }
    Ok(())
}

type Row = (String, String, Option<i64>, Instant, Option<Instant>, Option<Instant>, Option<String>);

const COLUMNS: (
    mail_channel::name,
    mail_channel::kind,
    mail_channel::alarm_minutes,
    mail_channel::watched_since,
    mail_channel::worked_at,
    mail_channel::failing_since,
    mail_channel::trouble,
) = (
    mail_channel::name,
    mail_channel::kind,
    mail_channel::alarm_minutes,
    mail_channel::watched_since,
    mail_channel::worked_at,
    mail_channel::failing_since,
    mail_channel::trouble,
);

fn faring(row: Row) -> Faring {
    let (name, kind, alarm_minutes, watched_since, worked_at, failing_since, trouble) = row;
    Faring {
        name,
        kind,
        alarm_minutes,
        watched_since: watched_since.utc(),
        worked_at: worked_at.map(Instant::utc),
        trouble: failing_since.map(Instant::utc).zip(trouble),
    }
}

/// One channel, in use or not.
pub(super) fn find(db: &mut Db, name: &str) -> Result<Option<Faring>> {
    Ok(mail_channel::table.find(name).select(COLUMNS).first::<Row>(db).optional()?.map(faring))
}

/// The channels in use, by name.
pub(super) fn all(db: &mut Db) -> Result<Vec<Faring>> {
    let rows: Vec<Row> = mail_channel::table
        .filter(mail_channel::in_use.eq(true))
        .order(mail_channel::name)
        .select(COLUMNS)
        .load(db)?;
    Ok(rows.into_iter().map(faring).collect())
}
