//! Staff work on letters.

pub mod queue;
