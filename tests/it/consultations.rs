//! A consultation from its plan to the last day: the checklist, the approval, the clock, and opinions by every way.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::consultations::{self, store};
use hirokiku::db::schema::{outbox, submission, submission_point, trail};
use hirokiku::intake::opinion::link_key;

use crate::app::{Browser, Page, TestApp};
use crate::citizen::{carried, pairs};

/// A plan with everything; the first day of notice is the first morning.
const PLAN: &[(&str, &str)] = &[
    ("csrf", "csrf-clerk"),
    ("title", "自転車活用推進計画"),
    ("draft_label", "素案"),
    ("unit", "5"),
    ("basis", "自転車活用推進法第11条"),
    ("summary", "自転車の走る場所を分けます。"),
    ("background", "歩道での事故が増えています。"),
    ("noticed_on", "令和8年4月1日"),
    ("opens_on", "R8.4.1"),
    ("closes_on", "2026-04-30"),
    ("channel_web_on", "yes"),
    ("channel_post_on", "yes"),
    ("channel_post", "〒750-8521 下関市南部町1番1号"),
    ("channel_post_deadline", "postmark"),
    ("channel_fax_on", "yes"),
    ("channel_fax", "000-000-0001"),
    ("places", "道路河川建設課 / 平日 8時30分から17時15分まで"),
    ("eligibility[]", "resident"),
    ("need_name", "required"),
    ("need_address", "required"),
    ("need_contact", "asked"),
    ("need_relation", "asked"),
    ("result_note", "市の考え方とともに公表します。"),
    ("publish_full", "yes"),
    ("count_unit", "item"),
    ("contact_place", "本庁舎4階"),
    ("contact_phone", "000-000-0002"),
];

const TEXT: &str = "# 第1章 めざす姿\n\n歩道と自転車の道を分けます。\n\n子どもの通学路を先に進めます。\n";

fn planned(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut fields: Vec<_> =
        PLAN.iter().copied().filter(|(n, _)| !changes.iter().any(|(c, _)| c == n)).collect();
    fields.extend_from_slice(changes);
    fields
}

fn number(path: &str) -> i64 {
    path.rsplit('/').next().and_then(|n| n.split('?').next()).and_then(|n| n.parse().ok()).expect("a number")
}

