//! The proof that nothing was changed, the copy elsewhere, and the way out of the house.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::letters::letter::Arrival;
use hirokiku::letters::matter::{Change, Step};
use hirokiku::letters::{self, store};
use hirokiku::mail::Letterform;
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::safekeeping::{self, Report, backup, export};
use hirokiku::trail::By;
use hirokiku::web::App;
use serde_json::Value;

use crate::app::{TestApp, nothing_left_out, postgres};
use crate::letters::arrival;
use crate::mail::queue;

/// Letters with senders, one of them moved on; a mail; a stored file.
fn busy() -> TestApp {
    filled(TestApp::new())
}

fn filled(app: TestApp) -> TestApp {
    let now = app.clock.now();
    let details = PartyDetails {
        name: "秘密川 花子".to_owned(),
        email: "himitsu@example.jp".to_owned(),
        ..PartyDetails::default()
    };
    for n in 0..5 {
        let id = app.clock.id().to_string();
        let party = SealedParty::seal(&app.app.sealer, id, &details, now).expect("sealed");
        let letter = Arrival {
            party: Some(party),
            anonymous: false,
            subject: "夜道の件".to_owned(),
            ..arrival(&app, &format!("海響館前のガス燈が{n}本消えています。"))
        };
        app.write(move |db| {
            let id = letters::accept(db, &letter, &By::citizen())?.letter_id;
            let matter = store::matters_of(db, id)?.remove(0);
            for step in [Step::Register, Step::Accept].into_iter().take(n) {
                letters::advance(
                    db,
                    &By::system(),
                    now,
                    matter.id,
                    None,
                    step,
                    Change::default(),
                    Value::Null,
                )?;
            }
            Ok(())
        });
    }
    queue(&app, &Letterform { to: "himitsu@example.jp".to_owned(), ..Letterform::default() });
    // as the upload of a form leaves it
    let id = app.clock.id().to_string();
    let shelf = app.data.path().join("files/00");
    std::fs::create_dir_all(&shelf).expect("a shelf");
    std::fs::write(shelf.join(&id), b"scan").expect("a file");
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"scan"));
    let sql = format!(
        "INSERT INTO attachment (id, letter_id, purpose, state, name_original, name_shown, size, declared_type, \
         detected_type, sha256, created_at) VALUES ('{id}', 1, 'citizen', 'held', 'a.png', 'a.png', 4, 'image/png', \
         'image/png', '{hash}', '2026-04-01 00:00:00')"
    );
    app.write(move |db| Ok(db.batch_execute(&sql)?));
    app
}

fn proved(app: &App) -> Report {
    safekeeping::verify(app)
}

fn is_sqlite(app: &TestApp) -> bool {
    app.app.db.url().starts_with("sqlite:")
}

/// Another place with the same key: the data folder and its settings.
fn elsewhere(app: &TestApp) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(app.data.path().join("seal.key"), folder.path().join("seal.key")).expect("the key");
    let config = Config { data: folder.path().to_owned(), ..Config::default() };
    (folder, config)
}

fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    (0..bytes.len().saturating_sub(needle.len())).filter(|i| bytes[*i..].starts_with(needle)).collect()
}

#[test]
fn an_untouched_city_proves_itself() {
    let app = busy();
    let report = proved(&app.app);
    assert_eq!(report.faults, Vec::<String>::new());
    assert_eq!(report.checked.len(), 13);
    assert!(report.checked.iter().all(|l| l.ends_with("よし")), "{:?}", report.checked);
}

