//! A result as files: CSV and JSON, written in pieces and counted against the version, and a workbook for clerks.
//! Long: three forms of one table.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};

use super::content::{Content, Group, Item, View};
use super::store::Version;
use super::{store, views};
use crate::consultations::handlers::number;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::web::answer::for_all;
use crate::web::sheet::cell;
use crate::web::{App, Shared};

/// Items read at a time.
const CHUNK: i64 = 1_000;

/// Lines of a CSV file.
pub(super) fn csv_lines<R: AsRef<[String]>>(lines: impl IntoIterator<Item = R>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(&mut out);
    for line in lines {
        writer.write_record(line.as_ref()).map_err(Error::internal)?;
    }
    writer.flush().map_err(Error::internal)?;
    drop(writer);
    Ok(out)
}

/// Everything but the items: small enough to be held while they are written.
struct Frame {
    version: Version,
    content: Content,
    published_on: chrono::NaiveDate,
    views: Vec<View>,
    groups: Vec<Group>,
}

impl Frame {
    fn read(db: &mut Db, id: i64) -> Result<Frame> {
        let released = super::released(db, id, None)?;
        let version = released.version;
        Ok(Frame {
            views: store::views(db, version.id)?,
            groups: store::groups(db, version.id)?,
            published_on: released.at.tokyo_day(),
            content: released.content,
            version,
        })
    }

    fn answer(&self, item: &Item) -> Option<(&Group, &View)> {
        let at = |no: i64| usize::try_from(no - 1).ok();
        let group = self.groups.get(at(item.group_no?)?)?;
        Some((group, self.views.get(at(group.view_no)?)?))
    }
}

const HEAD: [&str; 19] = [
    "全国地方公共団体コード",
    "意見募集の番号",
    "案件名",
    "版",
    "公表日",
    "意見の番号",
    "まとまりの番号",
    "章",
    "箇所",
    "意見の要旨",
    "意見の全文",
    "団体名",
    "公表しない理由",
    "対応",
    "市の考え方",
    "理由",
    "修正箇所",
    "修正前",
    "修正後",
];

/// 下関市, 全国地方公共団体コード.
pub(super) const CITY_CODE: &str = "352012";

fn row(frame: &Frame, item: &Item) -> [String; HEAD.len()] {
    let answer = frame.answer(item);
    let group = |f: fn(&Group) -> &str| answer.map_or(String::new(), |(g, _)| cell(f(g)));
    let view = |f: fn(&View) -> &str| answer.map_or(String::new(), |(_, v)| cell(f(v)));
    [
        CITY_CODE.to_owned(),
        frame.version.consultation_id.to_string(),
        cell(&frame.content.whole_title()),
        frame.version.no.to_string(),
        frame.published_on.to_string(),
        item.no.to_string(),
        item.group_no.map(|no| no.to_string()).unwrap_or_default(),
        group(|g| &g.chapter),
        cell(&item.place),
        group(|g| &g.gist),
        cell(&item.body),
        cell(&item.org_name),
        item.withheld.map(|why| cell(&views::withheld_words(why, &item.withheld_note))).unwrap_or_default(),
        view(|v| v.outcome.label()),
        view(|v| &v.body),
        view(|v| &v.reason),
        view(|v| &v.changed_place),
        view(|v| &v.old_text),
        view(|v| &v.new_text),
    ]
}

/// Where the writing of a file stands.
enum At {
    Start,
    After(i64),
    End,
}

/// Writes a head, then the items a chunk at a time, then an end. At the end the rows written are counted against the
/// version: where they do not agree the transfer is broken off, so that nobody takes a part for the whole.
fn streamed(
    app: Shared,
    frame: Frame,
    start: fn(&Frame) -> Result<Vec<u8>>,
    some: fn(&Frame, &[Item]) -> Result<Vec<u8>>,
    end: fn(&Frame) -> Result<Vec<u8>>,
) -> impl futures_util::Stream<Item = Result<Bytes>> {
    let frame = std::sync::Arc::new(frame);
    stream::try_unfold((At::Start, 0_i64), move |(at, sent)| {
        let (app, frame) = (app.clone(), frame.clone());
        async move {
            let after = match at {
                At::Start => {
                    let bytes = start(&frame)?;
                    return Ok(Some((Bytes::from(bytes), (At::After(0), 0))));
                }
                At::After(after) => after,
                At::End => return Ok(None),
            };
            let version = frame.version.id;
            let items = app.db.read(move |db| store::items_from(db, version, after, CHUNK)).await?;
            let Some(last) = items.last().map(|i| i.no) else {
                if sent != frame.version.items {
                    tracing::error!(sent, counted = frame.version.items, "a file of a result was broken off");
                    return Err(Error::internal("a result has not the rows it was published with"));
                }
                return Ok(Some((Bytes::from(end(&frame)?), (At::End, sent))));
            };
            let many = i64::try_from(items.len()).unwrap_or(0);
            let bytes = some(&frame, &items)?;
            Ok::<_, Error>(Some((Bytes::from(bytes), (At::After(last), sent + many))))
        }
    })
}

