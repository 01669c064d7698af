//! Has the scanner look at what is held. It decides before anyone opens a file: while it is away, files stay held.

use serde_json::json;

use super::clamd::{self, Verdict};
use super::store::{self, Waiting};
use super::{FileState, Reason, disk};
use crate::error::{Error, Result};
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// Files asked about in one go.
const BATCH: i64 = 20;

/// Asks about some of the files that wait; says whether there were any. Without a scanner nothing is decided. For a
/// thread that may wait.
///
/// # Errors
/// [`Error::Unavailable`] when the scanner is away or had trouble with a file; the others were decided all the same.
pub fn run(app: &App) -> Result<bool> {
    let address = &app.config.clamd;
    if address.is_empty() {
        return Ok(false);
    }
    let mut trouble = None;
    let waiting = app.db.read_now(|db| store::unscanned(db, BATCH))?;
    for file in &waiting {
        let path = disk::path(&app.config.data, file.created_at.utc(), &file.id);
        let verdict = disk::open(&path).and_then(|bytes| clamd::scan(address, bytes));
        match verdict {
            Ok(verdict) => decide(app, file, &verdict)?,
            Err(error) if clamd::answers(address) => {
                // this file's trouble, not the scanner's: the others are not kept waiting
                let id = file.id.clone();
                app.db.write_now(move |db| store::scan_troubled(db, &id))?;
                trouble = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match trouble {
        Some(error) => Err(error),
        None => Ok(!waiting.is_empty()),
    }
}

/// What the scanner's word makes of a file that is held, perhaps for a reason of our own.
fn outcome(verdict: &Verdict, held: Option<Reason>) -> (FileState, Option<Reason>) {
    match verdict {
        Verdict::Clean if held.is_none() => (FileState::Clean, None),
        Verdict::Clean => (FileState::Held, held),
        Verdict::TooLarge => (FileState::Held, held.or(Some(Reason::TooLarge))),
        // the scanner's settings AlertEncrypted, AlertExceedsMax and AlertOLE2Macros find habits, not viruses
        Verdict::Found(name) => {
            let habit = [
                ("Heuristics.Encrypted", Reason::Encrypted),
                ("Heuristics.Limits.Exceeded", Reason::ArchiveLimit),
                ("Heuristics.OLE2.ContainsMacros", Reason::Macro),
            ];
            match habit.iter().find(|(start, _)| name.starts_with(start)) {
                Some((_, reason)) => (FileState::Held, held.or(Some(*reason))),
                None => (FileState::Refused, Some(Reason::Virus)),
            }
        }
    }
}

fn decide(app: &App, file: &Waiting, verdict: &Verdict) -> Result<()> {
    let (state, reason) = outcome(verdict, file.reason);
    let signature = match verdict {
        Verdict::Found(name) => Some(name.clone()),
        Verdict::Clean | Verdict::TooLarge => None,
    };
    settle(app, file, state, reason, signature.as_deref())
}

/// Writes down what was decided of a file, with its line of the trail.
pub(super) fn settle(
    app: &App,
    file: &Waiting,
    state: FileState,
    reason: Option<Reason>,
    signature: Option<&str>,
) -> Result<()> {
    let (now, data, file) = (app.clock.now(), app.config.data.clone(), file.clone());
    let (id, created_at, signature) = (file.id.clone(), file.created_at.utc(), signature.map(str::to_owned));
    app.db.write_now(move |db| {
        if !store::decide(db, &file.id, state, reason, signature.as_deref(), now.into())? {
            return Ok(());
        }
        let act = if state == FileState::Refused { Act::FileRefused } else { Act::FileScanned };
        let mut detail = json!({ "state": state, "reason": reason, "signature": signature });
        if let Some(submission) = file.submission_id {
            detail["submission"] = submission.into();
        }
        let mut line = Line::new(act, Subject::Attachment, &file.id).with(detail);
        line.letter_id = file.letter_id;
        trail::record(db, &By::system(), now, &line)
    })?;
    if state == FileState::Refused {
        disk::remove_copy(&data, created_at, &id);
    }
    Ok(())
}

/// Whether the scanner answers now; none when this city has none.
pub(super) async fn scanner_answers(app: &App) -> Option<bool> {
    let address = app.config.clamd.clone();
    if address.is_empty() {
        return None;
    }
    let asked = tokio::task::spawn_blocking(move || clamd::answers(&address)).await;
    Some(asked.map_err(Error::internal).unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_35_a_finding_refuses_and_nothing_found_does_not_undo_a_reason_of_our_own() {
        let found = |name: &str| Verdict::Found(name.to_owned());
        for (verdict, held, expected) in [
            (Verdict::Clean, None, (FileState::Clean, None)),
            (Verdict::Clean, Some(Reason::Macro), (FileState::Held, Some(Reason::Macro))),
            (found("Eicar-Test"), None, (FileState::Refused, Some(Reason::Virus))),
            (found("Eicar-Test"), Some(Reason::Macro), (FileState::Refused, Some(Reason::Virus))),
            (found("Heuristics.Encrypted.Zip"), None, (FileState::Held, Some(Reason::Encrypted))),
            (Verdict::TooLarge, None, (FileState::Held, Some(Reason::TooLarge))),
        ] {
            assert_eq!(outcome(&verdict, held), expected, "{verdict:?} {held:?}");
        }
    }
}
