//! The pages of a result; staff and approvers see the very same parts. Everything shown is read from a version's rows,
//! which masking and the check of names made. Long because the parts of domain rule 9.6 are one page.

use maud::{Markup, html};

use super::changes::Changed;
use super::content::{ChannelCount, Content, Group, Promise, View};
use super::{Answers, Released, Sheet, page_of};
use crate::calendar::{self, era_date};
use crate::consultations::consultation::{Decision, days_of_period};
use crate::consultations::content::PaperLink;
use crate::consultations::submission::{State, Submission};
use crate::files::size_in_words;
use crate::opinions::item::Withheld;
use crate::opinions::view::Outcome;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Table, Tone, col, head, num};

/// The public address of a result.
pub fn path(consultation_id: i64) -> String {
    format!("/consultations/{consultation_id}/result")
}

/// The public address of one group in a result.
pub fn group_path(consultation_id: i64, group_no: i64) -> String {
    match page_of(group_no) {
        1 => format!("{}#g{group_no}", path(consultation_id)),
        page => format!("{}?page={page}#g{group_no}", path(consultation_id)),
    }
}

/// `GET /consultations/{id}/result`; `changed` is what the newest correction changed.
pub fn result(shell: &Shell, released: &Released, sheet: &Sheet, changed: &[Changed]) -> Markup {
    let id = released.version.consultation_id;
    let (above, base) = (format!("/consultations/{id}"), path(id));
    let title = format!("{}の結果", sheet.content.whole_title());
    page::citizen(shell, &title)
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&above, &sheet.content.whole_title())
        .feed("/feeds/consultations.atom", "意見募集のお知らせ")
        .body(html! {
            (dates(released))
            p.print-only { "この結果のアドレス " (shell.city.public_url) (base) }
            (whole(sheet, &base, Some(id)))
            @if sheet.page == 1 {
                (corrections(released, changed))
                (files(&base))
            }
        })
}

/// `GET /consultations/{id}/result/versions/{no}`: an earlier version as it was.
pub fn version(shell: &Shell, released: &Released, sheet: &Sheet, changed: &[Changed]) -> Markup {
    let id = released.version.consultation_id;
    let (above, now) = (format!("/consultations/{id}"), path(id));
    let base = format!("{now}/versions/{}", released.version.no);
    let title = format!("{}の結果(第{}版)", sheet.content.whole_title(), released.version.no);
    page::citizen(shell, &title)
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&above, &sheet.content.whole_title())
        .crumb(&now, "結果")
        .body(html! {
            (parts::notice(Tone::Warning, "前の版です", html! {
                p { "この結果は、あとで訂正されました。" a href=(now) { "いまの版を読む" } }
            }))
            (dates(released))
            p.print-only { "この版のアドレス " (shell.city.public_url) (base) }
            (whole(sheet, &base, Some(id)))
            @if sheet.page == 1 { (corrections(released, changed)) }
        })
}

fn dates(released: &Released) -> Markup {
    let newest = released.history.first().map_or(1, |(no, ..)| *no);
    html! {
        p.soft {
            "公表 " (parts::time(released.at.tokyo_day(), era_date(released.at.tokyo_day())))
            @if released.history.len() > 1 {
                " " span.nowrap {
                    "第" (released.version.no) "版"
                    @if released.version.no == newest { "(" a href="#corrections" { "訂正の記録" } ")" }
                }
            }
        }
    }
}

/// One page of a version. `base` is its address, `id` the consultation where its public pages can be linked.
pub fn whole(sheet: &Sheet, base: &str, id: Option<i64>) -> Markup {
    let content = &sheet.content;
    html! {
        @if sheet.page == 1 {
            (decision(content, id))
            (outline(content, id))
            (numbers(content))
        }
        @if sheet.version.groups > 0 {
            section.stack #opinions {
                h2 { "意見と市の考え方" }
                @if sheet.pages > 1 { p { "意見 " (sheet.version.groups) "のまとまりのうち、" (first_last(sheet)) "を載せています。" } }
                (contents(sheet, base))
                (answers(sheet))
                (parts::pager(page_number(sheet.page), page_number(sheet.pages), |n| format!("{base}?page={n}#opinions")))
            }
        }
        @if sheet.page == 1 {
            (withheld(sheet))
            (other_changes(content))
            (promises(&content.promises))
            (contact(content))
        }
    }
}

