//! The rows of staff, postings, absences, units and coordinators.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{absence, coordinator, posting, staff, unit};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::people::roles::Role;
use crate::people::staffing::{NewStaff, NewUnit};

/// A member of staff as lists and pages show him or her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `staff.id`.
    pub id: i64,
    /// Login name.
    pub login: String,
    /// Name as written.
    pub name: String,
    /// Reading in katakana: sorts by it.
    pub name_kana: String,
    /// Mail address.
    pub email: Option<String>,
    /// May sign in.
    pub active: bool,
    /// Has a second factor.
    pub second_factor: bool,
    /// Has a password given by somebody else.
    pub must_change_password: bool,
    /// Counts up with every change, for [`change`].
    pub version: i64,
}

type Row = (i64, String, String, String, Option<String>, String, Option<i64>, bool, i64);

fn person(row: Row) -> Person {
    let (id, login, name, name_kana, email, state, totp, must_change_password, version) = row;
    Person {
        id,
        login,
        name,
        name_kana,
        email,
        active: state == "active",
        second_factor: totp.is_some(),
        must_change_password,
        version,
    }
}

/// Everybody, by reading.
pub fn everybody(db: &mut Db) -> Result<Vec<Person>> {
    let rows: Vec<Row> = staff::table
        .order((staff::name_kana, staff::id))
        .select((
            staff::id,
            staff::login,
            staff::name,
            staff::name_kana,
            staff::email,
            staff::state,
            staff::totp_key_id,
            staff::must_change_password,
            staff::version,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(person).collect())
}

/// One person.
pub fn one(db: &mut Db, id: i64) -> Result<Person> {
    let row: Row = staff::table
        .find(id)
        .select((
            staff::id,
            staff::login,
            staff::name,
            staff::name_kana,
            staff::email,
            staff::state,
            staff::totp_key_id,
            staff::must_change_password,
            staff::version,
        ))
        .first(db)?;
    Ok(person(row))
}

/// How many members of staff there are.
pub fn count(db: &mut Db) -> Result<i64> {
    Ok(staff::table.count().get_result(db)?)
}

/// Id and name by login name, of everybody.
pub fn logins(db: &mut Db) -> Result<std::collections::BTreeMap<String, (i64, String)>> {
    let rows: Vec<(String, i64, String)> =
        staff::table.select((staff::login, staff::id, staff::name)).load(db)?;
    Ok(rows.into_iter().map(|(login, id, name)| (login, (id, name))).collect())
}

/// The id of a login name.
pub fn id_of(db: &mut Db, login: &str) -> Result<Option<i64>> {
    Ok(staff::table.filter(staff::login.eq(login)).select(staff::id).first(db).optional()?)
}

/// Adds a member of staff.
pub fn insert(db: &mut Db, new: &NewStaff, at: Instant) -> Result<i64> {
    Ok(diesel::insert_into(staff::table)
        .values((
            staff::login.eq(&new.login),
            staff::name.eq(&new.name),
            staff::name_kana.eq(&new.name_kana),
            staff::email.eq(&new.email),
            staff::password_hash.eq(&new.password_hash),
            staff::must_change_password.eq(new.must_change_password),
            staff::state.eq("active"),
            staff::created_at.eq(at),
            staff::version.eq(1_i64),
        ))
        .returning(staff::id)
        .get_result(db)?)
}

/// Changes name, reading and mail; false when the row has moved on.
pub fn change(
    db: &mut Db,
    id: i64,
    version: i64,
    name: &str,
    name_kana: &str,
    email: Option<&str>,
) -> Result<bool> {
    let changed = diesel::update(staff::table.filter(staff::id.eq(id)).filter(staff::version.eq(version)))
        .set((
            staff::name.eq(name),
            staff::name_kana.eq(name_kana),
            staff::email.eq(email),
            staff::version.eq(version + 1),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Lets an account sign in or not; false when it was so already.
pub fn set_active(db: &mut Db, id: i64, active: bool) -> Result<bool> {
    let (from, to) = if active { ("disabled", "active") } else { ("active", "disabled") };
    let changed = diesel::update(staff::table.filter(staff::id.eq(id)).filter(staff::state.eq(from)))
        .set(staff::state.eq(to))
        .execute(db)?;
    Ok(changed == 1)
}

/// Active administrators on a day.
pub fn administrators(db: &mut Db, on: NaiveDate) -> Result<Vec<i64>> {
    holders(db, None, Role::Admin, on).map(|all| all.into_iter().map(|(id, _)| id).collect())
}

/// Active holders of a role, in one unit or anywhere, on a day, by reading.
pub fn holders(db: &mut Db, unit_id: Option<i64>, role: Role, on: NaiveDate) -> Result<Vec<(i64, String)>> {
    let mut query = posting::table
        .inner_join(staff::table.on(staff::id.eq(posting::staff_id)))
        .filter(posting::role.eq(role))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .filter(staff::state.eq("active"))
        .order((staff::name_kana, staff::id))
        .select((staff::id, staff::name))
        .into_boxed::<crate::db::Backend>();
    if let Some(unit_id) = unit_id {
        query = query.filter(posting::unit_id.eq(unit_id));
    }
    let mut found: Vec<(i64, String)> = query.load(db)?;
    found.dedup();
    Ok(found)
}

/// Adds a posting.
pub fn insert_posting(
    db: &mut Db,
    staff_id: i64,
    unit_id: i64,
    role: Role,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<i64> {
    Ok(diesel::insert_into(posting::table)
        .values((
            posting::staff_id.eq(staff_id),
            posting::unit_id.eq(unit_id),
            posting::role.eq(role),
            posting::valid_from.eq(from),
            posting::valid_to.eq(to),
        ))
        .returning(posting::id)
        .get_result(db)?)
}

/// Gives a posting its last day; false when it has an earlier one.
pub fn end_posting(db: &mut Db, id: i64, last: NaiveDate) -> Result<bool> {
    let changed = diesel::update(
        posting::table
            .filter(posting::id.eq(id))
            .filter(posting::valid_to.is_null().or(posting::valid_to.gt(last))),
    )
    .set(posting::valid_to.eq(last))
    .execute(db)?;
    Ok(changed == 1)
}

/// An absence with the names a page shows.
#[derive(Clone, Debug)]
pub struct Absence {
    /// `absence.id`.
    pub id: i64,
    /// Who is away.
    pub staff_id: i64,
    /// Who acts meanwhile.
    pub substitute_id: i64,
    /// The substitute's name.
    pub substitute_name: String,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// When it was taken back.
    pub withdrawn_at: Option<Instant>,
}

/// Absences of a person, newest first, at most 50.
pub fn absences(db: &mut Db, staff_id: i64) -> Result<Vec<Absence>> {
    type Row = (i64, i64, i64, String, NaiveDate, NaiveDate, String, Option<Instant>);
    let rows: Vec<Row> = absence::table
        .inner_join(staff::table.on(staff::id.eq(absence::substitute_id)))
        .filter(absence::staff_id.eq(staff_id))
        .order((absence::from_on.desc(), absence::id.desc()))
        .limit(50)
        .select((
            absence::id,
            absence::staff_id,
            absence::substitute_id,
            staff::name,
            absence::from_on,
            absence::to_on,
            absence::reason,
            absence::withdrawn_at,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, staff_id, substitute_id, substitute_name, from_on, to_on, reason, withdrawn_at)| Absence {
            id,
            staff_id,
            substitute_id,
            substitute_name,
            from_on,
            to_on,
            reason,
            withdrawn_at,
        })
        .collect())
}

/// An absence to be recorded.
#[derive(Clone, Debug)]
pub struct NewAbsence {
    /// Who is away.
    pub staff_id: i64,
    /// Who acts meanwhile.
    pub substitute_id: i64,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// Why, in a few words.
    pub reason: String,
    /// Who records it.
    pub recorded_by: i64,
}

/// Records an absence.
pub fn insert_absence(db: &mut Db, new: &NewAbsence, at: Instant) -> Result<i64> {
    Ok(diesel::insert_into(absence::table)
        .values((
            absence::staff_id.eq(new.staff_id),
            absence::substitute_id.eq(new.substitute_id),
            absence::from_on.eq(new.from_on),
            absence::to_on.eq(new.to_on),
            absence::reason.eq(&new.reason),
            absence::recorded_by.eq(new.recorded_by),
            absence::recorded_at.eq(at),
        ))
        .returning(absence::id)
        .get_result(db)?)
}

/// Takes an absence back; gives whether it stood.
pub fn withdraw_absence(db: &mut Db, staff_id: i64, id: i64, at: Instant) -> Result<bool> {
    let changed = diesel::update(
        absence::table
            .filter(absence::id.eq(id))
            .filter(absence::staff_id.eq(staff_id))
            .filter(absence::withdrawn_at.is_null()),
    )
    .set(absence::withdrawn_at.eq(at))
    .execute(db)?;
    Ok(changed == 1)
}

/// Adds a unit.
pub fn insert_unit(db: &mut Db, new: &NewUnit) -> Result<i64> {
    Ok(diesel::insert_into(unit::table)
        .values((
            unit::code.eq(&new.code),
            unit::kind.eq(new.kind),
            unit::name.eq(&new.name),
            unit::parent_id.eq(new.parent_id),
            unit::leads.eq(new.leads),
            unit::phone.eq(&new.phone),
            unit::email.eq(&new.email),
            unit::valid_from.eq(new.valid_from),
            unit::sort.eq(new.sort),
        ))
        .returning(unit::id)
        .get_result(db)?)
}

/// Changes how a unit is reached.
pub fn set_unit_contact(db: &mut Db, id: i64, phone: Option<&str>, email: Option<&str>) -> Result<bool> {
    let changed = diesel::update(unit::table.find(id))
        .set((unit::phone.eq(phone), unit::email.eq(email)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Gives a unit its last day.
pub fn end_unit(db: &mut Db, id: i64, last: NaiveDate) -> Result<bool> {
    let changed = diesel::update(
        unit::table
            .filter(unit::id.eq(id))
            .filter(unit::valid_to.is_null())
            .filter(unit::valid_from.le(last)),
    )
    .set(unit::valid_to.eq(last))
    .execute(db)?;
    Ok(changed == 1)
}

/// Coordinators on a day: unit, row, person, name.
pub fn coordinators(db: &mut Db, on: NaiveDate) -> Result<Vec<(i64, i64, i64, String)>> {
    Ok(coordinator::table
        .inner_join(staff::table.on(staff::id.eq(coordinator::staff_id)))
        .filter(coordinator::valid_from.le(on))
        .filter(coordinator::valid_to.is_null().or(coordinator::valid_to.ge(on)))
        .order(coordinator::id)
        .select((coordinator::unit_id, coordinator::id, staff::id, staff::name))
        .load(db)?)
}

/// Ends a unit's coordinators and names another, from a day on.
pub fn set_coordinator(db: &mut Db, unit_id: i64, staff_id: i64, from: NaiveDate) -> Result<()> {
    let before = from.pred_opt().unwrap_or(from);
    // one named earlier the same day never came into force
    diesel::delete(
        coordinator::table.filter(coordinator::unit_id.eq(unit_id)).filter(coordinator::valid_from.ge(from)),
    )
    .execute(db)?;
    diesel::update(
        coordinator::table.filter(coordinator::unit_id.eq(unit_id)).filter(coordinator::valid_to.is_null()),
    )
    .set(coordinator::valid_to.eq(before))
    .execute(db)?;
    diesel::insert_into(coordinator::table)
        .values((
            coordinator::unit_id.eq(unit_id),
            coordinator::staff_id.eq(staff_id),
            coordinator::valid_from.eq(from),
        ))
        .execute(db)?;
    Ok(())
}
