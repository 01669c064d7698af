//! The staff's pages of a consultation; long because plan, desk, papers and notices share their pieces.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use super::form::{TEXT_LIMIT, channel_field, need_field};
use super::paper_handlers::sources;
use crate::approval::{Approval, Class};
use crate::calendar::{self, earliest_close};
use crate::consultations::consultation::{
    ChannelKind, Consultation, CountUnit, DeadlineKind, Eligibility, Event, EventKind, Lack, Need, Period,
    Phase, State,
};
use crate::consultations::content::Content;
use crate::consultations::paper::{PaperKind, Paragraph, ParagraphKind};
use crate::consultations::store::{Paper, Pending};
use crate::consultations::submission::State as SubmissionState;
use crate::consultations::views as public;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Upload, Weight, col, head, num};

/// One line of the list: the consultation, its period, how many submissions, its unit.
pub type Row = (Consultation, Option<Period>, i64, String);

/// `GET /consultations`.
pub fn list(shell: &Shell, rows: &[Row], now: DateTime<Utc>, may_plan: bool) -> Markup {
    let mut table = Table::new(
        "意見募集",
        [head("案件名"), col("担当課"), col("状態"), col("募集期間"), num("届いた意見")],
    )
    .quiet_caption()
    .keyed()
    .or_empty(parts::empty(
        "意見募集はまだありません",
        html! { p { "計画や条例の案について、市民の意見を募集するときに作ります。" } },
    ));
    for (row, period, all, unit) in rows {
        table = table.row([
            html! { a href=(row.path()) { (row.title) "(" (row.draft_label) ")" } },
            html! { (unit) },
            html! {
                @match period.as_ref().filter(|_| row.state == State::Announced) {
                    Some(period) => { @let phase = period.phase(now); (parts::badge(public::tone(phase), phase.label())) },
                    None => (parts::badge(Tone::Quiet, row.state.label())),
                }
            },
            html! {
                @if let Some(period) = period { (parts::time(period.opens_on, calendar::short_date(period.opens_on))) "から" (parts::time(period.closing_on, calendar::short_date(period.closing_on))) "まで" }
                @else { "未定" }
            },
            html! { (all) },
        ]);
    }
    let page = page::staff(shell, "意見募集");
    let page = if may_plan {
        page.actions(html! { (parts::link_button(Weight::Primary, "/consultations/new", "新しく準備する")) })
    } else {
        page
    };
    page.body(html! { (table) })
}

/// What the form of a plan shows.
pub struct EditPage<'a> {
    /// The token.
    pub csrf: &'a str,
    /// The consultation; none for a new one.
    pub row: Option<&'a Consultation>,
    /// The values.
    pub fields: &'a Fields,
    /// What cannot be read.
    pub errors: &'a Errors,
    /// The units it may belong to.
    pub units: &'a [(i64, String)],
    /// Days of a full period.
    pub min_days: i64,
    /// Today.
    pub today: NaiveDate,
}

/// The parts of a plan, by their places in the form.
const SECTIONS: [(&str, &str); 7] = [
    ("draft", "案について"),
    ("period", "期間"),
    ("ways", "意見の出し方"),
    ("places-of", "資料を見られる場所"),
    ("who", "意見を出す方について"),
    ("after", "結果の公表"),
    ("contact", "問合せ先"),
];

