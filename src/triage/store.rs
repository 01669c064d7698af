//! The rows triage reads and writes. Longer than 400 lines because a letter's page looks at fourteen tables; every
//! function is one question.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{
    approval, approval_class, attachment, circulation, exchange, letter, matter, matter_field,
    matter_joint_unit, party, posting, publication, publication_version, reply, staff, unit,
};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::{Channel, Field, LetterState, MatterKind, ReplyVia};
use crate::letters::matter::{Matter, State};
use crate::people::{Role, UnitKind};

/// A letter as stored, without the sender.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter, check_for_backend(Backend))]
pub struct Letter {
    /// Its number inside.
    pub id: i64,
    /// What the writer knows it by.
    pub receipt_code: String,
    /// The way it came.
    pub channel: Channel,
    /// Where it stands as a whole.
    pub state: LetterState,
    /// The fiscal year it is counted in.
    pub fiscal_year: i64,
    /// Its number in the year's register.
    pub register_no: Option<i64>,
    /// As dated by the writer.
    pub written_on: Option<NaiveDate>,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// Taken out of a box.
    pub collected_on: Option<NaiveDate>,
    /// Which box.
    pub box_location: Option<String>,
    /// 受付日.
    pub received_on: NaiveDate,
    /// When this program got it.
    pub server_received_at: Instant,
    /// 登録.
    pub registered_at: Option<Instant>,
    /// First opened by staff.
    pub read_at: Option<Instant>,
    /// 完結.
    pub closed_at: Option<Instant>,
    /// Who typed it in.
    pub entered_by: Option<i64>,
    /// Who compared the typing with the paper.
    pub checked_by: Option<i64>,
    /// When.
    pub checked_at: Option<Instant>,
    /// One line; may be empty.
    pub subject: String,
    /// As it came; never changed.
    pub body_original: String,
    /// With misreadings corrected.
    pub body_working: Option<String>,
    /// The place it is about.
    pub place_text: Option<String>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// By which way.
    pub reply_via: Option<ReplyVia>,
    /// Whether it may be published.
    pub publish_ok: bool,
    /// Age band code.
    pub age_band: Option<String>,
    /// District code.
    pub district: Option<String>,
    /// No name was given.
    pub anonymous: bool,
    /// The sender, apart.
    pub party_id: Option<String>,
    /// The same bytes.
    pub text_exact: String,
    /// The same words.
    pub text_key: String,
    /// The matter it continues.
    pub follow_up_of: Option<i64>,
    /// Counts up with every change.
    pub version: i64,
}

/// A letter by its id.
pub fn letter(db: &mut Db, id: i64) -> Result<Letter> {
    Ok(letter::table.find(id).select(Letter::as_select()).first(db)?)
}

/// Notes that staff opened the letter; false when somebody had before.
pub fn mark_read(db: &mut Db, id: i64, at: Instant) -> Result<bool> {
    let changed = diesel::update(letter::table.find(id).filter(letter::read_at.is_null()))
        .set(letter::read_at.eq(at))
        .execute(db)?;
    Ok(changed == 1)
}

/// Gives the letter the next number of its fiscal year.
///
/// # Errors
/// [`Error::Stale`] when it was registered meanwhile.
pub fn register(db: &mut Db, seen: &Letter, at: Instant) -> Result<i64> {
    let last: Option<i64> = letter::table
        .filter(letter::fiscal_year.eq(seen.fiscal_year))
        .select(diesel::dsl::max(letter::register_no))
        .first(db)?;
    let number = last.unwrap_or(0) + 1;
    let changed = diesel::update(
        letter::table
            .find(seen.id)
            .filter(letter::state.eq(LetterState::Received))
            .filter(letter::version.eq(seen.version)),
    )
    .set((
        letter::state.eq(LetterState::Registered),
        letter::register_no.eq(number),
        letter::registered_at.eq(at),
        // found by its number from now on
        letter::indexed_at.eq(None::<Instant>),
        letter::version.eq(seen.version + 1),
    ))
    .execute(db)?;
    if changed == 1 { Ok(number) } else { Err(stale_letter()) }
}

