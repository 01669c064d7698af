//! What was wrong with a form, and the summary that leads to each field.

use maud::{Markup, html};

/// What was wrong with a form, field by field, in the order found. One message a field: the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<(String, String)>);

impl Errors {
    /// Notes a message for a field (its `name`), unless the field has one already. Without the leading ＊.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let field = field.into();
        if self.of(&field).is_none() {
            self.0.push((field, message.into()));
        }
    }

    /// The message for a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field and message, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }
}

/// The list of what is wrong, each linking to its field. The layout puts it after the heading.
pub fn error_summary(errors: &Errors) -> Markup {
    html! {
        section.error-summary #error-summary tabindex="-1" role="alert" aria-labelledby="error-summary-title" {
            h2 #error-summary-title { "入力内容をご確認ください(" (errors.len()) "件)" }
            ul {
                @for (field, message) in errors.iter() { li { a href={ "#" (id_of(field)) } { (message) } } }
            }
        }
    }
}

/// `relation[]` is a fine name but no fine id.
pub(super) fn id_of(name: &str) -> &str {
    name.trim_end_matches("[]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_message_the_first_and_the_summary_leads_to_it() {
        let mut errors = Errors::default();
        errors.add("body", "本文を入力してください");
        errors.add("body", "二つ目");
        errors.add("relation[]", "一つ以上選んでください");
        let summary = error_summary(&errors).into_string();
        assert!(summary.contains("入力内容をご確認ください(2件)"));
        assert!(summary.contains(r##"<a href="#relation">一つ以上選んでください</a>"##));
        assert!(!summary.contains("二つ目"));
    }
}
