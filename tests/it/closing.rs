//! The last minutes of a period: whatever was received before midnight counts as in time, nothing after does, and what a
//! receipt says is what is counted. By a clock that stands still, and by the real program, killed all through closing time.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};

use chrono::{DateTime, Duration, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::calendar;
use hirokiku::clock::Clock;
use hirokiku::consultations::submission::State;
use hirokiku::db::Instant;
use hirokiku::db::schema::{outbox, submission};
use hirokiku::{opinions, safekeeping, trail};

use crate::app::{Browser, Page, TestApp};
use crate::citizen::{carried, pairs};
use crate::client::{Client, Form, receipt_code, write_opinion};
use crate::consultations::{announced, at, confirmed, sent, states};
use crate::flood::{set, solved};
use crate::kill::{again, kills};
use crate::results::published;
use crate::server::{Server, Setup};

/// The end of the last day of [`announced`].
fn closing() -> DateTime<Utc> {
    at("2026-05-01T00:00:00+09:00")
}

const LATE: &str = "期限後に届きました";
const OUTSIDE: &str = "募集期間の外です";
const NO_ANSWER: &str = "市の考え方をお答えする対象にはなりません";

/// The text of the newest mail to a citizen.
pub fn last_mail(app: &TestApp) -> String {
    let (id, key, bytes): (String, i64, Vec<u8>) = app.read(|db| {
        let newest = outbox::table.order(outbox::id.desc());
        Ok(newest.select((outbox::id, outbox::seal_key_id, outbox::sealed)).first(db)?)
    });
    hirokiku::mail::open(&app.app.sealer, &id, key, &bytes).expect("it opens").text
}

fn received(app: &TestApp) -> Vec<(State, DateTime<Utc>)> {
    let rows: Vec<(State, Instant)> = app.read(|db| {
        let rows = submission::table.order(submission::id);
        Ok(rows.select((submission::state, submission::received_at)).load(db)?)
    });
    rows.into_iter().map(|(state, at)| (state, at.utc())).collect()
}

#[actix_web::test]
async fn a_form_opened_before_midnight_and_sent_after_is_taken_and_its_sender_told_plainly() {
    let app = TestApp::new();
    let id = announced(&app).await;
    app.clock.set(closing() - Duration::milliseconds(1));
    let timely = sent(&app, id, &[("contact", "yui@example.jp")]).await;
    timely.shows("4月30日(木) 23:59").hides(LATE).shows("市の考え方をまとめて").hides(NO_ANSWER);
    let mail = last_mail(&app);
    assert!(mail.contains("市の考え方をまとめて") && !mail.contains(NO_ANSWER), "{mail}");
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[("opinion", "書いているうちに日が変わりました。")]).await;
    confirm.hides(OUTSIDE);
    app.clock.set(closing());
    let receipt = browser.post(&format!("/consultations/{id}/comments"), &pairs(&carried(&confirm))).await;
    receipt.shows("ご意見を受け付けました").shows("5月1日(金) 0:00").shows(LATE).shows("分けて数えます");
    // it is promised no answer, neither there nor later
    receipt.shows(NO_ANSWER).hides("市の考え方をまとめて");
    let numbers: Vec<&str> =
        receipt.body.split("receipt-code\">").skip(1).filter_map(|r| r.split('<').next()).collect();
    let browser = app.citizen();
    let form = browser.get("/receipts").await;
    let status = browser.submit(&form, "/receipts", &[("code", numbers[0]), ("secret", numbers[1])]).await;
    status.shows(LATE).shows(NO_ANSWER).hides("すべてのご意見を読みます");
    sent(&app, id, &[("opinion", "控えもください。"), ("contact", "yui@example.jp")]).await.shows(LATE);
    let mail = last_mail(&app);
    assert!(mail.contains("が終わったあとに届きました。") && mail.contains(NO_ANSWER), "{mail}");
    assert!(!mail.contains("市の考え方をまとめて"), "{mail}");
    let form = app.citizen().get(&format!("/consultations/{id}/comments/new")).await;
    form.shows("いまは意見を受け付けていません").shows("市長へ手紙を書く");
    assert_eq!(states(&app), ["received", "late", "late"]);
}

