//! Keeping what was written: noticing any change, a copy elsewhere, and the way out of the house.
//!
//! Every letter has a seal: keyed hashes over all rows that belong to it, made anew each time the trail tells of an
//! act on it. A row that changed without an act (a flipped bit, a hand in the database) no longer fits its seal.

pub mod backup;
pub mod export;
pub mod public;
mod rows;
mod store;
mod verify;

use std::collections::BTreeMap;

pub use verify::{Report, verify};

use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::trail;
use crate::web::App;

/// Lines of the trail looked at in one go.
const BATCH: i64 = 100;

/// Seals the letters that newly chained lines of the trail tell of; says whether there were any such lines.
///
/// Reading and writing need not be one transaction: a change made in between has a line of its own still to come,
/// and its letter is then sealed once more.
///
/// # Errors
/// The database's.
pub fn seal_letters(app: &App) -> Result<bool> {
    let (last, sealed) = app.db.read_now(|db| {
        let from = store::progress(db)?;
        let (last, letters) = store::acted_on(db, from, BATCH)?;
        let mut sealed = Vec::with_capacity(letters.len());
        for (letter, family) in store::families(db, &letters)? {
            let digests = serde_json::to_string(&digests(&app.sealer, letter, &family));
            sealed.push((letter, digests.map_err(Error::internal)?));
        }
        Ok(((last > from).then_some(last), sealed))
    })?;
    let Some(last) = last else { return Ok(false) };
    app.db.write_behind(move |db| {
        for (letter, digests) in &sealed {
            store::put_seal(db, *letter, last, digests)?;
        }
        store::put_progress(db, last)
    })?;
    Ok(true)
}

/// Chains and seals everything that still waits for it.
///
/// # Errors
/// The database's.
pub fn catch_up(app: &App) -> Result<()> {
    while app.db.write_behind(|db| trail::link(db, BATCH))? > 0 {}
    while seal_letters(app)? {}
    Ok(())
}

/// A keyed hash for each table that has rows of the letter. The key lies outside the database, so that whoever can
/// write there cannot make a fitting seal.
fn digests(sealer: &Sealer, letter: i64, family: &store::Family) -> BTreeMap<String, String> {
    let digest = |table: &str, rows: &[String]| {
        let id = letter.to_string();
        let mut parts: Vec<&[u8]> = vec![table.as_bytes(), id.as_bytes()];
        parts.extend(rows.iter().map(|row| row.as_bytes()));
        hex::encode(&sealer.mac("letter_seal", &parts)[..16])
    };
    family.0.iter().map(|(table, rows)| ((*table).to_owned(), digest(table, rows))).collect()
}
