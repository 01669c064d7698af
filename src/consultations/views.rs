//! What the public reads of a consultation; staff and approvers see the very same parts.
//! Long because every part of the page stands beside the others.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use super::Shown;
use super::consultation::{ChannelKind, DeadlineKind, Event, EventKind, Period, Phase, days_of_period};
use super::content::{Channel, Content};
use super::paper::{Paragraph, ParagraphKind};
use super::submission::{Point, State, Submission, field_label, listed};
use crate::calendar;
use crate::files::size_in_words;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Table, Tone, Weight, col, head, num};

/// The colour of a phase.
pub fn tone(phase: Phase) -> Tone {
    match phase {
        Phase::Open => Tone::Success,
        Phase::Coming => Tone::Info,
        Phase::Suspended => Tone::Warning,
        Phase::Closed | Phase::Cancelled => Tone::Quiet,
    }
}

/// A date, in one piece.
fn day(day: NaiveDate) -> Markup {
    parts::time(day, calendar::era_date(day))
}

/// The last day in words, with what is left of it.
pub fn deadline_words(period: &Period, now: DateTime<Utc>) -> Markup {
    let last = day(period.closing_on);
    html! {
        @match period.phase(now) {
            Phase::Open => {
                (last)
                span.nowrap {
                    "まで"
                    @match period.days_left(calendar::tokyo_day(now)) {
                        0 => "(今日が最終日です)",
                        left => { "(あと" (left) "日)" },
                    }
                }
            },
            Phase::Coming => { (day(period.opens_on)) "から" (last) "まで" },
            Phase::Suspended => { (last) span.nowrap { "まで" } "(いまは受付を止めています)" },
            Phase::Closed => { (last) "に" span.nowrap { "終わりました" } },
            Phase::Cancelled => "募集を中止しました",
        }
    }
}

/// `GET /consultations`.
pub fn list(shell: &Shell, all: &[Shown], now: DateTime<Utc>) -> Markup {
    let of = |phases: &'static [Phase]| all.iter().filter(move |s| phases.contains(&s.period.phase(now)));
    page::citizen(shell, "意見募集(パブリックコメント)")
        .feed("/feeds/consultations.atom", "意見募集のお知らせ")
        .lead(html! { "計画や条例の案を決める前に、みなさんのご意見をお聞きします。いただいたご意見と市の考え方は、市のホームページと担当課の窓口で公表します。" })
        .body(html! {
            h2 { "いま募集しているもの" }
            (cards(of(&[Phase::Open, Phase::Suspended]), now, "いま募集しているものはありません。"))
            @if of(&[Phase::Coming]).next().is_some() {
                h2 { "これから募集するもの" }
                (cards(of(&[Phase::Coming]), now, ""))
            }
            h2 { "終わったもの" }
            (cards(of(&[Phase::Closed, Phase::Cancelled]), now, "終わった意見募集は、まだありません。"))
            section.stack {
                h2 { "新しい募集を知る" }
                p.way { a href="/subscriptions/new" { "募集の開始・締切間近・結果の公表をメールで受け取る" } }
                p { a href="/feeds/consultations.atom" { "Atomフィード" } "でも、新しい募集と期間の変更をお知らせします。" }
            }
        })
}

fn cards<'a>(shown: impl Iterator<Item = &'a Shown>, now: DateTime<Utc>, none: &str) -> Markup {
    let shown: Vec<&Shown> = shown.collect();
    html! {
        @if shown.is_empty() { @if !none.is_empty() { p.soft { (none) } } }
        @for one in shown { (card(one, now)) }
    }
}

/// One consultation in a list.
pub fn card(shown: &Shown, now: DateTime<Utc>) -> Markup {
    let phase = shown.period.phase(now);
    html! {
        section.card {
            h3 { a href=(format!("/consultations/{}", shown.row.id)) { (shown.content.title) "(" (shown.content.draft_label) ")" } }
            .badges {
                (parts::badge(tone(phase), phase.label()))
                @if shown.result.is_some() { (parts::badge(Tone::Info, "結果公表済み")) }
            }
            p { (deadline_words(&shown.period, now)) }
            @if let Some((_, at)) = shown.result {
                p {
                    a href=(format!("/consultations/{}/result", shown.row.id)) { "結果を読む" span.hidden-text { "(" (shown.content.title) ")" } }
                    " " span.soft { (day(at.tokyo_day())) "公表" }
                }
            }
            p.soft { (shown.content.unit_name) }
        }
    }
}

