//! The workbench: lists, the original with its marks, and the exact page the public will read;
//! long because the three share how a marked text is drawn.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::handlers::{NOTE_LIMIT, TEXT_LIMIT, TITLE_LIMIT};
use super::store::{Line, Proposable, Public};
use crate::calendar::{era_date, short_date, tokyo_clock};
use crate::letters::letter::{Field as PolicyField, MatterKind};
use crate::letters::matter::Outcome;
use crate::publications::publication::{
    Decision, Part, PartText, Publication, Source, Span, State, Voice, Withheld, fields_of,
};
use crate::publications::views as public;
use crate::text::MaskReason;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Field, Table, Tile, Tone, Weight, col, head};

/// What the overview lists.
pub struct Lists {
    /// Being prepared.
    pub candidates: (Vec<Line>, i64),
    /// Going round.
    pub in_approval: (Vec<Line>, i64),
    /// Public, the newest.
    pub published: (Vec<Public>, i64),
    /// Public, and doubtful.
    pub to_withdraw: Vec<Public>,
    /// Not proposed yet.
    pub proposable: (Vec<Proposable>, i64),
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// `GET /moderation`
pub fn overview(shell: &Shell, csrf: &str, lists: &Lists) -> Markup {
    let tile = |label, n: u64, href, tone| Tile { label, number: n, unit: "件", href, tone, note: "" };
    page::staff(shell, "公表").body(html! {
        (parts::tiles([
            tile("準備中", number(lists.candidates.1), "#candidates", Tone::Info),
            tile("決裁中", number(lists.in_approval.1), "#in-approval", Tone::Info),
            tile("公表中", number(lists.published.1), "#published", Tone::Success),
            tile("取下げを検討", lists.to_withdraw.len() as u64, "#to-withdraw", Tone::Warning),
            tile("候補にできる件", number(lists.proposable.1), "#proposable", Tone::Quiet),
        ]))
        @if !lists.to_withdraw.is_empty() {
            h2 #to-withdraw { "取下げを検討するもの" }
            p.soft { "差出人が公表を望まなくなったか、続きの手紙が処理中のものです。" }
            (publics(&lists.to_withdraw, "取下げを検討するもの"))
        }
        h2 #candidates { "準備中" }
        (lines(&lists.candidates.0, "準備中の公表", "伏せ字を決めている公表の候補が、ここに並びます。"))
        h2 #in-approval { "決裁中" }
        (lines(&lists.in_approval.0, "決裁中の公表", "決裁に回した公表が、決裁されるまでここに並びます。"))
        h2 #proposable { "候補にできる件" }
        p.soft { "回答または完結した件のうち、差出人が公表してよいとしたものです。" }
        (Table::new("候補にできる件", [head("題名"), col("受付日"), col("")]).quiet_caption()
            .rows(lists.proposable.0.iter().map(|m| vec![
                html! { a href={ "/letters/" (m.letter_id) } { (m.title) } },
                html! { (parts::time(m.received_on, short_date(m.received_on))) },
                html! {
                    form.inline method="post" action={ "/matters/" (m.matter_id) "/publications" } {
                        (parts::csrf(csrf))
                        button.button.small type="submit" { "公表の候補にする" span.hidden-text { ":" (m.title) } }
                    }
                },
            ]))
            .or_empty(parts::empty("いま候補にできる件はありません", html! { p { "差出人が公表してよいとした手紙に回答すると、ここに並びます。" } })))
        h2 #published { "最近公表したもの" }
        @if lists.published.0.is_empty() {
            (parts::empty("まだ何も公表していません", html! { p { "決裁された公表が、新しい順にここに並びます。" } }))
        } @else { (publics(&lists.published.0, "最近公表したもの")) }
    })
}

fn lines(lines: &[Line], caption: &str, empty: &str) -> Markup {
    let columns = [head("題名"), col("状態"), col("受付日"), col("候補にした日"), col("候補にした人")];
    let rows = lines.iter().map(|line| {
        vec![
            html! { a href={ "/publications/" (line.id) } { (line.title) } },
            html! {
                (parts::badge(tone(line.state), line.state.label()))
                @if line.current_no > 0 && line.state.is_open() { " 第" (line.current_no + 1) "版" }
            },
            html! { (parts::time(line.received_on, short_date(line.received_on))) },
            html! { (parts::time(line.proposed_at, tokyo_clock(line.proposed_at.utc()))) },
            html! { (line.proposed_by) },
        ]
    });
    html! {
        (Table::new(caption, columns).quiet_caption().keyed().rows(rows)
            .or_empty(parts::empty(&format!("{caption}はありません"), html! { p { (empty) } })))
    }
}

fn publics(voices: &[Public], caption: &str) -> Markup {
    let columns = [head("題名"), col("版"), col("公表日"), col("訂正日")];
    let rows = voices.iter().map(|voice| {
        vec![
            html! { a href={ "/publications/" (voice.id) } { (voice.title) } },
            html! { "第" (voice.version_no) "版" },
            html! { (parts::time(voice.published_on, short_date(voice.published_on))) },
            html! { @if let Some(on) = voice.corrected_on { (parts::time(on, short_date(on))) } @else { "なし" } },
        ]
    });
    html! { (Table::new(caption, columns).quiet_caption().keyed().rows(rows)) }
}

fn tone(state: State) -> Tone {
    match state {
        State::Candidate | State::Dropped => Tone::Quiet,
        State::InApproval => Tone::Info,
        State::Returned | State::Withdrawn => Tone::Warning,
        State::Published => Tone::Success,
    }
}

/// Everything the workbench shows.
pub struct Bench {
    /// The publication.
    pub publication: Publication,
    /// The letter.
    pub letter_id: i64,
    /// A reply was sent.
    pub replied: bool,
    /// The originals, for staff only.
    pub parts: Vec<PartText>,
    /// All spans in the order of the text.
    pub spans: Vec<Span>,
    /// Names of staff by id.
    pub names: Vec<(i64, String)>,
    /// Published versions.
    pub releases: Vec<(i64, NaiveDate)>,
    /// What is public now.
    pub public: Option<Voice>,
    /// What would be public; [`None`] while the sender's name is in it.
    pub preview: Option<Voice>,
    /// What stands in the way of approval.
    pub obstacles: Vec<&'static str>,
    /// Masks and texts may be changed by this person now.
    pub may_change: bool,
    /// This person may withdraw and correct.
    pub may_act: bool,
    /// The form token.
    pub csrf: String,
}

/// Words that were looked for, before they are masked.
pub struct Look {
    /// Where.
    pub part: Part,
    /// What.
    pub words: String,
    /// Which of them, as typed; empty for all.
    pub nth: String,
    /// Why.
    pub reason: Option<MaskReason>,
    /// Where they stand, byte ranges of the original.
    pub places: Vec<(usize, usize)>,
    /// What is wrong with the request.
    pub trouble: Option<String>,
}

impl Bench {
    fn name(&self, id: i64) -> &str {
        self.names.iter().find(|(i, _)| *i == id).map_or("", |(_, name)| name)
    }

