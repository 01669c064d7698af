//! Reading the trail.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{EXPORT_LINES, PER_PAGE, Search};
use crate::calendar::{end_of_tokyo_day, start_of_tokyo_day};
use crate::db::schema::{trail, trail_check, trail_link};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::trail::{Recorded, Verdict};

/// A page of lines, newest first, one more than a page if there are more.
pub fn lines(db: &mut Db, search: &Search) -> Result<Vec<Recorded>> {
    let mut query = trail::table
        .order(trail::id.desc())
        .limit(PER_PAGE + 1)
        .select(Recorded::as_select())
        .into_boxed::<Backend>();
    if let Some(before) = search.before {
        query = query.filter(trail::id.lt(before));
    }
    if let Some(person) = search.person {
        query = query.filter(trail::actor_id.eq(person));
    }
    if let Some(letter) = search.letter {
        query = query.filter(trail::letter_id.eq(letter));
    }
    if let Some(day) = search.day {
        query = query
            .filter(trail::at.ge(Instant::from(start_of_tokyo_day(day))))
            .filter(trail::at.lt(Instant::from(end_of_tokyo_day(day))));
    }
    if let Some(codes) = super::codes_of(&search.group) {
        query = query.filter(trail::act.eq_any(codes));
    }
    Ok(query.load(db)?)
}

/// Lines of some days, oldest first, one more than [`EXPORT_LINES`] if there are more.
pub fn lines_of_days(db: &mut Db, from: NaiveDate, to: NaiveDate) -> Result<Vec<Recorded>> {
    Ok(trail::table
        .filter(trail::at.ge(Instant::from(start_of_tokyo_day(from))))
        .filter(trail::at.lt(Instant::from(end_of_tokyo_day(to))))
        .order(trail::id)
        .limit(EXPORT_LINES + 1)
        .select(Recorded::as_select())
        .load(db)?)
}

/// The newest link: its number and hash.
pub fn head(db: &mut Db) -> Result<Option<(i64, String)>> {
    Ok(trail_link::table
        .order(trail_link::no.desc())
        .select((trail_link::no, trail_link::hash))
        .first(db)
        .optional()?)
}

/// A walk along the chain.
pub struct Check {
    /// When.
    pub at: Instant,
    /// How many lines.
    pub lines: i64,
    /// The hash of the last.
    pub head: String,
    /// What was wrong, a line each; empty when nothing was.
    pub faults: String,
}

/// Keeps a walk.
pub fn insert_check(db: &mut Db, at: Instant, verdict: &Verdict) -> Result<()> {
    diesel::insert_into(trail_check::table)
        .values((
            trail_check::at.eq(at),
            trail_check::lines.eq(verdict.lines),
            trail_check::head.eq(&verdict.head),
            trail_check::faults.eq(verdict.faults.join("\n")),
        ))
        .execute(db)?;
    Ok(())
}

/// The last walk.
pub fn last_check(db: &mut Db) -> Result<Option<Check>> {
    let row: Option<(Instant, i64, String, String)> = trail_check::table
        .order(trail_check::id.desc())
        .select((trail_check::at, trail_check::lines, trail_check::head, trail_check::faults))
        .first(db)
        .optional()?;
    Ok(row.map(|(at, lines, head, faults)| Check { at, lines, head, faults }))
}
