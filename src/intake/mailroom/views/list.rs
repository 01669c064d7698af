//! Lists of mails: exceptions, spam, bounces and everything else, and the sample of the spam.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::super::SAMPLE;
use super::super::asked::Asked;
use super::super::store::LetterLine;
use super::{count, letter_link, moment, since, tone};
use crate::intake::mail::Day;
use crate::intake::mail::Summary;
use crate::intake::mail::incoming::{Reason, Source, State};
use crate::intake::mail::store::{Entry, Returned};
use crate::people::{May, Viewer};
use crate::text::input::show_hidden;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, grouped, head};

/// A mail of a list.
pub struct Line {
    pub entry: Entry,
    /// What was read of it; without names for whom they are not.
    pub summary: Summary,
    pub letter: Option<LetterLine>,
    /// What a bounce says.
    pub returned: Option<Returned>,
    /// For a bounce of a mail of ours: whether a person has seen to it.
    pub settled: Option<bool>,
}

/// A page of a list.
pub struct List {
    pub lines: Vec<Line>,
    pub more: bool,
    pub count: i64,
    /// How many stand where, over all.
    pub stand: Day,
    /// Exceptions nobody is done with.
    pub open: i64,
    pub now: Option<DateTime<Utc>>,
    pub errors: Errors,
}

const TABS: [State; 9] = [
    State::Exception,
    State::Spam,
    State::Bounce,
    State::Automatic,
    State::Duplicate,
    State::Letter,
    State::Message,
    State::Opinion,
    State::Waiting,
];

/// GET `/mailroom/mails`.
pub fn list(shell: &Shell, viewer: &Viewer, asked: &Asked, list: &List) -> Markup {
    let title = match asked.state {
        _ if *asked == (Asked { before: asked.before.clone(), all: asked.all, ..Asked::strangers() }) => {
            "別の差出人から届いたメール".to_owned()
        }
        Some(State::Exception) => "要確認のメール".to_owned(),
        Some(State::Spam) if asked.sample => "迷惑メールの抜き取り確認".to_owned(),
        Some(state) => format!("届いたメール({})", state.label()),
        None => "届いたメール".to_owned(),
    };
    let lead = html! {
        p role="status" { strong { (grouped(count(list.count))) "通" } " / " @if asked.sample { "偏りなく選んだ" (SAMPLE) "通まで" } @else { "新しい順" } }
        @if let Some(words) = about(asked) { p { (words) } }
    };
    page::staff(shell, &title).wide().crumb("/mailroom", "メール室").lead(lead).errors(&list.errors).body(html! {
        (tabs(asked, list))
        @if !asked.sample { (search(asked, list)) }
        @if asked.sample && viewer.can(May::RunLetters) && !list.lines.is_empty() {
            form.stack method="post" action="/mailroom/spam-reviews" {
                (parts::csrf(&viewer.csrf))
                @for line in &list.lines { (parts::hidden("mail[]", &line.entry.id)) }
                (table(viewer, asked, list))
                p { "迷惑メールでないものが一つでもあれば、先に件名を押して開き、「新しい手紙にする」を押してください。" }
                .actions { (parts::submit(Weight::Primary, &format!("この{}通は迷惑メールだと確かめた", list.lines.len()))) }
            }
        } @else {
            (table(viewer, asked, list))
        }
        (parts::pager_by_cursor(
            asked.before.as_ref().map(|_| asked.path()).as_deref(),
            list.lines.last().filter(|_| list.more).map(|last| asked.path_before(&last.entry.id)).as_deref(),
        ))
    })
}

