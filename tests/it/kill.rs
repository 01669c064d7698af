//! Promise 1 by force: the real program is killed again and again while letters come in, and traced while one does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::db::Pool;
use hirokiku::db::schema::letter;
use hirokiku::trail;

use crate::app;
use crate::client::{Client, Trouble, send_letter, write_letter};
use crate::server::Setup;

/// A folder on the disk the program is built on: `/tmp` may be memory, where a sync means nothing.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

fn sqlite(data: &Path) -> String {
    format!("sqlite:{}", data.join("hirokiku.db").display())
}

/// A letter's fields; every other one leaves a name and a mail address, so that sealing and the outbox take part.
fn letter(body: &str, wants_reply: bool) -> Vec<(&'static str, String)> {
    let mut fields = vec![("body", body.to_owned()), ("publish_ok", "yes".to_owned())];
    if wants_reply {
        fields.extend([
            ("reply_wanted", "yes".to_owned()),
            ("reply_via", "email".to_owned()),
            ("name", "関門 渡".to_owned()),
            ("email", "wataru@example.jp".to_owned()),
        ]);
    } else {
        fields.push(("reply_wanted", "no".to_owned()));
    }
    fields
}

/// How often the program is killed: a dozen times, or as `HIROKIKU_KILLS` says.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
pub fn kills() -> usize {
    std::env::var("HIROKIKU_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

/// What the writers were shown.
#[derive(Default)]
struct Shown {
    /// Receipt code to body.
    receipts: Mutex<BTreeMap<String, String>>,
    /// Bodies whose answer was lost at least once.
    lost: Mutex<BTreeSet<String>>,
    /// Answers that were neither a receipt nor a broken connection.
    refused: Mutex<Vec<String>>,
    bodies: AtomicUsize,
}

/// Writes letters until told to stop. A lost answer is asked for again with the same form, as a reload would.
fn write_on(setup: &Setup, shown: &Shown, stop: &AtomicBool, ready: &RwLock<()>) {
    let mut client = Client::new(setup.citizen);
    while !stop.load(Ordering::Relaxed) {
        let number = shown.bodies.fetch_add(1, Ordering::Relaxed);
        let body = format!("{number}通目の手紙です。\n長府の城下町の石畳が割れています。");
        let form = match again(ready, || write_letter(&mut client, &letter(&body, number.is_multiple_of(2))))
        {
            Ok(form) => form,
            Err(trouble) => return shown.refused.lock().expect("one at a time").push(trouble.to_string()),
        };
        let mut tries = 0;
        let sent = again(ready, || {
            tries += 1;
            send_letter(&mut client, &form)
        });
        match sent {
            Ok(code) => drop(shown.receipts.lock().expect("one at a time").insert(code, body.clone())),
            Err(trouble) => return shown.refused.lock().expect("one at a time").push(trouble.to_string()),
        }
        if tries > 1 {
            shown.lost.lock().expect("one at a time").insert(body);
        }
    }
}

/// Tries until there is an answer, waiting out the time between a kill and the next start.
pub fn again<T>(ready: &RwLock<()>, mut f: impl FnMut() -> Result<T, Trouble>) -> Result<T, Trouble> {
    let began = Instant::now();
    loop {
        match f() {
            Err(Trouble::Lost(_)) if began.elapsed() < Duration::from_secs(120) => {
                std::thread::sleep(Duration::from_millis(5));
                // held by the one who kills, from the kill until the program is up again
                drop(ready.read());
            }
            other => return other,
        }
    }
}

fn killed_again_and_again(data: &Path, url: &str) {
    let setup = Setup::new(data, url);
    let (shown, stop, ready) = (Shown::default(), AtomicBool::new(false), RwLock::new(()));
    let mut server = Some(setup.start());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| write_on(&setup, &shown, &stop, &ready));
        }
        for _ in 0..kills() {
            std::thread::sleep(Duration::from_millis(rand::random_range(20..500)));
            let guard = ready.write();
            if let Some(server) = server.take() {
                server.kill();
            }
            server = Some(setup.start());
            drop(guard);
        }
        stop.store(true, Ordering::Relaxed);
    });
    drop(server);

    let refused = shown.refused.into_inner().expect("all writers have ended");
    assert!(
        refused.is_empty(),
        "{} answers were no receipts: {:#?}",
        refused.len(),
        &refused[..refused.len().min(5)]
    );
    let receipts = shown.receipts.into_inner().expect("all writers have ended");
    let lost = shown.lost.into_inner().expect("all writers have ended");
    assert!(receipts.len() > kills(), "only {} letters were written", receipts.len());

    let pool = Pool::open_as_is(url, 1).expect("the database opens after the last kill");
    let rows: Vec<(String, String)> = pool
        .read_now(|db| Ok(letter::table.select((letter::receipt_code, letter::body_original)).load(db)?))
        .expect("the letters are read");
    let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, body) in &rows {
        *copies.entry(body.as_str()).or_default() += 1;
    }
    let stored: BTreeMap<&str, &str> =
        rows.iter().map(|(code, body)| (code.as_str(), body.as_str())).collect();
    for (code, body) in &receipts {
        // a browser sends line ends as it likes; the words must be the writer's
        let there = stored.get(code.as_str()).map(|text| text.replace("\r\n", "\n"));
        assert_eq!(there.as_ref(), Some(body), "the letter with receipt {code} as it is in the database");
    }
    assert!(copies.values().all(|n| *n == 1), "a letter is there twice");
    assert_eq!(
        rows.len(),
        receipts.len(),
        "every letter in the database was shown a receipt in the end, and only those"
    );
    println!(
        "{} letters, {} of them asked for again after a kill, {} kills",
        rows.len(),
        lost.len(),
        kills()
    );

    while pool.write_now(|db| trail::link(db, 1000)).expect("the trail is chained") > 0 {}
    let verdict = pool.read_now(trail::verify).expect("the trail is read");
    assert_eq!(verdict.faults, Vec::<String>::new());
    assert!(
        verdict.lines >= i64::try_from(rows.len()).expect("a few thousand"),
        "a line of the trail for every letter"
    );
}

