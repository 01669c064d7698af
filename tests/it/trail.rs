//! The trail's page.

use std::collections::BTreeSet;

use chrono::Duration;
use diesel::prelude::*;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::schema::trail;
use hirokiku::demo;
use hirokiku::insight::trail::words;
use hirokiku::people::staffing;
use hirokiku::trail::By;

use crate::app::{TestApp, first_morning, own_schema, postgres};

#[actix_web::test]
async fn the_trail_is_read_by_auditors_in_words_and_by_nobody_else() {
    let app = TestApp::new();
    let now = app.clock.now();
    app.write(move |db| staffing::disable(db, &By::staff(1, "安部 管"), now, 10));
    let kansa = app.staff("kansa");
    kansa.get("/trail").await.shows("職員を停止した").shows("安部 管").shows("まだ確かめていません");
    kansa.get("/trail?person=admin&group=staff&day=R8.4.1").await.shows("職員を停止した");
    kansa.get("/trail?group=publication").await.hides("職員を停止した").shows("この条件の記録はありません");
    kansa.get("/trail?day=2026-03-31").await.hides("職員を停止した");
    assert_eq!(kansa.get("/trail?person=nobody").await.status, 422);
    assert_eq!(app.staff("tanto").get("/trail").await.status, 403);
}

#[actix_web::test]
async fn the_pages_of_the_trail_follow_one_another_without_gap_or_overlap() {
    let app = TestApp::new();
    let now = app.clock.now();
    app.write(move |db| {
        for n in 0..130 {
            staffing::change(db, &By::shell(), now, 10, n + 1, ("園田 緑", "ソノダ", None))?;
        }
        Ok(())
    });
    let kansa = app.staff("kansa");
    let rows = |body: &str| body.matches("職員を直した").count();
    let first = kansa.get("/trail").await;
    assert_eq!(rows(&first.body), 100);
    let next = first.body.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = kansa.get(&next.replace("&amp;", "&")).await;
    assert_eq!(rows(&second.body), 30);
}

#[actix_web::test]
async fn the_chain_is_walked_on_request_and_what_was_found_is_kept() {
    let app = TestApp::new();
    let now = app.clock.now();
    app.write(move |db| staffing::disable(db, &By::shell(), now, 10));
    let kansa = app.staff("kansa");
    let page = kansa.get("/trail").await;
    assert_eq!(kansa.submit(&page, "/trail/checks", &[]).await.location(), "/trail");
    kansa.get("/trail").await.shows("異常なし").shows("書換えや欠落はありませんでした");
}

#[actix_web::test]
async fn a_download_is_a_table_without_formulas_and_leaves_a_line() {
    let app = TestApp::new();
    let now = app.clock.now();
    app.write(move |db| staffing::disable(db, &By::staff(1, "=cmd()"), now, 10));
    let kansa = app.staff("kansa");
    let page = kansa.get("/trail").await;
    let file = kansa.submit(&page, "/trail/exports", &[("from", "R8.4.1"), ("to", "2026-04-01")]).await;
    assert!(file.body.starts_with('\u{FEFF}') && file.body.contains("'=cmd()"), "{}", file.body);
    assert!(file.headers["content-type"].starts_with("text/csv"));
    kansa.get("/trail").await.shows("書き出した");
    let wrong = kansa.submit(&page, "/trail/exports", &[("from", "R8.4.1"), ("to", "R20.4.1")]).await;
    assert_eq!(wrong.status, 422);
    wrong.shows("1年分まで");
}

#[test]
fn whatever_the_demo_city_recorded_is_told_in_words_and_its_days_only_go_on() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = Config { data: data.path().to_owned(), ..Config::default() };
    if let Ok(url) = postgres() {
        config.database_url = own_schema(&url, &Clock::System);
    }
    let morning = first_morning();
    let app = demo::open(config.clone(), Clock::fixed(morning)).expect("the demo city");
    let details: Vec<String> =
        app.db.read_now(|db| Ok(trail::table.select(trail::detail).load(db)?)).expect("the trail");
    let keys: BTreeSet<String> = details
        .iter()
        .filter_map(|d| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(d).ok())
        .flat_map(|pairs| pairs.into_iter().map(|(key, _)| key))
        .filter(|key| !["hash", "content_hash", "original"].contains(&key.as_str()))
        .collect();
    assert!(keys.len() > 10, "{keys:?}");
    let without: Vec<&String> = keys.iter().filter(|key| words::term(key).is_none()).collect();
    assert!(without.is_empty(), "no words for {without:?}");

    drop(app);
    let opened_at = |at| demo::open(config.clone(), Clock::fixed(at));
    let back = opened_at(morning - Duration::days(1)).err().expect("a city does not go back");
    assert!(back.to_string().contains("4月1日(水) 10:00"), "{back}");
    let later = opened_at(morning + Duration::days(30)).expect("it goes on");
    assert_eq!(later.clock.today().to_string(), "2026-05-01");
}
