//! What a person does with mails that are no letters yet: looks, takes the original, has one read again, puts it on a
//! letter or makes it one, takes it as an opinion, calls it spam or not, settles it. Whoever calls these has the right to run letters.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::incoming::{Envelope, Reason, Standing, State};
use super::store::{self, Entry};
use super::understand::{self, Bench, Ready, Summary};
use super::{opinions, placing, threading};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::search::{self, Walk};
use crate::mail::reader::Reading;
use crate::seal::Sealer;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// Most letters that are suggested for a mail.
const MOST_SUGGESTIONS: usize = 10;

/// A mail opened: what it says, and each way it came.
#[derive(Debug)]
pub struct Opened {
    /// Its row.
    pub entry: Entry,
    /// As the mail server was told.
    pub envelope: Envelope,
    /// What was read of it; none for octets that do not open, and for a mail that harms its reader.
    pub reading: Option<Reading>,
    /// Other deliveries of the same mail, oldest first.
    pub deliveries: Vec<Entry>,
}

/// What lists show of a mail; empty for one that was never read.
pub fn summary(sealer: &Sealer, entry: &Entry) -> Result<Summary> {
    match (&entry.summary, entry.summary_key_id) {
        (Some(sealed), Some(key)) => understand::summary(sealer, &entry.id, key, sealed),
        _ => Ok(Summary::default()),
    }
}

/// Opens a mail for a member of staff; the trail keeps who. For a thread that may wait.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn open(app: &App, by: &By, id: &str) -> Result<Opened> {
    let (row, entry) = noted(app, by, id, Act::IncomingOpened)?;
    let envelope = understand::envelope(&app.sealer, &row.id, row.seal_key_id, &row.envelope);
    let envelope = envelope.unwrap_or_default();
    let reading = match entry.harms_its_reader() {
        true => None,
        false => understand::read_again(&Bench::of(app), &row)?,
    };
    let deliveries = app.db.read_now(|db| store::deliveries(db, &entry))?;
    Ok(Opened { entry, envelope, reading, deliveries })
}

/// The octets of a mail exactly as they came, for a download; the trail keeps who. For a thread that may wait.
///
/// # Errors
/// As for [`open`]; [`Error::Internal`] when its octets are no longer what came in.
pub fn take(app: &App, by: &By, id: &str) -> Result<Vec<u8>> {
    let (row, _) = noted(app, by, id, Act::IncomingTaken)?;
    understand::octets(&Bench::of(app), &row).map(|mut octets| std::mem::take(&mut *octets))
}

/// The line comes before the look: nobody sees what the trail does not tell of.
fn noted(app: &App, by: &By, id: &str, act: Act) -> Result<(store::Claimed, Entry)> {
    let (id, by, now, sealer) = (id.to_owned(), by.clone(), app.clock.now(), app.sealer.clone());
    app.db.write_now(move |db| {
        let entry = store::entry(db, &id)?;
        let row = store::whole(db, &id)?;
        if row.seal_key_id > sealer.current_key() {
            sealer.refresh(db)?;
        }
        line(db, &by, now, act, &entry, serde_json::Value::Null)?;
        Ok((row, entry))
    })
}

fn line(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    act: Act,
    entry: &Entry,
    detail: serde_json::Value,
) -> Result<()> {
    let mut line = Line::new(act, Subject::Incoming, &entry.id).with(detail);
    line.letter_id = entry.letter_id;
    trail::record(db, by, now, &line)
}

/// A mail that may still be decided on.
fn open_question(db: &mut Db, id: &str) -> Result<Entry> {
    let entry = store::entry(db, id)?;
    if entry.state.may_change() {
        return Ok(entry);
    }
    Err(Error::Stale(format!("このメールはいま「{}」です。画面を開き直してください。", entry.state.label())))
}

/// Has a mail read and placed again, as if it had just come.
///
/// # Errors
/// [`Error::Stale`] when it is a letter or part of one by now.
pub fn try_again(db: &mut Db, by: &By, now: DateTime<Utc>, id: &str) -> Result<()> {
    let entry = open_question(db, id)?;
    store::wait_again(db, &entry)?;
    line(db, by, now, Act::IncomingRetried, &entry, json!({ "from": entry.state, "reason": entry.reason }))
}

/// Moves a mail among the spam. It is kept like any other.
///
/// # Errors
/// As for [`try_again`].
pub fn mark_spam(db: &mut Db, by: &By, now: DateTime<Utc>, id: &str) -> Result<()> {
    let entry = open_question(db, id)?;
    store::to_spam(db, &entry, now.into())?;
    let told = json!({ "from": entry.state, "state": State::Spam, "reason": Reason::ByHand });
    line(db, by, now, Act::IncomingPlaced, &entry, told)
}

/// Notes that nothing is left to do about a mail, such as a bounce after the letter was printed and posted.
///
/// # Errors
/// [`Error::Stale`] when somebody did it before.
pub fn settle(db: &mut Db, by: &By, now: DateTime<Utc>, id: &str) -> Result<()> {
    let entry = store::entry(db, id)?;
    if !store::settle(db, id, by.staff_id, now.into())? {
        return Err(Error::Stale("このメールは、すでに確認済みです。".to_owned()));
    }
    line(db, by, now, Act::IncomingSettled, &entry, json!({ "state": entry.state }))
}

/// A mail read anew for a person's decision, outside the transaction.
pub struct ByHand(Ready);

