//! What the status page reads, and the few rows it adds.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{dispatch, exchange, feedback, letter, party, reply, reply_version, trail, unit};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::letters::letter::ReplyVia;
use crate::letters::matter::Matter;
use crate::letters::store::matters_of;
use crate::mail::MailKind;
use crate::mail::returns::{Delivery, deliveries};
use crate::trail::Act;

/// A letter as its writer knows it.
#[derive(Clone, Debug, Queryable)]
pub struct Found {
    /// `letter.id`.
    pub id: i64,
    /// Twelve digits.
    pub receipt_code: String,
    /// Keyed hash of code and secret.
    pub secret_mac: String,
    /// As typed.
    pub subject: String,
    /// As typed.
    pub body: String,
    /// When it came.
    pub at: Instant,
    /// 受付日.
    pub received_on: NaiveDate,
    /// When it was entered in the register.
    pub registered_at: Option<Instant>,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// By which way.
    pub reply_via: Option<ReplyVia>,
    /// The sender's row.
    pub party_id: Option<String>,
}

macro_rules! found {
    ($filtered:expr) => {
        $filtered.select((
            letter::id,
            letter::receipt_code,
            letter::secret_mac,
            letter::subject,
            letter::body_original,
            letter::server_received_at,
            letter::received_on,
            letter::registered_at,
            letter::reply_wanted,
            letter::reply_via,
            letter::party_id,
        ))
    };
}

/// The letter of a code.
pub fn by_code(db: &mut Db, code: &str) -> Result<Option<Found>> {
    Ok(found!(letter::table.filter(letter::receipt_code.eq(code))).first(db).optional()?)
}

/// The letter of an id.
pub fn by_id(db: &mut Db, id: i64) -> Result<Found> {
    Ok(found!(letter::table.find(id)).first(db)?)
}

/// A sender's sealed details.
#[derive(Clone, Debug, Queryable)]
pub struct Sender {
    /// `party.id`.
    pub id: String,
    /// Sealed.
    pub sealed: Vec<u8>,
    /// With which key.
    pub seal_key_id: i64,
}

/// The sealed details of a letter's sender.
pub fn sender(db: &mut Db, party_id: &str) -> Result<Sender> {
    Ok(party::table.find(party_id).select((party::id, party::sealed, party::seal_key_id)).first(db)?)
}

/// A reply that left the house.
#[derive(Clone, Debug)]
pub struct SentReply {
    /// `final`, `interim` or `question`.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// Subject line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The day an interim reply names.
    pub expected_on: Option<NaiveDate>,
    /// What became of its mail, if it went by mail.
    pub mail: Option<Delivery>,
}

/// A question of the city or an answer of the writer.
#[derive(Clone, Debug, Queryable)]
pub struct Said {
    /// The matter it is about.
    pub matter_id: Option<i64>,
    /// `question` or `answer`.
    pub kind: String,
    /// The text.
    pub body: String,
    /// When.
    pub at: Instant,
}

/// A matter with everything its writer may know of it.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The matter.
    pub matter: Matter,
    /// The section that has it.
    pub unit: Option<String>,
    /// Replies sent, oldest first.
    pub replies: Vec<SentReply>,
    /// Whether the writer said if it helped.
    pub feedback: Option<bool>,
}

/// Everything a status page shows.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The letter.
    pub letter: Found,
    /// When somebody at the city first opened it.
    pub read_at: Option<Instant>,
    /// Its matters in their order.
    pub chapters: Vec<Chapter>,
    /// Questions and answers, oldest first.
    pub said: Vec<Said>,
    /// The receipt's mail, if one was written.
    pub receipt: Option<Delivery>,
}

/// Reads everything of a letter that its writer may know.
pub fn whole(db: &mut Db, letter: Found) -> Result<Whole> {
    let opened: Option<Instant> = trail::table
        .filter(trail::letter_id.eq(letter.id))
        .filter(trail::act.eq(Act::LetterRead))
        .order(trail::id)
        .select(trail::at)
        .first(db)
        .optional()?;
    let mails = deliveries(db, letter.id)?;
    let mut chapters = Vec::new();
    for matter in matters_of(db, letter.id)? {
        chapters.push(chapter(db, matter, &mails)?);
    }
    let receipt = mails.into_iter().find(|d| d.mail.kind == MailKind::Receipt);
    let said = exchange::table
        .filter(exchange::letter_id.eq(letter.id))
        .filter(exchange::kind.ne("note"))
        .order(exchange::id)
        .select((exchange::matter_id, exchange::kind, exchange::body, exchange::at))
        .load(db)?;
    let read_at = [opened, letter.registered_at].into_iter().flatten().min();
    Ok(Whole { letter, read_at, chapters, said, receipt })
}

type Left = (i64, String, Instant, String, String, Option<NaiveDate>);

fn chapter(db: &mut Db, matter: Matter, mails: &[Delivery]) -> Result<Chapter> {
    let unit = match matter.owning_unit_id {
        Some(id) => unit::table.find(id).select(unit::name).first(db).optional()?,
        None => None,
    };
    let left: Vec<Left> = dispatch::table
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
        .filter(reply::matter_id.eq(matter.id))
        .order(dispatch::id)
        .select((
            dispatch::id,
            reply::kind,
            dispatch::at,
            reply_version::subject,
            reply_version::body,
            reply_version::expected_on,
        ))
        .load(db)?;
    let sent = |(id, kind, at, subject, body, expected_on): Left| {
        let mail = mails.iter().find(|d| d.mail.dispatch_id == Some(id)).cloned();
        SentReply { kind, at, subject, body, expected_on, mail }
    };
    let replies = left.into_iter().map(sent).collect();
    let feedback = feedback::table.find(matter.id).select(feedback::helped).first(db).optional()?;
    Ok(Chapter { matter, unit, replies, feedback })
}

/// Whether the city asked the writer something about a matter: by a row of its own or by a question that was sent.
pub fn was_asked(db: &mut Db, matter_id: i64) -> Result<bool> {
    let rows: i64 = exchange::table
        .filter(exchange::matter_id.eq(matter_id))
        .filter(exchange::kind.eq("question"))
        .count()
        .get_result(db)?;
    Ok(rows > 0 || sent(db, matter_id, "question")?)
}

/// Whether a final reply to a matter was sent.
pub fn was_replied(db: &mut Db, matter_id: i64) -> Result<bool> {
    sent(db, matter_id, "final")
}

fn sent(db: &mut Db, matter_id: i64, kind: &str) -> Result<bool> {
    let rows: i64 = dispatch::table
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
        .filter(reply::matter_id.eq(matter_id))
        .filter(reply::kind.eq(kind))
        .count()
        .get_result(db)?;
    Ok(rows > 0)
}

/// Whether the writer has said if the reply helped.
pub fn has_feedback(db: &mut Db, matter_id: i64) -> Result<bool> {
    let found: Option<i64> =
        feedback::table.find(matter_id).select(feedback::matter_id).first(db).optional()?;
    Ok(found.is_some())
}

/// Adds whether the reply helped.
pub fn insert_feedback(db: &mut Db, matter_id: i64, helped: bool, comment: &str, at: Instant) -> Result<()> {
    diesel::insert_into(feedback::table)
        .values((
            feedback::matter_id.eq(matter_id),
            feedback::helped.eq(helped),
            feedback::comment.eq(comment),
            feedback::at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}
