//! What becomes of a mail, decided and done in one transaction: whatever happens around it, a mail becomes one thing.

use chrono::TimeDelta;
use serde_json::json;

use super::incoming::{Flag, Reason, Standing, State};
use super::opinions::{self, Addressed};
use super::store::{self, Found, Outcome};
use super::threading::is_another_subject;
use super::trust::Dmarc;
use super::understand::{Bounced, Kind, Ready};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files;
use crate::letters::letter::{Arrival, LetterState};
use crate::letters::matter::State as MatterState;
use crate::letters::receipt;
use crate::letters::{self};
use crate::mail::ReceiptMails;
use crate::mail::automatic::{self, Freeze};
use crate::mail::returns::{self, Bounce, ReturnKind};
use crate::seal::Sealer;
use crate::trail::{self, Act, By, Line, Subject};

/// Machine mails of one letter in an hour after which nothing goes out by itself any more.
pub const MACHINE_MAILS_AN_HOUR: i64 = 5;

/// Marks of answering and automatic mail in one subject from which on it is a loop.
pub const LOOP_DEPTH: usize = 4;

/// What stands in for the text of a message that has none.
const NO_TEXT: &str = "(本文はありません。添付ファイルをご覧ください。)";

/// Places a mail. Nothing happens, and none is given, when it no longer waits: somebody else was faster.
pub(super) fn place(db: &mut Db, sealer: &Sealer, ready: &Ready) -> Result<Option<State>> {
    if !store::waits(db, &ready.id)? {
        return Ok(None);
    }
    let mut done = Outcome::new(ready);
    match &ready.content_key {
        Some(key) => match store::by_content(db, key, &ready.id)? {
            // the same mail is here: this one is another delivery of it
            Some(original) => {
                done.stands(State::Duplicate, Some(Reason::SameMail));
                done.content_key = None;
                done.duplicate_of = Some(original);
            }
            None => {
                if let Some(mark) = &ready.message_mark
                    && store::id_in_use(db, mark, &ready.id)?
                {
                    done.flags.push(Flag::IdReused);
                }
                decide(db, sealer, ready, &mut done)?;
            }
        },
        None => decide(db, sealer, ready, &mut done)?,
    }
    if matches!(done.state, State::Letter | State::Message)
        && let Some(letter_id) = done.letter_id
    {
        enclose(db, ready, letter_id)?;
    }
    if store::finish(db, State::Waiting, &done)? {
        Ok(Some(done.state))
    } else {
        Err(Error::internal("a mail moved while it was placed"))
    }
}

fn decide(db: &mut Db, sealer: &Sealer, ready: &Ready, done: &mut Outcome) -> Result<()> {
    let staff = match &ready.from {
        Some(from) => store::of_the_house(db, from)?,
        None => None,
    };
    let ours = staff.is_some() || matches!(ready.kind, Kind::Automatic(Reason::OwnMail));
    if ready.dmarc == Dmarc::Fail && ours {
        done.stands(State::Exception, Some(Reason::Forged));
        return note(db, ready, done);
    }
    match &ready.kind {
        Kind::Exception(reason) => {
            done.stands(State::Exception, Some(*reason));
            note(db, ready, done)
        }
        Kind::Bounce(bounced) => bounce(db, sealer, ready, bounced, done),
        Kind::Automatic(reason) => {
            done.stands(State::Automatic, Some(*reason));
            done.letter_id = named(db, ready)?.map(|letter| letter.id);
            watch_for_loops(db, ready, done.letter_id, done)?;
            note(db, ready, done)
        }
        Kind::Person => person(db, ready, staff, done),
    }
}

/// A trail line for a mail that became no letter and no part of one.
fn note(db: &mut Db, ready: &Ready, done: &Outcome) -> Result<()> {
    let mut line = Line::new(Act::IncomingPlaced, Subject::Incoming, &ready.id)
        .with(json!({ "state": done.state, "reason": done.reason }));
    line.letter_id = done.letter_id;
    trail::record(db, &By::system(), ready.at, &line)
}

