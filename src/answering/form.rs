//! The form of an answer: reading it, and its values. Pure.

use crate::opinions::view::{Outcome, Words};
use crate::text::input::{multi_line, single_line};
use crate::web::form::Fields;

/// What was typed into the form of an answer. Fields that are not on the form keep the words `before` has.
pub fn read(fields: &Fields, before: &Words) -> Words {
    let text = |name: &str, old: &str| {
        if fields.has(name) { multi_line(fields.text(name)).text.trim().to_owned() } else { old.to_owned() }
    };
    Words {
        outcome: if fields.has("outcome") || fields.has("whole") {
            Outcome::from_code(fields.text("outcome"))
        } else {
            before.outcome
        },
        body: text("body", &before.body),
        reason: text("reason", &before.reason),
        changed_place: if fields.has("changed_place") {
            single_line(fields.text("changed_place")).text.trim().to_owned()
        } else {
            before.changed_place.clone()
        },
        old_text: text("old_text", &before.old_text),
        new_text: text("new_text", &before.new_text),
        changed: if fields.has("changed") {
            paragraph(fields.text("changed"))
        } else {
            before.changed.clone()
        },
        unit_id: if fields.has("unit") { fields.number("unit") } else { before.unit_id },
    }
}

/// `12:p7` as paper and code.
pub fn paragraph(text: &str) -> Option<(i64, String)> {
    let (paper, code) = text.split_once(':')?;
    Some((paper.parse().ok()?, code.to_owned())).filter(|(_, code)| !code.is_empty())
}

/// The numbers of the groups that are marked.
pub fn groups(fields: &Fields) -> Vec<i64> {
    let mut ids: Vec<i64> = fields.all("group").into_iter().filter_map(|id| id.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn what_a_small_form_does_not_ask_stays_as_it_was() {
        let before = Words {
            outcome: Some(Outcome::Revised),
            reason: "理由".to_owned(),
            changed: Some((3, "p7".to_owned())),
            ..Words::default()
        };
        let after = read(&fields(&[("body", " 直します。\r\n")]), &before);
        assert_eq!(after, Words { body: "直します。".to_owned(), ..before.clone() });
        let cleared = read(&fields(&[("whole", "yes"), ("reason", ""), ("changed", "")]), &before);
        assert_eq!((cleared.outcome, cleared.reason.as_str(), cleared.changed), (None, "", None));
    }

    #[test]
    fn a_paragraph_is_a_paper_and_a_code() {
        assert_eq!(paragraph("3:p12"), Some((3, "p12".to_owned())));
        assert_eq!(paragraph("3:"), None);
        assert_eq!(paragraph("p12"), None);
    }
}
