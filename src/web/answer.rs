//! The few ways a handler ends: a page, a redirect, a redirect that says what was done.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::Markup;

use super::App;
use super::page::{Flash, Shell};
use super::parts::Tone;

/// The cookie that carries one sentence over a redirect.
pub(super) const FLASH: &str = "hk_done";

/// A page, status 200.
pub fn page(markup: Markup) -> HttpResponse {
    with_status(StatusCode::OK, markup)
}

/// A page of another status: 422 for a form with errors.
pub fn with_status(status: StatusCode, markup: Markup) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(markup.into_string())
}

/// The form once more with its errors, status 422.
pub fn form_again(markup: Markup) -> HttpResponse {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, markup)
}

/// 303 to another page.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// 303 to another page, which says once what was done.
pub fn done(path: &str, sentence: &str) -> HttpResponse {
    let cookie = Cookie::build(FLASH, URL_SAFE_NO_PAD.encode(sentence))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(actix_web::cookie::time::Duration::minutes(2))
        .finish();
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).cookie(cookie).finish()
}

/// Anybody's page may read what is public.
pub fn for_all(mut answer: HttpResponse) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    answer
}

impl App {
    /// What the layout needs to know of a request at the citizens' door; the staff door adds who is signed in
    /// ([`crate::people::session`]).
    pub fn shell(&self, req: &HttpRequest) -> Shell {
        let flash = req
            .cookie(FLASH)
            .and_then(|c| URL_SAFE_NO_PAD.decode(c.value()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(|text| Flash { tone: Tone::Success, text });
        Shell { city: self.city.clone(), path: req.path().to_owned(), flash, staff: None }
    }
}
