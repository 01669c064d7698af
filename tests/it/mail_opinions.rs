//! Mails that are opinions on a consultation: by themselves when they were sent to its own address, else by a person; and
//! that every mail is still counted once.

use std::io::Write;
use std::process::{Command, Stdio};

use diesel::prelude::*;
use hirokiku::db::schema::{attachment, letter, outbox, submission, submission_point};
use hirokiku::intake::mail::desk::{self, ByHand};
use hirokiku::intake::mail::store::{self, Entry};
use hirokiku::intake::mail::{Counts, Envelope, Flag, Raw, Reason, Source, State, keep, process, totals};
use hirokiku::letters::letter::LetterState;
use hirokiku::trail::By;
use hirokiku::{opinions, safekeeping};
use proptest::prelude::*;

use crate::app::TestApp;
use crate::closing::last_mail;
use crate::consultations::{announced, announced_with, at, states};

const IKEN: &str = "doro-iken@city.example.lg.jp";
const OFFICE: &str = "shicho-tegami@city.example.lg.jp";
const BY_MAIL: &[(&str, &str)] =
    &[("channel_email_on", "yes"), ("channel_email", "Doro-Iken@city.example.lg.jp(件名は自由です)")];

fn mail(from: &str, id: &str, subject: &str, head: &str, body: &str) -> String {
    format!(
        "{head}From: {from}\r\nTo: {IKEN}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
}

fn raw(app: &TestApp, to: &str, octets: &str) -> Raw {
    Raw {
        source: Source::Lmtp,
        account: "lmtp".to_owned(),
        envelope: Envelope { sender: Some("yui@example.jp".to_owned()), recipients: vec![to.to_owned()] },
        octets: octets.as_bytes().to_vec(),
        received_at: app.clock.now(),
        place: None,
    }
}

fn came(app: &TestApp, to: &str, octets: &str) -> Entry {
    let id = keep(&app.app, vec![raw(app, to, octets)]).expect("kept").remove(0).id;
    process(&app.app, 100).expect("read");
    app.read(|db| store::entry(db, &id))
}

fn mails_out(app: &TestApp) -> i64 {
    app.read(|db| Ok(outbox::table.count().get_result(db)?))
}

fn opinions(app: &TestApp) -> Vec<(String, String, String)> {
    app.read(|db| {
        Ok(submission::table
            .order(submission::id)
            .select((submission::channel, submission::state, submission::text_original))
            .load(db)?)
    })
}

const ENCLOSED: &str = "From: 長田 結 <yui@example.jp>\r\nTo: doro-iken@city.example.lg.jp\r\nSubject: 意見です\r\nMessage-ID: <f@example.jp>\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
    通学路を先に進めてください。\r\n--b\r\nContent-Type: application/pdf; name=zu.pdf\r\nContent-Disposition: attachment; filename=zu.pdf\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKJSVFT0YK\r\n--b--\r\n";

#[actix_web::test]
async fn a_mail_to_a_consultations_own_address_is_an_opinion_with_its_file_and_gets_a_receipt() {
    let app = TestApp::new();
    let id = announced_with(&app, BY_MAIL).await;
    let entry = came(&app, IKEN, ENCLOSED);
    assert_eq!(entry.state, State::Opinion);
    assert!(entry.flags().contains(&Flag::Confirmed));
    let number = entry.submission_id.expect("a submission");
    // the address is no part of what the clerk asks for: what is missing is noted, nothing is refused
    assert_eq!(
        opinions(&app),
        [("email".to_owned(), "incomplete".to_owned(), "通学路を先に進めてください。".to_owned())]
    );
    let files: Vec<Option<i64>> =
        app.read(|db| Ok(attachment::table.select(attachment::submission_id).load(db)?));
    assert_eq!(files, [Some(number)]);
    assert_eq!(mails_out(&app), 1);
    let page = app.staff("clerk").get(&format!("/consultations/{id}/submissions/{number}")).await;
    page.shows("通学路を先に進めてください。")
        .shows("zu.pdf")
        .shows("電子メール")
        .hides("yui@example.jp")
        .hides("長田 結");
    let mail = app.staff("kocho").get(&format!("/mailroom/mails/{}", entry.id)).await;
    mail.shows(&format!("/consultations/{id}/submissions/{number}")).shows("意見募集の意見");
    app.staff("kocho").get("/mailroom").await.shows("届いた 1通").hides("合いません");
    let list = app.staff("kocho").get("/mailroom/mails?state=opinion").await;
    list.shows(&format!("提出意見 {number}")).hides("yui@example.jp").hides("長田 結");
    // the same mail again is a duplicate, not a second opinion
    assert_eq!(came(&app, IKEN, ENCLOSED).state, State::Duplicate);
    assert_eq!((opinions(&app).len(), mails_out(&app)), (1, 1));
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[actix_web::test]
async fn the_receipt_repeats_nothing_of_the_mail_and_its_numbers_open_the_opinion() {
    let app = TestApp::new();
    announced_with(&app, BY_MAIL).await;
    let spoofed = "合言葉はキンモクセイ";
    came(&app, IKEN, &mail(&format!("{spoofed} <yui@example.jp>"), "a@example.jp", spoofed, "", spoofed));
    let (id, key, bytes) = app.read(|db| {
        let row: (String, i64, Vec<u8>) =
            outbox::table.select((outbox::id, outbox::seal_key_id, outbox::sealed)).first(db)?;
        Ok(row)
    });
    let form = hirokiku::mail::open(&app.app.sealer, &id, key, &bytes).expect("it opens");
    assert!(!format!("{}{}{}", form.text, form.subject, form.to_name).contains(spoofed));
    assert_eq!(form.to, "yui@example.jp");
    let number = |label: &str| {
        let line = form.text.lines().find(|l| l.starts_with(label)).expect("the number");
        line.trim_start_matches(label).trim().to_owned()
    };
    let browser = app.citizen();
    let page = browser.get("/receipts").await;
    let fields = [("code", number("受付番号")), ("secret", number("確認番号"))];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser.submit(&page, "/receipts", &fields).await.shows("お送りいただいたご意見").shows(spoofed);
}

#[actix_web::test]
async fn a_mail_is_in_time_in_the_last_second_and_late_at_midnight_whenever_it_is_read() {
    let app = TestApp::new();
    announced_with(&app, BY_MAIL).await;
    let text = |n: i64| {
        mail("長田 結 <yui@example.jp>", &format!("{n}@example.jp"), "意見", "", &format!("{n}番目"))
    };
    app.clock.set(at("2026-04-30T14:59:59Z"));
    let last = raw(&app, IKEN, &text(1));
    app.clock.set(at("2026-04-30T15:00:00Z"));
    let late = raw(&app, IKEN, &text(2));
    app.clock.set(at("2026-05-01T03:00:00Z"));
    keep(&app.app, vec![last, late]).expect("kept");
    let counts = process(&app.app, 100).expect("read");
    assert_eq!(counts, Counts { opinions: 2, ..Counts::default() });
    // its sender gave no address: the one in time is incomplete, the late one is late
    assert_eq!(states(&app), ["incomplete", "late"]);
    // long after its end the address stands for nothing any more
    app.clock.set(at("2026-07-15T03:00:00Z"));
    assert_eq!(came(&app, IKEN, &text(3)).state, State::Letter);
}

#[actix_web::test]
async fn machines_become_no_opinion_and_a_sender_gets_one_receipt_a_day() {
    let app = TestApp::new();
    announced_with(&app, BY_MAIL).await;
    let auto =
        mail("店 <a@example.jp>", "m@example.jp", "不在", "Auto-Submitted: auto-replied\r\n", "不在です");
    assert_eq!(came(&app, IKEN, &auto).state, State::Automatic);
    let list = mail("店 <a@example.jp>", "l@example.jp", "特売", "Precedence: bulk\r\n", "大売り出し");
    assert_eq!(came(&app, IKEN, &list).state, State::Automatic);
    assert_eq!((opinions(&app).len(), mails_out(&app)), (0, 0));
    for n in 0..3 {
        let text =
            mail("結 <yui@example.jp>", &format!("{n}@example.jp"), "意見", "", &format!("{n}番目の意見"));
        assert_eq!(came(&app, IKEN, &text).state, State::Opinion);
    }
    let shy = mail("x <no-reply@example.jp>", "n@example.jp", "意見", "", "返事は要りません。");
    assert_eq!(came(&app, IKEN, &shy).state, State::Opinion);
    assert_eq!((opinions(&app).len(), mails_out(&app)), (4, 1), "every opinion is in, one receipt went out");
}

#[actix_web::test]
async fn of_two_consultations_with_one_address_the_named_one_is_meant_and_else_a_person_decides() {
    let app = TestApp::new();
    let first = announced_with(&app, BY_MAIL).await;
    let second = announced_with(
        &app,
        &[
            ("title", "街路樹の植え替え方針"),
            ("channel_email_on", "yes"),
            ("channel_email", "doro-iken@city.example.lg.jp"),
        ],
    )
    .await;
    let named = mail(
        "結 <yui@example.jp>",
        "a@example.jp",
        "街路樹の植え替え方針について",
        "",
        "桜を残してください。",
    );
    let entry = came(&app, IKEN, &named);
    let of = entry.submission_id.expect("a submission");
    let consultation: i64 =
        app.read(|db| Ok(submission::table.find(of).select(submission::consultation_id).first(db)?));
    assert_eq!(consultation, second);
    let unclear = came(&app, IKEN, &mail("結 <yui@example.jp>", "b@example.jp", "意見", "", "賛成です。"));
    assert_eq!((unclear.state, unclear.reason), (State::Exception, Some(Reason::WhichConsultation)));
    // the person chooses
    let office = app.staff("kocho");
    let path = format!("/mailroom/mails/{}", unclear.id);
    office.get(&path).await.shows("どの意見募集への意見か分かりません").shows("意見として受け付ける");
    let nothing =
        office.post(&format!("{path}/opinions"), &[("csrf", "csrf-kocho"), ("consultation", "")]).await;
    assert_eq!(nothing.status, 422);
    nothing.shows("どの意見募集への意見かを選んでください");
    let chosen = first.to_string();
    let before = mails_out(&app);
    let fields = [("csrf", "csrf-kocho"), ("consultation", chosen.as_str())];
    let placed = office.post(&format!("{path}/opinions"), &fields).await;
    assert_eq!(placed.status, 303, "{}", placed.body);
    assert!(
        placed.location().starts_with(&format!("/consultations/{first}/submissions/")),
        "{}",
        placed.location()
    );
    office.get(placed.location()).await.shows("賛成です。");
    assert_eq!(mails_out(&app), before, "who decides by hand answers by hand");
    // it stays what it is
    assert_eq!(office.post(&format!("{path}/opinions"), &fields).await.status, 409);
    assert_eq!(office.post(&format!("{path}/spam-marks"), &[("csrf", "csrf-kocho")]).await.status, 409);
    assert_eq!(opinions(&app).len(), 2);
    assert!(app.read(totals).adds_up());
}

#[actix_web::test]
async fn a_mail_that_is_a_letter_is_taken_as_an_opinion_too_and_both_count_once() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let entry =
        came(&app, OFFICE, &mail("結 <yui@example.jp>", "a@example.jp", "計画への意見", "", "歩道を広く。"));
    assert_eq!(entry.state, State::Letter);
    let letter_id = entry.letter_id.expect("a letter");
    let office = app.staff("kocho");
    let path = format!("/mailroom/mails/{}", entry.id);
    office.get(&path).await.shows("意見募集の意見として受け付ける").shows("手紙としても残ります");
    let chosen = id.to_string();
    let fields = [("csrf", "csrf-kocho"), ("consultation", chosen.as_str())];
    let placed = office.post(&format!("{path}/opinions"), &fields).await;
    assert_eq!(placed.status, 303, "{}", placed.body);
    office.get(placed.location()).await.shows("歩道を広く。").shows(&format!("/letters/{letter_id}"));
    assert_eq!(office.post(&format!("{path}/opinions"), &fields).await.status, 409);
    let state: LetterState =
        app.read(|db| Ok(letter::table.find(letter_id).select(letter::state).first(db)?));
    assert_eq!(state, LetterState::Received);
    let all = app.read(totals);
    assert_eq!((all.came, all.of(State::Letter), all.of(State::Opinion), all.adds_up()), (1, 1, 0, true));
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[actix_web::test]
async fn a_mail_without_a_text_keeps_its_subject_as_the_opinion() {
    let app = TestApp::new();
    announced_with(&app, BY_MAIL).await;
    came(&app, IKEN, &mail("結 <yui@example.jp>", "a@example.jp", "通学路を先にしてください", "", ""));
    assert_eq!(opinions(&app)[0].2, "通学路を先にしてください");
}

#[actix_web::test]
async fn a_late_mail_is_promised_no_answer_and_one_within_the_grace_is() {
    let app = TestApp::with(|config| config.consult_grace_seconds = 60);
    announced_with(&app, BY_MAIL).await;
    let answered = "市の考え方をまとめて";
    app.clock.set(at("2026-04-30T15:00:59Z"));
    came(&app, IKEN, &mail("結 <yui@example.jp>", "a@example.jp", "意見", "", "間に合いました。"));
    let told = last_mail(&app);
    assert!(told.contains(answered) && !told.contains("終わったあとに届きました"), "{told}");
    app.clock.set(at("2026-04-30T15:01:00Z"));
    came(&app, IKEN, &mail("進 <susumu@example.jp>", "b@example.jp", "意見", "", "遅れました。"));
    let told = last_mail(&app);
    assert!(
        !told.contains(answered) && told.contains("4月30日(木)まで)が終わったあとに届きました"),
        "{told}"
    );
    assert!(told.contains("市の考え方をお答えする対象にはなりません"), "{told}");
    assert_eq!(states(&app), ["incomplete", "late"]);
}

/// A mail with a text and one file, whose content is `file`.
fn enclosing(from: &str, text: &str, file: &str) -> String {
    format!(
        "From: {from}\r\nTo: {IKEN}\r\nMessage-ID: <{from}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: application/pdf; name=iken.pdf\r\nContent-Disposition: attachment; filename=iken.pdf\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n%PDF-1.4\r\n%{file}\r\n%%EOF\r\n--b--\r\n"
    )
}

#[actix_web::test]
async fn an_opinion_in_a_file_alone_is_an_item_and_shares_a_group_with_the_same_file_alone() {
    let app = TestApp::new();
    let id = announced_with(&app, BY_MAIL).await;
    let long =
        "会の意見をお送りします。通学路の歩道を広げ、街灯を増やし、自転車の走る場所を車道に分けてください。";
    for (from, text, file) in [
        ("a@example.jp", "", "歩道を広げてください。"),
        ("b@example.jp", "", "歩道はいまのままにしてください。"),
        ("c@example.jp", "", "歩道を広げてください。"),
        ("d@example.jp", "添付のとおりです。", "道を直してください。"),
        ("e@example.jp", "添付のとおりです。", "道は直さないでください。"),
        // words that speak for themselves: what came with them is a picture of the sender's
        ("f@example.jp", long, "署名の絵"),
        ("g@example.jp", long, "別の署名の絵"),
    ] {
        assert_eq!(came(&app, IKEN, &enclosing(from, text, file)).state, State::Opinion);
    }
    came(&app, IKEN, &mail("h@example.jp", "h@example.jp", "", "", "添付のとおりです。"));
    let now = app.clock.now();
    app.write(move |db| opinions::itemise(db, now, 100));
    let mut sizes: Vec<i64> =
        app.read(|db| Ok(opinions::store::groups(db, id)?.into_iter().map(|(_, n)| n).collect()));
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 1, 1, 2, 2]);
    let sums = app.read(|db| opinions::store::sums(db, id));
    assert_eq!((sums.faults(), sums.wordless, sums.items), (Vec::new(), 0, 8));
    // the clerk is led to the file
    let group: i64 = app.read(|db| {
        use hirokiku::db::schema::opinion_item;
        let of = opinion_item::table.filter(opinion_item::submission_id.eq(1));
        Ok(of.select(opinion_item::group_id.assume_not_null()).first(db)?)
    });
    let page = app.staff("clerk").get(&format!("/consultations/{id}/groups/{group}")).await;
    page.shows("本文はありません").shows("添付あり").shows(&format!("/consultations/{id}/submissions/3\""));
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

/// What happens to a house in one step of the property test.
#[derive(Clone, Debug)]
enum Step {
    /// A mail of this number, to the letters' address or the consultation's, perhaps by a machine.
    Mail(u8, bool, bool),
    /// A person takes the nth mail as an opinion.
    Take(u8),
    /// A person calls the nth mail spam.
    Spam(u8),
    /// A person has the nth mail read again.
    Again(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..8, any::<bool>(), prop::bool::weighted(0.25)).prop_map(|(n, iken, machine)| Step::Mail(n, iken, machine)),
        2 => (0_u8..8).prop_map(Step::Take),
        1 => (0_u8..8).prop_map(Step::Spam),
        1 => (0_u8..8).prop_map(Step::Again),
    ]
}

