//! What is kept of a text for comparing it: a few hundred bytes, a function of the text alone.

use super::stance::{Side, Stance};
use crate::text::TextKey;
use crate::text::keys::{comparable_sentences, l1_of};

/// Characters of a shingle; two texts are compared by the sets of their shingles.
const SHINGLE: usize = 4;
/// Parts of the shingles' hash space; the least hash of each part is kept (one-permutation MinHash).
const PARTS: usize = 256;
/// Texts with fewer shingles are alike only when they are equal: 賛成です and 反対です share most of their characters.
const FEWEST_SHINGLES: usize = 16;
/// Bands and rows of the locality-sensitive hash: two texts of likeness 0.8 meet with probability 0.95.
const BANDS: usize = 10;
const ROWS: usize = 6;
/// Parts the bands are made of.
const COARSE: usize = 64;
/// The likeness (Jaccard) from which two texts are one family: above what a shared greeting and a shared quote make.
const ONE_FAMILY: f32 = 0.7;
/// Characters of a unit, and the shingles among which the one with the least hash becomes one: a stretch of
/// `UNIT + AMONG - 1` characters that two texts share gives at least one unit that both have.
const UNIT: usize = 8;
const AMONG: usize = 5;

/// Marks the units that are whole sentences; and the fewest characters of such a sentence.
pub(super) const SENTENCE: u32 = 1 << 31;
const SENTENCE_CHARS: usize = 12;

/// A text as the index sees it.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub(super) key: TextKey,
    /// One byte of the least hash of each part; 0 for a part without shingle. Empty for a text too short.
    least: Box<[u8]>,
    pub(super) bands: Vec<u32>,
    /// Hashes of stretches chosen by content, in the order of the text, each once: see [`UNIT`].
    pub(super) units: Box<[u32]>,
    pub(super) stance: Stance,
}

impl Sketch {
    /// The sketch of a text of any length, empty ones included.
    pub fn of(text: &str) -> Sketch {
        let mut ends = Vec::new();
        let words = comparable_sentences(text, |end| ends.push(end));
        let key = l1_of(&words, text);
        let chars: Vec<char> = words.chars().collect();
        let stance = Stance::of(&chars);
        let mut sketch = Sketch {
            key,
            least: Box::new([]),
            bands: Vec::new(),
            units: units(&chars, sentences(&words, &ends)),
            stance,
        };
        if chars.len() >= SHINGLE + FEWEST_SHINGLES - 1 {
            let least = least(&chars);
            sketch.least = least.iter().map(|&hash| byte(hash)).collect();
            sketch.bands = bands(&least, stance.side());
        }
        sketch
    }

    /// The key of the text.
    pub fn key(&self) -> TextKey {
        self.key
    }

    /// Whether two texts are nearly the same and stand on one side.
    pub(super) fn is_family(&self, other: &Sketch) -> bool {
        self.stance.side() == other.stance.side()
            && self.likeness(other) >= ONE_FAMILY
            && !self.stance.opposes(other.stance)
    }

    /// The share of shingles the two have in common, estimated.
    fn likeness(&self, other: &Sketch) -> f32 {
        let (mut same, mut any) = (0_u32, 0_u32);
        // sums of bytes, so that the compiler compares sixteen parts at once; halves, so that a sum fits into a byte
        for (mine, theirs) in self.least.chunks(PARTS / 2).zip(other.least.chunks(PARTS / 2)) {
            let (mut same_here, mut any_here) = (0_u8, 0_u8);
            for (&a, &b) in mine.iter().zip(theirs) {
                same_here += u8::from(a == b) & u8::from(a != 0);
                any_here += u8::from(a | b != 0);
            }
            same += u32::from(same_here);
            any += u32::from(any_here);
        }
        if any == 0 { 0.0 } else { same as f32 / any as f32 }
    }
}

/// Spreads a hash over all bits (the finish of SplitMix64).
fn spread(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

fn hash_of(chars: &[char]) -> u64 {
    spread(chars.iter().fold(0, |hash: u64, &c| hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) + u64::from(c)))
}

fn least(chars: &[char]) -> [u32; PARTS] {
    let mut least = [u32::MAX; PARTS];
    for shingle in chars.windows(SHINGLE) {
        let hash = hash_of(shingle);
        let part = (hash >> 56) as usize;
        least[part] = least[part].min((hash as u32).min(u32::MAX - 1));
    }
    least
}

