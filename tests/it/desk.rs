//! The staff desk: typing a letter in, registering it, and its journey to the end, by browser and role.

use diesel::connection::SimpleConnection;
use hirokiku::letters::letter::Arrival;
use hirokiku::letters::matter::{Change, Matter, State, Step};
use hirokiku::letters::{self, store};
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::trail::{self, By};
use serde_json::Value;

use crate::app::{Browser, Page, TestApp};
use crate::letters::arrival;

/// A letter in the database with its first matter.
fn received(app: &TestApp, body: &str) -> (i64, i64) {
    keep(app, arrival(app, body))
}

pub fn keep(app: &TestApp, letter: Arrival) -> (i64, i64) {
    app.write(move |db| {
        let id = letters::accept(db, &letter, &By::citizen())?.letter_id;
        Ok((id, store::matters_of(db, id)?[0].id))
    })
}

fn matter(app: &TestApp, id: i64) -> Matter {
    app.read(|db| store::matter(db, id))
}

/// What was done with a letter, as codes in order.
fn acts(app: &TestApp, letter: i64) -> Vec<String> {
    app.read(|db| Ok(trail::of_letter(db, letter)?.into_iter().map(|line| line.act).collect()))
}

/// Posts a form of the letter's page with its token and the matter's version.
pub async fn act(who: &Browser, app: &TestApp, id: i64, noun: &str, fields: &[(&str, &str)]) -> Page {
    let page = who.get(&format!("/letters/{}", matter(app, id).letter_id)).await;
    let version = matter(app, id).version.to_string();
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    who.submit(&page, &format!("/matters/{id}/{noun}"), &all).await
}

#[track_caller]
fn went(page: &Page) {
    assert_eq!(page.status, 303, "{}", page.body);
}

/// Brings a fresh letter to a section: registered, accepted, circulated, assigned.
pub async fn assigned(app: &TestApp, office: &Browser, body: &str, unit: &str) -> (i64, i64) {
    let (letter, id) = received(app, body);
    let page = office.get(&format!("/letters/{letter}")).await;
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "件名")]).await);
    went(&act(office, app, id, "screening", &[("decision", "accept")]).await);
    went(&act(office, app, id, "circulation", &[("staff[]", "7")]).await);
    went(&act(office, app, id, "assignments", &[("owning_unit", unit)]).await);
    (letter, id)
}

/// The reply room's part of the way, without its pages: drafted, approved, sent.
pub fn replied(app: &TestApp, id: i64) {
    let now = app.clock.now();
    app.write(move |db| {
        for step in [Step::Draft, Step::Submit, Step::Approve] {
            letters::advance(db, &By::system(), now, id, None, step, Change::default(), Value::Null)?;
        }
        db.batch_execute(&format!(
            "INSERT INTO approval_class (code, label, mark, subject_kind, sort) VALUES ('t{id}', '課長専決', '丁', 'reply', 1);
             INSERT INTO reply (id, matter_id, kind, via, state, current_no, created_by, created_at, version)
               VALUES ({id}, {id}, 'final', 'post', 'draft', 1, 4, '2026-04-01 00:00:00', 1);
             INSERT INTO reply_version (id, reply_id, no, subject, body, content_hash, author_id, created_at)
               VALUES ({id}, {id}, 1, '回答', '直しました。', 'h{id}', 4, '2026-04-01 00:00:00');
             INSERT INTO approval (id, subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, version)
               VALUES ({id}, 'reply', {id}, {id}, (SELECT letter_id FROM matter WHERE id = {id}), 't{id}', 'h{id}', '回答', 'circulating', 4, 4, '2026-04-01 00:00:00', 1);
             INSERT INTO approval_step (approval_id, no, kind, role, state) VALUES ({id}, 1, 'decide', 'section_head', 'current');
             UPDATE approval_step SET state = 'approved', staff_id = 5 WHERE approval_id = {id};
             UPDATE approval SET state = 'decided', decided_by = 5, decided_as = 'standing', decided_at = '2026-04-01 00:00:00' WHERE id = {id};
             INSERT INTO dispatch (approval_id, reply_version_id, content_hash, via, sent_by, at)
               VALUES ({id}, {id}, 'h{id}', 'post', 4, '2026-04-01 00:00:00');
             UPDATE reply SET state = 'sent' WHERE id = {id};"
        ))?;
        letters::advance(db, &By::system(), now, id, None, Step::Send, Change::default(), Value::Null)?;
        Ok(())
    });
}

