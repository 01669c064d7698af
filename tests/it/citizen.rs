//! A citizen writes, sends, and follows a letter; nothing typed is lost, whatever goes wrong.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::Instant;
use hirokiku::db::schema::{attachment, exchange, feedback, letter, matter, outbox, party, trail};
use hirokiku::letters::letter::{Channel, ReplyVia};
use hirokiku::letters::matter::{Change, State, Step};
use hirokiku::people::party::PartyDetails;
use hirokiku::text::ReceiptCode;
use hirokiku::trail::By;
use hirokiku::web::errors::percent;
use hirokiku::{files, letters, mail, people};

use crate::app::{Browser, Page, TestApp};

/// The three answers a letter needs.
const SHORT: [(&str, &str); 3] =
    [("body", "長府駅前の街灯が消えています。"), ("reply_wanted", "no"), ("publish_ok", "yes")];

fn changed<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> =
        SHORT.iter().copied().filter(|(n, _)| !changes.iter().any(|(c, _)| c == n)).collect();
    fields.extend_from_slice(changes);
    fields
}

pub fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// Every hidden, ticked and typed value of a page's forms, as a browser would send it.
pub fn carried(page: &Page) -> Vec<(String, String)> {
    let unescape =
        |t: &str| t.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
        Some(unescape(&tag[from..from + tag[from..].find('"')?]))
    };
    page.body
        .split('<')
        .filter(|tag| tag.starts_with("input"))
        .filter(|tag| {
            !(tag.contains("\"checkbox\"") || tag.contains("\"radio\"")) || tag.contains(" checked")
        })
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}

fn letters_in(app: &TestApp) -> i64 {
    app.read(|db| Ok(letter::table.count().get_result(db)?))
}

fn digits_after(page: &Page, term: &str) -> String {
    let from = page.body.find(&format!("<dt>{term}</dt>")).expect("the term is on the receipt");
    let rest = &page.body[from..];
    let start = rest.find("receipt-code\">").expect("a number") + "receipt-code\">".len();
    rest[start..start + rest[start..].find('<').expect("its end")].to_owned()
}

/// Sends a letter through the whole walk; the receipt page.
pub async fn send(browser: &Browser, fields: &[(&str, &str)]) -> Page {
    let form = browser.get("/letters/new").await;
    let confirm = browser.submit(&form, "/letters/confirm", fields).await;
    assert_eq!(confirm.status, 200, "{}", confirm.body);
    browser.post("/letters", &pairs(&carried(&confirm))).await
}

fn sender_of(app: &TestApp) -> PartyDetails {
    let (id, sealed, key): (String, Vec<u8>, i64) =
        app.read(|db| Ok(party::table.select((party::id, party::sealed, party::seal_key_id)).first(db)?));
    people::party::open(&app.app.sealer, &id, key, &sealed).expect("the seal opens")
}

#[actix_web::test]
async fn a_letter_goes_from_the_form_over_the_confirmation_to_a_receipt() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    form.shows("※必須")
        .shows("10,000字まで")
        .shows("公表してもよい")
        .shows("個人情報の取扱い")
        .shows("data-draft");
    let fields = changed(&[
        ("reply_wanted", "yes"),
        ("reply_via", "email"),
        ("name", "長府 花子"),
        ("email", "hanako@example.jp"),
        ("relation[]", "resident"),
        ("relation[]", "worker"),
        ("district", "nagafu"),
    ]);
    let confirm = browser.submit(&form, "/letters/confirm", &fields).await;
    confirm.shows("まだ送られていません").shows("長府 花子").shows("市内に住んでいる、市内で働いている");
    assert_eq!(letters_in(&app), 0);
    let receipt = browser.post("/letters", &pairs(&carried(&confirm))).await;
    assert_eq!(receipt.status, 200);
    receipt
        .shows("手紙を受け付けました")
        .shows("4月15日(水)ごろまで")
        .shows("5月1日(金)まで")
        .shows("街灯が消えて");
    receipt.shows("data-draft-clear=\"letter\"");
    assert_eq!(receipt.headers["cache-control"], "no-store");
    let (channel, via, relation): (Channel, Option<ReplyVia>, String) = app.read(|db| {
        Ok(letter::table.select((letter::channel, letter::reply_via, letter::relation)).first(db)?)
    });
    assert_eq!((channel, via), (Channel::WebForm, Some(ReplyVia::Email)));
    assert_eq!(relation, "resident,worker");
    assert_eq!(sender_of(&app).name, "長府 花子");
    let (id, sealed, key): (String, Vec<u8>, i64) = app
        .read(|db| Ok(outbox::table.select((outbox::id, outbox::sealed, outbox::seal_key_id)).first(db)?));
    let mailed = mail::open(&app.app.sealer, &id, key, &sealed).expect("the mail opens");
    assert_eq!(mailed.to, "hanako@example.jp");
    assert!(mailed.text.contains(&digits_after(&receipt, "受付番号")));
    assert!(
        mailed.text.contains(&digits_after(&receipt, "確認番号")) && mailed.text.contains("街灯が消えて")
    );
}

