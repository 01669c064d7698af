//! A submission cut into items: its text with the cuts marked, and the ways to cut it anew.

use maud::{Markup, html};

use super::super::form::place_value;
use super::super::{Head, Told};
use super::{acts_list, below, many, place_choice, start, top};
use crate::consultations::submission::{Point, Submission};
use crate::opinions::item::{Item, Stretch, cut, sentences, uncovered};
use crate::web::page::Shell;
use crate::web::parts::{self, Table, Tone, Weight, col, head as naming};

/// What the page of a submission's items shows.
pub struct CutPage {
    /// The submission.
    pub submission: Submission,
    /// Its points.
    pub points: Vec<Point>,
    /// Its standing items.
    pub items: Vec<Item>,
    /// What the page was made from.
    pub seen: String,
    /// Whether it counts.
    pub counts: bool,
    /// What was done to it.
    pub told: Vec<Told>,
}

/// `GET /consultations/{id}/submissions/{no}/items`.
pub fn cuts(shell: &Shell, csrf: &str, head: &Head, page: &CutPage) -> Markup {
    let path = head.row.path();
    let no = page.submission.id;
    let here = format!("{path}/submissions/{no}/items");
    let list = format!("{path}/groups");
    let title = format!("提出{no}の項目");
    let may = head.may_run && page.counts;
    below(shell, &head.row, &path, &title).crumb(&list, "意見の整理").script("cut.js").body(html! {
        (top(head, csrf, "", &here))
        .badges { (parts::badge(if page.counts { Tone::Info } else { Tone::Quiet }, page.submission.state.label())) }
        @if !page.counts {
            (parts::notice(Tone::Info, "", html! { p { "この提出は件数に入らないので、項目に分けません。提出の扱いを変えると、ひとりでに分かれます。" } }))
        }
        @if may {
            p { "1つの提出に別々の意見があるときは、項目に分けます。文章を選んで「項目にする」を押すか、下の欄で文を選びます。提出された文章そのものは、変わりません。" }
        }
        @for (point_no, point) in (1_i64..).zip(&page.points) {
            @let text = point.text();
            @let items: Vec<(usize, &Item)> = page.items.iter().enumerate().filter(|(_, i)| i.point_no == point_no).collect();
            .split {
                section.paper.citizen-words {
                    h2 { "意見" (point_no) @if !point.target.is_empty() { span.small { "(" (point.target) ")" } } }
                    div.letter-text.cuts data-point=(point_no) { (marked(&text, &items)) }
                    @if let Some(place) = &point.paragraph { .byline { "書かれた段落:" (head.places.label(Some((place.0, place.1.as_str())))) } }
                }
                div.stack {
                    (items_of(head, &text, &items, &path))
                    @if page.counts { (left_out(&text, &items)) }
                    @if may { (form(head, csrf, page, point_no, &text, &items, &here)) }
                }
            }
        }
        @if !page.told.is_empty() {
            section.stack { h2 { "この提出への操作" } (acts_list(&page.told, head, csrf, &here)) }
        }
        p { a href={ "/submissions/" (no) } { "提出の内容と扱いを見る" } }
    })
}

/// The text with its items marked by a number and an underline. Every piece says where in the text it begins, so that
/// `cut.js` can tell what was selected.
fn marked(text: &str, items: &[(usize, &Item)]) -> Markup {
    let end = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let mut edges: Vec<i64> = sentences(text).into_iter().flat_map(|(a, b)| [a, b]).collect();
    edges.extend(items.iter().flat_map(|(_, i)| [i.start_char, i.end_char]));
    edges.extend([0, end]);
    edges.sort_unstable();
    edges.dedup();
    let pieces: Vec<Stretch> = edges.windows(2).filter_map(|w| Some((*w.first()?, *w.get(1)?))).collect();
    html! {
        @for (from, to) in pieces {
            @let inside = items.iter().find(|(_, i)| i.start_char <= from && to <= i.end_char);
            @match inside {
                Some((nth, item)) => {
                    @if item.start_char == from { span.cut-no data-skip { span.hidden-text { "項目" } (nth + 1) } }
                    span.cut .withheld[item.withheld.is_some()] data-at=(from) { (cut(text, from, to)) }
                },
                None => span data-at=(from) { (cut(text, from, to)) },
            }
        }
    }
}

