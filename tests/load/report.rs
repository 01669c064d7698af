//! The table: medians over the rounds, and each workload against its floor of the same round.

use std::fmt::Write;

/// One workload in one round.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// A second.
    pub rate: f64,
    /// ms.
    pub p50: f64,
    /// ms.
    pub p99: f64,
    /// ms.
    pub max: f64,
    /// Server's CPU ms for one.
    pub cpu: f64,
    /// How many failed.
    pub failed: usize,
}

/// What is compared with a floor.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// At least so much of the floor's rate.
    Rate,
    /// At most so many times the floor's CPU.
    Cpu,
    /// At most so many times the floor's p99.
    P99,
}

/// A goal: a workload against a floor, or against a fixed bound.
pub struct Goal {
    /// The workload.
    pub workload: &'static str,
    /// The floor; none for a bound in ms.
    pub floor: Option<&'static str>,
    /// What is compared.
    pub by: By,
    /// The bound.
    pub bound: f64,
}

/// All samples so far, in the order in which workloads were first measured.
#[derive(Default)]
pub struct Book {
    workloads: Vec<(String, Vec<Option<Sample>>)>,
    /// Load averages at the start of rounds.
    pub loads: Vec<f64>,
    /// Single figures: name, value in words.
    pub facts: Vec<(String, String)>,
    /// What was not right.
    pub faults: Vec<String>,
}

impl Book {
    /// Begins a round: samples of one round are compared with each other only.
    pub fn begin_round(&mut self, load: f64) {
        self.loads.push(load);
    }

    /// Writes a sample of this round down, and on the screen.
    pub fn add(&mut self, name: &str, sample: Sample) {
        let round = self.loads.len();
        if !self.workloads.iter().any(|(n, _)| n == name) {
            self.workloads.push((name.to_owned(), Vec::new()));
        }
        for (_, samples) in self.workloads.iter_mut().filter(|(n, _)| n == name) {
            samples.resize(round, None);
            samples[round - 1] = Some(sample);
        }
        let Sample { rate, p50, p99, cpu, failed, .. } = sample;
        println!(
            "  {name:<58} {rate:>9.0}/s  p50 {p50:>8.3}  p99 {p99:>8.3}  cpu {cpu:>7.3} ms  failed {failed}"
        );
    }

    /// A figure that is no rate.
    pub fn fact(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        println!("  {name:<58} {value}");
        self.facts.push((name.to_owned(), value));
    }

    /// Something that must not be.
    pub fn fault(&mut self, what: impl Into<String>) {
        let what = what.into();
        println!("  WRONG: {what}");
        self.faults.push(what);
    }

    fn samples(&self, name: &str) -> &[Option<Sample>] {
        self.workloads.iter().find(|(n, _)| n == name).map_or(&[], |(_, s)| s)
    }

    fn middle(&self, name: &str, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples(name).iter().flatten().map(of).collect())
    }

    /// The median of the ratios of single rounds.
    fn ratio(&self, name: &str, floor: &str, by: By) -> f64 {
        let pairs = self.samples(name).iter().zip(self.samples(floor));
        let of = |s: &Sample| match by {
            By::Rate => s.rate,
            By::Cpu => s.cpu,
            By::P99 => s.p99,
        };
        median(pairs.filter_map(|(a, b)| Some(of(a.as_ref()?) / of(b.as_ref()?))).collect())
    }

    /// The report as Markdown.
    pub fn markdown(&self, head: &str, goals: &[Goal]) -> String {
        let mut out = format!("{head}\n");
        let loads: Vec<_> = self.loads.iter().map(|l| format!("{l:.1}")).collect();
        let _ = writeln!(
            out,
            "Rounds: {}; load average at the start of each: {}.\n",
            loads.len(),
            loads.join(", ")
        );
        out += "| workload | a second: median (min – max) | p50 ms | p99 ms | max ms | CPU ms each |\n";
        out += "| --- | ---: | ---: | ---: | ---: | ---: |\n";
        for (name, samples) in &self.workloads {
            let rates: Vec<f64> = samples.iter().flatten().map(|s| s.rate).collect();
            let (low, high) =
                rates.iter().fold((f64::MAX, f64::MIN), |(low, high), r| (low.min(*r), high.max(*r)));
            let _ = writeln!(
                out,
                "| {name} | {} ({} – {}) | {} | {} | {} | {} |",
                short(median(rates)),
                short(low),
                short(high),
                short(self.middle(name, |s| s.p50)),
                short(self.middle(name, |s| s.p99)),
                short(self.middle(name, |s| s.max)),
                short(self.middle(name, |s| s.cpu)),
            );
        }
        out += "\n| goal | bound | measured | |\n| --- | ---: | ---: | --- |\n";
        for goal in goals.iter().filter(|g| !self.samples(g.workload).is_empty()) {
            let (what, measured) = match (goal.floor, goal.by) {
                (Some(floor), by) => (format!("{by:?} ÷ {floor}"), self.ratio(goal.workload, floor, by)),
                (None, By::Cpu) => ("CPU ms".to_owned(), self.middle(goal.workload, |s| s.cpu)),
                (None, By::P99) => ("p99 ms".to_owned(), self.middle(goal.workload, |s| s.p99)),
                (None, By::Rate) => ("a second".to_owned(), self.middle(goal.workload, |s| s.rate)),
            };
            let (sign, holds) = match goal.by {
                By::Rate => ("≥", measured >= goal.bound),
                By::Cpu | By::P99 => ("≤", measured <= goal.bound),
            };
            let verdict = if holds { "holds" } else { "**missed**" };
            let (bound, measured) = (goal.bound, short(measured));
            let _ = writeln!(out, "| {}: {what} | {sign} {bound} | {measured} | {verdict} |", goal.workload);
        }
        out += "\n| figure | |\n| --- | --- |\n";
        for (name, value) in &self.facts {
            let _ = writeln!(out, "| {name} | {value} |");
        }
        if self.faults.is_empty() {
            out +=
                "\nEvery accepted letter was found in the database once, with its text; no request failed.\n";
        }
        for fault in &self.faults {
            let _ = writeln!(out, "\n**Wrong:** {fault}");
        }
        out
    }
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.retain(|f| !f.is_nan());
    figures.sort_unstable_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => figures[n / 2],
        n => f64::midpoint(figures[n / 2 - 1], figures[n / 2]),
    }
}

/// Three digits that mean something.
fn short(figure: f64) -> String {
    match figure.abs() {
        _ if figure.is_nan() => "–".to_owned(),
        f if f >= 100.0 => format!("{figure:.0}"),
        f if f >= 10.0 => format!("{figure:.1}"),
        f if f >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}
