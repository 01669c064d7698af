//! The one table of kinds of file: what each is called by names and machines, and what is done with it.

use super::name;
use super::reason::Reason;

/// For the `accept` attribute of file fields.
pub const ACCEPT: &str = ".jpg,.jpeg,.png,.gif,.webp,.heic,.heif,.pdf,.txt,.csv,.docx,.xlsx,.pptx";

/// What is done with a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Taken by a form and by mail.
    Form,
    /// Taken by mail.
    Mail,
    /// Kept when it comes by mail, held for this reason.
    Held(Reason),
}

/// One row: kind, stored type, word for pages, door, extensions, other types that machines give it.
type Row = (Kind, &'static str, &'static str, Door, &'static [&'static str], &'static [&'static str]);

macro_rules! kinds {
    ($($kind:ident, $mime:literal, $label:literal, $door:expr, [$($extension:literal),*], [$($also:literal),*];)+) => {
        #[expect(missing_docs, reason = "the names say it")]
        /// The kinds of file that are told apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($kind),+ }

        const TABLE: &[Row] = &[$((Kind::$kind, $mime, $label, $door, &[$($extension),*], &[$($also),*])),+];
    };
}

use Door::{Form, Held, Mail};

kinds! {
    Jpeg, "image/jpeg", "写真(JPEG)", Form, ["jpg", "jpeg", "jpe", "jfif"], ["image/jpg", "image/pjpeg"];
    Png, "image/png", "画像(PNG)", Form, ["png"], ["image/x-png"];
    Gif, "image/gif", "画像(GIF)", Form, ["gif"], [];
    Webp, "image/webp", "画像(WebP)", Form, ["webp"], [];
    Heic, "image/heic", "写真(HEIC)", Form, ["heic", "heif"], ["image/heif"];
    Pdf, "application/pdf", "PDF", Form, ["pdf"], ["application/x-pdf"];
    Text, "text/plain", "テキスト", Form, ["txt", "log", "md"], [];
    Csv, "text/csv", "表(CSV)", Form, ["csv", "tsv"], ["text/plain", "application/csv", "text/comma-separated-values",
        "application/vnd.ms-excel", "text/tab-separated-values"];
    Word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word", Form, ["docx"], ["application/zip", "application/x-zip-compressed", "application/msword"];
    Excel, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel", Form, ["xlsx"], ["application/zip", "application/x-zip-compressed", "application/vnd.ms-excel"];
    PowerPoint, "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint", Form, ["pptx"], ["application/zip", "application/x-zip-compressed", "application/vnd.ms-powerpoint"];
    Picture, "image/x-other", "画像", Mail, ["tif", "tiff", "bmp", "avif", "ico", "svg"], ["image/tiff", "image/bmp", "image/avif", "image/svg+xml", "image/x-ms-bmp", "text/xml", "application/xml"];
    Media, "application/x-media", "音声・動画", Mail, ["mp3", "m4a", "wav", "aac", "mp4", "mov", "3gp", "avi", "wmv", "amr", "ogg", "webm"], ["audio/mpeg", "audio/mp4", "audio/x-wav", "audio/wav", "audio/aac", "audio/amr", "audio/ogg", "video/mp4", "video/quicktime", "video/3gpp", "video/x-msvideo", "video/x-ms-wmv", "video/webm"];
    OldOffice, "application/x-ole-storage", "古い形式の文書(doc・xls・ppt・一太郎)", Mail, ["doc", "xls", "ppt", "jtd", "jtt", "msg", "dot", "xlt", "pps", "vsd"], ["application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook", "application/x-js-taro", "application/vnd.justsystem-ichitaro"];
    OpenDocument, "application/vnd.oasis.opendocument", "OpenDocument", Mail, ["odt", "ods", "odp", "odg"], ["application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation", "application/zip"];
    DocuWorks, "application/vnd.fujifilm.fb.docuworks", "DocuWorks", Mail, ["xdw", "xbd"], ["application/vnd.fujixerox.docuworks", "application/vnd.fujixerox.docuworks.binder"];
    Rtf, "application/rtf", "リッチテキスト", Mail, ["rtf"], ["text/rtf", "application/msword"];
    Html, "text/html", "ウェブページ", Mail, ["html", "htm", "xhtml"], ["application/xhtml+xml", "text/xml"];
    Xml, "text/xml", "XML", Mail, ["xml"], ["application/xml"];
    Message, "message/rfc822", "メール", Mail, ["eml"], ["text/plain"];
    Calendar, "text/calendar", "予定表", Mail, ["ics"], ["text/plain", "application/ics"];
    Card, "text/vcard", "連絡先", Mail, ["vcf"], ["text/x-vcard", "text/plain", "text/directory"];
    Signature, "application/pkcs7-signature", "電子署名", Mail, ["p7s", "asc", "sig"], ["application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys"];
    Zip, "application/zip", "ZIP", Mail, ["zip"], ["application/x-zip-compressed", "application/x-zip"];
    Tar, "application/x-tar", "TAR", Mail, ["tar"], [];
    Gzip, "application/gzip", "GZIP", Mail, ["gz", "tgz"], ["application/x-gzip", "application/x-compressed-tar"];
    SevenZip, "application/x-7z-compressed", "7z", Held(Reason::Opaque), ["7z"], [];
    Packed, "application/x-archive", "まとめたファイル", Held(Reason::Opaque), ["rar", "cab", "lzh", "lha", "bz2", "xz", "zst", "arj", "ace", "z"], ["application/vnd.rar", "application/x-rar-compressed", "application/x-rar", "application/vnd.ms-cab-compressed", "application/x-bzip2", "application/x-xz", "application/x-lzh", "application/x-lzh-compressed"];
    Tnef, "application/ms-tnef", "Outlookの添付(winmail.dat)", Held(Reason::Opaque), ["tnef"], ["application/vnd.ms-tnef"];
    MacroOffice, "application/vnd.ms-office.macro-enabled", "マクロの入った文書", Held(Reason::Macro), ["docm", "xlsm", "pptm", "dotm", "xltm", "potm", "ppsm", "xlam", "ppam", "sldm", "xlsb", "xla", "xlm"], ["application/vnd.ms-word.document.macroenabled.12", "application/vnd.ms-excel.sheet.macroenabled.12", "application/vnd.ms-excel.sheet.binary.macroenabled.12", "application/vnd.ms-powerpoint.presentation.macroenabled.12"];
    Script, "application/x-script", "スクリプト", Held(Reason::Script), ["js", "jse", "mjs", "vbs", "vbe", "vb", "wsf", "wsh", "wsc", "hta", "ps1", "psm1", "psd1", "bat", "cmd", "sh", "bash", "py", "pl", "rb", "php", "jsp", "asp", "aspx", "scf", "sct", "reg", "inf", "iqy", "slk", "application", "xll", "settingcontent-ms", "mht", "mhtml", "svgz"], ["text/javascript", "application/javascript", "application/x-javascript", "application/hta", "text/vbscript", "application/x-sh", "application/x-bat", "text/x-python", "application/x-php"];
    Program, "application/x-executable", "プログラム", Held(Reason::Program), ["exe", "com", "scr", "pif", "cpl", "dll", "sys", "ocx", "msi", "msp", "msc", "msix", "appx", "jar", "apk", "app", "dmg", "pkg", "deb", "rpm", "elf", "so", "chm", "hlp", "gadget", "one"], ["application/x-msdownload", "application/x-msdos-program", "application/vnd.microsoft.portable-executable", "application/java-archive", "application/vnd.android.package-archive", "application/x-msi", "application/x-dosexec", "application/onenote"];
    Shortcut, "application/x-ms-shortcut", "ショートカット", Held(Reason::Shortcut), ["lnk", "url", "website", "desktop", "webloc", "library-ms", "search-ms"], ["application/internet-shortcut"];
    DiskImage, "application/x-iso9660-image", "ディスクの写し", Held(Reason::DiskImage), ["iso", "img", "vhd", "vhdx", "udf"], ["application/x-cd-image", "application/x-raw-disk-image"];
    Other, "application/octet-stream", "そのほか", Held(Reason::Unknown), [], [];
}

