//! The rows of replies, their versions and what left the house.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::reply::{Recipient, Reply, ReplyKind, ReplyState, Version, Via, Words};
use super::{Case, Sent};
use crate::db::schema::{
    dispatch, exchange, letter, matter, matter_joint_unit, party, party_mark, reply, reply_version, staff,
    trail, unit,
};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::ReplyVia;
use crate::letters::matter::Matter;
use crate::people::party::PartyKind;
use crate::trail::{Act, Subject};

/// A matter with what its letter says; nothing about the sender but how to reach him or her.
pub fn case(db: &mut Db, matter_id: i64) -> Result<Case> {
    type Row = (
        String,
        i64,
        Option<i64>,
        NaiveDate,
        String,
        String,
        Option<String>,
        Option<ReplyVia>,
        Option<String>,
    );
    let found: Matter = matter::table.find(matter_id).select(Matter::as_select()).first(db)?;
    let row: Row = letter::table
        .find(found.letter_id)
        .select((
            letter::receipt_code,
            letter::fiscal_year,
            letter::register_no,
            letter::received_on,
            letter::subject,
            letter::body_original,
            letter::body_working,
            letter::reply_via,
            letter::party_id,
        ))
        .first(db)?;
    let owner: Option<(String, Option<i64>, Option<String>)> = match found.owning_unit_id {
        Some(id) => {
            unit::table.find(id).select((unit::name, unit::parent_id, unit::phone)).first(db).optional()?
        }
        None => None,
    };
    let parent: Option<String> = match owner.as_ref().and_then(|o| o.1) {
        Some(id) => unit::table.find(id).select(unit::name).first(db).optional()?,
        None => None,
    };
    let joint: Vec<i64> = matter_joint_unit::table
        .filter(matter_joint_unit::matter_id.eq(matter_id))
        .order(matter_joint_unit::unit_id)
        .select(matter_joint_unit::unit_id)
        .load(db)?;
    Ok(Case {
        matter: found,
        receipt_code: row.0,
        fiscal_year: row.1,
        register_no: row.2,
        received_on: row.3,
        letter_subject: row.4,
        letter_body: row.6.unwrap_or(row.5),
        reply_via: row.7,
        party_id: row.8,
        unit_name: owner.as_ref().map(|o| o.0.clone()).unwrap_or_default(),
        department_name: parent.unwrap_or_default(),
        unit_phone: owner.and_then(|o| o.2),
        joint,
    })
}

/// A sender as sealed, with the marks of its addresses.
pub struct PartyRow {
    /// Person or body.
    pub kind: PartyKind,
    /// Sealed details.
    pub sealed: Vec<u8>,
    /// The data key.
    pub key_id: i64,
    /// Keyed hash of the mail address.
    pub mail_mark: Option<String>,
    /// Keyed hash of the telephone or fax number.
    pub phone_mark: Option<String>,
    /// Keyed hash of all that was told.
    pub whole_mark: String,
}

/// A sender by id.
pub fn party(db: &mut Db, id: &str) -> Result<PartyRow> {
    type Row = (PartyKind, Vec<u8>, i64, Option<String>, Option<String>);
    let (kind, sealed, key_id, mail_mark, phone_mark): Row = party::table
        .find(id)
        .select((party::kind, party::sealed, party::seal_key_id, party::mail_mark, party::phone_mark))
        .first(db)?;
    // none for a sender who came before the table: what is then in the marks has to do
    let whole: Option<String> = party_mark::table.find(id).select(party_mark::whole).first(db).optional()?;
    Ok(PartyRow { kind, sealed, key_id, mail_mark, phone_mark, whole_mark: whole.unwrap_or_default() })
}

/// A reply by its id.
pub fn reply(db: &mut Db, id: i64) -> Result<Reply> {
    Ok(reply::table.find(id).select(Reply::as_select()).first(db)?)
}

/// The replies of a matter, oldest first.
pub fn of_matter(db: &mut Db, matter_id: i64) -> Result<Vec<Reply>> {
    Ok(reply::table
        .filter(reply::matter_id.eq(matter_id))
        .order(reply::id)
        .select(Reply::as_select())
        .load(db)?)
}

/// The versions of a reply, oldest first.
pub fn versions(db: &mut Db, reply_id: i64) -> Result<Vec<Version>> {
    Ok(reply_version::table
        .filter(reply_version::reply_id.eq(reply_id))
        .order(reply_version::no)
        .select(Version::as_select())
        .load(db)?)
}

/// One version of a reply.
pub fn version(db: &mut Db, reply_id: i64, no: i64) -> Result<Version> {
    Ok(reply_version::table
        .filter(reply_version::reply_id.eq(reply_id))
        .filter(reply_version::no.eq(no))
        .select(Version::as_select())
        .first(db)?)
}

/// A version by its own id.
pub fn version_by_id(db: &mut Db, id: i64) -> Result<Version> {
    Ok(reply_version::table.find(id).select(Version::as_select()).first(db)?)
}

