//! Errors as pages that help: what happened, whether it is the visitor's doing, what to do next; what was typed is
//! kept and can be sent again.

use std::fmt;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use chrono::{DateTime, Utc};
use maud::{Markup, PreEscaped, html};

use super::citizen_form::Token;
use super::form::Fields;
use super::{Door, Shared, page, parts};
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
    /// Something more to know before sending again.
    pub note: Option<&'static str>,
    /// The number of the form that is to be sent again, and when it was pressed; where we only ask to press once more.
    pub pressed: Option<(String, DateTime<Utc>)>,
}

impl Again {
    /// Asks to press once more what began to arrive at a moment, because the token was too old or the browser sent no
    /// cookie.
    pub fn asked(req: &HttpRequest, fields: Fields, token: Token, arrived_at: DateTime<Utc>) -> Again {
        Again {
            why: None,
            path: req.path().to_owned(),
            fields,
            token: Some((token.value, token.cookie)),
            note: None,
            pressed: Some((token.number, arrived_at)),
        }
    }

    /// Says what is wrong and offers to send the same again.
    pub fn after(why: Error, req: &HttpRequest, fields: Fields, token: Option<Token>) -> Again {
        Again {
            why: Some(why),
            path: req.path().to_owned(),
            fields,
            token: token.map(|t| (t.value, t.cookie)),
            note: None,
            pressed: None,
        }
    }

