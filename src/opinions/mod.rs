//! What the submissions of a consultation say: items cut from them, groups of the same purport, the city's views.
//!
//! Every item that counts is in exactly one group, or withheld with a reason: from the moment its submission is cut. The
//! machine puts texts together that are equal (L0, L1) and nothing else; everything fuzzier is a person's act. Few words beside
//! a file are equal only with the same file: the opinion may stand in it (decision 36).

pub mod act;
pub mod acts;
pub mod alike;
pub mod answers;
pub mod group;
pub mod item;
pub mod result;
pub mod store;
pub mod sums;
pub mod view;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::consultations;
use crate::db::Db;
use crate::error::Result;
use crate::text::{l0, l1};
use act::Kind;
use item::counts;
use store::{Put, Which};

/// Follows up to `most` submissions that came or changed: one that counts is cut, an item a point, each into the group of
/// the texts equal to it; the items of one that counts no longer are set aside, and brought back when it counts again.
/// Gives how many were looked at. Nobody waits for it, and doing it twice changes nothing.
pub fn itemise(db: &mut Db, now: DateTime<Utc>, most: i64) -> Result<usize> {
    let waiting = store::uncut(db, most)?;
    let ids: Vec<i64> = waiting.iter().map(|w| w.0).collect();
    let counts_of = store::item_counts(db, &ids)?;
    let mut lenient: HashMap<i64, bool> = HashMap::new();
    for (id, consultation_id, state) in waiting {
        let count_incomplete = match lenient.get(&consultation_id) {
            Some(known) => *known,
            None => {
                let known = consultations::store::consultation(db, consultation_id)?.count_incomplete;
                lenient.insert(consultation_id, known);
                known
            }
        };
        let (standing, all) = counts_of.get(&id).copied().unwrap_or_default();
        match (counts(state, count_incomplete), standing, all) {
            (true, 0, 0) => cut_points(db, now, consultation_id, id)?,
            (true, 0, _) => count_again(db, now, consultation_id, id)?,
            (false, 1.., _) => set_aside(db, now, consultation_id, id)?,
            _ => {}
        }
    }
    for consultation_id in lenient.into_keys() {
        store::texts_came(db, consultation_id)?;
    }
    store::mark_cut(db, &ids, now.into())?;
    Ok(ids.len())
}

/// The items of a submission that no longer counts stand no more.
fn set_aside(db: &mut Db, now: DateTime<Utc>, consultation_id: i64, submission_id: i64) -> Result<()> {
    let items: Vec<i64> = store::items_of(db, submission_id)?.iter().map(|i| i.id).collect();
    let act = store::insert_act(db, consultation_id, Kind::SetAside, None, now.into(), None)?;
    let moved = store::note_moves(db, act, Which::Items(&items), Put::Removed)?;
    store::carry_out(db, act, now.into())?;
    store::finish_act(db, act, moved, None, Some(submission_id))
}

/// What was set aside stands again where it stood, or where its group has gone since.
fn count_again(db: &mut Db, now: DateTime<Utc>, consultation_id: i64, submission_id: i64) -> Result<()> {
    let Some(aside) = store::set_aside(db, submission_id)? else { return Ok(()) };
    let act = store::insert_act(db, consultation_id, Kind::CountAgain, None, now.into(), None)?;
    let moved = store::note_return(db, act, aside)?;
    store::carry_out(db, act, now.into())?;
    store::mark_undone(db, aside, Some(act))?;
    store::finish_act(db, act, moved, None, Some(submission_id))
}

/// An item for each point of a submission that says something.
fn cut_points(db: &mut Db, now: DateTime<Utc>, consultation_id: i64, submission_id: i64) -> Result<()> {
    for (point_no, point) in (1_i64..).zip(consultations::store::points(db, submission_id)?) {
        let text = point.text();
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if length == 0 {
            continue;
        }
        let (exact, key) = (l0(text.as_bytes()).to_string(), l1(&text).to_string());
        let place = point.paragraph.as_ref().map(|(paper, code)| (*paper, code.as_str()));
        let same = acts::sameness(db, submission_id, &key, length)?;
        let group_id = acts::home_of(db, now, consultation_id, &same, place, None)?;
        let new = store::NewItem {
            consultation_id,
            submission_id,
            point_no,
            start_char: 0,
            end_char: length,
            place,
            text_exact: &exact,
            text_key: &key,
            group_id: Some(group_id),
            withheld: None,
            made_by: None,
        };
        store::insert_item(db, &new, now.into())?;
    }
    Ok(())
}

/// Looks for what may never be: sums that do not add up, and items that are not what was cut. `tell` hears each in words;
/// gives how many items there are.
pub fn check(db: &mut Db, after: &mut i64, most: i64, mut tell: impl FnMut(String)) -> Result<usize> {
    if *after == 0 {
        for id in store::with_submissions(db)? {
            for fault in store::sums(db, id)?.faults() {
                tell(format!("意見募集 {id}: {fault}"));
            }
        }
    }
    let rows = store::cuts_after(db, *after, most)?;
    for (item, point) in &rows {
        *after = item.id;
        let text = item.text(point);
        if l0(text.as_bytes()).to_string() != item.text_exact || l1(text).to_string() != item.text_key {
            tell(format!("意見項目 {} が、提出された文章と違います", item.id));
        }
    }
    Ok(rows.len())
}
