//! `/people`: everybody who works with letters, and adding somebody.

use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use super::{date, date_if_any, email, kana, line};
use crate::error::Result;
use crate::people::session::StaffForm;
use crate::people::staffing::{self, NewPosting, NewStaff};
use crate::people::{May, Role, Viewer, password, store, units, views};
use crate::web::form::{self, Fields};
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// `GET /people?q=&unit=&role=&all=&page=`.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::ManagePeople)?;
    let query = Fields(form::parse_urlencoded(req.query_string().as_bytes()));
    let (everybody, tree) = app.db.read(|db| Ok((store::staff::everybody(db)?, units(db)?))).await?;
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::directory::list(&shell, viewer.today, &query, &everybody, &tree)))
}

/// `GET /people/new`.
pub async fn new(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::ManagePeople)?;
    let tree = app.db.read(units).await?;
    let mut fields = Fields::default();
    fields.0.push(("from".to_owned(), crate::calendar::era_date(viewer.today)));
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::directory::new(&shell, &viewer, &tree, &fields, None)))
}

/// `POST /people`: adds somebody; the first password is shown once.
pub async fn add(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::ManagePeople)?;
    let mut errors = Errors::default();
    let login = staffing::login_name(fields.text("login"));
    if let Some(words) = staffing::login_trouble(&login) {
        errors.add("login", words);
    } else {
        let wanted = login.clone();
        if app.db.read(move |db| store::staff::id_of(db, &wanted)).await?.is_some() {
            errors.add("login", format!("ログイン名「{login}」はすでに使われています。"));
        }
    }
    let name = line(&fields, "name", "名前", 50, &mut errors);
    let name_kana = kana(&fields, &mut errors);
    let email = email(&fields, &mut errors);
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
        let tree = app.db.read(units).await?;
        let shell = app.staff_shell(&req, &viewer);
        return Ok(answer::form_again(views::directory::new(&shell, &viewer, &tree, &fields, Some(&errors))));
    };
    let initial = password::initial(&app.clock);
    let password_hash = password::hash(Zeroizing::new(initial.clone())).await?;
    let new =
        NewStaff { login: login.clone(), name, name_kana, email, password_hash, must_change_password: true };
    let (by, now) = (viewer.by(), app.clock.now());
    let id = app
        .db
        .write(move |db| {
            let staff_id = staffing::add(db, &by, now, &new)?;
            let posting = NewPosting { staff_id, unit_id, role, from, to, transfer: false };
            staffing::post(db, &by, now, &posting)?;
            Ok(staff_id)
        })
        .await?;
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::directory::password_once(&shell, id, &login, &initial)))
}
