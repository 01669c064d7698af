//! How often a network or a code may be tried before it has to wait (crate `governor`). Kept in memory: a restart
//! forgives, a busy library's address is slowed and never shut out.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Config;
use crate::error::{Error, Result};

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Above this many keys, those that have long been quiet are forgotten.
const MANY_KEYS: usize = 10_000;

/// A limit per key: so many at once, and as many again in ten minutes.
pub struct Limit {
    by_key: DefaultKeyedRateLimiter<String>,
}

impl Limit {
    /// `in_ten_minutes` at once or spread over ten minutes; zero counts as one.
    pub fn new(in_ten_minutes: u32) -> Limit {
        let burst = NonZeroU32::new(in_ten_minutes).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(TEN_MINUTES / burst.get())
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        Limit { by_key: RateLimiter::keyed(quota) }
    }

    /// Counts one try.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds to wait; a refused try is not counted.
    pub fn take(&self, key: &str) -> Result<()> {
        if self.by_key.len() > MANY_KEYS {
            self.by_key.retain_recent();
        }
        self.by_key.check_key(&key.to_owned()).map_err(|early| {
            Error::TooMany(early.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1))
        })
    }
}

/// The limits of the citizens' door.
pub struct Pace {
    /// Letters, answers and uploads, by network.
    pub submissions: Limit,
    /// Receipt codes looked up, by network.
    pub lookups: Limit,
    /// Receipt codes looked up, by code.
    pub code: Limit,
    /// Receipt codes looked up, by code and network: who guesses from elsewhere does not lock the writer out.
    pub code_from_network: Limit,
}

impl Pace {
    /// The limits the settings name.
    pub fn new(config: &Config) -> Pace {
        Pace {
            submissions: Limit::new(config.submissions_per_network),
            lookups: Limit::new(config.submissions_per_network),
            code: Limit::new(20),
            code_from_network: Limit::new(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_waits_while_another_goes_on() {
        let limit = Limit::new(2);
        assert!(limit.take("a").is_ok() && limit.take("a").is_ok());
        let Err(Error::TooMany(seconds)) = limit.take("a") else { panic!("the third waits") };
        assert!((1..=300).contains(&seconds), "half of ten minutes at most, not {seconds} s");
        assert!(limit.take("b").is_ok());
    }
}
