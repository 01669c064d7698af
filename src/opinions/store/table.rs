//! What the sorting table and a group's page are made of.
//! Long: one function a question.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::consultations::submission::joined;
use crate::db::schema::{
    opinion_group, opinion_item, paper, paper_paragraph, paper_version, submission, submission_point,
};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::opinions::group::{Filter, Group, Order, Settled, Where};
use crate::opinions::item::{Item, Withheld, cut};
use crate::opinions::sums::{PlaceSum, Sums};

/// Ids in one statement.
const CHUNK: usize = 500;

/// Whether a paper of this consultation has, or ever had, such a paragraph.
pub fn is_place(db: &mut Db, consultation_id: i64, paper_id: i64, code: &str) -> Result<bool> {
    let found: Option<String> = paper_paragraph::table
        .inner_join(paper_version::table.on(paper_version::id.eq(paper_paragraph::paper_version_id)))
        .inner_join(paper::table.on(paper::id.eq(paper_version::paper_id)))
        .filter(paper::consultation_id.eq(consultation_id))
        .filter(paper::id.eq(paper_id))
        .filter(paper_paragraph::code.eq(code))
        .select(paper_paragraph::code)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    items: i64,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// A page of the living groups that have items and pass a filter: id and how many items stand in it; and how many groups
/// pass in all.
pub fn listed(
    db: &mut Db,
    consultation_id: i64,
    filter: &Filter,
    offset: i64,
    most: i64,
) -> Result<(Vec<(i64, i64)>, i64)> {
    let order = match filter.order {
        Order::Size => "s.items DESC, g.id",
        Order::Oldest => "g.id",
        Order::Newest => "g.id DESC",
    };
    let settled = match filter.settled {
        Settled::Any => "",
        Settled::Yes => " AND g.settled",
        Settled::No => " AND NOT g.settled",
    };
    let place = match &filter.place {
        Where::Anywhere => "AND ($4 = 0 OR $5 <> '')",
        Where::Whole => "AND g.paper_id IS NULL AND ($4 = 0 OR $5 <> '')",
        Where::At(..) => "AND g.paper_id = $4 AND g.paragraph = $5",
    };
    let (paper_id, code) = match &filter.place {
        Where::At(paper_id, code) => (*paper_id, code.as_str()),
        _ => (0, ""),
    };
    let rows: Vec<Listed> = diesel::sql_query(format!(
        "SELECT g.id AS id, s.items AS items, COUNT(*) OVER () AS found FROM opinion_group g JOIN (\
         SELECT i.group_id AS group_id, COUNT(*) AS items FROM opinion_item i WHERE i.consultation_id = $1 \
         AND i.removed_at IS NULL AND i.group_id IS NOT NULL GROUP BY i.group_id) s ON s.group_id = g.id \
         WHERE s.items >= $2 AND ($3 = '' OR lower(g.gist) LIKE lower($3) ESCAPE '!' OR EXISTS (SELECT 1 FROM opinion_item i \
         JOIN submission_point p ON p.submission_id = i.submission_id AND p.no = i.point_no WHERE i.group_id = g.id \
         AND i.removed_at IS NULL AND (lower(p.opinion) LIKE lower($3) ESCAPE '!' OR lower(p.reason) LIKE lower($3) ESCAPE '!'))) \
         {place}{settled} ORDER BY {order} LIMIT $6 OFFSET $7"
    ))
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(filter.least)
    .bind::<Text, _>(pattern(&filter.words))
    .bind::<BigInt, _>(paper_id)
    .bind::<Text, _>(code)
    .bind::<BigInt, _>(most)
    .bind::<BigInt, _>(offset)
    .load(db)?;
    let found = rows.first().map_or(0, |row| row.found);
    Ok((rows.into_iter().map(|row| (row.id, row.items)).collect(), found))
}

/// Words to look for anywhere in a text, for LIKE.
fn pattern(words: &str) -> String {
    let words = words.trim();
    if words.is_empty() {
        return String::new();
    }
    let escaped = words.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// What a group is made of, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The group.
    pub group: Group,
    /// Its items.
    pub items: i64,
    /// Distinct texts after L1.
    pub texts: i64,
    /// Distinct senders; whoever gave nothing to be known by counts as one of his or her own.
    pub senders: i64,
    /// The text that was sent most often.
    pub typical: String,
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    texts: i64,
    #[diesel(sql_type = BigInt)]
    senders: i64,
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    first: i64,
}

fn in_list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Groups with their counts and typical texts, in the order given: id, items.
pub fn listings(db: &mut Db, groups: &[(i64, i64)]) -> Result<Vec<Listing>> {
    let ids: Vec<i64> = groups.iter().map(|g| g.0).collect();
    let mut rows: HashMap<i64, Group> = HashMap::new();
    let mut made: HashMap<i64, (i64, i64)> = HashMap::new();
    let mut firsts: HashMap<i64, i64> = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let some: Vec<Group> = opinion_group::table
            .filter(opinion_group::id.eq_any(ids.to_vec()))
            .select(Group::as_select())
            .load(db)?;
        rows.extend(some.into_iter().map(|g| (g.id, g)));
        let counts: Vec<Made> = diesel::sql_query(format!(
            "SELECT i.group_id AS id, COUNT(DISTINCT i.text_key) AS texts, \
             COUNT(DISTINCT COALESCE(s.sender_mark, 'submission ' || s.id)) AS senders \
             FROM opinion_item i JOIN submission s ON s.id = i.submission_id \
             WHERE i.removed_at IS NULL AND i.group_id IN ({}) GROUP BY i.group_id",
            in_list(ids)
        ))
        .load(db)?;
        made.extend(counts.into_iter().map(|m| (m.id, (m.texts, m.senders))));
        let some: Vec<First> = diesel::sql_query(format!(
            "SELECT t.id AS id, t.first AS first FROM (SELECT i.group_id AS id, MIN(i.id) AS first, \
             ROW_NUMBER() OVER (PARTITION BY i.group_id ORDER BY COUNT(*) DESC, MIN(i.id)) AS nth FROM opinion_item i \
             WHERE i.removed_at IS NULL AND i.group_id IN ({}) GROUP BY i.group_id, i.text_key) t WHERE t.nth = 1",
            in_list(ids)
        ))
        .load(db)?;
        firsts.extend(some.into_iter().map(|f| (f.id, f.first)));
    }
    let texts = texts(db, &firsts.values().copied().collect::<Vec<_>>())?;
    Ok(groups
        .iter()
        .filter_map(|(id, items)| {
            let group = rows.remove(id)?;
            let (distinct, senders) = made.get(id).copied().unwrap_or_default();
            let typical = firsts.get(id).and_then(|first| texts.get(first)).cloned().unwrap_or_default();
            Some(Listing { group, items: *items, texts: distinct, senders, typical })
        })
        .collect())
}

