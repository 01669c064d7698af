//! The pages of a result at the staff door.

use maud::{Markup, html};

use super::form::{LINE_LIMIT, TEXT_LIMIT, each};
use crate::approval::{Approval, Class};
use crate::calendar;
use crate::consultations::consultation::{Consultation, Decision, State};
use crate::db::Instant;
use crate::opinions::result::checklist::Lack;
use crate::opinions::result::content::Counts;
use crate::opinions::result::store::{Draft, Version};
use crate::opinions::result::views as public;
use crate::opinions::result::{Look, Sheet};
use crate::text::MaskReason;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

/// Everything the desk of a result shows.
pub struct Desk {
    /// The consultation.
    pub row: Consultation,
    /// What the clerk wrote so far.
    pub draft: Draft,
    /// What is missing.
    pub lacks: Vec<Lack>,
    /// Why nothing can be put before the approvers now.
    pub not_yet: Option<String>,
    /// The numbers.
    pub counts: Counts,
    /// Items in groups.
    pub in_groups: usize,
    /// What is there already makes a page that can be looked at.
    pub can_be_shown: bool,
    /// Nothing that counts came in.
    pub nobody_wrote: bool,
    /// A result is before the public already.
    pub corrects: bool,
    /// A version is before its approvers, or waits for its day.
    pub waits: bool,
    /// Versions, the oldest first.
    pub versions: Vec<Version>,
    /// The approval of each version.
    pub approvals: Vec<Option<Approval>>,
    /// Versions before the public: number and moment.
    pub released: Vec<(i64, Instant)>,
    /// Classes of approval.
    pub classes: Vec<Class>,
    /// Other consultations: number and title.
    pub others: Vec<(i64, String)>,
    /// The viewer runs it.
    pub may_run: bool,
    /// The address of the citizens' door.
    pub public_url: String,
}

/// `GET /consultations/{id}/result`.
pub fn desk(shell: &Shell, csrf: &str, desk: &Desk, fields: &Fields, errors: &Errors) -> Markup {
    let row = &desk.row;
    let path = row.path();
    page::staff(shell, "結果の公表")
        .crumb("/consultations", "意見募集")
        .crumb(&path, &row.title)
        .errors(errors)
        .script("counter.js")
        .actions(html! {
            @if desk.can_be_shown { a.button.secondary.small href={ (path) "/result/preview" } { "公表される画面" } }
            @if row.result_terms.publish_full && desk.may_run && !desk.nobody_wrote { a.button.secondary.small href={ (path) "/result/masks" } { "全文の伏せ字" } }
            @if !desk.versions.is_empty() { a.button.secondary.small href={ (path) "/result.xlsx" } { "Excelで保存" } }
        })
        .body(html! {
            .badges { (parts::badge(Tone::Info, row.state.label())) }
            .split {
                div.stack {
                    (standing(desk, csrf))
                    @if desk.may_run && !desk.waits { (words(desk, csrf, fields, errors)) }
                }
                div.stack {
                    (sums(desk))
                    (versions(desk))
                }
            }
        })
}

/// Where it stands: what is missing, what the law asks, or what is waited for.
fn standing(desk: &Desk, csrf: &str) -> Markup {
    let row = &desk.row;
    let newest = desk.versions.last();
    html! {
        section.card.next-step {
            @if desk.waits {
                @match (row.state, newest.and_then(|v| v.publish_on)) {
                    (State::Decided, Some(day)) => {
                        h2 { "公表の日を待っています" }
                        p { (calendar::era_date(day)) "になると、自動で公表されます。そのあと、メールアドレスを書いた提出者に1回だけ知らせます。" }
                    },
                    _ => {
                        h2 { "決裁を待っています" }
                        p { "直すときは、決裁の画面で引き戻します。" }
                    },
                }
                @if let Some(approval) = desk.approvals.last().and_then(Option::as_ref) { p { a href=(approval.path()) { "決裁の画面を開く" } } }
                @if desk.may_run && row.state == State::Decided {
                    details {
                        summary { "決裁を取り消して直す" }
                        form.form method="post" action={ (row.path()) "/result/withdrawals" } {
                            (parts::csrf(csrf))
                            (Field::area("reason", "取り消す理由").required().rows(2))
                            (parts::submit(Weight::Danger, "決裁を取り消す"))
                        }
                    }
                }
            } @else {
                @if let Some(why) = &desk.not_yet { h2 { "まだ結果をまとめられません" } p { (why) } }
                @else if desk.corrects {
                    h2 { "結果を公表しています" }
                    p { a href=(format!("{}{}", desk.public_url, public::path(row.id))) { "公表された画面" } "。訂正するときや、約束の報告を加えるときは、下を直して、もう一度起案します。前の版も読めます。" }
                }
                @else if desk.lacks.is_empty() { h2 { "足りないものはありません" } p { "公表される画面を確かめて、起案してください。" } }
                @else { h2 { "公表までの確かめ" } }
                @if desk.nobody_wrote {
                    p {
                        "意見の提出はありませんでした。行政手続法(第43条)は、意見がなかったときも、案の題名と公示日、意見がなかったこと、決めたことを、決定と同時に公表するよう求めています。"
                        "市でも同じように公表します。"
                    }
                }
                @if !desk.lacks.is_empty() {
                    ul {
                        @for lack in &desk.lacks {
                            li { a href=(lack.href) { (lack.sentence) } }
                        }
                    }
                }
            }
        }
    }
}

