//! The staff's lists: what they show to whom, in which order, and what can be done from them.

use diesel::connection::SimpleConnection;
use hirokiku::letters::matter::{Change, State, Step};
use hirokiku::letters::{self, letter::Channel, store};
use hirokiku::people::Viewer;
use hirokiku::trail::By;
use hirokiku::triage::queue::filter::{Filter, From};
use hirokiku::triage::queue::{self, Listed};
use serde_json::Value;

use crate::app::TestApp;
use crate::letters::arrival;

/// The office's sections in [`crate::app`]: 道路河川建設課 and 公園緑地課.
const ROADS: i64 = 5;
const PARKS: i64 = 7;

/// A letter of one matter moved along these steps; gives the matter.
fn matter_at(app: &TestApp, body: &str, unit: Option<i64>, steps: &'static [Step]) -> i64 {
    let letter = arrival(app, body);
    let now = app.clock.now();
    app.write(move |db| {
        let id = letters::accept(db, &letter, &By::citizen())?.letter_id;
        let matter = store::matters_of(db, id)?.remove(0);
        for step in steps {
            let change = match step {
                Step::Assign => Change { owning_unit_id: Some(unit), ..Change::default() },
                _ => Change::default(),
            };
            letters::advance(db, &By::system(), now, matter.id, None, *step, change, Value::Null)?;
        }
        Ok(matter.id)
    })
}

const TO_SECTION: &[Step] = &[Step::Register, Step::Accept, Step::Circulate, Step::Assign];
const CIRCULATED: &[Step] = &[Step::Register, Step::Accept, Step::Circulate];

pub fn viewer(app: &TestApp, login: &str) -> Viewer {
    let today = app.clock.today();
    let login = login.to_owned();
    app.read(|db| {
        use diesel::prelude::*;
        use hirokiku::db::schema::staff;
        let (id, name): (i64, String) =
            staff::table.filter(staff::login.eq(&login)).select((staff::id, staff::name)).first(db)?;
        let postings = hirokiku::people::units(db)?.postings_of(id, today);
        Ok(Viewer { id, login, name, postings, csrf: String::new(), today })
    })
}

fn list(app: &TestApp, login: &str, query: &str) -> Listed {
    let viewer = viewer(app, login);
    let (filter, from) = Filter::read(query);
    app.read(|db| queue::list(db, &viewer, &filter, from))
}

fn titles(listed: &Listed) -> Vec<&str> {
    listed.rows.iter().map(|r| r.title.as_str()).collect()
}

#[test]
fn a_section_sees_its_own_and_shared_matters_and_nothing_of_another() {
    let app = TestApp::new();
    matter_at(&app, "道路の穴", Some(ROADS), TO_SECTION);
    matter_at(&app, "公園の木", Some(PARKS), TO_SECTION);
    let shared = matter_at(&app, "公園の前の道", Some(PARKS), TO_SECTION);
    matter_at(&app, "まだ誰のでもない", None, &[]);
    app.write(move |db| {
        Ok(db.batch_execute(&format!(
            "INSERT INTO matter_joint_unit (matter_id, unit_id) VALUES ({shared}, {ROADS})"
        ))?)
    });
    assert_eq!(titles(&list(&app, "tanto", "")), ["公園の前の道", "道路の穴"]);
    assert_eq!(list(&app, "tanto", "").count.rows, 2);
    assert_eq!(titles(&list(&app, "tanto2", "")), ["公園の前の道", "公園の木"]);
    assert_eq!(
        titles(&list(&app, "bucho", "")),
        ["公園の前の道", "道路の穴"],
        "a department covers its sections"
    );
    assert!(list(&app, "tanto", "unit=7").rows.is_empty(), "asking by address does not help");
    assert!(list(&app, "tanto", "channel=web_form&unit=7").rows.is_empty());
    assert_eq!(list(&app, "kocho", "").rows.len(), 4);
    assert_eq!(list(&app, "kansa", "").rows.len(), 4);
    assert!(list(&app, "admin", "").rows.is_empty());
    assert_eq!(titles(&list(&app, "kocho", "unit=5")), ["公園の前の道", "道路の穴"]);
}

