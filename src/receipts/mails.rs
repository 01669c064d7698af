//! What the receiver of an automatic mail tells us by the link in it: stop, this was not me, this is mine.
//!
//! The word in the address names the mail and is signed; whoever has the mail has it. So the forms need no token of
//! their own, and a mail program may press the button for its user in one step (RFC 8058).

use actix_web::{HttpRequest, HttpResponse, web};

use super::views;
use crate::consultations::subscriptions;
use crate::error::{Error, Result};
use crate::mail::returns::{self, Word};
use crate::mail::{address_token, store};
use crate::web::parts::Errors;
use crate::web::server::network;
use crate::web::{App, Shared, answer, form};

/// `GET /mails/{token}`: the choices. Changes nothing.
pub async fn show(req: HttpRequest, app: Shared, token: web::Path<String>) -> Result<HttpResponse> {
    let id = mail_of(&req, &app, &token).await?;
    if let Some(found) = app.db.read(move |db| subscriptions::store::of_mail(db, &id)).await? {
        return subscriptions::handlers::page(&app, &req, &found).await;
    }
    Ok(answer::page(views::mail_words(&app.shell(&req), &token, &Errors::default())))
}

/// `POST /mails/{token}`: what the receiver chose, or the one step of a mail program.
pub async fn tell(
    req: HttpRequest,
    app: Shared,
    token: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let id = mail_of(&req, &app, &token).await?;
    let fields = form::receive(&req, &mut payload.into_inner()).await?.fields;
    let asked = id.clone();
    if let Some(found) = app.db.read(move |db| subscriptions::store::of_mail(db, &asked)).await? {
        // a mail somebody subscribed to: its one step ends the subscription, and nothing else stops
        return subscriptions::handlers::stop(&app, &req, found).await;
    }
    let one_step = fields.text("List-Unsubscribe") == "One-Click";
    let word = if one_step { Some(Word::Stop) } else { Word::from_code(fields.text("word")) };
    let Some(word) = word else {
        let mut errors = Errors::default();
        errors.add("word", "伝えることを一つ選んでください。");
        return Ok(answer::form_again(views::mail_words(&app.shell(&req), &token, &errors)));
    };
    let (sealer, now) = (app.sealer.clone(), app.clock.now());
    app.db.write(move |db| returns::told(db, &sealer, now, &id, word)).await?;
    Ok(answer::page(views::mail_told(&app.shell(&req), word)))
}

/// `outbox.id` of the mail a link was in; the same answer for what never was and what is not ours.
async fn mail_of(req: &HttpRequest, app: &App, token: &str) -> Result<String> {
    app.pace.lookups.take(&network(req))?;
    let id = address_token::stopped_by(&app.sealer, token).ok_or(Error::NotFound)?;
    let asked = id.clone();
    app.db.read(move |db| store::state_of(db, &asked)).await?.ok_or(Error::NotFound)?;
    Ok(id)
}
