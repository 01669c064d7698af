//! 募集の開始・締切間近・結果をメールで受け取る. An address is used once its owner followed the link in our mail; it lies
//! sealed and goes when he or she stops it. Nobody learns from a page whether an address is subscribed.

pub mod handlers;
pub mod store;
pub mod views;

use chrono::{DateTime, Days, Duration, Utc};
use serde_json::json;

use super::consultation::{EventKind, Phase, State};
use super::{Shown, shown};
use crate::calendar::{self, start_of_tokyo_day};
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::mail::{self, Letterform, MailKind, Prepared};
use crate::people;
use crate::people::party::SealedParty;
use crate::seal::Sealer;
use crate::text_enum;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;
use store::Subscription;

text_enum! {
    /// What subscribers are told of.
    pub enum Happening {
        Opened = "opened" => "意見募集が始まりました",
        ClosingSoon = "closing_soon" => "意見募集の最終日が近づいています",
        Extension = "extension" => "意見募集の期間を延ばしました",
        Suspension = "suspension" => "意見募集を一時止めています",
        Resumption = "resumption" => "意見募集を再開しました",
        Cancellation = "cancellation" => "意見募集を中止しました",
        Result = "result" => "意見募集の結果を公表しました",
    }
}

/// Days before the last one at which its nearness is told.
pub const SOON_DAYS: u64 = 7;

/// How long a link to confirm holds; then the address is let go.
const CONFIRM_HOURS: i64 = 48;

/// Mails written in one go, so that others write in between.
const BATCH: i64 = 50;

/// The key of a subscription's own page: whoever has our mail has it.
pub fn link_key(sealer: &Sealer, id: &str) -> String {
    sealer.mark("subscription.link", id)
}

fn line(act: Act, consultation_id: Option<i64>) -> Line {
    match consultation_id {
        Some(id) => Line::new(act, Subject::Consultation, id),
        None => Line::new(act, Subject::Consultation, "all"),
    }
}

/// Somebody asks for mails; sealed outside the transaction.
pub struct Request {
    /// The id of the subscription: a new one, or that of the one there was when the mail was written.
    pub id: String,
    /// Of one consultation, or of all.
    pub consultation_id: Option<i64>,
    /// Whose, when it is a new one.
    pub party: Option<SealedParty>,
    /// By which one address is told once.
    pub mark: String,
    /// The link to confirm, or the word that it was confirmed before.
    pub mail: Prepared,
}

/// Takes a request in. Whoever asks sees the same page whatever happens here.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for a consultation that was never announced.
pub fn request(db: &mut Db, now: DateTime<Utc>, request: &Request) -> Result<()> {
    if let Some(id) = request.consultation_id {
        shown(db, id)?;
    }
    let there = store::alive(db, &request.mark, request.consultation_id)?;
    match (&there, &request.party) {
        (None, Some(party)) => {
            people::keep_party(db, party)?;
            store::insert(db, &request.id, request.consultation_id, &party.id, &request.mark, now.into())?;
        }
        (Some(there), None) if there.id == request.id => {}
        // a double click, or it was stopped a moment ago: the mail at hand has another's link
        _ => return Ok(()),
    }
    mail::enqueue(db, &request.mail).map(drop)
}

/// The link was followed.
pub fn confirm(db: &mut Db, now: DateTime<Utc>, id: &str) -> Result<Subscription> {
    let row = store::subscription(db, id)?;
    if store::confirm(db, id, now.into())? {
        let told = line(Act::SubscriptionConfirmed, row.consultation_id);
        trail::record(db, &By::citizen(), now, &told)?;
    }
    store::subscription(db, id)
}

/// Its owner wants no more; said twice, it is said once. Nothing that tells whose it was stays.
pub fn end(db: &mut Db, by: &By, now: DateTime<Utc>, id: &str) -> Result<()> {
    let row = store::subscription(db, id)?;
    if !store::end(db, id, now.into())? {
        return Ok(());
    }
    if let Some(party) = &row.party_id {
        people::forget_party(db, party)?;
    }
    trail::record(db, by, now, &line(Act::SubscriptionEnded, row.consultation_id))
}

