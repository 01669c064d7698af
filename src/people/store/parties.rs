//! The rows of parties, and re-sealing of everything sealed.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{outbox, party, party_mark, staff};
use crate::error::Result;
use crate::people::party::SealedParty;

/// Adds a party.
pub fn insert_party(db: &mut Db, row: &SealedParty) -> Result<()> {
    diesel::insert_into(party::table)
        .values((
            party::id.eq(&row.id),
            party::kind.eq(row.kind),
            party::sealed.eq(&row.sealed.bytes),
            party::seal_key_id.eq(row.sealed.key_id),
            party::mail_mark.eq(&row.mail_mark),
            party::phone_mark.eq(&row.phone_mark),
            party::created_at.eq(row.created_at),
        ))
        .execute(db)?;
    insert_whole(db, row)
}

fn insert_whole(db: &mut Db, row: &SealedParty) -> Result<()> {
    diesel::insert_into(party_mark::table)
        .values((party_mark::party_id.eq(&row.id), party_mark::whole.eq(&row.whole_mark)))
        .execute(db)?;
    Ok(())
}

/// Key and sealed bytes of a party.
pub fn sealed(db: &mut Db, id: &str) -> Result<(i64, Vec<u8>)> {
    Ok(party::table.find(id).select((party::seal_key_id, party::sealed)).first(db)?)
}

/// Puts other details in the place of a party's; gives whether there was one.
pub fn replace(db: &mut Db, row: &SealedParty) -> Result<bool> {
    let changed = diesel::update(party::table.find(&row.id))
        .set((
            party::kind.eq(row.kind),
            party::sealed.eq(&row.sealed.bytes),
            party::seal_key_id.eq(row.sealed.key_id),
            party::mail_mark.eq(&row.mail_mark),
            party::phone_mark.eq(&row.phone_mark),
        ))
        .execute(db)?;
    if changed == 1 {
        let whole = party_mark::whole.eq(&row.whole_mark);
        // parties older than the table have no row yet
        if diesel::update(party_mark::table.find(&row.id)).set(whole).execute(db)? == 0 {
            insert_whole(db, row)?;
        }
    }
    Ok(changed == 1)
}

/// Removes a party.
pub fn remove(db: &mut Db, id: &str) -> Result<()> {
    diesel::delete(party_mark::table.find(id)).execute(db)?;
    diesel::delete(party::table.find(id)).execute(db)?;
    Ok(())
}

/// Other parties with the same mail address or telephone, newest first, at most 200.
pub fn same_sender(db: &mut Db, id: &str) -> Result<Vec<String>> {
    let (mail, phone): (Option<String>, Option<String>) =
        party::table.find(id).select((party::mail_mark, party::phone_mark)).first(db)?;
    if mail.is_none() && phone.is_none() {
        return Ok(Vec::new());
    }
    let mut query = party::table
        .filter(party::id.ne(id.to_owned()))
        .order(party::id.desc())
        .limit(200)
        .select(party::id)
        .into_boxed::<crate::db::Backend>();
    query = match (mail, phone) {
        (Some(mail), Some(phone)) => query.filter(party::mail_mark.eq(mail).or(party::phone_mark.eq(phone))),
        (Some(mail), None) => query.filter(party::mail_mark.eq(mail)),
        (None, Some(phone)) => query.filter(party::phone_mark.eq(phone)),
        (None, None) => query,
    };
    Ok(query.load(db)?)
}

/// A sealed row that is not under the current key: its place, its key, its bytes.
pub type Old = (String, i64, Vec<u8>);

/// Parties under other keys than `current`.
pub fn old_parties(db: &mut Db, current: i64, most: i64) -> Result<Vec<Old>> {
    Ok(party::table
        .filter(party::seal_key_id.ne(current))
        .limit(most)
        .select((party::id, party::seal_key_id, party::sealed))
        .load(db)?)
}

/// Mails under other keys than `current`.
pub fn old_mails(db: &mut Db, current: i64, most: i64) -> Result<Vec<Old>> {
    Ok(outbox::table
        .filter(outbox::seal_key_id.ne(current))
        .limit(most)
        .select((outbox::id, outbox::seal_key_id, outbox::sealed))
        .load(db)?)
}

/// Second factors under other keys than `current`.
pub fn old_factors(db: &mut Db, current: i64, most: i64) -> Result<Vec<Old>> {
    let rows: Vec<(i64, Option<i64>, Option<Vec<u8>>)> = staff::table
        .filter(staff::totp_key_id.ne(current))
        .limit(most)
        .select((staff::id, staff::totp_key_id, staff::totp_sealed))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, key, bytes)| Some((id.to_string(), key?, bytes?))).collect())
}

/// Re-sealed bytes of a party, unless somebody sealed it anew meanwhile.
pub fn reseal_party(db: &mut Db, id: &str, old: &[u8], key: i64, bytes: &[u8]) -> Result<usize> {
    Ok(diesel::update(party::table.filter(party::id.eq(id)).filter(party::sealed.eq(old)))
        .set((party::sealed.eq(bytes), party::seal_key_id.eq(key)))
        .execute(db)?)
}

/// Re-sealed bytes of a mail.
pub fn reseal_mail(db: &mut Db, id: &str, old: &[u8], key: i64, bytes: &[u8]) -> Result<usize> {
    Ok(diesel::update(outbox::table.filter(outbox::id.eq(id)).filter(outbox::sealed.eq(old)))
        .set((outbox::sealed.eq(bytes), outbox::seal_key_id.eq(key)))
        .execute(db)?)
}

/// Re-sealed bytes of a second factor.
pub fn reseal_factor(db: &mut Db, id: i64, old: &[u8], key: i64, bytes: &[u8]) -> Result<usize> {
    Ok(diesel::update(staff::table.filter(staff::id.eq(id)).filter(staff::totp_sealed.eq(old)))
        .set((staff::totp_sealed.eq(bytes), staff::totp_key_id.eq(key)))
        .execute(db)?)
}