fn page_number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(1)
}

fn first_last(sheet: &Sheet) -> String {
    let (first, last) = (sheet.groups.first().map_or(0, |g| g.no), sheet.groups.last().map_or(0, |g| g.no));
    format!("{first}から{last}まで")
}

/// What the city decided, and the text that came of it.
fn decision(content: &Content, id: Option<i64>) -> Markup {
    let tone = match content.decision {
        Decision::AdoptedAsDrafted | Decision::AdoptedRevised => Tone::Success,
        Decision::NotAdopted | Decision::Reconsult => Tone::Info,
    };
    html! {
        section.stack {
            h2 { "決めたこと" }
            .badges { (parts::badge(tone, content.decision.label())) }
            p { strong {
                @match content.decision {
                    Decision::AdoptedAsDrafted => { (content.draft_label) "のとおり決定しました。" },
                    Decision::AdoptedRevised => { (content.draft_label) "を修正して決定しました。" },
                    Decision::NotAdopted => "この案は決定しないこととしました。",
                    Decision::Reconsult => "案を見直し、あらためて意見を募集します。",
                }
            } }
            (parts::facts([("決定した日", parts::time(content.decided_on, era_date(content.decided_on)))]))
            @if !content.decision_note.trim().is_empty() { (parts::typed(&content.decision_note)) }
            @if let Some(again) = &content.reconsult {
                p { "あらためての意見募集: " a href=(format!("/consultations/{}", again.id)) { (again.title) } }
            }
            @if content.decision == Decision::AdoptedAsDrafted && content.finals.is_empty() {
                p { "決定した文章は、下の「公表した資料」にある案と同じです。" }
            }
            @if !content.finals.is_empty() || !content.final_place.trim().is_empty() {
                h3 { "決定した文章" }
                @if !content.finals.is_empty() { ul { @for paper in &content.finals { li { (final_paper(paper, id)) } } } }
                @if !content.final_place.trim().is_empty() { p { (linked(&content.final_place)) } }
            }
        }
    }
}

fn final_paper(paper: &PaperLink, id: Option<i64>) -> Markup {
    html! {
        @match (&paper.file, id) {
            (Some((file, name, size)), Some(id)) => {
                a href=(format!("{}/papers/{file}", path(id))) { (paper.title) "(" (name) "、" (size_in_words(*size)) ")" }
            },
            _ => (paper.title),
        }
        @if let Some(id) = id.filter(|_| paper.paragraphs > 0) {
            " " a href=(format!("{}/texts/{}", path(id), paper.paper_id)) { "決定した文章を読む" }
        }
    }
}

/// A place in words; a web address in it is a link.
fn linked(words: &str) -> Markup {
    html! {
        @for (at, word) in words.split_whitespace().enumerate() {
            @if at > 0 { " " }
            @if word.starts_with("https://") || word.starts_with("http://") { a href=(word) { (word) } }
            @else { (word) }
        }
    }
}

