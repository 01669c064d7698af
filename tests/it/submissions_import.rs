//! `submissions import`: opinions that were received elsewhere come in from a table, each once, as any other would.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use diesel::prelude::*;
use hirokiku::db::schema::{submission, submission_point, trail};
use hirokiku::{opinions, safekeeping, trail as history};

use crate::app::TestApp;
use crate::consultations::{announced, at, states};

/// A table in the data folder of an application.
fn table(app: &TestApp, text: &str) -> PathBuf {
    let file = app.data.path().join("一覧.csv");
    std::fs::write(&file, text).expect("a file");
    file
}

/// The command as it stands at a shell; the program's clock is the machine's, months after the period.
fn command(app: &TestApp, id: i64, more: &[&str]) -> Command {
    command_by(app, "clerk", id, more)
}

fn command_by(app: &TestApp, login: &str, id: i64, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hirokiku"));
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("HIROKIKU_")) {
        command.env_remove(name);
    }
    command
        .args(["submissions", "import", "--by", login, "--consultation", &id.to_string()])
        .arg(app.data.path().join("一覧.csv"))
        .args(more)
        .env("HIROKIKU_DATA", app.data.path())
        .env("DATABASE_URL", app.app.config.database_url())
        .env("HIROKIKU_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn imported(app: &TestApp, id: i64, more: &[&str]) -> Output {
    command(app, id, more).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn count(app: &TestApp) -> i64 {
    app.read(|db| Ok(submission::table.count().get_result(db)?))
}

const ALL_WAYS: &str = "\u{feff}key,channel,received_at,received_on,postmarked_on,name,address,contact,relation,target,opinion,reason,opinion_2\r\n\
W-1,web,2026-04-30T23:59:59+09:00,,,長田 結,下関市長府,yui@example.jp,\"resident,worker\",第1章,\"道を広げて。\r\n急いで。\",危ないから。,街灯も。\r\n\
W-2,web,2026-05-01 00:00:00,,,安岡 岬,下関市安岡,,,,遅れました。,,\r\n\
P-1,post,,2026-05-02,2026-04-30,小月 灯,下関市小月,,,,消印は間に合いました。,,\r\n\
P-2,fax,,2026-04-20,,,,,,,名前がありません。,,\r\n\
=P-3,hand_in,,令和8年4月21日,,菊川 進,下関市菊川,,,,窓口で渡しました。,,\r\n";

#[actix_web::test]
async fn opinions_of_every_way_come_in_as_if_they_had_come_here() {
    let app = TestApp::new();
    let id = announced(&app).await;
    table(&app, ALL_WAYS);
    let done = imported(&app, id, &[]);
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        said(&done).contains("読んだ行 5 = 新しく保存した 5 + すでにあった 0 + 取り込めない 0"),
        "{}",
        said(&done)
    );
    assert_eq!(states(&app), ["received", "late", "received", "incomplete", "received"]);
    type Kept = (String, hirokiku::db::Instant, Option<i64>, String, Option<String>);
    let rows: Vec<Kept> = app.read(|db| {
        let columns = (
            submission::text_original,
            submission::received_at,
            submission::entered_by,
            submission::relation,
            submission::party_id,
        );
        Ok(submission::table.order(submission::id).select(columns).load(db)?)
    });
    assert_eq!(rows[0].0, "道を広げて。\n急いで。\n\n危ないから。\n\n\n街灯も。");
    assert_eq!((rows[0].1.utc(), rows[0].2), (at("2026-04-30T14:59:59Z"), None), "it counts by its moment");
    assert_eq!(rows[0].3, "resident,worker");
    assert!(rows[0].4.is_some() && rows[3].4.is_none());
    assert_eq!(rows[2].2, Some(8), "what is on paper was typed in in the clerk's name");
    let points: i64 = app.read(|db| Ok(submission_point::table.count().get_result(db)?));
    assert_eq!(points, 6);
    // which key has which receipt
    let table = String::from_utf8_lossy(&done.stdout).into_owned();
    let code: String = app.read(|db| {
        Ok(submission::table.filter(submission::id.eq(1)).select(submission::receipt_code).first(db)?)
    });
    assert!(table.replace('-', "").contains(&format!("W1,{code},received")), "{table}");
    assert!(table.contains("'=P-3,"), "no cell is a formula: {table}");

    // the sums, the seals and the chain hold, and the trail knows who brought them from where
    let now = app.clock.now();
    while app.write(move |db| opinions::itemise(db, now, 100)) > 0 {}
    while app.write(|db| history::link(db, 100)) > 0 {}
    assert_eq!(app.read(move |db| opinions::store::sums(db, id)).faults(), Vec::<String>::new());
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
    let lines: Vec<(String, String, Option<i64>)> = app.read(|db| {
        Ok(trail::table
            .filter(trail::act.like("submission.%").or(trail::act.like("%.submissions_imported")))
            .order(trail::id)
            .select((trail::act, trail::door, trail::actor_id))
            .load(db)?)
    });
    let by_clerk = |act: &str| (act.to_owned(), "shell".to_owned(), Some(8));
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[0], by_clerk("submission.received"));
    assert_eq!(lines[2], by_clerk("submission.entered"));
    assert_eq!(lines[5], by_clerk("consultation.submissions_imported"));
    app.staff("clerk").get(&format!("/consultations/{id}")).await.shows("提出 <strong>5</strong>通");
}

