//! What is known of the sender, looked for in the text without regard to width, case, kana, blanks and hyphens.

use super::{Candidate, Confidence, PersonalKind};
use crate::text::fold::{fold, fold_into, is_invisible, skipped_when_squeezed, squeeze};
use unicode_normalization::char::is_combining_mark;

/// The sender's own data, as in the party's record.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// Names; a blank between family and given name lets each part be found too.
    pub names: Vec<String>,
    /// Readings, in any kana.
    pub kana: Vec<String>,
    /// Addresses or parts of them.
    pub addresses: Vec<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
}

impl std::fmt::Debug for KnownNames {
    /// Says nothing of the person: this may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownNames(…)")
    }
}

struct Needle {
    squeezed: String,
    kind: PersonalKind,
    confidence: Confidence,
    why: &'static str,
}

fn needles(known: &KnownNames) -> Vec<Needle> {
    use Confidence::{High, Medium};
    let mut all: Vec<Needle> = Vec::new();
    let mut add = |text: &str, least: usize, kind, confidence, why| {
        let squeezed = squeeze(text);
        if squeezed.chars().count() >= least && !all.iter().any(|n| n.squeezed == squeezed) {
            all.push(Needle { squeezed, kind, confidence, why });
        }
    };
    for name in &known.names {
        add(name, 2, PersonalKind::Name, High, "差出人の氏名");
        for part in fold(name).split_whitespace() {
            add(part, 2, PersonalKind::Name, High, "差出人の氏名の一部");
        }
    }
    for kana in &known.kana {
        add(kana, 3, PersonalKind::Name, High, "差出人のフリガナ");
        for part in fold(kana).split_whitespace() {
            // Two kana are part of too many words.
            add(part, 3, PersonalKind::Name, Medium, "差出人のフリガナの一部");
        }
    }
    for address in &known.addresses {
        add(address, 4, PersonalKind::Address, High, "差出人の住所");
        for part in fold(address).split_whitespace().filter(|part| part.chars().any(|c| c.is_ascii_digit())) {
            add(part, 5, PersonalKind::Address, High, "差出人の住所の一部");
        }
    }
    for phone in &known.phones {
        add(phone, 6, PersonalKind::Phone, High, "差出人の電話番号");
    }
    for email in &known.emails {
        add(email, 5, PersonalKind::Email, High, "差出人のメールアドレス");
    }
    all
}

pub(super) fn find(text: &str, known: &KnownNames) -> Vec<Candidate> {
    let needles = needles(known);
    if needles.is_empty() {
        return Vec::new();
    }
    let page = Squeezed::new(text);
    let mut found = Vec::new();
    for needle in &needles {
        for (at, matched) in page.text.match_indices(&needle.squeezed) {
            let (first, last) = (page.origin_of(at), page.origin_of(at + matched.len() - 1));
            let range = first.start..last.end;
            // Latin letters and digits count only as whole words: Ann is not in Annual.
            let cut_before = matched.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text[..range.start].ends_with(|c: char| c.is_ascii_alphanumeric());
            let cut_after = matched.ends_with(|c: char| c.is_ascii_alphanumeric())
                && text[range.end..].starts_with(|c: char| c.is_ascii_alphanumeric());
            if !cut_before && !cut_after {
                found.push(Candidate {
                    range,
                    kind: needle.kind,
                    confidence: needle.confidence,
                    why: needle.why,
                });
            }
        }
    }
    found
}

/// The squeezed text, and for each of its characters where it came from.
struct Squeezed {
    text: String,
    origins: Vec<Origin>,
}

#[derive(Clone, Copy)]
struct Origin {
    squeezed: usize,
    start: usize,
    end: usize,
}

impl Squeezed {
    fn new(text: &str) -> Self {
        let mut page = Self { text: String::with_capacity(text.len()), origins: Vec::new() };
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            // A letter with the marks that join it, such as ﾊ and ﾟ.
            let mut end = start + c.len_utf8();
            while let Some((at, mark)) = chars.next_if(|(_, c)| {
                is_combining_mark(*c) || is_invisible(*c) || matches!(c, '\u{ff9e}' | '\u{ff9f}')
            }) {
                end = at + mark.len_utf8();
            }
            fold_into(&text[start..end], |c| {
                if !skipped_when_squeezed(c) {
                    page.origins.push(Origin { squeezed: page.text.len(), start, end });
                    page.text.push(c);
                }
            });
        }
        page
    }

    fn origin_of(&self, squeezed: usize) -> Origin {
        let nth = self.origins.partition_point(|o| o.squeezed <= squeezed);
        self.origins[nth.saturating_sub(1)]
    }
}
