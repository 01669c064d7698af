//! Handing mails over, at most once each.
//!
//! A row becomes `in_doubt` in a commit of its own before the first byte of the text goes out, and leaves that state
//! only when the server has said yes or no. Whoever dies in between leaves it there, for a person to settle: a
//! citizen must not get an answer twice. lettre's `send` does not tell whether the text went out before an error, so
//! the commands are given one by one.

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{MailParameter, RcptParameter};
use serde_json::json;

use super::message::{self, Stamp, Wire};
use super::server::{PATIENCE_AT_DOT, Server};
use super::store::{self, Due, Outcome};
use super::{address_token, open, wait_after, without_addresses};
use crate::error::Result;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// Most mails of one pass, so that other background work has its turn.
const MOST: usize = 50;

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted by the server.
    pub sent: usize,
    /// To be tried again later.
    pub again: usize,
    /// Given up; a person has to look.
    pub failed: usize,
    /// Perhaps sent; a person has to look.
    pub in_doubt: usize,
    /// Taken by another worker meanwhile.
    pub lost: usize,
    /// Why the server could not be worked with, if so; the pass ended there.
    pub trouble: Option<String>,
}

impl Counts {
    /// Whether there was anything to do.
    pub fn any(&self) -> bool {
        self.sent + self.again + self.failed + self.in_doubt + self.lost > 0
    }
}

/// How an attempt ended.
enum End {
    /// The server has it; its words.
    Accepted(String),
    /// Perhaps: the text went out and no answer came.
    Unknown(String),
    /// The server said no for now.
    Later(u16, String),
    /// The server said no.
    Never(u16, String),
    /// The server could not be worked with, and nothing of the text went out.
    Away(String),
    /// Another worker has it.
    Lost,
}

/// Sends what is due, oldest first. Without a server everything stays queued and readable.
///
/// # Errors
/// The database's; whatever the server says is in the rows and in [`Counts`].
pub fn pass(app: &App) -> Result<Counts> {
    let mut counts = Counts::default();
    let Some(server) = Server::of(&app.config)? else { return Ok(counts) };
    for _ in 0..MOST {
        let now = app.clock.now().into();
        let Some(due) = app.db.read_now(|db| store::next_due(db, now))? else { break };
        let end = match compose(app, &due) {
            Ok(wire) => hand_over(app, &server, &due, &wire)?,
            Err(why) => End::Never(0, why.sentence().unwrap_or("メールを組み立てられません。").to_owned()),
        };
        settle(app, due, end, &mut counts)?;
        if counts.trouble.is_some() {
            break;
        }
    }
    if counts.any() {
        tracing::info!(
            sent = counts.sent,
            again = counts.again,
            failed = counts.failed,
            in_doubt = counts.in_doubt,
            "mails"
        );
    }
    Ok(counts)
}

fn compose(app: &App, due: &Due) -> Result<Wire> {
    let unseal = || open(&app.sealer, &due.id, due.seal_key_id, &due.sealed);
    let form = match unseal() {
        Ok(form) => form,
        // sealed by another process with a data key made since
        Err(_) => {
            app.db.read_now(|db| app.sealer.refresh(db))?;
            unseal()?
        }
    };
    let (sealer, config) = (&app.sealer, &*app.config);
    let stop = address_token::stop_token(sealer, &due.id).filter(|_| due.kind.is_stoppable());
    let stamp = Stamp {
        message_id: &due.message_id,
        date: app.clock.now().into(),
        reply_to: due.letter_id.and_then(|letter| address_token::reply_to(sealer, config, letter)),
        bounces_to: address_token::bounces_to(sealer, config, &due.id),
        stop_url: stop.map(|token| format!("{}/mails/{token}", config.base_url.trim_end_matches('/'))),
    };
    message::compose(config, due.kind, &stamp, &form)
}

