//! What the mailroom asks of letters.

use diesel::prelude::*;

use crate::calendar::{FiscalYear, register_label, short_date};
use crate::db::schema::letter;
use crate::db::{Backend, Db};
use crate::error::Result;
use crate::letters::letter::LetterState;

/// A letter a mail may belong to, as a line of a list.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter, check_for_backend(Backend))]
pub struct LetterLine {
    /// Its id.
    pub id: i64,
    /// The fiscal year of its number.
    pub fiscal_year: i64,
    /// Its number in the register, once it has one.
    pub register_no: Option<i64>,
    /// Its subject.
    pub subject: String,
    /// The day it was received.
    pub received_on: chrono::NaiveDate,
    /// Where it stands.
    pub state: LetterState,
}

impl LetterLine {
    /// R8-0123, or 登録前の手紙.
    pub fn label(&self) -> String {
        match (self.register_no, i32::try_from(self.fiscal_year)) {
            (Some(number), Ok(year)) => register_label(FiscalYear(year), number),
            _ => "登録前の手紙".to_owned(),
        }
    }

    /// What it is called in a list of choices.
    pub fn words(&self) -> String {
        let subject = if self.subject.is_empty() { "(件名なし)" } else { &self.subject };
        let closed = if self.state == LetterState::Closed { "、完結" } else { "" };
        format!("{} {subject}({}受付{closed})", self.label(), short_date(self.received_on))
    }
}

/// Letters by id, in no order.
pub fn letters(db: &mut Db, ids: &[i64]) -> Result<Vec<LetterLine>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(letter::table.filter(letter::id.eq_any(ids)).select(LetterLine::as_select()).load(db)?)
}