#[actix_web::test]
async fn a_letter_goes_from_receipt_to_its_end_and_every_step_leaves_a_line() {
    let app = TestApp::new();
    let (letter, id) = received(&app, "中央公園の街灯が消えています。");
    let (office, drafter) = (app.staff("kocho"), app.staff("tanto2"));
    let path = format!("/letters/{letter}");

    let page = office.get(&path).await;
    page.shows("未登録").shows("中央公園の街灯が消えています。").shows("登録する").hides("受理する");
    let done = office
        .submit(&page, &format!("{path}/registration"), &[("titles", "公園の街灯"), ("version", "1")])
        .await;
    went(&done);
    let page = office.get(&path).await;
    page.shows("R8-0001").shows("公園の街灯").shows("受理する").hides("登録する");

    let taken = [
        ("decision", "accept"),
        ("kind", "request"),
        ("field[]", "infrastructure"),
        ("field[]", "safety"),
        ("reply_needed", "yes"),
    ];
    went(&act(&office, &app, id, "screening", &taken).await);
    office.get(&path).await.shows("要望").shows("供覧する").shows("市長 市川 長");
    went(&act(&office, &app, id, "circulation", &[("staff[]", "7")]).await);

    let page = office.get(&path).await;
    page.shows("担当課を決める").shows("手紙の「公園」が課の名前にあります");
    went(&act(&office, &app, id, "assignments", &[("owning_unit", ""), ("owning_unit", "7")]).await);

    let page = drafter.get(&path).await;
    page.shows("回答案を書く").shows(&format!("/matters/{id}/replies/new")).shows("公園緑地課");
    went(&act(&drafter, &app, id, "drafters", &[("staff", "10")]).await);
    drafter.get(&path).await.shows("園田 緑");

    replied(&app, id);
    drafter.get(&path).await.shows("完結する");
    went(&act(&drafter, &app, id, "closings", &[("outcome", "realised")]).await);
    let page = office.get(&path).await;
    page.shows("公表の候補にする").shows(&format!("/matters/{id}/publications")).shows("実現");

    assert_eq!(
        acts(&app, letter),
        [
            "letter.received",
            "letter.read",
            "letter.registered",
            "matter.changed",
            "matter.accepted",
            "matter.circulated",
            "matter.assigned",
            "matter.taken",
            "reply.drafted",
            "approval.started",
            "approval.decided",
            "reply.sent",
            "matter.closed",
            "letter.closed",
        ]
    );
    page.shows("受付簿の番号: R8-0001")
        .shows("担当課: 公園緑地課")
        .shows("供覧先: 市川 長")
        .shows("(なし) → 要望");
}

#[actix_web::test]
async fn the_first_opening_is_noted_once() {
    let app = TestApp::new();
    let (letter, _) = received(&app, "読んでください。");
    for login in ["kocho", "kocho", "shicho"] {
        app.staff(login).get(&format!("/letters/{letter}")).await.shows("読んでください。");
    }
    assert_eq!(acts(&app, letter), ["letter.received", "letter.read"]);
}

#[actix_web::test]
async fn a_reply_is_due_thirty_days_after_the_day_of_receipt_and_the_page_says_so() {
    let app = TestApp::new();
    let (letter, _) = received(&app, "四月一日の手紙です。");
    let page = app.staff("kocho").get(&format!("/letters/{letter}")).await;
    page.shows("datetime=\"2026-05-01\"").shows("datetime=\"2026-04-15\"").shows("あと14日");

    let mut december = arrival(&app, "十二月五日の手紙です。");
    december.received_on = "2026-12-05".parse().expect("a day");
    let (letter, _) = keep(&app, december);
    app.clock.set("2026-12-07T01:00:00Z".parse().expect("a moment"));
    let page = app.staff("kocho").get(&format!("/letters/{letter}")).await;
    page.shows("datetime=\"2027-01-04\"").shows("datetime=\"2026-12-19\"");
    // 19 December 2026 is a Saturday
    page.shows("土曜日のため、その前の開庁日は").shows("12月18日(金)</time>です");
}

