//! The result of a consultation: what keeps it back, its approval, what the public reads, corrections, who is told.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::calendar;
use hirokiku::db::schema::{approval, consultation, outbox, result_item, result_notice};
use hirokiku::insight::digest;
use hirokiku::mail;
use hirokiku::opinions::answers;
use hirokiku::opinions::result::{self, content::Content, store, told};
use hirokiku::opinions::view::{Outcome, Words};
use hirokiku::opinions::{self};
use hirokiku::people::{self, Viewer};
use hirokiku::safekeeping::verify;

use crate::app::{Page, TestApp};
use crate::consultations::{announced_as, press, sent};

const GISTS: &[(&str, &str)] = &[("publish_full", "no"), ("originals_place", "道路河川建設課の窓口")];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// A member of staff as the program knows him or her today.
fn viewer(app: &TestApp, login: &str) -> Viewer {
    let today = calendar::tokyo_day(app.clock.now());
    let login = login.to_owned();
    app.read(move |db| {
        let (id, name) = people::store::staff::logins(db)?.remove(&login).expect("a login");
        let postings = people::units(db)?.postings_of(id, today);
        Ok(Viewer { id, login, name, postings, csrf: String::new(), today })
    })
}

/// After the last day: everything cut into items, sorting begun.
fn closed(app: &TestApp, id: i64) {
    app.clock.set(at("2026-05-01T01:00:00Z"));
    let now = app.clock.now();
    app.write(move |db| opinions::itemise(db, now, 1_000));
    app.write(move |db| {
        Ok(db.batch_execute(&format!("UPDATE consultation SET state = 'sorting' WHERE id = {id}"))?)
    });
}

/// The groups that hold something.
fn groups(app: &TestApp, id: i64) -> Vec<i64> {
    let mut all: Vec<i64> = app.read(move |db| {
        let groups = opinions::store::groups(db, id)?;
        Ok(groups.into_iter().filter(|(_, items)| *items > 0).map(|(g, _)| g.id).collect())
    });
    all.sort_unstable();
    all
}

fn words(no: usize) -> Words {
    let revised = no == 0;
    let text = |yes: &str| if revised { yes.to_owned() } else { String::new() };
    Words {
        outcome: Some(if revised { Outcome::Revised } else { Outcome::Reference }),
        body: format!("市の考え方その{no}。"),
        reason: text("通学の安全のためです。"),
        changed_place: text("第1章"),
        old_text: text("子どもの通学路を先に進めます。"),
        new_text: text("子どもの通学路を、一番先に進めます。"),
        ..Words::default()
    }
}

/// Gives every group a gist and an answer, the first of them a change of the draft.
fn answered(app: &TestApp, id: i64) {
    let (clerk, now) = (viewer(app, "clerk"), app.clock.now());
    let all = groups(app, id);
    app.write(move |db| {
        answers::make_chapters(db, &clerk, now, id)?;
        for (no, group) in all.iter().enumerate() {
            db.batch_execute(&format!(
                "UPDATE opinion_group SET gist = '要旨その{no}。' WHERE id = {group}"
            ))?;
            let (view, _) = answers::attach(db, &clerk, now, id, &[*group], None)?;
            let seen = answers::store::view(db, view)?.version;
            answers::save(db, &clerk, now, view, seen, &words(no))?;
        }
        Ok(())
    });
}

/// Every chapter with something in it decided on by the head of the section.
async fn chapters_approved(app: &TestApp, id: i64) {
    let (clerk, now) = (viewer(app, "clerk"), app.clock.now());
    let started: Vec<i64> = app.write(move |db| {
        let mut started = Vec::new();
        for chapter in opinions::store::chapters(db, id)? {
            let content = answers::content(db, &chapter)?;
            if content.groups() > 0 && answers::editable(db, chapter.id).is_ok() {
                let seen = answers::content::hash(&content.text()?);
                started.push(answers::circulate(db, &clerk, now, chapter.id, &seen, "answers_section")?);
            }
        }
        Ok(started)
    });
    for approval in started {
        let done = press(&app.staff("kacho"), "kacho", &format!("/approvals/{approval}")).await;
        assert_eq!(done.status, 303, "{}", done.body);
    }
}

