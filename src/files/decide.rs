//! What a file is by its name, by its sender's word and by its own bytes, and whether it may simply be opened.
//!
//! The three need not agree; the strictest decides. A form refuses what is not on the short list, for its sender can
//! choose another file; what came with a mail came with an official record and is kept, but held with a reason.

use super::kind::Door::{Form, Held};
use super::reason::Reason;
use super::{Kind, archive, name};
use crate::text::input;

/// What a file is, and why it is held, if it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// By its bytes where they tell, else by its name.
    pub kind: Kind,
    /// Why it is not simply opened.
    pub hold: Option<Reason>,
    /// The sender's machine calls it something else.
    label_differs: bool,
}

/// Looks at name, word and bytes; the strictest of them decides.
pub fn decide(name_as_sent: &str, declared: &str, whole: &[u8]) -> Decision {
    let shown = name::shown(name_as_sent);
    let extension = name::extension(&shown);
    let by_name = Kind::of_extension(&extension);
    let by_bytes = of_bytes(whole);
    let kind = match (by_bytes, by_name) {
        (Some(Kind::Text), Some(named)) if named.is_words() => named,
        (Some(found), _) => found,
        // kinds whose bytes no table knows
        (
            None,
            Some(named @ (Kind::DocuWorks | Kind::Media | Kind::Picture | Kind::Signature | Kind::Tnef)),
        ) => named,
        (None, _) => Kind::Other,
    };
    let label_differs = !kind.may_be_called(declared);
    let by_label = Kind::of_label(declared);
    let held = |kind: Option<Kind>| match kind.map(Kind::door) {
        Some(Held(reason)) => Some(reason),
        _ => None,
    };
    let dangerous_end = held(by_name).filter(|reason| *reason != Reason::Opaque);
    let hold = doubled(&shown)
        .filter(|_| dangerous_end.is_some())
        .or(dangerous_end)
        .or_else(|| held(by_bytes))
        .or_else(|| inside(kind, whole))
        .or_else(|| held(by_label).filter(|_| label_differs))
        .or_else(|| input::hidden_direction(name_as_sent).then_some(Reason::HiddenName))
        .or_else(|| by_name.filter(|named| *named != kind).map(|_| Reason::Mismatch))
        .or_else(|| held(Some(kind)))
        .or_else(|| (label_differs && by_label.is_some()).then_some(Reason::Mismatch));
    Decision { kind, hold, label_differs }
}

impl Decision {
    /// Whether a form takes it.
    ///
    /// # Errors
    /// A sentence for the sender.
    pub(super) fn for_form(self, shown_name: &str) -> Result<Kind, &'static str> {
        let named = Kind::of_extension(&name::extension(shown_name));
        if named.is_none_or(|kind| kind.door() != Form) {
            return Err(
                "受け取れるのは、写真、PDF、Word・Excel・PowerPoint(docx・xlsx・pptx)、テキスト、CSVです。",
            );
        }
        match self.hold {
            Some(Reason::Encrypted) => {
                Err("パスワードがかかっています。パスワードを外して、もう一度お試しください。")
            }
            Some(Reason::HiddenName) => {
                Err("名前に見えない文字が入っています。名前を付け直して、もう一度お試しください。")
            }
            _ if named != Some(self.kind) => {
                Err("名前の終わり(拡張子)と中身が合っていないか、マクロなどの動く部分が入っています。")
            }
            _ if self.label_differs => {
                Err("端末が知らせた種類と中身が合っていません。保存し直すか、PDFにしてお試しください。")
            }
            Some(_) => {
                Err("開くと動き出す部分が入っているか、中を確かめられません。PDFにしてお試しください。")
            }
            None => Ok(self.kind),
        }
    }
}

/// What a sanitiser wrote, if it is of a kind that is taken and nothing speaks against it.
pub(super) fn of_safe_copy(whole: &[u8]) -> Option<Kind> {
    let decision = decide("", "", whole);
    (decision.kind.door() == Form && decision.hold.is_none()).then_some(decision.kind)
}

/// `見積.pdf.exe`: an end before the end that names a kind people open.
fn doubled(shown: &str) -> Option<Reason> {
    let (stem, _) = shown.rsplit_once('.')?;
    let before = Kind::of_extension(&name::extension(stem.trim_end()))?;
    (!matches!(before.door(), Held(_))).then_some(Reason::DoubleExtension)
}

