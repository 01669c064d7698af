//! From draft to dispatch: routes, seals, substitutes, and what the database itself refuses.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::approval;
use hirokiku::db::schema;
use hirokiku::error::Result;
use hirokiku::letters::letter::ReplyVia;
use hirokiku::letters::matter::{Change, Matter, State, Step};
use hirokiku::letters::{self, store};
use hirokiku::mail;
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::replies;
use hirokiku::trail::By;
use serde_json::Value;

use crate::app::{Browser, Page, TestApp};
use crate::letters::arrival;

/// 道路河川建設課.
const ROADS: i64 = 5;

/// An application with classes, a deputy mayor, and one matter of a letter assigned to 道路河川建設課.
pub struct Scene {
    pub app: TestApp,
    pub letter: i64,
    matter: i64,
}

impl Scene {
    pub fn new(via: ReplyVia) -> Scene {
        Scene::of(TestApp::new(), via)
    }

    /// A reply by mail, with settings changed.
    pub fn with(change: impl FnOnce(&mut hirokiku::config::Config)) -> Scene {
        Scene::of(TestApp::with(change), ReplyVia::Email)
    }

    fn of(app: TestApp, via: ReplyVia) -> Scene {
        app.write(|db| {
            approval::seed(db)?;
            Ok(db.batch_execute(
                "INSERT INTO staff (login, name, name_kana, password_hash, must_change_password, state, created_at, version) \
                 VALUES ('fuku', '副島 市', 'ソエジマ イチ', '', FALSE, 'active', '2026-03-01 00:00:00', 1); \
                 INSERT INTO posting (staff_id, unit_id, role, valid_from) VALUES (13, 1, 'deputy_mayor', '2026-04-01');",
            )?)
        });
        let mut letter =
            arrival(&app, "長府駅前の街灯が三か月前から消えています。\n夜道が暗くて困っています。");
        letter.reply_via = Some(via);
        letter.anonymous = false;
        let details = PartyDetails {
            name: "長府 花子".into(),
            postal_code: "752-0974".into(),
            address: "下関市長府土居の内町1番1号".into(),
            email: "hanako@example.jp".into(),
            phone: "083-245-0000".into(),
            ..PartyDetails::default()
        };
        let id = app.clock.id().to_string();
        letter.party =
            Some(SealedParty::seal(&app.app.sealer, id, &details, app.clock.now()).expect("sealing works"));
        let now = app.clock.now();
        let (letter, matter) = app.write(move |db| {
            let by = By::system();
            let letter = letters::accept(db, &letter, &by)?.letter_id;
            let matter = store::matters_of(db, letter)?.remove(0).id;
            for step in [Step::Register, Step::Accept, Step::Circulate, Step::Assign] {
                let change = match step {
                    Step::Assign => Change { owning_unit_id: Some(Some(ROADS)), ..Change::default() },
                    _ => Change::default(),
                };
                letters::advance(db, &by, now, matter, None, step, change, Value::Null)?;
            }
            Ok((letter, matter))
        });
        Scene { app, letter, matter }
    }

    fn matter(&self) -> Matter {
        let id = self.matter;
        self.app.read(|db| store::matter(db, id))
    }

    async fn begin(&self, who: &Browser, fields: &[(&str, &str)]) -> String {
        let kind = fields.iter().find(|(n, _)| *n == "kind").map_or("final", |(_, v)| v);
        let page = who.get(&format!("/matters/{}/replies/new?kind={kind}", self.matter)).await;
        page.shows("夜道が暗くて困っています。").hides("花子").hides("hanako");
        let saved = who.submit(&page, &format!("/matters/{}/replies", self.matter), fields).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        saved.location().to_owned()
    }

    /// A drafted final reply put before the approvers of a class; gives the paths of reply and approval.
    async fn submitted(&self, class: &str) -> (String, String) {
        let tanto = self.app.staff("tanto");
        let reply = self.begin(&tanto, DRAFT).await;
        let page = tanto.get(&reply).await;
        let started =
            tanto.submit(&page, &format!("{reply}/approvals"), &[("seen_no", "1"), ("class", class)]).await;
        assert_eq!(started.status, 303, "{}", started.body);
        (reply, started.location().to_owned())
    }

