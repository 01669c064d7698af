//! Paper: the processing slip (処理票) and the transfer note (移ちょう票), both A4.

use maud::{Markup, html};

use super::dates;
use crate::calendar;
use crate::text::ReceiptCode;
use crate::text::input::show_hidden;
use crate::triage::case::{Case, MatterCase};
use crate::web::page::{self, Shell};
use crate::web::parts;

/// The paper twin of a letter: what it says, what was decided, and room for what is written by hand.
pub fn work_sheet(shell: &Shell, case: &Case) -> Markup {
    let letter = &case.letter;
    let (path, label) = (letter.path(), letter.label());
    page::staff(shell, "処理票").crumb("/letters", "手紙").crumb(&path, &label).sheet().body(html! {
        (how_to_print(&path))
        article.sheet.slip aria-label="処理票" {
            h2.sheet-title { "市民の声 処理票" }
            (grid([
                ("受付簿の番号", html! { (label) }),
                ("受付番号", html! { (ReceiptCode::grouped(&letter.receipt_code)) }),
                ("届き方", html! { (letter.channel.label()) }),
                ("いま", html! { (letter.state.label()) }),
            ]))
            (grid(dates(letter).into_iter().map(|(name, day)| (name, html! { (day) }))))
            (grid([
                ("差出人", html! { @if letter.party_id.is_some() { "あり(記載しません)" } @else { "なし" } }),
                ("回答の希望", html! { @if letter.reply_wanted { "あり " (letter.reply_via.map_or("", |v| v.label())) } @else { "なし" } }),
                ("公表", html! { @if letter.publish_ok { "可" } @else { "不可" } }),
                ("場所", html! { (letter.place_words().unwrap_or("")) }),
            ]))
            h3 { "本文" @if letter.body_working.is_some() { "(訂正後)" } }
            .slip-text { (show_hidden(letter.text())) }
            @for of in &case.matters { (matter(of)) }
            h3 { "処理の経過" }
            table.slip-table {
                thead { tr { th scope="col" { "日時" } th scope="col" { "したこと" } th scope="col" { "した人" } th scope="col" { "内容" } } }
                tbody {
                    @for entry in &case.thread {
                        tr {
                            td { (calendar::tokyo_clock(entry.at.utc())) } td { (entry.what) } td { (entry.who) }
                            td { (entry.note) @if !entry.said.is_empty() { br; (entry.said) } }
                        }
                    }
                }
            }
        }
    })
}

fn matter(of: &MatterCase) -> Markup {
    let matter = &of.matter;
    let fields = of.fields.iter().map(|f| f.label()).collect::<Vec<_>>().join("、");
    let joints = of.joints.iter().map(|j| j.unit_name.as_str()).collect::<Vec<_>>().join("、");
    html! {
        h3 { (matter.no) "件目 " (show_hidden(&matter.title)) }
        (grid([
            ("状態", html! { (matter.state.label()) }),
            ("種別", html! { (matter.kind.map_or("", |k| k.label())) }),
            ("分野", html! { (fields) }),
            ("担当課", html! { (of.unit.as_deref().unwrap_or("")) }),
            ("関係課", html! { (joints) }),
            ("担当者", html! { (of.drafter.as_deref().unwrap_or("")) }),
            ("市の目標", html! { (calendar::era_date(of.clock.target_due_on)) }),
            ("規則の期限", html! { (calendar::era_date(of.clock.statutory_due_on)) }),
            ("結果", html! { (matter.outcome.map_or("", |o| o.label())) }),
        ]))
        table.slip-table.slip-seals aria-label="供覧" {
            thead { tr { th scope="col" { "市長" } th scope="col" { "副市長" } th scope="col" { "部長" } th scope="col" { "課長" } th scope="col" { "担当" } } }
            tbody { tr { @for _ in 0..5 { td {} } } }
        }
        @if !of.shown.is_empty() {
            p { "供覧: " @for (at, shown) in of.shown.iter().enumerate() {
                @if at > 0 { "、" }
                (shown.name) "(" @match shown.seen_at { Some(at) => { (calendar::short_date(at.tokyo_day())) "に見た" }, None => "まだ" } ")"
            } }
        }
    }
}

/// What goes with a matter that is passed on to another body or unit.
pub fn transfer(shell: &Shell, case: &Case, of: &MatterCase, today: chrono::NaiveDate) -> Markup {
    let letter = &case.letter;
    let (path, label) = (letter.path(), letter.label());
    let city = &shell.city;
    let note = of.matter.reason_note.as_deref().unwrap_or("");
    let body = format!(
        "下記の市民の声は、貴機関(貴課)の所管と考えられますので、お渡しします。\n\n\
         受付簿  {label}(第{}件)\n受付日  {}\n件名   {}\n渡す理由 {note}\n\n本文\n{}",
        of.matter.no,
        calendar::era_date(letter.received_on),
        show_hidden(&of.matter.title),
        show_hidden(letter.text()),
    );
    let date = calendar::era_date(today);
    let to = of.matter.passed_to.as_deref().unwrap_or("");
    let addressed = format!("{to} 御中");
    let contact = [city.office.as_str(), city.address.as_str(), city.phone.as_str()];
    page::staff(shell, "移ちょう票").crumb("/letters", "手紙").crumb(&path, &label).sheet().body(html! {
        (how_to_print(&path))
        p.no-print.small.soft { "差出人の名前と連絡先は印刷しません。渡す必要があるときは、理由を記録して差出人を開いてください。" }
        (parts::Sheet {
            to: &addressed,
            number: &label,
            date: &date,
            from: &[city.name.as_str()],
            title: "市民の声の移ちょうについて",
            body: &body,
            contact: &contact,
            ..parts::Sheet::default()
        })
    })
}

fn how_to_print(path: &str) -> Markup {
    html! {
        p.no-print { "ブラウザの印刷(Ctrl+P)で、A4の紙に印刷できます。" a href=(path) { "手紙に戻る" } }
    }
}

fn grid<'a>(pairs: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! {
        dl.slip-grid {
            @for (name, value) in pairs { div { dt { (name) } dd { (value) } } }
        }
    }
}