#[test]
fn every_receipt_shown_is_in_the_database_once_however_often_the_program_is_killed() {
    let data = folder();
    killed_again_and_again(data.path(), &sqlite(data.path()));
    if let Ok(url) = app::postgres() {
        let data = folder();
        killed_again_and_again(data.path(), &app::own_schema(&url, &Clock::System));
    }
}

fn many_at_once(data: &Path, url: &str) {
    const CLIENTS: usize = 256;
    let setup = Setup::new(data, url);
    let server = setup.start();
    let line_up = std::sync::Barrier::new(CLIENTS);
    let troubles: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (setup, line_up) = (&setup, &line_up);
                scope.spawn(move || {
                    let mut client = Client::new(setup.citizen);
                    line_up.wait();
                    for nth in 0..2 {
                        let fields =
                            letter(&format!("{number}人目の{nth}通目です。"), number.is_multiple_of(2));
                        let form = write_letter(&mut client, &fields)?;
                        send_letter(&mut client, &form)?;
                    }
                    Ok::<(), Trouble>(())
                })
            })
            .collect();
        writers.into_iter().filter_map(|w| w.join().expect("no panic").err()).map(|t| t.to_string()).collect()
    });
    assert!(
        troubles.is_empty(),
        "{} of {CLIENTS} were turned away: {:#?}",
        troubles.len(),
        &troubles[..troubles.len().min(5)]
    );
    server.stop();
    let pool = Pool::open_as_is(url, 1).expect("the database opens");
    let stored: i64 = pool.read_now(|db| Ok(letter::table.count().get_result(db)?)).expect("a count");
    assert_eq!(stored, 2 * CLIENTS as i64);
}

#[test]
fn two_hundred_and_fifty_six_at_once_all_get_their_receipts() {
    let data = folder();
    many_at_once(data.path(), &sqlite(data.path()));
    if let Ok(url) = app::postgres() {
        let data = folder();
        many_at_once(data.path(), &app::own_schema(&url, &Clock::System));
    }
}

/// One system call of a trace: when it ended, which, and how it was written down.
struct Call {
    name: String,
    line: String,
}