    /// The same sent by the route of the section head.
    pub async fn approved(&self) -> (String, String) {
        let (reply, approval) = self.submitted("reply_section").await;
        press(&self.app.staff("kacho"), &approval, "approve", "").await;
        (reply, approval)
    }

    /// The path of a reply that goes this way, decided.
    pub async fn approved_by(&self, via: &str) -> String {
        let tanto = self.app.staff("tanto");
        let text: Vec<_> = DRAFT.iter().map(|(n, v)| (*n, if *n == "via" { via } else { *v })).collect();
        let reply = self.begin(&tanto, &text).await;
        let page = tanto.get(&reply).await;
        let fields = [("seen_no", "1"), ("class", "reply_section")];
        let started = tanto.submit(&page, &format!("{reply}/approvals"), &fields).await;
        press(&self.app.staff("kacho"), started.location(), "approve", "").await;
        reply
    }

    /// Decided and put in the outbox.
    pub async fn sent(&self) {
        let (reply, _) = self.approved().await;
        let tanto = self.app.staff("tanto");
        let page = tanto.get(&reply).await;
        let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
    }

    pub fn outbox(&self) -> Vec<(String, String, Vec<u8>, i64)> {
        use schema::outbox::dsl as o;
        self.app.read(|db| Ok(o::outbox.select((o::id, o::kind, o::sealed, o::seal_key_id)).load(db)?))
    }

    /// The message with which the database refuses a statement.
    #[track_caller]
    fn refused(&self, sql: &str) -> String {
        let owned = sql.to_owned();
        let done: Result<()> = self.app.app.db.write_now(move |db| Ok(db.batch_execute(&owned)?));
        done.expect_err(sql).to_string()
    }
}

const DRAFT: &[(&str, &str)] = &[
    ("kind", "final"),
    ("via", "email"),
    ("subject", "長府駅前の街灯について"),
    ("body", "四月十日までに直します。"),
];

async fn press(who: &Browser, approval: &str, decision: &str, comment: &str) -> Page {
    let page = who.get(approval).await;
    // who is shown no form can still send one
    let version = page.input("version").unwrap_or_else(|| "1".to_owned());
    let fields = [("version", version.as_str()), ("decision", decision), ("comment", comment)];
    let page = who.get("/approvals").await;
    who.submit(&page, &format!("{approval}/decisions"), &fields).await
}

#[actix_web::test]
async fn a_reply_goes_back_once_comes_again_is_decided_and_leaves_by_mail_once() {
    let scene = Scene::new(ReplyVia::Email);
    let tanto = scene.app.staff("tanto");
    let kacho = scene.app.staff("kacho");
    let (reply, first) = scene.submitted("reply_department").await;
    assert_eq!(scene.matter().state, State::InApproval);

    kacho.get("/approvals").await.shows("長府駅前の街灯について").shows("今日");
    kacho.get(&first).await.shows("四月十日までに直します。").shows("(差出人のお名前) 様").hides("花子");
    let without = press(&kacho, &first, "return", "").await;
    assert_eq!(without.status, 422);
    without.shows("差し戻すときは、理由を書いてください");
    assert_eq!(press(&kacho, &first, "return", "日付の根拠を書いてください。").await.status, 303);
    assert_eq!(scene.matter().state, State::Returned);

    let page = tanto.get(&reply).await;
    page.shows("差し戻されました").shows("日付の根拠を書いてください。");
    let text = [
        ("seen_no", "1"),
        ("via", "email"),
        ("subject", "長府駅前の街灯について"),
        ("body", "部品が届く四月十五日までに直します。"),
        ("class", "reply_department"),
    ];
    let again = tanto.submit(&page, &format!("{reply}/approvals"), &text).await;
    let second = again.location().to_owned();
    assert_ne!(first, second);

    kacho.get(&second).await.shows("第1版").shows("<ins>").shows("部品が届く");
    assert_eq!(press(&kacho, &second, "approve", "よいと思います。").await.status, 303);
    let listening = scene.app.staff("kocho");
    listening.get(&second).await.shows("合議する(異議なし)").shows("よいと思います。");
    press(&listening, &second, "approve", "").await;
    assert_eq!(scene.matter().state, State::InApproval);
    press(&scene.app.staff("bucho"), &second, "approve", "").await;
    assert_eq!(scene.matter().state, State::Approved);

    let page = tanto.get(&reply).await;
    page.shows("決裁が済みました");
    for _ in 0..2 {
        let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
    }
    let rows = scene.outbox();
    assert_eq!(rows.len(), 1);
    let (id, kind, sealed, key) = &rows[0];
    assert_eq!(kind, "reply");
    let mail = mail::open(&scene.app.app.sealer, id, *key, sealed).expect("it opens");
    assert_eq!(mail.to, "hanako@example.jp");
    assert!(mail.subject.starts_with("Re: ") && mail.subject.contains(" [受付番号 "), "{}", mail.subject);
    assert!(mail.text.starts_with("長府 花子 様\n\n"), "{}", mail.text);
    assert!(mail.text.contains("部品が届く四月十五日までに直します。"));
    assert!(mail.text.contains("道路河川建設課") && mail.text.contains("/receipts/"));
    let matter = scene.matter();
    assert_eq!((matter.state, matter.replied_at.is_some()), (State::Replied, true));
    let letter = scene.letter;
    let sent = scene.app.read(|db| replies::sent_of_letter(db, letter));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].body, "部品が届く四月十五日までに直します。");
    let acts: Vec<String> =
        scene.app.read(|db| hirokiku::trail::of_letter(db, letter)).into_iter().map(|l| l.act).collect();
    for act in [
        "approval.returned",
        "approval.concurred",
        "approval.decided",
        "party.opened",
        "mail.queued",
        "reply.sent",
    ] {
        assert!(acts.iter().any(|a| a == act), "{act} is not in {acts:?}");
    }
}

