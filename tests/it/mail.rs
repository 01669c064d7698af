//! Handing mails over: what each answer of a server, or none, makes of a mail.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use hirokiku::mail::deliver::{self, Counts};
use hirokiku::mail::{self, Letterform, MailKind, MailState, Prepared, Settlement, store};
use hirokiku::trail::By;

use crate::app::TestApp;

/// What the server does with one connection.
#[derive(Clone, Copy)]
pub enum Turn {
    /// Takes the mail.
    Accept,
    /// Answers RCPT with this.
    AtRecipient(&'static str),
    /// Answers the final dot with this.
    AtDot(&'static str),
    /// Goes away when DATA comes, before the text.
    GoneAtData,
    /// Asks for the text and goes away.
    GoneInText,
    /// Takes the text and goes away without a word.
    GoneAtDot,
    /// Takes the text and says nothing, for as long as anybody listens.
    SilentAtDot,
    /// Greets with this.
    AtGreeting(&'static str),
}

/// A mail server that does as it is told, connection by connection; the last turn is repeated.
pub struct Smtp {
    address: String,
    taken: Arc<Mutex<Vec<(String, String)>>>,
    envelopes: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    pub fn start(turns: &[Turn]) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let envelopes = Arc::new(Mutex::new(Vec::new()));
        let (turns, mails, told) = (turns.to_vec(), taken.clone(), envelopes.clone());
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().enumerate() {
                let turn = turns.get(n).or(turns.last()).copied().unwrap_or(Turn::Accept);
                let (stream, mails, told) = (stream.expect("a connection"), mails.clone(), told.clone());
                std::thread::spawn(move || converse(&stream, turn, &mails, &told));
            }
        });
        Smtp { address, taken, envelopes }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Recipient and bytes of every mail the server has said yes to, or taken without a word.
    pub fn taken(&self) -> Vec<(String, String)> {
        self.taken.lock().expect("one thread at a time").clone()
    }

    /// Every MAIL and RCPT command with its parameters.
    pub fn envelopes(&self) -> Vec<String> {
        self.envelopes.lock().expect("one thread at a time").clone()
    }
}

fn converse(
    stream: &TcpStream,
    turn: Turn,
    mails: &Mutex<Vec<(String, String)>>,
    envelopes: &Mutex<Vec<String>>,
) {
    let mut lines = BufReader::new(stream);
    let mut out = stream;
    let mut say = |text: &str| drop(write!(out, "{text}\r\n"));
    if let Turn::AtGreeting(text) = turn {
        say(text);
        return;
    }
    say("220 test.example ESMTP");
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.starts_with("MAIL") || line.starts_with("RCPT") {
            envelopes.lock().expect("one thread at a time").push(line.trim_end().to_owned());
        }
        match (line.get(..4).unwrap_or("").to_ascii_uppercase().as_str(), turn) {
            ("EHLO", _) => say("250-test.example\r\n250-DSN\r\n250 8BITMIME"),
            ("RCPT", Turn::AtRecipient(text)) => say(text),
            ("RCPT", _) => {
                to = line.split(" NOTIFY").next().unwrap_or_default().trim_end().to_owned();
                say("250 ok");
            }
            ("DATA", Turn::GoneAtData) => return,
            ("DATA", _) => {
                say("354 go on");
                if matches!(turn, Turn::GoneInText) {
                    return;
                }
                let mut text = String::new();
                loop {
                    let mut line = String::new();
                    if lines.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                if let Turn::AtDot(answer) = turn {
                    say(answer);
                    continue;
                }
                mails.lock().expect("one thread at a time").push((to.clone(), text));
                if matches!(turn, Turn::GoneAtDot) {
                    return;
                }
                if matches!(turn, Turn::SilentAtDot) {
                    continue;
                }
                say("250 2.0.0 Ok: queued as 1A2B3C for hanako@example.jp");
            }
            ("QUIT", _) => {
                say("221 bye");
                return;
            }
            _ => say("250 ok"),
        }
    }
}

/// The subject of a mail as its reader sees it.
pub fn subject_of(raw: &str) -> String {
    decoded_words(&header(raw, "Subject"))
}

fn header(raw: &str, name: &str) -> String {
    let head = raw.split("\r\n\r\n").next().unwrap_or("").replace("\r\n ", " ");
    let start = format!("{name}: ");
    head.lines().find_map(|l| l.strip_prefix(start.as_str())).unwrap_or("").to_owned()
}

fn decoded_words(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ') {
        match word.strip_prefix("=?utf-8?b?").and_then(|w| w.strip_suffix("?=")) {
            Some(word) => {
                let bytes = STANDARD.decode(word).expect("base64");
                out.push_str(&String::from_utf8(bytes).expect("whole characters"));
            }
            None => {
                out.push(' ');
                out.push_str(word);
            }
        }
    }
    out.trim().to_owned()
}

