//! Letters and their history: the citizen's words on ruled paper, the city's answer, the printed letter,
//! versions side by side, what happened when.

use maud::{Markup, Render, html};

use crate::text;

/// The citizen's words on letter paper. `text` is plain text or masked markup, as typed.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn letter_paper(heading: &str, text: impl Render, byline: Markup) -> Markup {
    html! {
        section.paper.citizen-words {
            h2 { (heading) }
            div.letter-text { (text) }
            @if !byline.0.is_empty() { .byline { (byline) } }
        }
    }
}

/// The city's answer.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn reply_paper(heading: &str, text: impl Render, byline: Markup) -> Markup {
    html! {
        section.paper.city {
            h2 { (heading) }
            div.letter-text { (text) }
            @if !byline.0.is_empty() { .byline { (byline) } }
        }
    }
}

/// The round stamp of receipt, such as 下関市 / 8.11.22 / 受付. The same must stand beside it in words.
pub fn stamp(above: &str, day: &str, below: &str) -> Markup {
    html! {
        div.stamp aria-hidden="true" { span { (above) } span.stamp-day { (day) } span { (below) } }
    }
}

/// One entry of a [`timeline`].
#[derive(Clone, Debug)]
pub struct Moment {
    /// When, as [`super::time`] renders it; or 「12月22日まで」 for what is still to come.
    pub when: Markup,
    /// What happened, in a few words.
    pub what: Markup,
    /// Who, or why; may be empty.
    pub note: Markup,
    /// Whether it is over, going on or still to come.
    pub tense: Tense,
}

/// Where a moment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// Done.
    Past,
    /// Going on.
    Now,
    /// Still to come.
    Ahead,
}

/// What happened, in the order given.
pub fn timeline(moments: impl IntoIterator<Item = Moment>) -> Markup {
    html! {
        ol.timeline {
            @for moment in moments {
                @let class = match moment.tense { Tense::Past => "past", Tense::Now => "now", Tense::Ahead => "ahead" };
                li class=(class) {
                    span.when { (moment.when) }
                    span.what { (moment.what) }
                    @match moment.tense {
                        Tense::Now => span.hidden-text { "(いまここ)" },
                        Tense::Ahead => span.hidden-text { "(これから)" },
                        Tense::Past => {},
                    }
                    @if !moment.note.0.is_empty() { span.note { (moment.note) } }
                }
            }
        }
    }
}

/// A piece of a paragraph in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// In both versions.
    Same(&'a str),
    /// In this version only.
    Only(&'a str),
}

/// Two texts side by side, line by line, what differs marked.
pub fn compare(left_name: &str, right_name: &str, old: &str, new: &str) -> Markup {
    let rows = text::diff(old, new);
    let side = |line: &Option<text::Line>| -> Vec<(bool, String)> {
        line.iter()
            .flat_map(|l| l.segments.iter().map(|s| (s.change == text::Change::Same, s.text.clone())))
            .collect()
    };
    let owned: Vec<_> = rows.iter().map(|r| (side(&r.old), side(&r.new))).collect();
    let shown: Vec<_> = owned.iter().map(|(l, r)| (segments(l), segments(r))).collect();
    diff(left_name, right_name, &shown)
}

fn segments(side: &[(bool, String)]) -> Vec<Segment<'_>> {
    side.iter().map(|(same, text)| if *same { Segment::Same(text) } else { Segment::Only(text) }).collect()
}

