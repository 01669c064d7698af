//! Items, groups, chapters and views in the database.

mod acts;
mod alike;
mod table;

pub use acts::*;
pub use alike::*;
pub use table::*;

use std::collections::{HashMap, HashSet};

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::consultations::submission::State;
use crate::db::schema::{answer_chapter, attachment, city_view, opinion_group, opinion_item, submission};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::files::Purpose;
use crate::opinions::group::Group;
use crate::opinions::item::{Item, Sameness, Withheld};
use crate::opinions::view::{Chapter, View};

/// Submissions that came or changed and wait to be cut into items, the oldest first: id, consultation, state.
pub fn uncut(db: &mut Db, most: i64) -> Result<Vec<(i64, i64, State)>> {
    Ok(submission::table
        .filter(submission::itemised_at.is_null())
        .order(submission::id)
        .limit(most)
        .select((submission::id, submission::consultation_id, submission::state))
        .load(db)?)
}

/// How many groups of a consultation hold something, and how many of these nobody looked into.
pub fn how_settled(db: &mut Db, consultation_id: i64) -> Result<(i64, i64)> {
    let held = diesel::dsl::exists(
        opinion_item::table
            .filter(opinion_item::group_id.eq(opinion_group::id.nullable()))
            .filter(opinion_item::removed_at.is_null()),
    );
    let rows: Vec<(bool, i64)> = opinion_group::table
        .filter(opinion_group::consultation_id.eq(consultation_id))
        .filter(opinion_group::merged_into.is_null())
        .filter(held)
        .group_by(opinion_group::settled)
        .select((opinion_group::settled, count_star()))
        .load(db)?;
    let of = |settled: bool| rows.iter().filter(|row| row.0 == settled).map(|row| row.1).sum::<i64>();
    Ok((of(true) + of(false), of(false)))
}

