//! The same mails by three ways at once, through real servers, while everything of ours is killed again and again: by
//! Postfix and LMTP, by Postfix and a pipe, and by Dovecot and IMAP with two fetchers. All three databases must hold
//! the same letters in the end.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::Db;
use hirokiku::db::schema::{incoming, letter};
use hirokiku::intake::mail;
use hirokiku::web::App;

use crate::mail_set::{LETTERS, MACHINES, Sent, TWICE, set};
use crate::mails::{self, Outcome};
use crate::peer::Peer;
use crate::real_mail_in::setting;
use crate::server::Setup;

/// What a database holds in the end.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    letters: Vec<(String, String)>,
    /// How many mails stand where, but for duplicates.
    states: BTreeMap<String, i64>,
}

fn states(url: &str) -> BTreeMap<String, i64> {
    let mut db = Db::open(url).expect("the database opens");
    let rows: Vec<(String, i64)> = incoming::table
        .group_by(incoming::state)
        .select((incoming::state, diesel::dsl::count_star()))
        .load(&mut db)
        .expect("rows");
    rows.into_iter().collect()
}

fn held(url: &str) -> Held {
    let mut db = Db::open(url).expect("the database opens");
    let mut letters: Vec<(String, String)> =
        letter::table.select((letter::subject, letter::body_original)).load(&mut db).expect("rows");
    letters.sort();
    let mut states = states(url);
    states.remove("duplicate");
    let why: Vec<(Option<String>, i64, i64)> = incoming::table
        .filter(incoming::state.eq("exception"))
        .select((incoming::reason, incoming::attempts, incoming::size))
        .load(&mut db)
        .expect("rows");
    assert!(why.is_empty(), "nothing in the set is an exception: {why:?}");
    Held { letters, states }
}

/// Every mail that is sent: letters in many copies and mails sent twice, for what is counted, and the reader's own set
/// with a mail for each thing that rules 12 to 23, 29 and 32 name, for what is read.
struct Post {
    mails: Vec<Sent>,
    letters: usize,
    /// Letters and mails of machines, each counted once.
    different: usize,
}

impl Post {
    fn new() -> Post {
        // what real servers change: SMTP knows no lines that end with a carriage return, so to Postfix that mail is one
        // field without a text; and IMAP cannot carry NUL, for which Dovecot gives 0x80
        const CHANGED: [&str; 2] = ["carriage-returns-alone", "nul"];
        let mut read = mails::all();
        read.retain(|mail| !CHANGED.contains(&mail.name.as_str()));
        let letters = LETTERS + read.iter().filter(|mail| mail.outcome == Outcome::Letter).count();
        let different = LETTERS + MACHINES + read.len();
        let mut mails = set();
        mails.extend(
            read.into_iter()
                .map(|mail| Sent { sender: mail.sender.unwrap_or_default().to_owned(), octets: mail.octets }),
        );
        Post { mails, letters, different }
    }
}

/// What one way holds and another does not: all of both would fill pages.
#[track_caller]
fn same(way: &str, there: &Held, here: &Held) {
    let only = |a: &Held, b: &Held| {
        let mut left = b.letters.clone();
        let lone = |letter: &&(String, String)| match left.iter().position(|other| other == *letter) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        };
        a.letters.iter().filter(lone).cloned().collect::<Vec<_>>()
    };
    let (missing, added) = (only(there, here), only(here, there));
    assert!(missing.is_empty() && added.is_empty(), "{way}: missing {missing:#?}, instead {added:#?}");
    assert_eq!(here.states, there.states, "{way}");
}

fn settled(url: &str, post: &Post) -> bool {
    let states = states(url);
    let placed: i64 = states
        .iter()
        .filter(|(state, _)| !matches!(state.as_str(), "waiting" | "duplicate"))
        .map(|(_, n)| n)
        .sum();
    let waiting = states.get("waiting").copied().unwrap_or(0);
    let again = states.get("duplicate").copied().unwrap_or(0);
    waiting == 0
        && usize::try_from(placed) == Ok(post.different)
        && usize::try_from(again).is_ok_and(|n| n >= TWICE)
}

fn pause(least: u64, span: u64) {
    let [chance] = Clock::System.random::<1>();
    std::thread::sleep(Duration::from_millis(least + span * u64::from(chance) / 255));
}

