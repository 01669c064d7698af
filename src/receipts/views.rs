//! Looking a letter up, and where it stands.

use maud::{Markup, html};

use super::store::{Chapter, Said, SentReply, Whole};
use super::story;
use crate::calendar;
use crate::config::Config;
use crate::letters::matter::State;
use crate::mail::returns::Word;
use crate::text::ReceiptCode;
use crate::web::form::Fields;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Moment, Tense, Tone, Weight};

/// Names of fields that a lookup carries on from a form whose pass was over, so that nothing typed is lost.
const CARRIED: [&str; 8] =
    ["matter", "answer", "helped", "comment", "body", "reply_wanted", "publish_ok", "part"];

/// The form for code and secret. `typed` may hold what was written on a status page whose two hours were over.
pub(super) fn lookup(shell: &Shell, typed: &Fields, token: &str, errors: &Errors) -> Markup {
    let carried: Vec<(&str, &str)> =
        CARRIED.iter().map(|name| (*name, typed.text(name))).filter(|(_, v)| !v.is_empty()).collect();
    page::citizen(shell, "手紙やご意見のその後を見る")
        .errors(errors)
        .lead(html! { "手紙やご意見を送ったときにお渡しした、2つの番号を入力してください。" })
        .body(html! {
            @if !carried.is_empty() {
                (parts::notice(Tone::Info, "もう一度、番号を入力してください", html! {
                    p { "時間がたったため、念のため確かめます。書いた文章は残っています。まだ送られていません。" }
                }))
            }
            form.form method="post" action="/receipts" {
                (parts::csrf(token))
                @for (name, value) in &carried { (parts::hidden(name, value)) }
                (Field::text("code", "受付番号").required().support("12桁の数字です。例:1234-5678-9018").keyboard("numeric")
                    .autocomplete("off").medium().value(typed.text("code")).errors(errors))
                (Field::text("secret", "確認番号").required().support("10桁の数字です。例:12345-67890").keyboard("numeric")
                    .autocomplete("off").medium().errors(errors))
                .actions { (parts::submit(Weight::Primary, "その後を見る")) }
            }
            section.stack {
                h2 { "番号が分からないとき" }
                p { "お電話ください。手紙の内容をうかがってお調べします。" span.nowrap { (shell.city.office) } " " span.nowrap { "電話 " (parts::phone(&shell.city.phone)) } }
                p { "はがきや封書で送られた手紙の番号も、こちらでお調べします。" }
            }
        })
}

/// What the status page needs besides the letter.
pub(super) struct Desk<'a> {
    /// The layout's.
    pub(super) shell: &'a Shell,
    /// The settings.
    pub(super) config: &'a Config,
    /// The `csrf` value.
    pub(super) token: &'a str,
    /// Lets the forms of this page act for this letter for two hours.
    pub(super) pass: &'a str,
    /// What was typed before, to fill the forms.
    pub(super) typed: &'a Fields,
    /// What is wrong with it.
    pub(super) errors: &'a Errors,
    /// What was just done.
    pub(super) done: Option<&'a str>,
}

/// Where the letter stands.
pub(super) fn status(desk: &Desk<'_>, whole: &Whole) -> Markup {
    let code = ReceiptCode::grouped(&whole.letter.receipt_code);
    let several = whole.chapters.len() > 1;
    page::citizen(desk.shell, "手紙のその後").errors(desk.errors).script("counter.js").body(html! {
        @if let Some(done) = desk.done { (parts::notice(Tone::Success, "", html! { p { (done) } })) }
        p.meta { span { "受付番号 " span.num { (code) } } span { "受付 " (calendar::tokyo_clock_with_year(whole.letter.at.utc())) } }
        @if several { p { "お手紙の内容を" (whole.chapters.len()) "件に分けて、それぞれの課で受け持っています。" } }
        @for chapter in &whole.chapters {
            section.stack {
                h2 { @if several { (chapter.matter.no) "件目 " } (chapter.matter.title) }
                p.lead { (story::standing(chapter.matter.state, chapter.unit.as_deref(), chapter.matter.passed_to.as_deref(), chapter.matter.reason.as_deref())) }
                (parts::timeline(moments(whole, chapter)))
                @for reply in &chapter.replies { (reply_paper(reply)) }
                (exchange(desk, whole, chapter))
                (feedback(desk, chapter))
            }
        }
        details {
            summary { "お送りいただいた手紙を読む" }
            (parts::letter_paper(
                if whole.letter.subject.is_empty() { "お送りいただいた手紙" } else { &whole.letter.subject },
                whole.letter.body.as_str(),
                html! {},
            ))
        }
        (continuation(desk, whole))
        p.support.no-print { "この画面は、開いてから2時間お使いになれます。共用のパソコンでは、読み終わったら画面を閉じてください。" }
    })
}

