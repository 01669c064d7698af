//! How the ways in for mail fare: since when each works, or does not, and why.
//!
//! A mailbox that has not been reached for a while is an alarm, and mail is the wrong way to tell of it: it stands on
//! the work page, in the list of channels and in the answer to `/readyz`.

mod store;

use chrono::{DateTime, Duration, Utc};

use crate::db::Db;
use crate::error::Result;
use crate::web::App;

/// A way in, as the settings have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name, good for people too.
    pub name: String,
    /// `lmtp` or `imap`.
    pub kind: &'static str,
    /// Minutes without success until an alarm; none where silence means only that nobody wrote.
    pub alarm_minutes: Option<u64>,
}

/// How long a channel that is only spoken to may be in trouble until an alarm.
const TROUBLE: Duration = Duration::minutes(5);

/// Success is written down again when it is this old.
const STALE: Duration = Duration::seconds(30);

/// How a way in fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faring {
    /// Its name.
    pub name: String,
    /// `lmtp` or `imap`.
    pub kind: String,
    /// Minutes without success until an alarm.
    pub alarm_minutes: Option<i64>,
    /// Since when it is watched.
    pub watched_since: DateTime<Utc>,
    /// When it last worked.
    pub worked_at: Option<DateTime<Utc>>,
    /// Since when it does not, and what was wrong last.
    pub trouble: Option<(DateTime<Utc>, String)>,
}

impl Faring {
    /// Whether somebody should look after it.
    pub fn alarms(&self, now: DateTime<Utc>) -> bool {
        match (self.alarm_minutes, &self.trouble) {
            (Some(minutes), _) => {
                self.worked_at.unwrap_or(self.watched_since).max(self.watched_since)
                    + Duration::minutes(minutes)
                    < now
            }
            (None, Some((since, _))) => *since + TROUBLE < now,
            (None, None) => false,
        }
    }
}

/// Writes down which ways there are: called when the program starts. What is no longer in the settings raises no alarm.
///
/// # Errors
/// The database's.
pub fn watch(app: &App, channels: Vec<Channel>) -> Result<()> {
    let now = app.clock.now().into();
    app.db.write_now(move |db| {
        store::none_in_use(db)?;
        channels.iter().try_for_each(|channel| store::in_use(db, channel, now))
    })
}

/// Notes that a channel works. Trouble in noting it goes to the log and stops nobody.
pub fn worked(app: &App, channel: &Channel) {
    note(app, channel, None);
}

/// Notes that a channel does not work, and why. The words must not hold an address or a mail.
pub fn troubled(app: &App, channel: &Channel, why: &str) {
    const LONGEST: usize = 500;
    let why: String = why.chars().take(LONGEST).collect();
    note(app, channel, Some(&why));
}

fn note(app: &App, channel: &Channel, trouble: Option<&str>) {
    let (name, now) = (channel.name.clone(), app.clock.now());
    // looked at first: most successes change nothing
    let noted = app.db.read_now(|db| store::find(db, &name)).and_then(|was| {
        let fresh = was.as_ref().is_some_and(|was| {
            trouble.is_none() && was.trouble.is_none() && was.worked_at.is_some_and(|at| now - at < STALE)
        });
        if fresh {
            return Ok(());
        }
        let trouble = trouble.map(str::to_owned);
        app.db.write_behind(move |db| store::note(db, &name, now.into(), trouble.as_deref()))
    });
    if let Err(error) = noted {
        tracing::warn!(%error, channel = %channel.name, "how a channel fares could not be noted");
    }
}

/// How the ways in of the settings fare, by name.
///
/// # Errors
/// The database's.
pub fn all(db: &mut Db) -> Result<Vec<Faring>> {
    store::all(db)
}

/// Those that somebody should look after.
///
/// # Errors
/// The database's.
pub fn alarms(db: &mut Db, now: DateTime<Utc>) -> Result<Vec<Faring>> {
    Ok(all(db)?.into_iter().filter(|faring| faring.alarms(now)).collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_mailbox_alarms_when_it_was_not_reached_for_its_time_and_a_door_when_it_is_in_trouble() {
        let now = Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).single().expect("a time");
        let ago = |minutes| now - Duration::minutes(minutes);
        let mailbox = |worked_at| Faring {
            name: "市長".to_owned(),
            kind: "imap".to_owned(),
            alarm_minutes: Some(30),
            watched_since: ago(120),
            worked_at,
            trouble: None,
        };
        assert!(!mailbox(Some(ago(29))).alarms(now));
        assert!(mailbox(Some(ago(31))).alarms(now), "a thread that died notes no trouble");
        assert!(mailbox(None).alarms(now));
        assert!(!Faring { watched_since: ago(1), ..mailbox(Some(ago(300))) }.alarms(now), "just started");
        let door = |trouble| Faring { alarm_minutes: None, trouble, ..mailbox(None) };
        assert!(!door(None).alarms(now), "nobody wrote");
        assert!(door(Some((ago(6), "disk full".to_owned()))).alarms(now));
    }
}
