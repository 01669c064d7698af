//! A word that may be told to nobody goes through the whole house, and then stands nowhere but where it is sealed or
//! where staff work. Everything is done through the doors.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use hirokiku::approval;
use hirokiku::db::Db;
use hirokiku::db::schema::{approval as approvals, letter, matter};
use hirokiku::error::Result;
use hirokiku::routes;
use hirokiku::safekeeping::public;
use hirokiku::web::errors::percent;
use tracing_subscriber::EnvFilter;

use crate::app::{Browser, Page, TestApp};
use crate::citizen;
use crate::consultations::{announced, sent};
use crate::desk;
use crate::results;

/// Stands in the name, the mail address, the subject and the text of one letter.
const CANARY: &str = "qzx金糸雀7651";

/// The part of it that a mail address can hold.
const ASCII: &str = "qzx7651canary";

/// What the program logged, from the moment somebody listens.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything logged in this process at the finest level; database threads log too, so it is one log for all tests.
fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let to = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("hirokiku=trace"))
            .with_ansi(false)
            .with_writer(move || to.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        tracing::info!(target: "hirokiku", "the log is listened to");
        log
    })
    .clone()
}

#[track_caller]
fn went(page: &Page) {
    assert_eq!(page.status, 303, "{}", page.body);
}

fn number_in(path: &str) -> i64 {
    path.split('/').nth(2).and_then(|n| n.split('#').next()?.parse().ok()).expect("a number in the path")
}

/// What a letter's way through the house made.
pub struct Walked {
    /// `letter.id`.
    pub letter: i64,
    /// Its only matter.
    pub matter: i64,
    /// The reply that was sent.
    pub reply: i64,
    /// The reply's approval.
    pub approval: i64,
}

/// Writes a letter at the citizens' door and brings it as far as its reply waiting for the head of the section.
pub async fn submitted(app: &TestApp, fields: &[(&str, &str)]) -> Walked {
    let receipt = citizen::send(&app.citizen(), fields).await;
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    let letter: i64 =
        app.read(|db| Ok(letter::table.select(letter::id).order(letter::id.desc()).first(db)?));
    let matter: i64 = app.read(move |db| {
        Ok(matter::table.filter(matter::letter_id.eq(letter)).select(matter::id).first(db)?)
    });
    let (office, drafter) = (app.staff("kocho"), app.staff("tanto"));
    let page = office.get(&format!("/letters/{letter}")).await;
    let named = [("titles", "街灯の修理")];
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &named).await);
    let accept =
        [("decision", "accept"), ("kind", "request"), ("field[]", "infrastructure"), ("reply_needed", "yes")];
    went(&desk::act(&office, app, matter, "screening", &accept).await);
    went(&desk::act(&office, app, matter, "circulation", &[("staff[]", "7")]).await);
    went(&desk::act(&office, app, matter, "assignments", &[("owning_unit", "5")]).await);
    let page = drafter.get(&format!("/matters/{matter}/replies/new?kind=final")).await;
    let draft = [
        ("kind", "final"),
        ("via", "email"),
        ("subject", "街灯について"),
        ("body", "四月十日までに直します。"),
    ];
    let saved = drafter.submit(&page, &format!("/matters/{matter}/replies"), &draft).await;
    went(&saved);
    let reply = saved.location().to_owned();
    let page = drafter.get(&reply).await;
    let class = [("seen_no", "1"), ("class", "reply_section")];
    let started = drafter.submit(&page, &format!("{reply}/approvals"), &class).await;
    went(&started);
    Walked { letter, matter, reply: number_in(&reply), approval: number_in(started.location()) }
}

