//! The rows around a letter: who may be asked, what hangs on its matters, and other letters like it.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{
    approval, approval_class, letter, matter, party, posting, publication, publication_version, reply, staff,
    unit,
};
use crate::error::Result;
use crate::letters::matter::State;
use crate::people::{Role, UnitKind};

/// A member of staff with a posting.
#[derive(Clone, Debug, Queryable)]
pub struct Posted {
    /// Who.
    pub staff_id: i64,
    /// The name.
    pub name: String,
    /// The role held.
    pub role: Role,
    /// The unit.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
}

/// Active staff who hold one of the roles on a day.
pub fn posted(db: &mut Db, roles: &[Role], on: NaiveDate) -> Result<Vec<Posted>> {
    Ok(posting::table
        .inner_join(staff::table.on(staff::id.eq(posting::staff_id)))
        .inner_join(unit::table.on(unit::id.eq(posting::unit_id)))
        .filter(posting::role.eq_any(roles.to_vec()))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .filter(staff::state.eq("active"))
        .order((unit::sort, unit::id, posting::role, staff::id))
        .select((staff::id, staff::name, posting::role, unit::id, unit::name))
        .load(db)?)
}

/// The units that can own a matter on a day, with the department's name before theirs.
pub fn sections(db: &mut Db, on: NaiveDate) -> Result<Vec<(i64, String, String)>> {
    let rows: Vec<(i64, UnitKind, String, Option<i64>)> = unit::table
        .filter(unit::valid_from.le(on))
        .filter(unit::valid_to.is_null().or(unit::valid_to.ge(on)))
        .order((unit::sort, unit::id))
        .select((unit::id, unit::kind, unit::name, unit::parent_id))
        .load(db)?;
    let above = |parent: Option<i64>| {
        rows.iter()
            .find(|r| Some(r.0) == parent && r.1 != UnitKind::ExecutiveBody)
            .map_or(String::new(), |r| format!("{} ", r.2))
    };
    Ok(rows
        .iter()
        .filter(|(id, kind, ..)| {
            matches!(kind, UnitKind::Section | UnitKind::Branch | UnitKind::SubBranch)
                || (*kind == UnitKind::Department && !rows.iter().any(|r| r.3 == Some(*id)))
        })
        .map(|(id, _, name, parent)| (*id, name.clone(), format!("{}{name}", above(*parent))))
        .collect())
}

/// The name of a unit.
pub fn unit_name(db: &mut Db, id: i64) -> Result<String> {
    Ok(unit::table.find(id).select(unit::name).first(db)?)
}

/// The name of a member of staff.
pub fn staff_name(db: &mut Db, id: i64) -> Result<String> {
    Ok(staff::table.find(id).select(staff::name).first(db)?)
}

/// A reply of a matter, as the page links to it.
#[derive(Clone, Debug, Queryable)]
pub struct ReplyLink {
    /// The reply.
    pub id: i64,
    /// Its matter.
    pub matter_id: i64,
    /// `final`, `interim` or `question`.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// Its newest version.
    pub current_no: i64,
}

/// The replies of matters that were not given up, oldest first.
pub fn replies_of(db: &mut Db, matters: &[i64]) -> Result<Vec<ReplyLink>> {
    Ok(reply::table
        .filter(reply::matter_id.eq_any(matters.to_vec()))
        .filter(reply::state.ne("void"))
        .order(reply::id)
        .select((reply::id, reply::matter_id, reply::kind, reply::state, reply::current_no))
        .load(db)?)
}

/// An approval of a matter, as the page links to it.
#[derive(Clone, Debug, Queryable)]
pub struct ApprovalLink {
    /// The approval.
    pub id: i64,
    /// Its matter.
    pub matter_id: i64,
    /// What is approved.
    pub title: String,
    /// Where it stands.
    pub state: String,
    /// The class, such as 課長専決.
    pub class: String,
}

