//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

mod app;
mod ground;
mod layering;
mod letters;
mod schema;
mod mail;
mod outbox;
mod real_mail;
mod safekeeping;
mod work;
mod replies;
mod insight;
mod queue;
