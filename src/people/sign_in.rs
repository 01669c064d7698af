//! Signing in: a counted try, the password, the second factor, a session. Every answer to a wrong try is the same,
//! whether there is such a login or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::second_factor::Secret;
use super::store::sign_in::{self as rows, Account, NewSession};
use super::{lockout, second_factor, session, staffing, store};
use crate::clock::Clock;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::seal::{Sealed, Sealer};
use crate::trail::{self, Act, By, Line, Subject};

/// Between password and second factor, and between showing a new secret and confirming it.
const TICKET: Duration = Duration::minutes(10);
/// How long a browser is known as somebody's.
const DEVICE: Duration = Duration::days(180);
/// How many people a browser is known for: a shared machine keeps the newest.
const DEVICE_PEOPLE: usize = 5;

/// Who is trying from where, with nothing typed in it.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Keyed hash of the login name.
    pub login_mark: String,
    /// As [`crate::web::server::network`] tells it.
    pub network: String,
    /// The known browser's number, or nothing for a stranger.
    pub device: String,
}

impl Origin {
    /// For the login of a form and the browser's device cookie.
    pub fn new(sealer: &Sealer, login: &str, network: String, device: String) -> Origin {
        Origin { login_mark: sealer.mark("sign-in.login", login), network, device }
    }
}

/// Counts a try, before it is known to be right: tries that come together are all counted.
///
/// # Errors
/// [`Error::TooMany`] when this browser, or for a stranger this network or login, has to wait.
pub fn begin(db: &mut Db, origin: &Origin, now: DateTime<Utc>) -> Result<i64> {
    rows::purge_failures(db, Instant::from(now - lockout::WINDOW))?;
    let tally = rows::tally(db, &origin.login_mark, &origin.network, &origin.device)?;
    match tally.wait(!origin.device.is_empty(), now) {
        Some(seconds) => Err(Error::TooMany(seconds)),
        None => rows::insert_failure(db, &origin.login_mark, &origin.network, &origin.device, now.into()),
    }
}

/// Notes a wrong try. What was typed is nowhere.
pub fn refuse(
    db: &mut Db,
    now: DateTime<Utc>,
    staff_id: Option<i64>,
    network: &str,
    why: &str,
) -> Result<()> {
    let line = Line::new(Act::SignInRefused, Subject::Staff, staff_id.unwrap_or(0))
        .with(json!({"network": network, "why": why}));
    let by = By { door: trail::Door::Staff, ..By::system() };
    trail::record(db, &by, now, &line)
}

/// A session's secrets, made outside the transaction.
#[derive(Clone)]
pub struct Fresh {
    /// For the cookie.
    pub token: String,
    /// Token against forged forms.
    pub csrf: String,
}

impl Fresh {
    /// Unguessable.
    pub fn new(clock: &Clock) -> Fresh {
        Fresh {
            token: URL_SAFE_NO_PAD.encode(clock.random::<32>()),
            csrf: URL_SAFE_NO_PAD.encode(clock.random::<18>()),
        }
    }
}

/// Opens a session after everything was right: the browser's earlier one ends, its failures are forgotten.
pub fn finish(
    db: &mut Db,
    now: DateTime<Utc>,
    who: &Account,
    origin: &Origin,
    fresh: &Fresh,
    (agent, earlier): (&str, Option<&str>),
) -> Result<()> {
    rows::forget_failures(db, &origin.login_mark, &origin.network, &origin.device)?;
    if let Some(earlier) = earlier {
        rows::end_session(db, &session::token_hash(earlier), now.into())?;
    }
    rows::insert_session(
        db,
        &NewSession {
            id: session::token_hash(&fresh.token),
            staff_id: who.id,
            csrf: fresh.csrf.clone(),
            network: origin.network.clone(),
            agent: agent.chars().take(200).collect(),
            at: now.into(),
            expires_at: (now + session::LIFE).into(),
        },
    )?;
    let line = Line::new(Act::SignedIn, Subject::Staff, who.id).with(json!({"network": origin.network}));
    trail::record(db, &By::staff(who.id, &who.name), now, &line)
}

/// What a second factor was answered with.
#[derive(Clone)]
pub enum Answer {
    /// A step of the authenticator.
    Step(i64),
    /// The keyed hash of a recovery code.
    Recovery(String),
}

