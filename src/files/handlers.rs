//! Attachments at the staff door: the safe copy at once, the original by a second click.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{
    CopyKind, Holder, Kind, Opening, Purpose, ToOpen, bytes_of, copy_of, find, inspect, name, store, views,
};
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::trail::{self, Act};
use crate::web::errors::percent;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::{App, Shared, answer};

/// Whatever the browser makes of it, it runs nothing and asks for nothing.
const SANDBOX: &str = "default-src 'none'; sandbox";
/// Files a list shows.
const MOST: i64 = 200;

/// `GET /letters/{id}/files/{file}`: the safe copy, what is known, and the way to the original; with `?purpose=scan`
/// the picture of a paper letter itself.
pub async fn show(
    req: HttpRequest,
    app: Shared,
    viewer: Viewer,
    path: web::Path<(i64, String)>,
) -> Result<HttpResponse> {
    let (letter_id, id) = path.into_inner();
    show_at(&req, &app, &viewer, Holder::Letter(letter_id), id).await
}

/// `GET /submissions/{id}/files/{file}`: the same for a file of an opinion.
pub async fn show_of_submission(
    req: HttpRequest,
    app: Shared,
    viewer: Viewer,
    path: web::Path<(i64, String)>,
) -> Result<HttpResponse> {
    let (submission_id, id) = path.into_inner();
    show_at(&req, &app, &viewer, Holder::Submission(submission_id), id).await
}

async fn show_at(
    req: &HttpRequest,
    app: &App,
    viewer: &Viewer,
    holder: Holder,
    id: String,
) -> Result<HttpResponse> {
    let (found, units) = app.db.read(move |db| find(db, holder, &id)).await?;
    holder.may_read(viewer, &units)?;
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes()));
    if asked.text("purpose") == "scan" {
        return picture(app, found).await;
    }
    let words = match found.file.copy {
        Some(CopyKind::Text | CopyKind::List) if found.file.has_copy() => {
            let bytes = copy_of(app, &found).await.ok();
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    };
    let page = views::File {
        found: &found,
        words: words.as_deref(),
        may_open: may_open(app, viewer, &found).is_ok(),
        opening: found.file.opening(app.city.scanner),
    };
    Ok(answer::page(views::file(&app.staff_shell(req, viewer), &page, &viewer.csrf)))
}

/// Whether this person may open the original now.
fn may_open(app: &App, viewer: &Viewer, found: &ToOpen) -> Result<()> {
    match found.file.opening(app.city.scanner) {
        Opening::Free | Opening::Warned => Ok(()),
        Opening::OfficeOnly(_) => viewer.may(May::OpenHeldFile),
        Opening::Waiting => Err(Error::NotAllowed(
            "ウイルス検査が済むまで、だれも開けません。しばらくして、もう一度開いてください。".to_owned(),
        )),
        Opening::Never => {
            Err(Error::NotAllowed("検査で危険と分かったファイルです。だれも開けません。".to_owned()))
        }
    }
}

/// `POST /letters/{id}/files/{file}`: the original, to be saved; the trail keeps who.
pub async fn open(app: Shared, form: StaffForm, path: web::Path<(i64, String)>) -> Result<HttpResponse> {
    let (letter_id, id) = path.into_inner();
    open_at(app, form, Holder::Letter(letter_id), id).await
}

/// `POST /submissions/{id}/files/{file}`: the same for a file of an opinion.
pub async fn open_of_submission(
    app: Shared,
    form: StaffForm,
    path: web::Path<(i64, String)>,
) -> Result<HttpResponse> {
    let (submission_id, id) = path.into_inner();
    open_at(app, form, Holder::Submission(submission_id), id).await
}

