//! The pages of attachments.

use maud::{Markup, html};

use super::{CopyKind, FileState, Holder, Kept, Opening, Purpose, ToOpen, size_in_words};
use crate::calendar::tokyo_clock_with_year;
use crate::db::Instant;
use crate::text::input;
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Table, Tone, Weight, col, head};

/// Characters of a text that its page shows; the whole copy is one click away.
const SHOWN: usize = 20_000;

/// Where a file stands, in a word with its colour.
fn standing(opening: Opening) -> (Tone, &'static str) {
    match opening {
        Opening::Free => (Tone::Success, "検査済み"),
        Opening::Warned => (Tone::Warning, "未検査"),
        Opening::Waiting => (Tone::Warning, "検査待ち"),
        Opening::OfficeOnly(_) | Opening::Never => (Tone::Error, "開けません"),
    }
}

/// Why it cannot simply be opened.
fn reason(file: &Kept, opening: Opening) -> Option<&'static str> {
    match opening {
        Opening::OfficeOnly(reason) => Some(reason.label()),
        Opening::Never => Some(file.reason.map_or("検査で危険と分かりました", |reason| reason.label())),
        Opening::Waiting => Some("ウイルス検査が済むと、開けるようになります"),
        Opening::Free | Opening::Warned => None,
    }
}

/// A letter's files on its page: images of paper letters, then what the sender attached, safe copies first.
pub fn attached(letter_id: i64, files: &[Kept], scanner: bool) -> Markup {
    attached_to(Holder::Letter(letter_id), files, scanner)
}

/// The files of a letter or an opinion on its page.
pub fn attached_to(holder: Holder, files: &[Kept], scanner: bool) -> Markup {
    html! {
        @for file in files.iter().filter(|f| f.purpose == Purpose::Scan) {
            (scan(holder, file, file.opening(scanner)))
        }
        @let enclosed: Vec<&Kept> = files.iter().filter(|f| f.purpose == Purpose::Citizen).collect();
        @if !enclosed.is_empty() {
            section.card {
                h2 { "添付" }
                ul.attachments {
                    @for file in enclosed { li { (line(holder, file, scanner)) } }
                }
            }
        }
    }
}

fn scan(holder: Holder, file: &Kept, opening: Opening) -> Markup {
    let open = matches!(opening, Opening::Free | Opening::Warned);
    let address = format!("{}?purpose=scan", holder.file(&file.id));
    html! {
        @if open && file.kind.is_picture() {
            figure.scan-image {
                a href=(address) { img src=(address) alt={ "原本の画像 " (file.name) }; }
                figcaption.small { "原本 " (file.name) }
            }
        } @else {
            p {
                a href=(holder.file(&file.id)) { "原本を開く " (file.name) }
                @if !open { " " (badge(file, opening)) }
            }
        }
    }
}

fn badge(file: &Kept, opening: Opening) -> Markup {
    let (tone, word) = standing(opening);
    html! {
        (parts::badge(tone, word))
        @if let Some(why) = reason(file, opening) { " " span.small { (why) "。" } }
    }
}

/// One file in a list: its name as a link to its page, what it is, where it stands, its safe copy.
pub fn line(holder: Holder, file: &Kept, scanner: bool) -> Markup {
    let opening = file.opening(scanner);
    let copy = holder.copy(&file.id);
    html! {
        a href=(holder.file(&file.id)) { (file.name) }
        " " span.soft { (file.kind.label()) " " (size_in_words(file.size)) }
        " " (badge(file, opening))
        @if file.has_copy() {
            @match file.copy {
                Some(CopyKind::Picture) => {
                    figure.scan-image {
                        img src=(copy) loading="lazy" alt={ "添付の画像 " (file.name) };
                    }
                }
                Some(kind) => { br; a href=(holder.file(&file.id)) { (kind.label()) "を見る" } }
                None => {}
            }
        } @else if file.copy_to_come() && opening != Opening::Waiting {
            br; span.small.soft { "安全な写しを作っています。" }
        }
    }
}

/// What the page of one file says.
pub(super) struct File<'a> {
    /// The file.
    pub(super) found: &'a ToOpen,
    /// The words of its copy, when that is words.
    pub(super) words: Option<&'a str>,
    /// Whether this person may open the original now.
    pub(super) may_open: bool,
    /// Who may.
    pub(super) opening: Opening,
}

/// One file: its safe copy first, what is known of it, the way to the original last.
pub(super) fn file(shell: &Shell, page: &File<'_>, token: &str) -> Markup {
    let (found, file) = (page.found, &page.found.file);
    let holder = found.holder;
    let back = holder.page();
    let (list, room) = match holder {
        Holder::Letter(_) => ("/letters", "手紙"),
        Holder::Submission(_) => ("/consultations", "意見募集"),
    };
    let (_, word) = standing(page.opening);
    page::staff(shell, &format!("添付 {}", file.name))
        .narrow()
        .crumb(list, room)
        .crumb(&back, holder.words())
        .body(html! {
            (safe_copy(found, page.words))
            (parts::facts([
                ("名前", html! { (file.name) }),
                ("届いたときの名前", html! { (input::show_hidden(&found.name_original)) }),
                ("種類", html! { (file.kind.label()) }),
                ("大きさ", html! { (size_in_words(file.size)) }),
                ("状態", html! { (word) @if let Some(why) = reason(file, page.opening) { "(" (why) ")" } }),
                ("SHA-256", html! { code { (found.sha256) } }),
            ]))
            h2 { "原本" }
            (warning(file, page.opening))
            @if page.may_open {
                form method="post" action=(found.holder.file(&file.id)) {
                    (parts::csrf(token))
                    .actions {
                        (parts::submit(Weight::Danger, "分かったうえで原本を保存する"))
                        (parts::link_button(Weight::Secondary, &back, "開かずに戻る"))
                    }
                }
            } @else {
                .actions { (parts::link_button(Weight::Secondary, &back, "戻る")) }
            }
        })
}

