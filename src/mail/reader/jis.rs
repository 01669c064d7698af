//! ISO-2022-JP and its whole family. Mail of forty years switches sets in more ways than the web's decoder allows:
//! repeated escapes, JIS X 0212, half-width kana in three dresses, lines that end in the middle.
//!
//! Sources: RFC 1468, 1554, 2237, JIS X 0201/0208/0212/0213; the tables are encoding_rs's own.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_7, WINDOWS_1252};

/// Stands for a character that exists but cannot be shown: carriers' emoji, makers' own characters.
pub(super) const GETA: char = '〓';

/// What became of octets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text.
    pub text: String,
    /// Places that made no sense, each a U+FFFD in the text.
    pub broken: usize,
    /// Characters without a place in Unicode's tables, each a geta mark in the text.
    pub unknown: usize,
    /// Octets above 0x7F that the family does not really allow.
    pub eight_bit: usize,
}

/// The set that octets 0x21 to 0x7E stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    Supplement,
    Chinese,
    Korean,
    SecondPlane,
}

/// Decodes; every input has an output.
pub(super) fn decode(octets: &[u8]) -> Decoded {
    let mut out = Decoded { text: String::with_capacity(octets.len()), ..Decoded::default() };
    let (mut set, mut shifted, mut greek) = (Set::Ascii, false, false);
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        match octet {
            0x1B => {
                let rest = &octets[at + 1..];
                if let Some((next, length)) = escape(rest) {
                    set = next;
                    at += 1 + length;
                } else if let Some(length) = side_set(rest, &mut greek) {
                    at += 1 + length;
                } else if let (Some(b'N'), Some(&one)) = (rest.first(), rest.get(1)) {
                    let table = if greek { ISO_8859_7 } else { WINDOWS_1252 };
                    push(&mut out, table, &[one | 0x80]);
                    at += 3;
                } else if let Some((emoji, length)) = softbank(rest) {
                    out.text.extend(std::iter::repeat_n(GETA, emoji));
                    out.unknown += emoji;
                    at += 1 + length;
                } else {
                    broken(&mut out);
                    at += 1;
                }
            }
            0x0E => {
                shifted = true;
                at += 1;
            }
            0x0F => {
                shifted = false;
                at += 1;
            }
            // a line always begins in ASCII (RFC 1468), whatever was left open on the one before
            b'\n' | b'\r' => {
                (set, shifted) = (Set::Ascii, false);
                out.text.push(char::from(octet));
                at += 1;
            }
            0x21..=0x7E if shifted || set == Set::Kana => {
                kana(&mut out, octet | 0x80);
                at += 1;
            }
            0x21..=0x7E if set != Set::Ascii => at += double(&mut out, set, &octets[at..]),
            0x00..=0x7F => {
                out.text.push(char::from(octet));
                at += 1;
            }
            0xA1..=0xDF => {
                out.eight_bit += 1;
                kana(&mut out, octet);
                at += 1;
            }
            _ => {
                out.eight_bit += 1;
                broken(&mut out);
                at += 1;
            }
        }
    }
    out
}

/// Whether octets are 7-bit text with an escape into a double-byte set.
pub(super) fn looks_like(octets: &[u8]) -> bool {
    octets.is_ascii()
        && octets.windows(3).any(|w| matches!(w, [0x1B, b'$', b'@' | b'B' | b'('] | [0x1B, b'(', b'I']))
}

/// Whether octets end inside a double-byte set, so that what follows may be their continuation.
pub(super) fn left_open(octets: &[u8]) -> bool {
    let Some(last) = octets.iter().rposition(|o| *o == 0x1B) else { return false };
    escape(&octets[last + 1..]).is_some_and(|(set, _)| !matches!(set, Set::Ascii))
}

/// The set an escape designates, and its length after ESC. ESC ( J is read as ASCII: its yen sign and overline are
/// backslash and tilde in every mail that was ever written.
fn escape(rest: &[u8]) -> Option<(Set, usize)> {
    Some(match rest {
        [b'(', b'B' | b'J' | b'H', ..] => (Set::Ascii, 2),
        [b'(', b'I', ..] => (Set::Kana, 2),
        [b'$', b'(', b'@' | b'B' | b'O' | b'Q', ..] => (Set::Kanji, 3),
        [b'$', b'(', b'D', ..] => (Set::Supplement, 3),
        [b'$', b'(', b'P', ..] => (Set::SecondPlane, 3),
        [b'$', b'(', b'C', ..] => (Set::Korean, 3),
        [b'$', b'(', b'A', ..] => (Set::Chinese, 3),
        [b'$', b'@' | b'B', ..] => (Set::Kanji, 2),
        [b'$', b'A', ..] => (Set::Chinese, 2),
        [b'&', b'@', 0x1B, b'$', b'B', ..] => (Set::Kanji, 5),
        _ => return None,
    })
}

