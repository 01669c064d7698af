//! Mail is a row: what is to be sent is kept, sealed, in the transaction of the act that sends it.

pub mod address_token;
pub mod automatic;
pub mod channels;
pub mod deliver;
pub mod ledger_store;
mod message;
pub mod reader;
mod receipts;
pub mod returns;
mod server;
pub mod spam;
pub mod store;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroize;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::seal::{Sealed, Sealer};
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};
use automatic::{Ask, Withheld};
pub use receipts::ReceiptMails;

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
    /// [`mark_of`] its receiver.
    pub to_mark: String,
    /// What decides whether it may go, for what the house writes by itself.
    ask: Option<Ask>,
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
        let domain = config.mail_from.rsplit_once('@').map_or("localhost", |(_, d)| d);
        let own = Own::of(sealer, clock, domain, form)?;
        Ok(Prepared {
            id: own.id,
            message_id: own.message_id,
            kind,
            letter_id: None,
            matter_id: None,
            dispatch_id: None,
            content_hash: None,
            sealed: own.sealed,
            created_at: clock.now().into(),
            to_mark: mark_of(sealer, &form.to),
            ask: Ask::of(sealer, config, kind, &form.to),
        })
    }

    /// Another mail to the same receiver and for the same reason.
    fn saying(&self, sealer: &Sealer, clock: &Clock, form: &Letterform) -> Result<Prepared> {
        let domain = self.message_id.rsplit_once('@').map_or("", |(_, d)| d);
        let Own { id, message_id, sealed } = Own::of(sealer, clock, domain, form)?;
        Ok(Prepared { id, message_id, sealed, ..self.clone() })
    }
}

/// What no two mails share.
struct Own {
    id: String,
    message_id: String,
    sealed: Sealed,
}

impl Own {
    fn of(sealer: &Sealer, clock: &Clock, domain: &str, form: &Letterform) -> Result<Own> {
        let id = clock.id().to_string();
        let token = address_token::mail_token(sealer, &id).ok_or_else(|| Error::internal("an id"))?;
        let message_id = format!("{token}@{domain}");
        let mut plain = serde_json::to_vec(form).map_err(Error::internal)?;
        let sealed = sealer.seal(&aad(&id), &plain)?;
        plain.zeroize();
        Ok(Own { id, message_id, sealed })
    }
}

impl Prepared {
    /// The mail as one of a letter, whose number is known only in the transaction.
    #[must_use]
    pub fn of_letter(mut self, letter_id: i64) -> Prepared {
        self.letter_id = Some(letter_id);
        self
    }
}

/// The keyed hash a mail address is known by, the same as in a sender's row.
pub fn mark_of(sealer: &Sealer, address: &str) -> String {
    sealer.mark("party.mail", &address.to_lowercase())
}

text_enum! {
    /// What a person says became of a mail the program cannot judge.
    pub enum Settlement {
        Arrived = "arrived" => "届いていた",
        NotArrived = "not_arrived" => "届いていなかった",
        Posted = "posted" => "郵便などで届けた",
        Resend = "resend" => "もう一度送る",
        Cancel = "cancel" => "取りやめる",
    }
}

impl MailState {
    /// Where a person's word leads from here, if it may be given. What is sent stays sent, and nothing but a person
    /// sends a mail in doubt again.
    pub fn after(self, settlement: Settlement) -> Option<MailState> {
        use MailState as M;
        use Settlement as S;
        match (self, settlement) {
            (M::InDoubt, S::Arrived) => Some(M::Sent),
            (M::InDoubt, S::NotArrived) => Some(M::Failed),
            (M::InDoubt | M::Failed, S::Resend) => Some(M::Queued),
            (M::Failed, S::Posted) => Some(M::Cancelled),
            (M::Queued | M::InDoubt | M::Failed, S::Cancel) => Some(M::Cancelled),
            _ => None,
        }
    }

    /// What a person may say of a mail in this state.
    pub fn settlements(self) -> Vec<Settlement> {
        Settlement::ALL.iter().copied().filter(|s| self.after(*s).is_some()).collect()
    }
}

/// How long to wait after the nth attempt (counted from 0) before the next: 1, 5, 15 and 60 minutes, 4 hours, then
/// every 8 hours. A refusal ends after about two days; a server that is away is waited for, an hour at a time at most,
/// for it is not the mail's fault.
pub fn wait_after(attempts: i64, refused: bool) -> Option<Duration> {
    const MINUTES: [i64; 10] = [1, 5, 15, 60, 240, 480, 480, 480, 480, 480];
    let wait = usize::try_from(attempts).ok().and_then(|n| MINUTES.get(n)).copied();
    let minutes = if refused { wait? } else { wait.unwrap_or(60).min(60) };
    Some(Duration::minutes(minutes))
}

