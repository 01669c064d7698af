//! 起案 → 回議 → 合議 → 決裁・専決・代決, for any text that has a content hash.
//!
//! This room knows neither replies nor publications. Whoever owns the text calls the verbs with the hash the text has
//! now, and does what follows from the outcome. The route is resolved into steps when it starts, the nearest superior
//! first; 合議 standing next to each other are open together. A superior who is the drafter is left out of the way up,
//! never out of the decision.

mod classes;
pub mod route;
pub mod store;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::people::{Role, UnitKind, Viewer};
use crate::trail::{self, Act, By};

pub use classes::{class_label, seed};
pub use route::{
    Approval, ApprovalState, Class, DecidedAs, Seat, Step, StepKind, StepState, SubjectKind, UnitRule,
};

/// Longest comment, in characters.
pub const COMMENT_LIMIT: usize = 2_000;

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A matter of a letter.
    Matter {
        /// `matter.id`.
        matter_id: i64,
        /// `letter.id`.
        letter_id: i64,
    },
    /// A consultation.
    Consultation(i64),
}

/// What is put before the approvers.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// What sort of text.
    pub subject_kind: SubjectKind,
    /// The id of the exact version.
    pub subject_id: i64,
    /// The class that gives the route.
    pub class: &'a str,
    /// Hash of what is approved.
    pub content_hash: &'a str,
    /// What the text is about.
    pub about: About,
    /// What lists call it.
    pub title: &'a str,
    /// Who wrote the text; like the drafter, never approves it.
    pub author_id: i64,
    /// The section that owns the matter; none for texts of the listening office.
    pub unit_id: Option<i64>,
    /// 関係課, asked to concur where the route says so.
    pub joint: &'a [i64],
}

/// A step before it is stored.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What is done.
    pub kind: StepKind,
    /// By which role.
    pub role: Role,
    /// In which unit; none is anywhere.
    pub unit_id: Option<i64>,
}

/// How an approval stands after somebody approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Others are asked next.
    GoesOn,
    /// It was the last step: decided.
    Decided,
}

/// Puts a version of a text before its approvers and gives the approval's id. Started twice for the same version, the
/// approval that is there is given.
///
/// # Errors
/// [`Error::Refused`] when the class is unknown or a step's role is held by nobody who may act, naming what is missing.
pub fn start(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, draft: &Draft<'_>) -> Result<i64> {
    if let Some(there) = store::alive(db, draft.subject_kind, draft.subject_id)? {
        return Ok(there.id);
    }
    let class = store::class(db, draft.class)?
        .filter(|c| c.subject_kind == draft.subject_kind)
        .ok_or_else(|| Error::Refused("決裁の区分を選んでください。".to_owned()))?;
    let steps = resolve(db, viewer, draft)?;
    let id = store::insert(db, draft, viewer.id, now.into())?;
    for (no, step) in (1_i64..).zip(&steps) {
        store::insert_step(db, id, no, step)?;
    }
    open_next(db, id)?;
    let line = store::approval(db, id)?.line(Act::ApprovalStarted).with(json!({
        "class": class.code, "hash": draft.content_hash, "of": draft.subject_kind, "version": draft.subject_id,
    }));
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(id)
}

/// The steps of a class's route for one draft, each with somebody who may take it.
fn resolve(db: &mut Db, viewer: &Viewer, draft: &Draft<'_>) -> Result<Vec<Begun>> {
    let units = store::units(db)?;
    let name = |id: Option<i64>| {
        id.and_then(|id| units.iter().find(|u| u.0 == id)).map_or("市", |u| u.3.as_str()).to_owned()
    };
    let mut steps = Vec::new();
    for step in store::route(db, draft.class)? {
        let places: Vec<Option<i64>> = match step.rule {
            UnitRule::Any => vec![None],
            UnitRule::Own => vec![Some(own(draft)?)],
            UnitRule::Department => vec![Some(department(own(draft)?, &units))],
            UnitRule::Listening => vec![Some(store::listening_unit(db, viewer.today)?.ok_or_else(|| {
                Error::Refused("広聴担当がまだ誰も登録されていないため、起案できません。".to_owned())
            })?)],
            UnitRule::Joint => {
                draft.joint.iter().filter(|u| Some(**u) != draft.unit_id).map(|u| Some(*u)).collect()
            }
        };
        for unit_id in places {
            let all = store::holders(db, route::fillers(step.role), unit_id, viewer.today)?;
            let others = all.iter().any(|id| *id != viewer.id && *id != draft.author_id);
            if others {
                steps.push(Begun { kind: step.kind, role: step.role, unit_id });
            } else if !all.is_empty() && step.kind != StepKind::Decide {
                // the drafter is the superior: the way up starts above
            } else if all.is_empty() {
                return Err(Error::Refused(format!(
                    "「{}」の{}に就いている職員がいないため、この区分では起案できません。配属を登録するか、別の区分を選んでください。",
                    name(unit_id),
                    step.role.label()
                )));
            } else {
                return Err(Error::Refused(format!(
                    "決裁する「{}」の{}が起案者か文案を書いた本人だけなので、この区分では起案できません。上の区分を選んでください。",
                    name(unit_id),
                    step.role.label()
                )));
            }
        }
    }
    if steps.is_empty() {
        return Err(Error::Refused("この区分の経路が登録されていません。".to_owned()));
    }
    Ok(steps)
}

