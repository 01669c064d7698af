//! Very many opinions at once: the form is slowed by itself, nobody is refused, nothing typed is lost, no opinion is
//! dropped.

use chrono::Duration;
use diesel::prelude::*;
use hirokiku::consultations::flood::{self, BITS, PARTS, Setting};
use hirokiku::db::schema::{submission, trail};
use sha2::{Digest, Sha256};

use crate::app::{Browser, Page, TestApp};
use crate::citizen::{carried, pairs};
use crate::consultations::{announced, at, confirmed, sent, states};

/// What the script in the page finds.
fn solve(puzzle: &str) -> String {
    let part = |part: usize| {
        let found = (0_u64..).find(|n| {
            let hash = Sha256::digest(format!("{puzzle}:{part}:{n}"));
            u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= BITS
        });
        found.expect("a number").to_string()
    };
    (0..PARTS).map(part).collect::<Vec<_>>().join(",")
}

pub async fn set(app: &TestApp, id: i64, setting: &'static str) {
    let fields = [("csrf", "csrf-clerk"), ("setting", setting)];
    let done = app.staff("clerk").post(&format!("/consultations/{id}/flood"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
}

/// Everything the page carries, with the puzzle solved as a browser would.
pub fn solved(page: &Page) -> Vec<(String, String)> {
    let mut all = carried(page);
    let puzzle = page.input("puzzle").expect("the page carries a puzzle");
    all.iter_mut().filter(|(n, _)| n == "solution").for_each(|(_, v)| *v = solve(&puzzle));
    all
}

async fn send(browser: &Browser, id: i64, fields: &[(String, String)]) -> Page {
    browser.post(&format!("/consultations/{id}/comments"), &pairs(fields)).await
}

fn watch(app: &TestApp, per_minute: i64) {
    let now = app.clock.now();
    app.write(move |db| {
        let turns = flood::turns(db, now, per_minute)?;
        flood::turn(db, now, &turns)
    });
}

fn acts(app: &TestApp) -> Vec<String> {
    app.read(|db| {
        Ok(trail::table
            .filter(trail::act.like("consultation.flood%"))
            .order(trail::id)
            .select(trail::act)
            .load(db)?)
    })
}

#[actix_web::test]
async fn a_flood_begins_and_ends_by_what_comes_and_not_a_single_opinion_is_refused() {
    let app = TestApp::new();
    let id = announced(&app).await;
    for n in 0..5 {
        sent(&app, id, &[("opinion", format!("{n}番目の意見です。").as_str())]).await.shows("受付番号");
    }
    watch(&app, 6);
    app.citizen().get(&format!("/consultations/{id}/comments/new")).await.hides("name=\"puzzle\"");
    watch(&app, 5);
    assert!(app.read(move |db| flood::is_slowing(db, id)));
    let form = app.citizen().get(&format!("/consultations/{id}/comments/new")).await;
    form.shows("name=\"puzzle\"").shows("puzzle.js").shows("<noscript>").shows("ファクス(000-000-0001)");
    let page = app.staff("clerk").get(&format!("/consultations/{id}/flood")).await;
    page.shows("殺到への備えが入っています").shows("自動で始まりました").shows("1分間に5通");
    // it goes on while as much still comes, and ends long after
    app.clock.advance(Duration::minutes(9));
    watch(&app, 5);
    assert!(app.read(move |db| flood::is_slowing(db, id)));
    app.clock.advance(Duration::minutes(2));
    watch(&app, 5);
    assert!(!app.read(move |db| flood::is_slowing(db, id)));
    assert_eq!(acts(&app), ["consultation.flood_began", "consultation.flood_ended"]);
    assert_eq!(states(&app).len(), 5);
}

#[actix_web::test]
async fn a_browser_with_script_sends_at_once_and_its_puzzle_serves_no_other_form() {
    let app = TestApp::new();
    let id = announced(&app).await;
    set(&app, id, "on").await;
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[]).await;
    let fields = solved(&confirm);
    send(&browser, id, &fields).await.shows("ご意見を受け付けました");
    // a second press is the same opinion, solved or not
    send(&browser, id, &fields).await.shows("ご意見を受け付けました");
    assert_eq!(states(&app), ["received"]);
    // somebody else's form with that solution is asked to wait
    let other = app.citizen();
    let mut stolen = carried(&confirmed(&other, id, &[("opinion", "別の意見です。")]).await);
    for name in ["puzzle", "solution"] {
        let value = fields.iter().find(|(n, _)| n == name).expect("a field").1.clone();
        stolen.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| v.clone_from(&value));
    }
    let refused = send(&other, id, &stolen).await;
    assert_eq!(refused.status, 429);
    refused.shows("別の意見です。");
    assert_eq!(states(&app).len(), 1);
}

