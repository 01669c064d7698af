//! Who works where, from when to when: adding people, moving them each April, noting who is away.
//!
//! Postings are ended and begun, never overwritten: who held which role on a past day stays answerable.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::roles::{Role, UnitKind};
use super::store::{self, staff};
use super::units::units;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::trail::{self, Act, By, Line, Subject};

pub use super::store::staff::NewAbsence;

/// A member of staff to be added.
#[derive(Clone)]
pub struct NewStaff {
    /// Login name, folded by [`login_name`].
    pub login: String,
    /// Name as written.
    pub name: String,
    /// Reading, full-width katakana.
    pub name_kana: String,
    /// Mail address.
    pub email: Option<String>,
    /// PHC string, made by [`super::password::hash`].
    pub password_hash: String,
    /// Whether the first sign-in asks for another password.
    pub must_change_password: bool,
}

/// A unit to be added.
#[derive(Clone, Debug)]
pub struct NewUnit {
    /// Short and stable.
    pub code: String,
    /// What sort.
    pub kind: UnitKind,
    /// Name.
    pub name: String,
    /// The unit above.
    pub parent_id: Option<i64>,
    /// A department's lead section.
    pub leads: bool,
    /// Telephone.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Place in lists.
    pub sort: i64,
}

/// A login name as it is kept: half width, small letters.
pub fn login_name(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    typed.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}

/// Why a login name cannot be used.
pub fn login_trouble(login: &str) -> Option<&'static str> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if (2..=40).contains(&login.chars().count()) && login.chars().all(fine) {
        None
    } else {
        Some("ログイン名は、英小文字・数字・「.」「-」「_」で、2文字から40文字までにしてください。")
    }
}

/// Adds a member of staff. `login` must be free.
///
/// # Errors
/// [`Error::Refused`] when the login name is taken.
pub fn add(db: &mut Db, by: &By, now: DateTime<Utc>, new: &NewStaff) -> Result<i64> {
    if staff::id_of(db, &new.login)?.is_some() {
        return Err(Error::Refused(format!("ログイン名「{}」はすでに使われています。", new.login)));
    }
    let id = staff::insert(db, new, Instant::from(now))?;
    let line = Line::new(Act::StaffAdded, Subject::Staff, id).with(json!({"login": new.login}));
    trail::record(db, by, now, &line)?;
    Ok(id)
}

/// Changes name, reading or mail address, if the page was still the newest.
pub fn change(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    id: i64,
    version: i64,
    (name, name_kana, email): (&str, &str, Option<&str>),
) -> Result<()> {
    let before = staff::one(db, id)?;
    if !staff::change(db, id, version, name, name_kana, email)? {
        return Err(Error::Stale("ほかの人が先にこの職員の情報を直しました。".to_owned()));
    }
    let mut changed = Vec::new();
    if before.name != name {
        changed.push("name");
    }
    if before.name_kana != name_kana {
        changed.push("name_kana");
    }
    if before.email.as_deref() != email {
        changed.push("email");
    }
    let line = Line::new(Act::StaffChanged, Subject::Staff, id).with(json!({"fields": changed}));
    trail::record(db, by, now, &line)
}

/// Stops an account and ends its sessions; postings and history stay.
///
/// # Errors
/// [`Error::Refused`] for the last administrator: the door would stay shut for ever.
pub fn disable(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64) -> Result<()> {
    keep_an_administrator(db, id, crate::calendar::tokyo_day(now))?;
    if !staff::set_active(db, id, false)? {
        return Err(Error::Stale("すでに停止されています。".to_owned()));
    }
    store::sign_in::end_sessions(db, id, "", now.into())?;
    trail::record(db, by, now, &Line::new(Act::StaffDisabled, Subject::Staff, id))
}

/// Lets a stopped account sign in again.
pub fn enable(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64) -> Result<()> {
    if !staff::set_active(db, id, true)? {
        return Err(Error::Stale("停止されていません。".to_owned()));
    }
    trail::record(db, by, now, &Line::new(Act::StaffEnabled, Subject::Staff, id))
}

/// Gives another first password and ends every session.
pub fn reset_password(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64, hash: &str) -> Result<()> {
    staff::one(db, id)?;
    store::sign_in::set_password(db, id, hash, true)?;
    store::sign_in::end_sessions(db, id, "", now.into())?;
    trail::record(db, by, now, &Line::new(Act::PasswordReset, Subject::Staff, id))
}

