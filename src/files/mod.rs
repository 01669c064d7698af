//! Attachments: outside any web root, held until a scanner has seen them, opened by staff only after a warning.
//!
//! A file is first placed (checked, moved to `data/files/{yy}/{id}`, synced), then recorded in the transaction it
//! belongs to. A file without a row is nobody's and goes with [`purge_orphans`].

mod disk;
pub mod handlers;
mod kind;
mod name;
mod store;
mod views;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

pub use kind::{ACCEPT, Kind};

use crate::config::Config;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;
use crate::web::form::Upload;

text_enum! {
    /// What a file is to its letter.
    pub enum Purpose {
        Citizen = "citizen" => "差出人の添付",
        Scan = "scan" => "手紙の画像",
    }
}

text_enum! {
    /// What is known of a file's harmlessness.
    pub enum FileState {
        Held = "held" => "検査待ち",
        Clean = "clean" => "検査済み",
        Refused = "refused" => "危険のおそれ",
    }
}

/// Uploads that no letter took up are kept this long: somebody may be called to the door while writing.
pub const ORPHANS_KEPT: Duration = Duration::hours(48);

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

/// A file of a form or letter, as lists show it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// `attachment.id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// What it is to its letter.
    pub purpose: Purpose,
    /// Whether it was scanned.
    pub state: FileState,
}

impl Kept {
    /// Name and size, such as `写真.jpg(1.2MB)`.
    pub fn shown(&self) -> String {
        format!("{}({})", self.name, size_in_words(self.size))
    }
}

/// A size as people say it.
pub fn size_in_words(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes}バイト"),
        1024..1_048_576 => format!("{}KB", (bytes + 512) / 1024),
        _ => {
            let tenths = (bytes * 10 + 524_288) / 1_048_576;
            format!("{}.{}MB", tenths / 10, tenths % 10)
        }
    }
}

/// The limits in words, said before they are hit; `left` more files may come.
pub fn limits(config: &Config, left: usize) -> String {
    format!(
        "写真(JPEG・PNG・GIF・WebP・HEIC)、PDF、文書(Word・Excel・PowerPoint・テキスト・CSV)。1つ{}MBまで、あと{left}つまで。",
        config.file_limit / 1024 / 1024
    )
}

/// `attachment.upload_key` of a form's number.
pub fn upload_key(sealer: &Sealer, number: &str) -> String {
    sealer.mark("files.upload", number)
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
            let name_shown = name::shown(&upload.name);
            if already + placed.files.len() >= most {
                placed.refused.push(format!("「{name_shown}」は添付できませんでした(全部で{most}つまで)。"));
                continue;
            }
            let whole = std::fs::read(&upload.file.0).map_err(disk::trouble)?;
            let kind = match kind::decide(&name_shown, &upload.declared_type, &whole) {
                Ok(kind) => kind,
                Err(why) => {
                    placed.refused.push(format!("「{name_shown}」は添付できませんでした。{why}"));
                    continue;
                }
            };
            if purpose == Purpose::Scan && !kind.is_scan() {
                placed.refused.push("画像(JPEG・PNG・WebP・GIF)かPDFを選んでください。".to_owned());
                continue;
            }
            if let Err(error) = disk::move_in(&data, now, &id, &upload.file.0) {
                for file in &placed.files {
                    disk::remove(&data, file.created_at, &file.id);
                }
                return Err(error);
            }
            placed.files.push(NewFile {
                id,
                purpose,
                name_original: name::original(&upload.name),
                name_shown,
                size: i64::try_from(upload.size).unwrap_or(i64::MAX),
                declared_type: name::original(&upload.declared_type),
                kind,
                sha256: upload.sha256,
                created_at: now,
            });
        }
        Ok(placed)
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// Adds the row of a placed file: to a letter, or to a form not sent yet.
pub fn record(db: &mut Db, file: &NewFile, letter_id: Option<i64>, upload_key: Option<&str>) -> Result<()> {
    store::insert(db, file, letter_id, upload_key)
}

