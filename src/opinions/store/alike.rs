//! The search for copies that are not equal: its run, what it found, and what was found not to be so.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::db::schema::{likeness_run, likeness_suggestion};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::opinions::alike::State;

/// How a search stands.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = likeness_run, check_for_backend(Backend))]
pub struct Run {
    /// Whose.
    pub consultation_id: i64,
    /// Where it stands.
    pub state: State,
    /// Texts came since it began.
    pub stale: bool,
    /// Texts it has compared.
    pub texts_done: i64,
    /// All its texts.
    pub texts_all: i64,
    /// The run whose suggestions are shown.
    pub shown_no: i64,
    /// The one being written.
    pub next_no: i64,
    /// When the last one ended.
    pub finished_at: Option<Instant>,
}

/// Remembers that there are new texts to compare.
pub fn texts_came(db: &mut Db, consultation_id: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO likeness_run (consultation_id, state, stale, texts_done, texts_all, shown_no, next_no) \
         VALUES ($1, 'waiting', TRUE, 0, 0, 0, 0) \
         ON CONFLICT (consultation_id) DO UPDATE SET stale = TRUE WHERE NOT likeness_run.stale",
    )
    .bind::<BigInt, _>(consultation_id)
    .execute(db)?;
    Ok(())
}

/// How the search of a consultation stands; none before its first text.
pub fn likeness_run(db: &mut Db, consultation_id: i64) -> Result<Option<Run>> {
    Ok(likeness_run::table.find(consultation_id).select(Run::as_select()).first(db).optional()?)
}

/// A consultation whose search is to begin or to go on: one that waits, one whose process fell silent, one that is done
/// and has had new texts, but not before `rested`.
pub fn search_to_do(db: &mut Db, now: Instant, rested: Instant) -> Result<Option<i64>> {
    Ok(likeness_run::table
        .filter(
            likeness_run::state
                .eq(State::Waiting)
                .or(likeness_run::state.eq(State::Running).and(likeness_run::held_until.lt(now)))
                .or(likeness_run::state
                    .eq(State::Done)
                    .and(likeness_run::stale)
                    .and(likeness_run::finished_at.lt(rested))),
        )
        .order(likeness_run::consultation_id)
        .select(likeness_run::consultation_id)
        .first(db)
        .optional()?)
}

/// Takes a search up for one process and gives the number under which it writes.
pub fn take_up(db: &mut Db, consultation_id: i64, holder: &str, held_until: Instant) -> Result<i64> {
    Ok(diesel::update(likeness_run::table.find(consultation_id))
        .set((
            likeness_run::state.eq(State::Running),
            likeness_run::stale.eq(false),
            likeness_run::holder.eq(holder),
            likeness_run::held_until.eq(held_until),
            likeness_run::texts_done.eq(0_i64),
            likeness_run::next_no.eq(likeness_run::next_no + 1),
        ))
        .returning(likeness_run::next_no)
        .get_result(db)?)
}