/// The clerk's form as it stands, with fields changed, saved or put before the approvers.
async fn written(app: &TestApp, id: i64, act: &str, changes: &[(&str, &str)]) -> Page {
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/result");
    let page = clerk.get(&path).await;
    let version = page.input("version").unwrap_or_default();
    let mut fields = vec![("csrf", "csrf-clerk"), ("act", act), ("class", "result"), ("version", &version)];
    let usual = [
        ("decision", "adopted_revised"),
        ("decided_on", "2026-05-01"),
        ("final_place", "https://www.city.example.lg.jp/keikaku"),
        ("originals_place", "道路河川建設課の窓口"),
    ];
    fields.extend(usual.iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name)).copied());
    fields.extend_from_slice(changes);
    clerk.post(&path, &fields).await
}

async fn decided(app: &TestApp, started: &Page) {
    assert_eq!(started.status, 303, "{}", started.body);
    for login in ["kacho", "bucho"] {
        let done = press(&app.staff(login), login, started.location()).await;
        assert_eq!(done.status, 303, "{login}: {}", done.body);
    }
}

const OPINIONS: &[&[(&str, &str)]] = &[
    &[
        ("opinion", "通学路を一番先にしてください。"),
        ("name", "長田 結衣"),
        ("contact", "yui@example.jp"),
        ("paragraph", "1:p3"),
    ],
    &[
        ("opinion", "通学路を一番先にしてください。"),
        ("name", "安岡 岬子"),
        ("contact", "misaki@example.jp"),
        ("paragraph", "1:p3"),
    ],
    &[("opinion", "街灯を増やしてください。"), ("name", "長田 結衣"), ("contact", "yui@example.jp")],
];

/// A consultation with three opinions, answered, every chapter approved; gives the receipt pages too.
async fn ready(app: &TestApp, changes: &[(&'static str, &'static str)]) -> (i64, Vec<Page>) {
    let id = announced_as(app, changes).await;
    let mut receipts = Vec::new();
    for opinion in OPINIONS {
        receipts.push(sent(app, id, opinion).await);
    }
    sent(app, id, &[("opinion", "期限に遅れた意見です。"), ("contact", "late@example.jp")]).await;
    app.write(|db| Ok(db.batch_execute("UPDATE submission SET state = 'late' WHERE id = 4")?));
    closed(app, id);
    answered(app, id);
    chapters_approved(app, id).await;
    (id, receipts)
}

/// Brings an open consultation with opinions to its published result.
pub async fn published(app: &TestApp, id: i64) {
    closed(app, id);
    answered(app, id);
    chapters_approved(app, id).await;
    decided(app, &written(app, id, "circulate", &[]).await).await;
}

fn numbers(receipt: &Page) -> (String, String) {
    let mut found = receipt.body.split("receipt-code\">").skip(1).filter_map(|r| r.split('<').next());
    (found.next().expect("a code").to_owned(), found.next().expect("a secret").to_owned())
}

fn state(app: &TestApp, id: i64) -> String {
    app.read(move |db| Ok(consultation::table.find(id).select(consultation::state).first(db)?))
}

/// Every name of an object is in the schema, and every name of the schema in the object; lists by their first element.
fn described(at: &str, value: &serde_json::Value, schema: &serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(object) => {
            let names = |of: &serde_json::Map<String, Value>| {
                of.keys().cloned().collect::<std::collections::BTreeSet<_>>()
            };
            let told = schema["properties"].as_object().unwrap_or_else(|| panic!("{at} is described"));
            assert_eq!(names(object), names(told), "{at}");
            for (name, value) in object {
                described(&format!("{at}.{name}"), value, &told[name]);
            }
        }
        Value::Array(list) => {
            if let Some(first) = list.first() {
                described(&format!("{at}[]"), first, &schema["items"]);
            }
        }
        _ => {}
    }
}

