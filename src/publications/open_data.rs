//! Published voices for machines: the Atom feed, the CSV file and the JSON interface with its
//! description.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use atom_syndication::{Content, Entry, Feed, Link, Person, Text};
use chrono::{DateTime, FixedOffset, NaiveDate};
use futures_util::stream;
use serde_json::{Value, json};

use super::handlers::{address, number};
use super::publication::{Filter, Item, PER_PAGE, Voice};
use super::store::voices;
use crate::db;
use crate::error::{Error, Result};
use crate::text::PublicText;
use crate::web::answer::for_all;
use crate::web::sheet::cell;
use crate::web::{Shared, form};

/// Voices in the feed.
const IN_FEED: i64 = 50;

/// Voices read at a time for the CSV file.
const CHUNK: i64 = 500;

/// 下関市, 全国地方公共団体コード.
const CITY_CODE: &str = "352012";

// ---- Atom ----

/// `GET /feeds/voices.atom`: the newest voices.
pub async fn feed(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    const ATOM: &str = "application/atom+xml; charset=utf-8";
    let edition = app.edition().await?;
    if let Some(kept) = app.kept.answer(&req, address(&req)) {
        return Ok(for_all(kept));
    }
    let voices = app.db.read(|db| voices::latest(db, IN_FEED)).await?;
    let base = &app.city.public_url;
    let entries: Vec<_> = voices
        .iter()
        .map(|voice| {
            let content = &voice.content;
            let url = format!("{base}/voices/{}", voice.id);
            let voice_name = if content.gist { "市民の声(要旨)" } else { "市民の声" };
            let text = format!("{voice_name}\n{}\n\n市の考え方\n{}", content.voice, content.answer);
            Entry {
                id: url.clone(),
                title: Text::plain(xml(content.title.as_str())),
                links: vec![link(url, "alternate", "text/html")],
                published: Some(instant(voice.published_on)),
                updated: instant(voice.corrected_on.unwrap_or(voice.published_on)),
                content: Some(Content {
                    content_type: Some("text".to_owned()),
                    value: Some(xml(&text)),
                    ..Content::default()
                }),
                ..Entry::default()
            }
        })
        .collect();
    let newest = voices.iter().map(|v| v.corrected_on.unwrap_or(v.published_on)).max();
    let feed = Feed {
        id: format!("{base}/feeds/voices.atom"),
        title: Text::plain(format!("届いた声と答え {}", app.city.name)),
        authors: vec![Person { name: app.city.name.clone(), ..Person::default() }],
        updated: instant(newest.unwrap_or(NaiveDate::from_ymd_opt(2005, 2, 13).unwrap_or_default())),
        links: vec![
            link(format!("{base}/feeds/voices.atom"), "self", "application/atom+xml"),
            link(format!("{base}/voices"), "alternate", "text/html"),
        ],
        entries,
        ..Feed::default()
    };
    let keep = req.query_string().is_empty().then(|| address(&req));
    Ok(for_all(app.kept.put(&req, edition, keep, ATOM, feed.to_string())))
}

fn link(href: String, rel: &str, kind: &str) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: Some(kind.to_owned()), ..Link::default() }
}

/// Midnight in Tokyo.
fn instant(day: NaiveDate) -> DateTime<FixedOffset> {
    let at = crate::calendar::start_of_tokyo_day(day);
    match FixedOffset::east_opt(9 * 3600) {
        Some(tokyo) => at.with_timezone(&tokyo),
        None => at.fixed_offset(),
    }
}

