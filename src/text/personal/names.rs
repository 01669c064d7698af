//! Names of people: beside honorifics and titles, behind labels, in "私は…です".

use super::page::{Page, is_hiragana, is_kanji, is_katakana};
use super::surnames::leading_surname;
use super::words::{GOES_ON, HONORIFICS, NOBODY, NOBODY_ENDINGS, NOBODY_HIRAGANA, NOBODY_KATAKANA, TITLES};
use super::{Candidate, Confidence, PersonalKind};

pub(super) fn find(page: &Page, found: &mut Vec<Candidate>) {
    // By first character, so that the lists are compared only where one of their words may begin.
    for at in 0..page.len() {
        match page.char(at) {
            '様' | '殿' | '君' | 'さ' | 'ち' | 'く' => by_honorific(page, at, found),
            '氏' => {
                by_honorific(page, at, found);
                by_label(page, at, found);
            }
            '名' | '姓' | '差' | '署' | '世' | 'ふ' | 'フ' => by_label(page, at, found),
            '私' | 'わ' | '僕' | '俺' | 'と' => by_introduction(page, at, found),
            '先' => {
                by_honorific(page, at, found);
                by_title(page, at, found);
            }
            c if is_kanji(c) => by_title(page, at, found),
            _ => {}
        }
    }
}

fn by_honorific(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    let Some(length) = page.any_of(at, HONORIFICS) else { return };
    if page.any_of(at, GOES_ON).is_some() {
        return;
    }
    // ちゃんとした is an adverb, はなちゃんといいます is not.
    if page.starts(at, "ちゃんと") && page.any_of(at + 4, &["い", "申", "もうし", "は", "わ"]).is_none()
    {
        return;
    }
    // A one-character honorific in the middle of a compound (宮殿跡) is none; 様方 is a lodger's address.
    if length == 1
        && is_kanji(page.char(at + 1))
        && !matches!(page.char(at + 1), '方' | '宅' | '他' | '等' | '本')
    {
        return;
    }
    let end = if page.before(at) == ' ' && at > 1 { at - 1 } else { at };
    let last = page.before(end);
    if is_kanji(last) {
        kanji_name(page, end, "敬称の前", found);
    } else if is_katakana(last) || last == '・' {
        let from = page.back_while(end, 24, |c| is_katakana(c) || c == '・');
        let word = page.text(from, end);
        let nobody = NOBODY_KATAKANA.iter().any(|ending| word.ends_with(ending));
        if end - from >= 2 && !nobody {
            found.push(page.candidate(
                from,
                end,
                PersonalKind::Name,
                Confidence::Medium,
                "敬称の前のカタカナ",
            ));
        }
    } else if is_hiragana(last) && end == at {
        let from = page.back_while(end, 6, is_hiragana);
        let word = page.text(from, end);
        let stands_alone = !is_hiragana(page.before(from)) && !is_kanji(page.before(from));
        if (2..=5).contains(&(end - from)) && stands_alone && !NOBODY_HIRAGANA.contains(&word.as_str()) {
            found.push(page.candidate(from, end, PersonalKind::Name, Confidence::Low, "敬称の前のひらがな"));
        }
    }
}

/// A run of kanji that ends at `end` and is followed by an honorific.
fn kanji_name(page: &Page, end: usize, why: &'static str, found: &mut Vec<Candidate>) {
    let from = page.back_while(end, 16, |c| is_kanji(c) || c == 'ヶ');
    let word = page.text(from, end);
    if let Some(title) = TITLES.iter().filter(|title| word.ends_with(**title)).max_by_key(|title| title.len())
    {
        titled_name(page, end - title.chars().count(), found);
        return;
    }
    if NOBODY.contains(&word.as_str()) || NOBODY_ENDINGS.iter().any(|ending| word.ends_with(ending)) {
        return;
    }
    let Some((from, sure)) = person_in(page, from, end) else { return };
    let confidence = if sure { Confidence::High } else { Confidence::Medium };
    found.push(page.candidate(with_family_name(page, from), end, PersonalKind::Name, confidence, why));
}

/// Where in the run `from..end` the person begins, and whether a common family name says so.
fn person_in(page: &Page, from: usize, end: usize) -> Option<(usize, bool)> {
    let starts_with_name =
        |at: usize| leading_surname(&page.text(at, end)).is_some_and(|len| end - at <= len + 3);
    // 市民課山田: behind an organisation or place the person begins anew.
    let behind = (from + 1..end).find(|at| {
        "市町村区県課部局係校店社所院家長員団会目室".contains(page.before(*at))
            && end - at <= 6
            && starts_with_name(*at)
    });
    if let Some(at) = behind.filter(|_| !starts_with_name(from)) {
        return Some((at, true));
    }
    if starts_with_name(from) {
        return Some((from, true));
    }
    (2..=6).contains(&(end - from)).then_some((from, false))
}

