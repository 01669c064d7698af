//! Versions of a result, their rows, and which of them is before the public.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::approval::{ApprovalState, SubjectKind};
use crate::consultations::consultation::{Consultation, Decision, State};
use crate::db::schema::{
    answer_chapter, approval, consultation, opinion_item, result_group, result_item, result_release,
    result_version, result_view,
};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::opinions::result::changes::Whole;
use crate::opinions::result::content::{Content, Group, Item, View};

/// A version as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = result_version, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct Version {
    pub id: i64,
    pub consultation_id: i64,
    pub no: i64,
    pub content: String,
    pub content_hash: String,
    pub source_hash: String,
    pub views: i64,
    pub groups: i64,
    pub items: i64,
    pub from_state: State,
    pub publish_on: Option<NaiveDate>,
    pub change_note: String,
    pub author_id: i64,
    pub created_at: Instant,
}

/// A version before it is stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = result_version)]
#[expect(missing_docs, reason = "as in Version")]
pub struct NewVersion<'a> {
    pub consultation_id: i64,
    pub no: i64,
    pub content: &'a str,
    pub content_hash: &'a str,
    pub source_hash: &'a str,
    pub views: i64,
    pub groups: i64,
    pub items: i64,
    pub from_state: State,
    pub publish_on: Option<NaiveDate>,
    pub change_note: &'a str,
    pub author_id: i64,
    pub created_at: Instant,
}

/// Adds a version with all its rows, which get its id, and gives that id.
pub fn insert_version(
    db: &mut Db,
    version: &NewVersion<'_>,
    views: &[View],
    groups: &[Group],
    items: &[Item],
) -> Result<i64> {
    let version_id: i64 = diesel::insert_into(result_version::table)
        .values(version)
        .returning(result_version::id)
        .get_result(db)?;
    for view in views {
        let view = View { version_id, ..view.clone() };
        diesel::insert_into(result_view::table).values(&view).execute(db)?;
    }
    for group in groups {
        let group = Group { version_id, ..group.clone() };
        diesel::insert_into(result_group::table).values(&group).execute(db)?;
    }
    for item in items {
        let item = Item { version_id, ..item.clone() };
        diesel::insert_into(result_item::table).values(&item).execute(db)?;
    }
    Ok(version_id)
}

/// A version by its id.
pub fn version(db: &mut Db, id: i64) -> Result<Version> {
    Ok(result_version::table.find(id).select(Version::as_select()).first(db)?)
}

/// The versions of a consultation, the oldest first.
pub fn versions(db: &mut Db, consultation_id: i64) -> Result<Vec<Version>> {
    Ok(result_version::table
        .filter(result_version::consultation_id.eq(consultation_id))
        .order(result_version::no)
        .select(Version::as_select())
        .load(db)?)
}

/// The newest version made; before the public or not.
pub fn newest(db: &mut Db, consultation_id: i64) -> Result<Option<Version>> {
    Ok(result_version::table
        .filter(result_version::consultation_id.eq(consultation_id))
        .order(result_version::no.desc())
        .select(Version::as_select())
        .first(db)
        .optional()?)
}

/// The versions that went before the public with the moment each did, the newest first.
pub fn released(db: &mut Db, consultation_id: i64) -> Result<Vec<(Version, Instant)>> {
    Ok(result_release::table
        .inner_join(result_version::table.on(result_version::id.eq(result_release::version_id)))
        .filter(result_release::consultation_id.eq(consultation_id))
        .order(result_release::no.desc())
        .select((Version::as_select(), result_release::at))
        .load(db)?)
}

/// Released versions above `after`, for checking.
pub fn released_after(db: &mut Db, after: i64, most: i64) -> Result<Vec<i64>> {
    Ok(result_release::table
        .filter(result_release::version_id.gt(after))
        .order(result_release::version_id)
        .limit(most)
        .select(result_release::version_id)
        .load(db)?)
}

