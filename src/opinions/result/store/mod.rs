//! Results in the database: what they are made of, what the clerk writes, the versions, who is told.

mod drafts;
mod sources;
mod told;
mod versions;

pub use drafts::*;
pub use sources::*;
pub use told::*;
pub use versions::*;
