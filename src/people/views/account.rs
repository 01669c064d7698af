//! One's own account: password, second factor, sessions.

use maud::{Markup, PreEscaped, html};

use crate::error::Result;
use crate::people::handlers::Onward;
use crate::people::second_factor::Secret;
use crate::people::store::sign_in::OpenSession;
use crate::people::{Viewer, password as rules};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Field, Table, Tone, Weight, col, head};

/// The way to everything one settles alone.
pub fn show(shell: &Shell, viewer: &Viewer, has_factor: bool, recovery_left: i64) -> Markup {
    page::staff(shell, "自分の設定").narrow().body(html! {
        (parts::facts([
            ("名前", html! { (viewer.name) }),
            ("ログイン名", html! { (viewer.login) }),
            ("配属", html! {
                @if viewer.postings.is_empty() { "今日の配属はありません" }
                @else { ul { @for p in &viewer.postings { li { (p.unit_name) "・" (p.role.label()) } } } }
            }),
            ("二段階認証", html! {
                @if has_factor { "設定済み(使っていない回復コード " (recovery_left) "個)" } @else { "設定していません" }
            }),
        ]))
        ul {
            li { a href="/account/password" { "パスワードを変える" } }
            li { a href="/account/second-factor" { @if has_factor { "二段階認証を別の端末に替える" } @else { "二段階認証を設定する" } } }
            li { a href="/sessions" { "サインインしている端末を見る" } }
            li { a href={ "/people/" (viewer.id) "/absences" } { "不在と代わりの人を登録する" } }
        }
    })
}

/// Another password.
pub fn password(shell: &Shell, csrf: &str, onward: &Onward, forced: bool, errors: Option<&Errors>) -> Markup {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    let page = page::staff(shell, "パスワードを変える").narrow().errors(errors);
    let page = if forced { page } else { page.crumb("/account", "自分の設定") };
    page.body(html! {
        @if forced {
            (parts::notice(Tone::Info, "最初に、自分のパスワードを決めてください", html! {
                p { "いまのパスワードは、ほかの人から伝えられたものです。自分だけが知るものに変えると、仕事を始められます。" }
            }))
        }
        form.form method="post" action="/account/password" {
            (parts::csrf(csrf))
            (onward.hidden())
            (Field::password("current", "いまのパスワード").required().autocomplete("current-password").errors(errors))
            (Field::password("password", "新しいパスワード").required().support(rules::RULES).autocomplete("new-password").errors(errors))
            (Field::password("again", "新しいパスワード(確認のためもう一度)").required().autocomplete("new-password").errors(errors))
            (parts::submit(Weight::Primary, "パスワードを変える"))
        }
    })
}

/// What the set-up page of the second factor shows.
pub struct SetUp<'a> {
    /// The form's token.
    pub csrf: &'a str,
    /// Whose.
    pub login: &'a str,
    /// The new secret.
    pub secret: &'a Secret,
    /// The secret, sealed, for the hidden field.
    pub carried: &'a str,
    /// Whether one is being replaced: then the password is asked.
    pub ask_password: bool,
    /// Whether nothing else comes before it.
    pub required: bool,
}

/// The picture, the key as text, and the first code.
pub fn set_up(shell: &Shell, view: &SetUp<'_>, onward: &Onward, errors: Option<&Errors>) -> Result<Markup> {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    let (picture, text) = (view.secret.picture(view.login)?, view.secret.as_text(view.login)?);
    let page = page::staff(shell, "二段階認証の設定").narrow().errors(errors);
    let page = if view.required { page } else { page.crumb("/account", "自分の設定") };
    Ok(page.body(html! {
        @if view.required {
            (parts::notice(Tone::Info, "最初に、二段階認証を設定してください", html! {
                p { "パスワードのほかに、手元の端末に表示される数字でも本人を確かめます。設定すると、仕事を始められます。" }
            }))
        }
        ol {
            li { "手元のスマートフォンなどに、認証アプリ(時刻から6桁の数字を作るもの)を用意します。通信は要りません。" }
            li { "アプリで下の図を読み取るか、キーを入力します。" }
            li { "アプリに表示された6桁の数字を、下の欄に入力します。" }
        }
        div role="img" aria-label="認証アプリで読み取る図。読み取れないときは下のキーを入力します。" { (PreEscaped(picture)) }
        p { "キー" br; code { (text) } }
        form.form method="post" action="/account/second-factor" {
            (parts::csrf(view.csrf))
            (parts::hidden("secret", view.carried))
            (onward.hidden())
            @if view.ask_password {
                (Field::password("current", "いまのパスワード").required().autocomplete("current-password").errors(errors))
            }
            (Field::text("code", "確認コード(6桁)").required().short().keyboard("numeric").autocomplete("one-time-code").errors(errors))
            (parts::submit(Weight::Primary, "設定する"))
        }
    }))
}

