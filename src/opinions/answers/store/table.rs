//! What the answer table reads: one line a group for all of them, everything for one page of them.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::{count_star, exists, min};
use diesel::prelude::*;

use crate::approval::{ApprovalState, SubjectKind};
use crate::consultations::submission;
use crate::db::schema::{
    answer_chapter, approval, city_view, consultation, opinion_group, opinion_item, staff, submission_point,
    view_editor,
};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::opinions::answers::survey::{GroupLine, ViewLine};
use crate::opinions::group::Group;
use crate::opinions::item::cut;
use crate::opinions::view::{Chapter, Filled, Outcome};

/// A line for every living group that has items, or for those of them that are under one answer.
pub fn group_lines(db: &mut Db, consultation_id: i64, view_id: Option<i64>) -> Result<Vec<GroupLine>> {
    type Row = (i64, Option<i64>, Option<i64>, Option<i64>, Option<String>, i64, bool);
    let items = opinion_item::table
        .filter(opinion_item::group_id.eq(opinion_group::id.nullable()))
        .filter(opinion_item::removed_at.is_null());
    let mut groups = opinion_group::table
        .filter(opinion_group::consultation_id.eq(consultation_id))
        .filter(opinion_group::merged_into.is_null())
        .filter(exists(items))
        .select((
            opinion_group::id,
            opinion_group::chapter_id,
            opinion_group::view_id,
            opinion_group::paper_id,
            opinion_group::paragraph,
            opinion_group::sort,
            opinion_group::gist.ne(""),
        ))
        .into_boxed();
    if let Some(view) = view_id {
        groups = groups.filter(opinion_group::view_id.eq(view));
    }
    let rows: Vec<Row> = groups.load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, chapter_id, view_id, paper_id, paragraph, sort, gist)| GroupLine {
            id,
            chapter_id,
            view_id,
            paper_id,
            paragraph,
            sort,
            gist,
        })
        .collect())
}

/// A line for every standing view.
pub fn view_lines(db: &mut Db, consultation_id: i64) -> Result<Vec<ViewLine>> {
    type Row = (i64, i64, Option<i64>, Option<Outcome>, bool, bool, bool, bool, bool, bool);
    let rows: Vec<Row> = city_view::table
        .filter(city_view::consultation_id.eq(consultation_id))
        .filter(city_view::removed_at.is_null())
        .select((
            city_view::id,
            city_view::chapter_id,
            city_view::unit_id,
            city_view::outcome,
            city_view::body.ne(""),
            city_view::reason.ne(""),
            city_view::changed_place.ne(""),
            city_view::old_text.ne(""),
            city_view::new_text.ne(""),
            city_view::new_text.ne(city_view::old_text),
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, chapter_id, unit_id, outcome, body, reason, place, old, new, differs)| ViewLine {
            id,
            chapter_id,
            unit_id,
            outcome,
            filled: Filled { body, reason, place, old, new: new && differs },
        })
        .collect())
}

/// Standing items: in groups, and withheld with a reason.
pub fn item_totals(db: &mut Db, consultation_id: i64) -> Result<(i64, i64)> {
    let standing = || {
        opinion_item::table
            .filter(opinion_item::consultation_id.eq(consultation_id))
            .filter(opinion_item::removed_at.is_null())
    };
    let withheld = standing().filter(opinion_item::withheld.is_not_null()).count().get_result(db)?;
    let grouped = standing()
        .inner_join(opinion_group::table.on(opinion_item::group_id.eq(opinion_group::id.nullable())))
        .filter(opinion_group::merged_into.is_null())
        .count()
        .get_result(db)?;
    Ok((grouped, withheld))
}

/// Standing items in all, counted by themselves: what the sum has to come to.
pub fn items_standing(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::removed_at.is_null())
        .count()
        .get_result(db)?)
}

/// Groups by their ids.
pub fn groups_of(db: &mut Db, ids: &[i64]) -> Result<Vec<Group>> {
    Ok(opinion_group::table
        .filter(opinion_group::id.eq_any(ids.to_vec()))
        .select(Group::as_select())
        .load(db)?)
}

/// A distinct text of a group: how often it came, and the first item that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// `opinion_item.id` of the first.
    pub item_id: i64,
    /// How often.
    pub items: i64,
}

/// The distinct texts of groups, the most frequent first.
pub fn texts_of(db: &mut Db, groups: &[i64]) -> Result<HashMap<i64, Vec<Text>>> {
    let rows: Vec<(Option<i64>, String, Option<i64>, i64)> = opinion_item::table
        .filter(opinion_item::group_id.eq_any(groups.to_vec()))
        .filter(opinion_item::removed_at.is_null())
        .group_by((opinion_item::group_id, opinion_item::text_key))
        .select((opinion_item::group_id, opinion_item::text_key, min(opinion_item::id), count_star()))
        .load(db)?;
    let mut all: HashMap<i64, Vec<Text>> = HashMap::new();
    for (group, _, first, items) in rows {
        if let (Some(group), Some(item_id)) = (group, first) {
            all.entry(group).or_default().push(Text { item_id, items });
        }
    }
    for texts in all.values_mut() {
        texts.sort_by_key(|t| (std::cmp::Reverse(t.items), t.item_id));
    }
    Ok(all)
}

