//! The rows of approvals, their steps, and the people who may sit in them.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::route::{
    ActedAs, Approval, ApprovalState, Class, DecidedAs, RouteStep, Seat, Step, StepKind, StepState,
    SubjectKind, UnitRule,
};
use super::{About, Begun, Draft};
use crate::db::schema::{
    absence, approval, approval_class, approval_route_step, approval_step, posting, staff, unit,
};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::people::{Role, UnitKind};

/// A class by its code.
pub fn class(db: &mut Db, code: &str) -> Result<Option<Class>> {
    Ok(approval_class::table.find(code).select(Class::as_select()).first(db).optional()?)
}

/// The classes for a kind of subject, in the order they are offered.
pub fn classes(db: &mut Db, kind: SubjectKind) -> Result<Vec<Class>> {
    Ok(approval_class::table
        .filter(approval_class::subject_kind.eq(kind))
        .order(approval_class::sort)
        .select(Class::as_select())
        .load(db)?)
}

/// Adds a class.
pub fn insert_class(
    db: &mut Db,
    code: &str,
    label: &str,
    mark: &str,
    kind: SubjectKind,
    sort: i64,
) -> Result<()> {
    diesel::insert_into(approval_class::table)
        .values((
            approval_class::code.eq(code),
            approval_class::label.eq(label),
            approval_class::mark.eq(mark),
            approval_class::subject_kind.eq(kind),
            approval_class::sort.eq(sort),
        ))
        .execute(db)?;
    Ok(())
}

/// Adds a step to a class's route.
pub fn insert_route_step(db: &mut Db, code: &str, no: i64, step: &(StepKind, Role, UnitRule)) -> Result<()> {
    diesel::insert_into(approval_route_step::table)
        .values((
            approval_route_step::class_code.eq(code),
            approval_route_step::no.eq(no),
            approval_route_step::kind.eq(step.0),
            approval_route_step::role.eq(step.1),
            approval_route_step::unit_rule.eq(step.2),
        ))
        .execute(db)?;
    Ok(())
}

/// The route of a class in its order.
pub fn route(db: &mut Db, code: &str) -> Result<Vec<RouteStep>> {
    Ok(approval_route_step::table
        .filter(approval_route_step::class_code.eq(code))
        .order(approval_route_step::no)
        .select((approval_route_step::kind, approval_route_step::role, approval_route_step::unit_rule))
        .load(db)?)
}

/// A unit: id, the one above it, kind, name.
pub type UnitRow = (i64, Option<i64>, UnitKind, String);

/// Every unit.
pub fn units(db: &mut Db) -> Result<Vec<UnitRow>> {
    Ok(unit::table.select((unit::id, unit::parent_id, unit::kind, unit::name)).load(db)?)
}

/// The listening office: the unit in which somebody holds that role on the day.
pub fn listening_unit(db: &mut Db, on: NaiveDate) -> Result<Option<i64>> {
    Ok(posting::table
        .filter(posting::role.eq(Role::Listening))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .order(posting::unit_id)
        .select(posting::unit_id)
        .first(db)
        .optional()?)
}

/// Active members of staff who hold one of the roles on the day, in one unit or anywhere.
pub fn holders(db: &mut Db, roles: &[Role], unit_id: Option<i64>, on: NaiveDate) -> Result<Vec<i64>> {
    let mut query = posting::table
        .inner_join(staff::table.on(staff::id.eq(posting::staff_id)))
        .filter(staff::state.eq("active"))
        .filter(posting::role.eq_any(roles.to_vec()))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .select(posting::staff_id)
        .into_boxed();
    if let Some(unit) = unit_id {
        query = query.filter(posting::unit_id.eq(unit));
    }
    Ok(query.load(db)?)
}

/// The seats of somebody's own postings on a day.
pub fn own_seats(db: &mut Db, staff_id: i64, on: NaiveDate) -> Result<Vec<Seat>> {
    let rows: Vec<(i64, String, Role)> = posting::table
        .inner_join(unit::table.on(unit::id.eq(posting::unit_id)))
        .filter(posting::staff_id.eq(staff_id))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .order(posting::id)
        .select((unit::id, unit::name, posting::role))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(unit_id, unit_name, role)| Seat { unit_id, unit_name, role, absent: None })
        .collect())
}

/// Those for whom somebody may act on a day: absences that are recorded and not withdrawn.
pub fn absent_for(db: &mut Db, substitute: i64, on: NaiveDate) -> Result<Vec<(i64, String)>> {
    Ok(absence::table
        .inner_join(staff::table.on(staff::id.eq(absence::staff_id)))
        .filter(absence::substitute_id.eq(substitute))
        .filter(absence::from_on.le(on))
        .filter(absence::to_on.ge(on))
        .filter(absence::withdrawn_at.is_null())
        .order(absence::id)
        .select((staff::id, staff::name))
        .load(db)?)
}