fn sums(desk: &Desk) -> Markup {
    let counts = &desk.counts;
    let total = counts.total();
    let faults = counts.faults(i64::try_from(desk.in_groups).unwrap_or(i64::MAX));
    html! {
        section.card {
            h2 { "数の確かめ" }
            p { "届いたもの " (total.all) "通 = 件数に入る " (total.counted) " + 期限後 " (total.late) " + 記載に不足 " (total.incomplete) " + 案件外 " (total.off_topic) " + 取下げ " (total.withdrawn) }
            p { "意見 " (counts.items) "件 = まとまりの中 " (desk.in_groups) " + 公表しないもの " (counts.withheld()) }
            p { "件数に入るものの提出者 " (total.submitters) "、意見の異なる文章 " (counts.texts) }
            @for fault in &faults { (parts::notice(Tone::Error, "", html! { p { (fault) } })) }
        }
    }
}

fn versions(desk: &Desk) -> Markup {
    let path = desk.row.path();
    let mut table =
        Table::new("版", [head("版"), col("決裁"), col("公表"), col("訂正の説明")]).or_empty(parts::empty(
            "版はまだありません",
            html! { p { "起案するたびに、その内容が版として残ります。公表した版は、訂正しても読めます。" } },
        ));
    for (version, approval) in desk.versions.iter().zip(&desk.approvals).rev() {
        let out = desk.released.iter().find(|(no, _)| *no == version.no);
        table = table.row([
            html! { a.nowrap href=(format!("{path}/result/versions/{}", version.no)) { "第" (version.no) "版" } },
            html! { @if let Some(approval) = approval { a.nowrap href=(approval.path()) { (approval.state.label()) } } },
            html! { @match out { Some((_, at)) => (parts::time(at, calendar::tokyo_clock_with_year(at.utc()))), None => "まだです" } },
            html! { (version.change_note) },
        ]);
    }
    html! { section.stack { (table) } }
}

