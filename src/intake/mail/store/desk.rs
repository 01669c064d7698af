//! What lists and pages ask of mails that came in.

use chrono::NaiveDate;
use diesel::dsl::{count_star, max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::incoming::{Flag, Reason, Source, Standing, State};
use super::placing::Claimed;
use crate::db::schema::{incoming, incoming_bounce, letter, party};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};

/// A mail as lists show it; what it says stays sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = incoming, check_for_backend(Backend))]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The way it came.
    pub source: Source,
    /// Which mailbox.
    pub account: String,
    /// When.
    pub received_at: Instant,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of its octets, hexadecimal.
    pub sha256: String,
    /// What became of it.
    pub state: State,
    /// Why.
    pub reason: Option<Reason>,
    /// How often it was begun.
    pub attempts: i64,
    /// When it was placed.
    pub placed_at: Option<Instant>,
    /// Sealed [`super::super::Summary`].
    pub summary: Option<Vec<u8>>,
    /// The data key of the summary.
    pub summary_key_id: Option<i64>,
    /// Its letter.
    pub letter_id: Option<i64>,
    /// What it said on its letter.
    pub exchange_id: Option<i64>,
    /// The opinion it is.
    pub submission_id: Option<i64>,
    /// The mail of ours that came back.
    pub mail_id: Option<String>,
    /// The mail it is another delivery of.
    pub duplicate_of: Option<String>,
    /// Who wrote.
    pub standing: Option<Standing>,
    /// Codes with commas between.
    pub flags: String,
    /// The spam filter's score.
    pub spam_score: Option<f64>,
    /// When a person was done with it.
    pub settled_at: Option<Instant>,
}

/// What a mail that came back says of why.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = incoming_bounce, check_for_backend(Backend))]
pub struct Returned {
    /// Whose.
    pub incoming_id: String,
    /// It will never arrive.
    pub hard: bool,
    /// Such as `5.1.1`.
    pub status: Option<String>,
}

impl Entry {
    /// What a person should know of it.
    pub fn flags(&self) -> Vec<Flag> {
        self.flags.split(',').filter_map(Flag::from_code).collect()
    }

    /// Whether reading it stopped the program or took too long, so that no page may read it.
    pub fn harms_its_reader(&self) -> bool {
        matches!(self.reason, Some(Reason::Crashed | Reason::TooSlow))
    }
}

/// What those of these mails say that are bounces.
pub fn returned(db: &mut Db, mails: &[String]) -> Result<Vec<Returned>> {
    Ok(incoming_bounce::table
        .filter(incoming_bounce::incoming_id.eq_any(mails))
        .order(incoming_bounce::incoming_id)
        .select(Returned::as_select())
        .load(db)?)
}

/// Which mails a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Standing there.
    pub state: Option<State>,
    /// For this reason.
    pub reason: Option<Reason>,
    /// Come this way.
    pub source: Option<Source>,
    /// Written by such a person, seen from its letter.
    pub standing: Option<Standing>,
    /// Come on this Tokyo day.
    pub on: Option<NaiveDate>,
    /// Only what nobody is done with.
    pub unsettled: bool,
}

/// A mail.
pub fn entry(db: &mut Db, id: &str) -> Result<Entry> {
    Ok(incoming::table.find(id).select(Entry::as_select()).first(db)?)
}

/// A mail with its sealed octets.
pub fn whole(db: &mut Db, id: &str) -> Result<Claimed> {
    Ok(incoming::table.find(id).select(Claimed::as_select()).first(db)?)
}