#[actix_web::test]
async fn the_mayors_route_passes_everyone_in_turn_and_nobody_jumps_the_queue() {
    let scene = Scene::new(ReplyVia::Post);
    let (reply, approval) = scene.submitted("reply_mayor").await;
    let mayor = scene.app.staff("shicho");
    assert_eq!(press(&mayor, &approval, "approve", "").await.status, 403);
    for login in ["kacho", "bucho", "kocho2", "fuku"] {
        let who = scene.app.staff(login);
        who.get("/approvals").await.shows("長府駅前の街灯について");
        assert_eq!(press(&who, &approval, "approve", "").await.status, 303, "{login}");
        assert_eq!(scene.matter().state, State::InApproval);
    }
    press(&mayor, &approval, "approve", "").await;
    assert_eq!(scene.matter().state, State::Approved);
    mayor.get(&approval).await.shows("市川 長(決裁)");
    let paper = mayor.get(&format!("{approval}/print")).await;
    paper.shows("甲").shows("押印欄").shows("副島");
    let tanto = scene.app.staff("tanto");
    tanto.get(&reply).await.shows("メールで送る");
}

#[actix_web::test]
async fn rule_38_nobody_approves_an_own_draft_and_a_substitute_only_in_a_recorded_absence() {
    let scene = Scene::new(ReplyVia::Email);
    let (_, approval) = scene.submitted("reply_section").await;
    let tanto = scene.app.staff("tanto");
    let other = scene.app.staff("kacho2");
    assert_eq!(press(&tanto, &approval, "approve", "").await.status, 403);
    assert_eq!(press(&other, &approval, "approve", "").await.status, 404);
    // the drafter as substitute of the section head: still nobody's own draft
    let absence = |substitute: i64, from: &str, to: &str| {
        format!(
            "INSERT INTO absence (staff_id, substitute_id, from_on, to_on, reason, recorded_by, recorded_at) \
             VALUES (5, {substitute}, '{from}', '{to}', '出張', 1, '2026-04-01 00:00:00')"
        )
    };
    let rows = [absence(4, "2026-04-01", "2026-04-03"), absence(11, "2026-03-20", "2026-03-31")];
    scene.app.write(move |db| Ok(db.batch_execute(&rows.join(";"))?));
    assert_eq!(press(&tanto, &approval, "approve", "").await.status, 403);
    assert_eq!(press(&other, &approval, "approve", "").await.status, 404, "the absence was over");
    let row = absence(11, "2026-04-01", "2026-04-03");
    scene.app.write(move |db| Ok(db.batch_execute(&row)?));
    other.get("/approvals").await.shows("代決").shows("道本 課");
    assert_eq!(press(&other, &approval, "approve", "").await.status, 303);
    other.get(&approval).await.shows("園部 公(代決)");

    let kacho = scene.app.staff("kacho");
    let list = kacho.get("/approvals").await;
    list.shows("後閲するもの");
    kacho.submit(&list, &format!("{approval}/later-views"), &[]).await;
    kacho.get("/approvals").await.hides("後閲するもの");
}

