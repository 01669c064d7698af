//! The rows of what was shown to whom for reading, and of what was said about a letter.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{circulation, exchange, matter, staff};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::letters::matter::State;

/// Somebody to whom a matter was shown.
#[derive(Clone, Debug, Queryable)]
pub struct Shown {
    /// The circulation.
    pub id: i64,
    /// The matter.
    pub matter_id: i64,
    /// To whom.
    pub staff_id: i64,
    /// The name.
    pub name: String,
    /// When it was sent.
    pub sent_at: Instant,
    /// When it was seen.
    pub seen_at: Option<Instant>,
}

/// To whom matters were shown.
pub fn shown_to(db: &mut Db, matters: &[i64]) -> Result<Vec<Shown>> {
    Ok(circulation::table
        .inner_join(staff::table.on(staff::id.eq(circulation::staff_id)))
        .filter(circulation::matter_id.eq_any(matters.to_vec()))
        .order(circulation::id)
        .select((
            circulation::id,
            circulation::matter_id,
            circulation::staff_id,
            staff::name,
            circulation::sent_at,
            circulation::seen_at,
        ))
        .load(db)?)
}

/// Shows a matter to a member of staff.
pub fn show_to(db: &mut Db, matter_id: i64, staff_id: i64, by: i64, at: Instant) -> Result<()> {
    diesel::insert_into(circulation::table)
        .values((
            circulation::matter_id.eq(matter_id),
            circulation::staff_id.eq(staff_id),
            circulation::sent_by.eq(by),
            circulation::sent_at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// A matter shown to somebody, as the list needs it.
#[derive(Clone, Debug, Queryable)]
pub struct ToSee {
    /// The circulation.
    pub id: i64,
    /// The letter.
    pub letter_id: i64,
    /// The matter's title.
    pub title: String,
    /// Where the matter stands.
    pub state: State,
    /// 受付日.
    pub received_on: NaiveDate,
    /// When it was sent.
    pub sent_at: Instant,
    /// When it was seen.
    pub seen_at: Option<Instant>,
}

/// What was shown to somebody: unseen first, the newest 200.
pub fn to_see(db: &mut Db, staff_id: i64) -> Result<Vec<ToSee>> {
    Ok(circulation::table
        .inner_join(matter::table.on(matter::id.eq(circulation::matter_id)))
        .filter(circulation::staff_id.eq(staff_id))
        .order((circulation::seen_at.is_not_null(), circulation::id.desc()))
        .limit(200)
        .select((
            circulation::id,
            matter::letter_id,
            matter::title,
            matter::state,
            matter::received_on,
            circulation::sent_at,
            circulation::seen_at,
        ))
        .load(db)?)
}

/// Notes that somebody saw what was shown; gives matter and letter. `None` when it was seen before.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when it was not shown to this person.
pub fn mark_seen(db: &mut Db, id: i64, staff_id: i64, at: Instant) -> Result<Option<(i64, i64)>> {
    let found: (i64, i64) = circulation::table
        .inner_join(matter::table.on(matter::id.eq(circulation::matter_id)))
        .filter(circulation::id.eq(id))
        .filter(circulation::staff_id.eq(staff_id))
        .select((matter::id, matter::letter_id))
        .first(db)?;
    let changed = diesel::update(circulation::table.find(id).filter(circulation::seen_at.is_null()))
        .set(circulation::seen_at.eq(at))
        .execute(db)?;
    Ok((changed == 1).then_some(found))
}

/// Something said about a letter besides replies.
#[derive(Clone, Debug, Queryable)]
pub struct Said {
    /// Its id.
    pub id: i64,
    /// The matter, when it is about one.
    pub matter_id: Option<i64>,
    /// `question`, `answer` or `note`.
    pub kind: String,
    /// The words.
    pub body: String,
    /// Who wrote it down; none for a citizen.
    pub who: Option<String>,
    /// When.
    pub at: Instant,
}

/// What was said about a letter, oldest first.
pub fn said(db: &mut Db, letter_id: i64) -> Result<Vec<Said>> {
    Ok(exchange::table
        .left_join(staff::table.on(staff::id.nullable().eq(exchange::staff_id)))
        .filter(exchange::letter_id.eq(letter_id))
        .order(exchange::id)
        .select((
            exchange::id,
            exchange::matter_id,
            exchange::kind,
            exchange::body,
            staff::name.nullable(),
            exchange::at,
        ))
        .load(db)?)
}

/// Writes down what was said and gives its id.
pub fn say(
    db: &mut Db,
    letter_id: i64,
    matter_id: Option<i64>,
    kind: &str,
    body: &str,
    staff_id: i64,
    at: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(exchange::table)
        .values((
            exchange::letter_id.eq(letter_id),
            exchange::matter_id.eq(matter_id),
            exchange::kind.eq(kind),
            exchange::body.eq(body),
            exchange::staff_id.eq(staff_id),
            exchange::at.eq(at),
        ))
        .returning(exchange::id)
        .get_result(db)?)
}
