//! What the house writes by itself, and to whom not; what a mail carries on its envelope and in its head; what comes
//! back about it. Rules 30 to 33 and 38 to 42 of `docs/decisions/0012-what-the-house-writes-by-itself.md`.

use std::sync::Barrier;

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::config::Config;
use hirokiku::db::schema::{mail_stop, outbox, trail};
use hirokiku::mail::automatic::{self, Freeze, Withheld};
use hirokiku::mail::returns::{self, Bounce, ReturnKind};
use hirokiku::mail::{
    self, Letterform, MailKind, MailState, Prepared, Settlement, address_token, deliver, store,
};
use hirokiku::people::keys;
use hirokiku::trail::By;
use hirokiku::web::App;

use crate::app::TestApp;
use crate::letters::arrival;
use crate::mail::{Smtp, Turn};
use crate::replies::Scene;

fn form(to: &str) -> Letterform {
    Letterform {
        to: to.to_owned(),
        subject: "受付の控え".to_owned(),
        text: "受け付けました。\n".to_owned(),
        ..Letterform::default()
    }
}

fn receipt(app: &App, to: &str) -> Prepared {
    Prepared::seal(&app.sealer, &app.clock, &app.config, MailKind::Receipt, &form(to)).expect("sealed")
}

/// A confirmation because a mail came in from a person at this address.
fn confirmation(app: &App, to: &str) -> Prepared {
    receipt(app, to).because_of_mail(&app.config, to, false)
}

fn put(app: &TestApp, mail: Prepared) -> Option<Withheld> {
    app.write(move |db| mail::enqueue(db, &mail))
}

fn letter(app: &TestApp) -> i64 {
    let letter = arrival(app, "街灯が消えています。");
    app.write(move |db| hirokiku::letters::accept(db, &letter, &By::citizen())).letter_id
}

#[test]
fn rule_30_no_automatic_mail_goes_to_machines_to_ourselves_or_where_it_bounced() {
    let app = TestApp::new();
    let of = |to: &str, machine| receipt(&app.app, to).because_of_mail(&app.app.config, to, machine);
    assert_eq!(put(&app, of("taro@example.jp", true)), Some(Withheld::Machine));
    assert_eq!(put(&app, of("no-reply@shop.example", false)), Some(Withheld::NoReply));
    assert_eq!(put(&app, of("someone@city.example.lg.jp", false)), Some(Withheld::Ours));
    assert_eq!(put(&app, receipt(&app.app, "shicho-tegami+0abc@city.example.lg.jp")), Some(Withheld::Ours));
    let first = confirmation(&app.app, "hanako@example.jp");
    let id = first.id.clone();
    assert_eq!(put(&app, first), None);
    let (sealer, now) = (app.app.sealer.clone(), app.clock.now());
    let bounce = Bounce {
        outbox_id: id,
        kind: ReturnKind::Hard,
        status: Some("5.1.1".to_owned()),
        diagnostic: "550 5.1.1 <hanako@example.jp> no such user".to_owned(),
    };
    app.write(move |db| returns::returned(db, &sealer, now, &bounce));
    app.clock.advance(Duration::days(30));
    assert_eq!(put(&app, confirmation(&app.app, "Hanako@Example.jp")), Some(Withheld::Bounced));
    let told: Vec<String> = app.read(|db| Ok(trail::table.select(trail::detail).load(db)?));
    assert!(told.iter().all(|detail| !detail.contains('@')), "no address in the trail: {told:?}");
    assert_eq!(told.iter().filter(|d| d.contains("\"why\"")).count(), 5, "each is written down: {told:?}");
}

