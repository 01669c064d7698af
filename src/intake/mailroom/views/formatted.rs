//! One mail as its sender laid it out.

use maud::{Markup, html};

use crate::text::input::show_hidden;
use crate::web::html::SafeHtml;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Tone, Weight};

/// A mail with HTML in it.
pub struct Formatted {
    /// Its id.
    pub id: String,
    /// Its subject.
    pub subject: String,
    /// What may be shown of it.
    pub shown: SafeHtml,
}

/// GET `/mailroom/mails/{id}/html`.
pub fn formatted(shell: &Shell, mail: &Formatted) -> Markup {
    let back = format!("/mailroom/mails/{}", mail.id);
    let subject = match mail.subject.trim() {
        "" => "(件名なし)".into(),
        subject => show_hidden(subject),
    };
    let lead = html! {
        p { "差出人が付けた見出しや表などの飾りを、外から何も読み込まない形に直して出しています。開いたことを記録しました。" }
    };
    page::staff(shell, &format!("飾りのある表示「{subject}」"))
        .still()
        .crumb("/mailroom", "メール室")
        .crumb(&back, "届いたメール")
        .lead(lead)
        .body(html! {
            @match &mail.shown {
                SafeHtml::Shown { markup, left_out } => {
                    (parts::notice(Tone::Info, "", html! {
                        p { "リンクの行き先は、書いてあるとおりとは限りません。仕事に必要なときだけ押してください。" }
                        @if *left_out > 0 {
                            p { "よそのサイトから読み込む画像、または写しのない画像を" (left_out) "つ、出していません。開いたことが差出人に伝わるのを防ぐためです。" }
                        }
                    }))
                    div.card.mail-html role="region" aria-label="飾りのある本文" tabindex="0" { (markup) }
                },
                SafeHtml::NotShown(why) => (parts::notice(Tone::Warning, "飾りのある本文は出せません", html! {
                    p { (why.sentence()) "文字だけの本文は、前の画面で読めます。" }
                })),
            }
            .actions { (parts::link_button(Weight::Secondary, &back, "文字だけの表示へ戻る")) }
        })
}
