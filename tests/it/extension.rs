//! An extension published when the last day is over: the server failed on the last evening, the city extends next morning.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{submission, trail};
use hirokiku::{opinions, safekeeping};

use crate::app::TestApp;
use crate::consultations::{announced, at, changed, press, sent, states};
use crate::handling::{decide, enter};
use crate::sorting::arrived;

/// The morning after the last day of [`announced`].
fn next_morning() -> DateTime<Utc> {
    at("2026-05-01T09:00:00+09:00")
}

const REASON: (&str, &str) = ("reason", "最終日の夜に、受付のシステムが止まったためです。");

/// Puts an extension before its approvers; the approval's page.
async fn written(app: &TestApp, id: i64, last: &str) -> String {
    let fields = [
        ("csrf", "csrf-clerk"),
        ("class", "consultation_event"),
        ("kind", "extension"),
        ("new_closes_on", last),
        REASON,
    ];
    let started = app.staff("clerk").post(&format!("/consultations/{id}/events"), &fields).await;
    assert_eq!(started.status, 303, "{}", started.body);
    started.location().to_owned()
}

fn itemised(app: &TestApp, id: i64) -> opinions::sums::Sums {
    let now = app.clock.now();
    while app.write(move |db| opinions::itemise(db, now, 1_000)) > 0 {}
    let sums = app.read(|db| opinions::store::sums(db, id));
    assert_eq!(sums.faults(), Vec::<String>::new(), "{sums:?}");
    sums
}

fn refused(app: &TestApp, sql: &'static str) {
    assert!(app.app.db.write_now(move |db| Ok(db.batch_execute(sql)?)).is_err(), "it was taken: {sql}");
}

