//! The city's view (市の考え方), what it must hold, and the chapters it is approved in. Pure.

use diesel::prelude::*;

use crate::db::schema::{answer_chapter, city_view};
use crate::db::{Backend, Instant};
use crate::text_enum;

text_enum! {
    /// What the city does with what a group says (domain.md 15.4).
    pub enum Outcome {
        Revised = "revised" => "案を修正します",
        AlreadyInDraft = "already_in_draft" => "案に記載しています",
        Reference = "reference" => "今後の参考とします",
        NotAdopted = "not_adopted" => "反映しません",
        QuestionAnswered = "question_answered" => "質問へのお答え",
        OffTopic = "off_topic" => "案件外の意見",
    }
}

text_enum! {
    /// What a view lacks before it can go before its approvers (行政手続法43条: what changed and why, or why not).
    pub enum Lack {
        Outcome = "outcome" => "対応を選んでください",
        Body = "body" => "市の考え方を書いてください",
        Place = "changed_place" => "案のどこかを書いてください",
        OldText = "old_text" => "直す前の文章を書いてください",
        NewText = "new_text" => "直したあとの文章を、直す前と違う文章で書いてください",
        Reason = "reason" => "理由を書いてください",
    }
}

/// Longest 市の考え方, reason, old and new text, in characters.
pub const TEXT_LIMIT: usize = 10_000;

/// Longest place, in characters.
pub const PLACE_LIMIT: usize = 300;

/// Longest name of a chapter or a phrase, in characters.
pub const NAME_LIMIT: usize = 100;

/// Which parts of a view are filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each field of the view")]
pub struct Filled {
    /// 市の考え方.
    pub body: bool,
    /// The reason.
    pub reason: bool,
    /// The place.
    pub place: bool,
    /// The old text.
    pub old: bool,
    /// A new text other than the old.
    pub new: bool,
}

/// What is missing of a view with an outcome and these parts.
pub fn lacks(outcome: Option<Outcome>, filled: Filled) -> Vec<Lack> {
    let needed: &[Lack] = match outcome {
        None => &[Lack::Outcome],
        Some(Outcome::Revised) => &[Lack::Place, Lack::OldText, Lack::NewText, Lack::Reason],
        Some(Outcome::AlreadyInDraft) => &[Lack::Place],
        Some(Outcome::NotAdopted) => &[Lack::Reason],
        Some(Outcome::Reference | Outcome::QuestionAnswered | Outcome::OffTopic) => &[],
    };
    [Lack::Body]
        .iter()
        .chain(needed)
        .copied()
        .filter(|lack| match lack {
            Lack::Outcome => true,
            Lack::Body => !filled.body,
            Lack::Place => !filled.place,
            Lack::OldText => !filled.old,
            Lack::NewText => !filled.new,
            Lack::Reason => !filled.reason,
        })
        .collect()
}

/// A part of the answers that is approved by itself.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = answer_chapter, check_for_backend(Backend))]
pub struct Chapter {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// Its place.
    pub sort: i64,
    /// Such as 第1章 or 全体.
    pub name: String,
    /// The section that answers.
    pub unit_id: i64,
    /// The number of its newest version before the approvers; 0 before the first.
    pub current_no: i64,
    /// What a change must have seen.
    pub version: i64,
    /// The paper of the heading it was made from.
    pub paper_id: Option<i64>,
    /// The code of that heading; none for 全体・その他 and for chapters made by hand.
    pub heading: Option<String>,
    /// The version that stands approved.
    pub approved_no: Option<i64>,
}

impl Chapter {
    /// Its page.
    pub fn path(&self) -> String {
        format!("/chapters/{}", self.id)
    }
}

