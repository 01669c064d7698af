//! Which character set octets are in: as declared, unless that damages the text.
//!
//! A reader that guesses at every text makes good mails worse; so a guess is made only where the declared set leaves
//! holes, or where none is declared.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::jis::{self, Decoded, GETA};
use super::reading::Repair;

/// A character set we can read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Charset {
    /// Seven bits; anything above is a mislabel.
    Ascii,
    /// The ISO-2022-JP family.
    Jis,
    /// One the web's standard knows.
    Web(&'static Encoding),
    /// One only old mail knows (UTF-7 and the like), by its name for mail-parser.
    Old(&'static str),
}

/// Names under which mail programs sell what has a proper name. Lower case, without quotes.
const ALIASES: &[(&str, Charset)] = &[
    ("cp932", Charset::Web(SHIFT_JIS)),
    ("ms932", Charset::Web(SHIFT_JIS)),
    ("ms-932", Charset::Web(SHIFT_JIS)),
    ("windows-932", Charset::Web(SHIFT_JIS)),
    ("ibm-943", Charset::Web(SHIFT_JIS)),
    ("ibm943", Charset::Web(SHIFT_JIS)),
    ("cp943", Charset::Web(SHIFT_JIS)),
    ("sjis-win", Charset::Web(SHIFT_JIS)),
    ("sjis-mac", Charset::Web(SHIFT_JIS)),
    ("x-mac-japanese", Charset::Web(SHIFT_JIS)),
    ("x-ms-cp932", Charset::Web(SHIFT_JIS)),
    ("shiftjis", Charset::Web(SHIFT_JIS)),
    ("shift-jis", Charset::Web(SHIFT_JIS)),
    ("shift_jis-2004", Charset::Web(SHIFT_JIS)),
    ("shift_jisx0213", Charset::Web(SHIFT_JIS)),
    ("eucjp", Charset::Web(EUC_JP)),
    ("euc_jp", Charset::Web(EUC_JP)),
    ("eucjp-ms", Charset::Web(EUC_JP)),
    ("eucjp-win", Charset::Web(EUC_JP)),
    ("euc-jp-ms", Charset::Web(EUC_JP)),
    ("cp51932", Charset::Web(EUC_JP)),
    ("cp20932", Charset::Web(EUC_JP)),
    ("euc-jis-2004", Charset::Web(EUC_JP)),
    ("euc-jisx0213", Charset::Web(EUC_JP)),
    ("ujis", Charset::Web(EUC_JP)),
    ("jis", Charset::Jis),
    ("jis7", Charset::Jis),
    ("jis8", Charset::Jis),
    ("iso2022jp", Charset::Jis),
    ("iso2022-jp", Charset::Jis),
    ("iso-2022jp", Charset::Jis),
    ("csiso2022jp", Charset::Jis),
    ("csiso2022jp2", Charset::Jis),
    ("cp50220", Charset::Jis),
    ("cp50221", Charset::Jis),
    ("cp50222", Charset::Jis),
    ("x-windows-50220", Charset::Jis),
    ("x-windows-50221", Charset::Jis),
    ("ibm-5054", Charset::Jis),
    ("utf8mb4", Charset::Web(UTF_8)),
    ("cp65001", Charset::Web(UTF_8)),
    ("utf", Charset::Web(UTF_8)),
    ("unicode", Charset::Web(UTF_8)),
    ("ansi_x3.4-1968", Charset::Ascii),
    ("iso646-us", Charset::Ascii),
    ("us-ascii", Charset::Ascii),
    ("usascii", Charset::Ascii),
    ("ascii", Charset::Ascii),
    ("cp1252", Charset::Web(WINDOWS_1252)),
    ("ansi", Charset::Web(WINDOWS_1252)),
    ("utf-7", Charset::Old("utf-7")),
    ("utf7", Charset::Old("utf-7")),
    ("unicode-1-1-utf-7", Charset::Old("utf-7")),
    ("x-unicode-2-0-utf-7", Charset::Old("utf-7")),
];

impl Charset {
    /// The set of a label as mails write it; `None` when nobody knows it.
    pub(super) fn of(label: &str) -> Option<Charset> {
        let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';'));
        let label = label.to_ascii_lowercase();
        // RFC 2231 lets a language follow: iso-2022-jp*ja
        let label = label.split('*').next().unwrap_or_default();
        if let Some((_, charset)) = ALIASES.iter().find(|(alias, _)| *alias == label) {
            return Some(*charset);
        }
        if label.starts_with("iso-2022-jp") || label.starts_with("iso2022-jp") {
            return Some(Charset::Jis);
        }
        let known = |label: &str| Encoding::for_label_no_replacement(label.as_bytes());
        known(label)
            .or_else(|| known(&label.replace('_', "-")))
            .or_else(|| known(label.strip_prefix("x-")?))
            .map(Charset::Web)
    }

    /// The name shown for it.
    pub(super) fn name(self) -> String {
        match self {
            Charset::Ascii => "us-ascii".to_owned(),
            Charset::Jis => "iso-2022-jp".to_owned(),
            Charset::Web(encoding) => encoding.name().to_ascii_lowercase(),
            Charset::Old(name) => name.to_owned(),
        }
    }

    /// Whether octets below 0x80 may stand for something else than ASCII.
    fn shifts(self) -> bool {
        match self {
            Charset::Web(encoding) => !encoding.is_ascii_compatible(),
            Charset::Old(_) => true,
            Charset::Ascii | Charset::Jis => false,
        }
    }

    fn decode(self, octets: &[u8]) -> Decoded {
        match self {
            Charset::Jis => jis::decode(octets),
            Charset::Ascii => decoded(String::from_utf8_lossy(octets).into_owned()),
            Charset::Web(encoding) => {
                let (text, _) = encoding.decode_with_bom_removal(octets);
                let mut out = decoded(text.into_owned());
                if encoding == SHIFT_JIS || encoding == EUC_JP {
                    hide_private(&mut out);
                }
                out
            }
            Charset::Old(name) => {
                let text = charset_decoder(name.as_bytes()).map(|decode| decode(octets));
                decoded(text.unwrap_or_else(|| String::from_utf8_lossy(octets).into_owned()))
            }
        }
    }
}

