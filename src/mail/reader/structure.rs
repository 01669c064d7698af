//! The parts of a message, found in one pass and without recursion, however they are nested or broken.
//!
//! Every line that could be a boundary is compared with the open boundaries, innermost first: a part that was never
//! closed ends where its parent's next part begins. The work is bounded by depth times length.

use super::fields::{self, Head, bare, line_end};
use super::params::Field;
use super::reading::{Limits, Repair};
use super::transfer::Encoding;

/// One part: a leaf, a multipart or a nested message.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Its header.
    pub head: Head<'a>,
    /// Content-Type, as far as it can be understood.
    pub content: Field,
    /// Content-Disposition.
    pub disposition: Field,
    /// Content-Transfer-Encoding.
    pub encoding: Encoding,
    /// What follows the header, still encoded.
    pub body: &'a [u8],
    /// The part it stands in.
    pub parent: Option<usize>,
    /// How many nested messages it stands in.
    pub message: usize,
}

impl Part<'_> {
    /// Its type, lower case; `text/plain` where none is stated.
    pub(super) fn kind(&self) -> &str {
        &self.content.word
    }

    /// Whether it holds parts.
    pub(super) fn is_multipart(&self) -> bool {
        self.kind().starts_with("multipart/")
    }

    /// Whether it is a mail within the mail.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.kind(), "message/rfc822" | "message/global" | "message/news")
    }
}

/// The parts in the order they stand in; the first is the message itself.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    /// The parts.
    pub parts: Vec<Part<'a>>,
    /// What had to be put right.
    pub repaired: Vec<Repair>,
    /// Whether parts were left out for their number or depth.
    pub cut: bool,
}

struct Open {
    boundary: Vec<u8>,
    part: usize,
}

/// Finds the parts.
pub(super) fn outline<'a>(octets: &'a [u8], limits: &Limits) -> Outline<'a> {
    let mut out = walk(octets, limits, None);
    // a multipart whose boundary never comes: the octets show which one was meant
    if let Some(root) = out.parts.first()
        && root.is_multipart()
        && out.parts.len() == 1
        && let Some(boundary) = sniffed(root.body)
    {
        let again = walk(octets, limits, Some(boundary));
        if again.parts.len() > 1 {
            out = again;
            out.repaired.push(Repair::Boundary);
        }
    }
    out
}

fn walk<'a>(octets: &'a [u8], limits: &Limits, root_boundary: Option<&[u8]>) -> Outline<'a> {
    let mut out = Outline::default();
    let mut open: Vec<Open> = Vec::new();
    // parts whose end is not known yet, and where their bodies begin
    let mut unended: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    let (mut parent, mut message) = (None, 0);
    'parts: loop {
        if out.parts.len() >= limits.parts {
            out.cut = true;
            break;
        }
        let index = out.parts.len();
        let mut part = begin(&octets[at..], parent, message, limits, &mut out);
        let body = at + part.head.body;
        if index == 0
            && let Some(boundary) = root_boundary
        {
            open.push(Open { boundary: boundary.to_vec(), part: 0 });
        } else if part.is_multipart() {
            let boundary = part.content.octets("boundary").map(|b| b.trim_ascii().to_vec());
            let boundary = boundary.filter(|b| !b.is_empty());
            match boundary {
                Some(boundary) if open.len() < limits.depth => open.push(Open { boundary, part: index }),
                Some(_) => out.cut = true,
                None => {}
            }
        }
        part.body = &octets[body..];
        let nested = part.is_message() && part.encoding == Encoding::Identity;
        let deep = message >= limits.depth;
        out.cut |= nested && deep;
        out.parts.push(part);
        unended.push((index, body));
        if nested && !deep {
            (parent, message, at) = (Some(index), message + 1, body);
            continue;
        }
        // on to the next boundary that anything open waits for
        let mut from = body;
        loop {
            let Some(line) = dashes(octets, from) else { break 'parts };
            let end = line_end(octets, line);
            let Some((level, closing, exact)) = matching(bare(&octets[line..end]), &open) else {
                from = end;
                continue;
            };
            if !exact {
                note(&mut out.repaired, Repair::Boundary);
            }
            if level + 1 < open.len() {
                note(&mut out.repaired, Repair::Unclosed);
            }
            // everything begun since the owner of this boundary ends here
            let owner = open[level].part;
            while let Some((part, start)) = unended.pop_if(|(part, _)| *part > owner) {
                out.parts[part].body = &octets[start..before(octets, start, line)];
            }
            open.truncate(level + 1);
            if closing {
                open.pop();
                if let Some((part, start)) = unended.pop_if(|(part, _)| *part == owner) {
                    out.parts[part].body = &octets[start..end];
                }
                from = end;
                continue;
            }
            parent = Some(owner);
            message = out.parts[owner].message;
            at = end;
            continue 'parts;
        }
    }
    if !open.is_empty() && !out.cut {
        note(&mut out.repaired, Repair::Unclosed);
    }
    out
}

