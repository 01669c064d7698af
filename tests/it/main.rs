//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

mod app;
mod letters;
mod people;
mod trail;