/// Rule 32: a bounce belongs to the mail that came back, opens no case and tells the failed address nothing.
fn bounce(db: &mut Db, sealer: &Sealer, ready: &Ready, bounced: &Bounced, done: &mut Outcome) -> Result<()> {
    let mail = match (&bounced.mail, &bounced.returned) {
        (Some(id), _) => store::sent_mail(db, id)?,
        (None, Some(id)) => store::sent_mail_of(db, id)?,
        (None, None) => None,
    };
    done.stands(State::Bounce, mail.is_none().then_some(Reason::UnknownMail));
    done.returned = Some((bounced.hard, bounced.status.clone()));
    let Some(mail) = mail else {
        return note(db, ready, done);
    };
    let told = Bounce {
        outbox_id: mail.clone(),
        kind: if bounced.hard { ReturnKind::Hard } else { ReturnKind::Soft },
        status: bounced.status.clone(),
        diagnostic: bounced.diagnostic.clone().unwrap_or_default(),
    };
    done.letter_id = returns::returned(db, sealer, ready.at, &told)?;
    done.mail_id = Some(mail);
    watch_for_loops(db, ready, done.letter_id, done)?;
    note(db, ready, done)
}

/// The letter a mail names by our own words or by ids of what we sent or hold (rule 24).
pub(super) fn named(db: &mut Db, ready: &Ready) -> Result<Option<Found>> {
    for id in &ready.clues.tokens {
        if let Some(letter) = store::letter(db, *id)? {
            return Ok(Some(letter));
        }
    }
    let id = match store::answered_mail(db, &ready.clues.references)? {
        Some(id) => Some(id),
        None => store::answered_incoming(db, &ready.reference_marks)?,
    };
    match id {
        Some(id) => store::letter(db, id),
        None => Ok(None),
    }
}

/// The letter whose number stands in the subject.
pub(super) fn numbered(db: &mut Db, ready: &Ready) -> Result<Option<Found>> {
    for code in &ready.clues.codes {
        if let Some(letter) = store::letter_of_code(db, code)? {
            return Ok(Some(letter));
        }
    }
    for (year, number) in &ready.clues.numbers {
        if let Some(letter) = store::letter_of_number(db, *year, *number)? {
            return Ok(Some(letter));
        }
    }
    Ok(None)
}

fn person(db: &mut Db, ready: &Ready, staff: Option<Option<i64>>, done: &mut Outcome) -> Result<()> {
    let arrival =
        ready.letter.as_deref().ok_or_else(|| Error::internal("a person's mail without a letter"))?;
    let is_sender = |letter: &Found| {
        ready.sender_mark.is_some() && letter.mail_mark == ready.sender_mark && ready.dmarc != Dmarc::Fail
    };
    let mut letter = named(db, ready)?;
    if letter.is_none()
        && let Some(by_number) = numbered(db, ready)?
    {
        // anybody can write a number: it counts for those who are in the letter, for others a person decides
        if is_sender(&by_number) {
            done.flags.push(Flag::BySubject);
            letter = Some(by_number);
        } else {
            done.flags.push(Flag::Suggested);
        }
    }
    let Some(letter) = letter else {
        if let Some(score) = ready.spam {
            done.spam_score = Some(score);
            done.stands(State::Spam, Some(Reason::Scored));
            return note(db, ready, done);
        }
        return match &ready.addressed {
            Some(Addressed::To(consultation)) => opinions::take(db, ready, arrival, consultation, done),
            Some(Addressed::Unclear) => {
                done.stands(State::Exception, Some(Reason::WhichConsultation));
                note(db, ready, done)
            }
            None => new_letter(db, ready, arrival, None, done),
        };
    };
    let standing = match staff {
        _ if is_sender(&letter) => Standing::Sender,
        Some(_) if ready.authenticated => Standing::Staff,
        _ => Standing::Other,
    };
    done.standing = Some(standing);
    watch_for_loops(db, ready, Some(letter.id), done)?;
    if standing == Standing::Staff {
        let body = text_of(arrival);
        let said = store::note(db, letter.id, body, staff.flatten(), &ready.submission_key, ready.at.into())?;
        return said_on(db, ready, done, letter.id, said);
    }
    attach(db, ready, arrival, &letter, standing, done)
}

