//! `mail receive`, the end of a mail server's pipe, and `mail import`.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::incoming::{Envelope, Raw, Source, State};
use super::mailbox::{self, At, Unread};
use super::process::LEASE;
use super::{keep, process, store};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::web::App;

/// Keeps the mail on standard input; `serve` reads it.
///
/// # Errors
/// Whatever kept it from being kept: it must be offered again.
pub fn receive(config: Config, sender: Option<&str>, recipients: &[String]) -> Result<()> {
    let mut octets = Vec::new();
    std::io::stdin().lock().read_to_end(&mut octets).map_err(Error::internal)?;
    if octets.is_empty() {
        return Err(Error::Unavailable("標準入力にメールがありません".to_owned()));
    }
    let app = App::open(config, Clock::System)?;
    // what Postfix's pipe writes for the null sender unless told otherwise
    let sender = sender.map(|s| if s.eq_ignore_ascii_case("MAILER-DAEMON") { "" } else { s }.to_owned());
    keep(
        &app,
        vec![Raw {
            source: Source::Pipe,
            account: "pipe".to_owned(),
            envelope: Envelope { sender, recipients: recipients.to_vec() },
            octets,
            received_at: app.clock.now(),
            place: None,
        }],
    )?;
    Ok(())
}

/// Mails kept in one write, and their octets at most.
const MAILS_AT_ONCE: usize = 256;
const OCTETS_AT_ONCE: usize = 8 * 1024 * 1024;

/// What an import is counting, shared by its two threads.
#[derive(Default)]
struct Progress {
    seen: AtomicU64,
    kept: AtomicU64,
    known: AtomicU64,
    unreadable: AtomicU64,
    all_kept: AtomicBool,
}

/// Keeps and places every mail found under the paths, and prints counts that add up. Run again, it brings what is not
/// there yet.
///
/// # Errors
/// The house's trouble, at once; a path that cannot be read, after everything else.
pub fn import(config: Config, paths: &[PathBuf]) -> Result<()> {
    let app = App::open(config, Clock::System)?;
    let account = app.clock.id().to_string();
    let progress = Progress::default();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let keeper = scope.spawn(|| {
            let done = keep_all(&app, &account, paths, &progress);
            progress.all_kept.store(true, Ordering::Release);
            done
        });
        let placed = place_all(&app, &progress);
        let kept = keeper.join().unwrap_or_else(|_| Err(Error::internal("the import panicked")));
        kept.and(placed)
    })?;
    let [seen, kept, known, unreadable] =
        [&progress.seen, &progress.kept, &progress.known, &progress.unreadable]
            .map(|count| count.load(Ordering::Acquire));
    let stand = app.db.read_now(|db| store::stand_of_import(db, &account))?;
    let parts: Vec<String> = State::ALL
        .iter()
        .map(|state| {
            let count = stand.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n);
            format!("{} {count}", state.label())
        })
        .collect();
    println!("読んだメール {seen}通 = 新しく保存した {kept} + すでにあった {known}");
    println!("新しく保存した {kept}通 = {}", parts.join(" + "));
    eprintln!("{:.1}秒", began.elapsed().as_secs_f64());
    let sum: i64 = stand.iter().map(|(_, n)| n).sum();
    if i64::try_from(kept).ok() != Some(sum) || seen != kept + known {
        return Err(Error::internal("the counts do not add up"));
    }
    if unreadable > 0 {
        return Err(Error::Refused(format!("読めなかったファイルやフォルダーが {unreadable}あります")));
    }
    Ok(())
}

fn keep_all(app: &App, account: &str, paths: &[PathBuf], progress: &Progress) -> Result<()> {
    let (mut batch, mut octets) = (Vec::new(), 0);
    let mut each = |at: At<'_>, mail: std::result::Result<Vec<u8>, Unread>| -> Result<()> {
        let mail = match mail {
            Ok(mail) => mail,
            // a file that was made and never filled is no mail that is missed
            Err(Unread::Empty) => return Ok(()),
            Err(why) => {
                eprintln!("読めません: {}: {why}", at.path.display());
                progress.unreadable.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
        };
        octets += mail.len();
        batch.push(Raw {
            source: Source::Import,
            account: account.to_owned(),
            envelope: Envelope::default(),
            octets: mail,
            received_at: app.clock.now(),
            place: None,
        });
        if batch.len() >= MAILS_AT_ONCE || octets >= OCTETS_AT_ONCE {
            octets = 0;
            keep_batch(app, std::mem::take(&mut batch), progress)?;
        }
        Ok(())
    };
    for path in paths {
        mailbox::walk(path, &mut each)?;
    }
    keep_batch(app, batch, progress)
}

fn keep_batch(app: &App, batch: Vec<Raw>, progress: &Progress) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let count = batch.len() as u64;
    let known = keep(app, batch)?.iter().filter(|kept| kept.known).count() as u64;
    progress.seen.fetch_add(count, Ordering::Relaxed);
    progress.known.fetch_add(known, Ordering::Relaxed);
    progress.kept.fetch_add(count - known, Ordering::Relaxed);
    Ok(())
}

/// Reads and places what is kept until nothing more comes, and says on standard error how far it is. What an import
/// left that was killed is placed too, as soon as its time is over.
fn place_all(app: &App, progress: &Progress) -> Result<()> {
    const BATCH: usize = 512;
    let (mut placed, mut said) = (0, Instant::now());
    let mut moved = Instant::now();
    loop {
        // both asked first: what is kept, or whose time ends, after the answer is found by the next round
        let (last, now) = (progress.all_kept.load(Ordering::Acquire), app.clock.now().into());
        let done = process(app, BATCH)?.all();
        placed += done;
        if said.elapsed() >= Duration::from_secs(2) {
            eprintln!("保存 {}通、振り分け {placed}通", progress.seen.load(Ordering::Relaxed));
            said = Instant::now();
        }
        if done > 0 {
            moved = Instant::now();
            continue;
        }
        let waits = moved.elapsed() < 2 * LEASE && app.db.read_now(|db| store::somebody_reads(db, now))?;
        if last && !waits {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(if last { 100 } else { 5 }));
    }
}
