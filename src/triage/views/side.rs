//! The right column: next step, clock and facts of each matter, and what is related to the letter.

use maud::{Markup, html};

use super::acts::{Forms, form_id};
use super::{dates, when};
use crate::calendar;
use crate::letters::letter::{AgeBand, District};
use crate::letters::matter::{NoReplyReason, OutOfScopeReason, State};
use crate::mail::MailState;
use crate::text::ReceiptCode;
use crate::text::input::show_hidden;
use crate::triage::case::{Case, MatterCase};
use crate::triage::next::Act;
use crate::triage::store::Other;
use crate::triage::{clock::Clock, label};
use crate::web::parts::{self, Tone, Weight};

pub(super) fn column(forms: &Forms<'_>) -> Markup {
    let case = forms.case;
    html! {
        @for (at, of) in case.matters.iter().enumerate() { (matter(forms, of, at == 0)) }
        (came_in(case))
        (mails(forms))
        (related(case))
        (about(case))
        @if case.runs && case.letter.registered_at.is_some() && case.letter.closed_at.is_none() {
            details open[forms.refused("split")] {
                summary { "ほかの用件を別の件に分ける" }
                .card { (forms.split()) }
            }
        }
    }
}

fn matter(forms: &Forms<'_>, of: &MatterCase, top: bool) -> Markup {
    let matter = &of.matter;
    // the whole letter is registered at once: the button stands with its first matter
    let first = of.first.filter(|act| *act != Act::Register || top);
    html! {
        section id={ "m" (matter.id) } aria-labelledby={ "m" (matter.id) "-title" } tabindex="-1" {
            .card .next-step[first.is_some()] #{ "matter-" (matter.no) } {
                h2 id={ "m" (matter.id) "-title" } {
                    @if forms.case.matters.len() > 1 { (matter.no) "件目 " (show_hidden(&matter.title)) } @else { "この件" }
                }
                p { (parts::badge(Tone::Info, matter.state.label())) }
                @if let Some(act) = first { (forms.act(of, act, Weight::Primary)) }
                @else { p.soft { (waiting(of)) } }
                @for act in of.others.iter().filter(|a| **a != Act::WritePart) {
                    details open[forms.refused(&form_id(Some(matter.id), *act))] {
                        summary { (act.label()) }
                        (forms.act(of, *act, Weight::Secondary))
                    }
                }
            }
            .card { (clock(&of.clock)) }
            .card { (facts(of)) }
            @if !of.joints.is_empty() { .card { (joints(forms, of)) } }
        }
    }
}

/// What the matter waits for, when this person has nothing to do with it.
fn waiting(of: &MatterCase) -> String {
    let unit = of.unit.as_deref().unwrap_or("担当課");
    match of.matter.state {
        State::Received
        | State::Registered
        | State::Accepted
        | State::Circulated
        | State::ReturnedToCentre => "広聴担当の次の手続を待っています。".to_owned(),
        State::OutOfScope | State::PassedOn => "広聴担当が保存します。".to_owned(),
        State::AwaitingSender => "差出人の返事を待っています。".to_owned(),
        State::Closed => "完結しました。".to_owned(),
        State::Filed => "保存しました。".to_owned(),
        _ => format!("{unit}が進めています。"),
    }
}

fn clock(clock: &Clock) -> Markup {
    let day = |on| parts::time(on, calendar::era_date(on));
    let before = |holiday: &Option<(String, chrono::NaiveDate)>| {
        html! {
            @if let Some((why, on)) = holiday {
                br; span.small.soft { (why) "のため、その前の開庁日は" (parts::time(on, calendar::short_date(*on))) "です" }
            }
        }
    };
    let number = match clock.days_left {
        Some(left) if left < 0 => html! { p.clock-days.late { (-left) small { "日過ぎています" } } },
        Some(0) => html! { p.clock-days.soon { "今日" small { "まで" } } },
        Some(left) if clock.tone() == Tone::Warning => {
            html! { p.clock-days.soon { small { "あと" } (left) small { "日" } } }
        }
        Some(left) => html! { p.clock-days { small { "あと" } (left) small { "日" } } },
        None => html! { p.soft { "期限は終わっています" } },
    };
    html! {
        h3 { "期限" }
        (number)
        dl.facts.tight {
            div { dt { "受付日(この翌日が1日目)" } dd { (day(clock.received_on)) } }
            @if let Some(extended) = clock.extended_due_on {
                div { dt { "中間回答で伝えた期限" } dd { strong { (day(extended)) } (before(&clock.holiday)) } }
                div { dt { "市の目標" } dd { (day(clock.target_due_on)) } }
            } @else {
                div { dt { "市の目標" } dd { strong { (day(clock.target_due_on)) } (before(&clock.holiday)) } }
            }
            div { dt { "規則の期限(30日)" } dd { (day(clock.statutory_due_on)) (before(&clock.statutory_holiday)) } }
        }
    }
}

