//! When very many opinions come at once: what came by a machine is slowed, nobody is refused, no opinion is dropped and
//! nobody is counted.
//!
//! While it is on, a form carries a puzzle that the browser solves by itself ([`PARTS`] times [`BITS`] bits of SHA-256:
//! about 65,000 hashes, a second or two on an old telephone, while its owner writes). Who has no script waits a minute
//! instead. Either way the opinion counts from the moment its button was first pressed.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::consultation::{Phase, State};
use super::{line, period, store};
use crate::db::Db;
use crate::error::Result;
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By};

/// Pieces of a puzzle: many small ones take every browser about the same time, one large one some of them ten times it.
pub const PARTS: usize = 16;

/// Zero bits at the start of each piece's hash.
pub const BITS: u32 = 12;

/// How long a puzzle holds: somebody may be called away while writing.
const PUZZLE_HOURS: i64 = 24;

/// What somebody without script waits.
pub const WAIT_SECONDS: i64 = 60;

/// How long the waiting may last before it begins anew.
const WAITED_HOURS: i64 = 2;

text_enum! {
    /// What the clerk set.
    pub enum Setting {
        Auto = "auto" => "自動(殺到したときだけ)",
        On = "on" => "いつも入れる",
        Off = "off" => "入れない",
    }
}

/// Opinions that came by the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// In the last minute.
    pub last_minute: i64,
    /// In the last ten minutes.
    pub last_ten: i64,
}

impl Rates {
    /// Whether it is a flood: `per_minute` in one minute, or four times as many in ten. One that is on ends only when ten
    /// minutes together bring fewer than `per_minute`, so that it does not flicker. Zero never begins one.
    pub fn is_flood(self, before: bool, per_minute: i64) -> bool {
        if per_minute <= 0 {
            return false;
        }
        if before {
            self.last_ten >= per_minute
        } else {
            self.last_minute >= per_minute || self.last_ten >= per_minute.saturating_mul(4)
        }
    }
}

/// Whether what comes in is slowed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the clerk set.
    pub setting: Setting,
    /// Whether it is slowed now.
    pub slowing: bool,
    /// When the clock last switched by itself, and what it had counted.
    pub switched: Option<(DateTime<Utc>, bool, Rates)>,
}

/// How a consultation stands.
pub fn standing(db: &mut Db, id: i64) -> Result<Standing> {
    let setting = store::flood_setting(db, id)?;
    let switched = store::flood_state(db, id)?;
    let by_clock = switched.as_ref().is_some_and(|(_, on, _)| *on);
    let slowing = match setting {
        Setting::On => true,
        Setting::Off => false,
        Setting::Auto => by_clock,
    };
    Ok(Standing { setting, slowing, switched: switched.map(|(at, on, rates)| (at.utc(), on, rates)) })
}

/// Whether forms of a consultation are slowed now.
pub fn is_slowing(db: &mut Db, id: i64) -> Result<bool> {
    Ok(standing(db, id)?.slowing)
}

/// Sets whether it is slowed.
///
/// # Errors
/// [`crate::error::Error::NotAllowed`] to those who do not run it.
pub fn set(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, setting: Setting) -> Result<()> {
    let row = store::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    store::set_flood(db, id, setting)?;
    trail::record(db, &viewer.by(), now, &line(Act::FloodSet, id).with(json!({ "result": setting.label() })))
}

/// What came lately.
pub fn rates(db: &mut Db, id: i64, now: DateTime<Utc>) -> Result<Rates> {
    let since = |minutes| (now - Duration::minutes(minutes)).into();
    Ok(Rates {
        last_minute: store::came_by_web(db, id, since(1), now.into())?,
        last_ten: store::came_by_web(db, id, since(10), now.into())?,
    })
}

/// A consultation whose flood begins or ends.
pub struct Turn {
    id: i64,
    on: bool,
    rates: Rates,
}

