//! An opinion item (意見項目): one thing somebody says, a cut of the sealed original. Pure.

use diesel::prelude::*;

use crate::consultations::submission::State;
use crate::db::schema::opinion_item;
use crate::db::{Backend, Instant};
use crate::text_enum;

text_enum! {
    /// Why an item is not published (domain.md 15.5); it is counted all the same.
    pub enum Withheld {
        ThirdPartyHarm = "third_party_harm" => "第三者の権利利益を害するおそれがあるため",
        Identifiable = "identifiable" => "個人が特定されるおそれがあるため",
        Discrimination = "discrimination" => "差別的な表現であるため",
        Ongoing = "ongoing" => "係争中・検討中の事案に関わるため",
        IllegalContent = "illegal_content" => "法令に違反する内容であるため",
        Other = "other" => "その他",
    }
}

/// An item as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = opinion_item, check_for_backend(Backend))]
pub struct Item {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// The submission it was cut from.
    pub submission_id: i64,
    /// The point of that submission, from 1.
    pub point_no: i64,
    /// First character of the cut in the point's text.
    pub start_char: i64,
    /// The character after the last.
    pub end_char: i64,
    /// The paper it speaks of; none is the draft as a whole.
    pub paper_id: Option<i64>,
    /// The paragraph's code.
    pub paragraph: Option<String>,
    /// L0 of the cut.
    pub text_exact: String,
    /// L1 of the cut.
    pub text_key: String,
    /// The group it is in; none when it is withheld.
    pub group_id: Option<i64>,
    /// Why it is withheld; none when it is in a group.
    pub withheld: Option<Withheld>,
    /// The reason in words, for 「その他」.
    pub withheld_note: String,
    /// Since when it no longer stands.
    pub removed_at: Option<Instant>,
    /// What a change must have seen.
    pub version: i64,
}

impl Item {
    /// Its words, cut from its point's text ([`crate::consultations::submission::Point::text`]).
    pub fn text<'a>(&self, point: &'a str) -> &'a str {
        cut(point, self.start_char, self.end_char)
    }
}

/// Below so many characters, a file beside the words may be what is said: 「添付のとおりです。」
pub const FEW_CHARS: i64 = 40;

/// By what the machine knows words that are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sameness {
    /// L1 of the words.
    pub text_key: String,
    /// SHA-256 of the files that came with words too few to say it all ([`FEW_CHARS`]); none where the words speak for
    /// themselves.
    pub files: Option<Vec<String>>,
}

/// The characters from `start` up to `end` of a text, as far as they are there.
pub fn cut(text: &str, start: i64, end: i64) -> &str {
    let at = |no: i64| {
        usize::try_from(no)
            .ok()
            .and_then(|no| text.char_indices().nth(no))
            .map_or(text.len(), |(byte, _)| byte)
    };
    let (from, to) = (at(start.max(0)), at(end.max(0)));
    text.get(from..to.max(from)).unwrap_or_default()
}

/// A stretch of a point's text, in characters, the end exclusive.
pub type Stretch = (i64, i64);

/// The sentences of a text, without the blanks around them: where a cut can begin and end without a mouse.
pub fn sentences(text: &str) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut start = 0;
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let ends = matches!(c, '。' | '！' | '？' | '!' | '?' | '．' | '｡' | '\n');
        // marks in a row end one sentence, and a closing bracket belongs to it
        let goes_on = chars
            .get(at + 1)
            .is_some_and(|next| matches!(next, '。' | '！' | '？' | '!' | '?' | '」' | '』' | '）' | ')'));
        if (ends
            || matches!(c, '」' | '』' | '）' | ')')
                && at > start
                && matches!(chars[at - 1], '。' | '！' | '？' | '!' | '?'))
            && !(goes_on && *c != '\n')
        {
            found.extend(without_blanks(&chars, start, at + 1));
            start = at + 1;
        }
    }
    found.extend(without_blanks(&chars, start, chars.len()));
    found
}

/// A stretch without the blanks at its ends; none when nothing is left.
fn without_blanks(chars: &[char], mut start: usize, mut end: usize) -> Option<Stretch> {
    while start < end && chars[start].is_whitespace() {
        start += 1;
    }
    while start < end && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    let long = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    (start < end).then_some((long(start), long(end)))
}

/// What to make of a stretch that somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carve {
    /// An item of its own.
    Item,
    /// Part of no item: a greeting, a name.
    Out,
}

