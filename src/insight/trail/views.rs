//! The trail in words.

use maud::{Markup, html};

use super::store::Check;
use super::words::detail;
use super::{GROUPS, PER_PAGE};
use crate::people::Viewer;
use crate::trail::{Act, ActorKind, Recorded, Subject};
use crate::web::errors::percent;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

/// Who did it.
pub fn who(line: &Recorded) -> String {
    if line.actor_kind == ActorKind::Staff {
        line.actor_name.clone()
    } else {
        line.actor_kind.label().to_owned()
    }
}

/// What was done; an act of an older version keeps its code.
pub fn what(line: &Recorded) -> String {
    Act::from_code(&line.act).map_or_else(|| line.act.clone(), |a| a.label().to_owned())
}

/// To what sort of thing.
pub fn subject(line: &Recorded) -> &str {
    match Subject::from_code(&line.subject_kind) {
        Some(known) => known.label(),
        None => &line.subject_kind,
    }
}

/// Lines, newest first, with the chain's head and its last check above.
pub fn list(
    shell: &Shell,
    viewer: &Viewer,
    query: &Fields,
    lines: &[Recorded],
    (chain, check): (Option<(i64, String)>, Option<Check>),
    errors: &Errors,
) -> Markup {
    let size = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let mut table = Table::new(
        "記録",
        [head("日時"), col("行った人"), col("したこと"), col("対象"), col("内容"), col("窓口")],
    )
    .keyed()
    .quiet_caption()
    .or_empty(parts::empty(
        "この条件の記録はありません",
        html! { p { "手紙を開く、送る、直すなど、この仕組みで行われたことがすべてここに残ります。" } },
    ));
    for line in lines.iter().take(size) {
        let odd = matches!(
            Act::from_code(&line.act),
            Some(Act::SignInRefused | Act::PartyOpened | Act::FileOpened)
        );
        let itself = line.subject_kind == "letter"
            && line.letter_id.is_some_and(|letter| letter.to_string() == line.subject_id);
        table = table.toned_row(
            if odd { Tone::Warning } else { Tone::Quiet },
            [
                parts::time(line.at, crate::calendar::tokyo_clock(line.at.utc())),
                html! { (who(line)) },
                html! { (what(line)) },
                html! {
                    @if !itself { (subject(line)) " " span.soft { (line.subject_id) } }
                    @if let Some(letter) = line.letter_id {
                        @if !itself { br; }
                        @if viewer.sees_all() { a href={ "/letters/" (letter) } { "手紙 " (letter) } } @else { "手紙 " (letter) }
                    }
                },
                html! { (detail(line)) },
                html! { (line.door.label()) },
            ],
        );
    }
    let address = |before: Option<i64>| {
        let pairs = ["group", "person", "letter", "day"]
            .iter()
            .filter_map(|name| query.filled(name).map(|value| format!("{name}={}", percent(value))));
        let pairs = pairs.chain(before.map(|id| format!("before={id}")));
        format!("/trail?{}", pairs.collect::<Vec<_>>().join("&"))
    };
    let older = (lines.len() > size).then(|| address(lines.get(size - 1).map(|l| l.id)));
    let newest = query.number("before").is_some().then(|| address(None));
    page::staff(shell, "記録")
        .errors(errors)
        .lead(html! { "だれが、いつ、何をしたかの記録です。書き換えることも消すこともできません。" })
        .body(html! {
            (chain_state(viewer, chain, check))
            form.filters.search method="get" action="/trail" {
                (Choice::select("group", "種類").option("", "すべて")
                    .options(GROUPS.iter().map(|g| (g.0, g.1))).chosen(query.text("group")))
                (Field::text("person", "行った人のログイン名").medium().value(query.text("person")).errors(errors))
                (Field::text("letter", "手紙の番号").short().keyboard("numeric").value(query.text("letter")).errors(errors))
                (Field::date("day", "日").value(query.text("day")).errors(errors))
                (parts::submit(Weight::Secondary, "しぼる"))
            }
            @if let Some(newest) = newest { p.way { a href=(newest) { "最新へ" } } }
            (table)
            (parts::pager_by_cursor(None, older.as_deref()))
            details open[errors.of("from").or(errors.of("to")).is_some()] {
                summary { "CSVで書き出す" }
                form method="post" action="/trail/exports" {
                    (parts::csrf(&viewer.csrf))
                    p { "一度に1年分、10万行までです。書き出したことも記録に残ります。" }
                    (Field::date("from", "いつから").required().value(query.text("from")).errors(errors))
                    (Field::date("to", "いつまで").required().value(query.text("to")).errors(errors))
                    (parts::submit(Weight::Secondary, "書き出す"))
                }
            }
        })
}

fn chain_state(viewer: &Viewer, chain: Option<(i64, String)>, check: Option<Check>) -> Markup {
    html! {
        (parts::facts([
            ("鎖の先頭", html! {
                @match chain {
                    Some((no, hash)) => { (no) "行目 " code { (hash) } },
                    None => "まだありません",
                }
            }),
            ("最後の確認", html! {
                @match check {
                    None => "まだ確かめていません",
                    Some(check) => {
                        (parts::time(check.at, crate::calendar::tokyo_clock_with_year(check.at.utc())))
                        "、" (check.lines) "行 "
                        @if check.faults.is_empty() { (parts::badge(Tone::Success, "異常なし")) }
                        @else {
                            (parts::badge(Tone::Error, "おかしいところがあります"))
                            ul { @for fault in check.faults.lines() { li { (fault) } } }
                        }
                        br; "そのときの先頭 " code { (check.head) }
                    },
                }
            }),
        ]))
        form method="post" action="/trail/checks" {
            (parts::csrf(&viewer.csrf))
            (parts::submit(Weight::Secondary, "いま最初から確かめる"))
        }
    }
}
