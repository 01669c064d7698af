//! The benchmark suite: the program under load beside the floors of the same machine in the same minute.
//!
//! `cargo bench --bench load -- --quick` (three minutes) or without `--quick` (twenty). docs/benchmarks.md tells what
//! each line means.

mod agreement;
mod answers;
mod campaigns;
mod city;
mod client;
mod comments;
mod consultation;
mod drive;
mod floors;
mod grouping;
mod import;
mod machine;
mod mail_in;
mod mails;
mod peer;
mod report;
mod results;
mod server;
mod submissions_import;
mod voices;
mod workloads;

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::schema::letter;
use hirokiku::db::{Db, Pool};
use hirokiku::text::{fold, fts5_query};
use hirokiku::web::App;

use city::SEARCHED;
use client::Trouble;
use drive::{Step, Tally, drive};
use report::{Book, By, Goal, Sample, median};
use server::{Server, Setup};
use workloads::Accepted;

/// Floors, as the table calls them.
const H: &str = "H: actix, hello";
const P20: &str = "P20: actix + maud, 20 items built each time";
const S8: &str = "S8: SQLite FULL, shared commits, 8 producers";
const S64: &str = "S64: SQLite FULL, shared commits, 64 producers";
const PG16: &str = "PG16: PostgreSQL, bare inserts, 16 connections";

/// The goals of this suite: workload, floor, what is compared, bound.
const GOALS: &[Goal] = &[
    goal("(a) list of voices, unchanged, c=8", Some(P20), By::Rate, 0.6),
    goal("(a) list of voices, unchanged, c=8", None, By::P99, 5.0),
    goal("(a) list of voices, built each time, c=8", Some(P20), By::Rate, 0.2),
    goal("(a) list of voices, built each time, c=8", None, By::Cpu, 0.2),
    goal("(b) one voice, c=8", Some(H), By::Rate, 0.25),
    goal("(b) one voice, c=8", None, By::Cpu, 0.07),
    goal("(b) one voice, c=8", None, By::P99, 3.0),
    goal("(c) submit, c=8", Some(S8), By::Rate, 0.25),
    goal("(c) submit, c=8", None, By::P99, 15.0),
    goal("(c) POST only, c=64", Some(S64), By::Rate, 0.25),
    goal("(c) POST only, c=64", Some(S64), By::P99, 2.0),
    goal("(c) POST only, c=64", None, By::Cpu, 0.15),
    goal("(c) PostgreSQL, POST only, c=16", Some(PG16), By::Rate, 0.4),
    goal("(c) submit, c=8, while 10 search", Some("(c) submit, c=8, in the large city"), By::P99, 2.0),
    goal("(e) queue, newest", None, By::Cpu, 0.4),
    goal("(e) queue, newest", None, By::P99, 5.0),
    goal("(e) filter and count", None, By::Cpu, 1.0),
    goal("(e) filter and count", Some("bare SQL: filter and count"), By::Cpu, 3.0),
    goal("(e) dashboard", None, By::Cpu, 3.0),
    goal("(e) search, 1 characters", Some("bare FTS5, 1 characters"), By::Cpu, 5.0),
    goal("(e) search, 2 characters", Some("bare FTS5, 2 characters"), By::Cpu, 5.0),
    goal("(e) search, 3 characters", Some("bare FTS5, 3 characters"), By::Cpu, 5.0),
    goal("(e) search, 8 characters", Some("bare FTS5, 8 characters"), By::Cpu, 5.0),
    goal("(e) search, 14 characters", Some("bare FTS5, 14 characters"), By::Cpu, 5.0),
    goal("(e) search, 2 characters", None, By::Cpu, 1.0),
    goal("(e) search, 8 characters", None, By::Cpu, 1.0),
];

const fn goal(workload: &'static str, floor: Option<&'static str>, by: By, bound: f64) -> Goal {
    Goal { workload, floor, by, bound }
}

/// What can be measured: parts of a round, and parts that are measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The citizens' pages.
    Public,
    /// Letters by the form.
    Submit,
    /// The staff's lists and searches.
    Staff,
    /// Alone: reading mails.
    Reader,
    /// Alone: grouping copied letters.
    Grouping,
    /// Alone: `mail import`.
    Import,
    /// Alone: mail by LMTP.
    Lmtp,
    /// Alone: the last hour of a comment period.
    Comment,
    /// Alone: the answer table.
    Answers,
    /// Alone: a published result.
    Result,
    /// Alone: `submissions import`.
    Submissions,
}