#[actix_web::test]
async fn register_numbers_begin_anew_with_the_fiscal_year_of_receipt() {
    let app = TestApp::new();
    let mut last_year = arrival(&app, "三月三十一日に届いた手紙です。");
    last_year.received_on = "2026-03-31".parse().expect("a day");
    let letters = [
        keep(&app, last_year.clone()).0,
        received(&app, "四月一日に届いた手紙です。").0,
        received(&app, "もう一通です。").0,
    ];
    let office = app.staff("kocho");
    let mut numbers = Vec::new();
    for letter in letters {
        let page = office.get(&format!("/letters/{letter}")).await;
        went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "件名")]).await);
        let page = office.get(&format!("/letters/{letter}")).await;
        numbers.push(
            page.body.split("<dt>受付簿の番号</dt><dd>").nth(1).map_or(String::new(), |r| r[..7].to_owned()),
        );
    }
    assert_eq!(numbers, ["R7-0001", "R8-0001", "R8-0002"]);
}

#[actix_web::test]
async fn two_matters_of_a_letter_go_their_own_ways_and_the_letter_closes_with_the_last() {
    let app = TestApp::new();
    let (letter, first) = received(&app, "道路の穴と、公園の草のことです。");
    let (office, road, park) = (app.staff("kocho"), app.staff("tanto"), app.staff("tanto2"));
    let path = format!("/letters/{letter}");
    let page = office.get(&path).await;
    let titles = [("titles", "道路の穴\n\n公園の草\n")];
    went(&office.submit(&page, &format!("{path}/registration"), &titles).await);
    let matters = app.read(|db| store::matters_of(db, letter));
    assert_eq!(matters.iter().map(|m| m.title.as_str()).collect::<Vec<_>>(), ["道路の穴", "公園の草"]);
    let second = matters[1].id;
    for (id, unit) in [(first, "5"), (second, "7")] {
        went(&act(&office, &app, id, "screening", &[("decision", "accept")]).await);
        went(&act(&office, &app, id, "circulation", &[("staff[]", "7")]).await);
        went(&act(&office, &app, id, "assignments", &[("owning_unit", unit)]).await);
    }
    let none = [("reason", "thanks_only"), ("reason_note", "お礼なので")];
    went(&act(&road, &app, first, "no-replies", &none).await);
    assert_eq!((matter(&app, first).state, matter(&app, second).state), (State::NoReply, State::Assigned));
    // a section cannot act on the other's matter, though it may read the letter
    assert_eq!(act(&road, &app, second, "no-replies", &none).await.status, 403);
    went(&act(&road, &app, first, "closings", &[("outcome", "reference")]).await);
    office.get(&path).await.shows("処理中").hides("すべて完結した");
    went(&act(&park, &app, second, "no-replies", &none).await);
    went(&act(&park, &app, second, "closings", &[("outcome", "explained")]).await);
    office.get(&path).await.shows("すべて完結した");
    assert_eq!(acts(&app, letter).last().map(String::as_str), Some("letter.closed"));
}

#[actix_web::test]
async fn the_later_of_two_savings_is_refused_and_neither_text_is_lost() {
    let app = TestApp::new();
    let (letter, id) = assigned(&app, &app.staff("kocho"), "道路のことです。", "5").await;
    let (one, two) = (app.staff("tanto"), app.staff("kacho"));
    let page = two.get(&format!("/letters/{letter}")).await;
    let old = matter(&app, id).version.to_string();
    let first = [("title", "先に直した件名"), ("reply_needed", "yes")];
    went(&act(&one, &app, id, "details", &first).await);
    let late = two
        .submit(
            &page,
            &format!("/matters/{id}/details"),
            &[("version", old.as_str()), ("title", "後から直した件名"), ("reply_needed", "no")],
        )
        .await;
    assert_eq!(late.status, 409);
    late.shows("先に直した件名").shows("後から直した件名").shows("まだ保存していません");
    assert_eq!(matter(&app, id).title, "先に直した件名");
    // the form on the page carries the version of now: sending it again is a decision, and works
    let version = matter(&app, id).version.to_string();
    let again = [("version", version.as_str()), ("title", "後から直した件名"), ("reply_needed", "no")];
    went(&two.submit(&late, &format!("/matters/{id}/details"), &again).await);
    assert_eq!(matter(&app, id).title, "後から直した件名");
}

