//! The citizens' pages of published voices. What citizens wrote comes in as [`PublicText`] and in no other form.

use std::fmt::Write as _;

use chrono::NaiveDate;
use maud::{Markup, PreEscaped, html};

use super::publication::{Content, Filter, Item, PER_PAGE, Similar, Voice, Withheld};
use crate::calendar::{FiscalYear, era_date};
use crate::letters::letter::{Field, MatterKind};
use crate::text::{self, Change, MaskReason, PublicText};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Segment, Tone, Weight};

fn day(day: NaiveDate) -> Markup {
    parts::time(day, era_date(day))
}

/// Text with its marks of masking set apart, so that they are seen to be the city's and not the writer's.
fn shown(text: &PublicText) -> Markup {
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, mark, after)) = next_mark(rest) {
        pieces.push((before, mark));
        rest = after;
    }
    html! {
        @for (before, mark) in pieces { (parts::text(before)) span.masked { (mark) } }
        (parts::text(rest))
    }
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('【').find_map(|(at, open)| {
        let inside = &text[at + open.len()..];
        let label = MaskReason::ALL.iter().map(|r| r.label()).find(|l| inside.starts_with(l))?;
        let after = inside[label.len()..].strip_prefix('】')?;
        Some((&text[..at], &text[at..text.len() - after.len()], after))
    })
}

/// The list, with its filters.
pub fn list(shell: &Shell, filter: &Filter, items: &[Item], total: u64, years: &[i64]) -> Markup {
    let last = total.div_ceil(PER_PAGE).max(1);
    let title = match filter.page {
        1 => "届いた声と答え".to_owned(),
        n => format!("届いた声と答え({n}ページ目)"),
    };
    let asked = filter.words();
    let lead = html! { "市に届いた手紙と、市の考え方です。差出人の了解をいただき、個人が分からないようにして公表しています。" };
    page::citizen(shell, &title).lead(lead).feed("/feeds/voices.atom", "届いた声と答え").body(html! {
        (filters(filter, years))
        @if asked.is_empty() {
            h2 { "新しい順に" (parts::grouped(total)) "件" }
        } @else {
            h2 { (asked.join("・")) "の声 " (parts::grouped(total)) "件" }
            p.way { a href="/voices" { "条件を外して、すべての声を見る" } }
        }
        @if items.is_empty() { (nothing(filter, total)) }
        @else {
            ol.voices { @for item in items { (line(item)) } }
            (parts::pager(filter.page, last, |n| filter.href("/voices", n)))
        }
        ul.link-list.no-print {
            li { a href="/opendata/letters_published.csv" { "すべての声をCSVで保存する" } }
            li { a href="/feeds/voices.atom" { "新しい声の配信(Atom)" } }
        }
    })
}

fn filters(filter: &Filter, years: &[i64]) -> Markup {
    let named: Vec<(String, String)> = years
        .iter()
        .filter_map(|y| Some((y.to_string(), FiscalYear(i32::try_from(*y).ok()?).label())))
        .collect();
    let year = filter.year.map(|y| y.to_string()).unwrap_or_default();
    html! {
        form.filters.stack method="get" action="/voices" role="search" {
            .search {
                (parts::Field::search("q", "さがす言葉").value(&filter.q).support("例:街灯、待機児童。二つの言葉は間をあけてください。"))
                (parts::submit(Weight::Primary, "さがす"))
            }
            details open[filter.field.is_some() || filter.year.is_some() || filter.kind.is_some()] {
                summary { "分野・年度・種類でしぼる" }
                .fields-row {
                    (Choice::select("field", "分野").option("", "すべて")
                        .options(Field::ALL.iter().map(|f| (f.code(), f.label())))
                        .chosen(filter.field.map_or("", Field::code)))
                    (Choice::select("year", "受け付けた年度").option("", "すべて")
                        .options(named.iter().map(|(y, l)| (y.as_str(), l.as_str())))
                        .chosen(&year))
                    (Choice::select("kind", "種類").option("", "すべて")
                        .options(MatterKind::ALL.iter().map(|k| (k.code(), k.label())))
                        .chosen(filter.kind.map_or("", MatterKind::code)))
                }
            }
        }
    }
}

fn nothing(filter: &Filter, total: u64) -> Markup {
    if total > 0 {
        return parts::empty(
            "このページには声がありません",
            html! { p.way { a href=(filter.href("/voices", 1)) { "最初のページを見る" } } },
        );
    }
    if !filter.is_narrow() {
        return parts::empty(
            "公表された声は、まだありません",
            html! {
                p { "差出人の了解をいただいた手紙と市の考え方が、ここに並びます。" }
                .actions { (parts::link_button(Weight::Secondary, "/letters/new", "市長へ手紙を書く")) }
            },
        );
    }
    parts::empty(
        "当てはまる声は見つかりませんでした",
        html! {
            p { "言葉を短くするか、別の言い方でお試しください。ひらがなとカタカナ、全角と半角の違いは気にせずさがせます。" }
            .actions { (parts::link_button(Weight::Secondary, "/letters/new", "市長へ手紙を書く")) }
        },
    )
}

