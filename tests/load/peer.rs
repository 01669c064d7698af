//! A mail server that hands mail over, by LMTP or SMTP, as far as it is told to. It speaks to this machine only.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection.
pub struct Peer {
    stream: BufReader<TcpStream>,
}

impl Peer {
    /// Connects; the greeting is still to be heard.
    pub fn connect(address: SocketAddr) -> io::Result<Peer> {
        assert!(address.ip().is_loopback(), "{address} is not on this machine");
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        Ok(Peer { stream: BufReader::new(stream) })
    }

    /// Sends octets.
    pub fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)
    }

    /// The next answer, of one line or several: its last line.
    pub fn answer(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }

    /// Hears the greeting and greets: `LHLO` or `EHLO`.
    pub fn greet(&mut self, verb: &str) -> io::Result<()> {
        self.answer()?;
        self.send(format!("{verb} mx.example\r\n").as_bytes())?;
        self.answer().map(drop)
    }

    /// Hands a mail for one recipient over and gives the answer to it.
    pub fn hand_over(&mut self, sender: &str, recipient: &str, octets: &[u8]) -> io::Result<String> {
        self.send(format!("MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n").as_bytes())?;
        for _ in 0..3 {
            self.answer()?;
        }
        self.send(&stuffed(octets))?;
        self.answer()
    }
}

/// A text as a sender puts it on the wire, its final dot included (RFC 5321, 4.5.2).
pub fn stuffed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").map_or(rest.len(), |at| at + 2);
        if rest[0] == b'.' {
            out.push(b'.');
        }
        out.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
