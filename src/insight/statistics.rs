//! The figures of a fiscal year or a month, each with the rule by which it was counted; a rule stands beside
//! its query, hence the length.

use chrono::NaiveDate;
use diesel::Queryable;

use super::store::{self, Counts};
use crate::calendar::{FiscalYear, REPLY_DAYS};
use crate::db::Db;
use crate::error::Result;
use crate::letters::letter::{AgeBand, Channel, District, Field, LetterState, MatterKind};
use crate::letters::matter::Outcome;
use crate::web::form::{Fields, parse_urlencoded};

/// Days of receipt, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The fiscal year.
    pub year: FiscalYear,
    /// The month, if only one is asked for.
    pub month: Option<u32>,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
}

impl Period {
    /// A whole fiscal year.
    pub fn of_year(year: FiscalYear) -> Period {
        Period { year, month: None, first: year.first_day(), last: year.last_day() }
    }

    /// From the query of an address; the running fiscal year when nothing sensible is asked for.
    pub fn read(query: &str, today: NaiveDate) -> Period {
        let fields = Fields(parse_urlencoded(query.as_bytes()));
        let year = fields
            .number("year")
            .and_then(|y| i32::try_from(y).ok())
            .filter(|y| (1989..3000).contains(y))
            .map_or(FiscalYear::of(today), FiscalYear);
        let month =
            fields.number("month").and_then(|m| u32::try_from(m).ok()).filter(|m| (1..=12).contains(m));
        let whole = Period::of_year(year);
        let Some(month) = month else { return whole };
        let calendar_year = if month >= 4 { year.0 } else { year.0 + 1 };
        let next = if month == 12 { (calendar_year + 1, 1) } else { (calendar_year, month + 1) };
        let first = NaiveDate::from_ymd_opt(calendar_year, month, 1);
        let last = NaiveDate::from_ymd_opt(next.0, next.1, 1).and_then(|d| d.pred_opt());
        match (first, last) {
            (Some(first), Some(last)) => Period { month: Some(month), first, last, ..whole },
            _ => whole,
        }
    }

    /// 令和8年度, 令和8年度 5月.
    pub fn label(&self) -> String {
        match self.month {
            Some(month) => format!("{} {month}月", self.year.label()),
            None => self.year.label(),
        }
    }

    /// As it stands in an address.
    pub fn query(&self) -> String {
        match self.month {
            Some(month) => format!("year={}&month={month}", self.year.0),
            None => format!("year={}", self.year.0),
        }
    }
}

/// What one row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 通.
    Letters,
    /// 件.
    Matters,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Figures {
    /// In addresses and file names.
    pub code: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// How, in words.
    pub rule: String,
    /// Label and number; labels without any number are shown too where the list is a closed one.
    pub rows: Vec<(String, i64)>,
    /// What the shares are of; with [`Figures::sums`] also what the rows add up to.
    pub whole: i64,
    /// Whether the rows add up to the whole, by the rule.
    pub sums: bool,
}

impl Figures {
    /// The rows' sum.
    pub fn total(&self) -> i64 {
        self.rows.iter().map(|(_, n)| n).sum()
    }
}

/// A matter that is past the thirtieth day.
#[derive(Clone, Debug, Queryable)]
pub struct Late {
    /// `letter.id`.
    pub letter_id: i64,
    /// Its number in the letter.
    pub no: i64,
    /// Year of the register.
    pub fiscal_year: i64,
    /// Number in it.
    pub register_no: Option<i64>,
    /// The thirtieth day.
    pub statutory_due_on: NaiveDate,
    /// The section.
    pub unit: Option<String>,
}

/// How long replies took, in days from the day of receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyTimes {
    /// Matters replied to.
    pub replied: i64,
    /// Of them within thirty days.
    pub in_time: i64,
    /// Not replied to although the thirty days are over.
    pub overdue: i64,
    /// Half took no longer than this.
    pub median: Option<i64>,
    /// Nine of ten took no longer than this.
    pub ninetieth: Option<i64>,
}

impl ReplyTimes {
    /// From the days each took. Percentiles are by nearest rank: a number of days that really occurred.
    /// `overdue` are those that are still waited for.
    pub fn of(mut days: Vec<i64>, overdue: i64) -> ReplyTimes {
        days.sort_unstable();
        let rank = |share: usize| days.get((days.len() * share).div_ceil(100).saturating_sub(1)).copied();
        let limit = i64::try_from(REPLY_DAYS).unwrap_or(i64::MAX);
        let in_time = days.iter().filter(|d| **d <= limit).count();
        ReplyTimes {
            replied: i64::try_from(days.len()).unwrap_or(i64::MAX),
            in_time: i64::try_from(in_time).unwrap_or(i64::MAX),
            overdue,
            median: rank(50),
            ninetieth: rank(90),
        }
    }

