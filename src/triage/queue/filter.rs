//! Which matters a list shows and in which order: read from an address, written back into one, said in words.

use chrono::NaiveDate;

use crate::letters::letter::{Channel, Field, MatterKind};
use crate::letters::matter::State;
use crate::people::Viewer;
use crate::text_enum;
use crate::web::errors::percent;
use crate::web::form::{Fields, parse_urlencoded};

text_enum! {
    /// States that are one thing to do; the value of `state` beside the states' own codes.
    pub enum Stage {
        Open = "open" => "未完結",
        New = "new" => "登録待ち",
        Screening = "screening" => "受理・供覧待ち",
        Assigning = "assigning" => "担当課の割当て待ち",
        Writing = "writing" => "回答案の作成中",
        Overdue = "overdue" => "期限超過",
    }
}

text_enum! {
    /// When a matter is due; the value of `due`. Always open matters.
    pub enum Due {
        Overdue = "overdue" => "期限超過",
        Today = "today" => "今日まで",
        Soon = "soon" => "3日以内",
        Week = "week" => "7日以内",
        Interim = "interim" => "中間回答を考える件",
    }
}

text_enum! {
    /// The order of a list.
    pub enum Sort {
        Newest = "new" => "新しい順",
        DueFirst = "due" => "期限の近い順",
    }
}

/// What `state` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One or more states that are one thing to do.
    Stage(Stage),
    /// One state.
    State(State),
}

impl Standing {
    fn from_code(code: &str) -> Option<Standing> {
        Stage::from_code(code).map(Standing::Stage).or_else(|| State::from_code(code).map(Standing::State))
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Stage(stage) => stage.code(),
            Standing::State(state) => state.code(),
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Stage(stage) => stage.label(),
            Standing::State(state) => state.label(),
        }
    }

    /// The states it stands for; [`None`] for all that are open.
    pub fn states(self) -> Option<Vec<State>> {
        Some(match self {
            Standing::Stage(Stage::Open | Stage::Overdue) => return None,
            Standing::Stage(Stage::New) => vec![State::Received],
            Standing::Stage(Stage::Screening) => vec![State::Registered, State::Accepted],
            Standing::Stage(Stage::Assigning) => vec![State::Circulated, State::ReturnedToCentre],
            Standing::Stage(Stage::Writing) => vec![State::Assigned, State::Drafting, State::Returned],
            Standing::State(state) => vec![state],
        })
    }
}

/// A place in a list, from which the page goes on: the key of a row in the list's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Newest first: letter and matter number.
    Newest(i64, i64),
    /// Due first: the day and the matter's id.
    Due(NaiveDate, i64),
}

impl Key {
    /// As it stands in an address.
    pub fn code(self) -> String {
        match self {
            Key::Newest(letter, no) => format!("{letter}.{no}"),
            Key::Due(day, id) => format!("{day}.{id}"),
        }
    }

    fn from_code(code: &str) -> Option<Key> {
        let (first, second) = code.split_once('.')?;
        let second = second.parse().ok()?;
        match first.parse() {
            Ok(letter) => Some(Key::Newest(letter, second)),
            Err(_) => Some(Key::Due(first.parse().ok()?, second)),
        }
    }
}

/// From where a page is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// The top of the list.
    #[default]
    Top,
    /// What follows this row.
    After(Key),
    /// What stands before this row.
    Before(Key),
}

/// What a list shows. Everything that is not given is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where matters stand.
    pub state: Option<Standing>,
    /// The section that owns or shares them.
    pub unit: Option<i64>,
    /// Words of the letter.
    pub q: String,
    /// When they are due.
    pub due: Option<Due>,
    /// How the letter came.
    pub channel: Option<Channel>,
    /// Kind of matter.
    pub kind: Option<MatterKind>,
    /// Policy field.
    pub field: Option<Field>,
    /// Only those drafted by the viewer.
    pub mine: bool,
    /// Fiscal year of the letter, the western year it begins in.
    pub year: Option<i64>,
    /// Order asked for; see [`Filter::order`].
    pub sort: Option<Sort>,
    /// Rows a page.
    pub size: Size,
}

text_enum! {
    /// Rows a page may have.
    #[derive(Default)]
    pub enum Size {
        #[default]
        Few = "25" => "25件ずつ",
        More = "50" => "50件ずつ",
        Many = "100" => "100件ずつ",
    }
}

impl Size {
    /// The number.
    pub fn rows(self) -> usize {
        match self {
            Size::Few => 25,
            Size::More => 50,
            Size::Many => 100,
        }
    }
}

impl Filter {
    /// From the query of an address. A value that means nothing is left out, as if it had not been given.
    pub fn read(query: &str) -> (Filter, From) {
        let fields = Fields(parse_urlencoded(query.as_bytes()));
        let filter = Filter {
            state: Standing::from_code(fields.text("state")),
            unit: fields.number("unit"),
            q: fields.filled("q").unwrap_or("").chars().take(200).collect(),
            due: Due::from_code(fields.text("due")),
            channel: Channel::from_code(fields.text("channel")),
            kind: MatterKind::from_code(fields.text("kind")),
            field: Field::from_code(fields.text("field")),
            mine: fields.text("mine") == "yes",
            year: fields.number("year").filter(|y| (1868..10_000).contains(y)),
            sort: Sort::from_code(fields.text("sort")),
            size: Size::from_code(fields.text("size")).unwrap_or_default(),
        };
        let order = filter.order();
        let fits = |key: &Key| {
            matches!((key, order), (Key::Newest(..), Sort::Newest) | (Key::Due(..), Sort::DueFirst))
        };
        let key = |name| Key::from_code(fields.text(name)).filter(fits);
        let from = match (key("after"), key("before")) {
            (Some(key), _) => From::After(key),
            (None, Some(key)) => From::Before(key),
            (None, None) => From::Top,
        };
        (filter, from)
    }

