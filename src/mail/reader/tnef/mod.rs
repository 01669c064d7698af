//! winmail.dat: Outlook's own wrapping (MS-OXTNEF) of the text and the files of a mail.

mod rtf;

use super::charset;

/// What a winmail.dat holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unwrapped {
    /// Plain text, if it holds any.
    pub text: String,
    /// HTML, if it holds any.
    pub html: Option<String>,
    /// The files.
    pub files: Vec<File>,
    /// Whether it ended too early or made no sense somewhere.
    pub broken: bool,
}

/// A file of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    /// The longest name it gives; may be empty.
    pub name: String,
    /// Its type, if stated.
    pub kind: Option<String>,
    /// Its Content-ID, if stated.
    pub content_id: Option<String>,
    /// Its content.
    pub octets: Vec<u8>,
}

/// Embedded messages are TNEF again; deeper ones stay wrapped.
const DEEPEST: usize = 4;
/// Files of one winmail.dat.
const MOST_FILES: usize = 500;
/// Properties of one object.
const MOST_PROPERTIES: usize = 5_000;

/// Takes a winmail.dat apart; `None` when it is none.
pub(super) fn unwrap(octets: &[u8]) -> Option<Unwrapped> {
    if !octets.starts_with(&SIGNATURE) {
        return None;
    }
    let mut out = Unwrapped::default();
    // embedded messages wait here instead of in the call stack
    let mut waiting: Vec<(&[u8], usize)> = vec![(octets, 0)];
    while let Some((octets, depth)) = waiting.pop() {
        let embedded = stream(octets, &mut out);
        if depth < DEEPEST {
            waiting.extend(embedded.into_iter().map(|e| (e, depth + 1)));
        }
    }
    Some(out)
}

const SIGNATURE: [u8; 4] = [0x78, 0x9F, 0x3E, 0x22];

/// Reads little-endian values from the front.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn half(&mut self) -> Option<u16> {
        self.take(2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes)
    }

    fn word(&mut self) -> Option<u32> {
        self.take(4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
    }

    fn size(&mut self) -> Option<usize> {
        self.word().and_then(|n| usize::try_from(n).ok())
    }

    /// A length and that many octets, padded to four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        let taken = self.take(length)?;
        let pad = (4 - length % 4) % 4;
        self.take(pad.min(self.0.len()))?;
        Some(taken)
    }
}

/// Reads one stream of attributes into `out`; embedded streams come back.
fn stream<'a>(octets: &'a [u8], out: &mut Unwrapped) -> Vec<&'a [u8]> {
    const TITLE: u32 = 0x0001_8010;
    const BODY: u32 = 0x0002_800C;
    const DATA: u32 = 0x0006_800F;
    const NEXT_FILE: u32 = 0x0006_9002;
    const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
    const FILE_PROPERTIES: u32 = 0x0006_9005;
    const CODE_PAGE: u32 = 0x0006_9007;
    let mut embedded = Vec::new();
    let mut file: Option<File> = None;
    let mut page = "cp932".to_owned();
    let mut input = Input(octets.get(6..).unwrap_or_default());
    while !input.0.is_empty() {
        let whole = (|| {
            let _level = input.byte()?;
            let id = input.word()?;
            let length = input.size()?;
            let data = input.take(length)?;
            input.half()?;
            Some((id, data))
        })();
        let Some((id, data)) = whole else {
            out.broken = true;
            break;
        };
        match id {
            CODE_PAGE => page = Input(data).word().map_or(page, code_page),
            BODY if out.text.is_empty() => out.text = string(data, &page),
            NEXT_FILE => {
                keep(out, file.take());
                file = Some(File::default());
            }
            TITLE => {
                let name = string(data, &page);
                let file = file.get_or_insert_default();
                if file.name.is_empty() {
                    file.name = name;
                }
            }
            DATA => file.get_or_insert_default().octets = data.to_vec(),
            MESSAGE_PROPERTIES => properties(data, &page, &mut |property| message_property(&property, out)),
            FILE_PROPERTIES => {
                let file = file.get_or_insert_default();
                properties(data, &page, &mut |p| file_property(&p, file, &mut embedded));
            }
            _ => {}
        }
    }
    keep(out, file);
    embedded
}

fn keep(out: &mut Unwrapped, file: Option<File>) {
    if let Some(file) = file.filter(|f| !f.octets.is_empty() || !f.name.is_empty()) {
        if out.files.len() < MOST_FILES {
            out.files.push(file);
        } else {
            out.broken = true;
        }
    }
}

/// One MAPI property with its first value.
struct Property<'a, 'p> {
    id: u16,
    kind: u16,
    value: &'a [u8],
    page: &'p str,
}

impl Property<'_, '_> {
    fn text(&self) -> String {
        if self.kind == 0x1F {
            let (text, ..) = encoding_rs::UTF_16LE.decode(self.value);
            return text.trim_end_matches('\0').to_owned();
        }
        string(self.value, self.page)
    }
}

fn message_property(property: &Property<'_, '_>, out: &mut Unwrapped) {
    match property.id {
        0x1000 => {
            let text = property.text();
            if !text.trim().is_empty() {
                out.text = text;
            }
        }
        0x1013 if out.html.is_none() => {
            let label = sniff_html(property.value);
            out.html = Some(charset::read(property.value, label.as_deref(), &[]).text);
        }
        0x1009 if out.text.trim().is_empty() => {
            if let Some(rtf) = rtf::decompress(property.value) {
                out.text = rtf::text(&rtf);
            }
        }
        _ => {}
    }
}

