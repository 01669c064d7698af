//! Mail coming in: what is kept, what becomes of it, and that every mail is counted once. Each rule of the intake that
//! lies with keeping and placing has a test with its number.

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::{Duration, TimeZone, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{exchange, letter, mail_freeze, mail_return, matter, outbox, party, staff};
use hirokiku::error::Error;
use hirokiku::intake::mail::desk::{self, ByHand, Why};
use hirokiku::intake::mail::store::{self, Entry, Filter};
use hirokiku::intake::mail::{
    Counts, Envelope, Flag, Kept, Place, Raw, Reason, Source, Standing, State, keep, process, reseal, totals,
};
use hirokiku::letters::matter::{Change, Step};
use hirokiku::letters::{self};
use hirokiku::mail::address_token;
use hirokiku::safekeeping::{self, backup};
use hirokiku::trail::By;
use serde_json::Value;

use crate::app::{self, TestApp};

const OFFICE: &str = "shicho-tegami@city.example.lg.jp";

/// A mail of one part; `head` is put before the other fields.
fn mail(from: &str, id: &str, subject: &str, head: &str, body: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("Message-ID: <{id}>\r\n") };
    format!(
        "{head}From: {from}\r\nTo: {OFFICE}\r\nSubject: {subject}\r\n{id}Date: Wed, 01 Apr 2026 09:00:00 +0900\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
}

fn hanako(id: &str, subject: &str, body: &str) -> String {
    mail("関門 花子 <hanako@example.jp>", id, subject, "", body)
}

fn raw(app: &TestApp, sender: &str, recipient: &str, text: &str) -> Raw {
    Raw {
        source: Source::Lmtp,
        account: "lmtp".to_owned(),
        envelope: Envelope { sender: Some(sender.to_owned()), recipients: vec![recipient.to_owned()] },
        octets: text.as_bytes().to_vec(),
        received_at: app.clock.now(),
        place: None,
    }
}

fn kept(app: &TestApp, raws: Vec<Raw>) -> Vec<Kept> {
    keep(&app.app, raws).expect("the mails are kept")
}

/// Keeps mails and places them.
fn come(app: &TestApp, raws: Vec<Raw>) -> Vec<Entry> {
    let kept = kept(app, raws);
    placed(app);
    kept.iter().map(|k| entry(app, &k.id)).collect()
}

fn one(app: &TestApp, sender: &str, recipient: &str, text: &str) -> Entry {
    come(app, vec![raw(app, sender, recipient, text)]).remove(0)
}

fn placed(app: &TestApp) -> Counts {
    let mut all = Counts::default();
    loop {
        let counts = process(&app.app, 64).expect("mails are read");
        if counts.all() == 0 {
            return all;
        }
        all.add(counts);
    }
}

fn entry(app: &TestApp, id: &str) -> Entry {
    app.read(|db| store::entry(db, id))
}

fn count_letters(app: &TestApp) -> i64 {
    app.read(|db| Ok(letter::table.count().get_result(db)?))
}

fn count_outbox(app: &TestApp) -> i64 {
    app.read(|db| Ok(outbox::table.count().get_result(db)?))
}

/// Message-ID of the mail the house sent about a letter.
fn confirmation(app: &TestApp, letter_id: i64) -> (String, String) {
    app.read(|db| {
        Ok(outbox::table
            .filter(outbox::letter_id.eq(letter_id))
            .select((outbox::id, outbox::message_id))
            .first(db)?)
    })
}

fn matter_of(app: &TestApp, letter_id: i64) -> i64 {
    app.read(|db| Ok(letters::store::matters_of(db, letter_id)?.remove(0).id))
}

fn walk(app: &TestApp, matter: i64, steps: &'static [Step]) {
    let now = app.clock.now();
    app.write(move |db| {
        for step in steps {
            letters::advance(db, &By::system(), now, matter, None, *step, Change::default(), Value::Null)?;
        }
        Ok(())
    });
}

fn said(app: &TestApp, id: i64) -> (String, String, Option<i64>) {
    app.read(|db| {
        Ok(exchange::table.find(id).select((exchange::kind, exchange::body, exchange::staff_id)).first(db)?)
    })
}

fn answering(id: &str, subject: &str, body: &str, to: &str, from: &str) -> String {
    mail(from, id, subject, &format!("In-Reply-To: <{to}>\r\nReferences: <{to}>\r\n"), body)
}

#[test]
fn rule_01_the_octets_are_kept_sealed_before_anything_is_read_and_come_back_to_the_octet() {
    let app = TestApp::new();
    let odd = "From: a@example.jp\r\n\n\0\r bare \u{feff} 八十八夜のことば\r\n.\r\n";
    let large = hanako("l@example.jp", "大きい", &"長府の石畳。".repeat(30_000));
    let ids = kept(&app, vec![raw(&app, "", OFFICE, odd), raw(&app, "a@example.jp", OFFICE, &large)]);
    assert_eq!(placed(&app).all(), 2);
    for (kept, text) in ids.iter().zip([odd, large.as_str()]) {
        assert_eq!(desk::take(&app.app, &By::shell(), &kept.id).expect("it opens"), text.as_bytes());
    }
    // neither the database nor the folder tells a word of it
    let shelf = app.data.path().join("mail/26");
    let files: Vec<_> = std::fs::read_dir(shelf).expect("a folder").flatten().map(|e| e.path()).collect();
    assert_eq!(files.len(), 1, "only the large one lies in a file");
    let sealed = std::fs::read(&files[0]).expect("readable");
    assert!(!sealed.windows(6).any(|w| w == "長府".as_bytes()));
    let told = app.read(|db| hirokiku::trail::of_subject(db, hirokiku::trail::Subject::Incoming, &ids[0].id));
    assert!(told.iter().any(|line| line.act == "incoming.taken"), "who took the original is in the trail");
}

#[test]
fn rule_03_a_place_of_a_mailbox_is_kept_once() {
    let app = TestApp::new();
    let at = |uid| Raw {
        source: Source::Imap,
        account: "koe".to_owned(),
        place: Some(Place { folder: "INBOX".to_owned(), uidvalidity: 7, uid, cut: false }),
        ..raw(&app, "a@example.jp", OFFICE, &hanako("p@example.jp", "街灯", "消えています。"))
    };
    let first = kept(&app, vec![at(1)]).remove(0);
    let again = kept(&app, vec![at(1), at(2)]);
    assert_eq!(again[0], Kept { id: first.id, known: true });
    assert!(!again[1].known);
    assert_eq!(placed(&app), Counts { letters: 1, duplicates: 1, ..Counts::default() });
}

#[test]
fn rule_06_eight_hands_on_the_same_mail_make_one_letter_and_one_confirmation() {
    let app = TestApp::new();
    let text = hanako("same@example.jp", "公園の水道", "水が止まりません。");
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                kept(&app, vec![raw(&app, "hanako@example.jp", OFFICE, &text)]);
                placed(&app);
            });
        }
    });
    placed(&app);
    let all = app.read(totals);
    assert_eq!((all.came, all.of(State::Letter), all.of(State::Duplicate)), (8, 1, 7), "{all:?}");
    assert_eq!((count_letters(&app), count_outbox(&app)), (1, 1));
}

