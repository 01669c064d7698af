//! A chapter of the answers as it will be read: for those who write it, those who approve it, and on paper.

use std::collections::HashMap;

use maud::{Markup, html};

use super::content::{Answer, ChapterContent};
use crate::opinions::view::Outcome;
use crate::web::parts::{self, Tone};

/// The colour of an outcome; the words say it too.
pub fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Revised => Tone::Success,
        Outcome::NotAdopted => Tone::Warning,
        Outcome::AlreadyInDraft | Outcome::Reference | Outcome::QuestionAnswered => Tone::Info,
        Outcome::OffTopic => Tone::Quiet,
    }
}

/// A chapter's answers in their order; `words` are those of groups without a gist, by group.
pub fn chapter(content: &ChapterContent, words: &HashMap<i64, String>) -> Markup {
    html! {
        p.soft { "担当 " (content.unit) " / 意見" (content.items()) "件、まとまり" (content.groups()) "、市の考え方" (content.answers.len()) }
        @for answer in &content.answers { (self::answer(answer, words)) }
    }
}

/// One answer: what was said, then what the city says.
fn answer(answer: &Answer, words: &HashMap<i64, String>) -> Markup {
    html! {
        section.card.stack id=(format!("answer-{}", answer.view_id)) {
            h3 { "意見" }
            ul {
                @for group in &answer.groups {
                    li {
                        @if !group.gist.is_empty() { (group.gist) }
                        @else if let Some(words) = words.get(&group.group_id) { (parts::typed(words)) }
                        @else { span.soft { "(全文を公表します)" } }
                        " " small.soft { (group.place) @if group.items.len() > 1 { "、同趣旨" (group.items.len()) "件" } }
                    }
                }
            }
            h3 { "市の考え方" }
            .badges {
                @if let Some(outcome) = answer.outcome { (parts::badge(tone(outcome), outcome.label())) }
                @if let Some(unit) = &answer.unit { (parts::badge(Tone::Quiet, unit)) }
            }
            (parts::typed(&answer.body))
            (reasons(&answer.reason, &answer.changed_place, &answer.old_text, &answer.new_text))
        }
    }
}

/// Reason, place, and from what to what, as far as they are there.
pub fn reasons(reason: &str, place: &str, old: &str, new: &str) -> Markup {
    let all = [("理由", reason), ("案の箇所", place), ("直す前", old), ("直したあと", new)];
    let filled = all.into_iter().filter(|(_, text)| !text.is_empty());
    html! {
        @if all.iter().any(|(_, text)| !text.is_empty()) {
            (parts::facts(filled.map(|(name, text)| (name, parts::typed(text)))))
        }
    }
}
