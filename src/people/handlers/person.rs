//! `/people/{id}`: one person's account, postings, absences and sessions.

use actix_web::{HttpRequest, HttpResponse, web};
use zeroize::Zeroizing;

use super::{date, date_if_any, email, kana, line};
use crate::db::Instant;
use crate::error::{Error, Result};
use crate::people::session::{self, StaffForm};
use crate::people::staffing::{self, NewAbsence, NewPosting};
use crate::people::store::sign_in as rows;
use crate::people::{May, Role, Viewer, password, sign_in, store, units, views};
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// `GET /people/{id}`.
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    viewer.may(May::ManagePeople)?;
    page(&app, &req, &viewer, *id, &Fields::default(), &Errors::default()).await
}

async fn page(
    app: &Shared,
    req: &HttpRequest,
    viewer: &Viewer,
    id: i64,
    typed: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let (person, tree) = app.db.read(move |db| Ok((store::staff::one(db, id)?, units(db)?))).await?;
    let shell = app.staff_shell(req, viewer);
    let page = views::person::show(&shell, viewer, &person, &tree, typed, errors);
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

/// `POST /people/{id}/corrections`: name, reading, mail address.
pub async fn change(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let id = *id;
    let mut errors = Errors::default();
    let name = line(&fields, "name", "名前", 50, &mut errors);
    let name_kana = kana(&fields, &mut errors);
    let email = email(&fields, &mut errors);
    if !errors.is_empty() {
        return page(&app, &req, &viewer, id, &fields, &errors).await;
    }
    let (by, now, version) = (viewer.by(), app.clock.now(), fields.number("version").unwrap_or(0));
    app.db
        .write(move |db| staffing::change(db, &by, now, id, version, (&name, &name_kana, email.as_deref())))
        .await?;
    Ok(answer::done(&format!("/people/{id}"), "職員の情報を直しました。"))
}

/// `POST /people/{id}/suspensions`.
pub async fn disable(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let (by, now, id) = (form.viewer.by(), app.clock.now(), *id);
    app.db.write(move |db| staffing::disable(db, &by, now, id)).await?;
    Ok(answer::done(&format!("/people/{id}"), "この職員のサインインを止めました。"))
}

/// `POST /people/{id}/resumptions`.
pub async fn enable(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let (by, now, id) = (form.viewer.by(), app.clock.now(), *id);
    app.db.write(move |db| staffing::enable(db, &by, now, id)).await?;
    Ok(answer::done(&format!("/people/{id}"), "この職員がサインインできるようになりました。"))
}

/// `POST /people/{id}/password-resets`: another first password, shown once.
pub async fn reset_password(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let initial = password::initial(&app.clock);
    let hash = password::hash(Zeroizing::new(initial.clone())).await?;
    let (by, now, id) = (form.viewer.by(), app.clock.now(), *id);
    let person = app
        .db
        .write(move |db| {
            staffing::reset_password(db, &by, now, id, &hash)?;
            store::staff::one(db, id)
        })
        .await?;
    let shell = app.staff_shell(&req, &form.viewer);
    Ok(answer::page(views::directory::password_once(&shell, id, &person.login, &initial)))
}

/// `POST /people/{id}/second-factor-resets`.
pub async fn reset_second_factor(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let (by, now, id) = (form.viewer.by(), app.clock.now(), *id);
    app.db.write(move |db| staffing::reset_second_factor(db, &by, now, id)).await?;
    Ok(answer::done(&format!("/people/{id}"), "二段階認証を解きました。次のサインインで設定し直します。"))
}

/// `POST /people/{id}/postings`: a transfer, or a post held beside the others.
pub async fn post(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let id = *id;
    let mut errors = Errors::default();
    let unit_id = fields.number("unit");
    if unit_id.is_none() {
        errors.add("unit", "所属を選んでください。");
    }
    let role = Role::from_code(fields.text("role"));
    if role.is_none() {
        errors.add("role", "役割を選んでください。");
    }
    let from = date(&fields, "from", &mut errors);
    let to = date_if_any(&fields, "to", &mut errors);
    let (true, Some(unit_id), Some(role), Some(from)) = (errors.is_empty(), unit_id, role, from) else {
        return page(&app, &req, &viewer, id, &fields, &errors).await;
    };
    let transfer = fields.text("way") != "beside";
    let new = NewPosting { staff_id: id, unit_id, role, from, to, transfer };
    let (by, now) = (viewer.by(), app.clock.now());
    match app.db.write(move |db| staffing::post(db, &by, now, &new)).await {
        Err(Error::Refused(words)) => {
            errors.add("from", words);
            page(&app, &req, &viewer, id, &fields, &errors).await
        }
        done => {
            done?;
            Ok(answer::done(&format!("/people/{id}"), "配属を登録しました。"))
        }
    }
}

/// `POST /people/{id}/postings/{posting}/endings`.
pub async fn end_posting(app: Shared, form: StaffForm, ids: web::Path<(i64, i64)>) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let (id, posting) = *ids;
    let last =
        crate::calendar::parse_date(form.fields.text("last")).map_err(|e| Error::Refused(e.to_string()))?;
    let (by, now) = (form.viewer.by(), app.clock.now());
    app.db.write(move |db| staffing::end_posting(db, &by, now, id, posting, last)).await?;
    Ok(answer::done(&format!("/people/{id}"), "配属の終わりの日を登録しました。"))
}

