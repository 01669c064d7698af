//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};

use crate::insight;
use crate::triage::queue;
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
    }
}

door! {
    /// Every address of the staff door.
    STAFF
    /// Adds the staff door's addresses to a listener.
    staff {
        get "/assets/{hash}/{name}" => assets::asset,
        get "/" => queue::handlers::my_work,
        get "/letters" => queue::handlers::queue,
        get "/letters.csv" => queue::handlers::queue_csv,
        post "/letters/bulk-assignments" => queue::handlers::bulk_assign,
        post "/letters/bulk-returns" => queue::handlers::bulk_return,
        get "/statistics" => insight::handlers::figures,
        get "/statistics.csv" => insight::handlers::figures_csv,
        post "/views" => queue::handlers::save_view,
        post "/views/{id}/deletions" => queue::handlers::delete_view,
    }
}
