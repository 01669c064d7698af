//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

mod app;
mod desk;
mod ground;
mod insight;
#[path = "../load/client.rs"]
mod client;
mod kill;
mod layering;
mod citizen;
mod letters;
mod mail;
mod outbox;
mod paper;
mod queue;
mod real_mail;
mod replies;
mod safekeeping;
mod schema;
mod work;
mod publications;
#[path = "../load/server.rs"]
mod server;
