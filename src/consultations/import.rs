//! Reads a text out of Markdown, HTML, Word (docx) and OpenDocument (odt) files, as blocks for a person to look over; long because its tests are made files.
//!
//! What cannot be taken over (pictures, formulas, text boxes) is said, never left out in silence. Pure: bytes in, blocks
//! out; sizes are bounded, for the files come from outside.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::paper::{Block, ParagraphKind};
use crate::text_enum;

text_enum! {
    /// What a text was read out of.
    pub enum Source {
        Markdown = "markdown" => "Markdown",
        Html = "html" => "HTML",
        Docx = "docx" => "Word(docx)",
        Odt = "odt" => "OpenDocument(odt)",
        Plain = "plain" => "文字だけのテキスト",
    }
}

/// Most bytes of text taken out of one file.
const MOST_BYTES: u64 = 20 * 1024 * 1024;

/// Most paragraphs of one text.
pub const MOST_BLOCKS: usize = 5_000;

/// Longest paragraph, in characters.
pub const MOST_CHARS: usize = 10_000;

/// A text as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What it was.
    pub source: Source,
    /// Its paragraphs.
    pub blocks: Vec<Block>,
    /// What the person who looks it over should know.
    pub warnings: Vec<String>,
}

/// Reads a file by its name's end and its content.
///
/// # Errors
/// A sentence for the person who chose the file.
pub fn read(name: &str, bytes: &[u8]) -> Result<Import, String> {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    let mut warnings = Vec::new();
    let (source, blocks) = match end.as_str() {
        "docx" => (Source::Docx, docx(&member(bytes, "word/document.xml")?, &mut warnings)?),
        "odt" => (Source::Odt, odt(&member(bytes, "content.xml")?, &mut warnings)?),
        "html" | "htm" => (Source::Html, html(&text(bytes)?, &mut warnings)),
        "md" | "markdown" => (Source::Markdown, lines(&text(bytes)?, true)),
        "txt" => (Source::Plain, lines(&text(bytes)?, false)),
        _ => {
            return Err("文章は docx、odt、HTML、Markdown(.md)、テキスト(.txt)から取り込めます。PDFは「資料のファイル」として載せ、文章は元の原稿から取り込んでください。".to_owned());
        }
    };
    let blocks: Vec<Block> = blocks
        .into_iter()
        .map(|b| Block { body: b.body.trim().to_owned(), ..b })
        .filter(|b| !b.body.is_empty())
        .collect();
    if blocks.is_empty() {
        return Err("文章が見つかりませんでした。画像だけの原稿でないか、お確かめください。".to_owned());
    }
    if blocks.len() > MOST_BLOCKS {
        return Err(format!("段落が多すぎます({MOST_BLOCKS}まで)。章ごとに分けてください。"));
    }
    if let Some(long) = blocks.iter().find(|b| b.body.chars().count() > MOST_CHARS) {
        let start: String = long.body.chars().take(20).collect();
        return Err(format!(
            "「{start}…」で始まる段落が長すぎます(1段落{MOST_CHARS}字まで)。改行で分けてください。"
        ));
    }
    if !blocks.iter().any(|b| b.kind == ParagraphKind::Heading) {
        warnings.push(
            "見出しが1つも見つかりませんでした。見出しがないと、段落の場所を「第何章」のように示せません。"
                .to_owned(),
        );
    }
    Ok(Import { source, blocks, warnings })
}

/// Text in UTF-8 or Shift_JIS, as Japanese offices save it.
fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err("ファイルが大きすぎます(文章は20MBまで)。".to_owned());
    }
    let plain = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(plain) {
        return Ok(text.to_owned());
    }
    let (text, _, wrong) = encoding_rs::SHIFT_JIS.decode(bytes);
    if wrong {
        return Err("文字コードを読み取れませんでした。UTF-8で保存し直してください。".to_owned());
    }
    Ok(text.into_owned())
}

/// One member of a zip archive, never more than the limit however well it is packed.
fn member(bytes: &[u8], name: &str) -> Result<Vec<u8>, String> {
    let broken = || {
        "ファイルを開けませんでした。壊れているか、パスワードが付いていないかをお確かめください。".to_owned()
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let file = archive.by_name(name).map_err(|_| broken())?;
    let mut whole = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut whole).map_err(|_| broken())?;
    if whole.len() as u64 > MOST_BYTES {
        return Err("文章が大きすぎます(20MBまで)。".to_owned());
    }
    Ok(whole)
}