#[actix_web::test]
async fn a_result_tells_every_number_the_gist_the_view_and_what_changed_and_no_name() {
    let app = TestApp::new();
    let (id, receipts) = ready(&app, GISTS).await;
    let path = format!("/consultations/{id}/result");
    let stranger = app.citizen();
    assert_eq!(stranger.get(&path).await.status, 404);
    app.staff("clerk").get(&path).await.shows("どう決めたかを選んでください。");
    let preview = app.staff("clerk").get(&format!("{path}/preview?page=1")).await;
    assert!(preview.status == 200 || preview.status == 422, "{}", preview.body);
    let started = written(&app, id, "circulate", &[]).await;
    assert_eq!(started.status, 303, "{}", started.body);
    app.staff("kacho").get(started.location()).await.shows("公表される結果(第1版)").shows("要旨その0。");
    decided(&app, &started).await;
    assert_eq!(state(&app, id), "result_published");

    let page = stranger.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.shows("案を修正して決定しました。")
        .shows("提出 <strong>3通</strong>、提出者 <strong>2</strong>、意見 <strong>3件</strong>")
        .shows("届いたもの4通 = 提出3通 + 期限後1通 + 記載に不足0通 + 案件外0通 + 取下げ0通")
        .shows("内容ごとの3件 = まとまりに入れたもの3件 + 公表しないもの0件")
        .shows("ファクス")
        .shows("要旨その0。")
        .shows("同趣旨 2件")
        .shows("市の考え方その0。")
        .shows("案を修正します")
        .shows("通学の安全のためです。")
        .shows("意見の全文を読める場所: 道路河川建設課の窓口")
        .shows("id=\"g1\"")
        .shows("id=\"p-1-p3\"")
        .hides("長田 結衣")
        .hides("安岡 岬子")
        .hides("通学路を一番先にしてください。");

    let csv = stranger.get(&format!("{path}.csv")).await;
    assert!(csv.body.starts_with('\u{feff}'), "a byte order mark");
    assert_eq!(csv.body.lines().count(), 4, "{}", csv.body);
    csv.shows(",2026-05-01,").shows("案を修正します").hides("長田");
    let json: serde_json::Value =
        serde_json::from_str(&stranger.get(&format!("{path}.json")).await.body).expect("JSON");
    assert_eq!(json["items"].as_array().map(Vec::len), Some(3));
    let change = &json["changes"][0];
    assert_eq!(
        (change["place"].as_str(), change["reason"].as_str()),
        (Some("第1章"), Some("通学の安全のためです。"))
    );
    let under: Vec<_> = json["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|i| i["group"] == change["groups"][0])
        .collect();
    assert_eq!(under.len(), 2, "both copies stand under the answer that changed the draft");
    let schema: serde_json::Value =
        serde_json::from_str(&stranger.get("/api/consultation-result.schema.json").await.body).expect("JSON");
    described("result", &json, &schema);
    let interface: serde_json::Value =
        serde_json::from_str(&stranger.get("/api/openapi.json").await.body).expect("JSON");
    let there = &interface["components"]["schemas"]["ConsultationResult"];
    assert_eq!(there["properties"], schema["properties"], "one description at both addresses");
    stranger.get("/opendata/consultations.csv").await.shows("案を修正して決定").shows(",2026-05-01,");
    stranger.get("/opendata/opinion_groups.csv").await.shows("要旨その0。").shows(&format!("{path}#g1"));
    stranger.get("/consultations").await.shows("結果を読む");
    stranger.get("/feeds/consultations.atom").await.shows("結果を");
    let book = app.staff("clerk").get(&format!("{path}.xlsx")).await;
    assert_eq!(book.status, 200);

    // each writer reads the answers to what he or she wrote
    let (code, secret) = numbers(&receipts[0]);
    let form = stranger.get("/receipts").await;
    let status = stranger.submit(&form, "/receipts", &[("code", &code), ("secret", &secret)]).await;
    status.shows("いただいたご意見への答え").shows("市の考え方その0。").shows(&format!("{path}#g1"));
    status.shows("同じ趣旨のご意見が、ほかに1件ありました。").hides("市の考え方その1。");
    assert_eq!(app.app.db.read_now(|db| result::proof::faults(db, 1)).expect("read"), Vec::<String>::new());
    assert!(verify(&app.app).faults.iter().all(|f| !f.contains("結果")), "{:?}", verify(&app.app).faults);
}

#[actix_web::test]
async fn everybody_who_left_an_address_is_told_once_whatever_is_interrupted() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    let before: i64 =
        app.read(|db| Ok(outbox::table.filter(outbox::kind.eq("notice")).count().get_result(db)?));
    assert_eq!(before, 0);
    while told::run(&app.app).expect("it runs") {}
    assert!(!told::run(&app.app).expect("it runs"));
    let rows: Vec<(String, i64, Vec<u8>)> = app.read(|db| {
        Ok(outbox::table
            .filter(outbox::kind.eq("notice"))
            .select((outbox::id, outbox::seal_key_id, outbox::sealed))
            .load(db)?)
    });
    let mails: Vec<_> = rows
        .iter()
        .map(|(id, key, sealed)| mail::open(&app.app.sealer, id, *key, sealed).expect("ours"))
        .collect();
    let to: BTreeSet<_> = mails.iter().map(|m| m.to.as_str()).collect();
    assert_eq!(to, BTreeSet::from(["yui@example.jp", "misaki@example.jp", "late@example.jp"]));
    assert_eq!(mails.len(), 3, "two opinions of one address are one mail");
    assert!(
        mails[0].text.contains(&format!("/consultations/{id}/result")) && mails[0].text.contains("/receipts")
    );
    // told again from the start, nobody is told twice
    app.write(|db| Ok(db.batch_execute("UPDATE result_telling SET done_at = NULL")?));
    while told::run(&app.app).expect("it runs") {}
    let noted: i64 = app.read(|db| Ok(result_notice::table.count().get_result(db)?));
    let after: i64 =
        app.read(|db| Ok(outbox::table.filter(outbox::kind.eq("notice")).count().get_result(db)?));
    assert_eq!((noted, after), (3, 3));
}

