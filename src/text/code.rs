//! What a citizen holds instead of an account: the receipt code (受付番号) and its secret (確認番号).
//!
//! The code is random, so that it tells nothing about how many letters came in, and ends in a check digit, so that a
//! slip of the finger is told apart from a letter that does not exist, before anything is looked up.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

const CODE_DIGITS: usize = 12;
const SECRET_DIGITS: usize = 10;

/// A receipt code: eleven random digits and a check digit (Damm), shown as `1234-5678-9012`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptCode([u8; CODE_DIGITS]);

impl ReceiptCode {
    /// A stored code in groups, as receipts print it.
    pub fn grouped(stored: &str) -> String {
        Self::parse(stored).map_or_else(|_| stored.to_owned(), |code| code.to_string())
    }

    /// Makes a code from random bytes; every code is equally likely (to within 2⁻⁹⁰).
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut digits = [0; CODE_DIGITS];
        fill(&mut digits[..CODE_DIGITS - 1], bytes);
        digits[CODE_DIGITS - 1] = damm(&digits[..CODE_DIGITS - 1]);
        Self(digits)
    }

    /// Reads a code as typed: any width, any hyphens and blanks.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        let code = Self(digits_of(typed, Kind::Code)?);
        if damm(&code.0) == 0 { Ok(code) } else { Err(CodeError::Mistyped) }
    }

    /// The twelve digits without hyphens, as they are stored.
    pub fn digits(&self) -> String {
        self.0.iter().map(|d| char::from(b'0' + d)).collect()
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptCode({self})")
    }
}

/// The secret that goes with a code (確認番号): ten random digits, shown once as `12345-67890`. Stored only as a hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReceiptSecret([u8; SECRET_DIGITS]);

impl ReceiptSecret {
    /// Makes a secret from random bytes; every secret is equally likely (to within 2⁻⁹⁴).
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut digits = [0; SECRET_DIGITS];
        fill(&mut digits, bytes);
        Self(digits)
    }

    /// Reads a secret as typed: any width, any hyphens and blanks.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        digits_of(typed, Kind::Secret).map(Self)
    }

    /// The ten digits without hyphen, to be hashed.
    pub fn digits(&self) -> String {
        self.0.iter().map(|d| char::from(b'0' + d)).collect()
    }

    /// `12345-67890`, for the receipt page and nowhere else. There is no `Display`, so that no log shows it by accident.
    pub fn shown_once(&self) -> String {
        let digits = self.digits();
        format!("{}-{}", &digits[..5], &digits[5..])
    }
}

impl fmt::Debug for ReceiptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptSecret(…)")
    }
}

/// Which of the two numbers was being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 受付番号
    Code,
    /// 確認番号
    Secret,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Code => "受付番号",
            Self::Secret => "確認番号",
        }
    }
    fn digits(self) -> usize {
        match self {
            Self::Code => CODE_DIGITS,
            Self::Secret => SECRET_DIGITS,
        }
    }
    fn example(self) -> &'static str {
        match self {
            Self::Code => "1234-5678-9018",
            Self::Secret => "12345-67890",
        }
    }
}

/// Why a typed number cannot be one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Nothing was typed.
    Empty(Kind),
    /// So many digits were typed.
    Length(Kind, usize),
    /// Something other than digits and hyphens was typed.
    Strange(Kind, char),
    /// Twelve digits, but the check digit says that one is wrong or two changed places.
    Mistyped,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty(kind) => write!(f, "{}を入力してください。例:{}", kind.name(), kind.example()),
            Self::Length(kind, typed) => write!(
                f,
                "{}は{}桁の数字です。いまは{typed}桁入力されています。例:{}",
                kind.name(),
                kind.digits(),
                kind.example()
            ),
            Self::Strange(kind, c) => write!(
                f,
                "{}は数字だけで入力してください(「{c}」が入っています)。例:{}",
                kind.name(),
                kind.example()
            ),
            Self::Mistyped => f.write_str(
                "受付番号の数字がどこか1か所ちがっているようです。受付票をもう一度お確かめください。例:1234-5678-9018",
            ),
        }
    }
}

impl std::error::Error for CodeError {}

