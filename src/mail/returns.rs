//! What comes back about a mail: bounces, and what its receiver tells us by the link in it.
//!
//! A bounced answer is a person's task; a bounced address gets nothing by itself any more. An answer is never kept
//! back because somebody wanted fewer mails.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::automatic::Withheld;
use super::{Letterform, ledger_store as ledger, mark_of, open, store, without_addresses};
use crate::db::Db;
use crate::error::Result;
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};

text_enum! {
    /// What came back.
    pub enum ReturnKind {
        /// The address takes no mail (5.x.x).
        Hard = "hard" => "宛先に届きませんでした",
        /// Given up for another reason: a full mailbox, a server away for days (4.x.x).
        Soft = "soft" => "時間内に届きませんでした",
        /// Still being tried by the other server.
        Delayed = "delayed" => "相手のサーバーで遅れています",
        Asked = "asked" => "自動のメールを止めてほしいとのことです",
        Disowned = "disowned" => "手紙を送っていないとのことです",
        Confirmed = "confirmed" => "受け取った方が、自分の手紙だと確かめました",
    }
}

impl ReturnKind {
    /// Whether the mail did not arrive.
    pub fn is_undelivered(self) -> bool {
        matches!(self, ReturnKind::Hard | ReturnKind::Soft)
    }
}

text_enum! {
    /// Why an address gets no automatic mail.
    pub enum Stop {
        Bounced = "bounced" => "届かなかった",
        Asked = "asked" => "止めるよう連絡があった",
        Disowned = "disowned" => "手紙を送っていないと連絡があった",
    }
}

impl Stop {
    /// The same as a reason for not writing.
    pub fn withheld(self) -> Withheld {
        match self {
            Stop::Bounced => Withheld::Bounced,
            Stop::Asked => Withheld::Asked,
            Stop::Disowned => Withheld::Disowned,
        }
    }
}

/// A bounce or a delay notice about a mail of ours.
#[derive(Clone, Debug)]
pub struct Bounce {
    /// `outbox.id`: [`super::address_token::mail_of`] of the envelope address it came to, of its ENVID, or of the
    /// Message-ID in the returned part.
    pub outbox_id: String,
    /// Hard, soft or delayed.
    pub kind: ReturnKind,
    /// 5.1.1.
    pub status: Option<String>,
    /// The other server's words; addresses in them are taken out here.
    pub diagnostic: String,
}

/// Takes a bounce in: the row, a trail line at its letter, and after a hard one the address is stopped. Nothing is
/// written to anybody. Gives the letter it belongs to; the same bounce twice is one.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when there is no such mail.
pub fn returned(db: &mut Db, sealer: &Sealer, now: DateTime<Utc>, bounce: &Bounce) -> Result<Option<i64>> {
    let mail = store::find(db, &bounce.outbox_id)?;
    let said = without_addresses(&bounce.diagnostic);
    if !ledger::note_return(db, &mail.id, bounce.kind, bounce.status.as_deref(), &said, now.into())? {
        return Ok(mail.letter_id);
    }
    if bounce.kind == ReturnKind::Hard {
        let form = opened(db, sealer, &mail.id)?;
        ledger::stop(db, &mark_of(sealer, &form.to), Stop::Bounced, Some(&mail.id), now.into())?;
    }
    let mut line = Line::new(Act::MailReturned, Subject::Mail, &mail.id)
        .with(json!({ "kind": mail.kind, "return": bounce.kind, "status": bounce.status }));
    line.letter_id = mail.letter_id;
    trail::record(db, &By::system(), now, &line)?;
    Ok(mail.letter_id)
}

text_enum! {
    /// What the receiver of an automatic mail can tell us by its link.
    pub enum Word {
        Stop = "stop" => "自動のメールを止める",
        NotMe = "not_me" => "この手紙を送っていない",
        Mine = "mine" => "自分が送った手紙です",
        Resume = "resume" => "自動のメールをまた受け取る",
    }
}

/// Writes down what the receiver of a mail tells. Said twice, it is said once.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when there is no such mail.
pub fn told(db: &mut Db, sealer: &Sealer, now: DateTime<Utc>, outbox_id: &str, word: Word) -> Result<()> {
    let mail = store::find(db, outbox_id)?;
    if word == Word::Resume {
        let form = opened(db, sealer, outbox_id)?;
        if ledger::unstop(db, &mark_of(sealer, &form.to))? {
            let mut line = Line::new(Act::MailResumed, Subject::Mail, outbox_id);
            line.letter_id = mail.letter_id;
            trail::record(db, &By::citizen(), now, &line)?;
        }
        return Ok(());
    }
    let (kind, act, stop) = match word {
        Word::Stop => (ReturnKind::Asked, Act::MailStopped, Some(Stop::Asked)),
        Word::NotMe => (ReturnKind::Disowned, Act::MailDisowned, Some(Stop::Disowned)),
        Word::Mine | Word::Resume => (ReturnKind::Confirmed, Act::MailConfirmed, None),
    };
    if let Some(reason) = stop {
        let form = opened(db, sealer, outbox_id)?;
        ledger::stop(db, &mark_of(sealer, &form.to), reason, Some(outbox_id), now.into())?;
    }
    if ledger::note_return(db, outbox_id, kind, None, "", now.into())? {
        let mut line = Line::new(act, Subject::Mail, outbox_id);
        line.letter_id = mail.letter_id;
        trail::record(db, &By::citizen(), now, &line)?;
    }
    Ok(())
}

fn opened(db: &mut Db, sealer: &Sealer, id: &str) -> Result<Letterform> {
    let (key, bytes) = store::sealed(db, id)?;
    // a key made by another process a moment ago is fetched first
    sealer.open_with(db, &super::aad(id), key, &bytes)?;
    open(sealer, id, key, &bytes)
}

/// Where a mail of a letter stands, for its page.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The mail.
    pub mail: ledger::OfLetter,
    /// What came back about it, oldest first.
    pub returns: Vec<ledger::Return>,
}

impl Delivery {
    /// Whether it came back undelivered and nobody has seen to it.
    pub fn is_open(&self) -> bool {
        self.returns.iter().any(|r| r.kind.is_undelivered() && r.settled_at.is_none())
    }

    /// Whether it came back undelivered.
    pub fn is_undelivered(&self) -> bool {
        self.returns.iter().any(|r| r.kind.is_undelivered())
    }
}

/// What was mailed about a letter and what became of it, oldest first.
///
/// # Errors
/// The database's.
pub fn deliveries(db: &mut Db, letter_id: i64) -> Result<Vec<Delivery>> {
    let mails = ledger::of_letter(db, letter_id)?;
    let ids: Vec<String> = mails.iter().map(|m| m.id.clone()).collect();
    let returns = ledger::returns_of(db, &ids)?;
    let of = |mail: ledger::OfLetter| {
        let returns = returns.iter().filter(|r| r.outbox_id == mail.id).cloned().collect();
        Delivery { mail, returns }
    };
    Ok(mails.into_iter().map(of).collect())
}
