//! What the form needs of a letter that is already there.

use diesel::prelude::*;

use crate::db::schema::{attachment, letter};
use crate::db::{Db, Instant};
use crate::error::Result;

/// What a letter that came by this form before was like.
#[derive(Clone, Debug, Queryable)]
pub struct Before {
    /// When it came.
    pub at: Instant,
    /// Title as typed.
    pub subject: String,
    /// Text as typed.
    pub body: String,
}

/// A letter as the writer sent it.
pub fn before(db: &mut Db, letter_id: i64) -> Result<Before> {
    Ok(letter::table
        .find(letter_id)
        .select((letter::server_received_at, letter::subject, letter::body_original))
        .first(db)?)
}

/// How many files a letter has.
pub fn files_of(db: &mut Db, letter_id: i64) -> Result<usize> {
    let count: i64 = attachment::table.filter(attachment::letter_id.eq(letter_id)).count().get_result(db)?;
    Ok(usize::try_from(count).unwrap_or_default())
}
