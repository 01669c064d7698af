//! Every setting, read once: the environment over the file named by `HIROKIKU_CONFIG` over the defaults.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The settings. Each is `HIROKIKU_` + its name in capitals in the environment, its name in the TOML file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The data folder: the SQLite file, attachments, the sealing key.
    pub data: PathBuf,
    /// `sqlite:FILE` or `postgres://…`; also read from `DATABASE_URL`. A relative file lies in the data folder.
    pub database_url: String,
    /// Address of the citizens' door.
    pub public_listen: String,
    /// Address of the staff door.
    pub staff_listen: String,
    /// Address citizens use to reach the citizens' door, for links in mails: `https://koe.example.lg.jp`.
    pub base_url: String,
    /// Address staff use to reach the staff door, for links in mails to staff.
    pub staff_url: String,
    /// `smtp://host:port`, `smtps://user:pass@host`; empty: mails stay readable in the outbox.
    pub smtp_url: String,
    /// The From address of mails.
    pub mail_from: String,
    /// What stands between the name of `mail_from` and a token in `Reply-To` and envelope senders; empty: no tokens.
    pub mail_detail: String,
    /// Confirmations mails may cause in an hour for one domain: the hard stop of loops.
    pub confirmations_per_domain: u32,
    /// Receipts of the web form that go to one address in a day.
    pub receipts_per_address: u32,
    /// The name our own mail server gives itself in Authentication-Results; empty: no such result is believed.
    pub mail_authserv_id: String,
    /// Largest mail taken in and read whole, in bytes. LMTP refuses a larger one, IMAP leaves it where it is and brings
    /// its beginning; by pipe and import all of it is kept, and its beginning is read.
    pub mail_limit: u64,
    /// Where the city's mail server hands mails over by LMTP; empty: nowhere.
    pub lmtp_listen: String,
    /// Whose LMTP connections are answered.
    pub lmtp_peers: Vec<IpAddr>,
    /// Domains or whole addresses LMTP takes mail for; empty: whatever the mail server hands over.
    pub lmtp_recipients: Vec<String>,
    /// Most LMTP connections at once.
    pub lmtp_connections: usize,
    /// Mailboxes on other servers that are emptied by IMAP: `[[imap]]` tables in the file.
    pub imap: Vec<ImapMailbox>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// File with the key that seals personal data; empty: `seal.key` in the data folder.
    pub seal_key_file: String,
    /// File with the token that `/metrics` of the staff door asks for; empty: programs of this machine may read it.
    pub metrics_token_file: String,
    /// The city's name as citizens know it.
    pub city_name: String,
    /// The office that reads letters, with address and telephone, for pages and letterheads.
    pub office_name: String,
    /// Postal code and address of the office.
    pub office_address: String,
    /// Telephone of the office.
    pub office_phone: String,
    /// The mayor's name for letterheads; empty prints only the office title.
    pub mayor_name: String,
    /// Days from the day after receipt within which a reply that is needed is given (施行規則第4条).
    pub reply_statutory_days: u64,
    /// The city's own, shorter target in days.
    pub reply_target_days: u64,
    /// Days of a full comment period, the day of notice counted (行政手続法第39条3項).
    pub consult_min_days: i64,
    /// Seconds a comment form may come after midnight of the last day, because clocks differ.
    pub consult_grace_seconds: i64,
    /// Longest body a citizen may send, in characters.
    pub body_limit: usize,
    /// Largest attachment in bytes.
    pub file_limit: u64,
    /// How many attachments a letter may have.
    pub file_count: usize,
    /// Whether staff must have a second factor.
    pub second_factor_required: bool,
    /// Submissions one network may send in ten minutes before it is slowed.
    pub submissions_per_network: u32,
    /// Opinions a minute on one consultation at which forms begin to be slowed by themselves; 0: never.
    pub flood_per_minute: u32,
    /// Connections for reading.
    pub pool_size: u32,
    /// The virus scanner: `unix:/run/clamav/clamd.ctl` or `host:port`; empty: files are opened after a warning.
    pub clamd: String,
    /// The city's own sanitiser: a command that reads a file and writes a safe one; empty: none.
    pub sanitiser: String,
    /// Seconds the sanitiser may take for one file.
    pub sanitiser_seconds: u64,
    /// Bytes the sanitiser may write for one file.
    pub sanitiser_limit: u64,
    /// Who judges mail for spam: `rspamd://host:port` or `spamd://host:port`; empty: nobody.
    pub spam_filter: String,
    /// This program, started again as a child to decode what came from outside.
    #[serde(skip)]
    pub program: PathBuf,
    /// `text` or `json`.
    pub log_format: String,
    /// A demo city: says so on every page and sends mail nowhere but to this machine.
    pub demo: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: PathBuf::from("./data"),
            database_url: "sqlite:hirokiku.db".to_owned(),
            public_listen: "127.0.0.1:8080".to_owned(),
            staff_listen: "127.0.0.1:8081".to_owned(),
            base_url: "http://127.0.0.1:8080".to_owned(),
            staff_url: "http://127.0.0.1:8081".to_owned(),
            smtp_url: String::new(),
            mail_from: "shicho-tegami@city.example.lg.jp".to_owned(),
            mail_detail: "+".to_owned(),
            confirmations_per_domain: 30,
            receipts_per_address: 5,
            mail_authserv_id: String::new(),
            mail_limit: 40 * 1024 * 1024,
            lmtp_listen: String::new(),
            lmtp_peers: vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            lmtp_recipients: Vec::new(),
            lmtp_connections: 32,
            imap: Vec::new(),
            trusted_proxies: Vec::new(),
            seal_key_file: String::new(),
            metrics_token_file: String::new(),
            city_name: "下関市".to_owned(),
            office_name: "総合政策部 広報広聴担当".to_owned(),
            office_address: "〒750-8521 下関市南部町1番1号".to_owned(),
            office_phone: "000-000-0000".to_owned(),
            mayor_name: String::new(),
            reply_statutory_days: 30,
            reply_target_days: 14,
            consult_min_days: 30,
            consult_grace_seconds: 0,
            body_limit: 10_000,
            file_limit: 10 * 1024 * 1024,
            file_count: 5,
            second_factor_required: true,
            submissions_per_network: 60,
            flood_per_minute: 120,
            pool_size: 4,
            clamd: String::new(),
            sanitiser: String::new(),
            sanitiser_seconds: 60,
            sanitiser_limit: 50 * 1024 * 1024,
            spam_filter: String::new(),
            program: std::env::current_exe().unwrap_or_default(),
            log_format: "text".to_owned(),
            demo: false,
        }
    }
}

