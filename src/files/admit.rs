//! The one way in for files from outside: looked at, moved to their place, synced. They are recorded, held, in the
//! transaction they belong to.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Kind, Purpose, Reason, decide, disk, name};
use crate::error::{Error, Result};
use crate::web::App;
use crate::web::form::{TempFile, Upload};

/// A file at its place on the disk, synced, not yet in the database.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// `attachment.id`.
    pub id: String,
    /// What it will be to its letter.
    pub purpose: Purpose,
    /// The sender's name for it, without NUL.
    pub name_original: String,
    /// The name pages show and downloads carry.
    pub name_shown: String,
    /// Bytes.
    pub size: i64,
    /// The sender's machine's word on its type.
    pub declared_type: String,
    /// What it is.
    pub kind: Kind,
    /// Why it is not simply opened, whatever the scanner says.
    pub hold: Option<Reason>,
    /// The Content-ID by which the page of the same mail names it.
    pub content_id: Option<String>,
    /// Hexadecimal.
    pub sha256: String,
    /// When; names the folder too.
    pub created_at: DateTime<Utc>,
}

/// What [`place`] could and could not take.
#[derive(Debug, Default)]
pub struct Placed {
    /// At their places.
    pub files: Vec<NewFile>,
    /// Reasons in words for the sender, one a file.
    pub refused: Vec<String>,
}

/// A part of a mail.
#[derive(Clone, Copy, Debug)]
pub struct Enclosed<'a> {
    /// Its name as the mail gives it; may be empty.
    pub name: &'a str,
    /// The type the mail gives it.
    pub declared_type: &'a str,
    /// Without angle brackets.
    pub content_id: Option<&'a str>,
    /// The whole of it.
    pub bytes: &'a [u8],
}

/// Takes in what came with a mail. It came with an official record: it is never refused, but held with a reason when it
/// is dangerous. For a thread that may wait; a file whose row is never written goes with [`super::purge_orphans`].
///
/// # Errors
/// [`Error::StorageFull`] when it cannot be placed.
pub fn admit(app: &App, enclosed: &Enclosed<'_>) -> Result<NewFile> {
    let (data, id, now) = (&app.config.data, app.clock.id().to_string(), app.clock.now());
    let folder = data.join("files").join("incoming");
    fs::create_dir_all(&folder).map_err(disk::trouble)?;
    let coming = TempFile(folder.join(&id));
    let mut out = File::create(&coming.0).map_err(disk::trouble)?;
    out.write_all(enclosed.bytes).and_then(|()| out.sync_all()).map_err(disk::trouble)?;
    let decision = decide::decide(enclosed.name, enclosed.declared_type, enclosed.bytes);
    disk::move_in(data, now, &id, &coming.0)?;
    Ok(NewFile {
        id,
        purpose: Purpose::Citizen,
        name_original: name::original(enclosed.name),
        name_shown: name::shown(enclosed.name),
        size: i64::try_from(enclosed.bytes.len()).unwrap_or(i64::MAX),
        declared_type: name::original(enclosed.declared_type),
        kind: decision.kind,
        hold: decision.hold,
        content_id: enclosed.content_id.map(name::original),
        sha256: hex::encode(Sha256::digest(enclosed.bytes)),
        created_at: now,
    })
}

/// Checks uploads and moves the good ones to their places; `already` files belong to the same form.
///
/// # Errors
/// [`Error::StorageFull`] when one cannot be placed; those placed before it are taken away again.
pub async fn place(app: &App, uploads: Vec<Upload>, already: usize) -> Result<Placed> {
    place_as(app, uploads, already, Purpose::Citizen).await
}

/// [`place`] for images of paper letters too.
pub async fn place_as(app: &App, uploads: Vec<Upload>, already: usize, purpose: Purpose) -> Result<Placed> {
    if uploads.is_empty() {
        return Ok(Placed::default());
    }
    let (data, now, most) = (app.config.data.clone(), app.clock.now(), app.config.file_count);
    let ids: Vec<String> = uploads.iter().map(|_| app.clock.id().to_string()).collect();
    let work = move || {
        let mut placed = Placed::default();
        for (upload, id) in uploads.into_iter().zip(ids) {
            if already + placed.files.len() >= most {
                let name = name::shown(&upload.name);
                placed.refused.push(format!("「{name}」は添付できませんでした(全部で{most}つまで)。"));
                continue;
            }
            match place_one(&data, now, id, upload, purpose) {
                Ok(Ok(file)) => placed.files.push(file),
                Ok(Err(why)) => placed.refused.push(why),
                Err(error) => {
                    for file in &placed.files {
                        disk::remove(&data, file.created_at, &file.id);
                    }
                    return Err(error);
                }
            }
        }
        Ok(placed)
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// One upload: at its place, or a sentence that says why not.
fn place_one(
    data: &Path,
    now: DateTime<Utc>,
    id: String,
    upload: Upload,
    purpose: Purpose,
) -> Result<Result<NewFile, String>> {
    let name_shown = name::shown(&upload.name);
    let whole = fs::read(&upload.file.0).map_err(disk::trouble)?;
    let kind = match decide::decide(&upload.name, &upload.declared_type, &whole).for_form(&name_shown) {
        Ok(kind) => kind,
        Err(why) => return Ok(Err(format!("「{name_shown}」は添付できませんでした。{why}"))),
    };
    if purpose == Purpose::Scan && !kind.is_scan() {
        return Ok(Err("画像(JPEG・PNG・WebP・GIF)かPDFを選んでください。".to_owned()));
    }
    disk::move_in(data, now, &id, &upload.file.0)?;
    Ok(Ok(NewFile {
        id,
        purpose,
        name_original: name::original(&upload.name),
        name_shown,
        size: i64::try_from(upload.size).unwrap_or(i64::MAX),
        declared_type: name::original(&upload.declared_type),
        kind,
        hold: None,
        content_id: None,
        sha256: upload.sha256,
        created_at: now,
    }))
}