#[actix_web::test]
async fn what_we_asked_to_send_again_counts_from_the_first_press() {
    let app = TestApp::with(|config| config.submissions_per_network = 1);
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    app.clock.set(closing() - Duration::seconds(1));
    sent(&app, id, &[]).await.shows("ご意見を受け付けました");
    // the same network again: it has to wait, and waits past midnight
    let mut browser = app.citizen();
    let confirm = confirmed(&browser, id, &[("opinion", "図書館から送りました。")]).await;
    let wait = browser.post(&path, &pairs(&carried(&confirm))).await;
    assert_eq!(wait.status, 429);
    wait.shows("図書館から送りました。").shows("受付の時刻は、最初にボタンを押した時刻です。");
    app.clock.set(closing() + Duration::minutes(9));
    browser.peer = ([127, 0, 0, 2], 50_000).into();
    let receipt = browser.post(&path, &pairs(&carried(&wait))).await;
    receipt.shows("ご意見を受け付けました").shows("4月30日(木) 23:59").hides(LATE);
    // other words under the same word are what is sent now
    browser.peer = ([127, 0, 0, 3], 50_000).into();
    let confirm = confirmed(&browser, id, &[("opinion", "いま思いつきました。")]).await;
    let mut others = carried(&confirm);
    let word = carried(&wait).into_iter().find(|(name, _)| name == "waiting").expect("a signed word");
    others.push(word);
    browser.post(&path, &pairs(&others)).await.shows(LATE);
    let last = closing() - Duration::seconds(1);
    let late = closing() + Duration::minutes(9);
    assert_eq!(received(&app), [(State::Received, last), (State::Received, last), (State::Late, late)]);
}

/// Sends a page from a browser whose cookie is no longer that of its form; the page that asks to press once more.
async fn asked_again(browser: &Browser, path: &str, page: &Page) -> Page {
    let mut other = browser.cookies.lock().expect("one thread").get("hk_form").cloned().unwrap_or_default();
    other.push('x');
    browser.cookies.lock().expect("one thread").insert("hk_form".to_owned(), other);
    let asked = browser.post(path, &pairs(&carried(page))).await;
    assert_eq!(asked.status, 409);
    asked.shows("もう一度、ボタンを押してください").shows("受付の時刻は、最初にボタンを押した時刻です。");
    asked
}

#[actix_web::test]
async fn a_form_that_lay_open_for_weeks_or_lost_its_cookie_counts_from_its_first_press() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    let last = closing() - Duration::seconds(1);
    let old = app.citizen();
    let weeks = confirmed(&old, id, &[("opinion", "二週間、考えました。")]).await;
    app.clock.set(last);
    let asked_old = old.post(&path, &pairs(&carried(&weeks))).await;
    assert_eq!(asked_old.status, 409);
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[]).await;
    let asked = asked_again(&browser, &path, &confirm).await;
    let third = app.citizen();
    let confirm = confirmed(&third, id, &[("opinion", "寝てしまいました。")]).await;
    let slept = asked_again(&third, &path, &confirm).await;
    // past midnight both are in time
    app.clock.set(closing() + Duration::minutes(30));
    for (who, page) in [(&old, &asked_old), (&browser, &asked)] {
        let receipt = who.post(&path, &pairs(&carried(page))).await;
        receipt.shows("ご意見を受け付けました").shows("4月30日(木) 23:59").hides(LATE);
    }
    // asked again and again, it is still the first press that counts, but for two hours only
    app.clock.set(closing() + Duration::hours(1));
    let again = asked_again(&third, &path, &slept).await;
    app.clock.set(closing() + Duration::hours(2));
    third.post(&path, &pairs(&carried(&again))).await.shows(LATE);
    let late = closing() + Duration::hours(2);
    assert_eq!(received(&app), [(State::Received, last), (State::Received, last), (State::Late, late)]);
}