#[actix_web::test]
async fn a_consultation_nobody_wrote_to_publishes_its_result_in_two_presses() {
    let app = TestApp::new();
    let id = announced_as(&app, GISTS).await;
    app.clock.set(at("2026-05-01T01:00:00Z"));
    let clerk = app.staff("clerk");
    let path = format!("/consultations/{id}/result");
    clerk.get(&format!("/consultations/{id}")).await.shows("意見なしの結果を公表する").shows(&path);
    // the first press opens the page, the second sends what stands there
    let page = clerk.get(&path).await;
    page.shows("行政手続法(第43条)").shows("意見の提出はありませんでした");
    let decided_on = page.input("decided_on").expect("a day stands there");
    assert!(page.body.contains("value=\"adopted_as_drafted\" checked"), "{}", page.body);
    let shown = [
        ("csrf", "csrf-clerk"),
        ("act", "circulate"),
        ("class", "result"),
        ("version", "0"),
        ("decision", "adopted_as_drafted"),
        ("decided_on", decided_on.as_str()),
    ];
    decided(&app, &clerk.post(&path, &shown).await).await;
    let public = app.citizen().get(&path).await;
    public.shows("意見の提出はありませんでした").shows("素案のとおり決定しました。").hides("市の考え方 1");
    let json = app.citizen().get(&format!("{path}.json")).await;
    let json: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    assert_eq!(json["items"].as_array().map(Vec::len), Some(0));
    assert_eq!(json["counts"]["channels"].as_array().map(Vec::len), Some(5), "zeros are told");
}

