//! The chapters of a consultation, one of them, and those a section still answers.

use maud::{Markup, html};

use super::chapter_handlers::{ChapterPage, Desk};
use super::table::{ChapterLine, Filter};
use super::views::{answers_path, progress, rooms, standing_tone};
use crate::consultations::consultation::State;
use crate::opinions::answers::views as read;
use crate::opinions::answers::{OpenPoint, Standing, is_answered};
use crate::opinions::view::{Chapter, NAME_LIMIT, TEXT_LIMIT};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Field, Table, Tone, Weight, col, head, num};

/// `GET /consultations/{id}/chapters`.
pub fn chapters(shell: &Shell, csrf: &str, desk: &Desk) -> Markup {
    let row = &desk.row;
    page::staff(shell, "章と決裁")
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .body(html! {
            (rooms(row, "章と決裁"))
            (progress(row, &Filter { page: 1, ..Filter::default() }, desk.total))
            (list(desk))
            @if desk.runs { (making(desk, csrf)) }
            (open_points(row.id, &desk.open))
            @if desk.runs && !desk.chapters.is_empty() {
                h2 { "章を直す" }
                @for (at, line) in desk.chapters.iter().enumerate() { (change(desk, csrf, at, line)) }
            }
        })
}

fn list(desk: &Desk) -> Markup {
    let mut table = Table::new(
        "章",
        [
            head("章"),
            col("受け持つ課"),
            col("状態"),
            num("まとまり"),
            num("できたもの"),
            num("答えがない"),
            num("書きかけ"),
        ],
    )
    .quiet_caption()
    .keyed()
    .or_empty(parts::empty(
        "章はまだありません",
        html! { p { "章は、市の考え方を課ごとに手分けして書き、まとまりごとに決裁するための区切りです。" } },
    ));
    for line in &desk.chapters {
        table = table.row([
            html! { a href=(line.chapter.path()) { (line.chapter.name) } },
            html! { (line.unit) },
            html! {
                (parts::badge(standing_tone(line.standing), line.standing.label()))
                @if let Some(approval) = &line.approval { " " a.small href=(approval.path()) { "決裁の画面" span.hidden-text { "(" (line.chapter.name) ")" } } }
            },
            html! { (line.counts.groups) },
            html! { (line.counts.done) },
            html! { (line.counts.without_view) },
            html! { (line.counts.unfinished) },
        ]);
    }
    html! { (table) }
}

fn making(desk: &Desk, csrf: &str) -> Markup {
    let path = format!("{}/chapters", desk.row.path());
    let units: Vec<(String, &str)> = desk.units.iter().map(|(id, n)| (id.to_string(), n.as_str())).collect();
    let own = desk.row.unit_id.to_string();
    html! {
        section.card.stack {
            @if !is_answered(&desk.row) { p.soft { "この意見募集は「" (desk.row.state.label()) "」です。章は、先に作っておくことができます。" } }
            form.stack method="post" action=(path) {
                (parts::csrf(csrf))
                .actions {
                    (parts::submit_as(if desk.chapters.is_empty() { Weight::Primary } else { Weight::Secondary }, "act", "headings", "案の見出しから章を作る"))
                    @if desk.total.without_chapter > 0 && !desk.chapters.is_empty() {
                        (parts::submit_as(Weight::Secondary, "act", "place", &format!("章に入っていない{}件を段落の章に入れる", desk.total.without_chapter)))
                    }
                    @if desk.row.state == State::Sorting { (parts::submit_as(Weight::Secondary, "act", "begin", "市の考え方の作成を始める")) }
                }
                p.soft { "案のいちばん上の見出しごとに章を作り、「全体・その他」を加えます。もう一度押しても、同じ章は増えません。" }
            }
            details {
                summary { "章を1つ加える" }
                form.form method="post" action=(path) {
                    (parts::csrf(csrf))
                    (Field::text("name", "章の名前").required().limit(NAME_LIMIT).full())
                    (Choice::select("unit", "受け持つ課").required().options(units.iter().map(|(id, n)| (id.as_str(), *n))).chosen(&own))
                    (parts::submit_as(Weight::Secondary, "act", "add", "加える"))
                }
            }
            p { a href="/phrases" { "定型文を直す" } }
        }
    }
}

fn change(desk: &Desk, csrf: &str, at: usize, line: &ChapterLine) -> Markup {
    let chapter = &line.chapter;
    let unit = chapter.unit_id.to_string();
    let units: Vec<(String, &str)> = desk.units.iter().map(|(id, n)| (id.to_string(), n.as_str())).collect();
    let (name_id, unit_id) = (format!("name-{}", chapter.id), format!("unit-{}", chapter.id));
    let order = |to: &str, label: &str| {
        html! { button.button.small type="submit" name="move" value=(to) { (label) span.hidden-text { "(" (chapter.name) ")" } } }
    };
    html! {
        details.card {
            summary { (chapter.name) }
            form.form method="post" action=(format!("{}/corrections", chapter.path())) {
                (parts::csrf(csrf))
                (parts::hidden("version", &chapter.version.to_string()))
                (Field::text("name", "章の名前").id(&name_id).required().limit(NAME_LIMIT).full().value(&chapter.name))
                (Choice::select("unit", "受け持つ課").id(&unit_id).options(units.iter().map(|(id, n)| (id.as_str(), *n))).chosen(&unit))
                .actions {
                    (parts::submit(Weight::Secondary, "直す"))
                    @if at > 0 { (order("up", "上へ")) }
                    @if at + 1 < desk.chapters.len() { (order("down", "下へ")) }
                }
            }
            @if line.counts.groups == 0 {
                form method="post" action=(format!("{}/removals", chapter.path())) {
                    (parts::csrf(csrf))
                    button.button.small type="submit" { "この章を消す" span.hidden-text { "(" (chapter.name) ")" } }
                }
            }
        }
    }
}

