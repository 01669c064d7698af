//! One door to two databases: SQLite inside the program, or PostgreSQL beside it.
//!
//! Everything that writes goes through [`Pool::write`], everything that only looks through [`Pool::read`].

mod connection;
mod edition;
mod pool;
mod prepared;
pub mod schema;
pub mod terms;
pub mod types;
mod writer;

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use connection::{Backend, Db, Kind};
pub use edition::{edition, next_edition};
pub use pool::Pool;
pub use prepared::{Among, Written, written};
pub use types::{Instant, Json};

use connection::Either;

use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How long SQLite waits for another program's write.
const PATIENCE: &str = "PRAGMA busy_timeout=5000";
/// The same, of the connection that writes.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The number by which programs on PostgreSQL take turns in migrating one schema.
const TURN: &str = "hashtextextended('hirokiku.migrate.' || coalesce(current_schema(), ''), 0)";

diesel::define_sql_function! {
    /// The number of the row this connection has just added. SQLite only.
    fn last_insert_rowid() -> diesel::sql_types::BigInt;
}

/// Adds a row to a table whose rows the database numbers in `id`, and gives its number.
///
/// RETURNING is a trigger to SQLite, which then copies every page before it changes it: asking afterwards is cheaper.
#[macro_export]
macro_rules! insert_numbered {
    ($db:expr, $table:ident, $values:expr) => {{
        let insert = diesel::insert_into($table::table).values($values);
        match $db.kind() {
            $crate::db::Kind::Sqlite => {
                insert.execute($db)?;
                diesel::select($crate::db::last_insert_rowid()).get_result::<i64>($db)
            }
            $crate::db::Kind::Postgres => insert.returning($table::id).get_result::<i64>($db),
        }
    }};
}

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
            // patience first: the others may have to wait. A checkpoint every 32 MB instead of 4 writes a page
            // that changes often once instead of many times.
            c.batch_execute(PATIENCE)?;
            c.batch_execute(
                "PRAGMA wal_autocheckpoint=8000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; \
                 PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;",
            )?;
            Ok(Db::of(Either::Sqlite(c)))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut c = PgConnection::establish(url).map_err(unavailable)?;
            c.batch_execute("SET TIME ZONE 'UTC'; SET client_min_messages=warning")?;
            Ok(Db::of(Either::Postgres(c)))
        } else {
            Err(Error::Internal(
                "DATABASE_URL は sqlite:ファイル名 か postgres://… で書いてください".to_owned(),
            ))
        }
    }

    /// [`Db::open`] for the connection that writes: it looks for SQLite's write lock by itself.
    fn open_writer(url: &str) -> Result<Db> {
        let mut db = Db::open(url)?;
        if let Either::Sqlite(c) = &mut db.either {
            // whoever writes needs a page of every index at hand
            c.batch_execute("PRAGMA busy_timeout=0; PRAGMA cache_size=-8000")?;
        }
        Ok(db)
    }

    /// Brings the schema up to date, all of it or nothing. Programs that start together take turns: the first makes the
    /// tables, the others find them made.
    ///
    /// # Errors
    /// The database's own message.
    pub fn migrate(&mut self) -> Result<()> {
        match &mut self.either {
            Either::Sqlite(c) => {
                // who finds nothing to do waits for nobody
                if !c.has_pending_migration(SQLITE).map_err(Error::internal)? {
                    return Ok(());
                }
                c.batch_execute("PRAGMA busy_timeout=600000")?;
                let done = c.immediate_transaction(|c| {
                    c.run_pending_migrations(SQLITE).map(drop).map_err(Error::internal)
                });
                c.batch_execute(PATIENCE)?;
                done
            }
            Either::Postgres(c) => {
                // a turn for each schema; a program that dies gives it back with its connection
                c.batch_execute(&format!("SELECT pg_advisory_lock({TURN})"))?;
                let done =
                    c.transaction(|c| c.run_pending_migrations(POSTGRES).map(drop).map_err(Error::internal));
                c.batch_execute(&format!("SELECT pg_advisory_unlock({TURN})"))?;
                done
            }
        }
    }

    /// One serialisable transaction, run again when PostgreSQL could not serialise it.
    ///
    /// SQLite takes its write lock at the start, so that a read in it cannot grow stale.
    fn transact(&mut self, f: &mut dyn FnMut(&mut Db) -> Result<()>) -> Result<()> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.begin()?;
            let done = match f(self) {
                Ok(()) => Tm::commit_transaction(self).map_err(Error::from),
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
                    std::thread::sleep(Duration::from_millis(attempt));
                }
                other => return other,
            }
        }
    }

    fn begin(&mut self) -> Result<()> {
        match &mut self.either {
            Either::Sqlite(c) => begin_in_turn(c)?,
            Either::Postgres(c) => {
                AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL SERIALIZABLE")?;
            }
        }
        Ok(())
    }
}

/// Takes SQLite's write lock. A connection without patience of its own ([`Db::open_writer`]) looks every millisecond:
/// SQLite's patience soon looks ten times a second, and would miss the turns that another program's [`writer`] leaves.
fn begin_in_turn(c: &mut SqliteConnection) -> diesel::QueryResult<()> {
    let since = std::time::Instant::now();
    loop {
        match AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE") {
            Err(diesel::result::Error::DatabaseError(_, why))
                if why.message().contains("database is locked") && since.elapsed() < LONGEST_WAIT =>
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            other => return other,
        }
    }
}