/// The clerk's words.
fn words(desk: &Desk, csrf: &str, fields: &Fields, errors: &Errors) -> Markup {
    let row = &desk.row;
    let others: Vec<(String, &str)> =
        desk.others.iter().map(|(id, title)| (id.to_string(), title.as_str())).collect();
    let area = |name: &'static str, label: &'static str, rows: u16| {
        Field::area(name, label).limit(TEXT_LIMIT).rows(rows).value(fields.text(name)).errors(errors)
    };
    html! {
        form.form method="post" action={ (row.path()) "/result" } {
            (parts::csrf(csrf))
            (parts::hidden("version", &fields.number("version").unwrap_or(0).to_string()))
            section.form-section.form {
                h2 { "決めたこと" }
                (Choice::radios("decision", "どう決めたか").required().options(Decision::ALL.iter().map(|d| (d.code(), d.label()))).chosen(fields.text("decision")).errors(errors))
                (Field::date("decided_on", "決定した日").required().value(fields.text("decided_on")).errors(errors))
                (area("decision_note", "決定の説明", 4).support("何を決めたか、なぜか。決定しないときは、その理由と、あらためて募集するかどうか。"))
                (Choice::select("reconsult", "あらためて募集する意見募集").option("", "なし").options(others.iter().map(|(id, t)| (id.as_str(), *t))).chosen(fields.text("reconsult")))
                (Field::text("final_place", "決定した文章を読める場所").optional().full().limit(LINE_LIMIT).support("市のページのアドレスや、窓口。案のとおり決めたときは空けておけます。").value(fields.text("final_place")).errors(errors))
                @if !row.result_terms.publish_full {
                    (Field::text("originals_place", "意見の全文を読める場所").full().limit(LINE_LIMIT).support("要旨を載せるときは、全文を読める場所を必ず公表します。").value(fields.text("originals_place")).errors(errors))
                }
            }
            section.form-section.form {
                h2 { "意見以外の理由による変更" }
                p.soft { "法改正や誤字など、意見とは別の理由で案を変えたところ。なければ空けておきます。" }
                (changes(fields, errors))
            }
            section.form-section.form {
                h2 { "これから行うこと" }
                p.soft { "市の考え方の中で約束したことを書きます。期限が来ると担当者と課長に知らせ、報告を結果に書き加えます(新しい版になります)。" }
                (promises(fields, errors))
            }
            section.form-section.form {
                h2 { "公表" }
                @if desk.corrects {
                    (area("change_note", "何を、なぜ訂正したか", 3).required().support("前の版とともに公表されます。報告を加えるときも、ここに書きます。"))
                }
                (Field::date("publish_on", "公表する日").optional().support("空けておくと、決裁のあとすぐに公表します。例:令和8年4月1日、R8.4.1、2026/4/1").value(fields.text("publish_on")).errors(errors))
                (Choice::select("class", "決裁の区分").options(desk.classes.iter().map(|c| (c.code.as_str(), c.label.as_str()))).chosen(fields.text("class")))
            }
            .actions {
                @if desk.not_yet.is_none() { (parts::submit_as(Weight::Primary, "act", "circulate", "この内容で起案する")) }
                (parts::submit_as(Weight::Secondary, "act", "save", "下書きを保存する"))
            }
        }
    }
}

/// One of several fields of a name; what was typed there stays.
fn nth<'a>(fields: &'a Fields, name: &str, at: usize) -> &'a str {
    each(fields, name).get(at).copied().unwrap_or_default()
}

/// The first row carries the ids that the summary of errors leads to.
fn id_of_row(name: &str, at: usize) -> String {
    if at == 0 { name.to_owned() } else { format!("{name}_{at}") }
}

/// How many rows hold something, counted to the last of them.
fn filled_rows(fields: &Fields, one: &str, other: &str) -> usize {
    let last = |name| each(fields, name).iter().rposition(|v| !v.trim().is_empty()).map_or(0, |at| at + 1);
    last(one).max(last(other))
}

fn changes(fields: &Fields, errors: &Errors) -> Markup {
    let many = filled_rows(fields, "change_place[]", "change_reason[]");
    html! {
        @for at in 0..=many {
            @let ids = ["change_place", "change_old", "change_new", "change_reason"].map(|name| id_of_row(name, at));
            details open[at < many] {
                summary { @if at < many { "変更 " (at + 1) } @else { "変更を加える" } }
                .form {
                    (Field::text("change_place[]", "箇所").id(&ids[0]).full().limit(LINE_LIMIT).value(nth(fields, "change_place[]", at)).errors(errors))
                    (Field::area("change_old[]", "変更前").id(&ids[1]).rows(2).value(nth(fields, "change_old[]", at)).errors(errors))
                    (Field::area("change_new[]", "変更後").id(&ids[2]).rows(2).value(nth(fields, "change_new[]", at)).errors(errors))
                    (Field::area("change_reason[]", "理由").id(&ids[3]).rows(2).value(nth(fields, "change_reason[]", at)).errors(errors))
                }
            }
        }
    }
}

fn promises(fields: &Fields, errors: &Errors) -> Markup {
    let many = filled_rows(fields, "promise[]", "promise_due[]");
    html! {
        @for at in 0..=many {
            @let ids = ["promise", "promise_due", "promise_report", "promise_reported"].map(|name| id_of_row(name, at));
            details open[at < many] {
                summary { @if at < many { "行うこと " (at + 1) } @else { "行うことを加える" } }
                .form {
                    (Field::area("promise[]", "行うこと").id(&ids[0]).rows(2).value(nth(fields, "promise[]", at)).errors(errors))
                    (Field::date("promise_due[]", "いつまでに").id(&ids[1]).value(nth(fields, "promise_due[]", at)).errors(errors))
                    (Field::area("promise_report[]", "その後(報告)").id(&ids[2]).optional().rows(2).value(nth(fields, "promise_report[]", at)).errors(errors))
                    (Field::date("promise_reported[]", "報告した日").id(&ids[3]).optional().value(nth(fields, "promise_reported[]", at)).errors(errors))
                }
            }
        }
    }
}

