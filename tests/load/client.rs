//! A browser without script, for measuring and for crash tests: one kept connection, its cookies, the forms of a page.
//!
//! It speaks to this machine only, gives up after a fixed time, and never sends a request twice by itself: whether a
//! lost answer is asked for again is the caller's decision.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hirokiku::text::ReceiptCode;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server closes a connection nobody uses, actix after five seconds: one idle for longer than this is not trusted.
const FRESH: Duration = Duration::from_secs(1);

/// No page is larger.
const LARGEST: usize = 64 * 1024 * 1024;

/// Why there is no page.
#[derive(Debug)]
pub enum Trouble {
    /// The connection broke: nobody knows whether the request was carried out.
    Lost(io::Error),
    /// The server answered, but not with what the step needs.
    Refused {
        /// Its status.
        status: u16,
        /// What was missing, and the beginning of the page.
        why: String,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Lost(error) => write!(f, "the connection broke: {error}"),
            Trouble::Refused { status, why } => write!(f, "status {status}: {why}"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Lost(error)
    }
}

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in small letters, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body as it was, chunks put together.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The refusal this page is, for a step that needed something else.
    pub fn refusal(&self, missing: &str) -> Trouble {
        let start: String = plain(&self.text()).chars().take(400).collect();
        Trouble::Refused { status: self.status, why: format!("{missing}; the page says: {start}") }
    }
}

/// The words of a page without its tags.
fn plain(html: &str) -> String {
    let main = html.find("<main").map_or(html, |at| &html[at..]);
    let mut words = String::new();
    for piece in main.split('<') {
        words.push_str(piece.split_once('>').map_or("", |(_, text)| text).trim());
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One visitor.
pub struct Client {
    address: SocketAddr,
    wire: Option<(TcpStream, Instant)>,
    /// What the sites it visited asked it to keep.
    pub cookies: BTreeMap<String, String>,
    inbox: Vec<u8>,
}

impl Client {
    /// A visitor of a server on this machine.
    ///
    /// # Panics
    /// When the address is not on loopback: this client makes load, and load is nobody else's to bear.
    pub fn new(address: SocketAddr) -> Client {
        assert!(
            address.ip().is_loopback(),
            "{address} is not this machine: the load client goes nowhere else"
        );
        Client { address, wire: None, cookies: BTreeMap::new(), inbox: Vec::with_capacity(64 * 1024) }
    }

    /// GET.
    pub fn get(&mut self, path: &str) -> Result<Answer, Trouble> {
        self.request("GET", path, None)
    }

    /// GET that must be a page.
    pub fn page(&mut self, path: &str) -> Result<Answer, Trouble> {
        let answer = self.get(path)?;
        if answer.status == 200 { Ok(answer) } else { Err(answer.refusal(path)) }
    }

    /// Sends a form as a browser would, and follows one redirect.
    pub fn submit(&mut self, form: &Form) -> Result<Answer, Trouble> {
        let (kind, body) = form.encoded();
        let answer = self.request("POST", &form.action, Some((kind, body.as_bytes())))?;
        match (answer.status, answer.header("location")) {
            (302 | 303, Some(path)) => {
                let path = path.strip_prefix(&format!("http://{}", self.address)).unwrap_or(path).to_owned();
                self.get(&path)
            }
            _ => Ok(answer),
        }
    }

    fn request(&mut self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Result<Answer, Trouble> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\n", self.address);
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            head += &format!("cookie: {}\r\n", pairs.join("; "));
        }
        if let Some((kind, body)) = body {
            let length = body.len();
            head += &format!(
                "origin: http://{}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n",
                self.address
            );
        }
        head += "\r\n";
        let mut whole = head.into_bytes();
        whole.extend_from_slice(body.map_or(&[], |b| b.1));
        let done = self.exchange(&whole);
        if done.is_err() {
            self.wire = None;
        }
        let answer = done?;
        if answer.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close")) {
            self.wire = None;
        }
        for (_, value) in answer.headers.iter().filter(|(n, _)| n == "set-cookie") {
            let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let mut stream = match self.wire.take() {
            Some((stream, used)) if used.elapsed() < FRESH => stream,
            _ => {
                self.inbox.clear();
                let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                stream
            }
        };
        stream.write_all(request)?;
        let answer = read_answer(&mut stream, &mut self.inbox)?;
        self.wire = Some((stream, Instant::now()));
        Ok(answer)
    }
}

/// Reads one answer; `inbox` holds what was read past the end of the one before.
pub fn read_answer(from: &mut impl Read, inbox: &mut Vec<u8>) -> io::Result<Answer> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let end = loop {
        if let Some(at) = inbox.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if inbox.len() > 64 * 1024 {
            return Err(bad("endless headers"));
        }
        more(from, inbox)?;
    };
    let head = String::from_utf8_lossy(&inbox[..end]).into_owned();
    inbox.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| bad("no status line"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: Vec::new() };
    if matches!(status, 204 | 304) {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        loop {
            let line = take_line(from, inbox)?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16)
                .map_err(|_| bad("no chunk size"))?;
            if answer.body.len() + size > LARGEST {
                return Err(bad("the page is too large"));
            }
            answer.body.extend_from_slice(&take(from, inbox, size)?);
            // the line end after a chunk, or after the last one what may follow it
            while !take_line(from, inbox)?.is_empty() {}
            if size == 0 {
                return Ok(answer);
            }
        }
    }
    match answer.header("content-length") {
        Some(length) => {
            let length = length.parse().map_err(|_| bad("no length"))?;
            if length > LARGEST {
                return Err(bad("the page is too large"));
            }
            answer.body = take(from, inbox, length)?;
        }
        None => {
            while inbox.len() <= LARGEST && more(from, inbox).is_ok() {}
            answer.headers.push(("connection".to_owned(), "close".to_owned()));
            answer.body = std::mem::take(inbox);
        }
    }
    Ok(answer)
}

