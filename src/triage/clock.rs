//! The clock of one matter: what the rule gives, what the city set itself, how many days are left.

use chrono::NaiveDate;

use crate::calendar::{self, CityHolidays};
use crate::letters::matter::Matter;
use crate::web::parts::Tone;

/// From this many days on a matter is shown as soon due.
const SOON: i64 = 3;

/// What the page shows beside a matter. All days are Tokyo days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// 受付日.
    pub received_on: NaiveDate,
    /// The thirtieth day from the day after receipt (施行規則第4条); shown whatever else counts.
    pub statutory_due_on: NaiveDate,
    /// The city's own target.
    pub target_due_on: NaiveDate,
    /// The day an interim reply named.
    pub extended_due_on: Option<NaiveDate>,
    /// The day that counts now.
    pub due_on: NaiveDate,
    /// Whole days to it: 0 on the day, negative after it. `None` for a matter that is over.
    pub days_left: Option<i64>,
    /// When the day that counts is a city holiday: why, and the working day before it.
    pub holiday: Option<(String, NaiveDate)>,
    /// The same for the statutory day.
    pub statutory_holiday: Option<(String, NaiveDate)>,
}

impl Clock {
    /// The clock of a matter on a day.
    pub fn of(matter: &Matter, today: NaiveDate, city: &CityHolidays) -> Clock {
        let holiday = |day| city.reason(day).map(|why| (why.to_owned(), city.working_day_before(day)));
        Clock {
            received_on: matter.received_on,
            statutory_due_on: matter.statutory_due_on,
            target_due_on: matter.target_due_on,
            extended_due_on: matter.extended_due_on,
            due_on: matter.due_on,
            days_left: (matter.closed_at.is_none() && matter.replied_at.is_none())
                .then(|| calendar::days_left(matter.due_on, today)),
            holiday: holiday(matter.due_on),
            statutory_holiday: holiday(matter.statutory_due_on),
        }
    }

    /// How pressing it is.
    pub fn tone(&self) -> Tone {
        match self.days_left {
            None => Tone::Quiet,
            Some(left) if left < 0 => Tone::Error,
            Some(left) if left <= SOON => Tone::Warning,
            Some(_) => Tone::Info,
        }
    }

    /// The days left in words.
    pub fn words(&self) -> String {
        match self.days_left {
            None => "終わっています".to_owned(),
            Some(0) => "今日まで".to_owned(),
            Some(left) if left < 0 => format!("{}日過ぎています", -left),
            Some(left) => format!("あと{left}日"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::matter::State;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn matter(due_on: NaiveDate) -> Matter {
        let received_on = day(2026, 4, 1);
        Matter {
            id: 1,
            letter_id: 1,
            no: 1,
            title: String::new(),
            kind: None,
            state: State::Assigned,
            resume_state: None,
            owning_unit_id: None,
            drafter_id: None,
            reply_needed: true,
            received_on,
            statutory_due_on: calendar::reply_due(received_on),
            target_due_on: calendar::due(received_on, 14),
            extended_due_on: None,
            due_on,
            outcome: None,
            reason: None,
            reason_note: None,
            passed_to: None,
            follow_up_of: None,
            circulated_at: None,
            assigned_at: None,
            replied_at: None,
            closed_at: None,
            created_at: crate::calendar::start_of_tokyo_day(received_on).into(),
            version: 1,
        }
    }

    #[test]
    fn a_due_day_on_a_holiday_names_the_working_day_before() {
        // 2026-05-03 to 05-06 are holidays, 05-02 is a Saturday
        let clock = Clock::of(&matter(day(2026, 5, 6)), day(2026, 4, 20), &CityHolidays::default());
        assert_eq!(clock.holiday, Some(("振替休日".to_owned(), day(2026, 5, 1))));
        assert_eq!(clock.statutory_holiday, None, "1 May 2026 is a Friday");
        assert_eq!((clock.days_left, clock.words().as_str()), (Some(16), "あと16日"));
    }

    #[test]
    fn the_last_day_is_not_late_and_the_next_is() {
        let due = day(2026, 4, 15);
        let on = |today| Clock::of(&matter(due), today, &CityHolidays::default());
        assert_eq!((on(due).words().as_str(), on(due).tone()), ("今日まで", Tone::Warning));
        let late = on(day(2026, 4, 16));
        assert_eq!((late.words().as_str(), late.tone()), ("1日過ぎています", Tone::Error));
    }

    #[test]
    fn an_answered_matter_has_no_days_left() {
        let mut answered = matter(day(2026, 4, 15));
        answered.replied_at = Some(crate::calendar::start_of_tokyo_day(day(2026, 4, 14)).into());
        let clock = Clock::of(&answered, day(2026, 6, 1), &CityHolidays::default());
        assert_eq!((clock.days_left, clock.tone()), (None, Tone::Quiet));
    }
}
