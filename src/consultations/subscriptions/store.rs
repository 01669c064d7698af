//! The rows of subscriptions, of what happened, and of who was told.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Happening;
use crate::db::schema::{subscription, subscription_event, subscription_mail};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;

/// A subscription; whose it is lies sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = subscription, check_for_backend(Backend))]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Of one consultation; none: of all.
    pub consultation_id: Option<i64>,
    /// Where the address lies, while it lives.
    pub party_id: Option<String>,
    /// By which one address is told once.
    pub address_mark: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When the link in our mail was followed.
    pub confirmed_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// A subscription by its id.
pub fn subscription(db: &mut Db, id: &str) -> Result<Subscription> {
    Ok(subscription::table.find(id).select(Subscription::as_select()).first(db)?)
}

/// The living subscription of an address to one consultation, or to all.
pub fn alive(db: &mut Db, mark: &str, consultation_id: Option<i64>) -> Result<Option<Subscription>> {
    let all: Vec<Subscription> = subscription::table
        .filter(subscription::address_mark.eq(mark))
        .filter(subscription::ended_at.is_null())
        .select(Subscription::as_select())
        .load(db)?;
    Ok(all.into_iter().find(|one| one.consultation_id == consultation_id))
}

/// Adds a subscription that is not confirmed yet.
pub fn insert(
    db: &mut Db,
    id: &str,
    consultation_id: Option<i64>,
    party_id: &str,
    mark: &str,
    now: Instant,
) -> Result<()> {
    diesel::insert_into(subscription::table)
        .values((
            subscription::id.eq(id),
            subscription::consultation_id.eq(consultation_id),
            subscription::party_id.eq(party_id),
            subscription::address_mark.eq(mark),
            subscription::created_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Notes that the link was followed; says whether it had not been.
pub fn confirm(db: &mut Db, id: &str, now: Instant) -> Result<bool> {
    let row = subscription::table
        .find(id)
        .filter(subscription::confirmed_at.is_null())
        .filter(subscription::ended_at.is_null());
    Ok(diesel::update(row).set(subscription::confirmed_at.eq(now)).execute(db)? == 1)
}

/// Ends a subscription and lets go of its address; says whether it lived.
pub fn end(db: &mut Db, id: &str, now: Instant) -> Result<bool> {
    let ended = diesel::update(subscription::table.find(id).filter(subscription::ended_at.is_null()))
        .set((
            subscription::ended_at.eq(now),
            subscription::party_id.eq(None::<String>),
            subscription::address_mark.eq(None::<String>),
        ))
        .execute(db)?;
    Ok(ended == 1)
}

/// Subscriptions nobody confirmed before a moment.
pub fn forgotten(db: &mut Db, before: Instant, most: i64) -> Result<Vec<String>> {
    Ok(subscription::table
        .filter(subscription::confirmed_at.is_null())
        .filter(subscription::ended_at.is_null())
        .filter(subscription::created_at.lt(before))
        .limit(most)
        .select(subscription::id)
        .load(db)?)
}

/// Something subscribers are told of.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = subscription_event, check_for_backend(Backend))]
pub struct Event {
    /// Its number.
    pub id: i64,
    /// Where it happened.
    pub consultation_id: i64,
    /// What.
    pub kind: Happening,
    /// When.
    pub at: Instant,
}

/// Whether something was noted already.
pub fn is_noted(db: &mut Db, consultation_id: i64, kind: Happening, mark: &str) -> Result<bool> {
    let found: Option<i64> = subscription_event::table
        .filter(subscription_event::consultation_id.eq(consultation_id))
        .filter(subscription_event::kind.eq(kind))
        .filter(subscription_event::mark.eq(mark))
        .select(subscription_event::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// Notes that something happened, once.
pub fn note(db: &mut Db, consultation_id: i64, kind: Happening, mark: &str, at: Instant) -> Result<()> {
    if is_noted(db, consultation_id, kind, mark)? {
        return Ok(());
    }
    diesel::insert_into(subscription_event::table)
        .values((
            subscription_event::consultation_id.eq(consultation_id),
            subscription_event::kind.eq(kind),
            subscription_event::mark.eq(mark),
            subscription_event::at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// The oldest thing not everybody was told of.
pub fn next_untold(db: &mut Db) -> Result<Option<Event>> {
    Ok(subscription_event::table
        .filter(subscription_event::told_at.is_null())
        .order(subscription_event::id)
        .select(Event::as_select())
        .first(db)
        .optional()?)
}

/// Who is still to be told: confirmed before it happened, the address not told by another subscription.
pub fn to_tell(db: &mut Db, event: &Event, most: i64) -> Result<Vec<Subscription>> {
    let told = subscription_mail::table
        .filter(subscription_mail::event_id.eq(event.id))
        .filter(subscription_mail::address_mark.nullable().eq(subscription::address_mark));
    Ok(subscription::table
        .filter(subscription::ended_at.is_null())
        .filter(subscription::confirmed_at.le(event.at))
        .filter(
            subscription::consultation_id
                .is_null()
                .or(subscription::consultation_id.eq(event.consultation_id)),
        )
        .filter(not(exists(told)))
        .order(subscription::id)
        .limit(most)
        .select(Subscription::as_select())
        .load(db)?)
}

/// Whether an address was told of something.
pub fn was_told(db: &mut Db, event_id: i64, mark: &str) -> Result<bool> {
    let found: Option<i64> = subscription_mail::table
        .find((event_id, mark))
        .select(subscription_mail::event_id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// Notes that an address was told, or that it takes no automatic mail.
pub fn tell(
    db: &mut Db,
    event_id: i64,
    mark: &str,
    subscription_id: &str,
    outbox_id: Option<&str>,
    now: Instant,
) -> Result<()> {
    diesel::insert_into(subscription_mail::table)
        .values((
            subscription_mail::event_id.eq(event_id),
            subscription_mail::address_mark.eq(mark),
            subscription_mail::subscription_id.eq(subscription_id),
            subscription_mail::outbox_id.eq(outbox_id),
            subscription_mail::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Notes that everybody was told, and gives how many mails were written.
pub fn all_told(db: &mut Db, event_id: i64, now: Instant) -> Result<i64> {
    diesel::update(subscription_event::table.find(event_id))
        .set(subscription_event::told_at.eq(now))
        .execute(db)?;
    Ok(subscription_mail::table
        .filter(subscription_mail::event_id.eq(event_id))
        .filter(subscription_mail::outbox_id.is_not_null())
        .count()
        .get_result(db)?)
}

/// The subscription that a mail of the outbox was written for.
pub fn of_mail(db: &mut Db, outbox_id: &str) -> Result<Option<Subscription>> {
    let id: Option<String> = subscription_mail::table
        .filter(subscription_mail::outbox_id.eq(outbox_id))
        .select(subscription_mail::subscription_id)
        .first(db)
        .optional()?;
    match id {
        Some(id) => Ok(Some(subscription(db, &id)?)),
        None => Ok(None),
    }
}