/// Two versions side by side, a pair of paragraphs a row; a paragraph of one side only faces an empty one.
/// Words only in the left are struck through, words only in the right underlined, and both are said.
pub fn diff(left_name: &str, right_name: &str, rows: &[(Vec<Segment<'_>>, Vec<Segment<'_>>)]) -> Markup {
    html! {
        table.table.diff role="table" {
            caption.hidden-text { (left_name) "と" (right_name) "の比較" }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { (left_name) }
                    th scope="col" role="columnheader" { (right_name) }
                }
            }
            tbody role="rowgroup" {
                @for (left, right) in rows {
                    tr role="row" .changed[left != right] {
                        td role="cell" data-label=(left_name) {
                            @for segment in left {
                                @match segment {
                                    Segment::Same(text) => (text),
                                    Segment::Only(text) => del { span.hidden-text { "削除ここから" } (text) span.hidden-text { "削除ここまで" } },
                                }
                            }
                        }
                        td role="cell" data-label=(right_name) {
                            @for segment in right {
                                @match segment {
                                    Segment::Same(text) => (text),
                                    Segment::Only(text) => ins { span.hidden-text { "追加ここから" } (text) span.hidden-text { "追加ここまで" } },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A letter for paper: A4, the address where a window envelope shows it. Call [`crate::web::page::Page::sheet`] too.
#[derive(Clone, Debug, Default)]
pub struct Sheet<'a> {
    /// Such as 751-0001, without 〒; may be empty.
    pub postal_code: &'a str,
    /// The address, a line each.
    pub address: &'a [&'a str],
    /// The receiver with 様 or 御中.
    pub to: &'a str,
    /// The document number; may be empty.
    pub number: &'a str,
    /// The date as printed, such as 令和8年11月22日.
    pub date: &'a str,
    /// Who writes, a line each, such as 下関市長 and the name.
    pub from: &'a [&'a str],
    /// The subject line.
    pub title: &'a str,
    /// The text as approved.
    pub body: &'a str,
    /// Whom to ask, a line each; may be empty.
    pub contact: &'a [&'a str],
}

impl Render for Sheet<'_> {
    fn render(&self) -> Markup {
        html! {
            article.sheet aria-label="印刷する手紙" {
                .sheet-address {
                    @if !self.postal_code.is_empty() { div { "〒" (self.postal_code) } }
                    @for line in self.address { div { (line) } }
                    .to { (self.to) }
                }
                .sheet-head {
                    @if !self.number.is_empty() { div { (self.number) } }
                    div { (self.date) }
                    @for line in self.from { div { (line) } }
                }
                h2.sheet-title { (self.title) }
                .sheet-body { (self.body) }
                @if !self.contact.is_empty() { .sheet-foot { @for line in self.contact { div { (line) } } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_in_words_and_an_unchanged_row_is_not_marked() {
        let same = vec![Segment::Same("一行目")];
        let rows = [
            (same.clone(), same),
            (
                vec![Segment::Only("十日"), Segment::Same("以内")],
                vec![Segment::Only("二週間"), Segment::Same("以内")],
            ),
        ];
        let shown = diff("第1版", "第2版", &rows).into_string();
        assert_eq!(shown.matches(r#"class="changed""#).count(), 1);
        assert!(shown.contains("<del><span class=\"hidden-text\">削除ここから</span>十日"));
        assert!(shown.contains("<ins><span class=\"hidden-text\">追加ここから</span>二週間"));
    }

    #[test]
    fn the_reader_hears_where_the_letter_stands_now() {
        let moment =
            |what: &str, tense| Moment { when: html! {}, what: html! { (what) }, note: html! {}, tense };
        let shown = timeline([moment("受け付けました", Tense::Past), moment("担当課で検討中", Tense::Now)])
            .into_string();
        assert!(shown.contains("担当課で検討中</span><span class=\"hidden-text\">(いまここ)</span>"));
        assert_eq!(shown.matches("いまここ").count(), 1);
    }

    #[test]
    fn a_letter_without_a_postal_code_prints_no_empty_mark() {
        let letter = Sheet { to: "長府 花子 様", ..Sheet::default() };
        assert!(!letter.render().into_string().contains('〒'));
        let letter = Sheet { postal_code: "751-0001", ..letter };
        assert!(letter.render().into_string().contains("<div>〒751-0001</div>"));
    }
}
