//! Sorting: items move between groups, and every act can be taken back. Long because each act is a verb of its own and all
//! share how they begin and end.
//!
//! An act writes down where its items were and where they go, and is carried out from there; taking back is an act of the
//! same kind the other way round. A group into which somebody looked is settled: the machine joins nothing to it but
//! texts equal to one of its own.

mod cut;
mod dismiss;
mod undo;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::act::{Chosen, Done, Kind, Seen};
use super::answers;
use super::group::Group;
use super::item::{FEW_CHARS, Sameness, Withheld};
use super::store::{self, GroupChange, Put, Which};
use crate::consultations;
use crate::consultations::consultation::{Consultation, Event, EventKind, Phase, State};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::{May, Viewer};
use crate::trail::{self, Line, Subject};
pub use cut::{Cut, MOST_CUTS, cuts_seen, recut};
pub use dismiss::dismiss;
pub use undo::{Standing, standing, undo};

/// The longest gist, in characters.
pub const GIST_LIMIT: usize = 2_000;

/// The longest reason in words for withholding.
pub const NOTE_LIMIT: usize = 300;

/// A place in a paper: paper and code of the paragraph.
pub type Place<'a> = Option<(i64, &'a str)>;

const STALE: &str =
    "画面を開いたあとに、選んだもののいくつかが動きました。いまの並びを見て、もう一度選んでください。";

/// A consultation whose opinions this viewer may sort.
fn sortable(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<Consultation> {
    let row = consultations::store::consultation(db, consultation_id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if !row.state.is_public() || matches!(row.state, State::Cancelled | State::Archived) {
        return Err(Error::Refused(format!("いまは「{}」なので、意見を整理できません。", row.state.label())));
    }
    Ok(row)
}

/// Begins the sorting of a consultation whose period is over.
///
/// # Errors
/// [`Error::Refused`] while it is open, and once the work went on; [`Error::NotAllowed`] to those who do not run it.
pub fn begin(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64) -> Result<()> {
    let row = consultations::store::consultation(db, consultation_id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if row.state != State::Announced || consultations::period(db, &row)?.phase(now) != Phase::Closed {
        return Err(Error::Refused(
            "意見の整理は、募集が終わってから始めます。それまでも、届いた意見のまとまりは見られます。"
                .to_owned(),
        ));
    }
    let extends = |e: &Event| e.kind == EventKind::Extension && e.published_at.is_none();
    if consultations::store::events(db, consultation_id)?.iter().any(extends) {
        return Err(Error::Refused(
            "募集期間の延長が決裁中です。公表されるか、取りやめになってから、意見の整理を始めてください。"
                .to_owned(),
        ));
    }
    let change = consultations::store::Change {
        state: Some(State::Sorting),
        ..consultations::store::Change::default()
    };
    consultations::store::change(db, &row, &change)?;
    let line = Line::new(trail::Act::SortingStarted, Subject::Consultation, consultation_id);
    trail::record(db, &viewer.by(), now, &line)
}

/// The living groups of these, as the page showed them.
fn groups_seen(db: &mut Db, consultation_id: i64, seen: &[Seen]) -> Result<Vec<Group>> {
    let ids: Vec<i64> = seen.iter().map(|s| s.id).collect();
    if ids.is_empty() {
        return Err(Error::Refused("まとまりを選んでください。".to_owned()));
    }
    let groups = store::groups_of(db, consultation_id, &ids)?;
    let versions: HashMap<i64, i64> = seen.iter().map(|s| (s.id, s.version)).collect();
    let same =
        groups.len() == versions.len() && groups.iter().all(|g| versions.get(&g.id) == Some(&g.version));
    if same { Ok(groups) } else { Err(Error::Stale(STALE.to_owned())) }
}

/// The standing items of these, as the page showed them: their ids, and the groups they are in.
fn items_seen(db: &mut Db, consultation_id: i64, seen: &[Seen]) -> Result<(Vec<i64>, Vec<i64>)> {
    let ids: Vec<i64> = seen.iter().map(|s| s.id).collect();
    if ids.is_empty() {
        return Err(Error::Refused("項目を選んでください。".to_owned()));
    }
    let rows = store::stands(db, consultation_id, &ids)?;
    let versions: HashMap<i64, i64> = seen.iter().map(|s| (s.id, s.version)).collect();
    if rows.len() != versions.len() || rows.iter().any(|(id, version, _)| versions.get(id) != Some(version)) {
        return Err(Error::Stale(STALE.to_owned()));
    }
    let mut groups: Vec<i64> = rows.iter().filter_map(|row| row.2).collect();
    groups.sort_unstable();
    groups.dedup();
    Ok((rows.into_iter().map(|row| row.0).collect(), groups))
}

/// Refuses what would change a chapter that is before its approvers or approved.
fn editable(db: &mut Db, groups: &[Group]) -> Result<()> {
    let mut chapters: Vec<i64> = groups.iter().filter_map(|g| g.chapter_id).collect();
    chapters.sort_unstable();
    chapters.dedup();
    chapters.into_iter().try_for_each(|chapter| answers::editable(db, chapter))
}

/// What an act is done to, looked up: which items, and the groups they stand in.
struct Taken {
    items: Vec<i64>,
    whole: Vec<i64>,
    groups: Vec<Group>,
}

impl Taken {
    fn which(&self) -> Which<'_> {
        if self.whole.is_empty() { Which::Items(&self.items) } else { Which::Groups(&self.whole) }
    }
}

fn taken(db: &mut Db, consultation_id: i64, chosen: Chosen<'_>) -> Result<Taken> {
    let taken = match chosen {
        Chosen::Items(seen) => {
            let (items, groups) = items_seen(db, consultation_id, seen)?;
            Taken { items, whole: Vec::new(), groups: store::groups_of(db, consultation_id, &groups)? }
        }
        Chosen::Groups(seen) => {
            let groups = groups_seen(db, consultation_id, seen)?;
            Taken { items: Vec::new(), whole: groups.iter().map(|g| g.id).collect(), groups }
        }
    };
    editable(db, &taken.groups)?;
    Ok(taken)
}

/// An act that begins: everything it does hangs on its number.
struct Doing<'a> {
    viewer: &'a Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    kind: Kind,
    act: i64,
}

impl<'a> Doing<'a> {
    fn begin(
        db: &mut Db,
        viewer: &'a Viewer,
        now: DateTime<Utc>,
        consultation_id: i64,
        kind: Kind,
        undoes: Option<i64>,
    ) -> Result<Doing<'a>> {
        let act = store::insert_act(db, consultation_id, kind, Some(viewer.id), now.into(), undoes)?;
        Ok(Doing { viewer, now, consultation_id, kind, act })
    }

    /// Leaves the act's lines and says what came of it.
    fn end(&self, db: &mut Db, items: i64, group: Option<i64>, submission: Option<i64>) -> Result<Done> {
        store::finish_act(db, self.act, items, group, submission)?;
        let line =
            Line::new(trail::Act::OpinionsSorted, Subject::Consultation, self.consultation_id).with(json!({
                "kind": self.kind, "act": self.act, "items": items, "group": group, "submission": submission,
            }));
        trail::record(db, &self.viewer.by(), self.now, &line)?;
        Ok(Done { act: self.act, items, group })
    }
}

