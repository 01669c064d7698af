//! The desk of one consultation: where it stands, what is next, what lies on it.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use crate::approval::{Approval, Class};
use crate::calendar;
use crate::consultations::consultation::{
    ChannelKind, Consultation, Event, EventKind, Lack, Period, Phase, State,
};
use crate::consultations::paper::PaperKind;
use crate::consultations::store::Paper;
use crate::consultations::submission::State as SubmissionState;
use crate::consultations::views as public;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Field, Table, Tone, Upload, Weight, col, head};

/// Everything the page of one consultation shows.
pub struct Desk {
    /// The row.
    pub row: Consultation,
    /// Its unit's name.
    pub unit: String,
    /// What stands in the way of its approval.
    pub lacks: Vec<Lack>,
    /// Its papers.
    pub papers: Vec<Paper>,
    /// Its period, once it has dates.
    pub period: Option<Period>,
    /// The approval of its newest version.
    pub approval: Option<Approval>,
    /// What happened to its period, with its approvals, and how many late opinions each made timely or would make so.
    pub events: Vec<(Event, Option<Approval>, i64)>,
    /// Classes of approval for it.
    pub classes: Vec<Class>,
    /// Classes of approval for changes of its period.
    pub event_classes: Vec<Class>,
    /// Submissions by way and state.
    pub tally: Vec<(ChannelKind, SubmissionState, i64)>,
    /// Submissions, distinct texts, distinct senders, senders not known.
    pub counts: (i64, i64, i64, i64),
    /// Typed in and not looked at by a second person: how many, and the oldest this viewer may check.
    pub unchecked: (i64, Option<i64>),
    /// Groups of opinions, and those of them that nobody looked into.
    pub groups: (i64, i64),
    /// Groups, and those with a whole answer; once answers are written.
    pub answered: Option<(u64, u64)>,
    /// The viewer may run it.
    pub may_run: bool,
    /// The viewer may type in opinions on paper.
    pub may_enter: bool,
}

/// `GET /consultations/{id}`.
pub fn show(shell: &Shell, csrf: &str, desk: &Desk, now: DateTime<Utc>) -> Markup {
    let row = &desk.row;
    let path = row.path();
    let has_dates = desk.period.is_some();
    page::staff(shell, &row.title)
        .crumb("/consultations", "意見募集")
        .actions(html! {
            @if has_dates {
                a.button.secondary.small href={ (path) "/preview" } { "公表される画面" }
                a.button.secondary.small href={ (path) "/notices" } { "市報・報道・窓口の原稿" }
            }
        })
        .body(html! {
            .badges {
                (parts::badge(Tone::Info, row.state.label()))
                @if let Some(period) = desk.period.as_ref().filter(|_| row.state == State::Announced) {
                    @let phase = period.phase(now);
                    (parts::badge(public::tone(phase), phase.label()))
                }
            }
            .split {
                div.stack {
                    (next(desk, csrf, now))
                    @if row.state.is_public() { (arrived(desk)) }
                    (papers(desk, csrf))
                }
                div.stack {
                    (parts::facts([
                        ("担当課", html! { (desk.unit) }),
                        ("公示日", day(row.noticed_on)),
                        ("募集の初日", day(row.opens_on)),
                        ("募集の最終日", day(desk.period.as_ref().map(|p| p.closing_on).or(row.closes_on))),
                        ("根拠", html! { (row.basis) }),
                    ]))
                    @if let Some(approval) = &desk.approval {
                        p { "決裁 " a href=(approval.path()) { (approval.title) } " " (parts::badge(Tone::Quiet, approval.state.label())) }
                    }
                    @if desk.may_run && has_dates && !row.state.is_public() {
                        details {
                            summary { "庁外の人に確かめてもらう" }
                            form.form method="post" action={ (path) "/previews" } {
                                (parts::csrf(csrf))
                                (Field::text("note", "だれに見せるか").required().support("審議会の委員など。7日間だけ見られるリンクを作ります。"))
                                (parts::submit(Weight::Secondary, "確認用のリンクを作る"))
                            }
                        }
                    }
                    @if !desk.events.is_empty() || (desk.may_run && row.state == State::Announced) { (period_changes(desk, csrf)) }
                }
            }
        })
}

fn day(on: Option<NaiveDate>) -> Markup {
    match on {
        Some(on) => parts::time(on, calendar::era_date(on)),
        None => html! { "未定" },
    }
}

