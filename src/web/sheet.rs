//! Tables for spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would run.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::error::{Error, Result};

/// A cell as it may stand in a spreadsheet: what would be read as a formula is made plain text by an apostrophe.
pub fn cell(text: &str) -> String {
    let risky = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if risky || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

/// The bytes of a table.
pub fn bytes<R>(head: &[&str], rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = String>,
{
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(head).map_err(Error::internal)?;
    for row in rows {
        out.write_record(row.into_iter().map(|text| cell(&text))).map_err(Error::internal)?;
    }
    out.into_inner().map_err(Error::internal)
}

/// A table as a file to keep; `name` in ASCII, without `.csv`.
pub fn download<R>(name: &str, head: &[&str], rows: impl IntoIterator<Item = R>) -> Result<HttpResponse>
where
    R: IntoIterator<Item = String>,
{
    let body = bytes(head, rows)?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_by_a_spreadsheet_and_negative_numbers_are_text() {
        for text in ["=1+1", "+81", "-2+3", "@sum", " =1", "＝A1", "＋1", "－1", "＠SUM(A1)", "\tx", "\r\n=1"]
        {
            assert!(cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(cell("街灯=消灯"), "街灯=消灯");
    }

    #[test]
    fn a_table_begins_with_the_mark_and_quotes_what_needs_it() {
        let table = bytes(&["題名", "課"], [["a,\"b\"\n".to_owned(), "道路".to_owned()]]).expect("bytes");
        assert_eq!(String::from_utf8(table).expect("text"), "\u{feff}題名,課\r\n\"a,\"\"b\"\"\n\",道路\r\n");
    }
}
