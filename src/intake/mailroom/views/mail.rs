//! One mail: why it stands where it stands, what it says, what can be done, and everything known of it. A little long by the
//! sentences for each state.

use maud::{Markup, html};
use sha2::{Digest, Sha256};

use super::super::store::LetterLine;
use super::{letter_link, tone};
use crate::calendar::tokyo_clock_with_year;
use crate::files::{self, Kept, size_in_words};
use crate::intake::mail::desk::{Opened, Why};
use crate::intake::mail::incoming::{Reason, Standing, State};
use crate::intake::mail::store::{Entry, Returned};
use crate::mail::ledger_store::Return;
use crate::mail::reader::{Correspondent, FoldKind, MachineKind, Protection, Reading, fold_spans};
use crate::people::{May, Viewer};
use crate::text::input::show_hidden;
use crate::trail::Recorded;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Errors, Moment, Tense, Tone};

/// Longest text shown, in characters; the rest is in the original.
const LONGEST: usize = 100_000;

/// A letter a mail may be put on.
pub struct Place {
    pub letter: LetterLine,
    pub why: Option<Why>,
}

/// One mail with everything around it.
pub struct Mail {
    pub opened: Opened,
    pub letter: Option<LetterLine>,
    /// Letters suggested, or found by `q`.
    pub places: Vec<Place>,
    /// Whether it can be put on a letter or made one.
    pub can_place: bool,
    /// Consultations it can be an opinion on, in words, those that run first; none when it cannot be one.
    pub consultations: Vec<(i64, String)>,
    /// The consultation and the submission it is.
    pub opinion: Option<(i64, i64)>,
    /// What was searched for.
    pub q: String,
    /// The letter it belongs to and that letter's files by their hashes.
    pub files: Option<(i64, Vec<(String, Kept)>)>,
    /// What a bounce says.
    pub returned: Option<Returned>,
    /// What came back about the mail of ours that it is about.
    pub returns: Vec<Return>,
    pub history: Vec<Recorded>,
}

/// GET `/mailroom/mails/{id}`.
pub fn mail(shell: &Shell, viewer: &Viewer, mail: &Mail, errors: &Errors) -> Markup {
    let entry = &mail.opened.entry;
    let runs = viewer.can(May::RunLetters);
    let subject = match &mail.opened.reading {
        Some(reading) if !reading.subject.is_empty() => show_hidden(&reading.subject).into_owned(),
        Some(_) => "(件名なし)".to_owned(),
        None => "(読めないメール)".to_owned(),
    };
    let list = super::super::asked::Asked::of(entry.state).path();
    let title = format!("届いたメール「{subject}」");
    page::staff(shell, &title)
        .crumb("/mailroom", "メール室")
        .crumb(&list, entry.state.label())
        .errors(errors)
        .lead(html! { p { "開いたことを記録しました。" } })
        .body(html! {
            (standing(mail, runs))
            section.card.stack aria-labelledby="words" {
                h2 #words { "メール" }
                @match &mail.opened.reading {
                    Some(reading) => {
                        (words(reading, runs))
                        @if reading.html.is_some() {
                            p { a href={ "/mailroom/mails/" (entry.id) "/html" } { "飾りのある表示で見る" } " " span.support { "外からは何も読み込みません" } }
                        }
                        (enclosures(reading, mail.files.as_ref(), shell.city.scanner))
                    }
                    None => (unread(entry)),
                }
            }
            @if runs { (super::acts::acts(viewer, mail, errors)) }
            section.card.stack aria-labelledby="known" {
                h2 #known { "くわしいこと" }
                (details(mail, runs))
            }
            section.stack aria-labelledby="history" {
                h2 #history { "これまでの経過" }
                (history(&mail.history))
            }
        })
}

