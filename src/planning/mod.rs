//! The staff's desk for consultations: planning one, its papers, its checklist and approval, its period, what came in
//! and how much at a time.

pub mod arrived;
pub mod flood;
mod form;
pub mod handlers;
pub mod paper_handlers;
pub mod submissions;
mod views;
