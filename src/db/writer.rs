//! SQLite's one line of writers: those who wait share a commit.
//!
//! A commit costs a sync of the disk, whatever it holds. Writers that arrive while one sync runs are therefore put
//! into the next transaction together and are answered after its commit. As long as none fails they need no savepoint,
//! which would cost as much as a small write; when one fails the transaction begins anew with a savepoint each, so
//! that the one that fails undoes its own and nothing else.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;

use super::{Db, Tm};
use crate::error::{Error, Result};

/// Most writers that share one commit; more would only make the first of them wait.
const SHARE: usize = 128;

/// Longest line in front.
const LONGEST: usize = 4096;

/// However many people write, background work gets a turn this often: enough to go on, too seldom to hold them up.
const PATIENCE: Duration = Duration::from_millis(60);

/// Who has just been answered may write again at once: the line in front counts as empty when nobody came for so long.
const LULL: Duration = Duration::from_millis(3);

/// However much there is to write, other programs with the same file (a `mail import` beside the server, or the server
/// beside it) find it free this often...
const ALONE: Duration = Duration::from_millis(50);

/// ...for this long: they look every millisecond.
const TURN: Duration = Duration::from_millis(2);

/// What is done to the database. It keeps what comes of it by itself, and may be asked again: a write closure may run
/// more than once.
pub(super) type Work = Box<dyn FnMut(&mut Db) -> Result<()> + Send>;

/// One waiting writer, whatever it writes and whatever comes of it.
pub(super) struct Job {
    /// The work.
    pub(super) work: Work,
    /// Says to whoever waits that what the last run gave is kept, or why nothing of it is.
    pub(super) told: Box<dyn FnOnce(Result<()>) + Send>,
}

/// A job and how it went.
struct Turn {
    job: Job,
    kept: Result<()>,
}

impl Turn {
    fn of(job: Job) -> Turn {
        Turn { job, kept: Ok(()) }
    }

    /// Whether there is something to keep.
    fn run(&mut self, db: &mut Db) -> bool {
        self.kept = catch_unwind(AssertUnwindSafe(|| (self.job.work)(db)))
            .unwrap_or_else(|_| Err(Error::Internal("a write panicked".to_owned())));
        self.kept.is_ok()
    }
}

/// Who waits: people in front, background work behind them.
#[derive(Default)]
struct Waiters {
    front: VecDeque<Job>,
    behind: VecDeque<Job>,
    /// When somebody last came to the front.
    came_at: Option<Instant>,
    closed: bool,
}

#[derive(Default)]
struct Line {
    waiters: Mutex<Waiters>,
    came: Condvar,
}

impl Line {
    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next to write, and whether others may join: background work goes alone and only when nobody is in front,
    /// but not less often than every [`PATIENCE`]. None when the last pool is gone.
    fn next(&self, last_behind: Instant) -> Option<(Job, bool)> {
        let mut waiters = self.waiters();
        loop {
            let mut due_in = PATIENCE.saturating_sub(last_behind.elapsed());
            if waiters.front.is_empty() {
                let lull_in = waiters.came_at.map_or(Duration::ZERO, |at| LULL.saturating_sub(at.elapsed()));
                due_in = due_in.min(lull_in);
            }
            if (due_in.is_zero() || waiters.closed)
                && let Some(job) = waiters.behind.pop_front()
            {
                return Some((job, false));
            }
            if let Some(job) = waiters.front.pop_front() {
                return Some((job, true));
            }
            if waiters.closed {
                return None;
            }
            waiters = if waiters.behind.is_empty() {
                self.came.wait(waiters).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.came.wait_timeout(waiters, due_in).unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }
}

/// The thread that owns SQLite's writing connection. It ends when the last [`super::Pool`] is dropped.
pub(super) struct Writer {
    line: Arc<Line>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.line.waiters().closed = true;
        self.line.came.notify_one();
    }
}

impl Writer {
    /// Opens the writing connection and starts the thread.
    pub(super) fn start(url: &str) -> Result<Writer> {
        let db = Db::open_writer(url)?;
        let line = Arc::<Line>::default();
        let (url, jobs) = (url.to_owned(), line.clone());
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_all(&url, db, &jobs))
            .map_err(Error::internal)?;
        Ok(Writer { line })
    }

    /// Puts a piece of work in line, in front or behind; it is answered after its commit.
    pub(super) fn submit(&self, behind: bool, job: Job) {
        let mut waiters = self.line.waiters();
        // so many means the disk cannot keep up: better to say so than to let everybody wait
        if waiters.front.len() >= LONGEST {
            drop(waiters);
            return (job.told)(Err(Error::Unavailable("too many writers in line".to_owned())));
        }
        if behind {
            waiters.behind.push_back(job);
        } else {
            waiters.front.push_back(job);
            waiters.came_at = Some(Instant::now());
        }
        drop(waiters);
        self.line.came.notify_one();
    }
}

fn write_all(url: &str, first: Db, line: &Line) {
    let mut connection = Some(first);
    let mut last_behind = Instant::now();
    let mut free_at = Instant::now();
    loop {
        let asked = Instant::now();
        let Some((job, shared)) = line.next(last_behind) else { break };
        if asked.elapsed() >= TURN {
            free_at = Instant::now();
        } else if free_at.elapsed() >= ALONE {
            std::thread::sleep(TURN);
            free_at = Instant::now();
        }
        let mut together = vec![Turn::of(job)];
        let outcome = match connection.as_mut() {
            Some(db) => write_together(db, &mut together, shared.then_some(line)),
            None => Err(Error::Unavailable("the database cannot be opened".to_owned())),
        };
        if !shared {
            last_behind = Instant::now();
        }
        if let Err(why) = outcome {
            tracing::error!(error = %why, writers = together.len(), "a shared commit failed");
            // who failed by himself keeps his own reason
            for turn in together.iter_mut().filter(|turn| turn.kept.is_ok()) {
                turn.kept = Err(match &why {
                    Error::StorageFull(message) => Error::StorageFull(message.clone()),
                    Error::Unavailable(message) => Error::Unavailable(message.clone()),
                    other => Error::Unavailable(other.to_string()),
                });
            }
            // whatever state the connection is in, a new one is in none
            connection = Db::open_writer(url)
                .map_err(|e| tracing::error!(error = %e, "cannot reopen the database"))
                .ok();
        }
        for turn in together {
            (turn.job.told)(turn.kept);
        }
    }
}

/// One transaction for everyone who waits by now. An error means that nothing of it is in the database.
fn write_together(db: &mut Db, together: &mut Vec<Turn>, joining: Option<&Line>) -> Result<()> {
    db.begin()?;
    let mut next = 0;
    while let Some(turn) = together.get_mut(next) {
        if !turn.run(db) {
            Tm::rollback_transaction(db)?;
            return if together.len() == 1 { Ok(()) } else { write_apart(db, together) };
        }
        next += 1;
        if together.len() < SHARE
            && let Some(job) = joining.and_then(|line| line.waiters().front.pop_front())
        {
            together.push(Turn::of(job));
        }
    }
    Ok(Tm::commit_transaction(db)?)
}

/// The same with a savepoint each: what one of them undoes is its own.
fn write_apart(db: &mut Db, together: &mut [Turn]) -> Result<()> {
    db.begin()?;
    for turn in together {
        Tm::begin_transaction(db)?;
        if turn.run(db) {
            Tm::commit_transaction(db)?;
        } else {
            Tm::rollback_transaction(db)?;
        }
    }
    Ok(Tm::commit_transaction(db)?)
}