fn begin<'a>(
    octets: &'a [u8],
    parent: Option<usize>,
    message: usize,
    limits: &Limits,
    out: &mut Outline<'a>,
) -> Part<'a> {
    let root = parent.is_none_or(|p| out.parts[p].is_message());
    let head = fields::head(octets, root, limits);
    for repair in &head.repaired {
        note(&mut out.repaired, *repair);
    }
    out.cut |= head.cut;
    let default = match parent.map(|p| out.parts[p].kind()) {
        Some("multipart/digest") => "message/rfc822",
        _ => "text/plain",
    };
    let mut content = head.first("Content-Type").map(Field::of).unwrap_or_default();
    if !content.word.contains('/') || content.word.ends_with('/') {
        if head.first("Content-Type").is_some() {
            note(&mut out.repaired, Repair::ContentType);
        }
        content.word = match content.word.trim_end_matches('/') {
            "multipart" => "multipart/mixed",
            "html" => "text/html",
            "message" => "message/rfc822",
            "application" | "image" | "audio" | "video" => "application/octet-stream",
            _ => default,
        }
        .to_owned();
    }
    let disposition = head.first("Content-Disposition").map(Field::of).unwrap_or_default();
    if content.folded || disposition.folded {
        note(&mut out.repaired, Repair::FoldedParameter);
    }
    let encoding = head.first("Content-Transfer-Encoding").map_or(Encoding::Identity, Encoding::of);
    Part { head, content, disposition, encoding, body: &[], parent, message }
}

fn note(repaired: &mut Vec<Repair>, repair: Repair) {
    if !repaired.contains(&repair) {
        repaired.push(repair);
    }
}

/// The next line that begins with two dashes.
fn dashes(octets: &[u8], from: usize) -> Option<usize> {
    if octets.get(from..)?.starts_with(b"--") {
        return Some(from);
    }
    memchr::memmem::find(&octets[from..], b"\n--").map(|n| from + n + 1)
}

/// Which open boundary a line is: its level, whether it closes it, whether it is written as it should be.
fn matching(line: &[u8], open: &[Open]) -> Option<(usize, bool, bool)> {
    let written = line.strip_prefix(b"--")?;
    let line = written.trim_ascii_end();
    open.iter().enumerate().rev().find_map(|(level, o)| {
        let rest = line.strip_prefix(o.boundary.as_slice())?;
        match rest {
            b"" => Some((level, false, written.len() == line.len())),
            b"--" => Some((level, true, true)),
            _ => None,
        }
    })
}

/// The end of a body: the line break before a boundary belongs to the boundary.
fn before(octets: &[u8], start: usize, line: usize) -> usize {
    let mut end = line;
    if end > start && octets[end - 1] == b'\n' {
        end -= 1;
    }
    while end > start && octets[end - 1] == b'\r' {
        end -= 1;
    }
    end.max(start)
}

/// The boundary a body seems to use: a line of two dashes and more, followed by a header field.
fn sniffed(body: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    for _ in 0..100 {
        let line = dashes(body, from)?;
        let end = line_end(body, line);
        let boundary = bare(&body[line..end]).strip_prefix(b"--").unwrap_or_default().trim_ascii_end();
        let next = bare(&body[end..line_end(body, end)]).to_ascii_lowercase();
        if !boundary.is_empty() && (next.starts_with(b"content-") || next.starts_with(b"mime-version")) {
            return Some(boundary);
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(octets: &str) -> Vec<(String, String)> {
        let outline = outline(octets.as_bytes(), &Limits::default());
        let body = |p: &Part<'_>| String::from_utf8_lossy(p.body).into_owned();
        outline
            .parts
            .iter()
            .map(|p| (p.kind().to_owned(), body(p)))
            .filter(|(k, _)| !k.starts_with("multipart"))
            .collect()
    }

    fn said(parts: &[(&str, &str)]) -> Vec<(String, String)> {
        parts.iter().map(|(kind, body)| ((*kind).to_owned(), (*body).to_owned())).collect()
    }

    #[test]
    fn parts_are_found_whatever_is_wrong_with_their_boundaries() {
        let whole = said(&[("text/plain", "one"), ("text/html", "two")]);
        for (mail, case) in [
            (
                "Content-Type: multipart/mixed; boundary=x\n\npre\n--x\n\none\n--x\nContent-Type: text/html\n\ntwo\n--x--\nafter",
                "as it should be",
            ),
            (
                "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nContent-Type: text/html\n\ntwo",
                "no closing boundary",
            ),
            (
                "Content-Type: multipart/mixed; boundary=\n \"x\"\n\n--x\n\none\n--x\nContent-Type: text/html\n\ntwo\n--x--",
                "folded",
            ),
            (
                "Content-Type: multipart/mixed; boundary=\"x \"\n\n--x  \n\none\n--x \nContent-Type: text/html\n\ntwo\n--x-- ",
                "blanks",
            ),
            (
                "Content-Type: multipart; boundary=x\n\n--x\n\none\n--x\nContent-Type: html\n\ntwo\n--x--",
                "no subtype",
            ),
            (
                "Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\none\n--x\nContent-Type: text/html\n\ntwo\n--x--",
                "not named",
            ),
            (
                "Content-Type: multipart/mixed; boundary=y\n\n--x\nContent-Type: text/plain\n\none\n--x\nContent-Type: text/html\n\ntwo\n--x--",
                "misnamed",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/related; boundary=x\n\n--x\n\none\n--a\nContent-Type: text/html\n\ntwo\n--a--",
                "inner one never closed",
            ),
        ] {
            assert_eq!(bodies(mail), whole, "{case}");
        }
    }

    #[test]
    fn a_nested_message_holds_its_own_parts() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nhello\n--a\nContent-Type: message/rfc822\n\nSubject: in\n\ninner\n--a--\n";
        assert_eq!(
            bodies(mail),
            said(&[
                ("text/plain", "hello"),
                ("message/rfc822", "Subject: in\n\ninner"),
                ("text/plain", "inner")
            ])
        );
    }
}