fn hand_over(app: &App, server: &Server, due: &Due, wire: &Wire) -> Result<End> {
    // a connection a mail: what happens on it belongs to that mail alone
    let (mut smtp, notifies) = match server.connect() {
        Ok(connected) => connected,
        Err(error) => return Ok(End::Away(words(&error))),
    };
    if let Err(error) = address(&mut smtp, wire, notifies) {
        smtp.abort();
        return Ok(refusal(&error));
    }
    // from here on nobody else may send it, and a crash leaves it in doubt
    let (id, attempts, now) = (due.id.clone(), due.attempts, app.clock.now().into());
    if !app.db.write_now(move |db| store::claim(db, &id, attempts, now))? {
        smtp.abort();
        return Ok(End::Lost);
    }
    if let Err(error) = smtp.command(Data) {
        // refused or gone before the first byte of the text: certainly not sent
        smtp.abort();
        return Ok(refusal(&error));
    }
    if let Err(error) = smtp.set_timeout(Some(PATIENCE_AT_DOT)) {
        // a socket that takes no time limit is gone; the text is still here
        return Ok(End::Away(error.to_string()));
    }
    Ok(match smtp.message(&wire.bytes) {
        Ok(answer) => {
            // the mail is theirs; a server that dislikes QUIT changes nothing
            drop(smtp.quit());
            End::Accepted(reply(answer.message()))
        }
        Err(error) if error.status().is_some() => {
            smtp.abort();
            refusal(&error)
        }
        Err(error) => End::Unknown(words(&error)),
    })
}

/// Gives the envelope. A server that can tell what becomes of a mail (RFC 3461) is asked to, unless the mail has no
/// sender it could tell.
fn address(smtp: &mut SmtpConnection, wire: &Wire, notifies: bool) -> Result<(), SmtpError> {
    let from = wire.envelope.from().cloned();
    let (mut of_mail, mut of_receiver) = (Vec::new(), Vec::new());
    if notifies && from.is_some() {
        let of = |keyword: &str, value: &str| (keyword.to_owned(), Some(value.to_owned()));
        for (keyword, value) in [of("RET", "HDRS"), of("ENVID", &wire.envelope_id)] {
            of_mail.push(MailParameter::Other { keyword, value });
        }
        let (keyword, value) = of("NOTIFY", "FAILURE,DELAY");
        of_receiver.push(RcptParameter::Other { keyword, value });
    }
    smtp.command(Mail::new(from, of_mail))?;
    for to in wire.envelope.to() {
        smtp.command(Rcpt::new(to.clone(), of_receiver.clone()))?;
    }
    Ok(())
}

fn refusal(error: &SmtpError) -> End {
    match error.status() {
        Some(code) if error.is_permanent() => End::Never(code.into(), words(error)),
        Some(code) => End::Later(code.into(), words(error)),
        None => End::Away(words(error)),
    }
}

fn settle(app: &App, due: Due, end: End, counts: &mut Counts) -> Result<()> {
    let now = app.clock.now();
    let mut detail = json!({ "kind": due.kind, "attempt": due.attempts + 1 });
    let refused = |code: u16, why: String, wait: Option<chrono::Duration>| match wait {
        Some(wait) => (Act::MailFailed, Outcome::Again { next_at: (now + wait).into(), why }, code),
        None => (Act::MailFailed, Outcome::Failed { why }, code),
    };
    let (act, outcome, code) = match end {
        End::Lost => {
            counts.lost += 1;
            return Ok(());
        }
        End::Accepted(said) => (Act::MailSent, Outcome::Sent { said }, 250),
        End::Unknown(why) => (Act::MailInDoubt, Outcome::InDoubt { why }, 0),
        End::Never(code, why) => refused(code, why, None),
        End::Later(code, why) => refused(code, why, wait_after(due.attempts, true)),
        End::Away(why) => {
            counts.trouble = Some(why.clone());
            refused(0, why, wait_after(due.attempts, false))
        }
    };
    match &outcome {
        Outcome::Sent { .. } => counts.sent += 1,
        Outcome::InDoubt { .. } => counts.in_doubt += 1,
        Outcome::Failed { .. } => counts.failed += 1,
        Outcome::Again { next_at, .. } => {
            counts.again += 1;
            detail["again_at"] = json!(next_at);
        }
    }
    if code > 0 {
        detail["code"] = json!(code);
    }
    let mut line = Line::new(act, Subject::Mail, &due.id).with(detail);
    line.letter_id = due.letter_id;
    app.db.write_now(move |db| {
        if store::settle(db, &due.id, due.attempts, now.into(), &outcome)? {
            trail::record(db, &By::system(), now, &line)?;
        }
        Ok(())
    })
}

/// An error in the server's own words.
fn words(error: &SmtpError) -> String {
    let said = match error.status() {
        Some(code) => {
            let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            format!("{code} {source}")
        }
        None if error.is_timeout() => "メールサーバーから返事がありません".to_owned(),
        None => format!("メールサーバーとつながりません({error})"),
    };
    without_addresses(&said)
}

fn reply<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    without_addresses(&lines.collect::<Vec<_>>().join(" "))
}
