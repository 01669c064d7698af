//! Pages of replies.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::handlers::Desk;
use super::reply::{self, Reply, ReplyKind, ReplyState, Version, Via, Words};
use super::{Case, Paper, message};
use crate::approval::{ApprovalState, StepState};
use crate::calendar;
use crate::config::Config;
use crate::db::Instant;
use crate::error::Result;
use crate::people::party::PartyDetails;
use crate::text::{self, ReceiptCode};
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
pub use crate::web::parts::compare;
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};

fn at(instant: Instant) -> Markup {
    parts::time(instant, calendar::tokyo_clock(instant.utc()))
}

/// The citizen's words as every page of a reply and its approval shows them.
pub fn letter(case: &Case) -> Markup {
    let words = text::input::show_hidden(&case.letter_body);
    parts::letter_paper(
        "市民の声",
        html! {
            @if !case.letter_subject.trim().is_empty() { strong { (case.letter_subject) } "\n\n" }
            (words)
        },
        html! { "受付 " (parts::time(case.received_on, calendar::era_date(case.received_on))) },
    )
}

fn facts(case: &Case) -> Markup {
    parts::facts([
        ("受付簿の番号", html! { (case.label()) "の" (case.matter.no) "件目" }),
        ("件名", html! { (case.matter.title) }),
        ("担当課", html! { (case.department_name) " " (case.unit_name) }),
        ("いまの状態", html! { (parts::badge(Tone::Info, case.matter.state.label())) }),
        ("回答の期限", html! { (parts::time(case.matter.due_on, calendar::era_date(case.matter.due_on))) }),
    ])
}

/// The fields of a text, with what was typed or what was kept.
fn fields_of(
    kind: ReplyKind,
    via: Via,
    subject: &str,
    body: &str,
    expected: &str,
    typed: &Fields,
    errors: &Errors,
) -> Markup {
    let phrases = typed.all("phrases");
    html! {
        (Choice::select("via", "送る方法").required().options(Via::ALL.iter().map(|v| (v.code(), v.label()))).chosen(via.code()).errors(errors))
        (Field::text("subject", "見出し").required().limit(reply::SUBJECT_LIMIT).full().value(subject).errors(errors))
        @if kind == ReplyKind::Interim {
            (Field::date("expected_on", "最終の回答を予定する日").required().value(expected).errors(errors))
        }
        (Field::area("body", "文面").required().limit(reply::BODY_LIMIT).rows(18).value(body).errors(errors)
            .support("宛名、署名、問合せ先は送るときに付きます。ここには本文だけを書きます。"))
        (Choice::checks("phrases[]", "定型の文を付ける")
            .noted("opening", "書き出し", reply::OPENING.trim())
            .noted("closing", "結び", reply::CLOSING.trim())
            .chosen_all(&phrases))
        @if kind == ReplyKind::Interim {
            p.support { "「中間回答」の表示と予定の日は、書かれていなければ保存のときに自動で付きます。" }
        }
    }
}

/// The form of a reply that does not exist yet.
pub fn new(shell: &Shell, case: &Case, kind: ReplyKind, typed: &Fields, errors: &Errors) -> Markup {
    let letter_path = format!("/letters/{}", case.matter.letter_id);
    let via = Via::from_code(typed.text("via")).unwrap_or_else(|| case.via());
    let subject = if typed.has("subject") {
        typed.text("subject").to_owned()
    } else {
        match kind {
            ReplyKind::Question => format!("「{}」についてのお尋ね", case.matter.title),
            ReplyKind::Final | ReplyKind::Interim => format!("「{}」について", case.matter.title),
        }
    };
    let title = format!("{}を書く", kind.label());
    let others: Vec<String> =
        ReplyKind::ALL.iter().map(|k| format!("/matters/{}/replies/new?kind={k}", case.matter.id)).collect();
    page::staff(shell, &title)
        .crumb(&letter_path, &case.label())
        .errors(errors)
        .script("counter.js")
        .script("leave.js")
        .body(html! {
            (parts::tabs("何を書くか", ReplyKind::ALL.iter().zip(&others).map(|(k, href)| (k.label(), href.as_str(), None, *k == kind))))
            .split {
                div.stack { (letter(case)) (facts(case)) }
                form.form method="post" action=(format!("/matters/{}/replies", case.matter.id)) {
                    (parts::csrf(shell.staff.as_ref().map_or("", |s| &s.csrf)))
                    (parts::hidden("kind", kind.code()))
                    @if kind == ReplyKind::Question {
                        (parts::notice(Tone::Info, "", html! { p { "お尋ねを送ると、この件は「差出人に確認中」になります。" } }))
                    }
                    (fields_of(kind, via, &subject, typed.text("body"), typed.text("expected_on"), typed, errors))
                    .actions { (parts::submit(Weight::Primary, "下書きを保存する")) a href=(letter_path) { "手紙へ戻る" } }
                }
            }
        })
}

