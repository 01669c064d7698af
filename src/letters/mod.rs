//! Letters and their matters: taking one in, and moving a matter on.

pub mod letter;
pub mod matter;
pub mod receipt;
pub mod search;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::calendar;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people;
use crate::trail::{self, Act, By, Line, Subject};
use letter::Arrival;
use matter::{Change, Matter, State, Step};

/// A letter that is in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `letter.id`.
    pub letter_id: i64,
    /// Which of the arrival's receipts it got.
    pub receipt: usize,
    /// It was here already: the same form was sent before.
    pub repeated: bool,
    /// A receipt was put in the outbox, now or by the earlier sending.
    pub mailed: bool,
}

/// Takes a letter in: the letter, its first matter, its sender, its attachments and a trail line, in one transaction.
///
/// The same `submission_key` again gives the letter that is there.
pub fn accept(db: &mut Db, arrival: &Arrival, by: &By) -> Result<Accepted> {
    if let Some(key) = &arrival.submission_key
        && let Some((letter_id, code)) = store::by_submission_key(db, key)?
    {
        let receipt = arrival.receipts.iter().position(|r| r.code == code).unwrap_or(0);
        return Ok(Accepted { letter_id, receipt, repeated: true, mailed: false });
    }
    let mut free = None;
    for (i, receipt) in arrival.receipts.iter().enumerate() {
        if !store::code_taken(db, &receipt.code)? {
            free = Some((i, receipt));
            break;
        }
    }
    let (index, receipt) = free.ok_or_else(|| Error::internal("no receipt code is free"))?;
    if let Some(party) = &arrival.party {
        people::keep_party(db, party)?;
    }
    let letter_id = store::insert_letter(db, arrival, receipt)?;
    let statutory = calendar::due(arrival.received_on, arrival.due_days.0);
    let target = calendar::due(arrival.received_on, arrival.due_days.1).min(statutory);
    store::insert_matter(db, letter_id, 1, &arrival.title(), State::Received, arrival, statutory, target)?;
    for id in &arrival.attachments {
        store::attach(db, letter_id, id)?;
    }
    let act = if arrival.entered_by.is_some() { Act::LetterEntered } else { Act::LetterReceived };
    let line = Line::new(act, Subject::Letter, letter_id).of_letter(letter_id).with(json!({
        "channel": arrival.channel,
        "received_on": arrival.received_on,
        "original": letter::original_digest(
            &receipt.code,
            arrival.channel,
            arrival.received_on,
            arrival.server_received_at,
            &arrival.subject,
            &arrival.body,
        ),
    }));
    trail::record(db, by, arrival.server_received_at.utc(), &line)?;
    Ok(Accepted { letter_id, receipt: index, repeated: false, mailed: false })
}

/// Moves the day that counts to the one an interim reply named; the state stays. `told` is the trail's line, about what
/// named the day.
///
/// # Errors
/// [`Error::Stale`] when somebody else changed the matter meanwhile.
pub fn extend_due(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    matter_id: i64,
    day: NaiveDate,
    told: &Line,
) -> Result<()> {
    let seen = store::matter(db, matter_id)?;
    store::extend_due(db, &seen, day)?;
    trail::record(db, by, now, told)
}

/// Moves a matter one step on: the only way its state changes.
///
/// `seen` is the version the person's page showed, when there was a page. Closing the last open matter closes the
/// letter.
///
/// # Errors
/// [`Error::Stale`] when somebody else moved it meanwhile, or the step cannot be taken from where it stands.
#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
pub fn advance(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    matter_id: i64,
    seen: Option<i64>,
    step: Step,
    change: Change,
    detail: Value,
) -> Result<Matter> {
    let matter = store::matter(db, matter_id)?;
    if seen.is_some_and(|v| v != matter.version) {
        return Err(Error::Stale("この件は、画面を開いたあとに別の人が更新しました。".to_owned()));
    }
    let next = matter.after(step).ok_or_else(|| {
        Error::Stale(format!(
            "この件はいま「{}」なので、「{}」ことはできません。",
            matter.state.label(),
            step.label()
        ))
    })?;
    let mut change = change;
    match step {
        Step::Ask => change.resume_state = Some(Some(matter.state)),
        Step::Hear => change.resume_state = Some(None),
        Step::Circulate => change.circulated_at = Some(now.into()),
        Step::Assign => change.assigned_at = Some(now.into()),
        Step::Send => change.replied_at = Some(now.into()),
        Step::Close | Step::File => change.closed_at = Some(now.into()),
        _ => {}
    }
    let moved = store::move_matter(db, &matter, next, &change)?;
    let mut told = json!({ "no": matter.no, "from": matter.state, "to": next });
    if let (Some(told), Value::Object(detail)) = (told.as_object_mut(), detail) {
        told.extend(detail);
    }
    let line = Line::new(step.act(), Subject::Matter, matter_id).of_letter(matter.letter_id).with(told);
    trail::record(db, by, now, &line)?;
    if !next.is_open() && store::open_matters(db, matter.letter_id)? == 0 {
        store::close_letter(db, matter.letter_id, now.into())?;
        let line =
            Line::new(Act::LetterClosed, Subject::Letter, matter.letter_id).of_letter(matter.letter_id);
        trail::record(db, by, now, &line)?;
    }
    Ok(moved)
}

/// Takes in what a sender says about a matter after the letter: an answer to a question, or more on the same thing. A
/// matter that waits for its sender goes on. The same `submission_key` again is the same saying. Gives `exchange.id`.
pub fn hear(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    matter_id: i64,
    body: &str,
    submission_key: &str,
) -> Result<i64> {
    if let Some(there) = store::said(db, submission_key)? {
        return Ok(there);
    }
    let matter = store::matter(db, matter_id)?;
    let said = store::insert_answer(db, matter.letter_id, matter_id, body, submission_key, now.into())?;
    let told = json!({ "exchange": said });
    if matter.state == State::AwaitingSender {
        advance(db, by, now, matter_id, None, Step::Hear, Change::default(), told)?;
    } else {
        let line = Line::new(Act::MatterHeard, Subject::Matter, matter_id).of_letter(matter.letter_id);
        trail::record(db, by, now, &line.with(told))?;
    }
    Ok(said)
}