/// Where it stands, why, and what to do next.
fn standing(mail: &Mail, runs: bool) -> Markup {
    let entry = &mail.opened.entry;
    let flags = entry.flags();
    let (title, words) = match entry.state {
        State::Waiting => ("読み取りを待っています", "数秒後に、この画面を開き直してください。"),
        State::Letter => ("手紙になりました", "続きは手紙の画面で行います。"),
        State::Message => ("手紙の続きとして加えました", "続きは手紙の画面で行います。"),
        State::Opinion => ("意見募集の意見として受け付けました", "続きは意見の画面で行います。"),
        State::Bounce if entry.mail_id.is_some() => {
            ("市が送ったメールが届きませんでした", "回答が届いていないときは、印刷して郵送してください。")
        }
        State::Bounce => (
            "何かのメールが届かなかった知らせです",
            "市のどのメールのことか分かりません。本文を読み、手紙に付けるか、確認済みにしてください。",
        ),
        State::Automatic => (
            "機械が送ったメールです",
            "することはありません。人が書いたものなら、手紙に付けるか、新しい手紙にしてください。",
        ),
        State::Duplicate => {
            ("同じメールがもう一度届いたものです", "することはありません。手紙は一通だけです。")
        }
        State::Spam => (
            "迷惑メールとして分けました",
            "市民からの手紙なら、「新しい手紙にする」を押してください。消してはいません。",
        ),
        State::Exception if !runs => {
            ("行き先が決まるのを待っています", "広聴の担当が読んで、行き先を決めます。")
        }
        State::Exception if entry.reason == Some(Reason::WhichConsultation) => (
            "どの意見募集への意見かを決めてください",
            "読んで、意見募集を選び、「意見として受け付ける」を押してください。",
        ),
        State::Exception => ("行き先を決めてください", "読んで、手紙に付けるか、新しい手紙にしてください。"),
    };
    let edge = match (entry.state, entry.settled_at) {
        (_, Some(_)) => Tone::Quiet,
        (State::Automatic | State::Duplicate | State::Spam, None) => Tone::Info,
        (State::Message, None) if entry.standing == Some(Standing::Other) => Tone::Warning,
        (state, None) => tone(state),
    };
    parts::notice(
        edge,
        title,
        html! {
            @if let Some(reason) = entry.reason { p { "理由:" (reason.label()) "。" } }
            @if let Some(score) = entry.spam_score { p { "迷惑メールの判定:" (format!("{score:.1}")) "点" } }
            @if let Some(at) = entry.settled_at {
                p { "確認済みです(" (parts::time(at, tokyo_clock_with_year(at.utc()))) ")。" }
            } @else {
                p { (words) }
            }
            @if let Some(letter) = &mail.letter { p { "手紙:" (letter_link(letter)) } }
            @if let Some((consultation, submission)) = mail.opinion {
                p.way { a href={ "/consultations/" (consultation) "/submissions/" (submission) } { "提出意見 " (submission) } }
            }
            @if entry.standing == Some(Standing::Other) {
                p { "手紙の差出人とは別のアドレスから届きました。手紙の内容を知らせてよい相手か、確かめてください。相手には何も送っていません。" }
            }
            @if let Some(original) = &entry.duplicate_of {
                p.way { a href={ "/mailroom/mails/" (original) } { "先に届いたメールを開く" } }
            }
            (came_back(mail, runs))
            @if !flags.is_empty() { ul { @for flag in flags { li { (flag.label()) } } } }
        },
    )
}

fn came_back(mail: &Mail, runs: bool) -> Markup {
    let entry = &mail.opened.entry;
    html! {
        @if let Some(returned) = mail.returned.as_ref().filter(|_| entry.state == State::Bounce) {
            p { @if returned.hard { "送り直しても届きません。" } @else { "一時的な理由です。" } @if let Some(code) = &returned.status { " 状態コード " (code) } }
        }
        @if let Some(ours) = entry.mail_id.as_ref().filter(|_| runs) {
            p {
                @let open = mail.returns.iter().any(|back| back.kind.is_undelivered() && back.settled_at.is_none());
                @if open { a href={ "/outbox/" (ours) } { "送ったメールを開き、印刷して郵送するか、結果を記録する" } }
                @else { a href={ "/outbox/" (ours) } { "送ったメールを開く(対応を記録済み)" } }
            }
        }
    }
}

fn unread(entry: &Entry) -> Markup {
    let words = match entry.reason {
        Some(Reason::Damaged) => {
            "保管した原本が、届いたときのものと違うため、開けません。システム管理者へ知らせ、控えから戻してもらってください。"
        }
        Some(Reason::Crashed | Reason::TooSlow) => {
            "読み取ると止まるおそれがあるため、この画面では読みません。原本を保存し、情報システムの担当と一緒に確かめてください。"
        }
        _ => "原本が開けません。システム管理者へお知らせください。",
    };
    html! { p { (words) } }
}

fn words(reading: &Reading, runs: bool) -> Markup {
    html! {
        (parts::facts([
            ("件名", html! { @if reading.subject.is_empty() { "(件名なし)" } @else { (show_hidden(&reading.subject)) } }),
            ("差出人", match runs {
                true => people(reading.from.as_slice()),
                false => html! { "広聴担当だけが見られます" },
            }),
            ("メールにある日時", html! {
                @match reading.date {
                    Some(at) => (tokyo_clock_with_year(at)),
                    None => "ありません",
                }
            }),
        ]))
        @if reading.html_only { p.support { "HTMLだけのメールです。文字だけを取り出しました。" } }
        (text(&reading.text))
    }
}

