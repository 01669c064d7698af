//! Who works here, in which unit and role, and what each may do; and the citizens, kept apart from their texts.

pub mod party;
pub mod roles;
pub mod session;
pub mod store;

use crate::db::Db;
use crate::error::Result;
use party::{PartyDetails, PartyKind, SealedParty};

pub use roles::{May, Posting, Role, UnitKind, Viewer};

/// Keeps a sender apart from what he or she wrote; the details were sealed before the transaction.
pub fn keep_party(db: &mut Db, party: &SealedParty) -> Result<()> {
    store::insert_party(db, party)
}

/// Whether a sender is a person or a body, from what was filled in.
pub fn kind_of(details: &PartyDetails) -> PartyKind {
    if details.org_name.is_empty() { PartyKind::Person } else { PartyKind::Organisation }
}
