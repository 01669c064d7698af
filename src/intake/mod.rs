//! How letters come in.

pub mod paper;