#[actix_web::test]
async fn what_somebody_typed_for_a_step_that_is_gone_is_still_on_the_page() {
    let app = TestApp::new();
    let (letter, id) = assigned(&app, &app.staff("kocho"), "道路のことです。", "5").await;
    let (one, two) = (app.staff("tanto"), app.staff("kocho2"));
    let page = two.get(&format!("/letters/{letter}")).await;
    let version = matter(&app, id).version.to_string();
    let fields =
        [("version", version.as_str()), ("reason", "not_wanted"), ("reason_note", "二人目の説明です")];
    went(&act(&one, &app, id, "returns", &[("reason", "うちの道ではありません")]).await);
    let late = two.submit(&page, &format!("/matters/{id}/no-replies"), &fields).await;
    assert_eq!(late.status, 409);
    late.shows("二人目の説明です").shows("うちの道ではありません").shows("担当課を決める");
}

#[actix_web::test]
async fn what_is_ruled_out_needs_a_code_and_words_and_is_kept() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = received(&app, "商品の宣伝です。");
    let page = office.get(&format!("/letters/{letter}")).await;
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "宣伝")]).await);
    let bare =
        act(&office, &app, id, "screening", &[("decision", "out_of_scope"), ("reason", "commerce")]).await;
    assert_eq!(bare.status, 422);
    bare.shows("理由を文章でも書いてください。");
    let no_code =
        act(&office, &app, id, "screening", &[("decision", "out_of_scope"), ("reason_note", "宣伝のため")])
            .await;
    assert_eq!(no_code.status, 422);
    no_code.shows("宣伝のため").shows("対象外とする理由を選んでください。");
    let whole = [("decision", "out_of_scope"), ("reason", "commerce"), ("reason_note", "宣伝のため")];
    went(&act(&office, &app, id, "screening", &whole).await);
    went(&act(&office, &app, id, "filings", &[]).await);
    assert_eq!(matter(&app, id).state, State::Filed);
    office.get(&format!("/letters/{letter}")).await.shows("商品の宣伝です。").shows("営業・宣伝");
}

#[actix_web::test]
async fn what_is_passed_on_has_a_note_to_print_without_the_sender() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = keep(&app, named(&app, "県道の穴です。"));
    let page = office.get(&format!("/letters/{letter}")).await;
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "県道の穴")]).await);
    let to = [
        ("decision", "passed_on"),
        ("passed_to", "下関土木建築事務所"),
        ("reason_note", "県が管理する道です"),
    ];
    went(&act(&office, &app, id, "screening", &to).await);
    let note = office.get(&format!("/matters/{id}/transfer")).await;
    note.shows("下関土木建築事務所 御中")
        .shows("県が管理する道です")
        .shows("県道の穴です。")
        .hides("長府 花子");
    assert_eq!(app.staff("tanto").get(&format!("/matters/{id}/transfer")).await.status, 404);
}

#[actix_web::test]
async fn a_matter_handed_back_goes_to_another_section() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = assigned(&app, &office, "草のことです。", "5").await;
    let (road, park) = (app.staff("tanto"), app.staff("tanto2"));
    assert_eq!(park.get(&format!("/letters/{letter}")).await.status, 404);
    let empty = act(&road, &app, id, "returns", &[("reason", " ")]).await;
    assert_eq!(empty.status, 422);
    let back = act(&road, &app, id, "returns", &[("reason", "公園の草なので公園緑地課と思います")]).await;
    assert_eq!(back.location(), "/letters", "the section no longer sees it");
    assert_eq!(road.get(&format!("/letters/{letter}")).await.status, 404);
    office.get(&format!("/letters/{letter}")).await.shows("公園の草なので公園緑地課と思います");
    went(&act(&office, &app, id, "assignments", &[("owning_unit", "7")]).await);
    park.get(&format!("/letters/{letter}")).await.shows("草のことです。");
}

