//! `/account`, `/account/password`, `/account/second-factor` and `/sessions`: what everybody settles alone.

use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use super::Onward;
use super::door::chosen_password;
use crate::db::Instant;
use crate::error::{Error, Result};
use crate::people::second_factor::{self, Secret};
use crate::people::session::{self, AccountForm, First, Known, StaffForm};
use crate::people::sign_in::{self, Origin};
use crate::people::store::sign_in as rows;
use crate::people::{Viewer, password, views};
use crate::web::form::{self, Fields};
use crate::web::page::Shell;
use crate::web::parts::Errors;
use crate::web::{Shared, answer, server};

/// `GET /account`.
pub async fn show(app: Shared, req: HttpRequest, known: Known) -> Result<HttpResponse> {
    if known.first.is_some() {
        return Err(Error::SignIn);
    }
    let id = known.viewer.id;
    let left = app.db.read(move |db| rows::recovery_left(db, id)).await?;
    let shell = app.staff_shell(&req, &known.viewer);
    Ok(answer::page(views::account::show(&shell, &known.viewer, known.has_second_factor, left)))
}

/// The rooms are not shown before what comes first is done.
fn shell(app: &Shared, req: &HttpRequest, known: &Known) -> Shell {
    let mut shell = app.staff_shell(req, &known.viewer);
    if known.first.is_some()
        && let Some(staff) = &mut shell.staff
    {
        staff.entries.clear();
    }
    shell
}

fn onward_of_query(req: &HttpRequest) -> Onward {
    Onward::of(&Fields(form::parse_urlencoded(req.query_string().as_bytes())))
}

/// `GET /account/password`.
pub async fn password_page(app: Shared, req: HttpRequest, known: Known) -> HttpResponse {
    let forced = known.first == Some(First::Password);
    let csrf = &known.viewer.csrf;
    answer::page(views::account::password(
        &shell(&app, &req, &known),
        csrf,
        &onward_of_query(&req),
        forced,
        None,
    ))
}

/// `POST /account/password`.
pub async fn change_password(app: Shared, req: HttpRequest, form: AccountForm) -> Result<HttpResponse> {
    let AccountForm { known, fields } = form;
    let onward = Onward::of(&fields);
    let forced = known.first == Some(First::Password);
    let mut errors = Errors::default();
    let chosen = chosen_password(&fields, &known.viewer.login, &mut errors);
    check_current(&app, &req, &known, &fields, &mut errors).await?;
    if errors.is_empty() && fields.text("current") == chosen.as_str() {
        errors.add("password", "いまのパスワードとは別のものにしてください。");
    }
    if !errors.is_empty() {
        let shell = shell(&app, &req, &known);
        let page = views::account::password(&shell, &known.viewer.csrf, &onward, forced, Some(&errors));
        return Ok(answer::form_again(page));
    }
    let hash = password::hash(chosen).await?;
    let (by, now, id, this) = (known.viewer.by(), app.clock.now(), known.viewer.id, known.session.clone());
    app.db.write(move |db| sign_in::change_password(db, &by, now, id, &hash, &this)).await?;
    if app.config.second_factor_required && !known.has_second_factor {
        let shell = shell(&app, &req, &known);
        return Ok(answer::page(set_up_page(&app, &shell, &known, &onward, None, None)?));
    }
    Ok(go_on(&app, &req, &known, &onward, "パスワードを変えました。"))
}

