//! `--only comment`: the last hour of a period. Opinions through the real form, durable, on both databases; then the same
//! while near copies are looked for and ten members of staff search.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Duration as Days;
use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::Pool;
use hirokiku::db::schema::submission;
use hirokiku::opinions::{self, alike::State};
use hirokiku::web::App;

use crate::campaigns::plant;
use crate::city::{SEARCHED, Writer};
use crate::client::{Form, Trouble, send_letter, write_opinion};
use crate::consultation::{Consulted, announced, cut, take_in_texts};
use crate::drive::{Step, drive};
use crate::report::{Book, By, Goal};
use crate::server::Setup;
use crate::workloads::{Accepted, search_path, staff_client};
use crate::{Options, PG16, S64, floors, keep, machine, own_schema, settings_of, settle};

/// Opinions that are there before the last hour, form letters mostly.
const fn before(quick: bool) -> usize {
    if quick { 2_000 } else { 20_000 }
}

const CLIENTS: usize = 100;

/// What is compared.
pub const GOALS: &[Goal] = &[
    crate::goal("(h) SQLite, POST only, c=100", Some(S64), By::Rate, 0.25),
    crate::goal("(h) SQLite, POST only, c=100", Some(S64), By::P99, 2.0),
    crate::goal("(h) PostgreSQL, POST only, c=100", Some(PG16), By::Rate, 0.4),
    crate::goal("(h) SQLite, submit, c=100, busy", Some("(h) SQLite, submit, c=100"), By::P99, 2.0),
    crate::goal("(h) PostgreSQL, submit, c=100, busy", Some("(h) PostgreSQL, submit, c=100"), By::P99, 2.0),
];

/// A consultation on a database of its own, with a running server.
struct Hour {
    name: &'static str,
    setup: Setup,
    id: i64,
    /// Opinions it had before.
    before: usize,
    accepted: Accepted,
}

/// Measures SQLite, and PostgreSQL where one is named.
pub fn run(book: &mut Book, options: &Options, folder: &Path) {
    let floor = folder.join("floors");
    std::fs::create_dir_all(&floor).expect("a folder");
    let (floor, ms) = (floor.display().to_string(), options.time.as_millis().to_string());
    let mut hours = vec![Hour::new("SQLite", before(options.quick), folder, None)];
    if let Some(url) = &options.postgres {
        hours.push(Hour::new("PostgreSQL", before(options.quick), folder, Some(url)));
        book.fact("PostgreSQL", settings_of(url));
    }
    let servers: Vec<_> = hours.iter().map(|hour| hour.setup.start()).collect();
    servers.iter().for_each(settle);
    for round in 1..=options.rounds {
        if round > 1 {
            book.begin_round(machine::load());
        }
        book.add(S64, floors::run(&["sqlite", &floor, "64", &ms]));
        if let Some(url) = &options.postgres {
            book.add(PG16, floors::run(&["postgres", url, "16", &ms]));
        }
        for (hour, server) in hours.iter().zip(&servers) {
            let (name, seed) = (hour.name, round * 10_000_000);
            let cpu = || machine::cpu_ms(server.pid());
            let tally = drive(CLIENTS, options.time, cpu, |n| hour.submit(seed + n * 10_000));
            keep(book, &format!("(h) {name}, submit, c=100"), tally);
            settle(server);
            let each = (options.time.as_millis() as usize * 6 / CLIENTS).clamp(5, 200);
            let tally =
                drive(CLIENTS, options.time, cpu, |n| hour.send_only(seed + 5_000_000 + n * 10_000, each));
            keep(book, &format!("(h) {name}, POST only, c=100"), tally);
            settle(server);
            hour.busy(book, options.time, server.pid(), seed + 7_000_000);
            settle(server);
        }
    }
    for (hour, server) in hours.into_iter().zip(servers) {
        book.fact(
            &format!("(h) {}: memory after it (PSS)", hour.name),
            format!("{:.1} MiB", machine::pss_mib(server.pid())),
        );
        server.stop();
        hour.check(book);
    }
}

impl Hour {
    fn new(name: &'static str, before: usize, folder: &Path, postgres: Option<&String>) -> Hour {
        let data = folder.join(name);
        std::fs::create_dir_all(&data).expect("a folder");
        let url = match postgres {
            Some(url) => own_schema(url),
            None => format!("sqlite:{}", data.join("hirokiku.db").display()),
        };
        let config = Config { data: data.clone(), database_url: url.clone(), ..Config::default() };
        let app = App::open(config, Clock::System).expect("the data folder opens");
        let then = app.clock.now() - Days::days(20);
        let Consulted { id, .. } = announced(&app, then);
        let texts = plant(before, 31).into_iter().map(|planted| planted.text);
        take_in_texts(&app, id, texts, then + Days::days(5));
        cut(&app);
        let mut setup = Setup::new(&data, &url);
        // how a flood is slowed is another matter: here all that comes is to be taken at once
        setup.settings.push(("HIROKIKU_FLOOD_PER_MINUTE".to_owned(), "0".to_owned()));
        if postgres.is_some() {
            setup.settings.push(("HIROKIKU_POOL_SIZE".to_owned(), "16".to_owned()));
        }
        Hour { name, setup, id, before, accepted: Accepted::default() }
    }

