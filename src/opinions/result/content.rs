//! What the public reads of a result: its head, the city's views, the groups, the items. Pure.
//!
//! The hash that is approved covers all of it, each row in its order, so that nothing of a result can be another thing
//! than what was decided on.
//! Long because what is hashed stands in one place.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::consultations::consultation::{ChannelKind, CountUnit, Decision};
use crate::consultations::content::PaperLink;
use crate::db::Backend;
use crate::db::schema::{result_group, result_item, result_view};
use crate::error::{Error, Result};
use crate::opinions::item::Withheld;
use crate::opinions::view::Outcome;

/// The head of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the parts of domain rule 9.6, by their names")]
pub struct Content {
    pub title: String,
    pub draft_label: String,
    pub unit_name: String,
    pub contact_place: String,
    pub contact_phone: String,
    pub contact_email: String,
    pub basis: String,
    pub noticed_on: NaiveDate,
    pub opens_on: NaiveDate,
    /// The last day that counted, extensions included.
    pub closing_on: NaiveDate,
    pub papers: Vec<PaperLink>,
    pub decision: Decision,
    pub decided_on: NaiveDate,
    pub decision_note: String,
    pub reconsult: Option<Reconsult>,
    /// The papers as decided.
    pub finals: Vec<PaperLink>,
    /// Where the final text can be read besides.
    pub final_place: String,
    /// Masked full texts are shown, not gists alone.
    pub full: bool,
    pub originals_place: String,
    pub counts: Counts,
    pub other_changes: Vec<OtherChange>,
    pub promises: Vec<Promise>,
    /// The day it goes out by the clock; none is with its approval.
    pub publish_on: Option<NaiveDate>,
    /// What a correction changed, and why; empty in the first version.
    pub change_note: String,
}

/// The consultation that asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconsult {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
}

/// A change of the draft that no opinion asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a line of a table, by its columns")]
pub struct OtherChange {
    pub place: String,
    pub old_text: String,
    pub new_text: String,
    pub reason: String,
}

/// What the city says it will do, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "a line of a table, by its columns")]
pub struct Promise {
    pub body: String,
    pub due_on: NaiveDate,
    pub report: String,
    pub reported_on: Option<NaiveDate>,
}

/// How many came, by each way, and what they said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// What one 件 is.
    pub unit: CountUnit,
    /// A line for each way there is, those with zero too.
    pub channels: Vec<ChannelCount>,
    /// Distinct senders of counted submissions; who left nothing to be known by is a sender of his or her own.
    pub submitters: i64,
    /// Items of counted submissions.
    pub items: i64,
    /// Distinct texts among them after normalisation.
    pub texts: i64,
    /// Groups.
    pub groups: i64,
    /// Answers.
    pub views: i64,
    /// Withheld items by their reason.
    pub withheld: Vec<(Withheld, i64)>,
}

/// What came by one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelCount {
    /// The way.
    pub kind: ChannelKind,
    /// Everything that came by it.
    pub all: i64,
    /// Of these, counted as opinions.
    pub counted: i64,
    /// Distinct senders of the counted ones.
    pub submitters: i64,
    /// After the last day.
    pub late: i64,
    /// Without a required field, where those are not counted.
    pub incomplete: i64,
    /// About something else.
    pub off_topic: i64,
    /// Taken back.
    pub withdrawn: i64,
}

impl ChannelCount {
    /// What is not counted.
    pub fn apart(&self) -> i64 {
        self.late + self.incomplete + self.off_topic + self.withdrawn
    }
}

impl Counts {
    fn sum(&self, of: impl Fn(&ChannelCount) -> i64) -> i64 {
        self.channels.iter().map(of).sum()
    }

    /// Counted submissions.
    pub fn submissions(&self) -> i64 {
        self.sum(|c| c.counted)
    }

    /// Everything that came.
    pub fn all(&self) -> i64 {
        self.sum(|c| c.all)
    }

