//! `group`: which letters of a file are copies of one form letter, and what each adds. Stores nothing and needs no city.

mod read;

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::text::likeness::{Index, Sketch, added};
use crate::text::{TextKey, l1};
use crate::web::sheet;
use read::Letter;

/// Letters worked on between two lines of progress.
const BLOCK: usize = 20_000;

pub(super) fn run(file: &Path) -> Result<()> {
    let began = Instant::now();
    let letters = read::read(file)?;
    eprintln!("読みました: {}通", letters.len());
    let (index, of_letter) = index(&letters);
    eprintln!("似たものを探しています。");
    let found = Found::of(&index, &of_letter);
    let counts = found.write(&letters, &of_letter, &mut BufWriter::new(io::stdout().lock()));
    let counts = match counts {
        // whoever reads has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        other => other.map_err(|error| Error::Refused(format!("結果を書けません: {error}")))?,
    };
    eprintln!(
        "受け取った意見 {}通 / 同じ言葉の本文を一つに数えて {}種類\n\
         まとまり(2通以上) {}組 {}通: 代表と一字一句同じ(L0) {}通、書き方だけの違い(L1) {}通、似ている(near、職員の確認が必要) {}通\n\
         ほかに似たもののない意見 {}通\n\
         かかった時間 {:.1}秒",
        letters.len(),
        index.len(),
        counts.groups,
        letters.len() - counts.alone,
        counts.identical,
        counts.same_words,
        counts.near,
        counts.alone,
        began.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// The index of all texts, and for each letter the number of its text.
fn index(letters: &[Letter]) -> (Index, Vec<u32>) {
    let keys = in_blocks(letters, "同じ本文をまとめています", |letter| l1(&letter.text));
    // for each text its first letter and the number of its letters, in the order of the file
    let mut texts: Vec<(usize, u32)> = Vec::new();
    let mut known: HashMap<TextKey, usize> = HashMap::new();
    let nth: Vec<usize> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let nth = *known.entry(*key).or_insert(texts.len());
            match texts.get_mut(nth) {
                Some((_, copies)) => *copies += 1,
                None => texts.push((at, 1)),
            }
            nth
        })
        .collect();
    drop((keys, known));
    let mut index = Index::new();
    let mut numbers = Vec::with_capacity(texts.len());
    for block in texts.chunks(BLOCK) {
        let sketches = in_parallel(block, |&(first, _)| Sketch::of(&letters[first].text));
        for (sketch, &(_, copies)) in sketches.into_iter().zip(block) {
            numbers.push(index.add(sketch, copies));
        }
        eprintln!("比べています: {}/{}", numbers.len(), texts.len());
    }
    (index, nth.into_iter().map(|nth| numbers[nth]).collect())
}

/// The groups of a file.
struct Found {
    /// For each letter its group, counted from 0 in the order of the file.
    groups: Vec<usize>,
    /// For each group the letter that stands for it, and its size.
    standing: Vec<(usize, usize)>,
}

/// What is told at the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    groups: usize,
    alone: usize,
    identical: usize,
    same_words: usize,
    near: usize,
}

impl Found {
    fn of(index: &Index, of_letter: &[u32]) -> Found {
        let models = index.groups();
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for (text, model) in models.iter().enumerate() {
            members.entry(*model).or_default().push(text as u32);
        }
        let typical: HashMap<u32, u32> =
            members.into_iter().map(|(model, texts)| (model, index.typical(&texts))).collect();
        let mut numbers: HashMap<u32, usize> = HashMap::new();
        let mut standing: Vec<(Option<usize>, usize)> = Vec::new();
        let groups = of_letter
            .iter()
            .enumerate()
            .map(|(letter, &text)| {
                let model = models[text as usize];
                let group = *numbers.entry(model).or_insert(standing.len());
                if group == standing.len() {
                    standing.push((None, 0));
                }
                let (stands, size) = &mut standing[group];
                *size += 1;
                if typical.get(&model) == Some(&text) {
                    stands.get_or_insert(letter);
                }
                group
            })
            .collect();
        Found {
            groups,
            standing: standing.into_iter().map(|(stands, size)| (stands.unwrap_or(0), size)).collect(),
        }
    }

    /// Writes the table, a row for each letter in the order of the file.
    fn write(&self, letters: &[Letter], of_letter: &[u32], out: &mut impl Write) -> io::Result<Counts> {
        let groups = self.standing.iter().filter(|(_, size)| *size > 1).count();
        let mut counts = Counts { groups, ..Counts::default() };
        let mut table = csv::Writer::from_writer(out);
        table.write_record(["id", "group", "level", "representative", "added"])?;
        let numbers: Vec<usize> = (0..letters.len()).collect();
        for block in numbers.chunks(BLOCK) {
            let rows = in_parallel(block, |&letter| {
                let stands = self.standing[self.groups[letter]].0;
                let (text, model) = (&letters[letter].text, &letters[stands].text);
                match (text == model, of_letter[letter] == of_letter[stands]) {
                    (true, _) => ("L0", String::new()),
                    (false, true) => ("L1", String::new()),
                    (false, false) => ("near", added(model, text)),
                }
            });
            for (&letter, (level, added)) in block.iter().zip(rows) {
                let (stands, size) = self.standing[self.groups[letter]];
                match level {
                    _ if size == 1 => counts.alone += 1,
                    "L0" => counts.identical += 1,
                    "L1" => counts.same_words += 1,
                    _ => counts.near += 1,
                }
                let group = (self.groups[letter] + 1).to_string();
                let added = sheet::cell(&added);
                table.write_record([&letters[letter].id, &group, level, &letters[stands].id, &*added])?;
            }
        }
        table.flush()?;
        Ok(counts)
    }
}

fn in_blocks<T: Sync, R: Send>(items: &[T], what: &str, how: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let mut done = Vec::with_capacity(items.len());
    for block in items.chunks(BLOCK * 5) {
        done.extend(in_parallel(block, &how));
        eprintln!("{what}: {}/{}", done.len(), items.len());
    }
    done
}

/// Works on all items with all processors; the results are in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], how: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|share| scope.spawn(|| share.iter().map(&how).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
