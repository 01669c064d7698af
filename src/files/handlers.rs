//! Opening attachments at the staff door.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{Purpose, ToOpen, bytes_of, find, views};
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::trail::{self, Act, Line, Subject};
use crate::web::errors::percent;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::{App, Shared, answer};

/// Whatever the browser makes of it, it runs nothing and asks for nothing.
const SANDBOX: &str = "default-src 'none'; sandbox";

/// `GET /letters/{id}/files/{file}`: the warning; with `?purpose=scan` the picture of a paper letter itself.
pub async fn show(
    req: HttpRequest,
    app: Shared,
    viewer: Viewer,
    path: web::Path<(i64, String)>,
) -> Result<HttpResponse> {
    let (letter_id, id) = path.into_inner();
    let (file, units) = app.db.read(move |db| find(db, letter_id, &id)).await?;
    viewer.may(May::ReadLetter(&units))?;
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes()));
    if asked.text("purpose") == "scan" {
        return picture(&app, file).await;
    }
    Ok(answer::page(views::warning(&app.staff_shell(&req, &viewer), &file, &viewer.csrf)))
}

/// `POST /letters/{id}/files/{file}`: the file, to be saved; the trail keeps who.
pub async fn open(app: Shared, form: StaffForm, path: web::Path<(i64, String)>) -> Result<HttpResponse> {
    let (letter_id, id) = path.into_inner();
    let (by, now) = (form.viewer.by(), app.clock.now());
    let viewer = form.viewer;
    let file = app
        .db
        .write(move |db| {
            let (file, units) = find(db, letter_id, &id)?;
            viewer.may(May::ReadLetter(&units))?;
            let line = Line::new(Act::FileOpened, Subject::Attachment, &file.id).of_letter(letter_id);
            trail::record(db, &by, now, &line)?;
            Ok(file)
        })
        .await?;
    let name = percent(&file.name).replace('/', "%2F");
    let bytes = bytes_of(&app, file.created_at, &file.id, &file.sha256).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"file\"; filename*=UTF-8''{name}"),
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(bytes))
}

/// The picture of a paper letter, for the page where it is typed: only what staff scanned, only real pictures.
async fn picture(app: &App, file: ToOpen) -> Result<HttpResponse> {
    if file.purpose != Purpose::Scan || !file.kind.is_picture() {
        return Err(Error::NotFound);
    }
    let bytes = bytes_of(app, file.created_at, &file.id, &file.sha256).await?;
    if infer::get(&bytes).map(|t| t.mime_type()) != Some(file.kind.mime()) {
        return Err(Error::NotFound);
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.kind.mime()))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(bytes))
}
