//! `/metrics`, and who may read it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};
use crate::web::{App, Shared};
use crate::work;

/// GET `/metrics`: for who shows the token of the settings; without one there, for programs of this machine.
///
/// # Errors
/// [`Error::NotAllowed`] for anybody else; the database's.
pub async fn show(app: Shared, req: HttpRequest) -> Result<HttpResponse> {
    may(&app, &req)?;
    let now = app.clock.now();
    let figures = app.db.read(move |db| super::read(db, now)).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(figures.text(now, &work::health())))
}

fn may(app: &App, req: &HttpRequest) -> Result<()> {
    let refused = || Error::NotAllowed("この数字は、監視の仕組みだけが読めます。".to_owned());
    let file = &app.config.metrics_token_file;
    if file.is_empty() {
        // behind a proxy of this machine everybody comes from it: what a proxy adds tells
        let passed_on = ["x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via"]
            .iter()
            .any(|name| req.headers().contains_key(*name));
        let local = req.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        return if local && !passed_on { Ok(()) } else { Err(refused()) };
    }
    let token = std::fs::read_to_string(file).map_err(|e| Error::Unavailable(format!("{file}: {e}")))?;
    let shown = req.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let shown = shown.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
    let token = token.trim();
    if !token.is_empty() && bool::from(token.as_bytes().ct_eq(shown.trim().as_bytes())) {
        Ok(())
    } else {
        Err(refused())
    }
}
