//! Reading and placing what waits. At least once in, exactly once out: a mail is claimed in one commit and placed in
//! another, which holds only while it still waits. Whatever a mail does to its reader, the next one is read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::incoming::{Reason, State};
use super::opinions;
use super::placing::place;
use super::store::{self, Claimed, Lease};
use super::understand::{Bench, Ready, admit, judge, understand};
use crate::error::{Error, Result};
use crate::web::App;

/// Longest reading of one mail; what takes longer waits for a person.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Octets read in one go, but for a single larger mail: bounds the memory.
const BYTES_AT_ONCE: i64 = 16 * 1024 * 1024;

/// Deaths of its reader after which a mail is believed to be their cause.
const MOST_DEATHS: i64 = 4;

/// How long a mail is its reader's. A living reader lengthens it; a dead one's mails are read by others after it.
pub(super) const LEASE: Duration = Duration::from_secs(15);

/// What became of mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New letters.
    pub letters: usize,
    /// Parts of letters.
    pub messages: usize,
    /// Opinions on consultations.
    pub opinions: usize,
    /// Bounces.
    pub bounces: usize,
    /// Automatic mails.
    pub automatic: usize,
    /// Duplicates.
    pub duplicates: usize,
    /// Spam.
    pub spam: usize,
    /// Exceptions.
    pub exceptions: usize,
    /// Placed by somebody else meanwhile.
    pub lost: usize,
}

impl Counts {
    /// Mails that were looked at.
    pub fn all(&self) -> usize {
        self.letters
            + self.messages
            + self.opinions
            + self.bounces
            + self.automatic
            + self.duplicates
            + self.spam
            + self.exceptions
            + self.lost
    }

    /// Adds others to these.
    pub fn add(&mut self, other: Counts) {
        self.letters += other.letters;
        self.messages += other.messages;
        self.opinions += other.opinions;
        self.bounces += other.bounces;
        self.automatic += other.automatic;
        self.duplicates += other.duplicates;
        self.spam += other.spam;
        self.exceptions += other.exceptions;
        self.lost += other.lost;
    }

    fn count(&mut self, state: Option<State>) {
        match state {
            Some(State::Letter) => self.letters += 1,
            Some(State::Message) => self.messages += 1,
            Some(State::Opinion) => self.opinions += 1,
            Some(State::Bounce) => self.bounces += 1,
            Some(State::Automatic) => self.automatic += 1,
            Some(State::Duplicate) => self.duplicates += 1,
            Some(State::Spam) => self.spam += 1,
            Some(State::Exception) => self.exceptions += 1,
            Some(State::Waiting) | None => self.lost += 1,
        }
    }
}

/// Reads and places at most `most` mails that wait. For a thread that may wait; several may do it at once, in one
/// process or in many.
///
/// # Errors
/// The house's own trouble, database or disk: the mails wait on and are tried again. What is wrong with a mail is no
/// error: it becomes an exception with its reason.
pub fn process(app: &App, most: usize) -> Result<Counts> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let lease = new_lease(app, app.clock.id().to_string());
    let claimed = lease.clone();
    let rows = app.db.write_behind(move |db| store::claim(db, &claimed, most, BYTES_AT_ONCE))?;
    if rows.is_empty() {
        return Ok(Counts::default());
    }
    if rows.iter().any(|row| row.seal_key_id > app.sealer.current_key()) {
        app.db.read_now(|db| app.sealer.refresh(db))?;
    }
    let done = read_and_place(app, &lease, rows);
    if done.is_err() {
        // best effort: at worst a mail counts as begun once more
        drop(app.db.write_behind(move |db| store::release(db, &lease)));
    }
    done
}

fn new_lease(app: &App, holder: String) -> Lease {
    let now = app.clock.now();
    Lease { holder, now: now.into(), until: (now + LEASE).into() }
}

fn renew(app: &App, lease: &Lease) -> Result<()> {
    let longer = new_lease(app, lease.holder.clone());
    app.db.write_behind(move |db| store::renew(db, &longer))
}

