//! Keeping mails kept: sealing them anew under new keys, proving that they are what came in, clearing away files of
//! mails that a crash kept from being kept.

use chrono::Duration;
use sha2::{Digest, Sha256};

use super::store::{self, SealedMail};
use super::{aad, aad_envelope, aad_summary, shelf, sums};
use crate::error::{Error, Result};
use crate::web::App;

/// Mails in one write: others write in between.
const BATCH: i64 = 20;

/// Seals every mail under older keys anew, files included, while the program runs. Running it again carries on.
///
/// # Errors
/// When something no longer opens, or disk or database refuse.
pub fn reseal(app: &App) -> Result<usize> {
    let mut all = 0;
    loop {
        let current = app.sealer.current_key();
        let old = app.db.read_now(|db| store::under_old_keys(db, current, BATCH))?;
        if old.is_empty() {
            return Ok(all);
        }
        for mail in old {
            all += usize::from(reseal_one(app, mail)?);
        }
    }
}

fn reseal_one(app: &App, old: SealedMail) -> Result<bool> {
    let current = app.sealer.current_key();
    let mut fresh = old.clone();
    let mut files = None;
    if old.seal_key_id != current {
        let octets = app.sealer.open_sealed(&aad(&old.id), old.seal_key_id, &raw(app, &old)?)?;
        let sealed = app.sealer.seal(&aad(&old.id), &octets)?;
        let envelope = app.sealer.open_sealed(&aad_envelope(&old.id), old.seal_key_id, &old.envelope)?;
        fresh.envelope = app.sealer.seal(&aad_envelope(&old.id), &envelope)?.bytes;
        fresh.seal_key_id = sealed.key_id;
        if old.raw.is_some() {
            fresh.raw = Some(sealed.bytes);
        } else {
            let (before, after) = (file(app, &old), file(app, &fresh));
            shelf::put(&after, &sealed.bytes)?;
            files = Some((before, after));
        }
    }
    if let (Some(summary), Some(key)) = (&old.summary, old.summary_key_id)
        && key != current
    {
        let plain = app.sealer.open_sealed(&aad_summary(&old.id), key, summary)?;
        let sealed = app.sealer.seal(&aad_summary(&old.id), &plain)?;
        (fresh.summary, fresh.summary_key_id) = (Some(sealed.bytes), Some(sealed.key_id));
    }
    let done = app.db.write_now(move |db| store::reseal(db, &old, &fresh))?;
    if let Some((before, after)) = files {
        // the one no row names any more
        shelf::remove(if done { &before } else { &after });
    }
    Ok(done)
}

fn file(app: &App, mail: &SealedMail) -> std::path::PathBuf {
    shelf::path(&app.config.data, mail.received_at.utc(), &mail.id, mail.seal_key_id)
}

fn raw(app: &App, mail: &SealedMail) -> Result<Vec<u8>> {
    match &mail.raw {
        Some(raw) => Ok(raw.clone()),
        None => shelf::read(&file(app, mail)),
    }
}

/// Opens every mail that came in and compares it with its hash, and checks the sums. Gives what was covered in words;
/// `fault` is told of everything that is wrong.
///
/// # Errors
/// The database's.
pub fn check(app: &App, mut fault: impl FnMut(String)) -> Result<String> {
    let (mut last, mut count) = (String::new(), 0);
    loop {
        let mails = app.db.read_now(|db| store::sealed_after(db, &last, BATCH))?;
        let Some(end) = mails.last() else { break };
        last.clone_from(&end.id);
        for mail in &mails {
            count += 1;
            if !is_whole(app, mail) {
                fault(format!("届いたメール {} の原本が、届いたときのものと違います", mail.id));
            }
        }
    }
    let (all, loose, chains) = app.db.read_now(|db| {
        Ok((sums::totals(db)?, store::letters_without_mail(db)?, store::duplicates_of_duplicates(db)?))
    })?;
    if !all.adds_up() || all.came != count {
        fault(format!("届いたメール {count}通と、その行き先の数が合いません"));
    }
    loose.iter().for_each(|id| fault(format!("手紙 {id} のもとになったメールがありません")));
    chains.iter().for_each(|id| fault(format!("届いたメール {id} は、重複の重複になっています")));
    let parts: Vec<String> = all.stand.iter().map(|(state, n)| format!("{} {n}", state.label())).collect();
    Ok(if parts.is_empty() { "0通".to_owned() } else { format!("{count}通 = {}", parts.join(" + ")) })
}

/// Calls `each` with the id and the opened octets of every mail, and gives how many there were.
///
/// # Errors
/// What does not open, the database's, and those of `each`.
pub fn each_original(app: &App, mut each: impl FnMut(&str, &[u8]) -> Result<()>) -> Result<usize> {
    let (mut last, mut count) = (String::new(), 0);
    loop {
        let mails = app.db.read_now(|db| store::sealed_after(db, &last, BATCH))?;
        let Some(end) = mails.last() else { return Ok(count) };
        last.clone_from(&end.id);
        for mail in &mails {
            each(&mail.id, &app.sealer.open_sealed(&aad(&mail.id), mail.seal_key_id, &raw(app, mail)?)?)?;
            count += 1;
        }
    }
}

fn is_whole(app: &App, mail: &SealedMail) -> bool {
    let opened = || -> Result<bool> {
        let octets = app.sealer.open_sealed(&aad(&mail.id), mail.seal_key_id, &raw(app, mail)?)?;
        app.sealer.open_sealed(&aad_envelope(&mail.id), mail.seal_key_id, &mail.envelope)?;
        if let (Some(summary), Some(key)) = (&mail.summary, mail.summary_key_id) {
            app.sealer.open_sealed(&aad_summary(&mail.id), key, summary)?;
        }
        let size = i64::try_from(octets.len()).map_err(Error::internal)?;
        Ok(size == mail.size && hex::encode(Sha256::digest(&*octets)) == mail.sha256)
    };
    opened().unwrap_or(false)
}

/// Removes files older than two days that no row names: a crash came between file and row, and the source brought the
/// mail again. Gives how many went.
///
/// # Errors
/// The database's.
pub fn purge_strays(app: &App) -> Result<usize> {
    let before = app.clock.now() - Duration::hours(48);
    let strays = shelf::older_than(&app.config.data, before);
    let mut gone = 0;
    for (id, key, path) in strays {
        let named = app.db.read_now(|db| store::names_file(db, &id, key))?;
        gone += usize::from(!named && std::fs::remove_file(path).is_ok());
    }
    Ok(gone)
}
