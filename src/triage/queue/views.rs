//! The queue, and giving many matters to a section.

use maud::{Markup, Render, html};

use super::bulk::{self, Outcome, Picked};
use super::filter::{Due, Filter, From, Scope, Size, Sort, Stage, Standing, days_left};
use super::handlers::register;
use super::store::{Row, View};
use super::{Listed, VIEW_NAME};
use crate::calendar::{self, FiscalYear};
use crate::letters::letter::{Channel, Field as PolicyField, MatterKind};
use crate::letters::matter::State;
use crate::people::{May, Viewer};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Field, Table, Tone, Weight, col, head};

/// What the queue's page needs.
pub struct Queue {
    /// The rows.
    pub listed: Listed,
    /// The viewer's saved views.
    pub saved: Vec<View>,
    /// Sections to choose from.
    pub sections: Vec<(i64, String)>,
}

/// GET `/letters`.
pub fn queue(shell: &Shell, viewer: &Viewer, filter: &Filter, from: From, page: &Queue) -> Markup {
    let runs = viewer.can(May::RunLetters);
    let csv = format!("/letters.csv?{}", filter.query());
    let actions = html! { (parts::link_button(Weight::Secondary, &csv, "CSVで保存")) };
    let count = &page.listed.count;
    let many = u64::try_from(count.rows).unwrap_or(0);
    let lead = html! {
        p role="status" {
            strong { (parts::grouped(many)) "件" @if !count.exact { "以上" } }
            " / " (filter.order().label())
            @if !filter.q.is_empty() && filter.sort == Some(Sort::DueFirst) { "(言葉で探すときは、いつも新しい順です)" }
        }
    };
    page::staff(shell, "手紙").wide().lead(lead).actions(actions).body(html! {
        (stages(filter, &page.saved))
        (search(filter, viewer, &page.sections))
        @if runs && !page.listed.rows.is_empty() {
            form method="post" action="/letters/bulk-assignments" {
                @if let Some(person) = &shell.staff { (parts::csrf(&person.csrf)) }
                (parts::hidden("back", &filter.query()))
                (table(&page.listed.rows, viewer, true, empty(filter, viewer)))
                .bulk {
                    (Choice::select("unit", "印を付けた件の担当課")
                        .option("", "選んでください")
                        .options(page.sections.iter().map(|(id, name)| (id.to_string(), name)).collect::<Vec<_>>()
                            .iter().map(|(id, name)| (id.as_str(), name.as_str()))))
                    (parts::submit(Weight::Primary, "まとめて割り当てる"))
                }
            }
        } @else {
            (table(&page.listed.rows, viewer, false, empty(filter, viewer)))
        }
        (parts::pager_by_cursor(
            page.listed.back.map(|f| filter.path_from(f)).as_deref(),
            page.listed.on.map(|f| filter.path_from(f)).as_deref(),
        ))
        @if from != From::Top { p.way { a href=(filter.path()) { "一覧の先頭へ戻る" } } }
        (keep_view(shell, filter, &page.saved))
    })
}

/// The stages everybody looks for, then the person's own views.
fn stages(filter: &Filter, saved: &[View]) -> Markup {
    let all = [
        ("すべて", Filter::default()),
        ("未完結", stage(Stage::Open)),
        ("登録待ち", stage(Stage::New)),
        ("期限超過", Filter { sort: Some(Sort::DueFirst), ..stage(Stage::Overdue) }),
    ];
    let here = filter.query();
    let fixed: Vec<(&str, String, bool)> =
        all.iter().map(|(name, f)| (*name, f.path(), f.query() == here)).collect();
    let own: Vec<(&str, String, bool)> = saved
        .iter()
        .map(|view| (view.name.as_str(), format!("/letters?{}", view.query), view.query == here))
        .collect();
    let tabs: Vec<(&str, &str, Option<u64>, bool)> =
        fixed.iter().chain(&own).map(|(name, path, at)| (*name, path.as_str(), None, *at)).collect();
    parts::tabs("一覧の切替え", tabs)
}

fn stage(stage: Stage) -> Filter {
    Filter { state: Some(Standing::Stage(stage)), ..Filter::default() }
}

