//! Who works here, in which unit and role, and what each may do; and the citizens, kept apart from their texts.
//!
//! [`units()`] and postings are kept in memory by each process and never stale ([`mod@units`]); everything else asks the
//! database.

pub mod city;
pub mod commands;
pub mod demo;
pub mod handlers;
pub mod keys;
pub mod lockout;
pub mod party;
pub mod password;
pub mod roles;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod staffing;
pub mod store;
pub mod units;
mod views;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::trail::{self, Act, By, Line, Subject};
use party::{PartyDetails, PartyKind, SealedParty};

pub use city::seed_units;
pub use demo::demo_people;
pub use roles::{May, Posting, Role, UnitKind, Viewer};
pub use sign_in::welcome_link;
pub use units::{DatedPosting, Unit, Units, units};
pub use views::sender;

/// Longest reason for opening a sender's details, in characters.
pub const REASON_LIMIT: usize = 200;

/// Keeps a sender apart from what he or she wrote; the details were sealed before the transaction.
pub fn keep_party(db: &mut Db, party: &SealedParty) -> Result<()> {
    store::insert_party(db, party)
}

/// Whether a sender is a person or a body, from what was filled in.
pub fn kind_of(details: &PartyDetails) -> PartyKind {
    if details.org_name.is_empty() { PartyKind::Person } else { PartyKind::Organisation }
}

/// Opens a sender's details for a member of staff; the trail keeps who, when and why. Run it through
/// [`crate::db::Pool::write`]: details are given only with the line that says so.
///
/// # Errors
/// [`Error::Refused`] without a reason; [`Error::NotFound`] when there is no such party.
pub fn open_party(
    db: &mut Db,
    sealer: &Sealer,
    by: &By,
    now: DateTime<Utc>,
    party_id: &str,
    letter_id: i64,
    reason: &str,
) -> Result<PartyDetails> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Refused("差出人を見る理由を入力してください。".to_owned()));
    }
    if reason.chars().count() > REASON_LIMIT {
        return Err(Error::Refused(format!("理由は{REASON_LIMIT}文字までにしてください。")));
    }
    opened(db, sealer, by, now, (party_id, letter_id), reason)
}

/// Opens the sender of an opinion for a member of staff, as [`open_party`] does for a letter.
///
/// # Errors
/// As for [`open_party`].
pub fn open_submitter(
    db: &mut Db,
    sealer: &Sealer,
    by: &By,
    now: DateTime<Utc>,
    party_id: &str,
    submission_id: i64,
    reason: &str,
) -> Result<PartyDetails> {
    let line = Line::new(Act::PartyOpened, Subject::Party, party_id)
        .with(json!({"reason": reason, "submission": submission_id}));
    trail::record(db, by, now, &line)?;
    unsealed(db, sealer, party_id)
}

/// The mail address of somebody who asked for mails, for sending one; the caller's line in the trail tells of it.
pub fn address_of_subscriber(db: &mut Db, sealer: &Sealer, party_id: &str) -> Result<String> {
    Ok(unsealed(db, sealer, party_id)?.email)
}

/// Removes a party that nothing refers to any more.
pub fn forget_party(db: &mut Db, party_id: &str) -> Result<()> {
    store::parties::remove(db, party_id)
}

fn unsealed(db: &mut Db, sealer: &Sealer, party_id: &str) -> Result<PartyDetails> {
    let (key_id, bytes) = store::parties::sealed(db, party_id)?;
    let plain = sealer.open_with(db, &party::aad(party_id), key_id, &bytes)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// Opens a sender's details for the program's own work, such as addressing an answer; `purpose` goes to the trail.
pub fn peek_for_address(
    db: &mut Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    party_id: &str,
    letter_id: i64,
    purpose: &str,
) -> Result<PartyDetails> {
    opened(db, sealer, &By::system(), now, (party_id, letter_id), purpose)
}

fn opened(
    db: &mut Db,
    sealer: &Sealer,
    by: &By,
    now: DateTime<Utc>,
    (party_id, letter_id): (&str, i64),
    reason: &str,
) -> Result<PartyDetails> {
    let details = unsealed(db, sealer, party_id)?;
    let line = Line::new(Act::PartyOpened, Subject::Party, party_id)
        .of_letter(letter_id)
        .with(json!({"reason": reason}));
    trail::record(db, by, now, &line)?;
    Ok(details)
}

/// Puts corrected details in the place of a sender's. `corrected` was sealed under the party's own id
/// ([`SealedParty::seal`]); `fields` names what was changed, never its content.
pub fn correct_party(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    letter_id: i64,
    corrected: &SealedParty,
    fields: &[&str],
) -> Result<()> {
    if !store::parties::replace(db, corrected)? {
        return Err(Error::NotFound);
    }
    let line = Line::new(Act::PartyCorrected, Subject::Party, &corrected.id)
        .of_letter(letter_id)
        .with(json!({"fields": fields}));
    trail::record(db, by, now, &line)
}

/// Other parties that gave the same mail address or telephone, newest first: found without opening anything.
pub fn find_same_sender(db: &mut Db, party_id: &str) -> Result<Vec<String>> {
    store::parties::same_sender(db, party_id)
}

/// For whom this person may act on a day, because a recorded absence says so (代決).
pub fn substitutes(db: &mut Db, staff_id: i64, on: NaiveDate) -> Result<Vec<i64>> {
    store::absent_for(db, staff_id, on)
}

/// The name of a member of staff.
pub fn staff_name(db: &mut Db, staff_id: i64) -> Result<String> {
    Ok(store::staff::one(db, staff_id)?.name)
}

/// Active holders of a role in exactly this unit (`None`: anywhere) on a day, as id and name, by reading.
pub fn staff_of(db: &mut Db, unit_id: Option<i64>, role: Role, on: NaiveDate) -> Result<Vec<(i64, String)>> {
    store::staff::holders(db, unit_id, role, on)
}
