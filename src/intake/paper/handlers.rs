//! The entry page, its read-back and receipt, scans, and the page where typing is compared with the paper.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;

use super::WhyRenewed;
use super::entry::{self, Entry};
use super::views::{self, EntryPage};
use crate::calendar::era_date;
use crate::error::{Error, Result};
use crate::files::{self, Purpose, Scan};
use crate::letters::receipt::{self, Ticket};
use crate::letters::{
    self,
    letter::{Arrival, Channel, Paper},
};
use crate::people::party::SealedParty;
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::text::ReceiptCode;
use crate::text::input::multi_line;
use crate::web::errors::percent;
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

/// What the next entry takes over from the last, so that a pile of postcards goes fast.
const KEPT: &[&str] = &["channel", "received_on", "collected_on", "box_location"];

/// Letters listed for the second check.
const CHECKS: i64 = 100;

fn upload_key(app: &App, viewer: &Viewer) -> String {
    files::upload_key(&app.sealer, &format!("scan:{}", viewer.id))
}

async fn scan_of(app: &App, viewer: &Viewer, id: &str) -> Option<Scan> {
    if id.is_empty() {
        return None;
    }
    let (id, key) = (id.to_owned(), upload_key(app, viewer));
    app.db.read(move |db| files::loose_scan(db, &id, &key)).await.ok()
}

fn kept(fields: &Fields) -> String {
    KEPT.iter()
        .filter_map(|name| Some(format!("{name}={}", percent(fields.filled(name)?))))
        .collect::<Vec<_>>()
        .join("&")
}

/// GET `/letters/new`; `?channel=&received_on=&collected_on=&box_location=` are taken over, `?scan=` is shown beside,
/// `?last=` is the letter just kept, whose receipt is offered.
pub async fn new(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse> {
    viewer.may(May::EnterLetters)?;
    let mut fields = Fields::default();
    for name in KEPT.iter().chain(&["scan"]) {
        if let Some(value) = query.get(*name) {
            fields.0.push(((*name).to_owned(), value.clone()));
        }
    }
    if fields.filled("received_on").is_none() {
        fields.0.push(("received_on".to_owned(), era_date(viewer.today)));
    }
    fields.0.push(("entry".to_owned(), hex::encode(app.clock.random::<16>())));
    let scan = scan_of(&app, &viewer, fields.text("scan")).await;
    let page = EntryPage {
        csrf: &viewer.csrf,
        fields: &fields,
        errors: &Errors::default(),
        scan: scan.as_ref(),
        last: query.get("last").and_then(|id| id.parse().ok()),
    };
    Ok(answer::page(views::entry(&app.staff_shell(&req, &viewer), &page)))
}

/// POST `/scans`: the picture of a paper letter, shown beside the typing; then `/letters/new?scan=`.
pub async fn scan(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, uploads, refused } = form;
    viewer.may(May::EnterLetters)?;
    let uploads: Vec<_> = uploads.into_iter().take(1).collect();
    let placed = files::place_as(&app, uploads, 0, Purpose::Scan).await?;
    let why = refused.into_iter().chain(placed.refused).next();
    let file = placed
        .files
        .into_iter()
        .next()
        .ok_or_else(|| Error::Refused(why.unwrap_or_else(|| "画像を選んでください。".to_owned())))?;
    let id = file.id.clone();
    let key = upload_key(&app, &viewer);
    app.db.write(move |db| files::record(db, &file, None, Some(&key))).await?;
    Ok(answer::see_other(&format!("/letters/new?scan={id}&{}", kept(&fields))))
}

/// GET `/scans/{id}`: a scan that belongs to no letter yet, for who uploaded it.
pub async fn show_scan(app: Shared, viewer: Viewer, id: Path<String>) -> Result<HttpResponse> {
    viewer.may(May::EnterLetters)?;
    let scan = scan_of(&app, &viewer, &id).await.ok_or(Error::NotFound)?;
    let bytes = files::read_scan(&app, &scan).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, scan.kind.mime()))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(bytes))
}

