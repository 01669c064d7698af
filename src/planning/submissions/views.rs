//! The page of a submission: its text first, then what is known of it, then what can be done.

use maud::{Markup, html};

use super::super::arrived::filter::Filter;
use crate::calendar::{self, era_date, tokyo_clock_with_year};
use crate::consultations::consultation::Consultation;
use crate::consultations::handling::REASON_LIMIT;
use crate::consultations::submission::{Handling, Point, State, Submission};
use crate::consultations::views as public;
use crate::files::{self, Holder, Kept};
use crate::letters::letter::Relation;
use crate::people::party::PartyDetails;
use crate::people::sender::{SenderForm, ask_why, details_of, opened_notice};
use crate::trail::Recorded;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Moment, Tense, Tone, Weight};

/// The paragraph a point was written at.
pub(super) struct Place {
    /// The paper's title.
    pub(super) paper: String,
    /// Where it stands, in words.
    pub(super) place: String,
    /// Its code.
    pub(super) code: String,
    /// Its text.
    pub(super) body: String,
}

/// A submission with everything around it but its sender.
pub(super) struct Opened {
    pub(super) row: Consultation,
    pub(super) found: Submission,
    pub(super) points: Vec<(Point, Option<Place>)>,
    pub(super) files: Vec<Kept>,
    pub(super) history: Vec<Recorded>,
    pub(super) entered_by: Option<String>,
    pub(super) checked_by: Option<String>,
    /// The mail it came in, for who may read it.
    pub(super) mail: Option<String>,
    /// The list it was opened from.
    pub(super) filter: Filter,
    /// The submission before and the one after, in that list.
    pub(super) around: (Option<i64>, Option<i64>),
    /// The viewer may open the letter it is too.
    pub(super) sees_letters: bool,
    pub(super) runs: bool,
    pub(super) may_check: bool,
    pub(super) may_open_sender: bool,
}

impl Opened {
    /// The address of an act on it, from which one comes back to the same list.
    fn act(&self, what: &str) -> String {
        self.filter.path(&format!("{}{what}", self.found.path()))
    }
}

/// The colour of a state.
pub fn tone(state: State) -> Tone {
    match state {
        State::Received => Tone::Info,
        State::Accepted => Tone::Success,
        State::Late | State::Incomplete => Tone::Warning,
        State::OffTopic | State::Withdrawn => Tone::Quiet,
    }
}

/// `GET /consultations/{id}/submissions/{no}`.
pub(super) fn show(
    shell: &Shell,
    csrf: &str,
    opened: &Opened,
    fields: &Fields,
    errors: &Errors,
    scanner: bool,
) -> Markup {
    let Opened { row, found, .. } = opened;
    let address = format!("{}/submissions", row.path());
    let list = opened.filter.path(&address);
    let title = format!("提出意見 {}", found.id);
    let to = |id: i64| opened.filter.path(&format!("{address}/{id}"));
    page::staff(shell, &title)
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .crumb(&list, "届いた意見")
        .errors(errors)
        .body(html! {
            .badges {
                (parts::badge(tone(found.state), found.state.label()))
                @if found.disputed_at.is_some() { (parts::badge(Tone::Error, "本人は送っていないとのこと")) }
                @if found.wants_second_look() { (parts::badge(Tone::Warning, "入力の確認待ち")) }
            }
            (notices(opened))
            .split {
                div.stack {
                    @for (no, (point, place)) in (1..).zip(&opened.points) {
                        section.stack aria-label=(format!("意見 {no}")) {
                            @if opened.points.len() > 1 { h2 { "意見 " (no) } }
                            @if let Some(place) = place { (written_at(place)) }
                            (public::point_paper(&point.target, &point.opinion, &point.reason))
                        }
                    }
                    (files::attached_to(Holder::Submission(found.id), &opened.files, scanner))
                    nav.pager aria-label="前後の意見" {
                        ul {
                            @if let Some(before) = opened.around.0 { li { a rel="prev" href=(to(before)) { "前の意見" } } }
                            @if let Some(after) = opened.around.1 { li { a rel="next" href=(to(after)) { "次の意見" } } }
                        }
                    }
                }
                div.stack {
                    (known(opened))
                    @if opened.may_check { (second_look(csrf, opened)) }
                    @if opened.runs { (decide(csrf, opened, fields, errors)) }
                    section.stack aria-labelledby="history" {
                        h2 #history { "これまでの経過" }
                        (history(&opened.history))
                    }
                }
            }
        })
}

