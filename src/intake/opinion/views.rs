//! The form for an opinion, its confirmation and its receipt.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::draft::{Draft, MOST_POINTS, Ready, TypedPoint, name_of};
use super::slowing::Slow;
use super::{Sent, from_here_on};
use crate::calendar;
use crate::config::Config;
use crate::consultations::Shown;
use crate::consultations::consultation::{ChannelKind, Need};
use crate::consultations::submission::{State, Submission};
use crate::consultations::views::{deadline_words, point_paper};
use crate::files::{self, Kept};
use crate::intake::uploads::kept_files;
use crate::letters::letter::Relation;
use crate::letters::receipt::{self, Ticket};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Upload, Weight};

/// What the form and the confirmation both show.
pub struct Sheet<'a> {
    /// The layout's.
    pub shell: &'a Shell,
    /// The settings: limits.
    pub config: &'a Config,
    /// The consultation.
    pub shown: &'a Shown,
    /// What was typed so far.
    pub draft: &'a Draft,
    /// Files uploaded with this form so far.
    pub kept: &'a [Kept],
    /// The `csrf` value.
    pub token: &'a str,
    /// Something to say before the form.
    pub notice: Option<&'a str>,
    /// The period is over: what is sent now counts apart.
    pub late: bool,
    /// What the form carries while very much comes in.
    pub slow: Option<&'a Slow>,
}

/// Hidden fields of a slowed form; its script finds them, solves the puzzle and says nothing.
fn puzzle(slow: Option<&Slow>) -> Markup {
    html! {
        @if let Some(slow) = slow {
            (parts::hidden("puzzle", &slow.puzzle))
            (parts::hidden("solution", &slow.solution))
            @if !slow.ticket.is_empty() { (parts::hidden("waiting", &slow.ticket)) }
        }
    }
}

/// What somebody whose browser runs no script should know beforehand, and the ways round.
fn without_script(sheet: &Sheet<'_>) -> Markup {
    html! {
        @if sheet.slow.is_some() {
            noscript {
                (parts::notice(Tone::Info, "いま、たくさんのご意見が届いています", html! {
                    p { "このままお書きください。お使いのブラウザーでは、送るボタンを押したあと、1分ほどお待ちいただきます。書いた文章はなくなりません。受付の時刻は、最初にボタンを押した時刻です。" }
                    (other_ways(sheet.shown))
                }))
            }
        }
    }
}

fn other_ways(shown: &Shown) -> Markup {
    let other: Vec<String> = shown
        .content
        .channels
        .iter()
        .filter(|c| c.kind != ChannelKind::Web)
        .map(|c| format!("{}({})", c.kind.label(), c.address))
        .collect();
    html! { @if !other.is_empty() { p { "お待ちにならずに、次の方法でも送れます。" (other.join("、")) } } }
}

/// The button was pressed and the browser has not solved the puzzle: what to do now.
fn waiting(sheet: &Sheet<'_>) -> Markup {
    html! {
        @if let Some(left) = sheet.slow.and_then(|slow| slow.left) {
            (parts::notice(Tone::Warning, "まだ送られていません。少しだけお待ちください", html! {
                p { "いま、たくさんのご意見が続けて届いています。機械で送られたものと混ざらないように、" strong { (left) "秒" } "ほどお待ちいただいてから、下の「この内容で送る」をもう一度押してください。" }
                p { "書いた文章は、この画面に残っています。受付の時刻は、最初にボタンを押した時刻です。" }
                (other_ways(sheet.shown))
            }))
        }
    }
}

const STEPS: [&str; 3] = ["書く", "確かめる", "送る"];

fn path(shown: &Shown) -> String {
    format!("/consultations/{}", shown.row.id)
}

fn warnings(sheet: &Sheet<'_>) -> Markup {
    html! {
        @if let Some(notice) = sheet.notice { (parts::notice(Tone::Warning, "", html! { p { (notice) } })) }
        @if sheet.late {
            (parts::notice(Tone::Warning, "募集期間の外です", html! {
                p { "いま送られたご意見は、期限後に届いたものとして保管し、期間内のご意見とは分けて数えます。" }
            }))
        }
    }
}

