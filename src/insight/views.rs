//! The figures' page.

use maud::{Markup, html};

use super::statistics::{self, Figures, Statistics, Unit, share};
use super::sums::SumLine;
use crate::calendar::{self, FiscalYear, register_label};
use crate::people::Viewer;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Table, Tone, Weight, col, head, num};

/// 通 or 件.
pub(super) fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Letters => "通",
        Unit::Matters => "件",
    }
}

fn grouped(n: i64) -> String {
    parts::grouped(u64::try_from(n).unwrap_or(0))
}

/// GET `/statistics`.
pub fn figures(shell: &Shell, viewer: &Viewer, figures: &Statistics, sums: &[SumLine]) -> Markup {
    let lead = html! {
        p {
            (figures.period.label()) "(" (calendar::era_date(figures.period.first)) "から"
            (calendar::era_date(figures.period.last)) "までに受け付けた手紙)"
        }
    };
    page::staff(shell, "統計").wide().lead(lead).body(html! {
        (choose(viewer, figures))
        (summary(figures))
        (replies(viewer, figures))
        @for table in &figures.tables { (one(table, figures)) }
        (adds_up(figures, sums))
    })
}

fn choose(viewer: &Viewer, figures: &Statistics) -> Markup {
    let years: Vec<(String, String)> =
        statistics::years(viewer.today).into_iter().map(|y| (y.0.to_string(), y.label())).collect();
    let months: Vec<(String, String)> =
        statistics::months().map(|m| (m.to_string(), format!("{m}月"))).collect();
    let month = figures.period.month.map(|m| m.to_string()).unwrap_or_default();
    html! {
        form.filters method="get" action="/statistics" {
            .search {
                (Choice::select("year", "年度").options(years.iter().map(|(v, l)| (v.as_str(), l.as_str())))
                    .chosen(&figures.period.year.0.to_string()))
                (Choice::select("month", "月").option("", "年度全体")
                    .options(months.iter().map(|(v, l)| (v.as_str(), l.as_str()))).chosen(&month))
                (parts::submit(Weight::Primary, "表示する"))
            }
        }
    }
}

fn summary(figures: &Statistics) -> Markup {
    let open = figures.letters - figures.closed;
    html! {
        h2 { "あらまし" }
        (parts::facts([
            ("届いた手紙", html! { (grouped(figures.letters)) "通 = 完結 " (grouped(figures.closed)) "通 + 未完結 " (grouped(open)) "通" }),
            ("件数", html! { (grouped(figures.matters)) "件" }),
            ("ウェブで届いた割合", html! { (share(figures.web, figures.letters)) "(" (grouped(figures.web)) "通)" }),
            ("公表した割合", html! { (share(figures.published, figures.matters)) "(" (grouped(figures.published)) "件)" }),
        ]))
    }
}

fn replies(viewer: &Viewer, figures: &Statistics) -> Markup {
    let times = &figures.replies;
    let days = |n: Option<i64>| n.map_or("—".to_owned(), |n| format!("{n}日"));
    let mut late = Table::new(
        "30日を過ぎて、まだ回答していない件",
        [head("受付簿の番号"), col("期限(30日)"), col("担当課")],
    )
    .or_empty(html! { p { "30日を過ぎて回答していない件はありません。" } });
    for row in &figures.late {
        let number = match row.register_no {
            Some(no) => register_label(FiscalYear(i32::try_from(row.fiscal_year).unwrap_or_default()), no),
            None => "未登録".to_owned(),
        };
        let link = html! {
            @if viewer.sees_all() { a href={ "/letters/" (row.letter_id) "#matter-" (row.no) } { (number) } } @else { (number) }
        };
        late = late.toned_row(
            Tone::Error,
            [
                link,
                html! { (parts::time(row.statutory_due_on, calendar::short_date(row.statutory_due_on))) },
                html! { (row.unit.as_deref().unwrap_or("担当課未定")) },
            ],
        );
    }
    html! {
        h2 { "回答までの日数" }
        (parts::facts([
            ("回答した件", html! { (grouped(times.replied)) "件" }),
            ("30日を過ぎて未回答", html! { (grouped(times.overdue)) "件" }),
            ("30日以内に回答", html! { (grouped(times.in_time)) "件(" (share(times.in_time, times.due())) ")" }),
            ("中央値", html! { (days(times.median)) }),
            ("90パーセンタイル", html! { (days(times.ninetieth)) }),
        ]))
        p.support { "受付日の翌日を1日目として数えます(施行規則第4条)。この期間に受け付けた件で、割合は「30日以内に回答した件 ÷ (回答した件 + 30日を過ぎて未回答の件)」です。期限前でまだ回答していない件は含みません。日数は回答した件のものです。中央値は、半分の件がこの日数以内だったこと、90パーセンタイルは、10件のうち9件がこの日数以内だったことを表します。" }
        (late)
    }
}

fn one(table: &Figures, figures: &Statistics) -> Markup {
    let word = unit_word(table.unit);
    let heading = format!("{}({word})", table.title);
    let mut shown = Table::new(&heading, [head("区分"), num(word), num("割合")]).quiet_caption().compact();
    for (label, n) in &table.rows {
        shown = shown.row([html! { (label) }, html! { (grouped(*n)) }, html! { (share(*n, table.whole)) }]);
    }
    shown = shown.or_empty(html! { p { "この期間にはありません。" } });
    html! {
        h2 #(table.code) { (heading) }
        .figures { (shown) }
        p.support {
            "合計 " (grouped(table.total())) (word)
            @if table.sums { " = 全体 " (grouped(table.whole)) (word) "。" }
            @else { "(全体 " (grouped(table.whole)) (word) "。合計は全体と一致しないことがあります)。" }
            (table.rule) "割合は小数第2位を四捨五入しています。"
        }
        p.way.no-print { a href={ "/statistics.csv?table=" (table.code) "&" (figures.period.query()) } { "「" (table.title) "」をCSVで保存" } }
    }
}

fn adds_up(figures: &Statistics, sums: &[SumLine]) -> Markup {
    let mut table = Table::new("合計の突合せ(全期間)", [head("突合せ"), num("左"), num("右"), col("結果")]);
    for line in sums {
        let (tone, word) = if line.holds() {
            (Tone::Success, "合っています")
        } else {
            (Tone::Error, "合いません")
        };
        let row_tone = if line.holds() { Tone::Quiet } else { Tone::Error };
        table = table.toned_row(
            row_tone,
            [
                html! { (line.name) },
                html! { (grouped(line.left)) },
                html! { (grouped(line.right)) },
                parts::badge(tone, word),
            ],
        );
    }
    html! {
        h2 { "数の突合せ" }
        p { "同じものを二通りに数えた結果です。合わないときは、システム管理者へご連絡ください。" }
        (table)
        h2 { "公表するときの決まり" }
        p {
            "この画面の数は庁内用です。年代と地区のように組み合わせた表を公表するときは、個人が分からないよう、3未満の欄を伏せます。"
            "受付日が" (figures.period.label()) "に入る手紙だけを数えています。"
        }
    }
}