#[actix_web::test]
async fn a_nameless_letter_keeps_no_party_and_sends_no_mail() {
    let app = TestApp::new();
    send(&app.citizen(), &SHORT).await.shows("返事はお送りしません");
    let parties: i64 = app.read(|db| Ok(party::table.count().get_result(db)?));
    let mails: i64 = app.read(|db| Ok(outbox::table.count().get_result(db)?));
    let nameless: bool = app.read(|db| Ok(letter::table.select(letter::anonymous).first(db)?));
    assert_eq!((parties, mails, nameless), (0, 0, true));
}

#[actix_web::test]
async fn names_and_texts_are_stored_byte_for_byte() {
    let app = TestApp::new();
    let name = "山﨑髙𠮷葛\u{e0100}神\u{fa19}";
    let body =
        format!("  {name}です。\nが\u{3099}行 \u{202e}逆 <script>alert(1)</script>'; DROP TABLE letter;--\n");
    let fields = changed(&[
        ("body", &body),
        ("reply_wanted", "yes"),
        ("reply_via", "phone"),
        ("name", name),
        ("phone", "０８３－２３１－１１１１"),
    ]);
    let receipt = send(&app.citizen(), &fields).await;
    receipt.hides("<script>alert").shows("&lt;script&gt;alert(1)");
    let stored: String = app.read(|db| Ok(letter::table.select(letter::body_original).first(db)?));
    assert_eq!(stored.as_bytes(), body.as_bytes());
    let sender = sender_of(&app);
    assert_eq!(sender.name.as_bytes(), name.as_bytes());
    assert_eq!(sender.phone, "0832311111");
}

#[actix_web::test]
async fn a_form_with_errors_names_each_links_to_it_and_loses_nothing() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let fields = [
        ("body", "書いた文章\n二行目"),
        ("reply_wanted", "yes"),
        ("reply_via", "post"),
        ("name_kana", "ﾁﾖｳﾌ ﾊﾅｺ"),
        ("address", "下関市長府"),
        ("email", "hanako"),
        ("relation[]", "student"),
        ("age_band", "80s"),
    ];
    let again = browser.submit(&form, "/letters/confirm", &fields).await;
    assert_eq!(again.status, 422);
    again.shows("入力内容をご確認ください(4件)");
    for field in ["name", "postal_code", "email", "publish_ok"] {
        again.shows(&format!("href=\"#{field}\"")).shows(&format!("{field}-error"));
    }
    again.shows("aria-invalid=\"true\"").shows("focus.js");
    again.shows("書いた文章\n二行目</textarea>").shows("value=\"ﾁﾖｳﾌ ﾊﾅｺ\"").shows("value=\"hanako\"");
    again.shows("value=\"yes\" checked").shows("value=\"student\" checked").shows("value=\"80s\" selected");
    assert_eq!(letters_in(&app), 0);
}

