//! The page of a flood and its switch.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Duration, DurationRound, Utc};

use super::views::{self, Flood};
use crate::consultations::flood::{self, Setting};
use crate::consultations::store;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::web::{Shared, answer};

/// Hours the page looks back.
const HOURS: i64 = 48;

/// Texts it lists.
const TEXTS: i64 = 20;

/// `GET /consultations/{id}/flood`
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let (id, now, seer) = (id.into_inner(), app.clock.now(), viewer.clone());
    let found = app.db.read(move |db| read(db, &seer, id, now)).await?;
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::show(&shell, &viewer.csrf, &found, app.config.flood_per_minute)))
}

fn read(db: &mut Db, viewer: &Viewer, id: i64, now: DateTime<Utc>) -> Result<Flood> {
    let row = store::consultation(db, id)?;
    viewer.may(May::ReadSubmissions(&[row.unit_id]))?;
    let this = now.duration_trunc(Duration::hours(1)).map_err(Error::internal)?;
    let mut hours = Vec::new();
    for back in (0..HOURS).rev() {
        let from = this - Duration::hours(back);
        hours.push((from, store::came(db, id, from.into(), (from + Duration::hours(1)).into())?));
    }
    Ok(Flood {
        standing: flood::standing(db, id)?,
        rates: flood::rates(db, id, now)?,
        counts: store::counts(db, id)?,
        texts: store::most_copied(db, id, TEXTS)?,
        hours,
        runs: viewer.can(May::RunConsultation(Some(row.unit_id))),
        row,
    })
}

/// `POST /consultations/{id}/flood`: `setting` is auto, on or off.
pub async fn set(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let (id, now, viewer) = (id.into_inner(), app.clock.now(), form.viewer);
    let setting = Setting::from_code(form.fields.text("setting"))
        .ok_or_else(|| Error::Refused("備えをどうするかを選んでください。".to_owned()))?;
    app.db.write(move |db| flood::set(db, &viewer, now, id, setting)).await?;
    let said = format!("備えを「{}」にしました。", setting.label());
    Ok(answer::done(&format!("/consultations/{id}/flood"), &said))
}
