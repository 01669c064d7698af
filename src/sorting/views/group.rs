//! A group's page: what stands for it, and what each of its other texts adds.

use std::collections::HashSet;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::form::place_value;
use super::super::{Copies, Head, ITEMS, TEXTS, Told};
use super::{act_button, acts_list, below, many, place_choice, start, top};
use crate::calendar;
use crate::opinions::act::Seen;
use crate::opinions::acts::{GIST_LIMIT, NOTE_LIMIT};
use crate::opinions::item::{Item, Withheld};
use crate::opinions::store::Listing;
use crate::web::page::Shell;
use crate::web::parts::{self, Errors, Field, Table, Tone, Weight, col, head as naming, num};

/// What a group's page shows.
pub struct GroupPage {
    /// The group.
    pub listing: Listing,
    /// What stands for it, and a page of what others add.
    pub copies: Copies,
    /// Arrivals: a day or an hour in words, how many.
    pub arrivals: Vec<(String, i64)>,
    /// What a bar of them is.
    pub unit: &'static str,
    /// The first and the last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// A page of its items.
    pub items: Vec<(Item, String)>,
    /// Submissions of these items that came with files.
    pub with_files: HashSet<i64>,
    /// Which page of items, from 1.
    pub page: i64,
    /// What was done to it.
    pub told: Vec<Told>,
    /// A gist that could not be saved.
    pub typed: Option<String>,
    /// Why not.
    pub errors: Errors,
}

/// `GET /consultations/{id}/groups/{no}`.
pub fn group(shell: &Shell, csrf: &str, head: &Head, page: &GroupPage) -> Markup {
    let path = head.row.path();
    let group = &page.listing.group;
    let here = format!("{path}/groups/{}", group.id);
    let list = format!("{path}/groups");
    let title = format!("まとまり{}", group.id);
    let chapter = group.chapter_id.and_then(|id| head.chapters.iter().find(|c| c.id == id));
    below(shell, &head.row, &path, &title)
        .crumb(&list, "意見の整理")
        .errors(&page.errors)
        .script("counter.js")
        .script("pick.js")
        .body(html! {
            (top(head, csrf, "", &here))
            .badges {
                @if group.settled { (parts::badge(Tone::Success, "確認済み")) } @else { (parts::badge(Tone::Quiet, "未確認(同じ文章をまとめただけ)")) }
                @if group.view_id.is_some() { (parts::badge(Tone::Info, "市の考え方あり")) }
            }
            .split {
                div.stack {
                    (parts::letter_paper("代表の文章", page.copies.model.as_str(), html! {}))
                    (additions(page, &path, &here))
                }
                div.stack {
                    (parts::facts([
                        ("項目", html! { (many(page.listing.items)) "件" }),
                        ("異なる文章", html! { (many(page.listing.texts)) }),
                        ("提出者", html! { (many(page.listing.senders)) }),
                        ("段落", html! { (head.places.label(group.place())) }),
                        ("章", html! { (chapter.map_or("まだありません", |c| c.name.as_str())) }),
                    ]))
                    @if head.may_run { (acts_of(head, csrf, page, &path, &here)) }
                    @else if !group.gist.is_empty() { section.card { h2 { "要旨" } (parts::typed(&group.gist)) } }
                    (histogram(page))
                }
            }
            (items(head, csrf, page, &path, &here))
            @if !page.told.is_empty() {
                section.stack { h2 { "このまとまりへの操作" } (acts_list(&page.told, head, csrf, &here)) }
            }
        })
}

