//! The page before a file is opened.

use maud::{Markup, html};

use super::{FileState, ToOpen, size_in_words};
use crate::text::input;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Tone, Weight};

/// What a member of staff should know before opening a file from outside.
pub(super) fn warning(shell: &Shell, file: &ToOpen, token: &str) -> Markup {
    let path = format!("/letters/{}/files/{}", file.letter_id, file.id);
    let letter = format!("/letters/{}", file.letter_id);
    page::staff(shell, "添付を開く前に").narrow().crumb("/letters", "手紙").crumb(&letter, "この手紙").body(html! {
        @if file.state == FileState::Clean {
            (parts::notice(Tone::Info, "検査済みのファイルです", html! { p { "それでも、外から届いたものとして扱ってください。" } }))
        } @else {
            (parts::notice(Tone::Warning, "まだウイルス検査をしていないファイルです", html! {
                p { "外から届いたファイルです。仕事に必要なときだけ開いてください。開いたことは記録に残ります。" }
                p { "文書の中のリンクやボタンは押さず、「編集を有効にする」も選ばないでください。" }
            }))
        }
        (parts::facts([
            ("名前", html! { (file.name) }),
            ("届いたときの名前", html! { (input::show_hidden(&file.name_original)) }),
            ("種類", html! { (file.kind.mime()) }),
            ("大きさ", html! { (size_in_words(file.size)) }),
            ("状態", html! { (file.state.label()) }),
            ("SHA-256", html! { code { (file.sha256) } }),
        ]))
        form method="post" action=(path) {
            (parts::csrf(token))
            .actions {
                (parts::submit(Weight::Danger, "分かったうえで保存する"))
                (parts::link_button(Weight::Secondary, &letter, "開かずに戻る"))
            }
        }
    })
}
