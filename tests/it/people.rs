//! Signing in, staff, units, senders, keys.

use chrono::{Duration, NaiveDate};
use diesel::connection::SimpleConnection;
use hirokiku::error::Error;
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::people::second_factor::Secret;
use hirokiku::people::staffing::{self, NewAbsence, NewPosting};
use hirokiku::people::{self, Role, keys, password};
use hirokiku::seal::Sealer;
use hirokiku::trail::By;

use crate::app::{Browser, Page, TestApp};
use crate::letters::arrival;

const PASSWORD: &str = "関門海峡をわたる船の汽笛";

/// Gives a test person a password of his or her own.
fn with_password(app: &TestApp, login: &str) {
    let hash = password::hash_now(PASSWORD).expect("it hashes");
    let sql = format!("UPDATE staff SET password_hash = '{hash}' WHERE login = '{login}'");
    app.write(move |db| Ok(db.batch_execute(&sql)?));
}

fn stranger(app: &TestApp) -> Browser {
    app.outside()
}

async fn sign_in(browser: &Browser, login: &str, typed: &str) -> Page {
    browser.post("/sign-in", &[("login", login), ("password", typed)]).await
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[actix_web::test]
async fn the_right_password_opens_the_door_and_signing_out_shuts_it() {
    let app = TestApp::new();
    with_password(&app, "admin");
    let browser = stranger(&app);
    let page = browser.get("/people?q=%E9%81%93").await;
    assert_eq!(page.location(), "/sign-in?back=/people%3Fq%3D%25E9%2581%2593");
    let page = browser
        .post("/sign-in", &[("login", "ＡＤＭＩＮ"), ("password", PASSWORD), ("back", "/people")])
        .await;
    assert_eq!((page.status, page.location()), (303, "/people"), "{}", page.body);
    let page = browser.get("/people").await;
    page.shows("職員を加える");
    let out = browser.submit(&page, "/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(browser.get("/people").await.status, 303);
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_login_are_answered_alike() {
    let app = TestApp::new();
    with_password(&app, "tanto");
    let browser = stranger(&app);
    let wrong = sign_in(&browser, "tanto", "ちがうパスワードです").await;
    let nobody = sign_in(&browser, "nobody", "ちがうパスワードです").await;
    assert_eq!((wrong.status, nobody.status), (422, 422));
    assert_eq!(wrong.body.replace("tanto", "nobody"), nobody.body);
    wrong.hides("ちがうパスワードです");
    let admin = app.staff("admin");
    admin.get("/trail?group=staff").await.shows("サインインを断った").hides("ちがうパスワード");
}

#[actix_web::test]
async fn the_sixth_try_waits_even_with_the_right_password_and_a_quarter_of_an_hour_later_it_does_not() {
    let app = TestApp::new();
    with_password(&app, "tanto");
    let browser = stranger(&app);
    for _ in 0..5 {
        assert_eq!(sign_in(&browser, "tanto", "ちがうパスワードです").await.status, 422);
    }
    let waiting = sign_in(&browser, "tanto", PASSWORD).await;
    assert_eq!(waiting.status, 429);
    waiting.shows("あと15分ほど");
    assert_eq!(sign_in(&browser, "nobody", PASSWORD).await.status, 422, "another login does not wait");
    app.clock.advance(Duration::minutes(16));
    assert_eq!(sign_in(&browser, "tanto", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_login_attacked_from_everywhere_still_opens_to_the_browser_that_knows_it() {
    let app = TestApp::new();
    with_password(&app, "tanto");
    let known = stranger(&app);
    assert_eq!(sign_in(&known, "tanto", PASSWORD).await.status, 303);
    known.cookies.lock().unwrap().remove("hk_staff");
    let (mark, now) = (app.app.sealer.mark("sign-in.login", "tanto"), app.clock.now());
    app.write(move |db| {
        for n in 0..50 {
            let network = format!("192.0.2.{n}");
            people::store::sign_in::insert_failure(db, &mark, &network, "", now.into())?;
        }
        Ok(())
    });
    assert_eq!(sign_in(&stranger(&app), "tanto", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&known, "tanto", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_reply_typed_before_the_session_ended_is_sent_after_signing_in() {
    let app = TestApp::new();
    with_password(&app, "tanto");
    let browser = stranger(&app);
    let lost =
        browser.post("/sessions/endings", &[("csrf", "x"), ("body", "一行目\n二行目"), ("all", "yes")]).await;
    assert_eq!(lost.status, 401);
    let kept = lost.input("kept").expect("what was typed is on the page");
    let fields = [
        ("login", "tanto"),
        ("password", PASSWORD),
        ("resume", "/sessions/endings"),
        ("kept", kept.as_str()),
    ];
    let page = browser.post("/sign-in", &fields).await;
    page.shows("続きを送る").shows("一行目\n二行目").shows("action=\"/sessions/endings\"");
    let sent = browser.submit(&page, "/sessions/endings", &[("all", "yes")]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
}

#[actix_web::test]
async fn a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case() {
    let app = TestApp::new();
    let idle = app.staff("admin");
    app.clock.advance(Duration::minutes(119));
    assert_eq!(idle.get("/account").await.status, 200);
    let busy = app.staff("kocho");
    app.clock.advance(Duration::minutes(121));
    assert_eq!(idle.get("/account").await.status, 303);
    for _ in 0..8 {
        // the last use is noted beside the answer: look until it is
        for _ in 0..200 {
            actix_web::rt::task::yield_now().await;
        }
        app.clock.advance(Duration::minutes(100));
        let sql = format!(
            "UPDATE staff_session SET seen_at = '{}' WHERE ended_at IS NULL",
            app.clock.now().format("%F %T%.6f")
        );
        app.write(move |db| Ok(db.batch_execute(&sql)?));
    }
    assert_eq!(busy.get("/account").await.status, 303, "over twelve hours");
}

#[actix_web::test]
async fn the_second_factor_is_set_up_first_and_each_code_works_once() {
    let app = TestApp::with(|config| config.second_factor_required = true);
    with_password(&app, "tanto");
    let browser = stranger(&app);
    assert_eq!(sign_in(&browser, "tanto", PASSWORD).await.location(), "/account/second-factor?back=");
    assert_eq!(browser.get("/account").await.status, 303, "nothing else comes before it");
    let page = browser.get("/account/second-factor").await;
    page.shows("<svg").shows("二段階認証を設定してください");
    let key = page.body.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    let secret = Secret::from_text(key).unwrap();
    let carried = page.input("secret").unwrap();
    let code = secret.code(app.clock.now()).unwrap();
    let wrong =
        browser.submit(&page, "/account/second-factor", &[("secret", &carried), ("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    let done =
        browser.submit(&page, "/account/second-factor", &[("secret", &carried), ("code", &code)]).await;
    done.shows("回復コード");
    let recovery = done.body.split("<li><code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(browser.get("/account").await.status, 200);

    let second = |code: String| {
        let (app, browser) = (&app, stranger(&app));
        async move {
            let asked = sign_in(&browser, "tanto", PASSWORD).await;
            asked.shows("確認コード");
            assert_eq!(app.read(|db| people::staff_name(db, 4)), "道上 担");
            let ticket = asked.input("ticket").unwrap();
            browser.post("/sign-in", &[("ticket", &ticket), ("code", &code)]).await
        }
    };
    assert_eq!(second(code.clone()).await.status, 422, "the set-up used this code up");
    app.clock.advance(Duration::seconds(30));
    let next = secret.code(app.clock.now()).unwrap();
    assert_eq!(second(next.clone()).await.status, 303);
    assert_eq!(second(next).await.status, 422);
    assert_eq!(second(recovery.to_uppercase()).await.status, 303);
    assert_eq!(second(recovery).await.status, 422);
}

#[actix_web::test]
async fn somebody_new_signs_in_with_the_first_password_and_chooses_another() {
    let app = TestApp::new();
    let admin = app.staff("admin");
    let form = admin.get("/people/new").await;
    let fields = [
        ("login", "ｓｈｉｎｊｉｎ"),
        ("name", "新田 人"),
        ("name_kana", "にった ひと"),
        ("unit", "5"),
        ("role", "drafter"),
        ("from", "令和8年4月1日"),
    ];
    let made = admin.submit(&form, "/people", &fields).await;
    made.shows("一度しか表示されません").shows("shinjin");
    let initial = made.body.split("<code>").nth(2).unwrap().split('<').next().unwrap().to_owned();
    let again = admin.submit(&form, "/people", &fields).await;
    assert_eq!(again.status, 422);
    again.shows("すでに使われています").shows("新田 人");

    let browser = stranger(&app);
    assert_eq!(sign_in(&browser, "shinjin", &initial).await.location(), "/account/password?back=");
    let form = browser.get("/account/password").await;
    form.shows("12文字以上");
    let short = [("current", initial.as_str()), ("password", "みじかい"), ("again", "みじかい")];
    assert_eq!(browser.submit(&form, "/account/password", &short).await.status, 422);
    let good = [("current", initial.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    let changed = browser.submit(&form, "/account/password", &good).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    browser.get("/account").await.shows("道路河川建設課").shows("担当者");
    assert_eq!(sign_in(&stranger(&app), "shinjin", &initial).await.status, 422);
}

#[actix_web::test]
async fn everybody_sees_and_ends_his_or_her_own_sessions_and_an_administrator_anybodys() {
    let app = TestApp::new();
    let (one, other) = (app.staff("tanto"), app.staff("tanto"));
    let page = one.get("/sessions").await;
    page.shows("この端末").shows("127.0.0.1");
    assert_eq!(one.submit(&page, "/sessions/endings", &[]).await.status, 303);
    assert_eq!(other.get("/sessions").await.status, 303);
    assert_eq!(one.get("/sessions").await.status, 200);
    let admin = app.staff("admin");
    let page = admin.get("/people/4/sessions").await;
    assert_eq!(admin.submit(&page, "/people/4/sessions/endings", &[]).await.status, 303);
    assert_eq!(one.get("/sessions").await.status, 303);
    assert_eq!(app.staff("kacho").get("/people/4/sessions").await.status, 403);
}

#[actix_web::test]
async fn a_transfer_on_the_first_of_april_ends_one_posting_and_begins_another() {
    let app = TestApp::new();
    let admin = app.staff("admin");
    let form = admin.get("/people/4").await;
    let fields = [("way", "transfer"), ("unit", "7"), ("role", "section_head"), ("from", "R9.4.1")];
    let done = admin.submit(&form, "/people/4/postings", &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let held = |on: &str| {
        let on = day(on);
        app.read(move |db| Ok(people::units(db)?.postings_of(4, on)))
            .iter()
            .map(|p| (p.unit_name.clone(), p.role))
            .collect::<Vec<_>>()
    };
    assert_eq!(held("2027-03-31"), [("道路河川建設課".to_owned(), Role::Drafter)]);
    assert_eq!(held("2027-04-01"), [("公園緑地課".to_owned(), Role::SectionHead)]);
}

#[test]
fn a_posting_counts_from_the_moment_it_is_committed() {
    let app = TestApp::new();
    let today = app.clock.today();
    let roles = || app.read(|db| Ok(people::units(db)?.postings_of(4, today).len()));
    assert_eq!(roles(), 1);
    let new =
        NewPosting { staff_id: 4, unit_id: 7, role: Role::Drafter, from: today, to: None, transfer: false };
    let now = app.clock.now();
    app.write(move |db| staffing::post(db, &By::shell(), now, &new));
    assert_eq!(roles(), 2);
}

#[test]
fn the_last_administrator_stays() {
    let app = TestApp::new();
    let now = app.clock.now();
    let refused = app.app.db.write_now(move |db| staffing::disable(db, &By::shell(), now, 1));
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[actix_web::test]
async fn a_substitute_may_act_only_while_an_absence_says_so() {
    let app = TestApp::new();
    let kacho = app.staff("kacho");
    let page = kacho.get("/people/5/absences").await;
    let fields = [("from", "2026-04-02"), ("to", "2026-04-03"), ("substitute", "6"), ("reason", "出張")];
    assert_eq!(kacho.submit(&page, "/people/5/absences", &fields).await.status, 303);
    let for_whom = |on: &str| {
        let on = day(on);
        app.read(move |db| people::substitutes(db, 6, on))
    };
    assert_eq!(for_whom("2026-04-01"), Vec::<i64>::new());
    assert_eq!(for_whom("2026-04-02"), [5]);
    assert_eq!(for_whom("2026-04-03"), [5]);
    assert_eq!(for_whom("2026-04-04"), Vec::<i64>::new());
    let page = kacho.get("/people/5/absences").await;
    assert_eq!(kacho.submit(&page, "/people/5/absences/1/withdrawals", &[]).await.status, 303);
    assert_eq!(for_whom("2026-04-02"), Vec::<i64>::new());
    assert_eq!(app.staff("kacho2").get("/people/5/absences").await.status, 403, "another section's head");
    // neither of another section nor of no standing: not offered, and not taken
    page.shows("value=\"6\"").hides("<option value=\"1\"");
    let stranger = [("from", "2026-04-02"), ("to", "2026-04-03"), ("substitute", "1"), ("reason", "出張")];
    let refused = kacho.submit(&page, "/people/5/absences", &stranger).await;
    assert_eq!(refused.status, 422);
    refused.shows("代わりの人は、同じ課の職員か、上司にあたる部長").shows("出張");
    let wrong = NewAbsence {
        staff_id: 5,
        substitute_id: 5,
        from_on: day("2026-04-02"),
        to_on: day("2026-04-03"),
        reason: "出張".into(),
        recorded_by: 5,
    };
    let now = app.clock.now();
    let refused = app.app.db.write_now(move |db| staffing::record_absence(db, &By::shell(), now, &wrong));
    assert!(matches!(refused, Err(Error::Refused(_))));
}

/// A letter of somebody who told name and mail address; its id and the party's.
fn letter_of(app: &TestApp, name: &str, email: &str) -> (i64, String) {
    let details = PartyDetails { name: name.into(), email: email.into(), ..PartyDetails::default() };
    let id = app.clock.id().to_string();
    let party = SealedParty::seal(&app.app.sealer, id.clone(), &details, app.clock.now()).expect("it seals");
    let mut letter = arrival(app, "街灯が消えています。");
    letter.anonymous = false;
    letter.party = Some(party);
    let taken = app.write(move |db| hirokiku::letters::accept(db, &letter, &By::citizen()));
    (taken.letter_id, id)
}

#[test]
fn a_sender_is_opened_only_with_a_reason_and_the_trail_keeps_it() {
    let app = TestApp::new();
    let (letter, party) = letter_of(&app, "山口 花子", "hanako@example.jp");
    let open = |reason: &'static str| {
        let (party, sealer, now) = (party.clone(), app.app.sealer.clone(), app.clock.now());
        app.app.db.write_now(move |db| {
            people::open_party(db, &sealer, &By::staff(2, "広田 聴"), now, &party, letter, reason)
        })
    };
    assert!(matches!(open(" 　"), Err(Error::Refused(_))));
    assert_eq!(open("回答の宛名を確かめるため").unwrap().name, "山口 花子");
    let lines = app.read(move |db| hirokiku::trail::of_letter(db, letter));
    let opened: Vec<_> = lines.iter().filter(|l| l.act == "party.opened").collect();
    assert_eq!(opened.len(), 1);
    assert!(opened[0].detail.contains("回答の宛名を確かめるため") && !opened[0].detail.contains("花子"));
}

#[test]
fn letters_of_one_sender_find_each_other_without_being_opened() {
    let app = TestApp::new();
    let (_, one) = letter_of(&app, "山口 花子", "hanako@example.jp");
    let (_, two) = letter_of(&app, "山口 花子", "Hanako@example.jp");
    letter_of(&app, "別府 太郎", "taro@example.jp");
    assert_eq!(app.read(|db| people::find_same_sender(db, &one)), [two]);
}

#[test]
fn after_the_keys_are_rotated_everything_opens_and_the_old_outer_key_does_not() {
    let app = TestApp::new();
    let (letter, party) = letter_of(&app, "山口 花子", "hanako@example.jp");
    let file = app.app.config.seal_key_path();
    let old = std::fs::read(&file).unwrap();
    // another process, such as a `serve` that started before
    let serving = app.read(|db| Sealer::open(&file, db, &app.clock));

    let done = keys::rotate(&app.app.db, &app.app.sealer, &app.clock, &file).unwrap();
    assert_eq!(done.parties, 1);
    let (_, late) = letter_of(&app, "別府 太郎", "taro@example.jp");
    let open = |sealer: Sealer, party: String| {
        let now = app.clock.now();
        app.app.db.write_now(move |db| {
            people::open_party(db, &sealer, &By::system(), now, &party, letter, "確かめ")
        })
    };
    assert_eq!(
        open(serving.clone(), late).unwrap().name,
        "別府 太郎",
        "the running process takes up the new key"
    );
    assert_eq!(open(serving, party).unwrap().name, "山口 花子");

    // and seals with it without being started again, what it sealed meanwhile included
    let newer = app.app.sealer.clone();
    let serving = app.read(|db| Sealer::open(&file, db, &app.clock));
    keys::rotate(&app.app.db, &newer, &app.clock, &file).unwrap();
    let retired = serving.current_key();
    assert_ne!(retired, newer.current_key());
    let details = PartyDetails { name: "間 一".into(), ..PartyDetails::default() };
    let id = app.clock.id().to_string();
    let between = SealedParty::seal(&serving, id, &details, app.clock.now()).expect("it seals");
    app.write(move |db| people::keep_party(db, &between));
    assert!(keys::take_up(&app.app.db, &serving).unwrap());
    assert_eq!(serving.current_key(), newer.current_key());
    let left: i64 = app.read(|db| {
        use diesel::prelude::*;
        use hirokiku::db::schema::party::dsl as p;
        Ok(p::party.filter(p::seal_key_id.eq(retired)).count().get_result(db)?)
    });
    assert_eq!(left, 0, "nothing stays under the retired key");
    assert!(!keys::take_up(&app.app.db, &serving).unwrap(), "there is nothing more to take up");

    let stolen = app.data.path().join("old.key");
    std::fs::write(&stolen, old).unwrap();
    assert!(
        app.app.db.read_now(|db| Sealer::open(&stolen, db, &app.clock)).is_err(),
        "the old key opens nothing"
    );
    assert!(app.app.db.read_now(|db| Sealer::open(&file, db, &app.clock)).is_ok());
}

#[test]
fn a_rotation_that_died_at_any_step_is_carried_on() {
    let app = TestApp::new();
    let (letter, party) = letter_of(&app, "山口 花子", "hanako@example.jp");
    let file = app.app.config.seal_key_path();
    let opens = || {
        let sealer = app.read(|db| Sealer::open(&file, db, &app.clock));
        let (party, now) = (party.clone(), app.clock.now());
        app.write(move |db| people::open_party(db, &sealer, &By::system(), now, &party, letter, "確かめ"));
    };
    // died after the file was written
    hirokiku::seal::add_outer_key(&file, &app.clock).unwrap();
    opens();
    // died after the data keys were wrapped anew
    let (path, clock) = (file.clone(), app.clock.clone());
    app.write(move |db| hirokiku::seal::rewrap(db, &path, &clock));
    opens();
    // died with a new data key and nothing sealed by it
    let sealer = app.read(|db| Sealer::open(&file, db, &app.clock));
    app.write(move |db| hirokiku::seal::rotate_data_key(db, &sealer));
    opens();
    let sealer = app.read(|db| Sealer::open(&file, db, &app.clock));
    keys::rotate(&app.app.db, &sealer, &app.clock, &file).unwrap();
    opens();
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1, "one outer key is left");
}

#[test]
fn the_demo_has_everybody_an_answer_needs_and_making_it_twice_changes_nothing() {
    let app = TestApp::new();
    app.write(|db| Ok(db.batch_execute("DELETE FROM posting; DELETE FROM staff; DELETE FROM unit;")?));
    let now = app.clock.now();
    let first = app.write(move |db| people::demo_people(db, "hash", now));
    let again = app.write(move |db| people::demo_people(db, "hash", now));
    assert_eq!(first, again);
    for login in ["admin", "kocho", "tanto", "kacho", "bucho", "shicho", "clerk", "kansa"] {
        assert!(first.contains_key(login), "{login}");
    }
    let today = app.clock.today();
    let (doro, heads) = app.read(|db| {
        let doro = people::units(db)?.by_code("doro").map(|u| u.id);
        Ok((
            people::units(db)?.full_name(doro.unwrap()),
            people::staff_of(db, doro, Role::SectionHead, today)?,
        ))
    });
    assert_eq!(doro, "建設部 道路河川建設課");
    assert_eq!(heads, [(first["kacho"], "道本 和江".to_owned())]);
}

#[actix_web::test]
async fn an_empty_house_is_opened_by_its_one_time_link() {
    let app = TestApp::new();
    app.write(|db| {
        Ok(db.batch_execute(
            "DELETE FROM posting; DELETE FROM staff_session; DELETE FROM staff; DELETE FROM unit;",
        )?)
    });
    let (now, key) = (app.clock.now(), app.clock.random());
    let link = app.write(move |db| people::welcome_link(db, "http://staff.example", key, now)).unwrap();
    let path = link.strip_prefix("http://staff.example").unwrap().to_owned();
    let browser = stranger(&app);
    browser.get(&path).await.shows("最初のシステム管理者").shows("12文字以上");
    assert_eq!(browser.get("/welcome?key=guess").await.status, 404);
    let fields = [
        ("key", path.rsplit('=').next().unwrap()),
        ("login", "hajime"),
        ("name", "初 一"),
        ("name_kana", "ハジメ"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let made = browser.post("/welcome", &fields).await;
    assert_eq!(made.location(), "/sign-in", "{}", made.body);
    assert_eq!(browser.get(&path).await.status, 404, "it works once");
    assert_eq!(sign_in(&browser, "hajime", PASSWORD).await.status, 303);
    browser.get("/units").await.shows("豊北総合支所").shows("主管課");
    let later = app.write(move |db| people::welcome_link(db, "http://staff.example", [1; 32], now));
    assert_eq!(later, None);
}

#[actix_web::test]
async fn units_are_added_reached_led_and_ended() {
    let app = TestApp::new();
    let admin = app.staff("admin");
    let page = admin.get("/units").await;
    let fields = [
        ("name", "道路維持課"),
        ("code", "doro-iji"),
        ("kind", "section"),
        ("parent", "4"),
        ("from", "2026-04-01"),
        ("phone", "０８３－２３１－１１１１"),
    ];
    let made = admin.submit(&page, "/units", &fields).await;
    let unit = made.location().to_owned();
    assert_eq!(unit, "/units/8", "{}", made.body);
    let page = admin.get(&unit).await;
    page.shows("建設部 道路維持課").shows("083-231-1111");
    let fields = [("coordinator", "4"), ("coordinator_from", "R8.4.1")];
    assert_eq!(admin.submit(&page, "/units/8/coordinators", &fields).await.status, 303);
    admin.get(&unit).await.shows("課報道広聴主任").shows("道上 担");
    assert_eq!(
        admin.submit(&page, "/units/5/endings", &[("last", "2026-05-01")]).await.status,
        422,
        "people are in it"
    );
    assert_eq!(admin.submit(&page, "/units/8/endings", &[("last", "2027-03-31")]).await.status, 303);
    admin.get(&unit).await.shows("終わります");
}
