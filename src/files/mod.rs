//! Attachments: outside any web root, held until a scanner has seen them, shown as safe copies; the original opens by a
//! second click that leaves a trail line.
//!
//! A file is first placed (checked, moved to `data/files/{yy}/{id}`, synced), then recorded in the transaction it
//! belongs to. A file without a row is nobody's and goes with [`purge_orphans`].

mod admit;
mod archive;
mod bounded;
mod clamd;
pub mod copies;
mod copy;
mod decide;
mod disk;
pub mod handlers;
pub mod inspect;
mod kind;
mod name;
mod office;
mod paper;
mod reason;
mod store;
mod views;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

pub use admit::{Enclosed, NewFile, Placed, admit, place, place_as};
pub use copy::{CopyKind, child};
pub use kind::{ACCEPT, Kind};
pub use paper::{Scan, loose_scan, read_scan, scans_of};
pub use reason::Reason;
pub use views::{attached, attached_to, line};

use crate::config::Config;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

text_enum! {
    /// What a file is to its letter.
    pub enum Purpose {
        Citizen = "citizen" => "差出人の添付",
        Scan = "scan" => "手紙の画像",
        Paper = "paper" => "意見募集の資料",
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
    /// What it is.
    pub kind: Kind,
    /// Why it is not simply opened.
    pub reason: Option<Reason>,
    /// Whether its harmlessness was decided.
    pub scanned: bool,
    /// Its safe copy; none while it is not made.
    pub copy: Option<CopyKind>,
}

/// Who may open an original now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Whoever may read the letter: the scanner found nothing.
    Free,
    /// Whoever may read the letter, after a warning: this city has no scanner.
    Warned,
    /// The listening office alone: there is a reason against it.
    OfficeOnly(Reason),
    /// Nobody yet: the scanner has not seen it.
    Waiting,
    /// Nobody.
    Never,
}

impl Kept {
    /// Name and size, such as `写真.jpg(1.2MB)`.
    pub fn shown(&self) -> String {
        format!("{}({})", self.name, size_in_words(self.size))
    }

    /// Who may open the original; `scanner` says whether the city has one.
    pub fn opening(&self, scanner: bool) -> Opening {
        match (self.state, self.reason) {
            (FileState::Refused, _) => Opening::Never,
            (FileState::Held, _) if scanner && !self.scanned => Opening::Waiting,
            (_, Some(reason)) => Opening::OfficeOnly(reason),
            (FileState::Clean, None) => Opening::Free,
            (FileState::Held, None) => Opening::Warned,
        }
    }

    /// Whether there is a safe copy to be looked at.
    pub fn has_copy(&self) -> bool {
        self.state != FileState::Refused && self.copy.is_some_and(|kind| kind != CopyKind::None)
    }

    /// Whether a safe copy is still to come.
    pub fn copy_to_come(&self) -> bool {
        self.state != FileState::Refused && self.copy.is_none() && copy::can_copy(self.kind)
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
    let more = if left < config.file_count { "あと" } else { "" };
    format!(
        "写真(JPEG・PNG・GIF・WebP・HEIC)、PDF、文書(Word・Excel・PowerPoint・テキスト・CSV)。1つ{}MBまで、{more}{left}つまで。",
        config.file_limit / 1024 / 1024
    )
}

/// `attachment.upload_key` of a form's number.
pub fn upload_key(sealer: &Sealer, number: &str) -> String {
    sealer.mark("files.upload", number)
}

/// Adds the row of a placed file: to a letter, or to a form not sent yet.
pub fn record(db: &mut Db, file: &NewFile, letter_id: Option<i64>, upload_key: Option<&str>) -> Result<()> {
    store::insert(db, file, letter_id, upload_key)
}

/// Adds the row of a placed file that came with a submission.
pub fn record_submission(db: &mut Db, file: &NewFile, submission_id: i64) -> Result<()> {
    store::insert(db, file, None, None)?;
    store::give_to_submission(db, submission_id, &file.id)
}

/// Gives files uploaded with a form before to the submission it became.
pub fn attach_to_submission(db: &mut Db, submission_id: i64, ids: &[String]) -> Result<()> {
    ids.iter().try_for_each(|id| store::give_to_submission(db, submission_id, id))
}

/// Adds the row of the file of a consultation's paper.
pub fn record_paper(db: &mut Db, file: &NewFile, paper_version_id: i64) -> Result<()> {
    store::insert(db, file, None, None)?;
    store::give_to_paper(db, paper_version_id, &file.id)
}

/// Lets the next version of a paper carry the file of the one before.
pub fn move_paper(db: &mut Db, from: i64, to: i64) -> Result<()> {
    store::move_paper(db, from, to)
}

/// The files of a submission, oldest first.
pub fn of_submission(db: &mut Db, submission_id: i64) -> Result<Vec<Kept>> {
    store::of_submission(db, submission_id)
}

/// The file of a paper, as it is to be opened; whether it is public, its caller knows.
///
/// # Errors
/// [`Error::NotFound`] when no paper has such a file.
pub fn paper(db: &mut Db, file: &str) -> Result<Scan> {
    store::paper(db, file)
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

/// The files of a letter with their SHA-256 in hexadecimal, oldest first: for finding those of one mail.
pub fn hashed(db: &mut Db, letter_id: i64) -> Result<Vec<(String, Kept)>> {
    store::hashed(db, letter_id)
}

/// What a file came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// `letter.id`.
    Letter(i64),
    /// `submission.id`.
    Submission(i64),
}

impl Holder {
    /// Its page.
    fn page(self) -> String {
        match self {
            Holder::Letter(id) => format!("/letters/{id}"),
            Holder::Submission(id) => format!("/submissions/{id}"),
        }
    }

