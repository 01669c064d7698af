//! The draft against the final text, paragraph by paragraph, with the views that say why. Pure.

use std::collections::HashMap;

use crate::consultations::paper::Paragraph;
use crate::opinions::view::{Outcome, View};

/// A paragraph of the draft beside that of the final text; a side is `None` where the other has it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The paper.
    pub paper_id: i64,
    /// The paragraph's code.
    pub code: String,
    /// Where it stands, in words.
    pub place: String,
    /// As put to comment.
    pub old: Option<String>,
    /// As decided.
    pub new: Option<String>,
}

impl Difference {
    /// Whether a view changed this paragraph: it names it, or its words are in it.
    pub fn is_by(&self, view: &View) -> bool {
        if view.outcome != Some(Outcome::Revised) {
            return false;
        }
        if let (Some(paper), Some(code)) = (view.changed_paper_id, view.changed_paragraph.as_deref()) {
            return paper == self.paper_id && code == self.code;
        }
        let within = |whole: &Option<String>, part: &str| {
            !part.trim().is_empty() && whole.as_deref().is_some_and(|w| w.contains(part.trim()))
        };
        within(&self.old, &view.old_text) || within(&self.new, &view.new_text)
    }
}

/// What differs between the draft and the final text of a paper, in the order of the final text; what was taken out
/// stands where it stood.
pub fn differences(paper_id: i64, draft: &[Paragraph], last: &[Paragraph]) -> Vec<Difference> {
    let new: HashMap<&str, &Paragraph> = last.iter().map(|p| (p.code.as_str(), p)).collect();
    let old: HashMap<&str, &Paragraph> = draft.iter().map(|p| (p.code.as_str(), p)).collect();
    let difference = |p: &Paragraph, old: Option<&Paragraph>, new: Option<&Paragraph>| Difference {
        paper_id,
        code: p.code.clone(),
        place: p.place.clone(),
        old: old.map(|p| p.body.clone()),
        new: new.map(|p| p.body.clone()),
    };
    let mut found = Vec::new();
    let mut rest = draft.iter().peekable();
    for paragraph in last {
        while let Some(gone) = rest.next_if(|p| !new.contains_key(p.code.as_str())) {
            found.push(difference(gone, Some(gone), None));
        }
        match old.get(paragraph.code.as_str()) {
            Some(before) => {
                rest.next_if(|p| p.code == paragraph.code);
                if before.body != paragraph.body {
                    found.push(difference(paragraph, Some(before), Some(paragraph)));
                }
            }
            None => found.push(difference(paragraph, None, Some(paragraph))),
        }
    }
    for gone in rest.filter(|p| !new.contains_key(p.code.as_str())) {
        found.push(difference(gone, Some(gone), None));
    }
    found
}

/// The draft with every revision put in: where a view names its paragraph, or its old text stands in one paragraph
/// only. Gives the paragraphs' words in order, and the views that could not be put in.
pub fn revised(paper_id: i64, draft: &[Paragraph], views: &[View]) -> (Vec<Paragraph>, Vec<i64>) {
    let mut last = draft.to_vec();
    let mut left = Vec::new();
    for view in views.iter().filter(|v| v.outcome == Some(Outcome::Revised)) {
        let old = view.old_text.trim();
        let named = view.changed_paragraph.as_deref().filter(|_| view.changed_paper_id == Some(paper_id));
        if view.changed_paper_id.is_some_and(|p| p != paper_id) {
            continue;
        }
        let at: Vec<usize> = (0..last.len())
            .filter(|no| named.is_none_or(|code| last[*no].code == code))
            .filter(|no| !old.is_empty() && last[*no].body.contains(old))
            .collect();
        match at[..] {
            [no] if last[no].body.matches(old).count() == 1 => {
                last[no].body = last[no].body.replacen(old, view.new_text.trim(), 1);
            }
            // another view asked for the same, and it stands there
            [] if stands(&last, view.new_text.trim()) => {}
            _ => left.push(view.id),
        }
    }
    (last, left)
}

fn stands(text: &[Paragraph], words: &str) -> bool {
    !words.is_empty() && text.iter().any(|p| p.body.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultations::paper::ParagraphKind;
    use crate::db::Instant;

    fn paragraph(code: &str, body: &str) -> Paragraph {
        Paragraph {
            code: code.into(),
            kind: ParagraphKind::Text,
            level: 0,
            place: format!("{code}段落目"),
            body: body.into(),
        }
    }

    fn view(id: i64, changed: Option<&str>, old: &str, new: &str) -> View {
        View {
            id,
            consultation_id: 1,
            chapter_id: 1,
            sort: id,
            outcome: Some(Outcome::Revised),
            body: "直します。".into(),
            reason: "ご意見のとおりのため。".into(),
            changed_place: "第1章".into(),
            old_text: old.into(),
            new_text: new.into(),
            unit_id: None,
            author_id: None,
            updated_at: Instant::from(chrono::DateTime::UNIX_EPOCH),
            removed_at: None,
            version: 1,
            changed_paper_id: changed.map(|_| 1),
            changed_paragraph: changed.map(str::to_owned),
        }
    }

    #[test]
    fn changed_added_and_dropped_paragraphs_stand_where_they_stood() {
        let draft = [paragraph("p1", "同じ"), paragraph("p2", "3年で"), paragraph("p3", "消える")];
        let last = [paragraph("p1", "同じ"), paragraph("p2", "5年で"), paragraph("p4", "加わる")];
        let found = differences(1, &draft, &last);
        let shown: Vec<_> =
            found.iter().map(|d| (d.code.as_str(), d.old.is_some(), d.new.is_some())).collect();
        assert_eq!(shown, [("p2", true, true), ("p3", true, false), ("p4", false, true)]);
    }

    #[test]
    fn a_view_explains_the_paragraph_it_names_or_the_one_its_words_are_in() {
        let changed =
            &differences(1, &[paragraph("p2", "3年で整えます。")], &[paragraph("p2", "5年で整えます。")])[0];
        assert!(changed.is_by(&view(1, Some("p2"), "", "")));
        assert!(!changed.is_by(&view(1, Some("p3"), "3年", "5年")));
        assert!(changed.is_by(&view(1, None, "3年", "5年")));
        assert!(!changed.is_by(&view(1, None, "10年", "20年")) && !changed.is_by(&view(1, None, "", "")));
    }

    #[test]
    fn a_revision_is_put_in_only_where_there_is_no_doubt_of_the_place() {
        let draft = [
            paragraph("p1", "3年で。3年で。"),
            paragraph("p2", "道を3年で。"),
            paragraph("p3", "橋を10年で。"),
        ];
        let views =
            [view(1, Some("p2"), "3年", "5年"), view(2, None, "3年", "9年"), view(3, None, "10年", "8年")];
        let (last, left) = revised(1, &draft, &views);
        assert_eq!((last[1].body.as_str(), last[2].body.as_str()), ("道を5年で。", "橋を8年で。"));
        assert_eq!(left, [2]);
        let twice = [view(4, None, "10年", "8年"), view(5, None, "10年", "8年")];
        assert_eq!(revised(1, &draft, &twice).1, Vec::<i64>::new());
    }
}
