//! Acts of sorting. Each writes down what it moves, and one statement carries it out: so ten thousand items move like one,
//! and taking back is an act like any other.
//! Long: one statement an act, in both directions.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};

use crate::db::schema::{opinion_group, opinion_item, sorting_act, staff};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::opinions::act::{Act, Kind, Since};
use crate::opinions::group::Group;
use crate::opinions::item::Withheld;

/// Ids in one statement.
const CHUNK: usize = 1_000;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Writes down an act that is about to be carried out and gives its number.
pub fn insert_act(
    db: &mut Db,
    consultation_id: i64,
    kind: Kind,
    by: Option<i64>,
    now: Instant,
    undoes: Option<i64>,
) -> Result<i64> {
    Ok(diesel::insert_into(sorting_act::table)
        .values((
            sorting_act::consultation_id.eq(consultation_id),
            sorting_act::kind.eq(kind),
            sorting_act::made_by.eq(by),
            sorting_act::made_at.eq(now),
            sorting_act::items.eq(0_i64),
            sorting_act::undoes.eq(undoes),
        ))
        .returning(sorting_act::id)
        .get_result(db)?)
}

/// Remembers what an act was about and how many items it moved.
pub fn finish_act(
    db: &mut Db,
    act: i64,
    items: i64,
    group: Option<i64>,
    submission: Option<i64>,
) -> Result<()> {
    diesel::update(sorting_act::table.find(act))
        .set((
            sorting_act::items.eq(items),
            sorting_act::group_id.eq(group),
            sorting_act::submission_id.eq(submission),
        ))
        .execute(db)?;
    Ok(())
}

/// An act by its number.
pub fn act(db: &mut Db, id: i64) -> Result<Act> {
    Ok(sorting_act::table.find(id).select(Act::as_select()).first(db)?)
}

/// The acts of a consultation, or of one of its groups or submissions, the newest first, with who did them.
pub fn acts(
    db: &mut Db,
    consultation_id: i64,
    group: Option<i64>,
    submission: Option<i64>,
    before: i64,
    most: i64,
) -> Result<Vec<(Act, Option<String>)>> {
    let mut query = sorting_act::table
        .left_join(staff::table.on(sorting_act::made_by.eq(staff::id.nullable())))
        .filter(sorting_act::consultation_id.eq(consultation_id))
        .filter(sorting_act::id.lt(before))
        .into_boxed();
    if let Some(group) = group {
        query = query.filter(sorting_act::group_id.eq(group));
    }
    if let Some(submission) = submission {
        query = query.filter(sorting_act::submission_id.eq(submission));
    }
    Ok(query
        .order(sorting_act::id.desc())
        .limit(most)
        .select((Act::as_select(), staff::name.nullable()))
        .load(db)?)
}

/// The newest act of somebody in a consultation.
pub fn last_act_of(db: &mut Db, consultation_id: i64, by: i64) -> Result<Option<Act>> {
    Ok(sorting_act::table
        .filter(sorting_act::consultation_id.eq(consultation_id))
        .filter(sorting_act::made_by.eq(by))
        .order(sorting_act::id.desc())
        .select(Act::as_select())
        .first(db)
        .optional()?)
}

