//! The way back of an act.

use chrono::{DateTime, Utc};

use super::{Doing, sortable};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::act::{Act, Done, Kind, Since};
use crate::opinions::{answers, store};
use crate::people::Viewer;

/// How an act stands: whether it can be taken back, and who moved its items since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its items.
    pub items: i64,
    /// Those that somebody moved on.
    pub moved_on: i64,
    /// Who did.
    pub since: Vec<Since>,
}

/// How an act stands.
pub fn standing(db: &mut Db, act: &Act) -> Result<Standing> {
    let (items, moved_on) = store::moved_since(db, act.id)?;
    let since = if moved_on > 0 { store::since(db, act.id)? } else { Vec::new() };
    Ok(Standing { items, moved_on, since })
}

fn told(since: &[Since]) -> String {
    since.iter().map(Since::words).collect::<Vec<_>>().join("、")
}

/// Takes an act back, any one and not only the last, as far as its items still stand where it put them; `what_stands` says
/// that those that were moved on since may stay where they are.
///
/// # Errors
/// [`Error::Refused`] with who moved its items since, or what it was about; also for what follows a submission's state.
pub fn undo(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    act_id: i64,
    what_stands: bool,
) -> Result<Done> {
    let act = store::act(db, act_id)?;
    sortable(db, viewer, act.consultation_id)?;
    if !act.kind.is_undoable() {
        return Err(Error::Refused(
            "これは提出の扱いに合わせたものです。提出の扱いを戻すと、ひとりでに戻ります。".to_owned(),
        ));
    }
    if act.undone_by.is_some() {
        return Err(Error::Refused("この操作は、もう取り消されています。".to_owned()));
    }
    let state = standing(db, &act)?;
    if state.moved_on > 0 && !(what_stands && act.kind.is_divisible() && state.moved_on < state.items) {
        return Err(Error::Refused(format!(
            "{}件のうち{}件が、そのあとに動いています。{}。",
            state.items,
            state.moved_on,
            told(&state.since)
        )));
    }
    let doing = Doing::begin(db, viewer, now, act.consultation_id, Kind::Undo, Some(act_id))?;
    let back = store::note_way_back(db, doing.act, act_id)?;
    let changed = store::note_change_back(db, doing.act, act_id)?;
    // a dismissal moves nothing: its rows hold while it is not taken back
    if back == 0 && changed == 0 && first_of(db, &act)? != Kind::Dismiss {
        let since = store::changed_since(db, act_id)?;
        let why = if since.is_empty() { "戻すものがありません".to_owned() } else { told(&since) };
        return Err(Error::Refused(format!("そのあとに変わっているので、取り消せません。{why}。")));
    }
    if let Some(group) = store::in_the_way(db, doing.act)? {
        return Err(Error::Refused(format!(
            "まとまり{group}が、そのあとに別のまとまりに入ったか、ほかの項目を持っています。先にその操作を取り消してください。"
        )));
    }
    for chapter in store::chapters_touched(db, doing.act)? {
        answers::editable(db, chapter)?;
    }
    store::carry_out(db, doing.act, now.into())?;
    mark(db, &act, doing.act)?;
    doing.end(db, back, act.group_id, act.submission_id)
}

/// What was done first, before it was taken back and that again.
fn first_of(db: &mut Db, act: &Act) -> Result<Kind> {
    let mut at = act.clone();
    while let (Kind::Undo, Some(before)) = (at.kind, at.undoes) {
        at = store::act(db, before)?;
    }
    Ok(at.kind)
}

/// Marks an act as taken back; what it had itself taken back stands again, and so on down to the first.
fn mark(db: &mut Db, act: &Act, by: i64) -> Result<()> {
    let (mut at, mut by) = (act.clone(), Some(by));
    loop {
        store::mark_undone(db, at.id, by)?;
        let (Kind::Undo, Some(before)) = (at.kind, at.undoes) else { return Ok(()) };
        by = if by.is_some() { None } else { Some(at.id) };
        at = store::act(db, before)?;
    }
}
