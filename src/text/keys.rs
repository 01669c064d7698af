//! Duplicate keys: which texts are the same letter sent again. The originals are never altered; a key is a hash.

use super::fold::{nfkc_lower, one_hyphen_one_wave};
use sha2::{Digest, Sha256};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A duplicate key: SHA-256, shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextKey([u8; 32]);

impl TextKey {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextKey({self})")
    }
}

/// L0: the same bytes.
pub fn l0(original: &[u8]) -> TextKey {
    TextKey(Sha256::digest(original).into())
}

/// L1: the same words, whatever the width, case, punctuation, bullets, blanks and line breaks. 髙 and 高, ひらがな and
/// カタカナ stay different: two people may mean different things by them. A text of nothing but marks is keyed by them.
pub fn l1(text: &str) -> TextKey {
    l1_of(&comparable(text), text)
}

/// L1 for whoever has the comparable text already.
pub(super) fn l1_of(words: &str, text: &str) -> TextKey {
    if words.is_empty() { l0(text.nfkc().collect::<String>().as_bytes()) } else { l0(words.as_bytes()) }
}

/// The text that L1 hashes; the ground for near-duplicate comparison as well.
pub fn comparable(text: &str) -> String {
    comparable_sentences(text, |_| {})
}

/// The same; tells `ended` after each sentence how many bytes there are so far. A line break ends none: mails are
/// wrapped.
pub(super) fn comparable_sentences(text: &str, mut ended: impl FnMut(usize)) -> String {
    let mut out = String::with_capacity(text.len());
    // A hyphen or wave counts only between two letters or digits of one line: 1-2 is not 12, but a bullet is nothing.
    let mut after_letter = false;
    let mut joint: Option<char> = None;
    nfkc_lower(text, |c| match one_hyphen_one_wave(c) {
        // most of any text, told apart without further questions
        c @ ('\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}') => {
            if let Some(joint) = joint.take() {
                out.push(joint);
            }
            out.push(c);
            after_letter = true;
        }
        '\n' | '\r' => (after_letter, joint) = (false, None),
        c @ ('-' | '~') if after_letter => joint = joint.or(Some(c)),
        c if c.is_whitespace() => {}
        c if is_mark(c) => {
            (after_letter, joint) = (false, None);
            if matches!(c, '。' | '!' | '?') {
                ended(out.len());
            }
        }
        c => {
            out.extend(joint.take());
            out.push(c);
            after_letter = true;
        }
    });
    ended(out.len());
    out
}

/// Punctuation, brackets, bullets and control characters. Signs that carry meaning, such as % and +, stay; ○ is a
/// bullet to most writers and goes.
fn is_mark(c: char) -> bool {
    match c {
        '%' | '+' | '=' | '$' | '#' | '@' | '&' | '<' | '>' => false,
        '\0'..='\x7f' => !c.is_ascii_alphanumeric(),
        '\u{80}'..='\u{bf}' => !c.is_alphanumeric() && !matches!(c, '¥' | '£' | '±' | '°'),
        '\u{2000}'..='\u{206f}' => c != '‰',
        '\u{25a0}'..='\u{25ff}'
        | '\u{2605}'
        | '\u{2606}'
        | '\u{2660}'..='\u{2667}'
        | '\u{2700}'..='\u{27bf}' => true,
        '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{301f}' | '\u{303d}' | '\u{30fb}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bullet_and_a_full_stop_make_no_difference_but_another_character_does() {
        assert_eq!(l1("・髙橋です。"), l1("髙橋です"));
        assert_ne!(l1("高橋です"), l1("髙橋です"));
        assert_ne!(l0("・髙橋です。".as_bytes()), l0("髙橋です".as_bytes()));
    }

    #[test]
    fn width_case_blanks_and_line_breaks_make_no_difference() {
        assert_eq!(l1("ＰＦＡＳの検査を\r\n１回　行う！"), l1("pfasの検査を1回行う"));
        assert_eq!(l1("ｶﾞｿﾘﾝ"), l1("ガソリン"));
        assert_eq!(l1("葛\u{e0100}城"), l1("葛城"));
        assert_eq!(l1("- 一つ目\n* 二つ目"), l1("●一つ目\n◆ 二つ目"));
        assert_eq!(l1("10〜20"), l1("10～20"));
    }

    #[test]
    fn what_changes_the_meaning_changes_the_key() {
        for (one, other) in
            [("1-2番地", "12番地"), ("カキ", "かき"), ("スーパー", "スパ"), ("5%", "5"), ("！", "？")]
        {
            assert_ne!(l1(one), l1(other), "{one} {other}");
        }
    }

    #[test]
    fn a_key_is_shown_in_hex() {
        assert_eq!(l0(b"").to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    proptest! {
        #[test]
        fn marks_at_the_ends_never_matter(text in "[ぁ-んァ-ン一-三a-z0-9]{1,12}", mark in "[・●■◆*。、 　\n-]{0,4}") {
            let marked = format!("{mark}{text}{mark}");
            prop_assert_eq!(l1(&marked), l1(&text));
        }
    }
}