/// Consultations with a result before the public: the newest version of each, the newest result first.
pub fn all_released(db: &mut Db) -> Result<Vec<(Version, Instant)>> {
    let ids: Vec<(i64, Option<i64>)> = result_release::table
        .group_by(result_release::consultation_id)
        .select((result_release::consultation_id, diesel::dsl::max(result_release::version_id)))
        .load(db)?;
    let ids: Vec<i64> = ids.into_iter().filter_map(|(_, version)| version).collect();
    Ok(result_release::table
        .inner_join(result_version::table.on(result_version::id.eq(result_release::version_id)))
        .filter(result_release::version_id.eq_any(ids))
        .order(result_release::id.desc())
        .select((Version::as_select(), result_release::at))
        .load(db)?)
}

/// All answers of a version in their order.
pub fn views(db: &mut Db, version_id: i64) -> Result<Vec<View>> {
    Ok(result_view::table
        .filter(result_view::version_id.eq(version_id))
        .order(result_view::no)
        .select(View::as_select())
        .load(db)?)
}

/// All groups of a version in their order.
pub fn groups(db: &mut Db, version_id: i64) -> Result<Vec<Group>> {
    groups_from(db, version_id, 0, i64::MAX)
}

/// The numbers of a version's answers, each with the number of a group under it.
pub fn groups_under(db: &mut Db, version_id: i64) -> Result<Vec<(i64, i64)>> {
    Ok(result_group::table
        .filter(result_group::version_id.eq(version_id))
        .order(result_group::no)
        .select((result_group::view_no, result_group::no))
        .load(db)?)
}

/// Groups of a version from the one after `after` on.
pub fn groups_from(db: &mut Db, version_id: i64, after: i64, most: i64) -> Result<Vec<Group>> {
    Ok(result_group::table
        .filter(result_group::version_id.eq(version_id))
        .filter(result_group::no.gt(after))
        .order(result_group::no)
        .limit(most)
        .select(Group::as_select())
        .load(db)?)
}

/// The chapters of a version in their order: name, first group, how many groups.
pub fn chapters_of(db: &mut Db, version_id: i64) -> Result<Vec<(String, i64, i64)>> {
    let mut chapters: Vec<(String, Option<i64>, i64)> = result_group::table
        .filter(result_group::version_id.eq(version_id))
        .group_by(result_group::chapter)
        .select((result_group::chapter, diesel::dsl::min(result_group::no), diesel::dsl::count_star()))
        .load(db)?;
    chapters.sort_by_key(|(_, first, _)| *first);
    Ok(chapters.into_iter().map(|(name, first, many)| (name, first.unwrap_or(1), many)).collect())
}

/// The withheld items of a version.
pub fn withheld(db: &mut Db, version_id: i64) -> Result<Vec<Item>> {
    Ok(result_item::table
        .filter(result_item::version_id.eq(version_id))
        .filter(result_item::group_no.is_null())
        .order(result_item::no)
        .select(Item::as_select())
        .load(db)?)
}

/// Items of a version from the one after `after` on.
pub fn items_from(db: &mut Db, version_id: i64, after: i64, most: i64) -> Result<Vec<Item>> {
    Ok(result_item::table
        .filter(result_item::version_id.eq(version_id))
        .filter(result_item::no.gt(after))
        .order(result_item::no)
        .limit(most)
        .select(Item::as_select())
        .load(db)?)
}

/// One text of a group: its group, words, body's name, how often it stands there, the first item with it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Text {
    /// The group.
    pub group_no: Option<i64>,
    /// Its words.
    pub body: String,
    /// A body that agreed to be named.
    pub org_name: String,
    /// Items with these words.
    pub many: i64,
    /// The lowest number among them.
    pub first: Option<i64>,
}

/// The distinct texts of groups `from` to `to`, both included.
pub fn texts_of_groups(db: &mut Db, version_id: i64, from: i64, to: i64) -> Result<Vec<Text>> {
    let mut texts: Vec<Text> = result_item::table
        .filter(result_item::version_id.eq(version_id))
        .filter(result_item::group_no.between(from, to))
        .group_by((result_item::group_no, result_item::body, result_item::org_name))
        .select((
            result_item::group_no,
            result_item::body,
            result_item::org_name,
            diesel::dsl::count_star(),
            diesel::dsl::min(result_item::no),
        ))
        .load(db)?;
    texts.sort_by_key(|t| t.first);
    Ok(texts)
}

