//! The form under a flood ([`flood`]): a puzzle that the browser solves by itself, or a minute's wait.

use chrono::{DateTime, Utc};

use super::draft::Ready;
use crate::consultations::flood::{self, Waited};
use crate::consultations::submission;
use crate::seal::Sealer;
use crate::web::form::Fields;

/// What a form carries while its consultation is slowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slow {
    /// Signed, for this form alone.
    pub puzzle: String,
    /// Empty until the browser has solved it.
    pub solution: String,
    /// Signed word that its button was pressed; empty before.
    pub ticket: String,
    /// Seconds to wait without the solution, once the button was pressed.
    pub left: Option<i64>,
}

/// Whether an opinion may go in now.
#[derive(Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// Not yet; the page says so and carries this.
    Wait(Slow),
}

/// The field that carries when the button was first pressed.
const TICKET: &str = "waiting";

/// A form of one consultation.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// What signs.
    pub sealer: &'a Sealer,
    /// The consultation.
    pub id: i64,
    /// The form's number.
    pub number: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

impl Form<'_> {
    /// What the next page carries: the puzzle at hand with its solution while it holds, else a fresh one.
    pub fn carry(self, fields: &Fields) -> Slow {
        let (puzzle, solution) = (fields.text("puzzle"), fields.text("solution"));
        if !flood::holds(self.sealer, self.id, self.number, self.now, puzzle) {
            let puzzle = flood::puzzle(self.sealer, self.id, self.number, self.now);
            return Slow { puzzle, ..Slow::default() };
        }
        let solution = if flood::solves(puzzle, solution) { solution } else { "" };
        Slow { puzzle: puzzle.to_owned(), solution: solution.to_owned(), ..Slow::default() }
    }

    /// When the button was first pressed for these words, if a page of ours asked to press it again: whoever is made to
    /// wait comes no later for it.
    pub fn pressed_at(self, fields: &Fields, ready: &Ready) -> Option<DateTime<Utc>> {
        flood::pressed(self.sealer, self.id, self.number, self.now, &said(ready), fields.text(TICKET))
    }

    /// Has the page that asks to press again carry when the button was first pressed: `arrived_at`, or before.
    pub fn keep_pressed(self, fields: &mut Fields, ready: &Ready, arrived_at: DateTime<Utc>) {
        let pressed_at = self.pressed_at(fields, ready).unwrap_or(arrived_at);
        let ticket = flood::waiting(self.sealer, self.id, self.number, pressed_at, &said(ready));
        fields.0.retain(|(name, _)| name != TICKET);
        fields.0.push((TICKET.to_owned(), ticket));
    }

    /// Whether what is said may go in. The waiting begins when its button is first pressed and is for these words alone.
    pub fn gate(self, fields: &Fields, ready: &Ready, pressed_at: DateTime<Utc>) -> Gate {
        let slow = self.carry(fields);
        let (digest, ticket) = (said(ready), fields.text(TICKET));
        match flood::waited(self.sealer, self.id, self.number, self.now, &digest, ticket) {
            Waited::Over => Gate::Open,
            _ if !slow.solution.is_empty() => Gate::Open,
            Waited::More(left) => Gate::Wait(Slow { ticket: ticket.to_owned(), left: Some(left), ..slow }),
            Waited::Not => Gate::Wait(Slow {
                ticket: flood::waiting(self.sealer, self.id, self.number, pressed_at, &digest),
                left: Some(flood::WAIT_SECONDS),
                ..slow
            }),
        }
    }
}

fn said(ready: &Ready) -> String {
    flood::digest(&submission::whole(&ready.points))
}
