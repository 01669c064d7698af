//! Typing a letter in on one screen, reading it back, its receipt, and comparing it with the paper; long because
//! the one screen has every field.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::entry::{CHANNELS, Entry};
use super::store::Typed;
use super::{Entered, WhyRenewed};
use crate::calendar;
use crate::files::Scan;
use crate::letters::letter::{AgeBand, Channel, District, ReplyVia, title_of};
use crate::letters::receipt::Ticket;
use crate::letters::store::Unchecked;
use crate::people::Viewer;
use crate::text::input::show_hidden;
use crate::text::{self, Change, ReceiptCode};
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Segment, Tone, Weight};

/// What the entry page shows.
#[derive(Clone, Copy, Debug)]
pub struct EntryPage<'a> {
    /// Token of the form.
    pub csrf: &'a str,
    /// What was typed, or is taken over from the last entry.
    pub fields: &'a Fields,
    /// What was wrong.
    pub errors: &'a Errors,
    /// The picture beside the typing.
    pub scan: Option<&'a Scan>,
    /// The letter kept a moment ago.
    pub last: Option<i64>,
}

/// One screen, in the order of a card: how and when it came, the words, the answer, the sender.
pub fn entry(shell: &Shell, page: &EntryPage<'_>) -> Markup {
    let EntryPage { csrf, fields, errors, scan, last } = *page;
    page::staff(shell, "受付入力").errors(errors).lead(html! {
        "届いたままを打ちます。" kbd { "Ctrl" } "+" kbd { "Enter" } " で保存して次の1通へ進みます。"
        "欄の右の英字は、" kbd { "Alt" } "(または " kbd { "Alt" } "+" kbd { "Shift" } ")と一緒に押すとその欄へ移ります。"
    }).body(html! {
        @if let Some(last) = last {
            p.way { a href={ "/letters/" (last) "/receipts?reason=not_handed" } { "いまの手紙の控え(受付番号と確認番号)を出す" } }
        }
        .split.entry {
            div { (picture(csrf, fields, scan)) }
            form.form method="post" action="/letters" {
                (parts::csrf(csrf))
                (parts::hidden("entry", fields.text("entry")))
                @if let Some(scan) = scan { (parts::hidden("scan", &scan.id)) }
                (arrived(fields, errors))
                (Field::area("body", "本文").required().key("b").rows(10).value(fields.text("body")).errors(errors)
                    .support("読めない字は〓と入れます(「げた」で変換できます)。誤字もそのまま打ちます。"))
                (Field::text("subject", "件名").optional().full().value(fields.text("subject")).errors(errors)
                    .support("書かれていなければ空けてください。本文の1行目が件名になります。"))
                .fields-row {
                    (Choice::radios("reply_wanted", "回答").required().key("r").across().errors(errors)
                        .option("no", "希望しない・書かれていない").option("yes", "希望する").chosen(fields.text("reply_wanted")))
                    (Choice::radios("publish_ok", "公表").across()
                        .option("no", "しない・書かれていない").option("yes", "してもよい")
                        .chosen(if fields.text("publish_ok").is_empty() { "no" } else { fields.text("publish_ok") }))
                }
                (sender(fields, errors))
                .actions.entry-actions {
                    button.button.primary type="submit" name="action" value="next" data-main accesskey="s" { "保存して次へ" }
                    (parts::submit_as(Weight::Secondary, "action", "receipt", "保存して控えを出す"))
                    (parts::submit_as(Weight::Secondary, "action", "readback", "読み上げて確かめる"))
                }
                p.small.soft { "「控え」は、受付番号と確認番号を紙で渡すときに。「読み上げ」は、電話や窓口で、保存する前に本人に確かめるときに使います。" }
            }
        }
    })
}