/// What was put to comment.
fn outline(content: &Content, id: Option<i64>) -> Markup {
    let days = days_of_period(content.noticed_on, content.closing_on);
    html! {
        section.stack {
            h2 { "意見募集の概要" }
            (parts::facts([
                ("案件名", html! {
                    @match id {
                        Some(id) => a href=(format!("/consultations/{id}")) { (content.whole_title()) },
                        None => (content.whole_title()),
                    }
                }),
                ("根拠", html! { (content.basis) }),
                ("公示日", parts::time(content.noticed_on, era_date(content.noticed_on))),
                ("募集期間", html! {
                    (parts::time(content.opens_on, era_date(content.opens_on))) "から" (parts::time(content.closing_on, era_date(content.closing_on))) "まで" span.nowrap { "(公示日から数えて" (days) "日)" }
                }),
                ("担当", html! { (content.unit_name) }),
            ]))
            h3 { "公表した資料" }
            ul {
                @for paper in &content.papers {
                    li {
                        (paper.kind.label()) " "
                        @match (&paper.file, id) {
                            (Some((file, name, size)), Some(id)) => {
                                a href=(format!("/consultations/{id}/papers/{file}")) { (paper.title) "(" (name) "、" (size_in_words(*size)) ")" }
                            },
                            (None, Some(id)) if paper.paragraphs > 0 => {
                                a href=(format!("/consultations/{id}#paper-{}", paper.paper_id)) { (paper.title) }
                            },
                            _ => (paper.title),
                        }
                    }
                }
            }
        }
    }
}

/// The numbers, each with what it counts, and the sums.
fn numbers(content: &Content) -> Markup {
    let counts = &content.counts;
    let total = counts.total();
    // what no submission met is no column: the sum below tells its zero
    type Of = fn(&ChannelCount) -> i64;
    let apart: [(&str, Of); 4] = [
        ("期限後(通)", |c| c.late),
        ("記載に不足(通)", |c| c.incomplete),
        ("案件外(通)", |c| c.off_topic),
        ("取下げ(通)", |c| c.withdrawn),
    ];
    let apart: Vec<_> = apart.into_iter().filter(|(_, of)| of(&total) > 0).collect();
    let cells = |label: Markup, c: &ChannelCount| {
        let mut cells = vec![label, html! { (c.counted) }, html! { (c.submitters) }];
        cells.extend(apart.iter().map(|(_, of)| html! { (of(c)) }));
        cells.push(html! { (c.all) });
        cells
    };
    let mut columns = vec![head("方法"), num("提出(通)"), num("提出者")];
    columns.extend(apart.iter().map(|(name, _)| num(name)));
    columns.push(num("届いたもの(通)"));
    let mut table = Table::new("提出の方法ごとの数", columns)
        .compact()
        .rows(counts.channels.iter().map(|c| cells(html! { (c.kind.label()) }, c)))
        .row(cells(html! { strong { "計" } }, &total));
    if apart.is_empty() {
        table = table.unstacked();
    }
    let ways: i64 = counts.channels.iter().map(|c| c.submitters).sum();
    html! {
        section.stack #numbers {
            h2 { "提出された意見の数" }
            @if counts.is_empty() {
                (parts::notice(Tone::Info, "意見の提出はありませんでした", html! {
                    p { (era_date(content.opens_on)) "から" (era_date(content.closing_on)) "まで意見を募集しましたが、意見の提出はありませんでした。" }
                }))
            } @else {
                p.lead { "提出 " strong { (total.counted) "通" } "、提出者 " strong { (total.submitters) } "、意見 " strong { (counts.opinions()) "件" } }
            }
            (table)
            p.soft {
                "届いたもの" (total.all) "通 = 提出" (total.counted) "通 + 期限後" (total.late) "通 + 記載に不足" (total.incomplete)
                "通 + 案件外" (total.off_topic) "通 + 取下げ" (total.withdrawn) "通"
            }
            @if ways > total.submitters {
                p.soft { "2つ以上の方法で提出した方がいるため、方法ごとの提出者の和(" (ways) ")は計より多くなります。" }
            }
            @if !counts.is_empty() {
                (parts::facts([
                    ("意見の件数", html! { (counts.opinions()) "件。" (counts.rule()) }),
                    ("内容ごとの数", html! { (counts.items) "件(このうち文章が異なるもの " (counts.texts) "件)" }),
                    ("同じ趣旨のまとまり", html! { (counts.groups) "件" }),
                    ("市の考え方", html! { (counts.views) "件" }),
                    ("公表しないもの", html! {
                        (counts.withheld()) "件"
                        @if !counts.withheld.is_empty() {
                            "(" @for (at, (why, n)) in counts.withheld.iter().enumerate() { @if at > 0 { "、" } (why.label()) " " (n) "件" } ")"
                        }
                    }),
                ]))
                p.soft {
                    "内容ごとの" (counts.items) "件 = まとまりに入れたもの" (counts.items - counts.withheld()) "件 + 公表しないもの" (counts.withheld()) "件。"
                    "数の多さではなく、内容を検討しています。"
                }
                @if !content.full {
                    p { "意見は要旨をまとめて載せています。意見の全文を読める場所: " (linked(&content.originals_place)) }
                } @else {
                    p { "意見は全文を載せています。お名前など、個人が分かるところは「【個人情報】」のように伏せています。" }
                }
            }
        }
    }
}