/// Which items an act moves.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// These.
    Items(&'a [i64]),
    /// All that stand in these groups.
    Groups(&'a [i64]),
}

/// Where an act puts them.
#[derive(Clone, Copy, Debug)]
pub enum Put<'a> {
    /// Into a group.
    Into(i64),
    /// Out of publication.
    Withheld(Withheld, &'a str),
    /// At a paragraph; with `only_from`, those alone that stand there or nowhere.
    Place(Option<(i64, &'a str)>, Option<Option<(i64, &'a str)>>),
    /// They no longer stand.
    Removed,
}

const MOVE: &str = "INSERT INTO sorting_move (act_id, item_id, from_group, from_withheld, from_note, from_removed, from_paper, \
     from_paragraph, to_group, to_withheld, to_note, to_removed, to_paper, to_paragraph) \
     SELECT $1, i.id, i.group_id, i.withheld, i.withheld_note, (i.removed_at IS NOT NULL), i.paper_id, i.paragraph, ";

fn listed(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Writes down what an act moves; items that are there already are left out. Gives how many it moves.
pub fn note_moves(db: &mut Db, act: i64, which: Which<'_>, put: Put<'_>) -> Result<i64> {
    let (column, ids) = match which {
        Which::Items(ids) => ("i.id", ids),
        Which::Groups(ids) => ("i.group_id", ids),
    };
    let mut moved = 0;
    for ids in ids.chunks(CHUNK) {
        let whose =
            format!("FROM opinion_item i WHERE {column} IN ({}) AND i.removed_at IS NULL", listed(ids));
        let done = match put {
            Put::Into(group) => diesel::sql_query(format!(
                "{MOVE} $2, NULL, '', FALSE, i.paper_id, i.paragraph {whose} AND i.group_id IS DISTINCT FROM $2"
            ))
            .bind::<BigInt, _>(act)
            .bind::<BigInt, _>(group)
            .execute(db)?,
            Put::Withheld(reason, note) => diesel::sql_query(format!(
                "{MOVE} NULL, $2, $3, FALSE, i.paper_id, i.paragraph {whose} \
                 AND (i.withheld IS DISTINCT FROM $2 OR i.withheld_note <> $3)"
            ))
            .bind::<BigInt, _>(act)
            .bind::<Text, _>(reason.code())
            .bind::<Text, _>(note)
            .execute(db)?,
            Put::Place(place, only_from) => {
                let to = format!(
                    "{MOVE} i.group_id, i.withheld, i.withheld_note, FALSE, $2, $3 {whose} \
                     AND (i.paper_id IS DISTINCT FROM $2 OR i.paragraph IS DISTINCT FROM $3)"
                );
                let (paper, code) = (place.map(|p| p.0), place.map(|p| p.1));
                match only_from {
                    None => diesel::sql_query(to)
                        .bind::<BigInt, _>(act)
                        .bind::<Nullable<BigInt>, _>(paper)
                        .bind::<Nullable<Text>, _>(code)
                        .execute(db)?,
                    Some(former) => diesel::sql_query(format!(
                        "{to} AND (i.paper_id IS NULL OR (i.paper_id IS NOT DISTINCT FROM $4 AND i.paragraph IS NOT DISTINCT FROM $5))"
                    ))
                    .bind::<BigInt, _>(act)
                    .bind::<Nullable<BigInt>, _>(paper)
                    .bind::<Nullable<Text>, _>(code)
                    .bind::<Nullable<BigInt>, _>(former.map(|p| p.0))
                    .bind::<Nullable<Text>, _>(former.map(|p| p.1))
                    .execute(db)?,
                }
            }
            Put::Removed => diesel::sql_query(format!(
                "{MOVE} i.group_id, i.withheld, i.withheld_note, TRUE, i.paper_id, i.paragraph {whose}"
            ))
            .bind::<BigInt, _>(act)
            .execute(db)?,
        };
        moved += i64::try_from(done).unwrap_or(i64::MAX);
    }
    Ok(moved)
}

/// Writes down items that an act has just made: they did not stand before.
pub fn note_made(db: &mut Db, act: i64, items: &[i64]) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    diesel::sql_query(format!(
        "INSERT INTO sorting_move (act_id, item_id, from_group, from_withheld, from_note, from_removed, from_paper, \
         from_paragraph, to_group, to_withheld, to_note, to_removed, to_paper, to_paragraph) \
         SELECT $1, i.id, i.group_id, i.withheld, i.withheld_note, TRUE, i.paper_id, i.paragraph, \
         i.group_id, i.withheld, i.withheld_note, FALSE, i.paper_id, i.paragraph FROM opinion_item i WHERE i.id IN ({})",
        listed(items)
    ))
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(())
}

/// Carries out an act as it is written down: groups live again before items go back into them, and a group goes into
/// another once its items have.
pub fn carry_out(db: &mut Db, act: i64, now: Instant) -> Result<()> {
    change_groups(db, act, "m.to_merged IS NULL")?;
    diesel::sql_query(
        "UPDATE opinion_item SET removed_at = CASE WHEN m.to_removed THEN COALESCE(opinion_item.removed_at, $1) ELSE NULL END, \
         group_id = m.to_group, withheld = m.to_withheld, withheld_note = m.to_note, paper_id = m.to_paper, \
         paragraph = m.to_paragraph, version = opinion_item.version + 1 \
         FROM sorting_move m WHERE m.act_id = $2 AND m.item_id = opinion_item.id",
    )
    .bind::<Timestamp, _>(now)
    .bind::<BigInt, _>(act)
    .execute(db)?;
    change_groups(db, act, "m.to_merged IS NOT NULL")
}

fn change_groups(db: &mut Db, act: i64, which: &str) -> Result<()> {
    diesel::sql_query(format!(
        "UPDATE opinion_group SET gist = m.to_gist, settled = m.to_settled, paper_id = m.to_paper, paragraph = m.to_paragraph, \
         chapter_id = m.to_chapter, merged_into = m.to_merged, version = opinion_group.version + 1 \
         FROM sorting_change m WHERE m.act_id = $1 AND m.group_id = opinion_group.id AND {which}"
    ))
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(())
}

/// What an act changes of groups; what is none stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupChange<'a> {
    /// 要旨.
    pub gist: Option<&'a str>,
    /// Somebody looked at it.
    pub settled: Option<bool>,
    /// Where in the draft it belongs.
    pub place: Option<Option<(i64, &'a str)>>,
    /// The chapter of the answers.
    pub chapter: Option<Option<i64>>,
    /// The group it went into.
    pub merged: Option<Option<i64>>,
}

/// Writes down what an act changes of groups.
pub fn note_changes(db: &mut Db, act: i64, groups: &[i64], change: &GroupChange<'_>) -> Result<()> {
    let place = change.place.flatten();
    for ids in groups.chunks(CHUNK) {
        diesel::sql_query(format!(
            "INSERT INTO sorting_change (act_id, group_id, from_gist, from_settled, from_paper, from_paragraph, from_chapter, \
             from_merged, to_gist, to_settled, to_paper, to_paragraph, to_chapter, to_merged) \
             SELECT $1, g.id, g.gist, g.settled, g.paper_id, g.paragraph, g.chapter_id, g.merged_into, \
             COALESCE($2, g.gist), COALESCE($3, g.settled), CASE WHEN $4 THEN $5 ELSE g.paper_id END, \
             CASE WHEN $4 THEN $6 ELSE g.paragraph END, CASE WHEN $7 THEN $8 ELSE g.chapter_id END, \
             CASE WHEN $9 THEN $10 ELSE g.merged_into END FROM opinion_group g WHERE g.id IN ({})",
            listed(ids)
        ))
        .bind::<BigInt, _>(act)
        .bind::<Nullable<Text>, _>(change.gist)
        .bind::<Nullable<Bool>, _>(change.settled)
        .bind::<Bool, _>(change.place.is_some())
        .bind::<Nullable<BigInt>, _>(place.map(|p| p.0))
        .bind::<Nullable<Text>, _>(place.map(|p| p.1))
        .bind::<Bool, _>(change.chapter.is_some())
        .bind::<Nullable<BigInt>, _>(change.chapter.flatten())
        .bind::<Bool, _>(change.merged.is_some())
        .bind::<Nullable<BigInt>, _>(change.merged.flatten())
        .execute(db)?;
    }
    Ok(())
}

/// Whether an act moved an item from one stand to another, and whether it changed its place.
const MOVED: &str = "(m.from_group IS DISTINCT FROM m.to_group OR m.from_withheld IS DISTINCT FROM m.to_withheld \
     OR m.from_note <> m.to_note OR m.from_removed <> m.to_removed)";
const PLACED: &str =
    "(m.from_paper IS DISTINCT FROM m.to_paper OR m.from_paragraph IS DISTINCT FROM m.to_paragraph)";
/// Whether an item still stands where an act put it, as far as the act moved it.
const STANDS: &str = "((m.from_group IS NOT DISTINCT FROM m.to_group AND m.from_withheld IS NOT DISTINCT FROM m.to_withheld \
     AND m.from_note = m.to_note AND m.from_removed = m.to_removed) \
     OR (i.group_id IS NOT DISTINCT FROM m.to_group AND i.withheld IS NOT DISTINCT FROM m.to_withheld \
     AND i.withheld_note = m.to_note AND (i.removed_at IS NOT NULL) = m.to_removed)) \
     AND ((m.from_paper IS NOT DISTINCT FROM m.to_paper AND m.from_paragraph IS NOT DISTINCT FROM m.to_paragraph) \
     OR (i.paper_id IS NOT DISTINCT FROM m.to_paper AND i.paragraph IS NOT DISTINCT FROM m.to_paragraph))";

/// How many items an act moved, and how many of them do not stand where it put them any more.
pub fn moved_since(db: &mut Db, act: i64) -> Result<(i64, i64)> {
    let all: Number = diesel::sql_query("SELECT COUNT(*) AS n FROM sorting_move WHERE act_id = $1")
        .bind::<BigInt, _>(act)
        .get_result(db)?;
    let gone: Number = diesel::sql_query(format!(
        "SELECT COUNT(*) AS n FROM sorting_move m JOIN opinion_item i ON i.id = m.item_id WHERE m.act_id = $1 AND NOT ({STANDS})"
    ))
    .bind::<BigInt, _>(act)
    .get_result(db)?;
    Ok((all.n, gone.n))
}

/// Who moved items of an act that no longer stand where it put them, the latest first.
pub fn since(db: &mut Db, act: i64) -> Result<Vec<Since>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT later.act_id AS id, COUNT(*) AS n FROM sorting_move m JOIN opinion_item i ON i.id = m.item_id \
         JOIN sorting_move later ON later.item_id = m.item_id AND later.act_id > m.act_id \
         WHERE m.act_id = $1 AND NOT ({STANDS}) GROUP BY later.act_id ORDER BY later.act_id DESC LIMIT 3"
    ))
    .bind::<BigInt, _>(act)
    .load(db)?;
    named(db, rows.into_iter().map(|r| (r.id, r.n)))
}

