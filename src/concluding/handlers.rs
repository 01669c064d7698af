//! The addresses of a result at the staff door.

use actix_web::{HttpRequest, HttpResponse, web};

use super::form;
use super::views::{self, Desk};
use crate::approval::{self, SubjectKind};
use crate::consultations::consultation::{Consultation, Decision};
use crate::consultations::store as consulted;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::result::handlers::page_asked;
use crate::opinions::result::{self, Masking, files, store};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::text::MaskReason;
use crate::text::input::{multi_line, single_line};
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

/// Full texts on one page of the masks.
const TEXTS: i64 = 50;

/// A consultation that is announced, for those who may see what came to it.
fn seen(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Consultation> {
    let row = consulted::consultation(db, id)?;
    let sees = viewer.can(May::ReadSubmissions(&[row.unit_id]))
        || viewer.can(May::RunConsultation(Some(row.unit_id)));
    if sees && row.state.is_public() { Ok(row) } else { Err(Error::NotFound) }
}

/// The same for those who run it.
fn run(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Consultation> {
    let row = consulted::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if row.state.is_public() { Ok(row) } else { Err(Error::NotFound) }
}

fn desk_of(db: &mut Db, viewer: &Viewer, row: Consultation, public_url: String) -> Result<Desk> {
    let (sources, lacks) = result::checklist(db, &row, viewer.today)?;
    let versions = store::versions(db, row.id)?;
    let released = store::released(db, row.id)?.into_iter().map(|(v, at)| (v.no, at)).collect();
    let mut approvals = Vec::new();
    for version in &versions {
        approvals.push(approval::store::of_subject(db, SubjectKind::Result, version.id)?);
    }
    let mut draft = sources.draft.clone();
    let nobody_wrote = sources.nobody_wrote();
    if nobody_wrote && draft.version == 0 {
        // what most often follows when nobody wrote: two presses and it is before its approvers
        draft.decision = Some(Decision::AdoptedAsDrafted);
        draft.decided_on = Some(viewer.today);
    }
    Ok(Desk {
        classes: approval::store::classes(db, SubjectKind::Result)?,
        others: consulted::consultations(db)?
            .into_iter()
            .filter(|c| c.id != row.id && viewer.can(May::RunConsultation(Some(c.unit_id))))
            .map(|c| (c.id, c.title))
            .collect(),
        may_run: viewer.can(May::RunConsultation(Some(row.unit_id))),
        public_url,
        waits: result::waits(db, &row)?,
        counts: sources.counts(0, 0),
        in_groups: sources.items.iter().filter(|i| i.group_id.is_some()).count(),
        not_yet: result::checklist::may_start(&sources),
        corrects: sources.corrects,
        can_be_shown: result::can_be_shown(&sources),
        nobody_wrote,
        lacks,
        versions,
        released,
        approvals,
        draft,
        row,
    })
}

/// `GET /consultations/{id}/result`: what is missing, and the clerk's words.
pub async fn desk(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (csrf, public_url) = (viewer.csrf.clone(), app.city.public_url.clone());
    let desk = app
        .db
        .read(move |db| {
            let row = seen(db, &viewer, id)?;
            desk_of(db, &viewer, row, public_url)
        })
        .await?;
    let fields = form::fields_of(&desk.draft);
    Ok(answer::page(views::desk(&shell, &csrf, &desk, &fields, &Errors::default())))
}

/// The desk once more with what was typed and what is wrong with it.
async fn again(
    app: &App,
    req: &HttpRequest,
    viewer: Viewer,
    id: i64,
    fields: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let shell = app.staff_shell(req, &viewer);
    let (csrf, public_url) = (viewer.csrf.clone(), app.city.public_url.clone());
    let desk = app
        .db
        .read(move |db| {
            let row = run(db, &viewer, id)?;
            desk_of(db, &viewer, row, public_url)
        })
        .await?;
    Ok(answer::form_again(views::desk(&shell, &csrf, &desk, fields, errors)))
}

/// `POST /consultations/{id}/result`: saves; with `act=circulate` also puts it before its approvers.
pub async fn save(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let checked = viewer.clone();
    app.db.read(move |db| run(db, &checked, id)).await?;
    let draft = match form::read(&fields, viewer.today) {
        Ok(draft) => draft,
        Err(errors) => return again(&app, &req, viewer, id, &fields, &errors).await,
    };
    let circulate = (fields.text("act") == "circulate").then(|| fields.text("class").to_owned());
    let (by, now, sealer) = (viewer.clone(), app.clock.now(), app.sealer.clone());
    let done = app
        .db
        .write(move |db| {
            result::save(db, &by, now, id, &draft)?;
            match &circulate {
                Some(class) => result::circulate(db, &sealer, &by, now, id, class).map(Some),
                None => Ok(None),
            }
        })
        .await;
    match done {
        Ok(Some(approval)) => Ok(answer::done(
            &format!("/approvals/{approval}"),
            "起案しました。決裁されると、公表する日に自動で公表されます。",
        )),
        Ok(None) => Ok(answer::done(&format!("/consultations/{id}/result"), "下書きを保存しました。")),
        Err(Error::Refused(why)) => {
            let mut errors = Errors::default();
            errors.add("decision", why);
            again(&app, &req, viewer, id, &fields, &errors).await
        }
        Err(why) => Err(why),
    }
}

/// `GET /consultations/{id}/result/preview`: the result as it would be now.
pub async fn preview(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let (id, page) = (id.into_inner(), page_asked(&req));
    let shell = app.staff_shell(&req, &viewer);
    let (row, sheet) = app
        .db
        .read(move |db| {
            let row = seen(db, &viewer, id)?;
            let sheet = result::preview(db, &row, page)?;
            Ok((row, sheet))
        })
        .await?;
    Ok(answer::page(views::preview(&shell, &row, &sheet)))
}

/// `GET /consultations/{id}/result/versions/{no}`: a version as it was put before its approvers.
pub async fn version(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    at: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let ((id, no), page) = (at.into_inner(), page_asked(&req));
    let shell = app.staff_shell(&req, &viewer);
    let (row, sheet) = app
        .db
        .read(move |db| {
            let row = seen(db, &viewer, id)?;
            let version = store::versions(db, id)?.into_iter().find(|v| v.no == no).ok_or(Error::NotFound)?;
            let sheet = result::sheet(db, &version, page)?;
            Ok((row, sheet))
        })
        .await?;
    Ok(answer::page(views::version(&shell, &row, &sheet)))
}

/// `POST /consultations/{id}/result/withdrawals`: gives up a decision that is not published yet.
pub async fn give_up(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let why = multi_line(fields.text("reason")).text.trim().to_owned();
    app.db.write(move |db| result::give_up(db, &viewer, now, id, &why)).await?;
    Ok(answer::done(
        &format!("/consultations/{id}/result"),
        "決裁を取り消しました。直して、もう一度起案できます。",
    ))
}

/// `GET /consultations/{id}/result/masks`: full texts as they would be published; `?after=` goes on.
pub async fn texts(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let csrf = viewer.csrf.clone();
    let asked = Fields(crate::web::form::parse_urlencoded(req.query_string().as_bytes()));
    let after = asked.number("after").unwrap_or(0);
    let (row, texts) = app
        .db
        .read(move |db| {
            let row = run(db, &viewer, id)?;
            if !row.result_terms.publish_full {
                return Err(Error::Refused("この意見募集の結果には、要旨だけを載せます。".to_owned()));
            }
            let texts = result::texts_to_look_over(db, id, after, TEXTS)?;
            Ok((row, texts))
        })
        .await?;
    let more =
        (i64::try_from(texts.len()).unwrap_or(0) == TEXTS).then(|| texts.last().map(|t| t.item)).flatten();
    Ok(answer::page(views::texts(&shell, &csrf, &row, &texts, more)))
}

/// `POST /consultations/{id}/result/masks`: hides or shows words of one item, or takes that back.
pub async fn mask(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let item = fields.number("item");
    let act = fields.text("act").to_owned();
    let words = single_line(fields.text("words")).text;
    let reason = MaskReason::from_code(fields.text("reason")).unwrap_or(MaskReason::Personal).code();
    app.db
        .write(move |db| {
            run(db, &viewer, id)?;
            let item = item.ok_or_else(|| Error::Refused("意見を選んでください。".to_owned()))?;
            let what = match act.as_str() {
                "undo" => Masking::Undo,
                act => Masking::Words { words: &words, hidden: act != "show", reason },
            };
            result::mask(db, &viewer, now, item, &what)
        })
        .await?;
    let item = item.unwrap_or(1);
    let back = format!("/consultations/{id}/result/masks?after={}#i{item}", item - 1);
    Ok(answer::done(&back, "伏せ字を変えました。"))
}

/// `GET /consultations/{id}/result.xlsx`: the newest version as a workbook.
pub async fn workbook(app: Shared, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let bytes = app
        .db
        .read(move |db| {
            seen(db, &viewer, id)?;
            files::workbook(db, id)
        })
        .await?;
    Ok(files::workbook_answer(bytes, id))
}