/// Says how far a process has come, of how many texts; false when the search is not its own any more.
pub fn came_to(
    db: &mut Db,
    consultation_id: i64,
    holder: &str,
    held_until: Instant,
    (done, all): (i64, i64),
) -> Result<bool> {
    let changed = diesel::update(likeness_run::table.find(consultation_id))
        .filter(likeness_run::state.eq(State::Running))
        .filter(likeness_run::holder.eq(holder))
        .set((
            likeness_run::texts_done.eq(done),
            likeness_run::texts_all.eq(all),
            likeness_run::held_until.eq(held_until),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Ends a search: what it wrote is shown.
pub fn finish_search(db: &mut Db, consultation_id: i64, holder: &str, no: i64, now: Instant) -> Result<()> {
    diesel::update(likeness_run::table.find(consultation_id))
        .filter(likeness_run::state.eq(State::Running))
        .filter(likeness_run::holder.eq(holder))
        .set((
            likeness_run::state.eq(State::Done),
            likeness_run::shown_no.eq(no),
            likeness_run::holder.eq(None::<String>),
            likeness_run::held_until.eq(None::<Instant>),
            likeness_run::finished_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Sets a search to a state by hand.
pub fn set_search(db: &mut Db, consultation_id: i64, state: State) -> Result<()> {
    diesel::update(likeness_run::table.find(consultation_id))
        .set((
            likeness_run::state.eq(state),
            likeness_run::holder.eq(None::<String>),
            likeness_run::held_until.eq(None::<Instant>),
        ))
        .execute(db)?;
    Ok(())
}

/// A distinct text of the standing items of a consultation that are in groups.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Distinct {
    /// Its L1 key.
    #[diesel(sql_type = Text)]
    pub text_key: String,
    /// The first item that says it.
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    /// How many say it.
    #[diesel(sql_type = BigInt)]
    pub copies: i64,
}

/// All distinct texts, in the order of their first items.
pub fn distinct_texts(db: &mut Db, consultation_id: i64) -> Result<Vec<Distinct>> {
    Ok(diesel::sql_query(
        "SELECT text_key, MIN(id) AS first, COUNT(*) AS copies FROM opinion_item WHERE consultation_id = $1 \
         AND removed_at IS NULL AND group_id IS NOT NULL GROUP BY text_key ORDER BY MIN(id)",
    )
    .bind::<BigInt, _>(consultation_id)
    .load(db)?)
}

/// Writes down what a search found: text, model.
pub fn insert_suggestions(
    db: &mut Db,
    consultation_id: i64,
    no: i64,
    pairs: &[(String, String)],
) -> Result<()> {
    for (text, model) in pairs {
        diesel::insert_into(likeness_suggestion::table)
            .values((
                likeness_suggestion::consultation_id.eq(consultation_id),
                likeness_suggestion::run_no.eq(no),
                likeness_suggestion::text_key.eq(text),
                likeness_suggestion::model_key.eq(model),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Forgets what older runs wrote, some at a time; gives how many rows went.
pub fn forget_old(db: &mut Db, consultation_id: i64, kept: i64, most: i64) -> Result<usize> {
    Ok(diesel::sql_query(
        "DELETE FROM likeness_suggestion WHERE consultation_id = $1 AND run_no <> $2 AND text_key IN (SELECT text_key \
         FROM likeness_suggestion WHERE consultation_id = $1 AND run_no <> $2 ORDER BY text_key LIMIT $3)",
    )
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(kept)
    .bind::<BigInt, _>(most)
    .execute(db)?)
}

/// Suggestions that nobody dismissed, each with the group its model is in now: a text and its model, whatever the run
/// chose as model when it was dismissed.
const OPEN: &str = "WITH p AS (SELECT s.text_key AS text_key, s.model_key AS model_key, (SELECT m.group_id FROM opinion_item m \
     WHERE m.consultation_id = s.consultation_id AND m.text_key = s.model_key AND m.removed_at IS NULL \
     AND m.group_id IS NOT NULL ORDER BY m.id LIMIT 1) AS model_group \
     FROM likeness_run r JOIN likeness_suggestion s ON s.consultation_id = r.consultation_id AND s.run_no = r.shown_no \
     WHERE r.consultation_id = $1 AND NOT EXISTS (SELECT 1 FROM likeness_dismissal d LEFT JOIN sorting_act a ON a.id = d.act_id \
     LEFT JOIN likeness_suggestion k \
     ON k.consultation_id = d.consultation_id AND k.run_no = r.shown_no AND k.text_key = d.other_key \
     WHERE d.consultation_id = s.consultation_id AND d.text_key = s.text_key AND a.undone_by IS NULL \
     AND (d.other_key = s.model_key OR k.model_key = s.model_key)) \
     AND NOT EXISTS (SELECT 1 FROM likeness_dismissal d LEFT JOIN sorting_act a ON a.id = d.act_id \
     WHERE d.consultation_id = s.consultation_id AND d.text_key = s.model_key AND d.other_key = s.text_key \
     AND a.undone_by IS NULL))";
const JOINED: &str = "FROM p JOIN opinion_item i ON i.consultation_id = $1 AND i.text_key = p.text_key AND i.removed_at IS NULL \
     AND i.group_id IS NOT NULL AND i.group_id <> p.model_group";

/// A family: a group, and others that look like copies of it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Family {
    /// The group of the text that stands for the others.
    #[diesel(sql_type = BigInt)]
    pub group_id: i64,
    /// How many other groups.
    #[diesel(sql_type = BigInt)]
    pub members: i64,
    /// Items in those.
    #[diesel(sql_type = BigInt)]
    pub items: i64,
    /// Families in all.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
}

/// The families of a consultation with members that nobody decided on, the largest first.
pub fn families(db: &mut Db, consultation_id: i64, offset: i64, most: i64) -> Result<Vec<Family>> {
    Ok(diesel::sql_query(format!(
        "{OPEN} SELECT p.model_group AS group_id, COUNT(DISTINCT i.group_id) AS members, COUNT(*) AS items, \
         COUNT(*) OVER () AS found {JOINED} GROUP BY p.model_group ORDER BY COUNT(*) DESC, p.model_group LIMIT $2 OFFSET $3"
    ))
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(most)
    .bind::<BigInt, _>(offset)
    .load(db)?)
}

/// A member of a family: a group that looks like a copy.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Member {
    /// The group.
    #[diesel(sql_type = BigInt)]
    pub group_id: i64,
    /// Its version.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    /// The first of its items with the suggested text.
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    /// Items with such texts.
    #[diesel(sql_type = BigInt)]
    pub items: i64,
    /// Such texts.
    #[diesel(sql_type = BigInt)]
    pub texts: i64,
    /// Members in all.
    #[diesel(sql_type = BigInt)]
    pub found: i64,
}

/// The members of a group's family, the largest first.
pub fn members(
    db: &mut Db,
    consultation_id: i64,
    model_group: i64,
    offset: i64,
    most: i64,
) -> Result<Vec<Member>> {
    Ok(diesel::sql_query(format!(
        "{OPEN} SELECT i.group_id AS group_id, MIN(g.version) AS version, MIN(i.id) AS first, COUNT(*) AS items, \
         COUNT(DISTINCT i.text_key) AS texts, COUNT(*) OVER () AS found {JOINED} JOIN opinion_group g ON g.id = i.group_id \
         WHERE p.model_group = $2 GROUP BY i.group_id ORDER BY COUNT(*) DESC, i.group_id LIMIT $3 OFFSET $4"
    ))
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(model_group)
    .bind::<BigInt, _>(most)
    .bind::<BigInt, _>(offset)
    .load(db)?)
}

/// Remembers that the texts of these groups are no copies of a group's, as long as the act that says so stands. Gives how
/// many texts.
pub fn dismiss(
    db: &mut Db,
    act: i64,
    consultation_id: i64,
    model_group: i64,
    groups: &[i64],
    (by, now): (i64, Instant),
) -> Result<i64> {
    let ids = groups.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let texts = diesel::sql_query(format!(
        "{OPEN} INSERT INTO likeness_dismissal (consultation_id, text_key, other_key, made_by, made_at, act_id) \
         SELECT DISTINCT $1, p.text_key, p.model_key, $2, $3, $4 {JOINED} WHERE p.model_group = $5 AND i.group_id IN ({ids}) \
         ON CONFLICT (consultation_id, text_key, other_key) DO UPDATE \
         SET made_by = excluded.made_by, made_at = excluded.made_at, act_id = excluded.act_id"
    ))
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(by)
    .bind::<Timestamp, _>(now)
    .bind::<BigInt, _>(act)
    .bind::<BigInt, _>(model_group)
    .execute(db)?;
    Ok(i64::try_from(texts).unwrap_or(i64::MAX))
}