/// In place of the form outside the period.
pub fn not_open(shell: &Shell, shown: &Shown, now: DateTime<Utc>) -> Markup {
    page::citizen(shell, "いまは意見を受け付けていません")
        .crumb("/consultations", "意見募集")
        .crumb(&path(shown), &format!("{}({})", shown.content.title, shown.content.draft_label))
        .body(html! {
            p.lead { "「" (shown.content.title) "(" (shown.content.draft_label) ")」 " (deadline_words(&shown.period, now)) }
            p { "案についてのお問い合わせは、担当の課へお願いします。そのほかのご意見は、市長への手紙でいつでもお聞きします。" }
            .actions {
                (parts::link_button(Weight::Primary, &path(shown), "案と募集の案内を見る"))
                (parts::link_button(Weight::Secondary, "/letters/new", "市長へ手紙を書く"))
            }
        })
}

/// The form.
pub fn form(sheet: &Sheet<'_>, errors: &Errors) -> Markup {
    let Sheet { shell, config, shown, draft, kept, token, .. } = *sheet;
    let content = &shown.content;
    let asked = content.sender_fields;
    let back = path(shown);
    let left = config.file_count.saturating_sub(kept.len());
    let limits = files::limits(config, left);
    page::citizen(shell, "意見を書く")
        .crumb("/consultations", "意見募集")
        .crumb(&back, &format!("{}({})", content.title, content.draft_label))
        .errors(errors)
        .script("draft.js")
        .script("counter.js")
        .script("puzzle.js")
        .lead(html! { "「" (content.title) "(" (content.draft_label) ")」への意見です。" (calendar::era_date(shown.period.closing_on)) "の終わりまでに送られたものを受け付けます。" })
        .body(html! {
            (warnings(sheet))
            (without_script(sheet))
            form.form method="post" action={ (back) "/comments/confirm" } enctype="multipart/form-data" data-draft={ "consultation-" (shown.row.id) } data-puzzle[sheet.slow.is_some()] {
                (parts::csrf(token))
                (puzzle(sheet.slow))
                @for (nth, point) in draft.points.iter().enumerate() { (point_fields(nth, point, draft.points.len(), config, errors)) }
                @if draft.points.len() < MOST_POINTS {
                    div {
                        button.button.secondary.small type="submit" formaction={ (back) "/comments/new" } name="add" value="point" { "意見をもう1つ書く" }
                    }
                } @else { p.soft { "1回に送れるのは20件までです。続きは、もう一度この画面からお送りください。" } }
                @if !kept.is_empty() { (kept_files("添付した書類(送らないものは、印を外してください)", kept)) }
                @if left > 0 {
                    (Upload::new("files[]", "写真や書類", &limits, files::ACCEPT).optional().multiple().errors(errors))
                    p.support { "書類だけでは送れません。「ご意見」の欄にも、要点を一言お書きください。" }
                }
                section.form-section.form {
                    h2 { "あなたについて" }
                    (parts::notice(Tone::Info, "", html! {
                        p { "お名前や連絡先は公表しません。内容をお尋ねするときと、同じ方からのご意見をまとめて数えるためだけに使います。" }
                        p.way { a href="/privacy" { "個人情報の取扱い" } }
                    }))
                    @if asked.name != Need::Left {
                        (marked(Field::text("name", "お名前").autocomplete("name").value(&draft.name).errors(errors), asked.name))
                    }
                    @if asked.address != Need::Left {
                        (marked(Field::text("address", "住所(団体のときは所在地)").autocomplete("street-address").full().value(&draft.address).errors(errors), asked.address))
                    }
                    @if asked.contact != Need::Left {
                        (marked(Field::text("contact", "連絡先(電話番号かメールアドレス)")
                            .support("メールアドレスのときは、控えをメールでお送りします。").value(&draft.contact).errors(errors), asked.contact))
                    }
                    @if asked.relation != Need::Left {
                        (Choice::checks("relation[]", "市との関係").support("あてはまるものをすべて選んでください。").options(Relation::ALL.iter().map(|r| (r.code(), r.label())))
                            .chosen_all(&draft.relation).errors(errors))
                    }
                    @let org = [&draft.org_name, &draft.rep_name].iter().any(|v| !v.is_empty());
                    details open[org || errors.of("org_name").or(errors.of("rep_name")).is_some()] {
                        summary { "団体・会社として書くとき" }
                        .form {
                            (Field::text("org_name", "団体名").optional().autocomplete("organization").value(&draft.org_name).errors(errors))
                            (Field::text("rep_name", "代表者のお名前").optional().value(&draft.rep_name).errors(errors))
                            (Choice::checks("org_publish_ok", "団体名の公表").option("yes", "結果に団体名を載せてもよい").chosen(&draft.org_publish_ok))
                        }
                    }
                }
                @if ["name", "address", "contact", "relation[]"].iter().any(|f| errors.of(f).is_some()) {
                    (Choice::checks("without", "書けない事情があるとき").option("yes", "空欄のまま送る")
                        .support("ご意見は受け付けて読みます。件数に数えるかどうかは、募集ごとのきまりによります。"))
                }
                div.stack {
                    p.support { "まだ送られません。次の画面で確かめてから送ります。" }
                    .actions { (parts::submit(Weight::Primary, "内容を確かめる")) }
                }
            }
        })
}

