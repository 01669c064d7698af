//! The mailroom's HTML.

mod acts;
mod formatted;
mod list;
mod mail;
mod overview;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

pub use acts::before_original;
pub use formatted::{Formatted, formatted};
pub use list::{Line, List, list};
pub use mail::{Mail, Place, mail};
pub use overview::overview;

use super::store::LetterLine;
use crate::calendar::tokyo_clock;
use crate::db::Instant;
use crate::intake::mail::incoming::State;
use crate::web::parts::{self, Tone};

fn moment(at: Instant) -> Markup {
    parts::time(at, tokyo_clock(at.utc()))
}

/// How long something has been so: 5分, 3時間, 2日.
fn since(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - at).num_minutes().max(0);
    match minutes {
        ..60 => format!("{minutes}分"),
        60..2880 => format!("{}時間", minutes / 60),
        _ => format!("{}日", minutes / 1440),
    }
}

fn tone(state: State) -> Tone {
    match state {
        State::Exception => Tone::Warning,
        State::Letter | State::Message | State::Opinion => Tone::Success,
        State::Bounce => Tone::Error,
        State::Waiting => Tone::Info,
        State::Automatic | State::Duplicate | State::Spam => Tone::Quiet,
    }
}

fn letter_link(letter: &LetterLine) -> Markup {
    html! { a href={ "/letters/" (letter.id) } { (letter.label()) } }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone};

    use super::*;

    #[test]
    fn a_wait_is_said_in_the_unit_people_would_use() {
        let now = Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).single().expect("a time");
        let waited = |minutes| since(now - Duration::minutes(minutes), now);
        assert_eq!([waited(0), waited(59), waited(60), waited(2879)], ["0分", "59分", "1時間", "47時間"]);
        assert_eq!([waited(2880), waited(-5)], ["2日", "0分"], "a clock that was set back is no wait");
    }
}
