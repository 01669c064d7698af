//! The answer table as a file for spreadsheets, and on paper.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use serde_json::json;

use super::table::{self, ChapterLine, Row};
use super::views;
use crate::error::{Error, Result};
use crate::opinions::view::Outcome;
use crate::people::Viewer;
use crate::trail::{self, Act, Line, Subject};
use crate::web::{Shared, answer, sheet};

const HEAD: [&str; 15] = [
    "章",
    "担当課",
    "案の段落",
    "まとまりの番号",
    "意見の要旨",
    "原文の例",
    "意見の件数",
    "異なる文章の数",
    "市の考え方の番号",
    "対応",
    "市の考え方",
    "理由",
    "案の箇所",
    "直す前",
    "直したあと",
];

/// The columns that hold numbers.
const NUMBERS: [usize; 4] = [3, 6, 7, 8];

/// The most characters a cell of a spreadsheet holds.
const CELL_LIMIT: usize = 32_000;

fn cells(row: &Row, chapters: &[ChapterLine]) -> [String; 15] {
    let chapter = chapters.iter().find(|c| Some(c.chapter.id) == row.group.chapter_id);
    let view = row.view.as_ref();
    let of_view =
        |text: fn(&crate::opinions::view::View) -> &String| view.map(text).cloned().unwrap_or_default();
    [
        chapter.map_or("", |c| &c.chapter.name).to_owned(),
        chapter.map_or("", |c| &c.unit).to_owned(),
        row.place.clone(),
        row.group.id.to_string(),
        row.group.gist.clone(),
        row.shown.first().map_or_else(String::new, |(text, _)| text.clone()),
        row.items.to_string(),
        row.texts.to_string(),
        view.map_or_else(String::new, |v| v.id.to_string()),
        view.and_then(|v| v.outcome).map_or("", Outcome::label).to_owned(),
        of_view(|v| &v.body),
        of_view(|v| &v.reason),
        of_view(|v| &v.changed_place),
        of_view(|v| &v.old_text),
        of_view(|v| &v.new_text),
    ]
}

/// All rows, for one who may read them; the taking away is told in the trail.
async fn taken(app: &Shared, viewer: &Viewer, id: i64, kind: &'static str) -> Result<Vec<[String; 15]>> {
    let (seer, now) = (viewer.clone(), app.clock.now());
    let cells = app
        .db
        .read(move |db| {
            let (_, chapters, rows, _) = table::whole(db, &seer, now, id)?;
            Ok(rows.iter().map(|row| cells(row, &chapters)).collect::<Vec<_>>())
        })
        .await?;
    let line = Line::new(Act::AnswersTaken, Subject::Consultation, id)
        .with(json!({ "kind": kind, "rows": cells.len() }));
    let by = viewer.by();
    app.db.write(move |db| trail::record(db, &by, now, &line)).await?;
    Ok(cells)
}

/// `GET /consultations/{id}/answers.csv`
pub async fn csv(app: Shared, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let rows = taken(&app, &viewer, id, "csv").await?;
    sheet::download(&format!("answers-{id}"), &HEAD, rows)
}

/// `GET /consultations/{id}/answers.xlsx`
pub async fn xlsx(app: Shared, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let id = id.into_inner();
    let rows = taken(&app, &viewer, id, "xlsx").await?;
    let bytes = tokio::task::spawn_blocking(move || workbook(&rows))
        .await
        .map_err(Error::internal)?
        .map_err(Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(TYPE)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"answers-{id}.xlsx\"")))
        .body(bytes))
}

/// One sheet: a head that stays and is printed on every page, wrapped text, words as words (nothing is a formula).
fn workbook(rows: &[[String; 15]]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name("市の考え方")?;
    let bold = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    const WIDTHS: [f64; 15] =
        [16.0, 16.0, 20.0, 8.0, 40.0, 40.0, 8.0, 8.0, 8.0, 14.0, 50.0, 30.0, 20.0, 30.0, 30.0];
    for (at, (name, width)) in (0_u16..).zip(HEAD.iter().zip(WIDTHS)) {
        page.set_column_width(at, width)?;
        page.write_string_with_format(0, at, *name, &bold)?;
    }
    for (no, row) in (1_u32..).zip(rows) {
        for (at, text) in (0_u16..).zip(row) {
            let number = NUMBERS.contains(&usize::from(at)).then(|| text.parse::<u32>().ok()).flatten();
            match number {
                Some(number) => page.write_number_with_format(no, at, number, &wrapped)?,
                None => page.write_string_with_format(no, at, cut(text), &wrapped)?,
            };
        }
    }
    page.set_freeze_panes(1, 0)?;
    page.set_repeat_rows(0, 0)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    book.save_to_buffer()
}

/// A text a cell can hold; what is longer says so.
fn cut(text: &str) -> String {
    if text.chars().count() <= CELL_LIMIT {
        return text.to_owned();
    }
    text.chars().take(CELL_LIMIT).chain("…(続きは画面で読めます)".chars()).collect()
}

/// `GET /consultations/{id}/answers/print`: the whole table, for paper.
pub async fn print(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let now = app.clock.now();
    let (row, chapters, rows, sums) = app.db.read(move |db| table::whole(db, &viewer, now, id)).await?;
    Ok(answer::page(views::print(&shell, &row, &chapters, &rows, sums)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_a_zip_with_every_row_and_a_long_text_is_cut_and_says_so() {
        let mut row: [String; 15] = Default::default();
        row[4] = "=1+1".to_owned();
        row[10] = "長".repeat(CELL_LIMIT + 5);
        let bytes = workbook(&[row]).expect("a workbook");
        assert!(bytes.starts_with(b"PK"));
        assert!(cut(&"長".repeat(CELL_LIMIT + 5)).ends_with("画面で読めます)"));
    }
}
