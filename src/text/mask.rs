//! Masking, and the only type that may reach the public.
//!
//! A staff member marks spans of the original with reasons; [`PublicText::redact`] puts a readable mark in the place
//! of each and refuses when a forbidden string is still there (T-15). Nothing else makes a [`PublicText`] of a
//! citizen's words.

use super::fold::squeeze;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a span is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskReason {
    /// 個人情報
    Personal,
    /// 第三者の権利
    ThirdParty,
    /// 誹謗中傷
    Defamation,
    /// 営業
    Commerce,
    /// 対象外
    OffTopic,
}

impl MaskReason {
    /// All reasons, in the order staff choose from.
    pub const ALL: [Self; 5] =
        [Self::Personal, Self::ThirdParty, Self::Defamation, Self::Commerce, Self::OffTopic];

    /// The code kept in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::ThirdParty => "third_party",
            Self::Defamation => "defamation",
            Self::Commerce => "commerce",
            Self::OffTopic => "off_topic",
        }
    }

    /// The reason of a code; `None` for an unknown one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The word that readers see in the place of the span.
    pub fn label(self) -> &'static str {
        match self {
            Self::Personal => "個人情報",
            Self::ThirdParty => "第三者の権利",
            Self::Defamation => "誹謗中傷",
            Self::Commerce => "営業",
            Self::OffTopic => "対象外",
        }
    }
}

/// A span of the original that is not shown: byte offsets, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MaskSpan {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Why.
    pub reason: MaskReason,
}

/// Why spans do not fit a text: they were made for another version of it, or overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanTrouble {
    /// Empty, backwards, past the end, or through the middle of a character.
    Outside(MaskSpan),
    /// Two spans share a character: the first and the second of them.
    Overlap(MaskSpan, MaskSpan),
}

impl fmt::Display for SpanTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outside(_) => {
                "マスキングの範囲が本文と合いません。画面を開き直して、範囲を選び直してください。"
            }
            Self::Overlap(..) => "マスキングの範囲が重なっています。重なった範囲の片方を外してください。",
        })
    }
}

impl std::error::Error for SpanTrouble {}

/// A text with its spans replaced, for the staff's preview. It has not been checked: it cannot be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked(String);

impl Masked {
    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The spans in the order of the text, if they fit it.
pub fn checked_spans(text: &str, spans: &[MaskSpan]) -> Result<Vec<MaskSpan>, SpanTrouble> {
    for span in spans {
        if span.start >= span.end || !text.is_char_boundary(span.start) || !text.is_char_boundary(span.end) {
            return Err(SpanTrouble::Outside(*span));
        }
    }
    let mut ordered = spans.to_vec();
    ordered.sort_unstable_by_key(|span| (span.start, span.end));
    match ordered.windows(2).find(|pair| pair[0].end > pair[1].start) {
        Some(pair) => Err(SpanTrouble::Overlap(pair[0], pair[1])),
        None => Ok(ordered),
    }
}

/// Puts `【個人情報】` and the like in the place of each span. The mark says why, never how long; touching spans with one
/// reason give one mark.
pub fn apply(text: &str, spans: &[MaskSpan]) -> Result<Masked, SpanTrouble> {
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    let mut before: Option<MaskSpan> = None;
    for span in checked_spans(text, spans)? {
        out.push_str(&text[shown..span.start]);
        if !before.is_some_and(|before| before.end == span.start && before.reason == span.reason) {
            out.push('【');
            out.push_str(span.reason.label());
            out.push('】');
        }
        shown = span.end;
        before = Some(span);
    }
    out.push_str(&text[shown..]);
    Ok(Masked(out))
}

/// Text that may be shown to anybody. Public pages, feeds, exports, search answers and mails accept nothing else.
///
/// Made only by [`redact`](Self::redact), [`written_by_city`](Self::written_by_city) and, from rows that these made
/// before, [`from_published_row`](Self::from_published_row).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PublicText(String);

impl PublicText {
    /// The original with its spans masked, unless a forbidden string (the sender's names, reading, telephone, address)
    /// still occurs in it.
    ///
    /// Compared folded and without blanks and hyphens, so that neither width nor a line break hides a name. Give whole
    /// names: a forbidden string of a single character is passed over, since 林 is in 林業.
    pub fn redact(original: &str, spans: &[MaskSpan], forbidden: &[String]) -> Result<Self, NotPublic> {
        let Masked(text) = apply(original, spans).map_err(NotPublic::Spans)?;
        Self::unless_forbidden(text, forbidden)
    }

    /// A title or text that the city wrote itself, under the same check.
    pub fn written_by_city(text: &str, forbidden: &[String]) -> Result<Self, NotPublic> {
        Self::unless_forbidden(text.to_owned(), forbidden)
    }

