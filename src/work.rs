//! What the program does while nobody waits: one thread that goes round a list of plain functions.
//!
//! A task that fails is tried again ever less often and stops none of the others; [`health`] says when each last
//! worked and what was wrong last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::files;
use crate::insight;
use crate::intake;
use crate::mail;
use crate::people;
use crate::safekeeping;
use crate::trail;
use crate::web::Shared;

/// A piece of background work. It does a little and says whether there was anything to do; then it is asked again at
/// once.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Its name in logs and in [`health`].
    pub name: &'static str,
    /// The work. It runs on a thread that may wait.
    pub run: fn(&Shared) -> Result<bool>,
}

/// Everything that is done in the background, in the order it is done.
pub const TASKS: &[Task] = &[
    Task { name: "keys", run: |app| people::keys::take_up(&app.db, &app.sealer) },
    Task { name: "trail", run: chain_the_trail },
    Task { name: "seals", run: |app| safekeeping::seal_letters(app) },
    Task { name: "index", run: index_texts },
    Task { name: "periods", run: notice_periods },
    Task { name: "items", run: cut_submissions },
    Task { name: "floods", run: watch_floods },
    Task { name: "subscriptions", run: |app| crate::consultations::subscriptions::run(app) },
    Task { name: "results", run: publish_results },
    Task { name: "result mails", run: |app| crate::opinions::result::told::run(app) },
    Task { name: "digest", run: |app| Ok(insight::digest::run(app)? > 0) },
    Task {
        name: "orphans",
        run: |app| Ok(files::purge_orphans(app)? + intake::mail::purge_strays(app)? > 0),
    },
];

/// Comparing the texts of a consultation may take minutes: a thread of its own.
pub const LIKENESS: &[Task] = &[Task { name: "likeness", run: |app| crate::opinions::alike::run(app) }];

/// Mail that came in is read on a thread of its own: one that is slow to read holds up nothing else.
pub const INCOMING: &[Task] = &[Task { name: "incoming", run: read_mails }];

/// Handing mails over may wait for a slow server for minutes: it has a thread of its own, so that nothing else waits.
pub const DELIVERY: &[Task] = &[Task { name: "mail", run: send_mails }];

/// Scanning and copying files may wait for other programs: a thread of their own too.
pub const FILES: &[Task] = &[
    Task { name: "scanner", run: |app| files::inspect::run(app) },
    Task { name: "copies", run: |app| files::copies::run(app) },
];

fn index_texts(app: &Shared) -> Result<bool> {
    const BATCH: usize = 500;
    let letters = insight::index::run(app, BATCH)?;
    Ok(letters + insight::index::submissions(app, BATCH)? > 0)
}

fn cut_submissions(app: &Shared) -> Result<bool> {
    const BATCH: i64 = 200;
    if app.db.read_now(|db| crate::opinions::store::uncut(db, 1))?.is_empty() {
        return Ok(false);
    }
    let now = app.clock.now();
    Ok(app.db.write_behind(move |db| crate::opinions::itemise(db, now, BATCH))? > 0)
}

fn notice_periods(app: &Shared) -> Result<bool> {
    let now = app.clock.now();
    // most of the time there is nothing to write down
    if app.db.read_now(move |db| crate::consultations::periods_to_notice(db, now))? == 0 {
        return Ok(false);
    }
    let noted = app.db.write_now(move |db| crate::consultations::notice_periods(db, now))?;
    app.kept.look_again();
    Ok(noted > 0)
}

fn watch_floods(app: &Shared) -> Result<bool> {
    use crate::consultations::flood;
    let (now, per_minute) = (app.clock.now(), i64::from(app.config.flood_per_minute));
    let turns = app.db.read_now(move |db| flood::turns(db, now, per_minute))?;
    if turns.is_empty() {
        return Ok(false);
    }
    app.db.write_now(move |db| flood::turn(db, now, &turns))?;
    Ok(true)
}

fn publish_results(app: &Shared) -> Result<bool> {
    let now = app.clock.now();
    if app.db.read_now(move |db| crate::opinions::result::due(db, now))? == 0 {
        return Ok(false);
    }
    let done = app.db.write_now(move |db| crate::opinions::result::publish_due(db, now))?;
    app.kept.look_again();
    Ok(done > 0)
}