#[test]
fn whatever_comes_and_whoever_places_it_mails_in_are_letters_opinions_and_the_rest_and_each_opinion_is_one() {
    let app = TestApp::new();
    let id = actix_web::rt::System::new().block_on(announced_with(&app, BY_MAIL));
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    let case = std::cell::Cell::new(0_u32);
    let steps = prop::collection::vec(step(), 1..14);
    let done = runner.run(&steps, |steps| {
        case.set(case.get() + 1);
        let mut ids: Vec<String> = Vec::new();
        for step in &steps {
            match step {
                Step::Mail(n, iken, machine) => {
                    let head = if *machine { "Precedence: bulk\r\n" } else { "" };
                    let key = format!("{}-{n}-{iken}-{machine}@example.jp", case.get());
                    let text = mail("結 <yui@example.jp>", &key, "意見", head, &format!("{key}の文"));
                    ids.push(came(&app, if *iken { IKEN } else { OFFICE }, &text).id);
                }
                Step::Take(n) => {
                    let Some(mail) = ids.get(usize::from(*n)) else { continue };
                    let Ok(hand) = ByHand::prepare(&app.app, mail) else { continue };
                    // refused where it may not be: an opinion already, part of a letter, a duplicate
                    drop(app.app.db.write_now(move |db| desk::place_opinion(db, &By::shell(), &hand, id)));
                }
                Step::Spam(n) | Step::Again(n) => {
                    let Some(mail) = ids.get(usize::from(*n)).cloned() else { continue };
                    let (now, spam) = (app.clock.now(), matches!(step, Step::Spam(_)));
                    drop(app.app.db.write_now(move |db| match spam {
                        true => desk::mark_spam(db, &By::shell(), now, &mail),
                        false => desk::try_again(db, &By::shell(), now, &mail),
                    }));
                    process(&app.app, 100).expect("read");
                }
            }
        }
        let all = app.read(totals);
        prop_assert!(all.adds_up(), "{all:?}");
        let (linked, loose): (i64, i64) = app.read(|db| {
            let rows = submission::table.filter(submission::channel.eq("email"));
            let linked = rows.filter(submission::letter_id.is_not_null()).count().get_result(db)?;
            Ok((linked, rows.filter(submission::letter_id.is_null()).count().get_result(db)?))
        });
        prop_assert_eq!(all.of(State::Opinion), loose, "each opinion mail is one submission");
        prop_assert!(linked <= all.of(State::Letter));
        Ok(())
    });
    done.expect("the sums hold");
    let orphans: i64 = app.read(|db| {
        let ids: Vec<i64> = submission::table.select(submission::id).load(db)?;
        let pointed: i64 = submission_point::table.count().get_result(db)?;
        Ok(pointed - ids.len() as i64)
    });
    assert_eq!(orphans, 0, "each mail is one point");
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

fn program(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hirokiku"));
    command
        .args(arguments)
        .env("HIROKIKU_DATA", app.data.path())
        .env("DATABASE_URL", app.app.db.url())
        .env("HIROKIKU_LOG", "error")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn mails_taken_in_by_a_program_that_is_killed_again_and_again_are_opinions_once() {
    const MAILS: usize = 200;
    let app = TestApp::new();
    actix_web::rt::System::new().block_on(announced_with(&app, BY_MAIL));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mbox = folder.path().join("all.mbox");
    let mut file = std::fs::File::create(&mbox).expect("a file");
    for n in 0..MAILS {
        // in a later import a mail counts from the day its server had it
        let had = "Received: from a by b; Fri, 10 Apr 2026 10:00:00 +0900\r\n";
        let text = mail(
            &format!("結 <y{n}@example.jp>"),
            &format!("{n}@example.jp"),
            "意見",
            had,
            &format!("{n}番目"),
        );
        write!(file, "From y@example.jp Wed Apr  1 10:00:00 2026\n{}\n", text.replace("\r\n", "\n"))
            .expect("written");
    }
    drop(file);
    let path = mbox.to_str().expect("a name").to_owned();
    let arguments = ["mail", "import", path.as_str()];
    for _ in 0..4 {
        let mut child = program(&app, &arguments).stdout(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(rand::random_range(100..900)));
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    let done = program(&app, &arguments).output().expect("it ends");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}");
    let all = app.read(totals);
    assert_eq!((all.came, all.adds_up()), (MAILS as i64, true));
    assert_eq!(all.of(State::Opinion), MAILS as i64, "{all:?}");
    let texts: Vec<String> =
        app.read(|db| Ok(submission::table.select(submission::text_original).load(db)?));
    let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
    assert_eq!((texts.len(), distinct.len()), (MAILS, MAILS));
    assert!(states(&app).iter().all(|state| state == "incomplete"), "each came in time");
}
