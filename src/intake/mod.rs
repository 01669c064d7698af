//! How letters come in.

pub mod web;