fn line(item: &Item) -> Markup {
    html! {
        li {
            h3 { a href=(path(item.id)) { (item.title) } }
            p { (shown(&item.beginning)) @if item.cut { "…" } }
            .meta {
                span.badges {
                    span.hidden-text { "対応の種別:" }
                    (parts::badge(Tone::Info, item.outcome.label()))
                    @if item.corrected_on.is_some() { (parts::badge(Tone::Warning, "訂正あり")) }
                }
                @for field in &item.fields { span { (field.label()) } }
                span { (item.unit_name) }
                span { "公表 " (day(item.published_on)) }
            }
        }
    }
}

/// The newest voices, for the front page; nothing when there are none yet.
pub fn latest(voices: &[Voice]) -> Markup {
    if voices.is_empty() {
        return PreEscaped(String::new());
    }
    html! {
        section.stack aria-labelledby="latest-title" {
            h2 id="latest-title" { "最近の声と答え" }
            ul.voices {
                @for voice in voices {
                    li {
                        h3 { a href=(path(voice.id)) { (voice.content.title) } }
                        .meta { span { (voice.content.unit_name) } span { "公表 " (day(voice.published_on)) } }
                    }
                }
            }
            p.way { a href="/voices" { "届いた声と答えをすべて見る" } }
        }
    }
}

/// The address of a voice.
pub fn path(id: i64) -> String {
    format!("/voices/{id}")
}

/// One voice and its answer.
pub fn show(shell: &Shell, voice: &Voice, earlier: &[(i64, NaiveDate)], related: &[Similar]) -> Markup {
    page::citizen(shell, voice.content.title.as_str())
        .crumb("/voices", "届いた声と答え")
        .feed("/feeds/voices.atom", "届いた声と答え")
        .body(html! {
            (article(voice, earlier, ""))
            @if !related.is_empty() {
                h2.no-print { "似た声" }
                ul.no-print {
                    @for other in related { li { a href=(path(other.id)) { (other.title) } } }
                }
            }
            .actions {
                (parts::link_button(Weight::Primary, "/letters/new", "市長へ手紙を書く"))
                (parts::link_button(Weight::Secondary, "/voices", "ほかの声をさがす"))
            }
        })
}

/// Everything the page of a voice says of it: what approvers see before and the public after. `site` stands before the
/// addresses in it: nothing at the citizens' door, the citizens' address at the staff door.
pub fn article(voice: &Voice, earlier: &[(i64, NaiveDate)], site: &str) -> Markup {
    let content = &voice.content;
    html! {
        @if let Some(note) = &content.correction_note {
            (parts::notice(Tone::Warning, "訂正があります", html! {
                @if let Some(on) = voice.corrected_on { p { (day(on)) "に、次のとおり訂正しました。" } }
                p.letter-text { (shown(note)) }
            }))
        }
        (papers(content))
        h2.hidden-text { "この声について" }
        (parts::facts(about(voice, site)))
        @if !earlier.is_empty() {
            p.no-print { "訂正する前の内容:"
                @for (no, on) in earlier {
                    " " a href={ (site) (path(voice.id)) "/versions/" (no) } { "第" (no) "版(" (era_date(*on)) ")" }
                }
            }
        }
        p.small { "この内容は、回答日または公表日の時点のものです。その後の制度や状況の変化により、現在とは異なることがあります。" }
    }
}

fn papers(content: &Content) -> Markup {
    html! {
        @let gist = html! { @if content.gist { "手紙をもとに、市が要旨をまとめました。" } };
        (parts::letter_paper(if content.gist { "市民の声(要旨)" } else { "市民の声" }, shown(&content.voice), gist))
        (parts::reply_paper("市の考え方", shown(&content.answer), html! {
            (content.unit_name)
            @if let Some(phone) = &content.unit_phone { " " span.nowrap { "電話 " (parts::phone(phone)) } }
        }))
        @if !content.answered_sender {
            p { "本件は、申出人様への回答はしていません。" }
        }
    }
}

fn about(voice: &Voice, site: &str) -> Vec<(&'static str, Markup)> {
    let content = &voice.content;
    let phone = html! { @if let Some(phone) = &content.unit_phone { br; "電話 " (parts::phone(phone)) } };
    let mut facts = vec![
        ("担当部署", html! { (content.unit_name) (phone) }),
        ("対応の種別", html! { (content.outcome.label()) }),
        ("声の種類", html! { (content.kind.label()) }),
    ];
    if !content.fields.is_empty() {
        facts.push((
            "分野",
            html! {
                @for (nth, field) in content.fields.iter().enumerate() {
                    @if nth > 0 { "、" }
                    a href={ (site) "/voices?field=" (field) } { (field.label()) }
                }
            },
        ));
    }
    facts.push(("受付日", day(content.received_on)));
    if let Some(on) = content.replied_on {
        facts.push(("回答日", day(on)));
    }
    facts.push(("公表日", day(voice.published_on)));
    if let Some(on) = voice.corrected_on {
        facts.push(("訂正日", day(on)));
    }
    facts
}