#[test]
fn one_changed_byte_anywhere_in_what_was_written_is_noticed() {
    let app = busy();
    if !is_sqlite(&app) {
        return;
    }
    assert!(proved(&app.app).faults.is_empty());
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.db");
    let mut db = hirokiku::db::Db::open(app.app.db.url()).expect("it opens");
    db.batch_execute(&format!("VACUUM INTO '{}'", copy.display())).expect("a copy");
    let whole = std::fs::read(&copy).expect("the file");
    let mut tried = 0;
    // every place where the text, the subject, a state, an act of the trail or a digest stands
    for needle in ["ガス燈が3本", "夜道の件", "registered", "matter.accepted", "web_form", "letter.received"]
    {
        for place in places(&whole, needle.as_bytes()) {
            let mut bytes = whole.clone();
            bytes[place + 1] ^= 1;
            let faults = faults_of(&app, &bytes);
            // the schema's own text names the same words; a changed comment there means nothing
            let schema = whole[place.saturating_sub(4000)..place].windows(12).any(|w| w == b"CREATE TABLE");
            assert!(schema || !faults.is_empty(), "{needle} at {place} was not noticed");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} places");
}

/// What is wrong with a database file of these bytes.
fn faults_of(app: &TestApp, bytes: &[u8]) -> Vec<String> {
    let (folder, config) = elsewhere(app);
    std::fs::write(folder.path().join("hirokiku.db"), bytes).expect("the file");
    let shelf = folder.path().join("files/00");
    std::fs::create_dir_all(&shelf).expect("a shelf");
    for file in std::fs::read_dir(app.data.path().join("files/00")).expect("files").flatten() {
        std::fs::copy(file.path(), shelf.join(file.file_name())).expect("copied");
    }
    match App::open(config, app.clock.clone()) {
        Ok(app) => proved(&app).faults,
        Err(why) => vec![why.to_string()],
    }
}

/// Runs SQL past every trigger, as a hand in the database would, and gives what is noticed.
fn tampered(sql: &str) -> Vec<String> {
    let app = busy();
    assert!(proved(&app.app).faults.is_empty());
    let triggers = if is_sqlite(&app) {
        "DROP TRIGGER letter_sealed; DROP TRIGGER trail_no_update; DROP TRIGGER attachment_stays_what_came;"
    } else {
        "ALTER TABLE letter DISABLE TRIGGER USER; ALTER TABLE trail DISABLE TRIGGER USER; \
         ALTER TABLE attachment DISABLE TRIGGER USER;"
    };
    let sql = format!("{triggers}{sql}");
    let mut db = hirokiku::db::Db::open(app.app.db.url()).expect("it opens");
    db.batch_execute(&sql).expect("the tampering works");
    proved(&app.app).faults
}

#[test]
fn every_kind_of_tampering_is_named() {
    for (sql, named) in [
        ("UPDATE letter SET subject = '昼道の件' WHERE id = 2", "手紙 2 の原本(letter)"),
        ("UPDATE letter SET body_original = 'x' WHERE id = 2", "手紙 2 の本文"),
        ("UPDATE letter SET publish_ok = FALSE WHERE id = 3", "手紙 3 の内容(letter)"),
        ("UPDATE matter SET due_on = '2027-01-01' WHERE letter_id = 3", "手紙 3 の件(matter)"),
        ("UPDATE trail SET actor_name = '別人' WHERE id = 2", "記録 2 が書き換えられています"),
        ("UPDATE party SET sealed = x'00'", "の封が開きません"),
        ("UPDATE attachment SET size = 5", "添付"),
        ("DELETE FROM letter_seal WHERE letter_id = 4", "手紙 4 に封がありません"),
    ] {
        let sql =
            if sql.contains("x'00'") && is_postgres() { "UPDATE party SET sealed = '\\x00'" } else { sql };
        let faults = tampered(sql);
        assert!(faults.iter().any(|f| f.contains(named)), "{sql}: {faults:?}");
    }
}

fn is_postgres() -> bool {
    !is_sqlite(&TestApp::new())
}

#[test]
fn a_changed_or_missing_file_is_named() {
    let app = busy();
    assert!(proved(&app.app).faults.is_empty());
    let shelf = app.data.path().join("files/00");
    let file = std::fs::read_dir(&shelf).expect("files").flatten().next().expect("a file").path();
    std::fs::write(&file, b"scam").expect("written");
    assert!(proved(&app.app).faults.iter().any(|f| f.contains("のファイルが変わっています")));
    std::fs::remove_file(&file).expect("removed");
    assert!(proved(&app.app).faults.iter().any(|f| f.contains("のファイルがありません")));
}

#[test]
fn a_backup_goes_back_into_an_empty_place_and_proves_itself() {
    let app = busy();
    if !is_sqlite(&app) {
        // one test's schema is no whole database: see the test below
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hirokiku.backup");
    let manifest = backup::backup(&app.app, &file).expect("a backup");
    assert_eq!(manifest.parts.len(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing else is left");
    let bytes = std::fs::read(&file).expect("the backup");
    assert!(places(&bytes, "秘密川".as_bytes()).is_empty() && places(&bytes, b"himitsu@").is_empty());
    let key = std::fs::read(app.data.path().join("seal.key")).expect("the key");
    assert!(places(&bytes, &key[..32]).is_empty(), "the key is not in it");

    let (_kept, config) = elsewhere(&app);
    let report = backup::restore(config.clone(), app.clock.clone(), &file).expect("restored");
    assert_eq!(report.faults, Vec::<String>::new());
    let again = backup::restore(config, app.clock.clone(), &file).map_err(|e| e.status());
    assert_eq!(again, Err(422), "the place is not empty any more");
    assert!(backup::backup(&app.app, &file).is_err(), "a backup is never overwritten");
}

#[test]
fn real_postgres_a_backup_goes_back_into_an_empty_database_and_proves_itself() {
    let Ok(url) = postgres() else {
        assert!(!nothing_left_out(), "PostgreSQL is not running");
        println!("left out: no TEST_DATABASE_URL");
        return;
    };
    let mut server = hirokiku::db::Db::open(&url).expect("PostgreSQL answers");
    // the address of a database of our own on the same server
    let mut own = |part: &str| {
        let name = format!("kept_{part}_{}", std::process::id());
        server.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database can be made");
        let (place, rest) =
            url.split_once('?').map_or((url.as_str(), String::new()), |(p, r)| (p, format!("?{r}")));
        let (before, _) = place.rsplit_once('/').expect("a database's name");
        (format!("{before}/{name}{rest}"), name)
    };
    let ((from, first), (to, second)) = (own("from"), own("to"));
    let app = filled(TestApp::with(|config| config.database_url = from));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hirokiku.backup");
    backup::backup(&app.app, &file).expect("a backup");
    let (_kept, config) = elsewhere(&app);
    let there = Config { database_url: to, ..config };
    let report = backup::restore(there.clone(), app.clock.clone(), &file).expect("restored");
    assert_eq!(report.faults, Vec::<String>::new());
    let again = backup::restore(there, app.clock.clone(), &file).map_err(|e| e.status());
    assert_eq!(again, Err(422), "the place is not empty any more");
    drop(app);
    for name in [first, second] {
        server.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("dropped");
    }
}

#[test]
fn a_damaged_backup_or_a_missing_key_is_refused_in_words() {
    let app = busy();
    if !is_sqlite(&app) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hirokiku.backup");
    backup::backup(&app.app, &file).expect("a backup");
    let keyless = tempfile::tempdir().expect("a folder");
    let config = Config { data: keyless.path().to_owned(), ..Config::default() };
    let why = refusal(config, &app.clock, &file);
    assert!(why.contains("鍵"), "{why}");
    let mut bytes = std::fs::read(&file).expect("the backup");
    let place = places(&bytes, "ガス燈".as_bytes())[0];
    bytes[place] ^= 1;
    let bad = folder.path().join("bad.backup");
    std::fs::write(&bad, &bytes).expect("written");
    let (kept, config) = elsewhere(&app);
    let why = refusal(config, &app.clock, &bad);
    assert!(why.contains("目録と違います"), "{why}");
    assert!(!kept.path().join("hirokiku.db").exists(), "nothing was put there");
}

fn refusal(config: Config, clock: &Clock, file: &Path) -> String {
    backup::restore(config, clock.clone(), file).map(|r| r.faults).expect_err("refused").to_string()
}

#[test]
fn everything_is_written_out_and_names_only_when_asked_for() {
    let app = busy();
    let folder = tempfile::tempdir().expect("a folder");
    let (sealed, open) = (folder.path().join("sealed"), folder.path().join("open"));
    let done = export::export_full(&app.app, &sealed, false).expect("written");
    assert!(done.tables > 30 && done.files == 1 && done.opened == 0, "{done:?}");
    let all = |folder: &PathBuf| {
        std::fs::read_dir(folder)
            .expect("files")
            .flatten()
            .filter_map(|f| std::fs::read_to_string(f.path()).ok())
            .collect::<String>()
    };
    let text = all(&sealed);
    assert!(text.contains("ガス燈が4本") && !text.contains("秘密川") && !text.contains("himitsu"));
    for line in text.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    let letters = std::fs::read_to_string(sealed.join("letter.jsonl")).expect("letters");
    assert_eq!(letters.lines().count(), 5);
    let done = export::export_full(&app.app, &open, true).expect("written");
    assert_eq!(done.opened, 6);
    assert!(all(&open).contains("秘密川 花子"));
    assert!(export::export_full(&app.app, &open, false).is_err(), "the folder is not empty");
    let trail = app.read(|db| hirokiku::trail::of_subject(db, hirokiku::trail::Subject::System, "export"));
    let told: Vec<bool> = trail.iter().map(|l| l.detail.contains(r#""with_parties":true"#)).collect();
    assert_eq!(told, [false, true]);
}
