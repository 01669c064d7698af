//! Reading letters from JSON lines or CSV, with errors that name the line.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};

/// A letter of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) text: String,
}

#[derive(Deserialize)]
struct Line {
    id: Id,
    text: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

/// All letters of a file, in its order.
///
/// # Errors
/// The file cannot be read, is neither of the two formats, or has an id twice.
pub(super) fn read(file: &Path) -> Result<Vec<Letter>> {
    let bytes =
        fs::read(file).map_err(|error| refused(format!("{} を読めません: {error}", file.display())))?;
    let letters = letters(&bytes)?;
    let mut lines: HashMap<&str, usize> = HashMap::with_capacity(letters.len());
    for (line, letter) in &letters {
        if let Some(before) = lines.insert(&letter.id, *line) {
            let id = &letter.id;
            return Err(refused(format!(
                "{line}行目の id「{id}」は {before}行目にもあります。id は一つずつ別にしてください。"
            )));
        }
    }
    drop(lines);
    Ok(letters.into_iter().map(|(_, letter)| letter).collect())
}

/// Letters with their lines. JSON lines begin with a brace, anything else is CSV.
fn letters(bytes: &[u8]) -> Result<Vec<(usize, Letter)>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(refused("ファイルが空です。".to_owned())),
        Some(b'{') => json_lines(bytes),
        Some(b'[') => Err(refused(
            "JSON の配列は読めません。1行に一つの {\"id\": …, \"text\": …} にしてください。".to_owned(),
        )),
        Some(_) => table(bytes),
    }
}

fn json_lines(bytes: &[u8]) -> Result<Vec<(usize, Letter)>> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(at, line)| {
            let Line { id, text } = serde_json::from_slice(line).map_err(|error| {
                refused(format!("{}行目が {{\"id\": …, \"text\": …}} として読めません: {error}", at + 1))
            })?;
            let id = match id {
                Id::Text(id) => id,
                Id::Number(id) => id.to_string(),
            };
            Ok((at + 1, Letter { id, text }))
        })
        .collect()
}

fn table(bytes: &[u8]) -> Result<Vec<(usize, Letter)>> {
    let mut table = csv::Reader::from_reader(bytes);
    let header = table.headers().map_err(|error| refused(format!("1行目(見出し)が読めません: {error}")))?;
    let column = |name: &str| {
        header.iter().position(|field| field.trim() == name).ok_or_else(|| {
            refused(format!("1行目(見出し)に {name} の列がありません。列の名は id と text にしてください。"))
        })
    };
    let (id, text) = (column("id")?, column("text")?);
    table
        .records()
        .map(|record| {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, |at| line(bytes, at));
                refused(format!("{line}行目が CSV として読めません: {error}"))
            })?;
            let line = record.position().map_or(0, |at| line(bytes, at));
            let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
            Ok((line, Letter { id: field(id), text: field(text) }))
        })
        .collect()
}

/// The line a record begins in. After CRLF the reader stands between the two.
fn line(bytes: &[u8], at: &csv::Position) -> usize {
    let between = usize::try_from(at.byte()).is_ok_and(|byte| bytes.get(byte) == Some(&b'\n'));
    at.line() as usize + usize::from(between)
}

fn refused(sentence: String) -> Error {
    Error::Refused(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<(usize, String, String)> {
        letters(bytes).expect("readable").into_iter().map(|(line, l)| (line, l.id, l.text)).collect()
    }

    fn row(line: usize, id: &str, text: &str) -> (usize, String, String) {
        (line, id.to_owned(), text.to_owned())
    }

    #[test]
    fn json_lines_are_read_whatever_begins_the_file_and_ends_its_lines() {
        let file = "\u{feff}{\"id\": 7, \"text\": \"道の話\\u0000\"}\r\n\r\n{\"text\": \"\", \"id\": \"b\", \"more\": 1}";
        assert_eq!(read(file.as_bytes()), [row(1, "7", "道の話\0"), row(3, "b", "")]);
    }

    #[test]
    fn a_table_is_read_with_its_columns_in_any_order_and_lines_within_a_field() {
        let file = "\u{feff}text,名前,id\r\n\"一行目\r\n二行目\",x,1\r\n短い,y,2\r\n";
        assert_eq!(read(file.as_bytes()), [row(2, "1", "一行目\r\n二行目"), row(4, "2", "短い")]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        for (file, told) in [
            (&b"{\"id\":1,\"text\":\"a\"}\n{\"id\":2}\n"[..], "2行目"),
            (b"{\"id\":1,\"text\":\"\xff\"}\n", "1行目"),
            (b"id,text\n1,a\n2,b,c\n", "3行目"),
            (b"id,text\n1,\xff\n", "2行目"),
            (b"id,body\n1,a\n", "text の列がありません"),
            (b"[{\"id\":1,\"text\":\"a\"}]", "配列"),
            (b" \n", "空です"),
        ] {
            let error = letters(file).expect_err("unreadable").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
