//! Mail handed over by LMTP: what the peer is told, and that it is true.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::schema::{incoming, mail_channel};
use hirokiku::error::Error;
use hirokiku::intake::doors::keep_by_lmtp;
use hirokiku::intake::lmtp::{Keep, Listener, Terms};
use hirokiku::intake::mail::Raw;
use hirokiku::mail::channels;
use sha2::{Digest, Sha256};

use crate::app::{self, TestApp, first_morning};
use crate::peer::{Peer, stuffed};
use crate::server::Setup;

fn hand_over(peer: &mut Peer, octets: &[u8]) -> std::io::Result<String> {
    peer.hand_over("hanako@example.jp", "koe@city.example", octets)
}

fn terms() -> Terms {
    Terms { patience: Duration::from_secs(20), ..Terms::of(&Config::default()) }
}

/// A listener that keeps mails in memory.
fn listener(terms: Terms) -> (Listener, Arc<Mutex<Vec<Raw>>>) {
    let kept = Arc::<Mutex<Vec<Raw>>>::default();
    let keep: Keep = {
        let kept = kept.clone();
        Arc::new(move |raw| {
            kept.lock().expect("a lock").push(raw);
            Ok(())
        })
    };
    (Listener::open("127.0.0.1:0", terms, keep, Clock::fixed(first_morning())).expect("a free port"), kept)
}

#[test]
fn rule_01_a_mail_cut_into_any_pieces_arrives_to_the_byte_and_each_recipient_is_answered() {
    let (listener, kept) = listener(terms());
    let text = b"Subject: =?ISO-2022-JP?B?GyRCPTwbKEI=?=\r\n\r\n.\r\n..\r\n\x80\x00\xff\r\nFrom here\r\n.dot\r\n\r\n";
    let mut wire =
        b"LHLO x\r\nMAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<nobody>x\r\nRCPT TO:<b@x.example>\r\nDATA\r\n"
            .to_vec();
    wire.extend(stuffed(text));
    wire.extend_from_slice(b"QUIT\r\n");
    for piece in [1, 7, wire.len()] {
        kept.lock().expect("a lock").clear();
        let mut peer = Peer::connect(listener.address).expect("connected");
        for piece in wire.chunks(piece) {
            peer.send(piece).expect("sent");
        }
        let mut codes = Vec::new();
        // until it hangs up
        while let Ok(answer) = peer.answer() {
            codes.push(answer[..3].to_owned());
        }
        assert_eq!(codes, ["220", "250", "250", "250", "501", "250", "354", "250", "250", "221"]);
        let kept = kept.lock().expect("a lock");
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].octets, text);
        assert_eq!(kept[0].envelope.sender.as_deref(), Some(""), "the null sender is not an unknown one");
        assert_eq!(kept[0].envelope.recipients, ["a@x.example", "b@x.example"]);
    }
}

#[test]
fn a_line_feed_alone_ends_neither_a_mail_nor_a_command_so_no_second_mail_is_smuggled_in() {
    let (listener, kept) = listener(terms());
    let mut peer = Peer::connect(listener.address).expect("connected");
    peer.greet("LHLO").expect("greeted");
    let hidden =
        b"A: b\r\n\r\nx\n.\nMAIL FROM:<evil@x.example>\nRCPT TO:<koe@city.example>\nDATA\nB: c\n\ny\r\n";
    assert!(hand_over(&mut peer, hidden).expect("an answer").starts_with("250"));
    assert_eq!(kept.lock().expect("a lock").len(), 1);
    assert_eq!(kept.lock().expect("a lock")[0].octets, hidden);
    peer.send(b"NOOP\nNOOP\r\n").expect("sent");
    assert!(peer.answer().expect("an answer").starts_with("500"));
}

#[test]
fn a_mail_past_the_limit_is_read_to_its_end_refused_for_good_and_the_next_one_is_taken() {
    let (listener, kept) = listener(Terms { limit: 100_000, ..terms() });
    let mut peer = Peer::connect(listener.address).expect("connected");
    peer.greet("LHLO").expect("greeted");
    let large = [vec![b'a'; 150_000], b"\r\n".to_vec()].concat();
    assert!(hand_over(&mut peer, &large).expect("an answer").starts_with("552 5.3.4"));
    assert!(hand_over(&mut peer, b"A: b\r\n\r\nc\r\n").expect("an answer").starts_with("250"));
    assert_eq!(kept.lock().expect("a lock").len(), 1);
}

