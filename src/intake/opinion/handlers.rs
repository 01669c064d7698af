//! The addresses of the opinion form.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};

use super::draft::{MOST_POINTS, TypedPoint, paragraph};
use super::known::find;
use super::slowing::{Form, Gate, Slow};
use super::views::{self, Sheet};
use super::{Draft, Ready, Sending, link_key};
use crate::consultations::consultation::{Came, ChannelKind, Phase, SenderFields};
use crate::consultations::handlers::number;
use crate::consultations::{self, Shown, flood, store};
use crate::error::{Error, Result};
use crate::files::{self, Kept};
use crate::intake::uploads;
use crate::letters::receipt;
use crate::text::ReceiptCode;
use crate::web::citizen_form::{CitizenForm, Token};
use crate::web::errors::Again;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::parts::Errors;
use crate::web::server::network;
use crate::web::{App, Shared, answer};

/// Whether a form that began to arrive at a moment counts apart: the same rule by which it is stored.
fn late(shown: &Shown, arrived_at: DateTime<Utc>) -> bool {
    !shown.in_time(ChannelKind::Web, &Came::at(arrived_at))
}

/// What a page of a slowed form carries; none where nothing is slowed.
fn slowed(app: &App, shown: &Shown, slowing: bool, number: &str, fields: &Fields) -> Option<Slow> {
    let form = Form { sealer: &app.sealer, id: shown.row.id, number, now: app.clock.now() };
    slowing.then(|| form.carry(fields))
}

/// `GET /consultations/{id}/comments/new`; `?paragraph=PAPER:CODE` begins at that paragraph. Outside the period the page
/// says so and offers no form.
pub async fn write(app: Shared, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let (shown, slowing) = find(&app, &id).await?;
    let shell = app.shell(&req);
    if shown.period.phase(app.clock.now()) != Phase::Open {
        return Ok(answer::page(views::not_open(&shell, &shown, app.clock.now())));
    }
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes()));
    let mut point = TypedPoint::default();
    if let Some((paper, code)) = paragraph(asked.text("paragraph"))
        && let Some(link) = shown.content.papers.iter().find(|p| p.paper_id == paper).cloned()
    {
        let version = link.version_id;
        let found = app.db.read(move |db| store::paragraphs(db, version)).await?;
        if let Some(paragraph) = found.iter().find(|p| p.code == code) {
            point.target = format!("{} {}", link.title, paragraph.place);
            point.paragraph = format!("{paper}:{code}");
        }
    }
    let draft = Draft { points: vec![point], ..Draft::default() };
    let token = Token::issue(&app, &req);
    let slow = slowed(&app, &shown, slowing, &token.number, &asked);
    let sheet = Sheet {
        shell: &shell,
        config: &app.config,
        shown: &shown,
        draft: &draft,
        kept: &[],
        token: &token.value,
        notice: None,
        late: false,
        slow: slow.as_ref(),
    };
    let page = answer::page(views::form(&sheet, &Errors::default()));
    Ok(token.with(page))
}

/// `POST /consultations/{id}/comments/new`: back from the confirmation, or one point more.
pub async fn rewrite(
    req: HttpRequest,
    app: Shared,
    id: web::Path<String>,
    form: CitizenForm,
) -> Result<HttpResponse, Again> {
    let (shown, slowing) = find(&app, &id).await?;
    let slow = slowed(&app, &shown, slowing, &form.number, &form.fields);
    let mut draft = Draft::read(&form.fields);
    if form.fields.has("add") && draft.points.len() < MOST_POINTS {
        draft.points.push(TypedPoint::default());
    }
    let late = late(&shown, form.arrived_at);
    let (held, errors) = uploads::keep(&req, &app, form, &draft.attachments).await?;
    Ok(form_page(&req, &app, &shown, &held.number, &draft, &held.files, &errors, None, late, slow.as_ref()))
}

/// `POST /consultations/{id}/comments/confirm`: everything to look over, or the form with what is missing.
pub async fn confirm(
    req: HttpRequest,
    app: Shared,
    id: web::Path<String>,
    form: CitizenForm,
) -> Result<HttpResponse, Again> {
    let (shown, slowing) = find(&app, &id).await?;
    let slow = slowed(&app, &shown, slowing, &form.number, &form.fields);
    let draft = Draft::read(&form.fields);
    let late = late(&shown, form.arrived_at);
    let without = form.fields.text("without") == "yes";
    let asked = shown.content.sender_fields;
    let mut errors = draft.check(&asked, app.config.body_limit, without).err().unwrap_or_default();
    let (held, refused) = uploads::keep(&req, &app, form, &draft.attachments).await?;
    for (field, message) in refused.iter() {
        errors.add(field, message);
    }
    let notice = draft.notice();
    if !errors.is_empty() {
        return Ok(form_page(
            &req,
            &app,
            &shown,
            &held.number,
            &draft,
            &held.files,
            &errors,
            notice.as_deref(),
            late,
            slow.as_ref(),
        ));
    }
    Ok(confirm_page(
        &req,
        &app,
        &shown,
        &held.number,
        &draft,
        &held.files,
        notice.as_deref(),
        late,
        without,
        slow.as_ref(),
    ))
}

