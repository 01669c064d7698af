//! What a form sent: fields and files, either encoding, with every limit kept and nothing typed thrown away.

use std::io::Write;
use std::path::PathBuf;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::Shared;
use crate::error::{Error, Result};

/// The most bytes of text a form may carry: 100,000 characters, percent-encoded, with room to spare.
pub const TEXT_LIMIT: usize = 4 * 1024 * 1024;

/// The fields of a form, in the order they came; a name may come more than once.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a name as it was typed, or the empty string.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// The first value without surrounding blanks (full-width ones too), unless that leaves nothing.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|v| !v.is_empty())
    }

    /// Every value of a list field; `relation` and `relation[]` are the same field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(n, v)| n.strip_suffix("[]").unwrap_or(n) == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
            .collect()
    }

    /// `yes` or `no`, or neither.
    pub fn yes_no(&self, name: &str) -> Option<bool> {
        match self.text(name) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    /// Whether a box was ticked or a button of this name pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.filled(name)?.parse().ok()
    }

    /// Every pair but the given names: what a page must carry on in hidden fields.
    pub fn except<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter(move |(n, _)| !names.contains(&n.as_str()))
            .map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

/// A file that came with a form, already on the disk but belonging to nothing yet.
#[derive(Debug)]
pub struct Upload {
    /// The field it came in.
    pub field: String,
    /// The name the sender's machine gave it; never a path of ours.
    pub name: String,
    /// The type the sender's machine gave it; not to be believed.
    pub declared_type: String,
    /// Bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
    /// The first bytes, by which its type is told.
    pub head: Vec<u8>,
    /// Where it lies; removed when dropped unless it was moved away.
    pub file: TempFile,
}

/// A file in the incoming folder that goes away unless it is kept.
#[derive(Debug)]
pub struct TempFile(pub PathBuf);

impl Drop for TempFile {
    fn drop(&mut self) {
        // gone already when it was moved to its place
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A form as it arrived; CSRF is checked by whoever knows the door.
#[derive(Debug, Default)]
pub struct Form {
    /// The text fields.
    pub fields: Fields,
    /// The files, empty ones left out.
    pub uploads: Vec<Upload>,
    /// Files that were not taken, each with the reason in words for the sender.
    pub refused: Vec<String>,
}

/// Reads a form of either encoding.
///
/// # Errors
/// [`Error::TooLarge`] past [`TEXT_LIMIT`]; [`Error::BadRequest`] for anything that is no form;
/// [`Error::StorageFull`] when a file cannot be written. A single file over its limit is no error: it is left out
/// and named in [`Form::refused`], so that the text survives.
pub async fn receive(req: &HttpRequest, payload: &mut Payload) -> Result<Form> {
    let kind = req.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if kind.starts_with("multipart/form-data") {
        receive_parts(req, payload).await
    } else if kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
        let mut body = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|e| Error::BadRequest(format!("途中で通信が切れました。({e})")))?;
            if body.len() + chunk.len() > TEXT_LIMIT {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let pairs = parse_urlencoded(&body);
        Ok(Form { fields: Fields(pairs), ..Form::default() })
    } else {
        Err(Error::BadRequest(
            "送られたものの形式が分かりません。画面の入力欄からお送りください。".to_owned(),
        ))
    }
}

/// Pairs of an urlencoded body; bytes that are no UTF-8 become U+FFFD and are seen as such.
pub fn parse_urlencoded(body: &[u8]) -> Vec<(String, String)> {
    fn decode(part: &[u8]) -> String {
        let mut out = Vec::with_capacity(part.len());
        let mut i = 0;
        while i < part.len() {
            let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
            match part[i] {
                b'+' => out.push(b' '),
                b'%' => {
                    match (part.get(i + 1).copied().and_then(hex), part.get(i + 2).copied().and_then(hex)) {
                        (Some(high), Some(low)) => {
                            out.push(high * 16 + low);
                            i += 2;
                        }
                        _ => out.push(b'%'),
                    }
                }
                byte => out.push(byte),
            }
            i += 1;
        }
        String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }
    body.split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.iter().position(|b| *b == b'=') {
            Some(at) => (decode(&pair[..at]), decode(&pair[at + 1..])),
            None => (decode(pair), String::new()),
        })
        .collect()
}

