//! The form and its confirmation.

use maud::{Markup, html};

use super::draft::Draft;
use super::words::{EASY, USUAL, Words};
use crate::config::Config;
use crate::files::{self, Kept};
use crate::intake::uploads::kept_files;
use crate::letters::letter::{AgeBand, District, Relation};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Upload, Weight, furigana};

/// What the form and the confirmation both show.
pub struct Sheet<'a> {
    /// The layout's.
    pub shell: &'a Shell,
    /// The settings: limits and days.
    pub config: &'a Config,
    /// What was typed so far.
    pub draft: &'a Draft,
    /// Files uploaded with this form so far.
    pub kept: &'a [Kept],
    /// The `csrf` value.
    pub token: &'a str,
    /// Something to say before the form, such as characters that were taken out.
    pub notice: Option<&'a str>,
}

const STEPS: [&str; 3] = ["書く", "確かめる", "送る"];

/// The form. `posted` when it carries values from a request, which a plain link would lose.
pub fn form(sheet: &Sheet<'_>, errors: &Errors, posted: bool) -> Markup {
    let Sheet { shell, config, draft, kept, token, notice } = *sheet;
    let words = if draft.plain_ja { &EASY } else { &USUAL };
    let days = config.reply_target_days.to_string();
    page::citizen(shell, words.title)
        .errors(errors)
        .script("draft.js")
        .script("counter.js")
        .script("similar.js")
        .lead(furigana(words.lead))
        .body(html! {
            @if !posted {
                p.actions { a.button.small href=(if draft.plain_ja { "/letters/new" } else { "/letters/new?plain_ja=yes" }) { span { (furigana(words.other_words)) } } }
            }
            @if let Some(notice) = notice { (parts::notice(Tone::Warning, "", html! { p { (notice) } })) }
            ul.measure { @for line in words.after { li { (furigana(&line.replace("{days}", &days))) } } }
            form.form method="post" action="/letters/confirm" enctype="multipart/form-data" data-draft="letter" {
                (parts::csrf(token))
                @if draft.plain_ja { (parts::hidden("plain_ja", "yes")) }
                @for (name, value) in [("lat", &draft.lat), ("lon", &draft.lon)] {
                    @if !value.is_empty() { (parts::hidden(name, value)) }
                }
                (Field::area("body", words.body).required().limit(config.body_limit).rows(9).support(words.body_hint)
                    .value(&draft.body).errors(errors).similar("/voices/similar", "similar"))
                div #similar {}
                (Field::text("place_text", words.place).optional().support(words.place_hint).value(&draft.place_text).errors(errors))
                (attachments(words, config, kept, errors))
                (reply(words, draft, errors))
                (sender(words, draft, errors))
                section.form-section.form {
                    (Choice::radios("publish_ok", words.publish).required().support(words.publish_hint)
                        .noted("yes", words.publish_yes, words.publish_yes_note).option("no", words.publish_no)
                        .chosen(&draft.publish_ok).errors(errors))
                    (more(words, draft, errors))
                }
                div {
                    p.support { (furigana(words.go_on_hint)) }
                    .actions {
                        button.button.primary type="submit" { span { (furigana(words.go_on)) } }
                        button.button.small type="submit" formaction="/letters/new" name="switch" value="words" { span { (furigana(words.other_words)) } }
                    }
                }
            }
        })
}

fn attachments(words: &Words, config: &Config, kept: &[Kept], errors: &Errors) -> Markup {
    let left = config.file_count.saturating_sub(kept.len());
    html! {
        @if !kept.is_empty() { (kept_files(words.files_kept, kept)) }
        @if left > 0 {
            (Upload::new("files[]", words.files, &files::limits(config, left), files::ACCEPT).optional().multiple().errors(errors))
        }
    }
}

fn reply(words: &Words, draft: &Draft, errors: &Errors) -> Markup {
    html! {
        section.form-section.form {
            h2 { (furigana(words.reply_section)) }
            (Choice::radios("reply_wanted", words.reply_wanted).required()
                .option("yes", words.reply_yes).noted("no", words.reply_no, words.reply_no_note)
                .chosen(&draft.reply_wanted).errors(errors))
            (Choice::radios("reply_via", words.reply_via).options(words.via).across()
                .chosen(&draft.reply_via).errors(errors))
        }
    }
}

fn sender(words: &Words, draft: &Draft, errors: &Errors) -> Markup {
    let org = [&draft.org_name, &draft.rep_name].iter().any(|v| !v.is_empty());
    html! {
        section.form-section.form {
            h2 { (furigana(words.sender_section)) }
            (parts::notice(Tone::Info, "", html! {
                p { (furigana(words.purpose)) }
                p.way { a href="/privacy" { "個人情報の取扱い" } }
            }))
            p { (furigana(words.sender_hint)) }
            (Field::text("name", words.name).support(words.name_hint).autocomplete("name").value(&draft.name).errors(errors))
            (Field::text("name_kana", words.name_kana).optional().value(&draft.name_kana).errors(errors))
            (Field::email("email", words.email).support(words.email_hint).value(&draft.email).errors(errors))
            (Field::postal_code("postal_code", words.postal_code).value(&draft.postal_code).errors(errors))
            (Field::text("address", words.address).support(words.address_hint).autocomplete("street-address").full()
                .value(&draft.address).errors(errors))
            (Field::phone("phone", words.phone).support(words.phone_hint).value(&draft.phone).errors(errors))
            details open[org || errors.of("org_name").or(errors.of("rep_name")).is_some()] {
                summary { span { (furigana(words.org_summary)) } }
                .form {
                    (Field::text("org_name", words.org_name).optional().autocomplete("organization").value(&draft.org_name).errors(errors))
                    (Field::text("rep_name", words.rep_name).optional().value(&draft.rep_name).errors(errors))
                }
            }
        }
    }
}

