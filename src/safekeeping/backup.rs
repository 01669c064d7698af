//! One file that holds everything but the key, and the way back from it.
//!
//! The file is a tar archive: `manifest.json`, then the database (a consistent copy made while the program runs), then
//! the stored files. The key that opens personal data is left out on purpose: whoever finds a backup finds no names.

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use serde::{Deserialize, Serialize};

use super::verify::{Report, hash_of, stored_files, verify};
use super::{catch_up, store};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::intake;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the archive.
    pub format: u32,
    /// The program that wrote it.
    pub program: String,
    /// When it was begun, UTC.
    pub made_at: String,
    /// Everything in it.
    pub parts: Vec<Part>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `database.sqlite`, `database.pgdump` or `files/…`, `mail/…`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Folders below the data folder that hold what rows name.
pub(super) const KEPT_FOLDERS: [&str; 2] = ["files", intake::mail::shelf::FOLDER];

const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const SQLITE: &str = "database.sqlite";
const POSTGRES: &str = "database.pgdump";

/// Writes a backup while the program may be running.
///
/// # Errors
/// [`Error::Refused`] when the file is there already or `pg_dump` is missing; [`Error::StorageFull`] and others with
/// nothing left at the place.
pub fn backup(app: &App, file: &Path) -> Result<Manifest> {
    if file.exists() {
        return Err(Error::Refused(format!("{} はすでにあります。別の名前にしてください。", file.display())));
    }
    let now = app.clock.now();
    let line = Line::new(Act::BackedUp, Subject::System, "backup");
    app.db.write_now(move |db| trail::record(db, &By::shell(), now, &line))?;
    catch_up(app)?;
    let workshop = Workshop::beside(file)?;
    let url = app.db.url();
    let (name, copy) = match sqlite_file(url) {
        Some(_) => (SQLITE, workshop.0.join(SQLITE)),
        None => (POSTGRES, workshop.0.join(POSTGRES)),
    };
    copy_database(url, &copy)?;
    // files are written once and before the rows that name them: what the copied rows name is all here
    let mut parts = vec![(name.to_owned(), copy)];
    let mut files: Vec<(String, PathBuf)> = KEPT_FOLDERS
        .iter()
        .flat_map(|folder| stored_files(&app.config.data.join(folder)).into_values())
        .filter_map(|path| Some((shelf_name(&path)?, path)))
        .collect();
    files.sort();
    parts.extend(files);
    let mut manifest = Manifest {
        format: FORMAT,
        program: format!("hirokiku {}", env!("CARGO_PKG_VERSION")),
        made_at: now.to_rfc3339(),
        parts: Vec::with_capacity(parts.len()),
    };
    for (name, path) in &parts {
        let (size, sha256) = hash_of(path).map_err(disk)?;
        manifest.parts.push(Part { path: name.clone(), size, sha256 });
    }
    let whole = workshop.0.join("whole.tar");
    let mut archive = tar::Builder::new(private_file(&whole)?);
    let told = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(told.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, told.as_slice()).map_err(disk)?;
    for (name, path) in &parts {
        archive.append_file(name, &mut File::open(path).map_err(disk)?).map_err(disk)?;
    }
    archive.into_inner().and_then(|out| out.sync_all()).map_err(disk)?;
    fs::rename(&whole, file).map_err(disk)?;
    Ok(manifest)
}

/// Puts a backup back into an empty place, and proves the place by [`verify`].
///
/// # Errors
/// [`Error::Refused`] when the place is not empty, the key is not there yet, or the file is not a whole backup. What
/// [`verify`] finds is in the report.
pub fn restore(config: Config, clock: Clock, file: &Path) -> Result<Report> {
    let url = config.database_url();
    if !config.seal_key_path().is_file() {
        return Err(Error::Refused(format!(
            "先に、個人情報の鍵を {} に置いてください。鍵は控えに入っていません。",
            config.seal_key_path().display()
        )));
    }
    let files = config.data.join("files");
    let taken = match sqlite_file(&url) {
        Some(database) => Path::new(database).exists(),
        None => !store::tables(&mut Db::open(&url)?)?.is_empty(),
    };
    let folders = KEPT_FOLDERS.map(|folder| config.data.join(folder));
    if taken || folders.iter().any(|folder| !stored_files(folder).is_empty()) {
        return Err(Error::Refused(
            "戻す先にはすでにデータがあります。空のデータフォルダーとデータベースに戻してください。"
                .to_owned(),
        ));
    }
    fs::create_dir_all(&files).map_err(disk)?;
    let workshop = Workshop::beside(&config.data.join("restore"))?;
    let manifest = unpack(file, &workshop.0)?;
    for part in &manifest.parts {
        let from = workshop.0.join(&part.path);
        match (part.path.as_str(), sqlite_file(&url)) {
            (SQLITE, Some(database)) => fs::rename(&from, database).map_err(disk)?,
            (POSTGRES, None) => run_postgres("pg_restore", &url, &["--no-owner", "--exit-on-error"], &from)?,
            (SQLITE | POSTGRES, _) => {
                return Err(Error::Refused(
                    "控えと設定とで、データベースの種類(SQLite、PostgreSQL)が違います。".to_owned(),
                ));
            }
            (name, _) => {
                let to = config.data.join(name);
                if let Some(shelf) = to.parent() {
                    fs::create_dir_all(shelf).map_err(disk)?;
                }
                fs::rename(&from, &to).map_err(disk)?;
            }
        }
    }
    let app = App::open(config, clock)?;
    let report = verify(&app);
    if report.faults.is_empty() {
        let (now, line) = (app.clock.now(), Line::new(Act::Restored, Subject::System, "backup"));
        app.db.write_now(move |db| trail::record(db, &By::shell(), now, &line))?;
        catch_up(&app)?;
    }
    Ok(report)
}