/// Item, first and last character, opinion, reason.
type Words = (i64, i64, i64, String, String);

/// The words of items.
pub fn texts(db: &mut Db, items: &[i64]) -> Result<HashMap<i64, String>> {
    let mut found = HashMap::new();
    for ids in items.chunks(CHUNK) {
        let rows: Vec<Words> = opinion_item::table
            .inner_join(
                submission_point::table.on(submission_point::submission_id
                    .eq(opinion_item::submission_id)
                    .and(submission_point::no.eq(opinion_item::point_no))),
            )
            .filter(opinion_item::id.eq_any(ids.to_vec()))
            .select((
                opinion_item::id,
                opinion_item::start_char,
                opinion_item::end_char,
                submission_point::opinion,
                submission_point::reason,
            ))
            .load(db)?;
        found.extend(rows.into_iter().map(|(id, start, end, opinion, reason)| {
            (id, cut(&joined(&opinion, &reason), start, end).to_owned())
        }));
    }
    Ok(found)
}

/// A distinct text of a group.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct TextOf {
    /// Its L1 key.
    #[diesel(sql_type = Text)]
    pub text_key: String,
    /// The first item that says it.
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    /// The submission of that item.
    #[diesel(sql_type = BigInt)]
    pub submission: i64,
    /// How many items say it.
    #[diesel(sql_type = BigInt)]
    pub items: i64,
    /// In how many ways it is typed (L0).
    #[diesel(sql_type = BigInt)]
    pub spellings: i64,
}