fn reason(code: &str) -> &str {
    OutOfScopeReason::from_code(code)
        .map(OutOfScopeReason::label)
        .or_else(|| NoReplyReason::from_code(code).map(NoReplyReason::label))
        .unwrap_or(if code == "passed_on" { "回付・移ちょう" } else { code })
}

fn facts(of: &MatterCase) -> Markup {
    let matter = &of.matter;
    let none = || html! { span.soft { "まだ決まっていません" } };
    html! {
        h3 { "内容" }
        dl.facts.tight {
            div { dt { "件名" } dd { (show_hidden(&matter.title)) } }
            div { dt { "種別" } dd { @match matter.kind { Some(kind) => (kind.label()), None => (none()) } } }
            div {
                dt { "分野" }
                dd { @if of.fields.is_empty() { (none()) } @for (at, field) in of.fields.iter().enumerate() { @if at > 0 { br; } (field.label()) } }
            }
            div { dt { "担当課" } dd { @match &of.unit { Some(unit) => (unit), None => (none()) } } }
            @if of.unit.is_some() { div { dt { "担当者" } dd { @match &of.drafter { Some(name) => (name), None => (none()) } } } }
            div { dt { "回答" } dd { @if matter.reply_needed { "必要" } @else { "不要" } } }
            @if let Some(code) = &matter.reason {
                div { dt { "理由" } dd { (reason(code)) @if let Some(note) = &matter.reason_note { br; (note) } } }
            }
            @if let Some(to) = &matter.passed_to {
                div { dt { "渡した先" } dd { (to) br; a href={ "/matters/" (matter.id) "/transfer" } { "移ちょう票を印刷" } } }
            }
            @if let Some(outcome) = matter.outcome { div { dt { "結果" } dd { (outcome.label()) } } }
            @if !of.shown.is_empty() {
                div {
                    dt { "供覧" }
                    dd { @for (at, shown) in of.shown.iter().enumerate() {
                        @if at > 0 { br; }
                        (shown.name) " "
                        @match shown.seen_at { Some(at) => { span.small.soft { "見た " (when(at)) } }, None => { span.small.soft { "まだ" } } }
                    } }
                }
            }
        }
    }
}

fn joints(forms: &Forms<'_>, of: &MatterCase) -> Markup {
    let writes = of.others.contains(&Act::WritePart);
    html! {
        h3 { "関係課" }
        @for joint in &of.joints {
            h4 { (joint.unit_name) }
            @match &joint.part {
                Some(part) => {
                    (parts::typed(part))
                    p.small.soft {
                        (joint.written_by.as_deref().unwrap_or(""))
                        @if let Some(at) = joint.written_at { " " (when(at)) }
                    }
                }
                None => p.soft { "意見はまだありません。" },
            }
            @if writes {
                @let form = format!("{}-{}", form_id(Some(of.matter.id), Act::WritePart), joint.unit_id);
                details open[forms.refused(&form)] {
                    summary { (joint.unit_name) "の意見を書く" }
                    (forms.part(of, joint.unit_id, &joint.unit_name))
                }
            }
        }
    }
}

fn other(case: &Case, other: &Other) -> Markup {
    let name = label(other.fiscal_year, other.register_no);
    html! {
        @if case.sees_all { a href={ "/letters/" (other.id) } { (name) } } @else { (name) }
        " " span.soft { (calendar::short_date(other.received_on)) "受付" }
    }
}

/// What was mailed about the letter, and whether it arrived as far as anybody knows.
fn mails(forms: &Forms<'_>) -> Markup {
    let case = forms.case;
    html! {
        @if case.frozen || !case.deliveries.is_empty() {
            section.card aria-labelledby="mails" {
                h2 #mails { "送ったメール" }
                ul.plain {
                    @for sent in &case.deliveries {
                        li {
                            @let kind = sent.mail.kind.label();
                            @if case.runs { a href={ "/outbox/" (sent.mail.id) } { (kind) } } @else { (kind) }
                            " " (when(sent.mail.sent_at.unwrap_or(sent.mail.created_at))) " "
                            @if sent.is_undelivered() { (parts::badge(Tone::Error, "届いていません")) }
                            @else { (parts::badge(mail_tone(sent.mail.state), sent.mail.state.label())) }
                            @for back in &sent.returns { br; span.small { (back.kind.label()) } }
                            @if sent.is_open() { (instead(case)) }
                        }
                    }
                }
                @if case.frozen {
                    p { "機械のメールが往復していたため、この手紙への自動のメールを止めています。職員が送るメールは止まりません。" }
                    @if case.runs {
                        form method="post" action={ (case.letter.path()) "/thaws" } {
                            (parts::csrf(forms.csrf))
                            (parts::submit(Weight::Secondary, "自動のメールを再開する"))
                        }
                    }
                }
            }
        }
    }
}