#[actix_web::test]
async fn what_is_missing_is_listed_and_keeps_the_result_from_its_approvers() {
    let app = TestApp::new();
    let id = announced_as(&app, GISTS).await;
    sent(&app, id, OPINIONS[0]).await;
    let path = format!("/consultations/{id}/result");
    app.staff("clerk").get(&path).await.shows("募集期間がまだ終わっていません");
    closed(&app, id);
    let refused = written(&app, id, "circulate", &[]).await;
    assert_eq!(refused.status, 422);
    answered(&app, id);
    // answered, not approved
    let refused = written(&app, id, "circulate", &[]).await;
    assert_eq!(refused.status, 422);
    refused.shows("まだ起案されていません");
    chapters_approved(&app, id).await;
    // gists without a place where the opinions can be read (T-11); what was typed stays
    let note = "説明を書きました。";
    let refused = written(&app, id, "circulate", &[("originals_place", ""), ("decision_note", note)]).await;
    assert_eq!(refused.status, 422);
    refused.shows("意見の全文を読める場所を書いてください").shows(note);
    let refused = written(&app, id, "circulate", &[("decision", "adopted_as_drafted")]).await;
    refused.shows("「案のとおり決定」と、案を修正するという市の考え方");
    let refused =
        written(&app, id, "circulate", &[("decision", "not_adopted"), ("decided_on", "きのう")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(state(&app, id), "answering");
    assert_eq!(written(&app, id, "save", &[]).await.status, 303);
    // a name of somebody who wrote does not pass in the city's words (T-15)
    app.write(|db| Ok(db.batch_execute("UPDATE result_draft SET decision_note = ''")?));
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    assert_eq!(state(&app, id), "result_published");
}

#[actix_web::test]
async fn a_result_waits_for_its_day_and_loses_its_approval_when_an_answer_changes_meanwhile() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    let path = format!("/consultations/{id}/result");
    decided(&app, &written(&app, id, "circulate", &[("publish_on", "2026-05-11")]).await).await;
    assert_eq!(state(&app, id), "decided");
    assert_eq!(app.citizen().get(&path).await.status, 404);
    // the day comes, but a gist was changed in between
    let group = groups(&app, id)[0];
    app.write(move |db| {
        Ok(db.batch_execute(&format!("UPDATE opinion_group SET gist = '別の要旨' WHERE id = {group}"))?)
    });
    app.clock.set(at("2026-05-10T15:00:00Z"));
    let now = app.clock.now();
    app.write(move |db| result::publish_due(db, now));
    assert_eq!(app.citizen().get(&path).await.status, 404);
    assert_eq!(state(&app, id), "answering");
    let ended: String = app.read(|db| {
        Ok(approval::table.filter(approval::subject_kind.eq("result")).select(approval::state).first(db)?)
    });
    assert_eq!(ended, "void");
    // put back as it was approved, it is put before them again and goes out on its day
    app.write(move |db| {
        Ok(db.batch_execute(&format!("UPDATE opinion_group SET gist = '要旨その0。' WHERE id = {group}"))?)
    });
    decided(&app, &written(&app, id, "circulate", &[("publish_on", "2026-05-12")]).await).await;
    app.clock.set(at("2026-05-11T15:00:00Z"));
    let now = app.clock.now();
    app.write(move |db| result::publish_due(db, now));
    app.citizen().get(&path).await.shows("要旨その0。");
    // and what changed while it circulates is refused at the approver's button
    assert_eq!(state(&app, id), "result_published");
}

#[actix_web::test]
async fn a_correction_keeps_the_first_version_readable_and_shows_old_and_new() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    let path = format!("/consultations/{id}/result");
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    let started = written(&app, id, "circulate", &[("decision_note", "財源も決まりました。")]).await;
    assert_eq!(started.status, 422);
    started.shows("何を、なぜ訂正したか");
    let fields = [
        ("decision_note", "財源も決まりました。"),
        ("change_note", "決定の説明が抜けていたため加えました。"),
        ("promise[]", "工事の1か月前に知らせます。"),
        ("promise_due[]", "2027-05-01"),
    ];
    let started = written(&app, id, "circulate", &fields).await;
    let stranger = app.citizen();
    stranger.get(&path).await.hides("財源も決まりました。");
    decided(&app, &started).await;
    stranger
        .get(&path)
        .await
        .shows("財源も決まりました。")
        .shows("決定の説明が抜けていたため加えました。")
        .shows("2つの版があります")
        .shows("前の版から変わったところ")
        .shows("工事の1か月前に知らせます。");
    let first = stranger.get(&format!("{path}/versions/1")).await;
    assert_eq!(first.status, 200);
    first.shows("前の版です").shows("要旨その0。");
    assert_eq!(stranger.get(&format!("{path}/versions/2")).await.status, 303);
    assert_eq!(stranger.get(&format!("{path}/versions/3")).await.status, 404);
    let numbers: Vec<i64> =
        app.read(move |db| Ok(store::released(db, id)?.into_iter().map(|(v, _)| v.no).collect()));
    assert_eq!(numbers, [2, 1]);
    // who was told of the result is not told of its correction
    while told::run(&app.app).expect("it runs") {}
    let noted: i64 = app.read(|db| Ok(result_notice::table.count().get_result(db)?));
    assert_eq!(noted, 3);

    // a year on, the promise is asked for
    app.clock.set(at("2027-05-03T00:30:00Z"));
    let owed = app.read(|db| store::unreported(db, "2027-05-03".parse().expect("a day")));
    assert_eq!(owed.len(), 1);
    app.staff("clerk").get("/").await.shows("約束の報告待ち");
}

