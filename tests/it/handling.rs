//! What staff do with one opinion: read it with everything around it, open its sender with a reason, set it aside and back,
//! look a second time at what was typed in.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{attachment, submission, trail};
use hirokiku::files;

use crate::app::{Browser, Page, TestApp};
use crate::consultations::{announced, sent, states};

/// Decides how the opinion of a page is handled.
pub async fn decide(app: &TestApp, login: &str, path: &str, handling: &str, reason: &str) -> Page {
    let who = app.staff(login);
    let version = who.get(path).await.input("version").unwrap_or_else(|| "1".to_owned());
    let csrf = format!("csrf-{login}");
    let fields = [("csrf", &*csrf), ("version", &version), ("handling", handling), ("reason", reason)];
    who.post(&format!("{path}/handlings"), &fields).await
}

fn details(app: &TestApp, act: &'static str) -> Vec<String> {
    app.read(move |db| Ok(trail::table.filter(trail::act.eq(act)).select(trail::detail).load(db)?))
}

#[actix_web::test]
async fn the_page_shows_the_paragraph_the_way_and_the_history_and_not_the_sender() {
    let app = TestApp::new();
    let id = announced(&app).await;
    sent(&app, id, &[("paragraph", "1:p2"), ("target", "第1章"), ("reason", "危ないからです。")]).await;
    let path = format!("/consultations/{id}/submissions/1");
    let page = app.staff("tanto").get(&path).await;
    page.shows("通学路を先に進めてください。")
        .shows("危ないからです。")
        .shows("歩道と自転車の道を分けます。")
        .shows("第1章 めざす姿")
        .shows("ウェブの入力フォーム")
        .shows("意見を受け付けた")
        .hides("長田 結")
        .hides("下関市長府");
    app.staff("tanto").get("/submissions/1").await.shows("通学路を先に進めてください。");
    assert_eq!(app.staff("tanto").get(&format!("/consultations/{}/submissions/1", id + 1)).await.status, 404);
    assert_eq!(app.staff("tanto2").get(&path).await.status, 403);
}

#[actix_web::test]
async fn the_sender_is_opened_with_a_reason_that_the_trail_keeps_and_by_nobody_else() {
    let app = TestApp::new();
    let id = announced(&app).await;
    sent(&app, id, &[]).await;
    let path = format!("/consultations/{id}/submissions/1/party");
    let clerk = app.staff("clerk");
    let asked = clerk.get(&path).await;
    asked.shows("見る理由").hides("長田 結");
    let without = clerk.post(&path, &[("csrf", "csrf-clerk")]).await;
    assert_eq!(without.status, 422);
    without.hides("長田 結");
    assert!(details(&app, "party.opened").is_empty());
    let shown = clerk.post(&path, &[("csrf", "csrf-clerk"), ("reason", "ask"), ("note", "場所の確認")]).await;
    shown.shows("長田 結").shows("下関市長府").shows("記録しました");
    let told = details(&app, "party.opened");
    assert!(told.len() == 1 && told[0].contains("内容を確かめるため(場所の確認)"), "{told:?}");
    clerk.get(&path).await.hides("長田 結");
    for login in ["shicho", "kansa", "bucho", "tanto2"] {
        let csrf = format!("csrf-{login}");
        let fields = [("csrf", csrf.as_str()), ("reason", "ask")];
        assert_eq!(app.staff(login).post(&path, &fields).await.status, 403, "{login}");
    }
    assert_eq!(details(&app, "party.opened").len(), 1);
}

