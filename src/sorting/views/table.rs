//! The sorting table, and the list of what is withheld.

use maud::{Markup, html};

use super::super::form::{place_value, query};
use super::super::{GROUPS, Head, ITEMS};
use super::{act_button, below, many, place_choice, start, top};
use crate::consultations::consultation::State;
use crate::opinions::act::Seen;
use crate::opinions::group::{Filter, Order, Settled, Where};
use crate::opinions::item::Item;
use crate::opinions::store::Listing;
use crate::web::page::Shell;
use crate::web::parts::{self, Table, Tone, Weight, col, head as naming, num};

/// What the table shows.
pub struct TablePage {
    /// The filter.
    pub filter: Filter,
    /// The page, from 1.
    pub page: i64,
    /// Its groups.
    pub rows: Vec<Listing>,
    /// How many groups pass the filter.
    pub found: i64,
    /// The period is over and sorting has not begun.
    pub may_begin: bool,
}

/// `GET /consultations/{id}/groups`.
pub fn table(shell: &Shell, csrf: &str, head: &Head, page: &TablePage) -> Markup {
    let path = head.row.path();
    let here = format!("{path}/groups?{}", query(&page.filter, page.page));
    let options = head.places.options();
    let last = u64::try_from((page.found + GROUPS - 1) / GROUPS).unwrap_or(1);
    below(shell, &head.row, &path, "意見の整理").script("pick.js").body(html! {
        (top(head, csrf, "groups", &here))
        @if page.may_begin && head.may_run {
            form.card.next-step method="post" action={ (path) "/sortings" } {
                (parts::csrf(csrf))
                h2 { "募集が終わりました" }
                p { "意見の整理を始めると、状態が「" (State::Sorting.label()) "」になります。届いた意見は、何も変わりません。" }
                (parts::submit(Weight::Primary, "整理を始める"))
            }
        }
        (search(head, page, &options))
        p role="status" { (many(page.found)) "のまとまりがあります。" @if head.may_run { span.soft.keys-hint { "キー:j・k で上下、x で選ぶ、m でまとめる。" } } }
        form method="post" action={ (path) "/acts" } data-pick {
            (parts::csrf(csrf))
            (parts::hidden("back", &here))
            (rows(head, page, &path))
            @if head.may_run && !page.rows.is_empty() { (bulk(head, &options)) }
        }
        (parts::pager(u64::try_from(page.page).unwrap_or(1), last, |n| format!("{path}/groups?{}", query(&page.filter, i64::try_from(n).unwrap_or(1)))))
    })
}

fn search(head: &Head, page: &TablePage, options: &[(String, String)]) -> Markup {
    let filter = &page.filter;
    let place = match &filter.place {
        Where::Anywhere => "any".to_owned(),
        Where::Whole => "whole".to_owned(),
        Where::At(paper, code) => place_value(Some((*paper, code))),
    };
    let mut places = vec![("any".to_owned(), "すべて".to_owned())];
    places.extend_from_slice(options);
    let select = |id: &str, name: &str, label: &str, chosen: &str, values: &[(&str, &str)]| {
        html! {
            .field.short {
                label.label for=(id) { (label) }
                select.select #(id) name=(name) { @for (value, words) in values { option value=(value) selected[*value == chosen] { (words) } } }
            }
        }
    };
    let settled = match filter.settled {
        Settled::Any => "any",
        Settled::Yes => "yes",
        Settled::No => "no",
    };
    let order = match filter.order {
        Order::Size => "size",
        Order::Oldest => "oldest",
        Order::Newest => "newest",
    };
    let narrowed = *filter != Filter { least: 1, ..Filter::default() };
    html! {
        details.filters open[narrowed] {
          summary { "言葉・段落・確認・件数で絞り込む、並べ替える" }
          form.search method="get" action={ (head.row.path()) "/groups" } {
            .field {
                label.label for="q" { "言葉" }
                span.support #q-support { "要旨と本文を、書かれたとおりの文字で探します" }
                input.input #q type="search" name="q" value=(filter.words) aria-describedby="q-support";
            }
            (place_choice("filter-place", "place", "段落", &places, &place))
            (select("settled", "settled", "確認", settled, &[("any", "すべて"), ("no", "未確認"), ("yes", "確認済み")]))
            (select("least", "least", "件数", &filter.least.to_string(), &[("1", "すべて"), ("2", "2件以上"), ("10", "10件以上"), ("100", "100件以上")]))
            (select("order", "order", "並び", order, &[("size", "多い順"), ("oldest", "届いた順"), ("newest", "新しい順")]))
            (parts::submit(Weight::Secondary, "絞り込む"))
          }
        }
    }
}

