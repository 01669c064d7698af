//! Consultations (意見募集, パブリックコメント): planned, approved and announced; long because an announcement is made of many parts.
//!
//! What the public reads is a released version, whose hash was approved; the row beside it is what staff work on. An
//! event moves a period only once it is published, and is published by its approval.

mod arrivals;
pub mod consultation;
pub mod content;
pub mod flood;
pub mod handlers;
pub mod handling;
pub mod import;
pub mod paper;
mod periods;
pub mod search;
pub mod store;
pub mod submission;
pub mod subscriptions;
pub mod views;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::approval::{self, About, SubjectKind};
use crate::calendar;
use crate::db::{Db, Instant, Json, next_edition};
use crate::error::{Error, Result};
use crate::files::{self, NewFile};
use crate::people::{May, Viewer};
use crate::trail::{self, Act, By, Line, Subject};
pub use arrivals::{Accepted, accept, answer_link};
use consultation::{
    Came, ChannelKind, Consultation, Contact, Event, Lack, OnPage, Period, Phase, ResultTerms, Senders, State,
};
use content::{Channel, Content, PaperLink, Place};
use paper::{Block, PaperKind, Stage};
pub use periods::{PeriodChange, notice_periods, period, periods_to_notice, timely_by, write_event};
use periods::{event_hash, publish_event};

/// Everything the form of a planned consultation holds.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of the form, by their names")]
pub struct Plan {
    pub title: String,
    pub draft_label: String,
    pub unit_id: i64,
    pub contact: Json<Contact>,
    pub basis: String,
    pub summary: String,
    pub plain_summary: String,
    pub background: String,
    pub prenotice_on: Option<NaiveDate>,
    pub noticed_on: Option<NaiveDate>,
    pub opens_on: Option<NaiveDate>,
    pub closes_on: Option<NaiveDate>,
    pub short_reason: String,
    pub grace_seconds: i64,
    pub senders: Json<Senders>,
    pub count_incomplete: bool,
    pub result_terms: Json<ResultTerms>,
    pub originals_place: String,
    pub decision_planned_on: Option<NaiveDate>,
    pub channels: Vec<Channel>,
    pub places: Vec<Place>,
}

fn line(act: Act, id: i64) -> Line {
    Line::new(act, Subject::Consultation, id)
}

/// Plans a consultation and gives its id. `min_days` is the rule for a full period today.
///
/// # Errors
/// [`Error::NotAllowed`] to those who run no consultations of the unit.
pub fn plan(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, plan: &Plan, min_days: i64) -> Result<i64> {
    viewer.may(May::RunConsultation(Some(plan.unit_id)))?;
    let id = store::insert(db, plan, min_days, viewer.id, now.into())?;
    store::replace_ways(db, id, &plan.channels, &plan.places)?;
    trail::record(db, &viewer.by(), now, &line(Act::ConsultationPlanned, id))?;
    Ok(id)
}

