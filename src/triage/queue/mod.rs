//! The staff's lists: the queue with its filters and saved views, giving many matters to a section at once, and
//! what waits for one person.

pub mod bulk;
pub mod comment_periods;
mod comment_periods_views;
pub mod filter;
pub mod handlers;
pub mod store;
pub mod views;
pub mod work;
pub mod work_store;
pub mod work_views;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::Viewer;
use crate::trail::{self, Act, Line, Subject};
use filter::{Filter, From, Key, Scope};
use store::{Asker, Count, Row};

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its rows, in the list's order.
    pub rows: Vec<Row>,
    /// How many the whole list has.
    pub count: Count,
    /// The place before this page, if something stands there.
    pub back: Option<From>,
    /// The place after this page, if something stands there.
    pub on: Option<From>,
}

/// The longest name of a saved view, in characters.
pub const VIEW_NAME: usize = 20;

/// The most views a person may save.
pub const VIEWS: usize = 12;

/// Who asks, for the store.
pub fn asker(viewer: &Viewer) -> Asker {
    Asker { id: viewer.id, scope: Scope::of(viewer), today: viewer.today }
}

/// A page of the matters a filter asks for, of those the viewer may know.
pub fn list(db: &mut Db, viewer: &Viewer, filter: &Filter, from: From) -> Result<Listed> {
    let asker = asker(viewer);
    let size = filter.size.rows();
    let mut from = from;
    let newest = store::newest_letters(db, filter)?;
    let newest = newest.as_deref();
    let mut keys = store::keys(db, filter, &asker, from, size + 1, newest)?;
    if matches!(from, From::Before(_)) && keys.len() <= size {
        // the way back has reached the top: show a whole first page
        from = From::Top;
        keys = store::keys(db, filter, &asker, from, size + 1, newest)?;
    }
    let more = keys.len() > size;
    keys.truncate(size);
    if matches!(from, From::Before(_)) {
        keys.reverse();
    }
    let first = keys.first().map(|(_, key)| From::Before(*key));
    let last = keys.last().map(|(_, key)| From::After(*key));
    let (back, on) = match from {
        From::Top => (None, last.filter(|_| more)),
        From::After(key) => (first.or(Some(From::Before(just_past(key)))), last.filter(|_| more)),
        From::Before(_) => (first, last),
    };
    let ids: Vec<i64> = keys.iter().map(|(id, _)| *id).collect();
    let rows = if ids.is_empty() { Vec::new() } else { store::rows(db, &ids)? };
    let count = if from == From::Top && !more {
        // a list of one page counts itself
        Count { rows: i64::try_from(rows.len()).unwrap_or(0), exact: true }
    } else {
        let cap = store::cap(db, filter, &asker.scope)?;
        store::count(db, filter, &asker, cap, newest)?
    };
    Ok(Listed { rows, count, back, on })
}

/// A place from which the way back includes the row of `key` itself.
fn just_past(key: Key) -> Key {
    match key {
        Key::Newest(letter, no) => Key::Newest(letter, no - 1),
        Key::Due(day, id) => Key::Due(day, id + 1),
    }
}

/// Saves a filter under a name; one of the same name is replaced.
///
/// # Errors
/// [`Error::Refused`] with a sentence for a name that is empty or too long, and for one view too many.
pub fn save_view(
    db: &mut Db,
    viewer: &Viewer,
    name: &str,
    filter: &Filter,
    now: DateTime<Utc>,
) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > VIEW_NAME {
        return Err(Error::Refused(format!("表示の名前は1字から{VIEW_NAME}字までで入力してください。")));
    }
    let saved = store::views(db, viewer.id)?;
    if saved.len() >= VIEWS && !saved.iter().any(|v| v.name == name) {
        return Err(Error::Refused(format!(
            "保存できる表示は{VIEWS}件までです。使わないものを消してから保存してください。"
        )));
    }
    store::save_view(db, viewer.id, name, &filter.query(), now.into())?;
    let line = Line::new(Act::ViewSaved, Subject::Staff, viewer.id).with(json!({ "name": name }));
    trail::record(db, &viewer.by(), now, &line)
}

/// Forgets a saved view of the viewer's own.
///
/// # Errors
/// [`Error::NotFound`] when it is not there or somebody else's.
pub fn delete_view(db: &mut Db, viewer: &Viewer, id: i64) -> Result<()> {
    if store::delete_view(db, viewer.id, id)? { Ok(()) } else { Err(Error::NotFound) }
}
