//! The pages of a letter at the staff door, and the acts on the letter as a whole.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::next::Act;
use super::views::{self, Attempt, PartyPage, Shown, form_id};
use super::{case, store};
use crate::error::{Error, Result};
use crate::people::Viewer;
use crate::people::party::OpenReason;
use crate::people::session::StaffForm;
use crate::text::input::{multi_line, single_line};
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// GET `/letters/{id}`. The first opening is noted once.
pub async fn show(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: Path<i64>,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let mut case = app.db.read(move |db| case::open(db, &who, id)).await?;
    if case.letter.read_at.is_none() {
        let (who, now) = (viewer.clone(), app.clock.now());
        app.db.write(move |db| super::first_read(db, &who, now, id)).await?;
        let who = viewer.clone();
        case = app.db.read(move |db| case::open(db, &who, id)).await?;
    }
    let shown = Shown::from_query(query.get("text").map(String::as_str), &case);
    Ok(answer::page(views::letter(&app.staff_shell(&req, &viewer), &viewer.csrf, &case, shown, None)))
}

/// The page of the letter once more, with what was refused or came too late: neither text is lost.
///
/// # Errors
/// Anything else than a refusal or a lost race goes on as it is.
pub(super) async fn again(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    letter_id: i64,
    form: String,
    fields: crate::web::form::Fields,
    error: Error,
) -> Result<HttpResponse> {
    let (stale, status) = match &error {
        Error::Stale(_) => (true, StatusCode::CONFLICT),
        Error::Refused(_) => (false, StatusCode::UNPROCESSABLE_ENTITY),
        _ => return Err(error),
    };
    let why = error.sentence().unwrap_or_default().to_owned();
    let who = viewer.clone();
    let case = app.db.read(move |db| case::open(db, &who, letter_id)).await?;
    let attempt = Attempt { form, fields, why, stale };
    let shown = Shown::from_query(None, &case);
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::with_status(status, views::letter(&shell, &viewer.csrf, &case, shown, Some(&attempt))))
}

/// POST `/letters/{id}/registration`: `titles`, one matter a line.
pub async fn register(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, seen) = (id.into_inner(), app.clock.now(), fields.number("version"));
    let titles: Vec<String> = fields
        .text("titles")
        .lines()
        .map(|line| single_line(line).text.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let who = viewer.clone();
    let done = app
        .db
        .write(move |db| {
            super::readable(db, &who, id)?;
            let year = store::letter(db, id)?.fiscal_year;
            super::register(db, &who, now, id, seen, &titles).map(|number| super::label(year, Some(number)))
        })
        .await;
    match done {
        Ok(label) => Ok(answer::done(&format!("/letters/{id}"), &format!("{label}として登録しました。"))),
        Err(error) => again(app, req, viewer, id, form_id(None, Act::Register), fields, error).await,
    }
}

/// POST `/letters/{id}/matters`: `title` of one more matter.
pub async fn add_matter(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, who) = (id.into_inner(), app.clock.now(), viewer.clone());
    let title = single_line(fields.text("title")).text.trim().to_owned();
    let done = app
        .db
        .write(move |db| {
            super::readable(db, &who, id)?;
            if title.is_empty() {
                return Err(Error::Refused("分ける用件の件名を入力してください。".to_owned()));
            }
            super::add_matter(db, &who, now, id, &title)
        })
        .await;
    match done {
        Ok(matter) => Ok(answer::done(&format!("/letters/{id}#m{matter}"), "件を加えました。")),
        Err(error) => again(app, req, viewer, id, "split".to_owned(), fields, error).await,
    }
}

/// POST `/letters/{id}/thaws`: automatic mail about the letter may go again.
pub async fn thaw(app: Shared, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let (id, now, viewer) = (id.into_inner(), app.clock.now(), form.viewer);
    app.db.write(move |db| super::thaw(db, &viewer, now, id)).await?;
    Ok(answer::done(&format!("/letters/{id}"), "この手紙への自動のメールを再開しました。"))
}

