//! Addresses: a place name followed by 丁目, 番地, 番…号 or 1-2-3, with the building behind it.

use super::page::{Page, is_dash, is_kanji, is_katakana};
use super::{Candidate, Confidence, PersonalKind};
use crate::text::fold::squeeze;

const PREFECTURES: &[&str] = &[
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];
/// Town names of the city that people write without 下関市 and without 町.
const TOWNS: &[&str] = &[
    "長府",
    "彦島",
    "豊浦",
    "菊川",
    "豊田",
    "豊北",
    "唐戸",
    "秋根",
    "新下関",
    "安岡",
    "綾羅木",
    "川中",
    "伊倉",
    "一の宮",
    "幡生",
    "武久",
    "山の田",
    "大坪",
    "壇之浦",
    "みもすそ川",
    "前田",
    "才川",
    "王司",
    "清末",
    "小月",
    "王喜",
    "吉田",
    "勝山",
    "田倉",
    "形山",
    "楠乃",
    "垢田",
    "富任",
    "福江",
    "吉見",
    "内日",
    "椋野",
    "上新地",
    "新地",
    "伊崎",
    "今浦",
    "長崎",
    "高尾",
    "千鳥ヶ丘",
    "稗田",
    "石神",
    "松屋",
    "員光",
    "川棚",
    "小串",
    "宇賀",
    "黒井",
    "室津",
    "滝部",
    "角島",
    "特牛",
    "田部",
    "西市",
    "殿居",
    "蓋井島",
    "六連島",
    "吉母",
    "永田",
    "梅ヶ峠",
    "冨任",
    "熊野",
    "宝",
    "本町",
    "山の口",
    "汐入",
    "東神田",
    "西神田",
    "栄",
];
/// After these a number is no house number.
const NOT_A_PLACE: &[&str] = &[
    "第", "条例", "規則", "国道", "県道", "市道", "議案", "電話", "受付", "令和", "平成", "昭和", "学校",
    "約", "年", "月", "全", "各", "計", "合計",
];
const BUILDINGS: &[&str] = &[
    "号室",
    "マンション",
    "アパート",
    "ハイツ",
    "コーポ",
    "メゾン",
    "レジデンス",
    "団地",
    "荘",
    "ビル",
    "住宅",
    "パレス",
    "ハイム",
    "コート",
    "ヴィラ",
    "タワー",
    "棟",
];
/// The city hall's own addresses are nobody's home.
const CITY_HALL: &[&str] = &["南部町1番1号", "南部町11"];

