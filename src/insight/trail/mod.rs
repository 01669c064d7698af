//! `/trail`: the history of everything done, for those who check it.

pub mod handlers;
pub mod store;
mod views;
pub mod words;

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::trail::{self, Act, By, Line, Subject, Verdict};

/// Lines on a page.
pub const PER_PAGE: i64 = 100;
/// Most days in one download.
pub const EXPORT_DAYS: i64 = 366;
/// Most lines in one download.
pub const EXPORT_LINES: i64 = 100_000;

/// Acts that belong together, as people look for them: name, and how their codes begin.
pub const GROUPS: &[(&str, &str, &[&str])] = &[
    ("letter", "手紙と件", &["letter.", "matter."]),
    ("reply", "回答と決裁", &["reply.", "approval."]),
    ("publication", "公表", &["publication."]),
    ("consultation", "意見募集", &["consultation.", "submission.", "subscription.", "opinions.", "answers."]),
    ("party", "差出人と添付", &["party.", "file."]),
    ("mail", "メール", &["mail.", "incoming.", "digest."]),
    ("staff", "職員とサインイン", &["staff.", "unit.", "view."]),
    ("system", "システム", &["keys.", "data.", "trail."]),
];

/// The codes of a group's acts.
pub fn codes_of(group: &str) -> Option<Vec<&'static str>> {
    let (_, _, starts) = GROUPS.iter().find(|g| g.0 == group)?;
    Some(Act::ALL.iter().map(|a| a.code()).filter(|c| starts.iter().any(|s| c.starts_with(s))).collect())
}

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A group of [`GROUPS`].
    pub group: String,
    /// `staff.id`.
    pub person: Option<i64>,
    /// `letter.id`.
    pub letter: Option<i64>,
    /// A Tokyo day.
    pub day: Option<NaiveDate>,
    /// Only lines before this number.
    pub before: Option<i64>,
}

/// Keeps what a walk along the chain found; `hirokiku verify` and the page call it. Run inside a write.
pub fn note_check(db: &mut Db, by: &By, now: DateTime<Utc>, verdict: &Verdict) -> Result<()> {
    store::insert_check(db, now.into(), verdict)?;
    let line = Line::new(Act::TrailChecked, Subject::System, "trail")
        .with(serde_json::json!({"lines": verdict.lines, "faults": verdict.faults.len()}));
    trail::record(db, by, now, &line)
}

/// The days of a download, in order and not too many.
///
/// # Errors
/// [`Error::Refused`] with what to change.
pub fn export_days(from: NaiveDate, to: NaiveDate) -> Result<()> {
    if to < from {
        return Err(Error::Refused("終わりの日は、始まりの日より後にしてください。".to_owned()));
    }
    if (to - from).num_days() >= EXPORT_DAYS {
        return Err(Error::Refused("一度に書き出せるのは1年分までです。期間を分けてください。".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_belongs_to_exactly_one_group() {
        for act in Act::ALL {
            let groups = GROUPS.iter().filter(|g| g.2.iter().any(|s| act.code().starts_with(s))).count();
            assert_eq!(groups, 1, "{act}");
        }
    }
}
