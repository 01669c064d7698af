//! The page of a letter: the citizen's words on the left, what happened in the middle, clock and next step on the
//! right; on a telephone one below the other.

pub mod acts;
mod other;
mod print;
mod side;

use maud::{Markup, html};

use super::case::Case;
use super::history::Entry;
use crate::calendar;
use crate::db::Instant;
use crate::files;
use crate::letters::letter::Channel;
use crate::text::input::show_hidden;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Moment, Tense, Tone};
pub use acts::{Attempt, form_id};
pub use other::{PartyPage, circulations, party};
pub use print::{transfer, work_sheet};

/// Which of the texts is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it came.
    Original,
    /// With misreadings corrected.
    Working,
    /// As it would be published.
    Masked,
}

impl Shown {
    /// From the query; without one the corrected text, if there is any.
    pub fn from_query(query: Option<&str>, case: &Case) -> Shown {
        match query {
            Some("original") => Shown::Original,
            Some("masked") if case.masked.is_some() => Shown::Masked,
            _ if case.letter.body_working.is_some() => Shown::Working,
            _ => Shown::Original,
        }
    }
}

/// The page of a letter; with the attempt that was refused, when there was one.
pub fn letter(shell: &Shell, csrf: &str, case: &Case, shown: Shown, attempt: Option<&Attempt>) -> Markup {
    let letter = &case.letter;
    let title = match case.matters.first() {
        Some(first) if case.matters.len() > 1 => {
            format!("{} ほか{}件", first.matter.title, case.matters.len() - 1)
        }
        Some(first) => first.matter.title.clone(),
        None => letter.label(),
    };
    let title = show_hidden(&title).into_owned();
    let forms = acts::Forms { csrf, case, attempt };
    let mut errors = Errors::default();
    if let Some(attempt) = attempt.filter(|a| !a.stale) {
        errors.add(&attempt.form, &attempt.why);
    }
    page::staff(shell, &title)
        .crumb("/letters", "手紙")
        .errors(&errors)
        .actions(html! {
            (parts::link_button(parts::Weight::Secondary, &format!("{}/print", letter.path()), "処理票を印刷"))
        })
        .lead(html! {
            (letter.label()) " / " (letter.channel.label()) " / 受付日 " (parts::time(letter.received_on, calendar::era_date(letter.received_on)))
            " / " (parts::badge(Tone::Quiet, letter.state.label()))
        })
        .body(html! {
            @for danger in &case.dangers { (call_now(*danger)) }
            @if let Some(attempt) = attempt.filter(|a| a.stale) { (too_late(attempt)) }
            (overview(case))
            .case {
                div { (words(case, shown, shell.city.scanner)) }
                div {
                    section.card aria-labelledby="thread" {
                        h2 #thread { "これまで" }
                        (thread(&case.thread))
                    }
                    (exchanges(case))
                    @if case.may_note { section.card { (forms.note()) } }
                }
                div { (side::column(&forms)) }
            }
        })
}

/// A person must be called. Never in the way of the work: the page goes on beneath.
fn call_now(danger: super::danger::Danger) -> Markup {
    parts::notice(
        Tone::Error,
        &format!("{}。すぐに電話してください", danger.label()),
        html! {
            ul { @for line in danger.call() { li { (line) } } }
            p.small { "言葉を機械が拾った知らせです。本文を読んで判断してください。この知らせがあっても、手続はいつもどおり進められます。" }
        },
    )
}

/// Somebody else was faster: the page beneath shows what is now, this box what was typed.
fn too_late(attempt: &Attempt) -> Markup {
    let kept: Vec<(&str, &str)> = attempt
        .fields
        .except(&["csrf", "version", "decision", "seen", "unit"])
        .filter(|(_, v)| !v.trim().is_empty())
        .collect();
    parts::notice(
        Tone::Warning,
        "先に更新されていました。あなたの入力はまだ保存していません",
        html! {
            p { (attempt.why) }
            p { "下の画面は、いまの最新の内容です。入力した内容は次のとおり残っています。同じ操作がまだできるときは、入力欄にも入れてあります。" }
            @if !kept.is_empty() {
                dl.facts {
                    @for (name, value) in kept {
                        div { dt { (field_label(name)) } dd { (parts::typed(value)) } }
                    }
                }
            }
        },
    )
}

