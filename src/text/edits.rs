//! What was kept, taken out and put in between two lists. The library that compares them is compiled anew for every sort
//! of thing, so it is given their numbers.

use std::hash::Hash;

use similar::algorithms::{Capture, Compact, IdentifyDistinct, Replace, myers, patience};

pub use similar::DiffOp;

/// The shortest way from one list to the other, or nearly.
pub fn edits<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    shortest(&IdentifyDistinct::new(old, 0..old.len(), new, 0..new.len()))
}

/// The way around what stands once on each side: of lines it reads better than the shortest.
pub fn edits_of_lines(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let ids = IdentifyDistinct::<u32>::new(old, 0..old.len(), new, 0..new.len());
    let mut ops = Compact::new(Replace::new(Capture::new()), ids.old_lookup(), ids.new_lookup());
    let Ok(()) =
        patience::diff(&mut ops, ids.old_lookup(), ids.old_range(), ids.new_lookup(), ids.new_range());
    ops.into_inner().into_inner().into_ops()
}

fn shortest(ids: &IdentifyDistinct<u32>) -> Vec<DiffOp> {
    let mut ops = Compact::new(Replace::new(Capture::new()), ids.old_lookup(), ids.new_lookup());
    let Ok(()) = myers::diff(&mut ops, ids.old_lookup(), ids.old_range(), ids.new_lookup(), ids.new_range());
    ops.into_inner().into_inner().into_ops()
}
