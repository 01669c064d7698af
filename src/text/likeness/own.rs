//! The words that are a family's own, and whether another text holds enough of them.

use super::sketch::SENTENCE;

/// Letters a family has at least when others lean on it.
pub(super) const FEWEST_LETTERS: u32 = 3;
/// What another text holds at least of a family's own units: this share, and in it either several whole sentences or
/// so many other units (about seventy characters). One phrase alone is never enough.
const ENOUGH: f32 = 0.2;
const SENTENCES: u32 = 2;
const STRETCHES: u32 = 20;
/// What is met outside a family more often than once for so many times within is not its own.
const MOSTLY_WITHIN: u32 = 8;
/// How many times as much of one family as of any other a text must hold.
const CLEARLY: f32 = 1.5;

/// A unit that most letters of a family have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) unit: u32,
    /// Letters of the family, and other letters, that hold it.
    pub(super) inside: u32,
    pub(super) outside: u32,
}

/// What a text holds of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    sentences: u32,
    stretches: u32,
}

impl Held {
    pub(super) fn count(&mut self, unit: u32) {
        if unit & SENTENCE == 0 {
            self.stretches += 1;
        } else {
            self.sentences += 1;
        }
    }

    pub(super) fn is_enough(self) -> bool {
        self.sentences >= SENTENCES || self.stretches >= STRETCHES
    }
}

/// The share of a family's own units that the other text holds, if it holds enough. `theirs` are the other text's
/// units, sorted; `itself` the letters that hold them and are not to count among the others.
///
/// Own is what most letters of the family have and what is met outside hardly oftener than the family's least known
/// words are. Rewritten copies take any part of a letter along, so they make all its words known outside alike; a
/// greeting or a quote of the draft is known outside far better than the rest.
pub(super) fn share(family: &[Unit], theirs: &[u32], itself: u32) -> Option<f32> {
    let seen = |&unit: &Unit| {
        let shared = theirs.binary_search(&unit.unit).is_ok();
        (unit, shared, if shared { unit.outside.saturating_sub(itself) } else { unit.outside })
    };
    let units: Vec<(Unit, bool, u32)> = family.iter().map(seen).collect();
    let mut known: Vec<u32> = units.iter().map(|&(.., outside)| outside).collect();
    let fifth = known.len() / 5;
    let (_, &mut little, _) = (!known.is_empty()).then(|| known.select_nth_unstable(fifth))?;
    // chance spreads a count of n by its root
    let most = little + (2.0 * (little as f32).sqrt()) as u32;
    let (mut all, mut held) = (0_u32, Held::default());
    for (unit, shared, outside) in units {
        if outside <= most && outside.saturating_mul(MOSTLY_WITHIN) <= unit.inside {
            all += 1;
            if shared {
                held.count(unit.unit);
            }
        }
    }
    let share = (held.sentences + held.stretches) as f32 / all as f32;
    (share >= ENOUGH && held.is_enough()).then_some(share)
}

/// The best of the families a text might lean on, each with its share, unless the choice is not clear.
pub(super) fn clearest(shares: &[(u32, f32)]) -> Option<u32> {
    let (best, most) = shares.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    shares.iter().all(|&(family, share)| family == best || share * CLEARLY <= most).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units from `first` on, each held by 100 letters of the family and by `outside` others.
    fn units(first: u32, count: u32, outside: u32) -> Vec<Unit> {
        (first..first + count).map(|unit| Unit { unit, inside: 100, outside }).collect()
    }

    #[test]
    fn a_greeting_known_all_over_the_city_is_nobodys_own() {
        let family = [units(0, 80, 5_000), units(100, 40, 3)].concat();
        assert_eq!(share(&family, &(0..80).collect::<Vec<_>>(), 0), None);
    }

    #[test]
    fn half_of_the_words_of_its_own_is_enough_in_stretches_or_in_sentences() {
        let family = [units(0, 80, 5_000), units(100, 40, 3)].concat();
        assert_eq!(share(&family, &(0..120).collect::<Vec<_>>(), 0), Some(0.5));
        let family = [units(0, 2, 3), units(SENTENCE, 2, 3)].concat();
        assert_eq!(share(&family, &[SENTENCE, SENTENCE + 1], 0), Some(0.5));
        assert_eq!(share(&family, &[0, SENTENCE], 0), None, "one sentence alone is a coincidence");
    }

    #[test]
    fn a_letter_does_not_make_known_to_others_what_it_shares_itself() {
        let family = [units(0, 40, 0), units(100, 40, 1)].concat();
        let theirs: Vec<u32> = (100..140).collect();
        assert_eq!((share(&family, &theirs, 0), share(&family, &theirs, 1)), (None, Some(0.5)));
    }

    #[test]
    fn no_unit_is_no_share() {
        assert_eq!(share(&[], &[1, 2, 3], 0), None);
    }

    #[test]
    fn a_text_between_two_families_leans_on_neither() {
        assert_eq!(clearest(&[(1, 0.5), (2, 0.4)]), None);
        assert_eq!(clearest(&[(1, 0.2), (2, 0.5)]), Some(2));
        assert_eq!(clearest(&[]), None);
    }
}
