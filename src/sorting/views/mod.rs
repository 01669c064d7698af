//! The pages of sorting. What stands on all of them is here: the sum line, the last act, lists of acts.

mod cuts;
mod group;
mod suggestions;
mod table;

pub use cuts::{CutPage, cuts};
pub use group::{GroupPage, group};
pub use suggestions::{FamilyPage, families, family};
pub use table::{TablePage, table, withheld};

use maud::{Markup, html};

use super::{Head, Told};
use crate::calendar;
use crate::consultations::consultation::Consultation;
use crate::opinions::act::{Act, Kind};
use crate::opinions::sums::Sums;
use crate::web::page::{self, Page, Shell};
use crate::web::parts::{self, Tone, Weight, grouped, num};

/// A count as people read it.
fn many(n: i64) -> String {
    grouped(u64::try_from(n).unwrap_or(0))
}

/// A page below a consultation's desk.
fn below<'a>(shell: &'a Shell, row: &'a Consultation, path: &'a str, title: &'a str) -> Page<'a> {
    page::staff(shell, title).crumb("/consultations", "意見募集").crumb(path, &row.title)
}

/// What stands above every page: the ways between them, the sums, the last act.
fn top(head: &Head, csrf: &str, here: &str, back: &str) -> Markup {
    let path = head.row.path();
    let (groups, suggestions, withheld, acts) = (
        format!("{path}/groups"),
        format!("{path}/suggestions"),
        format!("{path}/withheld"),
        format!("{path}/acts"),
    );
    let count = |n: i64| u64::try_from(n).ok();
    html! {
        (parts::tabs("意見の整理", [
            ("まとまり", groups.as_str(), count(head.sums.groups), here == "groups"),
            ("似た意見", suggestions.as_str(), None, here == "suggestions"),
            ("公表しない", withheld.as_str(), count(head.sums.withheld), here == "withheld"),
            ("操作の記録", acts.as_str(), None, here == "acts"),
        ]))
        (sum_line(head))
        @if let Some(act) = &head.last { (last_act(act, &path, csrf, back)) }
    }
}

fn last_act(act: &Act, path: &str, csrf: &str, back: &str) -> Markup {
    html! {
        form.last-act method="post" action={ (path) "/acts/" (act.id) "/undos" } {
            (parts::csrf(csrf))
            (parts::hidden("back", back))
            span { "あなたの直前の操作:" (act_words(act)) }
            button.button.small type="submit" { "取り消す" }
        }
    }
}

/// What was done, and to how many.
fn deed(act: &Act) -> String {
    let unit = if act.kind == Kind::Dismiss { "種類の文章" } else { "件" };
    let what = if act.items > 0 { format!("({}{unit})", many(act.items)) } else { String::new() };
    format!("{}{what}", act.kind.label())
}

/// An act in words.
fn act_words(act: &Act) -> String {
    let whose = match (act.group_id, act.submission_id) {
        (_, Some(submission)) => format!("提出{submission}を"),
        (Some(group), _) => format!("まとまり{group}:"),
        _ => String::new(),
    };
    format!("{whose}{}", deed(act))
}

/// Every submission and every item is in one place: the numbers that must add up.
fn sum_line(head: &Head) -> Markup {
    let sums = &head.sums;
    let faults = sums.faults();
    html! {
        section.sums aria-label="件数の確かめ" {
            p {
                "届いたもの " strong { (many(sums.submissions)) } "通 = 件数に入る " (many(sums.counted)) " + 期限後 " (many(sums.late))
                " + 記載に不足 " (many(sums.uncounted)) " + 案件外 " (many(sums.off_topic)) " + 取下げ " (many(sums.withdrawn))
                span.soft { "(異なる文章 " (many(sums.texts)) "、提出者 " (many(sums.senders)) ")" }
            }
            p {
                "意見項目 " strong { (many(sums.items)) } "件 = まとまりの中 " (many(sums.grouped)) " + 公表しない " (many(sums.withheld))
            }
            p {
                "まとまり " strong { (many(sums.groups)) } "のうち、未確認 "
                @if sums.unsettled > 0 { a href={ (head.row.path()) "/groups?settled=no" } { strong { (many(sums.unsettled)) } } } @else { "0" }
            }
            @if sums.wordless > 0 { p { "件数に入る提出のうち" (many(sums.wordless)) "通には文章がありません(添付だけのものなど)。項目にはなりません。" } }
            @if sums.waiting > 0 { p.soft { "項目に分けるのを待っている提出が " (many(sums.waiting)) "通あります。まもなく、ひとりでに分かれます。" } }
            details {
                summary { "段落ごとの件数" }
                (places(sums, head))
            }
        }
        @if !faults.is_empty() {
            (parts::notice(Tone::Error, "件数が合いません", html! {
                ul { @for fault in &faults { li { (fault) } } }
                p { "この画面のまま、システムの担当者に知らせてください。" }
            }))
        }
    }
}