/// The trail's line for a file that came with a letter.
pub fn note_added(db: &mut Db, by: &By, now: DateTime<Utc>, letter_id: i64, file: &str) -> Result<()> {
    trail::record(db, by, now, &Line::new(Act::FileAdded, Subject::Attachment, file).of_letter(letter_id))
}

/// The files uploaded with a form that is not sent yet.
pub fn of_form(db: &mut Db, upload_key: &str) -> Result<Vec<Kept>> {
    store::of_form(db, upload_key)
}

/// The files of a letter, oldest first.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Kept>> {
    store::of_letter(db, letter_id)
}

/// Removes uploads older than [`ORPHANS_KEPT`] that no letter took up, and files on the disk that have no row. Gives
/// how many files went. For a thread that may wait.
///
/// # Errors
/// The database's; a file that cannot be removed now is tried again next time.
pub fn purge_orphans(app: &App) -> Result<usize> {
    let before = app.clock.now() - ORPHANS_KEPT;
    let rows = app.db.write_now(move |db| store::take_orphans(db, before.into()))?;
    for (id, created_at) in &rows {
        disk::remove(&app.config.data, created_at.utc(), id);
    }
    let strays = disk::older_than(&app.config.data, before);
    let names: Vec<String> = strays.iter().map(|(name, _)| name.clone()).collect();
    let known = app.db.read_now(|db| store::known(db, &names))?;
    let gone = strays.iter().filter(|(name, _)| !known.contains(name));
    Ok(rows.len() + gone.filter(|(_, path)| std::fs::remove_file(path).is_ok()).count())
}

/// The image of a paper letter.
#[derive(Clone, Debug)]
pub struct Scan {
    /// `attachment.id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    sha256: String,
    created_at: Instant,
}

/// A scan that belongs to no letter yet, uploaded under this key.
///
/// # Errors
/// [`Error::NotFound`] when there is none such.
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
/// [`Error::NotFound`] when it is gone; [`Error::Internal`] when it is no longer what came in.
pub async fn read_scan(app: &App, scan: &Scan) -> Result<Vec<u8>> {
    bytes_of(app, scan.created_at, &scan.id, &scan.sha256).await
}

/// The bytes as they came: a file that changed on the disk is not handed out.
async fn bytes_of(app: &App, created_at: Instant, id: &str, sha256: &str) -> Result<Vec<u8>> {
    let (data, id, sha256) = (app.config.data.clone(), id.to_owned(), sha256.to_owned());
    let work = move || {
        let bytes = disk::read(&data, created_at.utc(), &id)?;
        if hex::encode(Sha256::digest(&bytes)) == sha256 {
            Ok(bytes)
        } else {
            Err(Error::Internal(format!("attachment {id} is not what came in")))
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// A file to be opened, as its row says.
#[derive(Clone, Debug)]
pub struct ToOpen {
    /// `attachment.id`.
    pub id: String,
    /// Its letter.
    pub letter_id: i64,
    /// What it is to the letter.
    pub purpose: Purpose,
    /// Whether it was scanned.
    pub state: FileState,
    /// Its name for people.
    pub name: String,
    /// The name as sent.
    pub name_original: String,
    /// Bytes.
    pub size: i64,
    /// What it is.
    pub kind: Kind,
    /// Hexadecimal.
    pub sha256: String,
    /// When it came.
    pub created_at: Instant,
}

/// A file of a letter, and the units whose staff may see the letter.
///
/// # Errors
/// [`Error::NotFound`] when the letter has no such file.
pub fn find(db: &mut Db, letter_id: i64, file: &str) -> Result<(ToOpen, Vec<i64>)> {
    Ok((store::to_open(db, letter_id, file)?, store::units_of(db, letter_id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        assert_eq!(
            [12, 2048, 1_258_291, 10_485_760].map(size_in_words),
            ["12バイト", "2KB", "1.2MB", "10.0MB"]
        );
    }
}