fn moments(whole: &Whole, chapter: &Chapter) -> Vec<Moment> {
    let letter = &whole.letter;
    let matter = &chapter.matter;
    let clock = |at: crate::db::Instant| parts::time(at, calendar::tokyo_clock(at.utc()));
    let moment = |when: Markup, what: &str, note: String, tense| Moment {
        when,
        what: html! { (what) },
        note: html! { (note) },
        tense,
    };
    let copy = whole.receipt.as_ref().and_then(|mail| story::mail_news(mail, true)).unwrap_or_default();
    let mut list = vec![moment(clock(letter.at), "受け付けました", copy.to_owned(), Tense::Past)];
    match whole.read_at {
        Some(at) => list.push(moment(clock(at), "市の担当者が読みました", String::new(), Tense::Past)),
        None => list.push(moment(html! { "これから" }, "市の担当者が読みます", String::new(), Tense::Now)),
    }
    if let (Some(at), Some(unit)) = (matter.assigned_at, &chapter.unit) {
        list.push(moment(clock(at), "担当の課が決まりました", unit.clone(), Tense::Past));
    }
    for reply in &chapter.replies {
        let what = match reply.kind.as_str() {
            "interim" => "途中のお知らせをお送りしました",
            "question" => "お尋ねをお送りしました",
            _ => "返事をお送りしました",
        };
        let news = reply.mail.as_ref().and_then(|mail| story::mail_news(mail, false)).unwrap_or_default();
        list.push(moment(clock(reply.at), what, news.to_owned(), Tense::Past));
    }
    if story::is_awaited(matter.state, matter.reply_needed) {
        let by = |day| parts::time(day, format!("{}まで", calendar::short_date(day)));
        let note = match matter.extended_due_on {
            Some(_) => "途中のお知らせで申し上げた日です。".to_owned(),
            None => format!(
                "ふつうはこの日までに、遅くとも{}までにお送りします。",
                calendar::short_date(matter.statutory_due_on)
            ),
        };
        let tense = if whole.read_at.is_some() { Tense::Now } else { Tense::Ahead };
        list.push(moment(by(matter.due_on), "返事をお送りする予定です", note, tense));
    } else if let (State::Closed | State::Filed, Some(at)) = (matter.state, matter.closed_at) {
        list.push(moment(clock(at), "対応を終えました", String::new(), Tense::Past));
    }
    list
}

fn reply_paper(reply: &SentReply) -> Markup {
    let heading = match reply.kind.as_str() {
        "interim" => "途中のお知らせ",
        "question" => "市からのお尋ね",
        _ => "市からの返事",
    };
    parts::reply_paper(
        heading,
        html! { (reply.subject) "\n\n" (reply.body) },
        html! {
            @if let Some(day) = reply.expected_on { "返事の見込み " (calendar::era_date(day)) " " }
            (calendar::era_date(reply.at.tokyo_day()))
        },
    )
}

/// Questions and answers of a matter, and the place to answer.
fn exchange(desk: &Desk<'_>, whole: &Whole, chapter: &Chapter) -> Markup {
    let id = chapter.matter.id;
    // what was said of the letter as a whole stands with its first matter
    let of_matter = |said: &&Said| said.matter_id.map_or(chapter.matter.no == 1, |m| m == id);
    let said: Vec<&Said> = whole.said.iter().filter(of_matter).collect();
    let asked =
        said.iter().any(|s| s.kind == "question") || chapter.replies.iter().any(|r| r.kind == "question");
    let here = desk.typed.number("matter") == Some(id);
    html! {
        @for one in &said {
            .card {
                h3 { @if one.kind == "question" { "市からのお尋ね" } @else if asked { "お答え" } @else { "続けていただいた内容" } }
                (parts::typed(&one.body))
                p.meta { (calendar::tokyo_clock_with_year(one.at.utc())) }
            }
        }
        @if asked && chapter.matter.state.is_open() {
            form.form method="post" action="/receipts/answers" {
                (signed(desk))
                (parts::hidden("matter", &id.to_string()))
                (Field::area("answer", "お尋ねへのお答え").required().limit(desk.config.body_limit)
                    .value(if here { desk.typed.text("answer") } else { "" }).errors(desk.errors))
                .actions { (parts::submit(Weight::Primary, "答えを送る")) }
            }
        }
    }
}

fn feedback(desk: &Desk<'_>, chapter: &Chapter) -> Markup {
    if !chapter.replies.iter().any(|r| r.kind == "final") {
        return html! {};
    }
    let id = chapter.matter.id;
    let here = desk.typed.number("matter") == Some(id);
    match chapter.feedback {
        Some(_) => html! { p { "この返事についてのご感想をいただきました。ありがとうございました。" } },
        None => html! {
            form.form.card method="post" action="/receipts/feedbacks" {
                (signed(desk))
                (parts::hidden("matter", &id.to_string()))
                (Choice::radios("helped", "この返事は役に立ちましたか").required().option("yes", "役に立った").option("no", "役に立たなかった")
                    .across().chosen(if here { desk.typed.text("helped") } else { "" }).errors(desk.errors))
                (Field::area("comment", "そう思われたわけ").optional().limit(1000).rows(3)
                    .value(if here { desk.typed.text("comment") } else { "" }).errors(desk.errors))
                .actions { (parts::submit(Weight::Secondary, "感想を送る")) }
            }
        },
    }
}

