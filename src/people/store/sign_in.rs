//! The rows of signing in: failures, sessions, second factors, the first administrator's link.

use diesel::prelude::*;

use crate::db::schema::{recovery_code, sign_in_failure, staff, staff_session, welcome_link};
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::people::lockout::{PER_LOGIN, PER_NETWORK, PER_PAIR, Tally};
use crate::seal::Sealed;

/// What a sign-in needs to know of a login.
#[derive(Clone)]
pub struct Account {
    /// `staff.id`.
    pub id: i64,
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// PHC string.
    pub password_hash: String,
    /// Whether the account may sign in.
    pub active: bool,
    /// The sealed second factor.
    pub totp: Option<Sealed>,
}

type AccountRow = (i64, String, String, String, String, Option<Vec<u8>>, Option<i64>);

fn account(row: AccountRow) -> Account {
    let (id, login, name, password_hash, state, bytes, key) = row;
    let totp = bytes.zip(key).map(|(bytes, key_id)| Sealed { key_id, bytes });
    Account { id, login, name, password_hash, active: state == "active", totp }
}

/// The account of a login name.
pub fn by_login(db: &mut Db, login: &str) -> Result<Option<Account>> {
    let row: Option<AccountRow> = staff::table
        .filter(staff::login.eq(login))
        .select((
            staff::id,
            staff::login,
            staff::name,
            staff::password_hash,
            staff::state,
            staff::totp_sealed,
            staff::totp_key_id,
        ))
        .first(db)
        .optional()?;
    Ok(row.map(account))
}

/// The account of an id.
pub fn by_id(db: &mut Db, id: i64) -> Result<Account> {
    let row: AccountRow = staff::table
        .find(id)
        .select((
            staff::id,
            staff::login,
            staff::name,
            staff::password_hash,
            staff::state,
            staff::totp_sealed,
            staff::totp_key_id,
        ))
        .first(db)?;
    Ok(account(row))
}

/// The failures that decide about waiting. `login` is a keyed hash; `device` is empty for a stranger.
pub fn tally(db: &mut Db, login: &str, network: &str, device: &str) -> Result<Tally> {
    use sign_in_failure as f;
    let nth = |n: i64| n - 1;
    let device_at = if device.is_empty() {
        None
    } else {
        f::table
            .filter(f::login.eq(login))
            .filter(f::device.eq(device))
            .order(f::at.desc())
            .offset(nth(PER_PAIR))
            .limit(1)
            .select(f::at)
            .first(db)
            .optional()?
    };
    let pair = f::table
        .filter(f::login.eq(login))
        .filter(f::network.eq(network))
        .filter(f::device.eq(""))
        .order(f::at.desc())
        .offset(nth(PER_PAIR))
        .limit(1)
        .select(f::at)
        .first(db)
        .optional()?;
    let network_at = f::table
        .filter(f::network.eq(network))
        .filter(f::device.eq(""))
        .order(f::at.desc())
        .offset(nth(PER_NETWORK))
        .limit(1)
        .select(f::at)
        .first(db)
        .optional()?;
    let login_at = f::table
        .filter(f::login.eq(login))
        .filter(f::device.eq(""))
        .order(f::at.desc())
        .offset(nth(PER_LOGIN))
        .limit(1)
        .select(f::at)
        .first(db)
        .optional()?;
    Ok(Tally { device: device_at, pair, network: network_at, login: login_at })
}

/// Counts a try as a failure until it turns out right; gives its number.
pub fn insert_failure(db: &mut Db, login: &str, network: &str, device: &str, at: Instant) -> Result<i64> {
    Ok(diesel::insert_into(sign_in_failure::table)
        .values((
            sign_in_failure::login.eq(login),
            sign_in_failure::network.eq(network),
            sign_in_failure::device.eq(device),
            sign_in_failure::at.eq(at),
        ))
        .returning(sign_in_failure::id)
        .get_result(db)?)
}

/// The try was right.
pub fn forget_failure(db: &mut Db, id: i64) -> Result<()> {
    diesel::delete(sign_in_failure::table.find(id)).execute(db)?;
    Ok(())
}

