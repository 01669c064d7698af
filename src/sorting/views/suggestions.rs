//! Suggestions of near copies: families, and what each member adds.

use maud::{Markup, html};

use super::super::{Head, TEXTS};
use super::{below, many, start, top};
use crate::opinions::act::Seen;
use crate::opinions::alike::State;
use crate::opinions::store::{Family, Listing, Member};
use crate::web::page::Shell;
use crate::web::parts::{self, Table, Tone, Weight, col, head as naming, num};

/// `GET /consultations/{id}/suggestions`.
pub fn families(
    shell: &Shell,
    csrf: &str,
    head: &Head,
    found: &[(Family, Option<Listing>)],
    page: i64,
) -> Markup {
    let path = head.row.path();
    let back = format!("{path}/suggestions");
    let all = found.first().map_or(0, |f| f.0.found);
    let last = u64::try_from((all + 49) / 50).unwrap_or(1);
    let mut table = Table::new("似た意見", [naming("代表の文章"), num("似たまとまり"), num("その項目"), num("代表の項目")])
        .quiet_caption()
        .keyed()
        .or_empty(parts::empty("似た意見の候補はありません", html! { p { "ひな形を書き写した意見など、まったく同じではないけれども似ている文章が見つかると、ここに並びます。" } }));
    for (family, listing) in found {
        let words = listing.as_ref().map_or("", |l| l.typical.as_str());
        table = table.row([
            html! { a href={ (back) "/" (family.group_id) } { (start(words, 100)) } br; span.small.soft { "まとまり" (family.group_id) } },
            html! { (many(family.members)) },
            html! { (many(family.items)) },
            html! { (many(listing.as_ref().map_or(0, |l| l.items))) },
        ]);
    }
    below(shell, &head.row, &path, "意見の整理:似た意見").body(html! {
        (top(head, csrf, "suggestions", &back))
        (search(head, csrf))
        p { "似ているだけでは、ひとりでにまとまりません。まとめるかどうかは、それぞれが加えたことを見て決めます。" }
        (table)
        (parts::pager(u64::try_from(page).unwrap_or(1), last, |n| format!("{back}?page={n}")))
    })
}

/// How far the search has come, and its buttons.
fn search(head: &Head, csrf: &str) -> Markup {
    let Some(run) = &head.run else { return html! {} };
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let words = format!("{} {} / {}", run.state.label(), many(run.texts_done), many(run.texts_all));
    let works = matches!(run.state, State::Running | State::Waiting);
    html! {
        section.last-act {
            h2.hidden-text { "似た文章を探す" }
            @if run.state == State::Running { (parts::progress(&words, count(run.texts_done), count(run.texts_all), Tone::Info)) }
            @else { p { (run.state.label()) "。" @if run.state == State::Done { (many(run.texts_all)) "種類の文章を比べました。" } @if run.stale && run.state == State::Done { "そのあとに新しい文章が届いています。" } } }
            @if head.may_run {
                form.actions method="post" action={ (head.row.path()) "/suggestion-runs" } {
                    (parts::csrf(csrf))
                    @if works { (parts::submit_as(Weight::Secondary, "run", "stop", "止める")) a href={ (head.row.path()) "/suggestions" } { "進みぐあいを見る" } }
                    @else { (parts::submit_as(Weight::Secondary, "run", "go", if run.state == State::Stopped { "続ける" } else { "もう一度探す" })) }
                }
            }
        }
    }
}

/// What a family's page shows.
pub struct FamilyPage {
    /// The group that stands for it.
    pub listing: Listing,
    /// A page of its members with what each adds.
    pub members: Vec<(Member, String)>,
    /// All members.
    pub found: i64,
    /// The page, from 1.
    pub page: i64,
}

/// `GET /consultations/{id}/suggestions/{no}`.
pub fn family(shell: &Shell, csrf: &str, head: &Head, page: &FamilyPage) -> Markup {
    let path = head.row.path();
    let list = format!("{path}/suggestions");
    let group = &page.listing.group;
    let here = format!("{list}/{}", group.id);
    let title = format!("まとまり{}に似た意見", group.id);
    let last = u64::try_from((page.found + TEXTS - 1) / TEXTS).unwrap_or(1);
    let items: i64 = page.members.iter().map(|m| m.0.items).sum();
    let adding = page.members.iter().filter(|m| !m.1.is_empty()).count();
    let mut table =
        Table::new("似たまとまり", [col(""), naming("加えたこと、変えたこと"), num("項目"), col("まとまり")])
            .quiet_caption()
            .keyed()
            .or_empty(parts::empty(
                "決めていない候補はありません",
                html! { p { a href=(list) { "似た意見の一覧へ戻る" } } },
            ));
    for (member, adds) in &page.members {
        table = table.row([
            html! {
                @if head.may_run {
                    label.pick { span.hidden-text { "まとまり" (member.group_id) "を選ぶ" }
                        input type="checkbox" name="groups[]" checked value=(Seen { id: member.group_id, version: member.version }.value()); }
                }
            },
            html! { @if adds.is_empty() { span.soft { "加えた言葉はありません(減らした、並べ替えた)" } } @else { span.added { (adds) } } },
            html! { (many(member.items)) },
            html! { a.nowrap href={ (path) "/groups/" (member.group_id) } { "まとまり" (member.group_id) } @if member.texts > 1 { "(" (many(member.texts)) "種類)" } },
        ]);
    }
    below(shell, &head.row, &path, &title).crumb(&list, "似た意見").script("pick.js").body(html! {
        (top(head, csrf, "suggestions", &here))
        .split {
            (parts::letter_paper("代表の文章", page.listing.typical.as_str(), html! { "同じまとまりに" (many(page.listing.items)) "件" }))
            div.stack {
                p { "似たまとまりが " strong { (many(page.found)) } " あります。"
                    @if last > 1 { "この画面の" (page.members.len()) "のうち、" } @else { "項目は" (many(items)) "件、" }
                    "言葉を加えたものは " strong { (adding) } " です。" }
                p { "まとめても、加えた言葉は消えません。まとまりの画面に、すべて出ます。" }
            }
        }
        form method="post" action=(here) data-pick {
            (parts::csrf(csrf))
            (parts::hidden("count", &page.found.to_string()))
            (parts::hidden("group", &Seen { id: group.id, version: group.version }.value()))
            (table)
            @if head.may_run && !page.members.is_empty() {
                .bulk {
                    p.picked aria-live="polite" data-picked { "まとまりに印を付けると、代表のまとまりに入れるか、別の意見とするかを決められます。" }
                    (parts::submit_as(Weight::Primary, "act", "merge", "代表のまとまりに入れる"))
                    (parts::submit_as(Weight::Secondary, "act", "dismiss", "別の意見とする"))
                    @if last > 1 { (parts::submit_as(Weight::Secondary, "act", "all", "ほかのページも含めてすべて入れる")) }
                }
            }
        }
        (parts::pager(u64::try_from(page.page).unwrap_or(1), last, |n| format!("{here}?page={n}")))
    })
}
