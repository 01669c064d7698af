//! The rows of lists of matters, and of saved views.
//!
//! A page is found in two steps: the keys of its rows by one walk along an index for each unit asked for, then the
//! rows themselves. No step looks at more than a page, wherever in the list the page lies. What is asked of letters
//! (words, channel, year) gives letter ids in order, and those are walked in growing portions. Long because the two steps
//! belong together.

use chrono::NaiveDate;
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment};
use diesel::sql_types::BigInt;

use super::filter::{Due, Filter, From, Key, Scope, Sort, Stage, Standing};
use crate::db::schema::{letter, matter, matter_field, matter_joint_unit, saved_view, staff, unit};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::letters::letter::{Channel, MatterKind};
use crate::letters::matter::State;
use crate::letters::search::{self, Walk};

/// Counting stops here where the rows may be any number and each must be looked at: beyond it a list says 「以上」.
const COUNTED: i64 = 10_000;

/// Counting for a tile stops here.
pub const TILE_COUNTED: i64 = 1_000;

/// Letters looked at when something is asked of letters and rows are counted.
pub const LETTERS_COUNTED: i64 = 200;

type Matters<'a> = matter::BoxedQuery<'a, Backend>;

/// How many, and whether it is the whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Counted rows.
    pub rows: i64,
    /// Nothing was left uncounted.
    pub exact: bool,
}

/// A row of a list.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    /// `matter.id`.
    pub id: i64,
    /// `letter.id`.
    pub letter_id: i64,
    /// Its number in the letter.
    pub no: i64,
    /// Version, for acts on it.
    pub version: i64,
    /// What it is about.
    pub title: String,
    /// Its kind, once screened.
    pub kind: Option<MatterKind>,
    /// Where it stands.
    pub state: State,
    /// Day that counts.
    pub due_on: NaiveDate,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Done with.
    pub closed_at: Option<Instant>,
    /// How it came.
    pub channel: Channel,
    /// Year of the register.
    pub fiscal_year: i64,
    /// Number in it.
    pub register_no: Option<i64>,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// Whether it may be published.
    pub publish_ok: bool,
    /// Name of the section.
    pub unit: Option<String>,
    /// Name of the drafter.
    pub drafter: Option<String>,
}

impl Row {
    /// Whether its days still count: not once it is answered or closed.
    pub fn clock_runs(&self) -> bool {
        self.closed_at.is_none() && !matches!(self.state, State::Replied | State::NoReply)
    }
}

/// Who asks, and on which day.
#[derive(Clone, Debug)]
pub struct Asker {
    /// `staff.id`.
    pub id: i64,
    /// What the roles allow.
    pub scope: Scope,
    /// Today in Tokyo.
    pub today: NaiveDate,
}

/// Whose matters one walk goes along.
#[derive(Clone, Copy, Debug)]
enum Leg<'a> {
    Everything,
    Owned(i64),
    SharedBy(&'a [i64]),
    DraftedBy(i64),
}

/// The walks that together give each matter of the scope once.
fn legs<'a>(filter: &Filter, asker: &Asker, scope: &'a Scope) -> Vec<Leg<'a>> {
    match scope {
        // a drafter's own are few: one walk, which still looks whether the unit is right
        _ if filter.mine => vec![Leg::DraftedBy(asker.id)],
        Scope::City => vec![Leg::Everything],
        Scope::Units(units) if units.is_empty() => Vec::new(),
        Scope::Units(units) => units.iter().map(|u| Leg::Owned(*u)).chain([Leg::SharedBy(units)]).collect(),
    }
}