/// What is to be done next: the checklist, or where it stands.
fn next(desk: &Desk, csrf: &str, now: DateTime<Utc>) -> Markup {
    let row = &desk.row;
    let path = row.path();
    html! {
        section.card.next-step {
            @match row.state {
                State::Planned => {
                    h2 { "公示までの確かめ" }
                    @if desk.lacks.is_empty() {
                        p { "足りないものはありません。公表される画面を確かめて、起案してください。" }
                        @if desk.may_run {
                            form.form method="post" action={ (path) "/approvals" } {
                                (parts::csrf(csrf))
                                (Choice::select("class", "決裁の区分").options(desk.classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                                (parts::submit(Weight::Primary, "起案する"))
                            }
                        }
                    } @else {
                        p { "次のところを直すと、起案できます。" }
                        ul { @for lack in &desk.lacks { li { @if desk.may_run { a href=(place_of(&path, lack)) { (lack.sentence) } } @else { (lack.sentence) } } } }
                    }
                    @if desk.may_run { (parts::link_button(Weight::Secondary, &format!("{path}/edit"), "内容を直す")) }
                },
                State::InApproval => {
                    h2 { "決裁を待っています" }
                    p { "決裁されると、公示日の午前0時に自動で公示されます。直すときは、決裁の画面で引き戻します。" }
                },
                State::Approved => {
                    h2 { "公示日を待っています" }
                    p { (day(row.noticed_on)) "になると、自動で公示されます。だれも操作する必要はありません。" }
                },
                State::Announced => {
                    @if let Some(period) = &desk.period {
                        h2 { (period.phase(now).label()) }
                        p { (public::deadline_words(period, now)) }
                    }
                    @let closed = desk.period.as_ref().is_some_and(|p| p.phase(now) == Phase::Closed);
                    @if desk.may_run && closed {
                        @if desk.counts.0 == 0 {
                            p { "意見の提出はありませんでした。そのことも、結果として公表します。" }
                            (parts::link_button(Weight::Primary, &format!("{path}/result"), "意見なしの結果を公表する"))
                        } @else {
                            p { "次は、意見の整理を始めます。" }
                            (parts::link_button(Weight::Primary, &format!("{path}/groups"), "意見を整理する"))
                        }
                    }
                    (rooms(desk, closed))
                },
                _ => {
                    h2 { (row.state.label()) }
                    @let sorting = matches!(row.state, State::Sorting | State::Answering) && desk.groups.1 > 0;
                    @if desk.may_run && sorting { (parts::link_button(Weight::Primary, &format!("{path}/groups"), "意見を整理する")) }
                    @else if desk.may_run && matches!(row.state, State::Sorting | State::Answering) && desk.answered.is_some_and(|(all, done)| done < all) {
                        (parts::link_button(Weight::Primary, &format!("{path}/answers"), "市の考え方を書く"))
                    }
                    @else if desk.may_run && row.state != State::Cancelled { (parts::link_button(Weight::Primary, &format!("{path}/result"), "結果の公表")) }
                    (rooms(desk, true))
                },
            }
        }
    }
}

/// Where a lack is mended.
fn place_of(path: &str, lack: &Lack) -> String {
    match lack.field {
        "papers" => "#papers".to_owned(),
        "channel_web" => format!("{path}/edit#ways"),
        "eligibility[]" => format!("{path}/edit#who"),
        field => format!("{path}/edit#{field}"),
    }
}

/// The rooms of a consultation that is announced, each with what is left in it.
fn rooms(desk: &Desk, closed: bool) -> Markup {
    let path = desk.row.path();
    let many = |n: i64| parts::grouped(u64::try_from(n).unwrap_or(0));
    let (groups, unsettled) = desk.groups;
    let cancelled = desk.row.state == State::Cancelled;
    html! {
        ul.rooms {
            li {
                a href={ (path) "/submissions" } { "届いた意見" } span { (many(desk.counts.0)) "通" }
            }
            @if let (waiting, Some(next)) = desk.unchecked {
                li { a href={ "/submissions/" (next) } { "1通ずつ確かめる" } span { "入力の確認待ち " strong { (many(waiting)) } "通" } }
            }
            @if desk.may_enter { li { a href={ (path) "/submissions/new" } { "紙・ファクス・窓口の意見を入力する" } } }
            li { a href={ (path) "/flood" } { "届き方の様子を見る" } span { "殺到への備え" } }
            li {
                a href={ (path) "/groups" } { "意見の整理" }
                span { (many(groups)) "のまとまり" @if unsettled > 0 { "、未確認 " strong { (many(unsettled)) } } }
            }
            @if let Some((all, done)) = desk.answered {
                li { a href={ (path) "/answers" } { "市の考え方" } span { (parts::grouped(all)) "のまとまりのうち " strong { (parts::grouped(done)) } "できています" } }
            }
            @if closed && !cancelled { li { a href={ (path) "/result" } { "結果の公表" } span { "足りないものを見る" } } }
        }
    }
}

fn papers(desk: &Desk, csrf: &str) -> Markup {
    let row = &desk.row;
    let may = desk.may_run && row.is_editable();
    let mut table = Table::new("資料", [head("資料"), col("種類"), col("文章"), col("ファイル"), col("")])
        .or_empty(parts::empty("資料はまだありません", html! { p { "案の本文を、文章とファイルの両方で載せます。文章があると、段落ごとに意見を書けます。" } }));
    for paper in &desk.papers {
        let version = paper.version.as_ref();
        table = table.row([
            html! { (paper.title) @if !paper.access_note.is_empty() { br; span.soft { (paper.access_note) } } },
            html! { (paper.kind.label()) },
            html! {
                @match version.map_or(0, |v| v.paragraphs) { 0 => { "なし" }, n => { (n) "段落" } }
                @if may { br; a href={ "/papers/" (paper.id) "/imports" } { "取り込む" span.hidden-text { "(" (paper.title) ")" } } }
            },
            html! { (version.and_then(|v| v.file.as_ref()).map_or("なし", |f| f.1.as_str())) },
            html! {
                @if may {
                    form.inline method="post" action={ "/papers/" (paper.id) "/removals" } {
                        (parts::csrf(csrf))
                        button.button.small type="submit" { "外す" span.hidden-text { "(" (paper.title) ")" } }
                    }
                }
            },
        ]);
    }
    html! {
        section.stack #papers {
            (table)
            @if may {
                details open[desk.papers.is_empty()] {
                    summary { "資料を加える" }
                    form.form method="post" action={ (row.path()) "/papers" } enctype="multipart/form-data" {
                        (parts::csrf(csrf))
                        (Choice::select("kind", "種類").options(PaperKind::ALL.iter().map(|k| (k.code(), k.label()))))
                        (Field::text("title", "資料の名前").required().full())
                        (Upload::new("file", "ファイル", "PDFなど。1つ。", crate::files::ACCEPT).optional())
                        (Field::text("access_note", "読めない方の問合せ先").optional().full().support("図面など、文章にできない資料のとき。例:内容は都市計画課(電話 000-000-0000)が読み上げてご説明します。"))
                        (parts::submit(Weight::Secondary, "加える"))
                    }
                }
            }
        }
    }
}

fn arrived(desk: &Desk) -> Markup {
    let (all, texts, senders, unknown) = desk.counts;
    html! {
        section.stack {
            h2 { "届いた意見" }
            p { "提出 " strong { (all) } "通、異なる文章 " strong { (texts) } "、提出者 " strong { (senders) } "(ほかに、だれか分からないもの" (unknown) "通)" }
            (public::tally(&desk.tally))
        }
    }
}

fn period_changes(desk: &Desk, csrf: &str) -> Markup {
    let row = &desk.row;
    html! {
        section.card {
            h2 { "期間の変更・停止の記録" }
            @for (event, approval, timely) in &desk.events {
                p {
                    (event.kind.label()) " "
                    @if event.published_at.is_some() { (parts::badge(Tone::Success, "公表済み")) }
                    @else if let Some(approval) = approval { a href=(approval.path()) { (approval.state.label()) } }
                    br; span.soft { (event.reason) }
                    @if let Some(words) = public::made_timely(event, *timely) { br; (words) }
                }
            }
            @if desk.may_run && row.state == State::Announced {
                details {
                    summary { "期間を変える" }
                    form.form method="post" action={ (row.path()) "/events" } {
                        (parts::csrf(csrf))
                        (Choice::select("kind", "何をしますか").options(EventKind::ALL.iter().map(|k| (k.code(), k.label()))))
                        (Field::date("new_closes_on", "新しい最終日(延長のとき)"))
                        (Field::date("from_on", "いつから").optional())
                        (Field::text("from_time", "時刻").optional().short().support("例:13:30"))
                        (Field::date("to_on", "いつまで(システムの停止のとき)").optional())
                        (Field::text("to_time", "時刻").id("to_time").optional().short())
                        (Field::area("reason", "理由(公表されます)").required().rows(3))
                        (Choice::select("class", "決裁の区分").options(desk.event_classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                        (parts::submit(Weight::Secondary, "起案する"))
                    }
                }
            }
        }
    }
}