#[actix_web::test]
async fn going_back_from_the_confirmation_brings_everything_and_may_change_the_words() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let fields =
        changed(&[("place_text", "長府駅"), ("lat", "33.98"), ("lon", "130.99"), ("subject", "街灯")]);
    let confirm = browser.submit(&form, "/letters/confirm", &fields).await;
    let back = browser.post("/letters/new", &pairs(&carried(&confirm))).await;
    assert_eq!(back.status, 200);
    back.shows("街灯が消えています。</textarea>").shows("value=\"長府駅\"").shows("value=\"33.98\"");
    assert_eq!(back.input("csrf").map(|_| ()), Some(()));
    let mut easy = carried(&back);
    easy.extend([("body".into(), "あかり".into()), ("switch".into(), "words".into())]);
    let easy = browser.post("/letters/new", &pairs(&easy)).await;
    easy.shows("<ruby>").shows("あかり</textarea>").shows("name=\"plain_ja\" value=\"yes\"");
    browser.get("/letters/new?plain_ja=yes").await.shows("<rt>てがみ</rt>");
}

#[actix_web::test]
async fn a_form_sent_twice_is_one_letter_with_one_receipt() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let one = browser.submit(&form, "/letters", &SHORT).await;
    app.clock.advance(chrono::Duration::minutes(3));
    let two = browser.submit(&form, "/letters", &SHORT).await;
    assert_eq!((one.status, two.status), (200, 200));
    assert_eq!(one.body, two.body, "the reload shows the same page");
    assert_eq!(letters_in(&app), 1);
    let other = browser.submit(&form, "/letters", &changed(&[("body", "別の手紙です。")])).await;
    other.shows("まだ送られていません").shows("別の手紙です。").shows(&digits_after(&one, "受付番号"));
    assert_eq!(letters_in(&app), 1);
    let sent = browser.post("/letters", &pairs(&carried(&other))).await;
    sent.shows("手紙を受け付けました");
    assert_eq!(letters_in(&app), 2);
}

#[actix_web::test]
async fn a_form_left_open_for_two_days_is_taken_and_one_of_three_weeks_asks_once_more() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    app.clock.advance(chrono::Duration::days(2));
    assert_eq!(browser.submit(&form, "/letters", &SHORT).await.status, 200);
    let form = browser.get("/letters/new").await;
    app.clock.advance(chrono::Duration::days(21));
    let asked = browser.submit(&form, "/letters", &SHORT).await;
    assert_eq!(asked.status, 409);
    asked.shows("入力した内容はすべて残っています").shows("街灯が消えています。");
    assert_eq!(browser.post("/letters", &pairs(&carried(&asked))).await.status, 200);
    assert_eq!(letters_in(&app), 2);
}

#[actix_web::test]
async fn without_cookies_a_letter_goes_through_and_another_sites_form_does_not() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let csrf = form.input("csrf").expect("a token");
    browser.cookies.lock().expect("one thread").clear();
    let body = SHORT.iter().fold(format!("csrf={csrf}"), |b, (n, v)| format!("{b}&{n}={}", percent(v)));
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let from = |site| [kind, ("sec-fetch-site", site)];
    let foreign = browser.post_raw("/letters", &from("cross-site"), body.clone().into_bytes()).await;
    assert_eq!((foreign.status, letters_in(&app)), (403, 0));
    let own = browser.post_raw("/letters", &from("same-origin"), body.into_bytes()).await;
    assert_eq!((own.status, letters_in(&app)), (200, 1));
}

#[actix_web::test]
async fn control_characters_go_with_a_word_and_direction_marks_stay() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let fields = changed(&[("body", "一行\0目\u{1b}。\r\n二\u{202e}行目"), ("subject", "題\0名")]);
    let confirm = browser.submit(&form, "/letters/confirm", &fields).await;
    confirm.shows("制御文字を3個取り除きました");
    browser.submit(&form, "/letters", &fields).await.shows("制御文字を3個取り除きました");
    let (subject, body): (String, String) =
        app.read(|db| Ok(letter::table.select((letter::subject, letter::body_original)).first(db)?));
    assert_eq!((subject.as_str(), body.as_str()), ("題名", "一行目。\n二\u{202e}行目"));
}

