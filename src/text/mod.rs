//! The Japanese facts of text: what is the same word, the same letter, a person's name, a telephone number.
//!
//! Everything is pure, and nothing here changes an original: names and bodies are kept as typed, folded forms and keys
//! live in columns of their own. [`PublicText`] is the only type public output accepts.

mod code;
mod diff;
pub mod edits;
pub mod file_name;
mod fold;
pub mod input;
mod keys;
pub mod likeness;
mod mask;
pub mod personal;
mod terms;

pub use code::{CodeError, Kind as CodeKind, ReceiptCode, ReceiptSecret};
pub use diff::{Change, Line, Row, Segment, diff};
pub use fold::{fold, squeeze};
pub use keys::{TextKey, comparable, l0, l1};
pub use mask::{
    MaskReason, MaskSpan, Masked, NotPublic, PublicText, SpanTrouble, StillThere, apply, checked_spans,
};
pub use terms::{fts5_query, terms, tsquery_literal, tsvector_literal};
