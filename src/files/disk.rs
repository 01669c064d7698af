//! Where files lie: `data/files/{yy}/{id}`, the year in UTC, and their safe copies in `data/copies` alike. No name a
//! citizen chose is ever part of a path.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

/// Where a file lies.
pub(super) fn path(data: &Path, created_at: DateTime<Utc>, id: &str) -> PathBuf {
    data.join("files").join(created_at.format("%y").to_string()).join(id)
}

/// Where the safe copy of a file lies. Copies can be made again: backups leave them out.
pub(super) fn copy_path(data: &Path, created_at: DateTime<Utc>, id: &str) -> PathBuf {
    data.join("copies").join(created_at.format("%y").to_string()).join(id)
}

/// Writes the safe copy of a file; a half-written one is never seen.
pub(super) fn keep_copy(data: &Path, created_at: DateTime<Utc>, id: &str, bytes: &[u8]) -> Result<()> {
    let to = copy_path(data, created_at, id);
    fs::create_dir_all(to.parent().unwrap_or(data)).map_err(trouble)?;
    let coming = to.with_extension("new");
    fs::write(&coming, bytes).and_then(|()| fs::rename(&coming, &to)).map_err(trouble)
}

/// Moves a synced file to its place and syncs the folder, so that a row never names a file that a crash took back.
pub(super) fn move_in(data: &Path, created_at: DateTime<Utc>, id: &str, from: &Path) -> Result<()> {
    let to = path(data, created_at, id);
    let folder = to.parent().unwrap_or(data);
    fs::create_dir_all(folder).map_err(trouble)?;
    fs::rename(from, &to).map_err(trouble)?;
    File::open(folder).and_then(|f| f.sync_all()).map_err(trouble)
}

/// Takes a file away; one that is gone already is fine.
pub(super) fn remove(data: &Path, created_at: DateTime<Utc>, id: &str) {
    drop(fs::remove_file(path(data, created_at, id)));
    remove_copy(data, created_at, id);
}

/// Takes a safe copy away.
pub(super) fn remove_copy(data: &Path, created_at: DateTime<Utc>, id: &str) {
    drop(fs::remove_file(copy_path(data, created_at, id)));
}

/// The whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(missing)
}

/// The file, to be read as a stream.
pub(super) fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(missing)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn missing(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound,
        _ => Error::Unavailable(error.to_string()),
    }
}

/// Name and path of every file last written before a moment, those still coming in included.
pub(super) fn older_than(data: &Path, before: DateTime<Utc>) -> Vec<(String, PathBuf)> {
    let Ok(folders) = fs::read_dir(data.join("files")) else { return Vec::new() };
    folders
        .flatten()
        .filter_map(|folder| fs::read_dir(folder.path()).ok())
        .flat_map(|files| files.flatten())
        .filter(|file| {
            let written = file.metadata().and_then(|m| m.modified());
            written.is_ok_and(|at| DateTime::<Utc>::from(at) < before)
        })
        .map(|file| (file.file_name().to_string_lossy().into_owned(), file.path()))
        .collect()
}

/// A disk that does not take a file is full as far as the sender is concerned.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn trouble(error: io::Error) -> Error {
    Error::StorageFull(error.to_string())
}
