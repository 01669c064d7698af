//! Dates of header fields, as programs have written them since 1982.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

/// The instant a Date or a Received's end names; `None` when it names none.
pub(super) fn instant(value: &[u8]) -> Option<DateTime<Utc>> {
    let value = super::fields::unfolded(&value[..value.len().min(500)]);
    let text = String::from_utf8_lossy(&value);
    let text = text.replace("JST", "+0900");
    let text = text.trim();
    iso(text).or_else(|| {
        let date = mail_parser::DateTime::parse_rfc822(text).filter(mail_parser::DateTime::is_valid)?;
        // the crate takes whatever has digits: a date without a year is none
        (date.year >= 1900).then(|| DateTime::from_timestamp(date.to_timestamp(), 0)).flatten()
    })
}

/// `2024-05-01T10:00:00+09:00`, `2024-05-01 10:00:00 +0900`, `2024/05/01 10:00` (taken as Tokyo's).
fn iso(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replace('/', "-");
    if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
        return Some(at.to_utc());
    }
    if let Ok(at) = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S %z") {
        return Some(at.to_utc());
    }
    let tokyo = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())?;
    tokyo.and_utc().checked_sub_signed(Duration::hours(9))
}

/// The instant of a Received field: what stands behind its last semicolon.
pub(super) fn received(value: &[u8]) -> Option<DateTime<Utc>> {
    instant(&value[memchr::memrchr(b';', value)? + 1..])
}

/// Whether a stated date is too far from the day a mail came to mean anything.
pub(super) fn odd(stated: DateTime<Utc>, received: DateTime<Utc>) -> bool {
    stated > received + Duration::days(1) || stated < received - Duration::days(14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_dress() {
        for text in [
            "Wed, 01 May 2024 10:00:00 +0900",
            "Wed, 1 May 2024 10:00:00 JST",
            "1 May 2024 10:00:00 +0900 (JST)",
            "Wed, 01 May 2024 01:00:00 GMT",
            "Wed, 01 May 2024 01:00:00 -0000",
            "2024-05-01T10:00:00+09:00",
            "2024-05-01 10:00:00 +0900",
            "2024/05/01 10:00",
            "Wed, 01 May\r\n 2024 10:00:00 +0900",
        ] {
            assert_eq!(
                instant(text.as_bytes()).map(|d| d.to_rfc3339()).as_deref(),
                Some("2024-05-01T01:00:00+00:00"),
                "{text}"
            );
        }
        for text in ["", "yesterday", "00", "Wed, 45 Foo 2024 99:99:99 +0900"] {
            assert_eq!(instant(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_received_field_ends_with_its_date() {
        let at = received(b"from a by b with ESMTP id x;\r\n Wed, 01 May 2024 10:00:00 +0900");
        assert_eq!(at, instant(b"Wed, 01 May 2024 10:00:00 +0900"));
        assert!(at.is_some());
    }
}
