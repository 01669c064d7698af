//! `--only grouping`: `hirokiku group` on planted campaigns, beside two floors of the same minute, and one letter more.
//!
//! The floors are what anybody would write first: texts equal after L1, and plain MinHash (128 permutations, 32 bands
//! of 4, likeness from 0.6 on, joined by union-find) on one thread.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hirokiku::text::likeness::{Index, Sketch};
use hirokiku::text::{comparable, l1};

use crate::agreement::Agreement;
use crate::campaigns::{Planted, plant};
use crate::machine;
use crate::server::program;

/// Seeds on which no constant was chosen.
const SEEDS: [u64; 3] = [31, 5_001, 90_210];
/// New letters for the measurement of intake.
const NEW: usize = 2_000;

/// Measures and gives the table as Markdown, with what was not right.
pub fn measure(folder: &Path, sizes: &[usize]) -> (String, Vec<String>) {
    let mut out = String::from(
        "| letters, seed | method | s | CPU s | peak MiB | pairs P / R / F1 | B-cubed F1 | on the opposite side | half \
         rewritten found | paraphrases found |\n| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |\n",
    );
    let mut faults = Vec::new();
    for &size in sizes {
        for seed in SEEDS.into_iter().take(if size > 200_000 { 1 } else { SEEDS.len() }) {
            let planted = plant(size, seed);
            let file = folder.join("opinions.jsonl");
            write_down(&planted, &file);
            let this = std::env::current_exe().expect("this program");
            let ours = run(Command::new(program()).arg("group").arg(&file));
            let mut runs = vec![("hirokiku group", ours)];
            if size <= 200_000 && seed == SEEDS[0] {
                for (name, floor) in [("floor: equal after L1", "equal"), ("G: plain MinHash", "minhash")] {
                    runs.push((name, run(Command::new(&this).args(["--floor", floor]).arg(&file))));
                }
            }
            for (name, run) in runs {
                let found = Agreement::of(&planted, &run.groups, |letter| l1(&letter.text));
                let Run { seconds, cpu, peak, .. } = run;
                let _ = writeln!(
                    out,
                    "| {size}, {seed} | {name} | {seconds:.2} | {cpu:.2} | {peak:.0} | {:.4} / {:.4} / {:.4} | {:.4} | {} | {:.3} | {:.3} |",
                    found.precision,
                    found.recall,
                    found.f1(),
                    found.b_cubed,
                    found.opposite,
                    found.heavy,
                    found.paraphrased
                );
                println!("{}", out.lines().last().unwrap_or_default());
                if name == "hirokiku group" && (found.opposite > 0 || run.groups.len() != size) {
                    faults.push(format!(
                        "{size} letters, seed {seed}: {} of {size} rows, {} on the opposite side",
                        run.groups.len(),
                        found.opposite
                    ));
                }
            }
        }
        let _ = writeln!(out, "| {size} and one more | intake | {} | | | | | | |", intake(size));
        println!("{}", out.lines().last().unwrap_or_default());
    }
    (out, faults)
}

fn write_down(planted: &[Planted], file: &Path) {
    let mut out = BufWriter::new(File::create(file).expect("a file"));
    for (id, letter) in planted.iter().enumerate() {
        let line = serde_json::json!({ "id": id, "text": letter.text });
        writeln!(out, "{line}").expect("room on the disk");
    }
    out.flush().expect("room on the disk");
}

struct Run {
    groups: Vec<usize>,
    seconds: f64,
    cpu: f64,
    peak: f64,
}