fn field_label(name: &str) -> &str {
    match name.trim_end_matches("[]") {
        "body" | "part" => "内容",
        "reason_note" => "理由の説明",
        "reason" => "理由",
        "title" | "titles" => "件名",
        "kind" => "種別",
        "field" => "分野",
        "reply_needed" => "回答",
        "passed_to" => "渡す先",
        "owning_unit" => "担当課",
        "joint_units" => "関係課",
        "staff" => "職員",
        "outcome" => "結果",
        other => other,
    }
}

/// The matters in a row, with a way down to each on a telephone.
fn overview(case: &Case) -> Markup {
    html! {
        ul.plain-list.badges aria-label="この手紙の件" {
            @for of in &case.matters {
                li {
                    a href={ "#m" (of.matter.id) } { (of.matter.no) "件目" @if case.matters.len() > 1 { " " (show_hidden(&of.matter.title)) } } " "
                    (parts::badge(Tone::Info, of.matter.state.label())) " "
                    @if of.clock.days_left.is_some() { (parts::badge(of.clock.tone(), &of.clock.words())) }
                    // on a telephone the button itself is far below
                    @if let Some(act) = of.first { a.jump href={ "#m" (of.matter.id) } { "次の手続へ: " (act.label()) } }
                }
            }
        }
    }
}

fn words(case: &Case, shown: Shown, scanner: bool) -> Markup {
    let letter = &case.letter;
    let at = |which: &str| format!("{}?text={which}", letter.path());
    let text = match shown {
        Shown::Original => &letter.body_original,
        Shown::Working => letter.body_working.as_ref().unwrap_or(&letter.body_original),
        Shown::Masked => case.masked.as_ref().unwrap_or(&letter.body_original),
    };
    let name = match shown {
        Shown::Original => "原文",
        Shown::Working => "訂正後",
        Shown::Masked => "伏せ字",
    };
    let (original, working, masked) = (at("original"), at("working"), at("masked"));
    let mut tabs = vec![("原文", original.as_str(), None, shown == Shown::Original)];
    if letter.body_working.is_some() {
        tabs.push(("訂正後", working.as_str(), None, shown == Shown::Working));
    }
    if case.masked.is_some() {
        tabs.push(("伏せ字", masked.as_str(), None, shown == Shown::Masked));
    }
    let heading = if letter.subject.is_empty() { "手紙" } else { &letter.subject };
    html! {
        @if tabs.len() > 1 { (parts::tabs("本文の表示", tabs)) }
        (parts::letter_paper(&show_hidden(heading), show_hidden(text).as_ref(), html! { (name) }))
        @if text.trim().is_empty() {
            p.small.soft { "この手紙に本文はありません。" }
        }
        @if crate::text::input::hidden_direction(text) {
            p.small.soft { "〔 〕の中は、本文にあった目に見えない文字です。" }
        }
        @if case.masked.is_none() {
            p.small.soft { "伏せ字の本文は、公表の準備をすると、ここで見比べられるようになります。" }
        }
        @if case.may_correct {
            p.way { a href={ (letter.path()) "/corrections" } { "読み誤りを訂正する" } }
        }
        (files::attached(letter.id, &case.files, scanner))
        (sender(case))
    }
}

fn sender(case: &Case) -> Markup {
    let letter = &case.letter;
    let yes = |yes: bool, a: &'static str, b: &'static str| if yes { a } else { b };
    html! {
        section.card {
            h2 { "差出人" }
            @if letter.party_id.is_some() {
                p { @if letter.anonymous { "名前の記入はありません。連絡先だけがあります。" } @else { "名前と連絡先は、ふだんは見えないようにしてあります。" } }
                @if case.may_open_party {
                    p.way { a href={ (letter.path()) "/party" } { "理由を選んで差出人を見る" } }
                } @else {
                    p.small.soft { "見られるのは、広聴担当と担当課の職員です。" }
                }
            } @else {
                p { "名前も連絡先もありません。" }
            }
            @let via = letter.reply_via.map_or("方法の指定なし", |v| v.label());
            (parts::facts([
                ("回答", html! { @if letter.reply_wanted { "希望する(" (via) ")" } @else { "希望しない" } }),
                ("公表", html! { @if letter.channel == Channel::Email && letter.entered_by.is_none() { "尋ねていません(メールで届いたため)" } @else { (yes(letter.publish_ok, "してもよい", "しないでほしい")) } }),
            ]))
            @if letter.reply_wanted && letter.party_id.is_none() {
                p.small.soft { "回答を希望していますが、連絡先がありません。" }
            }
            @if case.same_sender > 0 {
                p { "同じ連絡先からの手紙が、ほかに" strong { (case.same_sender) "通" } "あります。" }
            }
        }
    }
}

