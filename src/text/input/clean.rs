//! Cleaning of one line and of many, invisible direction marks, and counting characters as a person does.

use std::borrow::Cow;
use unicode_normalization::char::is_combining_mark;

/// A text fit to be stored, and what had to be taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The text. Apart from what is said at the function that made it, byte for byte as typed: no NFC, no NFKC.
    pub text: String,
    /// Control characters that were removed, in their order. NUL cannot be stored, the others cannot be seen.
    pub removed: Vec<char>,
}

impl Cleaned {
    /// A sentence for the writer when something was taken out; `None` when nothing was.
    pub fn notice(&self) -> Option<String> {
        let count = self.removed.len();
        (count > 0)
            .then(|| format!("目に見えない制御文字を{count}個取り除きました。文章をお確かめください。"))
    }
}

/// For bodies: CR LF and CR become LF; NUL and the other control characters below U+0020 (not LF, not TAB) and U+007F
/// are removed.
pub fn multi_line(typed: &str) -> Cleaned {
    let mut cleaned = Cleaned { text: String::with_capacity(typed.len()), removed: Vec::new() };
    let mut chars = typed.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                let _ = chars.next_if_eq(&'\n');
                cleaned.text.push('\n');
            }
            '\n' | '\t' => cleaned.text.push(c),
            '\0'..='\x1f' | '\x7f' => cleaned.removed.push(c),
            _ => cleaned.text.push(c),
        }
    }
    cleaned
}

/// For names and titles: as [`multi_line`], then line ends and tabs become one blank and blanks around the text go.
pub fn single_line(typed: &str) -> Cleaned {
    let mut cleaned = multi_line(typed);
    if cleaned.text.contains(['\n', '\t']) {
        let parts: Vec<&str> = cleaned.text.split(['\n', '\t']).filter(|part| !part.is_empty()).collect();
        cleaned.text = parts.join(" ");
    }
    let trimmed = cleaned.text.trim();
    if trimmed.len() < cleaned.text.len() {
        cleaned.text = trimmed.to_owned();
    }
    cleaned
}

/// Does the text hold characters that turn the direction of writing, or that have no width at all? A text may read
/// other than it is: show it through [`show_hidden`].
pub fn hidden_direction(text: &str) -> bool {
    text.chars().any(|c| hidden_name(c).is_some())
}

/// The text with such characters made visible: `〔右から左へ強制 U+202E〕`.
pub fn show_hidden(text: &str) -> Cow<'_, str> {
    if !hidden_direction(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        match hidden_name(c) {
            Some(name) => out.push_str(&format!("〔{name} U+{:04X}〕", u32::from(c))),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn hidden_name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{200e}' => "左から右への印",
        '\u{200f}' | '\u{61c}' => "右から左への印",
        '\u{202a}' => "左から右への埋め込み",
        '\u{202b}' => "右から左への埋め込み",
        '\u{202c}' => "向きの終わり",
        '\u{202d}' => "左から右へ強制",
        '\u{202e}' => "右から左へ強制",
        '\u{2066}'..='\u{2068}' => "向きの区切り",
        '\u{2069}' => "区切りの終わり",
        '\u{200b}' | '\u{2060}' | '\u{feff}' => "幅のない文字",
        _ => return None,
    })
}

/// How many characters a person sees: variation selectors, combining marks, joined emoji and the second half of a
/// flag do not count, blanks and line ends (CR LF once) do.
pub fn char_count(text: &str) -> usize {
    let mut count = 0;
    let mut before = '\0';
    let mut flag_open = false;
    for c in text.chars() {
        let is_flag = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
        let joined = before == '\u{200d}'
            || (c == '\n' && before == '\r')
            || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' | '\u{1f3fb}'..='\u{1f3ff}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            || (is_flag && flag_open)
            || is_combining_mark(c);
        flag_open = is_flag && !flag_open;
        count += usize::from(!joined);
        before = c;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_keeps_every_byte_but_controls_and_carriage_returns() {
        let cleaned = multi_line("髙\u{fa11}葛\u{e0100}神\u{fa19}\r\n二行目\r三\0行\u{1b}目\t。");
        assert_eq!(cleaned.text, "髙\u{fa11}葛\u{e0100}神\u{fa19}\n二行目\n三行目\t。");
        assert_eq!(cleaned.removed, ['\0', '\u{1b}']);
        assert_eq!(
            cleaned.notice().as_deref(),
            Some("目に見えない制御文字を2個取り除きました。文章をお確かめください。")
        );
        assert_eq!(multi_line("ふつう").notice(), None);
    }

    #[test]
    fn a_name_is_one_line_and_otherwise_as_typed() {
        assert_eq!(single_line("　山﨑\u{3000}𠮷子\n").text, "山﨑\u{3000}𠮷子");
        assert_eq!(single_line("山田\r\n太郎").text, "山田 太郎");
    }

    #[test]
    fn text_that_turns_round_is_made_visible() {
        assert!(hidden_direction("見積\u{202e}fdp.exe"));
        assert_eq!(show_hidden("a\u{202e}b"), "a〔右から左へ強制 U+202E〕b");
        assert!(matches!(show_hidden("👩\u{200d}👧 ふつう"), Cow::Borrowed(_)), "joined emoji are no trick");
    }

    #[test]
    fn characters_are_counted_as_a_person_counts() {
        for (text, count) in [
            ("葛\u{e0100}城市", 3),
            ("か\u{3099}ぎ", 2),
            ("👩\u{200d}👩\u{200d}👧", 1),
            ("👍🏽", 1),
            ("🇯🇵🇰🇷", 2),
            ("𠮷田", 2),
            ("一行\r\n二行", 5),
            ("", 0),
        ] {
            assert_eq!(char_count(text), count, "{text}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(typed in "[\\x00-\\x7fあ髙\u{3000}\u{202e}]{0,30}") {
            for clean in [multi_line, single_line] {
                let once = clean(&typed);
                prop_assert_eq!(clean(&once.text), Cleaned { text: once.text.clone(), removed: vec![] });
            }
            prop_assert!(char_count(&typed) <= typed.chars().count());
        }
    }
}