/// Who changed a group after an act, the latest first.
pub fn changed_since(db: &mut Db, act: i64) -> Result<Vec<Since>> {
    let rows: Vec<Id> = diesel::sql_query(
        "SELECT DISTINCT later.act_id AS id FROM sorting_change m JOIN sorting_change later \
         ON later.group_id = m.group_id AND later.act_id > m.act_id WHERE m.act_id = $1 ORDER BY 1 DESC LIMIT 3",
    )
    .bind::<BigInt, _>(act)
    .load(db)?;
    named(db, rows.into_iter().map(|r| (r.id, 0)))
}

fn named(db: &mut Db, acts: impl Iterator<Item = (i64, i64)>) -> Result<Vec<Since>> {
    let mut found = Vec::new();
    for (id, items) in acts {
        let (kind, at, name): (Kind, Instant, Option<String>) = sorting_act::table
            .left_join(staff::table.on(sorting_act::made_by.eq(staff::id.nullable())))
            .filter(sorting_act::id.eq(id))
            .select((sorting_act::kind, sorting_act::made_at, staff::name.nullable()))
            .first(db)?;
        found.push(Since { kind, name, at, items });
    }
    Ok(found)
}

/// Writes down the way back of an act, as far as its items still stand. Gives how many go back.
pub fn note_way_back(db: &mut Db, undo: i64, act: i64) -> Result<i64> {
    let back = |column: &str, now: &str, whether: &str| {
        format!("CASE WHEN {whether} THEN m.from_{column} ELSE {now} END")
    };
    let moved = diesel::sql_query(format!(
        "{MOVE} {}, {}, {}, {}, {}, {} FROM sorting_move m JOIN opinion_item i ON i.id = m.item_id WHERE m.act_id = $2 AND {STANDS}",
        back("group", "i.group_id", MOVED),
        back("withheld", "i.withheld", MOVED),
        back("note", "i.withheld_note", MOVED),
        back("removed", "(i.removed_at IS NOT NULL)", MOVED),
        back("paper", "i.paper_id", PLACED),
        back("paragraph", "i.paragraph", PLACED),
    ))
    .bind::<BigInt, _>(undo)
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(i64::try_from(moved).unwrap_or(i64::MAX))
}

