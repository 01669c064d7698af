//! The units as a tree, and one unit.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{day, span, unit_options};
use crate::people::store::staff::Person;
use crate::people::units::{Unit, Units};
use crate::people::{UnitKind, Viewer};
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

/// Unit, row, person, name.
type Coordinator = (i64, i64, i64, String);

/// 部報道広聴主任 or 課報道広聴主任, by what sort of unit it is.
fn coordinator_title(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Section | UnitKind::SubBranch => "課報道広聴主任",
        UnitKind::ExecutiveBody | UnitKind::Department | UnitKind::Branch => "部報道広聴主任",
    }
}

/// The whole tree, and the form for a new unit.
pub fn list(
    shell: &Shell,
    viewer: &Viewer,
    tree: &Units,
    coordinators: &[Coordinator],
    typed: &Fields,
    errors: &Errors,
) -> Markup {
    let options = unit_options(tree, viewer.today);
    page::staff(shell, "組織")
        .crumb("/people", "職員")
        .errors(errors)
        .lead(html! { "部・課・総合支所と、それぞれの報道広聴主任です。なくなった組織も、終わりの日とともに残ります。" })
        .body(html! {
            @if tree.all().is_empty() {
                (parts::empty("組織はまだありません", html! { p { "下から加えると、ここに並びます。" } }))
            }
            (branch(tree, None, viewer.today, coordinators))
            details open[!errors.is_empty()] {
                summary { "組織を加える" }
                form.form method="post" action="/units" {
                    (parts::csrf(&viewer.csrf))
                    (Field::text("name", "名前").required().medium().limit(60).value(typed.text("name")).errors(errors))
                    (Field::text("code", "記号").required().medium().value(typed.text("code"))
                        .support("英小文字・数字・「-」で、2文字から40文字まで。ほかと重ならず、後から変えないもの。").errors(errors))
                    (Choice::select("kind", "種類").required().option("", "選んでください")
                        .options(UnitKind::ALL.iter().map(|k| (k.code(), k.label()))).chosen(typed.text("kind")).errors(errors))
                    (Choice::select("parent", "上の組織").option("", "なし")
                        .options(options.iter().map(|(v, l)| (v.as_str(), l.as_str()))).chosen(typed.text("parent")).errors(errors))
                    (Choice::checks("leads", "主管課").option("yes", "部の主管課である").chosen(if typed.has("leads") { "yes" } else { "" }))
                    (Field::phone("phone", "電話番号").optional().value(typed.text("phone")).errors(errors))
                    (Field::email("email", "メールアドレス").optional().value(typed.text("email")).errors(errors))
                    (Field::date("from", "いつから").required().value(typed.text("from")).errors(errors))
                    (parts::submit(Weight::Primary, "加える"))
                }
            }
        })
}

fn branch(tree: &Units, parent: Option<i64>, today: NaiveDate, coordinators: &[Coordinator]) -> Markup {
    let units: Vec<&Unit> = tree.children(parent).collect();
    html! {
        @if !units.is_empty() {
            ul {
                @for unit in units {
                    li {
                        a href={ "/units/" (unit.id) } { (unit.name) }
                        @if unit.leads { " " (parts::badge(Tone::Quiet, "主管課")) }
                        @if unit.valid_to.is_some_and(|to| to < today) { " " (parts::badge(Tone::Warning, "終わり")) }
                        @if let Some(phone) = &unit.phone { " " span.soft { "電話 " (phone) } }
                        @for (_, _, _, name) in coordinators.iter().filter(|c| c.0 == unit.id) {
                            " " span.soft { (coordinator_title(unit.kind)) " " (name) }
                        }
                        (branch(tree, Some(unit.id), today, coordinators))
                    }
                }
            }
        }
    }
}

/// One unit: how it is reached, its people, its coordinator, its end.
pub fn show(
    shell: &Shell,
    viewer: &Viewer,
    unit: &Unit,
    tree: &Units,
    coordinators: &[Coordinator],
    everybody: &[Person],
    (typed, errors): (&Fields, &Errors),
) -> Markup {
    let base = format!("/units/{}", unit.id);
    let title = tree.full_name(unit.id);
    let named: Vec<&Coordinator> = coordinators.iter().filter(|c| c.0 == unit.id).collect();
    let mut table = Table::new("今日の配属", [head("名前"), col("役割"), col("期間")])
        .quiet_caption()
        .or_empty(parts::empty(
            "今日この組織に配属されている職員はいません",
            html! { p { "職員のページで配属を登録すると、ここに並びます。" } },
        ));
    for posting in tree.postings_on(viewer.today).filter(|p| p.unit_id == unit.id) {
        let name = everybody.iter().find(|p| p.id == posting.staff_id).map_or("", |p| &p.name);
        table = table.row([
            html! { a href={ "/people/" (posting.staff_id) } { (name) } },
            html! { (posting.role.label()) },
            span(posting.valid_from, posting.valid_to),
        ]);
    }
    let people: Vec<(String, &str)> =
        everybody.iter().filter(|p| p.active).map(|p| (p.id.to_string(), p.name.as_str())).collect();
    let value = |name: &str, kept: Option<&String>| {
        if typed.has(name) { typed.text(name).to_owned() } else { kept.cloned().unwrap_or_default() }
    };
    page::staff(shell, &title).crumb("/people", "職員").crumb("/units", "組織").errors(errors).body(html! {
        (parts::facts([
            ("種類", html! { (unit.kind.label()) @if unit.leads { "(主管課)" } }),
            ("記号", html! { code { (unit.code) } }),
            ("期間", span(unit.valid_from, unit.valid_to)),
            (coordinator_title(unit.kind), html! {
                @if named.is_empty() { "決まっていません" }
                @for (_, _, id, name) in named { a href={ "/people/" (id) } { (name) } }
            }),
        ]))
        h2 { "今日の配属" }
        (table)
        h2 { "連絡先" }
        form.form method="post" action={ (base) "/corrections" } {
            (parts::csrf(&viewer.csrf))
            (Field::phone("phone", "電話番号").optional().value(&value("phone", unit.phone.as_ref())).errors(errors))
            (Field::email("email", "メールアドレス").optional().value(&value("email", unit.email.as_ref())).errors(errors))
            (parts::submit(Weight::Secondary, "直す"))
        }
        h2 { (coordinator_title(unit.kind)) }
        form.form method="post" action={ (base) "/coordinators" } {
            (parts::csrf(&viewer.csrf))
            (Choice::select("coordinator", "職員").required().option("", "選んでください")
                .options(people.iter().map(|(v, l)| (v.as_str(), *l))).chosen(typed.text("coordinator")).errors(errors))
            (Field::date("coordinator_from", "いつから").required().value(typed.text("coordinator_from")).errors(errors))
            (parts::submit(Weight::Secondary, "決める"))
        }
        @if let Some(last) = unit.valid_to {
            p { "この組織は" (day(last)) "で終わります。" }
        } @else {
            h2 { "組織を終わらせる" }
            form.form method="post" action={ (base) "/endings" } {
                (parts::csrf(&viewer.csrf))
                (Field::date("last", "最後の日").required().value(typed.text("last")).errors(errors))
                (parts::submit(Weight::Danger, "終わりの日を登録する"))
            }
        }
    })
}
