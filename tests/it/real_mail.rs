//! Through a real Postfix into a real Dovecot mailbox. `docs/testing.md` says how the two are started.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hirokiku::mail::{Letterform, MailState, deliver, store};

use crate::app::TestApp;
use crate::mail::{queue, subject_of, text_of};

/// The servers of the environment, or none, said aloud.
#[expect(clippy::disallowed_methods, reason = "a test's own settings")]
fn servers() -> Option<(String, String, String)> {
    let of = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
    let found = of("TEST_SMTP_URL").zip(of("TEST_IMAP_ADDR"));
    if found.is_none() {
        assert!(of("TEST_NOTHING_LEFT_OUT").is_none(), "TEST_SMTP_URL and TEST_IMAP_ADDR are not set");
        println!("left out: no mail went through a real server (TEST_SMTP_URL, TEST_IMAP_ADDR are not set)");
    }
    found.map(|(smtp, imap)| (smtp, imap, of("TEST_IMAP_PASSWORD").unwrap_or_else(|| "test".to_owned())))
}

/// As much IMAP as it takes to read the newest mail of a mailbox.
struct Imap {
    lines: BufReader<TcpStream>,
    tag: u32,
}

impl Imap {
    fn sign_in(address: &str, user: &str, password: &str) -> Imap {
        let stream = TcpStream::connect(address).expect("Dovecot answers");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        let mut imap = Imap { lines: BufReader::new(stream), tag: 0 };
        let mut greeting = String::new();
        imap.lines.read_line(&mut greeting).expect("a greeting");
        imap.command(&format!("LOGIN \"{user}\" \"{password}\""));
        imap
    }

    /// Sends a command and gives all its answer, literals in their place.
    fn command(&mut self, text: &str) -> String {
        self.tag += 1;
        let tag = format!("a{}", self.tag);
        write!(self.lines.get_mut(), "{tag} {text}\r\n").expect("sent");
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).expect("an answer") > 0, "Dovecot hung up");
            if let Some(done) = line.strip_prefix(&format!("{tag} ")) {
                assert!(done.starts_with("OK"), "{text}: {done}");
                return answer;
            }
            let literal = line.trim_end().strip_suffix('}').and_then(|l| l.rsplit_once('{'));
            if let Some(size) = literal.and_then(|(_, size)| size.parse().ok()) {
                let mut bytes = vec![0; size];
                self.lines.read_exact(&mut bytes).expect("the literal");
                answer.push_str(&String::from_utf8(bytes).expect("ASCII"));
            } else {
                answer.push_str(&line);
            }
        }
    }

    /// The first mail with this Message-ID, waited for.
    fn wait_for(&mut self, message_id: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            self.command("SELECT INBOX");
            let found = self.command(&format!("SEARCH HEADER Message-ID \"{message_id}\""));
            if let Some(no) = found.trim().strip_prefix("* SEARCH ") {
                let no = no.split(' ').next().unwrap_or(no);
                return self.command(&format!("FETCH {no} BODY.PEEK[]"));
            }
            assert!(Instant::now() < until, "the mail did not arrive in half a minute");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn a_reply_goes_through_a_real_server_into_a_real_mailbox_as_it_was_written() {
    let Some((smtp, imap, password)) = servers() else { return };
    let app = TestApp::with(|config| config.smtp_url = smtp);
    let form = Letterform {
        to: "hanako@example.jp".to_owned(),
        to_name: "髙橋 花子".to_owned(),
        subject: "市長への手紙について(回答) ①㈱髙 とても長い題名が折り返されても一字も変わらないこと"
            .to_owned(),
        text: "髙橋 花子 様\n\n街灯の件、①㈱髙🌸\n.\n..\nFrom 下関市\n".to_owned(),
        references: vec!["0123456789abcdef@city.example.lg.jp".to_owned()],
    };
    let id = queue(&app, &form);
    let counts = deliver::pass(&app.app).expect("a pass");
    assert_eq!(counts.sent, 1, "{counts:?}");
    let sent = app.read(|db| store::find(db, &id));
    assert_eq!(sent.state, MailState::Sent);
    let answer = Imap::sign_in(&imap, &form.to, &password).wait_for(&sent.message_id);
    // the literal begins after the line that announced it and ends before the closing bracket
    let raw = answer.trim_end().trim_end_matches(')').to_owned();
    assert_eq!(subject_of(&raw), form.subject);
    assert_eq!(text_of(&raw), form.text);
}

#[test]
fn what_a_real_server_refuses_ends_as_it_should() {
    let Some((smtp, ..)) = servers() else { return };
    for (to, state) in [("refused@example.jp", MailState::Failed), ("deferred@example.jp", MailState::Queued)]
    {
        let app = TestApp::with(|config| config.smtp_url.clone_from(&smtp));
        let id = queue(&app, &Letterform { to: to.to_owned(), ..Letterform::default() });
        deliver::pass(&app.app).expect("a pass");
        let mail = app.read(|db| store::find(db, &id));
        assert_eq!(mail.state, state, "{to}: {:?}", mail.last_error);
    }
}