fn contents(sheet: &Sheet, base: &str) -> Markup {
    html! {
        @if sheet.chapters.len() > 1 {
            nav #contents aria-label="章の一覧" {
                ul {
                    @for (name, first, many) in &sheet.chapters {
                        @let page = page_of(*first);
                        li {
                            a href=(if page == sheet.page { format!("#g{first}") } else { format!("{base}?page={page}#g{first}") }) { (name) }
                            "(" (many) ")"
                        }
                    }
                }
            }
        }
    }
}

/// An answer with the groups of this page that it answers.
struct Block<'a> {
    /// The chapter, where it begins.
    chapter: Option<&'a str>,
    view: &'a View,
    /// Each with the anchor of its paragraph, where that begins.
    groups: Vec<(&'a Group, Option<String>)>,
}

fn blocks(sheet: &Sheet) -> Vec<Block<'_>> {
    let (mut chapter, mut place) = ("", None);
    let mut blocks = Vec::new();
    let mut groups = sheet.groups.iter().peekable();
    for view in &sheet.views {
        let mut mine = Vec::new();
        while let Some(group) = groups.next_if(|g| g.view_no == view.no) {
            let here = group.paper_id.zip(group.paragraph.as_deref());
            let begins = here.filter(|_| here != place);
            mine.push((group, begins.map(|(paper, code)| format!("p-{paper}-{code}"))));
            place = here.or(place);
        }
        let begins = view.chapter != chapter;
        chapter = &view.chapter;
        blocks.push(Block { chapter: begins.then_some(chapter), view, groups: mine });
    }
    blocks
}

/// The answers of this page, each under the opinions it answers.
fn answers(sheet: &Sheet) -> Markup {
    let back = html! { @if sheet.chapters.len() > 1 { p.way { a href="#contents" { "章の一覧へ戻る" } } } };
    html! {
        @for (nth, block) in blocks(sheet).into_iter().enumerate() {
            @if let Some(chapter) = block.chapter {
                @if nth > 0 { (back) }
                h3 { (chapter) }
            }
            article.card.answer {
                div.stack {
                    h4 { "意見" }
                    @for (group, anchor) in &block.groups {
                        section id=(format!("g{}", group.no)) {
                            @if let Some(anchor) = anchor { span id=(anchor) {} }
                            (group_words(sheet, group))
                        }
                    }
                }
                (answer(block.view))
            }
        }
        @if !sheet.views.is_empty() { (back) }
    }
}

fn group_words(sheet: &Sheet, group: &Group) -> Markup {
    let texts: Vec<_> = sheet.texts.iter().filter(|t| t.group_no == Some(group.no)).collect();
    html! {
        p {
            a href=(format!("#g{}", group.no)) { strong { "意見 " (group.no) } }
            " " span.soft { (group.place) }
            @if group.items > 1 { " " (parts::badge(Tone::Quiet, &format!("同趣旨 {}件", group.items))) }
        }
        @if !group.gist.trim().is_empty() { (parts::typed(&group.gist)) }
        @if let [only] = texts.as_slice() {
            @if group.gist.trim().is_empty() { (text(only)) }
            @else { details { summary { "全文を読む" } (text(only)) } }
        } @else if !texts.is_empty() {
            details open[texts.len() <= 3 && group.gist.trim().is_empty()] {
                summary { "全文を読む(異なる文章 " (texts.len()) ")" }
                @for one in &texts { (text(one)) }
            }
        }
    }
}

