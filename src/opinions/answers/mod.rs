//! The city's answers (市の考え方): chapters that sections work on, and that go before their approvers one by one.
//!
//! Every living group stands in one chapter and under one view. A chapter before its approvers is not changed; one that
//! stands approved is opened first, which ends its decision. What was approved is a stored text; whatever moves under it
//! afterwards, by whichever hand, makes another hash, and the chapter no longer counts as approved (T-12).

mod chapters;
pub mod content;
pub mod differences;
mod finals;
mod points;
pub mod proof;
pub mod store;
pub mod survey;
pub mod views;
mod writing;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::approval::{self, About, Approval, ApprovalState, SubjectKind};
use crate::consultations::consultation::{Consultation, State};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::view::Chapter;
use crate::people::{May, Viewer};
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};
pub use chapters::{add_chapter, begin, change_chapter, make_chapters, place_loose, remove_chapter};
use content::ChapterContent;
pub use finals::{Compared, compared, explain, make_final, take_final};
pub use points::{OpenPoint, open_points};
use survey::{Places, Survey};
pub use writing::{
    Editing, MOST_AT_ONCE, at_work_since, attach, detach, open, place, remove, remove_phrase, save, undo,
    write_phrase,
};

fn line(act: Act, consultation_id: i64) -> Line {
    Line::new(act, Subject::Consultation, consultation_id)
}

/// The units that may read the answers and what they answer: whose consultation it is, and the sections that answer.
pub fn readers(db: &mut Db, row: &Consultation) -> Result<Vec<i64>> {
    let mut units = store::sections(db, row.id)?;
    units.push(row.unit_id);
    Ok(units)
}