/// Says that somebody was faster with this letter.
pub fn stale_letter() -> Error {
    Error::Stale("この手紙は、画面を開いたあとに別の人が更新しました。".to_owned())
}

/// Adds a matter to a letter, with the clock of one that is there.
pub fn add_matter(
    db: &mut Db,
    like: &Matter,
    no: i64,
    title: &str,
    state: State,
    at: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(matter::table)
        .values((
            matter::letter_id.eq(like.letter_id),
            matter::no.eq(no),
            matter::title.eq(title),
            matter::state.eq(state),
            matter::reply_needed.eq(like.reply_needed),
            matter::received_on.eq(like.received_on),
            matter::statutory_due_on.eq(like.statutory_due_on),
            matter::target_due_on.eq(like.target_due_on),
            matter::due_on.eq(like.target_due_on),
            matter::created_at.eq(at),
            matter::version.eq(1_i64),
        ))
        .returning(matter::id)
        .get_result(db)?)
}

/// What a matter is about.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = matter)]
pub struct Details {
    /// Title.
    pub title: String,
    /// Kind; `None` leaves it as it is.
    pub kind: Option<MatterKind>,
    /// Whether it needs a reply.
    pub reply_needed: bool,
}

/// Changes what a matter is about.
///
/// # Errors
/// [`Error::Stale`] when it changed meanwhile.
pub fn set_details(db: &mut Db, seen: &Matter, details: &Details) -> Result<()> {
    let changed = diesel::update(matter::table.find(seen.id).filter(matter::version.eq(seen.version)))
        .set((details, matter::version.eq(seen.version + 1)))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(stale_matter()) }
}

/// Says that somebody was faster with this matter.
pub fn stale_matter() -> Error {
    Error::Stale("この件は、画面を開いたあとに別の人が更新しました。".to_owned())
}

/// Names who drafts, without moving the matter.
pub fn set_drafter(db: &mut Db, seen: &Matter, drafter: Option<i64>) -> Result<()> {
    let changed = diesel::update(matter::table.find(seen.id).filter(matter::version.eq(seen.version)))
        .set((matter::drafter_id.eq(drafter), matter::version.eq(seen.version + 1)))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(stale_matter()) }
}

/// The policy fields of matters.
pub fn fields_of(db: &mut Db, matters: &[i64]) -> Result<Vec<(i64, Field)>> {
    Ok(matter_field::table
        .filter(matter_field::matter_id.eq_any(matters.to_vec()))
        .order((matter_field::matter_id, matter_field::field))
        .select((matter_field::matter_id, matter_field::field))
        .load(db)?)
}

/// Sets the policy fields of a matter.
pub fn set_fields(db: &mut Db, matter_id: i64, fields: &[Field]) -> Result<()> {
    diesel::delete(matter_field::table.filter(matter_field::matter_id.eq(matter_id))).execute(db)?;
    for field in fields {
        diesel::insert_into(matter_field::table)
            .values((matter_field::matter_id.eq(matter_id), matter_field::field.eq(*field)))
            .execute(db)?;
    }
    Ok(())
}

/// A section that shares a matter, and its part of the answer.
#[derive(Clone, Debug, Queryable)]
pub struct Joint {
    /// The matter.
    pub matter_id: i64,
    /// The section.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
    /// Its part.
    pub part: Option<String>,
    /// When it was written.
    pub written_at: Option<Instant>,
    /// By whom.
    pub written_by: Option<String>,
}

/// The sections that share matters.
pub fn joints_of(db: &mut Db, matters: &[i64]) -> Result<Vec<Joint>> {
    Ok(matter_joint_unit::table
        .inner_join(unit::table.on(unit::id.eq(matter_joint_unit::unit_id)))
        .left_join(staff::table.on(staff::id.nullable().eq(matter_joint_unit::written_by)))
        .filter(matter_joint_unit::matter_id.eq_any(matters.to_vec()))
        .order((matter_joint_unit::matter_id, unit::sort, unit::id))
        .select((
            matter_joint_unit::matter_id,
            unit::id,
            unit::name,
            matter_joint_unit::part,
            matter_joint_unit::written_at,
            staff::name.nullable(),
        ))
        .load(db)?)
}

