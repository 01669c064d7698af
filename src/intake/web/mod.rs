//! The citizens' letter form: write, confirm, send. Sending is one transaction; whatever happens to the answer, the
//! same form gives the same receipt.

mod draft;
pub mod handlers;
mod store;
mod views;
mod words;

use chrono::{DateTime, Utc};

pub use draft::{Draft, Ready};

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::files::{self, NewFile};
use crate::letters::letter::{Arrival, Channel, Paper};
use crate::letters::receipt::{self, Promise, Slip, Ticket};
use crate::mail::ReceiptMails;
use crate::people::party::SealedParty;
use crate::seal::Sealer;
use crate::trail::By;
use crate::web::App;

/// Everything the transaction of sending needs, made outside it.
pub struct Sending {
    arrival: Arrival,
    mails: ReceiptMails,
    upload_key: String,
    ticked: Vec<String>,
    fresh: Vec<NewFile>,
}

/// What became of it.
pub enum Sent {
    /// The letter is in, now or by an earlier sending of the same form.
    Receipt {
        /// Which ticket.
        ticket: usize,
        /// When it came.
        at: DateTime<Utc>,
        /// How many files are with it.
        files: usize,
        /// Whether a copy went into the outbox.
        mailed: bool,
    },
    /// This form was sent before with another text: the new text is not in.
    Otherwise {
        /// Which ticket the earlier letter has.
        ticket: usize,
    },
}

impl Sending {
    /// Seals sender and mail, numbers the letter.
    pub fn prepare(
        app: &App,
        draft: &Draft,
        ready: &Ready,
        number: &str,
        tickets: &[Ticket],
        fresh: Vec<NewFile>,
    ) -> Result<Sending> {
        let App { sealer, clock, config, .. } = app;
        let now = clock.now();
        let received_on = crate::calendar::tokyo_day(now);
        let party = if ready.party.is_empty() {
            None
        } else {
            Some(SealedParty::seal(sealer, clock.id().to_string(), &ready.party, now)?)
        };
        let mails = match ready.party.email.as_str() {
            "" => ReceiptMails::default(),
            _ => mails(sealer, clock, config, draft, ready, tickets, now)?,
        };
        Ok(Sending {
            mails,
            upload_key: files::upload_key(sealer, number),
            ticked: draft.attachments.clone(),
            fresh,
            arrival: Arrival {
                submission_key: Some(receipt::submission_key(sealer, number)),
                receipts: tickets.iter().map(|t| t.receipt(sealer)).collect(),
                channel: Channel::WebForm,
                paper: Paper::default(),
                received_on,
                server_received_at: now.into(),
                entered_by: None,
                subject: draft.subject.clone(),
                body: draft.body.clone(),
                language: "ja".to_owned(),
                place_text: Some(draft.place_text.clone()).filter(|p| !p.is_empty()),
                position: ready.position,
                reply_wanted: ready.reply_wanted,
                reply_via: ready.reply_via,
                publish_ok: ready.publish_ok,
                age_band: ready.age_band,
                district: ready.district,
                relation: ready.relation.clone(),
                anonymous: ready.party.name.is_empty() && ready.party.org_name.is_empty(),
                party,
                follow_up_of: None,
                attachments: Vec::new(),
                due_days: (config.reply_statutory_days, config.reply_target_days),
            },
        })
    }
}

fn mails(
    sealer: &Sealer,
    clock: &Clock,
    config: &Config,
    draft: &Draft,
    ready: &Ready,
    tickets: &[Ticket],
    now: DateTime<Utc>,
) -> Result<ReceiptMails> {
    let received_at = crate::calendar::tokyo_clock_with_year(now);
    let slip = |ticket| Slip {
        ticket,
        promise: Promise::of(crate::calendar::tokyo_day(now), config),
        received_at: &received_at,
        subject: &draft.subject,
        body: &draft.body,
        reply_wanted: ready.reply_wanted,
        mailed: true,
        files: 0,
        notice: None,
    };
    let forms = tickets
        .iter()
        .map(|ticket| receipt::letterform(&slip(ticket), &ready.party.email, &ready.party.name, config));
    ReceiptMails::seal(sealer, clock, config, forms)
}

/// Takes the letter of a form in, with its sender, files and receipt mail.
pub fn send(db: &mut Db, sending: &mut Sending) -> Result<Sent> {
    // may run again after a failed commit: start from what was ticked, not from what was found last time
    sending.arrival.attachments.clear();
    if !sending.ticked.is_empty() {
        let of_form = files::of_form(db, &sending.upload_key)?;
        let ids = of_form.into_iter().map(|file| file.id).filter(|id| sending.ticked.contains(id));
        sending.arrival.attachments.extend(ids);
    }
    let by = By::citizen();
    let accepted = receipt::accept_with_mail(db, &sending.arrival, &sending.mails, &by)?;
    let at = sending.arrival.server_received_at.utc();
    if accepted.repeated {
        let before = store::before(db, accepted.letter_id)?;
        let files = store::files_of(db, accepted.letter_id)?;
        let same = before.body == sending.arrival.body && before.subject == sending.arrival.subject;
        return Ok(if same {
            Sent::Receipt { ticket: accepted.receipt, at: before.at.utc(), files, mailed: accepted.mailed }
        } else {
            Sent::Otherwise { ticket: accepted.receipt }
        });
    }
    for file in &sending.fresh {
        files::record(db, file, Some(accepted.letter_id), None)?;
    }
    let ids = sending.arrival.attachments.iter().chain(sending.fresh.iter().map(|file| &file.id));
    for id in ids {
        files::note_added(db, &by, at, accepted.letter_id, id)?;
    }
    let files = sending.arrival.attachments.len() + sending.fresh.len();
    Ok(Sent::Receipt { ticket: accepted.receipt, at, files, mailed: accepted.mailed })
}
