//! The daily mail of what is due: to the drafter, then the section head, then the listening office; results and reports
//! that are owed to the public too.
//!
//! It goes out on working days from eight in the morning, at most once a person and day, and never empty. It names
//! letters by number and day only: a title may hold what a citizen wrote.

use chrono::{DateTime, NaiveDate, Timelike, Utc};

use super::store;
use crate::calendar::{self, CityHolidays, FiscalYear, register_label};
use crate::db::Db;
use crate::error::Result;
use crate::mail::{self, Letterform, MailKind, Prepared};
use crate::opinions::result::store::{self as owed, Owed};
use crate::people::{self, Posting, Role};
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;

/// A drafter hears of a matter from this many days before it is due.
const DAYS_BEFORE: u64 = 3;

/// Lines of one list; the rest is counted.
const LINES: usize = 30;

/// Days after the end of a period from which its result is asked for, of the section and the clerk.
const RESULT_DAYS: i64 = 30;

/// The same, of the listening office.
const RESULT_DAYS_CITY: i64 = 60;

/// The hour in Tokyo from which it goes out.
const HOUR: u32 = 8;

/// A matter that is due, as a digest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMatter {
    /// `letter.id`, for the address.
    pub letter_id: i64,
    /// Its number in the letter.
    pub no: i64,
    /// Year of the register.
    pub year: FiscalYear,
    /// Number in it.
    pub register_no: Option<i64>,
    /// The day that counts.
    pub due_on: NaiveDate,
    /// The section, by id and name.
    pub unit: Option<(i64, String)>,
    /// Who drafts.
    pub drafter_id: Option<i64>,
}

/// Somebody who may get a digest.
#[derive(Clone, Debug)]
pub struct Reader {
    /// `staff.id`.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Postings valid today.
    pub postings: Vec<Posting>,
}

/// One mail, not sealed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// `staff.id`.
    pub staff_id: i64,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// What the city owes to the public: results, and reports on what it promised.
#[derive(Clone, Debug, Default)]
pub struct Owing {
    /// Consultations without their result.
    pub results: Vec<Owed>,
    /// Promises without their report.
    pub reports: Vec<Owed>,
}

/// Whether digests go out at this moment: a working day of the city, eight o'clock or later in Tokyo.
pub fn is_time(now: DateTime<Utc>) -> bool {
    let hour = (now + chrono::TimeDelta::hours(9)).hour();
    hour >= HOUR && !CityHolidays::default().is_city_holiday(calendar::tokyo_day(now))
}

/// What each member of staff with a mail address is to be told today; nobody who has nothing.
pub fn due_today(db: &mut Db, now: DateTime<Utc>, staff_url: &str) -> Result<Vec<Digest>> {
    let today = calendar::tokyo_day(now);
    let due = store::due_until(db, calendar::due(today, DAYS_BEFORE))?;
    let owing = Owing { results: owed::without_result(db, today)?, reports: owed::unreported(db, today)? };
    if due.is_empty() && owing.results.is_empty() && owing.reports.is_empty() {
        return Ok(Vec::new());
    }
    let mut digests = Vec::new();
    let units = people::units(db)?;
    for (id, name, email) in store::staff_with_mail(db)? {
        let postings = units.postings_of(id, today);
        let reader = Reader { id, name, email, postings };
        digests.extend(compose(&reader, &due, &owing, today, staff_url));
    }
    Ok(digests)
}

