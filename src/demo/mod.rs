//! The demo city: 下関市's real units, invented people, letters and consultations in every state. Made once, by the same verbs that staff
//! and citizens use, each on its own day.

mod answers;
mod consultations;
mod mails;
mod results;
mod texts;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::calendar;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::decisions::{self, Decision};
use crate::error::{Error, Result};
use crate::letters;
use crate::letters::letter::{Arrival, Channel, Paper, ReplyVia};
use crate::letters::matter::{Matter, NoReplyReason, OutOfScopeReason};
use crate::letters::receipt;
use crate::moderation;
use crate::people::party::{PartyDetails, SealedParty};
use crate::people::{self, Viewer};
use crate::publications;
use crate::replies;
use crate::replies::reply::{ReplyKind, Via, Words};
use crate::seal::Sealer;
use crate::trail::{self, By};
use crate::triage;
use crate::triage::journey::{self, Details, Screening};
use crate::web::App;
use texts::{LETTERS, Stop, Text};

/// Opens the demo city, making it the first time, and prints how to sign in.
///
/// # Errors
/// When the data folder holds a real city, a mail server that is not on this machine is named, or the clock shows a time
/// before the city's last act.
pub fn open(mut config: Config, clock: Clock) -> Result<App> {
    config.demo = true;
    config.second_factor_required = false;
    if config.data == Config::default().data {
        config.data = "./data/demo".into();
    }
    let app = App::open(config, clock)?;
    let (staff, last) = app.db.read_now(|db| Ok((people::store::staff::count(db)?, trail::last_at(db)?)))?;
    if staff == 0 {
        make(&app)?;
    } else if let Some(last) = last.filter(|last| *last > app.clock.now()) {
        return Err(Error::Refused(format!(
            "この見本の市の時計は{}まで進んでいます。それより後の時刻を --now で合わせるか、別の HIROKIKU_DATA で新しく作ってください。",
            calendar::tokyo_clock_with_year(last)
        )));
    }
    println!("これは見本の市です。メールはこの計算機の外へは送りません。");
    println!("  市民の窓口  http://{}", app.config.public_listen);
    println!("  職員の窓口  http://{}", app.config.staff_listen);
    println!(
        "  サインイン  admin kocho tanto kacho bucho shicho clerk kansa(パスワードは作ったときに表示したもの)"
    );
    Ok(app)
}

fn make(app: &App) -> Result<()> {
    let password = match Config::demo_password() {
        Some(given) => given,
        None => hex::encode(app.clock.random::<6>()),
    };
    let hash = people::password::hash_now(&password)?;
    let now = app.clock.now();
    app.db.write_now(move |db| {
        crate::approval::seed(db)?;
        people::demo_people(db, &hash, now).map(drop)
    })?;
    mails::make(app, now)?;
    for (number, text) in LETTERS.iter().enumerate() {
        walk(app, number, text, now)?;
    }
    consultations::make(app, now)?;
    mails::make_opinion(app, now)?;
    results::make(app, now)?;
    println!("見本の市を作りました。8つのアカウントに共通のパスワード: {password}");
    Ok(())
}

/// The instant at `hour` o'clock in Tokyo, so many days after a letter's arrival but never in the future.
fn at(arrived: NaiveDate, days: i64, hour: i64, now: DateTime<Utc>) -> DateTime<Utc> {
    (calendar::start_of_tokyo_day(arrived + Duration::days(days)) + Duration::hours(hour)).min(now)
}

struct Hand<'a> {
    units: std::sync::Arc<people::Units>,
    logins: BTreeMap<String, (i64, String)>,
    arrived: NaiveDate,
    now: DateTime<Utc>,
    text: &'a Text,
}

