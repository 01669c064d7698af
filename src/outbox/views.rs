//! The outbox's HTML; long by the sentences for each state of a mail.

use chrono::{DateTime, Duration, Utc};
use maud::{Markup, html};

use super::{COMMENT_LIMIT, Purpose};
use crate::calendar::{FiscalYear, register_label, tokyo_clock, tokyo_clock_with_year};
use crate::db::Instant;
use crate::mail::ledger_store::{Return, Undelivered};
use crate::mail::store::Entry;
use crate::mail::{Letterform, MailKind, MailState, Settlement};
use crate::trail::Recorded;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Moment, Table, Tense, Tone, Weight, col, head, num};

/// A letter's id, fiscal year and register number.
type LetterNo = (i64, i64, Option<i64>);

/// One page of the outbox.
pub struct List {
    pub state: MailState,
    pub counts: Vec<(MailState, i64)>,
    pub entries: Vec<Entry>,
    pub letters: Vec<LetterNo>,
    /// Not the first page.
    pub later: bool,
    pub more: bool,
    /// Answers that came back and that nobody has seen to.
    pub undelivered: Vec<Undelivered>,
    /// Whether mails leave the house at all.
    pub sends: bool,
}

/// One mail.
pub struct Detail {
    pub mail: Entry,
    pub letter: Option<LetterNo>,
    pub reply: Option<i64>,
    pub history: Vec<Recorded>,
    /// What came back about it.
    pub returns: Vec<Return>,
    pub form: Option<Letterform>,
    pub now: Option<DateTime<Utc>>,
    /// Whether mails leave the house at all.
    pub sends: bool,
    pub typed: (Option<Settlement>, String),
    pub errors: Errors,
}

const TABS: [(MailState, &str); 5] = [
    (MailState::Queued, "送信待ち"),
    (MailState::InDoubt, "確認が必要"),
    (MailState::Failed, "送信できません"),
    (MailState::Sent, "送信済み"),
    (MailState::Cancelled, "取りやめ"),
];

pub fn list(shell: &Shell, list: &List) -> Markup {
    let count = |state| list.counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n).max(0) as u64;
    let hrefs = TABS.map(|(state, _)| format!("/outbox?state={}", state.code()));
    let tabs = TABS
        .iter()
        .zip(&hrefs)
        .map(|((state, label), href)| (*label, href.as_str(), Some(count(*state)), *state == list.state));
    let here = TABS.iter().find(|(s, _)| *s == list.state).map_or("", |(_, label)| label);
    let caption = format!("{here}のメール");
    let last_column = match list.state {
        MailState::Queued => "次に送るとき",
        MailState::Sent => "送ったとき",
        _ => "理由",
    };
    let columns = [head("メール"), col("手紙"), col("書いたとき"), num("送ろうとした回数"), col(last_column)];
    let mut table = Table::new(&caption, columns).quiet_caption().keyed().or_empty(empty(list.state));
    for mail in &list.entries {
        table = table.toned_row(
            tone(mail.state),
            [
                html! { a href={ "/outbox/" (mail.id) } { (mail.kind.label()) } },
                letter_link(
                    mail.letter_id.and_then(|id| list.letters.iter().find(|l| l.0 == id)),
                    runs_letters(shell),
                    false,
                ),
                moment(mail.created_at),
                html! { (tries(mail)) "回" },
                match mail.state {
                    MailState::Queued => html! {
                        (moment(mail.next_at))
                        @if let Some(why) = &mail.last_error { br; span.support { (why) } }
                    },
                    MailState::Sent => html! { @if let Some(at) = mail.sent_at { (moment(at)) } },
                    _ => html! { (mail.last_error.as_deref().unwrap_or("送信の途中で止まりました")) },
                },
            ],
        );
    }
    let on = list.entries.last().filter(|_| list.more);
    let on = on.map(|last| format!("/outbox?state={}&before={}", list.state.code(), last.id));
    let back = list.later.then(|| format!("/outbox?state={}", list.state.code()));
    page::staff(shell, "送信箱")
        .lead(html! { p { "市から送るメールです。宛先と本文は封をして保管し、開くと記録に残ります。" } })
        .body(html! {
            @if !list.sends { (no_server()) }
            (undelivered(list))
            (parts::tabs("メールの状態", tabs))
            @if list.state == MailState::InDoubt && !list.entries.is_empty() { (doubt()) }
            (table)
            @if list.later || list.more {
                nav.pager aria-label="ページの移動" {
                    ul {
                        @if let Some(href) = &back { li { a href=(href) { "新しいものへ" } } }
                        @if let Some(href) = &on { li { a rel="next" href=(href) { "古いものへ" } } }
                    }
                }
            }
        })
}

