//! The verbs for one matter, in the order of its journey. Every one says first who may, then moves the matter through
//! [`letters::advance`], which leaves the line in the trail. `seen` is the version the page carried.
//! A little over 400 lines: the journey is read in one piece.
//! Long: one verb a step.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::store;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters;
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::{Change, Matter, NoReplyReason, OutOfScopeReason, Outcome, State, Step};
use crate::people::{May, Role, Viewer};
use crate::trail::{self, Act, Line, Subject};

/// What screening says of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screening {
    /// 受理.
    Accept,
    /// 対象外, with code and words.
    OutOfScope(OutOfScopeReason, String),
    /// 回付・移ちょう: the body or unit it goes to, and why.
    PassedOn(String, String),
}

/// Screens a registered matter.
pub fn screen(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    screening: &Screening,
) -> Result<Matter> {
    viewer.may(May::RunLetters)?;
    let (step, change, told) = match screening {
        Screening::Accept => (Step::Accept, Change::default(), Value::Null),
        Screening::OutOfScope(reason, note) => {
            needed(note)?;
            let change = Change {
                reason: Some(Some(reason.code().to_owned())),
                reason_note: Some(Some(note.clone())),
                ..Change::default()
            };
            (Step::RuleOut, change, json!({ "reason": reason.label() }))
        }
        Screening::PassedOn(to, note) => {
            needed(to)?;
            needed(note)?;
            let change = Change {
                reason: Some(Some("passed_on".to_owned())),
                reason_note: Some(Some(note.clone())),
                passed_to: Some(Some(to.clone())),
                outcome: Some(Outcome::PassedOn),
                ..Change::default()
            };
            (Step::PassOn, change, json!({ "passed_to": to }))
        }
    };
    letters::advance(db, &viewer.by(), now, id, seen, step, change, told)
}

fn needed(words: &str) -> Result<()> {
    if words.trim().is_empty() {
        return Err(Error::Refused("理由を文章でも書いてください。".to_owned()));
    }
    Ok(())
}

/// 供覧: shows an accepted matter to the mayor, deputies and heads.
pub fn circulate(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    to: &[i64],
) -> Result<Matter> {
    viewer.may(May::RunLetters)?;
    let heads = store::posted(db, Role::CIRCULATED, viewer.today)?;
    let mut names: Vec<String> = Vec::new();
    for staff_id in to {
        let head = heads
            .iter()
            .find(|h| h.staff_id == *staff_id)
            .ok_or_else(|| Error::Refused("供覧する相手が見つかりません。選び直してください。".to_owned()))?;
        names.push(head.name.clone());
    }
    if names.is_empty() {
        return Err(Error::Refused("供覧する相手を一人以上選んでください。".to_owned()));
    }
    let told = json!({ "to": names });
    let moved = letters::advance(db, &viewer.by(), now, id, seen, Step::Circulate, Change::default(), told)?;
    for staff_id in to {
        store::show_to(db, id, *staff_id, viewer.id, now.into())?;
    }
    Ok(moved)
}

/// Gives a matter to the section that owns it, and lets others share it.
pub fn assign(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    unit_id: i64,
    joint: &[i64],
) -> Result<Matter> {
    viewer.may(May::RunLetters)?;
    let sections = store::sections(db, viewer.today)?;
    let name = |id: i64| {
        sections
            .iter()
            .find(|s| s.0 == id)
            .map(|s| s.1.clone())
            .ok_or_else(|| Error::Refused("担当課が見つかりません。選び直してください。".to_owned()))
    };
    let joint: Vec<i64> = joint.iter().copied().filter(|j| *j != unit_id).collect();
    let joint_names = joint.iter().map(|j| name(*j)).collect::<Result<Vec<_>>>()?;
    let change = Change { owning_unit_id: Some(Some(unit_id)), drafter_id: Some(None), ..Change::default() };
    let told = json!({ "unit": name(unit_id)?, "joint": joint_names });
    let moved = letters::advance(db, &viewer.by(), now, id, seen, Step::Assign, change, told)?;
    store::set_joints(db, id, &joint)?;
    Ok(moved)
}

