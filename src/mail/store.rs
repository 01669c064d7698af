//! The rows of the outbox.

use diesel::prelude::*;

use super::{MailState, Prepared};
use crate::db::Db;
use crate::db::schema::outbox;
use crate::error::Result;

/// Adds a mail to be sent.
pub fn insert(db: &mut Db, mail: &Prepared) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(&mail.id),
            outbox::message_id.eq(&mail.message_id),
            outbox::kind.eq(mail.kind),
            outbox::letter_id.eq(mail.letter_id),
            outbox::matter_id.eq(mail.matter_id),
            outbox::dispatch_id.eq(mail.dispatch_id),
            outbox::sealed.eq(&mail.sealed.bytes),
            outbox::seal_key_id.eq(mail.sealed.key_id),
            outbox::content_hash.eq(&mail.content_hash),
            outbox::state.eq(MailState::Queued),
            outbox::attempts.eq(0_i64),
            outbox::next_at.eq(mail.created_at),
            outbox::created_at.eq(mail.created_at),
        ))
        .execute(db)?;
    Ok(())
}
