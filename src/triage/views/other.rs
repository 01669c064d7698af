//! Opening the sender, and what was circulated to me.

use maud::{Markup, html};

use super::when;
use crate::calendar;
use crate::people::party::PartyDetails;
use crate::text::input::show_hidden;
use crate::triage::store::{Letter, ToSee};
use crate::triage::{NOTE_LIMIT, OpenReason};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};

/// The page that asks for a reason, or shows the sender once.
#[derive(Debug)]
pub struct PartyPage<'a> {
    /// Token of the form.
    pub csrf: &'a str,
    /// The letter.
    pub letter: &'a Letter,
    /// The reason chosen before.
    pub reason: &'a str,
    /// The words typed before.
    pub note: &'a str,
    /// What was wrong.
    pub errors: &'a Errors,
    /// The details, after the reason was recorded.
    pub opened: Option<&'a PartyDetails>,
}

/// Asks why, or shows what was opened.
pub fn party(shell: &Shell, page: &PartyPage<'_>) -> Markup {
    let letter = page.letter;
    let (path, label) = (letter.path(), letter.label());
    page::staff(shell, "差出人").narrow().crumb("/letters", "手紙").crumb(&path, &label).errors(page.errors).body(html! {
        @match page.opened {
            Some(details) => {
                (parts::notice(Tone::Info, "", html! { p { "見た人・日時・理由を記録しました。この画面を離れると、もう一度理由が必要です。" } }))
                (shown(details))
                p { a href=(path) { "手紙に戻る" } }
            }
            None => {
                p { "名前と連絡先は、仕事に必要なときだけ見てください。だれが、いつ、なぜ見たかが記録に残ります。差出人の方から開示を求められることもあります。" }
                form.form method="post" action={ (path) "/party" } {
                    (parts::csrf(page.csrf))
                    (Choice::radios("reason", "見る理由").required().errors(page.errors)
                        .options(OpenReason::ALL.iter().map(|r| (r.code(), r.label()))).chosen(page.reason))
                    (Field::text("note", "理由の説明").support("「その他」のときは必ず書いてください。名前などの個人情報は書かないでください。")
                        .limit(NOTE_LIMIT).full().value(page.note).errors(page.errors))
                    (parts::submit(Weight::Primary, "記録して見る"))
                }
                p { a href=(path) { "見ないで戻る" } }
            }
        }
    })
}

fn shown(details: &PartyDetails) -> Markup {
    let rows = [
        ("名前", &details.name),
        ("よみ", &details.name_kana),
        ("団体名", &details.org_name),
        ("代表者", &details.rep_name),
        ("郵便番号", &details.postal_code),
        ("住所", &details.address),
        ("eメール", &details.email),
        ("電話・ファクス", &details.phone),
    ];
    parts::facts(
        rows.into_iter().filter(|(_, v)| !v.is_empty()).map(|(name, value)| (name, parts::typed(value))),
    )
}

/// What was circulated to this person: one button marks it as seen.
pub fn circulations(shell: &Shell, csrf: &str, rows: &[ToSee]) -> Markup {
    let mut table = parts::Table::new(
        "供覧された手紙",
        [
            parts::head("件名"),
            parts::col("受付日"),
            parts::col("いま"),
            parts::col("供覧"),
            parts::col("見た"),
        ],
    )
    .quiet_caption()
    .keyed()
    .or_empty(parts::empty(
        "供覧された手紙はありません",
        html! { p { "広聴担当が供覧した手紙が、ここに並びます。読んだら「見た」を押してください。" } },
    ));
    for row in rows {
        let tone = if row.seen_at.is_none() { Tone::Warning } else { Tone::Quiet };
        table = table.toned_row(
            tone,
            [
                html! { a href={ "/letters/" (row.letter_id) } { (show_hidden(&row.title)) } },
                html! { (calendar::short_date(row.received_on)) },
                html! { (parts::badge(Tone::Quiet, row.state.label())) },
                html! { (when(row.sent_at)) },
                html! {
                    @match row.seen_at {
                        Some(at) => (when(at)),
                        None => form.inline method="post" action={ "/circulations/" (row.id) "/views" } {
                            (parts::csrf(csrf))
                            button.button.small type="submit" { "見た" span.hidden-text { ": " (show_hidden(&row.title)) } }
                        },
                    }
                },
            ],
        );
    }
    page::staff(shell, "供覧")
        .lead(html! { "読むための回覧です。承認や決裁ではありません。" })
        .body(html! { (table) })
}
