//! `submissions import`: opinions that were received elsewhere (by another system, or on paper that somebody typed out),
//! from a table, one a row. Each is stored as any other is, once, whenever and however often the command is run.

mod row;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Subcommand;
use csv::{ByteRecord, Terminator};
use serde_json::json;

use row::{Columns, Import, Row};

use crate::clock::Clock;
use crate::config::Config;
use crate::consultations::submission::State;
use crate::consultations::{self, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mail::ReceiptMails;
use crate::people::commands::in_the_name_of;
use crate::people::{May, Viewer};
use crate::trail::{self, Act, By, Door, Line, Subject};
use crate::web::App;

/// The commands below `submissions`.
#[derive(Debug, Subcommand)]
pub enum SubmissionsCommand {
    /// ほかで受け付けた意見を、CSVの一覧から取り込む(何度しても重複しない)
    ///
    /// UTF-8のCSVで、1行目は列の名前。必ず要る列: key(1通ずつ違う印), channel(web email post fax hand_in), opinion。
    /// いつ届いたかは、webとemailは received_at(日時)、ほかは received_on(日付)。使える列はほかに postmarked_on,
    /// written_on, name, org_name, rep_name, address, contact, relation, org_publish_ok, paragraph, target, reason。
    /// 2つ目からの意見は opinion_2, reason_2 のように続ける。取り込めない行は、行の番号と理由を標準エラー出力に書き、
    /// ほかの行は取り込む。標準出力には、どの key がどの受付番号になったかを CSV で書く。
    Import {
        /// 一覧のファイル
        file: std::path::PathBuf,
        /// 意見募集の番号(画面のアドレスにある数字)
        #[arg(long)]
        consultation: i64,
        /// 取り込む職員のログイン名。その人が入力したものとして残る
        #[arg(long)]
        by: String,
        /// すべての行を調べるだけで、何も取り込まない
        #[arg(long)]
        check: bool,
    },
}

/// Runs one of them.
///
/// # Errors
/// What the person at the shell has to change, or the house's trouble; run again, it goes on where it stopped.
pub fn run(config: Config, command: &SubmissionsCommand) -> Result<()> {
    let SubmissionsCommand::Import { file, consultation, by, check } = command;
    let app = App::open(config, Clock::System)?;
    let viewer = in_the_name_of(&app, by)?;
    let out = BufWriter::new(io::stdout().lock());
    import(&app, &viewer, *consultation, file, *check, out).map(drop)
}

/// Rows stored in one write: citizens who send meanwhile wait for no more than these.
const ROWS_AT_ONCE: usize = 64;

/// No row is larger: a quotation mark that is never closed would make one of the rest of the file.
const LARGEST_ROW: u64 = 4 * 1024 * 1024;

/// How often it says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(2);

/// What an import came to; every row read is in one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows below the first line.
    pub read: u64,
    /// Stored now, by where they stand.
    pub stored: BTreeMap<&'static str, u64>,
    /// Stored before.
    pub known: u64,
    /// To be mended.
    pub refused: u64,
}

impl Counts {
    fn newly(&self) -> u64 {
        self.stored.values().sum()
    }

    fn adds_up(&self) -> bool {
        self.read == self.newly() + self.known + self.refused
    }
}

/// What became of a row.
enum Taken {
    /// Which of its receipts it has, and where it stands.
    Stored(usize, State),
    /// The same, from before.
    Known(usize, State),
    /// Its key belongs to another text.
    Otherwise,
}

/// Takes in every row of a table that is not there yet, in the name of a member of staff; with `check` it only looks.
/// `out` gets a table of keys and receipts.
///
/// # Errors
/// The house's trouble, at once; [`Error::Refused`] at the end when rows were refused, each told on standard error.
pub fn import(
    app: &App,
    viewer: &Viewer,
    id: i64,
    file: &Path,
    check: bool,
    out: impl Write,
) -> Result<Counts> {
    let shown = app.db.read_now(|db| consultations::shown(db, id)).map_err(|why| match why {
        Error::NotFound => Error::Refused(format!("公示された意見募集に、番号 {id} のものはありません。")),
        other => other,
    })?;
    viewer.may(May::EnterOpinions(shown.row.unit_id))?;
    let import = Import { app, id, asked: shown.content.sender_fields, viewer };
    let began = Instant::now();
    let mut table = Table::open(file)?;
    let mut keeper = Keeper::new(&import, check, out)?;
    let mut waiting: Vec<Row> = Vec::with_capacity(ROWS_AT_ONCE);
    let mut said = Instant::now();
    let broken = loop {
        let (line, fields) = match table.next() {
            Ok(Some(read)) => read,
            Ok(None) => break None,
            Err(why) => break Some(why),
        };
        keeper.counts.read += 1;
        let row = match fields {
            Ok(fields) => import.row(line, &fields, app.clock.now())?,
            Err(why) => Err(why),
        };
        match row {
            Ok(row) => waiting.push(row),
            Err(why) => keeper.refuse(line, &why),
        }
        if waiting.len() == ROWS_AT_ONCE {
            keeper.keep(std::mem::take(&mut waiting))?;
        }
        if said.elapsed() >= SAID_EVERY {
            said = Instant::now();
            keeper.tell(table.percent());
        }
    };
    keeper.keep(waiting)?;
    let counts = keeper.end(file, began.elapsed())?;
    match (broken, counts.refused) {
        (Some(why), _) => Err(why),
        (None, 0) => Ok(counts),
        (None, refused) => Err(Error::Refused(format!(
            "取り込めなかった行が {refused}あります。直してから、同じファイルをもう一度取り込めます。"
        ))),
    }
}