fn chain_the_trail(app: &Shared) -> Result<bool> {
    const BATCH: i64 = 100;
    Ok(app.db.write_behind(|db| trail::link(db, BATCH))? > 0)
}

fn read_mails(app: &Shared) -> Result<bool> {
    const BATCH: usize = 32;
    Ok(intake::mail::process(app, BATCH)?.all() > 0)
}

fn send_mails(app: &Shared) -> Result<bool> {
    let counts = mail::deliver::pass(app)?;
    match counts.trouble {
        Some(why) => Err(Error::Unavailable(why)),
        None => Ok(counts.any()),
    }
}

/// How a task fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The task's name.
    pub name: &'static str,
    /// When it last came to an end without an error.
    pub worked_at: Option<DateTime<Utc>>,
    /// What went wrong since, and when; none while all is well.
    pub trouble: Option<(DateTime<Utc>, String)>,
}

static HEALTH: Mutex<Vec<Health>> = Mutex::new(Vec::new());

/// How each task of this process fares; empty when the loop does not run here.
pub fn health() -> Vec<Health> {
    HEALTH.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn note(name: &'static str, at: DateTime<Utc>, done: &Result<bool>) {
    let mut all = HEALTH.lock().unwrap_or_else(PoisonError::into_inner);
    let found = all.iter().position(|h| h.name == name).unwrap_or_else(|| {
        all.push(Health { name, worked_at: None, trouble: None });
        all.len() - 1
    });
    match done {
        Ok(_) => all[found] = Health { name, worked_at: Some(at), trouble: None },
        Err(why) => all[found].trouble = Some((at, why.to_string())),
    }
}

/// The running loop. Dropping it stops it after the piece of work at hand.
#[derive(Debug)]
pub struct Work {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Work {
    /// Starts the loop on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(app: Shared, tasks: &'static [Task]) -> Result<Work> {
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("work".to_owned())
            .spawn(move || go_round(&app, tasks, &woken))
            .map_err(Error::internal)?;
        Ok(Work { wake: Some(wake), thread: Some(thread) })
    }

    /// Has the loop look at once instead of within a second.
    pub fn wake(&self) {
        if let Some(wake) = &self.wake {
            // full: it is awake already
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // a panic of the thread was logged when it happened
            let _ = thread.join();
        }
    }
}

/// When a task may run again, and how often in a row it failed.
#[derive(Clone, Copy)]
struct Turn {
    next: Instant,
    failures: u32,
}

fn go_round(app: &Shared, tasks: &[Task], woken: &Receiver<()>) {
    const PAUSE: Duration = Duration::from_secs(1);
    let mut turns = vec![Turn { next: Instant::now(), failures: 0 }; tasks.len()];
    loop {
        let mut busy = false;
        for (task, turn) in tasks.iter().zip(&mut turns) {
            if turn.next <= Instant::now() {
                busy |= once(app, *task, turn);
            }
        }
        let pause = if busy { Duration::ZERO } else { PAUSE };
        if matches!(woken.recv_timeout(pause), Err(RecvTimeoutError::Disconnected)) {
            return;
        }
    }
}

/// Runs a task and says whether it wants to run again at once.
fn once(app: &Shared, task: Task, turn: &mut Turn) -> bool {
    let done = catch_unwind(AssertUnwindSafe(|| (task.run)(app)))
        .unwrap_or_else(|_| Err(Error::internal("the task panicked")));
    note(task.name, app.clock.now(), &done);
    match done {
        Ok(more) => {
            turn.failures = 0;
            more
        }
        Err(why) => {
            turn.failures += 1;
            let wait = wait_after(turn.failures);
            turn.next = Instant::now() + wait;
            tracing::warn!(task = task.name, error = %why, again_in = wait.as_secs(), "background work failed");
            false
        }
    }
}

/// 1, 2, 4, … seconds, a minute at most.
fn wait_after(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(6)).min(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_fails_is_tried_ever_less_often_but_at_least_once_a_minute() {
        let waits: Vec<u64> = (1..=9).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