fn text(text: &super::store::Text) -> Markup {
    html! {
        .opinion-text {
            (parts::typed(&text.body))
            p.soft {
                @if !text.org_name.is_empty() { (text.org_name) " " }
                @if text.many > 1 { "同文 " (text.many) "件" }
            }
        }
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Revised => Tone::Success,
        Outcome::AlreadyInDraft | Outcome::QuestionAnswered => Tone::Info,
        Outcome::NotAdopted => Tone::Warning,
        Outcome::Reference | Outcome::OffTopic => Tone::Quiet,
    }
}

/// The city's view with what it does.
fn answer(view: &View) -> Markup {
    html! {
        div.stack id=(format!("v{}", view.no)) {
            h4 { "市の考え方 " (view.no) }
            .badges { (parts::badge(tone(view.outcome), view.outcome.label())) }
            (parts::typed(&view.body))
            @if !view.reason.trim().is_empty() { p { strong { "理由 " } (view.reason) } }
            @if !view.changed_place.trim().is_empty() { p { strong { "箇所 " } (view.changed_place) } }
            @if !view.old_text.is_empty() || !view.new_text.is_empty() {
                (parts::compare("修正前", "修正後", &view.old_text, &view.new_text))
            }
            p.soft { (view.unit_name) }
        }
    }
}

/// A withheld opinion's reason in words.
pub fn withheld_words(why: Withheld, note: &str) -> String {
    match (why, note.trim()) {
        (Withheld::Other, note) if !note.is_empty() => note.to_owned(),
        (why, "") => why.label().to_owned(),
        (why, note) => format!("{}({note})", why.label()),
    }
}

fn withheld(sheet: &Sheet) -> Markup {
    let mut table =
        Table::new("公表しない意見", [head("意見の番号"), col("箇所"), col("理由")]).quiet_caption();
    for item in &sheet.withheld {
        let Some(why) = item.withheld else { continue };
        table = table.row([
            html! { (item.no) },
            html! { (item.place) },
            html! { (withheld_words(why, &item.withheld_note)) },
        ]);
    }
    html! {
        @if !sheet.withheld.is_empty() {
            section.stack #withheld {
                h2 { "公表しない意見" }
                p { "次の意見は、内容を読んで検討しましたが、理由があって載せていません。番号は、CSVファイルの「意見の番号」です。" }
                (table)
            }
        }
    }
}

/// What became of one submission, for its writer; nothing before the result is out.
pub fn answers_to(found: &Submission, answers: Option<&Answers>) -> Markup {
    let Some(answers) = answers else { return html! {} };
    let id = answers.consultation_id;
    html! {
        section.stack #answers {
            h2 { "いただいたご意見への答え" }
            @if answers.items.is_empty() {
                p {
                    @match found.state {
                        State::Late => "期限後に届いたため、結果では数だけを分けて載せています。内容は読み、参考にします。",
                        State::OffTopic => "案とは別のことについてのご意見だったため、結果では数だけを分けて載せています。",
                        State::Withdrawn => "取り下げられたため、結果では数だけを分けて載せています。",
                        State::Incomplete => "記載に不足があったため、結果では数だけを分けて載せています。内容は読みました。",
                        State::Received | State::Accepted => "結果では、ほかのご意見とまとめて扱いました。くわしくは担当課にお尋ねください。",
                    }
                    " " a href=(path(id)) { "結果を読む" }
                }
            } @else if answers.items.len() > 1 {
                p { "ご意見を" (answers.items.len()) "つの内容に分けて検討しました。" }
            }
            @for (at, (item, answered)) in answers.items.iter().enumerate() {
                article.card {
                    h3 { "ご意見 " (at + 1) " " span.soft { (item.place) } }
                    @match (answered, item.withheld) {
                        (Some((group, view)), _) => {
                            @if !group.gist.trim().is_empty() { p { strong { "要旨 " } (group.gist) } }
                            @else if !item.body.trim().is_empty() { (parts::typed(&item.body)) }
                            @if group.items > 1 { p.soft { "同じ趣旨のご意見が、ほかに" (group.items - 1) "件ありました。" } }
                            (answer(view))
                            p.way { a href=(group_path(id, group.no)) { "結果の意見 " (group.no) " を見る" } }
                        },
                        (None, Some(why)) => {
                            p { "このご意見は、次の理由で結果に載せていません。内容は読み、検討しました。" }
                            p { strong { (withheld_words(why, &item.withheld_note)) } }
                            p.way { a href={ (path(id)) "#withheld" } { "結果を読む" } }
                        },
                        (None, None) => {},
                    }
                }
            }
        }
    }
}