impl Config {
    /// Reads the settings. A misspelt name is an error, not a silence.
    ///
    /// # Errors
    /// [`Error::Refused`] with the name that cannot be read and where it stands.
    pub fn read() -> Result<Config> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = Env::var("HIROKIKU_CONFIG") {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed("HIROKIKU_").ignore(&["config", "demo_password", "log"]));
        figment.extract().map_err(|e| Error::Refused(format!("設定を読めません: {e}")))
    }

    /// The password for all demo accounts, when the environment gives one.
    pub fn demo_password() -> Option<String> {
        Env::var("HIROKIKU_DEMO_PASSWORD").filter(|p| !p.is_empty())
    }

    /// What to log, as `tracing` filter directives.
    pub fn log_filter() -> String {
        Env::var("HIROKIKU_LOG").unwrap_or_else(|| "info".to_owned())
    }

    /// The database address with a relative SQLite file placed in the data folder.
    pub fn database_url(&self) -> String {
        match self.database_url.strip_prefix("sqlite:") {
            Some(file) if !file.starts_with('/') => {
                format!("sqlite:{}", self.data.join(file.trim_start_matches("//")).display())
            }
            _ => self.database_url.clone(),
        }
    }

    /// Where the key that seals personal data lies.
    pub fn seal_key_path(&self) -> PathBuf {
        if self.seal_key_file.is_empty() {
            self.data.join("seal.key")
        } else {
            PathBuf::from(&self.seal_key_file)
        }
    }

    /// Whether mails leave the house at all; without a server they stay readable in the outbox.
    pub fn sends_mail(&self) -> bool {
        !self.smtp_url.trim().is_empty()
    }

    /// Whether citizens reach their door by TLS, so that cookies and HSTS may say so.
    pub fn public_is_tls(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Whether staff reach their door by TLS.
    pub fn staff_is_tls(&self) -> bool {
        self.staff_url.starts_with("https://")
    }

    /// The effective settings as JSON, passwords in addresses hidden: for a shell that somebody may look over.
    pub fn shown(&self) -> Result<String> {
        let mut all = serde_json::to_value(self).map_err(Error::internal)?;
        if let serde_json::Value::Object(fields) = &mut all {
            for value in fields.values_mut() {
                if let serde_json::Value::String(text) = value {
                    *text = without_password(text);
                }
            }
        }
        serde_json::to_string_pretty(&all).map_err(Error::internal)
    }
}

