//! Signed words in our own addresses, by which what comes back finds what it belongs to.
//!
//! `Reply-To` carries a token of the letter, the envelope sender and the Message-ID one of the mail. Nobody can make
//! one without the house's key, and one cannot stand for another's use. The alphabet is Crockford's base 32 in small
//! letters: carriers, telephones and people may change case or write o for 0, and it is still read.

use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::config::Config;
use crate::seal::Sealer;

/// Longest name before the @ (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// What a token is for. Id and signature together make whole groups of five bytes, so that every sign counts.
struct Use {
    purpose: &'static str,
    /// Bytes of the id.
    id: usize,
    /// Bytes of the signature.
    mac: usize,
}

/// A letter's number: 24 signs.
const LETTER: &Use = &Use { purpose: "mail.token.letter", id: 5, mac: 10 };
/// A mail's id: 40 signs.
const MAIL: &Use = &Use { purpose: "mail.token.mail", id: 16, mac: 9 };
/// The mail whose receiver wants no more of its kind; stands in links, never in addresses.
const STOP: &Use = &Use { purpose: "mail.token.stop", id: 16, mac: 9 };

/// The token that stands for a letter in addresses; none for a number that does not fit.
fn letter_token(sealer: &Sealer, letter_id: i64) -> Option<String> {
    let id = letter_id.to_be_bytes();
    (letter_id >= 0 && id[..3] == [0; 3]).then(|| signed(sealer, LETTER, &id[3..]))
}

/// The address that continues a letter, for `Reply-To`. Without a detail separator in the settings, or when the name
/// would grow too long for the wire, none: what comes back is then found by its References.
pub fn reply_to(sealer: &Sealer, config: &Config, letter_id: i64) -> Option<String> {
    with_detail(config, &letter_token(sealer, letter_id)?)
}

/// The address bounces of a mail come back to (VERP); `id` is `outbox.id`. None in the same cases as [`reply_to`].
pub fn bounces_to(sealer: &Sealer, config: &Config, id: &str) -> Option<String> {
    with_detail(config, &mail_token(sealer, id)?)
}

/// The name before the @ of a mail's Message-ID, also its ENVID; `id` is `outbox.id`.
pub fn mail_token(sealer: &Sealer, id: &str) -> Option<String> {
    Some(signed(sealer, MAIL, Uuid::parse_str(id).ok()?.as_bytes()))
}

/// The token of the link by which the receiver of a mail stops mails of its kind.
pub fn stop_token(sealer: &Sealer, id: &str) -> Option<String> {
    Some(signed(sealer, STOP, Uuid::parse_str(id).ok()?.as_bytes()))
}

/// The letter an address or Message-ID of ours stands for; none when it carries no token, or one that is not ours.
pub fn letter_of(sealer: &Sealer, address: &str) -> Option<i64> {
    let id = checked(sealer, LETTER, address)?;
    let mut whole = [0; 8];
    whole[3..].copy_from_slice(id.get(..5)?);
    Some(i64::from_be_bytes(whole))
}

/// `outbox.id` of the mail an envelope address, Message-ID or ENVID of ours stands for.
pub fn mail_of(sealer: &Sealer, address: &str) -> Option<String> {
    Uuid::from_slice(&checked(sealer, MAIL, address)?).ok().map(|id| id.to_string())
}

/// `outbox.id` of the mail a stopping link was in.
pub fn stopped_by(sealer: &Sealer, token: &str) -> Option<String> {
    Uuid::from_slice(&checked(sealer, STOP, token)?).ok().map(|id| id.to_string())
}

fn with_detail(config: &Config, token: &str) -> Option<String> {
    let (local, domain) = config.mail_from.trim().rsplit_once('@')?;
    let local = format!("{local}{}{token}", config.mail_detail);
    (!config.mail_detail.is_empty() && local.len() <= LONGEST_LOCAL_PART).then(|| format!("{local}@{domain}"))
}

fn signature(sealer: &Sealer, of: &Use, id: &[u8]) -> Vec<u8> {
    sealer.mac(of.purpose, &[id])[..of.mac].to_vec()
}

fn signed(sealer: &Sealer, of: &Use, id: &[u8]) -> String {
    let bytes = [id, &signature(sealer, of, id)].concat();
    base32::encode(base32::Alphabet::Crockford, &bytes).to_ascii_lowercase()
}

