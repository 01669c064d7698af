//! `/units`: the city's organisation, with its dates, telephones and coordinators.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{date, email, line};
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::staffing::{self, NewUnit};
use crate::people::{May, UnitKind, Viewer, store, units, views};
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// `GET /units`.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::ManagePeople)?;
    list_page(&app, &req, &viewer, &Fields::default(), &Errors::default()).await
}

async fn list_page(
    app: &Shared,
    req: &HttpRequest,
    viewer: &Viewer,
    typed: &Fields,
    errors: &Errors,
) -> Result<HttpResponse> {
    let today = viewer.today;
    let (tree, coordinators) =
        app.db.read(move |db| Ok((units(db)?, store::staff::coordinators(db, today)?))).await?;
    let shell = app.staff_shell(req, viewer);
    let page = views::organisation::list(&shell, viewer, &tree, &coordinators, typed, errors);
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

/// `POST /units`.
pub async fn add(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let mut errors = Errors::default();
    let code = staffing::login_name(fields.text("code"));
    if staffing::login_trouble(&code).is_some() {
        errors.add("code", "記号は、英小文字・数字・「-」で、2文字から40文字までにしてください。");
    }
    let name = line(&fields, "name", "名前", 60, &mut errors);
    let kind = UnitKind::from_code(fields.text("kind"));
    if kind.is_none() {
        errors.add("kind", "種類を選んでください。");
    }
    let from = date(&fields, "from", &mut errors);
    let (phone, email) = contact(&fields, &mut errors);
    let (true, Some(kind), Some(valid_from)) = (errors.is_empty(), kind, from) else {
        return list_page(&app, &req, &viewer, &fields, &errors).await;
    };
    let new = NewUnit {
        code,
        kind,
        name,
        parent_id: fields.number("parent"),
        leads: fields.has("leads"),
        phone,
        email,
        valid_from,
        sort: fields.number("sort").unwrap_or(9999),
    };
    let (by, now) = (viewer.by(), app.clock.now());
    match app.db.write(move |db| staffing::add_unit(db, &by, now, &new)).await {
        Err(Error::Refused(words)) => {
            errors.add("code", words);
            list_page(&app, &req, &viewer, &fields, &errors).await
        }
        done => {
            let id = done?;
            Ok(answer::done(&format!("/units/{id}"), "組織を加えました。"))
        }
    }
}

fn contact(fields: &Fields, errors: &mut Errors) -> (Option<String>, Option<String>) {
    let phone = fields.filled("phone").and_then(|typed| match crate::text::input::phone(typed) {
        // letters print it, so it keeps its hyphens
        Ok(_) => Some(crate::text::fold(typed).trim().to_owned()),
        Err(e) => {
            errors.add("phone", e.to_string());
            None
        }
    });
    (phone, email(fields, errors))
}

/// `GET /units/{id}`.
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
    let today = viewer.today;
    let (tree, coordinators, everybody) = app
        .db
        .read(move |db| {
            Ok((units(db)?, store::staff::coordinators(db, today)?, store::staff::everybody(db)?))
        })
        .await?;
    let unit = tree.get(id).ok_or(Error::NotFound)?;
    let shell = app.staff_shell(req, viewer);
    let page =
        views::organisation::show(&shell, viewer, unit, &tree, &coordinators, &everybody, (typed, errors));
    Ok(if errors.is_empty() { answer::page(page) } else { answer::form_again(page) })
}

/// `POST /units/{id}/corrections`: telephone and mail address.
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
    let (phone, email) = contact(&fields, &mut errors);
    if !errors.is_empty() {
        return page(&app, &req, &viewer, id, &fields, &errors).await;
    }
    let (by, now) = (viewer.by(), app.clock.now());
    app.db
        .write(move |db| staffing::change_unit(db, &by, now, id, phone.as_deref(), email.as_deref()))
        .await?;
    Ok(answer::done(&format!("/units/{id}"), "連絡先を直しました。"))
}

/// `POST /units/{id}/endings`.
pub async fn end(app: Shared, req: HttpRequest, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let id = *id;
    let mut errors = Errors::default();
    let Some(last) = date(&fields, "last", &mut errors) else {
        return page(&app, &req, &viewer, id, &fields, &errors).await;
    };
    let (by, now) = (viewer.by(), app.clock.now());
    match app.db.write(move |db| staffing::end_unit(db, &by, now, id, last)).await {
        Err(Error::Refused(words)) => {
            errors.add("last", words);
            page(&app, &req, &viewer, id, &fields, &errors).await
        }
        done => {
            done?;
            Ok(answer::done(&format!("/units/{id}"), "終わりの日を登録しました。"))
        }
    }
}

/// `POST /units/{id}/coordinators`.
pub async fn name_coordinator(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let id = *id;
    let mut errors = Errors::default();
    let from = date(&fields, "coordinator_from", &mut errors);
    let person = fields.number("coordinator");
    if person.is_none() {
        errors.add("coordinator", "職員を選んでください。");
    }
    let (Some(from), Some(person)) = (from, person) else {
        return page(&app, &req, &viewer, id, &fields, &errors).await;
    };
    let (by, now) = (viewer.by(), app.clock.now());
    app.db.write(move |db| staffing::name_coordinator(db, &by, now, id, person, from)).await?;
    Ok(answer::done(&format!("/units/{id}"), "主任を登録しました。"))
}