    /// What the share within thirty days is of: who still waits beyond them counts as not in time.
    pub fn due(&self) -> i64 {
        self.replied + self.overdue
    }
}

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// The days.
    pub period: Period,
    /// Letters received.
    pub letters: i64,
    /// Of them closed.
    pub closed: i64,
    /// Of them by the web form.
    pub web: i64,
    /// Their matters.
    pub matters: i64,
    /// Of them out for the public.
    pub published: i64,
    /// Reply times.
    pub replies: ReplyTimes,
    /// Past the thirtieth day and without a reply.
    pub late: Vec<Late>,
    /// The tables.
    pub tables: Vec<Figures>,
}

/// Late matters shown.
const LATE: i64 = 50;

/// The figures of a period.
pub fn statistics(db: &mut Db, period: Period, today: NaiveDate) -> Result<Statistics> {
    let channels = store::channels(db, period)?;
    let letters: i64 = channels.iter().map(|(_, n)| n).sum();
    let (matters, fielded, published) = store::matters(db, period)?;
    let letter_rule = "手紙1通を1と数えます。受付日で年度と月に分けます。".to_owned();
    let matter_rule =
        "1通に複数の用件があるときは、件ごとに1と数えます。受付日で年度と月に分けます。".to_owned();
    let table = |code, title, unit, rule: &str, rows, whole, sums| Figures {
        code,
        title,
        unit,
        rule: rule.to_owned(),
        rows,
        whole,
        sums,
    };
    let pick = |counts: &Counts, code: &str| {
        counts.iter().filter(|(c, _)| c.as_deref() == Some(code)).map(|(_, n)| n).sum::<i64>()
    };
    let states = store::letter_states(db, period)?;
    let replies = store::replies(db, period)?;
    let days = replies.iter().map(|(received, at)| (at.tokyo_day() - *received).num_days()).collect();
    let web = pick(&channels, Channel::WebForm.code());
    let field_rule = format!(
        "{matter_rule}1件に複数の分野があるときは、それぞれの分野に数えます。このため、分野の合計は件数や手紙の数より多くなることがあります(分野の付いた件 {fielded}件)。"
    );
    let yes_no = |counts: Vec<(bool, i64)>, yes: &str, no: &str| {
        let of = |want: bool| counts.iter().filter(|(v, _)| *v == want).map(|(_, n)| n).sum::<i64>();
        vec![(yes.to_owned(), of(true)), (no.to_owned(), of(false))]
    };
    let mut field_rows = coded(&store::fields(db, period)?, Field::ALL.iter().map(|f| (f.code(), f.label())));
    if matters > fielded {
        field_rows.push(("(分野がまだない件)".to_owned(), matters - fielded));
    }
    let units = store::units(db, period)?
        .into_iter()
        .map(|(name, n)| (name.unwrap_or_else(|| "(担当課がまだない件)".to_owned()), n))
        .collect();
    let boxes: Vec<(String, i64)> =
        store::boxes(db, period)?.into_iter().filter_map(|(name, n)| Some((name?, n))).collect();
    let boxed = boxes.iter().map(|(_, n)| n).sum();
    use Unit::{Letters, Matters};
    let tables = vec![
        table(
            "state",
            "完結と未完結",
            Letters,
            &letter_rule,
            coded(&states, LetterState::ALL.iter().map(|s| (s.code(), s.label()))),
            letters,
            true,
        ),
        table(
            "channel",
            "受付経路",
            Letters,
            &letter_rule,
            coded(&channels, Channel::ALL.iter().map(|c| (c.code(), c.label()))),
            letters,
            true,
        ),
        table(
            "kind",
            "種類",
            Matters,
            &matter_rule,
            coded(&store::kinds(db, period)?, MatterKind::ALL.iter().map(|k| (k.code(), k.label()))),
            matters,
            true,
        ),
        table("field", "分野", Matters, &field_rule, field_rows, matters, false),
        table(
            "unit",
            "担当課",
            Matters,
            &format!("{matter_rule}関係課ではなく、担当課に数えます。"),
            units,
            matters,
            true,
        ),
        table(
            "outcome",
            "結果",
            Matters,
            &matter_rule,
            coded(&store::outcomes(db, period)?, Outcome::ALL.iter().map(|o| (o.code(), o.label()))),
            matters,
            true,
        ),
        table(
            "age",
            "年代",
            Letters,
            &letter_rule,
            coded(&store::age_bands(db, period)?, AgeBand::ALL.iter().map(|a| (a.code(), a.label()))),
            letters,
            true,
        ),
        table(
            "district",
            "地区",
            Letters,
            &letter_rule,
            coded(&store::districts(db, period)?, District::ALL.iter().map(|d| (d.code(), d.label()))),
            letters,
            true,
        ),
        table(
            "anonymous",
            "記名と匿名",
            Letters,
            &letter_rule,
            yes_no(store::anonymous(db, period)?, "匿名", "記名"),
            letters,
            true,
        ),
        table(
            "reply",
            "回答の希望",
            Letters,
            &letter_rule,
            yes_no(store::reply_wanted(db, period)?, "希望する", "希望しない"),
            letters,
            true,
        ),
        table(
            "publish",
            "公表の希望",
            Letters,
            &letter_rule,
            yes_no(store::publish_ok(db, period)?, "公表してよい", "公表しない"),
            letters,
            true,
        ),
        table(
            "box",
            "投書箱の場所",
            Letters,
            &format!("{letter_rule}投書箱に入れられた手紙だけを数えます。"),
            boxes,
            boxed,
            true,
        ),
    ];
    Ok(Statistics {
        period,
        letters,
        closed: pick(&states, LetterState::Closed.code()),
        web,
        matters,
        published,
        replies: ReplyTimes::of(days, store::count_late(db, period, today)?),
        late: store::late(db, period, today, LATE)?,
        tables,
    })
}