/// Shown once.
pub fn recovery(shell: &Shell, csrf: &str, codes: &[String], onward: &Onward) -> Markup {
    page::staff(shell, "回復コードを控えてください").narrow().body(html! {
        (parts::notice(Tone::Success, "二段階認証を設定しました", html! {
            p { "端末をなくしたときは、確認コードの代わりに下の回復コードを使えます。一つにつき1回だけ使えます。" }
        }))
        (parts::notice(Tone::Warning, "この画面は一度しか表示されません", html! {
            p { "印刷するか書き写して、鍵のかかる場所に保管してください。" }
        }))
        ul { @for code in codes { li { code { (code) } } } }
        @if onward.resume.is_empty() {
            (parts::link_button(Weight::Primary, if onward.back.is_empty() { "/" } else { &onward.back }, "控えたので進む"))
        } @else {
            (resume_form(csrf, onward))
        }
    })
}

fn resume_form(csrf: &str, onward: &Onward) -> Markup {
    let kept = crate::web::form::Fields(crate::web::form::parse_urlencoded(onward.kept.as_bytes()));
    html! {
        form.form method="post" action=(onward.resume) {
            (parts::csrf(csrf))
            @for (name, value) in kept.except(&["csrf"]) {
                @if value.contains('\n') { textarea name=(name) hidden { (PreEscaped("\n")) (value) } }
                @else { (parts::hidden(name, value)) }
            }
            (parts::submit(Weight::Primary, "控えたので続きを送る"))
        }
    }
}

/// Open sessions: one's own, or for an administrator somebody else's (`of`: id and name).
pub fn sessions(
    shell: &Shell,
    csrf: &str,
    of: Option<(i64, &str)>,
    open: &[OpenSession],
    this: &str,
) -> Markup {
    let title = match of {
        Some((_, name)) => format!("{name}さんのサインイン"),
        None => "サインインしている端末".to_owned(),
    };
    let action =
        of.map_or_else(|| "/sessions/endings".to_owned(), |(id, _)| format!("/people/{id}/sessions/endings"));
    let mut table = Table::new(
        "いまサインインしている端末",
        [head("端末"), col("接続元"), col("サインインした時刻"), col("最後の操作"), col("")],
    )
    .quiet_caption()
    .or_empty(parts::empty(
        "サインインしている端末はありません",
        html! { p { "サインインすると、ここに並びます。" } },
    ));
    for session in open {
        let here = session.id == this;
        table = table.row([
            html! { (browser(&session.agent)) @if here { " " (parts::badge(Tone::Info, "この端末")) } },
            html! { (session.network) },
            parts::time(session.created_at, crate::calendar::tokyo_clock(session.created_at.utc())),
            parts::time(session.seen_at, crate::calendar::tokyo_clock(session.seen_at.utc())),
            html! {
                @if !here {
                    form.form method="post" action=(action) {
                        (parts::csrf(csrf))
                        (parts::hidden("session", &session.id))
                        button.button.secondary.small type="submit" {
                            "終わらせる" span.hidden-text { "(" (browser(&session.agent)) " " (session.network) ")" }
                        }
                    }
                }
            },
        ]);
    }
    let others = open.iter().any(|s| s.id != this);
    let above = of.map(|(id, name)| (format!("/people/{id}"), name));
    let page = page::staff(shell, &title);
    let page = match &above {
        Some((path, name)) => page.crumb("/people", "職員").crumb(path, name),
        None => page.crumb("/account", "自分の設定"),
    };
    page
        .lead(html! { "覚えのない端末があれば終わらせて、パスワードを変えてください。2時間操作がないか、12時間たつと自動で終わります。" })
        .body(html! {
            (table)
            @if others {
                form.form method="post" action=(action) {
                    (parts::csrf(csrf))
                    (parts::submit(Weight::Danger, if of.is_some() { "すべて終わらせる" } else { "ほかの端末をすべて終わらせる" }))
                }
            }
        })
}

/// A browser's own description in plain words.
fn browser(agent: &str) -> String {
    let find =
        |pairs: &[(&str, &'static str)]| pairs.iter().find(|(sign, _)| agent.contains(sign)).map(|p| p.1);
    let name = find(&[
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("OPR", "Opera"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    match (system, name) {
        (Some(system), Some(name)) => format!("{system}の{name}"),
        (None, Some(name)) => name.to_owned(),
        (Some(system), None) => format!("{system}のブラウザ"),
        (None, None) => "種類の分からないブラウザ".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_told_in_words_people_know() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0";
        assert_eq!(browser(edge), "WindowsのEdge");
        assert_eq!(browser("curl/8"), "種類の分からないブラウザ");
    }
}
