//! One door to two databases: SQLite inside the program, or PostgreSQL beside it.
//!
//! Everything that writes goes through [`Pool::write`], everything that only looks through [`Pool::read`].

#![expect(missing_docs, reason = "the MultiConnection derive writes public items without docs")]

mod pool;
pub mod schema;
pub mod types;
mod writer;

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use pool::Pool;
pub use types::Instant;

use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// A connection to either database. Queries are written once against it.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// SQLite, bundled.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

/// The backend that queries on [`Db`] are written for.
pub type Backend = <Db as Connection>::Backend;

type Tm = <Db as Connection>::TransactionManager;

impl Db {
    /// Opens the database an address names: `sqlite:FILE` or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the database's own message; any other scheme is an internal error.
    pub fn open(url: &str) -> Result<Db> {
        let unavailable = |e: diesel::ConnectionError| Error::Unavailable(e.to_string());
        if let Some(file) = url.strip_prefix("sqlite:") {
            let mut c = SqliteConnection::establish(file).map_err(unavailable)?;
            // busy_timeout first: the others may have to wait for it
            c.batch_execute(
                "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; \
                 PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;",
            )?;
            Ok(Db::Sqlite(c))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut c = PgConnection::establish(url).map_err(unavailable)?;
            c.batch_execute("SET TIME ZONE 'UTC'; SET client_min_messages=warning")?;
            Ok(Db::Postgres(c))
        } else {
            Err(Error::Internal(
                "DATABASE_URL は sqlite:ファイル名 か postgres://… で書いてください".to_owned(),
            ))
        }
    }

    /// Brings the schema up to date.
    pub fn migrate(&mut self) -> Result<()> {
        match self {
            Db::Sqlite(c) => c.run_pending_migrations(SQLITE).map(drop),
            Db::Postgres(c) => c.run_pending_migrations(POSTGRES).map(drop),
        }
        .map_err(Error::internal)
    }

    /// One serialisable transaction, run again when PostgreSQL could not serialise it.
    ///
    /// SQLite takes its write lock at the start, so that a read in it cannot grow stale.
    pub(crate) fn transact<T>(&mut self, f: &mut impl FnMut(&mut Db) -> Result<T>) -> Result<T> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.begin()?;
            let done = match f(self) {
                Ok(value) => Tm::commit_transaction(self).map(|()| value).map_err(Error::from),
                Err(error) => {
                    // the first error is the one to report
                    let _ = Tm::rollback_transaction(self);
                    Err(error)
                }
            };
            match done {
                // a unique key taken by a concurrent twin: run again, its row is visible now
                Err(error) if error.is_unique_violation() && attempt < 3 => {}
                Err(error) if error.may_retry() && attempt < 30 => {
                    std::thread::sleep(std::time::Duration::from_millis(attempt));
                }
                other => return other,
            }
        }
    }

    fn begin(&mut self) -> Result<()> {
        match self {
            Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
            Db::Postgres(c) => {
                AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL SERIALIZABLE")?;
            }
        }
        Ok(())
    }
}
