//! Mail coming in. The octets are on the disk, sealed, before anything is understood of them; then each mail becomes
//! exactly one thing: a letter, part of one, an opinion on a consultation, a bounce, an automatic mail, a duplicate, spam,
//! or a question to a person.

pub mod incoming;
mod opinions;
mod placing;
mod process;
pub mod shelf;
pub mod store;
mod threading;
mod trust;
mod understand;

pub mod commands;
pub mod desk;
mod keeping;
pub mod mailbox;
mod sums;

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

pub use incoming::{Envelope, Flag, Kept, Place, Raw, Reason, Source, Standing, State};
pub use keeping::{check, each_original, purge_strays, reseal};
pub use process::{Counts, TIME_LIMIT, process};
pub use sums::{Day, sums, totals};
pub use understand::Summary;

use crate::calendar;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::seal::{Sealed, Sealer};
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// Mails up to this size, in bytes, lie in their row; larger ones in a file beside the database.
pub const IN_ROW: usize = 256 * 1024;

/// Keeps mails exactly as they came: sealed, committed and synced, all in one write, before this returns. Nothing is
/// read of them, so nothing in them can keep them from being kept. A mail from a place of a mailbox that was kept
/// before is not kept twice, nor is one that an import brings and the house has to the octet. For a thread that may wait; the answers stand in the order of the mails.
///
/// # Errors
/// [`Error::StorageFull`], [`Error::Unavailable`] and others: none of the mails is kept, the source must offer them
/// again.
pub fn keep(app: &App, raws: Vec<Raw>) -> Result<Vec<Kept>> {
    let mut rows = Vec::with_capacity(raws.len());
    for raw in raws {
        rows.push(prepare(app, raw)?);
    }
    let files: Vec<_> = rows.iter().map(|row| row.file.clone()).collect();
    let done =
        app.db.write_now(move |db| rows.iter().map(|row| keep_one(db, row)).collect::<Result<Vec<_>>>());
    for (n, file) in files.iter().enumerate() {
        let needed = done.as_ref().is_ok_and(|kept| kept.get(n).is_some_and(|k| !k.known));
        if let (false, Some(file)) = (needed, file) {
            shelf::remove(file);
        }
    }
    done
}

fn keep_one(db: &mut Db, row: &store::NewRow) -> Result<Kept> {
    if let Some(place) = &row.place
        && let Some(id) = store::at_place(db, &row.account, place)?
    {
        return Ok(Kept { id, known: true });
    }
    if row.source == Source::Import
        && let Some(id) = store::same_octets(db, &row.sha256)?
    {
        return Ok(Kept { id, known: true });
    }
    store::insert(db, row)?;
    Ok(Kept { id: row.id.clone(), known: false })
}

fn prepare(app: &App, mut raw: Raw) -> Result<store::NewRow> {
    let id = app.clock.id().to_string();
    // a mailbox's word on the time is believed only for the past
    raw.received_at = raw.received_at.min(app.clock.now());
    let (size, sha256) = (raw.octets.len(), hex::encode(Sha256::digest(&raw.octets)));
    // where it lies, so that a large mail is in memory once
    let sealed = app.sealer.seal_in_place(&aad(&id), std::mem::take(&mut raw.octets))?;
    let envelope = seal_envelope(&app.sealer, &id, &raw.envelope)?;
    if envelope.key_id != sealed.key_id {
        return Err(Error::Unavailable("the keys are being changed".to_owned()));
    }
    let (bytes, file) = if size <= IN_ROW {
        (Some(sealed.bytes), None)
    } else {
        let at = shelf::path(&app.config.data, raw.received_at, &id, sealed.key_id);
        shelf::put(&at, &sealed.bytes)?;
        (None, Some(at))
    };
    Ok(store::NewRow {
        id,
        source: raw.source,
        account: raw.account,
        received_at: raw.received_at.into(),
        received_on: calendar::tokyo_day(raw.received_at),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        sha256,
        envelope: envelope.bytes,
        raw: bytes,
        seal_key_id: sealed.key_id,
        file,
        place: raw.place,
    })
}

/// Sets a waiting mail aside for a person.
fn set_aside(db: &mut Db, id: &str, now: DateTime<Utc>, reason: Reason) -> Result<Option<State>> {
    if !store::set_aside(db, id, now.into(), reason)? {
        return Ok(None);
    }
    let line = Line::new(Act::IncomingPlaced, Subject::Incoming, id)
        .with(json!({ "state": State::Exception, "reason": reason }));
    trail::record(db, &By::system(), now, &line)?;
    Ok(Some(State::Exception))
}

fn seal_envelope(sealer: &Sealer, id: &str, envelope: &Envelope) -> Result<Sealed> {
    let mut plain = serde_json::to_vec(envelope).map_err(Error::internal)?;
    let sealed = sealer.seal(&aad_envelope(id), &plain)?;
    plain.zeroize();
    Ok(sealed)
}

fn aad(id: &str) -> String {
    format!("incoming:{id}")
}

fn aad_envelope(id: &str) -> String {
    format!("incoming.envelope:{id}")
}

fn aad_summary(id: &str) -> String {
    format!("incoming.summary:{id}")
}
