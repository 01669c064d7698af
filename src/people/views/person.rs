//! One person's page, and his or her absences.

use maud::{Markup, html};

use super::directory::posting_fields;
use super::{day, span};
use crate::people::staffing::STAND_INS;
use crate::people::store::staff::{Absence, Person};
use crate::people::units::Units;
use crate::people::{May, Viewer};
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Table, Tone, Weight, col, head};

fn act(csrf: &str, action: &str, weight: Weight, label: &str) -> Markup {
    html! {
        form.form method="post" action=(action) { (parts::csrf(csrf)) (parts::submit(weight, label)) }
    }
}

/// Account, postings and what an administrator may do.
pub fn show(
    shell: &Shell,
    viewer: &Viewer,
    person: &Person,
    tree: &Units,
    typed: &Fields,
    errors: &Errors,
) -> Markup {
    let base = format!("/people/{}", person.id);
    let today = viewer.today;
    let mut table = Table::new("配属", [head("所属"), col("役割"), col("期間"), col("")])
        .quiet_caption()
        .or_empty(parts::empty("配属はまだありません", html! { p { "下から登録すると、ここに並びます。" } }));
    let mut history: Vec<_> = tree.history_of(person.id).collect();
    history.reverse();
    for posting in history {
        let over = posting.valid_to.is_some_and(|to| to < today);
        let end = format!("{base}/postings/{}/endings", posting.id);
        let field = format!("last-{}", posting.id);
        table = table.row([
            html! { (tree.full_name(posting.unit_id)) },
            html! { (posting.role.label()) },
            html! {
                (span(posting.valid_from, posting.valid_to))
                @if over { " " (parts::badge(Tone::Quiet, "終わり")) }
                @else if posting.valid_from > today { " " (parts::badge(Tone::Info, "これから")) }
            },
            html! {
                @if !over {
                    details {
                        summary { "終わりの日を決める" }
                        form.form method="post" action=(end) {
                            (parts::csrf(&viewer.csrf))
                            .field {
                                label.label for=(field) { "最後の日" }
                                input.input.w-m #(field) name="last" type="text" autocomplete="off" placeholder="令和9年3月31日";
                            }
                            (parts::submit(Weight::Secondary, "登録する"))
                        }
                    }
                }
            },
        ]);
    }
    let value = |name: &str, kept: &str| {
        if typed.has(name) { typed.text(name).to_owned() } else { kept.to_owned() }
    };
    page::staff(shell, &person.name)
        .crumb("/people", "職員")
        .errors(errors)
        .actions(html! {
            (parts::link_button(Weight::Secondary, &format!("{base}/absences"), "不在"))
            (parts::link_button(Weight::Secondary, &format!("{base}/sessions"), "サインイン"))
            (parts::link_button(Weight::Secondary, &format!("/trail?person={}", person.login), "記録"))
        })
        .body(html! {
            (parts::facts([
                ("ログイン名", html! { (person.login) }),
                ("状態", html! { @if person.active { "使えます" } @else { (parts::badge(Tone::Warning, "停止中")) } }),
                ("パスワード", html! { @if person.must_change_password { "最初のサインインで変える" } @else { "本人が決めたもの" } }),
                ("二段階認証", html! { @if person.second_factor { "設定済み" } @else { "設定していません" } }),
            ]))
            h2 { "配属" }
            (table)
            details open[errors.of("unit").or(errors.of("role")).or(errors.of("from")).or(errors.of("to")).is_some()] {
                summary { "異動・兼務を登録する" }
                form.form method="post" action={ (base) "/postings" } {
                    (parts::csrf(&viewer.csrf))
                    (Choice::radios("way", "登録のしかた")
                        .noted("transfer", "異動", "いまの配属は前の日で終わります")
                        .noted("beside", "兼務", "いまの配属はそのまま続きます")
                        .chosen(if typed.text("way") == "beside" { "beside" } else { "transfer" }))
                    (posting_fields(tree, today, typed, errors))
                    (parts::submit(Weight::Primary, "登録する"))
                }
            }
            h2 { "名前と連絡先" }
            form.form method="post" action={ (base) "/corrections" } {
                (parts::csrf(&viewer.csrf))
                (parts::hidden("version", &person.version.to_string()))
                (Field::text("name", "名前").required().medium().limit(50).value(&value("name", &person.name)).errors(errors))
                (Field::text("name_kana", "フリガナ").required().medium().value(&value("name_kana", &person.name_kana)).errors(errors))
                (Field::email("email", "メールアドレス").optional()
                    .value(&value("email", person.email.as_deref().unwrap_or(""))).errors(errors))
                (parts::submit(Weight::Secondary, "直す"))
            }
            h2 { "アカウント" }
            ul {
                li {
                    p { "パスワードを忘れたとき。新しい最初のパスワードが一度だけ表示され、サインインはすべて終わります。" }
                    (act(&viewer.csrf, &format!("{base}/password-resets"), Weight::Secondary, "パスワードを出し直す"))
                }
                @if person.second_factor {
                    li {
                        p { "端末も回復コードもなくしたとき。本人であることを確かめてから行ってください。" }
                        (act(&viewer.csrf, &format!("{base}/second-factor-resets"), Weight::Danger, "二段階認証を解く"))
                    }
                }
                li {
                    @if person.active {
                        p { "退職や休職のとき。記録と配属は残ります。" }
                        (act(&viewer.csrf, &format!("{base}/suspensions"), Weight::Danger, "サインインを止める"))
                    } @else {
                        (act(&viewer.csrf, &format!("{base}/resumptions"), Weight::Secondary, "サインインできるようにする"))
                    }
                }
            }
        })
}

