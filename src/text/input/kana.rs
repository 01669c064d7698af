//! Readings (フリガナ).

use super::{InputError, Typed};
use crate::text::fold::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// The reading of a name. Normal form: full-width katakana with one full-width blank between words (`シモノセキ　ハナコ`),
/// to sort by. Hiragana, half-width kana and a hyphen for ー are read; a foreign name may stay in Latin letters.
pub fn reading(typed: &str) -> Result<Typed, InputError> {
    let mut normal = String::with_capacity(typed.len());
    let mut blank = false;
    for c in typed.nfkc().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            blank = !normal.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            normal.push('\u{3000}');
        }
        normal.push(match c {
            'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
            'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ' | '・' => c,
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {
                if normal.chars().next_back().is_some_and(|before| ('ァ'..='ヺ').contains(&before)) {
                    'ー'
                } else {
                    '-'
                }
            }
            'a'..='z' => c.to_ascii_uppercase(),
            'A'..='Z' | '\'' | '.' => c,
            _ => return Err(InputError::KanaStrange(c)),
        });
    }
    if normal.is_empty() { Err(InputError::Empty) } else { Ok(Typed { typed: typed.to_owned(), normal }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_become_full_width_katakana() {
        for typed in ["しものせき はなこ", "ｼﾓﾉｾｷ ﾊﾅｺ", "シモノセキ　　ハナコ ", "シモノせき\tはなこ"]
        {
            let read = reading(typed).unwrap();
            assert_eq!((read.normal.as_str(), read.typed.as_str()), ("シモノセキ　ハナコ", typed));
        }
        assert_eq!(reading("ﾄﾞﾝ･ｼﾞﾖ-ｼﾞ").unwrap().normal, "ドン・ジヨージ");
        assert_eq!(reading("か\u{3099}っさん").unwrap().normal, "ガッサン");
        assert_eq!(reading("Smith John").unwrap().normal, "SMITH　JOHN");
    }

    #[test]
    fn kanji_in_a_reading_are_pointed_out() {
        assert!(reading("下関 花子").unwrap_err().to_string().contains("「下」が入っています"));
        assert_eq!(reading(" "), Err(InputError::Empty));
    }
}
