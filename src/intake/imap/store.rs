//! Which places of a mailbox were kept.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{incoming, incoming_place};
use crate::error::Result;
use crate::intake::mail::Flag;

/// The UIDs of a folder that were kept.
pub(super) fn kept(db: &mut Db, account: &str, folder: &str, uidvalidity: i64) -> Result<BTreeSet<u32>> {
    let uids: Vec<i64> = incoming_place::table
        .filter(incoming_place::account.eq(account))
        .filter(incoming_place::folder.eq(folder))
        .filter(incoming_place::uidvalidity.eq(uidvalidity))
        .select(incoming_place::uid)
        .load(db)?;
    Ok(uids.into_iter().filter_map(|uid| u32::try_from(uid).ok()).collect())
}

/// Those of them of which only the beginning was kept.
pub(super) fn cut(db: &mut Db, account: &str, folder: &str, uidvalidity: i64) -> Result<BTreeSet<u32>> {
    let uids: Vec<i64> = incoming_place::table
        .inner_join(incoming::table.on(incoming::id.eq(incoming_place::incoming_id)))
        .filter(incoming_place::account.eq(account))
        .filter(incoming_place::folder.eq(folder))
        .filter(incoming_place::uidvalidity.eq(uidvalidity))
        .filter(incoming::flags.like(format!("%{}%", Flag::Oversize.code())))
        .select(incoming_place::uid)
        .load(db)?;
    Ok(uids.into_iter().filter_map(|uid| u32::try_from(uid).ok()).collect())
}
