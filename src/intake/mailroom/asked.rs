//! Which mails a list of the mailroom shows: from the address of the page and back into one.

use chrono::NaiveDate;

use crate::calendar;
use crate::intake::mail::incoming::{Reason, Source, Standing, State};
use crate::intake::mail::store::Filter;
use crate::web::errors::percent;
use crate::web::form::{Fields, parse_urlencoded};

/// What a list was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Standing there.
    pub state: Option<State>,
    /// For this reason.
    pub reason: Option<Reason>,
    /// Come this way.
    pub source: Option<Source>,
    /// By such a person, seen from its letter.
    pub standing: Option<Standing>,
    /// The day as it was typed.
    pub day: String,
    /// Those a person was done with too.
    pub all: bool,
    /// A few as chance picks them instead of the newest.
    pub sample: bool,
    /// Those that came before this mail.
    pub before: Option<String>,
}

impl Asked {
    /// From the query of an address; what means nothing asks for nothing.
    pub fn read(query: &str) -> Asked {
        let fields = Fields(parse_urlencoded(query.as_bytes()));
        Asked {
            state: State::from_code(fields.text("state")),
            reason: Reason::from_code(fields.text("reason")),
            source: Source::from_code(fields.text("source")),
            standing: Standing::from_code(fields.text("standing")),
            day: fields.filled("on").unwrap_or_default().to_owned(),
            all: fields.text("all") == "yes",
            sample: fields.text("sample") == "yes",
            before: fields.filled("before").map(str::to_owned),
        }
    }

    /// Mails that stand somewhere, those nobody is done with.
    pub fn of(state: State) -> Asked {
        Asked { state: Some(state), ..Asked::default() }
    }

    /// Mails of strangers on letters.
    pub fn strangers() -> Asked {
        Asked { state: Some(State::Message), standing: Some(Standing::Other), ..Asked::default() }
    }

    /// The mails of a day that stand somewhere; all of that day without a state.
    pub fn on(day: NaiveDate, state: Option<State>) -> Asked {
        Asked { state, day: day.to_string(), all: true, ..Asked::default() }
    }

    /// The day, if one can be read from what was typed.
    pub fn day(&self) -> Option<NaiveDate> {
        calendar::parse_date(&self.day).ok()
    }

    /// Whether a day was typed that is none.
    pub fn day_is_wrong(&self) -> bool {
        !self.day.is_empty() && self.day().is_none()
    }

    /// Whether this list is of work: a person can be done with its mails, and those are left out.
    pub fn is_work(&self) -> bool {
        matches!(self.state, Some(State::Exception | State::Spam)) || self.standing == Some(Standing::Other)
    }

    /// For the store.
    pub fn filter(&self) -> Filter {
        Filter {
            state: self.state,
            reason: self.reason,
            source: self.source,
            standing: self.standing,
            on: self.day(),
            unsettled: self.is_work() && !self.all,
        }
    }

    /// The address of the list, from the top.
    pub fn path(&self) -> String {
        let mut query: Vec<String> = [
            ("state", self.state.map(State::code)),
            ("reason", self.reason.map(Reason::code)),
            ("source", self.source.map(Source::code)),
            ("standing", self.standing.map(Standing::code)),
            ("on", Some(self.day.as_str()).filter(|day| !day.is_empty())),
            ("all", self.all.then_some("yes")),
            ("sample", self.sample.then_some("yes")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", percent(value?))))
        .collect();
        query.sort();
        match query.as_slice() {
            [] => "/mailroom/mails".to_owned(),
            parts => format!("/mailroom/mails?{}", parts.join("&")),
        }
    }

    /// The address of what came before a mail.
    pub fn path_before(&self, id: &str) -> String {
        let path = self.path();
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}before={id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_what_its_list_shows() {
        let asked = Asked {
            reason: Some(Reason::Empty),
            source: Some(Source::Imap),
            all: true,
            day: "R8.4.1".to_owned(),
            ..Asked::of(State::Exception)
        };
        let query = asked.path().split_once('?').expect("a query").1.to_owned();
        assert_eq!(Asked::read(&query), asked);
        assert_eq!(asked.filter().on, NaiveDate::from_ymd_opt(2026, 4, 1));
        assert_eq!(Asked::default().path(), "/mailroom/mails");
        assert_eq!(Asked::read("state=nonsense&on=&before="), Asked::default());
    }

    #[test]
    fn what_a_person_was_done_with_leaves_the_lists_of_work_and_no_other() {
        assert!(Asked::of(State::Exception).filter().unsettled);
        assert!(Asked::of(State::Spam).filter().unsettled);
        assert!(Asked::strangers().filter().unsettled);
        assert!(!Asked::of(State::Letter).filter().unsettled && !Asked::default().filter().unsettled);
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
        assert!(!Asked::on(day, Some(State::Exception)).filter().unsettled, "the sums of a day count all");
    }

    #[test]
    fn a_day_that_is_none_is_said_and_filters_nothing() {
        let asked = Asked { day: "きのう".to_owned(), ..Asked::default() };
        assert!(asked.day_is_wrong() && asked.filter().on.is_none());
    }
}
