//! The city's answers: chapters, the table, writing at the same time, approval by chapter, the draft and the final text.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{
    answer_chapter, city_view, consultation, opinion_group, opinion_item, other_change, trail,
};
use hirokiku::error::Error;
use hirokiku::opinions::answers::survey::Counts;
use hirokiku::opinions::answers::{self, Missing, OpenPoint};
use hirokiku::opinions::{itemise, view::Outcome};
use hirokiku::safekeeping;
use proptest::prelude::*;

use crate::app::{Browser, Page, TestApp};
use crate::consultations::{announced, press, sent};
use crate::queue::viewer;

const CLERK: (&str, &str) = ("csrf", "csrf-clerk");

/// Chapters from the headings and an empty answer to whatever came: the first chapter in use, the answer, the act.
pub async fn answering(app: &TestApp, id: i64) -> (i64, i64, i64) {
    let now = app.clock.now();
    app.write(move |db| itemise(db, now, 100));
    let clerk = app.staff("clerk");
    done(&clerk.post(&format!("/consultations/{id}/chapters"), &[CLERK, ("act", "headings")]).await);
    let group: i64 = app.read(|db| Ok(opinion_group::table.select(opinion_group::id).first(db)?));
    let group = group.to_string();
    let fields = [CLERK, ("act", "new"), ("group", &group)];
    let made = clerk.post(&format!("/consultations/{id}/answers"), &fields).await;
    done(&made);
    let phrase = [CLERK, ("name", "参考"), ("body", "今後の参考とします。")];
    done(&clerk.post("/phrases", &phrase).await);
    let (chapter, act) = app.read(|db| {
        use hirokiku::db::schema::answer_act;
        let chapter: Option<i64> = opinion_group::table.select(opinion_group::chapter_id).first(db)?;
        let act: Option<i64> = answer_act::table.select(diesel::dsl::max(answer_act::id)).first(db)?;
        Ok((chapter, act))
    });
    (chapter.expect("it was placed"), number(made.location()), act.expect("an act"))
}

#[track_caller]
fn done(page: &Page) {
    assert_eq!(page.status, 303, "{}", page.body);
}

fn number(path: &str) -> i64 {
    path.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number")
}