    /// A text read back from a row that was published already. For `store.rs` files only: it checks nothing, the check
    /// was made before the row was written.
    pub fn from_published_row(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn unless_forbidden(text: String, forbidden: &[String]) -> Result<Self, NotPublic> {
        let searched = squeeze(&text);
        let found: Vec<String> = forbidden
            .iter()
            .filter(|word| {
                let needle = squeeze(word);
                needle.chars().nth(1).is_some() && searched.contains(&needle)
            })
            .cloned()
            .collect();
        if found.is_empty() { Ok(Self(text)) } else { Err(NotPublic::StillThere(StillThere { found })) }
    }
}

impl fmt::Display for PublicText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text may not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublic {
    /// The spans do not fit.
    Spans(SpanTrouble),
    /// A forbidden string is still there.
    StillThere(StillThere),
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spans(trouble) => trouble.fmt(f),
            Self::StillThere(_) => f.write_str(
                "差出人の氏名や連絡先が公表文に残っています。その部分をマスキングしてから、もう一度進めてください。",
            ),
        }
    }
}

impl std::error::Error for NotPublic {}

/// Forbidden strings that are still in the text. Printing it does not print them, so that they reach no log.
#[derive(Clone, PartialEq, Eq)]
pub struct StillThere {
    found: Vec<String>,
}

impl StillThere {
    /// The strings, to be shown to the staff member who masks and to nobody else.
    pub fn found(&self) -> &[String] {
        &self.found
    }
}

impl fmt::Debug for StillThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StillThere({} strings)", self.found.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(text: &str, part: &str, reason: MaskReason) -> MaskSpan {
        let start = text.find(part).unwrap();
        MaskSpan { start, end: start + part.len(), reason }
    }
    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn a_mark_tells_the_reason_and_not_the_length() {
        let text = "山田太郎です。林さんはうそつきです。";
        let spans = [
            span(text, "林さんはうそつき", MaskReason::Defamation),
            span(text, "山田太郎", MaskReason::Personal),
        ];
        assert_eq!(apply(text, &spans).unwrap().as_str(), "【個人情報】です。【誹謗中傷】です。");
        let halves = [span(text, "山田", MaskReason::Personal), span(text, "太郎", MaskReason::Personal)];
        assert!(apply(text, &halves).unwrap().as_str().starts_with("【個人情報】です"));
    }

    #[test]
    fn spans_of_another_text_are_refused() {
        let text = "山田です";
        let at = |start, end| MaskSpan { start, end, reason: MaskReason::Personal };
        for bad in [at(1, 3), at(0, 2), at(3, 3), at(6, 3), at(0, 99), at(usize::MAX, 0)] {
            assert_eq!(apply(text, &[bad]), Err(SpanTrouble::Outside(bad)));
        }
        assert_eq!(apply(text, &[at(3, 9), at(0, 6)]), Err(SpanTrouble::Overlap(at(0, 6), at(3, 9))));
    }

    #[test]
    fn a_text_in_which_the_senders_name_is_left_is_refused() {
        let text = "山田 太郎といいます。ﾔﾏﾀﾞです。電話は０８３（２３１）１１１１です。";
        let all = words(&["山田太郎", "ヤマダ", "083-231-1111"]);
        let Err(NotPublic::StillThere(still)) = PublicText::redact(text, &[], &all) else {
            panic!("refused")
        };
        assert_eq!(still.found(), all);
        assert!(!format!("{still:?}").contains("山田"));
        let spans = ["山田 太郎", "ﾔﾏﾀﾞ", "０８３（２３１）１１１１"]
            .map(|part| span(text, part, MaskReason::Personal));
        let public = PublicText::redact(text, &spans, &all).unwrap();
        assert_eq!(public.to_string(), "【個人情報】といいます。【個人情報】です。電話は【個人情報】です。");
    }

    #[test]
    fn neither_invisible_characters_nor_variant_forms_hide_a_name() {
        for text in ["山\u{200b}田\n太郎", "山田太\u{e0100}郎", "山田　太郎"] {
            assert!(PublicText::written_by_city(text, &words(&["山田太郎"])).is_err(), "{text}");
        }
        assert!(PublicText::written_by_city("高橋さん", &words(&["髙橋"])).is_err());
        assert!(PublicText::written_by_city("林業の振興", &words(&["林", " ", ""])).is_ok());
    }

    #[test]
    fn codes_and_json_agree() {
        for reason in MaskReason::ALL {
            assert_eq!(MaskReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(MaskReason::from_code("secret"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_masked_remains(text in "[あいu山\u{20bb7}]{1,12}", a in 0..40_usize, b in 0..40_usize) {
            let span = MaskSpan { start: a, end: b, reason: MaskReason::Personal };
            if let Ok(masked) = apply(&text, &[span]) {
                prop_assert_eq!(masked.as_str(), format!("{}【個人情報】{}", &text[..a], &text[b..]));
            }
        }
    }
}