fn rows(head: &Head, page: &TablePage, path: &str) -> Markup {
    let empty = if head.sums.items == 0 {
        parts::empty(
            "まだ意見はありません",
            html! { p { "届いた意見は、1つの意見欄を1項目として、ここに並びます。同じ文章は、ひとりでに1つのまとまりになります。" } },
        )
    } else {
        parts::empty(
            "当てはまるまとまりはありません",
            html! { p { a href={ (path) "/groups" } { "すべてのまとまりを見る" } } },
        )
    };
    let mut table = Table::new(
        "意見のまとまり",
        [
            col(""),
            naming("要旨、または代表の文章"),
            col("段落"),
            num("項目"),
            num("異なる文章"),
            num("提出者"),
            col("確認"),
        ],
    )
    .quiet_caption()
    .keyed()
    .or_empty(empty);
    for row in &page.rows {
        let group = &row.group;
        let name = if group.gist.is_empty() { start(&row.typical, 90) } else { start(&group.gist, 90) };
        let chapter = group.chapter_id.and_then(|id| head.chapters.iter().find(|c| c.id == id));
        table = table.row([
            html! {
                @if head.may_run {
                    label.pick { span.hidden-text { "まとまり" (group.id) "を選ぶ" }
                        input type="checkbox" name="groups[]" value=(Seen { id: group.id, version: group.version }.value()); }
                }
            },
            html! {
                a href={ (path) "/groups/" (group.id) } { (name) }
                br; span.small.soft { "まとまり" (group.id) @if group.gist.is_empty() { "・要旨なし" } }
            },
            html! {
                (head.places.label(group.place()))
                @if let Some(chapter) = chapter { br; span.small.soft { (chapter.name) } }
            },
            html! { (many(row.items)) },
            html! { (many(row.texts)) },
            html! { (many(row.senders)) },
            html! {
                @if group.settled { (parts::badge(Tone::Success, "確認済み")) } @else { (parts::badge(Tone::Quiet, "未確認")) }
                @if group.view_id.is_some() { " " (parts::badge(Tone::Info, "回答あり")) }
            },
        ]);
    }
    html! { (table) }
}

fn bulk(head: &Head, options: &[(String, String)]) -> Markup {
    html! {
        .bulk {
            p.picked aria-live="polite" data-picked { "まとまりに印を付けると、まとめる・確認済みにする・段落や章を決める、ができます。" }
            (act_button(Weight::Primary, "merge", "1つにまとめる"))
            (act_button(Weight::Secondary, "settle", "確認済みにする"))
            details {
                summary { "段落や章を決める" }
                .fields-row.level {
                    (place_choice("bulk-place", "place", "段落", options, ""))
                    (act_button(Weight::Secondary, "tie", "この段落にする"))
                    @if !head.chapters.is_empty() {
                        .field {
                            label.label for="bulk-chapter" { "章" }
                            select.select #bulk-chapter name="chapter" {
                                @for chapter in &head.chapters { option value=(chapter.id) { (chapter.name) } }
                                option value="none" { "章に入れない" }
                            }
                        }
                        (act_button(Weight::Secondary, "chapter", "この章に入れる"))
                    }
                }
            }
        }
    }
}

/// `GET /consultations/{id}/withheld`.
pub fn withheld(shell: &Shell, csrf: &str, head: &Head, items: &[(Item, String)], page: i64) -> Markup {
    let path = head.row.path();
    let back = format!("{path}/withheld");
    let mut table = Table::new("公表しない項目", [col(""), naming("項目"), col("段落"), col("理由"), col("提出")])
        .quiet_caption()
        .or_empty(parts::empty("公表しない項目はありません", html! { p { "公表しないこととした項目は、理由ごとの件数を結果に載せます。消えることはありません。" } }));
    for (item, text) in items {
        let reason = item.withheld.map_or("", |w| w.label());
        table = table.row([
            html! {
                @if head.may_run {
                    label.pick { span.hidden-text { "項目" (item.id) "を選ぶ" }
                        input type="checkbox" name="items[]" value=(Seen { id: item.id, version: item.version }.value()); }
                }
            },
            html! { (start(text, 200)) },
            html! { (head.places.label(item.paper_id.zip(item.paragraph.as_deref()))) },
            html! { (reason) @if !item.withheld_note.is_empty() { br; span.small { (item.withheld_note) } } },
            html! { a.nowrap href={ (path) "/submissions/" (item.submission_id) "/items" } { "提出" (item.submission_id) } },
        ]);
    }
    let last = u64::try_from((head.sums.withheld + ITEMS - 1) / ITEMS).unwrap_or(1);
    below(shell, &head.row, &path, "意見の整理:公表しない項目").script("pick.js").body(html! {
        (top(head, csrf, "withheld", &back))
        form method="post" action={ (path) "/acts" } data-pick {
            (parts::csrf(csrf))
            (parts::hidden("back", &back))
            (table)
            @if head.may_run && !items.is_empty() {
                .bulk {
                    p.picked aria-live="polite" data-picked { "項目に印を付けると、公表に戻せます。" }
                    (act_button(Weight::Primary, "bring_back", "公表に戻す"))
                }
            }
        }
        (parts::pager(u64::try_from(page).unwrap_or(1), last, |n| format!("{path}/withheld?page={n}")))
    })
}