fn notices(opened: &Opened) -> Markup {
    let found = &opened.found;
    html! {
        @if let Some(at) = found.disputed_at {
            (parts::notice(Tone::Warning, "本人が送っていないと知らせがありました", html! {
                p { "書かれている連絡先の持ち主から、「送っていない」と知らせがありました(" (tokyo_clock_with_year(at.utc())) ")。意見は残ります。扱いを決めて、理由を残してください。" }
            }))
        }
        @if let Some(reason) = &found.state_reason {
            (parts::notice(Tone::Info, found.state.label(), html! { p { "理由 " (reason) } }))
        }
        @if found.state == State::Incomplete {
            (parts::notice(Tone::Info, "空欄の項目があります", html! {
                p { (public::missing_words(&found.missing)) "が書かれていません。"
                    @if opened.row.count_incomplete { "この募集では、このままでも件数に数えます。" }
                    @else { "この募集では、このままでは件数に数えません。意見は読みます。数えるときは、理由を残して「受理する」にします。" } }
            }))
        }
        @if let Some(letter) = found.letter_id {
            (parts::notice(Tone::Info, "手紙としても届いています", html! {
                @if opened.sees_letters { p { a href={ "/letters/" (letter) } { "手紙を開く" } } }
                p { "手紙のほうは、広聴担当が「対象外」にします。" }
            }))
        }
    }
}

/// The paragraph a point was written at, folded: the opinion is what is read here.
fn written_at(place: &Place) -> Markup {
    html! {
        details {
            summary { "書かれた場所 " (place.paper) " " (place.place) " " span.soft { "(" (place.code) ")" } }
            (parts::typed(&place.body))
        }
    }
}

fn known(opened: &Opened) -> Markup {
    let found = &opened.found;
    let relation: Vec<&str> =
        found.relation.split(',').filter_map(Relation::from_code).map(Relation::label).collect();
    let day = |on: Option<chrono::NaiveDate>| match on {
        Some(on) => parts::time(on, era_date(on)),
        None => html! { "なし" },
    };
    let mut facts = vec![
        ("方法", html! { (found.channel.label()) }),
        ("受付日", day(Some(found.received_on))),
        ("届いた時刻", html! { (tokyo_clock_with_year(found.received_at.utc())) }),
    ];
    if found.postmarked_on.is_some() {
        facts.push(("消印", day(found.postmarked_on)));
    }
    if found.extended_by.is_some() {
        facts.push(("募集期間の延長", html! { "もとの最終日のあとに届き、延長で期間内になりました" }));
    }
    if found.written_on.is_some() {
        facts.push(("書かれた日付", day(found.written_on)));
    }
    if let Some(name) = &opened.entered_by {
        facts.push(("入力した人", html! { (name) }));
        facts.push((
            "確かめた人",
            html! {
                @match (&opened.checked_by, found.checked_at) {
                    (Some(name), Some(at)) => { (name) "(" (calendar::tokyo_clock(at.utc())) ")" },
                    _ => "まだいません",
                }
            },
        ));
    }
    if !found.missing.is_empty() {
        facts.push(("空欄の項目", html! { (public::missing_words(&found.missing)) }));
    }
    if !relation.is_empty() {
        facts.push(("市との関係", html! { (relation.join("、")) }));
    }
    if let Some(mail) = &opened.mail {
        facts.push(("メール", html! { a href={ "/mailroom/mails/" (mail) } { "届いたメールを開く" } }));
    }
    facts.push((
        "差出人",
        html! {
            @if found.party_id.is_none() { "書かれていません" }
            @else if opened.may_open_sender { a href={ (found.path()) "/party" } { "差出人を見る" } "(理由を記録します)" }
            @else { "あり(封をしています)" }
        },
    ));
    if let Some(at) = found.confirmed_at {
        facts.push((
            "本人の確認",
            html! { "送ったとの返事がありました(" (calendar::tokyo_clock(at.utc())) ")" },
        ));
    }
    if found.org_publish_ok {
        facts.push(("団体名の公表", html! { "結果に載せてもよいとのこと" }));
    }
    parts::facts(facts)
}

