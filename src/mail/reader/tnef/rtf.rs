//! The text of RTF, and the compression Outlook puts around it (MS-OXRTFCP, MS-OXRTFEX).

use super::super::charset;

/// What every compressed RTF is taken to begin with.
const BEFORE: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// More RTF than a mail has text.
const MOST: usize = 8 * 1024 * 1024;

/// Undoes the compression; `None` when it is neither compressed nor plain.
pub(super) fn decompress(octets: &[u8]) -> Option<Vec<u8>> {
    let magic = octets.get(8..12)?;
    let content = octets.get(16..)?;
    if magic == b"MELA" {
        return Some(content[..content.len().min(MOST)].to_vec());
    }
    if magic != b"LZFu" {
        return None;
    }
    let mut ring = [b' '; 4096];
    ring[..BEFORE.len()].copy_from_slice(BEFORE);
    let mut write = BEFORE.len();
    let mut out = Vec::new();
    let mut input = content.iter().copied();
    let put = |octet: u8, write: &mut usize, out: &mut Vec<u8>, ring: &mut [u8; 4096]| {
        ring[*write] = octet;
        *write = (*write + 1) % 4096;
        out.push(octet);
    };
    while out.len() < MOST {
        let Some(flags) = input.next() else { break };
        for bit in 0..8 {
            let Some(first) = input.next() else { return Some(out) };
            if flags >> bit & 1 == 0 {
                put(first, &mut write, &mut out, &mut ring);
                continue;
            }
            let Some(second) = input.next() else { return Some(out) };
            let pair = usize::from(first) << 8 | usize::from(second);
            let (from, length) = (pair >> 4, (pair & 0xF) + 2);
            if from == write {
                return Some(out);
            }
            for n in 0..length {
                let octet = ring[(from + n) % 4096];
                put(octet, &mut write, &mut out, &mut ring);
            }
        }
    }
    Some(out)
}

#[derive(Clone, Copy, Default)]
struct Group {
    /// Fonts, colours, pictures and the like: nobody's reading.
    silent: bool,
    /// How many characters stand in for one given as a number.
    stand_ins: usize,
}

/// The words of RTF, HTML wrapped in RTF included.
pub(super) fn text(rtf: &[u8]) -> String {
    const DEEPEST: usize = 10_000;
    let mut out = String::new();
    let mut held: Vec<u8> = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut now = Group { silent: false, stand_ins: 1 };
    let (mut page, mut html_twin, mut skip) = ("cp932".to_owned(), false, 0usize);
    let mut at = 0;
    while let Some(&octet) = rtf.get(at) {
        at += 1;
        if octet != b'\\' && octet < 0x80 {
            flush(&mut held, &page, &mut out);
        }
        match octet {
            b'{' if groups.len() < DEEPEST => groups.push(now),
            b'}' => now = groups.pop().unwrap_or(now),
            b'\r' | b'\n' | b'{' => {}
            b'\\' => {
                let next = rtf.get(at).copied().unwrap_or_default();
                if next == b'\'' {
                    let digits = rtf.get(at + 1..at + 3).and_then(|d| std::str::from_utf8(d).ok());
                    at += 3;
                    if let Some(octet) = digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
                        if skip > 0 {
                            skip -= 1;
                        } else if !now.silent && !html_twin {
                            held.push(octet);
                        }
                    }
                    continue;
                }
                flush(&mut held, &page, &mut out);
                if !next.is_ascii_alphabetic() {
                    at += 1;
                    match next {
                        b'*' => now.silent = true,
                        b'~' if !now.silent => out.push(' '),
                        b'\\' | b'{' | b'}' if !now.silent && !html_twin => out.push(char::from(next)),
                        _ => {}
                    }
                    continue;
                }
                let (word, number, length) = control(&rtf[at..]);
                at += length;
                match word {
                    "par" | "line" | "row" if !now.silent && !html_twin => out.push('\n'),
                    "tab" | "cell" if !now.silent && !html_twin => out.push('\t'),
                    "ansicpg" => {
                        page = number.and_then(|n| u32::try_from(n).ok()).map_or(page, super::code_page);
                    }
                    "uc" => now.stand_ins = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
                    "u" if !now.silent && !html_twin => {
                        let code = number.map(|n| if n < 0 { n + 65536 } else { n });
                        out.extend(code.and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32));
                        skip = now.stand_ins;
                    }
                    "fonttbl" | "colortbl" | "stylesheet" | "info" | "pict" | "object" | "header"
                    | "footer" => now.silent = true,
                    // what is shown where RTF is shown but HTML is meant
                    "htmlrtf" => html_twin = number != Some(0),
                    _ => {}
                }
            }
            _ if now.silent || html_twin => {}
            _ if skip > 0 => skip -= 1,
            _ => held.push(octet),
        }
    }
    flush(&mut held, &page, &mut out);
    out.trim().to_owned()
}

fn flush(held: &mut Vec<u8>, page: &str, out: &mut String) {
    if !held.is_empty() {
        out.push_str(&charset::read(held, Some(page), &[]).text);
        held.clear();
    }
}

/// A control word, its number, and its length with the blank behind it.
fn control(rtf: &[u8]) -> (&str, Option<i64>, usize) {
    let letters = rtf.iter().take(32).take_while(|o| o.is_ascii_alphabetic()).count();
    let rest = &rtf[letters..];
    let minus = usize::from(rest.first() == Some(&b'-'));
    let digits = rest[minus..].iter().take(10).take_while(|o| o.is_ascii_digit()).count();
    let taken = if digits > 0 { minus + digits } else { 0 };
    let number = std::str::from_utf8(&rest[..taken]).ok().and_then(|n| n.parse().ok());
    let blank = usize::from(rest.get(taken) == Some(&b' '));
    (std::str::from_utf8(&rtf[..letters]).unwrap_or_default(), number, letters + taken + blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_rtf_are_read_and_its_machinery_is_not() {
        let rtf = br"{\rtf1\ansi\ansicpg932{\fonttbl{\f0 MS Gothic;}}\f0\'8e\'73\'92\'b7 \u24066?\u38263?\par next {\b bold}\{x\}{\*\generator no;}}";
        assert_eq!(text(rtf), "市長 市長\nnext bold{x}");
    }

    #[test]
    fn compressed_rtf_is_the_specifications_own_example() {
        // MS-OXRTFCP 3.1.1
        let octets = b"\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";
        assert_eq!(
            decompress(octets).expect("compressed"),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
    }
}