#[actix_web::test]
async fn what_was_signed_before_midnight_serves_neither_other_words_nor_another_form() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    app.clock.set(closing() - Duration::seconds(1));
    let (browser, other) = (app.citizen(), app.citizen());
    let confirm = confirmed(&browser, id, &[("opinion", "とりあえず。")]).await;
    let asked = asked_again(&browser, &path, &confirm).await;
    let spare = confirmed(&other, id, &[("opinion", "とりあえず。")]).await;
    app.clock.set(closing() + Duration::minutes(1));
    let mut words = carried(&asked);
    words
        .iter_mut()
        .filter(|(name, _)| name == "opinion")
        .for_each(|(_, v)| *v = "夜中に書きました。".to_owned());
    browser.post(&path, &pairs(&words)).await.shows(LATE);
    let mut form = carried(&spare);
    form.push(carried(&asked).into_iter().find(|(name, _)| name == "waiting").expect("a signed word"));
    other.post(&path, &pairs(&form)).await.shows(LATE);
    assert_eq!(states(&app), ["late", "late"]);
}

#[actix_web::test]
async fn when_we_could_not_store_it_before_midnight_it_is_in_time_all_the_same() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    let browser = app.citizen();
    app.clock.set(closing() - Duration::hours(1));
    let confirm = confirmed(&browser, id, &[]).await;
    app.clock.set(closing() - Duration::seconds(2));
    app.write(|db| Ok(db.batch_execute("ALTER TABLE submission_point RENAME TO submission_point_away")?));
    let trouble = browser.post(&path, &pairs(&carried(&confirm))).await;
    assert_eq!(trouble.status, 500);
    trouble.shows("通学路を先に進めてください。").shows("受付の時刻は、最初にボタンを押した時刻です。");
    app.write(|db| Ok(db.batch_execute("ALTER TABLE submission_point_away RENAME TO submission_point")?));
    app.clock.set(closing() + Duration::hours(1));
    browser.post(&path, &pairs(&carried(&trouble))).await.shows("ご意見を受け付けました").hides(LATE);
    assert_eq!(received(&app), [(State::Received, closing() - Duration::seconds(2))]);
}

#[actix_web::test]
async fn a_puzzle_solved_after_midnight_on_the_waiting_page_does_not_make_it_late() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    let browser = app.citizen();
    app.clock.set(closing() - Duration::hours(1));
    let confirm = confirmed(&browser, id, &[]).await;
    set(&app, id, "on").await;
    app.clock.set(closing() - Duration::seconds(1));
    let asked = browser.post(&path, &pairs(&carried(&confirm))).await;
    assert_eq!(asked.status, 429);
    app.clock.set(closing() + Duration::seconds(2));
    let receipt = browser.post(&path, &pairs(&solved(&asked))).await;
    receipt.shows("ご意見を受け付けました").hides(LATE);
    assert_eq!(states(&app), ["received"]);
}

#[actix_web::test]
async fn within_the_grace_nobody_is_told_to_be_late() {
    let app = TestApp::with(|config| config.consult_grace_seconds = 60);
    let id = announced(&app).await;
    let path = format!("/consultations/{id}/comments");
    let browser = app.citizen();
    app.clock.set(closing() - Duration::hours(1));
    let confirm = confirmed(&browser, id, &[]).await;
    app.clock.set(closing() + Duration::seconds(59));
    let again = confirmed(&browser, id, &[]).await;
    again.hides(OUTSIDE);
    browser.post(&path, &pairs(&carried(&confirm))).await.hides(LATE);
    app.clock.set(closing() + Duration::seconds(60));
    confirmed(&browser, id, &[]).await.shows(OUTSIDE);
    browser.post(&path, &pairs(&carried(&again))).await.shows(LATE);
    assert_eq!(states(&app), ["received", "late"]);
}

/// The wall clock of a program that runs ahead of this machine, or behind.
#[derive(Clone, Copy)]
struct Ahead(TimeDelta);

impl Ahead {
    /// So that it is now `then`.
    fn at(then: DateTime<Utc>) -> Ahead {
        Ahead(then - Clock::System.now())
    }

