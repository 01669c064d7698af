//! How letters come in.

pub mod paper;
pub mod web;
