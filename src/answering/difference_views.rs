//! The draft against the final text, paragraph by paragraph.

use maud::{Markup, html};

use super::views::rooms;
use crate::consultations::consultation::Consultation;
use crate::opinions::answers::Compared;
use crate::opinions::answers::differences::Difference;
use crate::opinions::answers::store::OtherReason;
use crate::opinions::view::{TEXT_LIMIT, View};
use crate::replies::views::compare;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Field, Tone, Upload, Weight};

/// `GET /consultations/{id}/differences`.
pub fn differences(shell: &Shell, csrf: &str, row: &Consultation, papers: &[Compared], runs: bool) -> Markup {
    page::staff(shell, "案と最終の文章")
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .script("counter.js")
        .body(html! {
            (rooms(row, "案と最終の文章"))
            @if papers.is_empty() {
                (parts::empty("案の文章がありません", html! { p { "案の本文を文章で載せた意見募集では、ここで案と最終の文章を段落ごとに比べられます。" } }))
            }
            @for paper in papers { (self::paper(csrf, paper, runs)) }
        })
}

fn paper(csrf: &str, paper: &Compared, runs: bool) -> Markup {
    let open = paper.changes.iter().filter(|(_, by, other)| by.is_empty() && other.is_none()).count();
    html! {
        section.stack {
            h2 { (paper.title) }
            @match &paper.last {
                None => p { "最終の文章は、まだありません。案は" (paper.draft.len()) "段落です。" },
                Some(last) => {
                    p {
                        "案" (paper.draft.len()) "段落、最終の文章" (last.len()) "段落。変わった段落 " strong { (paper.changes.len()) } "、理由の分からない変更 " strong { (open) }
                    }
                    @if paper.changes.is_empty() { p { "案のとおりです。変わった段落はありません。" } }
                },
            }
            @if !paper.unkept.is_empty() { (unkept(&paper.unkept)) }
            @for (at, (difference, by, other)) in paper.changes.iter().enumerate() {
                (change(csrf, (paper.paper_id, at), difference, by, other.as_ref(), runs))
            }
            @if runs { (taking(csrf, paper)) }
        }
    }
}

fn unkept(views: &[View]) -> Markup {
    parts::notice(
        Tone::Warning,
        "「案を修正します」と答えたのに、変わっていません",
        html! {
            ul {
                @for view in views {
                    li {
                        a href=(view.path()) { "市の考え方" (view.id) "番" }
                        @if !view.changed_place.is_empty() { " " (view.changed_place) }
                    }
                }
            }
        },
    )
}

fn change(
    csrf: &str,
    (paper_id, at): (i64, usize),
    difference: &Difference,
    by: &[View],
    other: Option<&OtherReason>,
    runs: bool,
) -> Markup {
    let id = format!("reason-{paper_id}-{at}");
    let (old, new) = (difference.old.as_deref().unwrap_or(""), difference.new.as_deref().unwrap_or(""));
    html! {
        section.card.stack {
            h3 {
                (difference.place)
                @if difference.old.is_none() { " (加わった段落)" }
                @if difference.new.is_none() { " (なくなった段落)" }
            }
            (compare("案", "最終の文章", old, new))
            @for view in by {
                p { (parts::badge(Tone::Success, "意見による変更")) " " a href=(view.path()) { "市の考え方" (view.id) "番" } " " (view.reason) }
            }
            @if let Some(other) = other.filter(|_| !runs) { p { (parts::badge(Tone::Info, "ほかの理由")) " " (other.reason) } }
            @if by.is_empty() && other.is_none() { p { (parts::badge(Tone::Warning, "理由が書かれていません")) } }
            @if runs && (by.is_empty() || other.is_some()) {
                form.form method="post" action=(format!("/papers/{paper_id}/other-changes")) {
                    (parts::csrf(csrf))
                    (parts::hidden("paragraph", &difference.code))
                    (Field::area("reason", "意見のほかの理由による変更").id(&id).limit(TEXT_LIMIT).rows(2).value(other.map_or("", |o| o.reason.as_str()))
                        .support("結果とともに公表されます。例:用字を直すため。空にして保存すると、取り消されます。"))
                    (parts::submit(Weight::Secondary, "理由を保存する"))
                }
            }
        }
    }
}

fn taking(csrf: &str, paper: &Compared) -> Markup {
    let path = format!("/papers/{}/finals", paper.paper_id);
    let (file_id, text_id) = (format!("file-{}", paper.paper_id), format!("pasted-{}", paper.paper_id));
    html! {
        details.card open[paper.last.is_none()] {
            summary { @if paper.last.is_none() { "最終の文章を入れる" } @else { "最終の文章を入れ直す" } }
            div.stack {
                form.stack method="post" action=(path) {
                    (parts::csrf(csrf))
                    p { "「案を修正します」の市の考え方にある、直す前と直したあとの文章を案に当てはめて、最終の文章を作ります。修正がなければ、案のとおりの文章になります。" }
                    (parts::submit_as(Weight::Primary, "act", "make", "案に修正を当てはめて作る"))
                }
                form.form method="post" action=(path) enctype="multipart/form-data" {
                    (parts::csrf(csrf))
                    p { "または、できあがった文章を取り込みます。案と同じ段落は、同じ段落として比べられます。" }
                    (Upload::new("file", "原稿のファイル", "Word(docx)、OpenDocument(odt)、HTML、Markdown、テキスト。1つ。", ".docx,.odt,.html,.htm,.md,.txt").id(&file_id).optional())
                    (Field::area("pasted", "または文章を貼り付ける").id(&text_id).rows(6).support("見出しの行は # で始めます。段落は空の行で分けます。"))
                    (parts::submit_as(Weight::Secondary, "act", "take", "取り込む"))
                }
            }
        }
    }
}
