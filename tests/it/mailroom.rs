//! The mailroom's pages: every mail that came in can be found, and a person can decide on each that the program could
//! not place.

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{incoming, letter, outbox};
use hirokiku::intake::mail::incoming::{Envelope, Raw, Reason, Source, State};
use hirokiku::intake::mail::store::{Entry, entry};
use hirokiku::intake::mail::{keep, process};
use hirokiku::mail::automatic::{self, Freeze};
use hirokiku::trail::{self, Subject};

use crate::app::{Page, TestApp};

/// A mail in UTF-8 from an address, with more header fields if any.
pub fn mail(id: &str, from: &str, more: &str, subject: &str, body: &str) -> String {
    format!(
        "From: {from}\r\nTo: shicho-tegami@city.example.lg.jp\r\nMessage-ID: <{id}>\r\n{more}Subject: {subject}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{body}\r\n"
    )
}

/// Takes a mail in and has it read; gives its id.
pub fn came(app: &TestApp, source: Source, octets: &str) -> String {
    came_as(app, source, octets.as_bytes())
}

/// [`came`] for octets that are no text.
pub fn came_as(app: &TestApp, source: Source, octets: &[u8]) -> String {
    let raw = Raw {
        source,
        account: "試し".to_owned(),
        envelope: Envelope {
            sender: Some("envelope@example.jp".to_owned()),
            recipients: vec!["shicho-tegami@city.example.lg.jp".to_owned()],
        },
        octets: octets.to_vec(),
        received_at: app.clock.now(),
        place: None,
    };
    let kept = keep(&app.app, vec![raw]).expect("kept").remove(0).id;
    process(&app.app, 100).expect("read");
    kept
}

fn letter_mail(app: &TestApp) -> String {
    let from = "長府 花子 <hanako@example.jp>";
    came(app, Source::Imap, &mail("a@example.jp", from, "", "長府の街灯", "街灯が消えています。"))
}

/// A mail in which nobody wrote anything: a question to a person.
pub fn empty_mail(app: &TestApp, id: &str) -> String {
    let octets = mail(id, "彦島 次郎 <jiro@example.jp>", "", "", "");
    came(app, Source::Lmtp, &octets)
}

fn list_mail(app: &TestApp, id: &str, subject: &str) -> String {
    let octets = mail(id, "お店 <news@shop.example>", "Precedence: bulk\r\n", subject, "大売り出しです。");
    came(app, Source::Lmtp, &octets)
}

fn at(id: &str) -> String {
    format!("/mailroom/mails/{id}")
}

fn standing(app: &TestApp, id: &str) -> Entry {
    app.read(|db| entry(db, id))
}

fn acts(app: &TestApp, id: &str) -> Vec<String> {
    app.read(|db| trail::of_subject(db, Subject::Incoming, id)).into_iter().map(|line| line.act).collect()
}

/// A letter typed into the form of the citizens' door is not needed: one that came by mail will do.
fn letter_of(app: &TestApp, id: &str) -> i64 {
    standing(app, id).letter_id.expect("a letter")
}

fn next_page(page: &Page) -> Option<String> {
    let link = page.body.split("rel=\"next\" href=\"").nth(1)?.split('"').next()?;
    Some(link.replace("&amp;", "&"))
}

#[actix_web::test]
async fn rule_09_the_sum_line_counts_every_mail_of_today_once_and_leads_to_it() {
    let app = TestApp::new();
    letter_mail(&app);
    letter_mail(&app);
    empty_mail(&app, "b@example.jp");
    list_mail(&app, "c@shop.example", "お買い得");
    let page = app.staff("kocho").get("/mailroom").await;
    page.shows("届いた 4通").shows("この14日間").shows("合っています").hides("合いません");
    // thirteen days of zeros are folded, and still there
    page.shows("メールが届かなかった13日").shows("3月31日(火)");
    let folded = page.body.split("メールが届かなかった13日").nth(1).expect("a fold");
    assert_eq!(folded.split("</details>").next().unwrap_or("").matches("合っています").count(), 13);
    for (state, label) in
        [("letter", "手紙"), ("duplicate", "重複"), ("automatic", "自動送信"), ("exception", "要確認")]
    {
        let href = format!("/mailroom/mails?all=yes&amp;on=2026-04-01&amp;state={state}");
        page.shows(&href).shows(label);
        let list = app.staff("kocho").get(&href.replace("&amp;", "&")).await;
        list.shows("<strong>1通</strong>");
    }
}

