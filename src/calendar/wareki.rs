//! Era dates (和暦): printing them, and reading the dates people type in whatever form they are used to.

use chrono::{Datelike, NaiveDate, Weekday};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// An era of the Japanese calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    /// `令和`
    pub name: &'static str,
    /// `R`
    pub letter: char,
    /// Western year, month and day of its first day.
    first: (i32, u32, u32),
    /// Western year, month and day of its last day; `None` while it lasts.
    last: Option<(i32, u32, u32)>,
}

/// Newest first. Meiji begins where the Gregorian calendar does, in 明治6年.
const ERAS: [Era; 5] = [
    Era { name: "令和", letter: 'R', first: (2019, 5, 1), last: None },
    Era { name: "平成", letter: 'H', first: (1989, 1, 8), last: Some((2019, 4, 30)) },
    Era { name: "昭和", letter: 'S', first: (1926, 12, 25), last: Some((1989, 1, 7)) },
    Era { name: "大正", letter: 'T', first: (1912, 7, 30), last: Some((1926, 12, 24)) },
    Era { name: "明治", letter: 'M', first: (1868, 1, 1), last: Some((1912, 7, 29)) },
];

/// The era and the year in it; `None` before 1873, when the calendar was another.
pub fn era_year(day: NaiveDate) -> Option<(Era, i32)> {
    if day.year() < 1873 {
        return None;
    }
    let ymd = (day.year(), day.month(), day.day());
    ERAS.iter().find(|era| era.first <= ymd).map(|era| (*era, day.year() - era.first.0 + 1))
}

/// The full date: `令和8年(2026年)4月1日(水)`; before the eras `1870年4月1日(金)`.
pub fn era_date(day: NaiveDate) -> String {
    let western = day.year();
    match era_year(day) {
        Some((era, 1)) => format!("{}元年({western}年){}", era.name, short_date(day)),
        Some((era, year)) => format!("{}{year}年({western}年){}", era.name, short_date(day)),
        None => format!("{western}年{}", short_date(day)),
    }
}

/// The date within a year everyone knows: `4月1日(水)`.
pub fn short_date(day: NaiveDate) -> String {
    let weekday = match day.weekday() {
        Weekday::Mon => '月',
        Weekday::Tue => '火',
        Weekday::Wed => '水',
        Weekday::Thu => '木',
        Weekday::Fri => '金',
        Weekday::Sat => '土',
        Weekday::Sun => '日',
    };
    format!("{}月{}日({weekday})", day.month(), day.day())
}

/// Why a typed date could not be read. Shown as a Japanese sentence that says what to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateTrouble {
    /// Nothing was typed.
    Empty,
    /// Not in any form known here.
    Unreadable,
    /// Year, month and day were read, but there is no such day: as read.
    NoSuchDay(String),
    /// The era had ended, or not begun, on that day: the era and the day's real name.
    OtherEra(&'static str, String),
}

impl fmt::Display for DateTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("日付を入力してください。例:令和8年4月1日、2026年4月1日"),
            Self::Unreadable => f.write_str(
                "日付を読み取れませんでした。年・月・日を入力してください。例:令和8年4月1日、2026/4/1",
            ),
            Self::NoSuchDay(read) => {
                write!(f, "{read}という日はありません。月と日をお確かめください。例:令和8年4月1日")
            }
            Self::OtherEra(era, real) => {
                write!(
                    f,
                    "その日は{era}ではありません。「{real}」のことでしたら、そのように入力してください。"
                )
            }
        }
    }
}

impl std::error::Error for DateTrouble {}

/// Reads a date as people type it: `2026-04-01`, `2026/4/1`, `2026.4.1`, `20260401`, `2026年4月1日`, `令和8年4月1日`,
/// `R8.4.1`, `令和元年5月1日`, `令和八年四月一日`, and what [`era_date`] prints; any width, blanks anywhere.
pub fn parse_date(typed: &str) -> Result<NaiveDate, DateTrouble> {
    let text = plain(typed);
    if text.is_empty() {
        return Err(DateTrouble::Empty);
    }
    let (era, rest) = split_era(&text);
    let (year, month, day) = three_numbers(rest, era.is_none()).ok_or(DateTrouble::Unreadable)?;
    let Some(era) = era else {
        if !(1000..=9999).contains(&year) {
            return Err(DateTrouble::Unreadable);
        }
        return NaiveDate::from_ymd_opt(year, month, day)
            .ok_or_else(|| DateTrouble::NoSuchDay(format!("{year}年{month}月{day}日")));
    };
    let date = Some(year)
        .filter(|year| (1..=999).contains(year))
        .and_then(|year| NaiveDate::from_ymd_opt(era.first.0 + year - 1, month, day))
        .ok_or_else(|| DateTrouble::NoSuchDay(format!("{}{year}年{month}月{day}日", era.name)))?;
    match era_year(date) {
        Some((real, _)) if real == era => Ok(date),
        _ => Err(DateTrouble::OtherEra(era.name, era_date(date))),
    }
}