    fn original(&self, part: Part) -> &str {
        self.parts.iter().find(|p| p.part == part).map_or("", |p| &p.original)
    }

    fn rewritten(&self, part: Part) -> &str {
        self.parts.iter().find(|p| p.part == part).and_then(|p| p.rewritten.as_deref()).unwrap_or("")
    }

    fn form(&self, act: &str, body: &Markup) -> Markup {
        html! {
            form.form.card method="post" action={ "/publications/" (self.publication.id) "/" (act) } {
                (parts::csrf(&self.csrf))
                (parts::hidden("version", &self.publication.version.to_string()))
                (body)
            }
        }
    }
}

/// `GET /publications/{id}`
pub fn bench(shell: &Shell, bench: &Bench, look: Option<&Look>) -> Markup {
    let publication = &bench.publication;
    let stage = match bench.publication.state {
        State::Candidate | State::InApproval | State::Returned => "公表の準備",
        past => past.label(),
    };
    let title = format!("{stage}: {}", bench.original(Part::Subject));
    page::staff(shell, &title).crumb("/moderation", "公表").script("mask.js").body(html! {
        (standing(bench))
        @if let Some(look) = look { (looked(bench, look)) }
        .split {
            div.stack {
                h2 { "原文と伏せ字" }
                p.soft { "番号と枠が伏せるところです。点線は未判断の候補で、判断するまでは伏せて扱います。" }
                @for part in &bench.parts {
                    section.card data-part=(part.part) {
                        h3 { (part.part.label()) }
                        @if part.original.is_empty() { p.soft { "送った回答はありません。" } }
                        @else { div.letter-text data-original { (marked(part, &bench.spans)) } }
                        @if part.rewritten.is_some() { p { (parts::badge(Tone::Info, "市の文章に置き換え")) } }
                    }
                }
                h2 #spans { "伏せ字の一覧" }
                (span_list(bench))
                @if bench.may_change {
                    h2 #add { "伏せるところを加える" }
                    (add_form(bench, look))
                    h2 { "市が書く文章" }
                    (texts_form(bench))
                }
            }
            div.stack {
                h2 { "公開されるページ" }
                @match as_published(bench) {
                    Some(voice) => {
                        section.public-preview.citizen aria-label="公開されるページの見本" {
                            p.preview-title { (voice.content.title) }
                            (public::article(voice, &earlier(bench, voice), &shell.city.public_url))
                        }
                    }
                    None => (parts::notice(Tone::Error, "差出人の氏名や連絡先が残っています", html! {
                        p { "差出人の封印された記録と照らし合わせました。残っているところを伏せると、公開されるページが表示されます。" }
                    })),
                }
                (acts(bench))
                @if let (Some(at), Some(why)) = (publication.ended_at, publication.ended_reason) {
                    (parts::facts([
                        ("終えた日時", html! { (parts::time(at, tokyo_clock(at.utc()))) }),
                        ("終えた人", html! { (publication.ended_by.map_or("", |id| bench.name(id))) }),
                        ("理由", html! { (why.label()) }),
                        ("事情(職員用)", html! { span.letter-text { (publication.ended_note.as_deref().unwrap_or("")) } }),
                    ]))
                }
            }
        }
    })
}

/// What the public reads now, or would read once the change in hand is approved.
fn as_published(bench: &Bench) -> Option<&Voice> {
    match bench.publication.state {
        State::Published => bench.public.as_ref(),
        _ => bench.preview.as_ref(),
    }
}

/// The versions before the one that is shown.
fn earlier(bench: &Bench, shown: &Voice) -> Vec<(i64, NaiveDate)> {
    bench.releases.iter().copied().filter(|(no, _)| *no < shown.version_no).collect()
}

fn standing(bench: &Bench) -> Markup {
    let publication = &bench.publication;
    html! {
        p {
            (parts::badge(tone(publication.state), publication.state.label()))
            " 候補にした人 " (bench.name(publication.proposed_by))
            " / " a href={ "/letters/" (bench.letter_id) } { "もとの手紙" }
            @if let Some(voice) = &bench.public {
                " / 第" (voice.version_no) "版を" (parts::time(voice.published_on, era_date(voice.published_on))) "から公表中"
            }
        }
        @if let Some(note) = &publication.correction_note {
            (parts::notice(Tone::Info, "訂正を準備しています", html! {
                p.letter-text { (note) }
                p { "決裁されるまでは、いまの版が公表されたままです。" }
            }))
        }
        @if publication.state == State::Returned {
            (parts::notice(Tone::Warning, "差し戻されました", html! { p { "決裁の画面で理由を確かめ、直してからもう一度回してください。" } }))
        }
    }
}

/// The original with its spans: number, border and word beside the colour.
fn marked(part: &PartText, spans: &[Span]) -> Markup {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (number, span) in numbered(spans) {
        let Some(mask) = span.mask().filter(|_| span.part == part.part) else { continue };
        if mask.start < from {
            continue;
        }
        if let (Some(before), Some(words)) =
            (part.original.get(from..mask.start), part.original.get(mask.start..mask.end))
        {
            pieces.push((before, number, span, words));
            from = mask.end;
        }
    }
    html! {
        @for (before, number, span, words) in pieces {
            (before)
            mark.span .undecided[span.state == Decision::Candidate] {
                a.span-no href={ "#span-" (span.id) } data-skip { (number) span.hidden-text { "番、" (span.state.label()) ":" } }
                (words)
            }
        }
        (part.original.get(from..).unwrap_or(""))
    }
}

/// The spans that are masked, counted from 1 over all parts.
fn numbered(spans: &[Span]) -> impl Iterator<Item = (usize, &Span)> {
    spans.iter().filter(|s| s.state != Decision::Rejected).enumerate().map(|(n, s)| (n + 1, s))
}

fn reason_label(span: &Span) -> &'static str {
    MaskReason::from_code(&span.reason).map_or("", MaskReason::label)
}