/// Writes down the way back of what an act changed of groups: field by field, as far as it is still as the act left it.
/// Gives how many groups change.
pub fn note_change_back(db: &mut Db, undo: i64, act: i64) -> Result<i64> {
    let fields = [
        ("gist", "gist"),
        ("settled", "settled"),
        ("paper", "paper_id"),
        ("paragraph", "paragraph"),
        ("chapter", "chapter_id"),
        ("merged", "merged_into"),
    ];
    let stands = |(name, column): &(&str, &str)| {
        format!(
            "(m.from_{name} IS DISTINCT FROM m.to_{name} AND g.{column} IS NOT DISTINCT FROM m.to_{name})"
        )
    };
    let back: Vec<String> = fields
        .iter()
        .map(|field| format!("CASE WHEN {} THEN m.from_{} ELSE g.{} END", stands(field), field.0, field.1))
        .collect();
    let any: Vec<String> = fields.iter().map(stands).collect();
    let changed = diesel::sql_query(format!(
        "INSERT INTO sorting_change (act_id, group_id, from_gist, from_settled, from_paper, from_paragraph, from_chapter, \
         from_merged, to_gist, to_settled, to_paper, to_paragraph, to_chapter, to_merged) \
         SELECT $1, g.id, g.gist, g.settled, g.paper_id, g.paragraph, g.chapter_id, g.merged_into, {} \
         FROM sorting_change m JOIN opinion_group g ON g.id = m.group_id WHERE m.act_id = $2 AND ({})",
        back.join(", "),
        any.join(" OR "),
    ))
    .bind::<BigInt, _>(undo)
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(i64::try_from(changed).unwrap_or(i64::MAX))
}

