//! Mails within a mail: their subjects and words, so that they can be named and found.

use super::charset::Charset;
use super::reading::Limits;
use super::structure::{Outline, Part};
use super::{fields, text, transfer, words};

/// The subjects of nested messages, by their part's number.
pub(super) fn subjects(outline: &Outline<'_>, others: &[Charset]) -> Vec<Option<String>> {
    let parts = &outline.parts;
    let subject = |n: usize, part: &Part<'_>| {
        if !part.is_message() {
            return None;
        }
        if part.encoding == transfer::Encoding::Identity {
            let root = parts.get(n + 1).filter(|p| p.parent == Some(n))?;
            return root.head.first("Subject").map(|v| words::decode(v, others).text);
        }
        let (octets, _) = transfer::decode(part.body, part.encoding);
        let head = fields::head(&octets, true, &Limits::default());
        head.first("Subject").map(|v| words::decode(v, others).text)
    };
    parts.iter().enumerate().map(|(n, part)| subject(n, part)).collect()
}

/// The nested message a part stands in.
pub(super) fn enclosing(outline: &Outline<'_>, n: usize) -> Option<usize> {
    let mut at = outline.parts[n].parent;
    while let Some(n) = at {
        if outline.parts[n].is_message() {
            return Some(n);
        }
        at = outline.parts[n].parent;
    }
    None
}

/// The words of a nested message, to be found by: at most as much as a long letter.
pub(super) fn nested_words(outline: &Outline<'_>, message: usize, others: &[Charset]) -> String {
    const MOST: usize = 64 * 1024;
    let mut out = String::new();
    for part in outline.parts[message + 1..].iter().take_while(|p| p.message > outline.parts[message].message)
    {
        if matches!(part.kind(), "text/plain" | "text/html") && out.len() < MOST {
            let (octets, _) = transfer::decode(&part.body[..part.body.len().min(MOST)], part.encoding);
            out.push_str(&text::body(part, &octets, others, MOST).text);
            out.push('\n');
        }
    }
    out
}
