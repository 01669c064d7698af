//! The answer table, the page of one answer, standard phrases, the table on paper; long because row, form and paper show
//! the same things.

use maud::{Markup, html};

use super::handlers::{Trouble, ViewPage};
use super::table::{ChapterLine, Filter, PAGE, Page, Row, Sums};
use crate::calendar;
use crate::consultations::consultation::Consultation;
use crate::opinions::answers::store::Phrase;
use crate::opinions::answers::survey::{Counts, Gap};
use crate::opinions::answers::views::{reasons, tone};
use crate::opinions::answers::{MOST_AT_ONCE, Standing};
use crate::opinions::view::{NAME_LIMIT, Outcome, PLACE_LIMIT, TEXT_LIMIT, View, Words};
use crate::replies::views::compare;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};

/// What stands between a consultation and its answers in the line of pages.
pub(super) fn answers_path(row: &Consultation) -> String {
    format!("{}/answers", row.path())
}

/// The colour of a chapter's standing.
pub(super) fn standing_tone(standing: Standing) -> Tone {
    match standing {
        Standing::Working => Tone::Info,
        Standing::Returned => Tone::Warning,
        Standing::Circulating => Tone::Quiet,
        Standing::Approved => Tone::Success,
    }
}

/// The pages of answering, as tabs.
pub(super) fn rooms(row: &Consultation, here: &str) -> Markup {
    let base = row.path();
    let all = [
        ("回答の表", format!("{base}/answers")),
        ("章と決裁", format!("{base}/chapters")),
        ("案と最終の文章", format!("{base}/differences")),
    ];
    let tabs: Vec<(&str, &str, Option<u64>, bool)> =
        all.iter().map(|(name, path)| (*name, path.as_str(), None, *name == here)).collect();
    parts::tabs("市の考え方の画面", tabs)
}

/// The line in which every item is accounted for.
pub(super) fn sum_line(sums: Sums) -> Markup {
    let grouped = |n: i64| parts::grouped(u64::try_from(n).unwrap_or(0));
    let words = html! {
        p.num {
            "意見 " strong { (grouped(sums.all)) } "件 = まとまりの中 " (grouped(sums.grouped))
            "件 + 公表しないもの " (grouped(sums.withheld)) "件"
        }
    };
    if sums.add_up() {
        words
    } else {
        parts::notice(
            Tone::Error,
            "件数が合いません",
            html! {
                (words)
                p { "この画面を閉じずに、システム管理者へ知らせてください。" }
            },
        )
    }
}

/// How far it has come, and links to what is open.
pub(super) fn progress(row: &Consultation, filter: &Filter, counts: Counts) -> Markup {
    html! {
        (parts::progress(
            &format!("{}件のまとまりのうち{}件ができています", parts::grouped(counts.groups), parts::grouped(counts.done)),
            counts.done,
            counts.groups,
            if counts.is_done() { Tone::Success } else { Tone::Info },
        ))
        @if !counts.is_done() {
            ul.inline-list {
                @for gap in Gap::ALL {
                    @if counts.of(*gap) > 0 {
                        @let asked = Filter { gap: Some(*gap), page: 1, ..filter.clone() };
                        li { a href=(asked.path(row.id, 1)) { (gap.label()) "もの " strong { (parts::grouped(counts.of(*gap))) } "件" } }
                    }
                }
            }
        }
    }
}

/// `GET /consultations/{id}/answers`.
pub fn table(shell: &Shell, csrf: &str, page: &Page) -> Markup {
    let row = &page.row;
    let base = answers_path(row);
    let counts = match page.filter.chapter {
        Some(Some(id)) => {
            page.chapters.iter().find(|c| c.chapter.id == id).map(|c| c.counts).unwrap_or_default()
        }
        _ => page.total,
    };
    let last = page.found.div_ceil(PAGE).max(1);
    page::staff(shell, "市の考え方")
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .script("pick.js")
        .actions(html! {
            a.button.secondary.small href=(format!("{base}.xlsx")) { "Excelで保存" }
            a.button.secondary.small href=(format!("{base}.csv")) { "CSVで保存" }
            a.button.secondary.small href=(format!("{base}/print")) { "印刷する形" }
        })
        .body(html! {
            (rooms(row, "回答の表"))
            (sum_line(page.sums))
            (progress(row, &page.filter, counts))
            @if page.chapters.is_empty() {
                (parts::notice(Tone::Info, "章がまだありません", html! {
                    p { "案の見出しから章を作ると、意見が段落の章に分かれ、課ごとに手分けして書けます。" }
                    p { a href=(format!("{}/chapters", row.path())) { "章を作る" } }
                }))
            }
            (search(page))
            @if page.rows.is_empty() {
                (empty(page))
            } @else if page.answers {
                form method="post" action=(base) data-pick {
                    (parts::csrf(csrf))
                    (parts::hidden("back", &back(&page.filter)))
                    (grid(page, true))
                    (bulk(page))
                }
            } @else {
                (grid(page, false))
            }
            (parts::pager(page.filter.page as u64, last as u64, |n| page.filter.path(row.id, usize::try_from(n).unwrap_or(1))))
            @if page.answers && !page.acts.is_empty() { (acts(page, csrf)) }
        })
}

