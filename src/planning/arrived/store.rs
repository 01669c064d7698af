//! The rows of the list of opinions that came in.
//!
//! Every page is a walk along an index that gives ids in their order (by state, by way or day and state, or those nobody
//! compared with the paper), so that no page costs more than another, wherever in 200,000 it lies. Words give ids in
//! order too, and those are walked in growing portions.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::filter::{Filter, From};
use crate::consultations::search;
use crate::consultations::submission::{State, Submission};
use crate::db::schema::{attachment, submission};
use crate::db::terms::Walk;
use crate::db::{Backend, Db};
use crate::error::Result;

/// Opinions found by words are counted up to this many.
pub const COUNTED: i64 = 1_000;

/// The largest portion of ids that words give at once.
const PORTION: i64 = 4_000;

type Rows<'a> = submission::BoxedQuery<'a, Backend>;

/// What a filter asks for beside words and way.
fn asked<'a>(consultation_id: i64, filter: &Filter) -> Rows<'a> {
    let mut query = submission::table.filter(submission::consultation_id.eq(consultation_id)).into_boxed();
    if let Some(day) = filter.day {
        query = query.filter(submission::received_on.eq(day));
    }
    if filter.unchecked {
        query = query.filter(submission::entered_by.is_not_null()).filter(submission::checked_by.is_null());
    }
    if filter.files {
        let of_it = attachment::table.filter(attachment::submission_id.eq(submission::id.nullable()));
        query = query.filter(exists(of_it));
    }
    query
}

/// What a filter asks for, as walks that together give each row once and each its ids in order.
fn legs<'a>(consultation_id: i64, filter: &Filter) -> Vec<Rows<'a>> {
    let rows = || {
        let rows = asked(consultation_id, filter);
        match filter.channel {
            Some(channel) => rows.filter(submission::channel.eq(channel)),
            None => rows,
        }
    };
    let narrow = filter.channel.is_some() || filter.day.is_some();
    match filter.state {
        Some(state) => vec![rows().filter(submission::state.eq(state))],
        // those to be compared are few, and have an index of their own
        None if narrow && !filter.unchecked => {
            State::ALL.iter().map(|state| rows().filter(submission::state.eq(*state))).collect()
        }
        None => vec![rows()],
    }
}

/// Ids in the direction of the walk, at most `most`.
fn walk(db: &mut Db, query: Rows<'_>, from: From, most: i64) -> Result<Vec<i64>> {
    let query = query.select(submission::id).limit(most);
    Ok(match from {
        From::Top => query.order(submission::id.desc()).load(db)?,
        From::After(id) => query.filter(submission::id.lt(id)).order(submission::id.desc()).load(db)?,
        From::Before(id) => query.filter(submission::id.gt(id)).order(submission::id.asc()).load(db)?,
    })
}

/// Ids of what a filter asks for, from a place on; backwards, the nearest first, for [`From::Before`].
pub fn ids(db: &mut Db, consultation_id: i64, filter: &Filter, from: From, most: i64) -> Result<Vec<i64>> {
    if !filter.q.is_empty() {
        return ids_of_words(db, consultation_id, filter, from, most);
    }
    let mut found = Vec::new();
    for leg in legs(consultation_id, filter) {
        found.extend(walk(db, leg, from, most)?);
    }
    found.sort_unstable();
    if !matches!(from, From::Before(_)) {
        found.reverse();
    }
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}

fn ids_of_words(
    db: &mut Db,
    consultation_id: i64,
    filter: &Filter,
    from: From,
    most: i64,
) -> Result<Vec<i64>> {
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut portion = most;
    let mut place = match from {
        From::Top => Walk::Down(None),
        From::After(id) => Walk::Down(Some(id)),
        From::Before(id) => Walk::Up(id),
    };
    loop {
        let some = search::ids(db, consultation_id, &filter.q, place, portion)?;
        let Some(last) = some.last().copied() else { break };
        let more = i64::try_from(some.len()).unwrap_or(0) == portion;
        found.extend(passing(db, consultation_id, filter, some)?);
        if found.len() >= wanted || !more {
            break;
        }
        place = match place {
            Walk::Down(_) => Walk::Down(Some(last)),
            Walk::Up(_) => Walk::Up(last),
        };
        portion = (portion * 4).min(PORTION);
    }
    found.truncate(wanted);
    Ok(found)
}