fn more(from: &mut impl Read, inbox: &mut Vec<u8>) -> io::Result<()> {
    let had = inbox.len();
    inbox.resize(had + 32 * 1024, 0);
    let got = from.read(&mut inbox[had..]);
    inbox.truncate(had + got.as_ref().map_or(0, |n| *n));
    match got? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn take(from: &mut impl Read, inbox: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while inbox.len() < length {
        more(from, inbox)?;
    }
    let rest = inbox.split_off(length);
    Ok(std::mem::replace(inbox, rest))
}

fn take_line(from: &mut impl Read, inbox: &mut Vec<u8>) -> io::Result<String> {
    loop {
        if let Some(at) = inbox.windows(2).position(|w| w == b"\r\n") {
            let line = take(from, inbox, at + 2)?;
            return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
        }
        more(from, inbox)?;
    }
}

/// A form as it stands on a page, with what it sends along by itself.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Whether a browser would send it in parts.
    multipart: bool,
    /// What will be sent.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The form of a page that goes to `action`, with its hidden fields.
    pub fn find(html: &str, action: &str) -> Option<Form> {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or(form);
            let tag = form.split('>').next().unwrap_or("");
            if attribute(tag, "action").as_deref() != Some(action) {
                continue;
            }
            let fields = form
                .split("<input")
                .skip(1)
                .map(|rest| rest.split('>').next().unwrap_or(rest))
                .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
                .filter_map(|tag| {
                    Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
                })
                .collect();
            let multipart = attribute(tag, "enctype").as_deref() == Some("multipart/form-data");
            return Some(Form { action: action.to_owned(), multipart, fields });
        }
        None
    }

    /// Types into a field, over what it holds.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    fn encoded(&self) -> (&'static str, String) {
        const BOUNDARY: &str = "----hirokiku-load-7d1f0c2a9b";
        let mut body = String::new();
        if self.multipart {
            for (name, value) in &self.fields {
                body += &format!(
                    "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                );
            }
            body += &format!("--{BOUNDARY}--\r\n");
            return ("multipart/form-data; boundary=----hirokiku-load-7d1f0c2a9b", body);
        }
        for (name, value) in &self.fields {
            let sign = if body.is_empty() { "" } else { "&" };
            body += &format!("{sign}{}={}", percent(name), percent(value));
        }
        ("application/x-www-form-urlencoded", body)
    }
}

/// The value of an attribute inside a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mark = format!(" {name}=\"");
    let from = tag.find(&mark)? + mark.len();
    let value = &tag[from..from + tag[from..].find('"')?];
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Escaped for an address or an urlencoded form.
pub fn percent(text: &str) -> String {
    hirokiku::web::errors::percent(text)
}

/// Fills in the letter form and goes on to the confirmation page: gives the form that sends the letter.
///
/// `letter` holds the fields of the form (`body`, `reply_wanted`, …) as pairs.
pub fn write_letter(client: &mut Client, letter: &[(&str, String)]) -> Result<Form, Trouble> {
    write(client, "/letters/new", "/letters", letter)
}

/// The same for an opinion on a consultation.
pub fn write_opinion(client: &mut Client, id: i64, opinion: &[(&str, String)]) -> Result<Form, Trouble> {
    let path = format!("/consultations/{id}/comments");
    write(client, &format!("{path}/new"), &path, opinion)
}

fn write(client: &mut Client, from: &str, path: &str, fields: &[(&str, String)]) -> Result<Form, Trouble> {
    let page = client.page(from)?;
    let mut form = Form::find(&page.text(), &format!("{path}/confirm"))
        .ok_or_else(|| page.refusal("no form to write in"))?;
    for (name, value) in fields {
        form.fill(name, value);
    }
    let page = client.submit(&form)?;
    Form::find(&page.text(), path).ok_or_else(|| page.refusal("no confirmation"))
}

/// Sends a letter or an opinion that was confirmed and gives the receipt code it is shown: the twelve digits.
pub fn send_letter(client: &mut Client, form: &Form) -> Result<String, Trouble> {
    let page = client.submit(form)?;
    if page.status != 200 {
        return Err(page.refusal("no receipt"));
    }
    receipt_code(&page.text()).ok_or_else(|| page.refusal("no receipt code"))
}

/// The first receipt code of a page, `1234-5678-9018` with a right check digit.
pub fn receipt_code(html: &str) -> Option<String> {
    let bytes = html.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    bytes.windows(14).enumerate().find_map(|(at, window)| {
        let alone = !digit(at + 14) && (at == 0 || !digit(at - 1));
        if !alone || window[4] != b'-' || window[9] != b'-' {
            return None;
        }
        Some(ReceiptCode::parse(std::str::from_utf8(window).ok()?).ok()?.digits())
    })
}
