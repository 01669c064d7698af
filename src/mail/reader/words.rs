//! Text in header fields: encoded words (RFC 2047), and raw octets where a program never heard of them.

use super::charset::{self, Charset};
use super::fields::unfolded;
use super::jis;
use super::reading::Repair;
use super::transfer;

/// Text of a field and what was guessed on the way.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The text, one line.
    pub text: String,
    /// Set when a character set was guessed.
    pub repair: Option<Repair>,
    /// Whether holes are left.
    pub broken: bool,
    /// Whether geta marks were put in.
    pub unknown: bool,
}

enum Piece<'a> {
    Raw(&'a [u8]),
    Word { label: String, octets: Vec<u8> },
}

/// Decodes a field's value, folded as it stands.
pub(super) fn decode(value: &[u8], others: &[Charset]) -> Words {
    let value = unfolded(value);
    let mut out = Words::default();
    for piece in joined(pieces(&value)) {
        let text = match &piece {
            Piece::Raw(octets) => charset::read(octets, None, others),
            Piece::Word { label, octets } => charset::read(octets, Some(label), others),
        };
        let guessed = match piece {
            Piece::Raw(octets) => !octets.is_ascii() || octets.contains(&0x1B),
            Piece::Word { .. } => text.repair.is_some(),
        };
        out.repair = out.repair.or(guessed.then_some(Repair::HeaderCharset));
        out.broken |= text.broken;
        out.unknown |= text.unknown;
        out.text.push_str(&text.text);
    }
    if out.text.contains(|c: char| c.is_control()) {
        out.text = out.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    }
    out
}

/// Cuts a value into encoded words and what stands between them.
fn pieces(value: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while let Some(found) = memchr::memmem::find(&value[at..], b"=?") {
        let start = at + found;
        let Some((label, octets, length)) = word(&value[start..]) else {
            at = start + 2;
            continue;
        };
        if start > plain {
            pieces.push(Piece::Raw(&value[plain..start]));
        }
        pieces.push(Piece::Word { label, octets });
        at = start + length;
        plain = at;
    }
    if plain < value.len() {
        pieces.push(Piece::Raw(&value[plain..]));
    }
    pieces
}

/// Longer than this is no encoded word but somebody's wish to keep us busy.
const LONGEST: usize = 16 * 1024;

/// Reads one encoded word at the start: its character set, its octets, its length.
fn word(value: &[u8]) -> Option<(String, Vec<u8>, usize)> {
    let inner = &value[2..value.len().min(LONGEST)];
    let label_end = inner.iter().take(80).position(|o| *o == b'?')?;
    let label =
        std::str::from_utf8(&inner[..label_end]).ok().filter(|l| !l.is_empty() && !l.contains(' '))?;
    let encoding = inner.get(label_end + 1)?.to_ascii_uppercase();
    if inner.get(label_end + 2) != Some(&b'?') {
        return None;
    }
    let from = label_end + 3;
    let length = memchr::memmem::find(&inner[from..], b"?=")?;
    let coded = &inner[from..from + length];
    let octets = match encoding {
        b'B' => transfer::base64(coded).0,
        b'Q' => transfer::quoted_word(coded),
        _ => return None,
    };
    Some((label.to_owned(), octets, 2 + from + length + 2))
}

/// Drops the blanks between encoded words and joins words of one set, for a character may be split between them.
/// A JIS word begins in ASCII again and stands alone, unless its predecessor was left open.
fn joined(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut out: Vec<Piece<'_>> = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Raw(octets)
                if octets.iter().all(u8::is_ascii_whitespace)
                    && matches!(out.last(), Some(Piece::Word { .. }))
                    && matches!(pieces.peek(), Some(Piece::Word { .. })) => {}
            Piece::Word { label, octets } => {
                let is_jis = Charset::of(&label) == Some(Charset::Jis);
                match out.last_mut() {
                    Some(Piece::Word { label: before, octets: held })
                        if before.eq_ignore_ascii_case(&label)
                            && (!is_jis || (jis::left_open(held) && octets.first() != Some(&0x1B))) =>
                    {
                        held.extend(octets);
                    }
                    _ => out.push(Piece::Word { label, octets }),
                }
            }
            raw @ Piece::Raw(_) => out.push(raw),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_set_are_joined_before_they_are_read() {
        // 市 (E5 B8 82) is split between two words
        assert_eq!(decode(b"=?UTF-8?B?5bg=?=\r\n =?utf-8?B?gumVtw==?=", &[]).text, "市長");
        assert_eq!(
            decode(b"=?iso-2022-jp?B?GyRCO1QbKEI=?=\r\n =?ISO-2022-JP?B?GyRCRDkbKEI=?=", &[]).text,
            "市長"
        );
        assert_eq!(decode(b"Re: =?utf-8?Q?=E5=B8=82_a?= b", &[]).text, "Re: 市 a b");
    }

    #[test]
    fn raw_octets_are_read_for_what_they_are() {
        for octets in [
            "市長さまへ".as_bytes().to_vec(),
            encoding_rs::SHIFT_JIS.encode("市長さまへ").0.into_owned(),
            encoding_rs::EUC_JP.encode("市長さまへ").0.into_owned(),
            encoding_rs::ISO_2022_JP.encode("市長さまへ").0.into_owned(),
        ] {
            let words = decode(&octets, &[]);
            assert_eq!((words.text.as_str(), words.repair), ("市長さまへ", Some(Repair::HeaderCharset)));
        }
    }

    #[test]
    fn what_only_looks_like_an_encoded_word_stays() {
        for text in ["=?utf-8?X?abc?=", "a =? b", "=?utf-8?B?", "1 =?= 2"] {
            assert_eq!(decode(text.as_bytes(), &[]).text, text);
        }
    }
}
