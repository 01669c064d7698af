//! Reads a mail, whatever it is: octets in, understood mail out. Never fails and never panics.
//!
//! Structure, character sets and names are read by a layer of our own that mends what is damaged and nothing else
//! (decision 14). No function here calls itself over input, and every size has a ceiling ([`Limits`]).

mod address;
mod charset;
mod contents;
mod date;
mod fields;
mod fold;
mod html;
mod jis;
mod machine;
mod nested;
mod params;
mod reading;
mod smime;
mod structure;
mod text;
mod tnef;
mod transfer;
mod words;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use address::People;
use charset::Charset;
use contents::Contents;
use fields::Head;
pub use fold::{Fold, FoldKind, fold_spans};
pub use reading::{
    Correspondent, Enclosure, Limits, Machine, MachineKind, Protection, Reading, Repair, Signal, Warning,
};
use structure::Outline;

/// Reads one mail, with any envelope already taken off. Takes time and memory in proportion to its size, up to the
/// limits; what lies beyond them is left out and said in the warnings.
pub fn read(octets: &[u8], limits: &Limits) -> Reading {
    let (octets, turned) = line_ends(octets);
    let outline = structure::outline(&octets, limits);
    let Some(root) = outline.parts.first() else { return Reading::default() };
    let others = declared(&outline);
    let mut reading = Reading::default();
    if turned {
        reading.repaired.push(Repair::LineEnds);
    }
    header(&root.head, &others, limits, &mut reading);
    let contents = contents::gather(&outline, &others, limits);
    let body_cut = outline.cut.then_some(&octets[root.head.body..]);
    body(contents, &root.head, body_cut, &mut reading);
    reading
}

/// Old Macs, and programs that never left them, end lines with a carriage return alone.
fn line_ends(octets: &[u8]) -> (Cow<'_, [u8]>, bool) {
    if memchr::memchr(b'\n', octets).is_some() || memchr::memchr(b'\r', octets).is_none() {
        return (Cow::Borrowed(octets), false);
    }
    let turned = octets.iter().map(|o| if *o == b'\r' { b'\n' } else { *o }).collect();
    (Cow::Owned(turned), true)
}

/// The character sets a message names anywhere, for the places that name none.
fn declared(outline: &Outline<'_>) -> Vec<Charset> {
    const MOST: usize = 4;
    let mut sets: Vec<Charset> = Vec::new();
    for label in outline.parts.iter().filter_map(|p| p.content.plain("charset")) {
        match Charset::of(&label) {
            Some(set) if set != Charset::Ascii && !sets.contains(&set) => sets.push(set),
            _ => {}
        }
        if sets.len() == MOST {
            break;
        }
    }
    sets
}

fn header(head: &Head<'_>, others: &[Charset], limits: &Limits, out: &mut Reading) {
    let people = |name: &str, out: &mut Reading| {
        let value = head.first(name).unwrap_or_default();
        let People { list, warnings, guessed, cut } = address::people(value, others, limits.addresses);
        warnings.into_iter().for_each(|w| note(&mut out.warnings, w));
        if guessed {
            note(&mut out.repaired, Repair::HeaderCharset);
        }
        if cut {
            note(&mut out.warnings, Warning::CutOff);
        }
        list
    };
    let from = people("From", out);
    out.sender = people("Sender", out).into_iter().next();
    out.from = from.into_iter().next().or_else(|| out.sender.clone());
    out.reply_to = people("Reply-To", out);
    out.to = people("To", out);
    out.cc = people("Cc", out);
    let ids = |name: &str| head.first(name).map(address::ids).unwrap_or_default();
    out.message_id = ids("Message-ID").into_iter().next();
    out.in_reply_to = ids("In-Reply-To");
    out.references = ids("References");
    if let Some(value) = head.first("Subject") {
        let subject = words::decode(value, others);
        out.subject = subject.text.trim().to_owned();
        if let Some(repair) = subject.repair {
            note(&mut out.repaired, repair);
        }
        if subject.broken {
            note(&mut out.warnings, Warning::UnreadableText);
        }
        if subject.unknown {
            note(&mut out.warnings, Warning::UnknownCharacters);
        }
    }
    out.date = head.first("Date").and_then(date::instant);
    out.received_at = head.all("Received").find_map(date::received);
    let results = head.all("Authentication-Results").take(50);
    out.authentication =
        results.map(|v| String::from_utf8_lossy(&fields::unfolded(v)).into_owned()).collect();
    twice(head, out);
    match (out.date, out.received_at) {
        (None, _) => note(&mut out.warnings, Warning::NoDate),
        (Some(stated), Some(received)) if date::odd(stated, received) => {
            note(&mut out.warnings, Warning::OddDate);
        }
        _ => {}
    }
    if out.from.is_none() {
        note(&mut out.warnings, Warning::NoFrom);
    }
}

/// Says where a field that may stand once stands twice: programs disagree on which one counts, and some count on that.
fn twice(head: &Head<'_>, out: &mut Reading) {
    if head.all("From").nth(1).is_some() {
        note(&mut out.warnings, Warning::DuplicateFrom);
    }
    let once = [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ];
    if once.iter().any(|name| head.all(name).nth(1).is_some()) {
        note(&mut out.warnings, Warning::DuplicateHeader);
    }
}

fn body(mut contents: Contents, head: &Head<'_>, cut: Option<&[u8]>, out: &mut Reading) {
    if contents.texts.is_empty() {
        // a report without words of its own: what it reports comes before what it returns
        contents.texts.extend(contents.delivery.clone().filter(|report| !report.trim().is_empty()));
        if contents.texts.is_empty() {
            contents.texts = std::mem::take(&mut contents.nested_texts);
        }
        contents.plain = true;
    }
    out.html_only = !contents.plain && !contents.texts.is_empty();
    let texts: Vec<&str> = contents.texts.iter().map(|t| t.trim_matches('\n').trim_end()).collect();
    out.text = texts.join("\n\n");
    out.html = contents.html;
    out.protection = contents.protection;
    (out.declared_charset, out.used_charset) = match contents.charsets {
        Some((declared, used)) => (declared, Some(used)),
        None => (None, None),
    };
    out.machine = machine::judge(&machine::Evidence {
        head,
        subject: &out.subject,
        from: out.from.as_ref().and_then(|f| f.address.as_deref()),
        text: &out.text,
        delivery: contents.delivery.as_deref(),
        read_report: contents.read_report,
        returned: contents.returned,
    });
    out.attachments = contents.files;
    contents.repaired.into_iter().for_each(|r| note(&mut out.repaired, r));
    contents.warnings.into_iter().for_each(|w| note(&mut out.warnings, w));
    if out.protection == Protection::Encrypted {
        note(&mut out.warnings, Warning::Encrypted);
    } else if out.text.trim().is_empty() {
        note(&mut out.warnings, Warning::EmptyText);
    }
    let mut hash = contents.hash;
    // parts that nobody looked at count as they stand
    hash.update(cut.unwrap_or_default());
    out.content_hash = hash_of(hash, head);
}

/// Finishes the hash with the fields a sender wrote and no relay touches.
fn hash_of(mut hash: Sha256, head: &Head<'_>) -> String {
    for name in ["From", "To", "Cc", "Subject", "Date", "Message-ID"] {
        let text = head.first(name).map(|v| words::decode(v, &[]).text).unwrap_or_default();
        for word in text.split_whitespace() {
            hash.update(word.as_bytes());
        }
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

fn note<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
