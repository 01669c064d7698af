//! What is said on a connection: commands in, answers out. It knows no socket, so that a test can be the peer.

use crate::intake::mail::Envelope;

use super::Terms;

/// Most recipients of one mail (RFC 5321, 4.5.3.1.8: at least 100); the sender brings the rest in a second one.
const RECIPIENTS: usize = 1000;

/// Longest address (RFC 5321, 4.5.3.1, and room for UTF-8).
const ADDRESS: usize = 512;

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Say this and go on.
    Say(String),
    /// Say this and take the text of the mail.
    Data(String),
    /// Say this and hang up.
    Bye(String),
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Stage {
    Unknown,
    Greeted,
    Sender,
}

/// One peer's conversation.
#[derive(Debug)]
pub struct Talk<'a> {
    terms: &'a Terms,
    stage: Stage,
    envelope: Envelope,
    utf8: bool,
    /// What the sender said the mail's size would be.
    pub announced: Option<usize>,
}

/// An answer in the sender's stead: its three digits, the enhanced code (RFC 3463), the words.
fn say(text: &str) -> Heard {
    Heard::Say(format!("{text}\r\n"))
}

impl<'a> Talk<'a> {
    /// A conversation that has not begun.
    pub fn new(terms: &'a Terms) -> Talk<'a> {
        Talk { terms, stage: Stage::Unknown, envelope: Envelope::default(), utf8: false, announced: None }
    }

    /// The first line a peer hears.
    pub fn greeting(&self) -> String {
        format!("220 {} LMTP\r\n", self.terms.host)
    }

    /// One command, without its line end.
    pub fn hear(&mut self, line: &[u8]) -> Heard {
        // a bare CR or LF is where two programs may see different lines
        if line.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return say("500 5.5.2 a line ends with CR LF and nowhere else");
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return say("500 5.5.2 a command is ASCII or UTF-8");
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "LHLO" => self.lhlo(rest.trim()),
            "HELO" | "EHLO" => say("500 5.5.1 this door speaks LMTP: say LHLO"),
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" => self.data(rest),
            "RSET" => {
                self.reset();
                say("250 2.0.0 forgotten")
            }
            "NOOP" => say("250 2.0.0 here"),
            "VRFY" => say("252 2.5.0 send it and see"),
            "HELP" => say("214 2.0.0 RFC 2033"),
            "QUIT" => Heard::Bye("221 2.0.0 good-bye\r\n".to_owned()),
            _ => say("500 5.5.1 no such command"),
        }
    }

    /// The envelope of a mail whose text has come; the next one may begin.
    pub fn take_envelope(&mut self) -> Envelope {
        let envelope = std::mem::take(&mut self.envelope);
        self.reset();
        envelope
    }

    fn reset(&mut self) {
        self.stage = self.stage.min_of(Stage::Greeted);
        self.envelope = Envelope::default();
        self.utf8 = false;
        self.announced = None;
    }

    fn lhlo(&mut self, name: &str) -> Heard {
        if name.is_empty() {
            return say("501 5.5.4 LHLO with a name");
        }
        self.reset();
        self.stage = Stage::Greeted;
        Heard::Say(format!(
            "250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n",
            self.terms.host, self.terms.limit
        ))
    }

