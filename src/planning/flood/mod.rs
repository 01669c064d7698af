//! What comes in when very much comes in, and whether it is slowed.

pub mod handlers;
mod views;