/// The same brought to its end: answered by mail and closed.
pub async fn answered(app: &TestApp, fields: &[(&str, &str)]) -> Walked {
    let walked = submitted(app, fields).await;
    approve(&app.staff("kacho"), &format!("/approvals/{}", walked.approval)).await;
    let drafter = app.staff("tanto");
    let reply = format!("/replies/{}", walked.reply);
    let page = drafter.get(&reply).await;
    went(&drafter.submit(&page, &format!("{reply}/dispatches"), &[]).await);
    went(&desk::act(&drafter, app, walked.matter, "closings", &[("outcome", "realised")]).await);
    walked
}

/// Presses 承認する on the page of an approval.
pub async fn approve(who: &Browser, approval: &str) {
    let page = who.get(approval).await;
    let version = page.input("version").expect("it is this person's turn");
    let fields = [("version", version.as_str()), ("decision", "approve"), ("comment", "")];
    went(&who.submit(&page, &format!("{approval}/decisions"), &fields).await);
}

/// Sends a form of a publication's workbench as it stands now.
async fn bench(who: &Browser, id: i64, noun: &str, fields: &[(&str, &str)]) -> Page {
    let page = who.get(&format!("/publications/{id}")).await;
    let version = page.input("version").unwrap_or_default();
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    who.submit(&page, &format!("/publications/{id}/{noun}"), &all).await
}

/// Proposes a closed matter for publication and gives the publication's number.
pub async fn proposed(app: &TestApp, matter: i64) -> i64 {
    let office = app.staff("kocho");
    let page = office.get("/moderation").await;
    let done = office.submit(&page, &format!("/matters/{matter}/publications"), &[]).await;
    went(&done);
    number_in(done.location())
}

/// Every column of a table, row by row, as text; bytes as hexadecimal.
fn whole_table(db: &mut Db, table: &str, columns: &[&str]) -> Result<String> {
    #[derive(QueryableByName)]
    struct Cell {
        #[diesel(sql_type = Nullable<Text>)]
        cell: Option<String>,
    }
    let mut whole = String::new();
    for column in columns {
        let cells: Vec<Cell> =
            diesel::sql_query(format!("SELECT CAST({column} AS TEXT) AS cell FROM {table}")).load(db)?;
        for Cell { cell } in cells {
            whole.push_str(&cell.unwrap_or_default());
            whole.push('\n');
        }
    }
    Ok(whole)
}

const VOICE: &[&str] = &[
    "id",
    "seq",
    "version_id",
    "version_no",
    "title",
    "voice_text",
    "gist",
    "answer_text",
    "unit_name",
    "unit_phone",
    "kind",
    "fields",
    "outcome",
    "fiscal_year",
    "received_on",
    "replied_on",
    "answered_sender",
    "published_on",
    "corrected_on",
    "correction_note",
    "content_hash",
];
const VERSION: &[&str] = &[
    "id",
    "publication_id",
    "no",
    "title",
    "voice_text",
    "gist",
    "answer_text",
    "unit_name",
    "unit_phone",
    "kind",
    "fields",
    "outcome",
    "received_on",
    "replied_on",
    "answered_sender",
    "correction_note",
    "content_hash",
    "masked_by",
    "created_at",
];
const OUTBOX: &[&str] = &[
    "id",
    "message_id",
    "kind",
    "letter_id",
    "matter_id",
    "dispatch_id",
    "content_hash",
    "state",
    "attempts",
    "next_at",
    "last_error",
    "server_reply",
    "created_at",
    "claimed_at",
    "sent_at",
];

#[track_caller]
fn silent(place: &str, text: &str) {
    for secret in [CANARY, ASCII, "金糸雀", &percent("金糸雀")] {
        assert!(!text.contains(secret), "{secret} stands in {place}:\n{text}");
    }
}