/// A pasted text under review; its address.
pub async fn pasted(app: &TestApp, paper: i64) -> String {
    let clerk = app.staff("clerk");
    let path = format!("/papers/{paper}/imports");
    let page = clerk.post(&path, &[("csrf", "csrf-clerk"), ("pasted", TEXT)]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    page.location().to_owned()
}

/// A plan with its paper, ready for the checklist.
async fn prepared(app: &TestApp, changes: &[(&'static str, &'static str)]) -> i64 {
    let clerk = app.staff("clerk");
    let made = clerk.post("/consultations", &planned(changes)).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let id = number(made.location());
    let paper = [("csrf", "csrf-clerk"), ("kind", "draft"), ("title", "計画(素案)")];
    let added = clerk.post(&format!("/consultations/{id}/papers"), &paper).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let paper = added.location().split('/').nth(2).and_then(|n| n.parse().ok()).expect("the paper");
    let review = pasted(app, paper).await;
    clerk.get(&review).await.shows("第1章 めざす姿");
    let taken = clerk.post(&review, &[("csrf", "csrf-clerk")]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    id
}

/// Presses 承認する on the page of an approval.
pub async fn press(who: &Browser, login: &str, approval: &str) -> Page {
    let version = who.get(approval).await.input("version").unwrap_or_else(|| "1".to_owned());
    let csrf = format!("csrf-{login}");
    let fields = [("csrf", &*csrf), ("version", &version), ("decision", "approve"), ("comment", "")];
    who.post(&format!("{approval}/decisions"), &fields).await
}

async fn circulated(app: &TestApp, id: i64) -> Page {
    let fields = [("csrf", "csrf-clerk"), ("class", "consultation")];
    app.staff("clerk").post(&format!("/consultations/{id}/approvals"), &fields).await
}

async fn approved(app: &TestApp, id: i64) {
    let started = circulated(app, id).await;
    assert_eq!(started.status, 303, "{}", started.body);
    for login in ["kacho", "bucho"] {
        let done = press(&app.staff(login), login, started.location()).await;
        assert_eq!(done.status, 303, "{login}: {}", done.body);
    }
}

/// A consultation of 道路河川建設課 that is open.
pub async fn announced(app: &TestApp) -> i64 {
    announced_as(app, &[]).await
}

/// The same with fields of the plan changed.
pub async fn announced_as(app: &TestApp, changes: &[(&'static str, &'static str)]) -> i64 {
    let id = prepared(app, changes).await;
    approved(app, id).await;
    id
}

/// The same with another plan.
pub async fn announced_with(app: &TestApp, changes: &[(&'static str, &'static str)]) -> i64 {
    let id = prepared(app, changes).await;
    approved(app, id).await;
    id
}

/// An approved change of its period, by the fields of its form.
pub async fn changed(app: &TestApp, id: i64, fields: &[(&str, &str)]) {
    let all: Vec<_> = [("csrf", "csrf-clerk"), ("class", "consultation_event")]
        .into_iter()
        .chain(fields.iter().copied())
        .collect();
    let started = app.staff("clerk").post(&format!("/consultations/{id}/events"), &all).await;
    assert_eq!(started.status, 303, "{}", started.body);
    assert_eq!(press(&app.staff("kacho"), "kacho", started.location()).await.status, 303);
}

const OPINION: &[(&str, &str)] =
    &[("opinion", "通学路を先に進めてください。"), ("name", "長田 結"), ("address", "下関市長府")];

/// Sends an opinion through the whole walk; the receipt page.
pub async fn sent(app: &TestApp, id: i64, changes: &[(&str, &str)]) -> Page {
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, changes).await;
    browser.post(&format!("/consultations/{id}/comments"), &pairs(&carried(&confirm))).await
}

/// The page that shows everything once more before it is sent.
pub async fn confirmed(browser: &Browser, id: i64, changes: &[(&str, &str)]) -> Page {
    let mut fields: Vec<_> =
        OPINION.iter().copied().filter(|(n, _)| !changes.iter().any(|(c, _)| c == n)).collect();
    fields.extend_from_slice(changes);
    let form = browser.get(&format!("/consultations/{id}/comments/new")).await;
    let form = if form.input("csrf").is_some() { form } else { browser.get("/receipts").await };
    let page = browser.submit(&form, &format!("/consultations/{id}/comments/confirm"), &fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// Where the submissions stand, oldest first.
pub fn states(app: &TestApp) -> Vec<String> {
    app.read(|db| Ok(submission::table.order(submission::id).select(submission::state).load(db)?))
}

/// A time by its words.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

#[actix_web::test]
async fn twenty_nine_days_are_refused_with_the_sentence_why_and_a_reason_is_published() {
    let app = TestApp::new();
    let id = prepared(&app, &[("closes_on", "2026-04-29")]).await;
    let refused = circulated(&app, id).await;
    assert_eq!(refused.status, 422);
    refused.shows("29日しかありません").shows("4月30日(木)以後");
    app.staff("clerk").get(&format!("/consultations/{id}")).await.shows("29日しかありません");
    let seen = app.read(move |db| store::consultation(db, id)).version.to_string();
    let mut fields =
        planned(&[("closes_on", "2026-04-29"), ("short_reason", "補助金の申請期限が決まっているためです。")]);
    let seen: &'static str = seen.leak();
    fields.push(("version", seen));
    let saved = app.staff("clerk").post(&format!("/consultations/{id}/edit"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    approved(&app, id).await;
    app.citizen()
        .get(&format!("/consultations/{id}"))
        .await
        .shows("補助金の申請期限が決まっているためです。");
}

#[actix_web::test]
async fn the_checklist_blocks_what_is_not_whole_and_nobody_approves_an_own_plan() {
    let app = TestApp::new();
    let bare = [("contact_phone", ""), ("result_note", ""), ("places", "")];
    let id = prepared(&app, &bare).await;
    let page = app.staff("clerk").get(&format!("/consultations/{id}")).await;
    page.shows("問合せ先の電話番号かメールアドレス")
        .shows("案を閲覧できる場所")
        .shows("意見の扱いと結果の公表");
    assert_eq!(circulated(&app, id).await.status, 422);
    assert_eq!(app.citizen().get(&format!("/consultations/{id}")).await.status, 404);
    // who wrote it cannot decide on it
    let own = prepared(&app, &[]).await;
    let started = circulated(&app, own).await;
    assert_eq!(press(&app.staff("clerk"), "clerk", started.location()).await.status, 403);
    assert_eq!(app.citizen().get(&format!("/consultations/{own}")).await.status, 404);
}

#[actix_web::test]
async fn an_announced_consultation_is_read_with_its_text_and_opens_and_closes_by_the_clock() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let stranger = app.citizen();
    let path = format!("/consultations/{id}");
    let page = stranger.get(&path).await;
    page.shows("自転車活用推進計画(素案)")
        .shows("令和8年(2026年)<wbr>4月30日(木)</time><span class=\"nowrap\">まで(あと29日)")
        .shows("歩道と自転車の道を分けます。")
        .shows("最終日の消印があれば有効")
        .shows("意見を書く");
    stranger.get("/").await.shows("いま、ご意見を募集しています");
    stranger.get("/feeds/consultations.atom").await.shows("自転車活用推進計画");
    let calendar = stranger.get(&format!("{path}/calendar.ics")).await;
    calendar.shows("DTSTART;VALUE=DATE:20260430\r\nDTEND;VALUE=DATE:20260501");
    app.clock.set(at("2026-04-30T14:59:59Z"));
    stranger.get(&path).await.shows("今日が最終日です");
    app.clock.set(at("2026-04-30T15:00:00Z"));
    stranger.get(&path).await.shows("4月30日(木)</time>に").shows("終わりました");
    stranger.get("/").await.hides("いま、ご意見を募集しています");
    stranger.get(&format!("{path}/comments/new")).await.shows("いまは意見を受け付けていません");
    let now = app.clock.now();
    assert_eq!(
        app.write(move |db| consultations::notice_periods(db, now)),
        2,
        "opened and closed are noted once"
    );
    assert_eq!(app.write(move |db| consultations::notice_periods(db, now)), 0);
}

#[actix_web::test]
async fn an_approved_consultation_waits_for_its_day_of_notice_and_needs_nobody_then() {
    let app = TestApp::new();
    let id = prepared(
        &app,
        &[("noticed_on", "2026-04-03"), ("opens_on", "2026-04-03"), ("closes_on", "2026-05-02")],
    )
    .await;
    approved(&app, id).await;
    let path = format!("/consultations/{id}");
    assert_eq!(app.citizen().get(&path).await.status, 404);
    app.clock.set(at("2026-04-02T15:00:00Z"));
    let now = app.clock.now();
    app.write(move |db| consultations::notice_periods(db, now));
    app.citizen().get(&path).await.shows("募集中");
}

#[actix_web::test]
async fn a_preview_link_shows_the_plan_to_who_has_it_and_to_nobody_after_a_week() {
    let app = TestApp::new();
    let id = prepared(&app, &[]).await;
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/previews");
    assert_eq!(clerk.post(&path, &[("csrf", "csrf-clerk"), ("note", "")]).await.status, 422);
    let made = clerk.post(&path, &[("csrf", "csrf-clerk"), ("note", "審議会の委員")]).await;
    let key = made.body.split("/previews/").nth(1).and_then(|r| r.split('<').next()).expect("a link");
    let link = format!("/previews/{key}");
    let stranger = app.citizen();
    stranger.get(&link).await.shows("公示前の内容です").shows("歩道と自転車の道を分けます。");
    assert_eq!(stranger.get(&format!("/consultations/{id}")).await.status, 404);
    assert_eq!(stranger.get("/previews/0000").await.status, 404);
    app.clock.set(at("2026-04-08T01:00:00Z"));
    assert_eq!(stranger.get(&link).await.status, 404);
}

#[actix_web::test]
async fn a_form_is_in_time_in_the_last_second_and_stored_as_late_at_midnight() {
    let app = TestApp::new();
    let id = announced(&app).await;
    app.clock.set(at("2026-04-30T14:59:59Z"));
    sent(&app, id, &[]).await.shows("ご意見を受け付けました").hides("期限後に届きました");
    // the form was opened in time, the button was pressed at midnight
    let browser = app.citizen();
    let confirm = confirmed(&browser, id, &[("opinion", "間に合わなかった意見です。")]).await;
    app.clock.set(at("2026-04-30T15:00:00Z"));
    let late = browser.post(&format!("/consultations/{id}/comments"), &pairs(&carried(&confirm))).await;
    late.shows("期限後に届きました");
    assert_eq!(states(&app), ["received", "late"]);
}

#[actix_web::test]
async fn paper_counts_by_its_postmark_where_the_city_said_so_and_a_fax_by_its_day() {
    let app = TestApp::new();
    let id = announced(&app).await;
    app.clock.set(at("2026-05-02T01:00:00Z"));
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/submissions");
    let enter = async |channel: &'static str, postmark: &'static str, name: &'static str| {
        let entry = clerk.get(&format!("{path}/new")).await.input("entry").expect("a number");
        let fields = [
            ("csrf", "csrf-clerk"),
            ("entry", entry.as_str()),
            ("channel", channel),
            ("received_on", "2026-05-02"),
            ("postmarked_on", postmark),
            ("opinion", "手書きの意見です。"),
            ("name", name),
            ("address", "下関市菊川町"),
        ];
        clerk.post(&path, &fields).await
    };
    enter("post", "2026-04-30", "菊川 進").await.shows("期間内の意見として受け付けました");
    enter("post", "2026-05-01", "菊川 進").await.shows("期限後として受け付けました");
    enter("post", "", "菊川 進").await.shows("期限後として受け付けました");
    enter("fax", "", "菊川 進").await.shows("期限後として受け付けました");
    assert_eq!(states(&app), ["received", "late", "late", "late"]);
    let page = clerk.get(&format!("/consultations/{id}")).await;
    page.shows("提出 <strong>4</strong>通、異なる文章 <strong>1</strong>、提出者 <strong>1</strong>");
    // a day that cannot be keeps everything typed
    let entry = clerk.get(&format!("{path}/new")).await.input("entry").expect("a number");
    let fields = [
        ("csrf", "csrf-clerk"),
        ("entry", entry.as_str()),
        ("channel", "post"),
        ("received_on", "2026-05-01"),
        ("postmarked_on", "2026-05-02"),
        ("opinion", "残る意見です。"),
    ];
    let again = clerk.post(&path, &fields).await;
    assert_eq!(again.status, 422);
    again.shows("消印が、受付日").shows("残る意見です。");
}

#[actix_web::test]
async fn several_points_at_their_paragraphs_go_in_as_typed_and_a_double_click_is_one_opinion() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let browser = app.citizen();
    let form = browser.get(&format!("/consultations/{id}/comments/new?paragraph=1:p2")).await;
    form.shows("第1章 めざす姿 1段落目");
    let fields = [
        ("paragraph", "1:p2"),
        ("target", "第1章"),
        ("opinion", "・髙橋です。\n﨑の字も残してください。"),
        ("reason", "読みにくいからです。"),
        ("opinion_2", "街灯も増やしてください。"),
    ];
    let confirm = confirmed(&browser, id, &fields).await;
    confirm.shows("まだ送られていません");
    let all = carried(&confirm);
    let path = format!("/consultations/{id}/comments");
    let first = browser.post(&path, &pairs(&all)).await;
    let second = browser.post(&path, &pairs(&all)).await;
    assert_eq!(states(&app).len(), 1);
    let code = |page: &Page| page.body.split("receipt-code\">").nth(1).map(|r| r[..14].to_owned());
    assert_eq!(code(&first), code(&second));
    let points: Vec<(i64, Option<String>, String)> = app.read(|db| {
        Ok(submission_point::table
            .order(submission_point::no)
            .select((submission_point::no, submission_point::paragraph, submission_point::opinion))
            .load(db)?)
    });
    assert_eq!(points[0], (1, Some("p2".to_owned()), "・髙橋です。\n﨑の字も残してください。".to_owned()));
    assert_eq!(points[1], (2, None, "街灯も増やしてください。".to_owned()));
}

#[actix_web::test]
async fn a_missing_name_is_asked_for_and_an_opinion_without_it_is_stored_and_marked() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let browser = app.citizen();
    let form = browser.get(&format!("/consultations/{id}/comments/new")).await;
    let path = format!("/consultations/{id}/comments/confirm");
    let nameless = [("opinion", "名前は書けません。"), ("name", ""), ("address", "")];
    let asked = browser.submit(&form, &path, &nameless).await;
    assert_eq!(asked.status, 422);
    asked.shows("お名前を入力してください").shows("空欄のまま送る").shows("名前は書けません。");
    let without = [("opinion", "名前は書けません。"), ("without", "yes")];
    let confirm = browser.submit(&asked, &path, &without).await;
    assert_eq!(confirm.status, 200, "{}", confirm.body);
    browser
        .post(&format!("/consultations/{id}/comments"), &pairs(&carried(&confirm)))
        .await
        .shows("受付番号");
    assert_eq!(states(&app), ["incomplete"]);
}

#[actix_web::test]
async fn the_receipt_opens_the_opinion_and_the_mailed_link_says_it_was_not_me() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let receipt = sent(&app, id, &[("contact", "yui@example.jp")]).await;
    let numbers: Vec<String> = receipt
        .body
        .split("receipt-code\">")
        .skip(1)
        .filter_map(|rest| rest.split('<').next().map(str::to_owned))
        .collect();
    let browser = app.citizen();
    let form = browser.get("/receipts").await;
    let fields = [("code", numbers[0].as_str()), ("secret", numbers[1].as_str())];
    let status = browser.submit(&form, "/receipts", &fields).await;
    status.shows("お送りいただいたご意見").shows("通学路を先に進めてください。").hides("長田 結");
    let wrong = [("code", numbers[0].as_str()), ("secret", numbers[0].as_str())];
    browser.submit(&form, "/receipts", &wrong).await.hides("通学路");
    let mails: i64 = app.read(|db| Ok(outbox::table.count().get_result(db)?));
    assert_eq!(mails, 1);
    let code: String = app.read(|db| Ok(submission::table.select(submission::receipt_code).first(db)?));
    let link = format!("/opinions/{code}/{}", link_key(&app.app.sealer, &code));
    let page = browser.get(&link).await;
    page.shows("あなたが送りましたか");
    browser.submit(&page, &link, &[("mine", "no")]).await.shows("記録しました");
    assert_eq!(browser.get(&format!("/opinions/{code}/0000")).await.status, 404);
    let seen = app.staff("clerk").get("/submissions/1").await;
    seen.shows("本人が送っていないと知らせがありました").hides("yui@example.jp").hides("長田 結");
    let told: Vec<String> = app.read(|db| Ok(trail::table.select(trail::detail).load(db)?));
    assert!(!told.concat().contains("通学路") && !told.concat().contains("長田"), "{told:?}");
}

