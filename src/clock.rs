//! Times and ids come from here, so that a test can say what time it is.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, NaiveDate, Timelike, Utc};
use uuid::Uuid;

/// Where the program takes the time and fresh ids from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// The machine's clock, so far away from it: a demo city on another day.
    Apart(Duration),
    /// A clock that stands still until it is moved.
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Clock::Fixed(Arc::new(Mutex::new(at)))
    }

    /// A clock that shows `at` now and goes on from there.
    #[expect(clippy::disallowed_methods, reason = "asks the machine how far away that is")]
    pub fn going_on_from(at: DateTime<Utc>) -> Self {
        Clock::Apart(at - Utc::now())
    }

    /// Now in UTC, cut to microseconds: what both databases keep, so that a stored time equals the one given.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            Clock::System => Utc::now(),
            Clock::Apart(by) => Utc::now() + *by,
            Clock::Fixed(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        };
        now.with_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Today in Tokyo.
    pub fn today(&self) -> NaiveDate {
        crate::calendar::tokyo_day(self.now())
    }

    /// Moves a fixed clock; the machine's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Clock::Fixed(at) = self {
            let mut at = at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *at += by;
        }
    }

    /// Sets a fixed clock; the machine's clock does not move.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Clock::Fixed(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }

    /// A fresh id that sorts by time of making (UUID version 7).
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// `N` unguessable bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        rand::random()
    }
}