/// POST `/letters`: takes the letter in. `action` = `next` goes on to the next one, `readback` first shows what to
/// read to the speaker, `edit` comes back from there; anything else shows the receipt.
pub async fn enter(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, mut fields, .. } = form;
    viewer.may(May::EnterLetters)?;
    if hex::decode(fields.text("entry")).map_or(true, |number| number.len() != 16) {
        fields.0.retain(|(name, _)| name != "entry");
        fields.0.push(("entry".to_owned(), hex::encode(app.clock.random::<16>())));
    }
    // The form again, the reading aloud and the slip are still the desk where letters are entered.
    let mut shell = app.staff_shell(&req, &viewer);
    "/letters/new".clone_into(&mut shell.path);
    let scan = scan_of(&app, &viewer, fields.text("scan")).await;
    let entry = entry::read(&fields, viewer.today);
    let none = Errors::default();
    let errors = entry.as_ref().err().unwrap_or(&none);
    let page = EntryPage { csrf: &viewer.csrf, fields: &fields, errors, scan: scan.as_ref(), last: None };
    let entry = match (&entry, fields.text("action")) {
        (_, "edit") => return Ok(answer::page(views::entry(&shell, &EntryPage { errors: &none, ..page }))),
        (Err(_), _) => return Ok(answer::form_again(views::entry(&shell, &page))),
        (Ok(entry), "readback") => {
            let said = entry::read_back(entry, &app.city.name);
            return Ok(answer::page(views::read_back(&shell, &viewer.csrf, &fields, &said)));
        }
        (Ok(entry), _) => entry,
    };
    let tickets = receipt::tickets(&app.sealer, fields.text("entry"));
    let arrival = arrival(&app, &viewer, entry, &fields, &tickets, scan.as_ref())?;
    let who = viewer.clone();
    let entered = app.db.write(move |db| super::enter(db, &who, &arrival)).await?;
    let ticket = tickets.get(entered.accepted.receipt).ok_or_else(|| Error::internal("no such receipt"))?;
    if fields.text("action") == "next" {
        let mut said = format!("受付番号 {} で受け付けました。", ticket.code);
        if !entered.same.is_empty() {
            said.push_str("同じ文面の手紙がすでにあります。手紙の画面で見比べられます。");
        }
        let last = entered.accepted.letter_id;
        return Ok(answer::done(&format!("/letters/new?{}&last={last}", kept(&fields)), &said));
    }
    Ok(answer::page(views::receipt(&shell, entry, &entered, ticket, &kept(&fields))))
}

fn arrival(
    app: &App,
    viewer: &Viewer,
    entry: &Entry,
    fields: &Fields,
    tickets: &[Ticket],
    scan: Option<&Scan>,
) -> Result<Arrival> {
    let details = &entry.details;
    let party = if details.is_empty() {
        None
    } else {
        Some(SealedParty::seal(&app.sealer, app.clock.id().to_string(), details, app.clock.now())?)
    };
    Ok(Arrival {
        submission_key: Some(receipt::submission_key(&app.sealer, fields.text("entry"))),
        receipts: tickets.iter().map(|t| t.receipt(&app.sealer)).collect(),
        channel: entry.channel,
        paper: Paper {
            written_on: entry.written_on,
            postmarked_on: entry.postmarked_on,
            collected_on: boxed(entry, entry.collected_on),
            box_location: entry.box_location.clone().filter(|_| entry.channel == Channel::Box),
        },
        received_on: entry.received_on,
        server_received_at: app.clock.now().into(),
        entered_by: Some(viewer.id),
        subject: entry.subject.clone(),
        body: entry.body.clone(),
        language: "ja".to_owned(),
        place_text: entry.place_text.clone(),
        position: None,
        reply_wanted: entry.reply_wanted,
        reply_via: entry.reply_via,
        publish_ok: entry.publish_ok,
        age_band: entry.age_band,
        district: entry.district,
        relation: Vec::new(),
        party,
        anonymous: details.name.is_empty() && details.org_name.is_empty(),
        follow_up_of: None,
        attachments: scan.map(|s| s.id.clone()).into_iter().collect(),
        due_days: (app.config.reply_statutory_days, app.config.reply_target_days),
    })
}

/// A day of collection only for a box: it is carried on from card to card and may be left over.
fn boxed(entry: &Entry, day: Option<NaiveDate>) -> Option<NaiveDate> {
    day.filter(|_| entry.channel == Channel::Box)
}

