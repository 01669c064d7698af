//! The staff's pages of a consultation: here the list, and what goes out before it is announced.

mod desk;
mod edit;
mod papers;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::calendar;
use crate::consultations::consultation::{ChannelKind, Consultation, Period, State};
use crate::consultations::content::Content;
use crate::consultations::paper::Paragraph;
use crate::consultations::views as public;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Table, Tone, Weight, col, head, num};

pub use desk::{Desk, show};
pub use edit::{EditPage, edit};
pub use papers::{choose_text, review};

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