/// Copies by what they add: every one is here, the identical ones in one line.
fn additions(page: &GroupPage, path: &str, here: &str) -> Markup {
    let copies = &page.copies;
    let adding = copies.copies.iter().filter(|c| !c.adds.is_empty()).count();
    let mut table =
        Table::new("ほかの文章が加えたこと", [naming("加えたこと、変えたこと"), num("件数"), col("提出")])
            .quiet_caption();
    for copy in &copies.copies {
        let text = &copy.text;
        table = table.row([
            html! {
                @if copy.adds.is_empty() { span.soft { "加えた言葉はありません(減らした、並べ替えた)" } }
                @else { span.added { (copy.adds) } }
            },
            html! { (many(text.items)) },
            html! { a.nowrap href={ (path) "/submissions/" (text.submission) "/items" } { "提出" (text.submission) } },
        ]);
    }
    let pages = u64::try_from((page.listing.texts + TEXTS - 1) / TEXTS).unwrap_or(1);
    let now = u64::try_from(copies.offset / TEXTS + 1).unwrap_or(1);
    html! {
        section.stack #additions {
            h2 { "写しが加えたこと" }
            @if let Some(model) = &copies.model_text {
                p {
                    "同文 " strong { (many(model.items)) } "件"
                    @if model.spellings > 1 { "(空白や記号の違い " (many(model.spellings)) "とおりを含みます)" }
                }
            }
            @if page.listing.texts > 1 {
                p { "ほかに、言葉の違う文章が" (many(page.listing.texts - 1)) "あります。"
                    @if pages > 1 { "この画面には" (copies.copies.len()) "、" }
                    "うち" (adding) "が言葉を加えています。" }
                (table)
                (parts::pager(now, pages, |n| format!("{here}?texts={n}#additions")))
            } @else {
                p.soft { "言葉の違う文章はありません。" }
            }
        }
    }
}

fn acts_of(head: &Head, csrf: &str, page: &GroupPage, path: &str, here: &str) -> Markup {
    let group = &page.listing.group;
    let seen = Seen { id: group.id, version: group.version }.value();
    let options = head.places.options();
    let carried = html! {
        (parts::csrf(csrf))
        (parts::hidden("back", here))
        (parts::hidden("groups[]", &seen))
    };
    let action = format!("{path}/acts");
    html! {
        section.card {
            h2 { "要旨" }
            form.form method="post" action=(action) {
                (carried)
                (Field::area("gist", "公表する要旨").limit(GIST_LIMIT).rows(5).value(page.typed.as_deref().unwrap_or(&group.gist)).errors(&page.errors))
                @if page.typed.as_ref().is_some_and(|typed| *typed != group.gist) && !page.errors.is_empty() && !group.gist.is_empty() {
                    p.small { "いま保存されている要旨:" } (parts::typed(&group.gist))
                }
                .actions {
                    (act_button(Weight::Primary, "gist", "要旨を保存する"))
                    @if !group.settled { (act_button(Weight::Secondary, "settle", "確認済みにする")) }
                }
            }
        }
        details {
            summary { "別のまとまりへ入れる" }
            form.form method="post" action=(action) {
                (carried)
                (Field::text("to", "入れる先のまとまりの番号").id("merge-to").short().keyboard("numeric"))
                (act_button(Weight::Secondary, "merge_into", "まとめる"))
            }
        }
        details {
            summary { "段落と章" }
            form.form method="post" action=(action) {
                (carried)
                (place_choice("group-place", "place", "段落", &options, &place_value(group.place())))
                (act_button(Weight::Secondary, "tie", "この段落にする"))
                @if !head.chapters.is_empty() {
                    .field {
                        label.label for="group-chapter" { "章" }
                        select.select #group-chapter name="chapter" {
                            @for chapter in &head.chapters { option value=(chapter.id) selected[Some(chapter.id) == group.chapter_id] { (chapter.name) } }
                            option value="none" selected[group.chapter_id.is_none()] { "章に入れない" }
                        }
                    }
                    (act_button(Weight::Secondary, "chapter", "この章に入れる"))
                }
            }
        }
        details {
            summary { "すべての項目を公表しない" }
            form.form method="post" action=(action) {
                (carried)
                (reasons("group"))
                (act_button(Weight::Danger, "withhold", "このまとまりを公表しない"))
            }
        }
    }
}

fn reasons(id: &str) -> Markup {
    let (reason, note) = (format!("{id}-reason"), format!("{id}-note"));
    html! {
        .field {
            label.label for=(reason) { "公表しない理由" }
            select.select #(reason) name="reason" {
                option value="" { "選んでください" }
                @for reason in Withheld::ALL { option value=(reason.code()) { (reason.label()) } }
            }
        }
        .field {
            label.label for=(note) { "理由の説明" span.limit { "(" (NOTE_LIMIT) "字まで)" } }
            span.support #{ (note) "-support" } { "「その他」のときは必ず書きます。結果とともに公表されます。" }
            input.input #(note) type="text" name="note" aria-describedby={ (note) "-support" };
        }
    }
}

