//! Routes of approval and who may sit in which seat: the rules, without a database.

use diesel::prelude::*;

use crate::db::schema::{approval, approval_class, approval_step};
use crate::db::{Backend, Instant};
use crate::people::Role;
use crate::text_enum;
use crate::trail::{Act, Line, Subject};

text_enum! {
    /// What an approval is about. Which text that is, only the noun knows.
    pub enum SubjectKind {
        Reply = "reply" => "回答",
        Publication = "publication" => "公表",
        Consultation = "consultation" => "意見募集",
        ConsultationEvent = "consultation_event" => "募集期間の変更",
        Answers = "answers" => "市の考え方",
        Result = "result" => "意見募集の結果",
    }
}

text_enum! {
    /// Where an approval stands.
    pub enum ApprovalState {
        Circulating = "circulating" => "回議中",
        Returned = "returned" => "差戻し",
        PulledBack = "pulled_back" => "引戻し",
        Decided = "decided" => "決裁済み",
        Void = "void" => "失効",
    }
}

text_enum! {
    /// What a step of the route is.
    pub enum StepKind {
        Approve = "approve" => "回議",
        Concur = "concur" => "合議",
        Decide = "decide" => "決裁",
    }
}

text_enum! {
    /// Where a step stands.
    pub enum StepState {
        Waiting = "waiting" => "順番待ち",
        Current = "current" => "いまここ",
        Approved = "approved" => "済み",
        Returned = "returned" => "差し戻し",
        Dropped = "dropped" => "取りやめ",
    }
}

text_enum! {
    /// For oneself, or in the place of somebody absent.
    pub enum ActedAs {
        OneSelf = "self" => "本人",
        Substitute = "substitute" => "代決",
    }
}

text_enum! {
    /// In which quality a decision was made.
    pub enum DecidedAs {
        Decider = "decider" => "決裁",
        Standing = "standing" => "専決",
        Substitute = "substitute" => "代決",
    }
}

text_enum! {
    /// Where the holder of a role is looked for.
    pub enum UnitRule {
        Own = "own" => "担当課",
        Department = "department" => "担当課の部",
        Listening = "listening" => "広聴",
        Any = "any" => "市",
        Joint = "joint" => "関係課",
    }
}

/// A class of approval: its route is data.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = approval_class, check_for_backend(Backend))]
pub struct Class {
    /// Such as `reply_mayor`.
    pub code: String,
    /// Such as 市長決裁.
    pub label: String,
    /// The city's mark: 甲, 乙, 丙, 丁.
    pub mark: String,
    /// What it is for.
    pub subject_kind: SubjectKind,
}

/// One step of a class's route, before it is known who holds the role.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct RouteStep {
    /// What is done.
    pub kind: StepKind,
    /// By which role.
    pub role: Role,
    /// Looked for where.
    pub rule: UnitRule,
}

/// An approval as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = approval, check_for_backend(Backend))]
pub struct Approval {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// The id of the exact version: `reply_version.id`, `publication_version.id`, `consultation_version.id`, ….
    pub subject_id: i64,
    /// The matter, of a text about a letter.
    pub matter_id: Option<i64>,
    /// The letter.
    pub letter_id: Option<i64>,
    /// The consultation, of any other text.
    pub consultation_id: Option<i64>,
    /// The class.
    pub class_code: String,
    /// Hash of what is approved.
    pub content_hash: String,
    /// What it is called in lists.
    pub title: String,
    /// Where it stands.
    pub state: ApprovalState,
    /// 起案者.
    pub drafted_by: i64,
    /// Who wrote the text: often the same.
    pub author_id: i64,
    /// 起案.
    pub drafted_at: Instant,
    /// Who decided.
    pub decided_by: Option<i64>,
    /// As what.
    pub decided_as: Option<DecidedAs>,
    /// When.
    pub decided_at: Option<Instant>,
    /// 施行.
    pub executed_at: Option<Instant>,
    /// Counts up with every change.
    pub version: i64,
}

