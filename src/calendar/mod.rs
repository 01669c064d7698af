//! The city's calendar: Tokyo days, the two ways of counting days, city holidays, fiscal years (年度) and era dates (和暦).
//!
//! Everything here is pure: the moment and the day come in as parameters. Days are [`NaiveDate`]s of Asia/Tokyo,
//! moments are UTC.

mod fiscal;
mod holidays;
mod tokyo;
mod wareki;

use chrono::{Days, NaiveDate};

pub use fiscal::{FiscalYear, register_label};
pub use holidays::{CityHolidays, holidays_known_until, national_holiday};
pub use tokyo::{end_of_tokyo_day, start_of_tokyo_day, tokyo_clock, tokyo_clock_with_year, tokyo_day};
pub use wareki::{DateTrouble, era_date, era_year, parse_date, short_date};

/// Days the enforcement rule gives for an answer (施行規則第4条).
pub const REPLY_DAYS: u64 = 30;

/// The last day to answer: 受け付けた日の翌日から起算して30日以内 (施行規則第4条). Day 1 is the day after receipt.
/// Holidays do not move it; show [`CityHolidays::working_day_before`] beside it.
pub fn reply_due(received_on: NaiveDate) -> NaiveDate {
    due(received_on, REPLY_DAYS)
}

/// The last day of `days` days counted from the day **after** `received_on`.
pub fn due(received_on: NaiveDate, days: u64) -> NaiveDate {
    received_on.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// The earliest closing day of a comment period of `min_days`: 公示の日から起算, so the day of notice is day 1
/// (行政手続法第39条3項). The closing day itself belongs to the period. `min_days` 0 counts as 1.
pub fn earliest_close(noticed_on: NaiveDate, min_days: u64) -> NaiveDate {
    due(noticed_on, min_days.saturating_sub(1))
}

/// Whole days from `today` to `due`: 0 on the day itself, negative when it has passed.
pub fn days_left(due: NaiveDate, today: NaiveDate) -> i64 {
    (due - today).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn the_reply_is_due_on_the_thirtieth_day_after_receipt() {
        assert_eq!(reply_due(day(2026, 4, 1)), day(2026, 5, 1));
        assert_eq!(reply_due(day(2026, 12, 5)), day(2027, 1, 4));
        assert_eq!(reply_due(day(2028, 2, 1)), day(2028, 3, 2), "a leap February has 29 days");
    }

    #[test]
    fn a_comment_period_counts_the_day_of_notice() {
        assert_eq!(earliest_close(day(2015, 9, 3), 30), day(2015, 10, 2));
        assert_eq!(earliest_close(day(2015, 9, 3), 1), day(2015, 9, 3));
        assert_eq!(earliest_close(day(2015, 9, 3), 0), day(2015, 9, 3));
    }

    #[test]
    fn days_left_is_zero_on_the_day_and_negative_after_it() {
        assert_eq!(days_left(day(2026, 5, 1), day(2026, 4, 24)), 7);
        assert_eq!(days_left(day(2026, 5, 1), day(2026, 5, 1)), 0);
        assert_eq!(days_left(day(2026, 5, 1), day(2026, 5, 3)), -2);
    }

    #[test]
    fn counting_past_the_end_of_time_stops_there() {
        assert_eq!(due(day(2026, 1, 1), u64::MAX), NaiveDate::MAX);
    }
}
