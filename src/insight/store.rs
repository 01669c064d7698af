//! What is counted and asked over many letters.

use chrono::NaiveDate;
use diesel::dsl::{count, count_star};
use diesel::prelude::*;

use super::digest::DueMatter;
use super::statistics::{Late, Period};
use crate::calendar::FiscalYear;
use crate::db::schema::{
    digest_sent, dispatch, letter, letter_paper, matter, matter_field, publication, reply, reply_version,
    staff, unit, voice,
};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::letters::letter::{Channel, LetterState};
use crate::letters::matter::State;

/// Open matters due by a day, earliest first.
pub fn due_until(db: &mut Db, day: NaiveDate) -> Result<Vec<DueMatter>> {
    type Row = (i64, i64, i64, Option<i64>, NaiveDate, Option<(i64, String)>, Option<i64>);
    let rows: Vec<Row> = matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .left_join(unit::table.on(unit::id.nullable().eq(matter::owning_unit_id)))
        .filter(matter::closed_at.is_null())
        .filter(matter::state.ne_all([State::Replied, State::NoReply]))
        .filter(matter::due_on.le(day))
        .order((matter::due_on, matter::id))
        .select((
            matter::letter_id,
            matter::no,
            letter::fiscal_year,
            letter::register_no,
            matter::due_on,
            (unit::id, unit::name).nullable(),
            matter::drafter_id,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(letter_id, no, year, register_no, due_on, unit, drafter_id)| DueMatter {
            letter_id,
            no,
            year: FiscalYear(i32::try_from(year).unwrap_or_default()),
            register_no,
            due_on,
            unit,
            drafter_id,
        })
        .collect())
}

/// Active staff with a mail address: id, name, address.
pub fn staff_with_mail(db: &mut Db) -> Result<Vec<(i64, String, String)>> {
    Ok(staff::table
        .filter(staff::state.eq("active"))
        .filter(staff::email.is_not_null())
        .order(staff::id)
        .select((staff::id, staff::name, staff::email.assume_not_null()))
        .load::<(i64, String, String)>(db)?
        .into_iter()
        .filter(|(_, _, email)| !email.is_empty())
        .collect())
}

/// Who got a digest on a day.
pub fn digests_of(db: &mut Db, day: NaiveDate) -> Result<Vec<i64>> {
    Ok(digest_sent::table.filter(digest_sent::day.eq(day)).select(digest_sent::staff_id).load(db)?)
}

/// Notes that somebody gets one.
pub fn note_digest(db: &mut Db, staff_id: i64, day: NaiveDate) -> Result<()> {
    diesel::insert_into(digest_sent::table)
        .values((digest_sent::staff_id.eq(staff_id), digest_sent::day.eq(day)))
        .execute(db)?;
    Ok(())
}

/// Everything the sums compare.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Letters.
    pub letters: i64,
    /// Closed letters.
    pub letters_closed: i64,
    /// Letters in any other known state.
    pub letters_open: i64,
    /// Letters of every known channel.
    pub letters_by_channel: i64,
    /// Letters year by year, by the day of receipt.
    pub letters_by_year: i64,
    /// Letters with a matter.
    pub letters_with_matter: i64,
    /// Letters with an open matter.
    pub letters_with_open_matter: i64,
    /// Matters.
    pub matters: i64,
    /// Matters of every known state.
    pub matters_by_state: i64,
    /// Matters in a last state.
    pub matters_ended: i64,
    /// Matters with the moment of their end.
    pub matters_with_end: i64,
    /// Matters with the moment of their reply.
    pub matters_replied: i64,
    /// Matters with a final reply that was sent.
    pub matters_dispatched: i64,
    /// Publications that are out.
    pub published: i64,
    /// Rows the public sees.
    pub voices: i64,
}

/// Counts.
pub fn counted(db: &mut Db) -> Result<Counted> {
    let letters = letter::table.count().get_result(db)?;
    let of_state = |db: &mut Db, states: &[LetterState]| -> QueryResult<i64> {
        letter::table.filter(letter::state.eq_any(states)).count().get_result(db)
    };
    let ended = matter::state.eq_any([State::Closed, State::Filed]);
    let years: Vec<i64> = letter::table.select(letter::fiscal_year).distinct().load(db)?;
    let mut letters_by_year = 0;
    for year in years {
        let year = FiscalYear(i32::try_from(year).unwrap_or_default());
        let n: i64 = letter::table
            .filter(letter::received_on.between(year.first_day(), year.last_day()))
            .count()
            .get_result(db)?;
        letters_by_year += n;
    }
    Ok(Counted {
        letters,
        letters_closed: of_state(db, &[LetterState::Closed])?,
        letters_open: of_state(db, &[LetterState::Received, LetterState::Registered])?,
        letters_by_channel: letter::table
            .filter(letter::channel.eq_any(Channel::ALL))
            .count()
            .get_result(db)?,
        letters_by_year,
        letters_with_matter: matter::table.select(count(matter::letter_id).aggregate_distinct()).first(db)?,
        letters_with_open_matter: matter::table
            .filter(matter::state.ne_all([State::Closed, State::Filed]))
            .select(count(matter::letter_id).aggregate_distinct())
            .first(db)?,
        matters: matter::table.count().get_result(db)?,
        matters_by_state: matter::table.filter(matter::state.eq_any(State::ALL)).count().get_result(db)?,
        matters_ended: matter::table.filter(ended).count().get_result(db)?,
        matters_with_end: matter::table.filter(matter::closed_at.is_not_null()).count().get_result(db)?,
        matters_replied: matter::table.filter(matter::replied_at.is_not_null()).count().get_result(db)?,
        matters_dispatched: dispatch::table
            .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
            .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
            .filter(reply::kind.eq("final"))
            .select(count(reply::matter_id).aggregate_distinct())
            .first(db)?,
        published: publication::table.filter(publication::state.eq("published")).count().get_result(db)?,
        voices: voice::table.count().get_result(db)?,
    })
}