fn no_server() -> Markup {
    parts::notice(
        Tone::Warning,
        "メールは送られません",
        html! {
            p { "メールサーバーの設定がないため、メールはここにたまり、読むことだけができます。システムの担当に伝えてください。" }
        },
    )
}

/// Answers that did not arrive: each is a task, for somebody waits for it.
fn undelivered(list: &List) -> Markup {
    html! {
        @if !list.undelivered.is_empty() {
            (parts::notice(Tone::Error, "届かなかった回答があります", html! {
                p { "メールが届かずに戻りました。開いて、郵便など別の方法で届けてください。" }
                ul {
                    @for (id, kind, at) in &list.undelivered {
                        li { a href={ "/outbox/" (id) } { (kind.label()) } " " (moment(*at)) " に戻りました" }
                    }
                }
            }))
        }
    }
}

fn doubt() -> Markup {
    parts::notice(
        Tone::Warning,
        "送信したかもしれないメールです",
        html! {
            p {
                "本文を渡したあと、メールサーバーの返事を受け取れませんでした。同じメールが二度届かないよう、自動では送り直しません。"
                "メールサーバーの記録を調べるか、差出人に確かめて、結果を記録してください。"
            }
        },
    )
}

fn empty(state: MailState) -> Markup {
    let (title, words) = match state {
        MailState::Queued => {
            ("送信を待つメールはありません", "控えや回答などのメールは、送るまでここに並びます。")
        }
        MailState::InDoubt => (
            "確認が必要なメールはありません",
            "届いたかどうか分からないメールがあれば、ここに並びます。自動で送り直すことはありません。",
        ),
        MailState::Failed => (
            "送れなかったメールはありません",
            "宛先の間違いなどで送れなかったメールが、理由とともにここに並びます。",
        ),
        MailState::Sent => {
            ("まだ何も送っていません", "メールサーバーが受け取ったメールが、新しい順にここに並びます。")
        }
        MailState::Cancelled => {
            ("取りやめたメールはありません", "職員が送信を取りやめたメールがここに残ります。")
        }
    };
    parts::empty(title, html! { p { (words) } })
}

fn tone(state: MailState) -> Tone {
    match state {
        MailState::Queued | MailState::Cancelled => Tone::Quiet,
        MailState::InDoubt => Tone::Warning,
        MailState::Failed => Tone::Error,
        MailState::Sent => Tone::Success,
    }
}

/// One that stopped on its way was tried, though nobody lived to count it.
fn tries(mail: &Entry) -> i64 {
    mail.attempts + i64::from(mail.state == MailState::InDoubt && mail.last_error.is_none())
}

fn moment(at: Instant) -> Markup {
    parts::time(at, tokyo_clock(at.utc()))
}

/// Whether letters and the words of mails are this reader's business: the office's, not the machine keeper's.
fn runs_letters(shell: &Shell) -> bool {
    shell.staff.as_ref().is_some_and(|s| s.entries.iter().any(|entry| entry.href == "/moderation"))
}

fn letter_link(letter: Option<&LetterNo>, linked: bool, long: bool) -> Markup {
    html! {
        @match letter {
            Some((_, year, Some(no))) if !linked => { (register_label(FiscalYear(*year as i32), *no)) },
            Some(_) if !linked => "登録前の手紙",
            Some((id, year, Some(no))) => a href={ "/letters/" (id) } { (register_label(FiscalYear(*year as i32), *no)) },
            Some((id, ..)) => a href={ "/letters/" (id) } { "登録前の手紙" },
            None if long => "なし(手紙に関わらないメールです)",
            None => span aria-hidden="true" { "—" },
        }
    }
}