/// Markdown as far as administrative papers use it, or plain text whose paragraphs are lines.
fn lines(text: &str, markdown: bool) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.trim_end();
        let bare = line.trim_start();
        if bare.is_empty() {
            open = false;
            continue;
        }
        let (kind, level, body) = if markdown { marked(bare) } else { (ParagraphKind::Text, 0, bare) };
        if body.is_empty() {
            open = false;
            continue;
        }
        match blocks.last_mut() {
            // a line that goes on is joined without a blank: Japanese has none
            Some(last) if markdown && open && kind == ParagraphKind::Text => last.body.push_str(body),
            _ => blocks.push(Block { kind, level, body: body.replace("**", "").replace("__", "") }),
        }
        open = markdown && kind != ParagraphKind::Heading && kind != ParagraphKind::Cell;
    }
    blocks
}

fn marked(line: &str) -> (ParagraphKind, i64, &str) {
    let hashes = line.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with([' ', '\u{3000}']) {
        let level = i64::try_from(hashes).unwrap_or(1);
        return (ParagraphKind::Heading, level, line[hashes..].trim().trim_end_matches('#').trim_end());
    }
    if line.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | ' ' | '|' | ':')) {
        return (ParagraphKind::Text, 0, "");
    }
    if let Some(row) = line.strip_prefix('|') {
        return (ParagraphKind::Cell, 0, row.trim_end_matches('|').trim());
    }
    for sign in ["- ", "* ", "+ "] {
        if let Some(item) = line.strip_prefix(sign) {
            return (ParagraphKind::Item, 0, item.trim());
        }
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if (1..=3).contains(&digits) && line[digits..].starts_with(". ") {
        return (ParagraphKind::Item, 0, line);
    }
    (ParagraphKind::Text, 0, line)
}

/// HTML by way of the same marks: headings become `#`, items `*`.
fn html(text: &str, warnings: &mut Vec<String>) -> Vec<Block> {
    if text.contains("<img") {
        warnings.push("画像は取り込みません。画像の内容を文章でも書いてください。".to_owned());
    }
    const WIDE: usize = 1_000_000;
    match html2text::config::plain_no_decorate().string_from_read(text.as_bytes(), WIDE) {
        Ok(plain) => {
            // a line that begins with # need not be a heading: the source says which are
            let heads = headings(text);
            let mut blocks = lines(&plain, false);
            for block in &mut blocks {
                let words = block.body.trim_start_matches('#').trim_start();
                if let Some((level, _)) = heads.iter().find(|(_, head)| *head == squeezed(words)) {
                    (block.kind, block.level) = (ParagraphKind::Heading, *level);
                    block.body = words.to_owned();
                }
            }
            blocks
        }
        Err(_) => Vec::new(),
    }
}

/// The headings of a page, level and words without blanks and tags.
fn headings(text: &str) -> Vec<(i64, String)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for level in 1..=6_i64 {
        let (open, close) = (format!("<h{level}"), format!("</h{level}>"));
        let mut from = 0;
        while let Some(start) = lower[from..].find(&open).map(|at| from + at) {
            let Some(end) = lower[start..].find(&close).map(|at| start + at) else { break };
            let inner = lower[start..end].find('>').map_or("", |at| &text[start + at + 1..end]);
            let mut plain = String::new();
            let mut inside = false;
            for c in inner.chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => plain.push(c),
                    _ => {}
                }
            }
            found.push((level, squeezed(&plain)));
            from = end + close.len();
        }
    }
    found
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn attribute(tag: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    tag.attributes()
        .flatten()
        .find(|a| a.key.as_ref() == name)
        .map(|a| String::from_utf8_lossy(&a.value).into_owned())
}

const BROKEN: &str = "文章を読み取れませんでした。Wordなどで開いて、保存し直してください。";

