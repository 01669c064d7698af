//! What a monitoring program asks at the staff door: how much waits, what works, nothing about anybody. In the text
//! format of Prometheus, which is little enough to need no crate.

pub mod handlers;
mod store;

use std::fmt::Write;

use chrono::{DateTime, Utc};

use crate::db::{Db, Kind};
use crate::error::Result;
use crate::intake::mail::{store as incoming, totals};
use crate::mail::channels::{self, Faring};
use crate::mail::{MailState, store as outbox};
use crate::work::Health;

/// The figures of a moment.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Letters by state.
    letters: Vec<(String, i64)>,
    /// Matters by state.
    matters: Vec<(String, i64)>,
    /// Mails that came in, by where they stand.
    mails_in: Vec<(String, i64)>,
    /// Mails of ours, by where they stand.
    mails_out: Vec<(String, i64)>,
    /// Addresses that get no automatic mail.
    stopped: i64,
    /// Letters about which no automatic mail goes.
    frozen: i64,
    /// Attachments by what is known of them.
    files: Vec<(String, i64)>,
    /// What background work has before it.
    backlog: Vec<(&'static str, i64)>,
    /// Seconds for which the oldest has been waiting; 0 when nothing waits.
    oldest: Vec<(&'static str, i64)>,
    /// Bytes of the database.
    database: i64,
    /// Whether the database is SQLite.
    sqlite: bool,
    /// The ways in for mail.
    channels: Vec<Faring>,
}

/// Reads the figures.
///
/// # Errors
/// The database's.
pub fn read(db: &mut Db, now: DateTime<Utc>) -> Result<Figures> {
    let by_state = |counts: Vec<(MailState, i64)>| {
        counts.into_iter().map(|(state, count)| (state.code().to_owned(), count)).collect()
    };
    let seconds =
        |since: Option<crate::db::Instant>| since.map_or(0, |since| (now - since.utc()).num_seconds().max(0));
    let (scans, scans_since) = store::unscanned(db)?;
    Ok(Figures {
        letters: store::letters(db)?,
        matters: store::matters(db)?,
        mails_in: totals(db)?.stand.into_iter().map(|(s, count)| (s.code().to_owned(), count)).collect(),
        mails_out: by_state(outbox::counts(db)?),
        stopped: store::stopped(db)?,
        frozen: store::frozen(db)?,
        files: store::files(db)?,
        backlog: vec![
            ("trail", crate::trail::loose(db)?),
            ("index", store::unindexed(db)?),
            ("scanner", scans),
            ("copies", store::uncopied(db)?),
        ],
        oldest: vec![
            ("incoming", seconds(incoming::oldest_waiting(db)?)),
            ("exception", seconds(incoming::oldest_exception(db)?)),
            ("outbox", seconds(store::oldest_queued(db)?)),
            ("scanner", seconds(scans_since)),
        ],
        database: store::size(db)?,
        sqlite: db.kind() == Kind::Sqlite,
        channels: channels::all(db)?,
    })
}

impl Figures {
    /// The figures as Prometheus reads them, with how this program's background work fares.
    pub fn text(&self, now: DateTime<Utc>, health: &[Health]) -> String {
        let mut page = Page(String::new());
        let database = if self.sqlite { "sqlite" } else { "postgres" };
        let build = [("version", env!("CARGO_PKG_VERSION")), ("database", database)];
        page.of("build_info", "The program.", [(build.as_slice(), 1)]);
        page.by("letters", "Letters by state.", "state", &self.letters);
        page.by("matters", "Matters by state.", "state", &self.matters);
        page.by("mails_in", "Mails that came in, by where they stand.", "state", &self.mails_in);
        page.by("mails_out", "Mails in the outbox, by where they stand.", "state", &self.mails_out);
        page.one("mail_stopped_addresses", "Addresses that get no automatic mail.", self.stopped);
        page.one("mail_frozen_letters", "Letters about which no automatic mail goes.", self.frozen);
        page.by("files", "Attachments by what is known of them.", "state", &self.files);
        page.by("backlog", "What background work has before it.", "task", &self.backlog);
        page.by("oldest_waiting_seconds", "How long the oldest waits.", "queue", &self.oldest);
        page.one("database_bytes", "Size of the database.", self.database);
        let labels: Vec<_> =
            self.channels.iter().map(|c| [("channel", c.name.as_str()), ("kind", c.kind.as_str())]).collect();
        let rows = self.channels.iter().zip(&labels);
        page.of(
            "mail_channel_alarm",
            "Whether a way in for mail calls for somebody.",
            rows.map(|(channel, labels)| (labels.as_slice(), i64::from(channel.alarms(now)))),
        );
        let names: Vec<_> = health.iter().map(|task| [("task", task.name)]).collect();
        let tasks = || health.iter().zip(&names);
        page.of(
            "task_troubled",
            "Whether a piece of background work failed last time.",
            tasks().map(|(task, labels)| (labels.as_slice(), i64::from(task.trouble.is_some()))),
        );
        page.of(
            "task_worked_timestamp_seconds",
            "When a piece of background work last ended well.",
            tasks().filter_map(|(task, labels)| Some((labels.as_slice(), task.worked_at?.timestamp()))),
        );
        page.0
    }
}

/// A page that grows measure by measure.
struct Page(String);

impl Page {
    fn one(&mut self, name: &str, help: &str, value: i64) {
        self.of(name, help, [(&[][..], value)]);
    }

    fn by(&mut self, name: &str, help: &str, label: &str, values: &[(impl AsRef<str>, i64)]) {
        let labels: Vec<_> = values.iter().map(|(value, _)| [(label, value.as_ref())]).collect();
        let rows = labels.iter().zip(values).map(|(labels, (_, count))| (labels.as_slice(), *count));
        self.of(name, help, rows);
    }

    /// A measure with a value for each set of labels; none at all when there is none.
    fn of<'a>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (&'a [(&'a str, &'a str)], i64)>,
    ) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return;
        }
        let out = &mut self.0;
        // writing to a string cannot fail
        let _ = write!(out, "# HELP hirokiku_{name} {help}\n# TYPE hirokiku_{name} gauge\n");
        for (labels, value) in values {
            let inside: Vec<String> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
            let inside = if inside.is_empty() { String::new() } else { format!("{{{}}}", inside.join(",")) };
            let _ = writeln!(out, "hirokiku_{name}{inside} {value}");
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_said_with_its_type_and_a_name_cannot_break_the_line() {
        let mut page = Page(String::new());
        page.by("letters", "Letters by state.", "state", &[("a\"b\\c\nd", 2), ("closed", 0)]);
        page.one("database_bytes", "Size.", 7);
        page.by("files", "None.", "state", &[] as &[(&str, i64)]);
        assert_eq!(
            page.0,
            "# HELP hirokiku_letters Letters by state.\n# TYPE hirokiku_letters gauge\n\
             hirokiku_letters{state=\"a\\\"b\\\\c\\nd\"} 2\nhirokiku_letters{state=\"closed\"} 0\n\
             # HELP hirokiku_database_bytes Size.\n# TYPE hirokiku_database_bytes gauge\nhirokiku_database_bytes 7\n"
        );
    }
}
