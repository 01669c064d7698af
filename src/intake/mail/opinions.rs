//! Mails that are opinions on a consultation. One sent to a consultation's own address is placed by itself, under the
//! same loop rules as a letter; any other is placed by a person. Each is one submission of one point, its whole text.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Utc};
use serde_json::json;

use super::incoming::{Flag, State};
use super::placing::{settled, text_of};
use super::store::Outcome;
use super::understand::{Ready, number};
use crate::calendar;
use crate::config::Config;
use crate::consultations::consultation::{ChannelKind, Period, Phase, SenderFields};
use crate::consultations::submission::{self, Point};
use crate::consultations::{self, Shown};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::intake::opinion;
use crate::letters::letter::Arrival;
use crate::letters::receipt;
use crate::mail::ReceiptMails;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// Days after its last day during which a consultation's address still stands for it: what comes then is late, and kept
/// as such.
const STILL_MEANT: u64 = 60;

/// Whose address a mail was sent to.
pub(super) enum Addressed {
    /// A consultation's.
    To(Box<ToConsultation>),
    /// One that several consultations share, and nothing tells which is meant.
    Unclear,
}

/// Everything the transaction needs to take a mail as an opinion, made outside it.
pub(super) struct ToConsultation {
    id: i64,
    asked: SenderFields,
    mails: ReceiptMails,
}

/// A consultation that takes opinions by mail.
struct Open {
    id: i64,
    title: String,
    addresses: Vec<String>,
    period: Period,
}

impl Open {
    /// Whether its address stood for it at a moment.
    fn is_meant_at(&self, at: DateTime<Utc>) -> bool {
        let until = self.period.closing_on.checked_add_days(Days::new(STILL_MEANT));
        self.period.phase(at) != Phase::Cancelled
            && until.is_some_and(|until| calendar::tokyo_day(at) <= until)
    }
}

/// Mail addresses in what a clerk wrote as the place to send to, in small letters.
fn addresses_in(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "@.!#$%&'*+-/=?^_`{|}~".contains(c)))
        .map(|word| word.trim_matches('.').to_lowercase())
        .filter(|word| {
            word.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
        })
        .collect()
}

/// An address without our detail, in small letters.
fn bare(address: &str, config: &Config) -> String {
    let address = address.trim().to_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) if !config.mail_detail.is_empty() => {
            format!("{}@{domain}", local.split(config.mail_detail.as_str()).next().unwrap_or(local))
        }
        _ => address,
    }
}

/// Which of the consultations that a mail was addressed to is meant: the one that ran when it came, else the one that had
/// ended last. Of several that ran, the one whose title stands in the subject.
fn meant<'a>(addressed: &[&'a Open], subject: &str, at: DateTime<Utc>) -> Option<&'a Open> {
    let running: Vec<&Open> =
        addressed.iter().copied().filter(|c| c.period.phase(at) != Phase::Closed).collect();
    match running.as_slice() {
        [one] => Some(one),
        [] => addressed.iter().copied().max_by_key(|c| (c.period.closing_on, c.id)),
        several => {
            let mut named = several.iter().filter(|c| subject.contains(c.title.as_str()));
            named.next().copied().filter(|_| named.next().is_none())
        }
    }
}

/// Announced consultations with one of these addresses as their own. The address of letters is nobody's own: what comes
/// there may be about anything.
fn open(db: &mut Db, config: &Config, asked: &BTreeSet<String>) -> Result<Vec<Open>> {
    let letters = bare(&config.mail_from, config);
    let mut found = Vec::new();
    for (row, address) in consultations::store::by_channel(db, ChannelKind::Email)? {
        let own = |a: &String| *a != letters && asked.contains(a);
        let addresses: Vec<String> = addresses_in(&address).into_iter().filter(own).collect();
        if !addresses.is_empty() {
            let period = consultations::period(db, &row)?;
            found.push(Open { id: row.id, title: row.title, addresses, period });
        }
    }
    Ok(found)
}

