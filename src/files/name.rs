//! Names of files: the sender's own is kept beside the one people see.

use crate::text::input;

/// Longer names are cut before their extension.
const LONGEST: usize = 80;

/// The sender's name for a file, as the database can store it: no NUL, no more than 1,000 characters.
pub(super) fn original(name: &str) -> String {
    name.chars().filter(|c| *c != '\0').take(1000).collect()
}

/// The name pages and downloads show: no folders, nothing invisible, nothing that turns the reading direction
/// (`見積\u{202e}fdp.exe` shows its true end), not too long.
pub(super) fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let visible: String = last
        .chars()
        .filter(|c| !c.is_control() && !input::hidden_direction(c.encode_utf8(&mut [0; 4])))
        .map(|c| if matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?') { '_' } else { c })
        .collect();
    let visible = visible.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    if visible.is_empty() {
        return "名前のないファイル".to_owned();
    }
    let (stem, extension) = visible.rsplit_once('.').unwrap_or((visible, ""));
    if visible.chars().count() <= LONGEST {
        return visible.to_owned();
    }
    let short: String = stem.chars().take(LONGEST - 10).collect();
    let extension: String = extension.chars().take(8).collect();
    if extension.is_empty() { short } else { format!("{short}….{extension}") }
}

/// What follows the last dot, in small letters, full-width ones made half.
pub(super) fn extension(name: &str) -> String {
    let folded = crate::text::fold(name);
    folded.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_nor_hide_its_end() {
        for (given, seen) in [
            ("写真.jpg", "写真.jpg"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\hanako\写真 1.JPG", "写真 1.JPG"),
            ("見積\u{202e}fdp.exe", "見積fdp.exe"),
            ("a\0\r\nb\".pdf", "ab_.pdf"),
            ("..", "名前のないファイル"),
            ("", "名前のないファイル"),
            ("山﨑\u{fa11}葛\u{e0100}.pdf", "山﨑\u{fa11}葛\u{e0100}.pdf"),
        ] {
            assert_eq!(shown(given), seen, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let cut = shown(&format!("{}.pdf", "長".repeat(300)));
        assert!(cut.ends_with("….pdf") && cut.chars().count() <= LONGEST);
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        assert_eq!(extension("見積.pdf.exe"), "exe");
        assert_eq!(extension("写真．ＪＰＧ"), "jpg");
        assert_eq!(extension("なし"), "");
    }
}
