//! The list of opinions that came in: what each filter shows, how many it says there are, and that its links keep it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use hirokiku::db::Kind;
use hirokiku::insight::index;

use crate::app::{Page, TestApp};
use crate::consultations::{announced, at, sent};
use crate::sorting;

fn run_index(app: &TestApp) {
    while index::submissions(&app.app, 1000).expect("the index runs") > 0 {}
}

/// The numbers of the rows a page shows, in their order.
fn numbers(page: &Page, id: i64) -> Vec<i64> {
    let link = format!(
        "<th scope=\"row\" role=\"rowheader\" data-label=\"番号\"><span><a href=\"/consultations/{id}/submissions/"
    );
    page.body
        .split(link.as_str())
        .skip(1)
        .filter_map(|rest| rest.split(['"', '?']).next()?.parse().ok())
        .collect()
}

/// Where a link of the page with these words goes.
fn link(page: &Page, words: &str) -> Option<String> {
    let before = page.body.split(&format!("\">{words}</a>")).next().filter(|b| b.len() < page.body.len())?;
    Some(before.rsplit("href=\"").next()?.replace("&amp;", "&"))
}

fn change(app: &TestApp, sql: String) {
    app.write(move |db| Ok(db.batch_execute(&sql)?));
}

/// Six opinions: three by the form, a fax, two by post; 2 is late, 4 was typed in, 3 has a file.
async fn six(app: &TestApp) -> i64 {
    let id = announced(app).await;
    let texts =
        ["待機児童を減らす。", "橋を直す。", "公園のベンチ", "ﾌｧｸｽの意見です。", "橋の欄干", "学校の門"];
    let rows: Vec<[&str; 1]> = texts.iter().map(|t| [*t]).collect();
    let rows: Vec<(&[&str], Option<&str>)> = rows.iter().map(|r| (r.as_slice(), None)).collect();
    sorting::arrived(app, id, &rows);
    for sql in [
        "UPDATE submission SET state = 'late' WHERE id = 2",
        "UPDATE submission SET entered_by = 1 WHERE id = 4",
        "INSERT INTO attachment (id, purpose, state, name_original, name_shown, size, declared_type, detected_type, sha256, \
         created_at, scan_tries, copy_tries, submission_id) VALUES ('f1', 'citizen', 'held', 'a.pdf', 'a.pdf', 3, '', \
         'application/pdf', 'x', '2026-04-01 00:00:00', 0, 0, 3)",
    ] {
        change(app, sql.to_owned());
    }
    id
}

async fn shown(app: &TestApp, id: i64, query: &str) -> Page {
    app.staff("clerk").get(&format!("/consultations/{id}/submissions{query}")).await
}

#[actix_web::test]
async fn each_filter_shows_what_it_says_and_two_of_them_what_both_say() {
    let app = TestApp::new();
    let id = six(&app).await;
    run_index(&app);
    for (query, rows) in [
        ("", vec![6, 5, 4, 3, 2, 1]),
        ("?state=late", vec![2]),
        ("?channel=web", vec![6, 5, 4, 3, 2, 1]),
        ("?channel=fax", vec![]),
        ("?unchecked=yes", vec![4]),
        ("?files=yes", vec![3]),
        ("?files=yes&state=late", vec![]),
        ("?day=2026-04-02", vec![2]),
        ("?day=R8.4.2&channel=web", vec![2]),
        ("?day=2026-04-02&unchecked=yes", vec![]),
        ("?q=%E6%A9%8B", vec![5, 2]),
        ("?q=%E6%A9%8B&state=late", vec![2]),
        // half-width kana are folded as everywhere
        ("?q=%E3%83%95%E3%82%A1%E3%82%AF%E3%82%B9", vec![4]),
        ("?q=%E3%83%88%E3%83%B3%E3%83%8D%E3%83%AB", vec![]),
    ] {
        let page = shown(&app, id, query).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        assert_eq!(numbers(&page, id), rows, "{query}");
        page.shows(&format!("<strong>{}通</strong>", rows.len()));
    }
}

#[actix_web::test]
async fn the_count_beside_a_state_opens_that_state_and_keeps_what_else_was_asked_for() {
    let app = TestApp::new();
    let id = six(&app).await;
    let page = shown(&app, id, "?channel=web").await;
    page.shows("すべて<span class=\"count\">6</span>").shows("期限後<span class=\"count\">1</span>");
    page.shows("取下げ<span class=\"count\">0</span>");
    page.shows(&format!("href=\"/consultations/{id}/submissions?state=late&amp;channel=web\""));
    let page = shown(&app, id, "?state=late&day=2026-04-02").await;
    page.shows("すべて<span class=\"count\">1</span>").shows("<strong>1通</strong>");
    shown(&app, id, "?files=yes").await.shows("受付<span class=\"count\">1</span>").shows("ファイルあり");
    shown(&app, id, "?unchecked=yes")
        .await
        .shows("受付<span class=\"count\">1</span>")
        .shows("確認待ちだけ(1通)");
}

