//! The sum line: every mail that came in stands somewhere, each day and over all (rule 9).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::incoming::State;
use super::store;
use crate::db::Db;
use crate::error::Result;

/// The mails of a Tokyo day, or of all days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// The day; none over all.
    pub on: Option<NaiveDate>,
    /// How many came in, counted by itself.
    pub came: i64,
    /// How many stand where; states without a mail are left out.
    pub stand: BTreeMap<State, i64>,
}

impl Day {
    /// How many stand in a state.
    pub fn of(&self, state: State) -> i64 {
        self.stand.get(&state).copied().unwrap_or_default()
    }

    /// Whether what came in equals what stands somewhere.
    pub fn adds_up(&self) -> bool {
        self.came == self.stand.values().sum::<i64>()
    }
}

/// The sums of the days from `from` to `to`, newest first; days without mail are left out.
pub fn sums(db: &mut Db, from: NaiveDate, to: NaiveDate) -> Result<Vec<Day>> {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for (on, came) in store::came_by_day(db, from, to)? {
        days.insert(on, Day { on: Some(on), came, stand: BTreeMap::new() });
    }
    for (on, state, count) in store::stand_by_day(db, from, to)? {
        let day = days.entry(on).or_insert_with(|| Day { on: Some(on), ..Day::default() });
        day.stand.insert(state, count);
    }
    Ok(days.into_values().rev().collect())
}

/// The sums over all.
pub fn totals(db: &mut Db) -> Result<Day> {
    Ok(Day { on: None, came: store::came(db)?, stand: store::stand(db)?.into_iter().collect() })
}