fn open_points(id: i64, open: &[OpenPoint]) -> Markup {
    html! {
        section.stack {
            h2 { "結果を公表するまでに" }
            @if open.is_empty() { (parts::notice(Tone::Success, "", html! { p { "市の考え方は、すべて決裁が済んでいます。" } })) }
            @else { ul { @for point in open { li { a href=(point.path(id)) { (point.words()) } } } } }
        }
    }
}

/// `GET /chapters/{id}`.
pub fn chapter(shell: &Shell, csrf: &str, page: &ChapterPage) -> Markup {
    let (line, row) = (&page.line, &page.row);
    let chapter = &line.chapter;
    let list = format!("{}/chapters", row.path());
    page::staff(shell, &chapter.name)
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .crumb(&list, "章と決裁")
        .script("counter.js")
        .actions(html! { a.button.secondary.small href=(format!("{}?chapter={}", answers_path(row), chapter.id)) { "回答の表で開く" } })
        .body(html! {
            .badges {
                (parts::badge(standing_tone(line.standing), line.standing.label()))
                (parts::badge(Tone::Quiet, &line.unit))
            }
            (next(csrf, page))
            h2 { "公表される内容" }
            (read::chapter(&page.content, &page.words))
            @if page.content.answers.is_empty() { p.soft { "市の考え方が付いた意見は、まだありません。" } }
        })
}

fn next(csrf: &str, page: &ChapterPage) -> Markup {
    let line = &page.line;
    let chapter = &line.chapter;
    let table = Filter { chapter: Some(Some(chapter.id)), page: 1, ..Filter::default() };
    html! {
        section.card.next-step.stack {
            @match line.standing {
                Standing::Working | Standing::Returned => {
                    h2 { "起案まで" }
                    (progress(&page.row, &table, line.counts))
                    @if line.standing == Standing::Returned { p { "差し戻されたか、引き戻した章です。直してから、もう一度起案します。" } }
                    @if line.counts.groups == 0 { p { "この章には意見がありません。決裁は要らず、公表もされません。" } }
                    @else if page.gaps > 0 { p { "残りの" (page.gaps) "件ができると、起案できます。" } }
                    @else if line.open {
                        p { "この章のすべての意見に答えがそろいました。下の内容を確かめて、起案してください。" }
                        form.form method="post" action=(format!("{}/approvals", chapter.path())) {
                            (parts::csrf(csrf))
                            (parts::hidden("seen", &page.hash))
                            (Choice::select("class", "決裁の区分").options(page.classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                            (parts::submit(Weight::Primary, "起案する"))
                        }
                        p.soft { "起案した人と、この章の市の考え方を書いた人は、決裁できません。" }
                    }
                },
                Standing::Circulating => {
                    h2 { "決裁を待っています" }
                    p { "決裁されるまで、この章の意見と市の考え方は動かせません。" }
                    @if let Some(approval) = &line.approval { p { a href=(approval.path()) { "決裁の画面を開く(引戻しもここから)" } } }
                },
                Standing::Approved => {
                    h2 { "決裁済みです" }
                    @if page.changed {
                        (parts::notice(Tone::Error, "決裁のあとで内容が変わりました", html! {
                            p { "このままでは公表されません。決裁を取り消し、もう一度起案してください。" }
                        }))
                    }
                    @if let Some(approval) = &line.approval { p { a href=(approval.path()) { "決裁の画面を開く" } } }
                    @if page.may_reopen {
                        details {
                            summary { "決裁を取り消して直す" }
                            form.form method="post" action=(format!("{}/reopenings", chapter.path())) {
                                (parts::csrf(csrf))
                                (Field::area("reason", "取り消す理由").required().limit(TEXT_LIMIT).rows(3).support("記録に残ります。決裁は効力を失い、直したあとで、もう一度起案が要ります。"))
                                (parts::submit(Weight::Danger, "決裁を取り消して直す"))
                            }
                        }
                    }
                },
            }
        }
    }
}

/// `GET /answers`: a chapter, its consultation's title, where it stands, its groups.
pub fn mine(shell: &Shell, rows: &[(Chapter, String, Standing, i64)]) -> Markup {
    let mut table = Table::new(
        "自分の課が受け持つ章",
        [head("章"), col("意見募集"), col("状態"), num("まとまり"), col("")],
    )
    .quiet_caption()
    .keyed()
    .or_empty(parts::empty(
        "受け持つ章はありません",
        html! { p { "意見募集の担当が章を課に割り当てると、ここに並びます。決裁が済んだ章は出ません。" } },
    ));
    for (chapter, title, standing, groups) in rows {
        let work = Filter { chapter: Some(Some(chapter.id)), page: 1, ..Filter::default() };
        table = table.row([
            html! { a href=(work.path(chapter.consultation_id, 1)) { (chapter.name) } },
            html! { (title) },
            parts::badge(standing_tone(*standing), standing.label()),
            html! { (groups) },
            html! { a href=(chapter.path()) { "章の画面" span.hidden-text { "(" (chapter.name) ")" } } },
        ]);
    }
    page::staff(shell, "市の考え方の作成")
        .lead(html! { p { "自分の課が受け持つ章のうち、まだ決裁が済んでいないものです。" } })
        .body(html! { (table) })
}
