//! What a file is: its name, the sender's machine and its own bytes must agree, and the list of what is taken is short.

use super::name;

/// For the `accept` attribute of file fields.
pub const ACCEPT: &str = ".jpg,.jpeg,.png,.gif,.webp,.heic,.heif,.pdf,.txt,.csv,.docx,.xlsx,.pptx";

#[expect(missing_docs, reason = "the names say it")]
/// The kinds of file that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Gif,
    Webp,
    Heic,
    Pdf,
    Text,
    Csv,
    Word,
    Excel,
    PowerPoint,
}

impl Kind {
    const ALL: [Kind; 11] = [
        Kind::Jpeg,
        Kind::Png,
        Kind::Gif,
        Kind::Webp,
        Kind::Heic,
        Kind::Pdf,
        Kind::Text,
        Kind::Csv,
        Kind::Word,
        Kind::Excel,
        Kind::PowerPoint,
    ];

    /// The type it is stored and sent as.
    pub fn mime(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Gif => "image/gif",
            Kind::Webp => "image/webp",
            Kind::Heic => "image/heic",
            Kind::Pdf => "application/pdf",
            Kind::Text => "text/plain",
            Kind::Csv => "text/csv",
            Kind::Word => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Excel => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Kind::PowerPoint => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        }
    }

    /// The kind of a stored type.
    pub fn of_mime(mime: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.mime() == mime)
    }

    /// Whether browsers can show it as a picture on a page.
    pub fn is_picture(self) -> bool {
        matches!(self, Kind::Jpeg | Kind::Png | Kind::Gif | Kind::Webp)
    }

    /// Whether it can be the image of a paper letter: what a scanner makes and a browser shows.
    pub fn is_scan(self) -> bool {
        self.is_picture() || self == Kind::Pdf
    }

    fn of_extension(extension: &str) -> Option<Kind> {
        Some(match extension {
            "jpg" | "jpeg" => Kind::Jpeg,
            "png" => Kind::Png,
            "gif" => Kind::Gif,
            "webp" => Kind::Webp,
            "heic" | "heif" => Kind::Heic,
            "pdf" => Kind::Pdf,
            "txt" => Kind::Text,
            "csv" => Kind::Csv,
            "docx" => Kind::Word,
            "xlsx" => Kind::Excel,
            "pptx" => Kind::PowerPoint,
            _ => return None,
        })
    }

    /// What machines call it: nothing and `octet-stream` say nothing, Windows calls a CSV an Excel file.
    fn may_be_called(self, declared: &str) -> bool {
        let declared = declared.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        matches!(declared.as_str(), "" | "application/octet-stream" | "binary/octet-stream")
            || declared == self.mime()
            || match self {
                Kind::Jpeg => matches!(declared.as_str(), "image/jpg" | "image/pjpeg"),
                Kind::Png => declared == "image/x-png",
                Kind::Heic => declared == "image/heif",
                Kind::Pdf => declared == "application/x-pdf",
                Kind::Csv => matches!(
                    declared.as_str(),
                    "text/plain"
                        | "application/csv"
                        | "text/comma-separated-values"
                        | "application/vnd.ms-excel"
                ),
                Kind::Word | Kind::Excel | Kind::PowerPoint => {
                    matches!(declared.as_str(), "application/zip" | "application/x-zip-compressed")
                }
                _ => false,
            }
    }

    fn has_content(self, whole: &[u8]) -> bool {
        let found = infer::get(whole).map(|t| t.mime_type());
        match self {
            Kind::Text | Kind::Csv => found.is_none() && is_text(whole),
            Kind::Heic => matches!(found, Some("image/heif" | "image/heic")),
            Kind::Word => is_office(whole, b"word/document.xml"),
            Kind::Excel => is_office(whole, b"xl/workbook.xml"),
            Kind::PowerPoint => is_office(whole, b"ppt/presentation.xml"),
            _ => found == Some(self.mime()),
        }
    }
}

/// The kind of a file, when name, declared type and content agree.
///
/// # Errors
/// A sentence for the sender.
pub(super) fn decide(shown_name: &str, declared: &str, whole: &[u8]) -> Result<Kind, &'static str> {
    let Some(kind) = Kind::of_extension(&name::extension(shown_name)) else {
        return Err(
            "受け取れるのは、写真、PDF、Word・Excel・PowerPoint(docx・xlsx・pptx)、テキスト、CSVです。",
        );
    };
    if !kind.has_content(whole) {
        return Err("名前の終わり(拡張子)と中身が合っていないか、マクロなどの動く部分が入っています。");
    }
    if !kind.may_be_called(declared) {
        return Err("端末が知らせた種類と中身が合っていません。保存し直すか、PDFにしてお試しください。");
    }
    Ok(kind)
}

/// A zip with the parts of that Office format and without macros. Names of parts stand uncompressed in a zip.
fn is_office(whole: &[u8], main_part: &[u8]) -> bool {
    let has = |part: &[u8]| whole.windows(part.len()).any(|w| w == part);
    whole.starts_with(b"PK\x03\x04")
        && has(b"[Content_Types].xml")
        && has(main_part)
        && !has(b"vbaProject.bin")
}

/// No byte that text never has. ESC is in ISO-2022-JP; bytes above 0x7F are UTF-8 or Shift_JIS.
fn is_text(whole: &[u8]) -> bool {
    whole.iter().all(|b| !matches!(b, 0..=8 | 11 | 14..=26 | 28..=31 | 127))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn name_word_and_content_must_agree() {
        assert_eq!(decide("写真.png", "image/png", PNG), Ok(Kind::Png));
        assert_eq!(decide("写真.PNG", "", PNG), Ok(Kind::Png));
        assert!(decide("写真.jpg", "image/jpeg", PNG).is_err(), "the content is another picture");
        assert!(decide("写真.png", "text/html", PNG).is_err(), "the machine calls it a page");
        assert!(decide("写真.png", "image/png", b"<html><script>").is_err());
        assert!(decide("写真.svg", "image/svg+xml", b"<svg/>").is_err());
        assert!(decide("計画.exe", "", b"MZ").is_err());
        assert!(decide("計画.txt", "text/plain", b"MZ\x90\0").is_err());
    }

    #[test]
    fn a_table_from_a_japanese_windows_machine_is_taken() {
        assert_eq!(decide("表.csv", "application/vnd.ms-excel", b"\x8e\x81\x96\xbc,1\r\n"), Ok(Kind::Csv));
        assert_eq!(decide("メモ.txt", "text/plain", "街灯".as_bytes()), Ok(Kind::Text));
    }

    #[test]
    fn an_office_file_is_told_by_its_parts_and_macros_are_refused() {
        let zip = |parts: &[&str]| {
            let mut bytes = b"PK\x03\x04".to_vec();
            parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
            bytes
        };
        let word = zip(&["_rels/.rels", "word/document.xml", "[Content_Types].xml"]);
        assert_eq!(decide("要望.docx", Kind::Word.mime(), &word), Ok(Kind::Word));
        assert!(decide("要望.xlsx", "", &word).is_err());
        let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
        assert!(decide("要望.docx", "", &macros).is_err());
        assert!(decide("要望.docx", "", &zip(&["evil.exe"])).is_err());
    }
}
