//! The citizens' pages of published voices. A page that was built since the last change is served from memory.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::publication::Filter;
use super::store::{drafts, voices};
use super::views;
use crate::error::{Error, Result};
use crate::web::form::{self, Fields};
use crate::web::page::Shell;
use crate::web::{App, Shared, answer};

pub(super) const HTML: &str = "text/html; charset=utf-8";

/// How many similar answers are offered.
const SIMILAR: usize = 5;

pub(super) fn address(req: &HttpRequest) -> &str {
    req.uri().path_and_query().map_or("", |p| p.as_str())
}

/// A page for everybody knows nothing of who asks.
fn shell(app: &App, req: &HttpRequest) -> Shell {
    Shell { city: app.city.clone(), path: req.path().to_owned(), flash: None, staff: None }
}

/// `GET /voices`
pub async fn list(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let edition = app.edition().await?;
    if let Some(kept) = app.kept.answer(&req, address(&req)) {
        return Ok(kept);
    }
    let filter = Filter::read(&form::parse_urlencoded(req.query_string().as_bytes()));
    // one address for one page, and no searches: else strangers could fill the memory with pages nobody asks for
    let keep = filter.q.is_empty() && filter.href("/voices", filter.page) == address(&req);
    let asked = filter.clone();
    let ((items, total), years) =
        app.db.read(move |db| Ok((voices::page(db, &asked)?, voices::years(db)?))).await?;
    let page = views::list(&shell(&app, &req), &filter, &items, total, &years);
    Ok(app.kept.put(
        &req,
        edition,
        (keep && !items.is_empty()).then(|| address(&req)),
        HTML,
        page.into_string(),
    ))
}

/// `GET /voices/{id}`
pub async fn show(app: Shared, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let edition = app.edition().await?;
    if let Some(kept) = app.kept.answer(&req, address(&req)) {
        return Ok(kept);
    }
    let id = number(&id)?;
    let found = app.db.read(move |db| {
        let Some(voice) = voices::voice(db, id)? else { return Ok(Err(voices::withdrawn(db, id)?)) };
        let earlier = if voice.version_no > 1 { drafts::released(db, id)? } else { Vec::new() };
        Ok(Ok((voice, earlier)))
    });
    match found.await? {
        Ok((voice, earlier)) => {
            let text = format!("{}\n{}", voice.content.title, voice.content.voice);
            let related = super::similar(&app, &text, 3, Some(id)).await?;
            let earlier: Vec<_> =
                earlier.iter().filter(|(v, _)| v.no < voice.version_no).map(|(v, on)| (v.no, *on)).collect();
            let page = views::show(&shell(&app, &req), &voice, &earlier, &related);
            let keep = req.query_string().is_empty().then(|| address(&req));
            Ok(app.kept.put(&req, edition, keep, HTML, page.into_string()))
        }
        Err(Some((at, why))) => Ok(gone(&app, &req, at.tokyo_day(), why)),
        Err(None) => Err(Error::NotFound),
    }
}

/// `GET /voices/{id}/versions/{no}`: what was published before a correction, and what the correction changed.
pub async fn version(app: Shared, req: HttpRequest, at: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, no) = (number(&at.0)?, number(&at.1)?);
    let found = app.db.read(move |db| {
        let Some(voice) = voices::voice(db, id)? else { return Ok(Err(voices::withdrawn(db, id)?)) };
        Ok(Ok((voice, drafts::released(db, id)?)))
    });
    match found.await? {
        Ok((voice, _)) if voice.version_no == no => Ok(answer::see_other(&views::path(id))),
        Ok((mut voice, released)) => {
            let at = released.iter().position(|(v, _)| v.no == no).ok_or(Error::NotFound)?;
            let next = released.get(at + 1).ok_or(Error::NotFound)?;
            voice.current_no = voice.version_no;
            voice.version_no = no;
            voice.content = released[at].0.content.clone();
            voice.corrected_on = (at > 0).then_some(released[at].1);
            Ok(answer::page(views::version(&shell(&app, &req), &voice, &next.0.content)))
        }
        Err(Some((when, why))) => Ok(gone(&app, &req, when.tokyo_day(), why)),
        Err(None) => Err(Error::NotFound),
    }
}

fn gone(
    app: &App,
    req: &HttpRequest,
    on: chrono::NaiveDate,
    why: super::publication::Withheld,
) -> HttpResponse {
    answer::with_status(StatusCode::GONE, views::gone(&shell(app, req), on, why))
}

pub(super) fn number(text: &str) -> Result<i64> {
    // one voice has one address: no signs, no leading noughts
    text.parse().ok().filter(|n: &i64| *n > 0 && n.to_string() == text).ok_or(Error::NotFound)
}

/// `GET /voices/similar?q=`: a piece of a page with published answers to letters like `q`.
pub async fn similar(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let fields = Fields(form::parse_urlencoded(req.query_string().as_bytes()));
    similar_to(&app, fields.text("q")).await
}

/// `POST /voices/similar`: the same of `text`, so that an unsent letter stands in no address and no log. It changes
/// nothing, so it needs no token.
pub async fn similar_posted(app: Shared, req: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    let mut body: Payload = body.into_inner();
    let form = form::receive(&req, &mut body).await?;
    similar_to(&app, form.fields.filled("text").or(form.fields.filled("q")).unwrap_or("")).await
}

async fn similar_to(app: &App, text: &str) -> Result<HttpResponse> {
    Ok(answer::page(views::similar(&super::similar(app, text, SIMILAR, None).await?)))
}
