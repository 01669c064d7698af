//! The receipt page: what the writer keeps.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{Slip, Ticket};
use crate::calendar;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Tone, Weight};

/// The receipt. It is the answer to the POST itself: the secret stands in no address, and a reload shows it again.
pub fn page(shell: &Shell, slip: &Slip<'_>) -> Markup {
    let code = slip.ticket.code.to_string();
    let day = calendar::era_date(slip.promise.received_on);
    page::citizen(shell, "手紙を受け付けました").script("draft.js").body(html! {
        (parts::steps(&["書く", "確かめる", "送りました"], 2))
        @if let Some(notice) = slip.notice { (parts::notice(Tone::Warning, "", html! { p { (notice) } })) }
        (numbers(shell, slip.ticket, slip.promise.received_on, ("受付日時", slip.received_at), "letter"))
        (keep(slip.mailed, "手紙のその後を見るときや、返事を読むときに使います。"))
        section.stack {
            h2 { "これからのこと" }
            ul { @for sentence in slip.promise.sentences(slip.reply_wanted) { li { (sentence) } } }
            p { "番号をなくしたときや、お急ぎのときは、お電話ください。" span.nowrap { (shell.city.office) } " " span.nowrap { "電話 " (parts::phone(&shell.city.phone)) } }
        }
        (parts::letter_paper(
            if slip.subject.is_empty() { "お送りいただいた手紙" } else { slip.subject },
            slip.body,
            html! {
                @if slip.files > 0 { "添付 " (slip.files) "件 " }
                "受付 " (day)
            },
        ))
        .actions {
            (parts::link_button(Weight::Primary, &format!("/receipts/{code}"), "手紙のその後を見る"))
            (parts::link_button(Weight::Secondary, "/", "最初のページへ"))
        }
    })
}

/// The slip with the two numbers and the stamp; `received` is what the moment is called and how it reads, `draft` names
/// the draft the browser may forget now.
pub fn numbers(
    shell: &Shell,
    ticket: &Ticket,
    received_on: NaiveDate,
    received: (&str, &str),
    draft: &str,
) -> Markup {
    let stamped = calendar::era_year(received_on)
        .map_or_else(String::new, |(_, year)| format!("{year}.{}", received_on.format("%-m.%-d")));
    html! {
        section.receipt aria-label="受付票" data-draft-clear=(draft) {
            div {
                p { "お送りいただき、ありがとうございました。" }
                dl {
                    dt { "受付番号" }
                    dd.receipt-code { (ticket.code.to_string()) }
                    dt { "確認番号" }
                    dd.receipt-code { (ticket.secret.shown_once()) }
                }
                p { (received.0) br; (received.1) }
            }
            (parts::stamp(&shell.city.name, &stamped, "受付"))
        }
    }
}

/// Asks to keep the two numbers, and says what they are for.
pub fn keep(mailed: bool, what_for: &str) -> Markup {
    parts::notice(
        Tone::Warning,
        "この2つの番号を控えてください",
        html! {
            @if mailed { p { (what_for) "ご記入のメールアドレスにも、同じ番号をお送りします。" } }
            @else { p { (what_for) "確認番号は、この画面のほかでは分かりません。" } p { "紙に書くか、この画面を印刷するか、写真に撮って残してください。ほかの人には見せないでください。" } }
        },
    )
}
