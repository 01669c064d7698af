//! Hirokiku
pub mod web;
