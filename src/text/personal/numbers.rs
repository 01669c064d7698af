//! Numbers and addresses of machines: telephone, postal code, My Number, bank account, birth date, e-mail.

use super::page::{Page, is_dash, is_kanji, is_katakana};
use super::{Candidate, Confidence, PersonalKind};

pub(super) fn find(page: &Page, found: &mut Vec<Candidate>) {
    for at in 0..page.len() {
        let c = page.char(at);
        if c == '@' {
            email(page, at, found);
        } else if matches!(c, '普' | '当' | '貯' | '口' | '記') {
            bank_account(page, at, found);
        } else if matches!(c, '0' | '+' | '(') {
            phone(page, at, found);
        }
        if begins_number(page, at) {
            my_number(page, at, found);
            postal_code(page, at, found);
        }
        if c == '〒' {
            postal_mark(page, at, found);
        }
        if c.is_ascii_alphanumeric() || "令平昭大明".contains(c) {
            birth_date(page, at, found);
        }
    }
}

fn begins_number(page: &Page, at: usize) -> bool {
    page.char(at).is_ascii_digit() && !joined_before(page, at)
}

/// Is there a digit, or a digit and a hyphen, right before?
fn joined_before(page: &Page, at: usize) -> bool {
    let before = page.before(at);
    before.is_ascii_alphanumeric() || (at > 1 && is_dash(before) && page.char(at - 2).is_ascii_digit())
}

/// Is there a digit, or a hyphen and a digit, right there?
fn joined_after(page: &Page, at: usize) -> bool {
    let c = page.char(at);
    c.is_ascii_digit() || (is_dash(c) && page.char(at + 1).is_ascii_digit())
}

const PHONE_WORDS: &[&str] =
    &["電話", "tel", "fax", "携帯", "でんわ", "ファックス", "ファクス", "連絡先", "℡", "☎"];

fn phone(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let begins = match page.char(at) {
        '(' => page.char(at + 1) == '0' || page.starts(at + 1, "+81"),
        '+' => page.starts(at, "+81"),
        _ => page.char(at) == '0',
    };
    if !begins
        || joined_before(page, at)
        || (page.before(at) == '+')
        || (page.before(at) == '(' && page.char(at) != '(')
    {
        return;
    }
    let abroad = page.starts(at, "+81") || page.starts(at, "(+81");
    let mut digits = String::new();
    let mut groups = 0;
    let mut end = at;
    // Group by group: digits, then at most two of - ( ) . / blank.
    loop {
        let start =
            page.on_while(end, 3, |c| matches!(c, '(' | ')' | '+' | '.' | '/' | ' ' | '・') || is_dash(c));
        let stop = page.on_while(start, 12, |c| c.is_ascii_digit());
        if stop == start || (groups > 0 && start == end) {
            return;
        }
        digits.extend(&page.chars[start..stop]);
        groups += 1;
        end = stop;
        let inland = if abroad {
            let rest = &digits[2.min(digits.len())..];
            format!("0{}", rest.strip_prefix('0').unwrap_or(rest))
        } else {
            digits.clone()
        };
        let wanted = if is_eleven(&inland) { 11 } else { 10 };
        if inland.len() == wanted {
            break;
        }
        if inland.len() > wanted {
            return;
        }
    }
    if page.char(end).is_ascii_digit() || (groups > 1 && joined_after(page, end)) {
        return;
    }
    let sure = groups > 1 || abroad || page.shortly_before(at, 8, PHONE_WORDS);
    let confidence = if sure { Confidence::High } else { Confidence::Medium };
    found.push(page.candidate(at, end, PersonalKind::Phone, confidence, "電話番号の形"));
}

/// Numbers of eleven digits: mobile, IP and free-call ones.
fn is_eleven(digits: &str) -> bool {
    ["050", "060", "070", "080", "090", "020"].iter().any(|head| digits.starts_with(head))
}

fn postal_code(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    if page.before(at) == '〒' || (page.before(at) == ' ' && at > 1 && page.char(at - 2) == '〒') {
        return;
    }
    let middle = ascii(page, at);
    if middle != at + 3 || !is_dash(page.char(middle)) {
        return;
    }
    let end = ascii(page, middle + 1);
    if end != middle + 5 || joined_after(page, end) {
        return;
    }
    if page.shortly_before(at, 8, PHONE_WORDS) {
        found.push(page.candidate(
            at,
            end,
            PersonalKind::Phone,
            Confidence::Medium,
            "市外局番のない電話番号",
        ));
    } else if !city_hall(page, at, end) {
        found.push(page.candidate(at, end, PersonalKind::PostalCode, Confidence::Medium, "郵便番号の形"));
    }
}

fn postal_mark(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let start = if page.char(at + 1) == ' ' { at + 2 } else { at + 1 };
    let middle = ascii(page, start);
    let end = if is_dash(page.char(middle)) { ascii(page, middle + 1) } else { middle };
    let count = page.chars[start..end].iter().filter(|c| c.is_ascii_digit()).count();
    if count == 7 && !page.char(end).is_ascii_digit() && !city_hall(page, start, end) {
        found.push(page.candidate(at, end, PersonalKind::PostalCode, Confidence::High, "〒の後の番号"));
    }
}

/// The city hall's own postal code is nobody's.
fn city_hall(page: &Page, from: usize, to: usize) -> bool {
    page.chars[from..to]
        .iter()
        .filter(|c| c.is_ascii_digit())
        .eq("7508521".chars().collect::<Vec<_>>().iter())
}

fn ascii(page: &Page, at: usize) -> usize {
    page.on_while(at, 16, |c| c.is_ascii_digit())
}

