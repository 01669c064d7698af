//! The index: texts come in one by one, in any order, and can be asked at any time which of them belong together.

use super::family::{ByHash, Family, Text};
use super::own::{self, FEWEST_LETTERS, Held, Unit};
use super::sketch::Sketch;
use super::stance::Side;
use crate::text::TextKey;
use std::collections::HashMap;

/// A unit in more models than this says nothing about where a text belongs.
const COMMON_IN_MODELS: usize = 64;
/// Most families looked at for one text.
const MOST_FAMILIES: usize = 8;

/// What has been found out of families while the index stands still.
type Profiles = ByHash<Vec<Unit>>;

/// Texts met under one key of the locality-sensitive hash, by family, so that whoever has joined a family is not
/// compared with all of it.
#[derive(Debug)]
enum Meeting {
    One(u32),
    Families(Vec<(u32, Vec<u32>)>),
}

/// Texts and their families. About 1.5 KB for each distinct text of 400 characters; letters with the same words as
/// another take nothing.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Text>,
    known: HashMap<TextKey, u32>,
    /// For each text, one of its family nearer to the root; the root is its own.
    above: Vec<u32>,
    /// For each root its family.
    families: Vec<Option<Family>>,
    meetings: ByHash<Meeting>,
    /// How many letters hold a unit.
    everywhere: ByHash<u32>,
    /// For each unit the models that have it, of families on which others may lean.
    models: ByHash<Vec<u32>>,
}

impl Index {
    /// An index of no text.
    pub fn new() -> Index {
        Index::default()
    }