#[actix_web::test]
async fn rule_38_an_edit_after_the_decision_voids_it_and_nothing_is_sent() {
    let scene = Scene::new(ReplyVia::Email);
    let (reply, approval) = scene.approved().await;
    let tanto = scene.app.staff("tanto");
    let page = tanto.get(&reply).await;
    page.shows("直して保存すると決裁は効力を失い");
    let text = [("seen_no", "1"), ("via", "email"), ("subject", "街灯"), ("body", "やはり五月に直します。")];
    tanto.submit(&page, &format!("{reply}/versions"), &text).await;
    assert_eq!(scene.matter().state, State::Drafting);
    tanto.get(&approval).await.shows("失効");
    let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(sent.status, 422);
    assert!(scene.outbox().is_empty());
}

#[actix_web::test]
async fn an_approved_reply_does_not_go_to_an_address_that_changed_meanwhile() {
    let scene = Scene::new(ReplyVia::Email);
    let (reply, _) = scene.approved().await;
    scene.app.write(|db| Ok(db.batch_execute("UPDATE party SET mail_mark = 'somebody else'")?));
    let tanto = scene.app.staff("tanto");
    let page = tanto.get(&reply).await;
    let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(sent.status, 422);
    sent.shows("文面か宛先が変わっています");
    assert!(scene.outbox().is_empty());
    assert_eq!(scene.matter().state, State::Approved);
}

#[actix_web::test]
async fn the_later_of_two_writers_sees_both_texts_and_loses_neither() {
    let scene = Scene::new(ReplyVia::Email);
    let tanto = scene.app.staff("tanto");
    let kacho = scene.app.staff("kacho");
    let reply = scene.begin(&tanto, DRAFT).await;
    let (one, two) = (tanto.get(&reply).await, kacho.get(&reply).await);
    let versions = format!("{reply}/versions");
    let text = |body: &'static str| {
        [("seen_no", "1"), ("via", "email"), ("subject", "長府駅前の街灯について"), ("body", body)]
    };
    assert_eq!(tanto.submit(&one, &versions, &text("四月十一日に直します。")).await.status, 303);
    let late = kacho.submit(&two, &versions, &text("四月十二日に直します。")).await;
    assert_eq!(late.status, 409);
    late.shows("まだ保存していません").shows("道上 担").shows("四月十二日に直します。</textarea>");
    assert_eq!(late.input("seen_no").as_deref(), Some("2"));
    let mut on_top = text("四月十二日に直します。");
    on_top[0].1 = "2";
    assert_eq!(kacho.submit(&late, &versions, &on_top).await.status, 303);
    kacho.get(&reply).await.shows("第3版").shows("第2版との違いを見る");
    kacho.get(&format!("{reply}/diff?old=2&new=3")).await.shows("<ins>").shows("<del>");
}

#[actix_web::test]
async fn an_interim_reply_needs_its_day_and_moves_the_due_date_but_not_the_state() {
    let scene = Scene::new(ReplyVia::Email);
    let tanto = scene.app.staff("tanto");
    let path = format!("/matters/{}/replies", scene.matter);
    let page = tanto.get(&format!("{path}/new?kind=interim")).await;
    let text = [("kind", "interim"), ("via", "email"), ("subject", "街灯"), ("body", "部品を調べています。")];
    let refused = tanto.submit(&page, &path, &text).await;
    assert_eq!(refused.status, 422);
    refused.shows("中間回答には、最終の回答を予定する日が要ります").shows("部品を調べています。</textarea>");
    let dated: Vec<_> = text.iter().copied().chain([("expected_on", "令和8年5月20日")]).collect();
    let reply = tanto.submit(&page, &path, &dated).await.location().to_owned();
    let page = tanto.get(&reply).await;
    page.shows("【中間回答】街灯").shows("令和8年(2026年)5月20日(水)までに");
    let fields = [("seen_no", "1"), ("class", "interim")];
    let approval = tanto.submit(&page, &format!("{reply}/approvals"), &fields).await.location().to_owned();
    press(&scene.app.staff("kacho"), &approval, "approve", "").await;
    let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let matter = scene.matter();
    let day = NaiveDate::from_ymd_opt(2026, 5, 20);
    assert_eq!((matter.state, matter.extended_due_on, Some(matter.due_on)), (State::Assigned, day, day));
    assert_eq!(scene.outbox().len(), 1);
    let no_day = scene.refused(
        "INSERT INTO reply_version (reply_id, no, subject, body, content_hash, author_id, created_at) \
         VALUES (1, 2, '', '', 'x', 4, '2026-04-01 00:00:00')",
    );
    assert!(no_day.contains("an interim reply names the expected date"), "{no_day}");
}