/// What the sender of a letter, or somebody else, writes on it.
fn attach(
    db: &mut Db,
    ready: &Ready,
    arrival: &Arrival,
    letter: &Found,
    standing: Standing,
    done: &mut Outcome,
) -> Result<()> {
    let matters = letters::store::matters_of(db, letter.id)?;
    let awaited = matters.iter().find(|m| m.state == MatterState::AwaitingSender);
    let open = awaited.or_else(|| matters.iter().find(|m| m.state.is_open()));
    let follows = matters.first().map(|m| m.id);
    let Some(matter) = open.filter(|_| letter.state != LetterState::Closed) else {
        done.flags.push(Flag::Closed);
        return new_letter(db, ready, arrival, follows.map(|m| (m, letter.id)), done);
    };
    let by_number = done.flags.contains(&Flag::BySubject);
    if awaited.is_none() && !by_number && is_another_subject(&ready.subject, &store::subjects_of(db, letter)?)
    {
        done.flags.push(Flag::NewSubject);
        return new_letter(db, ready, arrival, Some((matter.id, letter.id)), done);
    }
    if standing == Standing::Sender {
        let body = text_of(arrival);
        let said = letters::hear(db, &By::citizen(), ready.at, matter.id, body, &ready.submission_key)?;
        done.stands(State::Message, None);
        (done.letter_id, done.exchange_id) = (Some(letter.id), Some(said));
        return Ok(());
    }
    // a stranger's words are for staff to look at; nothing goes back to him (rule 25)
    let said = store::note(db, letter.id, text_of(arrival), None, &ready.submission_key, ready.at.into())?;
    said_on(db, ready, done, letter.id, said)
}

/// Records what came with a mail at its letter. Of a mail that became nothing the files are nobody's and go.
fn enclose(db: &mut Db, ready: &Ready, letter_id: i64) -> Result<()> {
    for file in &ready.files {
        files::record(db, file, Some(letter_id), None)?;
        files::note_added(db, &By::citizen(), ready.at, letter_id, &file.id)?;
    }
    Ok(())
}

pub(super) fn text_of(arrival: &Arrival) -> &str {
    if arrival.body.trim().is_empty() { NO_TEXT } else { &arrival.body }
}

fn said_on(db: &mut Db, ready: &Ready, done: &mut Outcome, letter_id: i64, said: i64) -> Result<()> {
    done.stands(State::Message, None);
    (done.letter_id, done.exchange_id) = (Some(letter_id), Some(said));
    let note = done.standing.map(Standing::label);
    let line = Line::new(Act::Noted, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "exchange": said, "incoming": ready.id, "note": note.map(|n| format!("メールで届いたもの。{n}")) }));
    trail::record(db, &By::system(), ready.at, &line)
}

/// A letter of its own; `follows` is the matter it continues and that matter's letter.
fn new_letter(
    db: &mut Db,
    ready: &Ready,
    arrival: &Arrival,
    follows: Option<(i64, i64)>,
    done: &mut Outcome,
) -> Result<()> {
    let by = By::citizen();
    // what continues a letter on which machines answer each other is no occasion to write either
    let frozen = match follows {
        Some((_, earlier)) => automatic::is_frozen(db, earlier)?,
        None => false,
    };
    let mails = if frozen { &ReceiptMails::default() } else { &ready.mails };
    let accepted = match follows {
        None => receipt::accept_with_mail(db, arrival, mails, &by)?,
        Some((matter, earlier)) => {
            let linked = Arrival { follow_up_of: Some(matter), ..arrival.clone() };
            let accepted = receipt::accept_with_mail(db, &linked, mails, &by)?;
            let line = Line::new(Act::LetterFollowed, Subject::Matter, matter)
                .of_letter(earlier)
                .with(json!({ "by_letter": accepted.letter_id }));
            trail::record(db, &by, ready.at, &line)?;
            accepted
        }
    };
    if accepted.mailed {
        done.flags.push(Flag::Confirmed);
    }
    done.stands(State::Letter, None);
    done.letter_id = Some(accepted.letter_id);
    Ok(())
}