impl Kind {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[TABLE.len() - 1])
    }

    /// The type it is stored and sent as.
    pub fn mime(self) -> &'static str {
        self.row().1
    }

    /// What it is, in words.
    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// The usual end of its name, without the dot.
    pub(super) fn extension(self) -> &'static str {
        self.row().4.first().copied().unwrap_or("")
    }

    pub(super) fn door(self) -> Door {
        self.row().3
    }

    /// The kind of a stored type.
    pub fn of_mime(mime: &str) -> Option<Kind> {
        TABLE.iter().find(|row| row.1 == mime).map(|row| row.0)
    }

    /// Whether browsers can show it as a picture on a page.
    pub fn is_picture(self) -> bool {
        matches!(self, Kind::Jpeg | Kind::Png | Kind::Gif | Kind::Webp)
    }

    /// Whether it can be the image of a paper letter: what a scanner makes and a browser shows.
    pub fn is_scan(self) -> bool {
        self.is_picture() || self == Kind::Pdf
    }

    pub(super) fn of_extension(extension: &str) -> Option<Kind> {
        TABLE.iter().find(|row| row.4.contains(&extension)).map(|row| row.0)
    }

    /// Why a file of this name inside an archive is not to be opened.
    pub(super) fn danger_of_name(name: &str) -> Option<Reason> {
        match Kind::of_extension(&name::extension(name))?.door() {
            Held(reason) if reason != Reason::Opaque => Some(reason),
            _ => None,
        }
    }

    /// Written in characters: its bytes do not tell it from other text.
    pub(super) fn is_words(self) -> bool {
        use Kind as K;
        matches!(
            self,
            K::Text
                | K::Csv
                | K::Html
                | K::Xml
                | K::Message
                | K::Calendar
                | K::Card
                | K::Script
                | K::Shortcut
                | K::Signature
        )
    }

    /// Whether a machine may call it that: nothing and `octet-stream` say nothing.
    pub(super) fn may_be_called(self, declared: &str) -> bool {
        let declared = bare(declared);
        says_nothing(&declared) || declared == self.mime() || self.row().5.contains(&declared.as_str())
    }
}

impl Kind {
    /// The kind a machine means by a type.
    pub(super) fn of_label(declared: &str) -> Option<Kind> {
        let declared = bare(declared);
        TABLE.iter().find(|row| row.1 == declared || row.5.contains(&declared.as_str())).map(|row| row.0)
    }
}

fn bare(declared: &str) -> String {
    declared.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn says_nothing(declared: &str) -> bool {
    matches!(
        declared,
        "" | "application/octet-stream"
            | "binary/octet-stream"
            | "application/x-download"
            | "application/unknown"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_type_names_one_kind() {
        for row in TABLE {
            assert_eq!(Kind::of_mime(row.1), Some(row.0), "{}", row.1);
        }
    }
}
