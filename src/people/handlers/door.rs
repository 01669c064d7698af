//! `/sign-in`, `/sign-out` and `/welcome`.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use zeroize::Zeroizing;

use super::{Onward, kana, line};
use crate::error::{Error, Result};
use crate::people::second_factor::Secret;
use crate::people::session::{self, AccountForm, First, Known};
use crate::people::sign_in::{self, Fresh, Origin};
use crate::people::staffing::{self, NewStaff};
use crate::people::store::sign_in::{self as rows, Account};
use crate::people::{password, views};
use crate::web::form::{self, Fields};
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer, server};

/// Which people a browser has signed in as before.
const DEVICE: &str = "hk_device";

const WRONG: &str = "ログイン名かパスワードが違います。もう一度お確かめください。";

/// `GET /sign-in`: the form; whoever is signed in already goes on, or does first what comes first.
pub async fn page(app: Shared, req: HttpRequest, known: Option<Known>) -> HttpResponse {
    let onward = Onward::of(&Fields(form::parse_urlencoded(req.query_string().as_bytes())));
    match known {
        Some(known) => answer::see_other(&after(known.first, &onward)),
        None => answer::page(views::door::sign_in(&app.shell(&req), &onward, "", None)),
    }
}

fn after(first: Option<First>, onward: &Onward) -> String {
    let page = match first {
        Some(First::Password) => "/account/password",
        Some(First::SecondFactor) => "/account/second-factor",
        None if onward.back.is_empty() => return "/".to_owned(),
        None => return onward.back.clone(),
    };
    format!("{page}?back={}", crate::web::errors::percent(&onward.back))
}

/// `POST /sign-in`: the password, or with a ticket the second factor. No token against forged forms: the request's own
/// headers say where it comes from, and there is no session yet to misuse.
pub async fn sign_in(app: Shared, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let fields = form::receive(&req, &mut payload.into_inner()).await?.fields;
    if fields.filled("ticket").is_some() {
        return second(&app, &req, &fields).await;
    }
    let onward = Onward::of(&fields);
    let login = staffing::login_name(fields.text("login"));
    let typed = Zeroizing::new(fields.text("password").to_owned());
    if login.is_empty() || typed.is_empty() {
        let mut errors = Errors::default();
        if login.is_empty() {
            errors.add("login", "ログイン名を入力してください。");
        }
        if typed.is_empty() {
            errors.add("password", "パスワードを入力してください。");
        }
        return Ok(answer::form_again(views::door::sign_in(
            &app.shell(&req),
            &onward,
            &login,
            Some(&errors),
        )));
    }
    let wanted = login.clone();
    let account = app.db.read(move |db| rows::by_login(db, &wanted)).await?.filter(|a| a.active);
    let origin = origin(&app, &req, &login, account.as_ref());
    let tried = begin(&app, &req, &origin, &onward, &login).await?;
    let tried = match tried {
        Ok(tried) => tried,
        Err(wait) => return Ok(wait),
    };
    let hash = account.as_ref().map(|a| a.password_hash.clone());
    let right = password::verify(typed, hash).await?;
    let now = app.clock.now();
    let Some(account) = account.clone().filter(|_| right) else {
        let (id, network) = (account.map(|a| a.id), origin.network);
        app.db.write(move |db| sign_in::refuse(db, now, id, &network, "password")).await?;
        let mut errors = Errors::default();
        errors.add("login", WRONG);
        return Ok(answer::form_again(views::door::sign_in(
            &app.shell(&req),
            &onward,
            &login,
            Some(&errors),
        )));
    };
    if account.totp.is_some() {
        app.db.write(move |db| rows::forget_failure(db, tried)).await?;
        let ticket = sign_in::ticket(&app.sealer, &account, now);
        return Ok(answer::page(views::door::second(&app.shell(&req), &onward, &ticket, None)));
    }
    open(&app, &req, &account, &origin, &onward).await
}

