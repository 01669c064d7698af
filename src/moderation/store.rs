//! The lists of the workbench.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{letter, matter, publication, publication_release, staff, voice};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::letters::matter::State as MatterState;
use crate::publications::publication::State;

/// Lines a list of the workbench shows.
const MOST: i64 = 50;

/// One publication in a list.
#[derive(Clone, Debug, Queryable)]
pub struct Line {
    /// The publication.
    pub id: i64,
    /// The letter.
    pub letter_id: i64,
    /// The matter's title, for staff only.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// The newest version.
    pub current_no: i64,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Proposed.
    pub proposed_at: Instant,
    /// By whom.
    pub proposed_by: String,
}

/// Publications in some states, newest first, and how many there are.
pub fn in_states(db: &mut Db, states: &[State]) -> Result<(Vec<Line>, i64)> {
    let number =
        publication::table.filter(publication::state.eq_any(states.to_vec())).count().get_result(db)?;
    let lines = publication::table
        .inner_join(matter::table.on(matter::id.eq(publication::matter_id)))
        .inner_join(staff::table.on(staff::id.eq(publication::proposed_by)))
        .filter(publication::state.eq_any(states.to_vec()))
        .order(publication::id.desc())
        .limit(MOST)
        .select((
            publication::id,
            matter::letter_id,
            matter::title,
            publication::state,
            publication::current_no,
            matter::received_on,
            publication::proposed_at,
            staff::name,
        ))
        .load(db)?;
    Ok((lines, number))
}

/// A matter that may be proposed.
#[derive(Clone, Debug, Queryable)]
pub struct Proposable {
    /// The matter.
    pub matter_id: i64,
    /// The letter.
    pub letter_id: i64,
    /// Its title.
    pub title: String,
    /// 受付日.
    pub received_on: NaiveDate,
}

/// Answered or closed matters whose sender agrees and that were not proposed yet, the latest first.
pub fn proposable(db: &mut Db) -> Result<(Vec<Proposable>, i64)> {
    let proposed = publication::table.filter(publication::matter_id.eq(matter::id));
    let rows = matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .filter(matter::state.eq_any([MatterState::Replied, MatterState::Closed]))
        .filter(matter::owning_unit_id.is_not_null())
        .filter(letter::publish_ok.eq(true))
        .filter(diesel::dsl::not(diesel::dsl::exists(proposed)));
    let number = rows.clone().count().get_result(db)?;
    let list = rows
        .order(matter::id.desc())
        .limit(20)
        .select((matter::id, matter::letter_id, matter::title, matter::received_on))
        .load(db)?;
    Ok((list, number))
}

/// A voice that is public.
#[derive(Clone, Debug, Queryable)]
pub struct Public {
    /// The publication.
    pub id: i64,
    /// Its public title.
    pub title: String,
    /// The version shown.
    pub version_no: i64,
    /// 公表日.
    pub published_on: NaiveDate,
    /// 訂正日.
    pub corrected_on: Option<NaiveDate>,
}

/// What was published last.
pub fn published_lately(db: &mut Db) -> Result<(Vec<Public>, i64)> {
    let number = voice::table.count().get_result(db)?;
    let list = voice::table
        .order(voice::seq.desc())
        .limit(20)
        .select((voice::id, voice::title, voice::version_no, voice::published_on, voice::corrected_on))
        .load(db)?;
    Ok((list, number))
}

/// Voices that are public although the sender no longer agrees, or whose exchange goes on in another open matter:
/// to be looked at for withdrawal.
pub fn to_withdraw(db: &mut Db) -> Result<Vec<Public>> {
    let follow = diesel::alias!(matter as follow);
    let goes_on = follow
        .filter(follow.field(matter::follow_up_of).eq(publication::matter_id.nullable()))
        .filter(follow.field(matter::closed_at).is_null());
    Ok(voice::table
        .inner_join(publication::table.on(publication::id.eq(voice::id)))
        .inner_join(matter::table.on(matter::id.eq(publication::matter_id)))
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .filter(letter::publish_ok.eq(false).or(diesel::dsl::exists(goes_on)))
        .order(voice::seq.desc())
        .limit(MOST)
        .select((voice::id, voice::title, voice::version_no, voice::published_on, voice::corrected_on))
        .load(db)?)
}

/// The names of staff by id.
pub fn names(db: &mut Db, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    Ok(staff::table.filter(staff::id.eq_any(ids.to_vec())).select((staff::id, staff::name)).load(db)?)
}

/// Versions that were published, with the day of each.
pub fn releases(db: &mut Db, id: i64) -> Result<Vec<(i64, NaiveDate)>> {
    Ok(publication_release::table
        .filter(publication_release::publication_id.eq(id))
        .order(publication_release::no)
        .select((publication_release::no, publication_release::published_on))
        .load(db)?)
}
