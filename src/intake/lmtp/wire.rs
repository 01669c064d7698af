//! Octets on the wire: lines with a bound, and the text of a mail up to its final dot.
//!
//! A line ends with CR LF, and the text ends with CR LF `.` CR LF and with nothing else: a lone LF or CR is a letter
//! like any other, kept as it came. A sender who writes `LF . LF` therefore cannot smuggle a second mail in.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest command line (RFC 5321, 4.5.3.1.4 allows 512; parameters and UTF-8 addresses want more).
const LINE: usize = 4096;

/// Read at once.
const BLOCK: usize = 64 * 1024;

/// The text of a mail as it is coming in.
#[derive(Debug)]
pub struct Body {
    /// The octets so far; empty once they were more than the limit.
    pub octets: Vec<u8>,
    /// How many there were, kept or not.
    pub size: usize,
    limit: usize,
}

impl Body {
    /// Nothing yet, and no more than `limit` octets.
    pub fn new(limit: usize) -> Body {
        Body { octets: Vec::new(), size: 0, limit }
    }

    /// Whether it was more than allowed.
    pub fn too_large(&self) -> bool {
        self.size > self.limit
    }

    fn push(&mut self, more: &[u8]) {
        self.size = self.size.saturating_add(more.len());
        if self.too_large() {
            // the rest is read to its end and forgotten: the peer hears 552 after its dot
            self.octets = Vec::new();
        } else {
            self.octets.extend_from_slice(more);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    Inside,
    Cr,
    Dot,
    DotCr,
}

/// Takes the dots off again that the sender has put before lines that begin with one, and sees the end.
#[derive(Debug)]
pub struct Unstuffer {
    at: At,
}

impl Default for Unstuffer {
    fn default() -> Self {
        Unstuffer { at: At::LineStart }
    }
}

impl Unstuffer {
    /// Takes a piece, however it was cut. Gives how much of it belonged to the text, when the text ends in it.
    pub fn take(&mut self, piece: &[u8], body: &mut Body) -> Option<usize> {
        let mut from = 0;
        while let Some(&byte) = piece.get(from) {
            match self.at {
                At::LineStart if byte == b'.' => {
                    self.at = At::Dot;
                    from += 1;
                }
                At::Dot if byte == b'\r' => {
                    self.at = At::DotCr;
                    from += 1;
                }
                At::DotCr if byte == b'\n' => return Some(from + 1),
                // a dot and a lone CR: no end, the dot was stuffing
                At::DotCr => {
                    body.push(b"\r");
                    self.at = At::Cr;
                }
                At::Cr if byte == b'\n' => {
                    body.push(b"\n");
                    self.at = At::LineStart;
                    from += 1;
                }
                At::LineStart | At::Dot | At::Cr | At::Inside => {
                    let rest = &piece[from..];
                    let cr = rest.iter().position(|&b| b == b'\r');
                    let upto = cr.map_or(rest.len(), |at| at + 1);
                    body.push(&rest[..upto]);
                    self.at = if cr.is_some() { At::Cr } else { At::Inside };
                    from += upto;
                }
            }
        }
        None
    }
}

/// What came instead of a line.
#[derive(Debug)]
pub(super) enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// Longer than allowed; it was read to its end.
    TooLong,
    /// The peer has gone.
    End,
}

/// A connection, with what was read and not yet used, and what was said and not yet sent.
#[derive(Debug)]
pub(super) struct Wire<S> {
    stream: S,
    heard: Vec<u8>,
    used: usize,
    said: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Wire { stream, heard: Vec::new(), used: 0, said: Vec::new() }
    }

    /// Says something with the next [`Wire::flush`].
    pub(super) fn say(&mut self, text: &str) {
        self.said.extend_from_slice(text.as_bytes());
    }

