//! Typing in what came on paper, by telephone or at the counter.

use diesel::prelude::*;
use hirokiku::db::schema::{letter, party};

use crate::app::{Browser, Page, TestApp};

const CARD: &[(&str, &str)] = &[
    ("channel", "box"),
    ("received_on", "R8.4.1"),
    ("collected_on", "令和8年3月31日"),
    ("box_location", "菊川総合支所"),
    ("body", "〓〓橋の手すりがぐらぐらです。\r\nなおしてください。"),
    ("reply_wanted", "no"),
    ("publish_ok", "no"),
];

pub async fn typed(who: &Browser, more: &[(&str, &str)]) -> Page {
    let page = who.get("/letters/new").await;
    let entry = page.input("entry").expect("the form's number");
    let mut fields = vec![("entry", entry.as_str())];
    fields.extend(CARD.iter().filter(|(n, _)| !more.iter().any(|(m, _)| m == n)));
    fields.extend(more);
    who.submit(&page, "/letters", &fields).await
}

fn bodies(app: &TestApp) -> Vec<(i64, String)> {
    app.read(|db| Ok(letter::table.order(letter::id).select((letter::id, letter::body_original)).load(db)?))
}

#[actix_web::test]
async fn a_pile_of_cards_goes_one_after_the_other_with_what_they_share() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let done = typed(&office, &[("action", "next")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(done.location().starts_with("/letters/new?channel=box"), "{}", done.location());
    let next = office.get(done.location()).await;
    next.shows("で受け付けました。").shows("菊川総合支所").shows("令和8年3月31日");
    assert_eq!(next.input("received_on").as_deref(), Some("R8.4.1"));
    next.hides("〓〓橋");
    assert_eq!(bodies(&app), [(1, "〓〓橋の手すりがぐらぐらです。\nなおしてください。".to_owned())]);
    let page = office.get("/letters/1").await;
    page.shows("投書箱").shows("菊川総合支所").shows("広田 聴").shows("原本と見比べて確認する");
}

#[actix_web::test]
async fn the_receipt_is_shown_once_more_when_the_same_form_comes_twice_and_the_letter_is_one() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let page = office.get("/letters/new").await;
    let entry = page.input("entry").expect("the form's number");
    let mut fields = vec![("entry", entry.as_str()), ("action", "receipt")];
    fields.extend(CARD);
    let first = office.submit(&page, "/letters", &fields).await;
    first.shows("確認番号").shows("受付番号");
    let second = office.submit(&page, "/letters", &fields).await;
    second.shows("すでに受け付けていました");
    let codes = |page: &Page| -> Vec<String> {
        page.body
            .split("receipt-code\">")
            .skip(1)
            .map(|p| p.split('<').next().unwrap_or("").to_owned())
            .collect()
    };
    assert_eq!(codes(&first), codes(&second));
    assert_eq!((codes(&first).len(), bodies(&app).len()), (2, 1));
}

#[actix_web::test]
async fn errors_name_their_field_and_lose_nothing() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let wrong = typed(
        &office,
        &[("received_on", "4/1"), ("phone", "231"), ("name", "髙橋 﨑"), ("reply_wanted", "")],
    )
    .await;
    assert_eq!(wrong.status, 422);
    wrong
        .shows("href=\"#received_on\"")
        .shows("href=\"#phone\"")
        .shows("href=\"#reply_wanted\"")
        .shows("髙橋 﨑")
        .shows("〓〓橋の手すり")
        .shows("書かれているとおりに残す");
    assert!(bodies(&app).is_empty());
}

#[actix_web::test]
async fn a_caller_hears_the_letter_before_it_is_kept() {
    let app = TestApp::new();
    let section = app.staff("tanto");
    let call = [
        ("channel", "phone"),
        ("name", "長府 花子"),
        ("phone", "０８３－２３１－１１１１"),
        ("reply_wanted", "yes"),
    ];
    let mut readback = call.to_vec();
    readback.push(("action", "readback"));
    let page = typed(&section, &readback).await;
    page.shows("まだ保存していません").shows("長府 花子 様ですね").shows("回答は電話で希望");
    assert!(bodies(&app).is_empty());
    let entry = page.input("entry").expect("carried on");
    let mut fields = vec![("entry", entry.as_str()), ("action", "receipt")];
    fields.extend(CARD.iter().filter(|(n, _)| !call.iter().any(|(m, _)| m == n)));
    fields.extend(call);
    section.submit(&page, "/letters", &fields).await.shows("確認番号");
    let sealed: Vec<Vec<u8>> = app.read(|db| Ok(party::table.select(party::sealed).load(db)?));
    assert_eq!(sealed.len(), 1);
    assert!(!String::from_utf8_lossy(&sealed[0]).contains("花子"));
    // who typed it in may look at it, though it is nobody's matter yet
    section.get("/letters/1").await.shows("電話").hides("長府 花子");
}

