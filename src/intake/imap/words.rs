//! Sets, strings and names as IMAP writes them.

use std::fmt::Write as _;

use base64::Engine;

/// `1:3,7` for 1, 2, 3, 7.
pub(super) fn set(uids: &[u32]) -> String {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    let mut out = String::new();
    let mut from = 0;
    while from < sorted.len() {
        let mut to = from;
        while to + 1 < sorted.len() && sorted[to + 1] - sorted[to] <= 1 {
            to += 1;
        }
        let comma = if out.is_empty() { "" } else { "," };
        // writing to a string does not fail
        let _ = match sorted[to] == sorted[from] {
            true => write!(out, "{comma}{}", sorted[from]),
            false => write!(out, "{comma}{}:{}", sorted[from], sorted[to]),
        };
        from = to + 1;
    }
    out
}

/// A string in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A folder's name on the wire (modified UTF-7, RFC 3501, 5.1.3).
pub(super) fn utf7(name: &str) -> String {
    let alphabet = base64::engine::GeneralPurpose::new(
        &base64::alphabet::IMAP_MUTF7,
        base64::engine::general_purpose::NO_PAD,
    );
    let mut out = String::new();
    let mut beyond: Vec<u8> = Vec::new();
    let flush = |beyond: &mut Vec<u8>, out: &mut String| {
        if !beyond.is_empty() {
            out.push('&');
            out.push_str(&alphabet.encode(&*beyond));
            out.push('-');
            beyond.clear();
        }
    };
    for c in name.chars() {
        if c.is_ascii_graphic() || c == ' ' {
            flush(&mut beyond, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            beyond.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut beyond, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_mails_is_written_short_and_says_the_same() {
        assert_eq!(set(&[7, 1, 2, 3]), "1:3,7");
        assert_eq!(set(&[5]), "5");
        assert_eq!(set(&[1, 3, 4, u32::MAX]), "1,3:4,4294967295");
    }

    #[test]
    fn a_folder_with_a_japanese_name_is_found() {
        // the example of RFC 3501, and one of ours
        assert_eq!(utf7("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(utf7("R&D"), "R&-D");
    }

    #[test]
    fn a_password_with_quotes_stays_one_word() {
        assert_eq!(quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    }
}
