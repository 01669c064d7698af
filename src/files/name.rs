//! Names of files: the sender's own is kept beside the one people see.

use crate::text::file_name;

/// The sender's name for a file, as the database can store it: no NUL, no more than 1,000 characters.
pub(super) fn original(name: &str) -> String {
    name.chars().filter(|c| *c != '\0').take(1000).collect()
}

/// The name pages and downloads show.
pub(super) fn shown(name: &str) -> String {
    let shown = file_name::shown(name).name;
    if shown.is_empty() { "名前のないファイル".to_owned() } else { shown }
}

/// What follows the last dot, in small letters, full-width ones made half.
pub(super) fn extension(name: &str) -> String {
    let folded = crate::text::fold(name);
    folded.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.trim().to_owned())
}

/// The same name for another kind of file: `要望.docx` as a PDF is `要望.pdf`.
pub(super) fn with_extension(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if extension.is_empty() { name.to_owned() } else { format!("{stem}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_which_nothing_is_left_is_said_in_words() {
        assert_eq!([shown(".."), shown("写真.jpg")], ["名前のないファイル", "写真.jpg"]);
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot() {
        assert_eq!(extension("見積.pdf.exe"), "exe");
        assert_eq!(extension("写真．ＪＰＧ"), "jpg");
        assert_eq!(extension("なし"), "");
    }
}