/// `GET /consultations/{id}`; `texts` are the papers that have a text: title, id, paragraphs.
pub fn show(
    shell: &Shell,
    shown: &Shown,
    texts: &[(i64, String, Vec<Paragraph>)],
    now: DateTime<Utc>,
) -> Markup {
    let Shown { row, content, period, events, .. } = shown;
    let phase = period.phase(now);
    let path = format!("/consultations/{}", row.id);
    let title = format!("{}({})", content.title, content.draft_label);
    let write = format!("{path}/comments/new");
    let by_web = content.channels.iter().any(|c| c.kind == ChannelKind::Web);
    page::citizen(shell, &title)
        .crumb("/consultations", "意見募集")
        .feed("/feeds/consultations.atom", "意見募集のお知らせ")
        .body(html! {
            .badges { (parts::badge(tone(phase), phase.label())) }
            p.lead { strong { (deadline_words(period, now)) } }
            @for event in events.iter().rev() { (self::event(event)) }
            @if let Some((_, at)) = shown.result {
                (parts::notice(Tone::Success, "結果を公表しました", html! {
                    p { (day(at.tokyo_day())) "に、いただいたご意見と市の考え方を公表しました。" a href={ (path) "/result" } { "結果を読む" } }
                }))
            }
            @if phase == Phase::Open && by_web {
                .actions {
                    (parts::link_button(Weight::Primary, &write, "意見を書く"))
                    (parts::link_button(Weight::Secondary, &format!("{path}/calendar.ics"), "最終日を予定表に入れる"))
                }
            }
            @if phase != Phase::Cancelled {
                p.way { a href=(format!("/subscriptions/new?consultation={}", row.id)) { "募集の開始・締切間近・結果の公表をメールで受け取る" } }
            }
            (announcement(content, Some(row.id)))
            @for (paper_id, name, paragraphs) in texts {
                section.stack id=(format!("paper-{paper_id}")) {
                    h2 { (name) }
                    @if phase == Phase::Open && by_web {
                        p.soft { "段落ごとに「ここに意見を書く」から、その場所についてのご意見を書けます。" }
                    }
                    (text_of_paper(paragraphs, (phase == Phase::Open && by_web).then_some((write.as_str(), *paper_id))))
                }
            }
        })
}

/// Everything that was approved, in the order of reading. Files are linked where the consultation has an address.
pub fn announcement(content: &Content, id: Option<i64>) -> Markup {
    let days = days_of_period(content.noticed_on, content.closes_on);
    html! {
        section.stack {
            h2 { "案の要点" }
            (parts::typed(&content.summary))
            @if !content.plain_summary.is_empty() {
                details { summary { "やさしい日本語" } (parts::typed(&content.plain_summary)) }
            }
            h2 { "なぜこの案を作るのか" }
            (parts::typed(&content.background))
            (parts::facts([
                ("根拠", html! { (content.basis) }),
                ("公示日", html! { (calendar::era_date(content.noticed_on)) }),
                ("募集期間", html! {
                    (day(content.opens_on)) "から" (day(content.closes_on)) "まで" span.nowrap { "(公示日から数えて" (days) "日)" }
                }),
                ("担当", html! { (content.unit_name) }),
            ]))
            @if !content.short_reason.trim().is_empty() {
                (parts::notice(Tone::Info, "募集期間が30日より短い理由", parts::typed(&content.short_reason)))
            }
        }
        section.stack {
            h2 { "公表する資料" }
            ul {
                @for paper in &content.papers {
                    li {
                        (paper.kind.label()) " "
                        @match (&paper.file, id) {
                            (Some((file, name, size)), Some(id)) => {
                                a href=(format!("/consultations/{id}/papers/{file}")) { (paper.title) "(" (name) "、" (size_in_words(*size)) ")" }
                            },
                            _ => { strong { (paper.title) } },
                        }
                        @if paper.paragraphs > 0 {
                            " "
                            @if id.is_some() { a href=(format!("#paper-{}", paper.paper_id)) { "この画面で読む" } }
                            @else { "(文章あり、" (paper.paragraphs) "段落)" }
                        }
                        @if !paper.access_note.trim().is_empty() { br; span.soft { (paper.access_note) } }
                    }
                }
            }
            h2 { "資料を見られる場所" }
            (places(content))
        }
        section.stack {
            h2 { "意見を出せる方" }
            ul { @for who in &content.eligibility { li { (who.label()) } } }
            @if !content.eligibility_note.trim().is_empty() { (parts::typed(&content.eligibility_note)) }
            h2 { "意見の出し方" }
            (channels(content))
            h2 { "いただいたご意見の扱い" }
            (parts::typed(&content.result_note))
            ul {
                li { @if content.publish_full { "ご意見は、お名前などを伏せて、全文を公表します。" } @else { "ご意見は、要旨をまとめて公表します。全文を読める場所:" (content.originals_place) } }
                @if let Some(day) = content.decision_planned_on { li { "決定の予定 " (calendar::era_date(day)) } }
            }
            h2 { "問合せ先" }
            (contact(content))
        }
    }
}