/// GET `/letters/{id}/receipts`: asks why before another 確認番号 is given.
pub async fn ask_receipt(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: Path<i64>,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let typed = app.db.read(move |db| super::typed(db, &who, id)).await?;
    let why = query.get("reason").map_or("", String::as_str);
    let (number, none) = (hex::encode(app.clock.random::<16>()), Errors::default());
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::ask_receipt(&shell, &viewer.csrf, &typed, &number, why, &none)))
}

/// POST `/letters/{id}/receipts`: `reason`, `number`; the answer is the new receipt itself.
pub async fn renew_receipt(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, who) = (id.into_inner(), app.clock.now(), viewer.clone());
    let typed = app.db.read(move |db| super::typed(db, &who, id)).await?;
    let number = fields.text("number").to_owned();
    let numbered = hex::decode(&number).is_ok_and(|bytes| bytes.len() == 16);
    let shell = app.staff_shell(&req, &viewer);
    let Some(why) = WhyRenewed::from_code(fields.text("reason")).filter(|_| numbered) else {
        let mut errors = Errors::default();
        errors.add("reason", "理由を選んでください。");
        let number = hex::encode(app.clock.random::<16>());
        let page = views::ask_receipt(&shell, &viewer.csrf, &typed, &number, fields.text("reason"), &errors);
        return Ok(answer::form_again(page));
    };
    let code =
        ReceiptCode::parse(&typed.receipt_code).map_err(|_| Error::internal("a receipt code is broken"))?;
    let ticket = receipt::renewed(&app.sealer, code, &number);
    let secret_mac = ticket.receipt(&app.sealer).secret_mac;
    app.db.write(move |db| super::renew_receipt(db, &viewer, now, id, why, &secret_mac)).await?;
    Ok(answer::page(views::renewed(&shell, &typed, &ticket)))
}

/// GET `/letters/checks`: what others typed in and nobody compared with the paper yet.
pub async fn checks(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::RunLetters)?;
    let who = viewer.id;
    let (rows, all) = app
        .db
        .read(move |db| {
            Ok((
                letters::store::oldest_unchecked(db, who, CHECKS)?,
                letters::store::count_unchecked(db, who)?,
            ))
        })
        .await?;
    Ok(answer::page(views::checks(&app.staff_shell(&req, &viewer), &rows, all)))
}

/// GET `/letters/{id}/corrections`: paper, original and working text side by side.
pub async fn compare(app: Shared, req: HttpRequest, viewer: Viewer, id: Path<i64>) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let (typed, scans) =
        app.db.read(move |db| Ok((super::typed(db, &who, id)?, files::scans_of(db, id)?))).await?;
    let page = views::compare(&app.staff_shell(&req, &viewer), &viewer, &typed, &scans, None);
    Ok(answer::page(page))
}

/// POST `/letters/{id}/corrections`: `body_working`, `version`.
pub async fn correct(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let (id, now, seen) = (id.into_inner(), app.clock.now(), fields.number("version"));
    let text = multi_line(fields.text("body_working")).text;
    let (who, wanted) = (viewer.clone(), text.clone());
    let done = app.db.write(move |db| super::correct(db, &who, now, id, seen, &wanted)).await;
    let (status, why) = match done {
        Ok(()) => {
            return Ok(answer::done(&format!("/letters/{id}?text=working"), "読み誤りを訂正しました。"));
        }
        Err(Error::Stale(why)) => (StatusCode::CONFLICT, why),
        Err(Error::Refused(why)) => (StatusCode::UNPROCESSABLE_ENTITY, why),
        Err(other) => return Err(other),
    };
    let who = viewer.clone();
    let (typed, scans) =
        app.db.read(move |db| Ok((super::typed(db, &who, id)?, files::scans_of(db, id)?))).await?;
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::with_status(status, views::compare(&shell, &viewer, &typed, &scans, Some((&text, &why)))))
}

/// POST `/letters/{id}/checks`: a second person compared the typing with the paper.
pub async fn check(app: Shared, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let (id, now, viewer) = (id.into_inner(), app.clock.now(), form.viewer);
    let seen = form.fields.number("version");
    app.db.write(move |db| super::check(db, &viewer, now, id, seen)).await?;
    Ok(answer::done(&format!("/letters/{id}"), "入力を確認したことを記録しました。"))
}