    fn mail(&mut self, rest: &str) -> Heard {
        match self.stage {
            Stage::Unknown => return say("503 5.5.1 LHLO comes first"),
            Stage::Sender => return say("503 5.5.1 one sender a mail"),
            Stage::Greeted => {}
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return say("501 5.5.4 MAIL FROM:<address>");
        };
        let mut announced = None;
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
                ("SIZE", digits) => match digits.parse::<usize>() {
                    Ok(size) => announced = Some(size),
                    // more digits than a size has
                    Err(_) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                        announced = Some(usize::MAX);
                    }
                    Err(_) => return say("501 5.5.4 SIZE is a number"),
                },
                ("BODY", "7BIT" | "8BITMIME") => {}
                ("SMTPUTF8", "") => self.utf8 = true,
                _ => return say("555 5.5.4 unknown parameter"),
            }
        }
        if let Some(refusal) = self.unfit(&address) {
            return refusal;
        }
        if announced.is_some_and(|size| size > self.terms.limit) {
            return Heard::Say(too_large(self.terms.limit));
        }
        self.announced = announced;
        self.envelope.sender = Some(address);
        self.stage = Stage::Sender;
        say("250 2.1.0 sender noted")
    }

    fn rcpt(&mut self, rest: &str) -> Heard {
        if self.stage < Stage::Sender {
            return say("503 5.5.1 MAIL comes first");
        }
        let Some((address, parameters)) = path(rest, "TO:").filter(|(a, _)| !a.is_empty()) else {
            return say("501 5.5.4 RCPT TO:<address>");
        };
        if !parameters.trim().is_empty() {
            return say("555 5.5.4 unknown parameter");
        }
        if let Some(refusal) = self.unfit(&address) {
            return refusal;
        }
        if self.envelope.recipients.len() >= RECIPIENTS {
            return say("452 4.5.3 too many recipients, bring the rest in another mail");
        }
        if !welcome(&self.terms.recipients, &address) {
            return say("550 5.1.1 no such address here");
        }
        self.envelope.recipients.push(address);
        say("250 2.1.5 recipient noted")
    }

    fn data(&self, rest: &str) -> Heard {
        if !rest.is_empty() {
            say("501 5.5.4 DATA stands alone")
        } else if self.envelope.recipients.is_empty() {
            // RFC 2033, 4.2: without a recipient there is nobody to answer for
            say("503 5.5.1 no recipient")
        } else {
            Heard::Data("354 the text, then a dot on a line of its own\r\n".to_owned())
        }
    }

    fn unfit(&self, address: &str) -> Option<Heard> {
        if address.len() > ADDRESS {
            Some(say("501 5.1.7 the address is too long"))
        } else if !address.is_ascii() && !self.utf8 {
            Some(say("553 5.6.7 an address in UTF-8 needs SMTPUTF8"))
        } else {
            None
        }
    }
}

impl Stage {
    fn min_of(self, other: Stage) -> Stage {
        if self < other { self } else { other }
    }
}

/// The answer to a mail beyond the limit, which is said in it.
pub(super) fn too_large(limit: usize) -> String {
    format!("552 5.3.4 larger than {limit} octets\r\n")
}

/// `FROM:<a@b> SIZE=1` without its first word: the address, and what follows. A source route is dropped (RFC 5321,
/// appendix C); a quoted local part may hold anything, `>` included.
fn path<'t>(text: &'t str, word: &str) -> Option<(String, &'t str)> {
    let text = text.trim_start();
    let rest =
        text.get(..word.len()).filter(|w| w.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])?;
    let rest = rest.trim_start().strip_prefix('<')?;
    let (mut quoted, mut escaped, mut end) = (false, false, None);
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                end = Some(at);
                break;
            }
            c if c.is_control() => return None,
            _ => {}
        }
    }
    let (inside, after) = rest.split_at(end?);
    let after = &after[1..];
    if !after.is_empty() && !after.starts_with(' ') {
        return None;
    }
    let address = match inside.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => inside,
    };
    (!address.contains(' ') || address.contains('"')).then(|| (address.to_owned(), after))
}