/// The cuts of a text after somebody chose a stretch of it: what was cut there is trimmed to what is left of it. Each cut
/// comes with the one of `before` it is a part of.
pub fn carve(text: &str, before: &[Stretch], chosen: Stretch, how: Carve) -> Vec<(Stretch, Option<usize>)> {
    let chars: Vec<char> = text.chars().collect();
    let index = |n: i64| usize::try_from(n.max(0)).unwrap_or(0).min(chars.len());
    let Some((from, to)) = without_blanks(&chars, index(chosen.0), index(chosen.1).max(index(chosen.0)))
    else {
        return before.iter().enumerate().map(|(nth, cut)| (*cut, Some(nth))).collect();
    };
    let mut cuts = Vec::new();
    for (nth, (start, end)) in before.iter().enumerate() {
        if *end <= from || *start >= to {
            cuts.push(((*start, *end), Some(nth)));
            continue;
        }
        let left = without_blanks(&chars, index(*start), index(from));
        // a comma that stood between the two begins no item
        let rest =
            (index(to)..index(*end)).find(|at| !matches!(chars[*at], '、' | '。' | '，' | '．' | ',' | '.'));
        let right = without_blanks(&chars, rest.unwrap_or(index(*end)), index(*end));
        cuts.extend(
            left.into_iter()
                .chain(right)
                .filter(|cut| says_something(&chars, *cut))
                .map(|cut| (cut, Some(nth))),
        );
    }
    if how == Carve::Item {
        let parent = before.iter().position(|(start, end)| *start < to && *end > from);
        cuts.push(((from, to), parent));
    }
    cuts.sort_unstable();
    cuts
}

/// Whether a stretch holds more than marks: what is left between two items is often a full stop.
fn says_something(chars: &[char], (start, end): Stretch) -> bool {
    let index = |n: i64| usize::try_from(n.max(0)).unwrap_or(0).min(chars.len());
    chars[index(start)..index(end)].iter().any(|c| c.is_alphanumeric())
}

/// What no cut covers, without blanks and lone marks.
pub fn uncovered(text: &str, cuts: &[Stretch]) -> Vec<Stretch> {
    let chars: Vec<char> = text.chars().collect();
    let mut sorted = cuts.to_vec();
    sorted.sort_unstable();
    let end = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let mut at = 0;
    let mut found = Vec::new();
    for (from, to) in sorted.into_iter().chain([(end, end)]) {
        let index = |n: i64| usize::try_from(n.max(0)).unwrap_or(0).min(chars.len());
        if from > at {
            found.extend(
                without_blanks(&chars, index(at), index(from)).filter(|cut| says_something(&chars, *cut)),
            );
        }
        at = at.max(to);
    }
    found
}

/// Whether what a submission says counts as opinion: late ones, those off topic and those taken back are kept and
/// counted apart, and one that lacks something counts as the consultation says.
pub fn counts(state: State, count_incomplete: bool) -> bool {
    match state {
        State::Received | State::Accepted => true,
        State::Incomplete => count_incomplete,
        State::Late | State::OffTopic | State::Withdrawn => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_counted_in_characters_and_never_leaves_the_text() {
        assert_eq!(cut("𠮷田町の道を直す", 3, 6), "の道を");
        assert_eq!(cut("短い", 1, 99), "い");
        assert_eq!(cut("短い", 5, 9), "");
        assert_eq!(cut("短い", 2, 1), "");
    }

    #[test]
    fn sentences_end_at_their_marks_and_lines_and_keep_no_blanks() {
        let text = "反対です。\n 理由は、暗いから!?本当です(写真を付けます。)終わり";
        let words: Vec<&str> = sentences(text).iter().map(|(a, b)| cut(text, *a, *b)).collect();
        assert_eq!(words, ["反対です。", "理由は、暗いから!?", "本当です(写真を付けます。)", "終わり"]);
    }

    #[test]
    fn a_stretch_chosen_out_of_an_item_leaves_what_stood_before_and_behind_it() {
        let text = "街灯を増やす。歩道を広げる。以上。";
        let cuts = carve(text, &[(0, 17)], (7, 14), Carve::Item);
        assert_eq!(cuts, [((0, 7), Some(0)), ((7, 14), Some(0)), ((14, 17), Some(0))]);
        assert_eq!(carve("道、橋。", &[(0, 4)], (0, 1), Carve::Item), [((0, 1), Some(0)), ((2, 4), Some(0))]);
        let out = carve(text, &[(0, 7), (7, 14), (14, 17)], (14, 17), Carve::Out);
        assert_eq!(out, [((0, 7), Some(0)), ((7, 14), Some(1))]);
        assert_eq!(uncovered(text, &[(0, 7), (7, 14)]), [(14, 17)]);
        assert_eq!(carve(text, &[(0, 17)], (16, 17), Carve::Out), [((0, 16), Some(0))]);
    }

    #[test]
    fn choosing_over_two_items_joins_what_was_chosen_of_them() {
        let text = "街灯を増やす。歩道を広げる。";
        assert_eq!(carve(text, &[(0, 7), (7, 14)], (0, 14), Carve::Item), [((0, 14), Some(0))]);
        assert_eq!(carve(text, &[(0, 14)], (3, 3), Carve::Item), [((0, 14), Some(0))], "nothing chosen");
    }

    #[test]
    fn one_that_lacks_something_counts_as_the_consultation_says() {
        assert!(counts(State::Incomplete, true) && !counts(State::Incomplete, false));
        assert!(counts(State::Received, false) && !counts(State::Late, true));
    }
}
