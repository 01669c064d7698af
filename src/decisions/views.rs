//! Lists of approvals, the page of one, and the 回議書; long because each kind of thing decided on shows itself.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::handlers::{Desk, Paper, Proposed, Row};
use crate::approval::{ApprovalState, COMMENT_LIMIT, DecidedAs, Step, StepKind, StepState};
use crate::calendar;
use crate::config::Config;
use crate::consultations;
use crate::db::Instant;
use crate::opinions::answers::views::chapter;
use crate::opinions::result;
use crate::replies::views::{as_sent, letter};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Field, Table, Tone, Weight, col, head, num};

fn at(instant: Instant) -> Markup {
    parts::time(instant, calendar::tokyo_clock(instant.utc()))
}

fn tone(state: ApprovalState) -> Tone {
    match state {
        ApprovalState::Circulating => Tone::Info,
        ApprovalState::Decided => Tone::Success,
        ApprovalState::Returned | ApprovalState::PulledBack => Tone::Warning,
        ApprovalState::Void => Tone::Error,
    }
}

/// What waits, what I drafted, what was done in my place, what I did lately.
pub fn list(shell: &Shell, desk: &Desk, today: NaiveDate) -> Markup {
    let csrf = shell.staff.as_ref().map_or("", |s| s.csrf.as_str());
    page::staff(shell, "決裁").body(html! {
        h2 { "いま私が見るもの" }
        (mine(desk, today))
        @if !desk.later.is_empty() {
            h2 { "後閲するもの" }
            p.soft { "不在の間に、代わりの職員が決裁・承認したものです。見終えたら「後閲した」を押してください。" }
            (later(desk, csrf))
        }
        h2 { "私が起案したもの" }
        (drafted(desk))
        h2 { "最近、私が見たもの" }
        (lately(desk))
    })
}

fn title(row: &Row) -> Markup {
    html! { a href=(row.approval.path()) { (row.approval.title) } }
}

fn class(desk: &Desk, row: &Row) -> Markup {
    match desk.classes.get(&row.approval.class_code) {
        Some(class) => html! { (class.mark) " " (class.label) },
        None => html! {},
    }
}

fn name(desk: &Desk, id: i64) -> &str {
    desk.names.get(&id).map_or("", String::as_str)
}

fn mine(desk: &Desk, today: NaiveDate) -> Markup {
    let mut table = Table::new(
        "いま私が見るもの",
        [head("題名"), col("区分"), col("私の番"), col("起案"), num("待ち日数")],
    )
    .quiet_caption()
    .keyed()
    .or_empty(parts::empty(
        "いま見るものはありません",
        html! { p { "回議や合議の順番が来た文面が、ここに古い順に並びます。" } },
    ));
    for row in &desk.mine {
        let days = (today - row.since.tokyo_day()).num_days();
        let warn = if days >= 3 { Tone::Warning } else { Tone::Quiet };
        table = table.toned_row(
            warn,
            [
                title(row),
                class(desk, row),
                html! {
                    (row.step.as_ref().map_or("", |s| s.kind.label()))
                    @if let Some((_, absent)) = row.seat.as_ref().and_then(|s| s.absent.as_ref()) {
                        " " (parts::badge(Tone::Warning, "代決")) " " (absent) "の代わり"
                    }
                },
                html! { (name(desk, row.approval.drafted_by)) " " (at(row.approval.drafted_at)) },
                html! { @if days == 0 { "今日" } @else { (days) "日" } },
            ],
        );
    }
    html! { (table) }
}

fn later(desk: &Desk, csrf: &str) -> Markup {
    let mut table =
        Table::new("後閲するもの", [head("題名"), col("したこと"), col("代わりの職員"), col("後閲")])
            .quiet_caption();
    for row in &desk.later {
        let Some(step) = &row.step else { continue };
        table = table.row([
            title(row),
            html! { (step.kind.label()) " " @if step.state == StepState::Returned { "(差戻し)" } },
            html! { (step.staff_id.map_or("", |id| name(desk, id))) " " @if let Some(when) = step.acted_at { (at(when)) } },
            html! {
                form.inline method="post" action=(format!("/approvals/{}/later-views", row.approval.id)) {
                    (parts::csrf(csrf))
                    button.button.small type="submit" { "後閲した" span.hidden-text { "(" (row.approval.title) ")" } }
                }
            },
        ]);
    }
    html! { (table) }
}

