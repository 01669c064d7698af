//! The virus scanner: clamd, asked by INSTREAM over TCP or a Unix socket.
//!
//! Written out here because the protocol is a command, chunks with their length, and one line of answer; a crate would
//! be no shorter to call and has no time limits.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::error::{Error, Result};

/// How long the scanner may think over one file.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it may take to say that it is there.
const PING: Duration = Duration::from_secs(2);

/// What the scanner says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing found.
    Clean,
    /// The name of what was found.
    Found(String),
    /// Larger than the scanner takes.
    TooLarge,
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// Has a file scanned.
///
/// # Errors
/// [`Error::Unavailable`] when the scanner is away or answers with an error of its own: nothing is known of the file.
pub fn scan(address: &str, mut file: impl Read) -> Result<Verdict> {
    let mut line = connect(address, PATIENCE)?;
    let sent = send(&mut line, &mut file);
    // a file over its limit is answered, and the line cut, before all of it was sent
    match (read_answer(&mut line), sent) {
        (Ok(answer), _) if !answer.is_empty() => read(&answer),
        (_, Err(error)) | (Err(error), _) => Err(away(&error)),
        (Ok(_), Ok(())) => Err(Error::Unavailable("clamd: no answer".to_owned())),
    }
}

/// Whether the scanner is there.
pub fn answers(address: &str) -> bool {
    connect(address, PING).is_ok_and(|mut line| {
        line.write_all(b"zPING\0").is_ok() && read_answer(&mut line).is_ok_and(|answer| answer == "PONG")
    })
}

fn send(line: &mut impl Write, file: &mut impl Read) -> std::io::Result<()> {
    line.write_all(b"zINSTREAM\0")?;
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut chunk)?;
        line.write_all(&u32::try_from(read).unwrap_or(0).to_be_bytes())?;
        if read == 0 {
            return line.flush();
        }
        line.write_all(&chunk[..read])?;
    }
}

fn read_answer(line: &mut impl Read) -> std::io::Result<String> {
    let mut answer = Vec::new();
    line.take(4096).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).trim_matches(['\0', '\n', ' ']).to_owned())
}

/// `stream: OK`, `stream: NAME FOUND`, `… ERROR`.
fn read(answer: &str) -> Result<Verdict> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        Ok(Verdict::Clean)
    } else if let Some(name) = said.strip_suffix(" FOUND") {
        Ok(Verdict::Found(name.chars().take(200).collect()))
    } else if said.contains("size limit exceeded") {
        Ok(Verdict::TooLarge)
    } else {
        Err(Error::Unavailable(format!("clamd: {said}")))
    }
}

fn connect(address: &str, patience: Duration) -> Result<Box<dyn Line>> {
    if let Some(path) = address.strip_prefix("unix:") {
        let line = UnixStream::connect(path).map_err(|e| away(&e))?;
        line.set_read_timeout(Some(patience)).map_err(|e| away(&e))?;
        line.set_write_timeout(Some(patience)).map_err(|e| away(&e))?;
        return Ok(Box::new(line));
    }
    let place = address.strip_prefix("tcp:").unwrap_or(address);
    let mut places = place.to_socket_addrs().map_err(|e| away(&e))?;
    let place = places.next().ok_or_else(|| Error::Unavailable("clamd: no such host".to_owned()))?;
    let line = TcpStream::connect_timeout(&place, PING).map_err(|e| away(&e))?;
    line.set_read_timeout(Some(patience)).map_err(|e| away(&e))?;
    line.set_write_timeout(Some(patience)).map_err(|e| away(&e))?;
    Ok(Box::new(line))
}

fn away(error: &std::io::Error) -> Error {
    Error::Unavailable(format!("clamd: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scanners_three_answers_are_told_apart() {
        assert_eq!(read("stream: OK").unwrap(), Verdict::Clean);
        assert_eq!(read("stream: Eicar-Test FOUND").unwrap(), Verdict::Found("Eicar-Test".to_owned()));
        assert_eq!(read("INSTREAM size limit exceeded. ERROR").unwrap(), Verdict::TooLarge);
        assert!(read("stream: Can't allocate memory ERROR").is_err());
        assert!(read("").is_err(), "silence is no verdict");
    }
}
