//! The terms submissions are found by.

use diesel::prelude::*;

use crate::db::schema::submission;
use crate::db::terms::TermTable;
use crate::db::{Db, Instant};
use crate::error::Result;

/// The terms of submissions, by `submission.id`.
pub const SUBMISSIONS: TermTable = TermTable { name: "submission_terms", id: "submission_id" };

/// Submissions whose terms are missing, oldest first: id, consultation, text.
pub fn unindexed(db: &mut Db, most: i64) -> Result<Vec<(i64, i64, String)>> {
    Ok(submission::table
        .filter(submission::indexed_at.is_null())
        .order(submission::id)
        .limit(most)
        .select((submission::id, submission::consultation_id, submission::text_original))
        .load(db)?)
}

/// Marks a submission as indexed; says whether it was not.
pub fn mark_indexed(db: &mut Db, id: i64, at: Instant) -> Result<bool> {
    let row = submission::table.filter(submission::id.eq(id)).filter(submission::indexed_at.is_null());
    Ok(diesel::update(row).set(submission::indexed_at.eq(at)).execute(db)? == 1)
}
