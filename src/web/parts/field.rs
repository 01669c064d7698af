//! Fields of a form. Anatomy from top to bottom: label with ※必須/※任意, support text, field, counter, error.
//! A field's id is its name, so that the error summary can link to it.

use maud::{Markup, Render, html};

use super::grouped;

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
fn id_of(name: &str) -> &str {
    name.trim_end_matches("[]")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
    /// Search boxes and filters carry no mark.
    Unsaid,
}

/// What all fields have: name, label, mark, support, error.
struct Frame<'a> {
    name: &'a str,
    label: &'a str,
    need: Need,
    limit: Option<usize>,
    support: Option<&'a str>,
    error: Option<&'a str>,
    key: Option<&'static str>,
    id: Option<&'a str>,
}

impl<'a> Frame<'a> {
    const fn new(name: &'a str, label: &'a str) -> Self {
        Self { name, label, need: Need::Unsaid, limit: None, support: None, error: None, key: None, id: None }
    }

    fn id(&self) -> &'a str {
        self.id.unwrap_or_else(|| id_of(self.name))
    }

    fn label(&self) -> Markup {
        html! {
            (self.label)
            @if let Some(limit) = self.limit { span.limit { "(" (grouped(limit as u64)) "字まで)" } }
            @match self.need {
                Need::Must => span.need.must { "※必須" },
                Need::May => span.need { "※任意" },
                Need::Unsaid => {},
            }
            @if let Some(key) = self.key { span.need aria-hidden="true" { kbd { (key.to_uppercase()) } } }
        }
    }

    fn support(&self) -> Markup {
        html! { @if let Some(text) = self.support { span.support id={ (self.id()) "-support" } { (text) } } }
    }

    fn error(&self) -> Markup {
        html! { @if let Some(text) = self.error { span.error-text id={ (self.id()) "-error" } { "＊" (text) } } }
    }

    /// The ids a screen reader reads after the label.
    fn described(&self) -> Option<String> {
        let id = self.id();
        match (self.support.is_some(), self.error.is_some()) {
            (true, true) => Some(format!("{id}-support {id}-error")),
            (true, false) => Some(format!("{id}-support")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// Said to screen readers; the browser's own bubble would stop the server's kinder words.
    fn required(&self) -> Option<&'static str> {
        (self.need == Need::Must).then_some("true")
    }
}

macro_rules! frame_setters {
    () => {
        /// Marked ※必須.
        pub fn required(mut self) -> Self {
            self.frame.need = Need::Must;
            self
        }

        /// Marked ※任意.
        pub fn optional(mut self) -> Self {
            self.frame.need = Need::May;
            self
        }

        /// One or two sentences between label and field.
        pub fn support(mut self, text: &'a str) -> Self {
            self.frame.support = Some(text);
            self
        }

        /// An id other than the name, for a page with several forms that ask the same.
        pub fn id(mut self, id: &'a str) -> Self {
            self.frame.id = Some(id);
            self
        }

        /// The browser's own access key for it, shown after the label.
        pub fn key(mut self, key: &'static str) -> Self {
            self.frame.key = Some(key);
            self
        }

        /// The message for this field, if it has one.
        pub fn errors(mut self, errors: &'a Errors) -> Self {
            self.frame.error = errors.of(self.frame.name);
            self
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Search,
    Password,
    Area,
}

/// A field to type into. `Field::text("subject", "題名").optional().value(&draft.subject).errors(&errors)`.
#[must_use]
pub struct Field<'a> {
    frame: Frame<'a>,
    kind: Kind,
    value: &'a str,
    width: &'static str,
    inputmode: Option<&'static str>,
    autocomplete: Option<&'static str>,
    rows: u16,
    similar: Option<(&'a str, &'a str)>,
}

impl<'a> Field<'a> {
    const fn new(name: &'a str, label: &'a str, kind: Kind) -> Self {
        let frame = Frame::new(name, label);
        Self {
            frame,
            kind,
            value: "",
            width: "w-l",
            inputmode: None,
            autocomplete: None,
            rows: 6,
            similar: None,
        }
    }

    /// One line.
    pub const fn text(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Kind::Text)
    }

    /// One line to search with; the `/` key of staff goes there.
    pub const fn search(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Kind::Search)
    }

    /// A password; its value is never sent back.
    pub const fn password(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Kind::Password)
    }

    /// Several lines.
    pub const fn area(name: &'a str, label: &'a str) -> Self {
        Self::new(name, label, Kind::Area)
    }

    /// An e-mail address. Not `type=email`: browsers rewrite full-width letters there and lose what was typed.
    pub fn email(name: &'a str, label: &'a str) -> Self {
        Self::text(name, label).keyboard("email").autocomplete("email")
    }

    /// A telephone number, with any hyphens or none.
    pub fn phone(name: &'a str, label: &'a str) -> Self {
        Self::text(name, label).keyboard("tel").autocomplete("tel").medium()
    }

    /// A postal code, with 〒 and hyphen or without.
    pub fn postal_code(name: &'a str, label: &'a str) -> Self {
        Self::text(name, label).keyboard("numeric").autocomplete("postal-code").short()
    }

    /// A date as people write it: 令和8年4月1日, R8.4.1 or 2026-04-01.
    pub fn date(name: &'a str, label: &'a str) -> Self {
        Self::text(name, label).support("例:令和8年4月1日、R8.4.1、2026-04-01").autocomplete("off").medium()
    }

    frame_setters!();

    /// What was typed before.
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// The most characters it takes; said in the label, counted live in an area. There is no `maxlength`: it
    /// would cut a pasted text without a word.
    pub fn limit(mut self, characters: usize) -> Self {
        self.frame.limit = Some(characters);
        self
    }

    /// Lines an area shows.
    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = rows;
        self
    }

    /// As wide as a number or a code.
    pub fn short(mut self) -> Self {
        self.width = "w-s";
        self
    }

    /// As wide as a name or a date.
    pub fn medium(mut self) -> Self {
        self.width = "w-m";
        self
    }

    /// As wide as the page.
    pub fn full(mut self) -> Self {
        self.width = "";
        self
    }

    /// Which keyboard a telephone shows (`inputmode`).
    pub fn keyboard(mut self, mode: &'static str) -> Self {
        self.inputmode = Some(mode);
        self
    }

    /// What the browser may fill in (`autocomplete`).
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// An area whose text `similar.js` posts to `url`, showing the answer in the element with id `into`.
    pub fn similar(mut self, url: &'a str, into: &'a str) -> Self {
        self.similar = Some((url, into));
        self
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let frame = &self.frame;
        let id = frame.id();
        let plain = matches!(self.inputmode, Some("email" | "tel" | "numeric"));
        html! {
            .field .wrong[frame.error.is_some()] {
                label.label for=(id) { (frame.label()) }
                (frame.support())
                @if self.kind == Kind::Area {
                    textarea.textarea #(id) name=(frame.name) rows=(self.rows) accesskey=[frame.key]
                        aria-describedby=[frame.described()] aria-invalid=[frame.invalid()] aria-required=[frame.required()]
                        autocomplete=[self.autocomplete] data-limit=[frame.limit]
                        data-similar-url=[self.similar.map(|s| s.0)] data-similar-into=[self.similar.map(|s| s.1)] {
                        // a browser drops the first line break of an area: give it one to drop
                        @if self.value.starts_with(['\n', '\r']) { "\n" }
                        (self.value)
                    }
                } @else {
                    input.input .(self.width) #(id) name=(frame.name) accesskey=[frame.key]
                        type=(match self.kind { Kind::Search => "search", Kind::Password => "password", _ => "text" })
                        value=[(self.kind != Kind::Password && !self.value.is_empty()).then_some(self.value)]
                        aria-describedby=[frame.described()] aria-invalid=[frame.invalid()] aria-required=[frame.required()]
                        inputmode=[self.inputmode] autocomplete=[self.autocomplete]
                        autocapitalize=[plain.then_some("off")] spellcheck=[plain.then_some("false")];
                }
                (frame.error())
            }
        }
    }
}

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
                            input #(own) type=(kind) name=(frame.name) value=(value) accesskey=[frame.key.filter(|_| at == 0)] checked[self.chosen.contains(value)]
                                aria-describedby=[frame.error.map(|_| format!("{id}-error"))];
                            span {
                                (label)
                                @if !note.is_empty() { span.choice-note { (note) } }
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

    fn errors() -> Errors {
        let mut errors = Errors::default();
        errors.add("body", "本文を入力してください");
        errors.add("body", "二つ目");
        errors.add("relation[]", "一つ以上選んでください");
        errors
    }

    #[test]
    fn a_field_with_an_error_tells_the_reader_what_and_where() {
        let errors = errors();
        let field =
            Field::area("body", "本文").required().limit(4000).support("できるだけ具体的に").errors(&errors);
        let shown = field.render().into_string();
        assert!(
            shown.contains(r#"<label class="label" for="body">本文<span class="limit">(4,000字まで)</span>"#)
        );
        assert!(shown.contains("※必須"));
        assert!(shown.contains(
            r#"aria-describedby="body-support body-error" aria-invalid="true" aria-required="true""#
        ));
        assert!(shown.contains(r#"id="body-error">＊本文を入力してください</span>"#));
        assert!(shown.contains(r#"data-limit="4000""#) && !shown.contains("maxlength"));
    }

    #[test]
    fn a_field_without_an_error_is_not_called_wrong() {
        let shown = Field::text("subject", "題名").optional().value("街灯").render().into_string();
        assert!(shown.contains("※任意") && shown.contains(r#"value="街灯""#));
        assert!(
            !shown.contains("aria-invalid")
                && !shown.contains("aria-describedby")
                && !shown.contains("wrong")
        );
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let shown = Field::password("password", "パスワード").value("himitsu").render().into_string();
        assert!(!shown.contains("himitsu"));
    }

    #[test]
    fn a_text_that_begins_with_an_empty_line_keeps_it() {
        let shown = Field::area("body", "本文").value("\n二行目").render().into_string();
        assert!(shown.contains(">\n\n二行目</textarea>"), "{shown}");
    }

    #[test]
    fn every_link_of_the_summary_leads_to_an_element() {
        let errors = errors();
        let summary = error_summary(&errors).into_string();
        assert!(summary.contains("入力内容をご確認ください(2件)"));
        assert!(summary.contains(r##"href="#relation""##) && !summary.contains("二つ目"));
        let choice =
            Choice::checks("relation[]", "市との関係").option("resident", "在住").option("work", "在勤");
        let shown = choice.errors(&errors).render().into_string();
        assert!(shown.contains(r#"<input id="relation" type="checkbox" name="relation[]" value="resident""#));
        assert!(shown.contains(r#"for="relation-1""#));
    }

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
}
