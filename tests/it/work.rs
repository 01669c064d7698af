//! The background loop: it does what waits, and one failing task stops no other.

use std::sync::Mutex;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use hirokiku::error::{Error, Result};
use hirokiku::letters;
use hirokiku::trail::{self, By};
use hirokiku::web::Shared;
use hirokiku::work::{self, Task, Work};

use crate::app::TestApp;
use crate::letters::arrival;

static REACHED: Mutex<Option<SyncSender<()>>> = Mutex::new(None);

fn fails(_: &Shared) -> Result<bool> {
    Err(Error::internal("なにかの故障"))
}

fn panics(_: &Shared) -> Result<bool> {
    panic!("a task that panics")
}

fn reached(_: &Shared) -> Result<bool> {
    let sender = REACHED.lock().expect("one thread at a time");
    Ok(sender.as_ref().is_some_and(|s| s.try_send(()).is_ok()))
}

const TROUBLED: &[Task] = &[
    Task { name: "test.fails", run: fails },
    Task { name: "test.panics", run: panics },
    Task { name: "test.reached", run: reached },
];

#[test]
fn a_failing_task_is_told_of_and_stops_no_other() {
    let app = TestApp::new();
    let (sender, receiver) = sync_channel(3);
    *REACHED.lock().expect("one thread at a time") = Some(sender);
    let work = Work::start(app.app.clone(), TROUBLED).expect("it starts");
    for _ in 0..3 {
        receiver.recv_timeout(Duration::from_secs(30)).expect("the third task has its turns");
    }
    drop(work);
    let health = work::health();
    let of = |name| health.iter().find(|h| h.name == name).expect(name).clone();
    let (at, why) = of("test.fails").trouble.expect("trouble");
    assert!(at == app.clock.now() && why.contains("なにかの故障"), "{why}");
    assert!(of("test.panics").trouble.is_some());
    assert_eq!(of("test.reached").worked_at, Some(app.clock.now()));
}

#[test]
fn the_loop_chains_the_trail_and_stops_when_it_is_told() {
    let app = TestApp::new();
    let letter = arrival(&app, "街灯が消えています。");
    app.write(move |db| letters::accept(db, &letter, &By::citizen()));
    let work = Work::start(app.app.clone(), work::TASKS).expect("it starts");
    work.wake();
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while app.read(trail::verify).lines == 0 {
        assert!(std::time::Instant::now() < patience, "the line is chained");
        std::thread::yield_now();
    }
    drop(work);
    assert!(app.read(trail::verify).faults.is_empty());
}