#[actix_web::test]
async fn a_receipt_number_finds_its_opinion_and_that_of_another_consultation_does_not() {
    let app = TestApp::new();
    let (id, other) = (announced(&app).await, announced(&app).await);
    let receipt = sent(&app, id, &[]).await;
    sent(&app, other, &[("opinion", "通学路のことは別の募集にも書きました。")]).await;
    let code =
        receipt.body.split("/receipts/").nth(1).and_then(|rest| rest.split('"').next()).expect("a code");
    let found = shown(&app, id, &format!("?q={code}")).await;
    assert_eq!(numbers(&found, id), [1]);
    let elsewhere = shown(&app, other, &format!("?q={code}")).await;
    elsewhere.shows("条件に合う意見はありません").shows("条件をすべて外す");
    run_index(&app);
    let words = shown(&app, other, "?q=%E9%80%9A%E5%AD%A6%E8%B7%AF").await;
    assert_eq!(numbers(&words, other), [2], "words stay within the consultation");
}

#[actix_web::test]
async fn pages_go_on_and_back_within_the_filter_and_so_do_the_opinions_opened_from_it() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let rows: Vec<(&[&str], Option<&str>)> = (0..130).map(|_| (["同じ橋の意見"].as_slice(), None)).collect();
    sorting::arrived(&app, id, &rows);
    run_index(&app);
    change(&app, "UPDATE submission SET state = 'incomplete' WHERE id % 2 = 0".to_owned());
    for query in ["?state=incomplete", "?state=incomplete&channel=web", "?state=incomplete&q=%E6%A9%8B"] {
        let first = shown(&app, id, query).await;
        let even: Vec<i64> = (1..=65).rev().map(|n| n * 2).collect();
        assert_eq!(numbers(&first, id), even[..50], "{query}");
        first.shows("<strong>65通</strong>");
        let on = link(&first, "次へ").expect("a way on");
        assert!(on.contains("state=incomplete"), "{on}");
        let second = app.staff("clerk").get(&on).await;
        assert_eq!(numbers(&second, id), even[50..], "{query}");
        let back = app.staff("clerk").get(&link(&second, "前へ").expect("a way back")).await;
        assert_eq!(numbers(&back, id), even[..50], "{query}");
    }
    let opened = format!("/consultations/{id}/submissions/60?state=incomplete");
    let page = app.staff("clerk").get(&opened).await;
    assert_eq!(link(&page, "前の意見"), Some(opened.replace("/60?", "/58?")));
    assert_eq!(link(&page, "次の意見"), Some(opened.replace("/60?", "/62?")));
    assert_eq!(link(&page, "届いた意見"), Some(format!("/consultations/{id}/submissions?state=incomplete")));
    // what is decided there leads back into the same list
    let act = format!("/consultations/{id}/submissions/60/handlings?state=incomplete");
    page.shows(&format!("action=\"{act}\""));
    let fields =
        [("csrf", "csrf-clerk"), ("version", "1"), ("handling", "accept"), ("reason", "住所は分かります。")];
    assert_eq!(app.staff("clerk").post(&act, &fields).await.location(), opened);
}

#[actix_web::test]
async fn nothing_found_says_why_and_a_day_that_is_none_is_told() {
    let app = TestApp::new();
    let id = announced(&app).await;
    shown(&app, id, "").await.shows("まだ届いていません").hides("条件をすべて外す");
    app.clock.set(at("2026-04-10T01:00:00Z"));
    let page = shown(&app, id, "?q=%E6%A9%8B").await;
    page.shows("条件に合う意見はありません").shows("数秒後に言葉で探せる");
    let page = shown(&app, id, "?day=%E3%81%8D%E3%81%AE%E3%81%86").await;
    page.shows("id=\"day-error\"");
    assert_eq!(app.staff("tanto2").get(&format!("/consultations/{id}/submissions?q=x")).await.status, 403);
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn every_walk_of_the_list_goes_along_an_index_and_sorts_nothing() {
    let app = TestApp::new();
    app.read(|db| {
        if db.kind() != Kind::Sqlite {
            return Ok(());
        }
        let rows = "SELECT id FROM submission WHERE consultation_id = 1 AND id < 100000";
        for (more, index) in [
            ("", "submission_consultation_id_id"),
            (" AND state = 'late'", "submission_consultation_id_state"),
            (" AND channel = 'fax' AND state = 'late'", "submission_consultation_id_channel_state"),
            (
                " AND received_on = '2026-04-02' AND state = 'late'",
                "submission_consultation_id_received_on_state",
            ),
            (" AND entered_by IS NOT NULL AND checked_by IS NULL", "submission_unchecked"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {rows}{more} ORDER BY id DESC LIMIT 51");
            let steps: Vec<Step> = diesel::sql_query(sql).load(db)?;
            let plan = steps.iter().map(|s| s.detail.as_str()).collect::<Vec<_>>().join(" | ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{more}: {plan}");
        }
        Ok(())
    });
}
