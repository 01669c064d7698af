//! `mail read`: one JSON object a line for each mail of files, folders, mboxes and Maildirs.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::intake::mail::mailbox::{self, At};
use crate::mail::reader::{self, Limits, Reading};

/// Prints a line for every mail; one that cannot be read is a line with its reason, and the rest goes on.
///
/// # Errors
/// When the lines cannot be written.
pub(super) fn run(paths: &[PathBuf]) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for path in paths {
        let done = mailbox::walk(path, &mut |at, mail| {
            let mut shown = match mail {
                Ok(mail) => object(&at, &reader::read(&mail, &Limits::default())),
                Err(why) => json!({"file": at.path.display().to_string(), "error": why.to_string()}),
            };
            if let (Some(number), Some(object)) = (at.number, shown.as_object_mut()) {
                object.insert("number".to_owned(), json!(number));
            }
            writeln!(out, "{shown}")
        });
        match done.and_then(|()| out.flush()) {
            // whoever reads has seen enough
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            other => other.map_err(Error::internal)?,
        }
    }
    Ok(())
}

/// What is printed of a mail.
fn object(at: &At<'_>, mail: &Reading) -> Value {
    let from = mail.from.as_ref().map(|f| json!({"name": f.name, "address": f.address}));
    let attachments: Vec<Value> = mail
        .attachments
        .iter()
        .map(|a| json!({"name": a.name, "type": a.declared_type, "size": a.bytes.len()}))
        .collect();
    json!({
        "file": at.path.display().to_string(),
        "from": from,
        "to": mail.to,
        "subject": mail.subject,
        "date": mail.date,
        "received_at": mail.received_at,
        "text": mail.text,
        "html_only": mail.html_only,
        "attachments": attachments,
        "machine": {
            "kind": mail.machine.kind,
            "status": mail.machine.status,
            "recipient": mail.machine.recipient,
            "hard": mail.machine.hard,
            "returned": mail.machine.returned,
            "signals": mail.machine.signals,
        },
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "protection": mail.protection,
        "declared_charset": mail.declared_charset,
        "used_charset": mail.used_charset,
        "repaired": mail.repaired,
        "warnings": mail.warnings,
        "content_hash": mail.content_hash,
    })
}