#[actix_web::test]
async fn a_matter_waits_for_the_senders_answer_and_goes_back_to_where_it_was() {
    let app = TestApp::new();
    let (letter, id) = assigned(&app, &app.staff("kocho"), "あの道のことです。", "5").await;
    let drafter = app.staff("tanto");
    went(&act(&drafter, &app, id, "questions", &[("body", "どの道ですか")]).await);
    assert_eq!(matter(&app, id).state, State::AwaitingSender);
    let page = drafter.get(&format!("/letters/{letter}")).await;
    page.shows("どの道ですか").shows("返事を記録する");
    let mixed = act(&drafter, &app, id, "hearings", &[("body", "駅前です"), ("heard", "timeout")]).await;
    assert_eq!(mixed.status, 422);
    went(&act(&drafter, &app, id, "hearings", &[("body", "駅前の道です")]).await);
    assert_eq!(matter(&app, id).state, State::Assigned);
    went(&act(&drafter, &app, id, "questions", &[("body", "駅の北ですか南ですか")]).await);
    went(&act(&drafter, &app, id, "hearings", &[("heard", "timeout")]).await);
    assert_eq!(matter(&app, id).state, State::Assigned);
    drafter
        .get(&format!("/letters/{letter}"))
        .await
        .shows("駅前の道です")
        .shows("期日までに返事がありませんでした");
}

#[actix_web::test]
async fn a_sharing_section_adds_its_part_and_nobody_elses_is_overwritten_unseen() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = received(&app, "道と公園の境の木です。");
    let page = office.get(&format!("/letters/{letter}")).await;
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "境の木")]).await);
    went(&act(&office, &app, id, "screening", &[("decision", "accept")]).await);
    went(&act(&office, &app, id, "circulation", &[("staff[]", "7")]).await);
    let both = [("owning_unit", "5"), ("joint_units[]", "7"), ("joint_units[]", "5")];
    went(&act(&office, &app, id, "assignments", &both).await);
    let park = app.staff("tanto2");
    let page = park.get(&format!("/letters/{letter}")).await;
    page.shows("公園緑地課の意見を書く").hides("回答案を書く");
    let other = app.staff("kacho2");
    let old = other.get(&format!("/letters/{letter}")).await;
    let first = [("unit", "7"), ("seen", ""), ("part", "木は公園のものです。")];
    went(&park.submit(&page, &format!("/matters/{id}/parts"), &first).await);
    let second = [("unit", "7"), ("seen", ""), ("part", "木は道のものです。")];
    let late = other.submit(&old, &format!("/matters/{id}/parts"), &second).await;
    assert_eq!(late.status, 409);
    late.shows("木は公園のものです。").shows("木は道のものです。");
    app.staff("tanto").get(&format!("/letters/{letter}")).await.shows("木は公園のものです。");
    assert_eq!(act(&app.staff("tanto"), &app, id, "parts", &first).await.status, 403);
}

#[actix_web::test]
async fn who_may_not_is_told_so_and_nothing_moves() {
    let app = TestApp::new();
    let (letter, id) = received(&app, "だれが何をしてよいか。");
    let office = app.staff("kocho");
    let page = office.get(&format!("/letters/{letter}")).await;
    for login in ["tanto", "kacho", "bucho", "admin", "clerk"] {
        let other = app.staff(login);
        assert_eq!(other.get(&format!("/letters/{letter}")).await.status, 404, "{login} does not see it");
        let csrf = format!("csrf-{login}");
        let fields = [("csrf", csrf.as_str()), ("titles", "件名")];
        assert_eq!(
            other.post(&format!("/letters/{letter}/registration"), &fields).await.status,
            404,
            "{login}"
        );
    }
    for login in ["shicho", "kansa"] {
        let reader = app.staff(login);
        let page = reader.get(&format!("/letters/{letter}")).await;
        page.shows("だれが何をしてよいか。").hides("登録する").hides("差出人を見る");
        let fields = [("titles", "件名")];
        let done = reader.submit(&page, &format!("/letters/{letter}/registration"), &fields).await;
        assert_eq!(done.status, 403, "{login}");
        done.shows("この操作は広聴担当が行います。");
    }
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "件名")]).await);
    for (noun, fields) in [
        ("screening", vec![("decision", "accept")]),
        ("circulation", vec![("staff[]", "7")]),
        ("assignments", vec![("owning_unit", "5")]),
        ("no-replies", vec![("reason", "thanks_only"), ("reason_note", "x")]),
        ("closings", vec![("outcome", "other")]),
        ("questions", vec![("body", "x")]),
        ("details", vec![("title", "x")]),
    ] {
        let done = act(&app.staff("kansa"), &app, id, noun, &fields).await;
        assert_eq!(done.status, 403, "{noun}");
    }
    assert_eq!(matter(&app, id).state, State::Registered);
}

