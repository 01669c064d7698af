//! Which parts of a mail are its text, and the text made fit to be read.

use super::charset::{self, Charset};
use super::html;
use super::reading::{Repair, Warning};
use super::structure::{Outline, Part};
use super::transfer::{self, UuFile};

/// What a part is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Holds parts.
    Frame,
    /// Read as text.
    Text,
    /// The same words in another form, next to a part that is read.
    Twin,
    /// A file.
    File,
}

/// Decides what each part is. Of alternatives the plain one is read, or the HTML where the plain one is blank; all other
/// inline text is read in its order.
pub(super) fn roles(outline: &Outline<'_>) -> Vec<Role> {
    let parts = &outline.parts;
    let mut roles: Vec<Role> = parts.iter().enumerate().map(|(n, part)| role(outline, n, part)).collect();
    for (n, part) in parts.iter().enumerate() {
        if part.kind() == "multipart/alternative" {
            choose(outline, n, &mut roles);
        }
    }
    // a mail whose only text is called an attachment still has something to say
    if !roles.contains(&Role::Text)
        && let Some(n) = parts.iter().position(|p| is_text(p) && p.message == 0 && p.name_given().is_none())
    {
        roles[n] = Role::Text;
    }
    // nor is one mute whose text is of a kind nobody knows: RFC 2046 reads it as plain
    if !roles.contains(&Role::Text) {
        for (n, part) in parts.iter().enumerate().filter(|(_, part)| is_odd_text(part)) {
            if part.message == 0 && part.disposition.word != "attachment" && part.name_given().is_none() {
                roles[n] = Role::Text;
            }
        }
    }
    roles
}

/// Text, and not one of the kinds that programs read.
fn is_odd_text(part: &Part<'_>) -> bool {
    const KNOWN: &[&str] =
        &["calendar", "vcard", "x-vcard", "directory", "csv", "rtf", "xml", "rfc822-headers"];
    part.kind().strip_prefix("text/").is_some_and(|kind| !KNOWN.contains(&kind))
}

impl Part<'_> {
    /// Whether the sender gave the part a file name.
    pub(super) fn name_given(&self) -> Option<()> {
        let named = |field: &super::params::Field, name: &str| {
            field.name(name, &[]).filter(|(n, _)| !n.trim().is_empty())
        };
        named(&self.disposition, "filename").or_else(|| named(&self.content, "name")).map(|_| ())
    }
}

fn is_text(part: &Part<'_>) -> bool {
    matches!(part.kind(), "text/plain" | "text/html" | "text/enriched" | "text/richtext")
        || (part.kind().starts_with("text/") && part.parent.is_none())
}

fn role(outline: &Outline<'_>, n: usize, part: &Part<'_>) -> Role {
    let has_parts = outline.parts.get(n + 1).is_some_and(|next| next.parent == Some(n));
    if part.is_multipart() && (has_parts || n > 0) {
        return Role::Frame;
    }
    // a multipart that never shows a part is read as it stands
    if part.is_multipart() {
        return Role::Text;
    }
    if !is_text(part) || part.disposition.word == "attachment" {
        return Role::File;
    }
    let first = part.parent.is_none_or(|p| n == p + 1);
    if part.name_given().is_some() && !(first && part.disposition.word != "attachment") {
        Role::File
    } else {
        Role::Text
    }
}

/// Among the branches of an alternative keeps one branch's text.
fn choose(outline: &Outline<'_>, frame: usize, roles: &mut [Role]) {
    let parts = &outline.parts;
    let mut branch_of: Vec<(usize, usize)> = Vec::new();
    for (n, part) in parts.iter().enumerate().skip(frame + 1) {
        match part.parent {
            Some(p) if p == frame => branch_of.push((n, n)),
            Some(p) => match branch_of.iter().find(|(part, _)| *part == p) {
                Some((_, branch)) => branch_of.push((n, *branch)),
                None if p < frame => break,
                None => {}
            },
            None => break,
        }
    }
    let says = |n: usize, html: bool| {
        roles[n] == Role::Text
            && (parts[n].kind() == "text/html") == html
            && parts[n].body.iter().any(|o| !o.is_ascii_whitespace())
    };
    let plain = branch_of.iter().find(|(n, _)| says(*n, false));
    let Some((_, chosen)) = plain.or_else(|| branch_of.iter().rev().find(|(n, _)| says(*n, true))).copied()
    else {
        return;
    };
    for (n, branch) in branch_of {
        if branch != chosen && roles[n] == Role::Text {
            roles[n] = Role::Twin;
        }
    }
}

