//! Queries the database prepares once. Diesel prepares `sql_query` and lists of values (`eq_any`) anew at every use, for it
//! cannot know how many texts there will be; here there are few, and preparing costs more than most of them.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sql_types::{BigInt, Bool, Text, Untyped};

use super::{Backend, Db, Kind};

/// SQL written by hand, part by part; rows are read by name, or by place after [`Written::columns`].
#[derive(Clone, Debug)]
pub struct Written<'a>(Vec<Part<'a>>);

#[derive(Clone, Debug)]
enum Part<'a> {
    Sql(Cow<'a, str>),
    Text(&'a str),
    Number(i64),
}

/// Begins a query. Its texts must be few, for each stays prepared as long as its connection: whatever varies is bound.
pub fn written<'a>(sql: impl Into<Cow<'a, str>>) -> Written<'a> {
    Written(Vec::new()).sql(sql)
}

impl<'a> Written<'a> {
    /// Goes on with more SQL.
    #[must_use]
    pub fn sql(mut self, sql: impl Into<Cow<'a, str>>) -> Written<'a> {
        self.0.push(Part::Sql(sql.into()));
        self
    }

    /// A text, bound here.
    #[must_use]
    pub fn text(mut self, value: &'a str) -> Written<'a> {
        self.0.push(Part::Text(value));
        self
    }

    /// A number, bound here.
    #[must_use]
    pub fn number(mut self, value: i64) -> Written<'a> {
        self.0.push(Part::Number(value));
        self
    }

    /// Goes on with what was begun elsewhere.
    #[must_use]
    pub fn then(mut self, more: Written<'a>) -> Written<'a> {
        self.0.extend(more.0);
        self
    }
}

impl QueryFragment<Backend> for Written<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for part in &self.0 {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Text(value) => out.push_bind_param::<Text, _>(*value)?,
                Part::Number(value) => out.push_bind_param::<BigInt, _>(value)?,
            }
        }
        Ok(())
    }
}

impl QueryId for Written<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Written<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<Db> for Written<'_> {}

/// [`Written`] whose columns are known by place and type. Names are looked up anew in every row, which costs a list more than
/// its small values do.
#[derive(Clone, Debug)]
pub struct Placed<'a, ST>(Written<'a>, PhantomData<ST>);

impl<'a> Written<'a> {
    /// Says what the columns are: a tuple of SQL types.
    pub fn columns<ST>(self) -> Placed<'a, ST> {
        Placed(self, PhantomData)
    }
}

impl<ST> QueryFragment<Backend> for Placed<'_, ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<ST> QueryId for Placed<'_, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Placed<'_, ST> {
    type SqlType = ST;
}

impl<ST> RunQueryDsl<Db> for Placed<'_, ST> {}

/// The condition that a column holds one of some numbers: [`Db::among`].
#[derive(Debug)]
pub struct Among<C> {
    column: C,
    /// What stands before and after the numbers, and how they are written.
    dialect: (&'static str, &'static str),
    numbers: String,
}

impl Db {
    /// That `column` holds one of `numbers`.
    pub fn among<C>(&self, column: C, numbers: &[i64]) -> Among<C> {
        let listed = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let (dialect, numbers) = match self.kind() {
            Kind::Sqlite => ((" IN (SELECT value FROM json_each(", "))"), format!("[{listed}]")),
            Kind::Postgres => ((" = ANY(CAST(", " AS bigint[]))"), format!("{{{listed}}}")),
        };
        Among { column, dialect, numbers }
    }
}

impl<C: QueryFragment<Backend>> QueryFragment<Backend> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(self.dialect.0);
        out.push_bind_param::<Text, _>(&self.numbers)?;
        out.push_sql(self.dialect.1);
        Ok(())
    }
}

impl<C> QueryId for Among<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Expression<SqlType = BigInt>> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C, G> ValidGrouping<G> for Among<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: AppearsOnTable<Q>, Q> AppearsOnTable<Q> for Among<C> where Among<C>: Expression {}

impl<C: SelectableExpression<Q>, Q> SelectableExpression<Q> for Among<C> where Among<C>: AppearsOnTable<Q> {}
