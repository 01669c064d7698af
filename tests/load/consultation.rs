//! Consultations of any size, made by the program's own verbs: announced, with opinions, answered, approved.

use chrono::{DateTime, Duration as Days, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::approval::{self, StepKind, SubjectKind, UnitRule};
use hirokiku::calendar;
use hirokiku::consultations::consultation::{
    ChannelKind, Contact, CountUnit, DeadlineKind, Eligibility, ResultTerms, Senders,
};
use hirokiku::consultations::content::{Channel, Place};
use hirokiku::consultations::paper::PaperKind;
use hirokiku::consultations::submission::{Arrival, Point};
use hirokiku::consultations::{self, Plan, import};
use hirokiku::db::Json;
use hirokiku::db::schema::{opinion_group, staff};
use hirokiku::decisions;
use hirokiku::error::Error;
use hirokiku::letters::receipt;
use hirokiku::mail::ReceiptMails;
use hirokiku::opinions::view::{Outcome, Words};
use hirokiku::opinions::{self, answers};
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::people::{self, Role, Viewer};
use hirokiku::trail::By;
use hirokiku::web::App;

use crate::city::{self, Writer};

/// Submissions stored in one transaction.
const BATCH: usize = 500;

/// Groups under one answer.
pub const SHARED: usize = 100;

/// A consultation with who runs it and who decides.
pub struct Consulted {
    /// Its number.
    pub id: i64,
    /// Who runs it.
    pub clerk: Viewer,
    /// Who decides.
    pub head: Viewer,
}

/// Decides on an approval with yes.
pub fn decide(app: &App, who: &Viewer, approval: i64, then: DateTime<Utc>) {
    let who = who.clone();
    app.db
        .write_now(move |db| {
            let seen = approval::store::approval(db, approval)?.version;
            decisions::decide(db, &who, then, approval, seen, decisions::Decision::Approve, "").map(drop)
        })
        .expect("a decision");
}

/// A consultation of the first section, announced at a moment and open for thirty days from then; the only one of its city.
pub fn announced(app: &App, then: DateTime<Utc>) -> Consulted {
    let office = city::found(app).expect("an office");
    let now = app.clock.now();
    let (clerk, head) = app
        .db
        .write_now(move |db| {
            db.batch_execute(&format!(
                "INSERT INTO posting (staff_id, unit_id, role, valid_from) VALUES ({}, {}, 'clerk', '2005-02-13')",
                office.clerk, office.first_section
            ))?;
            for (code, kind) in [
                ("load_plan", SubjectKind::Consultation),
                ("load_answers", SubjectKind::Answers),
                ("load_result", SubjectKind::Result),
            ] {
                approval::store::insert_class(db, code, "計測", "丙", kind, 90)?;
                let step = (StepKind::Decide, Role::SectionHead, UnitRule::Own);
                approval::store::insert_route_step(db, code, 1, &step)?;
            }
            let units = people::units(db)?;
            let today = calendar::tokyo_day(now);
            let mut viewer = |id: i64| -> Result<Viewer, Error> {
                let login = staff::table.find(id).select(staff::login).first(db)?;
                let postings = units.postings_of(id, today);
                Ok(Viewer { id, login, name: "計測".to_owned(), postings, csrf: String::new(), today })
            };
            Ok((viewer(office.clerk)?, viewer(office.head)?))
        })
        .expect("staff");
    let by = clerk.clone();
    let (id, plan) = app
        .db
        .write_now(move |db| {
            let id = consultations::plan(db, &by, then, &plan(office.first_section, then), 30)?;
            let paper = consultations::add_paper(db, &by, then, id, PaperKind::Draft, "計測の案", "", None)?;
            let read = import::read("案.md", "# 第1章\n\n本文です。\n".as_bytes()).map_err(Error::Refused)?;
            consultations::take_text(db, &by, then, paper, &read.blocks)?;
            Ok((id, consultations::circulate(db, &by, then, id, "load_plan")?))
        })
        .expect("a plan");
    decide(app, &head, plan, then);
    Consulted { id, clerk, head }
}

/// Cuts everything that came into items.
pub fn cut(app: &App) {
    let now = app.clock.now();
    while app.db.write_now(move |db| opinions::itemise(db, now, 1_000)).expect("items") > 0 {}
}

/// A consultation that ended with so many opinions, all of them in groups under an answer.
pub fn answered(app: &App, items: usize) -> Consulted {
    let now = app.clock.now();
    let then = now - Days::days(60);
    let consulted = announced(app, then);
    let Consulted { id, clerk, .. } = &consulted;
    let id = *id;
    take_in(app, id, items, then + Days::days(5));
    cut(app);
    let by = clerk.clone();
    let groups: Vec<i64> = app
        .db
        .write_now(move |db| {
            db.batch_execute("UPDATE consultation SET state = 'sorting'")?;
            answers::make_chapters(db, &by, now, id)?;
            Ok(opinion_group::table.order(opinion_group::id).select(opinion_group::id).load(db)?)
        })
        .expect("groups");
    for some in groups.chunks(SHARED.min(answers::MOST_AT_ONCE)) {
        let (by, some) = (clerk.clone(), some.to_vec());
        app.db
            .write_now(move |db| {
                let (view, _) = answers::attach(db, &by, now, id, &some, None)?;
                let seen = answers::store::view(db, view)?.version;
                let words = Words {
                    outcome: Some(Outcome::Reference),
                    body: "いただいたご意見は、今後の進め方の参考とします。".repeat(6),
                    ..Words::default()
                };
                answers::save(db, &by, now, view, seen, &words).map(drop)
            })
            .expect("an answer");
    }
    consulted
}

/// Every chapter approved.
pub fn approved(app: &App, consulted: &Consulted) {
    let Consulted { id, clerk, head } = consulted;
    let (id, now) = (*id, app.clock.now());
    let by = clerk.clone();
    let started = app
        .db
        .write_now(move |db| {
            let mut started = Vec::new();
            for chapter in opinions::store::chapters(db, id)? {
                let content = answers::content(db, &chapter)?;
                if content.groups() > 0 {
                    let seen = answers::content::hash(&content.text()?);
                    started.push(answers::circulate(db, &by, now, chapter.id, &seen, "load_answers")?);
                }
            }
            Ok(started)
        })
        .expect("chapters");
    for approval in started {
        decide(app, head, approval, now);
    }
}

/// As many submissions of distinct texts, each from somebody else.
pub fn take_in(app: &App, id: i64, items: usize, then: DateTime<Utc>) {
    let mut writer = Writer::new(7);
    take_in_texts(app, id, (0..items).map(|number| format!("{number} {}", writer.text(200))), then);
}

/// A submission for each text, each from somebody else.
pub fn take_in_texts(app: &App, id: i64, texts: impl Iterator<Item = String>, then: DateTime<Utc>) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut texts = texts.enumerate().peekable();
    while let Some((number, opinion)) = texts.next() {
        let key = format!("load-result-{number}");
        let details = PartyDetails {
            name: format!("計測 {number}番"),
            email: format!("load{number}@example.jp"),
            ..PartyDetails::default()
        };
        let sealed = SealedParty::seal(&app.sealer, app.clock.id().to_string(), &details, then);
        waiting.push(Arrival {
            submission_key: Some(receipt::submission_key(&app.sealer, &key)),
            receipts: receipt::tickets(&app.sealer, &key).iter().map(|t| t.receipt(&app.sealer)).collect(),
            channel: ChannelKind::Web,
            points: vec![Point { opinion, ..Point::default() }],
            received_at: then.into(),
            received_on: calendar::tokyo_day(then),
            postmarked_on: None,
            written_on: None,
            entered_by: None,
            missing: Vec::new(),
            relation: Vec::new(),
            anonymous: false,
            party: Some(sealed.expect("a sender")),
            sender_mark: Some(app.sealer.mark("submission.sender", &key)),
            org_publish_ok: false,
            attachments: Vec::new(),
        });
        if waiting.len() == BATCH || texts.peek().is_none() {
            let some = std::mem::take(&mut waiting);
            app.db
                .write_now(move |db| {
                    some.iter().try_for_each(|arrival| {
                        consultations::accept(db, id, arrival, &ReceiptMails::default(), &[], &By::citizen())
                            .map(drop)
                    })
                })
                .expect("submissions");
        }
    }
}

fn plan(unit_id: i64, then: DateTime<Utc>) -> Plan {
    let noticed = calendar::tokyo_day(then);
    let text = || "計測".to_owned();
    Plan {
        title: text(),
        draft_label: "案".to_owned(),
        unit_id,
        contact: Json(Contact { place: text(), phone: "000-000-0000".to_owned(), ..Contact::default() }),
        basis: text(),
        summary: text(),
        plain_summary: String::new(),
        background: text(),
        prenotice_on: None,
        noticed_on: Some(noticed),
        opens_on: Some(noticed),
        closes_on: Some(calendar::earliest_close(noticed, 30)),
        short_reason: String::new(),
        grace_seconds: 0,
        senders: Json(Senders { invited: vec![Eligibility::Resident], ..Senders::default() }),
        count_incomplete: true,
        result_terms: Json(ResultTerms { note: text(), publish_full: true, count_unit: CountUnit::Item }),
        originals_place: String::new(),
        decision_planned_on: None,
        channels: vec![Channel {
            kind: ChannelKind::Web,
            address: String::new(),
            deadline: DeadlineKind::ArriveBy,
            note: String::new(),
        }],
        places: vec![Place { name: text(), hours: text() }],
    }
}