    /// The line of all ways together.
    pub fn total(&self) -> ChannelCount {
        ChannelCount {
            kind: ChannelKind::Web,
            all: self.all(),
            counted: self.submissions(),
            submitters: self.submitters,
            late: self.sum(|c| c.late),
            incomplete: self.sum(|c| c.incomplete),
            off_topic: self.sum(|c| c.off_topic),
            withdrawn: self.sum(|c| c.withdrawn),
        }
    }

    /// The number of opinions by the counting rule of the consultation.
    pub fn opinions(&self) -> i64 {
        match self.unit {
            CountUnit::Submission => self.submissions(),
            CountUnit::Item => self.items,
        }
    }

    /// The counting rule in words.
    pub fn rule(&self) -> &'static str {
        match self.unit {
            CountUnit::Submission => "1通の提出を1件と数えています。1通の中に複数の内容があっても1件です。",
            CountUnit::Item => {
                "1通の提出に複数の内容があるときは、内容ごとに1件と数えています。同じ文章の提出も、それぞれ1件と数えています。"
            }
        }
    }

    /// Withheld items.
    pub fn withheld(&self) -> i64 {
        self.withheld.iter().map(|(_, n)| n).sum()
    }

    /// Nobody wrote anything that counts.
    pub fn is_empty(&self) -> bool {
        self.submissions() == 0
    }

    /// What does not add up (promise 6), as sentences; empty when all does. `in_groups` are the items of the groups.
    pub fn faults(&self, in_groups: i64) -> Vec<String> {
        let mut faults = Vec::new();
        for channel in &self.channels {
            if channel.all != channel.counted + channel.apart() {
                faults.push(format!(
                    "{}で届いた{}通が、数えたもの{}通と分けて数えたもの{}通の和になりません。",
                    channel.kind.label(),
                    channel.all,
                    channel.counted,
                    channel.apart()
                ));
            }
        }
        if self.items != in_groups + self.withheld() {
            faults.push(format!(
                "意見{}件が、まとまりに入ったもの{in_groups}件と公表しないもの{}件の和になりません。",
                self.items,
                self.withheld()
            ));
        }
        if self.submitters > self.submissions() {
            faults.push("提出者の数が、提出の数を超えています。".to_owned());
        }
        faults
    }
}

/// An answer as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = result_view, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct View {
    pub version_id: i64,
    pub no: i64,
    pub view_id: i64,
    pub chapter: String,
    pub unit_name: String,
    pub outcome: Outcome,
    pub body: String,
    pub reason: String,
    pub changed_place: String,
    pub old_text: String,
    pub new_text: String,
}

/// A group as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = result_group, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct Group {
    pub version_id: i64,
    pub no: i64,
    pub group_id: i64,
    pub view_no: i64,
    pub chapter: String,
    pub paper_id: Option<i64>,
    pub paragraph: Option<String>,
    pub place: String,
    pub gist: String,
    pub items: i64,
    pub texts: i64,
}

/// An item as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = result_item, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct Item {
    pub version_id: i64,
    pub no: i64,
    pub item_id: i64,
    pub submission_id: i64,
    pub group_no: Option<i64>,
    pub withheld: Option<Withheld>,
    pub withheld_note: String,
    pub paragraph: Option<String>,
    pub place: String,
    pub org_name: String,
    pub body: String,
}

impl Content {
    /// The text that is stored.
    ///
    /// # Errors
    /// [`Error::Internal`], never met.
    pub fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is none.
    pub fn read(text: &str) -> Result<Content> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// Title with the draft's name.
    pub fn whole_title(&self) -> String {
        format!("{}({})", self.title, self.draft_label)
    }
}

/// The hash over a result, fed with its rows one after another, so that a large one need not be in memory at once.
pub struct ResultHash(Sha256);

impl ResultHash {
    /// Begins with the head.
    pub fn new(content: &str) -> ResultHash {
        let mut hash = ResultHash(Sha256::new());
        hash.part("head", &[content]);
        hash
    }

