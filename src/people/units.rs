//! The units of the city and who is posted where, kept in memory by each process.
//!
//! Every look-up reads one number from the database, which a trigger changes with any unit or posting; the copy is
//! used only while the number is the same. So nothing is ever stale by more than the request that was under way.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;

use super::roles::{Posting, Role, UnitKind};
use super::store;
use crate::db::Db;
use crate::error::Result;

/// A unit of the city's organisation, with the days between which it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `unit.id`.
    pub id: i64,
    /// Short and stable: `doro`.
    pub code: String,
    /// What sort.
    pub kind: UnitKind,
    /// 道路河川建設課.
    pub name: String,
    /// The unit above.
    pub parent_id: Option<i64>,
    /// A department's lead section, whose deputy head is the 部報道広聴主任.
    pub leads: bool,
    /// Telephone as printed.
    pub phone: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
    /// Place in lists.
    pub sort: i64,
}

impl Unit {
    /// Whether it exists on a day.
    pub fn open_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// A posting as it is kept: dated, never overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedPosting {
    /// `posting.id`.
    pub id: i64,
    /// Who.
    pub staff_id: i64,
    /// Where.
    pub unit_id: i64,
    /// As what.
    pub role: Role,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
}

impl DatedPosting {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// All units and postings, of every time.
#[derive(Debug, Default)]
pub struct Units {
    list: Vec<Unit>,
    place: HashMap<i64, usize>,
    below: HashMap<i64, Vec<i64>>,
    postings: Vec<DatedPosting>,
    of_staff: HashMap<i64, Vec<usize>>,
}

impl Units {
    /// Puts the rows in order.
    pub fn new(mut list: Vec<Unit>, postings: Vec<DatedPosting>) -> Units {
        list.sort_by_key(|u| (u.sort, u.id));
        let place: HashMap<i64, usize> = list.iter().enumerate().map(|(at, u)| (u.id, at)).collect();
        let mut children: HashMap<i64, Vec<i64>> = HashMap::new();
        for unit in &list {
            if let Some(parent) = unit.parent_id {
                children.entry(parent).or_default().push(unit.id);
            }
        }
        let below = list
            .iter()
            .map(|unit| {
                let mut found = vec![unit.id];
                let mut next = 0;
                while let Some(parent) = found.get(next).copied() {
                    found.extend(children.get(&parent).into_iter().flatten().filter(|c| **c != unit.id));
                    next += 1;
                }
                (unit.id, found)
            })
            .collect();
        let mut of_staff: HashMap<i64, Vec<usize>> = HashMap::new();
        for (at, posting) in postings.iter().enumerate() {
            of_staff.entry(posting.staff_id).or_default().push(at);
        }
        Units { list, place, below, postings, of_staff }
    }

    /// Every unit, in the order of lists.
    pub fn all(&self) -> &[Unit] {
        &self.list
    }

    /// The unit of an id.
    pub fn get(&self, id: i64) -> Option<&Unit> {
        self.place.get(&id).map(|at| &self.list[*at])
    }

    /// The unit of a code.
    pub fn by_code(&self, code: &str) -> Option<&Unit> {
        self.list.iter().find(|u| u.code == code)
    }

    /// A unit and all below it.
    pub fn below(&self, id: i64) -> &[i64] {
        self.below.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The units directly below one; `None` gives those at the top.
    pub fn children(&self, parent: Option<i64>) -> impl Iterator<Item = &Unit> {
        self.list.iter().filter(move |u| u.parent_id == parent)
    }

    /// The department, branch or body a unit belongs to; itself if it is one.
    pub fn department_of(&self, id: i64) -> Option<&Unit> {
        let mut at = self.get(id)?;
        while matches!(at.kind, UnitKind::Section | UnitKind::SubBranch) {
            at = self.get(at.parent_id?)?;
        }
        Some(at)
    }

    /// The name with the department before it: 建設部 道路河川建設課.
    pub fn full_name(&self, id: i64) -> String {
        let Some(unit) = self.get(id) else { return "(なくなった組織)".to_owned() };
        match self.department_of(id) {
            Some(above) if above.id != id && above.kind != UnitKind::ExecutiveBody => {
                format!("{} {}", above.name, unit.name)
            }
            _ => unit.name.clone(),
        }
    }

    /// Postings of a member of staff that hold on a day, each with the units it covers.
    pub fn postings_of(&self, staff_id: i64, day: NaiveDate) -> Vec<Posting> {
        self.history_of(staff_id)
            .filter(|p| p.holds_on(day))
            .map(|p| Posting {
                unit_id: p.unit_id,
                unit_name: self.get(p.unit_id).map_or_else(String::new, |u| u.name.clone()),
                role: p.role,
                covers: self.below(p.unit_id).to_vec(),
            })
            .collect()
    }

    /// Whether somebody may act in the place of another on a day (代決). Who holds no posting then has no step to take,
    /// and anybody may be named.
    pub fn may_stand_in(&self, other: i64, absent: i64, day: NaiveDate) -> bool {
        let (absent, other) = (self.postings_of(absent, day), self.postings_of(other, day));
        absent.is_empty() || absent.iter().any(|a| other.iter().any(|o| a.may_be_stood_in_for_by(o)))
    }

    /// Every posting a member of staff ever had, oldest first.
    pub fn history_of(&self, staff_id: i64) -> impl Iterator<Item = &DatedPosting> {
        self.of_staff.get(&staff_id).into_iter().flatten().map(|at| &self.postings[*at])
    }

    /// The postings that hold on a day.
    pub fn postings_on(&self, day: NaiveDate) -> impl Iterator<Item = &DatedPosting> {
        self.postings.iter().filter(move |p| p.holds_on(day))
    }
}

/// How many copies a process keeps: one is used, the rest are of tests' other databases.
const COPIES: usize = 16;

static KEPT: RwLock<VecDeque<(i64, Arc<Units>)>> = RwLock::new(VecDeque::new());

/// All units and postings as they are now.
pub fn units(db: &mut Db) -> Result<Arc<Units>> {
    let edition = store::edition(db)?;
    units_of(db, edition)
}

/// The copy of an edition that was just read.
pub(super) fn units_of(db: &mut Db, edition: i64) -> Result<Arc<Units>> {
    let poisoned = std::sync::PoisonError::into_inner;
    // 0 is a database nobody has written to: not worth keeping, and every database has been it
    if edition != 0
        && let Some((_, units)) = KEPT.read().unwrap_or_else(poisoned).iter().find(|(no, _)| *no == edition)
    {
        return Ok(units.clone());
    }
    // the number was read before the rows: the copy can be newer than its number, never older
    let units = Arc::new(Units::new(store::units(db)?, store::all_postings(db)?));
    if edition != 0 {
        let mut kept = KEPT.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.push_front((edition, units.clone()));
        kept.truncate(COPIES);
    }
    Ok(units)
}