fn picture(csrf: &str, fields: &Fields, scan: Option<&Scan>) -> Markup {
    html! {
        @if let Some(scan) = scan {
            @if scan.kind.is_picture() {
                .scan { a href={ "/scans/" (scan.id) } { img src={ "/scans/" (scan.id) } alt={ "原本の画像 " (scan.name) }; } }
            } @else {
                p.way { a href={ "/scans/" (scan.id) } { "原本を開く " (scan.name) } }
            }
        } @else {
            details open {
                summary { "原本の画像を横に出す(先に選びます)" }
                form.form method="post" action="/scans" enctype="multipart/form-data" {
                    (parts::csrf(csrf))
                    @for name in ["channel", "received_on", "collected_on", "box_location"] {
                        @if let Some(value) = fields.filled(name) { (parts::hidden(name, value)) }
                    }
                    (parts::Upload::new("scan_file", "はがき・手紙の画像", "JPEG・PNG・WebP・GIF・PDF。1つ10MBまで。", ".jpg,.jpeg,.png,.webp,.gif,.pdf"))
                    (parts::submit(Weight::Secondary, "画像を出す"))
                }
                p.small.soft { "画像がなくても入力できます。入力を始めたあとに選ぶと、打ちかけの内容は消えます。" }
            }
        }
    }
}

fn arrived(fields: &Fields, errors: &Errors) -> Markup {
    let date = |name: &'static str, label: &'static str| {
        Field::text(name, label).autocomplete("off").value(fields.text(name)).errors(errors)
    };
    let rare = ["written_on", "postmarked_on", "collected_on", "box_location"];
    html! {
        .fields-row {
            (Choice::select("channel", "届き方").required().key("c").errors(errors)
                .options(CHANNELS.iter().map(|c| (c.code(), c.label()))).chosen(fields.text("channel")))
            (date("received_on", "受付日").key("d").support("例:R8.4.1、2026/4/1。空なら今日。"))
        }
        details.rare open[rare.iter().any(|name| fields.filled(name).is_some() || errors.of(name).is_some())] {
            summary { "消印・書かれた日・投書箱" }
            .fields-row {
                (date("written_on", "書かれた日"))
                (date("postmarked_on", "消印"))
                (date("collected_on", "投書箱の回収日"))
                (Field::text("box_location", "投書箱の場所").autocomplete("off").value(fields.text("box_location")).errors(errors))
            }
        }
    }
}

fn sender(fields: &Fields, errors: &Errors) -> Markup {
    let text = |name: &'static str, label: &'static str| {
        Field::text(name, label).autocomplete("off").value(fields.text(name)).errors(errors)
    };
    let odd = ["postal_code", "phone", "email"].iter().any(|name| errors.of(name).is_some());
    html! {
        fieldset.field {
            legend.label { "差出人" span.need { "※任意" } }
            span.support { "書かれていなければ空けてください。本文とは別に、封をして保存します。" }
            .fields-row {
                (text("name", "名前").key("n"))
                (text("name_kana", "よみ"))
            }
            .fields-row {
                (text("postal_code", "郵便番号").keyboard("numeric"))
                (text("phone", "電話・ファクス").keyboard("tel"))
                (text("email", "eメール").keyboard("email"))
            }
            (text("address", "住所").full())
            @if odd || fields.has("as_written") {
                label.choice for="as_written" {
                    input #as_written type="checkbox" name="as_written" value="yes" checked[fields.has("as_written")];
                    span { "読み取れない番号やアドレスを、書かれているとおりに残す" }
                }
            }
            details open[["org_name", "rep_name", "reply_via", "place_text", "age_band", "district"].iter().any(|n| fields.filled(n).is_some())] {
                summary { "団体・回答の方法・場所・年代・地区" }
                .fields-row {
                    (text("org_name", "団体名"))
                    (text("rep_name", "代表者"))
                }
                .fields-row {
                    (Choice::select("reply_via", "回答の方法").option("", "連絡先から決める")
                        .options(ReplyVia::ALL.iter().map(|v| (v.code(), v.label()))).chosen(fields.text("reply_via")))
                    (text("place_text", "場所"))
                }
                .fields-row {
                    (Choice::select("age_band", "年代").option("", "書かれていない")
                        .options(AgeBand::ALL.iter().map(|a| (a.code(), a.label()))).chosen(fields.text("age_band")))
                    (Choice::select("district", "地区").option("", "書かれていない")
                        .options(District::ALL.iter().map(|d| (d.code(), d.label()))).chosen(fields.text("district")))
                }
            }
        }
    }
}