impl Part {
    /// Whether it is measured alone, not in rounds.
    fn alone(self) -> bool {
        !matches!(self, Part::Public | Part::Submit | Part::Staff)
    }
}

/// Measures the release build from outside, beside what this machine can do at best. docs/benchmarks.md says how and what.
#[derive(clap::Parser)]
#[command(name = "load", bin_name = "cargo bench --bench load --")]
struct Asked {
    /// One round, 10,000 letters, short measurements.
    #[arg(long)]
    quick: bool,
    /// Rounds (5).
    #[arg(long)]
    rounds: Option<usize>,
    /// Letters in the large city (50,000), or what a part measured alone counts.
    #[arg(long)]
    letters: Option<usize>,
    /// A PostgreSQL server to measure too; else that of TEST_DATABASE_URL.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Where the table goes, beside the terminal.
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    /// Only these parts.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What was asked for, with what was left open filled in.
struct Options {
    quick: bool,
    rounds: usize,
    letters: usize,
    voices: usize,
    /// One measurement.
    time: Duration,
    postgres: Option<String>,
    out: Option<String>,
    /// All parts of a round, unless some are named.
    only: Vec<Part>,
}

impl Options {
    /// Whether a part of a round is asked for.
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

impl From<Asked> for Options {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    fn from(asked: Asked) -> Options {
        let quick = asked.quick;
        Options {
            quick,
            rounds: asked.rounds.unwrap_or(if quick { 1 } else { 5 }),
            letters: asked.letters.unwrap_or(if quick { 10_000 } else { 50_000 }),
            voices: 1_000,
            time: Duration::from_millis(if quick { 700 } else { 2_000 }),
            postgres: asked.postgres.or_else(|| std::env::var("TEST_DATABASE_URL").ok()),
            out: asked.out,
            only: asked.only,
        }
    }
}

/// Measures a part that is no part of a round, if there is one of this name.
fn alone_in(options: &Options, part: Part, folder: &Path) -> bool {
    let mut book = Book::default();
    let mut goals: &[Goal] = &[];
    book.begin_round(machine::load());
    match part {
        Part::Reader => {
            mails::run(options.time);
            return true;
        }
        Part::Grouping => {
            only_grouping(options, folder);
            return true;
        }
        Part::Import => import::mbox(&mut book, options.letters, folder),
        Part::Result => {
            // `--letters N` for another size than that of the goals
            let items = if options.letters == 50_000 || options.quick { 25_000 } else { options.letters };
            results::run(&mut book, items, options.rounds, options.time, folder);
            goals = results::GOALS;
        }
        Part::Answers => {
            let items = if options.letters == 50_000 || options.quick { 25_000 } else { options.letters };
            answers::run(&mut book, items, options.rounds, options.time, folder);
            goals = answers::GOALS;
        }
        Part::Submissions => {
            let rows = if options.quick {
                10_000
            } else if options.letters == 50_000 {
                200_000
            } else {
                options.letters
            };
            submissions_import::run(&mut book, rows, options.postgres.as_deref(), folder);
        }
        Part::Comment => {
            comments::run(&mut book, options, folder);
            goals = comments::GOALS;
        }
        Part::Lmtp => mail_in::by_lmtp(&mut book, options.time, &folder.join("mail")),
        Part::Public | Part::Submit | Part::Staff => return false,
    }
    let head =
        format!("{}; {}; commit {}.", Clock::System.now().format("%F %H:%M UTC"), machine::name(), commit());
    let table = book.markdown(&head, goals);
    println!("\n{table}");
    if let Some(out) = &options.out {
        std::fs::write(out, &table).expect("the report is written");
    }
    if !book.faults.is_empty() {
        std::process::exit(1);
    }
    true
}

/// The grouping: `--letters N` for one size, else those of the goals.
fn only_grouping(options: &Options, folder: &Path) {
    let sizes = match (options.quick, options.letters) {
        (true, _) => vec![10_000],
        (false, 50_000) => vec![10_000, 50_000, 200_000],
        (false, other) => vec![other],
    };
    let (table, faults) = grouping::measure(folder, &sizes);
    let report = format!("{}; load average at the end {:.1}\n\n{table}", machine::name(), machine::load());
    match &options.out {
        Some(file) => std::fs::write(file, report).expect("a report"),
        None => println!("\n{report}"),
    }
    if !faults.is_empty() {
        eprintln!("{}", faults.join("\n"));
        std::process::exit(1);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|a| a == "--floor") {
        return floors::serve_or_work(&arguments[at + 1..]);
    }
    let options = Options::from(Asked::parse());
    if options.only.len() > 1 && options.only.iter().any(|part| part.alone()) {
        eprintln!("of what is measured alone, one at a time");
        std::process::exit(2);
    }
    // on the disk the program is built on: /tmp may be memory, where a sync means nothing
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    if let [part] = *options.only
        && alone_in(&options, part, folder.path())
    {
        return;
    }
    let began = Instant::now();
    let mut book = Book::default();
    let floor_folder = folder.path().join("floors");
    std::fs::create_dir(&floor_folder).expect("a folder");

    println!("The large city: {} letters, {} voices.", options.letters, options.voices);
    let large = City::make(&folder.path().join("large"), None, options.letters, options.voices);
    let index = large.server();
    let name = format!("index of {} letters built by the running program", options.letters);
    indexed(&mut book, &large, &name);
    settle(&index);
    index.stop();
    let starts: Vec<f64> = (0..5)
        .map(|_| {
            let server = large.server();
            let ready = server.ready_after.as_secs_f64() * 1000.0;
            server.kill();
            ready
        })
        .collect();
    let name = format!("start with {} letters to the first 200 of /readyz, after kill -9", options.letters);
    book.fact(&name, format!("{:.0} ms (goal ≤ 60)", median(starts)));
    let reading = large.server();
    settle(&reading);
    book.fact("memory at rest (PSS)", format!("{:.1} MiB (goal ≤ 11)", machine::pss_mib(reading.pid())));

    println!("The new city: empty, takes letters in.");
    let new = City::make(&folder.path().join("new"), None, 0, 0);
    let writing = new.server();
    let third = options.postgres.as_ref().map(|url| {
        let city = City::make(&folder.path().join("postgres"), Some(url), 0, 0);
        let server = city.server();
        (city, server)
    });

    let hello = floors::Serving::start("hello");
    let page20 = floors::Serving::start("page20");
    let ms = options.time.as_millis().to_string();
    let floor_path = floor_folder.display().to_string();
    for round in 1..=options.rounds {
        println!("Round {round} of {}, load {:.1}", options.rounds, machine::load());
        book.begin_round(machine::load());
        let mut nonce = round * 100_000_000;

        if options.wants(Part::Public) {
            for (name, floor) in [(H, &hello), (P20, &page20)] {
                let tally = drive(
                    8,
                    options.time,
                    || machine::cpu_ms(floor.pid()),
                    |_| workloads::get(floor.address, || "/".to_owned()),
                );
                keep(&mut book, name, tally);
            }
            public_pages(&mut book, &options, &large, &reading, &mut nonce);
        }
        if options.wants(Part::Staff) {
            staff_pages(&mut book, &options, &large, &reading);
        }
        if !options.wants(Part::Submit) {
            continue;
        }
        book.add(S8, floors::run(&["sqlite", &floor_path, "8", &ms]));
        book.add(S64, floors::run(&["sqlite", &floor_path, "64", &ms]));
        for clients in [1, 8, 64] {
            nonce += 1_000_000;
            let name = format!("(c) submit, c={clients}");
            submissions(&mut book, &name, &options, &new, &writing, clients, nonce);
        }
        nonce += 1_000_000;
        sending_only(&mut book, "(c) POST only, c=64", &options, &new, &writing, 64, nonce);
        if let (Some((city, server)), Some(url)) = (&third, &options.postgres) {
            book.add(PG16, floors::run(&["postgres", url, "16", &ms]));
            nonce += 1_000_000;
            submissions(&mut book, "(c) PostgreSQL, submit, c=16", &options, city, server, 16, nonce);
            nonce += 1_000_000;
            sending_only(&mut book, "(c) PostgreSQL, POST only, c=16", &options, city, server, 16, nonce);
        }

        nonce += 1_000_000;
        submissions(&mut book, "(c) submit, c=8, in the large city", &options, &large, &reading, 8, nonce);
        nonce += 1_000_000;
        while_others_search(&mut book, &options, &large, &reading, nonce);
    }

    println!("Once");
    mail_in::by_lmtp(&mut book, options.time, &folder.path().join("mail"));
    hits_are_right(&mut book, &large);
    found_soon(&mut book, &options, &new, &writing);
    for (city, server, name) in [
        (Some(&new), Some(&writing), "SQLite"),
        (third.as_ref().map(|t| &t.0), third.as_ref().map(|t| &t.1), "PostgreSQL"),
    ] {
        if let (Some(city), Some(server)) = (city, server) {
            let tally = drive(
                256,
                options.time,
                || machine::cpu_ms(server.pid()),
                |n| workloads::submit(&city.setup, &city.accepted, 2_000_000_000 + n * 10_000),
            );
            keep(&mut book, &format!("(c) {name}, submit, c=256"), tally);
            settle(server);
        }
    }
    book.fact(
        "memory after load, large city (PSS)",
        format!("{:.1} MiB (goal ≤ 60)", machine::pss_mib(reading.pid())),
    );
    book.fact("memory after load, new city (PSS)", format!("{:.1} MiB", machine::pss_mib(writing.pid())));
    reading.stop();
    writing.stop();
    large.check(&mut book, "large city");
    new.check(&mut book, "new city");
    if let Some((city, server)) = third {
        server.stop();
        if let Some(url) = &options.postgres {
            book.fact("PostgreSQL", settings_of(url));
        }
        city.check(&mut book, "PostgreSQL city");
    }
    book.fact("the whole run", format!("{:.0} s", began.elapsed().as_secs_f64()));

    let now = Clock::System.now().format("%F %H:%M UTC");
    let sort = if options.quick { "quick run, not for comparing" } else { "full run" };
    let head = format!("{now}, {sort}: {}; commit {}.", machine::name(), commit());
    let text = book.markdown(&head, GOALS);
    println!("\n{text}");
    if let Some(out) = &options.out {
        std::fs::write(out, &text).expect("the report is written");
    }
    if !book.faults.is_empty() {
        std::process::exit(1);
    }
}

/// A city's data, where its server is, and what it has accepted in this run.
struct City {
    setup: Setup,
    accepted: Accepted,
    /// Letters it had before.
    had: i64,
}

impl City {
    fn make(data: &Path, postgres: Option<&String>, letters: usize, published: usize) -> City {
        std::fs::create_dir_all(data).expect("a folder");
        let url = match postgres {
            Some(url) => own_schema(url),
            None => format!("sqlite:{}", data.join("hirokiku.db").display()),
        };
        let config = Config { data: data.to_owned(), database_url: url.clone(), ..Config::default() };
        let app = App::open(config, Clock::System).expect("the data folder opens");
        let office = city::found(&app).expect("an office");
        let at = Instant::now();
        let matters = city::write_letters(&app, office, letters, 1).expect("letters");
        if letters > 0 {
            println!("  {letters} letters made in {:.1} s", at.elapsed().as_secs_f64());
        }
        let published = &matters[..published.min(matters.len())];
        if !published.is_empty() {
            voices::publish(&app, office, published, 2).expect("voices");
        }
        City { setup: Setup::new(data, &url), accepted: Accepted::default(), had: matters.len() as i64 }
    }

