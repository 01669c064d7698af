//! What paper entry needs of rooms that are being built beside it: receipts that follow from a form's number, and a
//! place for scans. The purposes and the folder are those of these rooms, so that their functions can take over.

use std::path::PathBuf;

use diesel::prelude::*;

use crate::db::schema::attachment;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::Receipt;
use crate::seal::Sealer;
use crate::text::{ReceiptCode, ReceiptSecret};
use crate::web::App;
use crate::web::form::Upload;

/// A code with its secret.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// 受付番号.
    pub code: ReceiptCode,
    /// 確認番号.
    pub secret: ReceiptSecret,
}

impl Ticket {
    /// What is stored of it.
    pub fn receipt(&self, sealer: &Sealer) -> Receipt {
        let words = format!("{}:{}", self.code.digits(), self.secret.digits());
        Receipt { code: self.code.digits(), secret_mac: sealer.mark("letter.secret", &words) }
    }
}

/// The tickets a form's number stands for, in the order they are tried: the same form shows the same receipt again.
pub fn tickets(sealer: &Sealer, number: &str) -> Vec<Ticket> {
    (0..3_u8)
        .map(|nth| {
            let mac = sealer.mac("letter.receipt", &[number.as_bytes(), &[nth]]);
            let (mut code, mut secret) = ([0; 16], [0; 16]);
            code.copy_from_slice(&mac[..16]);
            secret.copy_from_slice(&mac[16..]);
            Ticket { code: ReceiptCode::from_random(code), secret: ReceiptSecret::from_random(secret) }
        })
        .collect()
}

/// `letter.submission_key` of a form's number.
pub fn submission_key(sealer: &Sealer, number: &str) -> String {
    sealer.mark("letter.form", number)
}

/// A scan at its place on the disk, not yet in the database.
#[derive(Clone, Debug)]
pub struct PlacedScan {
    /// `attachment.id`.
    pub id: String,
    name: String,
    size: i64,
    declared_type: String,
    detected_type: &'static str,
    sha256: String,
    created_at: Instant,
}

/// Pictures and PDF: what a scanner makes and a browser shows.
fn detect(head: &[u8]) -> Option<&'static str> {
    let kind = infer::get(head)?.mime_type();
    matches!(kind, "image/jpeg" | "image/png" | "image/webp" | "image/gif" | "application/pdf")
        .then_some(kind)
}

fn path(app: &App, created_at: Instant, id: &str) -> PathBuf {
    app.config.data.join("files").join(created_at.utc().format("%y").to_string()).join(id)
}

/// Moves a scan to its place.
///
/// # Errors
/// [`Error::Refused`] for what is neither picture nor PDF by its content.
pub fn place(app: &App, upload: &Upload) -> Result<PlacedScan> {
    let detected_type = detect(&upload.head)
        .ok_or_else(|| Error::Refused("画像(JPEG・PNG・WebP・GIF)かPDFを選んでください。".to_owned()))?;
    let (id, created_at) = (app.clock.id().to_string(), Instant::from(app.clock.now()));
    let to = path(app, created_at, &id);
    let full = |e: std::io::Error| Error::StorageFull(e.to_string());
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(full)?;
        std::fs::rename(&upload.file.0, &to).map_err(full)?;
        std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(full)?;
    }
    Ok(PlacedScan {
        id,
        name: crate::text::input::single_line(&upload.name).text,
        size: i64::try_from(upload.size).unwrap_or(i64::MAX),
        declared_type: upload.declared_type.clone(),
        detected_type,
        sha256: upload.sha256.clone(),
        created_at,
    })
}

/// Adds the row of a placed scan, belonging to no letter yet.
pub fn record(db: &mut Db, scan: &PlacedScan, upload_key: &str) -> Result<()> {
    diesel::insert_into(attachment::table)
        .values((
            attachment::id.eq(&scan.id),
            attachment::upload_key.eq(upload_key),
            attachment::purpose.eq("scan"),
            attachment::state.eq("held"),
            attachment::name_original.eq(&scan.name),
            attachment::name_shown.eq(&scan.name),
            attachment::size.eq(scan.size),
            attachment::declared_type.eq(&scan.declared_type),
            attachment::detected_type.eq(scan.detected_type),
            attachment::sha256.eq(&scan.sha256),
            attachment::created_at.eq(scan.created_at),
        ))
        .execute(db)?;
    Ok(())
}

/// The bytes of a scan.
pub fn read(app: &App, scan: &super::store::Scan) -> Result<Vec<u8>> {
    std::fs::read(path(app, scan.created_at, &scan.id)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::NotFound,
        _ => Error::Unavailable(e.to_string()),
    })
}
