//! The form of a plan.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::calendar::{self, earliest_close};
use crate::consultations::consultation::{
    ChannelKind, Consultation, CountUnit, DeadlineKind, Eligibility, Need,
};
use crate::planning::form::{TEXT_LIMIT, channel_field, need_field};
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Weight};

/// What the form of a plan shows.
pub struct EditPage<'a> {
    /// The token.
    pub csrf: &'a str,
    /// The consultation; none for a new one.
    pub row: Option<&'a Consultation>,
    /// The values.
    pub fields: &'a Fields,
    /// What cannot be read.
    pub errors: &'a Errors,
    /// The units it may belong to.
    pub units: &'a [(i64, String)],
    /// Days of a full period.
    pub min_days: i64,
    /// Today.
    pub today: NaiveDate,
}

/// The parts of a plan, by their places in the form.
const SECTIONS: [(&str, &str); 7] = [
    ("draft", "案について"),
    ("period", "期間"),
    ("ways", "意見の出し方"),
    ("places-of", "資料を見られる場所"),
    ("who", "意見を出す方について"),
    ("after", "結果の公表"),
    ("contact", "問合せ先"),
];

/// The form of a plan.
pub fn edit(shell: &Shell, page: &EditPage<'_>) -> Markup {
    let EditPage { csrf, row, fields, errors, units, min_days, .. } = *page;
    let title = if row.is_some() { "意見募集の内容を直す" } else { "意見募集を準備する" };
    let action = row.map_or_else(|| "/consultations".to_owned(), |r| format!("{}/edit", r.path()));
    let line = |name: &'static str, label: &'static str| {
        Field::text(name, label).full().value(fields.text(name)).errors(errors)
    };
    let area = |name: &'static str, label: &'static str, rows: u16| {
        Field::area(name, label).limit(TEXT_LIMIT).rows(rows).value(fields.text(name)).errors(errors)
    };
    let date = |name: &'static str, label: &'static str| {
        Field::date(name, label).value(fields.text(name)).errors(errors)
    };
    let unit = fields.number("unit").or(row.map(|r| r.unit_id)).map(|u| u.to_string()).unwrap_or_default();
    let codes: Vec<(String, &str)> = units.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    let minimum = u64::try_from(min_days).unwrap_or(0);
    let closing = format!(
        "公示日を1日目とし、最終日も数えて{min_days}日以上にします。今日公示するなら、最終日は{}以後です。",
        calendar::era_date(earliest_close(page.today, minimum))
    );
    let chosen: Vec<&str> = fields.all("eligibility");
    let page = page::staff(shell, title).narrow().crumb("/consultations", "意見募集");
    let above = row.map(Consultation::path).unwrap_or_default();
    let page = match row {
        Some(row) => page.crumb(&above, &row.title),
        None => page,
    };
    page.errors(errors).script("counter.js").body(html! {
        nav aria-label="この画面の内容" {
            ul.inline-list {
                @for (id, name) in SECTIONS { li { a href={ "#" (id) } { (name) } } }
            }
        }
        form.form method="post" action=(action) {
            (parts::csrf(csrf))
            @if let Some(row) = row { (parts::hidden("version", &row.version.to_string())) }
            section.form-section.form #draft {
                h2 { "案について" }
                (line("title", "案件名").required())
                (Field::text("draft_label", "案の呼び名").support("案、素案、原案など。").medium().value(fields.text("draft_label")).errors(errors))
                (Choice::select("unit", "担当課").required().option("", "選んでください").options(codes.iter().map(|(c, n)| (c.as_str(), *n))).chosen(&unit).errors(errors))
                (line("basis", "根拠となる法令や計画"))
                (area("summary", "案の要点", 6).support("はじめて読む方に分かる言葉で。何が変わるのか、だれに関わるのか。"))
                (area("background", "なぜこの案を作るのか", 5))
                (area("plain_summary", "やさしい日本語の要点", 4).optional())
            }
            section.form-section.form #period {
                h2 { "期間" }
                (date("noticed_on", "公示日"))
                (date("opens_on", "募集の初日"))
                (date("closes_on", "募集の最終日").support(&closing))
                (area("short_reason", "期間が短い理由", 3).support("足りないときだけ書きます。案とともに公表されます。"))
                (date("prenotice_on", "予告の日").optional())
                (date("decision_planned_on", "決定の予定日").optional())
            }
            section.form-section.form #ways {
                h2 { "意見の出し方" }
                @for kind in ChannelKind::ALL { (channel(*kind, fields, errors)) }
            }
            section.form-section.form #places-of {
                h2 { "資料を見られる場所" }
                (Field::area("places", "場所と時間").rows(8).support("1行に1か所。「場所 / 時間」のように書きます。").value(fields.text("places")).errors(errors))
                button.button.secondary.small type="submit" name="branches" value="all" { "すべての総合支所・支所を加える" }
            }
            section.form-section.form #who {
                h2 { "意見を出す方について" }
                (Choice::checks("eligibility[]", "意見を出せる方").support("表示するだけです。だれの意見も断りません。")
                    .options(Eligibility::ALL.iter().map(|e| (e.code(), e.label()))).chosen_all(&chosen))
                (area("eligibility_note", "補足", 2).optional())
                @for (item, label) in [("name", "お名前"), ("address", "住所"), ("contact", "連絡先"), ("relation", "市との関係")] {
                    @let field = need_field(item);
                    (Choice::select(&field, label).options(Need::ALL.iter().map(|n| (n.code(), n.label()))).chosen(fields.text(&field)))
                }
                (Choice::radios("count_incomplete", "必ず書く項目が空欄の意見").option("yes", "件数に数える").option("no", "件数に数えない(読みます)")
                    .chosen(if fields.text("count_incomplete") == "no" { "no" } else { "yes" }))
            }
            section.form-section.form #after {
                h2 { "結果の公表" }
                (area("result_note", "意見の扱いと結果の公表のしかた", 5))
                (Choice::radios("publish_full", "結果に載せるもの").option("yes", "全文(お名前などを伏せて)").option("no", "要旨")
                    .chosen(if fields.text("publish_full") == "no" { "no" } else { "yes" }))
                (line("originals_place", "要旨を載せるとき、全文を読める場所"))
                (Choice::select("count_unit", "件数の数え方").options(CountUnit::ALL.iter().map(|c| (c.code(), c.label()))).chosen(fields.text("count_unit")))
            }
            section.form-section.form #contact {
                h2 { "問合せ先" }
                (line("contact_place", "場所"))
                (Field::text("contact_phone", "電話番号").medium().value(fields.text("contact_phone")).errors(errors))
                (Field::text("contact_fax", "ファクス番号").optional().medium().value(fields.text("contact_fax")).errors(errors))
                (Field::text("contact_email", "メールアドレス").optional().value(fields.text("contact_email")).errors(errors))
            }
            .actions.entry-actions { (parts::submit(Weight::Primary, "保存する")) }
        }
    })
}

fn channel(kind: ChannelKind, fields: &Fields, errors: &Errors) -> Markup {
    let name = |what: &str| channel_field(kind, what);
    let (on, address, deadline, note) = (name("on"), name(""), name("deadline"), name("note"));
    let open = fields.has(&on) || errors.of(&address).is_some();
    let address_label = format!("{}のあて先", kind.label());
    let note_label = format!("{}の補足(受付時間など)", kind.label());
    html! {
        fieldset.field.way {
            legend.label { (kind.label()) }
            .choices {
                label.choice for=(on) { input id=(on) type="checkbox" name=(on) value="yes" checked[open]; span { "この方法で受け付ける" } }
            }
            .form {
                @if kind != ChannelKind::Web { (Field::text(&address, &address_label).full().value(fields.text(&address)).errors(errors)) }
                @if kind == ChannelKind::Post {
                    (Choice::radios(&deadline, "最終日の扱い").options(DeadlineKind::ALL.iter().map(|d| (d.code(), d.label())))
                        .chosen(if fields.text(&deadline) == "postmark" { "postmark" } else { "arrive_by" }))
                }
                (Field::text(&note, &note_label).optional().full().value(fields.text(&note)))
            }
        }
    }
}
