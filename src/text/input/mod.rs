//! What people type into fields. Full-width digits, any hyphen and half-width kana are read, never called errors;
//! what cannot be read is answered with a sentence that says what to type. Every conversion keeps the typed form
//! beside the normal one.

mod clean;
mod contact;
mod kana;

use std::fmt;

pub use clean::{Cleaned, char_count, hidden_direction, multi_line, show_hidden, single_line};
pub use contact::{email, phone, postal_code};
pub use kana::reading;

use unicode_normalization::UnicodeNormalization;

/// What was typed, byte for byte, and the form that programs compare, sort and dial.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Typed {
    /// As it was typed.
    pub typed: String,
    /// The normal form; the function that made it says which.
    pub normal: String,
}

/// Why a field could not be read. Its text is a Japanese sentence with an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// A telephone number without its area code: so many digits.
    PhoneTooShort(usize),
    /// A telephone number with too many digits: so many.
    PhoneTooLong(usize),
    /// A telephone number that does not begin with 0 or +.
    PhoneStart,
    /// Something in a telephone number that is no part of one.
    PhoneStrange(char),
    /// A postal code of so many digits.
    PostalLength(usize),
    /// Something in a postal code that is no part of one.
    PostalStrange(char),
    /// Something in a reading that is not kana.
    KanaStrange(char),
    /// No @, or several.
    EmailAt,
    /// Nothing before the @, or something there that addresses cannot have.
    EmailLocal,
    /// What stands after the @ is not a domain.
    EmailDomain,
    /// Longer than addresses can be.
    EmailLong,
    /// Not a whole number.
    Number,
    /// Nothing was typed.
    Empty,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PHONE: &str = "例:083-231-1111、090-1234-5678";
        const POSTAL: &str = "例:750-8521";
        const EMAIL: &str = "例:hanako@example.jp";
        match self {
            Self::PhoneTooShort(n) => {
                write!(f, "電話番号は市外局番から入力してください。いまは{n}桁です。{PHONE}")
            }
            Self::PhoneTooLong(n) => {
                write!(
                    f,
                    "電話番号の桁数が多いようです。いまは{n}桁です。番号を1つだけ入力してください。{PHONE}"
                )
            }
            Self::PhoneStart => {
                write!(f, "電話番号は0から始まる番号を、市外局番から入力してください。{PHONE}")
            }
            Self::PhoneStrange(c) => {
                write!(f, "電話番号は数字で入力してください(「{c}」が入っています)。{PHONE}")
            }
            Self::PostalLength(n) => write!(f, "郵便番号は7桁の数字です。いまは{n}桁です。{POSTAL}"),
            Self::PostalStrange(c) => {
                write!(f, "郵便番号は数字で入力してください(「{c}」が入っています)。{POSTAL}")
            }
            Self::KanaStrange(c) => {
                write!(
                    f,
                    "フリガナはカタカナかひらがなで入力してください(「{c}」が入っています)。例:シモノセキ　ハナコ"
                )
            }
            Self::EmailAt => write!(f, "メールアドレスには「@」を1つ入れてください。{EMAIL}"),
            Self::EmailLocal => {
                write!(f, "メールアドレスの「@」より前を、英字・数字・記号で入力してください。{EMAIL}")
            }
            Self::EmailDomain => {
                write!(f, "メールアドレスの「@」より後ろを、もう一度お確かめください。{EMAIL}")
            }
            Self::EmailLong => {
                write!(f, "メールアドレスが長すぎます。254文字までのアドレスを入力してください。{EMAIL}")
            }
            Self::Number => f.write_str("数字で入力してください。例:25"),
            Self::Empty => f.write_str("入力してください。"),
        }
    }
}

impl std::error::Error for InputError {}

/// A whole number as typed: any width, with blanks or thousands commas.
pub fn number(typed: &str) -> Result<u64, InputError> {
    let digits: String = typed.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '、')).collect();
    if digits.is_empty() {
        return Err(InputError::Empty);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().map_err(|_| InputError::Number)
    } else {
        Err(InputError::Number)
    }
}

/// Everything people type where a hyphen belongs, the long vowel mark and the character for one included.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{ad}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{30fc}'
                | '\u{ff70}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '一'
                | '~'
                | '\u{301c}'
                | '\u{ff5e}'
                | '_'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_any_width() {
        assert_eq!(number("１，２３４ "), Ok(1234));
        assert_eq!(number(" "), Err(InputError::Empty));
        assert_eq!(number("-5"), Err(InputError::Number));
        assert_eq!(number(&"9".repeat(40)), Err(InputError::Number));
    }
}
