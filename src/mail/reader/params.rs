//! Content-Type and Content-Disposition: a word and its parameters, and the file names in them.

use super::charset::{self, Charset};
use super::fields::unfolded;
use super::reading::Repair;
use super::{transfer, words};

/// More parameters than anybody writes.
const MOST: usize = 500;

/// A field of the form `word; name=value; …`.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// The word, lower case.
    pub word: String,
    /// The parameters: names in lower case, values as octets without their quotes.
    parameters: Vec<(String, Vec<u8>)>,
    /// Whether a value stood on the line after its equals sign.
    pub folded: bool,
}

impl Field {
    /// Reads a value as it stands in the header.
    pub(super) fn of(value: &[u8]) -> Field {
        let folded = memchr::memchr_iter(b'=', value)
            .any(|n| value[n + 1..].iter().take_while(|o| o.is_ascii_whitespace()).any(|o| *o == b'\n'));
        let value = unfolded(value);
        let mut pieces = split(&value).into_iter();
        let word = String::from_utf8_lossy(&pieces.next().unwrap_or_default()).trim().to_ascii_lowercase();
        let word = word.split(|c: char| c == '(' || c.is_whitespace()).next().unwrap_or_default().to_owned();
        let mut parameters = Vec::new();
        for piece in pieces.take(MOST) {
            let Some(equals) = memchr::memchr(b'=', &piece) else { continue };
            let name = String::from_utf8_lossy(piece[..equals].trim_ascii()).to_ascii_lowercase();
            parameters.push((name, unquoted(piece[equals + 1..].trim_ascii())));
        }
        Field { word, parameters, folded }
    }

    /// A parameter's octets; the first of its name.
    pub(super) fn octets(&self, name: &str) -> Option<&[u8]> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice())
    }

    /// A parameter that is a plain word, without a comment behind it.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        let octets = match self.octets(name) {
            Some(octets) => octets.to_vec(),
            None => self.continued(name)?.0,
        };
        let text = String::from_utf8_lossy(&octets);
        let text = text.split(|c: char| c == '(' || c.is_whitespace()).find(|w| !w.is_empty())?;
        Some(text.to_owned())
    }

    /// A parameter in RFC 2231's form: its octets put together, and its character set.
    fn continued(&self, name: &str) -> Option<(Vec<u8>, Option<String>)> {
        let mut segments: Vec<(u32, bool, &[u8])> = Vec::new();
        for (key, value) in &self.parameters {
            let Some(rest) = key.strip_prefix(name).and_then(|r| r.strip_prefix('*')) else { continue };
            let (number, coded) = match rest.strip_suffix('*') {
                Some(number) => (number, true),
                None => (rest, rest.is_empty()),
            };
            let number = if number.is_empty() { 0 } else { number.parse().ok()? };
            segments.push((number, coded, value));
        }
        segments.sort_by_key(|(number, ..)| *number);
        let (_, coded, first) = *segments.first()?;
        let (mut label, mut octets) = (None, Vec::new());
        let mut rest = first;
        if coded && let Some((charset, value)) = charset_prefix(first) {
            label = Some(String::from_utf8_lossy(charset).into_owned()).filter(|l| !l.is_empty());
            rest = value;
        }
        for (n, (_, coded, value)) in segments.iter().enumerate() {
            let value = if n == 0 { rest } else { value };
            octets.extend(if *coded { transfer::percent(value) } else { value.to_vec() });
        }
        Some((octets, label))
    }

    /// A file name under this parameter, decoded, and whether it had to be guessed at.
    pub(super) fn name(&self, parameter: &str, others: &[Charset]) -> Option<(String, Option<Repair>)> {
        if let Some((octets, label)) = self.continued(parameter) {
            // some programs put encoded words even here
            if octets.starts_with(b"=?") {
                return Some((words::decode(&octets, others).text, Some(Repair::FileName)));
            }
            let text = charset::read(&octets, label.as_deref(), others);
            return Some((text.text, text.repair.map(|_| Repair::FileName)));
        }
        let octets = self.octets(parameter)?;
        let percents = octets.iter().filter(|o| **o == b'%').count();
        if percents > 1 && octets.is_ascii() {
            let plain = transfer::percent(octets);
            if !plain.is_ascii()
                && let Ok(text) = String::from_utf8(plain)
            {
                return Some((text, Some(Repair::FileName)));
            }
        }
        let words = words::decode(octets, others);
        Some((words.text, words.repair.map(|_| Repair::FileName)))
    }
}