/// Open matters of a filter's own conditions; nothing about letters, units or place.
fn matters<'a>(filter: &Filter, today: NaiveDate, how: For) -> Matters<'a> {
    let mut query = matter::table.into_boxed::<Backend>();
    match filter.state {
        None => {}
        Some(Standing::Stage(Stage::Open)) => query = query.filter(matter::closed_at.is_null()),
        Some(Standing::Stage(Stage::Overdue)) => {
            query = query.filter(matter::closed_at.is_null()).filter(matter::due_on.lt(today));
            // once answered, the clock has stopped
            query = query.filter(matter::state.ne_all([State::Replied, State::NoReply]));
        }
        Some(standing) => {
            if let Some(states) = standing.states() {
                query = match states.as_slice() {
                    [one] => query.filter(matter::state.eq(*one)),
                    _ => query.filter(matter::state.eq_any(states)),
                };
            }
        }
    }
    if let Some(due) = filter.due {
        let days = |n| crate::calendar::due(today, n);
        query = query.filter(matter::closed_at.is_null());
        query = query.filter(matter::state.ne_all([State::Replied, State::NoReply]));
        query = match due {
            Due::Overdue => query.filter(matter::due_on.lt(today)),
            Due::Today => query.filter(matter::due_on.eq(today)),
            Due::Soon => query.filter(matter::due_on.between(today, days(3))),
            Due::Week => query.filter(matter::due_on.between(today, days(7))),
            Due::Interim => query
                .filter(matter::due_on.le(days(7)))
                .filter(matter::reply_needed)
                .filter(matter::extended_due_on.is_null())
                .filter(matter::state.eq_any(INTERIM)),
        };
    }
    if let Some(kind) = filter.kind {
        query = query.filter(matter::kind.eq(kind));
    }
    if let Some(field) = filter.field {
        let of_field = matter_field::table.filter(matter_field::field.eq(field.code()));
        query = match how {
            // a page ends soon: each row is asked for its field
            For::Page => {
                query.filter(diesel::dsl::exists(of_field.filter(matter_field::matter_id.eq(matter::id))))
            }
            // a count sees the whole field: the field gives its rows
            For::Count => query.filter(matter::id.eq_any(of_field.select(matter_field::matter_id))),
        };
    }
    query
}

/// What rows are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Page,
    Count,
}

/// States in which an answer is being worked on and may not be ready in time.
const INTERIM: [State; 4] = [State::Assigned, State::Drafting, State::Returned, State::InApproval];

fn along<'a>(query: Matters<'a>, leg: Leg<'a>, scope: &'a Scope) -> Matters<'a> {
    match leg {
        Leg::Everything => query,
        Leg::Owned(unit) => query.filter(matter::owning_unit_id.eq(unit)),
        Leg::SharedBy(units) => query.filter(matter::id.eq_any(shared(units))).filter(
            matter::owning_unit_id.is_null().or(not(matter::owning_unit_id.assume_not_null().eq_any(units))),
        ),
        Leg::DraftedBy(id) => within(query.filter(matter::drafter_id.eq(id)), scope),
    }
}