/// What to do about a mail that did not arrive.
fn instead(case: &Case) -> Markup {
    let sent = case.matters.iter().flat_map(|of| &of.replies).rfind(|reply| reply.state == "sent");
    html! {
        br;
        @match sent {
            Some(reply) if case.may_open_party => a href={ "/replies/" (reply.id) "/print" } { "回答書を印刷して郵便で送る" },
            _ => span.small { "電話や郵便など、別の方法で伝えてください。" },
        }
    }
}

/// Mails that came in, each to be opened in the mailroom.
fn came_in(case: &Case) -> Markup {
    html! {
        @if !case.mails.is_empty() {
            section.card aria-labelledby="came-in" {
                h2 #came-in { "届いたメール" }
                ul.plain {
                    @for mail in &case.mails {
                        li {
                            @if case.reads_mails { a href={ "/mailroom/mails/" (mail.id) } { (mail.label()) } } @else { (mail.label()) }
                            " " (when(mail.received_at))
                            @if mail.wants_a_look() { " " (parts::badge(Tone::Warning, "要確認")) }
                        }
                    }
                }
                @if case.mails.iter().any(|mail| mail.wants_a_look()) {
                    p.small { "別の差出人のメールは、内部のメモとして「これまで」にあります。内容を知らせてよい相手か、確かめてください。" }
                }
            }
        }
    }
}

fn mail_tone(state: MailState) -> Tone {
    match state {
        MailState::Queued | MailState::Cancelled => Tone::Quiet,
        MailState::InDoubt => Tone::Warning,
        MailState::Failed => Tone::Error,
        MailState::Sent => Tone::Success,
    }
}

fn related(case: &Case) -> Markup {
    let letter = &case.letter;
    let quiet = case.same_text_count == 0 && case.follows.is_none() && case.follow_ups.is_empty();
    html! {
        @if !quiet {
            section.card aria-labelledby="related" {
                h2 #related { "つながりのある手紙" }
                @if let Some(before) = &case.follows {
                    p { "この手紙は " a href=(before.path()) { (before.label()) } " の続きです。" }
                }
                @if !case.follow_ups.is_empty() {
                    p { "この手紙の続き" }
                    ul { @for next in &case.follow_ups { li { (other(case, next)) } } }
                }
                @if case.same_text_count > 0 {
                    p { "同じ文面の手紙が、ほかに" strong { (case.same_text_count) "通" } "あります。1通ずつ数え、消しません。" }
                    ul {
                        @for same in &case.same_text {
                            li { (other(case, same)) @if same.text_exact == letter.text_exact { " " span.small.soft { "一字も違いません" } } }
                        }
                    }
                }
            }
        }
    }
}

fn about(case: &Case) -> Markup {
    let letter = &case.letter;
    html! {
        section.card aria-labelledby="about" {
            h2 #about { "受付" }
            dl.facts.tight {
                div { dt { "受付簿の番号" } dd { (letter.label()) } }
                div { dt { "受付番号(差出人の控え)" } dd {
                    span.num { (ReceiptCode::grouped(&letter.receipt_code)) }
                    @if case.may_correct { br; a href={ (letter.path()) "/receipts" } { "控えを出し直す" } }
                } }
                div { dt { "届き方" } dd { (letter.channel.label()) } }
                @for (name, day) in dates(letter) { div { dt { (name) } dd { (day) } } }
                @if let Some(place) = letter.place_words() { div { dt { "場所" } dd { (place) } } }
                @if let Some(age) = letter.age_band.as_deref().and_then(AgeBand::from_code) { div { dt { "年代" } dd { (age.label()) } } }
                @if let Some(area) = letter.district.as_deref().and_then(District::from_code) { div { dt { "地区" } dd { (area.label()) } } }
                @if let Some(name) = &case.entered_by { div { dt { "入力" } dd { (name) } } }
                @if case.entered_by.is_some() {
                    div { dt { "入力の確認" } dd { @match &case.checked_by {
                        Some(name) => { (name) },
                        None if case.may_correct => { a href={ (letter.path()) "/corrections" } { "まだです。原本と見比べて確認する" } },
                        None => { "まだです" },
                    } } }
                }
                @if let Some(at) = letter.read_at { div { dt { "はじめて開いた日時" } dd { (when(at)) } } }
            }
        }
    }
}