    fn now(self) -> DateTime<Utc> {
        Clock::System.now() + self.0
    }

    fn settings(self, library: &Path) -> Vec<(String, String)> {
        let ns = self.0.num_nanoseconds().expect("less than three centuries");
        vec![
            ("LD_PRELOAD".to_owned(), library.display().to_string()),
            ("CLOCK_AHEAD_NS".to_owned(), ns.to_string()),
            // the flood has tests of its own; here everybody sends at once
            ("HIROKIKU_FLOOD_PER_MINUTE".to_owned(), "0".to_owned()),
        ]
    }
}

/// What moves a program's wall clock, built with the C compiler that building the program needs too.
fn moved_clock(folder: &Path) -> std::path::PathBuf {
    let library = folder.join("clock_ahead.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clock_ahead.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).status();
    assert!(built.is_ok_and(|status| status.success()), "{source} cannot be built");
    library
}

/// An opinion ready to be sent: confirmed before, or only its form opened.
struct Written {
    text: String,
    form: Form,
    confirmed: bool,
}

/// A citizen with opinions; one who waits for the last moment presses so many milliseconds after it.
struct Citizen {
    client: Client,
    written: Vec<Written>,
    last_moment: Option<i64>,
}

/// What somebody was shown in the end.
struct Receipt {
    text: String,
    code: String,
    page: String,
    first_pressed: DateTime<Utc>,
    shown_at: DateTime<Utc>,
}

/// What went on while the program was killed again and again.
struct Evening<'a> {
    id: i64,
    clock: Ahead,
    /// Longest pause between two opinions of one citizen, in milliseconds.
    pause: i64,
    receipts: Mutex<Vec<Receipt>>,
    troubles: Mutex<Vec<String>>,
    stop: AtomicBool,
    /// Held by the one who kills, from the kill until the program is up again.
    ready: &'a RwLock<()>,
}

impl Evening<'_> {
    fn trouble(&self, what: String) {
        self.troubles.lock().expect("one at a time").push(what);
    }

    fn send_on(&self, mut citizen: Citizen) {
        for written in std::mem::take(&mut citizen.written) {
            let pause = match citizen.last_moment {
                Some(ms) => closing() + Duration::milliseconds(ms) - self.clock.now(),
                None => Duration::milliseconds(rand::random_range(20..self.pause)),
            };
            std::thread::sleep(pause.to_std().unwrap_or_default());
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if let Err(trouble) = self.send(&mut citizen.client, written) {
                return self.trouble(trouble.to_string());
            }
        }
    }

    /// Sends one; a lost answer is asked for again with the same form, as a reload would.
    fn send(&self, client: &mut Client, written: Written) -> Result<(), crate::client::Trouble> {
        let Written { text, mut form, confirmed } = written;
        if !confirmed {
            let before = self.clock.now();
            let page = again(self.ready, || client.submit(&form))?;
            let told = page.text().contains(OUTSIDE);
            if (told && self.clock.now() < closing()) || (!told && before >= closing()) {
                self.trouble(format!("confirmed at {before}, told to be outside the period: {told}"));
            }
            let action = format!("/consultations/{}/comments", self.id);
            form = Form::find(&page.text(), &action).ok_or_else(|| page.refusal("no confirmation"))?;
        }
        let first_pressed = self.clock.now();
        let page = again(self.ready, || client.submit(&form))?;
        let shown_at = self.clock.now();
        let code = receipt_code(&page.text()).ok_or_else(|| page.refusal("no receipt"))?;
        let receipt = Receipt { text, code, page: page.text(), first_pressed, shown_at };
        self.receipts.lock().expect("one at a time").push(receipt);
        Ok(())
    }
}

