//! What the letters say together: the search index, the daily digest, the figures and
//! their sums, the page of the trail.

pub mod digest;
pub mod handlers;
pub mod index;
pub mod statistics;
pub mod store;
pub mod sums;
pub mod trail;
pub mod views;

pub use sums::{SumLine, sums};