#[test]
fn rule_07_the_same_mail_is_one_another_under_its_id_is_a_flagged_new_one() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("x@example.jp", "街灯", "一本目"));
    assert_eq!(first.state, State::Letter);
    // two deliveries to two of our addresses, with what a relay adds on top
    let relayed = format!(
        "Received: from mx.example.jp by mail.city.example.lg.jp; Wed, 01 Apr 2026 10:00:00 +0900\r\n{}",
        hanako("x@example.jp", "街灯", "一本目")
    );
    let second = one(&app, "h@example.jp", "kocho@city.example.lg.jp", &relayed);
    assert_eq!((second.state, second.duplicate_of.as_deref()), (State::Duplicate, Some(first.id.as_str())));
    let opened = desk::open(&app.app, &By::shell(), &first.id).expect("it opens");
    assert_eq!(opened.envelope.recipients, [OFFICE]);
    assert_eq!(opened.deliveries.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), [second.id.as_str()]);
    // a courier's system that uses one id for all
    let other = one(&app, "h@example.jp", OFFICE, &hanako("x@example.jp", "街灯", "二本目"));
    assert_eq!((other.state, other.flags().contains(&Flag::IdReused)), (State::Letter, true));
    // no id: the content tells
    let nameless = hanako("", "番号なし", "三本目");
    assert_eq!(one(&app, "h@example.jp", OFFICE, &nameless).state, State::Letter);
    assert_eq!(one(&app, "h@example.jp", OFFICE, &nameless).state, State::Duplicate);
    assert_eq!(count_letters(&app), 3);
}