    /// The number of distinct texts, as L1 tells them apart.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it has no text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Takes `copies` letters of one text in. Gives the number of the text: equal for texts equal by L1, counted from 0
    /// in the order of arrival.
    pub fn add(&mut self, sketch: Sketch, copies: u32) -> u32 {
        for unit in &sketch.units {
            *self.everywhere.entry(*unit).or_default() += copies;
        }
        if let Some(&number) = self.known.get(&sketch.key) {
            let root = self.root(number);
            self.change(root, |family, texts| {
                for _ in 0..copies {
                    texts[number as usize].copies += 1;
                    family.again(number, texts);
                }
            });
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.known.insert(sketch.key, number);
        self.above.push(number);
        let bands = sketch.bands.clone();
        self.texts.push(Text { sketch, copies });
        self.families.push(Some(Family::of_one(number, copies)));
        self.list(number);
        for band in bands {
            self.meet(number, band);
        }
        number
    }

    /// The number of the text that stands for the group of a text; all texts of a group give the same.
    pub fn group_of(&self, number: u32) -> u32 {
        self.group_with(number, &mut Profiles::default())
    }

    fn group_with(&self, number: u32, profiles: &mut Profiles) -> u32 {
        let mut root = self.root(number);
        // each step leads to a family of more letters, so it ends
        while let Some(next) = self.leans_on(root, profiles) {
            root = next;
        }
        self.family(root).map_or(number, |family| family.model)
    }

    /// For each text, in the order of their numbers, the text that stands for its group.
    pub fn groups(&self) -> Vec<u32> {
        let mut of_root = HashMap::new();
        let mut profiles = Profiles::default();
        (0..self.texts.len() as u32)
            .map(|number| {
                let root = self.root(number);
                *of_root.entry(root).or_insert_with(|| self.group_with(root, &mut profiles))
            })
            .collect()
    }

    /// The text that shows best what all of these have in common: the one sent most often; where each was sent once,
    /// the one with most of what most of them have and least of its own.
    pub fn typical(&self, texts: &[u32]) -> u32 {
        let copies = |text: u32| self.texts[text as usize].copies;
        let mut letters: ByHash<u32> = ByHash::default();
        if texts.iter().all(|text| copies(*text) == 1) {
            for &text in texts {
                for &unit in &self.sketch(text).units {
                    *letters.entry(unit).or_default() += 1;
                }
            }
        }
        let common = |unit: &u32| letters.get(unit).is_some_and(|&n| n as usize * 2 > texts.len());
        let typical = |text: u32| {
            let units = &self.sketch(text).units;
            2 * units.iter().filter(|unit| common(unit)).count() as i64 - units.len() as i64
        };
        let best = texts.iter().copied().max_by_key(|&text| {
            let likeness = if letters.is_empty() { 0 } else { typical(text) };
            (copies(text), likeness, std::cmp::Reverse(self.sketch(text).key))
        });
        best.unwrap_or_default()
    }

    fn family(&self, root: u32) -> Option<&Family> {
        self.families[root as usize].as_ref()
    }

    fn sketch(&self, number: u32) -> &Sketch {
        &self.texts[number as usize].sketch
    }

    fn root(&self, mut number: u32) -> u32 {
        while self.above[number as usize] != number {
            number = self.above[number as usize];
        }
        number
    }

    /// Compares a text with those that came under the same key before, and joins the families it belongs to.
    fn meet(&mut self, number: u32, band: u32) {
        let before = self.meetings.insert(band, Meeting::One(number));
        let mut families = match before {
            None => return,
            Some(Meeting::One(other)) => vec![(other, vec![other])],
            Some(Meeting::Families(families)) => families,
        };
        for (root, members) in &families {
            let (root, own) = (self.root(*root), self.root(number));
            if root != own && members.iter().any(|m| self.sketch(*m).is_family(self.sketch(number))) {
                self.join(root, own);
            }
        }
        let own = self.root(number);
        let mut here = vec![number];
        families.retain_mut(|(root, members)| {
            *root = self.root(*root);
            let joined = *root == own;
            if joined {
                if members.len() > here.len() {
                    std::mem::swap(members, &mut here);
                }
                here.append(members);
            }
            !joined
        });
        families.push((own, here));
        self.meetings.insert(band, Meeting::Families(families));
    }

    fn join(&mut self, one: u32, other: u32) {
        let size = |root: u32| self.family(root).map_or(0, |family| family.members.len());
        let (larger, smaller) = if size(one) < size(other) { (other, one) } else { (one, other) };
        self.unlist(smaller);
        self.above[smaller as usize] = larger;
        if let Some(taken) = self.families[smaller as usize].take() {
            self.change(larger, |family, texts| family.absorb(taken, texts));
        }
    }

    /// Changes a family and keeps the list of models true.
    fn change(&mut self, root: u32, how: impl FnOnce(&mut Family, &mut [Text])) {
        let Some(family) = &mut self.families[root as usize] else { return };
        let (model, listed) = (family.model, family.letters >= FEWEST_LETTERS);
        how(family, &mut self.texts);
        if listed && family.model == model {
            return;
        }
        if listed {
            self.drop_model(model);
        }
        self.list(root);
    }

    fn list(&mut self, root: u32) {
        if let Some(Family { letters: FEWEST_LETTERS.., model, .. }) = self.families[root as usize] {
            for &unit in &self.texts[model as usize].sketch.units {
                self.models.entry(unit).or_default().push(model);
            }
        }
    }

    fn unlist(&mut self, root: u32) {
        if let Some(Family { letters: FEWEST_LETTERS.., model, .. }) = self.families[root as usize] {
            self.drop_model(model);
        }
    }

    fn drop_model(&mut self, model: u32) {
        for unit in &self.texts[model as usize].sketch.units {
            if let Some(models) = self.models.get_mut(unit) {
                models.retain(|&other| other != model);
            }
        }
    }

    /// The larger family whose own words a family's model holds enough of, if there is clearly one.
    fn leans_on(&self, root: u32, profiles: &mut Profiles) -> Option<u32> {
        let family = self.family(root)?;
        let sketch = self.sketch(family.model);
        let mut shared: ByHash<Held> = ByHash::default();
        for &unit in &sketch.units {
            let models = self.models.get(&unit).filter(|models| models.len() <= COMMON_IN_MODELS);
            models.into_iter().flatten().for_each(|&model| shared.entry(model).or_default().count(unit));
        }
        let mut candidates: Vec<(u32, Held)> = shared
            .into_iter()
            .filter(|&(model, held)| {
                held.is_enough()
                    && model != family.model
                    && !self.sketch(model).stance.opposes(sketch.stance)
                    && self.family(self.root(model)).is_some_and(|larger| larger.letters > family.letters)
            })
            .collect();
        if candidates.is_empty() {
            return None;
        }
        candidates.sort_unstable_by_key(|&(model, held)| (std::cmp::Reverse(held), self.sketch(model).key));
        candidates.truncate(MOST_FAMILIES);
        let mut units = sketch.units.to_vec();
        units.sort_unstable();
        let shares: Vec<(u32, f32)> = candidates
            .iter()
            .filter_map(|&(model, _)| {
                let larger = self.root(model);
                let profile = profiles.entry(larger).or_insert_with(|| self.profile(larger));
                Some((larger, own::share(profile, &units, self.itself(family, model))?))
            })
            .collect();
        own::clearest(&shares)
    }

    /// Whether the only other letter with a family's words is a rewritten copy or an opposite letter that shares a quote,
    /// no count can tell. Then both must say plainly that they stand on one side; if so, gives the letters that are
    /// not to be counted among the others, and 0 else.
    fn itself(&self, smaller: &Family, model: u32) -> u32 {
        let (theirs, side) = (self.sketch(smaller.model).stance.side(), self.sketch(model).stance.side());
        if smaller.letters < FEWEST_LETTERS && theirs != Side::Untold && theirs == side {
            smaller.letters
        } else {
            0
        }
    }

    /// What most letters of a family have, as its model shows it.
    fn profile(&self, root: u32) -> Vec<Unit> {
        let Some(family) = self.family(root) else { return Vec::new() };
        let units = self.sketch(family.model).units.iter().map(|&unit| {
            let inside = family.letters_with(unit);
            let everywhere = self.everywhere.get(&unit).copied().unwrap_or(0);
            Unit { unit, inside, outside: everywhere.saturating_sub(inside) }
        });
        units.filter(|unit| unit.inside * 2 > family.letters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::likeness::Sketch;
    use proptest::prelude::*;

    /// Sentences of one side and the other, of the greeting both share, and of nobody's.
    const SENTENCES: [&str; 12] = [
        "担当の皆様、このたびの案について意見を申し述べますので、どうぞお読みください。",
        "案の第二章には、利用の見込みを踏まえて令和十年度までに移すものとあります。",
        "坂の上に住む者は、新しい場所まで歩いて四十分かかります。",
        "いまの建物は手すりを直せば、あと二十年は使えると聞きました。",
        "説明会で尋ねても、修繕の内訳を知る人は一人もいませんでした。",
        "私はこの移転に反対します。",
        "雨漏りのする書庫に古い地図を置いておくほうが心配です。",
        "駅の隣なら、学校の帰りの子どもたちも毎日寄れるでしょう。",
        "借入金の表も見ましたが、三十年で返せる額だと思いました。",
        "私はこの移転に賛成します。",
        "先週、港の通りで転びました。",
        "花壇の水やりを手伝っています。",
    ];

    fn letter(sentences: &[usize]) -> String {
        sentences.iter().map(|&at| SENTENCES[at]).collect()
    }

    /// For each letter, the letters of its group.
    fn partition(letters: &[String], order: &[usize]) -> Vec<Vec<usize>> {
        let mut index = Index::new();
        let mut of_letter = vec![0; letters.len()];
        for &at in order {
            of_letter[at] = index.add(Sketch::of(&letters[at]), 1);
        }
        let groups = index.groups();
        for &text in &of_letter {
            assert_eq!(index.group_of(text), groups[text as usize], "asked one by one or all at once");
        }
        let group = |at: usize| groups[of_letter[at] as usize];
        (0..letters.len()).map(|a| (0..letters.len()).filter(|&b| group(a) == group(b)).collect()).collect()
    }

    #[test]
    fn opposite_letters_with_one_greeting_and_one_quote_stay_apart_and_half_of_a_letter_is_found() {
        let mut letters = vec![letter(&[0, 1, 2, 3, 4, 5]); 5];
        letters.extend(vec![letter(&[0, 1, 6, 7, 8, 9]); 4]);
        letters.push(letter(&[10, 3, 4, 11, 5]));
        letters.push(letter(&[0, 1, 10, 11]));
        let found = partition(&letters, &(0..letters.len()).collect::<Vec<_>>());
        assert_eq!(found[0], [0, 1, 2, 3, 4, 9], "the half rewritten one too");
        assert_eq!(found[5], [5, 6, 7, 8]);
        assert_eq!(found[10], [10], "greeting and quote make no copy");
    }

    #[test]
    fn a_letter_between_two_others_does_not_join_opposite_sides() {
        let neutral = letter(&[0, 1, 2, 3, 4, 7, 8]);
        let letters = [
            format!("{neutral}私は賛成します。"),
            format!("{neutral}私は反対します。"),
            neutral.clone(),
            neutral,
        ];
        let found = partition(&letters, &[2, 0, 3, 1]);
        assert!(!found[0].contains(&1));
    }

    #[test]
    fn the_letter_with_nothing_of_its_own_stands_for_the_others() {
        let common = letter(&[0, 1, 2, 3, 4, 5]);
        let letters =
            [format!("{}{common}", SENTENCES[10]), common.clone(), format!("{common}{}", SENTENCES[11])];
        let mut index = Index::new();
        let texts: Vec<u32> = letters.iter().map(|letter| index.add(Sketch::of(letter), 1)).collect();
        assert_eq!(index.typical(&texts), texts[1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_order_of_arrival_makes_no_difference(
            picked in prop::collection::vec(prop::collection::vec(0..SENTENCES.len(), 1..8), 2..24),
            key in prop::collection::vec(any::<u32>(), 24),
        ) {
            let mut letters: Vec<String> = picked.iter().map(|sentences| letter(sentences)).collect();
            letters.extend(vec![letter(&[0, 1, 2, 3, 4, 5]); 3]);
            letters.extend(vec![letter(&[0, 1, 6, 7, 8, 9]); 3]);
            let in_order: Vec<usize> = (0..letters.len()).collect();
            let mut shuffled = in_order.clone();
            shuffled.sort_by_key(|&at| key.get(at % 24).map(|k| k.wrapping_mul(at as u32 + 1)));
            prop_assert_eq!(partition(&letters, &in_order), partition(&letters, &shuffled));
        }
    }
}