/// `GET /consultations/{id}/result.csv`: one line an opinion, in UTF-8 with a byte order mark, days as ISO 8601.
pub async fn csv(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let frame = app.db.read(move |db| Frame::read(db, id)).await?;
    let start = |_: &Frame| {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.extend(csv_lines([HEAD.map(str::to_owned)])?);
        Ok(bytes)
    };
    let some = |frame: &Frame, items: &[Item]| csv_lines(items.iter().map(|item| row(frame, item)));
    let rows = streamed(app, frame, start, some, |_| Ok(Vec::new()));
    let name = format!("attachment; filename=\"consultation-{id}-result.csv\"");
    Ok(for_all(
        HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, name))
            .streaming(rows),
    ))
}

fn channels(content: &Content) -> Value {
    let lines = content.counts.channels.iter().map(|c| {
        json!({
            "channel": c.kind, "submissions": c.counted, "submitters": c.submitters, "late": c.late,
            "incomplete": c.incomplete, "off_topic": c.off_topic, "withdrawn": c.withdrawn, "received": c.all,
        })
    });
    lines.collect()
}

fn head(frame: &Frame) -> Value {
    let (content, counts) = (&frame.content, &frame.content.counts);
    let mut of_view: HashMap<i64, Vec<i64>> = HashMap::new();
    for group in &frame.groups {
        of_view.entry(group.view_no).or_default().push(group.no);
    }
    let views: Vec<Value> = frame
        .views
        .iter()
        .map(|v| {
            json!({
                "no": v.no, "chapter": v.chapter, "unit": v.unit_name, "outcome": v.outcome,
                "outcome_label": v.outcome.label(), "view": v.body, "reason": v.reason,
                "changed_place": v.changed_place, "old_text": v.old_text, "new_text": v.new_text,
                "groups": of_view.get(&v.no),
            })
        })
        .collect();
    let groups: Vec<Value> = frame
        .groups
        .iter()
        .map(|g| {
            json!({
                "no": g.no, "view": g.view_no, "chapter": g.chapter, "paper": g.paper_id, "paragraph": g.paragraph,
                "place": g.place, "gist": g.gist, "items": g.items, "distinct_texts": g.texts,
            })
        })
        .collect();
    // which place changed, and why: by an opinion, or for another reason
    let mut changes: Vec<Value> = frame
        .views
        .iter()
        .filter(|v| v.outcome == crate::opinions::view::Outcome::Revised)
        .map(|v| {
            json!({
                "place": v.changed_place, "old_text": v.old_text, "new_text": v.new_text, "reason": v.reason,
                "view": v.no, "groups": of_view.get(&v.no),
            })
        })
        .collect();
    changes.extend(content.other_changes.iter().map(|c| {
        json!({
            "place": c.place, "old_text": c.old_text, "new_text": c.new_text, "reason": c.reason,
            "view": null, "groups": [],
        })
    }));
    let withheld: Vec<Value> = counts
        .withheld
        .iter()
        .map(|(why, n)| json!({ "reason": why, "label": why.label(), "items": n }))
        .collect();
    json!({
        "consultation": frame.version.consultation_id,
        "version": frame.version.no,
        "published_on": frame.published_on,
        "title": content.title,
        "draft_label": content.draft_label,
        "unit": content.unit_name,
        "noticed_on": content.noticed_on,
        "opens_on": content.opens_on,
        "closes_on": content.closing_on,
        "decision": content.decision,
        "decision_label": content.decision.label(),
        "decided_on": content.decided_on,
        "decision_note": content.decision_note,
        "reconsult": content.reconsult,
        "final_place": content.final_place,
        "full_texts": content.full,
        "originals_place": content.originals_place,
        "correction_note": content.change_note,
        "counts": {
            "unit": counts.unit, "rule": counts.rule(), "opinions": counts.opinions(),
            "submissions": counts.submissions(), "submitters": counts.submitters, "received": counts.all(),
            "items": counts.items, "distinct_texts": counts.texts, "groups": counts.groups, "views": counts.views,
            "withheld": withheld, "channels": channels(content),
        },
        "views": views,
        "groups": groups,
        "changes": changes,
        "promises": content.promises,
    })
}