/// When the items arrived: bars, and the same as a table.
fn histogram(page: &GroupPage) -> Markup {
    let most = page.arrivals.iter().map(|a| a.1).max().unwrap_or(0).max(1);
    let width = page.arrivals.len().max(30) * 12;
    html! {
        @if let Some((first, last)) = page.days {
            section.stack {
                h2 { "届いた時期" }
                p { (calendar::era_date(first)) @if first != last { "から" (calendar::era_date(last)) "まで" } }
                @if page.arrivals.len() > 1 {
                    svg.histogram viewBox=(format!("0 0 {width} 60")) preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                        @for (at, (_, n)) in page.arrivals.iter().enumerate() {
                            @let height = if *n == 0 { 0 } else { (n * 58 / most).max(1) };
                            rect x=(at * 12 + 1) y=(60 - height) width="10" height=(height) fill="currentColor" {}
                        }
                    }
                    details {
                        summary { (page.unit) "ごとの件数の表" }
                        table.table.fixed {
                            caption.hidden-text { (page.unit) "ごとの件数" }
                            thead { tr { th scope="col" { (page.unit) } th.right scope="col" { "件数" } } }
                            tbody { @for (when, n) in page.arrivals.iter().filter(|a| a.1 > 0) { tr { th scope="row" { (when) } td.right { (many(*n)) } } } }
                        }
                    }
                }
            }
        }
    }
}

fn items(head: &Head, csrf: &str, page: &GroupPage, path: &str, here: &str) -> Markup {
    let mut table = Table::new("項目", [col(""), naming("項目"), col("段落"), col("提出")])
        .quiet_caption()
        .keyed()
        .or_empty(parts::empty(
            "いま、このまとまりに項目はありません",
            html! { p { "項目は、ほかのまとまりへ移ったか、公表しないこととなりました。" } },
        ));
    for (item, text) in &page.items {
        table = table.row([
            html! {
                @if head.may_run {
                    label.pick { span.hidden-text { "項目" (item.id) "を選ぶ" }
                        input type="checkbox" name="items[]" value=(Seen { id: item.id, version: item.version }.value()); }
                }
            },
            html! { a href={ (path) "/submissions/" (item.submission_id) "/items" } { (start(text, 80)) } },
            html! { (head.places.label(item.paper_id.zip(item.paragraph.as_deref()))) },
            html! {
                span.nowrap { "提出" (item.submission_id) }
                @if page.with_files.contains(&item.submission_id) {
                    " " a.nowrap href={ (path) "/submissions/" (item.submission_id) } { "添付あり" span.hidden-text { "(提出" (item.submission_id) ")" } }
                }
            },
        ]);
    }
    let options = head.places.options();
    let last = u64::try_from((page.listing.items + ITEMS - 1) / ITEMS).unwrap_or(1);
    html! {
        section.stack #items {
            h2 { "項目 " (many(page.listing.items)) "件" }
            form method="post" action={ (path) "/acts" } data-pick {
                (parts::csrf(csrf))
                (parts::hidden("back", here))
                (table)
                @if head.may_run && !page.items.is_empty() {
                    .bulk.tall {
                        p.picked aria-live="polite" data-picked { "項目に印を付けると、分ける・ほかのまとまりへ移す・段落を決める・公表しない、ができます。" }
                        (act_button(Weight::Primary, "split", "新しいまとまりに分ける"))
                        details {
                            summary { "ほかのまとまりへ移す" }
                            .fields-row.level {
                                (Field::text("to", "移す先のまとまりの番号").id("move-to").short().keyboard("numeric"))
                                (act_button(Weight::Secondary, "move", "このまとまりへ移す"))
                            }
                        }
                        details {
                            summary { "段落を決める" }
                            .fields-row.level {
                                (place_choice("items-place", "place", "段落", &options, ""))
                                (act_button(Weight::Secondary, "tie", "この段落にする"))
                            }
                        }
                        details {
                            summary { "公表しない" }
                            .form {
                                (reasons("items"))
                                (act_button(Weight::Danger, "withhold", "印を付けた項目を公表しない"))
                            }
                        }
                    }
                }
            }
            (parts::pager(u64::try_from(page.page).unwrap_or(1), last, |n| format!("{here}?page={n}#items")))
        }
    }
}