/// Runs a grouping that prints a table, and watches it from outside.
fn run(command: &mut Command) -> Run {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let table = folder.path().join("groups.csv");
    let began = Instant::now();
    let mut child =
        command.stdout(File::create(&table).expect("a file")).stderr(Stdio::null()).spawn().expect("a child");
    let (mut cpu, mut peak) = (0.0_f64, 0.0_f64);
    while child.try_wait().expect("a child").is_none() {
        cpu = cpu.max(machine::cpu_ms(child.id()) / 1_000.0);
        peak = peak.max(machine::peak_mib(child.id()).unwrap_or(0.0));
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = began.elapsed().as_secs_f64();
    let mut groups = Vec::new();
    for row in csv::Reader::from_path(&table).expect("a table").records() {
        groups.push(row.expect("a row")[1].parse().expect("a number"));
    }
    Run { groups, seconds, cpu, peak }
}

/// CPU of taking one new letter into an index of `size` and asking for its group.
fn intake(size: usize) -> String {
    let planted = plant(size + NEW, SEEDS[0] + 1);
    let mut index = Index::new();
    let (before, after) = planted.split_at(size);
    for letter in before {
        index.add(Sketch::of(&letter.text), 1);
    }
    let (cpu, began) = (machine::cpu_ms(std::process::id()), Instant::now());
    let mut asked = Vec::with_capacity(NEW);
    for letter in after {
        let text = index.add(Sketch::of(&letter.text), 1);
        asked.push((text, index.group_of(text)));
    }
    let each = (machine::cpu_ms(std::process::id()) - cpu) / NEW as f64;
    let wall = began.elapsed().as_secs_f64() * 1_000.0 / NEW as f64;
    let groups = index.groups();
    let last = asked.last().is_some_and(|&(text, group)| groups[text as usize] == group);
    format!(
        "{each:.3} ms CPU each ({wall:.3} ms){}",
        if last { "" } else { ", **its group is not the batch's**" }
    )
}

/// The child's side of a floor: the groups of a file.
pub fn floor(which: &str, file: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    let texts = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line");
        line["text"].as_str().expect("a text").to_owned()
    });
    let groups = if which == "equal" { equal(texts) } else { minhash(&texts.collect::<Vec<_>>()) };
    let mut out = BufWriter::new(std::io::stdout().lock());
    writeln!(out, "id,group").expect("an output");
    for (id, group) in groups.into_iter().enumerate() {
        writeln!(out, "{id},{group}").expect("an output");
    }
}

fn equal(texts: impl Iterator<Item = String>) -> Vec<usize> {
    let mut groups = HashMap::new();
    texts
        .map(|text| {
            let next = groups.len();
            *groups.entry(l1(&text)).or_insert(next)
        })
        .collect()
}

fn root(above: &mut [usize], mut at: usize) -> usize {
    while above[at] != at {
        above[at] = above[above[at]];
        at = above[at];
    }
    at
}

fn minhash(texts: &[String]) -> Vec<usize> {
    const PERMUTATIONS: usize = 128;
    const ROWS: usize = 4;
    let alike = |a: &[u32], b: &[u32]| {
        let same = a.iter().zip(b).filter(|(a, b)| a == b).count();
        same * 10 >= PERMUTATIONS * 6
    };
    let of_text = equal(texts.iter().cloned());
    let mut signatures: Vec<[u32; PERMUTATIONS]> = Vec::new();
    for (text, &number) in texts.iter().zip(&of_text) {
        if number < signatures.len() {
            continue;
        }
        let chars: Vec<char> = comparable(text).chars().collect();
        let mut least = [u32::MAX; PERMUTATIONS];
        for shingle in chars.windows(5.min(chars.len().max(1))) {
            let hash = shingle
                .iter()
                .fold(0xcbf2_9ce4_8422_2325_u64, |h, &c| (h ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3));
            for (at, least) in least.iter_mut().enumerate() {
                let turned = (hash ^ (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
                    .wrapping_mul(0xbf58_476d_1ce4_e5b9);
                *least = (*least).min((turned >> 32) as u32);
            }
        }
        signatures.push(least);
    }
    let mut above: Vec<usize> = (0..signatures.len()).collect();
    for band in 0..PERMUTATIONS / ROWS {
        let mut met: HashMap<&[u32], Vec<usize>> = HashMap::new();
        for (number, signature) in signatures.iter().enumerate() {
            let here = met.entry(&signature[band * ROWS..(band + 1) * ROWS]).or_default();
            // with the first of each set of texts met so far, as such programs do to stay fast
            for &other in here.iter() {
                if alike(signature, &signatures[other]) {
                    let (a, b) = (root(&mut above, number), root(&mut above, other));
                    above[a.max(b)] = a.min(b);
                    break;
                }
            }
            let own = root(&mut above, number);
            if here.len() < 32 && !here.iter().any(|&other| root(&mut above, other) == own) {
                here.push(number);
            }
        }
    }
    of_text.into_iter().map(|number| root(&mut above, number)).collect()
}
