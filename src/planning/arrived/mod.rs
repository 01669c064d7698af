//! The list of opinions that came in (届いた意見), with its filters.

pub mod filter;
pub mod handlers;
mod store;
mod views;

use crate::consultations::submission::{State, Submission};
use crate::db::Db;
use crate::error::Result;
use filter::{Filter, From};

/// Submissions on one page.
const PAGE: i64 = 50;

/// A row of the list, and whether a file came with it.
type Row = (Submission, bool);

/// One page of the list.
struct Listed {
    rows: Vec<Row>,
    /// How many stand in each state, the state asked for apart; none while words are looked for.
    states: Option<Vec<(State, i64)>>,
    /// How many the whole list has.
    all: i64,
    /// Whether that is all of them.
    exact: bool,
    /// The place before this page, if something stands there.
    back: Option<From>,
    /// The place after this page, if something stands there.
    on: Option<From>,
}

fn list(db: &mut Db, consultation_id: i64, filter: &Filter, from: From) -> Result<Listed> {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let mut from = from;
    let mut ids = store::ids(db, consultation_id, filter, from, PAGE + 1)?;
    if matches!(from, From::Before(_)) && ids.len() <= page {
        // the way back has reached the top: show a whole first page
        from = From::Top;
        ids = store::ids(db, consultation_id, filter, from, PAGE + 1)?;
    }
    let more = ids.len() > page;
    ids.truncate(page);
    if matches!(from, From::Before(_)) {
        ids.reverse();
    }
    let (first, last) = (ids.first().map(|id| From::Before(*id)), ids.last().map(|id| From::After(*id)));
    let (back, on) = match from {
        From::Top => (None, last.filter(|_| more)),
        From::After(id) => (first.or(Some(From::Before(id - 1))), last.filter(|_| more)),
        From::Before(_) => (first, last),
    };
    let with_files = store::with_files(db, &ids)?;
    let rows = store::rows(db, &ids)?;
    let (states, all, exact) = if filter.q.is_empty() {
        let states = store::by_state(db, consultation_id, filter)?;
        let asked = |state: State| filter.state.is_none_or(|wanted| wanted == state);
        let all = states.iter().filter(|(state, _)| asked(*state)).map(|(_, n)| n).sum();
        (Some(states), all, true)
    } else {
        let (all, exact) = store::count_of_words(db, consultation_id, filter)?;
        (None, all, exact)
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let has_file = with_files.contains(&row.id);
            (row, has_file)
        })
        .collect();
    Ok(Listed { rows, states, all, exact, back, on })
}

/// The submission that came before one and the one that came after it, of those a filter asks for.
pub(super) fn around(
    db: &mut Db,
    consultation_id: i64,
    filter: &Filter,
    id: i64,
) -> Result<(Option<i64>, Option<i64>)> {
    let older = store::ids(db, consultation_id, filter, From::After(id), 1)?;
    let newer = store::ids(db, consultation_id, filter, From::Before(id), 1)?;
    Ok((older.first().copied(), newer.first().copied()))
}
