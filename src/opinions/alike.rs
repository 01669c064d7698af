//! Suggestions of near copies: sought in the background, decided on by people.
//!
//! The index ([`crate::text::likeness`]) is a function of the set of texts and is made anew for each search; what it found
//! is kept in a table, so that pages read rows and a restart loses nothing but the search under way, which begins
//! again: docs/decisions/0035-suggestions-of-copies.md.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::act::{Done, Seen};
use super::{acts, store};
use crate::consultations;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::{May, Viewer};
use crate::text::likeness::{Index, Sketch};
use crate::text_enum;
use crate::trail::{self, Line, Subject};
use crate::web::App;

text_enum! {
    /// Where a search stands.
    pub enum State {
        Waiting = "waiting" => "始まるのを待っています",
        Running = "running" => "探しています",
        Stopped = "stopped" => "止めました",
        Done = "done" => "探し終わりました",
    }
}

/// Texts compared in one piece of work.
const PIECE: usize = 200;
/// Suggestions written in one piece of work.
const WRITTEN: usize = 500;
/// How long a process may be silent before another takes its search up.
const SILENCE: Duration = Duration::seconds(60);
/// Between two searches of a consultation to which texts keep coming.
const REST: Duration = Duration::minutes(10);

/// A search under way. It lives in the thread of the background work.
struct Search {
    url: String,
    consultation_id: i64,
    holder: String,
    no: i64,
    texts: Vec<store::Distinct>,
    index: Index,
    found: Option<Vec<(String, String)>>,
}

thread_local! {
    static UNDER_WAY: RefCell<Option<Search>> = const { RefCell::new(None) };
}

/// A piece of the search for near copies: takes one up, compares some texts, or writes some of what was found. Gives
/// whether there was anything to do.
pub fn run(app: &App) -> Result<bool> {
    let mut search = UNDER_WAY.with_borrow_mut(Option::take).filter(|s| s.url == app.db.url());
    if search.is_none() {
        search = begin(app)?;
    }
    let Some(search) = search else { return Ok(false) };
    if let Some(search) = go_on(app, search)? {
        UNDER_WAY.with_borrow_mut(|place| *place = Some(search));
    }
    Ok(true)
}

fn begin(app: &App) -> Result<Option<Search>> {
    let now = app.clock.now();
    let Some(consultation_id) =
        app.db.read_now(|db| store::search_to_do(db, now.into(), (now - REST).into()))?
    else {
        return Ok(None);
    };
    let holder = app.clock.id().to_string();
    let held = (now + SILENCE).into();
    let name = holder.clone();
    let no = app.db.write_behind(move |db| store::take_up(db, consultation_id, &name, held))?;
    // what comes from here on marks the search as stale again
    let texts = app.db.read_now(|db| store::distinct_texts(db, consultation_id))?;
    let url = app.db.url().to_owned();
    let search = Search { url, consultation_id, holder, no, texts, index: Index::new(), found: None };
    Ok(came_to(app, &search)?.then_some(search))
}

/// One piece of a search; none when it has ended.
fn go_on(app: &App, mut search: Search) -> Result<Option<Search>> {
    let done = search.index.len();
    if done < search.texts.len() {
        let piece = &search.texts[done..search.texts.len().min(done + PIECE)];
        let firsts: Vec<i64> = piece.iter().map(|t| t.first).collect();
        let words = app.db.read_now(|db| store::texts(db, &firsts))?;
        for text in piece {
            let copies = u32::try_from(text.copies).unwrap_or(u32::MAX);
            search.index.add(Sketch::of(words.get(&text.first).map_or("", String::as_str)), copies);
        }
        if search.index.len() != done + piece.len() {
            return Err(Error::internal("a text's key is not that of its words"));
        }
        return Ok(came_to(app, &search)?.then_some(search));
    }
    let mut found = match search.found.take() {
        Some(found) => found,
        None => pairs(&search),
    };
    if found.is_empty() {
        let (id, no, now) = (search.consultation_id, search.no, app.clock.now());
        let most = i64::try_from(WRITTEN).unwrap_or(i64::MAX);
        app.db.write_behind(move |db| store::finish_search(db, id, &search.holder, no, now.into()))?;
        while app.db.write_behind(move |db| store::forget_old(db, id, no, most))? > 0 {}
        return Ok(None);
    }
    let rest = found.split_off(found.len().min(WRITTEN));
    let (id, no) = (search.consultation_id, search.no);
    app.db.write_behind(move |db| store::insert_suggestions(db, id, no, &found))?;
    search.found = Some(rest);
    Ok(came_to(app, &search)?.then_some(search))
}

/// Says how far it has come; false when somebody stopped it.
fn came_to(app: &App, search: &Search) -> Result<bool> {
    let (id, holder) = (search.consultation_id, search.holder.clone());
    let held = (app.clock.now() + SILENCE).into();
    let long = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let far = (long(search.index.len()), long(search.texts.len()));
    app.db.write_behind(move |db| store::came_to(db, id, &holder, held, far))
}

/// Each text that belongs to another one with the text that stands for both.
fn pairs(search: &Search) -> Vec<(String, String)> {
    let mut families: HashMap<u32, Vec<u32>> = HashMap::new();
    for (text, model) in (0_u32..).zip(search.index.groups()) {
        families.entry(model).or_default().push(text);
    }
    let key = |number: u32| search.texts[number as usize].text_key.clone();
    let mut pairs = Vec::new();
    for texts in families.into_values().filter(|texts| texts.len() > 1) {
        let model = search.index.typical(&texts);
        pairs.extend(texts.into_iter().filter(|text| *text != model).map(|text| (key(text), key(model))));
    }
    pairs
}

fn may_run(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<()> {
    let row = consultations::store::consultation(db, consultation_id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))
}

/// Stops the search, or has it begin again.
///
/// # Errors
/// [`Error::NotAllowed`] to those who do not run the consultation.
pub fn set(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64, go: bool) -> Result<()> {
    may_run(db, viewer, consultation_id)?;
    store::texts_came(db, consultation_id)?;
    store::set_search(db, consultation_id, if go { State::Waiting } else { State::Stopped })?;
    let told = json!({ "kind": if go { "search_started" } else { "search_stopped" } });
    let line = Line::new(trail::Act::OpinionsSorted, Subject::Consultation, consultation_id).with(told);
    trail::record(db, &viewer.by(), now, &line)
}

/// Puts all members of a family into its group: as many as the page said there are.
///
/// # Errors
/// [`Error::Stale`] when there are more or fewer by now; else as for [`acts::merge`].
pub fn accept_all(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    model_group: i64,
    count: i64,
) -> Result<Done> {
    may_run(db, viewer, consultation_id)?;
    let members = store::members(db, consultation_id, model_group, 0, i64::MAX)?;
    if i64::try_from(members.len()).ok() != Some(count) {
        return Err(Error::Stale(
            "画面を開いたあとに、似た意見が増えたか減りました。もう一度見てください。".to_owned(),
        ));
    }
    let mut seen: Vec<Seen> = members.iter().map(|m| Seen { id: m.group_id, version: m.version }).collect();
    let group = store::group(db, model_group)?;
    seen.push(Seen { id: group.id, version: group.version });
    acts::merge(db, viewer, now, consultation_id, &seen, Some(model_group))
}
