//! Which section might a matter belong to: a few proposals, each with its reason. A person decides.

use std::collections::{BTreeMap, BTreeSet};

/// A section that might own a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The unit.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
    /// Why, in a sentence for the page.
    pub reason: String,
}

/// An earlier matter and the section that dealt with it.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Its title.
    pub title: String,
    /// Who owned it.
    pub unit_id: i64,
}

/// How many are proposed.
const MOST: usize = 3;

/// Words in the names of units that say nothing of what the unit does.
const EMPTY_WORDS: &[&str] =
    &["政策", "企画", "総務", "管理", "推進", "振興", "建設", "市民", "地域", "総合", "支所", "経営", "計画"];

/// Up to three sections for a text: those named in it, and those that dealt with matters of similar titles.
///
/// `units` are the sections that can own a matter (id, name). A word of the text counts once however often it stands.
pub fn suggest(letter: &str, units: &[(i64, String)], earlier: &[Earlier]) -> Vec<Suggestion> {
    let words = words(letter);
    let mut found: BTreeMap<i64, (usize, Vec<String>)> = BTreeMap::new();
    for (id, name) in units {
        let named =
            stem_words(name).filter(|w| words.iter().any(|x| x.contains(w.as_str()))).collect::<Vec<_>>();
        if letter.contains(name.as_str()) {
            let entry = found.entry(*id).or_default();
            entry.0 += 10;
            entry.1.push(format!("手紙に「{name}」と書かれています"));
        } else if !named.is_empty() {
            let entry = found.entry(*id).or_default();
            entry.0 += 3 * named.len();
            entry.1.push(format!("手紙の「{}」が課の名前にあります", named.join("」「")));
        }
    }
    let mut alike: BTreeMap<i64, (usize, BTreeSet<String>)> = BTreeMap::new();
    for matter in earlier {
        let shared: Vec<String> = self::words(&matter.title).intersection(&words).cloned().collect();
        if !shared.is_empty() {
            let entry = alike.entry(matter.unit_id).or_default();
            entry.0 += 1;
            entry.1.extend(shared);
        }
    }
    for (id, (count, shared)) in alike {
        let entry = found.entry(id).or_default();
        entry.0 += 2 * count.min(5);
        let shown = shared.into_iter().take(3).collect::<Vec<_>>().join("」「");
        entry.1.push(format!("「{shown}」の似た件を{count}件担当しました"));
    }
    let mut ranked: Vec<_> = found
        .into_iter()
        .filter_map(|(id, (weight, reasons))| {
            let name = units.iter().find(|(unit, _)| *unit == id).map(|(_, name)| name.clone())?;
            Some((weight, Suggestion { unit_id: id, unit_name: name, reason: reasons.join("。") }))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.unit_id.cmp(&b.1.unit_id)));
    ranked.into_iter().take(MOST).map(|(_, suggestion)| suggestion).collect()
}

/// Runs of two and more kanji, or of three and more katakana: what a Japanese text is about.
fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut run = String::new();
    let mut last = Script::Other;
    for c in text.chars().chain(['\n']) {
        let script = script(c);
        if script != last {
            let long = match last {
                Script::Kanji => 2,
                Script::Katakana => 3,
                Script::Other => usize::MAX,
            };
            if run.chars().count() >= long {
                found.insert(std::mem::take(&mut run));
            }
            run.clear();
            last = script;
        }
        run.push(c);
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Kanji,
    Katakana,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '々' => {
            Script::Kanji
        }
        '\u{30a1}'..='\u{30fa}' | 'ー' => Script::Katakana,
        _ => Script::Other,
    }
}

/// 公園緑地課 → 公園, 緑地; 道路河川建設課 → 道路, 河川. Names of units are made of words of two characters.
fn stem_words(name: &str) -> impl Iterator<Item = String> {
    let stem: Vec<char> = name.trim_end_matches(['課', '室', '部', '局', '所', '係']).chars().collect();
    stem.chunks(2)
        .filter(|pair| pair.len() == 2 && pair.iter().all(|c| script(*c) == Script::Kanji))
        .map(|pair| pair.iter().collect::<String>())
        .filter(|word| !EMPTY_WORDS.contains(&word.as_str()))
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units() -> Vec<(i64, String)> {
        [(5, "道路河川建設課"), (7, "公園緑地課"), (9, "環境政策課")].map(|(id, n)| (id, n.to_owned())).into()
    }

    #[test]
    fn a_section_whose_work_is_named_in_the_letter_is_proposed_with_that_word() {
        let found = suggest("中央公園の街灯が消えています。", &units(), &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].unit_name, "公園緑地課");
        assert_eq!(found[0].reason, "手紙の「公園」が課の名前にあります");
    }

    #[test]
    fn a_section_that_dealt_with_similar_matters_is_proposed_with_their_number() {
        let earlier = [("街灯の修理", 5), ("街灯が暗い", 5), ("野良猫", 9)]
            .map(|(title, unit_id)| Earlier { title: title.to_owned(), unit_id });
        let found = suggest("家の前の街灯が切れました。", &units(), &earlier);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].unit_id, found[0].reason.as_str()), (5, "「街灯」の似た件を2件担当しました"));
    }

    #[test]
    fn nothing_is_guessed_when_nothing_speaks_for_it() {
        assert_eq!(suggest("ありがとうございました。", &units(), &[]), []);
        assert_eq!(suggest("政策について", &units(), &[]), [], "every second section is called 政策");
    }

    #[test]
    fn never_more_than_three_the_strongest_first() {
        let units: Vec<(i64, String)> = ["道路課", "公園課", "河川課", "港湾課"]
            .iter()
            .zip(1..)
            .map(|(n, id)| (id, (*n).to_owned()))
            .collect();
        let found = suggest("港湾課へ。道路と公園と河川のこと。", &units, &[]);
        assert_eq!(found.iter().map(|s| s.unit_id).collect::<Vec<_>>(), [4, 1, 2]);
    }
}