impl Approval {
    /// Whether somebody had a hand in the text: such a person never approves it.
    pub fn is_by(&self, staff_id: i64) -> bool {
        self.drafted_by == staff_id || self.author_id == staff_id
    }

    /// A line of the trail about it, under its letter where it has one.
    pub fn line(&self, act: Act) -> Line {
        let line = Line::new(act, Subject::Approval, self.id);
        match self.letter_id {
            Some(letter) => line.of_letter(letter),
            None => line,
        }
    }

    /// Its page.
    pub fn path(&self) -> String {
        format!("/approvals/{}", self.id)
    }
}

/// A step of an approval as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = approval_step, check_for_backend(Backend))]
pub struct Step {
    /// Its number inside.
    pub id: i64,
    /// The approval.
    pub approval_id: i64,
    /// 1, 2, … nearest superior first.
    pub no: i64,
    /// What is done.
    pub kind: StepKind,
    /// The unit whose holder of the role acts; none is anywhere.
    pub unit_id: Option<i64>,
    /// The role.
    pub role: Role,
    /// Where it stands.
    pub state: StepState,
    /// Who acted.
    pub staff_id: Option<i64>,
    /// For himself, or in whose place.
    pub acted_as: Option<ActedAs>,
    /// The absent one.
    pub absent_id: Option<i64>,
    /// Unit and role of the one who acted, as they were then.
    pub role_then: Option<String>,
    /// What he or she said.
    pub comment: Option<String>,
    /// When.
    pub acted_at: Option<Instant>,
    /// 後閲.
    pub seen_later_at: Option<Instant>,
}

/// A place in which somebody may act today: by an own posting, or for somebody whose absence is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The unit of the posting.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
    /// The role held there.
    pub role: Role,
    /// In whose place: id and name of the absent one.
    pub absent: Option<(i64, String)>,
}

impl Seat {
    /// What the step remembers of it.
    pub fn words(&self) -> String {
        format!("{} {}", self.unit_name, self.role.label())
    }
}

/// The roles that may fill a step. The head of the listening office may do what its officers may.
pub fn fillers(role: Role) -> &'static [Role] {
    match role {
        Role::Listening => &[Role::Listening, Role::SectionHead],
        Role::Admin => &[Role::Admin],
        Role::Drafter => &[Role::Drafter],
        Role::SectionHead => &[Role::SectionHead],
        Role::DepartmentHead => &[Role::DepartmentHead],
        Role::DeputyMayor => &[Role::DeputyMayor],
        Role::Mayor => &[Role::Mayor],
        Role::Clerk => &[Role::Clerk],
        Role::Auditor => &[Role::Auditor],
    }
}

impl Step {
    /// The first of somebody's seats from which this step may be taken; own seats come before others'.
    pub fn seat<'s>(&self, seats: &'s [Seat]) -> Option<&'s Seat> {
        seats
            .iter()
            .filter(|s| {
                fillers(self.role).contains(&s.role) && self.unit_id.is_none_or(|unit| unit == s.unit_id)
            })
            .min_by_key(|s| s.absent.is_some())
    }
}

/// The seat from which a step may be taken by somebody, if it may. Nobody acts on a text of his or her own, nor in the
/// place of the one who wrote it.
pub fn may_act<'s>(approval: &Approval, step: &Step, actor: i64, seats: &'s [Seat]) -> Option<&'s Seat> {
    if approval.state != ApprovalState::Circulating
        || step.state != StepState::Current
        || approval.is_by(actor)
    {
        return None;
    }
    step.seat(seats).filter(|s| s.absent.as_ref().is_none_or(|(id, _)| !approval.is_by(*id)))
}