/// Hands everything to Postfix, for the three addresses at once.
fn post(smtp: &str, recipients: &[String], mails: &[Sent]) {
    let address = smtp.trim_start_matches("smtp://").parse().expect("an address");
    let mut peer = Peer::connect(address).expect("Postfix answers");
    peer.greet("EHLO").expect("greeted");
    for mail in mails {
        for recipient in recipients {
            let answer = peer.hand_over(&mail.sender, recipient, &mail.octets).expect("an answer");
            assert!(answer.starts_with("250"), "{answer}");
        }
    }
}

fn command(city: &Setup) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hirokiku"));
    command
        .env("HIROKIKU_DATA", &city.data)
        .env("DATABASE_URL", &city.database_url)
        .env("HIROKIKU_LOG", "warn")
        .envs(city.settings.iter().map(|(name, value)| (name, value)))
        .current_dir(&city.data)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// A server that is killed now and then, and stays up at the end until told.
fn serve_and_die(city: &Setup, kills: usize, stop: &AtomicBool) {
    let mut server = city.start();
    for _ in 0..kills {
        pause(200, 1500);
        server.kill();
        server = city.start();
    }
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
    }
    server.stop();
}

/// A second fetcher beside the server's own, killed before it is done, most of the time.
fn fetch_and_die(city: &Setup, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let mut child: Child =
            command(city).args(["mail", "fetch"]).stderr(Stdio::null()).spawn().expect("started");
        pause(100, 2500);
        // it may have ended
        let _ = child.kill();
        child.wait().expect("it ends");
    }
}

/// Kills programs that Postfix's pipe has started, by the numbers they wrote down.
fn kill_pipes(numbers: &Path, kills: usize, stop: &AtomicBool) -> usize {
    let mut killed = 0;
    while killed < kills && !stop.load(Ordering::Relaxed) {
        pause(20, 400);
        let text = std::fs::read_to_string(numbers).unwrap_or_default();
        let Some(pid) = text.lines().last() else { continue };
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        // still ours, and not another that got the number
        if String::from_utf8_lossy(&line).contains("mail\0receive") {
            let done = Command::new("kill").args(["-9", pid]).stderr(Stdio::null()).status();
            killed += usize::from(done.is_ok_and(|status| status.success()));
        }
    }
    killed
}

/// Makes everything below a folder the unprivileged user's, whom Postfix's pipe runs as when we are root.
fn give_away(folder: &Path, owner_of: &Path) {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(owner_of).expect("the folder of the pipe");
    let owner = format!("{}:{}", owner.uid(), owner.gid());
    let done = Command::new("chown").args(["-R", &owner]).arg(folder).status().expect("chown runs");
    assert!(done.success());
}

