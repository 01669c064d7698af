//! The terms of letters. The two databases have nothing in common here: this is the one seam for finding letters.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Source, Walk};
use crate::calendar::FiscalYear;
use crate::db::schema::letter;
use crate::db::{Db, Instant, written};
use crate::error::Result;
use crate::text;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The seam: how terms are written, asked for and found.
struct Dialect {
    terms: fn(&str) -> String,
    query: fn(&str) -> Option<String>,
    id: &'static str,
    /// Before and after what is asked for.
    matches: (&'static str, &'static str),
    /// Before and after number and terms.
    insert: (&'static str, &'static str),
    /// Before the number.
    delete: &'static str,
}

const FTS5: Dialect = Dialect {
    terms: text::terms,
    query: text::fts5_query,
    id: "rowid",
    matches: ("letter_terms MATCH ", ""),
    insert: ("INSERT INTO letter_terms (rowid, t) VALUES (", ")"),
    delete: "DELETE FROM letter_terms WHERE rowid = ",
};

const TSVECTOR: Dialect = Dialect {
    terms: text::tsvector_literal,
    query: text::tsquery_literal,
    id: "letter_id",
    matches: ("t @@ ", "::tsquery"),
    insert: ("INSERT INTO letter_terms (letter_id, t) VALUES (", "::tsvector)"),
    delete: "DELETE FROM letter_terms WHERE letter_id = ",
};

fn dialect(db: &Db) -> &'static Dialect {
    match db {
        Db::Sqlite(_) => &FTS5,
        Db::Postgres(_) => &TSVECTOR,
    }
}

/// The terms of a text as this database keeps them.
pub fn terms(db: &Db, text: &str) -> String {
    (dialect(db).terms)(text)
}

/// The letter of a receipt code.
pub fn by_code(db: &mut Db, code: &str) -> Result<Option<i64>> {
    Ok(letter::table.filter(letter::receipt_code.eq(code)).select(letter::id).first(db).optional()?)
}

/// Ids of letters that hold every word typed.
pub fn find(db: &mut Db, typed: &str, walk: Walk, most: i64) -> Result<Vec<i64>> {
    let Dialect { query, id, matches, .. } = dialect(db);
    let Some(query) = query(typed) else { return Ok(Vec::new()) };
    let (bound, order, from) = match walk {
        Walk::Down(None) => ("<=", "DESC", i64::MAX),
        Walk::Down(Some(before)) => ("<", "DESC", before),
        Walk::Up(after) => (">", "ASC", after),
    };
    let sql = written(format!("SELECT {id} AS id FROM letter_terms WHERE {}", matches.0))
        .text(&query)
        .sql(format!("{} AND {id} {bound} ", matches.1))
        .number(from)
        .sql(format!(" ORDER BY {id} {order} LIMIT "))
        .number(most);
    let found: Vec<Found> = sql.load(db)?;
    Ok(found.into_iter().map(|f| f.id).collect())
}

/// Replaces the terms of a letter.
pub fn replace(db: &mut Db, id: i64, terms: &str) -> Result<()> {
    let Dialect { insert, delete, .. } = dialect(db);
    written(*delete).number(id).execute(db)?;
    written(insert.0).number(id).sql(", ").text(terms).sql(insert.1).execute(db)?;
    Ok(())
}

/// Letters whose terms are missing, oldest first, each with the version it was read in.
pub fn unindexed(db: &mut Db, most: i64) -> Result<Vec<(Source, i64)>> {
    type Row = (i64, i64, Option<i64>, String, String, Option<String>, Option<String>, i64);
    let rows: Vec<Row> = letter::table
        .filter(letter::indexed_at.is_null())
        .order(letter::id)
        .limit(most)
        .select((
            letter::id,
            letter::fiscal_year,
            letter::register_no,
            letter::subject,
            letter::body_original,
            letter::body_working,
            letter::place_text,
            letter::version,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, year, no, subject, body, working, place, version)| {
            let year = FiscalYear(i32::try_from(year).unwrap_or_default());
            (Source { id, register: no.map(|no| (year, no)), subject, body, working, place }, version)
        })
        .collect())
}

/// Marks a letter as indexed, unless it changed since it was read.
pub fn mark(db: &mut Db, id: i64, version: i64, at: Instant) -> Result<bool> {
    let row = letter::table
        .filter(letter::id.eq(id))
        .filter(letter::version.eq(version))
        .filter(letter::indexed_at.is_null());
    Ok(diesel::update(row).set(letter::indexed_at.eq(at)).execute(db)? == 1)
}