fn items_of(head: &Head, text: &str, items: &[(usize, &Item)], path: &str) -> Markup {
    let mut table = Table::new("項目", [naming("項目"), col("段落"), col("まとまり")])
        .quiet_caption()
        .or_empty(html! { p.soft { "この意見からの項目はありません。" } });
    for (nth, item) in items {
        table = table.row([
            html! { (nth + 1) " " (start(item.text(text), 60)) },
            html! { (head.places.label(item.paper_id.zip(item.paragraph.as_deref()))) },
            html! {
                @match (item.group_id, item.withheld) {
                    (Some(group), _) => a.nowrap href={ (path) "/groups/" (group) } { "まとまり" (group) },
                    (None, Some(reason)) => { "公表しない:" (reason.label()) },
                    (None, None) => {},
                }
            },
        ]);
    }
    html! { (table) }
}

/// What no item covers is said plainly.
fn left_out(text: &str, items: &[(usize, &Item)]) -> Markup {
    let covered: Vec<Stretch> = items.iter().map(|(_, i)| (i.start_char, i.end_char)).collect();
    let rest = uncovered(text, &covered);
    html! {
        @if rest.is_empty() {
            p.small { "文章のすべてが、どれかの項目に入っています。" }
        } @else {
            (parts::notice(Tone::Warning, "どの項目にも入っていない文章", html! {
                ul { @for (from, to) in &rest { li { (cut(text, *from, *to)) } } }
                p.small { "あいさつやお名前なら、このままでかまいません。" }
            }))
        }
    }
}

fn form(
    head: &Head,
    csrf: &str,
    page: &CutPage,
    point_no: i64,
    text: &str,
    items: &[(usize, &Item)],
    here: &str,
) -> Markup {
    let found = sentences(text);
    let options = head.places.options();
    let mut places = vec![("keep".to_owned(), "いまのまま".to_owned())];
    places.extend(options.iter().cloned());
    let id = |what: &str| format!("{what}-{point_no}");
    html! {
        form.card.form method="post" action=(here) data-cut=(point_no) {
            h3 { "意見" (point_no) "から項目を切り出す" }
            (parts::csrf(csrf))
            (parts::hidden("point", &point_no.to_string()))
            (parts::hidden("seen", &page.seen))
            (parts::hidden("start", ""))
            (parts::hidden("end", ""))
            p.chosen aria-live="polite" data-chosen hidden {}
            .fields-row {
                .field {
                    label.label for=(id("from")) { "どの文から" }
                    select.select #(id("from")) name="from" {
                        @for (nth, (a, b)) in found.iter().enumerate() { option value=(nth) { (nth + 1) " " (start(cut(text, *a, *b), 24)) } }
                    }
                }
                .field {
                    label.label for=(id("to")) { "どの文まで" }
                    select.select #(id("to")) name="to" {
                        @for (nth, (a, b)) in found.iter().enumerate() { option value=(nth) { (nth + 1) " " (start(cut(text, *a, *b), 24)) } }
                    }
                }
            }
            (place_choice(&id("place"), "place", "段落", &places, "keep"))
            .actions {
                (parts::submit_as(Weight::Primary, "how", "item", "項目にする"))
                (parts::submit_as(Weight::Secondary, "how", "out", "項目から外す"))
            }
            p.small { "文は" (many(i64::try_from(found.len()).unwrap_or(0))) "、項目は" (items.len()) "あります。2つの項目にまたがって選ぶと、つながります。" }
        }
        @if items.len() > 1 {
            @for (nth, item) in items {
                details {
                    summary { "項目" (nth + 1) "の段落を変える" }
                    form.form method="post" action=(here) {
                        (parts::csrf(csrf))
                        (parts::hidden("point", &point_no.to_string()))
                        (parts::hidden("seen", &page.seen))
                        (parts::hidden("start", &item.start_char.to_string()))
                        (parts::hidden("end", &item.end_char.to_string()))
                        (place_choice(&format!("place-of-{}", item.id), "place", "段落", &options, &place_value(item.paper_id.zip(item.paragraph.as_deref()))))
                        (parts::submit_as(Weight::Secondary, "how", "item", "この段落にする"))
                    }
                }
            }
        }
    }
}