#[actix_web::test]
async fn an_opinion_is_set_aside_with_a_reason_taken_back_accepted_and_put_back_where_it_stood() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let receipt = sent(&app, id, &[]).await;
    let path = format!("/consultations/{id}/submissions/1");
    let bare = decide(&app, "clerk", &path, "set_aside", " ").await;
    assert_eq!(bare.status, 422);
    bare.shows("理由を入力してください");
    assert_eq!(decide(&app, "kocho", &path, "set_aside", "別の案").await.status, 403);
    let aside = decide(&app, "clerk", &path, "set_aside", "ごみの収集についてのご意見です。").await;
    assert_eq!(aside.status, 303, "{}", aside.body);
    assert_eq!(states(&app), ["off_topic"]);
    app.staff("kocho").get(&path).await.shows("ごみの収集についてのご意見です。").shows("案件外");
    // the writer reads the reason
    let numbers: Vec<&str> =
        receipt.body.split("receipt-code\">").skip(1).filter_map(|r| r.split('<').next()).collect();
    let browser = app.citizen();
    let form = browser.get("/receipts").await;
    let status = browser.submit(&form, "/receipts", &[("code", numbers[0]), ("secret", numbers[1])]).await;
    status.shows("ごみの収集についてのご意見です。");
    assert_eq!(decide(&app, "clerk", &path, "take_back", "電話で申し出がありました。").await.status, 303);
    assert_eq!(states(&app), ["withdrawn"]);
    assert_eq!(decide(&app, "clerk", &path, "undo", "").await.status, 303);
    assert_eq!(states(&app), ["received"]);
    assert_eq!(decide(&app, "clerk", &path, "accept", "内容を確かめました。").await.status, 303);
    assert_eq!(states(&app), ["accepted"]);
    assert_eq!(details(&app, "submission.handled").len(), 4);
    // a page that is older than somebody else's decision changes nothing
    let old = [("csrf", "csrf-clerk"), ("version", "1"), ("handling", "set_aside"), ("reason", "古い画面")];
    assert_eq!(app.staff("clerk").post(&format!("{path}/handlings"), &old).await.status, 409);
    assert_eq!(states(&app), ["accepted"]);
}

#[actix_web::test]
async fn what_came_late_stays_late_whatever_staff_or_the_program_do() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let clerk = app.staff("clerk");
    enter(&clerk, id, "2026-04-01", &[]).await;
    app.clock.set(crate::consultations::at("2026-05-03T01:00:00Z"));
    enter(&app.staff("clerk"), id, "2026-05-02", &[]).await;
    assert_eq!(states(&app), ["received", "late"]);
    let path = format!("/consultations/{id}/submissions/2");
    app.staff("clerk").get(&path).await.hides("受理する");
    assert_eq!(decide(&app, "clerk", &path, "accept", "数えたい").await.status, 409);
    assert_eq!(decide(&app, "clerk", &path, "set_aside", "別の案").await.status, 303);
    assert_eq!(decide(&app, "clerk", &path, "undo", "").await.status, 303);
    assert_eq!(states(&app), ["received", "late"]);
    for sql in [
        "UPDATE submission SET state = 'accepted' WHERE id = 2",
        "UPDATE submission SET state = 'received' WHERE id = 2",
        "UPDATE submission SET checked_by = entered_by WHERE id = 2",
    ] {
        assert!(app.app.db.write_now(move |db| Ok(db.batch_execute(sql)?)).is_err(), "{sql}");
    }
}

/// Types in an opinion that came by fax, with further fields; the page that answers.
pub async fn enter(who: &Browser, id: i64, on: &str, more: &[(&str, &str)]) -> Page {
    let path = format!("/consultations/{id}/submissions");
    let form = who.get(&format!("{path}/new")).await;
    let (csrf, entry) = (form.input("csrf").expect("a token"), form.input("entry").expect("a number"));
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("entry", entry.as_str()),
        ("channel", "fax"),
        ("received_on", on),
        ("opinion", "手書きの意見です。"),
        ("name", "菊川 進"),
        ("address", "下関市菊川町"),
    ];
    fields.extend_from_slice(more);
    who.post(&path, &fields).await
}

