//! The socket: who may connect, how many, how long, and how much memory large mails may use together.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::talk::{self, Heard, Talk};
use super::wire::{Body, Line, Unstuffer, Wire};
use super::{Keep, Terms, raw};
use crate::clock::Clock;
use crate::error::Error;

/// Mails up to this many octets need nobody's leave.
const SMALL: usize = 1024 * 1024;

/// How many larger mails may be in memory at once; the others wait with their peers, unread.
const LARGE_AT_ONCE: usize = 2;

/// How long a large mail waits for its turn: less than a mail server waits for us.
const TURN: Duration = Duration::from_secs(150);

/// How long what is being said may go on once the program ends.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Shared by all connections.
struct House {
    terms: Terms,
    keep: Keep,
    clock: Clock,
    large: Semaphore,
}

/// Accepts until told to stop; then what is being taken in comes to its end.
pub(super) async fn accept(
    listener: TcpListener,
    terms: Terms,
    keep: Keep,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    let most = terms.connections;
    let house = Arc::new(House { terms, keep, clock, large: Semaphore::new(LARGE_AT_ONCE) });
    let mut guests = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = told(&mut stop) => break,
            Some(_) = guests.join_next(), if !guests.is_empty() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "lmtp: no connection");
                    // out of descriptors: some will be given back
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
        };
        if !known(&house.terms, peer) {
            tracing::warn!(peer = %peer.ip(), "lmtp: not among lmtp_peers");
            guests.spawn(turn_away(stream, "554 5.7.1 not for you\r\n"));
        } else if guests.len() >= most {
            // a dozen are told so; beyond that nobody can be helped by words
            if guests.len() < most + 12 {
                guests.spawn(turn_away(stream, "421 4.3.2 too many connections, come again\r\n"));
            }
        } else {
            let (house, stop) = (house.clone(), stop.clone());
            guests.spawn(async move {
                if let Err(error) = converse(&house, stream, stop).await {
                    tracing::info!(%error, "lmtp: connection ended");
                }
            });
        }
    }
    drop(listener);
    let all = async { while guests.join_next().await.is_some() {} };
    let _ = timeout(LAST_WORDS, all).await;
}

/// Ends when the program does.
async fn told(stop: &mut watch::Receiver<bool>) {
    // an error means that nobody is left to tell: the end too
    drop(stop.wait_for(|stop| *stop).await);
}

fn known(terms: &Terms, peer: SocketAddr) -> bool {
    terms.peers.contains(&peer.ip().to_canonical())
}

async fn turn_away(stream: TcpStream, why: &str) {
    let mut wire = Wire::new(stream);
    wire.say(why);
    // it is gone or it is not: nothing is owed to it
    let _ = timeout(Duration::from_secs(5), wire.flush()).await;
}

async fn converse(house: &House, stream: TcpStream, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = Wire::new(stream);
    let mut talk = Talk::new(&house.terms);
    wire.say(&talk.greeting());
    loop {
        let line = tokio::select! {
            () = told(&mut stop) => {
                wire.say("421 4.3.2 closing, come again\r\n");
                return wire.flush().await;
            }
            line = timeout(house.terms.patience, wire.line()) => match line {
                Ok(line) => line?,
                Err(_) => {
                    wire.say("421 4.4.2 nothing was said for too long\r\n");
                    return wire.flush().await;
                }
            },
        };
        let heard = match line {
            Line::Text(line) => talk.hear(&line),
            Line::TooLong => Heard::Say("500 5.5.2 the line is too long\r\n".to_owned()),
            Line::End => return Ok(()),
        };
        match heard {
            Heard::Say(text) => wire.say(&text),
            Heard::Bye(text) => {
                wire.say(&text);
                return wire.flush().await;
            }
            Heard::Data(text) => {
                wire.say(&text);
                take(house, &mut wire, &mut talk).await?;
            }
        }
    }
}

/// Takes the text of one mail and answers once for each recipient.
async fn take(house: &House, wire: &mut Wire<TcpStream>, talk: &mut Talk<'_>) -> io::Result<()> {
    let mut body = Body::new(house.terms.limit);
    let mut unstuffer = Unstuffer::default();
    let mut turn = None;
    if let Some(size) = talk.announced {
        body.octets.reserve(size.min(SMALL));
    }
    while !timeout(house.terms.patience, wire.body(&mut unstuffer, &mut body)).await?? {
        if turn.is_none() && body.octets.len() > SMALL {
            let Ok(Ok(leave)) = timeout(TURN, house.large.acquire()).await else {
                wire.say("421 4.3.2 too many large mails at once, come again\r\n");
                wire.flush().await?;
                return Err(io::Error::other("no room for a large mail"));
            };
            turn = Some(leave);
            // address space, not memory: growing would copy what is there
            let whole = talk.announced.unwrap_or(house.terms.limit).min(house.terms.limit) + BESIDE;
            body.octets.reserve_exact(whole.saturating_sub(body.octets.len()));
        }
    }
    let envelope = talk.take_envelope();
    let recipients = envelope.recipients.len();
    let answer = if body.too_large() {
        talk::too_large(house.terms.limit)
    } else {
        let (keep, raw) = (house.keep.clone(), raw(envelope, body.octets, house.clock.now()));
        let kept = tokio::task::spawn_blocking(move || keep(raw)).await;
        match kept.unwrap_or_else(|panic| Err(Error::internal(panic))) {
            Ok(()) => "250 2.0.0 kept\r\n".to_owned(),
            Err(error) => refusal(&error, house.terms.limit),
        }
    };
    drop(turn);
    for _ in 0..recipients {
        wire.say(&answer);
    }
    wire.flush().await
}

/// Line ends and dots that the announced size did not count.
const BESIDE: usize = 64 * 1024;

/// Whatever kept a mail from the disk, it may come again; only its size is the sender's own affair.
fn refusal(error: &Error, limit: usize) -> String {
    match error {
        Error::TooLarge(_) => talk::too_large(limit),
        Error::StorageFull(_) => {
            tracing::error!(%error, "lmtp: a mail could not be kept and was left with its sender");
            "452 4.3.1 no room, come again\r\n".to_owned()
        }
        _ => {
            tracing::error!(%error, "lmtp: a mail could not be kept and was left with its sender");
            "451 4.3.0 could not be kept, come again\r\n".to_owned()
        }
    }
}
