//! The citizens' pages of consultations: list, one, its papers, its last day for a calendar, the feed.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use atom_syndication::{Content as AtomContent, Entry, Feed, Link, Person, Text};
use chrono::{DateTime, Days, FixedOffset, Utc};

use super::consultation::Phase;
use super::{Shown, store, views};
use crate::error::{Error, Result};
use crate::files;
use crate::web::{App, Shared, answer};

/// The number in an address; anything else is no page of ours.
pub fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::NotFound)
}

/// `GET /consultations`
pub async fn list(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let all = app.db.read(super::all_shown).await?;
    Ok(answer::page(views::list(&app.shell(&req), &all, app.clock.now())))
}

/// `GET /consultations/{id}`
pub async fn show(app: Shared, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let (shown, texts) = app
        .db
        .read(move |db| {
            let shown = super::shown(db, id)?;
            let mut texts = Vec::new();
            for paper in shown.content.papers.iter().filter(|p| p.paragraphs > 0) {
                texts.push((paper.paper_id, paper.title.clone(), store::paragraphs(db, paper.version_id)?));
            }
            Ok((shown, texts))
        })
        .await?;
    Ok(answer::page(views::show(&app.shell(&req), &shown, &texts, app.clock.now())))
}

/// The keyed hash of what stands in a preview link.
pub fn preview_hash(app: &App, key: &str) -> String {
    app.sealer.mark("consultation.preview", key)
}

/// `GET /previews/{key}`: what is not announced yet, while the link holds.
pub async fn preview(app: Shared, req: HttpRequest, key: web::Path<String>) -> Result<HttpResponse> {
    let (hash, now) = (preview_hash(&app, &key), app.clock.now());
    let (content, texts) = app
        .db
        .read(move |db| {
            let id = store::previewed(db, &hash, now.into())?;
            let row = store::consultation(db, id)?;
            let content = super::content(db, &row)?;
            let mut texts = Vec::new();
            for paper in content.papers.iter().filter(|p| p.paragraphs > 0) {
                texts.push((paper.title.clone(), store::paragraphs(db, paper.version_id)?));
            }
            Ok((content, texts))
        })
        .await?;
    let mut page = answer::page(views::preview(&app.shell(&req), &content, &texts));
    page.headers_mut()
        .insert(header::HeaderName::from_static("x-robots-tag"), header::HeaderValue::from_static("noindex"));
    Ok(page)
}

/// `GET /consultations/{id}/papers/{file}`: the bytes that were approved, and no others.
pub async fn paper(app: Shared, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, file) = path.into_inner();
    let id = number(&id)?;
    let scan = app
        .db
        .read(move |db| {
            let shown = super::shown(db, id)?;
            let listed = shown.content.papers.iter().any(|p| p.file.as_ref().is_some_and(|f| f.0 == file));
            if listed { files::paper(db, &file) } else { Err(Error::NotFound) }
        })
        .await?;
    let bytes = files::read_scan(&app, &scan).await?;
    let place = if scan.kind.is_scan() { "inline" } else { "attachment" };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, scan.kind.mime()))
        .insert_header((header::CONTENT_DISPOSITION, place))
        .body(bytes))
}

/// `GET /consultations/{id}/calendar.ics`: the last day as a whole day.
pub async fn calendar(app: Shared, id: web::Path<String>) -> Result<HttpResponse> {
    let id = number(&id)?;
    let shown = app.db.read(move |db| super::shown(db, id)).await?;
    let text = ics(&shown, &app.city.public_url, app.clock.now());
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"iken-boshu.ics\""))
        .body(text))
}

/// One event of RFC 5545: lines of at most 75 bytes, ended by CR LF, the day after the last as its end.
fn ics(shown: &Shown, base: &str, now: DateTime<Utc>) -> String {
    let last = shown.period.closing_on;
    let next = last.checked_add_days(Days::new(1)).unwrap_or(last);
    let escaped = |text: &str| {
        text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace(['\r', '\n'], " ")
    };
    let url = format!("{base}/consultations/{}", shown.row.id);
    let cancelled = shown.period.phase(now) == Phase::Cancelled;
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//hirokiku//consultations//JA".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{url}"),
        format!("DTSTAMP:{}", now.format("%Y%m%dT%H%M%SZ")),
        format!("DTSTART;VALUE=DATE:{}", last.format("%Y%m%d")),
        format!("DTEND;VALUE=DATE:{}", next.format("%Y%m%d")),
        format!("SUMMARY:意見募集の最終日 {}", escaped(&shown.content.title)),
        format!("URL:{url}"),
        format!("STATUS:{}", if cancelled { "CANCELLED" } else { "CONFIRMED" }),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    let mut text = String::new();
    for line in lines {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > 73 {
                text.push_str("\r\n ");
                length = 1;
            }
            text.push(c);
            length += c.len_utf8();
        }
        text.push_str("\r\n");
    }
    text
}

/// `GET /feeds/consultations.atom`: announcements and what happened to their periods.
pub async fn feed(app: Shared) -> Result<HttpResponse> {
    let all = app.db.read(super::all_shown).await?;
    let base = &app.city.public_url;
    let link = |href: String, rel: &str, kind: &str| Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Link::default()
    };
    let entries: Vec<Entry> = all
        .iter()
        .map(|shown| {
            let url = format!("{base}/consultations/{}", shown.row.id);
            let changed = shown.events.iter().filter_map(|e| e.published_at).max();
            let result = shown.result.map(|(_, at)| at);
            let updated = changed.unwrap_or(shown.released_at).max(shown.released_at);
            let updated = result.unwrap_or(updated).max(updated);
            let said = match result {
                Some(at) => format!(
                    "結果を{}に公表しました。\n{url}/result\n\n",
                    crate::calendar::era_date(at.tokyo_day())
                ),
                None => String::new(),
            };
            let text = format!(
                "{said}{}\n\n募集期間 {}から{}まで\n担当 {}",
                shown.content.summary,
                crate::calendar::era_date(shown.period.opens_on),
                crate::calendar::era_date(shown.period.closing_on),
                shown.content.unit_name
            );
            Entry {
                id: url.clone(),
                title: Text::plain(format!("{}({})", shown.content.title, shown.content.draft_label)),
                links: vec![link(url, "alternate", "text/html")],
                published: Some(tokyo(shown.released_at.utc())),
                updated: tokyo(updated.utc()),
                content: Some(AtomContent {
                    content_type: Some("text".to_owned()),
                    value: Some(text.chars().filter(|c| !c.is_control() || *c == '\n').collect()),
                    ..AtomContent::default()
                }),
                ..Entry::default()
            }
        })
        .collect();
    let updated = entries.iter().map(|e| e.updated).max();
    let feed = Feed {
        id: format!("{base}/feeds/consultations.atom"),
        title: Text::plain(format!("意見募集 {}", app.city.name)),
        authors: vec![Person { name: app.city.name.clone(), ..Person::default() }],
        updated: updated.unwrap_or_else(|| tokyo(DateTime::UNIX_EPOCH)),
        links: vec![
            link(format!("{base}/feeds/consultations.atom"), "self", "application/atom+xml"),
            link(format!("{base}/consultations"), "alternate", "text/html"),
        ],
        entries,
        ..Feed::default()
    };
    Ok(HttpResponse::Ok().content_type("application/atom+xml; charset=utf-8").body(feed.to_string()))
}

fn tokyo(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    match FixedOffset::east_opt(9 * 3600) {
        Some(tokyo) => at.with_timezone(&tokyo),
        None => at.fixed_offset(),
    }
}