#[actix_web::test]
async fn what_was_typed_in_is_looked_at_by_a_second_person_once() {
    let app = TestApp::new();
    let id = announced(&app).await;
    enter(&app.staff("clerk"), id, "2026-04-01", &[])
        .await
        .shows("受け付けました")
        .shows("受付日<br>令和8年(2026年)4月1日(水)");
    enter(&app.staff("clerk"), id, "2026-04-01", &[]).await;
    let path = format!("/consultations/{id}/submissions/1");
    app.staff("clerk").get(&path).await.shows("入力の確認待ち").hides("紙と同じことを確かめた");
    let own = app.staff("clerk").post(&format!("{path}/checks"), &[("csrf", "csrf-clerk")]).await;
    assert_eq!(own.status, 422);
    let tanto = app.staff("tanto");
    tanto.get(&format!("/consultations/{id}")).await.shows("入力の確認待ち <strong>2</strong>通");
    tanto.get(&path).await.shows("紙と同じことを確かめた").shows("意見 募");
    let done = tanto.post(&format!("{path}/checks"), &[("csrf", "csrf-tanto")]).await;
    assert_eq!((done.status, done.location()), (303, format!("/consultations/{id}/submissions/2").as_str()));
    tanto.get(&path).await.hides("入力の確認待ち").shows("道上 担");
    let again = tanto.post(&format!("{path}/checks"), &[("csrf", "csrf-tanto")]).await;
    assert_eq!(again.status, 409);
    // what somebody sent by himself has nothing to compare
    sent(&app, id, &[]).await;
    let web = app
        .staff("tanto")
        .post(&format!("/consultations/{id}/submissions/3/checks"), &[("csrf", "csrf-tanto")])
        .await;
    assert_eq!(web.status, 422);
}

#[actix_web::test]
async fn a_named_sender_who_rings_up_is_noted_as_not_having_sent_it() {
    let app = TestApp::new();
    let id = announced(&app).await;
    sent(&app, id, &[]).await;
    let path = format!("/consultations/{id}/submissions/1");
    let list = format!("/consultations/{id}/submissions");
    app.staff("clerk").get(&list).await.hides("本人は送っていない");
    let told = app.staff("clerk").post(&format!("{path}/disputes"), &[("csrf", "csrf-clerk")]).await;
    assert_eq!(told.status, 303, "{}", told.body);
    app.staff("kocho").get(&path).await.shows("本人が送っていないと知らせがありました").shows("意見 募");
    app.staff("kocho").get(&list).await.shows("本人は送っていないとのこと");
    assert_eq!(states(&app), ["received"], "the opinion stays");
}

