//! The pages before anybody is signed in.

use maud::{Markup, PreEscaped, html};

use crate::people::handlers::Onward;
use crate::people::password;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Field, Weight};

/// Login name and password.
pub fn sign_in(shell: &Shell, onward: &Onward, login: &str, errors: Option<&Errors>) -> Markup {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    page::staff(shell, "サインイン").narrow().errors(errors).body(html! {
        @if !onward.resume.is_empty() {
            p { "入力した内容は残っています。サインインすると、続きから送れます。" }
        }
        form.form method="post" action="/sign-in" {
            (onward.hidden())
            (Field::text("login", "ログイン名").required().medium().value(login).autocomplete("username").errors(errors))
            (Field::password("password", "パスワード").required().medium().autocomplete("current-password").errors(errors))
            (parts::submit(Weight::Primary, "サインイン"))
        }
        p.soft { "お困りのときは、システム管理者にご連絡ください。" }
    })
}

/// The second factor.
pub fn second(shell: &Shell, onward: &Onward, ticket: &str, errors: Option<&Errors>) -> Markup {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    page::staff(shell, "確認コードの入力").narrow().errors(errors).body(html! {
        form.form method="post" action="/sign-in" {
            (onward.hidden())
            (parts::hidden("ticket", ticket))
            (Field::text("code", "確認コード").required().medium().autocomplete("one-time-code")
                .support("認証アプリに表示されている6桁の数字です。端末が手元にないときは、控えておいた回復コードを入力してください。")
                .errors(errors))
            (parts::submit(Weight::Primary, "サインイン"))
        }
        p.way { a href="/sign-in" { "最初からやり直す" } }
    })
}

/// What was being sent when the session ended, one press away.
pub fn resume(shell: &Shell, csrf: &str, onward: &Onward) -> Markup {
    let kept = Fields(parse_urlencoded(onward.kept.as_bytes()));
    page::staff(shell, "続きを送る").narrow().body(html! {
        p { "サインインしました。入力した内容は残っています。下のボタンを押すと、続きから送れます。" }
        form.form method="post" action=(onward.resume) {
            (parts::csrf(csrf))
            @for (name, value) in kept.except(&["csrf"]) {
                @if value.contains('\n') { textarea name=(name) hidden { (PreEscaped("\n")) (value) } }
                @else { (parts::hidden(name, value)) }
            }
            (parts::submit(Weight::Primary, "続きを送る"))
        }
    })
}

/// The first administrator.
pub fn welcome(shell: &Shell, typed: &Fields, errors: Option<&Errors>) -> Markup {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    page::staff(shell, "最初のシステム管理者の登録")
        .narrow()
        .lead(html! { "職員を登録し、組織を整える人です。ほかの職員は、サインインしてから登録します。" })
        .errors(errors)
        .body(html! {
            form.form method="post" action="/welcome" {
                (parts::hidden("key", typed.text("key")))
                (Field::text("login", "ログイン名").required().medium().value(typed.text("login"))
                    .support("英小文字・数字・「.」「-」「_」で、2文字から40文字まで。").autocomplete("username").errors(errors))
                (Field::text("name", "お名前").required().medium().value(typed.text("name")).errors(errors))
                (Field::text("name_kana", "フリガナ").required().medium().value(typed.text("name_kana")).errors(errors))
                (Field::email("email", "メールアドレス").optional().value(typed.text("email")).errors(errors))
                (Field::password("password", "パスワード").required().support(password::RULES).autocomplete("new-password").errors(errors))
                (Field::password("again", "パスワード(確認のためもう一度)").required().autocomplete("new-password").errors(errors))
                (parts::submit(Weight::Primary, "登録する"))
            }
        })
}