impl Hand<'_> {
    /// A member of staff as signed in `days` after the letter's arrival, and the time it then is.
    fn of(&self, login: &str, days: i64, hour: i64) -> Result<(Viewer, DateTime<Utc>)> {
        let (id, name) = self.logins.get(login).cloned().ok_or(Error::NotFound)?;
        let then = at(self.arrived, days, hour, self.now);
        let today = calendar::tokyo_day(then);
        let postings = self.units.postings_of(id, today);
        Ok((Viewer { id, login: login.to_owned(), name, postings, csrf: String::new(), today }, then))
    }

    /// Drafter and section head of the section that owns the letter.
    fn section(&self) -> (String, String) {
        match self.text.unit {
            "doro" => ("tanto".to_owned(), "kacho".to_owned()),
            "koen" => ("tanto2".to_owned(), "kacho2".to_owned()),
            unit => {
                let short = unit.split('-').next().unwrap_or(unit);
                (format!("{short}1"), format!("{short}2"))
            }
        }
    }

    fn unit(&self) -> Result<i64> {
        self.units.by_code(self.text.unit).map(|u| u.id).ok_or(Error::NotFound)
    }
}

fn walk(app: &App, number: usize, text: &'static Text, now: DateTime<Utc>) -> Result<()> {
    let arrived = calendar::tokyo_day(now) - Duration::days(text.days_ago);
    let received_at = at(arrived, 0, 9, now);
    let party = sender(app, number, text)?;
    let anonymous = text.name.0.is_empty();
    let via = reply_via(text);
    // mails too: these came to another mailbox of the city and were typed in; the mailroom's own are in `mails`
    let typed_in = text.channel != Channel::WebForm;
    let key = format!("demo-{number}");
    let arrival = Arrival {
        submission_key: Some(receipt::submission_key(&app.sealer, &key)),
        receipts: receipt::tickets(&app.sealer, &key).iter().map(|t| t.receipt(&app.sealer)).collect(),
        channel: text.channel,
        paper: Paper {
            collected_on: (text.channel == Channel::Box).then_some(arrived),
            box_location: (text.channel == Channel::Box).then(|| "彦島支所".to_owned()),
            ..Paper::default()
        },
        received_on: arrived,
        server_received_at: received_at.into(),
        entered_by: None,
        subject: text.subject.to_owned(),
        body: text.body.to_owned(),
        language: "ja".to_owned(),
        place_text: None,
        position: None,
        reply_wanted: via.is_some(),
        reply_via: via,
        publish_ok: true,
        age_band: Some(text.age),
        district: Some(text.district),
        relation: Vec::new(),
        party,
        anonymous,
        follow_up_of: None,
        attachments: Vec::new(),
        due_days: (app.config.reply_statutory_days, app.config.reply_target_days),
    };
    let sealer = app.sealer.clone();
    app.db.write_now(move |db| {
        let mut arrival = arrival.clone();
        let hand =
            Hand { units: people::units(db)?, logins: people::store::staff::logins(db)?, arrived, now, text };
        let mut by = By::citizen();
        if typed_in {
            let (clerk, _) = hand.of("kocho2", 0, 9)?;
            arrival.entered_by = Some(clerk.id);
            by = clerk.by();
        }
        let letter = letters::accept(db, &arrival, &by)?.letter_id;
        along(db, &sealer, &hand, letter)
    })
}

