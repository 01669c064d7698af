//! The text as the finder reads it: one plain character for each visible one, with its place in the original.

use super::{Candidate, Confidence, PersonalKind};
use crate::text::fold::{is_invisible, one_hyphen_one_wave};

pub(super) struct Page {
    /// Full-width ASCII made half width and lower case, hyphens one, blanks one; kana and kanji as they are.
    pub chars: Vec<char>,
    /// Byte offset of each character in the original, and the length of the original at the end.
    at: Vec<usize>,
}

impl Page {
    pub fn new(text: &str) -> Self {
        let mut page = Self { chars: Vec::with_capacity(text.len() / 3), at: Vec::new() };
        for (at, c) in text.char_indices() {
            if !is_invisible(c) {
                page.at.push(at);
                page.chars.push(plain(c));
            }
        }
        page.at.push(text.len());
        page
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character there; a line end before the beginning and after the end.
    pub fn char(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\n')
    }

    pub fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\n', |at| self.char(at))
    }

    pub fn starts(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(nth, c)| self.chars.get(at + nth) == Some(&c))
    }

    /// The length of the first of the words that stands there.
    pub fn any_of(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().find(|word| self.starts(at, word)).map(|word| word.chars().count())
    }

    pub fn ends(&self, end: usize, word: &str) -> bool {
        end.checked_sub(word.chars().count()).is_some_and(|at| self.starts(at, word))
    }

    /// Does one of the words stand in the `reach` characters before `at`, on the same line?
    pub fn shortly_before(&self, at: usize, reach: usize, words: &[&str]) -> bool {
        let from = at.saturating_sub(reach);
        let from = (from..at).rev().find(|i| self.chars[*i] == '\n').map_or(from, |i| i + 1);
        (from..at).any(|i| words.iter().any(|word| i + word.chars().count() <= at && self.starts(i, word)))
    }

    pub fn text(&self, from: usize, to: usize) -> String {
        self.chars[from..to].iter().collect()
    }

    /// The first index from which, going back from `end` at most `limit` characters, all satisfy `is`.
    pub fn back_while(&self, end: usize, limit: usize, is: impl Fn(char) -> bool) -> usize {
        let mut at = end;
        while at > 0 && end - at < limit && is(self.chars[at - 1]) {
            at -= 1;
        }
        at
    }

    /// The index after those that, from `start` at most `limit` characters, all satisfy `is`.
    pub fn on_while(&self, start: usize, limit: usize, is: impl Fn(char) -> bool) -> usize {
        let mut at = start;
        while at < self.len() && at - start < limit && is(self.chars[at]) {
            at += 1;
        }
        at
    }

    pub fn candidate(
        &self,
        from: usize,
        to: usize,
        kind: PersonalKind,
        confidence: Confidence,
        why: &'static str,
    ) -> Candidate {
        Candidate { range: self.at[from]..self.at[to], kind, confidence, why }
    }
}

fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            one_hyphen_one_wave(char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)).to_ascii_lowercase()
        }
        'A'..='Z' => c.to_ascii_lowercase(),
        '\r' => '\n',
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{3000}' => ' ',
        'ｰ' => 'ー',
        _ => one_hyphen_one_wave(c),
    }
}

pub(super) fn is_kanji(c: char) -> bool {
    matches!(c, '々' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

pub(super) fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ' | '\u{ff66}'..='\u{ff9f}')
}

pub(super) fn is_hiragana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ゝ' | 'ゞ')
}

/// A hyphen, or what is typed for one between digits.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | 'ー')
}
