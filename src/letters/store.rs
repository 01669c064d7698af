//! The rows of letters and matters.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::letter::{Arrival, Channel, LetterState, Paper, Receipt};
use super::matter::{Change, Matter, State};
use crate::db::schema::{attachment, exchange, letter, letter_paper, letter_place, matter, staff};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::insert_numbered;
use crate::text::{l0, l1};

/// The letter a form's number belongs to, and its receipt code.
pub fn by_submission_key(db: &mut Db, key: &str) -> Result<Option<(i64, String)>> {
    Ok(letter::table
        .filter(letter::submission_key.eq(key))
        .select((letter::id, letter::receipt_code))
        .first(db)
        .optional()?)
}

/// Whether a receipt code is in use.
pub fn code_taken(db: &mut Db, code: &str) -> Result<bool> {
    let id: Option<i64> =
        letter::table.filter(letter::receipt_code.eq(code)).select(letter::id).first(db).optional()?;
    Ok(id.is_some())
}

/// A letter that was typed in and waits for a second person.
#[derive(Clone, Debug, Queryable)]
pub struct Unchecked {
    /// The letter.
    pub id: i64,
    /// The way it came.
    pub channel: Channel,
    /// 受付日.
    pub received_on: NaiveDate,
    /// One line; may be empty.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Who typed it in.
    pub entered_by: String,
}

/// Open letters that somebody else than this person typed in and nobody compared with the paper.
fn unchecked<'a>(viewer_id: i64) -> letter::BoxedQuery<'a, Backend> {
    letter::table
        .filter(letter::entered_by.is_not_null())
        .filter(letter::entered_by.ne(viewer_id))
        .filter(letter::checked_by.is_null())
        .filter(letter::closed_at.is_null())
        .into_boxed()
}

/// How many of them there are.
pub fn count_unchecked(db: &mut Db, viewer_id: i64) -> Result<i64> {
    Ok(unchecked(viewer_id).count().get_result(db)?)
}

/// The oldest of them, at most `most`.
pub fn oldest_unchecked(db: &mut Db, viewer_id: i64, most: i64) -> Result<Vec<Unchecked>> {
    let ids: Vec<i64> = unchecked(viewer_id).order(letter::id).limit(most).select(letter::id).load(db)?;
    Ok(letter::table
        .inner_join(staff::table.on(staff::id.nullable().eq(letter::entered_by)))
        .filter(letter::id.eq_any(ids))
        .order(letter::id)
        .select((
            letter::id,
            letter::channel,
            letter::received_on,
            letter::subject,
            letter::body_original,
            staff::name,
        ))
        .load(db)?)
}

/// Adds a letter, with what its paper and its place say, and gives its id.
pub fn insert_letter(db: &mut Db, arrival: &Arrival, receipt: &Receipt) -> Result<i64> {
    let relation = arrival.relation.iter().map(|r| r.code()).collect::<Vec<_>>().join(",");
    let id = insert_numbered!(
        db,
        letter,
        (
            letter::receipt_code.eq(&receipt.code),
            letter::secret_mac.eq(&receipt.secret_mac),
            letter::submission_key.eq(&arrival.submission_key),
            letter::channel.eq(arrival.channel),
            letter::state.eq(LetterState::Received),
            letter::fiscal_year.eq(i64::from(arrival.fiscal_year().0)),
            letter::received_on.eq(arrival.received_on),
            letter::server_received_at.eq(arrival.server_received_at),
            letter::entered_by.eq(arrival.entered_by),
            letter::subject.eq(&arrival.subject),
            letter::body_original.eq(&arrival.body),
            letter::language.eq(&arrival.language),
            letter::reply_wanted.eq(arrival.reply_wanted),
            letter::reply_via.eq(arrival.reply_via),
            letter::publish_ok.eq(arrival.publish_ok),
            letter::age_band.eq(arrival.age_band.map(|a| a.code())),
            letter::district.eq(arrival.district.map(|d| d.code())),
            letter::relation.eq(relation),
            letter::anonymous.eq(arrival.anonymous),
            letter::party_id.eq(arrival.party.as_ref().map(|p| p.id.as_str())),
            letter::text_exact.eq(l0(arrival.body.as_bytes()).to_string()),
            letter::text_key.eq(l1(&arrival.body).to_string()),
            letter::version.eq(1_i64),
        )
    )?;
    if arrival.paper != Paper::default() {
        diesel::insert_into(letter_paper::table)
            .values((letter_paper::letter_id.eq(id), &arrival.paper))
            .execute(db)?;
    }
    if arrival.place_text.is_some() || arrival.position.is_some() {
        diesel::insert_into(letter_place::table)
            .values((
                letter_place::letter_id.eq(id),
                letter_place::words.eq(&arrival.place_text),
                letter_place::lat.eq(arrival.position.map(|p| p.0)),
                letter_place::lon.eq(arrival.position.map(|p| p.1)),
            ))
            .execute(db)?;
    }
    Ok(id)
}

