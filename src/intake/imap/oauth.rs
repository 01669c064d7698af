//! Tokens to sign in with. A refresh token that the server has replaced is on the disk before anything else happens:
//! lost once, nobody gets in any more until a person signs in anew.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::clock::Clock;
use crate::config::ImapOauth;
use crate::error::{Error, Result};

/// How long the token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A token is replaced this long before its end.
const MARGIN: chrono::Duration = chrono::Duration::seconds(60);

/// An access token while it is good.
#[derive(Clone, Default)]
pub struct Token {
    held: Option<(String, DateTime<Utc>)>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a token endpoint answers (RFC 6749, 5.1 and 5.2).
#[derive(Deserialize)]
struct Granted {
    access_token: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
    error: Option<String>,
}

impl Token {
    /// A token that is good now, asked for anew when need be. For a thread that may wait.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what the endpoint said, or why the refresh token cannot be read or written; it is
    /// made sure that it can be written before a new one is asked for.
    pub fn good(&mut self, oauth: &ImapOauth, clock: &Clock) -> Result<String> {
        if let Some((token, until)) = &self.held
            && clock.now() < *until - MARGIN
        {
            return Ok(token.clone());
        }
        self.held = None;
        let file = Path::new(&oauth.refresh_token_file);
        let unwritable =
            |e: std::io::Error| Error::Unavailable(format!("refresh_token_file {}: {e}", file.display()));
        // two fetchers with one token take turns, and the second one reads what the first has written
        let turn = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(file.with_extension("lock"))
            .map_err(unwritable)?;
        turn.lock().map_err(unwritable)?;
        let refresh = std::fs::read_to_string(file).map_err(unwritable)?.trim().to_owned();
        let fresh = file.with_extension("new");
        let mut out = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(unwritable)?;
        let granted = ask(oauth, &refresh)?;
        if let Some(replaced) = granted.refresh_token.filter(|token| *token != refresh) {
            let saved = out
                .write_all(replaced.as_bytes())
                .and_then(|()| out.write_all(b"\n"))
                .and_then(|()| out.sync_all())
                .and_then(|()| std::fs::rename(&fresh, file))
                .and_then(|()| File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all());
            saved.map_err(unwritable)?;
        } else {
            std::fs::remove_file(&fresh).map_err(unwritable)?;
        }
        let Some(token) = granted.access_token else {
            return Err(refused(granted.error.as_deref().unwrap_or("no access_token")));
        };
        let lasts = chrono::Duration::seconds(granted.expires_in.unwrap_or(300).clamp(0, 86_400));
        self.held = Some((token.clone(), clock.now() + lasts));
        Ok(token)
    }

    /// Forgets the token: the mailbox did not take it.
    pub fn forget(&mut self) {
        self.held = None;
    }
}

fn refused(why: &str) -> Error {
    Error::Unavailable(format!("token endpoint: {why}"))
}

fn ask(oauth: &ImapOauth, refresh: &str) -> Result<Granted> {
    let secret = if oauth.client_secret_file.is_empty() {
        None
    } else {
        Some(super::secret(&oauth.client_secret_file)?)
    };
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("client_id", oauth.client_id.as_str()),
    ];
    if let Some(secret) = &secret {
        form.push(("client_secret", secret));
    }
    if !oauth.scope.is_empty() {
        form.push(("scope", &oauth.scope));
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // a refresh token is for the endpoint of the settings alone
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer =
        agent.post(&oauth.token_url).send_form(form).map_err(|error| refused(&error.to_string()))?;
    let status = answer.status();
    let text = answer
        .body_mut()
        .with_config()
        .limit(64 * 1024)
        .read_to_string()
        .map_err(|error| refused(&error.to_string()))?;
    let granted: Granted =
        serde_json::from_str(&text).map_err(|_| refused(&format!("{status}, and no JSON")))?;
    match granted.error {
        Some(why) => Err(refused(&why)),
        None if !status.is_success() => Err(refused(&status.to_string())),
        None => Ok(granted),
    }
}
