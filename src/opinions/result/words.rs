//! The words of an opinion as the public may read them: personal data taken out by the machine and by persons. Pure.

use super::store::Mask;
use crate::people::party::PartyDetails;
use crate::text::personal::{Confidence, KnownNames, find};
use crate::text::{MaskReason, MaskSpan, NotPublic, PublicText};

/// The words of one item as the public may read them, and the body's name where it agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The masked text; empty where gists are published.
    pub body: String,
    /// A body's name.
    pub org_name: String,
}

/// What is known of a sender, for the finder. A body that agrees to be named is not hidden.
fn known(details: &PartyDetails, org_publish_ok: bool) -> KnownNames {
    let some = |texts: &[&String]| -> Vec<String> {
        texts.iter().filter(|t| !t.is_empty()).map(|t| (*t).clone()).collect()
    };
    let mut names = some(&[&details.name, &details.rep_name]);
    if !org_publish_ok {
        names.extend(some(&[&details.org_name]));
    }
    KnownNames {
        names,
        kana: some(&[&details.name_kana]),
        addresses: some(&[&details.address]),
        phones: some(&[&details.phone]),
        emails: some(&[&details.email]),
    }
}

/// What may not stand in a sender's own text (T-15). An address counts once it tells a house: whoever writes 「下関市」
/// as address has not told where he or she lives.
fn forbidden(details: &PartyDetails, org_publish_ok: bool) -> Vec<String> {
    let mut words = vec![
        details.name.clone(),
        details.name_kana.clone(),
        details.rep_name.clone(),
        details.email.clone(),
        details.phone.clone(),
    ];
    if !org_publish_ok {
        words.push(details.org_name.clone());
    }
    if details.address.chars().any(char::is_numeric) {
        words.push(details.address.clone());
    }
    words.retain(|w| !w.is_empty());
    words
}

/// What may not stand in the city's own words about a sender's opinion: whole names of three characters or more, mail
/// and telephone. Shorter ones, such as 山口, are words of the language too.
pub fn telling_names(details: &PartyDetails) -> Vec<String> {
    let mut words: Vec<String> = [&details.name, &details.rep_name]
        .into_iter()
        .filter(|n| n.chars().filter(|c| !c.is_whitespace()).count() >= 3)
        .cloned()
        .collect();
    words.extend([&details.email, &details.phone].into_iter().filter(|w| !w.is_empty()).cloned());
    words
}

/// The spans to hide: what the machine found, less what a person shows all the same, and what a person hides.
pub fn spans(found: &[(usize, usize)], masks: &[&Mask]) -> Vec<MaskSpan> {
    let range = |m: &Mask| Some((usize::try_from(m.start_byte).ok()?, usize::try_from(m.end_byte).ok()?));
    let shown: Vec<_> = masks.iter().filter(|m| !m.hidden).filter_map(|m| range(m)).collect();
    let mut spans: Vec<MaskSpan> = found
        .iter()
        .filter(|(start, end)| !shown.iter().any(|(s, e)| s < end && start < e))
        .map(|(start, end)| MaskSpan { start: *start, end: *end, reason: MaskReason::Personal })
        .collect();
    spans.extend(masks.iter().filter(|m| m.hidden).filter_map(|m| {
        let (start, end) = range(m)?;
        let reason = MaskReason::from_code(&m.reason).unwrap_or(MaskReason::Personal);
        Some(MaskSpan { start, end, reason })
    }));
    spans.sort_unstable_by_key(|s| (s.start, s.end));
    let mut joined: Vec<MaskSpan> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// What the machine would hide of a text: whatever probably is personal data.
pub fn found(text: &str, sender: Option<(&PartyDetails, bool)>) -> Vec<(usize, usize)> {
    let known = sender.map(|(details, ok)| known(details, ok)).unwrap_or_default();
    find(text, &known)
        .into_iter()
        .filter(|c| c.confidence >= Confidence::Medium)
        .map(|c| (c.range.start, c.range.end))
        .collect()
}

/// The words of one item with personal data taken out.
///
/// # Errors
/// [`NotPublic`] when something that tells the sender is left.
pub fn published(
    text: &str,
    sender: Option<(&PartyDetails, bool)>,
    masks: &[&Mask],
) -> std::result::Result<Published, NotPublic> {
    let left: Vec<String> = sender.map(|(details, ok)| forbidden(details, ok)).unwrap_or_default();
    // a mask made for a text that was cut anew no longer fits: the words are then what is checked
    let fits: Vec<&Mask> = masks
        .iter()
        .copied()
        .filter(|m| {
            let (start, end) = (usize::try_from(m.start_byte), usize::try_from(m.end_byte));
            matches!((start, end), (Ok(s), Ok(e)) if text.get(s..e).is_some())
        })
        .collect();
    let body = PublicText::redact(text, &spans(&found(text, sender), &fits), &left)?;
    let org_name = sender.filter(|(_, ok)| *ok).map(|(d, _)| d.org_name.clone()).unwrap_or_default();
    Ok(Published { body: body.as_str().to_owned(), org_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(start_byte: i64, end_byte: i64, hidden: bool) -> Mask {
        Mask { id: 0, item_id: 1, start_byte, end_byte, hidden, reason: "third_party".to_owned() }
    }

    #[test]
    fn a_person_hides_more_and_shows_what_the_machine_hid_by_mistake() {
        let found = [(0, 6), (12, 18)];
        let (show, hide) = (mask(12, 15, false), mask(3, 9, true));
        let spans = spans(&found, &[&show, &hide]);
        assert_eq!(spans.len(), 1);
        assert_eq!((spans[0].start, spans[0].end), (0, 9));
    }

    #[test]
    fn a_senders_name_is_taken_out_of_the_full_text_and_a_body_that_agreed_is_named() {
        let details = PartyDetails {
            org_name: "長府みどりの会".to_owned(),
            rep_name: "長田 結".to_owned(),
            ..PartyDetails::default()
        };
        let text = "長府みどりの会の長田結です。木陰を残してください。";
        let named = published(text, Some((&details, true)), &[]).unwrap();
        assert!(named.body.contains("長府みどりの会") && !named.body.contains("長田結"), "{}", named.body);
        assert_eq!(named.org_name, "長府みどりの会");
        let hidden = published(text, Some((&details, false)), &[]).unwrap();
        assert!(!hidden.body.contains("みどりの会") && hidden.org_name.is_empty(), "{}", hidden.body);
    }

    #[test]
    fn showing_a_senders_name_all_the_same_is_refused() {
        let details = PartyDetails { name: "長田 結".to_owned(), ..PartyDetails::default() };
        let text = "長田結が書きました。";
        let all = mask(0, i64::try_from(text.len()).unwrap(), false);
        assert!(published(text, Some((&details, false)), &[&all]).is_err());
    }
}