/// A group in the way of an act that is written down: its moves lead into one that went into another since, or it would
/// close one in which other items stand by now.
pub fn in_the_way(db: &mut Db, act: i64) -> Result<Option<i64>> {
    let found: Option<Id> = diesel::sql_query(
        "SELECT g.id AS id FROM sorting_move m JOIN opinion_group g ON g.id = m.to_group \
         WHERE m.act_id = $1 AND NOT m.to_removed AND g.merged_into IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sorting_change c \
         WHERE c.act_id = m.act_id AND c.group_id = g.id AND c.to_merged IS NULL) \
         UNION SELECT c.group_id FROM sorting_change c JOIN opinion_item i ON i.group_id = c.group_id AND i.removed_at IS NULL \
         WHERE c.act_id = $1 AND c.to_merged IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sorting_move m \
         WHERE m.act_id = c.act_id AND m.item_id = i.id) LIMIT 1",
    )
    .bind::<BigInt, _>(act)
    .get_result(db)
    .optional()?;
    Ok(found.map(|row| row.id))
}

/// Remembers which act took another back; none gives it back its force.
pub fn mark_undone(db: &mut Db, act: i64, by: Option<i64>) -> Result<()> {
    diesel::update(sorting_act::table.find(act)).set(sorting_act::undone_by.eq(by)).execute(db)?;
    Ok(())
}

/// The chapters of groups that an act's moves and changes lead from or to.
pub fn chapters_touched(db: &mut Db, act: i64) -> Result<Vec<i64>> {
    let rows: Vec<Id> = diesel::sql_query(
        "SELECT DISTINCT g.chapter_id AS id FROM opinion_group g WHERE g.chapter_id IS NOT NULL AND g.id IN (\
         SELECT from_group FROM sorting_move WHERE act_id = $1 AND NOT from_removed AND from_group IS NOT NULL UNION \
         SELECT to_group FROM sorting_move WHERE act_id = $1 AND NOT to_removed AND to_group IS NOT NULL UNION \
         SELECT group_id FROM sorting_change WHERE act_id = $1)",
    )
    .bind::<BigInt, _>(act)
    .load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Living groups of a consultation among these, by id.
pub fn groups_of(db: &mut Db, consultation_id: i64, ids: &[i64]) -> Result<Vec<Group>> {
    let mut found = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let some: Vec<Group> = opinion_group::table
            .filter(opinion_group::consultation_id.eq(consultation_id))
            .filter(opinion_group::merged_into.is_null())
            .filter(opinion_group::id.eq_any(ids.to_vec()))
            .order(opinion_group::id)
            .select(Group::as_select())
            .load(db)?;
        found.extend(some);
    }
    Ok(found)
}