/// As far along its journey as the letter has come.
fn along(db: &mut Db, sealer: &Sealer, hand: &Hand<'_>, letter: i64) -> Result<()> {
    let text = hand.text;
    if text.stop == Stop::Received {
        return Ok(());
    }
    let (office, then) = hand.of("kocho", 0, 14)?;
    triage::first_read(db, &office, then, letter)?;
    let titles: Vec<String> = match text.subject {
        "給食のアレルギー表示と通学路" => {
            vec!["給食のアレルギー表示".to_owned(), "長府小前の横断歩道".to_owned()]
        }
        _ => vec![letters::letter::title_of(text.subject, text.body)],
    };
    triage::register(db, &office, then, letter, None, &titles)?;
    let matter = letters::store::matters_of(db, letter)?.remove(0);
    let details = Details {
        title: matter.title.clone(),
        kind: Some(text.kind),
        fields: vec![text.field],
        reply_needed: matter.reply_needed,
    };
    journey::change(db, &office, then, matter.id, None, &details)?;
    if text.stop == Stop::Registered {
        return Ok(());
    }
    let (office, then) = hand.of("kocho", 1, 10)?;
    let screening = match text.stop {
        Stop::OutOfScope => {
            Screening::OutOfScope(OutOfScopeReason::Commerce, "商品の売り込みのため。".to_owned())
        }
        Stop::PassedOn => Screening::PassedOn(
            "国土交通省の国道事務所・警察署".to_owned(),
            "国道の信号は国と警察が管理しているため。".to_owned(),
        ),
        _ => Screening::Accept,
    };
    journey::screen(db, &office, then, matter.id, None, &screening)?;
    match text.stop {
        Stop::Accepted => return Ok(()),
        Stop::OutOfScope | Stop::PassedOn => {
            let (office, then) = hand.of("kocho", 2, 10)?;
            return journey::file(db, &office, then, matter.id, None).map(drop);
        }
        _ => {}
    }
    let (mayor, _) = hand.of("shicho", 1, 11)?;
    journey::circulate(db, &office, then, matter.id, None, &[mayor.id])?;
    if text.stop == Stop::Circulated {
        return Ok(());
    }
    let (office, then) = hand.of("kocho", 2, 9)?;
    journey::assign(db, &office, then, matter.id, None, hand.unit()?, &[])?;
    if text.stop == Stop::Assigned {
        return Ok(());
    }
    let (drafter, head) = hand.section();
    let (drafter, then) = hand.of(&drafter, 3, 10)?;
    match text.stop {
        Stop::ReturnedToCentre => {
            let words = "農道の管理は別の課のため。";
            return journey::return_to_centre(db, &drafter, then, matter.id, None, words).map(drop);
        }
        Stop::Awaiting => {
            let words = "木の場所を確かめるため、お電話で目印をお尋ねしました。";
            return journey::ask(db, &drafter, then, matter.id, None, words).map(drop);
        }
        Stop::NoReply | Stop::Closed if text.answer.is_empty() || !matter.reply_needed => {
            let reason = NoReplyReason::NotWanted;
            journey::set_no_reply(
                db,
                &drafter,
                then,
                matter.id,
                None,
                reason,
                "返事を希望されていないため。",
            )?;
            if text.stop == Stop::Closed {
                journey::close(db, &drafter, then, matter.id, None, text.outcome)?;
            }
            return Ok(());
        }
        _ => {}
    }
    if matter.reply_needed {
        if !answer(db, hand, &matter, &head)? {
            return Ok(());
        }
    } else if text.stop == Stop::Published {
        let reason = NoReplyReason::NoContact;
        journey::set_no_reply(
            db,
            &drafter,
            then,
            matter.id,
            None,
            reason,
            "連絡先がないため、公表で答えます。",
        )?;
    } else {
        return Ok(());
    }
    let (drafter, then) = hand.of(&hand.section().0, 9, 15)?;
    journey::close(db, &drafter, then, matter.id, None, text.outcome)?;
    if text.stop == Stop::Published { publish(db, sealer, hand, &matter) } else { Ok(()) }
}

