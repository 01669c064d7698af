//! Planning and running a consultation; long by the many fields of a plan.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::form;
use super::views::{self, Desk, EditPage};
use crate::approval::{self, SubjectKind};
use crate::calendar::{parse_date, start_of_tokyo_day};
use crate::consultations::consultation::{Consultation, EventKind};
use crate::consultations::{self, PeriodChange, Plan, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::{answers, store as opinions};
use crate::people::session::StaffForm;
use crate::people::{self, May, UnitKind, Viewer};
use crate::text::input::multi_line;
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

/// Units that may run a consultation for this viewer: id and name.
fn units_for(db: &mut Db, viewer: &Viewer) -> Result<Vec<(i64, String)>> {
    let units = people::units(db)?;
    Ok(units
        .all()
        .iter()
        .filter(|u| u.open_on(viewer.today) && matches!(u.kind, UnitKind::Section | UnitKind::Branch))
        .filter(|u| viewer.can(May::RunConsultation(Some(u.id))))
        .map(|u| (u.id, u.name.clone()))
        .collect())
}

/// The names of all 総合支所 and 支所.
fn branches(db: &mut Db, today: NaiveDate) -> Result<Vec<String>> {
    let units = people::units(db)?;
    Ok(units
        .all()
        .iter()
        .filter(|u| u.open_on(today) && matches!(u.kind, UnitKind::Branch | UnitKind::SubBranch))
        .map(|u| u.name.clone())
        .collect())
}

fn may_see(db: &mut Db, viewer: &Viewer, row: &Consultation) -> Result<()> {
    // the sections that answer read what they answer
    let units = answers::readers(db, row)?;
    if viewer.can(May::ReadSubmissions(&units)) || viewer.can(May::RunConsultation(Some(row.unit_id))) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// `GET /consultations`: those this viewer may see.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    let shell = app.staff_shell(&req, &viewer);
    let (seer, now) = (viewer.clone(), app.clock.now());
    let rows = app
        .db
        .read(move |db| {
            let mut rows = Vec::new();
            for row in store::consultations(db)? {
                if may_see(db, &seer, &row).is_err() {
                    continue;
                }
                let period = consultations::period(db, &row).ok();
                let all = store::number_of(db, row.id)?;
                let unit = store::unit_name(db, row.unit_id)?;
                rows.push((row, period, all, unit));
            }
            // the newest first, but what is over behind what is at work
            rows.sort_by_key(|(row, ..)| row.state.is_over());
            Ok(rows)
        })
        .await?;
    Ok(answer::page(views::list(&shell, &rows, now, viewer.can(May::RunConsultation(None)))))
}

/// `GET /consultations/new`
pub async fn new(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::RunConsultation(None))?;
    let min = u64::try_from(app.config.consult_min_days).unwrap_or(30);
    let fields = form::fields_of(None, viewer.today, min);
    edit_page(&app, &req, &viewer, None, &fields, &Errors::default()).await
}

async fn edit_page(
    app: &App,
    req: &HttpRequest,
    viewer: &Viewer,
    row: Option<&Consultation>,
    fields: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let seer = viewer.clone();
    let units = app.db.read(move |db| units_for(db, &seer)).await?;
    let shell = app.staff_shell(req, viewer);
    let page = EditPage {
        csrf: &viewer.csrf,
        row,
        fields,
        errors,
        units: &units,
        min_days: app.config.consult_min_days,
        today: viewer.today,
    };
    let page = views::edit(&shell, &page);
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

/// The plan of a form, or the form again: with the branches filled in, or with what cannot be read.
async fn plan_of(
    app: &App,
    req: &HttpRequest,
    viewer: &Viewer,
    row: Option<&Consultation>,
    fields: &Fields,
) -> Result<Result<Plan, HttpResponse>> {
    if fields.has("branches") {
        let today = viewer.today;
        let names = app.db.read(move |db| branches(db, today)).await?;
        let filled = form::with_branches(fields.text("places"), &names);
        let mut fields = Fields(fields.0.iter().filter(|(n, _)| n != "places").cloned().collect());
        fields.0.push(("places".to_owned(), filled));
        return Ok(Err(edit_page(app, req, viewer, row, &fields, &Errors::default()).await?));
    }
    let unit = fields.number("unit").or(row.map(|r| r.unit_id));
    let mut errors = Errors::default();
    let Some(unit) = unit.filter(|u| viewer.can(May::RunConsultation(Some(*u)))) else {
        errors.add("unit", "担当課を選んでください。");
        return Ok(Err(edit_page(app, req, viewer, row, fields, &errors).await?));
    };
    match form::read(fields, unit, app.config.consult_grace_seconds) {
        Ok(plan) => Ok(Ok(plan)),
        Err(errors) => Ok(Err(edit_page(app, req, viewer, row, fields, &errors).await?)),
    }
}

/// `POST /consultations`
pub async fn create(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::RunConsultation(None))?;
    let plan = match plan_of(&app, &req, &viewer, None, &fields).await? {
        Ok(plan) => plan,
        Err(page) => return Ok(page),
    };
    let (now, min) = (app.clock.now(), app.config.consult_min_days);
    let id = app.db.write(move |db| consultations::plan(db, &viewer, now, &plan, min)).await?;
    Ok(answer::done(&format!("/consultations/{id}"), "意見募集の準備を始めました。次は資料を載せます。"))
}