fn marked(field: Field<'_>, need: Need) -> Field<'_> {
    if need == Need::Required { field.required() } else { field.optional() }
}

fn point_fields(nth: usize, point: &TypedPoint, all: usize, config: &Config, errors: &Errors) -> Markup {
    let (paragraph, target) = (name_of("paragraph", nth), name_of("target", nth));
    let (opinion, reason) = (name_of("opinion", nth), name_of("reason", nth));
    let heading = format!("意見 {}", nth + 1);
    html! {
        section.form-section.form {
            @if all > 1 { h2 { (heading) } }
            @if !point.paragraph.is_empty() { (parts::hidden(&paragraph, &point.paragraph)) }
            (Field::text(&target, "案のどこについてですか").optional().support("章や頁、見出しなど。案の全体についてなら空欄でかまいません。").full()
                .value(&point.target).errors(errors))
            ({
                let field = Field::area(&opinion, "ご意見").limit(config.body_limit).rows(7).value(&point.opinion).errors(errors);
                if nth == 0 { field.required() } else { field }
            })
            (Field::area(&reason, "その理由").optional().limit(config.body_limit).rows(4)
                .support("理由があると、市が検討しやすくなります。").value(&point.reason).errors(errors))
        }
    }
}

/// Everything once more, before it is sent.
pub fn confirm(sheet: &Sheet<'_>, without: bool) -> Markup {
    let Sheet { shell, shown, draft, kept, token, .. } = *sheet;
    let back = path(shown);
    page::citizen(shell, "この内容でお送りしますか")
        .crumb("/consultations", "意見募集")
        .crumb(&back, &format!("{}({})", shown.content.title, shown.content.draft_label))
        .script("puzzle.js")
        .body(html! {
            (parts::steps(&STEPS, 1))
            (warnings(sheet))
            (waiting(sheet))
            @if sheet.slow.is_none_or(|slow| slow.left.is_none()) {
                p { "まだ送られていません。お確かめのうえ、いちばん下のボタンで送ってください。" }
            }
            @for point in draft.points.iter().filter(|p| !p.opinion.trim().is_empty()) { (point_paper(&point.target, &point.opinion, &point.reason)) }
            (parts::facts(told(draft)))
            form.form method="post" action={ (back) "/comments" } data-puzzle=[sheet.slow.map(|_| "send")] {
                (parts::csrf(token))
                (puzzle(sheet.slow))
                (carried(draft))
                @if without { (parts::hidden("without", "yes")) }
                @if !kept.is_empty() { (kept_files("添付する書類(送らないものは、印を外してください)", kept)) }
                .actions {
                    (parts::submit(Weight::Primary, "この内容で送る"))
                    button.button.secondary type="submit" formaction={ (back) "/comments/new" } { "書き直す" }
                }
            }
        })
}

fn told(draft: &Draft) -> Vec<(&'static str, Markup)> {
    let relation: Vec<&str> =
        draft.relation.iter().filter_map(|r| Relation::from_code(r)).map(Relation::label).collect();
    let relation = relation.join("、");
    let all: [(&'static str, &str); 7] = [
        ("お名前", &draft.name),
        ("団体名", &draft.org_name),
        ("代表者", &draft.rep_name),
        ("住所", &draft.address),
        ("連絡先", &draft.contact),
        ("市との関係", &relation),
        ("団体名の公表", if draft.org_publish_ok == "yes" { "載せてもよい" } else { "" }),
    ];
    all.into_iter().filter(|(_, v)| !v.is_empty()).map(|(label, v)| (label, html! { (v) })).collect()
}

/// Every value in hidden fields, so that going on and going back both carry all of it.
fn carried(draft: &Draft) -> Markup {
    let one = [
        ("name", &draft.name),
        ("org_name", &draft.org_name),
        ("rep_name", &draft.rep_name),
        ("address", &draft.address),
        ("contact", &draft.contact),
        ("org_publish_ok", &draft.org_publish_ok),
    ];
    html! {
        @for (nth, point) in draft.points.iter().enumerate() {
            @for (field, value) in [("paragraph", &point.paragraph), ("target", &point.target), ("opinion", &point.opinion), ("reason", &point.reason)] {
                @if !value.is_empty() || field == "opinion" { (parts::hidden(&name_of(field, nth), value)) }
            }
        }
        @for (name, value) in one { @if !value.is_empty() { (parts::hidden(name, value)) } }
        @for value in &draft.relation { (parts::hidden("relation[]", value)) }
    }
}

/// The receipt: the same numbers a letter gets; `mailed` when they go by mail too.
pub fn receipt(
    shell: &Shell,
    shown: &Shown,
    ready: &Ready,
    ticket: &Ticket,
    sent: &Sent,
    mailed: bool,
) -> Markup {
    let content = &shown.content;
    let received_on = calendar::tokyo_day(sent.at);
    let at = calendar::tokyo_clock_with_year(sent.at);
    let draft = format!("consultation-{}", shown.row.id);
    let late = sent.accepted.state == State::Late;
    page::citizen(shell, "ご意見を受け付けました").script("draft.js").body(html! {
        (parts::steps(&["書く", "確かめる", "送りました"], 2))
        (receipt::numbers(shell, ticket, received_on, ("受付日時", at.as_str()), &draft))
        @if late {
            (parts::notice(Tone::Warning, "期限後に届きました", html! {
                p { "募集期間は" (calendar::era_date(shown.period.closing_on)) "の終わりまででした。ご意見は保管して読みますが、期間内のご意見とは分けて数えます。" }
            }))
        }
        (receipt::keep(mailed, "ご意見の扱いを見るときに使います。"))
        section.stack {
            h2 { "これからのこと" }
            ul {
                @for point in from_here_on(late) { li { (point) } }
            }
            p { "お問い合わせ " (content.unit_name) " " span.nowrap { "電話 " (parts::phone(&content.contact_phone)) } }
        }
        @for point in &ready.points { (point_paper(&point.target, &point.opinion, &point.reason)) }
        @if sent.files > 0 { p { "添付 " (sent.files) "件" } }
        .actions {
            (parts::link_button(Weight::Primary, &format!("/receipts/{}", ticket.code), "ご意見のその後を見る"))
            (parts::link_button(Weight::Secondary, &path(shown), "案の画面へ戻る"))
        }
    })
}

/// Whether it was sent by the one who got our mail.
pub fn mine_or_not(shell: &Shell, found: &Submission, path: &str, token: &str) -> Markup {
    page::citizen(shell, "このご意見は、あなたが送りましたか").body(html! {
        p { "受付番号 " strong { (grouped_code(&found.receipt_code)) } " のご意見が、あなたの連絡先を書いて送られました。" }
        @if found.confirmed_at.is_some() { (parts::notice(Tone::Success, "", html! { p { "「送った」とお知らせいただいています。" } })) }
        @if found.disputed_at.is_some() { (parts::notice(Tone::Warning, "", html! { p { "「送っていない」とお知らせいただいています。" } })) }
        form.form method="post" action=(path) {
            (parts::csrf(token))
            .actions {
                (parts::submit_as(Weight::Secondary, "mine", "yes", "はい、送りました"))
                (parts::submit_as(Weight::Secondary, "mine", "no", "いいえ、送っていません"))
            }
        }
        p.soft { "「いいえ」のときは、担当の課が確かめます。ご意見そのものは消さず、あなたの連絡先には何もお送りしません。" }
    })
}

fn grouped_code(digits: &str) -> String {
    crate::text::ReceiptCode::parse(digits).map_or_else(|_| digits.to_owned(), |code| code.to_string())
}

/// Thanks for the answer.
pub fn answered(shell: &Shell, mine: bool) -> Markup {
    page::citizen(shell, "お知らせいただき、ありがとうございました").body(html! {
        @if mine { p { "あなたが送られたものとして記録しました。" } }
        @else { p { "あなたが送られたものではないと記録しました。担当の課が確かめます。" } }
        (parts::link_button(Weight::Secondary, "/", "最初のページへ"))
    })
}