/// A consultation for those who may run it, still as the page showed it.
fn editable(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Consultation> {
    let row = store::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if !row.is_editable() {
        return Err(Error::Refused(format!(
            "この意見募集はいま「{}」なので直せません。決裁中のときは、引き戻してから直します。",
            row.state.label()
        )));
    }
    Ok(row)
}

/// Changes a planned consultation. `seen` is the version the page showed.
///
/// # Errors
/// [`Error::Refused`] once it is before its approvers; [`Error::Stale`] when somebody else changed it.
pub fn revise(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    plan: &Plan,
) -> Result<()> {
    let row = editable(db, viewer, id)?;
    viewer.may(May::RunConsultation(Some(plan.unit_id)))?;
    store::update(db, &Consultation { version: seen, ..row }, plan)?;
    store::replace_ways(db, id, &plan.channels, &plan.places)?;
    trail::record(db, &viewer.by(), now, &line(Act::ConsultationChanged, id))
}

/// Adds a paper, with a file where there is one.
///
/// # Errors
/// As for [`revise`].
#[expect(clippy::too_many_arguments, reason = "the fields of a small form")]
pub fn add_paper(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    kind: PaperKind,
    title: &str,
    access_note: &str,
    file: Option<&NewFile>,
) -> Result<i64> {
    editable(db, viewer, id)?;
    let paper_id = store::insert_paper(db, id, kind, title, access_note)?;
    if let Some(file) = file {
        let hash = paper::digest(&[], Some(&file.sha256));
        let version =
            store::insert_paper_version(db, paper_id, Stage::Draft, &[], &hash, viewer.id, now.into())?;
        files::record_paper(db, file, version)?;
    }
    let told = line(Act::PaperAdded, id).with(json!({ "paper": paper_id, "kind": kind }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(paper_id)
}

/// Takes a paper out.
///
/// # Errors
/// As for [`revise`].
pub fn remove_paper(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, paper_id: i64) -> Result<i64> {
    let (id, _) = store::paper_of(db, paper_id)?;
    editable(db, viewer, id)?;
    store::remove_paper(db, paper_id, now.into())?;
    let told = line(Act::PaperRemoved, id).with(json!({ "paper": paper_id }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(id)
}

/// Gives a text that was looked over to its paper: paragraphs that were there keep their codes, and the file stays.
///
/// # Errors
/// As for [`revise`].
pub fn take_text(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    paper_id: i64,
    blocks: &[Block],
) -> Result<i64> {
    let (id, _) = store::paper_of(db, paper_id)?;
    editable(db, viewer, id)?;
    let before = store::newest_version(db, paper_id)?;
    let (old, sha256) = match &before {
        Some(version) => (store::paragraphs(db, version.id)?, store::file_sha256(db, version.id)?),
        None => (Vec::new(), None),
    };
    let pairs: Vec<(String, String)> = old.iter().map(|p| (p.code.clone(), p.body.clone())).collect();
    let paragraphs = paper::number(blocks, &pairs, &store::used_codes(db, paper_id)?);
    let hash = paper::digest(&paragraphs, sha256.as_deref());
    let version =
        store::insert_paper_version(db, paper_id, Stage::Draft, &paragraphs, &hash, viewer.id, now.into())?;
    if let Some(before) = before.filter(|v| v.file.is_some()) {
        files::move_paper(db, before.id, version)?;
    }
    let kept = paragraphs.iter().filter(|p| pairs.iter().any(|(code, _)| *code == p.code)).count();
    let told = line(Act::PaperImported, id)
        .with(json!({ "paper": paper_id, "paragraphs": paragraphs.len(), "kept": kept }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(id)
}

/// What stands in the way of putting it before its approvers.
pub fn lacking(db: &mut Db, row: &Consultation, today: NaiveDate) -> Result<Vec<Lack>> {
    let papers = store::papers(db, row.id)?;
    let on_page = OnPage {
        papers: papers.iter().filter(|p| p.version.is_some()).count(),
        unreadable: papers
            .iter()
            .filter(|p| p.access_note.trim().is_empty())
            .filter(|p| p.version.as_ref().is_none_or(|v| v.paragraphs == 0))
            .map(|p| p.title.clone())
            .collect(),
        channels: store::channels(db, row.id)?.len(),
        places: store::places(db, row.id)?.len(),
    };
    Ok(consultation::lacks(row, &on_page, today))
}

/// What the public would read now.
///
/// # Errors
/// [`Error::Refused`] while a date is missing.
pub fn content(db: &mut Db, row: &Consultation) -> Result<Content> {
    let (Some(noticed_on), Some(opens_on), Some(closes_on)) = (row.noticed_on, row.opens_on, row.closes_on)
    else {
        return Err(Error::Refused(
            "公示日、募集の初日と最終日を入力すると、公表される画面を見られます。".to_owned(),
        ));
    };
    let papers = store::papers(db, row.id)?
        .into_iter()
        .filter_map(|p| {
            let version = p.version?;
            Some(PaperLink {
                paper_id: p.id,
                version_id: version.id,
                kind: p.kind,
                title: p.title,
                access_note: p.access_note,
                content_hash: version.content_hash,
                paragraphs: version.paragraphs,
                file: version.file,
            })
        })
        .collect();
    Ok(Content {
        title: row.title.clone(),
        draft_label: row.draft_label.clone(),
        unit_name: store::unit_name(db, row.unit_id)?,
        contact_place: row.contact.place.clone(),
        contact_phone: row.contact.phone.clone(),
        contact_fax: row.contact.fax.clone(),
        contact_email: row.contact.email.clone(),
        basis: row.basis.clone(),
        summary: row.summary.clone(),
        plain_summary: row.plain_summary.clone(),
        background: row.background.clone(),
        noticed_on,
        opens_on,
        closes_on,
        short_reason: row.short_reason.clone(),
        eligibility: row.senders.invited.clone(),
        eligibility_note: row.senders.note.clone(),
        sender_fields: row.senders.asked,
        result_note: row.result_terms.note.clone(),
        publish_full: row.result_terms.publish_full,
        originals_place: row.originals_place.clone(),
        decision_planned_on: row.decision_planned_on,
        channels: store::channels(db, row.id)?,
        places: store::places(db, row.id)?,
        papers,
    })
}

/// Puts a consultation before its approvers: makes the version they decide on, and gives the approval's id.
///
/// # Errors
/// [`Error::Refused`] with the first sentence of the checklist while something is missing.
pub fn circulate(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, class: &str) -> Result<i64> {
    let row = editable(db, viewer, id)?;
    if let Some(lack) = lacking(db, &row, calendar::tokyo_day(now))?.into_iter().next() {
        return Err(Error::Refused(lack.sentence));
    }
    let text = content(db, &row)?.text()?;
    let hash = content::hash(&text);
    let no = row.current_no + 1;
    let version = store::insert_version(db, id, no, &text, &hash, viewer.id, now.into())?;
    let change =
        store::Change { state: Some(State::InApproval), current_no: Some(no), ..store::Change::default() };
    store::change(db, &row, &change)?;
    let title = format!("意見募集「{}」({})", row.title, row.draft_label);
    let draft = approval::Draft {
        subject_kind: SubjectKind::Consultation,
        subject_id: version,
        class,
        content_hash: &hash,
        about: About::Consultation(id),
        title: &title,
        author_id: viewer.id,
        unit_id: Some(row.unit_id),
        joint: &[],
    };
    approval::start(db, viewer, now, &draft)
}

/// The hash a subject of an approval has now; for a version that is what is stored, as far as nothing it was made of
/// changed since.
///
/// # Errors
/// [`Error::NotFound`] for subjects that are not ours.
pub fn current_hash(db: &mut Db, kind: SubjectKind, subject_id: i64) -> Result<String> {
    match kind {
        SubjectKind::Consultation => {
            let version = store::version(db, subject_id)?;
            let row = store::consultation(db, version.consultation_id)?;
            Ok(content::hash(&content(db, &row)?.text()?))
        }
        SubjectKind::ConsultationEvent => Ok(event_hash(&store::event(db, subject_id)?)),
        _ => Err(Error::NotFound),
    }
}

/// Follows a decision: a consultation is approved, and announced at once when its day of notice is here; an event is
/// published.
pub fn decided(db: &mut Db, by: &By, now: DateTime<Utc>, kind: SubjectKind, subject_id: i64) -> Result<()> {
    if kind == SubjectKind::ConsultationEvent {
        return publish_event(db, by, now, subject_id);
    }
    if kind != SubjectKind::Consultation {
        return Err(Error::NotFound);
    }
    let version = store::version(db, subject_id)?;
    let row = store::consultation(db, version.consultation_id)?;
    let change = store::Change { state: Some(State::Approved), ..store::Change::default() };
    store::change(db, &row, &change)?;
    let told = line(Act::ConsultationApproved, row.id).with(json!({ "version": version.no }));
    trail::record(db, by, now, &told)?;
    announce_if_due(db, by, now, row.id)
}

/// Follows a return or a pulling back: it can be edited again; an event is given up.
pub fn returned(db: &mut Db, by: &By, now: DateTime<Utc>, kind: SubjectKind, subject_id: i64) -> Result<()> {
    if kind == SubjectKind::ConsultationEvent {
        let event = store::event(db, subject_id)?;
        store::withdraw_event(db, subject_id, now.into())?;
        let told = line(Act::PeriodChangeDropped, event.consultation_id).with(json!({ "event": subject_id }));
        return trail::record(db, by, now, &told);
    }
    if kind != SubjectKind::Consultation {
        return Err(Error::NotFound);
    }
    let version = store::version(db, subject_id)?;
    let row = store::consultation(db, version.consultation_id)?;
    let change = store::Change { state: Some(State::Planned), ..store::Change::default() };
    store::change(db, &row, &change)?;
    trail::record(db, by, now, &line(Act::ConsultationReturned, row.id))
}

/// Announces an approved consultation whose day of notice has come; nothing otherwise.
pub fn announce_if_due(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64) -> Result<()> {
    let row = store::consultation(db, id)?;
    let due = row.noticed_on.is_some_and(|day| day <= calendar::tokyo_day(now));
    if row.state != State::Approved || !due {
        return Ok(());
    }
    let version = store::version_no(db, id, row.current_no)?.ok_or(Error::NotFound)?;
    store::release(db, &version, by.staff_id, now.into())?;
    next_edition(db)?;
    let change = store::Change {
        state: Some(State::Announced),
        closing_on: row.closes_on,
        ..store::Change::default()
    };
    store::change(db, &row, &change)?;
    if let Some(found) = approval::store::alive(db, SubjectKind::Consultation, version.id)? {
        approval::executed(db, now, found.id, &version.content_hash)?;
    }
    let told = line(Act::ConsultationAnnounced, id)
        .with(json!({ "version": version.no, "hash": version.content_hash }));
    trail::record(db, by, now, &told)
}

/// How long a preview link holds.
const PREVIEW_DAYS: i64 = 7;

/// Makes a link by which somebody outside sees what is not announced yet, for seven days; gives when it ends. `key_hash`
/// is a keyed hash of what stands in the link, which is shown once and stored nowhere.
///
/// # Errors
/// [`Error::Refused`] without a word on whom it is for; [`Error::NotAllowed`] to those who do not run it.
pub fn make_preview(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    key_hash: &str,
    note: &str,
) -> Result<DateTime<Utc>> {
    let row = store::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if note.trim().is_empty() {
        return Err(Error::Refused("だれに見せるリンクかを入力してください。".to_owned()));
    }
    let ends = now + chrono::Duration::days(PREVIEW_DAYS);
    store::insert_preview(db, key_hash, id, note, viewer.id, now.into(), ends.into())?;
    trail::record(db, &viewer.by(), now, &line(Act::PreviewMade, id).with(json!({ "ends": ends })))?;
    Ok(ends)
}

/// A consultation as the public meets it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub row: Consultation,
    /// What the public reads.
    pub content: Content,
    /// Its period.
    pub period: Period,
    /// What happened to it, published.
    pub events: Vec<Event>,
    /// When this version was released.
    pub released_at: Instant,
    /// The number of its newest result before the public, and since when.
    pub result: Option<(i64, Instant)>,
}

impl Shown {
    /// Whether what came by a way is in time.
    pub fn in_time(&self, kind: ChannelKind, came: &Came) -> bool {
        self.period.in_time(kind, self.content.deadline(kind), came)
    }
}

/// A public consultation.
///
/// # Errors
/// [`Error::NotFound`] before it is announced.
pub fn shown(db: &mut Db, id: i64) -> Result<Shown> {
    let row = store::consultation(db, id)?;
    if !row.state.is_public() {
        return Err(Error::NotFound);
    }
    let (version, released_at) = store::released(db, id)?.ok_or(Error::NotFound)?;
    let period = period(db, &row)?;
    let events = store::events(db, id)?.into_iter().filter(|e| e.published_at.is_some()).collect();
    let result = store::result_released(db, id)?;
    Ok(Shown { content: Content::read(&version.content)?, row, period, events, released_at, result })
}

/// Consultations an opinion may be put to by hand, in words: those that run first, then the last to end. Cancelled ones
/// take none.
pub fn to_choose(db: &mut Db, now: DateTime<Utc>) -> Result<Vec<(i64, String)>> {
    let mut found = Vec::new();
    for row in store::public(db)? {
        let period = period(db, &row)?;
        let phase = period.phase(now);
        if phase != Phase::Cancelled {
            let last = calendar::short_date(period.closing_on);
            let words = format!("{}({}、{last}まで)", row.title, phase.label());
            found.push((phase == Phase::Closed, row.id, words));
        }
    }
    // already ordered by the last day, the latest first: only what has ended goes behind
    found.sort_by_key(|(ended, ..)| *ended);
    Ok(found.into_iter().map(|(_, id, words)| (id, words)).collect())
}

/// All public consultations, the latest last day first.
pub fn all_shown(db: &mut Db) -> Result<Vec<Shown>> {
    store::public(db)?.into_iter().map(|row| shown(db, row.id)).collect()
}