/// Citizens with their opinions, written while there was time.
fn citizens(setup: &Setup, id: i64, each: usize) -> Vec<Citizen> {
    let moments = [-45, -30, -20, -12, -6, -2, 0, 3, 8, 15, 25, 40];
    let hands = (0..6).map(|_| (each, None)).chain(moments.map(|ms| (1, Some(ms))));
    hands
        .enumerate()
        .map(|(number, (many, last_moment))| {
            let mut client = Client::new(setup.citizen);
            let written = (0..many)
                .map(|nth| {
                    let text = format!("{number}人目の{nth}通目の意見です。通学路を先に進めてください。");
                    let name = format!("長府 {number}番");
                    let fields = [
                        ("opinion", text.clone()),
                        ("name", name),
                        ("address", format!("下関市長府{nth}番")),
                        ("contact", format!("chofu{number}-{nth}@example.jp")),
                    ];
                    let confirmed = nth % 3 != 2;
                    let form = if confirmed {
                        write_opinion(&mut client, id, &fields).expect("a confirmation")
                    } else {
                        let page = client.page(&format!("/consultations/{id}/comments/new")).expect("a form");
                        let action = format!("/consultations/{id}/comments/confirm");
                        let mut form = Form::find(&page.text(), &action).expect("the form");
                        fields.iter().for_each(|(name, value)| form.fill(name, value));
                        form
                    };
                    Written { text, form, confirmed }
                })
                .collect();
            Citizen { client, written, last_moment }
        })
        .collect()
}

/// Kills the program so many times at least, before and after closing, and gives how often before and after, and the
/// last one started: whoever pressed has yet to be answered.
fn kill_all_evening(setup: &Setup, evening: &Evening<'_>, least: usize) -> (usize, usize, Option<Server>) {
    let after = TimeDelta::milliseconds(330 * least as i64);
    let mut server = Some(setup.start());
    let (mut before_closing, mut after_closing) = (0, 0);
    while before_closing + after_closing < least || evening.clock.now() < closing() + after {
        std::thread::sleep(std::time::Duration::from_millis(rand::random_range(20..1_500)));
        let guard = evening.ready.write();
        *(if evening.clock.now() < closing() { &mut before_closing } else { &mut after_closing }) += 1;
        if let Some(server) = server.take() {
            server.kill();
        }
        server = Some(setup.start());
        drop(guard);
    }
    evening.stop.store(true, Ordering::Relaxed);
    let page = Client::new(setup.citizen)
        .page(&format!("/consultations/{}/comments/new", evening.id))
        .expect("a page after closing");
    assert!(page.text().contains("いまは意見を受け付けていません"), "{}", page.text());
    (before_closing, after_closing, server)
}

#[actix_web::test]
async fn every_receipt_of_before_midnight_is_in_time_and_none_after_however_often_the_program_is_killed() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let library = moved_clock(app.data.path());
    let mut setup = Setup::new(app.data.path(), &app.app.config.database_url());
    setup.settings = Ahead::at(closing() - Duration::hours(1)).settings(&library);
    let server = setup.start();
    // half of the kills before closing, each with a start of the program behind it
    let a_start = server.ready_after.as_millis() as i64;
    let each = 5 * kills();
    let citizens = citizens(&setup, id, each);
    server.stop();
    let before = (500 + a_start / 2) * kills() as i64;

    let ready = RwLock::new(());
    let evening = Evening {
        id,
        clock: Ahead::at(closing() - TimeDelta::milliseconds(before)),
        pause: 40 + 3 * before / each as i64,
        receipts: Mutex::default(),
        troubles: Mutex::default(),
        stop: AtomicBool::new(false),
        ready: &ready,
    };
    setup.settings = evening.clock.settings(&library);
    let (before, after, server) = std::thread::scope(|scope| {
        let evening = &evening;
        // nobody presses before the program is there
        let guard = ready.write();
        for citizen in citizens {
            scope.spawn(move || evening.send_on(citizen));
        }
        drop(guard);
        kill_all_evening(&setup, evening, kills())
    });
    drop(server);

    let troubles = evening.troubles.into_inner().expect("all have ended");
    assert!(troubles.is_empty(), "{} went wrong: {:#?}", troubles.len(), &troubles[..troubles.len().min(5)]);
    let receipts = evening.receipts.into_inner().expect("all have ended");
    let (in_time, late) = compared(&app, &receipts);
    assert!(before > 0 && after > 0 && in_time > 0 && late > 0, "{before} {after} {in_time} {late}");
    let caught = receipts.iter().filter(|r| r.first_pressed < closing() && r.page.contains(LATE)).count();
    println!(
        "{in_time} opinions in time, {late} late ({caught} of them pressed before closing, cut off by a kill and stored \
         only after); killed {before} times before and {after} times after closing"
    );
    counted_alike(&app, id, in_time, late).await;
}

