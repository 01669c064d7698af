//! Mail fetched from mailboxes on other servers, by IMAP.
//!
//! Each mailbox has a thread of its own, so that one that is away holds up no other. A thread fetches, waits for the
//! server to tell of more (IDLE), and looks by itself every few minutes whatever the server says.

mod oauth;
mod round;
mod session;
mod store;
mod watch;
mod wire;
mod words;

use std::net::IpAddr;
use std::sync::Arc;

use crate::config::{After, Config, ImapMailbox, Secrecy};
use crate::error::{Error, Result};
use crate::intake::mail::{Kept, Raw};
use crate::web::App;

pub use oauth::Token;
pub use round::Round;
pub use watch::{Fetchers, channel};

use round::Rounds;
use session::{Login, Session};

/// What takes mails: returns only after they are on the disk.
pub type Keep = Arc<dyn Fn(&App, Vec<Raw>) -> Result<Vec<Kept>> + Send + Sync>;

/// A mailbox of the settings that makes sense.
#[derive(Clone, Debug)]
pub struct Mailbox {
    settings: ImapMailbox,
    /// Largest mail that is brought whole, in octets.
    limit: usize,
}

impl std::ops::Deref for Mailbox {
    type Target = ImapMailbox;

    fn deref(&self) -> &ImapMailbox {
        &self.settings
    }
}

impl Mailbox {
    /// The mailboxes of the settings.
    ///
    /// # Errors
    /// [`Error::Refused`] for one that lacks something, for two of one name, and for a password that would travel in
    /// the open.
    pub fn all(config: &Config) -> Result<Vec<Mailbox>> {
        let limit = usize::try_from(config.mail_limit).unwrap_or(usize::MAX);
        let mut all: Vec<Mailbox> = Vec::new();
        for settings in &config.imap {
            if all.iter().any(|other| other.name == settings.name) {
                return Err(Error::Refused(format!(
                    "[[imap]] に name = \"{}\" が二つあります。別の名前にしてください。",
                    settings.name
                )));
            }
            check(settings)?;
            all.push(Mailbox { settings: settings.clone(), limit });
        }
        Ok(all)
    }

    /// Whose mailbox it is, where the login tells.
    fn recipient(&self) -> Option<String> {
        Some(self.user.clone()).filter(|user| user.contains('@'))
    }
}