/// Who may record somebody's absence: the person, those over the unit, the listening office, administrators.
fn may_record(viewer: &Viewer, id: i64, tree: &units::Units) -> Result<()> {
    let held: Vec<i64> = tree.postings_of(id, viewer.today).iter().map(|p| p.unit_id).collect();
    if viewer.id == id { Ok(()) } else { viewer.may(May::RecordAbsence(&held)) }
}

/// `GET /people/{id}/absences`.
pub async fn absences(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    absences_page(&app, &req, &viewer, *id, &Fields::default(), &Errors::default()).await
}

async fn absences_page(
    app: &Shared,
    req: &HttpRequest,
    viewer: &Viewer,
    id: i64,
    typed: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let (person, everybody, absences, tree) = app
        .db
        .read(move |db| {
            let person = store::staff::one(db, id)?;
            Ok((person, store::staff::everybody(db)?, store::staff::absences(db, id)?, units(db)?))
        })
        .await?;
    may_record(viewer, id, &tree)?;
    let shell = app.staff_shell(req, viewer);
    let page =
        views::person::absences(&shell, viewer, &person, &everybody, &absences, &tree, (typed, errors));
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

/// `POST /people/{id}/absences`.
pub async fn record_absence(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let id = *id;
    let tree = app.db.read(units).await?;
    may_record(&viewer, id, &tree)?;
    let mut errors = Errors::default();
    let from = date(&fields, "from", &mut errors);
    let to = date(&fields, "to", &mut errors);
    let substitute = fields.number("substitute");
    if substitute.is_none() {
        errors.add("substitute", "代わりの人を選んでください。");
    }
    let reason = line(&fields, "reason", "理由", 100, &mut errors);
    let (true, Some(from_on), Some(to_on), Some(substitute_id)) = (errors.is_empty(), from, to, substitute)
    else {
        return absences_page(&app, &req, &viewer, id, &fields, &errors).await;
    };
    let new = NewAbsence { staff_id: id, substitute_id, from_on, to_on, reason, recorded_by: viewer.id };
    let (by, now) = (viewer.by(), app.clock.now());
    match app.db.write(move |db| staffing::record_absence(db, &by, now, &new)).await {
        Err(Error::Refused(words)) => {
            errors.add(if words.contains("日") { "to" } else { "substitute" }, words);
            absences_page(&app, &req, &viewer, id, &fields, &errors).await
        }
        done => {
            done?;
            Ok(answer::done(&format!("/people/{id}/absences"), "不在を登録しました。"))
        }
    }
}

/// `POST /people/{id}/absences/{absence}/withdrawals`.
pub async fn withdraw_absence(
    app: Shared,
    form: StaffForm,
    ids: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (id, absence) = *ids;
    let tree = app.db.read(units).await?;
    may_record(&form.viewer, id, &tree)?;
    let (by, now) = (form.viewer.by(), app.clock.now());
    app.db.write(move |db| staffing::withdraw_absence(db, &by, now, id, absence)).await?;
    Ok(answer::done(&format!("/people/{id}/absences"), "不在の登録を取り消しました。"))
}

/// `GET /people/{id}/sessions`.
pub async fn sessions(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    viewer.may(May::ManagePeople)?;
    let (id, now) = (*id, app.clock.now());
    let (person, open) = app
        .db
        .read(move |db| {
            let open = rows::open_sessions(db, id, now.into(), Instant::from(now - session::IDLE))?;
            Ok((store::staff::one(db, id)?, open))
        })
        .await?;
    let this = session::token(&app, &req).map(|t| session::token_hash(&t)).unwrap_or_default();
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::account::sessions(&shell, &viewer.csrf, Some((id, &person.name)), &open, &this)))
}

/// `POST /people/{id}/sessions/endings`.
pub async fn end_sessions(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    form.viewer.may(May::ManagePeople)?;
    let (by, now, id) = (form.viewer.by(), app.clock.now(), *id);
    match form.fields.filled("session").map(str::to_owned) {
        Some(one) => app.db.write(move |db| sign_in::end_session(db, &by, now, id, &one)).await?,
        None => drop(app.db.write(move |db| sign_in::end_sessions(db, &by, now, id, "")).await?),
    }
    Ok(answer::done(&format!("/people/{id}/sessions"), "サインインを終わらせました。"))
}
