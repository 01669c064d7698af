//! What a writer sees of a letter afterwards, without an account: by receipt code and secret.

pub mod handlers;
pub mod mails;
pub mod pass;
pub mod store;
pub mod story;
mod views;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::letter::{Arrival, Channel, Paper};
use crate::letters::receipt::{self, Promise, Slip, Ticket};
use crate::letters::{self, Accepted};
use crate::mail::ReceiptMails;
use crate::people::party::{self, PartyDetails, SealedParty};
use crate::seal::Sealer;
use crate::trail::{self, Act, By, Line, Subject};
use store::{Found, Sender};

/// An answer to a question of the city. The same form sent again is one answer.
///
/// # Errors
/// [`Error::NotFound`] when the matter is not of this letter or nothing was asked about it.
pub fn answer(
    db: &mut Db,
    letter_id: i64,
    matter_id: i64,
    body: &str,
    submission_key: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let matter = letters::store::matter(db, matter_id)?;
    if matter.letter_id != letter_id || !store::was_asked(db, matter_id)? {
        return Err(Error::NotFound);
    }
    letters::hear(db, &By::citizen(), now, matter_id, body, submission_key).map(drop)
}

/// Whether the answer helped: said once a matter, after a reply was sent.
///
/// # Errors
/// [`Error::NotFound`] when there is no such matter with a reply in this letter.
pub fn feedback(
    db: &mut Db,
    letter_id: i64,
    matter_id: i64,
    helped: bool,
    comment: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let matter = letters::store::matter(db, matter_id)?;
    if matter.letter_id != letter_id || !store::was_replied(db, matter_id)? {
        return Err(Error::NotFound);
    }
    if store::has_feedback(db, matter_id)? {
        return Ok(());
    }
    store::insert_feedback(db, matter_id, helped, comment, now.into())?;
    let line = Line::new(Act::FeedbackGiven, Subject::Matter, matter_id)
        .of_letter(letter_id)
        .with(json!({ "helped": helped }));
    trail::record(db, &By::citizen(), now, &line)
}

/// A letter that continues an earlier one, with everything its transaction needs.
pub struct FollowUp {
    arrival: Arrival,
    mails: ReceiptMails,
    /// The earlier letter.
    letter_id: i64,
    /// Whose sealed details were copied, unseen by anybody.
    copied_from: Option<String>,
    /// Whether a receipt mail would go out.
    pub mailed: bool,
}

/// What the writer typed of a continuation.
#[derive(Clone, Debug)]
pub struct Continuation {
    /// The matter it continues.
    pub matter_id: i64,
    /// As typed.
    pub body: String,
    /// Whether a reply to the same contact is wanted.
    pub reply_wanted: bool,
    /// Whether it may be published.
    pub publish_ok: bool,
}

impl FollowUp {
    /// Copies the sender from the earlier letter when a reply is wanted, seals, numbers.
    pub fn prepare(
        (sealer, clock, config): (&Sealer, &Clock, &Config),
        found: &Found,
        sender: Option<&Sender>,
        typed: &Continuation,
        number: &str,
        tickets: &[Ticket],
    ) -> Result<FollowUp> {
        let now = clock.now();
        let sender = sender.filter(|_| typed.reply_wanted);
        let details = match sender {
            Some(sender) => party::open(sealer, &sender.id, sender.seal_key_id, &sender.sealed)?,
            None => PartyDetails::default(),
        };
        let party = match sender {
            Some(_) => Some(SealedParty::seal(sealer, clock.id().to_string(), &details, now)?),
            None => None,
        };
        let received_on = crate::calendar::tokyo_day(now);
        let received_at = crate::calendar::tokyo_clock_with_year(now);
        let forms = tickets.iter().filter(|_| !details.email.is_empty()).map(|ticket| {
            let slip = Slip {
                ticket,
                promise: Promise::of(received_on, config),
                received_at: &received_at,
                subject: &found.subject,
                body: &typed.body,
                reply_wanted: typed.reply_wanted,
                mailed: true,
                files: 0,
                notice: None,
            };
            receipt::letterform(&slip, &details.email, &details.name, config)
        });
        let mails = ReceiptMails::seal(sealer, clock, config, forms)?;
        Ok(FollowUp {
            mailed: !mails.is_empty(),
            mails,
            letter_id: found.id,
            copied_from: sender.map(|s| s.id.clone()),
            arrival: Arrival {
                submission_key: Some(receipt::submission_key(sealer, number)),
                receipts: tickets.iter().map(|t| t.receipt(sealer)).collect(),
                channel: Channel::WebForm,
                paper: Paper::default(),
                received_on,
                server_received_at: now.into(),
                entered_by: None,
                subject: found.subject.clone(),
                body: typed.body.clone(),
                language: "ja".to_owned(),
                place_text: None,
                position: None,
                reply_wanted: typed.reply_wanted,
                reply_via: found.reply_via.filter(|_| typed.reply_wanted),
                publish_ok: typed.publish_ok,
                age_band: None,
                district: None,
                relation: Vec::new(),
                anonymous: details.name.is_empty() && details.org_name.is_empty(),
                party,
                follow_up_of: Some(typed.matter_id),
                attachments: Vec::new(),
                due_days: (config.reply_statutory_days, config.reply_target_days),
            },
        })
    }
}

/// Takes the continuation in as a letter of its own, linked to the matter it continues.
///
/// # Errors
/// [`Error::NotFound`] when the matter is not of the earlier letter.
pub fn follow_up(db: &mut Db, next: &FollowUp) -> Result<Accepted> {
    let matter = letters::store::matter(db, next.arrival.follow_up_of.ok_or(Error::NotFound)?)?;
    if matter.letter_id != next.letter_id {
        return Err(Error::NotFound);
    }
    let by = By::citizen();
    let accepted = receipt::accept_with_mail(db, &next.arrival, &next.mails, &by)?;
    if accepted.repeated {
        return Ok(accepted);
    }
    let now = next.arrival.server_received_at.utc();
    let line = Line::new(Act::LetterFollowed, Subject::Matter, matter.id)
        .of_letter(next.letter_id)
        .with(json!({ "by_letter": accepted.letter_id }));
    trail::record(db, &by, now, &line)?;
    if let Some(party_id) = &next.copied_from {
        let line = Line::new(Act::PartyOpened, Subject::Party, party_id)
            .of_letter(next.letter_id)
            .with(json!({ "reason": "follow_up", "shown": false }));
        trail::record(db, &By::system(), now, &line)?;
    }
    Ok(accepted)
}
