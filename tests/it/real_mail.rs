//! Through a real Postfix into a real Dovecot mailbox. `docs/testing.md` says how the two are started.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hirokiku::mail::reader::{self, Limits};
use hirokiku::mail::{Letterform, MailKind, MailState, Prepared, deliver, store};

use crate::app::{TestApp, nothing_left_out};
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
pub struct Imap {
    lines: BufReader<TcpStream>,
    tag: u32,
}

impl Imap {
    /// Signs in.
    pub fn sign_in(address: &str, user: &str, password: &str) -> Imap {
        let stream = TcpStream::connect(address).expect("Dovecot answers");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        let mut imap = Imap { lines: BufReader::new(stream), tag: 0 };
        let mut greeting = String::new();
        imap.lines.read_line(&mut greeting).expect("a greeting");
        imap.command(&format!("LOGIN \"{user}\" \"{password}\""));
        imap
    }

    /// Sends a command that must succeed and gives all its answer, literals in their place.
    pub fn command(&mut self, text: &str) -> String {
        self.try_command(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
    }

    /// Puts a mail into a folder.
    pub fn append(&mut self, folder: &str, mail: &str) {
        self.tag += 1;
        let tag = format!("a{}", self.tag);
        // a literal the server need not ask for (RFC 7888)
        write!(self.lines.get_mut(), "{tag} APPEND \"{folder}\" {{{}+}}\r\n{mail}\r\n", mail.len())
            .expect("sent");
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("an answer");
        assert!(line.starts_with(&format!("{tag} OK")), "{line}");
    }

    /// Sends a command; the server's refusal is an error.
    pub fn try_command(&mut self, text: &str) -> Result<String, String> {
        self.tag += 1;
        let tag = format!("a{}", self.tag);
        write!(self.lines.get_mut(), "{tag} {text}\r\n").expect("sent");
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).expect("an answer") > 0, "Dovecot hung up");
            if let Some(done) = line.strip_prefix(&format!("{tag} ")) {
                return if done.starts_with("OK") { Ok(answer) } else { Err(done.to_owned()) };
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
    assert!(text_of(&raw).starts_with(form.text.trim_end()), "{raw}");
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

/// What CPython's own mail package makes of a mail. The name is read by its older functions: the newer ones of some
/// versions put a blank between the encoded words of a name that was folded.
const PYTHON: &str = r"
import sys, json, email, email.policy
from email.header import decode_header, make_header
from email.utils import parseaddr
raw = sys.stdin.buffer.read()
mail = email.message_from_bytes(raw, policy=email.policy.default)
name, to = parseaddr(email.message_from_bytes(raw)['to'])
print(json.dumps({'subject': str(mail['subject']), 'name': str(make_header(decode_header(name))), 'to': to,
                  'references': [i.strip('<>') for i in str(mail['references'] or '').split()],
                  'text': mail.get_content().replace('\r\n', '\n')}))
";

/// A mail as somebody else's program reads it; none without the program, said aloud.
fn read_by_python(raw: &str) -> Option<serde_json::Value> {
    let python = std::process::Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        assert!(!nothing_left_out(), "python3 is not there");
        println!("left out: no second opinion on our mails (python3 is not there)");
        return None;
    };
    python.stdin.take().expect("a pipe").write_all(raw.as_bytes()).expect("written");
    let out = python.wait_with_output().expect("an answer");
    Some(serde_json::from_slice(&out.stdout).expect("JSON"))
}

/// Mails as awkward as the office may write them: lengths at which a fold or an encoded word falls inside a character,
/// names with commas, half-width kana, marks outside Unicode's first plane, many references.
fn awkward() -> Vec<Letterform> {
    let form = |subject: &str, to_name: &str, references: usize| Letterform {
        to: "hanako@example.jp".to_owned(),
        to_name: to_name.to_owned(),
        subject: subject.to_owned(),
        text: format!(
            "{to_name} 様\n\n①㈱髙﨑🌸 ハンカク ~\\\n.\n..\nFrom 下関市\n{}\n",
            "長い行。".repeat(600)
        ),
        references: (0..references).map(|n| format!("{n:040}@city.example.lg.jp")).collect(),
    };
    let mut forms: Vec<Letterform> = (1..=24)
        .map(|n| {
            let subject = format!("Re: {} [受付番号 1234-5678-9018]", "髙①㈱".repeat(n));
            form(&subject, &"髙橋".repeat(n), n)
        })
        .collect();
    forms.push(form("Re: Street lights are out [1234-5678-9018]", "Hanako Chofu", 30));
    forms.push(form("ハンカクと結合カ\u{3099}と🏯と=?utf-8?B?44GC?=の字面", "長府, 花子 \"はな\"", 30));
    forms.push(form("半角 と  二つの空白", "髙", 0));
    forms
}

#[test]
fn rule_40_what_we_write_is_read_back_to_the_letter_by_cpython_and_by_our_own_reader() {
    let Some((smtp, imap, password)) = servers() else { return };
    let app = TestApp::with(|config| config.smtp_url = smtp);
    let mut inbox = Imap::sign_in(&imap, "hanako@example.jp", &password);
    for mut form in awkward() {
        let (sealer, clock, config) = (&app.app.sealer, &app.clock, &app.app.config);
        // the staff's digest: a mail that goes as it is written, without an approval
        let mail = Prepared::seal(sealer, clock, config, MailKind::Digest, &form).expect("sealed");
        let message_id = mail.message_id.clone();
        app.write(move |db| store::insert(db, &mail));
        assert_eq!(deliver::pass(&app.app).expect("a pass").sent, 1);
        // of several blanks one goes out, so that no words run together
        form.subject = form.subject.replace("  ", " ");
        let answer = inbox.wait_for(&message_id);
        let raw = answer.trim_end().trim_end_matches(')');
        let head = raw.split("\r\n\r\n").next().unwrap_or_default();
        for line in head.lines() {
            assert!(line.len() <= 78, "{line}");
            assert!(line.split(' ').all(|w| !w.starts_with("=?") || w.len() <= 75), "{line}");
        }
        assert!(raw.lines().all(|l| l.len() <= 998));

        let reading = reader::read(raw.as_bytes(), &Limits::default());
        let to = reading.to.first().expect("a receiver");
        assert_eq!(reading.subject, form.subject, "our reader");
        assert_eq!(
            (to.name.as_str(), to.address.as_deref()),
            (form.to_name.as_str(), Some(form.to.as_str()))
        );
        assert_eq!(reading.references, form.references);
        assert_eq!(reading.text.trim_end(), form.text.trim_end(), "our reader");
        assert_eq!(reading.message_id.as_deref(), Some(message_id.as_str()));

        let Some(read) = read_by_python(raw) else { continue };
        assert_eq!(read["subject"], form.subject.as_str(), "CPython");
        assert_eq!((read["name"].as_str(), read["to"].as_str()), (Some(&*form.to_name), Some(&*form.to)));
        assert_eq!(read["references"], serde_json::json!(form.references));
        assert_eq!(read["text"].as_str().map(str::trim_end), Some(form.text.trim_end()), "CPython");
    }
}
