//! Hirokiku (広く聴く): letters to the mayor and their answers, for a Japanese city.
//!
//! Modules stand in the order of the house: a file imports only from groups above its own.

// ground: knows nothing of letters
pub mod calendar;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod seal;
pub mod text;
pub mod web;

// services: every domain may lean on them
pub mod approval;
pub mod files;
pub mod mail;
pub mod people;
pub mod trail;

// nouns: what citizens write and the city says
pub mod consultations;
pub mod letters;
pub mod opinions;
pub mod publications;
pub mod replies;

// stages: work on the nouns
pub mod answering;
pub mod concluding;
pub mod decisions;
pub mod front;
pub mod insight;
pub mod intake;
pub mod moderation;
pub mod outbox;
pub mod planning;
pub mod receipts;
pub mod sorting;
pub mod triage;

// top
pub mod cli;
pub mod demo;
pub mod metrics;
pub mod routes;
pub mod safekeeping;
pub mod work;