#[actix_web::test]
async fn an_extension_holds_once_a_second_person_agreed_and_is_published() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let path = format!("/consultations/{id}");
    let change = |kind: &'static str| {
        [
            ("csrf", "csrf-clerk"),
            ("kind", kind),
            ("new_closes_on", "2026-05-10"),
            ("reason", "資料に誤りがあったためです。"),
            ("class", "consultation_event"),
        ]
    };
    let clerk = app.staff("clerk");
    let started = clerk.post(&format!("{path}/events"), &change("extension")).await;
    assert_eq!(started.status, 303, "{}", started.body);
    app.citizen().get(&path).await.hides("5月10日");
    assert_eq!(press(&app.staff("kacho"), "kacho", started.location()).await.status, 303);
    app.citizen().get(&path).await.shows("5月10日(日)").shows("資料に誤りがあったためです。");
    app.clock.set(at("2026-05-10T14:59:59Z"));
    sent(&app, id, &[]).await;
    assert_eq!(states(&app), ["received"]);
    // backwards it does not go
    let back = [
        ("csrf", "csrf-clerk"),
        ("kind", "extension"),
        ("new_closes_on", "2026-05-09"),
        ("reason", "理由"),
        ("class", "consultation_event"),
    ];
    assert_eq!(app.staff("clerk").post(&format!("{path}/events"), &back).await.status, 422);
}

