//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};

use crate::insight::trail::handlers as trail;
use crate::people::handlers::{account, directory, door, organisation, person};
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
        get "/sign-in" => door::page,
        post "/sign-in" => door::sign_in,
        post "/sign-out" => door::sign_out,
        get "/welcome" => door::welcome_page,
        post "/welcome" => door::welcome,
        get "/account" => account::show,
        get "/account/password" => account::password_page,
        post "/account/password" => account::change_password,
        get "/account/second-factor" => account::second_factor_page,
        post "/account/second-factor" => account::set_second_factor,
        get "/sessions" => account::sessions,
        post "/sessions/endings" => account::end_sessions,
        get "/people" => directory::list,
        post "/people" => directory::add,
        get "/people/new" => directory::new,
        get "/people/{id}" => person::show,
        post "/people/{id}/corrections" => person::change,
        post "/people/{id}/suspensions" => person::disable,
        post "/people/{id}/resumptions" => person::enable,
        post "/people/{id}/password-resets" => person::reset_password,
        post "/people/{id}/second-factor-resets" => person::reset_second_factor,
        post "/people/{id}/postings" => person::post,
        post "/people/{id}/postings/{posting}/endings" => person::end_posting,
        get "/people/{id}/absences" => person::absences,
        post "/people/{id}/absences" => person::record_absence,
        post "/people/{id}/absences/{absence}/withdrawals" => person::withdraw_absence,
        get "/people/{id}/sessions" => person::sessions,
        post "/people/{id}/sessions/endings" => person::end_sessions,
        get "/units" => organisation::list,
        post "/units" => organisation::add,
        get "/units/{id}" => organisation::show,
        post "/units/{id}/corrections" => organisation::change,
        post "/units/{id}/endings" => organisation::end,
        post "/units/{id}/coordinators" => organisation::name_coordinator,
        get "/trail" => trail::list,
        post "/trail/checks" => trail::check,
        post "/trail/exports" => trail::export,
    }
}