/// Reads what was typed: six digits are the authenticator's, anything else a recovery code.
pub fn answer(
    sealer: &Sealer,
    staff_id: i64,
    secret: &Secret,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Answer> {
    Ok(match secret.step(typed, now)? {
        Some(step) => Answer::Step(step),
        None => Answer::Recovery(second_factor::recovery_mark(sealer, staff_id, typed)),
    })
}

/// Uses an answer up; false when it is wrong or was used before.
pub fn use_up(db: &mut Db, staff_id: i64, answer: &Answer, now: DateTime<Utc>) -> Result<bool> {
    match answer {
        Answer::Step(step) => rows::use_step(db, staff_id, *step),
        Answer::Recovery(mark) => rows::use_recovery(db, staff_id, mark, now.into()),
    }
}

/// Carried from the password's page to the second factor's: who, until when; dead once the password changes.
pub fn ticket(sealer: &Sealer, who: &Account, now: DateTime<Utc>) -> String {
    let (id, at) = (who.id.to_be_bytes(), now.timestamp().to_be_bytes());
    let mac = sealer.mac("sign-in.second", &[&id, &at, who.password_hash.as_bytes()]);
    URL_SAFE_NO_PAD.encode([&id[..], &at, &mac[..16]].concat())
}

/// The staff id a ticket names, before it is checked.
pub fn ticket_owner(ticket: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(ticket).ok()?;
    Some(i64::from_be_bytes(*bytes.first_chunk::<8>()?))
}

/// Whether a ticket is ours, its owner's and fresh.
pub fn ticket_good(sealer: &Sealer, ticket: &str, who: &Account, now: DateTime<Utc>) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(ticket) else { return false };
    let Ok(bytes): Result<[u8; 32], _> = bytes.try_into() else { return false };
    let (id, at, mac) = (&bytes[..8], &bytes[8..16], &bytes[16..]);
    let right = sealer.mac("sign-in.second", &[id, at, who.password_hash.as_bytes()]);
    let made = at.try_into().map_or(0, i64::from_be_bytes);
    bool::from(right[..16].ct_eq(mac))
        && id == who.id.to_be_bytes()
        && (0..=TICKET.num_seconds()).contains(&(now.timestamp() - made))
}

/// The device number a browser's cookie proves for a person, or nothing.
pub fn device(sealer: &Sealer, cookie: &str, staff_id: i64, now: DateTime<Utc>) -> String {
    cookie
        .split('.')
        .filter_map(|entry| proof(sealer, entry, now))
        .find(|(id, _)| *id == staff_id)
        .map_or_else(String::new, |(_, number)| number)
}

/// The device cookie with a fresh proof for this person in front.
pub fn remember(sealer: &Sealer, clock: &Clock, cookie: &str, staff_id: i64) -> String {
    let now = clock.now();
    let number = match device(sealer, cookie, staff_id, now) {
        known if known.is_empty() => hex::encode(clock.random::<12>()),
        known => known,
    };
    let mut raw = [0; 12];
    // ours, so it is 24 hexadecimal digits
    let _ = hex::decode_to_slice(&number, &mut raw);
    let (id, at) = (staff_id.to_be_bytes(), now.timestamp().to_be_bytes());
    let mac = sealer.mac("device", &[&id, &raw, &at]);
    let mut entries = vec![URL_SAFE_NO_PAD.encode([&id[..], &raw, &at, &mac[..16]].concat())];
    let others = cookie.split('.').filter(|e| proof(sealer, e, now).is_some_and(|(id, _)| id != staff_id));
    entries.extend(others.take(DEVICE_PEOPLE - 1).map(str::to_owned));
    entries.join(".")
}

fn proof(sealer: &Sealer, entry: &str, now: DateTime<Utc>) -> Option<(i64, String)> {
    let bytes: [u8; 44] = URL_SAFE_NO_PAD.decode(entry).ok()?.try_into().ok()?;
    let (id, number, at, mac) = (&bytes[..8], &bytes[8..20], &bytes[20..28], &bytes[28..]);
    let right = sealer.mac("device", &[id, number, at]);
    let age = now.timestamp() - i64::from_be_bytes(at.try_into().ok()?);
    (bool::from(right[..16].ct_eq(mac)) && age <= DEVICE.num_seconds())
        .then(|| (i64::from_be_bytes(id.try_into().unwrap_or_default()), hex::encode(number)))
}

/// A new secret on its way through the set-up page: sealed for its owner, shown in no other form.
pub fn carry_secret(sealed: &Sealed) -> String {
    URL_SAFE_NO_PAD.encode([&sealed.key_id.to_be_bytes()[..], &sealed.bytes].concat())
}