/// The words of items, by their ids.
pub fn words_of(db: &mut Db, items: &[i64]) -> Result<HashMap<i64, String>> {
    let rows: Vec<(i64, i64, i64, String, String)> = opinion_item::table
        .inner_join(
            submission_point::table.on(submission_point::submission_id
                .eq(opinion_item::submission_id)
                .and(submission_point::no.eq(opinion_item::point_no))),
        )
        .filter(opinion_item::id.eq_any(items.to_vec()))
        .select((
            opinion_item::id,
            opinion_item::start_char,
            opinion_item::end_char,
            submission_point::opinion,
            submission_point::reason,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, from, to, opinion, reason)| {
            (id, cut(&submission::joined(&opinion, &reason), from, to).to_owned())
        })
        .collect())
}

/// Every item of the groups in a chapter: group, item, key of its text.
pub fn items_of_chapter(db: &mut Db, chapter_id: i64) -> Result<Vec<(i64, i64, String)>> {
    let rows: Vec<(i64, i64, String)> = opinion_item::table
        .inner_join(opinion_group::table.on(opinion_item::group_id.eq(opinion_group::id.nullable())))
        .filter(opinion_group::chapter_id.eq(chapter_id))
        .filter(opinion_group::merged_into.is_null())
        .filter(opinion_item::removed_at.is_null())
        .order((opinion_group::id, opinion_item::id))
        .select((opinion_group::id, opinion_item::id, opinion_item::text_key))
        .load(db)?;
    Ok(rows)
}

/// The living groups of a chapter.
pub fn groups_of_chapter(db: &mut Db, chapter_id: i64) -> Result<Vec<Group>> {
    Ok(opinion_group::table
        .filter(opinion_group::chapter_id.eq(chapter_id))
        .filter(opinion_group::merged_into.is_null())
        .order(opinion_group::id)
        .select(Group::as_select())
        .load(db)?)
}

/// How many living groups stand under a view, with items or without.
pub fn groups_under(db: &mut Db, view_id: i64) -> Result<i64> {
    Ok(opinion_group::table
        .filter(opinion_group::view_id.eq(view_id))
        .filter(opinion_group::merged_into.is_null())
        .count()
        .get_result(db)?)
}

/// Remembers that somebody has a view open.
pub fn note_editor(db: &mut Db, view_id: i64, staff_id: i64, now: Instant) -> Result<()> {
    let row = view_editor::table.find((view_id, staff_id));
    if diesel::update(row).set(view_editor::seen_at.eq(now)).execute(db)? == 0 {
        diesel::insert_into(view_editor::table)
            .values((
                view_editor::view_id.eq(view_id),
                view_editor::staff_id.eq(staff_id),
                view_editor::seen_at.eq(now),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Who else has each of some views open since a moment: view and name.
pub fn editors(db: &mut Db, views: &[i64], but: i64, since: Instant) -> Result<Vec<(i64, String)>> {
    Ok(view_editor::table
        .inner_join(staff::table.on(staff::id.eq(view_editor::staff_id)))
        .filter(view_editor::view_id.eq_any(views.to_vec()))
        .filter(view_editor::staff_id.ne(but))
        .filter(view_editor::seen_at.ge(since))
        .order((view_editor::view_id, staff::id))
        .select((view_editor::view_id, staff::name))
        .load(db)?)
}

/// Chapters that some sections answer and that do not stand approved, of consultations being answered, with the
/// consultation's title.
pub fn chapters_to_answer(db: &mut Db, units: &[i64]) -> Result<Vec<(Chapter, String)>> {
    Ok(answer_chapter::table
        .inner_join(consultation::table.on(consultation::id.eq(answer_chapter::consultation_id)))
        .filter(answer_chapter::unit_id.eq_any(units.to_vec()))
        .filter(answer_chapter::approved_no.is_null())
        .filter(consultation::state.eq_any(["sorting", "answering"]))
        .order((answer_chapter::consultation_id, answer_chapter::sort, answer_chapter::id))
        .select((Chapter::as_select(), consultation::title))
        .load(db)?)
}

/// Chapters of a consultation that are before their approvers.
pub fn chapters_circulating(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(approval::table
        .filter(approval::consultation_id.eq(consultation_id))
        .filter(approval::subject_kind.eq(SubjectKind::Answers))
        .filter(approval::state.eq(ApprovalState::Circulating))
        .count()
        .get_result(db)?)
}

/// Living groups in each of some chapters.
pub fn group_counts(db: &mut Db, chapters: &[i64]) -> Result<BTreeMap<i64, i64>> {
    let rows: Vec<(Option<i64>, i64)> = opinion_group::table
        .filter(opinion_group::chapter_id.eq_any(chapters.to_vec()))
        .filter(opinion_group::merged_into.is_null())
        .group_by(opinion_group::chapter_id)
        .select((opinion_group::chapter_id, count_star()))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, n)| Some((id?, n))).collect())
}

/// Ties a group to a paragraph and writes its gist.
pub fn describe(db: &mut Db, group_id: i64, at: Option<(i64, &str)>, gist: &str) -> Result<()> {
    diesel::update(opinion_group::table.find(group_id))
        .set((
            opinion_group::paper_id.eq(at.map(|p| p.0)),
            opinion_group::paragraph.eq(at.map(|p| p.1)),
            opinion_group::gist.eq(gist),
            opinion_group::settled.eq(true),
            opinion_group::version.eq(opinion_group::version + 1),
        ))
        .execute(db)?;
    Ok(())
}