fn matching(filter: &Filter) -> incoming::BoxedQuery<'static, Backend> {
    let mut rows = incoming::table.into_boxed::<Backend>();
    if let Some(state) = filter.state {
        rows = rows.filter(incoming::state.eq(state));
    }
    if let Some(reason) = filter.reason {
        rows = rows.filter(incoming::reason.eq(reason));
    }
    if let Some(source) = filter.source {
        rows = rows.filter(incoming::source.eq(source));
    }
    if let Some(standing) = filter.standing {
        rows = rows.filter(incoming::standing.eq(standing));
    }
    if let Some(on) = filter.on {
        rows = rows.filter(incoming::received_on.eq(on));
    }
    if filter.unsettled {
        rows = rows.filter(incoming::settled_at.is_null());
    }
    rows
}

/// Mails, newest first, at most `most`: those that came before the mail `before`. Ids sort by time.
pub fn page(db: &mut Db, filter: &Filter, before: Option<&str>, most: i64) -> Result<Vec<Entry>> {
    let mut rows = matching(filter);
    if let Some(before) = before {
        rows = rows.filter(incoming::id.lt(before.to_owned()));
    }
    Ok(rows.order(incoming::id.desc()).limit(most).select(Entry::as_select()).load(db)?)
}

/// A few mails of a list as chance would pick them, the same ones until somebody is done with one: by their hashes.
pub fn sample(db: &mut Db, filter: &Filter, most: i64) -> Result<Vec<Entry>> {
    Ok(matching(filter).order(incoming::sha256).limit(most).select(Entry::as_select()).load(db)?)
}

/// How many mails a list holds.
pub fn count(db: &mut Db, filter: &Filter) -> Result<i64> {
    Ok(matching(filter).count().get_result(db)?)
}

/// Other deliveries of the same mail, oldest first.
pub fn deliveries(db: &mut Db, entry: &Entry) -> Result<Vec<Entry>> {
    let original = entry.duplicate_of.as_ref().unwrap_or(&entry.id);
    Ok(incoming::table
        .filter(incoming::duplicate_of.eq(original).or(incoming::id.eq(original)))
        .filter(incoming::id.ne(&entry.id))
        .order(incoming::id)
        .select(Entry::as_select())
        .load(db)?)
}

/// Mails that belong to a letter, oldest first.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Entry>> {
    Ok(incoming::table
        .filter(incoming::letter_id.eq(letter_id))
        .order(incoming::id)
        .select(Entry::as_select())
        .load(db)?)
}

/// The oldest mail that waits to be read.
pub fn oldest_waiting(db: &mut Db) -> Result<Option<Instant>> {
    Ok(incoming::table
        .filter(incoming::state.eq(State::Waiting))
        .select(diesel::dsl::min(incoming::received_at))
        .first(db)?)
}

/// The oldest exception nobody is done with.
pub fn oldest_exception(db: &mut Db) -> Result<Option<Instant>> {
    Ok(incoming::table
        .filter(incoming::state.eq(State::Exception))
        .filter(incoming::settled_at.is_null())
        .select(diesel::dsl::min(incoming::received_at))
        .first(db)?)
}

/// When the last mail came by each way by which any came.
pub fn last_by_source(db: &mut Db) -> Result<Vec<(Source, Instant)>> {
    let mut last = Vec::new();
    for source in Source::ALL.iter().copied() {
        let of_source = incoming::table.filter(incoming::source.eq(source));
        let at: Option<Instant> = of_source.select(max(incoming::received_at)).first(db)?;
        last.extend(at.map(|at| (source, at)));
    }
    Ok(last)
}

fn stale() -> Error {
    Error::Stale("このメールは、画面を開いたあとに別の人が処理しました。".to_owned())
}

/// Puts a mail back among those that wait.
///
/// # Errors
/// [`Error::Stale`] when it stands elsewhere by now.
pub(in crate::intake::mail) fn wait_again(db: &mut Db, seen: &Entry) -> Result<()> {
    let moved = diesel::update(incoming::table.find(&seen.id).filter(incoming::state.eq(seen.state)))
        .set((
            incoming::state.eq(State::Waiting),
            incoming::reason.eq(None::<Reason>),
            incoming::attempts.eq(0_i64),
            incoming::begun_by.eq(None::<String>),
            incoming::begun_until.eq(None::<Instant>),
            incoming::placed_at.eq(None::<Instant>),
            incoming::letter_id.eq(None::<i64>),
            incoming::mail_id.eq(None::<String>),
            incoming::settled_at.eq(None::<Instant>),
            incoming::settled_by.eq(None::<i64>),
        ))
        .execute(db)?;
    if moved == 1 { Ok(()) } else { Err(stale()) }
}

