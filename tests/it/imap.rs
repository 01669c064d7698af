//! Fetching from mail servers that do not do as they should. The well-behaved one is in `real_mail_in`.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use diesel::prelude::*;
use hirokiku::config::{After, ImapMailbox, Secrecy};
use hirokiku::db::schema::incoming_place;
use hirokiku::intake::doors::keep_by_imap;
use hirokiku::intake::imap::{self, Keep, Mailbox, Round};

use crate::app::TestApp;

/// A server that answers each command as the test says; what it sends ends with the command's tagged OK unless the
/// answer holds a tag (`TAG`) itself.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (u16, JoinHandle<Vec<String>>) {
    let door = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let thread = std::thread::spawn(move || {
        let (stream, _) = door.accept().expect("a guest");
        let mut lines = BufReader::new(stream);
        let mut said = Vec::new();
        let tell = |lines: &mut BufReader<TcpStream>, text: &str| lines.get_mut().write_all(text.as_bytes());
        tell(&mut lines, "* OK ready {12}\r\n").expect("told");
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap_or(0) == 0 {
                return said;
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or(("", ""));
            said.push(command.to_owned());
            let mut text = answer(command);
            if text.contains("TAG") {
                text = text.replace("TAG", tag);
            } else {
                text.push_str(&format!("{tag} OK done\r\n"));
            }
            if tell(&mut lines, &text).is_err() {
                return said;
            }
        }
    });
    (port, thread)
}

fn app_with(port: u16, change: impl FnOnce(&mut ImapMailbox)) -> (TestApp, Mailbox) {
    let mut mailbox = ImapMailbox {
        name: "市長".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        tls: Secrecy::None,
        user: "koe@city.example".to_owned(),
        after: After::Keep,
        ..ImapMailbox::default()
    };
    change(&mut mailbox);
    let app = TestApp::with(|config| {
        let file = config.data.join("password");
        std::fs::write(&file, "秘密 \"pass\"\\word\n").expect("written");
        mailbox.password_file = file.display().to_string();
        config.imap = vec![mailbox];
    });
    let mailbox = Mailbox::all(&app.app.config).expect("good settings").remove(0);
    (app, mailbox)
}

fn fetch(app: &TestApp, mailbox: &Mailbox) -> hirokiku::error::Result<Round> {
    imap::once(&app.app, mailbox, &keep_by_imap())
}

fn kept(app: &TestApp) -> Vec<i64> {
    app.read(|db| {
        Ok(incoming_place::table.order(incoming_place::uid).select(incoming_place::uid).load(db)?)
    })
}

/// Mails of this text, as FETCH gives them.
fn body(uid: u32) -> String {
    let text = format!("Subject: {uid}\r\n\r\n{uid}\r\n");
    format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", text.len())
}

fn size(uid: u32) -> String {
    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 30 INTERNALDATE \"01-Apr-2026 08:00:00 +0900\")\r\n")
}

const SELECTED: &str = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n";

#[test]
fn a_server_that_gives_fewer_mails_than_it_has_is_trouble_and_not_an_empty_mailbox() {
    let (port, server) = server(|command| match command {
        c if c.starts_with("SELECT") => SELECTED.to_owned(),
        c if c.starts_with("UID SEARCH") => "* SEARCH 1 2 3\r\n".to_owned(),
        c if c.contains("SIZE") => [1, 2, 3].map(size).concat(),
        // mail 2 never comes, however it is asked for
        c if c.starts_with("UID FETCH 1:3") => body(1) + &body(3),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |_| {});
    let trouble = fetch(&app, &mailbox).expect_err("trouble").to_string();
    assert!(trouble.contains("did not give 1"), "{trouble}");
    assert_eq!(kept(&app), [1, 3], "the others were brought all the same");
    server.join().expect("no panic");
}

#[test]
fn rule_08_one_mail_the_server_cannot_read_holds_up_no_other() {
    let (port, server) = server(|command| match command {
        c if c.starts_with("SELECT") => SELECTED.to_owned(),
        c if c.starts_with("UID SEARCH") => "* SEARCH 1 2 3\r\n".to_owned(),
        c if c.contains("SIZE") => [1, 2, 3].map(size).concat(),
        c if c.starts_with("UID FETCH 1 ") => body(1),
        c if c.starts_with("UID FETCH 3 ") => body(3),
        c if c.starts_with("UID FETCH") => "TAG NO [SERVERBUG] cannot read hanako@example.jp\r\n".to_owned(),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |_| {});
    let trouble = fetch(&app, &mailbox).expect_err("trouble").to_string();
    assert!(!trouble.contains("hanako"), "no address leaves the mailbox: {trouble}");
    assert_eq!(kept(&app), [1, 3]);
    server.join().expect("no panic");
}

#[test]
fn a_mail_that_somebody_took_away_meanwhile_is_no_trouble() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let searches = AtomicUsize::new(0);
    let (port, server) = server(move |command| match command {
        c if c.starts_with("SELECT") => SELECTED.to_owned(),
        c if c.starts_with("UID SEARCH") => match searches.fetch_add(1, Ordering::SeqCst) {
            0 => "* SEARCH 1 2\r\n".to_owned(),
            _ => "* SEARCH 1\r\n".to_owned(),
        },
        c if c.contains("SIZE") => size(1),
        c if c.starts_with("UID FETCH") => body(1),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |_| {});
    assert_eq!(fetch(&app, &mailbox).expect("a round").kept, 1);
    server.join().expect("no panic");
}

#[test]
fn nothing_is_marked_in_the_mailbox_before_it_is_on_our_disk() {
    let (port, server) = server(|command| match command {
        c if c.starts_with("SELECT") => {
            format!("{SELECTED}* OK [PERMANENTFLAGS (\\Seen \\*)] any\r\n")
        }
        c if c.starts_with("UID SEARCH") => "* SEARCH 1\r\n".to_owned(),
        c if c.contains("SIZE") => size(1),
        c if c.starts_with("UID FETCH") => body(1),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |mailbox| mailbox.after = After::Flag);
    let full: Keep = Arc::new(|_, _| Err(hirokiku::error::Error::StorageFull("no room".to_owned())));
    assert!(imap::once(&app.app, &mailbox, &full).is_err());
    let said = server.join().expect("no panic");
    assert!(said.iter().any(|command| command.contains("BODY.PEEK[]")), "{said:?}");
    assert!(!said.iter().any(|command| command.contains("STORE")), "{said:?}");
    // a password with quotes goes over as it is
    assert!(said.iter().any(|c| c == "LOGIN \"koe@city.example\" \"秘密 \\\"pass\\\"\\\\word\""), "{said:?}");
}

#[test]
fn a_refused_sign_in_and_a_folder_without_lasting_numbers_are_trouble() {
    let (port, _) = server(|command| match command {
        c if c.starts_with("LOGIN") => "TAG NO [AUTHENTICATIONFAILED] go away\r\n".to_owned(),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |_| {});
    assert!(fetch(&app, &mailbox).expect_err("trouble").to_string().contains("go away"));

    let (port, _) = server(|command| match command {
        c if c.starts_with("SELECT") => "* 1 EXISTS\r\n".to_owned(),
        _ => String::new(),
    });
    let (app, mailbox) = app_with(port, |_| {});
    assert!(fetch(&app, &mailbox).expect_err("trouble").to_string().contains("UIDVALIDITY"));
}