/// A consultation that closed with four opinions in four groups: two at 歩道, one at 通学路, one on the whole draft; the
/// clerk sorts.
async fn closed(app: &TestApp) -> i64 {
    let id = announced(app).await;
    for text in ["歩道を広げてください。", "自転車が怖いです。", "通学路を急いでください。", "案に賛成です。"]
    {
        let page = sent(app, id, &[("opinion", text)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
    app.clock.set("2026-05-01T01:00:00Z".parse().expect("a time"));
    let now = app.clock.now();
    app.write(move |db| itemise(db, now, 100));
    app.write(move |db| {
        Ok(db.batch_execute(
            "UPDATE consultation SET state = 'sorting';
             UPDATE opinion_group SET paper_id = 1, paragraph = 'p2', gist = '歩道のこと' WHERE id IN (1, 2);
             UPDATE opinion_group SET paper_id = 1, paragraph = 'p3', gist = '通学路のこと' WHERE id = 3;
             UPDATE opinion_group SET gist = '賛成' WHERE id = 4;",
        )?)
    });
    id
}

/// The same with chapters: 第1章 (1) and 全体・その他 (2).
async fn chaptered(app: &TestApp) -> i64 {
    let id = closed(app).await;
    let made = app
        .staff("clerk")
        .post(&format!("/consultations/{id}/chapters"), &[CLERK, ("act", "headings")])
        .await;
    done(&made);
    id
}

/// Does something to groups as the clerk.
async fn on(app: &TestApp, id: i64, act: &str, groups: &[i64], more: &[(&str, &str)]) -> Page {
    let groups: Vec<String> = groups.iter().map(i64::to_string).collect();
    let mut fields = vec![CLERK, ("act", act)];
    fields.extend(groups.iter().map(|g| ("group", g.as_str())));
    fields.extend_from_slice(more);
    app.staff("clerk").post(&format!("/consultations/{id}/answers"), &fields).await
}

/// A new answer for some groups, written whole by somebody.
async fn answered(app: &TestApp, id: i64, groups: &[i64], login: &str, words: &[(&str, &str)]) -> i64 {
    let made = on(app, id, "new", groups, &[]).await;
    done(&made);
    let view = number(made.location());
    done(&written(&app.staff(login), login, view, words).await);
    view
}

async fn written(who: &Browser, login: &str, view: i64, words: &[(&str, &str)]) -> Page {
    let path = format!("/answers/{view}");
    let page = who.get(&path).await;
    let version = page.input("version").unwrap_or_else(|| "0".to_owned());
    let csrf = format!("csrf-{login}");
    let mut fields = vec![("csrf", csrf.as_str()), ("version", version.as_str()), ("whole", "yes")];
    fields.extend_from_slice(words);
    who.post(&path, &fields).await
}

const REFERENCE: &[(&str, &str)] = &[("outcome", "reference"), ("body", "今後の参考とします。")];

fn placed(app: &TestApp) -> Vec<(i64, Option<i64>, Option<i64>)> {
    app.read(|db| {
        Ok(opinion_group::table
            .order(opinion_group::id)
            .select((opinion_group::id, opinion_group::chapter_id, opinion_group::view_id))
            .load(db)?)
    })
}

fn counts(app: &TestApp, id: i64) -> Counts {
    app.read(|db| {
        let row = hirokiku::consultations::store::consultation(db, id)?;
        Ok(answers::survey(db, &row)?.total())
    })
}

#[actix_web::test]
async fn chapters_come_from_the_headings_and_groups_fall_into_that_of_their_paragraph() {
    let app = TestApp::new();
    let id = closed(&app).await;
    let clerk = app.staff("clerk");
    clerk
        .get(&format!("/consultations/{id}/answers"))
        .await
        .shows("章がまだありません")
        .shows("章に入っていない");
    let path = format!("/consultations/{id}/chapters");
    done(&clerk.post(&path, &[CLERK, ("act", "headings")]).await);
    clerk
        .get(&path)
        .await
        .shows("第1章 めざす姿")
        .shows("全体・その他")
        .shows("意見4件を段落の章に入れました");
    assert_eq!(
        placed(&app),
        [(1, Some(1), None), (2, Some(1), None), (3, Some(1), None), (4, Some(2), None)]
    );
    let state: String =
        app.read(|db| Ok(consultation::table.find(id).select(consultation::state).first(db)?));
    assert_eq!(state, "answering");
    // pressed again, nothing is made twice
    done(&clerk.post(&path, &[CLERK, ("act", "headings")]).await);
    let chapters: i64 = app.read(|db| Ok(answer_chapter::table.count().get_result(db)?));
    assert_eq!(chapters, 2);
    // the rows follow the draft
    let page = clerk.get(&format!("/consultations/{id}/answers?chapter=1")).await;
    let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("id=\"group-1\"") < at("id=\"group-3\""));
    page.hides("id=\"group-4\"");
}

#[actix_web::test]
async fn chapters_are_renamed_ordered_handed_on_and_taken_out_while_empty() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let clerk = app.staff("clerk");
    let list = format!("/consultations/{id}/chapters");
    done(&clerk.post(&list, &[CLERK, ("act", "add"), ("name", "付録"), ("unit", "7")]).await);
    let taken = clerk.post(&list, &[CLERK, ("act", "add"), ("name", "付録"), ("unit", "7")]).await;
    assert_eq!(taken.status, 422);
    taken.shows("「付録」という章は、もうあります");
    done(&clerk.post("/chapters/3/corrections", &[CLERK, ("move", "up"), ("version", "1")]).await);
    let names: Vec<String> = app.read(|db| {
        Ok(answer_chapter::table.order(answer_chapter::sort).select(answer_chapter::name).load(db)?)
    });
    assert_eq!(names, ["第1章 めざす姿", "付録", "全体・その他"]);
    let renamed = [CLERK, ("version", "1"), ("name", "資料編"), ("unit", "5")];
    done(&clerk.post("/chapters/3/corrections", &renamed).await);
    clerk.get(&list).await.shows("資料編");
    let stale = clerk.post("/chapters/3/corrections", &renamed).await;
    assert_eq!(stale.status, 409);
    done(&clerk.post("/chapters/3/removals", &[CLERK]).await);
    let used = clerk.post("/chapters/1/removals", &[CLERK]).await;
    assert_eq!(used.status, 422);
    used.shows("意見を入れたことのある章は消せません");
}

#[actix_web::test]
async fn one_answer_is_given_to_several_groups_taken_from_one_and_put_back() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let view = answered(&app, id, &[1, 2], "clerk", REFERENCE).await;
    assert_eq!(placed(&app)[..2], [(1, Some(1), Some(view)), (2, Some(1), Some(view))]);
    let number = view.to_string();
    done(&on(&app, id, "attach", &[3], &[("other", &number)]).await);
    let clerk = app.staff("clerk");
    let table = clerk.get(&format!("/consultations/{id}/answers")).await;
    table.shows("今後の参考とします。").shows("上と同じ市の考え方").shows("最近の操作");
    done(&on(&app, id, "detach", &[2], &[]).await);
    assert_eq!(placed(&app)[1], (2, Some(1), None));
    // any act can be undone, not only the last one
    let acts: Vec<i64> = app.read(|db| {
        use hirokiku::db::schema::answer_act;
        Ok(answer_act::table.order(answer_act::id).select(answer_act::id).load(db)?)
    });
    let attached = acts[acts.len() - 2];
    done(&clerk.post(&format!("/answer-acts/{attached}/undoings"), &[CLERK]).await);
    assert_eq!(placed(&app)[1..3], [(2, Some(1), None), (3, Some(1), None)]);
    let twice = clerk.post(&format!("/answer-acts/{attached}/undoings"), &[CLERK]).await;
    assert_eq!(twice.status, 409);
    // what moved since stays where it is, and the page says so
    let first = acts[acts.len() - 3];
    let back = clerk.post(&format!("/answer-acts/{first}/undoings"), &[CLERK]).await;
    done(&back);
    clerk.get(back.location()).await.shows("ほかの1件は、そのあと別の操作で動いたため、そのままです");
    assert_eq!(placed(&app)[..2], [(1, Some(1), None), (2, Some(1), None)]);
}