#[actix_web::test]
async fn rule_09_an_exception_that_waits_for_more_than_a_day_calls_for_somebody() {
    let app = TestApp::new();
    empty_mail(&app, "b@example.jp");
    let office = app.staff("kocho");
    office.get("/mailroom").await.hides("要確認のメールが待っています");
    app.clock.advance(Duration::hours(25));
    app.staff("kocho").get("/mailroom").await.shows("要確認のメールが待っています").shows("25時間前から");
    app.staff("kocho").get("/").await.shows("要確認の届いたメール");
}

#[actix_web::test]
async fn a_mail_that_nobody_reads_is_noticed() {
    let app = TestApp::new();
    let raw = Raw {
        source: Source::Pipe,
        account: "pipe".to_owned(),
        envelope: Envelope::default(),
        octets: b"Subject: x\r\n\r\nx".to_vec(),
        received_at: app.clock.now(),
        place: None,
    };
    keep(&app.app, vec![raw]).expect("kept");
    app.clock.advance(Duration::minutes(11));
    app.staff("kocho").get("/mailroom").await.shows("メールの読み取りが進んでいません").shows("11分前から");
}

#[actix_web::test]
async fn ways_in_say_whether_they_work_since_when_not_and_why() {
    let app = TestApp::new();
    app.write(|db| {
        Ok(db.batch_execute(
            "INSERT INTO mail_channel (name, kind, alarm_minutes, in_use, watched_since, worked_at, failing_since, trouble) VALUES
             ('市長への手紙', 'imap', 30, TRUE, '2026-03-31 00:00:00', '2026-04-01 00:00:00', '2026-04-01 00:10:00', 'パスワードが違います'),
             ('LMTP', 'lmtp', NULL, TRUE, '2026-03-31 00:00:00', '2026-04-01 00:59:00', NULL, NULL)",
        )?)
    });
    let page = app.staff("admin").get("/mailroom").await;
    page.shows("メールを受け取れていません")
        .shows("パスワードが違います")
        .shows("受け取れていません")
        .shows("動いています");
}

#[actix_web::test]
async fn who_keeps_the_machine_sees_sums_and_ways_in_but_no_mail() {
    let app = TestApp::new();
    let id = empty_mail(&app, "b@example.jp");
    let admin = app.staff("admin");
    admin.get("/mailroom").await.shows("届いた 1通").hides("/mailroom/mails");
    for path in ["/mailroom/mails".to_owned(), at(&id), format!("{}/original", at(&id))] {
        assert_eq!(admin.get(&path).await.status, 403, "{path}");
    }
}

#[actix_web::test]
async fn the_auditor_reads_every_mail_but_neither_names_nor_the_original_and_does_nothing() {
    let app = TestApp::new();
    let id = list_mail(&app, "c@shop.example", "お買い得");
    let auditor = app.staff("kansa");
    auditor.get("/mailroom/mails?state=automatic").await.shows("お買い得").hides("news@shop").hides("お店");
    let page = auditor.get(&at(&id)).await;
    page.shows("大売り出しです。").hides("news@shop").hides("envelope@").hides("お店").hides("すること</h2>");
    assert_eq!(auditor.get(&format!("{}/original", at(&id))).await.status, 403);
    for act in ["retries", "letters", "placements", "spam-marks", "settlements", "original"] {
        let fields = [("csrf", "csrf-kansa"), ("letter", "1")];
        assert_eq!(auditor.post(&format!("{}/{act}", at(&id)), &fields).await.status, 403, "{act}");
    }
    assert_eq!(standing(&app, &id).state, State::Automatic);
}