/// Adds an approval that begins to circulate.
pub fn insert(db: &mut Db, draft: &Draft<'_>, by: i64, now: Instant) -> Result<i64> {
    let (matter_id, letter_id, consultation_id) = match draft.about {
        About::Matter { matter_id, letter_id } => (Some(matter_id), Some(letter_id), None),
        About::Consultation(id) => (None, None, Some(id)),
    };
    Ok(diesel::insert_into(approval::table)
        .values((
            approval::subject_kind.eq(draft.subject_kind),
            approval::subject_id.eq(draft.subject_id),
            approval::matter_id.eq(matter_id),
            approval::letter_id.eq(letter_id),
            approval::consultation_id.eq(consultation_id),
            approval::class_code.eq(draft.class),
            approval::content_hash.eq(draft.content_hash),
            approval::title.eq(draft.title),
            approval::state.eq(ApprovalState::Circulating),
            approval::drafted_by.eq(by),
            approval::author_id.eq(draft.author_id),
            approval::drafted_at.eq(now),
            approval::version.eq(1_i64),
        ))
        .returning(approval::id)
        .get_result(db)?)
}

/// Adds a waiting step.
pub fn insert_step(db: &mut Db, approval_id: i64, no: i64, step: &Begun) -> Result<()> {
    diesel::insert_into(approval_step::table)
        .values((
            approval_step::approval_id.eq(approval_id),
            approval_step::no.eq(no),
            approval_step::kind.eq(step.kind),
            approval_step::unit_id.eq(step.unit_id),
            approval_step::role.eq(step.role),
            approval_step::state.eq(StepState::Waiting),
        ))
        .execute(db)?;
    Ok(())
}

/// An approval by its id.
pub fn approval(db: &mut Db, id: i64) -> Result<Approval> {
    Ok(approval::table.find(id).select(Approval::as_select()).first(db)?)
}

/// The steps of an approval in their order.
pub fn steps(db: &mut Db, approval_id: i64) -> Result<Vec<Step>> {
    Ok(approval_step::table
        .filter(approval_step::approval_id.eq(approval_id))
        .order(approval_step::no)
        .select(Step::as_select())
        .load(db)?)
}

/// The newest approval of a version of a text, in any state.
pub fn of_subject(db: &mut Db, kind: SubjectKind, subject_id: i64) -> Result<Option<Approval>> {
    Ok(approval::table
        .filter(approval::subject_kind.eq(kind))
        .filter(approval::subject_id.eq(subject_id))
        .order(approval::id.desc())
        .select(Approval::as_select())
        .first(db)
        .optional()?)
}

/// The approval that circulates or was decided for a version of a text.
pub fn alive(db: &mut Db, kind: SubjectKind, subject_id: i64) -> Result<Option<Approval>> {
    Ok(approval::table
        .filter(approval::subject_kind.eq(kind))
        .filter(approval::subject_id.eq(subject_id))
        .filter(approval::state.eq_any([ApprovalState::Circulating, ApprovalState::Decided]))
        .select(Approval::as_select())
        .first(db)
        .optional()?)
}

/// Every approval of a matter, newest first.
pub fn of_matter(db: &mut Db, matter_id: i64) -> Result<Vec<Approval>> {
    Ok(approval::table
        .filter(approval::matter_id.eq(matter_id))
        .order(approval::id.desc())
        .select(Approval::as_select())
        .load(db)?)
}

/// What changes of an approval.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = approval)]
pub struct Change {
    /// Where it stands.
    pub state: Option<ApprovalState>,
    /// Who decided.
    pub decided_by: Option<i64>,
    /// As what.
    pub decided_as: Option<DecidedAs>,
    /// When.
    pub decided_at: Option<Instant>,
    /// 施行.
    pub executed_at: Option<Instant>,
}

/// Changes an approval that is still as it was read.
///
/// # Errors
/// [`Error::Stale`] when it is not.
pub fn change(db: &mut Db, seen: &Approval, change: &Change) -> Result<Approval> {
    let row = approval::table
        .filter(approval::id.eq(seen.id))
        .filter(approval::version.eq(seen.version))
        .filter(approval::state.eq(seen.state));
    diesel::update(row)
        .set((approval::version.eq(seen.version + 1), change))
        .returning(approval::all_columns)
        .get_result(db)
        .optional()?
        .ok_or_else(|| Error::Stale("この決裁は、画面を開いたあとに別の人が進めました。".to_owned()))
}

