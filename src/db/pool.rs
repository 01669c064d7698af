//! Connections for reading, and the one way to write.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Db;
use super::writer::{Job, Writer};
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

/// Where a result is put before whoever waits for it is woken.
type Slot<T> = Arc<Mutex<Option<Result<T>>>>;

fn take<T>(slot: &Slot<T>) -> Result<T> {
    let found = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    found.unwrap_or_else(|| Err(Error::Unavailable("the writer stopped".to_owned())))
}

/// A read closure that puts its result away by itself; it is handed what kept it from a connection, too.
type Look = Box<dyn FnOnce(Result<&mut Db>) + Send>;

/// A write closure and where its result goes. Some hundred kinds of writes are compiled once each; what carries them to
/// the database and back is compiled once for all ([`Job`] has no type of theirs).
struct Asked<T, F> {
    work: F,
    value: Option<T>,
    slot: Slot<T>,
    /// Dropped when the result is there: that wakes who waits.
    wake: Box<dyn Send>,
}

impl<T, F> Asked<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Db) -> Result<T> + Send + 'static,
{
    fn job(work: F, wake: impl Send + 'static) -> (Box<dyn Job>, Slot<T>) {
        let slot = Slot::default();
        (Box::new(Asked { work, value: None, slot: slot.clone(), wake: Box::new(wake) }), slot)
    }
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: FnMut(&mut Db) -> Result<T> + Send,
{
    fn run(&mut self, db: &mut Db) -> Result<()> {
        self.value = Some((self.work)(db)?);
        Ok(())
    }

    fn answer(self: Box<Self>, kept: Result<()>) {
        let Asked { value, slot, wake, .. } = *self;
        let result = kept.map(|()| value).transpose();
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = result;
        drop(wake);
    }
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
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T> + Send + 'static,
    {
        let slot = Slot::default();
        let put = slot.clone();
        self.look(Box::new(move |db| {
            let found = db.and_then(f);
            *put.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }))
        .await?;
        take(&slot)
    }

    /// What reading is for whatever is read: a thread that may wait, and a connection.
    async fn look(&self, job: Look) -> Result<()> {
        let connections = self.connections.clone();
        let work = move || match connections.get() {
            Ok(mut db) => job(Ok(&mut *db)),
            Err(why) => job(Err(why.into())),
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }

    /// Changes the database: one serialisable transaction, answered only after its commit is on the disk.
    ///
    /// The closure may run more than once: no mail, no file, no clock, no counter inside. The values it is given
    /// must be all it needs.
    ///
    /// # Errors
    /// Whatever the closure returned, with nothing written; or what kept the commit from the disk.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        let (wake, woken) = oneshot::channel::<()>();
        let (job, slot) = Asked::job(f, wake);
        self.put_in_line(job, woken).await?;
        take(&slot)
    }

    async fn put_in_line(&self, job: Box<dyn Job>, woken: oneshot::Receiver<()>) -> Result<()> {
        if let Some(writer) = &self.writer {
            writer.submit(false, job)?;
            // it is never sent to: it ends
            let _ = woken.await;
            return Ok(());
        }
        let connections = self.connections.clone();
        tokio::task::spawn_blocking(move || write_alone(&connections, job)).await.map_err(Error::internal)
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
        let (wake, woken) = mpsc::channel::<()>();
        let (job, slot) = Asked::job(f, wake);
        match &self.writer {
            Some(writer) => {
                writer.submit(behind, job)?;
                // it is never sent to: it ends
                let _ = woken.recv();
            }
            None => write_alone(&self.connections, job),
        }
        take(&slot)
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
fn write_alone(connections: &r2d2::Pool<Manager>, mut job: Box<dyn Job>) {
    let kept = match connections.get() {
        Ok(mut db) => db.transact(&mut |db| job.run(db)),
        Err(why) => Err(why.into()),
    };
    job.answer(kept);
}