/// What the mails of a list are, and what is to be done with them.
fn about(asked: &Asked) -> Option<&'static str> {
    match asked.state? {
        State::Exception => {
            Some("プログラムでは行き先を決められなかったメールです。開いて、行き先を決めてください。")
        }
        State::Spam => Some(
            "消さずに残してあります。市民のメールが混じっていないか、ときどき抜き取って確かめてください。",
        ),
        State::Bounce => Some(
            "市が送ったメールが届かなかった知らせです。回答が届いていないときは、印刷して郵送してください。",
        ),
        State::Automatic => Some("自動応答や一斉送信など、機械が送ったメールです。手紙にはなっていません。"),
        State::Duplicate => Some("同じメールがもう一度届いたものです。手紙は一通だけです。"),
        State::Message => Some("すでにある手紙の続きとして加えたメールです。"),
        State::Opinion => Some("意見募集の意見として受け付けたメールです。"),
        State::Waiting => Some("保管を済ませ、読み取りを待っているメールです。ふつうは数秒で終わります。"),
        State::Letter => None,
    }
}

fn tabs(asked: &Asked, list: &List) -> Markup {
    let hrefs: Vec<(Option<State>, String)> = TABS
        .iter()
        .map(|state| (Some(*state), Asked::of(*state).path()))
        .chain([(None, Asked::default().path())])
        .collect();
    parts::tabs(
        "メールの行き先",
        hrefs.iter().map(|(state, href)| {
            let number = match state {
                Some(State::Exception) => list.open,
                Some(state) => list.stand.of(*state),
                None => list.stand.came,
            };
            let label = state.map_or("すべて", State::label);
            (label, href.as_str(), Some(count(number)), asked.state == *state)
        }),
    )
}

fn search(asked: &Asked, list: &List) -> Markup {
    let reasons: Vec<Reason> = reasons_of(asked.state);
    html! {
        form.filters method="get" action="/mailroom/mails" role="search" {
            @if let Some(state) = asked.state { (parts::hidden("state", state.code())) }
            @if let Some(standing) = asked.standing { (parts::hidden("standing", standing.code())) }
            .fields-row {
                (Field::date("on", "届いた日").value(&asked.day).errors(&list.errors))
                @if reasons.len() > 1 {
                    (Choice::select("reason", "理由").option("", "すべて")
                        .options(reasons.iter().map(|r| (r.code(), r.label()))).chosen(asked.reason.map_or("", Reason::code)))
                }
                (Choice::select("source", "入り口").option("", "すべて")
                    .options(Source::ALL.iter().map(|s| (s.code(), s.label()))).chosen(asked.source.map_or("", Source::code)))
                @if asked.is_work() {
                    (Choice::checks("all", "確認済み").option("yes", "確認済みも出す").chosen(if asked.all { "yes" } else { "" }))
                }
            }
            .actions { (parts::submit(Weight::Primary, "絞り込む")) }
            @if asked.state == Some(State::Spam) {
                p.way { a href=(Asked { sample: true, ..Asked::of(State::Spam) }.path()) { "まだ見ていないものを抜き取って確かめる" } }
            }
        }
    }
}

/// Reasons that occur in a state.
fn reasons_of(state: Option<State>) -> Vec<Reason> {
    match state {
        Some(State::Exception) => vec![
            Reason::Empty,
            Reason::Forged,
            Reason::WhichConsultation,
            Reason::Unreadable,
            Reason::TooSlow,
            Reason::Crashed,
            Reason::Damaged,
            Reason::NotStored,
        ],
        Some(State::Spam) => vec![Reason::Scored, Reason::ByHand],
        Some(State::Automatic) => vec![Reason::AutoReply, Reason::List, Reason::OwnMail],
        Some(_) => Vec::new(),
        None => Reason::ALL.to_vec(),
    }
}

fn empty(asked: &Asked) -> Markup {
    let narrowed = asked.reason.is_some() || asked.source.is_some() || !asked.day.is_empty();
    if narrowed {
        let all = asked.state.map(Asked::of).unwrap_or_default().path();
        return parts::empty(
            "条件に合うメールはありません",
            html! { p.way { a href=(all) { "条件を外す" } } },
        );
    }
    let (title, words) = match asked.state {
        _ if asked.standing.is_some() => {
            ("確かめるメールはありません", "手紙の差出人でない人が、その手紙へ返信すると、ここに並びます。")
        }
        Some(State::Exception) => {
            ("要確認のメールはありません", "行き先を決められないメールが届くと、ここに並びます。")
        }
        Some(State::Spam) => {
            ("迷惑メールはありません", "迷惑メールと判定したものが、理由とともにここに並びます。")
        }
        _ => ("メールはありません", "届くと、新しい順にここに並びます。"),
    };
    parts::empty(title, html! { p { (words) } })
}

