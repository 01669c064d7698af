//! Errors as pages that help: what happened, whether it is the visitor's doing, what to do next; what was typed is
//! kept and can be sent again.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::citizen_form::Token;
use super::form::Fields;
use crate::error::Error;

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// An empty answer of the right status; [`super::server`] puts the page in, knowing the door.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// A refusal that keeps what was typed: the page carries it in hidden fields with one button to send it again.
#[derive(Debug)]
pub struct Again {
    /// Why; [`None`] when we only ask to press once more.
    pub why: Option<Error>,
    /// Where it was sent.
    pub path: String,
    /// What was typed.
    pub fields: Fields,
    /// A fresh `csrf` value.
    pub token: Option<(String, Option<actix_web::cookie::Cookie<'static>>)>,
}

impl Again {
    /// Asks to press once more, because the token was too old or the browser sent no cookie.
    pub fn asked(req: &HttpRequest, fields: Fields, token: Token) -> Again {
        Again { why: None, path: req.path().to_owned(), fields, token: Some((token.value, token.cookie)) }
    }

    /// Says what is wrong and offers to send the same again.
    pub fn after(why: Error, req: &HttpRequest, fields: Fields, token: Option<Token>) -> Again {
        Again {
            why: Some(why),
            path: req.path().to_owned(),
            fields,
            token: token.map(|t| (t.value, t.cookie)),
        }
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Some(why) => why.fmt(f),
            None => f.write_str("asked to send again"),
        }
    }
}

impl From<Error> for Again {
    fn from(why: Error) -> Self {
        Again { why: Some(why), path: String::new(), fields: Fields::default(), token: None }
    }
}

impl ResponseError for Again {
    fn status_code(&self) -> StatusCode {
        // 409 and not 403: nothing is wrong with who asks, the page only has to be confirmed again
        self.why.as_ref().map_or(StatusCode::CONFLICT, ResponseError::status_code)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The page for an error at a door.
pub fn page(_req: &HttpRequest, _door: super::Door, error: &Error) -> HttpResponse {
    HttpResponse::build(error.status_code()).content_type("text/html; charset=utf-8").body(error.status().to_string())
}

/// The page that keeps what was typed.
pub fn again_page(_req: &HttpRequest, _door: super::Door, again: &Again) -> HttpResponse {
    HttpResponse::build(again.status_code()).content_type("text/html; charset=utf-8").body("again")
}
