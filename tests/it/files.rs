//! Files from outside: what is held, what the scanner and the sanitiser decide, who opens what, and the safe copies.

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{attachment, trail};
use hirokiku::error::Error;
use hirokiku::files::{self, Enclosed, copies, inspect};
use hirokiku::letters;
use hirokiku::trail::By;

use crate::app::{Page, TestApp, nothing_left_out};
use crate::letters::arrival;

/// The EICAR test file, written in two halves so that no scanner finds this source.
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

pub fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        out.write_all(bytes).expect("its bytes");
    }
    out.finish().expect("a zip").into_inner()
}

pub fn picture() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(30, 20).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
    png.into_inner()
}

/// A letter whose mail carried these files; their ids.
fn with_files(app: &TestApp, enclosed: &[(&str, &str, &[u8])]) -> (i64, Vec<String>) {
    let arrival = arrival(app, "写真を送ります。");
    let letter = app.write(move |db| letters::accept(db, &arrival, &By::citizen())).letter_id;
    let ids = enclosed.iter().map(|(name, declared_type, bytes)| {
        let content_id = name.ends_with("inline.png").then_some("inline@mail.example");
        let file =
            files::admit(&app.app, &Enclosed { name, declared_type, content_id, bytes }).expect("it is kept");
        let id = file.id.clone();
        app.write(move |db| files::record(db, &file, Some(letter), None));
        id
    });
    let ids = ids.collect();
    (letter, ids)
}

pub fn state(app: &TestApp, id: &str) -> (String, Option<String>) {
    app.read(|db| Ok(attachment::table.find(id).select((attachment::state, attachment::reason)).first(db)?))
}

fn times(app: &TestApp, act: &str) -> i64 {
    app.read(|db| Ok(trail::table.filter(trail::act.eq(act)).count().get_result(db)?))
}

/// Opens the original as this person: the page, then the second click.
pub async fn open(app: &TestApp, login: &str, letter: i64, id: &str) -> Page {
    let browser = app.staff(login);
    let path = format!("/letters/{letter}/files/{id}");
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200, "{login} sees the file's page");
    browser.post(&path, &[("csrf", &format!("csrf-{login}"))]).await
}

/// A real clamd with signatures of our own, stopped at the end.
pub struct Clamd {
    folder: tempfile::TempDir,
    /// As `HIROKIKU_CLAMD` has it.
    pub address: String,
}

