//! Connections for reading, and the one way to write.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Db;
use super::writer::{Job, Work, Writer};
use crate::error::{Error, Result};

struct Manager {
    url: String,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Db;
    type Error = Error;

    fn connect(&self) -> Result<Db> {
        Db::open(&self.url)
    }

    fn is_valid(&self, db: &mut Db) -> Result<()> {
        use diesel::connection::SimpleConnection;
        Ok(db.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        use diesel::r2d2::R2D2Connection;
        std::thread::panicking() || db.either.is_broken()
    }
}

/// Where a value lies until whoever asked takes it.
type Slot<T> = Arc<Mutex<Option<T>>>;

fn put<T>(slot: &Slot<T>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

fn take<T>(slot: &Slot<T>) -> Result<T> {
    let found = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    found.ok_or_else(no_answer)
}

fn no_answer() -> Error {
    Error::Internal("what was asked of the database came to no end".to_owned())
}

/// What is looked at; it keeps what it found by itself.
type Look = Box<dyn FnOnce(&mut Db) -> Result<()> + Send>;

/// What was asked of the database, coming. It is asked even if nobody waits for it.
///
/// Some hundred kinds of questions are compiled once each; what carries them to the database and back has no type of
/// theirs and is compiled once for all.
pub struct Answer<T> {
    kept: oneshot::Receiver<Result<()>>,
    value: Slot<T>,
}

impl<T> Future for Answer<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Poll::Ready(match ready!(Pin::new(&mut self.kept).poll(context)) {
            Ok(kept) => kept.and_then(|()| take(&self.value)),
            // what was asked panicked
            Err(_) => Err(no_answer()),
        })
    }
}

/// A question that puts its value away by itself, and where it lies then.
fn asked<T, F>(mut f: F) -> (Work, Slot<T>)
where
    T: Send + 'static,
    F: FnMut(&mut Db) -> Result<T> + Send + 'static,
{
    let value = Slot::default();
    let slot = value.clone();
    let work = move |db: &mut Db| {
        put(&slot, f(db)?);
        Ok(())
    };
    (Box::new(work), value)
}

/// The database, shared by everything in the process. Cloning is cheap.
#[derive(Clone)]
pub struct Pool {
    connections: r2d2::Pool<Manager>,
    /// SQLite has one writer whatever the number of connections, so its writes stand in one line and share commits.
    writer: Option<Arc<Writer>>,
    url: Arc<str>,
}

impl Pool {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// The database's own message when it cannot be reached or migrated.
    pub fn open(url: &str, size: u32) -> Result<Pool> {
        Db::open(url)?.migrate()?;
        Pool::open_as_is(url, size)
    }

    /// Opens a database whose schema is known to be up to date.
    pub fn open_as_is(url: &str, size: u32) -> Result<Pool> {
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            // r2d2's half minute lets a jam look like a hang
            .connection_timeout(Duration::from_secs(5))
            .test_on_check_out(!url.starts_with("sqlite:"))
            .build(Manager { url: url.to_owned() })?;
        let writer = if url.starts_with("sqlite:") { Some(Arc::new(Writer::start(url)?)) } else { None };
        Ok(Pool { connections, writer, url: url.into() })
    }

    /// Looks at the database. The closure runs on a thread that may wait.
    pub fn read<T, F>(&self, f: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let value = Slot::default();
        let slot = value.clone();
        let look = move |db: &mut Db| {
            put(&slot, f(db)?);
            Ok(())
        };
        Answer { kept: self.look(Box::new(look)), value }
    }

    /// What reading is for whatever is read: a thread that may wait, and a connection.
    fn look(&self, look: Look) -> oneshot::Receiver<Result<()>> {
        let connections = self.connections.clone();
        let (told, kept) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let done = match connections.get() {
                Ok(mut db) => look(&mut db),
                Err(why) => Err(why.into()),
            };
            // whoever asked may be gone
            let _ = told.send(done);
        });
        kept
    }

    /// Changes the database: one serialisable transaction, answered only after its commit is on the disk.
    ///
    /// The closure may run more than once: no mail, no file, no clock, no counter inside. The values it is given
    /// must be all it needs.
    ///
    /// # Errors
    /// Whatever the closure returned, with nothing written; or what kept the commit from the disk.
    pub fn write<T, F>(&self, f: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        let (work, value) = asked(f);
        Answer { kept: self.put_in_line(work), value }
    }

    fn put_in_line(&self, work: Work) -> oneshot::Receiver<Result<()>> {
        let (told, kept) = oneshot::channel();
        let job = Job { work, told: Box::new(move |done| drop(told.send(done))) };
        if let Some(writer) = &self.writer {
            writer.submit(false, job);
        } else {
            let connections = self.connections.clone();
            tokio::task::spawn_blocking(move || write_alone(&connections, job));
        }
        kept
    }

    /// [`Pool::read`] for threads that may wait: the command line and the background work.
    pub fn read_now<T>(&self, f: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        f(&mut *self.connections.get()?)
    }

    /// [`Pool::write`] for threads that may wait.
    pub fn write_now<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        self.write_in_line(false, f)
    }

    /// [`Pool::write_now`] for background work: on SQLite it lets people go first. Keep each piece to a few
    /// milliseconds.
    pub fn write_behind<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        self.write_in_line(true, f)
    }

    fn write_in_line<T, F>(&self, behind: bool, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        let (work, value) = asked(f);
        self.wait_in_line(behind, work)?;
        take(&value)
    }

    fn wait_in_line(&self, behind: bool, work: Work) -> Result<()> {
        let (told, kept) = mpsc::channel();
        let job = Job { work, told: Box::new(move |done| drop(told.send(done))) };
        match &self.writer {
            Some(writer) => writer.submit(behind, job),
            None => write_alone(&self.connections, job),
        }
        kept.recv().unwrap_or_else(|_| Err(no_answer()))
    }

    /// Whether the database answers, for whoever asks if the house is open.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the database's own message.
    pub async fn answers(&self) -> Result<()> {
        use diesel::connection::SimpleConnection;
        self.read(|db| Ok(db.batch_execute("SELECT 1")?)).await
    }

    /// The address it was opened with, password included: for opening another connection, never for showing.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A write on a connection of its own, which takes its turn inside the database.
fn write_alone(connections: &r2d2::Pool<Manager>, mut job: Job) {
    let kept = match connections.get() {
        Ok(mut db) => db.transact(&mut job.work),
        Err(why) => Err(why.into()),
    };
    (job.told)(kept);
}
