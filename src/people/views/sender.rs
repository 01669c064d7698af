//! Looking at a sender: the question why, and what was opened, for letters and opinions alike.

use maud::{Markup, html};

use crate::people::party::{NOTE_LIMIT, OpenReason, PartyDetails};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};

/// The form that asks why somebody wants to see a sender.
#[derive(Debug)]
pub struct SenderForm<'a> {
    /// Its token.
    pub csrf: &'a str,
    /// Where it is sent.
    pub action: &'a str,
    /// The reason chosen before.
    pub reason: &'a str,
    /// The words typed before.
    pub note: &'a str,
    /// What was wrong.
    pub errors: &'a Errors,
}

/// Asks why.
pub fn ask_why(form: &SenderForm<'_>) -> Markup {
    html! {
        p { "名前と連絡先は、仕事に必要なときだけ見てください。だれが、いつ、なぜ見たかが記録に残ります。差出人の方から開示を求められることもあります。" }
        form.form method="post" action=(form.action) {
            (parts::csrf(form.csrf))
            (Choice::radios("reason", "見る理由").required().errors(form.errors)
                .options(OpenReason::ALL.iter().map(|r| (r.code(), r.label()))).chosen(form.reason))
            (Field::text("note", "理由の説明").support("「その他」のときは必ず書いてください。名前などの個人情報は書かないでください。")
                .limit(NOTE_LIMIT).full().value(form.note).errors(form.errors))
            (parts::submit(Weight::Primary, "記録して見る"))
        }
    }
}

/// Stands above what was opened.
pub fn opened_notice() -> Markup {
    parts::notice(
        Tone::Info,
        "",
        html! { p { "見た人・日時・理由を記録しました。この画面を離れると、もう一度理由が必要です。" } },
    )
}

/// What was told, without what was not.
pub fn details_of(details: &PartyDetails) -> Markup {
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