/// The distinct texts of a group, the one sent most often first.
pub fn texts_in(db: &mut Db, group_id: i64, offset: i64, most: i64) -> Result<Vec<TextOf>> {
    Ok(diesel::sql_query(
        "SELECT t.text_key AS text_key, t.first AS first, i.submission_id AS submission, t.items AS items, \
         t.spellings AS spellings FROM (SELECT text_key, MIN(id) AS first, COUNT(*) AS items, \
         COUNT(DISTINCT text_exact) AS spellings FROM opinion_item WHERE group_id = $1 AND removed_at IS NULL \
         GROUP BY text_key) t JOIN opinion_item i ON i.id = t.first ORDER BY t.items DESC, t.first LIMIT $2 OFFSET $3",
    )
    .bind::<BigInt, _>(group_id)
    .bind::<BigInt, _>(most)
    .bind::<BigInt, _>(offset)
    .load(db)?)
}

/// Days on which the submissions of a group's items were received, with how many items.
pub fn days_of(db: &mut Db, group_id: i64) -> Result<Vec<(NaiveDate, i64)>> {
    Ok(opinion_item::table
        .inner_join(submission::table.on(submission::id.eq(opinion_item::submission_id)))
        .filter(opinion_item::group_id.eq(group_id))
        .filter(opinion_item::removed_at.is_null())
        .group_by(submission::received_on)
        .order(submission::received_on)
        .select((submission::received_on, diesel::dsl::count_star()))
        .load(db)?)
}

/// The moments at which a group's items arrived between two days.
pub fn moments_of(db: &mut Db, group_id: i64, from: NaiveDate, to: NaiveDate) -> Result<Vec<Instant>> {
    Ok(opinion_item::table
        .inner_join(submission::table.on(submission::id.eq(opinion_item::submission_id)))
        .filter(opinion_item::group_id.eq(group_id))
        .filter(opinion_item::removed_at.is_null())
        .filter(submission::received_on.ge(from))
        .filter(submission::received_on.le(to))
        .order(submission::received_at)
        .select(submission::received_at)
        .load(db)?)
}

/// A page of the standing items of a group.
pub fn items_page(db: &mut Db, group_id: i64, offset: i64, most: i64) -> Result<Vec<Item>> {
    Ok(opinion_item::table
        .filter(opinion_item::group_id.eq(group_id))
        .filter(opinion_item::removed_at.is_null())
        .order(opinion_item::id)
        .offset(offset)
        .limit(most)
        .select(Item::as_select())
        .load(db)?)
}

/// A page of the withheld items of a consultation.
pub fn withheld_page(db: &mut Db, consultation_id: i64, offset: i64, most: i64) -> Result<Vec<Item>> {
    Ok(opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::withheld.is_not_null())
        .filter(opinion_item::removed_at.is_null())
        .order(opinion_item::id)
        .offset(offset)
        .limit(most)
        .select(Item::as_select())
        .load(db)?)
}

/// Whether a submission counts, as [`crate::opinions::item::counts`] says.
const COUNTING: &str =
    "(s.state IN ('received', 'accepted') OR (s.state = 'incomplete' AND c.count_incomplete))";

#[derive(QueryableByName)]
struct Totals {
    #[diesel(sql_type = BigInt)]
    submissions: i64,
    #[diesel(sql_type = BigInt)]
    counted: i64,
    #[diesel(sql_type = BigInt)]
    late: i64,
    #[diesel(sql_type = BigInt)]
    off_topic: i64,
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
    #[diesel(sql_type = BigInt)]
    uncounted: i64,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = BigInt)]
    wordless: i64,
    #[diesel(sql_type = BigInt)]
    itemless: i64,
    #[diesel(sql_type = BigInt)]
    items: i64,
    #[diesel(sql_type = BigInt)]
    grouped: i64,
    #[diesel(sql_type = BigInt)]
    withheld: i64,
    #[diesel(sql_type = BigInt)]
    astray: i64,
    #[diesel(sql_type = BigInt)]
    groups: i64,
    #[diesel(sql_type = BigInt)]
    unsettled: i64,
    #[diesel(sql_type = BigInt)]
    texts: i64,
    #[diesel(sql_type = BigInt)]
    senders: i64,
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    paper_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    paragraph: Option<String>,
    #[diesel(sql_type = BigInt)]
    grouped: i64,
    #[diesel(sql_type = BigInt)]
    withheld: i64,
}

