//! News of consultations by mail: only to who followed the link, once a happening, ended in one step, known to nobody.

use chrono::Duration;
use diesel::prelude::*;
use hirokiku::consultations::subscriptions::{self, Happening, link_key};
use hirokiku::db::schema::{outbox, party, subscription, subscription_mail};
use hirokiku::mail::{self, Letterform, address_token};

use crate::app::{Page, TestApp};
use crate::consultations::{announced, at, changed};

fn mails(app: &TestApp) -> Vec<(String, Letterform)> {
    let rows: Vec<(String, i64, Vec<u8>)> = app.read(|db| {
        Ok(outbox::table
            .order(outbox::id)
            .select((outbox::id, outbox::seal_key_id, outbox::sealed))
            .load(db)?)
    });
    rows.into_iter()
        .map(|(id, key, bytes)| {
            let form = mail::open(&app.app.sealer, &id, key, &bytes).expect("it opens");
            (id, form)
        })
        .collect()
}

fn subjects(app: &TestApp, to: &str) -> Vec<String> {
    mails(app).into_iter().filter(|(_, m)| m.to == to).map(|(_, m)| m.subject).collect()
}

async fn ask(app: &TestApp, email: &str, consultation: Option<i64>) -> Page {
    let browser = app.citizen();
    let query = consultation.map_or_else(String::new, |id| format!("?consultation={id}"));
    let form = browser.get(&format!("/subscriptions/new{query}")).await;
    let id = consultation.map(|id| id.to_string()).unwrap_or_default();
    let mut fields = vec![("email", email)];
    if consultation.is_some() {
        fields.push(("consultation", &id));
    }
    browser.submit(&form, "/subscriptions", &fields).await
}

/// The path of the link in the last mail to an address.
fn link(app: &TestApp, to: &str) -> String {
    let (_, form) = mails(app).into_iter().rfind(|(_, m)| m.to == to).expect("a mail");
    let from = form.text.find("/subscriptions/").expect("a link");
    form.text[from..].lines().next().expect("a line").to_owned()
}

async fn subscribed(app: &TestApp, email: &str, consultation: Option<i64>) -> String {
    ask(app, email, consultation).await.shows("まだ登録は終わっていません");
    let path = link(app, email);
    app.citizen().get(&path).await.shows("登録する");
    app.citizen().post(&path, &[("word", "confirm")]).await.shows("お送りします");
    path
}

fn run(app: &TestApp) {
    while subscriptions::run(&app.app).expect("it runs") {}
}

#[actix_web::test]
async fn nothing_is_sent_before_the_link_is_followed_and_looking_at_it_follows_nothing() {
    let app = TestApp::new();
    let id = announced(&app).await;
    ask(&app, "Yui@example.jp", Some(id)).await.shows("確認のメールをお送りします");
    let path = link(&app, "Yui@example.jp");
    app.citizen().get(&path).await.shows("登録する");
    app.clock.set(at("2026-04-02T01:00:00Z"));
    changed(&app, id, &[("kind", "extension"), ("new_closes_on", "2026-05-10"), ("reason", "資料の誤り")])
        .await;
    run(&app);
    assert_eq!(subjects(&app, "Yui@example.jp").len(), 1, "the link alone");
    app.citizen().post(&path, &[("word", "confirm")]).await.shows("登録しています");
    run(&app);
    assert_eq!(subjects(&app, "Yui@example.jp").len(), 1, "what happened before is past");
    changed(&app, id, &[("kind", "suspension"), ("reason", "点検のため")]).await;
    run(&app);
    let told = subjects(&app, "Yui@example.jp");
    assert!(told.len() == 2 && told[1].starts_with(Happening::Suspension.label()), "{told:?}");
    assert!(mails(&app).last().is_some_and(|(_, m)| m.text.contains("点検のため")));
    // nobody guesses a link
    let key = link_key(&app.app.sealer, "0198");
    assert_eq!(app.citizen().get(&format!("/subscriptions/0198/{}", &key[1..])).await.status, 404);
    assert_eq!(app.citizen().get(&format!("/subscriptions/0198/{key}")).await.status, 404);
}

#[actix_web::test]
async fn opening_nearness_extension_and_result_come_once_each_however_often_the_work_runs() {
    let app = TestApp::new();
    subscribed(&app, "yui@example.jp", None).await;
    app.clock.advance(Duration::minutes(1));
    let id = announced(&app).await;
    subscribed(&app, "yui@example.jp", Some(id)).await;
    run(&app);
    run(&app);
    let told = || subjects(&app, "yui@example.jp")[2..].to_vec();
    assert_eq!(told().len(), 1, "one mail for one address, though it is subscribed twice: {:?}", told());
    assert!(told()[0].starts_with(Happening::Opened.label()));
    // seven days before the last one
    app.clock.set(at("2026-04-22T14:59:59Z"));
    run(&app);
    assert_eq!(told().len(), 1);
    app.clock.set(at("2026-04-22T15:00:00Z"));
    run(&app);
    assert!(told().len() == 2 && told()[1].starts_with(Happening::ClosingSoon.label()), "{:?}", told());
    app.clock.set(at("2026-05-20T01:00:00Z"));
    let now = app.clock.now();
    for _ in 0..2 {
        app.write(move |db| subscriptions::result_published(db, now, id));
        run(&app);
    }
    assert!(told().len() == 3 && told()[2].starts_with(Happening::Result.label()), "{:?}", told());
    let last = mails(&app).pop().expect("a mail").1;
    assert!(last.text.contains(&format!("/consultations/{id}/result")), "{}", last.text);
}