/// Drafts, decides and sends; false when the letter has come no further than somewhere in between.
fn answer(db: &mut Db, hand: &Hand<'_>, matter: &Matter, head: &str) -> Result<bool> {
    let text = hand.text;
    if text.answer.is_empty() {
        return Ok(false);
    }
    let (drafter, then) = hand.of(&hand.section().0, 3, 11)?;
    let via = if text.channel == Channel::Fax { Via::Fax } else { Via::Post };
    let words = Words {
        subject: format!("「{}」へのお答え", matter.title),
        body: format!("{}{}{}", replies::reply::OPENING, text.answer, replies::reply::CLOSING),
        expected_on: None,
    };
    let reply = replies::begin(db, &drafter, then, matter.id, ReplyKind::Final, via, &words)?;
    if text.stop == Stop::Drafting {
        return Ok(false);
    }
    let (drafter, then) = hand.of(&hand.section().0, 4, 10)?;
    let class = if text.stop == Stop::InApproval { "reply_department" } else { "reply_section" };
    let approval = replies::submit(db, &drafter, then, reply, 1, class)?;
    if text.stop == Stop::InApproval {
        return Ok(false);
    }
    let (head, then) = hand.of(head, 5, 16)?;
    let seen = crate::approval::store::approval(db, approval)?.version;
    if text.stop == Stop::Returned {
        let why =
            "様式のせいにせず、何ができるかを書いてください。拡大した説明を同封できないか確かめてください。";
        decisions::decide(db, &head, then, approval, seen, Decision::Return, why)?;
        return Ok(false);
    }
    decisions::decide(db, &head, then, approval, seen, Decision::Approve, "")?;
    if text.stop == Stop::Approved {
        return Ok(false);
    }
    let (drafter, then) = hand.of(&hand.section().0, 7, 9)?;
    replies::dispatch(db, &drafter, then, reply, None)?;
    Ok(text.stop != Stop::Replied)
}

fn publish(db: &mut Db, sealer: &Sealer, hand: &Hand<'_>, matter: &Matter) -> Result<()> {
    let (office, then) = hand.of("kocho", 12, 10)?;
    let id = publications::propose(db, sealer, &office, then, matter.id)?;
    let spans = publications::store::drafts::spans(db, id)?;
    let all: Vec<_> = spans.iter().map(|s| (s.id, publications::publication::Decision::Accepted)).collect();
    let seen = publications::store::drafts::publication(db, id)?.version;
    if !all.is_empty() {
        publications::decide(db, sealer, &office, then, id, seen, &all, None)?;
    }
    if !matter.reply_needed {
        let seen = publications::store::drafts::publication(db, id)?.version;
        let texts = publications::Texts {
            title: None,
            gist: None,
            answer: Some(hand.text.answer.to_owned()),
            kind: Some(hand.text.kind),
            outcome: Some(hand.text.outcome),
            fields: vec![hand.text.field],
        };
        publications::write(db, sealer, &office, then, id, seen, &texts)?;
    }
    let seen = publications::store::drafts::publication(db, id)?.version;
    let approval = moderation::circulate(db, sealer, &office, then, id, seen)?;
    let (second, then) = hand.of("kocho2", 13, 10)?;
    let seen = crate::approval::store::approval(db, approval)?.version;
    decisions::decide(db, &second, then, approval, seen, Decision::Approve, "")?;
    Ok(())
}

/// Letters that want an answer have somebody to answer to; postal, so that nothing is mailed.
fn reply_via(text: &Text) -> Option<ReplyVia> {
    match text.channel {
        _ if text.name.0.is_empty() => None,
        Channel::Fax => Some(ReplyVia::Fax),
        _ => Some(ReplyVia::Post),
    }
}

fn sender(app: &App, number: usize, text: &Text) -> Result<Option<SealedParty>> {
    if text.name.0.is_empty() {
        return Ok(None);
    }
    let details = PartyDetails {
        name: text.name.0.to_owned(),
        name_kana: text.name.1.to_owned(),
        name_kana_norm: text.name.1.to_owned(),
        postal_code: "750-0000".to_owned(),
        address: format!("山口県下関市見本町{}番{}号", number / 7 + 1, number % 7 + 1),
        phone: if text.channel == Channel::Fax { format!("083-000-{number:04}") } else { String::new() },
        ..PartyDetails::default()
    };
    let id = app.clock.id().to_string();
    SealedParty::seal(&app.sealer, id, &details, app.clock.now()).map(Some)
}