/// All numbers of a consultation's opinions. Each of the two statements sees one moment; when something came in between
/// them, they are asked again.
pub fn sums(db: &mut Db, consultation_id: i64) -> Result<Sums> {
    let mut found = sums_now(db, consultation_id)?;
    for _ in 0..2 {
        if found.faults().is_empty() {
            break;
        }
        found = sums_now(db, consultation_id)?;
    }
    Ok(found)
}

fn sums_now(db: &mut Db, consultation_id: i64) -> Result<Sums> {
    let of = |what: &str| {
        format!(
            "(SELECT COUNT(*) FROM submission s JOIN consultation c ON c.id = s.consultation_id WHERE s.consultation_id = $1 AND {what})"
        )
    };
    let item = |what: &str| {
        format!(
            "(SELECT COUNT(*) FROM opinion_item i WHERE i.consultation_id = $1 AND i.removed_at IS NULL{what})"
        )
    };
    let has = "EXISTS (SELECT 1 FROM opinion_item i WHERE i.submission_id = s.id AND i.removed_at IS NULL)";
    let words = "EXISTS (SELECT 1 FROM submission_point p WHERE p.submission_id = s.id AND (p.opinion <> '' OR p.reason <> ''))";
    let living = "(SELECT g.id FROM opinion_group g WHERE g.consultation_id = $1 AND g.merged_into IS NULL)";
    let sql = format!(
        "SELECT {} AS submissions, {} AS counted, {} AS late, {} AS off_topic, {} AS withdrawn, {} AS uncounted, {} AS waiting, \
         {} AS wordless, {} AS itemless, {} AS items, {} AS grouped, {} AS withheld, {} AS astray, \
         (SELECT COUNT(DISTINCT i.group_id) FROM opinion_item i WHERE i.consultation_id = $1 AND i.removed_at IS NULL) AS groups, \
         (SELECT COUNT(*) FROM opinion_group g WHERE g.consultation_id = $1 AND g.merged_into IS NULL AND NOT g.settled \
         AND EXISTS (SELECT 1 FROM opinion_item i WHERE i.group_id = g.id AND i.removed_at IS NULL)) AS unsettled, \
         (SELECT COUNT(DISTINCT s.text_key) FROM submission s WHERE s.consultation_id = $1) AS texts, \
         (SELECT COUNT(DISTINCT COALESCE(s.sender_mark, 'submission ' || s.id)) FROM submission s WHERE s.consultation_id = $1) AS senders",
        of("1 = 1"),
        of(COUNTING),
        of("s.state = 'late'"),
        of("s.state = 'off_topic'"),
        of("s.state = 'withdrawn'"),
        of("s.state = 'incomplete' AND NOT c.count_incomplete"),
        of("s.itemised_at IS NULL"),
        of(&format!("{COUNTING} AND NOT {words}")),
        of(&format!("s.itemised_at IS NOT NULL AND {COUNTING} AND {words} AND NOT {has}")),
        item(""),
        item(&format!(" AND i.group_id IN {living}")),
        item(" AND i.withheld IS NOT NULL"),
        of(&format!("s.itemised_at IS NOT NULL AND NOT {COUNTING} AND {has}")),
    );
    let totals: Totals = diesel::sql_query(sql).bind::<BigInt, _>(consultation_id).get_result(db)?;
    let places: Vec<PlaceRow> = diesel::sql_query(
        "SELECT i.paper_id AS paper_id, i.paragraph AS paragraph, COUNT(i.group_id) AS grouped, \
         COUNT(i.withheld) AS withheld FROM opinion_item i WHERE i.consultation_id = $1 AND i.removed_at IS NULL \
         GROUP BY i.paper_id, i.paragraph ORDER BY (i.paper_id IS NULL), i.paper_id, i.paragraph",
    )
    .bind::<BigInt, _>(consultation_id)
    .load(db)?;
    let reasons: Vec<(Option<Withheld>, i64)> = opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::withheld.is_not_null())
        .filter(opinion_item::removed_at.is_null())
        .group_by(opinion_item::withheld)
        .select((opinion_item::withheld, diesel::dsl::count_star()))
        .load(db)?;
    Ok(Sums {
        submissions: totals.submissions,
        counted: totals.counted,
        late: totals.late,
        off_topic: totals.off_topic,
        withdrawn: totals.withdrawn,
        uncounted: totals.uncounted,
        waiting: totals.waiting,
        wordless: totals.wordless,
        itemless: totals.itemless,
        astray: totals.astray,
        items: totals.items,
        grouped: totals.grouped,
        withheld: totals.withheld,
        reasons: reasons.into_iter().filter_map(|(reason, n)| Some((reason?, n))).collect(),
        places: places
            .into_iter()
            .map(|row| PlaceSum {
                place: row.paper_id.zip(row.paragraph),
                grouped: row.grouped,
                withheld: row.withheld,
            })
            .collect(),
        groups: totals.groups,
        unsettled: totals.unsettled,
        texts: totals.texts,
        senders: totals.senders,
    })
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = BigInt)]
    unsettled: i64,
    #[diesel(sql_type = BigInt)]
    unanswered: i64,
}

