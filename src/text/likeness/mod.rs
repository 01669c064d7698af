//! Which texts are copies of one form letter, edited or not, and what each copy adds.
//!
//! Knows texts, not consultations. Two steps. *Families* are texts nearly the same as a whole, closed over neighbours.
//! Then a family leans on a larger one when it holds enough of that one's *own words*: what the larger family's letters
//! have in common, without what the rest of the city writes as well (greetings, quotes of the draft). So letters
//! rewritten by half are found, and opposite letters that share a greeting and a quote are not mixed. All of it is a
//! function of the set of texts, so the order of arrival does not matter: docs/decisions/0020-form-letters.md.

mod added;
mod family;
mod index;
mod own;
mod sketch;
mod stance;

pub use added::added;
pub use index::Index;
pub use sketch::Sketch;
