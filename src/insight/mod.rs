//! Looking over everything: the trail, figures, reports.

pub mod trail;
