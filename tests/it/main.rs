//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

mod app;
mod canary;
mod citizen;
#[path = "../load/client.rs"]
mod client;
mod desk;
mod ground;
mod insight;
mod kill;
mod layering;
mod letters;
mod load_client;
mod mail;
mod outbox;
mod paper;
mod people;
mod publications;
mod queue;
mod real_mail;
mod replies;
mod routes;
mod safekeeping;
mod schema;
#[path = "../load/server.rs"]
mod server;
mod trail;
mod work;
