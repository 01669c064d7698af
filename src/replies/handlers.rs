//! Writing, saving, submitting, sending and printing replies.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::reply::{Reply, ReplyKind, Version, Via, Words, words_of};
use super::{Case, Parent, Saved, message, store, views};
use crate::approval::{self, Approval, Class, Step, SubjectKind};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::mail::returns::Stop;
use crate::mail::{self, Letterform, MailState, Prepared};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer, party};
use crate::web::errors::Again;
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

/// What the address of a new reply says.
#[derive(Debug, Deserialize)]
pub struct NewQuery {
    kind: Option<String>,
}

/// Two versions to compare.
#[derive(Debug, Deserialize)]
pub struct DiffQuery {
    old: Option<i64>,
    new: Option<i64>,
}

/// Everything the page of a reply shows.
pub struct Desk {
    /// The reply.
    pub reply: Reply,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
    /// Matter and letter.
    pub case: Case,
    /// The newest approval with its steps.
    pub approval: Option<(Approval, Vec<Step>)>,
    /// Classes that may be chosen.
    pub classes: Vec<Class>,
    /// When it left the house, by whom and how.
    pub sent: Option<(Instant, String, Via)>,
    /// Names of those who wrote and approved.
    pub names: std::collections::BTreeMap<i64, String>,
    /// Whether the viewer may write and send.
    pub may_work: bool,
    /// Whether mail to the sender came back before.
    pub bounced: bool,
}

impl Desk {
    /// The newest version.
    pub fn newest(&self) -> Result<&Version> {
        self.versions.last().ok_or_else(|| Error::internal("a reply without a version"))
    }
}

