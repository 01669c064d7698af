//! The outbox as staff see it: what waits, what may have been sent, what failed, and a person's word on it.

pub mod handlers;
pub mod store;
mod views;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::mail::{self, Letterform, MailState, Settlement};
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, Line, Subject};

/// Most characters a remark on a mail may have.
pub const COMMENT_LIMIT: usize = 500;

text_enum! {
    /// Why somebody opens the text and the address of a mail; kept in the trail.
    pub enum Purpose {
        Trouble = "trouble" => "届かない理由を調べる",
        Asked = "asked" => "差出人からの問合せに答える",
        Post = "post" => "郵便など別の方法で送り直す",
        Check = "check" => "送った内容を確かめる",
    }
}

/// Opens what a mail says and to whom, and leaves a line in the trail.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever may not see the outbox; [`Error::NotFound`] for a mail that is not there.
pub fn open(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: &str,
    purpose: Purpose,
) -> Result<Letterform> {
    // the words and the address are the office's business; who keeps the machine sees states only
    viewer.may(May::RunLetters)?;
    let letter_id = mail::store::find(db, id)?.letter_id;
    let (key, sealed) = mail::store::sealed(db, id)?;
    let form = mail::open(sealer, id, key, &sealed)?;
    let mut line = Line::new(Act::MailOpened, Subject::Mail, id).with(json!({ "purpose": purpose }));
    line.letter_id = letter_id;
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(form)
}

/// Writes down what a person found out about a mail.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever may not settle mails; otherwise those of [`mail::settle`].
pub fn settle(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: &str,
    settlement: Settlement,
    comment: &str,
) -> Result<MailState> {
    viewer.may(May::SeeOutbox)?;
    if comment.chars().count() > COMMENT_LIMIT {
        return Err(Error::Refused(format!("確かめたことは{COMMENT_LIMIT}字までです。")));
    }
    mail::settle(db, &viewer.by(), now, id, settlement, comment)
}