#[test]
fn rule_08_a_mail_that_cannot_be_opened_waits_for_a_person_and_the_others_go_on() {
    let app = TestApp::new();
    let large = hanako("big@example.jp", "大きい", &"字".repeat(200_000));
    let broken = kept(&app, vec![raw(&app, "h@example.jp", OFFICE, &large)]).remove(0);
    let shelf = app.data.path().join("mail/26");
    let file = std::fs::read_dir(shelf).expect("a folder").flatten().next().expect("a file").path();
    let whole = std::fs::read(&file).expect("readable");
    let mut bytes = whole.clone();
    bytes[1000] ^= 1;
    std::fs::write(&file, bytes).expect("a flipped bit");
    let others = come(
        &app,
        vec![
            raw(&app, "h@example.jp", OFFICE, &hanako("1@example.jp", "一", "一通目")),
            raw(&app, "h@example.jp", OFFICE, &hanako("2@example.jp", "二", "二通目")),
        ],
    );
    assert!(others.iter().all(|o| o.state == State::Letter));
    let entry = entry(&app, &broken.id);
    assert_eq!((entry.state, entry.reason), (State::Exception, Some(Reason::Damaged)));
    assert!(!safekeeping::verify(&app.app).faults.is_empty(), "the proof tells of it");
    // mended from a backup, it is read as if it had just come
    std::fs::write(&file, whole).expect("mended");
    let (now, id) = (app.clock.now(), broken.id.clone());
    app.write(move |db| desk::try_again(db, &By::staff(2, "広田 聴"), now, &id));
    placed(&app);
    assert_eq!(self::entry(&app, &broken.id).state, State::Letter);
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

/// What a program leaves that began a mail and was killed.
fn died_over(app: &TestApp) {
    let until = (app.clock.now() + Duration::seconds(15)).format("%F %T%.6f");
    let sql = format!(
        "UPDATE incoming SET attempts = attempts + 1, begun_by = 'somebody', begun_until = '{until}' WHERE state = 'waiting'"
    );
    app.write(move |db| Ok(db.batch_execute(&sql)?));
}

#[test]
fn rule_08_a_mail_that_kills_its_reader_four_times_is_set_aside() {
    let app = TestApp::new();
    let kept = kept(&app, vec![raw(&app, "h@example.jp", OFFICE, &hanako("k@example.jp", "一", "一通目"))]);
    for _ in 0..4 {
        died_over(&app);
        app.clock.advance(Duration::seconds(16));
    }
    assert_eq!(placed(&app), Counts { exceptions: 1, ..Counts::default() });
    assert_eq!(entry(&app, &kept[0].id).reason, Some(Reason::Crashed));
}

#[test]
fn rule_08_programs_that_come_for_the_same_mail_leave_it_to_the_first_and_count_as_nobody_s_death() {
    let app = TestApp::new();
    let kept = kept(&app, vec![raw(&app, "h@example.jp", OFFICE, &hanako("k@example.jp", "一", "一通目"))]);
    died_over(&app);
    for _ in 0..20 {
        assert_eq!(placed(&app), Counts::default(), "somebody reads it");
    }
    assert_eq!(entry(&app, &kept[0].id).attempts, 1);
    app.clock.advance(Duration::seconds(16));
    assert_eq!(placed(&app), Counts { letters: 1, ..Counts::default() }, "its reader is dead");
}

#[test]
fn rule_09_every_mail_stands_somewhere_and_the_database_refuses_anything_else() {
    let app = TestApp::new();
    let auto =
        mail("a@example.jp", "auto@example.jp", "不在通知", "Auto-Submitted: auto-replied\r\n", "不在です");
    let text = hanako("s@example.jp", "街灯", "消えています。");
    come(
        &app,
        vec![
            raw(&app, "h@example.jp", OFFICE, &text),
            raw(&app, "h@example.jp", OFFICE, &text),
            raw(&app, "a@example.jp", OFFICE, &auto),
            raw(&app, "a@example.jp", OFFICE, "From: a@example.jp\r\nMessage-ID: <e@example.jp>\r\n\r\n"),
        ],
    );
    app.clock.advance(Duration::days(1));
    kept(&app, vec![raw(&app, "h@example.jp", OFFICE, &hanako("w@example.jp", "明日", "待っています。"))]);
    let all = app.read(totals);
    assert!(all.adds_up());
    let stand = State::ALL.iter().map(|s| all.of(*s)).collect::<Vec<_>>();
    //                waiting letter message opinion bounce automatic duplicate spam exception
    assert_eq!(stand, [1, 1, 0, 0, 0, 1, 1, 0, 1]);
    let today = app.clock.today();
    let days = app.read(|db| hirokiku::intake::mail::sums(db, today - Duration::days(3), today));
    assert_eq!(days.iter().map(|d| (d.came, d.adds_up())).collect::<Vec<_>>(), [(1, true), (4, true)]);
    for wrong in [
        "UPDATE incoming SET state = 'letter', placed_at = received_at WHERE state = 'waiting'",
        "UPDATE incoming SET state = 'lost'",
        "UPDATE incoming SET state = 'exception', placed_at = received_at WHERE state = 'waiting'",
        "UPDATE incoming SET state = 'spam', reason = 'by_hand', letter_id = NULL WHERE state = 'letter'",
        "UPDATE incoming SET duplicate_of = NULL WHERE state = 'duplicate'",
        "UPDATE incoming SET size = size + 1",
        "UPDATE incoming SET sha256 = ''",
        "UPDATE incoming SET envelope = raw",
        "DELETE FROM incoming WHERE state = 'automatic'",
    ] {
        let done = app.app.db.write_now(move |db| Ok(db.batch_execute(wrong)?));
        assert!(matches!(done, Err(Error::Database(_))), "{wrong}: {done:?}");
    }
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[test]
fn rule_10_of_a_mail_beyond_the_limit_the_beginning_is_read_and_all_is_kept() {
    let app = TestApp::with(|config| config.mail_limit = 100_000);
    let text = hanako("huge@example.jp", "とても大きい", &"花".repeat(200_000));
    let entry = one(&app, "h@example.jp", OFFICE, &text);
    assert_eq!((entry.state, entry.flags().contains(&Flag::Oversize)), (State::Letter, true));
    assert_eq!(desk::take(&app.app, &By::shell(), &entry.id).expect("it opens").len(), text.len());
}

#[test]
fn rule_23_an_imported_mail_counts_from_the_day_its_server_had_it_and_no_header_date_moves_a_deadline() {
    let app = TestApp::new();
    let received = |at: &str| format!("Received: from a.example by b.example; {at}\r\n");
    let day = |head: &str, id: &str, source: Source| {
        let text = mail("a@example.jp", id, "日付", head, "いつの手紙でしょう。");
        let entry = come(&app, vec![Raw { source, ..raw(&app, "a@example.jp", OFFICE, &text) }]).remove(0);
        let letter_id = entry.letter_id.expect("a letter");
        app.read(|db| {
            Ok(letter::table.find(letter_id).select(letter::received_on).first::<chrono::NaiveDate>(db)?)
        })
    };
    let today = app.clock.today();
    let march = received("Tue, 10 Mar 2026 23:30:00 +0900");
    assert_eq!(day(&march, "1@example.jp", Source::Import).to_string(), "2026-03-10");
    assert_eq!(day(&received("Thu, 01 Jan 1970 00:00:00 +0000"), "2@example.jp", Source::Import), today);
    assert_eq!(day(&received("Mon, 01 Jan 2035 00:00:00 +0000"), "3@example.jp", Source::Import), today);
    assert_eq!(day(&march, "4@example.jp", Source::Lmtp), today, "what is delivered now came now");
}

#[test]
fn rule_24_a_reply_finds_its_letter_by_our_signed_address_by_its_references_and_by_number_for_its_sender() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let (_, ours) = confirmation(&app, letter_id);
    let signed = address_token::reply_to(&app.app.sealer, &app.app.config, letter_id).expect("an address");
    let by_token = one(&app, "h@example.jp", &signed, &hanako("r1@example.jp", "Re: 街灯", "追加です。"));
    assert_eq!((by_token.state, by_token.letter_id), (State::Message, Some(letter_id)));
    let by_ours = answering("r2@example.jp", "Re: 街灯", "もう一つ。", &ours, "hanako@example.jp");
    assert_eq!(one(&app, "h@example.jp", OFFICE, &by_ours).letter_id, Some(letter_id));
    let by_held = answering("r3@example.jp", "Re: 街灯", "さらに。", "r2@example.jp", "HANAKO@example.jp");
    let by_held = one(&app, "h@example.jp", OFFICE, &by_held);
    assert_eq!((by_held.letter_id, by_held.standing), (Some(letter_id), Some(Standing::Sender)));
    let (kind, body, _) = said(&app, by_held.exchange_id.expect("it was said"));
    assert_eq!((kind.as_str(), body.as_str()), ("answer", "さらに。"));

    let code: String =
        app.read(|db| Ok(letter::table.find(letter_id).select(letter::receipt_code).first(db)?));
    let subject = format!("受付番号 {}-{}-{} について", &code[..4], &code[4..8], &code[8..]);
    let numbered =
        one(&app, "h@example.jp", OFFICE, &hanako("r4@example.jp", &subject, "番号を書きました。"));
    assert_eq!((numbered.letter_id, numbered.flags().contains(&Flag::BySubject)), (Some(letter_id), true));
    let stranger = mail("誰か <other@example.jp>", "r5@example.jp", &subject, "", "番号を知っています。");
    let stranger = one(&app, "o@example.jp", OFFICE, &stranger);
    assert_eq!((stranger.state, stranger.flags().contains(&Flag::Suggested)), (State::Letter, true));
    assert_ne!(stranger.letter_id, Some(letter_id), "a number alone opens nothing to a stranger");
    // the same subject, and nothing else
    let same = mail("別人 <third@example.jp>", "r6@example.jp", "Re: 街灯", "", "題名だけ同じです。");
    assert_ne!(one(&app, "t@example.jp", OFFICE, &same).letter_id, Some(letter_id));
}

#[test]
fn an_answer_by_mail_goes_to_the_matter_that_waits_for_it() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let id = matter_of(&app, letter_id);
    walk(&app, id, &[Step::Register, Step::Accept, Step::Ask]);
    let (_, ours) = confirmation(&app, letter_id);
    let text = answering("r@example.jp", "場所は城下町です", "長府駅の前です。", &ours, "hanako@example.jp");
    assert_eq!(one(&app, "h@example.jp", OFFICE, &text).state, State::Message);
    let state: String = app.read(|db| Ok(matter::table.find(id).select(matter::state).first(db)?));
    assert_eq!(state, "accepted");
}

