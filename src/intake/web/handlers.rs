//! The form's addresses.

use actix_web::{HttpRequest, HttpResponse};
use maud::Markup;

use super::views::{self, Sheet};
use super::{Draft, Sending, Sent};
use crate::calendar;
use crate::error::{Error, Result};
use crate::files::{self, Kept};
use crate::intake::uploads;
use crate::letters::receipt::{self, Promise, Slip, Ticket};
use crate::publications;
use crate::web::citizen_form::{CitizenForm, Token};
use crate::web::errors::Again;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::parts::Errors;
use crate::web::server::network;
use crate::web::{App, Shared, answer};

/// How many answers to similar letters are offered before sending.
const SIMILAR: usize = 5;

/// `GET /letters` → the form.
pub async fn letters() -> HttpResponse {
    answer::see_other("/letters/new")
}

/// `GET /letters/new`: the empty form; `?plain_ja=yes` in やさしい日本語.
pub async fn write(req: HttpRequest, app: Shared) -> HttpResponse {
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes()));
    let draft = Draft { plain_ja: asked.text("plain_ja") == "yes", ..Draft::default() };
    let token = Token::issue(&app, &req);
    let shell = app.shell(&req);
    let sheet = Sheet {
        shell: &shell,
        config: &app.config,
        draft: &draft,
        kept: &[],
        token: &token.value,
        notice: None,
    };
    let page = answer::page(views::form(&sheet, &Errors::default(), false));
    token.with(page)
}

/// `POST /letters/new`: back from the confirmation, or to the other words, with everything.
pub async fn rewrite(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let mut draft = Draft::read(&form.fields);
    if form.fields.has("switch") {
        draft.plain_ja = !draft.plain_ja;
    }
    let (kept, errors) = uploads::keep(&req, &app, form, &draft.attachments).await?;
    Ok(form_page(&req, &app, &kept.number, &draft, &kept.files, &errors, None))
}

/// `POST /letters/confirm`: the whole letter to look over, or the form with what is missing.
pub async fn confirm(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let draft = Draft::read(&form.fields);
    let mut errors = draft.check(app.config.body_limit).err().unwrap_or_default();
    let (kept, refused) = uploads::keep(&req, &app, form, &draft.attachments).await?;
    for (field, message) in refused.iter() {
        errors.add(field, message);
    }
    let notice = draft.notice();
    if !errors.is_empty() {
        return Ok(form_page(&req, &app, &kept.number, &draft, &kept.files, &errors, notice.as_deref()));
    }
    Ok(confirm_page(&req, &app, &kept.number, &draft, &kept.files, notice.as_deref()).await)
}

/// `POST /letters`: the letter is sent; the answer is the receipt, and sending again gives the same receipt.
pub async fn send(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let draft = Draft::read(&form.fields);
    let notice = draft.notice();
    let ready = match draft.check(app.config.body_limit) {
        Ok(ready) if form.refused.is_empty() => ready,
        checked => {
            let mut errors = checked.err().unwrap_or_default();
            let (kept, refused) = uploads::keep(&req, &app, form, &draft.attachments).await?;
            for (field, message) in refused.iter() {
                errors.add(field, message);
            }
            return Ok(form_page(&req, &app, &kept.number, &draft, &kept.files, &errors, notice.as_deref()));
        }
    };
    let CitizenForm { fields, uploads, number, .. } = form;
    if let Err(wait) = app.pace.submissions.take(&network(&req)) {
        return Err(Again::after(wait, &req, fields, None));
    }
    let tickets = receipt::tickets(&app.sealer, &number);
    let placed = match files::place(&app, uploads, draft.attachments.len()).await {
        Ok(placed) => placed,
        Err(error) => return Err(Again::after(error, &req, fields, None)),
    };
    if !placed.refused.is_empty() {
        let mut errors = Errors::default();
        errors.add("files[]", placed.refused.join(" "));
        let kept = uploads::record(&req, &app, &number, placed.files, &draft.attachments, fields).await?;
        return Ok(form_page(&req, &app, &number, &draft, &kept, &errors, notice.as_deref()));
    }
    let sent = async {
        let mut sending = Sending::prepare(&app, &draft, &ready, &number, &tickets, placed.files)?;
        app.db.write(move |db| super::send(db, &mut sending)).await
    };
    match sent.await {
        Ok(Sent::Receipt { ticket, at, files, mailed }) => {
            let ticket = ticket_at(&tickets, ticket)?;
            let received_at = calendar::tokyo_clock_with_year(at);
            let withheld = !ready.party.email.is_empty() && !mailed;
            let said: Vec<&str> =
                notice.as_deref().into_iter().chain(withheld.then_some(receipt::NOT_MAILED)).collect();
            let said = Some(said.join(" ")).filter(|s| !s.is_empty());
            let slip = Slip {
                ticket,
                promise: Promise::of(calendar::tokyo_day(at), &app.config),
                received_at: &received_at,
                subject: &draft.subject,
                body: &draft.body,
                reply_wanted: ready.reply_wanted,
                mailed: mailed && app.config.sends_mail(),
                files,
                notice: said.as_deref(),
            };
            Ok(answer::page(receipt::page(&app.shell(&req), &slip)))
        }
        Ok(Sent::Otherwise { ticket }) => {
            let said = format!(
                "この画面からは、すでに手紙をお送りいただいています(受付番号 {})。下の文章はそれとちがうため、まだ送られていません。\
                 新しい手紙として送るときは、いちばん下のボタンを押してください。",
                ticket_at(&tickets, ticket)?.code
            );
            let fresh = hex::encode(app.clock.random::<16>());
            Ok(confirm_page(&req, &app, &fresh, &draft, &[], Some(&said)).await)
        }
        Err(error) => Err(Again::after(error, &req, fields, None)),
    }
}

fn ticket_at(tickets: &[Ticket], nth: usize) -> Result<&Ticket> {
    tickets.get(nth).ok_or_else(|| Error::internal("a receipt that was not offered"))
}

fn form_page(
    req: &HttpRequest,
    app: &App,
    number: &str,
    draft: &Draft,
    kept: &[Kept],
    errors: &Errors,
    notice: Option<&str>,
) -> HttpResponse {
    let token = Token::carry_on(app, req, number);
    let shell = app.shell(req);
    let sheet = Sheet { shell: &shell, config: &app.config, draft, kept, token: &token.value, notice };
    let page = views::form(&sheet, errors, true);
    let page = if errors.is_empty() { answer::page(page) } else { answer::form_again(page) };
    token.with(page)
}

async fn confirm_page(
    req: &HttpRequest,
    app: &App,
    number: &str,
    draft: &Draft,
    kept: &[Kept],
    notice: Option<&str>,
) -> HttpResponse {
    let token = Token::carry_on(app, req, number);
    let shell = app.shell(req);
    let sheet = Sheet { shell: &shell, config: &app.config, draft, kept, token: &token.value, notice };
    let page = answer::page(views::confirm(&sheet, similar(app, &draft.body).await));
    token.with(page)
}

/// Published answers to letters like this one; nothing when there are none, or when they cannot be read just now: the
/// letter goes its way all the same.
async fn similar(app: &App, body: &str) -> Markup {
    match publications::similar(app, body, SIMILAR, None).await {
        Ok(found) => publications::views::similar(&found),
        Err(error) => {
            tracing::warn!(%error, "similar voices were not looked for");
            Markup::default()
        }
    }
}