/// A consultation for those who may read its answers.
///
/// # Errors
/// [`Error::NotFound`] to everybody else.
pub fn readable(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<Consultation> {
    let row = consultations::store::consultation(db, consultation_id)?;
    let units = readers(db, &row)?;
    if viewer.can(May::ReadSubmissions(&units)) { Ok(row) } else { Err(Error::NotFound) }
}

/// A consultation in which answers are written, for those who run it or answer for one of the units.
///
/// # Errors
/// [`Error::NotFound`] to those who may not even read it; [`Error::NotAllowed`] to other readers; [`Error::Refused`]
/// before it is announced, while its result is before the approvers, and after it was cancelled.
fn at_work(db: &mut Db, viewer: &Viewer, consultation_id: i64, units: &[i64]) -> Result<Consultation> {
    let row = readable(db, viewer, consultation_id)?;
    if !runs(viewer, &row) {
        viewer.may(May::AnswerOpinions(units))?;
    }
    match row.state {
        State::Planned | State::InApproval | State::Approved => {
            Err(Error::Refused("公示する前の意見募集には、市の考え方を書けません。".to_owned()))
        }
        State::ResultInApproval => Err(Error::Refused(
            "結果の公表が決裁中です。直すときは、先に結果の決裁を引き戻してください。".to_owned(),
        )),
        State::Cancelled | State::Archived => {
            Err(Error::Refused(format!("この意見募集は「{}」なので、直せません。", row.state.label())))
        }
        _ => Ok(row),
    }
}

/// Whether somebody runs the consultation: then every chapter is open to him or her.
pub fn runs(viewer: &Viewer, row: &Consultation) -> bool {
    viewer.can(May::RunConsultation(Some(row.unit_id)))
}

text_enum! {
    /// Where a chapter stands.
    pub enum Standing {
        Working = "working" => "作成中",
        Returned = "returned" => "差戻し・引戻し",
        Circulating = "circulating" => "決裁中",
        Approved = "approved" => "決裁済み",
    }
}

/// Where a chapter stands, with the approval of its newest version.
pub fn standing(db: &mut Db, chapter: &Chapter) -> Result<(Standing, Option<Approval>)> {
    let Some(version) = store::version_no(db, chapter.id, chapter.current_no)? else {
        return Ok((Standing::Working, None));
    };
    let approval = approval::store::of_subject(db, SubjectKind::Answers, version.id)?;
    let standing = match approval.as_ref().map(|a| a.state) {
        Some(ApprovalState::Circulating) => Standing::Circulating,
        Some(ApprovalState::Decided) if chapter.approved_no == Some(version.no) => Standing::Approved,
        Some(ApprovalState::Returned | ApprovalState::PulledBack) => Standing::Returned,
        _ => Standing::Working,
    };
    Ok((standing, approval))
}

/// Whether the groups and views of a chapter may be changed now: everybody who moves an item into, out of or within it
/// asks first.
///
/// # Errors
/// [`Error::Refused`] while it is before its approvers, and while it stands approved; the sentence says the way out.
pub fn editable(db: &mut Db, chapter_id: i64) -> Result<()> {
    let chapter = store::chapter(db, chapter_id)?;
    match standing(db, &chapter)?.0 {
        Standing::Working | Standing::Returned => Ok(()),
        Standing::Circulating => {
            Err(Error::Refused(format!("「{}」は決裁中です。決裁の画面で引き戻すと直せます。", chapter.name)))
        }
        Standing::Approved => Err(Error::Refused(format!(
            "「{}」は決裁済みです。直すときは、章の画面で「決裁を取り消して直す」を押してください。",
            chapter.name
        ))),
    }
}

/// Where the paragraphs of the drafts of a consultation stand.
pub fn places(db: &mut Db, consultation_id: i64) -> Result<Places> {
    let mut texts = Vec::new();
    for paper in consultations::store::papers(db, consultation_id)? {
        if let Some(version) = paper.version.filter(|v| v.paragraphs > 0) {
            texts.push((paper.id, paper.title, consultations::store::paragraphs(db, version.id)?));
        }
    }
    let several = texts.len() > 1;
    Ok(Places::new(texts.iter().map(|(id, title, p)| (*id, title.as_str(), p.as_slice())), several))
}

/// Whether a consultation has come so far that answers are written.
pub fn is_answered(row: &Consultation) -> bool {
    matches!(
        row.state,
        State::Sorting | State::Answering | State::ResultInApproval | State::Decided | State::ResultPublished
    )
}

/// How far the answers of a consultation have come.
pub fn survey(db: &mut Db, row: &Consultation) -> Result<Survey> {
    let places = places(db, row.id)?;
    survey_at(db, row, &places, None)
}

/// The same where the places are known; with an answer, of the groups under it alone.
pub fn survey_at(db: &mut Db, row: &Consultation, places: &Places, view_id: Option<i64>) -> Result<Survey> {
    let (groups, views) = (store::group_lines(db, row.id, view_id)?, store::view_lines(db, row.id)?);
    Ok(Survey::new(groups, views, places, !row.result_terms.publish_full))
}

/// What groups without a gist say, by group: the words of the first item of each. Who writes and who approves an answer
/// reads what is answered; masking for the public comes with the result.
pub fn said(db: &mut Db, content: &ChapterContent) -> Result<HashMap<i64, String>> {
    let groups = content.answers.iter().flat_map(|answer| &answer.groups).filter(|g| g.gist.is_empty());
    let firsts: HashMap<i64, i64> =
        groups.filter_map(|group| Some((*group.items.first()?, group.group_id))).collect();
    let items: Vec<i64> = firsts.keys().copied().collect();
    let words = crate::opinions::store::texts(db, &items)?;
    Ok(words.into_iter().filter_map(|(item, text)| Some((*firsts.get(&item)?, text))).collect())
}

/// What the public would read of a chapter now.
pub fn content(db: &mut Db, chapter: &Chapter) -> Result<ChapterContent> {
    let places = places(db, chapter.consultation_id)?;
    Ok(content_at(db, chapter, &places)?.0)
}

/// The same with how many items of the chapter stand under none of its answers.
fn content_at(db: &mut Db, chapter: &Chapter, places: &Places) -> Result<(ChapterContent, usize)> {
    let units = store::unit_names(db)?;
    let unit = |id: i64| units.get(&id).cloned().unwrap_or_default();
    let mut items: HashMap<i64, (Vec<i64>, BTreeSet<String>)> = HashMap::new();
    let mut standing = 0;
    for (group, item, key) in store::items_of_chapter(db, chapter.id)? {
        standing += 1;
        let entry = items.entry(group).or_default();
        entry.0.push(item);
        entry.1.insert(key);
    }
    let views = crate::opinions::store::views(db, chapter.id)?;
    let groups = store::groups_of_chapter(db, chapter.id)?
        .into_iter()
        .filter_map(|group| {
            let (items, texts) = items.remove(&group.id)?;
            let paragraph = group.paper_id.zip(group.paragraph);
            let place = places.words(paragraph.as_ref().map(|(p, c)| (*p, c.as_str()))).to_owned();
            let texts = i64::try_from(texts.len()).unwrap_or(i64::MAX);
            // under no view it is under none that would be published
            let view = group.view_id.unwrap_or(0);
            Some((
                view,
                content::Group { group_id: group.id, gist: group.gist, paragraph, place, texts, items },
            ))
        })
        .collect();
    let content = ChapterContent {
        chapter_id: chapter.id,
        name: chapter.name.clone(),
        unit: unit(chapter.unit_id),
        answers: content::assemble(&views, groups, places, unit),
    };
    let loose = standing - content.items();
    Ok((content, loose))
}

/// Puts a chapter before its approvers: makes the version they decide on, and gives the approval's id.
///
/// # Errors
/// [`Error::Refused`] while something in it is open, or it is before them already; [`Error::Stale`] when anything in it
/// changed since the page showed it, of which `seen` is the hash.
pub fn circulate(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    chapter_id: i64,
    seen: &str,
    class: &str,
) -> Result<i64> {
    let chapter = store::chapter(db, chapter_id)?;
    let row = at_work(db, viewer, chapter.consultation_id, &[chapter.unit_id])?;
    editable(db, chapter_id)?;
    let counts = survey(db, &row)?.counts().get(&Some(chapter_id)).copied().unwrap_or_default();
    if counts.groups == 0 {
        return Err(Error::Refused("この章には意見がないので、決裁は要りません。".to_owned()));
    }
    if !counts.is_done() {
        return Err(Error::Refused(format!(
            "まだ起案できません。市の考え方のない意見が{}件、書きかけの市の考え方が{}件、要旨のない意見が{}件あります。",
            counts.without_view, counts.unfinished, counts.without_gist
        )));
    }
    let content = content(db, &chapter)?;
    let text = content.text()?;
    let hash = content::hash(&text);
    if hash != seen {
        return Err(Error::Stale(
            "この章は、画面を開いたあとに内容が変わりました。もう一度、公表される内容を確かめてください。"
                .to_owned(),
        ));
    }
    let no = chapter.current_no + 1;
    let views: Vec<i64> = content.answers.iter().map(|a| a.view_id).collect();
    let written: BTreeSet<i64> =
        store::views_of(db, &views)?.iter().filter_map(|v| v.author_id).chain([viewer.id]).collect();
    let writers: Vec<i64> = written.iter().copied().collect();
    let new = store::NewVersion {
        consultation_id: row.id,
        chapter_id,
        no,
        content: &text,
        hash: &hash,
        author_id: viewer.id,
        writers: &writers,
    };
    let version = store::insert_version(db, &new, now.into())?;
    let change = store::ChapterChange { current_no: Some(no), ..store::ChapterChange::default() };
    store::change_chapter(db, &chapter, &change)?;
    let title = format!("市の考え方「{}」({})", chapter.name, row.title);
    // the route leaves out one writer besides the drafter; the others are refused when they would decide
    let author_id = writers.iter().copied().find(|w| *w != viewer.id).unwrap_or(viewer.id);
    let draft = approval::Draft {
        subject_kind: SubjectKind::Answers,
        subject_id: version,
        class,
        content_hash: &hash,
        about: About::Consultation(row.id),
        title: &title,
        author_id,
        unit_id: Some(chapter.unit_id),
        joint: &[],
    };
    approval::start(db, viewer, now, &draft)
}

/// The hash a version has now, made anew from the rows it was made of: an item moved since makes another.
pub fn current_hash(db: &mut Db, version_id: i64) -> Result<String> {
    let version = store::version(db, version_id)?;
    let chapter = store::chapter(db, version.chapter_id)?;
    if chapter.current_no != version.no {
        return Err(Error::Refused("この章は、もっと新しい版が起案されています。".to_owned()));
    }
    Ok(content::hash(&content(db, &chapter)?.text()?))
}

/// Follows a decision: the chapter stands approved.
///
/// # Errors
/// [`Error::NotAllowed`] when who decided wrote something in it (T-13).
pub fn decided(db: &mut Db, by: &By, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    let version = store::version(db, version_id)?;
    let chapter = store::chapter(db, version.chapter_id)?;
    if by.staff_id.is_some_and(|id| version.author_id == id)
        || store::writers(db, version_id)?.iter().any(|w| by.staff_id == Some(*w))
    {
        return Err(Error::NotAllowed(
            "この章の市の考え方を書いた本人は、決裁できません。上の区分で起案し直してもらってください。"
                .to_owned(),
        ));
    }
    let change =
        store::ChapterChange { approved_no: Some(Some(version.no)), ..store::ChapterChange::default() };
    store::change_chapter(db, &chapter, &change)?;
    let told = line(Act::AnswersApproved, version.consultation_id)
        .with(json!({ "chapter": chapter.id, "version": version.no, "hash": version.content_hash }));
    trail::record(db, by, now, &told)
}

/// Follows a return or a pulling back: the chapter can be worked on again.
pub fn returned(db: &mut Db, by: &By, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    let version = store::version(db, version_id)?;
    let told = line(Act::AnswersReturned, version.consultation_id)
        .with(json!({ "chapter": version.chapter_id, "version": version.no }));
    trail::record(db, by, now, &told)
}

/// Opens a chapter that stands approved, which ends its decision (決裁を取り消して直す).
///
/// # Errors
/// [`Error::Refused`] without a reason, and for a chapter that does not stand approved.
pub fn reopen(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, chapter_id: i64, reason: &str) -> Result<()> {
    let chapter = store::chapter(db, chapter_id)?;
    at_work(db, viewer, chapter.consultation_id, &[chapter.unit_id])?;
    let Some(no) = chapter.approved_no else {
        return Err(Error::Refused("この章は決裁済みではないので、そのまま直せます。".to_owned()));
    };
    if reason.trim().is_empty() {
        return Err(Error::Refused("決裁を取り消す理由を書いてください。記録に残ります。".to_owned()));
    }
    let version = store::version_no(db, chapter_id, no)?.ok_or(Error::NotFound)?;
    let change = store::ChapterChange { approved_no: Some(None), ..store::ChapterChange::default() };
    store::change_chapter(db, &chapter, &change)?;
    if let Some(found) = approval::store::alive(db, SubjectKind::Answers, version.id)? {
        approval::void(db, &viewer.by(), now, found.id, reason)?;
    }
    let told = line(Act::AnswersReopened, chapter.consultation_id)
        .with(json!({ "chapter": chapter_id, "version": no, "why": reason }));
    trail::record(db, &viewer.by(), now, &told)
}

text_enum! {
    /// Why a chapter has nothing to publish yet.
    pub enum Missing {
        NotCirculated = "not_circulated" => "まだ起案されていません",
        Circulating = "circulating" => "決裁中です",
        Changed = "changed" => "決裁のあとで内容が変わりました。決裁を取り消して、もう一度起案してください",
    }
}

/// A chapter with what was approved of it, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The chapter.
    pub chapter: Chapter,
    /// The version that stands approved: its id, its hash and its content; or why there is none.
    pub content: std::result::Result<(i64, String, ChapterContent), Missing>,
}