/// The form of a plan.
pub fn edit(shell: &Shell, page: &EditPage<'_>) -> Markup {
    let EditPage { csrf, row, fields, errors, units, min_days, .. } = *page;
    let title = if row.is_some() { "意見募集の内容を直す" } else { "意見募集を準備する" };
    let action = row.map_or_else(|| "/consultations".to_owned(), |r| format!("{}/edit", r.path()));
    let line = |name: &'static str, label: &'static str| {
        Field::text(name, label).full().value(fields.text(name)).errors(errors)
    };
    let area = |name: &'static str, label: &'static str, rows: u16| {
        Field::area(name, label).limit(TEXT_LIMIT).rows(rows).value(fields.text(name)).errors(errors)
    };
    let date = |name: &'static str, label: &'static str| {
        Field::date(name, label).value(fields.text(name)).errors(errors)
    };
    let unit = fields.number("unit").or(row.map(|r| r.unit_id)).map(|u| u.to_string()).unwrap_or_default();
    let codes: Vec<(String, &str)> = units.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    let minimum = u64::try_from(min_days).unwrap_or(0);
    let closing = format!(
        "公示日を1日目とし、最終日も数えて{min_days}日以上にします。今日公示するなら、最終日は{}以後です。",
        calendar::era_date(earliest_close(page.today, minimum))
    );
    let chosen: Vec<&str> = fields.all("eligibility");
    let page = page::staff(shell, title).narrow().crumb("/consultations", "意見募集");
    let above = row.map(Consultation::path).unwrap_or_default();
    let page = match row {
        Some(row) => page.crumb(&above, &row.title),
        None => page,
    };
    page.errors(errors).script("counter.js").body(html! {
        nav aria-label="この画面の内容" {
            ul.inline-list {
                @for (id, name) in SECTIONS { li { a href={ "#" (id) } { (name) } } }
            }
        }
        form.form method="post" action=(action) {
            (parts::csrf(csrf))
            @if let Some(row) = row { (parts::hidden("version", &row.version.to_string())) }
            section.form-section.form #draft {
                h2 { "案について" }
                (line("title", "案件名").required())
                (Field::text("draft_label", "案の呼び名").support("案、素案、原案など。").medium().value(fields.text("draft_label")).errors(errors))
                (Choice::select("unit", "担当課").required().option("", "選んでください").options(codes.iter().map(|(c, n)| (c.as_str(), *n))).chosen(&unit).errors(errors))
                (line("basis", "根拠となる法令や計画"))
                (area("summary", "案の要点", 6).support("はじめて読む方に分かる言葉で。何が変わるのか、だれに関わるのか。"))
                (area("background", "なぜこの案を作るのか", 5))
                (area("plain_summary", "やさしい日本語の要点", 4).optional())
            }
            section.form-section.form #period {
                h2 { "期間" }
                (date("noticed_on", "公示日"))
                (date("opens_on", "募集の初日"))
                (date("closes_on", "募集の最終日").support(&closing))
                (area("short_reason", "期間が短い理由", 3).support("足りないときだけ書きます。案とともに公表されます。"))
                (date("prenotice_on", "予告の日").optional())
                (date("decision_planned_on", "決定の予定日").optional())
            }
            section.form-section.form #ways {
                h2 { "意見の出し方" }
                @for kind in ChannelKind::ALL { (channel(*kind, fields, errors)) }
            }
            section.form-section.form #places-of {
                h2 { "資料を見られる場所" }
                (Field::area("places", "場所と時間").rows(8).support("1行に1か所。「場所 / 時間」のように書きます。").value(fields.text("places")).errors(errors))
                button.button.secondary.small type="submit" name="branches" value="all" { "すべての総合支所・支所を加える" }
            }
            section.form-section.form #who {
                h2 { "意見を出す方について" }
                (Choice::checks("eligibility[]", "意見を出せる方").support("表示するだけです。だれの意見も断りません。")
                    .options(Eligibility::ALL.iter().map(|e| (e.code(), e.label()))).chosen_all(&chosen))
                (area("eligibility_note", "補足", 2).optional())
                @for (item, label) in [("name", "お名前"), ("address", "住所"), ("contact", "連絡先"), ("relation", "市との関係")] {
                    @let field = need_field(item);
                    (Choice::select(&field, label).options(Need::ALL.iter().map(|n| (n.code(), n.label()))).chosen(fields.text(&field)))
                }
                (Choice::radios("count_incomplete", "必ず書く項目が空欄の意見").option("yes", "件数に数える").option("no", "件数に数えない(読みます)")
                    .chosen(if fields.text("count_incomplete") == "no" { "no" } else { "yes" }))
            }
            section.form-section.form #after {
                h2 { "結果の公表" }
                (area("result_note", "意見の扱いと結果の公表のしかた", 5))
                (Choice::radios("publish_full", "結果に載せるもの").option("yes", "全文(お名前などを伏せて)").option("no", "要旨")
                    .chosen(if fields.text("publish_full") == "no" { "no" } else { "yes" }))
                (line("originals_place", "要旨を載せるとき、全文を読める場所"))
                (Choice::select("count_unit", "件数の数え方").options(CountUnit::ALL.iter().map(|c| (c.code(), c.label()))).chosen(fields.text("count_unit")))
            }
            section.form-section.form #contact {
                h2 { "問合せ先" }
                (line("contact_place", "場所"))
                (Field::text("contact_phone", "電話番号").medium().value(fields.text("contact_phone")).errors(errors))
                (Field::text("contact_fax", "ファクス番号").optional().medium().value(fields.text("contact_fax")).errors(errors))
                (Field::text("contact_email", "メールアドレス").optional().value(fields.text("contact_email")).errors(errors))
            }
            .actions.entry-actions { (parts::submit(Weight::Primary, "保存する")) }
        }
    })
}