/// `POST /consultations/{id}/comments`: it is sent; the answer is the receipt, and sending again gives the same one.
pub async fn send(
    req: HttpRequest,
    app: Shared,
    id: web::Path<String>,
    form: Result<CitizenForm, Again>,
) -> Result<HttpResponse, Again> {
    let form = form.map_err(|again| asked_again(&app, &id, again))?;
    let arrived_at = form.arrived_at;
    let draft = Draft::read(&form.fields);
    let (shown, slowing) = match find(&app, &id).await {
        Ok(found) => found,
        Err(Error::NotFound) => return Err(Error::NotFound.into()),
        Err(error) => {
            let at =
                Form { sealer: &app.sealer, id: number(&id)?, number: &form.number, now: app.clock.now() };
            return Err(match said(&app, &draft) {
                Some(ready) => press_again(error, &req, at, form.fields, &ready, arrived_at),
                None => Again::after(error, &req, form.fields, None),
            });
        }
    };
    let without = form.fields.text("without") == "yes";
    let slow = slowed(&app, &shown, slowing, &form.number, &form.fields);
    let ready = match draft.check(&shown.content.sender_fields, app.config.body_limit, without) {
        Ok(ready) if form.refused.is_empty() => ready,
        checked => {
            let mut errors = checked.err().unwrap_or_default();
            let (held, refused) = uploads::keep(&req, &app, form, &draft.attachments).await?;
            for (field, message) in refused.iter() {
                errors.add(field, message);
            }
            let notice = draft.notice();
            return Ok(form_page(
                &req,
                &app,
                &shown,
                &held.number,
                &draft,
                &held.files,
                &errors,
                notice.as_deref(),
                late(&shown, arrived_at),
                slow.as_ref(),
            ));
        }
    };
    let at = Form { sealer: &app.sealer, id: shown.row.id, number: &form.number, now: app.clock.now() };
    let pressed_at = at.pressed_at(&form.fields, &ready).unwrap_or(arrived_at);
    let late = late(&shown, pressed_at);
    let gate = if slowing {
        match was_sent(&app, &form.number).await {
            // sent before, it is only shown again
            Ok(true) => Gate::Open,
            Ok(false) => at.gate(&form.fields, &ready, pressed_at),
            Err(error) => return Err(press_again(error, &req, at, form.fields, &ready, arrived_at)),
        }
    } else {
        Gate::Open
    };
    if let Gate::Wait(slow) = gate {
        let (held, _) = uploads::keep(&req, &app, form, &draft.attachments).await?;
        let (number, files) = (&held.number, &held.files);
        let mut page =
            confirm_page(&req, &app, &shown, number, &draft, files, None, late, without, Some(&slow));
        *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let seconds = slow.left.unwrap_or(flood::WAIT_SECONDS);
        page.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
        return Ok(page);
    }
    let CitizenForm { fields, uploads, number, .. } = form;
    let at = Form { sealer: &app.sealer, id: shown.row.id, number: &number, now: app.clock.now() };
    if let Err(wait) = app.pace.submissions.take(&network(&req)) {
        return Err(press_again(wait, &req, at, fields, &ready, arrived_at));
    }
    let placed = match files::place(&app, uploads, draft.attachments.len()).await {
        Ok(placed) => placed,
        Err(error) => return Err(press_again(error, &req, at, fields, &ready, arrived_at)),
    };
    if !placed.refused.is_empty() {
        let mut errors = Errors::default();
        errors.add("files[]", placed.refused.join(" "));
        let kept = uploads::record(&req, &app, &number, placed.files, &draft.attachments, fields).await?;
        return Ok(form_page(&req, &app, &shown, &number, &draft, &kept, &errors, None, late, slow.as_ref()));
    }
    let tickets = receipt::tickets(&app.sealer, &number);
    let sent = async {
        let mut sending =
            Sending::prepare(&app, &shown, &draft, &ready, &number, &tickets, pressed_at, placed.files)?;
        app.db.write(move |db| super::send(db, &mut sending)).await
    };
    let sent = match sent.await {
        Ok(sent) => sent,
        Err(error) => return Err(press_again(error, &req, at, fields, &ready, arrived_at)),
    };
    let ticket = tickets
        .get(sent.accepted.receipt)
        .ok_or_else(|| Error::internal("a receipt that was not offered"))?;
    if sent.otherwise {
        let said = format!(
            "この画面からは、すでにご意見をお送りいただいています(受付番号 {})。下の文章はそれとちがうため、まだ送られていません。\
             別のご意見として送るときは、いちばん下のボタンを押してください。",
            ticket.code
        );
        let fresh = hex::encode(app.clock.random::<16>());
        let slow = slowed(&app, &shown, slowing, &fresh, &Fields::default());
        return Ok(confirm_page(
            &req,
            &app,
            &shown,
            &fresh,
            &draft,
            &[],
            Some(&said),
            late,
            without,
            slow.as_ref(),
        ));
    }
    // a form sent twice was mailed the first time
    let mailed = (sent.accepted.mailed || sent.accepted.repeated && !ready.party.email.is_empty())
        && app.config.sends_mail();
    let page = views::receipt(&app.shell(&req), &shown, &ready, ticket, &sent, mailed);
    Ok(answer::page(page))
}