/// What is not announced yet, for somebody who was given the link.
pub fn preview(shell: &Shell, content: &Content, texts: &[(String, Vec<Paragraph>)]) -> Markup {
    let title = format!("{}({})", content.title, content.draft_label);
    page::citizen(shell, &title).body(html! {
        (parts::notice(Tone::Warning, "公示前の内容です", html! {
            p { "確かめていただくための画面です。内容は変わることがあります。リンクをほかの人に知らせないでください。" }
        }))
        (announcement(content, None))
        @for (name, paragraphs) in texts {
            section.stack { h2 { (name) } (text_of_paper(paragraphs, None)) }
        }
    })
}

fn contact(content: &Content) -> Markup {
    let all: [(&str, &str); 5] = [
        ("担当", &content.unit_name),
        ("場所", &content.contact_place),
        ("電話", &content.contact_phone),
        ("ファクス", &content.contact_fax),
        ("メール", &content.contact_email),
    ];
    let shown = |term: &str, what: &str| match term {
        "電話" => parts::phone(what),
        _ => html! { (what) },
    };
    parts::facts(all.into_iter().filter(|(_, v)| !v.trim().is_empty()).map(|(k, v)| (k, shown(k, v))))
}

/// Places with the same hours together: the offices of a city mostly keep the same.
fn places(content: &Content) -> Markup {
    let mut by_hours: Vec<(&str, Vec<&str>)> = Vec::new();
    for place in &content.places {
        match by_hours.iter_mut().find(|(hours, _)| *hours == place.hours) {
            Some((_, names)) => names.push(place.name.as_str()),
            None => by_hours.push((place.hours.as_str(), vec![place.name.as_str()])),
        }
    }
    html! {
        @for (hours, names) in &by_hours {
            @if !hours.trim().is_empty() { p { strong { (hours) } } }
            ul.inline-list { @for name in names { li { (name) } } }
        }
    }
}

/// How each way works and what the last day means for it.
fn channels(content: &Content) -> Markup {
    let mut table =
        Table::new("意見の出し方", [head("方法"), col("あて先"), col("最終日の扱い")]).quiet_caption();
    for channel in &content.channels {
        table = table.row([
            html! { (channel.kind.label()) },
            html! {
                @if channel.kind == ChannelKind::Web { "この画面の「意見を書く」から送れます。" }
                (channel.address)
                @if !channel.note.trim().is_empty() { br; span.soft { (channel.note) } }
            },
            html! { (last_day(channel)) },
        ]);
    }
    html! { (table) }
}