fn channel(kind: ChannelKind, fields: &Fields, errors: &Errors) -> Markup {
    let name = |what: &str| channel_field(kind, what);
    let (on, address, deadline, note) = (name("on"), name(""), name("deadline"), name("note"));
    let open = fields.has(&on) || errors.of(&address).is_some();
    let address_label = format!("{}のあて先", kind.label());
    let note_label = format!("{}の補足(受付時間など)", kind.label());
    html! {
        fieldset.field.way {
            legend.label { (kind.label()) }
            .choices {
                label.choice for=(on) { input id=(on) type="checkbox" name=(on) value="yes" checked[open]; span { "この方法で受け付ける" } }
            }
            .form {
                @if kind != ChannelKind::Web { (Field::text(&address, &address_label).full().value(fields.text(&address)).errors(errors)) }
                @if kind == ChannelKind::Post {
                    (Choice::radios(&deadline, "最終日の扱い").options(DeadlineKind::ALL.iter().map(|d| (d.code(), d.label())))
                        .chosen(if fields.text(&deadline) == "postmark" { "postmark" } else { "arrive_by" }))
                }
                (Field::text(&note, &note_label).optional().full().value(fields.text(&note)))
            }
        }
    }
}

/// Everything the page of one consultation shows.
pub struct Desk {
    /// The row.
    pub row: Consultation,
    /// Its unit's name.
    pub unit: String,
    /// What stands in the way of its approval.
    pub lacks: Vec<Lack>,
    /// Its papers.
    pub papers: Vec<Paper>,
    /// Its period, once it has dates.
    pub period: Option<Period>,
    /// The approval of its newest version.
    pub approval: Option<Approval>,
    /// What happened to its period, with its approvals, and how many late opinions each made timely or would make so.
    pub events: Vec<(Event, Option<Approval>, i64)>,
    /// Classes of approval for it.
    pub classes: Vec<Class>,
    /// Classes of approval for changes of its period.
    pub event_classes: Vec<Class>,
    /// Submissions by way and state.
    pub tally: Vec<(ChannelKind, SubmissionState, i64)>,
    /// Submissions, distinct texts, distinct senders, senders not known.
    pub counts: (i64, i64, i64, i64),
    /// Typed in and not looked at by a second person: how many, and the oldest this viewer may check.
    pub unchecked: (i64, Option<i64>),
    /// Groups of opinions, and those of them that nobody looked into.
    pub groups: (i64, i64),
    /// Groups, and those with a whole answer; once answers are written.
    pub answered: Option<(u64, u64)>,
    /// The viewer may run it.
    pub may_run: bool,
    /// The viewer may type in opinions on paper.
    pub may_enter: bool,
}

/// `GET /consultations/{id}`.
pub fn show(shell: &Shell, csrf: &str, desk: &Desk, now: DateTime<Utc>) -> Markup {
    let row = &desk.row;
    let path = row.path();
    let has_dates = desk.period.is_some();
    page::staff(shell, &row.title)
        .crumb("/consultations", "意見募集")
        .actions(html! {
            @if has_dates {
                a.button.secondary.small href={ (path) "/preview" } { "公表される画面" }
                a.button.secondary.small href={ (path) "/notices" } { "市報・報道・窓口の原稿" }
            }
        })
        .body(html! {
            .badges {
                (parts::badge(Tone::Info, row.state.label()))
                @if let Some(period) = desk.period.as_ref().filter(|_| row.state == State::Announced) {
                    @let phase = period.phase(now);
                    (parts::badge(public::tone(phase), phase.label()))
                }
            }
            .split {
                div.stack {
                    (next(desk, csrf, now))
                    @if row.state.is_public() { (arrived(desk)) }
                    (papers(desk, csrf))
                }
                div.stack {
                    (parts::facts([
                        ("担当課", html! { (desk.unit) }),
                        ("公示日", day(row.noticed_on)),
                        ("募集の初日", day(row.opens_on)),
                        ("募集の最終日", day(desk.period.as_ref().map(|p| p.closing_on).or(row.closes_on))),
                        ("根拠", html! { (row.basis) }),
                    ]))
                    @if let Some(approval) = &desk.approval {
                        p { "決裁 " a href=(approval.path()) { (approval.title) } " " (parts::badge(Tone::Quiet, approval.state.label())) }
                    }
                    @if desk.may_run && has_dates && !row.state.is_public() {
                        details {
                            summary { "庁外の人に確かめてもらう" }
                            form.form method="post" action={ (path) "/previews" } {
                                (parts::csrf(csrf))
                                (Field::text("note", "だれに見せるか").required().support("審議会の委員など。7日間だけ見られるリンクを作ります。"))
                                (parts::submit(Weight::Secondary, "確認用のリンクを作る"))
                            }
                        }
                    }
                    @if !desk.events.is_empty() || (desk.may_run && row.state == State::Announced) { (period_changes(desk, csrf)) }
                }
            }
        })
}