fn search(filter: &Filter, viewer: &Viewer, sections: &[(i64, String)]) -> Markup {
    let unit = filter.unit.map(|u| u.to_string()).unwrap_or_default();
    let own = Scope::of(viewer);
    let units: Vec<(String, &str)> = sections
        .iter()
        .filter(|(id, _)| match &own {
            Scope::City => true,
            Scope::Units(units) => units.contains(id),
        })
        .map(|(id, name)| (id.to_string(), name.as_str()))
        .collect();
    let this_year = FiscalYear::of(viewer.today);
    let years: Vec<(String, String)> =
        (0..6).map(|back| FiscalYear(this_year.0 - back)).map(|y| (y.0.to_string(), y.label())).collect();
    let year = filter.year.map(|y| y.to_string()).unwrap_or_default();
    let state = filter.state.map_or("", Standing::code);
    let more = filter.unit.is_some()
        || filter.due.is_some()
        || filter.channel.is_some()
        || filter.kind.is_some()
        || filter.field.is_some()
        || filter.year.is_some()
        || filter.mine;
    html! {
        form.filters method="get" action="/letters" role="search" {
            .search {
                (Field::search("q", "言葉で探す").value(&filter.q).full())
                (Choice::select("state", "状態").option("", "すべて")
                    .options(Stage::ALL.iter().map(|s| (s.code(), s.label())))
                    .options(State::ALL.iter().map(|s| (s.code(), s.label()))).chosen(state))
                (Choice::select("sort", "並べ方").options(Sort::ALL.iter().map(|s| (s.code(), s.label())))
                    .chosen(filter.sort.unwrap_or(filter.order()).code()))
                (parts::submit(Weight::Primary, "絞り込む"))
            }
            details open[more] {
                summary { "くわしい条件" }
                .fields-row {
                    (Choice::select("unit", "担当課・関係課").option("", "すべて")
                        .options(units.iter().map(|(id, name)| (id.as_str(), *name))).chosen(&unit))
                    (Choice::select("due", "期限").option("", "すべて")
                        .options(Due::ALL.iter().map(|d| (d.code(), d.label()))).chosen(filter.due.map_or("", Due::code)))
                    (Choice::select("channel", "受付経路").option("", "すべて")
                        .options(Channel::ALL.iter().map(|c| (c.code(), c.label()))).chosen(filter.channel.map_or("", Channel::code)))
                    (Choice::select("kind", "種類").option("", "すべて")
                        .options(MatterKind::ALL.iter().map(|k| (k.code(), k.label()))).chosen(filter.kind.map_or("", MatterKind::code)))
                    (Choice::select("field", "分野").option("", "すべて")
                        .options(PolicyField::ALL.iter().map(|f| (f.code(), f.label()))).chosen(filter.field.map_or("", PolicyField::code)))
                    (Choice::select("year", "年度").option("", "すべて")
                        .options(years.iter().map(|(id, name)| (id.as_str(), name.as_str()))).chosen(&year))
                    (Choice::select("size", "1ページの件数").options(Size::ALL.iter().map(|s| (s.code(), s.label())))
                        .chosen(filter.size.code()))
                    (Choice::checks("mine", "担当者").option("yes", "自分が担当の件だけ").chosen(if filter.mine { "yes" } else { "" }))
                }
            }
            @if *filter != Filter::default() { p.way { a href="/letters" { "条件をすべて外す" } } }
        }
    }
}

fn empty(filter: &Filter, viewer: &Viewer) -> Markup {
    if Scope::of(viewer) == Scope::Units(Vec::new()) {
        return parts::empty(
            "ここに並ぶ手紙はありません",
            html! { p { "手紙を見られるのは、広聴担当、担当課、市長・副市長、監査の職員です。配属を変えるときは、システム管理者へご連絡ください。" } },
        );
    }
    if *filter == Filter::default() {
        return parts::empty(
            "手紙はまだありません",
            html! { p { "届いた手紙が、新しいものから順にここへ並びます。" } },
        );
    }
    parts::empty(
        "条件に合う件はありません",
        html! { p { "条件を減らすと見つかることがあります。届いたばかりの手紙は、数秒後に言葉で探せるようになります。" } p.way { a href="/letters" { "条件をすべて外す" } } },
    )
}

