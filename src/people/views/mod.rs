//! Pages of signing in, one's own account and the staff directory.

pub(super) mod account;
pub(super) mod directory;
pub(super) mod door;
pub(super) mod organisation;
pub(super) mod person;
pub mod sender;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::handlers::Onward;
use super::units::Units;
use crate::web::parts;

impl Onward {
    /// Carries it through a form.
    pub(super) fn hidden(&self) -> Markup {
        html! {
            @for (name, value) in [("back", &self.back), ("resume", &self.resume), ("kept", &self.kept)] {
                @if !value.is_empty() { (parts::hidden(name, value)) }
            }
        }
    }
}

/// A day for tables.
fn day(day: NaiveDate) -> Markup {
    parts::time(day, crate::calendar::era_date(day))
}

/// 「令和8年…から」 or 「…から…まで」.
fn span(from: NaiveDate, to: Option<NaiveDate>) -> Markup {
    html! { (day(from)) "から" @if let Some(to) = to { (day(to)) "まで" } }
}

/// Units open on a day as options: id and full name.
fn unit_options(tree: &Units, on: NaiveDate) -> Vec<(String, String)> {
    tree.all()
        .iter()
        .filter(|u| u.valid_to.is_none_or(|to| to >= on))
        .map(|u| (u.id.to_string(), tree.full_name(u.id)))
        .collect()
}