#[actix_web::test]
async fn what_was_masked_stands_in_nothing_that_leaves_the_house() {
    let heard = log();
    let app = TestApp::new();
    app.write(approval::seed);
    let address = format!("{ASCII}@example.jp");
    let body =
        format!("長府駅前の街灯が消えています。{CANARY}と申します。となりの{CANARY}商店も困っています。");
    let subject = format!("{CANARY}の前の街灯");
    let letter = [
        ("subject", subject.as_str()),
        ("body", body.as_str()),
        ("reply_wanted", "yes"),
        ("reply_via", "email"),
        ("publish_ok", "yes"),
        ("name", CANARY),
        ("email", address.as_str()),
    ];
    let walked = answered(&app, &letter).await;

    let office = app.staff("kocho");
    let id = proposed(&app, walked.matter).await;
    if office.get(&format!("/publications/{id}")).await.body.contains("accept_all") {
        went(&bench(&office, id, "masks", &[("accept_all", "yes")]).await);
    }
    let left = [("part", "voice"), ("words", CANARY), ("reason", "personal")];
    let masked = bench(&office, id, "masks", &left).await;
    assert!(masked.status == 303 || masked.status == 200, "{}", masked.body);
    went(&bench(&office, id, "texts", &[("title", "駅前の街灯"), ("fields[]", "infrastructure")]).await);
    went(&bench(&office, id, "approvals", &[]).await);
    let approval: i64 =
        app.read(|db| Ok(approvals::table.select(approvals::id).order(approvals::id.desc()).first(db)?));
    approve(&app.staff("kocho2"), &format!("/approvals/{approval}")).await;

    let stranger = app.citizen();
    stranger.get(&format!("/voices/{id}")).await.shows("街灯が消えています").shows("【個人情報】");
    let mut public: Vec<String> = vec![
        format!("/voices/{id}"),
        format!("/voices/{id}/versions/1"),
        format!("/api/v1/voices/{id}"),
        "/voices/similar?q=%E8%A1%97%E7%81%AF%E3%81%8C%E6%B6%88%E3%81%88%E3%81%A6%E3%81%84%E3%81%BE%E3%81%99"
            .to_owned(),
        "/voices?q=%E8%A1%97%E7%81%AF".to_owned(),
    ];
    public.extend(
        routes::CITIZEN
            .iter()
            .filter(|r| r.method == "GET" && !r.path.contains('{'))
            .map(|r| r.path.to_owned()),
    );
    for path in &public {
        silent(path, &stranger.get(path).await.body);
    }
    stranger.get("/feeds/voices.atom").await.shows("駅前の街灯");
    stranger.get("/opendata/letters_published.csv").await.shows("駅前の街灯");
    stranger.get("/").await.shows("最近の声と答え").shows("駅前の街灯");
    let similar = stranger.post("/voices/similar", &[("text", body.as_str())]).await;
    silent("/voices/similar", &similar.shows("駅前の街灯").body);

    // who searches for it finds what anybody finds who searches for a word that never was
    let other = "xzq雀糸金1567";
    for path in ["/voices", "/api/v1/voices", "/voices/similar"] {
        let of = |word: &str| format!("{path}?q={}", percent(word));
        let (found, never) = (stranger.get(&of(CANARY)).await, stranger.get(&of(other)).await);
        let bare = |page: &Page, word: &str| page.body.replace(word, "").replace(&percent(word), "");
        assert_eq!(bare(&found, CANARY), bare(&never, other), "{path}");
    }

    // the open data in files is what the door gives, byte for byte
    let folder = tempfile::tempdir().expect("a folder");
    let written = public::export_public(&app.app, folder.path()).await.expect("written");
    assert_eq!((written.voices, written.files), (1, 9));
    for path in ["feeds/voices.atom", "opendata/letters_published.csv", "api/openapi.json"] {
        let file = std::fs::read_to_string(folder.path().join(path)).expect("a file");
        silent(path, &file);
        assert_eq!(file, stranger.get(&format!("/{path}")).await.body, "{path}");
    }
    for file in std::fs::read_dir(folder.path().join("api/v1/voices")).expect("the folder") {
        let path = file.expect("an entry").path();
        silent("a voice in a file", &std::fs::read_to_string(path).expect("a file"));
    }

    let mut files = vec!["/letters.csv".to_owned()];
    let figures = office.get("/statistics").await;
    files.extend(
        figures
            .body
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next())
            .filter(|href| href.starts_with("/statistics.csv"))
            .map(|href| href.replace("&amp;", "&")),
    );
    assert!(files.len() > 1, "the figures offer no files");
    for path in &files {
        let page = office.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        silent(path, &page.body);
    }
    office.get("/letters.csv").await.shows("街灯の修理");

    for (table, columns) in [
        ("voice", VOICE),
        ("voice_field", &["field", "seq"]),
        ("voice_tally", &["field", "fiscal_year", "kind", "number"]),
        ("publication_version", VERSION),
        ("outbox", OUTBOX),
    ] {
        let rows = app.read(|db| whole_table(db, table, columns));
        assert!(!rows.is_empty(), "{table} is empty");
        silent(table, &rows);
    }
    let sealed: Vec<Vec<u8>> = app.read(|db| {
        use hirokiku::db::schema::outbox::dsl as o;
        Ok(o::outbox.select(o::sealed).load(db)?)
    });
    assert_eq!(sealed.len(), 2, "the receipt and the reply");
    for bytes in sealed {
        silent("a sealed mail", &String::from_utf8_lossy(&bytes));
    }
    let logged = heard.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(!logged.is_empty());
    silent("the log", &String::from_utf8_lossy(&logged));
}