    fn part(&mut self, kind: &str, fields: &[&str]) {
        for field in std::iter::once(&kind).chain(fields) {
            self.0.update((field.len() as u64).to_be_bytes());
            self.0.update(field.as_bytes());
        }
    }

    /// The next answer.
    pub fn view(&mut self, v: &View) {
        let (no, id) = (v.no.to_string(), v.view_id.to_string());
        let outcome = v.outcome.code();
        self.part(
            "view",
            &[
                &no,
                &id,
                &v.chapter,
                &v.unit_name,
                outcome,
                &v.body,
                &v.reason,
                &v.changed_place,
                &v.old_text,
                &v.new_text,
            ],
        );
    }

    /// The next group.
    pub fn group(&mut self, g: &Group) {
        let numbers = format!("{} {} {} {} {}", g.no, g.group_id, g.view_no, g.items, g.texts);
        let paper = g.paper_id.map(|id| id.to_string()).unwrap_or_default();
        let paragraph = g.paragraph.as_deref().unwrap_or_default();
        self.part("group", &[&numbers, &g.chapter, &paper, paragraph, &g.place, &g.gist]);
    }

    /// The next item.
    pub fn item(&mut self, i: &Item) {
        let numbers = format!("{} {} {} {}", i.no, i.item_id, i.submission_id, i.group_no.unwrap_or(0));
        let withheld = i.withheld.map_or("", Withheld::code);
        let paragraph = i.paragraph.as_deref().unwrap_or_default();
        self.part("item", &[&numbers, withheld, &i.withheld_note, paragraph, &i.place, &i.org_name, &i.body]);
    }

    /// The hash that is approved.
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        let zero = |kind| ChannelCount {
            kind,
            all: 0,
            counted: 0,
            submitters: 0,
            late: 0,
            incomplete: 0,
            off_topic: 0,
            withdrawn: 0,
        };
        let mut channels: Vec<ChannelCount> = ChannelKind::ALL.iter().map(|k| zero(*k)).collect();
        channels[0] = ChannelCount {
            all: 9,
            counted: 6,
            submitters: 5,
            late: 1,
            off_topic: 1,
            withdrawn: 1,
            ..zero(ChannelKind::Web)
        };
        Counts {
            unit: CountUnit::Item,
            channels,
            submitters: 5,
            items: 8,
            texts: 7,
            groups: 3,
            views: 2,
            withheld: vec![(Withheld::Identifiable, 2)],
        }
    }

    #[test]
    fn opinions_are_counted_as_the_consultation_says_and_a_way_nobody_took_is_zero() {
        let mut n = counts();
        assert_eq!((n.opinions(), n.submissions(), n.all()), (8, 6, 9));
        n.unit = CountUnit::Submission;
        assert_eq!(n.opinions(), 6);
        assert_eq!(n.channels.iter().filter(|c| c.all == 0).count(), 4);
    }

    #[test]
    fn sums_that_do_not_add_up_are_named() {
        let n = counts();
        assert!(n.faults(6).is_empty());
        assert_eq!(n.faults(5).len(), 1);
        let mut lost = counts();
        lost.channels[0].late = 0;
        assert!(lost.faults(6)[0].contains("ウェブの入力フォームで届いた9通"));
    }

    #[test]
    fn a_row_that_is_moved_or_changed_changes_the_hash() {
        let item = |no: i64, body: &str| Item {
            version_id: 1,
            no,
            item_id: no,
            submission_id: 1,
            group_no: Some(1),
            withheld: None,
            withheld_note: String::new(),
            paragraph: None,
            place: String::new(),
            org_name: String::new(),
            body: body.to_owned(),
        };
        let of = |items: &[Item]| {
            let mut hash = ResultHash::new("{}");
            items.iter().for_each(|i| hash.item(i));
            hash.finish()
        };
        let whole = of(&[item(1, "一"), item(2, "二")]);
        assert_ne!(whole, of(&[item(2, "二"), item(1, "一")]));
        assert_ne!(whole, of(&[item(1, "一"), item(2, "二。")]));
        assert_ne!(whole, of(&[item(1, "一")]));
    }
}
