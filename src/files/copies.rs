//! Makes the safe copies, after the scanner's word where there is a scanner.
//!
//! First the city's own sanitiser, if it has one; else our own decoding in a child process of this program.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::bounded::{self, Ended, Limits};
use super::copy::{self, Copy, CopyKind};
use super::store::{self, Waiting};
use super::{FileState, Kind, Reason, decide, disk, inspect, name};
use crate::error::{Error, Result};
use crate::web::App;

/// Copies made in one go.
const BATCH: i64 = 10;
/// How often a copy that takes too long is tried: the machine may have been busy.
const TRIES: i64 = 3;
/// What our own child may use for one file.
const OURS: Limits =
    Limits { time: Duration::from_secs(20), memory: Some(1024 * 1024 * 1024), output: 32 * 1024 * 1024 };

/// What came of trying to make a copy.
enum Made {
    Copy(Copy),
    /// This file gives none.
    None,
    /// The sanitiser found it dangerous.
    Dangerous,
    /// Perhaps later.
    Trouble(Error),
}

/// Makes some of the copies that are to come; says whether there were any. For a thread that may wait.
///
/// # Errors
/// [`Error::Unavailable`] when the sanitiser or our own child had trouble with a file; the others are made all the same.
pub fn run(app: &App) -> Result<bool> {
    let scanner = !app.config.clamd.is_empty();
    let waiting = app.db.read_now(|db| store::uncopied(db, scanner, BATCH))?;
    let mut trouble = None;
    for file in &waiting {
        let path = disk::path(&app.config.data, file.created_at.utc(), &file.id);
        match make(app, file, &path)? {
            Made::Copy(copy) => keep(app, file, &copy)?,
            Made::None => note(app, &file.id, CopyKind::None, None)?,
            Made::Dangerous => {
                inspect::settle(app, file, FileState::Refused, Some(Reason::Sanitiser), None)?;
            }
            Made::Trouble(error) => {
                let id = file.id.clone();
                app.db.write_now(move |db| store::copy_troubled(db, &id))?;
                trouble = Some(error);
            }
        }
    }
    match trouble {
        Some(error) => Err(error),
        None => Ok(!waiting.is_empty()),
    }
}

fn make(app: &App, file: &Waiting, path: &Path) -> Result<Made> {
    if matches!(file.reason, Some(Reason::ArchiveLimit | Reason::Damaged)) {
        return Ok(Made::None);
    }
    match sanitised(app, file, path)? {
        Some(made) => Ok(made),
        None => our_own(app, file, path),
    }
}

/// The city's own sanitiser; none when there is none, or it leaves this kind to us. Its exit code: 0 a safe copy was
/// written, 1 not my kind, 2 dangerous, anything else trouble.
fn sanitised(app: &App, file: &Waiting, path: &Path) -> Result<Option<Made>> {
    let command: Vec<&str> = app.config.sanitiser.split_whitespace().collect();
    if command.is_empty() {
        return Ok(None);
    }
    let limits = Limits {
        time: Duration::from_secs(app.config.sanitiser_seconds),
        memory: None,
        output: app.config.sanitiser_limit,
    };
    let extension = name::extension(&file.name_shown);
    let variables = [("FILE_TYPE", file.detected_type.as_str()), ("FILE_EXTENSION", extension.as_str())];
    let trouble = |why: &str| Made::Trouble(Error::Unavailable(format!("the sanitiser {why}")));
    Ok(Some(match bounded::run(&command, &variables, disk::open(path)?, limits)? {
        Ended::TooSlow => trouble("takes too long"),
        Ended::TooMuch => trouble("writes too much"),
        Ended::Done(status, bytes) => match status.code() {
            Some(0) => match decide::of_safe_copy(&bytes) {
                Some(kind) => Made::Copy(Copy { kind: CopyKind::Sanitised, mime: kind.mime(), bytes }),
                None => trouble("wrote something that is none of the kinds taken"),
            },
            Some(1) => return Ok(None),
            Some(2) => Made::Dangerous,
            _ => trouble("ended with an error"),
        },
    }))
}

fn our_own(app: &App, file: &Waiting, path: &Path) -> Result<Made> {
    let kind = Kind::of_mime(&file.detected_type).filter(|kind| copy::can_copy(*kind));
    let Some(kind) = kind else { return Ok(Made::None) };
    let program = app.config.program.to_string_lossy();
    let command = [program.as_ref(), "safe-copy", kind.mime()];
    Ok(match bounded::run(&command, &[], disk::open(path)?, OURS)? {
        Ended::Done(status, out) => match (status.code(), copy::of_child(&out)) {
            (Some(0), Some(copy)) => Made::Copy(copy),
            // not started at all, or not this program
            (Some(2 | 126 | 127), _) => {
                Made::Trouble(Error::Unavailable(format!("{program} cannot be started")))
            }
            _ => Made::None,
        },
        Ended::TooSlow if file.copy_tries + 1 < TRIES => {
            Made::Trouble(Error::Unavailable("a copy takes too long".to_owned()))
        }
        Ended::TooSlow | Ended::TooMuch => Made::None,
    })
}

fn keep(app: &App, file: &Waiting, copy: &Copy) -> Result<()> {
    disk::keep_copy(&app.config.data, file.created_at.utc(), &file.id, &copy.bytes)?;
    let size = i64::try_from(copy.bytes.len()).unwrap_or(i64::MAX);
    note(app, &file.id, copy.kind, Some((copy.mime, size, hex::encode(Sha256::digest(&copy.bytes)))))
}

fn note(app: &App, id: &str, kind: CopyKind, copy: Option<(&'static str, i64, String)>) -> Result<()> {
    let id = id.to_owned();
    app.db.write_now(move |db| {
        store::copied(db, &id, kind, copy.as_ref().map(|(mime, size, hash)| (*mime, *size, hash.as_str())))
    })
}
