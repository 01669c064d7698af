//! The threads that stand by the mailboxes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use super::round::Rounds;
use super::{Keep, Mailbox, Token, on_this_thread, sign_in};
use crate::error::{Error, Result};
use crate::mail::channels::{self, Channel};
use crate::web::Shared;

/// Longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(300);

/// The threads; dropping them stops them after what is being kept.
#[derive(Debug)]
pub struct Fetchers {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Fetchers {
    /// Starts a thread for each mailbox.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(app: &Shared, mailboxes: Vec<Mailbox>, keep: &Keep) -> Result<Fetchers> {
        let (stop, _) = watch::channel(false);
        let mut fetchers = Fetchers { stop, threads: Vec::new() };
        for mailbox in mailboxes {
            let (app, keep, stopped) = (app.clone(), keep.clone(), fetchers.stop.subscribe());
            let thread = std::thread::Builder::new()
                .name("imap".to_owned())
                .spawn(move || stand_by(&app, &mailbox, &keep, &stopped))
                .map_err(Error::internal)?;
            fetchers.threads.push(thread);
        }
        Ok(fetchers)
    }
}

impl Drop for Fetchers {
    fn drop(&mut self) {
        // nobody listens any more: they have ended already
        let _ = self.stop.send(true);
        for thread in self.threads.drain(..) {
            // a panic of the thread was logged when it happened
            let _ = thread.join();
        }
    }
}

/// The channel of a mailbox.
pub fn channel(mailbox: &Mailbox) -> Channel {
    Channel { name: mailbox.name.clone(), kind: "imap", alarm_minutes: Some(mailbox.alarm_minutes) }
}

fn stand_by(app: &Shared, mailbox: &Mailbox, keep: &Keep, stop: &watch::Receiver<bool>) {
    let mut token = Token::default();
    let mut failures = 0;
    while !*stop.borrow() {
        let mut stopped = stop.clone();
        let fetching = async {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => Ok(()),
                ended = connection(app, mailbox, keep, &mut token, &mut failures) => ended,
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(|| on_this_thread(fetching)))
            .unwrap_or_else(|_| Err(Error::internal("fetching panicked")));
        if let Err(why) = ended {
            failures += 1;
            let wait = wait_after(failures);
            tracing::warn!(mailbox = %mailbox.name, error = %why, again_in = wait.as_secs(), "no mail fetched");
            channels::troubled(app, &channel(mailbox), &why.to_string());
            let mut stopped = stop.clone();
            let pause = async {
                // either way it is time to look again
                let _ = tokio::time::timeout(wait, stopped.wait_for(|stop| *stop)).await;
                Ok(())
            };
            if on_this_thread(pause).is_err() {
                std::thread::sleep(wait);
            }
        }
    }
}

/// One connection, for as long as it lasts.
async fn connection(
    app: &Shared,
    mailbox: &Mailbox,
    keep: &Keep,
    token: &mut Token,
    failures: &mut u32,
) -> Result<()> {
    let mut session = sign_in(app, mailbox, token).await?;
    let mut rounds = Rounds::begin(app, keep, mailbox, &mut session).await?;
    let poll = Duration::from_secs(mailbox.poll_minutes * 60);
    loop {
        let round = rounds.go(&mut session).await?;
        *failures = 0;
        channels::worked(app, &channel(mailbox));
        if round.kept > 0 {
            tracing::info!(mailbox = %mailbox.name, kept = round.kept, cut = round.cut, "mail fetched");
        }
        // a server that does not tell is asked; one that does is asked all the same
        if session.can("IDLE") {
            session.idle(poll).await?;
        } else {
            tokio::time::sleep(poll).await;
        }
    }
}

/// 1, 2, 4, … seconds, five minutes at most.
fn wait_after(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(9)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_tried_ever_less_often_but_at_least_every_five_minutes() {
        let waits: Vec<u64> = (1..=11).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}