fn desk(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Desk> {
    let reply = store::reply(db, id)?;
    let case = store::case(db, reply.matter_id)?;
    viewer.may(May::ReadLetter(&case.readers()))?;
    let versions = store::versions(db, id)?;
    let mut approval = None;
    for version in versions.iter().rev() {
        if let Some(found) = approval::store::of_subject(db, SubjectKind::Reply, version.id)? {
            let steps = approval::store::steps(db, found.id)?;
            approval = Some((found, steps));
            break;
        }
    }
    let sent = match versions.last() {
        Some(v) => store::dispatched(db, v.id)?,
        None => None,
    };
    let mut ids: Vec<i64> = versions.iter().map(|v| v.author_id).collect();
    if let Some((_, steps)) = &approval {
        ids.extend(steps.iter().filter_map(|s| s.staff_id));
    }
    let names = store::names(db, &ids)?;
    let classes = classes(db, reply.kind)?;
    let may_work = viewer.can(May::WorkOnMatter(&case.units()));
    let party = case.party_id.as_deref().map(|id| store::party(db, id)).transpose()?;
    let bounced = match party.and_then(|p| p.mail_mark) {
        Some(mark) => mail::ledger_store::stop_of(db, &mark)? == Some(Stop::Bounced),
        None => false,
    };
    Ok(Desk { reply, versions, case, approval, classes, sent, names, may_work, bounced })
}

/// The classes a kind of reply may be put under: an interim answer and a question have lighter ones of their own.
fn classes(db: &mut Db, kind: ReplyKind) -> Result<Vec<Class>> {
    let mut classes = approval::store::classes(db, SubjectKind::Reply)?;
    let own = |c: &Class| match kind {
        ReplyKind::Final => !matches!(c.code.as_str(), "interim" | "question"),
        ReplyKind::Interim => c.code != "question",
        ReplyKind::Question => c.code != "interim",
    };
    classes.retain(own);
    // the lightest first: the one of its own kind
    classes.sort_by_key(|c| !matches!(c.code.as_str(), "interim" | "question"));
    Ok(classes)
}

/// `GET /matters/{id}/replies/new?kind=final|interim|question`
pub async fn new(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    matter: web::Path<i64>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse> {
    let matter = matter.into_inner();
    let kind = query.kind.as_deref().and_then(ReplyKind::from_code).unwrap_or(ReplyKind::Final);
    let shell = app.staff_shell(&req, &viewer);
    let (case, open) = app
        .db
        .read(move |db| {
            let case = store::case(db, matter)?;
            viewer.may(May::ReadLetter(&case.readers()))?;
            viewer.may(May::WorkOnMatter(&case.units()))?;
            let open = super::open_of(db, matter, kind)?;
            if open.is_none() {
                super::writable(&case.matter, kind)?;
            }
            Ok((case, open))
        })
        .await?;
    Ok(match open {
        Some(reply) => answer::see_other(&reply.path()),
        None => answer::page(views::new(&shell, &case, kind, &Fields::default(), &Errors::default())),
    })
}

/// `POST /matters/{id}/replies`
pub async fn create(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    matter: web::Path<i64>,
) -> Result<HttpResponse, Again> {
    let matter = matter.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let kind = ReplyKind::from_code(fields.text("kind")).unwrap_or(ReplyKind::Final);
    let via = Via::from_code(fields.text("via"));
    let words = words_of(kind, &fields, app.clock.today());
    let mut errors = words.as_ref().err().cloned().unwrap_or_default();
    if via.is_none() {
        errors.add("via", "送る方法を選んでください。");
    }
    if let (Ok(words), Some(via), true) = (words, via, errors.is_empty()) {
        let (by, now) = (viewer.clone(), app.clock.now());
        let done = app.db.write(move |db| super::begin(db, &by, now, matter, kind, via, &words)).await;
        match done {
            Ok(id) => return Ok(answer::done(&super::reply::path(id), "下書きを保存しました。")),
            Err(Error::Stale(why)) => errors.add("body", why),
            Err(Error::Refused(why)) => errors.add("via", why),
            Err(why) => return Err(Again::after(why, &req, fields, None)),
        }
    }
    let shell = app.staff_shell(&req, &viewer);
    let case = app
        .db
        .read(move |db| {
            let case = store::case(db, matter)?;
            viewer.may(May::ReadLetter(&case.readers()))?;
            Ok(case)
        })
        .await?;
    Ok(answer::form_again(views::new(&shell, &case, kind, &fields, &errors)))
}

/// `GET /replies/{id}`
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let desk = app.db.read(move |db| desk(db, &viewer, id)).await?;
    Ok(answer::page(views::show(&shell, &app.config, &desk, None, &Errors::default())?))
}

/// `POST /replies/{id}/versions`
pub async fn save(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse, Again> {
    keep(&app, &req, form, id.into_inner(), None).await
}

/// `POST /replies/{id}/approvals`: the text of the same form is saved first, so that a change not saved yet is not
/// left behind.
pub async fn submit(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse, Again> {
    let class = form.fields.text("class").to_owned();
    keep(&app, &req, form, id.into_inner(), Some(class)).await
}

/// What one press of a button came to.
enum Kept {
    Saved(Saved),
    Submitted(i64),
}

async fn keep(
    app: &App,
    req: &HttpRequest,
    form: StaffForm,
    id: i64,
    class: Option<String>,
) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    let shell = app.staff_shell(req, &viewer);
    let reading = viewer.clone();
    let shown = app.db.read(move |db| desk(db, &reading, id)).await?;
    let mut errors = Errors::default();
    let seen = fields.number("seen_no").unwrap_or(0);
    let words = if fields.has("body") {
        match words_of(shown.reply.kind, &fields, app.clock.today()) {
            Ok(words) => Some(words),
            Err(wrong) => {
                errors = wrong;
                None
            }
        }
    } else {
        None
    };
    if class.as_deref() == Some("") {
        errors.add("class", "決裁の区分を選んでください。");
    }
    if class.is_none() && words.is_none() && errors.is_empty() {
        errors.add("body", "文面を入力してください。");
    }
    let via = Via::from_code(fields.text("via")).unwrap_or(shown.reply.via);
    if errors.is_empty() {
        let (by, now) = (viewer.clone(), app.clock.now());
        let typed = words.clone();
        let done =
            app.db.write(move |db| act(db, &by, now, id, seen, via, typed.as_ref(), class.as_deref())).await;
        match done {
            Ok(Kept::Submitted(approval)) => {
                return Ok(answer::done(&format!("/approvals/{approval}"), "起案しました。"));
            }
            Ok(Kept::Saved(Saved::As(no))) => {
                return Ok(answer::done(&super::reply::path(id), &format!("第{no}版を保存しました。")));
            }
            Ok(Kept::Saved(Saved::Unchanged)) => {
                return Ok(answer::done(
                    &super::reply::path(id),
                    "前の版と同じなので、新しい版は作りませんでした。",
                ));
            }
            Ok(Kept::Saved(Saved::Overtaken(theirs))) => {
                let mine = words.unwrap_or_default();
                let page = views::overtaken(&shell, &shown, &theirs, &mine, &fields);
                return Ok(answer::with_status(actix_web::http::StatusCode::CONFLICT, page));
            }
            Err(Error::Refused(why)) => {
                errors.add(if fields.has("class") { "class" } else { "via" }, why);
            }
            Err(Error::Stale(why)) => errors.add("body", why),
            Err(why) => return Err(Again::after(why, req, fields, None)),
        }
    }
    Ok(answer::form_again(views::show(&shell, &app.config, &shown, Some(&fields), &errors)?))
}

#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
fn act(
    db: &mut Db,
    viewer: &Viewer,
    now: chrono::DateTime<chrono::Utc>,
    id: i64,
    seen: i64,
    via: Via,
    words: Option<&Words>,
    class: Option<&str>,
) -> Result<Kept> {
    let mut no = seen;
    if let Some(words) = words {
        match super::save(db, viewer, now, id, seen, via, words)? {
            Saved::As(new) => no = new,
            Saved::Unchanged => {}
            Saved::Overtaken(theirs) => return Ok(Kept::Saved(Saved::Overtaken(theirs))),
        }
        if class.is_none() {
            return Ok(Kept::Saved(if no == seen { Saved::Unchanged } else { Saved::As(no) }));
        }
    }
    super::submit(db, viewer, now, id, no, class.unwrap_or_default()).map(Kept::Submitted)
}

/// `GET /replies/{id}/diff?old=1&new=2`
pub async fn diff(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
    query: web::Query<DiffQuery>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let desk = app.db.read(move |db| desk(db, &viewer, id)).await?;
    let new = query.new.unwrap_or(desk.reply.current_no);
    let old = query.old.unwrap_or(new - 1);
    let find = |no: i64| desk.versions.iter().find(|v| v.no == no).ok_or(Error::NotFound);
    Ok(answer::page(views::diff(&shell, &desk, find(old)?, find(new)?)))
}

/// `POST /replies/{id}/dispatches`: the sender's address is opened and the mail sealed before the transaction, which
/// checks again that both text and receiver are the approved ones.
pub async fn dispatch(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let viewer = form.viewer;
    let reading = viewer.clone();
    let sending = app.db.read(move |db| super::sending(db, &reading, id)).await?;
    let via = sending.reply.via;
    let mail = if via == Via::Email { Some(prepared(&app, &sending)?) } else { None };
    let now = app.clock.now();
    let mail_id = mail.as_ref().map(|m| m.id.clone());
    app.db.write(move |db| super::dispatch(db, &viewer, now, id, mail.as_ref())).await?;
    let held = match mail_id {
        Some(id) => app.db.read(move |db| mail::store::state_of(db, &id)).await? == Some(MailState::Failed),
        None => false,
    };
    let said = match via {
        Via::Email if held => {
            "この宛先には前にメールが届かなかったため、送らずに止めています。印刷して郵便で送ってください。"
        }
        Via::Email if !app.config.sends_mail() => {
            "送信箱に入れました。メールサーバーの設定がないため、まだ送られません。"
        }
        Via::Email => "送信箱に入れました。まもなく送信されます。",
        Via::Post | Via::Phone | Via::Fax | Via::Counter => "発送を記録しました。",
    };
    Ok(answer::done(&super::reply::path(id), said))
}

fn prepared(app: &App, sending: &super::Sending) -> Result<Prepared> {
    let (Some(party_id), Some(row)) = (&sending.case.party_id, &sending.party) else {
        return Err(Error::Refused("差出人のメールアドレスがありません。".to_owned()));
    };
    let details = party::open(&app.sealer, party_id, row.key_id, &row.sealed)?;
    let form = Letterform {
        to: details.email.clone(),
        to_name: details.name.clone(),
        subject: message::mail_subject(&sending.case),
        text: message::mail_text(&app.config, &sending.case, &sending.version, &details.addressee()),
        references: follows(app, sending.parent.as_ref())?,
    };
    Prepared::seal(&app.sealer, &app.clock, &app.config, message::mail_kind(sending.reply.kind), &form)
}

/// The Message-IDs an answer follows: those its parent follows, and the parent (RFC 5322, 3.6.4).
fn follows(app: &App, parent: Option<&Parent>) -> Result<Vec<String>> {
    let Some(Parent { id, message_id, sealed: (key, bytes) }) = parent else { return Ok(Vec::new()) };
    let mut ids = mail::open(&app.sealer, id, *key, bytes)?.references;
    ids.push(message_id.clone());
    Ok(ids)
}

/// `GET /replies/{id}/print`: the sender's address stands on it, so that opening it is recorded before it is shown.
pub async fn print(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let now = app.clock.now();
    let paper = app.db.write(move |db| super::printing(db, &viewer, now, id)).await?;
    let details = match (&paper.sending.case.party_id, &paper.sending.party) {
        (Some(id), Some(row)) => party::open(&app.sealer, id, row.key_id, &row.sealed)?,
        _ => party::PartyDetails::default(),
    };
    Ok(answer::page(views::print(&shell, &app.config, &paper, &details, app.clock.today())))
}