#[test]
fn by_lmtp_by_pipe_and_by_imap_the_same_mails_become_the_same_letters_whatever_is_killed() {
    let (Some(smtp), Some(lmtp), Some(pipe)) =
        (setting("TEST_SMTP_URL"), setting("TEST_IN_LMTP"), setting("TEST_IN_PIPE"))
    else {
        return;
    };
    let (imap, password) =
        (setting("TEST_IMAP_ADDR").expect("Dovecot"), setting("TEST_IMAP_PASSWORD").expect("a password"));
    let pipe = PathBuf::from(pipe);
    let folder =
        tempfile::tempdir_in(pipe.parent().and_then(Path::parent).expect("a folder")).expect("a folder");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("set");
    let city = |name: &str| {
        let data = folder.path().join(name);
        std::fs::create_dir(&data).expect("made");
        Setup::new(&data, &format!("sqlite:{}", data.join("hirokiku.db").display()))
    };
    let (mut by_lmtp, by_pipe, mut by_imap) = (city("lmtp"), city("pipe"), city("imap"));
    by_lmtp.settings.push(("HIROKIKU_LMTP_LISTEN".to_owned(), lmtp));

    let user = format!("koe-{}@example.jp", Clock::System.id().simple());
    let (host, port) = imap.rsplit_once(':').expect("a port");
    let settings = by_imap.data.join("hirokiku.toml");
    std::fs::write(by_imap.data.join("password"), &password).expect("written");
    std::fs::write(
        &settings,
        format!(
            "[[imap]]\nname = \"市長\"\nhost = \"{host}\"\nport = {port}\ntls = \"none\"\nuser = \"{user}\"\n\
             password_file = \"{}\"\nafter = \"move\"\npoll_minutes = 1\n",
            by_imap.data.join("password").display()
        ),
    )
    .expect("written");
    by_imap.settings.push(("HIROKIKU_CONFIG".to_owned(), settings.display().to_string()));

    // the program where the pipe's user may run it, and a database it may write
    let program = folder.path().join("hirokiku");
    std::fs::copy(env!("CARGO_BIN_EXE_hirokiku"), &program).expect("copied");
    let numbers = by_pipe.data.join("pids");
    std::fs::write(&numbers, "").expect("written");
    let config = Config {
        data: by_pipe.data.clone(),
        database_url: by_pipe.database_url.clone(),
        ..Config::default()
    };
    // made before anything starts: two programs at once would both want to make the tables
    for city in [&by_lmtp, &by_pipe, &by_imap] {
        let config =
            Config { data: city.data.clone(), database_url: city.database_url.clone(), ..Config::default() };
        drop(App::open(config, Clock::System).expect("the application opens"));
    }
    give_away(&by_pipe.data, pipe.parent().expect("a folder"));
    let script = format!(
        "#!/bin/sh\necho $$ >>{0}/pids\nexport HIROKIKU_DATA={0} DATABASE_URL={1}\n\
         exec {2} mail receive --sender \"$1\" --recipient \"$2\" 2>>{0}/err\n",
        by_pipe.data.display(),
        by_pipe.database_url,
        program.display()
    );
    let fresh = pipe.with_extension("new");
    std::fs::write(&fresh, script).expect("written");
    std::fs::set_permissions(&fresh, PermissionsExt::from_mode(0o755)).expect("set");
    std::fs::rename(&fresh, &pipe).expect("in place");

    let mails = Post::new();
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let killed = std::thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(|| serve_and_die(&by_lmtp, 6, stop));
        scope.spawn(|| serve_and_die(&by_imap, 6, stop));
        scope.spawn(|| fetch_and_die(&by_imap, stop));
        let killer = scope.spawn(|| kill_pipes(&numbers, 12, stop));
        let to = ["koe@lmtp.example".to_owned(), "koe@pipe.example".to_owned(), user.clone()];
        post(&smtp, &to, &mails.mails);
        let reader = App::open(config.clone(), Clock::System).expect("the application opens");
        let until = Instant::now() + Duration::from_secs(420);
        loop {
            // nothing runs beside the pipe that would read what it keeps
            let read = mail::process(&reader, 100);
            if let Err(why) = read {
                println!("reading waits: {why}");
            }
            let urls = [&by_lmtp, &by_pipe, &by_imap].map(|city| city.database_url.as_str());
            if urls.iter().all(|url| settled(url, &mails)) {
                break;
            }
            if Instant::now() > until {
                stop.store(true, Ordering::Relaxed);
                let now: Vec<_> = urls.iter().map(|url| states(url)).collect();
                let said = std::fs::read_to_string(by_pipe.data.join("err")).unwrap_or_default();
                panic!(
                    "not all came in seven minutes: {now:?}\n{}\n{}\n{said}",
                    by_lmtp.said(),
                    by_imap.said()
                );
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        stop.store(true, Ordering::Relaxed);
        killer.join().expect("no panic")
    });
    // what is tried again from now on waits, as before
    std::fs::write(&pipe, "#!/bin/sh\nexit 75\n").expect("written");

    let lmtp = held(&by_lmtp.database_url);
    assert_eq!(lmtp.letters.len(), mails.letters, "{:?}", lmtp.states);
    let ours = lmtp.letters.iter().filter(|(_, body)| body.contains("通学路なので直してください"));
    assert_eq!(ours.count(), LETTERS, "every text was read");
    same("by pipe as by LMTP", &lmtp, &held(&by_pipe.database_url));
    same("by IMAP as by LMTP", &lmtp, &held(&by_imap.database_url));
    println!(
        "{} mails by three ways in {:.0} s, 12 servers and {killed} pipes killed; {:?}; duplicates {:?}",
        mails.mails.len(),
        began.elapsed().as_secs_f64(),
        lmtp.states,
        [&by_lmtp, &by_pipe, &by_imap].map(|city| states(&city.database_url).get("duplicate").copied()),
    );
}
