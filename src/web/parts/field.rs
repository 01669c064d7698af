//! Fields to type into. Anatomy from top to bottom: label with ※必須/※任意, support text, field, counter, error.
//! A field's id is its name, so that the error summary can link to it.

use maud::{Markup, Render, html};

use super::errors::{Errors, id_of};
use super::{furigana, grouped};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Must,
    May,
    /// Search boxes and filters carry no mark.
    Unsaid,
}

/// What all fields have: name, label, mark, support, error.
pub(super) struct Frame<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) need: Need,
    pub(super) limit: Option<usize>,
    pub(super) support: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) key: Option<&'static str>,
    pub(super) id: Option<&'a str>,
}

impl<'a> Frame<'a> {
    pub(super) const fn new(name: &'a str, label: &'a str) -> Self {
        Self { name, label, need: Need::Unsaid, limit: None, support: None, error: None, key: None, id: None }
    }

    pub(super) fn id(&self) -> &'a str {
        self.id.unwrap_or_else(|| id_of(self.name))
    }

    pub(super) fn label(&self) -> Markup {
        html! {
            (furigana(self.label))
            @if let Some(key) = self.key { span.need aria-hidden="true" { kbd { (key.to_uppercase()) } } }
            @if let Some(limit) = self.limit { span.limit { "(" (grouped(limit as u64)) "字まで)" } }
            @match self.need {
                Need::Must => span.need.must { "※必須" },
                Need::May => span.need { "※任意" },
                Need::Unsaid => {},
            }
        }
    }

    pub(super) fn support(&self) -> Markup {
        html! { @if let Some(text) = self.support { span.support id={ (self.id()) "-support" } { (furigana(text)) } } }
    }

    pub(super) fn error(&self) -> Markup {
        html! { @if let Some(text) = self.error { span.error-text id={ (self.id()) "-error" } { "＊" (text) } } }
    }

    /// The ids a screen reader reads after the label.
    pub(super) fn described(&self) -> Option<String> {
        let id = self.id();
        match (self.support.is_some(), self.error.is_some()) {
            (true, true) => Some(format!("{id}-support {id}-error")),
            (true, false) => Some(format!("{id}-support")),
            (false, true) => Some(format!("{id}-error")),
            (false, false) => None,
        }
    }

    pub(super) fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// Said to screen readers; the browser's own bubble would stop the server's kinder words.
    pub(super) fn required(&self) -> Option<&'static str> {
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
pub(super) use frame_setters;

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

    /// A date as people write it: 令和8年4月1日, R8.4.1 or 2026/4/1.
    pub fn date(name: &'a str, label: &'a str) -> Self {
        Self::text(name, label).support("例:令和8年4月1日、R8.4.1、2026/4/1").autocomplete("off").medium()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_an_error_tells_the_reader_what_and_where() {
        let mut errors = Errors::default();
        errors.add("body", "本文を入力してください");
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
}
