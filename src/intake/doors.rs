//! The ways in for mail that stand open while the program runs: the LMTP listener and the mailboxes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::imap::{self, Fetchers, Mailbox};
use super::lmtp::{self, Listener, Terms};
use super::mail;
use crate::error::{Error, Result};
use crate::mail::channels::{self, Channel};
use crate::web::Shared;

/// Seconds after which the listener's success is noted again.
const NOTED: i64 = 30;

/// The open ways in. Dropping them closes them, after what is being taken in.
#[derive(Debug)]
pub struct Doors {
    /// The LMTP listener, if the settings ask for one.
    pub lmtp: Option<Listener>,
    /// The mailboxes.
    pub imap: Fetchers,
}

impl Doors {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// [`Error::Refused`] for settings that make no sense, [`Error::Internal`] for an address that is taken.
    pub fn open(app: &Shared) -> Result<Doors> {
        let mailboxes = Mailbox::all(&app.config)?;
        let mut watched: Vec<Channel> = mailboxes.iter().map(imap::channel).collect();
        let listens = !app.config.lmtp_listen.is_empty();
        if listens {
            watched.push(listener());
        }
        channels::watch(app, watched)?;
        let lmtp = match listens {
            true => {
                let (listen, terms) = (&app.config.lmtp_listen, Terms::of(&app.config));
                Some(Listener::open(listen, terms, keep_by_lmtp(app), app.clock.clone())?)
            }
            false => None,
        };
        Ok(Doors { lmtp, imap: Fetchers::start(app, mailboxes, &keep_by_imap())? })
    }
}

fn listener() -> Channel {
    Channel { name: lmtp::NAME.to_owned(), kind: "lmtp", alarm_minutes: None }
}

/// Keeps what the listener takes in; several at once share a commit.
pub fn keep_by_lmtp(app: &Shared) -> lmtp::Keep {
    let (app, noted) = (app.clone(), AtomicI64::new(0));
    Arc::new(move |raw| {
        let kept = mail::keep(&app, vec![raw]);
        let now = app.clock.now().timestamp();
        match &kept {
            Ok(_) if now - noted.load(Ordering::Relaxed) >= NOTED => {
                noted.store(now, Ordering::Relaxed);
                channels::worked(&app, &listener());
            }
            Ok(_) | Err(Error::TooLarge(_)) => {}
            Err(why) => {
                noted.store(0, Ordering::Relaxed);
                channels::troubled(&app, &listener(), &why.to_string());
            }
        }
        kept.map(drop)
    })
}

/// Keeps what is fetched.
pub fn keep_by_imap() -> imap::Keep {
    Arc::new(mail::keep)
}