#[actix_web::test]
async fn groups_of_two_chapters_share_no_answer_until_they_share_a_chapter() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let refused = on(&app, id, "new", &[1, 4], &[]).await;
    assert_eq!(refused.status, 422);
    refused.shows("章の違う意見には");
    let nothing = on(&app, id, "new", &[], &[]).await;
    assert_eq!(nothing.status, 422);
    nothing.shows("意見に印を付けてから");
    let view = answered(&app, id, &[4], "clerk", REFERENCE).await;
    // moved to another chapter it loses its answer, and undoing gives it back
    done(&on(&app, id, "place", &[4], &[("chapter", "1")]).await);
    assert_eq!(placed(&app)[3], (4, Some(1), None));
    let act: Option<i64> = app.read(|db| {
        use hirokiku::db::schema::answer_act;
        Ok(answer_act::table.select(diesel::dsl::max(answer_act::id)).first(db)?)
    });
    let path = format!("/answer-acts/{}/undoings", act.expect("an act"));
    done(&app.staff("clerk").post(&path, &[CLERK]).await);
    assert_eq!(placed(&app)[3], (4, Some(2), Some(view)));
}

#[actix_web::test]
async fn two_who_write_at_once_see_both_texts_and_lose_none() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let made = on(&app, id, "new", &[1], &[]).await;
    let path = made.location().to_owned();
    let (clerk, tanto) = (app.staff("clerk"), app.staff("tanto"));
    clerk.get(&path).await.hides("ほかの人も開いています");
    tanto.get(&path).await.shows("ほかの人も開いています");
    clerk.get(&format!("/consultations/{id}/answers")).await.shows("書いています");
    let first =
        [CLERK, ("version", "1"), ("whole", "yes"), ("body", "歩道を広げます。"), ("outcome", "reference")];
    done(&clerk.post(&path, &first).await);
    let mine = [
        ("csrf", "csrf-tanto"),
        ("version", "1"),
        ("whole", "yes"),
        ("body", "歩道は広げられません。"),
        ("outcome", "not_adopted"),
        ("reason", "土地がないためです。"),
    ];
    let conflict = tanto.post(&path, &mine).await;
    assert_eq!(conflict.status, 409);
    conflict
        .shows("先に別の人が保存していました")
        .shows("土地がないためです。")
        .shows("name=\"version\" value=\"2\"")
        .shows("歩道は広げられません。</textarea>");
    // the same words again are no conflict, from whatever version
    done(&clerk.post(&path, &first).await);
    let again: Vec<_> =
        mine.iter().map(|(n, v)| if *n == "version" { ("version", "2") } else { (*n, *v) }).collect();
    done(&tanto.post(&path, &again).await);
    clerk.get(&path).await.shows("土地がないためです。");
}

#[actix_web::test]
async fn a_text_is_saved_in_the_background_and_told_what_it_lacks() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let made = on(&app, id, "new", &[1], &[]).await;
    let path = made.location().to_owned();
    let clerk = app.staff("clerk");
    let json = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    let body = |version: &str, words: &str| {
        format!("csrf=csrf-clerk&version={version}&whole=yes&outcome=revised&{words}").into_bytes()
    };
    let saved =
        clerk.post_raw(&path, &json, body("1", "body=%E7%9B%B4%E3%81%97%E3%81%BE%E3%81%99%E3%80%82")).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    saved.shows("\"version\":2").shows("案のどこかを書いてください").shows("理由を書いてください");
    let stale = clerk.post_raw(&path, &json, body("1", "body=%E5%88%A5")).await;
    assert_eq!(stale.status, 409);
    stale.shows("\"conflict\":true");
    let long = "a".repeat(10_001);
    let refused = clerk.post_raw(&path, &json, body("2", &format!("body={long}"))).await;
    assert_eq!(refused.status, 422);
    refused.shows("10000字まで");
    // and in the open the page comes back with every word
    let open = [CLERK, ("version", "2"), ("whole", "yes"), ("body", &*long)];
    let again = clerk.post(&path, &open).await;
    assert_eq!(again.status, 422);
    again.shows(&long).shows("10000字まで");
    // many small saves are one line of the trail
    for (version, text) in [("2", "body=%E3%81%84"), ("3", "body=%E3%81%84%E3%81%84")] {
        assert_eq!(clerk.post_raw(&path, &json, body(version, text)).await.status, 200);
    }
    let lines: i64 =
        app.read(|db| Ok(trail::table.filter(trail::act.eq("answers.written")).count().get_result(db)?));
    assert_eq!(lines, 1);
}