pub fn show(shell: &Shell, csrf: &str, detail: &Detail) -> Markup {
    let mail = &detail.mail;
    let title = format!("メール「{}」", mail.kind.label());
    let back = format!("/outbox?state={}", mail.state.code());
    let settles = !mail.state.settlements().is_empty() || detail.is_open();
    page::staff(shell, &title).crumb(&back, "送信箱").errors(&detail.errors).body(html! {
        (standing(detail))
        (came_back(detail))
        (parts::facts([
            ("状態", parts::badge(tone(mail.state), mail.state.label())),
            ("手紙", letter_link(detail.letter.as_ref(), runs_letters(shell), true)),
            ("書いたとき", parts::time(mail.created_at, tokyo_clock_with_year(mail.created_at.utc()))),
            ("送ろうとした回数", html! { (tries(mail)) "回" }),
            ("メールの番号", html! { code { (mail.message_id) } }),
        ]))
        section.stack aria-labelledby="text-heading" {
            h2 #text-heading { "宛先と本文" }
            (contents(detail))
        }
        @if settles {
            section.stack aria-labelledby="settle-heading" {
                h2 #settle-heading { "結果を記録する" }
                (settle_form(csrf, detail))
            }
        }
        section.stack aria-labelledby="history-heading" {
            h2 #history-heading { "これまでの経過" }
            (history(detail))
        }
    })
}

impl Detail {
    /// Whether it came back undelivered and nobody has seen to it.
    fn is_open(&self) -> bool {
        self.returns.iter().any(|r| r.kind.is_undelivered() && r.settled_at.is_none())
    }

    /// What a person may say of it now.
    fn settlements(&self) -> Vec<Settlement> {
        match self.mail.state {
            MailState::Sent if self.is_open() => vec![Settlement::Posted, Settlement::Arrived],
            state => state.settlements(),
        }
    }
}

/// What came back about it, and what to do.
fn came_back(detail: &Detail) -> Markup {
    html! {
        @for back in &detail.returns {
            @let tone = if back.kind.is_undelivered() && back.settled_at.is_none() { Tone::Error } else { Tone::Info };
            (parts::notice(tone, back.kind.label(), html! {
                p {
                    (parts::time(back.at, tokyo_clock_with_year(back.at.utc())))
                    @if let Some(status) = &back.status { " 状態コード " (status) }
                }
                @if !back.said.is_empty() { p { "相手のサーバーの返事:" (back.said) } }
                @if let (true, None, Some(reply)) = (back.kind.is_undelivered(), back.settled_at, detail.reply) {
                    p.way { a href={ "/replies/" (reply) "/print" } { "回答書を印刷して郵便で送る" } }
                }
                @if back.settled_at.is_some() { p { "対応を記録しました。" } }
            }))
        }
    }
}

/// What its state means, and what to do about it.
fn standing(detail: &Detail) -> Markup {
    let mail = &detail.mail;
    let why = mail.last_error.as_deref();
    let fresh = |at: Instant| detail.now.is_some_and(|now| now - at.utc() < Duration::minutes(3));
    match mail.state {
        MailState::InDoubt if why.is_none() && mail.claimed_at.is_some_and(fresh) => parts::notice(
            Tone::Info,
            "いま送っているところです",
            html! {
                p { "数分たってもこのままのときは、届いたかどうかを確かめて記録してください。" }
            },
        ),
        MailState::InDoubt => doubt(),
        MailState::Failed => parts::notice(
            Tone::Error,
            "このメールは送れませんでした",
            html! {
                @if let Some(why) = why { p { "メールサーバーの返事:" (why) } }
                @if let Some(reply) = detail.reply {
                    p { "回答は郵便で送ることもできます。 " a href={ "/replies/" (reply) "/print" } { "回答書を印刷して郵便で送る" } }
                } @else if mail.kind == MailKind::Reply {
                    p { "回答は、手紙の画面から印刷して郵便で送ることもできます。" }
                }
            },
        ),
        MailState::Queued if !detail.sends => no_server(),
        MailState::Queued => parts::notice(
            Tone::Info,
            "送信を待っています",
            html! {
                p { "次に送るのは " (moment(mail.next_at)) " 以降です。" }
                @if let Some(why) = why { p { "前回は送れませんでした:" (why) } }
            },
        ),
        MailState::Sent => parts::notice(
            Tone::Success,
            "送信済みです",
            html! {
                @if let Some(at) = mail.sent_at { p { (parts::time(at, tokyo_clock_with_year(at.utc()))) } }
                @if let Some(said) = &mail.server_reply { p { "メールサーバーの返事:" (said) } }
            },
        ),
        MailState::Cancelled => parts::notice(
            Tone::Quiet,
            "送信を取りやめました",
            html! {
                p { "このメールはもう送られません。" }
            },
        ),
    }
}

