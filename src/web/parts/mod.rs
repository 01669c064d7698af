//! Small components, after the anatomy of デジタル庁デザインシステム: plain functions, and a struct where a
//! part has more than three inputs. All of them are re-exported here: pages write `parts::…`.

mod choice;
mod errors;
mod field;
mod list;
mod paper;

pub use choice::{Choice, Upload};
pub use errors::{Errors, error_summary};
pub use field::Field;
pub use list::{
    Column, Table, Tile, col, facts, head, num, pager, pager_by_cursor, progress, steps, tabs, tiles,
};
pub use paper::{Moment, Segment, Sheet, Tense, compare, diff, letter_paper, reply_paper, stamp, timeline};

use std::fmt::Display;

use maud::{Markup, PreEscaped, Render, html};

/// What a colour says. It never says it alone: the words say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Quiet,
    /// To know.
    Info,
    /// It worked; it is done.
    Success,
    /// Soon too late; look twice.
    Warning,
    /// Wrong, or too late.
    Error,
}

impl Tone {
    /// The class name in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The word a screen reader hears before a notice.
    const fn word(self) -> &'static str {
        match self {
            Self::Quiet | Self::Info => "お知らせ",
            Self::Success => "完了",
            Self::Warning => "ご注意",
            Self::Error => "エラー",
        }
    }

    const fn drawing(self) -> &'static str {
        match self {
            Self::Quiet | Self::Info => "M12 11v6M12 7v.5",
            Self::Success => "M7.5 12.5l3 3 6-6.5",
            Self::Warning => "M12 6.5v7M12 17v.5",
            Self::Error => "M8.5 8.5l7 7M15.5 8.5l-7 7",
        }
    }
}

/// The ear and the ripple: the product's sign. Decorative; words stand beside it.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 48 48" aria-hidden="true" focusable="false" {
            g fill="none" stroke="currentColor" stroke-width="3.4" stroke-linecap="round" {
                path d="M9 21.5a15 15 0 0 1 30 0c0 9.5-8.5 11.5-9.5 18a6 6 0 0 1-10.7 2.3" {}
                path d="M16.5 21.5a7.5 7.5 0 0 1 15 0c0 4.3-4.3 5.3-5 10" {}
            }
            circle.drop cx="24" cy="22" r="3" {}
        }
    }
}

/// The first screen of the front page: heading, a few words, buttons, and ripples behind them.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn hero(title: &str, words: Markup, actions: Markup) -> Markup {
    html! {
        .hero.on-sea {
            svg.ripple viewBox="0 0 400 400" aria-hidden="true" focusable="false" {
                g fill="none" stroke="currentColor" stroke-width="1.2" {
                    @for (step, radius) in [22, 46, 72, 100, 130, 162, 196].into_iter().enumerate() {
                        circle cx="200" cy="200" r=(radius) opacity=(format!("0.{}", 9 - step)) {}
                    }
                }
            }
            .inner {
                h1 { (title) }
                (words)
                .actions { (actions) }
            }
        }
    }
}

/// A box with a sign at its side. An empty title leaves the heading out.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn notice(tone: Tone, title: &str, body: Markup) -> Markup {
    let role = if tone == Tone::Error { "alert" } else { "status" };
    html! {
        .notice .(tone.class()) role=[(title.is_empty()).then_some(role)] {
            svg.icon viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
                g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" {
                    circle cx="12" cy="12" r="10" {}
                    path d=(tone.drawing()) {}
                }
            }
            .notice-body {
                @if title.is_empty() { span.hidden-text { (tone.word()) ":" } }
                @else { h2.notice-title { span.hidden-text { (tone.word()) ":" } (title) } }
                (body)
            }
        }
    }
}

/// A state in a word, such as 起案中.
pub fn badge(tone: Tone, label: &str) -> Markup {
    html! { span.badge .(tone.class()) { (label) } }
}

/// How much a button weighs. One primary a page; danger for what cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The act of the page.
    Primary,
    /// Another way on.
    Secondary,
    /// Cannot be taken back.
    Danger,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Danger => "danger",
        }
    }
}

/// A link that looks like a button.
pub fn link_button(weight: Weight, href: &str, label: &str) -> Markup {
    html! { a.button .(weight.class()) href=(href) { (label) } }
}