#[test]
fn rule_25_a_stranger_who_answers_is_put_before_staff_and_told_nothing() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let (_, ours) = confirmation(&app, letter_id);
    let before = count_outbox(&app);
    let text =
        answering("s@example.jp", "Re: 街灯", "転送されたので書きます。", &ours, "隣人 <other@example.jp>");
    let entry = one(&app, "o@example.jp", OFFICE, &text);
    assert_eq!((entry.state, entry.standing), (State::Message, Some(Standing::Other)));
    assert_eq!(
        said(&app, entry.exchange_id.expect("it was said")).0,
        "note",
        "the letter's writer does not see it"
    );
    assert_eq!(count_outbox(&app), before);
}

#[test]
fn rule_26_what_answers_a_closed_letter_or_is_about_something_else_becomes_a_linked_letter() {
    let app = TestApp::new();
    let first =
        one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯が消えています", "夜道が暗いです。"));
    let letter_id = first.letter_id.expect("a letter");
    let id = matter_of(&app, letter_id);
    let (_, ours) = confirmation(&app, letter_id);
    let follows = |entry: &Entry| -> Option<i64> {
        let letter_id = entry.letter_id.expect("a letter");
        app.read(|db| {
            Ok(matter::table
                .filter(matter::letter_id.eq(letter_id))
                .select(matter::follow_up_of)
                .first(db)?)
        })
    };
    let other = answering(
        "r1@example.jp",
        "保育園の入園についてお願い",
        "春からのことです。",
        &ours,
        "hanako@example.jp",
    );
    let other = one(&app, "h@example.jp", OFFICE, &other);
    assert_eq!((other.state, follows(&other)), (State::Letter, Some(id)));
    assert!(other.flags().contains(&Flag::NewSubject));
    walk(&app, id, &[Step::Register, Step::PassOn, Step::File]);
    let late =
        answering("r2@example.jp", "Re: 街灯が消えています", "また消えました。", &ours, "hanako@example.jp");
    let late = one(&app, "h@example.jp", OFFICE, &late);
    assert_eq!((late.state, follows(&late)), (State::Letter, Some(id)));
    assert!(late.flags().contains(&Flag::Closed));
}