/// Where the clock has to switch: read first, for mostly there is nothing to write down.
pub fn turns(db: &mut Db, now: DateTime<Utc>, per_minute: i64) -> Result<Vec<Turn>> {
    let mut turns = Vec::new();
    for row in store::running(db)?.into_iter().filter(|row| row.state == State::Announced) {
        let before = store::flood_state(db, row.id)?.is_some_and(|(_, on, _)| on);
        let open = period(db, &row)?.phase(now) == Phase::Open;
        if !open && !before {
            continue;
        }
        let rates = rates(db, row.id, now)?;
        let on = open && rates.is_flood(before, per_minute);
        if on != before {
            turns.push(Turn { id: row.id, on, rates });
        }
    }
    Ok(turns)
}

/// Writes down what the clock switched.
pub fn turn(db: &mut Db, now: DateTime<Utc>, turns: &[Turn]) -> Result<()> {
    for Turn { id, on, rates } in turns {
        store::put_flood_state(db, *id, *on, now.into(), *rates)?;
        let act = if *on { Act::FloodBegan } else { Act::FloodEnded };
        let told = json!({ "last_minute": rates.last_minute, "last_ten": rates.last_ten });
        trail::record(db, &By::system(), now, &line(act, *id).with(told))?;
    }
    Ok(())
}

fn signature(sealer: &Sealer, purpose: &str, id: i64, number: &str, stamp: i64, digest: &str) -> String {
    sealer.mark(purpose, &format!("{id}:{number}:{stamp}:{digest}"))
}

/// Reads `STAMP.SIGNATURE` and gives the stamp when we signed it for this consultation, form and digest.
fn signed(
    sealer: &Sealer,
    purpose: &str,
    (id, number, digest): (i64, &str, &str),
    text: &str,
) -> Option<i64> {
    let (stamp, mac) = text.split_once('.')?;
    let stamp: i64 = stamp.parse().ok()?;
    let right = signature(sealer, purpose, id, number, stamp, digest);
    bool::from(right.as_bytes().ct_eq(mac.as_bytes())).then_some(stamp)
}

const PUZZLE: &str = "flood.puzzle";
const WAITING: &str = "flood.waiting";

/// A puzzle for one form of one consultation.
pub fn puzzle(sealer: &Sealer, id: i64, number: &str, now: DateTime<Utc>) -> String {
    let stamp = now.timestamp();
    format!("{stamp}.{}", signature(sealer, PUZZLE, id, number, stamp, ""))
}

/// Whether a puzzle is ours, for this form, and still holds.
pub fn holds(sealer: &Sealer, id: i64, number: &str, now: DateTime<Utc>, puzzle: &str) -> bool {
    signed(sealer, PUZZLE, (id, number, ""), puzzle)
        .is_some_and(|stamp| (-60..PUZZLE_HOURS * 3600).contains(&(now.timestamp() - stamp)))
}

/// Whether the numbers are the solution of a puzzle: one for each part, commas between.
pub fn solves(puzzle: &str, solution: &str) -> bool {
    let numbers: Vec<&str> = solution.split(',').collect();
    let plain = |n: &&str| !n.is_empty() && n.len() <= 15 && n.bytes().all(|b| b.is_ascii_digit());
    numbers.len() == PARTS
        && numbers.iter().all(plain)
        && numbers.iter().enumerate().all(|(part, n)| {
            let hash = Sha256::digest(format!("{puzzle}:{part}:{n}").as_bytes());
            u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= BITS
        })
}

/// What is said, so that a minute waited for one opinion does not serve another.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Notes, signed, that the button was pressed at a moment for these words.
pub fn waiting(sealer: &Sealer, id: i64, number: &str, pressed_at: DateTime<Utc>, digest: &str) -> String {
    let stamp = pressed_at.timestamp_micros();
    format!("{stamp}.{}", signature(sealer, WAITING, id, number, stamp, digest))
}

/// How a waiting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// None was begun for these words, or it was too long ago.
    Not,
    /// So many seconds more.
    More(i64),
    /// It may go in.
    Over,
}

/// When the button was first pressed for these words, as [`waiting`] signed it; none when that was too long ago.
pub fn pressed(
    sealer: &Sealer,
    id: i64,
    number: &str,
    now: DateTime<Utc>,
    digest: &str,
    ticket: &str,
) -> Option<DateTime<Utc>> {
    signed(sealer, WAITING, (id, number, digest), ticket)
        .and_then(DateTime::from_timestamp_micros)
        .filter(|at| *at <= now && now - *at < Duration::hours(WAITED_HOURS))
}

