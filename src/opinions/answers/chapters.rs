//! Making, naming, ordering and handing out chapters, and putting groups into them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::store::{self, ActKind, ChapterChange, NewChapter};
use super::{at_work, editable, line, survey};
use crate::consultations::consultation::{Consultation, State};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::view::NAME_LIMIT;
use crate::people::{May, Viewer};
use crate::text::input::char_count;
use crate::trail::{self, Act};

/// What speaks of the draft as a whole, or of nothing in it.
const WHOLE: &str = "全体・その他";

/// A consultation for those who run it: they make the chapters.
fn run(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<Consultation> {
    let row = at_work(db, viewer, consultation_id, &[])?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    Ok(row)
}

/// Goes on from sorting to answering; sorting stays possible.
///
/// # Errors
/// [`Error::Refused`] while nobody began to sort.
pub fn begin(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64) -> Result<()> {
    let row = run(db, viewer, consultation_id)?;
    match row.state {
        State::Sorting => go_on(db, viewer, now, &row),
        State::Answering => Ok(()),
        _ => Err(Error::Refused("意見の整理を始めてから、市の考え方の作成に進みます。".to_owned())),
    }
}

fn go_on(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, row: &Consultation) -> Result<()> {
    let change = consultations::store::Change {
        state: Some(State::Answering),
        ..consultations::store::Change::default()
    };
    consultations::store::change(db, row, &change)?;
    trail::record(db, &viewer.by(), now, &line(Act::AnsweringBegun, row.id))
}

/// Makes a chapter of every highest heading of the drafts, and one for what speaks of the whole, as far as they are not
/// there yet; then every group in no chapter falls into that of its paragraph. Gives chapters made and groups placed.
pub fn make_chapters(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
) -> Result<(usize, usize)> {
    let row = run(db, viewer, consultation_id)?;
    let there = crate::opinions::store::chapters(db, row.id)?;
    let mut names: BTreeSet<String> = there.iter().map(|c| c.name.clone()).collect();
    let mut made = 0;
    for (paper, _, title, paragraphs) in drafts(db, row.id)? {
        for heading in survey::headings(&paragraphs) {
            if there.iter().any(|c| c.paper_id == Some(paper) && c.heading.as_ref() == Some(&heading.code)) {
                continue;
            }
            let name = free_name(&heading.name, &title, &names);
            let new = NewChapter {
                consultation_id: row.id,
                name: &name,
                unit_id: row.unit_id,
                heading: Some((paper, &heading.code)),
            };
            store::insert_chapter(db, &new)?;
            names.insert(name);
            made += 1;
        }
    }
    if !names.contains(WHOLE) {
        let new = NewChapter { consultation_id: row.id, name: WHOLE, unit_id: row.unit_id, heading: None };
        store::insert_chapter(db, &new)?;
        made += 1;
    }
    let told = line(Act::ChaptersMade, row.id).with(json!({ "chapters": made }));
    trail::record(db, &viewer.by(), now, &told)?;
    if row.state == State::Sorting {
        go_on(db, viewer, now, &row)?;
    }
    let placed = place_all(db, viewer, now, row.id)?;
    Ok((made, placed))
}

/// A heading's words as a name no other chapter has, within the limit.
fn free_name(heading: &str, title: &str, taken: &BTreeSet<String>) -> String {
    let cut = |text: &str| text.chars().take(NAME_LIMIT - 5).collect::<String>();
    let plain = cut(heading);
    if !plain.is_empty() && !taken.contains(&plain) {
        return plain;
    }
    let long = cut(&format!("{heading}({title})"));
    let numbered = (2..).map(|n| format!("{long} {n}"));
    std::iter::once(long.clone()).chain(numbered).find(|n| !taken.contains(n)).unwrap_or(long)
}

type DraftText = (i64, i64, String, Vec<consultations::paper::Paragraph>);

/// The texts of a consultation's drafts: paper, version, title, paragraphs.
pub(super) fn drafts(db: &mut Db, consultation_id: i64) -> Result<Vec<DraftText>> {
    use consultations::paper::PaperKind;
    let mut texts = Vec::new();
    for paper in consultations::store::papers(db, consultation_id)? {
        if let (PaperKind::Draft, Some(version)) = (paper.kind, paper.version.filter(|v| v.paragraphs > 0)) {
            texts.push((
                paper.id,
                version.id,
                paper.title,
                consultations::store::paragraphs(db, version.id)?,
            ));
        }
    }
    Ok(texts)
}

/// Puts every group in no chapter into that of its paragraph, and gives how many; chapters before their approvers or
/// approved take none.
pub fn place_loose(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64) -> Result<usize> {
    let row = run(db, viewer, consultation_id)?;
    place_all(db, viewer, now, row.id)
}

fn place_all(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64) -> Result<usize> {
    let mut open = Vec::new();
    for chapter in crate::opinions::store::chapters(db, consultation_id)? {
        if editable(db, chapter.id).is_ok() {
            open.push(chapter);
        }
    }
    if store::group_lines(db, consultation_id, None)?.iter().all(|g| g.chapter_id.is_some()) {
        return Ok(0);
    }
    let act = store::insert_act(db, consultation_id, ActKind::Placed, viewer.id, now.into())?;
    let mut placed = 0;
    for (paper, version, _, paragraphs) in drafts(db, consultation_id)? {
        for heading in survey::headings(&paragraphs) {
            let Some(chapter) =
                open.iter().find(|c| c.paper_id == Some(paper) && c.heading.as_ref() == Some(&heading.code))
            else {
                continue;
            };
            // paragraphs are numbered from 1 in their version
            let number = |at: usize| i64::try_from(at + 1).unwrap_or(i64::MAX);
            let run = (paper, version, number(heading.from), number(heading.to));
            placed += store::place_loose(db, act, consultation_id, chapter.id, Some(run))?;
        }
    }
    if let Some(whole) = open.iter().find(|c| c.heading.is_none() && c.name == WHOLE) {
        placed += store::place_loose(db, act, consultation_id, whole.id, None)?;
    }
    let told = line(Act::GroupsPlaced, consultation_id).with(json!({ "groups": placed, "act": act }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(placed)
}

fn name_is_good(db: &mut Db, consultation_id: i64, name: &str, own: Option<i64>) -> Result<()> {
    if name.is_empty() {
        return Err(Error::Refused("章の名前を入力してください。".to_owned()));
    }
    if char_count(name) > NAME_LIMIT {
        return Err(Error::Refused(format!("章の名前は{NAME_LIMIT}字までにしてください。")));
    }
    let taken = crate::opinions::store::chapters(db, consultation_id)?;
    if taken.iter().any(|c| c.name == name && Some(c.id) != own) {
        return Err(Error::Refused(format!("「{name}」という章は、もうあります。")));
    }
    Ok(())
}

/// Adds a chapter by hand and gives its id.
pub fn add_chapter(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    name: &str,
    unit_id: i64,
) -> Result<i64> {
    let row = run(db, viewer, consultation_id)?;
    name_is_good(db, row.id, name, None)?;
    let id =
        store::insert_chapter(db, &NewChapter { consultation_id: row.id, name, unit_id, heading: None })?;
    let told = line(Act::ChaptersMade, row.id).with(json!({ "chapter": id }));
    trail::record(db, &viewer.by(), now, &told)?;
    if row.state == State::Sorting {
        go_on(db, viewer, now, &row)?;
    }
    Ok(id)
}

/// Renames a chapter, hands it to a section, and moves it up (-1) or down (1) among the others.
///
/// # Errors
/// [`Error::Refused`] for a name that is taken, and for a chapter before its approvers or approved (its place may change
/// all the same).
pub fn change_chapter(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    chapter_id: i64,
    (seen, name, unit_id, step): (i64, &str, i64, i64),
) -> Result<i64> {
    let chapter = store::chapter(db, chapter_id)?;
    let row = run(db, viewer, chapter.consultation_id)?;
    if step != 0 {
        let all = crate::opinions::store::chapters(db, row.id)?;
        let at = all.iter().position(|c| c.id == chapter_id).unwrap_or(0);
        let to = if step < 0 { at.checked_sub(1) } else { Some(at + 1) };
        if let Some(other) = to.and_then(|to| all.get(to)) {
            store::swap_chapters(db, &chapter, other)?;
        }
    } else {
        editable(db, chapter_id)?;
        name_is_good(db, row.id, name, Some(chapter_id))?;
        let change = ChapterChange { name: Some(name), unit_id: Some(unit_id), ..ChapterChange::default() };
        let seen = crate::opinions::view::Chapter { version: seen, ..chapter };
        store::change_chapter(db, &seen, &change)?;
    }
    let told = line(Act::ChapterChanged, row.id).with(json!({ "chapter": chapter_id, "unit": unit_id }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(row.id)
}

/// Takes out a chapter in which nothing was ever done.
///
/// # Errors
/// [`Error::Refused`] for any other.
pub fn remove_chapter(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, chapter_id: i64) -> Result<i64> {
    let chapter = store::chapter(db, chapter_id)?;
    let row = run(db, viewer, chapter.consultation_id)?;
    if store::is_used(db, chapter_id)? {
        return Err(Error::Refused(
            "意見を入れたことのある章は消せません。名前を直すか、意見を別の章に移して空のままにしてください。空の章は公表されません。"
                .to_owned(),
        ));
    }
    store::delete_chapter(db, chapter_id)?;
    let told = line(Act::ChapterRemoved, row.id).with(json!({ "chapter": chapter_id }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_papers_with_the_same_heading_give_two_chapters() {
        let taken = BTreeSet::from(["はじめに".to_owned()]);
        assert_eq!(free_name("道路", "計画", &taken), "道路");
        assert_eq!(free_name("はじめに", "計画", &taken), "はじめに(計画)");
        let taken = BTreeSet::from(["はじめに".to_owned(), "はじめに(計画)".to_owned()]);
        assert_eq!(free_name("はじめに", "計画", &taken), "はじめに(計画) 2");
        assert!(free_name(&"長".repeat(300), "計画", &taken).chars().count() <= NAME_LIMIT);
    }
}