/// The filter with its page, to come back to.
fn back(filter: &Filter) -> String {
    let query = filter.query();
    if query.is_empty() { format!("page={}", filter.page) } else { format!("{query}&page={}", filter.page) }
}

fn empty(page: &Page) -> Markup {
    if page.total.groups == 0 {
        return parts::empty(
            "意見はありません",
            html! { p { "届いた意見は、整理されるとここに並びます。1通も届かなかったときは、市の考え方を書かずに結果を公表できます。" } },
        );
    }
    parts::empty(
        "この条件に合う意見はありません",
        html! {
            @if page.filter.gap.is_some() { p { "この条件で残っている仕事はありません。" } }
            p { a href=(answers_path(&page.row)) { "条件をすべて外す" } }
        },
    )
}

fn search(page: &Page) -> Markup {
    let filter = &page.filter;
    let chapters: Vec<(String, String)> = page
        .chapters
        .iter()
        .map(|c| {
            (c.chapter.id.to_string(), format!("{}({}/{})", c.chapter.name, c.counts.done, c.counts.groups))
        })
        .collect();
    let chapter = match filter.chapter {
        Some(Some(id)) => id.to_string(),
        Some(None) => "none".to_owned(),
        None => String::new(),
    };
    html! {
        form.filters method="get" action=(answers_path(&page.row)) role="search" {
            .search {
                (Choice::select("chapter", "章").option("", "すべて")
                    .options(chapters.iter().map(|(id, name)| (id.as_str(), name.as_str())))
                    .option("none", "章に入っていない意見").chosen(&chapter))
                (Choice::select("gap", "残っている仕事").option("", "すべて")
                    .options(Gap::ALL.iter().map(|g| (g.code(), g.label()))).chosen(filter.gap.map_or("", Gap::code)))
                (Choice::checks("mine", "担当").option("yes", "自分の課の分").chosen(if filter.mine { "yes" } else { "" }))
                (parts::submit(Weight::Primary, "絞り込む"))
            }
            @if let Some(view) = filter.view {
                (parts::hidden("view", &view.to_string()))
                p { "市の考え方" (view) "番の付いた意見だけを示しています。" a href=(answers_path(&page.row)) { "条件をすべて外す" } }
            }
        }
        p role="status" { strong { (parts::grouped(page.found as u64)) } "件のまとまり / 案の段落の順" }
    }
}

/// The rows. A view that stands in the row above is not shown a second time.
fn grid(page: &Page, pick: bool) -> Markup {
    let columns = [(pick, ""), (true, "意見"), (true, "市の考え方"), (true, "案の箇所・文章の変更")];
    html! {
        table.table.answers role="table" data-rows {
            caption.hidden-text { "意見のまとまりと市の考え方" }
            thead role="rowgroup" {
                tr role="row" {
                    @for (_, name) in columns.iter().filter(|c| c.0) {
                        @if name.is_empty() { td role="cell" class="pick-cell" {} }
                        @else { th scope="col" role="columnheader" { (name) } }
                    }
                }
            }
            tbody role="rowgroup" {
                @for (at, row) in page.rows.iter().enumerate() {
                    @let above = at.checked_sub(1).and_then(|a| page.rows[a].view.as_ref()).map(|v| v.id);
                    tr role="row" id=(format!("group-{}", row.group.id)) class=[(!row.gaps.is_empty()).then_some("warning")] {
                        @if pick {
                            td role="cell" class="pick-cell" {
                                @if is_open(page, row) { label.pick {
                                    span.hidden-text { "まとまり" (row.group.id) "に印を付ける" }
                                    input type="checkbox" name="group" value=(row.group.id);
                                } }
                            }
                        }
                        th scope="row" role="rowheader" data-label="意見" { div.stack { (opinion(row)) } }
                        td role="cell" data-label="市の考え方" { div.stack { (answer(page, row, above)) } }
                        @let change = change(row, above);
                        @if change.0.is_empty() { td role="cell" {} }
                        @else { td role="cell" data-label="案の箇所・文章の変更" { div.stack { (change) } } }
                    }
                }
            }
        }
    }
}

