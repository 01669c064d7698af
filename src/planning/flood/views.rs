//! The page of a flood.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::calendar::tokyo_clock;
use crate::consultations::consultation::Consultation;
use crate::consultations::flood::{BITS, PARTS, Rates, Setting, Standing, WAIT_SECONDS};
use crate::consultations::store::Copies;
use crate::text::input::show_hidden;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Table, Tone, Weight, col, grouped, head, num};

/// Characters of a text that the list shows.
const SHOWN: usize = 80;

/// What the page shows.
pub(super) struct Flood {
    pub(super) row: Consultation,
    pub(super) standing: Standing,
    pub(super) rates: Rates,
    /// Submissions, distinct texts, distinct senders, senders not known.
    pub(super) counts: (i64, i64, i64, i64),
    pub(super) texts: Vec<Copies>,
    /// The last hours, oldest first, each with what came in it.
    pub(super) hours: Vec<(DateTime<Utc>, i64)>,
    pub(super) runs: bool,
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// `GET /consultations/{id}/flood`.
pub(super) fn show(shell: &Shell, csrf: &str, flood: &Flood, per_minute: u32) -> Markup {
    let row = &flood.row;
    let (all, texts, senders, unknown) = flood.counts;
    page::staff(shell, "届き方の様子")
        .crumb("/consultations", "意見募集")
        .crumb(&row.path(), &row.title)
        .lead(html! { p { "意見は、何通届いても、同じ文章でも、すべて受け付けて保管します。ここでは届き方だけを見ます。" } })
        .body(html! {
            (standing(flood, per_minute))
            section.stack aria-labelledby="numbers" {
                h2 #numbers { "3つの数" }
                p {
                    "提出 " strong { (grouped(count(all))) } "通、異なる文章 " strong { (grouped(count(texts))) }
                    "、提出者 " strong { (grouped(count(senders))) } "(ほかに、だれか分からないもの" (grouped(count(unknown))) "通)"
                }
                p { "いまの届き方 1分間に" (flood.rates.last_minute) "通、10分間に" (flood.rates.last_ten) "通(ウェブのフォーム)" }
            }
            section.stack aria-labelledby="copies" {
                h2 #copies { "同じ文章の多い順" }
                (copies(flood))
            }
            section.stack aria-labelledby="hours" {
                h2 #hours { "1時間ごとの届き方(この48時間)" }
                (hours(flood))
            }
            @if flood.runs { (switch(csrf, flood)) }
        })
}

fn standing(flood: &Flood, per_minute: u32) -> Markup {
    let Standing { setting, slowing, switched } = &flood.standing;
    let what = format!(
        "フォームを送る前に、市民のブラウザーが小さな計算({PARTS}問、合わせて6万5千回ほど)を自分で済ませます。人は何もしません。\
         計算のできないブラウザーでは、送るときに{WAIT_SECONDS}秒待ちます。受付の時刻は、最初に押した時刻です。"
    );
    let why = match (setting, switched) {
        (Setting::On, _) => "担当者が「いつも入れる」にしています。".to_owned(),
        (Setting::Off, _) => "担当者が「入れない」にしています。".to_owned(),
        (Setting::Auto, Some((at, true, rates))) => format!(
            "{}に自動で始まりました。そのとき、1分間に{}通、10分間に{}通が届いていました。10分間に{per_minute}通を下回ると、自動で終わります。",
            tokyo_clock(*at),
            rates.last_minute,
            rates.last_ten
        ),
        (Setting::Auto, Some((at, false, _))) => format!("{}に自動で終わりました。", tokyo_clock(*at)),
        (Setting::Auto, None) if per_minute == 0 => {
            "自動では始まらない設定です。必要なときは「いつも入れる」にしてください。".to_owned()
        }
        (Setting::Auto, None) => format!(
            "1分間に{per_minute}通、または10分間に{}通が届くと、自動で始まります。",
            u64::from(per_minute) * 4
        ),
    };
    let (tone, title) = if *slowing {
        (Tone::Warning, "殺到への備えが入っています")
    } else {
        (Tone::Info, "殺到への備えは入っていません")
    };
    parts::notice(
        tone,
        title,
        html! { p { (why) @if flood.runs { " " a href="#switch" { "備えを切り替える" } } } @if *slowing { p { (what) } } },
    )
}

fn switch(csrf: &str, flood: &Flood) -> Markup {
    html! {
        section.card.stack aria-labelledby="switch" {
            h2 #switch { "備えを切り替える" }
            form.form method="post" action={ (flood.row.path()) "/flood" } {
                (parts::csrf(csrf))
                (Choice::radios("setting", "殺到への備え").options(Setting::ALL.iter().map(|s| (s.code(), s.label())))
                    .support("機械で続けて送られるものだけを遅くします。人の意見を断ることも、数を制限することもありません。")
                    .chosen(flood.standing.setting.code()))
                (parts::submit(Weight::Secondary, "切り替える"))
            }
            details {
                summary { "計算の重さ" }
                p { "SHA-256の先頭" (BITS) "ビットが0になる数を" (PARTS) "個見つけます。いまのパソコンで0.1秒、古いスマートフォンで1、2秒ほどで、書いているあいだに終わります。" }
            }
        }
    }
}

fn copies(flood: &Flood) -> Markup {
    let path = flood.row.path();
    let mut table = Table::new("同じ文章の多い順", [head("はじめの文"), num("通"), num("提出者(分かる人)")])
        .quiet_caption()
        .keyed()
        .or_empty(parts::empty(
            "同じ文章は、まだありません",
            html! { p { "空白や記号の違いをそろえて、同じ文章を数えます。" } },
        ));
    for text in &flood.texts {
        let start: String = text.text_original.chars().take(SHOWN).collect();
        table = table.row([
            html! { a href={ (path) "/submissions/" (text.first_id) } { (show_hidden(&start)) } },
            html! { (grouped(count(text.copies))) },
            html! { (grouped(count(text.senders))) },
        ]);
    }
    html! {
        (table)
        @if !flood.texts.is_empty() { p.support { "同じ文章を大勢が送ることは、正当な意見の出し方です。数の多さだけで扱いを変えません。" } }
    }
}

fn hours(flood: &Flood) -> Markup {
    let most = flood.hours.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let mut table = Table::new("1時間ごとの届き方", [head("時刻"), col("届いた数")]).quiet_caption();
    let mut quiet = 0;
    for (from, came) in flood.hours.iter().rev() {
        if *came == 0 {
            quiet += 1;
            continue;
        }
        table = table.row([
            html! { (tokyo_clock(*from)) "から" },
            parts::progress(&format!("{}通", grouped(count(*came))), count(*came), count(most), Tone::Quiet),
        ]);
    }
    html! {
        @if most > 0 { (table) }
        @if quiet > 0 { p { @if most > 0 { "ほかの" } @else { "この" } (quiet) "時間には、届いていません。" } }
    }
}