/// The calls of an `strace -f -y` log in the order in which they **ended**, parts put together; for writes to sockets
/// (`sent`), in the order in which they **began**, which is when the first byte may leave.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun: BTreeMap<&str, (String, usize)> = BTreeMap::new();
    let mut calls: Vec<Option<Call>> = Vec::new();
    for line in trace.lines() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let name = |text: &str| text.split('(').next().unwrap_or("").to_owned();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            // a sending call takes its place here, a sync when it has come back
            calls.push(sends(start).then(|| Call { name: name(start), line: start.to_owned() }));
            begun.insert(pid, (start.to_owned(), calls.len() - 1));
        } else if rest.starts_with("<... ") {
            let Some((start, at)) = begun.remove(pid) else { continue };
            let end = rest.split_once("resumed>").map_or("", |(_, end)| end);
            if calls[at].is_none() {
                calls.push(Some(Call { name: name(&start), line: format!("{start}{end}") }));
            }
        } else if rest.contains('(') {
            calls.push(Some(Call { name: name(rest), line: rest.to_owned() }));
        }
    }
    calls.into_iter().flatten().collect()
}

fn sends(call: &str) -> bool {
    call.contains("<socket:") || call.contains("<TCP")
}

#[test]
fn a_trace_is_read_in_the_order_in_which_syncs_end_and_answers_begin() {
    let trace = "10 pwrite64(9</d/h.db-wal>, \"x\", 1, 0) = 1\n10 fdatasync(9</d/h.db-wal> <unfinished ...>\n\
                 11 sendto(12<socket:[5]>, \"HTTP/1.1 200\" <unfinished ...>\n10 <... fdatasync resumed>) = 0\n\
                 11 <... sendto resumed>, 5, 0, NULL, 0) = 5\n";
    let names: Vec<String> = calls(trace).into_iter().map(|c| c.name).collect();
    assert_eq!(
        names,
        ["pwrite64", "sendto", "fdatasync"],
        "an answer begun before the sync was back is caught"
    );
}

#[test]
fn a_receipt_is_shown_only_after_the_disk_has_it() {
    const MARK: &str = "kirokusareta-hazu-8841";
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        assert!(!app::nothing_left_out(), "strace is not installed");
        println!("LEFT OUT: strace is not installed, so the order of sync and answer was not looked at");
        return;
    }
    let data = folder();
    let url = sqlite(data.path());
    let trace = data.path().join("trace");
    let mut setup = Setup::new(data.path(), &url);
    let what = "trace=fdatasync,fsync,pwrite64,pwritev,write,writev,sendto,sendmsg";
    setup.under = ["strace", "-f", "-y", "-s", "100000", "-e", what, "-o"].map(str::to_owned).to_vec();
    setup.under.push(trace.display().to_string());
    let server = setup.start();
    let mut client = Client::new(setup.citizen);
    let form =
        write_letter(&mut client, &letter(&format!("{MARK}\n石畳が割れています。"), true)).expect("a form");
    let code = send_letter(&mut client, &form).expect("a receipt");
    server.stop();
    assert_eq!(code.len(), 12);

    let calls = calls(&std::fs::read_to_string(&trace).expect("strace kept a log"));
    let wal = |call: &Call| call.line.contains("hirokiku.db-wal>");
    let written = calls
        .iter()
        .position(|c| c.name.starts_with("pwrite") && wal(c) && c.line.contains(MARK))
        .expect("the letter is written to the write-ahead log");
    let after = &calls[written..];
    let answered = after
        .iter()
        .position(|c| sends(&c.line) && c.line.contains("HTTP/1.1 "))
        .expect("an answer is sent after the letter was written");
    let synced = after
        .iter()
        .position(|c| matches!(c.name.as_str(), "fdatasync" | "fsync") && wal(c) && c.line.ends_with("= 0"))
        .expect("the log is synced");
    let shown: Vec<&str> = after[..=answered].iter().map(|c| &c.line[..c.line.len().min(60)]).collect();
    assert!(synced < answered, "the answer left before the sync: {shown:#?}");
    println!("written, synced {synced} calls later, answered {answered} calls later");
}