/// Takes the second factor and its recovery codes away; the next sign-in sets up another where one is required.
pub fn reset_second_factor(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64) -> Result<()> {
    staff::one(db, id)?;
    store::sign_in::set_second_factor(db, id, None, None)?;
    store::sign_in::set_recovery(db, id, &[])?;
    store::sign_in::end_sessions(db, id, "", now.into())?;
    trail::record(db, by, now, &Line::new(Act::SecondFactorReset, Subject::Staff, id))
}

/// A posting to be begun.
#[derive(Clone, Copy, Debug)]
pub struct NewPosting {
    /// Who.
    pub staff_id: i64,
    /// Where.
    pub unit_id: i64,
    /// As what.
    pub role: Role,
    /// First day.
    pub from: NaiveDate,
    /// Last day, if it is known.
    pub to: Option<NaiveDate>,
    /// Whether the postings held until then end the day before (a transfer) or go on beside it.
    pub transfer: bool,
}

/// Begins a posting; a transfer (異動) ends the ones held until then on the day before.
///
/// # Errors
/// [`Error::Refused`] when the unit does not exist then, the days are the wrong way round, or the same posting stands.
pub fn post(db: &mut Db, by: &By, now: DateTime<Utc>, new: &NewPosting) -> Result<i64> {
    staff::one(db, new.staff_id)?;
    let units = super::units(db)?;
    let unit = units.get(new.unit_id).ok_or(Error::NotFound)?;
    if !unit.open_on(new.from) {
        return Err(Error::Refused(format!("「{}」は、その日には置かれていません。", unit.name)));
    }
    if new.to.is_some_and(|to| to < new.from) {
        return Err(Error::Refused("終わりの日は、始まりの日より後にしてください。".to_owned()));
    }
    let standing: Vec<_> = units.history_of(new.staff_id).filter(|p| p.holds_on(new.from)).cloned().collect();
    if !new.transfer && standing.iter().any(|p| p.unit_id == new.unit_id && p.role == new.role) {
        return Err(Error::Refused("同じ配属がすでにあります。".to_owned()));
    }
    if new.transfer {
        let before = new.from.pred_opt().unwrap_or(new.from);
        if new.role != Role::Admin && standing.iter().any(|p| p.role == Role::Admin) {
            keep_an_administrator(db, new.staff_id, new.from)?;
        }
        for posting in &standing {
            if posting.valid_from > before {
                return Err(Error::Refused(
                    "同じ日に始まる配属があります。先にその配属を終わらせるか、別の日にしてください。"
                        .to_owned(),
                ));
            }
            staff::end_posting(db, posting.id, before)?;
        }
    }
    let id = staff::insert_posting(db, new.staff_id, new.unit_id, new.role, new.from, new.to)?;
    let line = Line::new(Act::StaffPosted, Subject::Staff, new.staff_id).with(json!({
        "unit": new.unit_id, "role": new.role, "from": new.from, "to": new.to, "transfer": new.transfer,
    }));
    trail::record(db, by, now, &line)?;
    Ok(id)
}

/// Gives a posting its last day.
pub fn end_posting(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    staff_id: i64,
    posting_id: i64,
    last: NaiveDate,
) -> Result<()> {
    let units = super::units(db)?;
    let posting = units.history_of(staff_id).find(|p| p.id == posting_id).ok_or(Error::NotFound)?;
    if last < posting.valid_from {
        return Err(Error::Refused("終わりの日は、始まりの日より後にしてください。".to_owned()));
    }
    if posting.role == Role::Admin {
        keep_an_administrator(db, staff_id, last.succ_opt().unwrap_or(last))?;
    }
    if !staff::end_posting(db, posting_id, last)? {
        return Err(Error::Stale("この配属は、もっと早く終わることになっています。".to_owned()));
    }
    let line = Line::new(Act::StaffPosted, Subject::Staff, staff_id).with(json!({
        "unit": posting.unit_id, "role": posting.role, "ends": last,
    }));
    trail::record(db, by, now, &line)
}

fn keep_an_administrator(db: &mut Db, without: i64, on: NaiveDate) -> Result<()> {
    let all = staff::administrators(db, on)?;
    if all.contains(&without) && all.iter().all(|id| *id == without) {
        return Err(Error::Refused(
            "最後のシステム管理者です。先に別の人をシステム管理者にしてください。".to_owned(),
        ));
    }
    Ok(())
}

/// Who may be named as substitute, in words ([`super::roles::Posting::may_be_stood_in_for_by`]).
pub const STAND_INS: &str =
    "同じ課の職員か、上司にあたる部長(部長の代わりは部内の課長・ほかの部長・副市長、市長の代わりは副市長)";