#[actix_web::test]
async fn a_mail_shows_its_words_folds_what_is_quoted_and_says_what_was_repaired() {
    let app = TestApp::new();
    let body = "はい、その場所です。\r\n\r\n> 場所を教えてください。\r\n> 広報広聴課\r\n";
    let more = "Precedence: bulk\r\n";
    let octets = mail("d@example.jp", "=?UTF-8?B?6Iqx5a2Q?= <hanako@example.jp>", more, "Re: 場所", body);
    let id = came(&app, Source::Imap, &octets);
    let page = app.staff("kocho").get(&at(&id)).await;
    page.shows("はい、その場所です。").shows("引用された前のメール").shows("場所を教えてください。");
    page.shows("花子 &lt;hanako@example.jp&gt;")
        .shows("envelope@example.jp")
        .shows("読むのに使った文字コード");
    page.shows("機械が送ったメールです").shows("開いたことを記録しました。");
    assert_eq!(acts(&app, &id), ["incoming.placed", "incoming.opened"]);
}

#[actix_web::test]
async fn the_original_is_handed_out_to_the_octet_after_a_warning_and_leaves_a_line() {
    let app = TestApp::new();
    let octets = mail("e@example.jp", "彦島 次郎 <jiro@example.jp>", "", "", "");
    let id = came(&app, Source::Lmtp, &octets);
    let office = app.staff("kocho");
    let before = office.get(&format!("{}/original", at(&id))).await;
    before.shows("検査していないメール").hides("jiro@example.jp");
    let file = office.submit(&before, &format!("{}/original", at(&id)), &[]).await;
    assert_eq!((file.status, file.body.as_str()), (200, octets.as_str()));
    assert!(file.headers["content-disposition"].starts_with("attachment"));
    assert_eq!(file.headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(acts(&app, &id), ["incoming.placed", "incoming.taken"]);
}

#[actix_web::test]
async fn an_exception_becomes_a_letter_by_hand_and_its_sender_is_told_nothing() {
    let app = TestApp::new();
    let id = empty_mail(&app, "b@example.jp");
    let office = app.staff("kocho");
    let page = office.get(&at(&id)).await;
    page.shows("行き先を決めてください").shows("件名も本文も添付もありません");
    let done = office.submit(&page, &format!("{}/letters", at(&id)), &[]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(done.location(), format!("/letters/{}", letter_of(&app, &id)));
    office.get(done.location()).await.shows("メールを新しい手紙にしました。").shows("この手紙のもとのメール");
    assert_eq!(app.read(|db| Ok(outbox::table.count().get_result::<i64>(db)?)), 0);
    let again = office.submit(&page, &format!("{}/letters", at(&id)), &[]).await;
    assert_eq!(again.status, 409, "from an old page it is not made a letter twice");
    assert_eq!(app.read(|db| Ok(letter::table.count().get_result::<i64>(db)?)), 1);
}

#[actix_web::test]
async fn a_letter_is_suggested_with_its_reason_and_the_mail_is_put_on_it() {
    let app = TestApp::new();
    let first = letter_mail(&app);
    let letter = letter_of(&app, &first);
    let more = "Precedence: bulk\r\n";
    let octets = mail("f@example.jp", "hanako@example.jp", more, "別の言い方", "角のほうです。");
    let id = came(&app, Source::Imap, &octets);
    let office = app.staff("kocho");
    let page = office.get(&at(&id)).await;
    page.shows("同じメールアドレスからの手紙です").shows("長府の街灯");
    let none = office.submit(&page, &format!("{}/placements", at(&id)), &[]).await;
    assert_eq!(none.status, 422);
    none.shows("どの手紙に付けるかを選んでください。");
    let chosen = letter.to_string();
    let done = office.submit(&page, &format!("{}/placements", at(&id)), &[("letter", &chosen)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!((standing(&app, &id).state, letter_of(&app, &id)), (State::Message, letter));
    office.get(done.location()).await.shows("差出人からの続きとして加えました。");
    office.get(&format!("/letters/{letter}")).await.shows("角のほうです。").shows("差出人からのメール");
}

#[actix_web::test]
async fn a_letter_is_found_by_its_number_and_a_strangers_mail_on_it_wants_a_look() {
    let app = TestApp::new();
    let letter = letter_of(&app, &letter_mail(&app));
    let office = app.staff("kocho");
    let registered = office.get(&format!("/letters/{letter}")).await;
    office.submit(&registered, &format!("/letters/{letter}/registration"), &[("titles", "街灯")]).await;
    let octets =
        mail("g@example.net", "taro@example.net", "Precedence: bulk\r\n", "ご参考", "私も見ました。");
    let id = came(&app, Source::Imap, &octets);
    let page = office.get(&format!("{}?q=R8-0001", at(&id))).await;
    page.shows("R8-0001 長府の街灯");
    office.get(&format!("{}?q=R8-9999", at(&id))).await.shows("当たる手紙はありません");
    let chosen = letter.to_string();
    let done = office.submit(&page, &format!("{}/placements", at(&id)), &[("letter", &chosen)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    office.get(done.location()).await.shows("内部のメモとして加えました。");
    office.get(&format!("/letters/{letter}")).await.shows("別の差出人からのメール").shows("要確認");
    office.get("/mailroom/mails?standing=other&state=message").await.shows("<strong>1通</strong>");
    let page = office.get(&at(&id)).await;
    page.shows("別のアドレスから届きました");
    office.submit(&page, &format!("{}/settlements", at(&id)), &[]).await;
    office.get("/mailroom/mails?standing=other&state=message").await.shows("確かめるメールはありません");
    office.get(&format!("/letters/{letter}")).await.shows("別の差出人からのメール").hides(">要確認<");
}

#[actix_web::test]
async fn spam_is_marked_with_one_click_and_comes_back_with_one() {
    let app = TestApp::new();
    let id = empty_mail(&app, "b@example.jp");
    let office = app.staff("kocho");
    let page = office.get(&at(&id)).await;
    office.submit(&page, &format!("{}/spam-marks", at(&id)), &[]).await;
    assert_eq!((standing(&app, &id).state, standing(&app, &id).reason), (State::Spam, Some(Reason::ByHand)));
    office.get("/mailroom/mails?state=spam").await.shows("職員の判断によります");
    let page = office.get(&at(&id)).await;
    page.shows("迷惑メールではない(元に戻す)");
    office.submit(&page, &format!("{}/retries", at(&id)), &[]).await;
    assert_eq!(standing(&app, &id).state, State::Waiting);
    process(&app.app, 10).expect("read");
    assert_eq!(
        (standing(&app, &id).state, standing(&app, &id).reason),
        (State::Exception, Some(Reason::Empty))
    );
    assert!(acts(&app, &id).contains(&"incoming.retried".to_owned()));
}

#[actix_web::test]
async fn spam_looked_through_by_sample_leaves_the_work_but_not_the_house() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    for n in 0..25 {
        let id = list_mail(&app, &format!("s{n}@shop.example"), "賞金");
        office.post(&format!("{}/spam-marks", at(&id)), &[("csrf", "csrf-kocho")]).await;
    }
    let sample = office.get("/mailroom/mails?state=spam&sample=yes").await;
    sample.shows("この20通は迷惑メールだと確かめた");
    let ids: Vec<String> = sample
        .body
        .split("name=\"mail[]\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    assert_eq!(ids.len(), 20);
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("mail[]", id.as_str())).collect();
    let done = office.submit(&sample, "/mailroom/spam-reviews", &fields).await;
    office.get(done.location()).await.shows("20通を確かめたことを記録しました。").shows("この5通は");
    office.get("/mailroom/mails?state=spam&all=yes").await.shows("<strong>25通</strong>");
}

#[actix_web::test]
async fn a_mail_that_harms_its_reader_is_shown_without_being_read() {
    let app = TestApp::new();
    let id = empty_mail(&app, "b@example.jp");
    let (row, reason) = (id.clone(), Reason::Crashed);
    app.write(move |db| {
        diesel::update(incoming::table.find(&row)).set(incoming::reason.eq(reason)).execute(db)?;
        Ok(())
    });
    let office = app.staff("kocho");
    let page = office.get(&at(&id)).await;
    assert_eq!(page.status, 200);
    page.shows("この画面では読みません").shows("原本を保存する").hides("新しい手紙にする</button>");
    let made = office.submit(&page, &format!("{}/letters", at(&id)), &[]).await;
    assert_eq!(made.status, 422);
    made.shows("受付入力から手紙にしてください");
}

#[actix_web::test]
async fn a_bounce_of_an_unknown_mail_is_settled_by_a_person_and_stays_in_its_list() {
    let app = TestApp::new();
    let report = "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <r@mx.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; nobody@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
    let id = came(&app, Source::Lmtp, report);
    let office = app.staff("kocho");
    office
        .get("/mailroom/mails?state=bounce")
        .await
        .shows("状態コード 5.1.1")
        .shows("どのメールの不達か分かりません");
    let page = office.get(&at(&id)).await;
    page.shows("確認済みにする").shows("送り直しても届きません");
    office.submit(&page, &format!("{}/settlements", at(&id)), &[]).await;
    office.get("/mailroom/mails?state=bounce").await.shows("確認済み").shows("<strong>1通</strong>");
    let twice = office.submit(&page, &format!("{}/settlements", at(&id)), &[]).await;
    assert_eq!(twice.status, 409);
    let page = office.get(&at(&id)).await;
    let made = office.submit(&page, &format!("{}/letters", at(&id)), &[]).await;
    assert_eq!(made.status, 303, "{}", made.body);
    office.get(&at(&id)).await.hides("送り直しても届きません");
}

#[actix_web::test]
async fn rule_33_a_person_lets_automatic_mail_go_again_after_machines_answered_each_other() {
    let app = TestApp::new();
    let letter = letter_of(&app, &letter_mail(&app));
    let now = app.clock.now();
    app.write(move |db| automatic::freeze(db, now, letter, Freeze::MachineMails).map(drop));
    let office = app.staff("kocho");
    let page = office.get(&format!("/letters/{letter}")).await;
    page.shows("自動のメールを止めています");
    let done = office.submit(&page, &format!("/letters/{letter}/thaws"), &[]).await;
    office
        .get(done.location())
        .await
        .shows("自動のメールを再開しました。")
        .hides("自動のメールを止めています");
    assert!(!app.read(|db| automatic::is_frozen(db, letter)));
}

#[actix_web::test]
async fn a_long_list_is_read_page_by_page_without_losing_or_repeating_a_mail() {
    let app = TestApp::new();
    let mut left: Vec<String> = (0..120).map(|n| empty_mail(&app, &format!("n{n}@example.jp"))).collect();
    left.reverse();
    let office = app.staff("kocho");
    let mut path = "/mailroom/mails?state=exception&source=lmtp".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = office.get(&path).await;
        page.shows("<strong>120通</strong>");
        let links = page.body.split("href=\"/mailroom/mails/").skip(1);
        seen.extend(links.filter_map(|link| link.split('"').next()).map(str::to_owned));
        match next_page(&page) {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(seen, left, "newest first, each once");
    office.get("/mailroom/mails?state=exception&source=imap").await.shows("条件に合うメールはありません");
    office.get("/mailroom/mails?on=%E3%81%8D%E3%81%AE%E3%81%86").await.shows("日付として読めません");
}

#[actix_web::test]
async fn lists_of_what_became_letters_name_no_sender_and_no_list_tells_an_address_twice() {
    let app = TestApp::new();
    letter_mail(&app);
    list_mail(&app, "c@shop.example", "お買い得");
    let office = app.staff("kocho");
    office.get("/mailroom/mails?state=letter").await.shows("長府の街灯").hides("hanako").hides("花子");
    office.get("/mailroom/mails").await.hides("hanako").hides("花子").shows("お店").hides("news@shop");
}
