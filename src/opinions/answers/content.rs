//! What the public will read of a chapter, as one text: what is approved is, byte for byte, what is published. Pure.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::survey::Places;
use crate::error::{Error, Result};
use crate::opinions::view::{Outcome, View};

/// A chapter of the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChapterContent {
    /// `answer_chapter.id`.
    pub chapter_id: i64,
    /// Such as 第1章.
    pub name: String,
    /// The section that answers.
    pub unit: String,
    /// Its answers, in the order of the paragraphs they speak of.
    pub answers: Vec<Answer>,
}

/// One answer with the groups it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// `city_view.id`.
    pub view_id: i64,
    /// 対応; always there in what was approved.
    pub outcome: Option<Outcome>,
    /// 市の考え方.
    pub body: String,
    /// The reason; may be empty.
    pub reason: String,
    /// Where in the draft; may be empty.
    pub changed_place: String,
    /// The text there was; may be empty.
    pub old_text: String,
    /// The text there will be; may be empty.
    pub new_text: String,
    /// The paragraph that changes: paper and code.
    pub changed: Option<(i64, String)>,
    /// The section that answers, when that is not the chapter's.
    pub unit: Option<String>,
    /// The groups, in the order of their paragraphs.
    pub groups: Vec<Group>,
}

/// A group under an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// `opinion_group.id`.
    pub group_id: i64,
    /// 要旨; may be empty where full texts are published.
    pub gist: String,
    /// The paper and the paragraph's code; none is the draft as a whole.
    pub paragraph: Option<(i64, String)>,
    /// Where that is, in words.
    pub place: String,
    /// Distinct texts.
    pub texts: i64,
    /// Every item in it by its number: moving one makes another text.
    pub items: Vec<i64>,
}

impl ChapterContent {
    /// The bytes that are approved.
    ///
    /// # Errors
    /// [`Error::Internal`] should it ever not be writable.
    pub fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// From a stored version.
    ///
    /// # Errors
    /// [`Error::Internal`] for what is no chapter.
    pub fn read(text: &str) -> Result<ChapterContent> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// How many items stand under its answers.
    pub fn items(&self) -> usize {
        self.answers.iter().flat_map(|a| &a.groups).map(|g| g.items.len()).sum()
    }

    /// How many groups.
    pub fn groups(&self) -> usize {
        self.answers.iter().map(|a| a.groups.len()).sum()
    }
}

/// What a version is known by.
pub fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A group as it goes into a chapter's content: the view it is under, and the group itself.
pub type Placed = (i64, Group);

/// Puts groups under their answers: groups in the order of their paragraphs, answers in the order of their first group.
/// Views nobody is answered with are left out. `unit` gives a section's name.
pub fn assemble(
    views: &[View],
    mut groups: Vec<Placed>,
    places: &Places,
    unit: impl Fn(i64) -> String,
) -> Vec<Answer> {
    let order = |g: &Group| {
        let at = g.paragraph.as_ref().map(|(paper, code)| (*paper, code.as_str()));
        (places.order(at), g.group_id)
    };
    groups.sort_by_cached_key(|(_, g)| order(g));
    let by_id: HashMap<i64, &View> = views.iter().map(|v| (v.id, v)).collect();
    let mut at: HashMap<i64, usize> = HashMap::new();
    let mut answers: Vec<Answer> = Vec::new();
    for (view_id, group) in groups {
        if let Some(at) = at.get(&view_id) {
            answers[*at].groups.push(group);
            continue;
        }
        let Some(view) = by_id.get(&view_id) else { continue };
        at.insert(view_id, answers.len());
        answers.push(Answer {
            view_id,
            outcome: view.outcome,
            body: view.body.clone(),
            reason: view.reason.clone(),
            changed_place: view.changed_place.clone(),
            old_text: view.old_text.clone(),
            new_text: view.new_text.clone(),
            changed: view.changed_paper_id.zip(view.changed_paragraph.clone()),
            unit: view.unit_id.map(&unit),
            groups: vec![group],
        });
    }
    answers
}
