//! The rows of publications: what staff prepare ([`drafts`]) and what the public reads ([`voices`]).

pub mod drafts;
pub mod voices;
