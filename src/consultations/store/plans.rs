//! Consultations, their versions, channels, places, events; long by the columns of a plan.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::consultations::Plan;
use crate::consultations::consultation::{ChannelKind, Consultation, Event, EventKind, State};
use crate::consultations::content::{Channel, Place};
use crate::db::schema::{
    consultation, consultation_channel, consultation_event, consultation_place, consultation_release,
    consultation_version, period_mark, preview_link, result_release, unit,
};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};

const STALE: &str = "この意見募集は、画面を開いたあとに別の人が更新しました。";

/// A consultation by its id.
pub fn consultation(db: &mut Db, id: i64) -> Result<Consultation> {
    Ok(consultation::table.find(id).select(Consultation::as_select()).first(db)?)
}

/// All consultations, the newest first.
pub fn consultations(db: &mut Db) -> Result<Vec<Consultation>> {
    Ok(consultation::table.order(consultation::id.desc()).select(Consultation::as_select()).load(db)?)
}

/// Those the public knows of, the latest last day first.
pub fn public(db: &mut Db) -> Result<Vec<Consultation>> {
    Ok(consultation::table
        .filter(consultation::state.ne_all([State::Planned, State::InApproval, State::Approved]))
        .order((consultation::closing_on.desc(), consultation::id.desc()))
        .select(Consultation::as_select())
        .load(db)?)
}

/// The name of a unit.
pub fn unit_name(db: &mut Db, id: i64) -> Result<String> {
    Ok(unit::table.find(id).select(unit::name).first(db)?)
}

macro_rules! plan_values {
    ($plan:expr) => {
        (
            consultation::title.eq(&$plan.title),
            consultation::draft_label.eq(&$plan.draft_label),
            consultation::unit_id.eq($plan.unit_id),
            consultation::contact.eq(&$plan.contact),
            consultation::basis.eq(&$plan.basis),
            consultation::summary.eq(&$plan.summary),
            consultation::plain_summary.eq(&$plan.plain_summary),
            consultation::background.eq(&$plan.background),
            consultation::prenotice_on.eq($plan.prenotice_on),
            consultation::noticed_on.eq($plan.noticed_on),
            consultation::opens_on.eq($plan.opens_on),
            consultation::closes_on.eq($plan.closes_on),
            consultation::short_reason.eq(&$plan.short_reason),
            consultation::grace_seconds.eq($plan.grace_seconds),
            consultation::senders.eq(&$plan.senders),
            consultation::count_incomplete.eq($plan.count_incomplete),
            consultation::result_terms.eq(&$plan.result_terms),
            consultation::originals_place.eq(&$plan.originals_place),
            consultation::decision_planned_on.eq($plan.decision_planned_on),
        )
    };
}

/// Adds a planned consultation.
pub fn insert(db: &mut Db, plan: &Plan, min_days: i64, by: i64, now: Instant) -> Result<i64> {
    Ok(diesel::insert_into(consultation::table)
        .values((
            plan_values!(plan),
            consultation::state.eq(State::Planned),
            consultation::min_days.eq(min_days),
            consultation::current_no.eq(0_i64),
            consultation::flood.eq("auto"),
            consultation::created_by.eq(by),
            consultation::created_at.eq(now),
            consultation::version.eq(1_i64),
        ))
        .returning(consultation::id)
        .get_result(db)?)
}

/// Puts new values into a planned consultation that is still as it was read.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn update(db: &mut Db, seen: &Consultation, plan: &Plan) -> Result<()> {
    let row = consultation::table.find(seen.id).filter(consultation::version.eq(seen.version));
    let changed = diesel::update(row)
        .set((plan_values!(plan), consultation::version.eq(seen.version + 1)))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale(STALE.to_owned())) }
}

/// What changes of a consultation besides its texts.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = consultation)]
pub struct Change {
    /// Where the work stands.
    pub state: Option<State>,
    /// The newest version made.
    pub current_no: Option<i64>,
    /// The last day that counts now.
    pub closing_on: Option<NaiveDate>,
}

/// Changes a consultation that is still as it was read.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn change(db: &mut Db, seen: &Consultation, change: &Change) -> Result<()> {
    let row = consultation::table
        .find(seen.id)
        .filter(consultation::version.eq(seen.version))
        .filter(consultation::state.eq(seen.state));
    let changed =
        diesel::update(row).set((consultation::version.eq(seen.version + 1), change)).execute(db)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale(STALE.to_owned())) }
}

/// The ways to send.
pub fn channels(db: &mut Db, id: i64) -> Result<Vec<Channel>> {
    let rows = consultation_channel::table
        .filter(consultation_channel::consultation_id.eq(id))
        .order(consultation_channel::id)
        .select((
            consultation_channel::kind,
            consultation_channel::address,
            consultation_channel::deadline_kind,
            consultation_channel::note,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(kind, address, deadline, note)| Channel { kind, address, deadline, note })
        .collect())
}

