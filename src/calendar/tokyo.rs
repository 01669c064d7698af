//! Tokyo days as UTC moments. Asia/Tokyo has been UTC+9 without daylight saving since 1952, so an offset is enough.

use super::wareki::{era_date, short_date};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

const TOKYO_AHEAD: TimeDelta = TimeDelta::hours(9);

fn tokyo_wall(at: DateTime<Utc>) -> NaiveDateTime {
    at.naive_utc().checked_add_signed(TOKYO_AHEAD).unwrap_or(NaiveDateTime::MAX)
}

/// The day on the wall calendar in Tokyo at that moment.
pub fn tokyo_day(at: DateTime<Utc>) -> NaiveDate {
    tokyo_wall(at).date()
}

/// The first moment of a Tokyo day.
pub fn start_of_tokyo_day(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).checked_sub_signed(TOKYO_AHEAD).unwrap_or(NaiveDateTime::MIN).and_utc()
}

/// The first moment **after** a Tokyo day: what closes on the day is closed when `now >= end_of_tokyo_day(day)`.
pub fn end_of_tokyo_day(day: NaiveDate) -> DateTime<Utc> {
    start_of_tokyo_day(day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX))
}

/// The moment as Tokyo people say it, for lists: `4月1日(水) 9:05`.
pub fn tokyo_clock(at: DateTime<Utc>) -> String {
    let wall = tokyo_wall(at);
    format!("{} {}", short_date(wall.date()), wall.format("%-H:%M"))
}

/// The same with the year, for papers and history: `令和8年(2026年)4月1日(水) 9:05`.
pub fn tokyo_clock_with_year(at: DateTime<Utc>) -> String {
    let wall = tokyo_wall(at);
    format!("{} {}", era_date(wall.date()), wall.format("%-H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }
    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn the_day_changes_at_midnight_in_tokyo_not_in_greenwich() {
        assert_eq!(tokyo_day(utc("2026-03-31T14:59:59.999999Z")), day(2026, 3, 31));
        assert_eq!(tokyo_day(utc("2026-03-31T15:00:00Z")), day(2026, 4, 1));
    }

    #[test]
    fn a_period_is_open_in_its_last_second_and_closed_at_midnight() {
        let closes = end_of_tokyo_day(day(2015, 10, 2));
        assert!(utc("2015-10-02T23:59:59+09:00") < closes);
        assert!(utc("2015-10-03T00:00:00+09:00") >= closes);
        assert_eq!(closes, start_of_tokyo_day(day(2015, 10, 3)));
    }

    #[test]
    fn clocks_are_shown_in_tokyo_time() {
        assert_eq!(tokyo_clock(utc("2026-04-01T00:05:30Z")), "4月1日(水) 9:05");
        assert_eq!(tokyo_clock_with_year(utc("2026-04-01T15:00:00Z")), "令和8年(2026年)4月2日(木) 0:00");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for at in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            let _ = tokyo_clock_with_year(at);
        }
        let _ = (start_of_tokyo_day(NaiveDate::MIN), end_of_tokyo_day(NaiveDate::MAX));
    }
}
