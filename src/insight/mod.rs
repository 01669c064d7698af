//! What the letters say together: the search index, the daily digest, the figures and their sums.

pub mod index;