fn docx(xml: &[u8], warnings: &mut Vec<String>) -> Result<Vec<Block>, String> {
    let mut reader = Reader::from_reader(xml);
    let mut blocks = Vec::new();
    let mut now = Block { kind: ParagraphKind::Text, level: 0, body: String::new() };
    let (mut cells, mut in_text, mut drawings, mut deleted) = (0_usize, false, 0_usize, 0_usize);
    loop {
        let event = reader.read_event().map_err(|_| BROKEN.to_owned())?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"w:pStyle" => {
                let style = attribute(&tag, b"w:val").unwrap_or_default();
                if let Some(level) = heading_level(&style) {
                    (now.kind, now.level) = (ParagraphKind::Heading, level);
                }
            }
            Event::Start(tag) => match tag.name().as_ref() {
                b"w:p" => {
                    let kind = if cells > 0 { ParagraphKind::Cell } else { ParagraphKind::Text };
                    now = Block { kind, level: 0, body: String::new() };
                }
                b"w:tc" => cells += 1,
                b"w:t" => in_text = true,
                b"w:numPr" if now.kind == ParagraphKind::Text => now.kind = ParagraphKind::Item,
                b"w:drawing" | b"w:pict" => drawings += 1,
                b"w:del" => deleted += 1,
                _ => {}
            },
            Event::Empty(tag) => match tag.name().as_ref() {
                b"w:tab" => now.body.push('\u{3000}'),
                b"w:br" | b"w:cr" => now.body.push('\n'),
                _ => {}
            },
            Event::End(tag) => match tag.name().as_ref() {
                b"w:p" => blocks.push(std::mem::replace(
                    &mut now,
                    Block { kind: ParagraphKind::Text, level: 0, body: String::new() },
                )),
                b"w:tc" => cells = cells.saturating_sub(1),
                b"w:t" => in_text = false,
                _ => {}
            },
            Event::Text(text) if in_text => now.body.push_str(&text.decode().map_err(|_| BROKEN.to_owned())?),
            Event::GeneralRef(name) if in_text => push_reference(&mut now.body, &name),
            Event::Eof => break,
            _ => {}
        }
    }
    if drawings > 0 {
        warnings.push(format!(
            "図や画像が{drawings}個ありますが、取り込みません。内容を文章でも書いてください。"
        ));
    }
    if deleted > 0 {
        warnings.push(
            "変更履歴が残っています。消した文章は取り込んでいません。承諾済みか、お確かめください。"
                .to_owned(),
        );
    }
    Ok(blocks)
}

/// The character that stands behind `&name;` in XML.
fn push_reference(body: &mut String, name: &BytesRef<'_>) {
    if let Ok(Some(c)) = name.resolve_char_ref() {
        body.push(c);
        return;
    }
    let bytes: &[u8] = name;
    body.push(match bytes {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => '〓',
    });
}

/// `Heading2`, `2`, `見出し2`, `heading 2`: the depth; none for other styles.
fn heading_level(style: &str) -> Option<i64> {
    let lower = style.to_lowercase();
    let rest = lower.strip_prefix("heading").or_else(|| lower.strip_prefix("見出し")).unwrap_or(&lower);
    let level: i64 = rest.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level)
}

