//! `--only answers`: the answer table with as many opinions as are asked for, every one in a group of its own: the hardest
//! case. What a clerk does all day: open it, filter it, go to its end, open an answer, save it.

use std::path::Path;
use std::time::Duration;

use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::web::App;

use crate::client::{Form, Trouble};
use crate::consultation::{Consulted, SHARED, answered};
use crate::drive::{Step, drive};
use crate::machine;
use crate::report::{Book, By, Goal};
use crate::server::Setup;
use crate::workloads::{self, staff_client};

/// A click should feel instant at a tenth of a second.
pub const GOALS: &[Goal] = &[
    crate::goal("(g) answer table, first page", None, By::P99, 100.0),
    crate::goal("(g) answer table, last page", None, By::P99, 100.0),
    crate::goal("(g) answer table, only what is unfinished", None, By::P99, 100.0),
    crate::goal("(g) answer table, under one answer", None, By::P99, 100.0),
    crate::goal("(g) one answer opened", None, By::P99, 100.0),
    crate::goal("(g) one answer saved and shown again", None, By::P99, 200.0),
];

/// Measures the table of `items` opinions.
pub fn run(book: &mut Book, items: usize, rounds: usize, time: Duration, folder: &Path) {
    let data = folder.join("answers");
    std::fs::create_dir_all(&data).expect("a folder");
    let url = format!("sqlite:{}", data.join("hirokiku.db").display());
    let config = Config { data: data.clone(), database_url: url.clone(), ..Config::default() };
    let app = App::open(config, Clock::System).expect("the data folder opens");
    let Consulted { id, .. } = answered(&app, items);
    drop(app);
    let setup = Setup::new(&data, &url);
    let server = setup.start();
    crate::settle(&server);
    let rest = machine::pss_mib(server.pid());
    let table = format!("/consultations/{id}/answers");
    let cpu = || machine::cpu_ms(server.pid());
    let (last, views) = (items.div_ceil(50), items.div_ceil(SHARED));
    for round in 1..=rounds {
        if round > 1 {
            book.begin_round(machine::load());
        }
        for (name, path) in [
            ("first page", table.clone()),
            ("last page", format!("{table}?page={last}")),
            ("only what is unfinished", format!("{table}?gap=unfinished")),
            ("under one answer", format!("{table}?view=2")),
        ] {
            let tally = drive(2, time, cpu, |_| workloads::staff(&setup, || path.clone()));
            crate::keep(book, &format!("(g) answer table, {name}"), tally);
        }
        let tally = drive(2, time, cpu, |client| {
            let mut number = client;
            let setup = &setup;
            let mut staff = staff_client(setup);
            move || {
                number += 1;
                staff.page(&format!("/answers/{}", number % views + 1))?;
                Ok(Step::Done(None))
            }
        });
        crate::keep(book, "(g) one answer opened", tally);
        let tally = drive(1, time, cpu, |_| save(&setup, views, round));
        crate::keep(book, "(g) one answer saved and shown again", tally);
    }
    book.fact(
        "(g) memory at rest, after (PSS)",
        format!("{rest:.1}, {:.1} MiB", machine::pss_mib(server.pid())),
    );
    server.stop();
}

/// Opens an answer, changes its words and saves it; the time that counts is that of the saving.
fn save(setup: &Setup, views: usize, round: usize) -> impl FnMut() -> Result<Step, Trouble> + use<> {
    let mut staff = staff_client(setup);
    let mut number = 0;
    move || {
        number += 1;
        let path = format!("/answers/{}", number % views + 1);
        let page = staff.page(&path)?;
        let mut form = Form::find(&page.text(), &path).ok_or_else(|| page.refusal("no form"))?;
        form.fill("outcome", "reference");
        form.fill("body", &format!("いただいたご意見は、今後の進め方の参考とします。{round}の{number}。"));
        let at = std::time::Instant::now();
        let saved = staff.submit(&form)?;
        let took = at.elapsed();
        if saved.status != 200 || !saved.text().contains(&format!("{round}の{number}。")) {
            return Err(saved.refusal("not saved"));
        }
        Ok(Step::Done(Some(took)))
    }
}
