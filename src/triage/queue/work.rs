//! What waits for one person: mine, my section's, the whole city's.

use chrono::{DateTime, NaiveDate, Utc};

use super::comment_periods::{self, Running};
use super::filter::{Due, Filter, From, Scope, Sort, Stage, Standing};
use super::store::{self, Asker, Row};
use super::work_store;
use crate::approval;
use crate::calendar::{FiscalYear, holidays_known_until};
use crate::db::Db;
use crate::error::Result;
use crate::letters::{self, matter::State};
use crate::mail::channels::{self, Faring};
use crate::opinions;
use crate::opinions::result::store as results;
use crate::people::{May, Role, Viewer};
use crate::text_enum;
use crate::triage::mail_store;
use crate::web::form::{Fields, parse_urlencoded};

/// Rows shown of what is due first.
pub const NEXT: usize = 15;

text_enum! {
    /// Whose work is shown.
    pub enum Desk {
        Mine = "mine" => "私の担当",
        Section = "unit" => "私の課",
        City = "city" => "市全体",
    }
}

impl Desk {
    /// From the query of an address.
    pub fn read(query: &str) -> Option<Desk> {
        Desk::from_code(Fields(parse_urlencoded(query.as_bytes())).text("view"))
    }

    /// The desks a person's roles open, the usual one first in importance.
    pub fn open_to(viewer: &Viewer) -> Vec<Desk> {
        let mut open = Vec::new();
        if viewer.is(Role::Drafter) || viewer.is(Role::SectionHead) {
            open.push(Desk::Mine);
        }
        if !viewer.units().is_empty() {
            open.push(Desk::Section);
        }
        if viewer.sees_all() {
            open.push(Desk::City);
        }
        open
    }
}

/// What is counted on a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Past the day that counts.
    Overdue,
    /// Due today or in the next three days.
    Soon,
    /// Not in the register yet.
    ToRegister,
    /// Not screened or circulated yet.
    ToScreen,
    /// Without a section.
    ToAssign,
    /// Answers being written.
    Drafts,
    /// Approvals at the viewer's step.
    ToApprove,
    /// What was decided in the viewer's place (後閲).
    ToSeeLater,
    /// Letters typed in by somebody else that nobody compared with the paper.
    ToCheck,
    /// May need an interim reply.
    Interim,
    /// Waiting for the sender.
    Asked,
    /// Candidates for publication.
    Candidates,
    /// Mails that came in and could not be placed.
    Exceptions,
    /// Mails on letters by somebody else than their writer.
    Strangers,
    /// Mails that failed, may have failed, or came back.
    Mails,
    /// Consultations that ended and whose result is not out.
    Results,
    /// Promises of a result that nobody reported on.
    Reports,
    /// Chapters of the city's answers that the viewer's sections still write.
    Chapters,
}

/// A tile: what, how many, whether counting stopped, and the address of exactly those.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// What is counted.
    pub what: What,
    /// How many.
    pub rows: i64,
    /// Whether that is all.
    pub exact: bool,
    /// The list.
    pub path: String,
}

/// A person's desk.
#[derive(Clone, Debug)]
pub struct Work {
    /// The desks there are.
    pub desks: Vec<Desk>,
    /// The one shown; [`None`] when the roles open none.
    pub desk: Option<Desk>,
    /// Tiles.
    pub waiting: Vec<Waiting>,
    /// What is due first.
    pub next: Vec<Row>,
    /// The list of all of it.
    pub all: String,
    /// Something the office must look after.
    pub health: Option<String>,
    /// Comment periods the viewer runs or answers in.
    pub periods: Vec<Running>,
    /// Ways in for mail that do not work.
    pub channels: Vec<Faring>,
}