#[test]
fn rule_31_a_sender_gets_one_confirmation_a_day_a_letter_one_and_a_domain_so_many_an_hour() {
    let app = TestApp::with(|config| config.confirmations_per_domain = 3);
    let one = letter(&app);
    assert_eq!(put(&app, confirmation(&app.app, "hanako@example.jp").of_letter(one)), None);
    assert_eq!(put(&app, confirmation(&app.app, "HANAKO+mayor@example.jp")), Some(Withheld::PerSender));
    assert_eq!(put(&app, confirmation(&app.app, "taro@example.jp").of_letter(one)), Some(Withheld::PerCase));
    app.clock.advance(Duration::hours(24));
    assert_eq!(put(&app, confirmation(&app.app, "hanako@example.jp")), None);
    for n in 0..2 {
        assert_eq!(put(&app, confirmation(&app.app, &format!("user{n}@example.jp"))), None);
    }
    assert_eq!(put(&app, confirmation(&app.app, "user9@example.jp")), Some(Withheld::PerDomain));
    assert_eq!(put(&app, confirmation(&app.app, "user9@example.com")), None, "another domain");
    app.clock.advance(Duration::hours(1));
    assert_eq!(put(&app, confirmation(&app.app, "user9@example.jp")), None);
}

#[test]
fn rule_31_a_form_cannot_be_used_to_fill_somebodys_mailbox_and_costs_no_letter() {
    let app = TestApp::with(|config| config.confirmations_per_domain = 1);
    let went = |n: usize| put(&app, receipt(&app.app, &format!("Hanako+{n}@example.jp"))).is_none();
    assert_eq!((0..20).filter(|n| went(*n)).count(), 5, "the documented number");
    // the form counts for mails too, but a full hour of mails does not keep a writer from his or her copy
    assert_eq!(put(&app, confirmation(&app.app, "hanako@example.jp")), Some(Withheld::PerSender));
    assert_eq!(put(&app, confirmation(&app.app, "taro@example.jp")), None);
    assert_eq!(put(&app, confirmation(&app.app, "jiro@example.jp")), Some(Withheld::PerDomain));
    assert_eq!(put(&app, receipt(&app.app, "saburo@example.jp")), None);
}

#[test]
fn rule_31_eight_threads_of_two_processes_send_one_confirmation_between_them() {
    let app = TestApp::new();
    // a second process on the same database and key
    let other = App::open(Config::clone(&app.app.config), app.clock.clone()).expect("it opens");
    let start = Barrier::new(8);
    let went: usize = std::thread::scope(|threads| {
        let workers: Vec<_> = (0..8)
            .map(|n| {
                let (app, start) = (if n % 2 == 0 { &*app.app } else { &other }, &start);
                threads.spawn(move || {
                    let mail = confirmation(app, "hanako@example.jp");
                    start.wait();
                    app.db.write_now(move |db| mail::enqueue(db, &mail)).expect("a write").is_none()
                })
            })
            .collect();
        workers.into_iter().filter_map(|w| w.join().ok()).map(usize::from).sum()
    });
    let rows: i64 = app.read(|db| Ok(outbox::table.count().get_result(db)?));
    assert_eq!((went, rows), (1, 1));
}

#[test]
fn rule_33_a_frozen_letter_gets_no_automatic_mail_until_a_person_lets_it() {
    let app = TestApp::new();
    let one = letter(&app);
    let now = app.clock.now();
    assert!(app.write(move |db| automatic::freeze(db, now, one, Freeze::Subject)));
    assert!(!app.write(move |db| automatic::freeze(db, now, one, Freeze::MachineMails)), "once is enough");
    assert_eq!(put(&app, confirmation(&app.app, "hanako@example.jp").of_letter(one)), Some(Withheld::Frozen));
    app.write(move |db| automatic::thaw(db, &By::system(), now, one));
    assert_eq!(put(&app, confirmation(&app.app, "hanako@example.jp").of_letter(one)), None);
}

/// The head of a mail with folds undone, and its envelope as the server was told.
fn sent_head(kind: MailKind, form: &Letterform, of_letter: bool) -> (TestApp, String, Vec<String>) {
    let smtp = Smtp::start(&[Turn::Accept]);
    let app = TestApp::with(|config| {
        config.smtp_url = smtp.url();
        config.base_url = "https://koe.city.example.lg.jp".to_owned();
    });
    let mut mail = Prepared::seal(&app.app.sealer, &app.clock, &app.app.config, kind, form).expect("sealed");
    if of_letter {
        mail = mail.of_letter(letter(&app));
    }
    app.write(move |db| store::insert(db, &mail));
    assert_eq!(deliver::pass(&app.app).expect("a pass").sent, 1);
    let raw = smtp.taken().remove(0).1;
    let head = raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    (app, head, smtp.envelopes())
}