async fn open_at(app: Shared, form: StaffForm, holder: Holder, id: String) -> Result<HttpResponse> {
    let (by, now) = (form.viewer.by(), app.clock.now());
    let (viewer, asked) = (form.viewer, app.clone());
    let found = app
        .db
        .write(move |db| {
            let (found, units) = find(db, holder, &id)?;
            holder.may_read(&viewer, &units)?;
            may_open(&asked, &viewer, &found)?;
            let detail = json!({ "state": found.file.state, "reason": found.file.reason });
            trail::record(db, &by, now, &holder.line(Act::FileOpened, &found.file.id, detail))?;
            Ok(found)
        })
        .await?;
    let bytes = bytes_of(&app, found.created_at, &found.file.id, &found.sha256).await?;
    Ok(saved("application/octet-stream", &found.file.name, bytes))
}

/// A file to be saved, never shown by the browser.
fn saved(mime: &str, name: &str, bytes: Vec<u8>) -> HttpResponse {
    let name = percent(name).replace('/', "%2F");
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, mime))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"file\"; filename*=UTF-8''{name}"),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(bytes)
}

/// `GET /letters/{id}/files/{file}/copy`: the safe copy. A copy that is gone from the disk is made again.
pub async fn copy(app: Shared, viewer: Viewer, path: web::Path<(i64, String)>) -> Result<HttpResponse> {
    let (letter_id, id) = path.into_inner();
    copy_at(&app, &viewer, Holder::Letter(letter_id), id).await
}

/// `GET /submissions/{id}/files/{file}/copy`: the same for a file of an opinion.
pub async fn copy_of_submission(
    app: Shared,
    viewer: Viewer,
    path: web::Path<(i64, String)>,
) -> Result<HttpResponse> {
    let (submission_id, id) = path.into_inner();
    copy_at(&app, &viewer, Holder::Submission(submission_id), id).await
}

async fn copy_at(app: &App, viewer: &Viewer, holder: Holder, id: String) -> Result<HttpResponse> {
    let (found, units) = app.db.read(move |db| find(db, holder, &id)).await?;
    holder.may_read(viewer, &units)?;
    let (Some((mime, _)), true) = (&found.copy, found.file.has_copy()) else { return Err(Error::NotFound) };
    let bytes = match copy_of(app, &found).await {
        Err(Error::NotFound) => {
            let id = found.file.id.clone();
            app.db.write(move |db| store::copy_lost(db, &id)).await?;
            return Err(Error::NotFound);
        }
        other => other?,
    };
    let shown = mime.starts_with("image/") || mime == "text/plain";
    if !shown {
        let extension = Kind::of_mime(mime).map_or("", Kind::extension);
        return Ok(saved(mime, &name::with_extension(&found.file.name, extension), bytes));
    }
    let mime = if mime == "text/plain" { "text/plain; charset=utf-8" } else { mime.as_str() };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, mime))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(bytes))
}

/// `GET /files`: what is held or refused, and whether the scanner answers.
pub async fn in_doubt(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::SeeHeldFiles)?;
    let answers = inspect::scanner_answers(&app).await;
    let (files, (waiting, since)) =
        app.db.read(|db| Ok((store::in_doubt(db, MOST)?, store::waiting(db)?))).await?;
    let list = views::InDoubt { files, waiting, since, answers, reads: viewer.can(May::RunLetters) };
    Ok(answer::page(views::in_doubt(&app.staff_shell(&req, &viewer), &list)))
}

/// The picture of a paper letter, for the page where it is typed: only what staff scanned, only real pictures.
async fn picture(app: &App, found: ToOpen) -> Result<HttpResponse> {
    let file = &found.file;
    let open = matches!(file.opening(app.city.scanner), Opening::Free | Opening::Warned);
    if file.purpose != Purpose::Scan || !file.kind.is_picture() || !open {
        return Err(Error::NotFound);
    }
    let bytes = bytes_of(app, found.created_at, &file.id, &found.sha256).await?;
    if infer::get(&bytes).map(|t| t.mime_type()) != Some(file.kind.mime()) {
        return Err(Error::NotFound);
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.kind.mime()))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(bytes))
}
