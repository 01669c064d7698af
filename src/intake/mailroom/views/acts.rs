//! What the office does with a mail, and the warning before its original is handed out.

use maud::{Markup, html};

use super::Mail;
use crate::calendar::tokyo_clock_with_year;
use crate::files::size_in_words;
use crate::intake::mail::desk::Why;
use crate::intake::mail::incoming::{Reason, Standing, State};
use crate::intake::mail::store::Entry;
use crate::people::Viewer;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};

/// What the office can do, in the order it is done.
pub(super) fn acts(viewer: &Viewer, mail: &Mail, errors: &Errors) -> Markup {
    let entry = &mail.opened.entry;
    let at = format!("/mailroom/mails/{}", entry.id);
    let post = |to: &str, weight, label: &str| {
        html! {
            form method="post" action={ (at) "/" (to) } {
                (parts::csrf(&viewer.csrf))
                (parts::submit(weight, label))
            }
        }
    };
    let by_hand = entry.state == State::Spam && entry.reason == Some(Reason::ByHand);
    let settles = entry.settled_at.is_none()
        && (matches!(entry.state, State::Exception | State::Spam)
            || entry.standing == Some(Standing::Other)
            || (entry.state == State::Bounce && entry.mail_id.is_none()));
    html! {
        section.card.stack aria-labelledby="acts" {
            h2 #acts { "すること" }
            @if mail.can_place {
                (place(viewer, mail, &at, errors))
                h3 { "新しい手紙にする" }
                p { "いまの日時ではなく、メールが届いた日に受け付けた手紙になります。差出人へ自動のメールは送りません。" }
                (post("letters", Weight::Secondary, "新しい手紙にする"))
            }
            @if !mail.consultations.is_empty() { (opinion(viewer, mail, &at, errors)) }
            @if entry.state.may_change() {
                h3 { "そのほか" }
                .actions {
                    @if by_hand { (post("retries", Weight::Secondary, "迷惑メールではない(元に戻す)")) }
                    @else { (post("retries", Weight::Secondary, "もう一度読む")) }
                    @if entry.state != State::Spam { (post("spam-marks", Weight::Secondary, "迷惑メールにする")) }
                    @if settles { (post("settlements", Weight::Secondary, "確認済みにする")) }
                }
                @if settles { p.support { "「確認済み」は、手紙にする必要がないと確かめた印です。一覧の仕事から外れ、メールは残ります。" } }
            } @else if settles {
                (post("settlements", Weight::Primary, "確認済みにする"))
            }
            p.way { a href={ (at) "/original" } { "原本を保存する" } }
        }
    }
}

fn opinion(viewer: &Viewer, mail: &Mail, at: &str, errors: &Errors) -> Markup {
    let codes: Vec<(String, &str)> =
        mail.consultations.iter().map(|(id, words)| (id.to_string(), words.as_str())).collect();
    let stays = if mail.opened.entry.state == State::Letter {
        "手紙としても残ります。手紙の画面で「対象外」(独自の手続があるもの)にしてください。"
    } else {
        "受け付けると、手紙には戻せません。意見の画面で「案件外」や「取下げ」にはできます。"
    };
    html! {
        h3 { "意見募集の意見として受け付ける" }
        p { "メールが届いた時刻で、募集期間のうちかどうかが決まります。添付も意見に付きます。差出人へ自動のメールは送りません。" (stays) }
        form.stack method="post" action={ (at) "/opinions" } {
            (parts::csrf(&viewer.csrf))
            (Choice::select("consultation", "意見募集").option("", "選んでください")
                .options(codes.iter().map(|(id, words)| (id.as_str(), *words))).errors(errors))
            .actions { (parts::submit(Weight::Secondary, "意見として受け付ける")) }
        }
    }
}

fn place(viewer: &Viewer, mail: &Mail, at: &str, errors: &Errors) -> Markup {
    let options: Vec<(String, String, &str)> = mail
        .places
        .iter()
        .map(|place| (place.letter.id.to_string(), place.letter.words(), place.why.map_or("", Why::label)))
        .collect();
    let mut choice = Choice::radios("letter", "付ける手紙").errors(errors);
    for (id, words, why) in &options {
        choice = choice.noted(id, words, why);
    }
    html! {
        h3 { "すでにある手紙に付ける" }
        @if !mail.q.trim().is_empty() && options.is_empty() {
            p role="status" { "「" (mail.q.trim()) "」に当たる手紙はありません。" }
        }
        @if options.is_empty() {
            @if mail.q.trim().is_empty() { p { "付け先の候補はありません。番号や言葉で探せます。" } }
        } @else {
            form.stack method="post" action={ (at) "/placements" } {
                (parts::csrf(&viewer.csrf))
                (parts::hidden("q", &mail.q))
                (choice)
                p.support { "手紙に付けると、元には戻せません。差出人が同じときは差出人からの続きに、違うときは内部のメモになります。" }
                .actions { (parts::submit(Weight::Primary, "選んだ手紙に付ける")) }
            }
        }
        form.search method="get" action=(at) role="search" {
            (Field::search("q", "ほかの手紙を探す").value(&mail.q)
                .support("受付簿の番号(R8-0123)、受付番号(12桁)、手紙の言葉"))
            (parts::submit(Weight::Secondary, "探す"))
        }
    }
}

/// GET `/mailroom/mails/{id}/original`: what to know before the octets leave the house.
pub fn before_original(shell: &Shell, csrf: &str, entry: &Entry) -> Markup {
    let mail = format!("/mailroom/mails/{}", entry.id);
    page::staff(shell, "原本を保存する前に").narrow().crumb("/mailroom", "メール室").crumb(&mail, "このメール").body(
        html! {
            (parts::notice(Tone::Warning, "届いたままの、検査していないメールです", html! {
                p { "差出人の名前とアドレス、本文、添付ファイルがすべて入っています。仕事に必要なときだけ保存し、終わったら消してください。" }
                p { "添付を開いたり、本文のリンクを押したりしないでください。保存したことは記録に残ります。" }
            }))
            (parts::facts([
                ("届いた日時", parts::time(entry.received_at, tokyo_clock_with_year(entry.received_at.utc()))),
                ("大きさ", html! { (size_in_words(entry.size)) }),
                ("SHA-256", html! { code { (entry.sha256) } }),
            ]))
            form method="post" action={ (mail) "/original" } {
                (parts::csrf(csrf))
                .actions {
                    (parts::submit(Weight::Danger, "分かったうえで保存する"))
                    (parts::link_button(Weight::Secondary, &mail, "保存せずに戻る"))
                }
            }
        },
    )
}
