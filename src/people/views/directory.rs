//! The list of staff, and adding somebody.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::unit_options;
use crate::people::store::staff::Person;
use crate::people::units::Units;
use crate::people::{Role, Viewer};
use crate::web::errors::percent;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

const PER_PAGE: usize = 100;

/// Everybody, or those a search finds.
pub fn list(shell: &Shell, today: NaiveDate, query: &Fields, everybody: &[Person], tree: &Units) -> Markup {
    let sought = crate::text::squeeze(query.text("q"));
    let unit = query.number("unit");
    let role = Role::from_code(query.text("role"));
    let all = query.has("all");
    let found: Vec<&Person> = everybody
        .iter()
        .filter(|p| all || p.active)
        .filter(|p| {
            sought.is_empty()
                || [&p.name, &p.name_kana, &p.login].iter().any(|t| crate::text::squeeze(t).contains(&sought))
        })
        .filter(|p| {
            (unit.is_none() && role.is_none())
                || tree.history_of(p.id).filter(|h| h.holds_on(today)).any(|h| {
                    unit.is_none_or(|u| tree.below(u).contains(&h.unit_id))
                        && role.is_none_or(|r| r == h.role)
                })
        })
        .collect();
    let last = found.len().div_ceil(PER_PAGE).max(1);
    let number = usize::try_from(query.number("page").unwrap_or(1)).unwrap_or(1).clamp(1, last);
    let mut table =
        Table::new("職員の一覧", [head("名前"), col("ログイン名"), col("今日の配属"), col("状態")])
            .keyed()
            .quiet_caption()
            .or_empty(parts::empty(
                "見つかりませんでした",
                html! { p { "言葉を短くするか、条件を減らしてください。" } },
            ));
    for person in found.iter().skip((number - 1) * PER_PAGE).take(PER_PAGE) {
        table = table.row([
            html! { a href={ "/people/" (person.id) } { (person.name) } " " span.soft { (person.name_kana) } },
            html! { (person.login) },
            html! {
                @let held = tree.postings_of(person.id, today);
                @if held.is_empty() { span.soft { "なし" } }
                @for (at, posting) in held.iter().enumerate() {
                    @if at > 0 { br; } (tree.full_name(posting.unit_id)) "・" (posting.role.label())
                }
            },
            html! {
                @if !person.active { (parts::badge(Tone::Warning, "停止中")) " " }
                @if person.must_change_password { (parts::badge(Tone::Info, "初回のパスワード")) " " }
                @if person.active && !person.second_factor { span.soft { "二段階認証なし" } }
            },
        ]);
    }
    let options = unit_options(tree, today);
    let href = |page: u64| {
        format!(
            "/people?q={}&unit={}&role={}{}&page={page}",
            percent(query.text("q")),
            percent(query.text("unit")),
            percent(query.text("role")),
            if all { "&all=yes" } else { "" }
        )
    };
    page::staff(shell, "職員")
        .actions(html! {
            (parts::link_button(Weight::Primary, "/people/new", "職員を加える"))
            (parts::link_button(Weight::Secondary, "/units", "組織"))
        })
        .body(html! {
            form.filters.search method="get" action="/people" {
                (Field::search("q", "名前・フリガナ・ログイン名").medium().value(query.text("q")))
                (Choice::select("unit", "所属").option("", "すべて")
                    .options(options.iter().map(|(v, l)| (v.as_str(), l.as_str()))).chosen(query.text("unit")))
                (Choice::select("role", "役割").option("", "すべて")
                    .options(Role::ALL.iter().map(|r| (r.code(), r.label()))).chosen(query.text("role")))
                (Choice::checks("all", "停止中の職員").option("yes", "停止中の職員も見る").chosen(if all { "yes" } else { "" }))
                (parts::submit(Weight::Secondary, "さがす"))
            }
            p { (parts::grouped(found.len() as u64)) "人" }
            (table)
            (parts::pager(number as u64, last as u64, href))
        })
}

/// The form for somebody new.
pub fn new(shell: &Shell, viewer: &Viewer, tree: &Units, typed: &Fields, errors: Option<&Errors>) -> Markup {
    let none = Errors::default();
    let errors = errors.unwrap_or(&none);
    page::staff(shell, "職員を加える").narrow().crumb("/people", "職員").errors(errors).body(html! {
        form.form method="post" action="/people" {
            (parts::csrf(&viewer.csrf))
            (Field::text("login", "ログイン名").required().medium().value(typed.text("login"))
                .support("英小文字・数字・「.」「-」「_」で、2文字から40文字まで。後から変えられません。").errors(errors))
            (Field::text("name", "名前").required().medium().limit(50).value(typed.text("name")).errors(errors))
            (Field::text("name_kana", "フリガナ").required().medium().value(typed.text("name_kana")).errors(errors))
            (Field::email("email", "メールアドレス").optional().value(typed.text("email"))
                .support("期限のお知らせなどを送ります。").errors(errors))
            (posting_fields(tree, viewer.today, typed, errors))
            (parts::submit(Weight::Primary, "加える"))
        }
        p.soft { "最初のパスワードは、次の画面に一度だけ表示されます。" }
    })
}

/// Unit, role and days of a posting.
pub(super) fn posting_fields(tree: &Units, today: NaiveDate, typed: &Fields, errors: &Errors) -> Markup {
    let options = unit_options(tree, today);
    html! {
        (Choice::select("unit", "所属").required().option("", "選んでください")
            .options(options.iter().map(|(v, l)| (v.as_str(), l.as_str()))).chosen(typed.text("unit")).errors(errors))
        (Choice::select("role", "役割").required().option("", "選んでください")
            .options(Role::ALL.iter().map(|r| (r.code(), r.label()))).chosen(typed.text("role")).errors(errors))
        (Field::date("from", "いつから").required().value(typed.text("from")).errors(errors))
        (Field::date("to", "いつまで").optional().value(typed.text("to")).errors(errors))
    }
}

/// A first password, shown once.
pub fn password_once(shell: &Shell, id: i64, login: &str, initial: &str) -> Markup {
    page::staff(shell, "最初のパスワード").narrow().crumb("/people", "職員").body(html! {
        (parts::notice(Tone::Warning, "この画面は一度しか表示されません", html! {
            p { "書き写して、本人に直接伝えてください。最初のサインインで、本人が自分のパスワードに変えます。" }
        }))
        (parts::facts([
            ("ログイン名", html! { code { (login) } }),
            ("最初のパスワード", html! { code { (initial) } }),
        ]))
        (parts::link_button(Weight::Primary, &format!("/people/{id}"), "この職員のページへ"))
    })
}