#[test]
fn each_filter_shows_exactly_what_it_names() {
    let app = TestApp::new();
    let road = matter_at(&app, "道路の穴", Some(ROADS), TO_SECTION);
    matter_at(&app, "新しい声", None, &[]);
    matter_at(&app, "広告", None, &[Step::Register, Step::RuleOut, Step::File]);
    let mut fax = arrival(&app, "ファクスの声");
    fax.channel = Channel::Fax;
    fax.received_on = app.clock.today() - chrono::Days::new(40);
    app.write(move |db| letters::accept(db, &fax, &By::citizen()));
    app.write(move |db| {
        Ok(db.batch_execute(&format!(
            "UPDATE matter SET kind = 'request', drafter_id = 4 WHERE id = {road}; INSERT INTO matter_field (matter_id, field) VALUES ({road}, 'infrastructure')"
        ))?)
    });
    for (query, expected) in [
        ("", &["ファクスの声", "広告", "新しい声", "道路の穴"][..]),
        ("state=open", &["ファクスの声", "新しい声", "道路の穴"]),
        ("state=open&sort=due", &["ファクスの声", "道路の穴", "新しい声"]),
        ("state=new", &["ファクスの声", "新しい声"]),
        ("state=filed", &["広告"]),
        ("state=overdue", &["ファクスの声"]),
        ("state=writing", &["道路の穴"]),
        ("due=overdue", &["ファクスの声"]),
        ("due=week", &[]),
        ("channel=fax", &["ファクスの声"]),
        ("channel=fax&state=filed", &[]),
        ("kind=request", &["道路の穴"]),
        ("field=infrastructure", &["道路の穴"]),
        ("field=schools", &[]),
        ("year=2025", &["ファクスの声"]),
        ("year=2026&state=open", &["新しい声", "道路の穴"]),
        ("year=2026&channel=fax", &[]),
    ] {
        let listed = list(&app, "kocho", query);
        assert_eq!(titles(&listed), expected, "{query}");
        assert_eq!(listed.count.rows, expected.len() as i64, "{query}");
    }
    assert_eq!(titles(&list(&app, "tanto", "mine=yes")), ["道路の穴"]);
    assert!(list(&app, "tanto2", "mine=yes").rows.is_empty());
}

/// Walks a whole list by its own links.
fn walk(app: &TestApp, login: &str, query: &str) -> Vec<i64> {
    let viewer = viewer(app, login);
    let (filter, mut from) = Filter::read(query);
    let mut seen = Vec::new();
    loop {
        let listed = app.read(|db| queue::list(db, &viewer, &filter, from));
        seen.extend(listed.rows.iter().map(|r| r.id));
        match listed.on {
            Some(on) => from = on,
            None => return seen,
        }
    }
}

#[test]
fn paging_gives_every_row_once_in_order_both_ways_and_does_not_slip_when_letters_arrive() {
    let app = TestApp::new();
    let mut all: Vec<i64> = (0..60).map(|n| matter_at(&app, &format!("声{n}の件"), None, &[])).collect();
    run_index(&app);
    for query in ["sort=due&state=open", "state=open&sort=due&due=interim"] {
        let _ = walk(&app, "kocho", query);
    }
    assert_eq!(walk(&app, "kocho", "state=open&sort=due"), all, "same day: by number");
    all.reverse();
    for query in ["", "state=new", "channel=web_form", "q=%E5%A3%B0", "year=2026&state=open"] {
        assert_eq!(walk(&app, "kocho", query), all, "{query}");
    }
    let viewer = viewer(&app, "kocho");
    let filter = Filter::default();
    let first = app.read(|db| queue::list(db, &viewer, &filter, From::Top));
    matter_at(&app, "途中で届いた声", None, &[]);
    let second = app.read(|db| queue::list(db, &viewer, &filter, first.on.expect("a second page")));
    assert_eq!(second.rows.iter().map(|r| r.id).collect::<Vec<_>>(), all[25..50]);
    let back = app.read(|db| queue::list(db, &viewer, &filter, second.back.expect("a way back")));
    assert_eq!(back.rows.iter().map(|r| r.id).collect::<Vec<_>>(), all[..25], "what was before is before");
    let top = app.read(|db| queue::list(db, &viewer, &filter, back.back.expect("the new one is before it")));
    assert_eq!(top.rows[0].title, "途中で届いた声");
    assert_eq!((first.count.rows, first.count.exact), (60, true));
}