fn span_list(bench: &Bench) -> Markup {
    let undecided = bench.spans.iter().filter(|s| s.state == Decision::Candidate).count();
    let rejected: Vec<&Span> = bench.spans.iter().filter(|s| s.state == Decision::Rejected).collect();
    html! {
        @if bench.spans.is_empty() {
            (parts::empty("伏せるところはまだありません", html! { p { "自動で見つかった候補と、職員が加えたところが、ここに並びます。" } }))
        }
        form method="post" action={ "/publications/" (bench.publication.id) "/masks" } {
            (parts::csrf(&bench.csrf))
            (parts::hidden("version", &bench.publication.version.to_string()))
            @if undecided > 0 && bench.may_change {
                .actions {
                    (parts::submit_as(Weight::Secondary, "accept_all", "yes", &format!("未判断の{undecided}件をすべて伏せる")))
                    label.pick-line { input type="checkbox" name="same" value="yes"; " 1件を決めるとき、同じ言葉の候補も同じに決める" }
                }
            }
            ol.spans {
                @for (number, span) in numbered(&bench.spans) { (span_line(bench, span, Some(number))) }
            }
            @if !rejected.is_empty() {
                details {
                    summary { "伏せないと決めたもの(" (rejected.len()) "件)" }
                    ul.spans { @for span in rejected { (span_line(bench, span, None)) } }
                }
            }
        }
    }
}