/// A change of a period was published: subscribers are told of it.
pub(super) fn changed(
    db: &mut Db,
    now: DateTime<Utc>,
    consultation_id: i64,
    kind: EventKind,
    event_id: i64,
) -> Result<()> {
    let kind = match kind {
        EventKind::Extension => Happening::Extension,
        EventKind::Suspension => Happening::Suspension,
        EventKind::Resumption => Happening::Resumption,
        EventKind::Cancellation => Happening::Cancellation,
        // past when it is told
        EventKind::Outage => return Ok(()),
    };
    store::note(db, consultation_id, kind, &event_id.to_string(), now.into())
}

/// The result of a consultation was published: subscribers are told of it, once however often it is corrected.
pub fn result_published(db: &mut Db, now: DateTime<Utc>, consultation_id: i64) -> Result<()> {
    store::note(db, consultation_id, Happening::Result, "first", now.into())
}

/// Something the clock brought that is not noted yet: where, what, which of its kind, since when.
type Due = (i64, Happening, String, DateTime<Utc>);

/// What the clock brought.
fn due(db: &mut Db, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let mut found = Vec::new();
    for row in super::store::running(db)?.into_iter().filter(|row| row.state == State::Announced) {
        let period = super::period(db, &row)?;
        if period.phase(now) != Phase::Open {
            continue;
        }
        let announced = super::store::released(db, row.id)?.map_or(now, |(_, at)| at.utc());
        let soon = period.closing_on.checked_sub_days(Days::new(SOON_DAYS)).unwrap_or(period.closing_on);
        // who was told of an extension in the last week knows the last day
        let told = super::store::events(db, row.id)?.iter().any(|e| {
            e.new_closes_on == Some(period.closing_on)
                && e.published_at.is_some_and(|at| at.utc() >= start_of_tokyo_day(soon))
        });
        for (kind, day, mark) in [
            (Happening::Opened, period.opens_on, period.opens_on),
            (Happening::ClosingSoon, soon, period.closing_on),
        ] {
            let (at, mark) = (start_of_tokyo_day(day).max(announced), mark.to_string());
            let known = told && kind == Happening::ClosingSoon;
            if at <= now && !known && !store::is_noted(db, row.id, kind, &mark)? {
                found.push((row.id, kind, mark, at));
            }
        }
    }
    Ok(found)
}

/// Notes what the clock brought, lets go of addresses nobody confirmed, and writes some of the mails that are to be
/// written; says whether there was anything to do. For a thread that may wait.
///
/// # Errors
/// The database's.
pub fn run(app: &App) -> Result<bool> {
    let now = app.clock.now();
    let before = (now - Duration::hours(CONFIRM_HOURS)).into();
    let (due, forgotten) = app.db.read_now(|db| Ok((due(db, now)?, store::forgotten(db, before, BATCH)?)))?;
    let mut busy = !(due.is_empty() && forgotten.is_empty());
    if busy {
        app.db.write_now(move |db| {
            for (id, kind, mark, at) in &due {
                store::note(db, *id, *kind, mark, (*at).into())?;
            }
            forgotten.iter().try_for_each(|id| end(db, &By::system(), now, id))
        })?;
    }
    busy |= tell(app)?;
    Ok(busy)
}

/// Writes some of the mails about the oldest thing not told yet.
fn tell(app: &App) -> Result<bool> {
    let found = app.db.read_now(|db| {
        let Some(event) = store::next_untold(db)? else { return Ok(None) };
        let shown = shown(db, event.consultation_id)?;
        let mut receivers = Vec::new();
        for one in store::to_tell(db, &event, BATCH)? {
            if let Some(party) = &one.party_id {
                let address = people::address_of_subscriber(db, &app.sealer, party)?;
                receivers.push((one, address));
            }
        }
        Ok(Some((event, shown, receivers)))
    })?;
    let Some((event, shown, receivers)) = found else { return Ok(false) };
    let now = app.clock.now();
    if receivers.is_empty() {
        app.db.write_now(move |db| {
            let mails = store::all_told(db, event.id, now.into())?;
            let told = line(Act::SubscribersTold, Some(event.consultation_id))
                .with(json!({ "title": event.kind.label(), "mails": mails }));
            trail::record(db, &By::system(), now, &told)
        })?;
        return Ok(true);
    }
    let mut mails = Vec::with_capacity(receivers.len());
    for (one, address) in receivers {
        let form = letterform(&app.config, &shown, event.kind, &address);
        let mail = Prepared::seal(&app.sealer, &app.clock, &app.config, MailKind::Notice, &form)?;
        mails.push((one, mail.asked_for()));
    }
    app.db.write_now(move |db| {
        for (one, mail) in &mails {
            // stopped meanwhile, or told by another process or another subscription
            let Some(mark) = store::subscription(db, &one.id)?.address_mark else { continue };
            if store::was_told(db, event.id, &mark)? {
                continue;
            }
            let withheld = mail::enqueue(db, mail)?;
            let outbox = withheld.is_none().then_some(mail.id.as_str());
            store::tell(db, event.id, &mark, &one.id, outbox, now.into())?;
        }
        Ok(())
    })?;
    Ok(true)
}

