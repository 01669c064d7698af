//! Machines that write to each other stop: two cities that believe each other to be citizens, and a broken responder.
//!
//! Every mail is composed, handed over by SMTP and taken in as octets; only the post office between them is ours.

use chrono::Duration;
use hirokiku::intake::mail::{self as incoming, Envelope, Raw, Source};
use hirokiku::mail::deliver;

use crate::app::TestApp;
use crate::mail::{Smtp, Turn};

/// A house with its mail server; what the server took waits for the post office.
struct City {
    app: TestApp,
    address: String,
    smtp: Smtp,
    fetched: usize,
}

/// A mail on its way: from and to of the envelope, octets.
type Posted = (String, String, String);

impl City {
    fn new(domain: &str) -> City {
        let smtp = Smtp::start(&[Turn::Accept]);
        let address = format!("mayor@{domain}");
        let (url, from) = (smtp.url(), address.clone());
        let app = TestApp::with(move |config| {
            config.smtp_url = url;
            config.mail_from = from;
        });
        City { app, address, smtp, fetched: 0 }
    }

    fn take_in(&self, (from, to, octets): &Posted) {
        let raw = Raw {
            source: Source::Import,
            account: "test".to_owned(),
            envelope: Envelope { sender: Some(from.clone()), recipients: vec![to.clone()] },
            octets: octets.clone().into_bytes(),
            received_at: self.app.clock.now(),
            place: None,
        };
        incoming::keep(&self.app.app, vec![raw]).expect("kept");
        incoming::process(&self.app.app, 10).expect("processed");
    }

    /// What went out since the last time.
    fn collect(&mut self) -> Vec<Posted> {
        deliver::pass(&self.app.app).expect("a pass");
        let between =
            |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().trim_matches('"').to_owned();
        let envelopes = self.smtp.envelopes();
        let mails = self.smtp.taken().into_iter().enumerate().skip(self.fetched);
        let posted: Vec<Posted> =
            mails.map(|(n, (to, raw))| (between(&envelopes[2 * n]), between(&to), raw)).collect();
        self.fetched += posted.len();
        posted
    }
}

fn line(raw: &str, name: &str) -> String {
    let head = raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let start = format!("{name}: ");
    head.lines().find_map(|l| l.strip_prefix(&start)).unwrap_or_default().to_owned()
}

/// A gateway that takes off whatever would tell a machine's mail, and gives it a sender.
fn mangled((_, to, raw): Posted, from: &str) -> Posted {
    let telling = ["Auto-Submitted", "X-Auto-Response-Suppress", "X-Loop", "List-Unsubscribe", "Precedence"];
    let kept = |l: &&str| !telling.iter().any(|name| l.starts_with(name));
    let raw = raw.split("\r\n").filter(kept).collect::<Vec<_>>().join("\r\n");
    (from.to_owned(), to, raw)
}

const RESPONDER: &str = "tanaka@responder.example";

/// Answers everything, at once, as if a person did: no sign of a machine, a fresh id, no reference to what it answers.
fn respond((_, _, raw): &Posted, n: usize) -> Posted {
    let to = match line(raw, "Reply-To") {
        reply if reply.is_empty() => line(raw, "From"),
        reply => reply,
    };
    let to = to.rsplit('<').next().unwrap_or_default().trim_end_matches('>').to_owned();
    let octets = format!(
        "From: <{RESPONDER}>\r\nTo: <{to}>\r\nSubject: hai {n}\r\nMessage-ID: <{n}@responder.example>\r\n\
         Date: Wed, 01 Apr 2026 10:00:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Moshi moshi, henji desu. {n}\r\n"
    );
    (RESPONDER.to_owned(), to, octets)
}

/// Lets the mails go round until the post office is empty or many hours have passed; gives how many mails each of the
/// two cities wrote.
fn go_round(mangles: bool) -> [usize; 2] {
    let mut cities = [City::new("city-a.example"), City::new("city-b.example")];
    let own = cities[1].address.clone();
    let seed = |from: &str, to: &str| {
        let octets = format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: machi\r\nMessage-ID: <seed-{from}>\r\n\
             Date: Wed, 01 Apr 2026 10:00:00 +0900\r\n\r\nMichi ga kurai desu.\r\n"
        );
        (from.to_owned(), to.to_owned(), octets)
    };
    // a person writes to the one city under the other's address, and the responder writes to both
    let mut waiting = vec![
        seed(&own, &cities[0].address),
        seed(RESPONDER, &cities[0].address),
        seed(RESPONDER, &cities[1].address),
    ];
    let (mut wrote, mut answered) = ([0; 2], 0);
    for _ in 0..60 {
        let mut next = Vec::new();
        for posted in waiting.drain(..) {
            let to = posted.1.to_lowercase();
            if to == RESPONDER {
                answered += 1;
                next.push(respond(&posted, answered));
            } else if let Some(city) =
                cities.iter().find(|c| to.ends_with(c.address.split_once('@').expect("@").1))
            {
                city.take_in(&posted);
            }
        }
        for (n, city) in cities.iter_mut().enumerate() {
            for posted in city.collect() {
                wrote[n] += 1;
                let from = city.address.clone();
                next.push(if mangles { mangled(posted, &from) } else { posted });
            }
            city.app.clock.advance(Duration::minutes(20));
        }
        waiting = next;
        if waiting.is_empty() {
            break;
        }
    }
    assert!(waiting.is_empty(), "mails still go round after twenty hours");
    wrote
}

#[test]
fn rule_31_two_cities_and_a_broken_responder_stop_after_one_mail_to_each() {
    let [a, b] = go_round(false);
    assert!(
        a <= 2 && b <= 2,
        "A wrote {a}, B wrote {b}: one to each of two correspondents in a day is the limit"
    );
    assert!(a >= 1 && b >= 1, "a person's first mail is confirmed: {a}, {b}");
}

#[test]
fn rule_31_the_count_stops_them_even_when_nothing_tells_a_machine() {
    let [a, b] = go_round(true);
    assert!(
        a <= 2 && b <= 2,
        "A wrote {a}, B wrote {b}: one to each of two correspondents in a day is the limit"
    );
}
