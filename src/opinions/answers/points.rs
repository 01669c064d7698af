//! What is open before the answers of a consultation can be published.

use super::survey::Gap;
use super::{Missing, approved, compared, store, survey};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::Result;

/// Something that is open; its words stand in lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenPoint {
    /// Items do not add up: in groups, withheld, in all. Never to be seen.
    SumsDiffer(i64, i64, i64),
    /// There are opinions and no chapter yet.
    NoChapters,
    /// So many groups (or answers) with something open.
    Gaps(Gap, u64),
    /// A chapter, by number and name, that does not stand approved.
    Chapter(i64, String, Missing),
    /// A view that promises a change which the final text does not show: its number and the place it names.
    Unkept(i64, String),
    /// A paragraph that changed, and neither an answer nor a reason says why: its place.
    Unexplained(String),
}

impl OpenPoint {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            OpenPoint::SumsDiffer(grouped, withheld, all) => format!(
                "件数が合いません。まとまりに{grouped}件、公表しないもの{withheld}件、全体{all}件です。システム管理者へ知らせてください。"
            ),
            OpenPoint::NoChapters => "章がまだありません。".to_owned(),
            OpenPoint::Gaps(gap, n) => format!("{}もの {n}件", gap.label()),
            OpenPoint::Chapter(_, name, missing) => format!("「{name}」は、{}。", missing.label()),
            OpenPoint::Unkept(_, place) => {
                let place = if place.is_empty() { "箇所の記載なし" } else { place };
                format!("「案を修正します」と答えたのに、最終の文章が変わっていません({place})。")
            }
            OpenPoint::Unexplained(place) => {
                format!("「{place}」が変わっていますが、理由になる市の考え方も、ほかの理由もありません。")
            }
        }
    }

    /// Where it is settled.
    pub fn path(&self, consultation_id: i64) -> String {
        let base = format!("/consultations/{consultation_id}");
        match self {
            OpenPoint::SumsDiffer(..) => format!("{base}/answers"),
            OpenPoint::NoChapters => format!("{base}/chapters"),
            OpenPoint::Gaps(gap, _) => format!("{base}/answers?gap={}", gap.code()),
            OpenPoint::Chapter(id, ..) => format!("/chapters/{id}"),
            OpenPoint::Unkept(view, _) => format!("/answers/{view}"),
            OpenPoint::Unexplained(_) => format!("{base}/differences"),
        }
    }
}

/// Everything that is open, in the order in which it is settled; nothing for a consultation nobody wrote to.
pub fn open_points(db: &mut Db, consultation_id: i64) -> Result<Vec<OpenPoint>> {
    let row = consultations::store::consultation(db, consultation_id)?;
    let survey = survey(db, &row)?;
    let total = survey.total();
    let mut open = Vec::new();
    let (grouped, withheld) = store::item_totals(db, consultation_id)?;
    let all = store::items_standing(db, consultation_id)?;
    if grouped + withheld != all {
        open.push(OpenPoint::SumsDiffer(grouped, withheld, all));
    }
    if total.groups > 0 && crate::opinions::store::chapters(db, consultation_id)?.is_empty() {
        open.push(OpenPoint::NoChapters);
    }
    for gap in Gap::ALL {
        if total.of(*gap) > 0 {
            open.push(OpenPoint::Gaps(*gap, total.of(*gap)));
        }
    }
    for found in approved(db, consultation_id)? {
        if let Err(missing) = found.content {
            open.push(OpenPoint::Chapter(found.chapter.id, found.chapter.name, missing));
        }
    }
    for paper in compared(db, consultation_id)? {
        open.extend(paper.unkept.iter().map(|v| OpenPoint::Unkept(v.id, v.changed_place.clone())));
        let unexplained = paper.changes.iter().filter(|(_, by, other)| by.is_empty() && other.is_none());
        open.extend(unexplained.map(|(d, ..)| OpenPoint::Unexplained(d.place.clone())));
    }
    Ok(open)
}
