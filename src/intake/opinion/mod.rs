//! The form for an opinion on a consultation, the entry of opinions that came on paper, and the import of those that were
//! received elsewhere.
//!
//! Sending is one transaction; what decides whether it is in time is the instant at which the request began to arrive.
//! After the last day the form is no longer offered, but what is sent is stored and counted apart.

mod coming;
mod draft;
pub mod entry;
pub mod handlers;
pub mod import;
mod known;
mod slowing;
mod views;

use chrono::{DateTime, Utc};

pub use draft::{Draft, Ready};

use crate::calendar;
use crate::config::Config;
use crate::consultations::consultation::{Came, ChannelKind, SenderFields};
use crate::consultations::submission::{self, Arrival, Point};
use crate::consultations::{self, Accepted, Shown};
use crate::db::Db;
use crate::error::Result;
use crate::files::{self, NewFile};
use crate::letters::receipt::{self, Ticket};
use crate::mail::{Letterform, ReceiptMails};
use crate::people::party::{PartyDetails, SealedParty};
use crate::seal::Sealer;
use crate::trail::By;
use crate::web::App;

/// Everything the transaction of sending needs, made outside it.
pub struct Sending {
    consultation_id: i64,
    arrival: Arrival,
    mails: ReceiptMails,
    upload_key: String,
    ticked: Vec<String>,
    fresh: Vec<NewFile>,
}

/// What became of it.
pub struct Sent {
    /// What the consultation took in.
    pub accepted: Accepted,
    /// When it came.
    pub at: DateTime<Utc>,
    /// How many files are with it.
    pub files: usize,
    /// It was sent before with another text: the new text is not in.
    pub otherwise: bool,
}

/// A sender sealed, with the mark by which he or she is counted once.
fn sealed(
    app: &App,
    details: &PartyDetails,
    now: DateTime<Utc>,
) -> Result<(Option<SealedParty>, Option<String>)> {
    if details.is_empty() {
        return Ok((None, None));
    }
    let party = SealedParty::seal(&app.sealer, app.clock.id().to_string(), details, now)?;
    let mark = submission::sender_words(details).map(|words| app.sealer.mark("submission.sender", &words));
    Ok((Some(party), mark))
}

impl Sending {
    /// Seals sender and mail, numbers the submission.
    #[expect(clippy::too_many_arguments, reason = "what was typed, where, when, under which numbers")]
    pub fn prepare(
        app: &App,
        shown: &Shown,
        draft: &Draft,
        ready: &Ready,
        number: &str,
        tickets: &[Ticket],
        arrived_at: DateTime<Utc>,
        fresh: Vec<NewFile>,
    ) -> Result<Sending> {
        let (party, sender_mark) = sealed(app, &ready.party, arrived_at)?;
        let asked: SenderFields = shown.content.sender_fields;
        let mails = match ready.party.email.as_str() {
            "" => ReceiptMails::default(),
            _ => {
                let forms = tickets.iter().map(|ticket| letterform(app, shown, ready, ticket, arrived_at));
                ReceiptMails::seal(&app.sealer, &app.clock, &app.config, forms)?
            }
        };
        Ok(Sending {
            consultation_id: shown.row.id,
            mails,
            upload_key: files::upload_key(&app.sealer, number),
            ticked: draft.attachments.clone(),
            fresh,
            arrival: Arrival {
                submission_key: Some(receipt::submission_key(&app.sealer, number)),
                receipts: tickets.iter().map(|t| t.receipt(&app.sealer)).collect(),
                channel: ChannelKind::Web,
                points: ready.points.clone(),
                received_at: arrived_at.into(),
                received_on: calendar::tokyo_day(arrived_at),
                postmarked_on: None,
                written_on: None,
                entered_by: None,
                missing: submission::missing(&asked, &ready.party, &ready.relation),
                relation: ready.relation.clone(),
                anonymous: ready.party.name.is_empty() && ready.party.org_name.is_empty(),
                party,
                sender_mark,
                org_publish_ok: ready.org_publish_ok,
                attachments: Vec::new(),
            },
        })
    }
}

/// Takes the submission of a form in, with its sender, files and receipt mail.
pub fn send(db: &mut Db, sending: &mut Sending) -> Result<Sent> {
    // may run again after a failed commit: start from what was ticked, not from what was found last time
    sending.arrival.attachments.clear();
    if !sending.ticked.is_empty() {
        let of_form = files::of_form(db, &sending.upload_key)?;
        let ids = of_form.into_iter().map(|file| file.id).filter(|id| sending.ticked.contains(id));
        sending.arrival.attachments.extend(ids);
    }
    let accepted = consultations::accept(
        db,
        sending.consultation_id,
        &sending.arrival,
        &sending.mails,
        &sending.fresh,
        &By::citizen(),
    )?;
    let stored = consultations::store::submission(db, accepted.submission_id)?;
    let otherwise = accepted.repeated && stored.text_original != submission::whole(&sending.arrival.points);
    let files = files::of_submission(db, accepted.submission_id)?.len();
    Ok(Sent { accepted, at: stored.received_at.utc(), files, otherwise })
}

/// The key of the link by which somebody says that a submission was or was not sent by him or her.
pub fn link_key(sealer: &Sealer, code: &str) -> String {
    sealer.mark("submission.link", code).chars().take(32).collect()
}