fn my_number(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let mut digits = Vec::with_capacity(12);
    let mut end = at;
    while digits.len() < 12 {
        let c = page.char(end);
        if let Some(digit) = c.to_digit(10) {
            digits.push(digit);
        } else if !((is_dash(c) || c == ' ') && matches!(digits.len(), 4 | 8))
            || !page.char(end + 1).is_ascii_digit()
        {
            return;
        }
        end += 1;
    }
    if joined_after(page, end) || !is_my_number(&digits) {
        return;
    }
    let said = page.shortly_before(at, 16, &["マイナンバー", "個人番号", "マイナ"]);
    let confidence = if said { Confidence::High } else { Confidence::Medium };
    found.push(page.candidate(
        at,
        end,
        PersonalKind::MyNumber,
        confidence,
        "マイナンバーの検査数字が合う12桁",
    ));
}

/// The check digit of 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令第8条の命令: weights 2 to 7 twice over,
/// from the right.
fn is_my_number(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = body.iter().rev().zip(weights).map(|(digit, weight)| digit * weight).sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    body.len() == 11 && *check == expected
}

fn bank_account(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    const SORTS: &[&str] = &["普通預金", "普通口座", "普通", "当座", "貯蓄", "口座番号", "口座"];
    const BANKS: &[&str] = &[
        "銀行",
        "信用金庫",
        "信金",
        "信用組合",
        "労働金庫",
        "労金",
        "農協",
        "漁協",
        "農業協同組合",
        "ゆうちょ",
        "郵便局",
        "ja",
    ];
    let filler = |c: char| {
        matches!(
            c,
            ' ' | ':'
                | '('
                | ')'
                | '番'
                | '号'
                | '.'
                | 'の'
                | 'は'
                | '普'
                | '通'
                | '座'
                | '口'
                | 'n'
                | 'o'
                | '、'
        )
    };
    // ゆうちょ銀行: 記号12345 番号1234567
    let (start, kinds) = if page.starts(at, "記号") {
        let sign = page.on_while(at + 2, 4, filler);
        let after = page.on_while(sign, 6, |c| c.is_ascii_digit() || is_dash(c));
        let word = page.on_while(after, 3, |c| c == ' ' || c == '、' || c == '\n');
        if after - sign < 4 || !page.starts(word, "番号") {
            return;
        }
        (page.on_while(word + 2, 4, filler), 6..=8)
    } else {
        let Some(length) = page.any_of(at, SORTS) else { return };
        (page.on_while(at + length, 8, filler), 6..=8)
    };
    let end = page.on_while(start, 10, |c| c.is_ascii_digit());
    if !kinds.contains(&(end - start)) || joined_after(page, end) {
        return;
    }
    // The bank and branch that stand before, on the same line.
    let reach = page.back_while(at, 40, |c| c != '\n' && c != '。');
    let bank = (reach..at).find(|i| page.any_of(*i, BANKS).is_some());
    let from = bank.map_or(at, |i| page.back_while(i, 10, |c| is_kanji(c) || is_katakana(c)).max(reach));
    let confidence = if bank.is_some() { Confidence::High } else { Confidence::Medium };
    found.push(page.candidate(from, end, PersonalKind::BankAccount, confidence, "口座番号の書き方"));
}

fn birth_date(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let Some(end) = date(page, at) else { return };
    let after = page.on_while(end, 2, |c| c == ' ' || c == 'に');
    let born = page.any_of(after, &["生まれ", "生れ", "うまれ", "誕生"]).is_some()
        || (page.char(end) == '生' && !is_kanji(page.char(end + 1)));
    if born || page.shortly_before(at, 10, &["生年月日", "誕生日", "生まれは", "生まれた日"])
    {
        found.push(page.candidate(at, end, PersonalKind::BirthDate, Confidence::High, "生年月日の書き方"));
    }
}

/// A date, or a year, that begins there; where it ends.
fn date(page: &Page, at: usize) -> Option<usize> {
    let number =
        |at: usize| page.on_while(at, 4, |c| c.is_ascii_digit() || "元一二三四五六七八九十〇".contains(c));
    let year_at = if let Some(length) = page.any_of(at, &["令和", "平成", "昭和", "大正", "明治"]) {
        at + length
    } else if matches!(page.char(at), 'r' | 'h' | 's' | 't' | 'm') && !page.before(at).is_ascii_alphanumeric()
    {
        if page.char(at + 1) == '.' { at + 2 } else { at + 1 }
    } else if begins_number(page, at) && matches!(page.char(at), '1' | '2') && ascii(page, at) == at + 4 {
        at
    } else {
        return None;
    };
    let year_end = number(year_at);
    let part = |at: usize, marks: &[char]| {
        let mark = page.char(at);
        (marks.contains(&mark)).then(|| page.on_while(at + 1, 1, |c| c == ' ')).and_then(|start| {
            let end = number(start);
            (end > start && end - start <= 3).then_some(end)
        })
    };
    if year_end == year_at {
        return None;
    }
    let written = page.char(year_end) == '年';
    let only_year = written.then_some(year_end + 1);
    let Some(month) = part(year_end, &['年', '/', '-', '.']) else { return only_year };
    let Some(day) = part(month, &['月', '/', '-', '.']) else { return only_year };
    Some(if page.char(day) == '日' { day + 1 } else { day })
}

fn email(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let local = |c: char| c.is_ascii_alphanumeric() || "._%+-!#$&'*/=?^`{|}~".contains(c);
    let from = page.back_while(at, 64, local);
    let mut end = page.on_while(at + 1, 253, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    while end > at + 1 && matches!(page.before(end), '.' | '-') {
        end -= 1;
    }
    if from < at && (at + 1..end).any(|i| page.char(i) == '.') {
        found.push(page.candidate(from, end, PersonalKind::Email, Confidence::High, "メールアドレスの形"));
    }
}