/// POST `/letters/{id}/notes`: `body`, and `matter` when it is about one.
pub async fn note(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, who) = (id.into_inner(), app.clock.now(), viewer.clone());
    let (body, matter) = (multi_line(fields.text("body")).text, fields.number("matter"));
    let done = app
        .db
        .write(move |db| {
            super::readable(db, &who, id)?;
            if body.trim().is_empty() {
                return Err(Error::Refused("メモの内容を入力してください。".to_owned()));
            }
            super::note(db, &who, now, id, matter, &body)
        })
        .await;
    match done {
        Ok(()) => Ok(answer::done(&format!("/letters/{id}#thread"), "メモを残しました。")),
        Err(error) => again(app, req, viewer, id, "note".to_owned(), fields, error).await,
    }
}

/// GET `/letters/{id}/print`: the processing slip.
pub async fn print(app: Shared, req: HttpRequest, viewer: Viewer, id: Path<i64>) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let case = app.db.read(move |db| case::open(db, &who, id)).await?;
    Ok(answer::page(views::work_sheet(&app.staff_shell(&req, &viewer), &case)))
}

/// GET `/letters/{id}/party`: asks why.
pub async fn ask_party(app: Shared, req: HttpRequest, viewer: Viewer, id: Path<i64>) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let letter = app.db.read(move |db| super::may_open_party(db, &who, id)).await?;
    if letter.party_id.is_none() {
        return Err(Error::NotFound);
    }
    let page = PartyPage {
        csrf: &viewer.csrf,
        letter: &letter,
        reason: "",
        note: "",
        errors: &Errors::default(),
        opened: None,
    };
    Ok(answer::page(views::party(&app.staff_shell(&req, &viewer), &page)))
}

/// POST `/letters/{id}/party`: `reason`, `note`. Records first, then shows, on this answer only.
pub async fn open_party(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, who) = (id.into_inner(), app.clock.now(), viewer.clone());
    let letter = app.db.read(move |db| super::may_open_party(db, &who, id)).await?;
    let read = OpenReason::read(&fields);
    let errors = read.as_ref().err().cloned().unwrap_or_default();
    let shell = app.staff_shell(&req, &viewer);
    let mut page = PartyPage {
        csrf: &viewer.csrf,
        letter: &letter,
        reason: fields.text("reason"),
        note: fields.text("note"),
        errors: &errors,
        opened: None,
    };
    let Ok((reason, note)) = read else {
        return Ok(answer::form_again(views::party(&shell, &page)));
    };
    let who = viewer.clone();
    let sealer = app.sealer.clone();
    let details =
        app.db.write(move |db| super::open_party(db, &sealer, &who, now, id, reason, &note)).await?;
    page.opened = Some(&details);
    Ok(answer::page(views::party(&shell, &page)))
}

/// GET `/circulations`: what was shown to me for reading.
pub async fn circulations(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    let who = viewer.id;
    let rows = app.db.read(move |db| store::to_see(db, who)).await?;
    Ok(answer::page(views::circulations(&app.staff_shell(&req, &viewer), &viewer.csrf, &rows)))
}

/// POST `/circulations/views`: I have read those of `seen[]`.
pub async fn see_several(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let ids: Vec<i64> = fields.all("seen").iter().filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        return Err(Error::Refused("見た手紙に印を付けてから、押してください。".to_owned()));
    }
    let (now, many) = (app.clock.now(), ids.len());
    app.db.write(move |db| ids.iter().try_for_each(|id| super::see(db, &viewer, now, *id))).await?;
    Ok(answer::done("/circulations", &format!("{many}通を見たことを記録しました。")))
}

/// POST `/circulations/{id}/views`: I have read it.
pub async fn see(app: Shared, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let (id, now, viewer) = (id.into_inner(), app.clock.now(), form.viewer);
    app.db.write(move |db| super::see(db, &viewer, now, id)).await?;
    Ok(answer::done("/circulations", "見たことを記録しました。"))
}