/// Characters that XML 1.0 has no way to write are left out.
fn xml(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

// ---- CSV ----

const HEAD: [&str; 19] = [
    "全国地方公共団体コード",
    "地方公共団体名",
    "番号",
    "版",
    "題名",
    "市民の声",
    "要旨か",
    "市の考え方",
    "担当部署",
    "担当部署の電話番号",
    "種類",
    "分野",
    "対応の種別",
    "受付日",
    "回答日",
    "公表日",
    "訂正日",
    "差出人への回答",
    "URL",
];

/// `GET /opendata/letters_published.csv`: every published voice, in the order of publication. UTF-8 with a byte order
/// mark, dates as ISO 8601.
///
/// Read in pieces, so that neither a connection nor memory is held for a slow reader. At the end the rows are counted
/// against the database; when they do not agree, or something was published or withdrawn meanwhile, the transfer is
/// broken off, so that nobody takes a part for the whole.
pub async fn csv(app: Shared) -> Result<HttpResponse> {
    enum At {
        Start,
        After(i64),
        End,
    }
    let first = app.db.read(|db| Ok((db::edition(db)?, voices::tally(db, None, None, None)?))).await?;
    let rows = stream::try_unfold((At::Start, 0_u64), move |(at, sent)| {
        let app = app.clone();
        async move {
            let from = match at {
                At::Start => {
                    let mut bytes = "\u{feff}".as_bytes().to_vec();
                    write_rows(&mut bytes, [HEAD.map(str::to_owned)])?;
                    return Ok(Some((Bytes::from(bytes), (At::After(0), 0))));
                }
                At::After(from) => from,
                At::End => return Ok(None),
            };
            let chunk = app.db.read(move |db| voices::after(db, from, CHUNK)).await?;
            let Some((last, _)) = chunk.last() else {
                let now = app.db.read(db::edition).await?;
                if (now, sent) == first {
                    return Ok(None);
                }
                tracing::warn!(
                    sent,
                    counted = first.1,
                    "a CSV of voices was broken off: the voices changed meanwhile"
                );
                return Err(Error::internal("the voices changed while they were written"));
            };
            let next = if chunk.len() < CHUNK as usize
                && sent + chunk.len() as u64 == first.1
                && app.db.read(db::edition).await? == first.0
            {
                At::End
            } else {
                At::After(*last)
            };
            let mut bytes = Vec::new();
            let many = chunk.len() as u64;
            write_rows(
                &mut bytes,
                chunk.iter().map(|(_, voice)| row(voice, &app.city.name, &app.city.public_url)),
            )?;
            Ok::<_, Error>(Some((Bytes::from(bytes), (next, sent + many))))
        }
    });
    let answer = HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"letters_published.csv\""))
        .streaming(rows);
    Ok(for_all(answer))
}

fn write_rows(out: &mut Vec<u8>, rows: impl IntoIterator<Item = [String; HEAD.len()]>) -> Result<()> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    for row in rows {
        writer.write_record(row).map_err(Error::internal)?;
    }
    writer.flush().map_err(Error::internal)
}

fn row(voice: &Voice, city: &str, base: &str) -> [String; HEAD.len()] {
    let content = &voice.content;
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |d| d.to_string());
    let text = |text: &PublicText| cell(text.as_str());
    let fields = content.fields.iter().map(|f| f.label()).collect::<Vec<_>>().join("|");
    [
        CITY_CODE.to_owned(),
        city.to_owned(),
        voice.id.to_string(),
        voice.version_no.to_string(),
        text(&content.title),
        text(&content.voice),
        if content.gist { "要旨" } else { "" }.to_owned(),
        text(&content.answer),
        cell(&content.unit_name),
        cell(content.unit_phone.as_deref().unwrap_or("")),
        content.kind.label().to_owned(),
        fields,
        content.outcome.label().to_owned(),
        day(Some(content.received_on)),
        day(content.replied_on),
        day(Some(voice.published_on)),
        day(voice.corrected_on),
        if content.answered_sender { "あり" } else { "なし" }.to_owned(),
        format!("{base}/voices/{}", voice.id),
    ]
}

// ---- JSON ----

/// `GET /api/v1/voices`: the list, with the filters of the page.
pub async fn list(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let filter = Filter::read(&form::parse_urlencoded(req.query_string().as_bytes()));
    let asked = filter.clone();
    let (items, total) = app.db.read(move |db| voices::page(db, &asked)).await?;
    let pages = total.div_ceil(PER_PAGE);
    let base = &app.city.public_url;
    let link = |page: u64| {
        (page >= 1 && page <= pages).then(|| format!("{base}{}", filter.href("/api/v1/voices", page)))
    };
    let body = json!({
        "total": total,
        "page": filter.page,
        "pages": pages,
        "per_page": PER_PAGE,
        "next": link(filter.page + 1),
        "previous": link(filter.page - 1),
        "voices": items.iter().map(|item| item_json(item, base)).collect::<Vec<_>>(),
    });
    Ok(for_all(HttpResponse::Ok().json(body)))
}

fn item_json(item: &Item, base: &str) -> Value {
    json!({
        "id": item.id,
        "title": item.title,
        "beginning": item.beginning,
        "unit": item.unit_name,
        "kind": item.kind,
        "fields": item.fields,
        "outcome": item.outcome,
        "received_on": item.received_on,
        "published_on": item.published_on,
        "corrected_on": item.corrected_on,
        "url": format!("{base}/voices/{}", item.id),
    })
}

