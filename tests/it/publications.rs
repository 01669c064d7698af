//! From a closed matter to a page anybody may read, and away again; and that nothing else gets out.

use std::io::Read as _;

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use hirokiku::db::Db;
use hirokiku::error::Result;
use hirokiku::letters::letter::{Field, MatterKind};
use hirokiku::letters::matter::{Change, Step};
use hirokiku::letters::{self, store};
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::publications::publication::Filter;
use hirokiku::publications::store::{drafts, voices};
use hirokiku::trail::By;
use serde_json::{Value, json};

use crate::app::{Browser, Page, TestApp};
use crate::letters::arrival;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    code: String,
}

/// A letter that was answered and may be published.
struct Told<'a> {
    title: &'a str,
    body: &'a str,
    reply: Option<&'a str>,
    name: &'a str,
    kind: MatterKind,
    field: Field,
    publish_ok: bool,
}

impl Default for Told<'_> {
    fn default() -> Self {
        Told {
            title: "街灯の修理",
            body: "長府の街灯が消えています。山田太郎と申します。電話は083-231-1111です。",
            reply: Some("街灯は4月3日に直しました。ご連絡ありがとうございました。"),
            name: "山田太郎",
            kind: MatterKind::Request,
            field: Field::Infrastructure,
            publish_ok: true,
        }
    }
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// Walks a letter to its end and gives its matter.
fn closed_matter(app: &TestApp, told: &Told<'_>) -> i64 {
    let mut letter = arrival(app, told.body);
    letter.subject = told.title.to_owned();
    letter.publish_ok = told.publish_ok;
    if !told.name.is_empty() {
        let details = PartyDetails {
            name: told.name.to_owned(),
            phone: "083-231-1111".to_owned(),
            ..PartyDetails::default()
        };
        let id = app.clock.id().to_string();
        let party = SealedParty::seal(&app.app.sealer, id, &details, app.clock.now()).expect("it seals");
        letter.anonymous = false;
        letter.party = Some(party);
    }
    let (now, by) = (app.clock.now(), By::system());
    let (kind, field, reply) = (told.kind, told.field.code(), told.reply.map(quoted));
    app.write(move |db| {
        let id = letters::accept(db, &letter, &by)?.letter_id;
        let matter = store::matters_of(db, id)?.remove(0).id;
        let go = |db: &mut Db, step, change| {
            letters::advance(db, &by, now, matter, None, step, change, Value::Null)
        };
        go(db, Step::Register, Change::default())?;
        go(db, Step::Accept, Change { kind: Some(kind), ..Change::default() })?;
        go(db, Step::Circulate, Change::default())?;
        go(db, Step::Assign, Change { owning_unit_id: Some(Some(5)), ..Change::default() })?;
        db.batch_execute(&format!(
            "INSERT INTO matter_field (matter_id, field) VALUES ({matter}, '{field}')"
        ))?;
        match &reply {
            None => {
                go(db, Step::SetNoReply, Change::default())?;
            }
            Some(reply) => {
                for step in [Step::Draft, Step::Submit, Step::Approve] {
                    go(db, step, Change::default())?;
                }
                sent_reply(db, id, matter, reply)?;
                go(db, Step::Send, Change::default())?;
            }
        }
        go(db, Step::Close, Change::default())?;
        Ok(matter)
    })
}