/// Every receipt against the database: there once, with the time it shows, on the right side of midnight.
fn compared(app: &TestApp, receipts: &[Receipt]) -> (usize, usize) {
    let rows: Vec<(String, String, State, Instant)> = app.read(|db| {
        let columns =
            (submission::receipt_code, submission::text_original, submission::state, submission::received_at);
        Ok(submission::table.select(columns).load(db)?)
    });
    let (mut in_time, mut late) = (0, 0);
    for receipt in receipts {
        let mut same = rows.iter().filter(|(code, text, ..)| *code == receipt.code || *text == receipt.text);
        let Some((code, text, state, received_at)) = same.next() else {
            panic!("the receipt {} of {} is nowhere", receipt.code, receipt.first_pressed)
        };
        assert!(same.next().is_none(), "{text} is there twice");
        assert_eq!((code, text), (&receipt.code, &receipt.text));
        let at = received_at.utc();
        let times = format!("pressed {}, stored {at}, shown {}", receipt.first_pressed, receipt.shown_at);
        assert!(receipt.first_pressed <= at && at <= receipt.shown_at, "{times}");
        assert_eq!(*state == State::Late, at >= closing(), "{times}");
        assert!(matches!(state, State::Received | State::Late), "{state} {times}");
        if receipt.shown_at < closing() {
            assert_eq!(*state, State::Received, "a receipt seen before midnight: {times}");
        }
        if receipt.first_pressed >= closing() {
            assert_eq!(*state, State::Late, "pressed after midnight: {times}");
        }
        let shown = format!("受付日時<br>{}", calendar::tokyo_clock_with_year(at));
        assert!(receipt.page.contains(&shown), "{shown} is not on the receipt; {times}");
        assert_eq!(receipt.page.contains(LATE), *state == State::Late, "what the receipt says; {times}");
        *(if *state == State::Late { &mut late } else { &mut in_time }) += 1;
    }
    assert_eq!(
        rows.len(),
        receipts.len(),
        "all that is stored was shown a receipt in the end, and only that"
    );
    (in_time, late)
}

/// The same numbers wherever somebody reads them: at the clerk's desk, over the sorting, in the published result.
async fn counted_alike(app: &TestApp, id: i64, in_time: usize, late: usize) {
    let all = in_time + late;
    app.clock.set(closing() + Duration::hours(10));
    let now = app.clock.now();
    while app.write(move |db| opinions::itemise(db, now, 1_000)) > 0 {}
    while app.write(|db| trail::link(db, 1_000)) > 0 {}
    let sums = app.read(move |db| opinions::store::sums(db, id));
    assert_eq!(sums.faults(), Vec::<String>::new());
    let counted = [sums.submissions, sums.counted, sums.late, sums.items].map(|n| n as usize);
    assert_eq!(counted, [all, in_time, late, in_time]);
    let clerk = app.staff("clerk");
    let desk = clerk.get(&format!("/consultations/{id}")).await;
    desk.shows(&format!("提出 <strong>{all}</strong>通"));
    published(app, id).await;
    let stranger = app.citizen();
    let path = format!("/consultations/{id}/result");
    stranger
        .get(&path)
        .await
        .shows(&format!("届いたもの{all}通 = 提出{in_time}通 + 期限後{late}通 + 記載に不足0通"));
    let file: serde_json::Value =
        serde_json::from_str(&stranger.get(&format!("{path}.json")).await.body).expect("JSON");
    assert_eq!(file["items"].as_array().map(Vec::len), Some(in_time));
    let verdict = safekeeping::verify(&app.app);
    assert_eq!(verdict.faults, Vec::<String>::new());
}