/// What waits for the viewer at one of the desks.
pub fn desk(db: &mut Db, viewer: &Viewer, asked: Option<Desk>, now: DateTime<Utc>) -> Result<Work> {
    let desks = Desk::open_to(viewer);
    let desk = asked.filter(|d| desks.contains(d)).or_else(|| usual(viewer, &desks));
    let asker = match desk {
        Some(Desk::City) => Asker { scope: Scope::City, ..super::asker(viewer) },
        // the tiles of one's own section count that section alone, whatever else one may see
        _ => Asker { scope: Scope::Units(viewer.units()), ..super::asker(viewer) },
    };
    let base = base(desk, viewer);
    let mut waiting = Vec::new();
    if desk.is_some() {
        for (what, filter) in lists(&base, desk, viewer) {
            let count = store::count(db, &filter, &asker, Some(store::TILE_COUNTED), None)?;
            waiting.push(Waiting { what, rows: count.rows, exact: count.exact, path: filter.path() });
        }
    }
    // as many as the approver's desk lists, absent ones' steps included
    let approvals = rows(approval::waiting_for(db, viewer)?.len());
    if approvals > 0
        || [Role::SectionHead, Role::DepartmentHead, Role::DeputyMayor, Role::Mayor]
            .iter()
            .any(|r| viewer.is(*r))
    {
        waiting.push(other(What::ToApprove, approvals, "/approvals"));
    }
    let later = rows(approval::store::to_see_later(db, viewer.id)?.len());
    if later > 0 {
        waiting.push(other(What::ToSeeLater, later, "/approvals"));
    }
    if viewer.can(May::RunLetters) {
        let unchecked = letters::store::count_unchecked(db, viewer.id)?;
        waiting.push(other(What::ToCheck, unchecked, "/letters/checks"));
    }
    if viewer.can(May::Publish) {
        waiting.push(other(What::Candidates, work_store::candidates(db)?, "/moderation"));
    }
    if viewer.can(May::RunLetters) {
        let (exceptions, strangers) = (mail_store::exceptions(db)?, mail_store::strangers(db)?);
        waiting.push(other(What::Exceptions, exceptions, "/mailroom/mails?state=exception"));
        waiting.push(other(What::Strangers, strangers, "/mailroom/mails?standing=other&state=message"));
    }
    if viewer.can(May::SeeOutbox) {
        waiting.push(other(What::Mails, work_store::mails_in_trouble(db)?, "/outbox"));
    }
    let sees_to = |unit: i64| viewer.is(Role::Listening) || viewer.can(May::RunConsultation(Some(unit)));
    for (what, owed) in [
        (What::Results, results::without_result(db, viewer.today)?),
        (What::Reports, results::unreported(db, viewer.today)?),
    ] {
        let mine: Vec<_> = owed.iter().filter(|o| sees_to(o.unit_id)).collect();
        if let Some(first) = mine.first() {
            let path = match mine.len() {
                1 => format!("/consultations/{}/result", first.id),
                _ => "/consultations".to_owned(),
            };
            waiting.push(other(what, rows(mine.len()), &path));
        }
    }
    let chapters = opinions::answers::store::chapters_to_answer(db, &viewer.units())?.len();
    if chapters > 0 {
        waiting.push(other(What::Chapters, rows(chapters), "/answers"));
    }
    let list = Filter { state: Some(Standing::Stage(Stage::Open)), sort: Some(Sort::DueFirst), ..base };
    let next = if desk.is_some() {
        let keys = store::keys(db, &list, &asker, From::Top, NEXT, None)?;
        let ids: Vec<i64> = keys.iter().map(|(id, _)| *id).collect();
        if ids.is_empty() { Vec::new() } else { store::rows(db, &ids)? }
    } else {
        Vec::new()
    };
    let channels = if runs(viewer) { channels::alarms(db, now)? } else { Vec::new() };
    let periods = comment_periods::running(db, viewer, now)?;
    Ok(Work { desks, desk, waiting, next, all: list.path(), health: health(viewer), periods, channels })
}

fn rows(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

fn other(what: What, rows: i64, path: &str) -> Waiting {
    Waiting { what, rows, exact: true, path: path.to_owned() }
}

/// The listening office begins with the city, heads with their section, drafters with their own.
fn usual(viewer: &Viewer, desks: &[Desk]) -> Option<Desk> {
    let wanted = if viewer.sees_all() {
        Desk::City
    } else if viewer.is(Role::SectionHead) || viewer.is(Role::DepartmentHead) {
        Desk::Section
    } else {
        Desk::Mine
    };
    desks.iter().copied().find(|d| *d == wanted).or_else(|| desks.first().copied())
}

/// The filter a desk's lists share, so that each list shows exactly what its tile counted.
fn base(desk: Option<Desk>, viewer: &Viewer) -> Filter {
    let units = viewer.units();
    Filter {
        mine: desk == Some(Desk::Mine),
        // who sees the whole city finds one section's matters by naming it
        unit: (desk == Some(Desk::Section) && viewer.sees_all()).then(|| units.first().copied()).flatten(),
        ..Filter::default()
    }
}

fn lists(base: &Filter, desk: Option<Desk>, viewer: &Viewer) -> Vec<(What, Filter)> {
    let stage = |stage| Filter { state: Some(Standing::Stage(stage)), ..base.clone() };
    let due = |due| Filter { due: Some(due), sort: Some(Sort::DueFirst), ..base.clone() };
    let mut lists = vec![
        (What::Overdue, Filter { sort: Some(Sort::DueFirst), ..stage(Stage::Overdue) }),
        (What::Soon, due(Due::Soon)),
    ];
    if desk == Some(Desk::City) && viewer.can(May::RunLetters) {
        lists.push((What::ToRegister, stage(Stage::New)));
        lists.push((What::ToScreen, stage(Stage::Screening)));
        lists.push((What::ToAssign, stage(Stage::Assigning)));
    }
    lists.push((What::Drafts, stage(Stage::Writing)));
    lists.push((What::Interim, due(Due::Interim)));
    lists.push((What::Asked, Filter { state: Some(Standing::State(State::AwaitingSender)), ..base.clone() }));
    lists
}

/// Whether the viewer looks after how things run.
fn runs(viewer: &Viewer) -> bool {
    viewer.can(May::RunLetters) || viewer.can(May::ManagePeople)
}

/// Holidays of next year must be known before deadlines reach into it.
fn health(viewer: &Viewer) -> Option<String> {
    (runs(viewer) && holidays_missing(viewer.today)).then(|| {
        format!(
            "祝日の表は{}年までしかありません。それより後の期限は、休みの日を考えずに示されます。システム管理者へ更新をご依頼ください。",
            holidays_known_until()
        )
    })
}

/// Whether the year after the running fiscal year's last day is not in the table of holidays.
pub fn holidays_missing(today: NaiveDate) -> bool {
    use chrono::Datelike;
    let next = today.year() + 1;
    next.max(FiscalYear::of(today).last_day().year()) > holidays_known_until()
}
