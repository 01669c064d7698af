//! Tables of search terms. The two databases have nothing in common here: this is the one seam for finding texts by words.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Db, Kind, written};
use crate::error::Result;
use crate::text;

/// Which way a list is walked. Ids grow with arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Newest first, only rows with a smaller id than this, if given.
    Down(Option<i64>),
    /// Oldest first, only rows with a greater id than this.
    Up(i64),
}

/// A table of terms.
#[derive(Clone, Copy, Debug)]
pub struct TermTable {
    /// Its name.
    pub name: &'static str,
    /// The column that says whose terms they are; SQLite knows it as `rowid`.
    pub id: &'static str,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The seam: how terms are written, asked for and found.
struct Dialect {
    terms: fn(&str) -> String,
    query: fn(&str) -> Option<String>,
    /// A term of its own, beside those of the text: before and after it where it is kept, and where it is asked for.
    kept: (&'static str, &'static str),
    asked: (&'static str, &'static str),
    /// The column of the number, if it is not the table's own.
    id: Option<&'static str>,
    /// Between the table's name and what is asked for, and after it.
    matches: (&'static str, &'static str),
    /// After the terms.
    cast: &'static str,
}

const FTS5: Dialect = Dialect {
    terms: text::terms,
    query: text::fts5_query,
    kept: ("", " ¦ "),
    asked: ("\"", "\" AND "),
    id: Some("rowid"),
    matches: (" MATCH ", ""),
    cast: "",
};

const TSVECTOR: Dialect = Dialect {
    terms: text::tsvector_literal,
    query: text::tsquery_literal,
    kept: ("'", "' "),
    asked: ("'", "' & "),
    id: None,
    matches: (".t @@ ", "::tsquery"),
    cast: "::tsvector",
};

fn dialect(db: &Db) -> &'static Dialect {
    match db.kind() {
        Kind::Sqlite => &FTS5,
        Kind::Postgres => &TSVECTOR,
    }
}

/// The terms of a text as this database keeps them. `within` is a term of its own by which [`TermTable::find`] keeps to
/// one part of the table: ASCII letters and digits, three at least, so that no typed word is the same.
pub fn terms(db: &Db, within: Option<&str>, text: &str) -> String {
    let Dialect { terms, kept, .. } = dialect(db);
    let terms = terms(text);
    match within {
        Some(within) => format!("{}{within}{}{terms}", kept.0, kept.1),
        None => terms,
    }
}

impl TermTable {
    /// Ids of rows that hold every word typed, in the order of the walk, at most `most`; of those kept with `within`, if
    /// given. A query without a letter or digit finds nothing.
    pub fn find(
        &self,
        db: &mut Db,
        within: Option<&str>,
        typed: &str,
        walk: Walk,
        most: i64,
    ) -> Result<Vec<i64>> {
        let Dialect { query, asked, id, matches, .. } = dialect(db);
        let Some(mut query) = query(typed) else { return Ok(Vec::new()) };
        if let Some(within) = within {
            query.insert_str(0, &format!("{}{within}{}", asked.0, asked.1));
        }
        let (name, id) = (self.name, id.unwrap_or(self.id));
        let (bound, order, from) = match walk {
            Walk::Down(None) => ("<=", "DESC", i64::MAX),
            Walk::Down(Some(before)) => ("<", "DESC", before),
            Walk::Up(after) => (">", "ASC", after),
        };
        let sql = written(format!("SELECT {id} AS id FROM {name} WHERE {name}{}", matches.0))
            .text(&query)
            .sql(format!("{} AND {id} {bound} ", matches.1))
            .number(from)
            .sql(format!(" ORDER BY {id} {order} LIMIT "))
            .number(most);
        let found: Vec<Found> = sql.load(db)?;
        Ok(found.into_iter().map(|f| f.id).collect())
    }

    /// Replaces the terms of rows with what [`terms`] made, each by its id: of those that `mark` takes as done.
    ///
    /// All are marked before the first is replaced. SQLite begins an update that triggers may refuse with a savepoint, and
    /// at each savepoint FTS5 writes out what it has gathered: one by one, every text would become a segment to merge.
    pub fn replace_all<'a, T>(
        &self,
        db: &mut Db,
        made: &'a [T],
        mark: impl Fn(&mut Db, &T) -> Result<bool>,
        terms: impl Fn(&'a T) -> (i64, &'a str),
    ) -> Result<()> {
        let mut marked = Vec::with_capacity(made.len());
        for one in made {
            if mark(db, one)? {
                marked.push(terms(one));
            }
        }
        marked.into_iter().try_for_each(|(row, terms)| self.replace(db, row, terms))
    }

    fn replace(&self, db: &mut Db, row: i64, terms: &str) -> Result<()> {
        let Dialect { id, cast, .. } = dialect(db);
        let (name, id) = (self.name, id.unwrap_or(self.id));
        written(format!("DELETE FROM {name} WHERE {id} = ")).number(row).execute(db)?;
        written(format!("INSERT INTO {name} ({id}, t) VALUES ("))
            .number(row)
            .sql(", ")
            .text(terms)
            .sql(format!("{cast})"))
            .execute(db)?;
        Ok(())
    }
}
