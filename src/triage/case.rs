//! Everything the page of a letter shows, read in one go.

use super::history::{self, Entry};
use super::mail_store::{self, CameIn};
use super::next::{self, Act, Around};
use super::store::{self, ApprovalLink, Joint, Letter, Other, Posted, ReplyLink, Shown};
use super::suggest::{self, Earlier, Suggestion};
use super::{clock, danger};
use crate::calendar::CityHolidays;
use crate::db::Db;
use crate::error::Result;
use crate::files::{self, Kept};
use crate::letters;
use crate::letters::letter::Field;
use crate::letters::matter::{Matter, State};
use crate::mail::automatic;
use crate::mail::returns::{Delivery, deliveries};
use crate::people::{May, Role, Viewer};
use crate::trail;

/// How many closed matters are looked through for suggestions.
const LOOK_BACK: i64 = 1_000;

/// One matter with what stands around it.
#[derive(Clone, Debug)]
pub struct MatterCase {
    /// The matter.
    pub matter: Matter,
    /// Its clock today.
    pub clock: clock::Clock,
    /// The step put forward.
    pub first: Option<Act>,
    /// Other steps this person may take.
    pub others: Vec<Act>,
    /// The owning section's name.
    pub unit: Option<String>,
    /// The drafter's name.
    pub drafter: Option<String>,
    /// Policy fields.
    pub fields: Vec<Field>,
    /// Sections that share it.
    pub joints: Vec<Joint>,
    /// To whom it was shown.
    pub shown: Vec<Shown>,
    /// Its replies.
    pub replies: Vec<ReplyLink>,
    /// Its approvals.
    pub approvals: Vec<ApprovalLink>,
    /// Its publications: id and state.
    pub publications: Vec<(i64, String)>,
    /// Proposed sections, while one is being looked for.
    pub suggestions: Vec<Suggestion>,
    /// Who may draft, while one may be named.
    pub drafters: Vec<Posted>,
}

/// A letter with everything around it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The letter.
    pub letter: Letter,
    /// Who typed it in.
    pub entered_by: Option<String>,
    /// Who checked the typing.
    pub checked_by: Option<String>,
    /// Its matters.
    pub matters: Vec<MatterCase>,
    /// Its history.
    pub thread: Vec<Entry>,
    /// Its files.
    pub files: Vec<Kept>,
    /// What was mailed about it and what became of it.
    pub deliveries: Vec<Delivery>,
    /// Mails that came in and belong to it.
    pub mails: Vec<CameIn>,
    /// Whether this person may open them.
    pub reads_mails: bool,
    /// Whether automatic mail about it is stopped.
    pub frozen: bool,
    /// The masked text, when one was made.
    pub masked: Option<String>,
    /// Letters of the same words, at most ten; empty for those who may not open them.
    pub same_text: Vec<Other>,
    /// How many there are.
    pub same_text_count: i64,
    /// Other letters from the same mail address or telephone.
    pub same_sender: i64,
    /// The letter it continues.
    pub follows: Option<Letter>,
    /// Letters that continue it.
    pub follow_ups: Vec<Other>,
    /// Signs that somebody must be called now.
    pub dangers: Vec<danger::Danger>,
    /// Whether this person may open the sender.
    pub may_open_party: bool,
    /// Whether this person runs letters.
    pub runs: bool,
    /// Whether this person may leave notes.
    pub may_note: bool,
    /// Whether this person may correct misreadings: who runs letters, and who typed this one in.
    pub may_correct: bool,
    /// Whether this person may open other letters.
    pub sees_all: bool,
    /// Sections that can own a matter, while one is being looked for: id, name, name with department.
    pub sections: Vec<(i64, String, String)>,
    /// Those whom a matter can be shown to, while that is the step.
    pub heads: Vec<Posted>,
}