fn carried(fields: &Fields) -> Markup {
    html! {
        @for (name, value) in fields.except(&["csrf", "action"]) {
            @if value.contains('\n') { textarea name=(name) hidden { "\n" (value) } } @else { (parts::hidden(name, value)) }
        }
    }
}

/// What to read to the speaker before it is kept.
pub fn read_back(shell: &Shell, csrf: &str, fields: &Fields, said: &str) -> Markup {
    page::staff(shell, "読み上げて確かめる").narrow().crumb("/letters/new", "受付入力").body(html! {
        p { "まだ保存していません。次の文を読み上げて、間違いがないか確かめてください。" }
        section.paper { div.letter-text { (show_hidden(said)) } }
        form method="post" action="/letters" {
            (parts::csrf(csrf))
            (carried(fields))
            .actions {
                button.button.primary type="submit" name="action" value="receipt" data-main { "間違いないとのこと。受け付ける" }
                (parts::submit_as(Weight::Secondary, "action", "edit", "直す"))
            }
        }
    })
}

/// The receipt to print or to tell: code and secret, shown once.
pub fn receipt(shell: &Shell, entry: &Entry, entered: &Entered, ticket: &Ticket, kept: &str) -> Markup {
    let letter = format!("/letters/{}", entered.accepted.letter_id);
    page::staff(shell, "受付の控え").narrow().crumb("/letters/new", "受付入力").body(html! {
        .no-print {
            @if entered.accepted.repeated {
                (parts::notice(Tone::Info, "", html! { p { "この入力はすでに受け付けていました。二重には登録していません。" } }))
            }
            @if !entered.same.is_empty() { (same(entered)) }
            p { "このページを印刷(" kbd { "Ctrl" } "+" kbd { "P" } ")して渡すか、2つの番号を伝えてください。確認番号は、この画面にしか出ません。" }
            .actions {
                a.button.primary href={ "/letters/new?" (kept) } { "次の1通を入力する" }
                (parts::link_button(Weight::Secondary, &letter, "この手紙を開く"))
            }
        }
        (slip(shell, ticket, entry.received_on, entry.channel, entry.reply_wanted))
        (parts::letter_paper(if entry.subject.is_empty() { "うかがった内容" } else { &entry.subject }, show_hidden(&entry.body).as_ref(), html! {}))
    })
}

/// What the writer takes along: the two numbers and what happens next.
fn slip(
    shell: &Shell,
    ticket: &Ticket,
    received_on: NaiveDate,
    channel: Channel,
    reply_wanted: bool,
) -> Markup {
    html! {
        section.receipt aria-label="控え" {
            div {
                p { (shell.city.name) "が、あなたの声を受け付けました。" }
                p { "受付番号" br; span.receipt-code { (ticket.code) } }
                p { "確認番号" br; span.receipt-code { (ticket.secret.shown_once()) } }
                p { "受付日 " (parts::time(received_on, calendar::era_date(received_on))) " / " (channel.label()) }
            }
            (parts::stamp(&shell.city.name, &stamp_day(received_on), "受付"))
        }
        section.card {
            h2 { "これからのこと" }
            ul {
                li { "広聴の担当が読み、担当の課に伝えます。" }
                @if reply_wanted {
                    li { "回答が必要なものは、" (calendar::era_date(calendar::reply_due(received_on))) "までにお答えするよう努めます。" }
                } @else {
                    li { "回答を希望されていないため、お返事はしません。" }
                }
                li { "その後のようすは、" (shell.city.public_url) "/receipts で、2つの番号を入れると見られます。" }
                li { "お問い合わせ " (shell.city.office) " 電話 " (shell.city.phone) }
            }
        }
    }
}

