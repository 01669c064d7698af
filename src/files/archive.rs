//! A look into zip, tar and gz without unpacking: what is in them, and why they are not to be opened.
//!
//! Depth, number, total size and ratio have limits ([`DEPTH`] and the others); only archives inside an archive are
//! unpacked, into memory, within a budget. 7z, rar and their like are recognised and held: nobody looked inside.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;

use super::kind::Kind;
use super::reason::Reason;

/// Archives inside archives that are still looked into.
pub const DEPTH: usize = 3;
/// Entries over all depths.
pub const ENTRIES: usize = 2_000;
/// Bytes that all entries say they unpack to.
pub const UNPACKED: u64 = 512 * 1024 * 1024;
/// How many times larger than itself an archive of more than [`RATIO_FROM`] bytes may become.
pub const RATIO: u64 = 200;
/// Below this much no ratio is an attack.
pub const RATIO_FROM: u64 = 10 * 1024 * 1024;
/// Bytes of inner archives unpacked for looking.
const BUDGET: u64 = 64 * 1024 * 1024;

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// With the folders, and the archives it lies in.
    pub name: String,
    /// Bytes it unpacks to, as the archive says.
    pub size: u64,
}

/// What a look found.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// What is inside, in order, up to [`ENTRIES`].
    pub entries: Vec<Entry>,
    /// The first reason against opening it.
    pub hold: Option<Reason>,
}

struct Looking {
    look: Look,
    unpacked: u64,
    budget: u64,
}

impl Looking {
    fn hold(&mut self, reason: Reason) {
        self.look.hold.get_or_insert(reason);
    }

    /// Notes an entry; `false` when there are too many.
    fn note(&mut self, name: String, size: u64) -> bool {
        if let Some(reason) = Kind::danger_of_name(&name) {
            self.hold(reason);
        }
        self.unpacked = self.unpacked.saturating_add(size);
        if self.look.entries.len() >= ENTRIES || self.unpacked > UNPACKED {
            self.hold(Reason::ArchiveLimit);
            return false;
        }
        self.look.entries.push(Entry { name, size });
        true
    }

    /// An inner archive in memory, when it fits into what is left of the budget.
    fn unpack(&mut self, from: impl Read) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        if from.take(self.budget + 1).read_to_end(&mut bytes).is_err() {
            self.hold(Reason::Damaged);
            return None;
        }
        let Some(left) = self.budget.checked_sub(bytes.len() as u64) else {
            self.hold(Reason::ArchiveLimit);
            return None;
        };
        self.budget = left;
        Some(bytes)
    }

    fn enter(&mut self, whole: &[u8], depth: usize, within: &str) {
        if depth > DEPTH {
            self.hold(Reason::ArchiveLimit);
        } else if whole.starts_with(b"PK") {
            self.enter_zip(whole, depth, within);
        } else if whole.starts_with(b"\x1f\x8b") {
            if let Some(bytes) = self.unpack(GzDecoder::new(whole)) {
                let small = whole.len() as u64;
                if bytes.len() as u64 > RATIO_FROM && bytes.len() as u64 / small.max(1) > RATIO {
                    self.hold(Reason::ArchiveLimit);
                }
                self.enter_if_archive(&bytes, depth, within);
            }
        } else {
            self.enter_tar(whole, depth, within);
        }
    }

    /// What was unpacked is looked into when it is an archive itself.
    fn enter_if_archive(&mut self, bytes: &[u8], depth: usize, within: &str) {
        if is_archive(bytes) {
            self.enter(bytes, depth + 1, within);
        } else if bytes.starts_with(b"MZ") || bytes.starts_with(b"\x7fELF") {
            self.hold(Reason::Program);
        }
    }

    fn enter_zip(&mut self, whole: &[u8], depth: usize, within: &str) {
        let Some(mut zip) = open_zip(whole) else { return self.hold(Reason::Damaged) };
        let (mut packed, mut unpacked) = (0_u64, 0_u64);
        for index in 0..zip.len() {
            let Ok(entry) = zip.by_index_raw(index) else { return self.hold(Reason::Damaged) };
            let (size, encrypted, folder) =
                (entry.size(), entry.encrypted(), entry.name_raw().ends_with(b"/"));
            let name = words(entry.name_raw());
            packed = packed.saturating_add(entry.compressed_size());
            unpacked = unpacked.saturating_add(size);
            drop(entry);
            if folder {
                continue;
            }
            if encrypted {
                self.hold(Reason::Encrypted);
            }
            if is_macro_part(&name) {
                self.hold(Reason::Macro);
            }
            if unpacked > RATIO_FROM && unpacked / packed.max(1) > RATIO {
                self.hold(Reason::ArchiveLimit);
            }
            let full = format!("{within}{name}");
            if !self.note(full.clone(), size) {
                return;
            }
            if may_be_archive(&name) && !encrypted {
                let Ok(entry) = zip.by_index(index) else {
                    self.hold(Reason::Opaque);
                    continue;
                };
                if let Some(bytes) = self.unpack(entry) {
                    self.enter_if_archive(&bytes, depth, &format!("{full} > "));
                }
            }
        }
    }

    fn enter_tar(&mut self, whole: &[u8], depth: usize, within: &str) {
        let mut tar = tar::Archive::new(Cursor::new(whole));
        let Ok(entries) = tar.entries() else { return self.hold(Reason::Damaged) };
        for entry in entries {
            let Ok(entry) = entry else { return self.hold(Reason::Damaged) };
            if entry.header().entry_type().is_dir() {
                continue;
            }
            let name = words(&entry.path_bytes());
            let full = format!("{within}{name}");
            if !self.note(full.clone(), entry.size()) {
                return;
            }
            if may_be_archive(&name)
                && let Some(bytes) = self.unpack(entry)
            {
                self.enter_if_archive(&bytes, depth, &format!("{full} > "));
            }
        }
    }
}