#[test]
fn rule_27_what_staff_write_by_mail_is_an_internal_note() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let signed = address_token::reply_to(&app.app.sealer, &app.app.config, letter_id).expect("an address");
    let text =
        mail("道上 担 <tanto@city.example.lg.jp>", "t@city.example.lg.jp", "Re: 街灯", "", "来週直します。");
    let entry = one(&app, "tanto@city.example.lg.jp", &signed, &text);
    assert_eq!((entry.state, entry.standing), (State::Message, Some(Standing::Staff)));
    let (kind, _, by) = said(&app, entry.exchange_id.expect("it was said"));
    let tanto: i64 =
        app.read(|db| Ok(staff::table.filter(staff::login.eq("tanto")).select(staff::id).first(db)?));
    assert_eq!((kind.as_str(), by), ("note", Some(tanto)));
}

#[test]
fn rule_28_whoever_borrows_a_name_of_the_house_is_put_before_a_person() {
    let app = TestApp::with(|config| config.mail_authserv_id = "mx.city.example.lg.jp".to_owned());
    let with = |results: &str, from: &str, id: &str| {
        mail(
            from,
            id,
            "至急",
            &format!("Authentication-Results: {results}\r\n"),
            "口座番号を教えてください。",
        )
    };
    let fail = "mx.city.example.lg.jp; dmarc=fail header.from=city.example.lg.jp";
    for (from, id) in [("shicho@city.example.lg.jp", "1@x.example"), (OFFICE, "2@x.example")] {
        let entry = one(&app, "x@x.example", OFFICE, &with(fail, from, id));
        assert_eq!((entry.state, entry.reason), (State::Exception, Some(Reason::Forged)), "{from}");
    }
    let citizen = one(
        &app,
        "x@x.example",
        OFFICE,
        &with("mx.city.example.lg.jp; dmarc=fail", "a@example.jp", "3@x.example"),
    );
    assert_eq!((citizen.state, citizen.flags().contains(&Flag::DmarcFail)), (State::Letter, true));
    // a result that the sender wrote himself is none
    let forged =
        one(&app, "x@x.example", OFFICE, &with("mx.x.example; dmarc=fail", "b@example.jp", "4@x.example"));
    assert!(!forged.flags().contains(&Flag::DmarcFail));
    assert_eq!(count_letters(&app), 2);
}

