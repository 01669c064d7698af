//! One round through a folder: what is new is kept, and what is kept is marked in the mailbox.
//!
//! New is what no row names, by UIDVALIDITY and UID, whatever its flags: a person who reads the mailbox hides nothing.
//! Should the UIDVALIDITY change, all is new, and the same mails are known again by what is in them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::session::{Folder, Session, Trouble};
use super::wire::Item;
use super::{Keep, Mailbox, store};
use crate::config::After;
use crate::error::{Error, Result};
use crate::intake::mail::{Envelope, Place, Raw, Source};
use crate::web::App;

/// Most mails whose sizes are asked for at once.
const ASKED: usize = 500;

/// Most mails, and most octets, that are brought and kept together; a larger mail comes alone.
const TOGETHER: usize = 100;
const OCTETS_TOGETHER: u64 = 4 * 1024 * 1024;

/// Of a mail beyond the limit, the first octets: its header surely, and enough to see what it is about.
const BEGINNING: usize = 512 * 1024;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails kept now.
    pub kept: usize,
    /// Mails another fetcher had kept meanwhile.
    pub known: usize,
    /// Mails of which only the beginning was kept.
    pub cut: usize,
}

/// A folder that is being gone through again and again.
pub(super) struct Rounds<'a> {
    app: &'a App,
    keep: &'a Keep,
    mailbox: &'a Mailbox,
    folder: Folder,
    /// UIDs that are on our disk.
    kept: BTreeSet<u32>,
    /// UIDs that are marked, moved or deleted as far as this connection knows.
    settled: BTreeSet<u32>,
}

/// One mail that is new.
#[derive(Clone)]
struct New {
    uid: u32,
    size: u64,
    date: Option<String>,
}

impl<'a> Rounds<'a> {
    /// Opens the folder.
    pub(super) async fn begin(
        app: &'a App,
        keep: &'a Keep,
        mailbox: &'a Mailbox,
        session: &mut Session,
    ) -> Result<Self> {
        let folder = session.select(&mailbox.folder, false).await?;
        if mailbox.after == After::Flag && !folder.takes(&mailbox.keyword) {
            let why = "the folder takes no keywords: set after = \"move\" or \"keep\"";
            return Err(Error::Unavailable(format!("IMAP: {why}")));
        }
        let kept =
            app.db.read_now(|db| store::kept(db, &mailbox.name, &mailbox.folder, folder.uidvalidity))?;
        Ok(Rounds { app, keep, mailbox, folder, kept, settled: BTreeSet::new() })
    }

    /// Goes through the folder once, and again as long as it changes meanwhile.
    ///
    /// # Errors
    /// The server's or the database's trouble; what was kept before it stays kept. Mails the server would not give
    /// are an error too, but only after all the others were brought.
    pub(super) async fn go(&mut self, session: &mut Session) -> Result<Round> {
        let mut round = Round::default();
        let mut withheld = 0;
        // bounded: a folder that never rests is looked at again in the next round
        for _ in 0..100 {
            session.changed = false;
            let there = session.search("ALL").await?;
            let new: Vec<u32> = there.iter().copied().filter(|uid| !self.kept.contains(uid)).collect();
            withheld = 0;
            for asked in new.chunks(ASKED) {
                withheld += self.bring(session, asked, &mut round).await?;
            }
            self.settle(session, &there).await?;
            if !session.changed || new.is_empty() {
                break;
            }
        }
        if withheld > 0 {
            return Err(Error::Unavailable(format!("IMAP: the server did not give {withheld} of its mails")));
        }
        Ok(round)
    }

