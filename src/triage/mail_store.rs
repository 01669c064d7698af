//! Mails that came in and belong to a letter, for its page; and how many wait for a person.

use diesel::prelude::*;

use crate::db::schema::incoming;
use crate::db::{Backend, Db, Instant};
use crate::error::Result;

/// A mail of a letter.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = incoming, check_for_backend(Backend))]
pub struct CameIn {
    /// Its id.
    pub id: String,
    /// When it came.
    pub received_at: Instant,
    /// `letter`, `message`, `bounce` or `automatic`.
    pub state: String,
    /// `sender`, `other` or `staff`, seen from the letter.
    pub standing: Option<String>,
    /// When a person was done with it.
    pub settled_at: Option<Instant>,
}

impl CameIn {
    /// Whether somebody else than the letter's writer sent it and nobody has looked at that.
    pub fn wants_a_look(&self) -> bool {
        self.standing.as_deref() == Some("other") && self.settled_at.is_none()
    }

    /// What it is to the letter.
    pub fn label(&self) -> &'static str {
        match (self.state.as_str(), self.standing.as_deref()) {
            ("letter", _) => "この手紙のもとのメール",
            ("message", Some("other")) => "別の差出人からのメール",
            ("message", Some("staff")) => "職員・担当課からのメール",
            ("message", _) => "差出人からのメール",
            ("bounce", _) => "不達の知らせ",
            _ => "自動送信のメール",
        }
    }
}

/// Mails that belong to a letter, oldest first.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<CameIn>> {
    Ok(incoming::table
        .filter(incoming::letter_id.eq(letter_id))
        .order(incoming::id)
        .select(CameIn::as_select())
        .load(db)?)
}

/// Mails the program could not place and that nobody is done with.
pub fn exceptions(db: &mut Db) -> Result<i64> {
    Ok(incoming::table
        .filter(incoming::state.eq("exception"))
        .filter(incoming::settled_at.is_null())
        .count()
        .get_result(db)?)
}

/// Mails on letters by somebody else than their writer that nobody is done with.
pub fn strangers(db: &mut Db) -> Result<i64> {
    Ok(incoming::table
        .filter(incoming::state.eq("message"))
        .filter(incoming::standing.eq("other"))
        .filter(incoming::settled_at.is_null())
        .count()
        .get_result(db)?)
}
