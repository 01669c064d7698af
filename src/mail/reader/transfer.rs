//! Transfer encodings, as forgivingly as they must be.

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

/// How a part's octets were wrapped for the journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Base64,
    Quoted,
    Uu,
}

impl Encoding {
    /// The encoding a field names; an unknown name is none.
    pub(super) fn of(value: &[u8]) -> Encoding {
        let name = String::from_utf8_lossy(value)
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_ascii_lowercase();
        let name =
            name.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(')).next().unwrap_or_default();
        match name {
            "base64" | "b" => Encoding::Base64,
            "quoted-printable" | "quotedprintable" | "q" => Encoding::Quoted,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => Encoding::Uu,
            _ => Encoding::Identity,
        }
    }
}

/// Undoes an encoding; whether something was wrong with it comes beside.
pub(super) fn decode(octets: &[u8], encoding: Encoding) -> (Vec<u8>, bool) {
    match encoding {
        Encoding::Identity => (octets.to_vec(), false),
        Encoding::Base64 => base64(octets),
        Encoding::Quoted => quoted(octets),
        Encoding::Uu => {
            let files = uuencoded(octets).1;
            match files.into_iter().next() {
                Some(file) => (file.octets, false),
                None => (octets.to_vec(), true),
            }
        }
    }
}

/// Undoes base64, or hands the octets back where they never were base64.
pub(super) fn base64(octets: &[u8]) -> (Vec<u8>, bool) {
    // several pieces, each with its own padding, were glued together
    let early_padding =
        memchr::memchr(b'=', octets).is_some_and(|n| octets[n..].iter().any(u8::is_ascii_alphanumeric));
    if !early_padding && let Some(plain) = base64_decode(octets) {
        return (plain, false);
    }
    let strange =
        octets.iter().filter(|o| value(**o).is_none() && **o != b'=' && !o.is_ascii_whitespace()).count();
    let blanks = octets.iter().filter(|o| **o == b' ').count();
    if (strange + blanks) * 10 > octets.len() {
        return (octets.to_vec(), true);
    }
    let mut out = Vec::with_capacity(octets.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for octet in octets {
        if *octet == b'=' {
            (bits, held) = (0, 0);
        } else if let Some(six) = value(*octet) {
            bits = bits << 6 | six;
            held += 6;
            if held >= 8 {
                held -= 8;
                out.push(u8::try_from(bits >> held & 0xFF).unwrap_or(0));
            }
        }
    }
    (out, true)
}

fn value(octet: u8) -> Option<u32> {
    Some(u32::from(match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn quoted(octets: &[u8]) -> (Vec<u8>, bool) {
    if let Some(plain) = quoted_printable_decode(octets) {
        return (plain, false);
    }
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        if octets[at] != b'=' {
            out.push(octets[at]);
            at += 1;
            continue;
        }
        let rest = &octets[at + 1..];
        let blanks = rest.iter().take_while(|o| matches!(o, b' ' | b'\t' | b'\r')).count();
        if let Some(octet) = hex(rest) {
            out.push(octet);
            at += 3;
        } else if rest.get(blanks) == Some(&b'\n') {
            at += 2 + blanks;
        } else if rest.is_empty() {
            at += 1;
        } else {
            // a sign of equality that nobody encoded
            out.push(b'=');
            at += 1;
        }
    }
    (out, true)
}

fn hex(octets: &[u8]) -> Option<u8> {
    let digit = |n: usize| octets.get(n).and_then(|o| char::from(*o).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The Q of encoded words: an underscore is a blank.
pub(super) fn quoted_word(coded: &[u8]) -> Vec<u8> {
    escaped(coded, b'=', |o| if o == b'_' { b' ' } else { o })
}

/// The percent signs of RFC 2231.
pub(super) fn percent(coded: &[u8]) -> Vec<u8> {
    escaped(coded, b'%', |o| o)
}

fn escaped(coded: &[u8], sign: u8, other: fn(u8) -> u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(coded.len());
    let mut at = 0;
    while let Some(octet) = coded.get(at) {
        match hex(&coded[at + 1..]).filter(|_| *octet == sign) {
            Some(plain) => {
                out.push(plain);
                at += 3;
            }
            None => {
                out.push(other(*octet));
                at += 1;
            }
        }
    }
    out
}

/// A file that stood within a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuFile {
    /// Its name, as written.
    pub name: Vec<u8>,
    /// Its content.
    pub octets: Vec<u8>,
}

/// Takes uuencoded files out of a text; what is left comes first.
pub(super) fn uuencoded(octets: &[u8]) -> (Vec<u8>, Vec<UuFile>) {
    let (mut rest, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < octets.len() {
        let end = super::fields::line_end(octets, at);
        match uu_name(super::fields::bare(&octets[at..end])).and_then(|name| uu_file(octets, end, name)) {
            Some((file, after)) => {
                files.push(file);
                at = after;
            }
            None => {
                rest.extend_from_slice(&octets[at..end]);
                at = end;
            }
        }
    }
    (rest, files)
}

fn uu_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|o| (b'0'..=b'7').contains(*o)).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?;
    ((3..=4).contains(&digits) && !name.is_empty()).then_some(name)
}

/// Reads from the line after "begin" to "end". Every line must be as long as it says, or it was only a word.
fn uu_file(octets: &[u8], from: usize, name: &[u8]) -> Option<(UuFile, usize)> {
    let mut out = Vec::new();
    let mut at = from;
    while at < octets.len() {
        let end = super::fields::line_end(octets, at);
        let line = super::fields::bare(&octets[at..end]);
        if line == b"end" {
            let name = name.to_vec();
            return (!out.is_empty()).then_some((UuFile { name, octets: out }, end));
        }
        at = end;
        let Some((&first, coded)) = line.split_first() else { continue };
        let count = usize::from(first.wrapping_sub(0x20) & 0x3F);
        let needed = count.div_ceil(3) * 4;
        // blanks at the end may have been trimmed on the way
        if !(0x20..=0x60).contains(&first) || coded.len() + 3 < needed || coded.len() > needed + 2 {
            return None;
        }
        let start = out.len();
        for four in (0..needed).step_by(4) {
            let six =
                |n: usize| u32::from(coded.get(four + n).copied().unwrap_or(b' ').wrapping_sub(0x20) & 0x3F);
            let bits = six(0) << 18 | six(1) << 12 | six(2) << 6 | six(3);
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        out.truncate(start + count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_base64_gives_what_can_be_had() {
        assert_eq!(base64(b"5biC\r\n6ZW3").0, "市長".as_bytes());
        assert_eq!(base64(b"5biC=\r\n6ZW3==").0, "市長".as_bytes());
        assert_eq!(
            base64(b"5b!iC*6ZW3YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo").0,
            "市長abcdefghijklmnopqrstuvwxyz".as_bytes()
        );
        assert_eq!(base64(b"5biC6ZW").0[..3], *"市".as_bytes());
        let text = b"This was never base64, whatever the header says.";
        assert_eq!(base64(text), (text.to_vec(), true));
    }

    #[test]
    fn quoted_printable_keeps_a_sign_nobody_encoded() {
        assert_eq!(quoted(b"a=3Db =\r\nc 1+1=2! =E5=B8=82=").0, "a=b c 1+1=2! 市".as_bytes());
    }

    #[test]
    fn a_uuencoded_file_leaves_the_text_and_a_word_does_not() {
        let text = b"before\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n";
        let (rest, files) = uuencoded(text);
        assert_eq!(rest, b"before\r\nafter\r\n");
        assert_eq!(files, [UuFile { name: b"cat.txt".to_vec(), octets: b"Cat".to_vec() }]);
        let prose = b"begin 644 words\nand nothing else\nend\n";
        assert_eq!(uuencoded(prose), (prose.to_vec(), vec![]));
    }
}