fn span_line(bench: &Bench, span: &Span, number: Option<usize>) -> Markup {
    let words = span.words(bench.original(span.part));
    let id = span.id.to_string();
    let button = |name: &str, label: &str| {
        html! {
            button.button.small type="submit" name=(name) value=(id) {
                (label) span.hidden-text { ":" @if let Some(n) = number { (n) "番 " } (words) }
            }
        }
    };
    html! {
        li #{ "span-" (id) } {
            div {
                @if let Some(number) = number { span.span-no { (number) } " " }
                strong { (words) }
                " " (parts::badge(if span.state == Decision::Candidate { Tone::Warning } else { Tone::Quiet }, span.state.label()))
            }
            .meta {
                span { (span.part.label()) }
                span { (reason_label(span)) }
                span { (span.source.label()) @if let (Source::Finder, Some(note)) = (span.source, &span.note) { ":" (note) } }
                @if let (Some(by), Some(at)) = (span.decided_by, span.decided_at) {
                    span { (bench.name(by)) " " (parts::time(at, tokyo_clock(at.utc()))) }
                }
            }
            @if bench.may_change {
                .actions {
                    @if span.state != Decision::Accepted { (button("accept", "伏せる")) }
                    @if span.state != Decision::Rejected { (button("reject", "伏せない")) }
                }
            }
        }
    }
}

fn reasons<'a>(name: &'a str, chosen: &'a str) -> Choice<'a> {
    Choice::select(name, "伏せる理由")
        .required()
        .options(MaskReason::ALL.iter().map(|r| (r.code(), r.label())))
        .chosen(chosen)
}

fn add_form(bench: &Bench, look: Option<&Look>) -> Markup {
    let (words, nth, part, reason) = look.map_or(("", "", Part::Voice, MaskReason::Personal), |l| {
        (l.words.as_str(), l.nth.as_str(), l.part, l.reason.unwrap_or(MaskReason::Personal))
    });
    bench.form("masks", &html! {
        (Choice::select("part", "どの部分か").required().options(Part::ALL.iter().map(|p| (p.code(), p.label()))).chosen(part.code()))
        (Field::area("words", "伏せる言葉").required().rows(2).value(words)
            .support("原文のとおりに入力してください。原文を選ぶと、ここに入ります。"))
        (Field::text("nth", "何番目か").optional().short().keyboard("numeric").value(nth)
            .support("空けておくと、同じ言葉をすべて伏せます。"))
        (reasons("reason", reason.code()))
        .actions {
            (parts::submit_as(Weight::Secondary, "look", "yes", "どこにあるか確かめる"))
            (parts::submit(Weight::Primary, "伏せる"))
        }
    })
}

fn looked(bench: &Bench, look: &Look) -> Markup {
    let original = bench.original(look.part);
    let around = |(start, end): (usize, usize)| {
        let before: String =
            original[..start].chars().rev().take(15).collect::<Vec<_>>().into_iter().rev().collect();
        let after: String = original[end..].chars().take(15).collect();
        (before, &original[start..end], after)
    };
    html! {
        @if let Some(trouble) = &look.trouble {
            (parts::notice(Tone::Error, "まだ伏せていません", html! { p { (trouble) } p { a href="#add" { "入力したところへ" } } }))
        } @else {
            (parts::notice(Tone::Info, &format!("{}に{}か所あります", look.part.label(), look.places.len()), html! {
                ol { @for (before, words, after) in look.places.iter().map(|p| around(*p)) {
                    li { "…" (before) mark { (words) } (after) "…" }
                } }
                form method="post" action={ "/publications/" (bench.publication.id) "/masks" } {
                    (parts::csrf(&bench.csrf))
                    (parts::hidden("version", &bench.publication.version.to_string()))
                    (parts::hidden("part", look.part.code()))
                    (parts::hidden("words", &look.words))
                    (parts::hidden("reason", look.reason.unwrap_or(MaskReason::Personal).code()))
                    (parts::submit(Weight::Primary, "すべて伏せる"))
                }
            }))
        }
    }
}

