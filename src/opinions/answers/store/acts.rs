//! Acts on many groups at once, and undoing them.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::schema::{answer_act, answer_move, opinion_group, staff};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::text_enum;

text_enum! {
    /// What was done to groups.
    pub enum ActKind {
        Attached = "attached" => "市の考え方を付けた",
        Detached = "detached" => "市の考え方から外した",
        Placed = "placed" => "章に入れた",
    }
}

/// Begins an act and gives its number.
pub fn insert_act(db: &mut Db, consultation_id: i64, kind: ActKind, by: i64, now: Instant) -> Result<i64> {
    Ok(diesel::insert_into(answer_act::table)
        .values((
            answer_act::consultation_id.eq(consultation_id),
            answer_act::kind.eq(kind),
            answer_act::staff_id.eq(by),
            answer_act::at.eq(now),
        ))
        .returning(answer_act::id)
        .get_result(db)?)
}

/// Puts a group where an act wants it, and remembers where it was. `at` is its chapter and its view now.
pub fn move_group(
    db: &mut Db,
    act: i64,
    group_id: i64,
    at: (Option<i64>, Option<i64>),
    to: (Option<i64>, Option<i64>),
) -> Result<()> {
    diesel::insert_into(answer_move::table)
        .values((
            answer_move::act_id.eq(act),
            answer_move::group_id.eq(group_id),
            answer_move::from_chapter.eq(at.0),
            answer_move::from_view.eq(at.1),
            answer_move::to_chapter.eq(to.0),
            answer_move::to_view.eq(to.1),
        ))
        .execute(db)?;
    diesel::update(opinion_group::table.find(group_id))
        .set((
            opinion_group::chapter_id.eq(to.0),
            opinion_group::view_id.eq(to.1),
            opinion_group::version.eq(opinion_group::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// Puts every living group that is in no chapter and stands at one of a run of paragraphs into a chapter; without a
/// run, every one that stands at no paragraph. The run is a paper's version and the numbers of its paragraphs, the second
/// not counted. Gives how many.
pub fn place_loose(
    db: &mut Db,
    act: i64,
    consultation_id: i64,
    chapter_id: i64,
    run: Option<(i64, i64, i64, i64)>,
) -> Result<usize> {
    const LOOSE: &str = "INSERT INTO answer_move (act_id, group_id, from_chapter, from_view, to_chapter, to_view)
         SELECT CAST($1 AS BIGINT), g.id, g.chapter_id, g.view_id, CAST($2 AS BIGINT), NULL FROM opinion_group g
         WHERE g.consultation_id = $3 AND g.merged_into IS NULL AND g.chapter_id IS NULL";
    let moved = match run {
        Some((paper, version, from, to)) => diesel::sql_query(format!(
            "{LOOSE} AND g.paper_id = $4 AND g.paragraph IN
             (SELECT p.code FROM paper_paragraph p WHERE p.paper_version_id = $5 AND p.no >= $6 AND p.no < $7)"
        ))
        .bind::<BigInt, _>(act)
        .bind::<BigInt, _>(chapter_id)
        .bind::<BigInt, _>(consultation_id)
        .bind::<BigInt, _>(paper)
        .bind::<BigInt, _>(version)
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(to)
        .execute(db)?,
        None => diesel::sql_query(format!("{LOOSE} AND (g.paper_id IS NULL OR g.paragraph IS NULL)"))
            .bind::<BigInt, _>(act)
            .bind::<BigInt, _>(chapter_id)
            .bind::<BigInt, _>(consultation_id)
            .execute(db)?,
    };
    // SQLite counts $1, $2 by where each stands first
    diesel::sql_query(
        "UPDATE opinion_group SET chapter_id = $1, view_id = NULL, version = version + 1
         WHERE id IN (SELECT m.group_id FROM answer_move m WHERE m.to_chapter = $1 AND m.act_id = $2)",
    )
    .bind::<BigInt, _>(chapter_id)
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(moved)
}

/// An act as it can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DoneAct {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// What.
    pub kind: ActKind,
    /// Who did it, by number.
    pub by_id: i64,
    /// By name.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Since when it is undone.
    pub undone_at: Option<Instant>,
}

/// An act by its number.
pub fn act(db: &mut Db, id: i64) -> Result<DoneAct> {
    Ok(answer_act::table
        .inner_join(staff::table.on(staff::id.eq(answer_act::staff_id)))
        .filter(answer_act::id.eq(id))
        .select((
            answer_act::id,
            answer_act::consultation_id,
            answer_act::kind,
            answer_act::staff_id,
            staff::name,
            answer_act::at,
            answer_act::undone_at,
        ))
        .first(db)?)
}

/// The newest acts that were not undone, each with how many groups it moved.
pub fn last_acts(db: &mut Db, consultation_id: i64, most: i64) -> Result<Vec<(DoneAct, i64)>> {
    let acts: Vec<DoneAct> = answer_act::table
        .inner_join(staff::table.on(staff::id.eq(answer_act::staff_id)))
        .filter(answer_act::consultation_id.eq(consultation_id))
        .filter(answer_act::undone_at.is_null())
        .order(answer_act::id.desc())
        .limit(most)
        .select((
            answer_act::id,
            answer_act::consultation_id,
            answer_act::kind,
            answer_act::staff_id,
            staff::name,
            answer_act::at,
            answer_act::undone_at,
        ))
        .load(db)?;
    let ids: Vec<i64> = acts.iter().map(|a| a.id).collect();
    let sizes: std::collections::HashMap<i64, i64> = answer_move::table
        .filter(answer_move::act_id.eq_any(ids))
        .group_by(answer_move::act_id)
        .select((answer_move::act_id, diesel::dsl::count_star()))
        .load(db)?
        .into_iter()
        .collect();
    Ok(acts
        .into_iter()
        .map(|a| {
            let n = sizes.get(&a.id).copied().unwrap_or(0);
            (a, n)
        })
        .collect())
}

/// The chapters an act moved groups out of and into, and how many groups that were.
pub fn act_reach(db: &mut Db, act: i64) -> Result<(Vec<i64>, i64)> {
    let pairs: Vec<(Option<i64>, Option<i64>)> = answer_move::table
        .filter(answer_move::act_id.eq(act))
        .select((answer_move::from_chapter, answer_move::to_chapter))
        .distinct()
        .load(db)?;
    let all = answer_move::table.filter(answer_move::act_id.eq(act)).count().get_result(db)?;
    let mut chapters: Vec<i64> = pairs.into_iter().flat_map(|(a, b)| [a, b]).flatten().collect();
    chapters.sort_unstable();
    chapters.dedup();
    Ok((chapters, all))
}

/// Puts the groups of an act back where they were, as far as they still stand where the act put them and the answer they
/// had still stands. Gives how many.
pub fn undo(db: &mut Db, act: i64, now: Instant) -> Result<usize> {
    let moved = diesel::sql_query(
        "UPDATE opinion_group SET
           chapter_id = (SELECT m.from_chapter FROM answer_move m WHERE m.act_id = $1 AND m.group_id = opinion_group.id),
           view_id = (SELECT m.from_view FROM answer_move m WHERE m.act_id = $1 AND m.group_id = opinion_group.id),
           version = version + 1
         WHERE id IN (SELECT g.id FROM opinion_group g JOIN answer_move m ON m.group_id = g.id
           WHERE m.act_id = $1 AND g.merged_into IS NULL
             AND g.chapter_id IS NOT DISTINCT FROM m.to_chapter AND g.view_id IS NOT DISTINCT FROM m.to_view
             AND (m.from_view IS NULL OR EXISTS (SELECT 1 FROM city_view v WHERE v.id = m.from_view AND v.removed_at IS NULL)))",
    )
    .bind::<BigInt, _>(act)
    .execute(db)?;
    diesel::update(answer_act::table.find(act)).set(answer_act::undone_at.eq(now)).execute(db)?;
    Ok(moved)
}