    /// The page of a file that came with it.
    fn file(self, id: &str) -> String {
        format!("{}/files/{id}", self.page())
    }

    /// The safe copy of a file that came with it.
    fn copy(self, id: &str) -> String {
        format!("{}/files/{id}/copy", self.page())
    }

    /// What staff call it.
    fn words(self) -> &'static str {
        match self {
            Holder::Letter(_) => "この手紙",
            Holder::Submission(_) => "この意見",
        }
    }

    /// Whether this person may read it; `units` are those it belongs to.
    fn may_read(self, viewer: &Viewer, units: &[i64]) -> Result<()> {
        viewer.may(match self {
            Holder::Letter(_) => May::ReadLetter(units),
            Holder::Submission(_) => May::ReadSubmissions(units),
        })
    }

    /// A trail line about a file that came with it.
    fn line(self, act: Act, id: &str, mut detail: serde_json::Value) -> Line {
        let line = Line::new(act, Subject::Attachment, id);
        match self {
            Holder::Letter(letter) => line.of_letter(letter).with(detail),
            Holder::Submission(submission) => {
                detail["submission"] = submission.into();
                line.with(detail)
            }
        }
    }
}

/// Our own address for each Content-ID of a letter's mails: where the safe copy of the picture is shown.
pub fn inline_pictures(db: &mut Db, letter_id: i64) -> Result<BTreeMap<String, String>> {
    let pictures = store::pictures_of(db, letter_id)?;
    Ok(pictures
        .into_iter()
        .map(|(content_id, id)| (content_id, Holder::Letter(letter_id).copy(&id)))
        .collect())
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

/// The bytes as they came: a file that changed on the disk is not handed out.
async fn bytes_of(app: &App, created_at: Instant, id: &str, sha256: &str) -> Result<Vec<u8>> {
    unchanged(disk::path(&app.config.data, created_at.utc(), id), sha256).await
}

/// The bytes of a file's safe copy as it was made.
async fn copy_of(app: &App, found: &ToOpen) -> Result<Vec<u8>> {
    let (_, sha256) = found.copy.as_ref().ok_or(Error::NotFound)?;
    unchanged(disk::copy_path(&app.config.data, found.created_at.utc(), &found.file.id), sha256).await
}

async fn unchanged(path: PathBuf, sha256: &str) -> Result<Vec<u8>> {
    let sha256 = sha256.to_owned();
    let work = move || {
        let bytes = disk::read(&path)?;
        if hex::encode(Sha256::digest(&bytes)) == sha256 {
            Ok(bytes)
        } else {
            Err(Error::Internal(format!("{} is not what came in", path.display())))
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// A file to be opened, as its row says.
#[derive(Clone, Debug)]
pub struct ToOpen {
    /// As lists show it.
    pub file: Kept,
    /// What it came with.
    pub holder: Holder,
    /// The name as sent.
    pub name_original: String,
    /// Hexadecimal.
    pub sha256: String,
    /// What the scanner called it.
    pub signature: Option<String>,
    /// Type and hash of the safe copy.
    copy: Option<(String, String)>,
    /// When it came.
    pub created_at: Instant,
}

/// A file, and the units whose staff may see what it came with.
///
/// # Errors
/// [`Error::NotFound`] when nothing of the kind came with such a file.
pub fn find(db: &mut Db, holder: Holder, file: &str) -> Result<(ToOpen, Vec<i64>)> {
    let units = match holder {
        Holder::Letter(id) => store::units_of(db, id)?,
        Holder::Submission(id) => store::units_of_submission(db, id)?,
    };
    Ok((store::to_open(db, holder, file)?, units))
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
