//! The mailroom: where every mail that came in can be seen to stand somewhere, and where people decide on those the
//! program could not place.

pub mod asked;
pub mod handlers;
mod store;
mod views;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::mail::incoming::{Source, Standing, State};
use super::mail::store::{self as mails, Entry, Filter};
use super::mail::{Day, desk, sums, totals};
use crate::calendar;
use crate::consultations;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::mail::channels::{self, Faring};
use crate::mail::ledger_store;
use crate::people::{May, Viewer};

/// Days the overview shows.
const DAYS: u64 = 14;

/// Hours an exception may wait before the overview calls for somebody.
pub const EXCEPTION_HOURS: i64 = 24;

/// Minutes a mail may wait to be read before the overview calls for somebody.
pub const WAITING_MINUTES: i64 = 10;

/// Mails of spam that are looked through at a time.
pub const SAMPLE: i64 = 20;

/// How the mailroom stands.
#[derive(Clone, Debug)]
pub struct Overview {
    /// When this was read.
    pub now: DateTime<Utc>,
    /// The last days, today first, days without mail too.
    pub days: Vec<Day>,
    /// All days together.
    pub totals: Day,
    /// The oldest mail that waits to be read.
    pub waiting_since: Option<Instant>,
    /// Exceptions nobody is done with, and since when the oldest waits.
    pub exceptions: (i64, Option<Instant>),
    /// Mails of strangers on letters that nobody is done with.
    pub strangers: i64,
    /// Spam nobody looked through.
    pub spam: i64,
    /// Answers and questions that came back and that nobody has seen to.
    pub undelivered: usize,
    /// The ways in that the settings name.
    pub channels: Vec<Faring>,
    /// When the last mail came by which way.
    pub last: Vec<(Source, Instant)>,
}

/// Reads how the mailroom stands at a moment.
///
/// # Errors
/// The database's.
pub fn overview(db: &mut Db, now: DateTime<Utc>) -> Result<Overview> {
    let unsettled = |state| Filter { state: Some(state), unsettled: true, ..Filter::default() };
    let (days, totals) = added_up(db, calendar::tokyo_day(now))?;
    Ok(Overview {
        now,
        days,
        totals,
        waiting_since: mails::oldest_waiting(db)?,
        exceptions: (mails::count(db, &unsettled(State::Exception))?, mails::oldest_exception(db)?),
        strangers: mails::count(db, &strangers())?,
        spam: mails::count(db, &unsettled(State::Spam))?,
        undelivered: ledger_store::undelivered(db, 1_000)?.len(),
        channels: channels::all(db)?,
        last: mails::last_by_source(db)?,
    })
}

/// Mails on letters by somebody else than their writer, that nobody is done with.
pub fn strangers() -> Filter {
    Filter {
        state: Some(State::Message),
        standing: Some(Standing::Other),
        unsettled: true,
        ..Filter::default()
    }
}

/// The consultation and the submission a mail is, by itself or by its letter.
fn opinion_of(db: &mut Db, entry: &Entry) -> Result<Option<(i64, i64)>> {
    match (entry.submission_id, entry.letter_id) {
        (Some(id), _) => Ok(Some((consultations::store::submission(db, id)?.consultation_id, id))),
        (None, Some(letter)) if entry.state == State::Letter => consultations::store::of_letter(db, letter),
        _ => Ok(None),
    }
}

/// The sums of the last days and over all. Mail that comes in between two questions is no mistake: what does not add
/// up is asked again before anybody is told.
fn added_up(db: &mut Db, today: NaiveDate) -> Result<(Vec<Day>, Day)> {
    let first = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let mut tries = 0;
    loop {
        let (there, all) = (sums(db, first, today)?, totals(db)?);
        tries += 1;
        if tries < 3 && !(all.adds_up() && there.iter().all(Day::adds_up)) {
            continue;
        }
        let days = (0..DAYS).filter_map(|back| today.checked_sub_days(Days::new(back)));
        let days = days.map(|on| {
            let found = there.iter().find(|day| day.on == Some(on)).cloned();
            found.unwrap_or_else(|| Day { on: Some(on), ..Day::default() })
        });
        return Ok((days.collect(), all));
    }
}

/// Notes that these mails were looked through and are spam. Gives how many nobody had looked at before.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever does not run letters; [`Error::Refused`] without a mail.
pub fn review(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, ids: &[String]) -> Result<usize> {
    viewer.may(May::RunLetters)?;
    if ids.is_empty() || ids.len() > SAMPLE as usize {
        return Err(Error::Refused(format!("確かめたメールを1通から{SAMPLE}通まで選んでください。")));
    }
    let mut done = 0;
    for id in ids {
        if mails::entry(db, id)?.state != State::Spam {
            continue;
        }
        match desk::settle(db, &viewer.by(), now, id) {
            Ok(()) => done += 1,
            // somebody else looked at it a moment before
            Err(Error::Stale(_)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(done)
}