/// Answers of a version by their numbers.
pub fn views_between(db: &mut Db, version_id: i64, from: i64, to: i64) -> Result<Vec<View>> {
    Ok(result_view::table
        .filter(result_view::version_id.eq(version_id))
        .filter(result_view::no.between(from, to))
        .order(result_view::no)
        .select(View::as_select())
        .load(db)?)
}

/// The items of one submission in a version, as they follow in it.
pub fn items_of_submission(db: &mut Db, version_id: i64, submission_id: i64) -> Result<Vec<Item>> {
    Ok(result_item::table
        .inner_join(opinion_item::table.on(opinion_item::id.eq(result_item::item_id)))
        .filter(result_item::submission_id.eq(submission_id))
        .filter(result_item::version_id.eq(version_id))
        .order((opinion_item::point_no, opinion_item::start_char, result_item::no))
        .select(Item::as_select())
        .load(db)?)
}

/// A version without its items, for comparing.
pub fn whole(db: &mut Db, version: &Version) -> Result<Whole> {
    Ok(Whole {
        content: Content::read(&version.content)?,
        views: views(db, version.id)?,
        groups: groups(db, version.id)?,
    })
}

/// Puts a version before the public; the database checks its approval and that it is whole.
pub fn release(db: &mut Db, version: &Version, by: Option<i64>, now: Instant) -> Result<()> {
    diesel::insert_into(result_release::table)
        .values((
            result_release::version_id.eq(version.id),
            result_release::consultation_id.eq(version.consultation_id),
            result_release::no.eq(version.no),
            result_release::released_by.eq(by),
            result_release::at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Moves a consultation that is still as it was read, with what the city decided once that is published.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn move_on(db: &mut Db, seen: &Consultation, state: State, said: Option<&Content>) -> Result<()> {
    let row = consultation::table
        .find(seen.id)
        .filter(consultation::version.eq(seen.version))
        .filter(consultation::state.eq(seen.state));
    let version = consultation::version.eq(seen.version + 1);
    let changed = match said {
        Some(content) => diesel::update(row)
            .set((
                consultation::state.eq(state),
                consultation::decision.eq(Some(content.decision)),
                consultation::decided_on.eq(Some(content.decided_on)),
                consultation::reconsult_id.eq(content.reconsult.as_ref().map(|r| r.id)),
                version,
            ))
            .execute(db)?,
        None => diesel::update(row).set((consultation::state.eq(state), version)).execute(db)?,
    };
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Stale("この意見募集は、画面を開いたあとに別の人が更新しました。".to_owned()))
    }
}

/// Decided versions that wait for their day and whose day has come.
pub fn due_for_release(db: &mut Db, today: NaiveDate) -> Result<Vec<Version>> {
    Ok(result_version::table
        .inner_join(approval::table.on(approval::subject_id.eq(result_version::id)))
        .left_join(result_release::table.on(result_release::version_id.eq(result_version::id)))
        .filter(approval::subject_kind.eq(SubjectKind::Result))
        .filter(approval::state.eq(ApprovalState::Decided))
        .filter(approval::executed_at.is_null())
        .filter(result_release::id.is_null())
        .filter(result_version::publish_on.le(today))
        .order(result_version::id)
        .select(Version::as_select())
        .load(db)?)
}

/// What consultations decided with a published result: for pages that list them.
pub fn decision_of(db: &mut Db, consultation_id: i64) -> Result<Option<Decision>> {
    Ok(consultation::table.find(consultation_id).select(consultation::decision).first(db)?)
}

/// How many chapters of answers there are.
pub fn chapter_count(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(answer_chapter::table
        .filter(answer_chapter::consultation_id.eq(consultation_id))
        .count()
        .get_result(db)?)
}