fn item_json(item: &Item) -> Value {
    json!({
        "no": item.no, "group": item.group_no, "withheld": item.withheld, "withheld_note": item.withheld_note,
        "paragraph": item.paragraph, "place": item.place, "organisation": item.org_name, "text": item.body,
    })
}

/// `GET /consultations/{id}/result.json`: which items stand under which answer, which place changed and why.
pub async fn json_file(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let frame = app.db.read(move |db| Frame::read(db, id)).await?;
    let start = |frame: &Frame| {
        // the head is an object whose last brace is left open for the items
        let mut text = serde_json::to_string(&head(frame)).map_err(Error::internal)?;
        text.pop();
        text.push_str(",\"items\":[");
        Ok(text.into_bytes())
    };
    let some = |_: &Frame, items: &[Item]| {
        let mut text = String::new();
        for item in items {
            text.push_str(if item.no == 1 { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(&item_json(item)).map_err(Error::internal)?);
        }
        Ok(text.into_bytes())
    };
    let rows = streamed(app, frame, start, some, |_| Ok(b"\n]}\n".to_vec()));
    Ok(for_all(HttpResponse::Ok().content_type("application/json; charset=utf-8").streaming(rows)))
}

/// The newest version, released or not, as a workbook for clerks: one sheet of opinions, one of the numbers.
///
/// # Errors
/// [`Error::Refused`] when no version was made.
pub fn workbook(db: &mut Db, id: i64) -> Result<Vec<u8>> {
    let version = store::newest(db, id)?.ok_or_else(|| {
        Error::Refused("版がまだありません。起案すると、その内容をExcelで保存できます。".to_owned())
    })?;
    let frame = Frame {
        content: Content::read(&version.content)?,
        published_on: version.created_at.tokyo_day(),
        views: store::views(db, version.id)?,
        groups: store::groups(db, version.id)?,
        version,
    };
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet().set_name("意見と市の考え方").map_err(Error::internal)?;
    for (column, title) in (0_u16..).zip(HEAD) {
        sheet.write_string_with_format(0, column, title, &bold).map_err(Error::internal)?;
    }
    let (mut after, mut line) = (0, 1_u32);
    loop {
        let items = store::items_from(db, frame.version.id, after, CHUNK)?;
        let Some(last) = items.last() else { break };
        after = last.no;
        for item in &items {
            for (column, text) in (0_u16..).zip(row(&frame, item)) {
                // a cell written as text is never a formula: the apostrophe of the CSV file is not needed
                let text = text.strip_prefix('\'').unwrap_or(&text);
                sheet.write_string(line, column, text).map_err(Error::internal)?;
            }
            line += 1;
        }
    }
    if i64::from(line) - 1 != frame.version.items {
        return Err(Error::internal("a result has not the rows it was made with"));
    }
    sheet.set_freeze_panes(1, 0).map_err(Error::internal)?;
    let sheet = book.add_worksheet().set_name("数").map_err(Error::internal)?;
    let counts = &frame.content.counts;
    for (column, title) in
        (0_u16..).zip(["方法", "提出", "提出者", "期限後", "記載に不足", "案件外", "取下げ", "届いたもの"])
    {
        sheet.write_string_with_format(0, column, title, &bold).map_err(Error::internal)?;
    }
    let total = counts.total();
    let lines = counts.channels.iter().map(|c| (c.kind.label(), c)).chain([("計", &total)]);
    for (line, (label, c)) in (1_u32..).zip(lines) {
        sheet.write_string(line, 0, label).map_err(Error::internal)?;
        let numbers = [c.counted, c.submitters, c.late, c.incomplete, c.off_topic, c.withdrawn, c.all];
        for (column, n) in (1_u16..).zip(numbers) {
            sheet.write_number(line, column, n as f64).map_err(Error::internal)?;
        }
    }
    book.save_to_buffer().map_err(Error::internal)
}

/// The answer with a workbook.
pub fn workbook_answer(bytes: Vec<u8>, id: i64) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"consultation-{id}-result.xlsx\""),
        ))
        .body(bytes)
}

/// The public address of the city's pages.
pub(super) fn base(app: &App) -> &str {
    &app.city.public_url
}
