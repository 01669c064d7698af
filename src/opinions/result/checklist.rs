//! What stands in the way of a result going before its approvers. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::made::{Sources, number};
use crate::consultations::consultation::{Decision, State as Work};
use crate::opinions::answers::OpenPoint;
use crate::opinions::view::Outcome;

/// One thing that stands in the way of a result's approval: the sentence, and where to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What to do about it.
    pub sentence: String,
    /// The page where it is done, or the field of this one.
    pub href: String,
}

impl Sources {
    /// What stands in the way of putting the result before its approvers (domain rules 9.6, T-10, T-11); empty when
    /// nothing does. `open` is what is open of the answers.
    pub fn lacks(&self, open: &[OpenPoint], today: NaiveDate) -> Vec<Lack> {
        let path = self.row.path();
        let mut lacks = Vec::new();
        let mut lack = |sentence: String, href: String| lacks.push(Lack { sentence, href });
        if self.closing_on >= today {
            lack("募集期間がまだ終わっていません。結果は、終わってから公表します。".to_owned(), path.clone());
        }
        if self.uncut > 0 {
            lack(
                format!("意見に切り分けている途中の提出が{}通あります。しばらくお待ちください。", self.uncut),
                format!("{path}/submissions"),
            );
        }
        for point in open {
            lack(point.words(), point.path(self.row.id));
        }
        lacks.extend(self.own_lacks(today));
        let in_groups = self.items.iter().filter(|i| i.group_id.is_some()).count();
        for sentence in self.counts(0, 0).faults(number(in_groups)) {
            lacks.push(Lack { sentence, href: path.clone() });
        }
        lacks
    }

    /// The answers of groups that hold something.
    fn in_use(&self) -> HashSet<i64> {
        let of_group = self.of_group();
        self.groups.iter().filter(|g| of_group.contains_key(&g.id)).filter_map(|g| g.view_id).collect()
    }

    /// What is missing of the clerk's own words.
    fn own_lacks(&self, today: NaiveDate) -> Vec<Lack> {
        let draft = &self.draft;
        let mut lacks = Vec::new();
        let mut lack = |field: &str, sentence: &str| {
            lacks.push(Lack { sentence: sentence.to_owned(), href: format!("#{field}") });
        };
        match draft.decision {
            None => lack("decision", "どう決めたかを選んでください。"),
            Some(Decision::Reconsult)
                if self.reconsult.is_none() && draft.decision_note.trim().is_empty() =>
            {
                lack("reconsult", "あらためて募集する意見募集を選ぶか、いつごろ募集するかを書いてください。");
            }
            Some(Decision::NotAdopted) if draft.decision_note.trim().is_empty() => {
                lack("decision_note", "決定しない理由と、あらためて募集するかどうかを書いてください。");
            }
            Some(Decision::AdoptedRevised)
                if self.finals.is_empty() && draft.final_place.trim().is_empty() =>
            {
                lack("final_place", "決定した文章を資料に載せるか、読める場所を書いてください。");
            }
            Some(_) => {}
        }
        let in_use = self.in_use();
        let revised = self
            .chapters
            .iter()
            .flat_map(|c| &c.views)
            .any(|v| v.outcome == Some(Outcome::Revised) && in_use.contains(&v.id));
        let changed = revised || !draft.changes.is_empty() || !self.explained.is_empty();
        if draft.decision == Some(Decision::AdoptedAsDrafted) && changed {
            lack(
                "decision",
                "「案のとおり決定」と、案を修正するという市の考え方や変更が合いません。どちらかを直してください。",
            );
        }
        match draft.decided_on {
            None => lack("decided_on", "決定した日を入力してください。"),
            Some(day) if day > draft.publish_on.unwrap_or(today).max(today) => {
                lack("decided_on", "決定した日が、公表する日より後です。");
            }
            Some(_) => {}
        }
        let gists = !self.row.result_terms.publish_full && !self.nobody_wrote();
        if gists && draft.originals_place.trim().is_empty() {
            lack("originals_place", "要旨を載せるときは、意見の全文を読める場所を書いてください。");
        }
        if self.corrects && draft.change_note.trim().is_empty() {
            lack("change_note", "何を、なぜ訂正したかを書いてください。前の版とともに公表されます。");
        }
        for change in &draft.changes {
            if [&change.place, &change.reason].iter().any(|t| t.trim().is_empty()) {
                lack("change_place", "意見以外の理由による変更には、箇所と理由を書いてください。");
            }
        }
        lacks
    }
}

/// Where the work on a consultation must stand for its result to go before the approvers.
pub fn may_start(s: &Sources) -> Option<String> {
    let now = s.row.state;
    match now {
        Work::Sorting | Work::Answering | Work::ResultPublished => None,
        Work::Announced if s.nobody_wrote() => None,
        Work::Announced => Some("意見の整理を始めてから、結果をまとめます。".to_owned()),
        Work::ResultInApproval | Work::Decided => {
            Some(format!("この結果はいま「{}」です。直すときは、決裁を引き戻すか取り消します。", now.label()))
        }
        Work::Planned | Work::InApproval | Work::Approved | Work::Cancelled | Work::Archived => {
            Some(format!("この意見募集はいま「{}」なので、結果を公表できません。", now.label()))
        }
    }
}
