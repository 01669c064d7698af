//! The rows of staff, units, sessions and parties.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::party::SealedParty;
use super::roles::{Posting, Role};
use crate::db::schema::{party, posting, staff, staff_session, unit};
use crate::db::{Db, Instant};
use crate::error::Result;

/// A session and its owner, as the door needs them.
pub struct SessionRow {
    /// `staff.id`.
    pub staff_id: i64,
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// Token against forged forms.
    pub csrf: String,
    /// Last request.
    pub seen_at: Instant,
    /// The session's end, whatever happens.
    pub expires_at: Instant,
}

/// The open session of a token's hash, if its owner is still active.
pub fn session(db: &mut Db, token_hash: &str) -> Result<Option<SessionRow>> {
    let row: Option<(i64, String, String, String, Instant, Instant)> = staff_session::table
        .inner_join(staff::table.on(staff::id.eq(staff_session::staff_id)))
        .filter(staff_session::id.eq(token_hash))
        .filter(staff_session::ended_at.is_null())
        .filter(staff::state.eq("active"))
        .select((
            staff::id,
            staff::login,
            staff::name,
            staff_session::csrf,
            staff_session::seen_at,
            staff_session::expires_at,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(staff_id, login, name, csrf, seen_at, expires_at)| SessionRow {
        staff_id,
        login,
        name,
        csrf,
        seen_at,
        expires_at,
    }))
}

/// Postings of a member of staff that are valid on a day, each with the units below it.
pub fn postings(db: &mut Db, staff_id: i64, on: NaiveDate) -> Result<Vec<Posting>> {
    let held: Vec<(i64, String, Role)> = posting::table
        .inner_join(unit::table.on(unit::id.eq(posting::unit_id)))
        .filter(posting::staff_id.eq(staff_id))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .order(posting::id)
        .select((unit::id, unit::name, posting::role))
        .load(db)?;
    let tree: Vec<(i64, Option<i64>)> = unit::table.select((unit::id, unit::parent_id)).load(db)?;
    Ok(held
        .into_iter()
        .map(|(unit_id, unit_name, role)| Posting { unit_id, unit_name, role, covers: below(unit_id, &tree) })
        .collect())
}

fn below(top: i64, tree: &[(i64, Option<i64>)]) -> Vec<i64> {
    let mut found = vec![top];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(tree.iter().filter(|(_, p)| *p == Some(parent)).map(|(id, _)| *id));
        next += 1;
    }
    found
}

/// Adds a party.
pub fn insert_party(db: &mut Db, row: &SealedParty) -> Result<()> {
    diesel::insert_into(party::table)
        .values((
            party::id.eq(&row.id),
            party::kind.eq(row.kind),
            party::sealed.eq(&row.sealed.bytes),
            party::seal_key_id.eq(row.sealed.key_id),
            party::mail_mark.eq(&row.mail_mark),
            party::phone_mark.eq(&row.phone_mark),
            party::created_at.eq(row.created_at),
        ))
        .execute(db)?;
    Ok(())
}
