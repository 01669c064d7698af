//! The receipt page: what the writer keeps.

use maud::{Markup, html};

use super::Slip;
use crate::calendar;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Tone, Weight};

/// The receipt. It is the answer to the POST itself: the secret stands in no address, and a reload shows it again.
pub fn page(shell: &Shell, slip: &Slip<'_>) -> Markup {
    let code = slip.ticket.code.to_string();
    let day = calendar::era_date(slip.promise.received_on);
    let stamped = calendar::era_year(slip.promise.received_on).map_or_else(String::new, |(_, year)| {
        format!("{year}.{}", slip.promise.received_on.format("%-m.%-d"))
    });
    page::citizen(shell, "手紙を受け付けました").script("draft.js").body(html! {
        (parts::steps(&["書く", "確かめる", "送りました"], 2))
        @if let Some(notice) = slip.notice { (parts::notice(Tone::Warning, "", html! { p { (notice) } })) }
        section.receipt aria-label="受付票" data-draft-clear="letter" {
            div {
                p { "お送りいただき、ありがとうございました。" }
                dl {
                    dt { "受付番号" }
                    dd.receipt-code { (code) }
                    dt { "確認番号" }
                    dd.receipt-code { (slip.ticket.secret.shown_once()) }
                }
                p { "受付日時 " (slip.received_at) }
            }
            (parts::stamp(&shell.city.name, &stamped, "受付"))
        }
        (parts::notice(Tone::Warning, "この2つの番号を控えてください", html! {
            p { "手紙のその後を見るときや、返事を読むときに使います。確認番号は、この画面のほかでは分かりません。" }
            @if slip.mailed { p { "同じ内容を、ご記入のメールアドレスにもお送りします。" } }
            @else { p { "紙に書くか、この画面を印刷するか、写真に撮って残してください。ほかの人には見せないでください。" } }
        }))
        section.stack {
            h2 { "これからのこと" }
            ul { @for sentence in slip.promise.sentences(slip.reply_wanted) { li { (sentence) } } }
            p { "番号をなくしたときや、お急ぎのときは、お電話ください。" (shell.city.office) " 電話 " (shell.city.phone) }
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