fn safe_copy(found: &ToOpen, words: Option<&str>) -> Markup {
    let file = &found.file;
    let copy = found.holder.copy(&file.id);
    html! {
        @if file.has_copy() {
            @match (file.copy, words) {
                (Some(CopyKind::Picture), _) => {
                    figure.scan-image {
                        img src=(copy) alt={ "添付の画像 " (file.name) };
                        figcaption.small { "描き直した画像です。撮った場所などの情報は入っていません。" }
                    }
                }
                (Some(kind), Some(words)) => {
                    h2 { (kind.label()) }
                    .card { div.letter-text { (input::show_hidden(&words.chars().take(SHOWN).collect::<String>())) } }
                    @if words.chars().nth(SHOWN).is_some() {
                        p.way { a href=(copy) { "続きを含む全文を開く" } }
                    }
                }
                (Some(kind), None) => { p.way { a href=(copy) { (kind.label()) "を開く" } } }
                (None, _) => {}
            }
        } @else if file.copy_to_come() {
            p { "安全な写しは、まだできていません。少し待って、開き直してください。" }
        } @else if file.state != FileState::Refused {
            p { "この種類には、安全な写しを作れません。" }
        }
    }
}

fn warning(file: &Kept, opening: Opening) -> Markup {
    let recorded = html! { p { "原本を開いたことは、記録に残ります。" } };
    match opening {
        Opening::Free => parts::notice(
            Tone::Info,
            "検査済みのファイルです",
            html! {
                p { "それでも、外から届いたものとして扱ってください。写しで足りるときは、原本を開かないでください。" }
                (recorded)
            },
        ),
        Opening::Warned => parts::notice(
            Tone::Warning,
            "まだウイルス検査をしていないファイルです",
            html! {
                p { "外から届いたファイルです。仕事に必要なときだけ開いてください。" }
                p { "文書の中のリンクやボタンは押さず、「編集を有効にする」も選ばないでください。" }
                (recorded)
            },
        ),
        Opening::Waiting => parts::notice(
            Tone::Warning,
            "ウイルス検査を待っています",
            html! {
                p { "検査が済むまで、だれも開けません。検査の仕組みが止まっているときは、動き出しだい検査します。" }
            },
        ),
        Opening::OfficeOnly(reason) => parts::notice(
            Tone::Warning,
            "開けないファイルです",
            html! {
                p { (reason.label()) "。" }
                p { "広聴担当だけが、必要なときに、仕事用でない端末などで開けます。" }
                @if let Some(words) = reason.for_sender() { p { "差出人への案内の例: 「" (words) "」" } }
                (recorded)
            },
        ),
        Opening::Never => parts::notice(
            Tone::Error,
            "だれも開けないファイルです",
            html! {
                p { (file.reason.map_or("検査で危険と分かりました", |reason| reason.label())) "。本文は、いつもどおり読めます。" }
            },
        ),
    }
}

/// What the list of doubtful files says.
pub(super) struct InDoubt {
    /// Held for a reason or refused, newest first.
    pub(super) files: Vec<ToOpen>,
    /// How many wait for the scanner.
    pub(super) waiting: i64,
    /// Since when the oldest of them.
    pub(super) since: Option<Instant>,
    /// Whether the scanner answers; none without one.
    pub(super) answers: Option<bool>,
    /// Whether this person may open letters.
    pub(super) reads: bool,
}

/// Held and refused files with what was found, and how the scanner fares.
pub(super) fn in_doubt(shell: &Shell, list: &InDoubt) -> Markup {
    let columns =
        [head("名前"), col("状態"), col("理由"), col("検査が付けた名前"), col("届いたとき"), col("SHA-256")];
    let mut table = Table::new("開けない添付", columns)
        .quiet_caption()
        .or_empty(html! { p { "開けない添付はありません。" } });
    for found in &list.files {
        let file = &found.file;
        let refused = file.state == FileState::Refused;
        table = table.toned_row(if refused { Tone::Error } else { Tone::Warning }, [
            html! {
                @if list.reads { a href=(found.holder.file(&file.id)) { (file.name) } } @else { (file.name) }
            },
            html! { @if refused { "だれも開けません" } @else { "広聴担当だけ" } },
            html! { (file.reason.map_or("", |reason| reason.label())) },
            html! { (found.signature.as_deref().unwrap_or("なし")) },
            html! { (tokyo_clock_with_year(found.created_at.utc())) },
            html! { code.small { (found.sha256) } },
        ]);
    }
    page::staff(shell, "添付の検査")
        .lead(html! { p { "届いた添付のうち、開けないものの一覧です。" } })
        .body(html! {
            @match list.answers {
                Some(true) => (parts::notice(Tone::Success, "", html! { p { "ウイルス検査は動いています。" (waiting(list)) } })),
                Some(false) => (parts::notice(Tone::Error, "ウイルス検査が止まっています", html! {
                    p { "検査の仕組み(clamd)につながりません。動き出すまで、届いた添付はだれも開けません。" (waiting(list)) }
                })),
                None => (parts::notice(Tone::Warning, "", html! {
                    p { "この市では、ウイルス検査の仕組みを設定していません。添付は、注意を読んでから開きます。" }
                })),
            }
            (table)
        })
}

fn waiting(list: &InDoubt) -> Markup {
    html! {
        @if list.waiting > 0 {
            "検査待ちは" (list.waiting) "個"
            @if let Some(since) = list.since { "、いちばん古いものは" (tokyo_clock_with_year(since.utc())) "に届きました" }
            "。"
        } @else { "検査待ちはありません。" }
    }
}