fn contents(detail: &Detail) -> Markup {
    let Some(form) = &detail.form else {
        return html! {
            p { "宛先と本文は封をしてあります。開くと、あなたの名前と目的が記録に残ります。" }
            form.form method="get" action={ "/outbox/" (detail.mail.id) } {
                (Choice::select("purpose", "開く目的").options(Purpose::ALL.iter().map(|p| (p.code(), p.label()))))
                .actions { (parts::submit(Weight::Secondary, "宛先と本文を開く")) }
            }
        };
    };
    html! {
        p { "開いたことを記録しました。" }
        (parts::facts([
            ("宛先", html! { @if !form.to_name.is_empty() { (form.to_name) " 様 " } "<" (form.to) ">" }),
            ("題名", html! { (form.subject) }),
        ]))
        .paper.city { (parts::typed(&form.text)) }
    }
}

fn settle_form(csrf: &str, detail: &Detail) -> Markup {
    let (chosen, comment) = &detail.typed;
    let mut choice = Choice::radios("result", "結果").required().errors(&detail.errors);
    for settlement in detail.settlements() {
        choice = choice.noted(settlement.code(), settlement.label(), note(settlement, detail.mail.kind));
    }
    if let Some(chosen) = chosen {
        choice = choice.chosen(chosen.code());
    }
    html! {
        form.form method="post" action={ "/outbox/" (detail.mail.id) "/settlements" } {
            (parts::csrf(csrf))
            (choice)
            (Field::area("comment", "確かめたこと、理由").required().rows(3).limit(COMMENT_LIMIT)
                .support("記録に残ります。差出人の名前や連絡先は書かないでください。")
                .value(comment).errors(&detail.errors))
            .actions { (parts::submit(Weight::Primary, "結果を記録する")) }
        }
    }
}

fn note(settlement: Settlement, kind: MailKind) -> &'static str {
    match settlement {
        Settlement::Arrived => "メールサーバーの記録や差出人の返事で、届いたと分かったとき。",
        Settlement::NotArrived => "届いていないと分かったとき。送り直すかどうかは後で決められます。",
        Settlement::Posted => "印刷して郵便で送るなど、メールのほかの方法で届けたとき。",
        Settlement::Resend => "同じ内容をもう一度送ります。すでに届いていると、二通届くことになります。",
        Settlement::Cancel if kind == MailKind::Reply => {
            "もう送りません。回答は郵便など別の方法で届けてください。"
        }
        Settlement::Cancel => "もう送りません。",
    }
}

fn history(detail: &Detail) -> Markup {
    let stopped = detail
        .mail
        .claimed_at
        .filter(|_| detail.mail.state == MailState::InDoubt && detail.mail.last_error.is_none());
    if detail.history.is_empty() && stopped.is_none() {
        return html! { p { "まだ何も起きていません。送ろうとするたびに、ここに一行ずつ残ります。" } };
    }
    let stopped = stopped.map(|at| Moment {
        when: parts::time(at, tokyo_clock_with_year(at.utc())),
        what: html! { "送り始めた" },
        note: html! { "終わりの記録がありません" },
        tense: Tense::Now,
    });
    let told = detail.history.iter().map(|line| {
        let told: serde_json::Value = serde_json::from_str(&line.detail).unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(|v| v.as_str());
        let purpose = text("purpose").and_then(Purpose::from_code).map(Purpose::label);
        let result = text("result").and_then(Settlement::from_code).map(Settlement::label);
        Moment {
            when: parts::time(line.at, tokyo_clock_with_year(line.at.utc())),
            what: html! { (line.words()) @if let Some(result) = result { ":" (result) } },
            note: html! {
                @if line.actor_name.is_empty() { (line.door.label()) } @else { (line.actor_name) }
                @if let Some(code) = told.get("code").filter(|c| *c != 250) { " 応答 " (code) }
                @if text("again_at").is_some() { " あとでもう一度送ります" }
                @if let Some(purpose) = purpose { " 目的:" (purpose) }
                @if let Some(comment) = text("comment") { " 「" (comment) "」" }
            },
            tense: Tense::Past,
        }
    });
    parts::timeline(told.chain(stopped))
}
