//! What a mail holds: its text, its files, the reports and nested mails in it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::charset::Charset;
use super::nested::{enclosing, nested_words, subjects};
use super::params::Field;
use super::reading::{Enclosure, Limits, Protection, Repair, Warning};
use super::structure::{Outline, Part, outline};
use super::text::{self, Role};
use super::{address, fields, html, smime, tnef, transfer, words};
use crate::text::file_name;

/// What was gathered.
#[derive(Default)]
pub(super) struct Contents {
    /// Text parts, in their order.
    pub texts: Vec<String>,
    /// Texts of nested messages.
    pub nested_texts: Vec<String>,
    /// The first page of HTML.
    pub html: Option<String>,
    /// Whether a text came from a plain part.
    pub plain: bool,
    /// The files.
    pub files: Vec<Enclosure>,
    /// Signed or encrypted.
    pub protection: Protection,
    /// The set the first text declares and the one it was read in.
    pub charsets: Option<(Option<String>, String)>,
    /// Content of the delivery report.
    pub delivery: Option<String>,
    /// Whether a report says that a mail was read.
    pub read_report: bool,
    /// Message-ID of the first nested message or copied header.
    pub returned: Option<String>,
    /// What was mended.
    pub repaired: Vec<Repair>,
    /// What staff should know.
    pub warnings: Vec<Warning>,
    /// Over what relays do not change.
    pub hash: Sha256,
    text_bytes: usize,
}

/// How often something opaque may hold something opaque.
const DEEPEST: usize = 3;

/// Gathers what the outline holds.
pub(super) fn gather(first: &Outline<'_>, others: &[Charset], limits: &Limits) -> Contents {
    let mut out = Contents::default();
    let mut opaque = out.take(first, others, limits);
    for _ in 1..DEEPEST {
        let mut deeper = Vec::new();
        for octets in std::mem::take(&mut opaque) {
            let inner = outline(&octets, limits);
            deeper.extend(out.take(&inner, others, limits));
        }
        opaque = deeper;
    }
    out
}

impl Contents {
    /// Takes in one outline; content that opens into an outline of its own comes back.
    fn take(&mut self, outline: &Outline<'_>, others: &[Charset], limits: &Limits) -> Vec<Vec<u8>> {
        let roles = text::roles(outline);
        let subjects = subjects(outline, others);
        let mut opaque = Vec::new();
        for repair in &outline.repaired {
            self.mended(*repair);
        }
        if outline.cut {
            self.warn(Warning::CutOff);
        }
        for (n, part) in outline.parts.iter().enumerate() {
            self.protected(part);
            if roles[n] == Role::Frame {
                continue;
            }
            let octets: Cow<'_, [u8]> = if part.is_message() || part.encoding == transfer::Encoding::Identity
            {
                let plain = part.is_message() && part.encoding != transfer::Encoding::Identity;
                if plain { Cow::Owned(self.decoded(part)) } else { Cow::Borrowed(part.body) }
            } else {
                Cow::Owned(self.decoded(part))
            };
            // a nested message's parts are counted one by one
            if !part.is_message() {
                self.count(part, &octets);
            }
            let of = enclosing(outline, n).and_then(|m| subjects[m].clone());
            match roles[n] {
                Role::Text | Role::Twin => {
                    self.read_text(part, &octets, roles[n], of.as_deref(), others, limits);
                }
                _ => opaque.extend(self.file(outline, n, octets, of, &subjects, others, limits)),
            }
        }
        opaque
    }

    fn decoded(&mut self, part: &Part<'_>) -> Vec<u8> {
        let (octets, damaged) = transfer::decode(part.body, part.encoding);
        if damaged {
            self.mended(Repair::Transfer);
        }
        octets
    }

    fn mended(&mut self, repair: Repair) {
        if !self.repaired.contains(&repair) {
            self.repaired.push(repair);
        }
    }

    fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Adds a leaf to the hash. Relays change transfer encodings, line ends and blanks at line ends.
    fn count(&mut self, part: &Part<'_>, octets: &[u8]) {
        self.hash.update(part.kind().as_bytes());
        self.hash.update([0]);
        if part.kind().starts_with("text/") {
            for line in octets.split(|o| *o == b'\n') {
                let line = line.trim_ascii_end();
                if !line.is_empty() {
                    self.hash.update(line);
                    self.hash.update(b"\n");
                }
            }
        } else {
            self.hash.update(octets);
        }
        self.hash.update([0]);
    }

