//! Giving groups an answer, taking it away, writing it; standard phrases.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::store::{self, ActKind};
use super::{at_work, editable, line, readable, runs};
use crate::consultations::consultation::Consultation;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::group::Group;
use crate::opinions::view::{Chapter, NAME_LIMIT, PLACE_LIMIT, TEXT_LIMIT, View, Words};
use crate::people::{May, Viewer};
use crate::text::input::char_count;
use crate::trail::{self, Act, Line, Subject};

/// Groups that can be moved at once.
pub const MOST_AT_ONCE: usize = 500;

/// For how long an open page counts as somebody at work in it.
const AT_WORK: Duration = Duration::minutes(10);

/// Writing again within this time leaves no new line in the trail: a text saved every few seconds is one act.
const ONE_SITTING: Duration = Duration::minutes(10);

/// The living groups chosen, all of one consultation.
fn chosen(db: &mut Db, consultation_id: i64, ids: &[i64]) -> Result<Vec<Group>> {
    if ids.is_empty() {
        return Err(Error::Refused("答える意見に印を付けてから、押してください。".to_owned()));
    }
    if ids.len() > MOST_AT_ONCE {
        return Err(Error::Refused(format!("一度に選べる意見は{MOST_AT_ONCE}件までです。")));
    }
    let groups = store::groups_of(db, ids)?;
    let found: BTreeSet<i64> = groups.iter().map(|g| g.id).collect();
    if ids.iter().any(|id| !found.contains(id)) || groups.iter().any(|g| g.consultation_id != consultation_id)
    {
        return Err(Error::NotFound);
    }
    if groups.iter().any(|g| g.merged_into.is_some()) {
        return Err(Error::Stale(
            "選んだ意見の中に、別の人がほかの意見とまとめたものがあります。".to_owned(),
        ));
    }
    Ok(groups)
}

/// Whether somebody may move these groups: those who run the consultation any, a section those of its chapters.
fn may_move(
    db: &mut Db,
    viewer: &Viewer,
    row: &Consultation,
    groups: &[Group],
    to: Option<&Chapter>,
) -> Result<()> {
    let mut chapters: BTreeSet<i64> = groups.iter().filter_map(|g| g.chapter_id).collect();
    chapters.extend(to.map(|c| c.id));
    for id in &chapters {
        let chapter = store::chapter(db, *id)?;
        if !runs(viewer, row) {
            viewer.may(May::AnswerOpinions(&[chapter.unit_id]))?;
        }
        editable(db, *id)?;
    }
    if !runs(viewer, row) && groups.iter().any(|g| g.chapter_id.is_none()) {
        return Err(Error::NotAllowed(
            "章に入っていない意見を章に入れるのは、意見募集の担当です。".to_owned(),
        ));
    }
    Ok(())
}

/// The one chapter the groups stand in, those in none left aside.
fn one_chapter(groups: &[Group]) -> Result<Option<i64>> {
    let chapters: BTreeSet<i64> = groups.iter().filter_map(|g| g.chapter_id).collect();
    if chapters.len() > 1 {
        return Err(Error::Refused(
            "章の違う意見には、1つの市の考え方をまとめて付けられません。先に同じ章に入れてください。"
                .to_owned(),
        ));
    }
    Ok(chapters.first().copied())
}

/// Gives groups an answer: the one named, or a new and empty one. Gives the view and the act that can be undone.
///
/// # Errors
/// [`Error::Refused`] when the groups stand in several chapters, in none, or in one that is not open to changes.
pub fn attach(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    ids: &[i64],
    view_id: Option<i64>,
) -> Result<(i64, i64)> {
    let groups = chosen(db, consultation_id, ids)?;
    let of_groups = one_chapter(&groups)?;
    let view = match view_id {
        Some(id) => Some(
            Some(store::view(db, id)?)
                .filter(|v| v.consultation_id == consultation_id)
                .filter(|v| v.removed_at.is_none())
                .ok_or_else(|| Error::Refused("その市の考え方は、もうありません。".to_owned()))?,
        ),
        None => None,
    };
    let chapter_id = view.as_ref().map(|v| v.chapter_id).or(of_groups).ok_or_else(|| {
        Error::Refused("章に入っていない意見です。先に「章に入れる」で章を選んでください。".to_owned())
    })?;
    if of_groups.is_some_and(|c| c != chapter_id) {
        return Err(Error::Refused(
            "選んだ意見と市の考え方の章が違います。先に意見を同じ章に入れてください。".to_owned(),
        ));
    }
    let chapter = store::chapter(db, chapter_id)?;
    let row = at_work(db, viewer, consultation_id, &[chapter.unit_id])?;
    may_move(db, viewer, &row, &groups, Some(&chapter))?;
    let view_id = match view {
        Some(view) => view.id,
        None => store::insert_view(db, &chapter, viewer.id, now.into())?,
    };
    let to = (Some(chapter_id), Some(view_id));
    let act = moved(db, viewer, now, (&row, ActKind::Attached), &groups, to)?;
    Ok((view_id, act))
}