fn too_large() -> Error {
    Error::TooLarge("文章が長すぎて受け取れません。いくつかに分けてお送りください。".to_owned())
}

async fn receive_parts(req: &HttpRequest, payload: &mut Payload) -> Result<Form> {
    let app = req.app_data::<Shared>().ok_or_else(|| Error::internal("no app"))?.clone();
    let lost = |e: &dyn std::fmt::Display| Error::BadRequest(format!("途中で通信が切れました。({e})"));
    let mut form = Form::default();
    let mut text = 0;
    let mut parts = Multipart::from_request(req, payload).await.map_err(|e| lost(&e))?;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|e| lost(&e))?;
        let name = part.name().unwrap_or("").to_owned();
        let file_name = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
        match file_name {
            None => {
                let mut value = Vec::new();
                while let Some(chunk) = part.next().await {
                    let chunk = chunk.map_err(|e| lost(&e))?;
                    text += chunk.len();
                    if text > TEXT_LIMIT {
                        return Err(too_large());
                    }
                    value.extend_from_slice(&chunk);
                }
                form.fields.0.push((name, String::from_utf8_lossy(&value).into_owned()));
            }
            Some(file_name) => {
                let declared_type = part.content_type().map_or_else(String::new, ToString::to_string);
                let id = app.clock.id();
                let folder = app.config.data.join("files").join("incoming");
                std::fs::create_dir_all(&folder).map_err(full)?;
                let file = TempFile(folder.join(id.to_string()));
                let mut out = std::fs::File::create(&file.0).map_err(full)?;
                let mut hash = Sha256::new();
                let mut head = Vec::new();
                let mut size = 0;
                while let Some(chunk) = part.next().await {
                    let chunk = chunk.map_err(|e| lost(&e))?;
                    size += chunk.len() as u64;
                    if size <= app.config.file_limit {
                        if head.len() < 8192 {
                            head.extend_from_slice(&chunk[..chunk.len().min(8192)]);
                        }
                        hash.update(&chunk);
                        out.write_all(&chunk).map_err(full)?;
                    }
                }
                out.sync_all().map_err(full)?;
                if size == 0 && file_name.is_empty() {
                    continue;
                }
                if size > app.config.file_limit {
                    form.refused.push(format!(
                        "「{file_name}」は大きすぎて添付できませんでした(1つ{}MBまで)。",
                        app.config.file_limit / 1024 / 1024
                    ));
                } else if size == 0 {
                    form.refused.push(format!("「{file_name}」は中身がなかったため添付できませんでした。"));
                } else if form.uploads.len() >= app.config.file_count {
                    form.refused.push(format!(
                        "「{file_name}」は添付できませんでした(全部で{}つまで)。",
                        app.config.file_count
                    ));
                } else {
                    let sha256 = hex::encode(hash.finalize());
                    form.uploads.push(Upload {
                        field: name,
                        name: file_name,
                        declared_type,
                        size,
                        sha256,
                        head,
                        file,
                    });
                }
            }
        }
    }
    Ok(form)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn full(error: std::io::Error) -> Error {
    Error::StorageFull(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_list_field_are_the_same_field() {
        let fields = Fields(parse_urlencoded(b"relation=resident&relation%5B%5D=worker&body=a+b%E5%B8%82"));
        assert_eq!(fields.all("relation"), ["resident", "worker"]);
        assert_eq!(fields.text("body"), "a b市");
    }

    #[test]
    fn broken_escapes_and_bytes_never_lose_the_rest() {
        let fields = Fields(parse_urlencoded(b"body=100%&x=%FFok&&y"));
        assert_eq!(fields.text("body"), "100%");
        assert_eq!(fields.text("x"), "\u{FFFD}ok");
        assert!(fields.has("y"));
    }
}