impl Clamd {
    pub fn start() -> Option<Clamd> {
        if !Path::new("/usr/sbin/clamd").exists() {
            assert!(!nothing_left_out(), "clamd is not installed");
            eprintln!("left out: clamd is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut clamd = Clamd { folder, address: String::new() };
        let said = clamd.script("start");
        clamd.address = said.trim().rsplit('=').next().expect("an address").to_owned();
        Some(clamd)
    }

    pub fn script(&self, word: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/clamd");
        let done = Command::new(script).arg(word).arg(self.folder.path()).output().expect("the script runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.script("stop");
    }
}

#[actix_web::test]
async fn rule_35_eicar_is_found_however_deep_it_lies_and_nobody_opens_it() {
    let Some(clamd) = Clamd::start() else { return };
    let app = TestApp::with(|c| c.clamd.clone_from(&clamd.address));
    let inner = zip_of(&[("要望.txt", &eicar())]);
    let nested = zip_of(&[("中.zip", &inner)]);
    let (letter, ids) = with_files(
        &app,
        &[
            ("要望.txt", "text/plain", &eicar()),
            ("要望.zip", "application/zip", &inner),
            ("まとめ.zip", "application/zip", &nested),
            ("現場.png", "image/png", &picture()),
        ],
    );
    assert!(inspect::run(&app.app).expect("the scanner answers"));
    for id in &ids[..3] {
        assert_eq!(state(&app, id), ("refused".to_owned(), Some("virus".to_owned())));
        for login in ["kocho", "shicho", "kansa"] {
            assert_eq!(open(&app, login, letter, id).await.status, 403, "{login} does not open it");
        }
        let copy = app.staff("kocho").get(&format!("/letters/{letter}/files/{id}/copy")).await;
        assert_eq!(copy.status, 404, "there is no copy of it");
    }
    assert_eq!(state(&app, &ids[3]), ("clean".to_owned(), None));
    let page = app.staff("kocho").get(&format!("/letters/{letter}")).await;
    page.shows("開けません").shows("ウイルス検査で見つかりました").shows("検査済み");
    let list = app.staff("admin").get("/files").await;
    list.shows("まとめ.zip")
        .shows("Test.Eicar")
        .shows("だれも開けません")
        .shows("ウイルス検査は動いています");
    list.hides("現場.png");
    assert_eq!(
        (times(&app, "file.refused"), times(&app, "file.scanned"), times(&app, "file.opened")),
        (3, 1, 0)
    );
}

#[actix_web::test]
async fn rule_35_while_the_scanner_is_away_files_are_held_and_they_are_freed_when_it_returns() {
    let Some(clamd) = Clamd::start() else { return };
    let app = TestApp::with(|c| c.clamd.clone_from(&clamd.address));
    clamd.script("stop");
    let (letter, ids) = with_files(&app, &[("現場.png", "image/png", &picture())]);
    assert!(matches!(inspect::run(&app.app), Err(Error::Unavailable(_))));
    assert_eq!(copies::run(&app.app).ok(), Some(false), "no copy before the scanner's word");
    assert_eq!(state(&app, &ids[0]).0, "held");
    app.staff("kocho").get(&format!("/letters/{letter}")).await.shows("検査待ち").hides("検査済み");
    let refused = open(&app, "kocho", letter, &ids[0]).await;
    assert_eq!(refused.status, 403);
    refused.shows("ウイルス検査が済むまで、だれも開けません");
    app.staff("admin").get("/files").await.shows("ウイルス検査が止まっています").shows("検査待ちは1個");

    clamd.script("start");
    assert!(inspect::run(&app.app).expect("the scanner is back"));
    assert_eq!(state(&app, &ids[0]).0, "clean");
    app.staff("kocho").get(&format!("/letters/{letter}")).await.shows("検査済み").hides("検査待ち");
    assert_eq!(open(&app, "kocho", letter, &ids[0]).await.status, 200);
}

#[actix_web::test]
async fn rule_35_one_file_the_scanner_chokes_on_does_not_keep_the_others_waiting() {
    let Some(clamd) = Clamd::start() else { return };
    let app = TestApp::with(|c| c.clamd.clone_from(&clamd.address));
    let (_, ids) = with_files(
        &app,
        &[
            ("大きい.txt", "text/plain", &vec![b'a'; 25 * 1024 * 1024]),
            ("消えた.txt", "", b"a"),
            ("c.txt", "", b"c"),
        ],
    );
    let gone = ids[1].clone();
    std::fs::remove_file(app.data.path().join("files/26").join(gone)).expect("a file is lost");
    assert!(inspect::run(&app.app).is_err(), "the trouble is told");
    assert_eq!(state(&app, &ids[0]), ("held".to_owned(), Some("too_large".to_owned())));
    assert_eq!(state(&app, &ids[1]), ("held".to_owned(), None));
    assert_eq!(state(&app, &ids[2]), ("clean".to_owned(), None));
}

#[actix_web::test]
async fn rule_34_what_a_mail_carries_is_kept_but_held_with_its_reason_and_only_the_office_opens_it() {
    let app = TestApp::new();
    let macros = zip_of(&[
        ("[Content_Types].xml", b""),
        ("word/document.xml", "<w:t>街灯の要望</w:t>".as_bytes()),
        ("word/vbaProject.bin", b""),
    ]);
    let mut locked = zip_of(&[("要望.txt", b"secret")]);
    let central = locked.windows(4).rposition(|w| w == b"PK\x01\x02").expect("a directory");
    locked[6] |= 1;
    locked[central + 8] |= 1;
    let (letter, ids) = with_files(
        &app,
        &[
            ("要望.docm", "", &macros),
            ("見積.pdf.exe", "application/pdf", b"MZ\x90"),
            ("書類.zip", "application/zip", &locked),
        ],
    );
    let reasons: Vec<Option<String>> = ids.iter().map(|id| state(&app, id).1).collect();
    assert_eq!(reasons.iter().flatten().collect::<Vec<_>>(), ["macro", "double_extension", "encrypted"]);
    while copies::run(&app.app).expect("copies are made") {}
    let page = app.staff("shicho").get(&format!("/letters/{letter}/files/{}", ids[2])).await;
    page.shows("パスワードがかかっていて")
        .shows("パスワードをかけずに送り直して")
        .shows("中身の一覧")
        .shows("要望.txt");
    page.hides("分かったうえで");
    app.staff("shicho").get(&format!("/letters/{letter}/files/{}", ids[0])).await.shows("街灯の要望");
    let refused = open(&app, "shicho", letter, &ids[1]).await;
    assert_eq!(refused.status, 403);
    refused.shows("広聴担当だけです");
    assert_eq!(times(&app, "file.opened"), 0);
    let original = open(&app, "kocho", letter, &ids[1]).await;
    assert_eq!((original.status, times(&app, "file.opened")), (200, 1));
    assert_eq!(original.headers["content-type"], "application/octet-stream");
    assert!(original.headers["content-disposition"].starts_with("attachment;"));
}

#[actix_web::test]
async fn rule_34_the_safe_copy_is_shown_first_and_the_original_by_a_second_click() {
    let app = TestApp::new();
    let word = zip_of(&[
        ("[Content_Types].xml", b""),
        ("word/document.xml", "<w:p><w:t>ベンチを直して</w:t></w:p>".as_bytes()),
    ]);
    let (letter, ids) = with_files(
        &app,
        &[
            ("inline.png", "image/png", &picture()),
            ("要望.docx", "", &word),
            ("偽.gif", "", b"GIF89a-broken"),
        ],
    );
    let page = app.staff("kocho").get(&format!("/letters/{letter}")).await;
    page.shows("安全な写しを作っています");
    while copies::run(&app.app).expect("copies are made") {}
    let copy_of = |id: &str| format!("/letters/{letter}/files/{id}/copy");
    let page = app.staff("kocho").get(&format!("/letters/{letter}")).await;
    page.shows(&format!("src=\"{}\"", copy_of(&ids[0]))).shows("文字だけの写しを見る");
    let copy = app.staff("kocho").get(&copy_of(&ids[0])).await;
    assert_eq!((copy.status, copy.headers["content-type"].as_str()), (200, "image/jpeg"), "drawn anew");
    assert!(copy.headers["content-security-policy"].contains("sandbox"));
    assert_eq!(copy.headers["x-content-type-options"], "nosniff");
    assert_eq!(app.staff("tanto").get(&copy_of(&ids[0])).await.status, 404, "another section sees none");
    let text = app.staff("kocho").get(&format!("/letters/{letter}/files/{}", ids[1])).await;
    text.shows("ベンチを直して").shows("分かったうえで原本を保存する");
    let broken = app.staff("kocho").get(&format!("/letters/{letter}/files/{}", ids[2])).await;
    broken.shows("安全な写しを作れません");
    assert_eq!(times(&app, "file.opened"), 0, "looking at copies is not opening");
    let pictures = app.read(|db| files::inline_pictures(db, letter));
    assert_eq!(pictures["inline@mail.example"], copy_of(&ids[0]));

    // a copy is only a copy: one that is lost is made again
    std::fs::remove_dir_all(app.data.path().join("copies")).expect("the copies are lost");
    assert_eq!(app.staff("kocho").get(&copy_of(&ids[0])).await.status, 404);
    while copies::run(&app.app).expect("copies are made") {}
    assert_eq!(app.staff("kocho").get(&copy_of(&ids[0])).await.status, 200);
}

#[actix_web::test]
async fn the_citys_own_sanitiser_makes_the_copy_or_refuses_or_leaves_it_to_us() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("sanitise");
    // by the words in the file: a safe copy, not my kind, dangerous, trouble
    let text = "#!/bin/sh\nread -r word\ncase $word in *copy*) printf '%%PDF-1.4 %s' \"$FILE_EXTENSION\" ;; \
                *mine*) exit 1 ;; *danger*) exit 2 ;; *) exit 75 ;; esac\n";
    std::fs::write(&script, text).expect("a script");
    let command = format!("/bin/sh {}", script.display());
    let app = TestApp::with(|c| c.sanitiser = command);
    let (letter, ids) = with_files(
        &app,
        &[
            ("一.txt", "", b"copy\n"),
            ("二.txt", "", b"not mine\n"),
            ("三.txt", "", b"danger\n"),
            ("四.txt", "", b"later\n"),
        ],
    );
    assert!(copies::run(&app.app).is_err(), "its trouble is told");
    let office = app.staff("kocho");
    let copy = office.get(&format!("/letters/{letter}/files/{}/copy", ids[0])).await;
    assert_eq!((copy.status, copy.body.as_str()), (200, "%PDF-1.4 txt"));
    assert!(copy.headers["content-disposition"].starts_with("attachment;"));
    assert!(copy.headers["content-disposition"].ends_with(".pdf"));
    office
        .get(&format!("/letters/{letter}/files/{}", ids[1]))
        .await
        .shows("not mine")
        .shows("文字だけの写し");
    assert_eq!(state(&app, &ids[2]), ("refused".to_owned(), Some("sanitiser".to_owned())));
    assert_eq!(open(&app, "kocho", letter, &ids[2]).await.status, 403);
    let later =
        app.read(|db| {
            Ok(attachment::table
                .find(&ids[3])
                .select((attachment::copy_kind, attachment::copy_tries))
                .first::<(Option<String>, i64)>(db)?)
        });
    assert_eq!(later, (None, 1), "it is tried again");
}

#[actix_web::test]
async fn a_refused_file_stays_refused_and_a_file_stays_what_came_in_whatever_the_program_does() {
    let app = TestApp::new();
    with_files(&app, &[("要望.txt", "text/plain", b"a")]);
    app.write(|db| Ok(db.batch_execute("UPDATE attachment SET state = 'refused'")?));
    for sql in [
        "UPDATE attachment SET state = 'clean'",
        "UPDATE attachment SET sha256 = 'x'",
        "UPDATE attachment SET name_original = 'x'",
    ] {
        let done = app.app.db.write_now(move |db| Ok(db.batch_execute(sql)?));
        assert!(done.is_err(), "{sql}");
    }
}

#[actix_web::test]
async fn without_a_scanner_the_list_says_so_and_files_open_after_a_warning() {
    let app = TestApp::new();
    let (letter, ids) = with_files(&app, &[("現場.png", "image/png", &picture())]);
    assert_eq!(inspect::run(&app.app).ok(), Some(false));
    app.staff("kocho").get(&format!("/letters/{letter}")).await.shows("未検査");
    app.staff("admin").get("/files").await.shows("ウイルス検査の仕組みを設定していません");
    assert_eq!(open(&app, "kocho", letter, &ids[0]).await.status, 200);
}