#[actix_web::test]
async fn a_standard_phrase_goes_into_the_text_by_its_button() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let clerk = app.staff("clerk");
    done(&clerk.post("/phrases", &[CLERK, ("name", "参考"), ("body", "今後の参考とします。")]).await);
    let made = on(&app, id, "new", &[1], &[]).await;
    let fields = [
        CLERK,
        ("version", "1"),
        ("whole", "yes"),
        ("body", "ありがとうございます。"),
        ("phrase", "1"),
        ("insert", "yes"),
    ];
    done(&clerk.post(made.location(), &fields).await);
    clerk.get(made.location()).await.shows("ありがとうございます。\n今後の参考とします。");
    done(&clerk.post("/phrases/1/corrections", &[CLERK, ("version", "1"), ("remove", "yes")]).await);
    clerk.get("/phrases").await.shows("定型文はまだありません");
}

#[actix_web::test]
async fn a_section_sees_and_writes_its_own_chapters_and_no_others() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let clerk = app.staff("clerk");
    let table = format!("/consultations/{id}/answers");
    let other = app.staff("tanto2");
    assert_eq!(other.get(&table).await.status, 404);
    // 全体 goes to 公園緑地課
    done(
        &clerk
            .post("/chapters/2/corrections", &[CLERK, ("version", "1"), ("name", "全体"), ("unit", "7")])
            .await,
    );
    other.get("/").await.shows("市の考え方の作成");
    other.get("/answers").await.shows("全体").hides("第1章");
    other.get(&format!("{table}?mine=yes")).await.shows("id=\"group-4\"").hides("id=\"group-1\"");
    let own = [("csrf", "csrf-tanto2"), ("act", "new"), ("group", "4")];
    let made = other.post(&table, &own).await;
    done(&made);
    done(&written(&other, "tanto2", number(made.location()), REFERENCE).await);
    let foreign = [("csrf", "csrf-tanto2"), ("act", "new"), ("group", "1")];
    assert_eq!(other.post(&table, &foreign).await.status, 403);
    // a single answer of another chapter handed to it, it writes too
    let view =
        answered(&app, id, &[1], "clerk", &[("outcome", "reference"), ("body", "参考"), ("unit", "7")]).await;
    other.get(&format!("{table}?mine=yes")).await.shows("id=\"group-1\"").hides("id=\"group-3\"");
    done(
        &written(&other, "tanto2", view, &[("outcome", "reference"), ("body", "公園と合わせて考えます。")])
            .await,
    );
    assert_eq!(app.staff("kansa").get(&table).await.status, 200);
    assert_eq!(
        app.staff("kansa")
            .post(&table, &[("csrf", "csrf-kansa"), ("act", "new"), ("group", "3")])
            .await
            .status,
        403
    );
}

async fn circulated(app: &TestApp, chapter: i64, class: &str) -> Page {
    let clerk = app.staff("clerk");
    let path = format!("/chapters/{chapter}");
    let page = clerk.get(&path).await;
    let seen = page.input("seen").unwrap_or_default();
    clerk.post(&format!("{path}/approvals"), &[CLERK, ("seen", &seen), ("class", class)]).await
}

/// All of 第1章 answered by the drafter of its section.
async fn chapter_answered(app: &TestApp) -> (i64, i64) {
    let id = chaptered(app).await;
    let view = answered(app, id, &[1, 2], "tanto", REFERENCE).await;
    answered(app, id, &[3], "tanto", REFERENCE).await;
    (id, view)
}

#[actix_web::test]
async fn who_writes_and_who_approves_a_chapter_reads_the_opinions_where_no_gist_stands_for_them() {
    let app = TestApp::new();
    chapter_answered(&app).await;
    app.write(|db| Ok(db.batch_execute("UPDATE opinion_group SET gist = '' WHERE id = 1")?));
    app.staff("clerk").get("/chapters/1").await.shows("歩道を広げてください。").hides("自転車が怖いです。");
    let started = circulated(&app, 1, "answers").await;
    done(&started);
    app.staff("kacho").get(started.location()).await.shows("歩道を広げてください。").shows("通学路のこと");
}

