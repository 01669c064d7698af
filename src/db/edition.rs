//! The edition of what is public: a number that goes up with everything the public sees, so that every process knows when
//! a page it keeps is out of date.

use diesel::prelude::*;

use super::Db;
use super::schema::public_edition;
use crate::error::Result;

/// The edition that stands.
pub fn edition(db: &mut Db) -> Result<i64> {
    Ok(public_edition::table.find(1_i64).select(public_edition::no).first(db)?)
}

/// Begins the next edition: in the transaction that changes what is public.
pub fn next_edition(db: &mut Db) -> Result<()> {
    diesel::update(public_edition::table.find(1_i64))
        .set(public_edition::no.eq(public_edition::no + 1))
        .execute(db)?;
    Ok(())
}
