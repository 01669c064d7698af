//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

mod app;
#[path = "../load/client.rs"]
mod client;
mod ground;
mod kill;
mod layering;
mod letters;
mod load_client;
mod schema;
#[path = "../load/server.rs"]
mod server;
