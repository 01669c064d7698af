//! The second factor: a code from an authenticator that needs no network (TOTP, RFC 6238: SHA-1, 6 digits, 30 s),
//! and recovery codes for the day the telephone is lost.

use chrono::{DateTime, Utc};
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Totp};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::seal::{Sealed, Sealer};

/// How many recovery codes are made; each works once.
pub const RECOVERY_CODES: usize = 8;

/// A secret that is shown on the set-up page and kept only after its first right code.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// 160 fresh bits.
    pub fn fresh(clock: &Clock) -> Secret {
        Secret(Zeroizing::new(clock.random::<20>().to_vec()))
    }

    /// Seals it for its owner's row.
    pub fn seal(&self, sealer: &Sealer, staff_id: i64) -> Result<Sealed> {
        sealer.seal(&aad(staff_id), &self.0)
    }

    /// Opens what [`Secret::seal`] made.
    pub fn open(sealer: &Sealer, db: &mut Db, staff_id: i64, sealed: &Sealed) -> Result<Secret> {
        Ok(Secret(sealer.open_with(db, &aad(staff_id), sealed.key_id, &sealed.bytes)?))
    }

    fn totp(&self, login: &str) -> Result<Totp> {
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_account_name(login.to_owned())
            .with_issuer(Some("Hirokiku".to_owned()))
            .build()
            .map_err(Error::internal)
    }

    /// The key as text, in groups of four, for typing by hand.
    pub fn as_text(&self, login: &str) -> Result<String> {
        let key = self.totp(login)?.secret().to_base32();
        let letters: Vec<char> = key.chars().collect();
        Ok(letters.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" "))
    }

    /// The picture an authenticator reads, as an `svg` element.
    pub fn picture(&self, login: &str) -> Result<String> {
        let url = self.totp(login)?.to_url().map_err(Error::internal)?;
        let code = QrCode::new(url.as_bytes()).map_err(Error::internal)?;
        let image = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
        let from = image.find("<svg").unwrap_or(0);
        Ok(image[from..].to_owned())
    }

    /// The step of 30 s whose code was typed, one step of clock difference forgiven; it may be used once.
    pub fn step(&self, typed: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
        let code = digits(typed);
        let at = u64::try_from(now.timestamp()).map_err(Error::internal)?;
        let step = self.totp("-")?.check(&code, at);
        step.map(|s| i64::try_from(s).map_err(Error::internal)).transpose()
    }

    /// The code at a moment: what the owner's telephone shows.
    pub fn code(&self, now: DateTime<Utc>) -> Result<String> {
        let at = u64::try_from(now.timestamp()).map_err(Error::internal)?;
        Ok(self.totp("-")?.generate(at).to_string())
    }

    /// Reads the key as [`Secret::as_text`] shows it.
    pub fn from_text(text: &str) -> Result<Secret> {
        let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let secret = totp_rs::Secret::try_from_base32(flat).map_err(Error::internal)?;
        Ok(Secret(Zeroizing::new(secret.as_bytes().to_vec())))
    }
}

/// The place a staff member's secret is sealed for.
pub fn aad(staff_id: i64) -> String {
    format!("totp:{staff_id}")
}

/// Fresh recovery codes, shown once.
pub fn recovery_codes(clock: &Clock) -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let letters = super::password::random_letters::<10>(clock);
            format!("{}-{}", &letters[..5], &letters[5..])
        })
        .collect()
}

/// What the table keeps of a recovery code: useless without the sealing key.
pub fn recovery_mark(sealer: &Sealer, staff_id: i64, typed: &str) -> String {
    let flat: String =
        typed.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_ascii_alphanumeric()).collect();
    sealer.mark("recovery", &format!("{staff_id}:{flat}"))
}

fn digits(typed: &str) -> String {
    typed.nfkc().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_typed_in_any_width_names_its_step() {
        let clock = Clock::fixed("2026-04-01T01:00:00Z".parse().unwrap());
        let secret = Secret::fresh(&clock);
        let code = secret.code(clock.now()).unwrap();
        let wide: String = code.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        let step = clock.now().timestamp() / 30;
        assert_eq!(secret.step(&code, clock.now()).unwrap(), Some(step));
        assert_eq!(secret.step(&format!(" {wide} "), clock.now()).unwrap(), Some(step));
        clock.advance(chrono::Duration::seconds(90));
        assert_eq!(secret.step(&code, clock.now()).unwrap(), None);
    }

    #[test]
    fn the_key_shown_for_typing_is_the_key_in_the_picture() {
        let clock = Clock::System;
        let secret = Secret::fresh(&clock);
        let again = Secret::from_text(&secret.as_text("tanto").unwrap()).unwrap();
        assert_eq!(secret.code(clock.now()).unwrap(), again.code(clock.now()).unwrap());
        assert!(secret.picture("tanto").unwrap().starts_with("<svg"));
    }
}