fn decoded(text: String) -> Decoded {
    let broken = if text.contains('\u{FFFD}') { text.matches('\u{FFFD}').count() } else { 0 };
    Decoded { text, broken, ..Decoded::default() }
}

/// Shift_JIS's rows for makers' own characters and the carriers' emoji mean nothing in Unicode.
fn hide_private(out: &mut Decoded) {
    let private = |c: &char| ('\u{E000}'..='\u{F8FF}').contains(c);
    out.unknown = out.text.chars().filter(private).count();
    if out.unknown > 0 {
        out.text = out.text.chars().map(|c| if private(&c) { GETA } else { c }).collect();
    }
}

/// A text and how it was got.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The text.
    pub text: String,
    /// The set it was read in.
    pub used: String,
    /// Set when that is not the declared one.
    pub repair: Option<Repair>,
    /// Whether U+FFFD is left in it.
    pub broken: bool,
    /// Whether geta marks were put in.
    pub unknown: bool,
}

/// Decodes octets. `others` are sets the message declares elsewhere.
pub(super) fn read(octets: &[u8], label: Option<&str>, others: &[Charset]) -> Text {
    let declared = label.and_then(Charset::of);
    let plain = octets.is_ascii() && !octets.contains(&0x1B) && !octets.contains(&0x0E);
    if plain && !declared.is_some_and(Charset::shifts) {
        let used = declared.unwrap_or(Charset::Ascii).name();
        return Text { text: String::from_utf8_lossy(octets).into_owned(), used, ..Text::default() };
    }
    // octets above 0x7F under US-ASCII say nothing of what they are
    if declared == Some(Charset::Ascii)
        && let Some((charset, out)) = best(octets, others)
    {
        return finished(charset, out, Some(Repair::Charset));
    }
    if let Some(charset) = declared {
        let out = charset.decode(octets);
        if !doubtful(charset, octets, &out) {
            return finished(charset, out, None);
        }
        let best = best(octets, others);
        // the declared set is given up only for a clearly better reading
        return match best {
            Some((other, found)) if other != charset && score(&found) > score(&out).max(0) * 5 / 4 + 4 => {
                finished(other, found, Some(Repair::Charset))
            }
            _ => finished(charset, out, None),
        };
    }
    match best(octets, others) {
        Some((charset, out)) => finished(charset, out, Some(Repair::CharsetMissing)),
        None => finished(WEST, WEST.decode(octets), Some(Repair::CharsetMissing)),
    }
}