/// A right sign-in clears its own count.
pub fn forget_failures(db: &mut Db, login: &str, network: &str, device: &str) -> Result<()> {
    use sign_in_failure as f;
    if device.is_empty() {
        diesel::delete(
            f::table.filter(f::login.eq(login)).filter(f::network.eq(network)).filter(f::device.eq("")),
        )
        .execute(db)?;
    } else {
        diesel::delete(f::table.filter(f::login.eq(login)).filter(f::device.eq(device))).execute(db)?;
    }
    Ok(())
}

/// Throws away failures that cannot count any more.
pub fn purge_failures(db: &mut Db, before: Instant) -> Result<usize> {
    Ok(diesel::delete(sign_in_failure::table.filter(sign_in_failure::at.lt(before))).execute(db)?)
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Hash of the cookie's token.
    pub id: String,
    /// Whose.
    pub staff_id: i64,
    /// Token against forged forms.
    pub csrf: String,
    /// From where.
    pub network: String,
    /// What browser, as it calls itself, cut short.
    pub agent: String,
    /// Now.
    pub at: Instant,
    /// The end, whatever happens.
    pub expires_at: Instant,
}

/// Opens a session.
pub fn insert_session(db: &mut Db, row: &NewSession) -> Result<()> {
    diesel::insert_into(staff_session::table)
        .values((
            staff_session::id.eq(&row.id),
            staff_session::staff_id.eq(row.staff_id),
            staff_session::csrf.eq(&row.csrf),
            staff_session::network.eq(&row.network),
            staff_session::agent.eq(&row.agent),
            staff_session::created_at.eq(row.at),
            staff_session::seen_at.eq(row.at),
            staff_session::expires_at.eq(row.expires_at),
        ))
        .execute(db)?;
    Ok(())
}

/// Notes that a session was used.
pub fn touch_session(db: &mut Db, id: &str, at: Instant, unless_after: Instant) -> Result<()> {
    diesel::update(
        staff_session::table.filter(staff_session::id.eq(id)).filter(staff_session::seen_at.lt(unless_after)),
    )
    .set(staff_session::seen_at.eq(at))
    .execute(db)?;
    Ok(())
}

/// Ends a session; gives whose it was, if it was open.
pub fn end_session(db: &mut Db, id: &str, at: Instant) -> Result<Option<i64>> {
    let open =
        staff_session::table.filter(staff_session::id.eq(id)).filter(staff_session::ended_at.is_null());
    let owner: Option<i64> = open.select(staff_session::staff_id).first(db).optional()?;
    if owner.is_some() {
        diesel::update(staff_session::table.find(id)).set(staff_session::ended_at.eq(at)).execute(db)?;
    }
    Ok(owner)
}

/// Ends every session of a person but one; gives how many.
pub fn end_sessions(db: &mut Db, staff_id: i64, but: &str, at: Instant) -> Result<usize> {
    Ok(diesel::update(
        staff_session::table
            .filter(staff_session::staff_id.eq(staff_id))
            .filter(staff_session::id.ne(but))
            .filter(staff_session::ended_at.is_null()),
    )
    .set(staff_session::ended_at.eq(at))
    .execute(db)?)
}

/// An open session as its owner sees it.
pub struct OpenSession {
    /// Hash of the token: safe to name in a form, useless in a cookie.
    pub id: String,
    /// From where.
    pub network: String,
    /// What browser.
    pub agent: String,
    /// Since when.
    pub created_at: Instant,
    /// Last request, to the minute.
    pub seen_at: Instant,
}

/// Sessions that are open, newest first.
pub fn open_sessions(
    db: &mut Db,
    staff_id: i64,
    now: Instant,
    used_after: Instant,
) -> Result<Vec<OpenSession>> {
    let rows: Vec<(String, String, String, Instant, Instant)> = staff_session::table
        .filter(staff_session::staff_id.eq(staff_id))
        .filter(staff_session::ended_at.is_null())
        .filter(staff_session::expires_at.gt(now))
        .filter(staff_session::seen_at.ge(used_after))
        .order(staff_session::created_at.desc())
        .select((
            staff_session::id,
            staff_session::network,
            staff_session::agent,
            staff_session::created_at,
            staff_session::seen_at,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, network, agent, created_at, seen_at)| OpenSession {
            id,
            network,
            agent,
            created_at,
            seen_at,
        })
        .collect())
}