#[actix_web::test]
async fn a_question_that_was_sent_waits_for_the_sender() {
    let scene = Scene::new(ReplyVia::Email);
    let tanto = scene.app.staff("tanto");
    let text =
        [("kind", "question"), ("via", "email"), ("subject", "場所"), ("body", "どの街灯でしょうか。")];
    let reply = scene.begin(&tanto, &text).await;
    assert_eq!(scene.matter().state, State::Assigned);
    let page = tanto.get(&reply).await;
    let fields = [("seen_no", "1"), ("class", "question")];
    let approval = tanto.submit(&page, &format!("{reply}/approvals"), &fields).await.location().to_owned();
    press(&scene.app.staff("kacho"), &approval, "approve", "").await;
    tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    let matter = scene.matter();
    assert_eq!((matter.state, matter.resume_state), (State::AwaitingSender, Some(State::Assigned)));
    assert_eq!(scene.outbox()[0].1, "question");
    use schema::exchange::dsl as e;
    let said: Vec<(String, String)> =
        scene.app.read(|db| Ok(e::exchange.select((e::kind, e::body)).load(db)?));
    assert_eq!(said, [("question".to_owned(), "どの街灯でしょうか。".to_owned())]);
}

#[actix_web::test]
async fn a_printed_reply_carries_the_address_and_leaves_a_line_that_it_was_opened() {
    let scene = Scene::new(ReplyVia::Post);
    let tanto = scene.app.staff("tanto");
    let mut text = DRAFT.to_vec();
    text[1].1 = "post";
    let reply = scene.begin(&tanto, &text).await;
    assert_eq!(tanto.get(&format!("{reply}/print")).await.status, 422);
    let page = tanto.get(&reply).await;
    let fields = [("seen_no", "1"), ("class", "reply_section")];
    let approval = tanto.submit(&page, &format!("{reply}/approvals"), &fields).await.location().to_owned();
    press(&scene.app.staff("kacho"), &approval, "approve", "").await;
    let paper = tanto.get(&format!("{reply}/print")).await;
    paper
        .shows("〒752-0974")
        .shows("長府 花子 様")
        .hides("御中")
        .shows("令和8年4月1日")
        .shows("下関市長")
        .hides("再印刷");
    assert_eq!(scene.app.staff("bucho").get(&format!("{reply}/print")).await.status, 403);
    tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(scene.matter().state, State::Replied);
    assert!(scene.outbox().is_empty());
    let letter = scene.letter;
    scene.app.clock.advance(chrono::Duration::days(9));
    let again = scene.app.staff("tanto").get(&format!("{reply}/print")).await;
    again.shows("(再印刷)").shows("令和8年4月1日").hides("令和8年4月10日");
    let opened = scene.app.read(|db| hirokiku::trail::of_letter(db, letter));
    assert_eq!(opened.iter().filter(|l| l.act == "party.opened").count(), 2, "once a print");
}

#[actix_web::test]
async fn a_route_nobody_can_walk_is_refused_in_words_and_the_text_stays() {
    let scene = Scene::new(ReplyVia::Email);
    scene.app.write(|db| {
        Ok(db.batch_execute("UPDATE posting SET valid_to = '2026-04-01' WHERE role = 'deputy_mayor'")?)
    });
    scene.app.clock.advance(chrono::Duration::days(1));
    let tanto = scene.app.staff("tanto");
    let reply = scene.begin(&tanto, DRAFT).await;
    let page = tanto.get(&reply).await;
    let fields = [
        ("seen_no", "1"),
        ("via", "email"),
        ("subject", "街灯"),
        ("body", "書きかけの文です。"),
        ("class", "reply_mayor"),
    ];
    let refused = tanto.submit(&page, &format!("{reply}/approvals"), &fields).await;
    assert_eq!(refused.status, 422);
    refused.shows("副市長に就いている職員がいない").shows("書きかけの文です。</textarea>");
    // the section head's own text cannot be decided by the section head
    let kacho = scene.app.staff("kacho");
    let page = kacho.get(&reply).await;
    let mut own = fields;
    own[4].1 = "reply_section";
    let refused = kacho.submit(&page, &format!("{reply}/approvals"), &own).await;
    assert_eq!(refused.status, 422);
    refused.shows("起案者か文案を書いた本人だけ").shows("書きかけの文です。</textarea>");
    own[4].1 = "reply_department";
    assert_eq!(kacho.submit(&page, &format!("{reply}/approvals"), &own).await.status, 303);
}