    /// An opinion from the empty form to the receipt; the time that counts is that of the last POST.
    fn submit(&self, seed: usize) -> impl FnMut() -> Result<Step, Trouble> + use<'_> {
        let mut client = crate::client::Client::new(self.setup.citizen);
        let mut writer = Writer::new(seed as u64);
        let mut number = seed;
        move || {
            number += 1;
            let body = writer.body();
            let form = write_opinion(&mut client, self.id, &fields(&body, number))?;
            let at = Instant::now();
            let code = send_letter(&mut client, &form)?;
            self.accepted.add(code, body);
            Ok(Step::Done(Some(at.elapsed())))
        }
    }

    /// Opinions confirmed before: only the sending is left.
    fn send_only(&self, seed: usize, many: usize) -> impl FnMut() -> Result<Step, Trouble> + use<'_> {
        let mut client = crate::client::Client::new(self.setup.citizen);
        let mut writer = Writer::new(seed as u64);
        let mut ready: Vec<Result<(Form, String), Trouble>> = (0..many)
            .map(|number| {
                let body = writer.body();
                let form = write_opinion(&mut client, self.id, &fields(&body, seed + number))?;
                Ok((form, body))
            })
            .collect();
        move || {
            let Some(next) = ready.pop() else { return Ok(Step::Over) };
            let (form, body) = next?;
            let code = send_letter(&mut client, &form)?;
            self.accepted.add(code, body);
            Ok(Step::Done(None))
        }
    }

    /// The same while near copies are looked for and ten members of staff search.
    fn busy(&self, book: &mut Book, time: Duration, pid: u32, seed: usize) {
        let (searches, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let pool = Pool::open_as_is(&self.setup.database_url, 1).expect("the database opens");
        let id = self.id;
        pool.write_now(move |db| opinions::store::set_search(db, id, State::Waiting))
            .expect("a search begins");
        drop(pool);
        let tally = std::thread::scope(|scope| {
            for client in 0..10 {
                let (searches, stop) = (&searches, &stop);
                scope.spawn(move || {
                    let mut staff = staff_client(&self.setup);
                    let mut number = client;
                    while !stop.load(Ordering::Relaxed) {
                        number += 1;
                        if staff.page(&search_path(SEARCHED[number % SEARCHED.len()])).is_ok() {
                            searches.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            let tally = drive(CLIENTS, time, || machine::cpu_ms(pid), |n| self.submit(seed + n * 10_000));
            stop.store(true, Ordering::Relaxed);
            tally
        });
        let rate = searches.load(Ordering::Relaxed) as f64 / tally.elapsed.as_secs_f64();
        println!("  ({rate:.0} searches a second beside it)");
        keep(book, &format!("(h) {}, submit, c=100, busy", self.name), tally);
    }

    /// Every receipt against the database.
    fn check(self, book: &mut Book) {
        let pool = Pool::open_as_is(&self.setup.database_url, 1).expect("the database opens");
        let accepted = self.accepted.all();
        let stored: i64 = pool.read_now(|db| Ok(submission::table.count().get_result(db)?)).expect("a count");
        let expected = (self.before + accepted.len()) as i64;
        if stored != expected {
            book.fault(format!("{}: {expected} opinions were accepted, {stored} are there", self.name));
        }
        for (code, body) in accepted.iter().step_by(accepted.len() / 500 + 1) {
            let text: Option<String> = pool
                .read_now(|db| {
                    let row = submission::table.filter(submission::receipt_code.eq(code));
                    Ok(row.select(submission::text_original).first(db).optional()?)
                })
                .expect("an opinion is read");
            if text.is_none_or(|text| text.replace("\r\n", "\n") != *body) {
                book.fault(format!("{}: the opinion with receipt {code} is not as written", self.name));
            }
        }
        book.fact(
            &format!("(h) {}: opinions accepted in this run, all in the database", self.name),
            accepted.len().to_string(),
        );
    }
}

fn fields(body: &str, number: usize) -> [(&'static str, String); 4] {
    [
        ("opinion", body.to_owned()),
        ("name", format!("関門 {number}番")),
        ("address", format!("下関市長府{number}番")),
        (
            "contact",
            if number.is_multiple_of(2) { format!("wataru{number}@example.jp") } else { String::new() },
        ),
    ]
}