/// Whether the password of now was typed right; wrong tries are counted for this session alone.
async fn check_current(
    app: &Shared,
    req: &HttpRequest,
    known: &Known,
    fields: &Fields,
    errors: &mut Errors,
) -> Result<()> {
    let device = format!("session:{}", &known.session[..24]);
    let origin = Origin::new(&app.sealer, &known.viewer.login, server::network(req), device);
    let (now, id) = (app.clock.now(), known.viewer.id);
    let tried = match app.db.write(move |db| sign_in::begin(db, &origin, now)).await {
        Ok(tried) => tried,
        Err(Error::TooMany(seconds)) => {
            let minutes = seconds.div_ceil(60);
            errors.add("current", format!("続けて違っていたため、あと{minutes}分ほどお待ちください。"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let hash = app.db.read(move |db| rows::by_id(db, id)).await?.password_hash;
    if password::verify(Zeroizing::new(fields.text("current").to_owned()), Some(hash)).await? {
        app.db.write(move |db| rows::forget_failure(db, tried)).await?;
    } else {
        errors.add("current", "いまのパスワードが違います。");
    }
    Ok(())
}

fn go_on(app: &Shared, req: &HttpRequest, known: &Known, onward: &Onward, sentence: &str) -> HttpResponse {
    if !onward.resume.is_empty() {
        let shell = app.staff_shell(req, &known.viewer);
        return answer::page(views::door::resume(&shell, &known.viewer.csrf, onward));
    }
    let back = if !onward.back.is_empty() {
        &onward.back
    } else if known.first.is_some() {
        "/"
    } else {
        "/account"
    };
    answer::done(back, sentence)
}

/// `GET /account/second-factor`: to set one up, or with `?new=1` another in its place.
pub async fn second_factor_page(app: Shared, req: HttpRequest, known: Known) -> Result<HttpResponse> {
    if known.first == Some(First::Password) {
        return Err(Error::SignIn);
    }
    let shell = shell(&app, &req, &known);
    Ok(answer::page(set_up_page(&app, &shell, &known, &onward_of_query(&req), None, None)?))
}

fn set_up_page(
    app: &Shared,
    shell: &Shell,
    known: &Known,
    onward: &Onward,
    kept: Option<(Secret, String)>,
    errors: Option<&Errors>,
) -> Result<maud::Markup> {
    let (secret, carried) = match kept {
        Some(kept) => kept,
        None => {
            let secret = Secret::fresh(&app.clock);
            let carried = sign_in::carry_secret(&secret.seal(&app.sealer, known.viewer.id)?);
            (secret, carried)
        }
    };
    let view = views::account::SetUp {
        csrf: &known.viewer.csrf,
        login: &known.viewer.login,
        secret: &secret,
        carried: &carried,
        ask_password: known.has_second_factor,
        required: known.first.is_some(),
    };
    views::account::set_up(shell, &view, onward, errors)
}

/// `POST /account/second-factor`: keeps the secret after its first right code, and shows the recovery codes once.
pub async fn set_second_factor(app: Shared, req: HttpRequest, form: AccountForm) -> Result<HttpResponse> {
    let AccountForm { known, fields } = form;
    if known.first == Some(First::Password) {
        return Err(Error::SignIn);
    }
    let onward = Onward::of(&fields);
    let carried = fields.text("secret").to_owned();
    let id = known.viewer.id;
    let bad = || Error::BadRequest("設定の画面をもう一度開いてください。".to_owned());
    let sealed = sign_in::carried_secret(&carried).ok_or_else(bad)?;
    let (sealer, kept) = (app.sealer.clone(), sealed.clone());
    let secret = app.db.read(move |db| Secret::open(&sealer, db, id, &kept)).await.map_err(|_| bad())?;
    let mut errors = Errors::default();
    let now = app.clock.now();
    let step = secret.step(fields.text("code"), now)?;
    if step.is_none() {
        errors.add("code", "確認コードが違います。アプリに表示されている6桁の数字を入力してください。");
    }
    if known.has_second_factor {
        check_current(&app, &req, &known, &fields, &mut errors).await?;
    }
    let (Some(step), true) = (step, errors.is_empty()) else {
        let shell = shell(&app, &req, &known);
        let page = set_up_page(&app, &shell, &known, &onward, Some((secret, carried)), Some(&errors))?;
        return Ok(answer::form_again(page));
    };
    let codes = second_factor::recovery_codes(&app.clock);
    let marks: Vec<String> = codes.iter().map(|c| second_factor::recovery_mark(&app.sealer, id, c)).collect();
    let (by, this) = (known.viewer.by(), known.session.clone());
    app.db
        .write(move |db| sign_in::set_second_factor(db, &by, now, id, (&sealed, step, &marks), &this))
        .await?;
    let shell = app.staff_shell(&req, &known.viewer);
    Ok(answer::page(views::account::recovery(&shell, &known.viewer.csrf, &codes, &onward)))
}

/// `GET /sessions`: one's own.
pub async fn sessions(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    let (id, now) = (viewer.id, app.clock.now());
    let open = app
        .db
        .read(move |db| rows::open_sessions(db, id, now.into(), Instant::from(now - session::IDLE)))
        .await?;
    let this = session::token(&app, &req).map(|t| session::token_hash(&t)).unwrap_or_default();
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::account::sessions(&shell, &viewer.csrf, None, &open, &this)))
}

/// `POST /sessions/endings`: one, or all but this one.
pub async fn end_sessions(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    let this = session::token(&app, &req).map(|t| session::token_hash(&t)).unwrap_or_default();
    let (by, now, id) = (form.viewer.by(), app.clock.now(), form.viewer.id);
    match form.fields.filled("session").map(str::to_owned) {
        Some(one) => app.db.write(move |db| sign_in::end_session(db, &by, now, id, &one)).await?,
        None => drop(app.db.write(move |db| sign_in::end_sessions(db, &by, now, id, &this)).await?),
    }
    Ok(answer::done("/sessions", "サインインを終わらせました。"))
}