#[actix_web::test]
async fn a_hundred_thousand_characters_hear_the_limit_and_stay_in_the_form() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let long = "長".repeat(100_000);
    for path in ["/letters/confirm", "/letters"] {
        let again = browser.submit(&form, path, &changed(&[("body", &long)])).await;
        assert_eq!(again.status, 422);
        again.shows("いまは100,000字あります").shows("90,000字減らす");
        assert!(again.body.contains(&long), "the text is still there");
    }
    assert_eq!(letters_in(&app), 0);
}

#[actix_web::test]
async fn a_network_that_sends_too_much_waits_and_keeps_its_text() {
    let app = TestApp::with(|config| config.submissions_per_network = 2);
    let browser = app.citizen();
    for _ in 0..2 {
        let form = browser.get("/letters/new").await;
        assert_eq!(browser.submit(&form, "/letters", &SHORT).await.status, 200);
    }
    let form = browser.get("/letters/new").await;
    let wait = browser.submit(&form, "/letters", &SHORT).await;
    assert_eq!(wait.status, 429);
    wait.shows("少し間をおいてください").shows("街灯が消えています。").shows("もう一度送る");
    assert!(wait.headers.contains_key("retry-after"));
}

#[actix_web::test]
async fn when_the_database_refuses_the_text_is_kept_and_a_retry_works() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    app.write(|db| Ok(db.batch_execute("ALTER TABLE letter RENAME TO letter_away")?));
    let lost = browser.submit(&form, "/letters", &SHORT).await;
    assert!(lost.status >= 500);
    lost.shows("街灯が消えています。").shows("もう一度送る");
    app.write(|db| Ok(db.batch_execute("ALTER TABLE letter_away RENAME TO letter")?));
    assert_eq!(browser.post("/letters", &pairs(&carried(&lost))).await.status, 200);
    assert_eq!(letters_in(&app), 1);
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// A multipart form of fields and files (name, declared type, content).
fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--hk\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for (name, declared, content) in files {
        let head = format!(
            "--hk\r\ncontent-disposition: form-data; name=\"files[]\"; filename=\"{name}\"\r\ncontent-type: {declared}\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--hk--\r\n");
    body
}

async fn upload(
    browser: &Browser,
    page: &Page,
    path: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Page {
    let csrf = page.input("csrf").unwrap_or_default();
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let kind = [("content-type", "multipart/form-data; boundary=hk")];
    browser.post_raw(path, &kind, multipart(&all, files)).await
}

fn files_on_disk(app: &TestApp) -> usize {
    let folders = std::fs::read_dir(app.data.path().join("files")).expect("the folder is there");
    folders.flatten().filter_map(|f| std::fs::read_dir(f.path()).ok()).flatten().count()
}

#[actix_web::test]
async fn good_files_stay_with_the_letter_and_bad_ones_are_refused_in_words() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    let files: [(&str, &str, &[u8]); 3] = [
        ("現場.png", "image/png", PNG),
        ("../../偽.jpg", "image/jpeg", b"<html><script>"),
        ("a.exe", "", b"MZ"),
    ];
    let again = upload(&browser, &form, "/letters/confirm", &SHORT, &files).await;
    assert_eq!(again.status, 422);
    again.shows("「偽.jpg」は添付できませんでした").shows("「a.exe」は添付できませんでした").hides("../");
    again.shows("現場.png").shows("街灯が消えています。").shows("あと4つまで");
    let kept = again.input("attachment").expect("the good file is kept");
    let fields = changed(&[("attachment", &kept)]);
    let confirm = upload(&browser, &again, "/letters/confirm", &fields, &[]).await;
    confirm.shows("現場.png");
    let receipt = browser.post("/letters", &pairs(&carried(&confirm))).await;
    receipt.shows("添付 1件");
    let (name, state, kind, owner): (String, String, String, Option<i64>) = app.read(|db| {
        let columns =
            (attachment::name_shown, attachment::state, attachment::detected_type, attachment::letter_id);
        Ok(attachment::table.select(columns).first(db)?)
    });
    assert_eq!((name.as_str(), state.as_str(), kind.as_str()), ("現場.png", "held", "image/png"));
    assert!(owner.is_some());
    assert_eq!(files_on_disk(&app), 1);
}