#[actix_web::test]
async fn full_texts_go_out_without_names_and_a_body_that_agreed_is_named() {
    let app = TestApp::new();
    let id = announced_as(&app, &[]).await;
    let address = ("address", "下関市長府1番地");
    sent(
        &app,
        id,
        &[
            ("opinion", "長府の長田結衣です。となりの川中さんも街灯を待っています。"),
            ("name", "長田 結衣"),
            address,
        ],
    )
    .await;
    let body = [
        ("opinion", "長府みどりの会は、木陰を残すことを求めます。"),
        ("name", ""),
        ("org_name", "長府みどりの会"),
        ("rep_name", "小月 灯子"),
        ("org_publish_ok", "yes"),
        address,
    ];
    sent(&app, id, &body).await;
    closed(&app, id);
    answered(&app, id);
    chapters_approved(&app, id).await;
    let path = format!("/consultations/{id}/result");
    let clerk = app.staff("clerk");
    let looked = clerk.get(&format!("{path}/masks")).await;
    looked.shows("伏せ字を変える").shows("街灯を待っています");
    let hide = [
        ("csrf", "csrf-clerk"),
        ("item", "1"),
        ("act", "hide"),
        ("words", "街灯"),
        ("reason", "third_party"),
    ];
    assert_eq!(clerk.post(&format!("{path}/masks"), &hide).await.status, 303);
    let none = [("csrf", "csrf-clerk"), ("item", "1"), ("act", "hide"), ("words", "ない言葉")];
    assert_eq!(clerk.post(&format!("{path}/masks"), &none).await.status, 422);
    // showing the writer's own name all the same is refused when the draft is put before the approvers (T-15)
    let show = [("csrf", "csrf-clerk"), ("item", "1"), ("act", "show"), ("words", "長田結衣")];
    assert_eq!(clerk.post(&format!("{path}/masks"), &show).await.status, 303);
    let refused = written(&app, id, "circulate", &[]).await;
    assert_eq!(refused.status, 422);
    refused.shows("差出人の氏名や連絡先が残っている意見が1件");
    let undo = [("csrf", "csrf-clerk"), ("item", "1"), ("act", "undo")];
    assert_eq!(clerk.post(&format!("{path}/masks"), &undo).await.status, 303);
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    let page = app.citizen().get(&path).await;
    page.shows("待っています。")
        .shows("【個人情報】")
        .shows("長府みどりの会")
        .hides("長田結衣")
        .hides("小月 灯子")
        .hides("下関市長府1番地");
    let csv = app.citizen().get(&format!("{path}.csv")).await;
    csv.shows("長府みどりの会は、木陰を残すことを求めます。").hides("長田結衣");
}

#[actix_web::test]
async fn a_withheld_opinion_is_counted_with_its_reason_and_its_writer_is_told_why() {
    let app = TestApp::new();
    let id = announced_as(&app, GISTS).await;
    sent(&app, id, OPINIONS[0]).await;
    let receipt = sent(&app, id, &[("opinion", "となりの家のことを書きます。"), ("name", "川中 歩美")]).await;
    closed(&app, id);
    app.write(|db| {
        Ok(db.batch_execute(
            "UPDATE opinion_item SET group_id = NULL, withheld = 'identifiable', withheld_note = '' WHERE id = 2",
        )?)
    });
    answered(&app, id);
    chapters_approved(&app, id).await;
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    let path = format!("/consultations/{id}/result");
    app.citizen()
        .get(&path)
        .await
        .shows("公表しないもの1件")
        .shows("個人が特定されるおそれがあるため 1件")
        .hides("となりの家");
    let browser = app.citizen();
    let form = browser.get("/receipts").await;
    let (code, secret) = numbers(&receipt);
    let status = browser.submit(&form, "/receipts", &[("code", &code), ("secret", &secret)]).await;
    status.shows("次の理由で結果に載せていません").shows("個人が特定されるおそれがあるため");
    let csv = browser.get(&format!("{path}.csv")).await;
    csv.shows("個人が特定されるおそれがあるため").hides("となりの家");
}

