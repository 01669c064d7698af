//! The personal-data finder: marks what may name a person, for staff to accept, widen or drop before publishing.
//!
//! It proposes; a person decides. So it leans towards marking too much where a person is meant, and leaves ordinary
//! words (皆様, 市長様, 下関市役所) alone, since a page full of false marks is not read. The time is linear in the text.

mod known;
mod names;
mod numbers;
mod page;
mod places;
mod signatures;
mod surnames;
#[cfg(test)]
mod tests;
mod words;

pub use known::KnownNames;

use page::Page;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// What kind of personal data a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// 氏名
    Name,
    /// 住所
    Address,
    /// 郵便番号
    PostalCode,
    /// 電話番号
    Phone,
    /// メールアドレス
    Email,
    /// 個人番号, with a valid check digit
    MyNumber,
    /// 口座番号
    BankAccount,
    /// 生年月日
    BirthDate,
}

impl PersonalKind {
    /// The word staff read beside the candidate.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "氏名",
            Self::Address => "住所",
            Self::PostalCode => "郵便番号",
            Self::Phone => "電話番号",
            Self::Email => "メールアドレス",
            Self::MyNumber => "マイナンバー",
            Self::BankAccount => "口座番号",
            Self::BirthDate => "生年月日",
        }
    }
}

/// How sure the finder is. `High` may be marked beforehand; the others are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Perhaps.
    Low,
    /// Probably.
    Medium,
    /// Nearly certainly.
    High,
}

/// A stretch of the text that may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Byte offsets in the text, on character boundaries.
    pub range: Range<usize>,
    /// What it seems to be.
    pub kind: PersonalKind,
    /// How surely.
    pub confidence: Confidence,
    /// Why, in a few Japanese words for the staff.
    pub why: &'static str,
}

/// All candidates in the order of the text; none overlap, of overlapping ones the longest stays.
pub fn find(text: &str, known: &KnownNames) -> Vec<Candidate> {
    let page = Page::new(text);
    let mut found = known::find(text, known);
    names::find(&page, &mut found);
    signatures::find(&page, &mut found);
    places::find(&page, &mut found);
    numbers::find(&page, &mut found);
    longest_wins(found)
}

fn longest_wins(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.retain(|c| !c.range.is_empty());
    found.sort_by(|a, b| {
        let key = |c: &Candidate| (c.range.len(), c.confidence);
        key(b).cmp(&key(a)).then(a.range.start.cmp(&b.range.start))
    });
    let mut kept: BTreeMap<usize, Candidate> = BTreeMap::new();
    for candidate in found {
        let before = kept.range(..candidate.range.end).next_back();
        if before.is_none_or(|(_, other)| other.range.end <= candidate.range.start) {
            kept.insert(candidate.range.start, candidate);
        }
    }
    kept.into_values().collect()
}
