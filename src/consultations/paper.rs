//! The papers of a consultation: files, and their text in paragraphs that can be pointed at.
//!
//! A paragraph's code (`p12`) stays with its words when a corrected text is taken in again, so that opinions keep
//! pointing at what they were written about. Pure.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::edits::{DiffOp, edits};
use crate::text::{comparable, l1};
use crate::text_enum;

text_enum! {
    /// What a paper is.
    pub enum PaperKind {
        Draft = "draft" => "案の本文",
        Outline = "outline" => "概要",
        Related = "related" => "関係資料",
        Comparison = "comparison" => "新旧対照表",
    }
}

text_enum! {
    /// The draft as put to comment, or the final text that came of it.
    pub enum Stage {
        Draft = "draft" => "案",
        Final = "final" => "決定した文章",
    }
}

text_enum! {
    /// What a paragraph is.
    pub enum ParagraphKind {
        Heading = "heading" => "見出し",
        Text = "text" => "本文",
        Item = "item" => "箇条",
        Cell = "cell" => "表の欄",
        Note = "note" => "注",
    }
}

/// A paragraph as a reader of files finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: ParagraphKind,
    /// Depth of a heading, 1 the highest; 0 otherwise.
    pub level: i64,
    /// Its words.
    pub body: String,
}

/// A paragraph with its lasting code and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// Lasting: `p12`.
    pub code: String,
    /// What it is.
    pub kind: ParagraphKind,
    /// Depth of a heading.
    pub level: i64,
    /// In words: `第2章 施策 1 道路 2段落目`.
    pub place: String,
    /// Its words.
    pub body: String,
}

/// Below this likeness a changed paragraph is another paragraph.
const SAME_PARAGRAPH: f32 = 0.5;