/// Public consultations that take opinions by a way, with what was written as the place to send to.
pub fn by_channel(db: &mut Db, kind: ChannelKind) -> Result<Vec<(Consultation, String)>> {
    Ok(consultation_channel::table
        .inner_join(consultation::table.on(consultation::id.eq(consultation_channel::consultation_id)))
        .filter(consultation_channel::kind.eq(kind))
        .filter(consultation::state.ne_all([State::Planned, State::InApproval, State::Approved]))
        .order(consultation::id)
        .select((Consultation::as_select(), consultation_channel::address))
        .load(db)?)
}

/// The reading places in their order.
pub fn places(db: &mut Db, id: i64) -> Result<Vec<Place>> {
    let rows = consultation_place::table
        .filter(consultation_place::consultation_id.eq(id))
        .order((consultation_place::sort, consultation_place::id))
        .select((consultation_place::name, consultation_place::hours))
        .load(db)?;
    Ok(rows.into_iter().map(|(name, hours)| Place { name, hours }).collect())
}

/// Puts ways and places in the place of those there are.
pub fn replace_ways(db: &mut Db, id: i64, channels: &[Channel], places: &[Place]) -> Result<()> {
    diesel::delete(consultation_channel::table.filter(consultation_channel::consultation_id.eq(id)))
        .execute(db)?;
    diesel::delete(consultation_place::table.filter(consultation_place::consultation_id.eq(id)))
        .execute(db)?;
    for channel in channels {
        diesel::insert_into(consultation_channel::table)
            .values((
                consultation_channel::consultation_id.eq(id),
                consultation_channel::kind.eq(channel.kind),
                consultation_channel::address.eq(&channel.address),
                consultation_channel::deadline_kind.eq(channel.deadline),
                consultation_channel::note.eq(&channel.note),
            ))
            .execute(db)?;
    }
    for (sort, place) in (1_i64..).zip(places) {
        diesel::insert_into(consultation_place::table)
            .values((
                consultation_place::consultation_id.eq(id),
                consultation_place::sort.eq(sort),
                consultation_place::name.eq(&place.name),
                consultation_place::hours.eq(&place.hours),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// A version of what the public reads.
#[derive(Clone, Debug, Queryable)]
pub struct Version {
    /// Its number inside.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// 1, 2, ….
    pub no: i64,
    /// [`crate::consultations::content::Content`] as text.
    pub content: String,
    /// Its hash.
    pub content_hash: String,
    /// What changed.
    pub change_note: Option<String>,
    /// Who wrote it.
    pub author_id: i64,
}

type VersionColumns = (
    consultation_version::id,
    consultation_version::consultation_id,
    consultation_version::no,
    consultation_version::content,
    consultation_version::content_hash,
    consultation_version::change_note,
    consultation_version::author_id,
);

const VERSION: VersionColumns = (
    consultation_version::id,
    consultation_version::consultation_id,
    consultation_version::no,
    consultation_version::content,
    consultation_version::content_hash,
    consultation_version::change_note,
    consultation_version::author_id,
);

/// Adds a version and gives its id.
pub fn insert_version(
    db: &mut Db,
    id: i64,
    no: i64,
    content: &str,
    hash: &str,
    by: i64,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(consultation_version::table)
        .values((
            consultation_version::consultation_id.eq(id),
            consultation_version::no.eq(no),
            consultation_version::content.eq(content),
            consultation_version::content_hash.eq(hash),
            consultation_version::author_id.eq(by),
            consultation_version::created_at.eq(now),
        ))
        .returning(consultation_version::id)
        .get_result(db)?)
}

/// A version by its id.
pub fn version(db: &mut Db, version_id: i64) -> Result<Version> {
    Ok(consultation_version::table.find(version_id).select(VERSION).first(db)?)
}

/// A version by its number.
pub fn version_no(db: &mut Db, id: i64, no: i64) -> Result<Option<Version>> {
    Ok(consultation_version::table
        .filter(consultation_version::consultation_id.eq(id))
        .filter(consultation_version::no.eq(no))
        .select(VERSION)
        .first(db)
        .optional()?)
}

/// The version the public reads, with the moment it was released.
pub fn released(db: &mut Db, id: i64) -> Result<Option<(Version, Instant)>> {
    let newest: Option<(i64, Instant)> = consultation_release::table
        .filter(consultation_release::consultation_id.eq(id))
        .order(consultation_release::no.desc())
        .select((consultation_release::version_id, consultation_release::at))
        .first(db)
        .optional()?;
    match newest {
        Some((version_id, at)) => Ok(Some((version(db, version_id)?, at))),
        None => Ok(None),
    }
}

/// The number of the newest result before the public, and since when.
pub fn result_released(db: &mut Db, id: i64) -> Result<Option<(i64, Instant)>> {
    Ok(result_release::table
        .filter(result_release::consultation_id.eq(id))
        .order(result_release::no.desc())
        .select((result_release::no, result_release::at))
        .first(db)
        .optional()?)
}

/// Puts a version before the public; the database checks its approval.
pub fn release(db: &mut Db, version: &Version, by: Option<i64>, now: Instant) -> Result<()> {
    diesel::insert_into(consultation_release::table)
        .values((
            consultation_release::version_id.eq(version.id),
            consultation_release::consultation_id.eq(version.consultation_id),
            consultation_release::no.eq(version.no),
            consultation_release::released_by.eq(by),
            consultation_release::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Keeps a link to what is not announced yet; `key_hash` is a keyed hash of what stands in the link.
pub fn insert_preview(
    db: &mut Db,
    key_hash: &str,
    id: i64,
    note: &str,
    by: i64,
    now: Instant,
    expires_at: Instant,
) -> Result<()> {
    diesel::insert_into(preview_link::table)
        .values((
            preview_link::key_hash.eq(key_hash),
            preview_link::consultation_id.eq(id),
            preview_link::note.eq(note),
            preview_link::created_by.eq(by),
            preview_link::created_at.eq(now),
            preview_link::expires_at.eq(expires_at),
        ))
        .execute(db)?;
    Ok(())
}

/// The consultation a link leads to, while it holds.
pub fn previewed(db: &mut Db, key_hash: &str, now: Instant) -> Result<i64> {
    Ok(preview_link::table
        .find(key_hash)
        .filter(preview_link::expires_at.gt(now))
        .filter(preview_link::revoked_at.is_null())
        .select(preview_link::consultation_id)
        .first(db)?)
}

/// What happened to a period, oldest first, published or not; given up ones left out.
pub fn events(db: &mut Db, id: i64) -> Result<Vec<Event>> {
    Ok(consultation_event::table
        .filter(consultation_event::consultation_id.eq(id))
        .filter(consultation_event::withdrawn_at.is_null())
        .order(consultation_event::id)
        .select(Event::as_select())
        .load(db)?)
}

/// One event.
pub fn event(db: &mut Db, event_id: i64) -> Result<Event> {
    Ok(consultation_event::table.find(event_id).select(Event::as_select()).first(db)?)
}

/// An event before it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = consultation_event)]
#[expect(missing_docs, reason = "as in Event")]
pub struct NewEvent {
    pub consultation_id: i64,
    pub kind: EventKind,
    pub from_at: Instant,
    pub to_at: Option<Instant>,
    pub new_closes_on: Option<NaiveDate>,
    pub reason: String,
    pub content_hash: String,
    pub author_id: i64,
    pub created_at: Instant,
}

/// Adds an event and gives its id.
pub fn insert_event(db: &mut Db, event: &NewEvent) -> Result<i64> {
    Ok(diesel::insert_into(consultation_event::table)
        .values(event)
        .returning(consultation_event::id)
        .get_result(db)?)
}

/// Publishes an event; the database checks its approval.
pub fn publish_event(db: &mut Db, event_id: i64, by: Option<i64>, now: Instant) -> Result<()> {
    diesel::update(consultation_event::table.find(event_id))
        .filter(consultation_event::published_at.is_null())
        .set((consultation_event::published_at.eq(now), consultation_event::published_by.eq(by)))
        .execute(db)?;
    Ok(())
}

/// Gives an unpublished event up.
pub fn withdraw_event(db: &mut Db, event_id: i64, now: Instant) -> Result<()> {
    diesel::update(consultation_event::table.find(event_id))
        .filter(consultation_event::published_at.is_null())
        .set(consultation_event::withdrawn_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Whether an opening or closing was noticed.
pub fn is_marked(db: &mut Db, id: i64, what: &str, day: NaiveDate) -> Result<bool> {
    let there: Option<String> =
        period_mark::table.find((id, what, day)).select(period_mark::what).first(db).optional()?;
    Ok(there.is_some())
}

/// Remembers that an opening or closing was noticed.
pub fn mark(db: &mut Db, id: i64, what: &str, day: NaiveDate, now: Instant) -> Result<()> {
    diesel::insert_into(period_mark::table)
        .values((
            period_mark::consultation_id.eq(id),
            period_mark::what.eq(what),
            period_mark::on_day.eq(day),
            period_mark::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Consultations whose opening or closing may have to be noticed: announced, not yet sorted.
pub fn running(db: &mut Db) -> Result<Vec<Consultation>> {
    Ok(consultation::table
        .filter(consultation::state.eq_any([State::Approved, State::Announced]))
        .order(consultation::id)
        .select(Consultation::as_select())
        .load(db)?)
}

/// Consultations before the public whose result is not out, the first to end first.
pub fn at_work(db: &mut Db) -> Result<Vec<Consultation>> {
    Ok(consultation::table
        .filter(consultation::state.eq_any([
            State::Announced,
            State::Sorting,
            State::Answering,
            State::ResultInApproval,
            State::Decided,
        ]))
        .order((consultation::closing_on, consultation::id))
        .select(Consultation::as_select())
        .load(db)?)
}