fn day(on: Option<NaiveDate>) -> Markup {
    match on {
        Some(on) => parts::time(on, calendar::era_date(on)),
        None => html! { "未定" },
    }
}

/// What is to be done next: the checklist, or where it stands.
fn next(desk: &Desk, csrf: &str, now: DateTime<Utc>) -> Markup {
    let row = &desk.row;
    let path = row.path();
    html! {
        section.card.next-step {
            @match row.state {
                State::Planned => {
                    h2 { "公示までの確かめ" }
                    @if desk.lacks.is_empty() {
                        p { "足りないものはありません。公表される画面を確かめて、起案してください。" }
                        @if desk.may_run {
                            form.form method="post" action={ (path) "/approvals" } {
                                (parts::csrf(csrf))
                                (Choice::select("class", "決裁の区分").options(desk.classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                                (parts::submit(Weight::Primary, "起案する"))
                            }
                        }
                    } @else {
                        p { "次のところを直すと、起案できます。" }
                        ul { @for lack in &desk.lacks { li { @if desk.may_run { a href=(place_of(&path, lack)) { (lack.sentence) } } @else { (lack.sentence) } } } }
                    }
                    @if desk.may_run { (parts::link_button(Weight::Secondary, &format!("{path}/edit"), "内容を直す")) }
                },
                State::InApproval => {
                    h2 { "決裁を待っています" }
                    p { "決裁されると、公示日の午前0時に自動で公示されます。直すときは、決裁の画面で引き戻します。" }
                },
                State::Approved => {
                    h2 { "公示日を待っています" }
                    p { (day(row.noticed_on)) "になると、自動で公示されます。だれも操作する必要はありません。" }
                },
                State::Announced => {
                    @if let Some(period) = &desk.period {
                        h2 { (period.phase(now).label()) }
                        p { (public::deadline_words(period, now)) }
                    }
                    @let closed = desk.period.as_ref().is_some_and(|p| p.phase(now) == Phase::Closed);
                    @if desk.may_run && closed {
                        @if desk.counts.0 == 0 {
                            p { "意見の提出はありませんでした。そのことも、結果として公表します。" }
                            (parts::link_button(Weight::Primary, &format!("{path}/result"), "意見なしの結果を公表する"))
                        } @else {
                            p { "次は、意見の整理を始めます。" }
                            (parts::link_button(Weight::Primary, &format!("{path}/groups"), "意見を整理する"))
                        }
                    }
                    (rooms(desk, closed))
                },
                _ => {
                    h2 { (row.state.label()) }
                    @let sorting = matches!(row.state, State::Sorting | State::Answering) && desk.groups.1 > 0;
                    @if desk.may_run && sorting { (parts::link_button(Weight::Primary, &format!("{path}/groups"), "意見を整理する")) }
                    @else if desk.may_run && matches!(row.state, State::Sorting | State::Answering) && desk.answered.is_some_and(|(all, done)| done < all) {
                        (parts::link_button(Weight::Primary, &format!("{path}/answers"), "市の考え方を書く"))
                    }
                    @else if desk.may_run && row.state != State::Cancelled { (parts::link_button(Weight::Primary, &format!("{path}/result"), "結果の公表")) }
                    (rooms(desk, true))
                },
            }
        }
    }
}

/// Where a lack is mended.
fn place_of(path: &str, lack: &Lack) -> String {
    match lack.field {
        "papers" => "#papers".to_owned(),
        "channel_web" => format!("{path}/edit#ways"),
        "eligibility[]" => format!("{path}/edit#who"),
        field => format!("{path}/edit#{field}"),
    }
}

/// The rooms of a consultation that is announced, each with what is left in it.
fn rooms(desk: &Desk, closed: bool) -> Markup {
    let path = desk.row.path();
    let many = |n: i64| parts::grouped(u64::try_from(n).unwrap_or(0));
    let (groups, unsettled) = desk.groups;
    let cancelled = desk.row.state == State::Cancelled;
    html! {
        ul.rooms {
            li {
                a href={ (path) "/submissions" } { "届いた意見" } span { (many(desk.counts.0)) "通" }
            }
            @if let (waiting, Some(next)) = desk.unchecked {
                li { a href={ "/submissions/" (next) } { "1通ずつ確かめる" } span { "入力の確認待ち " strong { (many(waiting)) } "通" } }
            }
            @if desk.may_enter { li { a href={ (path) "/submissions/new" } { "紙・ファクス・窓口の意見を入力する" } } }
            li { a href={ (path) "/flood" } { "届き方の様子を見る" } span { "殺到への備え" } }
            li {
                a href={ (path) "/groups" } { "意見の整理" }
                span { (many(groups)) "のまとまり" @if unsettled > 0 { "、未確認 " strong { (many(unsettled)) } } }
            }
            @if let Some((all, done)) = desk.answered {
                li { a href={ (path) "/answers" } { "市の考え方" } span { (parts::grouped(all)) "のまとまりのうち " strong { (parts::grouped(done)) } "できています" } }
            }
            @if closed && !cancelled { li { a href={ (path) "/result" } { "結果の公表" } span { "足りないものを見る" } } }
        }
    }
}

fn papers(desk: &Desk, csrf: &str) -> Markup {
    let row = &desk.row;
    let may = desk.may_run && row.is_editable();
    let mut table = Table::new("資料", [head("資料"), col("種類"), col("文章"), col("ファイル"), col("")])
        .or_empty(parts::empty("資料はまだありません", html! { p { "案の本文を、文章とファイルの両方で載せます。文章があると、段落ごとに意見を書けます。" } }));
    for paper in &desk.papers {
        let version = paper.version.as_ref();
        table = table.row([
            html! { (paper.title) @if !paper.access_note.is_empty() { br; span.soft { (paper.access_note) } } },
            html! { (paper.kind.label()) },
            html! {
                @match version.map_or(0, |v| v.paragraphs) { 0 => { "なし" }, n => { (n) "段落" } }
                @if may { br; a href={ "/papers/" (paper.id) "/imports" } { "取り込む" span.hidden-text { "(" (paper.title) ")" } } }
            },
            html! { (version.and_then(|v| v.file.as_ref()).map_or("なし", |f| f.1.as_str())) },
            html! {
                @if may {
                    form.inline method="post" action={ "/papers/" (paper.id) "/removals" } {
                        (parts::csrf(csrf))
                        button.button.small type="submit" { "外す" span.hidden-text { "(" (paper.title) ")" } }
                    }
                }
            },
        ]);
    }
    html! {
        section.stack #papers {
            (table)
            @if may {
                details open[desk.papers.is_empty()] {
                    summary { "資料を加える" }
                    form.form method="post" action={ (row.path()) "/papers" } enctype="multipart/form-data" {
                        (parts::csrf(csrf))
                        (Choice::select("kind", "種類").options(PaperKind::ALL.iter().map(|k| (k.code(), k.label()))))
                        (Field::text("title", "資料の名前").required().full())
                        (Upload::new("file", "ファイル", "PDFなど。1つ。", crate::files::ACCEPT).optional())
                        (Field::text("access_note", "読めない方の問合せ先").optional().full().support("図面など、文章にできない資料のとき。例:内容は都市計画課(電話 000-000-0000)が読み上げてご説明します。"))
                        (parts::submit(Weight::Secondary, "加える"))
                    }
                }
            }
        }
    }
}

fn arrived(desk: &Desk) -> Markup {
    let (all, texts, senders, unknown) = desk.counts;
    html! {
        section.stack {
            h2 { "届いた意見" }
            p { "提出 " strong { (all) } "通、異なる文章 " strong { (texts) } "、提出者 " strong { (senders) } "(ほかに、だれか分からないもの" (unknown) "通)" }
            (public::tally(&desk.tally))
        }
    }
}

fn period_changes(desk: &Desk, csrf: &str) -> Markup {
    let row = &desk.row;
    html! {
        section.card {
            h2 { "期間の変更・停止の記録" }
            @for (event, approval, timely) in &desk.events {
                p {
                    (event.kind.label()) " "
                    @if event.published_at.is_some() { (parts::badge(Tone::Success, "公表済み")) }
                    @else if let Some(approval) = approval { a href=(approval.path()) { (approval.state.label()) } }
                    br; span.soft { (event.reason) }
                    @if let Some(words) = public::made_timely(event, *timely) { br; (words) }
                }
            }
            @if desk.may_run && row.state == State::Announced {
                details {
                    summary { "期間を変える" }
                    form.form method="post" action={ (row.path()) "/events" } {
                        (parts::csrf(csrf))
                        (Choice::select("kind", "何をしますか").options(EventKind::ALL.iter().map(|k| (k.code(), k.label()))))
                        (Field::date("new_closes_on", "新しい最終日(延長のとき)"))
                        (Field::date("from_on", "いつから").optional())
                        (Field::text("from_time", "時刻").optional().short().support("例:13:30"))
                        (Field::date("to_on", "いつまで(システムの停止のとき)").optional())
                        (Field::text("to_time", "時刻").id("to_time").optional().short())
                        (Field::area("reason", "理由(公表されます)").required().rows(3))
                        (Choice::select("class", "決裁の区分").options(desk.event_classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))))
                        (parts::submit(Weight::Secondary, "起案する"))
                    }
                }
            }
        }
    }
}