#[actix_web::test]
async fn a_card_of_the_pile_gets_its_receipt_afterwards_and_only_the_newest_number_opens_it() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    let done = typed(&office, &[("action", "next")]).await;
    let next = office.get(done.location()).await;
    next.shows("/letters/1/receipts?reason=not_handed");
    let ask = office.get("/letters/1/receipts?reason=not_handed").await;
    ask.shows("前の確認番号は使えなくなります");
    let number = ask.input("number").expect("the form's number");
    let codes = |page: &Page| -> Vec<String> {
        let parts = page.body.split("receipt-code\">").skip(1);
        parts.map(|p| p.split('<').next().unwrap_or("").to_owned()).collect()
    };
    let give = |number: String, reason: &'static str| {
        let (office, ask) = (&office, &ask);
        async move { office.submit(ask, "/letters/1/receipts", &[("number", &number), ("reason", reason)]).await }
    };
    assert_eq!(give(number.clone(), "").await.status, 422, "a reason is wanted");
    let first = give(number.clone(), "not_handed").await;
    assert_eq!(codes(&give(number, "not_handed").await), codes(&first), "a reload shows the same");
    let second = give("ab".repeat(16), "lost").await;
    let lines = app.read(|db| hirokiku::trail::of_letter(db, 1));
    assert_eq!(lines.iter().filter(|l| l.act == "letter.receipt_renewed").count(), 2);
    let citizen = app.citizen();
    for (receipt, opens) in [(&first, false), (&second, true)] {
        let codes = codes(receipt);
        let fields = [("code", codes[0].as_str()), ("secret", codes[1].as_str())];
        let page = citizen.get("/receipts").await;
        let page = citizen.submit(&page, "/receipts", &fields).await;
        assert_eq!(page.body.contains("手すり"), opens, "{}", page.status);
    }
    assert_eq!(app.staff("tanto").get("/letters/1/receipts").await.status, 404);
}

#[actix_web::test]
async fn the_same_words_twice_are_told_and_both_are_kept() {
    let app = TestApp::new();
    let office = app.staff("kocho");
    typed(&office, &[("action", "receipt")]).await.hides("同じ文面");
    typed(&office, &[("action", "receipt"), ("body", "・〓〓橋の手すりが、ぐらぐらです。なおしてください")])
        .await
        .shows("同じ文面の手紙がすでにあります");
    assert_eq!(bodies(&app).len(), 2);
    office.get("/letters/2").await.shows("同じ文面の手紙が、ほかに<strong>1通</strong>");
}

#[actix_web::test]
async fn only_another_person_checks_the_typing() {
    let app = TestApp::new();
    let (one, two) = (app.staff("kocho"), app.staff("kocho2"));
    typed(&one, &[("action", "next")]).await;
    two.get("/").await.shows("入力の確認待ち");
    two.get("/letters/checks").await.shows("/letters/1/corrections").shows("広田 聴");
    one.get("/letters/checks").await.hides("/letters/1/corrections");
    let page = one.get("/letters/1/corrections").await;
    page.shows("入力の確認は、別の職員がします。");
    let own = one.submit(&page, "/letters/1/checks", &[]).await;
    assert_eq!(own.status, 403);
    own.shows("入力した本人は確認できません。");
    let page = two.get("/letters/1/corrections").await;
    assert_eq!(two.submit(&page, "/letters/1/checks", &[("version", "1")]).await.status, 303);
    two.get("/letters/checks").await.shows("確認を待っている入力はありません");
    two.get("/letters/1").await.shows("入力を確認した").shows("広川 聞");
    assert_eq!(app.staff("tanto").get("/letters/1/corrections").await.status, 404);
}

#[actix_web::test]
async fn a_misreading_is_corrected_beside_the_original_and_the_later_saving_shows_both() {
    let app = TestApp::new();
    let (one, two) = (app.staff("kocho"), app.staff("kocho2"));
    typed(&one, &[("action", "next")]).await;
    let (first, second) = (one.get("/letters/1/corrections").await, two.get("/letters/1/corrections").await);
    let right = [("version", "1"), ("body_working", "唐戸橋の手すりがぐらぐらです。\nなおしてください。")];
    assert_eq!(one.submit(&first, "/letters/1/corrections", &right).await.status, 303);
    let late = [("version", "1"), ("body_working", "長門橋の手すりがぐらぐらです。\nなおしてください。")];
    let late = two.submit(&second, "/letters/1/corrections", &late).await;
    assert_eq!(late.status, 409);
    late.shows("まだ保存していません").shows("長門橋").shows("唐戸");
    assert_eq!(bodies(&app)[0].1, "〓〓橋の手すりがぐらぐらです。\nなおしてください。");
    one.get("/letters/1").await.shows("唐戸橋の手すり").shows("訂正後");
    one.get("/letters/1?text=original").await.shows("〓〓橋の手すり");
}

#[actix_web::test]
async fn who_does_not_enter_letters_is_told_so() {
    let app = TestApp::new();
    for login in ["shicho", "kansa", "admin", "bucho"] {
        assert_eq!(app.staff(login).get("/letters/new").await.status, 403, "{login}");
    }
}
