//! The rows of mails that came in: `placing` for reading them, `desk` for the people who look at them.

mod desk;
mod keys;
mod placing;

pub use desk::*;
pub use keys::*;
pub(super) use placing::*;
pub use placing::{Claimed, at_place};
