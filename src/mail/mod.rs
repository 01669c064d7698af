//! Mail is a row: what is to be sent is kept, sealed, in the transaction of the act that sends it.

pub mod store;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::seal::{Sealed, Sealer};
use crate::text_enum;

text_enum! {
    /// What a mail is.
    pub enum MailKind {
        Receipt = "receipt" => "受付の控え",
        Reply = "reply" => "回答",
        Question = "question" => "お尋ね",
        Digest = "digest" => "毎日のお知らせ",
        Notice = "notice" => "お知らせ",
    }
}

text_enum! {
    /// Where a mail stands. One that was being handed over when the program died stays in doubt: it is not sent again
    /// by itself, for a citizen must not get an answer twice.
    pub enum MailState {
        Queued = "queued" => "送信待ち",
        InDoubt = "in_doubt" => "送信したかもしれません",
        Sent = "sent" => "送信済み",
        Failed = "failed" => "送信できません",
        Cancelled = "cancelled" => "取りやめ",
    }
}

/// What a mail says, and to whom.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize)]
#[serde(default)]
pub struct Letterform {
    /// Address of the one recipient.
    pub to: String,
    /// Name of the recipient, without honorific; may be empty.
    pub to_name: String,
    /// Subject.
    pub subject: String,
    /// Plain text, UTF-8, LF.
    pub text: String,
    /// Message-IDs this mail follows, oldest first.
    pub references: Vec<String>,
}

impl std::fmt::Debug for Letterform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letterform(…)")
    }
}

/// A mail ready to be put in the outbox: sealed outside the transaction.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// `outbox.id`.
    pub id: String,
    /// Ours and unguessable, without angle brackets.
    pub message_id: String,
    /// What it is.
    pub kind: MailKind,
    /// The letter it belongs to.
    pub letter_id: Option<i64>,
    /// The matter it belongs to.
    pub matter_id: Option<i64>,
    /// The dispatch that allows it, for replies and questions.
    pub dispatch_id: Option<i64>,
    /// Hash of the approved content, for replies and questions.
    pub content_hash: Option<String>,
    /// Sealed [`Letterform`].
    pub sealed: Sealed,
    /// When.
    pub created_at: Instant,
}

impl Prepared {
    /// Seals what is to be said under a fresh id and Message-ID.
    pub fn seal(
        sealer: &Sealer,
        clock: &Clock,
        config: &Config,
        kind: MailKind,
        form: &Letterform,
    ) -> Result<Prepared> {
        let id = clock.id().to_string();
        let domain = config.mail_from.rsplit_once('@').map_or("localhost", |(_, d)| d);
        let message_id = format!("{}@{domain}", hex::encode(clock.random::<16>()));
        let mut plain = serde_json::to_vec(form).map_err(Error::internal)?;
        let sealed = sealer.seal(&aad(&id), &plain)?;
        plain.zeroize();
        Ok(Prepared {
            id,
            message_id,
            kind,
            letter_id: None,
            matter_id: None,
            dispatch_id: None,
            content_hash: None,
            sealed,
            created_at: clock.now().into(),
        })
    }
}

/// Puts a mail in the outbox. The worker sends it after the commit.
pub fn enqueue(db: &mut Db, mail: &Prepared) -> Result<()> {
    store::insert(db, mail)
}

/// Opens a sealed mail again.
pub fn open(sealer: &Sealer, id: &str, key_id: i64, bytes: &[u8]) -> Result<Letterform> {
    let plain = sealer.open_sealed(&aad(id), key_id, bytes)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

fn aad(id: &str) -> String {
    format!("outbox:{id}")
}