/// Finds out which mails were sent to a consultation's own address, and writes their receipts.
///
/// # Errors
/// The house's trouble: the mails wait on.
pub(super) fn address(app: &App, ready: &mut [Ready]) -> Result<()> {
    let config = &*app.config;
    let asked: BTreeSet<String> =
        ready.iter().flat_map(|one| &one.written.to).map(|a| bare(a, config)).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let open = app.db.read_now(|db| open(db, config, &asked))?;
    let mut shown: BTreeMap<i64, Shown> = BTreeMap::new();
    for one in ready.iter_mut().filter(|one| one.letter.is_some()) {
        let to: Vec<String> = one.written.to.iter().map(|a| bare(a, config)).collect();
        let at = one.written.arrived_at;
        let addressed: Vec<&Open> =
            open.iter().filter(|c| c.addresses.iter().any(|a| to.contains(a)) && c.is_meant_at(at)).collect();
        if addressed.is_empty() {
            continue;
        }
        one.addressed = Some(match meant(&addressed, &one.subject, at) {
            None => Addressed::Unclear,
            Some(meant) => {
                let of = match shown.entry(meant.id) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(free) => {
                        free.insert(app.db.read_now(|db| consultations::shown(db, meant.id))?)
                    }
                };
                Addressed::To(Box::new(ToConsultation {
                    id: meant.id,
                    asked: of.content.sender_fields,
                    mails: receipts(app, of, one)?,
                }))
            }
        });
    }
    Ok(())
}

/// A receipt mail for each number the opinion may get; none where there is no address to answer.
fn receipts(app: &App, shown: &Shown, ready: &Ready) -> Result<ReceiptMails> {
    let written = &ready.written;
    let to = written.details.email.as_str();
    if to.is_empty() {
        return Ok(ReceiptMails::default());
    }
    let tickets = receipt::tickets(&app.sealer, &number(&ready.id));
    let forms = tickets.iter().map(|ticket| {
        opinion::mail_receipt(
            &app.config,
            &app.sealer,
            shown,
            ticket,
            to,
            written.arrived_at,
            written.references.clone(),
        )
    });
    let mails = ReceiptMails::seal(&app.sealer, &app.clock, &app.config, forms)?;
    Ok(mails.because_of_mail(&app.config, to, written.shy))
}

/// A mail as a submission arrives: its whole text is one point. What was not asked for cannot be missing by the sender's
/// fault, and is noted all the same, as for paper.
fn arrival(ready: &Ready, letter: &Arrival, asked: &SenderFields) -> submission::Arrival {
    let words = match letter.body.trim() {
        "" if !letter.subject.is_empty() => letter.subject.clone(),
        _ => text_of(letter).to_owned(),
    };
    let written = &ready.written;
    submission::Arrival {
        submission_key: letter.submission_key.clone(),
        receipts: letter.receipts.clone(),
        channel: ChannelKind::Email,
        points: vec![Point { opinion: words, ..Point::default() }],
        received_at: written.arrived_at.into(),
        received_on: calendar::tokyo_day(written.arrived_at),
        postmarked_on: None,
        written_on: None,
        entered_by: None,
        missing: submission::missing(asked, &written.details, &[]),
        relation: Vec::new(),
        anonymous: letter.anonymous,
        party: letter.party.clone(),
        sender_mark: written.sender_mark.clone(),
        org_publish_ok: false,
        attachments: Vec::new(),
    }
}

/// Takes in a mail that was sent to a consultation's own address.
pub(super) fn take(
    db: &mut Db,
    ready: &Ready,
    letter: &Arrival,
    to: &ToConsultation,
    done: &mut Outcome,
) -> Result<()> {
    let arrival = arrival(ready, letter, &to.asked);
    let accepted = consultations::accept(db, to.id, &arrival, &to.mails, &ready.files, &By::citizen())?;
    if accepted.mailed {
        done.flags.push(Flag::Confirmed);
    }
    done.stands(State::Opinion, None);
    done.submission_id = Some(accepted.submission_id);
    let line = Line::new(Act::IncomingPlaced, Subject::Incoming, &ready.id)
        .with(json!({ "state": done.state, "consultation": to.id, "submission": accepted.submission_id }));
    trail::record(db, &By::system(), ready.at, &line)
}

