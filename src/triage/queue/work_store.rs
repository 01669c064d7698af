//! What else waits: approvals at the viewer's step, candidates for publication, mails in trouble. Counted only.

use diesel::prelude::*;

use crate::db::schema::{approval, approval_step, outbox, publication};
use crate::db::{Backend, Db};
use crate::error::Result;
use crate::mail::MailState;
use crate::people::{Role, Viewer};

/// Approvals whose current step is one of the viewer's roles in the viewer's unit, without the viewer's own drafts.
pub fn approvals_waiting(db: &mut Db, viewer: &Viewer) -> Result<i64> {
    let mut mine = Vec::new();
    for posting in &viewer.postings {
        if matches!(posting.role, Role::Admin | Role::Auditor) {
            continue;
        }
        let steps: Vec<i64> = approval_step::table
            .inner_join(approval::table.on(approval::id.eq(approval_step::approval_id)))
            .filter(approval_step::state.eq("current"))
            .filter(approval_step::role.eq(posting.role.code()))
            .filter(approval_step::unit_id.is_null().or(approval_step::unit_id.eq(posting.unit_id)))
            .filter(approval::state.eq("circulating"))
            .filter(approval::drafted_by.ne(viewer.id))
            .select(approval_step::id)
            .into_boxed::<Backend>()
            .load(db)?;
        mine.extend(steps);
    }
    mine.sort_unstable();
    mine.dedup();
    Ok(i64::try_from(mine.len()).unwrap_or(i64::MAX))
}

/// Candidates for publication that nobody has handed on.
pub fn candidates(db: &mut Db) -> Result<i64> {
    Ok(publication::table
        .filter(publication::state.eq_any(["candidate", "returned"]))
        .count()
        .get_result(db)?)
}

/// Mails that were not sent, or may not have been.
pub fn mails_in_trouble(db: &mut Db) -> Result<i64> {
    Ok(outbox::table
        .filter(outbox::state.eq_any([MailState::InDoubt, MailState::Failed]))
        .count()
        .get_result(db)?)
}