/// Standing items of a consultation among these: id, version, group.
pub fn stands(db: &mut Db, consultation_id: i64, ids: &[i64]) -> Result<Vec<(i64, i64, Option<i64>)>> {
    let mut found = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let some: Vec<(i64, i64, Option<i64>)> = opinion_item::table
            .filter(opinion_item::consultation_id.eq(consultation_id))
            .filter(opinion_item::removed_at.is_null())
            .filter(opinion_item::id.eq_any(ids.to_vec()))
            .order(opinion_item::id)
            .select((opinion_item::id, opinion_item::version, opinion_item::group_id))
            .load(db)?;
        found.extend(some);
    }
    Ok(found)
}

/// How many items stand in each of these groups.
pub fn sizes(db: &mut Db, groups: &[i64]) -> Result<Vec<(i64, i64)>> {
    let mut found = Vec::new();
    for ids in groups.chunks(CHUNK) {
        let some: Vec<(Option<i64>, i64)> = opinion_item::table
            .filter(opinion_item::group_id.eq_any(ids.to_vec()))
            .filter(opinion_item::removed_at.is_null())
            .group_by(opinion_item::group_id)
            .select((opinion_item::group_id, diesel::dsl::count_star()))
            .load(db)?;
        found.extend(some.into_iter().filter_map(|(id, n)| Some((id?, n))));
    }
    Ok(found)
}

/// The group a withheld item was in before it was withheld.
pub fn group_before(db: &mut Db, item: i64) -> Result<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        id: Option<i64>,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT m.from_group AS id FROM sorting_move m JOIN opinion_group g ON g.id = m.from_group \
         WHERE m.item_id = $1 AND m.to_withheld IS NOT NULL AND g.merged_into IS NULL ORDER BY m.act_id DESC LIMIT 1",
    )
    .bind::<BigInt, _>(item)
    .get_result(db)
    .optional()?;
    Ok(row.and_then(|row| row.id))
}

/// The act by which the items of a submission were set aside and not brought back since.
pub fn set_aside(db: &mut Db, submission_id: i64) -> Result<Option<i64>> {
    Ok(sorting_act::table
        .filter(sorting_act::submission_id.eq(submission_id))
        .filter(sorting_act::kind.eq(Kind::SetAside))
        .filter(sorting_act::undone_by.is_null())
        .order(sorting_act::id.desc())
        .select(sorting_act::id)
        .first(db)
        .optional()?)
}

/// Writes down that what an act set aside stands again, in the group that its own one went into since. Gives how many.
pub fn note_return(db: &mut Db, act: i64, set_aside: i64) -> Result<i64> {
    let moved = diesel::sql_query(format!(
        "WITH RECURSIVE way (start, at) AS (\
         SELECT DISTINCT m.from_group, m.from_group FROM sorting_move m WHERE m.act_id = $1 AND m.from_group IS NOT NULL \
         UNION ALL SELECT way.start, g.merged_into FROM way JOIN opinion_group g ON g.id = way.at WHERE g.merged_into IS NOT NULL) \
         {} CASE WHEN m.from_group IS NULL THEN NULL ELSE (SELECT way.at FROM way JOIN opinion_group g ON g.id = way.at \
         WHERE way.start = m.from_group AND g.merged_into IS NULL) END, m.from_withheld, m.from_note, FALSE, i.paper_id, i.paragraph \
         FROM sorting_move m JOIN opinion_item i ON i.id = m.item_id WHERE m.act_id = $1 AND i.removed_at IS NOT NULL",
        MOVE.replace("$1", "$2"),
    ))
    .bind::<BigInt, _>(set_aside)
    .bind::<BigInt, _>(act)
    .execute(db)?;
    Ok(i64::try_from(moved).unwrap_or(i64::MAX))
}