/// A part's text.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The words; from HTML when the part is HTML.
    pub text: String,
    /// The page, when the part is HTML.
    pub html: Option<String>,
    /// The character set stated.
    pub declared: Option<String>,
    /// The character set used.
    pub used: String,
    /// uuencoded files that stood in it.
    pub files: Vec<UuFile>,
    /// What was mended.
    pub repaired: Vec<Repair>,
    /// What staff should know.
    pub warnings: Vec<Warning>,
}

/// Reads a text part from its decoded octets, at most `most` of them.
pub(super) fn body(part: &Part<'_>, octets: &[u8], others: &[Charset], most: usize) -> Body {
    let mut out = Body { declared: part.content.plain("charset"), ..Body::default() };
    let mut octets = &octets[..octets.len().min(most)];
    let without_files;
    let is_html = part.kind() == "text/html";
    if !is_html && memchr::memmem::find(octets, b"begin ").is_some() {
        let (rest, files) = transfer::uuencoded(octets);
        (without_files, out.files) = (rest, files);
        octets = &without_files;
    }
    let mut label = out.declared.clone();
    if is_html && label.is_none() {
        label = page_charset(octets);
    }
    let read = charset::read(octets, label.as_deref(), others);
    out.used = read.used;
    out.repaired.extend(read.repair);
    if read.broken {
        out.warnings.push(Warning::UnreadableText);
    }
    if read.unknown {
        out.warnings.push(Warning::UnknownCharacters);
    }
    let (text, had_nul) = tidy(&read.text);
    if had_nul {
        out.warnings.push(Warning::NulOctets);
    }
    match part.kind() {
        "text/html" => {
            out.text = html::text(&text);
            out.html = Some(text);
        }
        "text/enriched" | "text/richtext" => out.text = html::text(&text.replace('\n', "<br>")),
        _ if part.content.plain("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) => {
            let joins = part.content.plain("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
            out.text = flowed(&text, joins);
        }
        _ => out.text = text,
    }
    out
}

/// The character set an HTML page states of itself.
fn page_charset(octets: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&octets[..octets.len().min(4096)]).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let name = rest.trim_start_matches(['"', '\'', ' ']);
    Some(name.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect())
}

/// At most so many octets of a text, cut between characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Line ends made LF, marks of order and control characters left out; whether NUL or the like stood in it.
fn tidy(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut odd = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // CRCRLF is one line end, CR alone is one too
            '\r' => {
                while chars.next_if_eq(&'\r').is_some() {}
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\x0C' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\u{FEFF}' => {}
            _ if c.is_control() => odd = true,
            _ => out.push(c),
        }
    }
    (out, odd)
}

/// Joins the lines of format=flowed (RFC 3676); `joins` is its DelSp, which Japanese needs.
fn flowed(text: &str, joins: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // the quote depth of the paragraph that is still open
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let rest = &line[depth..];
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = rest == "-- ";
        if open != Some(depth) || signature {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let soft = rest.ends_with(' ') && !signature;
        out.push_str(if soft && joins { &rest[..rest.len() - 1] } else { rest });
        open = if soft { Some(depth) } else { None };
        if line.is_empty() && out.is_empty() {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_and_quotes_stay_apart() {
        assert_eq!(flowed("a \nb\nc\n> d \n> e\nf\n-- \ng", false), "a b\nc\n> d e\nf\n-- \ng");
        assert_eq!(flowed("市 \n長\n\nさま", true), "市長\n\nさま");
    }

    #[test]
    fn line_ends_of_every_kind_become_one() {
        assert_eq!(tidy("a\r\nb\rc\r\r\nd\0\u{feff}e\x0cf"), ("a\nb\nc\nde\nf".to_owned(), true));
    }
}