fn stored_plan(db: &mut Db, row: &Consultation) -> Result<Plan> {
    Ok(Plan {
        title: row.title.clone(),
        draft_label: row.draft_label.clone(),
        unit_id: row.unit_id,
        contact: row.contact.clone(),
        basis: row.basis.clone(),
        summary: row.summary.clone(),
        plain_summary: row.plain_summary.clone(),
        background: row.background.clone(),
        prenotice_on: row.prenotice_on,
        noticed_on: row.noticed_on,
        opens_on: row.opens_on,
        closes_on: row.closes_on,
        short_reason: row.short_reason.clone(),
        grace_seconds: row.grace_seconds,
        senders: row.senders.clone(),
        count_incomplete: row.count_incomplete,
        result_terms: row.result_terms.clone(),
        originals_place: row.originals_place.clone(),
        decision_planned_on: row.decision_planned_on,
        channels: store::channels(db, row.id)?,
        places: store::places(db, row.id)?,
    })
}

/// `GET /consultations/{id}/edit`
pub async fn edit(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let seer = viewer.clone();
    let (row, plan) = app
        .db
        .read(move |db| {
            let row = store::consultation(db, id)?;
            seer.may(May::RunConsultation(Some(row.unit_id)))?;
            let plan = stored_plan(db, &row)?;
            Ok((row, plan))
        })
        .await?;
    let fields = form::fields_of(Some(&plan), viewer.today, 30);
    edit_page(&app, &req, &viewer, Some(&row), &fields, &Errors::default()).await
}

/// `POST /consultations/{id}/edit`
pub async fn save(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let row = app.db.read(move |db| store::consultation(db, id)).await?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    let plan = match plan_of(&app, &req, &viewer, Some(&row), &fields).await? {
        Ok(plan) => plan,
        Err(page) => return Ok(page),
    };
    let (now, seen) = (app.clock.now(), fields.number("version").unwrap_or(0));
    app.db.write(move |db| consultations::revise(db, &viewer, now, id, seen, &plan)).await?;
    Ok(answer::done(&format!("/consultations/{id}"), "保存しました。"))
}

/// `GET /consultations/{id}`: what is missing, what is next, what came in.
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (seer, now) = (viewer.clone(), app.clock.now());
    let desk = app
        .db
        .read(move |db| {
            let row = store::consultation(db, id)?;
            may_see(db, &seer, &row)?;
            let version = store::version_no(db, id, row.current_no)?;
            let approval = match &version {
                Some(version) => approval::store::of_subject(db, SubjectKind::Consultation, version.id)?,
                None => None,
            };
            let mut events = Vec::new();
            for event in store::events(db, id)? {
                let approval = approval::store::of_subject(db, SubjectKind::ConsultationEvent, event.id)?;
                let timely = consultations::timely_by(db, &event)?;
                events.push((event, approval, timely));
            }
            let groups = if row.state.is_public() { opinions::how_settled(db, id)? } else { (0, 0) };
            let answered = if answers::is_answered(&row) {
                let total = answers::survey(db, &row)?.total();
                Some((total.groups, total.done))
            } else {
                None
            };
            Ok(Desk {
                groups,
                answered,
                lacks: if row.is_editable() {
                    consultations::lacking(db, &row, seer.today)?
                } else {
                    Vec::new()
                },
                papers: store::papers(db, id)?,
                period: consultations::period(db, &row).ok(),
                unit: store::unit_name(db, row.unit_id)?,
                approval,
                events,
                classes: approval::store::classes(db, SubjectKind::Consultation)?,
                event_classes: approval::store::classes(db, SubjectKind::ConsultationEvent)?,
                tally: store::tally(db, id)?,
                counts: store::counts(db, id)?,
                unchecked: store::unchecked(db, id, seer.id)?,
                may_run: seer.can(May::RunConsultation(Some(row.unit_id))),
                may_enter: seer.can(May::EnterOpinions(row.unit_id)),
                row,
            })
        })
        .await?;
    Ok(answer::page(views::show(&shell, &viewer.csrf, &desk, now)))
}