fn last_day(channel: &Channel) -> &'static str {
    match (channel.kind, channel.deadline) {
        (_, DeadlineKind::Postmark) => "最終日の消印があれば有効",
        (ChannelKind::Web | ChannelKind::Email | ChannelKind::Fax, _) => {
            "最終日の終わり(午後11時59分)までに届いたもの"
        }
        (ChannelKind::Post, _) => "最終日までに届いたもの(必着)",
        (ChannelKind::HandIn, _) => "最終日の受付時間まで",
    }
}

/// What happened to a period, as the public reads it.
pub fn event(event: &Event) -> Markup {
    let at = |instant: crate::db::Instant| calendar::tokyo_clock(instant.utc());
    parts::notice(
        if event.kind == EventKind::Resumption { Tone::Info } else { Tone::Warning },
        event.kind.label(),
        html! {
            @match event.kind {
                EventKind::Extension => {
                    p {
                        "募集の最終日を" @if let Some(day) = event.new_closes_on { strong { (self::day(day)) } } "まで延ばします。"
                        "この日までに届いたご意見は、すべて期間内のものとして扱います。"
                    }
                },
                EventKind::Suspension => p { (at(event.from_at)) "から、募集を一時止めます。" },
                EventKind::Resumption => p { (at(event.from_at)) "から、募集を再開します。" },
                EventKind::Cancellation => p { (at(event.from_at)) "に、募集を中止します。" },
                EventKind::Outage => {
                    p { (at(event.from_at)) "から" @if let Some(to) = event.to_at { (at(to)) } "まで、ウェブでの受付が止まっていました。" }
                },
            }
            p { "理由 " (event.reason) }
        },
    )
}