/// Takes groups out of their answers.
pub fn detach(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    ids: &[i64],
) -> Result<i64> {
    let groups = chosen(db, consultation_id, ids)?;
    let units = units_of(db, &groups)?;
    let row = at_work(db, viewer, consultation_id, &units)?;
    may_move(db, viewer, &row, &groups, None)?;
    let act = store::insert_act(db, row.id, ActKind::Detached, viewer.id, now.into())?;
    for group in groups.iter().filter(|g| g.view_id.is_some()) {
        store::move_group(db, act, group.id, (group.chapter_id, group.view_id), (group.chapter_id, None))?;
    }
    told(db, viewer, now, &row, ActKind::Detached, act, groups.len())?;
    Ok(act)
}

fn units_of(db: &mut Db, groups: &[Group]) -> Result<Vec<i64>> {
    let mut units = Vec::new();
    for id in groups.iter().filter_map(|g| g.chapter_id).collect::<BTreeSet<_>>() {
        units.push(store::chapter(db, id)?.unit_id);
    }
    Ok(units)
}

/// Puts groups into a chapter by hand; those of another chapter lose the answer they have there, and undoing gives it
/// back.
pub fn place(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    ids: &[i64],
    chapter_id: i64,
) -> Result<i64> {
    let groups = chosen(db, consultation_id, ids)?;
    let chapter = store::chapter(db, chapter_id)?;
    if chapter.consultation_id != consultation_id {
        return Err(Error::NotFound);
    }
    let row = at_work(db, viewer, consultation_id, &[chapter.unit_id])?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    let groups: Vec<Group> = groups.into_iter().filter(|g| g.chapter_id != Some(chapter_id)).collect();
    may_move(db, viewer, &row, &groups, Some(&chapter))?;
    moved(db, viewer, now, (&row, ActKind::Placed), &groups, (Some(chapter_id), None))
}

fn moved(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    (row, kind): (&Consultation, ActKind),
    groups: &[Group],
    to: (Option<i64>, Option<i64>),
) -> Result<i64> {
    let act = store::insert_act(db, row.id, kind, viewer.id, now.into())?;
    for group in groups.iter().filter(|g| (g.chapter_id, g.view_id) != to) {
        store::move_group(db, act, group.id, (group.chapter_id, group.view_id), to)?;
    }
    told(db, viewer, now, row, kind, act, groups.len())?;
    Ok(act)
}

fn told(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    row: &Consultation,
    kind: ActKind,
    act: i64,
    groups: usize,
) -> Result<()> {
    let what = match kind {
        ActKind::Attached => Act::ViewAttached,
        ActKind::Detached => Act::ViewDetached,
        ActKind::Placed => Act::GroupsPlaced,
    };
    let told = line(what, row.id).with(json!({ "groups": groups, "act": act }));
    trail::record(db, &viewer.by(), now, &told)
}

/// Undoes an act as far as its groups still stand where it put them; gives how many went back and how many did not.
///
/// # Errors
/// [`Error::Stale`] when it was undone already; [`Error::Refused`] when a chapter it reached is not open to changes.
pub fn undo(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, act_id: i64) -> Result<(i64, usize, usize)> {
    let act = store::act(db, act_id)?;
    let (chapters, all) = store::act_reach(db, act_id)?;
    let mut units = Vec::new();
    for id in &chapters {
        units.push(store::chapter(db, *id)?.unit_id);
    }
    let row = at_work(db, viewer, act.consultation_id, &units)?;
    if act.undone_at.is_some() {
        return Err(Error::Stale("この操作は、もう元に戻されています。".to_owned()));
    }
    if !runs(viewer, &row) {
        for unit in &units {
            viewer.may(May::AnswerOpinions(&[*unit]))?;
        }
    }
    for id in &chapters {
        editable(db, *id)?;
    }
    let back = store::undo(db, act_id, now.into())?;
    let told = line(Act::AnswerActUndone, row.id).with(json!({ "act": act_id, "groups": back }));
    trail::record(db, &viewer.by(), now, &told)?;
    let all = usize::try_from(all).unwrap_or(0);
    Ok((row.id, back, all.saturating_sub(back)))
}

/// A view as its page shows it.
#[derive(Clone, Debug)]
pub struct Editing {
    /// The view.
    pub view: View,
    /// Its chapter.
    pub chapter: Chapter,
    /// Whose.
    pub row: Consultation,
    /// Why it cannot be changed now; none when it can.
    pub closed: Option<String>,
    /// The viewer may write in it.
    pub may_write: bool,
    /// Who else has it open.
    pub others: Vec<String>,
}