#[test]
fn rule_10_large_mails_wait_their_turn_and_are_all_taken() {
    let (listener, kept) = listener(terms());
    let large = [b"A: b\r\n\r\n".to_vec(), vec![b'a'; 3_000_000], b"\r\n".to_vec()].concat();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut peer = Peer::connect(listener.address).expect("connected");
                peer.greet("LHLO").expect("greeted");
                assert!(hand_over(&mut peer, &large).expect("an answer").starts_with("250"));
            });
        }
    });
    let kept = kept.lock().expect("a lock");
    assert_eq!(kept.len(), 6);
    assert!(kept.iter().all(|raw| raw.octets == large));
}

#[test]
fn a_command_without_end_is_refused_and_not_held_in_memory() {
    let (listener, _) = listener(terms());
    let mut peer = Peer::connect(listener.address).expect("connected");
    peer.greet("LHLO").expect("greeted");
    for _ in 0..200 {
        peer.send(&[b'x'; 10_000]).expect("sent");
    }
    peer.send(b"\r\nNOOP\r\n").expect("sent");
    assert!(peer.answer().expect("an answer").starts_with("500"));
    assert!(peer.answer().expect("an answer").starts_with("250"));
}

#[test]
fn a_stranger_and_one_too_many_are_turned_away_with_a_word() {
    let elsewhere = Terms { peers: vec![[192, 0, 2, 1].into()], ..terms() };
    let (closed, _) = listener(elsewhere);
    assert!(Peer::connect(closed.address).expect("connected").answer().expect("a word").starts_with("554"));

    let (narrow, _) = listener(Terms { connections: 1, ..terms() });
    let mut first = Peer::connect(narrow.address).expect("connected");
    first.greet("LHLO").expect("greeted");
    assert!(Peer::connect(narrow.address).expect("connected").answer().expect("a word").starts_with("421"));
    first.send(b"QUIT\r\n").expect("sent");
    first.answer().expect("good-bye");
}

#[test]
fn a_silent_peer_is_not_waited_for_forever() {
    let (listener, _) = listener(Terms { patience: Duration::from_millis(100), ..terms() });
    let mut peer = Peer::connect(listener.address).expect("connected");
    assert!(peer.answer().expect("a greeting").starts_with("220"));
    assert!(peer.answer().expect("a word").starts_with("421"));
}

#[test]
fn rule_02_a_mail_the_disk_does_not_take_stays_with_its_sender_and_comes_again() {
    let app = TestApp::new();
    let broken = Arc::new(AtomicBool::new(true));
    let keep: Keep = {
        let (real, broken) = (keep_by_lmtp(&app.app), broken.clone());
        Arc::new(move |raw| match broken.load(Ordering::SeqCst) {
            true => Err(Error::Unavailable("disk I/O error".to_owned())),
            false => real(raw),
        })
    };
    let listener = Listener::open("127.0.0.1:0", terms(), keep, app.clock.clone()).expect("a free port");
    let mut peer = Peer::connect(listener.address).expect("connected");
    peer.greet("LHLO").expect("greeted");
    let mail = b"Subject: a\r\n\r\nb\r\n";
    assert!(hand_over(&mut peer, mail).expect("an answer").starts_with("451 4.3.0"));
    assert_eq!(app.read(|db| Ok(incoming::table.count().get_result::<i64>(db)?)), 0);
    broken.store(false, Ordering::SeqCst);
    assert!(hand_over(&mut peer, mail).expect("an answer").starts_with("250"));
    let kept: Vec<(String, String, i64, String)> = app.read(|db| {
        Ok(incoming::table
            .select((incoming::source, incoming::sha256, incoming::size, incoming::state))
            .load(db)?)
    });
    let expected = ("lmtp".to_owned(), hex::encode(Sha256::digest(mail)), 17, "waiting".to_owned());
    assert_eq!(kept, [expected]);
}

#[test]
fn a_door_that_closes_ends_what_it_is_taking_in_and_sends_the_others_away() {
    let (began, begun) = mpsc::sync_channel(1);
    let (go, may) = mpsc::sync_channel::<()>(1);
    let may = Mutex::new(may);
    let keep: Keep = Arc::new(move |_| {
        began.send(()).expect("heard");
        may.lock().expect("a lock").recv().expect("told");
        Ok(())
    });
    let listener =
        Listener::open("127.0.0.1:0", terms(), keep, Clock::fixed(first_morning())).expect("a free port");
    let address = listener.address;
    let mut idle = Peer::connect(address).expect("connected");
    idle.greet("LHLO").expect("greeted");
    let busy = std::thread::spawn(move || {
        let mut peer = Peer::connect(address).expect("connected");
        peer.greet("LHLO").expect("greeted");
        hand_over(&mut peer, b"A: b\r\n\r\nc\r\n")
    });
    begun.recv().expect("a mail is being kept");
    let closing = std::thread::spawn(move || drop(listener));
    assert!(idle.answer().expect("a word").starts_with("421"));
    go.send(()).expect("told");
    assert!(busy.join().expect("no panic").expect("an answer").starts_with("250"));
    closing.join().expect("no panic");
}