/// Whether the viewer may move this row now.
fn is_open(page: &Page, row: &Row) -> bool {
    match row.group.chapter_id {
        Some(id) => page.chapters.iter().any(|c| c.chapter.id == id && c.open),
        None => page.runs,
    }
}

fn opinion(row: &Row) -> Markup {
    html! {
        p.small.soft {
            (row.place) " / まとまり" (row.group.id) " / " strong { (row.items) "件" } "、異なる文章" (row.texts)
        }
        @if row.group.gist.is_empty() {
            @if let Some((text, _)) = row.shown.first() { (parts::typed(text)) }
            @if row.gaps.contains(&Gap::Gist) { p { (parts::badge(Tone::Warning, Gap::Gist.label())) } }
        } @else {
            p { strong { (row.group.gist) } }
        }
        @if !row.group.gist.is_empty() || row.texts > 1 {
            details {
                summary { "原文を見る" }
                @for (text, n) in &row.shown {
                    (parts::typed(text))
                    @if *n > 1 { p.small.soft { "同じ文 " (n) "件" } }
                }
                @if row.texts > row.shown.len() { p.small { "ほかに異なる文章が" (row.texts - row.shown.len()) "あります。" } }
            }
        }
        p.small { a href=(format!("/consultations/{}/groups/{}", row.group.consultation_id, row.group.id)) { "まとまりを開く" span.hidden-text { "(" (row.group.id) ")" } } }
    }
}

fn answer(page: &Page, row: &Row, above: Option<i64>) -> Markup {
    html! {
        @match &row.view {
            None => p { (parts::badge(Tone::Warning, if row.group.chapter_id.is_none() { Gap::Chapter.label() } else { Gap::View.label() })) },
            Some(view) if above == Some(view.id) => p.soft { "上と同じ市の考え方(" (view.id) "番)" },
            Some(view) => {
                .badges {
                    @match view.outcome {
                        Some(outcome) => (parts::badge(tone(outcome), outcome.label())),
                        None => (parts::badge(Tone::Warning, "対応が未定")),
                    }
                    @if let Some(unit) = view.unit_id.and_then(|u| page.units.get(&u)) { (parts::badge(Tone::Quiet, unit)) }
                }
                @if view.body.is_empty() { p.soft { "まだ書かれていません。" } } @else { (parts::typed(&view.body)) }
                @for lack in view.lacks() { p.small { (parts::badge(Tone::Warning, "書きかけ")) " " (lack.label()) } }
                @for name in &row.editors { p.small { (parts::badge(Tone::Info, "書いています")) " " (name) } }
                p { a href=(view.path()) { @if is_open(page, row) { "書く・直す" } @else { "開く" } span.hidden-text { "(市の考え方" (view.id) "番)" } } " " span.small.soft { (view.id) "番" } }
            },
        }
    }
}

fn change(row: &Row, above: Option<i64>) -> Markup {
    match &row.view {
        Some(view) if above != Some(view.id) => {
            reasons(&view.reason, &view.changed_place, &view.old_text, &view.new_text)
        }
        _ => html! {},
    }
}

