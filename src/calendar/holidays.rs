//! City holidays: Saturdays, Sundays, national holidays, the year-end days of the holiday ordinance
//! (29 December to 3 January), and days the city adds as data.
//!
//! National holidays are computed from 国民の祝日に関する法律. No crate is used: of those on the registry
//! koyomi states no licence, jpholiday asks for a newer compiler than this package, and holiday_jp (2017) asks a
//! server.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use std::collections::BTreeMap;

/// The first year whose national holidays are known here. Earlier years have other laws behind them.
const KNOWN_FROM: i32 = 2020;
/// The last year whose dates the tests have compared with a written list.
const KNOWN_UNTIL: i32 = 2035;

/// The last year for which holidays are checked. The health page warns when next year lies beyond it. (The
/// equinoxes of a year are fixed in the official gazette each February before; until then they are computed.)
pub fn holidays_known_until() -> i32 {
    KNOWN_UNTIL
}

/// The name of the national holiday on that day, 振替休日 and 国民の休日 included; `None` on any other day and for
/// every day before 2020.
pub fn national_holiday(day: NaiveDate) -> Option<&'static str> {
    if day.year() < KNOWN_FROM {
        return None;
    }
    if let Some(name) = named_holiday(day) {
        return Some(name);
    }
    // 第3条2項: a holiday on a Sunday moves to the next day that is not itself a holiday.
    let mut before = day.pred_opt()?;
    while named_holiday(before).is_some() {
        if before.weekday() == Weekday::Sun {
            return Some("振替休日");
        }
        before = before.pred_opt()?;
    }
    // 第3条3項: a day with a holiday on both sides.
    let between = named_holiday(day.pred_opt()?).is_some() && named_holiday(day.succ_opt()?).is_some();
    between.then_some("国民の休日")
}

/// 第2条: the holidays that have a name of their own.
fn named_holiday(day: NaiveDate) -> Option<&'static str> {
    let (year, month, date) = (day.year(), day.month(), day.day());
    // The Olympic years moved three holidays by special law.
    match (year, month, date) {
        (2020, 7, 23) | (2021, 7, 22) => return Some("海の日"),
        (2020, 7, 24) | (2021, 7, 23) => return Some("スポーツの日"),
        (2020, 8, 10) | (2021, 8, 8) => return Some("山の日"),
        (2020 | 2021, 7 | 8 | 10, _) => return None,
        _ => {}
    }
    let nth_monday = |n: u32| day.weekday() == Weekday::Mon && (date - 1) / 7 + 1 == n;
    match (month, date) {
        (1, 1) => Some("元日"),
        (1, _) if nth_monday(2) => Some("成人の日"),
        (2, 11) => Some("建国記念の日"),
        (2, 23) => Some("天皇誕生日"),
        (3, _) if date == equinox_day(year, 20_843_100) => Some("春分の日"),
        (4, 29) => Some("昭和の日"),
        (5, 3) => Some("憲法記念日"),
        (5, 4) => Some("みどりの日"),
        (5, 5) => Some("こどもの日"),
        (7, _) if nth_monday(3) => Some("海の日"),
        (8, 11) => Some("山の日"),
        (9, _) if nth_monday(3) => Some("敬老の日"),
        (9, _) if date == equinox_day(year, 23_248_800) => Some("秋分の日"),
        (10, _) if nth_monday(2) => Some("スポーツの日"),
        (11, 3) => Some("文化の日"),
        (11, 23) => Some("勤労感謝の日"),
        _ => None,
    }
}

/// The usual approximation of the equinox's Japanese date, right from 1980 to 2099, in millionths of a day.
fn equinox_day(year: i32, in_1980: i64) -> u32 {
    let since = i64::from(year) - 1980;
    let day = (in_1980 + 242_194 * since).div_euclid(1_000_000) - since.div_euclid(4);
    u32::try_from(day).unwrap_or(0)
}

/// The days on which the city hall is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CityHolidays {
    extra: BTreeMap<NaiveDate, String>,
}

impl CityHolidays {
    /// With the city's own extra closing days and their names, on top of weekends, national holidays and year end.
    pub fn with_extra(extra: impl IntoIterator<Item = (NaiveDate, String)>) -> Self {
        Self { extra: extra.into_iter().collect() }
    }

    /// Why the city hall is closed on that day, or `None` on a working day.
    pub fn reason(&self, day: NaiveDate) -> Option<&str> {
        if let Some(name) = self.extra.get(&day) {
            return Some(name);
        }
        if let Some(name) = national_holiday(day) {
            return Some(name);
        }
        match (day.month(), day.day(), day.weekday()) {
            (12, 29.., _) | (1, ..=3, _) => Some("年末年始"),
            (_, _, Weekday::Sat) => Some("土曜日"),
            (_, _, Weekday::Sun) => Some("日曜日"),
            _ => None,
        }
    }

    /// Is the city hall closed on that day?
    pub fn is_city_holiday(&self, day: NaiveDate) -> bool {
        self.reason(day).is_some()
    }

    /// The day itself if it is a working day, else the last working day before it.
    pub fn working_day_before(&self, day: NaiveDate) -> NaiveDate {
        let mut at = day;
        while self.is_city_holiday(at) {
            match at.pred_opt() {
                Some(before) => at = before,
                None => return day,
            }
        }
        at
    }