/// What is in an archive.
pub fn look(whole: &[u8]) -> Look {
    let mut looking = Looking { look: Look::default(), unpacked: 0, budget: BUDGET };
    looking.enter(whole, 1, "");
    looking.look
}

/// The zip's central directory, for whoever looks into it.
pub(super) fn open_zip(whole: &[u8]) -> Option<zip::ZipArchive<Cursor<&[u8]>>> {
    zip::ZipArchive::new(Cursor::new(whole)).ok()
}

/// Names of zips made on Japanese Windows are Shift_JIS without a word of it.
fn words(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(raw).0.into_owned(),
    }
}

fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"\x1f\x8b")
        || bytes.get(257..262).is_some_and(|magic| magic == b"ustar")
}

fn may_be_archive(name: &str) -> bool {
    const ENDS: &[&str] =
        &["zip", "gz", "tgz", "tar", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp"];
    ENDS.contains(&super::name::extension(name).as_str())
}

/// VBA, and the old macro sheets of Excel, inside an Office file.
fn is_macro_part(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("vbaproject.bin") || name.contains("xl/macrosheets/") || name.starts_with("basic/script")
}

/// Which kind a zip is by the parts in it.
pub(super) fn kind_of_zip(whole: &[u8]) -> Kind {
    let Some(zip) = open_zip(whole) else { return Kind::Zip };
    let names: Vec<String> = zip.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    let has = |part: &str| names.iter().any(|name| name == part);
    if has("[content_types].xml") {
        if names.iter().any(|name| is_macro_part(name)) {
            return Kind::MacroOffice;
        }
        for (part, kind) in [
            ("word/document.xml", Kind::Word),
            ("xl/workbook.xml", Kind::Excel),
            ("ppt/presentation.xml", Kind::PowerPoint),
        ] {
            if has(part) {
                return kind;
            }
        }
    }
    if has("meta-inf/manifest.xml") && has("content.xml") {
        return Kind::OpenDocument;
    }
    if has("meta-inf/manifest.mf") || has("androidmanifest.xml") {
        return Kind::Program;
    }
    Kind::Zip
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    pub(in super::super) fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn rule_35_what_is_inside_is_listed_and_nothing_of_it_is_hidden_by_another_archive() {
        let inner = zip_of(&[("写真.png", b"x"), ("setup.exe", b"MZ")]);
        let look = look(&zip_of(&[("案内.txt", b"abc"), ("中.zip", &inner)]));
        let names: Vec<&str> = look.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["案内.txt", "中.zip", "中.zip > 写真.png", "中.zip > setup.exe"]);
        assert_eq!(look.hold, Some(Reason::Program));
    }

    #[test]
    fn rule_35_depth_number_size_and_ratio_have_limits() {
        let mut nested = zip_of(&[("a.txt", b"a")]);
        for _ in 0..DEPTH {
            nested = zip_of(&[("b.zip", &nested)]);
        }
        assert_eq!(look(&nested).hold, Some(Reason::ArchiveLimit), "depth");
        let names: Vec<String> = (0..=ENTRIES).map(|n| format!("{n}.txt")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
        assert_eq!(look(&zip_of(&many)).hold, Some(Reason::ArchiveLimit), "number");
        let zeros = vec![0; 32 * 1024 * 1024];
        assert_eq!(look(&zip_of(&[("zeros.txt", &zeros)])).hold, Some(Reason::ArchiveLimit), "ratio");
        assert_eq!(look(&zip_of(&[("a.txt", b"words")])).hold, None);
    }

    #[test]
    fn rule_35_an_encrypted_archive_is_held_and_its_sender_can_be_told_another_way() {
        let mut whole = zip_of(&[("要望.txt", b"secret")]);
        // the flag of encryption in both headers
        let central = whole.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        whole[6] |= 1;
        whole[central + 8] |= 1;
        let look = look(&whole);
        assert_eq!(look.hold, Some(Reason::Encrypted));
        assert_eq!(look.entries[0].name, "要望.txt");
        assert!(Reason::Encrypted.for_sender().unwrap().contains("送り直して"));
    }

    #[test]
    fn a_tar_in_gz_is_listed_too() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.set_cksum();
        tar.append_data(&mut header, "run.vbs", &b"hi"[..]).unwrap();
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar.into_inner().unwrap()).unwrap();
        let look = look(&gz.finish().unwrap());
        assert_eq!(look.entries[0].name, "run.vbs");
        assert_eq!(look.hold, Some(Reason::Script));
    }

    #[test]
    fn names_from_japanese_windows_are_read() {
        assert_eq!(words(b"\x8e\xca\x90\x5e.png"), "写真.png");
    }
}
