//! A signed-in connection to a mailbox: the dozen commands fetching needs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::wire::{Item, Said, Stream, Wire};
use super::words::{quoted, set, utf7};
use crate::config::{ImapMailbox, Secrecy};
use crate::error::{Error, Result};
use crate::mail::without_addresses;

/// How long a connection and its encryption may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one signs in with.
pub(super) enum Login {
    /// A password.
    Password(String),
    /// An OAuth access token.
    Token(String),
}

/// A folder as it was when opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) uidvalidity: i64,
    /// Whether a mail may be given the keyword asked about.
    pub(super) keywords: Vec<String>,
}

impl Folder {
    /// Whether mails in it may be given this keyword.
    pub(super) fn takes(&self, keyword: &str) -> bool {
        self.keywords.iter().any(|k| k == "\\*" || k.eq_ignore_ascii_case(keyword))
    }
}

/// All that came for one command.
#[derive(Default)]
struct Answer {
    found: Vec<u32>,
    items: Vec<Item>,
    uidvalidity: Option<u32>,
    keywords: Vec<String>,
}

/// Why a command did not do what it should.
pub(super) enum Trouble {
    /// The server refused; the connection is as good as before.
    Refused { words: String, try_create: bool },
    /// The connection is of no more use.
    Lost(Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Lost(Error::Unavailable(format!("IMAP: {error}")))
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused { words, .. } => Error::Unavailable(format!("IMAP: {words}")),
            Trouble::Lost(error) => error,
        }
    }
}

/// A signed-in connection.
pub(super) struct Session {
    wire: Wire,
    tag: u32,
    capabilities: Vec<String>,
    /// Whether the server has told of a change in the folder since this was last set to false.
    pub(super) changed: bool,
}

impl Session {
    /// Connects, encrypts and signs in. `limit` is the largest mail that will be asked for.
    pub(super) async fn open(mailbox: &ImapMailbox, login: Login, limit: usize) -> Result<Session> {
        let place = (mailbox.host.as_str(), port(mailbox));
        let trouble = |e: io::Error| Error::Unavailable(format!("IMAP {}:{}: {e}", place.0, place.1));
        let stream = in_time(TcpStream::connect(place)).await.map_err(trouble)?;
        stream.set_nodelay(true).map_err(trouble)?;
        let stream: Box<dyn Stream> = Box::new(stream);
        let stream = match mailbox.tls {
            Secrecy::Tls => encrypt(mailbox, stream).await?,
            Secrecy::StartTls | Secrecy::None => stream,
        };
        // a little beside the mail itself
        let limit = limit.saturating_add(64 * 1024);
        let mut session =
            Session { wire: Wire::new(stream, limit), tag: 0, capabilities: Vec::new(), changed: false };
        session.wire.hear().await.map_err(trouble)?;
        if mailbox.tls == Secrecy::StartTls {
            session.command("STARTTLS").await?;
            let stream = encrypt(mailbox, session.wire.into_stream().map_err(trouble)?).await?;
            session.wire = Wire::new(stream, limit);
        }
        session.command("CAPABILITY").await?;
        session.sign_in(&mailbox.user, login).await?;
        session.command("CAPABILITY").await?;
        Ok(session)
    }

    async fn sign_in(&mut self, user: &str, login: Login) -> Result<(), Trouble> {
        match login {
            Login::Token(token) => {
                let words = format!("user={user}\x01auth=Bearer {token}\x01\x01");
                self.authenticate("XOAUTH2", &words).await
            }
            Login::Password(password) if self.can("AUTH=PLAIN") => {
                self.authenticate("PLAIN", &format!("\0{user}\0{password}")).await
            }
            Login::Password(password) => {
                self.command(&format!("LOGIN {} {}", quoted(user), quoted(&password))).await.map(drop)
            }
        }
    }

