//! Which of the opinions that came in a list shows: read from an address, written back into one. The newest stand first.

use chrono::NaiveDate;

use crate::calendar::parse_date;
use crate::consultations::consultation::ChannelKind;
use crate::consultations::submission::State;
use crate::web::errors::percent;
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::parts::Errors;

/// Longest words looked for, in characters.
const WORDS: usize = 200;

/// What a list shows. Everything that is not given is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where they stand.
    pub state: Option<State>,
    /// How they came.
    pub channel: Option<ChannelKind>,
    /// 受付日.
    pub day: Option<NaiveDate>,
    /// Only what was typed in and nobody compared with the paper.
    pub unchecked: bool,
    /// Only those with a file.
    pub files: bool,
    /// Words of the opinion, or a receipt code.
    pub q: String,
}

/// From where a page is shown: the id of a submission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// The top of the list.
    #[default]
    Top,
    /// What follows this one, older.
    After(i64),
    /// What stands before this one, newer.
    Before(i64),
}

impl Filter {
    /// From the query of an address. A value that means nothing is left out, as if it had not been given.
    pub fn read(query: &str) -> (Filter, From) {
        let fields = Fields(parse_urlencoded(query.as_bytes()));
        let filter = Filter {
            state: State::from_code(fields.text("state")),
            channel: ChannelKind::from_code(fields.text("channel")),
            day: fields.filled("day").and_then(|typed| parse_date(typed).ok()),
            unchecked: fields.text("unchecked") == "yes",
            files: fields.text("files") == "yes",
            q: fields.filled("q").unwrap_or("").chars().take(WORDS).collect(),
        };
        let from = match (fields.number("after"), fields.number("before")) {
            (Some(id), _) => From::After(id),
            (None, Some(id)) => From::Before(id),
            (None, None) => From::Top,
        };
        (filter, from)
    }

    /// The query of an address that shows this list from its top; the same list always gives the same text.
    pub fn query(&self) -> String {
        let day = self.day.map(|day| day.to_string());
        let pairs = [
            ("state", self.state.map(State::code)),
            ("channel", self.channel.map(ChannelKind::code)),
            ("day", day.as_deref()),
            ("unchecked", self.unchecked.then_some("yes")),
            ("files", self.files.then_some("yes")),
            ("q", Some(self.q.as_str()).filter(|q| !q.is_empty())),
        ];
        let given = pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", percent((*value)?))));
        given.collect::<Vec<_>>().join("&")
    }

    /// An address that carries the filter, from the top of the list.
    pub fn path(&self, address: &str) -> String {
        self.path_from(address, From::Top)
    }

    /// The address of the list from a place in it.
    pub fn path_from(&self, address: &str, from: From) -> String {
        let place = match from {
            From::Top => String::new(),
            From::After(id) => format!("after={id}"),
            From::Before(id) => format!("before={id}"),
        };
        let query = [self.query(), place].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("&");
        if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") }
    }
}

/// What of an address cannot be read, for the person who typed it.
pub fn trouble(query: &str) -> Errors {
    let fields = Fields(parse_urlencoded(query.as_bytes()));
    let mut errors = Errors::default();
    if let Some(Err(why)) = fields.filled("day").map(parse_date) {
        errors.add("day", why.to_string());
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_own_address() {
        let query =
            "state=late&channel=fax&day=2027-01-08&unchecked=yes&files=yes&q=%E8%A1%97%E7%81%AF%20%26";
        let (filter, from) = Filter::read(query);
        assert_eq!((from, filter.q.as_str()), (From::Top, "街灯 &"));
        assert_eq!(filter.query(), query);
        assert_eq!(Filter::default().path("/list"), "/list");
        assert_eq!(Filter::default().path_from("/list", From::After(7)), "/list?after=7");
        assert!(filter.path_from("/list", From::Before(7)).ends_with("&before=7"));
    }

    #[test]
    fn a_day_may_be_typed_in_any_way_and_has_one_address() {
        let days = ["2027-01-08", "%E4%BB%A4%E5%92%8C9%E5%B9%B41%E6%9C%888%E6%97%A5", "R9.1.8"];
        for typed in days {
            assert_eq!(Filter::read(&format!("day={typed}")).0.query(), "day=2027-01-08", "{typed}");
        }
    }

    #[test]
    fn nonsense_in_an_address_asks_for_nothing() {
        let (filter, from) = Filter::read("state=lost&channel=x&day=never&unchecked=1&after=%00&before=x");
        assert_eq!((filter, from), (Filter::default(), From::Top));
    }
}