fn drafted(desk: &Desk) -> Markup {
    let mut table =
        Table::new("私が起案したもの", [head("題名"), col("区分"), col("状態"), col("最後の動き")])
            .quiet_caption()
            .or_empty(parts::empty(
                "起案したものはありません",
                html! { p { "回答案を書いて起案すると、どこまで回ったかがここで分かります。" } },
            ));
    for row in &desk.drafted {
        table = table.row([
            title(row),
            class(desk, row),
            parts::badge(tone(row.approval.state), row.approval.state.label()),
            at(row.since),
        ]);
    }
    html! { (table) }
}

fn lately(desk: &Desk) -> Markup {
    let mut table =
        Table::new("最近、私が見たもの", [head("題名"), col("したこと"), col("いつ"), col("いまの状態")])
            .quiet_caption()
            .or_empty(parts::empty(
                "まだありません",
                html! { p { "承認、合議、決裁、差戻しをしたものが、ここに新しい順に並びます。" } },
            ));
    for row in &desk.lately {
        let Some(step) = &row.step else { continue };
        table = table.row([
            title(row),
            html! {
                @if step.state == StepState::Returned { "差戻し" } @else { (step.kind.label()) }
                @if step.absent_id.is_some() { "(代決)" }
            },
            step.acted_at.map(at).unwrap_or_default(),
            parts::badge(tone(row.approval.state), row.approval.state.label()),
        ]);
    }
    html! { (table) }
}

/// One text to decide on.
pub fn show(shell: &Shell, config: &Config, paper: &Paper, comment: &str, errors: &Errors) -> Markup {
    page::staff(shell, &paper.approval.title)
        .crumb("/approvals", "決裁")
        .errors(errors)
        .script("counter.js")
        .actions(html! { a.button.secondary.small href=(format!("{}/print", paper.approval.path())) { "回議書を印刷" } })
        .body(html! {
            .badges {
                (parts::badge(tone(paper.approval.state), paper.approval.state.label()))
                (parts::badge(Tone::Quiet, &format!("{} {}", paper.class.mark, paper.class.label)))
                @if paper.approval.executed_at.is_some() { (parts::badge(Tone::Success, "施行済み")) }
            }
            (seals(paper))
            .split {
                div.stack {
                    (text(shell, config, paper))
                    (act(shell, paper, comment, errors))
                }
                div.stack {
                    @if let Some(case) = &paper.case { (letter(case)) }
                    (facts(paper))
                    @if let Some(id) = paper.approval.letter_id {
                        p.way { a href=(format!("/letters/{id}")) { "手紙の画面を開く" } }
                    }
                }
            }
            (earlier(paper))
        })
}

fn facts(paper: &Paper) -> Markup {
    let mut facts = Vec::new();
    if let Some(case) = &paper.case {
        facts.extend([
            ("受付簿の番号", html! { (case.label()) "の" (case.matter.no) "件目" }),
            ("件名", html! { (case.matter.title) }),
            ("担当課", html! { (case.department_name) " " (case.unit_name) }),
            ("回答の期限", parts::time(case.matter.due_on, calendar::era_date(case.matter.due_on))),
        ]);
    }
    facts.extend([
        ("起案", html! { (paper.name(paper.approval.drafted_by)) " " (at(paper.approval.drafted_at)) }),
        ("決裁", decided(paper)),
    ]);
    parts::facts(facts)
}

fn decided(paper: &Paper) -> Markup {
    match (paper.approval.decided_by, paper.approval.decided_as, paper.approval.decided_at) {
        (Some(who), Some(how), Some(when)) => {
            html! { (paper.name(who)) "(" (how.label()) ") " (at(when)) }
        }
        _ => html! { "まだです" },
    }
}

