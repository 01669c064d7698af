//! The citizens' pages of a result: the newest version, earlier ones, the final text. A page built since the last change
//! is served from memory.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::changes::{Changed, changes};
use super::store::{self, Version};
use super::{Released, released, sheet, views};
use crate::consultations::handlers::number;
use crate::consultations::paper::Paragraph;
use crate::consultations::store as consulted;
use crate::consultations::views::text_of_paper;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::page::{self, Shell};
use crate::web::{App, Shared, answer};

const HTML: &str = "text/html; charset=utf-8";

/// A page for everybody knows nothing of who asks.
fn shell(app: &App, req: &HttpRequest) -> Shell {
    Shell { city: app.city.clone(), path: req.path().to_owned(), flash: None, staff: None }
}

/// The page asked for; the first when none is.
pub fn page_asked(req: &HttpRequest) -> i64 {
    Fields(parse_urlencoded(req.query_string().as_bytes())).number("page").unwrap_or(1).max(1)
}

/// What a version changed against the one released before it.
fn changed(
    db: &mut Db,
    version: &Version,
    history: &[(i64, crate::db::Instant, String)],
) -> Result<Vec<Changed>> {
    let Some((before, ..)) = history.iter().find(|(no, ..)| *no < version.no) else { return Ok(Vec::new()) };
    let before = released(db, version.consultation_id, Some(*before))?.version;
    let (old, new) = (store::whole(db, &before)?, store::whole(db, version)?);
    Ok(changes(&old, &new))
}

/// `GET /consultations/{id}/result`: the result, 200 groups a page.
pub async fn show(app: Shared, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let edition = app.edition().await?;
    let address = req.uri().path_and_query().map_or("", |p| p.as_str());
    if let Some(kept) = app.kept.answer(&req, address) {
        return Ok(kept);
    }
    let (id, page) = (number(&id)?, page_asked(&req));
    let (found, shown, changed) = app
        .db
        .read(move |db| {
            let found = released(db, id, None)?;
            let shown = sheet(db, &found.version, page)?;
            let changed =
                if shown.page == 1 { changed(db, &found.version, &found.history)? } else { Vec::new() };
            Ok((found, shown, changed))
        })
        .await?;
    // one address for one page: else strangers could fill the memory
    let keep = match shown.page {
        1 => req.query_string().is_empty(),
        n => req.query_string() == format!("page={n}"),
    };
    let page = views::result(&shell(&app, &req), &found, &shown, &changed);
    Ok(app.kept.put(&req, edition, keep.then_some(address), HTML, page.into_string()))
}

/// `GET /consultations/{id}/result/versions/{no}`: an earlier version as it was; the newest leads to the result.
pub async fn version(app: Shared, req: HttpRequest, at: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, no) = (number(&at.0)?, number(&at.1)?);
    let page = page_asked(&req);
    let read = move |db: &mut Db| {
        let found = released(db, id, Some(no))?;
        let shown = sheet(db, &found.version, page)?;
        let changed = changed(db, &found.version, &found.history)?;
        Ok((found, shown, changed))
    };
    let (found, shown, changed) = app.db.read(read).await?;
    if found.history.first().is_some_and(|(newest, ..)| *newest == no) {
        return Ok(answer::see_other(&views::path(id)));
    }
    Ok(answer::page(views::version(&shell(&app, &req), &found, &shown, &changed)))
}

/// The final paper of a released result.
fn final_paper(db: &mut Db, id: i64, paper: i64) -> Result<(Released, String, Vec<Paragraph>)> {
    let found = released(db, id, None)?;
    let link = found.content.finals.iter().find(|p| p.paper_id == paper).ok_or(Error::NotFound)?.clone();
    let paragraphs = consulted::paragraphs(db, link.version_id)?;
    Ok((found, link.title, paragraphs))
}

/// `GET /consultations/{id}/result/texts/{paper}`: the text as decided.
pub async fn text(app: Shared, req: HttpRequest, at: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, paper) = (number(&at.0)?, number(&at.1)?);
    let (found, title, paragraphs) = app.db.read(move |db| final_paper(db, id, paper)).await?;
    let (above, result) = (format!("/consultations/{id}"), views::path(id));
    let shell = shell(&app, &req);
    let name = format!("{title}(決定した文章)");
    let page = page::citizen(&shell, &name)
        .crumb("/consultations", "意見募集")
        .crumb(&above, &found.content.whole_title())
        .crumb(&result, "結果")
        .body(text_of_paper(&paragraphs, None));
    Ok(answer::page(page))
}

/// `GET /consultations/{id}/result/papers/{file}`: the bytes of a final paper that was published, and no others.
pub async fn paper(app: Shared, at: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, file) = at.into_inner();
    let id = number(&id)?;
    let scan = app
        .db
        .read(move |db| {
            let found = released(db, id, None)?;
            let listed = found.content.finals.iter().any(|p| p.file.as_ref().is_some_and(|f| f.0 == file));
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
