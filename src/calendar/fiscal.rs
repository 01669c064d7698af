//! Fiscal years (年度): 1 April to 31 March, named after the era of the 1 April they begin on.

use super::wareki::era_year;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fiscal year by the western year it begins in: 令和8年度 is `FiscalYear(2026)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYear(pub i32);

impl FiscalYear {
    /// The fiscal year a day belongs to.
    pub fn of(day: NaiveDate) -> Self {
        Self(if day.month() >= 4 { day.year() } else { day.year() - 1 })
    }

    /// 1 April.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).unwrap_or(NaiveDate::MAX)
    }

    /// 31 March of the next western year.
    pub fn last_day(self) -> NaiveDate {
        self.0.checked_add(1).and_then(|y| NaiveDate::from_ymd_opt(y, 3, 31)).unwrap_or(NaiveDate::MAX)
    }

    /// `令和8年度`, `令和元年度`.
    pub fn label(self) -> String {
        match era_year(self.first_day()) {
            Some((era, 1)) => format!("{}元年度", era.name),
            Some((era, year)) => format!("{}{year}年度", era.name),
            None => format!("{}年度", self.0),
        }
    }

    /// `R8`, as in register numbers and column heads; a year before the eras is written out.
    pub fn short(self) -> String {
        match era_year(self.first_day()) {
            Some((era, year)) => format!("{}{year}", era.letter),
            None => self.0.to_string(),
        }
    }

    /// The year after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The year before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

/// The number of a letter in the year's register (受付簿): `R8-0123`. Numbers past 9999 simply grow longer.
pub fn register_label(year: FiscalYear, number: i64) -> String {
    format!("{}-{number:04}", year.short())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn the_year_turns_between_31_march_and_1_april() {
        assert_eq!(FiscalYear::of(day(2026, 3, 31)), FiscalYear(2025));
        assert_eq!(FiscalYear::of(day(2026, 4, 1)), FiscalYear(2026));
        assert_eq!(FiscalYear(2026).first_day(), day(2026, 4, 1));
        assert_eq!(FiscalYear(2026).last_day(), day(2027, 3, 31));
        assert_eq!(FiscalYear(2026).previous().next(), FiscalYear(2026));
    }

    #[test]
    fn a_year_is_named_after_the_era_of_its_first_day() {
        assert_eq!(FiscalYear(2026).label(), "令和8年度");
        assert_eq!(FiscalYear(2020).label(), "令和2年度");
        assert_eq!(FiscalYear(2019).label(), "平成31年度", "1 April 2019 was still Heisei");
        assert_eq!(FiscalYear(2026).short(), "R8");
        assert_eq!(FiscalYear(1988).to_string(), "昭和63年度");
    }

    #[test]
    fn register_numbers_are_padded_to_four_and_may_outgrow_it() {
        assert_eq!(register_label(FiscalYear(2026), 123), "R8-0123");
        assert_eq!(register_label(FiscalYear(2026), 12345), "R8-12345");
    }

    #[test]
    fn absurd_years_do_not_panic() {
        for year in [i32::MAX, i32::MIN, 0] {
            let _ = (FiscalYear(year).label(), FiscalYear(year).last_day(), FiscalYear(year).next());
        }
    }
}
