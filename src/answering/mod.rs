//! The staff's desk for answers: chapters, the answer table, one answer, the draft against the final text.

pub mod chapter_handlers;
pub mod chapter_views;
pub mod difference_handlers;
pub mod difference_views;
pub mod export;
pub mod form;
pub mod handlers;
pub mod table;
pub mod views;
