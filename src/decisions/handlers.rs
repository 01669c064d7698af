//! The pages of approvals.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Decision, views};
use crate::approval::{self, Approval, COMMENT_LIMIT, Class, Outcome, Seat, Step, SubjectKind};
use crate::consultations;
use crate::consultations::consultation::Event;
use crate::consultations::content::Content;
use crate::consultations::paper::Paragraph;
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::opinions::answers::{self, content::ChapterContent};
use crate::opinions::result;
use crate::people::Viewer;
use crate::people::session::StaffForm;
use crate::publications::store::drafts;
use crate::replies::reply::{Reply, Version};
use crate::replies::{self, Case};
use crate::text::input;
use crate::web::errors::Again;
use crate::web::parts::Errors;
use crate::web::{Shared, answer};

/// How many lines the lists of what is over show.
const LATELY: i64 = 30;

/// One line of a list.
pub struct Row {
    /// The approval.
    pub approval: Approval,
    /// The step it is listed for, where there is one.
    pub step: Option<Step>,
    /// The seat to act from.
    pub seat: Option<Seat>,
    /// Since when it stands where it stands.
    pub since: Instant,
}

/// The lists of the first page.
pub struct Desk {
    /// To act on now.
    pub mine: Vec<Row>,
    /// Drafted by the viewer.
    pub drafted: Vec<Row>,
    /// 後閲.
    pub later: Vec<Row>,
    /// Acted on lately.
    pub lately: Vec<Row>,
    /// Class labels by code.
    pub classes: BTreeMap<String, Class>,
    /// Names by id.
    pub names: BTreeMap<i64, String>,
}

fn row(db: &mut Db, approval: Approval, step: Option<Step>, seat: Option<Seat>) -> Result<Row> {
    let steps = approval::store::steps(db, approval.id)?;
    let since = steps.iter().filter_map(|s| s.acted_at).max().unwrap_or(approval.drafted_at);
    Ok(Row { approval, step, seat, since })
}

fn classes(db: &mut Db) -> Result<BTreeMap<String, Class>> {
    let mut all = BTreeMap::new();
    for kind in SubjectKind::ALL {
        all.extend(approval::store::classes(db, *kind)?.into_iter().map(|c| (c.code.clone(), c)));
    }
    Ok(all)
}

fn desk(db: &mut Db, viewer: &Viewer) -> Result<Desk> {
    let (mut mine, mut drafted, mut later, mut lately) = (vec![], vec![], vec![], vec![]);
    for (approval, step, seat) in approval::waiting_for(db, viewer)? {
        mine.push(row(db, approval, Some(step), Some(seat))?);
    }
    for approval in approval::store::drafted_by(db, viewer.id, LATELY)? {
        drafted.push(row(db, approval, None, None)?);
    }
    for (approval, step) in approval::store::to_see_later(db, viewer.id)? {
        later.push(row(db, approval, Some(step), None)?);
    }
    for (approval, step) in approval::store::acted_by(db, viewer.id, LATELY)? {
        lately.push(row(db, approval, Some(step), None)?);
    }
    let ids: Vec<i64> = [&mine, &drafted, &later, &lately]
        .into_iter()
        .flatten()
        .flat_map(|r| [Some(r.approval.drafted_by), r.step.as_ref().and_then(|s| s.staff_id)])
        .flatten()
        .collect();
    let names = approval::store::names(db, &ids)?;
    Ok(Desk { mine, drafted, later, lately, classes: classes(db)?, names })
}

/// `GET /approvals`
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    let shell = app.staff_shell(&req, &viewer);
    let desk = app.db.read(move |db| desk(db, &viewer)).await?;
    Ok(answer::page(views::list(&shell, &desk, app.clock.today())))
}

/// What of a consultation is put before its approvers.
pub enum Proposed {
    /// Its announcement, exactly as the public will read it, with the texts of its papers.
    Announcement(Box<Content>, Vec<(String, Vec<Paragraph>)>),
    /// A change of its period, and how many late opinions it makes timely.
    Event(Event, i64),
    /// Its result, exactly as the public will read it, the first page.
    Result(Box<result::Sheet>),
    /// A chapter of its answers, exactly as the public will read it, with the words of groups without a gist.
    Answers(Box<ChapterContent>, HashMap<i64, String>),
}

fn proposed(db: &mut Db, approval: &Approval) -> Result<Option<Proposed>> {
    Ok(match approval.subject_kind {
        SubjectKind::Consultation => {
            let version = consultations::store::version(db, approval.subject_id)?;
            let content = Content::read(&version.content)?;
            let mut texts = Vec::new();
            for paper in content.papers.iter().filter(|p| p.paragraphs > 0) {
                texts.push((paper.title.clone(), consultations::store::paragraphs(db, paper.version_id)?));
            }
            Some(Proposed::Announcement(Box::new(content), texts))
        }
        SubjectKind::ConsultationEvent => {
            let event = consultations::store::event(db, approval.subject_id)?;
            let timely = consultations::timely_by(db, &event)?;
            Some(Proposed::Event(event, timely))
        }
        SubjectKind::Result => {
            let version = result::store::version(db, approval.subject_id)?;
            Some(Proposed::Result(Box::new(result::sheet(db, &version, 1)?)))
        }
        SubjectKind::Answers => {
            let version = answers::store::version(db, approval.subject_id)?;
            let content = ChapterContent::read(&version.content)?;
            let words = answers::said(db, &content)?;
            Some(Proposed::Answers(Box::new(content), words))
        }
        _ => None,
    })
}

