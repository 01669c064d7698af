//! Names of people: beside honorifics, behind labels, in signatures, in "私は…です".

use super::page::{Page, is_hiragana, is_kanji, is_katakana};
use super::surnames::leading_surname;
use super::{Candidate, Confidence, PersonalKind};

const HONORIFICS: &[&str] = &["様", "さん", "さま", "氏", "殿", "ちゃん", "くん", "君", "先生"];

/// After these the honorific is part of another word: 様子, 氏名, さんま, 先生方 (which names nobody).
const GOES_ON: &[&str] = &[
    "様子",
    "様式",
    "様相",
    "様々",
    "様態",
    "様変",
    "氏名",
    "氏神",
    "氏族",
    "殿下",
    "君主",
    "君臨",
    "さんま",
    "さんぽ",
];

/// Whole words that stand before an honorific and name nobody, and endings of such words.
const NOBODY: &[&str] = &[
    "皆",
    "客",
    "奥",
    "神",
    "仏",
    "王",
    "貴",
    "何",
    "人",
    "誰",
    "各位",
    "父",
    "母",
    "兄",
    "姉",
    "弟",
    "妹",
    "祖父",
    "祖母",
    "婆",
    "爺",
    "嬢",
    "坊",
    "孫",
    "妻",
    "夫",
    "旦那",
    "主人",
    "息子",
    "娘",
    "子供",
    "子",
    "叔父",
    "叔母",
    "伯父",
    "伯母",
    "親御",
    "奥方",
    "一",
    "二",
    "三",
    "多",
    "同",
    "異",
    "模",
    "仕",
    "有",
    "今",
    "左",
    "右",
    "上",
    "下",
    "両",
    "別",
    "諸",
    "彼",
    "某",
    "摂",
    "華",
    "宮",
    "御",
    "沈",
    "本",
    "拝",
    "社",
    "正",
    "主",
    "暴",
    "患者",
    "国民",
    "市民",
    "県民",
    "住民",
    "町民",
    "区民",
    "村民",
    "利用者",
    "近所",
    "隣",
    "隣人",
    "相手",
    "皆々",
    "立派",
    "赤",
    "黒",
    "太陽",
    "月",
    "星",
    "猫",
    "犬",
    "福",
    "天皇陛下",
    "皇后",
];
const NOBODY_ENDINGS: &[&str] = &[
    "者",
    "員",
    "客",
    "手",
    "屋",
    "店",
    "社",
    "課",
    "部",
    "局",
    "係",
    "署",
    "庁",
    "省",
    "所",
    "会",
    "組",
    "団",
    "隊",
    "校",
    "園",
    "院",
    "館",
    "室",
    "師",
    "業",
    "関係",
    "各位",
    "学生",
    "生徒",
    "市民",
    "住民",
    "県民",
    "児童",
    "園児",
    "先輩",
    "後輩",
    "友人",
    "家族",
    "夫婦",
    "遺族",
    "市",
    "県",
    "府",
    "区",
    "町内",
    "地区",
    "議会",
    "自治会",
    "役所",
    "役場",
    "警察",
    "消防",
    "銀行",
    "大使",
    "模",
    "仕",
];
/// Titles: who they name stands before them.
const TITLES: &[&str] = &[
    "副市長",
    "市長",
    "町長",
    "村長",
    "知事",
    "部長",
    "次長",
    "課長補佐",
    "課長",
    "係長",
    "局長",
    "室長",
    "所長",
    "会長",
    "副会長",
    "社長",
    "校長",
    "教頭",
    "園長",
    "院長",
    "館長",
    "議長",
    "副議長",
    "市議会議員",
    "県議会議員",
    "議員",
    "大臣",
    "主任",
    "主査",
    "主事",
    "担当者",
    "担当",
    "教諭",
    "教授",
    "医師",
    "看護師",
    "理事長",
    "支所長",
    "駅長",
    "店長",
    "班長",
    "組長",
    "団長",
    "先生",
    "担任",
    "自治会長",
    "町内会長",
    "民生委員",
    "巡査",
    "弁護士",
];
const NOBODY_KATAKANA: &[&str] = &[
    "スタッフ",
    "ドライバー",
    "ボランティア",
    "ヘルパー",
    "オーナー",
    "パート",
    "アルバイト",
    "バイト",
    "ママ",
    "パパ",
    "ナース",
    "マネージャー",
    "ケアマネ",
    "メーカー",
    "コンビニ",
    "ユーザー",
    "ワーカー",
    "サポーター",
    "リーダー",
    "コーチ",
    "ガードマン",
    "インストラクター",
    "オペレーター",
    "メンバー",
    "カメラマン",
    "サラリーマン",
    "シルバー",
    "タクシー",
    "バス",
    "スーパー",
    "センター",
    "ファン",
    "ゾウ",
    "ネコ",
    "クマ",
    "パンダ",
    "ペンギン",
    "ハローワーク",
    "ヤクルト",
];
const NOBODY_HIRAGANA: &[&str] = &[
    "みな",
    "みなみな",
    "たく",
    "おとう",
    "おかあ",
    "おにい",
    "おねえ",
    "おじ",
    "おば",
    "おじい",
    "おばあ",
    "おきゃく",
    "おく",
    "むすこ",
    "むすめ",
    "あか",
    "かん",
    "こども",
    "おこ",
    "おまご",
    "ごくろう",
    "おつかれ",
    "おまわり",
    "おい",
    "やお",
    "さかな",
    "ぞう",
    "ねこ",
    "いぬ",
    "くま",
    "かみ",
    "ほとけ",
    "どなた",
    "どちら",
    "おひめ",
    "おう",
    "あい",
    "やくしょ",
    "せんせい",
    "じゅうみん",
    "しみん",
];

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
    by_signature(page, found);
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
fn with_family_name(page: &Page, from: usize) -> usize {
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

/// Short lines that are a name, or a name with より: anywhere with より, without only among the last lines.
fn by_signature(page: &Page, found: &mut Vec<Candidate>) {
    let mut lines = Vec::new();
    let mut from = 0;
    while from <= page.len() {
        let end = page.on_while(from, usize::MAX, |c| c != '\n');
        let start = page.on_while(from, end - from, |c| c == ' ');
        let stop = page.back_while(end, end - start, |c| c == ' ');
        if stop > start {
            lines.push((start, stop));
        }
        from = end + 1;
    }
    let last = lines.len().saturating_sub(4);
    for (nth, (from, end)) in lines.into_iter().enumerate() {
        if end - from > 40 {
            continue;
        }
        signed(page, from, end, nth >= last, found);
    }
}

fn signed(page: &Page, from: usize, end: usize, among_last: bool, found: &mut Vec<Candidate>) {
    let mut stop = end;
    if page.before(stop) == ')' {
        let open = page.back_while(stop, stop - from, |c| c != '(');
        stop = if open > from + 1 { open - 1 } else { from };
        if stop == from {
            // (山田)
            stop = end - 1;
        }
    }
    let marked = ["より", "拝", "記", "敬具"].iter().find(|mark| page.ends(stop, mark));
    if let Some(mark) = marked {
        stop = (stop - mark.chars().count()).max(from);
    }
    stop = page.back_while(stop, stop - from, |c| c == ' ');
    let start = page.back_while(stop, (stop - from).min(8), |c| is_kanji(c) || is_katakana(c));
    let word = page.text(start, stop);
    let length = stop - start;
    let begins = start == from || matches!(page.before(start), ' ' | '(' | ':');
    if !(1..=8).contains(&length)
        || !begins
        || NOBODY.contains(&word.as_str())
        || NOBODY_ENDINGS.iter().any(|ending| word.ends_with(ending))
        || ["匿名", "匿名希望", "有志", "一同", "主婦", "以上", "敬具", "草々"].contains(&word.as_str())
    {
        return;
    }
    let start = with_family_name(page, start);
    let surname = leading_surname(&page.text(start, stop));
    let name_like = surname.is_some_and(|len| stop - start <= len + 4 && stop - start >= 2);
    let (confidence, why) = match (marked, name_like) {
        (Some(&"より"), true) => (Confidence::High, "署名（より）"),
        (Some(&"より"), false) if start == from && length >= 2 => (Confidence::Medium, "署名（より）"),
        (Some(_), true) => (Confidence::High, "署名"),
        (None, true) if among_last => (Confidence::Medium, "終わりの署名"),
        _ => return,
    };
    found.push(page.candidate(start, stop, PersonalKind::Name, confidence, why));
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
