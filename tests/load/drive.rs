//! Drives a workload with a number of clients for a bounded time, and takes the times.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use crate::client::Trouble;
use crate::report::Sample;

/// What one step of a client came to.
pub enum Step {
    /// Done; with the time of the part that counts, when that is not the whole step.
    Done(Option<Duration>),
    /// This client has nothing more to do.
    Over,
}

/// What all clients together did.
#[derive(Default)]
pub struct Tally {
    /// Steps done.
    pub done: usize,
    /// Steps that failed, the first few in words.
    pub failed: usize,
    /// The first failures.
    pub troubles: Vec<String>,
    /// From the start line to the last client's end.
    pub elapsed: Duration,
    /// CPU of the server meanwhile, ms.
    pub cpu_ms: f64,
    times: Vec<Duration>,
}

impl Tally {
    /// One more step that took so long.
    pub fn add(&mut self, time: Duration) {
        self.times.push(time);
        self.done += 1;
    }

    /// As a sample of the report.
    pub fn sample(mut self) -> Sample {
        self.times.sort_unstable();
        let at = |q: f64| {
            let last = self.times.len().saturating_sub(1);
            self.times.get((last as f64 * q).round() as usize).map_or(f64::NAN, |t| t.as_secs_f64() * 1000.0)
        };
        Sample {
            rate: self.done as f64 / self.elapsed.as_secs_f64(),
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
            cpu: self.cpu_ms / self.done.max(1) as f64,
            failed: self.failed,
        }
    }
}

/// Runs `clients` threads for `time`, each with its own step function, which `make` prepares before the start.
///
/// `cpu` gives the server's CPU milliseconds so far. A client that fails ten times gives up.
pub fn drive<F>(
    clients: usize,
    time: Duration,
    cpu: impl Fn() -> f64,
    make: impl Fn(usize) -> F + Sync,
) -> Tally
where
    F: FnMut() -> Result<Step, Trouble>,
{
    let line = Barrier::new(clients + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|number| {
                let (line, make) = (&line, &make);
                std::thread::Builder::new()
                    .stack_size(512 * 1024)
                    .spawn_scoped(scope, move || {
                        let mut step = make(number);
                        let mut mine = Tally::default();
                        line.wait();
                        let began = Instant::now();
                        while began.elapsed() < time && mine.failed < 10 {
                            let at = Instant::now();
                            match step() {
                                Ok(Step::Done(part)) => {
                                    mine.add(part.unwrap_or_else(|| at.elapsed()));
                                }
                                Ok(Step::Over) => break,
                                Err(trouble) => {
                                    mine.failed += 1;
                                    mine.troubles.push(trouble.to_string());
                                }
                            }
                        }
                        mine
                    })
                    .expect("a thread")
            })
            .collect();
        line.wait();
        let (began, before) = (Instant::now(), cpu());
        let mut all = Tally::default();
        for thread in threads {
            let one = thread.join().expect("a client does not panic");
            all.done += one.done;
            all.failed += one.failed;
            all.times.extend(one.times);
            all.troubles.extend(one.troubles.into_iter().take(2));
        }
        all.troubles.truncate(5);
        all.elapsed = began.elapsed();
        all.cpu_ms = cpu() - before;
        all
    })
}
