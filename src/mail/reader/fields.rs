//! The header of a message or part: its fields as they stand, and where it ends.

use super::reading::{Limits, Repair};

/// One header field: name and value as they stand, value folded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// Before the colon.
    pub name: &'a [u8],
    /// After the colon, line breaks and all.
    pub value: &'a [u8],
}

impl Field<'_> {
    /// Whether it is called so, in any letters.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// A header block.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    /// The fields in their order.
    pub fields: Vec<Field<'a>>,
    /// Where the body begins, counted from the octets given.
    pub body: usize,
    /// What had to be put right.
    pub repaired: Vec<Repair>,
    /// Whether fields were left out for their number or size.
    pub cut: bool,
}

impl<'a> Head<'a> {
    /// The first field of a name: what follows under the same name is a copy or a trick.
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// All fields of a name, topmost first.
    pub(super) fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'a [u8]> + 'h {
        self.fields.iter().filter(move |f| f.is(name)).map(|f| f.value)
    }
}

/// More fields than any mail has.
const MOST_FIELDS: usize = 5_000;

/// Takes the header block from the start of a message or part. `root` forgives what only whole messages suffer:
/// blank lines and mbox's "From " before the header.
pub(super) fn head<'a>(octets: &'a [u8], root: bool, limits: &Limits) -> Head<'a> {
    let mut head = Head::default();
    let mut at = 0;
    if root {
        at = leading(octets);
        if at > 0 {
            head.repaired.push(Repair::LeadingLines);
        }
    }
    let start = at;
    while at < octets.len() {
        let end = line_end(octets, at);
        let line = bare(&octets[at..end]);
        if line.is_empty() {
            head.body = end;
            return head;
        }
        let Some(colon) = name_length(line) else {
            let next = octets.get(end..).unwrap_or_default();
            let blank = line.iter().all(|o| matches!(o, b' ' | b'\t'));
            if blank && !continues(next) {
                head.body = end;
                return head;
            }
            // a stray line among fields is passed over; anything else is already the body
            if at > start && continues(next) {
                at = end;
                continue;
            }
            if at > start || root {
                head.repaired.push(Repair::HeaderEnd);
            }
            head.body = at;
            return head;
        };
        let mut to = end;
        while to < octets.len() && matches!(octets[to], b' ' | b'\t') {
            let next = line_end(octets, to);
            let blank = |line: &[u8]| line.iter().all(|o| matches!(o, b' ' | b'\t'));
            let after = &octets[next..];
            let goes_on =
                matches!(after.first(), Some(b' ' | b'\t')) && !blank(bare(&after[..line_end(after, 0)]));
            if blank(bare(&octets[to..next])) && !goes_on && !continues(after) {
                break;
            }
            to = next;
        }
        let value = bare(&octets[at + colon + 1..to]);
        if head.fields.len() >= MOST_FIELDS || to - start > limits.header_bytes {
            head.cut = true;
        }
        if !head.cut || head.fields.len() < 64 {
            let most = value.len().min(limits.field_bytes);
            head.cut |= most < value.len();
            let name = octets[at..at + colon].trim_ascii_end();
            head.fields.push(Field { name, value: &value[..most] });
        }
        at = to;
    }
    head.body = octets.len();
    head
}

/// How many octets before the header do not belong to it.
fn leading(octets: &[u8]) -> usize {
    let mut at = if octets.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    loop {
        let end = line_end(octets, at);
        let line = bare(&octets[at..end]);
        let postmark = line.starts_with(b"From ") || line.starts_with(b">From ");
        if end == at || end == octets.len() || !(postmark || line.trim_ascii().is_empty()) {
            return at;
        }
        at = end;
    }
}

/// The length of a field's name, if the line begins one.
fn name_length(line: &[u8]) -> Option<usize> {
    let colon = line.iter().take(100).position(|o| *o == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|o| (0x21..=0x7E).contains(o))).then_some(colon)
}

/// Whether a header plausibly goes on here: a field every mail knows.
fn continues(octets: &[u8]) -> bool {
    const KNOWN: &[&str] = &[
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "received",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "reply-to",
        "references",
        "in-reply-to",
        "return-path",
        "sender",
        "x-mailer",
    ];
    let line = bare(&octets[..line_end(octets, 0)]);
    name_length(line)
        .is_some_and(|n| KNOWN.iter().any(|k| line[..n].trim_ascii_end().eq_ignore_ascii_case(k.as_bytes())))
}

/// Where the line that begins at `at` ends, its line feed included.
pub(super) fn line_end(octets: &[u8], at: usize) -> usize {
    octets.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(octets.len(), |n| at + n + 1)
}

/// A line without its end, however many carriage returns that has.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let keep = line.iter().rposition(|o| *o != b'\r').map_or(0, |n| n + 1);
    &line[..keep]
}

/// A value on one line: line breaks and NUL go, the blanks that made the fold stay.
pub(super) fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (n, octet) in value.iter().enumerate() {
        match octet {
            b'\n' | 0 => {}
            // a carriage return alone is a blank, never a new field
            b'\r' if value.get(n + 1).is_some_and(|o| !matches!(o, b'\n' | b'\r')) => out.push(b' '),
            b'\r' => {}
            _ => out.push(*octet),
        }
    }
    out.trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(octets: &str) -> (Vec<String>, String) {
        let head = head(octets.as_bytes(), true, &Limits::default());
        let names = head.fields.iter().map(|f| String::from_utf8_lossy(f.name).into_owned()).collect();
        (names, octets[head.body..].to_owned())
    }

    #[test]
    fn the_header_is_found_behind_whatever_stands_before_it() {
        for before in [
            "",
            "\r\n\r\n",
            " \t\r\n",
            "From a@example.jp Thu Jan  1 00:00:00 2026\n",
            "\u{feff}",
            "\n>From x y\n",
        ] {
            let (names, body) = names(&format!("{before}Subject: a\r\n b\r\nFrom: c@example.jp\r\n\r\nbody"));
            assert_eq!(
                (names, body.as_str()),
                (vec!["Subject".to_owned(), "From".to_owned()], "body"),
                "{before:?}"
            );
        }
    }

    #[test]
    fn a_header_without_an_empty_line_ends_where_the_fields_end() {
        let (names, body) = self::names("Subject: a\nFrom: b@example.jp\nこれは本文です。\n二行目\n");
        assert_eq!((names.len(), body.as_str()), (2, "これは本文です。\n二行目\n"));
    }

    #[test]
    fn a_carriage_return_inside_a_value_makes_no_new_field() {
        let head =
            head(b"Subject: a\rFrom: evil@example.jp\r\nTo: b@example.jp\r\n\r\n", true, &Limits::default());
        assert!(head.first("From").is_none());
        assert_eq!(unfolded(head.first("Subject").expect("it is there")), b"a From: evil@example.jp");
    }
}
