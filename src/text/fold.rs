//! Search folding: what two people would call the same word becomes the same letters.
//!
//! NFKC → lower case → katakana to hiragana → invisible characters dropped → hyphens and waves made one →
//! variant forms (髙 高, 𠮷 吉, 邊 辺) made one. For search and comparison only, kept in columns of their own: the
//! original is never touched.

use unicode_normalization::UnicodeNormalization;

/// The folded form of a text, for a search column or a comparison.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, |c| out.push(c));
    out
}

/// Folded and without blanks, hyphens, brackets and dots: `山田 太郎` equals `山田太郎`, `083-231-1111` equals
/// `(083)231 1111`.
pub fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, |c| {
        if !skipped_when_squeezed(c) {
            out.push(c);
        }
    });
    out
}

pub(super) fn skipped_when_squeezed(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '(' | ')' | '・' | '.' | '=')
}

/// Feeds the folded characters to `emit`.
pub(super) fn fold_into(text: &str, mut emit: impl FnMut(char)) {
    nfkc_lower(text, |c| emit_plain(c, &mut emit));
}

/// Feeds the text's visible characters to `emit`, in NFKC and lower case. Plain characters go straight through; only a
/// stretch that holds a character NFKC might change is normalised, together with the character before it, which it
/// might combine with.
pub(super) fn nfkc_lower(text: &str, mut emit: impl FnMut(char)) {
    let mut pending: Option<char> = None;
    let mut odd = String::new();
    for c in text.chars() {
        if let Some(plain) = as_plain(c) {
            if odd.is_empty() {
                if let Some(before) = pending {
                    emit(before);
                }
            } else {
                flush(&mut odd, &mut emit);
            }
            pending = Some(plain.to_ascii_lowercase());
        } else if !is_invisible(c) {
            odd.extend(pending.take());
            odd.push(c);
        }
    }
    if let Some(before) = pending {
        emit(before);
    }
    flush(&mut odd, &mut emit);
}

fn flush(odd: &mut String, emit: &mut impl FnMut(char)) {
    for c in odd.nfkc().flat_map(char::to_lowercase) {
        emit(c);
    }
    odd.clear();
}

/// The character's NFKC form if that is a single character known without a table, and one that never combines with
/// the character before it.
fn as_plain(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a0}'..='\u{30fe}'
        | '\u{4e00}'..='\u{9fff}' => Some(c),
        '\u{3000}' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        _ => None,
    }
}

fn emit_plain(c: char, emit: &mut impl FnMut(char)) {
    emit(match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\u{30a1}'..='\u{30f6}' | '\u{30fd}' | '\u{30fe}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        '\0'..='\x7f' | '\u{3041}'..='\u{3096}' => c,
        '\u{4e00}'..='\u{9fff}' if !is_variant(c) => c,
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => common_form(c),
        _ => one_hyphen_one_wave(c),
    });
}

/// Hyphens and dashes become `-`, waves become `~`; the long vowel mark ー stays.
pub(super) fn one_hyphen_one_wave(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2500}'
        | '\u{2501}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        '\u{301c}' | '\u{3030}' | '\u{223c}' | '\u{223e}' | '\u{ff5e}' => '~',
        _ => c,
    }
}

/// Characters nobody sees: variation selectors, zero-width ones, direction controls, soft hyphen.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Each line: the common form, then forms of it that names and old spellings use. For finding, not for judging: 斎 and 斉
/// are two characters, but who looks for one wants the other.
const VARIANTS: &[&str] = &[
    "高髙",
    "崎﨑嵜",
    "吉𠮷",
    "浜濱濵",
    "辺邊邉",
    "斉齊斎齋",
    "沢澤",
    "広廣",
    "国國",
    "学學",
    "桜櫻",
    "島嶋嶌",
    "峰峯",
    "真眞",
    "恵惠",
    "徳德",
    "瀬瀨",
    "栄榮",
    "竜龍",
    "万萬",
    "与與",
    "会會",
    "県縣",
    "蔵藏",
    "豊豐",
    "静靜",
    "円圓",
    "宝寶",
    "関關",
    "塩鹽",
    "黒黑",
    "戸戶",
    "清淸",
    "曽曾",
    "郷鄕",
    "鴎鷗",
    "篭籠",
    "桧檜",
    "条條",
    "館舘",
    "富冨",
    "群羣",
    "穂穗",
    "寿壽",
    "礼禮",
    "弥彌",
    "晋晉",
    "増增",
    "横橫",
    "歩步",
    "毎每",
    "呉吳",
    "遥遙",
    "瑶瑤",
    "槙槇",
    "尭堯",
    "縄繩",
    "鉄鐵",
    "駅驛",
    "渋澁",
    "浅淺",
    "教敎",
    "橋𣘺槗",
    "薮藪",
    "祢禰",
    "亀龜",
    "乗乘",
    "仏佛",
    "伝傳",
    "児兒",
    "図圖",
    "壮壯",
    "実實",
    "写寫",
    "専專",
    "将將",
    "対對",
    "属屬",
    "応應",
    "恋戀",
    "戦戰",
    "拡擴",
    "収收",
    "数數",
    "断斷",
    "昼晝",
    "楽樂",
    "様樣",
    "帰歸",
    "気氣",
    "湾灣",
    "為爲",
    "狭狹",
    "当當",
    "発發",
    "税稅",
    "総總",
    "声聲",
    "聴聽",
    "旧舊",
    "荘莊",
    "薬藥",
    "処處",
    "号號",
    "蛍螢",
    "覚覺",
    "観觀",
    "読讀",
    "変變",
    "譲讓",
    "予豫",
    "売賣",
    "転轉",
    "遅遲",
    "医醫",
    "釈釋",
    "鉱鑛",
    "険險",
    "随隨",
    "霊靈",
    "駆驅",
    "体體",
    "歯齒",
    "満滿",
    "営營",
    "単單",
    "団團",
    "来來",
    "両兩",
    "労勞",
    "区區",
    "参參",
    "庁廳",
    "経經",
    "続續",
    "継繼",
    "芸藝",
    "証證",
    "誉譽",
    "軽輕",
    "隣鄰",
    "雑雜",
    "点點",
    "仮假",
    "価價",
    "亜亞",
    "悪惡",
    "圧壓",
    "囲圍",
    "衛衞",
    "縁緣",
    "艶艷",
    "奥奧",
    "薗園",
    "桑桒",
    "渕淵",
    "淵渊",
    "柳栁桺",
    "巌巖",
    "滝瀧",
    "船舩",
    "緑綠",
    "禄祿",
];