fn foot(config: &Config, shown: &Shown) -> String {
    format!("\n――\n{} {}\n電話 {}\n", config.city_name, shown.content.unit_name, shown.content.contact_phone)
}

fn address_of(config: &Config, path: &str) -> String {
    format!("{}{path}", config.base_url.trim_end_matches('/'))
}

/// What is mailed about something that happened.
fn letterform(config: &Config, shown: &Shown, kind: Happening, to: &str) -> Letterform {
    let content = &shown.content;
    let name = format!("「{}({})」", content.title, content.draft_label);
    let last = calendar::era_date(shown.period.closing_on);
    let reason = shown.events.iter().rev().find(|e| Happening::from_code(e.kind.code()) == Some(kind));
    let reason = reason.map_or_else(String::new, |e| format!("\n理由 {}\n", e.reason.trim()));
    let said = match kind {
        Happening::Opened => format!("{name}への意見を募集しています。\n最終日は{last}です。"),
        Happening::ClosingSoon => format!("{name}への意見は、{last}の終わりまでに届いたものを受け付けます。"),
        Happening::Extension => {
            format!(
                "{name}の募集の最終日を、{last}まで延ばしました。\nこの日までに届いたご意見は、すべて期間内のものとして扱います。"
            )
        }
        Happening::Suspension => format!("{name}の意見募集を、いま一時止めています。"),
        Happening::Resumption => format!("{name}の意見募集を再開しました。最終日は{last}です。"),
        Happening::Cancellation => format!("{name}の意見募集を中止しました。"),
        Happening::Result => {
            format!("{name}にいただいたご意見と市の考え方を公表しました。")
        }
    };
    let path = match kind {
        Happening::Result => format!("/consultations/{}/result", shown.row.id),
        _ => format!("/consultations/{}", shown.row.id),
    };
    Letterform {
        to: to.to_owned(),
        to_name: String::new(),
        subject: format!("{}{name}", kind.label()),
        text: format!(
            "{}です。意見募集のお知らせをお送りします。\n\n{said}\n{reason}\nくわしくは、次のページをご覧ください。\n{}\n{}",
            config.city_name,
            address_of(config, &path),
            foot(config, shown)
        ),
        references: Vec::new(),
    }
}

/// The mail with the link to confirm, or, where that was done before, the word that nothing is left to do. `of` is the
/// consultation; none for all.
pub fn answer(
    config: &Config,
    sealer: &Sealer,
    of: Option<&Shown>,
    id: &str,
    confirmed: bool,
    to: &str,
) -> Letterform {
    let link = address_of(config, &format!("/subscriptions/{id}/{}", link_key(sealer, id)));
    let what = of.map_or_else(
        || "すべての意見募集".to_owned(),
        |s| format!("「{}({})」の意見募集", s.content.title, s.content.draft_label),
    );
    let (subject, said) = if confirmed {
        (
            "お知らせのメールは、すでに登録されています",
            format!(
                "{what}のお知らせは、このアドレスへお送りすることになっています。新しい手続は要りません。\n\nやめるときは、次のページを開き、ボタンを押してください。\n{link}"
            ),
        )
    } else {
        (
            "お知らせのメールの登録を終えてください",
            format!(
                "{what}の開始、最終日の1週間前、期間の変更、結果の公表を、このアドレスへお知らせします。\n\n次のページを開き、「登録する」を押すと、登録が終わります。48時間のあいだ使えます。\n{link}\n\nお心当たりのないときは、何もしないでください。登録されず、アドレスは消えます。"
            ),
        )
    };
    Letterform {
        to: to.to_owned(),
        to_name: String::new(),
        subject: subject.to_owned(),
        text: format!(
            "{said}\n\n――\n{} {}\n電話 {}\n",
            config.city_name, config.office_name, config.office_phone
        ),
        references: Vec::new(),
    }
}