/// What the outbox says of an answer to an address that took no mail before.
const BOUNCED_BEFORE: &str = "この宛先には、前に送ったメールが届きませんでした。送らずに止めています。郵便など別の方法で届けてください。";

/// Puts a mail in the outbox; the worker sends it after the commit. What the house writes by itself goes only if it may
/// ([`automatic`]), and the reason is given when it may not. An answer always goes in; to an address that bounced it
/// goes in as not sendable, which is a person's task.
///
/// # Errors
/// The database's.
pub fn enqueue(db: &mut Db, mail: &Prepared) -> Result<Option<Withheld>> {
    if let Some(ask) = &mail.ask {
        return automatic::enqueue(db, mail, ask);
    }
    store::insert(db, mail)?;
    let answers = matches!(mail.kind, MailKind::Reply | MailKind::Question);
    if answers && ledger_store::stop_of(db, &mail.to_mark)? == Some(returns::Stop::Bounced) {
        store::give_up(db, &mail.id, BOUNCED_BEFORE)?;
        let mut line = Line::new(Act::MailFailed, Subject::Mail, &mail.id)
            .with(json!({ "kind": mail.kind, "why": Withheld::Bounced }));
        line.letter_id = mail.letter_id;
        trail::record(db, &By::system(), mail.created_at.utc(), &line)?;
    }
    Ok(None)
}

/// Writes down what a person found out about a mail, and sends it again if that is what he or she says.
///
/// # Errors
/// [`Error::Stale`] when the mail no longer stands where the person's page showed it; [`Error::Refused`] when that
/// cannot be said of it.
pub fn settle(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    id: &str,
    settlement: Settlement,
    comment: &str,
) -> Result<MailState> {
    let mail = store::find(db, id)?;
    let seen_to = mail.state == MailState::Sent
        && matches!(settlement, Settlement::Posted | Settlement::Arrived)
        && ledger_store::settle_returns(db, id, now.into())?;
    let next = if seen_to {
        mail.state
    } else {
        let next = mail.state.after(settlement).ok_or_else(|| {
            Error::Stale(format!(
                "このメールはいま「{}」です。画面を開き直してください。",
                mail.state.label()
            ))
        })?;
        store::move_by_hand(db, &mail, next, now.into())?;
        next
    };
    let mut line = Line::new(Act::MailSettled, Subject::Mail, id).with(json!({
        "from": mail.state, "to": next, "result": settlement, "comment": comment,
    }));
    line.letter_id = mail.letter_id;
    trail::record(db, by, now, &line)?;
    Ok(next)
}

/// A server's words for a log or a row: it likes to repeat the addresses it refuses, and those stay sealed.
pub fn without_addresses(text: &str) -> String {
    let hidden = |word: &'_ str| if word.contains('@') { "(宛先)".to_owned() } else { word.to_owned() };
    let line: String = text.split_whitespace().map(hidden).collect::<Vec<_>>().join(" ");
    line.chars().take(500).collect()
}

/// Opens a sealed mail again.
pub fn open(sealer: &Sealer, id: &str, key_id: i64, bytes: &[u8]) -> Result<Letterform> {
    let plain = sealer.open_sealed(&aad(id), key_id, bytes)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

fn aad(id: &str) -> String {
    format!("outbox:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_tried_again_ever_less_often_and_given_up_within_two_days() {
        let waits: Vec<i64> = (0..).map_while(|n| wait_after(n, true)).map(|w| w.num_minutes()).collect();
        assert_eq!(waits[..5], [1, 5, 15, 60, 240]);
        let whole: i64 = waits.iter().sum();
        assert!((40 * 60..=48 * 60).contains(&whole), "{whole} minutes");
    }

    #[test]
    fn a_server_that_is_away_is_waited_for_without_end() {
        assert_eq!(wait_after(0, false), Some(Duration::minutes(1)));
        assert_eq!(wait_after(1000, false), Some(Duration::hours(1)));
    }

    #[test]
    fn a_servers_words_are_kept_without_the_address_they_repeat() {
        let said = without_addresses("5.1.1 <hanako@example.jp>:\r\nRecipient address rejected");
        assert_eq!(said, "5.1.1 (宛先) Recipient address rejected");
    }

    #[test]
    fn only_what_is_in_doubt_or_failed_is_sent_again_and_only_by_a_person() {
        let may =
            |s| MailState::ALL.iter().copied().filter(move |m| m.after(s).is_some()).collect::<Vec<_>>();
        assert_eq!(may(Settlement::Resend), [MailState::InDoubt, MailState::Failed]);
        assert_eq!(may(Settlement::Arrived), [MailState::InDoubt]);
        assert!(MailState::Sent.settlements().is_empty() && MailState::Cancelled.settlements().is_empty());
    }
}