fn part(name: &str, value: &str) -> String {
    format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn scan(name: &str, bytes: &str) -> String {
    format!(
        "--x\r\ncontent-disposition: form-data; name=\"scan[]\"; filename=\"{name}\"\r\ncontent-type: application/pdf\r\n\r\n{bytes}\r\n"
    )
}

async fn post_parts(who: &Browser, path: &str, parts: &[String]) -> Page {
    let body = format!("{}--x--\r\n", parts.concat());
    who.post_raw(path, &[("content-type", "multipart/form-data; boundary=x")], body.into_bytes()).await
}

#[actix_web::test]
async fn the_picture_of_a_paper_opinion_survives_a_wrong_date_and_is_shown_held_and_opened_like_a_letters() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/submissions");
    let form = clerk.get(&format!("{path}/new")).await;
    form.shows("紙を読み取った画像");
    let entry = form.input("entry").expect("a number");
    let fields = |on: &str| {
        vec![
            part("csrf", "csrf-clerk"),
            part("entry", &entry),
            part("channel", "fax"),
            part("received_on", on),
            part("opinion", "手書きの意見です。"),
        ]
    };
    let mut wrong = fields("きのうの前の日");
    wrong.push(scan("紙.pdf", "%PDF-1.4\n%%EOF\n"));
    let again = post_parts(&clerk, &path, &wrong).await;
    assert_eq!(again.status, 422, "{}", again.body);
    again.shows("紙.pdf").shows("手書きの意見です。");
    let kept = again.input("attachment").expect("the picture is ticked");
    let mut right = fields("2026-04-01");
    right.push(part("attachment", &kept));
    post_parts(&clerk, &path, &right).await.shows("受け付けました");
    let rows: Vec<(String, String, Option<i64>)> = app.read(|db| {
        Ok(attachment::table
            .filter(attachment::submission_id.is_not_null())
            .select((attachment::id, attachment::purpose, attachment::submission_id))
            .load(db)?)
    });
    assert_eq!(rows, [(kept.clone(), "scan".to_owned(), Some(1))]);
    let page = app.staff("tanto").get(&format!("{path}/1")).await;
    page.shows("原本を開く 紙.pdf");
    let file = format!("/submissions/1/files/{kept}");
    let about = app.staff("tanto").get(&file).await;
    about.shows("紙.pdf").shows("この意見").shows("原本を保存する");
    let opened = app.staff("tanto").post(&file, &[("csrf", "csrf-tanto")]).await;
    assert_eq!((opened.status, opened.body.as_str()), (200, "%PDF-1.4\n%%EOF\n"));
    let told = details(&app, "file.opened");
    assert!(told.len() == 1 && told[0].contains("\"submission\":1"), "{told:?}");
    assert_eq!(app.staff("tanto2").get(&file).await.status, 403);
    // under a letter's address it does not exist
    assert_eq!(app.staff("kocho").get(&format!("/letters/1/files/{kept}")).await.status, 404);
}

#[actix_web::test]
async fn files_of_opinions_get_safe_copies_and_stand_in_the_list_of_what_is_in_doubt() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let browser = app.citizen();
    let path = format!("/consultations/{id}/comments");
    let form = browser.get(&format!("{path}/new")).await;
    let csrf = form.input("csrf").expect("a token");
    let upload = |name: &str, kind: &str, bytes: &str| {
        format!(
            "--x\r\ncontent-disposition: form-data; name=\"files[]\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n{bytes}\r\n"
        )
    };
    let parts = [
        part("csrf", &csrf),
        part("opinion", "資料を付けます。"),
        part("name", "長田 結"),
        part("address", "下関市長府"),
        upload("歩道.txt", "text/plain", "歩道の幅は1メートルです。"),
    ];
    let confirm = post_parts(&browser, &format!("{path}/confirm"), &parts).await;
    assert_eq!(confirm.status, 200, "{}", confirm.body);
    let all = crate::citizen::carried(&confirm);
    browser.post(&path, &crate::citizen::pairs(&all)).await.shows("添付 1件");
    while files::copies::run(&app.app).expect("copies are made") {}
    let file: String = app.read(|db| {
        Ok(attachment::table
            .filter(attachment::submission_id.is_not_null())
            .select(attachment::id)
            .first(db)?)
    });
    let page = app.staff("clerk").get(&format!("/submissions/1/files/{file}")).await;
    page.shows("歩道の幅は1メートルです。");
    app.staff("clerk")
        .get(&format!("/submissions/1/files/{file}/copy"))
        .await
        .shows("歩道の幅は1メートルです。");
    let name = file.clone();
    app.write(move |db| {
        Ok(db.batch_execute(&format!(
            "UPDATE attachment SET state = 'refused', reason = 'virus' WHERE id = '{name}'"
        ))?)
    });
    app.staff("kocho")
        .get("/files")
        .await
        .shows(&format!("/submissions/1/files/{file}"))
        .shows("だれも開けません");
    let refused =
        app.staff("kocho").post(&format!("/submissions/1/files/{file}"), &[("csrf", "csrf-kocho")]).await;
    assert_eq!(refused.status, 403);
    let of: Option<i64> =
        app.read(|db| Ok(submission::table.find(1).select(submission::letter_id).first(db)?));
    assert_eq!(of, None);
}
