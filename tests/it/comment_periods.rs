//! Comment periods on the page a working day begins with: for whom they stand there, and that each number opens its list.

use diesel::connection::SimpleConnection;
use hirokiku::opinions::itemise;

use crate::app::TestApp;
use crate::consultations::{announced, announced_with, at, sent};

const HEAD: &str = "id=\"comment-periods\"";

#[actix_web::test]
async fn a_comment_period_stands_on_the_desk_of_who_runs_it_and_of_nobody_else() {
    let app = TestApp::new();
    for login in ["clerk", "tanto", "kacho"] {
        app.staff(login).get("/").await.hides(HEAD);
    }
    let id = announced(&app).await;
    for login in ["clerk", "tanto", "kacho"] {
        let page = app.staff(login).get("/").await;
        page.shows(HEAD).shows(&format!("href=\"/consultations/{id}\"")).shows("募集中").shows("あと29日");
    }
    // another section, the listening office, the auditor: not their work
    for login in ["tanto2", "kocho", "kansa"] {
        app.staff(login).get("/").await.hides(HEAD);
    }
}

#[actix_web::test]
async fn what_came_today_and_in_all_opens_exactly_those() {
    let app = TestApp::new();
    let id = announced(&app).await;
    sent(&app, id, &[]).await;
    app.clock.set(at("2026-04-02T01:00:00Z"));
    sent(&app, id, &[("opinion", "橋を直してください。")]).await;
    sent(&app, id, &[("opinion", "公園を直してください。")]).await;
    let list = format!("/consultations/{id}/submissions");
    let page = app.staff("clerk").get("/").await;
    page.shows(&format!("<a href=\"{list}?day=2026-04-02\">2通</a>"))
        .shows(&format!("<a href=\"{list}\">3通</a>"));
    app.staff("clerk").get(&format!("{list}?day=2026-04-02")).await.shows("<strong>2通</strong>");
    app.staff("clerk").get(&list).await.shows("<strong>3通</strong>");
}

#[actix_web::test]
async fn each_thing_that_waits_leads_to_the_list_of_as_many() {
    let app = TestApp::new();
    let id = announced(&app).await;
    for text in ["歩道を広げてください。", "自転車が怖いです。"] {
        sent(&app, id, &[("opinion", text)]).await;
    }
    let now = app.clock.now();
    app.write(move |db| itemise(db, now, 100));
    app.write(|db| Ok(db.batch_execute("UPDATE submission SET entered_by = 1 WHERE id = 2")?));
    sent(&app, id, &[("opinion", "通学路を急いでください。")]).await;
    let clerk = app.staff("clerk");
    let list = format!("/consultations/{id}");
    let page = clerk.get("/").await;
    page.shows("入力の確認待ち").shows(&format!("{list}/submissions?unchecked=yes\">1通"));
    page.shows("まとまりに入るのを待つ意見").shows(&format!("{list}/submissions\">1通"));
    page.shows("未確認のまとまり").shows(&format!("{list}/groups?settled=no\">2件"));
    page.hides("市の考え方がないまとまり").hides("決裁中の章");
    clerk.get(&format!("{list}/groups?settled=no")).await.shows("2のまとまり");
    // sorted and answered: what has an answer of its own chapter does not wait
    app.clock.set(at("2026-05-01T01:00:00Z"));
    app.write(move |db| {
        itemise(db, now, 100)?;
        Ok(db.batch_execute(
            "UPDATE submission SET checked_by = 2, checked_at = '2026-04-02 00:00:00' WHERE id = 2;
             UPDATE consultation SET state = 'sorting';
             UPDATE opinion_group SET settled = TRUE;
             INSERT INTO answer_chapter (id, consultation_id, sort, name, unit_id, current_no, version) VALUES (91, 1, 1, '第1章', 5, 0, 1), (92, 1, 2, '第2章', 7, 0, 1);
             INSERT INTO city_view (id, consultation_id, chapter_id, sort, body, reason, changed_place, old_text, new_text, updated_at, version)
             VALUES (81, 1, 91, 1, '広げます。', '', '', '', '', '2026-05-01 00:00:00', 1);
             UPDATE opinion_group SET chapter_id = 91, view_id = 81 WHERE id = 1;
             UPDATE opinion_group SET chapter_id = 92, view_id = 81 WHERE id = 2;",
        )?)
    });
    let clerk = app.staff("clerk");
    let page = clerk.get("/").await;
    page.hides("入力の確認待ち").hides("未確認のまとまり").hides("まとまりに入るのを待つ意見");
    page.shows(&format!("{list}/answers?gap=view\">2件"));
    clerk.get(&format!("{list}/answers?gap=view")).await.shows("<strong>2</strong>件のまとまり");
    // the section that answers a chapter sees its own, and what the clerk runs is not offered to it
    let other = app.staff("tanto2");
    let page = other.get("/").await;
    page.shows(HEAD).shows(&format!("{list}/answers?mine=yes&amp;gap=view\">1件")).hides("未確認のまとまり");
    other.get(&format!("{list}/answers?mine=yes&gap=view")).await.shows("<strong>1</strong>件のまとまり");
}

#[actix_web::test]
async fn results_past_the_promised_day_stand_first_in_red() {
    let app = TestApp::new();
    let running = announced_with(&app, &[("title", "道路の計画")]).await;
    let late = announced_with(&app, &[("title", "公園の計画"), ("decision_planned_on", "2026-05-08")]).await;
    app.clock.set(at("2026-05-01T01:00:00Z"));
    app.staff("clerk").get("/").await.shows("結果 ").shows("あと7日").hides("日超過");
    app.clock.set(at("2026-05-11T01:00:00Z"));
    let page = app.staff("clerk").get("/").await;
    page.shows("3日超過").shows("<tr role=\"row\" class=\"error\">");
    let place = |id: i64| page.body.find(&format!("<a href=\"/consultations/{id}\">")).expect("it is there");
    assert!(place(late) < place(running));
}