/// What can be done with the marked rows.
fn bulk(page: &Page) -> Markup {
    let mut seen = Vec::new();
    for view in page.rows.iter().filter_map(|r| r.view.as_ref()) {
        if !seen.iter().any(|(id, _): &(String, String)| *id == view.id.to_string()) {
            seen.push((view.id.to_string(), format!("{}番 {}", view.id, beginning(view))));
        }
    }
    let chapters: Vec<(String, &str)> =
        page.chapters.iter().map(|c| (c.chapter.id.to_string(), c.chapter.name.as_str())).collect();
    let shown = page.filter.view.map(|v| v.to_string()).unwrap_or_default();
    html! {
        .bulk.slim {
            p.picked role="status" data-picked { "意見に印を付けると(" (MOST_AT_ONCE) "件まで)、同じ市の考え方を付ける・外す・章を移す、ができます。" }
            button.button.primary.small type="submit" name="act" value="new" { "新しい市の考え方を付ける" }
            .join {
                label.hidden-text for="view" { "この画面にある市の考え方" }
                select.select #view name="view" {
                    option value="" { "市の考え方を選ぶ" }
                    @for (id, name) in &seen { option value=(id) selected[*id == shown] { (name) } }
                }
                label.nowrap for="other" { span.hidden-text { "または市の考え方の" } "番号" }
                input.input #other name="other" type="text" inputmode="numeric" autocomplete="off";
                button.button.secondary.small type="submit" name="act" value="attach" { "まとめて付ける" }
            }
            button.button.secondary.small type="submit" name="act" value="detach" { span.hidden-text { "市の考え方から" } "外す" }
            @if page.runs && !chapters.is_empty() {
                details {
                    summary { "章を移す" }
                    .fields-row.level {
                        (Choice::select("chapter", "移す章").id("move-to").option("", "選んでください")
                            .options(chapters.iter().map(|(id, name)| (id.as_str(), *name))))
                        (parts::submit_as(Weight::Secondary, "act", "place", "章に入れる"))
                    }
                    p.small.soft { "別の章に移すと、いま付いている市の考え方は外れます。元に戻すと、また付きます。" }
                }
            }
        }
    }
}

/// The first words of a view, for choosing it.
fn beginning(view: &View) -> String {
    let begin: String = view.body.chars().take(24).collect();
    if begin.is_empty() { "(まだ書かれていません)".to_owned() } else { begin }
}

fn acts(page: &Page, csrf: &str) -> Markup {
    html! {
        section.card.no-print {
            h2 { "最近の操作" }
            p.soft { "そのあと別の操作で動いた意見は、元に戻らずにそのまま残ります。" }
            ul {
                @for (act, groups) in &page.acts {
                    li {
                        (calendar::tokyo_clock(act.at.utc())) " " (act.by) " 意見" (groups) "件:" (act.kind.label()) " "
                        form.inline method="post" action=(format!("/answer-acts/{}/undoings", act.id)) {
                            (parts::csrf(csrf))
                            button.button.small type="submit" { "元に戻す" span.hidden-text { "(" (act.kind.label()) "、" (calendar::tokyo_clock(act.at.utc())) ")" } }
                        }
                    }
                }
            }
        }
    }
}

/// `GET /answers/{id}`: `words` stand in the form; `trouble` says why they were not saved.
pub fn view(shell: &Shell, csrf: &str, page: &ViewPage, words: &Words, trouble: Option<&Trouble>) -> Markup {
    let editing = &page.editing;
    let (view, row) = (&editing.view, &editing.row);
    let table = format!("{}?chapter={}", answers_path(row), view.chapter_id);
    let title = format!("市の考え方 {}番", view.id);
    let writes = editing.may_write && editing.closed.is_none();
    let mut errors = Errors::default();
    if let Some(Trouble::Refused(why)) = trouble {
        errors.add("body", why.clone());
    }
    page::staff(shell, &title)
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .crumb(&table, &editing.chapter.name)
        .errors(&errors)
        .script("counter.js")
        .script("autosave.js")
        .body(html! {
            @if let Some(why) = &editing.closed { (parts::notice(Tone::Info, "いまは直せません", html! { p { (why) } p { a href=(editing.chapter.path()) { "「" (editing.chapter.name) "」の画面を開く" } } })) }
            @if !editing.others.is_empty() {
                (parts::notice(Tone::Warning, "ほかの人も開いています", html! {
                    p { (editing.others.join("、")) "さんが、この10分のあいだに開いています。先に保存された文章は消えません。重なったときは、両方の文章を並べて示します。" }
                }))
            }
            @if let Some(Trouble::Conflict(theirs)) = trouble {
                (parts::notice(Tone::Warning, "先に別の人が保存していました", html! {
                    p { "あなたの文章は、下の欄に残っています。まだ保存していません。「保存されている文章」と「あなたの文章」を並べて示します。" }
                    p { "あなたの文章にするときは、要るところを書き足してから「保存する」を押してください。" }
                }))
                (compare("保存されている文章", "あなたの文章", &theirs.whole(), &words.whole()))
            }
            .split {
                div.stack {
                    @if writes { (form(csrf, page, words, &errors, trouble.is_some())) } @else { (reading(view)) }
                }
                div.stack {
                    h2 { "この市の考え方で答える意見" }
                    (answered(page, &table, csrf, writes))
                }
            }
        })
}

