//! The outbox's pages.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::views::{self, Detail, List};
use super::{COMMENT_LIMIT, Purpose, store};
use crate::db::Db;
use crate::error::Result;
use crate::mail::{self, MailState, Settlement, store as mails};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::trail::{self, Subject};
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// Mails a page.
const PAGE: i64 = 50;

/// Which mails: a state's code, and the id of the last mail seen.
#[derive(Debug, Deserialize)]
pub struct Which {
    state: Option<String>,
    before: Option<String>,
}

/// GET `/outbox`
pub async fn list(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    which: web::Query<Which>,
) -> Result<HttpResponse> {
    viewer.may(May::SeeOutbox)?;
    let state = which.state.as_deref().and_then(MailState::from_code);
    let before = which.into_inner().before;
    let mut list = app.db.read(move |db| read_list(db, state, before.as_deref())).await?;
    list.sends = app.config.sends_mail();
    Ok(answer::page(views::list(&app.staff_shell(&req, &viewer), &list)))
}

fn read_list(db: &mut Db, state: Option<MailState>, before: Option<&str>) -> Result<List> {
    let counts = mails::counts(db)?;
    let has = |state: MailState| counts.iter().any(|(s, n)| *s == state && *n > 0);
    // what wants a person comes first
    let urgent = [MailState::InDoubt, MailState::Failed].into_iter().find(|s| has(*s));
    let state = state.or(urgent).unwrap_or(MailState::Queued);
    let mut entries = mails::page(db, state, before, PAGE + 1)?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let letters = entries.iter().filter_map(|e| e.letter_id).collect();
    let letters = store::register_numbers(db, letters)?;
    let undelivered = mail::ledger_store::undelivered(db, PAGE)?;
    Ok(List { state, counts, entries, letters, later: before.is_some(), more, undelivered, sends: false })
}

/// Why the text is opened.
#[derive(Debug, Deserialize)]
pub struct Why {
    purpose: Option<String>,
}

/// GET `/outbox/{id}`; with `purpose` the address and the text are opened, which leaves a line in the trail.
pub async fn show(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<String>,
    why: web::Query<Why>,
) -> Result<HttpResponse> {
    viewer.may(May::SeeOutbox)?;
    let id = id.into_inner();
    let mut form = None;
    if let Some(purpose) = why.purpose.as_deref().and_then(Purpose::from_code) {
        let (app_, viewer_, id, now) = (app.clone(), viewer.clone(), id.clone(), app.clock.now());
        let opened = move |db: &mut Db| super::open(db, &app_.sealer, &viewer_, now, &id, purpose);
        form = Some(app.db.write(opened).await?);
    }
    let mut detail = app.db.read(move |db| read_detail(db, &id)).await?;
    detail.form = form;
    detail.now = Some(app.clock.now());
    detail.sends = app.config.sends_mail();
    Ok(answer::page(views::show(&app.staff_shell(&req, &viewer), &viewer.csrf, &detail)))
}

fn read_detail(db: &mut Db, id: &str) -> Result<Detail> {
    let mail = mails::find(db, id)?;
    let letter = store::register_numbers(db, mail.letter_id.into_iter().collect())?.pop();
    let reply = mail.dispatch_id.map(|d| store::reply_of(db, d)).transpose()?.flatten();
    let history = trail::of_subject(db, Subject::Mail, id)?;
    let returns = mail::ledger_store::returns_of(db, std::slice::from_ref(&mail.id))?;
    let (typed, errors) = ((None, String::new()), Errors::default());
    Ok(Detail { mail, letter, reply, history, returns, form: None, now: None, sends: false, typed, errors })
}

/// POST `/outbox/{id}/settlements`
pub async fn settle(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    form.viewer.may(May::SeeOutbox)?;
    let id = id.into_inner();
    let settlement = Settlement::from_code(form.fields.text("result"));
    let comment = form.fields.filled("comment").unwrap_or("").to_owned();
    let mut errors = Errors::default();
    if settlement.is_none() {
        errors.add("result", "結果を一つ選んでください。");
    }
    if comment.is_empty() {
        errors.add("comment", "どうやって確かめたか、なぜそうするかを書いてください。");
    } else if comment.chars().count() > COMMENT_LIMIT {
        errors.add("comment", format!("{COMMENT_LIMIT}字までで書いてください。"));
    }
    let (Some(settlement), true) = (settlement, errors.is_empty()) else {
        let shell = app.staff_shell(&req, &form.viewer);
        let mut detail = app.db.read(move |db| read_detail(db, &id)).await?;
        detail.now = Some(app.clock.now());
        detail.sends = app.config.sends_mail();
        detail.typed = (settlement, comment);
        detail.errors = errors;
        return Ok(answer::form_again(views::show(&shell, &form.viewer.csrf, &detail)));
    };
    let (viewer, now, mail) = (form.viewer, app.clock.now(), id.clone());
    app.db.write(move |db| super::settle(db, &viewer, now, &mail, settlement, &comment)).await?;
    Ok(answer::done(&format!("/outbox/{id}"), said(settlement, app.config.sends_mail())))
}

fn said(settlement: Settlement, sends: bool) -> &'static str {
    match settlement {
        Settlement::Arrived => "届いていたことを記録しました。",
        Settlement::NotArrived => "届いていなかったことを記録しました。",
        Settlement::Posted => "郵便などで届けたことを記録しました。",
        Settlement::Resend if sends => "もう一度送ることにしました。まもなく送ります。",
        Settlement::Resend => "送信待ちに戻しました。メールサーバーの設定がないため、まだ送られません。",
        Settlement::Cancel => "送信を取りやめました。",
    }
}