/// What the bytes say.
fn of_bytes(whole: &[u8]) -> Option<Kind> {
    let at = |offset: usize, magic: &[u8]| whole.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return Some(archive::kind_of_zip(whole));
    }
    let own: &[(usize, &[u8], Kind)] = &[
        (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::OldOffice),
        (0, b"\x4c\0\0\0\x01\x14\x02\0", Kind::Shortcut),
        (0, b"\x78\x9f\x3e\x22", Kind::Tnef),
        (0, b"{\\rtf", Kind::Rtf),
        (0, b"MZ", Kind::Program),
        (0, b"\x7fELF", Kind::Program),
        (0, b"ITSF", Kind::Program),
        (0, b"#!", Kind::Script),
        (0, b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
        (0, b"conectix", Kind::DiskImage),
        (0, b"vhdxfile", Kind::DiskImage),
        (0x8001, b"CD001", Kind::DiskImage),
        (257, b"ustar", Kind::Tar),
        (2, b"-lh", Kind::Packed),
    ];
    if let Some((.., kind)) = own.iter().find(|(offset, magic, _)| at(*offset, magic)) {
        return Some(*kind);
    }
    match infer::get(whole).map(|t| t.mime_type()) {
        Some("text/html") => Some(Kind::Html),
        Some("text/xml") => Some(if starts_svg(whole) { Kind::Picture } else { Kind::Xml }),
        Some("image/heif") => Some(Kind::Heic),
        Some(found) => Kind::of_label(found).or_else(|| match found.split('/').next() {
            Some("image") => Some(Kind::Picture),
            Some("audio" | "video") => Some(Kind::Media),
            _ if found.starts_with("text/x-shell") => Some(Kind::Script),
            _ => None,
        }),
        None if starts_svg(whole) => Some(Kind::Picture),
        None => is_text(whole).then_some(Kind::Text),
    }
}

fn starts_svg(whole: &[u8]) -> bool {
    let head = &whole[..whole.len().min(1024)];
    has(head, b"<svg")
}

/// What of a kind that is taken makes this one dangerous.
fn inside(kind: Kind, whole: &[u8]) -> Option<Reason> {
    match kind {
        Kind::Zip | Kind::Tar | Kind::Gzip | Kind::OpenDocument => archive::look(whole).hold,
        Kind::Word | Kind::Excel | Kind::PowerPoint => archive::look(whole).hold,
        Kind::OldOffice => {
            let named =
                |name: &str| has(whole, &name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
            if named("EncryptedPackage") {
                Some(Reason::Encrypted)
            } else if named("_VBA_PROJECT") || named("VBA_PROJECT_CUR") || named("Macros") {
                Some(Reason::Macro)
            } else {
                None
            }
        }
        Kind::Html | Kind::Xml | Kind::Picture if starts_svg(whole) || kind != Kind::Picture => {
            let small = whole.to_ascii_lowercase();
            (has(&small, b"<script") || has(&small, b"javascript:")).then_some(Reason::Script)
        }
        Kind::Rtf => (has(whole, b"\\objdata") || has(whole, b"\\objupdate")).then_some(Reason::Macro),
        _ => None,
    }
}

fn has(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|w| w == part)
}