    /// The same with something more to know before sending again.
    pub fn saying(self, note: &'static str) -> Again {
        Again { note: Some(note), ..self }
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
        Again {
            why: Some(why),
            path: String::new(),
            fields: Fields::default(),
            token: None,
            note: None,
            pressed: None,
        }
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

/// What a form brought, kept beside its request until it is answered.
struct Typed(Fields);

/// Keeps what a form brought, so that the page of whatever error its handler ends in still has it.
pub fn remember(req: &HttpRequest, fields: &Fields) {
    req.extensions_mut().insert(Typed(fields.clone()));
}

/// The page for an error at a door: what happened, what was typed if a form brought it, and a way on.
pub fn page(req: &HttpRequest, door: Door, error: &Error) -> HttpResponse {
    if door == Door::Staff && matches!(error, Error::SignIn) && req.method() == Method::GET {
        let back = req.uri().path_and_query().map_or("/", |p| p.as_str());
        let back = percent(back);
        return super::answer::see_other(&format!("/sign-in?back={back}"));
    }
    let typed = req.extensions().get::<Typed>().map(|typed| typed.0.clone()).unwrap_or_default();
    keeping(req, door, error, &typed, &resend(req.path(), &typed, None, AGAIN))
}

/// The page of an error with what was typed: to send again where that can help, else to read and copy.
fn keeping(req: &HttpRequest, door: Door, error: &Error, typed: &Fields, resend: &Markup) -> HttpResponse {
    let (title, words) = words(error, req.method().is_safe());
    // a form that another was faster with, or that a rule refuses, is refused again: it wants its page, not a resend
    let helps = error.status() >= 500 || matches!(error, Error::TooMany(_)) || door == Door::Citizen;
    let body = html! {
        @if let Some(sentence) = error.sentence().filter(|s| !s.is_empty()) { p.lead { (sentence) } }
        p { (words) }
        @if !typed.0.is_empty() {
            @if helps {
                p { "入力した内容は、この画面に残っています。少し待ってから、下のボタンでもう一度お送りください。" }
                (resend)
            } @else {
                (to_copy(typed))
            }
            @if let Some(back) = came_from(req) {
                .actions { (parts::link_button(parts::Weight::Secondary, &back, "元の画面を開く")) }
            }
        }
        (ways_on(door))
    };
    finish(req, door, error.status_code(), title, &body, error)
}

/// What was typed by hand, in words to copy; codes and numbers that a page chose are of no use to anybody.
fn to_copy(typed: &Fields) -> Markup {
    let chosen = |v: &str| {
        v.chars().all(|c| c.is_ascii_lowercase() || c == '_') || (v.len() < 7 && v.parse::<i64>().is_ok())
    };
    let words: Vec<&str> =
        typed.except(&["csrf"]).map(|(_, v)| v.trim()).filter(|v| !v.is_empty() && !chosen(v)).collect();
    html! {
        @if !words.is_empty() {
            section.stack {
                h2 { "入力した内容" }
                p { "この画面を離れる前に、要るところを写し取ってください。" }
                @for text in words { .card { .letter-text { (text) } } }
            }
        }
    }
}

/// The page a form stood on, as the browser tells it: its path at this door, whatever host it names.
fn came_from(req: &HttpRequest) -> Option<String> {
    let whole = req.headers().get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = whole.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    (!path.starts_with("//") && !path.contains('\\')).then(|| path.to_owned())
}

/// What the button that sends the same again says.
const AGAIN: &str = "もう一度送る";

/// The page that keeps what was typed, with one button to send it again.
pub fn again_page(req: &HttpRequest, door: Door, again: &Again) -> HttpResponse {
    let Some(why) = &again.why else {
        let body = html! {
            p { "画面を開いてから時間がたったか、別の画面が先に開かれたため、念のためもう一度お確かめください。" }
            p { "入力した内容はすべて残っています。下のボタンを押すと、そのまま続きます。" }
            @if let Some(note) = again.note { p { (note) } }
            (resend(&again.path, &again.fields, again.token.as_ref().map(|t| t.0.as_str()), "続ける"))
        };
        let mut answer = finish(
            req,
            door,
            again.status_code(),
            "もう一度、ボタンを押してください",
            &body,
            &Error::NotFound,
        );
        if let Some((_, Some(cookie))) = &again.token {
            // a browser that takes no cookies is asked every time and can still send
            drop(answer.add_cookie(cookie));
        }
        return answer;
    };
    if door == Door::Staff && matches!(why, Error::SignIn) {
        let kept = again.fields.except(&["csrf"]).map(|(n, v)| format!("{}={}", percent(n), percent(v)));
        let kept = kept.collect::<Vec<_>>().join("&");
        let body = html! {
            p { "しばらく操作がなかったため、サインインが切れました。入力した内容は残っています。" }
            p { "サインインすると、続きから送れます。" }
            form.form method="post" action="/sign-in" {
                (parts::hidden("resume", &again.path))
                (parts::hidden("kept", &kept))
                (parts::Field::text("login", "ログイン名").required().autocomplete("username"))
                (parts::Field::password("password", "パスワード").required())
                (parts::submit(parts::Weight::Primary, "サインインして続ける"))
            }
        };
        return finish(req, door, again.status_code(), "サインインが切れました", &body, why);
    }
    if again.fields.0.is_empty() {
        return page(req, door, why);
    }
    let token = again.token.as_ref().map(|t| t.0.as_str());
    let resend = html! {
        @if let Some(note) = again.note { p { (note) } }
        (resend(&again.path, &again.fields, token, AGAIN))
    };
    keeping(req, door, why, &again.fields, &resend)
}

/// A form of hidden fields with one button; `token` takes the place of the one that came.
fn resend(path: &str, fields: &Fields, token: Option<&str>, label: &str) -> Markup {
    html! {
        form.form method="post" action=(path) {
            @if let Some(token) = token { (parts::csrf(token)) }
            @for (name, value) in fields.except(if token.is_some() { &["csrf"] } else { &[] }) {
                @if value.contains('\n') { textarea name=(name) hidden { (PreEscaped("\n")) (value) } } @else { (parts::hidden(name, value)) }
            }
            .actions { (parts::submit(parts::Weight::Primary, label)) }
        }
    }
}

/// Title and advice; `reading` when nothing was to be changed.
fn words(error: &Error, reading: bool) -> (&'static str, &'static str) {
    match error {
        Error::NotFound => {
            ("お探しのページはありません", "アドレスが変わったか、公開が終わったのかもしれません。")
        }
        Error::NotAllowed(_) => {
            ("この操作はできません", "別の方法が必要なときは、広聴の担当にお尋ねください。")
        }
        Error::SignIn => ("サインインしてください", "この画面を見るにはサインインが必要です。"),
        Error::Stale(_) => ("先に更新されていました", "最新の内容を開いて、もう一度お確かめください。"),
        Error::Refused(_) => ("このままでは受け付けられません", "前の画面に戻って、内容をお確かめください。"),
        Error::BadRequest(_) => ("内容を読み取れませんでした", "前の画面に戻って、もう一度お試しください。"),
        Error::TooLarge(_) => {
            ("大きすぎて受け取れませんでした", "前の画面に戻って、内容を減らしてお試しください。")
        }
        Error::TooMany(_) => (
            "少し間をおいてください",
            "同じところから続けて送られています。しばらく待ってから、もう一度お試しください。",
        ),
        Error::Unavailable(_) if reading => (
            "ただいま混み合っています",
            "こちらの都合で、いまこの画面をお見せできません。少し待ってから、もう一度開いてください。",
        ),
        Error::Unavailable(_) => (
            "ただいま混み合っています",
            "こちらの都合でいま保存できません。何も失われていません。少し待ってから、もう一度お試しください。",
        ),
        Error::StorageFull(_) => (
            "ただいま受け取れません",
            "こちらの保存場所がいっぱいです。途中まで保存されることはありません。時間をおいてお試しください。",
        ),
        Error::Database(_) | Error::Internal(_) => (
            "こちらの不具合です",
            "ご迷惑をおかけします。何度も続くときは、お手数ですがお電話でお知らせください。",
        ),
    }
}

fn ways_on(door: Door) -> Markup {
    html! {
        ul.link-list {
            @match door {
                Door::Citizen => {
                    li { a href="/" { "最初のページ" } }
                    li { a href="/letters/new" { "市長へ手紙を書く" } }
                    li { a href="/receipts" { "送った手紙のその後を見る" } }
                    li { a href="/voices" { "届いた声と答えをさがす" } }
                    li { a href="/consultations" { "意見募集を見る" } }
                }
                Door::Staff => {
                    li { a href="/" { "私の仕事" } }
                    li { a href="/letters" { "手紙の一覧" } }
                }
            }
        }
    }
}

fn finish(
    req: &HttpRequest,
    door: Door,
    status: StatusCode,
    title: &str,
    body: &Markup,
    why: &Error,
) -> HttpResponse {
    let Some(app) = req.app_data::<Shared>() else { return HttpResponse::new(status) };
    let shell = app.shell(req);
    let page = match door {
        Door::Citizen => page::citizen(&shell, title),
        Door::Staff => page::staff(&shell, title).narrow(),
    };
    let mut answer = super::answer::with_status(status, page.body(body.clone()));
    if let Error::TooMany(seconds) = why {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(*seconds));
    }
    if matches!(why, Error::Unavailable(_) | Error::StorageFull(_)) {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("30"));
    }
    answer
}

/// Percent-encodes for a query or an urlencoded body.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