/// Gives codes and places to the blocks of a text. `before` is the text there was, code and words in order; `used` are
/// the codes ever given, none of which is given to other words.
pub fn number(blocks: &[Block], before: &[(String, String)], used: &BTreeSet<String>) -> Vec<Paragraph> {
    let mut codes = kept_codes(blocks, before);
    let mut next = used
        .iter()
        .chain(before.iter().map(|(code, _)| code))
        .filter_map(|code| code.strip_prefix('p')?.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    let places = places(blocks);
    blocks
        .iter()
        .zip(places)
        .enumerate()
        .map(|(at, (block, place))| Paragraph {
            code: codes.remove(&at).unwrap_or_else(|| {
                next += 1;
                format!("p{next}")
            }),
            kind: block.kind,
            level: block.level,
            place,
            body: block.body.clone(),
        })
        .collect()
}

/// Which new block is which old paragraph: the same words in the same order first, then, between those, the likest.
fn kept_codes(blocks: &[Block], before: &[(String, String)]) -> HashMap<usize, String> {
    let key = |text: &str| l1(text).to_string();
    let old: Vec<String> = before.iter().map(|(_, body)| key(body)).collect();
    let new: Vec<String> = blocks.iter().map(|b| key(&b.body)).collect();
    let mut kept = HashMap::new();
    for op in edits(&old, &new) {
        let (from, to) = (op.old_range(), op.new_range());
        if matches!(op, DiffOp::Equal { .. }) {
            for (o, n) in from.zip(to) {
                kept.insert(n, before[o].0.clone());
            }
            continue;
        }
        let mut free: Vec<usize> = from.collect();
        for n in to {
            let best = free
                .iter()
                .enumerate()
                .map(|(at, o)| (at, likeness(&before[*o].1, &blocks[n].body)))
                .filter(|(_, like)| *like >= SAME_PARAGRAPH)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((at, _)) = best {
                let o = free.remove(at);
                // paragraphs keep their order: what stood before the match is gone
                free.retain(|left| *left > o);
                kept.insert(n, before[o].0.clone());
            }
        }
    }
    kept
}

/// Characters kept, of all: 0 to 1.
fn likeness(old: &str, new: &str) -> f32 {
    let chars = |text| comparable(text).chars().collect::<Vec<char>>();
    let (old, new) = (chars(old), chars(new));
    similar::diff_ratio(&edits(&old, &new), old.len(), new.len())
}

/// Where each block stands: the headings above it, and which paragraph under the last of them it is.
fn places(blocks: &[Block]) -> Vec<String> {
    let mut above: Vec<(i64, String)> = Vec::new();
    let mut nth = 0;
    blocks
        .iter()
        .map(|block| {
            if block.kind == ParagraphKind::Heading {
                above.retain(|(level, _)| *level < block.level);
                above.push((block.level, short(&block.body)));
                nth = 0;
                return joined(&above);
            }
            nth += 1;
            let under = joined(&above);
            if under.is_empty() { format!("{nth}段落目") } else { format!("{under} {nth}段落目") }
        })
        .collect()
}

fn joined(above: &[(i64, String)]) -> String {
    above.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>().join(" > ")
}

fn short(heading: &str) -> String {
    let mut cut: String = heading.chars().take(30).collect();
    if heading.chars().count() > 30 {
        cut.push('…');
    }
    cut
}

/// What a version of a paper is known by: every paragraph and the bytes of its file.
pub fn digest(paragraphs: &[Paragraph], file_sha256: Option<&str>) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(file_sha256.unwrap_or_default());
    for paragraph in paragraphs {
        for text in [&paragraph.code, paragraph.kind.code(), &paragraph.place, &paragraph.body] {
            part(text);
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: ParagraphKind, level: i64, body: &str) -> Block {
        Block { kind, level, body: body.to_owned() }
    }

    fn text(body: &str) -> Block {
        block(ParagraphKind::Text, 0, body)
    }

    fn pairs(paragraphs: &[Paragraph]) -> Vec<(String, String)> {
        paragraphs.iter().map(|p| (p.code.clone(), p.body.clone())).collect()
    }

    fn codes(paragraphs: &[Paragraph]) -> Vec<&str> {
        paragraphs.iter().map(|p| p.code.as_str()).collect()
    }

    #[test]
    fn a_paragraph_says_under_which_headings_it_stands() {
        let blocks = [
            block(ParagraphKind::Heading, 1, "第1章 めざす姿"),
            text("基本の考え方です。"),
            block(ParagraphKind::Heading, 2, "1 道路"),
            text("歩道を広げます。"),
            text("自転車の道を分けます。"),
            block(ParagraphKind::Heading, 1, "第2章 進め方"),
        ];
        let places: Vec<String> =
            number(&blocks, &[], &BTreeSet::new()).into_iter().map(|p| p.place).collect();
        assert_eq!(places[1], "第1章 めざす姿 1段落目");
        assert_eq!(places[4], "第1章 めざす姿 > 1 道路 2段落目");
        assert_eq!(places[5], "第2章 進め方");
    }

    #[test]
    fn codes_stay_with_their_words_when_a_corrected_text_comes_in() {
        let first =
            [text("歩道を広げます。"), text("自転車の道を車道から分けます。"), text("街灯を増やします。")];
        let before = number(&first, &[], &BTreeSet::new());
        assert_eq!(codes(&before), ["p1", "p2", "p3"]);
        let second = [
            text("はじめに。"),
            text("歩道を広げます。"),
            text("自転車の道を、車道から柵で分けます。"),
            text("街灯を増やします。"),
        ];
        let after = number(&second, &pairs(&before), &BTreeSet::new());
        assert_eq!(codes(&after), ["p4", "p1", "p2", "p3"]);
    }

    #[test]
    fn a_code_once_given_is_not_given_to_other_words() {
        let before = number(&[text("消える段落です。"), text("残る段落です。")], &[], &BTreeSet::new());
        let used: BTreeSet<String> = ["p9".to_owned()].into();
        let after = number(&[text("残る段落です。"), text("まったく別の新しい話。")], &pairs(&before), &used);
        assert_eq!(codes(&after), ["p2", "p10"]);
    }
}
