//! The final text of a draft, and what differs between the two.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::chapters::drafts;
use super::differences::{Difference, differences, revised};
use super::store::{self, OtherReason};
use super::{at_work, line};
use crate::consultations::paper::{self, Block, Paragraph, Stage};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::view::{Outcome, TEXT_LIMIT, View};
use crate::people::{May, Viewer};
use crate::text::input::char_count;
use crate::trail::{self, Act};

/// A paper's draft beside its final text.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The paper.
    pub paper_id: i64,
    /// Its title.
    pub title: String,
    /// The draft, paragraph by paragraph.
    pub draft: Vec<Paragraph>,
    /// The final text, once there is one.
    pub last: Option<Vec<Paragraph>>,
    /// What differs, each with the views that say why and the reason where no opinion asked for it.
    pub changes: Vec<(Difference, Vec<View>, Option<OtherReason>)>,
    /// Views that promise a change of this paper that is not to be found; of views that name no paper, under the first.
    pub unkept: Vec<View>,
}

/// Every draft of a consultation beside its final text.
pub fn compared(db: &mut Db, consultation_id: i64) -> Result<Vec<Compared>> {
    let views: Vec<View> = store::all_views(db, consultation_id)?
        .into_iter()
        .filter(|v| v.outcome == Some(Outcome::Revised))
        .collect();
    let reasons = store::other_reasons(db, consultation_id)?;
    let mut all = Vec::new();
    let mut kept = std::collections::BTreeSet::new();
    for (paper_id, _, title, draft) in drafts(db, consultation_id)? {
        let last = match store::newest_text(db, paper_id, Stage::Final)? {
            Some(version) => Some(consultations::store::paragraphs(db, version)?),
            None => None,
        };
        let found = last.as_ref().map(|last| differences(paper_id, &draft, last)).unwrap_or_default();
        let changes = found
            .into_iter()
            .map(|difference| {
                let by: Vec<View> = views.iter().filter(|v| difference.is_by(v)).cloned().collect();
                kept.extend(by.iter().map(|v| v.id));
                let other = reasons
                    .iter()
                    .find(|r| r.paper_id == paper_id && r.paragraph == difference.code)
                    .cloned();
                (difference, by, other)
            })
            .collect();
        all.push(Compared { paper_id, title, draft, last, changes, unkept: Vec::new() });
    }
    for view in views.into_iter().filter(|v| !kept.contains(&v.id)) {
        let at = all.iter().position(|c| Some(c.paper_id) == view.changed_paper_id).unwrap_or(0);
        if let Some(paper) = all.get_mut(at).filter(|c| c.last.is_some()) {
            paper.unkept.push(view);
        }
    }
    Ok(all)
}

/// Takes in the final text of a paper: paragraphs that were in the draft keep their codes. Gives the consultation.
pub fn take_final(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    paper_id: i64,
    blocks: &[Block],
) -> Result<i64> {
    let id = may_finish(db, viewer, paper_id)?;
    let (_, draft) = draft_of(db, id, paper_id)?;
    if blocks.is_empty() {
        return Err(Error::Refused(
            "文章を読み取れませんでした。文章を貼り付けるか、原稿のファイルを選んでください。".to_owned(),
        ));
    }
    let before: Vec<(String, String)> = draft.into_iter().map(|p| (p.code, p.body)).collect();
    let last = paper::number(blocks, &before, &consultations::store::used_codes(db, paper_id)?);
    keep(db, viewer, now, id, paper_id, &last)?;
    Ok(id)
}

/// Makes the final text out of the draft and the views that revise it. Gives the consultation and how many views could
/// not be put in without doubt.
pub fn make_final(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, paper_id: i64) -> Result<(i64, usize)> {
    let id = may_finish(db, viewer, paper_id)?;
    let (_, draft) = draft_of(db, id, paper_id)?;
    let (last, left) = revised(paper_id, &draft, &store::all_views(db, id)?);
    keep(db, viewer, now, id, paper_id, &last)?;
    Ok((id, left.len()))
}

fn may_finish(db: &mut Db, viewer: &Viewer, paper_id: i64) -> Result<i64> {
    let (id, _) = consultations::store::paper_of(db, paper_id)?;
    let row = at_work(db, viewer, id, &[])?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    Ok(id)
}

fn draft_of(db: &mut Db, consultation_id: i64, paper_id: i64) -> Result<(String, Vec<Paragraph>)> {
    let found = drafts(db, consultation_id)?.into_iter().find(|d| d.0 == paper_id);
    found.map(|(_, _, title, paragraphs)| (title, paragraphs)).ok_or(Error::NotFound)
}

fn keep(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    paper_id: i64,
    last: &[Paragraph],
) -> Result<()> {
    let hash = paper::digest(last, None);
    consultations::store::insert_paper_version(
        db,
        paper_id,
        Stage::Final,
        last,
        &hash,
        viewer.id,
        now.into(),
    )?;
    let told = line(Act::FinalTextTaken, id)
        .with(json!({ "paper": paper_id, "paragraphs": last.len(), "hash": hash }));
    trail::record(db, &viewer.by(), now, &told)
}

/// Writes why a paragraph changed that no opinion asked for; an empty reason takes the line away.
///
/// # Errors
/// [`Error::NotFound`] for a paragraph that did not change.
pub fn explain(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    (paper_id, code): (i64, &str),
    reason: &str,
) -> Result<i64> {
    let id = may_finish(db, viewer, paper_id)?;
    if char_count(reason) > TEXT_LIMIT {
        return Err(Error::Refused(format!("理由は{TEXT_LIMIT}字までにしてください。")));
    }
    let changed = compared(db, id)?
        .iter()
        .any(|c| c.paper_id == paper_id && c.changes.iter().any(|(d, ..)| d.code == code));
    if !changed && !reason.is_empty() {
        return Err(Error::NotFound);
    }
    store::write_other_reason(db, id, (paper_id, code), reason, viewer.id, now.into())?;
    let told = line(Act::OtherChangeWritten, id).with(json!({ "paper": paper_id, "paragraph": code }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(id)
}
