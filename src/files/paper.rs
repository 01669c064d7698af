//! The images of paper letters, scanned by staff.

use super::{Kind, bytes_of, store};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::web::App;

/// The image of a paper letter.
#[derive(Clone, Debug)]
pub struct Scan {
    /// `attachment.id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    pub(super) sha256: String,
    pub(super) created_at: Instant,
}

/// A scan that belongs to no letter yet, uploaded under this key.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when there is none such.
pub fn loose_scan(db: &mut Db, id: &str, upload_key: &str) -> Result<Scan> {
    store::loose_scan(db, id, upload_key)
}

/// The scans of a letter, oldest first.
pub fn scans_of(db: &mut Db, letter_id: i64) -> Result<Vec<Scan>> {
    store::scans_of(db, letter_id)
}

/// The bytes of a scan as they came in.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when it is gone; [`crate::error::Error::Internal`] when it is no longer what came
/// in.
pub async fn read_scan(app: &App, scan: &Scan) -> Result<Vec<u8>> {
    bytes_of(app, scan.created_at, &scan.id, &scan.sha256).await
}