#[test]
fn rule_30_machines_and_lists_open_no_case_and_get_no_mail() {
    let app = TestApp::new();
    let auto =
        mail("a@example.jp", "1@example.jp", "不在通知", "Auto-Submitted: auto-replied\r\n", "不在です");
    let list = mail(
        "news@ml.example",
        "2@example.jp",
        "便り",
        "List-Id: <news.ml.example>\r\nPrecedence: list\r\n",
        "号外",
    );
    let plain = hanako("3@example.jp", "差出人のない封筒", "機械が送りました。");
    let own = mail(OFFICE, "4@city.example.lg.jp", "市長への手紙を受け付けました", "", "控えです。");
    let states: Vec<_> = come(
        &app,
        vec![
            raw(&app, "a@example.jp", OFFICE, &auto),
            raw(&app, "news@ml.example", OFFICE, &list),
            raw(&app, "", OFFICE, &plain),
            raw(&app, "x@example.jp", OFFICE, &own),
        ],
    )
    .iter()
    .map(|e| (e.state, e.reason))
    .collect();
    let automatic = |reason| (State::Automatic, Some(reason));
    assert_eq!(
        states,
        [
            automatic(Reason::AutoReply),
            automatic(Reason::List),
            automatic(Reason::AutoReply),
            automatic(Reason::OwnMail),
        ]
    );
    assert_eq!((count_letters(&app), count_outbox(&app)), (0, 0));
}

#[test]
fn rule_31_a_sender_is_confirmed_to_once_a_day() {
    let app = TestApp::new();
    let mut confirmed = Vec::new();
    for (n, hours) in [0, 1, 22, 2].into_iter().enumerate() {
        app.clock.advance(Duration::hours(hours));
        let text = hanako(&format!("{n}@example.jp"), &format!("件{n}"), &format!("用件その{n}"));
        let entry = one(&app, "h@example.jp", OFFICE, &text);
        assert_eq!(entry.state, State::Letter);
        confirmed.push(entry.flags().contains(&Flag::Confirmed));
    }
    assert_eq!(confirmed, [true, false, false, true]);
    assert_eq!(count_outbox(&app), 2);
}

#[test]
fn what_came_with_a_mail_is_with_its_letter_held_for_the_scanner() {
    let app = TestApp::new();
    let text = format!(
        "From: hanako@example.jp\r\nTo: {OFFICE}\r\nSubject: 写真\r\nMessage-ID: <f@example.jp>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         石畳の写真です。\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Disposition: attachment; filename=\"memo.txt\"\r\n\r\n長府にて\r\n--b--\r\n"
    );
    let entry = one(&app, "h@example.jp", OFFICE, &text);
    assert_eq!((entry.state, entry.flags().contains(&Flag::Files)), (State::Letter, true));
    let files = app.read(|db| hirokiku::files::of_letter(db, entry.letter_id.expect("a letter")));
    let files: Vec<_> = files.iter().map(|f| (f.name.as_str(), f.state)).collect();
    assert_eq!(files, [("memo.txt", hirokiku::files::FileState::Held)]);
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

fn bounce(returned: &str, id: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.jp\r\nTo: {OFFICE}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Message-ID: <{id}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nnot delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\nFinal-Recipient: rfc822; hanako@example.jp\r\nAction: failed\r\n\
         Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         From: {OFFICE}\r\nMessage-ID: <{returned}>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
}

#[test]
fn rule_32_a_bounce_is_shown_at_the_letter_of_the_mail_that_came_back_and_opens_no_case() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let (mail_id, message_id) = confirmation(&app, first.letter_id.expect("a letter"));
    let verp = address_token::bounces_to(&app.app.sealer, &app.app.config, &mail_id).expect("an address");
    for (to, returned, id) in [
        (verp.as_str(), "strange@x.example", "b1@mx.example.jp"),
        (OFFICE, message_id.as_str(), "b2@mx.example.jp"),
    ] {
        let entry = one(&app, "", to, &bounce(returned, id));
        assert_eq!((entry.state, entry.mail_id.as_deref()), (State::Bounce, Some(mail_id.as_str())), "{to}");
        assert_eq!(entry.letter_id, first.letter_id);
        let says =
            app.read(|db| store::returned(db, std::slice::from_ref(&entry.id))).pop().expect("what it says");
        assert_eq!((says.status.as_deref(), says.hard), (Some("5.1.1"), true));
    }
    let unknown = one(&app, "", OFFICE, &bounce("never@sent.example", "b3@mx.example.jp"));
    assert_eq!((unknown.state, unknown.reason), (State::Bounce, Some(Reason::UnknownMail)));
    let kinds: Vec<String> = app.read(|db| Ok(mail_return::table.select(mail_return::kind).load(db)?));
    assert_eq!(kinds.first().map(String::as_str), Some("hard"));
    assert_eq!((count_letters(&app), count_outbox(&app)), (1, 1));
}

#[test]
fn rule_33_machines_that_answer_each_other_are_stopped_by_their_number_and_by_a_growing_subject() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let (_, ours) = confirmation(&app, letter_id);
    let frozen = |app: &TestApp| -> i64 { app.read(|db| Ok(mail_freeze::table.count().get_result(db)?)) };
    for n in 0..6 {
        assert_eq!(frozen(&app), 0, "after {n}");
        let head = format!("Auto-Submitted: auto-replied\r\nIn-Reply-To: <{ours}>\r\n");
        let text = mail("hanako@example.jp", &format!("a{n}@example.jp"), "自動返信", &head, "不在です。");
        assert_eq!(one(&app, "h@example.jp", OFFICE, &text).letter_id, Some(letter_id));
    }
    assert_eq!(frozen(&app), 1);

    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let (_, ours) = confirmation(&app, first.letter_id.expect("a letter"));
    let subject = "[#8] Re: [#7] Re: Auto: Re: 街灯";
    let entry = one(
        &app,
        "h@example.jp",
        OFFICE,
        &answering("g@example.jp", subject, "受け付けました。", &ours, "hanako@example.jp"),
    );
    assert!(entry.flags().contains(&Flag::Loop));
    assert_eq!(frozen(&app), 1);
}

