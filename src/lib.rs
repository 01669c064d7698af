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
pub mod mail;
pub mod people;
pub mod trail;

// nouns
pub mod letters;

// stages: staff work on the nouns
pub mod insight;

// top
pub mod cli;
pub mod routes;