/// Exactly what the public will read.
pub fn preview(
    shell: &Shell,
    row: &Consultation,
    content: &Content,
    texts: &[(String, Vec<Paragraph>)],
) -> Markup {
    let title = format!("{}({})", content.title, content.draft_label);
    page::staff(shell, &title)
        .narrow()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .body(html! {
            (parts::notice(Tone::Info, "", html! { p { "公表される画面と同じ内容です。" } }))
            (public::announcement(content, None))
            @for (name, paragraphs) in texts {
                section.stack { h2 { (name) } (public::text_of_paper(paragraphs, None)) }
            }
        })
}

/// The link to what is not announced yet, shown once.
pub fn preview_made(shell: &Shell, row: &Consultation, link: &str, ends: DateTime<Utc>) -> Markup {
    page::staff(shell, "確認用のリンク").narrow().crumb("/consultations", "意見募集").crumb(&row.path(), &row.title).body(html! {
        p { "次のリンクを知っている人は、公示前の画面を見られます。" strong { (calendar::tokyo_clock(ends)) } "まで使えます。" }
        p { code { (link) } }
        (parts::notice(Tone::Warning, "", html! { p { "このリンクは、この画面にしか出ません。必要な人にだけ知らせてください。" } }))
        (parts::link_button(Weight::Secondary, &row.path(), "意見募集の画面へ戻る"))
    })
}