#[actix_web::test]
async fn steps_out_of_turn_are_refused_with_where_it_stands() {
    let app = TestApp::new();
    let (_, id) = received(&app, "順番です。");
    let page = act(&app.staff("kocho"), &app, id, "assignments", &[("owning_unit", "5")]).await;
    assert_eq!(page.status, 409);
    page.shows("この件はいま「受付」なので、「担当課を決める」ことはできません。");
}

#[actix_web::test]
async fn those_shown_a_letter_can_read_it_and_say_that_they_saw_it() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = received(&app, "部長にも読んでほしい手紙です。");
    let page = office.get(&format!("/letters/{letter}")).await;
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "部長へ")]).await);
    went(&act(&office, &app, id, "screening", &[("decision", "accept")]).await);
    let nobody = act(&office, &app, id, "circulation", &[]).await;
    assert_eq!(nobody.status, 422);
    nobody.shows("供覧する相手を一人以上選んでください。");
    went(&act(&office, &app, id, "circulation", &[("staff[]", "6"), ("staff[]", "7")]).await);
    let head = app.staff("bucho");
    let list = head.get("/circulations").await;
    list.shows("部長へ").shows("見た");
    head.get(&format!("/letters/{letter}")).await.shows("部長にも読んでほしい手紙です。");
    went(&head.submit(&list, "/circulations/1/views", &[]).await);
    assert_eq!(head.submit(&list, "/circulations/2/views", &[]).await.status, 404, "the mayor's own");
    let mayor = app.staff("shicho");
    let list = mayor.get("/circulations").await;
    assert_eq!(mayor.submit(&list, "/circulations/views", &[]).await.status, 422, "none was marked");
    let others = mayor.submit(&list, "/circulations/views", &[("seen[]", "1")]).await;
    assert_eq!(others.status, 404, "the head's");
    for _ in 0..2 {
        went(&mayor.submit(&list, "/circulations/views", &[("seen[]", "2")]).await);
    }
    assert_eq!(acts(&app, letter).iter().filter(|a| *a == "matter.seen").count(), 2, "each once");
    assert!(acts(&app, letter).contains(&"matter.seen".to_owned()));
    app.staff("kacho").get("/circulations").await.shows("供覧された手紙はありません");
}

pub fn named(app: &TestApp, body: &str) -> Arrival {
    let details = PartyDetails {
        name: "長府 花子".to_owned(),
        phone: "083-231-1111".to_owned(),
        ..PartyDetails::default()
    };
    let id = app.clock.id().to_string();
    let party = SealedParty::seal(&app.app.sealer, id, &details, app.clock.now()).expect("sealed");
    Arrival { party: Some(party), anonymous: false, ..arrival(app, body) }
}