/// Takes in what a person chose. Nothing goes out by itself: who decides by hand answers by hand.
fn chosen(db: &mut Db, by: &By, ready: &Ready, consultation_id: i64) -> Result<i64> {
    let letter = ready.letter.as_deref().ok_or(Error::NotFound)?;
    let asked = consultations::shown(db, consultation_id)?.content.sender_fields;
    let arrival = arrival(ready, letter, &asked);
    let accepted =
        consultations::accept(db, consultation_id, &arrival, &ReceiptMails::default(), &ready.files, by)?;
    if accepted.repeated {
        return Err(Error::Stale("このメールは、すでに意見として受け付けています。".to_owned()));
    }
    Ok(accepted.submission_id)
}

/// Makes a mail an opinion because a person says so.
pub(super) fn by_hand(db: &mut Db, by: &By, ready: &Ready, from: State, consultation_id: i64) -> Result<i64> {
    let submission_id = chosen(db, by, ready, consultation_id)?;
    let mut done = Outcome::new(ready);
    done.stands(State::Opinion, None);
    done.submission_id = Some(submission_id);
    settled(db, from, done)?;
    Ok(submission_id)
}

/// Takes the mail of a letter as an opinion too: the letter stays, and its end is decided on its page.
pub(super) fn of_letter(
    db: &mut Db,
    by: &By,
    ready: &Ready,
    letter_id: i64,
    consultation_id: i64,
) -> Result<i64> {
    if consultations::store::of_letter(db, letter_id)?.is_some() {
        return Err(Error::Stale("この手紙は、すでに意見としても受け付けています。".to_owned()));
    }
    let submission_id = chosen(db, by, ready, consultation_id)?;
    consultations::store::link_letter(db, submission_id, letter_id)?;
    let line = Line::new(Act::LetterIsOpinion, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "consultation": consultation_id, "submission": submission_id }));
    trail::record(db, by, ready.at, &line)?;
    Ok(submission_id)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn open(id: i64, title: &str, first: u32, last: u32) -> Open {
        let day = |d| NaiveDate::from_ymd_opt(2026, 4, d).unwrap();
        let addresses = vec!["iken@city.example.lg.jp".to_owned()];
        Open { id, title: title.to_owned(), addresses, period: Period::new(day(first), day(last), 0, &[]) }
    }

    #[test]
    fn an_address_is_found_in_what_a_clerk_wrote() {
        assert_eq!(
            addresses_in("Doro-Iken@city.example.lg.jp(件名に「意見」とお書きください)"),
            ["doro-iken@city.example.lg.jp"]
        );
        assert_eq!(addresses_in("a@b.example、c@d.example."), ["a@b.example", "c@d.example"]);
        assert_eq!(addresses_in("@city、窓口、a@b"), Vec::<String>::new());
    }

    #[test]
    fn a_detail_of_our_own_does_not_hide_an_address() {
        let config = Config::default();
        assert_eq!(bare(" Iken+0abc@City.example.lg.jp", &config), "iken@city.example.lg.jp");
        let plain = Config { mail_detail: String::new(), ..Config::default() };
        assert_eq!(bare("iken+0abc@city.example.lg.jp", &plain), "iken+0abc@city.example.lg.jp");
    }

    #[test]
    fn the_consultation_that_runs_is_meant_and_of_several_the_one_that_is_named() {
        let (ended, later) = (open(1, "公園計画", 1, 2), open(2, "道路計画", 1, 5));
        let (runs, coming) = (open(3, "自転車計画", 1, 30), open(4, "街路樹方針", 20, 30));
        let at = "2026-04-10T03:00:00Z".parse().unwrap();
        let id = |all: &[&Open], subject: &str| meant(all, subject, at).map(|c| c.id);
        assert_eq!(id(&[&ended, &runs], ""), Some(3));
        assert_eq!(id(&[&ended, &later], "公園計画への意見"), Some(2), "late for the one that ended last");
        assert_eq!(id(&[&runs, &coming], "意見"), None);
        assert_eq!(id(&[&runs, &coming], "街路樹方針への意見"), Some(4));
        assert_eq!(id(&[&runs, &coming], "自転車計画と街路樹方針"), None);
    }
}