#[actix_web::test]
async fn the_database_lets_no_result_out_that_was_not_approved_and_no_row_change() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    let started = written(&app, id, "circulate", &[]).await;
    assert_eq!(started.status, 303, "{}", started.body);
    let refused = |sql: &'static str, why: &'static str| {
        let found = app.app.db.write_now(move |db| Ok(db.batch_execute(sql)?)).expect_err(sql).to_string();
        assert!(found.contains(why), "{sql}: {found}");
    };
    let release = "INSERT INTO result_release (version_id, consultation_id, no, at) VALUES (1, 1, 1, '2026-05-01 00:00:00')";
    refused(release, "only the approved result");
    refused(
        "UPDATE consultation SET state = 'result_published', decision = 'not_adopted', decided_on = '2026-05-01'",
        "published by its release",
    );
    for sql in [
        "UPDATE result_version SET content = '{}'",
        "UPDATE result_view SET body = 'x'",
        "UPDATE result_group SET gist = 'x'",
        "UPDATE result_item SET place = 'x'",
    ] {
        refused(sql, "a version is never changed");
    }
    for sql in ["DELETE FROM result_item", "DELETE FROM result_version", "DELETE FROM result_view"] {
        refused(sql, "a version is never deleted");
    }
    refused(
        "INSERT INTO result_item (version_id, no, item_id, submission_id, group_no, withheld_note, place, org_name, body) SELECT 1, 99, 4, 1, 1, '', '', '', ''",
        "a version before its approvers is whole",
    );
    decided(&app, &started).await;
    refused("UPDATE result_release SET no = 7", "what was published is never changed");
    refused("DELETE FROM result_release", "what was published is never deleted");
    let rows: i64 = app.read(|db| Ok(result_item::table.count().get_result(db)?));
    assert_eq!(rows, 3);
}

#[actix_web::test]
async fn what_changed_while_it_circulates_is_refused_at_the_approvers_button() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    let started = written(&app, id, "circulate", &[]).await;
    let group = groups(&app, id)[1];
    app.write(move |db| {
        Ok(db.batch_execute(&format!("UPDATE opinion_group SET gist = '別' WHERE id = {group}"))?)
    });
    let pressed = press(&app.staff("kacho"), "kacho", started.location()).await;
    assert_eq!(pressed.status, 422);
    pressed.shows("起案のあとで文面か宛先が変わっています");
    // pulled back, the clerk can go on
    let clerk = app.staff("clerk");
    let version = clerk.get(started.location()).await.input("version").unwrap_or_default();
    let fields = [("csrf", "csrf-clerk"), ("version", version.as_str())];
    assert_eq!(clerk.post(&format!("{}/withdrawals", started.location()), &fields).await.status, 303);
    assert_eq!(state(&app, id), "answering");
}

#[actix_web::test]
async fn a_result_that_is_overdue_is_asked_for_until_it_is_out() {
    let app = TestApp::new();
    let (id, _) = ready(&app, GISTS).await;
    app.clock.set(at("2026-06-01T00:30:00Z"));
    app.staff("clerk").get("/").await.shows("結果の公表待ち").shows(&format!("/consultations/{id}/result"));
    digest::run(&app.app).expect("it runs");
    let digests = |app: &TestApp| -> Vec<String> {
        let rows: Vec<(String, i64, Vec<u8>)> = app.read(|db| {
            Ok(outbox::table
                .filter(outbox::kind.eq("digest"))
                .select((outbox::id, outbox::seal_key_id, outbox::sealed))
                .load(db)?)
        });
        let mut to: Vec<String> = rows
            .iter()
            .map(|(id, key, sealed)| mail::open(&app.app.sealer, id, *key, sealed).expect("ours"))
            .inspect(|m| assert!(m.text.contains("募集の終わりから32日"), "{}", m.text))
            .map(|m| m.to.split('@').next().unwrap_or("").to_owned())
            .collect();
        to.sort();
        to
    };
    assert_eq!(digests(&app), ["clerk", "kacho", "tanto"], "the listening office is asked after two months");
    decided(&app, &written(&app, id, "circulate", &[]).await).await;
    app.staff("clerk").get("/").await.hides("結果の公表待ち");
    app.clock.set(at("2026-06-02T00:30:00Z"));
    digest::run(&app.app).expect("it runs");
    assert_eq!(digests(&app).len(), 3);
    let content = app.read(move |db| {
        let version = store::newest(db, id)?.expect("a version");
        Content::read(&version.content)
    });
    assert_eq!(content.counts.opinions(), 3);
}
