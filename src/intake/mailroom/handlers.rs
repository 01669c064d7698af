//! The mailroom's pages and acts.

use std::collections::BTreeMap;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::asked::Asked;
use super::store::{self, LetterLine};
use super::views::{self, Formatted, Line, List, Mail, Place};
use crate::consultations;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files;
use crate::intake::mail::desk::{self, ByHand};
use crate::intake::mail::incoming::{Standing, State};
use crate::intake::mail::store::{self as mails, Entry};
use crate::intake::mail::totals;
use crate::mail::ledger_store;
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::trail::{self, Subject};
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::html::safe_html;
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// Mails a page.
const PAGE: i64 = 50;

/// A page with somebody else's layout in it: our own style and copies, nothing else, and no script at all.
const STILL: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; \
                     base-uri 'none'; frame-ancestors 'none'";

/// Whatever a program makes of the original, a browser runs nothing of it.
const SANDBOX: &str = "default-src 'none'; sandbox";

/// GET `/mailroom`: the sums and how the ways in fare.
pub async fn overview(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::SeeMailroom)?;
    let now = app.clock.now();
    let overview = app.db.read(move |db| super::overview(db, now)).await?;
    Ok(answer::page(views::overview(&app.staff_shell(&req, &viewer), &viewer, &overview)))
}

/// GET `/mailroom/mails`: mails of a state, a day, a reason or a way in.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::ReadIncoming)?;
    let asked = Asked::read(req.query_string());
    let (sealer, who, now, wanted) = (app.sealer.clone(), viewer.clone(), app.clock.now(), asked.clone());
    let mut list = app.db.read(move |db| read_list(db, &sealer, &who, &wanted)).await?;
    list.now = Some(now);
    if asked.day_is_wrong() {
        list.errors.add("on", "日付として読めません。例:令和8年4月1日、R8.4.1、2026/4/1");
    }
    Ok(answer::page(views::list(&app.staff_shell(&req, &viewer), &viewer, &asked, &list)))
}

fn read_list(db: &mut Db, sealer: &Sealer, viewer: &Viewer, asked: &Asked) -> Result<List> {
    let filter = asked.filter();
    let mut entries = match asked.sample {
        true => mails::sample(db, &filter, super::SAMPLE)?,
        false => mails::page(db, &filter, asked.before.as_deref(), PAGE + 1)?,
    };
    let more = !asked.sample && entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let count = mails::count(db, &filter)?;
    let stand = totals(db)?;
    let open = mails::count(db, &Asked::of(State::Exception).filter())?;
    let letters: Vec<i64> = entries.iter().filter_map(|entry| entry.letter_id).collect();
    let letters = store::letters(db, &letters)?;
    let returned: Vec<String> = entries.iter().filter_map(|entry| entry.mail_id.clone()).collect();
    let returns = ledger_store::returns_of(db, &returned)?;
    let bounces: Vec<String> =
        entries.iter().filter(|entry| entry.state == State::Bounce).map(|entry| entry.id.clone()).collect();
    let said = mails::returned(db, &bounces)?;
    if entries.iter().any(|entry| entry.summary_key_id.is_some_and(|key| key > sealer.current_key())) {
        sealer.refresh(db)?;
    }
    let names = viewer.can(May::RunLetters);
    let mut lines = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut summary = desk::summary(sealer, &entry)?;
        // whose mail became a letter or an opinion is sealed there, and opened there with a reason
        if !names || matches!(entry.state, State::Letter | State::Message | State::Opinion) {
            summary.from_name.clear();
            summary.from.clear();
        }
        let settled = entry.mail_id.as_ref().map(|mail| {
            let mut of = returns.iter().filter(|r| &r.outbox_id == mail && r.kind.is_undelivered());
            of.all(|back| back.settled_at.is_some())
        });
        let letter = entry.letter_id.and_then(|id| letters.iter().find(|l| l.id == id).cloned());
        let returned = said.iter().find(|r| r.incoming_id == entry.id).cloned();
        lines.push(Line { entry, summary, letter, returned, settled });
    }
    Ok(List { lines, more, count, stand, open, now: None, errors: Errors::default() })
}

/// GET `/mailroom/mails/{id}`: one mail, opened; the trail keeps who.
pub async fn show(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    viewer.may(May::ReadIncoming)?;
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes()));
    let mail = read_mail(&app, &viewer, id.into_inner(), asked.text("q").to_owned()).await?;
    Ok(answer::page(views::mail(&app.staff_shell(&req, &viewer), &viewer, &mail, &Errors::default())))
}