/// Puts several groups into one: `into`, or the one with an answer, a gist or the most items. Gist, chapter and place that
/// it lacks it takes over.
///
/// # Errors
/// [`Error::Refused`] for fewer than two groups, for groups with different answers, and once a chapter of theirs is before
/// its approvers; [`Error::Stale`] when the page no longer shows how they are.
pub fn merge(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
    into: Option<i64>,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    let groups = groups_seen(db, consultation_id, seen)?;
    if groups.len() < 2 {
        return Err(Error::Refused("まとめるには、まとまりを2つ以上選んでください。".to_owned()));
    }
    editable(db, &groups)?;
    let mut views: Vec<i64> = groups.iter().filter_map(|g| g.view_id).collect();
    views.sort_unstable();
    views.dedup();
    if views.len() > 1 {
        return Err(Error::Refused(
            "別々の市の考え方が付いたまとまりです。回答の表で片方の回答を外してから、まとめてください。"
                .to_owned(),
        ));
    }
    let ids: Vec<i64> = groups.iter().map(|g| g.id).collect();
    let sizes: HashMap<i64, i64> = store::sizes(db, &ids)?.into_iter().collect();
    let best = groups.iter().max_by_key(|g| {
        let size = sizes.get(&g.id).copied().unwrap_or(0);
        (g.view_id.is_some(), !g.gist.is_empty(), size, std::cmp::Reverse(g.id))
    });
    let target = groups.iter().find(|g| Some(g.id) == into).or(best).ok_or(Error::NotFound)?;
    if target.view_id.is_none() && !views.is_empty() {
        return Err(Error::Refused("市の考え方が付いたまとまりのほうへ、まとめてください。".to_owned()));
    }
    let others: Vec<i64> = ids.iter().copied().filter(|id| *id != target.id).collect();
    let first = |of: &dyn Fn(&Group) -> bool| groups.iter().find(|g| of(g));
    let gist =
        if target.gist.is_empty() { first(&|g| !g.gist.is_empty()).map(|g| g.gist.as_str()) } else { None };
    let chapter = match target.chapter_id {
        None => first(&|g| g.chapter_id.is_some()).map(|g| g.chapter_id),
        Some(_) => None,
    };
    let place = match target.paper_id {
        None => first(&|g| g.paper_id.is_some()).map(|g| g.paper_id.zip(g.paragraph.as_deref())),
        Some(_) => None,
    };
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Merge, None)?;
    let moved = store::note_moves(db, doing.act, Which::Groups(&others), Put::Into(target.id))?;
    let gone = GroupChange { merged: Some(Some(target.id)), ..GroupChange::default() };
    store::note_changes(db, doing.act, &others, &gone)?;
    let kept = GroupChange { settled: Some(true), gist, chapter, place, ..GroupChange::default() };
    store::note_changes(db, doing.act, &[target.id], &kept)?;
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, Some(target.id), None)
}