/// The text of a mail as its reader sees it.
pub fn text_of(raw: &str) -> String {
    let (_, body) = raw.split_once("\r\n\r\n").expect("a head and a body");
    match header(raw, "Content-Transfer-Encoding").as_str() {
        "base64" => {
            let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base64");
            String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
        }
        "7bit" | "8bit" => body.replace("\r\n", "\n"),
        other => panic!("{other} is not read by this test"),
    }
}

/// Puts a receipt in the outbox, past the rules on how many one address gets, and gives its id.
pub fn queue(app: &TestApp, form: &Letterform) -> String {
    let prepared = Prepared::seal(&app.app.sealer, &app.clock, &app.app.config, MailKind::Receipt, form)
        .expect("sealed");
    let id = prepared.id.clone();
    app.write(move |db| store::insert(db, &prepared));
    id
}

fn to_hanako() -> Letterform {
    Letterform {
        to: "hanako@example.jp".to_owned(),
        to_name: "髙橋 花子".to_owned(),
        subject: "受付の控え ①㈱髙".to_owned(),
        text: "お手紙を受け付けました。\n.\n髙橋様 ①㈱ 🌸\n".to_owned(),
        references: Vec::new(),
    }
}

fn at(url: String) -> TestApp {
    TestApp::with(|config| config.smtp_url = url)
}

fn pass(app: &TestApp) -> Counts {
    deliver::pass(&app.app).expect("a pass")
}

fn entry(app: &TestApp, id: &str) -> store::Entry {
    app.read(|db| store::find(db, id))
}

fn history(app: &TestApp, id: &str) -> Vec<String> {
    app.read(|db| hirokiku::trail::of_subject(db, hirokiku::trail::Subject::Mail, id))
        .into_iter()
        .map(|line| line.act)
        .collect()
}

#[test]
fn an_accepted_mail_is_sent_once_and_reads_as_it_was_written() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    assert_eq!(pass(&app), Counts { sent: 1, ..Counts::default() });
    assert!(!pass(&app).any(), "nothing is left to send");
    let mails = smtp.taken();
    assert_eq!(mails.len(), 1);
    let (to, raw) = &mails[0];
    assert_eq!(to, "RCPT TO:<hanako@example.jp>");
    assert_eq!(subject_of(raw), to_hanako().subject);
    assert!(text_of(raw).starts_with(to_hanako().text.trim_end()), "{raw}");
    assert!(decoded_words(&header(raw, "To")).starts_with("髙橋 花子"), "{raw}");
    let mail = entry(&app, &id);
    assert_eq!((mail.state, mail.attempts), (MailState::Sent, 1));
    assert_eq!(mail.server_reply.as_deref(), Some("2.0.0 Ok: queued as 1A2B3C for (宛先)"));
    assert_eq!(history(&app, &id), ["mail.sent"]);
}

