//! The figures for monitoring: true, for those who may, and about nobody.

use chrono::Duration;
use hirokiku::intake::mail::incoming::Source;
use hirokiku::letters;
use hirokiku::trail::By;

use crate::app::TestApp;
use crate::letters::arrival;
use crate::mail::queue;
use crate::mailroom::{came, empty_mail, mail};

fn figure(page: &str, name: &str) -> Option<i64> {
    let line = page.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[actix_web::test]
async fn the_figures_say_what_came_in_what_waits_and_for_how_long() {
    let app = TestApp::new();
    let from = "長府 花子 <hanako@example.jp>";
    let letter = mail("a@example.jp", from, "", "長府の街灯", "街灯が消えています。");
    for _ in 0..2 {
        came(&app, Source::Lmtp, &letter);
    }
    empty_mail(&app, "b@example.jp");
    let written = arrival(&app, "歩道のこと");
    app.write(move |db| letters::accept(db, &written, &By::citizen()));
    queue(
        &app,
        &hirokiku::mail::Letterform {
            to: "hanako@example.jp".to_owned(),
            subject: "控え".to_owned(),
            ..Default::default()
        },
    );
    app.clock.advance(Duration::minutes(7));
    let page = app.outside().get("/metrics").await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    for (name, value) in [
        ("hirokiku_letters{state=\"received\"}", 2),
        ("hirokiku_mails_in{state=\"letter\"}", 1),
        ("hirokiku_mails_in{state=\"duplicate\"}", 1),
        ("hirokiku_mails_in{state=\"exception\"}", 1),
        ("hirokiku_oldest_waiting_seconds{queue=\"exception\"}", 420),
        ("hirokiku_oldest_waiting_seconds{queue=\"outbox\"}", 420),
        ("hirokiku_oldest_waiting_seconds{queue=\"incoming\"}", 0),
        ("hirokiku_backlog{task=\"index\"}", 2),
        ("hirokiku_mail_stopped_addresses", 0),
    ] {
        assert_eq!(figure(&page.body, name), Some(value), "{name}:\n{}", page.body);
    }
    assert!(figure(&page.body, "hirokiku_mails_out{state=\"queued\"}") >= Some(1), "{}", page.body);
    assert!(figure(&page.body, "hirokiku_backlog{task=\"trail\"}") > Some(0));
    assert!(figure(&page.body, "hirokiku_database_bytes") > Some(100_000));
    page.shows(&format!("hirokiku_build_info{{version=\"{}\",", env!("CARGO_PKG_VERSION")));
    for nobody in ["hanako", "花子", "example.jp", "街灯"] {
        page.hides(nobody);
    }
    // every line is what a scraper can read
    for line in page.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a value");
        assert!(name.starts_with("hirokiku_") && value.parse::<i64>().is_ok(), "{line}");
    }
}

#[actix_web::test]
async fn the_figures_are_for_this_machine_or_for_who_has_the_token_and_never_at_the_citizens_door() {
    let app = TestApp::new();
    assert_eq!(app.citizen().get("/metrics").await.status, 404);
    let mut far = app.outside();
    far.peer = ([10, 1, 2, 3], 50_000).into();
    assert_eq!(far.get("/metrics").await.status, 403);
    let proxied = [("x-forwarded-for", "10.1.2.3")];
    assert_eq!(app.outside().get_raw("/metrics", &proxied).await.status, 403, "a proxy of this machine");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "open-sesame\n").expect("written");
    let app = TestApp::with(|c| c.metrics_token_file = file.display().to_string());
    let mut far = app.outside();
    far.peer = ([10, 1, 2, 3], 50_000).into();
    assert_eq!(far.get_raw("/metrics", &[("authorization", "Bearer open-sesame")]).await.status, 200);
    for wrong in ["Bearer open-sesam", "Bearer ", "Basic open-sesame", "open-sesame"] {
        assert_eq!(far.get_raw("/metrics", &[("authorization", wrong)]).await.status, 403, "{wrong}");
    }
    assert_eq!(app.outside().get("/metrics").await.status, 403, "with a token, nobody without it");
    std::fs::write(&file, "\n").expect("written");
    assert_eq!(far.get_raw("/metrics", &[("authorization", "Bearer ")]).await.status, 403, "an empty file");
}