fn places(sums: &Sums, head: &Head) -> Markup {
    let mut table = parts::Table::new(
        "段落ごとの件数",
        [parts::head("段落"), num("まとまりの中"), num("公表しない"), num("計")],
    )
    .quiet_caption()
    .or_empty(html! { p { "まだありません。" } });
    for place in &sums.places {
        let at = place.place.as_ref().map(|(paper, code)| (*paper, code.as_str()));
        table = table.row([
            html! { (head.places.label(at)) },
            html! { (many(place.grouped)) },
            html! { (many(place.withheld)) },
            html! { (many(place.grouped + place.withheld)) },
        ]);
    }
    html! {
        (table)
        p.small { "合計 " (many(sums.items)) "件。公表しない項目は理由ごとに、"
            @for (reason, n) in &sums.reasons { (reason.label()) " " (many(*n)) "件 " }
            @if sums.reasons.is_empty() { "ありません。" }
        }
    }
}

/// Acts with their way back.
fn acts_list(told: &[Told], head: &Head, csrf: &str, back: &str) -> Markup {
    html! { ol.acts { @for one in told { li { div { (act_line(one, head)) } (way_back(one, head, csrf, back)) } } } }
}

fn act_line(Told { act, name, standing }: &Told, head: &Head) -> Markup {
    let path = head.row.path();
    html! {
        p {
            (parts::time(act.made_at, calendar::tokyo_clock(act.made_at.utc()))) " "
            (name.as_deref().unwrap_or("自動処理")) " "
            @if let Some(submission) = act.submission_id { a href={ (path) "/submissions/" (submission) "/items" } { "提出" (submission) } "を" }
            @else if let Some(group) = act.group_id { a href={ (path) "/groups/" (group) } { "まとまり" (group) } ":" }
            strong { (deed(act)) }
            @if act.undone_by.is_some() { " " (parts::badge(Tone::Quiet, "取消し済み")) }
        }
        @if standing.moved_on > 0 {
            p.small.soft {
                (many(standing.items)) "件のうち" (many(standing.moved_on)) "件は、そのあと"
                (standing.since.iter().map(crate::opinions::act::Since::words).collect::<Vec<_>>().join("、"))
            }
        }
    }
}

fn way_back(Told { act, standing, .. }: &Told, head: &Head, csrf: &str, back: &str) -> Markup {
    let whole = standing.moved_on == 0;
    let part = act.kind.is_divisible() && standing.moved_on > 0 && standing.moved_on < standing.items;
    html! {
        @if head.may_run && act.undone_by.is_none() && act.kind.is_undoable() && (whole || part) {
            form method="post" action={ (head.row.path()) "/acts/" (act.id) "/undos" } {
                (parts::csrf(csrf))
                (parts::hidden("back", back))
                @if part { (parts::hidden("what_stands", "yes")) }
                button.button.small type="submit" {
                    @if part { "動いていない" (many(standing.items - standing.moved_on)) "件だけ取り消す" } @else { "取り消す" }
                    span.hidden-text { "(" (act_words(act)) ")" }
                }
            }
        }
    }
}

/// `GET /consultations/{id}/acts`.
pub fn acts(shell: &Shell, csrf: &str, head: &Head, told: &[Told], more: Option<&str>) -> Markup {
    let path = head.row.path();
    let back = format!("{path}/acts");
    below(shell, &head.row, &path, "意見の整理:操作の記録").body(html! {
        (top(head, csrf, "acts", &back))
        @if told.is_empty() {
            (parts::empty("まだ操作はありません", html! { p { "まとめたり分けたりすると、ここに残ります。どの操作も、ここから取り消せます。" } }))
        } @else {
            p { "最後の操作でなくても、取り消せます。そのあとに動いた項目があるときは、だれが動かしたかが出ます。" }
            (acts_list(told, head, csrf, &back))
        }
        (parts::pager_by_cursor(None, more))
    })
}

/// A choice of places in the draft.
fn place_choice(id: &str, name: &str, label: &str, options: &[(String, String)], chosen: &str) -> Markup {
    html! {
        .field {
            label.label for=(id) { (label) }
            select.select #(id) name=(name) {
                @if chosen.is_empty() { option value="" { "選んでください" } }
                @for (value, words) in options { option value=(value) selected[value == chosen] { (words) } }
            }
        }
    }
}

/// A button that asks for an act.
fn act_button(weight: Weight, act: &str, label: &str) -> Markup {
    parts::submit_as(weight, "act", act, label)
}

/// The first characters of a text on one line.
fn start(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut cut: String = line.chars().take(most).collect();
    cut.push('…');
    cut
}
