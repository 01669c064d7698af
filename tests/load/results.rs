//! `--only result`: a consultation with as many opinions as are asked for, answered and approved by the program's own
//! verbs; then the making of its result, its page and its files, beside the floor: a bare CSV of the same texts.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hirokiku::calendar;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::consultations::consultation::Decision;
use hirokiku::opinions::result::{self, store::Draft};
use hirokiku::web::App;

use crate::client::Client;
use crate::consultation::{Consulted, answered, approved, decide};
use crate::floors;
use crate::machine;
use crate::report::{Book, By, Goal, Sample};
use crate::server::{Server, Setup};

/// The floor, as the table calls it.
const CSV: &str = "CSV: SQLite to a bare CSV file, synced";

/// What is compared; rates are rows a second.
pub const GOALS: &[Goal] = &[
    crate::goal("(f) csv of the result, rows", Some(CSV), By::Rate, 0.3),
    crate::goal("(f) json of the result, rows", Some(CSV), By::Rate, 0.3),
    crate::goal("(f) csv of the result, rows", None, By::Rate, 100_000.0),
    crate::goal("(f) json of the result, rows", None, By::Rate, 100_000.0),
];

/// Measures a result of `items` opinions.
pub fn run(book: &mut Book, items: usize, rounds: usize, time: Duration, folder: &Path) {
    let data = folder.join("result");
    std::fs::create_dir_all(&data).expect("a folder");
    let url = format!("sqlite:{}", data.join("hirokiku.db").display());
    let config = Config { data: data.clone(), database_url: url.clone(), ..Config::default() };
    let app = App::open(config, Clock::System).expect("the data folder opens");
    let began = Instant::now();
    let consulted = answered(&app, items);
    approved(&app, &consulted);
    let Consulted { id, clerk, head } = consulted;
    book.fact(
        "(f) set-up: taken in, cut, answered, approved",
        format!("{:.1} s", began.elapsed().as_secs_f64()),
    );

    let (now, sealer) = (app.clock.now(), app.sealer.clone());
    let began = Instant::now();
    let started = app
        .db
        .write_now(move |db| {
            let draft = Draft {
                decision: Some(Decision::AdoptedAsDrafted),
                decided_on: Some(calendar::tokyo_day(now)),
                ..Draft::default()
            };
            result::save(db, &clerk, now, id, &draft)?;
            result::circulate(db, &sealer, &clerk, now, id, "load_result")
        })
        .expect("a version");
    let made = began.elapsed();
    book.fact(
        &format!("(f) result of {items} opinions made: masked, checked, stored"),
        format!("{:.2} s, {:.0} items/s", made.as_secs_f64(), items as f64 / made.as_secs_f64()),
    );
    let began = Instant::now();
    decide(&app, &head, started, now);
    book.fact("(f) decided on and published", format!("{:.2} s", began.elapsed().as_secs_f64()));
    drop(app);

    let setup = Setup::new(&data, &url);
    let server = setup.start();
    let mut client = Client::new(setup.citizen);
    let base = format!("/consultations/{id}/result");
    for (name, path) in [("page 1", base.clone()), ("the last page", format!("{base}?page=99999"))] {
        let began = Instant::now();
        let answer = client.get(&path).expect("a page");
        let built = began.elapsed().as_secs_f64() * 1_000.0;
        let (until, mut times) = (Instant::now() + time, 0_u32);
        let again = Instant::now();
        while Instant::now() < until {
            client.get(&path).expect("a page");
            times += 1;
        }
        let each = again.elapsed().as_secs_f64() * 1_000.0 / f64::from(times.max(1));
        if answer.status != 200 {
            book.fault(format!("{path}: {}", answer.status));
        }
        book.fact(&format!("(f) {name}: first, then unchanged"), format!("{built:.1} ms, {each:.3} ms"));
    }
    let rest = machine::pss_mib(server.pid());
    let floor = folder.join("floor.db").display().to_string();
    let number = items.to_string();
    let mut height = rest;
    for round in 1..=rounds {
        if round > 1 {
            book.begin_round(machine::load());
        }
        book.add(CSV, floors::run(&["csv", &floor, &number]));
        for kind in ["csv", "json"] {
            height = height.max(file(book, &mut client, &server, &base, kind, items));
        }
    }
    book.fact(
        "(f) memory at its height while files are read (PSS; goal ≤ 16 MiB more)",
        format!("{height:.1} MiB, {:.1} more than before", height - rest),
    );
    server.stop();
}

/// Reads a file whole, counts its rows, and gives the most memory (PSS) the server had meanwhile.
fn file(book: &mut Book, client: &mut Client, server: &Server, base: &str, kind: &str, items: usize) -> f64 {
    let (pid, stop) = (server.pid(), AtomicBool::new(false));
    let (answer, seconds, cpu, height) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut height = 0.0_f64;
            while !stop.load(Ordering::Relaxed) {
                height = height.max(machine::pss_mib(pid));
                std::thread::sleep(Duration::from_millis(5));
            }
            height
        });
        let (began, cpu) = (Instant::now(), machine::cpu_ms(pid));
        let answer = client.get(&format!("{base}.{kind}")).expect("a file");
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), machine::cpu_ms(pid) - cpu);
        stop.store(true, Ordering::Relaxed);
        (answer, seconds, cpu, watching.join().expect("no panic"))
    });
    let text = answer.text();
    let rows = match kind {
        // a text may hold line breaks: rows are counted by a reader
        "csv" => csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes()).records().count(),
        _ => serde_json::from_str::<serde_json::Value>(&text)
            .ok()
            .and_then(|v| v.get("items").and_then(|i| i.as_array().map(Vec::len)))
            .unwrap_or(0),
    };
    if rows != items {
        book.fault(format!("{kind}: {rows} of {items} rows"));
    }
    println!("  {kind}: {:.1} MB", text.len() as f64 / 1e6);
    let ms = seconds * 1_000.0;
    let sample = Sample {
        rate: rows as f64 / seconds,
        p50: ms,
        p99: ms,
        max: ms,
        cpu: cpu / rows.max(1) as f64,
        failed: 0,
    };
    book.add(&format!("(f) {kind} of the result, rows"), sample);
    height
}