/// The approved answers of a consultation, chapter by chapter in their order. A chapter without opinions has nothing to
/// approve and is left out. What stands approved is made anew from the rows, so that nothing that moved since passes.
pub fn approved(db: &mut Db, consultation_id: i64) -> Result<Vec<Approved>> {
    let places = places(db, consultation_id)?;
    let mut all = Vec::new();
    for chapter in crate::opinions::store::chapters(db, consultation_id)? {
        all.extend(approved_of(db, chapter, &places)?);
    }
    Ok(all)
}

fn approved_of(db: &mut Db, chapter: Chapter, places: &Places) -> Result<Option<Approved>> {
    let (now, loose) = content_at(db, &chapter, places)?;
    let content = match standing(db, &chapter)?.0 {
        Standing::Approved => {
            let version = store::version_no(db, chapter.id, chapter.current_no)?.ok_or(Error::NotFound)?;
            if loose == 0 && content::hash(&now.text()?) == version.content_hash {
                let content = ChapterContent::read(&version.content)?;
                Ok((version.id, version.content_hash, content))
            } else {
                Err(Missing::Changed)
            }
        }
        _ if now.answers.is_empty() && loose == 0 => return Ok(None),
        Standing::Circulating => Err(Missing::Circulating),
        Standing::Working | Standing::Returned => Err(Missing::NotCirculated),
    };
    Ok(Some(Approved { chapter, content }))
}

/// Whether a chapter stands approved and changed since.
pub fn has_changed(db: &mut Db, chapter: &Chapter) -> Result<bool> {
    let places = places(db, chapter.consultation_id)?;
    let found = approved_of(db, chapter.clone(), &places)?;
    Ok(found.is_some_and(|a| a.content == Err(Missing::Changed)))
}
