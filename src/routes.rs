//! The only list of addresses. One line: method, path, handler.

use actix_web::web::{self, ServiceConfig};
use actix_web::{Scope, guard};

use crate::answering::{
    chapter_handlers as chapters, difference_handlers as differences, export as answer_files,
    handlers as answers,
};
use crate::concluding::handlers as concluding;
use crate::consultations;
use crate::consultations::subscriptions::handlers as subscriptions;
use crate::decisions::handlers as decisions;
use crate::insight;
use crate::insight::trail::handlers as trail;
use crate::intake::mailroom::handlers as mailroom;
use crate::intake::web::handlers as letter_form;
use crate::intake::{opinion, paper};
use crate::metrics::handlers as metrics;
use crate::moderation;
use crate::opinions::result;
use crate::outbox;
use crate::people::handlers::{account, directory, door, organisation, person};
use crate::planning::arrived::handlers as arrived;
use crate::planning::flood::handlers as flood;
use crate::planning::submissions::handlers as submissions;
use crate::planning::{handlers as planning, paper_handlers as papers};
use crate::publications;
use crate::replies::handlers as replies;
use crate::sorting::handlers as sorting;
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

/// The addresses of a door by what they begin with (`/letters`). The router tries one pattern after another, so it is given
/// those of one part at a time.
#[derive(Default)]
struct Parts(Vec<(&'static str, Scope)>);

impl Parts {
    fn add(&mut self, path: &'static str, route: actix_web::Route) {
        let end = path[1..].find('/').map_or(path.len(), |at| at + 1);
        let (part, rest) = path.split_at(end);
        let at = self.0.iter().position(|(known, _)| *known == part).unwrap_or_else(|| {
            self.0.push((part, web::scope(part)));
            self.0.len() - 1
        });
        let (part, scope) = self.0.swap_remove(at);
        self.0.push((part, scope.route(rest, route)));
    }

    fn serve(self, config: &mut ServiceConfig) {
        for (_, scope) in self.0 {
            config.service(scope);
        }
    }
}

macro_rules! door {
    ($(#[$meta:meta])* $list:ident $(#[$fmeta:meta])* $add:ident { $($method:ident $path:literal => $handler:path,)+ }) => {
        $(#[$meta])*
        pub const $list: &[Route] = &[$(Route { method: door!(@name $method), path: $path }),+];

        $(#[$fmeta])*
        pub fn $add(config: &mut ServiceConfig) {
            let mut parts = Parts::default();
            $(parts.add($path, door!(@route $method).to($handler));)+
            parts.serve(config);
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
        get "/consultations" => consultations::handlers::list,
        get "/consultations/{id}" => consultations::handlers::show,
        get "/consultations/{id}/papers/{file}" => consultations::handlers::paper,
        get "/consultations/{id}/calendar.ics" => consultations::handlers::calendar,
        get "/consultations/{id}/comments/new" => opinion::handlers::write,
        post "/consultations/{id}/comments/new" => opinion::handlers::rewrite,
        post "/consultations/{id}/comments/confirm" => opinion::handlers::confirm,
        post "/consultations/{id}/comments" => opinion::handlers::send,
        get "/consultations/{id}/result" => result::handlers::show,
        get "/consultations/{id}/result.csv" => result::files::csv,
        get "/consultations/{id}/result.json" => result::files::json_file,
        get "/consultations/{id}/result/versions/{no}" => result::handlers::version,
        get "/consultations/{id}/result/texts/{paper}" => result::handlers::text,
        get "/consultations/{id}/result/papers/{file}" => result::handlers::paper,
        get "/api/consultation-result.schema.json" => result::schema::schema,
        get "/opendata/consultations.csv" => result::open_data::consultations,
        get "/opendata/opinion_groups.csv" => result::open_data::opinion_groups,
        get "/previews/{key}" => consultations::handlers::preview,
        get "/opinions/{code}/{key}" => opinion::handlers::asked,
        post "/opinions/{code}/{key}" => opinion::handlers::answered,
        get "/subscriptions/new" => subscriptions::new,
        post "/subscriptions" => subscriptions::create,
        get "/subscriptions/{id}/{key}" => subscriptions::show,
        post "/subscriptions/{id}/{key}" => subscriptions::tell,
        get "/feeds/consultations.atom" => consultations::handlers::feed,
        get "/mails/{token}" => receipts::mails::show,
        post "/mails/{token}" => receipts::mails::tell,
        get "/voices" => publications::handlers::list,
        get "/voices/similar" => publications::handlers::similar,
        post "/voices/similar" => publications::handlers::similar_posted,
        get "/voices/{id}" => publications::handlers::show,
        get "/voices/{id}/versions/{no}" => publications::handlers::version,
        get "/feeds/voices.atom" => publications::open_data::feed,
        get "/opendata/letters_published.csv" => publications::open_data::csv,
        get "/api/v1/voices" => publications::open_data::list,
        get "/api/v1/voices/{id}" => publications::open_data::voice,
        get "/api/openapi.json" => front::openapi,
    }
}

door! {
    /// Every address of the staff door.
    STAFF
    /// Adds the staff door's addresses to a listener.
    staff {
        get "/assets/{hash}/{name}" => assets::asset,
        get "/mailroom" => mailroom::overview,
        get "/mailroom/mails" => mailroom::list,
        get "/mailroom/mails/{id}" => mailroom::show,
        get "/mailroom/mails/{id}/html" => mailroom::formatted,
        get "/mailroom/mails/{id}/original" => mailroom::before_original,
        post "/mailroom/mails/{id}/original" => mailroom::original,
        post "/mailroom/mails/{id}/retries" => mailroom::retry,
        post "/mailroom/mails/{id}/letters" => mailroom::make_letter,
        post "/mailroom/mails/{id}/opinions" => mailroom::make_opinion,
        post "/mailroom/mails/{id}/placements" => mailroom::place,
        post "/mailroom/mails/{id}/spam-marks" => mailroom::mark_spam,
        post "/mailroom/mails/{id}/settlements" => mailroom::settle,
        post "/mailroom/spam-reviews" => mailroom::review,
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
        get "/metrics" => metrics::show,
        get "/letters/{id}/files/{file}" => files::handlers::show,
        post "/letters/{id}/files/{file}" => files::handlers::open,
        get "/letters/{id}/files/{file}/copy" => files::handlers::copy,
        get "/files" => files::handlers::in_doubt,
        get "/moderation" => moderation::handlers::overview,
        post "/matters/{id}/publications" => moderation::handlers::propose,
        get "/publications/{id}" => moderation::handlers::bench,
        post "/publications/{id}/masks" => moderation::handlers::mask,
        post "/publications/{id}/texts" => moderation::handlers::write,
        post "/publications/{id}/approvals" => moderation::handlers::circulate,
        post "/publications/{id}/corrections" => moderation::handlers::correct,
        post "/publications/{id}/withdrawals" => moderation::handlers::withdraw,
        post "/publications/{id}/drops" => moderation::handlers::drop_candidate,
        get "/consultations" => planning::list,
        post "/consultations" => planning::create,
        get "/consultations/new" => planning::new,
        get "/consultations/{id}" => planning::show,
        get "/consultations/{id}/edit" => planning::edit,
        post "/consultations/{id}/edit" => planning::save,
        get "/consultations/{id}/preview" => planning::preview,
        get "/consultations/{id}/notices" => planning::notices,
        post "/consultations/{id}/approvals" => planning::circulate,
        post "/consultations/{id}/previews" => planning::make_preview,
        post "/consultations/{id}/events" => planning::change_period,
        post "/consultations/{id}/papers" => papers::add,
        post "/papers/{id}/removals" => papers::remove,
        get "/papers/{id}/imports" => papers::choose,
        post "/papers/{id}/imports" => papers::read,
        get "/imports/{id}" => papers::review,
        post "/imports/{id}" => papers::accept,
        get "/consultations/{id}/submissions" => arrived::list,
        get "/consultations/{id}/submissions/new" => opinion::entry::new,
        post "/consultations/{id}/submissions" => opinion::entry::enter,
        get "/submissions/{id}" => submissions::find,
        get "/submissions/{id}/files/{file}" => files::handlers::show_of_submission,
        post "/submissions/{id}/files/{file}" => files::handlers::open_of_submission,
        get "/submissions/{id}/files/{file}/copy" => files::handlers::copy_of_submission,
        get "/consultations/{id}/submissions/{no}" => submissions::show,
        post "/consultations/{id}/submissions/{no}/handlings" => submissions::handle,
        post "/consultations/{id}/submissions/{no}/checks" => submissions::check,
        post "/consultations/{id}/submissions/{no}/disputes" => submissions::dispute,
        get "/consultations/{id}/submissions/{no}/party" => submissions::ask_party,
        post "/consultations/{id}/submissions/{no}/party" => submissions::open_party,
        get "/consultations/{id}/flood" => flood::show,
        post "/consultations/{id}/flood" => flood::set,
        get "/consultations/{id}/result" => concluding::desk,
        post "/consultations/{id}/result" => concluding::save,
        get "/consultations/{id}/result/preview" => concluding::preview,
        get "/consultations/{id}/result/versions/{no}" => concluding::version,
        post "/consultations/{id}/result/withdrawals" => concluding::give_up,
        get "/consultations/{id}/result/masks" => concluding::texts,
        post "/consultations/{id}/result/masks" => concluding::mask,
        get "/consultations/{id}/result.xlsx" => concluding::workbook,
        get "/answers" => chapters::mine,
        get "/consultations/{id}/answers" => answers::list,
        post "/consultations/{id}/answers" => answers::act,
        get "/consultations/{id}/answers.csv" => answer_files::csv,
        get "/consultations/{id}/answers.xlsx" => answer_files::xlsx,
        get "/consultations/{id}/answers/print" => answer_files::print,
        post "/answer-acts/{id}/undoings" => answers::undo,
        get "/answers/{id}" => answers::show,
        post "/answers/{id}" => answers::save,
        post "/answers/{id}/removals" => answers::remove,
        get "/consultations/{id}/chapters" => chapters::list,
        post "/consultations/{id}/chapters" => chapters::make,
        get "/chapters/{id}" => chapters::show,
        post "/chapters/{id}/corrections" => chapters::change,
        post "/chapters/{id}/removals" => chapters::remove,
        post "/chapters/{id}/approvals" => chapters::circulate,
        post "/chapters/{id}/reopenings" => chapters::reopen,
        get "/consultations/{id}/differences" => differences::show,
        post "/papers/{id}/finals" => differences::take,
        post "/papers/{id}/other-changes" => differences::explain,
        get "/phrases" => answers::phrases,
        post "/phrases" => answers::add_phrase,
        post "/phrases/{id}/corrections" => answers::change_phrase,

        get "/consultations/{id}/groups" => sorting::groups,
        get "/consultations/{id}/groups/{no}" => sorting::group,
        post "/consultations/{id}/sortings" => sorting::begin,
        get "/consultations/{id}/acts" => sorting::acts,
        post "/consultations/{id}/acts" => sorting::act,
        post "/consultations/{id}/acts/{act}/undos" => sorting::undo,
        get "/consultations/{id}/withheld" => sorting::withheld,
        get "/consultations/{id}/submissions/{no}/items" => sorting::cuts,
        post "/consultations/{id}/submissions/{no}/items" => sorting::cut,
        get "/consultations/{id}/suggestions" => sorting::suggestions,
        get "/consultations/{id}/suggestions/{no}" => sorting::family,
        post "/consultations/{id}/suggestions/{no}" => sorting::decide,
        post "/consultations/{id}/suggestion-runs" => sorting::run,

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
        get "/letters/checks" => paper::handlers::checks,
        post "/letters" => paper::handlers::enter,
        post "/scans" => paper::handlers::scan,
        get "/scans/{id}" => paper::handlers::show_scan,
        get "/letters/{id}/corrections" => paper::handlers::compare,
        post "/letters/{id}/corrections" => paper::handlers::correct,
        post "/letters/{id}/checks" => paper::handlers::check,
        get "/letters/{id}/receipts" => paper::handlers::ask_receipt,
        post "/letters/{id}/receipts" => paper::handlers::renew_receipt,

        get "/letters/{id}" => triage::show,
        post "/letters/{id}/registration" => triage::register,
        post "/letters/{id}/matters" => triage::add_matter,
        post "/letters/{id}/notes" => triage::note,
        post "/letters/{id}/thaws" => triage::thaw,
        get "/letters/{id}/print" => triage::print,
        get "/letters/{id}/party" => triage::ask_party,
        post "/letters/{id}/party" => triage::open_party,
        get "/circulations" => triage::circulations,
        post "/circulations/views" => triage::see_several,
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