fn more(words: &Words, draft: &Draft, errors: &Errors) -> Markup {
    let told = !draft.subject.is_empty()
        || !draft.age_band.is_empty()
        || !draft.district.is_empty()
        || !draft.relation.is_empty();
    html! {
        details open[told || errors.of("subject").is_some()] {
            summary { span { (furigana(words.more_summary)) } }
            .form {
                (Field::text("subject", words.subject).optional().support(words.subject_hint).value(&draft.subject).errors(errors))
                p { (furigana(words.more_hint)) }
                (Choice::select("age_band", words.age_band).optional().option("", words.blank)
                    .options(AgeBand::ALL.iter().map(|a| (a.code(), a.label()))).chosen(&draft.age_band))
                (Choice::select("district", words.district).optional().option("", words.blank)
                    .options(District::ALL.iter().map(|d| (d.code(), d.label()))).chosen(&draft.district))
                (Choice::checks("relation[]", words.relation).optional()
                    .options(Relation::ALL.iter().map(|r| (r.code(), r.label()))).chosen_all(&draft.relation))
            }
        }
    }
}

/// The whole letter once more, before it is sent. `similar` holds published answers to similar letters, or nothing.
#[expect(clippy::needless_pass_by_value, reason = "the handler makes it for this page")]
pub fn confirm(sheet: &Sheet<'_>, similar: Markup) -> Markup {
    let Sheet { shell, draft, kept, token, notice, .. } = *sheet;
    let reply_wanted = draft.reply_wanted == "yes";
    page::citizen(shell, "この内容でお送りしますか").body(html! {
        (parts::steps(&STEPS, 1))
        @if let Some(notice) = notice { (parts::notice(Tone::Warning, "", html! { p { (notice) } })) }
        p { "まだ送られていません。お確かめのうえ、いちばん下のボタンで送ってください。" }
        (similar)
        (parts::letter_paper(if draft.subject.is_empty() { "市長への手紙" } else { &draft.subject }, draft.body.as_str(), html! {}))
        (parts::facts(told(draft)))
        form.form method="post" action="/letters" {
            (parts::csrf(token))
            (carried(draft))
            @if !kept.is_empty() { (kept_files("添付する写真や書類(送らないものは、印を外してください)", kept)) }
            @if reply_wanted { p { "返事は、上の連絡先にお送りします。まちがいがないか、もう一度お確かめください。" } }
            .actions {
                (parts::submit(Weight::Primary, "この内容で送る"))
                button.button.secondary type="submit" formaction="/letters/new" { "書き直す" }
            }
        }
    })
}

/// The fields as words, those left blank left out.
fn told(draft: &Draft) -> Vec<(&'static str, Markup)> {
    // the very word that was pressed
    let via = USUAL.via.iter().find(|(code, _)| *code == draft.reply_via).map_or("", |(_, label)| *label);
    let wanted = draft.reply_wanted == "yes";
    let relation: Vec<&str> =
        draft.relation.iter().filter_map(|r| Relation::from_code(r)).map(Relation::label).collect();
    let relation = relation.join("、");
    let contact: [(&'static str, &str); 9] = [
        ("場所", &draft.place_text),
        ("お名前", &draft.name),
        ("フリガナ", &draft.name_kana),
        ("団体名", &draft.org_name),
        ("代表者", &draft.rep_name),
        ("メールアドレス", &draft.email),
        ("郵便番号", &draft.postal_code),
        ("住所", &draft.address),
        ("電話番号", &draft.phone),
    ];
    let about: [(&'static str, &str); 3] = [
        ("年代", AgeBand::from_code(&draft.age_band).map_or("", AgeBand::label)),
        ("地区", District::from_code(&draft.district).map_or("", District::label)),
        ("市との関係", &relation),
    ];
    let mut pairs = vec![("返事", html! { @if wanted { "ほしい(" (via) ")" } @else { "いらない" } })];
    let shown = |pairs: &mut Vec<(&'static str, Markup)>, all: &[(&'static str, &str)]| {
        pairs.extend(all.iter().filter(|(_, v)| !v.is_empty()).map(|(label, v)| (*label, html! { (v) })));
    };
    shown(&mut pairs, &contact);
    let publish = if draft.publish_ok == "yes" {
        "公表してもよい(名前は伏せます)"
    } else {
        "公表しないでほしい"
    };
    pairs.push(("公表", html! { (publish) }));
    shown(&mut pairs, &about);
    pairs
}

/// Every value in hidden fields, so that going on and going back both carry all of it.
fn carried(draft: &Draft) -> Markup {
    let one = [
        ("body", &draft.body),
        ("subject", &draft.subject),
        ("place_text", &draft.place_text),
        ("lat", &draft.lat),
        ("lon", &draft.lon),
        ("reply_wanted", &draft.reply_wanted),
        ("reply_via", &draft.reply_via),
        ("name", &draft.name),
        ("name_kana", &draft.name_kana),
        ("org_name", &draft.org_name),
        ("rep_name", &draft.rep_name),
        ("postal_code", &draft.postal_code),
        ("address", &draft.address),
        ("email", &draft.email),
        ("phone", &draft.phone),
        ("age_band", &draft.age_band),
        ("district", &draft.district),
        ("publish_ok", &draft.publish_ok),
    ];
    html! {
        @for (name, value) in one { @if !value.is_empty() { (parts::hidden(name, value)) } }
        @for value in &draft.relation { (parts::hidden("relation[]", value)) }
        @if draft.plain_ja { (parts::hidden("plain_ja", "yes")) }
    }
}