/// Only what the scope allows.
fn within<'a>(query: Matters<'a>, scope: &'a Scope) -> Matters<'a> {
    match scope {
        Scope::City => query,
        Scope::Units(units) => query.filter(
            (matter::owning_unit_id
                .is_not_null()
                .and(matter::owning_unit_id.assume_not_null().eq_any(units)))
            .or(matter::id.eq_any(shared(units))),
        ),
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn shared<'a>(units: &'a [i64]) -> _ {
    matter_joint_unit::table
        .filter(matter_joint_unit::unit_id.eq_any(units))
        .select(matter_joint_unit::matter_id)
}

/// Only what lies past a place, in the direction of the walk.
fn past(query: Matters<'_>, from: From) -> Matters<'_> {
    match from {
        From::Top => query,
        From::After(Key::Newest(l, n)) => {
            query.filter(matter::letter_id.le(l).and(matter::letter_id.lt(l).or(matter::no.lt(n))))
        }
        From::Before(Key::Newest(l, n)) => {
            query.filter(matter::letter_id.ge(l).and(matter::letter_id.gt(l).or(matter::no.gt(n))))
        }
        From::After(Key::Due(d, id)) => {
            query.filter(matter::due_on.ge(d).and(matter::due_on.gt(d).or(matter::id.gt(id))))
        }
        From::Before(Key::Due(d, id)) => {
            query.filter(matter::due_on.le(d).and(matter::due_on.lt(d).or(matter::id.lt(id))))
        }
    }
}

type KeyRow = (i64, i64, i64, NaiveDate);

fn key_of(row: &KeyRow, sort: Sort) -> Key {
    match sort {
        Sort::Newest => Key::Newest(row.1, row.2),
        Sort::DueFirst => Key::Due(row.3, row.0),
    }
}

/// Keys in the order of the walk (backwards for [`From::Before`]), at most `most`.
fn walk(db: &mut Db, query: Matters<'_>, sort: Sort, from: From, most: i64) -> Result<Vec<KeyRow>> {
    let query =
        past(query, from).limit(most).select((matter::id, matter::letter_id, matter::no, matter::due_on));
    let back = matches!(from, From::Before(_));
    Ok(match (sort, back) {
        (Sort::Newest, false) => query.order((matter::letter_id.desc(), matter::no.desc())).load(db)?,
        (Sort::Newest, true) => query.order((matter::letter_id.asc(), matter::no.asc())).load(db)?,
        (Sort::DueFirst, false) => query.order((matter::due_on.asc(), matter::id.asc())).load(db)?,
        (Sort::DueFirst, true) => query.order((matter::due_on.desc(), matter::id.desc())).load(db)?,
    })
}

/// The newest letters that have what is asked of letters, one more than are counted; none when nothing is asked of them or
/// the list has another order.
pub fn newest_letters(db: &mut Db, filter: &Filter) -> Result<Option<Vec<i64>>> {
    if !filter.asks_of_letters() || filter.order() != Sort::Newest {
        return Ok(None);
    }
    letters(db, filter, Walk::Down(None), LETTERS_COUNTED + 1).map(Some)
}

/// Keys of at most `most` rows, in the order of the walk. `newest` is what [`newest_letters`] gave, if it was asked.
pub fn keys(
    db: &mut Db,
    filter: &Filter,
    asker: &Asker,
    from: From,
    most: usize,
    newest: Option<&[i64]>,
) -> Result<Vec<(i64, Key)>> {
    let scope = asker.scope.clone().narrowed(filter.unit);
    let sort = filter.order();
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut found: Vec<KeyRow> = Vec::new();
    if filter.asks_of_letters() && sort == Sort::Newest {
        // what was looked for already is the first portion
        let mut ready = newest.filter(|_| from == From::Top).map(<[i64]>::to_vec);
        let mut portion = if ready.is_some() { LETTERS_COUNTED + 1 } else { limit * 2 };
        let mut place = match from {
            From::Top => Walk::Down(None),
            // the letter of the place itself may have more matters
            From::After(Key::Newest(l, _)) => Walk::Down(Some(l + 1)),
            From::Before(Key::Newest(l, _)) => Walk::Up(l - 1),
            From::After(Key::Due(..)) | From::Before(Key::Due(..)) => return Ok(Vec::new()),
        };
        loop {
            let letters = match ready.take() {
                Some(ready) => ready,
                None => letters(db, filter, place, portion)?,
            };
            let Some(last) = letters.last().copied() else { break };
            let query = of_letters(db, matters(filter, asker.today, For::Page), filter, &letters);
            let query = if filter.mine { query.filter(matter::drafter_id.eq(asker.id)) } else { query };
            let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
            found.extend(walk(db, within(query, &scope), sort, from, missing)?);
            if found.len() >= most || i64::try_from(letters.len()).unwrap_or(0) < portion {
                break;
            }
            place = match place {
                Walk::Down(_) => Walk::Down(Some(last)),
                Walk::Up(_) => Walk::Up(last),
            };
            portion = (portion * 4).min(4_000);
        }
    } else {
        for leg in legs(filter, asker, &scope) {
            let mut query = along(matters(filter, asker.today, For::Page), leg, &scope);
            if filter.asks_of_letters() {
                query = asked(query, filter);
            }
            found.extend(walk(db, query, sort, from, limit)?);
        }
        let back = matches!(from, From::Before(_));
        found.sort_unstable_by(|a, b| {
            let order = match sort {
                Sort::Newest => (b.1, b.2).cmp(&(a.1, a.2)),
                Sort::DueFirst => (a.3, a.0).cmp(&(b.3, b.0)),
            };
            if back { order.reverse() } else { order }
        });
        found.truncate(most);
    }
    Ok(found.iter().map(|row| (row.0, key_of(row, sort))).collect())
}

/// Letters that have what is asked of letters and can be walked in order: words before channel before year.
fn letters(db: &mut Db, filter: &Filter, walk: Walk, most: i64) -> Result<Vec<i64>> {
    if !filter.q.is_empty() {
        return search::ids(db, &filter.q, walk, most);
    }
    let mut query = letter::table.select(letter::id).limit(most).into_boxed::<Backend>();
    if let Some(channel) = filter.channel {
        query = query.filter(letter::channel.eq(channel));
    } else if let Some(year) = filter.year {
        query = query.filter(letter::fiscal_year.eq(year));
    }
    Ok(match walk {
        Walk::Down(None) => query.order(letter::id.desc()).load(db)?,
        Walk::Down(Some(before)) => query.filter(letter::id.lt(before)).order(letter::id.desc()).load(db)?,
        Walk::Up(after) => query.filter(letter::id.gt(after)).order(letter::id.asc()).load(db)?,
    })
}

/// Matters of these letters, and what is asked of letters beside the words.
fn of_letters<'a>(db: &Db, query: Matters<'a>, filter: &Filter, letters: &[i64]) -> Matters<'a> {
    let query = query.filter(db.among(matter::letter_id, letters));
    if filter.channel.is_some() || filter.year.is_some() { asked(query, filter) } else { query }
}

