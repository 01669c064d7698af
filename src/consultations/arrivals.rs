//! Opinions coming in: every one is stored once, in time or not, whole or not.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::consultation::Came;
use super::submission::{self, Arrival};
use super::{shown, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files::{self, NewFile};
use crate::letters;
use crate::mail::{self, ReceiptMails};
use crate::people;
use crate::trail::{self, Act, By, Line, Subject};

/// A submission that is in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `submission.id`.
    pub submission_id: i64,
    /// Which of the arrival's receipts it got.
    pub receipt: usize,
    /// It was here already: the same form was sent before.
    pub repeated: bool,
    /// Where it stands.
    pub state: submission::State,
    /// A receipt mail was written.
    pub mailed: bool,
}

/// Takes a submission in: every one is stored, in time or not, whole or not. `fresh` are files placed with this very request.
///
/// # Errors
/// [`Error::NotFound`] when the consultation was never announced.
pub fn accept(
    db: &mut Db,
    id: i64,
    arrival: &Arrival,
    mails: &ReceiptMails,
    fresh: &[NewFile],
    by: &By,
) -> Result<Accepted> {
    if let Some(key) = &arrival.submission_key
        && let Some((submission_id, code)) = store::by_submission_key(db, key)?
    {
        let receipt = arrival.receipts.iter().position(|r| r.code == code).unwrap_or(0);
        let state = store::submission(db, submission_id)?.state;
        return Ok(Accepted { submission_id, receipt, repeated: true, state, mailed: false });
    }
    let shown = shown(db, id)?;
    let mut free = None;
    for (at, receipt) in arrival.receipts.iter().enumerate() {
        if !letters::store::code_taken(db, &receipt.code)? && store::by_code(db, &receipt.code)?.is_none() {
            free = Some((at, receipt));
            break;
        }
    }
    let (index, receipt) = free.ok_or_else(|| Error::internal("no receipt code is free"))?;
    if let Some(party) = &arrival.party {
        people::keep_party(db, party)?;
    }
    let came =
        Came::stored(arrival.received_at, arrival.received_on, arrival.postmarked_on, arrival.entered_by);
    let state = submission::first_state(shown.in_time(arrival.channel, &came), &arrival.missing);
    let submission_id = store::insert_submission(db, id, arrival, receipt, state)?;
    files::attach_to_submission(db, submission_id, &arrival.attachments)?;
    for file in fresh {
        files::record_submission(db, file, submission_id)?;
    }
    let act = if arrival.entered_by.is_some() { Act::SubmissionEntered } else { Act::SubmissionReceived };
    let text = submission::whole(&arrival.points);
    let told = Line::new(act, Subject::Submission, submission_id).with(json!({
        "consultation": id,
        "channel": arrival.channel,
        "state": state,
        "received_on": arrival.received_on,
        "points": arrival.points.len(),
        "original": submission::original_digest(id, &receipt.code, arrival.channel, arrival.received_at, &text),
    }));
    trail::record(db, by, arrival.received_at.utc(), &told)?;
    let mailed = match mails.of(index)? {
        Some(prepared) => mail::enqueue(db, &prepared)?.is_none(),
        None => false,
    };
    Ok(Accepted { submission_id, receipt: index, repeated: false, state, mailed })
}

/// What the sender said by the link in our mail.
pub fn answer_link(db: &mut Db, now: DateTime<Utc>, submission_id: i64, mine: bool) -> Result<()> {
    let row = store::submission(db, submission_id)?;
    let said = if mine { row.confirmed_at } else { row.disputed_at };
    if said.is_some() {
        return Ok(());
    }
    store::answer_link(db, submission_id, mine, now.into())?;
    let act = if mine { Act::SubmissionConfirmed } else { Act::SubmissionDisputed };
    let told = Line::new(act, Subject::Submission, submission_id)
        .with(json!({ "consultation": row.consultation_id }));
    trail::record(db, &By::citizen(), now, &told)
}