    /// Brings mails to our disk and says how many the server would not give.
    async fn bring(&mut self, session: &mut Session, uids: &[u32], round: &mut Round) -> Result<usize> {
        let mut sizes = session.fetch(uids, "UID RFC822.SIZE INTERNALDATE").await?;
        let given: BTreeSet<u32> = sizes.iter().filter_map(|item| item.uid).collect();
        let mut withheld = missing(session, uids, &given).await?.len();
        sizes.sort_by_key(|item| item.uid);
        let new = sizes
            .into_iter()
            .filter_map(|item| Some(New { uid: item.uid?, size: item.size?, date: item.date }));
        let (large, small): (Vec<New>, Vec<New>) =
            new.partition(|mail| mail.size > self.mailbox.limit as u64);
        for batch in batches(&small) {
            withheld += self.bring_together(session, batch, round).await?;
        }
        for mail in &large {
            withheld += self.bring_beginning(session, mail, round).await?;
        }
        Ok(withheld)
    }

    async fn bring_together(
        &mut self,
        session: &mut Session,
        batch: &[New],
        round: &mut Round,
    ) -> Result<usize> {
        let uids: Vec<u32> = batch.iter().map(|mail| mail.uid).collect();
        let items = match session.fetch(&uids, "UID BODY.PEEK[]").await {
            Ok(items) => items,
            Err(Trouble::Refused { .. }) => Vec::new(),
            Err(lost) => return Err(lost.into()),
        };
        let given: BTreeSet<u32> = items.iter().filter_map(|item| item.uid).collect();
        self.keep(batch, items, round)?;
        let mut withheld = 0;
        // one that cannot be given must not hold up the others: each by itself
        for uid in missing(session, &uids, &given).await? {
            let alone: Vec<New> = batch.iter().filter(|mail| mail.uid == uid).cloned().collect();
            match session.fetch(&[uid], "UID BODY.PEEK[]").await {
                Ok(items) if !items.is_empty() => self.keep(&alone, items, round)?,
                Ok(_) | Err(Trouble::Refused { .. }) => withheld += 1,
                Err(lost) => return Err(lost.into()),
            }
        }
        Ok(withheld)
    }

    async fn bring_beginning(
        &mut self,
        session: &mut Session,
        mail: &New,
        round: &mut Round,
    ) -> Result<usize> {
        let first = self.mailbox.limit.min(BEGINNING);
        let items = match session.fetch(&[mail.uid], &format!("UID BODY.PEEK[]<0.{first}>")).await {
            Ok(items) => items,
            Err(Trouble::Refused { .. }) => return Ok(1),
            Err(lost) => return Err(lost.into()),
        };
        let given: BTreeSet<u32> = items.iter().filter_map(|item| item.uid).collect();
        round.cut += items.len();
        self.keep(std::slice::from_ref(mail), items, round)?;
        Ok(missing(session, &[mail.uid], &given).await?.len())
    }

    fn keep(&mut self, batch: &[New], items: Vec<Item>, round: &mut Round) -> Result<()> {
        let now = self.app.clock.now();
        let mut uids = Vec::with_capacity(items.len());
        let mut raws = Vec::with_capacity(items.len());
        for item in items {
            let (Some(uid), Some(octets)) = (item.uid, item.octets) else { continue };
            let Some(new) = batch.iter().find(|mail| mail.uid == uid) else { continue };
            let arrived = new.date.as_deref().and_then(internal_date);
            uids.push(uid);
            raws.push(Raw {
                source: Source::Imap,
                account: self.mailbox.name.clone(),
                envelope: Envelope {
                    sender: None,
                    recipients: self.mailbox.recipient().into_iter().collect(),
                },
                octets,
                // a server whose clock is ahead does not move a deadline
                received_at: arrived.filter(|at| *at <= now).unwrap_or(now),
                place: Some(Place {
                    folder: self.mailbox.folder.clone(),
                    uidvalidity: self.folder.uidvalidity,
                    uid: uid.into(),
                    cut: new.size > self.mailbox.limit as u64,
                }),
            });
        }
        if raws.is_empty() {
            return Ok(());
        }
        for kept in (self.keep)(self.app, raws)? {
            if kept.known {
                round.known += 1;
            } else {
                round.kept += 1;
            }
        }
        self.kept.extend(uids);
        Ok(())
    }

