//! The floors: what this machine can do at best for each sort of work, measured in the same minute as ours.
//!
//! Each runs in a process of its own, started by the suite with `--floor`, so that its CPU is counted as a server's
//! is. H and P20 serve until their input closes; the others work for a time and print a line of figures.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use maud::{DOCTYPE, html};

use crate::city::Writer;
use crate::grouping;
use crate::machine;
use crate::report::Sample;

diesel::table! {
    floor_letter (id) {
        id -> BigInt,
        receipt_code -> Text,
        channel -> Text,
        state -> Text,
        received_on -> Text,
        body -> Text,
    }
}

#[derive(Insertable)]
#[diesel(table_name = floor_letter)]
struct Row {
    receipt_code: String,
    channel: &'static str,
    state: &'static str,
    received_on: &'static str,
    body: String,
}

/// Rows of about 1.3 KB, each with a code of its own.
struct Rows {
    /// The mean letter, a few of them: making them up is no part of the floor.
    bodies: Vec<String>,
    prefix: usize,
    number: usize,
}

impl Rows {
    fn new(prefix: usize) -> Rows {
        let mut writer = Writer::new(prefix as u64);
        Rows { bodies: (0..32).map(|_| writer.text(430)).collect(), prefix, number: 0 }
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.number += 1;
        Some(Row {
            receipt_code: format!("{:04}{:08}", self.prefix, self.number),
            channel: "web_form",
            state: "received",
            received_on: "2026-04-01",
            body: self.bodies[self.number % self.bodies.len()].clone(),
        })
    }
}

/// A floor that serves pages, as a child process.
pub struct Serving {
    child: Child,
    /// Where.
    pub address: SocketAddr,
}

impl Serving {
    /// Starts `hello` or `page20`.
    pub fn start(which: &str) -> Serving {
        let mut child =
            this_program(&[which]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a child");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line with its address");
        Serving { child, address: line.trim().parse().expect("an address") }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a floor that works by itself for `seconds` and gives its figures.
pub fn run(arguments: &[&str]) -> Sample {
    let out = this_program(arguments).stderr(Stdio::inherit()).output().expect("a child");
    let line = String::from_utf8_lossy(&out.stdout).into_owned();
    let figures: Vec<f64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [rate, p50, p99, max, cpu] = figures[..] else { panic!("the floor {arguments:?} said {line:?}") };
    Sample { rate, p50, p99, max, cpu, failed: 0 }
}

fn this_program(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--floor").args(arguments);
    command
}

/// The child's side: does what `--floor` asks for.
pub fn serve_or_work(arguments: &[String]) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match arguments[..] {
        ["hello"] => serve(|| HttpResponse::Ok().content_type("text/plain").body("hello")),
        ["page20"] => serve(page_of_20),
        ["sqlite", folder, producers, ms] => group_commit(folder, number(producers), number(ms)),
        ["postgres", url, connections, ms] => bare_inserts(url, number(connections), number(ms)),
        ["csv", file, rows] => bare_csv(file, number(rows)),
        [which @ ("equal" | "minhash"), file] => grouping::floor(which, file),
        _ => panic!("no such floor: {arguments:?}"),
    }
}

fn serve(answer: fn() -> HttpResponse) {
    actix_web::rt::System::new().block_on(async move {
        let server =
            HttpServer::new(move || App::new().default_service(web::to(move || async move { answer() })))
                .workers(2)
                .bind("127.0.0.1:0")
                .expect("a free port");
        println!("{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        std::thread::spawn(move || {
            // the suite has ended, however it ended
            let _ = std::io::stdin().read(&mut [0]);
            std::process::exit(0);
        });
        let _ = server.await;
        drop(handle);
    });
}

/// A list page as any site would make it: 20 items, about 13.7 KB, built from strings for every request.
fn page_of_20() -> HttpResponse {
    thread_local! {
        static ITEMS: Vec<(String, String)> = {
            let mut writer = Writer::new(20);
            (0..20).map(|_| (writer.title(), writer.text(150))).collect()
        };
    }
    let page = ITEMS.with(|items| {
        html! {
            (DOCTYPE)
            html lang="ja" {
                head { meta charset="utf-8"; title { "みなさんの声" } link rel="stylesheet" href="/assets/style.css"; }
                body {
                    header { a href="/" { "広く聴く" } nav { a href="/voices" { "みなさんの声" } } }
                    main {
                        h1 { "みなさんの声" }
                        ul {
                            @for (number, (title, text)) in items.iter().enumerate() {
                                li.voice {
                                    h2 { a href=(format!("/voices/{number}")) { (title) } }
                                    p { (text) }
                                    p.facts { time datetime="2026-04-01" { "令和8年4月1日" } " 道路河川建設課" }
                                }
                            }
                        }
                    }
                }
            }
        }
        .into_string()
    });
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

/// SQLite at its best while durable: `synchronous=FULL`, and whoever waits shares the next commit.
fn group_commit(folder: &str, producers: usize, ms: usize) {
    let mut db = SqliteConnection::establish(&format!("{folder}/floor-{producers}.db")).expect("a database");
    db.batch_execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS floor_letter (id INTEGER \
         PRIMARY KEY, receipt_code TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, state TEXT NOT NULL, \
         received_on TEXT NOT NULL, body TEXT NOT NULL) STRICT; DELETE FROM floor_letter",
    )
    .expect("a table");
    let (line, waiting) = mpsc::sync_channel::<(Row, mpsc::SyncSender<()>)>(1024);
    let writer = std::thread::spawn(move || {
        while let Ok(first) = waiting.recv() {
            let mut together = vec![first];
            db.immediate_transaction(|db| {
                let mut next = 0;
                while next < together.len() {
                    diesel::insert_into(floor_letter::table).values(&together[next].0).execute(db)?;
                    next += 1;
                    if together.len() < 128
                        && let Ok(more) = waiting.try_recv()
                    {
                        together.push(more);
                    }
                }
                Ok::<(), diesel::result::Error>(())
            })
            .expect("a commit");
            for (_, done) in together {
                let _ = done.send(());
            }
        }
    });
    at_once(producers, ms, |number| {
        let (mut rows, line) = (Rows::new(number), line.clone());
        move || {
            let row = rows.next().expect("rows do not end");
            let (done, wait) = mpsc::sync_channel(1);
            let at = Instant::now();
            line.send((row, done)).expect("the writer is there");
            wait.recv().expect("an answer");
            at.elapsed()
        }
    });
    drop(line);
    writer.join().expect("the writer ends");
}