const WEST: Charset = Charset::Web(WINDOWS_1252);

fn finished(charset: Charset, out: Decoded, repair: Option<Repair>) -> Text {
    let (broken, unknown) = (out.broken > 0, out.unknown > 0);
    Text { text: out.text, used: charset.name(), repair, broken, unknown }
}

/// Whether a declared set is worth doubting: it leaves holes, or it is one that turns anything into letters.
fn doubtful(charset: Charset, octets: &[u8], out: &Decoded) -> bool {
    if out.broken > 0 || out.eight_bit > 0 || charset == Charset::Ascii {
        return true;
    }
    if jis::looks_like(octets) && charset != Charset::Jis {
        return !charset.shifts();
    }
    match charset {
        Charset::Web(e) if e.is_single_byte() => {
            // only the label that programs write without thinking is doubted for its looks
            !octets.is_ascii()
                && (strict_utf8(octets) || score(out) < -20 || (e == WINDOWS_1252 && crowded(octets)))
        }
        Charset::Web(e) if e == SHIFT_JIS || e == EUC_JP => strict_utf8(octets) || score(out) <= 0,
        _ => false,
    }
}

/// Whether octets above 0x7F stand so close together that they are hardly a Western language's accents.
fn crowded(octets: &[u8]) -> bool {
    octets.windows(3).any(|w| w.iter().all(|o| *o >= 0x80))
}

fn strict_utf8(octets: &[u8]) -> bool {
    !octets.is_ascii() && std::str::from_utf8(octets).is_ok()
}

/// The best reading among the sets Japanese mail comes in.
fn best(octets: &[u8], others: &[Charset]) -> Option<(Charset, Decoded)> {
    if strict_utf8(octets) {
        let utf8 = Charset::Web(UTF_8);
        return Some((utf8, utf8.decode(octets)));
    }
    if jis::looks_like(octets) {
        return Some((Charset::Jis, jis::decode(octets)));
    }
    let usual = [Charset::Web(UTF_8), Charset::Web(EUC_JP), Charset::Web(SHIFT_JIS), Charset::Jis, WEST];
    let mut best: Option<(i64, Charset, Decoded)> = None;
    for charset in others.iter().copied().filter(|c| *c != Charset::Ascii).chain(usual) {
        let out = charset.decode(octets);
        let points = score(&out);
        if best.as_ref().is_none_or(|(most, ..)| points > *most) {
            best = Some((points, charset, out));
        }
    }
    best.map(|(_, charset, out)| (charset, out))
}

