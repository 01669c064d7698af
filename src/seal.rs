//! Personal data sealed at rest: data keys live in the database, wrapped by a key that lies outside it.
//!
//! Sealing is XChaCha20-Poly1305 (crate `chacha20poly1305`), bound to the row it was made for, so that sealed bytes
//! moved to another row do not open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::db::schema::seal_key;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};

type Key = Zeroizing<[u8; 32]>;

/// Bytes before what is sealed, and behind it.
const NONCE: usize = 24;
const TAG: usize = 16;

/// Sealed bytes and the data key they were sealed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// `seal_key.id`.
    pub key_id: i64,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

struct Keys {
    /// Outer keys, newest first: the first wraps, all unwrap.
    outer: Vec<Key>,
    data: HashMap<i64, Key>,
    current: i64,
}

/// Seals and opens. Cloning is cheap.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<RwLock<Arc<Keys>>>,
    /// Derived from the first data key, which is never thrown away: hashes made with it are stored.
    marks: Arc<Key>,
    /// Read again on every [`Sealer::refresh`]: the outer key changes while the program runs.
    file: Arc<PathBuf>,
    clock: Clock,
}

impl Sealer {
    /// Reads the outer key from `file` (making one, readable only by its owner, when there is none and the database
    /// holds no data key yet) and the data keys from the database (making the first).
    ///
    /// # Errors
    /// When the file cannot be read, or does not open the database's data keys.
    pub fn open(file: &Path, db: &mut Db, clock: &Clock) -> Result<Sealer> {
        let stored: i64 = seal_key::table.count().get_result(db)?;
        let outer = match read_outer(file) {
            Ok(keys) => keys,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && stored == 0 => {
                let key: Key = Zeroizing::new(clock.random());
                first_outer(file, &key).map_err(Error::internal)?
            }
            Err(e) => {
                return Err(Error::Internal(format!("封印の鍵 {} を読めません: {e}", file.display())));
            }
        };
        if stored == 0 {
            add_data_key(db, &outer, clock)?;
        }
        let keys = load(db, outer)?;
        let first = keys.data.keys().min().copied().unwrap_or_default();
        let marks = keys
            .data
            .get(&first)
            .map(|k| derive(k, "marks"))
            .ok_or_else(|| Error::internal("no data key"))?;
        Ok(Sealer {
            keys: Arc::new(RwLock::new(Arc::new(keys))),
            marks: Arc::new(marks),
            file: Arc::new(file.to_owned()),
            clock: clock.clone(),
        })
    }