/// The result as it would be now.
pub fn preview(shell: &Shell, row: &Consultation, sheet: &Sheet) -> Markup {
    let (above, desk) = (row.path(), format!("{}/result", row.path()));
    page::staff(shell, "公表される結果").crumb("/consultations", "意見募集").crumb(&above, &row.title).crumb(&desk, "結果の公表").body(html! {
        (parts::notice(Tone::Info, "", html! {
            p { "いまの内容で公表したときの画面です。" @if sheet.content.full { "全文に残る提出者本人の氏名や住所は、起案のときに自動でさらに伏せます。" } }
        }))
        (public::whole(sheet, &format!("{desk}/preview"), None))
    })
}

/// A version as it was put before its approvers.
pub fn version(shell: &Shell, row: &Consultation, sheet: &Sheet) -> Markup {
    let (above, desk) = (row.path(), format!("{}/result", row.path()));
    let title = format!("結果の第{}版", sheet.version.no);
    page::staff(shell, &title).crumb("/consultations", "意見募集").crumb(&above, &row.title).crumb(&desk, "結果の公表").body(html! {
        @if !sheet.content.change_note.is_empty() { (parts::notice(Tone::Info, "訂正の説明", parts::typed(&sheet.content.change_note))) }
        (public::whole(sheet, &format!("{desk}/versions/{}", sheet.version.no), None))
    })
}

/// Full texts with what is hidden of each.
pub fn texts(shell: &Shell, csrf: &str, row: &Consultation, texts: &[Look], more: Option<i64>) -> Markup {
    let (above, desk) = (row.path(), format!("{}/result", row.path()));
    let next = more.map(|id| format!("{desk}/masks?after={id}"));
    page::staff(shell, "全文の伏せ字").crumb("/consultations", "意見募集").crumb(&above, &row.title).crumb(&desk, "結果の公表").body(html! {
        p { "個人が分かりそうなところは、自動で伏せています。提出者本人の氏名・住所・連絡先は、起案のときにさらに伏せます。足りないところは言葉を書いて伏せ、伏せすぎたところは戻してください。同じ文章は1つにまとめて示し、伏せ字も同じになります。" }
        @if texts.is_empty() { (parts::empty("意見はありません", html! { p { "意見に切り分けたものが、ここに並びます。" } })) }
        @for Look { item: id, many, text, shown } in texts {
            @let (words, reason) = (format!("words_{id}"), format!("reason_{id}"));
            article.card id=(format!("i{id}")) {
                h2 { "意見 " (id) @if *many > 1 { " " (parts::badge(Tone::Quiet, &format!("同文 {}件", parts::grouped(u64::try_from(*many).unwrap_or(0))))) } }
                @match shown {
                    Some(shown) => (parts::typed(shown)),
                    None => (parts::notice(Tone::Warning, "", html! { p { "このままでは公表できません。伏せ字を確かめてください。" } })),
                }
                details {
                    summary { "伏せ字を変える" }
                    (parts::letter_paper("届いたままの文章", text.as_str(), html! {}))
                    form.form method="post" action={ (desk) "/masks" } {
                        (parts::csrf(csrf))
                        (parts::hidden("item", &id.to_string()))
                        (Field::text("words", "言葉").id(&words).full().support("文章のとおりに入力します。同じ言葉は、すべて変わります。"))
                        (Choice::select("reason", "理由").id(&reason).options(MaskReason::ALL.iter().map(|r| (r.code(), r.label()))))
                        .actions {
                            (parts::submit_as(Weight::Secondary, "act", "hide", "伏せる"))
                            (parts::submit_as(Weight::Secondary, "act", "show", "伏せない"))
                            (parts::submit_as(Weight::Secondary, "act", "undo", "この意見の変更を取り消す"))
                        }
                    }
                }
            }
        }
        (parts::pager_by_cursor(None, next.as_deref()))
    })
}
