//! Finding letters by words: which letters hold them, never what they hold.
//!
//! Terms are made after the letter was accepted, so that nobody waits for them. Whoever changes what a letter is
//! found by (its working text, its register number, its place) sets `indexed_at` to null in the same write.

pub mod store;

use crate::calendar::{FiscalYear, register_label};
pub use crate::db::terms::Walk;
use crate::db::{Db, Instant, terms};
use crate::error::Result;
use crate::text::ReceiptCode;

/// Ids of letters that hold every word of `typed`, in the order of the walk, at most `most`. A query without a letter
/// or digit finds nothing; a whole receipt code, in any width and grouping, finds its letter.
pub fn ids(db: &mut Db, typed: &str, walk: Walk, most: i64) -> Result<Vec<i64>> {
    if let Ok(code) = ReceiptCode::parse(typed)
        && let Some(id) = store::by_code(db, &code.digits())?
    {
        let reached = match walk {
            Walk::Down(before) => before.is_none_or(|before| id < before),
            Walk::Up(after) => id > after,
        };
        return Ok(if reached { vec![id] } else { Vec::new() });
    }
    store::LETTERS.find(db, None, typed, walk, most)
}

/// What a letter is found by.
#[derive(Clone, Debug)]
pub struct Source {
    /// `letter.id`.
    pub id: i64,
    /// Year and number of the register, once it has one.
    pub register: Option<(FiscalYear, i64)>,
    /// One line.
    pub subject: String,
    /// As received.
    pub body: String,
    /// As corrected.
    pub working: Option<String>,
    /// The place it is about.
    pub place: Option<String>,
}

impl Source {
    /// Everything a letter is found by, one part a line, so that no phrase reaches from one part into the next.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}", self.subject, self.body, self.working.as_deref().unwrap_or(""));
        if let Some(place) = &self.place {
            text.push('\n');
            text.push_str(place);
        }
        if let Some((year, no)) = self.register {
            text.push('\n');
            text.push_str(&register_label(year, no));
        }
        text
    }
}

/// Terms of one letter, made outside the transaction.
#[derive(Clone, Debug)]
pub struct Terms {
    /// `letter.id`.
    pub id: i64,
    /// As the database at hand wants them.
    terms: String,
    version: i64,
}

/// The next letters whose terms are missing, with their terms; at most `most`.
pub fn waiting(db: &mut Db, most: i64) -> Result<Vec<Terms>> {
    let rows = store::unindexed(db, most)?;
    Ok(rows
        .into_iter()
        .map(|(source, version)| Terms {
            id: source.id,
            terms: terms::terms(db, None, &source.text()),
            version,
        })
        .collect())
}

/// Keeps terms. A letter that changed since they were made stays waiting for new ones.
pub fn keep(db: &mut Db, made: &[Terms], at: Instant) -> Result<()> {
    let mark = |db: &mut Db, made: &Terms| store::mark(db, made.id, made.version, at);
    store::LETTERS.replace_all(db, made, mark, |made| (made.id, &made.terms))
}
