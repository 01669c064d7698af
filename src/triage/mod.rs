//! What the listening office and the sections do with a letter: register it, split it into matters, screen,
//! circulate, assign, note, close. The verbs for a letter stand here, those for one matter in [`journey`].
pub mod case;
pub mod clock;
pub mod danger;
pub mod handlers;
pub mod history;
pub mod journey;
pub mod mail_store;
pub mod matter_handlers;
pub mod next;
pub mod queue;
pub mod store;
pub mod suggest;
pub mod views;
use crate::calendar::{FiscalYear, register_label};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::matter::{Change, Matter, State, Step};
use crate::letters::{self, letter::LetterState};
use crate::mail::automatic;
use crate::people::party::{OpenReason, PartyDetails};
use crate::people::{self, May, Viewer};
use crate::seal::Sealer;
use crate::trail::{self, Act, Line, Subject};
use chrono::{DateTime, Utc};
use serde_json::json;
use store::Letter;
impl Letter {
    /// R8-0123, or 未登録.
    pub fn label(&self) -> String {
        label(self.fiscal_year, self.register_no)
    }
    /// The page of the letter.
    pub fn path(&self) -> String {
        format!("/letters/{}", self.id)
    }
    /// The words as they should be read: corrected where somebody corrected a misreading.
    pub fn text(&self) -> &str {
        self.body_working.as_deref().unwrap_or(&self.body_original)
    }
}
/// R8-0123, or 未登録 for a letter without number.
pub fn label(fiscal_year: i64, number: Option<i64>) -> String {
    match (number, i32::try_from(fiscal_year)) {
        (Some(number), Ok(year)) => register_label(FiscalYear(year), number),
        _ => "未登録".to_owned(),
    }
}
/// The letter, if this person may see it: the office, the mayor, the sections that own or share a matter, those it
/// was circulated to, and who typed it in.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub fn readable(db: &mut Db, viewer: &Viewer, letter_id: i64) -> Result<Letter> {
    let letter = store::letter(db, letter_id)?;
    if viewer.sees_all() || letter.entered_by == Some(viewer.id) {
        return Ok(letter);
    }
    let matters = letters::store::matters_of(db, letter_id)?;
    let ids: Vec<i64> = matters.iter().map(|m| m.id).collect();
    let mut units: Vec<i64> = matters.iter().filter_map(|m| m.owning_unit_id).collect();
    units.extend(store::joints_of(db, &ids)?.iter().map(|j| j.unit_id));
    if viewer.can(May::ReadLetter(&units))
        || store::shown_to(db, &ids)?.iter().any(|shown| shown.staff_id == viewer.id)
    {
        return Ok(letter);
    }
    Err(Error::NotFound)
}
/// Notes the first opening, once: the writer's status page may then say that the letter was read.
pub fn first_read(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, letter_id: i64) -> Result<()> {
    if store::mark_read(db, letter_id, now.into())? {
        let line = Line::new(Act::LetterRead, Subject::Letter, letter_id).of_letter(letter_id);
        trail::record(db, &viewer.by(), now, &line)?;
    }
    Ok(())
}
/// Puts a letter into the register of its year and splits it into matters, one for each title.
///
/// `seen` is the letter's version on the page. Gives the register number.
///
/// # Errors
/// [`Error::Stale`] when it is registered already; [`Error::Refused`] without a title.
pub fn register(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    seen: Option<i64>,
    titles: &[String],
) -> Result<i64> {
    viewer.may(May::RunLetters)?;
    let letter = store::letter(db, letter_id)?;
    if letter.state != LetterState::Received {
        return Err(Error::Stale(format!("この手紙は{}としてすでに登録されています。", letter.label())));
    }
    if seen.is_some_and(|v| v != letter.version) {
        return Err(store::stale_letter());
    }
    let number = store::register(db, &letter, now.into())?;
    let there = letters::store::matters_of(db, letter_id)?;
    let first = there.first().ok_or_else(|| Error::internal("a letter without matter"))?.clone();
    let mut ids: Vec<(i64, Option<String>)> =
        there.iter().zip(0..).map(|(m, at): (_, usize)| (m.id, titles.get(at).cloned())).collect();
    for (title, no) in titles.iter().skip(there.len()).zip(there.len() as i64 + 1..) {
        ids.push((store::add_matter(db, &first, no, title, State::Received, now.into())?, None));
    }
    let label = label(letter.fiscal_year, Some(number));
    for (id, title) in ids {
        let change = Change { title, ..Change::default() };
        let told = json!({ "register_no": label, "of": titles.len().max(1) });
        letters::advance(db, &viewer.by(), now, id, None, Step::Register, change, told)?;
    }
    Ok(number)
}
/// Adds a matter to a letter that was registered with fewer. It starts at 登録.
pub fn add_matter(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    title: &str,
) -> Result<i64> {
    viewer.may(May::RunLetters)?;
    let letter = store::letter(db, letter_id)?;
    match letter.state {
        LetterState::Registered => {}
        LetterState::Received => {
            return Err(Error::Refused("先に登録してください。登録のときにも件を分けられます。".to_owned()));
        }
        LetterState::Closed => {
            return Err(Error::Refused(
                "完結した手紙には件を足せません。新しい手紙として受け付けてください。".to_owned(),
            ));
        }
    }
    let there = letters::store::matters_of(db, letter_id)?;
    let first = there.first().ok_or_else(|| Error::internal("a letter without matter"))?;
    let no = there.iter().map(|m| m.no).max().unwrap_or(0) + 1;
    let id = store::add_matter(db, first, no, title, State::Registered, now.into())?;
    let line =
        Line::new(Act::MatterAdded, Subject::Matter, id).of_letter(letter_id).with(json!({ "no": no }));
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(id)
}