impl ByHand {
    /// Reads a mail as written by a person. For a thread that may wait.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Refused`] when its octets do not open.
    pub fn prepare(app: &App, id: &str) -> Result<ByHand> {
        let row = app.db.read_now(|db| {
            if store::entry(db, id)?.harms_its_reader() {
                return Err(Error::Refused(
                    "読み取ると止まるメールです。原本を保存して確かめ、受付入力から手紙にしてください。"
                        .to_owned(),
                ));
            }
            let row = store::whole(db, id)?;
            if row.seal_key_id > app.sealer.current_key() {
                app.sealer.refresh(db)?;
            }
            Ok(row)
        })?;
        let mut ready = understand::understand(&Bench::of(app), &row, true)?;
        understand::admit(app, &mut ready)?;
        if ready.letter.is_none() {
            return Err(Error::Refused("このメールの原本が開けないため、手紙にできません。".to_owned()));
        }
        Ok(ByHand(ready))
    }
}

/// Why a letter is suggested for a mail, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It answers a mail of that letter.
    Answers,
    /// That letter's number stands in its subject.
    Number,
    /// The same mail address wrote that letter.
    SameSender,
    /// That letter's subject is like its own.
    SimilarSubject,
}

impl Why {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Why::Answers => "この手紙のメールへの返信です",
            Why::Number => "件名にこの手紙の番号があります",
            Why::SameSender => "同じメールアドレスからの手紙です",
            Why::SimilarSubject => "件名が似ています",
        }
    }
}

/// Letters a mail may belong to, the likeliest first, each with its strongest reason.
pub fn suggestions(db: &mut Db, mail: &ByHand) -> Result<Vec<(i64, Why)>> {
    let ready = &mail.0;
    let mut found: Vec<(i64, Why)> = Vec::new();
    let mut add = |letter: Option<i64>, why: Why| {
        if let Some(letter) = letter
            && !found.iter().any(|(there, _)| *there == letter)
        {
            found.push((letter, why));
        }
    };
    add(placing::named(db, ready)?.map(|l| l.id), Why::Answers);
    add(placing::numbered(db, ready)?.map(|l| l.id), Why::Number);
    if let Some(mark) = &ready.sender_mark {
        for letter in store::letters_of_sender(db, mark, MOST_SUGGESTIONS as i64)? {
            add(Some(letter), Why::SameSender);
        }
    }
    for (letter, subject) in store::recent_subjects(db, 500)? {
        if !threading::bare_subject(&ready.subject).is_empty()
            && !subject.trim().is_empty()
            && !threading::is_another_subject(&ready.subject, &[subject])
        {
            add(Some(letter), Why::SimilarSubject);
        }
    }
    found.truncate(MOST_SUGGESTIONS);
    Ok(found)
}

/// Letters by what a person types: a receipt code, a number of the register, or words; newest first.
pub fn find_letters(db: &mut Db, typed: &str) -> Result<Vec<i64>> {
    let (codes, numbers) = threading::numbers_in(typed);
    let mut found = Vec::new();
    for code in &codes {
        found.extend(store::letter_of_code(db, code)?.map(|letter| letter.id));
    }
    for (year, number) in numbers {
        found.extend(store::letter_of_number(db, year, number)?.map(|letter| letter.id));
    }
    if found.is_empty() {
        found = search::ids(db, typed, Walk::Down(None), MOST_SUGGESTIONS as i64)?;
    }
    Ok(found)
}

/// Puts a mail on a letter. Its own sender's mail is heard there, anybody else's becomes an internal note.
///
/// # Errors
/// [`Error::Stale`] when it stands elsewhere by now; [`Error::Refused`] for a letter that is closed.
pub fn place_on(db: &mut Db, by: &By, mail: &ByHand, letter_id: i64) -> Result<Standing> {
    let entry = open_question(db, &mail.0.id)?;
    let standing = placing::by_hand_on(db, &mail.0, entry.state, letter_id)?;
    let told = json!({ "from": entry.state, "state": State::Message, "standing": standing });
    let line = Line::new(Act::IncomingPlaced, Subject::Incoming, &entry.id).of_letter(letter_id).with(told);
    trail::record(db, by, mail.0.at, &line)?;
    Ok(standing)
}

/// Makes a mail a letter of its own and gives the letter's id: also the way back from the spam.
///
/// # Errors
/// [`Error::Stale`] when it stands elsewhere by now.
pub fn place_new(db: &mut Db, by: &By, mail: &ByHand) -> Result<i64> {
    let entry = open_question(db, &mail.0.id)?;
    let letter_id = placing::by_hand_new(db, &mail.0, entry.state)?;
    let told = json!({ "from": entry.state, "state": State::Letter });
    let line = Line::new(Act::IncomingPlaced, Subject::Incoming, &entry.id).of_letter(letter_id).with(told);
    trail::record(db, by, mail.0.at, &line)?;
    Ok(letter_id)
}

/// Takes a mail in as an opinion on a consultation, as it came and when it came, and gives the submission's id. A mail
/// that is a letter stays one, for letters are counted too, and its opinion names the letter.
///
/// # Errors
/// [`Error::Stale`] when it stands elsewhere by now or is an opinion already; [`Error::NotFound`] when the consultation
/// was never announced.
pub fn place_opinion(db: &mut Db, by: &By, mail: &ByHand, consultation_id: i64) -> Result<i64> {
    let entry = store::entry(db, &mail.0.id)?;
    let of_letter = entry.letter_id.filter(|_| entry.state == State::Letter);
    let submission_id = match of_letter {
        Some(letter) => opinions::of_letter(db, by, &mail.0, letter, consultation_id)?,
        None => {
            open_question(db, &mail.0.id)?;
            opinions::by_hand(db, by, &mail.0, entry.state, consultation_id)?
        }
    };
    let told = json!({
        "from": entry.state, "state": if of_letter.is_some() { entry.state } else { State::Opinion },
        "consultation": consultation_id, "submission": submission_id,
    });
    line(db, by, mail.0.at, Act::IncomingPlaced, &entry, told)?;
    Ok(submission_id)
}
