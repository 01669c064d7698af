//! Hirokiku

pub mod calendar;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod letters;
pub mod people;
pub mod seal;
pub mod text;
pub mod trail;
pub mod web;
