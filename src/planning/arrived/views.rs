//! The list of opinions that came in.

use maud::{Markup, html};

use super::Listed;
use super::filter::{Filter, From};
use crate::calendar;
use crate::consultations::consultation::{ChannelKind, Consultation};
use crate::consultations::submission::State;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

/// What the page shows.
pub(super) struct Page {
    pub(super) row: Consultation,
    pub(super) filter: Filter,
    pub(super) from: From,
    pub(super) listed: Listed,
    /// Typed in and not compared with the paper, of the whole consultation.
    pub(super) unchecked: i64,
    pub(super) may_enter: bool,
}

/// Characters of an opinion that its row shows.
const START: usize = 60;

fn many(n: i64) -> String {
    parts::grouped(u64::try_from(n).unwrap_or(0))
}

/// `GET /consultations/{id}/submissions`.
pub(super) fn list(shell: &Shell, page: &Page, trouble: &Errors) -> Markup {
    let Page { row, filter, listed, .. } = page;
    let here = format!("{}/submissions", row.path());
    let lead = html! {
        p role="status" { strong { (many(listed.all)) "通" @if !listed.exact { "以上" } } " / 新しい順" }
    };
    page::staff(shell, "届いた意見").crumb("/consultations", "意見募集").crumb(&row.path(), &row.title)
        .lead(lead)
        .errors(trouble)
        .actions(html! {
            @if page.may_enter { a.button.secondary.small href={ (row.path()) "/submissions/new" } { "紙の意見を入力する" } }
        })
        .body(html! {
            (states(page, &here))
            (search(page, &here, trouble))
            (table(page, &here))
            (parts::pager_by_cursor(
                listed.back.map(|from| filter.path_from(&here, from)).as_deref(),
                listed.on.map(|from| filter.path_from(&here, from)).as_deref(),
            ))
            @if page.from != From::Top { p.way { a href=(filter.path(&here)) { "一覧の先頭へ戻る" } } }
        })
}

/// Every state with how many stand in it: what else is asked for stays asked for.
fn states(page: &Page, here: &str) -> Markup {
    let counted = page.listed.states.as_deref();
    let of = |state: Option<State>| {
        let asked = |one: State| state.is_none_or(|wanted| wanted == one);
        let number: i64 = counted?.iter().filter(|(one, _)| asked(*one)).map(|(_, n)| n).sum();
        u64::try_from(number).ok()
    };
    let states: Vec<Option<State>> =
        std::iter::once(None).chain(State::ALL.iter().copied().map(Some)).collect();
    let tabs: Vec<(&str, String, Option<u64>, bool)> = states
        .into_iter()
        .map(|state| {
            let path = Filter { state, ..page.filter.clone() }.path(here);
            (state.map_or("すべて", State::label), path, of(state), page.filter.state == state)
        })
        .collect();
    parts::tabs(
        "扱いの切替え",
        tabs.iter().map(|(label, path, count, at)| (*label, path.as_str(), *count, *at)),
    )
}

fn search(page: &Page, here: &str, trouble: &Errors) -> Markup {
    let filter = &page.filter;
    let more = filter.channel.is_some()
        || filter.day.is_some()
        || filter.unchecked
        || filter.files
        || !trouble.is_empty();
    let day = filter.day.map(calendar::era_date).unwrap_or_default();
    let unchecked = format!("入力の確認待ちだけ({}通)", many(page.unchecked));
    html! {
        form.filters method="get" action=(here) role="search" {
            @if let Some(state) = filter.state { (parts::hidden("state", state.code())) }
            .search {
                (Field::search("q", "言葉か受付番号で探す").value(&filter.q).full())
                (parts::submit(Weight::Primary, "絞り込む"))
            }
            details open[more] {
                summary { "くわしい条件" }
                .fields-row {
                    (Choice::select("channel", "方法").option("", "すべて")
                        .options(ChannelKind::ALL.iter().map(|c| (c.code(), c.label()))).chosen(filter.channel.map_or("", ChannelKind::code)))
                    (Field::date("day", "受付日").value(&day).errors(trouble))
                    (Choice::checks("unchecked", "確かめ").option("yes", &unchecked).chosen(if filter.unchecked { "yes" } else { "" }))
                    (Choice::checks("files", "添付").option("yes", "ファイルのあるものだけ").chosen(if filter.files { "yes" } else { "" }))
                }
            }
            @if *filter != Filter::default() { p.way { a href=(here) { "条件をすべて外す" } } }
        }
    }
}

fn empty(page: &Page, here: &str) -> Markup {
    if page.filter == Filter::default() {
        return parts::empty(
            "まだ届いていません",
            html! { p { "届いた意見が、ここに新しい順に並びます。" } },
        );
    }
    parts::empty(
        "条件に合う意見はありません",
        html! {
            p {
                "条件を減らすと見つかることがあります。"
                @if !page.filter.q.is_empty() { "届いたばかりの意見は、数秒後に言葉で探せるようになります。" }
            }
            p.way { a href=(here) { "条件をすべて外す" } }
        },
    )
}

fn table(page: &Page, here: &str) -> Markup {
    let mut table =
        Table::new("届いた意見", [head("番号"), col("受付"), col("方法"), col("扱い"), col("はじめの文")])
            .quiet_caption()
            .keyed()
            .or_empty(empty(page, here));
    for (one, has_file) in &page.listed.rows {
        let start: String = one.text_original.chars().take(START).collect();
        table = table.row([
            html! { a href=(page.filter.path(&one.path())) { (one.id) } },
            html! { (calendar::tokyo_clock(one.received_at.utc())) },
            html! { (one.channel.label()) @if one.entered_by.is_some() { "(入力)" } },
            html! {
                (parts::badge(super::super::submissions::tone(one.state), one.state.label()))
                @if one.disputed_at.is_some() { " " (parts::badge(Tone::Error, "本人は送っていないとのこと")) }
                @if one.wants_second_look() { " " (parts::badge(Tone::Warning, "入力の確認待ち")) }
            },
            html! { (start) @if *has_file { " " (parts::badge(Tone::Quiet, "ファイルあり")) } },
        ]);
    }
    html! { (table) }
}
