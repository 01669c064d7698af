//! Letters that came on paper, by telephone or at the counter: typed in by staff, checked by a second person,
//! misreadings corrected beside the original, which never changes.

pub mod entry;
pub mod handlers;
pub mod store;
pub mod views;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::letter::Arrival;
use crate::letters::{self, Accepted};
use crate::people::{May, Viewer};
use crate::text_enum;
use crate::trail::{self, Act, Line, Subject};
use store::{Same, Typed};

text_enum! {
    /// Why a writer is given another 確認番号.
    pub enum WhyRenewed {
        NotHanded = "not_handed" => "控えをまだ渡していない",
        Lost = "lost" => "差出人が番号をなくした(本人であることを確かめた)",
    }
}

/// What an entry made: the letter, and others of the same words that were there before.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The letter and which receipt it got.
    pub accepted: Accepted,
    /// Letters of the same words; a reason to look, never to refuse.
    pub same: Vec<Same>,
}

/// Takes in what a member of staff typed.
pub fn enter(db: &mut Db, viewer: &Viewer, arrival: &Arrival) -> Result<Entered> {
    viewer.may(May::EnterLetters)?;
    let same = store::same_words(db, &arrival.body)?;
    let accepted = letters::accept(db, arrival, &viewer.by())?;
    let same = same.into_iter().filter(|s| s.id != accepted.letter_id).collect();
    Ok(Entered { accepted, same })
}

/// The typing of a letter, if this person may look at it: the office, or who typed it in.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub fn typed(db: &mut Db, viewer: &Viewer, letter_id: i64) -> Result<Typed> {
    let typed = store::typed(db, letter_id)?;
    if viewer.can(May::RunLetters) || typed.entered_by == Some(viewer.id) {
        return Ok(typed);
    }
    Err(Error::NotFound)
}

/// A second person says that the typing is what the paper says.
///
/// # Errors
/// [`Error::NotAllowed`] for the one who typed it; [`Error::Refused`] for a letter nobody typed.
pub fn check(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    seen: Option<i64>,
) -> Result<()> {
    let typed = typed(db, viewer, letter_id)?;
    match typed.entered_by {
        None => {
            return Err(Error::Refused(
                "この手紙は職員が入力したものではないので、確認はいりません。".to_owned(),
            ));
        }
        Some(who) if who == viewer.id => {
            return Err(Error::NotAllowed("入力した本人は確認できません。別の職員が確認します。".to_owned()));
        }
        Some(_) => {}
    }
    store::set_checked(db, &typed, seen, viewer.id, now.into())?;
    let line = Line::new(Act::LetterChecked, Subject::Letter, letter_id).of_letter(letter_id);
    trail::record(db, &viewer.by(), now, &line)
}

/// Gives the writer another 確認番号: from now on only this one opens the status page. The same form again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for everybody but the office and who typed the letter in.
pub fn renew_receipt(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    why: WhyRenewed,
    secret_mac: &str,
) -> Result<()> {
    typed(db, viewer, letter_id)?;
    if !store::set_secret(db, letter_id, secret_mac)? {
        return Ok(());
    }
    let line = Line::new(Act::ReceiptRenewed, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "reason": why }));
    trail::record(db, &viewer.by(), now, &line)
}

/// Corrects a misreading: only the working text changes, the original never does.
///
/// # Errors
/// [`Error::Stale`] when somebody else corrected it meanwhile.
pub fn correct(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    seen: Option<i64>,
    text: &str,
) -> Result<()> {
    let typed = typed(db, viewer, letter_id)?;
    if text.trim().is_empty() {
        return Err(Error::Refused("訂正後の本文を入力してください。".to_owned()));
    }
    if typed.text() == text {
        return Ok(());
    }
    store::set_working(db, &typed, seen, text)?;
    let rows = crate::text::diff(typed.text(), text).iter().filter(|row| !row.is_same()).count();
    let line = Line::new(Act::LetterCorrected, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "lines": rows }));
    trail::record(db, &viewer.by(), now, &line)
}
