//! The page a working day begins with.

use maud::{Markup, html};

use super::comment_periods_views;
use super::views;
use super::work::{Desk, Waiting, What, Work};
use crate::calendar;
use crate::mail::channels::Faring;
use crate::people::{Role, Viewer};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Tile, Tone};

/// GET `/`.
pub fn my_work(shell: &Shell, viewer: &Viewer, work: &Work) -> Markup {
    let lead = html! { p { (calendar::era_date(viewer.today)) " " span.nowrap { (viewer.name) "さん" } } };
    page::staff(shell, "私の仕事").wide().lead(lead).body(html! {
        @if let Some(words) = &work.health {
            (parts::notice(Tone::Warning, "祝日の表を更新してください", html! { p { (words) } }))
        }
        @for channel in &work.channels {
            (parts::notice(Tone::Warning, "メールを受け取れていません", html! { p { (silent(channel)) } }))
        }
        @if work.desks.len() > 1 { (desks(work)) }
        @if !work.waiting.is_empty() { (parts::tiles(work.waiting.iter().map(tile))) }
        (comment_periods_views::section(&work.periods, viewer.today))
        @match work.desk {
            // a desk of consultations alone
            None if !work.periods.is_empty() => {},
            None => (no_desk(viewer)),
            Some(desk) => {
                h2 { (desk.label()) "の件(期限の近い順)" }
                (finished(desk, work))
                @if !work.next.is_empty() {
                    (views::table(&work.next, viewer, false, html! {}))
                    p.way { a href=(work.all) { "すべて見る" } }
                }
            },
        }
    })
}

/// What is known of a way in for mail that does not work.
fn silent(channel: &Faring) -> String {
    let since = match channel.worked_at {
        Some(at) => format!("{}を最後に、", calendar::tokyo_clock_with_year(at)),
        None => "一度も、".to_owned(),
    };
    format!(
        "「{}」から、{since}メールを受け取れていません。届いたメールは、相手のサーバーに残っています。システム管理者へお知らせください。",
        channel.name
    )
}

fn desks(work: &Work) -> Markup {
    let paths: Vec<(Desk, String)> =
        work.desks.iter().map(|d| (*d, format!("/?view={}", d.code()))).collect();
    let tabs: Vec<(&str, &str, Option<u64>, bool)> = paths
        .iter()
        .map(|(desk, path)| (desk.label(), path.as_str(), None, work.desk == Some(*desk)))
        .collect();
    parts::tabs("仕事の範囲", tabs)
}

fn tile(waiting: &Waiting) -> Tile<'_> {
    let (label, tone) = match waiting.what {
        What::Overdue => ("期限超過", Tone::Error),
        What::Soon => ("3日以内が期限", Tone::Warning),
        What::ToRegister => ("登録待ち", Tone::Info),
        What::ToScreen => ("受理・供覧待ち", Tone::Info),
        What::ToAssign => ("割当て待ち", Tone::Info),
        What::Drafts => ("回答案の作成中", Tone::Info),
        What::ToApprove => ("決裁待ち", Tone::Warning),
        What::ToSeeLater => ("後閲するもの", Tone::Warning),
        What::ToCheck => ("入力の確認待ち", Tone::Info),
        What::Interim => ("中間回答を考える件", Tone::Warning),
        What::Asked => ("差出人の返事待ち", Tone::Quiet),
        What::Candidates => ("公表の候補", Tone::Info),
        What::Exceptions => ("要確認の届いたメール", Tone::Warning),
        What::Strangers => ("別の差出人からのメール", Tone::Warning),
        What::Mails => ("届いていないおそれのあるメール", Tone::Error),
        What::Results => ("結果の公表待ち", Tone::Warning),
        What::Reports => ("約束の報告待ち", Tone::Warning),
        What::Chapters => ("市の考え方の作成", Tone::Info),
    };
    Tile {
        label,
        number: u64::try_from(waiting.rows).unwrap_or(0),
        unit: match waiting.what {
            What::Mails | What::ToCheck | What::Exceptions | What::Strangers => "通",
            What::Chapters => "章",
            _ => "件",
        },
        href: &waiting.path,
        tone,
        note: if waiting.exact { "" } else { "以上" },
    }
}

/// Nothing at all, or nothing urgent: says when the next day comes.
fn finished(desk: Desk, work: &Work) -> Markup {
    let urgent = work.waiting.iter().any(|w| matches!(w.what, What::Overdue | What::Soon) && w.rows > 0);
    html! {
        @match work.next.first() {
            None => (parts::empty(
                "いま待っている件はありません",
                html! { p {
                    @match desk {
                        Desk::Mine => "担当に決まった件が、期限の近いものから順にここへ並びます。",
                        Desk::Section => "課に割り当てられた件が、期限の近いものから順にここへ並びます。",
                        Desk::City => "届いた手紙が、期限の近いものから順にここへ並びます。",
                    }
                } },
            )),
            Some(first) => {
                @if !urgent {
                    (parts::notice(Tone::Success, "", html! {
                        p { "急ぎの件はありません。次の期限は" (parts::time(first.due_on, calendar::short_date(first.due_on))) "です。" }
                    }))
                }
            },
        }
    }
}

fn no_desk(viewer: &Viewer) -> Markup {
    let words = if viewer.is(Role::Admin) {
        "職員と組織の管理は「職員」から、行われたことの記録は「記録」から見られます。"
    } else {
        "いまの配属では、手紙の仕事はありません。配属が違うときは、システム管理者へご連絡ください。"
    };
    parts::empty("手紙の仕事はありません", html! { p { (words) } })
}