    async fn authenticate(&mut self, how: &str, words: &str) -> Result<(), Trouble> {
        let tag = self.next_tag();
        self.wire.send(&format!("{tag} AUTHENTICATE {how}")).await?;
        let mut words = Some(STANDARD.encode(words));
        loop {
            match self.wire.hear().await? {
                // a second request is the server's reason for refusing, to be answered with nothing
                Said::Continue => self.wire.send(&words.take().unwrap_or_default()).await?,
                Said::Done { tag: of, ok, words, .. } if of == tag => {
                    return done("AUTHENTICATE", ok, &words, false);
                }
                Said::Bye(words) => return Err(bye(&words)),
                _ => {}
            }
        }
    }

    /// Whether the server can do this.
    pub(super) fn can(&self, what: &str) -> bool {
        self.capabilities.iter().any(|c| c == what)
    }

    /// Opens the folder; `looking` opens it so that nothing in it can change.
    pub(super) async fn select(&mut self, folder: &str, looking: bool) -> Result<Folder, Trouble> {
        let verb = if looking { "EXAMINE" } else { "SELECT" };
        let answer = self.command(&format!("{verb} {}", quoted(&utf7(folder)))).await?;
        self.changed = false;
        let Some(uidvalidity) = answer.uidvalidity else {
            let words = "the server gives its mails no lasting numbers (UIDVALIDITY)".to_owned();
            return Err(Trouble::Refused { words, try_create: false });
        };
        Ok(Folder { uidvalidity: uidvalidity.into(), keywords: answer.keywords })
    }

    /// The UIDs that fit.
    pub(super) async fn search(&mut self, what: &str) -> Result<Vec<u32>, Trouble> {
        Ok(self.command(&format!("UID SEARCH {what}")).await?.found)
    }

    /// Something of each mail of the set, only of those, and each once.
    pub(super) async fn fetch(&mut self, uids: &[u32], what: &str) -> Result<Vec<Item>, Trouble> {
        let mut items = self.command(&format!("UID FETCH {} ({what})", set(uids))).await?.items;
        // a server may tell of other mails' flags in between
        let whole = |item: &Item| {
            if what.contains("BODY") { item.octets.is_some() } else { item.size.is_some() }
        };
        items.retain(|item| item.uid.is_some_and(|uid| uids.contains(&uid)) && whole(item));
        items.sort_by_key(|item| item.uid);
        items.dedup_by_key(|item| item.uid);
        Ok(items)
    }

    /// Gives the mails a keyword.
    pub(super) async fn flag(&mut self, uids: &[u32], keyword: &str) -> Result<(), Trouble> {
        self.command(&format!("UID STORE {} +FLAGS.SILENT ({keyword})", set(uids))).await.map(drop)
    }