/// Unpacks what the manifest names, and nothing else, and compares every byte.
fn unpack(file: &Path, into: &Path) -> Result<Manifest> {
    let broken = |what: &str| Error::Refused(format!("{} は控えとして読めません: {what}", file.display()));
    let opened = File::open(file).map_err(|e| broken(&e.to_string()))?;
    let mut archive = tar::Archive::new(BufReader::new(opened));
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries().map_err(|e| broken(&e.to_string()))? {
        let mut entry = entry.map_err(|e| broken(&e.to_string()))?;
        let path = entry.path().map_err(|e| broken(&e.to_string()))?.into_owned();
        let Some(told) = &manifest else {
            if path != Path::new(MANIFEST) {
                return Err(broken("目録がありません"));
            }
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(|e| broken(&e.to_string()))?;
            manifest = Some(serde_json::from_str(&text).map_err(|e| broken(&e.to_string()))?);
            continue;
        };
        let named = told.parts.iter().any(|p| Path::new(&p.path) == path);
        let plain = path.components().all(|c| matches!(c, Component::Normal(_)));
        if !named || !plain || !entry.header().entry_type().is_file() {
            return Err(broken("目録にないものが入っています"));
        }
        let to = into.join(&path);
        if let Some(shelf) = to.parent() {
            fs::create_dir_all(shelf).map_err(disk)?;
        }
        let mut out = private_file(&to)?;
        std::io::copy(&mut entry, &mut out).map_err(disk)?;
        out.sync_all().map_err(disk)?;
    }
    let manifest = manifest.ok_or_else(|| broken("空です"))?;
    if manifest.format != FORMAT {
        return Err(broken("この版のプログラムでは読めない形式です"));
    }
    for part in &manifest.parts {
        match hash_of(&into.join(&part.path)) {
            Ok((size, hash)) if size == part.size && hash == part.sha256 => {}
            Ok(_) => return Err(broken(&format!("{} が目録と違います", part.path))),
            Err(_) => return Err(broken(&format!("{} がありません", part.path))),
        }
    }
    Ok(manifest)
}

/// The path of a SQLite address; none for PostgreSQL.
fn sqlite_file(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite:")
}

fn copy_database(url: &str, to: &Path) -> Result<()> {
    if sqlite_file(url).is_none() {
        return run_postgres("pg_dump", url, &["--format=custom", "--no-owner", "--file"], to);
    }
    let place = to.to_str().ok_or_else(|| Error::Refused("控えの場所の名前が読めません。".to_owned()))?;
    // one read transaction of SQLite's own: consistent, whatever is written meanwhile
    let sql = format!("VACUUM INTO '{}'", place.replace('\'', "''"));
    Ok(Db::open(url)?.batch_execute(&sql)?)
}

/// Runs one of PostgreSQL's own tools; the password goes by the environment, where other users cannot see it.
fn run_postgres(tool: &str, url: &str, arguments: &[&str], file: &Path) -> Result<()> {
    let (address, password) = without_password(url);
    let mut command = Command::new(tool);
    command.args(arguments).arg(file).arg("--dbname").arg(address);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(Error::Internal(format!("{tool}: {}", String::from_utf8_lossy(&done.stderr).trim()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::Refused(format!(
            "{tool} が見つかりません。PostgreSQL の控えには、同じ版の postgresql-client が要ります。"
        ))),
        Err(e) => Err(Error::internal(e)),
    }
}

fn without_password(url: &str) -> (String, Option<String>) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (login, place) = rest.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        Some((format!("{scheme}://{user}@{place}"), password.to_owned()))
    });
    parts.map_or_else(|| (url.to_owned(), None), |(address, password)| (address, Some(password)))
}

/// `files/{shelf}/{id}` of a stored file.
pub(super) fn shelf_name(path: &Path) -> Option<String> {
    let shelf = path.parent()?.file_name()?.to_str()?;
    let folder = path.parent()?.parent()?.file_name()?.to_str()?;
    Some(format!("{folder}/{shelf}/{}", path.file_name()?.to_str()?))
}

/// A new file that only its owner reads.
pub(super) fn private_file(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(disk)
}

/// Writes a private file to its end.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut out = private_file(path)?;
    out.write_all(bytes).and_then(|()| out.sync_all()).map_err(disk)
}

pub(super) fn disk(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::StorageFull(error.to_string()),
        _ => Error::internal(error),
    }
}

/// A folder beside the place where the result is to be, gone when done.
struct Workshop(PathBuf);

impl Workshop {
    fn beside(place: &Path) -> Result<Workshop> {
        use std::os::unix::fs::DirBuilderExt;
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let folder = place.with_file_name(name);
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => Ok(Workshop(folder)),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Err(Error::Refused(format!(
                "{} があります。前の控えが途中で止まったときは、消してからやり直してください。",
                folder.display()
            ))),
            Err(e) => Err(disk(e)),
        }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // what cannot be removed is only in the way
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_what_other_users_can_see() {
        let (address, password) =
            without_password("postgres://koe:himitsu@127.0.0.1:5432/hirokiku?sslmode=disable");
        assert_eq!(address, "postgres://koe@127.0.0.1:5432/hirokiku?sslmode=disable");
        assert_eq!(password.as_deref(), Some("himitsu"));
        assert_eq!(without_password("postgres://127.0.0.1/x"), ("postgres://127.0.0.1/x".to_owned(), None));
    }
}
