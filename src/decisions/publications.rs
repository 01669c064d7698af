//! The seam to publications, which are approved like replies but not here yet: until it is wired, such an approval is
//! refused aloud and nothing changes.

use chrono::{DateTime, Utc};

use crate::approval::Approval;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::Viewer;

fn not_wired<T>() -> Result<T> {
    Err(Error::Internal("approvals of publications are not wired to publications".to_owned()))
}

/// The hash the masked text has now.
pub fn current_hash(_: &mut Db, _: &Approval) -> Result<String> {
    not_wired()
}

/// What follows when it was decided to publish.
pub fn decided(_: &mut Db, _: &Viewer, _: DateTime<Utc>, _version_id: i64) -> Result<()> {
    not_wired()
}

/// What follows when the text was sent back.
pub fn returned(_: &mut Db, _: &Viewer, _: DateTime<Utc>, _version_id: i64) -> Result<()> {
    not_wired()
}

/// What follows when it was pulled back.
pub fn pulled_back(_: &mut Db, _: &Viewer, _: DateTime<Utc>, _version_id: i64) -> Result<()> {
    not_wired()
}
