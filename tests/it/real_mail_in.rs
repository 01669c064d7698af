//! Fetching from a real Dovecot: nothing twice, nothing forgotten, nothing touched that should not be.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::{After, Config, ImapMailbox, ImapOauth, Secrecy};
use hirokiku::db::schema::{incoming, incoming_place, mail_channel};
use hirokiku::intake::doors::keep_by_imap;
use hirokiku::intake::imap::{self, Fetchers, Mailbox};
use hirokiku::intake::mail::{self, State};
use hirokiku::mail::channels;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::app::{TestApp, nothing_left_out};
use crate::peer::Peer;
use crate::real_mail::Imap;

/// A setting `tests/servers/mail` makes.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
pub fn setting(name: &str) -> Option<String> {
    let found = std::env::var(name).ok().filter(|v| !v.is_empty());
    if found.is_none() {
        assert!(!nothing_left_out(), "{name} is not set");
        println!("left out: no mail came from a real server ({name} is not set)");
    }
    found
}

/// A mailbox in Dovecot that no other test uses.
struct Mailbag {
    user: String,
    address: String,
    password: String,
}

impl Mailbag {
    fn new() -> Option<Mailbag> {
        let user = format!("koe-{}@example.jp", Clock::System.id().simple());
        Some(Mailbag { user, address: setting("TEST_IMAP_ADDR")?, password: setting("TEST_IMAP_PASSWORD")? })
    }

    /// Puts mails in by Dovecot's own LMTP door.
    fn fill(&self, mails: &[String]) {
        let door = setting("TEST_LMTP_ADDR").expect("Dovecot's door").parse().expect("an address");
        let mut peer = Peer::connect(door).expect("Dovecot answers");
        peer.greet("LHLO").expect("greeted");
        for mail in mails {
            let answer = peer.hand_over("hanako@example.jp", &self.user, mail.as_bytes()).expect("an answer");
            assert!(answer.starts_with("250"), "{answer}");
        }
    }

    fn person(&self) -> Imap {
        Imap::sign_in(&self.address, &self.user, &self.password)
    }

    fn settings(&self, after: After) -> ImapMailbox {
        let (host, port) = self.address.rsplit_once(':').expect("a port");
        ImapMailbox {
            name: "市長への手紙".to_owned(),
            host: host.to_owned(),
            port: port.parse().expect("a number"),
            tls: Secrecy::None,
            user: self.user.clone(),
            after,
            ..ImapMailbox::default()
        }
    }

    /// An application with this mailbox in its settings.
    fn app(&self, after: After, change: impl FnOnce(&mut Config)) -> (TestApp, Mailbox) {
        let app = TestApp::with(|config| {
            let file = config.data.join("password");
            std::fs::write(&file, &self.password).expect("written");
            let settings = ImapMailbox { password_file: file.display().to_string(), ..self.settings(after) };
            config.imap = vec![settings];
            change(config);
        });
        let mailbox = Mailbox::all(&app.app.config).expect("good settings").remove(0);
        (app, mailbox)
    }
}

fn letters(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers
        .map(|n| {
            format!(
                "From: =?UTF-8?B?6Iqx5a2Q?= <hanako{n}@example.jp>\r\nTo: koe@example.jp\r\nMessage-ID: <{n}.letter@example.jp>\r\n\
                 Subject: letter {n}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Transfer-Encoding: 8bit\r\n\r\n街灯が切れています。{n}\r\n.\r\n"
            )
        })
        .collect()
}

fn rows(app: &TestApp) -> i64 {
    app.read(|db| Ok(incoming::table.count().get_result(db)?))
}

fn states(app: &TestApp, state: State) -> i64 {
    app.read(|db| Ok(incoming::table.filter(incoming::state.eq(state)).count().get_result(db)?))
}