/// Reads the case of a letter for somebody who may see it.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for everybody else.
pub fn open(db: &mut Db, viewer: &Viewer, letter_id: i64) -> Result<Case> {
    let letter = super::readable(db, viewer, letter_id)?;
    let rows = letters::store::matters_of(db, letter_id)?;
    let ids: Vec<i64> = rows.iter().map(|m| m.id).collect();
    let fields = store::fields_of(db, &ids)?;
    let joints = store::joints_of(db, &ids)?;
    let shown = store::shown_to(db, &ids)?;
    let replies = store::replies_of(db, &ids)?;
    let approvals = store::approvals_of(db, &ids)?;
    let publications = store::publications_of(db, &ids)?;
    let runs = viewer.can(May::RunLetters);
    let may_note = super::may_note(db, viewer, &rows)?;
    let seeks = runs && rows.iter().any(|m| matches!(m.state, State::Circulated | State::ReturnedToCentre));
    let passes = runs && rows.iter().any(|m| matches!(m.state, State::Registered));
    let sections = if seeks || passes { store::sections(db, viewer.today)? } else { Vec::new() };
    let heads = if runs && rows.iter().any(|m| m.state == State::Accepted) {
        let mut heads = store::posted(db, Role::CIRCULATED, viewer.today)?;
        heads.dedup_by_key(|p| p.staff_id);
        heads
    } else {
        Vec::new()
    };
    let earlier: Vec<Earlier> = if seeks {
        let found = store::earlier(db, LOOK_BACK)?;
        found.into_iter().map(|(title, unit_id)| Earlier { title, unit_id }).collect()
    } else {
        Vec::new()
    };
    let names: Vec<(i64, String)> = sections.iter().map(|s| (s.0, s.1.clone())).collect();
    let city = CityHolidays::default();
    let mut matters = Vec::with_capacity(rows.len());
    let several = rows.len() > 1;
    for matter in rows {
        let mine: Vec<Joint> = joints.iter().filter(|j| j.matter_id == matter.id).cloned().collect();
        let published: Vec<(i64, String)> =
            publications.iter().filter(|p| p.1 == matter.id).map(|p| (p.0, p.2.clone())).collect();
        let around = Around {
            has_reply: replies.iter().any(|r| r.matter_id == matter.id && r.state != "sent"),
            has_publication: !published.is_empty(),
            publish_ok: letter.publish_ok,
            shares: mine.iter().any(|j| viewer.can(May::WorkOnMatter(&[j.unit_id]))),
        };
        let (first, others) = next::steps(&matter, viewer, around);
        let seeks = seeks && first == Some(Act::Assign);
        // a letter of several matters is told apart by their titles, a letter of one by its whole text
        let about =
            if several { matter.title.clone() } else { format!("{}\n{}", matter.title, letter.text()) };
        let drafters = match matter.owning_unit_id {
            Some(unit) if others.contains(&Act::Take) => super::journey::drafters(db, viewer, unit)?,
            _ => Vec::new(),
        };
        matters.push(MatterCase {
            clock: clock::Clock::of(&matter, viewer.today, &city),
            first,
            others,
            unit: matter.owning_unit_id.map(|u| store::unit_name(db, u)).transpose()?,
            drafter: matter.drafter_id.map(|s| store::staff_name(db, s)).transpose()?,
            fields: fields.iter().filter(|f| f.0 == matter.id).map(|f| f.1).collect(),
            joints: mine,
            shown: shown.iter().filter(|s| s.matter_id == matter.id).cloned().collect(),
            replies: replies.iter().filter(|r| r.matter_id == matter.id).cloned().collect(),
            approvals: approvals.iter().filter(|a| a.matter_id == matter.id).cloned().collect(),
            publications: published,
            suggestions: if seeks { suggest::suggest(&about, &names, &earlier) } else { Vec::new() },
            drafters,
            matter,
        });
    }
    let (same_text, same_text_count) = store::same_text(db, &letter.text_key, Some(letter_id))?;
    let same_sender = match &letter.party_id {
        Some(party) => store::same_sender(db, party, letter_id)?,
        None => 0,
    };
    let follows = match matters.iter().find_map(|m| m.matter.follow_up_of) {
        Some(before) => {
            let before = letters::store::matter(db, before)?.letter_id;
            super::readable(db, viewer, before).ok()
        }
        None => None,
    };
    let said = store::said(db, letter_id)?;
    let owners: Vec<i64> = matters.iter().filter_map(|m| m.matter.owning_unit_id).collect();
    Ok(Case {
        thread: history::thread(&trail::of_letter(db, letter_id)?, &said, several),
        entered_by: letter.entered_by.map(|s| store::staff_name(db, s)).transpose()?,
        checked_by: letter.checked_by.map(|s| store::staff_name(db, s)).transpose()?,
        files: files::of_letter(db, letter_id)?,
        deliveries: deliveries(db, letter_id)?,
        mails: mail_store::of_letter(db, letter_id)?,
        reads_mails: viewer.can(May::ReadIncoming),
        frozen: automatic::is_frozen(db, letter_id)?,
        masked: {
            let texts: Vec<String> = store::masked_texts(db, &ids)?.into_iter().map(|m| m.1).collect();
            (!texts.is_empty()).then(|| texts.join("\n\n"))
        },
        same_text: if viewer.sees_all() { same_text } else { Vec::new() },
        same_text_count,
        same_sender,
        follows,
        follow_ups: store::follow_ups(db, &ids)?,
        dangers: danger::signs(&format!("{}\n{}", letter.subject, letter.text())),
        may_open_party: letter.party_id.is_some() && viewer.can(May::OpenParty(&owners)),
        runs,
        may_note,
        may_correct: runs || letter.entered_by == Some(viewer.id),
        sees_all: viewer.sees_all(),
        sections,
        heads,
        matters,
        letter,
    })
}