fn own(draft: &Draft<'_>) -> Result<i64> {
    draft.unit_id.ok_or_else(|| Error::Refused("担当課が決まっていないため、起案できません。".to_owned()))
}

/// The department a unit belongs to: the nearest unit upwards that is a department or a general branch.
fn department(unit: i64, units: &[store::UnitRow]) -> i64 {
    let mut at = unit;
    // no tree of units is deeper than this
    for _ in 0..16 {
        match units.iter().find(|u| u.0 == at) {
            Some((_, _, UnitKind::Department | UnitKind::Branch, _)) => return at,
            Some((_, Some(parent), ..)) => at = *parent,
            _ => return at,
        }
    }
    at
}

fn open_next(db: &mut Db, id: i64) -> Result<()> {
    for step in route::next_turn(&store::steps(db, id)?) {
        store::give_turn(db, step)?;
    }
    Ok(())
}

/// Every seat somebody may sit in today: own postings, and those of the absent whose substitute he or she is.
pub fn seats(db: &mut Db, viewer: &Viewer) -> Result<Vec<Seat>> {
    let mut seats = store::own_seats(db, viewer.id, viewer.today)?;
    for (id, name) in store::absent_for(db, viewer.id, viewer.today)? {
        for seat in store::own_seats(db, id, viewer.today)? {
            seats.push(Seat { absent: Some((id, name.clone())), ..seat });
        }
    }
    Ok(seats)
}

/// What waits for somebody now, oldest first: the approval, the step, and the seat to act from.
pub fn waiting_for(db: &mut Db, viewer: &Viewer) -> Result<Vec<(Approval, Step, Seat)>> {
    let seats = seats(db, viewer)?;
    let roles: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|r| seats.iter().any(|s| route::fillers(*r).contains(&s.role)))
        .collect();
    Ok(store::current(db, &roles)?
        .into_iter()
        .filter_map(|(approval, step)| {
            let seat = route::may_act(&approval, &step, viewer.id, &seats)?.clone();
            Some((approval, step, seat))
        })
        .collect())
}

/// Whether somebody has a part in an approval: drafted, wrote, acted, may act, or was absent.
pub fn has_part(db: &mut Db, viewer: &Viewer, approval: &Approval) -> Result<bool> {
    let seats = seats(db, viewer)?;
    let steps = store::steps(db, approval.id)?;
    Ok(approval.is_by(viewer.id)
        || steps.iter().any(|s| {
            s.staff_id == Some(viewer.id) || s.absent_id == Some(viewer.id) || s.seat(&seats).is_some()
        }))
}

/// The step somebody may take now, with the seat.
///
/// # Errors
/// [`Error::Stale`] when the page was older than the approval; [`Error::NotAllowed`] with the reason otherwise.
fn turn(db: &mut Db, viewer: &Viewer, approval: &Approval, seen: i64) -> Result<(Step, Seat)> {
    if approval.is_by(viewer.id) {
        return Err(Error::NotAllowed(
            "自分が書いた、または起案したものは、本人も代理も承認できません。".to_owned(),
        ));
    }
    if approval.version != seen || approval.state != ApprovalState::Circulating {
        return Err(Error::Stale("この決裁は、画面を開いたあとに別の人が進めました。".to_owned()));
    }
    let seats = seats(db, viewer)?;
    store::steps(db, approval.id)?
        .into_iter()
        .find_map(|step| {
            let seat = route::may_act(approval, &step, viewer.id, &seats)?.clone();
            Some((step, seat))
        })
        .ok_or_else(|| {
            Error::NotAllowed(
                "いまの順番を承認する役割に就いていません。代わりに決裁するには、不在の記録が要ります。"
                    .to_owned(),
            )
        })
}

/// Approves, concurs or decides, as the step says; after the last step the approval is decided.
///
/// `now_hash` is the hash the text has now: another text than the one drafted is refused (T-12).
pub fn approve(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    now_hash: &str,
    comment: &str,
) -> Result<Outcome> {
    let approval = store::approval(db, id)?;
    let (step, seat) = turn(db, viewer, &approval, seen)?;
    same_text(&approval, now_hash)?;
    store::take_step(db, &step, StepState::Approved, viewer.id, &seat, comment, now.into())?;
    let act = match step.kind {
        StepKind::Approve => Act::ApprovalStepped,
        StepKind::Concur => Act::ApprovalConcurred,
        StepKind::Decide => Act::ApprovalDecided,
    };
    let whole = store::steps(db, id)?.iter().all(|s| s.state == StepState::Approved);
    let change = if whole {
        store::Change {
            state: Some(ApprovalState::Decided),
            decided_by: Some(viewer.id),
            decided_as: Some(route::decided_as(&step, &seat)),
            decided_at: Some(now.into()),
            executed_at: None,
        }
    } else {
        open_next(db, id)?;
        store::Change::default()
    };
    store::change(db, &approval, &change)?;
    tell(db, viewer, now, &approval, act, &step, &seat)?;
    Ok(if whole { Outcome::Decided } else { Outcome::GoesOn })
}

