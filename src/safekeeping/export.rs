//! Everything as plain text and files, for moving house: a line of JSON a row, a file a table.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use super::backup::{KEPT_FOLDERS, disk, private_file, shelf_name, write_private};
use super::store;
use super::verify::stored_files;
use crate::error::{Error, Result};
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;
use crate::{intake, mail, people};

/// Rows read in one go.
const BATCH: i64 = 1000;

/// What an export wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Tables, a `.jsonl` file each.
    pub tables: usize,
    /// Rows in all of them.
    pub rows: usize,
    /// Stored files.
    pub files: usize,
    /// Senders and mails whose seal was opened.
    pub opened: usize,
}

/// Writes every table and every stored file into a folder that is empty or not there. What is sealed stays sealed
/// (in hexadecimal) unless `with_parties`, which writes it open into `*_opened.jsonl`. Sessions are left out: they
/// are of no use elsewhere.
///
/// # Errors
/// [`Error::Refused`] when the folder holds anything.
pub fn export_full(app: &App, folder: &Path, with_parties: bool) -> Result<Exported> {
    empty_folder(folder)?;
    // written down before the first name leaves the house
    let now = app.clock.now();
    let line = Line::new(Act::Exported, Subject::System, "export")
        .with(json!({ "full": true, "with_parties": with_parties }));
    app.db.write_now(move |db| trail::record(db, &By::shell(), now, &line))?;
    let mut done = Exported::default();
    for (table, columns) in app.db.read_now(store::tables)? {
        if table == "staff_session" {
            continue;
        }
        let mut out = BufWriter::new(private_file(&folder.join(format!("{table}.jsonl")))?);
        let mut offset = 0;
        loop {
            let rows = app.db.read_now(|db| store::rows_as_json(db, &table, &columns, offset, BATCH))?;
            if rows.is_empty() {
                break;
            }
            offset += BATCH;
            done.rows += rows.len();
            for row in rows {
                writeln!(out, "{row}").map_err(disk)?;
            }
        }
        out.into_inner().map_err(|e| disk(e.into_error()))?.sync_all().map_err(disk)?;
        done.tables += 1;
    }
    let folders = KEPT_FOLDERS.map(|name| app.config.data.join(name));
    for path in folders.iter().flat_map(|folder| stored_files(folder).into_values()) {
        let Some(name) = shelf_name(&path) else { continue };
        let to = folder.join(name);
        if let Some(shelf) = to.parent() {
            fs::create_dir_all(shelf).map_err(disk)?;
        }
        fs::copy(&path, &to).map_err(disk)?;
        done.files += 1;
    }
    if with_parties {
        done.opened = open_seals(app, folder)?;
    }
    Ok(done)
}

/// Makes the folder an export goes into, if it is not there.
///
/// # Errors
/// [`Error::Refused`] when it holds anything.
pub(super) fn empty_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(disk)?;
    if fs::read_dir(folder).map_err(disk)?.next().is_some() {
        return Err(Error::Refused(format!("{} は空ではありません。", folder.display())));
    }
    Ok(())
}

fn open_seals(app: &App, folder: &Path) -> Result<usize> {
    let mut opened = 0;
    let mut last = String::new();
    let mut text = Vec::new();
    loop {
        let rows = app.db.read_now(|db| store::parties_after(db, &last, BATCH))?;
        let Some((end, ..)) = rows.last() else { break };
        last.clone_from(end);
        for (id, key, bytes) in rows {
            let details = people::party::open(&app.sealer, &id, key, &bytes)?;
            writeln!(text, "{}", json!({ "id": id, "details": details })).map_err(disk)?;
            opened += 1;
        }
    }
    write_private(&folder.join("party_opened.jsonl"), &text)?;
    text.clear();
    last.clear();
    loop {
        let rows = app.db.read_now(|db| store::mails_after(db, &last, BATCH))?;
        let Some((end, ..)) = rows.last() else { break };
        last.clone_from(end);
        for (id, key, bytes) in rows {
            let form = mail::open(&app.sealer, &id, key, &bytes)?;
            writeln!(text, "{}", json!({ "id": id, "mail": form })).map_err(disk)?;
            opened += 1;
        }
    }
    write_private(&folder.join("outbox_opened.jsonl"), &text)?;
    let mails = folder.join("incoming_opened");
    fs::create_dir_all(&mails).map_err(disk)?;
    opened += intake::mail::each_original(app, |id, octets| {
        write_private(&mails.join(format!("{id}.eml")), octets)
    })?;
    Ok(opened)
}
