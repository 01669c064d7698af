//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};

use crate::moderation;
use crate::publications;
use crate::web::assets;

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
        get "/voices" => publications::handlers::list,
        get "/voices/similar" => publications::handlers::similar,
        post "/voices/similar" => publications::handlers::similar_posted,
        get "/voices/{id}" => publications::handlers::show,
        get "/voices/{id}/versions/{no}" => publications::handlers::version,
        get "/feeds/voices.atom" => publications::open_data::feed,
        get "/opendata/letters_published.csv" => publications::open_data::csv,
        get "/api/v1/voices" => publications::open_data::list,
        get "/api/v1/voices/{id}" => publications::open_data::voice,
        get "/api/openapi.json" => publications::open_data::openapi,
    }
}

door! {
    /// Every address of the staff door.
    STAFF
    /// Adds the staff door's addresses to a listener.
    staff {
        get "/assets/{hash}/{name}" => assets::asset,
        get "/moderation" => moderation::handlers::overview,
        post "/matters/{id}/publications" => moderation::handlers::propose,
        get "/publications/{id}" => moderation::handlers::bench,
        post "/publications/{id}/masks" => moderation::handlers::mask,
        post "/publications/{id}/texts" => moderation::handlers::write,
        post "/publications/{id}/approvals" => moderation::handlers::circulate,
        post "/publications/{id}/corrections" => moderation::handlers::correct,
        post "/publications/{id}/withdrawals" => moderation::handlers::withdraw,
        post "/publications/{id}/drops" => moderation::handlers::drop_candidate,
    }
}
