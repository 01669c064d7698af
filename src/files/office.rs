//! The words of Word, Excel and PowerPoint files: their parts are XML in a zip.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::archive::open_zip;
use crate::error::{Error, Result};

/// Bytes of XML read from one part.
const PART: u64 = 32 * 1024 * 1024;
/// Slides and sheets that are read.
const PARTS: usize = 200;

/// The text of an Office file, no longer than `most` characters.
///
/// # Errors
/// [`Error::Refused`] when there is no text to be found.
pub(super) fn text(whole: &[u8], most: usize) -> Result<String> {
    let mut zip = open_zip(whole).ok_or_else(|| Error::Refused("no zip".to_owned()))?;
    let names: Vec<String> = zip.file_names().flatten().map(|name| name.to_string()).collect();
    let mut part = |name: &str| -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        zip.by_name(name).ok()?.take(PART).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let mut out = Out { text: String::new(), left: most };
    if let Some(document) = part("word/document.xml") {
        words(&document, &mut out);
    } else if names.iter().any(|name| name == "xl/workbook.xml") {
        let shared = part("xl/sharedStrings.xml").map(|xml| shared_strings(&xml)).unwrap_or_default();
        for name in numbered(&names, "xl/worksheets/sheet") {
            if let Some(sheet) = part(&name) {
                cells(&sheet, &shared, &mut out);
                out.push("\n");
            }
        }
    } else {
        for (number, name) in numbered(&names, "ppt/slides/slide").into_iter().enumerate() {
            if let Some(slide) = part(&name) {
                out.push(&format!("〔{}〕\n", number + 1));
                words(&slide, &mut out);
                out.push("\n");
            }
        }
    }
    if out.text.trim().is_empty() { Err(Error::Refused("no text".to_owned())) } else { Ok(out.text) }
}

struct Out {
    text: String,
    left: usize,
}

impl Out {
    fn push(&mut self, more: &str) {
        for c in more.chars() {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.text.push(c);
        }
    }
}

/// `xl/worksheets/sheet1.xml`, `…2.xml`, … in the order of their numbers.
fn numbered(names: &[String], start: &str) -> Vec<String> {
    let mut found: Vec<(u32, &String)> = names
        .iter()
        .filter_map(|name| Some((name.strip_prefix(start)?.strip_suffix(".xml")?.parse().ok()?, name)))
        .collect();
    found.sort_unstable();
    found.into_iter().take(PARTS).map(|(_, name)| name.clone()).collect()
}