fn other_changes(content: &Content) -> Markup {
    html! {
        @if !content.other_changes.is_empty() {
            section.stack #other-changes {
                h2 { "意見以外の理由による変更" }
                @for change in &content.other_changes {
                    article.card {
                        h3 { (change.place) }
                        p { strong { "理由 " } (change.reason) }
                        @if !change.old_text.is_empty() || !change.new_text.is_empty() {
                            (parts::compare("変更前", "変更後", &change.old_text, &change.new_text))
                        }
                    }
                }
            }
        }
    }
}

fn promises(promises: &[Promise]) -> Markup {
    let mut table =
        Table::new("これから行うこと", [head("行うこと"), col("いつまでに"), col("その後")]).quiet_caption();
    for promise in promises {
        table = table.row([
            html! { (promise.body) },
            parts::time(promise.due_on, era_date(promise.due_on)),
            html! {
                @match promise.reported_on {
                    Some(on) => { (promise.report) br; span.soft { (era_date(on)) "に報告" } },
                    None => "まだ報告していません",
                }
            },
        ]);
    }
    html! {
        @if !promises.is_empty() {
            section.stack #promises {
                h2 { "これから行うことと、その後" }
                (table)
            }
        }
    }
}

fn contact(content: &Content) -> Markup {
    let all = [
        ("担当", &content.unit_name),
        ("場所", &content.contact_place),
        ("電話", &content.contact_phone),
        ("メール", &content.contact_email),
    ];
    html! {
        section.stack {
            h2 { "問合せ先" }
            (parts::facts(all.into_iter().filter(|(_, v)| !v.trim().is_empty()).map(|(k, v)| (k, if k == "電話" { parts::phone(v) } else { html! { (v) } }))))
        }
    }
}

fn files(base: &str) -> Markup {
    html! {
        section.stack.no-print {
            h2 { "データで使う" }
            ul {
                li { a href={ (base) ".csv" } { "CSV" } " 意見ごとに1行。表計算ソフトで開けます。" }
                li { a href={ (base) ".json" } { "JSON" } " どの意見にどう答えたか、どこがなぜ変わったか。" a href="/api/consultation-result.schema.json" { "項目の説明" } }
            }
            p.soft { "市が書いた文章は CC BY 4.0 で使えます。意見の文章は書いた方のものです。" }
        }
    }
}

/// What the versions were, and what this one changed.
fn corrections(released: &Released, changed: &[Changed]) -> Markup {
    let base = path(released.version.consultation_id);
    let newest = released.history.first().map_or(1, |(no, ..)| *no);
    html! {
        @if released.history.len() > 1 {
            section.stack #corrections {
                h2 { "訂正の記録" }
                p { "この結果には" (released.history.len()) "つの版があります。" }
                ul {
                    @for (no, at, note) in &released.history {
                        li {
                            @if *no == newest { a href=(base) { "第" (no) "版" } }
                            @else { a href=(format!("{base}/versions/{no}")) { "第" (no) "版" } }
                            " " (calendar::era_date(at.tokyo_day()))
                            @if !note.is_empty() { " " (note) }
                        }
                    }
                }
                @if !changed.is_empty() {
                    h3 { "前の版から変わったところ" }
                    @for one in changed {
                        h4 { (one.what) }
                        (parts::compare("前の版", "この版", &one.old, &one.new))
                    }
                }
            }
        }
    }
}