/// Before another 確認番号 is given: what that does, and why it is wanted.
pub fn ask_receipt(
    shell: &Shell,
    csrf: &str,
    typed: &Typed,
    number: &str,
    why: &str,
    errors: &Errors,
) -> Markup {
    let letter = format!("/letters/{}", typed.id);
    page::staff(shell, "控えを出し直す").narrow().errors(errors).crumb(&letter, "手紙の画面").body(html! {
        p { "確認番号は保存していないので、もう一度見ることはできません。新しい番号を作り、控えを1回だけ画面に出します。" }
        p { strong { "前の確認番号は使えなくなります。" } "受付番号は変わりません。出し直したことと理由は記録に残ります。" }
        form.form method="post" action={ (letter) "/receipts" } {
            (parts::csrf(csrf))
            (parts::hidden("number", number))
            (Choice::radios("reason", "理由").required().errors(errors)
                .options(WhyRenewed::ALL.iter().map(|w| (w.code(), w.label()))).chosen(why))
            (parts::submit(Weight::Primary, "新しい確認番号を出す"))
        }
    })
}

/// The new receipt; shown once.
pub fn renewed(shell: &Shell, typed: &Typed, ticket: &Ticket) -> Markup {
    let letter = format!("/letters/{}", typed.id);
    page::staff(shell, "受付の控え(再発行)").narrow().crumb(&letter, "手紙の画面").body(html! {
        .no-print {
            p { "このページを印刷(" kbd { "Ctrl" } "+" kbd { "P" } ")して渡すか、2つの番号を伝えてください。確認番号は、この画面にしか出ません。" }
            .actions {
                (parts::link_button(Weight::Primary, "/letters/new", "受付入力へ"))
                (parts::link_button(Weight::Secondary, &letter, "この手紙を開く"))
            }
        }
        (slip(shell, ticket, typed.received_on, typed.channel, typed.reply_wanted))
    })
}

/// `8.4.1`, as a date stamp shows it.
fn stamp_day(day: NaiveDate) -> String {
    use chrono::Datelike;
    let year = calendar::era_year(day).map_or(day.year(), |(_, year)| year);
    format!("{year}.{}.{}", day.month(), day.day())
}

fn same(entered: &Entered) -> Markup {
    parts::notice(
        Tone::Warning,
        "同じ文面の手紙がすでにあります",
        html! {
            p { "別の方の手紙なら、このままでかまいません。同じ手紙を二度入力したときは、手紙のメモに残してください。消すことはできません。" }
            ul {
                @for same in &entered.same {
                    li { a href={ "/letters/" (same.id) } { "受付番号 " (ReceiptCode::grouped(&same.receipt_code)) } " " (calendar::short_date(same.received_on)) "受付" }
                }
            }
        },
    )
}

/// Letters typed in by others that wait for a second person, the oldest first; `all` is how many there are.
pub fn checks(shell: &Shell, rows: &[Unchecked], all: i64) -> Markup {
    let mut table = parts::Table::new(
        "入力の確認待ち",
        [parts::head("手紙"), parts::col("届き方"), parts::col("受付日"), parts::col("入力した人")],
    )
    .quiet_caption()
    .or_empty(parts::empty(
        "確認を待っている入力はありません",
        html! { p { "ほかの職員が入力した手紙が、古い順にここに並びます。" } },
    ));
    for row in rows {
        table = table.row([
            html! { a href={ "/letters/" (row.id) "/corrections" } { (show_hidden(&title_of(&row.subject, &row.body))) } },
            html! { (row.channel.label()) },
            html! { (calendar::short_date(row.received_on)) },
            html! { (row.entered_by) },
        ]);
    }
    let lead = html! {
        "ほかの職員が入力した手紙です。原本と見比べて、同じことを確かめてください。"
        @if all > i64::try_from(rows.len()).unwrap_or(all) { "全" (all) "通のうち、古いものから" (rows.len()) "通を出しています。" }
    };
    page::staff(shell, "入力の確認待ち").crumb("/letters", "手紙").lead(lead).body(html! { (table) })
}

