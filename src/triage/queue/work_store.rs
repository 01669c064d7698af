//! What else waits: candidates for publication, mails in trouble. Counted only.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{mail_return, outbox, publication};
use crate::error::Result;
use crate::mail::returns::ReturnKind;
use crate::mail::{MailKind, MailState};

/// Candidates for publication that nobody has handed on.
pub fn candidates(db: &mut Db) -> Result<i64> {
    Ok(publication::table
        .filter(publication::state.eq_any(["candidate", "returned"]))
        .count()
        .get_result(db)?)
}

/// Mails that were not sent, or may not have been, and answers that came back and that nobody has seen to.
pub fn mails_in_trouble(db: &mut Db) -> Result<i64> {
    let back = mail_return::table
        .filter(mail_return::settled_at.is_null())
        .filter(mail_return::kind.eq_any([ReturnKind::Hard, ReturnKind::Soft]))
        .select(mail_return::outbox_id);
    let undelivered = outbox::kind.eq_any([MailKind::Reply, MailKind::Question]).and(outbox::id.eq_any(back));
    Ok(outbox::table
        .filter(outbox::state.eq_any([MailState::InDoubt, MailState::Failed]).or(undelivered))
        .count()
        .get_result(db)?)
}
