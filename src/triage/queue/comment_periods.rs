//! Open comment periods on a person's desk: how each stands, what came in, and what waits in it.

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::{days_left, tokyo_day};
use crate::consultations::consultation::{Consultation, Period, Phase};
use crate::consultations::{self, store};
use crate::db::Db;
use crate::error::Result;
use crate::opinions::{answers, store as opinions};
use crate::people::{May, Viewer};

/// What can wait in a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Typed in, and nobody compared it with the paper.
    SecondLook,
    /// Not cut into items yet.
    Uncut,
    /// Groups nobody looked into.
    Unsettled,
    /// Groups without an answer.
    Unanswered,
    /// Chapters before their approvers.
    Circulating,
}

/// A consultation on somebody's desk.
#[derive(Clone, Debug)]
pub struct Running {
    /// The consultation.
    pub row: Consultation,
    /// Its period.
    pub period: Period,
    /// How the period stands now.
    pub phase: Phase,
    /// Received today.
    pub today: i64,
    /// Received in all.
    pub all: i64,
    /// What waits: how many, and the list of exactly those.
    pub waits: Vec<(Waits, i64, String)>,
}

impl Running {
    /// The day the result was promised for (決定の予定日), once opinions are no longer taken.
    pub fn result_due(&self) -> Option<NaiveDate> {
        self.row.decision_planned_on.filter(|_| self.phase == Phase::Closed)
    }

    /// Overdue results stand first, the longest overdue before all; then the day that comes next.
    fn rank(&self, today: NaiveDate) -> (bool, bool, NaiveDate) {
        let due = self.result_due();
        let overdue = due.is_some_and(|day| days_left(day, today) < 0);
        (!overdue, self.phase == Phase::Closed && due.is_none(), due.unwrap_or(self.period.closing_on))
    }
}

/// The consultations before the public whose result is not out, of those the viewer runs or answers in.
pub fn running(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>) -> Result<Vec<Running>> {
    let own = viewer.units();
    if own.is_empty() && !viewer.can(May::RunConsultation(None)) {
        return Ok(Vec::new());
    }
    let today = tokyo_day(now);
    let mut found = Vec::new();
    for row in store::at_work(db)? {
        let units = answers::readers(db, &row)?;
        let runs = viewer.can(May::RunConsultation(Some(row.unit_id)));
        let answers_in = units.iter().any(|unit| own.contains(unit));
        if !viewer.can(May::ReadSubmissions(&units)) || !(runs || answers_in) {
            continue;
        }
        let period = consultations::period(db, &row)?;
        let phase = period.phase(now);
        if phase == Phase::Cancelled {
            continue;
        }
        found.push(Running {
            today: store::number_on(db, row.id, today)?,
            all: store::number_of(db, row.id)?,
            waits: waits(db, viewer, &row, runs, &own)?,
            phase,
            period,
            row,
        });
    }
    found.sort_by_key(|one| one.rank(today));
    Ok(found)
}

fn waits(
    db: &mut Db,
    viewer: &Viewer,
    row: &Consultation,
    runs: bool,
    own: &[i64],
) -> Result<Vec<(Waits, i64, String)>> {
    let (id, path) = (row.id, row.path());
    let mut waits = Vec::new();
    if viewer.can(May::EnterOpinions(row.unit_id)) {
        let list = format!("{path}/submissions?unchecked=yes");
        waits.push((Waits::SecondLook, store::unchecked(db, id, viewer.id)?.0, list));
    }
    if runs {
        waits.push((Waits::Uncut, opinions::uncut_of(db, id)?, format!("{path}/submissions")));
    }
    let answered = answers::is_answered(row);
    if runs || answered {
        let (unsettled, unanswered) = opinions::how_open(db, id, (!runs).then_some(own))?;
        if runs {
            waits.push((Waits::Unsettled, unsettled, format!("{path}/groups?settled=no")));
        }
        if answered {
            let mine = if runs { "" } else { "mine=yes&" };
            waits.push((Waits::Unanswered, unanswered, format!("{path}/answers?{mine}gap=view")));
        }
    }
    if answered {
        let circulating = answers::store::chapters_circulating(db, id)?;
        waits.push((Waits::Circulating, circulating, format!("{path}/chapters")));
    }
    waits.retain(|(_, many, _)| *many > 0);
    Ok(waits)
}