/// PostgreSQL at its best for one row a transaction: as many connections as given, nothing but the insert.
fn bare_inserts(url: &str, connections: usize, ms: usize) {
    let mut db = PgConnection::establish(url).expect("PostgreSQL answers");
    db.batch_execute(
        "DROP TABLE IF EXISTS floor_letter; CREATE TABLE floor_letter (id BIGINT GENERATED BY DEFAULT AS IDENTITY \
         PRIMARY KEY, receipt_code TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, state TEXT NOT NULL, received_on TEXT \
         NOT NULL, body TEXT NOT NULL)",
    )
    .expect("a table");
    at_once(connections, ms, |number| {
        let mut rows = Rows::new(number);
        let mut db = PgConnection::establish(url).expect("PostgreSQL answers");
        move || {
            let row = rows.next().expect("rows do not end");
            let at = Instant::now();
            diesel::insert_into(floor_letter::table).values(&row).execute(&mut db).expect("an insert");
            at.elapsed()
        }
    });
    db.batch_execute("DROP TABLE floor_letter").expect("the table goes");
}

/// A table of SQLite as a CSV file, synced: so many rows of the mean letter, made before the clock starts.
fn bare_csv(file: &str, rows: usize) {
    let mut db = SqliteConnection::establish(file).expect("a database");
    db.batch_execute(
        "PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS floor_letter (id INTEGER PRIMARY KEY, receipt_code TEXT \
         NOT NULL UNIQUE, channel TEXT NOT NULL, state TEXT NOT NULL, received_on TEXT NOT NULL, body TEXT NOT NULL) \
         STRICT; DELETE FROM floor_letter",
    )
    .expect("a table");
    db.immediate_transaction(|db| {
        for row in Rows::new(1).take(rows) {
            diesel::insert_into(floor_letter::table).values(&row).execute(db)?;
        }
        Ok::<(), diesel::result::Error>(())
    })
    .expect("the rows");
    type Read = (i64, String, String, String, String, String);
    let pid = std::process::id();
    let (began, before) = (Instant::now(), machine::cpu_ms(pid));
    let mut out = csv::Writer::from_path(format!("{file}.csv")).expect("a file");
    let all = floor_letter::table
        .order(floor_letter::id)
        .load_iter::<Read, diesel::connection::DefaultLoadingMode>(&mut db)
        .expect("rows");
    let mut written = 0_u32;
    for row in all {
        let (id, code, channel, state, day, body) = row.expect("a row");
        out.write_record([&id.to_string(), &code, &channel, &state, &day, &body]).expect("room");
        written += 1;
    }
    out.into_inner().expect("room").sync_all().expect("a synced file");
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    let cpu = (machine::cpu_ms(pid) - before) / f64::from(written);
    println!("{} {ms} {ms} {ms} {cpu}", f64::from(written) / ms * 1000.0);
}

/// Works with so many threads for so many milliseconds and prints rate, p50, p99, max and CPU ms each.
fn at_once<F: FnMut() -> Duration>(threads: usize, ms: usize, make: impl Fn(usize) -> F + Sync) {
    let line = std::sync::Barrier::new(threads + 1);
    let pid = std::process::id();
    let (mut times, elapsed, cpu) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (line, make) = (&line, &make);
                scope.spawn(move || {
                    let mut work = make(number);
                    line.wait();
                    let (began, mut times) = (Instant::now(), Vec::new());
                    while began.elapsed() < Duration::from_millis(ms as u64) {
                        times.push(work());
                    }
                    times
                })
            })
            .collect();
        line.wait();
        let (began, before) = (Instant::now(), machine::cpu_ms(pid));
        let times: Vec<Duration> = workers.into_iter().flat_map(|w| w.join().expect("no panic")).collect();
        (times, began.elapsed(), machine::cpu_ms(pid) - before)
    });
    times.sort_unstable();
    let at = |q: f64| times[((times.len() - 1) as f64 * q).round() as usize].as_secs_f64() * 1000.0;
    let rate = times.len() as f64 / elapsed.as_secs_f64();
    println!("{rate} {} {} {} {}", at(0.5), at(0.99), at(1.0), cpu / times.len() as f64);
}
