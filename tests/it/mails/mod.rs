//! Our own set of mails: every form Japanese mail comes in, every kind of damage, every machine. Each says what must be
//! read. Any way in (a file, LMTP, IMAP) can be driven with the same set: [`all`].

mod damaged;
mod japanese;
mod machines;

pub(crate) use damaged::winmail;

use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};

/// What a mail must become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A person's: a letter, or a message on one.
    Letter,
    /// An automatic answer.
    AutoReply,
    /// A mail of ours that came back.
    Bounce,
    /// Sent to many.
    List,
}

/// One mail of the set.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Unique, and says what is peculiar.
    pub(crate) name: String,
    /// As it comes over the wire or out of a file.
    pub(crate) octets: Vec<u8>,
    /// Envelope sender; `None` is `<>`.
    pub(crate) sender: Option<&'static str>,
    /// Envelope recipient.
    pub(crate) recipient: &'static str,
    /// What it must become.
    pub(crate) outcome: Outcome,
    /// The subject, if it matters.
    pub(crate) subject: Option<&'static str>,
    /// A piece of the text.
    pub(crate) text: &'static str,
    /// Names of its files.
    pub(crate) files: &'static [&'static str],
}

/// The whole set.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = japanese::samples();
    all.extend(damaged::samples());
    all.extend(machines::samples());
    all
}

/// What most of them say: half-width kana, NEC's row 13 and IBM's kanji are in it.
pub(crate) const WORDS: &str = "市長さま。うなぎの稚魚を放流する日を教えてください。";
/// Characters that only makers' sets have.
pub(crate) const MAKERS: &str = "①㈱髙﨑の店の前です。";
/// The subject most of them have.
pub(crate) const SUBJECT: &str = "街灯が消えています";

pub(crate) fn sample(name: &str, octets: impl Into<Vec<u8>>, text: &'static str) -> Sample {
    Sample {
        name: name.to_owned(),
        octets: octets.into(),
        sender: Some("hanako@example.jp"),
        recipient: "shicho@city.example",
        outcome: Outcome::Letter,
        subject: None,
        text,
        files: &[],
    }
}

impl Sample {
    pub(crate) fn subject(mut self, subject: &'static str) -> Sample {
        self.subject = Some(subject);
        self
    }

    pub(crate) fn files(mut self, files: &'static [&'static str]) -> Sample {
        self.files = files;
        self
    }

    pub(crate) fn machine(mut self, outcome: Outcome) -> Sample {
        self.outcome = outcome;
        if outcome != Outcome::List {
            self.sender = None;
        }
        self
    }
}

/// A header of an ordinary mail; `id` makes its Message-ID.
pub(crate) fn head(id: &str) -> String {
    format!(
        "From: Hanako <hanako@example.jp>\r\nTo: shicho@city.example\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\n\
         Message-ID: <{id}@mail.example.jp>\r\nMIME-Version: 1.0\r\n"
    )
}

/// Puts octets behind text.
pub(crate) fn with(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), body].concat()
}

/// Text in one of the four sets Japanese mail comes in, makers' characters too.
pub(crate) fn coded(text: &str, set: &str) -> Vec<u8> {
    match set {
        "jis" => {
            // the web's encoder stops at makers' characters no more than Windows does
            ISO_2022_JP.encode(text).0.into_owned()
        }
        "sjis" => SHIFT_JIS.encode(text).0.into_owned(),
        "euc" => EUC_JP.encode(text).0.into_owned(),
        _ => text.as_bytes().to_vec(),
    }
}

pub(crate) fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(octets)
}

pub(crate) fn quoted(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|o| if o.is_ascii_alphanumeric() { char::from(*o).to_string() } else { format!("={o:02X}") })
        .collect()
}