    fn server(&self) -> Server {
        self.setup.start()
    }

    fn open(&self) -> Db {
        Db::open(&self.setup.database_url).expect("the database opens")
    }

    /// Seconds until no letter waits for the index any more; none when the index has stood still for half a minute.
    fn wait_until_indexed(&self) -> Option<f64> {
        let (began, mut db) = (Instant::now(), self.open());
        let (mut least, mut moved) = (i64::MAX, Instant::now());
        loop {
            let waiting: i64 = letter::table
                .filter(letter::indexed_at.is_null())
                .count()
                .get_result(&mut db)
                .expect("a count");
            if waiting == 0 {
                return Some(began.elapsed().as_secs_f64());
            }
            if waiting < least {
                (least, moved) = (waiting, Instant::now());
            }
            if moved.elapsed() > Duration::from_secs(30) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Compares what was accepted with what is in the database: the number, and the words of a few hundred.
    fn check(self, book: &mut Book, name: &str) {
        let pool = Pool::open_as_is(&self.setup.database_url, 1).expect("the database opens");
        let accepted = self.accepted.all();
        let stored: i64 = pool.read_now(|db| Ok(letter::table.count().get_result(db)?)).expect("a count");
        let expected = self.had + accepted.len() as i64;
        if stored != expected {
            book.fault(format!("{name}: {expected} letters were accepted, {stored} are in the database"));
        }
        let every = accepted.len() / 500 + 1;
        let mut wrong = 0;
        for (code, body) in accepted.iter().step_by(every) {
            let text: Option<String> = pool
                .read_now(|db| {
                    let row =
                        letter::table.filter(letter::receipt_code.eq(code)).select(letter::body_original);
                    Ok(row.first(db).optional()?)
                })
                .expect("a letter is read");
            // a browser sends line ends as it likes; the words must be the writer's
            if text.is_none_or(|t| t.replace("\r\n", "\n") != *body) {
                wrong += 1;
            }
        }
        if wrong > 0 {
            book.fault(format!(
                "{name}: {wrong} of {} letters looked at are not as written",
                accepted.len() / every
            ));
        }
        book.fact(
            &format!("{name}: letters accepted in this run, all in the database"),
            accepted.len().to_string(),
        );
    }
}

/// Notes a tally down, and what failed in it.
fn keep(book: &mut Book, name: &str, tally: Tally) {
    if tally.failed > 0 || tally.done == 0 {
        book.fault(format!("{name}: {} failed, {} done: {:?}", tally.failed, tally.done, tally.troubles));
    }
    book.add(name, tally.sample());
}

/// Waits until a server has nothing left to do, two minutes at most.
fn settle(server: &Server) {
    let mut quiet = 0;
    for _ in 0..400 {
        let before = machine::cpu_ms(server.pid());
        std::thread::sleep(Duration::from_millis(300));
        quiet = if machine::cpu_ms(server.pid()) - before <= 10.0 { quiet + 1 } else { 0 };
        if quiet == 2 {
            return;
        }
    }
}

fn public_pages(book: &mut Book, options: &Options, city: &City, server: &Server, nonce: &mut usize) {
    let mut db = city.open();
    let ids: Vec<i64> = hirokiku::db::schema::voice::table
        .select(hirokiku::db::schema::voice::id)
        .load(&mut db)
        .expect("the voices");
    let cpu = || machine::cpu_ms(server.pid());
    let at = city.setup.citizen;
    let tally = drive(8, options.time, cpu, |_| workloads::get(at, || "/voices".to_owned()));
    keep(book, "(a) list of voices, unchanged, c=8", tally);
    *nonce += 10_000_000;
    let start = *nonce;
    // an address nobody asked for before is built from the database
    let tally = drive(8, options.time, cpu, |client| {
        let mut number = start + client * 1_000_000;
        workloads::get(at, move || {
            number += 1;
            format!("/voices?page={}&n={number}", number % 40 + 1)
        })
    });
    keep(book, "(a) list of voices, built each time, c=8", tally);
    let one = ids[ids.len() / 2];
    let tally = drive(8, options.time, cpu, |_| workloads::get(at, move || format!("/voices/{one}")));
    keep(book, "(b) one voice, c=8", tally);
    let ids = &ids;
    let tally = drive(8, options.time, cpu, |client| {
        let mut number = client * 131;
        workloads::get(at, move || {
            number += 1;
            format!("/voices/{}", ids[number % ids.len()])
        })
    });
    keep(book, "(b) every voice in turn, c=8", tally);
    let tally = drive(8, options.time, cpu, |client| {
        let mut number = start + client * 1_000_000;
        workloads::get(at, move || {
            number += 1;
            format!("/voices/{}?n={number}", ids[number % ids.len()])
        })
    });
    keep(book, "(b) one voice, built each time, c=8", tally);
}

fn submissions(
    book: &mut Book,
    name: &str,
    options: &Options,
    city: &City,
    server: &Server,
    clients: usize,
    seed: usize,
) {
    let cpu = || machine::cpu_ms(server.pid());
    let tally = drive(clients, options.time, cpu, |n| {
        workloads::submit(&city.setup, &city.accepted, seed + n * 10_000)
    });
    keep(book, name, tally);
    settle(server);
}

fn sending_only(
    book: &mut Book,
    name: &str,
    options: &Options,
    city: &City,
    server: &Server,
    clients: usize,
    seed: usize,
) {
    // enough for 6,000 a second
    let each = (options.time.as_millis() as usize * 6 / clients).clamp(10, 400);
    let tally = drive(
        clients,
        options.time,
        || machine::cpu_ms(server.pid()),
        |n| workloads::send_only(&city.setup, &city.accepted, seed + n * 10_000, each),
    );
    keep(book, name, tally);
    settle(server);
}

fn staff_pages(book: &mut Book, options: &Options, city: &City, server: &Server) {
    let time = options.time / 2;
    let cpu = || machine::cpu_ms(server.pid());
    let mut page = |name: &str, path: String| {
        let tally = drive(2, time, cpu, |_| workloads::staff(&city.setup, || path.clone()));
        keep(book, name, tally);
    };
    page("(e) queue, newest", "/letters".to_owned());
    page("(e) filter and count", "/letters?state=assigned".to_owned());
    page("(e) dashboard", "/".to_owned());
    for word in SEARCHED {
        page(&format!("(e) search, {} characters", word.chars().count()), workloads::search_path(word));
    }
    let mut db = city.open();
    for word in SEARCHED {
        let asked = fts5_query(word).expect("a word");
        let sample = alone(time, || {
            let rows: Vec<Id> = diesel::sql_query(
                "SELECT rowid AS id FROM letter_terms WHERE letter_terms MATCH ? ORDER BY rowid DESC LIMIT 25",
            )
            .bind::<Text, _>(&asked)
            .load(&mut db)
            .expect("the index answers");
            std::hint::black_box(rows.len());
        });
        book.add(&format!("bare FTS5, {} characters", word.chars().count()), sample);
    }
    let sample = alone(time, || {
        let rows: Vec<Id> = diesel::sql_query(
            "SELECT m.id FROM matter m JOIN letter l ON l.id = m.letter_id WHERE m.state = 'assigned' \
             ORDER BY m.due_on, m.id LIMIT 25",
        )
        .load(&mut db)
        .expect("rows");
        let count: Id = diesel::sql_query("SELECT count(*) AS id FROM matter WHERE state = 'assigned'")
            .get_result(&mut db)
            .expect("a count");
        std::hint::black_box((rows.len(), count.id));
    });
    book.add("bare SQL: filter and count", sample);
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// One thread doing nothing else; its time is its CPU.
fn alone(time: Duration, mut work: impl FnMut()) -> Sample {
    let tally = drive_here(time, &mut work);
    let mut sample = tally.sample();
    sample.cpu = sample.p50;
    sample
}

fn drive_here(time: Duration, work: &mut dyn FnMut()) -> Tally {
    let (began, mut tally) = (Instant::now(), Tally::default());
    while began.elapsed() < time {
        let at = Instant::now();
        work();
        tally.add(at.elapsed());
    }
    tally.elapsed = began.elapsed();
    tally
}

fn while_others_search(book: &mut Book, options: &Options, city: &City, server: &Server, seed: usize) {
    let searches = std::sync::atomic::AtomicUsize::new(0);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let tally = std::thread::scope(|scope| {
        for client in 0..10 {
            let (searches, stop) = (&searches, &stop);
            scope.spawn(move || {
                let mut staff = workloads::staff_client(&city.setup);
                let mut number = client;
                while !stop.load(relaxed) {
                    number += 1;
                    if staff.page(&workloads::search_path(SEARCHED[number % SEARCHED.len()])).is_ok() {
                        searches.fetch_add(1, relaxed);
                    }
                }
            });
        }
        let tally = drive(
            8,
            options.time,
            || machine::cpu_ms(server.pid()),
            |n| workloads::submit(&city.setup, &city.accepted, seed + n * 10_000),
        );
        stop.store(true, relaxed);
        tally
    });
    let rate = searches.load(relaxed) as f64 / tally.elapsed.as_secs_f64();
    println!("  ({rate:.0} searches a second beside it)");
    keep(book, "(c) submit, c=8, while 10 search", tally);
    settle(server);
}

/// Every letter a search shows holds the word, and a search shows letters wherever one holds it.
fn hits_are_right(book: &mut Book, city: &City) {
    let mut db = city.open();
    let mut staff = workloads::staff_client(&city.setup);
    let all: Vec<(String, String)> =
        letter::table.select((letter::subject, letter::body_original)).load(&mut db).expect("the letters");
    for word in SEARCHED {
        let folded = fold(word);
        let holding =
            all.iter().filter(|(s, b)| fold(s).contains(&folded) || fold(b).contains(&folded)).count();
        let shown = match staff.page(&workloads::search_path(word)) {
            Ok(page) => workloads::letters_on(&page.text()),
            Err(trouble) => return book.fault(format!("search for {word}: {trouble}")),
        };
        let texts: Vec<(i64, String, String)> = letter::table
            .filter(letter::id.eq_any(&shown))
            .select((letter::id, letter::subject, letter::body_original))
            .load(&mut db)
            .expect("the letters");
        for (id, subject, body) in &texts {
            if !fold(subject).contains(&folded) && !fold(body).contains(&folded) {
                book.fault(format!("the search for {word} shows letter {id}, which does not hold it"));
            }
        }
        if shown.is_empty() != (holding == 0) {
            book.fault(format!("{holding} letters hold {word}, the search shows {}", shown.len()));
        }
        book.fact(
            &format!("letters holding 「{word}」, shown on the first page"),
            format!("{holding}, {}", shown.len()),
        );
    }
}

/// How soon staff find a letter while a thousand a second come in.
fn found_soon(book: &mut Book, options: &Options, city: &City, server: &Server) {
    let probes = if options.quick { 5 } else { 30 };
    let stop = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let (tally, times) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let times: Vec<Result<Duration, Trouble>> =
                (0..probes).map(|n| workloads::until_found(&city.setup, &city.accepted, n)).collect();
            stop.store(true, relaxed);
            times
        });
        let tally = drive(
            8,
            Duration::from_secs(120),
            || machine::cpu_ms(server.pid()),
            |n| {
                let mut step = workloads::submit(&city.setup, &city.accepted, 1_500_000_000 + n * 100_000);
                let mut next = Instant::now();
                let stop = &stop;
                move || {
                    if stop.load(relaxed) {
                        return Ok(Step::Over);
                    }
                    // eight clients, 125 a second each; what was missed is not made up
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                    next = Instant::now().max(next) + Duration::from_millis(8);
                    step()
                }
            },
        );
        (tally, looking.join().expect("no panic"))
    });
    let mut ms: Vec<f64> = Vec::new();
    for time in times {
        match time {
            Ok(time) => ms.push(time.as_secs_f64() * 1000.0),
            Err(trouble) => book.fault(format!("index freshness: {trouble}")),
        }
    }
    let most = ms.iter().copied().fold(f64::NAN, f64::max);
    let rate = tally.done as f64 / tally.elapsed.as_secs_f64();
    keep(book, "submissions while freshness is looked at (≤ 1,000/s)", tally);
    book.fact(
        &format!("a letter is found after (at {rate:.0} submissions/s, {} looked for)", ms.len()),
        format!("median {:.0} ms, at most {most:.0} ms (goal ≤ 2,000)", median(ms)),
    );
    indexed(book, city, "index behind when submissions stopped: to catch up");
}

/// Waits for the index and notes down how long it took.
fn indexed(book: &mut Book, city: &City, name: &str) {
    match city.wait_until_indexed() {
        Some(seconds) => book.fact(name, format!("{seconds:.1} s")),
        None => book.fault(format!("{name}: it stands still")),
    }
}

/// A schema of this run's own.
fn own_schema(url: &str) -> String {
    let name = format!("load_{}", Clock::System.id().simple());
    let mut db = Db::open(url).expect("PostgreSQL answers");
    db.batch_execute(&format!("CREATE SCHEMA {name}")).expect("a schema can be made");
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-csearch_path%3D{name}")
}

/// Whether PostgreSQL is as durable as it can be: what its figures mean depends on it.
fn settings_of(url: &str) -> String {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        setting: String,
    }
    let mut db = Db::open(url).expect("PostgreSQL answers");
    let rows: Vec<Setting> = diesel::sql_query(
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'server_version') \
         ORDER BY name",
    )
    .load(&mut db)
    .expect("its settings");
    rows.iter().map(|s| format!("{} {}", s.name, s.setting)).collect::<Vec<_>>().join(", ")
}

fn commit() -> String {
    let out = std::process::Command::new("git").args(["describe", "--always", "--dirty"]).output();
    out.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
}