fn continuation(desk: &Desk<'_>, whole: &Whole) -> Markup {
    let (typed, errors) = (desk.typed, desk.errors);
    let wrong = ["body", "reply_wanted", "publish_ok", "part"].iter().any(|f| errors.of(f).is_some());
    let names: Vec<(String, &str)> =
        whole.chapters.iter().map(|c| (c.matter.id.to_string(), c.matter.title.as_str())).collect();
    html! {
        details #continue open[wrong || !typed.text("body").is_empty()] {
            summary { "続きを書く" }
            form.form method="post" action="/receipts/letters" {
                (signed(desk))
                p { "同じことについて、もう一度手紙を送ります。新しい手紙として受け付け、前の手紙とつなげて読みます。" }
                @if let [(only, _)] = names.as_slice() { (parts::hidden("part", only)) }
                @else {
                    (Choice::radios("part", "どの件の続きですか").required()
                        .options(names.iter().map(|(id, title)| (id.as_str(), *title))).chosen(typed.text("part")).errors(errors))
                }
                (Field::area("body", "続けて伝えたいこと").required().limit(desk.config.body_limit).rows(7).value(typed.text("body")).errors(errors))
                @if whole.letter.party_id.is_some() {
                    (Choice::radios("reply_wanted", "市からの返事がほしいですか").required()
                        .noted("yes", "返事がほしい", "前と同じ連絡先にお送りします。").option("no", "返事はいらない")
                        .chosen(typed.text("reply_wanted")).errors(errors))
                } @else {
                    (parts::hidden("reply_wanted", "no"))
                    p { "前の手紙に連絡先がないため、返事はお送りできません。返事がほしいときは、" a href="/letters/new" { "新しい手紙" } "でお送りください。" }
                }
                (Choice::radios("publish_ok", "手紙と返事を、名前を伏せて公表してもよいですか").required()
                    .option("yes", "公表してもよい").option("no", "公表しないでほしい").chosen(typed.text("publish_ok")).errors(errors))
                .actions { (parts::submit(Weight::Primary, "続きを送る")) }
            }
        }
    }
}

/// What the receiver of a mail can tell us. Opening the page changes nothing: programs that look into mails open links.
pub(super) fn mail_words(shell: &Shell, token: &str, errors: &Errors) -> Markup {
    page::citizen(shell, "市からの自動のメールについて")
        .errors(errors)
        .lead(html! { "このページを開いただけでは、何も変わりません。ボタンを押すと、市に伝わります。" })
        .body(html! {
            form.form method="post" action={ "/mails/" (token) } {
                (Choice::radios("word", "お知らせください").required()
                    .noted(Word::Stop.code(), Word::Stop.label(), "受付の控えなど、自動で送るメールを止めます。お手紙への返事は、これからもお送りします。")
                    .noted(Word::NotMe.code(), Word::NotMe.label(), "お心当たりのないことを担当者に伝え、自動のメールも止めます。")
                    .noted(Word::Mine.code(), Word::Mine.label(), "アドレスが正しいことを担当者に伝えます。")
                    .noted(Word::Resume.code(), Word::Resume.label(), "止めたあと、また受け取りたくなったとき。")
                    .chosen(Word::Stop.code()).errors(errors))
                .actions { (parts::submit(Weight::Primary, "市に伝える")) }
            }
            p { "お電話でもお受けします。" span.nowrap { (shell.city.office) } " " span.nowrap { "電話 " (parts::phone(&shell.city.phone)) } }
        })
}

/// What was told.
pub(super) fn mail_told(shell: &Shell, word: Word) -> Markup {
    let said = match word {
        Word::Stop => "自動のメールを止めました。お手紙への返事は、これからもお送りします。",
        Word::NotMe => "お知らせいただき、ありがとうございました。担当者に伝え、自動のメールを止めました。",
        Word::Mine => "お知らせいただき、ありがとうございました。アドレスが正しいことを担当者に伝えました。",
        Word::Resume => "自動のメールを、またお送りします。",
    };
    page::citizen(shell, "市に伝わりました").body(html! {
        (parts::notice(Tone::Success, "", html! { p { (said) } }))
        .actions { (parts::link_button(Weight::Secondary, "/", "最初のページへ")) }
    })
}

fn signed(desk: &Desk<'_>) -> Markup {
    html! {
        (parts::csrf(desk.token))
        (parts::hidden("pass", desk.pass))
    }
}
