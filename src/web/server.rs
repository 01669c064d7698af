//! Two listeners, each with its own routes, sharing no cookie and no session.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App as Actix, HttpRequest, HttpServer, web};

use super::errors::{self, Again};
use super::{Door, Shared, citizen_form};
use crate::error::{Error, Result};

/// A door that is bound and ready to run.
pub struct Bound {
    /// Runs until stopped.
    pub server: Server,
    /// The address it really listens on: port 0 picks a free one.
    pub address: std::net::SocketAddr,
}

/// How long a quiet connection is kept: longer than the 60 s after which the usual proxies give one up, so that it is
/// never we who close the one they are just about to use (they would answer 502). A stop closes quiet ones at once.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a request's head may take: a telephone at the edge of its network is slow.
const REQUEST_HEAD: Duration = Duration::from_secs(20);

/// Binds a door with its routes.
///
/// # Errors
/// When the address is taken.
pub fn bind(app: &Shared, door: Door, routes: fn(&mut web::ServiceConfig)) -> Result<Bound> {
    let listen = match door {
        Door::Citizen => app.config.public_listen.clone(),
        Door::Staff => app.config.staff_listen.clone(),
    };
    let data = app.clone();
    let server = HttpServer::new(move || application(data.clone(), door, routes))
        .worker_max_blocking_threads(16)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_HEAD)
        .shutdown_timeout(10)
        .disable_signals()
        .bind(&listen)
        .map_err(|e| Error::Internal(format!("{listen}: {e}")))?;
    let address = server.addrs().first().copied().ok_or_else(|| Error::internal("no address"))?;
    Ok(Bound { server: server.run(), address })
}

/// A door's application, as the listener runs it and tests call it.
pub fn application(
    app: Shared,
    door: Door,
    routes: fn(&mut web::ServiceConfig),
) -> Actix<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    Actix::new()
        .app_data(app)
        .app_data(web::Data::new(door))
        .app_data(web::PayloadConfig::new(64 * 1024 * 1024))
        .wrap(from_fn(around))
        .configure(routes)
        .default_service(web::to(|| async { Err::<actix_web::HttpResponse, Error>(Error::NotFound) }))
}

/// Around every request of both doors: refuses forms from other sites, turns errors into pages, sets the headers
/// that keep a browser safe.
async fn around(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, actix_web::Error> {
    let door = req.app_data::<web::Data<Door>>().map_or(Door::Citizen, |d| *d.get_ref());
    let changes = !matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let answer = if changes && citizen_form::same_origin(req.request()) == Some(false) {
        let refused = Error::NotAllowed("ほかのサイトから送られた内容は受け取れません。".to_owned());
        req.error_response(refused).map_into_right_body()
    } else {
        // no clone of the request may be held here: the router takes it mutably
        next.call(req).await?.map_into_left_body()
    };
    let mut answer = if let Some(page) = error_page(&answer, door) {
        let (req, _) = answer.into_parts();
        ServiceResponse::new(req, page).map_into_right_body()
    } else {
        answer
    };
    let tls = answer.request().app_data::<Shared>().is_some_and(|app| match door {
        Door::Citizen => app.config.public_is_tls(),
        Door::Staff => app.config.staff_is_tls(),
    });
    protect(answer.headers_mut(), door, tls);
    if answer.status().is_success() && answer.request().cookie(super::answer::FLASH).is_some() {
        // the sentence was on this page: it is said once
        let gone = HeaderValue::from_static("hk_done=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
        answer.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(answer)
}

fn error_page<B>(answer: &ServiceResponse<B>, door: Door) -> Option<actix_web::HttpResponse> {
    let response = answer.response();
    let error = response.error()?;
    let req = answer.request();
    if let Some(again) = error.as_error::<Again>() {
        log(again.why.as_ref(), req);
        return Some(errors::again_page(req, door, again));
    }
    if let Some(error) = error.as_error::<Error>() {
        log(Some(error), req);
        return Some(errors::page(req, door, error));
    }
    let status = response.status();
    let error = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::TooLarge("送られたものが大きすぎて受け取れません。".to_owned())
        }
        StatusCode::NOT_FOUND => Error::NotFound,
        s if s.is_client_error() => Error::BadRequest("送られたものを読み取れませんでした。".to_owned()),
        _ => Error::Internal(error.to_string()),
    };
    log(Some(&error), req);
    Some(errors::page(req, door, &error))
}

/// Only what is ours to mend goes to the log; never a query string, never a body.
fn log(error: Option<&Error>, req: &HttpRequest) {
    if let Some(error) = error.filter(|e| e.status() >= 500) {
        tracing::error!(%error, method = %req.method(), path = req.path(), "request failed");
    }
}

fn protect(headers: &mut header::HeaderMap, door: Door, tls: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    // pages of people are nobody else's to keep; public pages say themselves how long they may be kept
    set(
        header::CACHE_CONTROL,
        match door {
            Door::Citizen => "no-store",
            Door::Staff => "no-store, private",
        },
    );
}

/// The network a request comes from: the whole address for IPv4, the /64 for IPv6. A proxy's word is believed only
/// when the settings name the proxy.
pub fn network(req: &HttpRequest) -> String {
    let peer = req.peer_addr().map(|a| a.ip());
    let trusted =
        |ip: &IpAddr| req.app_data::<Shared>().is_some_and(|app| app.config.trusted_proxies.contains(ip));
    let ip = match peer {
        Some(ip) if trusted(&ip) => req
            .headers()
            .get("x-forwarded-for")
            .and_then(|v| v.to_str().ok())
            // the rightmost address that is not one of our proxies is the one our outermost proxy saw
            .and_then(|list| {
                list.rsplit(',').filter_map(|a| a.trim().parse::<IpAddr>().ok()).find(|ip| !trusted(ip))
            })
            .or(peer),
        other => other,
    };
    match ip {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        None => "unknown".to_owned(),
    }
}