/// Reads [`carry_secret`].
pub fn carried_secret(text: &str) -> Option<Sealed> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (key, rest) = bytes.split_first_chunk::<8>()?;
    Some(Sealed { key_id: i64::from_be_bytes(*key), bytes: rest.to_vec() })
}

/// Sets a second factor whose first code was right, with fresh recovery codes; other sessions of its owner end.
pub fn set_second_factor(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    staff_id: i64,
    (sealed, step, recovery): (&Sealed, i64, &[String]),
    this_session: &str,
) -> Result<()> {
    rows::set_second_factor(db, staff_id, Some(sealed), Some(step))?;
    rows::set_recovery(db, staff_id, recovery)?;
    rows::end_sessions(db, staff_id, this_session, now.into())?;
    trail::record(db, by, now, &Line::new(Act::SecondFactorSet, Subject::Staff, staff_id))
}

/// Sets one's own password; other sessions end.
pub fn change_password(
    db: &mut Db,
    by: &By,
    now: DateTime<Utc>,
    staff_id: i64,
    hash: &str,
    this_session: &str,
) -> Result<()> {
    rows::set_password(db, staff_id, hash, false)?;
    rows::end_sessions(db, staff_id, this_session, now.into())?;
    trail::record(db, by, now, &Line::new(Act::PasswordChanged, Subject::Staff, staff_id))
}

/// Signs out.
pub fn sign_out(db: &mut Db, by: &By, now: DateTime<Utc>, token: &str) -> Result<()> {
    if let Some(owner) = rows::end_session(db, &session::token_hash(token), now.into())? {
        trail::record(db, by, now, &Line::new(Act::SignedOut, Subject::Staff, owner))?;
    }
    Ok(())
}

/// Ends one session of a person.
pub fn end_session(db: &mut Db, by: &By, now: DateTime<Utc>, staff_id: i64, session_id: &str) -> Result<()> {
    if rows::open_sessions(db, staff_id, now.into(), Instant::from(now - session::IDLE))?
        .iter()
        .all(|s| s.id != session_id)
    {
        return Err(Error::Stale("このサインインは、すでに終わっています。".to_owned()));
    }
    rows::end_session(db, session_id, now.into())?;
    trail::record(
        db,
        by,
        now,
        &Line::new(Act::SessionEnded, Subject::Staff, staff_id).with(json!({"sessions": 1})),
    )
}

/// Ends every session of a person but `but` (a session's id; empty for none). Gives how many.
pub fn end_sessions(db: &mut Db, by: &By, now: DateTime<Utc>, staff_id: i64, but: &str) -> Result<usize> {
    let ended = rows::end_sessions(db, staff_id, but, now.into())?;
    let line = Line::new(Act::SessionEnded, Subject::Staff, staff_id).with(json!({"sessions": ended}));
    trail::record(db, by, now, &line)?;
    Ok(ended)
}

/// How long the first administrator's link is good.
pub const WELCOME: Duration = Duration::hours(1);

/// While nobody works here yet: the one-time address with which the first administrator is made, good for an hour;
/// an earlier one stops working. `key` is 32 unguessable bytes ([`Clock::random`]). Run inside a write.
pub fn welcome_link(
    db: &mut Db,
    staff_url: &str,
    key: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    if store::staff::count(db)? > 0 {
        return Ok(None);
    }
    let key = URL_SAFE_NO_PAD.encode(key);
    rows::set_welcome(db, &session::token_hash(&key), Instant::from(now + WELCOME))?;
    Ok(Some(format!("{}/welcome?key={key}", staff_url.trim_end_matches('/'))))
}

/// Makes the first administrator and, where there are none, the city's units.
///
/// # Errors
/// [`Error::NotFound`] when the key is not, or no longer, good.
pub fn welcome(db: &mut Db, now: DateTime<Utc>, key: &str, new: &staffing::NewStaff) -> Result<i64> {
    if store::staff::count(db)? > 0 || !rows::use_welcome(db, &session::token_hash(key), now.into())? {
        return Err(Error::NotFound);
    }
    let by = By::system();
    let today = crate::calendar::tokyo_day(now);
    let units = super::seed_units(db, today)?;
    let id = staffing::add(db, &by, now, new)?;
    let unit = units.by_code(super::city::LISTENING).map(|u| u.id).ok_or(Error::NotFound)?;
    let posting = staffing::NewPosting {
        staff_id: id,
        unit_id: unit,
        role: super::Role::Admin,
        from: today,
        to: None,
        transfer: false,
    };
    staffing::post(db, &by, now, &posting)?;
    Ok(id)
}
