//! The rows of typing and checking.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::letter;
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::Channel;
use crate::text::l1;

/// A letter as somebody who compares it with the paper needs it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter, check_for_backend(Backend))]
pub struct Typed {
    /// The letter.
    pub id: i64,
    /// Twelve digits.
    pub receipt_code: String,
    /// The way it came.
    pub channel: Channel,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// One line; may be empty.
    pub subject: String,
    /// As it came.
    pub body_original: String,
    /// Corrected.
    pub body_working: Option<String>,
    /// Who typed it in.
    pub entered_by: Option<i64>,
    /// Who checked it.
    pub checked_by: Option<i64>,
    /// Counts up with every change.
    pub version: i64,
}

impl Typed {
    /// The words as they should be read now.
    pub fn text(&self) -> &str {
        self.body_working.as_deref().unwrap_or(&self.body_original)
    }
}

/// The typing of a letter.
pub fn typed(db: &mut Db, id: i64) -> Result<Typed> {
    Ok(letter::table.find(id).select(Typed::as_select()).first(db)?)
}

fn stale() -> Error {
    Error::Stale("この手紙は、画面を開いたあとに別の人が更新しました。".to_owned())
}

/// Notes who compared the typing with the paper.
pub fn set_checked(db: &mut Db, typed: &Typed, seen: Option<i64>, by: i64, at: Instant) -> Result<()> {
    let row = letter::table.find(typed.id).filter(letter::version.eq(seen.unwrap_or(typed.version)));
    let changed = diesel::update(row)
        .set((letter::checked_by.eq(by), letter::checked_at.eq(at), letter::version.eq(typed.version + 1)))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(stale()) }
}

/// Keeps the corrected text, to be indexed anew.
pub fn set_working(db: &mut Db, typed: &Typed, seen: Option<i64>, text: &str) -> Result<()> {
    let row = letter::table.find(typed.id).filter(letter::version.eq(seen.unwrap_or(typed.version)));
    let changed = diesel::update(row)
        .set((
            letter::body_working.eq(text),
            letter::indexed_at.eq(None::<Instant>),
            letter::version.eq(typed.version + 1),
        ))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(stale()) }
}

/// Puts a new secret in the place of the old one; gives whether it was another.
pub fn set_secret(db: &mut Db, id: i64, secret_mac: &str) -> Result<bool> {
    let row = letter::table.find(id).filter(letter::secret_mac.ne(secret_mac));
    Ok(diesel::update(row).set(letter::secret_mac.eq(secret_mac)).execute(db)? == 1)
}

/// A letter of the same words.
#[derive(Clone, Debug, Queryable)]
pub struct Same {
    /// The letter.
    pub id: i64,
    /// Its receipt code.
    pub receipt_code: String,
    /// 受付日.
    pub received_on: NaiveDate,
}

/// Up to five letters of the same words (L1).
pub fn same_words(db: &mut Db, body: &str) -> Result<Vec<Same>> {
    Ok(letter::table
        .filter(letter::text_key.eq(l1(body).to_string()))
        .order(letter::id)
        .limit(5)
        .select((letter::id, letter::receipt_code, letter::received_on))
        .load(db)?)
}