/// Whether an address is among those taken: a list of domains and whole addresses, detail after `+` not looked at.
fn welcome(taken: &[String], address: &str) -> bool {
    if taken.is_empty() {
        return true;
    }
    let address = address.to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let plain = local.split('+').next().unwrap_or(local);
    taken.iter().any(|t| match t.rsplit_once('@') {
        Some((theirs, at)) if !theirs.is_empty() => at == domain && (theirs == local || theirs == plain),
        _ => t.trim_start_matches('@') == domain,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn terms(recipients: &[&str]) -> Terms {
        Terms {
            limit: 1000,
            peers: Vec::new(),
            recipients: recipients.iter().map(|&r| r.to_owned()).collect(),
            connections: 1,
            patience: Duration::from_secs(1),
            host: "koe.example".to_owned(),
        }
    }

    fn code(heard: Heard) -> String {
        match heard {
            Heard::Say(text) | Heard::Data(text) | Heard::Bye(text) => text[..3].to_owned(),
        }
    }

    /// The codes a peer hears for these lines.
    fn codes(terms: &Terms, lines: &[&str]) -> Vec<String> {
        let mut talk = Talk::new(terms);
        lines.iter().map(|line| code(talk.hear(line.as_bytes()))).collect()
    }

    #[test]
    fn commands_come_in_their_order_or_are_refused() {
        let terms = terms(&[]);
        assert_eq!(codes(&terms, &["MAIL FROM:<a@x.example>", "DATA", "EHLO x"]), ["503", "503", "500"]);
        let lines = ["LHLO x", "RCPT TO:<b@x.example>", "MAIL FROM:<>", "MAIL FROM:<>", "DATA"];
        assert_eq!(codes(&terms, &lines), ["250", "503", "250", "503", "503"]);
        let lines = ["lhlo x", "mail from:<a@x.example>", "rcpt to:<b@x.example>", "data", "quit"];
        assert_eq!(codes(&terms, &lines), ["250", "250", "250", "354", "221"]);
        let lines = ["LHLO x", "MAIL FROM:<>", "RCPT TO:<b@x.example>", "RSET", "DATA", "NOOP", "VRFY b"];
        assert_eq!(codes(&terms, &lines), ["250", "250", "250", "250", "503", "250", "252"]);
    }

    #[test]
    fn what_an_address_is_comes_out_exactly() {
        for (text, expected) in [
            ("TO:<a..b@docomo.example>", "a..b@docomo.example"),
            ("TO:<\"a>b \\\" c\"@x.example>", "\"a>b \\\" c\"@x.example"),
            ("to: <@one.example,@two.example:c@x.example>", "c@x.example"),
            ("TO:<市長@下関.example>", "市長@下関.example"),
        ] {
            assert_eq!(path(text, "TO:"), Some((expected.to_owned(), "")), "{text}");
        }
        for text in ["TO:a@x.example", "TO:<a@x.example", "TO:<a@x.example>b", "TO:<a b@x.example>", "市長"]
        {
            assert_eq!(path(text, "TO:"), None, "{text}");
        }
        assert_eq!(path("FROM:<> SIZE=3", "FROM:"), Some((String::new(), " SIZE=3")));
    }

    #[test]
    fn a_mail_announced_too_large_is_refused_before_it_travels() {
        let terms = terms(&[]);
        let lines = [
            "LHLO x",
            "MAIL FROM:<a@x.example> SIZE=1001",
            "MAIL FROM:<a@x.example> SIZE=99999999999999999999999",
            "MAIL FROM:<a@x.example> SIZE=many",
            "MAIL FROM:<a@x.example> SIZE=1000 BODY=8BITMIME",
        ];
        assert_eq!(codes(&terms, &lines), ["250", "552", "552", "501", "250"]);
        let unknown = ["LHLO x", "MAIL FROM:<a@x.example> RET=HDRS", "MAIL FROM:<市@x.example>"];
        assert_eq!(codes(&terms, &unknown), ["250", "555", "553"]);
    }

    #[test]
    fn addresses_beside_the_list_are_refused_and_details_are_not_looked_at() {
        let terms = terms(&["city.example", "koe@town.example"]);
        let to = |address: &str| {
            let line = format!("RCPT TO:<{address}>");
            codes(&terms, &["LHLO x", "MAIL FROM:<>", &line])[2].clone()
        };
        assert_eq!(to("anybody@City.Example"), "250");
        assert_eq!(to("koe+r7.x@town.example"), "250");
        assert_eq!(to("other@town.example"), "550");
        assert_eq!(to("koe@other.example"), "550");
        assert_eq!(to("koe"), "550");
    }

    #[test]
    fn a_command_with_a_line_end_inside_is_no_command() {
        let terms = terms(&[]);
        assert_eq!(codes(&terms, &["LHLO x\nMAIL FROM:<>", "LHLO x\r"]), ["500", "500"]);
    }
}
