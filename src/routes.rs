//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};

use crate::intake::paper;
use crate::triage::{handlers as triage, matter_handlers as matters};
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

        get "/letters/new" => paper::handlers::new,
        post "/letters" => paper::handlers::enter,
        post "/scans" => paper::handlers::scan,
        get "/scans/{id}" => paper::handlers::show_scan,
        get "/letters/{id}/corrections" => paper::handlers::compare,
        post "/letters/{id}/corrections" => paper::handlers::correct,
        post "/letters/{id}/checks" => paper::handlers::check,

        get "/letters/{id}" => triage::show,
        post "/letters/{id}/registration" => triage::register,
        post "/letters/{id}/matters" => triage::add_matter,
        post "/letters/{id}/notes" => triage::note,
        get "/letters/{id}/print" => triage::print,
        get "/letters/{id}/party" => triage::ask_party,
        post "/letters/{id}/party" => triage::open_party,
        get "/circulations" => triage::circulations,
        post "/circulations/{id}/views" => triage::see,

        post "/matters/{id}/details" => matters::change,
        post "/matters/{id}/screening" => matters::screen,
        post "/matters/{id}/circulation" => matters::circulate,
        post "/matters/{id}/assignments" => matters::assign,
        post "/matters/{id}/drafters" => matters::take,
        post "/matters/{id}/returns" => matters::return_to_centre,
        post "/matters/{id}/no-replies" => matters::set_no_reply,
        post "/matters/{id}/closings" => matters::close,
        post "/matters/{id}/filings" => matters::file,
        post "/matters/{id}/questions" => matters::ask,
        post "/matters/{id}/hearings" => matters::hear,
        post "/matters/{id}/parts" => matters::write_part,
        get "/matters/{id}/transfer" => matters::transfer,
    }
}