/// An answer as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = city_view, check_for_backend(Backend))]
pub struct View {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// Its chapter.
    pub chapter_id: i64,
    /// Its place in the chapter.
    pub sort: i64,
    /// 対応; none while it is being written.
    pub outcome: Option<Outcome>,
    /// 市の考え方.
    pub body: String,
    /// Why it is not adopted, or why the draft changes.
    pub reason: String,
    /// Where the draft changes, or where it says so already.
    pub changed_place: String,
    /// From.
    pub old_text: String,
    /// To.
    pub new_text: String,
    /// The section that answers, when that is not the chapter's.
    pub unit_id: Option<i64>,
    /// Who wrote it last.
    pub author_id: Option<i64>,
    /// When.
    pub updated_at: Instant,
    /// Since when it no longer stands.
    pub removed_at: Option<Instant>,
    /// What a change must have seen.
    pub version: i64,
    /// The paper of the paragraph it changes.
    pub changed_paper_id: Option<i64>,
    /// That paragraph's code.
    pub changed_paragraph: Option<String>,
}

impl View {
    /// Its page.
    pub fn path(&self) -> String {
        format!("/answers/{}", self.id)
    }

    /// What is written in it.
    pub fn words(&self) -> Words {
        Words {
            outcome: self.outcome,
            body: self.body.clone(),
            reason: self.reason.clone(),
            changed_place: self.changed_place.clone(),
            old_text: self.old_text.clone(),
            new_text: self.new_text.clone(),
            changed: self.changed_paper_id.zip(self.changed_paragraph.clone()),
            unit_id: self.unit_id,
        }
    }

    /// What it lacks before it can go before its approvers.
    pub fn lacks(&self) -> Vec<Lack> {
        lacks(self.outcome, self.words().filled())
    }
}

/// What is written in a view: everything a person can change of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// 対応.
    pub outcome: Option<Outcome>,
    /// 市の考え方.
    pub body: String,
    /// The reason.
    pub reason: String,
    /// The place in the draft.
    pub changed_place: String,
    /// The text there was.
    pub old_text: String,
    /// The text there will be.
    pub new_text: String,
    /// The paragraph that changes: paper and code.
    pub changed: Option<(i64, String)>,
    /// The section that answers, when that is not the chapter's.
    pub unit_id: Option<i64>,
}

impl Words {
    /// Which parts are filled in.
    pub fn filled(&self) -> Filled {
        let said = |text: &str| !text.trim().is_empty();
        Filled {
            body: said(&self.body),
            reason: said(&self.reason),
            place: said(&self.changed_place),
            old: said(&self.old_text),
            new: said(&self.new_text) && self.new_text != self.old_text,
        }
    }

    /// All of it as one text, for showing two of them side by side.
    pub fn whole(&self) -> String {
        let parts = [
            ("対応", self.outcome.map_or("", Outcome::label)),
            ("市の考え方", &self.body),
            ("理由", &self.reason),
            ("案の箇所", &self.changed_place),
            ("直す前", &self.old_text),
            ("直したあと", &self.new_text),
        ];
        let shown = parts.into_iter().filter(|(_, text)| !text.is_empty());
        shown.map(|(name, text)| format!("【{name}】\n{text}")).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Filled = Filled { body: true, reason: true, place: true, old: true, new: true };

    #[test]
    fn a_revision_says_where_from_what_to_what_and_why() {
        let only_body = Filled { body: true, ..Filled::default() };
        let missing = lacks(Some(Outcome::Revised), only_body);
        assert_eq!(missing, [Lack::Place, Lack::OldText, Lack::NewText, Lack::Reason]);
        assert_eq!(lacks(Some(Outcome::Revised), ALL), []);
    }

    #[test]
    fn an_opinion_that_is_not_adopted_is_told_why_and_one_in_the_draft_where() {
        let only_body = Filled { body: true, ..Filled::default() };
        assert_eq!(lacks(Some(Outcome::NotAdopted), only_body), [Lack::Reason]);
        assert_eq!(lacks(Some(Outcome::AlreadyInDraft), only_body), [Lack::Place]);
        assert_eq!(lacks(Some(Outcome::Reference), only_body), []);
        assert_eq!(lacks(None, Filled::default()), [Lack::Body, Lack::Outcome]);
    }

    #[test]
    fn the_same_words_before_and_after_are_no_change() {
        let words = Words { old_text: "3年".into(), new_text: "3年".into(), ..Words::default() };
        assert!(words.filled().old && !words.filled().new);
    }
}
