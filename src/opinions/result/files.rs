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

/// What is held while the rest is written in pieces: everything but the groups and the items.
struct Frame {
    version: Version,
    content: Content,
    published_on: chrono::NaiveDate,
    views: Vec<View>,
}

impl Frame {
    fn read(db: &mut Db, id: i64) -> Result<Frame> {
        let released = super::released(db, id, None)?;
        let version = released.version;
        Ok(Frame {
            views: store::views(db, version.id)?,
            published_on: released.at.tokyo_day(),
            content: released.content,
            version,
        })
    }
}

/// Some items, with the groups they stand in.
struct Portion {
    items: Vec<Item>,
    groups: Vec<Group>,
}

impl Portion {
    /// The items after a number. They are numbered group by group, so that their groups follow one another too.
    fn read(db: &mut Db, version_id: i64, after: i64) -> Result<Portion> {
        let items = store::items_from(db, version_id, after, CHUNK)?;
        let numbers = || items.iter().filter_map(|item| item.group_no);
        let groups = match numbers().min().zip(numbers().max()) {
            Some((first, last)) => store::groups_from(db, version_id, first - 1, last - first + 1)?,
            None => Vec::new(),
        };
        Ok(Portion { items, groups })
    }

    fn answer<'a>(&'a self, frame: &'a Frame, item: &Item) -> Option<(&'a Group, &'a View)> {
        let from = self.groups.first()?.no;
        let group = self.groups.get(usize::try_from(item.group_no? - from).ok()?)?;
        let view = frame.views.get(usize::try_from(group.view_no - 1).ok()?)?;
        Some((group, view))
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

fn row(frame: &Frame, portion: &Portion, item: &Item) -> [String; HEAD.len()] {
    let answer = portion.answer(frame, item);
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
    Groups(i64),
    Items(i64),
    End,
}

type WriteGroups = fn(&[Group]) -> Vec<u8>;
type WriteItems = fn(&Frame, &Portion) -> Result<Vec<u8>>;

/// How a kind of file is written.
#[derive(Clone, Copy)]
struct Form {
    /// Some groups; none where they do not stand by themselves.
    groups: Option<WriteGroups>,
    /// Some items.
    items: WriteItems,
    /// Between groups and items.
    between: &'static [u8],
    end: &'static [u8],
}

/// Writes `start`, then the groups and the items a chunk at a time. At the end the rows written are counted against the
/// version: where they do not agree the transfer is broken off, so that nobody takes a part for the whole.
fn streamed(
    app: Shared,
    frame: Frame,
    start: Vec<u8>,
    form: Form,
) -> impl futures_util::Stream<Item = Result<Bytes>> {
    let (frame, start) = (std::sync::Arc::new(frame), Bytes::from(start));
    stream::try_unfold((At::Start, 0_i64), move |(at, sent)| {
        let (app, frame, start) = (app.clone(), frame.clone(), start.clone());
        async move {
            let version = frame.version.id;
            let (bytes, at, sent) = match at {
                At::Start => (start, if form.groups.is_some() { At::Groups(0) } else { At::Items(0) }, 0),
                At::Groups(after) => {
                    let some = app.db.read(move |db| store::groups_from(db, version, after, CHUNK)).await?;
                    match (some.last().map(|g| g.no), form.groups) {
                        (Some(last), Some(write)) => (write(&some).into(), At::Groups(last), sent),
                        _ => (Bytes::from_static(form.between), At::Items(0), sent),
                    }
                }
                At::Items(after) => {
                    let some = app.db.read(move |db| Portion::read(db, version, after)).await?;
                    match some.items.last().map(|i| i.no) {
                        Some(last) => {
                            let many = i64::try_from(some.items.len()).unwrap_or(0);
                            ((form.items)(&frame, &some)?.into(), At::Items(last), sent + many)
                        }
                        None if sent == frame.version.items => (Bytes::from_static(form.end), At::End, sent),
                        None => {
                            tracing::error!(
                                sent,
                                counted = frame.version.items,
                                "a file of a result was broken off"
                            );
                            return Err(Error::internal("a result has not the rows it was published with"));
                        }
                    }
                }
                At::End => return Ok(None),
            };
            Ok::<_, Error>(Some((bytes, (at, sent))))
        }
    })
}

/// `GET /consultations/{id}/result.csv`: one line an opinion, in UTF-8 with a byte order mark, days as ISO 8601.
pub async fn csv(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let frame = app.db.read(move |db| Frame::read(db, id)).await?;
    let mut start = "\u{feff}".as_bytes().to_vec();
    start.extend(csv_lines([HEAD.map(str::to_owned)])?);
    let form = Form {
        groups: None,
        items: |frame, portion| csv_lines(portion.items.iter().map(|item| row(frame, portion, item))),
        between: b"",
        end: b"",
    };
    let rows = streamed(app, frame, start, form);
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

/// What stands before the groups and the items; `under` are the numbers of the groups under each answer.
fn head(frame: &Frame, under: &HashMap<i64, Vec<i64>>) -> Value {
    let (content, counts) = (&frame.content, &frame.content.counts);
    let views: Vec<Value> = frame
        .views
        .iter()
        .map(|v| {
            json!({
                "no": v.no, "chapter": v.chapter, "unit": v.unit_name, "outcome": v.outcome,
                "outcome_label": v.outcome.label(), "view": v.body, "reason": v.reason,
                "changed_place": v.changed_place, "old_text": v.old_text, "new_text": v.new_text,
                "groups": under.get(&v.no),
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
                "view": v.no, "groups": under.get(&v.no),
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
        "changes": changes,
        "promises": content.promises,
    })
}

fn group_json(group: &Group) -> Value {
    json!({
        "no": group.no, "view": group.view_no, "chapter": group.chapter, "paper": group.paper_id,
        "paragraph": group.paragraph, "place": group.place, "gist": group.gist, "items": group.items,
        "distinct_texts": group.texts,
    })
}

fn item_json(item: &Item) -> Value {
    json!({
        "no": item.no, "group": item.group_no, "withheld": item.withheld, "withheld_note": item.withheld_note,
        "paragraph": item.paragraph, "place": item.place, "organisation": item.org_name, "text": item.body,
    })
}

/// Some entries of an array, each on a line of its own; the one numbered 1 is the first of all.
fn entries(all: impl IntoIterator<Item = (i64, Value)>) -> Vec<u8> {
    let mut text = String::new();
    for (no, value) in all {
        text.push_str(if no == 1 { "\n" } else { ",\n" });
        text.push_str(&value.to_string());
    }
    text.into_bytes()
}

/// `GET /consultations/{id}/result.json`: which items stand under which answer, which place changed and why.
pub async fn json_file(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let read = move |db: &mut Db| {
        let frame = Frame::read(db, id)?;
        let mut under: HashMap<i64, Vec<i64>> = HashMap::new();
        for (view, group) in store::groups_under(db, frame.version.id)? {
            under.entry(view).or_default().push(group);
        }
        // the head is an object whose last brace is left open for the groups and the items
        let mut start = head(&frame, &under).to_string();
        start.pop();
        start.push_str(",\"groups\":[");
        Ok((frame, start.into_bytes()))
    };
    let (frame, start) = app.db.read(read).await?;
    let form = Form {
        groups: Some(|groups| entries(groups.iter().map(|g| (g.no, group_json(g))))),
        items: |_, portion| Ok(entries(portion.items.iter().map(|i| (i.no, item_json(i))))),
        between: b"\n],\"items\":[",
        end: b"\n]}\n",
    };
    let rows = streamed(app, frame, start, form);
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
        let portion = Portion::read(db, frame.version.id, after)?;
        let Some(last) = portion.items.last() else { break };
        after = last.no;
        for item in &portion.items {
            for (column, text) in (0_u16..).zip(row(&frame, &portion, item)) {
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
