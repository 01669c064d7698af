//! The sums of a consultation's opinions (promise 6): every submission and every item is in one place. Pure.

use super::item::Withheld;

/// The items at one place of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceSum {
    /// Paper and paragraph; none is the draft as a whole.
    pub place: Option<(i64, String)>,
    /// Those in groups.
    pub grouped: i64,
    /// Those withheld.
    pub withheld: i64,
}

/// All numbers of a consultation's opinions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// All that came.
    pub submissions: i64,
    /// Those that count.
    pub counted: i64,
    /// After the last day.
    pub late: i64,
    /// About something else.
    pub off_topic: i64,
    /// Taken back by their senders.
    pub withdrawn: i64,
    /// Lacking something, where the consultation does not count those.
    pub uncounted: i64,
    /// Not cut yet, or changed since: the background work is on its way.
    pub waiting: i64,
    /// Counting, but without a word to cut: a file alone.
    pub wordless: i64,
    /// Looked at, counting and with words, but without an item: never.
    pub itemless: i64,
    /// Looked at and not counting, but with an item: never.
    pub astray: i64,
    /// Standing items.
    pub items: i64,
    /// Those in a living group of this consultation.
    pub grouped: i64,
    /// Those withheld.
    pub withheld: i64,
    /// Those withheld by their reasons.
    pub reasons: Vec<(Withheld, i64)>,
    /// By the place they belong to.
    pub places: Vec<PlaceSum>,
    /// Groups in which items stand.
    pub groups: i64,
    /// Those of them nobody looked into.
    pub unsettled: i64,
    /// Distinct texts among the submissions (L1).
    pub texts: i64,
    /// Distinct senders; whoever gave nothing to be known by counts as one of his or her own.
    pub senders: i64,
}

impl Sums {
    /// What does not add up, in words; empty always.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let parts = self.counted + self.late + self.off_topic + self.withdrawn + self.uncounted;
        if self.submissions != parts {
            faults.push(format!("提出{}通と、扱いごとの合計{parts}通が合いません", self.submissions));
        }
        if self.items != self.grouped + self.withheld {
            faults.push(format!(
                "項目{}件と、まとまりの{}件+公表しない{}件が合いません",
                self.items, self.grouped, self.withheld
            ));
        }
        let reasons: i64 = self.reasons.iter().map(|r| r.1).sum();
        if self.withheld != reasons {
            faults.push(format!("公表しない{}件と、理由ごとの合計{reasons}件が合いません", self.withheld));
        }
        let places: i64 = self.places.iter().map(|p| p.grouped + p.withheld).sum();
        if self.items != places {
            faults.push(format!("項目{}件と、段落ごとの合計{places}件が合いません", self.items));
        }
        if self.itemless > 0 {
            faults.push(format!("件数に入る提出のうち{}通に、項目がありません", self.itemless));
        }
        if self.astray > 0 {
            faults.push(format!("件数に入らない提出のうち{}通に、項目が残っています", self.astray));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_nowhere_is_noticed() {
        let place = PlaceSum { place: None, grouped: 3, withheld: 1 };
        let sums = Sums {
            submissions: 5,
            counted: 3,
            late: 1,
            off_topic: 1,
            withdrawn: 0,
            uncounted: 0,
            waiting: 0,
            wordless: 0,
            itemless: 0,
            astray: 0,
            items: 4,
            grouped: 3,
            withheld: 1,
            reasons: vec![(Withheld::Ongoing, 1)],
            places: vec![place],
            groups: 2,
            unsettled: 2,
            texts: 3,
            senders: 3,
        };
        assert_eq!(sums.faults(), Vec::<String>::new());
        let lost = Sums { grouped: 2, ..sums.clone() };
        assert_eq!(lost.faults(), ["項目4件と、まとまりの2件+公表しない1件が合いません"]);
        assert_eq!(Sums { submissions: 6, itemless: 1, ..sums }.faults().len(), 2);
    }
}