/// What is asked of letters by channel and year.
fn asked<'a>(query: Matters<'a>, filter: &Filter) -> Matters<'a> {
    let same = || letter::table.filter(letter::id.eq(matter::letter_id));
    match (filter.channel, filter.year) {
        (Some(channel), Some(year)) => query.filter(diesel::dsl::exists(
            same().filter(letter::channel.eq(channel)).filter(letter::fiscal_year.eq(year)),
        )),
        (Some(channel), None) => {
            query.filter(diesel::dsl::exists(same().filter(letter::channel.eq(channel))))
        }
        (None, Some(year)) => query.filter(diesel::dsl::exists(same().filter(letter::fiscal_year.eq(year)))),
        (None, None) => query,
    }
}

/// Where counting the rows of a list stops; none for lists that are counted to the end. A limit makes each row cost twice,
/// and open matters are what the city has in hand, found in an index of their own. All there are SQLite counts by the page,
/// as long as the pages stay in memory. What is asked of letters is counted in its own way.
pub fn cap(db: &mut Db, filter: &Filter, scope: &Scope) -> Result<Option<i64>> {
    const IN_MEMORY: i64 = 100_000;
    if filter.kind.is_some() || filter.field.is_some() || filter.asks_of_letters() {
        return Ok(Some(COUNTED));
    }
    let all = filter.state.is_none() && filter.due.is_none() && !filter.mine && filter.unit.is_none();
    if all && matches!(scope, Scope::City) && db.counts_by_the_page() {
        let newest: Option<i64> = matter::table.select(diesel::dsl::max(matter::id)).first(db)?;
        return Ok((newest.unwrap_or(0) > IN_MEMORY).then_some(COUNTED));
    }
    Ok((!filter.open_only()).then_some(COUNTED))
}

/// How many rows the list has; counted up to `cap`, or among the newest [`LETTERS_COUNTED`] letters when
/// something is asked of letters.
pub fn count(
    db: &mut Db,
    filter: &Filter,
    asker: &Asker,
    cap: Option<i64>,
    newest: Option<&[i64]>,
) -> Result<Count> {
    let scope = asker.scope.clone().narrowed(filter.unit);
    if filter.asks_of_letters() {
        let letters = match newest {
            Some(newest) => newest.to_vec(),
            None => letters(db, filter, Walk::Down(None), LETTERS_COUNTED + 1)?,
        };
        let looked = usize::try_from(LETTERS_COUNTED).unwrap_or(usize::MAX).min(letters.len());
        let query = of_letters(db, matters(filter, asker.today, For::Page), filter, &letters[..looked]);
        let query = if filter.mine { query.filter(matter::drafter_id.eq(asker.id)) } else { query };
        let rows = within(query, &scope).count().get_result(db)?;
        return Ok(Count { rows, exact: looked == letters.len() });
    }
    let mut rows = 0;
    for leg in legs(filter, asker, &scope) {
        let query = along(matters(filter, asker.today, For::Count), leg, &scope);
        let Some(cap) = cap else {
            rows += query.count().get_result::<i64>(db)?;
            continue;
        };
        // the order leads SQLite to the index that holds open matters only
        let open = matches!(filter.state, None | Some(Standing::Stage(Stage::Open | Stage::Overdue)))
            && filter.open_only();
        let query = if open { query.order((matter::due_on, matter::id)) } else { query };
        rows += count_capped(db, query, cap)?;
        if rows > cap {
            return Ok(Count { rows: cap, exact: false });
        }
    }
    Ok(Count { rows, exact: true })
}

