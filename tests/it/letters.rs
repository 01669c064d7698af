//! Taking letters in and moving matters on.

use diesel::prelude::*;
use hirokiku::db::schema::outbox;
use hirokiku::letters::letter::{Arrival, Channel, Paper, Receipt};
use hirokiku::letters::matter::{Change, State, Step};
use hirokiku::letters::{self, receipt, store};
use hirokiku::mail::{self, Letterform, ReceiptMails};
use hirokiku::trail::By;
use serde_json::Value;

use crate::app::TestApp;

/// A plain letter for tests to vary.
pub fn arrival(app: &TestApp, body: &str) -> Arrival {
    let number = app.clock.random::<8>();
    Arrival {
        submission_key: Some(hex::encode(number)),
        receipts: vec![Receipt { code: hex::encode(number), secret_mac: String::new() }],
        channel: Channel::WebForm,
        paper: Paper::default(),
        received_on: app.clock.today(),
        server_received_at: app.clock.now().into(),
        entered_by: None,
        subject: String::new(),
        body: body.to_owned(),
        language: "ja".to_owned(),
        place_text: None,
        position: None,
        reply_wanted: true,
        reply_via: None,
        publish_ok: true,
        age_band: None,
        district: None,
        relation: Vec::new(),
        party: None,
        anonymous: true,
        follow_up_of: None,
        attachments: Vec::new(),
        due_days: (30, 14),
    }
}

#[test]
fn the_same_form_sent_twice_is_one_letter() {
    let app = TestApp::new();
    let first = arrival(&app, "街灯が消えています。");
    let again = first.clone();
    let one = app.write(move |db| letters::accept(db, &first, &By::citizen()));
    let two = app.write(move |db| letters::accept(db, &again, &By::citizen()));
    assert_eq!(one.letter_id, two.letter_id);
    assert!(!one.repeated && two.repeated);
}

#[test]
fn a_letter_whose_first_code_is_taken_gets_the_second_and_the_mail_that_says_so() {
    let app = TestApp::new();
    let (sealer, clock, config) = (&app.app.sealer, &app.app.clock, &app.app.config);
    let codes: Vec<Receipt> = receipt::tickets(sealer, "a form").iter().map(|t| t.receipt(sealer)).collect();
    let first =
        Arrival { receipts: vec![codes[0].clone()], ..arrival(&app, "街灯が消えています。") };
    let second = Arrival { receipts: codes.clone(), ..arrival(&app, "歩道が割れています。") };
    let forms = codes.iter().map(|code| Letterform {
        to: "hanako@example.jp".to_owned(),
        text: code.code.clone(),
        ..Letterform::default()
    });
    let mails = ReceiptMails::seal(sealer, clock, config, forms).expect("they are sealed");
    let accepted = app.write(move |db| {
        letters::accept(db, &first, &By::citizen())?;
        receipt::accept_with_mail(db, &second, &mails, &By::citizen())
    });
    assert_eq!((accepted.receipt, accepted.mailed), (1, true));
    let (id, sealed, key): (String, Vec<u8>, i64) = app
        .read(|db| Ok(outbox::table.select((outbox::id, outbox::sealed, outbox::seal_key_id)).first(db)?));
    assert_eq!(mail::open(sealer, &id, key, &sealed).expect("the mail opens").text, codes[1].code);
}

#[test]
fn a_letter_closes_with_its_last_matter_and_a_step_out_of_turn_is_refused() {
    let app = TestApp::new();
    let letter = arrival(&app, "広告です。");
    let now = app.clock.now();
    let by = By::system();
    app.write(move |db| {
        let id = letters::accept(db, &letter, &by)?.letter_id;
        let matter = store::matters_of(db, id)?.remove(0);
        let early =
            letters::advance(db, &by, now, matter.id, None, Step::Send, Change::default(), Value::Null);
        assert_eq!(early.map_err(|e| e.status()).map(|m| m.state), Err(409));
        for step in [Step::Register, Step::RuleOut, Step::File] {
            letters::advance(db, &by, now, matter.id, None, step, Change::default(), Value::Null)?;
        }
        assert_eq!(store::matter(db, matter.id)?.state, State::Filed);
        Ok(())
    });
}
