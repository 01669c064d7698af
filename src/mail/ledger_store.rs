//! What was written without a person, what came back, and who wants no more: the rows.

use diesel::prelude::*;

use super::automatic::{Freeze, Occasion};
use super::returns::{ReturnKind, Stop};
use super::{MailKind, MailState};
use crate::db::schema::{mail_automatic, mail_freeze, mail_return, mail_stop, outbox};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;

/// Why an address gets no automatic mail, if so.
pub fn stop_of(db: &mut Db, mark: &str) -> Result<Option<Stop>> {
    Ok(mail_stop::table.find(mark).select(mail_stop::reason).first(db).optional()?)
}

/// Stops automatic mail to an address; the first reason stays. Gives whether it was not stopped before.
pub fn stop(db: &mut Db, mark: &str, reason: Stop, outbox_id: Option<&str>, at: Instant) -> Result<bool> {
    if stop_of(db, mark)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(mail_stop::table)
        .values((
            mail_stop::mark.eq(mark),
            mail_stop::reason.eq(reason),
            mail_stop::outbox_id.eq(outbox_id),
            mail_stop::at.eq(at),
        ))
        .execute(db)?;
    Ok(true)
}

/// Lets an address have automatic mail again; gives whether it was stopped.
pub fn unstop(db: &mut Db, mark: &str) -> Result<bool> {
    Ok(diesel::delete(mail_stop::table.find(mark)).execute(db)? == 1)
}

/// Counts an automatic mail; `marks` are those of the address and its domain.
pub fn count_automatic(
    db: &mut Db,
    outbox_id: &str,
    occasion: Occasion,
    marks: (&str, &str),
    letter_id: Option<i64>,
    at: Instant,
) -> Result<()> {
    diesel::insert_into(mail_automatic::table)
        .values((
            mail_automatic::outbox_id.eq(outbox_id),
            mail_automatic::occasion.eq(occasion),
            mail_automatic::address_mark.eq(marks.0),
            mail_automatic::domain_mark.eq(marks.1),
            mail_automatic::letter_id.eq(letter_id),
            mail_automatic::at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// How many automatic mails went to an address after `since`.
pub fn to_address_since(db: &mut Db, mark: &str, since: Instant) -> Result<i64> {
    Ok(mail_automatic::table
        .filter(mail_automatic::address_mark.eq(mark))
        .filter(mail_automatic::at.gt(since))
        .count()
        .get_result(db)?)
}

/// How many went to a domain after `since` on one kind of occasion.
pub fn to_domain_since(db: &mut Db, mark: &str, occasion: Occasion, since: Instant) -> Result<i64> {
    Ok(mail_automatic::table
        .filter(mail_automatic::domain_mark.eq(mark))
        .filter(mail_automatic::occasion.eq(occasion))
        .filter(mail_automatic::at.gt(since))
        .count()
        .get_result(db)?)
}

/// How many were written about a letter.
pub fn automatic_of_letter(db: &mut Db, letter_id: i64) -> Result<i64> {
    Ok(mail_automatic::table.filter(mail_automatic::letter_id.eq(letter_id)).count().get_result(db)?)
}

/// Whether automatic mail about a letter is stopped.
pub fn is_frozen(db: &mut Db, letter_id: i64) -> Result<bool> {
    let found: Option<i64> =
        mail_freeze::table.find(letter_id).select(mail_freeze::letter_id).first(db).optional()?;
    Ok(found.is_some())
}

/// Stops automatic mail about a letter.
pub fn freeze(db: &mut Db, letter_id: i64, why: Freeze, at: Instant) -> Result<()> {
    diesel::insert_into(mail_freeze::table)
        .values((mail_freeze::letter_id.eq(letter_id), mail_freeze::reason.eq(why), mail_freeze::at.eq(at)))
        .execute(db)?;
    Ok(())
}

/// Lets it go again; gives whether it was stopped.
pub fn thaw(db: &mut Db, letter_id: i64) -> Result<bool> {
    Ok(diesel::delete(mail_freeze::table.find(letter_id)).execute(db)? == 1)
}

/// Writes down what came back about a mail, unless the same is there already.
pub fn note_return(
    db: &mut Db,
    outbox_id: &str,
    kind: ReturnKind,
    status: Option<&str>,
    said: &str,
    at: Instant,
) -> Result<bool> {
    let there: i64 = mail_return::table
        .filter(mail_return::outbox_id.eq(outbox_id))
        .filter(mail_return::kind.eq(kind))
        .count()
        .get_result(db)?;
    if there > 0 {
        return Ok(false);
    }
    diesel::insert_into(mail_return::table)
        .values((
            mail_return::outbox_id.eq(outbox_id),
            mail_return::kind.eq(kind),
            mail_return::status.eq(status),
            mail_return::said.eq(said),
            mail_return::at.eq(at),
        ))
        .execute(db)?;
    Ok(true)
}

/// Settles what came back about a mail; gives whether anything was open.
pub fn settle_returns(db: &mut Db, outbox_id: &str, at: Instant) -> Result<bool> {
    let open = mail_return::table
        .filter(mail_return::outbox_id.eq(outbox_id))
        .filter(mail_return::settled_at.is_null());
    Ok(diesel::update(open).set(mail_return::settled_at.eq(at)).execute(db)? > 0)
}

/// Something that came back.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_return, check_for_backend(Backend))]
pub struct Return {
    /// The mail it is about.
    pub outbox_id: String,
    /// What it is.
    pub kind: ReturnKind,
    /// 5.1.1.
    pub status: Option<String>,
    /// The other server's words.
    pub said: String,
    /// When.
    pub at: Instant,
    /// When a person had seen to it.
    pub settled_at: Option<Instant>,
}

/// What came back about these mails, oldest first.
pub fn returns_of(db: &mut Db, mails: &[String]) -> Result<Vec<Return>> {
    Ok(mail_return::table
        .filter(mail_return::outbox_id.eq_any(mails))
        .order(mail_return::id)
        .select(Return::as_select())
        .load(db)?)
}

/// A mail that came back: its id, what it is, when it came back.
pub type Undelivered = (String, MailKind, Instant);

/// Answers and questions that came back undelivered and that nobody has seen to, oldest first.
pub fn undelivered(db: &mut Db, most: i64) -> Result<Vec<Undelivered>> {
    Ok(mail_return::table
        .inner_join(outbox::table.on(outbox::id.eq(mail_return::outbox_id)))
        .filter(mail_return::settled_at.is_null())
        .filter(mail_return::kind.eq_any([ReturnKind::Hard, ReturnKind::Soft]))
        .filter(outbox::kind.eq_any([MailKind::Reply, MailKind::Question]))
        .order(mail_return::id)
        .limit(most)
        .select((outbox::id, outbox::kind, mail_return::at))
        .load(db)?)
}

/// A mail of a letter, as its page shows it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(Backend))]
pub struct OfLetter {
    /// Its id.
    pub id: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// What it is.
    pub kind: MailKind,
    /// The dispatch that allowed it.
    pub dispatch_id: Option<i64>,
    /// Where it stands.
    pub state: MailState,
    /// When it was written.
    pub created_at: Instant,
    /// When the server took it.
    pub sent_at: Option<Instant>,
}

/// The mails of a letter, oldest first.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<OfLetter>> {
    Ok(outbox::table
        .filter(outbox::letter_id.eq(letter_id))
        .order(outbox::id)
        .select(OfLetter::as_select())
        .load(db)?)
}