#[actix_web::test]
async fn without_script_a_minute_is_waited_nothing_is_lost_and_the_first_press_is_what_counts() {
    let app = TestApp::new();
    let id = announced(&app).await;
    set(&app, id, "on").await;
    app.clock.set(at("2026-04-30T14:50:00Z"));
    let browser = app.citizen();
    let words = "待っても残る意見です。\n二行目も。";
    let confirm = confirmed(&browser, id, &[("opinion", words)]).await;
    app.clock.set(at("2026-04-30T14:59:30Z"));
    let asked = send(&browser, id, &carried(&confirm)).await;
    assert_eq!((asked.status, asked.headers.get("retry-after").map(String::as_str)), (429, Some("60")));
    asked.shows("まだ送られていません").shows("待っても残る意見です。\n二行目も。").shows("郵送");
    // impatience changes nothing
    app.clock.advance(Duration::seconds(20));
    let again = send(&browser, id, &carried(&asked)).await;
    assert_eq!(again.status, 429);
    again.shows("40秒");
    assert!(states(&app).is_empty());
    // after the minute it is midnight, and the opinion is in time all the same
    app.clock.set(at("2026-04-30T15:00:31Z"));
    send(&browser, id, &carried(&again)).await.shows("ご意見を受け付けました").hides("期限後に届きました");
    assert_eq!(states(&app), ["received"]);
    let (text, came): (String, hirokiku::db::Instant) = app.read(|db| {
        Ok(submission::table.select((submission::text_original, submission::received_at)).first(db)?)
    });
    assert_eq!((text.as_str(), came.utc()), (words, at("2026-04-30T14:59:30Z")));
}

#[actix_web::test]
async fn a_minute_waited_for_some_words_does_not_serve_others() {
    let app = TestApp::new();
    let id = announced(&app).await;
    set(&app, id, "on").await;
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[("opinion", "先の言葉です。")]).await;
    let asked = send(&browser, id, &carried(&confirm)).await;
    app.clock.advance(Duration::seconds(61));
    let mut others = carried(&asked);
    others.iter_mut().filter(|(n, _)| n == "opinion").for_each(|(_, v)| "後の言葉です。".clone_into(v));
    let refused = send(&browser, id, &others).await;
    assert_eq!(refused.status, 429);
    refused.shows("後の言葉です。").shows("60秒");
    assert!(states(&app).is_empty());
}

#[actix_web::test]
async fn a_form_begun_before_the_flood_loses_nothing_when_it_is_sent_in_it() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[("opinion", "前から書いていました。")]).await;
    confirm.hides("name=\"puzzle\"");
    set(&app, id, "on").await;
    let asked = send(&browser, id, &carried(&confirm)).await;
    assert_eq!(asked.status, 429);
    asked.shows("前から書いていました。");
    // with script it is solved on this page
    send(&browser, id, &solved(&asked)).await.shows("ご意見を受け付けました");
    assert_eq!(states(&app), ["received"]);
}

#[actix_web::test]
async fn the_page_shows_what_comes_by_hour_text_and_sender_and_only_who_runs_it_switches() {
    let app = TestApp::new();
    let id = announced(&app).await;
    for name in ["長田 結", "安岡 岬", "安岡 岬"] {
        sent(&app, id, &[("opinion", "同じ文章の意見です。"), ("name", name)]).await;
    }
    app.clock.advance(Duration::hours(2));
    sent(&app, id, &[("opinion", "ひとりだけの意見です。"), ("name", "小月 灯")]).await;
    let page = app.staff("kocho").get(&format!("/consultations/{id}/flood")).await;
    page.shows("提出 <strong>4</strong>通、異なる文章 <strong>2</strong>、提出者 <strong>3</strong>")
        .shows("同じ文章の意見です。")
        .hides("ひとりだけの意見です。")
        .shows("3通")
        .shows("4月1日(水) 10:00から");
    page.hides("切り替える");
    let fields = [("csrf", "csrf-kocho"), ("setting", "on")];
    assert_eq!(app.staff("kocho").post(&format!("/consultations/{id}/flood"), &fields).await.status, 403);
    set(&app, id, "on").await;
    assert_eq!(app.read(move |db| flood::standing(db, id)).setting, Setting::On);
    set(&app, id, "off").await;
    // whatever comes, off is off
    watch(&app, 1);
    assert!(!app.read(move |db| flood::is_slowing(db, id)));
    assert_eq!(acts(&app)[..2], ["consultation.flood_set", "consultation.flood_set"]);
}