#[test]
fn rule_40_a_mail_refused_for_now_is_tried_again_later_and_given_up_in_two_days() {
    let smtp = Smtp::start(&[Turn::AtRecipient("450 4.2.1 <hanako@example.jp> try later")]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    assert_eq!(pass(&app), Counts { again: 1, ..Counts::default() });
    assert!(!pass(&app).any(), "not before its time");
    let mail = entry(&app, &id);
    assert_eq!(mail.state, MailState::Queued);
    assert_eq!(mail.next_at.utc(), app.clock.now() + Duration::minutes(1));
    assert_eq!(mail.last_error.as_deref(), Some("450 4.2.1 (宛先) try later"));
    for _ in 0..20 {
        app.clock.advance(Duration::hours(8));
        pass(&app);
    }
    assert_eq!(entry(&app, &id).state, MailState::Failed);
    assert!(smtp.taken().is_empty());
}

#[test]
fn rule_40_a_mail_refused_for_good_waits_for_a_person() {
    for turn in [Turn::AtRecipient("550 5.1.1 no such user"), Turn::AtDot("554 5.7.1 not wanted")] {
        let smtp = Smtp::start(&[turn]);
        let app = at(smtp.url());
        let id = queue(&app, &to_hanako());
        assert_eq!(pass(&app), Counts { failed: 1, ..Counts::default() });
        app.clock.advance(Duration::days(3));
        assert!(!pass(&app).any());
        let mail = entry(&app, &id);
        assert_eq!(mail.state, MailState::Failed);
        assert!(mail.last_error.is_some_and(|e| e.starts_with("55")));
        assert_eq!(history(&app, &id), ["mail.failed"]);
    }
}

#[test]
fn a_mail_refused_for_now_after_its_text_is_not_in_doubt() {
    let smtp = Smtp::start(&[Turn::AtDot("451 4.3.0 later"), Turn::Accept]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    pass(&app);
    assert_eq!(entry(&app, &id).state, MailState::Queued);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(pass(&app).sent, 1);
    assert_eq!(smtp.taken().len(), 1);
}

#[test]
fn rule_39_a_mail_whose_text_went_out_without_an_answer_stays_in_doubt_and_is_not_sent_again() {
    for turn in [Turn::GoneInText, Turn::GoneAtDot] {
        let smtp = Smtp::start(&[turn, Turn::Accept]);
        let app = at(smtp.url());
        let id = queue(&app, &to_hanako());
        assert_eq!(pass(&app), Counts { in_doubt: 1, ..Counts::default() });
        app.clock.advance(Duration::days(30));
        assert!(!pass(&app).any());
        assert_eq!(entry(&app, &id).state, MailState::InDoubt);
        assert_eq!(history(&app, &id), ["mail.in_doubt"]);
        assert!(smtp.taken().len() <= 1);
    }
}

#[test]
fn a_server_that_goes_away_before_the_text_costs_only_time() {
    let smtp = Smtp::start(&[Turn::AtGreeting("421 busy"), Turn::GoneAtData, Turn::Accept]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    for minutes in [1, 5] {
        let counts = pass(&app);
        assert_eq!((counts.again, counts.in_doubt), (1, 0), "{counts:?}");
        assert_eq!(entry(&app, &id).state, MailState::Queued);
        app.clock.advance(Duration::minutes(minutes));
    }
    assert_eq!(pass(&app).sent, 1);
}

#[test]
fn without_a_server_listening_a_mail_waits_and_the_rest_are_not_tried_in_vain() {
    let app = at("smtp://127.0.0.1:1".to_owned());
    let ids = [queue(&app, &to_hanako()), queue(&app, &to_hanako())];
    let counts = pass(&app);
    assert!(counts.again == 1 && counts.trouble.is_some(), "{counts:?}");
    assert!(ids.iter().all(|id| entry(&app, id).state == MailState::Queued));
}

#[test]
fn without_a_server_in_the_settings_mails_stay_queued_and_readable() {
    let app = TestApp::new();
    let id = queue(&app, &to_hanako());
    assert!(!pass(&app).any());
    let mail = entry(&app, &id);
    assert_eq!((mail.state, mail.attempts), (MailState::Queued, 0));
    let (key, sealed) = app.read(|db| store::sealed(db, &id));
    assert_eq!(mail::open(&app.app.sealer, &id, key, &sealed).expect("it opens"), to_hanako());
}

#[test]
fn a_demo_city_sends_nothing_to_another_machine() {
    let app = TestApp::with(|config| {
        config.demo = true;
        config.smtp_url = "smtp://mail.example.jp".to_owned();
    });
    let id = queue(&app, &to_hanako());
    assert!(deliver::pass(&app.app).is_err());
    assert_eq!(entry(&app, &id).state, MailState::Queued);
}

#[test]
fn rule_39_two_workers_at_once_send_every_mail_once() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = at(smtp.url());
    let count = 12;
    for n in 0..count {
        queue(&app, &Letterform { subject: format!("控え {n}"), ..to_hanako() });
    }
    let sent: usize = std::thread::scope(|threads| {
        let workers: Vec<_> = (0..2).map(|_| threads.spawn(|| pass(&app).sent)).collect();
        workers.into_iter().map(|w| w.join().expect("a worker")).sum()
    });
    let mut subjects: Vec<String> = smtp.taken().iter().map(|(_, raw)| subject_of(raw)).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!((sent, subjects.len(), smtp.taken().len()), (count, count, count));
}

#[test]
fn rule_39_a_worker_killed_after_its_claim_leaves_the_mail_to_a_person() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    let (taken, now) = (id.clone(), app.clock.now().into());
    assert!(app.write(move |db| store::claim(db, &taken, 0, now)), "then the worker dies");
    app.clock.advance(Duration::days(1));
    assert!(!pass(&app).any());
    assert_eq!(entry(&app, &id).state, MailState::InDoubt);
    let (settled, now) = (id.clone(), app.clock.now());
    app.write(move |db| mail::settle(db, &By::system(), now, &settled, Settlement::Resend, "届いていない"));
    assert_eq!(pass(&app).sent, 1);
    assert_eq!(history(&app, &id), ["mail.settled", "mail.sent"]);
}

#[test]
fn rule_39_a_program_killed_while_it_waits_for_the_answer_to_a_text_leaves_the_mail_to_a_person() {
    let smtp = Smtp::start(&[Turn::SilentAtDot, Turn::Accept]);
    let app = at(smtp.url());
    let id = queue(&app, &to_hanako());
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_hirokiku"))
        .arg("deliver")
        .env("HIROKIKU_DATA", app.data.path())
        .env("DATABASE_URL", app.app.config.database_url())
        .env("HIROKIKU_SMTP_URL", smtp.url())
        .spawn()
        .expect("it starts");
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while smtp.taken().is_empty() {
        assert!(std::time::Instant::now() < patience, "the text arrives");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    program.kill().expect("it runs");
    program.wait().expect("it ends");
    assert_eq!(entry(&app, &id).state, MailState::InDoubt, "that was written down before the text went out");
    app.clock.advance(Duration::days(300));
    assert!(!pass(&app).any());
    assert_eq!((entry(&app, &id).state, smtp.taken().len()), (MailState::InDoubt, 1));
}

#[test]
fn rule_41_carriers_addresses_that_break_the_rules_are_answered_in_quotes() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = at(smtp.url());
    for to in ["a..b@docomo.ne.jp", "a.@ezweb.ne.jp"] {
        queue(&app, &Letterform { to: to.to_owned(), ..to_hanako() });
    }
    pass(&app);
    let to: Vec<String> = smtp.taken().into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, ["RCPT TO:<\"a..b\"@docomo.ne.jp>", "RCPT TO:<\"a.\"@ezweb.ne.jp>"]);
}

#[test]
fn an_address_nobody_can_write_to_is_shown_to_a_person_and_stops_nothing_else() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = at(smtp.url());
    let wrong = queue(&app, &Letterform { to: "花子".to_owned(), ..to_hanako() });
    queue(&app, &to_hanako());
    let counts = pass(&app);
    assert_eq!((counts.failed, counts.sent), (1, 1));
    let why = entry(&app, &wrong).last_error.expect("a reason");
    assert!(why.contains("形が正しくありません") && !why.contains("花子"), "{why}");
}
