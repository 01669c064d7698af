//! Asking for mails, confirming and stopping them.

use actix_web::{HttpRequest, HttpResponse, web};

use super::store::{self, Subscription};
use super::{Request, views};
use crate::consultations::{self, Shown};
use crate::error::{Error, Result};
use crate::mail::{self, MailKind, Prepared};
use crate::people::party::{PartyDetails, SealedParty};
use crate::text::input;
use crate::trail::By;
use crate::web::citizen_form::{CitizenForm, Token};
use crate::web::errors::Again;
use crate::web::form::{self, Fields, parse_urlencoded};
use crate::web::parts::Errors;
use crate::web::server::network;
use crate::web::{App, Shared, answer};

/// The consultation a form is about; none for all.
async fn about(app: &App, fields: &Fields) -> Result<Option<Shown>> {
    match fields.filled("consultation") {
        None => Ok(None),
        Some(typed) => {
            let id = consultations::handlers::number(typed)?;
            app.db.read(move |db| consultations::shown(db, id)).await.map(Some)
        }
    }
}

/// `GET /subscriptions/new`; `?consultation=` for one of them.
pub async fn new(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    let fields = Fields(parse_urlencoded(req.query_string().as_bytes()));
    let of = about(&app, &fields).await?;
    let token = Token::issue(&app, &req);
    let page = views::new(&app.shell(&req), of.as_ref(), &token.value, "", &Errors::default());
    Ok(token.with(answer::page(page)))
}

/// `POST /subscriptions`: `email`, `consultation`. The answer is the same for every address.
pub async fn create(app: Shared, req: HttpRequest, form: CitizenForm) -> Result<HttpResponse, Again> {
    let of = about(&app, &form.fields).await?;
    let shell = app.shell(&req);
    let email = match input::email(form.fields.text("email")) {
        Ok(read) => read.normal,
        Err(why) => {
            let mut errors = Errors::default();
            errors.add("email", why.to_string());
            let token = Token::carry_on(&app, &req, &form.number);
            let page = views::new(&shell, of.as_ref(), &token.value, form.fields.text("email"), &errors);
            return Ok(token.with(answer::form_again(page)));
        }
    };
    if let Err(wait) = app.pace.submissions.take(&network(&req)) {
        return Err(Again::after(wait, &req, form.fields, None));
    }
    match take(&app, of.as_ref(), &email).await {
        Ok(()) => Ok(answer::page(views::asked(&shell, of.as_ref()))),
        Err(error) => Err(Again::after(error, &req, form.fields, None)),
    }
}

async fn take(app: &App, of: Option<&Shown>, email: &str) -> Result<()> {
    let consultation_id = of.map(|shown| shown.row.id);
    let mark = mail::mark_of(&app.sealer, email);
    let wanted = mark.clone();
    let there = app.db.read(move |db| store::alive(db, &wanted, consultation_id)).await?;
    let now = app.clock.now();
    let details = PartyDetails { email: email.to_owned(), ..PartyDetails::default() };
    let party = match &there {
        Some(_) => None,
        None => Some(SealedParty::seal(&app.sealer, app.clock.id().to_string(), &details, now)?),
    };
    let confirmed = there.as_ref().is_some_and(|s| s.confirmed_at.is_some());
    let id = there.map_or_else(|| app.clock.id().to_string(), |s| s.id);
    let form = super::answer(&app.config, &app.sealer, of, &id, confirmed, email);
    let mail = Prepared::seal(&app.sealer, &app.clock, &app.config, MailKind::Notice, &form)?;
    let request = Request { id, consultation_id, party, mark, mail };
    app.db.write(move |db| super::request(db, now, &request)).await
}

/// The subscription a link stands for.
async fn of_link(req: &HttpRequest, app: &App, (id, key): &(String, String)) -> Result<Subscription> {
    app.pace.lookups.take(&network(req))?;
    let right = super::link_key(&app.sealer, id);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(right.as_bytes(), key.as_bytes())) {
        return Err(Error::NotFound);
    }
    let id = id.clone();
    app.db.read(move |db| store::subscription(db, &id)).await
}

async fn named(app: &App, found: &Subscription) -> Result<Option<Shown>> {
    match found.consultation_id {
        Some(id) => app.db.read(move |db| consultations::shown(db, id)).await.map(Some),
        None => Ok(None),
    }
}

/// `GET /subscriptions/{id}/{key}`: where it stands, with its one button. Looking changes nothing.
pub async fn show(app: Shared, req: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let found = of_link(&req, &app, &path).await?;
    page(&app, &req, &found).await
}

/// The page of a subscription; its form comes back to where it stands.
pub async fn page(app: &App, req: &HttpRequest, found: &Subscription) -> Result<HttpResponse> {
    let of = named(app, found).await?;
    Ok(answer::page(views::one(&app.shell(req), req.path(), of.as_ref(), found)))
}

/// `POST /subscriptions/{id}/{key}`: `word` is confirm or stop, or the one step of a mail program. The key in the address
/// names and proves the subscription, so the form needs no token of its own.
pub async fn tell(
    app: Shared,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let found = of_link(&req, &app, &path).await?;
    let fields = form::receive(&req, &mut payload.into_inner()).await?.fields;
    if fields.text("word") == "confirm" {
        let (id, now) = (found.id, app.clock.now());
        let found = app.db.write(move |db| super::confirm(db, now, &id)).await?;
        return page(&app, &req, &found).await;
    }
    stop(&app, &req, found).await
}

/// Ends a subscription because its owner says so.
pub async fn stop(app: &App, req: &HttpRequest, found: Subscription) -> Result<HttpResponse> {
    let (id, now) = (found.id, app.clock.now());
    let found = app
        .db
        .write(move |db| {
            super::end(db, &By::citizen(), now, &id)?;
            store::subscription(db, &id)
        })
        .await?;
    page(app, req, &found).await
}