/// Numbers of a closed list of codes, in its order; what has no code or an unknown one comes last, so that nothing is
/// dropped from a sum.
fn coded<'a>(counts: &Counts, codes: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, i64)> {
    let mut left: i64 = counts.iter().map(|(_, n)| n).sum();
    let mut rows: Vec<(String, i64)> = codes
        .map(|(code, label)| {
            let n = counts.iter().filter(|(c, _)| c.as_deref() == Some(code)).map(|(_, n)| n).sum::<i64>();
            left -= n;
            (label.to_owned(), n)
        })
        .collect();
    if left > 0 {
        rows.push(("(まだ決まっていない・記入なし)".to_owned(), left));
    }
    rows
}

/// A share in per cent, one place, rounded half up: `12.5%`; a dash of nothing.
pub fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "—".to_owned();
    }
    let tenths = (part * 2000 + whole) / (whole * 2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Fiscal years to choose from: the running one and five before it.
pub fn years(today: NaiveDate) -> Vec<FiscalYear> {
    (0..6).map(|back| FiscalYear(FiscalYear::of(today).0 - back)).collect()
}

/// The months of a fiscal year, April first.
pub fn months() -> impl Iterator<Item = u32> {
    (4..=12).chain(1..=3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("a day")
    }

    #[test]
    fn january_of_a_fiscal_year_lies_in_the_next_western_year() {
        let january = Period::read("year=2026&month=1", day(2026, 5, 1));
        assert_eq!((january.first, january.last), (day(2027, 1, 1), day(2027, 1, 31)));
        assert_eq!(january.label(), "令和8年度 1月");
        let december = Period::read("year=2026&month=12", day(2026, 5, 1));
        assert_eq!((december.first, december.last), (day(2026, 12, 1), day(2026, 12, 31)));
        assert_eq!(Period::read("year=x&month=13", day(2027, 3, 31)), Period::of_year(FiscalYear(2026)));
    }

    #[test]
    fn half_the_replies_took_no_longer_than_the_median() {
        let times = ReplyTimes::of(vec![40, 3, 30, 31, 5, 6, 7, 8, 9, 10], 6);
        let expected =
            ReplyTimes { replied: 10, in_time: 8, overdue: 6, median: Some(8), ninetieth: Some(31) };
        assert_eq!(times, expected);
        assert_eq!(ReplyTimes::of(Vec::new(), 0), ReplyTimes::default());
    }

    #[test]
    fn shares_are_rounded_half_up_and_of_nothing_there_is_none() {
        assert_eq!(share(1, 3), "33.3%");
        assert_eq!(share(2, 3), "66.7%");
        assert_eq!(share(1, 16), "6.3%");
        assert_eq!(share(7, 7), "100.0%");
        assert_eq!(share(0, 0), "—");
    }
}
