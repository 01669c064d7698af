//! Which letter a mail belongs to, as far as its words tell: signed addresses, the ids it refers to, numbers in its
//! subject. Pure; what is in the database decides in [`super::placing`].

use unicode_normalization::UnicodeNormalization;

use crate::seal::Sealer;
use crate::text::{ReceiptCode, comparable};

/// What a mail says about where it belongs, strongest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// Letters named by our own signed words in an address it was sent to.
    pub tokens: Vec<i64>,
    /// Message-IDs it answers, nearest first, without angle brackets.
    pub references: Vec<String>,
    /// Receipt codes in its subject, twelve digits each.
    pub codes: Vec<String>,
    /// Numbers of the register in its subject: fiscal year and number.
    pub numbers: Vec<(i64, i64)>,
}

/// Most ids of a mail that are looked up.
const MOST_REFERENCES: usize = 100;

impl Clues {
    /// Gathers them; `letter_of` reads a signed address or Message-ID.
    pub fn gather<'a>(
        sealer: &Sealer,
        letter_of: impl Fn(&Sealer, &str) -> Option<i64>,
        recipients: impl Iterator<Item = &'a str>,
        (in_reply_to, references): (&[String], &[String]),
        subject: &str,
    ) -> Clues {
        // In-Reply-To is the mail itself that is answered, then References from the newest back
        let mut ids: Vec<String> = Vec::new();
        for id in in_reply_to.iter().chain(references.iter().rev()).take(MOST_REFERENCES) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        let mut tokens: Vec<i64> = Vec::new();
        let mut named: Vec<i64> = recipients.filter_map(|address| letter_of(sealer, address)).collect();
        named.extend(ids.iter().filter_map(|id| letter_of(sealer, id)));
        for letter in named {
            if !tokens.contains(&letter) {
                tokens.push(letter);
            }
        }
        let (codes, numbers) = numbers_in(subject);
        Clues { tokens, references: ids, codes, numbers }
    }
}

/// Receipt codes and register numbers in a subject, in any width.
pub(super) fn numbers_in(subject: &str) -> (Vec<String>, Vec<(i64, i64)>) {
    let plain: String = subject.nfkc().collect();
    let (mut codes, mut numbers) = (Vec::new(), Vec::new());
    for word in plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let word = word.trim_matches('-');
        if let Ok(code) = ReceiptCode::parse(word) {
            codes.push(code.digits());
        }
        let register = word.strip_prefix(['R', 'r']).and_then(|rest| rest.split_once('-'));
        if let Some((year, no)) = register
            && no.len() >= 4
            && let (Ok(year), Ok(no)) = (year.parse::<i64>(), no.parse::<i64>())
            && (1..100).contains(&year)
        {
            // Reiwa 1 is 2019
            numbers.push((year + 2018, no));
        }
    }
    (codes, numbers)
}

/// A subject without the marks of answering, forwarding and numbering before its words.
pub fn bare_subject(subject: &str) -> String {
    let mut rest: String = subject.nfkc().collect();
    loop {
        let trimmed = rest.trim_start();
        let cut = if trimmed.starts_with('[') {
            trimmed.find(']').map(|at| at + 1)
        } else {
            trimmed.split_once(':').and_then(|(mark, _)| {
                let known = ["re", "fw", "fwd", "aw", "wg", "sv", "返信", "転送", "回答"]
                    .contains(&mark.trim().to_lowercase().as_str());
                known.then(|| mark.len() + 1)
            })
        };
        match cut {
            Some(cut) => rest = trimmed[cut..].to_owned(),
            None => return trimmed.trim_end().to_owned(),
        }
    }
}

/// Whether a subject has nothing to do with any of those known for the letter. An empty one says nothing.
pub fn is_another_subject(subject: &str, known: &[String]) -> bool {
    let bare = comparable(&bare_subject(subject));
    if bare.chars().count() < 4 {
        return false;
    }
    let mine = telling_pairs(&bare);
    !known.iter().any(|other| {
        let theirs = telling_pairs(&comparable(&bare_subject(other)));
        let shared = mine.iter().filter(|pair| theirs.contains(pair)).count();
        shared * 10 >= mine.len().min(theirs.len().max(1)) * 3
    })
}

/// Neighbouring characters that tell what a text is about; those of grammar only when it has no others.
fn telling_pairs(text: &str) -> Vec<(char, char)> {
    let grammar = |c: char| ('ぁ'..='ゖ').contains(&c);
    let all = || text.chars().zip(text.chars().skip(1));
    let telling: Vec<_> = all().filter(|(a, b)| !grammar(*a) && !grammar(*b)).collect();
    if telling.is_empty() { all().collect() } else { telling }
}

/// How deep a subject is nested in marks of machines answering each other: `[#1] Undeliverable: [#2] Re: …`.
pub fn nesting(subject: &str) -> usize {
    let plain: String = subject.nfkc().collect::<String>().to_lowercase();
    ["re:", "fw:", "fwd:", "undeliver", "auto", "自動", "不達", "delivery status"]
        .iter()
        .map(|mark| plain.matches(mark).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_24_numbers_in_a_subject_are_read_in_any_width() {
        assert_eq!(numbers_in("Re: 街灯の件(R8-0123)").1, [(2026, 123)]);
        assert_eq!(numbers_in("Ｒ８－０１２３について").1, [(2026, 123)]);
        assert!(numbers_in("R8の予算 2026-0123 について").1.is_empty());
    }

    #[test]
    fn rule_26_a_subject_that_shares_no_words_is_another_subject() {
        let known = ["街灯が消えています".to_owned(), "市長への手紙を受け付けました(1234)".to_owned()];
        assert!(!is_another_subject("Re: 街灯が消えています", &known));
        assert!(!is_another_subject("返信: Re: 市長への手紙を受け付けました(1234)", &known));
        assert!(!is_another_subject("街灯の件、その後", &known));
        assert!(!is_another_subject("Re:", &known) && !is_another_subject("", &known));
        assert!(is_another_subject("保育園の入園についてお願い", &known));
    }

    #[test]
    fn marks_before_a_subject_are_taken_off_whatever_their_language() {
        assert_eq!(bare_subject("Re: [koe #12] RE：返信：街灯"), "街灯");
        assert_eq!(bare_subject("Fwd: WG: 街灯: 場所"), "街灯: 場所");
    }

    #[test]
    fn rule_33_a_growing_subject_is_deep() {
        assert!(nesting("[#7254] Undeliverable: [#7253] Undeliverable: Re: Auto: x") >= 4);
        assert!(nesting("Re: 街灯") < 3);
    }
}