/// Who stands in a header, as text: an address that cannot be written to is shown as it was written.
fn people(all: &[Correspondent]) -> Markup {
    const MOST: usize = 20;
    html! {
        @if all.is_empty() { "ありません" }
        @for (at, one) in all.iter().take(MOST).enumerate() {
            @if at > 0 { "、" }
            @match &one.address {
                Some(address) => {
                    @if !one.name.is_empty() { (show_hidden(&one.name)) " " }
                    "<" (show_hidden(address)) ">"
                },
                None => { (show_hidden(&one.as_written)) "(返信できません)" },
            }
        }
        @if all.len() > MOST { "ほか" (all.len() - MOST) "件" }
    }
}

/// The text with quotes and signature folded, none of it left out.
fn text(whole: &str) -> Markup {
    let end = whole.char_indices().nth(LONGEST).map_or(whole.len(), |(at, _)| at);
    let shown = &whole[..end];
    let mut pieces: Vec<(Option<FoldKind>, &str)> = Vec::new();
    let mut at = 0;
    for fold in fold_spans(shown) {
        pieces.push((None, &shown[at..fold.start]));
        pieces.push((Some(fold.kind), &shown[fold.start..fold.end]));
        at = fold.end;
    }
    pieces.push((None, &shown[at..]));
    html! {
        @if shown.trim().is_empty() { p { "本文はありません。" } }
        @for (kind, piece) in pieces.iter().filter(|(_, piece)| !piece.trim().is_empty()) {
            @match kind {
                None => (parts::typed(&show_hidden(piece))),
                Some(FoldKind::Quote) => details { summary { "引用された前のメール" } (parts::typed(&show_hidden(piece))) },
                Some(FoldKind::Signature) => details { summary { "署名" } (parts::typed(&show_hidden(piece))) },
            }
        }
        @if end < whole.len() { p.support { "長いため、ここまでを出しました。続きは原本にあります。" } }
    }
}

/// What came with it: files of a letter as on the letter's page, others by name alone, for nobody has looked into them.
fn enclosures(reading: &Reading, files: Option<&(i64, Vec<(String, Kept)>)>, scanner: bool) -> Markup {
    const MOST: usize = 100;
    let count = reading.attachments.len();
    let mut in_original = false;
    let lines: Vec<Markup> = reading
        .attachments
        .iter()
        .take(MOST)
        .map(|file| {
            let hash = hex::encode(Sha256::digest(&file.bytes));
            let kept = files.and_then(|(letter, all)| {
                let same = all.iter().filter(|(other, _)| *other == hash).map(|(_, kept)| kept);
                // the same octets may have come under two names
                let named = same.clone().find(|kept| kept.name == file.name);
                Some((*letter, named.or_else(|| same.clone().next())?))
            });
            in_original |= kept.is_none();
            html! {
                @match kept {
                    Some((letter, kept)) => (files::line(files::Holder::Letter(letter), kept, scanner)),
                    None => {
                        (file.name) " " span.soft { (file.declared_type) " " (size_in_words(i64::try_from(file.bytes.len()).unwrap_or(i64::MAX))) }
                    },
                }
                @if !file.name_original.is_empty() && file.name_original != file.name {
                    br; span.support { "届いたときの名前:" (show_hidden(&file.name_original)) }
                }
                @if let Some(of) = &file.of { br; span.support { "中のメール「" (show_hidden(of)) "」の添付" } }
            }
        })
        .collect();
    html! {
        @if count > 0 {
            h3 { "添付ファイル" }
            ul.attachments { @for line in lines { li { (line) } } }
            @if count > MOST { p { "ほか" (count - MOST) "個" } }
            @if in_original { p.support { "開く先のない添付は、原本の中にあります。手紙にすると、取り出して検査します。" } }
        }
    }
}