/// Those of some ids that have what is asked for beside the words, in the same order.
fn passing(db: &mut Db, consultation_id: i64, filter: &Filter, ids: Vec<i64>) -> Result<Vec<i64>> {
    let mut query = asked(consultation_id, filter).filter(db.among(submission::id, &ids));
    if let Some(channel) = filter.channel {
        query = query.filter(submission::channel.eq(channel));
    }
    if let Some(state) = filter.state {
        query = query.filter(submission::state.eq(state));
    }
    let passed: std::collections::HashSet<i64> =
        query.select(submission::id).load::<i64>(db)?.into_iter().collect();
    Ok(ids.into_iter().filter(|id| passed.contains(id)).collect())
}

/// How many of what a filter asks for, its state apart, stand in each state. Not for words: those are counted by
/// [`count_of_words`].
pub fn by_state(db: &mut Db, consultation_id: i64, filter: &Filter) -> Result<Vec<(State, i64)>> {
    if filter.unchecked {
        // few, and counted here: grouping would lead SQLite to the index of all states
        let mut counts: BTreeMap<State, i64> = BTreeMap::new();
        let mut query = asked(consultation_id, filter).select(submission::state);
        if let Some(channel) = filter.channel {
            query = query.filter(submission::channel.eq(channel));
        }
        for state in query.load::<State>(db)? {
            *counts.entry(state).or_default() += 1;
        }
        return Ok(counts.into_iter().collect());
    }
    let mut query = submission::table
        .filter(submission::consultation_id.eq(consultation_id))
        .group_by(submission::state)
        .select((submission::state, count_star()))
        .into_boxed();
    if let Some(channel) = filter.channel {
        query = query.filter(submission::channel.eq(channel));
    }
    if let Some(day) = filter.day {
        query = query.filter(submission::received_on.eq(day));
    }
    if filter.files {
        let with = attachment::table.filter(attachment::submission_id.is_not_null());
        query = query.filter(submission::id.nullable().eq_any(with.select(attachment::submission_id)));
    }
    Ok(query.load(db)?)
}

/// How many of the newest [`COUNTED`] that hold the words pass the filter, and whether there are no more that hold them.
pub fn count_of_words(db: &mut Db, consultation_id: i64, filter: &Filter) -> Result<(i64, bool)> {
    let mut ids = search::ids(db, consultation_id, &filter.q, Walk::Down(None), COUNTED + 1)?;
    let all = usize::try_from(COUNTED).unwrap_or(usize::MAX);
    let exact = ids.len() <= all;
    ids.truncate(all);
    let passed = passing(db, consultation_id, filter, ids)?;
    Ok((i64::try_from(passed.len()).unwrap_or(i64::MAX), exact))
}

/// The submissions of these ids, in the given order.
pub fn rows(db: &mut Db, ids: &[i64]) -> Result<Vec<Submission>> {
    let query = submission::table.filter(db.among(submission::id, ids)).select(Submission::as_select());
    let mut rows: Vec<Submission> = query.load(db)?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows)
}

/// Those of some submissions that have a file.
pub fn with_files(db: &mut Db, ids: &[i64]) -> Result<Vec<i64>> {
    let some: Vec<Option<i64>> = ids.iter().copied().map(Some).collect();
    Ok(attachment::table
        .filter(attachment::submission_id.eq_any(some))
        .select(attachment::submission_id)
        .distinct()
        .load::<Option<i64>>(db)?
        .into_iter()
        .flatten()
        .collect())
}