/// What could not be taken at once is sent again with one button, and counts from when it was first pressed.
fn press_again(
    why: Error,
    req: &HttpRequest,
    at: Form<'_>,
    mut fields: Fields,
    ready: &Ready,
    arrived_at: DateTime<Utc>,
) -> Again {
    at.keep_pressed(&mut fields, ready, arrived_at);
    Again::after(why, req, fields, None).saying(FIRST_PRESS)
}

const FIRST_PRESS: &str = "受付の時刻は、最初にボタンを押した時刻です。";

/// A form that was open for weeks, or whose browser lost its cookie, is only asked to be pressed once more: it too counts
/// from its first press. The word for that is the one everybody gets who is asked to press again, for these words, this
/// form and two hours: nothing that others could not have had signed before midnight.
fn asked_again(app: &App, id: &str, mut again: Again) -> Again {
    let Some((form_number, arrived_at)) = again.pressed.clone() else { return again };
    let (Ok(id), Some(ready)) = (number(id), said(app, &Draft::read(&again.fields))) else { return again };
    let at = Form { sealer: &app.sealer, id, number: &form_number, now: app.clock.now() };
    at.keep_pressed(&mut again.fields, &ready, arrived_at);
    again.saying(FIRST_PRESS)
}

/// What is said in a form, whatever its sender left out; none when it says nothing, or too much.
fn said(app: &App, draft: &Draft) -> Option<Ready> {
    draft.check(&SenderFields::default(), app.config.body_limit, true).ok()
}

/// Whether this form was sent before.
async fn was_sent(app: &App, number: &str) -> Result<bool> {
    let key = receipt::submission_key(&app.sealer, number);
    Ok(app.db.read(move |db| store::by_submission_key(db, &key)).await?.is_some())
}

#[expect(clippy::too_many_arguments, reason = "what the page shows")]
fn form_page(
    req: &HttpRequest,
    app: &App,
    shown: &Shown,
    number: &str,
    draft: &Draft,
    kept: &[Kept],
    errors: &Errors,
    notice: Option<&str>,
    late: bool,
    slow: Option<&Slow>,
) -> HttpResponse {
    let token = Token::carry_on(app, req, number);
    let shell = app.shell(req);
    let (config, token_value) = (&*app.config, token.value.as_str());
    let sheet = Sheet { shell: &shell, config, shown, draft, kept, token: token_value, notice, late, slow };
    let page = views::form(&sheet, errors);
    let page = if errors.is_empty() { answer::page(page) } else { answer::form_again(page) };
    token.with(page)
}

#[expect(clippy::too_many_arguments, reason = "what the page shows")]
fn confirm_page(
    req: &HttpRequest,
    app: &App,
    shown: &Shown,
    number: &str,
    draft: &Draft,
    kept: &[Kept],
    notice: Option<&str>,
    late: bool,
    without: bool,
    slow: Option<&Slow>,
) -> HttpResponse {
    let token = Token::carry_on(app, req, number);
    let shell = app.shell(req);
    let (config, token_value) = (&*app.config, token.value.as_str());
    let sheet = Sheet { shell: &shell, config, shown, draft, kept, token: token_value, notice, late, slow };
    let page = answer::page(views::confirm(&sheet, without));
    token.with(page)
}

/// The submission a mailed link is about.
fn code_of(app: &App, path: &(String, String)) -> Result<String> {
    let code = ReceiptCode::parse(&path.0).map_err(|_| Error::NotFound)?.digits();
    let right = link_key(&app.sealer, &code);
    let same = subtle::ConstantTimeEq::ct_eq(right.as_bytes(), path.1.as_bytes());
    if bool::from(same) { Ok(code) } else { Err(Error::NotFound) }
}

/// `GET /opinions/{code}/{key}`: asks whether it was sent by the one who got our mail. Looking changes nothing.
pub async fn asked(app: Shared, req: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let code = code_of(&app, &path)?;
    let found = app.db.read(move |db| store::by_code(db, &code)).await?.ok_or(Error::NotFound)?;
    let token = Token::issue(&app, &req);
    let page = answer::page(views::mine_or_not(&app.shell(&req), &found, req.path(), &token.value));
    Ok(token.with(page))
}

/// `POST /opinions/{code}/{key}`: `mine` is yes or no.
pub async fn answered(
    app: Shared,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    form: CitizenForm,
) -> Result<HttpResponse, Again> {
    let code = code_of(&app, &path)?;
    let mine = form.fields.text("mine") == "yes";
    let now = app.clock.now();
    let done = app
        .db
        .write(move |db| {
            let found = store::by_code(db, &code)?.ok_or(Error::NotFound)?;
            consultations::answer_link(db, now, found.id, mine)
        })
        .await;
    match done {
        Ok(()) => Ok(answer::page(views::answered(&app.shell(&req), mine))),
        Err(error) => Err(Again::after(error, &req, form.fields, None)),
    }
}