impl Paper {
    fn name(&self, id: i64) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }

    fn place(&self, step: &Step) -> String {
        let unit = step.unit_id.and_then(|id| self.units.get(&id)).map_or("", String::as_str);
        format!("{unit} {}", step.role.label()).trim().to_owned()
    }

    /// What a seal of the last step is called: 決裁 by the mayor, 専決 by an official.
    fn kind(&self, step: &Step) -> &'static str {
        match (step.kind, step.role) {
            (StepKind::Decide, crate::people::Role::Mayor) => DecidedAs::Decider.label(),
            (StepKind::Decide, _) => DecidedAs::Standing.label(),
            (kind, _) => kind.label(),
        }
    }
}

/// The family name, as it stands on a seal.
fn seal_name(name: &str) -> &str {
    name.split([' ', ' ']).next().unwrap_or(name)
}

/// The route as a line of seals: who, when, what was said.
fn seals(paper: &Paper) -> Markup {
    html! {
        section aria-label="回議の経路" {
            ol.seals {
                li.done {
                    span.seal-kind { "起案" }
                    span.seal aria-hidden="true" { (seal_name(paper.name(paper.approval.drafted_by))) }
                    span.seal-who { (paper.name(paper.approval.drafted_by)) }
                    span.seal-when { (at(paper.approval.drafted_at)) }
                }
                @for step in &paper.steps {
                    @let class = match step.state {
                        StepState::Approved => "done",
                        StepState::Current => "now",
                        StepState::Returned => "back",
                        StepState::Waiting | StepState::Dropped => "ahead",
                    };
                    li class=(class) aria-current=[(step.state == StepState::Current).then_some("step")] {
                        span.seal-kind { (paper.kind(step)) }
                        span.seal aria-hidden="true" {
                            @match (step.state, step.staff_id) {
                                (StepState::Approved, Some(id)) => (seal_name(paper.name(id))),
                                (StepState::Returned, Some(_)) => "差戻",
                                _ => {},
                            }
                        }
                        span.seal-who {
                            (paper.place(step))
                            @if let Some(id) = step.staff_id { br; (paper.name(id)) }
                            @if let Some(id) = step.absent_id { br; "(" (paper.name(id)) "の代決)" }
                        }
                        span.seal-when {
                            @match step.acted_at {
                                Some(when) => (at(when)),
                                None => (step.state.label()),
                            }
                        }
                        @if step.state == StepState::Returned { span.hidden-text { "差し戻した" } }
                    }
                }
            }
            (comments(paper))
        }
    }
}

fn comments(paper: &Paper) -> Markup {
    let said = paper.steps.iter().filter(|s| s.comment.is_some());
    html! {
        @for step in said {
            @let back = step.state == StepState::Returned;
            (parts::notice(
                if back { Tone::Warning } else { Tone::Quiet },
                &format!(
                    "{}:{} {}",
                    if back { "差戻しの理由" } else { "意見" },
                    step.role_then.as_deref().unwrap_or_default(),
                    step.staff_id.map_or("", |id| paper.name(id)),
                ),
                html! { div.letter-text { (step.comment.as_deref().unwrap_or_default()) } },
            ))
        }
    }
}