/// Absences, with the form for another.
pub fn absences(
    shell: &Shell,
    viewer: &Viewer,
    person: &Person,
    everybody: &[Person],
    absences: &[Absence],
    tree: &Units,
    (typed, errors): (&Fields, &Errors),
) -> Markup {
    let base = format!("/people/{}/absences", person.id);
    let title = if viewer.id == person.id {
        "自分の不在".to_owned()
    } else {
        format!("{}さんの不在", person.name)
    };
    let mut table = Table::new("不在の登録", [head("期間"), col("代わりの人"), col("理由"), col("")])
        .quiet_caption()
        .or_empty(parts::empty(
            "不在の登録はありません",
            html! { p { "登録すると、その間だけ代わりの人が代決できます。" } },
        ));
    for absence in absences {
        let over = absence.to_on < viewer.today;
        table = table.row([
            html! { (day(absence.from_on)) "から" (day(absence.to_on)) "まで" },
            html! { (absence.substitute_name) },
            html! { (absence.reason) },
            html! {
                @if absence.withdrawn_at.is_some() { (parts::badge(Tone::Quiet, "取消し")) }
                @else if over { (parts::badge(Tone::Quiet, "終わり")) }
                @else { (act(&viewer.csrf, &format!("{base}/{}/withdrawals", absence.id), Weight::Secondary, "取り消す")) }
            },
        ]);
    }
    let options: Vec<(String, String)> = everybody
        .iter()
        .filter(|p| p.active && p.id != person.id && tree.may_stand_in(p.id, person.id, viewer.today))
        .map(|p| {
            let held = tree.postings_of(p.id, viewer.today);
            let post =
                held.first().map_or_else(String::new, |h| format!("({}・{})", h.unit_name, h.role.label()));
            (p.id.to_string(), format!("{}{post}", p.name))
        })
        .collect();
    let rule = format!("{STAND_INS}です。");
    let mut page = page::staff(shell, &title).errors(errors).lead(
        html! { "出張や休暇のあいだ、決裁を代わりに行う人(代決)を登録します。登録した期間だけ、代わりの人が決裁できます。" },
    );
    if viewer.can(May::ManagePeople) {
        page = page.crumb("/people", "職員");
    } else if viewer.id == person.id {
        page = page.crumb("/account", "自分の設定");
    }
    page.body(html! {
        (table)
        h2 { "不在を登録する" }
        form.form method="post" action=(base) {
            (parts::csrf(&viewer.csrf))
            (Field::date("from", "いつから").required().value(typed.text("from")).errors(errors))
            (Field::date("to", "いつまで").required().value(typed.text("to")).errors(errors))
            (Choice::select("substitute", "代わりの人").required().support(&rule).option("", "選んでください")
                .options(options.iter().map(|(v, l)| (v.as_str(), l.as_str()))).chosen(typed.text("substitute")).errors(errors))
            (Field::text("reason", "理由").required().limit(100).support("例:出張、年次有給休暇").value(typed.text("reason")).errors(errors))
            (parts::submit(Weight::Primary, "登録する"))
        }
    })
}
