//! The rows of consultations, their papers and their submissions.

mod floods;
mod papers;
mod plans;
mod submissions;
mod terms;

pub use floods::*;
pub use papers::*;
pub use plans::*;
pub use submissions::*;
pub use terms::*;