fn wait_until(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < until, "{what}: not in a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// How many mails of the open folder have a flag. A server tells of changes beside its answers: counted by number.
fn with(person: &mut Imap, flag: &str) -> usize {
    let told = person.command("FETCH 1:* (FLAGS)");
    let numbers: std::collections::BTreeSet<&str> = told
        .lines()
        .filter(|line| line.contains("FETCH") && line.contains(flag))
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    numbers.len()
}

#[test]
fn rule_03_a_mail_somebody_has_read_is_fetched_too_and_none_is_fetched_twice() {
    let Some(place) = Mailbag::new() else { return };
    place.fill(&letters(0..5));
    let mut person = place.person();
    person.command("SELECT INBOX");
    person.command("STORE 2:3 +FLAGS (\\Seen)");
    let (app, mailbox) = place.app(After::Flag, |_| {});
    let round = imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round");
    assert_eq!((round.kept, round.cut), (5, 0));
    assert_eq!(imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round").kept, 0);
    assert_eq!(rows(&app), 5);
    assert_eq!(with(&mut person, "Hirokiku"), 5);
    assert_eq!(with(&mut person, "Seen"), 2, "fetching reads nothing");
    // the keyword is for people: what decides is our own table
    person.command("STORE 1:* -FLAGS (Hirokiku)");
    assert_eq!(imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round").kept, 0);
    assert_eq!(with(&mut person, "Hirokiku"), 5, "marked again");
}

#[test]
fn rule_03_a_folder_that_was_made_anew_is_read_anew_and_its_mails_are_known_again() {
    let Some(place) = Mailbag::new() else { return };
    let (app, mailbox) =
        place.app(After::Keep, |config| config.imap[0].folder = "市長への手紙 & 意見".to_owned());
    let name = "&XgKVdzB4MG5iS30Z- &- &YQ+Jiw-";
    let mut person = place.person();
    let letter = &letters(0..1)[0];
    for expected in [1, 1, 2] {
        if expected != rows(&app) || rows(&app) == 0 {
            // deleted and made anew by a person, the same mail in it
            drop(person.try_command(&format!("DELETE \"{name}\"")));
            person.command(&format!("CREATE \"{name}\""));
            person.append(name, letter);
        }
        imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round");
        assert_eq!(rows(&app), expected);
    }
    while mail::process(&app.app, 10).expect("read").all() > 0 {}
    assert_eq!((states(&app, State::Letter), states(&app, State::Duplicate)), (1, 1));
}

#[test]
fn rule_04_to_look_whether_it_works_changes_nothing_in_the_mailbox() {
    let Some(place) = Mailbag::new() else { return };
    place.fill(&letters(0..3));
    let (app, mailbox) = place.app(After::Delete, |_| {});
    let seen = imap::look(&app.app, &mailbox).expect("it works");
    assert!(seen.mails == 3 && seen.tells && seen.after, "{seen:?}");
    let mut person = place.person();
    let selected = person.command("SELECT INBOX");
    assert!(selected.contains("* 3 EXISTS") && selected.contains("* 3 RECENT"), "{selected}");
    assert_eq!(rows(&app), 0);
}

#[test]
fn rule_04_what_is_kept_is_moved_or_deleted_as_the_settings_say_and_only_then() {
    let Some(place) = Mailbag::new() else { return };
    place.fill(&letters(0..3));
    let (app, mailbox) = place.app(After::Move, |config| config.imap[0].moved_to = "済".to_owned());
    assert_eq!(imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round").kept, 3);
    let mut person = place.person();
    assert!(person.command("SELECT INBOX").contains("* 0 EXISTS"));
    assert!(person.command("SELECT \"&bgg-\"").contains("* 3 EXISTS"), "the folder was made");
}

#[test]
fn rule_10_of_a_mail_too_large_the_beginning_is_kept_and_the_whole_stays_where_it_is() {
    let Some(other) = Mailbag::new() else { return };
    other.fill(&letters(0..2));
    other.fill(&[letters(9..10)[0].replace("。9", &"長い".repeat(20_000))]);
    let (app, mailbox) = other.app(After::Delete, |config| config.mail_limit = 50_000);
    let round = imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round");
    assert_eq!((round.kept, round.cut), (3, 1));
    let left = other.person().command("EXAMINE INBOX");
    assert!(left.contains("* 1 EXISTS"), "only the large one is left: {left}");
    imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round");
    assert!(other.person().command("EXAMINE INBOX").contains("* 1 EXISTS"));
    let cut: (i64, String) = app.read(|db| {
        Ok(incoming::table
            .filter(incoming::flags.eq("oversize"))
            .select((incoming::size, incoming::flags))
            .first(db)?)
    });
    assert_eq!(cut.0, 50_000, "its beginning");
    while mail::process(&app.app, 10).expect("read").all() > 0 {}
    let after: i64 = app
        .read(|db| Ok(incoming::table.filter(incoming::flags.like("%oversize%")).count().get_result(db)?));
    assert_eq!(after, 1, "it is still said after reading");
}

#[test]
fn rule_06_two_fetchers_at_the_same_mailbox_keep_every_mail_once() {
    let Some(place) = Mailbag::new() else { return };
    place.fill(&letters(0..60));
    let (app, mailbox) = place.app(After::Move, |_| {});
    let rounds: Vec<_> = std::thread::scope(|scope| {
        let fetch = || scope.spawn(|| imap::once(&app.app, &mailbox, &keep_by_imap()));
        let threads = [fetch(), fetch(), fetch()];
        threads.map(|thread| thread.join().expect("no panic")).into()
    });
    let kept: usize = rounds.iter().map(|round| round.as_ref().map_or(0, |r| r.kept)).sum();
    assert_eq!((kept, rows(&app)), (60, 60), "{rounds:?}");
    let places: i64 = app.read(|db| Ok(incoming_place::table.count().get_result(db)?));
    assert_eq!(places, 60);
}

#[test]
fn rule_05_a_new_mail_is_fetched_as_soon_as_the_server_tells_of_it() {
    let Some(place) = Mailbag::new() else { return };
    // nothing but the server's word explains a mail within a minute
    let (app, _) = place.app(After::Flag, |config| config.imap[0].poll_minutes = 28);
    let mailboxes = Mailbox::all(&app.app.config).expect("good settings");
    channels::watch(&app.app, mailboxes.iter().map(imap::channel).collect()).expect("watched");
    let fetchers = Fetchers::start(&app.app, mailboxes, &keep_by_imap()).expect("started");
    let worked = || -> bool {
        app.read(|db| {
            Ok(mail_channel::table
                .filter(mail_channel::worked_at.is_not_null())
                .count()
                .get_result::<i64>(db)?)
        }) == 1
    };
    wait_until("a first round", worked);
    for n in 1..=3 {
        place.fill(&letters(n..n + 1));
        wait_until("the mail", || rows(&app) == i64::try_from(n).expect("small"));
    }
    drop(fetchers);
}

#[test]
fn rule_11_an_account_that_fails_delays_no_other_and_says_why() {
    let Some(place) = Mailbag::new() else { return };
    place.fill(&letters(0..2));
    let (app, _) = place.app(After::Flag, |config| {
        let mut wrong = config.imap[0].clone();
        wrong.name = "別の箱".to_owned();
        // nobody listens there
        wrong.port = 1;
        config.imap.insert(0, wrong);
    });
    let mailboxes = Mailbox::all(&app.app.config).expect("good settings");
    channels::watch(&app.app, mailboxes.iter().map(imap::channel).collect()).expect("watched");
    let fetchers = Fetchers::start(&app.app, mailboxes, &keep_by_imap()).expect("started");
    wait_until("the good mailbox", || rows(&app) == 2);
    let trouble = || -> Option<String> {
        app.read(|db| {
            Ok(mail_channel::table
                .find("別の箱")
                .select(mail_channel::trouble)
                .first::<Option<String>>(db)?)
        })
    };
    wait_until("the trouble", || trouble().is_some());
    assert!(trouble().is_some_and(|why| why.contains("127.0.0.1:1")));
    drop(fetchers);
}

#[test]
fn the_connection_is_encrypted_with_a_server_the_citys_own_authority_vouches_for() {
    let Some(place) = Mailbag::new() else { return };
    let (Some(tls), Some(ca)) = (setting("TEST_IMAPS_ADDR"), setting("TEST_IMAP_CA")) else { return };
    place.fill(&letters(0..1));
    let port = tls.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let secret = |config: &mut Config, ca: &str| {
        config.imap[0].tls = Secrecy::Tls;
        config.imap[0].port = port;
        ca.clone_into(&mut config.imap[0].ca_file);
    };
    let (app, mailbox) = place.app(After::Flag, |config| secret(config, &ca));
    assert_eq!(imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round").kept, 1);
    let (app, stranger) = place.app(After::Flag, |config| secret(config, ""));
    let refused = imap::once(&app.app, &stranger, &keep_by_imap()).expect_err("no trust").to_string();
    assert!(refused.contains("certificate"), "{refused}");
    let (app, starting) = place.app(After::Flag, |config| {
        config.imap[0].tls = Secrecy::StartTls;
        ca.clone_into(&mut config.imap[0].ca_file);
    });
    assert_eq!(imap::once(&app.app, &starting, &keep_by_imap()).expect("a round").kept, 1);
}

/// A token for a mailbox as a sign-in service gives it, good for `seconds` from now.
fn token(user: &str, seconds: i64) -> String {
    let key = STANDARD.decode(setting("TEST_IMAP_TOKEN_KEY").expect("a key")).expect("base64");
    let now = Clock::System.now().timestamp();
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = part(serde_json::json!({ "alg": "HS256", "typ": "JWT" }));
    let body = part(serde_json::json!({ "sub": user, "iat": now - 60, "exp": now + seconds, "iss": "test" }));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{head}.{body}").as_bytes());
    format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn rule_11_a_refresh_token_that_was_replaced_is_on_the_disk_before_the_mailbox_is_opened() {
    let Some(place) = Mailbag::new() else { return };
    if setting("TEST_IMAP_TOKEN_KEY").is_none() {
        return;
    }
    place.fill(&letters(0..1));
    let desk = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/token", desk.local_addr().expect("an address"));
    let user = place.user.clone();
    // hands out an expired token first, then a good one, and a new refresh token each time
    let service = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for (seconds, next) in [(-30, "second"), (600, "third")] {
            let (mut stream, _) = desk.accept().expect("a guest");
            let mut heard = [0; 4096];
            let mut text = String::new();
            while !text.contains("refresh_token=") {
                let n = stream.read(&mut heard).expect("a request");
                text.push_str(&String::from_utf8_lossy(&heard[..n]));
            }
            asked.push(text);
            let json = serde_json::json!({ "access_token": token(&user, seconds), "expires_in": 600, "refresh_token": next });
            let json = json.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
                json.len()
            );
            stream.write_all(format!("{head}connection: close\r\n\r\n{json}").as_bytes()).expect("told");
        }
        asked
    });
    let (app, mailbox) = place.app(After::Flag, |config| {
        let file = config.data.join("refresh");
        std::fs::write(&file, "first\n").expect("written");
        config.imap[0].password_file.clear();
        config.imap[0].oauth = Some(ImapOauth {
            token_url: url,
            client_id: "hirokiku".to_owned(),
            refresh_token_file: file.display().to_string(),
            ..ImapOauth::default()
        });
    });
    let saved = || std::fs::read_to_string(app.data.path().join("refresh")).expect("a token");
    assert!(imap::once(&app.app, &mailbox, &keep_by_imap()).is_err(), "an expired token is refused");
    assert_eq!(saved(), "second\n", "and yet the new refresh token is not lost");
    assert_eq!(imap::once(&app.app, &mailbox, &keep_by_imap()).expect("a round").kept, 1);
    assert_eq!(saved(), "third\n");
    let asked = service.join().expect("no panic");
    assert!(
        asked[0].contains("refresh_token=first") && asked[1].contains("refresh_token=second"),
        "{asked:?}"
    );
}
