//! The index, the digest, the figures.

use chrono::{DateTime, TimeZone, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{letter, outbox};
use hirokiku::insight::{self, digest, index};
use hirokiku::letters;
use hirokiku::letters::letter::Channel;
use hirokiku::letters::search::{self, Walk};
use hirokiku::mail;
use hirokiku::trail::By;

use crate::app::TestApp;
use crate::letters::arrival;

fn tokyo(month: u32, day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, month, day, hour, 0, 0).single().expect("a time") - chrono::Duration::hours(9)
}

/// A letter received on the first morning, owned by 道路河川建設課 and drafted by `tanto`.
fn assigned(app: &TestApp) {
    let letter = arrival(app, "市役所前の山田花子さんの家の街灯");
    app.write(move |db| {
        let id = letters::accept(db, &letter, &By::citizen())?.letter_id;
        Ok(db.batch_execute(&format!(
            "UPDATE matter SET state = 'assigned', owning_unit_id = 5, drafter_id = 4, assigned_at = received_on WHERE letter_id = {id}"
        ))?)
    });
}

/// Whom today's mails go to, and what they say.
fn mails(app: &TestApp) -> Vec<(String, String)> {
    let rows: Vec<(String, i64, Vec<u8>)> = app.read(|db| {
        Ok(outbox::table
            .filter(outbox::kind.eq("digest"))
            .order((outbox::created_at, outbox::id))
            .select((outbox::id, outbox::seal_key_id, outbox::sealed))
            .load(db)?)
    });
    let mut mails: Vec<(String, String)> = rows
        .into_iter()
        .map(|(id, key, sealed)| {
            let form = mail::open(&app.app.sealer, &id, key, &sealed).expect("ours");
            (form.to, format!("{}\n{}", form.subject, form.text))
        })
        .collect();
    mails.sort();
    mails
}

fn to(app: &TestApp) -> Vec<String> {
    mails(app).into_iter().map(|(to, _)| to.split('@').next().unwrap_or("").to_owned()).collect()
}

#[test]
fn nobody_gets_an_empty_digest() {
    let app = TestApp::new();
    assert_eq!(digest::run(&app.app).expect("runs"), 0);
    assigned(&app);
    app.clock.set(tokyo(4, 10, 9));
    assert_eq!(digest::run(&app.app).expect("runs"), 0, "five days before is too early");
    assert!(mails(&app).is_empty());
}

#[test]
fn the_drafter_hears_first_then_the_head_then_the_office() {
    let app = TestApp::new();
    assigned(&app);
    // the city's own target: 15 April
    app.clock.set(tokyo(4, 13, 9));
    assert_eq!(digest::run(&app.app).expect("runs"), 1);
    let (_, text) = mails(&app).remove(0);
    assert!(text.contains("あと2日") && text.contains("あなたが担当の件 1件"), "{text}");
    assert!(!text.contains("山田") && !text.contains("街灯"), "no word of a citizen's in it");
    assert_eq!(to(&app), ["tanto"]);
    app.clock.set(tokyo(4, 15, 9));
    digest::run(&app.app).expect("runs");
    assert_eq!(to(&app), ["kacho", "tanto", "tanto"], "the head on the day");
    app.clock.set(tokyo(4, 16, 9));
    digest::run(&app.app).expect("runs");
    assert_eq!(
        to(&app),
        ["kacho", "kacho", "kocho2", "kocho", "tanto", "tanto", "tanto"],
        "the office after it"
    );
    assert!(mails(&app).iter().any(|(to, text)| to.starts_with("kocho@") && text.contains("1日超過")));
}

#[test]
fn a_digest_goes_out_once_a_working_day_from_eight_o_clock() {
    let app = TestApp::new();
    assigned(&app);
    app.clock.set(tokyo(4, 14, 7));
    assert_eq!(digest::run(&app.app).expect("runs"), 0, "too early in the morning");
    app.clock.set(tokyo(4, 14, 8));
    assert_eq!(digest::run(&app.app).expect("runs"), 1);
    app.clock.set(tokyo(4, 14, 17));
    assert_eq!(digest::run(&app.app).expect("runs"), 0, "once is enough");
    for (month, day) in [(4, 18), (4, 19), (4, 29), (5, 4)] {
        app.clock.set(tokyo(month, day, 9));
        assert_eq!(digest::run(&app.app).expect("runs"), 0, "{month}/{day} is a holiday");
    }
}