/// The character set an HTML page states of itself.
fn sniff_html(octets: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&octets[..octets.len().min(2048)]).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    Some(
        rest.trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect(),
    )
}

fn file_property<'a>(property: &Property<'a, '_>, file: &mut File, embedded: &mut Vec<&'a [u8]>) {
    match property.id {
        // the long name says more than the title of eight and three
        0x3707 => file.name = property.text(),
        0x3704 if file.name.is_empty() => file.name = property.text(),
        0x370E => file.kind = Some(property.text().to_ascii_lowercase()),
        0x3712 => file.content_id = Some(property.text()),
        0x3701 if property.kind == 0x0D => {
            // sixteen octets name the interface; an embedded message follows
            let inner = property.value.get(16..).unwrap_or_default();
            if inner.starts_with(&SIGNATURE) {
                embedded.push(inner);
            } else if file.octets.is_empty() {
                file.octets = inner.to_vec();
            }
        }
        0x3701 if file.octets.is_empty() => file.octets = property.value.to_vec(),
        _ => {}
    }
}

/// Walks a list of properties; stops where it makes no sense.
fn properties<'a, 'p>(data: &'a [u8], page: &'p str, each: &mut dyn FnMut(Property<'a, 'p>)) {
    let mut input = Input(data);
    let Some(count) = input.size() else { return };
    for _ in 0..count.min(MOST_PROPERTIES) {
        let Some((id, kind, value)) = property(&mut input) else { return };
        each(Property { id, kind, value, page });
    }
}

fn property<'a>(input: &mut Input<'a>) -> Option<(u16, u16, &'a [u8])> {
    let kind = input.half()?;
    let id = input.half()?;
    if id >= 0x8000 {
        input.take(16)?;
        if input.word()? == 0 {
            input.word()?;
        } else {
            input.padded()?;
        }
    }
    let many = kind & 0x1000 != 0;
    let kind = kind & !0x1000;
    let fixed = match kind {
        0x02 | 0x03 | 0x04 | 0x0A | 0x0B => 4,
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
        0x48 => 16,
        0x0D | 0x1E | 0x1F | 0x102 => 0,
        _ => return None,
    };
    let count = if many || fixed == 0 { input.size()? } else { 1 };
    let mut first: &[u8] = &[];
    for n in 0..count {
        let value = if fixed == 0 { input.padded()? } else { input.take(fixed)? };
        if n == 0 {
            first = value;
        }
    }
    Some((id, kind, first))
}

fn string(octets: &[u8], page: &str) -> String {
    let end = memchr::memchr(0, octets).unwrap_or(octets.len());
    charset::read(&octets[..end], Some(page), &[]).text
}

/// The character set of a Windows code page.
fn code_page(number: u32) -> String {
    match number {
        932 => "cp932".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        65001 => "utf-8".to_owned(),
        n => format!("windows-{n}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).expect("short");
        [&[1][..], &id.to_le_bytes(), &length.to_le_bytes(), data, &[0, 0]].concat()
    }

    fn winmail(attributes: &[Vec<u8>]) -> Vec<u8> {
        [&SIGNATURE[..], &[1, 0], &attributes.concat()].concat()
    }

    fn text_property(id: u16, text: &str) -> Vec<u8> {
        let mut value: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u32::try_from(value.len()).expect("short");
        value.resize(value.len().next_multiple_of(4), 0);
        [&0x1F_u16.to_le_bytes()[..], &id.to_le_bytes(), &1_u32.to_le_bytes(), &length.to_le_bytes(), &value]
            .concat()
    }

    #[test]
    fn text_and_files_come_out_with_their_long_names() {
        let title = encoding_rs::SHIFT_JIS.encode("予定~1.TXT\0").0.into_owned();
        let octets = winmail(&[
            attribute(
                0x0006_9003,
                &[&1_u32.to_le_bytes()[..], &text_property(0x1000, "街灯の件です。")].concat(),
            ),
            attribute(0x0006_9002, &[0; 14]),
            attribute(0x0001_8010, &title),
            attribute(0x0006_800F, b"content"),
            attribute(
                0x0006_9005,
                &[&1_u32.to_le_bytes()[..], &text_property(0x3707, "予定表.txt")].concat(),
            ),
        ]);
        let out = unwrap(&octets).expect("a winmail.dat");
        assert_eq!((out.text.as_str(), out.broken), ("街灯の件です。", false));
        assert_eq!(out.files.len(), 1);
        assert_eq!(
            (out.files[0].name.as_str(), out.files[0].octets.as_slice()),
            ("予定表.txt", &b"content"[..])
        );
    }

    #[test]
    fn a_cut_one_gives_what_came_before_the_cut() {
        let octets = winmail(&[
            attribute(0x0002_800C, b"hello\0"),
            attribute(0x0006_9002, &[0; 14]),
            attribute(0x0006_800F, &[7; 100]),
        ]);
        let out = unwrap(&octets[..octets.len() - 50]).expect("a winmail.dat");
        assert_eq!((out.text.as_str(), out.broken, out.files.len()), ("hello", true, 0));
        assert_eq!(unwrap(b"no"), None);
    }
}