#[actix_web::test]
async fn a_file_without_its_tick_is_not_sent_and_anothers_file_cannot_be_taken() {
    let app = TestApp::new();
    let (one, two) = (app.citizen(), app.citizen());
    let form = one.get("/letters/new").await;
    let confirm = upload(&one, &form, "/letters/confirm", &SHORT, &[("a.png", "image/png", PNG)]).await;
    let id = confirm.input("attachment").expect("a file");
    let thief = two.get("/letters/new").await;
    two.submit(&thief, "/letters", &changed(&[("attachment", &id)])).await.hides("添付 1件");
    one.submit(&confirm, "/letters", &SHORT).await.hides("添付 1件");
    let owners: Vec<Option<i64>> =
        app.read(|db| Ok(attachment::table.select(attachment::letter_id).load(db)?));
    assert_eq!(owners, [None]);
}

#[actix_web::test]
async fn uploads_nobody_sent_go_after_two_days_and_those_of_letters_stay() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    upload(&browser, &form, "/letters/confirm", &SHORT, &[("a.png", "image/png", PNG)]).await;
    let form = browser.get("/letters/new").await;
    upload(&browser, &form, "/letters", &SHORT, &[("b.png", "image/png", PNG)]).await.shows("添付 1件");
    let stray = app.data.path().join("files").join("26").join("stray");
    std::fs::write(&stray, "left by a crash").expect("a file");
    assert_eq!(files::purge_orphans(&app.app).expect("a purge"), 0, "not before two days");
    // files on the disk carry the machine's own time
    app.clock.set("2126-04-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(files::purge_orphans(&app.app).expect("a purge"), 2);
    let names: Vec<String> = app.read(|db| Ok(attachment::table.select(attachment::name_shown).load(db)?));
    assert_eq!(names, ["b.png"]);
    assert_eq!(files_on_disk(&app), 1);
}

#[actix_web::test]
async fn staff_open_a_file_after_a_warning_and_the_trail_keeps_who() {
    let app = TestApp::new();
    let browser = app.citizen();
    let form = browser.get("/letters/new").await;
    upload(&browser, &form, "/letters", &SHORT, &[("現場 1.png", "image/png", PNG)]).await;
    let (id, letter_id): (String, Option<i64>) =
        app.read(|db| Ok(attachment::table.select((attachment::id, attachment::letter_id)).first(db)?));
    let path = format!("/letters/{}/files/{id}", letter_id.expect("a letter"));
    let office = app.staff("kocho");
    let warning = office.get(&path).await;
    warning.shows("まだウイルス検査をしていない").shows("現場 1.png");
    let file = office.submit(&warning, &path, &[]).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert!(file.headers["content-disposition"].starts_with("attachment;"));
    assert!(file.headers["content-security-policy"].contains("sandbox"));
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    let opened: i64 =
        app.read(|db| Ok(trail::table.filter(trail::act.eq("file.opened")).count().get_result(db)?));
    assert_eq!(opened, 1);
    assert_eq!(app.staff("tanto").get(&path).await.status, 404, "another section's file does not exist");
    assert_eq!(
        office.get(&format!("{path}?purpose=scan")).await.status,
        404,
        "a citizen's file is never shown inline"
    );
}

async fn look_up(browser: &Browser, code: &str, secret: &str) -> Page {
    let form = browser.get("/receipts").await;
    browser.submit(&form, "/receipts", &[("code", code), ("secret", secret)]).await
}