/// Moves a mail among the spam.
///
/// # Errors
/// [`Error::Stale`] when it stands elsewhere by now.
pub(in crate::intake::mail) fn to_spam(db: &mut Db, seen: &Entry, at: Instant) -> Result<()> {
    let moved = diesel::update(incoming::table.find(&seen.id).filter(incoming::state.eq(seen.state)))
        .set((
            incoming::state.eq(State::Spam),
            incoming::reason.eq(Reason::ByHand),
            incoming::letter_id.eq(None::<i64>),
            incoming::placed_at.eq(at),
        ))
        .execute(db)?;
    if moved == 1 { Ok(()) } else { Err(stale()) }
}

/// Notes that a person is done with a mail; says whether nobody was before.
pub(in crate::intake::mail) fn settle(
    db: &mut Db,
    id: &str,
    staff: Option<i64>,
    at: Instant,
) -> Result<bool> {
    let moved = diesel::update(incoming::table.find(id).filter(incoming::settled_at.is_null()))
        .set((incoming::settled_at.eq(at), incoming::settled_by.eq(staff)))
        .execute(db)?;
    Ok(moved == 1)
}

/// Letters from a mail address, newest first.
pub(in crate::intake::mail) fn letters_of_sender(db: &mut Db, mark: &str, most: i64) -> Result<Vec<i64>> {
    Ok(letter::table
        .inner_join(party::table.on(party::id.nullable().eq(letter::party_id)))
        .filter(party::mail_mark.eq(mark))
        .order(letter::id.desc())
        .limit(most)
        .select(letter::id)
        .load(db)?)
}

/// Subjects of the newest letters.
pub(in crate::intake::mail) fn recent_subjects(db: &mut Db, most: i64) -> Result<Vec<(i64, String)>> {
    Ok(letter::table.order(letter::id.desc()).limit(most).select((letter::id, letter::subject)).load(db)?)
}

/// Mails in all.
pub(in crate::intake::mail) fn came(db: &mut Db) -> Result<i64> {
    Ok(incoming::table.count().get_result(db)?)
}

/// How many stand where.
pub(in crate::intake::mail) fn stand(db: &mut Db) -> Result<Vec<(State, i64)>> {
    Ok(incoming::table.group_by(incoming::state).select((incoming::state, count_star())).load(db)?)
}

/// Mails by day.
pub(in crate::intake::mail) fn came_by_day(
    db: &mut Db,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, i64)>> {
    Ok(incoming::table
        .filter(incoming::received_on.between(from, to))
        .group_by(incoming::received_on)
        .select((incoming::received_on, count_star()))
        .load(db)?)
}

/// How many stand where, by day.
pub(in crate::intake::mail) fn stand_by_day(
    db: &mut Db,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, State, i64)>> {
    Ok(incoming::table
        .filter(incoming::received_on.between(from, to))
        .group_by((incoming::received_on, incoming::state))
        .select((incoming::received_on, incoming::state, count_star()))
        .load(db)?)
}

/// How many mails of an import stand where.
pub(in crate::intake::mail) fn stand_of_import(db: &mut Db, account: &str) -> Result<Vec<(State, i64)>> {
    Ok(incoming::table
        // as the index says it
        .filter(sql::<Bool>("incoming.source = 'import'"))
        .filter(incoming::account.eq(account))
        .group_by(incoming::state)
        .select((incoming::state, count_star()))
        .load(db)?)
}