/// Takes in a family name that stands before the given name and a blank.
pub(super) fn with_family_name(page: &Page, from: usize) -> usize {
    if page.before(from) != ' ' || from < 2 {
        return from;
    }
    let family = page.back_while(from - 1, 5, is_kanji);
    let word = page.text(family, from - 1);
    let whole = leading_surname(&word) == Some(word.chars().count());
    if whole && !is_kanji(page.before(family)) { family } else { from }
}

fn by_title(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    const FIRST: &str = "副市町村知部次課係局室所会社校教園院館議県大主担看医理支駅店班組団先自民巡弁";
    if !FIRST.contains(page.char(at)) {
        return;
    }
    // 市長 in 副市長 is not where the title begins.
    let inside =
        (1..=4.min(at)).any(|back| page.any_of(at - back, TITLES).is_some_and(|length| length > back));
    if is_kanji(page.before(at)) && !inside && page.any_of(at, TITLES).is_some() {
        titled_name(page, at, found);
    }
}

/// A common family name before a title: 山田課長. Without one, what stands there is the name of an office.
fn titled_name(page: &Page, end: usize, found: &mut Vec<Candidate>) {
    let from = page.back_while(end, 5, is_kanji);
    let name = (from..end).find(|at| {
        let word = page.text(*at, end);
        let office = "市町村区県課部局係校店社所院会".contains(page.before(end));
        let behind = *at == from || "市町村区県課部局係校店社所院会".contains(page.before(*at));
        !office && behind && leading_surname(&word).is_some_and(|len| end - at <= len + 2)
    });
    // A whole run only: 南部課長 of 下関市南部 would be cut in the middle.
    if let Some(at) = name.filter(|at| end - at >= 2) {
        found.push(page.candidate(at, end, PersonalKind::Name, Confidence::Medium, "役職名の前の名字"));
    }
}

fn by_label(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    const LABELS: &[&str] = &["氏名", "名前", "姓名", "差出人", "署名", "世帯主", "ふりがな", "フリガナ"];
    let Some(length) = page.any_of(at, LABELS) else { return };
    let mut from = at + length;
    if page.char(from) == '(' {
        from = page.on_while(from, 12, |c| c != ')' && c != '\n') + 1;
    }
    let value = page.on_while(from, 6, |c| matches!(c, ':' | ' ' | '=' | '…' | '】' | '」'));
    let says_so = (from..value).any(|at| matches!(page.char(at), ':' | '=' | '】'));
    let alone = value > from && matches!(page.before(at), '\n' | ' ' | 'お' | '【' | '■' | '・' | '○');
    if !says_so && !alone {
        return;
    }
    let mut end = page.on_while(value, 24, |c| !"\n、。，．,.()/;:".contains(c) && !c.is_ascii_digit());
    end = page.back_while(end, end - value, |c| c == ' ');
    if let Some(length) = HONORIFICS.iter().find(|h| page.ends(end, h)).map(|h| h.chars().count()) {
        end = (end - length).max(value);
    }
    let word = page.text(value, end);
    if end > value
        && !["匿名", "なし", "無記名", "不明", "未記入", "匿名希望", "無し"].contains(&word.as_str())
    {
        found.push(page.candidate(value, end, PersonalKind::Name, Confidence::High, "氏名欄"));
    }
}

fn by_introduction(page: &Page, at: usize, found: &mut Vec<Candidate>) {
    const I_AM: &[&str] =
        &["私は", "わたしは", "わたくしは", "私、", "わたくし、", "僕は", "俺は", "私の名前は"];
    if page.any_of(at, &["と申し", "ともうし", "と申す"]).is_some() {
        if is_kanji(page.before(at)) {
            kanji_name(page, at, "「と申します」の前", found);
        } else if is_katakana(page.before(at)) {
            let from = page.back_while(at, 24, |c| is_katakana(c) || c == '・');
            found.push(page.candidate(from, at, PersonalKind::Name, Confidence::High, "「と申します」の前"));
        }
        return;
    }
    let Some(length) = page.any_of(at, I_AM) else { return };
    let stop = page.on_while(at + length, 24, |c| !"。\n".contains(c)) + 1;
    for end in at + length + 1..stop {
        if page.any_of(end, &["です", "といい", "と言い", "という", "だ。"]).is_some()
            && is_kanji(page.before(end))
        {
            let from = page.back_while(end, 7, is_kanji);
            let word = page.text(from, end);
            let place = word.contains(['県', '市', '町', '村', '区', '民', '員', '者', '人', '生']);
            if !place && leading_surname(&word).is_some_and(|len| end - from <= len + 3) {
                let from = with_family_name(page, from);
                found.push(page.candidate(from, end, PersonalKind::Name, Confidence::High, "名乗り"));
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::personal::{KnownNames, find};

    #[test]
    fn every_title_is_noticed_behind_a_family_name() {
        for title in TITLES {
            let text = format!("山田{title}が来ました。");
            let found = find(&text, &KnownNames::default());
            assert!(found.iter().any(|c| &text[c.range.clone()] == "山田"), "{text}: {found:?}");
        }
    }
}