#[actix_web::test]
async fn a_chapter_goes_before_its_approvers_only_when_every_group_has_a_whole_answer() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let refused = circulated(&app, 1, "answers").await;
    assert_eq!(refused.status, 422);
    refused.shows("市の考え方のない意見が3件");
    answered(&app, id, &[1, 2], "clerk", REFERENCE).await;
    let half =
        answered(&app, id, &[3], "clerk", &[("outcome", "not_adopted"), ("body", "できません。")]).await;
    circulated(&app, 1, "answers").await.shows("書きかけの市の考え方が1件");
    let whole =
        [("outcome", "not_adopted"), ("body", "できません。"), ("reason", "法律の定めによるためです。")];
    done(&written(&app.staff("clerk"), "clerk", half, &whole).await);
    // what the drafter did not see is not put before them
    let unseen = [CLERK, ("seen", "0000"), ("class", "answers")];
    assert_eq!(app.staff("clerk").post("/chapters/1/approvals", &unseen).await.status, 409);
    let started = circulated(&app, 1, "answers").await;
    done(&started);
    // the approver reads what the public will read
    let page = app.staff("kacho").get(started.location()).await;
    page.shows("公表される市の考え方")
        .shows("法律の定めによるためです。")
        .shows("歩道のこと")
        .hides("同趣旨1件");
}

#[actix_web::test]
async fn what_stands_before_the_approvers_or_approved_is_not_changed_until_it_is_opened() {
    let app = TestApp::new();
    let (id, view) = chapter_answered(&app).await;
    let started = circulated(&app, 1, "answers").await;
    done(&started);
    let clerk = app.staff("clerk");
    let refused = on(&app, id, "detach", &[1], &[]).await;
    assert_eq!(refused.status, 422);
    refused.shows("は決裁中です。決裁の画面で引き戻すと直せます");
    clerk.get(&format!("/answers/{view}")).await.shows("いまは直せません").hides("<textarea");
    let renamed = [CLERK, ("version", "2"), ("name", "別の名前"), ("unit", "5")];
    assert_eq!(clerk.post("/chapters/1/corrections", &renamed).await.status, 422);
    for login in ["kacho", "bucho"] {
        done(&press(&app.staff(login), login, started.location()).await);
    }
    assert!(matches!(app.app.db.read_now(|db| answers::editable(db, 1)), Err(Error::Refused(_))));
    on(&app, id, "detach", &[1], &[]).await.shows("決裁を取り消して直す");
    let all = app.read(move |db| answers::approved(db, id));
    let (_, hash, content) = all[0].content.as_ref().expect("approved").clone();
    assert_eq!((content.items(), content.groups(), content.answers.len()), (3, 3, 2));
    assert_eq!(all[1].content, Err(Missing::NotCirculated));
    // opened with a reason, the decision is void and the same goes round again
    assert_eq!(clerk.post("/chapters/1/reopenings", &[CLERK, ("reason", "")]).await.status, 422);
    done(&clerk.post("/chapters/1/reopenings", &[CLERK, ("reason", "数字を直すため")]).await);
    clerk.get(started.location()).await.shows("失効");
    assert_eq!(app.read(move |db| answers::approved(db, id))[0].content, Err(Missing::NotCirculated));
    let again = circulated(&app, 1, "answers").await;
    done(&again);
    for login in ["kacho", "bucho"] {
        done(&press(&app.staff(login), login, again.location()).await);
    }
    let after = app.read(move |db| answers::approved(db, id));
    assert_eq!(after[0].content.as_ref().expect("approved").1, hash);
}

#[actix_web::test]
async fn an_item_moved_under_an_approval_ends_it_whichever_hand_moved_it() {
    let app = TestApp::new();
    let (id, _) = chapter_answered(&app).await;
    // T-12 while it circulates: two items change places, every number stays the same
    let started = circulated(&app, 1, "answers").await;
    done(&started);
    let swap =
        "UPDATE opinion_item SET group_id = CASE group_id WHEN 1 THEN 3 ELSE 1 END WHERE group_id IN (1, 3)";
    app.write(move |db| Ok(db.batch_execute(swap)?));
    let refused = press(&app.staff("kacho"), "kacho", started.location()).await;
    assert_eq!(refused.status, 422);
    refused.shows("起案のあとで");
    app.write(move |db| Ok(db.batch_execute(swap)?));
    for login in ["kacho", "bucho"] {
        done(&press(&app.staff(login), login, started.location()).await);
    }
    assert!(app.read(move |db| answers::approved(db, id))[0].content.is_ok());
    // and after the decision
    app.write(move |db| Ok(db.batch_execute(swap)?));
    assert_eq!(app.read(move |db| answers::approved(db, id))[0].content, Err(Missing::Changed));
    app.staff("clerk").get("/chapters/1").await.shows("決裁のあとで内容が変わりました");
    let open = app.read(move |db| answers::open_points(db, id));
    assert!(open.iter().any(|p| matches!(p, OpenPoint::Chapter(1, _, Missing::Changed))), "{open:?}");
}