#[actix_web::test]
async fn an_extension_published_the_day_after_takes_in_what_came_in_between_and_nothing_else() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let page = format!("/consultations/{id}");
    sent(&app, id, &[("opinion", "間に合いました。")]).await;
    app.clock.set(next_morning());
    let receipt = sent(&app, id, &[]).await;
    receipt.shows("期限後に届きました");
    let nameless = [("opinion", "名前は書けません。"), ("name", ""), ("address", ""), ("without", "yes")];
    sent(&app, id, &nameless).await;
    sent(&app, id, &[("opinion", "ごみの収集の日を増やしてください。")]).await;
    sent(&app, id, &[("opinion", "やはり取り下げます。")]).await;
    enter(&app.staff("clerk"), id, "2026-05-01", &[]).await.shows("期限後として受け付けました");
    let aside = format!("{page}/submissions/4");
    assert_eq!(decide(&app, "clerk", &aside, "set_aside", "ごみのこと").await.status, 303);
    let back = format!("{page}/submissions/5");
    assert_eq!(decide(&app, "clerk", &back, "take_back", "電話で申し出").await.status, 303);
    assert_eq!(states(&app), ["received", "late", "late", "off_topic", "withdrawn", "late"]);
    let before = itemised(&app, id);
    assert_eq!((before.counted, before.late, before.items), (1, 3, 1));
    // nothing late becomes timely before it is published, and nothing by itself
    let approval = written(&app, id, "2026-05-07").await;
    app.staff("kacho").get(&approval).await.shows("期限後に届いた意見のうち5通が、公表と同時に期間内");
    app.staff("clerk").get(&page).await.shows("期限後に届いた意見のうち5通が");
    refused(&app, "UPDATE submission SET state = 'received', extended_by = 1 WHERE id = 2");
    app.clock.advance(chrono::Duration::hours(1));
    assert_eq!(press(&app.staff("kacho"), "kacho", &approval).await.status, 303);
    assert_eq!(states(&app), ["received", "received", "incomplete", "off_topic", "withdrawn", "received"]);
    app.citizen().get(&page).await.shows("5月7日(木)").shows("この日までに届いたご意見は、すべて期間内");
    app.staff("clerk").get(&page).await.shows("期限後に届いていた意見5通が、期間内の扱いになりました");
    app.staff("clerk").get(&format!("{page}/submissions/2")).await.shows("延長で期間内になりました");
    // what was set aside goes back to where it would have stood
    assert_eq!(decide(&app, "clerk", &aside, "undo", "").await.status, 303);
    assert_eq!(decide(&app, "clerk", &back, "undo", "").await.status, 303);
    assert_eq!(states(&app), ["received", "received", "incomplete", "received", "received", "received"]);
    // items, groups and sums follow
    let after = itemised(&app, id);
    assert_eq!((after.counted, after.late, after.items), (6, 0, 6));
    let told: Vec<String> = app.read(|db| {
        let lines = trail::table.filter(trail::act.eq("consultation.event_published"));
        Ok(lines.select(trail::detail).load(db)?)
    });
    assert!(told.len() == 1 && told[0].contains("\"made_timely\":5"), "{told:?}");
    // its sender reads that it is in time
    let numbers: Vec<&str> =
        receipt.body.split("receipt-code\">").skip(1).filter_map(|r| r.split('<').next()).collect();
    let browser = app.citizen();
    let form = browser.get("/receipts").await;
    let status = browser.submit(&form, "/receipts", &[("code", numbers[0]), ("secret", numbers[1])]).await;
    status.shows("期間内のご意見として扱います").hides("期限後に届きました");
    // what comes after the new end is late again, and no older extension helps it
    app.clock.set(at("2026-05-07T23:59:59+09:00"));
    sent(&app, id, &[("opinion", "新しい最終日です。")]).await.hides("期限後に届きました");
    app.clock.set(at("2026-05-08T00:00:00+09:00"));
    sent(&app, id, &[("opinion", "遅れました。")]).await.shows("期限後に届きました");
    assert_eq!(states(&app)[6..], ["received", "late"]);
    for sql in [
        "UPDATE submission SET state = 'received', extended_by = 1 WHERE id = 8",
        "UPDATE submission SET state = 'accepted' WHERE id = 8",
        // set aside without the memory that it was late
        "UPDATE submission SET state = 'off_topic' WHERE id = 8",
        "UPDATE submission SET state = 'withdrawn', resume_state = 'received' WHERE id = 8",
    ] {
        refused(&app, sql);
    }
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[actix_web::test]
async fn an_extension_that_days_went_by_over_is_refused_and_the_sorting_waits_for_one_under_way() {
    let app = TestApp::new();
    let id = announced(&app).await;
    app.clock.set(next_morning());
    sent(&app, id, &[]).await;
    let approval = written(&app, id, "2026-05-02").await;
    let sorting = format!("/consultations/{id}/sortings");
    let begin = [("csrf", "csrf-clerk")];
    let waits = app.staff("clerk").post(&sorting, &begin).await;
    assert_eq!(waits.status, 422);
    waits.shows("募集期間の延長が決裁中です");
    app.clock.set(at("2026-05-03T09:00:00+09:00"));
    let over = press(&app.staff("kacho"), "kacho", &approval).await;
    assert_eq!(over.status, 422);
    over.shows("新しい最終日が過ぎています。差し戻してください。");
    assert_eq!(states(&app), ["late"]);
    let version = app.staff("clerk").get(&approval).await.input("version").expect("the form");
    let pulled = [("csrf", "csrf-clerk"), ("version", version.as_str())];
    assert_eq!(app.staff("clerk").post(&format!("{approval}/withdrawals"), &pulled).await.status, 303);
    assert_eq!(app.staff("clerk").post(&sorting, &begin).await.status, 303);
    assert_eq!(states(&app), ["late"]);
}

#[actix_web::test]
async fn however_many_came_late_an_extension_takes_all_of_them_in() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let words = ["街灯を増やしてください。"];
    let many: Vec<_> = (0..2_100).map(|_| (&words[..], None)).collect();
    arrived(&app, id, &many);
    app.write(|db| {
        Ok(db.batch_execute(
            "UPDATE submission SET state = 'late'; UPDATE submission SET missing = 'name' WHERE id % 7 = 0;",
        )?)
    });
    app.clock.set(next_morning());
    changed(&app, id, &[("kind", "extension"), ("new_closes_on", "2026-05-07"), REASON]).await;
    let of = |state: &'static str| -> i64 {
        let rows = submission::table.filter(submission::state.eq(state));
        app.read(|db| Ok(rows.count().get_result(db)?))
    };
    assert_eq!((of("late"), of("received"), of("incomplete")), (0, 1_800, 300));
}