/// `SELECT count(*)` of a query that brings its own limit.
#[derive(diesel::query_builder::QueryId)]
struct CountOf<Q>(Q);

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for CountOf<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q> Query for CountOf<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Db> for CountOf<Q> {}

/// Rows of a query, but no more than one past the cap.
fn count_capped(db: &mut Db, query: Matters<'_>, cap: i64) -> Result<i64> {
    Ok(CountOf(query.select(matter::id).limit(cap + 1)).get_result(db)?)
}

/// The rows of these matters, in the given order.
pub fn rows(db: &mut Db, ids: &[i64]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .left_join(unit::table.on(unit::id.nullable().eq(matter::owning_unit_id)))
        .left_join(staff::table.on(staff::id.nullable().eq(matter::drafter_id)))
        .filter(db.among(matter::id, ids))
        .select((
            matter::id,
            matter::letter_id,
            matter::no,
            matter::version,
            matter::title,
            matter::kind,
            matter::state,
            matter::due_on,
            matter::received_on,
            matter::closed_at,
            letter::channel,
            letter::fiscal_year,
            letter::register_no,
            letter::reply_wanted,
            letter::publish_ok,
            unit::name.nullable(),
            staff::name.nullable(),
        ))
        .load(db)?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows)
}

/// A saved view: id, name, query.
#[derive(Clone, Debug, Queryable)]
pub struct View {
    /// `saved_view.id`.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// As [`Filter::query`] writes it.
    pub query: String,
}

/// A person's saved views, by age.
pub fn views(db: &mut Db, staff_id: i64) -> Result<Vec<View>> {
    Ok(saved_view::table
        .filter(saved_view::staff_id.eq(staff_id))
        .order(saved_view::id)
        .select((saved_view::id, saved_view::name, saved_view::query))
        .load(db)?)
}

/// Saves a view, in place of one of the same name.
pub fn save_view(db: &mut Db, staff_id: i64, name: &str, query: &str, at: Instant) -> Result<()> {
    let same = saved_view::table.filter(saved_view::staff_id.eq(staff_id)).filter(saved_view::name.eq(name));
    if diesel::update(same).set(saved_view::query.eq(query)).execute(db)? == 0 {
        diesel::insert_into(saved_view::table)
            .values((
                saved_view::staff_id.eq(staff_id),
                saved_view::name.eq(name),
                saved_view::query.eq(query),
                saved_view::created_at.eq(at),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Forgets a view, if it is this person's; says whether there was one.
pub fn delete_view(db: &mut Db, staff_id: i64, id: i64) -> Result<bool> {
    let row = saved_view::table.filter(saved_view::id.eq(id)).filter(saved_view::staff_id.eq(staff_id));
    Ok(diesel::delete(row).execute(db)? > 0)
}

/// Sections that are there today and may own matters: id and name.
pub fn sections(db: &mut Db, today: NaiveDate) -> Result<Vec<(i64, String)>> {
    Ok(unit::table
        .filter(unit::valid_from.le(today))
        .filter(unit::valid_to.is_null().or(unit::valid_to.ge(today)))
        .filter(unit::kind.ne("executive_body"))
        .order((unit::sort, unit::id))
        .select((unit::id, unit::name))
        .load(db)?)
}
