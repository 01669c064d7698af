//! The approvers' desk: what waits for me, one text to decide on, the 回議書 on paper.
//!
//! The approval itself knows no nouns; this stage stands above them and tells the right one what came of it.

pub mod handlers;
pub mod views;

use chrono::{DateTime, Utc};

use crate::approval::{self, Approval, Outcome, SubjectKind};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::{answers, result};
use crate::people::{May, Viewer};
use crate::text_enum;
use crate::{consultations, publications, replies};

text_enum! {
    /// What an approver presses.
    pub enum Decision {
        Approve = "approve" => "承認する",
        Return = "return" => "差し戻す",
    }
}

/// Takes the step that is somebody's now, and tells the noun when that ends the approval.
///
/// `seen` is the approval's version the page showed.
///
/// # Errors
/// As for [`approval::approve`] and [`approval::send_back`].
pub fn decide(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    decision: Decision,
    comment: &str,
) -> Result<Option<Outcome>> {
    let before = seen_by(db, viewer, id)?;
    match decision {
        Decision::Approve => {
            let hash = match before.subject_kind {
                SubjectKind::Reply => replies::current_hash(db, &before)?,
                SubjectKind::Publication => publications::current_hash(db, before.subject_id)?,
                kind @ (SubjectKind::Consultation | SubjectKind::ConsultationEvent) => {
                    consultations::current_hash(db, kind, before.subject_id)?
                }
                SubjectKind::Answers => answers::current_hash(db, before.subject_id)?,
                SubjectKind::Result => result::current_hash(db, before.subject_id)?,
            };
            let outcome = approval::approve(db, viewer, now, id, seen, &hash, comment)?;
            if outcome == Outcome::Decided {
                match before.subject_kind {
                    SubjectKind::Reply => replies::decided(db, viewer, now, before.subject_id)?,
                    SubjectKind::Publication => {
                        publications::decided(db, &viewer.by(), now, before.subject_id, &hash)?;
                    }
                    kind @ (SubjectKind::Consultation | SubjectKind::ConsultationEvent) => {
                        consultations::decided(db, &viewer.by(), now, kind, before.subject_id)?;
                    }
                    SubjectKind::Answers => answers::decided(db, &viewer.by(), now, before.subject_id)?,
                    SubjectKind::Result => result::decided(db, &viewer.by(), now, before.subject_id)?,
                }
            }
            Ok(Some(outcome))
        }
        Decision::Return => {
            approval::send_back(db, viewer, now, id, seen, comment)?;
            match before.subject_kind {
                SubjectKind::Reply => replies::returned(db, viewer, now, before.subject_id)?,
                SubjectKind::Publication => {
                    publications::returned(db, &viewer.by(), now, before.subject_id)?;
                }
                kind @ (SubjectKind::Consultation | SubjectKind::ConsultationEvent) => {
                    consultations::returned(db, &viewer.by(), now, kind, before.subject_id)?;
                }
                SubjectKind::Answers => answers::returned(db, &viewer.by(), now, before.subject_id)?,
                SubjectKind::Result => result::returned(db, &viewer.by(), now, before.subject_id)?,
            }
            Ok(None)
        }
    }
}

/// The drafter takes it back (引戻し).
pub fn pull_back(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, seen: i64) -> Result<()> {
    let before = seen_by(db, viewer, id)?;
    approval::pull_back(db, viewer, now, id, seen)?;
    match before.subject_kind {
        SubjectKind::Reply => replies::pulled_back(db, viewer, now, before.subject_id),
        SubjectKind::Publication => publications::returned(db, &viewer.by(), now, before.subject_id),
        kind @ (SubjectKind::Consultation | SubjectKind::ConsultationEvent) => {
            consultations::returned(db, &viewer.by(), now, kind, before.subject_id)
        }
        SubjectKind::Answers => answers::returned(db, &viewer.by(), now, before.subject_id),
        SubjectKind::Result => result::returned(db, &viewer.by(), now, before.subject_id),
    }
}

/// An approval, for those who have a part in it or may read its letter.
///
/// # Errors
/// [`Error::NotFound`] to everybody else.
pub fn seen_by(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Approval> {
    let found = approval::store::approval(db, id)?;
    let reads = match found.matter_id {
        Some(matter) => viewer.can(May::ReadLetter(&replies::store::case(db, matter)?.readers())),
        None => match found.consultation_id {
            Some(id) => {
                let row = consultations::store::consultation(db, id)?;
                viewer.can(May::ReadSubmissions(&answers::readers(db, &row)?))
            }
            None => false,
        },
    };
    if reads || approval::has_part(db, viewer, &found)? { Ok(found) } else { Err(Error::NotFound) }
}