fn when(at: Instant) -> Markup {
    parts::time(at.utc().format("%FT%TZ"), calendar::tokyo_clock(at.utc()))
}

fn thread(entries: &[Entry]) -> Markup {
    let last = entries.len().saturating_sub(1);
    parts::timeline(entries.iter().enumerate().map(|(at, entry)| Moment {
        when: when(entry.at),
        what: html! { (entry.what) },
        note: html! {
            span.soft { (entry.who) @if !entry.note.is_empty() { " / " (entry.note) } }
            @if !entry.said.is_empty() { "\n" (show_hidden(&entry.said)) }
        },
        tense: if at == last { Tense::Now } else { Tense::Past },
    }))
}

/// Replies and approvals, each with its page.
fn exchanges(case: &Case) -> Markup {
    let any = case
        .matters
        .iter()
        .any(|m| !m.replies.is_empty() || !m.approvals.is_empty() || !m.publications.is_empty());
    html! {
        @if any {
            section.card aria-labelledby="papers" {
                h2 #papers { "回答・決裁・公表" }
                ul {
                    @for of in &case.matters {
                        @for reply in &of.replies {
                            li {
                                a href={ "/replies/" (reply.id) } { (reply_kind(&reply.kind)) " 第" (reply.current_no) "版" } " "
                                (parts::badge(Tone::Quiet, reply_state(&reply.state)))
                            }
                        }
                        @for approval in &of.approvals {
                            li {
                                a href={ "/approvals/" (approval.id) } { "決裁(" (approval.class) ") " (approval.title) } " "
                                (parts::badge(Tone::Quiet, approval_state(&approval.state)))
                            }
                        }
                        @for (id, state) in &of.publications {
                            li { @if case.runs { a href={ "/publications/" (id) } { "公表" } } @else { "公表" } " " (parts::badge(Tone::Quiet, publication_state(state))) }
                        }
                    }
                }
            }
        }
    }
}

fn reply_kind(code: &str) -> &str {
    match code {
        "final" => "回答",
        "interim" => "中間回答",
        "question" => "お尋ね",
        other => other,
    }
}

fn reply_state(code: &str) -> &str {
    match code {
        "draft" => "作成中",
        "in_approval" => "決裁中",
        "returned" => "差戻し",
        "approved" => "決裁済み",
        "sent" => "送付済み",
        other => other,
    }
}

fn approval_state(code: &str) -> &str {
    match code {
        "circulating" => "回議中",
        "returned" => "差戻し",
        "pulled_back" => "引戻し",
        "decided" => "決裁済み",
        "void" => "無効",
        other => other,
    }
}

fn publication_state(code: &str) -> &str {
    match code {
        "candidate" | "proposed" => "候補",
        "masking" => "伏せ字の作業中",
        "in_approval" => "確認中",
        "published" => "公表中",
        "withdrawn" => "取り下げ",
        "dropped" => "公表しない",
        other => other,
    }
}

/// The dates of a letter that are known, with their names.
pub(crate) fn dates(letter: &super::store::Letter) -> Vec<(&'static str, String)> {
    let mut dates = Vec::new();
    let mut add = |name, day: Option<chrono::NaiveDate>| {
        if let Some(day) = day {
            dates.push((name, calendar::era_date(day)));
        }
    };
    if let Some(paper) = &letter.paper {
        add("書かれた日", paper.written_on);
        add("消印", paper.postmarked_on);
        add("回収日", paper.collected_on);
    }
    add("受付日", Some(letter.received_on));
    if letter.channel == Channel::Box
        && let Some(place) = letter.paper.as_ref().and_then(|paper| paper.box_location.as_ref())
    {
        dates.push(("投書箱", place.clone()));
    }
    dates
}
