//! Open comment periods on the page a working day begins with.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::comment_periods::{Running, Waits};
use super::filter::days_left;
use crate::calendar::{self, short_date};
use crate::consultations::consultation::{Phase, State};
use crate::consultations::views as public;
use crate::web::parts::{self, Table, Tone, col, head};

fn many(n: i64) -> String {
    parts::grouped(u64::try_from(n).unwrap_or(0))
}

/// The section; nothing where nothing runs.
pub(super) fn section(running: &[Running], today: NaiveDate) -> Markup {
    if running.is_empty() {
        return html! {};
    }
    let columns = [head("案件名"), col("様子"), col("届いた意見"), col("残りの仕事")];
    let mut table = Table::new("意見募集", columns).quiet_caption();
    for one in running {
        let late = one.result_due().is_some_and(|day| calendar::days_left(day, today) < 0);
        let tone = if late { Tone::Error } else { Tone::Quiet };
        table = table.toned_row(
            tone,
            [
                html! { a href=(one.row.path()) { (one.row.title) } },
                standing(one, today),
                arrived(one, today),
                waits(one),
            ],
        );
    }
    html! {
        section.stack aria-labelledby="comment-periods" {
            h2 #comment-periods { "意見募集" }
            (table)
        }
    }
}

/// The phase, and the days to its end; after it, the result and its day.
fn standing(one: &Running, today: NaiveDate) -> Markup {
    let until = |day: NaiveDate, words: String, class: Option<&'static str>| {
        html! { span class=[class] { (words) } " " span.nowrap { (parts::time(day, short_date(day))) } }
    };
    html! {
        @if one.row.state == State::Announced { (parts::badge(public::tone(one.phase), one.phase.label())) }
        @else { (parts::badge(Tone::Info, one.row.state.label())) }
        " "
        @match (one.phase, one.result_due()) {
            (Phase::Coming, _) => { (until(one.period.opens_on, "初日".to_owned(), None)) },
            (Phase::Closed, Some(day)) => {
                @let left = calendar::days_left(day, today);
                @let class = if left < 0 { Some("late") } else if left <= 7 { Some("soon") } else { None };
                "結果 " (until(day, days_left(day, today), class))
            },
            (Phase::Closed, None) => { (until(one.period.closing_on, "最終日".to_owned(), None)) },
            _ => {
                @let left = one.period.days_left(today);
                (until(one.period.closing_on, days_left(one.period.closing_on, today), (left <= 3).then_some("soon")))
            },
        }
    }
}

fn arrived(one: &Running, today: NaiveDate) -> Markup {
    let list = format!("{}/submissions", one.row.path());
    html! {
        @if matches!(one.phase, Phase::Open | Phase::Suspended) || one.today > 0 {
            span.nowrap { "今日 " a href={ (list) "?day=" (today) } { (many(one.today)) "通" } } " / "
        }
        span.nowrap { "ぜんぶで " a href=(list) { (many(one.all)) "通" } }
    }
}

fn waits(one: &Running) -> Markup {
    html! {
        @if one.waits.is_empty() { "ありません" }
        @else {
            ul.inline-list {
                @for (what, n, path) in &one.waits {
                    @let (label, unit) = words(*what);
                    li { (label) " " a.nowrap href=(path) { (many(*n)) (unit) span.hidden-text { "(" (one.row.title) ")" } } }
                }
            }
        }
    }
}

fn words(what: Waits) -> (&'static str, &'static str) {
    match what {
        Waits::SecondLook => ("入力の確認待ち", "通"),
        Waits::Uncut => ("まとまりに入るのを待つ意見", "通"),
        Waits::Unsettled => ("未確認のまとまり", "件"),
        Waits::Unanswered => ("市の考え方がないまとまり", "件"),
        Waits::Circulating => ("決裁中の章", "章"),
    }
}
