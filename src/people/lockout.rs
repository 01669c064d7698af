//! When a sign-in has to wait. Built so that nobody can be locked out by a stranger: a browser that has signed in as
//! this person before is counted for itself alone.

use chrono::{DateTime, Duration, Utc};

use crate::db::Instant;

/// Failures older than this no longer count.
pub const WINDOW: Duration = Duration::minutes(15);
/// Failures of one browser or one network for one login.
pub const PER_PAIR: i64 = 5;
/// Failures of one network, whatever the logins: a whole city hall may share an address.
pub const PER_NETWORK: i64 = 100;
/// Failures of one login, from wherever.
pub const PER_LOGIN: i64 = 50;

/// For each rule, the failure with which its limit was reached: the fifth newest and so on, inside the window or not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Of this known browser for this login.
    pub device: Option<Instant>,
    /// Of strangers in this network for this login.
    pub pair: Option<Instant>,
    /// Of strangers in this network.
    pub network: Option<Instant>,
    /// Of strangers anywhere for this login.
    pub login: Option<Instant>,
}

impl Tally {
    /// Seconds until another try is taken, for a browser known or not as this login's.
    pub fn wait(&self, known: bool, now: DateTime<Utc>) -> Option<u64> {
        let counted = if known { [self.device, None, None] } else { [self.pair, self.network, self.login] };
        counted
            .into_iter()
            .flatten()
            .map(|at| (at.utc() + WINDOW - now).num_seconds())
            .max()
            .and_then(|s| u64::try_from(s).ok())
            .filter(|s| *s > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_browser_does_not_wait_for_strangers() {
        let now: DateTime<Utc> = "2026-04-01T01:00:00Z".parse().unwrap();
        let recent = Some(Instant::from(now - Duration::minutes(1)));
        let tally = Tally { device: None, pair: recent, network: recent, login: recent };
        assert_eq!(tally.wait(true, now), None);
        assert_eq!(tally.wait(false, now), Some(14 * 60));
        assert_eq!(tally.wait(false, now + Duration::minutes(14)), None);
    }
}
