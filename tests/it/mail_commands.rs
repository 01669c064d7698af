//! The commands for mail as a shell and a mail server run them: what they print, how they end, and what is there after
//! they were killed.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::schema::{incoming, letter};
use hirokiku::intake::mail::process;
use hirokiku::safekeeping;
use hirokiku::web::{App, Shared};
use serde_json::Value;

use crate::app;
use crate::mails::{base64, coded, head, winmail};

/// A data folder and a database of its own in which nothing is yet.
struct Place {
    folder: tempfile::TempDir,
    url: String,
}

impl Place {
    fn new() -> Place {
        // on the disk the program is built on: `/tmp` may be memory, where a sync means nothing
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let url = match app::postgres() {
            Ok(url) => app::own_schema(&url, &Clock::System),
            Err(_) => format!("sqlite:{}", folder.path().join("data/hirokiku.db").display()),
        };
        Place { folder, url }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hirokiku"));
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("HIROKIKU_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HIROKIKU_DATA", self.folder.path().join("data"))
            .env("DATABASE_URL", &self.url)
            .env("HIROKIKU_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn receive(&self) -> Child {
        self.command(&["mail", "receive", "--sender", "hanako@example.jp", "--recipient", "koe@city.example"])
            .spawn()
            .expect("it starts")
    }

    fn open(&self) -> Shared {
        let config = Config {
            data: self.folder.path().join("data"),
            database_url: self.url.clone(),
            ..Config::default()
        };
        Shared::new(App::open(config, Clock::System).expect("the application opens"))
    }
}

/// Writes everything to a program that may die over it.
fn feed(child: &mut Child, octets: &[u8]) {
    let mut input = child.stdin.take().expect("a pipe");
    // who is dead hears nothing
    let _ = input.write_all(octets);
}

fn lines(out: &Output) -> Vec<Value> {
    let text = String::from_utf8(out.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn mail_read_prints_a_line_for_every_mail_of_a_file_a_folder_an_mbox_and_a_maildir_and_never_fails() {
    let place = Place::new();
    let put = |name: &str, octets: &[u8]| {
        let path = place.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, octets).expect("written");
    };
    let jis = coded("街灯が消えています。", "jis");
    let outlook = base64(&winmail("from outlook", "PLAN.TXT", b"plan"));
    put(
        "one.eml",
        &[
            b"From: \"Hanako\" <hanako@example.jp>\r\nTo: koe@city.example\r\nSubject: =?ISO-2022-JP?B?".as_slice(),
            base64(&coded("街灯", "jis")).as_bytes(),
            b"?=\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\nMessage-ID: <one@example.jp>\r\nReferences: <a@example.jp> <b@example.jp>\r\n\
              MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain; charset=cp50221\r\n\r\n",
            &jis,
            b"\r\n--m\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            outlook.as_bytes(),
            b"\r\n",
        ]
        .concat(),
    );
    let bounce = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp\r\nSubject: Undelivered Mail Returned to Sender\r\n\
                  MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                  --b\r\n\r\nNot delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n\
                  Final-Recipient: rfc822; nobody@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
    put("folder/bounce.eml", bounce.as_bytes());
    put(
        "folder/deep/page.eml",
        b"From: a@example.jp\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\xe9\x96\x80</p>",
    );
    put("folder/empty.eml", b"");
    put("folder/noise.bin", &(0..=255).cycle().take(5_000).collect::<Vec<u8>>());
    put(
        "box.mbox",
        b"From a Wed Apr  1 10:00:00 2026\nSubject: first\n\n1\n\nFrom b Wed Apr  1 10:01:00 2026\nSubject: second\n\n>From 2\n",
    );
    put("maildir/cur/1:2,S", b"Subject: seen\n\nx");
    put("maildir/new/2", b"Subject: new\n\nx");
    put("maildir/tmp/3", b"Subject: not yet\n\nx");
    put("maildir/dovecot.index.log", b"x");
    std::os::unix::fs::symlink(place.folder.path().join("folder"), place.folder.path().join("folder/round"))
        .expect("a link");

    let names = ["mail", "read", "one.eml", "folder", "nowhere.eml", "box.mbox", "maildir"];
    let out = place.command(&names).stdin(Stdio::null()).output().expect("it runs");
    assert!(out.status.success(), "it never fails on a file: {}", String::from_utf8_lossy(&out.stderr));
    let lines = lines(&out);
    let of = |name: &str| {
        let found: Vec<&Value> = lines.iter().filter(|line| line["file"] == name).collect();
        assert_eq!(found.len(), 1, "{name}: {lines:#?}");
        found[0]
    };

    // the fields that others rely on
    let one = of("one.eml");
    for name in [
        "file",
        "from",
        "subject",
        "date",
        "text",
        "html_only",
        "attachments",
        "machine",
        "message_id",
        "references",
        "declared_charset",
        "used_charset",
        "repaired",
        "warnings",
    ] {
        assert!(keys(one).contains(&name), "{name} in {one}");
    }
    assert_eq!(one["from"], serde_json::json!({"name": "Hanako", "address": "hanako@example.jp"}));
    assert_eq!((&one["subject"], &one["text"]), (&"街灯".into(), &"街灯が消えています。".into()));
    assert_eq!(one["date"], "2026-04-01T01:00:00Z");
    assert_eq!(
        one["attachments"],
        serde_json::json!([{"name": "PLAN.TXT", "type": "application/octet-stream", "size": 4}])
    );
    assert_eq!((&one["message_id"], one["html_only"].as_bool()), (&"one@example.jp".into(), Some(false)));
    assert_eq!(one["references"], serde_json::json!(["a@example.jp", "b@example.jp"]));
    assert_eq!((&one["declared_charset"], &one["used_charset"]), (&"cp50221".into(), &"iso-2022-jp".into()));
    assert_eq!(one["machine"]["kind"], "none");
    assert!(one["machine"]["status"].is_null() && one["machine"]["recipient"].is_null());
    assert!(
        one["repaired"].is_array() && one["warnings"].as_array().expect("a list").contains(&"tnef".into()),
        "{one}"
    );
    let back = of("folder/bounce.eml");
    let machine = &back["machine"];
    assert_eq!((&machine["kind"], &machine["status"]), (&"bounce".into(), &"5.1.1".into()));
    assert_eq!((&machine["recipient"], machine["hard"].as_bool()), (&"nobody@example.jp".into(), Some(true)));
    assert_eq!(of("folder/deep/page.eml")["html_only"], true);
    assert_eq!(keys(of("folder/noise.bin")), keys(one), "noise is a mail of which little is understood");

    let mbox: Vec<&Value> = lines.iter().filter(|line| line["file"] == "box.mbox").collect();
    let told: Vec<_> = mbox.iter().map(|m| (m["number"].as_u64(), &m["subject"], &m["text"])).collect();
    assert_eq!(
        told,
        [(Some(1), &"first".into(), &"1".into()), (Some(2), &"second".into(), &"From 2".into())]
    );
    assert_eq!(of("maildir/cur/1:2,S")["subject"], "seen");
    assert_eq!(of("maildir/new/2")["subject"], "new");

    // what cannot be read is a line with its reason
    for (name, reason) in [
        ("folder/empty.eml", "空のファイル"),
        ("nowhere.eml", "No such file"),
        ("folder/round", "フォルダーへのリンク"),
    ] {
        let line = of(name);
        assert_eq!(keys(line), ["error", "file"]);
        assert!(line["error"].as_str().is_some_and(|why| why.contains(reason)), "{line}");
    }
    assert_eq!(lines.len(), 11);
    assert!(!place.folder.path().join("data").exists(), "nothing is stored");
}

/// How many stand where.
fn states(app: &App) -> BTreeMap<String, i64> {
    let count = |db: &mut hirokiku::db::Db| {
        Ok(incoming::table
            .group_by(incoming::state)
            .select((incoming::state, diesel::dsl::count_star()))
            .load::<(String, i64)>(db)?)
    };
    app.db.read_now(count).expect("rows").into_iter().collect()
}

fn letters(app: &App) -> Vec<String> {
    let mut subjects: Vec<String> =
        app.db.read_now(|db| Ok(letter::table.select(letter::subject).load(db)?)).expect("rows");
    subjects.sort();
    subjects
}

#[test]
fn rule_02_mail_receive_killed_at_any_moment_and_tried_again_leaves_every_mail_in_one_letter() {
    const MAILS: usize = 6;
    const KILLS: usize = 5;
    let place = Place::new();
    let mail = |n: usize| {
        // every other one lies in a file beside the database
        let length = if n.is_multiple_of(2) { 100 } else { 400_000 };
        format!("{}Subject: mail {n}\r\n\r\n{}\r\n", head(&format!("kill-{n}")), "x".repeat(length))
            .into_bytes()
    };
    // how long it takes undisturbed, migrations done
    let mut child = place.receive();
    feed(&mut child, &mail(0));
    assert!(child.wait().expect("it ends").success());
    let began = Instant::now();
    let mut child = place.receive();
    feed(&mut child, &mail(0));
    assert!(child.wait().expect("it ends").success());
    let usual = began.elapsed();

    let (mut killed, mut rows) = (0, 2);
    for n in 1..MAILS {
        for attempt in 0.. {
            let mut child = place.receive();
            let octets = mail(n);
            let feeder = {
                let mut input = child.stdin.take().expect("a pipe");
                std::thread::spawn(move || {
                    for piece in octets.chunks(50_000) {
                        if input.write_all(piece).is_err() {
                            return;
                        }
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    // the end of a mail is the end of the pipe, not before
                })
            };
            if attempt < KILLS {
                let [chance] = Clock::System.random::<1>();
                std::thread::sleep(usual.mul_f64(1.1 * f64::from(chance) / 255.0));
                let _ = child.kill();
            }
            let status = child.wait().expect("it ends");
            feeder.join().expect("no panic");
            match status.code() {
                Some(0) => {
                    rows += 1;
                    break;
                }
                // killed: the mail server comes again, as after 75
                None => killed += 1,
                code => assert_eq!(code, Some(75), "a mail server gives up on any other code"),
            }
        }
    }
    let app = place.open();
    while process(&app, 100).expect("read").all() > 0 {}
    let wanted: Vec<String> = (0..MAILS).map(|n| format!("mail {n}")).collect();
    assert_eq!(letters(&app), wanted, "every mail is a letter, once");
    let states = states(&app);
    assert_eq!(states["letter"], MAILS as i64);
    let all: i64 = states.values().sum();
    assert!(all >= rows, "{states:?}: every answer of 0 was true");
    assert_eq!(
        states.keys().filter(|s| !["letter", "duplicate"].contains(&s.as_str())).count(),
        0,
        "{states:?}"
    );
    assert_eq!(safekeeping::verify(&app).faults, Vec::<String>::new());
    assert!(killed > 0, "somebody was killed");
    println!("{killed} killed, {states:?}");
}

#[test]
fn programs_that_start_together_on_an_empty_database_take_turns_in_making_it() {
    let place = Place::new();
    let mut children: Vec<Child> = (0..4).map(|_| place.receive()).collect();
    for (n, child) in children.iter_mut().enumerate() {
        feed(child, format!("{}Subject: mail {n}\r\n\r\nx\r\n", head(&format!("start-{n}"))).as_bytes());
    }
    for child in children {
        let out = child.wait_with_output().expect("it ends");
        assert!(out.status.success(), "{}: {}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    let app = place.open();
    while process(&app, 100).expect("read").all() > 0 {}
    assert_eq!(letters(&app), ["mail 0", "mail 1", "mail 2", "mail 3"], "one key opens them all");
    assert_eq!(safekeeping::verify(&app).faults, Vec::<String>::new());
}

/// The most memory a program has held so far, in KiB.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[test]
fn rule_10_a_large_mail_is_in_memory_once() {
    const LARGE: usize = 40 * 1024 * 1024;
    let place = Place::new();
    let most = |octets: &[u8]| {
        let mut child = place.receive();
        let pid = child.id();
        let mut highest = 0;
        std::thread::scope(|scope| {
            let mut input = child.stdin.take().expect("a pipe");
            scope.spawn(move || input.write_all(octets).expect("it listens"));
            loop {
                highest = highest.max(peak(pid).unwrap_or_default());
                if let Some(status) = child.try_wait().expect("a child") {
                    assert!(status.success());
                    return highest;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let small = most(format!("{}\r\nx\r\n", head("small")).as_bytes());
    let line = "市長さま、街灯が消えています。\r\n";
    let large = format!("{}\r\n{}", head("large"), line.repeat(LARGE / line.len()));
    let large = most(large.as_bytes());
    let over = (large.saturating_sub(small)) * 1024;
    assert!(over > LARGE as u64 / 2, "the peak was seen: {over}");
    assert!(over < LARGE as u64 * 3 / 2, "{over} bytes for a mail of {LARGE}");
}