/// Rule 33: machines that answer each other are seen by their number or by a subject that grows; from then on nothing
/// goes out by itself on this letter, and a person is shown why.
fn watch_for_loops(db: &mut Db, ready: &Ready, letter_id: Option<i64>, done: &mut Outcome) -> Result<()> {
    let Some(letter_id) = letter_id else { return Ok(()) };
    let machines = store::machine_mails_since(db, letter_id, (ready.at - TimeDelta::hours(1)).into())?;
    let why = if ready.depth >= LOOP_DEPTH {
        Freeze::Subject
    } else if machines + 1 > MACHINE_MAILS_AN_HOUR {
        Freeze::MachineMails
    } else {
        return Ok(());
    };
    done.flags.push(Flag::Loop);
    automatic::freeze(db, ready.at, letter_id, why).map(drop)
}

/// Puts a mail on the letter a person chose.
///
/// # Errors
/// [`Error::NotFound`] for a letter that is not there; [`Error::Refused`] for one whose matters are all closed.
pub(super) fn by_hand_on(db: &mut Db, ready: &Ready, from: State, letter_id: i64) -> Result<Standing> {
    let arrival = ready.letter.as_deref().ok_or(Error::NotFound)?;
    let letter = store::letter(db, letter_id)?.ok_or(Error::NotFound)?;
    let mut done = Outcome::new(ready);
    let is_sender = ready.sender_mark.is_some() && letter.mail_mark == ready.sender_mark;
    let standing = if is_sender { Standing::Sender } else { Standing::Other };
    done.standing = Some(standing);
    let matters = letters::store::matters_of(db, letter_id)?;
    let matter = matters
        .iter()
        .find(|m| m.state == MatterState::AwaitingSender)
        .or_else(|| matters.iter().find(|m| m.state.is_open()))
        .ok_or_else(|| Error::Refused("完結した手紙です。新しい手紙として受け付けてください。".to_owned()))?;
    let said = if is_sender {
        letters::hear(db, &By::citizen(), ready.at, matter.id, text_of(arrival), &ready.submission_key)?
    } else {
        store::note(db, letter_id, text_of(arrival), None, &ready.submission_key, ready.at.into())?
    };
    done.stands(State::Message, None);
    (done.letter_id, done.exchange_id) = (Some(letter_id), Some(said));
    enclose(db, ready, letter_id)?;
    settled(db, from, done)?;
    Ok(standing)
}

/// Makes a mail a letter because a person says so. Nothing goes out by itself: who decides by hand answers by hand.
pub(super) fn by_hand_new(db: &mut Db, ready: &Ready, from: State) -> Result<i64> {
    let arrival = ready.letter.as_deref().ok_or(Error::NotFound)?;
    let accepted = receipt::accept_with_mail(db, arrival, &ReceiptMails::default(), &By::citizen())?;
    let mut done = Outcome::new(ready);
    done.stands(State::Letter, None);
    done.letter_id = Some(accepted.letter_id);
    enclose(db, ready, accepted.letter_id)?;
    settled(db, from, done)?;
    Ok(accepted.letter_id)
}

pub(super) fn settled(db: &mut Db, from: State, mut done: Outcome) -> Result<()> {
    // a mail that was set aside before it was read may turn out to be here already
    if let Some(key) = &done.content_key
        && store::by_content(db, key, &done.id)?.is_some()
    {
        done.content_key = None;
    }
    if store::finish(db, from, &done)? {
        return Ok(());
    }
    Err(Error::Stale("このメールは、画面を開いたあとに別の人が処理しました。".to_owned()))
}
