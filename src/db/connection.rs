//! The connection itself. Diesel derives one for two databases; [`Db`] stands before it, so that what carries a query to
//! a database is compiled once and not for each of the program's many hundred queries.
//!
//! A query keeps its type up to here, where its SQL is put down; what goes on is text, and a way to its values.


use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use diesel::connection::{
    CacheSize, Connection, Instrumentation, LoadConnection, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};
use diesel::expression::QueryMetadata;
use diesel::internal::derives::multiconnection::{AstPassHelper, ConnectionSealed};
use diesel::pg::PgConnection;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::sqlite::SqliteConnection;
use diesel::{ConnectionError, ConnectionResult, QueryResult};

/// The backend that queries are written for: either database.
pub type Backend = <Either as Connection>::Backend;

type Builder = <Backend as diesel::backend::Backend>::QueryBuilder;

/// What Diesel makes of both.
#[derive(diesel::MultiConnection)]
pub enum Either {
    /// SQLite, bundled.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

/// Which database it is. Ask only where the two must be told different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A connection to either database. Queries are written once against it.
pub struct Db {
    pub(super) either: Either,
    /// The SQL of queries that always say the same.
    known: HashMap<TypeId, Put>,
}

/// A query's SQL as it is put to the database.
#[derive(Clone)]
struct Put {
    sql: Arc<str>,
    /// Whether a statement made of it is worth keeping.
    kept: bool,
}

/// What is left of a query's type.
trait Walk {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()>;
}

impl<T: QueryFragment<Backend>> Walk for T {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.walk_ast(out)
    }
}

/// A query as it was written.
struct Whole<'q>(Box<dyn Walk + 'q>);

impl QueryFragment<Backend> for Whole<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.0.walk(out)
    }
}

/// A query whose SQL is put down already; it is walked for its values only.
struct Told<'q> {
    put: Put,
    whole: Whole<'q>,
}

impl QueryFragment<Backend> for Told<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if out.bind_collector().is_some() || out.debug_binds().is_some() {
            return self.whole.walk_ast(out);
        }
        out.push_sql(&self.put.sql);
        if !self.put.kept {
            out.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

impl QueryId for Told<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Told<'_> {
    type SqlType = Untyped;
}

impl Db {
    pub(super) fn of(either: Either) -> Db {
        Db { either, known: HashMap::new() }
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        match self.either {
            Either::Sqlite(_) => Kind::Sqlite,
            Either::Postgres(_) => Kind::Postgres,
        }
    }

    /// `id` is that of a query that always says the same, whatever its values.
    fn tell<'q>(&mut self, id: Option<TypeId>, whole: Whole<'q>) -> QueryResult<Told<'q>> {
        if let Some(put) = id.and_then(|id| self.known.get(&id)) {
            return Ok(Told { put: put.clone(), whole });
        }
        let (backend, mut sql) = match self.either {
            Either::Sqlite(_) => {
                (Backend::Sqlite(Default::default()), <Builder>::Sqlite(Default::default()))
            }
            Either::Postgres(_) => {
                (Backend::Postgres(Default::default()), <Builder>::Postgres(Default::default()))
            }
        };
        whole.to_sql(&mut sql, &backend)?;
        let put = Put { sql: sql.finish().into(), kept: whole.is_safe_to_cache_prepared(&backend)? };
        if let Some(id) = id {
            self.known.insert(id, put.clone());
        }
        Ok(Told { put, whole })
    }
}

impl SimpleConnection for Db {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.either.batch_execute(query)
    }
}

impl ConnectionSealed for Db {}

impl Connection for Db {
    type Backend = Backend;
    type TransactionManager = Transactions;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection("a connection is opened by Db::open".to_owned()))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Backend> + QueryId,
    {
        let told = self.tell(T::query_id(), Whole(Box::new(source)))?;
        self.either.execute_returning_count(&told)
    }

    fn transaction_state(&mut self) -> &mut Db {
        self
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.either.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.either.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.either.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for Db {
    type Cursor<'conn, 'query> = <Either as LoadConnection>::Cursor<'conn, 'query>;
    type Row<'conn, 'query> = <Either as LoadConnection>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Backend> + QueryId + 'query,
        Backend: QueryMetadata<T::SqlType>,
    {
        let told = self.tell(T::query_id(), Whole(Box::new(source)))?;
        put(&mut self.either, told)
    }
}

/// Apart, for where a query's own SQL type is known the compiler takes it for that of what is left of it.
fn put<'conn, 'query>(
    either: &'conn mut Either,
    told: Told<'query>,
) -> QueryResult<<Either as LoadConnection>::Cursor<'conn, 'query>> {
    either.load(told)
}

/// Transactions are those of the connection within.
pub struct Transactions;

impl TransactionManager<Db> for Transactions {
    type TransactionStateData = Db;

    fn begin_transaction(db: &mut Db) -> QueryResult<()> {
        <Either as TransactionManager<Either>>::begin_transaction(&mut db.either)
    }

    fn rollback_transaction(db: &mut Db) -> QueryResult<()> {
        <Either as TransactionManager<Either>>::rollback_transaction(&mut db.either)
    }

    fn commit_transaction(db: &mut Db) -> QueryResult<()> {
        <Either as TransactionManager<Either>>::commit_transaction(&mut db.either)
    }

    fn transaction_manager_status_mut(db: &mut Db) -> &mut TransactionManagerStatus {
        <Either as TransactionManager<Either>>::transaction_manager_status_mut(&mut db.either)
    }
}
