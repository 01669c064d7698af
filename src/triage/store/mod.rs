//! The rows triage reads and writes: here letters and their matters, what is told about them and what hangs on them
//! beside it.

mod around;
mod told;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{
    letter, letter_paper, letter_place, matter, matter_field, matter_joint_unit, staff, unit,
};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::{Channel, Field, LetterState, MatterKind, Paper, ReplyVia};
use crate::letters::matter::{Matter, State};

pub use around::*;
pub use told::*;

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
    /// What its paper says of its way.
    #[diesel(embed)]
    pub paper: Option<Paper>,
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
    #[diesel(embed)]
    pub place: Option<Place>,
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
    /// Counts up with every change.
    pub version: i64,
}

impl Letter {
    /// The place it is about, in words.
    pub fn place_words(&self) -> Option<&str> {
        self.place.as_ref()?.words.as_deref()
    }
}

/// The place a letter is about.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter_place, check_for_backend(Backend))]
pub struct Place {
    /// In words.
    pub words: Option<String>,
}

/// A letter by its id.
pub fn letter(db: &mut Db, id: i64) -> Result<Letter> {
    Ok(letter::table
        .left_join(letter_paper::table.on(letter_paper::letter_id.eq(letter::id)))
        .left_join(letter_place::table.on(letter_place::letter_id.eq(letter::id)))
        .filter(letter::id.eq(id))
        .select(Letter::as_select())
        .first(db)?)
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
