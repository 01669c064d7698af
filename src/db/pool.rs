//! Connections for reading, and the one way to write.

use std::sync::Arc;
use std::time::Duration;

use super::Db;
use super::writer::Writer;
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
        std::thread::panicking() || db.is_broken()
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
        let pool = self.clone();
        tokio::task::spawn_blocking(move || pool.read_now(f)).await.map_err(Error::internal)?
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
        match &self.writer {
            Some(writer) => {
                let (answer, wait) = tokio::sync::oneshot::channel();
                writer.submit(false, f, move |done| drop(answer.send(done)))?;
                wait.await.map_err(|_| Error::Unavailable("the writer stopped".to_owned()))?
            }
            None => {
                let pool = self.clone();
                tokio::task::spawn_blocking(move || pool.write_now(f)).await.map_err(Error::internal)?
            }
        }
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

    fn write_in_line<T, F>(&self, behind: bool, mut f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => {
                let (answer, wait) = std::sync::mpsc::sync_channel(1);
                writer.submit(behind, f, move |done| drop(answer.send(done)))?;
                wait.recv().map_err(|_| Error::Unavailable("the writer stopped".to_owned()))?
            }
            None => self.connections.get()?.transact(&mut f),
        }
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