/// The paper on the left, the typing on the right, what differs from the original beneath. `refused` carries a text
/// that was not kept, and why.
pub fn compare(
    shell: &Shell,
    viewer: &Viewer,
    typed: &Typed,
    scans: &[Scan],
    refused: Option<(&str, &str)>,
) -> Markup {
    let letter = format!("/letters/{}", typed.id);
    let checks = typed.entered_by.is_some_and(|who| who != viewer.id) && typed.checked_by.is_none();
    page::staff(shell, "原本と見比べる").crumb("/letters", "手紙").crumb(&letter, "手紙の画面").body(html! {
        @if let Some((text, why)) = refused {
            (parts::notice(Tone::Warning, "まだ保存していません", html! {
                p { (why) }
                p { "「いまの本文」と「あなたの入力」を並べて示します。あなたの入力は、下の入力欄にも残っています。確かめて、もう一度保存してください。" }
            }))
            (difference("いまの本文", "あなたの入力", typed.text(), text))
        }
        .split {
            div {
                @for scan in scans {
                    @let path = format!("{letter}/files/{}?purpose=scan", scan.id);
                    @if scan.kind.is_picture() {
                        .scan { a href=(path) { img src=(path) alt={ "原本の画像 " (scan.name) }; } }
                    } @else { p.way { a href={ (letter) "/files/" (scan.id) } { "原本を開く " (scan.name) } } }
                }
                (parts::letter_paper("原文", show_hidden(&typed.body_original).as_ref(), html! { "変わりません" }))
            }
            div {
                form.form method="post" action={ (letter) "/corrections" } {
                    (parts::csrf(&viewer.csrf))
                    (parts::hidden("version", &typed.version.to_string()))
                    (Field::area("body_working", "訂正後の本文").required().rows(14)
                        .support("原文は変わりません。読み誤りだけを直し、言い回しは直しません。読めない字は〓です。")
                        .value(refused.map_or(typed.text(), |(text, _)| text)))
                    (parts::submit(Weight::Primary, "訂正を保存する"))
                }
                @if checks {
                    section.card {
                        h2 { "入力の確認" }
                        p { "原本と入力が同じなら、確認したことを残してください。入力した人とは別の職員が確かめます。" }
                        form method="post" action={ (letter) "/checks" } {
                            (parts::csrf(&viewer.csrf))
                            (parts::hidden("version", &typed.version.to_string()))
                            (parts::submit(Weight::Secondary, "原本と同じことを確認した"))
                        }
                    }
                } @else if typed.entered_by == Some(viewer.id) && typed.checked_by.is_none() {
                    p.soft { "入力の確認は、別の職員がします。" }
                }
            }
        }
        @if typed.body_working.is_some() && refused.is_none() {
            h2 { "原文との違い" }
            (difference("原文", "訂正後", &typed.body_original, typed.text()))
        }
    })
}

fn difference(left: &str, right: &str, old: &str, new: &str) -> Markup {
    let (old, new) = (show_hidden(old), show_hidden(new));
    let rows = text::diff(&old, &new);
    fn side(line: Option<&text::Line>) -> Vec<Segment<'_>> {
        line.map_or(Vec::new(), |line| {
            line.segments
                .iter()
                .map(|s| match s.change {
                    Change::Same => Segment::Same(&s.text),
                    Change::Removed | Change::Added => Segment::Only(&s.text),
                })
                .collect()
        })
    }
    let rows: Vec<_> = rows.iter().map(|row| (side(row.old.as_ref()), side(row.new.as_ref()))).collect();
    parts::diff(left, right, &rows)
}