/// Looks at a waiting that [`waiting`] signed.
pub fn waited(
    sealer: &Sealer,
    id: i64,
    number: &str,
    now: DateTime<Utc>,
    digest: &str,
    ticket: &str,
) -> Waited {
    match pressed(sealer, id, number, now, digest, ticket) {
        None => Waited::Not,
        Some(at) => match WAIT_SECONDS - (now - at).num_seconds() {
            left if left > 0 => Waited::More(left),
            _ => Waited::Over,
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::clock::Clock;

    fn rates(last_minute: i64, last_ten: i64) -> Rates {
        Rates { last_minute, last_ten }
    }

    #[test]
    fn a_flood_begins_at_the_rate_and_ends_long_below_it() {
        assert!(!rates(119, 300).is_flood(false, 120));
        assert!(rates(120, 120).is_flood(false, 120) && rates(50, 480).is_flood(false, 120));
        // between the two it stays as it was
        assert!(rates(20, 200).is_flood(true, 120) && !rates(20, 200).is_flood(false, 120));
        assert!(!rates(0, 119).is_flood(true, 120));
        assert!(!rates(9_999, 9_999).is_flood(false, 0), "zero never begins one");
    }

    fn sealer() -> (Sealer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).unwrap();
        db.migrate().unwrap();
        (Sealer::open(&folder.path().join("seal.key"), &mut db, &Clock::System).unwrap(), folder)
    }

    fn solve(puzzle: &str) -> String {
        let part = |part: usize| {
            (0_u64..).find(|n| {
                let hash = Sha256::digest(format!("{puzzle}:{part}:{n}").as_bytes());
                u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= BITS
            })
        };
        (0..PARTS).filter_map(part).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_puzzle_serves_one_form_of_one_consultation_for_a_day() {
        let (sealer, _folder) = sealer();
        let now = Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).unwrap();
        let puzzle = puzzle(&sealer, 1, "aa", now);
        assert!(holds(&sealer, 1, "aa", now + Duration::hours(23), &puzzle));
        assert!(!holds(&sealer, 1, "aa", now + Duration::hours(24), &puzzle));
        assert!(!holds(&sealer, 1, "ab", now, &puzzle) && !holds(&sealer, 2, "aa", now, &puzzle));
        assert!(!holds(&sealer, 1, "aa", now, "1775005200.xxxx") && !holds(&sealer, 1, "aa", now, ""));
        let solution = solve(&puzzle);
        assert!(solves(&puzzle, &solution));
        assert!(!solves(&puzzle, "") && !solves(&puzzle, &"0,".repeat(PARTS)));
        assert!(!solves("another", &solution), "of another puzzle");
    }

    #[test]
    fn a_minute_waited_for_some_words_counts_from_the_first_press_and_for_no_others() {
        let (sealer, _folder) = sealer();
        let now = Utc.with_ymd_and_hms(2026, 4, 30, 14, 59, 30).unwrap();
        let (words, others) = (digest("賛成です。"), digest("反対です。"));
        let ticket = waiting(&sealer, 1, "aa", now, &words);
        let look = |seconds, digest: &str| {
            waited(&sealer, 1, "aa", now + Duration::seconds(seconds), digest, &ticket)
        };
        assert_eq!(look(20, &words), Waited::More(40));
        assert_eq!(look(60, &words), Waited::Over);
        assert_eq!(look(60, &others), Waited::Not);
        assert_eq!(look(2 * 3600, &words), Waited::Not, "then it begins anew");
        let pressed = |after: i64, digest: &str| {
            pressed(&sealer, 1, "aa", now + Duration::seconds(after), digest, &ticket)
        };
        assert_eq!((pressed(20, &words), pressed(60, &words)), (Some(now), Some(now)));
        assert_eq!((pressed(20, &others), pressed(2 * 3600, &words)), (None, None));
        assert_eq!(waited(&sealer, 1, "ab", now + Duration::minutes(2), &words, &ticket), Waited::Not);
    }
}
