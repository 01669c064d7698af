//! `--only submissions`: opinions by `submissions import` from a CSV, every fifth of them a form letter; killed half-way
//! and run again, and once more when all of it is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Duration as Days;
use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::Pool;
use hirokiku::db::schema::submission;
use hirokiku::web::App;

use crate::city::Writer;
use crate::consultation::{Consulted, announced};
use crate::report::Book;
use crate::{S64, floors, machine, own_schema, server};

/// Measures an import of `rows` opinions into SQLite, and into PostgreSQL where one is named.
pub fn run(book: &mut Book, rows: usize, postgres: Option<&str>, folder: &Path) {
    let file = folder.join("opinions.csv");
    let texts = write(&file, rows);
    book.add(S64, floors::run(&["sqlite", &folder.display().to_string(), "64", "2000"]));
    let mut places = vec![("SQLite", format!("sqlite:{}", folder.join("SQLite/hirokiku.db").display()))];
    if let Some(url) = postgres {
        places.push(("PostgreSQL", own_schema(url)));
    }
    for (name, url) in places {
        let data = folder.join(name);
        std::fs::create_dir_all(&data).expect("a folder");
        let config = Config { data: data.clone(), database_url: url.clone(), ..Config::default() };
        let app = App::open(config, Clock::System).expect("the data folder opens");
        let Consulted { id, clerk, .. } = announced(&app, app.clock.now() - Days::days(20));
        drop(app);
        let command = || {
            let mut command = Command::new(server::program());
            // settings of whoever measures are not the program's
            for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("HIROKIKU_"))
            {
                command.env_remove(name);
            }
            command
                .args(["submissions", "import", "--by", &clerk.login, "--consultation", &id.to_string()])
                .arg(&file)
                .env("HIROKIKU_DATA", &data)
                .env("DATABASE_URL", &url)
                .env("HIROKIKU_LOG", "error")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        // killed on its way; what it had stored is not stored again
        let mut child = command().spawn().expect("the program starts");
        std::thread::sleep(Duration::from_secs(2));
        child.kill().and_then(|()| child.wait()).expect("it is killed");
        let before = stored(&url).len();
        let began = Instant::now();
        let mut child = command().spawn().expect("the program starts");
        let (mut peak, mut cpu) = (0.0_f64, 0.0_f64);
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            peak = peak.max(machine::peak_mib(child.id()).unwrap_or(0.0));
            cpu = cpu.max(machine::cpu_ms(child.id()));
            std::thread::sleep(Duration::from_millis(10));
        };
        let seconds = began.elapsed().as_secs_f64();
        let new = rows - before;
        if !status.success() {
            book.fault(format!("{name}: the import ended with an error"));
        }
        book.fact(
            &format!("(i) {name}: {rows} rows, {before} of them there from before a kill"),
            format!(
                "{seconds:.1} s, {:.0} new rows/s, {:.3} ms CPU a row, {peak:.0} MiB at its height",
                new as f64 / seconds,
                cpu / new as f64
            ),
        );
        let began = Instant::now();
        let again = command().status().expect("the program starts");
        book.fact(
            &format!("(i) {name}: the same file once more, all of it there"),
            format!("{:.1} s", began.elapsed().as_secs_f64()),
        );
        let there = stored(&url);
        let distinct: BTreeSet<&String> = there.iter().collect();
        if !again.success()
            || there.len() != rows
            || distinct.len() != texts.len()
            || !texts.iter().all(|t| distinct.contains(t))
        {
            book.fault(format!(
                "{name}: {rows} rows became {} opinions, {} texts",
                there.len(),
                distinct.len()
            ));
        }
    }
}

/// Writes the table and gives the distinct texts.
fn write(file: &Path, rows: usize) -> BTreeSet<String> {
    let mut writer = Writer::new(11);
    let mut out = csv::Writer::from_path(file).expect("a file");
    let columns = ["key", "channel", "received_on", "name", "address", "contact", "opinion", "reason"];
    out.write_record(columns).expect("room");
    let day = Clock::System.today().pred_opt().expect("yesterday").to_string();
    let letter = writer.text(300);
    let mut texts = BTreeSet::new();
    for number in 0..rows {
        let opinion = if number % 5 == 0 { letter.clone() } else { format!("{number} {}", writer.text(300)) };
        let contact = if number % 2 == 0 { format!("import{number}@example.jp") } else { String::new() };
        let (key, name) = (format!("K{number:07}"), format!("計測 {number}番"));
        let address = format!("下関市長府{number}番");
        out.write_record([&*key, "post", &day, &name, &address, &contact, &opinion, ""]).expect("room");
        texts.insert(opinion);
    }
    out.flush().expect("room");
    texts
}

fn stored(url: &str) -> Vec<String> {
    let pool = Pool::open_as_is(url, 1).expect("the database opens");
    pool.read_now(|db| Ok(submission::table.select(submission::text_original).load(db)?))
        .expect("the opinions")
}