    /// Does with mails that are on our disk what the settings say: also with those a process before this one kept
    /// and could not mark any more.
    async fn settle(&mut self, session: &mut Session, there: &[u32]) -> Result<()> {
        let name = &self.mailbox.name;
        let mut due: Vec<u32> = there
            .iter()
            .copied()
            .filter(|uid| self.kept.contains(uid) && !self.settled.contains(uid))
            .collect();
        match self.mailbox.after {
            After::Keep => return Ok(()),
            After::Flag if due.is_empty() => return Ok(()),
            After::Flag => {
                let unmarked = session.search(&format!("UNKEYWORD {}", self.mailbox.keyword)).await?;
                let unmarked: BTreeSet<u32> = unmarked.into_iter().collect();
                self.settled.extend(due.iter().copied().filter(|uid| !unmarked.contains(uid)));
                due.retain(|uid| unmarked.contains(uid));
            }
            After::Move => {}
            After::Delete => {
                let (folder, validity) = (&self.mailbox.folder, self.folder.uidvalidity);
                let cut = self.app.db.read_now(|db| store::cut(db, name, folder, validity))?;
                due.retain(|uid| !cut.contains(uid));
            }
        }
        for some in due.chunks(ASKED) {
            match self.mailbox.after {
                After::Keep => {}
                After::Flag => session.flag(some, &self.mailbox.keyword).await?,
                After::Move => session.move_to(some, &self.mailbox.moved_to).await?,
                After::Delete => session.delete(some).await?,
            }
            self.settled.extend(some);
        }
        Ok(())
    }
}

/// Those asked for that were not given though they are there: a mail that somebody took away meanwhile is no trouble,
/// one that is kept back is.
async fn missing(session: &mut Session, asked: &[u32], given: &BTreeSet<u32>) -> Result<Vec<u32>> {
    if asked.iter().all(|uid| given.contains(uid)) {
        return Ok(Vec::new());
    }
    let there: BTreeSet<u32> = session.search("ALL").await?.into_iter().collect();
    Ok(asked.iter().copied().filter(|uid| !given.contains(uid) && there.contains(uid)).collect())
}

/// Cuts a list into pieces that are brought together.
fn batches(all: &[New]) -> Vec<&[New]> {
    let mut out = Vec::new();
    let (mut from, mut octets) = (0, 0);
    for (at, mail) in all.iter().enumerate() {
        if at > from && (at - from >= TOGETHER || octets + mail.size > OCTETS_TOGETHER) {
            out.push(&all[from..at]);
            (from, octets) = (at, 0);
        }
        octets += mail.size;
    }
    if from < all.len() {
        out.push(&all[from..]);
    }
    out
}

/// ` 1-Apr-2026 10:00:00 +0900`.
fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_str(text.trim(), "%e-%b-%Y %H:%M:%S %z").ok()?;
    Some(at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_brought_in_pieces_a_large_one_alone() {
        let mails: Vec<New> = [1, 2, OCTETS_TOGETHER, 3, 30_000_000, 4]
            .iter()
            .zip(1..)
            .map(|(&size, uid)| New { uid, size, date: None })
            .collect();
        let uids: Vec<Vec<u32>> =
            batches(&mails).into_iter().map(|batch| batch.iter().map(|m| m.uid).collect()).collect();
        assert_eq!(uids, [vec![1, 2], vec![3], vec![4], vec![5], vec![6]]);
        let many: Vec<New> = (1..=250).map(|uid| New { uid, size: 1, date: None }).collect();
        assert_eq!(batches(&many).iter().map(|b| b.len()).collect::<Vec<_>>(), [100, 100, 50]);
    }

    #[test]
    fn the_day_a_server_had_a_mail_is_read_in_its_zone() {
        let at = internal_date(" 1-Apr-2026 08:30:00 +0900").expect("a date");
        assert_eq!(at.to_rfc3339(), "2026-03-31T23:30:00+00:00");
        assert_eq!(internal_date("17-Jul-1996 02:44:25 -0700").map(|d| d.timestamp()), Some(837_596_665));
        assert_eq!(internal_date("yesterday"), None);
    }
}