/// How the connection to a mailbox is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secrecy {
    /// Encrypted from the first byte.
    #[default]
    Tls,
    /// Encrypted after a greeting in the open, or not at all.
    StartTls,
    /// In the open: on this machine only.
    None,
}

/// What happens to a mail in its mailbox once it is on our disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Nothing.
    Keep,
    /// It gets a keyword.
    #[default]
    Flag,
    /// It goes to another folder.
    Move,
    /// It is deleted; one too large to be taken in whole stays.
    Delete,
}

/// A mailbox on another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImapMailbox {
    /// Its name in the list of channels; what was fetched is remembered under it.
    pub name: String,
    /// The server.
    pub host: String,
    /// 0: 993, or 143 without `tls`.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Secrecy,
    /// File with the certificates (PEM) of a city's own authority.
    pub ca_file: String,
    /// The login.
    pub user: String,
    /// File with the password.
    pub password_file: String,
    /// Sign in by OAuth instead.
    pub oauth: Option<ImapOauth>,
    /// The folder that is fetched.
    pub folder: String,
    /// What happens to a mail afterwards.
    pub after: After,
    /// The keyword for `after = "flag"`.
    pub keyword: String,
    /// The folder for `after = "move"`.
    pub moved_to: String,
    /// Minutes between looks when the server says nothing by itself.
    pub poll_minutes: u64,
    /// Minutes without success after which the channel raises an alarm.
    pub alarm_minutes: u64,
}

impl Default for ImapMailbox {
    fn default() -> Self {
        ImapMailbox {
            name: String::new(),
            host: String::new(),
            port: 0,
            tls: Secrecy::Tls,
            ca_file: String::new(),
            user: String::new(),
            password_file: String::new(),
            oauth: None,
            folder: "INBOX".to_owned(),
            after: After::Flag,
            keyword: "Hirokiku".to_owned(),
            moved_to: "Hirokiku".to_owned(),
            poll_minutes: 5,
            alarm_minutes: 30,
        }
    }
}

/// How a token to sign in with is got (RFC 6749, refresh token).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImapOauth {
    /// The token endpoint.
    pub token_url: String,
    /// Who we are there.
    pub client_id: String,
    /// File with the client's secret; empty: none.
    pub client_secret_file: String,
    /// What is asked for; empty: what was granted.
    pub scope: String,
    /// File with the refresh token; a new one is written into it.
    pub refresh_token_file: String,
}

/// `postgres://user:secret@host/db?password=secret` without either secret. What is no address stays as it is.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    // a password may hold an @ of its own: the last one before the path ends the user part
    let (place, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
    let place = match place.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            format!("{}:…@{host}", user.split(':').next().unwrap_or_default())
        }
        _ => place.to_owned(),
    };
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=…"),
            _ => pair.to_owned(),
        });
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{place}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_with_the_settings() {
        let config = Config {
            database_url: "postgres://hirokiku:hi@mitsu@db.example/koe?sslpassword=abc&connect_timeout=3"
                .into(),
            smtp_url: "smtps://user:secret@mail.example".into(),
            ..Config::default()
        };
        let shown = config.shown().unwrap();
        assert!(!shown.contains("mitsu") && !shown.contains("secret") && !shown.contains("abc"), "{shown}");
        assert!(shown.contains("postgres://hirokiku:…@db.example/koe?sslpassword=…&connect_timeout=3"));
        assert!(shown.contains("sqlite:") || shown.contains("http://127.0.0.1:8080"));
    }
}