/// The view as those read it who may not write.
fn reading(view: &View) -> Markup {
    html! {
        .badges { @if let Some(outcome) = view.outcome { (parts::badge(tone(outcome), outcome.label())) } }
        @if view.body.is_empty() { p.soft { "まだ書かれていません。" } } @else { (parts::typed(&view.body)) }
        (reasons(&view.reason, &view.changed_place, &view.old_text, &view.new_text))
    }
}

/// `unsaved`: the words are not what is stored, and the page says why.
fn form(csrf: &str, page: &ViewPage, words: &Words, errors: &Errors, unsaved: bool) -> Markup {
    let view = &page.editing.view;
    let area = |name: &'static str, label: &'static str, value, rows| {
        Field::area(name, label).limit(TEXT_LIMIT).rows(rows).value(value).errors(errors)
    };
    let changed = words.changed.as_ref().map(|(p, c)| format!("{p}:{c}")).unwrap_or_default();
    let unit = words.unit_id.map(|u| u.to_string()).unwrap_or_default();
    let units: Vec<(String, &str)> = page.units.iter().map(|(id, n)| (id.to_string(), n.as_str())).collect();
    let phrases: Vec<(String, &str)> =
        page.phrases.iter().map(|p| (p.id.to_string(), p.name.as_str())).collect();
    let lacks = view.lacks();
    html! {
        form.form method="post" action=(view.path()) data-autosave=(view.path()) data-unsaved[unsaved] {
            (parts::csrf(csrf))
            (parts::hidden("version", &view.version.to_string()))
            (parts::hidden("whole", "yes"))
            p.soft role="status" data-saved {
                @match view.author_id {
                    _ if unsaved => "この文章は、まだ保存されていません。",
                    Some(_) if view.version > 1 => { "最後の保存 " (calendar::tokyo_clock(view.updated_at.utc())) },
                    _ => "まだ保存されていません。",
                }
            }
            p data-lacks {
                @if lacks.is_empty() { "起案できる内容がそろっています。" }
                @else { "起案までに:" (lacks.iter().map(|l| l.label()).collect::<Vec<_>>().join("、")) }
            }
            (Choice::radios("outcome", "対応").options(Outcome::ALL.iter().map(|o| (o.code(), o.label())))
                .chosen(words.outcome.map_or("", Outcome::code)).across())
            (area("body", "市の考え方", &words.body, 8).support("市民がそのまま読みます。です・ます体で、先に結論を書きます。"))
            @if !phrases.is_empty() {
                .fields-row.level {
                    (Choice::select("phrase", "定型文").option("", "選んでください").options(phrases.iter().map(|(id, n)| (id.as_str(), *n))))
                    button.button.secondary.small type="submit" name="insert" value="yes" data-insert-into="body" { "市の考え方の終わりに入れる" }
                }
                @for phrase in &page.phrases { template data-phrase=(phrase.id) { (phrase.body) } }
            }
            (area("reason", "理由", &words.reason, 4).support("「案を修正します」と「反映しません」では必ず書きます。"))
            (Field::text("changed_place", "案の箇所").limit(PLACE_LIMIT).full().value(&words.changed_place)
                .support("例:第2章 1 順番。「案を修正します」と「案に記載しています」では必ず書きます。"))
            (Choice::select("changed", "直す段落").option("", "選ばない")
                .options(page.paragraphs.iter().map(|(v, n)| (v.as_str(), n.as_str()))).chosen(&changed))
            (area("old_text", "直す前の文章", &words.old_text, 3).support("「案を修正します」では必ず書きます。段落の全文でなくてもかまいません。"))
            (area("new_text", "直したあとの文章", &words.new_text, 3))
            @if page.runs {
                (Choice::select("unit", "書く課(章の課と違うとき)").option("", "章の課").options(units.iter().map(|(id, n)| (id.as_str(), *n))).chosen(&unit))
            }
            .actions { (parts::submit(Weight::Primary, "保存する")) }
        }
    }
}

fn answered(page: &ViewPage, table: &str, csrf: &str, writes: bool) -> Markup {
    let view = &page.editing.view;
    html! {
        @if page.rows.is_empty() {
            (parts::empty("この市の考え方が付いた意見はありません", html! {
                p { "表で意見に印を付け、番号" (view.id) "を入れて「まとめて付ける」を押します。" }
            }))
            @if writes {
                form method="post" action=(format!("{}/removals", view.path())) {
                    (parts::csrf(csrf))
                    (parts::submit(Weight::Secondary, "この市の考え方を取り除く"))
                }
            }
        } @else {
            p { strong { (page.rows.iter().map(|r| r.items).sum::<i64>()) "件" } "の意見(" (page.rows.len()) @if page.rows.len() == PAGE { "以上" } "のまとまり)" }
            @for row in &page.rows { section.card.stack { (opinion(row)) } }
        }
        p { a href=(format!("{table}&gap=view")) { "まだ答えのない意見を選んで付ける" } }
        p { a href=(format!("{}?view={}", answers_path(&page.editing.row), view.id)) { "付いている意見を表で見る(外すのもここから)" } }
    }
}