/// Of the groups that hold something: how many nobody looked into, and how many have no answer that counts (one of another
/// chapter is none). With `units`, only the groups in chapters these sections answer.
pub fn how_open(db: &mut Db, consultation_id: i64, units: Option<&[i64]>) -> Result<(i64, i64)> {
    let whose = match units {
        None => String::new(),
        Some([]) => return Ok((0, 0)),
        Some(units) => format!(
            " AND g.chapter_id IN (SELECT c.id FROM answer_chapter c WHERE c.unit_id IN ({}))",
            in_list(units)
        ),
    };
    let open: Open = diesel::sql_query(format!(
        "SELECT COUNT(CASE WHEN NOT g.settled THEN 1 END) AS unsettled, COUNT(CASE WHEN NOT EXISTS (SELECT 1 FROM city_view v \
         WHERE v.id = g.view_id AND v.chapter_id = g.chapter_id AND v.removed_at IS NULL) THEN 1 END) AS unanswered \
         FROM opinion_group g WHERE g.consultation_id = $1 AND g.merged_into IS NULL{whose} \
         AND EXISTS (SELECT 1 FROM opinion_item i WHERE i.group_id = g.id AND i.removed_at IS NULL)"
    ))
    .bind::<BigInt, _>(consultation_id)
    .get_result(db)?;
    Ok((open.unsettled, open.unanswered))
}

/// Submissions of a consultation that are not cut into items yet.
pub fn uncut_of(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(submission::table
        .filter(submission::itemised_at.is_null())
        .filter(submission::consultation_id.eq(consultation_id))
        .count()
        .get_result(db)?)
}

/// Standing items and what they are cut from, from the one after `after` on: item, its point's text.
pub fn cuts_after(db: &mut Db, after: i64, most: i64) -> Result<Vec<(Item, String)>> {
    let rows: Vec<(Item, String, String)> = opinion_item::table
        .inner_join(
            submission_point::table.on(submission_point::submission_id
                .eq(opinion_item::submission_id)
                .and(submission_point::no.eq(opinion_item::point_no))),
        )
        .filter(opinion_item::id.gt(after))
        .order(opinion_item::id)
        .limit(most)
        .select((Item::as_select(), submission_point::opinion, submission_point::reason))
        .load(db)?;
    Ok(rows.into_iter().map(|(item, opinion, reason)| (item, joined(&opinion, &reason))).collect())
}

/// Consultations that have submissions.
pub fn with_submissions(db: &mut Db) -> Result<Vec<i64>> {
    Ok(submission::table
        .select(submission::consultation_id)
        .distinct()
        .order(submission::consultation_id)
        .load(db)?)
}

/// All items of the database.
pub fn all_items(db: &mut Db) -> Result<i64> {
    Ok(opinion_item::table.count().get_result(db)?)
}
