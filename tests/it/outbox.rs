//! The outbox's pages: what staff see of mails, and a person's word on those the program cannot judge.

use hirokiku::mail::{Letterform, MailState, store};

use crate::app::TestApp;
use crate::mail::queue;

fn mail(n: usize) -> Letterform {
    Letterform {
        to: "hanako@example.jp".to_owned(),
        to_name: "長府 花子".to_owned(),
        subject: format!("受付の控え {n}"),
        text: "ひみつの本文".to_owned(),
        references: Vec::new(),
    }
}

fn in_doubt(app: &TestApp) -> String {
    let id = queue(app, &mail(1));
    let (claimed, now) = (id.clone(), app.clock.now().into());
    app.write(move |db| store::claim(db, &claimed, 0, now));
    id
}

#[actix_web::test]
async fn an_empty_outbox_says_what_will_appear() {
    let app = TestApp::new();
    let staff = app.staff("kocho");
    for state in ["queued", "in_doubt", "failed", "sent", "cancelled"] {
        let page = staff.get(&format!("/outbox?state={state}")).await;
        assert_eq!(page.status, 200);
        page.shows("empty-title");
    }
}

#[actix_web::test]
async fn only_those_who_run_the_outbox_see_it() {
    let app = TestApp::new();
    let id = in_doubt(&app);
    for login in ["tanto", "kacho", "shicho", "kansa", "clerk"] {
        let staff = app.staff(login);
        for path in ["/outbox".to_owned(), format!("/outbox/{id}"), format!("/outbox/{id}?purpose=check")] {
            assert_eq!(staff.get(&path).await.status, 403, "{login} {path}");
        }
        let fields = [("csrf", &*format!("csrf-{login}")), ("result", "resend"), ("comment", "x")];
        assert_eq!(staff.post(&format!("/outbox/{id}/settlements"), &fields).await.status, 403, "{login}");
    }
    assert_eq!(app.staff("admin").get("/outbox").await.status, 200);
}

#[actix_web::test]
async fn the_list_tells_no_address_and_counts_every_state() {
    let app = TestApp::new();
    in_doubt(&app);
    queue(&app, &mail(2));
    let page = app.staff("kocho").get("/outbox").await;
    page.shows("送信したかもしれないメールです").hides("hanako").hides("花子").hides("ひみつ");
    page.shows(r#"送信待ち<span class="count">1</span>"#).shows(r#"確認が必要<span class="count">1</span>"#);
}

#[actix_web::test]
async fn a_long_outbox_is_read_page_by_page_without_losing_or_repeating_a_mail() {
    let app = TestApp::new();
    let mut left: Vec<String> = (0..120).map(|n| queue(&app, &mail(n))).collect();
    left.reverse();
    let staff = app.staff("kocho");
    let mut path = "/outbox?state=queued".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = staff.get(&path).await;
        let links = page.body.split("href=\"/outbox/").skip(1);
        seen.extend(links.filter_map(|l| l.split('"').next()).map(str::to_owned));
        let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1).and_then(|l| l.split('"').next())
        else {
            break;
        };
        path = next.replace("&amp;", "&");
    }
    assert_eq!(seen, left, "newest first, each once");
}

#[actix_web::test]
async fn opening_a_mail_needs_a_purpose_and_leaves_a_line() {
    let app = TestApp::new();
    let id = in_doubt(&app);
    let staff = app.staff("kocho");
    staff.get(&format!("/outbox/{id}")).await.hides("ひみつの本文").hides("hanako").shows("開く目的");
    staff.get(&format!("/outbox/{id}?purpose=nosy")).await.hides("ひみつの本文");
    let page = staff.get(&format!("/outbox/{id}?purpose=asked")).await;
    page.shows("ひみつの本文")
        .shows("hanako@example.jp")
        .shows("メールの宛先と本文を開いた")
        .shows("広田 聴");
    let lines = app.read(|db| hirokiku::trail::of_subject(db, hirokiku::trail::Subject::Mail, &id));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].detail, r#"{"purpose":"asked"}"#);
}

#[actix_web::test]
async fn a_person_says_what_became_of_a_mail_in_doubt() {
    let app = TestApp::new();
    for (result, state) in [
        ("arrived", MailState::Sent),
        ("not_arrived", MailState::Failed),
        ("resend", MailState::Queued),
        ("cancel", MailState::Cancelled),
    ] {
        let id = in_doubt(&app);
        let staff = app.staff("kocho");
        let page = staff.get(&format!("/outbox/{id}")).await;
        let settlements = format!("/outbox/{id}/settlements");
        let done =
            staff.submit(&page, &settlements, &[("result", result), ("comment", "記録を調べた")]).await;
        assert_eq!((done.status, done.location()), (303, &*format!("/outbox/{id}")));
        assert_eq!(app.read(|db| store::find(db, &id)).state, state);
        staff.get(&format!("/outbox/{id}")).await.shows("記録を調べた").shows("広田 聴");
    }
}

#[actix_web::test]
async fn a_word_without_a_reason_is_asked_for_again_and_nothing_typed_is_lost() {
    let app = TestApp::new();
    let id = in_doubt(&app);
    let staff = app.staff("kocho");
    let page = staff.get(&format!("/outbox/{id}")).await;
    let settlements = format!("/outbox/{id}/settlements");
    let again = staff.submit(&page, &settlements, &[("comment", "電話で聞いた")]).await;
    assert_eq!(again.status, 422);
    again.shows("結果を一つ選んでください。").shows("電話で聞いた");
    let again = staff.submit(&page, &settlements, &[("result", "arrived")]).await;
    assert_eq!(again.status, 422);
    again.shows("どうやって確かめたか");
    assert_eq!(app.read(|db| store::find(db, &id)).state, MailState::InDoubt);
}

#[actix_web::test]
async fn what_is_sent_is_never_sent_again_from_an_old_page() {
    let app = TestApp::new();
    let id = in_doubt(&app);
    let staff = app.staff("kocho");
    let page = staff.get(&format!("/outbox/{id}")).await;
    let settlements = format!("/outbox/{id}/settlements");
    staff.submit(&page, &settlements, &[("result", "arrived"), ("comment", "届いた")]).await;
    let late = staff.submit(&page, &settlements, &[("result", "resend"), ("comment", "もう一度")]).await;
    assert_eq!(late.status, 409);
    assert_eq!(app.read(|db| store::find(db, &id)).state, MailState::Sent);
}