fn check(mailbox: &ImapMailbox) -> Result<()> {
    let refuse = |why: String| Err(Error::Refused(format!("[[imap]] {}: {why}", mailbox.name)));
    for (what, value) in [("name", &mailbox.name), ("host", &mailbox.host), ("user", &mailbox.user)] {
        if value.trim().is_empty() {
            return refuse(format!("{what} を書いてください。"));
        }
    }
    let oauth = mailbox.oauth.as_ref();
    if mailbox.password_file.is_empty() == oauth.is_none() {
        return refuse("password_file か [imap.oauth] のどちらか一つを書いてください。".to_owned());
    }
    if mailbox.tls == Secrecy::None && !is_loopback(&mailbox.host) {
        return refuse(
            "パスワードを暗号化せずに送ることになります。tls を \"tls\" か \"starttls\" にしてください。"
                .to_owned(),
        );
    }
    if let Some(oauth) = oauth {
        let loopback = oauth
            .token_url
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .is_some_and(|place| is_loopback(place.rsplit_once(':').map_or(place, |(host, _)| host)));
        if !loopback && !oauth.token_url.starts_with("https://") {
            return refuse("token_url は https:// で書いてください。".to_owned());
        }
        if oauth.client_id.is_empty() || oauth.refresh_token_file.is_empty() {
            return refuse("client_id と refresh_token_file を書いてください。".to_owned());
        }
    }
    let atom = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'_' | b'-' | b'.'))
    };
    if mailbox.after == After::Flag && !atom(&mailbox.keyword) {
        return refuse("keyword には英数字を使ってください。".to_owned());
    }
    if mailbox.after == After::Move && (mailbox.moved_to.is_empty() || mailbox.moved_to == mailbox.folder) {
        return refuse("moved_to には、folder とは別のフォルダーを書いてください。".to_owned());
    }
    if !(1..=28).contains(&mailbox.poll_minutes) {
        return refuse("poll_minutes は 1 から 28 までです。".to_owned());
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The one line of a file with a secret in it.
fn secret(file: &str) -> Result<String> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::Unavailable(format!("{file}: {e}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Fetches what is new in a mailbox, once. For a thread that may wait.
///
/// # Errors
/// The server's trouble or the database's; what was kept before it stays kept.
pub fn once(app: &App, mailbox: &Mailbox, keep: &Keep) -> Result<Round> {
    on_this_thread(async {
        let mut session = sign_in(app, mailbox, &mut Token::default()).await?;
        let round = Rounds::begin(app, keep, mailbox, &mut session).await?.go(&mut session).await;
        session.close().await;
        round
    })
}

/// What a mailbox looks like from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Mails in the folder.
    pub mails: usize,
    /// Whether the server tells by itself of new ones.
    pub tells: bool,
    /// Whether it can do what the settings ask for afterwards.
    pub after: bool,
}

/// Signs in and looks, changing nothing: the folder is opened for reading only.
///
/// # Errors
/// The server's trouble.
pub fn look(app: &App, mailbox: &Mailbox) -> Result<Outlook> {
    on_this_thread(async {
        let mut session = sign_in(app, mailbox, &mut Token::default()).await?;
        // EXAMINE tells nothing of keywords that can be given: a folder that refuses them says so in the first round
        session.select(&mailbox.folder, true).await?;
        let mails = session.search("ALL").await?.len();
        let tells = session.can("IDLE");
        let after = match mailbox.after {
            After::Keep | After::Flag => true,
            After::Move => session.can("MOVE") || session.can("UIDPLUS"),
            After::Delete => session.can("UIDPLUS"),
        };
        session.close().await;
        Ok(Outlook { mails, tells, after })
    })
}

async fn sign_in(app: &App, mailbox: &Mailbox, token: &mut Token) -> Result<Session> {
    let login = match &mailbox.oauth {
        // on a thread of this mailbox's own: nobody else waits
        Some(oauth) => Login::Token(token.good(oauth, &app.clock)?),
        None => Login::Password(secret(&mailbox.password_file)?),
    };
    let session = Session::open(mailbox, login, mailbox.limit).await;
    if session.is_err() {
        token.forget();
    }
    session
}

fn on_this_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut ImapMailbox)) -> Option<String> {
        let mut mailbox = ImapMailbox {
            name: "市長".to_owned(),
            host: "imap.city.example".to_owned(),
            user: "koe@city.example".to_owned(),
            password_file: "/run/secrets/koe".to_owned(),
            ..ImapMailbox::default()
        };
        change(&mut mailbox);
        let config = Config { imap: vec![mailbox], ..Config::default() };
        Mailbox::all(&config).err().and_then(|e| e.sentence().map(str::to_owned))
    }

    #[test]
    fn a_mailbox_that_lacks_something_is_refused_with_what_it_lacks() {
        assert_eq!(refusal(|_| {}), None);
        assert!(refusal(|m| m.host.clear()).is_some_and(|why| why.contains("host")));
        assert!(refusal(|m| m.password_file.clear()).is_some_and(|why| why.contains("password_file")));
        assert!(refusal(|m| m.poll_minutes = 29).is_some_and(|why| why.contains("28")));
        let onto_itself = |m: &mut ImapMailbox| {
            m.after = After::Move;
            m.moved_to.clone_from(&m.folder);
        };
        assert!(refusal(onto_itself).is_some_and(|why| why.contains("moved_to")));
        assert!(refusal(|m| m.keyword = "読んだ (1)".to_owned()).is_some_and(|why| why.contains("keyword")));
    }

    #[test]
    fn neither_a_password_nor_a_token_travels_in_the_open() {
        assert!(refusal(|m| m.tls = Secrecy::None).is_some_and(|why| why.contains("暗号化")));
        let local = |m: &mut ImapMailbox| {
            m.tls = Secrecy::None;
            m.host = "127.0.0.1".to_owned();
        };
        assert_eq!(refusal(local), None);
        let oauth = |url: &str| {
            let oauth = crate::config::ImapOauth {
                token_url: url.to_owned(),
                client_id: "koe".to_owned(),
                refresh_token_file: "/run/token".to_owned(),
                ..crate::config::ImapOauth::default()
            };
            refusal(|m| {
                m.password_file.clear();
                m.oauth = Some(oauth);
            })
        };
        assert_eq!(oauth("https://login.example/token"), None);
        assert_eq!(oauth("http://127.0.0.1:8000/token"), None);
        assert!(oauth("http://login.example/token").is_some());
        assert!(oauth("http://127.0.0.1.example/token").is_some());
    }
}
