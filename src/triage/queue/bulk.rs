//! Giving many matters to a section at once, and taking that back for a while.
//!
//! Taking back follows the journey of a matter, which has no way from 担当課 to 供覧済み: a matter given by mistake
//! goes to 広聴へ戻し, from where it can be given again. It is possible for [`UNDO_MINUTES`] minutes, for matters
//! nobody has touched since.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::store;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters;
use crate::letters::matter::{Change, State, Step};
use crate::people::{May, Viewer};

/// More matters than this are shown once more before they are given away.
pub const PREVIEW: usize = 25;

/// The most matters at once: a whole page.
pub const MOST: usize = 100;

/// How long giving away can be taken back.
pub const UNDO_MINUTES: i64 = 30;

/// A matter as the page showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// `matter.id`.
    pub id: i64,
    /// The version the page showed.
    pub version: i64,
}

impl Picked {
    /// From the value of a tick box, `12:3`.
    pub fn from_code(code: &str) -> Option<Picked> {
        let (id, version) = code.split_once(':')?;
        Some(Picked { id: id.parse().ok()?, version: version.parse().ok()? })
    }

    /// The value of its tick box.
    pub fn code(self) -> String {
        format!("{}:{}", self.id, self.version)
    }
}

/// What became of one matter.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The matter, with its new version when it was moved.
    pub picked: Picked,
    /// [`None`] when it was done, else why not, for the person.
    pub refused: Option<String>,
}

/// Gives matters to a section, all in one transaction; what cannot be given is told, and does not keep the others.
///
/// # Errors
/// [`Error::NotAllowed`] for anybody but the listening office; [`Error::Refused`] when nothing or too much was picked,
/// or the section is not there.
pub fn assign(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    picked: &[Picked],
    unit: i64,
) -> Result<Vec<Outcome>> {
    viewer.may(May::RunLetters)?;
    check(picked)?;
    if !store::sections(db, viewer.today)?.iter().any(|(id, _)| *id == unit) {
        return Err(Error::Refused("担当課を選んでください。".to_owned()));
    }
    let mut outcomes = Vec::with_capacity(picked.len());
    for matter in picked {
        let change = Change { owning_unit_id: Some(Some(unit)), drafter_id: Some(None), ..Change::default() };
        let detail = json!({ "unit": unit, "bulk": picked.len() });
        outcomes.push(one(db, viewer, now, *matter, Step::Assign, change, detail, |_| None)?);
    }
    Ok(outcomes)
}

/// Takes back what [`assign`] gave, as far as nobody has touched it and [`UNDO_MINUTES`] have not passed.
///
/// # Errors
/// As [`assign`].
pub fn take_back(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    picked: &[Picked],
) -> Result<Vec<Outcome>> {
    viewer.may(May::RunLetters)?;
    check(picked)?;
    let mut outcomes = Vec::with_capacity(picked.len());
    for matter in picked {
        let change = Change { owning_unit_id: Some(None), ..Change::default() };
        let late = |assigned: Option<DateTime<Utc>>| {
            let in_time = assigned.is_some_and(|at| now - at <= Duration::minutes(UNDO_MINUTES));
            (!in_time).then(|| format!("割り当ててから{UNDO_MINUTES}分を過ぎています。"))
        };
        let detail = json!({ "undo": true });
        outcomes.push(one(db, viewer, now, *matter, Step::ReturnToCentre, change, detail, late)?);
    }
    Ok(outcomes)
}

fn check(picked: &[Picked]) -> Result<()> {
    match picked.len() {
        0 => Err(Error::Refused("割り当てる件に印を付けてください。".to_owned())),
        n if n > MOST => Err(Error::Refused(format!("一度に割り当てられるのは{MOST}件までです。"))),
        _ => Ok(()),
    }
}

#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
fn one(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    picked: Picked,
    step: Step,
    change: Change,
    detail: serde_json::Value,
    refuse: impl Fn(Option<DateTime<Utc>>) -> Option<String>,
) -> Result<Outcome> {
    // looked at beforehand: an error inside a PostgreSQL transaction would end all of it
    let refused = |why: String| Outcome { picked, refused: Some(why) };
    let matter = match letters::store::matter(db, picked.id) {
        Err(Error::NotFound) => return Ok(refused("この件は見つかりません。".to_owned())),
        other => other?,
    };
    if matter.version != picked.version {
        return Ok(refused("画面を開いたあとに別の人が更新しました。".to_owned()));
    }
    if matter.after(step).is_none() {
        return Ok(refused(reason(matter.state, step)));
    }
    if let Some(why) = refuse(matter.assigned_at.map(crate::db::Instant::utc)) {
        return Ok(refused(why));
    }
    let moved =
        letters::advance(db, &viewer.by(), now, picked.id, Some(picked.version), step, change, detail)?;
    Ok(Outcome { picked: Picked { version: moved.version, ..picked }, refused: None })
}

/// Why a step cannot be taken, and what would come first.
fn reason(state: State, step: Step) -> String {
    let first = match (step, state) {
        (Step::Assign, State::Received) => "先に登録、受理、供覧が要ります。",
        (Step::Assign, State::Registered) => "先に受理と供覧が要ります。",
        (Step::Assign, State::Accepted) => "先に供覧が要ります。",
        (Step::Assign, State::Assigned | State::Drafting | State::InApproval | State::Returned) => {
            "すでに担当課があります。変えるときは、担当課から広聴へ戻してもらってください。"
        }
        _ => "この段階では行えません。",
    };
    format!("いまは「{}」です。{first}", state.label())
}
