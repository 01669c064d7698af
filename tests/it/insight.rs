//! The index, the digest, the figures.