    /// Sends what was said.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.said).await?;
        self.said.clear();
        self.stream.flush().await
    }

    /// The next line. What was said is sent only when the peer has to be waited for, so that commands that came
    /// together are answered together (RFC 2920).
    pub(super) async fn line(&mut self) -> io::Result<Line> {
        let mut looked = 0;
        let mut too_long = false;
        loop {
            let unused = &self.heard[self.used..];
            if let Some(at) = unused[looked..].windows(2).position(|pair| pair == b"\r\n") {
                let line = unused[..looked + at].to_vec();
                self.used += looked + at + 2;
                return Ok(if too_long || line.len() > LINE { Line::TooLong } else { Line::Text(line) });
            }
            if unused.len() > LINE {
                too_long = true;
                // a CR may be the first half of the end
                let last = unused.last().copied();
                self.used = self.heard.len() - usize::from(last == Some(b'\r'));
            }
            looked = (self.heard.len() - self.used).saturating_sub(1);
            self.flush().await?;
            if self.read().await? == 0 {
                return Ok(Line::End);
            }
        }
    }

    /// Reads on in the text of a mail. True when it is complete, false when there is more; an error when the peer
    /// went away inside it.
    pub(super) async fn body(&mut self, unstuffer: &mut Unstuffer, body: &mut Body) -> io::Result<bool> {
        if self.used == self.heard.len() {
            self.flush().await?;
            if self.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        match unstuffer.take(&self.heard[self.used..], body) {
            Some(used) => {
                self.used += used;
                Ok(true)
            }
            None => {
                self.used = self.heard.len();
                Ok(false)
            }
        }
    }

    async fn read(&mut self) -> io::Result<usize> {
        self.heard.drain(..self.used);
        self.used = 0;
        self.heard.reserve(BLOCK);
        self.stream.read_buf(&mut self.heard).await
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As RFC 5321, 4.5.2 says a sender does it, for a text that ends with a line end.
    fn stuffed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for (at, &byte) in text.iter().enumerate() {
            if byte == b'.' && (at == 0 || text[..at].ends_with(b"\r\n")) {
                out.push(b'.');
            }
            out.push(byte);
        }
        out.extend_from_slice(b".\r\n");
        out
    }

    fn unstuffed(wire: &[u8], cuts: usize) -> Option<(Vec<u8>, usize)> {
        let (mut body, mut unstuffer, mut before) = (Body::new(usize::MAX), Unstuffer::default(), 0);
        for piece in wire.chunks(cuts.max(1)) {
            if let Some(used) = unstuffer.take(piece, &mut body) {
                return Some((body.octets, before + used));
            }
            before += piece.len();
        }
        None
    }

    proptest! {
        #[test]
        fn a_text_arrives_to_the_byte_however_it_was_cut(
            text in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..60),
            cuts in 1usize..9,
        ) {
            let text = [&text[..], b"\r\n"].concat();
            let wire = [stuffed(&text), b"QUIT\r\n".to_vec()].concat();
            let (octets, used) = unstuffed(&wire, cuts).expect("an end");
            prop_assert_eq!(octets, text);
            prop_assert_eq!(&wire[used..], b"QUIT\r\n");
        }
    }

    #[test]
    fn nothing_but_the_full_end_ends_a_text() {
        for almost in ["a\n.\n", "a\r.\r", "a\n.\r\n", "a\r\n.\n", "a\r\n.\r", "a\r\n.\rb\r\n", "..\r\n"] {
            assert_eq!(unstuffed(almost.as_bytes(), 3), None, "{almost:?}");
        }
        assert_eq!(unstuffed(b".\r\n", 1), Some((Vec::new(), 3)));
        assert_eq!(unstuffed(b"..\r\n.\r\n", 1), Some((b".\r\n".to_vec(), 7)));
    }

    #[test]
    fn a_text_beyond_its_limit_is_counted_and_not_kept() {
        let (mut body, mut unstuffer) = (Body::new(5), Unstuffer::default());
        assert_eq!(unstuffer.take(b"abcdef\r\n.\r\n", &mut body), Some(11));
        assert!(body.too_large() && body.octets.is_empty());
    }
}
