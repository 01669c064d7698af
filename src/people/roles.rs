//! Roles, postings, and the one table of who may do what.

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::text_enum;
use crate::trail::By;

text_enum! {
    /// What a posting lets its holder do. Transfers are dated; nothing is overwritten.
    pub enum Role {
        Admin = "admin" => "システム管理者",
        Listening = "listening" => "広聴担当",
        Drafter = "drafter" => "担当者",
        SectionHead = "section_head" => "課長",
        DepartmentHead = "department_head" => "部長",
        DeputyMayor = "deputy_mayor" => "副市長",
        Mayor = "mayor" => "市長",
        Clerk = "clerk" => "意見募集担当",
        Auditor = "auditor" => "監査",
    }
}

impl Role {
    /// Those whom a letter can be shown to for reading (供覧).
    pub const CIRCULATED: &'static [Role] =
        &[Role::Mayor, Role::DeputyMayor, Role::DepartmentHead, Role::SectionHead];
}

text_enum! {
    /// What sort of unit it is.
    pub enum UnitKind {
        ExecutiveBody = "executive_body" => "執行機関",
        Department = "department" => "部・局",
        Section = "section" => "課・室",
        Branch = "branch" => "総合支所",
        SubBranch = "sub_branch" => "支所",
    }
}

/// One dated posting of a member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The unit.
    pub unit_id: i64,
    /// Its name.
    pub unit_name: String,
    /// The role held there.
    pub role: Role,
    /// This unit and all below it.
    pub covers: Vec<i64>,
}

impl Posting {
    /// Whether the holder of another posting may decide in the place of this one's (代決): the nearest in the line.
    /// The mayor's is a deputy's; a head's is somebody of the own office or of the office above.
    pub fn may_be_stood_in_for_by(&self, other: &Posting) -> bool {
        let beside = other.unit_id == self.unit_id;
        let above = other.covers.contains(&self.unit_id);
        let below = self.covers.contains(&other.unit_id);
        match (self.role, other.role) {
            (_, Role::Admin | Role::Auditor | Role::Clerk) => false,
            (Role::Mayor, role) => role == Role::DeputyMayor,
            (Role::DeputyMayor, role) => {
                matches!(role, Role::Mayor | Role::DeputyMayor | Role::DepartmentHead)
            }
            (Role::DepartmentHead, Role::DeputyMayor | Role::DepartmentHead) => true,
            (Role::DepartmentHead, role) => role == Role::SectionHead && below,
            (_, Role::DepartmentHead) => above,
            _ => beside,
        }
    }
}

/// A signed-in member of staff with today's postings.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// `staff.id`.
    pub id: i64,
    /// The login name.
    pub login: String,
    /// The name.
    pub name: String,
    /// Postings valid today.
    pub postings: Vec<Posting>,
    /// The session's token against forged forms.
    pub csrf: String,
    /// The day the postings were looked up for.
    pub today: NaiveDate,
}