/// How often each code stands in a column, of letters or matters received in a period.
pub type Counts = Vec<(Option<String>, i64)>;

macro_rules! by_column {
    ($($(#[$meta:meta])* $name:ident: $table:ident . $column:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(db: &mut Db, period: Period) -> Result<Counts> {
            Ok($table::table
                .filter($table::received_on.between(period.first, period.last))
                .group_by($table::$column)
                .select(($table::$column.nullable(), count_star()))
                .load(db)?)
        }
    )+};
}

by_column! {
    /// Letters by channel.
    channels: letter.channel;
    /// Letters by age band.
    age_bands: letter.age_band;
    /// Letters by area.
    districts: letter.district;
    /// Letters by state.
    letter_states: letter.state;
    /// Matters by kind.
    kinds: matter.kind;
    /// Matters by outcome.
    outcomes: matter.outcome;
}

/// Letters by the box they were put in; `None` for all that were in none.
pub fn boxes(db: &mut Db, period: Period) -> Result<Counts> {
    Ok(letter::table
        .left_join(letter_paper::table.on(letter_paper::letter_id.eq(letter::id)))
        .filter(letter::received_on.between(period.first, period.last))
        .group_by(letter_paper::box_location)
        .select((letter_paper::box_location.nullable(), count_star()))
        .load(db)?)
}

macro_rules! by_yes_no {
    ($($(#[$meta:meta])* $name:ident: $column:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(db: &mut Db, period: Period) -> Result<Vec<(bool, i64)>> {
            Ok(letter::table
                .filter(letter::received_on.between(period.first, period.last))
                .group_by(letter::$column)
                .select((letter::$column, count_star()))
                .load(db)?)
        }
    )+};
}

by_yes_no! {
    /// Letters without and with a name.
    anonymous: anonymous;
    /// Letters that want a reply.
    reply_wanted: reply_wanted;
    /// Letters that may be published.
    publish_ok: publish_ok;
}

/// Matters by owning section, in the order of the city's list; `None` for those without.
pub fn units(db: &mut Db, period: Period) -> Result<Counts> {
    Ok(matter::table
        .left_join(unit::table.on(unit::id.nullable().eq(matter::owning_unit_id)))
        .filter(matter::received_on.between(period.first, period.last))
        .group_by((unit::id, unit::name, unit::sort))
        .order((unit::sort, unit::id))
        .select((unit::name.nullable(), count_star()))
        .load(db)?)
}

/// Matters by field; a matter with several fields is counted in each.
pub fn fields(db: &mut Db, period: Period) -> Result<Counts> {
    Ok(matter_field::table
        .inner_join(matter::table.on(matter::id.eq(matter_field::matter_id)))
        .filter(matter::received_on.between(period.first, period.last))
        .group_by(matter_field::field)
        .select((matter_field::field.nullable(), count_star()))
        .load(db)?)
}

/// Matters, matters with a field, matters that are out for the public, in a period.
pub fn matters(db: &mut Db, period: Period) -> Result<(i64, i64, i64)> {
    let within = || matter::table.filter(matter::received_on.between(period.first, period.last));
    let all = within().count().get_result(db)?;
    let fielded = matter_field::table
        .inner_join(matter::table.on(matter::id.eq(matter_field::matter_id)))
        .filter(matter::received_on.between(period.first, period.last))
        .select(count(matter_field::matter_id).aggregate_distinct())
        .first(db)?;
    let published = within()
        .inner_join(publication::table.on(publication::matter_id.eq(matter::id)))
        .filter(publication::state.eq("published"))
        .count()
        .get_result(db)?;
    Ok((all, fielded, published))
}

/// Day of receipt and moment of reply of every matter of a period that was replied to.
pub fn replies(db: &mut Db, period: Period) -> Result<Vec<(NaiveDate, Instant)>> {
    Ok(matter::table
        .filter(matter::received_on.between(period.first, period.last))
        .filter(matter::replied_at.is_not_null())
        .select((matter::received_on, matter::replied_at.assume_not_null()))
        .load(db)?)
}

/// Of matters: open, to be replied to, and past the thirtieth day.
macro_rules! late {
    ($from:expr, $period:expr, $today:expr) => {
        $from
            .filter(matter::received_on.between($period.first, $period.last))
            .filter(matter::closed_at.is_null())
            .filter(matter::replied_at.is_null())
            .filter(matter::reply_needed)
            .filter(matter::statutory_due_on.lt($today))
    };
}

/// How many matters of a period are still waited for past the thirtieth day.
pub fn count_late(db: &mut Db, period: Period, today: NaiveDate) -> Result<i64> {
    Ok(late!(matter::table, period, today).count().get_result(db)?)
}

/// Open matters of a period that need a reply and are past the thirtieth day, the latest first; at most `most`.
pub fn late(db: &mut Db, period: Period, today: NaiveDate, most: i64) -> Result<Vec<Late>> {
    let matters = matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .left_join(unit::table.on(unit::id.nullable().eq(matter::owning_unit_id)));
    Ok(late!(matters, period, today)
        .order((matter::statutory_due_on, matter::id))
        .limit(most)
        .select((
            matter::letter_id,
            matter::no,
            letter::fiscal_year,
            letter::register_no,
            matter::statutory_due_on,
            unit::name.nullable(),
        ))
        .load(db)?)
}