/// Sends a text back to its drafter.
///
/// # Errors
/// [`Error::Refused`] without a reason; as for [`approve`] otherwise.
pub fn send_back(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    reason: &str,
) -> Result<Approval> {
    let approval = store::approval(db, id)?;
    let (step, seat) = turn(db, viewer, &approval, seen)?;
    if reason.trim().is_empty() {
        return Err(Error::Refused("差し戻すときは、理由を書いてください。".to_owned()));
    }
    store::take_step(db, &step, StepState::Returned, viewer.id, &seat, reason, now.into())?;
    store::drop_steps(db, id)?;
    let change = store::Change { state: Some(ApprovalState::Returned), ..store::Change::default() };
    let after = store::change(db, &approval, &change)?;
    tell(db, viewer, now, &approval, Act::ApprovalReturned, &step, &seat)?;
    Ok(after)
}

fn tell(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    approval: &Approval,
    act: Act,
    step: &Step,
    seat: &Seat,
) -> Result<()> {
    let line = approval.line(act).with(json!({
        "step": step.no,
        "kind": step.kind,
        "role": seat.words(),
        "in_place_of": seat.absent.as_ref().map(|(id, _)| *id),
        "hash": approval.content_hash,
    }));
    trail::record(db, &viewer.by(), now, &line)
}

/// Takes a circulating draft back (引戻し).
///
/// # Errors
/// [`Error::NotAllowed`] to anybody but the drafter and the writer.
pub fn pull_back(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, seen: i64) -> Result<Approval> {
    let approval = store::approval(db, id)?;
    if !approval.is_by(viewer.id) {
        return Err(Error::NotAllowed("引き戻せるのは起案した本人です。".to_owned()));
    }
    if approval.version != seen || approval.state != ApprovalState::Circulating {
        return Err(Error::Stale("この決裁は、画面を開いたあとに別の人が進めました。".to_owned()));
    }
    store::drop_steps(db, id)?;
    let change = store::Change { state: Some(ApprovalState::PulledBack), ..store::Change::default() };
    let after = store::change(db, &approval, &change)?;
    let line = approval.line(Act::ApprovalPulledBack);
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(after)
}

/// Ends a decision whose text was changed afterwards (T-12). What was carried out stays decided.
///
/// # Errors
/// [`Error::Stale`] when there is no decision, or it was carried out.
pub fn void(db: &mut Db, by: &By, now: DateTime<Utc>, id: i64, why: &str) -> Result<Approval> {
    let approval = store::approval(db, id)?;
    if approval.state != ApprovalState::Decided || approval.executed_at.is_some() {
        return Err(Error::Stale("効力のある決裁がありません。".to_owned()));
    }
    let change = store::Change { state: Some(ApprovalState::Void), ..store::Change::default() };
    let after = store::change(db, &approval, &change)?;
    let line = approval.line(Act::ApprovalVoided).with(json!({ "why": why }));
    trail::record(db, by, now, &line)?;
    Ok(after)
}

/// Notes that a decision was carried out (施行): sent or published. The act itself leaves the trail line.
///
/// # Errors
/// [`Error::Refused`] when the text is another than the one decided on.
pub fn executed(db: &mut Db, now: DateTime<Utc>, id: i64, now_hash: &str) -> Result<Approval> {
    let approval = store::approval(db, id)?;
    if approval.state != ApprovalState::Decided {
        return Err(Error::Refused("決裁が済んでいないため、施行できません。".to_owned()));
    }
    same_text(&approval, now_hash)?;
    store::change(db, &approval, &store::Change { executed_at: Some(now.into()), ..store::Change::default() })
}

fn same_text(approval: &Approval, now_hash: &str) -> Result<()> {
    if approval.content_hash == now_hash {
        return Ok(());
    }
    Err(Error::Refused(
        "起案のあとで文面か宛先が変わっています。引き戻して、もう一度起案してください。".to_owned(),
    ))
}

/// 後閲: the absent one has seen what was done in his or her place.
pub fn see_later(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64) -> Result<()> {
    let approval = store::approval(db, id)?;
    if store::see_later(db, id, viewer.id, now.into())? > 0 {
        let line = approval.line(Act::ApprovalSeenLater);
        trail::record(db, &viewer.by(), now, &line)?;
    }
    Ok(())
}