/// `GET /api/v1/voices/{id}`: one voice whole; 410 when it was withdrawn.
pub async fn voice(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let Ok(id) = number(&id) else { return Ok(missing(404, "not_found")) };
    let found = app.db.read(move |db| match voices::voice(db, id)? {
        Some(voice) => Ok(Ok(voice)),
        None => Ok(Err(voices::withdrawn(db, id)?.is_some())),
    });
    let voice = match found.await? {
        Ok(voice) => voice,
        Err(true) => return Ok(missing(410, "withdrawn")),
        Err(false) => return Ok(missing(404, "not_found")),
    };
    let content = &voice.content;
    let body = json!({
        "id": voice.id,
        "version": voice.version_no,
        "title": content.title,
        "voice": content.voice,
        "gist": content.gist,
        "answer": content.answer,
        "unit": content.unit_name,
        "unit_phone": content.unit_phone,
        "kind": content.kind,
        "fields": content.fields,
        "outcome": content.outcome,
        "answered_sender": content.answered_sender,
        "received_on": content.received_on,
        "replied_on": content.replied_on,
        "published_on": voice.published_on,
        "corrected_on": voice.corrected_on,
        "correction_note": content.correction_note,
        "url": format!("{}/voices/{}", app.city.public_url, voice.id),
    });
    Ok(for_all(HttpResponse::Ok().json(body)))
}

fn missing(status: u16, code: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    for_all(HttpResponse::build(status).json(json!({ "error": code })))
}

/// The part of `GET /api/openapi.json` that is about voices: paths and schemas.
pub fn described() -> (Value, Value) {
    use crate::letters::letter::{Field, MatterKind};
    use crate::letters::matter::Outcome;
    let codes = |all: Vec<&str>| json!({ "type": "string", "enum": all });
    let fields = codes(Field::ALL.iter().map(|f| f.code()).collect());
    let kinds = codes(MatterKind::ALL.iter().map(|k| k.code()).collect());
    let outcomes = codes(Outcome::ALL.iter().map(|o| o.code()).collect());
    let date = json!({ "type": "string", "format": "date" });
    let maybe = json!({ "type": ["string", "null"], "format": "date" });
    let text = json!({ "type": "string" });
    let query = |name: &str, about: &str, schema: &Value| json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema });
    let common = json!({
        "id": { "type": "integer" }, "title": text, "unit": text, "kind": kinds,
        "fields": { "type": "array", "items": fields }, "outcome": outcomes, "received_on": date,
        "published_on": date, "corrected_on": maybe, "url": { "type": "string", "format": "uri" },
    });
    let with = |more: Value| {
        let mut all = common.clone();
        if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
            all.extend(more.clone());
        }
        json!({ "type": "object", "properties": all })
    };
    let ok = |schema: &str| json!({ "description": "OK", "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } } });
    let paths = json!({
        "/api/v1/voices": { "get": {
            "summary": "公表された声の一覧。新しい順",
            "parameters": [
                query("q", "さがす言葉。空白で区切ると、すべてを含むもの", &text),
                query("field", "分野", &fields),
                query("year", "受け付けた年度の西暦", &json!({ "type": "integer" })),
                query("kind", "種類", &kinds),
                query("page", "1から", &json!({ "type": "integer", "minimum": 1 })),
            ],
            "responses": { "200": ok("VoiceList") },
        } },
        "/api/v1/voices/{id}": { "get": {
            "summary": "一つの声と市の考え方",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
            "responses": {
                "200": ok("Voice"),
                "404": { "description": "ない" },
                "410": { "description": "公表が取り下げられた" },
            },
        } },
    });
    let schemas = json!({
            "VoiceList": { "type": "object", "properties": {
                "total": { "type": "integer" }, "page": { "type": "integer" }, "pages": { "type": "integer" },
                "per_page": { "type": "integer" }, "next": { "type": ["string", "null"] },
                "previous": { "type": ["string", "null"] },
                "voices": { "type": "array", "items": { "$ref": "#/components/schemas/VoiceItem" } },
            } },
            "VoiceItem": with(json!({ "beginning": text })),
            "Voice": with(json!({
                "version": { "type": "integer" }, "voice": text, "gist": { "type": "boolean" }, "answer": text,
                "unit_phone": { "type": ["string", "null"] }, "answered_sender": { "type": "boolean" },
                "replied_on": maybe, "correction_note": { "type": ["string", "null"] },
            })),
    });
    (paths, schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_write_is_left_out() {
        assert_eq!(xml("a\u{b}\0b\n\u{ffff}c"), "ab\nc");
    }
}