#[test]
fn rule_31_what_a_machine_wrote_says_so_has_no_sender_and_can_be_stopped_in_one_step() {
    let references = vec!["abc@mail.example.jp".to_owned()];
    let (app, head, envelope) =
        sent_head(MailKind::Receipt, &Letterform { references, ..form("hanako@example.jp") }, true);
    assert_eq!(envelope[0], "MAIL FROM:<>", "{envelope:?}");
    for line in [
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        "X-Loop: shicho-tegami@city.example.lg.jp",
        "In-Reply-To: <abc@mail.example.jp>",
        "References: <abc@mail.example.jp>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(head.lines().any(|l| l == line), "{line} is not in\n{head}");
    }
    let url = head.lines().find_map(|l| l.strip_prefix("List-Unsubscribe: <")).expect("a link");
    let token = url.trim_end_matches('>').rsplit('/').next().unwrap_or_default();
    let id: String = app.read(|db| Ok(outbox::table.select(outbox::id).first(db)?));
    assert_eq!(address_token::stopped_by(&app.app.sealer, token), Some(id));
}

#[test]
fn rule_24_answers_to_our_mail_find_the_letter_by_reply_to_and_message_id() {
    let (app, head, _) = sent_head(MailKind::Receipt, &form("hanako@example.jp"), true);
    let of = |name: &str| head.lines().find_map(|l| l.strip_prefix(name)).expect(name).to_owned();
    assert_eq!(address_token::letter_of(&app.app.sealer, &of("Reply-To: ")), Some(1));
    let id: String = app.read(|db| Ok(outbox::table.select(outbox::id).first(db)?));
    assert_eq!(address_token::mail_of(&app.app.sealer, &of("Message-ID: ")), Some(id));
    assert!(of("From: ").ends_with("<shicho-tegami@city.example.lg.jp>"), "From is the plain address");
}