/// Takes items out of their groups into a new one.
///
/// # Errors
/// As for [`merge`].
pub fn split(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    let taken = taken(db, consultation_id, Chosen::Items(seen))?;
    let first = store::item(db, taken.items.first().copied().unwrap_or_default())?;
    let place = first.paper_id.zip(first.paragraph.as_deref());
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Split, None)?;
    let group = store::insert_group(db, consultation_id, place, Some(viewer.id), now.into())?;
    let moved = store::note_moves(db, doing.act, taken.which(), Put::Into(group))?;
    note_settled(db, &doing, &taken.groups)?;
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, Some(group), None)
}

/// A person looked into these groups.
fn note_settled(db: &mut Db, doing: &Doing<'_>, groups: &[Group]) -> Result<()> {
    let unsettled: Vec<i64> = groups.iter().filter(|g| !g.settled).map(|g| g.id).collect();
    let change = GroupChange { settled: Some(true), ..GroupChange::default() };
    store::note_changes(db, doing.act, &unsettled, &change)
}

/// Moves items into another group. Withheld ones are brought back by it.
///
/// # Errors
/// As for [`merge`]; [`Error::Refused`] when there is no such group.
pub fn shift(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
    to: i64,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    let taken = taken(db, consultation_id, Chosen::Items(seen))?;
    let target = store::groups_of(db, consultation_id, &[to])?;
    editable(db, &target)?;
    let Some(target) = target.first() else {
        return Err(Error::Refused(format!("まとまり{to}はありません。番号を確かめてください。")));
    };
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Move, None)?;
    let moved = store::note_moves(db, doing.act, taken.which(), Put::Into(target.id))?;
    note_settled(db, &doing, std::slice::from_ref(target))?;
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, Some(target.id), None)
}

/// Keeps items from publication, for a reason that is published with their number.
///
/// # Errors
/// As for [`merge`]; [`Error::Refused`] for 「その他」 without a word.
pub fn withhold(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    chosen: Chosen<'_>,
    reason: Withheld,
    note: &str,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    if reason == Withheld::Other && note.trim().is_empty() {
        return Err(Error::Refused(
            "「その他」のときは、理由を言葉で書いてください。結果とともに公表されます。".to_owned(),
        ));
    }
    if note.chars().count() > NOTE_LIMIT {
        return Err(Error::Refused(format!("理由は{NOTE_LIMIT}字までにしてください。")));
    }
    let taken = taken(db, consultation_id, chosen)?;
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Withhold, None)?;
    let moved = store::note_moves(db, doing.act, taken.which(), Put::Withheld(reason, note.trim()))?;
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, taken.groups.first().map(|g| g.id), None)
}

/// Brings withheld items back: into the group each was in, into that of a text equal to it, or into a new one.
///
/// # Errors
/// As for [`merge`].
pub fn bring_back(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    let (items, _) = items_seen(db, consultation_id, seen)?;
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::BringBack, None)?;
    let mut ways: HashMap<i64, Vec<i64>> = HashMap::new();
    let mut fresh: HashMap<Sameness, i64> = HashMap::new();
    for id in items {
        let found = store::item(db, id)?;
        if found.group_id.is_some() {
            continue;
        }
        let group = match store::group_before(db, id)? {
            Some(group) => group,
            None => {
                let length = found.end_char - found.start_char;
                let same = sameness(db, found.submission_id, &found.text_key, length)?;
                match fresh.get(&same) {
                    Some(group) => *group,
                    None => {
                        let place = found.paper_id.zip(found.paragraph.as_deref());
                        let group = home_of(db, now, consultation_id, &same, place, Some(viewer.id))?;
                        fresh.insert(same, group);
                        group
                    }
                }
            }
        };
        ways.entry(group).or_default().push(id);
    }
    let targets: Vec<i64> = ways.keys().copied().collect();
    let homes = store::groups_of(db, consultation_id, &targets)?;
    editable(db, &homes)?;
    let mut moved = 0;
    for (group, ids) in &ways {
        moved += store::note_moves(db, doing.act, Which::Items(ids), Put::Into(*group))?;
    }
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, targets.first().copied(), None)
}

