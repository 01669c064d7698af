//! Mails too large for a row: sealed files, `data/mail/{yy}/{id}.{key}`, the year in UTC. The key's number is part of
//! the name, so that sealing anew makes a new file and a crash in between leaves the one the row names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

/// The folder below the data folder.
pub const FOLDER: &str = "mail";

/// Where a sealed mail lies.
pub(super) fn path(data: &Path, received_at: DateTime<Utc>, id: &str, key_id: i64) -> PathBuf {
    data.join(FOLDER).join(received_at.format("%y").to_string()).join(format!("{id}.{key_id}"))
}

/// Writes and syncs a sealed mail and its folder: a row never names a file that a crash took back.
pub(super) fn put(at: &Path, sealed: &[u8]) -> Result<()> {
    let folder = at.parent().unwrap_or(at);
    fs::create_dir_all(folder).map_err(full)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(at).map_err(full)?;
    file.write_all(sealed).and_then(|()| file.sync_all()).map_err(full)?;
    for folder in folder.ancestors().take(2) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(full)?;
    }
    Ok(())
}

/// A sealed mail as it lies there.
pub(super) fn read(at: &Path) -> Result<Vec<u8>> {
    fs::read(at).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::NotFound,
        _ => Error::Unavailable(e.to_string()),
    })
}

/// Takes a file away that no row names any more.
pub(super) fn remove(at: &Path) {
    drop(fs::remove_file(at));
}

/// Id, key and path of every file last written before a moment.
pub(super) fn older_than(data: &Path, before: DateTime<Utc>) -> Vec<(String, i64, PathBuf)> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    entries(&data.join(FOLDER))
        .flat_map(|year| entries(&year).collect::<Vec<_>>())
        .filter(|path| {
            let written = path.metadata().and_then(|m| m.modified());
            written.is_ok_and(|at| DateTime::<Utc>::from(at) < before)
        })
        .filter_map(|path| {
            let (id, key) = path.file_name()?.to_str()?.rsplit_once('.')?;
            Some((id.to_owned(), key.parse().ok()?, path.clone()))
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn full(error: io::Error) -> Error {
    Error::StorageFull(error.to_string())
}
