//! Opening the sender, and what was circulated to me.

use maud::{Markup, html};

use super::when;
use crate::calendar;
use crate::people::party::PartyDetails;
use crate::people::sender::{SenderForm, ask_why, details_of, opened_notice};
use crate::text::input::show_hidden;
use crate::triage::store::{Letter, ToSee};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Tone, Weight};

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
    page::staff(shell, "差出人")
        .narrow()
        .crumb("/letters", "手紙")
        .crumb(&path, &label)
        .errors(page.errors)
        .body(html! {
            @match page.opened {
                Some(details) => {
                    (opened_notice())
                    (details_of(details))
                    p.way { a href=(path) { "手紙に戻る" } }
                }
                None => {
                    (ask_why(&SenderForm {
                        csrf: page.csrf,
                        action: &format!("{path}/party"),
                        reason: page.reason,
                        note: page.note,
                        errors: page.errors,
                    }))
                    p.way { a href=(path) { "見ないで戻る" } }
                }
            }
        })
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
            parts::col("まとめて"),
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
                html! {
                    @if row.seen_at.is_none() {
                        label.pick {
                            span.hidden-text { "見た: " (show_hidden(&row.title)) }
                            input type="checkbox" name="seen[]" value=(row.id) form="several";
                        }
                    }
                },
            ],
        );
    }
    let several = rows.iter().filter(|row| row.seen_at.is_none()).count() > 1;
    page::staff(shell, "供覧").lead(html! { "読むための回覧です。承認や決裁ではありません。" }).body(html! {
        (table)
        @if several {
            form #several method="post" action="/circulations/views" {
                (parts::csrf(csrf))
                (parts::submit(Weight::Secondary, "印を付けたものを見た"))
            }
        }
    })
}
