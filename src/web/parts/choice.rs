//! Fields to choose in: select, radios, check boxes, files. Same anatomy as [`super::field`].

use maud::{Markup, Render, html};

use super::errors::Errors;
use super::field::{Frame, Need, frame_setters};
use super::furigana;

#[derive(Clone, Copy, PartialEq, Eq)]
enum ChoiceKind {
    Select,
    Radios,
    Checks,
}

/// A choice among given values: a select, radios or check boxes.
#[must_use]
pub struct Choice<'a> {
    frame: Frame<'a>,
    kind: ChoiceKind,
    options: Vec<(&'a str, &'a str, &'a str)>,
    chosen: Vec<&'a str>,
    across: bool,
}

impl<'a> Choice<'a> {
    const fn new(name: &'a str, label: &'a str, kind: ChoiceKind) -> Self {
        Self { frame: Frame::new(name, label), kind, options: Vec::new(), chosen: Vec::new(), across: false }
    }

    /// One of many, folded away. For a blank first line add `.option("", "選んでください")`.
    pub const fn select(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, ChoiceKind::Select)
    }

    /// One of a few, all in sight; none chosen beforehand.
    pub const fn radios(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, ChoiceKind::Radios)
    }

    /// Any of a few; name it `relation[]` when several values are sent.
    pub const fn checks(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, ChoiceKind::Checks)
    }

    frame_setters!();

    /// One more value with its label.
    pub fn option(self, value: &'a str, label: &'a str) -> Self {
        self.noted(value, label, "")
    }

    /// One more value with its label and a note under it.
    pub fn noted(mut self, value: &'a str, label: &'a str, note: &'a str) -> Self {
        self.options.push((value, label, note));
        self
    }

    /// Many values at once.
    pub fn options(mut self, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.options.extend(options.into_iter().map(|(value, label)| (value, label, "")));
        self
    }

    /// The value chosen before; call it again for each value of check boxes.
    pub fn chosen(mut self, value: &'a str) -> Self {
        self.chosen.push(value);
        self
    }

    /// The values chosen before.
    pub fn chosen_all<S: AsRef<str>>(mut self, values: &'a [S]) -> Self {
        self.chosen.extend(values.iter().map(AsRef::as_ref));
        self
    }

    /// Short labels side by side where there is room.
    pub fn across(mut self) -> Self {
        self.across = true;
        self
    }
}

impl Render for Choice<'_> {
    fn render(&self) -> Markup {
        let frame = &self.frame;
        let id = frame.id();
        if self.kind == ChoiceKind::Select {
            return html! {
                .field .wrong[frame.error.is_some()] {
                    label.label for=(id) { (frame.label()) }
                    (frame.support())
                    select.select.w-l #(id) name=(frame.name) accesskey=[frame.key] aria-describedby=[frame.described()]
                        aria-invalid=[frame.invalid()] aria-required=[frame.required()] {
                        @for (value, label, _) in &self.options {
                            option value=(value) selected[self.chosen.contains(value)] { (label) }
                        }
                    }
                    (frame.error())
                }
            };
        }
        let (kind, role) = match self.kind {
            ChoiceKind::Radios => ("radio", Some("radiogroup")),
            ChoiceKind::Checks | ChoiceKind::Select => ("checkbox", None),
        };
        html! {
            fieldset.field .wrong[frame.error.is_some()] role=[role]
                aria-required=[role.and_then(|_| frame.required())] aria-invalid=[role.and_then(|_| frame.invalid())]
                aria-describedby=[frame.described()] {
                legend.label { (frame.label()) }
                (frame.support())
                .choices .across[self.across] {
                    @for (at, (value, label, note)) in self.options.iter().enumerate() {
                        // the first carries the plain id: the error summary leads there
                        @let own = if at == 0 { id.to_owned() } else { format!("{id}-{at}") };
                        label.choice for=(own) {
                            // the error is repeated here: some readers do not read a fieldset's description
                            input #(own) type=(kind) name=(frame.name) value=(value) accesskey=[frame.key.filter(|_| at == 0)]
                                checked[self.chosen.contains(value)]
                                aria-describedby=[frame.error.map(|_| format!("{id}-error"))];
                            span {
                                (furigana(label))
                                @if !note.is_empty() { span.choice-note { (furigana(note)) } }
                            }
                        }
                    }
                }
                (frame.error())
            }
        }
    }
}

/// A file field whose limits are said beforehand.
#[must_use]
pub struct Upload<'a> {
    frame: Frame<'a>,
    limits: &'a str,
    accept: &'a str,
    multiple: bool,
}

impl<'a> Upload<'a> {
    /// `limits` in words, such as 「PDF、JPEG、PNG。1つ10MBまで、5つまで。」; `accept` as the attribute, such as `.pdf,.jpg`.
    pub const fn new(name: &'a str, label: &'a str, limits: &'a str, accept: &'a str) -> Self {
        let mut frame = Frame::new(name, label);
        frame.support = Some(limits);
        Self { frame, limits, accept, multiple: false }
    }

    frame_setters!();

    /// More than one file at once.
    pub fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }
}

impl Render for Upload<'_> {
    fn render(&self) -> Markup {
        let frame = &self.frame;
        let id = frame.id();
        html! {
            .field .wrong[frame.error.is_some()] {
                label.label for=(id) { (frame.label()) }
                (frame.support())
                @if frame.support != Some(self.limits) { span.support { (self.limits) } }
                .upload {
                    input #(id) type="file" name=(frame.name) accept=(self.accept) multiple[self.multiple]
                        aria-describedby=[frame.described()] aria-invalid=[frame.invalid()];
                }
                (frame.error())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_chosen_for_the_citizen_and_a_choice_made_is_kept() {
        let radios =
            || Choice::radios("reply_wanted", "返事").option("yes", "ほしい").option("no", "いらない");
        assert!(!radios().render().into_string().contains("checked"));
        let kept = radios().chosen("no").render().into_string();
        assert!(kept.contains(r#"value="no" checked"#) && !kept.contains(r#"value="yes" checked"#));
    }

    #[test]
    fn the_limits_of_files_are_said_before_they_are_hit_even_beside_other_words() {
        let limits = "PDF、JPEG、PNG。1つ10MBまで。";
        let upload = Upload::new("files[]", "写真や書類", limits, ".pdf,.jpg")
            .support("現場の写真があると助かります。");
        let shown = upload.render().into_string();
        assert!(shown.contains(limits) && shown.contains("現場の写真"));
    }

    #[test]
    fn the_link_of_the_error_summary_finds_the_first_box_and_every_label_its_own() {
        let mut errors = Errors::default();
        errors.add("relation[]", "一つ以上選んでください");
        let choice =
            Choice::checks("relation[]", "市との関係").option("resident", "在住").option("work", "在勤");
        let shown = choice.errors(&errors).render().into_string();
        assert!(shown.contains(r#"<input id="relation" type="checkbox" name="relation[]" value="resident""#));
        assert!(shown.contains(r#"for="relation-1""#) && shown.contains(r#"<input id="relation-1""#));
    }
}