fn fill(digits: &mut [u8], random: [u8; 16]) {
    let mut rest = u128::from_be_bytes(random);
    for digit in digits {
        *digit = u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

fn digits_of<const N: usize>(typed: &str, kind: Kind) -> Result<[u8; N], CodeError> {
    let mut digits = [0; N];
    let mut count = 0;
    for c in typed.nfkc() {
        match c.to_digit(10) {
            Some(digit) => {
                if let Some(slot) = digits.get_mut(count) {
                    *slot = u8::try_from(digit).unwrap_or(0);
                }
                count += 1;
            }
            None if c.is_whitespace() || super::input::is_hyphen(c) || super::fold::is_invisible(c) => {}
            None => return Err(CodeError::Strange(kind, c)),
        }
    }
    match count {
        0 => Err(CodeError::Empty(kind)),
        count if count == N => Ok(digits),
        count => Err(CodeError::Length(kind, count)),
    }
}

/// H. M. Damm's quasigroup of order 10: it catches every single wrong digit and every swap of two neighbours.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The check digit of the digits; 0 for digits that end in their own check digit.
fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| DAMM[usize::from(interim)][usize::from(*digit)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> ReceiptCode {
        ReceiptCode::parse("1234-5678-9018").unwrap()
    }

    #[test]
    fn the_published_example_of_the_algorithm_holds() {
        assert_eq!(damm(&[5, 7, 2]), 4);
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_caught() {
        // The state of the check after the digits before, every digit there, every digit put in its place.
        for before in 0..10 {
            for a in 0..10_usize {
                for b in (0..10_usize).filter(|b| *b != a) {
                    assert_ne!(DAMM[before][a], DAMM[before][b], "a wrong digit leads elsewhere");
                    let (ab, ba) =
                        (DAMM[usize::from(DAMM[before][a])][b], DAMM[usize::from(DAMM[before][b])][a]);
                    assert_ne!(ab, ba, "so does a swap");
                }
            }
        }
        // And what leads elsewhere stays elsewhere: for any digit, different states have different successors.
        for digit in 0..10 {
            let mut successors: Vec<u8> = DAMM.iter().map(|row| row[digit]).collect();
            successors.sort_unstable();
            successors.dedup();
            assert_eq!(successors.len(), 10);
        }
    }

    #[test]
    fn a_code_is_read_in_any_width_with_any_hyphens() {
        for typed in [
            "123456789018",
            "１２３４－５６７８－９０１８",
            " 1234 5678 9018 ",
            "1234ー5678−9018",
            "1234‐5678—9018",
        ] {
            assert_eq!(ReceiptCode::parse(typed), Ok(example()), "{typed}");
        }
        assert_eq!(example().to_string(), "1234-5678-9018");
        assert_eq!(example().digits(), "123456789018");
    }

    #[test]
    fn the_error_says_what_was_typed_and_what_to_type() {
        assert_eq!(ReceiptCode::parse("1234-5678-9019"), Err(CodeError::Mistyped));
        assert_eq!(ReceiptCode::parse("　"), Err(CodeError::Empty(Kind::Code)));
        let short = ReceiptCode::parse("1234-5678-901").unwrap_err().to_string();
        assert_eq!(short, "受付番号は12桁の数字です。いまは11桁入力されています。例:1234-5678-9018");
        assert_eq!(ReceiptCode::parse("1234-5678-901A"), Err(CodeError::Strange(Kind::Code, 'A')));
        assert!(ReceiptSecret::parse("12345").unwrap_err().to_string().contains("確認番号は10桁"));
    }

    #[test]
    fn a_secret_is_shown_in_two_groups_and_never_in_debug_output() {
        let secret = ReceiptSecret::parse("１２３４５－６７８９０").unwrap();
        assert_eq!(secret.shown_once(), "12345-67890");
        assert!(!format!("{secret:?}").contains("12345"));
    }

    proptest! {
        #[test]
        fn every_made_code_reads_back_and_every_slip_is_seen(bytes: [u8; 16], at in 0..12_usize, to in 0..10_u8) {
            let code = ReceiptCode::from_random(bytes);
            prop_assert_eq!(ReceiptCode::parse(&code.to_string()), Ok(code));
            let mut slip = code.0;
            slip[at] = to;
            let typed = ReceiptCode(slip).digits();
            let expected = if slip == code.0 { Ok(code) } else { Err(CodeError::Mistyped) };
            prop_assert_eq!(ReceiptCode::parse(&typed), expected);
            let secret = ReceiptSecret::from_random(bytes);
            prop_assert_eq!(ReceiptSecret::parse(&secret.shown_once()), Ok(secret));
        }

        #[test]
        fn no_input_panics(typed in "\\PC{0,30}") {
            let _ = (ReceiptCode::parse(&typed), ReceiptSecret::parse(&typed));
        }
    }
}
