//! One opinion that came in, as staff read and handle it.

pub mod handlers;
mod views;

pub(super) use views::tone;
