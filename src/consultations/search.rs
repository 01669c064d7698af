//! Finding opinions by their words or their receipt: which ones hold them, never what they hold.
//!
//! Terms are made after the opinion was accepted, so that nobody waits for them on the last evening. What was sent never
//! changes, so they are made once.

use super::store;
use crate::db::terms::{self, Walk};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::text::ReceiptCode;

/// The term that keeps a search to one consultation.
fn within(consultation_id: i64) -> String {
    format!("consultation{consultation_id}")
}

/// Ids of a consultation's submissions that hold every word of `typed`, in the order of the walk, at most `most`. A query
/// without a letter or digit finds nothing; a whole receipt code, in any width and grouping, finds its submission.
pub fn ids(db: &mut Db, consultation_id: i64, typed: &str, walk: Walk, most: i64) -> Result<Vec<i64>> {
    if let Ok(code) = ReceiptCode::parse(typed)
        && let Some(found) = store::by_code(db, &code.digits())?
        && found.consultation_id == consultation_id
    {
        let reached = match walk {
            Walk::Down(before) => before.is_none_or(|before| found.id < before),
            Walk::Up(after) => found.id > after,
        };
        return Ok(if reached { vec![found.id] } else { Vec::new() });
    }
    store::SUBMISSIONS.find(db, Some(&within(consultation_id)), typed, walk, most)
}

/// Terms of one submission, made outside the transaction.
#[derive(Clone, Debug)]
pub struct Terms {
    id: i64,
    /// As the database at hand wants them.
    terms: String,
}

/// The next submissions whose terms are missing, with their terms; at most `most`.
pub fn waiting(db: &mut Db, most: i64) -> Result<Vec<Terms>> {
    let rows = store::unindexed(db, most)?;
    Ok(rows
        .into_iter()
        .map(|(id, consultation_id, text)| Terms {
            id,
            terms: terms::terms(db, Some(&within(consultation_id)), &text),
        })
        .collect())
}

/// Keeps terms.
pub fn keep(db: &mut Db, made: &[Terms], at: Instant) -> Result<()> {
    let mark = |db: &mut Db, made: &Terms| store::mark_indexed(db, made.id, at);
    store::SUBMISSIONS.replace_all(db, made, mark, |made| (made.id, &made.terms))
}