/// What `&…;` stands for; entities of a document's own are left out, so that none can grow.
fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Calls back for every start, end and piece of text, by local names.
fn walk(xml: &[u8], mut step: impl FnMut(Step<'_>)) {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => step(Step::Open(tag.local_name().as_ref(), &attribute(&tag, b"t"))),
            Ok(Event::Empty(tag)) => {
                step(Step::Open(tag.local_name().as_ref(), &attribute(&tag, b"t")));
                step(Step::Close(tag.local_name().as_ref()));
            }
            Ok(Event::End(tag)) => step(Step::Close(tag.local_name().as_ref())),
            Ok(Event::Text(text)) => step(Step::Text(&String::from_utf8_lossy(&text))),
            Ok(Event::CData(text)) => step(Step::Text(&String::from_utf8_lossy(&text))),
            Ok(Event::GeneralRef(name)) => {
                if let Some(c) = reference(&String::from_utf8_lossy(&name)) {
                    step(Step::Text(c.encode_utf8(&mut [0; 4])));
                }
            }
            // what follows damage is not read
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

enum Step<'a> {
    Open(&'a [u8], &'a str),
    Close(&'a [u8]),
    Text(&'a str),
}

fn attribute(tag: &quick_xml::events::BytesStart<'_>, name: &[u8]) -> String {
    tag.attributes()
        .flatten()
        .find(|a| a.key.as_ref() == name)
        .map_or_else(String::new, |a| String::from_utf8_lossy(&a.value).into_owned())
}

/// Runs of text (`t`), with a line for each paragraph (`p`); the same in Word and PowerPoint.
fn words(xml: &[u8], out: &mut Out) {
    let mut inside = false;
    walk(xml, |step| match step {
        Step::Open(b"t", _) => inside = true,
        Step::Close(b"t") => inside = false,
        Step::Open(b"tab", _) => out.push("\t"),
        Step::Open(b"br" | b"cr", _) | Step::Close(b"p") => out.push("\n"),
        Step::Text(text) if inside => out.push(text),
        _ => {}
    });
}

/// The table of strings that cells name by number; readings (`rPh`) are left out.
fn shared_strings(xml: &[u8]) -> Vec<String> {
    let (mut all, mut inside, mut reading) = (Vec::new(), false, false);
    walk(xml, |step| match step {
        Step::Open(b"si", _) => all.push(String::new()),
        Step::Open(b"rPh", _) => reading = true,
        Step::Close(b"rPh") => reading = false,
        Step::Open(b"t", _) => inside = !reading,
        Step::Close(b"t") => inside = false,
        Step::Text(text) if inside => {
            if let Some(last) = all.last_mut() {
                last.push_str(text);
            }
        }
        _ => {}
    });
    all
}

/// Values with tabs between cells and a line for each row.
fn cells(xml: &[u8], shared: &[String], out: &mut Out) {
    let (mut of_table, mut inside, mut value) = (false, false, String::new());
    walk(xml, |step| match step {
        Step::Open(b"c", kind) => {
            of_table = kind == "s";
            value.clear();
        }
        Step::Open(b"v" | b"t", _) => inside = true,
        Step::Close(b"v" | b"t") => inside = false,
        Step::Text(text) if inside => value.push_str(text),
        Step::Close(b"c") => {
            match value.parse::<usize>().ok().filter(|_| of_table).and_then(|n| shared.get(n)) {
                Some(text) => out.push(text),
                None => out.push(&value),
            }
            out.push("\t");
        }
        Step::Close(b"row") => out.push("\n"),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip_of;
    use super::*;

    #[test]
    fn the_words_of_a_letter_in_word_come_out_line_by_line() {
        let xml = "<w:document xmlns:w='w'><w:p><w:r><w:t>街灯が</w:t></w:r><w:r><w:t>消えて&amp;暗い</w:t></w:r></w:p>\
                   <w:p><w:r><w:t>&#x76F4;して</w:t></w:r></w:p></w:document>";
        assert_eq!(
            text(&zip_of(&[("word/document.xml", xml.as_bytes())]), 100).unwrap(),
            "街灯が消えて&暗い\n直して\n"
        );
    }

    #[test]
    fn a_table_of_excel_comes_out_row_by_row_without_readings() {
        let strings = "<sst><si><t>町名</t><rPh><t>チョウメイ</t></rPh></si><si><t>数</t></si></sst>";
        let sheet = "<worksheet><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row><row><c t='inlineStr'><is><t>長府</t></is></c><c><v>3</v></c></row></worksheet>";
        let whole = zip_of(&[
            ("xl/workbook.xml", b"<a/>"),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ]);
        assert_eq!(text(&whole, 100).unwrap().trim_end(), "町名\t数\t\n長府\t3");
    }

    #[test]
    fn slides_keep_their_order_and_entities_cannot_grow() {
        let slide = |words: &str| {
            format!("<!DOCTYPE a [<!ENTITY b 'bbbb'>]><p:sld><a:p><a:t>{words}&b;</a:t></a:p></p:sld>")
        };
        let (one, ten) = (slide("一"), slide("十"));
        let whole =
            zip_of(&[("ppt/slides/slide10.xml", ten.as_bytes()), ("ppt/slides/slide2.xml", one.as_bytes())]);
        assert_eq!(text(&whole, 100).unwrap(), "〔1〕\n一\n\n〔2〕\n十\n\n");
        assert_eq!(text(&whole, 5).unwrap(), "〔1〕\n一");
    }
}