#[actix_web::test]
async fn verify_names_a_chapter_that_is_not_what_was_decided_on_and_none_that_was_opened_again() {
    let app = TestApp::new();
    chapter_answered(&app).await;
    let faults = |app: &TestApp| {
        let all = safekeeping::verify(&app.app).faults.into_iter();
        all.filter(|f| f.contains("市の考え方")).collect::<Vec<_>>()
    };
    let started = circulated(&app, 1, "answers").await;
    for login in ["kacho", "bucho"] {
        done(&press(&app.staff(login), login, started.location()).await);
    }
    assert_eq!(faults(&app), Vec::<String>::new());
    // two items change places, every number stays the same
    let swap =
        "UPDATE opinion_item SET group_id = CASE group_id WHEN 1 THEN 3 ELSE 1 END WHERE group_id IN (1, 3)";
    app.write(move |db| Ok(db.batch_execute(swap)?));
    let found = faults(&app);
    assert!(found.len() == 1 && found[0].contains("第1章"), "{found:?}");
    assert!(found[0].ends_with("は、決裁のあとで内容が変わっています"), "{found:?}");
    app.write(move |db| Ok(db.batch_execute(swap)?));
    assert_eq!(faults(&app), Vec::<String>::new());
    // a decision that went away under it
    let void = "UPDATE approval SET state = 'void' WHERE subject_kind = 'answers'";
    app.write(move |db| Ok(db.batch_execute(void)?));
    let found = faults(&app);
    assert!(found.len() == 1 && found[0].ends_with("は、決裁を受けたものではありません"), "{found:?}");
    // opened with a reason, whatever moves is the section's work
    done(&app.staff("clerk").post("/chapters/1/reopenings", &[CLERK, ("reason", "数字を直すため")]).await);
    app.write(move |db| Ok(db.batch_execute(swap)?));
    assert_eq!(faults(&app), Vec::<String>::new());
    // a version that is not its own text
    let forged = "INSERT INTO answer_chapter_version (consultation_id, chapter_id, no, content, content_hash, author_id, created_at) \
         SELECT consultation_id, chapter_id, 9, '{}', content_hash, author_id, created_at FROM answer_chapter_version WHERE no = 1";
    app.write(move |db| Ok(db.batch_execute(forged)?));
    let found = faults(&app);
    assert!(found.len() == 1 && found[0].contains("第9版)の文が、起案したときのものと違います"), "{found:?}");
}

#[actix_web::test]
async fn nobody_decides_on_a_chapter_in_which_he_or_she_wrote() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    // the head of the section mended one answer: the class that lets that head decide is refused
    answered(&app, id, &[1, 2], "tanto", REFERENCE).await;
    answered(&app, id, &[3], "kacho", REFERENCE).await;
    let started = circulated(&app, 1, "answers_section").await;
    if started.status == 303 {
        let refused = press(&app.staff("kacho"), "kacho", started.location()).await;
        assert_eq!(refused.status, 403);
        refused.shows("決裁できません");
        let state: String = app.read(|db| {
            use hirokiku::db::schema::approval;
            Ok(approval::table.order(approval::id.desc()).select(approval::state).first(db)?)
        });
        assert_eq!(state, "circulating", "the whole press is taken back");
        let version = app.staff("clerk").get(started.location()).await.input("version").expect("the form");
        let path = format!("{}/withdrawals", started.location());
        done(&app.staff("clerk").post(&path, &[CLERK, ("version", &version)]).await);
    } else {
        started.shows("起案できません");
    }
    let higher = circulated(&app, 1, "answers").await;
    done(&higher);
    assert_eq!(press(&app.staff("clerk"), "clerk", higher.location()).await.status, 403, "the drafter never");
}

#[actix_web::test]
async fn the_database_takes_no_chapter_for_approved_that_was_not() {
    let app = TestApp::new();
    let (id, view) = chapter_answered(&app).await;
    let refuses = |sql: String| {
        let tried = app.app.db.write_now(move |db| Ok(db.batch_execute(&sql)?));
        assert!(tried.is_err(), "it was taken");
    };
    refuses("UPDATE answer_chapter SET approved_no = 1 WHERE id = 1".to_owned());
    let started = circulated(&app, 1, "answers").await;
    refuses("UPDATE answer_chapter SET approved_no = 1 WHERE id = 1".to_owned());
    refuses("UPDATE answer_chapter_version SET content = '{}'".to_owned());
    refuses("DELETE FROM answer_chapter_version".to_owned());
    for login in ["kacho", "bucho"] {
        done(&press(&app.staff(login), login, started.location()).await);
    }
    refuses(format!("UPDATE city_view SET body = '別の答え' WHERE id = {view}"));
    refuses("UPDATE answer_chapter SET name = '別の章' WHERE id = 1".to_owned());
    refuses("UPDATE answer_chapter SET approved_no = 2 WHERE id = 1".to_owned());
    refuses(format!(
        "INSERT INTO answer_chapter (consultation_id, sort, name, unit_id, current_no, version, approved_no) VALUES ({id}, 9, '別', 5, 1, 1, 1)"
    ));
    assert!(app.read(move |db| answers::approved(db, id))[0].content.is_ok());
}