    /// Takes up data keys that another process has added, wrapped by whatever outer keys the file holds now.
    pub fn refresh(&self, db: &mut Db) -> Result<()> {
        let outer = read_outer(&self.file).map_err(Error::internal)?;
        let keys = load(db, outer)?;
        *self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// [`Sealer::refresh`] when another process made a newer data key; says whether it did.
    pub fn take_up(&self, db: &mut Db) -> Result<bool> {
        let newest: Option<i64> = seal_key::table.select(diesel::dsl::max(seal_key::id)).first(db)?;
        if newest.is_none_or(|id| id <= self.newest()) {
            return Ok(false);
        }
        self.refresh(db)?;
        Ok(true)
    }

    fn newest(&self) -> i64 {
        self.keys().data.keys().max().copied().unwrap_or(0)
    }

    /// Seals `plain` for the place `aad` names (`party:{id}`).
    pub fn seal(&self, aad: &str, plain: &[u8]) -> Result<Sealed> {
        let keys = self.keys();
        let key = keys.data.get(&keys.current).ok_or_else(|| Error::internal("no current data key"))?;
        Ok(Sealed { key_id: keys.current, bytes: encrypt(key, aad, plain, self.clock.random())? })
    }

    /// [`Sealer::seal`] for something large: it is sealed where it lies, so that it is never in memory twice.
    pub fn seal_in_place(&self, aad: &str, mut plain: Vec<u8>) -> Result<Sealed> {
        let keys = self.keys();
        let key = keys.data.get(&keys.current).ok_or_else(|| Error::internal("no current data key"))?;
        let nonce: [u8; NONCE] = self.clock.random();
        plain.reserve_exact(NONCE + TAG);
        XChaCha20Poly1305::new((&**key).into())
            .encrypt_in_place(&XNonce::from(nonce), aad.as_bytes(), &mut plain)
            .map_err(|_| Error::internal("sealing failed"))?;
        drop(plain.splice(..0, nonce));
        Ok(Sealed { key_id: keys.current, bytes: plain })
    }

    /// [`Sealer::open_sealed`] for something large: it is opened where it lies.
    ///
    /// # Errors
    /// As for [`Sealer::open_sealed`].
    pub fn open_in_place(&self, aad: &str, key_id: i64, mut bytes: Vec<u8>) -> Result<Zeroizing<Vec<u8>>> {
        let keys = self.keys();
        let key = keys.data.get(&key_id).ok_or_else(|| unknown_key(key_id))?;
        let nonce = *bytes.first_chunk::<NONCE>().ok_or_else(broken)?;
        bytes.drain(..NONCE);
        let mut plain = Zeroizing::new(bytes);
        XChaCha20Poly1305::new((&**key).into())
            .decrypt_in_place(&XNonce::from(nonce), aad.as_bytes(), &mut *plain)
            .map_err(|_| broken())?;
        Ok(plain)
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// When the key is unknown or a byte was changed.
    pub fn open_sealed(&self, aad: &str, key_id: i64, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let keys = self.keys();
        let key = keys.data.get(&key_id).ok_or_else(|| unknown_key(key_id))?;
        decrypt(key, aad, bytes)
    }

    /// [`Sealer::open_sealed`] for whoever has the database at hand: a key that is not known yet, because another
    /// process made it a moment ago, is fetched.
    ///
    /// # Errors
    /// When there is no such key or a byte was changed.
    pub fn open_with(&self, db: &mut Db, aad: &str, key_id: i64, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        if !self.keys().data.contains_key(&key_id) {
            self.refresh(db)?;
        }
        self.open_sealed(aad, key_id, bytes)
    }

    /// A keyed hash of 32 bytes; `purpose` keeps hashes of different uses apart.
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let key = derive(&self.marks, purpose);
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*key)
            .unwrap_or_else(|_| unreachable!("any length is a key"));
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A keyed hash as text for a column: finds equal values without telling what they are.
    pub fn mark(&self, purpose: &str, normal: &str) -> String {
        URL_SAFE_NO_PAD.encode(&self.mac(purpose, &[normal.as_bytes()])[..18])
    }

    /// The data key new seals are made with.
    pub fn current_key(&self) -> i64 {
        self.keys().current
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// Adds a data key and retires the others for sealing; they still open. Run inside a write; then [`Sealer::refresh`].
pub fn rotate_data_key(db: &mut Db, sealer: &Sealer) -> Result<()> {
    let now = Instant::from(sealer.clock.now());
    diesel::update(seal_key::table.filter(seal_key::retired_at.is_null()))
        .set(seal_key::retired_at.eq(now))
        .execute(db)?;
    add_data_key(db, &sealer.keys().outer, &sealer.clock)
}

/// Puts a fresh outer key first in `file`; the older ones stay until [`forget_old_outer_keys`], so that a crash
/// between file and database loses nothing. The file is changed before the transaction that calls [`rewrap`].
pub fn add_outer_key(file: &Path, clock: &Clock) -> Result<()> {
    let mut outer = read_outer(file).map_err(Error::internal)?;
    outer.insert(0, Zeroizing::new(clock.random()));
    write_outer(file, &outer).map_err(Error::internal)
}

/// Wraps every data key by the first key of the file. Run inside a write.
pub fn rewrap(db: &mut Db, file: &Path, clock: &Clock) -> Result<()> {
    let outer = read_outer(file).map_err(Error::internal)?;
    let rows: Vec<(i64, Vec<u8>)> = seal_key::table.select((seal_key::id, seal_key::wrapped)).load(db)?;
    for (id, wrapped) in rows {
        let plain = unwrap_key(&outer, &wrapped)?;
        let again = encrypt(&outer[0], "seal_key", &*plain, clock.random())?;
        diesel::update(seal_key::table.find(id)).set(seal_key::wrapped.eq(again)).execute(db)?;
    }
    Ok(())
}

/// Leaves only the newest outer key in `file`, after the re-wrapped data keys are committed.
///
/// # Errors
/// When a data key still needs an older one; then nothing is forgotten.
pub fn forget_old_outer_keys(db: &mut Db, file: &Path) -> Result<()> {
    let mut outer = read_outer(file).map_err(Error::internal)?;
    outer.truncate(1);
    load(db, outer.clone())?;
    write_outer(file, &outer).map_err(Error::internal)
}

fn load(db: &mut Db, outer: Vec<Key>) -> Result<Keys> {
    let rows: Vec<(i64, Vec<u8>, Option<Instant>)> = seal_key::table
        .order(seal_key::id)
        .select((seal_key::id, seal_key::wrapped, seal_key::retired_at))
        .load(db)?;
    let mut data = HashMap::new();
    let mut current = 0;
    for (id, wrapped, retired_at) in rows {
        data.insert(id, unwrap_key(&outer, &wrapped)?);
        if retired_at.is_none() {
            current = id;
        }
    }
    Ok(Keys { outer, data, current })
}

fn add_data_key(db: &mut Db, outer: &[Key], clock: &Clock) -> Result<()> {
    let key: Key = Zeroizing::new(clock.random());
    let wrapped = encrypt(&outer[0], "seal_key", &*key, clock.random())?;
    diesel::insert_into(seal_key::table)
        .values((seal_key::wrapped.eq(wrapped), seal_key::created_at.eq(Instant::from(clock.now()))))
        .execute(db)?;
    Ok(())
}

fn unwrap_key(outer: &[Key], wrapped: &[u8]) -> Result<Key> {
    let plain = outer
        .iter()
        .find_map(|key| decrypt(key, "seal_key", wrapped).ok())
        .ok_or_else(|| Error::internal("封印の鍵がこのデータベースのものではありません"))?;
    let key: [u8; 32] = plain.as_slice().try_into().map_err(Error::internal)?;
    Ok(Zeroizing::new(key))
}

fn encrypt(key: &Key, aad: &str, plain: &[u8], nonce: [u8; NONCE]) -> Result<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: aad.as_bytes() })
        .map_err(|_| Error::internal("sealing failed"))?;
    Ok([&nonce[..], &sealed].concat())
}

