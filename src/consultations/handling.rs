//! What staff do with an opinion that came in: count it or set it aside, compare its typing with the paper, hear that its
//! named sender did not write it, open its sender. Whatever follows from its state reads `submission.state`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::consultation::Came;
use super::submission::{self, Handling, State, Submission};
use super::{shown, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::party::{OpenReason, PartyDetails};
use crate::people::{self, May, Viewer};
use crate::seal::Sealer;
use crate::trail::{self, Act, Line, Subject};

/// Longest reason, in characters.
pub const REASON_LIMIT: usize = 300;

fn line(act: Act, row: &Submission) -> Line {
    Line::new(act, Subject::Submission, row.id)
}

/// A submission of a consultation, with the unit that runs it.
///
/// # Errors
/// [`Error::NotFound`] when the consultation has no such submission.
fn found(db: &mut Db, consultation_id: i64, id: i64) -> Result<(Submission, i64)> {
    let row = store::submission(db, id)?;
    if row.consultation_id != consultation_id {
        return Err(Error::NotFound);
    }
    Ok((row, store::consultation(db, consultation_id)?.unit_id))
}

/// Where a submission stood before staff decided anything.
fn first(db: &mut Db, row: &Submission) -> Result<State> {
    if let Some(first) = row.resume_state {
        return Ok(first);
    }
    if row.state.is_first() {
        return Ok(row.state);
    }
    let shown = shown(db, row.consultation_id)?;
    let came = Came::stored(row.received_at, row.received_on, row.postmarked_on, row.entered_by);
    let in_time = shown.in_time(row.channel, &came);
    Ok(submission::first_state(in_time, &submission::listed(&row.missing)))
}

/// Decides how a submission is handled and gives where it stands then. `seen` is the version the page showed.
///
/// # Errors
/// [`Error::Refused`] without a reason; [`Error::Stale`] when somebody else was faster.
#[expect(clippy::too_many_arguments, reason = "which one, as it was seen, what and why")]
pub fn handle(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    id: i64,
    seen: i64,
    handling: Handling,
    reason: &str,
) -> Result<State> {
    let (row, unit) = found(db, consultation_id, id)?;
    viewer.may(May::RunConsultation(Some(unit)))?;
    let reason = reason.trim();
    if handling != Handling::Undo && reason.is_empty() {
        return Err(Error::Refused(
            "理由を入力してください。あとで見た人にも分かるように残します。".to_owned(),
        ));
    }
    if reason.chars().count() > REASON_LIMIT {
        return Err(Error::Refused(format!("理由は{REASON_LIMIT}字までにしてください。")));
    }
    let first = first(db, &row)?;
    let next = row.state.after(handling, first).ok_or_else(|| {
        Error::Stale(format!("この意見はいま「{}」です。画面を開き直してください。", row.state.label()))
    })?;
    let reason = (handling != Handling::Undo).then_some(reason);
    let resume = (!next.is_first()).then_some(first);
    if !store::handle(db, id, seen, next, reason, resume)? {
        return Err(stale());
    }
    let told = json!({ "consultation": consultation_id, "was": row.state, "is": next, "note": reason });
    trail::record(db, &viewer.by(), now, &line(Act::SubmissionHandled, &row).with(told))?;
    Ok(next)
}

fn stale() -> Error {
    Error::Stale("この意見は、画面を開いたあとに別の人が更新しました。".to_owned())
}

/// A second person compared what was typed in with the paper.
///
/// # Errors
/// [`Error::Refused`] for whoever typed it, and for what nobody typed.
pub fn check(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, consultation_id: i64, id: i64) -> Result<()> {
    let (row, unit) = found(db, consultation_id, id)?;
    viewer.may(May::ReadSubmissions(&[unit]))?;
    viewer.may(May::EnterOpinions(unit))?;
    match row.entered_by {
        None => {
            return Err(Error::Refused(
                "差出人が自分で送った意見です。確かめるものはありません。".to_owned(),
            ));
        }
        Some(typist) if typist == viewer.id => {
            return Err(Error::Refused("ご自分が入力した意見です。ほかの職員が確かめます。".to_owned()));
        }
        Some(_) => {}
    }
    if !store::check(db, id, viewer.id, now.into())? {
        return Err(Error::Stale("この意見は、すでに確かめられています。".to_owned()));
    }
    let told = json!({ "consultation": consultation_id });
    trail::record(db, &viewer.by(), now, &line(Act::SubmissionChecked, &row).with(told))
}

/// Notes that the named sender said otherwise than by our link that he or she did not send it.
///
/// # Errors
/// [`Error::Stale`] when that is known already.
pub fn dispute(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    id: i64,
) -> Result<()> {
    let (row, unit) = found(db, consultation_id, id)?;
    viewer.may(May::RunConsultation(Some(unit)))?;
    if row.disputed_at.is_some() {
        return Err(Error::Stale("本人が送っていないことは、すでに記録されています。".to_owned()));
    }
    store::answer_link(db, id, false, now.into())?;
    let told = json!({ "consultation": consultation_id });
    trail::record(db, &viewer.by(), now, &line(Act::SubmissionDisputed, &row).with(told))
}

/// The submission, if this person may open its sender.
///
/// # Errors
/// [`Error::NotAllowed`] otherwise; [`Error::NotFound`] when nobody is named.
pub fn may_open_sender(db: &mut Db, viewer: &Viewer, consultation_id: i64, id: i64) -> Result<Submission> {
    let (row, unit) = found(db, consultation_id, id)?;
    viewer.may(May::OpenSubmitter(unit))?;
    if row.party_id.is_some() { Ok(row) } else { Err(Error::NotFound) }
}

/// Opens the sender of a submission; the trail keeps who and why.
///
/// # Errors
/// As for [`may_open_sender`].
#[expect(clippy::too_many_arguments, reason = "who opens which one, when and why")]
pub fn open_sender(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    id: i64,
    reason: OpenReason,
    note: &str,
) -> Result<PartyDetails> {
    let row = may_open_sender(db, viewer, consultation_id, id)?;
    let party = row.party_id.ok_or(Error::NotFound)?;
    people::open_submitter(db, sealer, &viewer.by(), now, &party, id, &reason.with(note))
}