/// What somebody wants to do. Unit ids are those that own or share the matters in question.
#[derive(Clone, Copy, Debug)]
pub enum May<'a> {
    /// Type in letters that came on paper, by telephone or at a counter.
    EnterLetters,
    /// Register, screen, split, circulate, assign, close: the listening office's work.
    RunLetters,
    /// See a letter whose matters belong to these units; an empty list is a letter nobody has yet.
    ReadLetter(&'a [i64]),
    /// Draft, ask, note, hand back: the work of the unit that owns a matter.
    WorkOnMatter(&'a [i64]),
    /// Open the sender's name and address, with a reason.
    OpenParty(&'a [i64]),
    /// Open the sender of an opinion on a consultation of this unit, with a reason.
    OpenSubmitter(i64),
    /// Propose, mask and withdraw publications.
    Publish,
    /// Manage staff, postings and units.
    ManagePeople,
    /// Record the absence of somebody posted to one of these units.
    RecordAbsence(&'a [i64]),
    /// Read the trail.
    ReadTrail,
    /// Open the original of an attachment that is held for a reason.
    OpenHeldFile,
    /// See which attachments are held or refused, and whether the scanner answers.
    SeeHeldFiles,
    /// See and settle mails in the outbox.
    SeeOutbox,
    /// See how mail comes in: sums and channels, nothing of any mail.
    SeeMailroom,
    /// Read mails that came in. Who wrote them is shown to those who run letters alone.
    ReadIncoming,
    /// See the figures.
    SeeStatistics,
    /// Set up and run consultations of this unit; none for any.
    RunConsultation(Option<i64>),
    /// Type in an opinion on paper for a consultation of this unit.
    EnterOpinions(i64),
    /// Read what came to a consultation whose work is shared by these units.
    ReadSubmissions(&'a [i64]),
    /// Write the city's answers that fall to one of these units.
    AnswerOpinions(&'a [i64]),
}

impl Viewer {
    /// Whether a role is held anywhere today.
    pub fn is(&self, role: Role) -> bool {
        self.postings.iter().any(|p| p.role == role)
    }

    /// Whether one of the roles is held over one of the units.
    pub fn holds(&self, roles: &[Role], units: &[i64]) -> bool {
        self.postings.iter().any(|p| roles.contains(&p.role) && units.iter().any(|u| p.covers.contains(u)))
    }

    /// The units whose matters are this person's business.
    pub fn units(&self) -> Vec<i64> {
        let mut units: Vec<i64> = self
            .postings
            .iter()
            .filter(|p| matches!(p.role, Role::Drafter | Role::SectionHead | Role::DepartmentHead))
            .flat_map(|p| p.covers.iter().copied())
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// Whether every letter of the city is open to this person.
    pub fn sees_all(&self) -> bool {
        [Role::Listening, Role::Mayor, Role::DeputyMayor, Role::Auditor].iter().any(|r| self.is(*r))
    }

    /// Whether letters are shown to this person for reading (供覧): the mayor, deputies and heads.
    pub fn is_circulated_to(&self) -> bool {
        self.postings.iter().any(|p| Role::CIRCULATED.contains(&p.role))
    }

    /// The unit shown beside the name.
    pub fn unit_name(&self) -> &str {
        self.postings.first().map_or("配属なし", |p| &p.unit_name)
    }

    /// Who does it, for the trail.
    pub fn by(&self) -> By {
        By::staff(self.id, &self.name)
    }

    /// Whether this person may do it; the first line of every verb.
    pub fn can(&self, what: May<'_>) -> bool {
        const UNIT_ROLES: &[Role] = &[Role::Drafter, Role::SectionHead, Role::DepartmentHead];
        match what {
            May::EnterLetters => {
                [Role::Listening, Role::Clerk, Role::Drafter, Role::SectionHead].iter().any(|r| self.is(*r))
            }
            May::RunLetters | May::Publish | May::OpenHeldFile => self.is(Role::Listening),
            May::ReadLetter(units) => self.sees_all() || self.holds(UNIT_ROLES, units),
            May::WorkOnMatter(units) => {
                self.is(Role::Listening) || self.holds(&[Role::Drafter, Role::SectionHead], units)
            }
            May::OpenParty(units) => {
                self.is(Role::Listening) || self.holds(&[Role::Drafter, Role::SectionHead], units)
            }
            May::OpenSubmitter(unit) => {
                self.is(Role::Listening) || self.can(May::RunConsultation(Some(unit)))
            }
            May::ManagePeople => self.is(Role::Admin),
            May::RecordAbsence(units) => {
                self.is(Role::Admin)
                    || self.is(Role::Listening)
                    || self.holds(&[Role::SectionHead, Role::DepartmentHead], units)
            }
            May::ReadTrail => [Role::Admin, Role::Auditor, Role::Listening].iter().any(|r| self.is(*r)),
            May::SeeOutbox | May::SeeHeldFiles => [Role::Admin, Role::Listening].iter().any(|r| self.is(*r)),
            May::SeeMailroom => [Role::Admin, Role::Auditor, Role::Listening].iter().any(|r| self.is(*r)),
            May::ReadIncoming => [Role::Auditor, Role::Listening].iter().any(|r| self.is(*r)),
            May::SeeStatistics => !self.postings.is_empty(),
            May::EnterOpinions(unit) => {
                self.can(May::EnterLetters) || self.can(May::RunConsultation(Some(unit)))
            }
            May::RunConsultation(unit) => {
                const RUN: &[Role] = &[Role::Drafter, Role::SectionHead];
                self.is(Role::Clerk)
                    || match unit {
                        Some(unit) => self.holds(RUN, &[unit]),
                        None => RUN.iter().any(|r| self.is(*r)),
                    }
            }
            May::AnswerOpinions(units) => self.holds(&[Role::Drafter, Role::SectionHead], units),
            May::ReadSubmissions(units) => {
                self.sees_all() || self.is(Role::Clerk) || self.holds(UNIT_ROLES, units)
            }
        }
    }

    /// [`Viewer::can`] as a result.
    ///
    /// # Errors
    /// [`Error::NotFound`] for letters out of sight, so that their existence is not told; [`Error::NotAllowed`] with
    /// a sentence otherwise.
    pub fn may(&self, what: May<'_>) -> Result<()> {
        if self.can(what) {
            return Ok(());
        }
        Err(match what {
            May::ReadLetter(_) => Error::NotFound,
            May::RunLetters => Error::NotAllowed("この操作は広聴担当が行います。".to_owned()),
            May::OpenHeldFile => Error::NotAllowed(
                "この添付を開けるのは、広聴担当だけです。写しで足りないときは、広聴担当に相談してください。"
                    .to_owned(),
            ),
            May::Publish => Error::NotAllowed("公表の準備は広聴担当が行います。".to_owned()),
            May::ManagePeople => Error::NotAllowed("職員の管理はシステム管理者が行います。".to_owned()),
            May::OpenParty(_) => {
                Error::NotAllowed("差出人を見られるのは、広聴担当と担当課の職員です。".to_owned())
            }
            May::OpenSubmitter(_) => Error::NotAllowed(
                "差出人を見られるのは、意見募集の担当、担当課の職員、広聴担当です。".to_owned(),
            ),
            May::RunConsultation(_) => {
                Error::NotAllowed("意見募集の準備は、意見募集の担当と担当課の職員が行います。".to_owned())
            }
            May::ReadSubmissions(_) => Error::NotAllowed(
                "届いた意見を見られるのは、意見募集の担当と、受け持つ課の職員です。".to_owned(),
            ),
            May::AnswerOpinions(_) => Error::NotAllowed(
                "市の考え方を書けるのは、意見募集の担当と、その章を受け持つ課の担当者・課長です。".to_owned(),
            ),
            May::WorkOnMatter(_) => Error::NotAllowed("この件の担当課の職員が行います。".to_owned()),
            _ => Error::NotAllowed("この操作を行う役割に就いていません。".to_owned()),
        })
    }
}