/// Rows of a reply that was drafted by 道上, decided by 道本 and sent.
fn sent_reply(db: &mut Db, letter: i64, matter: i64, body: &str) -> Result<()> {
    classes(db)?;
    db.batch_execute(&format!(
        "INSERT INTO reply (matter_id, kind, via, state, current_no, created_by, created_at, version)
           VALUES ({matter}, 'final', 'email', 'draft', 1, 4, '2026-04-02 00:00:00', 1);
         INSERT INTO reply_version (reply_id, no, subject, body, content_hash, author_id, created_at)
           SELECT id, 1, 'お答えします', '{body}', 'h{matter}', 4, '2026-04-02 00:00:00' FROM reply WHERE matter_id = {matter};
         INSERT INTO approval (subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, state, drafted_by, author_id, drafted_at, version)
           SELECT 'reply', v.id, {matter}, {letter}, 't_reply', 'h{matter}', '回答', 'circulating', 4, 4, '2026-04-02 00:00:00', 1
           FROM reply_version v JOIN reply r ON r.id = v.reply_id WHERE r.matter_id = {matter};"
    ))?;
    decide_rows(db, &format!("subject_kind = 'reply' AND matter_id = {matter}"), 5)?;
    db.batch_execute(&format!(
        "INSERT INTO dispatch (approval_id, reply_version_id, content_hash, via, sent_by, at)
           SELECT id, subject_id, content_hash, 'email', 4, '2026-04-03 03:00:00' FROM approval WHERE subject_kind = 'reply' AND matter_id = {matter}"
    ))?;
    Ok(())
}

/// A class that only these tests' raw replies use, beside the real ones.
fn classes(db: &mut Db) -> Result<()> {
    hirokiku::approval::seed(db)?;
    Ok(db.batch_execute(
        "INSERT INTO approval_class (code, label, mark, subject_kind, sort)
           SELECT 't_reply', 't_reply', '丙', 'reply', 99 WHERE NOT EXISTS (SELECT 1 FROM approval_class WHERE code = 't_reply')",
    )?)
}

/// Every step approved, then the decision, by raw rows.
fn decide_rows(db: &mut Db, which: &str, by: i64) -> Result<()> {
    let open = format!("{which} AND state = 'circulating'");
    let ids: Vec<Id> = diesel::sql_query(format!("SELECT id FROM approval WHERE {open}")).load(db)?;
    for Id { id } in ids {
        db.batch_execute(&format!(
            "INSERT INTO approval_step (approval_id, no, kind, role, state)
               SELECT {id}, 1, 'decide', 'section_head', 'current' WHERE NOT EXISTS (SELECT 1 FROM approval_step WHERE approval_id = {id});
             UPDATE approval_step SET state = 'approved', staff_id = {by}, acted_as = 'self', acted_at = '2026-04-02 01:00:00' WHERE approval_id = {id};
             UPDATE approval SET state = 'decided', decided_by = {by}, decided_as = 'standing', decided_at = '2026-04-02 01:00:00' WHERE id = {id};"
        ))?;
    }
    Ok(())
}

/// What the approval room does when the head of the office decides.
fn decide(app: &TestApp, publication: i64) {
    let now = app.clock.now();
    app.write(move |db| {
        let waiting: Id = diesel::sql_query(format!(
            "SELECT v.id FROM publication_version v JOIN publication p ON p.id = v.publication_id AND p.current_no = v.no WHERE p.id = {publication}"
        ))
        .get_result(db)?;
        decide_rows(db, &format!("subject_kind = 'publication' AND subject_id = {}", waiting.id), 12)?;
        let hash = drafts::version(db, waiting.id)?.hash;
        hirokiku::publications::decided(db, &By::staff(12, "広瀬 長"), now, waiting.id, &hash)
    });
    app.app.kept.look_again();
}

fn number_in(location: &str) -> i64 {
    location.split('/').nth(2).and_then(|n| n.split('#').next()?.parse().ok()).expect("/publications/{id}")
}