/// ISO-2022-JP-2's right half: ESC . A is Latin, ESC . F Greek.
fn side_set(rest: &[u8], greek: &mut bool) -> Option<usize> {
    match rest {
        [b'.', b'A', ..] => *greek = false,
        [b'.', b'F', ..] => *greek = true,
        _ => return None,
    }
    Some(2)
}

/// SoftBank's emoji: ESC $ and a letter, characters, SI.
fn softbank(rest: &[u8]) -> Option<(usize, usize)> {
    let [b'$', b'E' | b'F' | b'G' | b'O' | b'P' | b'Q', tail @ ..] = rest else { return None };
    let emoji = tail.iter().take_while(|o| (0x21..=0x7A).contains(*o)).count();
    (emoji > 0 && tail.get(emoji) == Some(&0x0F)).then_some((emoji, emoji + 3))
}

/// Reads a run of double-byte characters; how many octets it took.
fn double(out: &mut Decoded, set: Set, octets: &[u8]) -> usize {
    let run = octets.iter().take_while(|o| (0x21..=0x7E).contains(*o)).count();
    let whole = run & !1;
    if set == Set::Kanji {
        let high: Vec<u8> = octets[..whole].iter().map(|o| o | 0x80).collect();
        if let Some(text) = EUC_JP.decode_without_bom_handling_and_without_replacement(&high) {
            out.text.push_str(&text);
            return orphan(out, whole, run);
        }
    }
    for pair in octets[..whole].chunks_exact(2) {
        let high = [pair[0] | 0x80, pair[1] | 0x80];
        match set {
            Set::Supplement => push(out, EUC_JP, &[0x8F, high[0], high[1]]),
            Set::Chinese => push(out, GBK, &high),
            Set::Korean => push(out, EUC_KR, &high),
            Set::SecondPlane => geta(out),
            _ => push(out, EUC_JP, &high),
        }
    }
    orphan(out, whole, run)
}

/// A half of a character whose other half never came.
fn orphan(out: &mut Decoded, whole: usize, run: usize) -> usize {
    if run > whole {
        broken(out);
    }
    run
}

fn push(out: &mut Decoded, table: &'static Encoding, octets: &[u8]) {
    match table.decode_without_bom_handling_and_without_replacement(octets) {
        Some(text) if !text.is_empty() => out.text.push_str(&text),
        _ => geta(out),
    }
}

fn geta(out: &mut Decoded) {
    out.text.push(GETA);
    out.unknown += 1;
}

fn broken(out: &mut Decoded) {
    out.text.push('\u{FFFD}');
    out.broken += 1;
}

fn kana(out: &mut Decoded, octet: u8) {
    match octet {
        0xA1..=0xDF => out.text.extend(char::from_u32(0xFF61 + u32::from(octet) - 0xA1)),
        _ => broken(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(octets: &[u8]) -> String {
        decode(octets).text
    }

    #[test]
    fn every_switch_that_was_ever_sent_is_understood() {
        for (octets, expected) in [
            (b"\x1b$B4A;z\x1b(B" as &[u8], "漢字"),
            (b"\x1b$@4A;z\x1b(J ~\\", "漢字 ~\\"),
            (b"\x1b$B4A\x1b(B\x1b$B;z\x1b(B", "漢字"),
            (b"\x1b(B\x1b(B\x1b$B4A;z\x1b(B\x1b(B!", "漢字!"),
            (b"\x1b$B4A;z", "漢字"),
            (b"\x1b$B4A\n4A", "漢\n4A"),
            (b"\x1b$B-!-j|b\x1b(B", "①㈱髙"),
            (b"\x1b(I16E\x1b(B", "ｱｶﾅ"),
            (b"\x0e16\x0fA", "ｱｶA"),
            (b"\xb1\xb6", "ｱｶ"),
            (b"\x1b&@\x1b$B4A\x1b(B", "漢"),
            (b"\x1b$(D0!\x1b(B", "丂"),
            (b"\x1b$A::\x1b$B;z\x1b(B", "汉字"),
            (b"\x1b$(CGQ1[\x1b(B", "한글"),
            (b"\x1b.A\x1bNi", "é"),
        ] {
            assert_eq!(text(octets), expected, "{octets:?}");
        }
    }

    #[test]
    fn what_no_table_has_becomes_a_geta_mark_and_is_counted() {
        let carrier = decode(b"\x1b$Bu!4A\x1b(B");
        assert_eq!((carrier.text.as_str(), carrier.unknown, carrier.broken), ("〓漢", 1, 0));
        let softbank = decode(b"\x1b$G!\"\x0fA");
        assert_eq!((softbank.text.as_str(), softbank.unknown), ("〓〓A", 2));
    }

    #[test]
    fn half_a_character_is_broken_and_nothing_after_it_is_lost() {
        let half = decode(b"\x1b$B4A;\x1b(B end");
        assert_eq!((half.text.as_str(), half.broken), ("漢\u{FFFD} end", 1));
    }
}
