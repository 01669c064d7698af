//! What moves a period: changes that a second person approved, and the clock, whose doings the trail remembers.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::consultation::{self, Came, Consultation, Event, EventKind, Period, State};
use super::{announce_if_due, content, line, shown, store, submission, subscriptions};
use crate::approval::{self, About, SubjectKind};
use crate::calendar;
use crate::db::{Db, Instant, next_edition};
use crate::error::{Error, Result};
use crate::people::{May, Viewer};
use crate::trail::{self, Act, By};

/// What a change of a period says, before it is stored.
#[derive(Clone, Debug)]
pub struct PeriodChange {
    /// What.
    pub kind: EventKind,
    /// From when it holds.
    pub from_at: DateTime<Utc>,
    /// Until when, for an outage.
    pub to_at: Option<DateTime<Utc>>,
    /// The new last day, for an extension.
    pub new_closes_on: Option<NaiveDate>,
    /// Why, as the public reads it.
    pub reason: String,
}

/// Writes a change of a period and puts it before its approvers; it holds once they decided.
///
/// # Errors
/// [`Error::Refused`] with the rule that stands against it.
pub fn write_event(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    change: &PeriodChange,
    class: &str,
) -> Result<i64> {
    let row = store::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    let refuse = |why: &str| Err(Error::Refused(why.to_owned()));
    if row.state != State::Announced {
        return refuse("期間を変えられるのは、公示してから意見の整理を始めるまでです。");
    }
    if change.reason.trim().is_empty() {
        return refuse("理由を入力してください。理由は公表されます。");
    }
    let period = period(db, &row)?;
    let today = calendar::tokyo_day(now);
    match change.kind {
        EventKind::Extension => {
            let Some(new_last) = change.new_closes_on else {
                return refuse("新しい最終日を入力してください。");
            };
            if let Some(why) = consultation::extension_trouble(&period, new_last, today) {
                return Err(Error::Refused(why));
            }
        }
        EventKind::Suspension if period.suspended_at.is_some() => return refuse("すでに停止しています。"),
        EventKind::Resumption if period.suspended_at.is_none() => return refuse("停止していません。"),
        EventKind::Outage if change.to_at.is_none_or(|to| to <= change.from_at) => {
            return refuse("停止していた時間の、始めと終わりを入力してください。");
        }
        _ => {}
    }
    let mut event = store::NewEvent {
        consultation_id: id,
        kind: change.kind,
        from_at: change.from_at.into(),
        to_at: change.to_at.map(Instant::from),
        new_closes_on: change.new_closes_on.filter(|_| change.kind == EventKind::Extension),
        reason: change.reason.clone(),
        content_hash: String::new(),
        author_id: viewer.id,
        created_at: now.into(),
    };
    event.content_hash =
        hash_of_event(id, event.kind, event.from_at, event.to_at, event.new_closes_on, &event.reason);
    let event_id = store::insert_event(db, &event)?;
    let told = line(Act::PeriodChangeWritten, id).with(json!({ "event": event_id, "kind": change.kind }));
    trail::record(db, &viewer.by(), now, &told)?;
    let title = format!("{}「{}」", change.kind.label(), row.title);
    let draft = approval::Draft {
        subject_kind: SubjectKind::ConsultationEvent,
        subject_id: event_id,
        class,
        content_hash: &event.content_hash,
        about: About::Consultation(id),
        title: &title,
        author_id: viewer.id,
        unit_id: Some(row.unit_id),
        joint: &[],
    };
    approval::start(db, viewer, now, &draft)
}

fn hash_of_event(
    id: i64,
    kind: EventKind,
    from_at: Instant,
    to_at: Option<Instant>,
    new_closes_on: Option<NaiveDate>,
    reason: &str,
) -> String {
    let told = json!([id, kind, from_at.to_string(), to_at.map(|t| t.to_string()), new_closes_on, reason]);
    content::hash(&told.to_string())
}

pub(super) fn event_hash(event: &Event) -> String {
    hash_of_event(
        event.consultation_id,
        event.kind,
        event.from_at,
        event.to_at,
        event.new_closes_on,
        &event.reason,
    )
}

/// Publishes a change that was decided on; what came late and is in time by an extension is in time from then on.
///
/// # Errors
/// [`Error::Refused`] for an extension that days went by over, or behind which the sorting began.
pub(super) fn publish_event(db: &mut Db, by: &By, now: DateTime<Utc>, event_id: i64) -> Result<()> {
    let event = store::event(db, event_id)?;
    let row = store::consultation(db, event.consultation_id)?;
    if let Some(new_last) = event.new_closes_on {
        still_extends(db, &row, new_last, now)?;
    }
    store::publish_event(db, event_id, by.staff_id, now.into())?;
    next_edition(db)?;
    let mut change = store::Change::default();
    match event.kind {
        EventKind::Extension => change.closing_on = event.new_closes_on,
        EventKind::Cancellation => change.state = Some(State::Cancelled),
        EventKind::Suspension | EventKind::Resumption | EventKind::Outage => {}
    }
    store::change(db, &row, &change)?;
    subscriptions::changed(db, now, event.consultation_id, event.kind, event_id)?;
    if let Some(found) = approval::store::alive(db, SubjectKind::ConsultationEvent, event_id)? {
        approval::executed(db, now, found.id, &event.content_hash)?;
    }
    let made_timely = match event.kind {
        EventKind::Extension => make_timely(db, event.consultation_id, event_id)?,
        _ => 0,
    };
    let told = line(Act::PeriodChanged, event.consultation_id).with(json!({
        "event": event_id, "kind": event.kind, "new_closes_on": event.new_closes_on, "made_timely": made_timely,
    }));
    trail::record(db, by, now, &told)
}