/// Records an absence (不在), with who may act meanwhile (代決).
///
/// # Errors
/// [`Error::Refused`] for days the wrong way round, oneself as substitute, or somebody who may not decide in that place.
pub fn record_absence(db: &mut Db, by: &By, now: DateTime<Utc>, new: &NewAbsence) -> Result<i64> {
    if new.to_on < new.from_on {
        return Err(Error::Refused("終わりの日は、始まりの日より後にしてください。".to_owned()));
    }
    if new.substitute_id == new.staff_id {
        return Err(Error::Refused("代わりの人には、本人とは別の人を選んでください。".to_owned()));
    }
    if !staff::one(db, new.substitute_id)?.active {
        return Err(Error::Refused("代わりの人は、停止されていない職員から選んでください。".to_owned()));
    }
    if !units(db)?.may_stand_in(new.substitute_id, new.staff_id, new.from_on) {
        return Err(Error::Refused(format!("代わりの人は、{STAND_INS}から選んでください。")));
    }
    let id = staff::insert_absence(db, new, Instant::from(now))?;
    let line = Line::new(Act::AbsenceRecorded, Subject::Staff, new.staff_id).with(json!({
        "absence": id, "substitute": new.substitute_id, "from": new.from_on, "to": new.to_on,
    }));
    trail::record(db, by, now, &line)?;
    Ok(id)
}

/// Takes an absence back; what the substitute did meanwhile stands.
pub fn withdraw_absence(db: &mut Db, by: &By, now: DateTime<Utc>, staff_id: i64, id: i64) -> Result<()> {
    if !staff::withdraw_absence(db, staff_id, id, now.into())? {
        return Err(Error::Stale("この不在は、すでに取り消されています。".to_owned()));
    }
    let line = Line::new(Act::AbsenceWithdrawn, Subject::Staff, staff_id).with(json!({"absence": id}));
    trail::record(db, by, now, &line)
}

/// Adds a unit.
///
/// # Errors
/// [`Error::Refused`] when the code is taken.
pub fn add_unit(db: &mut Db, by: &By, now: DateTime<Utc>, new: &NewUnit) -> Result<i64> {
    if super::units(db)?.by_code(&new.code).is_some() {
        return Err(Error::Refused(format!("記号「{}」はすでに使われています。", new.code)));
    }
    let id = staff::insert_unit(db, new)?;
    let line = Line::new(Act::UnitAdded, Subject::Unit, id).with(json!({"code": new.code}));
    trail::record(db, by, now, &line)?;
    Ok(id)
}

/// Changes how a unit is reached.
pub fn change_unit(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    id: i64,
    phone: Option<&str>,
    email: Option<&str>,
) -> Result<()> {
    if !staff::set_unit_contact(db, id, phone, email)? {
        return Err(Error::NotFound);
    }
    let line = Line::new(Act::UnitChanged, Subject::Unit, id).with(json!({"fields": ["phone", "email"]}));
    trail::record(db, by, now, &line)
}

/// Gives a unit its last day.
///
/// # Errors
/// [`Error::Refused`] while units below it or people in it go on.
pub fn end_unit(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64, last: NaiveDate) -> Result<()> {
    let units = super::units(db)?;
    let unit = units.get(id).ok_or(Error::NotFound)?;
    if last < unit.valid_from {
        return Err(Error::Refused("終わりの日は、置かれた日より後にしてください。".to_owned()));
    }
    let next = last.succ_opt().unwrap_or(last);
    if units.below(id).iter().any(|u| *u != id && units.get(*u).is_some_and(|u| u.open_on(next))) {
        return Err(Error::Refused("下の組織が残っています。先に下の組織を終わらせてください。".to_owned()));
    }
    if units.postings_on(next).any(|p| p.unit_id == id) {
        return Err(Error::Refused(
            "その日の後も配属されている職員がいます。先に異動を登録してください。".to_owned(),
        ));
    }
    if !staff::end_unit(db, id, last)? {
        return Err(Error::Stale("この組織は、すでに終わることになっています。".to_owned()));
    }
    let line = Line::new(Act::UnitChanged, Subject::Unit, id).with(json!({"ends": last}));
    trail::record(db, by, now, &line)
}

/// Names the 部報道広聴主任 or 課報道広聴主任 of a unit from a day on.
pub fn name_coordinator(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    unit_id: i64,
    staff_id: i64,
    from: NaiveDate,
) -> Result<()> {
    super::units(db)?.get(unit_id).ok_or(Error::NotFound)?;
    staff::one(db, staff_id)?;
    staff::set_coordinator(db, unit_id, staff_id, from)?;
    let line = Line::new(Act::UnitChanged, Subject::Unit, unit_id)
        .with(json!({"coordinator": staff_id, "from": from}));
    trail::record(db, by, now, &line)
}
