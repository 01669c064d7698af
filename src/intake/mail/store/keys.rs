//! Sealing mails anew, and what the proof of them asks.

use diesel::prelude::*;

use crate::db::schema::{incoming, letter};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;

/// Everything sealed of a mail.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = incoming, check_for_backend(Backend))]
pub struct SealedMail {
    /// Its id.
    pub id: String,
    /// When it came; names the folder of a file.
    pub received_at: Instant,
    /// Bytes of the octets.
    pub size: i64,
    /// Of the octets, hexadecimal.
    pub sha256: String,
    /// Sealed envelope.
    pub envelope: Vec<u8>,
    /// Sealed octets; none when they lie in a file.
    pub raw: Option<Vec<u8>>,
    /// The data key of both.
    pub seal_key_id: i64,
    /// Sealed summary.
    pub summary: Option<Vec<u8>>,
    /// The data key of the summary.
    pub summary_key_id: Option<i64>,
}

/// Mails after an id.
pub fn sealed_after(db: &mut Db, id: &str, most: i64) -> Result<Vec<SealedMail>> {
    Ok(incoming::table
        .filter(incoming::id.gt(id))
        .order(incoming::id)
        .limit(most)
        .select(SealedMail::as_select())
        .load(db)?)
}

/// Mails under other keys than `current`.
pub fn under_old_keys(db: &mut Db, current: i64, most: i64) -> Result<Vec<SealedMail>> {
    Ok(incoming::table
        .filter(incoming::seal_key_id.ne(current).or(incoming::summary_key_id.ne(current)))
        .order(incoming::id)
        .limit(most)
        .select(SealedMail::as_select())
        .load(db)?)
}

/// Puts re-sealed bytes in the place of a mail's, each part unless it was changed meanwhile; says whether the octets
/// are under the new key now.
pub fn reseal(db: &mut Db, old: &SealedMail, fresh: &SealedMail) -> Result<bool> {
    let mut moved = 0;
    if fresh.seal_key_id != old.seal_key_id {
        let row = incoming::table.find(&old.id).filter(incoming::seal_key_id.eq(old.seal_key_id));
        moved = diesel::update(row)
            .set((
                incoming::envelope.eq(&fresh.envelope),
                incoming::raw.eq(&fresh.raw),
                incoming::seal_key_id.eq(fresh.seal_key_id),
            ))
            .execute(db)?;
    }
    if let (Some(before), Some(after)) = (old.summary_key_id, fresh.summary_key_id)
        && before != after
    {
        diesel::update(incoming::table.find(&old.id).filter(incoming::summary_key_id.eq(before)))
            .set((incoming::summary.eq(&fresh.summary), incoming::summary_key_id.eq(after)))
            .execute(db)?;
    }
    Ok(moved == 1)
}

/// Letters that came by mail, typed in by nobody, to which no mail belongs.
pub fn letters_without_mail(db: &mut Db) -> Result<Vec<i64>> {
    Ok(letter::table
        .filter(letter::channel.eq("email"))
        .filter(letter::entered_by.is_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(
            incoming::table
                .filter(incoming::state.eq("letter"))
                .filter(incoming::letter_id.eq(letter::id.nullable())),
        )))
        .order(letter::id)
        .select(letter::id)
        .load(db)?)
}

/// Mails that are another delivery of a mail which is itself one.
pub fn duplicates_of_duplicates(db: &mut Db) -> Result<Vec<String>> {
    let original = diesel::alias!(incoming as original);
    Ok(incoming::table
        .inner_join(original.on(original.field(incoming::id).nullable().eq(incoming::duplicate_of)))
        .filter(original.field(incoming::state).eq("duplicate"))
        .order(incoming::id)
        .select(incoming::id)
        .load(db)?)
}

/// Whether a mail's octets lie in the file under this key.
pub fn names_file(db: &mut Db, id: &str, key: i64) -> Result<bool> {
    let found: Option<String> = incoming::table
        .find(id)
        .filter(incoming::seal_key_id.eq(key))
        .filter(incoming::in_file.eq(true))
        .select(incoming::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}