#[actix_web::test]
async fn the_draft_stands_against_the_final_text_with_the_answers_that_changed_it() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    let revised = [
        ("outcome", "revised"),
        ("body", "ご意見のとおり直します。"),
        ("reason", "ご意見のとおりだからです。"),
        ("changed_place", "第1章"),
        ("changed", "1:p2"),
        ("old_text", "歩道と自転車の道を分けます。"),
        ("new_text", "歩道と自転車の道を柵で分けます。"),
    ];
    answered(&app, id, &[1], "clerk", &revised).await;
    let kept_not = [
        ("outcome", "revised"),
        ("body", "直します。"),
        ("reason", "理由"),
        ("changed_place", "第9章"),
        ("old_text", "どこにもない文"),
        ("new_text", "別の文"),
    ];
    let unkept = answered(&app, id, &[2], "clerk", &kept_not).await;
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/differences");
    clerk.get(&path).await.shows("最終の文章は、まだありません");
    done(&clerk.post("/papers/1/finals", &[CLERK, ("act", "make")]).await);
    clerk
        .get(&path)
        .await
        .shows("1件の見直しは、直す前の文章が1か所に決まらず")
        .shows("柵で")
        .shows("意見による変更")
        .shows(&format!("市の考え方{unkept}番"))
        .shows("変わっていません");
    let open = app.read(move |db| answers::open_points(db, id));
    assert!(open.contains(&OpenPoint::Unkept(unkept, "第9章".to_owned())), "{open:?}");
    // a change nobody asked for wants its own reason
    let text = "# 第1章 めざす姿\n\n歩道と自転車の道を柵で分けます。\n\n子供の通学路を先に進めます。\n";
    done(&clerk.post("/papers/1/finals", &[CLERK, ("act", "take"), ("pasted", text)]).await);
    clerk.get(&path).await.shows("理由が書かれていません");
    let open = app.read(move |db| answers::open_points(db, id));
    assert!(open.iter().any(|p| matches!(p, OpenPoint::Unexplained(_))), "{open:?}");
    let reason = [CLERK, ("paragraph", "p3"), ("reason", "用字を常用漢字にそろえるため。")];
    done(&clerk.post("/papers/1/other-changes", &reason).await);
    clerk.get(&path).await.hides("理由が書かれていません");
    let open = app.read(move |db| answers::open_points(db, id));
    assert!(!open.iter().any(|p| matches!(p, OpenPoint::Unexplained(_))), "{open:?}");
    assert_eq!(
        clerk.post("/papers/1/other-changes", &[CLERK, ("paragraph", "p1"), ("reason", "x")]).await.status,
        404
    );
    done(&clerk.post("/papers/1/other-changes", &[CLERK, ("paragraph", "p3"), ("reason", "")]).await);
    let left: i64 = app.read(|db| Ok(other_change::table.count().get_result(db)?));
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn the_table_is_taken_away_for_spreadsheets_and_on_paper_without_running_a_formula() {
    let app = TestApp::new();
    let id = chaptered(&app).await;
    answered(&app, id, &[1, 2], "clerk", &[("outcome", "reference"), ("body", "=HYPERLINK(\"x\")")]).await;
    let clerk = app.staff("clerk");
    let csv = clerk.get(&format!("/consultations/{id}/answers.csv")).await;
    assert!(csv.body.starts_with('\u{feff}'), "the mark of UTF-8 for Excel");
    csv.shows("第1章 めざす姿").shows("今後の参考とします").shows("\"'=HYPERLINK(\"\"x\"\")\"");
    assert_eq!(csv.body.lines().count(), 1 + 4);
    let xlsx = clerk.get(&format!("/consultations/{id}/answers.xlsx")).await;
    assert_eq!(xlsx.status, 200);
    assert!(xlsx.headers["content-type"].contains("spreadsheetml"));
    clerk
        .get(&format!("/consultations/{id}/answers/print"))
        .await
        .shows("全体・その他")
        .shows("意見 <strong>4");
    let told: i64 =
        app.read(|db| Ok(trail::table.filter(trail::act.eq("answers.taken")).count().get_result(db)?));
    assert_eq!(told, 2);
}

#[actix_web::test]
async fn a_consultation_nobody_wrote_to_has_nothing_open() {
    let app = TestApp::new();
    let id = announced(&app).await;
    assert_eq!(app.read(move |db| answers::open_points(db, id)), []);
    assert_eq!(app.read(move |db| answers::approved(db, id)), []);
}