/// Gives a waiting step its turn.
pub fn give_turn(db: &mut Db, step_id: i64) -> Result<()> {
    diesel::update(approval_step::table.find(step_id))
        .filter(approval_step::state.eq(StepState::Waiting))
        .set(approval_step::state.eq(StepState::Current))
        .execute(db)?;
    Ok(())
}

/// Writes who took a step, and how.
pub fn take_step(
    db: &mut Db,
    step: &Step,
    to: StepState,
    actor: i64,
    seat: &Seat,
    comment: &str,
    now: Instant,
) -> Result<()> {
    let changed = diesel::update(approval_step::table.find(step.id))
        .filter(approval_step::state.eq(StepState::Current))
        .set((
            approval_step::state.eq(to),
            approval_step::staff_id.eq(actor),
            approval_step::acted_as.eq(if seat.absent.is_some() {
                ActedAs::Substitute
            } else {
                ActedAs::OneSelf
            }),
            approval_step::absent_id.eq(seat.absent.as_ref().map(|(id, _)| *id)),
            approval_step::role_then.eq(seat.words()),
            approval_step::comment.eq(Some(comment).filter(|c| !c.is_empty())),
            approval_step::acted_at.eq(now),
        ))
        .execute(db)?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::Stale("この決裁は、画面を開いたあとに別の人が進めました。".to_owned()))
}

/// Ends the steps that will not be taken any more.
pub fn drop_steps(db: &mut Db, approval_id: i64) -> Result<()> {
    diesel::update(approval_step::table)
        .filter(approval_step::approval_id.eq(approval_id))
        .filter(approval_step::state.eq_any([StepState::Waiting, StepState::Current]))
        .set(approval_step::state.eq(StepState::Dropped))
        .execute(db)?;
    Ok(())
}

/// Notes that an absent one has seen what was done in his or her place; gives how many steps that were.
pub fn see_later(db: &mut Db, approval_id: i64, absent: i64, now: Instant) -> Result<usize> {
    Ok(diesel::update(approval_step::table)
        .filter(approval_step::approval_id.eq(approval_id))
        .filter(approval_step::absent_id.eq(absent))
        .filter(approval_step::seen_later_at.is_null())
        .set(approval_step::seen_later_at.eq(now))
        .execute(db)?)
}

/// Steps whose turn it is, of one of the roles, with their approvals, oldest first.
pub fn current(db: &mut Db, roles: &[Role]) -> Result<Vec<(Approval, Step)>> {
    Ok(approval_step::table
        .inner_join(approval::table.on(approval::id.eq(approval_step::approval_id)))
        .filter(approval_step::state.eq(StepState::Current))
        .filter(approval_step::role.eq_any(roles.to_vec()))
        .filter(approval::state.eq(ApprovalState::Circulating))
        .order((approval::id, approval_step::no))
        .select((Approval::as_select(), Step::as_select()))
        .load(db)?)
}

/// What somebody drafted, newest first.
pub fn drafted_by(db: &mut Db, staff_id: i64, most: i64) -> Result<Vec<Approval>> {
    Ok(approval::table
        .filter(approval::drafted_by.eq(staff_id))
        .order(approval::id.desc())
        .limit(most)
        .select(Approval::as_select())
        .load(db)?)
}

/// What was done in somebody's place and not seen later yet.
pub fn to_see_later(db: &mut Db, absent: i64) -> Result<Vec<(Approval, Step)>> {
    Ok(approval_step::table
        .inner_join(approval::table.on(approval::id.eq(approval_step::approval_id)))
        .filter(approval_step::absent_id.eq(absent))
        .filter(approval_step::seen_later_at.is_null())
        .order(approval_step::id)
        .select((Approval::as_select(), Step::as_select()))
        .load(db)?)
}

/// What somebody had a hand in as approver, newest first.
pub fn acted_by(db: &mut Db, staff_id: i64, most: i64) -> Result<Vec<(Approval, Step)>> {
    Ok(approval_step::table
        .inner_join(approval::table.on(approval::id.eq(approval_step::approval_id)))
        .filter(approval_step::staff_id.eq(staff_id))
        .order((approval_step::acted_at.desc(), approval_step::id.desc()))
        .limit(most)
        .select((Approval::as_select(), Step::as_select()))
        .load(db)?)
}

/// The names of members of staff.
pub fn names(db: &mut Db, ids: &[i64]) -> Result<std::collections::BTreeMap<i64, String>> {
    let rows: Vec<(i64, String)> =
        staff::table.filter(staff::id.eq_any(ids.to_vec())).select((staff::id, staff::name)).load(db)?;
    Ok(rows.into_iter().collect())
}
