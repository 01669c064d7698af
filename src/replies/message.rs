//! A reply as the receiver gets it: the mail and the printed letter, made from an approved version and nothing else
//! but who signs and to whom it goes.

use chrono::NaiveDate;

use super::Case;
use super::reply::{ReplyKind, Version};
use crate::calendar;
use crate::config::Config;
use crate::mail::MailKind;
use crate::text::{self, ReceiptCode};

/// Stands where the receiver's name will, on pages of people who need not know it.
pub const SOMEBODY: &str = "(差出人のお名前)";

/// What the outbox calls it.
pub fn mail_kind(kind: ReplyKind) -> MailKind {
    match kind {
        ReplyKind::Final | ReplyKind::Interim => MailKind::Reply,
        ReplyKind::Question => MailKind::Question,
    }
}

/// Longest part of a letter's own subject that a reply's subject repeats, in characters.
const SUBJECT_REPEATED: usize = 60;

/// The subject of the mail: the letter's own, so that the writer's mail program shows the answer below the letter, with
/// the number the writer knows.
pub fn mail_subject(case: &Case) -> String {
    let own = text::input::single_line(&case.letter_subject).text;
    let mut own = own.trim();
    while let Some(rest) =
        own.get(..3).filter(|re| re.eq_ignore_ascii_case("re:")).map(|_| own[3..].trim_start())
    {
        own = rest;
    }
    let own = if own.is_empty() { "市長への手紙" } else { own };
    let mut said: String = own.chars().take(SUBJECT_REPEATED).collect();
    if own.chars().nth(SUBJECT_REPEATED).is_some() {
        said.push('…');
    }
    format!("Re: {said} [受付番号 {}]", ReceiptCode::grouped(&case.receipt_code))
}

/// The text of the mail; `addressee` with 様 or 御中, or empty.
pub fn mail_text(config: &Config, case: &Case, version: &Version, addressee: &str) -> String {
    let mut text = String::new();
    if !addressee.is_empty() {
        text.push_str(addressee);
        text.push_str("\n\n");
    }
    text.push_str(&version.subject);
    text.push_str("\n\n");
    text.push_str(version.body.trim_end());
    text.push_str("\n\n----------------------------------------\n");
    for line in signature(config, case) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("このメールに返信すると、市の広聴担当に届きます。\n");
    text.push_str(&format!(
        "お手紙のその後は、受付番号と確認番号で次のページからご覧いただけます。\n{}/receipts/{}\n",
        config.base_url.trim_end_matches('/'),
        case.receipt_code
    ));
    text
}

/// Who answers and how to reach them, a line each.
pub fn signature(config: &Config, case: &Case) -> Vec<String> {
    let unit = if case.unit_name.is_empty() {
        config.office_name.clone()
    } else {
        format!("{} {}", case.department_name, case.unit_name).trim().to_owned()
    };
    let phone = case.unit_phone.as_deref().unwrap_or(&config.office_phone);
    vec![format!("{} {unit}", config.city_name), format!("電話 {phone}"), config.office_address.clone()]
}

/// Who writes the printed letter, a line each.
pub fn letterhead(config: &Config) -> Vec<String> {
    vec![format!("{}長 {}", config.city_name, config.mayor_name).trim_end().to_owned()]
}

/// A date on a letter: 令和8年4月1日.
pub fn letter_date(day: NaiveDate) -> String {
    use chrono::Datelike;
    match calendar::era_year(day) {
        Some((era, 1)) => format!("{}元年{}月{}日", era.name, day.month(), day.day()),
        Some((era, year)) => format!("{}{year}年{}月{}日", era.name, day.month(), day.day()),
        None => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
    }
}