    /// Moves the mails, making the folder if there is none. Where another fetcher moved some of them a moment ago the
    /// rest stay for the next round, which finds them known.
    pub(super) async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), Trouble> {
        let folder = quoted(&utf7(folder));
        let atomic = self.can("MOVE");
        let verb = if atomic { "MOVE" } else { "COPY" };
        let command = format!("UID {verb} {} {folder}", set(uids));
        let mut moved = self.command(&command).await;
        if let Err(Trouble::Refused { try_create: true, .. }) = moved {
            let made = self.command(&format!("CREATE {folder}")).await;
            moved = self.command(&command).await;
            // a folder that another fetcher made a moment ago cannot be made, and is there
            if let Err(Trouble::Refused { try_create: true, .. }) = moved {
                made?;
            }
        }
        match moved {
            Err(Trouble::Refused { words, .. }) if words.contains("[EXPUNGEISSUED]") => return Ok(()),
            other => drop(other?),
        }
        if atomic { Ok(()) } else { self.delete(uids).await }
    }

    /// Deletes the mails, and no other one.
    pub(super) async fn delete(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        if !self.can("UIDPLUS") {
            // a plain EXPUNGE would also delete what somebody else has marked
            let words = "the server cannot delete single mails (UIDPLUS): set after = \"flag\"".to_owned();
            return Err(Trouble::Refused { words, try_create: false });
        }
        let set = set(uids);
        self.command(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
        self.command(&format!("UID EXPUNGE {set}")).await.map(drop)
    }

    /// Waits until the folder changes, for `time` at most. True when the server told of a change.
    pub(super) async fn idle(&mut self, time: Duration) -> Result<bool, Trouble> {
        let tag = self.next_tag();
        self.wire.send(&format!("{tag} IDLE")).await?;
        let until = tokio::time::Instant::now() + time;
        let mut asleep = false;
        while !(asleep && self.changed) {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if asleep && !self.wire.anything_within(left).await? {
                break;
            }
            match self.wire.hear().await? {
                Said::Continue => asleep = true,
                Said::Changed => self.changed = true,
                Said::Bye(words) => return Err(bye(&words)),
                Said::Done { tag: of, ok, words, .. } if of == tag => {
                    return done("IDLE", ok, &words, false).map(|()| false);
                }
                _ => {}
            }
        }
        self.wire.send("DONE").await?;
        self.finish("IDLE", &tag).await?;
        Ok(self.changed)
    }

    /// Says good-bye; whether it is heard is no matter.
    pub(super) async fn close(mut self) {
        drop(self.command("LOGOUT").await);
    }

    fn next_tag(&mut self) -> String {
        self.tag += 1;
        format!("h{}", self.tag)
    }

    async fn command(&mut self, line: &str) -> Result<Answer, Trouble> {
        let tag = self.next_tag();
        self.wire.send(&format!("{tag} {line}")).await?;
        let verb = line.split(' ').take(if line.starts_with("UID") { 2 } else { 1 }).collect::<Vec<_>>();
        self.finish(&verb.join(" "), &tag).await
    }

    async fn finish(&mut self, verb: &str, tag: &str) -> Result<Answer, Trouble> {
        let mut answer = Answer::default();
        let mut farewell = None;
        loop {
            match self.wire.hear().await {
                Ok(Said::Done { tag: of, ok, try_create, words }) if of == tag => {
                    return done(verb, ok, &words, try_create).map(|()| answer);
                }
                Ok(Said::Found(uids)) => answer.found.extend(uids),
                Ok(Said::Mail(item)) => answer.items.push(item),
                Ok(Said::Changed) => self.changed = true,
                Ok(Said::UidValidity(value)) => answer.uidvalidity = Some(value),
                Ok(Said::PermanentFlags(flags)) => answer.keywords = flags,
                Ok(Said::Capabilities(all)) => self.capabilities = all,
                Ok(Said::Bye(words)) => farewell = Some(words),
                Ok(Said::Continue | Said::Other | Said::Done { .. }) => {}
                Err(error) => return Err(farewell.map_or_else(|| error.into(), |words| bye(&words))),
            }
        }
    }
}

fn done(verb: &str, ok: bool, words: &str, try_create: bool) -> Result<(), Trouble> {
    if ok {
        return Ok(());
    }
    Err(Trouble::Refused { words: format!("{verb}: {}", without_addresses(words)), try_create })
}

fn bye(words: &str) -> Trouble {
    Trouble::Lost(Error::Unavailable(format!("IMAP: BYE {}", without_addresses(words))))
}

fn port(mailbox: &ImapMailbox) -> u16 {
    match (mailbox.port, mailbox.tls) {
        (0, Secrecy::Tls) => 993,
        (0, _) => 143,
        (port, _) => port,
    }
}

async fn in_time<T>(f: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, f).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn encrypt(mailbox: &ImapMailbox, stream: Box<dyn Stream>) -> Result<Box<dyn Stream>> {
    let trouble = |why: String| Error::Unavailable(format!("IMAP {}: {why}", mailbox.host));
    let mut roots = RootCertStore::empty();
    if mailbox.ca_file.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        let unreadable = |e| trouble(format!("ca_file {}: {e}", mailbox.ca_file));
        for certificate in CertificateDer::pem_file_iter(&mailbox.ca_file).map_err(unreadable)? {
            roots.add(certificate.map_err(unreadable)?).map_err(|e| trouble(e.to_string()))?;
        }
    }
    let name = ServerName::try_from(mailbox.host.clone()).map_err(|e| trouble(e.to_string()))?;
    // named, not the process's default: other crates may bring providers of their own
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| trouble(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = in_time(TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
    Ok(Box::new(stream.map_err(|e| trouble(e.to_string()))?))
}