/// `GET /phrases`.
pub fn phrases(shell: &Shell, csrf: &str, phrases: &[Phrase]) -> Markup {
    let ids: Vec<(String, String)> =
        phrases.iter().map(|p| (format!("name-{}", p.id), format!("body-{}", p.id))).collect();
    page::staff(shell, "市の考え方の定型文")
        .narrow()
        .crumb("/consultations", "意見募集")
        .script("counter.js")
        .lead(html! { p { "よく使う言い方を置いておき、市の考え方を書くときに差し込みます。差し込んだあとの文章は、定型文を直しても変わりません。" } })
        .body(html! {
            @if phrases.is_empty() {
                (parts::empty("定型文はまだありません", html! { p { "下で加えると、市の考え方を書く画面で選べるようになります。" } }))
            }
            @for (phrase, (name_id, body_id)) in phrases.iter().zip(&ids) {
                details.card {
                    summary { (phrase.name) }
                    form.form method="post" action=(format!("/phrases/{}/corrections", phrase.id)) {
                        (parts::csrf(csrf))
                        (parts::hidden("version", &phrase.version.to_string()))
                        (Field::text("name", "名前").id(name_id).required().limit(NAME_LIMIT).full().value(&phrase.name))
                        (Field::area("body", "文章").id(body_id).required().limit(TEXT_LIMIT).rows(4).value(&phrase.body))
                        .actions {
                            (parts::submit(Weight::Secondary, "直す"))
                            button.button.small type="submit" name="remove" value="yes" { "取り除く" span.hidden-text { "(" (phrase.name) ")" } }
                        }
                    }
                }
            }
            section.form-section.stack {
                h2 { "定型文を加える" }
                form.form method="post" action="/phrases" {
                    (parts::csrf(csrf))
                    (Field::text("name", "名前").required().limit(NAME_LIMIT).full().support("例:今後の参考"))
                    (Field::area("body", "文章").required().limit(TEXT_LIMIT).rows(4))
                    (parts::submit(Weight::Primary, "加える"))
                }
            }
        })
}

/// The whole table on paper, chapter by chapter.
pub fn print(
    shell: &Shell,
    row: &Consultation,
    chapters: &[ChapterLine],
    rows: &[Row],
    sums: Sums,
) -> Markup {
    let title = format!("市の考え方の表「{}」", row.title);
    let of = |chapter: Option<i64>| rows.iter().filter(move |r| r.group.chapter_id == chapter);
    page::staff(shell, &title)
        .wide()
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .body(html! {
            p.no-print { "このページを印刷すると、表になります。 " a href=(answers_path(row)) { "回答の表へ戻る" } }
            (sum_line(sums))
            @for line in chapters {
                h2 { (line.chapter.name) }
                p.small { "担当 " (line.unit) " / " (line.standing.label()) " / まとまり" (line.counts.groups) "、市の考え方" (line.counts.views) }
                (paper(of(Some(line.chapter.id))))
            }
            @if of(None).next().is_some() {
                h2 { "章に入っていない意見" }
                (paper(of(None)))
            }
        })
}

fn paper<'a>(rows: impl Iterator<Item = &'a Row>) -> Markup {
    html! {
        table.table.answers role="table" {
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" { "意見" }
                    th scope="col" role="columnheader" { "市の考え方" }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        td role="cell" data-label="意見" {
                            div {
                                p.small { (row.place) " / " (row.items) "件" }
                                @if row.group.gist.is_empty() { @if let Some((text, _)) = row.shown.first() { (parts::typed(text)) } }
                                @else { p { (row.group.gist) } }
                            }
                        }
                        td role="cell" data-label="市の考え方" {
                            div {
                                @match &row.view {
                                    Some(view) => {
                                        p { strong { (view.outcome.map_or("対応が未定", Outcome::label)) } }
                                        (parts::typed(&view.body))
                                        (reasons(&view.reason, &view.changed_place, &view.old_text, &view.new_text))
                                    },
                                    None => p.soft { "なし" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