/// A button that sends the form it stands in.
pub fn submit(weight: Weight, label: &str) -> Markup {
    html! { button.button .(weight.class()) type="submit" { (label) } }
}

/// A button that sends the form and says which one was pressed.
pub fn submit_as(weight: Weight, name: &str, value: &str, label: &str) -> Markup {
    html! { button.button .(weight.class()) type="submit" name=(name) value=(value) { (label) } }
}

/// The hidden token of a form that posts.
pub fn csrf(token: &str) -> Markup {
    hidden("csrf", token)
}

/// A value the form carries along.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A date or time: `machine` as ISO 8601 (`2026-11-22` or with time and offset), `shown` as people read it. In a narrow
/// column it may break after the year in brackets.
pub fn time(machine: impl Display, shown: impl Render) -> Markup {
    let shown = shown.render().into_string().replacen("年)", "年)<wbr>", 1);
    html! { time.num datetime=(machine) { (PreEscaped(shown)) } }
}

/// A long text. It is escaped like every other; where nothing needs it, as in most Japanese text, it is copied at once and
/// not byte by byte.
pub fn text(text: &str) -> impl Render + '_ {
    struct Text<'a>(&'a str);
    impl Render for Text<'_> {
        fn render_to(&self, page: &mut String) {
            let bytes = self.0.as_bytes();
            if memchr::memchr3(b'<', b'>', b'&', bytes).is_none() && memchr::memchr(b'"', bytes).is_none() {
                page.push_str(self.0);
            } else {
                self.0.render_to(page);
            }
        }
    }
    Text(text)
}

/// A telephone number to press, in one piece.
pub fn phone(number: &str) -> Markup {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    html! { @if digits.is_empty() { (number) } @else { a.nowrap href={ "tel:" (digits) } { (number) } } }
}

/// 1234 as `1,234`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Our own words with readings: `{手紙|てがみ}を{書|か}く` shows the reading over the characters. Text without braces
/// is shown as it is. Never for what people typed.
pub fn furigana(words: &str) -> Markup {
    if !words.contains('{') {
        return html! { (words) };
    }
    html! {
        @for piece in words.split_inclusive('}') {
            @match piece.split_once('{') {
                Some((before, reading)) => {
                    (before)
                    @match reading.trim_end_matches('}').split_once('|') {
                        Some((base, above)) => ruby { (base) rp { "(" } rt { (above) } rp { ")" } },
                        None => (reading),
                    }
                },
                None => (piece),
            }
        }
    }
}

/// Text as it was typed: line breaks kept, nothing interpreted.
pub fn typed(text: &str) -> Markup {
    html! { div.letter-text { (text) } }
}

/// An empty list says what will appear here, and the way on if there is one.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn empty(title: &str, body: Markup) -> Markup {
    html! {
        .empty {
            (mark())
            p.empty-title { (title) }
            (body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three_from_the_right() {
        let shown = [0, 12, 999, 1000, 50_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "50,000", "1,234,567"]);
    }

    #[test]
    fn a_notice_says_its_kind_in_words_not_only_in_colour() {
        let shown = notice(Tone::Warning, "締切が近い件があります", html! {}).into_string();
        assert!(shown.contains("ご注意:</span>締切が近い件があります</h2>"));
        let flash = notice(Tone::Success, "", html! { p { "保存しました。" } }).into_string();
        assert!(flash.contains(r#"role="status""#) && flash.contains("完了:</span><p>保存しました。</p>"));
    }

    #[test]
    fn a_reading_stands_over_its_characters_and_plain_words_stay_plain() {
        assert_eq!(
            furigana("{手紙|てがみ}を書く").into_string(),
            "<ruby>手紙<rp>(</rp><rt>てがみ</rt><rp>)</rp></ruby>を書く"
        );
        assert_eq!(furigana("手紙 <b>").into_string(), "手紙 &lt;b&gt;");
    }

    #[test]
    fn what_people_typed_is_never_markup() {
        assert_eq!(
            typed("<script>alert(1)</script>").into_string(),
            r#"<div class="letter-text">&lt;script&gt;alert(1)&lt;/script&gt;</div>"#
        );
    }
}
