//! The rows of the outbox.

use diesel::prelude::*;

use super::{MailKind, MailState, Prepared};
use crate::db::schema::outbox;
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};

/// Adds a mail to be sent.
pub fn insert(db: &mut Db, mail: &Prepared) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(&mail.id),
            outbox::message_id.eq(&mail.message_id),
            outbox::kind.eq(mail.kind),
            outbox::letter_id.eq(mail.letter_id),
            outbox::matter_id.eq(mail.matter_id),
            outbox::dispatch_id.eq(mail.dispatch_id),
            outbox::sealed.eq(&mail.sealed.bytes),
            outbox::seal_key_id.eq(mail.sealed.key_id),
            outbox::content_hash.eq(&mail.content_hash),
            outbox::state.eq(MailState::Queued),
            outbox::attempts.eq(0_i64),
            outbox::next_at.eq(mail.created_at),
            outbox::created_at.eq(mail.created_at),
        ))
        .execute(db)?;
    Ok(())
}

/// Ends a mail that waits, for a reason known before it was tried.
pub fn give_up(db: &mut Db, id: &str, why: &str) -> Result<()> {
    diesel::update(outbox::table.find(id).filter(outbox::state.eq(MailState::Queued)))
        .set((outbox::state.eq(MailState::Failed), outbox::last_error.eq(why)))
        .execute(db)?;
    Ok(())
}

/// A mail that is to be handed over.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(Backend))]
pub struct Due {
    /// Its id.
    pub id: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// What it is.
    pub kind: MailKind,
    /// The letter it belongs to.
    pub letter_id: Option<i64>,
    /// Sealed [`super::Letterform`].
    pub sealed: Vec<u8>,
    /// The data key it is sealed with.
    pub seal_key_id: i64,
    /// How often it was tried.
    pub attempts: i64,
}

/// The mail that has waited longest of those that are due.
pub fn next_due(db: &mut Db, now: Instant) -> Result<Option<Due>> {
    Ok(outbox::table
        .filter(outbox::state.eq(MailState::Queued))
        .filter(outbox::next_at.le(now))
        .order((outbox::next_at, outbox::id))
        .select(Due::as_select())
        .first(db)
        .optional()?)
}

/// Takes a mail for sending, if it still waits and nobody tried it meanwhile: of two workers one gets it.
pub fn claim(db: &mut Db, id: &str, attempts: i64, now: Instant) -> Result<bool> {
    let row = outbox::table
        .find(id)
        .filter(outbox::state.eq(MailState::Queued))
        .filter(outbox::attempts.eq(attempts));
    let taken = diesel::update(row)
        .set((outbox::state.eq(MailState::InDoubt), outbox::claimed_at.eq(now)))
        .execute(db)?;
    Ok(taken == 1)
}

/// How an attempt ended, for the row.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The server took it and said so.
    Sent {
        /// Its words.
        said: String,
    },
    /// Nobody knows.
    InDoubt {
        /// What happened.
        why: String,
    },
    /// Not now.
    Again {
        /// When.
        next_at: Instant,
        /// What happened.
        why: String,
    },
    /// Not at all.
    Failed {
        /// What happened.
        why: String,
    },
}

/// Writes down how an attempt ended, unless somebody else has moved the mail on since.
pub fn settle(db: &mut Db, id: &str, attempts: i64, now: Instant, outcome: &Outcome) -> Result<bool> {
    let row = outbox::table
        .find(id)
        .filter(outbox::state.eq_any([MailState::Queued, MailState::InDoubt]))
        .filter(outbox::attempts.eq(attempts));
    let tried = outbox::attempts.eq(attempts + 1);
    let moved = match outcome {
        Outcome::Sent { said } => diesel::update(row)
            .set((
                outbox::state.eq(MailState::Sent),
                tried,
                outbox::sent_at.eq(now),
                outbox::server_reply.eq(said),
                outbox::last_error.eq(None::<String>),
            ))
            .execute(db)?,
        Outcome::InDoubt { why } => diesel::update(row)
            .set((outbox::state.eq(MailState::InDoubt), tried, outbox::last_error.eq(why)))
            .execute(db)?,
        Outcome::Again { next_at, why } => diesel::update(row)
            .set((
                outbox::state.eq(MailState::Queued),
                tried,
                outbox::claimed_at.eq(None::<Instant>),
                outbox::next_at.eq(next_at),
                outbox::last_error.eq(why),
            ))
            .execute(db)?,
        Outcome::Failed { why } => diesel::update(row)
            .set((outbox::state.eq(MailState::Failed), tried, outbox::last_error.eq(why)))
            .execute(db)?,
    };
    Ok(moved == 1)
}