async fn read_mail(app: &Shared, viewer: &Viewer, id: String, q: String) -> Result<Mail> {
    let (app, viewer) = (app.clone(), viewer.clone());
    let work = move || {
        let opened = desk::open(&app, &viewer.by(), &id)?;
        let runs = viewer.can(May::RunLetters);
        let acts = runs && opened.entry.state.may_change();
        let hand = if acts && opened.reading.is_some() { ByHand::prepare(&app, &id).ok() } else { None };
        app.db.read_now(|db| {
            let found = match (&hand, q.trim()) {
                (None, _) => Vec::new(),
                (Some(hand), "") => desk::suggestions(db, hand)?
                    .into_iter()
                    .map(|(letter, why)| (letter, Some(why)))
                    .collect(),
                (Some(_), typed) => desk::find_letters(db, typed)?.into_iter().map(|l| (l, None)).collect(),
            };
            let ids: Vec<i64> =
                found.iter().map(|(letter, _)| *letter).chain(opened.entry.letter_id).collect();
            let lines = store::letters(db, &ids)?;
            let line = |id: i64| lines.iter().find(|line| line.id == id).cloned();
            let places = found.iter().filter_map(|(id, why)| Some(Place { letter: line(*id)?, why: *why }));
            let back: Vec<String> = opened.entry.mail_id.clone().into_iter().collect();
            let home = home(db, &opened.entry)?;
            let files =
                home.map(|letter| Ok::<_, Error>((letter, files::hashed(db, letter)?))).transpose()?;
            let opinion = super::opinion_of(db, &opened.entry)?;
            let may_be_one = hand.is_some() || (runs && opened.entry.state == State::Letter);
            let consultations = match may_be_one && opinion.is_none() {
                true => consultations::to_choose(db, app.clock.now())?,
                false => Vec::new(),
            };
            Ok(Mail {
                files,
                places: places.collect(),
                can_place: hand.is_some(),
                consultations,
                opinion,
                letter: opened.entry.letter_id.and_then(line),
                returned: mails::returned(db, std::slice::from_ref(&id))?.pop(),
                returns: ledger_store::returns_of(db, &back)?,
                history: trail::of_subject(db, Subject::Incoming, &id)?,
                opened,
                q,
            })
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The letter whose files are a mail's: of a mail that came twice, the first one's.
fn home(db: &mut Db, entry: &Entry) -> Result<Option<i64>> {
    match &entry.duplicate_of {
        Some(first) => Ok(mails::entry(db, first)?.letter_id),
        None => Ok(entry.letter_id),
    }
}

/// GET `/mailroom/mails/{id}/html`: the mail as its sender laid it out, without scripts, styles and anything that would
/// be fetched from elsewhere; the trail keeps who.
pub async fn formatted(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    viewer.may(May::ReadIncoming)?;
    let (house, by, id) = (app.clone(), viewer.by(), id.into_inner());
    let work = move || -> Result<Formatted> {
        let opened = desk::open(&house, &by, &id)?;
        let reading = opened.reading.ok_or(Error::NotFound)?;
        let html = reading.html.ok_or(Error::NotFound)?;
        let pictures = house.db.read_now(|db| match home(db, &opened.entry)? {
            Some(letter) => files::inline_pictures(db, letter),
            None => Ok(BTreeMap::new()),
        })?;
        Ok(Formatted { id, subject: reading.subject, shown: safe_html(&html, &pictures) })
    };
    let mail = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
    let mut page = answer::page(views::formatted(&app.staff_shell(&req, &viewer), &mail));
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(STILL));
    Ok(page)
}

/// GET `/mailroom/mails/{id}/original`: the warning before the original is handed out.
pub async fn before_original(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    viewer.may(May::RunLetters)?;
    let id = id.into_inner();
    let entry = app.db.read(move |db| mails::entry(db, &id)).await?;
    Ok(answer::page(views::before_original(&app.staff_shell(&req, &viewer), &viewer.csrf, &entry)))
}

/// POST `/mailroom/mails/{id}/original`: the octets as they came, to be saved; the trail keeps who.
pub async fn original(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let (id, by) = (id.into_inner(), form.viewer.by());
    let name = format!("attachment; filename=\"{id}.eml\"");
    let work = move || desk::take(&app, &by, &id);
    let octets = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .body(octets))
}

fn page_of(id: &str) -> String {
    format!("/mailroom/mails/{id}")
}

/// POST `/mailroom/mails/{id}/retries`: has it read again as if it had just come.
pub async fn retry(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let (id, by, now) = (id.into_inner(), form.viewer.by(), app.clock.now());
    let path = page_of(&id);
    app.db.write(move |db| desk::try_again(db, &by, now, &id)).await?;
    Ok(answer::done(&path, "もう一度読みます。数秒後にこの画面を開き直すと、結果が出ています。"))
}

/// POST `/mailroom/mails/{id}/spam-marks`: moves it among the spam.
pub async fn mark_spam(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let (id, by, now) = (id.into_inner(), form.viewer.by(), app.clock.now());
    let path = page_of(&id);
    app.db.write(move |db| desk::mark_spam(db, &by, now, &id)).await?;
    Ok(answer::done(&path, "迷惑メールへ移しました。間違えたときは、この画面から戻せます。"))
}

/// POST `/mailroom/mails/{id}/settlements`: nothing is left to do about it.
pub async fn settle(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let (id, by, now) = (id.into_inner(), form.viewer.by(), app.clock.now());
    let path = page_of(&id);
    app.db.write(move |db| desk::settle(db, &by, now, &id)).await?;
    Ok(answer::done(&path, "確認済みにしました。メールはこれまでどおり残っています。"))
}

/// Read anew outside the transaction, for a decision by hand.
async fn by_hand(app: &Shared, id: &str) -> Result<ByHand> {
    let (app, id) = (app.clone(), id.to_owned());
    let work = move || ByHand::prepare(&app, &id);
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// POST `/mailroom/mails/{id}/letters`: makes it a letter of its own.
pub async fn make_letter(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let hand = by_hand(&app, &id).await?;
    let by = form.viewer.by();
    let letter = app.db.write(move |db| desk::place_new(db, &by, &hand)).await?;
    Ok(answer::done(&format!("/letters/{letter}"), "メールを新しい手紙にしました。登録してください。"))
}

/// POST `/mailroom/mails/{id}/opinions`: takes it as an opinion on the `consultation` chosen.
pub async fn make_opinion(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::RunLetters)?;
    let id = id.into_inner();
    let Some(consultation) = fields.number("consultation") else {
        let mail = read_mail(&app, &viewer, id, String::new()).await?;
        let mut errors = Errors::default();
        errors.add("consultation", "どの意見募集への意見かを選んでください。");
        return Ok(answer::form_again(views::mail(&app.staff_shell(&req, &viewer), &viewer, &mail, &errors)));
    };
    let (hand, by) = (by_hand(&app, &id).await?, viewer.by());
    let submission = app.db.write(move |db| desk::place_opinion(db, &by, &hand, consultation)).await?;
    let said = "メールを意見として受け付けました。期間内かどうかと、足りない項目を確かめてください。";
    Ok(answer::done(&format!("/consultations/{consultation}/submissions/{submission}"), said))
}

/// POST `/mailroom/mails/{id}/placements`: puts it on the `letter` chosen.
pub async fn place(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::RunLetters)?;
    let id = id.into_inner();
    let done = match fields.number("letter") {
        None => Err(Error::Refused("どの手紙に付けるかを選んでください。".to_owned())),
        Some(letter) => {
            let (hand, by) = (by_hand(&app, &id).await?, viewer.by());
            app.db.write(move |db| put_on(db, &by, &hand, letter)).await
        }
    };
    match done {
        Ok((letter, standing)) => {
            let how = match standing {
                Standing::Sender => "差出人からの続きとして加えました。",
                Standing::Other | Standing::Staff => "差出人が違うため、内部のメモとして加えました。",
            };
            let said = format!("{}に付けました。{how}", letter.label());
            Ok(answer::done(&Asked::of(State::Exception).path(), &said))
        }
        Err(Error::Refused(why)) => {
            let mail = read_mail(&app, &viewer, id, fields.text("q").to_owned()).await?;
            let mut errors = Errors::default();
            errors.add("letter", why);
            let shell = app.staff_shell(&req, &viewer);
            Ok(answer::form_again(views::mail(&shell, &viewer, &mail, &errors)))
        }
        Err(why) => Err(why),
    }
}

fn put_on(db: &mut Db, by: &trail::By, hand: &ByHand, letter: i64) -> Result<(LetterLine, Standing)> {
    let standing = desk::place_on(db, by, hand, letter)?;
    let line = store::letters(db, &[letter])?.pop().ok_or(Error::NotFound)?;
    Ok((line, standing))
}

/// POST `/mailroom/spam-reviews`: the mails of a sample are what they were taken for.
pub async fn review(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    form.viewer.may(May::RunLetters)?;
    let ids: Vec<String> = form.fields.all("mail").into_iter().map(str::to_owned).collect();
    let (viewer, now) = (form.viewer, app.clock.now());
    let done = app.db.write(move |db| super::review(db, &viewer, now, &ids)).await?;
    let path = Asked { sample: true, ..Asked::of(State::Spam) }.path();
    Ok(answer::done(&path, &format!("{done}通を確かめたことを記録しました。")))
}