#[actix_web::test]
async fn an_opinion_and_its_sender_stand_on_no_public_page_in_no_trail_line_and_in_no_log() {
    let heard = log();
    let app = TestApp::new();
    let id = announced(&app).await;
    let address = format!("{ASCII}@example.jp");
    let opinion = format!("{CANARY}の前の道を先に進めてください。");
    let fields = [("name", CANARY), ("contact", address.as_str()), ("opinion", opinion.as_str())];
    sent(&app, id, &fields).await.shows("ご意見を受け付けました");

    let stranger = app.citizen();
    let mut public = vec![format!("/consultations/{id}"), format!("/consultations/{id}/calendar.ics")];
    let plain = |r: &&routes::Route| r.method == "GET" && !r.path.contains('{');
    public.extend(routes::CITIZEN.iter().filter(plain).map(|r| r.path.to_owned()));
    for path in &public {
        silent(path, &stranger.get(path).await.body);
    }
    for (table, columns) in [("trail", &["subject_kind", "subject_id", "detail"][..]), ("outbox", OUTBOX)] {
        let rows = app.read(|db| whole_table(db, table, columns));
        assert!(!rows.is_empty(), "{table} is empty");
        silent(table, &rows);
    }
    let clerk = app.staff("clerk").get("/submissions/1").await;
    clerk.shows("の前の道を先に進めてください。").hides(&address);

    // the result with full texts says what was written and not by whom
    results::published(&app, id).await;
    let result = format!("/consultations/{id}/result");
    stranger.get(&result).await.shows("の前の道を先に進めてください。").shows("【個人情報】");
    let mut public = vec![result.clone(), format!("{result}.csv"), format!("{result}.json")];
    public.extend(routes::CITIZEN.iter().filter(plain).map(|r| r.path.to_owned()));
    for path in &public {
        silent(path, &stranger.get(path).await.body);
    }
    stranger.get("/opendata/opinion_groups.csv").await.shows("市の考え方その0。");
    let told = ["content", "content_hash", "change_note"];
    let rows = ["body", "org_name", "place", "withheld_note"];
    for (table, columns) in
        [("result_version", &told[..]), ("result_item", &rows[..]), ("result_group", &["gist", "place"][..])]
    {
        silent(table, &app.read(|db| whole_table(db, table, columns)));
    }
    let rows = app.read(|db| whole_table(db, "trail", &["subject_kind", "subject_id", "detail"]));
    silent("the trail", &rows);
    let logged = heard.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    silent("the log", &String::from_utf8_lossy(&logged));
}