fn table(viewer: &Viewer, asked: &Asked, list: &List) -> Markup {
    let sealed = matches!(asked.state, Some(State::Letter | State::Message | State::Opinion));
    let named = viewer.can(May::RunLetters) && !sealed;
    let columns = [head("件名")].into_iter().chain(named.then_some(col("差出人(メールにある名前)"))).chain([
        col("届いたとき"),
        col("行き先と理由"),
        col("手紙"),
        col("入り口"),
    ]);
    let mut table = Table::new("届いたメールの一覧", columns).quiet_caption().keyed().or_empty(empty(asked));
    for line in &list.lines {
        let entry = &line.entry;
        let edge = if entry.settled_at.is_some() { Tone::Quiet } else { tone(entry.state) };
        let edge = if matches!(edge, Tone::Warning | Tone::Error) { edge } else { Tone::Quiet };
        let cells = [html! { a href={ "/mailroom/mails/" (entry.id) } { (subject(line)) } }]
            .into_iter()
            .chain(named.then(|| html! { (sender(&line.summary)) }))
            .chain([came(line, list.now), place(line), of_letter(line), html! { (entry.source.label()) }]);
        table = table.toned_row(edge, cells);
    }
    html! { (table) }
}

fn subject(line: &Line) -> String {
    let summary = &line.summary;
    match () {
        () if line.entry.summary.is_none() => "(まだ読めていません)".to_owned(),
        () if summary.subject.is_empty() => "(件名なし)".to_owned(),
        () => show_hidden(&summary.subject).into_owned(),
    }
}

fn sender(summary: &Summary) -> String {
    let shown = if summary.from_name.is_empty() { &summary.from } else { &summary.from_name };
    if shown.is_empty() {
        return "—".to_owned();
    }
    show_hidden(shown).into_owned()
}

fn came(line: &Line, now: Option<DateTime<Utc>>) -> Markup {
    let waits =
        matches!(line.entry.state, State::Exception | State::Waiting) && line.entry.settled_at.is_none();
    html! {
        (moment(line.entry.received_at))
        @if let Some(now) = now.filter(|_| waits) {
            " " span.nowrap { "(" (since(line.entry.received_at.utc(), now)) "前)" }
        }
    }
}

fn place(line: &Line) -> Markup {
    let entry = &line.entry;
    html! {
        (parts::badge(tone(entry.state), entry.state.label()))
        @if let Some(reason) = entry.reason { " " (reason.label()) }
        @if let Some(standing) = entry.standing { " " (standing.label()) }
        @if let Some(score) = entry.spam_score { " 判定 " (format!("{score:.1}")) "点" }
        @if entry.state == State::Bounce {
            @if line.returned.as_ref().is_some_and(|r| r.hard) { " / 宛先がありません" }
            @if let Some(status) = line.returned.as_ref().and_then(|r| r.status.as_ref()) { " / " span.nowrap { "状態コード " (status) } }
            @match line.settled {
                Some(true) => " / 対応を記録済み",
                Some(false) => { " " (parts::badge(Tone::Error, "対応が必要")) },
                None => {},
            }
        }
        @if entry.settled_at.is_some() { " 確認済み" }
    }
}

fn of_letter(line: &Line) -> Markup {
    html! {
        @match (&line.letter, line.entry.submission_id) {
            (Some(letter), _) => (letter_link(letter)),
            (None, Some(opinion)) => a href={ "/submissions/" (opinion) } { "提出意見 " (opinion) },
            (None, None) => span aria-hidden="true" { "—" },
        }
    }
}