#[test]
fn a_long_list_says_how_many_there_are_and_its_pages_hold_as_many() {
    let app = TestApp::new();
    for n in 0..30 {
        matter_at(&app, &format!("新しい声{n}"), None, &[]);
        matter_at(&app, &format!("広告{n}"), None, &[Step::Register, Step::RuleOut, Step::File]);
        matter_at(&app, &format!("道路の声{n}"), Some(ROADS), TO_SECTION);
    }
    for (login, query, all) in [
        ("kocho", "", 90),
        ("kocho", "state=open", 60),
        ("kocho", "state=open&sort=due", 60),
        ("kocho", "state=new", 30),
        ("kocho", "state=filed", 30),
        ("kocho", "unit=5", 30),
        ("kocho", "unit=5&state=open", 30),
        ("tanto", "", 30),
        ("tanto", "state=writing", 30),
    ] {
        let count = list(&app, login, query).count;
        assert_eq!((count.rows, count.exact), (all, true), "{login} {query}");
        assert_eq!(walk(&app, login, query).len() as i64, all, "{login} {query}");
    }
}

fn run_index(app: &TestApp) {
    while hirokiku::insight::index::run(&app.app, 1000).expect("the index runs") > 0 {}
}

#[test]
fn a_search_finds_what_a_substring_search_over_folded_text_finds() {
    let app = TestApp::new();
    let texts = [
        "待機児童が多いので保育園を増やしてほしい。",
        "ﾎｲｸｴﾝの前の道が暗い。",
        "街灯が２つ消えています。",
        "街の灯りについて。令和5年のこと。",
        "Ｗｉ－Ｆｉがほしい",
        "騒音がひどい。深夜のバイク。",
    ];
    for text in texts {
        matter_at(&app, text, None, &[]);
    }
    run_index(&app);
    for q in [
        "児",
        "児童",
        "待機児童",
        "ほいくえん",
        "保育園",
        "街灯",
        "街",
        "2つ",
        "２",
        "wi-fi",
        "深夜 騒音",
        "令和5",
        "バイク。",
        "無い言葉",
    ] {
        let (filter, from) = Filter::read(&format!("q={}", hirokiku::web::errors::percent(q)));
        let viewer = viewer(&app, "kocho");
        let found = app.read(|db| queue::list(db, &viewer, &filter, from));
        let mut found: Vec<String> = found.rows.into_iter().map(|r| r.title).collect();
        found.sort();
        let holds = |text: &&str| {
            let folded = hirokiku::text::fold(text);
            hirokiku::text::fold(q)
                .split_whitespace()
                .all(|word| folded.contains(word.trim_end_matches('。')))
        };
        let mut expected: Vec<String> = texts.iter().filter(|t| holds(t)).map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(found, expected, "{q}");
    }
}

#[test]
fn a_corrected_or_registered_letter_is_found_by_its_new_words_after_the_index_ran() {
    let app = TestApp::new();
    let matter = matter_at(&app, "読み取れない文字", None, &[]);
    run_index(&app);
    app.write(move |db| {
        Ok(db.batch_execute(&format!(
            "UPDATE letter SET body_working = '読み取れた文字は街灯', register_no = 12, indexed_at = NULL, version = version + 1 \
             WHERE id = (SELECT letter_id FROM matter WHERE id = {matter})"
        ))?)
    });
    assert!(list(&app, "kocho", "q=%E8%A1%97%E7%81%AF").rows.is_empty());
    run_index(&app);
    assert_eq!(list(&app, "kocho", "q=%E8%A1%97%E7%81%AF").rows.len(), 1);
    assert_eq!(list(&app, "kocho", "q=R8-0012").rows.len(), 1);
    assert_eq!(
        list(&app, "kocho", "q=%E5%8F%96%E3%82%8C%E3%81%AA%E3%81%84").rows.len(),
        1,
        "the original too"
    );
}