/// The steps whose turn comes next: one step at a time, except that 合議 standing next to each other in the route go
/// to all those units together, for none of them waits for another.
pub fn next_turn(steps: &[Step]) -> Vec<i64> {
    if steps.iter().any(|s| s.state == StepState::Current) {
        return Vec::new();
    }
    let mut waiting = steps.iter().filter(|s| s.state == StepState::Waiting).peekable();
    match waiting.peek() {
        None => Vec::new(),
        Some(first) if first.kind == StepKind::Concur => {
            waiting.take_while(|s| s.kind == StepKind::Concur).map(|s| s.id).collect()
        }
        Some(first) => vec![first.id],
    }
}

/// In which quality the last step decides.
pub fn decided_as(step: &Step, seat: &Seat) -> DecidedAs {
    match (&seat.absent, step.role) {
        (Some(_), _) => DecidedAs::Substitute,
        (None, Role::Mayor) => DecidedAs::Decider,
        (None, _) => DecidedAs::Standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn step(id: i64, kind: StepKind, role: Role, unit_id: Option<i64>, state: StepState) -> Step {
        Step {
            id,
            approval_id: 1,
            no: id,
            kind,
            unit_id,
            role,
            state,
            staff_id: None,
            acted_as: None,
            absent_id: None,
            role_then: None,
            comment: None,
            acted_at: None,
            seen_later_at: None,
        }
    }

    fn approval() -> Approval {
        Approval {
            id: 1,
            subject_kind: SubjectKind::Reply,
            subject_id: 1,
            matter_id: Some(1),
            letter_id: Some(1),
            consultation_id: None,
            class_code: "reply_section".to_owned(),
            content_hash: String::new(),
            title: String::new(),
            state: ApprovalState::Circulating,
            drafted_by: 4,
            author_id: 5,
            drafted_at: DateTime::UNIX_EPOCH.into(),
            decided_by: None,
            decided_as: None,
            decided_at: None,
            executed_at: None,
            version: 1,
        }
    }

    fn seat(unit_id: i64, role: Role, absent: Option<i64>) -> Seat {
        Seat { unit_id, unit_name: String::new(), role, absent: absent.map(|id| (id, String::new())) }
    }

    #[test]
    fn concurrences_next_to_each_other_go_out_together_and_the_rest_waits() {
        use StepKind::*;
        use StepState::*;
        let mut steps = vec![
            step(1, Approve, Role::SectionHead, Some(5), Approved),
            step(2, Concur, Role::Listening, Some(3), Waiting),
            step(3, Concur, Role::SectionHead, Some(7), Waiting),
            step(4, Decide, Role::DepartmentHead, Some(4), Waiting),
        ];
        assert_eq!(next_turn(&steps), [2, 3]);
        steps[1].state = Approved;
        steps[2].state = Current;
        assert_eq!(next_turn(&steps), Vec::<i64>::new());
        steps[2].state = Approved;
        assert_eq!(next_turn(&steps), [4]);
    }

    #[test]
    fn neither_drafter_nor_writer_acts_nor_anybody_in_their_place() {
        let step = step(1, StepKind::Decide, Role::SectionHead, Some(5), StepState::Current);
        let own = [seat(5, Role::SectionHead, None)];
        assert!(may_act(&approval(), &step, 6, &own).is_some());
        assert!(may_act(&approval(), &step, 4, &own).is_none());
        assert!(may_act(&approval(), &step, 5, &own).is_none());
        assert!(may_act(&approval(), &step, 6, &[seat(5, Role::SectionHead, Some(5))]).is_none());
        assert!(may_act(&approval(), &step, 6, &[seat(5, Role::SectionHead, Some(9))]).is_some());
    }

    #[test]
    fn the_same_role_of_another_section_is_no_seat() {
        let step = step(1, StepKind::Approve, Role::SectionHead, Some(5), StepState::Current);
        assert_eq!(step.seat(&[seat(7, Role::SectionHead, None), seat(5, Role::Drafter, None)]), None);
    }
}