/// The page of a reply; `typed` is what a refused form carried.
pub fn show(
    shell: &Shell,
    config: &Config,
    desk: &Desk,
    typed: Option<&Fields>,
    errors: &Errors,
) -> Result<Markup> {
    let newest = desk.newest()?;
    let letter_path = format!("/letters/{}", desk.case.matter.letter_id);
    let title = format!("{}「{}」", desk.reply.kind.label(), desk.case.matter.title);
    let csrf = shell.staff.as_ref().map_or("", |s| s.csrf.as_str());
    let editable = desk.may_work
        && matches!(desk.reply.state, ReplyState::Draft | ReplyState::Returned | ReplyState::Approved);
    // a text typed into a page that may no longer be saved is shown all the same
    let form = editable || typed.is_some();
    let decided = desk.reply.state == ReplyState::Approved && typed.is_none();
    Ok(page::staff(shell, &title)
        .crumb(&letter_path, &desk.case.label())
        .errors(errors)
        .script("counter.js")
        .script("leave.js")
        .body(html! {
            (standing(desk))
            .split {
                div.stack { (letter(&desk.case)) (facts(&desk.case)) (history(desk)) }
                div.stack {
                    (send_form(desk, csrf))
                    @if !form || decided { (as_sent(config, &desk.reply, &desk.case, newest)) }
                    @if form && decided {
                        details { summary { "文面を直す(決裁は効力を失います)" } (edit_form(desk, newest, csrf, typed, errors)) }
                    } @else if form {
                        (edit_form(desk, newest, csrf, typed, errors))
                        details { summary { "送られる形を見る(保存した版)" } (as_sent(config, &desk.reply, &desk.case, newest)) }
                    }
                }
            }
        }))
}

/// Where the reply stands, and what to do.
fn standing(desk: &Desk) -> Markup {
    let back =
        desk.approval.as_ref().and_then(|(_, steps)| steps.iter().find(|s| s.state == StepState::Returned));
    html! {
        .badges {
            (parts::badge(tone(desk.reply.state), desk.reply.state.label()))
            (parts::badge(Tone::Quiet, desk.reply.via.label()))
            (parts::badge(Tone::Quiet, &format!("第{}版", desk.reply.current_no)))
        }
        @if let (ReplyState::Returned, Some(step)) = (desk.reply.state, back) {
            (parts::notice(Tone::Warning, "差し戻されました", html! {
                p {
                    (step.role_then.as_deref().unwrap_or_default()) " "
                    (step.staff_id.and_then(|id| desk.names.get(&id)).map_or("", String::as_str)) ":"
                }
                blockquote.letter-text { (step.comment.as_deref().unwrap_or_default()) }
                p { "文面を直して保存すると、もう一度起案できます。" }
            }))
        }
        @if let (ReplyState::InApproval, Some((approval, _))) = (desk.reply.state, &desk.approval) {
            (parts::notice(Tone::Info, "回議中です", html! {
                p { "文面を直すには、起案者が引き戻します。" }
                p.way { a href=(approval.path()) { "回議の様子を見る" } }
            }))
        }
        @if desk.bounced && desk.reply.via == Via::Email && desk.sent.is_none() {
            (parts::notice(Tone::Warning, "この宛先には、前に送ったメールが届きませんでした", html! {
                p { "郵便など別の方法を選んでください。メールのまま送ると、送信箱で止まります。" }
            }))
        }
        @if let Some((when, who, via)) = &desk.sent {
            (parts::notice(Tone::Success, "発送済みです", html! { p { (at(*when)) " " (who) "(" (via.label()) ")" } }))
        }
    }
}

fn tone(state: ReplyState) -> Tone {
    match state {
        ReplyState::Draft | ReplyState::Void => Tone::Quiet,
        ReplyState::InApproval => Tone::Info,
        ReplyState::Returned => Tone::Warning,
        ReplyState::Approved | ReplyState::Sent => Tone::Success,
    }
}