/// The text exactly as it will be sent.
fn text(shell: &Shell, config: &Config, paper: &Paper) -> Markup {
    let publishes =
        shell.staff.as_ref().is_some_and(|s| s.entries.iter().any(|entry| entry.href == "/moderation"));
    match (&paper.reply, &paper.case) {
        (Some((reply, version, _)), Some(case)) => html! {
            h2 { "送られる文面(" (reply.via.label()) ")" }
            @if version.no != reply.current_no {
                (parts::notice(Tone::Warning, "", html! { p { "この文面のあとに、第" (reply.current_no) "版が書かれています。" } }))
            }
            (as_sent(config, reply, case, version))
            p.way.no-print { a href=(reply.path()) { "回答の画面を開く" } }
        },
        _ => html! {
            (proposed(paper))
            @if let Some(version) = &paper.publication {
                @let content = &version.content;
                h2 { "公表される文面(第" (version.no) "版)" }
                (parts::facts([
                    ("題名", html! { (content.title.as_str()) }),
                    ("担当部署", html! { (content.unit_name) }),
                    ("対応の種別", html! { (content.outcome.label()) }),
                ]))
                h3 { @if content.gist { "市民の声(要旨)" } @else { "市民の声" } }
                (parts::typed(content.voice.as_str()))
                h3 { "市の考え方" }
                (parts::typed(content.answer.as_str()))
                @if let Some(note) = &content.correction_note {
                    h3 { "訂正の説明" }
                    (parts::typed(note.as_str()))
                }
                @if publishes {
                    p.way.no-print { a href={ "/publications/" (version.publication_id) } { "伏せた所と公開されるページを開く" } }
                }
            }
        },
    }
}

/// What of a consultation is decided on.
fn proposed(paper: &Paper) -> Markup {
    html! {
        @match &paper.consultation {
            Some(Proposed::Announcement(content, texts)) => {
                h2 { "公示される内容" }
                (consultations::views::announcement(content, None))
                @for (title, paragraphs) in texts {
                    details {
                        summary { "「" (title) "」の文章(" (paragraphs.len()) "段落)" }
                        (consultations::views::text_of_paper(paragraphs, None))
                    }
                }
            },
            Some(Proposed::Event(event, late)) => {
                h2 { "公表される内容" }
                (consultations::views::event(event))
                @if let Some(words) = consultations::views::made_timely(event, *late) { p { (words) } }
            },
            Some(Proposed::Result(sheet)) => {
                @let version = &sheet.version;
                h2 { "公表される結果(第" (version.no) "版)" }
                @match sheet.content.publish_on {
                    Some(day) => p { "決裁のあと、" strong { (calendar::era_date(day)) } "に自動で公表されます。" },
                    None => p { "決裁されると、すぐに公表されます。" },
                }
                @if !sheet.content.change_note.is_empty() {
                    (parts::notice(Tone::Info, "訂正の説明", parts::typed(&sheet.content.change_note)))
                }
                (result::views::whole(sheet, &format!("/consultations/{}/result/versions/{}", version.consultation_id, version.no), None))
            },
            Some(Proposed::Answers(content, words)) => {
                h2 { "公表される市の考え方" }
                p { "「" (content.name) "」の全部です。決裁のあとで意見や市の考え方が1つでも動くと、この決裁は使えなくなります。" }
                (chapter(content, words))
            },
            None => {},
        }
        @if let Some(id) = paper.approval.consultation_id {
            p.way.no-print { a href=(format!("/consultations/{id}")) { "意見募集の画面を開く" } }
        }
    }
}