/// Half width, no blanks, no remarks in brackets such as the weekday.
fn plain(typed: &str) -> String {
    let mut depth = 0_u32;
    typed
        .nfkc()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .filter(|c| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

fn split_era(text: &str) -> (Option<Era>, &str) {
    for era in ERAS {
        let rest = text
            .strip_prefix(era.name)
            .or_else(|| text.strip_prefix(era.letter))
            .or_else(|| text.strip_prefix(era.letter.to_ascii_lowercase()));
        if let Some(rest) = rest {
            return (Some(era), rest.strip_prefix('.').unwrap_or(rest));
        }
    }
    (None, text.strip_prefix("西暦").unwrap_or(text))
}

/// Year, month, day, separated by anything that people put there.
fn three_numbers(text: &str, western: bool) -> Option<(i32, u32, u32)> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && text.len() == if western { 8 } else { 6 } {
        let (year, rest) = text.split_at(text.len() - 4);
        let (month, day) = rest.split_at(2);
        return Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?));
    }
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(|c: char| "年月-/.,‐‑–—―−ー、・".contains(c));
    let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    Some((i32::try_from(year).ok()?, month, day))
}

/// `8`, `08`, `元`, `八`, `二十六`, `二〇二六`.
fn number(text: &str) -> Option<u32> {
    if text == "元" {
        return Some(1);
    }
    if text.is_empty() || text.chars().count() > 4 {
        return None;
    }
    let (mut total, mut digits) = (0, None);
    for c in text.chars() {
        if c == '十' {
            total += digits.take().unwrap_or(1) * 10;
        } else {
            let digit = match c {
                '〇' | '零' => 0,
                _ => c.to_digit(10).or_else(|| {
                    "一二三四五六七八九"
                        .chars()
                        .position(|k| k == c)
                        .and_then(|at| u32::try_from(at + 1).ok())
                })?,
            };
            digits = Some(digits.unwrap_or(0) * 10 + digit);
        }
    }
    Some(total + digits.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn dates_are_printed_with_era_and_western_year_and_weekday() {
        assert_eq!(era_date(day(2026, 4, 1)), "令和8年(2026年)4月1日(水)");
        assert_eq!(era_date(day(2019, 4, 30)), "平成31年(2019年)4月30日(火)");
        assert_eq!(era_date(day(2019, 5, 1)), "令和元年(2019年)5月1日(水)");
        assert_eq!(era_date(day(1989, 1, 7)), "昭和64年(1989年)1月7日(土)");
        assert_eq!(era_date(day(1989, 1, 8)), "平成元年(1989年)1月8日(日)");
        assert_eq!(short_date(day(2015, 10, 2)), "10月2日(金)");
    }

    #[test]
    fn every_usual_way_of_typing_a_date_is_read() {
        for typed in [
            "2026-04-01",
            "2026/4/1",
            "2026.4.1",
            "20260401",
            "2026年4月1日",
            "西暦2026年4月1日",
            "令和8年4月1日",
            "令和８年４月１日",
            "令和 8年 4月 1日",
            "　R8.4.1 ",
            "r8/4/1",
            "Ｒ８－０４－０１",
            "R080401",
            "R.8.4.1",
            "㋿8年4月1日",
            "令和八年四月一日",
            "二〇二六年四月一日",
            "令和8年(2026年)4月1日(水)",
            "２０２６年４月１日（水）",
        ] {
            assert_eq!(parse_date(typed), Ok(day(2026, 4, 1)), "{typed}");
        }
        assert_eq!(parse_date("令和元年5月1日"), Ok(day(2019, 5, 1)));
        assert_eq!(parse_date("平成31年4月30日"), Ok(day(2019, 4, 30)));
        assert_eq!(parse_date("昭和二十六年十二月三十一日"), Ok(day(1951, 12, 31)));
        assert_eq!(parse_date("S21.3.9"), Ok(day(1946, 3, 9)));
        assert_eq!(parse_date("T15.12.24"), Ok(day(1926, 12, 24)));
    }

    #[test]
    fn a_date_past_its_era_is_answered_with_its_real_name() {
        let trouble = parse_date("平成31年5月1日").unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "その日は平成ではありません。「令和元年(2019年)5月1日(水)」のことでしたら、そのように入力してください。"
        );
    }

    #[test]
    fn what_is_not_a_date_is_said_in_plain_words() {
        assert_eq!(parse_date(" 　"), Err(DateTrouble::Empty));
        assert_eq!(parse_date("2026-02-30"), Err(DateTrouble::NoSuchDay("2026年2月30日".to_owned())));
        for typed in ["きのう", "4月1日", "2026-04", "2026-04-01-02", "8年4月1日", "令和", "99999999999-1-1"]
        {
            assert_eq!(parse_date(typed), Err(DateTrouble::Unreadable), "{typed}");
        }
        assert!(matches!(parse_date("令和0年4月1日"), Err(DateTrouble::NoSuchDay(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_printed_can_be_typed_back(days in 0..90_000_i64) {
            let date = day(1873, 1, 1) + chrono::TimeDelta::days(days);
            prop_assert_eq!(parse_date(&era_date(date)), Ok(date));
        }

        #[test]
        fn no_input_panics(typed in "\\PC{0,20}", mess in "[0-9年月日令和元RS十百/.()-]{0,12}") {
            let _ = (parse_date(&typed), parse_date(&mess));
        }
    }
}