/// An extension is written on one day and decided on another: it must still be one.
fn still_extends(db: &mut Db, row: &Consultation, new_last: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    let trouble = if row.state == State::Announced {
        consultation::extension_trouble(&period(db, row)?, new_last, calendar::tokyo_day(now))
    } else {
        Some(format!("この意見募集はいま「{}」なので、期間を延ばせません。", row.state.label()))
    };
    trouble.map_or(Ok(()), |why| Err(Error::Refused(format!("{why}差し戻してください。"))))
}

/// Late submissions of a consultation that would be in time, were `last` its last day.
fn late_until(db: &mut Db, consultation_id: i64, last: NaiveDate) -> Result<Vec<store::Late>> {
    let mut shown = shown(db, consultation_id)?;
    shown.period.closing_on = last;
    let mut late = store::late(db, consultation_id)?;
    late.retain(|one| {
        let came = Came::stored(one.received_at, one.received_on, one.postmarked_on, one.entered_by);
        // the database holds on to the day it came, whatever its postmark
        one.received_on <= last && shown.in_time(one.channel, &came)
    });
    Ok(late)
}

/// How many late submissions an extension made timely, or would make so if it were published now; 0 for any other change.
pub fn timely_by(db: &mut Db, event: &Event) -> Result<i64> {
    match event.new_closes_on {
        None => Ok(0),
        Some(_) if event.published_at.is_some() => store::made_timely(db, event.id),
        Some(last) => {
            let late = late_until(db, event.consultation_id, last)?;
            Ok(i64::try_from(late.len()).unwrap_or(i64::MAX))
        }
    }
}

/// Late submissions that a published extension made timely stand as they would have stood, had it been published before
/// they came; those set aside or taken back stay so, and go back to that. Gives how many there were. Their items follow in
/// the background, as for any that came.
fn make_timely(db: &mut Db, consultation_id: i64, event_id: i64) -> Result<usize> {
    let row = store::consultation(db, consultation_id)?;
    let last = period(db, &row)?.closing_on;
    let late = late_until(db, consultation_id, last)?;
    for aside in [false, true] {
        for state in [submission::State::Received, submission::State::Incomplete] {
            let ids: Vec<i64> = late
                .iter()
                .filter(|one| (one.state != submission::State::Late) == aside)
                .filter(|one| submission::first_state(true, &submission::listed(&one.missing)) == state)
                .map(|one| one.id)
                .collect();
            store::make_timely(db, &ids, aside, state, event_id)?;
        }
    }
    Ok(late.len())
}

/// The period of a consultation with what happened to it.
///
/// # Errors
/// [`Error::NotFound`] while it has no dates.
pub fn period(db: &mut Db, row: &Consultation) -> Result<Period> {
    let (opens_on, closes_on) = row.opens_on.zip(row.closes_on).ok_or(Error::NotFound)?;
    Ok(Period::new(opens_on, closes_on, row.grace_seconds, &store::events(db, row.id)?))
}

/// One thing the clock did that is not in the trail yet.
enum Due {
    Announcement(i64),
    Mark(i64, &'static str, NaiveDate, Act),
}

fn due(db: &mut Db, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let today = calendar::tokyo_day(now);
    let mut found = Vec::new();
    for row in store::running(db)? {
        if row.state == State::Approved {
            if row.noticed_on.is_some_and(|day| day <= today) {
                found.push(Due::Announcement(row.id));
            }
            continue;
        }
        let period = period(db, &row)?;
        for (what, day, act, there) in [
            ("opened", period.opens_on, Act::ConsultationOpened, today >= period.opens_on),
            ("closed", period.closing_on, Act::ConsultationClosed, today > period.closing_on),
        ] {
            if there && !store::is_marked(db, row.id, what, day)? {
                found.push(Due::Mark(row.id, what, day, act));
            }
        }
    }
    Ok(found)
}

/// How much [`notice_periods`] would note.
pub fn periods_to_notice(db: &mut Db, now: DateTime<Utc>) -> Result<usize> {
    Ok(due(db, now)?.len())
}

/// Announces what is due, and notes in the trail what the clock opened and closed; gives how much there was to note.
/// Pages do not wait for it: they ask the clock themselves.
pub fn notice_periods(db: &mut Db, now: DateTime<Utc>) -> Result<usize> {
    let by = By::system();
    let due = due(db, now)?;
    for one in &due {
        match one {
            Due::Announcement(id) => announce_if_due(db, &by, now, *id)?,
            Due::Mark(id, what, day, act) => {
                store::mark(db, *id, what, *day, now.into())?;
                trail::record(db, &by, now, &line(*act, *id).with(json!({ "day": day })))?;
            }
        }
    }
    Ok(due.len())
}
