//! Names of files from outside, made fit to be shown and downloaded: the one rule for mails and forms.

use unicode_normalization::UnicodeNormalization;

/// Longer names are cut before their extension, in characters.
const LONGEST: usize = 80;

/// A name as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// No folders, nothing invisible, nothing that turns the reading direction (`見積\u{202e}fdp.exe` shows its true
    /// end), nothing a file system stumbles over. Kana that a Mac took apart are put together again (NFC), but no kanji
    /// is exchanged for another. Empty when nothing is left.
    pub name: String,
    /// Whether it hid something: folders, or characters that nobody sees.
    pub disguised: bool,
}

/// Cleans a name. What its sender wrote is kept beside it.
pub fn shown(name: &str) -> Shown {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let disguised = last.len() != name.len() || last.chars().any(unseen);
    let mut clean = String::with_capacity(last.len());
    let mut plain = String::new();
    for c in last.chars().filter(|c| !unseen(*c)) {
        let c = if matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?') { '_' } else { c };
        // NFC would give these kanji their common form, which is another name
        if matches!(c, '\u{F900}'..='\u{FAFF}') {
            clean.extend(std::mem::take(&mut plain).nfc());
            clean.push(c);
        } else {
            plain.push(c);
        }
    }
    clean.extend(plain.nfc());
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']).trim();
    Shown { name: cut(clean), disguised }
}

/// Control characters, and those without width or with a reading direction. Variation selectors stay: they tell one
/// form of a name's kanji from another.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem: String = stem.chars().take(LONGEST - 10).collect();
    let extension: String = extension.chars().take(8).collect();
    if extension.is_empty() { stem } else { format!("{stem}….{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path_and_hides_nothing() {
        for (given, seen, disguised) in [
            ("写真.jpg", "写真.jpg", false),
            ("../../etc/passwd", "passwd", true),
            (r"C:\Users\hanako\写真 1.JPG", "写真 1.JPG", true),
            ("見積\u{202e}fdp.exe", "見積fdp.exe", true),
            ("a\0\r\nb\".pdf", "ab_.pdf", true),
            ("..", "", false),
            ("", "", false),
            ("要望. .", "要望", false),
            ("か\u{3099}く.txt", "がく.txt", false),
            ("\u{fa19}社.txt", "\u{fa19}社.txt", false),
            ("山﨑\u{fa11}葛\u{e0100}.pdf", "山﨑\u{fa11}葛\u{e0100}.pdf", false),
        ] {
            assert_eq!(shown(given), Shown { name: seen.to_owned(), disguised }, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let cut = shown(&format!("{}.pdf", "長".repeat(300))).name;
        assert!(cut.ends_with("….pdf") && cut.chars().count() <= LONGEST);
    }
}
