//! The mail server the settings name.

use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;

use crate::config::Config;
use crate::error::{Error, Result};

/// How long a server may take to greet, and to answer a command.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take to answer the final dot: some look for viruses first, and a mail given up there is in doubt.
pub(super) const PATIENCE_AT_DOT: Duration = Duration::from_secs(180);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrecy {
    /// `smtp://`
    Plain,
    /// `smtp+starttls://`: encrypted or not at all.
    StartTls,
    /// `smtps://`
    Tls,
}

/// Where mails are handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    secrecy: Secrecy,
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}:{})", self.host, self.port)
    }
}

impl Server {
    /// The server of the settings; none when `smtp_url` is empty, and mails then stay readable in the outbox.
    ///
    /// # Errors
    /// [`Error::Refused`] for an address that cannot be read, for a password that would travel in the open, and for
    /// a demo city that would write to the world.
    pub fn of(config: &Config) -> Result<Option<Server>> {
        if config.smtp_url.trim().is_empty() {
            return Ok(None);
        }
        let server = Server::parse(config.smtp_url.trim())?;
        if config.demo && !server.is_loopback() {
            return Err(Error::Refused(
                "デモでは、この機械の外のメールサーバーは使えません。smtp_url を空にしてください。"
                    .to_owned(),
            ));
        }
        Ok(Some(server))
    }

    /// Reads `smtp://host:port`, `smtp+starttls://user:pass@host`, `smtps://…`; name and password may be
    /// percent-encoded.
    fn parse(url: &str) -> Result<Server> {
        let wrong = || {
            Error::Refused(
                "smtp_url は smtp://ホスト:ポート、smtp+starttls://…、smtps://… で書いてください。"
                    .to_owned(),
            )
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let (secrecy, usual) = match scheme {
            "smtp" => (Secrecy::Plain, 25),
            "smtp+starttls" => (Secrecy::StartTls, 587),
            "smtps" => (Secrecy::Tls, 465),
            _ => return Err(wrong()),
        };
        let rest = rest.trim_end_matches('/');
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => {
                let (user, pass) = login.split_once(':').ok_or_else(wrong)?;
                let plain = |part| percent_decoded(part).ok_or_else(wrong);
                (Some((plain(user)?, plain(pass)?)), place)
            }
            None => (None, rest),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|p| p.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Ok(usual), str::parse).map_err(|_| wrong())?;
        if host.is_empty() {
            return Err(wrong());
        }
        let server = Server { secrecy, host: host.to_owned(), port, login };
        if secrecy == Secrecy::Plain && server.login.is_some() && !server.is_loopback() {
            return Err(Error::Refused(
                "パスワードを暗号化せずに送ることになります。smtp+starttls:// か smtps:// にしてください。"
                    .to_owned(),
            ));
        }
        Ok(server)
    }

    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// A connection that has said EHLO, and is encrypted and signed in where the settings ask for it; and whether the
    /// server offers delivery status notifications, which lettre does not look for.
    pub(super) fn connect(&self) -> Result<(SmtpConnection, bool), lettre::transport::smtp::Error> {
        let hello = ClientId::default();
        let tls = match self.secrecy {
            Secrecy::Plain => None,
            Secrecy::StartTls | Secrecy::Tls => Some(TlsParameters::new(self.host.clone())?),
        };
        let wrapped = tls.as_ref().filter(|_| self.secrecy == Secrecy::Tls);
        let place = (self.host.as_str(), self.port);
        let mut server = SmtpConnection::connect(place, Some(PATIENCE), &hello, wrapped, None)?;
        if self.secrecy == Secrecy::StartTls
            && let Some(tls) = &tls
        {
            server.starttls(tls, &hello)?;
        }
        if let Some((user, pass)) = &self.login {
            let login = Credentials::new(user.clone(), pass.clone());
            server.auth(&[Mechanism::Plain, Mechanism::Login], &login)?;
        }
        let offers = server.command(Ehlo::new(hello))?;
        let notifies = offers.message().any(|line| line.eq_ignore_ascii_case("DSN"));
        Ok((server, notifies))
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                *hex::decode(pair).ok()?.first()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str, demo: bool) -> Result<Option<Server>> {
        Server::of(&Config { smtp_url: url.to_owned(), demo, ..Config::default() })
    }

    #[test]
    fn an_address_of_a_server_is_read_with_its_port_and_password() {
        let server = of("smtp+starttls://koe%40city:p%3Aw@mail.example.lg.jp", false);
        let server = server.expect("readable").expect("a server");
        assert_eq!((server.host.as_str(), server.port), ("mail.example.lg.jp", 587));
        assert_eq!(server.login, Some(("koe@city".to_owned(), "p:w".to_owned())));
        assert_eq!(of("smtp://[::1]:2525", true).expect("readable").expect("a server").port, 2525);
        assert_eq!(of("", false).expect("no server is no error"), None);
    }

    #[test]
    fn a_mistyped_address_is_an_error_and_not_a_silence() {
        for url in ["mail.example.jp", "http://mail", "smtp://", "smtp://host:port", "smtps://user@host"] {
            assert!(of(url, false).is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_never_travels_in_the_open() {
        assert!(of("smtp://user:pass@mail.example.jp", false).is_err());
        assert!(of("smtp://user:pass@127.0.0.1:25", false).is_ok());
        assert!(!format!("{:?}", of("smtps://user:pass@mail.example.jp", false)).contains("pass"));
    }

    #[test]
    fn a_demo_city_writes_to_nobody_outside_this_machine() {
        assert!(of("smtp://mail.example.jp", true).is_err());
        assert!(of("smtp://127.0.0.1.example.jp", true).is_err());
        assert!(of("smtp://127.0.0.1:1025", true).is_ok());
    }
}