    /// The order the list is in. By due day only where everything is open; found by words, the newest stand first.
    pub fn order(&self) -> Sort {
        match self.sort {
            Some(Sort::DueFirst) if self.q.is_empty() && self.open_only() => Sort::DueFirst,
            _ => Sort::Newest,
        }
    }

    /// Whether only open matters are asked for.
    pub fn open_only(&self) -> bool {
        self.due.is_some()
            || self.state.is_some_and(|s| match s {
                Standing::Stage(_) => true,
                Standing::State(state) => state.is_open(),
            })
    }

    /// Whether the letter itself is asked for something, beside its matters.
    pub fn asks_of_letters(&self) -> bool {
        !self.q.is_empty() || self.channel.is_some() || self.year.is_some()
    }

    /// The query of an address that shows this list from its top; the same list always gives the same text.
    pub fn query(&self) -> String {
        let unit = self.unit.map(|u| u.to_string());
        let year = self.year.map(|y| y.to_string());
        let pairs = [
            ("state", self.state.map(Standing::code)),
            ("unit", unit.as_deref()),
            ("q", Some(self.q.as_str()).filter(|q| !q.is_empty())),
            ("due", self.due.map(Due::code)),
            ("channel", self.channel.map(Channel::code)),
            ("kind", self.kind.map(MatterKind::code)),
            ("field", self.field.map(Field::code)),
            ("mine", self.mine.then_some("yes")),
            ("year", year.as_deref()),
            ("sort", self.sort.map(Sort::code)),
            ("size", Some(self.size).filter(|s| *s != Size::default()).map(Size::code)),
        ];
        let given = pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", percent((*value)?))));
        given.collect::<Vec<_>>().join("&")
    }

    /// The address of the list, from its top.
    pub fn path(&self) -> String {
        self.path_from(From::Top)
    }

    /// The address of the list from a place in it.
    pub fn path_from(&self, from: From) -> String {
        let place = match from {
            From::Top => String::new(),
            From::After(key) => format!("after={}", key.code()),
            From::Before(key) => format!("before={}", key.code()),
        };
        let query = [self.query(), place].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("&");
        if query.is_empty() { "/letters".to_owned() } else { format!("/letters?{query}") }
    }
}

/// Whose matters a person may list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole city's.
    City,
    /// Those these units own or share.
    Units(Vec<i64>),
}

impl Scope {
    /// What the viewer's roles allow.
    pub fn of(viewer: &Viewer) -> Scope {
        if viewer.sees_all() { Scope::City } else { Scope::Units(viewer.units()) }
    }

    /// The part of it that a unit owns or shares; a unit outside gives an empty scope.
    #[must_use]
    pub fn narrowed(self, unit: Option<i64>) -> Scope {
        match (self, unit) {
            (scope, None) => scope,
            (Scope::City, Some(unit)) => Scope::Units(vec![unit]),
            (Scope::Units(own), Some(unit)) => Scope::Units(own.into_iter().filter(|u| *u == unit).collect()),
        }
    }
}

/// Days left in words: あと3日, 今日まで, 2日超過.
pub fn days_left(due: NaiveDate, today: NaiveDate) -> String {
    match crate::calendar::days_left(due, today) {
        0 => "今日まで".to_owned(),
        left @ 1.. => format!("あと{left}日"),
        past => format!("{}日超過", -past),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, d).expect("a day")
    }

    #[test]
    fn a_filter_survives_its_own_address() {
        let query = "state=assigned&unit=5&q=%E8%A1%97%E7%81%AF%20%26&channel=fax&kind=request&field=tax&mine=yes&year=2026&sort=new&size=50";
        let (filter, from) = Filter::read(query);
        assert_eq!(from, From::Top);
        assert_eq!(filter.q, "街灯 &");
        assert_eq!(Filter::read(&filter.query()).0, filter);
        assert_eq!(Filter::default().path(), "/letters");
    }

    #[test]
    fn nonsense_in_an_address_asks_for_nothing() {
        let (filter, from) = Filter::read("state=lost&unit=x&due=never&year=1&size=9999&after=%00&before=1");
        assert_eq!((filter, from), (Filter::default(), From::Top));
    }

    #[test]
    fn a_place_in_another_order_is_not_a_place_in_this_one() {
        let (_, from) = Filter::read("state=open&sort=due&after=12.1");
        assert_eq!(from, From::Top);
        let (filter, from) = Filter::read("state=open&sort=due&after=2026-04-03.12");
        assert_eq!(from, From::After(Key::Due(day(3), 12)));
        assert!(filter.path_from(from).ends_with("state=open&sort=due&after=2026-04-03.12"));
    }

    #[test]
    fn days_left_are_said_in_words() {
        assert_eq!(days_left(day(4), day(1)), "あと3日");
        assert_eq!(days_left(day(1), day(1)), "今日まで");
        assert_eq!(days_left(day(1), day(3)), "2日超過");
    }

    #[test]
    fn a_section_cannot_ask_for_the_matters_of_another() {
        let own = Scope::Units(vec![5, 8]);
        assert_eq!(own.clone().narrowed(Some(5)), Scope::Units(vec![5]));
        assert_eq!(own.narrowed(Some(7)), Scope::Units(Vec::new()));
    }
}