/// `charset'language'value`.
fn charset_prefix(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = memchr::memchr(b'\'', value)?;
    let second = first + 1 + memchr::memchr(b'\'', &value[first + 1..])?;
    Some((&value[..first], &value[second + 1..]))
}

/// Cuts at semicolons outside quotes. Inside quotes stand octets of every character set: half of a Shift_JIS character
/// or a JIS run may look like a quote, a backslash or a semicolon.
fn split(value: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let mut quoted = false;
    let mut at = 0;
    while let Some(&octet) = value.get(at) {
        let length = run(value, at);
        let inside = &value[at..at + length];
        match octet {
            b'"' if length == 1 => quoted = !quoted,
            b';' if length == 1 && !quoted => {
                if pieces.len() > MOST {
                    break;
                }
                pieces.push(Vec::new());
                at += 1;
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.extend_from_slice(inside);
        }
        at += length;
    }
    pieces
}

/// How many octets belong together at this place: an escaped quote, a JIS run, a pair that begins above 0x80.
fn run(value: &[u8], at: usize) -> usize {
    match &value[at..] {
        [b'\\', b'"' | b'\\', ..] => 2,
        [0x1B, b'$', rest @ ..] => {
            memchr::memmem::find(rest, b"\x1b(").map_or(1, |n| (n + 5).min(value.len() - at))
        }
        [lead, b'\\', ..] if *lead >= 0x80 => 2,
        _ => 1,
    }
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(inner) = value.strip_prefix(b"\"") else { return value.to_vec() };
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(&octet) = inner.get(at) {
        let length = run(inner, at);
        match octet {
            b'"' if length == 1 => break,
            b'\\' if length == 2 => out.push(inner[at + 1]),
            _ => out.extend_from_slice(&inner[at..at + length]),
        }
        at += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &[u8]) -> String {
        Field::of(value).name("filename", &[]).expect("a name").0
    }

    #[test]
    fn every_way_to_write_a_file_name_gives_the_name() {
        let sjis = encoding_rs::SHIFT_JIS.encode("表示;予定.pdf").0.into_owned();
        let raw = [b"attachment; filename=\"", sjis.as_slice(), b"\"; size=3"].concat();
        let jis = encoding_rs::ISO_2022_JP.encode("表示予定.pdf").0.into_owned();
        let raw_jis = [b"attachment; filename=\"", jis.as_slice(), b"\""].concat();
        for (value, expected) in [
            (&b"attachment; filename=\"a b.pdf\""[..], "a b.pdf"),
            (b"attachment; filename=a b.pdf", "a b.pdf"),
            (b"attachment; filename=\r\n\t\"next line.pdf\"", "next line.pdf"),
            (b"attachment; filename=\"quo\\\"te.pdf\"", "quo\"te.pdf"),
            (b"attachment; filename*=UTF-8'ja'%E8%A1%A8.pdf", "表.pdf"),
            (b"attachment; filename*=%E8%A1%A8.pdf", "表.pdf"),
            (b"attachment; filename*1*=%A1%A8.pdf; filename*0*=utf-8''%E8", "表.pdf"),
            (b"attachment; filename*0=\"long \"; filename*1=\"name.pdf\"", "long name.pdf"),
            (b"attachment; filename*0*=iso-2022-jp''%1B$BI=%1B(B; filename*1*=%1B$B<(%1B(B.pdf", "表示.pdf"),
            (b"attachment; filename=\"=?iso-2022-jp?B?GyRCST0bKEI=?=.pdf\"", "表.pdf"),
            (b"attachment; filename=%E8%A1%A8.pdf", "表.pdf"),
            (b"attachment; filename=100%.pdf", "100%.pdf"),
            (&raw, "表示;予定.pdf"),
            (&raw_jis, "表示予定.pdf"),
        ] {
            assert_eq!(name(value), expected, "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn a_word_is_read_without_its_comments() {
        let field = Field::of(b"TEXT/Plain; charset=us-ascii (Plain text); format=\"flowed\"");
        assert_eq!(field.word, "text/plain");
        assert_eq!(field.plain("charset").as_deref(), Some("us-ascii"));
        assert_eq!(field.plain("format").as_deref(), Some("flowed"));
        assert!(Field::of(b"multipart/mixed; boundary=\r\n \"x\"").folded);
    }
}
