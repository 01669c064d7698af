//! The first page of the mailroom: what came in and where it stands, and how the ways in fare.

use chrono::Duration;
use maud::{Markup, html};

use super::super::asked::Asked;
use super::super::{EXCEPTION_HOURS, Overview, WAITING_MINUTES};
use super::{count, moment, since};
use crate::calendar::{self, tokyo_clock};
use crate::db::Instant;
use crate::intake::mail::Day;
use crate::intake::mail::incoming::{Source, State};
use crate::mail::channels::Faring;
use crate::people::{May, Viewer};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Table, Tile, Tone, col, grouped, head, num};

/// The states in the order of the sum line.
const PARTS: [State; 9] = [
    State::Letter,
    State::Message,
    State::Opinion,
    State::Bounce,
    State::Automatic,
    State::Duplicate,
    State::Spam,
    State::Exception,
    State::Waiting,
];

/// GET `/mailroom`.
pub fn overview(shell: &Shell, viewer: &Viewer, overview: &Overview) -> Markup {
    let reads = viewer.can(May::ReadIncoming);
    let lead = html! {
        p { "届いたメールは、読み取る前に原本を封じて保管し、必ずどれか一つに数えます。消すことはありません。" }
    };
    page::staff(shell, "メール室").wide().lead(lead).body(html! {
        (misfits(overview))
        (alarms(overview))
        @if reads { (waiting(overview)) }
        section.stack aria-labelledby="today" {
            h2 #today { "今日届いたメール" }
            @match overview.days.first() {
                Some(today) => (sum_line(today, reads)),
                None => {},
            }
            p.support { "これまでの全部:" (grouped(count(overview.totals.came))) "通" }
        }
        section.stack aria-labelledby="days" {
            h2 #days { "この14日間" }
            (days(overview, reads))
        }
        section.stack aria-labelledby="channels" {
            h2 #channels { "メールの入り口" }
            (channels(overview))
        }
    })
}

/// Sums that do not fit are said before anything else.
fn misfits(overview: &Overview) -> Markup {
    let wrong: Vec<&Day> =
        overview.days.iter().chain([&overview.totals]).filter(|day| !day.adds_up()).collect();
    html! {
        @if !wrong.is_empty() {
            (parts::notice(Tone::Error, "届いた数と行き先の数が合いません", html! {
                ul {
                    @for day in wrong {
                        li {
                            @match day.on { Some(on) => (calendar::short_date(on)), None => "これまでの全部" }
                            ":届いた " (day.came) "通、行き先の合計 " (day.stand.values().sum::<i64>()) "通"
                        }
                    }
                }
                p { "失われたメールがあるおそれがあります。システム管理者に、すぐにこの画面を見せてください。システム管理者は、コマンド hirokiku verify で調べられます。" }
            }))
        }
    }
}

fn alarms(overview: &Overview) -> Markup {
    let late = |at: Option<Instant>, limit: Duration| {
        at.map(Instant::utc).filter(|at| overview.now - *at > limit).map(|at| since(at, overview.now))
    };
    let exceptions = late(overview.exceptions.1, Duration::hours(EXCEPTION_HOURS));
    let waiting = late(overview.waiting_since, Duration::minutes(WAITING_MINUTES));
    html! {
        @if let Some(long) = exceptions {
            (parts::notice(Tone::Warning, "要確認のメールが待っています", html! {
                p { "いちばん古いものは、" (long) "前から待っています。差出人は、市に届いたと思っています。" }
            }))
        }
        @if let Some(long) = waiting {
            (parts::notice(Tone::Warning, "メールの読み取りが進んでいません", html! {
                p { "いちばん古いものは、" (long) "前から待っています。原本は保管してあり、失われません。システム管理者へお知らせください。" }
            }))
        }
        @for channel in overview.channels.iter().filter(|c| c.alarms(overview.now)) {
            (parts::notice(Tone::Error, "メールを受け取れていません", html! {
                p { "入り口「" (channel.name) "」を、下の表で確かめてください。" }
            }))
        }
    }
}

fn waiting(overview: &Overview) -> Markup {
    let tile = |label, number, href, tone| Tile { label, number, unit: "通", href, tone, note: "" };
    let exceptions = Asked::of(State::Exception).path();
    let strangers = Asked::strangers().path();
    let spam = Asked { sample: true, ..Asked::of(State::Spam) }.path();
    let bounces = Asked::of(State::Bounce).path();
    parts::tiles([
        tile("要確認", count(overview.exceptions.0), &exceptions, Tone::Warning),
        tile("別の差出人から", count(overview.strangers), &strangers, Tone::Warning),
        tile("届かなかった回答", overview.undelivered as u64, &bounces, Tone::Error),
        tile("まだ見ていない迷惑メール", count(overview.spam), &spam, Tone::Quiet),
    ])
}