/// How much a reading looks like something a person wrote; ASCII counts nothing. Long texts are judged by their
/// beginning.
fn score(out: &Decoded) -> i64 {
    const ENOUGH: usize = 20_000;
    let mut points = 0;
    let mut before = ' ';
    for c in out.text.chars().take(ENOUGH) {
        points += match c {
            '\0'..='\x7F' => 0,
            '\u{FFFD}' => -20,
            GETA => -6,
            '\u{80}'..='\u{9F}' | '\u{E000}'..='\u{F8FF}' => -20,
            // what UTF-8 looks like when it is read as Shift_JIS
            '縺' | '繧' | '繝' => -8,
            '\u{3040}'..='\u{30FF}' => 6,
            '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF5E}' => 4,
            // a kanji in the middle of a Western word is an accent misread
            '\u{4E00}'..='\u{9FFF}' if before.is_ascii_lowercase() => -4,
            '\u{4E00}'..='\u{9FFF}' => 4,
            '\u{FF61}'..='\u{FF9F}' => 1,
            _ if c.is_alphabetic() && (before.is_ascii_alphabetic() || before == ' ') => 2,
            _ => -1,
        };
        before = c;
    }
    // half-width kana beside octets that fit nothing is no reading
    points - 4 * i64::try_from(out.eight_bit.min(out.broken)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(octets: &[u8], label: Option<&str>) -> (String, String, Option<Repair>) {
        let text = read(octets, label, &[]);
        (text.text, text.used, text.repair)
    }

    const UNAGI: &str = "市長さま。うなぎの稚魚を放流する日を教えてください。";

    #[test]
    fn what_is_declared_and_fits_is_never_touched() {
        let (sjis, ..) = SHIFT_JIS.encode(UNAGI);
        for label in
            ["Shift_JIS", "x-sjis", "cp932", "MS932", "sjis-win", "\"shift_jis\"", "windows-31j", "CP943"]
        {
            assert_eq!(is(&sjis, Some(label)), (UNAGI.to_owned(), "shift_jis".to_owned(), None), "{label}");
        }
        assert_eq!(is("Frösche über Köln".as_bytes(), Some("utf-8")).2, None);
        let (west, ..) = WINDOWS_1252.encode("Frösche über Köln, café");
        assert_eq!(
            is(&west, Some("iso-8859-1")),
            ("Frösche über Köln, café".to_owned(), "windows-1252".to_owned(), None)
        );
        let (greek, ..) = encoding_rs::ISO_8859_7.encode("Καλημέρα");
        assert_eq!(is(&greek, Some("iso-8859-7")).0, "Καλημέρα");
        let (cyrillic, ..) = encoding_rs::KOI8_R.encode("Привет, мир");
        assert_eq!(is(&cyrillic, Some("koi8-r")).0, "Привет, мир");
    }

    #[test]
    fn a_wrong_label_gives_way_to_what_the_octets_are() {
        let (sjis, ..) = SHIFT_JIS.encode(UNAGI);
        let (euc, ..) = EUC_JP.encode(UNAGI);
        let (jis, ..) = encoding_rs::ISO_2022_JP.encode(UNAGI);
        for (octets, used) in [(&sjis, "shift_jis"), (&euc, "euc-jp"), (&jis, "iso-2022-jp")] {
            for label in ["utf-8", "iso-2022-jp", "us-ascii", "iso-8859-1"] {
                let (text, was, repair) = is(octets, Some(label));
                assert_eq!((text.as_str(), was.as_str()), (UNAGI, used), "declared {label}");
                assert_eq!(repair.is_some(), label != used);
            }
            assert_eq!(is(octets, None), (UNAGI.to_owned(), used.to_owned(), Some(Repair::CharsetMissing)));
        }
        for label in ["iso-2022-jp", "shift_jis", "euc-jp", "iso-8859-1", "us-ascii"] {
            assert_eq!(is(UNAGI.as_bytes(), Some(label)).0, UNAGI, "{label}");
        }
    }

    #[test]
    fn a_single_hole_does_not_make_a_text_another_language() {
        let mut octets = UNAGI.as_bytes().to_vec();
        octets.truncate(octets.len() - 1);
        let (text, used, repair) = is(&octets, Some("utf-8"));
        assert!(text.starts_with("市長さま") && text.ends_with('\u{FFFD}'));
        assert_eq!((used.as_str(), repair), ("utf-8", None));
        assert_eq!(is(&octets, None).1, "utf-8");
    }

    #[test]
    fn a_western_text_without_a_label_stays_western() {
        let (west, ..) = WINDOWS_1252.encode("Frösche über Köln, café – ça");
        assert_eq!(is(&west, None).0, "Frösche über Köln, café – ça");
    }

    #[test]
    fn carriers_emoji_become_geta_marks() {
        let text = read(b"\x82\xa0\xf8\x9f", Some("Shift_JIS"), &[]);
        assert_eq!(text.text, "あ〓");
        assert!(text.unknown && !text.broken);
    }
}
