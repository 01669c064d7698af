//! May an automatic mail go now? Asked where it is put in the outbox, in the transaction of the act that causes it, so
//! that threads and processes cannot outrun the count (RFC 3834; the hard stop that holds when every detection fails).
//!
//! Receipts and notices are automatic. Answers, questions and the staff's digest are not, and pass by here.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::ledger_store as ledger;
use super::{MailKind, Prepared, store};
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};

text_enum! {
    /// What makes the house write by itself.
    pub enum Occasion {
        /// A person filled in a form, which no machine in a loop does.
        Form = "form" => "書式",
        /// A mail came in.
        Mail = "mail" => "メール",
    }
}

text_enum! {
    /// Why an automatic mail was not written.
    pub enum Withheld {
        Machine = "machine" => "機械が送ったメールへの返事になるため",
        NoReply = "no_reply" => "返信を受け付けない宛先のため",
        Ours = "ours" => "市自身の宛先のため",
        Bounced = "bounced" => "前に届かなかった宛先のため",
        Asked = "asked" => "自動のメールを止めるよう連絡があったため",
        Disowned = "disowned" => "手紙を送っていないと連絡があったため",
        Frozen = "frozen" => "機械どうしのやり取りを止めているため",
        PerCase = "per_case" => "この手紙には控えを送ったことがあるため",
        PerSender = "per_sender" => "この宛先に送れる一日の数に達したため",
        PerDomain = "per_domain" => "この宛先の会社などに送れる一時間の数に達したため",
    }
}

text_enum! {
    /// Why a letter gets no automatic mail any more.
    pub enum Freeze {
        Subject = "subject" => "題名が返信のたびに伸びている",
        MachineMails = "machine_mails" => "機械のメールが続いている",
    }
}

/// How long a confirmation counts for its receiver.
const A_DAY: i64 = 24;

/// What has to be known of an automatic mail before the transaction.
#[derive(Clone, Debug)]
pub struct Ask {
    occasion: Occasion,
    /// Forbidden whatever the database says.
    never: Option<Withheld>,
    /// The address as senders are known by.
    mark: String,
    /// The address without its detail: one person's many spellings are one.
    address_mark: String,
    domain_mark: String,
    per_address: i64,
    per_domain: i64,
}

impl Ask {
    /// For a mail of this kind to this address; none for what is not automatic. Who writes because a mail came in says
    /// so with [`Ask::because_of_mail`].
    pub(super) fn of(sealer: &Sealer, config: &Config, kind: MailKind, to: &str) -> Option<Ask> {
        if !matches!(kind, MailKind::Receipt | MailKind::Notice) {
            return None;
        }
        let (local, domain) = split(to);
        let whole = local.split('+').next().unwrap_or(&local);
        Some(Ask {
            occasion: Occasion::Form,
            never: never(config, &local, &domain),
            mark: super::mark_of(sealer, to),
            address_mark: sealer.mark("mail.address", &format!("{whole}@{domain}")),
            domain_mark: sealer.mark("mail.domain", &domain),
            per_address: i64::from(config.receipts_per_address),
            per_domain: i64::from(config.confirmations_per_domain),
        })
    }

    /// The mail answers one that came in. `machine` is whether a machine or a list wrote it, or asked for no automatic
    /// answer; our own domain gets none either, for it may be ourselves.
    fn because_of_mail(&mut self, config: &Config, to: &str, machine: bool) {
        self.occasion = Occasion::Mail;
        self.per_address = 1;
        if machine {
            self.never = Some(Withheld::Machine);
        } else if self.never.is_none() && split(to).1 == split(&config.mail_from).1 {
            self.never = Some(Withheld::Ours);
        }
    }
}

impl Prepared {
    /// Says that a mail which came in causes this one: one a sender and day, one a letter, and none to machines.
    /// `machine` as the reader judged what came in.
    #[must_use]
    pub fn because_of_mail(mut self, config: &Config, to: &str, machine: bool) -> Prepared {
        if let Some(ask) = &mut self.ask {
            ask.because_of_mail(config, to, machine);
        }
        self
    }
}

impl Prepared {
    /// Says that its receiver asked for mails of this sort and followed the link in ours: no count of a day holds it back,
    /// only a word to stop, a bounce, or an address that is no person's.
    #[must_use]
    pub fn asked_for(mut self) -> Prepared {
        if let Some(ask) = &mut self.ask {
            ask.per_address = i64::MAX;
        }
        self
    }
}

/// Name and domain of an address in small letters; an address without a domain has an empty one.
fn split(address: &str) -> (String, String) {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@').unwrap_or((address.as_str(), ""));
    (local.trim_matches('"').to_owned(), domain.trim_end_matches('.').to_owned())
}

