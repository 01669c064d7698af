//! Answers of an IMAP server, whole and with a bound, and what they say.
//!
//! An answer is a line with literals in it. It is brought together here before the grammar (crate `imap-proto`) sees
//! it, so that a literal of 30 MiB is read once and a server cannot make us hold more than a mail may have.

use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use imap_proto::{AttributeValue, Capability, MailboxDatum, Response, ResponseCode, Status};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;

/// Longest line: a search in a mailbox of two million mails fits.
const LINE: usize = 16 * 1024 * 1024;

/// How long a server may say nothing in the middle of something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Read at once.
const BLOCK: usize = 64 * 1024;

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One mail of an answer to FETCH.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) uid: Option<u32>,
    pub(super) size: Option<u64>,
    /// INTERNALDATE as the server writes it.
    pub(super) date: Option<String>,
    pub(super) octets: Option<Vec<u8>>,
}

/// What an answer says, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The server waits for more.
    Continue,
    /// The command with this tag is done: whether it went well, and the server's words.
    Done {
        tag: String,
        ok: bool,
        /// The folder does not exist and may be made.
        try_create: bool,
        words: String,
    },
    /// The server hangs up.
    Bye(String),
    Found(Vec<u32>),
    Mail(Item),
    /// The folder has changed.
    Changed,
    UidValidity(u32),
    /// Keywords may be given: any, or these.
    PermanentFlags(Vec<String>),
    Capabilities(Vec<String>),
    Other,
}

pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    /// Largest literal.
    limit: usize,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, limit: usize) -> Wire {
        Wire { stream: BufReader::with_capacity(BLOCK, stream), limit }
    }

    /// The bare connection again, to be encrypted.
    ///
    /// # Errors
    /// When the server has said more than it was asked for: that would be read as if it had been encrypted.
    pub(super) fn into_stream(self) -> io::Result<Box<dyn Stream>> {
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(io::Error::other("the server spoke before encryption began"))
        }
    }

    pub(super) async fn send(&mut self, line: &str) -> io::Result<()> {
        let all = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.write_all(b"\r\n").await?;
            self.stream.flush().await
        };
        in_time(all).await
    }

    /// Waits until the server says something, as long as told. True when it did.
    pub(super) async fn anything_within(&mut self, time: Duration) -> io::Result<bool> {
        match timeout(time, self.stream.fill_buf()).await {
            Ok(heard) => heard.map(|_| true),
            Err(_) => Ok(false),
        }
    }

    /// The next answer.
    pub(super) async fn hear(&mut self) -> io::Result<Said> {
        let whole = self.whole().await?;
        understand(whole)
    }

    async fn whole(&mut self) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        loop {
            let from = whole.len();
            in_time((&mut self.stream).take(LINE as u64).read_until(b'\n', &mut whole)).await?;
            if !whole.ends_with(b"\n") {
                return Err(if whole.len() - from >= LINE {
                    io::Error::other("the server's line is too long")
                } else {
                    io::ErrorKind::UnexpectedEof.into()
                });
            }
            let Some(size) = literal(&whole[from..]).filter(|_| from > 0 || may_have_literals(&whole)) else {
                return Ok(whole);
            };
            if size > self.limit || whole.len() > LINE + self.limit {
                return Err(io::Error::other("the server's answer is larger than was asked for"));
            }
            whole.reserve_exact(size + 256);
            let end = whole.len() + size;
            while whole.len() < end {
                let block = (end - whole.len()).min(BLOCK) as u64;
                if in_time((&mut self.stream).take(block).read_to_end(&mut whole)).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

async fn in_time<T>(f: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, f).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The size of the literal a line announces at its end.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n")?;
    let inside = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let from = inside.iter().rposition(|&b| b == b'{')? + 1;
    std::str::from_utf8(&inside[from..]).ok()?.parse().ok()
}

/// Human text at the end of a line may look like a literal; it is in these answers only.
fn may_have_literals(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"* ") else { return false };
    !["OK", "NO", "BAD", "BYE", "PREAUTH"]
        .iter()
        .any(|word| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word.as_bytes())))
}

fn understand(whole: Vec<u8>) -> io::Result<Said> {
    let (said, body) = {
        // the grammar slices texts of the server's: a panic there is an answer that cannot be read
        let parsed = catch_unwind(AssertUnwindSafe(|| Response::parse(&whole)));
        // never the answer itself in an error: it may be a mail
        let Ok(Ok((_, response))) = parsed else {
            return Err(io::Error::other("the server's answer cannot be read"));
        };
        match response {
            Response::Fetch(_, values) => {
                let (item, body) = item(values, &whole);
                (Said::Mail(item), body)
            }
            other => (plain(other), None),
        }
    };
    Ok(match (said, body) {
        (Said::Mail(mut item), Some(body)) => {
            // in place: a large mail is in memory once
            let mut octets = whole;
            octets.truncate(body.end);
            octets.drain(..body.start);
            item.octets = Some(octets);
            Said::Mail(item)
        }
        (said, _) => said,
    })
}