/// No byte that text never has. ESC is in ISO-2022-JP; bytes above 0x7F are UTF-8 or Shift_JIS.
fn is_text(whole: &[u8]) -> bool {
    whole.iter().all(|b| !matches!(b, 0..=8 | 11 | 14..=26 | 28..=31 | 127))
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip_of;
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn form(name: &str, declared: &str, whole: &[u8]) -> Result<Kind, &'static str> {
        decide(name, declared, whole).for_form(&name::shown(name))
    }

    fn mail(name: &str, declared: &str, whole: &[u8]) -> (Kind, Option<Reason>) {
        let decision = decide(name, declared, whole);
        (decision.kind, decision.hold)
    }

    #[test]
    fn name_word_and_content_must_agree() {
        assert_eq!(form("写真.png", "image/png", PNG), Ok(Kind::Png));
        assert_eq!(form("写真.PNG", "", PNG), Ok(Kind::Png));
        assert!(form("写真.jpg", "image/jpeg", PNG).is_err(), "the content is another picture");
        assert!(form("写真.png", "text/html", PNG).is_err(), "the machine calls it a page");
        assert!(form("写真.png", "image/png", b"<html><script>").is_err());
        assert!(form("写真.svg", "image/svg+xml", b"<svg/>").is_err());
        assert!(form("計画.exe", "", b"MZ").is_err());
        assert!(form("計画.txt", "text/plain", b"MZ\x90\0").is_err());
    }

    #[test]
    fn a_table_from_a_japanese_windows_machine_is_taken() {
        assert_eq!(form("表.csv", "application/vnd.ms-excel", b"\x8e\x81\x96\xbc,1\r\n"), Ok(Kind::Csv));
        assert_eq!(form("メモ.txt", "text/plain", "街灯".as_bytes()), Ok(Kind::Text));
    }

    #[test]
    fn an_office_file_is_told_by_its_parts_and_macros_are_refused() {
        let word = zip_of(&[("_rels/.rels", b""), ("word/document.xml", b""), ("[Content_Types].xml", b"")]);
        assert_eq!(form("要望.docx", Kind::Word.mime(), &word), Ok(Kind::Word));
        assert!(form("要望.xlsx", "", &word).is_err());
        let macros =
            zip_of(&[("[Content_Types].xml", b""), ("word/document.xml", b""), ("word/vbaProject.bin", b"")]);
        assert!(form("要望.docx", "", &macros).is_err());
        assert!(form("要望.docx", "", &zip_of(&[("evil.exe", b"")])).is_err());
    }

    #[test]
    fn rule_34_the_strictest_of_name_word_and_bytes_decides() {
        for (name, declared, whole, reason) in [
            ("見積.pdf.exe", "application/pdf", &b"MZ\x90"[..], Reason::DoubleExtension),
            ("見積.pdf   .scr", "", b"%PDF-1.7", Reason::DoubleExtension),
            ("見積.exe", "", b"hello", Reason::Program),
            ("見積.txt", "", b"MZ\x90\0", Reason::Program),
            ("写真\u{202e}gpj.png", "image/png", PNG, Reason::HiddenName),
            ("案内.js", "text/plain", b"alert(1)", Reason::Script),
            ("案内.hta", "", b"<html>", Reason::Script),
            ("案内.html", "text/html", b"<html><SCRIPT>alert(1)</SCRIPT>", Reason::Script),
            ("地図.svg", "image/svg+xml", b"<svg onload=''><script>1</script></svg>", Reason::Script),
            ("近道.lnk", "", b"\x4c\0\0\0\x01\x14\x02\0", Reason::Shortcut),
            ("写真.jpg", "image/jpeg", PNG, Reason::Mismatch),
            ("書類.7z", "", b"7z\xbc\xaf\x27\x1c\0\x04", Reason::Opaque),
            ("書類.zip", "", b"PK\x03\x04garbage", Reason::Damaged),
            ("なにか.qqq", "", b"\x01\x02\x03", Reason::Unknown),
            ("書類.rtf", "", b"{\\rtf1 {\\object\\objdata 0105}}", Reason::Macro),
        ] {
            assert_eq!(mail(name, declared, whole).1, Some(reason), "{name}");
        }
        let mut iso = vec![0; 0x8001];
        iso.extend_from_slice(b"CD001");
        assert_eq!(mail("写真.img", "", &iso).1, Some(Reason::DiskImage));
    }

    #[test]
    fn rule_34_macro_documents_are_held_old_and_new() {
        let ole = |name: &str| {
            let mut whole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
            whole.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            whole
        };
        assert_eq!(mail("要望.doc", "application/msword", &ole("WordDocument")), (Kind::OldOffice, None));
        assert_eq!(mail("要望.doc", "application/msword", &ole("_VBA_PROJECT")).1, Some(Reason::Macro));
        assert_eq!(mail("要望.docx", "", &ole("EncryptedPackage")).1, Some(Reason::Encrypted));
        let macros =
            zip_of(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b""), ("xl/vbaProject.bin", b"")]);
        for name in ["表.xlsx", "表.xlsm", "表.zip"] {
            assert_eq!(mail(name, "", &macros).1, Some(Reason::Macro), "{name}");
        }
    }

    #[test]
    fn what_a_mail_usually_carries_is_not_held() {
        for (name, declared, whole) in [
            ("写真.png", "application/octet-stream", PNG),
            ("名前のない画像", "image/png", PNG),
            ("要望書.txt", "text/plain; charset=iso-2022-jp", b"\x1b$B$3\x1b(B"),
            ("予定.ics", "text/calendar", b"BEGIN:VCALENDAR"),
            ("転送.eml", "message/rfc822", b"Subject: a\r\n\r\nb"),
            ("要望書.pdf", "application/pdf", b"%PDF-1.4\n"),
            ("smime.p7s", "application/pkcs7-signature", b"\x30\x82\x01\x02"),
            ("案内.html", "text/html", b"<html><body>hi"),
        ] {
            assert_eq!(mail(name, declared, whole).1, None, "{name}");
        }
    }
}