/// The digest of one reader; none when nothing is due. Each matter is named once.
pub fn compose(
    reader: &Reader,
    due: &[DueMatter],
    owing: &Owing,
    today: NaiveDate,
    staff_url: &str,
) -> Option<Digest> {
    let holds = |roles: &[Role], unit: i64| {
        reader.postings.iter().any(|p| roles.contains(&p.role) && p.covers.contains(&unit))
    };
    let (mut mine, mut section, mut city) = (Vec::new(), Vec::new(), Vec::new());
    for matter in due {
        let unit = matter.unit.as_ref().map(|(id, _)| *id);
        // a drafter who was transferred has left the matter behind
        if matter.drafter_id == Some(reader.id)
            && unit.is_some_and(|u| holds(&[Role::Drafter, Role::SectionHead], u))
        {
            mine.push(matter);
        } else if matter.due_on <= today && unit.is_some_and(|u| holds(&[Role::SectionHead], u)) {
            section.push(matter);
        } else if matter.due_on < today && reader.postings.iter().any(|p| p.role == Role::Listening) {
            city.push(matter);
        }
    }
    let many = mine.len() + section.len() + city.len();
    // a clerk runs every consultation, a section its own, and the listening office sees to all of them
    let asks = |unit: i64| {
        reader.postings.iter().any(|p| p.role == Role::Clerk)
            || holds(&[Role::Drafter, Role::SectionHead], unit)
    };
    let listening = reader.postings.iter().any(|p| p.role == Role::Listening);
    let results: Vec<&Owed> = owing
        .results
        .iter()
        .filter(|o| {
            let days = (today - o.since).num_days();
            (days >= RESULT_DAYS && asks(o.unit_id)) || (days >= RESULT_DAYS_CITY && listening)
        })
        .collect();
    let reports: Vec<&Owed> =
        owing.reports.iter().filter(|o| asks(o.unit_id) || (listening && o.since < today)).collect();
    if many + results.len() + reports.len() == 0 {
        return None;
    }
    let late = mine.iter().chain(&section).chain(&city).filter(|m| m.due_on < today).count();
    let mut text = format!("{} さん\n\n期限の近い件と、期限を過ぎた件のお知らせです。\n", reader.name);
    for (heading, list) in [
        ("あなたが担当の件", &mine),
        ("課の件(今日まで、または期限超過)", &section),
        ("市全体の期限超過", &city),
    ] {
        push_list(&mut text, heading, list, today, staff_url);
    }
    push_owed(&mut text, "結果の公表がまだの意見募集", "募集の終わりから", &results, today, staff_url);
    push_owed(&mut text, "結果で約束したことの報告がまだのもの", "約束の日から", &reports, today, staff_url);
    text.push_str(&format!(
        "\nすべての件: {staff_url}/\n\n期限までに回答できないときは、中間回答で理由と見込みの日をお知らせください。\nこのメールは開庁日の朝に、該当する件があるときだけ届きます。\n"
    ));
    let subject = match late {
        0 if many == 0 => {
            format!("【広聴】意見募集の結果と報告 {}件", results.len() + reports.len())
        }
        0 => format!("【広聴】期限の近い件 {many}件"),
        _ => format!("【広聴】期限の近い件 {many}件(うち期限超過 {late}件)"),
    };
    Some(Digest {
        staff_id: reader.id,
        name: reader.name.clone(),
        email: reader.email.clone(),
        subject,
        text,
    })
}

fn push_list(text: &mut String, heading: &str, list: &[&DueMatter], today: NaiveDate, staff_url: &str) {
    if list.is_empty() {
        return;
    }
    text.push_str(&format!("\n■ {heading} {}件\n", list.len()));
    for matter in list.iter().take(LINES) {
        let number = match matter.register_no {
            Some(no) => register_label(matter.year, no),
            None => "未登録".to_owned(),
        };
        let days = match calendar::days_left(matter.due_on, today) {
            0 => "今日まで".to_owned(),
            left @ 1.. => format!("あと{left}日"),
            past => format!("{}日超過", -past),
        };
        let unit = matter.unit.as_ref().map_or("担当課未定", |(_, name)| name);
        text.push_str(&format!(
            "・{number}({}件目) {days}({}) {unit}\n  {staff_url}/letters/{}\n",
            matter.no,
            calendar::short_date(matter.due_on),
            matter.letter_id
        ));
    }
    if list.len() > LINES {
        text.push_str(&format!("・ほか{}件\n", list.len() - LINES));
    }
}

fn push_owed(
    text: &mut String,
    heading: &str,
    from: &str,
    list: &[&Owed],
    today: NaiveDate,
    staff_url: &str,
) {
    if list.is_empty() {
        return;
    }
    text.push_str(&format!("\n■ {heading} {}件\n", list.len()));
    for owed in list.iter().take(LINES) {
        let days = (today - owed.since).num_days();
        text.push_str(&format!(
            "・{} {from}{days}日 {}\n  {staff_url}/consultations/{}/result\n",
            owed.title, owed.unit_name, owed.id
        ));
    }
    if list.len() > LINES {
        text.push_str(&format!("・ほか{}件\n", list.len() - LINES));
    }
}

/// Puts today's digests in the outbox, each in a write of its own, and gives how many; none outside
/// [`is_time`], and none to whoever got one today.
///
/// Blocks: for the background worker and the command line.
pub fn run(app: &App) -> Result<usize> {
    let now = app.clock.now();
    if !is_time(now) {
        return Ok(0);
    }
    let today = calendar::tokyo_day(now);
    let url = app.config.staff_url.trim_end_matches('/').to_owned();
    let (digests, sent) =
        app.db.read_now(|db| Ok((due_today(db, now, &url)?, store::digests_of(db, today)?)))?;
    let mut put = 0;
    for digest in digests.into_iter().filter(|d| !sent.contains(&d.staff_id)) {
        let form = Letterform {
            to: digest.email,
            to_name: digest.name,
            subject: digest.subject,
            text: digest.text,
            references: Vec::new(),
        };
        let mail = Prepared::seal(&app.sealer, &app.clock, &app.config, MailKind::Digest, &form)?;
        let staff_id = digest.staff_id;
        put += usize::from(app.db.write_now(move |db| {
            // another process may have been quicker
            if store::digests_of(db, today)?.contains(&staff_id) {
                return Ok(false);
            }
            store::note_digest(db, staff_id, today)?;
            mail::enqueue(db, &mail)?;
            trail::record(db, &By::system(), now, &Line::new(Act::DigestSent, Subject::Staff, staff_id))?;
            Ok(true)
        })?);
    }
    Ok(put)
}
