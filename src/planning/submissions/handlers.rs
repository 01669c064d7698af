//! The page of a submission and what staff do there.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::arrived;
use super::super::arrived::filter::Filter;
use super::views::{self, At, Opened, Place};
use crate::consultations::submission::{Handling, Submission};
use crate::consultations::{self, handling, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files;
use crate::opinions::answers;
use crate::people::party::OpenReason;
use crate::people::session::StaffForm;
use crate::people::{self, May, Viewer};
use crate::text::input::multi_line;
use crate::trail::{self, Subject};
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

/// `GET /submissions/{id}`: the same page, for whoever has only the number.
pub async fn find(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let row = app.db.read(move |db| store::submission(db, id)).await?;
    page(&app, &req, &viewer, row.consultation_id, id, &Fields::default(), &Errors::default()).await
}

/// `GET /consultations/{id}/submissions/{no}`: everything of it but its sender. The query is that of the list it was opened
/// from, so that the next one is the next of that list.
pub async fn show(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    page(&app, &req, &viewer, consultation, id, &Fields::default(), &Errors::default()).await
}

async fn page(
    app: &App,
    req: &HttpRequest,
    viewer: &Viewer,
    consultation: i64,
    id: i64,
    fields: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let seer = viewer.clone();
    let filter = Filter::read(req.query_string()).0;
    let opened = app.db.read(move |db| open(db, &seer, consultation, id, filter)).await?;
    let shell = app.staff_shell(req, viewer);
    let page = views::show(&shell, &viewer.csrf, &opened, fields, errors, app.city.scanner);
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

fn open(db: &mut Db, viewer: &Viewer, consultation: i64, id: i64, filter: Filter) -> Result<Opened> {
    let found = store::submission(db, id)?;
    if found.consultation_id != consultation {
        return Err(Error::NotFound);
    }
    let row = store::consultation(db, consultation)?;
    viewer.may(May::ReadSubmissions(&answers::readers(db, &row)?))?;
    let points = store::points(db, id)?;
    let places = places(db, &found, points.iter().map(|p| p.paragraph.as_ref()))?;
    let name = |db: &mut Db, who: Option<i64>| who.map(|who| people::staff_name(db, who)).transpose();
    let runs = viewer.can(May::RunConsultation(Some(row.unit_id)));
    let typist = found.entered_by == Some(viewer.id);
    Ok(Opened {
        entered_by: name(db, found.entered_by)?,
        checked_by: name(db, found.checked_by)?,
        files: files::of_submission(db, id)?,
        history: trail::of_subject(db, Subject::Submission, &id.to_string())?,
        mail: if viewer.can(May::ReadIncoming) { store::mail_of(db, id)? } else { None },
        around: arrived::around(db, consultation, &filter, id)?,
        filter,
        may_check: found.wants_second_look() && !typist && viewer.can(May::EnterOpinions(row.unit_id)),
        may_open_sender: found.party_id.is_some() && viewer.can(May::OpenSubmitter(row.unit_id)),
        sees_letters: viewer.sees_all(),
        runs,
        points: points.into_iter().zip(places).collect(),
        found,
        row,
    })
}

/// The paragraph each point was written at, as the public reads it.
fn places<'a>(
    db: &mut Db,
    found: &Submission,
    points: impl Iterator<Item = Option<&'a (i64, String)>>,
) -> Result<Vec<Option<Place>>> {
    let content = consultations::shown(db, found.consultation_id)?.content;
    let mut places = Vec::new();
    for point in points {
        let link = point.and_then(|(paper, code)| {
            content.papers.iter().find(|p| p.paper_id == *paper).map(|link| (link, code))
        });
        places.push(match link {
            None => None,
            Some((link, code)) => {
                let paragraphs = store::paragraphs(db, link.version_id)?;
                paragraphs.into_iter().find(|p| p.code == *code).map(|paragraph| Place {
                    paper: link.title.clone(),
                    place: paragraph.place,
                    code: paragraph.code,
                    body: paragraph.body,
                })
            }
        });
    }
    Ok(places)
}

/// The page again, in the list from which it was opened.
fn path_of(req: &HttpRequest, consultation: i64, id: i64) -> String {
    let filter = Filter::read(req.query_string()).0;
    filter.path(&format!("/consultations/{consultation}/submissions/{id}"))
}

/// `POST /consultations/{id}/submissions/{no}/handlings`: `handling`, `reason`, `version`.
pub async fn handle(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let row = app.db.read(move |db| store::consultation(db, consultation)).await?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    let Some(decided) = Handling::from_code(fields.text("handling")) else {
        let mut errors = Errors::default();
        errors.add("handling", "どう扱うかを選んでください。");
        return page(&app, &req, &viewer, consultation, id, &fields, &errors).await;
    };
    let reason = multi_line(fields.text("reason")).text;
    let (who, now, seen) = (viewer.clone(), app.clock.now(), fields.number("version").unwrap_or(0));
    let done = app
        .db
        .write(move |db| handling::handle(db, &who, now, consultation, id, seen, decided, &reason))
        .await;
    match done {
        Ok(state) => {
            let said = format!("「{}」にしました。元に戻せます。", state.label());
            Ok(answer::done(&path_of(&req, consultation, id), &said))
        }
        Err(Error::Refused(why)) => {
            let mut errors = Errors::default();
            errors.add("reason", why);
            page(&app, &req, &viewer, consultation, id, &fields, &errors).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /consultations/{id}/submissions/{no}/checks`: a second person compared it with the paper.
pub async fn check(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let next = app
        .db
        .write(move |db| {
            handling::check(db, &viewer, now, consultation, id)?;
            Ok(store::unchecked(db, consultation, viewer.id)?.1)
        })
        .await?;
    let said = match next {
        Some(_) => "確かめたことを記録しました。次の1通です。",
        None => "確かめたことを記録しました。確かめるものは、もうありません。",
    };
    Ok(answer::done(&path_of(&req, consultation, next.unwrap_or(id)), said))
}

/// `POST /consultations/{id}/submissions/{no}/disputes`: its named sender said that he or she did not send it.
pub async fn dispute(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    app.db.write(move |db| handling::dispute(db, &viewer, now, consultation, id)).await?;
    Ok(answer::done(
        &path_of(&req, consultation, id),
        "本人が送っていないと知らせがあったことを記録しました。扱いを決めてください。",
    ))
}

/// `GET /consultations/{id}/submissions/{no}/party`: asks why.
pub async fn ask_party(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    let who = viewer.clone();
    let found = app.db.read(move |db| handling::may_open_sender(db, &who, consultation, id)).await?;
    let at = At { found: &found, csrf: &viewer.csrf };
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::sender(&shell, &at, &Fields::default(), &Errors::default(), None)))
}

/// `POST /consultations/{id}/submissions/{no}/party`: `reason`, `note`. Records first, then shows, on this answer only.
pub async fn open_party(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (consultation, id) = path.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let who = viewer.clone();
    let found = app.db.read(move |db| handling::may_open_sender(db, &who, consultation, id)).await?;
    let shell = app.staff_shell(&req, &viewer);
    let at = At { found: &found, csrf: &viewer.csrf };
    let (reason, note) = match OpenReason::read(&fields) {
        Ok(read) => read,
        Err(errors) => return Ok(answer::form_again(views::sender(&shell, &at, &fields, &errors, None))),
    };
    let (who, sealer, now) = (viewer.clone(), app.sealer.clone(), app.clock.now());
    let details = app
        .db
        .write(move |db| handling::open_sender(db, &sealer, &who, now, consultation, id, reason, &note))
        .await?;
    Ok(answer::page(views::sender(&shell, &at, &fields, &Errors::default(), Some(&details))))
}