/// Lets these sections share a matter. One that has written its part stays.
pub fn set_joints(db: &mut Db, matter_id: i64, units: &[i64]) -> Result<()> {
    diesel::delete(
        matter_joint_unit::table
            .filter(matter_joint_unit::matter_id.eq(matter_id))
            .filter(matter_joint_unit::part.is_null())
            .filter(matter_joint_unit::unit_id.ne_all(units.to_vec())),
    )
    .execute(db)?;
    let there: Vec<i64> = matter_joint_unit::table
        .filter(matter_joint_unit::matter_id.eq(matter_id))
        .select(matter_joint_unit::unit_id)
        .load(db)?;
    for id in units.iter().filter(|id| !there.contains(id)) {
        diesel::insert_into(matter_joint_unit::table)
            .values((matter_joint_unit::matter_id.eq(matter_id), matter_joint_unit::unit_id.eq(*id)))
            .execute(db)?;
    }
    Ok(())
}

/// Writes a section's part; `seen` is when the part the page showed was written.
///
/// # Errors
/// [`Error::Stale`] when it was written meanwhile.
pub fn write_part(db: &mut Db, joint: &Joint, part: &str, by: i64, at: Instant) -> Result<()> {
    diesel::update(
        matter_joint_unit::table
            .filter(matter_joint_unit::matter_id.eq(joint.matter_id))
            .filter(matter_joint_unit::unit_id.eq(joint.unit_id)),
    )
    .set((
        matter_joint_unit::part.eq(part),
        matter_joint_unit::written_by.eq(by),
        matter_joint_unit::written_at.eq(at),
    ))
    .execute(db)?;
    Ok(())
}

/// Somebody to whom a matter was shown.
#[derive(Clone, Debug, Queryable)]
pub struct Shown {
    /// The circulation.
    pub id: i64,
    /// The matter.
    pub matter_id: i64,
    /// To whom.
    pub staff_id: i64,
    /// The name.
    pub name: String,
    /// When it was sent.
    pub sent_at: Instant,
    /// When it was seen.
    pub seen_at: Option<Instant>,
}

/// To whom matters were shown.
pub fn shown_to(db: &mut Db, matters: &[i64]) -> Result<Vec<Shown>> {
    Ok(circulation::table
        .inner_join(staff::table.on(staff::id.eq(circulation::staff_id)))
        .filter(circulation::matter_id.eq_any(matters.to_vec()))
        .order(circulation::id)
        .select((
            circulation::id,
            circulation::matter_id,
            circulation::staff_id,
            staff::name,
            circulation::sent_at,
            circulation::seen_at,
        ))
        .load(db)?)
}

/// Shows a matter to a member of staff.
pub fn show_to(db: &mut Db, matter_id: i64, staff_id: i64, by: i64, at: Instant) -> Result<()> {
    diesel::insert_into(circulation::table)
        .values((
            circulation::matter_id.eq(matter_id),
            circulation::staff_id.eq(staff_id),
            circulation::sent_by.eq(by),
            circulation::sent_at.eq(at),
        ))
        .execute(db)?;
    Ok(())
}

/// A matter shown to somebody, as the list needs it.
#[derive(Clone, Debug, Queryable)]
pub struct ToSee {
    /// The circulation.
    pub id: i64,
    /// The letter.
    pub letter_id: i64,
    /// The matter's title.
    pub title: String,
    /// Where the matter stands.
    pub state: State,
    /// 受付日.
    pub received_on: NaiveDate,
    /// When it was sent.
    pub sent_at: Instant,
    /// When it was seen.
    pub seen_at: Option<Instant>,
}