fn checked(sealer: &Sealer, of: &Use, address: &str) -> Option<Vec<u8>> {
    let local = address.trim().trim_start_matches('<').split('@').next()?;
    let token = local.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(|part| !part.is_empty())?;
    // a sign more or less would be left over, and is none of ours
    if token.len() * 5 != (of.id + of.mac) * 8 {
        return None;
    }
    let bytes = base32::decode(base32::Alphabet::Crockford, token)?;
    let (id, mac) = bytes.split_at_checked(of.id)?;
    bool::from(signature(sealer, of, id).ct_eq(mac)).then(|| id.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::db::Db;

    const ID: &str = "019d4700-0000-7abc-8def-0123456789ab";

    fn sealer() -> (Sealer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::System;
        let mut db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).unwrap();
        db.migrate().unwrap();
        (Sealer::open(&folder.path().join("seal.key"), &mut db, &clock).unwrap(), folder)
    }

    #[test]
    fn rule_24_a_reply_finds_its_letter_whatever_a_telephone_does_to_the_address() {
        let (sealer, _folder) = sealer();
        for letter in [1, 47, 999_999, (1 << 40) - 1] {
            let address = reply_to(&sealer, &Config::default(), letter).unwrap();
            let (local, domain) = address.split_once('@').unwrap();
            assert!(local.len() <= LONGEST_LOCAL_PART && domain == "city.example.lg.jp", "{address}");
            for seen in [
                address.clone(),
                address.to_ascii_uppercase(),
                format!("<{address}>"),
                format!(" {local}@mail.example.jp "),
                address.replace('0', "o").replace('1', "l"),
            ] {
                assert_eq!(letter_of(&sealer, &seen), Some(letter), "{seen}");
            }
        }
        assert_eq!(letter_token(&sealer, 1 << 40), None);
        assert_eq!(letter_token(&sealer, -1), None);
    }

    #[test]
    fn rule_24_a_token_cannot_be_guessed_cut_or_used_for_something_else() {
        let (sealer, _folder) = sealer();
        let (other, _other) = self::sealer();
        let address = reply_to(&sealer, &Config::default(), 47).unwrap();
        let (local, domain) = address.split_once('@').unwrap();
        let start = local.find('+').unwrap() + 1;
        assert_eq!(letter_of(&other, &address), None, "another house's key");
        for end in start..local.len() {
            assert_eq!(letter_of(&sealer, &format!("{}@{domain}", &local[..end])), None, "cut at {end}");
        }
        assert_eq!(letter_of(&sealer, &format!("{local}0@{domain}")), None, "a sign too many");
        for place in start..local.len() {
            for sign in "0123456789abcdefghjkmnpqrstvwxyz".chars() {
                let mut changed = local.to_owned();
                changed.replace_range(place..=place, &sign.to_string());
                if changed != local {
                    assert_eq!(letter_of(&sealer, &format!("{changed}@{domain}")), None, "{changed}");
                }
            }
        }
        let mail = bounces_to(&sealer, &Config::default(), ID).unwrap();
        let stop = stop_token(&sealer, ID).unwrap();
        assert_eq!((letter_of(&sealer, &mail), mail_of(&sealer, &address)), (None, None));
        assert_eq!((mail_of(&sealer, &stop), stopped_by(&sealer, &mail)), (None, None));
        for nothing in
            ["", "@", "+@", "shicho-tegami@city.example.lg.jp", "髙橋@example.jp", "a+髙橋@example.jp"]
        {
            assert_eq!((letter_of(&sealer, nothing), mail_of(&sealer, nothing)), (None, None), "{nothing}");
        }
    }

    #[test]
    fn rule_32_a_bounce_names_the_mail_by_its_envelope_its_message_id_and_its_envid() {
        let (sealer, _folder) = sealer();
        let envelope = bounces_to(&sealer, &Config::default(), ID).unwrap();
        let token = mail_token(&sealer, ID).unwrap();
        for seen in [envelope, format!("<{token}@city.example.lg.jp>"), token.to_ascii_uppercase(), token] {
            assert_eq!(mail_of(&sealer, &seen).as_deref(), Some(ID), "{seen}");
        }
        assert_eq!(stopped_by(&sealer, &stop_token(&sealer, ID).unwrap()).as_deref(), Some(ID));
    }

    #[test]
    fn an_address_that_would_be_too_long_for_the_wire_goes_without_a_token() {
        let (sealer, _folder) = sealer();
        let long = Config { mail_from: format!("{}@city.example.jp", "a".repeat(30)), ..Config::default() };
        assert!(reply_to(&sealer, &long, 1).is_some() && bounces_to(&sealer, &long, ID).is_none());
        let none = Config { mail_detail: String::new(), ..Config::default() };
        assert!(reply_to(&sealer, &none, 1).is_none());
        let hyphen = Config { mail_detail: "-".to_owned(), ..Config::default() };
        let address = reply_to(&sealer, &hyphen, 9).unwrap();
        assert!(address.starts_with("shicho-tegami-"), "{address}");
        assert_eq!(letter_of(&sealer, &address), Some(9));
    }
}