fn never(config: &Config, local: &str, domain: &str) -> Option<Withheld> {
    let (our_local, our_domain) = split(&config.mail_from);
    let detail = config.mail_detail.as_str();
    let with_token =
        !detail.is_empty() && local.strip_prefix(&our_local).is_some_and(|rest| rest.starts_with(detail));
    if domain == our_domain && (local == our_local || with_token) {
        return Some(Withheld::Ours);
    }
    let plain: String = local.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    let machine = ["noreply", "donotreply", "mailerdaemon", "postmaster", "majordomo", "listserv"];
    let machine = machine.iter().any(|name| plain.starts_with(name))
        || matches!(plain.as_str(), "bounce" | "bounces" | "daemon" | "root" | "nobody")
        || local.starts_with("owner-")
        || ["-request", "-bounces", "-owner"].iter().any(|end| local.ends_with(end));
    machine.then_some(Withheld::NoReply)
}

/// Puts an automatic mail in the outbox and counts it, or writes down why not.
///
/// # Errors
/// The database's.
pub(super) fn enqueue(db: &mut Db, mail: &Prepared, ask: &Ask) -> Result<Option<Withheld>> {
    let why = match ask.never {
        Some(why) => Some(why),
        None => counted(db, mail, ask)?,
    };
    if let Some(why) = why {
        let mut line = Line::new(Act::MailWithheld, Subject::Mail, &mail.id)
            .with(json!({ "kind": mail.kind, "why": why, "occasion": ask.occasion }));
        line.letter_id = mail.letter_id;
        trail::record(db, &By::system(), mail.created_at.utc(), &line)?;
        return Ok(Some(why));
    }
    store::insert(db, mail)?;
    let marks = (ask.address_mark.as_str(), ask.domain_mark.as_str());
    ledger::count_automatic(db, &mail.id, ask.occasion, marks, mail.letter_id, mail.created_at)?;
    Ok(None)
}

fn counted(db: &mut Db, mail: &Prepared, ask: &Ask) -> Result<Option<Withheld>> {
    if let Some(reason) = ledger::stop_of(db, &ask.mark)? {
        return Ok(Some(reason.withheld()));
    }
    let now = mail.created_at.utc();
    let day = (now - Duration::hours(A_DAY)).into();
    if let Some(letter) = mail.letter_id {
        if ledger::is_frozen(db, letter)? {
            return Ok(Some(Withheld::Frozen));
        }
        if ask.occasion == Occasion::Mail && ledger::automatic_of_letter(db, letter)? > 0 {
            return Ok(Some(Withheld::PerCase));
        }
    }
    if ledger::to_address_since(db, &ask.address_mark, day)? >= ask.per_address {
        return Ok(Some(Withheld::PerSender));
    }
    let hour = (now - Duration::hours(1)).into();
    if ask.occasion == Occasion::Mail
        && ledger::to_domain_since(db, &ask.domain_mark, Occasion::Mail, hour)? >= ask.per_domain
    {
        return Ok(Some(Withheld::PerDomain));
    }
    Ok(None)
}

/// Stops automatic mail about a letter, because machines answer each other (rule of the ever growing subject, or too
/// many machine mails in an hour). Gives whether it was not stopped before.
///
/// # Errors
/// The database's.
pub fn freeze(db: &mut Db, now: DateTime<Utc>, letter_id: i64, why: Freeze) -> Result<bool> {
    if ledger::is_frozen(db, letter_id)? {
        return Ok(false);
    }
    ledger::freeze(db, letter_id, why, now.into())?;
    let line = Line::new(Act::MailFrozen, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "why": why }));
    trail::record(db, &By::system(), now, &line)?;
    Ok(true)
}

/// Lets automatic mail about a letter go again, by a person's word.
///
/// # Errors
/// The database's.
pub fn thaw(db: &mut Db, by: &By, now: DateTime<Utc>, letter_id: i64) -> Result<()> {
    if !ledger::thaw(db, letter_id)? {
        return Ok(());
    }
    let line = Line::new(Act::MailThawed, Subject::Letter, letter_id).of_letter(letter_id);
    trail::record(db, by, now, &line)
}

/// Whether automatic mail about a letter is stopped.
///
/// # Errors
/// The database's.
pub fn is_frozen(db: &mut Db, letter_id: i64) -> Result<bool> {
    ledger::is_frozen(db, letter_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_30_nobody_who_reads_no_mail_and_not_ourselves_is_written_to_by_a_machine() {
        let config = Config::default();
        let never = |address: &str| {
            let (local, domain) = split(address);
            never(&config, &local, &domain)
        };
        for machine in [
            "no-reply@shop.example",
            "NoReply@shop.example",
            "do_not_reply@shop.example",
            "noreply+12@shop.example",
            "MAILER-DAEMON@example.jp",
            "postmaster@example.jp",
            "koho-request@ml.example",
            "owner-koho@ml.example",
            "koho-bounces@ml.example",
        ] {
            assert_eq!(never(machine), Some(Withheld::NoReply), "{machine}");
        }
        for ours in ["shicho-tegami@city.example.lg.jp", " Shicho-Tegami+0abc@CITY.example.lg.jp. "] {
            assert_eq!(never(ours), Some(Withheld::Ours), "{ours}");
        }
        for person in [
            "hanako@example.jp",
            "a..b@docomo.ne.jp",
            "\"a.\"@ezweb.ne.jp",
            "shicho-tegami2@city.example.lg.jp",
            "reply@example.jp",
            "requester@example.jp",
        ] {
            assert_eq!(never(person), None, "{person}");
        }
    }
}