    fn protected(&mut self, part: &Part<'_>) {
        let signed = part.kind() == "multipart/signed";
        let encrypted = part.kind() == "multipart/encrypted";
        if part.message == 0 && (encrypted || (signed && self.protection == Protection::None)) {
            self.protection = if encrypted { Protection::Encrypted } else { Protection::Signed };
        }
    }

    fn read_text(
        &mut self,
        part: &Part<'_>,
        octets: &[u8],
        role: Role,
        of: Option<&str>,
        others: &[Charset],
        limits: &Limits,
    ) {
        let left = limits.text_bytes.saturating_sub(self.text_bytes);
        if octets.len() > left {
            self.warn(Warning::CutOff);
        }
        let body = text::body(part, octets, others, left);
        self.text_bytes += octets.len().min(left);
        if part.message == 0 {
            for warning in body.warnings {
                self.warn(warning);
            }
            for repair in body.repaired {
                self.mended(repair);
            }
            if self.html.is_none() {
                self.html.clone_from(&body.html);
            }
        }
        for file in body.files {
            let name_original = words::decode(&file.name, others).text;
            let name = self.named(&name_original, "application/octet-stream");
            self.keep(
                Enclosure {
                    name,
                    name_original,
                    declared_type: "application/octet-stream".to_owned(),
                    bytes: file.octets,
                    of: of.map(str::to_owned),
                    ..Enclosure::default()
                },
                limits,
            );
        }
        if role == Role::Twin || body.text.trim().is_empty() {
            return;
        }
        if part.message > 0 {
            self.nested_texts.push(body.text);
            return;
        }
        if self.charsets.is_none() {
            self.charsets = Some((body.declared, body.used));
        }
        self.plain |= body.html.is_none();
        self.inline_pgp(&body.text);
        self.texts.push(body.text);
    }

    fn inline_pgp(&mut self, text: &str) {
        let start = text.trim_start();
        if start.starts_with("-----BEGIN PGP MESSAGE-----") {
            self.protection = Protection::Encrypted;
        } else if start.starts_with("-----BEGIN PGP SIGNED MESSAGE-----") {
            self.protection = Protection::Signed;
        }
    }

    /// Takes in a part that is not text. What it wraps comes back to be read in its turn.
    #[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing")]
    fn file(
        &mut self,
        outline: &Outline<'_>,
        n: usize,
        octets: Cow<'_, [u8]>,
        of: Option<String>,
        subjects: &[Option<String>],
        others: &[Charset],
        limits: &Limits,
    ) -> Option<Vec<u8>> {
        let part = &outline.parts[n];
        let (name, repair) = given_name(&part.disposition, &part.content, others).unwrap_or_default();
        if let Some(repair) = repair {
            self.mended(repair);
        }
        let mut words = String::new();
        match part.kind() {
            "message/delivery-status" | "message/global-delivery-status" if self.delivery.is_none() => {
                self.delivery = Some(String::from_utf8_lossy(&octets).replace("\r\n", "\n"));
            }
            "message/disposition-notification" => self.read_report = true,
            "text/rfc822-headers" | "message/rfc822-headers" if self.returned.is_none() => {
                let head = fields::head(&octets, true, limits);
                self.returned = head.first("Message-ID").and_then(|v| address::ids(v).into_iter().next());
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" if part.message == 0 => {
                let inner = smime::content(&octets);
                let signed = inner.is_some()
                    || part.content.plain("smime-type").is_some_and(|t| t.starts_with("signed"));
                self.protection = if signed { Protection::Signed } else { Protection::Encrypted };
                if inner.is_some() {
                    return inner;
                }
            }
            _ if is_tnef(part, &name, &octets) && self.unwrapped(&octets, of.as_deref(), limits) => {
                return None;
            }
            _ if part.is_message() => {
                let subject = subjects[n].clone().unwrap_or_default();
                words = subject.clone();
                let root = outline.parts.get(n + 1).filter(|p| p.parent == Some(n));
                let id = root
                    .and_then(|p| p.head.first("Message-ID"))
                    .and_then(|v| address::ids(v).into_iter().next());
                self.returned = self.returned.take().or(id);
                // deeper ones are inside the bytes of this one; their files are listed all the same
                if part.message > 1 {
                    return None;
                }
                let name = if name.is_empty() && !subject.is_empty() {
                    format!("{}.eml", subject.replace(['/', '\\'], "_"))
                } else {
                    name
                };
                let texts = nested_words(outline, n, others);
                words.push('\n');
                words.push_str(&texts);
                self.enclose(part, name, octets.into_owned(), of, words, limits);
                return None;
            }
            _ => {}
        }
        self.enclose(part, name, octets.into_owned(), of, words, limits);
        None
    }

