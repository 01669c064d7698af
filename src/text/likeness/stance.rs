//! On which side a text stands, as far as plain words tell: enough to keep opposite form letters apart, not to count
//! opinions. Texts whose sides are not told by these words are neither.

/// How many words for and against a text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stance {
    pub(super) pro: u16,
    pub(super) contra: u16,
}

/// The side on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Pro,
    Contra,
    Untold,
}

/// How far behind such a word its negation may stand: 賛成することはとてもできません.
const REACH: usize = 12;

impl Stance {
    /// Counts the words in a text as [`comparable`](crate::text::comparable) gives it.
    pub(super) fn of(text: &[char]) -> Stance {
        let mut stance = Stance::default();
        for (at, pair) in text.windows(2).enumerate() {
            let for_it = match (pair[0], pair[1]) {
                ('賛', '成' | '同')
                | ('支', '持')
                | ('歓', '迎')
                | ('推', '進')
                | ('進', 'め')
                | ('実', '現')
                | ('容', '認')
                | ('認', 'め')
                | ('応', '援')
                | ('必', '要') => true,
                ('反', '対')
                | ('中', '止')
                | ('撤', '回')
                | ('白', '紙')
                | ('見', '直')
                | ('凍', '結')
                | ('断', '念')
                | ('不', '要')
                | ('や', 'め') => false,
                _ => continue,
            };
            let negated = is_negated(&text[at + 2..]) ^ (at > 0 && text[at - 1] == '不');
            // 必要 says whose side one is on only where it is denied: both sides find something necessary
            match (for_it != negated, pair[0]) {
                (true, '必') => {}
                (true, _) => stance.pro = stance.pro.saturating_add(1),
                (false, _) => stance.contra = stance.contra.saturating_add(1),
            }
        }
        stance
    }

    pub(super) fn side(self) -> Side {
        match self.pro.cmp(&self.contra) {
            std::cmp::Ordering::Greater => Side::Pro,
            std::cmp::Ordering::Less => Side::Contra,
            std::cmp::Ordering::Equal => Side::Untold,
        }
    }

    /// Whether what one text has over the other is for and what the other has over it is against.
    pub(super) fn opposes(self, other: Stance) -> bool {
        matches!((self.side(), other.side()), (Side::Pro, Side::Contra) | (Side::Contra, Side::Pro))
            || (self.pro > other.pro && other.contra > self.contra)
            || (other.pro > self.pro && self.contra > other.contra)
    }
}

/// Whether the words right behind deny: up to the end of the clause, as です and ます mark it.
fn is_negated(behind: &[char]) -> bool {
    let near = &behind[..behind.len().min(REACH)];
    for (at, pair) in near.windows(2).enumerate() {
        match (pair[0], pair[1]) {
            ('で', 'す') | ('ま', 'す') | ('ま', 'し') => return false,
            ('な', 'い' | 'く' | 'か') | ('ず', 'に') => return true,
            ('ま', 'せ') if behind.get(at + 2) == Some(&'ん') => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Side {
        Stance::of(&crate::text::comparable(text).chars().collect::<Vec<_>>()).side()
    }

    #[test]
    fn a_denied_word_stands_on_the_other_side() {
        for (text, expected) in [
            ("この計画に賛成です。", Side::Pro),
            ("この計画に賛成することはできません。", Side::Contra),
            ("反対です。説明もありません。", Side::Contra),
            ("整備に反対するものではありません。", Side::Pro),
            ("新しい橋は必要ありません。", Side::Contra),
            ("新しい橋が必要です。", Side::Untold),
            ("計画を白紙に戻し、工事を中止してください。", Side::Contra),
            ("公園の話です。", Side::Untold),
        ] {
            assert_eq!(side(text), expected, "{text}");
        }
    }

    #[test]
    fn one_word_exchanged_opposes_and_one_word_added_does_not() {
        let count = |text: &str| Stance::of(&text.chars().collect::<Vec<_>>());
        assert!(count("移転に賛成です").opposes(count("移転に反対です")));
        assert!(!count("移転に反対です").opposes(count("移転に反対です白紙に")));
    }
}
