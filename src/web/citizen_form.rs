//! Forms at the citizens' door: no account, so the token is signed and bound to the browser's cookie where it keeps
//! one, and a request from another site is refused by its own headers.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use super::errors::Again;
use super::form::{Fields, Form, Upload};
use super::{App, Shared};
use crate::error::Error;

const COOKIE: &str = "hk_form";

/// How long a form may lie open: people begin on one day and end on another.
const OPEN_FOR_HOURS: i64 = 24 * 14;

/// A token for one form: proves that we made the page, and numbers the form so that sending it twice is noticed.
pub struct Token {
    /// For the hidden field `csrf`.
    pub value: String,
    /// The cookie to set with the page, when the browser has none yet.
    pub cookie: Option<Cookie<'static>>,
    /// The number it gives the form, as [`CitizenForm::number`].
    pub number: String,
}

impl Token {
    /// Makes the token for a page that answers `req`.
    pub fn issue(app: &App, req: &HttpRequest) -> Token {
        Token::with_number(app, req, app.clock.random())
    }

    /// The token for a page that carries on a form begun before, under the same number.
    pub fn carry_on(app: &App, req: &HttpRequest, form_number: &str) -> Token {
        let mut number = [0; 16];
        match hex::decode_to_slice(form_number, &mut number) {
            Ok(()) => Token::with_number(app, req, number),
            Err(_) => Token::issue(app, req),
        }
    }

    /// The page with the cookie that goes with its token. A browser that refuses it can send all the same.
    pub fn with(self, mut page: HttpResponse) -> HttpResponse {
        if let Some(cookie) = self.cookie {
            drop(page.add_cookie(&cookie));
        }
        page
    }

    fn with_number(app: &App, req: &HttpRequest, number: [u8; 16]) -> Token {
        let (visitor, cookie) = match req.cookie(COOKIE) {
            Some(cookie) => (cookie.value().to_owned(), None),
            None => {
                let visitor = URL_SAFE_NO_PAD.encode(app.clock.random::<18>());
                let cookie = Cookie::build(COOKIE, visitor.clone())
                    .path("/")
                    .http_only(true)
                    .same_site(SameSite::Lax)
                    .secure(app.config.public_is_tls())
                    .finish();
                (visitor, Some(cookie))
            }
        };
        let issued = app.clock.now().timestamp().to_be_bytes();
        let mac = app.sealer.mac("form", &[&issued, &number, visitor.as_bytes()]);
        let bound = [&issued[..], &number, &mac[..16]].concat();
        Token { value: URL_SAFE_NO_PAD.encode(bound), cookie, number: hex::encode(number) }
    }
}

enum Check {
    Good([u8; 16]),
    /// Ours, but too old, or made for a browser whose cookie did not come back.
    AskAgain([u8; 16]),
    Bad,
}

fn check(app: &App, token: &str, visitor: Option<&str>, now: DateTime<Utc>) -> Check {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Check::Bad };
    let Ok(bytes): Result<[u8; 40], _> = bytes.try_into() else { return Check::Bad };
    let (issued, rest) =
        bytes.split_first_chunk::<8>().unwrap_or_else(|| unreachable!("40 bytes begin with 8"));
    let (number, mac) =
        rest.split_first_chunk::<16>().unwrap_or_else(|| unreachable!("32 bytes begin with 16"));
    let Some(visitor) = visitor else { return Check::AskAgain(*number) };
    let right = app.sealer.mac("form", &[issued, number, visitor.as_bytes()]);
    if !bool::from(right[..16].ct_eq(mac)) {
        return Check::AskAgain(*number);
    }
    let age = now.timestamp() - i64::from_be_bytes(*issued);
    if (-60..OPEN_FOR_HOURS * 3600).contains(&age) { Check::Good(*number) } else { Check::AskAgain(*number) }
}

/// A citizen's form whose token was right. Taking it as an argument is the check.
pub struct CitizenForm {
    /// The fields, `csrf` included.
    pub fields: Fields,
    /// The files.
    pub uploads: Vec<Upload>,
    /// Files that were not taken, with the reason.
    pub refused: Vec<String>,
    /// The form's own number: the same however often it is sent.
    pub number: String,
    /// The instant at which the request's head had arrived and its body began to be read. A slow line or a large file
    /// does not make what was sent in time late.
    pub arrived_at: DateTime<Utc>,
}

impl FromRequest for CitizenForm {
    type Error = Again;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Again>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let app = req.app_data::<Shared>().cloned().ok_or_else(|| Error::internal("no app"))?;
            let arrived_at = app.clock.now();
            let Form { fields, uploads, refused } = super::form::receive(&req, &mut payload).await?;
            let cookie = req.cookie(COOKIE);
            let from_here = same_origin(&req);
            match check(&app, fields.text("csrf"), cookie.as_ref().map(Cookie::value), app.clock.now()) {
                Check::Good(number) if from_here != Some(false) => {
                    Ok(CitizenForm { fields, uploads, refused, number: hex::encode(number), arrived_at })
                }
                // without cookies the browser's own word on where the form came from has to do
                Check::AskAgain(number) if from_here == Some(true) && cookie.is_none() => {
                    Ok(CitizenForm { fields, uploads, refused, number: hex::encode(number), arrived_at })
                }
                Check::AskAgain(number) if from_here != Some(false) => {
                    let token = Token::carry_on(&app, &req, &hex::encode(number));
                    Err(Again::asked(&req, fields, token, arrived_at))
                }
                _ if from_here == Some(false) => {
                    Err(Error::NotAllowed("ほかのサイトから送られた内容は受け取れません。".to_owned()).into())
                }
                _ => Err(Again::asked(&req, fields, Token::issue(&app, &req), arrived_at)),
            }
        })
    }
}

/// What the browser itself says about where a request came from: this site, another one, or nothing.
pub fn same_origin(req: &HttpRequest) -> Option<bool> {
    let header = |name: &str| req.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return Some(matches!(site, "same-origin" | "none"));
    }
    let origin = header("origin")?;
    let host = header("host")?;
    Some(origin.split_once("://").is_some_and(|(_, h)| h.eq_ignore_ascii_case(host)))
}