#[actix_web::test]
async fn the_queue_page_says_days_left_and_hides_what_is_not_the_viewers() {
    let app = TestApp::new();
    matter_at(&app, "道路の穴", Some(ROADS), TO_SECTION);
    matter_at(&app, "公園の木", Some(PARKS), TO_SECTION);
    app.clock.advance(chrono::Duration::days(12));
    let page = app.staff("tanto").get("/letters").await;
    page.shows("道路の穴").shows("あと2日").shows("未登録").hides("公園の木").hides("まとめて割り当てる");
    app.clock.advance(chrono::Duration::days(4));
    app.staff("kocho")
        .get("/letters?state=overdue&sort=due")
        .await
        .shows("2日超過")
        .shows("まとめて割り当てる");
    app.staff("kocho")
        .get("/letters?q=%3Cscript%3E")
        .await
        .shows("条件に合う件はありません")
        .hides("<script>");
}

#[actix_web::test]
async fn a_list_downloads_as_a_table_that_no_spreadsheet_runs() {
    let app = TestApp::new();
    matter_at(&app, "=HYPERLINK(\"x\")", None, &[]);
    let csv = app.staff("kocho").get("/letters.csv?state=open").await;
    assert!(csv.body.starts_with('\u{feff}'));
    csv.shows("\"'=HYPERLINK(\"\"x\"\")\"").shows("受付簿の番号");
}

#[actix_web::test]
async fn a_view_is_saved_shown_as_a_tab_and_deleted_by_its_owner_only() {
    let app = TestApp::new();
    matter_at(&app, "道路の穴", None, &[]);
    let kocho = app.staff("kocho");
    let page = kocho.get("/letters?state=new&channel=web_form").await;
    let done =
        kocho.submit(&page, "/views", &[("query", "state=new&channel=web_form"), ("name", "朝の確認")]).await;
    assert_eq!((done.status, done.location()), (303, "/letters?state=new&channel=web_form"));
    let page = kocho.get("/letters").await;
    page.shows("朝の確認").shows("/letters?state=new&amp;channel=web_form");
    let long = kocho.submit(&page, "/views", &[("query", "state=new"), ("name", &"長".repeat(21))]).await;
    assert_eq!(long.status, 422);
    let other = app.staff("kocho2");
    let theirs = other.get("/letters").await;
    theirs.hides("朝の確認");
    assert_eq!(other.submit(&theirs, "/views/1/deletions", &[]).await.status, 404);
    let here = kocho.get("/letters?state=new&channel=web_form").await;
    here.shows("保存した表示「朝の確認」を消す");
    kocho.submit(&here, "/views/1/deletions", &[]).await;
    kocho.get("/letters").await.hides("朝の確認");
}

fn state_of(app: &TestApp, id: i64) -> (State, Option<i64>) {
    app.read(|db| store::matter(db, id).map(|m| (m.state, m.owning_unit_id)))
}

#[actix_web::test]
async fn many_matters_go_to_a_section_at_once_and_each_that_cannot_is_told_why() {
    let app = TestApp::new();
    let ready = matter_at(&app, "街灯が暗い", None, CIRCULATED);
    let early = matter_at(&app, "まだ登録前", None, &[]);
    let touched = matter_at(&app, "触られた件", None, CIRCULATED);
    let kocho = app.staff("kocho");
    let page = kocho.get("/letters").await;
    let (ready_box, early_box) = (format!("{ready}:4"), format!("{early}:1"));
    let stale_box = format!("{touched}:2");
    let fields =
        [("unit", "5"), ("matter[]", ready_box.as_str()), ("matter[]", &early_box), ("matter[]", &stale_box)];
    let result = kocho.submit(&page, "/letters/bulk-assignments", &fields).await;
    result
        .shows("1件を道路河川建設課に割り当てました")
        .shows("2件はできませんでした")
        .shows("先に登録、受理、供覧が要ります");
    result.shows("画面を開いたあとに別の人が更新しました");
    assert_eq!(state_of(&app, ready), (State::Assigned, Some(ROADS)));
    assert_eq!(state_of(&app, early).0, State::Received);

    let undo = result.input("matter[]").expect("what can be taken back");
    let back = kocho.submit(&result, "/letters/bulk-returns", &[("matter[]", &undo)]).await;
    back.shows("1件を広聴へ戻しました");
    assert_eq!(state_of(&app, ready), (State::ReturnedToCentre, None));

    let tanto = app.staff("tanto");
    let page = tanto.get("/letters").await;
    assert_eq!(tanto.submit(&page, "/letters/bulk-assignments", &fields).await.status, 403);
}