/// Remembers that submissions were looked at.
pub fn mark_cut(db: &mut Db, submissions: &[i64], now: Instant) -> Result<()> {
    diesel::update(submission::table.filter(submission::id.eq_any(submissions.to_vec())))
        .set(submission::itemised_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// How many items of each of these submissions stand, and how many there are; those without any are left out.
pub fn item_counts(db: &mut Db, submissions: &[i64]) -> Result<HashMap<i64, (i64, i64)>> {
    let rows: Vec<(i64, bool)> = opinion_item::table
        .filter(opinion_item::submission_id.eq_any(submissions.to_vec()))
        .select((opinion_item::submission_id, opinion_item::removed_at.is_null()))
        .load(db)?;
    let mut counts: HashMap<i64, (i64, i64)> = HashMap::new();
    for (submission, stands) in rows {
        let count = counts.entry(submission).or_default();
        count.0 += i64::from(stands);
        count.1 += 1;
    }
    Ok(counts)
}

/// SHA-256 of the files a sender sent with a submission; pictures of a paper are the paper.
pub fn files_of(db: &mut Db, submission_id: i64) -> Result<Vec<String>> {
    Ok(attachment::table
        .filter(attachment::submission_id.eq(submission_id))
        .filter(attachment::purpose.eq(Purpose::Citizen))
        .order(attachment::sha256)
        .select(attachment::sha256)
        .load(db)?)
}

/// Those of these submissions with which files came.
pub fn with_files(db: &mut Db, submissions: &[i64]) -> Result<HashSet<i64>> {
    let rows: Vec<Option<i64>> = attachment::table
        .filter(attachment::submission_id.eq_any(submissions.to_vec()))
        .select(attachment::submission_id)
        .distinct()
        .load(db)?;
    Ok(rows.into_iter().flatten().collect())
}

/// The living groups in which texts equal after L1 are, each with its chapter: that of the first such item, and that of
/// the latest when it is another. Where files tell few words apart, only items with the same one file, or with none;
/// several files beside few words are like nothing else.
pub fn groups_of_text(db: &mut Db, consultation_id: i64, same: &Sameness) -> Result<Vec<(i64, Option<i64>)>> {
    let files = same.files.as_deref();
    if files.is_some_and(|files| files.len() > 1) {
        return Ok(Vec::new());
    }
    let file = files.and_then(<[String]>::first);
    let text_key = same.text_key.as_str();
    let sent = || {
        attachment::table
            .filter(attachment::submission_id.eq(opinion_item::submission_id.nullable()))
            .filter(attachment::purpose.eq(Purpose::Citizen))
    };
    let items = || {
        let mut items = opinion_item::table
            .inner_join(opinion_group::table.on(opinion_item::group_id.eq(opinion_group::id.nullable())))
            .filter(opinion_item::consultation_id.eq(consultation_id))
            .filter(opinion_item::text_key.eq(text_key))
            .filter(opinion_item::removed_at.is_null())
            .filter(opinion_item::group_id.is_not_null())
            .select((opinion_group::id, opinion_group::chapter_id))
            .into_boxed();
        if let Some(file) = file {
            items = items
                .filter(exists(sent().filter(attachment::sha256.eq(file))))
                .filter(not(exists(sent().filter(attachment::sha256.ne(file)))));
        } else if files.is_some() {
            items = items.filter(not(exists(sent())));
        }
        items
    };
    let first: Option<(i64, Option<i64>)> = items().order(opinion_item::id).first(db).optional()?;
    let Some(first) = first.filter(|(_, chapter)| chapter.is_some()) else {
        return Ok(first.into_iter().collect());
    };
    let latest: (i64, Option<i64>) = items().order(opinion_item::id.desc()).first(db)?;
    Ok(if latest == first { vec![first] } else { vec![first, latest] })
}

/// A cut before it is stored.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// Whose.
    pub consultation_id: i64,
    /// The submission.
    pub submission_id: i64,
    /// Its point, from 1.
    pub point_no: i64,
    /// First character.
    pub start_char: i64,
    /// The character after the last.
    pub end_char: i64,
    /// Paper and paragraph.
    pub place: Option<(i64, &'a str)>,
    /// L0 of the cut.
    pub text_exact: &'a str,
    /// L1 of the cut.
    pub text_key: &'a str,
    /// The group it goes into; none when it is withheld.
    pub group_id: Option<i64>,
    /// Why it is withheld, with the reason in words.
    pub withheld: Option<(Withheld, &'a str)>,
    /// Who cut it; none is the machine.
    pub made_by: Option<i64>,
}

/// Adds an item and gives its id.
pub fn insert_item(db: &mut Db, item: &NewItem<'_>, now: Instant) -> Result<i64> {
    Ok(diesel::insert_into(opinion_item::table)
        .values((
            opinion_item::consultation_id.eq(item.consultation_id),
            opinion_item::submission_id.eq(item.submission_id),
            opinion_item::point_no.eq(item.point_no),
            opinion_item::start_char.eq(item.start_char),
            opinion_item::end_char.eq(item.end_char),
            opinion_item::paper_id.eq(item.place.map(|p| p.0)),
            opinion_item::paragraph.eq(item.place.map(|p| p.1)),
            opinion_item::text_exact.eq(item.text_exact),
            opinion_item::text_key.eq(item.text_key),
            opinion_item::group_id.eq(item.group_id),
            opinion_item::withheld.eq(item.withheld.map(|w| w.0)),
            opinion_item::withheld_note.eq(item.withheld.map_or("", |w| w.1)),
            opinion_item::made_by.eq(item.made_by),
            opinion_item::made_at.eq(now),
            opinion_item::version.eq(1_i64),
        ))
        .returning(opinion_item::id)
        .get_result(db)?)
}

/// Adds a group without items and gives its id.
pub fn insert_group(
    db: &mut Db,
    consultation_id: i64,
    place: Option<(i64, &str)>,
    by: Option<i64>,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(opinion_group::table)
        .values((
            opinion_group::consultation_id.eq(consultation_id),
            opinion_group::paper_id.eq(place.map(|p| p.0)),
            opinion_group::paragraph.eq(place.map(|p| p.1)),
            opinion_group::sort.eq(0_i64),
            opinion_group::gist.eq(""),
            opinion_group::settled.eq(by.is_some()),
            opinion_group::made_by.eq(by),
            opinion_group::made_at.eq(now),
            opinion_group::version.eq(1_i64),
        ))
        .returning(opinion_group::id)
        .get_result(db)?)
}

/// An item by its id.
pub fn item(db: &mut Db, id: i64) -> Result<Item> {
    Ok(opinion_item::table.find(id).select(Item::as_select()).first(db)?)
}

/// The standing items of a submission, as they follow in it.
pub fn items_of(db: &mut Db, submission_id: i64) -> Result<Vec<Item>> {
    Ok(opinion_item::table
        .filter(opinion_item::submission_id.eq(submission_id))
        .filter(opinion_item::removed_at.is_null())
        .order((opinion_item::point_no, opinion_item::start_char, opinion_item::id))
        .select(Item::as_select())
        .load(db)?)
}

/// The standing items of a group, from the one after `after` on.
pub fn items_in(db: &mut Db, group_id: i64, after: i64, most: i64) -> Result<Vec<Item>> {
    Ok(opinion_item::table
        .filter(opinion_item::group_id.eq(group_id))
        .filter(opinion_item::removed_at.is_null())
        .filter(opinion_item::id.gt(after))
        .order(opinion_item::id)
        .limit(most)
        .select(Item::as_select())
        .load(db)?)
}

/// A group by its id.
pub fn group(db: &mut Db, id: i64) -> Result<Group> {
    Ok(opinion_group::table.find(id).select(Group::as_select()).first(db)?)
}

/// The living groups of a consultation in which items stand, with how many, in the order of their lists. A group whose
/// items all moved on or were withheld has nothing to answer and is left out.
pub fn groups(db: &mut Db, consultation_id: i64) -> Result<Vec<(Group, i64)>> {
    let groups: Vec<Group> = opinion_group::table
        .filter(opinion_group::consultation_id.eq(consultation_id))
        .filter(opinion_group::merged_into.is_null())
        .order((opinion_group::sort, opinion_group::id))
        .select(Group::as_select())
        .load(db)?;
    let sizes: HashMap<Option<i64>, i64> = opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::removed_at.is_null())
        .group_by(opinion_item::group_id)
        .select((opinion_item::group_id, count_star()))
        .load(db)?
        .into_iter()
        .collect();
    Ok(groups.into_iter().filter_map(|g| sizes.get(&Some(g.id)).map(|n| (g, *n))).collect())
}

/// The chapters of the answers, in their order.
pub fn chapters(db: &mut Db, consultation_id: i64) -> Result<Vec<Chapter>> {
    Ok(answer_chapter::table
        .filter(answer_chapter::consultation_id.eq(consultation_id))
        .order((answer_chapter::sort, answer_chapter::id))
        .select(Chapter::as_select())
        .load(db)?)
}

/// The standing views of a chapter, in their order.
pub fn views(db: &mut Db, chapter_id: i64) -> Result<Vec<View>> {
    Ok(city_view::table
        .filter(city_view::chapter_id.eq(chapter_id))
        .filter(city_view::removed_at.is_null())
        .order((city_view::sort, city_view::id))
        .select(View::as_select())
        .load(db)?)
}