fn decrypt(key: &Key, aad: &str, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or_else(broken)?;
    XChaCha20Poly1305::new((&**key).into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: aad.as_bytes() })
        .map(Zeroizing::new)
        .map_err(|_| broken())
}

fn broken() -> Error {
    Error::internal("封印が壊れています")
}

fn unknown_key(id: i64) -> Error {
    Error::Internal(format!("封印の鍵 {id} がありません"))
}

fn derive(key: &Key, purpose: &str) -> Key {
    let mut out = Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(None, &**key)
        .expand(purpose.as_bytes(), &mut *out)
        .unwrap_or_else(|_| unreachable!("32 bytes is a length HKDF can make"));
    out
}

/// The file holds one key a line in hexadecimal, the newest first.
fn read_outer(file: &Path) -> std::io::Result<Vec<Key>> {
    let bad = || std::io::Error::other("鍵のファイルの形が違います");
    let text = Zeroizing::new(std::fs::read_to_string(file)?);
    let mut keys = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(line, &mut *key).map_err(|_| bad())?;
        keys.push(key);
    }
    if keys.is_empty() { Err(bad()) } else { Ok(keys) }
}

/// Makes the file with its first key, and gives the keys it holds: of programs that start together, one makes it and
/// the others read what it made.
fn first_outer(file: &Path, key: &Key) -> std::io::Result<Vec<Key>> {
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    lay_down(&fresh, std::slice::from_ref(key))?;
    // a link is made whole or not at all, and never over what is there; some network disks know no links
    match std::fs::hard_link(&fresh, file) {
        Err(_) if !file.exists() => std::fs::rename(&fresh, file)?,
        _ => std::fs::remove_file(&fresh)?,
    }
    sync_folder(file)?;
    read_outer(file)
}

fn write_outer(file: &Path, keys: &[Key]) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    lay_down(&fresh, keys)?;
    std::fs::rename(&fresh, file)?;
    sync_folder(file)
}

/// Writes and syncs the keys under a name that nobody reads yet.
fn lay_down(fresh: &Path, keys: &[Key]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = fresh.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out =
        std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(fresh)?;
    for key in keys {
        writeln!(out, "{}", &*Zeroizing::new(hex::encode(**key)))?;
    }
    out.sync_all()
}

/// The new name itself must be on the disk before the database relies on it.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    match file.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