#[actix_web::test]
async fn taking_back_stops_after_half_an_hour() {
    let app = TestApp::new();
    let matter = matter_at(&app, "街灯が暗い", Some(ROADS), TO_SECTION);
    let kocho = app.staff("kocho");
    app.clock.advance(chrono::Duration::minutes(31));
    let page = kocho.get("/letters").await;
    let picked = format!("{matter}:5");
    let back = kocho.submit(&page, "/letters/bulk-returns", &[("matter[]", &picked)]).await;
    back.shows("30分を過ぎています");
    assert_eq!(state_of(&app, matter).0, State::Assigned);
}

#[actix_web::test]
async fn more_than_a_page_of_ticks_is_shown_once_more_before_it_is_done() {
    let app = TestApp::new();
    let ids: Vec<i64> = (0..26).map(|n| matter_at(&app, &format!("件{n}"), None, CIRCULATED)).collect();
    let kocho = app.staff("kocho");
    let page = kocho.get("/letters?size=50").await;
    let boxes: Vec<String> = ids.iter().map(|id| format!("{id}:4")).collect();
    let mut fields: Vec<(&str, &str)> = vec![("unit", "5")];
    fields.extend(boxes.iter().map(|b| ("matter[]", b.as_str())));
    let preview = kocho.submit(&page, "/letters/bulk-assignments", &fields).await;
    preview.shows("26件").shows("よろしければ");
    assert_eq!(state_of(&app, ids[0]).0, State::Circulated);
    fields.push(("confirmed", "yes"));
    kocho
        .submit(&preview, "/letters/bulk-assignments", &fields)
        .await
        .shows("26件を道路河川建設課に割り当てました");
    assert_eq!(state_of(&app, ids[25]).0, State::Assigned);
}

#[actix_web::test]
async fn a_tile_counts_exactly_what_its_list_shows() {
    let app = TestApp::new();
    matter_at(&app, "道路の穴", Some(ROADS), TO_SECTION);
    matter_at(&app, "公園の木", Some(PARKS), TO_SECTION);
    matter_at(&app, "新しい声", None, &[]);
    app.clock.advance(chrono::Duration::days(16));
    let viewer = viewer(&app, "kocho");
    let now = app.clock.now();
    let desk = app.read(|db| queue::work::desk(db, &viewer, None, now));
    for waiting in &desk.waiting {
        if let Some((_, query)) = waiting.path.split_once("/letters?") {
            let (filter, from) = Filter::read(query);
            let listed = app.read(|db| queue::list(db, &viewer, &filter, from));
            assert_eq!(listed.count.rows, waiting.rows, "{:?}", waiting.what);
        }
    }
    app.staff("kocho").get("/").await.shows("市全体").shows("期限超過").shows("登録待ち");
    let tanto = app.staff("tanto").get("/?view=unit").await;
    tanto.shows("道路の穴").hides("公園の木").hides("登録待ち").shows("2日超過");
    app.staff("tanto").get("/").await.shows("いま待っている件はありません");
    app.staff("admin").get("/").await.shows("手紙の仕事はありません");
}

#[actix_web::test]
async fn a_finished_desk_says_when_the_next_day_falls_and_old_holiday_tables_are_told() {
    let app = TestApp::new();
    matter_at(&app, "道路の穴", Some(ROADS), TO_SECTION);
    app.staff("kacho").get("/").await.shows("急ぎの件はありません").shows("4月15日(水)").hides("祝日の表");
    app.clock.advance(chrono::Duration::days(365 * 12));
    app.staff("kocho").get("/").await.shows("祝日の表を更新してください");
}