/// Everything the page of one approval shows.
pub struct Paper {
    /// The approval.
    pub approval: Approval,
    /// Its class.
    pub class: Class,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Units by id.
    pub units: BTreeMap<i64, String>,
    /// Names by id.
    pub names: BTreeMap<i64, String>,
    /// Matter and letter, nothing of the sender; none for a consultation.
    pub case: Option<Case>,
    /// The reply, the version put before the approvers, and all versions; none for a publication.
    pub reply: Option<(Reply, Version, Vec<Version>)>,
    /// The version put before the approvers, exactly as the public will read it; none for a reply.
    pub publication: Option<drafts::Version>,
    /// What of a consultation is put before the approvers; none for anything else.
    pub consultation: Option<Proposed>,
    /// The seat from which the viewer may act now.
    pub turn: Option<(Step, Seat)>,
    /// Whether the viewer may pull it back.
    pub may_pull_back: bool,
    /// Whether the viewer has something to see later.
    pub to_see_later: bool,
}

fn paper(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Paper> {
    let approval = super::seen_by(db, viewer, id)?;
    let steps = approval::store::steps(db, id)?;
    let class = approval::store::class(db, &approval.class_code)?
        .ok_or_else(|| Error::internal("an approval without its class"))?;
    let units = approval::store::units(db)?.into_iter().map(|u| (u.0, u.3)).collect();
    let case = match approval.matter_id {
        Some(matter) => Some(replies::store::case(db, matter)?),
        None => None,
    };
    let reply = match approval.subject_kind {
        SubjectKind::Reply => {
            let version = replies::store::version_by_id(db, approval.subject_id)?;
            let reply = replies::store::reply(db, version.reply_id)?;
            let versions = replies::store::versions(db, reply.id)?;
            Some((reply, version, versions))
        }
        _ => None,
    };
    let publication = match approval.subject_kind {
        SubjectKind::Publication => Some(drafts::version(db, approval.subject_id)?),
        _ => None,
    };
    let consultation = proposed(db, &approval)?;
    let mut ids = vec![approval.drafted_by, approval.author_id];
    ids.extend(steps.iter().flat_map(|s| [s.staff_id, s.absent_id]).flatten());
    ids.extend(reply.iter().flat_map(|(_, _, all)| all.iter().map(|v| v.author_id)));
    let names = approval::store::names(db, &ids)?;
    let seats = approval::seats(db, viewer)?;
    let turn = steps.iter().find_map(|step| {
        let seat = approval::route::may_act(&approval, step, viewer.id, &seats)?.clone();
        Some((step.clone(), seat))
    });
    let may_pull_back = approval.is_by(viewer.id) && approval.state == approval::ApprovalState::Circulating;
    let to_see_later = steps.iter().any(|s| s.absent_id == Some(viewer.id) && s.seen_later_at.is_none());
    Ok(Paper {
        approval,
        class,
        steps,
        units,
        names,
        case,
        reply,
        publication,
        consultation,
        turn,
        may_pull_back,
        to_see_later,
    })
}

/// `GET /approvals/{id}`
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let paper = app.db.read(move |db| paper(db, &viewer, id)).await?;
    Ok(answer::page(views::show(&shell, &app.config, &paper, "", &Errors::default())))
}

/// `GET /approvals/{id}/print`
pub async fn print(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let paper = app.db.read(move |db| paper(db, &viewer, id)).await?;
    Ok(answer::page(views::print(&shell, &app.config, &paper)))
}

/// `POST /approvals/{id}/decisions`: `decision` is approve or return; `version` what the page showed.
pub async fn decide(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse, Again> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let comment = input::multi_line(fields.text("comment").trim()).text;
    let decision = Decision::from_code(fields.text("decision"));
    let mut errors = Errors::default();
    if input::char_count(&comment) > COMMENT_LIMIT {
        errors.add("comment", "意見は2,000字までにしてください。");
    }
    if decision == Some(Decision::Return) && comment.is_empty() {
        errors.add("comment", "差し戻すときは、理由を書いてください。起案者が直すところが分かります。");
    }
    let decision =
        decision.ok_or_else(|| Error::BadRequest("承認か差戻しのボタンを押してください。".to_owned()))?;
    if errors.is_empty() {
        let (by, now, seen) = (viewer.clone(), app.clock.now(), fields.number("version").unwrap_or(0));
        let said = comment.clone();
        let done = app.db.write(move |db| super::decide(db, &by, now, id, seen, decision, &said)).await;
        match done {
            Ok(outcome) => {
                // a publication is to be read at once by whoever asks this process
                app.kept.look_again();
                let sentence = match outcome {
                    Some(Outcome::Decided) => "決裁しました。",
                    Some(Outcome::GoesOn) => "承認しました。次の人へ回ります。",
                    None => "差し戻しました。",
                };
                return Ok(answer::done(&format!("/approvals/{id}"), sentence));
            }
            Err(Error::Refused(why)) => errors.add("comment", why),
            Err(why) => return Err(Again::after(why, &req, fields, None)),
        }
    }
    let shell = app.staff_shell(&req, &viewer);
    let paper = app.db.read(move |db| paper(db, &viewer, id)).await?;
    Ok(answer::form_again(views::show(&shell, &app.config, &paper, &comment, &errors)))
}

/// `POST /approvals/{id}/withdrawals` (引戻し)
pub async fn pull_back(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let seen = form.fields.number("version").unwrap_or(0);
    app.db.write(move |db| super::pull_back(db, &viewer, now, id, seen)).await?;
    Ok(answer::done(&format!("/approvals/{id}"), "引き戻しました。文面を直して、もう一度起案できます。"))
}

/// `POST /approvals/{id}/later-views` (後閲)
pub async fn see_later(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    app.db
        .write(move |db| {
            super::seen_by(db, &viewer, id)?;
            approval::see_later(db, &viewer, now, id)
        })
        .await?;
    Ok(answer::done("/approvals", "後閲しました。"))
}