/// The matter, if this person may work on it: the section that owns it, or the office.
pub fn workable(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Matter> {
    let matter = letters::store::matter(db, id)?;
    super::readable(db, viewer, matter.letter_id)?;
    viewer.may(May::WorkOnMatter(&matter.owning_unit_id.into_iter().collect::<Vec<_>>()))?;
    Ok(matter)
}

/// Names who drafts: somebody of the owning section.
pub fn take(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    drafter: i64,
) -> Result<()> {
    let matter = workable(db, viewer, id)?;
    fresh(&matter, seen)?;
    if !matter.state.is_open() {
        return Err(Error::Refused("完結した件の担当者は変えられません。".to_owned()));
    }
    let unit =
        matter.owning_unit_id.ok_or_else(|| Error::Refused("先に担当課を決めてください。".to_owned()))?;
    let who = drafters(db, viewer, unit)?
        .into_iter()
        .find(|p| p.staff_id == drafter)
        .ok_or_else(|| Error::Refused("担当者は、担当課の職員から選んでください。".to_owned()))?;
    store::set_drafter(db, &matter, Some(drafter))?;
    let line = Line::new(Act::MatterTaken, Subject::Matter, id)
        .of_letter(matter.letter_id)
        .with(json!({ "no": matter.no, "drafter": who.name }));
    trail::record(db, &viewer.by(), now, &line)
}

/// Who can draft for a section today.
pub fn drafters(db: &mut Db, viewer: &Viewer, unit_id: i64) -> Result<Vec<store::Posted>> {
    let mut found = store::posted(db, &[Role::Drafter, Role::SectionHead], viewer.today)?;
    found.retain(|p| p.unit_id == unit_id);
    Ok(found)
}

fn fresh(matter: &Matter, seen: Option<i64>) -> Result<()> {
    if seen.is_some_and(|v| v != matter.version) { Err(store::stale_matter()) } else { Ok(()) }
}

/// Not ours: back to the listening office, with the reason. The office assigns it anew.
pub fn return_to_centre(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    reason: &str,
) -> Result<Matter> {
    let matter = workable(db, viewer, id)?;
    needed(reason)?;
    let unit = matter.owning_unit_id.map(|u| store::unit_name(db, u)).transpose()?;
    let change = Change {
        owning_unit_id: Some(None),
        drafter_id: Some(None),
        reason_note: Some(Some(reason.to_owned())),
        ..Change::default()
    };
    let said = format!("広聴へ戻した理由\n{reason}");
    let said = store::say(db, matter.letter_id, Some(id), "note", &said, viewer.id, now.into())?;
    let told = json!({ "unit": unit, "exchange": said });
    letters::advance(db, &viewer.by(), now, id, seen, Step::ReturnToCentre, change, told)
}

/// Decides that no reply is given, with code and words.
pub fn set_no_reply(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    reason: NoReplyReason,
    note: &str,
) -> Result<Matter> {
    workable(db, viewer, id)?;
    needed(note)?;
    let change = Change {
        reason: Some(Some(reason.code().to_owned())),
        reason_note: Some(Some(note.to_owned())),
        reply_needed: Some(false),
        ..Change::default()
    };
    letters::advance(
        db,
        &viewer.by(),
        now,
        id,
        seen,
        Step::SetNoReply,
        change,
        json!({ "reason": reason.label() }),
    )
}

/// 完結, with what came of it.
pub fn close(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    outcome: Outcome,
) -> Result<Matter> {
    workable(db, viewer, id)?;
    let change = Change { outcome: Some(outcome), ..Change::default() };
    letters::advance(
        db,
        &viewer.by(),
        now,
        id,
        seen,
        Step::Close,
        change,
        json!({ "outcome": outcome.label() }),
    )
}

/// Files what is out of scope or was passed on.
pub fn file(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, seen: Option<i64>) -> Result<Matter> {
    viewer.may(May::RunLetters)?;
    letters::advance(db, &viewer.by(), now, id, seen, Step::File, Change::default(), Value::Null)
}

/// The sender was asked by telephone or at the counter: what was asked.
pub fn ask(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    question: &str,
) -> Result<Matter> {
    let matter = workable(db, viewer, id)?;
    if matter.state == State::Received {
        return Err(Error::Refused("先に登録してください。".to_owned()));
    }
    needed(question)?;
    let said = store::say(db, matter.letter_id, Some(id), "question", question, viewer.id, now.into())?;
    letters::advance(
        db,
        &viewer.by(),
        now,
        id,
        seen,
        Step::Ask,
        Change::default(),
        json!({ "exchange": said }),
    )
}

/// The sender's answer, or that none came in time ([`None`]). The matter goes back to where it was asked.
pub fn hear(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    answer: Option<&str>,
) -> Result<Matter> {
    let matter = workable(db, viewer, id)?;
    let told = match answer {
        Some(words) => {
            needed(words)?;
            json!({ "exchange": store::say(db, matter.letter_id, Some(id), "answer", words, viewer.id, now.into())? })
        }
        None => json!({ "timeout": true }),
    };
    letters::advance(db, &viewer.by(), now, id, seen, Step::Hear, Change::default(), told)
}

/// A sharing section's part of the answer. A part that was there is kept as a note.
///
/// `seen` is the instant the part on the page was written, as text; empty when there was none.
pub fn write_part(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    unit_id: i64,
    seen: &str,
    part: &str,
) -> Result<()> {
    let matter = letters::store::matter(db, id)?;
    super::readable(db, viewer, matter.letter_id)?;
    let joint =
        store::joints_of(db, &[id])?.into_iter().find(|j| j.unit_id == unit_id).ok_or(Error::NotFound)?;
    viewer.may(May::WorkOnMatter(&[unit_id]))?;
    needed(part)?;
    if !matter.state.is_open() {
        return Err(Error::Refused("完結した件には書き足せません。".to_owned()));
    }
    if joint.written_at.map_or(String::new(), |at| at.to_string()) != seen {
        return Err(Error::Stale("この意見は、画面を開いたあとに別の人が書き直しました。".to_owned()));
    }
    if let Some(before) = joint.part.as_deref().filter(|before| *before != part) {
        let kept = format!("{}の意見(書き直す前)\n{before}", joint.unit_name);
        store::say(db, matter.letter_id, Some(id), "note", &kept, viewer.id, now.into())?;
    }
    store::write_part(db, &joint, part, viewer.id, now.into())?;
    let line = Line::new(Act::MatterPart, Subject::Matter, id)
        .of_letter(matter.letter_id)
        .with(json!({ "no": matter.no, "unit": joint.unit_name }));
    trail::record(db, &viewer.by(), now, &line)
}

/// What a matter is about, as the page sent it.
#[derive(Clone, Debug)]
pub struct Details {
    /// Title.
    pub title: String,
    /// Kind, if one was chosen.
    pub kind: Option<MatterKind>,
    /// Policy fields.
    pub fields: Vec<Field>,
    /// Whether it needs a reply.
    pub reply_needed: bool,
}

/// Changes title, kind, fields or whether a reply is needed; the trail says what was and what is.
pub fn change(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: Option<i64>,
    details: &Details,
) -> Result<()> {
    let matter = workable(db, viewer, id)?;
    fresh(&matter, seen)?;
    if !matter.state.is_open() {
        return Err(Error::Refused("完結した件の内容は変えられません。".to_owned()));
    }
    if details.title.trim().is_empty() {
        return Err(Error::Refused("件名を入力してください。".to_owned()));
    }
    let fields: Vec<Field> = store::fields_of(db, &[id])?.into_iter().map(|(_, field)| field).collect();
    let mut wanted = details.fields.clone();
    wanted.sort_unstable_by_key(|f| f.code());
    wanted.dedup();
    let mut told = serde_json::Map::new();
    let mut differs = |name: &str, was: String, is: String| {
        if was != is {
            told.insert(name.to_owned(), json!([was, is]));
        }
    };
    let list = |fields: &[Field]| fields.iter().map(|f| f.label()).collect::<Vec<_>>().join("、");
    let kind = |k: Option<MatterKind>| k.map_or(String::new(), |k| k.label().to_owned());
    differs("kind", kind(matter.kind), kind(details.kind.or(matter.kind)));
    differs("fields", list(&fields), list(&wanted));
    differs("reply_needed", yes(matter.reply_needed), yes(details.reply_needed));
    // a title is often the writer's own words, which the trail does not keep
    if matter.title != details.title {
        told.insert("title".to_owned(), json!(true));
    }
    if told.is_empty() {
        return Ok(());
    }
    told.insert("no".to_owned(), json!(matter.no));
    let row = store::Details {
        title: details.title.clone(),
        kind: details.kind,
        reply_needed: details.reply_needed,
    };
    store::set_details(db, &matter, &row)?;
    store::set_fields(db, id, &wanted)?;
    let line = Line::new(Act::MatterChanged, Subject::Matter, id)
        .of_letter(matter.letter_id)
        .with(Value::Object(told));
    trail::record(db, &viewer.by(), now, &line)
}

fn yes(needed: bool) -> String {
    if needed { "要" } else { "不要" }.to_owned()
}