#[test]
fn every_waiting_letter_is_indexed_once_whatever_the_batch() {
    let app = TestApp::new();
    for n in 0..7 {
        let letter = arrival(&app, &format!("声{n}"));
        app.write(move |db| letters::accept(db, &letter, &By::citizen()));
    }
    assert_eq!(index::run(&app.app, 5).expect("runs"), 5);
    assert_eq!(index::run(&app.app, 5).expect("runs"), 2);
    assert_eq!(index::run(&app.app, 5).expect("runs"), 0);
    let waiting: i64 =
        app.read(|db| Ok(letter::table.filter(letter::indexed_at.is_null()).count().get_result(db)?));
    assert_eq!(waiting, 0);
}

#[test]
fn a_letter_that_changed_while_its_words_were_looked_at_waits_for_its_new_ones() {
    let app = TestApp::new();
    let ids: Vec<i64> = ["街灯", "歩道", "公園"]
        .map(|body| {
            let letter = arrival(&app, body);
            app.write(move |db| Ok(letters::accept(db, &letter, &By::citizen())?.letter_id))
        })
        .into();
    let made = app.read(|db| search::waiting(db, 10));
    let changed = ids[1];
    app.write(move |db| {
        Ok(db.batch_execute(&format!(
            "UPDATE letter SET body_working = '横断歩道', version = version + 1 WHERE id = {changed}"
        ))?)
    });
    let at = app.clock.now().into();
    app.write(move |db| search::keep(db, &made, at));
    let found = |word: &'static str| app.read(move |db| search::ids(db, word, Walk::Down(None), 10));
    assert_eq!((found("街灯"), found("公園")), (vec![ids[0]], vec![ids[2]]));
    assert_eq!(found("歩道"), Vec::<i64>::new(), "what was made of the old text is not kept");
    assert_eq!(index::run(&app.app, 10).expect("runs"), 1);
    assert_eq!((found("歩道"), found("横断歩道")), (vec![changed], vec![changed]));
}

#[actix_web::test]
async fn letters_by_channel_add_up_and_matters_by_field_may_exceed_them_with_a_footnote() {
    let app = TestApp::new();
    for channel in [Channel::WebForm, Channel::WebForm, Channel::Fax] {
        let mut letter = arrival(&app, "声");
        letter.channel = channel;
        app.write(move |db| {
            let id = letters::accept(db, &letter, &By::citizen())?.letter_id;
            Ok(db.batch_execute(&format!(
                "INSERT INTO matter_field (matter_id, field) SELECT id, 'tax' FROM matter WHERE letter_id = {id};
                 INSERT INTO matter_field (matter_id, field) SELECT id, 'schools' FROM matter WHERE letter_id = {id}"
            ))?)
        });
    }
    let today = app.clock.today();
    let period = insight::statistics::Period::read("", today);
    let figures = app.read(|db| insight::statistics::statistics(db, period, today));
    let table = |code: &str| figures.tables.iter().find(|t| t.code == code).expect("a table");
    assert_eq!((table("channel").total(), figures.letters), (3, 3));
    assert_eq!(table("field").total(), 6);
    for table in figures.tables.iter().filter(|t| t.sums) {
        assert_eq!(table.total(), table.whole, "{}", table.code);
    }
    let page = app.staff("kansa").get("/statistics").await;
    page.shows("66.7%")
        .shows("分野の合計は件数や手紙の数より多くなる")
        .shows("合っています")
        .hides("合いません");
    let csv = app.staff("kansa").get("/statistics.csv?table=channel&year=2026").await;
    csv.shows("ファクス,1,33.3%").shows("合計,3");
    assert_eq!(app.staff("kansa").get("/statistics.csv?table=x").await.status, 404);
}

#[test]
fn a_sum_that_does_not_hold_is_told() {
    let app = TestApp::new();
    let letter = arrival(&app, "声");
    app.write(move |db| letters::accept(db, &letter, &By::citizen()));
    assert!(app.read(insight::sums).iter().all(insight::SumLine::holds));
    app.write(|db| {
        Ok(db.batch_execute(
            "UPDATE letter SET fiscal_year = 2020 WHERE id = 1; UPDATE matter SET state = 'filed'",
        )?)
    });
    let broken: Vec<&str> = app.read(insight::sums).iter().filter(|s| !s.holds()).map(|s| s.name).collect();
    assert_eq!(
        broken,
        [
            "届いた手紙 = 年度ごとの合計",
            "完結した手紙 = すべての件が終わった手紙",
            "終わった件(状態) = 終わった件(日時)"
        ]
    );
}
