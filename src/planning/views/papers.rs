//! Taking in the text of a paper.

use maud::{Markup, html};

use crate::consultations::consultation::Consultation;
use crate::consultations::paper::{Paragraph, ParagraphKind};
use crate::consultations::store::Pending;
use crate::planning::paper_handlers::sources;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Field, Tone, Upload, Weight};

/// Where a text is chosen.
pub fn choose_text(shell: &Shell, csrf: &str, row: &Consultation, paper_id: i64, title: &str) -> Markup {
    let words = format!("{}から読み取ります。20MBまで。", sources());
    page::staff(shell, "文章を取り込む").narrow().crumb("/consultations", "意見募集").crumb(&row.path(), &row.title).body(html! {
        p { "「" (title) "」の文章を取り込むと、画面で読めるようになり、段落ごとに意見を書けます。取り込む前に、確かめる画面が出ます。" }
        form.form method="post" action={ "/papers/" (paper_id) "/imports" } enctype="multipart/form-data" {
            (parts::csrf(csrf))
            (Upload::new("file", "原稿のファイル", &words, ".docx,.odt,.html,.htm,.md,.txt").optional())
            (Field::area("pasted", "または、文章を貼り付ける").optional().rows(10).support("見出しの行の頭に「# 」(下の見出しは「## 」)を付けると、章や節になります。"))
            .actions { (parts::submit(Weight::Primary, "読み取る")) a href=(row.path()) { "取り込まずに戻る" } }
        }
    })
}

/// Every paragraph with its code, to be looked over.
pub fn review(
    shell: &Shell,
    csrf: &str,
    row: &Consultation,
    title: &str,
    pending: &Pending,
    paragraphs: &[Paragraph],
    kept: &[String],
) -> Markup {
    let same = paragraphs.iter().filter(|p| kept.contains(&p.code)).count();
    let gone = kept.iter().filter(|code| !paragraphs.iter().any(|p| p.code == **code)).count();
    page::staff(shell, "取り込む文章を確かめる").crumb("/consultations", "意見募集").crumb(&row.path(), &row.title).body(html! {
        p { "「" (title) "」に、" (pending.source.label()) "から" (paragraphs.len()) "段落を読み取りました。見出しと本文の区別を確かめてください。" }
        @if !kept.is_empty() { p { "前の文章と同じ段落 " (same) "、新しい段落 " (paragraphs.len() - same) "、なくなる段落 " (gone) "。同じ段落の番号は変わりません。" } }
        @for warning in pending.warnings.lines() { (parts::notice(Tone::Warning, "", html! { p { (warning) } })) }
        form.form method="post" action={ "/imports/" (pending.id) } {
            (parts::csrf(csrf))
            table.table {
                caption.hidden-text { "読み取った段落" }
                thead { tr { th scope="col" { "番号" } th scope="col" { "種類" } th scope="col" { "文章" } } }
                tbody {
                    @for (at, paragraph) in paragraphs.iter().enumerate() {
                        @let name = format!("kind_{at}");
                        @let now = if paragraph.kind == ParagraphKind::Heading { format!("h{}", paragraph.level.clamp(1, 4)) } else { paragraph.kind.code().to_owned() };
                        tr {
                            th scope="row" { (paragraph.code) }
                            td {
                                select.select name=(name) aria-label=(format!("{}の種類", paragraph.code)) {
                                    @for (value, label) in [("h1", "見出し1"), ("h2", "見出し2"), ("h3", "見出し3"), ("h4", "見出し4"), ("text", "本文"), ("item", "箇条"), ("cell", "表の欄"), ("note", "注"), ("out", "取り込まない")] {
                                        option value=(value) selected[value == now] { (label) }
                                    }
                                }
                            }
                            td { (parts::typed(&paragraph.body)) }
                        }
                    }
                }
            }
            .actions {
                (parts::submit(Weight::Primary, "この文章を取り込む"))
                (parts::submit_as(Weight::Secondary, "drop", "yes", "やめる"))
            }
        }
    })
}