/// Bulletin copy, press note, counter print-out: from the same data, so that no two of them differ.
pub fn notices(shell: &Shell, row: &Consultation, content: &Content) -> Markup {
    let period =
        format!("{}から{}まで", calendar::era_date(content.opens_on), calendar::era_date(content.closes_on));
    let places: Vec<&str> = content.places.iter().map(|p| p.name.as_str()).collect();
    let ways: Vec<String> = content
        .channels
        .iter()
        .map(|c| match c.kind {
            ChannelKind::Web => {
                format!("{}({}/consultations/{})", c.kind.label(), shell.city.public_url, row.id)
            }
            _ => format!("{}({} {})", c.kind.label(), c.address, c.deadline.label()),
        })
        .collect();
    let bulletin = format!(
        "■「{}({})」への意見を募集します\n{}\n募集期間 {period}\n閲覧場所 {}、市ホームページ\n提出方法 {}\n問 {} 電話 {}",
        content.title,
        content.draft_label,
        content.summary,
        places.join("、"),
        ways.join("、"),
        content.unit_name,
        content.contact_phone,
    );
    let press = format!(
        "報道機関 各位\n\n{}\n\n「{}({})」について意見を募集します\n\n1 趣旨\n{}\n\n2 募集期間\n{period}\n\n3 資料の閲覧\n{}\n\n4 提出方法\n{}\n\n5 問合せ\n{} {} 電話 {}",
        calendar::era_date(content.noticed_on),
        content.title,
        content.draft_label,
        content.background,
        places.join("、"),
        ways.join("\n"),
        content.unit_name,
        content.contact_place,
        content.contact_phone,
    );
    page::staff(shell, "お知らせの原稿")
        .narrow()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .body(html! {
            p.no-print { "同じ登録内容から作っています。内容を直すと、3つとも変わります。" }
            p.no-print { "印刷すると、1つずつ別の紙になります。" }
            section.stack.own-page { (parts::letter_paper("市報の原稿", bulletin.as_str(), html! {})) }
            section.stack.own-page { (parts::letter_paper("報道機関への投げ込み", press.as_str(), html! {})) }
            section.stack.own-page {
                h2 { "窓口での閲覧" }
                p.no-print { "資料とともに、窓口に置きます。" }
                p.sheet-title { "「" (content.title) "(" (content.draft_label) ")」への意見を募集しています" }
                (public::announcement(content, None))
            }
        })
}