/// `GET /consultations/{id}/preview`: exactly what the public will read.
pub async fn preview(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (row, content, texts) = app
        .db
        .read(move |db| {
            let row = store::consultation(db, id)?;
            may_see(db, &viewer, &row)?;
            let content = consultations::content(db, &row)?;
            let mut texts = Vec::new();
            for paper in content.papers.iter().filter(|p| p.paragraphs > 0) {
                texts.push((paper.title.clone(), store::paragraphs(db, paper.version_id)?));
            }
            Ok((row, content, texts))
        })
        .await?;
    Ok(answer::page(views::preview(&shell, &row, &content, &texts)))
}

/// `GET /consultations/{id}/notices`: bulletin copy, press note and counter print-out from the same data.
pub async fn notices(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (row, content) = app
        .db
        .read(move |db| {
            let row = store::consultation(db, id)?;
            may_see(db, &viewer, &row)?;
            let content = consultations::content(db, &row)?;
            Ok((row, content))
        })
        .await?;
    Ok(answer::page(views::notices(&shell, &row, &content)))
}

/// `POST /consultations/{id}/approvals`
pub async fn circulate(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let class = form.fields.text("class").to_owned();
    let approval = app.db.write(move |db| consultations::circulate(db, &viewer, now, id, &class)).await?;
    Ok(answer::done(&format!("/approvals/{approval}"), "起案しました。公示日になると、自動で公示されます。"))
}

/// `POST /consultations/{id}/previews`: a link for somebody outside, shown once.
pub async fn make_preview(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let shell = app.staff_shell(&req, &viewer);
    let note = crate::text::input::single_line(form.fields.text("note")).text;
    let key = hex::encode(app.clock.random::<18>());
    let hash = consultations::handlers::preview_hash(&app, &key);
    let (row, ends) = app
        .db
        .write(move |db| {
            let ends = consultations::make_preview(db, &viewer, now, id, &hash, &note)?;
            Ok((store::consultation(db, id)?, ends))
        })
        .await?;
    let link = format!("{}/previews/{key}", app.city.public_url);
    Ok(answer::page(views::preview_made(&shell, &row, &link, ends)))
}

/// A day and a time of day in Tokyo; the time may be left out.
fn moment(fields: &Fields, day: &str, time: &str) -> Result<Option<DateTime<Utc>>> {
    let Some(typed) = fields.filled(day) else { return Ok(None) };
    let on = parse_date(typed).map_err(|why| Error::Refused(why.to_string()))?;
    let at = match fields.filled(time) {
        Some(typed) => NaiveTime::parse_from_str(typed, "%H:%M")
            .map_err(|_| Error::Refused("時刻は「13:30」のように入力してください。".to_owned()))?,
        None => NaiveTime::MIN,
    };
    Ok(Some(start_of_tokyo_day(on) + at.signed_duration_since(NaiveTime::MIN)))
}

/// `POST /consultations/{id}/events`: an extension, a suspension, …; it holds once it is approved.
pub async fn change_period(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let kind = EventKind::from_code(fields.text("kind"))
        .ok_or_else(|| Error::Refused("何を変えるかを選んでください。".to_owned()))?;
    let new_closes_on = match fields.filled("new_closes_on") {
        Some(typed) => Some(parse_date(typed).map_err(|why| Error::Refused(why.to_string()))?),
        None => None,
    };
    let change = PeriodChange {
        kind,
        from_at: moment(&fields, "from_on", "from_time")?.unwrap_or(now),
        to_at: moment(&fields, "to_on", "to_time")?,
        new_closes_on,
        reason: multi_line(fields.text("reason")).text.trim().to_owned(),
    };
    let class = fields.text("class").to_owned();
    let approval =
        app.db.write(move |db| consultations::write_event(db, &viewer, now, id, &change, &class)).await?;
    Ok(answer::done(&format!("/approvals/{approval}"), "起案しました。決裁されると、すぐに公表されます。"))
}