/// Sets another password.
pub fn set_password(db: &mut Db, staff_id: i64, hash: &str, must_change: bool) -> Result<()> {
    diesel::update(staff::table.find(staff_id))
        .set((staff::password_hash.eq(hash), staff::must_change_password.eq(must_change)))
        .execute(db)?;
    Ok(())
}

/// Sets or takes away a second factor.
pub fn set_second_factor(
    db: &mut Db,
    staff_id: i64,
    sealed: Option<&Sealed>,
    last_step: Option<i64>,
) -> Result<()> {
    diesel::update(staff::table.find(staff_id))
        .set((
            staff::totp_sealed.eq(sealed.map(|s| &s.bytes)),
            staff::totp_key_id.eq(sealed.map(|s| s.key_id)),
            staff::totp_last_step.eq(last_step),
        ))
        .execute(db)?;
    Ok(())
}

/// Uses up a step; false when it, or a later one, was used before.
pub fn use_step(db: &mut Db, staff_id: i64, step: i64) -> Result<bool> {
    let changed = diesel::update(
        staff::table
            .filter(staff::id.eq(staff_id))
            .filter(staff::totp_last_step.is_null().or(staff::totp_last_step.lt(step))),
    )
    .set(staff::totp_last_step.eq(step))
    .execute(db)?;
    Ok(changed == 1)
}

/// Puts fresh recovery codes in the place of the old ones.
pub fn set_recovery(db: &mut Db, staff_id: i64, marks: &[String]) -> Result<()> {
    diesel::delete(recovery_code::table.filter(recovery_code::staff_id.eq(staff_id))).execute(db)?;
    for mark in marks {
        diesel::insert_into(recovery_code::table)
            .values((recovery_code::staff_id.eq(staff_id), recovery_code::code_mac.eq(mark)))
            .execute(db)?;
    }
    Ok(())
}

/// Uses up a recovery code; false when there is no such unused one.
pub fn use_recovery(db: &mut Db, staff_id: i64, mark: &str, at: Instant) -> Result<bool> {
    let changed = diesel::update(
        recovery_code::table
            .filter(recovery_code::staff_id.eq(staff_id))
            .filter(recovery_code::code_mac.eq(mark))
            .filter(recovery_code::used_at.is_null()),
    )
    .set(recovery_code::used_at.eq(at))
    .execute(db)?;
    Ok(changed == 1)
}

/// How many recovery codes are left.
pub fn recovery_left(db: &mut Db, staff_id: i64) -> Result<i64> {
    Ok(recovery_code::table
        .filter(recovery_code::staff_id.eq(staff_id))
        .filter(recovery_code::used_at.is_null())
        .count()
        .get_result(db)?)
}

/// Keeps the hash of a fresh welcome link; earlier ones no longer work.
pub fn set_welcome(db: &mut Db, key_hash: &str, expires_at: Instant) -> Result<()> {
    diesel::delete(welcome_link::table).execute(db)?;
    diesel::insert_into(welcome_link::table)
        .values((welcome_link::key_hash.eq(key_hash), welcome_link::expires_at.eq(expires_at)))
        .execute(db)?;
    Ok(())
}

/// Whether a welcome link is still good.
pub fn welcome_open(db: &mut Db, key_hash: &str, now: Instant) -> Result<bool> {
    let found: i64 = welcome_link::table
        .filter(welcome_link::key_hash.eq(key_hash))
        .filter(welcome_link::expires_at.gt(now))
        .filter(welcome_link::used_at.is_null())
        .count()
        .get_result(db)?;
    Ok(found == 1)
}

/// Uses the link up.
pub fn use_welcome(db: &mut Db, key_hash: &str, now: Instant) -> Result<bool> {
    let changed = diesel::update(
        welcome_link::table
            .filter(welcome_link::key_hash.eq(key_hash))
            .filter(welcome_link::expires_at.gt(now))
            .filter(welcome_link::used_at.is_null()),
    )
    .set(welcome_link::used_at.eq(now))
    .execute(db)?;
    Ok(changed == 1)
}