#[test]
fn a_person_places_what_the_program_could_not_and_nothing_that_is_a_letter_moves() {
    let app = TestApp::new();
    let first = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯が消えた", "消えています。"));
    let letter_id = first.letter_id.expect("a letter");
    let auto = mail(
        "hanako@example.jp",
        "1@example.jp",
        "Re: 街灯が消えた",
        "Auto-Submitted: auto-replied\r\n",
        "実は私です。",
    );
    let entry = one(&app, "h@example.jp", OFFICE, &auto);
    assert_eq!(entry.state, State::Automatic);
    let by = By::staff(2, "広田 聴");
    let ready = ByHand::prepare(&app.app, &entry.id).expect("it is read");
    let suggested = app.read(|db| desk::suggestions(db, &ready));
    assert_eq!(suggested, [(letter_id, Why::SameSender)]);
    let who = by.clone();
    let standing = app.write(move |db| desk::place_on(db, &who, &ready, letter_id));
    assert_eq!((standing, self::entry(&app, &entry.id).state), (Standing::Sender, State::Message));

    let other =
        mail("jiro@example.jp", "2@example.jp", "祭り", "Auto-Submitted: auto-replied\r\n", "提案です。");
    let other = one(&app, "j@example.jp", OFFICE, &other);
    let (who, id, now) = (by.clone(), other.id.clone(), app.clock.now());
    app.write(move |db| desk::mark_spam(db, &who, now, &id));
    let spam = Filter { state: Some(State::Spam), ..Filter::default() };
    assert_eq!(app.read(|db| store::page(db, &spam, None, 10)).len(), 1);
    let ready = ByHand::prepare(&app.app, &other.id).expect("it is read");
    let (before, who) = (count_outbox(&app), by.clone());
    let made = app.write(move |db| desk::place_new(db, &who, &ready));
    assert_eq!(self::entry(&app, &other.id).letter_id, Some(made));
    assert_eq!(count_outbox(&app), before, "whoever decides by hand answers by hand");
    let (who, id) = (by, other.id);
    let again = app.app.db.write_now(move |db| desk::try_again(db, &who, now, &id));
    assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[test]
fn a_letter_by_mail_wants_a_reply_by_mail_and_was_not_asked_about_publication() {
    let app = TestApp::new();
    let entry = one(&app, "h@example.jp", OFFICE, &hanako("q@example.jp", "街灯", "消えています。"));
    let id = entry.letter_id.expect("a letter");
    let row: (String, String, String, bool, Option<String>, bool, bool) = app.read(|db| {
        Ok(letter::table
            .find(id)
            .select((
                letter::channel,
                letter::subject,
                letter::body_original,
                letter::reply_wanted,
                letter::reply_via,
                letter::publish_ok,
                letter::anonymous,
            ))
            .first(db)?)
    });
    let expected =
        ("email".into(), "街灯".into(), "消えています。".into(), true, Some("email".into()), false, false);
    assert_eq!(row, expected);
    let marks: Vec<Option<String>> = app.read(|db| Ok(party::table.select(party::mail_mark).load(db)?));
    assert!(marks[0].is_some(), "other letters of the same address are found");
}

#[test]
fn new_keys_seal_mails_and_their_files_anew_and_a_backup_brings_them_back() {
    let app = TestApp::new();
    let large = hanako("big@example.jp", "大きい", &"字".repeat(200_000));
    let entries = come(
        &app,
        vec![
            raw(&app, "h@example.jp", OFFICE, &hanako("s@example.jp", "小さい", "一通目")),
            raw(&app, "h@example.jp", OFFICE, &large),
        ],
    );
    let file = app.app.config.seal_key_path();
    hirokiku::people::keys::rotate(&app.app.db, &app.app.sealer, &app.clock, &file).expect("rotated");
    assert_eq!(reseal(&app.app).expect("sealed anew"), 2);
    assert_eq!(reseal(&app.app).expect("nothing left"), 0);
    assert_eq!(desk::take(&app.app, &By::shell(), &entries[1].id).expect("it opens"), large.as_bytes());
    assert_eq!(std::fs::read_dir(app.data.path().join("mail/26")).expect("a folder").count(), 1);
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
    if app::postgres().is_ok() {
        // a schema of its own cannot be dumped alone
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    let tar = place.path().join("copy.tar");
    backup::backup(&app.app, &tar).expect("a backup");
    let data = place.path().join("new");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::copy(&file, data.join("seal.key")).expect("the key");
    let config = hirokiku::config::Config { data, ..hirokiku::config::Config::default() };
    let report = backup::restore(config, app.clock.clone(), &tar).expect("restored");
    assert_eq!(report.faults, Vec::<String>::new());
    assert!(
        report.checked.iter().any(|line| line.contains("届いたメール") && line.contains("2通")),
        "{:?}",
        report.checked
    );
}

/// The program with a database of the test's own.
fn program(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hirokiku"));
    command
        .args(arguments)
        .env("HIROKIKU_DATA", app.data.path())
        .env("DATABASE_URL", app.app.db.url())
        .env("HIROKIKU_LOG", "error")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn piped(mut command: Command, text: &[u8]) -> Option<i32> {
    let mut child = command.spawn().expect("the program starts");
    // a program that ends before it has read all is judged by its code
    drop(child.stdin.take().expect("a pipe").write_all(text));
    child.wait_with_output().expect("it ends").status.code()
}

#[test]
fn rule_02_the_pipe_says_0_when_the_mail_is_kept_and_75_for_anything_else() {
    let app = TestApp::new();
    let text = hanako("pipe@example.jp", "パイプ", "届きますか。");
    let envelope =
        ["mail", "receive", "--sender", "h@example.jp", "--recipient", OFFICE, "kocho@city.example.lg.jp"];
    assert_eq!(piped(program(&app, &envelope), text.as_bytes()), Some(0));
    assert_eq!(
        piped(program(&app, &["mail", "receive", "--sender", ""]), b"\xff\xfe\0 no mail at all"),
        Some(0)
    );
    let rows = app.read(|db| store::page(db, &Filter::default(), None, 10));
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.state == State::Waiting && row.source == Source::Pipe));
    let mut without_database = program(&app, &envelope);
    without_database.env("DATABASE_URL", "postgres://127.0.0.1:1/none");
    assert_eq!(piped(without_database, text.as_bytes()), Some(75));
    let mut misspelt = program(&app, &envelope);
    misspelt.env("HIROKIKU_NO_SUCH_SETTING", "1");
    assert_eq!(piped(misspelt, text.as_bytes()), Some(75));
    assert_eq!(piped(program(&app, &["mail", "receive", "--unknown"]), text.as_bytes()), Some(75));
    assert_eq!(piped(program(&app, &["mail", "receive"]), b""), Some(75));
    assert_eq!(placed(&app).all(), 2);
    let opened = desk::open(&app.app, &By::shell(), &rows[1].id).expect("it opens");
    assert_eq!(opened.envelope.recipients, [OFFICE, "kocho@city.example.lg.jp"]);
}

#[test]
fn an_import_killed_again_and_again_brings_every_mail_once() {
    const MAILS: usize = 400;
    let app = TestApp::new();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mbox = folder.path().join("all.mbox");
    let mut file = std::fs::File::create(&mbox).expect("a file");
    for n in 0..MAILS {
        let text = hanako(&format!("{n}@example.jp"), &format!("第{n}号"), &format!("{n}番目の用件です。"));
        write!(file, "From h@example.jp Wed Apr  1 10:00:00 2026\n{}\n", text.replace("\r\n", "\n"))
            .expect("written");
    }
    drop(file);
    let path = mbox.to_str().expect("a name").to_owned();
    let arguments = ["mail", "import", path.as_str()];
    for _ in 0..6 {
        let mut child =
            program(&app, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(rand::random_range(100..900)));
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    let done = program(&app, &arguments).output().expect("it ends");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}{}", String::from_utf8_lossy(&done.stderr));
    assert!(told.contains(&format!("読んだメール {MAILS}通")), "{told}");
    let all = app.read(totals);
    assert_eq!(
        (all.came, all.of(State::Letter), all.of(State::Waiting)),
        (MAILS as i64, MAILS as i64, 0),
        "{all:?}"
    );
    let bodies: Vec<String> = app.read(|db| Ok(letter::table.select(letter::body_original).load(db)?));
    let distinct: std::collections::BTreeSet<&String> = bodies.iter().collect();
    assert_eq!((bodies.len(), distinct.len()), (MAILS, MAILS));
    let again = program(&app, &arguments).output().expect("it ends");
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(told.contains(&format!("新しく保存した 0 + すでにあった {MAILS}")), "{told}");
    assert_eq!(safekeeping::verify(&app.app).faults, Vec::<String>::new());
}

#[test]
fn a_time_in_the_future_is_not_when_a_mail_came() {
    let app = TestApp::new();
    let future = Utc.with_ymd_and_hms(2035, 1, 1, 0, 0, 0).single().expect("a time");
    let text = hanako("f@example.jp", "未来", "先の話です。");
    let entry =
        come(&app, vec![Raw { received_at: future, ..raw(&app, "h@example.jp", OFFICE, &text) }]).remove(0);
    assert_eq!(entry.received_at.utc(), app.clock.now());
}
