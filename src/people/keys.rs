//! `keys rotate`: another outer key, another data key, everything sealed anew, while the program runs.
//!
//! Every step can be the last before a crash: the key file keeps the old outer key until the data keys wrapped by the
//! new one are committed, old data keys stay in the database, and rows under them open until they are sealed anew.
//! Running it again carries on.

use std::path::Path;

use serde_json::json;

use super::store::parties::{self, Old};
use crate::clock::Clock;
use crate::db::{Db, Pool};
use crate::error::{Error, Result};
use crate::seal::{self, Sealer};
use crate::trail::{self, Act, By, Line, Subject};

/// Rows in one write: others write in between.
const BATCH: i64 = 100;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Parties sealed anew.
    pub parties: usize,
    /// Mails of the outbox.
    pub mails: usize,
    /// Second factors.
    pub factors: usize,
}

/// The sorts of sealed rows.
#[derive(Clone, Copy, Debug)]
enum Sort {
    Party,
    Mail,
    Factor,
}

impl Sort {
    fn aad(self, id: &str) -> String {
        match self {
            Sort::Party => super::party::aad(id),
            Sort::Mail => format!("outbox:{id}"),
            Sort::Factor => format!("totp:{id}"),
        }
    }

    fn old(self, db: &mut Db, current: i64) -> Result<Vec<Old>> {
        match self {
            Sort::Party => parties::old_parties(db, current, BATCH),
            Sort::Mail => parties::old_mails(db, current, BATCH),
            Sort::Factor => parties::old_factors(db, current, BATCH),
        }
    }
}

/// Rotates both kinds of key and seals everything anew. Only one may run at a time on a key file.
///
/// # Errors
/// When the file is being rotated by another process, or the disk or database refuses; running it again carries on.
pub fn rotate(pool: &Pool, sealer: &Sealer, clock: &Clock, file: &Path) -> Result<Rotated> {
    let lock = std::fs::File::create(file.with_extension("lock")).map_err(Error::internal)?;
    lock.try_lock().map_err(|_| Error::Refused("ほかの鍵の交換が動いています。".to_owned()))?;
    rotate_outer(pool, sealer, clock, file)?;
    let rotating = sealer.clone();
    pool.write_now(move |db| seal::rotate_data_key(db, &rotating))?;
    pool.read_now(|db| sealer.refresh(db))?;
    let done = reseal(pool, sealer)?;
    let now = clock.now();
    pool.write_now(move |db| {
        let line = Line::new(Act::KeysRotated, Subject::System, "seal")
            .with(json!({"parties": done.parties, "mails": done.mails, "factors": done.factors}));
        trail::record(db, &By::shell(), now, &line)
    })?;
    Ok(done)
}

/// Takes up the data key that a rotation in another process made, and seals anew what this one sealed with the retired
/// key meanwhile; says whether there was one. Cheap when there is none.
///
/// # Errors
/// As for [`rotate`].
pub fn take_up(pool: &Pool, sealer: &Sealer) -> Result<bool> {
    if !pool.read_now(|db| sealer.take_up(db))? {
        return Ok(false);
    }
    reseal(pool, sealer)?;
    Ok(true)
}

/// The outer key: file first, then the database, then the file without the old key.
fn rotate_outer(pool: &Pool, sealer: &Sealer, clock: &Clock, file: &Path) -> Result<()> {
    seal::add_outer_key(file, clock)?;
    let (path, clock) = (file.to_owned(), clock.clone());
    pool.write_now(move |db| seal::rewrap(db, &path, &clock))?;
    pool.read_now(|db| seal::forget_old_outer_keys(db, file))?;
    pool.read_now(|db| sealer.refresh(db))
}

/// Seals everything under older data keys anew, a small batch a write. Rows sealed with an old key by a program that
/// has not taken up the new one are found by the next run.
pub fn reseal(pool: &Pool, sealer: &Sealer) -> Result<Rotated> {
    Ok(Rotated {
        parties: reseal_sort(pool, sealer, Sort::Party)?,
        mails: reseal_sort(pool, sealer, Sort::Mail)?,
        factors: reseal_sort(pool, sealer, Sort::Factor)?,
    })
}

fn reseal_sort(pool: &Pool, sealer: &Sealer, sort: Sort) -> Result<usize> {
    let mut all = 0;
    loop {
        let old = pool.read_now(|db| sort.old(db, sealer.current_key()))?;
        if old.is_empty() {
            return Ok(all);
        }
        let mut batch = Vec::with_capacity(old.len());
        for (id, key_id, bytes) in old {
            let aad = sort.aad(&id);
            let plain = sealer.open_sealed(&aad, key_id, &bytes)?;
            batch.push((id, bytes, sealer.seal(&aad, &plain)?));
        }
        // a row that somebody changed meanwhile was sealed anew by that; it is looked at again
        all += pool.write_now(move |db| {
            let mut done = 0;
            for (id, bytes, fresh) in &batch {
                done += match sort {
                    Sort::Party => parties::reseal_party(db, id, bytes, fresh.key_id, &fresh.bytes)?,
                    Sort::Mail => parties::reseal_mail(db, id, bytes, fresh.key_id, &fresh.bytes)?,
                    Sort::Factor => {
                        let id = id.parse().map_err(Error::internal)?;
                        parties::reseal_factor(db, id, bytes, fresh.key_id, &fresh.bytes)?
                    }
                };
            }
            Ok(done)
        })?;
    }
}