/// The approvals of matters, oldest first.
pub fn approvals_of(db: &mut Db, matters: &[i64]) -> Result<Vec<ApprovalLink>> {
    Ok(approval::table
        .inner_join(approval_class::table.on(approval_class::code.eq(approval::class_code)))
        .filter(approval::matter_id.eq_any(matters.to_vec()))
        .order(approval::id)
        .select((
            approval::id,
            approval::matter_id.assume_not_null(),
            approval::title,
            approval::state,
            approval_class::label,
        ))
        .load(db)?)
}

/// The publications of matters: id, matter, state.
pub fn publications_of(db: &mut Db, matters: &[i64]) -> Result<Vec<(i64, i64, String)>> {
    Ok(publication::table
        .filter(publication::matter_id.eq_any(matters.to_vec()))
        .order(publication::id)
        .select((publication::id, publication::matter_id, publication::state))
        .load(db)?)
}

/// The masked texts made for publication, the newest version of each matter.
pub fn masked_texts(db: &mut Db, matters: &[i64]) -> Result<Vec<(i64, String)>> {
    Ok(publication::table
        .inner_join(
            publication_version::table.on(publication_version::publication_id
                .eq(publication::id)
                .and(publication_version::no.eq(publication::current_no))),
        )
        .filter(publication::matter_id.eq_any(matters.to_vec()))
        .order(publication::id)
        .select((publication::matter_id, publication_version::voice_text))
        .load(db)?)
}

/// Another letter, as a page links to it.
#[derive(Clone, Debug, Queryable)]
pub struct Other {
    /// The letter.
    pub id: i64,
    /// The fiscal year it is counted in.
    pub fiscal_year: i64,
    /// Its register number.
    pub register_no: Option<i64>,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Whether it is the very same text, byte for byte.
    pub text_exact: String,
}

/// Other letters of the same words: the first ten, and how many there are.
pub fn same_text(db: &mut Db, text_key: &str, but: Option<i64>) -> Result<(Vec<Other>, i64)> {
    let but = but.unwrap_or(0);
    let count = letter::table
        .filter(letter::text_key.eq(text_key))
        .filter(letter::id.ne(but))
        .count()
        .get_result(db)?;
    let first = letter::table
        .filter(letter::text_key.eq(text_key))
        .filter(letter::id.ne(but))
        .order(letter::id)
        .limit(10)
        .select((
            letter::id,
            letter::fiscal_year,
            letter::register_no,
            letter::received_on,
            letter::text_exact,
        ))
        .load(db)?;
    Ok((first, count))
}

/// How many other letters came from the same mail address or telephone, told without opening the sender.
pub fn same_sender(db: &mut Db, party_id: &str, but: i64) -> Result<i64> {
    let (mail, phone): (Option<String>, Option<String>) =
        party::table.find(party_id).select((party::mail_mark, party::phone_mark)).first(db)?;
    if mail.is_none() && phone.is_none() {
        return Ok(0);
    }
    Ok(letter::table
        .inner_join(party::table.on(party::id.nullable().eq(letter::party_id)))
        .filter(letter::id.ne(but))
        .filter(
            party::mail_mark
                .eq(mail)
                .and(party::mail_mark.is_not_null())
                .or(party::phone_mark.eq(phone).and(party::phone_mark.is_not_null())),
        )
        .count()
        .get_result(db)?)
}

/// Letters that continue one of these matters.
pub fn follow_ups(db: &mut Db, matters: &[i64]) -> Result<Vec<Other>> {
    Ok(matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .filter(matter::follow_up_of.eq_any(matters.iter().copied().map(Some).collect::<Vec<_>>()))
        .order(letter::id)
        .select((
            letter::id,
            letter::fiscal_year,
            letter::register_no,
            letter::received_on,
            letter::text_exact,
        ))
        .load(db)?)
}

/// Titles and owners of the newest closed matters, for suggestions.
pub fn earlier(db: &mut Db, most: i64) -> Result<Vec<(String, i64)>> {
    let rows: Vec<(String, Option<i64>)> = matter::table
        .filter(matter::state.eq(State::Closed))
        .filter(matter::owning_unit_id.is_not_null())
        .order((matter::due_on.desc(), matter::id.desc()))
        .limit(most)
        .select((matter::title, matter::owning_unit_id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(title, unit)| Some((title, unit?))).collect())
}
