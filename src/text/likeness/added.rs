//! What a copy of a form letter adds: the only part of it that a person has to read.

use super::super::comparable;
use super::super::edits::{DiffOp, edits};
use std::collections::HashSet;

/// Sentences longer than this are shown whole: comparing them by character would cost too much.
const MAX_CHARS: usize = 400;
/// Between two additions.
const BETWEEN: &str = " … ";

/// The sentences of `copy` that `model` does not have, in their order and as typed; of a sentence that was only
/// changed, the words that are new. Empty when words were only left out or moved. Nothing new is ever left out.
pub fn added(model: &str, copy: &str) -> String {
    let known: HashSet<String> = sentences(model).map(comparable).collect();
    let kept: HashSet<String> = sentences(copy).map(comparable).collect();
    let gone: Vec<&str> = sentences(model).filter(|sentence| !kept.contains(&comparable(sentence))).collect();
    let new = sentences(copy).filter(|sentence| !known.contains(&comparable(sentence)));
    new.map(|sentence| changed(&gone, sentence))
        .filter(|words| !comparable(words).is_empty())
        .collect::<Vec<_>>()
        .join(BETWEEN)
}

/// The sentences of a text, with their marks.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['。', '！', '？', '!', '?', '．', '｡', '\n'])
        .map(str::trim)
        .filter(|s| !s.is_empty())
}

/// The new words of a sentence if it is one of `gone` changed; else all of it.
fn changed(gone: &[&str], sentence: &str) -> String {
    let new: Vec<char> = sentence.chars().collect();
    let nearest = gone
        .iter()
        .map(|old| old.chars().collect::<Vec<char>>())
        .filter(|old| old.len() <= MAX_CHARS && new.len() <= MAX_CHARS)
        .map(|old| edits(&old, &new))
        .max_by_key(|ops| same(ops));
    match nearest {
        Some(ops) if same(&ops) * 2 > new.len() => {
            let words =
                ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }) && !op.new_range().is_empty());
            let words = words.map(|op| new[op.new_range()].iter().collect::<String>());
            words.filter(|words| !comparable(words).is_empty()).collect::<Vec<_>>().join(BETWEEN)
        }
        _ => sentence.to_owned(),
    }
}

/// Characters left as they were.
fn same(ops: &[DiffOp]) -> usize {
    ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).map(|op| op.new_range().len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "図書館の移転に反対します。\n駅から遠くなります。いまの場所で続けてください。";

    #[test]
    fn only_what_was_written_by_hand_is_shown() {
        let copy = format!("七十歳の者です。{MODEL}孫も毎週通っています！");
        assert_eq!(added(MODEL, &copy), "七十歳の者です。 … 孫も毎週通っています！");
    }

    #[test]
    fn of_a_changed_sentence_the_new_words_are_shown() {
        assert_eq!(added(MODEL, &MODEL.replace("遠く", "ずいぶん遠く")), "ずいぶん");
    }

    #[test]
    fn words_left_out_moved_or_typed_in_another_width_add_nothing() {
        assert_eq!(added(MODEL, "いまの場所で続けてください。図書館の移転に反対します！"), "");
        assert_eq!(added("ＡＢＣ案に賛成です。", "ABC案に 賛成です"), "");
    }

    #[test]
    fn another_sentence_is_shown_whole() {
        assert_eq!(added(MODEL, "橋の工事はいつ終わりますか。"), "橋の工事はいつ終わりますか。");
    }
}
