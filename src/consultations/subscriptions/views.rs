//! Pages of subscriptions.

use maud::{Markup, html};

use super::store::Subscription;
use crate::consultations::Shown;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Field, Tone, Weight};

/// What is told about, in words.
fn what(of: Option<&Shown>) -> String {
    of.map_or_else(
        || "すべての意見募集".to_owned(),
        |shown| format!("「{}({})」の意見募集", shown.content.title, shown.content.draft_label),
    )
}

fn head<'a>(page: page::Page<'a>, of: Option<&'a Shown>, path: &'a str) -> page::Page<'a> {
    let page = page.crumb("/consultations", "意見募集");
    match of {
        Some(shown) => page.crumb(path, &shown.content.title),
        None => page,
    }
}

fn path(of: Option<&Shown>) -> String {
    of.map_or_else(|| "/consultations".to_owned(), |shown| format!("/consultations/{}", shown.row.id))
}

/// The form.
pub fn new(shell: &Shell, of: Option<&Shown>, token: &str, email: &str, errors: &Errors) -> Markup {
    let back = path(of);
    head(page::citizen(shell, "お知らせをメールで受け取る"), of, &back).errors(errors).body(html! {
        p { (what(of)) "について、次のときにメールでお知らせします。" }
        ul {
            li { "募集が始まったとき" }
            li { "最終日の1週間前" }
            li { "期間を延ばしたとき、止めたとき、中止したとき" }
            li { "いただいたご意見と市の考え方(結果)を公表したとき" }
        }
        form.form method="post" action="/subscriptions" {
            (parts::csrf(token))
            @if let Some(shown) = of { (parts::hidden("consultation", &shown.row.id.to_string())) }
            (Field::email("email", "メールアドレス").required().value(email).errors(errors)
                .support("このアドレスへ確認のメールをお送りします。届いたメールのページで「登録する」を押すと、登録が終わります。"))
            .actions { (parts::submit(Weight::Primary, "確認のメールを受け取る")) }
        }
        p { "アドレスは封をして保管し、お知らせを送るためだけに使います。いつでも1回の操作でやめられ、やめるとアドレスは消えます。" a href="/privacy" { "個人情報の取扱い" } }
    })
}

/// The same for every address, subscribed or not.
pub fn asked(shell: &Shell, of: Option<&Shown>) -> Markup {
    let back = path(of);
    head(page::citizen(shell, "確認のメールをお送りします"), of, &back).body(html! {
        (parts::notice(Tone::Info, "まだ登録は終わっていません", html! {
            p { "届いたメールのページを開き、「登録する」を押してください。48時間のあいだ使えます。" }
        }))
        p { "しばらくしても届かないときは、アドレスの間違いや、迷惑メールの扱いになっていないかをお確かめください。続けて何度もはお送りできないため、届かないときは翌日にもう一度お試しください。" }
        .actions { (parts::link_button(Weight::Secondary, &back, "意見募集のページへ戻る")) }
    })
}

/// Where a subscription stands, with its one button.
pub fn one(shell: &Shell, action: &str, of: Option<&Shown>, found: &Subscription) -> Markup {
    let back = path(of);
    let button = |word: &str, weight, label: &str| {
        html! {
            form.form method="post" action=(action) {
                .actions { (parts::submit_as(weight, "word", word, label)) }
            }
        }
    };
    let title = match (found.ended_at.is_some(), found.confirmed_at.is_some()) {
        (true, _) => "お知らせのメールを止めました",
        (false, true) => "お知らせのメールを登録しています",
        (false, false) => "お知らせのメールを登録しますか",
    };
    head(page::citizen(shell, title), of, &back).body(html! {
        @if found.ended_at.is_some() {
            (parts::notice(Tone::Success, "", html! { p { (what(of)) "のお知らせは、もうお送りしません。アドレスは消しました。" } }))
            @let again = match of {
                Some(shown) => format!("/subscriptions/new?consultation={}", shown.row.id),
                None => "/subscriptions/new".to_owned(),
            };
            p.way { a href=(again) { "もう一度登録する" } }
        } @else if found.confirmed_at.is_some() {
            (parts::notice(Tone::Success, "", html! { p { (what(of)) "のお知らせを、このメールのアドレスへお送りします。" } }))
            (button("stop", Weight::Secondary, "お知らせをやめる"))
        } @else {
            p { (what(of)) "のお知らせを、このメールのアドレスへお送りします。" }
            (button("confirm", Weight::Primary, "登録する"))
            p.soft { "お心当たりのないときは、このまま閉じてください。登録されず、アドレスは消えます。" }
        }
        p.way { a href=(back) { "意見募集のページへ" } }
    })
}
