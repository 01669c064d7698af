//! How well groups agree with the planted truth.

use std::collections::HashMap;
use std::hash::Hash;

use crate::campaigns::{How, Planted};

/// Figures of one grouping. Paraphrases are left out of all but their own.
#[derive(Debug)]
pub struct Agreement {
    /// Over pairs of letters.
    pub precision: f64,
    pub recall: f64,
    /// B-cubed: over letters.
    pub b_cubed: f64,
    /// Letters of a campaign in a group where more letters are of the opposite campaign.
    pub opposite: usize,
    /// The share of half rewritten letters, and of paraphrases, that are in a group mostly of their own campaign.
    pub heavy: f64,
    pub paraphrased: f64,
}

impl Agreement {
    pub fn f1(&self) -> f64 {
        harmonic(self.precision, self.recall)
    }

    /// `groups` has a group for each letter; `same` tells letters of one's own apart (equal texts belong together).
    pub fn of<S: Hash + Eq + Clone>(
        planted: &[Planted],
        groups: &[usize],
        same: impl Fn(&Planted) -> S,
    ) -> Agreement {
        let mut found: HashMap<usize, HashMap<usize, u64>> = HashMap::new();
        let (mut group, mut class, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
        let truth = |letter: &Planted| match letter.campaign {
            Some(campaign) => (Some(campaign), None),
            None => (None, Some(same(letter))),
        };
        let judged = |letter: &&Planted| letter.how != How::Paraphrase;
        for (letter, &in_group) in planted.iter().zip(groups) {
            if let Some(campaign) = letter.campaign {
                *found.entry(in_group).or_default().entry(campaign).or_default() += 1;
            }
            if judged(&letter) {
                *group.entry(in_group).or_insert(0_u64) += 1;
                *class.entry(truth(letter)).or_insert(0_u64) += 1;
                *both.entry((in_group, truth(letter))).or_insert(0_u64) += 1;
            }
        }
        let pairs = |n: u64| (n * (n - 1) / 2) as f64;
        let together: f64 = both.values().map(|&n| pairs(n)).sum();
        let letters: f64 = group.values().sum::<u64>() as f64;
        let (mut cubed_precision, mut cubed_recall) = (0.0, 0.0);
        for ((in_group, of_class), &n) in &both {
            cubed_precision += (n * n) as f64 / group[in_group] as f64 / letters;
            cubed_recall += (n * n) as f64 / class[of_class] as f64 / letters;
        }
        let mostly =
            |in_group: usize| found[&in_group].iter().map(|(&c, &n)| (n, c)).max().expect("a campaign");
        let placed = |how: How| {
            let these = planted.iter().zip(groups).filter(|(letter, _)| letter.how == how);
            let (mut all, mut right) = (0, 0);
            for (letter, &in_group) in these {
                all += 1;
                let (most, campaign) = mostly(in_group);
                right += usize::from(most > 1 && Some(campaign) == letter.campaign);
            }
            f64::from(u32::try_from(right).expect("few")) / f64::from(all.max(1))
        };
        let wrong_side = |(letter, in_group): &(&Planted, &usize)| {
            letter.campaign.is_some_and(|campaign| {
                let here = &found[*in_group];
                let count = |c: usize| here.get(&c).copied().unwrap_or(0);
                count(Planted::opposite(campaign)) > count(campaign)
            })
        };
        Agreement {
            precision: together / group.values().map(|&n| pairs(n)).sum::<f64>().max(1.0),
            recall: together / class.values().map(|&n| pairs(n)).sum::<f64>().max(1.0),
            b_cubed: harmonic(cubed_precision, cubed_recall),
            opposite: planted.iter().zip(groups).filter(wrong_side).count(),
            heavy: placed(How::Heavy),
            paraphrased: placed(How::Paraphrase),
        }
    }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}
