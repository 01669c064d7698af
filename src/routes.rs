//! The only list of addresses. One line: method, path, handler.

use actix_web::guard;
use actix_web::web::{self, ServiceConfig};

use crate::decisions::handlers as decisions;
use crate::insight;
use crate::insight::trail::handlers as trail;
use crate::intake::paper;
use crate::intake::web::handlers as letter_form;
use crate::moderation;
use crate::outbox;
use crate::people::handlers::{account, directory, door, organisation, person};
use crate::publications;
use crate::replies::handlers as replies;
use crate::triage::queue;
use crate::triage::{handlers as triage, matter_handlers as matters};
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
            $(config.route($path, door!(@route $method).to($handler));)+
        }
    };
    // HEAD is GET without the body; the server leaves the body out by itself
    (@route get) => { web::route().guard(guard::Any(guard::Get()).or(guard::Head())) };
    (@route post) => { web::post() };
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
        get "/outbox" => outbox::handlers::list,
        get "/outbox/{id}" => outbox::handlers::show,
        post "/outbox/{id}/settlements" => outbox::handlers::settle,
        get "/matters/{id}/replies/new" => replies::new,
        post "/matters/{id}/replies" => replies::create,
        get "/replies/{id}" => replies::show,
        post "/replies/{id}/versions" => replies::save,
        post "/replies/{id}/approvals" => replies::submit,
        get "/replies/{id}/diff" => replies::diff,
        post "/replies/{id}/dispatches" => replies::dispatch,
        get "/replies/{id}/print" => replies::print,
        get "/approvals" => decisions::list,
        get "/approvals/{id}" => decisions::show,
        post "/approvals/{id}/decisions" => decisions::decide,
        post "/approvals/{id}/withdrawals" => decisions::pull_back,
        post "/approvals/{id}/later-views" => decisions::see_later,
        get "/approvals/{id}/print" => decisions::print,
        get "/healthz" => front::healthz,
        get "/readyz" => front::readyz,
        get "/letters/{id}/files/{file}" => files::handlers::show,
        post "/letters/{id}/files/{file}" => files::handlers::open,
        get "/moderation" => moderation::handlers::overview,
        post "/matters/{id}/publications" => moderation::handlers::propose,
        get "/publications/{id}" => moderation::handlers::bench,
        post "/publications/{id}/masks" => moderation::handlers::mask,
        post "/publications/{id}/texts" => moderation::handlers::write,
        post "/publications/{id}/approvals" => moderation::handlers::circulate,
        post "/publications/{id}/corrections" => moderation::handlers::correct,
        post "/publications/{id}/withdrawals" => moderation::handlers::withdraw,
        post "/publications/{id}/drops" => moderation::handlers::drop_candidate,
        get "/" => queue::handlers::my_work,
        get "/letters" => queue::handlers::queue,
        get "/letters.csv" => queue::handlers::queue_csv,
        post "/letters/bulk-assignments" => queue::handlers::bulk_assign,
        post "/letters/bulk-returns" => queue::handlers::bulk_return,
        get "/statistics" => insight::handlers::figures,
        get "/statistics.csv" => insight::handlers::figures_csv,
        post "/views" => queue::handlers::save_view,
        post "/views/{id}/deletions" => queue::handlers::delete_view,

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