/// Opens a view for reading or writing, and notes who has it open.
///
/// # Errors
/// [`Error::NotFound`] to those who may not read it.
pub fn open(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, view_id: i64) -> Result<Editing> {
    let view = store::view(db, view_id)?;
    let row = readable(db, viewer, view.consultation_id)?;
    let chapter = store::chapter(db, view.chapter_id)?;
    let may_write = runs(viewer, &row) || viewer.can(May::AnswerOpinions(&units_for(&view, &chapter)));
    let closed = match at_work(db, viewer, row.id, &units_for(&view, &chapter))
        .and_then(|_| editable(db, chapter.id))
    {
        Err(Error::Refused(why)) => Some(why),
        _ if view.removed_at.is_some() => Some("この市の考え方は取り除かれています。".to_owned()),
        _ => None,
    };
    if may_write && closed.is_none() {
        store::note_editor(db, view_id, viewer.id, now.into())?;
    }
    let others = store::editors(db, &[view_id], viewer.id, (now - AT_WORK).into())?;
    let others = others.into_iter().map(|(_, name)| name).collect();
    Ok(Editing { view, chapter, row, closed, may_write, others })
}

/// Whose a view is: its own section's where one is named, and the chapter's.
fn units_for(view: &View, chapter: &Chapter) -> Vec<i64> {
    view.unit_id.into_iter().chain([chapter.unit_id]).collect()
}

/// Since when an open page counts as somebody at work in it.
pub fn at_work_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - AT_WORK
}

/// Writes words into a view; what it lacks is told elsewhere, half a text is kept all the same. `seen` is the version the
/// page showed. Gives the view as it is then.
///
/// # Errors
/// [`Error::Stale`] when somebody else wrote other words meanwhile; [`Error::Refused`] past a limit, and in a chapter
/// that is not open to changes.
pub fn save(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    view_id: i64,
    seen: i64,
    words: &Words,
) -> Result<View> {
    let view = store::view(db, view_id)?;
    let chapter = store::chapter(db, view.chapter_id)?;
    let row = at_work(db, viewer, view.consultation_id, &units_for(&view, &chapter))?;
    if view.words() == *words && view.removed_at.is_none() {
        return Ok(view);
    }
    editable(db, chapter.id)?;
    for (what, text, most) in [
        ("市の考え方", &words.body, TEXT_LIMIT),
        ("理由", &words.reason, TEXT_LIMIT),
        ("直す前の文章", &words.old_text, TEXT_LIMIT),
        ("直したあとの文章", &words.new_text, TEXT_LIMIT),
        ("案の箇所", &words.changed_place, PLACE_LIMIT),
    ] {
        if char_count(text) > most {
            return Err(Error::Refused(format!("{what}は{most}字までにしてください。")));
        }
    }
    let after = store::write_view(db, &View { version: seen, ..view.clone() }, words, viewer.id, now.into())?;
    store::note_editor(db, view_id, viewer.id, now.into())?;
    let goes_on =
        view.author_id == Some(viewer.id) && view.version > 1 && now - view.updated_at.utc() < ONE_SITTING;
    if !goes_on {
        let told = line(Act::ViewWritten, row.id).with(json!({ "chapter": chapter.id, "view": view_id }));
        trail::record(db, &viewer.by(), now, &told)?;
    }
    Ok(after)
}

/// Takes out a view that answers nothing any more.
///
/// # Errors
/// [`Error::Refused`] while a group stands under it.
pub fn remove(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, view_id: i64) -> Result<i64> {
    let view = store::view(db, view_id)?;
    let chapter = store::chapter(db, view.chapter_id)?;
    let row = at_work(db, viewer, view.consultation_id, &units_for(&view, &chapter))?;
    editable(db, chapter.id)?;
    if store::groups_under(db, view_id)? > 0 {
        return Err(Error::Refused(
            "意見に付いている市の考え方は取り除けません。先に意見を外してください。".to_owned(),
        ));
    }
    store::remove_view(db, view_id, now.into())?;
    let told = line(Act::ViewRemoved, row.id).with(json!({ "chapter": chapter.id, "view": view_id }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(row.id)
}

/// Adds a standard phrase, or changes the one with the number and version given.
pub fn write_phrase(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    own: Option<(i64, i64)>,
    name: &str,
    body: &str,
) -> Result<()> {
    viewer.may(May::RunConsultation(None))?;
    if name.is_empty() || body.is_empty() {
        return Err(Error::Refused("定型文の名前と文章を入力してください。".to_owned()));
    }
    if char_count(name) > NAME_LIMIT || char_count(body) > TEXT_LIMIT {
        return Err(Error::Refused(format!(
            "名前は{NAME_LIMIT}字、文章は{TEXT_LIMIT}字までにしてください。"
        )));
    }
    let id = match own {
        Some((id, seen)) => {
            store::change_phrase(db, id, seen, Some((name, body)), now.into())?;
            id
        }
        None => store::insert_phrase(db, name, body)?,
    };
    phrase_told(db, viewer, now, id)
}

/// Takes a standard phrase out.
pub fn remove_phrase(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, seen: i64) -> Result<()> {
    viewer.may(May::RunConsultation(None))?;
    store::change_phrase(db, id, seen, None, now.into())?;
    phrase_told(db, viewer, now, id)
}

fn phrase_told(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64) -> Result<()> {
    let told = Line::new(Act::PhraseChanged, Subject::System, "phrases").with(json!({ "phrase": id }));
    trail::record(db, &viewer.by(), now, &told)
}
