//! The rows of units, postings, sessions; staff and parties beside.

pub mod parties;
pub mod sign_in;
pub mod staff;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::roles::{Role, UnitKind};
use super::units::{DatedPosting, Unit};
use crate::db::schema::{absence, people_edition, posting, staff as people, staff_session, unit};
use crate::db::{Db, Instant};
use crate::error::Result;

pub use parties::insert_party;

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
    /// The password was given by somebody else.
    pub must_change_password: bool,
    /// Whether a second factor is set.
    pub has_second_factor: bool,
    /// Which units and postings count now.
    pub edition: i64,
}

/// The open session of a token's hash, if its owner is still active: the one query a signed-in request costs.
pub fn session(db: &mut Db, token_hash: &str) -> Result<Option<SessionRow>> {
    type Row = (i64, String, String, String, Instant, Instant, bool, Option<i64>, i64);
    let row: Option<Row> = staff_session::table
        .inner_join(people::table.on(people::id.eq(staff_session::staff_id)))
        .inner_join(people_edition::table.on(people_edition::id.eq(1_i64)))
        .filter(staff_session::id.eq(token_hash))
        .filter(staff_session::ended_at.is_null())
        .filter(people::state.eq("active"))
        .select((
            people::id,
            people::login,
            people::name,
            staff_session::csrf,
            staff_session::seen_at,
            staff_session::expires_at,
            people::must_change_password,
            people::totp_key_id,
            people_edition::no,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(staff_id, login, name, csrf, seen_at, expires_at, must, totp, edition)| SessionRow {
        staff_id,
        login,
        name,
        csrf,
        seen_at,
        expires_at,
        must_change_password: must,
        has_second_factor: totp.is_some(),
        edition,
    }))
}

/// The number that changes with every unit and posting.
pub fn edition(db: &mut Db) -> Result<i64> {
    Ok(people_edition::table.find(1_i64).select(people_edition::no).first(db)?)
}

/// Every unit, of every time.
pub fn units(db: &mut Db) -> Result<Vec<Unit>> {
    type Row = (
        i64,
        String,
        UnitKind,
        String,
        Option<i64>,
        bool,
        Option<String>,
        Option<String>,
        NaiveDate,
        Option<NaiveDate>,
        i64,
    );
    let rows: Vec<Row> = unit::table.select(unit::all_columns).load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, code, kind, name, parent_id, leads, phone, email, valid_from, valid_to, sort)| Unit {
            id,
            code,
            kind,
            name,
            parent_id,
            leads,
            phone,
            email,
            valid_from,
            valid_to,
            sort,
        })
        .collect())
}

/// Every posting, of every time, oldest first.
pub fn all_postings(db: &mut Db) -> Result<Vec<DatedPosting>> {
    let rows: Vec<(i64, i64, i64, Role, NaiveDate, Option<NaiveDate>)> =
        posting::table.order((posting::valid_from, posting::id)).select(posting::all_columns).load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, staff_id, unit_id, role, valid_from, valid_to)| DatedPosting {
            id,
            staff_id,
            unit_id,
            role,
            valid_from,
            valid_to,
        })
        .collect())
}

/// For whom this person is the recorded substitute on a day.
pub fn absent_for(db: &mut Db, substitute_id: i64, on: NaiveDate) -> Result<Vec<i64>> {
    Ok(absence::table
        .inner_join(people::table.on(people::id.eq(absence::staff_id)))
        .filter(absence::substitute_id.eq(substitute_id))
        .filter(absence::from_on.le(on))
        .filter(absence::to_on.ge(on))
        .filter(absence::withdrawn_at.is_null())
        .order(absence::staff_id)
        .select(absence::staff_id)
        .distinct()
        .load(db)?)
}