#[actix_web::test]
async fn the_drafter_pulls_back_and_strangers_see_nothing() {
    let scene = Scene::new(ReplyVia::Email);
    let (reply, approval) = scene.submitted("reply_section").await;
    let stranger = scene.app.staff("tanto2");
    assert_eq!(stranger.get(&reply).await.status, 404);
    assert_eq!(stranger.get(&approval).await.status, 404);
    let tanto = scene.app.staff("tanto");
    let page = tanto.get(&approval).await;
    let version = page.input("version").unwrap_or_default();
    tanto.submit(&page, &format!("{approval}/withdrawals"), &[("version", &version)]).await;
    assert_eq!(scene.matter().state, State::Drafting);
    tanto.get(&approval).await.shows("引戻し");
    let late = press(&scene.app.staff("kacho"), &approval, "approve", "").await;
    assert_ne!(late.status, 303);
}

#[actix_web::test]
async fn rule_38_the_database_itself_refuses_to_send_or_decide_past_the_approvers() {
    let scene = Scene::new(ReplyVia::Email);
    let (_, _) = scene.submitted("reply_section").await;
    let hash = "(SELECT content_hash FROM reply_version WHERE id = 1)";
    let dispatch = |hash: &str| {
        format!(
            "INSERT INTO dispatch (approval_id, reply_version_id, content_hash, via, sent_by, at) \
             VALUES (1, 1, {hash}, 'email', 4, '2026-04-01 00:00:00')"
        )
    };
    let steps = "UPDATE approval_step SET state = 'approved', staff_id = 5, acted_as = 'self' WHERE id = 1";
    let decide = |who: i64| format!("UPDATE approval SET state = 'decided', decided_by = {who} WHERE id = 1");
    for (sql, why) in [
        (dispatch(hash), "only the approved text is sent"),
        (
            "INSERT INTO outbox (id, message_id, kind, sealed, seal_key_id, state, attempts, next_at, created_at) \
             SELECT 'a', 'b', 'reply', sealed, seal_key_id, 'queued', 0, '2026-04-01 00:00:00', '2026-04-01 00:00:00' FROM party"
                .to_owned(),
            "only the approved text is sent",
        ),
        ("UPDATE matter SET state = 'replied'".to_owned(), "replied to when an approved reply was sent"),
        ("UPDATE reply SET state = 'sent'".to_owned(), "when its approved version left the house"),
        (decide(5), "every step of the route"),
        (steps.replace("= 5", "= 4"), "own draft"),
        (
            steps.replace("'self'", "'substitute', absent_id = 5").replace("staff_id = 5,", "staff_id = 11,"),
            "recorded absence",
        ),
        ("UPDATE approval SET content_hash = 'other'".to_owned(), "bound to its text"),
        ("UPDATE approval SET executed_at = '2026-04-01 00:00:00'".to_owned(), "only what was decided"),
        ("UPDATE reply_version SET body = '別の文'".to_owned(), "never changed"),
    ] {
        let said = scene.refused(&sql);
        assert!(said.contains(why), "{sql}\n{said}");
    }
    scene.app.write(|db| Ok(db.batch_execute(steps)?));
    let own = scene.refused(&decide(4));
    assert!(own.contains("own draft"), "{own}");
    let decided = decide(5);
    scene.app.write(move |db| Ok(db.batch_execute(&decided)?));
    let other = scene.refused(&dispatch("'another hash'"));
    assert!(other.contains("only the approved text is sent"), "{other}");
    for sql in ["UPDATE approval SET state = 'circulating'", "UPDATE approval_step SET staff_id = 6"] {
        let said = scene.refused(sql);
        assert!(said.contains("stay"), "{sql}\n{said}");
    }
}
