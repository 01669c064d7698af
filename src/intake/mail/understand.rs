//! From a kept mail to everything its placing needs, made outside the transaction: opened, read, sealed, numbered. Long
//! because it is one way from octets to a letter; what is decided on it is in `placing`, `threading` and `trust`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::incoming::{Envelope, Flag, Reason, Source};
use super::opinions::Addressed;
use super::threading::{Clues, nesting};
use super::trust::{self, Dmarc};
use super::{aad, aad_envelope, aad_summary, shelf, store};
use crate::calendar;
use crate::clock::Clock;
use crate::config::Config;
use crate::consultations::submission;
use crate::error::{Error, Result};
use crate::files::{self, Enclosed, NewFile};
use crate::letters::letter::{Arrival, Channel, Paper, ReplyVia};
use crate::letters::receipt::{self, Promise, Slip};
use crate::mail::reader::{
    self, Enclosure, Limits, MachineKind, Protection, Reading, Repair, Signal, Warning,
};
use crate::mail::{ReceiptMails, address_token, spam};
use crate::people::party::{PartyDetails, SealedParty};
use crate::seal::{Sealed, Sealer};
use crate::text::input::{multi_line, single_line};
use crate::web::App;

/// Longest text of a letter that is kept from a mail, in characters; the rest stays in the original.
pub const LONGEST_TEXT: usize = 200_000;

/// Longest subject, in characters.
const LONGEST_SUBJECT: usize = 300;

/// What reading needs, shared by its threads.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) sealer: Sealer,
    pub(super) clock: Clock,
    pub(super) config: Arc<Config>,
}

impl Bench {
    pub(super) fn of(app: &App) -> Bench {
        Bench { sealer: app.sealer.clone(), clock: app.clock.clone(), config: app.config.clone() }
    }
}

/// What lists show of a mail, sealed in its row.
#[derive(Clone, Default, Serialize, Deserialize, Zeroize)]
#[serde(default)]
pub struct Summary {
    /// Name beside the From address.
    pub from_name: String,
    /// From address; what stands there when it is none.
    pub from: String,
    /// Subject, one line.
    pub subject: String,
    /// Date as the mail says, RFC 3339.
    pub date: Option<String>,
    /// Ids it answers.
    pub references: Vec<String>,
    /// Names of its files.
    pub files: Vec<String>,
    /// Character set as declared.
    pub declared_charset: Option<String>,
    /// Character set used.
    pub used_charset: Option<String>,
    /// Codes of what was mended.
    pub repaired: Vec<String>,
    /// Codes of what staff should know.
    pub warnings: Vec<String>,
    /// Code of the finding on the sender's domain.
    pub dmarc: String,
    /// What the other server said of a mail that came back.
    pub diagnostic: Option<String>,
    /// The address that did not get it.
    pub recipient: Option<String>,
}

impl std::fmt::Debug for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Summary(…)")
    }
}

/// A bounce: what came back and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounced {
    pub(super) mail: Option<String>,
    pub(super) returned: Option<String>,
    pub(super) status: Option<String>,
    pub(super) hard: bool,
    pub(super) diagnostic: Option<String>,
}

/// What a mail is, before the database is asked.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Person,
    Bounce(Bounced),
    Automatic(Reason),
    Exception(Reason),
}

/// What is known of a person's mail besides its words.
#[derive(Default)]
pub(super) struct Written {
    /// Addresses of ours it was for: by its envelope, else by its head.
    pub(super) to: Vec<String>,
    /// When the house had it.
    pub(super) arrived_at: DateTime<Utc>,
    /// Who wrote, as far as the mail says.
    pub(super) details: PartyDetails,
    /// By which opinions of one sender are counted once.
    pub(super) sender_mark: Option<String>,
    /// It wants no automatic answer.
    pub(super) shy: bool,
    /// What a mail of ours about it follows, oldest first.
    pub(super) references: Vec<String>,
}