/// What happens to an opinion from here on: one that came late is read and kept, and the city's answers are not for it.
fn from_here_on(late: bool) -> &'static [&'static str] {
    if late {
        &[
            "担当の課が読み、参考にします。消えることはありません。",
            "期間内のご意見とは分けて数え、結果には、期限後に届いたものの数だけを載せます。市の考え方をお答えする対象にはなりません。",
            "お一人ずつにはお返事しません。",
        ]
    } else {
        &[
            "募集期間が終わったあと、すべてのご意見を読み、内容ごとに整理します。",
            "ご意見への市の考え方をまとめて、市のホームページと担当課の窓口で公表します。お一人ずつにはお返事しません。",
            "数の多さではなく、内容を検討します。同じ内容のご意見は、まとめてお答えします。",
        ]
    }
}

/// The same for a mail, after the sentence that it came late where it did.
fn ahead(shown: &Shown, kind: ChannelKind, arrived_at: DateTime<Utc>) -> (String, String) {
    let late = !shown.in_time(kind, &Came::at(arrived_at));
    let told = if late {
        format!(
            "募集期間({}まで)が終わったあとに届きました。\n\n",
            calendar::era_date(shown.period.closing_on)
        )
    } else {
        String::new()
    };
    let points: Vec<String> = from_here_on(late).iter().map(|point| format!("・{point}\n")).collect();
    (told, format!("■これからのこと\n{}", points.concat()))
}

/// The receipt as a mail: the numbers, the words, and the link for somebody whose address was misused.
fn letterform(
    app: &App,
    shown: &Shown,
    ready: &Ready,
    ticket: &Ticket,
    arrived_at: DateTime<Utc>,
) -> Letterform {
    let config: &Config = &app.config;
    let base = config.base_url.trim_end_matches('/');
    let content = &shown.content;
    let mut text = String::new();
    let name = ready.party.addressee();
    if !name.is_empty() {
        text.push_str(&format!("{name}\n\n"));
    }
    let (late, ahead) = ahead(shown, ChannelKind::Web, arrived_at);
    text.push_str(&format!(
        "「{}({})」へのご意見を受け付けました({})。\n\n{late}受付番号  {}\n確認番号  {}\n\n",
        content.title,
        content.draft_label,
        calendar::tokyo_clock_with_year(arrived_at),
        ticket.code,
        ticket.secret.shown_once()
    ));
    text.push_str("この2つの番号で、ご意見の扱いを見られます。番号はほかの人に見せないでください。\n");
    text.push_str(&format!(
        "{base}/receipts/{}\n\n{ahead}\n■お送りいただいたご意見\n{}\n",
        ticket.code,
        as_text(&ready.points)
    ));
    text.push_str(&format!(
        "\n■お心当たりのないとき\nあなたの連絡先を使って、ほかの人が送ったのかもしれません。次の画面からお知らせください。\n{base}/opinions/{}/{}\n",
        ticket.code,
        link_key(&app.sealer, &ticket.code.digits())
    ));
    text.push_str(&format!(
        "\n――\n{} {}\n電話 {}\n",
        config.city_name, content.unit_name, content.contact_phone
    ));
    Letterform {
        to: ready.party.email.clone(),
        to_name: ready.party.name.clone(),
        subject: format!("ご意見を受け付けました({})", ticket.code),
        text,
        references: Vec::new(),
    }
}

/// The receipt of an opinion that came by mail. It repeats nothing of it, not even a name: whoever forges a sender must
/// not be able to send words of his own through us. `references` are the Message-IDs it answers, oldest first.
pub fn mail_receipt(
    config: &Config,
    sealer: &Sealer,
    shown: &Shown,
    ticket: &Ticket,
    to: &str,
    arrived_at: DateTime<Utc>,
    references: Vec<String>,
) -> Letterform {
    let base = config.base_url.trim_end_matches('/');
    let content = &shown.content;
    let (late, ahead) = ahead(shown, ChannelKind::Email, arrived_at);
    let text = format!(
        "「{title}({label})」へのご意見を受け付けました({at})。\n\n{late}受付番号  {code}\n確認番号  {secret}\n\n\
         この2つの番号で、ご意見の扱いを見られます。番号はほかの人に見せないでください。\n{base}/receipts/{code}\n\n\
         {ahead}\n\
         ■お心当たりのないとき\n次の画面からお知らせください。\n{base}/opinions/{code}/{key}\n\n――\n{city} {unit}\n電話 {phone}\n",
        title = content.title,
        label = content.draft_label,
        at = calendar::tokyo_clock_with_year(arrived_at),
        code = ticket.code,
        secret = ticket.secret.shown_once(),
        key = link_key(sealer, &ticket.code.digits()),
        city = config.city_name,
        unit = content.unit_name,
        phone = content.contact_phone,
    );
    Letterform {
        to: to.to_owned(),
        to_name: String::new(),
        subject: format!("ご意見を受け付けました({})", ticket.code),
        text,
        references,
    }
}

/// The points one after another, numbered when there are several.
fn as_text(points: &[Point]) -> String {
    let mut text = String::new();
    for (no, point) in (1..).zip(points) {
        if points.len() > 1 {
            text.push_str(&format!("({no}) "));
        }
        if !point.target.is_empty() {
            text.push_str(&format!("【{}】\n", point.target));
        }
        text.push_str(&format!("{}\n", point.text()));
    }
    text
}