/// A table that is read row by row, whatever its length.
struct Table {
    rows: csv::Reader<BufReader<Bounded>>,
    /// How much more may be read for the row at hand.
    left: Arc<AtomicU64>,
    columns: Columns,
    record: ByteRecord,
    size: u64,
}

impl Table {
    fn open(path: &Path) -> Result<Table> {
        let cannot = |why: io::Error| Error::Refused(format!("{} を読めません: {why}", path.display()));
        let file = File::open(path).map_err(cannot)?;
        let size = file.metadata().map_err(cannot)?.len();
        let left = Arc::new(AtomicU64::new(LARGEST_ROW));
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // so that lines are counted right after CRLF; the CR is taken off below
            .terminator(Terminator::Any(b'\n'))
            .from_reader(BufReader::new(Bounded { file, left: left.clone() }));
        let mut record = ByteRecord::new();
        let some = rows.read_byte_record(&mut record).map_err(|why| unreadable(1, &why))?;
        if !some {
            return Err(Error::Refused("ファイルが空です。".to_owned()));
        }
        let first: Vec<String> =
            record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let columns = Columns::read(&first).map_err(Error::Refused)?;
        Ok(Table { rows, left, columns, record, size })
    }

    /// The next row that is not empty: its line, and its fields or what is wrong with it.
    fn next(&mut self) -> Result<Option<(u64, std::result::Result<crate::web::form::Fields, String>)>> {
        loop {
            self.left.store(LARGEST_ROW, Ordering::Relaxed);
            let line = self.rows.position().line();
            if !self.rows.read_byte_record(&mut self.record).map_err(|why| unreadable(line, &why))? {
                return Ok(None);
            }
            let mut values: Vec<&[u8]> = self.record.iter().collect();
            if let Some(last) = values.last_mut() {
                *last = last.strip_suffix(b"\r").unwrap_or(last);
            }
            if values.iter().all(|value| value.is_empty()) {
                continue;
            }
            // the reader passes over empty lines before a row: its first line is counted back from its end
            let within = values.iter().flat_map(|value| value.iter()).filter(|byte| **byte == b'\n').count();
            let ended = u64::from(!self.rows.is_done());
            let line = self.rows.position().line().saturating_sub(within as u64 + ended);
            return Ok(Some((line, self.columns.fields(&values))));
        }
    }

    fn percent(&self) -> u64 {
        self.rows.position().byte() * 100 / self.size.max(1)
    }
}

fn unreadable(line: u64, why: &csv::Error) -> Error {
    let large = match why.kind() {
        csv::ErrorKind::Io(why) => why.kind() == io::ErrorKind::FileTooLarge,
        _ => false,
    };
    Error::Refused(if large {
        format!(
            "{line}行目から始まる行が大きすぎます。引用符(\")が閉じていないのかもしれません。ここまでは取り込みました。"
        )
    } else {
        format!("{line}行目から先を読めません: {why}")
    })
}