/// What was shown to somebody: unseen first, the newest 200.
pub fn to_see(db: &mut Db, staff_id: i64) -> Result<Vec<ToSee>> {
    Ok(circulation::table
        .inner_join(matter::table.on(matter::id.eq(circulation::matter_id)))
        .filter(circulation::staff_id.eq(staff_id))
        .order((circulation::seen_at.is_not_null(), circulation::id.desc()))
        .limit(200)
        .select((
            circulation::id,
            matter::letter_id,
            matter::title,
            matter::state,
            matter::received_on,
            circulation::sent_at,
            circulation::seen_at,
        ))
        .load(db)?)
}

/// Notes that somebody saw what was shown; gives matter and letter. `None` when it was seen before.
///
/// # Errors
/// [`Error::NotFound`] when it was not shown to this person.
pub fn mark_seen(db: &mut Db, id: i64, staff_id: i64, at: Instant) -> Result<Option<(i64, i64)>> {
    let found: (i64, i64) = circulation::table
        .inner_join(matter::table.on(matter::id.eq(circulation::matter_id)))
        .filter(circulation::id.eq(id))
        .filter(circulation::staff_id.eq(staff_id))
        .select((matter::id, matter::letter_id))
        .first(db)?;
    let changed = diesel::update(circulation::table.find(id).filter(circulation::seen_at.is_null()))
        .set(circulation::seen_at.eq(at))
        .execute(db)?;
    Ok((changed == 1).then_some(found))
}

/// Something said about a letter besides replies.
#[derive(Clone, Debug, Queryable)]
pub struct Said {
    /// Its id.
    pub id: i64,
    /// The matter, when it is about one.
    pub matter_id: Option<i64>,
    /// `question`, `answer` or `note`.
    pub kind: String,
    /// The words.
    pub body: String,
    /// Who wrote it down; none for a citizen.
    pub who: Option<String>,
    /// When.
    pub at: Instant,
}

/// What was said about a letter, oldest first.
pub fn said(db: &mut Db, letter_id: i64) -> Result<Vec<Said>> {
    Ok(exchange::table
        .left_join(staff::table.on(staff::id.nullable().eq(exchange::staff_id)))
        .filter(exchange::letter_id.eq(letter_id))
        .order(exchange::id)
        .select((
            exchange::id,
            exchange::matter_id,
            exchange::kind,
            exchange::body,
            staff::name.nullable(),
            exchange::at,
        ))
        .load(db)?)
}

/// Writes down what was said and gives its id.
pub fn say(
    db: &mut Db,
    letter_id: i64,
    matter_id: Option<i64>,
    kind: &str,
    body: &str,
    staff_id: i64,
    at: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(exchange::table)
        .values((
            exchange::letter_id.eq(letter_id),
            exchange::matter_id.eq(matter_id),
            exchange::kind.eq(kind),
            exchange::body.eq(body),
            exchange::staff_id.eq(staff_id),
            exchange::at.eq(at),
        ))
        .returning(exchange::id)
        .get_result(db)?)
}

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
        .select((approval::id, approval::matter_id, approval::title, approval::state, approval_class::label))
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

/// A file of a letter.
#[derive(Clone, Debug, Queryable)]
pub struct FileLink {
    /// The attachment.
    pub id: String,
    /// `citizen` or `scan`.
    pub purpose: String,
    /// `held`, `clean` or `refused`.
    pub state: String,
    /// Its name for pages.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// The type told by its content.
    pub kind: String,
}

/// The files of a letter.
pub fn files_of(db: &mut Db, letter_id: i64) -> Result<Vec<FileLink>> {
    Ok(attachment::table
        .filter(attachment::letter_id.eq(letter_id))
        .order((attachment::created_at, attachment::id))
        .select((
            attachment::id,
            attachment::purpose,
            attachment::state,
            attachment::name_shown,
            attachment::size,
            attachment::detected_type,
        ))
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
    Ok(letter::table
        .filter(letter::follow_up_of.eq_any(matters.iter().copied().map(Some).collect::<Vec<_>>()))
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