/// What is known besides: for whoever wonders why.
fn details(mail: &Mail, runs: bool) -> Markup {
    let Opened { entry, envelope, reading, deliveries } = &mail.opened;
    let hidden = || html! { "広聴担当だけが見られます" };
    let addresses = |all: &[String]| html! { @if all.is_empty() { "分かりません" } @else { (show_hidden(&all.join("、"))) } };
    html! {
        details {
            summary { "届き方(封筒)" }
            (parts::facts([
                ("入り口", html! { (entry.source.label()) }),
                ("届いた日時", parts::time(entry.received_at, tokyo_clock_with_year(entry.received_at.utc()))),
                ("封筒の差出人", match (&envelope.sender, runs) {
                    (_, false) => hidden(),
                    (None, _) => html! { "分かりません" },
                    (Some(sender), _) if sender.is_empty() => html! { "空(機械からの知らせ)" },
                    (Some(sender), _) => html! { (show_hidden(sender)) },
                }),
                ("封筒の宛先", if runs { addresses(&envelope.recipients) } else { hidden() }),
                ("大きさ", html! { (size_in_words(entry.size)) }),
                ("SHA-256", html! { code { (entry.sha256) } }),
                ("メールの番号", html! { code { (entry.id) } }),
            ]))
        }
        @if let Some(reading) = reading { (understood(reading, runs)) }
        @if !deliveries.is_empty() {
            details {
                summary { "ほかの届き方(" (deliveries.len()) "回)" }
                ul {
                    @for other in deliveries {
                        li {
                            a href={ "/mailroom/mails/" (other.id) } { (tokyo_clock_with_year(other.received_at.utc())) }
                            " " (other.source.label()) " " (other.state.label())
                        }
                    }
                }
            }
        }
    }
}

fn understood(reading: &Reading, runs: bool) -> Markup {
    let charset = |name: &Option<String>| name.clone().unwrap_or_else(|| "書かれていません".to_owned());
    let used = reading.used_charset.as_deref().unwrap_or("分かりません");
    html! {
        details {
            summary { "読み取った内容" }
            (parts::facts([
                ("宛先", if runs { people(&reading.to) } else { html! { "広聴担当だけが見られます" } }),
                ("写し(Cc)", if runs { people(&reading.cc) } else { html! { "広聴担当だけが見られます" } }),
                ("返信先", if runs { people(&reading.reply_to) } else { html! { "広聴担当だけが見られます" } }),
                ("文字コードの表示", html! { (charset(&reading.declared_charset)) }),
                ("読むのに使った文字コード", html! { (used) }),
                ("署名・暗号", html! { (reading.protection.label()) }),
                ("だれが書いたか", html! { (reading.machine.kind.label()) }),
            ]))
            @if reading.protection == Protection::Encrypted { p { "暗号化されているため、本文は読めません。差出人に、暗号化せずに送るよう頼んでください。" } }
            @if !reading.repaired.is_empty() {
                p { "直して読んだところ" }
                ul { @for repair in &reading.repaired { li { (repair.label()) } } }
            }
            @if !reading.warnings.is_empty() {
                p { "気を付けること" }
                ul { @for warning in &reading.warnings { li { (warning.label()) } } }
            }
            @if reading.machine.kind != MachineKind::None {
                p { "機械からと判断した印" }
                ul { @for signal in &reading.machine.signals { li { (signal.label()) } } }
            }
        }
        details {
            summary { "送信元の確認" }
            @if reading.authentication.is_empty() {
                p { "メールサーバーによる確認の結果は、書かれていません。" }
            } @else if runs {
                p { "いちばん上の、市のメールサーバーが書いたものだけを信じます。" }
                ol { @for field in reading.authentication.iter().take(10) { li { code { (show_hidden(field)) } } } }
            } @else {
                p { "結果には差出人のアドレスが含まれるため、広聴担当だけが見られます。" }
            }
        }
    }
}

fn history(lines: &[Recorded]) -> Markup {
    let told = lines.iter().map(|line| {
        let told: serde_json::Value = serde_json::from_str(&line.detail).unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(|v| v.as_str());
        let state = text("state").and_then(State::from_code).map(State::label);
        let reason = text("reason").and_then(Reason::from_code).map(Reason::label);
        Moment {
            when: parts::time(line.at, tokyo_clock_with_year(line.at.utc())),
            what: html! { (line.words()) @if let Some(state) = state { ":" (state) } },
            note: html! {
                @if line.actor_name.is_empty() { "自動処理" } @else { (line.actor_name) }
                @if let Some(reason) = reason { " " (reason) }
            },
            tense: Tense::Past,
        }
    });
    parts::timeline(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_signatures_are_folded_and_every_word_is_still_there() {
        let whole = "街灯をお願いします。\n\n> 前のメールです。\n> 二行目です。\n\n-- \n見本 花子\n";
        let shown = text(whole).into_string();
        assert!(shown.contains("引用された前のメール") && shown.contains("署名"), "{shown}");
        for line in whole.lines().filter(|line| !line.trim().is_empty()) {
            assert!(shown.contains(line.trim_start_matches(['>', ' ', '-'])), "{line}");
        }
        assert!(text("").into_string().contains("本文はありません。"));
    }

    #[test]
    fn an_address_that_cannot_be_written_to_is_text() {
        let bad = Correspondent { as_written: "<b>花子".to_owned(), ..Correspondent::default() };
        assert_eq!(people(&[bad]).into_string(), "&lt;b&gt;花子(返信できません)");
    }
}