#[tokio::test]
async fn a_way_in_that_does_not_work_is_told_to_the_office_and_to_whoever_watches_the_machine() {
    let app = TestApp::new();
    let channel =
        channels::Channel { name: "市長のメール".to_owned(), kind: "imap", alarm_minutes: Some(30) };
    channels::watch(&app.app, vec![channel.clone()]).expect("noted");
    channels::worked(&app.app, &channel);
    app.clock.advance(chrono::Duration::minutes(20));
    channels::troubled(&app.app, &channel, "IMAP: no route");
    app.outside().get("/readyz").await.hides("alarm");
    app.staff("kocho").get("/").await.hides("メールを受け取れていません");
    app.clock.advance(chrono::Duration::minutes(11));
    let ready = app.outside().get("/readyz").await;
    ready.shows("市長のメール");
    assert_eq!(ready.status, 200, "letters can be written all the same");
    app.citizen().get("/readyz").await.hides("市長のメール");
    app.staff("kocho").get("/").await.shows("メールを受け取れていません").shows("市長のメール");
    app.staff("tanto").get("/").await.hides("メールを受け取れていません");
    channels::worked(&app.app, &channel);
    app.staff("kocho").get("/").await.hides("メールを受け取れていません");
    let trouble: Option<String> =
        app.read(|db| Ok(mail_channel::table.select(mail_channel::trouble).first(db)?));
    assert_eq!(trouble, None);
}

/// How often the program is killed: six times, or as `HIROKIKU_KILLS` says.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn kills() -> usize {
    std::env::var("HIROKIKU_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

/// Hands the mail over again and again, as a mail server does, until it is taken.
fn until_taken(address: SocketAddr, mail: &[u8]) {
    for _ in 0..3000 {
        let done = Peer::connect(address).and_then(|mut peer| {
            peer.greet("LHLO")?;
            hand_over(&mut peer, mail)
        });
        if done.is_ok_and(|answer| answer.starts_with("250")) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the mail was never taken");
}

#[test]
fn rule_02_no_mail_that_was_taken_is_missing_however_the_program_is_killed() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let url = app::postgres().map_or_else(
        |_| format!("sqlite:{}", folder.path().join("hirokiku.db").display()),
        |url| app::own_schema(&url, &Clock::System),
    );
    let mut setup = Setup::new(folder.path(), &url);
    let door = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    setup.settings.push(("HIROKIKU_LMTP_LISTEN".to_owned(), door.to_string()));
    let stop = AtomicBool::new(false);
    let sent: Vec<String> = std::thread::scope(|scope| {
        let mut server = setup.start();
        let stop = &stop;
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                scope.spawn(move || {
                    let mut hashes = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let n = hashes.len();
                        let mut mail =
                            format!("Message-ID: <{sender}.{n}@x.example>\r\n\r\n{n}\r\n").into_bytes();
                        // every tenth one lies in a file
                        mail.resize(mail.len() + if n % 10 == 9 { 300_000 } else { 0 }, b'z');
                        mail.extend_from_slice(b"\r\n");
                        until_taken(door, &mail);
                        hashes.push(hex::encode(Sha256::digest(&mail)));
                    }
                    hashes
                })
            })
            .collect();
        for _ in 0..kills() {
            let [wait] = Clock::System.random::<1>();
            std::thread::sleep(Duration::from_millis(100 + 3 * u64::from(wait)));
            server.kill();
            server = setup.start();
        }
        stop.store(true, Ordering::Relaxed);
        let sent = senders.into_iter().flat_map(|s| s.join().expect("no panic")).collect();
        server.stop();
        sent
    });
    let mut db = hirokiku::db::Db::open(&url).expect("the database opens");
    let kept: Vec<String> = incoming::table.select(incoming::sha256).load(&mut db).expect("rows");
    for hash in &sent {
        assert!(kept.contains(hash), "a mail that was taken is missing");
    }
    let unknown = kept.iter().filter(|hash| !sent.contains(hash)).count();
    assert_eq!(unknown, 0, "a mail nobody was told of");
    println!("{} mails taken, {} rows, {} kills", sent.len(), kept.len(), kills());
}