#[actix_web::test]
async fn the_same_file_again_brings_nothing_and_another_text_under_a_known_key_changes_nothing() {
    let app = TestApp::new();
    let id = announced(&app).await;
    table(&app, ALL_WAYS);
    let first = imported(&app, id, &[]);
    let again = imported(&app, id, &[]);
    assert!(again.status.success(), "{}", said(&again));
    assert!(said(&again).contains("新しく保存した 0 + すでにあった 5"), "{}", said(&again));
    assert_eq!(first.stdout, again.stdout, "the same keys have the same receipts");
    table(&app, &ALL_WAYS.replace("遅れました。", "書き換えました。"));
    let other = imported(&app, id, &[]);
    assert_eq!(other.status.code(), Some(1));
    assert!(
        said(&other).contains("4行目: key「W-2」は、別の文章ですでに取り込まれています"),
        "{}",
        said(&other)
    );
    assert_eq!(count(&app), 5);
}

#[actix_web::test]
async fn every_bad_line_is_told_with_its_number_and_reason_and_keeps_no_other_out() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let text = "key,channel,received_at,received_on,opinion\n\
                A,post,,2026-04-10,一つ目です。\n\
                B,pigeon,,2026-04-10,鳩で来ました。\n\
                \n\
                C,post,,,\"日付が\nありません。\"\n\
                D,post,,2026-04-10,\n\
                E,post,,2026-04-10\n\
                ,post,,2026-04-10,印がありません。\n\
                G,web,きのう,,いつでしょう。\n\
                H,post,,2026-02-30,ない日です。\n\
                I,fax,,2026-04-11,最後です。\n";
    table(&app, text);
    let looked = imported(&app, id, &["--check"]);
    assert_eq!((looked.status.code(), count(&app)), (Some(1), 0), "only looked");
    let done = imported(&app, id, &[]);
    assert_eq!(done.status.code(), Some(1));
    let said = said(&done);
    for (line, reason) in [
        (3, "「pigeon」という届き方は分かりません。使える記号: web email post fax hand_in"),
        (5, "received_on: いつ届いたかを入れてください。"),
        (7, "opinion: ご意見を入力してください。"),
        (8, "列の数が見出しと違います(見出し 5、この行 4)。"),
        (9, "key: 1つずつ違う印を"),
        (10, "received_at: 2026-04-30T23:59:59+09:00 のような日時"),
        (11, "received_on: "),
    ] {
        let there = said.lines().any(|l| l.starts_with(&format!("{line}行目: ")) && l.contains(reason));
        assert!(there, "{line} {reason}: {said}");
    }
    assert!(said.contains("読んだ行 9 = 新しく保存した 2 + すでにあった 0 + 取り込めない 7"), "{said}");
    assert_eq!(count(&app), 2);
    // mended, the same file brings the rest
    table(&app, &text.replace("pigeon", "post"));
    imported(&app, id, &[]);
    assert_eq!(count(&app), 3);
}

#[actix_web::test]
async fn a_table_that_cannot_be_meant_is_refused_before_anything_is_stored() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let open =
        format!("key,channel,received_on,opinion\nA,post,2026-04-10,\"{}", "開いたまま\n".repeat(400_000));
    for (text, why) in [
        ("", "ファイルが空です。"),
        ("key,channel,opinion,adress\n", "adress という列は分かりません"),
        ("channel,opinion\n", "key の列がありません"),
        (open.as_str(), "2行目から始まる行が大きすぎます"),
    ] {
        table(&app, text);
        let done = imported(&app, id, &[]);
        assert_eq!(done.status.code(), Some(1), "{why}");
        assert!(said(&done).contains(why), "{why}: {}", said(&done));
    }
    table(&app, ALL_WAYS);
    assert!(said(&imported(&app, 99, &[])).contains("番号 99 のものはありません"));
    for (login, why) in [
        ("nobody", "ログイン名「nobody」の職員はいません。"),
        ("kansa", "この操作を行う役割に就いていません。"),
    ] {
        let done = command_by(&app, login, id, &[]).output().expect("it runs");
        assert_eq!(done.status.code(), Some(1));
        assert!(said(&done).contains(why), "{}", said(&done));
    }
    assert_eq!(count(&app), 0);
}

#[actix_web::test]
async fn an_import_that_is_killed_goes_on_where_it_stopped() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let rows = 1_500;
    let mut text = "key,channel,received_on,name,address,opinion\n".to_owned();
    for n in 0..rows {
        text += &format!("K{n},post,2026-04-10,長府 {n}番,下関市長府{n}番,{n}番目の意見です。\n");
    }
    table(&app, &text);
    let mut kills = 0;
    loop {
        let mut child = command(&app, id, &[]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let before = count(&app);
        // killed as soon as it has stored something more
        while count(&app) == before && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        if kills == 3 || count(&app) == rows {
            assert!(child.wait().expect("a child").success());
            break;
        }
        child.kill().and_then(|()| child.wait()).expect("it is killed");
        kills += 1;
    }
    assert!(kills > 0, "it was never killed on its way");
    let texts: Vec<String> =
        app.read(|db| Ok(submission::table.select(submission::text_original).load(db)?));
    let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
    assert_eq!((texts.len() as i64, distinct.len() as i64), (rows, rows));
}