#[actix_web::test]
async fn the_database_itself_refuses_what_was_not_approved_and_keeps_originals() {
    let app = TestApp::new();
    let id = announced(&app).await;
    sent(&app, id, &[]).await;
    let other = prepared(&app, &[]).await;
    let refused = |sql: String| {
        let done = app.app.db.write_now(move |db| Ok(db.batch_execute(&sql)?));
        assert!(done.is_err(), "the database took it");
    };
    refused(format!(
        "UPDATE consultation SET state = 'announced', closing_on = closes_on WHERE id = {other}"
    ));
    refused(format!("UPDATE consultation SET closing_on = '2026-12-31' WHERE id = {id}"));
    refused(format!(
        "INSERT INTO consultation_version (consultation_id, no, content, content_hash, author_id, created_at) \
         VALUES ({id}, 9, '{{}}', 'x', 1, '2026-04-01 00:00:00'); \
         INSERT INTO consultation_release (version_id, consultation_id, no, at) \
         SELECT id, consultation_id, no, '2026-04-01 00:00:00' FROM consultation_version WHERE no = 9"
    ));
    refused("UPDATE submission SET text_original = '別の意見'".to_owned());
    refused("UPDATE submission SET received_at = '2026-04-01 00:00:00'".to_owned());
    refused("UPDATE submission_point SET opinion = '別の意見'".to_owned());
    refused("DELETE FROM submission".to_owned());
    refused(format!("DELETE FROM consultation WHERE id = {id}"));
    refused("UPDATE paper_paragraph SET body = '別の段落'".to_owned());
}