/// A mail as lists and pages show it; what it says stays sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(Backend))]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// What it is.
    pub kind: MailKind,
    /// The letter it belongs to.
    pub letter_id: Option<i64>,
    /// The matter it belongs to.
    pub matter_id: Option<i64>,
    /// The dispatch that allowed it.
    pub dispatch_id: Option<i64>,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, while it waits.
    pub next_at: Instant,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// What the server said when it took it.
    pub server_reply: Option<String>,
    /// When it was written.
    pub created_at: Instant,
    /// When it was last about to go out.
    pub claimed_at: Option<Instant>,
    /// When the server took it, or a person said that it had arrived.
    pub sent_at: Option<Instant>,
}

/// A mail.
pub fn find(db: &mut Db, id: &str) -> Result<Entry> {
    Ok(outbox::table.find(id).select(Entry::as_select()).first(db)?)
}

/// Where a mail stands; none when there is no such mail.
pub fn state_of(db: &mut Db, id: &str) -> Result<Option<MailState>> {
    Ok(outbox::table.find(id).select(outbox::state).first(db).optional()?)
}

/// The sealed text of a mail and the key it is sealed with.
pub fn sealed(db: &mut Db, id: &str) -> Result<(i64, Vec<u8>)> {
    Ok(outbox::table.find(id).select((outbox::seal_key_id, outbox::sealed)).first(db)?)
}

/// Mails in a state, newest first, at most `most`: those written before the mail `before`. Ids sort by time.
pub fn page(db: &mut Db, state: MailState, before: Option<&str>, most: i64) -> Result<Vec<Entry>> {
    let mut rows = outbox::table.filter(outbox::state.eq(state)).into_boxed::<Backend>();
    if let Some(before) = before {
        rows = rows.filter(outbox::id.lt(before.to_owned()));
    }
    Ok(rows.order(outbox::id.desc()).limit(most).select(Entry::as_select()).load(db)?)
}

/// How many mails stand where.
pub fn counts(db: &mut Db) -> Result<Vec<(MailState, i64)>> {
    Ok(outbox::table.group_by(outbox::state).select((outbox::state, diesel::dsl::count_star())).load(db)?)
}

/// Moves a mail by a person's word. One that is sent again starts with a fresh count of attempts, at once.
///
/// # Errors
/// [`Error::Stale`] when it no longer stands where it was read.
pub fn move_by_hand(db: &mut Db, seen: &Entry, next: MailState, now: Instant) -> Result<()> {
    let row = outbox::table
        .find(&seen.id)
        .filter(outbox::state.eq(seen.state))
        .filter(outbox::attempts.eq(seen.attempts));
    let moved = match next {
        MailState::Queued => diesel::update(row)
            .set((
                outbox::state.eq(next),
                outbox::attempts.eq(0_i64),
                outbox::next_at.eq(now),
                outbox::claimed_at.eq(None::<Instant>),
            ))
            .execute(db)?,
        MailState::Sent => {
            diesel::update(row).set((outbox::state.eq(next), outbox::sent_at.eq(now))).execute(db)?
        }
        _ => diesel::update(row).set(outbox::state.eq(next)).execute(db)?,
    };
    if moved == 1 {
        Ok(())
    } else {
        Err(Error::Stale("このメールは、画面を開いたあとに状態が変わりました。".to_owned()))
    }
}