fn byte(hash: u32) -> u8 {
    if hash == u32::MAX { 0 } else { (hash % 255) as u8 + 1 }
}

/// The keys under which texts that may be alike meet. Opposite sides never meet.
fn bands(least: &[u32; PARTS], side: Side) -> Vec<u32> {
    let mut coarse = [u32::MAX; COARSE];
    for (at, &hash) in least.iter().enumerate() {
        let part = at / (PARTS / COARSE);
        coarse[part] = coarse[part].min(hash);
    }
    // a part without shingle borrows from the next one that has some
    let full: Vec<u64> = (0..COARSE)
        .map(|at| {
            let steps = (0..COARSE).find(|step| coarse[(at + step) % COARSE] != u32::MAX).unwrap_or(0);
            u64::from(coarse[(at + steps) % COARSE]) + ((steps as u64) << 32)
        })
        .collect();
    full.chunks_exact(ROWS)
        .take(BANDS)
        .enumerate()
        .map(|(band, rows)| {
            let start = (band as u64) << 2 | side as u64;
            rows.iter().fold(spread(start + 1), |hash, &row| spread(hash ^ row)) as u32
        })
        .collect()
}

/// Of each [`AMONG`] neighbouring stretches the one with the least hash (winnowing).
fn units(chars: &[char], sentences: Vec<u32>) -> Box<[u32]> {
    let hashes: Vec<u32> = chars.windows(UNIT).map(|stretch| hash_of(stretch) as u32 & !SENTENCE).collect();
    let mut places = Vec::with_capacity(hashes.len() / 3 + 1);
    let mut chosen = usize::MAX;
    for start in 0..(hashes.len() + 1).saturating_sub(AMONG.min(hashes.len())) {
        let end = (start + AMONG).min(hashes.len());
        if chosen == usize::MAX || chosen < start {
            let Some(least) = (start..end).min_by_key(|&at| hashes[at]) else { break };
            chosen = least;
        } else if hashes[end - 1] < hashes[chosen] {
            chosen = end - 1;
        } else {
            continue;
        }
        places.push(chosen);
    }
    places.sort_unstable_by_key(|&at| (hashes[at], at));
    places.dedup_by_key(|at| hashes[*at]);
    places.sort_unstable();
    places.into_iter().map(|at| hashes[at]).chain(sentences).collect()
}

/// A unit for each sentence long enough to be somebody's own words.
fn sentences(words: &str, ends: &[usize]) -> Vec<u32> {
    let mut from = 0;
    let mut sentences: Vec<u32> = Vec::with_capacity(ends.len());
    for &end in ends {
        let sentence: Vec<char> = words[from..end].chars().collect();
        from = end;
        if sentence.len() >= SENTENCE_CHARS {
            sentences.push(hash_of(&sentence) as u32 | SENTENCE);
        }
    }
    sentences.sort_unstable();
    sentences.dedup();
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "中央図書館の移転について意見を述べます。駅から遠くなると、車を運転しない私たちは通えません。\
                          建物を直して、いまの場所で続けてください。子どもたちの声もよく聞いてほしいと思います。";

    #[test]
    fn a_letter_with_a_word_dropped_is_family_and_another_letter_is_not() {
        let letter = Sketch::of(LETTER);
        assert!(letter.is_family(&Sketch::of(&LETTER.replace("よく", ""))));
        assert!(!letter.is_family(&Sketch::of(
            "港の倉庫のあたりは夜になると暗く、歩くのが心細いです。街灯を増やしてください。"
        )));
    }

    #[test]
    fn a_letter_that_says_the_opposite_is_no_family_however_alike() {
        let one = format!("{LETTER}この案に賛成です。");
        let other = format!("{LETTER}この案に反対です。");
        assert!(!Sketch::of(&one).is_family(&Sketch::of(&other)));
    }

    #[test]
    fn short_texts_are_alike_only_when_equal() {
        assert!(!Sketch::of("駅前の整備を早く").is_family(&Sketch::of("駅前の整備を早くね")));
        assert_eq!(Sketch::of("").units.len(), 0);
    }

    #[test]
    fn a_shared_stretch_gives_a_shared_unit_wherever_it_stands() {
        let stretch: String = LETTER.chars().skip(20).take(UNIT + AMONG).collect();
        let (one, other) =
            (Sketch::of(LETTER), Sketch::of(&format!("はじめまして。{stretch}まったく別の話をします。")));
        assert!(one.units.iter().any(|unit| other.units.contains(unit)));
    }
}