fn item(values: Vec<AttributeValue<'_>>, whole: &[u8]) -> (Item, Option<Range<usize>>) {
    let (mut item, mut body) = (Item::default(), None);
    for value in values {
        match value {
            AttributeValue::Uid(uid) => item.uid = Some(uid),
            AttributeValue::Rfc822Size(size) => item.size = Some(size.into()),
            AttributeValue::InternalDate(date) => item.date = Some(date.trim().to_owned()),
            AttributeValue::BodySection { data: Some(data), .. } => {
                let from = data.as_ptr() as usize - whole.as_ptr() as usize;
                match data {
                    std::borrow::Cow::Borrowed(data) => body = Some(from..from + data.len()),
                    std::borrow::Cow::Owned(data) => item.octets = Some(data),
                }
            }
            _ => {}
        }
    }
    (item, body)
}

fn plain(response: Response<'_>) -> Said {
    match response {
        Response::Continue(_) => Said::Continue,
        Response::Done { tag, status, outcome } => Said::Done {
            tag: tag.0,
            ok: status == Status::Ok,
            try_create: outcome.code == Some(ResponseCode::TryCreate),
            words: outcome.information.unwrap_or_default().into_owned(),
        },
        Response::Data { status: Status::Bye, outcome } => {
            Said::Bye(outcome.information.unwrap_or_default().into_owned())
        }
        Response::Data { outcome, .. } => match outcome.code {
            Some(ResponseCode::UidValidity(value)) => Said::UidValidity(value),
            Some(ResponseCode::PermanentFlags(flags)) => {
                Said::PermanentFlags(flags.into_iter().map(std::borrow::Cow::into_owned).collect())
            }
            _ => Said::Other,
        },
        Response::Capabilities(all) => Said::Capabilities(
            all.into_iter()
                .map(|c| match c {
                    Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                    Capability::Auth(how) => format!("AUTH={}", how.to_ascii_uppercase()),
                    Capability::Atom(atom) => atom.to_ascii_uppercase(),
                })
                .collect(),
        ),
        Response::MailboxData(MailboxDatum::Search(uids)) => Said::Found(uids),
        Response::MailboxData(MailboxDatum::Exists(_)) | Response::Expunge(_) => Said::Changed,
        _ => Said::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server's octets say, given to us in pieces.
    fn heard(octets: &[u8], limit: usize) -> Vec<io::Result<Said>> {
        let octets = octets.to_vec();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let (ours, mut theirs) = tokio::io::duplex(7);
            let mut wire = Wire::new(Box::new(ours), limit);
            let writing = tokio::spawn(async move { drop(theirs.write_all(&octets).await) });
            let mut all = Vec::new();
            loop {
                match wire.hear().await {
                    Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break,
                    said => {
                        let ended = said.is_err();
                        all.push(said);
                        if ended {
                            break;
                        }
                    }
                }
            }
            writing.abort();
            all
        })
    }

    #[test]
    fn a_mail_in_a_literal_comes_out_to_the_byte() {
        let answer = b"* 5 FETCH (UID 7 INTERNALDATE \" 1-Apr-2026 10:00:00 +0900\" BODY[] {12}\r\nA: b\r\n\r\n)\r\n\x80 FLAGS (\\Seen))\r\na1 OK done {5}\r\n";
        let mut said = heard(answer, 100).into_iter().map(|s| s.expect("readable"));
        let Some(Said::Mail(item)) = said.next() else { panic!("no mail") };
        assert_eq!(item.uid, Some(7));
        assert_eq!(item.octets.as_deref(), Some(&b"A: b\r\n\r\n)\r\n\x80"[..]));
        assert!(matches!(said.next(), Some(Said::Done { ok: true, .. })));
    }

    #[test]
    fn an_answer_larger_than_was_asked_for_ends_the_connection_and_is_not_held() {
        let said = heard(b"* 5 FETCH (UID 7 BODY[] {4000000000}\r\n", 100);
        assert!(matches!(said.as_slice(), [Err(_)]), "{said:?}");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_does_not_repeat_it() {
        let said = heard("* 5 FETCH (秘密\r\n".as_bytes(), 100);
        let Some(Err(error)) = said.first() else { panic!("{said:?}") };
        assert!(!error.to_string().contains('秘'), "{error}");
    }

    #[test]
    fn refusals_searches_and_folders_are_understood() {
        let answer = b"* SEARCH 3 5 8\r\n* OK [UIDVALIDITY 77] valid\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n* 4 EXISTS\r\na2 NO [TRYCREATE] no such folder\r\n";
        let said: Vec<Said> = heard(answer, 100).into_iter().map(|s| s.expect("readable")).collect();
        assert_eq!(said[0], Said::Found(vec![3, 5, 8]));
        assert_eq!(said[1], Said::UidValidity(77));
        assert_eq!(said[2], Said::PermanentFlags(vec!["\\Seen".to_owned(), "\\*".to_owned()]));
        assert_eq!(said[3], Said::Changed);
        assert!(matches!(&said[4], Said::Done { ok: false, try_create: true, .. }));
    }
}