/// How urgent a row is.
fn tone(row: &Row, viewer: &Viewer) -> Tone {
    if !row.clock_runs() {
        return Tone::Quiet;
    }
    match calendar::days_left(row.due_on, viewer.today) {
        ..0 => Tone::Error,
        0..=3 => Tone::Warning,
        _ => Tone::Quiet,
    }
}

/// The badge of a state.
pub(super) fn badge(state: State) -> Markup {
    let tone = match state {
        State::Received | State::Returned | State::ReturnedToCentre => Tone::Warning,
        State::Replied | State::Approved => Tone::Success,
        State::Closed | State::Filed | State::OutOfScope | State::PassedOn | State::NoReply => Tone::Quiet,
        _ => Tone::Info,
    };
    parts::badge(tone, state.label())
}

/// Matters as rows.
pub(super) fn table(rows: &[Row], viewer: &Viewer, pick: bool, empty: Markup) -> Markup {
    let columns = [
        head("題名"),
        col("受付簿の番号"),
        col("状態"),
        col("期限"),
        col("担当"),
        col("経路・種類"),
        col("受付日"),
        col("希望"),
    ];
    let mut table = Table::new("手紙の件の一覧", pick.then_some(col("")).into_iter().chain(columns))
        .quiet_caption()
        .keyed()
        .or_empty(empty);
    for row in rows {
        let box_ = pick.then(|| {
            let picked = Picked { id: row.id, version: row.version };
            html! {
                label.pick {
                    span.hidden-text { "「" (row.title) "」に印を付ける" }
                    input type="checkbox" name="matter[]" value=(picked.code());
                }
            }
        });
        table = table.toned_row(tone(row, viewer), box_.into_iter().chain(cells(row, viewer)));
    }
    table.render()
}

fn cells(row: &Row, viewer: &Viewer) -> [Markup; 8] {
    let late = match tone(row, viewer) {
        Tone::Error => Some("late"),
        Tone::Warning => Some("soon"),
        _ => None,
    };
    [
        html! { a href={ "/letters/" (row.letter_id) "#matter-" (row.no) } { (row.title) } @if row.no > 1 { " " small.nowrap { "(" (row.no) "件目)" } } },
        html! { span.nowrap { (register(row)) } },
        badge(row.state),
        html! {
            @if !row.clock_runs() { span.nowrap { (parts::time(row.due_on, calendar::short_date(row.due_on))) } }
            @else {
                span class=[late] { (days_left(row.due_on, viewer.today)) }
                " " span.nowrap { (parts::time(row.due_on, calendar::short_date(row.due_on))) }
            }
        },
        html! {
            @match (&row.unit, &row.drafter) {
                (Some(unit), Some(drafter)) => { (unit) " " span.nowrap { (drafter) } },
                (Some(unit), None) => { (unit) },
                (None, _) => { "未定" },
            }
        },
        html! { span.nowrap { (row.channel.label()) } @if let Some(kind) = row.kind { " " span.nowrap { (kind.label()) } } },
        html! { span.nowrap { (parts::time(row.received_on, calendar::short_date(row.received_on))) } },
        html! {
            @match (row.reply_wanted, row.publish_ok) {
                (true, true) => { span.nowrap { "回答・" } span.nowrap { "公表" } },
                (true, false) => "回答",
                (false, true) => "公表",
                (false, false) => "なし",
            }
        },
    ]
}

fn keep_view(shell: &Shell, filter: &Filter, saved: &[View]) -> Markup {
    let csrf = shell.staff.as_ref().map_or("", |p| p.csrf.as_str());
    let here = saved.iter().find(|v| v.query == filter.query());
    html! {
        @if let Some(view) = here {
            form method="post" action={ "/views/" (view.id) "/deletions" } {
                (parts::csrf(csrf))
                .actions { (parts::submit(Weight::Secondary, &format!("保存した表示「{}」を消す", view.name))) }
            }
        } @else if *filter != Filter::default() {
            details.no-print {
                summary { "この条件に名前を付けて保存する" }
                form.search method="post" action="/views" {
                    (parts::csrf(csrf))
                    (parts::hidden("query", &filter.query()))
                    (Field::text("name", "表示の名前").limit(VIEW_NAME).required().medium())
                    (parts::submit(Weight::Secondary, "保存する"))
                }
            }
        }
    }
}

