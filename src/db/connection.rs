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
    known: HashMap<TypeId, Sql>,
}

/// A query in words.
#[derive(Clone)]
struct Sql {
    text: Arc<str>,
    /// Whether the statement prepared of it is kept for the next time.
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
    sql: Sql,
    whole: Whole<'q>,
}

impl QueryFragment<Backend> for Told<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if out.bind_collector().is_some() || out.debug_binds().is_some() {
            return self.whole.walk_ast(out);
        }
        out.push_sql(&self.sql.text);
        if !self.sql.kept {
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

    /// Whether a whole table is counted by its pages, not by its rows.
    pub fn counts_by_the_page(&self) -> bool {
        self.kind() == Kind::Sqlite
    }

    /// `id` is that of a query that always says the same, whatever its values.
    fn tell<'q>(&mut self, id: Option<TypeId>, whole: Whole<'q>) -> QueryResult<Told<'q>> {
        if let Some(sql) = id.and_then(|id| self.known.get(&id)) {
            return Ok(Told { sql: sql.clone(), whole });
        }
        let (backend, mut builder) = match self.either {
            Either::Sqlite(_) => (Backend::Sqlite(Default::default()), <Builder>::Sqlite(Default::default())),
            Either::Postgres(_) => {
                (Backend::Postgres(Default::default()), <Builder>::Postgres(Default::default()))
            }
        };
        whole.to_sql(&mut builder, &backend)?;
        let text = builder.finish();
        let always_same = whole.is_safe_to_cache_prepared(&backend)?;
        let sql = Sql { kept: always_same || is_update_of_few_texts(&text), text: text.into() };
        // Diesel relies on a type saying the same only where it keeps the statement
        if let Some(id) = id.filter(|_| always_same) {
            self.known.insert(id, sql.clone());
        }
        Ok(Told { sql, whole })
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
        load(&mut self.either, told)
    }
}

/// Diesel keeps no UPDATE, for it cannot know how many texts there will be. Ours have few, but for lists of values; and
/// preparing one compiles its table's triggers, too.
fn is_update_of_few_texts(sql: &str) -> bool {
    sql.starts_with("UPDATE ") && !sql.contains(" IN (")
}

/// Apart, for where a query's own SQL type is known the compiler takes it for that of what is left of it.
fn load<'conn, 'query>(
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use diesel::connection::InstrumentationEvent;
    use diesel::prelude::*;

    use super::*;

    diesel::table! {
        thing (id) { id -> BigInt, name -> Text }
    }

    fn db() -> Db {
        let mut db = Db::open("sqlite::memory:").unwrap();
        db.batch_execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").unwrap();
        db
    }

    /// The queries whose statements were kept while `f` ran.
    fn kept(db: &mut Db, f: impl FnOnce(&mut Db)) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let put = seen.clone();
        db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                put.lock().unwrap().push(sql.to_owned());
            }
        });
        f(db);
        let seen = seen.lock().unwrap();
        seen.clone()
    }

    #[test]
    fn a_query_of_the_same_type_is_put_down_once_and_finds_by_its_own_values() {
        let mut db = db();
        for (id, name) in [(1_i64, "one"), (2, "two")] {
            diesel::insert_into(thing::table)
                .values((thing::id.eq(id), thing::name.eq(name)))
                .execute(&mut db)
                .unwrap();
        }
        let find = |db: &mut Db, id: i64| -> Vec<String> {
            thing::table.filter(thing::id.eq(id)).select(thing::name).load(db).unwrap()
        };
        let known = db.known.len();
        let kept = kept(&mut db, |db| {
            assert_eq!(find(db, 1), ["one"]);
            assert_eq!(find(db, 2), ["two"]);
            assert_eq!(find(db, 3), [""; 0]);
        });
        assert_eq!(kept.len(), 1);
        assert_eq!(db.known.len(), known + 1);
    }

    #[test]
    fn an_update_stays_prepared_unless_it_holds_a_list() {
        let mut db = db();
        let rename = |db: &mut Db, id: i64| {
            diesel::update(thing::table.find(id)).set(thing::name.eq("new")).execute(db).unwrap();
        };
        let all = |db: &mut Db, ids: &[i64]| {
            diesel::update(thing::table.filter(thing::id.eq_any(ids.to_vec())))
                .set(thing::name.eq("all"))
                .execute(db)
                .unwrap();
        };
        let kept = kept(&mut db, |db| {
            rename(db, 1);
            rename(db, 2);
            all(db, &[1]);
            all(db, &[1, 2]);
        });
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(kept[0].starts_with("UPDATE"));
    }

    #[test]
    fn queries_that_differ_in_what_they_say_are_told_apart() {
        let mut db = db();
        let names = |db: &mut Db, boxed: bool| -> Vec<String> {
            let mut query = thing::table.select(thing::name).into_boxed();
            if boxed {
                query = query.filter(thing::id.gt(0));
            }
            query.load(db).unwrap()
        };
        assert_eq!(names(&mut db, false), [""; 0]);
        assert_eq!(names(&mut db, true), [""; 0]);
        assert_eq!(db.known.len(), 0, "a boxed query has no text of its own");
    }
}
