//! The two migration folders and `schema.rs` say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use hirokiku::db::Kind;

use crate::app::TestApp;

fn folders(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

/// Tables of a folder with their columns, read from the SQL itself; `true` where the column may be null.
fn columns(database: &str) -> BTreeMap<String, BTreeMap<String, bool>> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let mut tables = BTreeMap::new();
    for folder in folders(database) {
        let sql = std::fs::read_to_string(base.join(folder).join("up.sql")).expect("an up.sql");
        let mut table: Option<String> = None;
        for line in sql.lines().map(str::trim).filter(|l| !l.starts_with("--")) {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ")
                && !rest.contains("_terms (")
            {
                table = rest.split_whitespace().next().map(str::to_owned);
                continue;
            }
            if let Some((table, column)) =
                line.strip_prefix("ALTER TABLE ").and_then(|rest| rest.split_once(" ADD COLUMN "))
                && let Some(name) = column.split_whitespace().next()
            {
                let columns: &mut BTreeMap<String, bool> = tables.entry(table.to_owned()).or_default();
                columns.insert(name.to_owned(), !column.contains("NOT NULL"));
                continue;
            }
            if let Some((table, from, to)) = altered(line) {
                let columns: &mut BTreeMap<String, bool> = tables.entry(table.to_owned()).or_default();
                if let Some(null) = columns.remove(from) {
                    columns.extend(to.map(|(name, loose)| (name.to_owned(), null || loose)));
                }
                continue;
            }
            if line.starts_with(')') {
                table = None;
            }
            let (Some(table), Some(name)) = (&table, line.split_whitespace().next()) else { continue };
            if ["UNIQUE", "PRIMARY", "CHECK", "FOREIGN"].iter().any(|w| name.starts_with(w)) {
                continue;
            }
            let null = !line.contains("NOT NULL") && !line.contains("PRIMARY KEY");
            tables.entry(table.clone()).or_insert_with(BTreeMap::new).insert(name.to_owned(), null);
        }
    }
    tables
}

/// Table, column, and what comes of it: nothing, or a name and whether it may be null.
type Altered<'a> = (&'a str, &'a str, Option<(&'a str, bool)>);

/// A column that a line drops, renames or lets be null.
fn altered(line: &str) -> Option<Altered<'_>> {
    let mut words = line.strip_prefix("ALTER TABLE ")?.trim_end_matches(';').split_whitespace();
    let (table, verb) = (words.next()?, words.next()?);
    let column = words.nth(1)?;
    match verb {
        "DROP" => Some((table, column, None)),
        "RENAME" => Some((table, column, Some((words.nth(1)?, false)))),
        "ALTER" if line.ends_with("DROP NOT NULL;") => Some((table, column, Some((column, true)))),
        _ => None,
    }
}

/// Tables of `schema.rs` with their columns.
fn declared() -> BTreeMap<String, BTreeMap<String, bool>> {
    let source = include_str!("../../src/db/schema.rs");
    let mut tables = BTreeMap::new();
    for block in source.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("//"));
        let name = lines.next().and_then(|l| l.split_whitespace().next()).expect("a table name").to_owned();
        let columns = lines
            .take_while(|l| *l != "}")
            .filter_map(|l| l.split_once(" -> "))
            .map(|(column, kind)| (column.to_owned(), kind.starts_with("Nullable")))
            .collect();
        tables.insert(name, columns);
    }
    tables
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(folders("sqlite"), folders("postgres"));
}

#[test]
fn both_databases_have_the_same_tables_and_columns_and_the_code_knows_them_all() {
    assert_eq!(columns("sqlite"), columns("postgres"));
    assert_eq!(columns("sqlite"), declared());
}

#[test]
fn both_databases_refuse_the_same_things_by_trigger() {
    let triggers = |database: &str| {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut names = BTreeSet::new();
        for folder in folders(database) {
            let sql = std::fs::read_to_string(base.join(folder).join("up.sql")).expect("an up.sql");
            names.extend(
                sql.lines()
                    .filter_map(|l| l.strip_prefix("CREATE TRIGGER "))
                    .filter_map(|l| l.split_whitespace().next())
                    // SQLite cannot empty a table in one stroke
                    .filter(|name| !name.ends_with("_no_truncate"))
                    // PostgreSQL says in one trigger what SQLite needs three for
                    .map(|name| {
                        ["_insert", "_update", "_delete"]
                            .iter()
                            .find_map(|end| name.strip_suffix(end).filter(|n| n.ends_with("_edition")))
                            .unwrap_or(name)
                            .to_owned()
                    }),
            );
        }
        names
    };
    assert_eq!(triggers("sqlite"), triggers("postgres"));
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[test]
fn every_declared_column_can_be_read() {
    let app = TestApp::new();
    app.read(|db| {
        for (table, columns) in declared() {
            let list = columns.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let sql = format!("SELECT COUNT(*) AS n FROM (SELECT {list} FROM {table}) AS every_column");
            let count: Count =
                diesel::sql_query(&sql).get_result(db).unwrap_or_else(|e| panic!("{table}: {e}"));
            assert!(count.n >= 0);
        }
        Ok(())
    });
}

#[derive(QueryableByName)]
struct TableSql {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

#[test]
fn every_sqlite_table_is_strict() {
    let app = TestApp::new();
    app.read(|db| {
        if db.kind() != Kind::Sqlite {
            return Ok(());
        }
        let tables: Vec<TableSql> = diesel::sql_query(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_terms%' ESCAPE '\\' \
             AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'",
        )
        .load(db)?;
        for table in tables {
            let end = table.sql.rsplit(')').next().unwrap_or_default();
            assert!(end.contains("STRICT"), "{} is not STRICT", table.name);
        }
        Ok(())
    });
}

#[derive(QueryableByName)]
struct Used {
    #[diesel(sql_type = BigInt)]
    used: i64,
}

#[test]
fn sqlite_does_not_plan_a_prepared_statement_anew_for_each_value() {
    let app = TestApp::new();
    app.read(|db| {
        if db.kind() != Kind::Sqlite {
            return Ok(());
        }
        let found: Used =
            diesel::sql_query("SELECT sqlite_compileoption_used('ENABLE_QPSG') AS used").get_result(db)?;
        assert_eq!(found.used, 1, "SQLite is compiled with the flags of .cargo/config.toml");
        Ok(())
    });
}