/// An earlier version, with what the version after it changed.
pub fn version(shell: &Shell, voice: &Voice, next: &Content) -> Markup {
    let title = format!("{}(第{}版)", voice.content.title, voice.version_no);
    let here = path(voice.id);
    page::citizen(shell, &title).crumb("/voices", "届いた声と答え").crumb(&here, "いまの版").wide().body(
        html! {
            (parts::notice(Tone::Warning, "これは訂正する前の版です", html! {
                p { "この版は" (day(voice.corrected_on.unwrap_or(voice.published_on))) "に公表しました。" }
                p.way { a href=(here) { "いまの版(第" (voice.current_no) "版)を見る" } }
            }))
            h2 { "第" (voice.version_no) "版から第" (voice.version_no + 1) "版への訂正" }
            @if let Some(note) = &next.correction_note { p.letter-text { (shown(note)) } }
            (changes(voice.version_no, &voice.content, next))
            h2 { "第" (voice.version_no) "版の全文" }
            (papers(&voice.content))
            (parts::facts(about(voice, "")))
        },
    )
}

fn changes(no: i64, old: &Content, new: &Content) -> Markup {
    let (left, right) = (format!("第{no}版"), format!("第{}版", no + 1));
    let facts = |c: &Content| {
        let mut lines = String::new();
        let fields = c.fields.iter().map(|f| f.label()).collect::<Vec<_>>().join("、");
        let _ = write!(
            lines,
            "担当部署 {} {}\n対応の種別 {}\n声の種類 {}\n分野 {fields}",
            c.unit_name,
            c.unit_phone.as_deref().unwrap_or(""),
            c.outcome.label(),
            c.kind.label()
        );
        lines
    };
    let pairs = [
        ("題名", old.title.to_string(), new.title.to_string()),
        ("市民の声", old.voice.to_string(), new.voice.to_string()),
        ("市の考え方", old.answer.to_string(), new.answer.to_string()),
        ("この声について", facts(old), facts(new)),
    ];
    html! {
        @for (name, old, new) in &pairs {
            @if old != new {
                h3 { (name) }
                (difference(&left, &right, old, new))
            }
        }
    }
}

fn difference(left: &str, right: &str, old: &str, new: &str) -> Markup {
    fn side(line: Option<&text::Line>) -> Vec<Segment<'_>> {
        let segments = line.map_or(&[][..], |l| &l.segments);
        segments
            .iter()
            .map(|s| match s.change {
                Change::Same => Segment::Same(&s.text),
                Change::Removed | Change::Added => Segment::Only(&s.text),
            })
            .collect()
    }
    let rows = text::diff(old, new);
    let rows: Vec<_> = rows.iter().map(|row| (side(row.old.as_ref()), side(row.new.as_ref()))).collect();
    parts::diff(left, right, &rows)
}

/// What stands where a voice was withdrawn: that it was, when and why, and never what it said.
pub fn gone(shell: &Shell, on: NaiveDate, why: Withheld) -> Markup {
    page::citizen(shell, "この声の公表は終わりました").crumb("/voices", "届いた声と答え").body(html! {
        p.lead { (why.label()) "、" (day(on)) "に公表を取り下げました。" }
        p { "訂正のうえ、あらためて公表することがあります。" }
        ul.link-list {
            li { a href="/voices" { "ほかの声をさがす" } }
            li { a href="/letters/new" { "市長へ手紙を書く" } }
        }
    })
}

/// Published answers to similar letters, to be put into a page; nothing when there are none.
pub fn similar(found: &[Similar]) -> Markup {
    if found.is_empty() {
        return PreEscaped(String::new());
    }
    parts::notice(
        Tone::Info,
        "似た声への回答があります",
        html! {
            p { "先に読むと、お知りになりたいことが分かるかもしれません。このまま手紙を送ることもできます。" }
            ul {
                @for voice in found {
                    li {
                        a href=(path(voice.id)) target="_blank" rel="noopener" { (voice.title) span.hidden-text { "(新しい画面で開きます)" } }
                        " " span.soft { "公表 " (day(voice.published_on)) }
                    }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_masking_is_set_apart_and_other_brackets_are_not() {
        let text = PublicText::from_published_row("【重要】【個人情報】<b>さんへ【営業".to_owned());
        assert_eq!(
            shown(&text).into_string(),
            "【重要】<span class=\"masked\">【個人情報】</span>&lt;b&gt;さんへ【営業"
        );
    }
}
