//! From a cookie to a member of staff, and a form whose token was checked.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::Duration;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{May, Viewer, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::web::errors::Again;
use crate::web::form::{Fields, Upload};
use crate::web::page::{NavEntry, STAFF_NAV, Shell, SignedIn};
use crate::web::{App, Shared};

/// The staff door's cookie. The citizens' door never sees it: another listener, another host name.
pub const COOKIE: &str = "hk_staff";

/// A session unused for this long is over.
pub const IDLE: Duration = Duration::hours(2);

/// What the table keeps of a cookie's token.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The member of staff a cookie's token belongs to.
///
/// # Errors
/// [`Error::SignIn`] when there is no such session, or it is over.
pub fn viewer(db: &mut Db, token: &str, now: chrono::DateTime<chrono::Utc>) -> Result<Viewer> {
    let row = store::session(db, &token_hash(token))?.ok_or(Error::SignIn)?;
    if now >= row.expires_at.utc() || now - row.seen_at.utc() > IDLE {
        return Err(Error::SignIn);
    }
    let today = crate::calendar::tokyo_day(now);
    let postings = store::postings(db, row.staff_id, today)?;
    Ok(Viewer { id: row.staff_id, login: row.login, name: row.name, postings, csrf: row.csrf, today })
}

impl FromRequest for Viewer {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Viewer>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { signed_in(&req).await })
    }
}

async fn signed_in(req: &HttpRequest) -> Result<Viewer> {
    let app = req.app_data::<Shared>().cloned().ok_or_else(|| Error::internal("no app"))?;
    let token = req.cookie(COOKIE).ok_or(Error::SignIn)?.value().to_owned();
    let now = app.clock.now();
    app.db.read(move |db| viewer(db, &token, now)).await
}

/// A form from a signed-in member of staff whose token was right. Taking it as an argument is the check.
pub struct StaffForm {
    /// Who sent it.
    pub viewer: Viewer,
    /// The fields.
    pub fields: Fields,
    /// The files.
    pub uploads: Vec<Upload>,
    /// Files that were not taken, with the reason.
    pub refused: Vec<String>,
}

impl FromRequest for StaffForm {
    type Error = Again;
    type Future = Pin<Box<dyn Future<Output = Result<StaffForm, Again>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let viewer = signed_in(&req).await;
            let form = crate::web::form::receive(&req, &mut payload).await?;
            // the session is over or the database away: what was typed goes with the page that says so
            let viewer = viewer.map_err(|why| Again::after(why, &req, form.fields.clone(), None))?;
            let given = form.fields.text("csrf").as_bytes();
            if !bool::from(viewer.csrf.as_bytes().ct_eq(given)) {
                let mut again = Again::after(Error::Stale(String::new()), &req, form.fields, None);
                again.why = None;
                again.token = Some((viewer.csrf, None));
                return Err(again);
            }
            Ok(StaffForm { viewer, fields: form.fields, uploads: form.uploads, refused: form.refused })
        })
    }
}

impl App {
    /// What the layout needs to know at the staff door: who is signed in, and the rooms open to him or her.
    pub fn staff_shell(&self, req: &HttpRequest, viewer: &Viewer) -> Shell {
        let open = |entry: &&NavEntry| match entry.href {
            "/letters/new" => viewer.can(May::EnterLetters),
            "/circulations" => viewer.is_circulated_to(),
            "/moderation" => viewer.can(May::Publish),
            "/outbox" => viewer.can(May::SeeOutbox),
            "/people" => viewer.can(May::ManagePeople),
            "/trail" => viewer.can(May::ReadTrail),
            "/statistics" => viewer.can(May::SeeStatistics),
            _ => true,
        };
        let mut shell = self.shell(req);
        shell.staff = Some(SignedIn {
            name: viewer.name.clone(),
            unit: viewer.unit_name().to_owned(),
            csrf: viewer.csrf.clone(),
            entries: STAFF_NAV.iter().filter(open).cloned().collect(),
        });
        shell
    }
}