/// One bit for each of U+4E00–U+9FFF that has a commoner form: nearly every kanji is answered by it.
const VARIANT_BITS: [u64; 328] = {
    let mut bits = [0_u64; 328];
    let mut line = 0;
    while line < VARIANTS.len() {
        let bytes = VARIANTS[line].as_bytes();
        let mut at = 0;
        let mut first = true;
        while at < bytes.len() {
            if bytes[at] < 0xf0 {
                let code = ((bytes[at] as usize & 0x0f) << 12)
                    | ((bytes[at + 1] as usize & 0x3f) << 6)
                    | (bytes[at + 2] as usize & 0x3f);
                if !first && code >= 0x4e00 && code <= 0x9fff {
                    bits[(code - 0x4e00) / 64] |= 1 << ((code - 0x4e00) % 64);
                }
                at += 3;
            } else {
                at += 4;
            }
            first = false;
        }
        line += 1;
    }
    bits
};

fn is_variant(c: char) -> bool {
    let at = u32::from(c) as usize - 0x4e00;
    VARIANT_BITS[at / 64] >> (at % 64) & 1 == 1
}

#[cold]
fn common_form(c: char) -> char {
    VARIANTS
        .iter()
        .find(|line| line.chars().skip(1).any(|variant| variant == c))
        .and_then(|line| line.chars().next())
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_case_and_kana_make_no_difference() {
        assert_eq!(fold("ｶﾞｿﾘﾝ ＡＢＣ１２３"), "がそりん abc123");
        assert_eq!(fold("ガソリン　abc１２３"), "がそりん abc123");
        assert_eq!(fold("か\u{3099}"), "が", "a combining mark joins the plain letter before it");
        assert_eq!(fold("㍿ ① ㋿"), "株式会社 1 令和");
        assert_eq!(fold("スーパー"), "すーぱー", "the long vowel mark stays");
        assert_eq!(fold("ｽｰﾊﾟｰ"), "すーぱー");
        assert_eq!(fold("佐々木ヶ丘"), "佐々木ゖ丘");
    }

    #[test]
    fn variant_forms_of_a_character_are_found_by_each_other() {
        assert_eq!(fold("髙橋"), fold("高橋"));
        assert_eq!(fold("山﨑"), fold("山崎"));
        assert_eq!(fold("𠮷田"), fold("吉田"));
        assert_eq!(fold("渡邊・渡邉"), fold("渡辺・渡辺"));
        assert_eq!(fold("葛\u{e0100}城"), "葛城");
        assert_eq!(fold("神\u{fa19}"), "神神");
        assert_eq!(fold("齋藤"), fold("斉藤"));
    }

    #[test]
    fn no_common_form_is_itself_called_a_variant() {
        for line in VARIANTS {
            let common = line.chars().next().unwrap();
            assert_eq!(fold(&fold(&common.to_string())), fold(&common.to_string()), "{line}");
        }
    }

    #[test]
    fn hyphens_and_waves_of_all_kinds_are_one() {
        assert_eq!(fold("1-2−3－4‐5‑6–7—8―9"), "1-2-3-4-5-6-7-8-9");
        assert_eq!(fold("〜～~"), "~~~");
    }

    #[test]
    fn invisible_characters_cannot_hide_a_word() {
        assert_eq!(fold("山\u{200b}田\u{202e}太\u{feff}郎"), "山田太郎");
        assert_eq!(squeeze("山田 太郎（ヤマダ・タロウ） 083-231-1111"), "山田太郎やまだたろう0832311111");
    }

    /// The definition, without the short cuts.
    fn slowly(text: &str) -> String {
        let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let mut out = String::new();
        for c in seen.nfkc().flat_map(char::to_lowercase) {
            emit_plain(c, &mut |c| out.push(c));
        }
        out
    }

    proptest! {
        #[test]
        fn the_fast_way_equals_the_definition(
            text in "\\PC{0,30}",
            kana in "[あかがはパﾊﾟﾞﾟ\u{3099}\u{309a}Ａa髙𠮷\u{e0100}\u{200b}ー－〜e\u{301}가\u{11a8}]{0,20}",
        ) {
            prop_assert_eq!(fold(&text), slowly(&text));
            prop_assert_eq!(fold(&kana), slowly(&kana));
        }
    }
}
