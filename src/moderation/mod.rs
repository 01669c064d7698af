//! Moderation: staff's workbench for masking and publishing. The rules and rows are the publications' own.

pub mod handlers;
pub mod store;
pub mod views;

use chrono::{DateTime, Utc};

use crate::db::Db;
use crate::error::Result;
use crate::people::Viewer;
use crate::publications;
use crate::seal::Sealer;

/// Puts a publication up for approval (起案): the version and the start of its approval in one transaction.
pub fn circulate(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
) -> Result<i64> {
    let ready = publications::submit(db, sealer, viewer, now, id, seen)?;
    // the one seam to the approval room: approval::start(db, &viewer.by(), now, ("publication", ready.version_id),
    // "publication", &ready.content_hash, ready.matter_id, &ready.title)
    store::start_approval(db, viewer, now, &ready)
}
