//! Mail handed over by the city's own mail server, by LMTP (RFC 2033).
//!
//! 250 means: sealed, committed, synced. A mail the disk did not take is answered 451 and stays with the sender. The
//! listener has a thread of its own, and everything on it has a bound: connections, lines, recipients, time, memory.

mod serve;
mod talk;
mod wire;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::intake::mail::{Envelope, Raw, Source};

pub use talk::{Heard, Talk};
pub use wire::{Body, Unstuffer};

/// The channel's name, with the raw mail and in the list of channels.
pub const NAME: &str = "lmtp";

/// What takes a mail: returns only after it is on the disk. Called on a thread that may wait, several at once.
pub type Keep = Arc<dyn Fn(Raw) -> Result<()> + Send + Sync>;

/// What a listener accepts and where its bounds are.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Largest mail in octets.
    pub limit: usize,
    /// Whose connections are answered.
    pub peers: Vec<IpAddr>,
    /// Domains or whole addresses that are taken; empty takes whatever the mail server hands over.
    pub recipients: Vec<String>,
    /// Most connections at once; the next one is asked to come back.
    pub connections: usize,
    /// How long a silent peer is waited for.
    pub patience: Duration,
    /// Its name in greetings.
    pub host: String,
}

impl Terms {
    /// The terms of the settings.
    pub fn of(config: &Config) -> Terms {
        Terms {
            limit: usize::try_from(config.mail_limit).unwrap_or(usize::MAX),
            peers: config.lmtp_peers.clone(),
            recipients: config.lmtp_recipients.iter().map(|r| r.trim().to_lowercase()).collect(),
            connections: config.lmtp_connections,
            // RFC 5321, 4.5.3.2.7: at least five minutes
            patience: Duration::from_secs(300),
            host: config.mail_from.rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned(),
        }
    }
}

/// An open door. Dropping it closes it, after what is being taken in.
#[derive(Debug)]
pub struct Listener {
    /// Where it listens: port 0 picks a free one.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Opens the door on a thread of its own.
    ///
    /// # Errors
    /// When the address is taken.
    pub fn open(listen: &str, terms: Terms, keep: Keep, clock: Clock) -> Result<Listener> {
        let failed = |e: std::io::Error| Error::Internal(format!("lmtp_listen {listen}: {e}"));
        let socket = std::net::TcpListener::bind(listen).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            // one for each mail that waits for the disk
            .max_blocking_threads(terms.connections.max(1))
            .build()
            .map_err(Error::internal)?;
        let (stop, stopped) = watch::channel(false);
        let work = move || {
            runtime.block_on(async move {
                match TcpListener::from_std(socket) {
                    Ok(socket) => serve::accept(socket, terms, keep, clock, stopped).await,
                    Err(error) => tracing::error!(%error, "lmtp: the listener did not start"),
                }
            });
        };
        let thread =
            std::thread::Builder::new().name("lmtp".to_owned()).spawn(work).map_err(Error::internal)?;
        Ok(Listener { address, stop, thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // nobody listens any more: it has ended already
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // a panic of the thread was logged when it happened
            let _ = thread.join();
        }
    }
}

fn raw(envelope: Envelope, octets: Vec<u8>, received_at: DateTime<Utc>) -> Raw {
    Raw { source: Source::Lmtp, account: NAME.to_owned(), envelope, octets, received_at, place: None }
}