async fn second(app: &Shared, req: &HttpRequest, fields: &Fields) -> Result<HttpResponse> {
    let onward = Onward::of(fields);
    let ticket = fields.text("ticket").to_owned();
    let now = app.clock.now();
    let again = |words: &str| {
        let mut errors = Errors::default();
        errors.add("login", words);
        Ok(answer::form_again(views::door::sign_in(&app.shell(req), &onward, "", Some(&errors))))
    };
    let expired = "時間がたったため、もう一度サインインしてください。";
    let Some(id) = sign_in::ticket_owner(&ticket) else { return again(expired) };
    let account = match app.db.read(move |db| rows::by_id(db, id)).await {
        Ok(account) if account.active && sign_in::ticket_good(&app.sealer, &ticket, &account, now) => account,
        Ok(_) | Err(Error::NotFound) => return again(expired),
        Err(error) => return Err(error),
    };
    let Some(sealed) = account.totp.clone() else { return again(expired) };
    let origin = origin(app, req, &account.login, Some(&account));
    let tried = match begin(app, req, &origin, &onward, "").await? {
        Ok(tried) => tried,
        Err(wait) => return Ok(wait),
    };
    let sealer = app.sealer.clone();
    let secret = app.db.read(move |db| Secret::open(&sealer, db, id, &sealed)).await?;
    let typed = sign_in::answer(&app.sealer, id, &secret, fields.text("code"), now)?;
    let network = origin.network.clone();
    let right = app
        .db
        .write(move |db| {
            let right = sign_in::use_up(db, id, &typed, now)?;
            if right {
                rows::forget_failure(db, tried)?;
            } else {
                sign_in::refuse(db, now, Some(id), &network, "second_factor")?;
            }
            Ok(right)
        })
        .await?;
    if !right {
        let mut errors = Errors::default();
        errors.add(
            "code",
            "確認コードが違うか、すでに使われています。次のコードが表示されるのを待って、もう一度入力してください。",
        );
        return Ok(answer::form_again(views::door::second(&app.shell(req), &onward, &ticket, Some(&errors))));
    }
    open(app, req, &account, &origin, &onward).await
}

fn origin(app: &App, req: &HttpRequest, login: &str, account: Option<&Account>) -> Origin {
    let device = req.cookie(DEVICE).zip(account).map_or_else(String::new, |(cookie, account)| {
        sign_in::device(&app.sealer, cookie.value(), account.id, app.clock.now())
    });
    Origin::new(&app.sealer, login, server::network(req), device)
}

/// Counts the try; the page to show instead when it has to wait.
async fn begin(
    app: &Shared,
    req: &HttpRequest,
    origin: &Origin,
    onward: &Onward,
    login: &str,
) -> Result<Result<i64, HttpResponse>> {
    let (now, counted) = (app.clock.now(), origin.clone());
    match app.db.write(move |db| sign_in::begin(db, &counted, now)).await {
        Ok(id) => Ok(Ok(id)),
        Err(Error::TooMany(seconds)) => {
            let mut errors = Errors::default();
            let minutes = seconds.div_ceil(60);
            errors.add(
                "login",
                format!("続けて違っていたため、少しお待ちいただいています。あと{minutes}分ほどで、もう一度お試しいただけます。"),
            );
            let page = views::door::sign_in(&app.shell(req), onward, login, Some(&errors));
            let mut page = answer::with_status(actix_web::http::StatusCode::TOO_MANY_REQUESTS, page);
            page.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
            Ok(Err(page))
        }
        Err(error) => Err(error),
    }
}