/// What a random hand does.
#[derive(Clone, Debug)]
enum Random {
    New(Vec<i64>),
    Attach(Vec<i64>, i64),
    Detach(Vec<i64>),
    Place(Vec<i64>, i64),
    Write(i64, Option<Outcome>, bool),
    Undo(i64),
}

fn random() -> impl Strategy<Value = Random> {
    let groups = || proptest::collection::vec(1_i64..=4, 1..4);
    prop_oneof![
        groups().prop_map(Random::New),
        (groups(), 1_i64..6).prop_map(|(g, v)| Random::Attach(g, v)),
        groups().prop_map(Random::Detach),
        (groups(), 1_i64..=2).prop_map(|(g, c)| Random::Place(g, c)),
        (1_i64..6, proptest::option::of(proptest::sample::select(Outcome::ALL)), any::<bool>())
            .prop_map(|(v, o, r)| Random::Write(v, o, r)),
        (1_i64..12).prop_map(Random::Undo),
    ]
}

/// The counters as the rows say them, counted the slow way.
fn by_hand(app: &TestApp) -> Counts {
    app.read(|db| {
        let mut counts = Counts::default();
        let mut views = std::collections::BTreeSet::new();
        let groups: Vec<(i64, Option<i64>, Option<i64>)> = opinion_group::table
            .filter(opinion_group::merged_into.is_null())
            .select((opinion_group::id, opinion_group::chapter_id, opinion_group::view_id))
            .load(db)?;
        for (group, chapter, view) in groups {
            let items: i64 = opinion_item::table
                .filter(opinion_item::group_id.eq(group))
                .filter(opinion_item::removed_at.is_null())
                .count()
                .get_result(db)?;
            if items == 0 {
                continue;
            }
            counts.groups += 1;
            counts.without_chapter += u64::from(chapter.is_none());
            let standing = match view {
                Some(view) => Some(answers::store::view(db, view)?)
                    .filter(|v| v.removed_at.is_none() && Some(v.chapter_id) == chapter),
                None => None,
            };
            match standing {
                None => counts.without_view += 1,
                Some(view) => {
                    let whole = view.lacks().is_empty();
                    counts.done += u64::from(whole && chapter.is_some());
                    if views.insert(view.id) {
                        counts.views += 1;
                        counts.unfinished += u64::from(!whole);
                    }
                }
            }
        }
        Ok(counts)
    })
}

#[test]
fn whatever_is_done_in_whatever_order_the_counters_say_what_the_rows_say() {
    let app = TestApp::new();
    let id = actix_web::rt::System::new().block_on(chaptered(&app));
    let clerk = viewer(&app, "clerk");
    let now = app.clock.now();
    let cases = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(cases, |(acts in proptest::collection::vec(random(), 1..12))| {
        for act in acts {
            let (viewer, act) = (clerk.clone(), act.clone());
            // refusals are as good as any act: they must change nothing
            let _ = app.app.db.write_now(move |db| {
                match &act {
                    Random::New(groups) => answers::attach(db, &viewer, now, id, &distinct(groups), None).map(drop),
                    Random::Attach(groups, view) => {
                        answers::attach(db, &viewer, now, id, &distinct(groups), Some(*view)).map(drop)
                    }
                    Random::Detach(groups) => answers::detach(db, &viewer, now, id, &distinct(groups)).map(drop),
                    Random::Place(groups, chapter) => {
                        answers::place(db, &viewer, now, id, &distinct(groups), *chapter).map(drop)
                    }
                    Random::Write(view, outcome, reason) => {
                        let view = answers::store::view(db, *view)?;
                        let words = hirokiku::opinions::view::Words {
                            outcome: *outcome,
                            body: "答え".to_owned(),
                            reason: if *reason { "理由".to_owned() } else { String::new() },
                            ..view.words()
                        };
                        answers::save(db, &viewer, now, view.id, view.version, &words).map(drop)
                    }
                    Random::Undo(act) => answers::undo(db, &viewer, now, *act).map(drop),
                }
            });
            prop_assert_eq!(counts(&app, id), by_hand(&app));
            let (grouped, withheld, all) = app.read(move |db| {
                let (grouped, withheld) = answers::store::item_totals(db, id)?;
                Ok((grouped, withheld, answers::store::items_standing(db, id)?))
            });
            prop_assert_eq!(grouped + withheld, all);
        }
    });
    let views: i64 = app.read(|db| Ok(city_view::table.count().get_result(db)?));
    assert!(views > 0, "the acts did something");
}

fn distinct(groups: &[i64]) -> Vec<i64> {
    let mut all = groups.to_vec();
    all.sort_unstable();
    all.dedup();
    all
}
