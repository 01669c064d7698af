//! The bytes of a mail: headers that mean the same everywhere, and nothing a citizen typed can become one.

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::{Address, address::AddressError};

use super::{Letterform, MailKind};
use crate::config::Config;
use crate::db::Instant;
use crate::error::{Error, Result};

/// What the house puts on a mail beside its words: no part of what was approved, for it says nothing to the reader.
pub struct Stamp<'a> {
    /// Without angle brackets.
    pub message_id: &'a str,
    /// When it is handed over.
    pub date: Instant,
    /// Where an answer to it goes, by token; none: to `mail_from`.
    pub reply_to: Option<String>,
    /// Where its bounces go, by token; none: to `mail_from`.
    pub bounces_to: Option<String>,
    /// Where its receiver can stop mails of its kind.
    pub stop_url: Option<String>,
}

/// What stands under every mail that its receiver can stop, before the address of the page for it.
const STOPPING: &str =
    "お心当たりのないとき、自動のメールを止めたいときは、次のページからお知らせください。\n";

/// A mail as it goes over the wire.
pub struct Wire {
    /// From whom and to whom, for the server.
    pub envelope: Envelope,
    /// What the server calls it when it tells what became of it (ENVID).
    pub envelope_id: String,
    /// Headers and text, CRLF.
    pub bytes: Vec<u8>,
}

/// Puts a mail together. What a machine wrote has no sender on its envelope, so that nothing bounces into a loop.
///
/// # Errors
/// [`Error::Refused`] with a sentence for staff when the address cannot be written to at all.
pub fn compose(config: &Config, kind: MailKind, stamp: &Stamp<'_>, form: &Letterform) -> Result<Wire> {
    let to = address(&form.to)
        .map_err(|_| Error::Refused("宛先のメールアドレスの形が正しくありません。".to_owned()))?;
    let ours = |text: &str| {
        address(text)
            .map_err(|_| Error::Refused("設定 mail_from がメールアドレスではありません。".to_owned()))
    };
    let from = ours(&config.mail_from)?;
    let sender = match &stamp.bounces_to {
        _ if kind.is_machine() => None,
        Some(address) => Some(ours(address)?),
        None => Some(from.clone()),
    };
    // given outright: lettre would read it back from the header, where it stumbles over quoted names
    let envelope = Envelope::new(sender, vec![to.clone()]).map_err(Error::internal)?;
    let name = Some(one_line(&form.to_name)).filter(|n| !n.is_empty());
    let mut mail = Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(Some(config.city_name.clone()), from))
        .to(Mailbox::new(name, to))
        .subject(one_line(&form.subject))
        .message_id(Some(format!("<{}>", stamp.message_id)))
        .date(stamp.date.utc().into());
    if let Some(reply_to) = &stamp.reply_to {
        mail = mail.reply_to(Mailbox::new(None, ours(reply_to)?));
    }
    let follows = form.references.iter().filter(|id| is_message_id(id)).map(|id| format!("<{id}>"));
    let follows: Vec<String> = follows.collect();
    if let Some(last) = follows.last() {
        mail = mail.in_reply_to(last.clone()).references(follows.join(" "));
    }
    if kind.is_machine() {
        let why = if follows.is_empty() { "auto-generated" } else { "auto-replied" };
        mail = mail
            .header(AutoSubmitted(why.to_owned()))
            .header(SuppressReplies("All".to_owned()))
            .header(Loop(config.mail_from.clone()));
    }
    if let Some(url) = &stamp.stop_url {
        mail = mail.header(Stopping(format!("<{url}>")));
        // mail programs press the button only by TLS (RFC 8058)
        if config.public_is_tls() {
            mail = mail.header(StoppingByPost("List-Unsubscribe=One-Click".to_owned()));
        }
    }
    let mut text = form.text.clone();
    if let Some(url) = &stamp.stop_url {
        text = format!("{}\n{STOPPING}{url}\n", text.trim_end());
    }
    let mail = mail.singlepart(SinglePart::plain(text)).map_err(Error::internal)?;
    let envelope_id = stamp.message_id.split('@').next().unwrap_or_default().to_owned();
    Ok(Wire { envelope: mail.envelope().clone(), envelope_id, bytes: folded(&mail.formatted()) })
}

/// Longest line of a head (RFC 5322, 2.1.1), where there is a blank to fold at.
const LINE: usize = 78;