#[actix_web::test]
async fn a_sender_is_opened_only_with_a_reason_and_every_opening_is_a_line() {
    let app = TestApp::new();
    let (letter, _) = keep(&app, named(&app, "返事をください。"));
    let (_, _) = keep(&app, named(&app, "同じ電話から別のことです。"));
    let office = app.staff("kocho");
    let path = format!("/letters/{letter}");
    office.get(&path).await.hides("長府 花子").shows("ほかに<strong>1通</strong>");
    let ask = office.get(&format!("{path}/party")).await;
    ask.hides("長府 花子");
    let bare = office.submit(&ask, &format!("{path}/party"), &[]).await;
    assert_eq!(bare.status, 422);
    bare.hides("長府 花子").shows("見る理由を選んでください。");
    let other = office.submit(&ask, &format!("{path}/party"), &[("reason", "other")]).await;
    assert_eq!(other.status, 422);
    let opened = office.submit(&ask, &format!("{path}/party"), &[("reason", "reply")]).await;
    opened.shows("長府 花子").shows("083-231-1111");
    office.get(&format!("{path}/party")).await.hides("長府 花子");
    assert_eq!(acts(&app, letter).iter().filter(|a| *a == "party.opened").count(), 1);
    office.get(&path).await.shows("理由: 回答を書く・送るため").hides("長府 花子");
    for login in ["shicho", "kansa"] {
        assert_eq!(app.staff(login).get(&format!("{path}/party")).await.status, 403, "{login}");
    }
    assert_eq!(app.staff("tanto").get(&format!("{path}/party")).await.status, 404);
}

#[actix_web::test]
async fn words_that_call_for_a_person_are_told_first_and_hold_nothing_up() {
    let app = TestApp::new();
    let (letter, id) = received(&app, "もう死にたいです。市役所はなにもしてくれません。");
    let office = app.staff("kocho");
    let page = office.get(&format!("/letters/{letter}")).await;
    page.shows("命に関わるかもしれない言葉があります").shows("119番");
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "件名")]).await);
    assert_eq!(matter(&app, id).state, State::Registered);
}

#[actix_web::test]
async fn a_note_stays_inside_and_another_matter_can_be_split_off_later() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let (letter, id) = assigned(&app, &office, "二つのことです。", "5").await;
    let page = office.get(&format!("/letters/{letter}")).await;
    let empty = office.submit(&page, &format!("/letters/{letter}/notes"), &[("body", "  ")]).await;
    assert_eq!(empty.status, 422);
    went(
        &app.staff("tanto")
            .submit(
                &app.staff("tanto").get(&format!("/letters/{letter}")).await,
                &format!("/letters/{letter}/notes"),
                &[("body", "現場を見てきました")],
            )
            .await,
    );
    went(&office.submit(&page, &format!("/letters/{letter}/matters"), &[("title", "もう一つのこと")]).await);
    let matters = app.read(|db| store::matters_of(db, letter));
    assert_eq!((matters.len(), matters[1].state), (2, State::Registered));
    assert_eq!(matters[1].statutory_due_on, matter(&app, id).statutory_due_on);
    office.get(&format!("/letters/{letter}")).await.shows("現場を見てきました").shows("もう一つのこと");
}

#[actix_web::test]
async fn the_processing_slip_holds_the_way_of_the_letter_and_no_sender() {
    let app = TestApp::new();
    let (letter, _) = keep(&app, named(&app, "紙でも残します。"));
    let slip = app.staff("kocho").get(&format!("/letters/{letter}/print")).await;
    slip.shows("市民の声 処理票").shows("紙でも残します。").shows("受け付けた").hides("長府 花子");
    assert_eq!(app.staff("tanto").get(&format!("/letters/{letter}/print")).await.status, 404);
}

#[actix_web::test]
async fn a_letter_is_found_by_its_number_as_soon_as_it_has_one() {
    let app = TestApp::new();
    let (letter, _) = received(&app, "街灯のことです。");
    let find = |app: &TestApp| {
        hirokiku::insight::index::run(&app.app, 10).expect("it indexes");
        app.read(|db| {
            let down = hirokiku::letters::search::Walk::Down(None);
            hirokiku::letters::search::ids(db, "R8-0001", down, 5)
        })
    };
    assert!(find(&app).is_empty());
    let office = app.staff("kocho");
    let page = office.get(&format!("/letters/{letter}")).await;
    page.shows("id=\"matter-1\"");
    went(&office.submit(&page, &format!("/letters/{letter}/registration"), &[("titles", "街灯")]).await);
    assert_eq!(find(&app), [letter]);
}
