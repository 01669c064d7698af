//! The bytes of a mail: headers that mean the same everywhere, and nothing a citizen typed can become one.

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::{Address, address::AddressError};

use super::{Letterform, MailKind};
use crate::config::Config;
use crate::db::Instant;
use crate::error::{Error, Result};

/// A mail as it goes over the wire.
pub struct Wire {
    /// From whom and to whom, for the server.
    pub envelope: Envelope,
    /// Headers and text, CRLF.
    pub bytes: Vec<u8>,
}

/// Puts a mail together. `date` is the time of handing it over; `message_id` has no angle brackets.
///
/// # Errors
/// [`Error::Refused`] with a sentence for staff when the address cannot be written to at all.
pub fn compose(
    config: &Config,
    kind: MailKind,
    message_id: &str,
    date: Instant,
    form: &Letterform,
) -> Result<Wire> {
    let to = address(&form.to)
        .map_err(|_| Error::Refused("宛先のメールアドレスの形が正しくありません。".to_owned()))?;
    let from = address(&config.mail_from)
        .map_err(|_| Error::Refused("設定 mail_from がメールアドレスではありません。".to_owned()))?;
    // given outright: lettre would read it back from the header, where it stumbles over quoted names
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).map_err(Error::internal)?;
    let name = Some(one_line(&form.to_name)).filter(|n| !n.is_empty());
    let mut mail = Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(Some(config.city_name.clone()), from))
        .to(Mailbox::new(name, to))
        .subject(one_line(&form.subject))
        .message_id(Some(format!("<{message_id}>")))
        .date(date.utc().into());
    let follows = form.references.iter().filter(|id| is_message_id(id)).map(|id| format!("<{id}>"));
    let follows: Vec<String> = follows.collect();
    if let Some(last) = follows.last() {
        mail = mail.in_reply_to(last.clone()).references(follows.join(" "));
    }
    if kind.is_machine() {
        mail = mail.header(AutoSubmitted("auto-generated")).header(SuppressReplies("All"));
    }
    let mail = mail.singlepart(SinglePart::plain(form.text.clone())).map_err(Error::internal)?;
    Ok(Wire { envelope: mail.envelope().clone(), bytes: mail.formatted() })
}

/// An address as the wire takes it. Carriers gave out addresses like `a..b@docomo.ne.jp`, which RFC 5321 allows only
/// in quotes: those get their quotes.
fn address(text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (user, domain) = text.rsplit_once('@').ok_or(AddressError::MissingParts)?;
    // a quote or a backslash in an unquoted name is a slip of the finger, not a carrier's habit
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '@' | '<' | '>');
    if user.is_empty() || !user.chars().all(plain) {
        return Err(AddressError::InvalidUser);
    }
    Address::new(format!("\"{user}\""), domain)
}

/// Headers are one line: whatever breaks a line becomes a blank.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

fn is_message_id(id: &str) -> bool {
    id.contains('@') && id.len() < 250 && id.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
}

impl MailKind {
    /// Whether the program writes it without a person having pressed "send".
    pub fn is_machine(self) -> bool {
        matches!(self, MailKind::Receipt | MailKind::Digest | MailKind::Notice)
    }
}

macro_rules! plain_header {
    ($(#[$meta:meta])* $type:ident $name:literal) => {
        $(#[$meta])*
        #[derive(Clone)]
        struct $type(&'static str);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("this header is only written".into())
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.to_owned())
            }
        }
    };
}

plain_header! {
    /// RFC 3834: machines must not answer this mail.
    AutoSubmitted "Auto-Submitted"
}
plain_header! {
    /// The same for Exchange, which reads only this one.
    SuppressReplies "X-Auto-Response-Suppress"
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn written(kind: MailKind, form: &Letterform) -> String {
        let at = Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).single().expect("a time that exists");
        let wire = compose(&Config::default(), kind, "0a1b@city.example.lg.jp", at.into(), form);
        String::from_utf8(wire.expect("a mail").bytes).expect("a mail is ASCII")
    }

    fn to(address: &str) -> Letterform {
        Letterform { to: address.to_owned(), subject: "回答".to_owned(), ..Letterform::default() }
    }

    #[test]
    fn a_mail_carries_our_id_the_clocks_date_and_the_citys_name() {
        let mail = written(MailKind::Reply, &to("hanako@example.jp"));
        assert!(mail.contains("Message-ID: <0a1b@city.example.lg.jp>\r\n"), "{mail}");
        assert!(mail.contains("Date: Wed, 01 Apr 2026 01:00:00 +0000\r\n"), "{mail}");
        assert!(mail.contains("<shicho-tegami@city.example.lg.jp>\r\n"), "{mail}");
        assert!(!mail.contains("Auto-Submitted"), "a person sends a reply");
    }

    #[test]
    fn machines_are_asked_not_to_answer_what_a_machine_sent() {
        for kind in [MailKind::Receipt, MailKind::Digest, MailKind::Notice] {
            let mail = written(kind, &to("hanako@example.jp"));
            assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
            assert!(mail.contains("X-Auto-Response-Suppress: All\r\n"), "{mail}");
        }
    }

    #[test]
    fn nothing_typed_becomes_a_header() {
        let form = Letterform {
            to: "hanako@example.jp".to_owned(),
            to_name: "花子\r\nBcc: a@evil.example".to_owned(),
            subject: "回答\r\nBcc: b@evil.example\r\n\r\nhello".to_owned(),
            text: "本文\n.\nBcc: c@evil.example\n".to_owned(),
            references: vec!["x@y>\r\nBcc: d@evil.example".to_owned()],
        };
        let mail = written(MailKind::Reply, &form);
        let head = mail.split("\r\n\r\n").next().expect("a head");
        assert!(!head.lines().any(|l| l.to_ascii_lowercase().starts_with("bcc")), "{head}");
        assert!(!head.contains("References"), "an id that is none is left out: {head}");
        let two = to("a@example.jp\r\nBcc: b@evil.example");
        let at = Instant::from(Utc.timestamp_opt(0, 0).single().expect("a time"));
        assert!(compose(&Config::default(), MailKind::Reply, "i@d", at, &two).is_err());
    }

    #[test]
    fn addresses_only_carriers_gave_out_are_written_in_quotes() {
        for (typed, wire) in [
            ("a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
            ("a.@ezweb.ne.jp", "\"a.\"@ezweb.ne.jp"),
            (".a@softbank.ne.jp", "\".a\"@softbank.ne.jp"),
            ("hanako@example.jp", "hanako@example.jp"),
        ] {
            assert_eq!(address(typed).expect(typed).to_string(), wire);
            assert!(written(MailKind::Reply, &to(typed)).contains(&format!("To: {wire}\r\n")), "{typed}");
        }
        for wrong in ["", "hanako", "@example.jp", "花子@example.jp ", "a b@example.jp", "a\"b@example.jp"]
        {
            assert!(address(wrong).is_err() || wrong.starts_with('花'), "{wrong}");
        }
    }

    #[test]
    fn a_mail_says_what_it_follows_and_no_line_is_too_long() {
        let references = (0..30).map(|n| format!("{n:032}@city.example.lg.jp")).collect();
        let form = Letterform { references, text: "長い行".repeat(2000), ..to("hanako@example.jp") };
        let mail = written(MailKind::Reply, &form);
        assert!(mail.contains("In-Reply-To: <00000000000000000000000000000029@city.example.lg.jp>"));
        assert!(mail.lines().all(|l| l.len() <= 998));
        let head = mail.split("\r\n\r\n").next().expect("a head");
        assert!(head.lines().all(|l| l.len() <= 78), "{head}");
    }
}
