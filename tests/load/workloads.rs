//! What citizens and staff do, as steps of a client: each reads its page whole and fails on anything but the page.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::city::{TOKEN, Writer};
use crate::client::{Client, Form, Trouble, percent, send_letter, write_letter};
use crate::drive::Step;
use crate::server::Setup;

/// Every letter that was shown a receipt: code and body.
#[derive(Default)]
pub struct Accepted(Mutex<Vec<(String, String)>>);

impl Accepted {
    /// One more.
    pub fn add(&self, code: String, body: String) {
        self.0.lock().expect("one at a time").push((code, body));
    }

    /// All of them.
    pub fn all(self) -> Vec<(String, String)> {
        self.0.into_inner().expect("all clients have ended")
    }
}

/// A citizen's letter as form fields: every other one with a name and a mail address for the reply.
pub fn letter_fields(body: &str, number: usize) -> Vec<(&'static str, String)> {
    let mut fields = vec![("body", body.to_owned()), ("publish_ok", "yes".to_owned())];
    if number.is_multiple_of(2) {
        fields.extend([
            ("reply_wanted", "yes".to_owned()),
            ("reply_via", "email".to_owned()),
            ("name", "関門 渡".to_owned()),
            ("email", format!("wataru{number}@example.jp")),
        ]);
    } else {
        fields.push(("reply_wanted", "no".to_owned()));
    }
    fields
}

/// One GET after the other; the answer must be 200.
pub fn get(
    address: std::net::SocketAddr,
    mut path: impl FnMut() -> String,
) -> impl FnMut() -> Result<Step, Trouble> {
    let mut client = Client::new(address);
    move || {
        client.page(&path())?;
        Ok(Step::Done(None))
    }
}

/// One staff page after the other, signed in.
pub fn staff(setup: &Setup, path: impl Fn() -> String) -> impl FnMut() -> Result<Step, Trouble> {
    let mut client = staff_client(setup);
    move || {
        client.page(&path())?;
        Ok(Step::Done(None))
    }
}

/// Somebody of the listening office, signed in.
pub fn staff_client(setup: &Setup) -> Client {
    let mut client = Client::new(setup.staff);
    client.cookies.insert("hk_staff".to_owned(), TOKEN.to_owned());
    client
}

/// The search page of a word.
pub fn search_path(word: &str) -> String {
    format!("/letters?q={}", percent(word))
}

/// A letter from the empty form to the receipt: GET the form, POST to confirm, POST to send. The time that counts is
/// that of the last, the one that waits for the disk.
pub fn submit<'a>(
    setup: &Setup,
    accepted: &'a Accepted,
    seed: usize,
) -> impl FnMut() -> Result<Step, Trouble> + use<'a> {
    let mut client = Client::new(setup.citizen);
    let mut writer = Writer::new(seed as u64);
    let mut number = seed;
    move || {
        number += 1;
        let body = writer.body();
        let form = write_letter(&mut client, &letter_fields(&body, number))?;
        let at = Instant::now();
        let code = send_letter(&mut client, &form)?;
        accepted.add(code, body);
        Ok(Step::Done(Some(at.elapsed())))
    }
}

/// Letters already written and confirmed, each with its own form number: only the sending is left.
pub fn send_only<'a>(
    setup: &Setup,
    accepted: &'a Accepted,
    seed: usize,
    letters: usize,
) -> impl FnMut() -> Result<Step, Trouble> + use<'a> {
    let mut client = Client::new(setup.citizen);
    let mut writer = Writer::new(seed as u64);
    let mut ready: Vec<(Form, String)> = Vec::new();
    for number in 0..letters {
        let body = writer.body();
        // a form that cannot be had here is missed by the count below
        if let Ok(form) = write_letter(&mut client, &letter_fields(&body, number)) {
            ready.push((form, body));
        }
    }
    let missing = letters - ready.len();
    let mut told = missing == 0;
    move || {
        if !told {
            told = true;
            return Err(Trouble::Refused { status: 0, why: format!("{missing} forms could not be had") });
        }
        let Some((form, body)) = ready.pop() else { return Ok(Step::Over) };
        let code = send_letter(&mut client, &form)?;
        accepted.add(code, body);
        Ok(Step::Done(None))
    }
}

/// The numbers of the letters a page links to.
pub fn letters_on(page: &str) -> Vec<i64> {
    let mut ids: Vec<i64> = page
        .split("href=\"/letters/")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Sends a letter with a word nobody else uses and looks for it until staff can find it: how long that took from the
/// receipt, and how long the first look took by itself.
pub fn until_found(setup: &Setup, accepted: &Accepted, number: usize) -> Result<Duration, Trouble> {
    let mut citizen = Client::new(setup.citizen);
    let mut staff = staff_client(setup);
    let word = format!("mitsukaru{number:06}");
    let body = format!("索引を確かめる手紙です。{word} という語は他にありません。");
    let form = write_letter(&mut citizen, &letter_fields(&body, number))?;
    let code = send_letter(&mut citizen, &form)?;
    accepted.add(code, body);
    let at = Instant::now();
    loop {
        let page = staff.page(&search_path(&word))?;
        if !letters_on(&page.text()).is_empty() {
            return Ok(at.elapsed());
        }
        if at.elapsed() > Duration::from_secs(30) {
            return Err(page.refusal("the letter is not found after 30 s"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
