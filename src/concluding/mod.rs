//! The staff's desk of a result: what is missing, the decision in the clerk's words, masks of full texts, versions and
//! what became of what was promised.

mod form;
pub mod handlers;
mod views;
