//! From a cookie to a member of staff, and a form whose token was checked.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{May, Viewer, store, units};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::web::errors::Again;
use crate::web::form::{Fields, Upload};
use crate::web::page::{NavEntry, STAFF_NAV, Shell, SignedIn};
use crate::web::{App, Shared};

/// The staff door's cookie. The citizens' door never sees it: another listener, another host name.
pub const COOKIE: &str = "hk_staff";

/// The same under TLS, where browsers promise that no other host set it.
const HOST_COOKIE: &str = "__Host-hk_staff";

/// A session unused for this long is over.
pub const IDLE: Duration = Duration::hours(2);

/// A session is over after this long, whatever happens.
pub const LIFE: Duration = Duration::hours(12);

/// How exactly the last use of a session is kept: finer would make every look a write.
const SEEN: Duration = Duration::minutes(1);

/// The name of the session's cookie.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.staff_is_tls() { HOST_COOKIE } else { COOKIE }
}

/// What the table keeps of a cookie's token.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// What a person has to do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Choose a password of his or her own.
    Password,
    /// Set up a second factor.
    SecondFactor,
}

/// Somebody whose password was right, perhaps with something to do first.
pub struct Known {
    /// Who.
    pub viewer: Viewer,
    /// What comes before anything else.
    pub first: Option<First>,
    /// Whether a second factor is set.
    pub has_second_factor: bool,
    /// The session's id ([`token_hash`] of its cookie).
    pub session: String,
    seen_at: Instant,
}

/// Who a cookie's token belongs to.
///
/// # Errors
/// [`Error::SignIn`] when there is no such session, or it is over.
pub fn look(db: &mut Db, token: &str, factor_required: bool, now: DateTime<Utc>) -> Result<Known> {
    let id = token_hash(token);
    let row = store::session(db, &id)?.ok_or(Error::SignIn)?;
    if now >= row.expires_at.utc() || now - row.seen_at.utc() > IDLE {
        return Err(Error::SignIn);
    }
    let today = crate::calendar::tokyo_day(now);
    let postings = units::units_of(db, row.edition)?.postings_of(row.staff_id, today);
    let first = if row.must_change_password {
        Some(First::Password)
    } else if factor_required && !row.has_second_factor {
        Some(First::SecondFactor)
    } else {
        None
    };
    let viewer =
        Viewer { id: row.staff_id, login: row.login, name: row.name, postings, csrf: row.csrf, today };
    Ok(Known { viewer, first, has_second_factor: row.has_second_factor, session: id, seen_at: row.seen_at })
}

/// The member of staff a cookie's token belongs to.
///
/// # Errors
/// [`Error::SignIn`] when there is no such session, or it is over.
pub fn viewer(db: &mut Db, token: &str, now: DateTime<Utc>) -> Result<Viewer> {
    Ok(look(db, token, false, now)?.viewer)
}

impl FromRequest for Viewer {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Viewer>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { whole(known(&req).await?) })
    }
}

impl FromRequest for Known {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Known>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { known(&req).await })
    }
}

/// Nobody works with a password somebody else knows: the sign-in page leads to what comes first.
fn whole(known: Known) -> Result<Viewer> {
    if known.first.is_some() { Err(Error::SignIn) } else { Ok(known.viewer) }
}

/// The session's token as the browser sent it.
pub fn token(app: &App, req: &HttpRequest) -> Option<String> {
    req.cookie(cookie_name(app)).map(|c| c.value().to_owned())
}

async fn known(req: &HttpRequest) -> Result<Known> {
    let app = req.app_data::<Shared>().cloned().ok_or_else(|| Error::internal("no app"))?;
    let token = token(&app, req).ok_or(Error::SignIn)?;
    let (now, required) = (app.clock.now(), app.config.second_factor_required);
    let known = app.db.read(move |db| look(db, &token, required, now)).await?;
    if now - known.seen_at.utc() >= SEEN {
        let (id, at, before) = (known.session.clone(), Instant::from(now), Instant::from(now - SEEN));
        // nobody waits for this write, and a lost one costs a minute
        actix_web::rt::spawn(async move {
            let noted = app.db.write(move |db| store::sign_in::touch_session(db, &id, at, before)).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "the last use of a session was not noted");
            }
        });
    }
    Ok(known)
}

/// A form from a signed-in member of staff whose token was right. Taking it as an argument is the check; an error the
/// handler ends in is shown with what was typed ([`crate::web::errors::remember`]).
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

/// The same from somebody who may still have something to do first: only for doing it, and for signing out.
pub struct AccountForm {
    /// Who sent it.
    pub known: Known,
    /// The fields.
    pub fields: Fields,
}

impl FromRequest for StaffForm {
    type Error = Again;
    type Future = Pin<Box<dyn Future<Output = Result<StaffForm, Again>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let viewer = known(&req).await.and_then(whole);
            let (viewer, form) = checked(&req, &mut payload, viewer, |v| &v.csrf).await?;
            crate::web::errors::remember(&req, &form.fields);
            Ok(StaffForm { viewer, fields: form.fields, uploads: form.uploads, refused: form.refused })
        })
    }
}

impl FromRequest for AccountForm {
    type Error = Again;
    type Future = Pin<Box<dyn Future<Output = Result<AccountForm, Again>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let known = known(&req).await;
            let (known, form) = checked(&req, &mut payload, known, |k| &k.viewer.csrf).await?;
            Ok(AccountForm { known, fields: form.fields })
        })
    }
}

/// The form, when it comes from whom the cookie names; otherwise a page that keeps what was typed.
async fn checked<W>(
    req: &HttpRequest,
    payload: &mut Payload,
    who: Result<W>,
    csrf: fn(&W) -> &String,
) -> Result<(W, crate::web::form::Form), Again> {
    let form = crate::web::form::receive(req, payload).await?;
    // the session is over or the database away: what was typed goes with the page that says so
    let who = match who {
        Ok(who) => who,
        Err(why) => return Err(Again::after(why, req, form.fields, None)),
    };
    let given = form.fields.text("csrf").as_bytes();
    if !bool::from(csrf(&who).as_bytes().ct_eq(given)) {
        let mut again = Again::after(Error::Stale(String::new()), req, form.fields, None);
        again.why = None;
        again.token = Some((csrf(&who).clone(), None));
        return Err(again);
    }
    Ok((who, form))
}

impl App {
    /// What the layout needs to know at the staff door: who is signed in, and the rooms open to him or her.
    pub fn staff_shell(&self, req: &HttpRequest, viewer: &Viewer) -> Shell {
        let open = |entry: &&NavEntry| match entry.href {
            "/letters/new" => viewer.can(May::EnterLetters),
            "/circulations" => viewer.is_circulated_to(),
            "/moderation" => viewer.can(May::Publish),
            "/mailroom" => viewer.can(May::SeeMailroom),
            "/outbox" => viewer.can(May::SeeOutbox),
            "/files" => viewer.can(May::SeeHeldFiles),
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