#[actix_web::test]
async fn an_extension_the_day_after_is_told_once_and_its_nearness_not_a_second_time() {
    let app = TestApp::new();
    subscribed(&app, "yui@example.jp", None).await;
    app.clock.advance(Duration::minutes(1));
    let id = announced(&app).await;
    app.clock.set(at("2026-04-23T01:00:00Z"));
    run(&app);
    let before = subjects(&app, "yui@example.jp").len();
    app.clock.set(at("2026-05-01T00:30:00Z"));
    let fields = [("kind", "extension"), ("new_closes_on", "2026-05-05"), ("reason", "受付が止まりました。")];
    changed(&app, id, &fields).await;
    run(&app);
    app.clock.set(at("2026-05-02T00:30:00Z"));
    run(&app);
    let told = subjects(&app, "yui@example.jp")[before..].to_vec();
    assert!(told.len() == 1 && told[0].starts_with(Happening::Extension.label()), "{told:?}");
    let (_, mail) = mails(&app).pop().expect("a mail");
    assert!(mail.text.contains("5月5日(火)まで延ばしました。"), "{}", mail.text);
    assert!(
        mail.text.contains("この日までに届いたご意見は、すべて期間内のものとして扱います。"),
        "{}",
        mail.text
    );
}

#[actix_web::test]
async fn two_processes_that_work_at_once_tell_everybody_once() {
    let app = TestApp::new();
    for n in 0..12 {
        subscribed(&app, &format!("y{n}@example.jp"), None).await;
    }
    app.clock.advance(Duration::minutes(1));
    announced(&app).await;
    app.clock.advance(Duration::minutes(1));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..4 {
                    // one may be told that the other was faster
                    drop(subscriptions::run(&app.app));
                }
            });
        }
    });
    run(&app);
    for n in 0..12 {
        assert_eq!(subjects(&app, &format!("y{n}@example.jp")).len(), 2, "the link and the opening");
    }
}

#[actix_web::test]
async fn one_step_ends_it_by_page_or_by_mail_program_and_the_address_is_forgotten() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = subscribed(&app, "yui@example.jp", Some(id)).await;
    subscribed(&app, "misaki@example.jp", Some(id)).await;
    app.clock.advance(Duration::minutes(1));
    changed(&app, id, &[("kind", "suspension"), ("reason", "点検のため")]).await;
    run(&app);
    app.citizen().get(&path).await.shows("お知らせをやめる");
    app.citizen()
        .post(&path, &[("word", "stop")])
        .await
        .shows("もうお送りしません")
        .shows("もう一度登録する");
    // a mail program presses the button named in the mail's head (RFC 8058), without cookie or page
    let (mail, _) = mails(&app).into_iter().rfind(|(_, m)| m.to == "misaki@example.jp").expect("a mail");
    let token = address_token::stop_token(&app.app.sealer, &mail).expect("a token");
    app.citizen().get(&format!("/mails/{token}")).await.shows("お知らせをやめる");
    let one_step = [("List-Unsubscribe", "One-Click")];
    app.citizen().post(&format!("/mails/{token}"), &one_step).await.shows("もうお送りしません");
    app.citizen().post(&format!("/mails/{token}"), &one_step).await.shows("もうお送りしません");
    let left: i64 = app.read(|db| Ok(party::table.count().get_result(db)?));
    assert_eq!(left, 0, "nothing that tells who it was");
    let alive: i64 = app.read(|db| {
        Ok(subscription::table.filter(subscription::ended_at.is_null()).count().get_result(db)?)
    });
    assert_eq!(alive, 0);
    changed(&app, id, &[("kind", "resumption"), ("reason", "点検が終わりました")]).await;
    run(&app);
    assert_eq!(mails(&app).len(), 4);
    // receipts of letters still go: only this was stopped
    let stops: i64 = app.read(|db| Ok(hirokiku::db::schema::mail_stop::table.count().get_result(db)?));
    assert_eq!(stops, 0);
}

#[actix_web::test]
async fn no_page_tells_who_is_subscribed_and_nobody_can_fill_a_mailbox() {
    let app = TestApp::new();
    let id = announced(&app).await;
    subscribed(&app, "yui@example.jp", Some(id)).await;
    let known = ask(&app, "yui@example.jp", Some(id)).await;
    let unknown = ask(&app, "dareka@example.jp", Some(id)).await;
    let plain = |page: &Page| page.body.split("<main").nth(1).map(str::to_owned);
    assert_eq!((known.status, plain(&known)), (unknown.status, plain(&unknown)));
    assert_eq!(subjects(&app, "yui@example.jp")[1], "お知らせのメールは、すでに登録されています");
    for _ in 0..20 {
        assert_eq!(plain(&ask(&app, "dareka@example.jp", Some(id)).await), plain(&unknown));
    }
    assert_eq!(subjects(&app, "dareka@example.jp").len(), 5, "a day's automatic mails to one address");
    let wrong = ask(&app, "yui＠", Some(id)).await;
    assert_eq!(wrong.status, 422);
    wrong.shows("yui＠");
    let marks: i64 = app.read(|db| Ok(subscription_mail::table.count().get_result(db)?));
    assert_eq!(marks, 0);
}

#[actix_web::test]
async fn an_address_nobody_confirmed_is_let_go_after_two_days() {
    let app = TestApp::new();
    let id = announced(&app).await;
    ask(&app, "yui@example.jp", Some(id)).await;
    let path = link(&app, "yui@example.jp");
    app.clock.advance(Duration::hours(49));
    run(&app);
    let left: i64 = app.read(|db| Ok(party::table.count().get_result(db)?));
    assert_eq!(left, 0);
    app.citizen().post(&path, &[("word", "confirm")]).await.hides("登録しています");
    // and may ask again
    subscribed(&app, "yui@example.jp", Some(id)).await;
}
