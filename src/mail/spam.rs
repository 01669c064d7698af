//! What a spam filter says of a mail: rspamd or SpamAssassin, by setting. It judges; the mail is moved, never dropped.
//!
//! A filter that is away gives no verdict and the mail goes on. Marks that only say "this is Japanese" or "this is in a
//! Japanese charset" are taken out of the score ([`BY_LANGUAGE`]): no citizen's letter is spam for its writing.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, Result};

/// How long a filter may think.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read.
const ANSWER: u64 = 1024 * 1024;

/// Marks by language or charset alone, which do not count.
pub const BY_LANGUAGE: &[&str] = &[
    // SpamAssassin
    "CHARSET_FARAWAY",
    "CHARSET_FARAWAY_HEADER",
    "MIME_CHARSET_FARAWAY",
    "HTML_CHARSET_FARAWAY",
    "BODY_8BITS",
    "UNWANTED_LANGUAGE_BODY",
    "BODY_ENHANCEMENT_8BIT",
    "HEAD_ILLEGAL_CHARS",
    "FROM_ILLEGAL_CHARS",
    "SUBJ_ILLEGAL_CHARS",
    "FROM_EXCESS_BASE64",
    "SUBJ_EXCESS_BASE64",
    "MIME_BASE64_TEXT",
    "BASE64_LENGTH_79_INF",
    // rspamd
    "R_MIXED_CHARSET",
    "R_MIXED_CHARSET_URL",
    "R_MISSING_CHARSET",
    "R_BAD_CTE_7BIT",
    "MIME_BASE64_TEXT_BOGUS",
    "SUBJECT_NEEDS_ENCODING",
    "FROM_NEEDS_ENCODING",
    "TO_NEEDS_ENCODING",
    "SUBJ_EXCESS_QP",
    "FROM_EXCESS_QP",
    "LANG_FILTER",
];

/// A filter's word on one mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The sum of the marks, those of language taken out.
    pub score: f64,
    /// From this score on the filter calls it spam.
    pub threshold: f64,
    /// The marks that count, with their scores, the heaviest first.
    pub symbols: Vec<(String, f64)>,
}

impl Verdict {
    /// Whether the mail belongs into the spam queue.
    pub fn is_spam(&self) -> bool {
        self.score >= self.threshold
    }

    fn of(score: f64, threshold: f64, all: Vec<(String, f64)>) -> Verdict {
        let by_language = |name: &str| BY_LANGUAGE.contains(&name);
        let taken: f64 = all.iter().filter(|(name, s)| by_language(name) && *s > 0.0).map(|(_, s)| s).sum();
        let mut symbols: Vec<(String, f64)> =
            all.into_iter().filter(|(name, _)| !by_language(name)).collect();
        symbols.sort_by(|a, b| b.1.total_cmp(&a.1));
        // as the filter writes it: a tenth of a point is the smallest mark
        let score = ((score - taken) * 1000.0).round() / 1000.0;
        Verdict { score, threshold, symbols }
    }
}

/// Asks the filter named by the setting (`rspamd://host:port`, `spamd://host:port`); none when there is no filter, or
/// it gives no verdict. For a thread that may wait.
pub fn ask(setting: &str, octets: &[u8]) -> Option<Verdict> {
    let asked = match setting.split_once("://") {
        Some(("rspamd", place)) => rspamd(place, octets),
        Some(("spamd", place)) => spamd(place, octets),
        _ => return None,
    };
    asked.inspect_err(|error| tracing::warn!(%error, "the spam filter gives no verdict")).ok()
}