/// Adds a matter to a letter.
#[expect(clippy::too_many_arguments, reason = "a row")]
pub fn insert_matter(
    db: &mut Db,
    letter_id: i64,
    no: i64,
    title: &str,
    state: State,
    arrival: &Arrival,
    statutory: NaiveDate,
    target: NaiveDate,
) -> Result<i64> {
    Ok(insert_numbered!(
        db,
        matter,
        (
            matter::letter_id.eq(letter_id),
            matter::no.eq(no),
            matter::title.eq(title),
            matter::state.eq(state),
            matter::reply_needed.eq(arrival.reply_wanted),
            matter::received_on.eq(arrival.received_on),
            matter::statutory_due_on.eq(statutory),
            matter::target_due_on.eq(target),
            matter::due_on.eq(target),
            matter::follow_up_of.eq(arrival.follow_up_of),
            matter::created_at.eq(arrival.server_received_at),
            matter::version.eq(1_i64),
        )
    )?)
}

/// Gives an uploaded file to a letter.
pub fn attach(db: &mut Db, letter_id: i64, attachment_id: &str) -> Result<()> {
    diesel::update(attachment::table.find(attachment_id).filter(attachment::letter_id.is_null()))
        .set((attachment::letter_id.eq(letter_id), attachment::upload_key.eq(None::<String>)))
        .execute(db)?;
    Ok(())
}

/// A matter by its id.
pub fn matter(db: &mut Db, id: i64) -> Result<Matter> {
    Ok(matter::table.find(id).select(Matter::as_select()).first(db)?)
}

/// The matters of a letter in their order.
pub fn matters_of(db: &mut Db, letter_id: i64) -> Result<Vec<Matter>> {
    Ok(matter::table
        .filter(matter::letter_id.eq(letter_id))
        .order(matter::no)
        .select(Matter::as_select())
        .load(db)?)
}

/// Moves a matter from the state it was read in to the next.
///
/// # Errors
/// [`Error::Stale`] when it is no longer where it was read.
pub fn move_matter(db: &mut Db, seen: &Matter, next: State, change: &Change) -> Result<Matter> {
    let row = matter::table
        .filter(matter::id.eq(seen.id))
        .filter(matter::state.eq(seen.state))
        .filter(matter::version.eq(seen.version));
    diesel::update(row)
        .set((matter::state.eq(next), matter::version.eq(seen.version + 1), change))
        .returning(matter::all_columns)
        .get_result(db)
        .optional()?
        .ok_or_else(|| Error::Stale("この件は、画面を開いたあとに別の人が更新しました。".to_owned()))
}

/// How many matters of a letter are open.
pub fn open_matters(db: &mut Db, letter_id: i64) -> Result<i64> {
    Ok(matter::table
        .filter(matter::letter_id.eq(letter_id))
        .filter(matter::state.ne_all([State::Closed, State::Filed]))
        .count()
        .get_result(db)?)
}

/// Closes a letter whose matters are all closed; the database refuses any other.
pub fn close_letter(db: &mut Db, id: i64, at: Instant) -> Result<()> {
    diesel::update(letter::table.find(id))
        .set((
            letter::state.eq(LetterState::Closed),
            letter::closed_at.eq(at),
            letter::version.eq(letter::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// Moves the day that counts to the one an interim reply named; the state stays (7.4).
pub fn extend_due(db: &mut Db, seen: &Matter, day: NaiveDate) -> Result<()> {
    let changed = diesel::update(matter::table.find(seen.id))
        .filter(matter::version.eq(seen.version))
        .set((matter::extended_due_on.eq(day), matter::due_on.eq(day), matter::version.eq(seen.version + 1)))
        .execute(db)?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Stale("この件は、画面を開いたあとに別の人が更新しました。".to_owned()))
}

/// What was said under a key, if anything.
pub fn said(db: &mut Db, submission_key: &str) -> Result<Option<i64>> {
    Ok(exchange::table
        .filter(exchange::submission_key.eq(submission_key))
        .select(exchange::id)
        .first(db)
        .optional()?)
}

/// Adds a sender's answer and gives its id.
pub fn insert_answer(
    db: &mut Db,
    letter_id: i64,
    matter_id: i64,
    body: &str,
    submission_key: &str,
    at: Instant,
) -> Result<i64> {
    Ok(insert_numbered!(
        db,
        exchange,
        (
            exchange::letter_id.eq(letter_id),
            exchange::matter_id.eq(matter_id),
            exchange::kind.eq("answer"),
            exchange::body.eq(body),
            exchange::submission_key.eq(submission_key),
            exchange::at.eq(at),
        )
    )?)
}