/// Rule 9 in one line: mails in = where they stand.
fn sum_line(day: &Day, reads: bool) -> Markup {
    html! {
        p {
            strong { "届いた " (grouped(count(day.came))) "通" } " = "
            @for (at, state) in PARTS.iter().enumerate() {
                @if at > 0 { " + " }
                span.nowrap { (state.label()) " " (number(day, *state, reads)) }
            }
        }
    }
}

/// How many stand there, as a link to exactly those for who may read them.
fn number(day: &Day, state: State, reads: bool) -> Markup {
    let number = day.of(state);
    html! {
        @match day.on {
            Some(on) if reads && number > 0 => a href=(Asked::on(on, Some(state)).path()) {
                span.hidden-text { (calendar::short_date(on)) "の" (state.label()) " " }
                (grouped(count(number))) span.hidden-text { "通" }
            },
            _ => (grouped(count(number))),
        }
    }
}

/// Today and the days on which something came; those without any mail are folded.
fn days(overview: &Overview, reads: bool) -> Markup {
    let days: Vec<&Day> = overview.days.iter().filter(|day| day.on.is_some()).collect();
    let (told, quiet): (Vec<_>, Vec<_>) =
        days.into_iter().enumerate().partition(|(at, day)| *at == 0 || day.came > 0 || !day.adds_up());
    let quiet: Vec<&Day> = quiet.into_iter().map(|(_, day)| day).collect();
    html! {
        (table_of("日ごとの届いたメールと行き先", told.into_iter().map(|(_, day)| day), reads))
        @if !quiet.is_empty() {
            details {
                summary { "メールが届かなかった" (quiet.len()) "日" }
                (table_of("メールが届かなかった日", quiet, reads))
            }
        }
    }
}

fn table_of<'a>(caption: &str, days: impl IntoIterator<Item = &'a Day>, reads: bool) -> Markup {
    let columns = [head("日"), num("届いた")]
        .into_iter()
        .chain(PARTS.iter().map(|state| num(state.label())))
        .chain([col("合計")]);
    let mut table = Table::new(caption, columns).quiet_caption().keyed().compact();
    for day in days {
        let Some(on) = day.on else { continue };
        let first = [
            html! {
                @if reads && day.came > 0 { a href=(Asked::on(on, None).path()) { (calendar::short_date(on)) } }
                @else { (calendar::short_date(on)) }
            },
            html! { (grouped(count(day.came))) },
        ];
        let last = match day.adds_up() {
            true => html! { "合っています" },
            false => parts::badge(Tone::Error, "合いません"),
        };
        let cells = PARTS.iter().map(|state| number(day, *state, reads));
        let cells = first.into_iter().chain(cells).chain([last]);
        table = table.toned_row(if day.adds_up() { Tone::Quiet } else { Tone::Error }, cells);
    }
    html! { (table) }
}

fn channels(overview: &Overview) -> Markup {
    let empty = parts::empty(
        "メールの入り口は、まだ設定されていません",
        html! { p { "LMTPまたはIMAPを設定すると、ここに様子が出ます。設定はシステム管理者が行います。" } },
    );
    let columns =
        [head("入り口"), col("種類"), col("様子"), col("最後に受け取れたとき"), col("困っていること")];
    let mut table = Table::new("メールの入り口の様子", columns).quiet_caption().or_empty(empty);
    for channel in &overview.channels {
        let (tone, words) = health(channel, overview);
        table = table.toned_row(
            tone,
            [
                html! { (channel.name) },
                html! { @match channel.kind.as_str() { "lmtp" => "LMTP", "imap" => "IMAP", other => (other) } },
                parts::badge(tone, words),
                html! {
                    @match channel.worked_at {
                        Some(at) => (moment(at.into())),
                        None => "まだありません",
                    }
                },
                html! {
                    @match &channel.trouble {
                        Some((at, why)) => { (why) " " span.support { (tokyo_clock(*at)) "から" } },
                        None => "ありません",
                    }
                },
            ],
        );
    }
    html! {
        (table)
        p { "最後のメールが届いたとき" }
        (parts::facts(Source::ALL.iter().map(|source| {
            let last = overview.last.iter().find(|(s, _)| s == source).map(|(_, at)| *at);
            (source.label(), match last {
                Some(at) => moment(at),
                None => html! { "まだありません" },
            })
        })))
    }
}

fn health(channel: &Faring, overview: &Overview) -> (Tone, &'static str) {
    if channel.alarms(overview.now) {
        return (Tone::Error, "受け取れていません");
    }
    match (&channel.trouble, channel.worked_at) {
        (Some(_), _) => (Tone::Warning, "やり直しています"),
        (None, Some(_)) => (Tone::Success, "動いています"),
        (None, None) => (Tone::Info, "待っています"),
    }
}