/// A mail read and ready to be placed.
pub(super) struct Ready {
    pub(super) id: String,
    pub(super) at: DateTime<Utc>,
    pub(super) kind: Kind,
    pub(super) content_key: Option<String>,
    pub(super) message_mark: Option<String>,
    pub(super) reference_marks: Vec<String>,
    pub(super) sender_mark: Option<String>,
    /// The From address, for finding staff.
    pub(super) from: Option<String>,
    pub(super) summary: Option<Sealed>,
    pub(super) flags: Vec<Flag>,
    pub(super) clues: Clues,
    pub(super) subject: String,
    pub(super) dmarc: Dmarc,
    pub(super) authenticated: bool,
    pub(super) depth: usize,
    pub(super) letter: Option<Box<Arrival>>,
    pub(super) mails: ReceiptMails,
    /// What an opinion needs besides.
    pub(super) written: Written,
    /// The consultation it was sent to.
    pub(super) addressed: Option<Addressed>,
    pub(super) submission_key: String,
    /// The spam filter's score, when it says that this is spam.
    pub(super) spam: Option<f64>,
    /// What came with it, until it is at its place.
    pub(super) enclosures: Vec<Enclosure>,
    /// The same at its place on the disk.
    pub(super) files: Vec<NewFile>,
}

impl Ready {
    /// A mail that cannot be read: its octets wait for a person.
    pub(super) fn exception(row: &store::Claimed, now: DateTime<Utc>, reason: Reason) -> Ready {
        Ready {
            id: row.id.clone(),
            at: now,
            kind: Kind::Exception(reason),
            content_key: None,
            message_mark: None,
            reference_marks: Vec::new(),
            sender_mark: None,
            from: None,
            summary: None,
            flags: if row.cut() { vec![Flag::Oversize] } else { Vec::new() },
            clues: Clues::default(),
            subject: String::new(),
            dmarc: Dmarc::None,
            authenticated: false,
            depth: 0,
            letter: None,
            mails: ReceiptMails::default(),
            written: Written::default(),
            addressed: None,
            submission_key: String::new(),
            spam: None,
            enclosures: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// The octets of a kept mail, compared with their hash.
///
/// # Errors
/// [`Error::Internal`] when they are not what came in; [`Error::Unavailable`] when the disk does not give them.
pub(super) fn octets(bench: &Bench, row: &store::Claimed) -> Result<Zeroizing<Vec<u8>>> {
    let sealed = match &row.raw {
        Some(bytes) => bytes.clone(),
        None => {
            shelf::read(&shelf::path(&bench.config.data, row.received_at.utc(), &row.id, row.seal_key_id))?
        }
    };
    let plain = bench.sealer.open_in_place(&aad(&row.id), row.seal_key_id, sealed)?;
    if hex::encode(Sha256::digest(&*plain)) != row.sha256 {
        return Err(Error::Internal(format!("mail {} is not what came in", row.id)));
    }
    Ok(plain)
}

/// The envelope of a kept mail.
pub(super) fn envelope(sealer: &Sealer, id: &str, key_id: i64, sealed: &[u8]) -> Result<Envelope> {
    let plain = sealer.open_sealed(&aad_envelope(id), key_id, sealed)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// What lists show of a kept mail.
pub(super) fn summary(sealer: &Sealer, id: &str, key_id: i64, sealed: &[u8]) -> Result<Summary> {
    let plain = sealer.open_sealed(&aad_summary(id), key_id, sealed)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// Reads a mail and prepares its placing. What is wrong with the mail is in the result; an error is the house's own
/// trouble, and the mail is tried again. `by_person` says that somebody looked and found that a person wrote it.
pub(super) fn understand(bench: &Bench, row: &store::Claimed, by_person: bool) -> Result<Ready> {
    let now = bench.clock.now();
    let whole = match octets(bench, row) {
        Ok(whole) => whole,
        Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
        Err(_) => return Ok(Ready::exception(row, now, Reason::Damaged)),
    };
    let envelope = envelope(&bench.sealer, &row.id, row.seal_key_id, &row.envelope)?;
    // past the ceiling only the beginning is read: the header and the first of the text
    let limit = usize::try_from(bench.config.mail_limit).unwrap_or(usize::MAX);
    let large = whole.len() > limit;
    let read = if large { &whole[..limit.min(1024 * 1024)] } else { &whole[..] };
    let reading = reader::read(read, &Limits::default());
    let kind = if by_person { Some(Kind::Person) } else { None };
    ready(bench, row, &envelope, reading, large || row.cut(), kind)
}

/// Everything read of a mail, for showing it; none when its octets are no longer what came in.
///
/// # Errors
/// [`Error::Unavailable`] when the disk does not give them.
pub(super) fn read_again(bench: &Bench, row: &store::Claimed) -> Result<Option<Reading>> {
    match octets(bench, row) {
        Ok(whole) => Ok(Some(reader::read(&whole, &Limits::default()))),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(why) => {
            tracing::error!(mail = row.id, error = %why, "a mail does not open");
            Ok(None)
        }
    }
}

/// Asks the spam filter about a person's mail; it may think longer than reading takes.
pub(super) fn judge(bench: &Bench, row: &store::Claimed, ready: &mut Ready) {
    if bench.config.spam_filter.is_empty() || !matches!(ready.kind, Kind::Person) {
        return;
    }
    if let Ok(whole) = octets(bench, row) {
        ready.spam =
            spam::ask(&bench.config.spam_filter, &whole).filter(spam::Verdict::is_spam).map(|v| v.score);
    }
}

/// Moves what came with a mail to its place on the disk, before the transaction that records it.
pub(super) fn admit(app: &App, ready: &mut Ready) -> Result<()> {
    for enclosure in std::mem::take(&mut ready.enclosures) {
        let name =
            if enclosure.name_original.is_empty() { &enclosure.name } else { &enclosure.name_original };
        ready.files.push(files::admit(
            app,
            &Enclosed {
                name,
                declared_type: &enclosure.declared_type,
                content_id: enclosure.content_id.as_deref(),
                bytes: &enclosure.bytes,
            },
        )?);
    }
    Ok(())
}

fn ready(
    bench: &Bench,
    row: &store::Claimed,
    envelope: &Envelope,
    mut reading: Reading,
    oversize: bool,
    said: Option<Kind>,
) -> Result<Ready> {
    let Bench { sealer, config, .. } = bench;
    let now = bench.clock.now();
    let names: Vec<String> = reading.attachments.iter().map(|a| a.name.clone()).collect();
    let enclosures = std::mem::take(&mut reading.attachments);
    let reading = &reading;
    let mut subject: String = single_line(&reading.subject).text.chars().take(LONGEST_SUBJECT).collect();
    subject = subject.trim().to_owned();
    let text = multi_line(&reading.text).text;
    let cut = text.char_indices().nth(LONGEST_TEXT).map(|(at, _)| at);
    let body = cut.map_or(text.as_str(), |at| &text[..at]).trim_end().to_owned();
    let from = reading.from.as_ref().and_then(|f| f.address.clone());
    let dmarc = trust::dmarc(&reading.authentication, &config.mail_authserv_id);
    let flags = flags_of(reading, &names, oversize || cut.is_some(), dmarc);
    let mark = |purpose: &str, value: &str| sealer.mark(purpose, value);
    let message_id = reading.message_id.clone().filter(|id| !id.is_empty());
    let recipients = envelope.recipients.iter().map(String::as_str);
    let headed = reading.to.iter().chain(&reading.cc).filter_map(|c| c.address.as_deref());
    let clues = Clues::gather(
        sealer,
        address_token::letter_of,
        recipients.chain(headed),
        (&reading.in_reply_to, &reading.references),
        &subject,
    );
    let kind = said.unwrap_or_else(|| {
        kind_of(
            bench,
            envelope,
            reading,
            from.as_deref(),
            subject.is_empty() && body.is_empty() && names.is_empty(),
        )
    });
    let (letter, mails, written) = match kind {
        Kind::Person => {
            let written = written(sealer, row, reading, envelope, &clues, config);
            let (letter, mails) = letter(bench, row, &written, (&subject, &body, names.len()), now)?;
            (Some(Box::new(letter)), mails, written)
        }
        _ => (None, ReceiptMails::default(), Written::default()),
    };
    let sealed = seal_summary(sealer, row, reading, (&subject, names), dmarc)?;
    let enclosures = match kind {
        Kind::Person => enclosures,
        _ => Vec::new(),
    };
    Ok(Ready {
        id: row.id.clone(),
        at: now,
        content_key: Some(content_key(sealer, message_id.as_deref(), &reading.content_hash)),
        message_mark: message_id.as_deref().map(|id| mark("incoming.message_id", id)),
        reference_marks: clues.references.iter().map(|id| mark("incoming.message_id", id)).collect(),
        // the same mark as a party's: finds other letters of the same address
        sender_mark: from.as_deref().map(|a| mark("party.mail", &a.to_lowercase())),
        from,
        summary: Some(sealed),
        flags,
        clues,
        depth: nesting(&subject),
        subject,
        dmarc,
        authenticated: config.mail_authserv_id.is_empty() || dmarc == Dmarc::Pass,
        kind,
        letter,
        mails,
        written,
        addressed: None,
        submission_key: receipt::submission_key(sealer, &number(&row.id)),
        spam: None,
        enclosures,
        files: Vec::new(),
    })
}

/// Rule 7: the same Message-ID with the same content is the same mail; without an id the content alone.
fn content_key(sealer: &Sealer, message_id: Option<&str>, content_hash: &str) -> String {
    sealer.mark("incoming.content", &format!("{}\n{content_hash}", message_id.unwrap_or_default()))
}

pub(super) fn number(id: &str) -> String {
    format!("incoming:{id}")
}

fn flags_of(reading: &Reading, names: &[String], oversize: bool, dmarc: Dmarc) -> Vec<Flag> {
    let doubtful =
        [Warning::DuplicateFrom, Warning::DuplicateHeader, Warning::BadAddress, Warning::EncodedAddress];
    [
        (oversize || reading.warnings.contains(&Warning::CutOff), Flag::Oversize),
        (!reading.repaired.is_empty(), Flag::Repaired),
        (doubtful.iter().any(|w| reading.warnings.contains(w)), Flag::Doubtful),
        (dmarc == Dmarc::Fail, Flag::DmarcFail),
        (reading.protection == Protection::Encrypted, Flag::Encrypted),
        (!names.is_empty(), Flag::Files),
    ]
    .into_iter()
    .filter_map(|(is, flag)| is.then_some(flag))
    .collect()
}

fn kind_of(bench: &Bench, envelope: &Envelope, reading: &Reading, from: Option<&str>, empty: bool) -> Kind {
    let own = from.is_some_and(|from| is_own(from, &bench.config));
    let null_sender = envelope.sender.as_deref() == Some("");
    match reading.machine.kind {
        MachineKind::Bounce => {
            let named = envelope.recipients.iter().find_map(|a| address_token::mail_of(&bench.sealer, a));
            let returned = reading.machine.returned.clone();
            let by_id = returned.as_deref().and_then(|id| address_token::mail_of(&bench.sealer, id));
            Kind::Bounce(Bounced {
                mail: named.or(by_id),
                returned,
                status: reading.machine.status.clone(),
                hard: reading.machine.hard,
                diagnostic: reading.machine.diagnostic.clone(),
            })
        }
        MachineKind::AutoReply => Kind::Automatic(Reason::AutoReply),
        MachineKind::List => Kind::Automatic(Reason::List),
        MachineKind::None if own => Kind::Automatic(Reason::OwnMail),
        MachineKind::None if null_sender => Kind::Automatic(Reason::AutoReply),
        MachineKind::None if empty => Kind::Exception(Reason::Empty),
        MachineKind::None => Kind::Person,
    }
}

/// Whether an address is the one our own mails carry, with or without a token.
fn is_own(address: &str, config: &Config) -> bool {
    let address = address.to_lowercase();
    let own = config.mail_from.trim().to_lowercase();
    let (Some((local, domain)), Some((own_local, own_domain))) =
        (address.rsplit_once('@'), own.rsplit_once('@'))
    else {
        return false;
    };
    let detail = config.mail_detail.as_str();
    let bare = if detail.is_empty() { local } else { local.split(detail).next().unwrap_or(local) };
    domain == own_domain && (bare == own_local || local == own_local)
}

/// Rule 30, as far as the mail itself tells: a machine or a list wrote it, it asks for no automatic answer, or it bears
/// an id of ours.
fn wants_no_answer(envelope: &Envelope, reading: &Reading, config: &Config) -> bool {
    let shy = [
        Signal::NullSender,
        Signal::AutoSubmitted,
        Signal::MailerDaemon,
        Signal::AutoHeader,
        Signal::Precedence,
        Signal::ListHeader,
        Signal::NoReply,
        Signal::SuppressReplies,
    ];
    let domain = config.mail_from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let ours = |id: &String| id.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    envelope.sender.as_deref() == Some("")
        || reading.machine.kind != MachineKind::None
        || shy.iter().any(|signal| reading.machine.signals.contains(signal))
        || reading.message_id.as_ref().is_some_and(ours)
}

fn written(
    sealer: &Sealer,
    row: &store::Claimed,
    reading: &Reading,
    envelope: &Envelope,
    clues: &Clues,
    config: &Config,
) -> Written {
    let from = reading.from.clone().unwrap_or_default();
    let details = PartyDetails {
        name: single_line(&from.name).text.chars().take(100).collect(),
        email: from.address.unwrap_or_default(),
        ..PartyDetails::default()
    };
    let to = match envelope.recipients.as_slice() {
        [] => reading.to.iter().chain(&reading.cc).filter_map(|c| c.address.clone()).collect(),
        told => told.to_vec(),
    };
    let mut references: Vec<String> = clues.references.iter().rev().cloned().collect();
    references.extend(reading.message_id.clone());
    Written {
        to,
        arrived_at: trusted_arrival(row, reading),
        sender_mark: submission::sender_words(&details).map(|w| sealer.mark("submission.sender", &w)),
        details,
        shy: wants_no_answer(envelope, reading, config),
        references,
    }
}

fn letter(
    bench: &Bench,
    row: &store::Claimed,
    written: &Written,
    (subject, body, files): (&str, &str, usize),
    now: DateTime<Utc>,
) -> Result<(Arrival, ReceiptMails)> {
    let Bench { sealer, clock, config } = bench;
    let Written { details, shy, references, .. } = written;
    let party = if details.is_empty() {
        None
    } else {
        Some(SealedParty::seal(sealer, clock.id().to_string(), details, now)?)
    };
    let answerable = !details.email.is_empty();
    let received_on = calendar::tokyo_day(written.arrived_at);
    let tickets = receipt::tickets(sealer, &number(&row.id));
    let received_at = calendar::tokyo_clock_with_year(row.received_at.utc());
    let forms = tickets.iter().filter(|_| answerable).map(|ticket| {
        let slip = Slip {
            ticket,
            promise: Promise::of(received_on, config),
            received_at: &received_at,
            subject,
            body,
            reply_wanted: true,
            mailed: true,
            files,
            notice: None,
        };
        receipt::confirmation(&slip, &details.email, references.clone(), config)
    });
    let mails = ReceiptMails::seal(sealer, clock, config, forms)?;
    let mails = mails.because_of_mail(config, &details.email, *shy);
    let arrival = Arrival {
        submission_key: Some(receipt::submission_key(sealer, &number(&row.id))),
        receipts: tickets.iter().map(|t| t.receipt(sealer)).collect(),
        channel: Channel::Email,
        paper: Paper::default(),
        received_on,
        server_received_at: row.received_at,
        entered_by: None,
        subject: subject.to_owned(),
        body: body.to_owned(),
        language: "ja".to_owned(),
        place_text: None,
        position: None,
        reply_wanted: answerable,
        reply_via: answerable.then_some(ReplyVia::Email),
        // whoever writes a mail was not asked
        publish_ok: false,
        age_band: None,
        district: None,
        relation: Vec::new(),
        anonymous: details.name.is_empty(),
        party,
        follow_up_of: None,
        attachments: Vec::new(),
        due_days: (config.reply_statutory_days, config.reply_target_days),
    };
    Ok((arrival, mails))
}

/// Rule 23: the day that deadlines count from. A mail taken in later counts from the day its server had it, as the top
/// Received says; a time that cannot be is not believed, and the header's Date never is.
fn trusted_arrival(row: &store::Claimed, reading: &Reading) -> DateTime<Utc> {
    let here = row.received_at.utc();
    let oldest = DateTime::from_timestamp(946_684_800, 0).unwrap_or(here);
    match reading.received_at {
        Some(at) if row.source == Source::Import && at > oldest && at <= here + TimeDelta::minutes(5) => {
            at.min(here)
        }
        _ => here,
    }
}

fn seal_summary(
    sealer: &Sealer,
    row: &store::Claimed,
    reading: &Reading,
    (subject, files): (&str, Vec<String>),
    dmarc: Dmarc,
) -> Result<Sealed> {
    let from = reading.from.clone().unwrap_or_default();
    let mut summary = Summary {
        from: from.address.unwrap_or(from.as_written),
        from_name: from.name,
        subject: subject.to_owned(),
        date: reading.date.map(|d| d.to_rfc3339()),
        references: reading.references.iter().rev().take(20).cloned().collect(),
        files,
        declared_charset: reading.declared_charset.clone(),
        used_charset: reading.used_charset.clone(),
        repaired: reading.repaired.iter().map(|r: &Repair| r.code().to_owned()).collect(),
        warnings: reading.warnings.iter().map(|w| w.code().to_owned()).collect(),
        dmarc: dmarc.code().to_owned(),
        diagnostic: reading.machine.diagnostic.clone(),
        recipient: reading.machine.recipient.clone(),
    };
    let mut plain = serde_json::to_vec(&summary).map_err(Error::internal)?;
    let sealed = sealer.seal(&aad_summary(&row.id), &plain)?;
    plain.zeroize();
    summary.zeroize();
    Ok(sealed)
}
