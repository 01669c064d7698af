//! Published answers to letters like one that is being written. Every letter is looked up once on its way, so the
//! newest voices stand in memory by the pairs of characters in their words, made anew when something is published.

use std::collections::HashMap;

use super::publication::Similar;

/// How many of the newest voices are offered: older answers are rarely true any more.
pub const NEWEST: i64 = 2_000;

/// Words of a letter that are looked for.
const WORDS: usize = 12;

/// A published voice that may be offered, and what it is about.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What is shown.
    pub similar: Similar,
    /// Title and voice, as published.
    pub text: String,
}

/// The newest voices by what they are about.
#[derive(Debug, Default)]
pub struct Likeness {
    voices: Vec<Similar>,
    /// Which voices hold a pair of neighbouring characters, in their order.
    holding: HashMap<(char, char), Vec<u16>>,
}

impl Likeness {
    /// Of voices, newest first; more than [`NEWEST`] are left out.
    pub fn of(offers: impl IntoIterator<Item = Offer>) -> Likeness {
        let mut made = Likeness::default();
        for (nth, offer) in (0..).zip(offers).take(usize::try_from(NEWEST).unwrap_or(usize::MAX)) {
            for (word, _) in telling_runs(&offer.text) {
                for pair in pairs(&word) {
                    let holding = made.holding.entry(pair).or_default();
                    if holding.last() != Some(&nth) {
                        holding.push(nth);
                    }
                }
            }
            made.voices.push(offer.similar);
        }
        made.holding.shrink_to_fit();
        made
    }

    /// Up to `most` voices that share two telling words with the text (one, when it has no more), best first; newer
    /// before older when alike. The voice `but` is left out.
    pub fn like(&self, text: &str, most: usize, but: Option<i64>) -> Vec<Similar> {
        let words = telling_words(text, WORDS);
        let mut likeness: HashMap<u16, (f64, usize)> = HashMap::new();
        for word in &words {
            let hits = self.holding_word(word);
            let rare = 1.0 + self.voices.len() as f64 / hits.len().max(1) as f64;
            let weight = rare.ln() * word.chars().count().min(4) as f64;
            for hit in hits {
                let (sum, shared) = likeness.entry(hit).or_default();
                *sum += weight;
                *shared += 1;
            }
        }
        let enough = words.len().min(2);
        let mut best: Vec<(u16, f64)> = likeness
            .into_iter()
            .filter(|(_, (_, shared))| *shared >= enough)
            .map(|(nth, (sum, _))| (nth, sum))
            .collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let found = best.iter().filter_map(|(nth, _)| self.voices.get(usize::from(*nth)));
        found.filter(|voice| Some(voice.id) != but).take(most).cloned().collect()
    }

    /// Voices that hold every pair of a word.
    fn holding_word(&self, word: &str) -> Vec<u16> {
        let mut lists: Vec<&[u16]> = Vec::new();
        for pair in pairs(word) {
            match self.holding.get(&pair) {
                Some(list) => lists.push(list),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|list| list.len());
        let Some((rarest, others)) = lists.split_first() else { return Vec::new() };
        let in_all = |nth: &u16| others.iter().all(|list| list.binary_search(nth).is_ok());
        rarest.iter().copied().filter(in_all).collect()
    }
}

fn pairs(word: &str) -> impl Iterator<Item = (char, char)> {
    word.chars().zip(word.chars().skip(1))
}

#[derive(PartialEq, Clone, Copy)]
enum Script {
    Kanji,
    Katakana,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{3400}'..='\u{9fff}' | '々' | '\u{20000}'..='\u{3ffff}' => Script::Kanji,
        '\u{30a1}'..='\u{30fa}' | 'ー' | '\u{ff66}'..='\u{ff9f}' => Script::Katakana,
        _ => Script::Other,
    }
}

/// Runs of two or more kanji and of three or more katakana, as written, each with its script.
fn telling_runs(text: &str) -> Vec<(String, Script)> {
    let mut runs = Vec::new();
    let (mut run, mut kind) = (String::new(), Script::Other);
    for c in text.chars().take(4000).chain(['\n']) {
        if script(c) == kind && kind != Script::Other {
            run.push(c);
            continue;
        }
        let least = if kind == Script::Kanji { 2 } else { 3 };
        if kind != Script::Other && run.chars().count() >= least {
            runs.push((std::mem::take(&mut run), kind));
        }
        run.clear();
        run.push(c);
        kind = script(c);
    }
    runs
}

/// Words that stand for what a text is about: its telling runs, without those that every letter to a city holds. At
/// most `most`, longer ones first.
fn telling_words(text: &str, most: usize) -> Vec<String> {
    const EVERYWHERE: &[&str] = &[
        "市長",
        "下関",
        "下関市",
        "市役所",
        "市民",
        "回答",
        "意見",
        "要望",
        "検討",
        "対応",
        "担当",
        "場合",
        "必要",
        "現在",
        "今後",
        "以上",
        "以前",
        "最近",
        "状況",
        "可能",
        "実施",
        "本当",
        "自分",
        "毎日",
        "今回",
        "件名",
        "願",
    ];
    let mut words: Vec<String> = Vec::new();
    for (run, kind) in telling_runs(text) {
        let letters: Vec<char> = run.chars().collect();
        // 防災無線 is about 防災 too
        let halves = letters.chunks_exact(2).filter(|_| kind == Script::Kanji && letters.len() >= 4);
        for word in std::iter::once(run.clone()).chain(halves.map(|h| h.iter().collect())) {
            if !EVERYWHERE.contains(&word.as_str()) && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count().min(6)));
    words.truncate(most);
    words
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::text::PublicText;

    fn likeness(texts: &[&str]) -> Likeness {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
        Likeness::of((1..).zip(texts).map(|(id, text)| Offer {
            similar: Similar {
                id,
                title: PublicText::from_published_row((*text).to_owned()),
                published_on: day,
            },
            text: (*text).to_owned(),
        }))
    }

    fn found(likeness: &Likeness, text: &str) -> Vec<i64> {
        likeness.like(text, 5, None).iter().map(|s| s.id).collect()
    }

    #[test]
    fn words_that_every_letter_holds_tell_nothing() {
        let words =
            telling_words("下関市長様。防災無線のスピーカーが聞こえません。防災無線を検討してください。", 10);
        assert_eq!(words, ["下関市長様", "スピーカー", "防災無線", "防災", "無線"]);
    }

    #[test]
    fn a_letter_is_offered_voices_that_share_two_of_its_words() {
        let voices = likeness(&[
            "公園の街灯が消えています",
            "通学路の街灯を増やしてください",
            "図書館の開館時間について",
        ]);
        assert_eq!(found(&voices, "通学路にある街灯が暗い"), [2]);
        assert_eq!(found(&voices, "図書館"), [3], "the only word of a short letter is enough");
        assert!(found(&voices, "市長への要望です。よろしくお願いします。").is_empty());
    }

    #[test]
    fn a_word_inside_a_longer_one_counts() {
        let voices = likeness(&["防災無線が聞こえない。戸別受信機の貸出は"]);
        assert_eq!(found(&voices, "無線と受信機について"), [1]);
    }

    #[test]
    fn a_voice_is_not_offered_to_itself() {
        let voices = likeness(&["公園の街灯", "公園の街灯"]);
        let ids: Vec<i64> = voices.like("公園の街灯", 5, Some(1)).iter().map(|s| s.id).collect();
        assert_eq!(ids, [2]);
    }
}
