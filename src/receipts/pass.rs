//! A signed pass in the forms of a status page, so that the secret need not be in it: good for two hours, for one
//! letter, readable by nobody else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use crate::seal::Sealer;

const GOOD_FOR_SECONDS: i64 = 2 * 3600;

/// A pass for a letter, from now on.
pub fn issue(sealer: &Sealer, letter_id: i64, now: DateTime<Utc>) -> String {
    let (at, id) = (now.timestamp().to_be_bytes(), letter_id.to_be_bytes());
    let mac = sealer.mac("receipt.pass", &[&at, &id]);
    URL_SAFE_NO_PAD.encode([&at[..], &id, &mac[..16]].concat())
}

/// The letter a pass is good for; [`None`] when it is over or not ours.
pub fn letter_of(sealer: &Sealer, pass: &str, now: DateTime<Utc>) -> Option<i64> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(pass).ok()?.try_into().ok()?;
    let (at, rest) = bytes.split_first_chunk::<8>()?;
    let (id, mac) = rest.split_first_chunk::<8>()?;
    let right = sealer.mac("receipt.pass", &[at, id]);
    let age = now.timestamp() - i64::from_be_bytes(*at);
    (bool::from(right[..16].ct_eq(mac)) && (0..GOOD_FOR_SECONDS).contains(&age))
        .then(|| i64::from_be_bytes(*id))
}