/// A paper's text with an anchor at each paragraph; with `write`, a link to write about it: the form's address and the
/// paper.
pub fn text_of_paper(paragraphs: &[Paragraph], write: Option<(&str, i64)>) -> Markup {
    html! {
        .prose.stack {
            @for paragraph in paragraphs {
                @let anchor = write.map(|(_, paper)| format!("p-{paper}-{}", paragraph.code));
                @if paragraph.kind == ParagraphKind::Heading {
                    @if paragraph.level <= 1 { h3 id=[anchor.as_deref()] { (paragraph.body) } }
                    @else { h4 id=[anchor.as_deref()] { (paragraph.body) } }
                } @else {
                    div id=[anchor.as_deref()] {
                        @if paragraph.kind == ParagraphKind::Item { (parts::typed(&format!("・{}", paragraph.body))) }
                        @else { (parts::typed(&paragraph.body)) }
                        @if let Some((form, paper)) = write {
                            p.way.small {
                                a href=(format!("{form}?paragraph={paper}:{}", paragraph.code)) rel="nofollow" {
                                    "ここに意見を書く" span.hidden-text { "(" (paragraph.place) ")" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How many there are in each state, by the way they came, with a sum line.
pub fn tally(rows: &[(ChannelKind, State, i64)]) -> Markup {
    let count = |kind: Option<ChannelKind>, state: Option<State>| -> i64 {
        rows.iter()
            .filter(|(k, s, _)| kind.is_none_or(|kind| kind == *k) && state.is_none_or(|state| state == *s))
            .map(|(_, _, n)| n)
            .sum()
    };
    // a way of handling that no submission met is no column: on the last evening the numbers that are there count
    let states: Vec<State> = State::ALL.iter().copied().filter(|s| count(None, Some(*s)) > 0).collect();
    let mut columns = vec![head("方法")];
    columns.extend(states.iter().map(|s| num(s.label())));
    columns.push(num("計"));
    let mut table = Table::new("届いた意見の数", columns);
    if states.len() <= 3 {
        table = table.unstacked();
    }
    for kind in ChannelKind::ALL.iter().map(|k| Some(*k)).chain([None]) {
        let mut cells = vec![html! { (kind.map_or("計", ChannelKind::label)) }];
        cells.extend(states.iter().map(|s| html! { (count(kind, Some(*s))) }));
        cells.push(html! { (count(kind, None)) });
        table = table.row(cells);
    }
    html! { (table) }
}

/// One point on paper.
pub fn point_paper(target: &str, opinion: &str, reason: &str) -> Markup {
    html! {
        (parts::letter_paper(if target.is_empty() { "案の全体について" } else { target }, opinion, html! {}))
        @if !reason.trim().is_empty() { (parts::facts([("理由", parts::typed(reason))])) }
    }
}

/// What an extension means for opinions that came late, for staff; none where there are none.
pub fn made_timely(event: &Event, late: i64) -> Option<String> {
    match (late, event.published_at) {
        (0, _) => None,
        (_, None) => {
            Some(format!("期限後に届いた意見のうち{late}通が、公表と同時に期間内の扱いになります。"))
        }
        (_, Some(_)) => Some(format!("期限後に届いていた意見{late}通が、期間内の扱いになりました。")),
    }
}

/// Required fields that are empty, in words.
pub fn missing_words(missing: &str) -> String {
    listed(missing).into_iter().map(field_label).collect::<Vec<_>>().join("、")
}

/// A submission as its sender meets it again by the receipt; `answers` is what the result says of it.
#[expect(clippy::needless_pass_by_value, reason = "views write the markup in place")]
pub fn status(
    shell: &Shell,
    shown: &Shown,
    found: &Submission,
    points: &[Point],
    files: usize,
    answers: Markup,
    now: DateTime<Utc>,
) -> Markup {
    use super::consultation::State as Work;
    let path = format!("/consultations/{}", shown.row.id);
    let at = calendar::tokyo_clock_with_year(found.received_at.utc());
    let stage = match shown.row.state {
        Work::ResultPublished | Work::Archived => "結果を公表しました。",
        Work::Cancelled => "この意見募集は中止になりました。",
        // what is answered is what came in time
        _ if found.state == State::Late => "受け付けました。担当の課が読み、参考にします。",
        Work::Decided | Work::ResultInApproval => "市の考え方をまとめ、結果の公表を準備しています。",
        Work::Sorting | Work::Answering => {
            "いただいたご意見を読み、内容ごとに整理して、市の考え方をまとめています。"
        }
        _ if shown.period.phase(now) == Phase::Closed => {
            "募集が終わりました。これから、すべてのご意見を読みます。"
        }
        _ => "受け付けました。募集期間が終わったあと、すべてのご意見を読みます。",
    };
    page::citizen(shell, "お送りいただいたご意見").crumb("/receipts", "手紙やご意見のその後").body(html! {
        p.lead { (stage) }
        (parts::facts([
            ("意見募集", html! { a href=(path) { (shown.content.title) "(" (shown.content.draft_label) ")" } }),
            ("募集期間", html! { (deadline_words(&shown.period, now)) }),
            ("受付", html! { (at) " " span.nowrap { (found.channel.label()) } }),
            ("扱い", html! { (found.state.label()) }),
        ]))
        @if found.extended_by.is_some() && !matches!(found.state, State::OffTopic | State::Withdrawn) {
            (parts::notice(Tone::Info, "募集期間が延びました", html! {
                p { "もとの最終日のあとに届きましたが、期間が延びたので、期間内のご意見として扱います。" }
            }))
        }
        @match found.state {
            State::Late => (parts::notice(Tone::Warning, "期限後に届きました", html! {
                p { "期間内のご意見とは分けて数え、結果には数だけを載せます。市の考え方をお答えする対象にはなりません。" }
            })),
            State::Incomplete => (parts::notice(Tone::Info, "空欄のまま届いた項目があります", html! {
                p { (missing_words(&found.missing)) "が書かれていません。ご意見は受け付けて読みます。" }
                @if !shown.row.count_incomplete { p { "この募集では、件数には入れません。" } }
            })),
            State::OffTopic => (parts::notice(Tone::Info, "案とは別のことについてのご意見でした", html! {
                p { (found.state_reason.as_deref().unwrap_or("担当へ伝え、参考にします。")) }
            })),
            State::Received | State::Accepted | State::Withdrawn => {},
        }
        (answers)
        section.stack {
            h2 { "お送りいただいた文章" }
            @for point in points { (point_paper(&point.target, &point.opinion, &point.reason)) }
            @if files > 0 { p { "添付 " (files) "件" } }
        }
    })
}
