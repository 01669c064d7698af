//! Keeping, claiming and placing mails: one function a question, hence the length.

use std::path::PathBuf;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::incoming::{Flag, Place, Reason, Source, Standing, State};
use super::super::understand::Ready;
use crate::db::schema::{
    exchange, incoming, incoming_bounce, incoming_place, letter, outbox, party, reply, reply_version, staff,
    unit,
};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::insert_numbered;
use crate::letters::letter::LetterState;

/// A mail to be kept, sealed outside the transaction.
pub(in crate::intake::mail) struct NewRow {
    pub(in crate::intake::mail) id: String,
    pub(in crate::intake::mail) source: Source,
    pub(in crate::intake::mail) account: String,
    pub(in crate::intake::mail) received_at: Instant,
    pub(in crate::intake::mail) received_on: NaiveDate,
    pub(in crate::intake::mail) size: i64,
    pub(in crate::intake::mail) sha256: String,
    pub(in crate::intake::mail) envelope: Vec<u8>,
    pub(in crate::intake::mail) raw: Option<Vec<u8>>,
    pub(in crate::intake::mail) seal_key_id: i64,
    pub(in crate::intake::mail) file: Option<PathBuf>,
    pub(in crate::intake::mail) place: Option<Place>,
}

/// Adds a mail that waits to be read.
pub(in crate::intake::mail) fn insert(db: &mut Db, row: &NewRow) -> Result<()> {
    let cut = row.place.as_ref().is_some_and(|place| place.cut);
    diesel::insert_into(incoming::table)
        .values((
            incoming::id.eq(&row.id),
            incoming::source.eq(row.source),
            incoming::account.eq(&row.account),
            incoming::received_at.eq(row.received_at),
            incoming::received_on.eq(row.received_on),
            incoming::size.eq(row.size),
            incoming::sha256.eq(&row.sha256),
            incoming::envelope.eq(&row.envelope),
            incoming::raw.eq(&row.raw),
            incoming::in_file.eq(row.file.is_some()),
            incoming::seal_key_id.eq(row.seal_key_id),
            incoming::state.eq(State::Waiting),
            incoming::attempts.eq(0_i64),
            incoming::flags.eq(if cut { Flag::Oversize.code() } else { "" }),
        ))
        .execute(db)?;
    if let Some(place) = &row.place {
        diesel::insert_into(incoming_place::table)
            .values((
                incoming_place::account.eq(&row.account),
                incoming_place::folder.eq(&place.folder),
                incoming_place::uidvalidity.eq(place.uidvalidity),
                incoming_place::uid.eq(place.uid),
                incoming_place::incoming_id.eq(&row.id),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The mail that was kept from a place of a mailbox.
pub fn at_place(db: &mut Db, account: &str, place: &Place) -> Result<Option<String>> {
    Ok(incoming_place::table
        .find((account, &place.folder, place.uidvalidity, place.uid))
        .select(incoming_place::incoming_id)
        .first(db)
        .optional()?)
}

/// A mail with exactly these octets.
pub(in crate::intake::mail) fn same_octets(db: &mut Db, sha256: &str) -> Result<Option<String>> {
    Ok(incoming::table.filter(incoming::sha256.eq(sha256)).select(incoming::id).first(db).optional()?)
}

/// A mail that is being read.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = incoming, check_for_backend(Backend))]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// The way it came.
    pub source: Source,
    /// When the house had it.
    pub received_at: Instant,
    /// SHA-256 of its octets, hexadecimal.
    pub sha256: String,
    /// Sealed envelope.
    pub envelope: Vec<u8>,
    /// Sealed octets; none when they lie in a file.
    pub raw: Option<Vec<u8>>,
    /// What was known when it came.
    pub flags: String,
    /// The data key of both.
    pub seal_key_id: i64,
    /// How often it was begun, this time included.
    pub attempts: i64,
}

impl Claimed {
    /// Whether only the beginning of it is here.
    pub(in crate::intake::mail) fn cut(&self) -> bool {
        self.flags.split(',').any(|flag| flag == Flag::Oversize.code())
    }
}

/// Mails to be read next, counted as begun and, until a moment, nobody else's. Those begun before, whose reader died,
/// come last and one by one, so that one bad mail takes no other with it. `bytes` bounds the sum of their sizes, but
/// for a single one.
pub(in crate::intake::mail) fn claim(
    db: &mut Db,
    lease: &Lease,
    most: i64,
    bytes: i64,
) -> Result<Vec<Claimed>> {
    // as the index says it: SQLite uses one for a single state only where no value can change it (ENABLE_QPSG)
    let next: Vec<(String, i64, i64)> = incoming::table
        .filter(sql::<Bool>("incoming.state = 'waiting'"))
        .filter(incoming::begun_until.is_null().or(incoming::begun_until.le(lease.now)))
        .order((incoming::attempts, incoming::id))
        .limit(most)
        .select((incoming::id, incoming::attempts, incoming::size))
        .load(db)?;
    let begun_before = next.first().is_some_and(|(_, attempts, _)| *attempts > 0);
    let (mut ids, mut sum) = (Vec::new(), 0);
    for (id, attempts, size) in next {
        sum += size;
        if !ids.is_empty() && (begun_before || attempts > 0 || sum > bytes) {
            break;
        }
        ids.push(id);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    diesel::update(
        incoming::table.filter(incoming::id.eq_any(&ids)).filter(incoming::state.eq(State::Waiting)),
    )
    .set((
        incoming::attempts.eq(incoming::attempts + 1),
        incoming::begun_by.eq(&lease.holder),
        incoming::begun_until.eq(lease.until),
    ))
    .execute(db)?;
    Ok(incoming::table
        .filter(incoming::id.eq_any(&ids))
        .filter(incoming::begun_by.eq(&lease.holder))
        .order(incoming::id)
        .select(Claimed::as_select())
        .load(db)?)
}

/// Who reads mails, and until when they are his.
#[derive(Clone, Debug)]
pub(in crate::intake::mail) struct Lease {
    /// Unique to one reading of some mails.
    pub(in crate::intake::mail) holder: String,
    /// Now.
    pub(in crate::intake::mail) now: Instant,
    /// Its end.
    pub(in crate::intake::mail) until: Instant,
}

/// Lengthens a lease over what is still waiting under it.
pub(in crate::intake::mail) fn renew(db: &mut Db, lease: &Lease) -> Result<()> {
    diesel::update(incoming::table.filter(incoming::state.eq(State::Waiting)))
        .filter(incoming::begun_by.eq(&lease.holder))
        .set(incoming::begun_until.eq(lease.until))
        .execute(db)?;
    Ok(())
}

/// Whether somebody reads a waiting mail, or died over it a moment ago.
pub(in crate::intake::mail) fn somebody_reads(db: &mut Db, now: Instant) -> Result<bool> {
    let begun: Option<String> = incoming::table
        .filter(incoming::state.eq(State::Waiting))
        .filter(incoming::begun_until.gt(now))
        .select(incoming::id)
        .first(db)
        .optional()?;
    Ok(begun.is_some())
}

/// Takes back beginnings that ended by the house's own trouble: the mails are not to blame.
pub(in crate::intake::mail) fn release(db: &mut Db, lease: &Lease) -> Result<()> {
    diesel::update(incoming::table.filter(incoming::state.eq(State::Waiting)))
        .filter(incoming::begun_by.eq(&lease.holder))
        .set((
            incoming::attempts.eq(incoming::attempts - 1),
            incoming::begun_by.eq(None::<String>),
            incoming::begun_until.eq(None::<Instant>),
        ))
        .execute(db)?;
    Ok(())
}

/// [`release`] for one mail alone, which nobody begins before the lease is over: its disk needs time.
pub(in crate::intake::mail) fn postpone(db: &mut Db, lease: &Lease, id: &str) -> Result<()> {
    diesel::update(incoming::table.find(id).filter(incoming::state.eq(State::Waiting)))
        .filter(incoming::begun_by.eq(&lease.holder))
        .set((
            incoming::attempts.eq(incoming::attempts - 1),
            incoming::begun_by.eq(format!("{}.later", lease.holder)),
        ))
        .execute(db)?;
    Ok(())
}

/// Whether a mail still waits.
pub(in crate::intake::mail) fn waits(db: &mut Db, id: &str) -> Result<bool> {
    let found: Option<String> = incoming::table
        .find(id)
        .filter(incoming::state.eq(State::Waiting))
        .select(incoming::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// Another mail with the same content.
pub(in crate::intake::mail) fn by_content(db: &mut Db, key: &str, id: &str) -> Result<Option<String>> {
    Ok(incoming::table
        .filter(incoming::content_key.eq(key))
        .filter(incoming::id.ne(id))
        .select(incoming::id)
        .first(db)
        .optional()?)
}

/// Whether another mail has the same Message-ID.
pub(in crate::intake::mail) fn id_in_use(db: &mut Db, mark: &str, id: &str) -> Result<bool> {
    let found: Option<String> = incoming::table
        .filter(incoming::message_mark.eq(mark))
        .filter(incoming::id.ne(id))
        .select(incoming::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

/// What became of a mail, for its row.
pub(in crate::intake::mail) struct Outcome {
    pub(in crate::intake::mail) id: String,
    pub(in crate::intake::mail) state: State,
    pub(in crate::intake::mail) reason: Option<Reason>,
    pub(in crate::intake::mail) at: Instant,
    pub(in crate::intake::mail) content_key: Option<String>,
    pub(in crate::intake::mail) message_mark: Option<String>,
    pub(in crate::intake::mail) sender_mark: Option<String>,
    pub(in crate::intake::mail) summary: Option<crate::seal::Sealed>,
    pub(in crate::intake::mail) letter_id: Option<i64>,
    pub(in crate::intake::mail) exchange_id: Option<i64>,
    pub(in crate::intake::mail) submission_id: Option<i64>,
    pub(in crate::intake::mail) mail_id: Option<String>,
    pub(in crate::intake::mail) duplicate_of: Option<String>,
    pub(in crate::intake::mail) standing: Option<Standing>,
    pub(in crate::intake::mail) flags: Vec<Flag>,
    pub(in crate::intake::mail) spam_score: Option<f64>,
    /// What a bounce says: whether the mail will never arrive, and a status such as `5.1.1`.
    pub(in crate::intake::mail) returned: Option<(bool, Option<String>)>,
}

impl Outcome {
    /// What was read of it; what becomes of it is still to be said.
    pub(in crate::intake::mail) fn new(ready: &Ready) -> Outcome {
        Outcome {
            id: ready.id.clone(),
            state: State::Exception,
            reason: None,
            at: ready.at.into(),
            content_key: ready.content_key.clone(),
            message_mark: ready.message_mark.clone(),
            sender_mark: ready.sender_mark.clone(),
            summary: ready.summary.clone(),
            letter_id: None,
            exchange_id: None,
            submission_id: None,
            mail_id: None,
            duplicate_of: None,
            standing: None,
            flags: ready.flags.clone(),
            spam_score: ready.spam,
            returned: None,
        }
    }

    /// Where it stands and why.
    pub(in crate::intake::mail) fn stands(&mut self, state: State, reason: Option<Reason>) {
        (self.state, self.reason) = (state, reason);
    }
}

/// Writes down what became of a mail that stands at `from`; says whether it still did.
pub(in crate::intake::mail) fn finish(db: &mut Db, from: State, done: &Outcome) -> Result<bool> {
    let flags = done.flags.iter().map(|f| f.code()).collect::<Vec<_>>().join(",");
    let row = incoming::table.find(&done.id).filter(incoming::state.eq(from));
    let moved = diesel::update(row)
        .set((
            incoming::state.eq(done.state),
            incoming::reason.eq(done.reason),
            incoming::placed_at.eq(done.at),
            incoming::content_key.eq(&done.content_key),
            incoming::message_mark.eq(&done.message_mark),
            incoming::sender_mark.eq(&done.sender_mark),
            incoming::summary.eq(done.summary.as_ref().map(|s| &s.bytes)),
            incoming::summary_key_id.eq(done.summary.as_ref().map(|s| s.key_id)),
            incoming::letter_id.eq(done.letter_id),
            incoming::exchange_id.eq(done.exchange_id),
            incoming::mail_id.eq(&done.mail_id),
            incoming::duplicate_of.eq(&done.duplicate_of),
            incoming::standing.eq(done.standing),
            incoming::flags.eq(flags),
            (
                incoming::submission_id.eq(done.submission_id),
                incoming::spam_score.eq(done.spam_score),
                incoming::begun_by.eq(None::<String>),
                incoming::begun_until.eq(None::<Instant>),
            ),
        ))
        .execute(db)?;
    if let (1, Some((hard, status))) = (moved, &done.returned) {
        let says = (incoming_bounce::hard.eq(hard), incoming_bounce::status.eq(status));
        // one that was put back is read once more
        let row = incoming_bounce::table.find(&done.id);
        if diesel::update(row).set(says).execute(db)? == 0 {
            diesel::insert_into(incoming_bounce::table)
                .values((incoming_bounce::incoming_id.eq(&done.id), says))
                .execute(db)?;
        }
    }
    Ok(moved == 1)
}

/// Sets a waiting mail aside; says whether it still waited.
pub(in crate::intake::mail) fn set_aside(db: &mut Db, id: &str, at: Instant, reason: Reason) -> Result<bool> {
    let moved = diesel::update(incoming::table.find(id).filter(incoming::state.eq(State::Waiting)))
        .set((
            incoming::state.eq(State::Exception),
            incoming::reason.eq(reason),
            incoming::placed_at.eq(at),
            incoming::begun_by.eq(None::<String>),
            incoming::begun_until.eq(None::<Instant>),
        ))
        .execute(db)?;
    Ok(moved == 1)
}

/// A letter as placing needs it.
#[derive(Clone, Debug, Queryable)]
pub(in crate::intake::mail) struct Found {
    pub(in crate::intake::mail) id: i64,
    pub(in crate::intake::mail) state: LetterState,
    pub(in crate::intake::mail) subject: String,
    pub(in crate::intake::mail) mail_mark: Option<String>,
}

macro_rules! found {
    ($filter:expr, $db:expr) => {
        Ok(letter::table
            .left_join(party::table.on(party::id.nullable().eq(letter::party_id)))
            .filter($filter)
            .select((letter::id, letter::state, letter::subject, party::mail_mark.nullable()))
            .first($db)
            .optional()?)
    };
}

pub(in crate::intake::mail) fn letter(db: &mut Db, id: i64) -> Result<Option<Found>> {
    found!(letter::id.eq(id), db)
}

pub(in crate::intake::mail) fn letter_of_code(db: &mut Db, code: &str) -> Result<Option<Found>> {
    found!(letter::receipt_code.eq(code.to_owned()), db)
}

pub(in crate::intake::mail) fn letter_of_number(
    db: &mut Db,
    year: i64,
    number: i64,
) -> Result<Option<Found>> {
    found!(letter::fiscal_year.eq(year).and(letter::register_no.eq(number)), db)
}

/// The letter of a mail of ours that is answered.
pub(in crate::intake::mail) fn answered_mail(db: &mut Db, ids: &[String]) -> Result<Option<i64>> {
    if ids.is_empty() {
        return Ok(None);
    }
    let found: Option<Option<i64>> = outbox::table
        .filter(outbox::message_id.eq_any(ids))
        .filter(outbox::letter_id.is_not_null())
        .order(outbox::id.desc())
        .select(outbox::letter_id)
        .first(db)
        .optional()?;
    Ok(found.flatten())
}

/// The letter of a mail we hold that is answered.
pub(in crate::intake::mail) fn answered_incoming(db: &mut Db, marks: &[String]) -> Result<Option<i64>> {
    if marks.is_empty() {
        return Ok(None);
    }
    let found: Option<Option<i64>> = incoming::table
        .filter(incoming::message_mark.eq_any(marks))
        .filter(incoming::state.eq_any([State::Letter, State::Message]))
        .order(incoming::id.desc())
        .select(incoming::letter_id)
        .first(db)
        .optional()?;
    Ok(found.flatten())
}

/// Subjects and titles a letter is known by.
pub(in crate::intake::mail) fn subjects_of(db: &mut Db, found: &Found) -> Result<Vec<String>> {
    use crate::db::schema::matter;
    let mut subjects: Vec<String> =
        matter::table.filter(matter::letter_id.eq(found.id)).select(matter::title).load(db)?;
    let replies: Vec<String> = reply_version::table
        .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
        .inner_join(matter::table.on(matter::id.eq(reply::matter_id)))
        .filter(matter::letter_id.eq(found.id))
        .select(reply_version::subject)
        .load(db)?;
    subjects.extend(replies);
    subjects.push(found.subject.clone());
    // what our own receipts are called
    subjects.push("市長への手紙を受け付けました".to_owned());
    Ok(subjects)
}

/// The mail of the outbox with an id.
pub(in crate::intake::mail) fn sent_mail(db: &mut Db, id: &str) -> Result<Option<String>> {
    Ok(outbox::table.find(id).select(outbox::id).first(db).optional()?)
}

/// The same by Message-ID.
pub(in crate::intake::mail) fn sent_mail_of(db: &mut Db, message_id: &str) -> Result<Option<String>> {
    Ok(outbox::table.filter(outbox::message_id.eq(message_id)).select(outbox::id).first(db).optional()?)
}

/// Whether an address belongs to the house: `Some(Some(id))` for a member of staff, `Some(None)` for a unit.
pub(in crate::intake::mail) fn of_the_house(db: &mut Db, address: &str) -> Result<Option<Option<i64>>> {
    let spellings = [address.to_owned(), address.to_lowercase()];
    let person: Option<i64> = staff::table
        .filter(staff::email.eq_any(&spellings))
        .filter(staff::state.eq("active"))
        .select(staff::id)
        .first(db)
        .optional()?;
    if person.is_some() {
        return Ok(Some(person));
    }
    let section: Option<i64> =
        unit::table.filter(unit::email.eq_any(&spellings)).select(unit::id).first(db).optional()?;
    Ok(section.map(|_| None))
}

/// Adds an internal note that came by mail and gives its id.
pub(in crate::intake::mail) fn note(
    db: &mut Db,
    letter_id: i64,
    body: &str,
    staff_id: Option<i64>,
    submission_key: &str,
    at: Instant,
) -> Result<i64> {
    Ok(insert_numbered!(
        db,
        exchange,
        (
            exchange::letter_id.eq(letter_id),
            exchange::kind.eq("note"),
            exchange::body.eq(body),
            exchange::staff_id.eq(staff_id),
            exchange::submission_key.eq(submission_key),
            exchange::at.eq(at),
        )
    )?)
}

/// Machine mails on a letter since.
pub(in crate::intake::mail) fn machine_mails_since(
    db: &mut Db,
    letter_id: i64,
    since: Instant,
) -> Result<i64> {
    Ok(incoming::table
        .filter(incoming::letter_id.eq(letter_id))
        .filter(incoming::state.eq_any([State::Automatic, State::Bounce]))
        .filter(incoming::placed_at.gt(since))
        .count()
        .get_result(db)?)
}