/// A file that gives no more than is left.
struct Bounded {
    file: File,
    left: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        let left = self.left.load(Ordering::Relaxed);
        if read as u64 > left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.left.store(left - read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Stores rows and counts them.
struct Keeper<'a, W: Write> {
    import: &'a Import<'a>,
    by: By,
    check: bool,
    out: csv::Writer<W>,
    counts: Counts,
}

impl<'a, W: Write> Keeper<'a, W> {
    fn new(import: &'a Import<'a>, check: bool, out: W) -> Result<Keeper<'a, W>> {
        let by = By { door: Door::Shell, ..import.viewer.by() };
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["key", "receipt", "state"]).map_err(Error::internal)?;
        Ok(Keeper { import, by, check, out, counts: Counts::default() })
    }

    fn refuse(&mut self, line: u64, why: &str) {
        self.counts.refused += 1;
        eprintln!("{line}行目: {why}");
    }

    /// Stores rows in one write. Where the database does not take one of them, each has a write of its own: one bad row
    /// keeps no other out.
    fn keep(&mut self, rows: Vec<Row>) -> Result<()> {
        if self.check {
            *self.counts.stored.entry("調べた行").or_default() += rows.len() as u64;
            return Ok(());
        }
        if rows.is_empty() {
            return Ok(());
        }
        let rows = Arc::new(rows);
        match self.take(rows.clone(), 0..rows.len()) {
            Ok(taken) => rows.iter().zip(taken).try_for_each(|(row, taken)| self.count(row, &taken)),
            Err(trouble @ (Error::Unavailable(_) | Error::StorageFull(_))) => Err(trouble),
            Err(_) => {
                for (at, row) in rows.iter().enumerate() {
                    match self.take(rows.clone(), at..at + 1) {
                        Ok(taken) => taken.iter().try_for_each(|taken| self.count(row, taken))?,
                        Err(trouble @ (Error::Unavailable(_) | Error::StorageFull(_))) => {
                            return Err(trouble);
                        }
                        Err(why) => self.refuse(row.line, &format!("保存できません: {why}")),
                    }
                }
                Ok(())
            }
        }
    }

    fn take(&self, rows: Arc<Vec<Row>>, which: std::ops::Range<usize>) -> Result<Vec<Taken>> {
        let (id, by) = (self.import.id, self.by.clone());
        self.import.app.db.write_behind(move |db| {
            rows[which.clone()].iter().map(|row| take(db, id, row, &by)).collect::<Result<Vec<Taken>>>()
        })
    }

    fn count(&mut self, row: &Row, taken: &Taken) -> Result<()> {
        let (receipt, state) = match *taken {
            Taken::Stored(receipt, state) => {
                *self.counts.stored.entry(state.label()).or_default() += 1;
                (receipt, state)
            }
            Taken::Known(receipt, state) => {
                self.counts.known += 1;
                (receipt, state)
            }
            Taken::Otherwise => {
                let key = &row.key;
                self.refuse(
                    row.line,
                    &format!("key「{key}」は、別の文章ですでに取り込まれています。文章は書き換えません。"),
                );
                return Ok(());
            }
        };
        let code = row.tickets.get(receipt).map_or_else(String::new, |ticket| ticket.code.to_string());
        let key = crate::web::sheet::cell(&row.key);
        self.out.write_record([&*key, &code, state.code()]).map_err(Error::internal)
    }

    fn tell(&self, percent: u64) {
        let Counts { read, known, refused, .. } = self.counts;
        eprintln!(
            "{percent}% {read}行(新しく保存した {}、すでにあった {known}、取り込めない {refused})",
            self.counts.newly()
        );
    }

    /// Says what it came to, with sums that hold, and has the trail remember that it was done.
    fn end(mut self, file: &Path, took: Duration) -> Result<Counts> {
        self.out.flush().map_err(Error::internal)?;
        let counts = self.counts;
        let parts: Vec<String> = counts.stored.iter().map(|(state, n)| format!("{state} {n}")).collect();
        let Counts { read, known, refused, .. } = counts;
        let new = counts.newly();
        eprintln!("読んだ行 {read} = 新しく保存した {new} + すでにあった {known} + 取り込めない {refused}");
        if !parts.is_empty() {
            eprintln!("新しく保存した {new} = {}", parts.join(" + "));
        }
        eprintln!("{:.1}秒", took.as_secs_f64());
        if !counts.adds_up() {
            return Err(Error::internal("the counts do not add up"));
        }
        if !self.check {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let told =
                Line::new(Act::SubmissionsImported, Subject::Consultation, self.import.id).with(json!({
                    "file": name, "read": read, "new": new, "known": known, "refused": refused,
                }));
            let (by, now) = (self.by, self.import.app.clock.now());
            self.import.app.db.write_now(move |db| trail::record(db, &by, now, &told))?;
        }
        Ok(counts)
    }
}

/// Stores one row, unless its key is there already.
fn take(db: &mut Db, id: i64, row: &Row, by: &By) -> Result<Taken> {
    let accepted = consultations::accept(db, id, &row.arrival, &ReceiptMails::default(), &[], by)?;
    if !accepted.repeated {
        return Ok(Taken::Stored(accepted.receipt, accepted.state));
    }
    let there = store::submission(db, accepted.submission_id)?.text_original;
    let same = there == row.text();
    Ok(if same { Taken::Known(accepted.receipt, accepted.state) } else { Taken::Otherwise })
}