pub(super) fn find(page: &Page, found: &mut Vec<Candidate>) {
    let mut at = 0;
    while at < page.len() {
        let Some((end, block)) = house_number(page, at) else {
            at += 1;
            continue;
        };
        if let Some((from, confidence)) = place_before(page, at, block) {
            let end = with_building(page, end);
            if !CITY_HALL.iter().any(|hall| squeeze(&page.text(from, end)).ends_with(hall)) {
                found.push(page.candidate(from, end, PersonalKind::Address, confidence, "住所の書き方"));
            }
        }
        at = end.max(at + 1);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// 3丁目 and nothing more: a part of town.
    Chome,
    /// 3丁目2番1号, 12番地の3
    House,
    /// 1-2-3, which may be many other things
    Dashed,
    /// 5番, 5番1号, which may be other things
    Ban,
}

fn digits(page: &Page, at: usize) -> usize {
    page.on_while(at, 6, |c| c.is_ascii_digit() || "一二三四五六七八九十〇百".contains(c))
}

fn ascii(page: &Page, at: usize) -> usize {
    page.on_while(at, 6, |c| c.is_ascii_digit())
}

/// A house number that begins at `at`: where it ends and what it is.
fn house_number(page: &Page, at: usize) -> Option<(usize, Block)> {
    let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    if !number(page.char(at)) || page.before(at).is_ascii_digit() || is_dash(page.before(at)) {
        return None;
    }
    let mut end = digits(page, at);
    if end == at || end - at > 5 {
        return None;
    }
    if page.starts(end, "丁目") {
        end += 2;
        let rest = house_after(page, end);
        return Some(rest.map_or((end, Block::Chome), |end| (end, Block::House)));
    }
    if page.starts(end, "番地") {
        end = branch(page, end + 2);
        return Some((end, Block::House));
    }
    if page.char(end) == '番' {
        let after = end + 1;
        let gou = digits(page, after);
        if gou > after && page.char(gou) == '号' {
            return Some((gou + 1, Block::Ban));
        }
        return (!"目組線手人回号札付台".contains(page.char(after))).then_some((after, Block::Ban));
    }
    if !page.char(at).is_ascii_digit() {
        return None;
    }
    let mut groups = 1;
    while is_dash(page.char(end)) && page.char(end + 1).is_ascii_digit() && groups < 4 {
        end = ascii(page, end + 1);
        groups += 1;
    }
    let counted =
        "月年日時分人個倍%円歳位点回件km台票名本対対".contains(page.char(end)) && page.char(end) != '\n';
    (groups > 1 && !counted && !page.char(end).is_ascii_digit()).then_some((end, Block::Dashed))
}

/// What follows 丁目: 2番1号, 2-1, 2番地の1.
fn house_after(page: &Page, at: usize) -> Option<usize> {
    let at = if page.char(at) == ' ' { at + 1 } else { at };
    let mut end = digits(page, at);
    if end == at {
        return None;
    }
    if page.starts(end, "番地") {
        return Some(branch(page, end + 2));
    }
    if page.char(end) == '番' {
        let gou = digits(page, end + 1);
        return Some(if gou > end + 1 && page.char(gou) == '号' { gou + 1 } else { end + 1 });
    }
    while is_dash(page.char(end)) && page.char(end + 1).is_ascii_digit() {
        end = ascii(page, end + 1);
    }
    if page.char(end) == '号' {
        end += 1;
    }
    Some(end)
}

/// の3, -3 or 3 behind 番地.
fn branch(page: &Page, at: usize) -> usize {
    let joined = matches!(page.char(at), 'の' | 'ノ') || is_dash(page.char(at));
    let start = at + usize::from(joined);
    let end = ascii(page, start);
    if end > start { end } else { at }
}

/// The place that stands before a house number: where it begins, and how surely it is an address.
fn place_before(page: &Page, number: usize, block: Block) -> Option<(usize, Confidence)> {
    let end = if page.before(number) == ' ' { number - 1 } else { number };
    let part = |c: char| {
        is_kanji(c) || is_katakana(c) || matches!(c, 'ヶ' | 'の' | 'ノ' | 'つ') || c.is_ascii_digit()
    };
    let mut from = page.back_while(end, 30, part);
    if page.before(from) == ' '
        && from > 1
        && PREFECTURES.iter().chain(&["下関市", "市"]).any(|p| page.ends(from - 1, p))
    {
        from = page.back_while(from - 1, 12, part);
    }
    if end <= from || NOT_A_PLACE.iter().any(|word| page.ends(end, word)) {
        return None;
    }
    let run = page.text(from, end);
    let offset = |byte: usize| from + run[..byte].chars().count();
    let prefecture = PREFECTURES.iter().filter_map(|p| run.find(p)).min();
    let city = run.find("下関市");
    let sure = prefecture.is_some() || city.is_some();
    let start = match prefecture.into_iter().chain(city).min() {
        Some(byte) => offset(byte),
        // 私の家の長府…: what stands before の is not the place, unless a town's name begins there.
        None => match run.rfind('の') {
            Some(no) => {
                let town = TOWNS.iter().filter(|t| t.len() > 3).filter_map(|t| run.find(t)).min();
                offset(town.filter(|byte| *byte < no).unwrap_or(no + 'の'.len_utf8()))
            }
            None => from,
        },
    };
    if start >= end {
        return None;
    }
    let town = page.text(start, end);
    let named =
        town.ends_with(['町', '村', '字']) || TOWNS.iter().any(|t| town.ends_with(t) || town.starts_with(t));
    let municipal = town.chars().count() >= 4
        && town.contains(['市', '郡'])
        && town.contains(['区', '町', '村', '字', '市']);
    match block {
        Block::House if sure || named => Some((start, Confidence::High)),
        Block::House => Some((start, Confidence::Medium)),
        Block::Dashed | Block::Ban if sure => Some((start, Confidence::High)),
        Block::Dashed | Block::Ban if named || municipal => Some((start, Confidence::Medium)),
        Block::Chome if sure || named => Some((start, Confidence::Low)),
        Block::Dashed | Block::Ban | Block::Chome => None,
    }
}

/// Takes in the building and room behind a house number.
fn with_building(page: &Page, end: usize) -> usize {
    let start = if page.char(end) == ' ' { end + 1 } else { end };
    let part = |c: char| {
        is_kanji(c)
            || is_katakana(c)
            || c.is_ascii_alphanumeric()
            || is_dash(c)
            || matches!(c, '#' | 'ヶ' | 'の' | ' ' | '・')
    };
    let stop = page.on_while(start, 24, part);
    let mut building = None;
    for at in start..stop {
        if let Some(length) = page.any_of(at, BUILDINGS) {
            building = Some(at + length);
        }
    }
    let Some(mut after) = building else { return end };
    if page.char(after) == ' ' && page.char(after + 1).is_ascii_digit() {
        after += 1;
    }
    after = page.on_while(after, 8, |c| c.is_ascii_alphanumeric() || is_dash(c) || c == '#');
    page.any_of(after, &["号室", "号", "室", "階"]).map_or(after, |length| after + length)
}