fn second_look(csrf: &str, opened: &Opened) -> Markup {
    html! {
        section.card.stack aria-labelledby="second-look" {
            h2 #second-look { "入力を確かめる" }
            p { "紙(原本の画像)と文章を見比べてください。読み違いがあるときは、確かめずに、入力した人に伝えてください。" }
            form method="post" action=(opened.act("/checks")) {
                (parts::csrf(csrf))
                (parts::submit(Weight::Primary, "紙と同じことを確かめた"))
            }
        }
    }
}

fn decide(csrf: &str, opened: &Opened, fields: &Fields, errors: &Errors) -> Markup {
    let found = &opened.found;
    let mut choice = Choice::radios("handling", "どう扱いますか").errors(errors);
    for handling in found.state.handlings() {
        let note = match handling {
            Handling::Accept => "空欄があっても、件数に数えます。",
            Handling::SetAside => {
                "案とは別のことについての意見です。読んで参考にし、別に数えます。理由は差出人の画面にも出ます。"
            }
            Handling::TakeBack => "差出人から、取り下げたいと申し出があったとき。意見は残り、別に数えます。",
            Handling::Undo => "いまの扱いをやめて、届いたときの扱いに戻します。",
        };
        choice = choice.noted(handling.code(), handling.label(), note);
    }
    html! {
        section.card.stack aria-labelledby="handling-head" {
            h2 #handling-head { "扱いを決める" }
            form.form method="post" action=(opened.act("/handlings")) {
                (parts::csrf(csrf))
                (parts::hidden("version", &found.version.to_string()))
                (choice.chosen(fields.text("handling")))
                (Field::area("reason", "理由").limit(REASON_LIMIT).rows(3).value(fields.text("reason")).errors(errors)
                    .support("元に戻すときは要りません。名前などの個人情報は書かないでください。"))
                (parts::submit(Weight::Secondary, "この扱いにする"))
            }
            @if found.disputed_at.is_none() && found.party_id.is_some() {
                details {
                    summary { "電話などで「送っていない」と知らせがあったとき" }
                    form.form method="post" action=(opened.act("/disputes")) {
                        (parts::csrf(csrf))
                        p { "名前を使われた方から知らせがあったことを記録します。記録は消せません。意見は残ります。" }
                        (parts::submit(Weight::Secondary, "知らせがあったことを記録する"))
                    }
                }
            }
        }
    }
}

fn history(lines: &[Recorded]) -> Markup {
    parts::timeline(lines.iter().map(|line| {
        let told: serde_json::Value = serde_json::from_str(&line.detail).unwrap_or_default();
        let state = told.get("is").and_then(|v| v.as_str()).and_then(State::from_code).map(State::label);
        Moment {
            when: parts::time(line.at, tokyo_clock_with_year(line.at.utc())),
            what: html! { (line.words()) @if let Some(state) = state { ":" (state) } },
            note: html! {
                @if line.actor_name.is_empty() { "差出人または自動処理" } @else { (line.actor_name) }
                @if let Some(note) = told.get("note").and_then(|v| v.as_str()) { " " (note) }
            },
            tense: Tense::Past,
        }
    }))
}

/// Which submission, and the token of its form.
pub(super) struct At<'a> {
    pub(super) found: &'a Submission,
    pub(super) csrf: &'a str,
}

/// Asks why, or shows the sender once.
pub(super) fn sender(
    shell: &Shell,
    at: &At<'_>,
    fields: &Fields,
    errors: &Errors,
    opened: Option<&PartyDetails>,
) -> Markup {
    let path = at.found.path();
    let name = format!("提出意見 {}", at.found.id);
    page::staff(shell, "差出人")
        .narrow()
        .crumb("/consultations", "意見募集")
        .crumb(&path, &name)
        .errors(errors)
        .body(html! {
            @match opened {
                Some(details) => {
                    (opened_notice())
                    (details_of(details))
                    p { a href=(path) { "意見に戻る" } }
                }
                None => {
                    (ask_why(&SenderForm {
                        csrf: at.csrf,
                        action: &format!("{path}/party"),
                        reason: fields.text("reason"),
                        note: fields.text("note"),
                        errors,
                    }))
                    p { a href=(path) { "見ないで戻る" } }
                }
            }
        })
}