async fn open(
    app: &Shared,
    req: &HttpRequest,
    account: &Account,
    origin: &Origin,
    onward: &Onward,
) -> Result<HttpResponse> {
    let fresh = Fresh::new(&app.clock);
    let agent = req.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let earlier = session::token(app, req);
    let (who, from, secrets, now) = (account.clone(), origin.clone(), fresh.clone(), app.clock.now());
    let required = app.config.second_factor_required;
    let first = app
        .db
        .write(move |db| {
            sign_in::finish(db, now, &who, &from, &secrets, (&agent, earlier.as_deref()))?;
            Ok(session::look(db, &secrets.token, required, now)?.first)
        })
        .await?;
    let mut page = if onward.resume.is_empty() {
        answer::see_other(&after(first, onward))
    } else {
        let shell = app.shell(req);
        match first {
            None => answer::page(views::door::resume(&shell, &fresh.csrf, onward)),
            Some(First::Password) => {
                answer::page(views::account::password(&shell, &fresh.csrf, onward, true, None))
            }
            Some(First::SecondFactor) => {
                let secret = Secret::fresh(&app.clock);
                let view = views::account::SetUp {
                    csrf: &fresh.csrf,
                    login: &account.login,
                    secret: &secret,
                    carried: &sign_in::carry_secret(&secret.seal(&app.sealer, account.id)?),
                    ask_password: false,
                    required: true,
                };
                answer::page(views::account::set_up(&shell, &view, onward, None)?)
            }
        }
    };
    let tls = app.config.staff_is_tls();
    let cookie = |name: &'static str, value: String| {
        Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Strict).secure(tls)
    };
    let known = req.cookie(DEVICE).map(|c| c.value().to_owned()).unwrap_or_default();
    let device = sign_in::remember(&app.sealer, &app.clock, &known, account.id);
    let cookies = [
        cookie(session::cookie_name(app), fresh.token).finish(),
        cookie(DEVICE, device).max_age(actix_web::cookie::time::Duration::days(180)).finish(),
    ];
    for cookie in cookies {
        page.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(page)
}

/// `POST /sign-out`.
pub async fn sign_out(app: Shared, req: HttpRequest, form: AccountForm) -> Result<HttpResponse> {
    let (by, now) = (form.known.viewer.by(), app.clock.now());
    if let Some(token) = session::token(&app, &req) {
        app.db.write(move |db| sign_in::sign_out(db, &by, now, &token)).await?;
    }
    let mut answer = answer::done("/sign-in", "サインアウトしました。");
    let gone = Cookie::build(session::cookie_name(&app), "")
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(app.config.staff_is_tls())
        .max_age(actix_web::cookie::time::Duration::ZERO)
        .finish();
    answer.add_cookie(&gone).map_err(Error::internal)?;
    Ok(answer)
}

/// `GET /welcome?key=`: the form for the first administrator.
pub async fn welcome_page(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let fields = Fields(form::parse_urlencoded(req.query_string().as_bytes()));
    open_key(&app, fields.text("key")).await?;
    Ok(answer::page(views::door::welcome(&app.shell(&req), &fields, None)))
}

async fn open_key(app: &Shared, key: &str) -> Result<()> {
    let (hash, now) = (session::token_hash(key), app.clock.now());
    if app.db.read(move |db| rows::welcome_open(db, &hash, now.into())).await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// `POST /welcome`: makes the first administrator.
pub async fn welcome(app: Shared, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let fields = form::receive(&req, &mut payload.into_inner()).await?.fields;
    let key = fields.text("key").to_owned();
    open_key(&app, &key).await?;
    let mut errors = Errors::default();
    let login = staffing::login_name(fields.text("login"));
    if let Some(words) = staffing::login_trouble(&login) {
        errors.add("login", words);
    }
    let name = line(&fields, "name", "お名前", 50, &mut errors);
    let name_kana = kana(&fields, &mut errors);
    let email = super::email(&fields, &mut errors);
    let chosen = chosen_password(&fields, &login, &mut errors);
    if !errors.is_empty() {
        return Ok(answer::form_again(views::door::welcome(&app.shell(&req), &fields, Some(&errors))));
    }
    let password_hash = password::hash(chosen).await?;
    let new = NewStaff { login, name, name_kana, email, password_hash, must_change_password: false };
    let now = app.clock.now();
    app.db.write(move |db| sign_in::welcome(db, now, &key, &new)).await?;
    Ok(answer::done("/sign-in", "最初のシステム管理者を登録しました。続けてサインインしてください。"))
}

/// A new password typed twice, with what is wrong with it noted.
pub(super) fn chosen_password(fields: &Fields, login: &str, errors: &mut Errors) -> Zeroizing<String> {
    let chosen = Zeroizing::new(fields.text("password").to_owned());
    if let Some(words) = password::trouble(&chosen, login) {
        errors.add("password", words);
    } else if fields.text("again") != chosen.as_str() {
        errors.add("again", "2回の入力が違っています。もう一度入力してください。");
    }
    chosen
}
