//! A family: texts nearly the same as a whole. One text that nobody resembles is a family too.

use super::sketch::Sketch;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The hash of a number that is a hash already.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0 << 8 | u64::from(byte);
        }
    }

    fn write_u32(&mut self, number: u32) {
        // the table takes its upper bits for a tag
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// From a unit or a band to something.
pub(super) type ByHash<T> = HashMap<u32, T, BuildHasherDefault<AsItIs>>;

/// A distinct text of the index.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) sketch: Sketch,
    /// Letters with this text.
    pub(super) copies: u32,
}

impl Text {
    /// Which of two texts stands for a family: the one sent more often; of equals the one with the lesser key, so that
    /// the order of arrival does not matter.
    pub(super) fn stands_before(&self, other: &Text) -> bool {
        (other.copies, &self.sketch.key) < (self.copies, &other.sketch.key)
    }
}

/// Numbers of texts are positions in the index.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) letters: u32,
    pub(super) members: Vec<u32>,
    /// The text that stands for it.
    pub(super) model: u32,
    /// In how many of its letters a unit occurs; only from the second text on, one text's units being in all letters.
    within: Option<Box<ByHash<u32>>>,
}

impl Family {
    pub(super) fn of_one(number: u32, copies: u32) -> Family {
        Family { letters: copies, members: vec![number], model: number, within: None }
    }

    /// The letters that hold a unit of the model.
    pub(super) fn letters_with(&self, unit: u32) -> u32 {
        self.within.as_ref().map_or(self.letters, |within| within.get(&unit).copied().unwrap_or(0))
    }

    /// One more letter with a text it has.
    pub(super) fn again(&mut self, number: u32, texts: &[Text]) {
        self.letters += 1;
        if let Some(within) = &mut self.within {
            for &unit in &texts[number as usize].sketch.units {
                *within.entry(unit).or_default() += 1;
            }
        }
        self.consider(number, texts);
    }

    /// Takes all of another family in.
    pub(super) fn absorb(&mut self, mut other: Family, texts: &[Text]) {
        let (mut mine, mut theirs) = (self.counts(texts), other.counts(texts));
        if mine.len() < theirs.len() {
            std::mem::swap(&mut mine, &mut theirs);
        }
        for (unit, letters) in theirs.iter() {
            *mine.entry(*unit).or_default() += letters;
        }
        self.within = Some(mine);
        self.letters += other.letters;
        self.members.extend(other.members);
        self.consider(other.model, texts);
    }

    fn consider(&mut self, number: u32, texts: &[Text]) {
        if texts[number as usize].stands_before(&texts[self.model as usize]) {
            self.model = number;
        }
    }

    fn counts(&mut self, texts: &[Text]) -> Box<ByHash<u32>> {
        self.within.take().unwrap_or_else(|| {
            let units = &texts[self.model as usize].sketch.units;
            Box::new(units.iter().map(|&unit| (unit, self.letters)).collect())
        })
    }
}