/// By what words of a submission are known to be those of another.
pub(super) fn sameness(db: &mut Db, submission_id: i64, text_key: &str, length: i64) -> Result<Sameness> {
    let files = if length < FEW_CHARS { Some(store::files_of(db, submission_id)?) } else { None };
    Ok(Sameness { text_key: text_key.to_owned(), files })
}

/// Where a text belongs by itself: with those equal to it after L1, unless their chapter is before its approvers; else
/// alone.
pub(super) fn home_of(
    db: &mut Db,
    now: DateTime<Utc>,
    consultation_id: i64,
    same: &Sameness,
    place: Place<'_>,
    by: Option<i64>,
) -> Result<i64> {
    for (id, chapter) in store::groups_of_text(db, consultation_id, same)? {
        match chapter.map(|chapter| answers::editable(db, chapter)) {
            Some(Err(Error::Refused(_))) => {}
            Some(Err(other)) => return Err(other),
            Some(Ok(())) | None => return Ok(id),
        }
    }
    store::insert_group(db, consultation_id, place, by, now.into())
}

/// Says where in the draft items belong, or groups with those of their items that their writers put nowhere else.
///
/// # Errors
/// As for [`merge`]; [`Error::Refused`] when the papers have no such paragraph.
pub fn tie(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    chosen: Chosen<'_>,
    place: Place<'_>,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    if let Some((paper, code)) = place
        && !store::is_place(db, consultation_id, paper, code)?
    {
        return Err(Error::Refused("その段落は、この案にありません。".to_owned()));
    }
    let taken = taken(db, consultation_id, chosen)?;
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Tie, None)?;
    let mut moved = 0;
    if taken.whole.is_empty() {
        moved += store::note_moves(db, doing.act, taken.which(), Put::Place(place, None))?;
    } else {
        for group in &taken.groups {
            let former = group.paper_id.zip(group.paragraph.as_deref());
            let put = Put::Place(place, Some(former));
            moved += store::note_moves(db, doing.act, Which::Groups(&[group.id]), put)?;
        }
        let change = GroupChange { place: Some(place), ..GroupChange::default() };
        store::note_changes(db, doing.act, &taken.whole, &change)?;
    }
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, moved, taken.groups.first().map(|g| g.id), None)
}

/// Writes the gist of a group, as it will be published.
///
/// # Errors
/// As for [`merge`]; [`Error::Refused`] past [`GIST_LIMIT`].
pub fn write_gist(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: Seen,
    gist: &str,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    if gist.chars().count() > GIST_LIMIT {
        return Err(Error::Refused(format!("要旨は{GIST_LIMIT}字までにしてください。")));
    }
    let change = GroupChange { gist: Some(gist.trim()), settled: Some(true), ..GroupChange::default() };
    change_seen(db, viewer, now, consultation_id, &[seen], Kind::Gist, &change)
}

/// Says that somebody looked into these groups.
///
/// # Errors
/// As for [`merge`].
pub fn settle(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
) -> Result<Done> {
    let change = GroupChange { settled: Some(true), ..GroupChange::default() };
    sortable(db, viewer, consultation_id)?;
    change_seen(db, viewer, now, consultation_id, seen, Kind::Settle, &change)
}

/// Puts groups into a chapter of the answers, or into none.
///
/// # Errors
/// As for [`merge`]; [`Error::Refused`] for a group that has an answer, which stands in its chapter.
pub fn put_into_chapter(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
    chapter: Option<i64>,
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    if let Some(chapter) = chapter {
        if !store::chapters(db, consultation_id)?.iter().any(|c| c.id == chapter) {
            return Err(Error::Refused("その章はありません。".to_owned()));
        }
        answers::editable(db, chapter)?;
    }
    let groups = groups_seen(db, consultation_id, seen)?;
    if groups.iter().any(|g| g.view_id.is_some() && g.chapter_id != chapter) {
        return Err(Error::Refused(
            "市の考え方が付いたまとまりがあります。回答の表で回答を外してから、章を移してください。"
                .to_owned(),
        ));
    }
    let change = GroupChange { chapter: Some(chapter), settled: Some(true), ..GroupChange::default() };
    change_seen(db, viewer, now, consultation_id, seen, Kind::Chapter, &change)
}

fn change_seen(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    seen: &[Seen],
    kind: Kind,
    change: &GroupChange<'_>,
) -> Result<Done> {
    let groups = groups_seen(db, consultation_id, seen)?;
    editable(db, &groups)?;
    let ids: Vec<i64> = groups.iter().map(|g| g.id).collect();
    let doing = Doing::begin(db, viewer, now, consultation_id, kind, None)?;
    store::note_changes(db, doing.act, &ids, change)?;
    store::carry_out(db, doing.act, now.into())?;
    doing.end(db, 0, ids.first().copied(), None)
}
