//! How letters come in.

pub mod doors;
pub mod imap;
pub mod lmtp;
pub mod mail;
pub mod mailroom;
pub mod opinion;
pub mod paper;
mod uploads;
pub mod web;