/// lettre folds between encoded words, but does not count the address that follows a long name.
fn folded(mail: &[u8]) -> Vec<u8> {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(mail.len());
    let (head, body) = mail.split_at(end);
    let mut out = Vec::with_capacity(mail.len() + 64);
    for (n, mut line) in head.split(|b| *b == b'\n').enumerate() {
        if n > 0 {
            out.push(b'\n');
        }
        while line.len() > LINE + 1 {
            // a field's name alone on its line is lawful, and misread by many
            let Some(at) = line[..LINE]
                .iter()
                .rposition(|b| *b == b' ')
                .filter(|at| *at > 0 && !line[..*at].ends_with(b":"))
            else {
                break;
            };
            out.extend_from_slice(&line[..at]);
            out.extend_from_slice(b"\r\n");
            line = &line[at..];
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(body);
    out
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

/// Headers are one line: whatever breaks a line becomes a blank. Several blanks become one: lettre puts more of them
/// between encoded words, where readers drop them and the words run together.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if c != ' ' || !line.ends_with(' ') {
            line.push(c);
        }
    }
    line.trim().to_owned()
}

fn is_message_id(id: &str) -> bool {
    id.contains('@') && id.len() < 250 && id.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
}

impl MailKind {
    /// Whether the program writes it without a person having pressed "send".
    pub fn is_machine(self) -> bool {
        matches!(self, MailKind::Receipt | MailKind::Digest | MailKind::Notice)
    }

    /// Whether its receiver can say that he or she wants no more of it.
    pub fn is_stoppable(self) -> bool {
        matches!(self, MailKind::Receipt | MailKind::Notice)
    }
}

macro_rules! plain_header {
    ($(#[$meta:meta])* $type:ident $name:literal) => {
        $(#[$meta])*
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("this header is only written".into())
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
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

plain_header! {
    /// By which a machine of ours would know its own mail.
    Loop "X-Loop"
}
plain_header! {
    /// RFC 2369.
    Stopping "List-Unsubscribe"
}
plain_header! {
    /// RFC 8058: one step, without a page.
    StoppingByPost "List-Unsubscribe-Post"
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn written(kind: MailKind, form: &Letterform) -> String {
        let at = Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).single().expect("a time that exists");
        let stamp = Stamp {
            message_id: "0a1b@city.example.lg.jp",
            date: at.into(),
            reply_to: Some("shicho-tegami+0k2m@city.example.lg.jp".to_owned()),
            bounces_to: Some("shicho-tegami+9z8y@city.example.lg.jp".to_owned()),
            stop_url: kind.is_stoppable().then(|| "https://koe.example.jp/mails/7x6w".to_owned()),
        };
        let config = Config { base_url: "https://koe.example.jp".to_owned(), ..Config::default() };
        let wire = compose(&config, kind, &stamp, form);
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
        let date = Instant::from(Utc.timestamp_opt(0, 0).single().expect("a time"));
        let stamp = Stamp { message_id: "i@d", date, reply_to: None, bounces_to: None, stop_url: None };
        assert!(compose(&Config::default(), MailKind::Reply, &stamp, &two).is_err());
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
    fn what_we_write_our_own_reader_reads_back() {
        use crate::mail::reader::{Limits, read};
        let subject = format!("①㈱髙﨑の件 {}", "とても長い件名".repeat(20));
        let references: Vec<String> = (0..30).map(|n| format!("{n:032}@city.example.lg.jp")).collect();
        let form = Letterform {
            to_name: "髙﨑 ㈱①太郎, 長い名前の".repeat(3),
            subject: subject.clone(),
            text: "①㈱髙﨑さま\n\n市長です。 \n.\nFrom here\n".to_owned(),
            references: references.clone(),
            ..to("hanako@example.jp")
        };
        let mail = read(written(MailKind::Reply, &form).as_bytes(), &Limits::default());
        assert_eq!((mail.subject, mail.references), (subject, references));
        assert_eq!(mail.text, form.text.trim_end());
        assert_eq!(
            (mail.to[0].name.as_str(), mail.to[0].address.as_deref()),
            (form.to_name.as_str(), Some("hanako@example.jp"))
        );
        assert!(
            mail.repaired.is_empty() && mail.warnings.is_empty(),
            "{:?} {:?}",
            mail.repaired,
            mail.warnings
        );
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