fn odt(xml: &[u8], warnings: &mut Vec<String>) -> Result<Vec<Block>, String> {
    let mut reader = Reader::from_reader(xml);
    let mut blocks = Vec::new();
    let mut open: Vec<Block> = Vec::new();
    let (mut cells, mut items, mut frames) = (0_usize, 0_usize, 0_usize);
    loop {
        match reader.read_event().map_err(|_| BROKEN.to_owned())? {
            Event::Start(tag) => match tag.name().as_ref() {
                b"text:h" => {
                    let level =
                        attribute(&tag, b"text:outline-level").and_then(|l| l.parse().ok()).unwrap_or(1);
                    open.push(Block { kind: ParagraphKind::Heading, level, body: String::new() });
                }
                b"text:p" => {
                    let kind = match (cells, items) {
                        (0, 0) => ParagraphKind::Text,
                        (0, _) => ParagraphKind::Item,
                        _ => ParagraphKind::Cell,
                    };
                    open.push(Block { kind, level: 0, body: String::new() });
                }
                b"table:table-cell" => cells += 1,
                b"text:list-item" => items += 1,
                b"draw:frame" => frames += 1,
                _ => {}
            },
            Event::Empty(tag) => {
                let Some(now) = open.last_mut() else { continue };
                match tag.name().as_ref() {
                    b"text:s" => {
                        let count =
                            attribute(&tag, b"text:c").and_then(|c| c.parse().ok()).unwrap_or(1_usize);
                        now.body.extend(std::iter::repeat_n(' ', count.min(100)));
                    }
                    b"text:tab" => now.body.push('\u{3000}'),
                    b"text:line-break" => now.body.push('\n'),
                    _ => {}
                }
            }
            Event::End(tag) => match tag.name().as_ref() {
                b"text:h" | b"text:p" => blocks.extend(open.pop()),
                b"table:table-cell" => cells = cells.saturating_sub(1),
                b"text:list-item" => items = items.saturating_sub(1),
                _ => {}
            },
            Event::Text(text) => {
                if let Some(now) = open.last_mut() {
                    now.body.push_str(&text.decode().map_err(|_| BROKEN.to_owned())?);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(now) = open.last_mut() {
                    push_reference(&mut now.body, &name);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if frames > 0 {
        warnings.push(format!(
            "図や枠が{frames}個あります。画像は取り込みません。内容を文章でも書いてください。"
        ));
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn shown(import: &Import) -> Vec<(ParagraphKind, i64, &str)> {
        import.blocks.iter().map(|b| (b.kind, b.level, b.body.as_str())).collect()
    }

    fn zipped(name: &str, xml: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(xml.as_bytes()).unwrap();
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn markdown_headings_items_and_folded_lines_are_read() {
        let read = read(
            "案.md",
            "# 第1章\n\n歩道を\n広げます。\n\n- 一つ目\n- 二つ目\n\n---\n## 1 道路\n".as_bytes(),
        )
        .unwrap();
        assert_eq!(
            shown(&read),
            [
                (ParagraphKind::Heading, 1, "第1章"),
                (ParagraphKind::Text, 0, "歩道を広げます。"),
                (ParagraphKind::Item, 0, "一つ目"),
                (ParagraphKind::Item, 0, "二つ目"),
                (ParagraphKind::Heading, 2, "1 道路"),
            ]
        );
    }

    #[test]
    fn a_word_file_gives_its_headings_cells_and_breaks_and_says_what_stays_behind() {
        let xml = r#"<w:document xmlns:w="w"><w:body>
            <w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>第1章</w:t></w:r></w:p>
            <w:p><w:r><w:t>歩道 &amp; 車道</w:t><w:br/><w:t>二行目</w:t></w:r><w:del><w:r><w:delText>消した</w:delText></w:r></w:del></w:p>
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>欄</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
            <w:p><w:r><w:drawing></w:drawing></w:r></w:p></w:body></w:document>"#;
        let read = read("案.docx", &zipped("word/document.xml", xml)).unwrap();
        assert_eq!(
            shown(&read),
            [
                (ParagraphKind::Heading, 1, "第1章"),
                (ParagraphKind::Text, 0, "歩道 & 車道\n二行目"),
                (ParagraphKind::Cell, 0, "欄"),
            ]
        );
        assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
    }

    #[test]
    fn an_opendocument_file_gives_its_outline() {
        let xml = r#"<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
            <text:h text:outline-level="2">1 道路</text:h><text:p>歩道<text:s text:c="2"/>です。</text:p>
            <text:list><text:list-item><text:p>項目</text:p></text:list-item></text:list>
            </office:text></office:body></office:document-content>"#;
        let read = read("案.odt", &zipped("content.xml", xml)).unwrap();
        assert_eq!(
            shown(&read),
            [
                (ParagraphKind::Heading, 2, "1 道路"),
                (ParagraphKind::Text, 0, "歩道  です。"),
                (ParagraphKind::Item, 0, "項目"),
            ]
        );
    }

    #[test]
    fn a_page_gives_its_headings_and_text_without_scripts() {
        let page =
            "<html><body><h1>計画(案)</h1><script>alert(1)</script><p>歩道を広げます。</p></body></html>";
        let read = read("an.html", page.as_bytes()).unwrap();
        assert_eq!(
            shown(&read),
            [(ParagraphKind::Heading, 1, "計画(案)"), (ParagraphKind::Text, 0, "歩道を広げます。")]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_gets_a_sentence() {
        for (name, bytes) in [("案.pdf", &b"%PDF-1.7"[..]), ("案.docx", b"no zip"), ("案.md", b" \n")] {
            assert!(read(name, bytes).is_err(), "{name}");
        }
    }
}