/// Whether somebody may leave notes at a letter of these matters: those it is shown to, and those who work on it. Who only
/// audits reads and writes nothing.
pub fn may_note(db: &mut Db, viewer: &Viewer, matters: &[Matter]) -> Result<bool> {
    let joint = store::joints_of(db, &matters.iter().map(|m| m.id).collect::<Vec<_>>())?;
    let owners = matters.iter().filter_map(|m| m.owning_unit_id);
    let units: Vec<i64> = owners.chain(joint.iter().map(|j| j.unit_id)).collect();
    Ok(viewer.is_circulated_to() || viewer.can(May::WorkOnMatter(&units)))
}

/// Writes an internal note. It is never shown to citizens.
pub fn note(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    matter_id: Option<i64>,
    body: &str,
) -> Result<()> {
    readable(db, viewer, letter_id)?;
    let matters = letters::store::matters_of(db, letter_id)?;
    if !may_note(db, viewer, &matters)? {
        return Err(Error::NotAllowed(
            "この手紙にメモを残せるのは、担当する課と、供覧を受ける方です。".to_owned(),
        ));
    }
    if matter_id.is_some_and(|id| !matters.iter().any(|m| m.id == id)) {
        return Err(Error::NotFound);
    }
    let said = store::say(db, letter_id, matter_id, "note", body, viewer.id, now.into())?;
    let line = Line::new(Act::Noted, Subject::Letter, letter_id)
        .of_letter(letter_id)
        .with(json!({ "exchange": said }));
    trail::record(db, &viewer.by(), now, &line)
}
/// Lets automatic mail about a letter go again, after machines had answered each other.
///
/// # Errors
/// [`Error::NotFound`] for a letter out of sight, [`Error::NotAllowed`] for whoever does not run letters.
pub fn thaw(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, letter_id: i64) -> Result<()> {
    readable(db, viewer, letter_id)?;
    viewer.may(May::RunLetters)?;
    automatic::thaw(db, &viewer.by(), now, letter_id)
}
/// Marks a matter that was shown to this person as seen.
pub fn see(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, circulation_id: i64) -> Result<()> {
    if let Some((matter_id, letter_id)) = store::mark_seen(db, circulation_id, viewer.id, now.into())? {
        let line = Line::new(Act::MatterSeen, Subject::Matter, matter_id).of_letter(letter_id);
        trail::record(db, &viewer.by(), now, &line)?;
    }
    Ok(())
}
/// Whether this person may open the sender of a letter.
///
/// # Errors
/// [`Error::NotAllowed`] with a sentence, [`Error::NotFound`] for a letter out of sight or without a sender.
pub fn may_open_party(db: &mut Db, viewer: &Viewer, letter_id: i64) -> Result<Letter> {
    let letter = readable(db, viewer, letter_id)?;
    let units: Vec<i64> =
        letters::store::matters_of(db, letter_id)?.iter().filter_map(|m| m.owning_unit_id).collect();
    viewer.may(May::OpenParty(&units))?;
    Ok(letter)
}
/// Opens the sender of a letter for a member of staff; the trail keeps who and why ([`people::open_party`]).
///
/// # Errors
/// As for [`may_open_party`].
pub fn open_party(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    letter_id: i64,
    reason: OpenReason,
    note: &str,
) -> Result<PartyDetails> {
    let letter = may_open_party(db, viewer, letter_id)?;
    let party = letter.party_id.ok_or(Error::NotFound)?;
    people::open_party(db, sealer, &viewer.by(), now, &party, letter_id, &reason.with(note))
}