/// More than a few: shown once more before they are given away.
pub fn bulk_preview(
    shell: &Shell,
    viewer: &Viewer,
    rows: &[Row],
    picked: &[Picked],
    (unit, section): (i64, &str),
    back: &Filter,
) -> Markup {
    page::staff(shell, "まとめて割り当てる前の確認").crumb("/letters", "手紙").body(html! {
        p { strong { (rows.len()) "件" } "を" strong { (section) } "に割り当てます。よろしければ、下のボタンを押してください。" }
        (table(rows, viewer, false, html! {}))
        form method="post" action="/letters/bulk-assignments" {
            @if let Some(person) = &shell.staff { (parts::csrf(&person.csrf)) }
            (parts::hidden("unit", &unit.to_string()))
            (parts::hidden("confirmed", "yes"))
            (parts::hidden("back", &back.query()))
            @for one in picked { (parts::hidden("matter[]", &one.code())) }
            .actions {
                (parts::submit(Weight::Primary, &format!("{}件を割り当てる", picked.len())))
                a href=(back.path()) { "やめて一覧へ戻る" }
            }
        }
    })
}

/// What became of each; `section` when they were given, none when they were taken back.
pub fn bulk_result(
    shell: &Shell,
    viewer: &Viewer,
    rows: &[Row],
    outcomes: &[Outcome],
    section: Option<&str>,
    back: &Filter,
) -> Markup {
    let done = outcomes.iter().filter(|o| o.refused.is_none()).count();
    let not = outcomes.len() - done;
    let title = if section.is_some() {
        "まとめて割り当てた結果"
    } else {
        "割り当てを取り消した結果"
    };
    let tone = if not == 0 { Tone::Success } else { Tone::Warning };
    let mut table = Table::new("件ごとの結果", [head("題名"), col("受付簿の番号"), col("結果")]).keyed();
    for outcome in outcomes {
        let row = rows.iter().find(|r| r.id == outcome.picked.id);
        let name = match row {
            Some(row) => html! { a href={ "/letters/" (row.letter_id) "#matter-" (row.no) } { (row.title) } },
            None => html! { "(見つかりません)" },
        };
        let number = html! { (row.map_or_else(String::new, register)) };
        table = match &outcome.refused {
            None => table.row([name, number, html! { (parts::badge(Tone::Success, "できました")) }]),
            Some(why) => table.toned_row(
                Tone::Warning,
                [name, number, html! { (parts::badge(Tone::Warning, "できませんでした")) " " (why) }],
            ),
        };
    }
    page::staff(shell, title).crumb("/letters", "手紙").body(html! {
        (parts::notice(tone, "", html! {
            p {
                @match section {
                    Some(section) => { (done) "件を" (section) "に割り当てました。" },
                    None => { (done) "件を広聴へ戻しました。担当課は決まっていない状態です。" },
                }
                @if not > 0 { (not) "件はできませんでした。理由は下の表にあります。" }
            }
        }))
        (table)
        @if section.is_some() && done > 0 && viewer.can(May::RunLetters) {
            form method="post" action="/letters/bulk-returns" {
                @if let Some(person) = &shell.staff { (parts::csrf(&person.csrf)) }
                (parts::hidden("back", &back.query()))
                @for outcome in outcomes.iter().filter(|o| o.refused.is_none()) {
                    (parts::hidden("matter[]", &outcome.picked.code()))
                }
                p {
                    "間違えたときは、" (bulk::UNDO_MINUTES) "分以内なら取り消せます。取り消した件は「"
                    (State::ReturnedToCentre.label()) "」になり、そこから割り当て直せます。担当課がもう手を付けた件は取り消せません。"
                }
                .actions { (parts::submit(Weight::Secondary, "この割り当てを取り消す")) }
            }
        }
        p.way { a href=(back.path()) { "一覧へ戻る" } }
    })
}