#[actix_web::test]
async fn code_and_secret_open_the_status_page_in_any_width() {
    let app = TestApp::new();
    let browser = app.citizen();
    let receipt = send(&browser, &SHORT).await;
    let (code, secret) = (digits_after(&receipt, "受付番号"), digits_after(&receipt, "確認番号"));
    let status = look_up(&browser, &code.replace('-', "ー"), &secret.replace('-', " ")).await;
    assert_eq!(status.status, 200);
    status.shows("受け付けました。これから読みます。").shows("長府駅前の街灯").hides(&secret);
    browser.get(&format!("/receipts/{code}")).await.shows(&code).hides("長府駅前");
}

#[actix_web::test]
async fn a_wrong_secret_and_an_unknown_code_get_the_same_answer_and_a_slip_is_told_first() {
    let app = TestApp::new();
    let browser = app.citizen();
    let receipt = send(&browser, &SHORT).await;
    let code = digits_after(&receipt, "受付番号");
    let wrong = look_up(&browser, &code, "00000-00000").await;
    // not the example of the page itself, which stands on both answers
    let nobodys = ReceiptCode::from_random([7; 16]).to_string();
    let unknown = look_up(&browser, &nobodys, "00000-00000").await;
    let words = |page: &Page, code: &str| {
        let page = page.body.replace(code, "CODE");
        page.split("name=\"csrf\"")
            .map(|part| part.split_once('>').map_or(part, |(_, rest)| rest).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(words(&wrong, &code), words(&unknown, &nobodys));
    look_up(&browser, "1234-5678-9015", "00000-00000").await.shows("どこか1か所ちがっている");
}

#[actix_web::test]
async fn guessing_is_slowed_while_the_writer_elsewhere_is_let_in() {
    let app = TestApp::new();
    let browser = app.citizen();
    let receipt = send(&browser, &SHORT).await;
    let (code, secret) = (digits_after(&receipt, "受付番号"), digits_after(&receipt, "確認番号"));
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(look_up(&browser, &code, "00000-00000").await.status);
    }
    assert_eq!((statuses[0], statuses[39]), (422, 429));
    assert!(app.app.pace.code.take(&code.replace('-', "")).is_err());
    // the writer's own network has its own tries
    let mut request = app.citizen();
    request.peer = "192.0.2.7:4000".parse().expect("an address");
    assert_eq!(look_up(&request, &code, &secret).await.status, 200);
}

/// Brings the only matter to 道路河川建設課 and sends it an approved reply, by rows.
fn reply_to_the_matter(app: &TestApp) {
    let now = app.clock.now();
    app.write(move |db| {
        let by = By::system();
        let id: i64 = matter::table.select(matter::id).first(db)?;
        for step in [Step::Register, Step::Accept, Step::Circulate] {
            letters::advance(db, &by, now, id, None, step, Change::default(), serde_json::Value::Null)?;
        }
        let to = Change { owning_unit_id: Some(Some(5)), ..Change::default() };
        letters::advance(db, &by, now, id, None, Step::Assign, to, serde_json::Value::Null)?;
        for step in [Step::Draft, Step::Submit, Step::Approve] {
            letters::advance(db, &by, now, id, None, step, Change::default(), serde_json::Value::Null)?;
        }
        db.batch_execute(&format!(
            "INSERT INTO approval_class (code, label, mark, subject_kind, sort) SELECT 't', '課長', '丙', 'reply', 9 \
               WHERE NOT EXISTS (SELECT 1 FROM approval_class WHERE code = 't');
             INSERT INTO reply (id, matter_id, kind, via, state, current_no, created_by, created_at, version) \
               VALUES (1, {id}, 'final', 'email', 'draft', 1, 4, '2026-04-01 01:00:00', 1);
             INSERT INTO reply_version (id, reply_id, no, subject, body, content_hash, author_id, created_at) \
               VALUES (1, 1, 1, '街灯について', '四月十日に取り替えます。', 'h', 4, '2026-04-01 01:00:00');
             INSERT INTO approval (id, subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, version) \
               VALUES (1, 'reply', 1, {id}, (SELECT letter_id FROM matter WHERE id = {id}), 't', 'h', '街灯', 'circulating', 4, 4, '2026-04-01 01:00:00', 1);
             INSERT INTO approval_step (id, approval_id, no, kind, unit_id, role, state) VALUES (1, 1, 1, 'decide', 5, 'section_head', 'current');
             UPDATE approval_step SET state = 'approved', staff_id = 5, acted_as = 'self', acted_at = '2026-04-01 01:00:00' WHERE id = 1;
             UPDATE approval SET state = 'decided', decided_by = 5, decided_as = 'decider', decided_at = '2026-04-01 01:00:00' WHERE id = 1;
             INSERT INTO dispatch (id, approval_id, reply_version_id, content_hash, via, sent_by, at) \
               VALUES (1, 1, 1, 'h', 'email', 4, '2026-04-01 01:00:00');"
        ))?;
        letters::advance(db, &by, now, id, None, Step::Send, Change::default(), serde_json::Value::Null)?;
        Ok(())
    });
}

#[actix_web::test]
async fn the_writer_reads_the_reply_says_if_it_helped_and_writes_again() {
    let app = TestApp::new();
    let browser = app.citizen();
    let fields = changed(&[
        ("reply_wanted", "yes"),
        ("reply_via", "email"),
        ("name", "長府 花子"),
        ("email", "hanako@example.jp"),
    ]);
    let receipt = send(&browser, &fields).await;
    let (code, secret) = (digits_after(&receipt, "受付番号"), digits_after(&receipt, "確認番号"));
    reply_to_the_matter(&app);
    let status = look_up(&browser, &code, &secret).await;
    status
        .shows("四月十日に取り替えます。")
        .shows("道路河川建設課")
        .shows("役に立ちましたか")
        .hides("hanako@");
    let pass = status.input("pass").expect("a pass");
    let id = status.input("matter").expect("a matter");
    let said = [("pass", pass.as_str()), ("matter", &id), ("helped", "yes"), ("comment", "早かった")];
    browser.submit(&status, "/receipts/feedbacks", &said).await.shows("ご感想をありがとうございました");
    browser.submit(&status, "/receipts/feedbacks", &said).await;
    let given: Vec<(bool, String)> =
        app.read(|db| Ok(feedback::table.select((feedback::helped, feedback::comment)).load(db)?));
    assert_eq!(given, [(true, "早かった".to_owned())]);

    let more = [
        ("pass", pass.as_str()),
        ("part", &id),
        ("body", "まだ暗いです。"),
        ("reply_wanted", "yes"),
        ("publish_ok", "no"),
    ];
    let next = browser.submit(&status, "/receipts/letters", &more).await;
    next.shows("手紙を受け付けました").shows("まだ暗いです。");
    assert_ne!(digits_after(&next, "受付番号"), code);
    browser.submit(&status, "/receipts/letters", &more).await.shows(&digits_after(&next, "受付番号"));
    assert_eq!(letters_in(&app), 2);
    let linked: Vec<Option<i64>> =
        app.read(|db| Ok(matter::table.order(matter::id).select(matter::follow_up_of).load(db)?));
    assert_eq!(linked, [None, id.parse().ok()]);
    let parties: i64 = app.read(|db| Ok(party::table.count().get_result(db)?));
    assert_eq!(parties, 2, "a party of its own, sealed for itself");
    let acts: Vec<String> = app.read(|db| Ok(trail::table.order(trail::id).select(trail::act).load(db)?));
    for act in ["letter.followed", "party.opened", "matter.feedback"] {
        assert_eq!(acts.iter().filter(|a| *a == act).count(), 1, "{act}");
    }
}

#[actix_web::test]
async fn a_question_is_answered_once_and_a_late_answer_is_not_lost() {
    let app = TestApp::new();
    let browser = app.citizen();
    let receipt = send(&browser, &SHORT).await;
    let (code, secret) = (digits_after(&receipt, "受付番号"), digits_after(&receipt, "確認番号"));
    let now = app.clock.now();
    app.write(move |db| {
        let id: i64 = matter::table.select(matter::id).first(db)?;
        letters::advance(
            db,
            &By::system(),
            now,
            id,
            None,
            Step::Ask,
            Change::default(),
            serde_json::Value::Null,
        )?;
        diesel::insert_into(exchange::table)
            .values((
                exchange::letter_id.eq(1_i64),
                exchange::matter_id.eq(id),
                exchange::kind.eq("question"),
                exchange::body.eq("どの街灯でしょうか。"),
                exchange::at.eq(Instant::from(now)),
            ))
            .execute(db)?;
        Ok(())
    });
    let status = look_up(&browser, &code, &secret).await;
    status.shows("お尋ねしたいことがあります").shows("どの街灯でしょうか。");
    let (pass, id) = (status.input("pass").expect("a pass"), status.input("matter").expect("a matter"));
    let answer = [("pass", pass.as_str()), ("matter", &id), ("answer", "駅の東側です。")];
    app.clock.advance(chrono::Duration::hours(3));
    let late = browser.submit(&status, "/receipts/answers", &answer).await;
    late.shows("もう一度、番号を入力してください").shows("駅の東側です。");
    let mut again = carried(&late);
    again.retain(|(name, _)| name != "code");
    again.extend([("code".into(), code.clone()), ("secret".into(), secret.clone())]);
    let status = browser.post("/receipts", &pairs(&again)).await;
    status.shows("駅の東側です。</textarea>");
    let pass = status.input("pass").expect("a fresh pass");
    let answer = [("pass", pass.as_str()), ("matter", &id), ("answer", "駅の東側です。")];
    for _ in 0..2 {
        browser.submit(&status, "/receipts/answers", &answer).await.shows("お答えを受け取りました");
    }
    let answers: i64 =
        app.read(|db| Ok(exchange::table.filter(exchange::kind.eq("answer")).count().get_result(db)?));
    let state: State = app.read(|db| Ok(matter::table.select(matter::state).first(db)?));
    assert_eq!((answers, state), (1, State::Received));
}

#[actix_web::test]
async fn a_pass_opens_no_other_letter() {
    let app = TestApp::new();
    let browser = app.citizen();
    let one = send(&browser, &SHORT).await;
    send(&browser, &changed(&[("body", "ほかの人の手紙")])).await;
    let status = look_up(&browser, &digits_after(&one, "受付番号"), &digits_after(&one, "確認番号")).await;
    let pass = status.input("pass").expect("a pass");
    let others: i64 =
        app.read(|db| Ok(matter::table.order(matter::id.desc()).select(matter::id).first(db)?));
    let fields = [
        ("pass", pass.as_str()),
        ("part", &others.to_string()),
        ("body", "x"),
        ("reply_wanted", "no"),
        ("publish_ok", "no"),
    ];
    assert_eq!(browser.submit(&status, "/receipts/letters", &fields).await.status, 404);
    let other = if pass.as_bytes()[25] == b'A' { "B" } else { "A" };
    let forged = format!("{}{other}{}", &pass[..25], &pass[26..]);
    let fields = [
        ("pass", forged.as_str()),
        ("part", "1"),
        ("body", "x"),
        ("reply_wanted", "no"),
        ("publish_ok", "no"),
    ];
    browser.submit(&status, "/receipts/letters", &fields).await.shows("もう一度、番号を入力してください");
}

#[actix_web::test]
async fn the_front_page_leads_three_ways_and_the_standing_pages_stand() {
    let app = TestApp::new();
    let browser = app.citizen();
    browser
        .get("/")
        .await
        .shows("/letters/new")
        .shows("/receipts")
        .shows("/voices")
        .shows("下関市南部町1番1号");
    for path in ["/about", "/privacy", "/accessibility", "/healthz", "/readyz", "/robots.txt"] {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    assert_eq!(browser.get("/letters").await.location(), "/letters/new");
    assert_eq!(app.staff("kocho").get("/readyz").await.status, 200);
}