    /// The day itself if it is a working day, else the first working day after it (地方自治法第4条の2, for what
    /// citizens file).
    pub fn working_day_after(&self, day: NaiveDate) -> NaiveDate {
        let mut at = day;
        while self.is_city_holiday(at) {
            match at.succ_opt() {
                Some(after) => at = after,
                None => return day,
            }
        }
        at
    }

    /// Working days after `from`, up to and including `to` (day 1 is the day after `from`); 0 when `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            let Some(next) = at.checked_add_days(Days::new(1)) else { break };
            at = next;
            count += u32::from(!self.is_city_holiday(at));
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn holidays_of(year: i32) -> Vec<(u32, u32)> {
        day(year, 1, 1)
            .iter_days()
            .take_while(|d| d.year() == year)
            .filter(|d| national_holiday(*d).is_some())
            .map(|d| (d.month(), d.day()))
            .collect()
    }

    /// Written out from the Cabinet Office's tables (to 2027) and by hand from the law and a wall calendar after that.
    const WRITTEN: &[(i32, &str)] = &[
        (2020, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23"),
        (2021, "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23"),
        (
            2024,
            "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
        ),
        (
            2025,
            "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
        ),
        (2026, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"),
        (2027, "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"),
        (2028, "1/1 1/10 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/22 10/9 11/3 11/23"),
        (2029, "1/1 1/8 2/11 2/12 2/23 3/20 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23"),
        (2030, "1/1 1/14 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 11/3 11/4 11/23"),
        (
            2031,
            "1/1 1/13 2/11 2/23 2/24 3/21 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
        ),
        (2032, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/21 9/22 10/11 11/3 11/23"),
        (2033, "1/1 1/10 2/11 2/23 3/20 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23"),
        (2034, "1/1 1/2 1/9 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23"),
        (2035, "1/1 1/8 2/11 2/12 2/23 3/21 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23"),
    ];

    #[test]
    fn national_holidays_equal_the_written_list() {
        for (year, written) in WRITTEN {
            let computed: Vec<String> = holidays_of(*year).iter().map(|(m, d)| format!("{m}/{d}")).collect();
            assert_eq!(computed.join(" "), *written, "{year}");
        }
        let years: Vec<i32> = WRITTEN.iter().map(|(year, _)| *year).collect();
        assert!(
            (2024..=holidays_known_until()).all(|year| years.contains(&year)),
            "every promised year is listed"
        );
    }

    #[test]
    fn the_tricky_days_have_their_right_names() {
        assert_eq!(national_holiday(day(2026, 9, 22)), Some("国民の休日"));
        assert_eq!(national_holiday(day(2032, 9, 21)), Some("国民の休日"));
        assert_eq!(national_holiday(day(2026, 5, 6)), Some("振替休日"));
        assert_eq!(national_holiday(day(2026, 5, 7)), None);
        assert_eq!(national_holiday(day(2027, 5, 6)), None, "only a Sunday holiday is made up for");
        assert_eq!(national_holiday(day(2024, 9, 22)), Some("秋分の日"));
        assert_eq!(national_holiday(day(2019, 5, 1)), None, "years before 2020 are not known here");
    }

    #[test]
    fn the_office_is_closed_at_weekends_and_at_the_turn_of_the_year() {
        let city = CityHolidays::default();
        for (m, d) in [(12, 29), (12, 30), (12, 31)] {
            assert_eq!(city.reason(day(2026, m, d)), Some("年末年始"));
        }
        assert!(!city.is_city_holiday(day(2026, 12, 28)));
        assert!(city.is_city_holiday(day(2027, 1, 3)));
        assert!(!city.is_city_holiday(day(2027, 1, 4)));
        assert_eq!(city.reason(day(2026, 4, 4)), Some("土曜日"));
        assert_eq!(city.reason(day(2026, 4, 5)), Some("日曜日"));
    }

    #[test]
    fn a_due_day_in_the_holidays_shows_the_working_day_before() {
        let city = CityHolidays::default();
        assert_eq!(city.working_day_before(day(2026, 5, 6)), day(2026, 5, 1));
        assert_eq!(city.working_day_before(day(2026, 5, 7)), day(2026, 5, 7));
        assert_eq!(city.working_day_before(day(2027, 1, 3)), day(2026, 12, 28));
        assert_eq!(city.working_day_after(day(2026, 9, 19)), day(2026, 9, 24));
    }

    #[test]
    fn the_citys_own_closing_days_count_too() {
        let city = CityHolidays::with_extra([(day(2026, 5, 1), "開庁記念日".to_owned())]);
        assert_eq!(city.reason(day(2026, 5, 1)), Some("開庁記念日"));
        assert_eq!(city.working_day_before(day(2026, 5, 6)), day(2026, 4, 30));
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        let city = CityHolidays::default();
        assert_eq!(city.working_days_between(day(2026, 4, 1), day(2026, 4, 8)), 5);
        assert_eq!(city.working_days_between(day(2026, 5, 1), day(2026, 5, 7)), 1);
        assert_eq!(city.working_days_between(day(2026, 4, 8), day(2026, 4, 1)), 0);
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let city = CityHolidays::default();
        for end in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = (city.working_day_before(end), city.working_day_after(end), national_holiday(end));
        }
    }
}