fn talk(place: &str, head: &str, octets: &[u8]) -> Result<String> {
    let away = |e: std::io::Error| Error::Unavailable(format!("spam filter: {e}"));
    let place = place.trim_end_matches('/');
    let place = place.to_socket_addrs().map_err(away)?.next();
    let place = place.ok_or_else(|| Error::Unavailable("spam filter: no such host".to_owned()))?;
    let mut line = TcpStream::connect_timeout(&place, Duration::from_secs(2)).map_err(away)?;
    line.set_read_timeout(Some(PATIENCE)).map_err(away)?;
    line.set_write_timeout(Some(PATIENCE)).map_err(away)?;
    line.write_all(head.as_bytes()).map_err(away)?;
    line.write_all(octets).map_err(away)?;
    line.flush().map_err(away)?;
    let mut answer = Vec::new();
    line.take(ANSWER).read_to_end(&mut answer).map_err(away)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// HTTP/1.0, so that the answer ends with the connection.
fn rspamd(place: &str, octets: &[u8]) -> Result<Verdict> {
    let head = format!("POST /checkv2 HTTP/1.0\r\nContent-Length: {}\r\n\r\n", octets.len());
    read_rspamd(&talk(place, &head, octets)?)
}

fn spamd(place: &str, octets: &[u8]) -> Result<Verdict> {
    let head = format!("REPORT SPAMC/1.5\r\nContent-length: {}\r\n\r\n", octets.len());
    read_spamd(&talk(place, &head, octets)?)
}

#[derive(Deserialize)]
struct Checked {
    score: f64,
    required_score: f64,
    #[serde(default)]
    symbols: std::collections::BTreeMap<String, Symbol>,
}

#[derive(Deserialize)]
struct Symbol {
    #[serde(default)]
    score: f64,
}

fn strange(answer: &str) -> Error {
    let first = answer.lines().next().unwrap_or_default();
    Error::Unavailable(format!("spam filter: {}", first.chars().take(100).collect::<String>()))
}

fn read_rspamd(answer: &str) -> Result<Verdict> {
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| strange(answer))?;
    if head.split(' ').nth(1) != Some("200") {
        return Err(strange(answer));
    }
    let checked: Checked = serde_json::from_str(body).map_err(|_| strange(body))?;
    let symbols = checked.symbols.into_iter().map(|(name, symbol)| (name, symbol.score)).collect();
    Ok(Verdict::of(checked.score, checked.required_score, symbols))
}

/// `Spam: True ; 12.3 / 5.0` in the head, ` 1.5 NAME  words` a line in the body.
fn read_spamd(answer: &str) -> Result<Verdict> {
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| strange(answer))?;
    let sums = head.lines().find_map(|l| l.strip_prefix("Spam:")).and_then(|l| l.split_once(';'));
    let (score, threshold) = sums
        .and_then(|(_, sums)| sums.split_once('/'))
        .and_then(|(score, most)| Some((score.trim().parse().ok()?, most.trim().parse().ok()?)))
        .ok_or_else(|| strange(answer))?;
    let symbols = body.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let score: f64 = words.next()?.parse().ok()?;
        let name = words.next()?;
        let is_name = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        is_name.then(|| (name.to_owned(), score))
    });
    Ok(Verdict::of(score, threshold, symbols.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSPAMD: &str = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"is_skipped\":false,\"score\":9.5,\
        \"required_score\":8.0,\"action\":\"add header\",\"symbols\":{\"R_MIXED_CHARSET\":{\"name\":\"R_MIXED_CHARSET\",\
        \"score\":5.0,\"metric_score\":5.0},\"DATE_IN_PAST\":{\"score\":1.0},\"BAYES_SPAM\":{\"score\":3.5}}}";

    #[test]
    fn rule_36_a_mail_is_not_spam_for_its_charset_alone() {
        let verdict = read_rspamd(RSPAMD).unwrap();
        assert_eq!((verdict.score, verdict.threshold, verdict.is_spam()), (4.5, 8.0, false));
        assert_eq!(verdict.symbols, [("BAYES_SPAM".to_owned(), 3.5), ("DATE_IN_PAST".to_owned(), 1.0)]);
        let report = "SPAMD/1.1 0 EX_OK\r\nContent-length: 200\r\nSpam: True ; 6.2 / 5.0\r\n\r\nContent analysis details:   (6.2 points, 5.0 required)\n\n \
            pts rule name              description\n---- ---------------------- -----\n 3.2 CHARSET_FARAWAY        a charset\n 3.0 RAZOR2_CHECK           Listed\n-0.0 NO_RELAYS              Informational\n";
        let verdict = read_spamd(report).unwrap();
        assert_eq!((verdict.score, verdict.threshold, verdict.is_spam()), (3.0, 5.0, false));
        assert_eq!(verdict.symbols[0], ("RAZOR2_CHECK".to_owned(), 3.0));
    }

    #[test]
    fn rule_36_what_is_spam_for_other_reasons_is_called_so() {
        let heavy = RSPAMD.replace("\"score\":9.5", "\"score\":19.5");
        assert!(read_rspamd(&heavy).unwrap().is_spam());
    }

    #[test]
    fn rule_36_a_filter_that_is_away_or_confused_gives_no_verdict() {
        assert_eq!(ask("", b""), None);
        assert_eq!(ask("rspamd://127.0.0.1:1", b"Subject: a\r\n\r\nb"), None);
        assert!(read_rspamd("HTTP/1.0 503 busy\r\n\r\n").is_err());
        assert!(read_spamd("SPAMD/1.1 76 Bad header line\r\n\r\n").is_err());
    }
}