fn edit_form(desk: &Desk, newest: &Version, csrf: &str, typed: Option<&Fields>, errors: &Errors) -> Markup {
    let none = Fields::default();
    let fields = typed.filter(|f| f.has("body")).unwrap_or(&none);
    let kept = |name: &str, stored: &str| {
        if fields.has(name) { fields.text(name).to_owned() } else { stored.to_owned() }
    };
    let via = Via::from_code(fields.text("via")).unwrap_or(desk.reply.via);
    let body = kept("body", &newest.body);
    let expected = newest.expected_on.map(|d| d.to_string()).unwrap_or_default();
    let hints = reply::hints(via, &body);
    let seen = typed.and_then(|f| f.number("seen_no")).unwrap_or(desk.reply.current_no);
    let chosen = typed.map_or("", |f| f.text("class"));
    html! {
        @if desk.reply.state == ReplyState::Approved {
            (parts::notice(Tone::Warning, "決裁済みの文面です", html! {
                p { "直して保存すると決裁は効力を失い、もう一度起案が要ります。" }
            }))
        }
        @if !hints.is_empty() {
            (parts::notice(Tone::Info, "お確かめください", html! { ul { @for hint in &hints { li { (hint) } } } }))
        }
        form.form method="post" action=(format!("/replies/{}/versions", desk.reply.id)) {
            (parts::csrf(csrf))
            (parts::hidden("seen_no", &seen.to_string()))
            (fields_of(desk.reply.kind, via, &kept("subject", &newest.subject), &body, &kept("expected_on", &expected), fields, errors))
            .actions { (parts::submit(Weight::Secondary, "新しい版として保存する")) }
            @if matches!(desk.reply.state, ReplyState::Draft | ReplyState::Returned) {
                .form-section {
                    (Choice::radios("class", "決裁の区分").errors(errors).chosen(chosen)
                        .options(desk.classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                    .actions {
                        button.button.primary type="submit" formaction=(format!("/replies/{}/approvals", desk.reply.id)) { "起案する" }
                        span.soft { "直したところは保存してから起案します。" }
                    }
                }
            }
        }
    }
}

fn send_form(desk: &Desk, csrf: &str) -> Markup {
    if desk.reply.state != ReplyState::Approved || !desk.may_work {
        return html! {
            @if desk.reply.state == ReplyState::Sent && desk.may_work {
                p.way { a href=(format!("/replies/{}/print", desk.reply.id)) { "手紙の形で印刷する" } }
            }
        };
    }
    let (label, words) = match desk.reply.via {
        Via::Email => {
            ("メールで送る", "決裁された文面を、差出人のメールアドレスへ送ります。送ると取り消せません。")
        }
        Via::Post => ("郵送したことを記録する", "印刷して投函したら、ここで記録します。"),
        Via::Phone => ("電話で伝えたことを記録する", "決裁された文面を電話で伝えたら、ここで記録します。"),
        Via::Fax => ("ファクスで送ったことを記録する", "印刷してファクスで送ったら、ここで記録します。"),
        Via::Counter => ("手渡したことを記録する", "印刷して窓口で渡したら、ここで記録します。"),
    };
    html! {
        section.card.next-step {
            h2 { "決裁が済みました" }
            p { (words) }
            @if desk.reply.via != Via::Email {
                p { a.button.secondary href=(format!("/replies/{}/print", desk.reply.id)) { "手紙を印刷する" } }
            }
            form method="post" action=(format!("/replies/{}/dispatches", desk.reply.id)) {
                (parts::csrf(csrf))
                (parts::submit(Weight::Primary, label))
            }
            @if desk.reply.via == Via::Email {
                p.way { a href=(format!("/replies/{}/print", desk.reply.id)) { "手紙の形で印刷する" } }
            }
        }
    }
}

/// The whole message as the receiver gets it, but for the name.
pub fn as_sent(config: &Config, reply: &Reply, case: &Case, version: &Version) -> Markup {
    let name = format!("{} 様", message::SOMEBODY);
    let byline = html! { "第" (version.no) "版 " (at(version.created_at)) };
    if reply.via == Via::Email {
        let words = message::mail_text(config, case, version, &name);
        parts::reply_paper(&format!("件名:{}", message::mail_subject(case)), words, byline)
    } else {
        let words = format!("{name}\n\n{}\n\n{}", version.body, message::signature(config, case).join("\n"));
        parts::reply_paper(&version.subject, words, byline)
    }
}

fn history(desk: &Desk) -> Markup {
    html! {
        h2 { "版の記録" }
        (parts::timeline(desk.versions.iter().rev().map(|v| parts::Moment {
            when: at(v.created_at),
            what: html! { "第" (v.no) "版 " (desk.names.get(&v.author_id).map_or("", String::as_str)) },
            note: html! {
                @if v.no > 1 {
                    a href=(format!("/replies/{}/diff?old={}&new={}", desk.reply.id, v.no - 1, v.no)) {
                        "第" (v.no - 1) "版との違いを見る"
                    }
                }
            },
            tense: if v.no == desk.reply.current_no { parts::Tense::Now } else { parts::Tense::Past },
        })))
        @if let Some((approval, _)) = &desk.approval {
            p {
                a href=(approval.path()) { "決裁の記録を見る" } " "
                (parts::badge(if approval.state == ApprovalState::Decided { Tone::Success } else { Tone::Quiet }, approval.state.label()))
            }
        }
    }
}

/// Two versions side by side.
pub fn diff(shell: &Shell, desk: &Desk, old: &Version, new: &Version) -> Markup {
    let path = desk.reply.path();
    let title = format!("第{}版と第{}版の違い", old.no, new.no);
    let (left, right) = (format!("第{}版", old.no), format!("第{}版", new.no));
    page::staff(shell, &title).crumb(&path, &desk.case.matter.title).body(html! {
        (parts::compare(&left, &right, &old.whole(), &new.whole()))
        p.way { a href=(path) { "回答案へ戻る" } }
    })
}

/// Somebody else saved first: both texts, and the later one still in a form.
pub fn overtaken(shell: &Shell, desk: &Desk, theirs: &Version, mine: &Words, typed: &Fields) -> Markup {
    let path = desk.reply.path();
    let who = desk.names.get(&theirs.author_id).map_or("ほかの職員", String::as_str);
    let csrf = shell.staff.as_ref().map_or("", |s| s.csrf.as_str());
    let via = Via::from_code(typed.text("via")).unwrap_or(desk.reply.via);
    let expected = mine.expected_on.map(|d| d.to_string()).unwrap_or_default();
    let left = format!("保存されている第{}版({who})", theirs.no);
    page::staff(shell, "ほかの人が先に保存しました").crumb(&path, &desk.case.matter.title).script("leave.js").body(html! {
        (parts::notice(Tone::Warning, "まだ保存していません。どちらの文面も残っています", html! {
            p { "あなたが画面を開いたあと、" (who) "が" (at(theirs.created_at)) "に第" (theirs.no) "版を保存しました。" }
            p { "違いを見比べ、下の文面に必要なところを取り込んでから保存してください。" }
        }))
        (parts::compare(&left, "あなたの文面", &theirs.whole(), &reply::whole(&mine.subject, &mine.body)))
        form.form method="post" action=(format!("/replies/{}/versions", desk.reply.id)) {
            (parts::csrf(csrf))
            (parts::hidden("seen_no", &theirs.no.to_string()))
            (fields_of(desk.reply.kind, via, &mine.subject, &mine.body, &expected, &Fields::default(), &Errors::default()))
            .actions {
                (parts::submit(Weight::Primary, &format!("第{}版として保存する", theirs.no + 1)))
                a href=(path) { "保存せず、第" (theirs.no) "版を見る" }
            }
        }
    })
}

/// The letter to print, for a window envelope.
pub fn print(shell: &Shell, config: &Config, paper: &Paper, to: &PartyDetails, today: NaiveDate) -> Markup {
    let sending = &paper.sending;
    let path = sending.reply.path();
    let addressee = to.addressee();
    let address: Vec<&str> = to.address.lines().collect();
    let date = message::letter_date(paper.sent_on.unwrap_or(today));
    let (from, contact) = (message::letterhead(config), message::signature(config, &sending.case));
    let mark = if paper.again { "(再印刷)" } else { "" };
    let number = format!("受付番号 {}{mark}", ReceiptCode::grouped(&sending.case.receipt_code));
    let from: Vec<&str> = from.iter().map(String::as_str).collect();
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    page::staff(shell, "回答の印刷").crumb(&path, &sending.case.matter.title).sheet().body(html! {
        p.no-print { "このページを印刷すると、手紙だけがA4で出ます。差出人の住所と氏名を開いたことは記録されました。" }
        @if paper.again { p.no-print { "すでに送った手紙の再印刷です。日付は送った日のままで、「再印刷」と入ります。" } }
        (parts::Sheet {
            postal_code: &to.postal_code,
            address: &address,
            to: &addressee,
            number: &number,
            date: &date,
            from: &from,
            title: &sending.version.subject,
            body: &sending.version.body,
            contact: &contact,
        })
        p.way.no-print { a href=(path) { "回答へ戻る" } }
    })
}