fn act(shell: &Shell, paper: &Paper, comment: &str, errors: &Errors) -> Markup {
    let csrf = shell.staff.as_ref().map_or("", |s| s.csrf.as_str());
    let path = paper.approval.path();
    let version = paper.approval.version.to_string();
    html! {
        @if let Some((step, seat)) = &paper.turn {
            section.card.next-step {
                h2 {
                    @match step.kind {
                        StepKind::Approve => "承認する",
                        StepKind::Concur => "合議する",
                        StepKind::Decide => "決裁する",
                    }
                }
                @if let Some((_, absent)) = &seat.absent {
                    p { (absent) "の不在が記録されています。押すと代決として残り、" (absent) "があとで閲覧します。" }
                }
                form.form method="post" action=(format!("{path}/decisions")) {
                    (parts::csrf(csrf))
                    (parts::hidden("version", &version))
                    (Field::area("comment", "意見・差戻しの理由").limit(COMMENT_LIMIT).rows(4).value(comment).errors(errors)
                        .support("差し戻すときは必ず書きます。起案者と、この決裁を見る職員に見えます。"))
                    .stack {
                        (parts::submit_as(Weight::Primary, "decision", "approve", match step.kind {
                            StepKind::Approve => "承認する",
                            StepKind::Concur => "合議する(異議なし)",
                            StepKind::Decide => "この文面で決裁する",
                        }))
                        (parts::submit_as(Weight::Secondary, "decision", "return", "理由を付けて差し戻す"))
                    }
                }
            }
        }
        @if paper.may_pull_back {
            section.card {
                h2 { "引き戻す" }
                p { "文面を直したいときは、回議を止めて下書きに戻します。" }
                form method="post" action=(format!("{path}/withdrawals")) {
                    (parts::csrf(csrf))
                    (parts::hidden("version", &version))
                    (parts::submit(Weight::Secondary, "引き戻す"))
                }
            }
        }
        @if paper.to_see_later {
            section.card.next-step {
                h2 { "後閲" }
                p { "あなたの不在の間に、代わりの職員が進めました。" }
                form method="post" action=(format!("{path}/later-views")) {
                    (parts::csrf(csrf))
                    (parts::submit(Weight::Primary, "後閲した"))
                }
            }
        }
    }
}

/// Every earlier version beside the one to decide on, the nearest one open.
fn earlier(paper: &Paper) -> Markup {
    let Some((_, shown, versions)) = &paper.reply else { return html! {} };
    html! {
        @if shown.no > 1 {
            h2 { "前の版との違い" }
            @for old in versions.iter().filter(|v| v.no < shown.no).rev() {
                @let (left, right) = (format!("第{}版", old.no), format!("第{}版(この文面)", shown.no));
                details open[old.no + 1 == shown.no] {
                    summary { "第" (old.no) "版(" (paper.name(old.author_id)) ")との違い" }
                    (parts::compare(&left, &right, &old.whole(), &shown.whole()))
                }
            }
        }
    }
}

/// The 回議書: class mark, seal boxes, letter and text on paper, for where a seal is still pressed by hand.
pub fn print(shell: &Shell, config: &Config, paper: &Paper) -> Markup {
    let path = paper.approval.path();
    page::staff(shell, "回議書").crumb("/approvals", "決裁").crumb(&path, &paper.approval.title).body(html! {
        p.no-print { "このページを印刷すると回議書になります。空いた枠には紙で押印できます。" }
        .circular {
            .circular-head {
                span.circular-mark { (paper.class.mark) }
                div {
                    p { strong { (paper.approval.title) } }
                    p.small {
                        (paper.class.label)
                        @if let Some(case) = &paper.case { " 受付簿の番号 " (case.label()) "の" (case.matter.no) "件目" }
                    }
                    p.small { "起案 " (calendar::tokyo_clock_with_year(paper.approval.drafted_at.utc())) " " (paper.name(paper.approval.drafted_by)) }
                }
            }
            table.table.fixed.seal-boxes {
                caption.hidden-text { "押印欄" }
                thead { tr { @for step in &paper.steps { th scope="col" { (paper.kind(step)) br; (paper.place(step)) } } } }
                tbody {
                    tr {
                        @for step in &paper.steps {
                            td {
                                @if step.state == StepState::Approved {
                                    span.seal { (step.staff_id.map_or("", |id| seal_name(paper.name(id)))) }
                                    @if step.absent_id.is_some() { span.small { "代決" } }
                                    @if let Some(when) = step.acted_at { span.small { (calendar::short_date(when.tokyo_day())) } }
                                } @else if step.state == StepState::Returned { span.small { "差戻し" } }
                                @else { span.hidden-text { "まだ" } }
                            }
                        }
                    }
                }
            }
            (comments(paper))
            (text(shell, config, paper))
            @if let Some(case) = &paper.case { (letter(case)) }
            p.small { "文面の照合番号 " code { (paper.approval.content_hash.get(..16).unwrap_or_default()) } }
        }
        p.way.no-print { a href=(path) { "決裁の画面へ戻る" } }
    })
}
