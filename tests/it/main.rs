//! The one test binary. Every test of the application runs on SQLite, and on PostgreSQL too when
//! `TEST_DATABASE_URL` names one.

#[path = "../load/agreement.rs"]
mod agreement;
mod answers;
mod app;
mod arrived;
#[path = "../load/campaigns.rs"]
mod campaigns;
mod canary;
mod citizen;
#[path = "../load/client.rs"]
mod client;
mod closing;
mod comment_periods;
mod consultations;
mod desk;
mod enclosed;
mod extension;
mod files;
mod flood;
mod ground;
mod grouping;
mod handling;
mod imap;
mod incoming;
mod insight;
mod kill;
mod layering;
mod letters;
mod lmtp;
mod load_client;
mod loops;
mod mail;
mod mail_commands;
mod mail_opinions;
mod mail_set;
mod mailroom;
mod mails;
mod metrics;
mod outbox;
mod paper;
#[path = "../load/peer.rs"]
mod peer;
mod people;
mod publications;
mod queue;
mod reader;
mod real_mail;
mod real_mail_in;
mod real_mail_ways;

mod replies;
mod results;
mod routes;
mod rules;
mod safekeeping;
mod schema;
mod sending;
#[path = "../load/server.rs"]
mod server;
mod sorting;
mod submissions_import;
mod subscriptions;
mod trail;
mod work;
