//! The difference of two texts, line by line and within lines character by character, for side-by-side views.

use super::edits::{DiffOp, edits, edits_of_lines};

/// Lines longer than this together are shown as replaced whole: comparing them by character would cost too much.
const MAX_CHARS: usize = 4_000;

/// What became of a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// On both sides.
    Same,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

/// A stretch of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What became of it.
    pub change: Change,
    /// Its text, without line end.
    pub text: String,
}

/// One line of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its text in pieces; none for an empty line.
    pub segments: Vec<Segment>,
}

/// One row of the side-by-side view; a side is `None` where the other has a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The old text's line.
    pub old: Option<Line>,
    /// The new text's line.
    pub new: Option<Line>,
}

impl Row {
    /// Is the line the same on both sides?
    pub fn is_same(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.segments == new.segments)
    }
}

/// The rows of a side-by-side view of the old and the new text.
pub fn diff(old: &str, new: &str) -> Vec<Row> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut rows = Vec::with_capacity(old.len().max(new.len()));
    for op in edits_of_lines(&old, &new) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => rows.extend((0..len).map(|nth| Row {
                old: Some(whole(&old, old_index + nth, Change::Same)),
                new: Some(whole(&new, new_index + nth, Change::Same)),
            })),
            DiffOp::Delete { old_index, old_len, .. } => rows.extend(
                (old_index..old_index + old_len)
                    .map(|at| Row { old: Some(whole(&old, at, Change::Removed)), new: None }),
            ),
            DiffOp::Insert { new_index, new_len, .. } => rows.extend(
                (new_index..new_index + new_len)
                    .map(|at| Row { old: None, new: Some(whole(&new, at, Change::Added)) }),
            ),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                for nth in 0..old_len.max(new_len) {
                    rows.push(match (nth < old_len, nth < new_len) {
                        (true, true) => within(&old, old_index + nth, &new, new_index + nth),
                        (true, false) => {
                            Row { old: Some(whole(&old, old_index + nth, Change::Removed)), new: None }
                        }
                        _ => Row { old: None, new: Some(whole(&new, new_index + nth, Change::Added)) },
                    });
                }
            }
        }
    }
    rows
}

fn whole(lines: &[&str], at: usize, change: Change) -> Line {
    let mut segments = Vec::new();
    push(&mut segments, change, lines[at].chars());
    Line { number: at + 1, segments }
}

fn within(old: &[&str], old_at: usize, new: &[&str], new_at: usize) -> Row {
    let before: Vec<char> = old[old_at].chars().collect();
    let after: Vec<char> = new[new_at].chars().collect();
    if before.len() + after.len() > MAX_CHARS {
        return Row {
            old: Some(whole(old, old_at, Change::Removed)),
            new: Some(whole(new, new_at, Change::Added)),
        };
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let ops = edits(&before, &after);
    for (nth, op) in ops.iter().enumerate() {
        let (from, to) = (op.old_range(), op.new_range());
        // One character that happens to stand between two changes is easier to read as part of them.
        let chance = from.len() == 1 && nth > 0 && nth + 1 < ops.len();
        if matches!(op, DiffOp::Equal { .. }) && !chance {
            push(&mut left, Change::Same, before[from].iter().copied());
            push(&mut right, Change::Same, after[to].iter().copied());
        } else {
            push(&mut left, Change::Removed, before[from].iter().copied());
            push(&mut right, Change::Added, after[to].iter().copied());
        }
    }
    Row {
        old: Some(Line { number: old_at + 1, segments: left }),
        new: Some(Line { number: new_at + 1, segments: right }),
    }
}

fn push(segments: &mut Vec<Segment>, change: Change, chars: impl Iterator<Item = char>) {
    let text: String = chars.collect();
    if text.is_empty() {
        return;
    }
    match segments.last_mut() {
        Some(last) if last.change == change => last.text.push_str(&text),
        _ => segments.push(Segment { change, text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(line: Option<&Line>) -> String {
        let Some(line) = line else { return "×".to_owned() };
        line.segments
            .iter()
            .map(|s| match s.change {
                Change::Same => s.text.clone(),
                Change::Removed => format!("[-{}]", s.text),
                Change::Added => format!("[+{}]", s.text),
            })
            .collect()
    }

    #[test]
    fn a_changed_line_shows_which_characters_changed() {
        let rows = diff("前の行\n来年度に整備します。\n消える行\n", "前の行\n令和9年度に整備します。\n");
        let seen: Vec<(String, String)> =
            rows.iter().map(|r| (marked(r.old.as_ref()), marked(r.new.as_ref()))).collect();
        assert_eq!(
            seen,
            [
                ("前の行".to_owned(), "前の行".to_owned()),
                ("[-来]年度に整備します。".to_owned(), "[+令和9]年度に整備します。".to_owned()),
                ("[-消える行]".to_owned(), "×".to_owned()),
            ]
        );
        assert!(rows[0].is_same() && !rows[1].is_same() && !rows[2].is_same());
    }

    #[test]
    fn equal_texts_have_only_same_rows_and_no_text_has_no_rows() {
        assert!(diff("あ\n\nい", "あ\n\nい").iter().all(Row::is_same));
        assert_eq!(diff("", ""), []);
    }

    #[test]
    fn a_very_long_line_is_replaced_whole() {
        let rows = diff(&"あ".repeat(100_000), &"い".repeat(100_000));
        assert_eq!(rows.len(), 1);
    }

    proptest! {
        #[test]
        fn each_side_put_together_is_its_text(old in "[あいう\n]{0,30}", new in "[あいう\n]{0,30}") {
            let rows = diff(&old, &new);
            let together = |side: fn(&Row) -> Option<&Line>| -> Vec<String> {
                rows.iter().filter_map(side).map(|l| l.segments.iter().map(|s| s.text.as_str()).collect()).collect()
            };
            prop_assert_eq!(together(|r| r.old.as_ref()), old.lines().collect::<Vec<_>>());
            prop_assert_eq!(together(|r| r.new.as_ref()), new.lines().collect::<Vec<_>>());
        }
    }
}