fn texts_form(bench: &Bench) -> Markup {
    let publication = &bench.publication;
    let chosen: Vec<&str> = fields_of(&publication.fields).iter().map(|f| f.code()).collect();
    let answer = if bench.replied {
        "送った回答の代わりに公表する、市の文章"
    } else {
        "市の考え方"
    };
    let answer = Field::area("answer", answer).limit(TEXT_LIMIT).rows(5).value(bench.rewritten(Part::Answer));
    bench.form("texts", &html! {
        (Field::text("title", "題名の書きかえ").optional().limit(TITLE_LIMIT).full().value(bench.rewritten(Part::Subject))
            .support("空けておくと、もとの題名を使います。"))
        (Field::area("gist", "声の要旨").optional().limit(TEXT_LIMIT).rows(5).value(bench.rewritten(Part::Voice))
            .support("書くと、声の原文の代わりに載り、「要旨」と表示されます。"))
        @if bench.replied { (answer.optional().support("空けておくと、送った回答を使います。")) }
        @else { (answer.required().support("回答を送っていないので、市の考え方をここに書きます。")) }
        (Choice::select("kind", "声の種類").options(MatterKind::ALL.iter().map(|k| (k.code(), k.label()))).chosen(publication.kind.code()))
        (Choice::select("outcome", "対応の種別").options(Outcome::ALL.iter().map(|o| (o.code(), o.label()))).chosen(publication.outcome.code()))
        details open[chosen.is_empty()] {
            summary { "分野(" (chosen.len()) "つ選択中)" }
            (Choice::checks("fields[]", "分野").options(PolicyField::ALL.iter().map(|f| (f.code(), f.label()))).chosen_all(&chosen))
        }
        (parts::submit(Weight::Primary, "文章を保存する"))
    })
}

fn withheld<'a>() -> Choice<'a> {
    Choice::select("reason", "理由")
        .required()
        .option("", "選んでください")
        .options(Withheld::ALL.iter().map(|w| (w.code(), w.label())))
}

fn acts(bench: &Bench) -> Markup {
    let note =
        |label, support| Field::area("note", label).required().limit(NOTE_LIMIT).rows(3).support(support);
    let publication = &bench.publication;
    html! {
        @if bench.may_change {
            h2 { "次の手続" }
            @if bench.obstacles.is_empty() {
                (bench.form("approvals", &html! {
                    p { "上のページのとおりに公表してよいか、別の職員が決裁します。決裁された日に公表されます。" }
                    (parts::submit(Weight::Primary, "決裁に回す"))
                }))
            } @else {
                (parts::notice(Tone::Warning, "決裁に回す前に", html! { ul { @for o in &bench.obstacles { li { (o) } } } }))
            }
            details {
                summary { @if bench.public.is_some() { "訂正をやめる" } @else { "公表しないこととする" } }
                (bench.form("drops", &html! {
                    (withheld())
                    (note("事情", "職員だけが見ます。"))
                    (parts::submit(Weight::Danger, if bench.public.is_some() { "訂正をやめる" } else { "公表しないこととする" }))
                }))
            }
        }
        @if publication.state == State::InApproval {
            (parts::notice(Tone::Info, "決裁中です", html! { p { "決裁されるまで、伏せ字と文章は直せません。直すときは、" a href="/approvals" { "決裁" } "の画面で引き戻してください。" } }))
        }
        @if bench.may_act && bench.public.is_some() {
            @if publication.state == State::Published {
                details {
                    summary { "訂正する" }
                    (bench.form("corrections", &html! {
                        (note("正誤", "公表するページに載ります。例:「受付日を4月1日に訂正しました。」"))
                        (parts::submit(Weight::Secondary, "訂正の準備を始める"))
                    }))
                }
            }
            details {
                summary { "公表を取り下げる" }
                (bench.form("withdrawals", &html! {
                    p { "すぐに、すべての版がページ・検索・配信・CSVから消えます。理由は公表のページに表示されます。" }
                    (withheld())
                    (note("事情", "職員だけが見ます。"))
                    (parts::submit(Weight::Danger, "公表を取り下げる"))
                }))
            }
        }
    }
}