/// Where a text is chosen.
pub fn choose_text(shell: &Shell, csrf: &str, row: &Consultation, paper_id: i64, title: &str) -> Markup {
    let words = format!("{}から読み取ります。20MBまで。", sources());
    page::staff(shell, "文章を取り込む").narrow().crumb("/consultations", "意見募集").crumb(&row.path(), &row.title).body(html! {
        p { "「" (title) "」の文章を取り込むと、画面で読めるようになり、段落ごとに意見を書けます。取り込む前に、確かめる画面が出ます。" }
        form.form method="post" action={ "/papers/" (paper_id) "/imports" } enctype="multipart/form-data" {
            (parts::csrf(csrf))
            (Upload::new("file", "原稿のファイル", &words, ".docx,.odt,.html,.htm,.md,.txt").optional())
            (Field::area("pasted", "または、文章を貼り付ける").optional().rows(10).support("見出しの行の頭に「# 」(下の見出しは「## 」)を付けると、章や節になります。"))
            .actions { (parts::submit(Weight::Primary, "読み取る")) a href=(row.path()) { "取り込まずに戻る" } }
        }
    })
}

/// Every paragraph with its code, to be looked over.
pub fn review(
    shell: &Shell,
    csrf: &str,
    row: &Consultation,
    title: &str,
    pending: &Pending,
    paragraphs: &[Paragraph],
    kept: &[String],
) -> Markup {
    let same = paragraphs.iter().filter(|p| kept.contains(&p.code)).count();
    let gone = kept.iter().filter(|code| !paragraphs.iter().any(|p| p.code == **code)).count();
    page::staff(shell, "取り込む文章を確かめる").crumb("/consultations", "意見募集").crumb(&row.path(), &row.title).body(html! {
        p { "「" (title) "」に、" (pending.source.label()) "から" (paragraphs.len()) "段落を読み取りました。見出しと本文の区別を確かめてください。" }
        @if !kept.is_empty() { p { "前の文章と同じ段落 " (same) "、新しい段落 " (paragraphs.len() - same) "、なくなる段落 " (gone) "。同じ段落の番号は変わりません。" } }
        @for warning in pending.warnings.lines() { (parts::notice(Tone::Warning, "", html! { p { (warning) } })) }
        form.form method="post" action={ "/imports/" (pending.id) } {
            (parts::csrf(csrf))
            table.table {
                caption.hidden-text { "読み取った段落" }
                thead { tr { th scope="col" { "番号" } th scope="col" { "種類" } th scope="col" { "文章" } } }
                tbody {
                    @for (at, paragraph) in paragraphs.iter().enumerate() {
                        @let name = format!("kind_{at}");
                        @let now = if paragraph.kind == ParagraphKind::Heading { format!("h{}", paragraph.level.clamp(1, 4)) } else { paragraph.kind.code().to_owned() };
                        tr {
                            th scope="row" { (paragraph.code) }
                            td {
                                select.select name=(name) aria-label=(format!("{}の種類", paragraph.code)) {
                                    @for (value, label) in [("h1", "見出し1"), ("h2", "見出し2"), ("h3", "見出し3"), ("h4", "見出し4"), ("text", "本文"), ("item", "箇条"), ("cell", "表の欄"), ("note", "注"), ("out", "取り込まない")] {
                                        option value=(value) selected[value == now] { (label) }
                                    }
                                }
                            }
                            td { (parts::typed(&paragraph.body)) }
                        }
                    }
                }
            }
            .actions {
                (parts::submit(Weight::Primary, "この文章を取り込む"))
                (parts::submit_as(Weight::Secondary, "drop", "yes", "やめる"))
            }
        }
    })
}