/// Adds a reply without words yet.
pub fn insert(db: &mut Db, matter_id: i64, kind: ReplyKind, via: Via, by: i64, now: Instant) -> Result<i64> {
    Ok(diesel::insert_into(reply::table)
        .values((
            reply::matter_id.eq(matter_id),
            reply::kind.eq(kind),
            reply::via.eq(via),
            reply::state.eq(ReplyState::Draft),
            reply::current_no.eq(1_i64),
            reply::created_by.eq(by),
            reply::created_at.eq(now),
            reply::version.eq(1_i64),
        ))
        .returning(reply::id)
        .get_result(db)?)
}

/// Adds a version.
pub fn insert_version(
    db: &mut Db,
    reply_id: i64,
    no: i64,
    words: &Words,
    hash: &str,
    author: i64,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(reply_version::table)
        .values((
            reply_version::reply_id.eq(reply_id),
            reply_version::no.eq(no),
            reply_version::subject.eq(&words.subject),
            reply_version::body.eq(&words.body),
            reply_version::expected_on.eq(words.expected_on),
            reply_version::content_hash.eq(hash),
            reply_version::author_id.eq(author),
            reply_version::created_at.eq(now),
        ))
        .returning(reply_version::id)
        .get_result(db)?)
}

/// What changes of a reply.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = reply)]
pub struct Change {
    /// Where it stands.
    pub state: Option<ReplyState>,
    /// The newest version.
    pub current_no: Option<i64>,
    /// By which way it goes.
    pub via: Option<Via>,
}

/// Changes a reply that is still as it was read.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn change(db: &mut Db, seen: &Reply, change: &Change) -> Result<Reply> {
    let row = reply::table
        .filter(reply::id.eq(seen.id))
        .filter(reply::version.eq(seen.version))
        .filter(reply::state.eq(seen.state));
    diesel::update(row)
        .set((reply::version.eq(seen.version + 1), change))
        .returning(reply::all_columns)
        .get_result(db)
        .optional()?
        .ok_or_else(|| Error::Stale("この回答は、画面を開いたあとに別の人が更新しました。".to_owned()))
}

/// Records that an approved version leaves the house. The database refuses any other.
pub fn insert_dispatch(
    db: &mut Db,
    approval_id: i64,
    version: &Version,
    via: Via,
    by: i64,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(dispatch::table)
        .values((
            dispatch::approval_id.eq(approval_id),
            dispatch::reply_version_id.eq(version.id),
            dispatch::content_hash.eq(&version.content_hash),
            dispatch::via.eq(via),
            dispatch::sent_by.eq(by),
            dispatch::at.eq(now),
        ))
        .returning(dispatch::id)
        .get_result(db)?)
}

/// When a version left the house, by whom and by which way.
pub fn dispatched(db: &mut Db, version_id: i64) -> Result<Option<(Instant, String, Via)>> {
    Ok(dispatch::table
        .inner_join(staff::table.on(staff::id.eq(dispatch::sent_by)))
        .filter(dispatch::reply_version_id.eq(version_id))
        .select((dispatch::at, staff::name, dispatch::via))
        .first(db)
        .optional()?)
}

/// Notes a question to the sender among what was said about the letter.
pub fn insert_question(db: &mut Db, case: &Case, body: &str, staff_id: i64, now: Instant) -> Result<()> {
    diesel::insert_into(exchange::table)
        .values((
            exchange::letter_id.eq(case.matter.letter_id),
            exchange::matter_id.eq(case.matter.id),
            exchange::kind.eq("question"),
            exchange::body.eq(body),
            exchange::staff_id.eq(staff_id),
            exchange::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// What was sent about a letter, oldest first.
pub fn sent_of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Sent>> {
    Ok(dispatch::table
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
        .inner_join(matter::table.on(matter::id.eq(reply::matter_id)))
        .left_join(unit::table.on(unit::id.nullable().eq(matter::owning_unit_id)))
        .filter(matter::letter_id.eq(letter_id))
        .order(dispatch::id)
        .select((
            matter::id,
            reply::id,
            reply::kind,
            dispatch::via,
            reply_version::subject,
            reply_version::body,
            reply_version::expected_on,
            unit::name.nullable(),
            dispatch::at,
        ))
        .load(db)?)
}

/// Whether a reply was printed before.
pub fn was_printed(db: &mut Db, id: i64) -> Result<bool> {
    let lines = trail::table
        .filter(trail::act.eq(Act::LetterPrinted.code()))
        .filter(trail::subject_kind.eq(Subject::Reply.code()))
        .filter(trail::subject_id.eq(id.to_string()));
    Ok(diesel::select(diesel::dsl::exists(lines)).get_result(db)?)
}

/// The address fingerprint of a letter's sender for a way of sending.
pub fn recipient(db: &mut Db, case: &Case, via: Via) -> Result<Recipient> {
    let Some(id) = &case.party_id else { return Ok(Recipient::default()) };
    let row = party(db, id)?;
    Ok(Recipient { party_id: Some(id.clone()), mark: super::mark(via, &row) })
}

/// The names of members of staff.
pub fn names(db: &mut Db, ids: &[i64]) -> Result<std::collections::BTreeMap<i64, String>> {
    let rows: Vec<(i64, String)> =
        staff::table.filter(staff::id.eq_any(ids.to_vec())).select((staff::id, staff::name)).load(db)?;
    Ok(rows.into_iter().collect())
}