fn read_and_place(app: &App, lease: &Lease, rows: Vec<Claimed>) -> Result<Counts> {
    let (given_up, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.attempts > MOST_DEATHS);
    let now = app.clock.now();
    let mut ready: Vec<Ready> =
        given_up.iter().map(|row| Ready::exception(row, now, Reason::Crashed)).collect();
    ready.extend(read_all(app, lease, rows)?);
    // bringing files to their places and the write may take their time too
    renew(app, lease)?;
    ready.iter_mut().try_for_each(|one| admit(app, one))?;
    opinions::address(app, &mut ready)?;
    let mut counts = Counts::default();
    let ready = Arc::new(ready);
    let (together, sealer) = (ready.clone(), app.sealer.clone());
    let placed = app.db.write_behind(move |db| {
        together.iter().map(|one| place(db, &sealer, one)).collect::<Result<Vec<_>>>()
    });
    match placed {
        Ok(states) => states.into_iter().for_each(|state| counts.count(state)),
        Err(why) if is_ours(&why) => return Err(why),
        // one of them cannot be placed: each for itself
        Err(_) => {
            for at in 0..ready.len() {
                counts.count(place_alone(app, &ready, at)?);
            }
        }
    }
    Ok(counts)
}

fn place_alone(app: &App, ready: &Arc<Vec<Ready>>, at: usize) -> Result<Option<State>> {
    let (one, sealer) = (ready.clone(), app.sealer.clone());
    match app.db.write_behind(move |db| place(db, &sealer, &one[at])) {
        Err(why) if !is_ours(&why) => {
            let id = ready[at].id.as_str();
            tracing::error!(mail = id, error = %why, "a mail cannot be placed");
            let (id, now) = (id.to_owned(), app.clock.now());
            app.db.write_behind(move |db| super::set_aside(db, &id, now, Reason::NotStored))
        }
        done => done,
    }
}

/// Whether it is the house's trouble, which passes, and not the mail's.
fn is_ours(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::StorageFull(_))
}

/// What is still to be read.
struct Shelf {
    rows: Vec<Option<Claimed>>,
    next: usize,
}

/// Reads mails on as many threads as there are processors. A reader that takes too long is left alone with its mail.
fn read_all(app: &App, lease: &Lease, rows: Vec<Claimed>) -> Result<Vec<Ready>> {
    let bench = Bench::of(app);
    let count = rows.len();
    let now = bench.clock.now();
    let given: Vec<Claimed> =
        rows.iter().map(|row| Claimed { raw: None, envelope: Vec::new(), ..row.clone() }).collect();
    let shelf = Arc::new(Mutex::new(Shelf { rows: rows.into_iter().map(Some).collect(), next: 0 }));
    let (said, heard) = mpsc::channel();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let hire = || {
        let (bench, shelf, said) = (bench.clone(), shelf.clone(), said.clone());
        std::thread::Builder::new()
            .name("mail-reader".to_owned())
            .spawn(move || {
                while let Some((at, row)) = take(&shelf) {
                    let began = said.send((at, None));
                    let done = catch_unwind(AssertUnwindSafe(|| understand(&bench, &row, false)))
                        .unwrap_or_else(|_| {
                            Ok(Ready::exception(&row, bench.clock.now(), Reason::Unreadable))
                        });
                    // the filter's time is not the reader's: the clock starts anew
                    let done = done.map(|mut ready| {
                        drop(said.send((at, None)));
                        judge(&bench, &row, &mut ready);
                        ready
                    });
                    if began.is_err() || said.send((at, Some(done))).is_err() {
                        return;
                    }
                }
            })
            .map_err(Error::internal)
    };
    for _ in 0..threads {
        hire()?;
    }
    let mut began: Vec<Option<Instant>> = vec![None; count];
    let mut ended = vec![false; count];
    let mut done = Vec::with_capacity(count);
    let mut leased = Instant::now();
    while !ended.iter().all(|ended| *ended) {
        match heard.recv_timeout(Duration::from_millis(500)) {
            Ok((at, None)) => began[at] = Some(Instant::now()),
            Ok((at, Some(result))) => {
                if !std::mem::replace(&mut ended[at], true) {
                    match result {
                        Ok(ready) => done.push(ready),
                        Err(why) => {
                            let (lease, id) = (lease.clone(), given[at].id.clone());
                            tracing::warn!(mail = id, error = %why, "a mail cannot be read now");
                            app.db.write_behind(move |db| store::postpone(db, &lease, &id))?;
                        }
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::internal("the readers of mail stopped"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if leased.elapsed() > LEASE / 3 {
            leased = Instant::now();
            renew(app, lease)?;
        }
        for at in 0..count {
            if !ended[at] && began[at].is_some_and(|began| began.elapsed() > TIME_LIMIT) {
                ended[at] = true;
                done.push(Ready::exception(&given[at], now, Reason::TooSlow));
                hire()?;
            }
        }
    }
    // in the order they came, for what came first is the original
    done.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(done)
}

fn take(shelf: &Mutex<Shelf>) -> Option<(usize, Claimed)> {
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    let at = shelf.next;
    let row = shelf.rows.get_mut(at)?.take()?;
    shelf.next += 1;
    Some((at, row))
}