#[actix_web::test]
async fn rule_32_a_bounce_is_asked_for_finds_its_answer_and_becomes_a_task() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let url = smtp.url();
    let scene = Scene::with(move |config| config.smtp_url = url);
    scene.sent().await;
    assert_eq!(deliver::pass(&scene.app.app).expect("a pass").sent, 1);
    let envelope = smtp.envelopes();
    let (sealer, id) = (scene.app.app.sealer.clone(), scene.outbox()[0].0.clone());
    let from = envelope[0].strip_prefix("MAIL FROM:<").expect("a sender");
    let (from, rest) = from.split_once('>').expect("its end");
    assert_eq!(address_token::mail_of(&sealer, from), Some(id.clone()), "{envelope:?}");
    let envid = rest.split("ENVID=").nth(1).expect("an ENVID");
    assert_eq!(address_token::mail_of(&sealer, envid), Some(id.clone()));
    assert!(rest.contains("RET=HDRS") && envelope[1].ends_with("NOTIFY=FAILURE,DELAY"), "{envelope:?}");

    let (now, bounce) = (scene.app.clock.now(), hard(&id));
    for _ in 0..2 {
        let (sealer, bounce) = (sealer.clone(), bounce.clone());
        let letter = scene.app.write(move |db| returns::returned(db, &sealer, now, &bounce));
        assert_eq!(letter, Some(scene.letter));
    }
    let office = scene.app.staff("kocho");
    let page = office.get(&format!("/letters/{}", scene.letter)).await;
    page.shows("届いていません").shows("宛先に届きませんでした");
    office.get("/outbox").await.shows("届かなかった回答があります");
    assert_eq!(tile(&office.get("/").await.body), 1, "it waits on the work page too");
    let page = office.get(&format!("/outbox/{id}")).await;
    page.shows("5.1.1").shows("回答書を印刷して郵便で送る").hides("hanako");
    let fields = [("result", "posted"), ("comment", "郵便で送った")];
    let done = office.submit(&page, &format!("/outbox/{id}/settlements"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    office.get("/outbox").await.hides("届かなかった回答があります");
    assert_eq!(tile(&office.get("/").await.body), 0);
    assert_eq!(scene.app.read(|db| store::find(db, &id)).state, MailState::Sent, "what was sent stays sent");
}

/// What the tile of mails in trouble on 私の仕事 counts.
fn tile(page: &str) -> u32 {
    let tile = page.split("届いていないおそれのあるメール").nth(1).expect("the tile");
    let digits = tile.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().expect("a number")
}

fn hard(id: &str) -> Bounce {
    Bounce {
        outbox_id: id.to_owned(),
        kind: ReturnKind::Hard,
        status: Some("5.1.1".to_owned()),
        diagnostic: "smtp; 550 <hanako@example.jp> unknown".to_owned(),
    }
}

#[actix_web::test]
async fn rule_32_an_answer_to_an_address_that_bounced_is_a_task_and_not_a_mail() {
    let smtp = Smtp::start(&[Turn::Accept]);
    let url = smtp.url();
    let scene = Scene::with(move |config| config.smtp_url = url);
    let mark = mail::mark_of(&scene.app.app.sealer, "hanako@example.jp");
    scene.app.write(move |db| {
        let row = (mail_stop::mark.eq(&mark), mail_stop::reason.eq("bounced"));
        let at = hirokiku::db::Instant::from(crate::app::first_morning());
        diesel::insert_into(mail_stop::table).values((row.0, row.1, mail_stop::at.eq(at))).execute(db)?;
        Ok(())
    });
    let (reply, _) = scene.approved().await;
    let tanto = scene.app.staff("tanto");
    let page = tanto.get(&reply).await;
    page.shows("前に送ったメールが届きませんでした");
    tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert!(!deliver::pass(&scene.app.app).expect("a pass").any());
    let id = scene.outbox()[0].0.clone();
    assert_eq!(scene.app.read(|db| store::find(db, &id)).state, MailState::Failed);
    let (asked, now) = (id, scene.app.clock.now());
    scene.app.write(move |db| mail::settle(db, &By::system(), now, &asked, Settlement::Resend, "確かめた"));
    assert_eq!(deliver::pass(&scene.app.app).expect("a pass").sent, 1, "a person may insist");
}

#[actix_web::test]
async fn a_link_in_a_mail_changes_nothing_until_its_button_is_pressed_and_answers_still_come() {
    let app = TestApp::new();
    let one = letter(&app);
    let mail = receipt(&app.app, "hanako@example.jp").of_letter(one);
    let path = format!("/mails/{}", address_token::stop_token(&app.app.sealer, &mail.id).expect("a token"));
    assert_eq!(put(&app, mail), None);
    let anybody = app.citizen();
    for _ in 0..3 {
        anybody.get(&path).await.shows("開いただけでは、何も変わりません").hides("hanako").hides("街灯");
    }
    let again = anybody.post(&path, &[("word", "")]).await;
    assert_eq!(again.status, 422);
    assert_eq!(put(&app, receipt(&app.app, "hanako@example.jp")), None, "looking stopped nothing");
    let done = anybody.post(&path, &[("List-Unsubscribe", "One-Click")]).await;
    assert_eq!(done.status, 200);
    assert_eq!(put(&app, receipt(&app.app, "hanako@example.jp")), Some(Withheld::Asked));
    assert_eq!(anybody.post(&path, &[("word", "resume")]).await.status, 200);
    assert_eq!(put(&app, receipt(&app.app, "hanako@example.jp")), None);
    anybody.post(&path, &[("word", "not_me")]).await.shows("担当者に伝え");
    assert_eq!(put(&app, receipt(&app.app, "hanako@example.jp")), Some(Withheld::Disowned));
    app.staff("kocho").get(&format!("/letters/{one}")).await.shows("手紙を送っていないとのことです");
    for wrong in [
        format!("{}{}", &path[..path.len() - 1], if path.ends_with('2') { '3' } else { '2' }),
        format!("{path}0"),
    ] {
        assert_eq!(anybody.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(anybody.post(&wrong, &[("word", "stop")]).await.status, 404, "{wrong}");
    }
}

#[actix_web::test]
async fn rule_38_fresh_keys_void_no_approval_but_a_corrected_name_or_section_does() {
    let scene = Scene::new(hirokiku::letters::letter::ReplyVia::Post);
    let tanto = scene.app.staff("tanto");
    let reply = scene.approved_by("post").await;
    let App { db, sealer, clock, config, .. } = &**scene.app.app;
    keys::rotate(db, sealer, clock, &config.seal_key_path()).expect("fresh keys");
    let page = tanto.get(&reply).await;
    scene.app.write(|db| Ok(db.batch_execute("UPDATE unit SET name = '道路公園課' WHERE code = 'doro'")?));
    let refused = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(refused.status, 422, "another section signs than was approved");
    scene
        .app
        .write(|db| Ok(db.batch_execute("UPDATE unit SET name = '道路河川建設課' WHERE code = 'doro'")?));
    scene.app.write(|db| Ok(db.batch_execute("UPDATE party_mark SET whole = 'corrected'")?));
    assert_eq!(tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await.status, 422);
    let other = Scene::new(hirokiku::letters::letter::ReplyVia::Post);
    let reply = other.approved_by("post").await;
    let App { db, sealer, clock, config, .. } = &**other.app.app;
    keys::rotate(db, sealer, clock, &config.seal_key_path()).expect("fresh keys");
    let tanto = other.app.staff("tanto");
    let page = tanto.get(&reply).await;
    let sent = tanto.submit(&page, &format!("{reply}/dispatches"), &[]).await;
    assert_eq!(sent.status, 303, "fresh keys alone change nothing: {}", sent.body);
}

#[actix_web::test]
async fn rule_40_an_answer_follows_the_receipt_under_the_letters_own_subject() {
    let scene = Scene::new(hirokiku::letters::letter::ReplyVia::Email);
    let first = receipt(&scene.app.app, "hanako@example.jp").of_letter(scene.letter);
    let (id, message_id) = (first.id.clone(), first.message_id.clone());
    assert_eq!(put(&scene.app, first), None);
    scene.app.write(move |db| {
        Ok(db.batch_execute(&format!("UPDATE outbox SET state = 'sent' WHERE id = '{id}'"))?)
    });
    scene.sent().await;
    let (id, _, sealed, key) = scene.outbox().remove(1);
    let form = mail::open(&scene.app.app.sealer, &id, key, &sealed).expect("it opens");
    assert!(form.subject.starts_with("Re: ") && !form.subject.contains("Re: Re:"), "{}", form.subject);
    assert!(form.subject.contains("[受付番号 "), "{}", form.subject);
    assert_eq!(form.references, [message_id]);
}

#[actix_web::test]
async fn without_a_mail_server_no_page_promises_that_a_mail_is_sent_soon() {
    let scene = Scene::new(hirokiku::letters::letter::ReplyVia::Email);
    scene.sent().await;
    let tanto = scene.app.staff("tanto");
    tanto.get("/").await.hides("まもなく送信");
    let office = scene.app.staff("kocho");
    office.get("/outbox?state=queued").await.shows("メールは送られません");
    let id = scene.outbox()[0].0.clone();
    office.get(&format!("/outbox/{id}")).await.shows("メールサーバーの設定がない").hides("次に送るのは");
}

#[test]
fn rule_42_nothing_typed_becomes_a_header_or_a_second_receiver() {
    let evil = Letterform {
        to: "hanako@example.jp".to_owned(),
        to_name: "花子\r\nBcc: evil@example.com".to_owned(),
        subject: "街灯\r\nX-Evil: 1\nBcc: evil@example.com".to_owned(),
        text: "\r\n.\r\nMAIL FROM:<>\r\n".to_owned(),
        references: vec!["a@b>\r\nBcc: evil@example.com <c@d".to_owned()],
    };
    let (_, head, envelope) = sent_head(MailKind::Receipt, &evil, false);
    assert!(!head.lines().any(|l| l.starts_with("Bcc") || l.starts_with("X-Evil")), "{head}");
    assert_eq!(envelope.len(), 2, "one sender, one receiver: {envelope:?}");
}
