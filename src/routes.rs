//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};

use crate::intake::web::handlers as letter_form;
use crate::web::assets;
use crate::{files, front, receipts};

/// One address of a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The pattern, `{id}` for what varies.
    pub path: &'static str,
}

macro_rules! door {
    ($(#[$meta:meta])* $list:ident $(#[$fmeta:meta])* $add:ident { $($method:ident $path:literal => $handler:path,)+ }) => {
        $(#[$meta])*
        pub const $list: &[Route] = &[$(Route { method: door!(@name $method), path: $path }),+];

        $(#[$fmeta])*
        pub fn $add(config: &mut ServiceConfig) {
            $(config.route($path, web::$method().to($handler));)+
        }
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
}

door! {
    /// Every address of the citizens' door.
    CITIZEN
    /// Adds the citizens' door's addresses to a listener.
    citizen {
        get "/assets/{hash}/{name}" => assets::asset,
        get "/" => front::front,
        get "/about" => front::about,
        get "/privacy" => front::privacy,
        get "/accessibility" => front::accessibility,
        get "/healthz" => front::healthz,
        get "/readyz" => front::readyz,
        get "/robots.txt" => front::robots,
        get "/letters" => letter_form::letters,
        post "/letters" => letter_form::send,
        get "/letters/new" => letter_form::write,
        post "/letters/new" => letter_form::rewrite,
        post "/letters/confirm" => letter_form::confirm,
        get "/receipts" => receipts::handlers::lookup,
        post "/receipts" => receipts::handlers::status,
        post "/receipts/answers" => receipts::handlers::answers,
        post "/receipts/feedbacks" => receipts::handlers::feedbacks,
        post "/receipts/letters" => receipts::handlers::letters,
        get "/receipts/{code}" => receipts::handlers::lookup_of,
    }
}

door! {
    /// Every address of the staff door.
    STAFF
    /// Adds the staff door's addresses to a listener.
    staff {
        get "/assets/{hash}/{name}" => assets::asset,
        get "/healthz" => front::healthz,
        get "/readyz" => front::readyz,
        get "/letters/{id}/files/{file}" => files::handlers::show,
        post "/letters/{id}/files/{file}" => files::handlers::open,
    }
}