    fn enclose(
        &mut self,
        part: &Part<'_>,
        name: String,
        bytes: Vec<u8>,
        of: Option<String>,
        words: String,
        limits: &Limits,
    ) {
        let content_id = part.head.first("Content-ID").and_then(|v| address::ids(v).into_iter().next());
        let shown = self.named(&name, part.kind());
        let inline = part.disposition.word != "attachment"
            && (content_id.is_some() || part.disposition.word == "inline");
        let declared_type = part.kind().to_owned();
        self.keep(
            Enclosure {
                name: shown,
                name_original: name,
                declared_type,
                bytes,
                content_id,
                inline,
                of,
                words,
            },
            limits,
        );
    }

    fn keep(&mut self, file: Enclosure, limits: &Limits) {
        if self.files.len() < limits.attachments {
            self.files.push(file);
        } else {
            self.warn(Warning::CutOff);
        }
    }

    /// A name to show for a file, made up where none was given.
    fn named(&mut self, given: &str, kind: &str) -> String {
        let shown = file_name::shown(given);
        if shown.disguised {
            self.warn(Warning::DisguisedName);
        }
        if !shown.name.is_empty() {
            return shown.name;
        }
        let extension = match kind {
            "image/jpeg" | "image/jpg" => "jpg",
            "image/png" => "png",
            "image/gif" => "gif",
            "application/pdf" => "pdf",
            "text/plain" => "txt",
            "text/html" => "html",
            "text/calendar" => "ics",
            "text/csv" => "csv",
            "message/rfc822" => "eml",
            "application/pgp-signature" => "asc",
            "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
            kind if kind.starts_with("message/") || kind.starts_with("text/") => "txt",
            _ => "bin",
        };
        format!("添付{}.{extension}", self.files.len() + 1)
    }

    /// Unpacks a winmail.dat; whether it could be.
    fn unwrapped(&mut self, octets: &[u8], of: Option<&str>, limits: &Limits) -> bool {
        let Some(inner) = tnef::unwrap(octets) else {
            self.warn(Warning::TnefBroken);
            return false;
        };
        self.warn(if inner.broken { Warning::TnefBroken } else { Warning::Tnef });
        let said = self.texts.iter().any(|t| !t.trim().is_empty());
        let most = limits.text_bytes;
        if !said && !inner.text.trim().is_empty() {
            self.plain = true;
            self.texts.push(inner.text.replace("\r\n", "\n").chars().take(most).collect());
        } else if !said && let Some(page) = &inner.html {
            self.texts.push(html::text(text::beginning(page, most)));
        }
        if self.html.is_none() {
            self.html = inner.html;
        }
        for file in inner.files {
            let name = self.named(&file.name, file.kind.as_deref().unwrap_or_default());
            self.keep(
                Enclosure {
                    name,
                    name_original: file.name,
                    declared_type: file.kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
                    bytes: file.octets,
                    inline: file.content_id.is_some(),
                    content_id: file.content_id,
                    of: of.map(str::to_owned),
                    words: String::new(),
                },
                limits,
            );
        }
        !inner.broken
    }
}

fn is_tnef(part: &Part<'_>, name: &str, octets: &[u8]) -> bool {
    matches!(part.kind(), "application/ms-tnef" | "application/vnd.ms-tnef")
        || (name.eq_ignore_ascii_case("winmail.dat") && octets.starts_with(&[0x78, 0x9F, 0x3E, 0x22]))
}

fn given_name(disposition: &Field, content: &Field, others: &[Charset]) -> Option<(String, Option<Repair>)> {
    let said = |n: &(String, Option<Repair>)| !n.0.trim().is_empty();
    disposition.name("filename", others).filter(said).or_else(|| content.name("name", others).filter(said))
}