async fn propose(app: &TestApp, staff: &Browser, told: &Told<'_>) -> i64 {
    let matter = closed_matter(app, told);
    let overview = staff.get("/moderation").await;
    let done = staff.submit(&overview, &format!("/matters/{matter}/publications"), &[]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    number_in(done.location())
}

/// Sends a form of the workbench as it stands now.
async fn act(staff: &Browser, id: i64, what: &str, fields: &[(&str, &str)]) -> Page {
    let bench = staff.get(&format!("/publications/{id}")).await;
    assert_eq!(bench.status, 200, "{}", bench.body);
    let version = bench.input("version").unwrap_or_default();
    let fields: Vec<(&str, &str)> =
        [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
    staff.submit(&bench, &format!("/publications/{id}/{what}"), &fields).await
}

/// Everything masked that the finder found, approved and published.
async fn publish(app: &TestApp, told: &Told<'_>) -> i64 {
    classes_in(app);
    let staff = app.staff("kocho");
    let id = propose(app, &staff, told).await;
    let bench = staff.get(&format!("/publications/{id}")).await;
    if bench.body.contains("accept_all") {
        act(&staff, id, "masks", &[("accept_all", "yes")]).await;
    }
    if told.reply.is_none() {
        act(&staff, id, "texts", &[("answer", "ご意見として承りました。"), ("outcome", "reference")]).await;
    }
    let done = act(&staff, id, "approvals", &[]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    decide(app, id);
    id
}

fn classes_in(app: &TestApp) {
    app.write(classes);
}

#[actix_web::test]
async fn a_masked_and_approved_letter_is_found_by_a_stranger_and_an_unapproved_one_is_not() {
    let app = TestApp::new();
    classes_in(&app);
    let staff = app.staff("kocho");
    let id = propose(&app, &staff, &Told::default()).await;
    let bench = staff.get(&format!("/publications/{id}")).await;
    bench.shows("未判断の").shows("公開されるページ");
    act(&staff, id, "approvals", &[]).await.shows("まだ判断していない");
    act(&staff, id, "masks", &[("accept_all", "yes")]).await;
    act(&staff, id, "masks", &[("part", "voice"), ("words", "長府"), ("reason", "third_party")]).await;
    let stranger = app.citizen();
    stranger.get("/voices").await.shows("公表された声は、まだありません");
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
    assert_eq!(stranger.get(&format!("/voices/{id}")).await.status, 404);
    act(&staff, id, "masks", &[("accept_all", "yes")]).await;

    decide(&app, id);
    let page = stranger.get(&format!("/voices/{id}")).await;
    page.shows("街灯の修理")
        .shows("【第三者の権利】")
        .shows("【個人情報】")
        .shows("街灯は4月3日に直しました");
    page.hides("山田")
        .hides("231-1111")
        .hides("長府の")
        .shows("道路河川建設課")
        .shows("回答日")
        .hides("回答はしていません");
    let list = stranger.get("/voices?q=%E8%A1%97%E7%81%AF").await;
    list.shows(&format!("/voices/{id}")).shows("1件");
    stranger.get("/voices?q=%EF%BD%BC%EF%BE%AD%EF%BD%B3%EF%BE%98").await.shows("見つかりませんでした");
    app.staff("kocho2").get(&format!("/publications/{id}")).await.shows("公表中");
}

#[actix_web::test]
async fn a_letter_whose_writer_did_not_agree_is_never_a_candidate() {
    let app = TestApp::new();
    let matter = closed_matter(&app, &Told { publish_ok: false, ..Told::default() });
    let staff = app.staff("kocho");
    let overview = staff.get("/moderation").await;
    let refused =
        staff.submit(&overview, &format!("/matters/{matter}/publications"), &[("csrf", "csrf-kocho")]).await;
    assert!(refused.status == 409 || refused.status == 422);
    let refused = staff.post(&format!("/matters/{matter}/publications"), &[("csrf", "csrf-kocho")]).await;
    assert_eq!(refused.status, 422);
    refused.shows("差出人が公表を望んでいない");
    let other =
        app.staff("tanto").post(&format!("/matters/{matter}/publications"), &[("csrf", "csrf-tanto")]).await;
    assert_eq!(other.status, 403);
}

/// T-15
#[actix_web::test]
async fn nothing_is_put_up_for_approval_while_the_senders_name_is_in_it() {
    let app = TestApp::new();
    classes_in(&app);
    let staff = app.staff("kocho");
    let id =
        propose(&app, &staff, &Told { reply: Some("山田　太郎様の件は直しました。"), ..Told::default() })
            .await;
    let spans: Vec<i64> = app.read(|db| Ok(drafts::spans(db, id)?.iter().map(|s| s.id).collect()));
    for span in &spans {
        act(&staff, id, "masks", &[("reject", &span.to_string())]).await;
    }
    let bench = staff.get(&format!("/publications/{id}")).await;
    bench.shows("差出人の氏名や連絡先が残っています");
    let refused = act(&staff, id, "approvals", &[]).await;
    assert_eq!(refused.status, 422);
    refused.shows("差出人の氏名や連絡先が公表文に残っています");
    // a title of the city's own is held to the same
    for span in &spans {
        act(&staff, id, "masks", &[("accept", &span.to_string())]).await;
    }
    act(&staff, id, "texts", &[("title", "ﾔﾏﾀﾞではなく山田 太郎さんの街灯")]).await;
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 422);
    act(&staff, id, "texts", &[("title", "街灯が消えていること")]).await;
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
}

#[actix_web::test]
async fn words_are_masked_wherever_they_stand_after_a_look_at_each_place() {
    let app = TestApp::new();
    let staff = app.staff("kocho");
    let told = Told { body: "角の店の前。店の横。店の裏。", name: "", ..Told::default() };
    let id = propose(&app, &staff, &told).await;
    let look = act(
        &staff,
        id,
        "masks",
        &[("part", "voice"), ("words", "店"), ("reason", "third_party"), ("look", "yes")],
    )
    .await;
    look.shows("3か所あります").shows("すべて伏せる");
    assert_eq!(
        act(
            &staff,
            id,
            "masks",
            &[("part", "voice"), ("words", "店"), ("reason", "third_party"), ("nth", "2")]
        )
        .await
        .status,
        303
    );
    staff
        .get(&format!("/publications/{id}"))
        .await
        .shows("角の店の前。<span class=\"masked\">【第三者の権利】</span>の横。店の裏。");
    act(&staff, id, "masks", &[("part", "voice"), ("words", "店の"), ("reason", "third_party")]).await;
    staff
        .get(&format!("/publications/{id}"))
        .await
        .shows("横。<span class=\"masked\">【第三者の権利】</span>裏。")
        .hides("角の店の前。<");
    act(&staff, id, "masks", &[("part", "voice"), ("words", "駅"), ("reason", "personal")])
        .await
        .shows("原文にありません");
}

#[actix_web::test]
async fn two_people_on_one_workbench_do_not_overwrite_each_other() {
    let app = TestApp::new();
    let (one, two) = (app.staff("kocho"), app.staff("kocho2"));
    let id = propose(&app, &one, &Told::default()).await;
    let seen = two.get(&format!("/publications/{id}")).await;
    act(&one, id, "texts", &[("title", "先に直した題名")]).await;
    let version = seen.input("version").unwrap_or_default();
    let late = two
        .submit(&seen, &format!("/publications/{id}/texts"), &[("version", &version), ("title", "後の題名")])
        .await;
    assert_eq!(late.status, 409);
    one.get(&format!("/publications/{id}")).await.shows("先に直した題名");
}

/// T-18
#[actix_web::test]
async fn a_correction_keeps_the_first_version_readable_and_shows_what_changed() {
    let app = TestApp::new();
    let id = publish(&app, &Told::default()).await;
    let staff = app.staff("kocho");
    app.clock.advance(Duration::days(3));
    let staff = if staff.get("/moderation").await.status == 200 { staff } else { app.staff("kocho") };
    act(&staff, id, "corrections", &[("note", "直した日を4月5日に訂正しました。")]).await;
    let reader = app.citizen();
    reader.get(&format!("/voices/{id}")).await.shows("4月3日に直しました").hides("訂正があります");
    act(&staff, id, "texts", &[("answer", "街灯は4月5日に直しました。ご連絡ありがとうございました。")]).await;
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
    decide(&app, id);
    let page = reader.get(&format!("/voices/{id}")).await;
    page.shows("訂正があります")
        .shows("直した日を4月5日に訂正しました")
        .shows(&format!("/voices/{id}/versions/1"));
    page.shows("2026-04-01\">").shows("2026-04-04\">");
    let first = reader.get(&format!("/voices/{id}/versions/1")).await;
    first.shows("街灯は4月3日に直しました").shows("<del>").shows("<ins>").shows("いまの版(第2版)");
    assert_eq!(reader.get(&format!("/voices/{id}/versions/3")).await.status, 404);
    assert_eq!(reader.get(&format!("/voices/{id}/versions/2")).await.location(), format!("/voices/{id}"));
}

/// T-20
#[actix_web::test]
async fn the_csv_opens_in_a_spreadsheet_and_runs_nothing() {
    let app = TestApp::new();
    let told =
        Told {
            body: "=HYPERLINK(\"http://x\") を\n\"引用\"して、改行も。", name: "", ..Told::default()
        };
    let first = publish(&app, &told).await;
    publish(&app, &Told { reply: None, ..Told::default() }).await;
    let csv = app.citizen().get("/opendata/letters_published.csv").await;
    assert!(csv.body.starts_with("\u{feff}全国地方公共団体コード,"));
    let mut text = String::new();
    csv.body.as_bytes()[3..].to_vec().as_slice().read_to_string(&mut text).expect("UTF-8");
    let rows: Vec<Vec<&str>> =
        text.split("\r\n").filter(|l| l.starts_with("352012,")).map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert!(text.contains(",\"'=HYPERLINK(\"\"http://x\"\") を\n\"\"引用\"\"して、改行も。\","), "{text}");
    assert!(text.contains(",2026-04-01,2026-04-03,2026-04-01,,あり,"), "{text}");
    assert!(text.contains(&format!("/voices/{first}\r\n")));
    for cell in rows.iter().flatten() {
        assert!(!cell.trim_matches('"').starts_with(['=', '+', '-', '@']), "{cell}");
    }
}

const CANARY: &str = "海猫秘密九七三";

#[actix_web::test]
async fn a_masked_secret_is_in_no_byte_of_anything_public_and_a_withdrawn_voice_is_gone_at_once() {
    let app = TestApp::new();
    classes_in(&app);
    let staff = app.staff("kocho");
    let body = format!("街灯の下の{CANARY}さんが困っています。{CANARY}の街灯を直してください。");
    let told = Told {
        title: &format!("{CANARY}の街灯"),
        body: &body,
        reply: Some(&format!("{CANARY}さんの街灯を直しました。")),
        ..Told::default()
    };
    let id = propose(&app, &staff, &told).await;
    act(&staff, id, "masks", &[("accept_all", "yes")]).await;
    for part in ["subject", "voice", "answer"] {
        act(&staff, id, "masks", &[("part", part), ("words", CANARY), ("reason", "personal")]).await;
    }
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
    decide(&app, id);
    act(&staff, id, "corrections", &[("note", "題名を直しました。")]).await;
    act(&staff, id, "texts", &[("title", "街灯の新しい題名")]).await;
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
    decide(&app, id);
    publish(
        &app,
        &Told {
            title: "別の街灯の修理",
            body: "豊浦の街灯も消えています。修理してください。",
            ..Told::default()
        },
    )
    .await;

    let reader = app.citizen();
    let canary = hirokiku::web::errors::percent(CANARY);
    let asked = hirokiku::web::errors::percent("街灯が消えて困っています。修理してください。");
    let addresses: Vec<String> = [
        "/voices",
        "/voices?field=infrastructure",
        "/voices?year=2026",
        "/voices?kind=request",
        "/voices?q=%E8%A1%97%E7%81%AF",
        "/feeds/voices.atom",
        "/opendata/letters_published.csv",
        "/api/v1/voices",
        "/api/openapi.json",
    ]
    .iter()
    .map(|a| (*a).to_owned())
    .chain([
        format!("/voices/{id}"),
        format!("/voices/{}", id + 1),
        format!("/voices/{id}/versions/1"),
        format!("/api/v1/voices/{id}"),
        format!("/voices/similar?q={asked}"),
    ])
    .collect();
    for address in &addresses {
        let page = reader.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        for word in [CANARY, "海猫", "山田", "083-231-1111"] {
            assert!(!page.body.contains(word), "{word} is in {address}:\n{}", page.body);
        }
    }
    reader.get("/voices").await.shows("街灯の新しい題名");
    reader.get(&format!("/voices/similar?q={asked}")).await.shows("似た声への回答があります");
    for query in
        [canary.clone(), hirokiku::web::errors::percent("海猫"), hirokiku::web::errors::percent("猫秘")]
    {
        reader.get(&format!("/voices?q={query}")).await.hides(&format!("/voices/{id}\""));
        reader.get(&format!("/api/v1/voices?q={query}")).await.shows("\"total\":0");
        assert_eq!(reader.get(&format!("/voices/similar?q={query}")).await.body, "");
    }

    act(&staff, id, "withdrawals", &[("reason", "identifiable"), ("note", "住所が推測できる")]).await;
    for address in &addresses {
        let page = reader.get(address).await;
        assert!(!page.body.contains("街灯の新しい題名"), "{address}:\n{}", page.body);
    }
    for address in [format!("/voices/{id}"), format!("/voices/{id}/versions/1")] {
        let page = reader.get(&address).await;
        assert_eq!(page.status, 410, "{address}");
        page.shows("個人が特定されるおそれがあるため").hides("街灯").hides("住所が推測できる");
    }
    assert_eq!(reader.get(&format!("/api/v1/voices/{id}")).await.status, 410);
    reader.get("/api/v1/voices").await.shows("\"total\":1");
    assert_eq!(app.read(voices::faults), Vec::<String>::new());
}

#[actix_web::test]
async fn the_database_itself_refuses_a_voice_that_was_not_approved() {
    let app = TestApp::new();
    classes_in(&app);
    let staff = app.staff("kocho");
    let id = propose(&app, &staff, &Told::default()).await;
    act(&staff, id, "masks", &[("accept_all", "yes")]).await;
    assert_eq!(act(&staff, id, "approvals", &[]).await.status, 303);
    let voice = |text: &str| {
        format!(
            "INSERT INTO voice (id, seq, version_id, version_no, title, voice_text, gist, answer_text, unit_name, unit_phone, kind, fields, outcome, fiscal_year, received_on, replied_on, answered_sender, published_on, content_hash)
             SELECT publication_id, 1, id, no, title, {text}, gist, answer_text, unit_name, unit_phone, kind, fields, outcome, 2026, received_on, replied_on, answered_sender, received_on, content_hash FROM publication_version WHERE publication_id = {id}"
        )
    };
    let refused = |sql: String, why: &str| {
        let error = app.app.db.write_now(move |db| Ok(db.batch_execute(&sql)?)).expect_err("refused");
        assert!(error.to_string().contains(why), "{error}");
    };
    let unapproved = "only the approved text is published";
    refused(voice("voice_text"), unapproved);
    // decided by the one who masked: refused before it could matter
    let own = app
        .app
        .db
        .write_now(move |db| decide_rows(db, "subject_kind = 'publication'", 2))
        .expect_err("refused");
    assert!(own.to_string().contains("own draft"), "{own}");
    app.write(|db| decide_rows(db, "subject_kind = 'publication'", 12));
    refused(voice("voice_text || '書き足し'"), unapproved);
    app.write({
        let sql = voice("voice_text");
        move |db| Ok(db.batch_execute(&sql)?)
    });
    for change in [
        "voice_text = '別の文'",
        "title = 'x'",
        "unit_name = 'x'",
        "outcome = 'realised'",
        "correction_note = 'x'",
        "replied_on = NULL",
        "version_no = 9",
    ] {
        refused(format!("UPDATE voice SET {change}"), unapproved);
    }
    refused("UPDATE publication_version SET title = 'x'".to_owned(), "never changed");
    refused("DELETE FROM publication_version".to_owned(), "never deleted");
    refused("DELETE FROM publication".to_owned(), "not deleted");
    refused("DELETE FROM mask_span".to_owned(), "not deleted");
    refused("UPDATE publication_part SET original = 'x'".to_owned(), "sealed");
}

#[actix_web::test]
async fn what_a_search_finds_is_what_a_reader_would_find_by_eye() {
    let app = TestApp::new();
    let texts = [
        "待機児童をなくしてください。",
        "学童保育の待機が長い。",
        "ゴミの分別とﾘｻｲｸﾙ。",
        "ごみステーションのカラス",
        "令和８年の防災訓練について",
        "防災無線が聞こえません。令和5年から。",
        "ＩＣＴ教育とタブレット",
        "図書館で『騒音』がする。",
        "A-1棟の雨漏り(a1)",
    ];
    for (nth, body) in texts.iter().enumerate() {
        let title = format!("題名{nth}");
        publish(
            &app,
            &Told { title: &title, body, name: "", reply: Some("お答えします。"), ..Told::default() },
        )
        .await;
    }
    let runs = |text: &str| {
        let folded = hirokiku::text::fold(text);
        folded.split(|c: char| !c.is_alphanumeric()).filter(|r| !r.is_empty()).collect::<Vec<_>>().join("|")
    };
    let shown = app.read(|db| voices::after(db, 0, 100));
    assert_eq!(shown.len(), texts.len());
    for query in [
        "待機",
        "児童",
        "待機児童",
        "待機　長い",
        "ゴミ",
        "ｺﾞﾐ",
        "ごみ",
        "リサイクル",
        "騒",
        "機",
        "防災",
        "令和5",
        "令和8年",
        "ict",
        "ＩＣＴ",
        "a-1",
        "防災 訓練",
        "無線 訓練",
        "\"防災\" OR 1",
        "NEAR(防災)",
        "防*災",
        "題名1",
        "お答え",
        "い",
        "カラス-",
        "' | !*",
    ] {
        let filter = Filter { q: query.to_owned(), page: 1, ..Filter::default() };
        let (items, total) = app.read(|db| voices::page(db, &filter));
        let words: Vec<String> =
            hirokiku::text::fold(query).split_whitespace().map(runs).filter(|w| !w.is_empty()).collect();
        let mut truth: Vec<i64> = shown
            .iter()
            .filter(|(_, v)| {
                let text = runs(&v.content.searched());
                !words.is_empty() && words.iter().all(|w| text.contains(w))
            })
            .map(|(_, v)| v.id)
            .collect();
        truth.reverse();
        assert_eq!(items.iter().map(|i| i.id).collect::<Vec<_>>(), truth, "{query}");
        assert_eq!(total, truth.len() as u64, "{query}");
    }
}

#[actix_web::test]
async fn filters_count_exactly_what_they_show_and_stay_in_the_links() {
    let app = TestApp::new();
    for nth in 0..23 {
        let title = format!("街灯{nth}");
        publish(&app, &Told { title: &title, body: "暗いです。", name: "", ..Told::default() }).await;
    }
    publish(
        &app,
        &Told {
            title: "図書館",
            body: "静かです。",
            name: "",
            kind: MatterKind::Thanks,
            field: Field::Culture,
            ..Told::default()
        },
    )
    .await;
    let reader = app.citizen();
    reader.get("/voices").await.shows("24件").shows("/voices?page=2");
    let narrow = reader.get("/voices?field=infrastructure&kind=request").await;
    narrow
        .shows("23件")
        .shows("/voices?field=infrastructure&amp;kind=request&amp;page=2")
        .hides("図書館</a>");
    let second = reader.get("/voices?field=infrastructure&kind=request&page=2").await;
    assert_eq!(second.body.matches("<h3>").count(), 3);
    second.shows("街灯0</a>");
    reader.get("/voices?field=schools").await.shows("見つかりませんでした").shows("すべての声を見る");
    reader.get("/voices?year=2025").await.shows("見つかりませんでした");
    assert_eq!(
        app.read(|db| voices::tally(db, Some(Field::Culture), Some(2026), Some(MatterKind::Thanks))),
        1
    );
    let first = reader.get("/voices").await;
    assert!(first.body.find("図書館</a>") < first.body.find("街灯22</a>"), "newest first");
}

#[actix_web::test]
async fn a_kept_page_is_the_page_and_a_known_one_is_not_sent_again() {
    let app = TestApp::new();
    let id = publish(&app, &Told { reply: None, ..Told::default() }).await;
    let reader = app.citizen();
    for address in ["/voices".to_owned(), format!("/voices/{id}"), "/feeds/voices.atom".to_owned()] {
        let (one, two) = (reader.get(&address).await, reader.get(&address).await);
        assert_eq!(one.body, two.body);
        assert_eq!(two.headers.get("cache-control").map(String::as_str), Some("public, no-cache"));
        assert!(two.headers.contains_key("etag") && two.headers.contains_key("content-security-policy"));
    }
    reader
        .get(&format!("/voices/{id}"))
        .await
        .shows("本件は、申出人様への回答はしていません")
        .shows("ご意見として承りました");
    // the redirect's sentence of one visitor is on no kept page
    reader
        .cookies
        .lock()
        .expect("one thread")
        .insert("hk_done".to_owned(), "44GT44KT44Gr44Gh44Gv".to_owned());
    reader.get("/voices").await.hides("こんにちは");
}

#[actix_web::test]
async fn the_description_of_the_interface_names_its_addresses_and_its_answers() {
    let app = TestApp::new();
    let id = publish(&app, &Told::default()).await;
    let reader = app.citizen();
    let parse = |page: &Page| serde_json::from_str::<Value>(&page.body).expect("JSON");
    let description = parse(&reader.get("/api/openapi.json").await);
    let paths: Vec<&String> = description["paths"].as_object().expect("paths").keys().collect();
    let mut routes: Vec<&str> = hirokiku::routes::CITIZEN
        .iter()
        .map(|r| r.path)
        .filter(|p| p.starts_with("/api/v1/") || *p == "/consultations/{id}/result.json")
        .collect();
    routes.sort_unstable();
    assert_eq!(paths, routes);
    let properties = |name: &str| -> Vec<String> {
        description["components"]["schemas"][name]["properties"]
            .as_object()
            .expect("properties")
            .keys()
            .cloned()
            .collect()
    };
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().expect("an object").keys().cloned().collect() };
    let list = parse(&reader.get("/api/v1/voices?q=%E8%A1%97%E7%81%AF").await);
    assert_eq!(keys(&list), properties("VoiceList"));
    assert_eq!(keys(&list["voices"][0]), properties("VoiceItem"));
    let voice = parse(&reader.get(&format!("/api/v1/voices/{id}")).await);
    assert_eq!(keys(&voice), properties("Voice"));
    assert_eq!(voice["received_on"], json!("2026-04-01"));
    assert_eq!(reader.get("/api/v1/voices/99").await.body, r#"{"error":"not_found"}"#);
}

#[actix_web::test]
async fn every_masking_decision_and_every_look_at_the_sender_is_in_the_trail() {
    let app = TestApp::new();
    publish(&app, &Told::default()).await;
    let acts: Vec<Code> = app.read(|db| {
        Ok(diesel::sql_query(
            "SELECT act || ' ' || actor_kind || ' ' || detail AS code FROM trail ORDER BY id",
        )
        .load(db)?)
    });
    let has = |start: &str| acts.iter().any(|a| a.code.starts_with(start));
    assert!(
        has("publication.proposed staff")
            && has("publication.masked staff")
            && has("publication.published staff")
    );
    assert!(
        acts.iter().any(|a| a.code.starts_with("party.opened system") && a.code.contains("伏せ字を探すため"))
    );
    assert!(acts.iter().all(|a| !a.code.contains("山田")));
}
