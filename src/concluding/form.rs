//! The form of a result: the decision, where the texts are, other changes, promises.

use chrono::NaiveDate;

use crate::calendar::{DateTrouble, era_date, parse_date};
use crate::consultations::consultation::Decision;
use crate::opinions::result::content::{OtherChange, Promise};
use crate::opinions::result::store::Draft;
use crate::text::input::{char_count, multi_line, single_line};
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// Longest text of a field of several lines, in characters.
pub const TEXT_LIMIT: usize = 4_000;

/// Longest line, in characters.
pub const LINE_LIMIT: usize = 300;

fn day(fields: &Fields, name: &'static str, errors: &mut Errors) -> Option<NaiveDate> {
    let typed = fields.filled(name)?;
    parse_date(typed).map_err(|why| errors.add(name, why.to_string())).ok()
}

fn text(typed: &str, name: &'static str, limit: usize, errors: &mut Errors) -> String {
    let text = multi_line(typed).text.trim().to_owned();
    let count = char_count(&text);
    if count > limit {
        errors.add(name, format!("{limit}字までにしてください。いまは{count}字あります。"));
    }
    text
}

/// What the form says.
///
/// # Errors
/// What cannot be read, by field.
pub fn read(fields: &Fields, today: NaiveDate) -> Result<Draft, Errors> {
    let mut errors = Errors::default();
    let line = |name: &str| single_line(fields.text(name)).text.trim().to_owned();
    let draft = Draft {
        decision: Decision::from_code(fields.text("decision")),
        decided_on: day(fields, "decided_on", &mut errors),
        decision_note: text(fields.text("decision_note"), "decision_note", TEXT_LIMIT, &mut errors),
        reconsult_id: fields.number("reconsult"),
        final_place: line("final_place"),
        originals_place: line("originals_place"),
        publish_on: day(fields, "publish_on", &mut errors),
        change_note: text(fields.text("change_note"), "change_note", TEXT_LIMIT, &mut errors),
        changes: changes(fields, &mut errors),
        promises: promises(fields, today, &mut errors),
        version: fields.number("version").unwrap_or(0),
    };
    for (name, value) in [("final_place", &draft.final_place), ("originals_place", &draft.originals_place)] {
        if char_count(value) > LINE_LIMIT {
            errors.add(name, format!("{LINE_LIMIT}字までにしてください。"));
        }
    }
    if draft.publish_on.is_some_and(|day| day < today) {
        errors.add("publish_on", "公表する日が過ぎています。空けておくと、決裁のあとすぐに公表します。");
    }
    if errors.is_empty() { Ok(draft) } else { Err(errors) }
}

/// Every value of a repeated field, empty ones too: the rows of a group stand beside each other by their place.
pub fn each<'a>(fields: &'a Fields, name: &str) -> Vec<&'a str> {
    fields.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
}

/// Rows of a repeated field group, those left wholly empty dropped.
fn rows<const N: usize>(fields: &Fields, names: [&str; N]) -> Vec<[String; N]> {
    let columns = names.map(|name| each(fields, name));
    let many = columns.iter().map(Vec::len).max().unwrap_or(0);
    (0..many)
        .map(|at| std::array::from_fn(|n| columns[n].get(at).map_or(String::new(), |t| (*t).to_owned())))
        .filter(|row: &[String; N]| row.iter().any(|t| !t.trim().is_empty()))
        .collect()
}

fn changes(fields: &Fields, errors: &mut Errors) -> Vec<OtherChange> {
    rows(fields, ["change_place[]", "change_old[]", "change_new[]", "change_reason[]"])
        .into_iter()
        .map(|[place, old, new, reason]| OtherChange {
            place: single_line(&place).text.trim().to_owned(),
            old_text: text(&old, "change_old[]", TEXT_LIMIT, errors),
            new_text: text(&new, "change_new[]", TEXT_LIMIT, errors),
            reason: text(&reason, "change_reason[]", TEXT_LIMIT, errors),
        })
        .collect()
}

fn promises(fields: &Fields, today: NaiveDate, errors: &mut Errors) -> Vec<Promise> {
    let mut promises = Vec::new();
    for [body, due, report, reported] in
        rows(fields, ["promise[]", "promise_due[]", "promise_report[]", "promise_reported[]"])
    {
        let body = text(&body, "promise[]", TEXT_LIMIT, errors);
        let report = text(&report, "promise_report[]", TEXT_LIMIT, errors);
        if body.is_empty() {
            errors.add("promise[]", "行うことを入力してください。");
        }
        let due_on = match parse_date(&due) {
            Ok(day) => day,
            Err(why) => {
                errors.add("promise_due[]", format!("いつまでに行うか: {why}"));
                today
            }
        };
        let reported_on = match parse_date(&reported) {
            _ if report.is_empty() => None,
            Ok(day) => Some(day),
            Err(DateTrouble::Empty) => Some(today),
            Err(why) => {
                errors.add("promise_reported[]", format!("報告した日: {why}"));
                Some(today)
            }
        };
        promises.push(Promise { body, due_on, report, reported_on });
    }
    promises
}

/// A draft as fields, for showing it.
pub fn fields_of(draft: &Draft) -> Fields {
    let day = |day: Option<NaiveDate>| day.map(era_date).unwrap_or_default();
    let mut all: Vec<(String, String)> = vec![
        ("version".to_owned(), draft.version.to_string()),
        ("decision".to_owned(), draft.decision.map_or("", Decision::code).to_owned()),
        ("decided_on".to_owned(), day(draft.decided_on)),
        ("decision_note".to_owned(), draft.decision_note.clone()),
        ("reconsult".to_owned(), draft.reconsult_id.map(|id| id.to_string()).unwrap_or_default()),
        ("final_place".to_owned(), draft.final_place.clone()),
        ("originals_place".to_owned(), draft.originals_place.clone()),
        ("publish_on".to_owned(), day(draft.publish_on)),
        ("change_note".to_owned(), draft.change_note.clone()),
    ];
    let mut add = |name: &str, value: String| all.push((name.to_owned(), value));
    for change in &draft.changes {
        add("change_place[]", change.place.clone());
        add("change_old[]", change.old_text.clone());
        add("change_new[]", change.new_text.clone());
        add("change_reason[]", change.reason.clone());
    }
    for promise in &draft.promises {
        add("promise[]", promise.body.clone());
        add("promise_due[]", era_date(promise.due_on));
        add("promise_report[]", promise.report.clone());
        add("promise_reported[]", day(promise.reported_on));
    }
    Fields(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back_and_empty_rows_are_dropped() {
        let day = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let draft = Draft {
            decision: Some(Decision::NotAdopted),
            decided_on: Some(day),
            decision_note: "財源の見通しが立たないためです。".to_owned(),
            changes: vec![OtherChange { place: "第1章".to_owned(), ..OtherChange::default() }],
            promises: vec![Promise {
                body: "別の案を作ります。".to_owned(),
                due_on: day,
                report: String::new(),
                reported_on: None,
            }],
            ..Draft::default()
        };
        let mut fields = fields_of(&draft);
        assert_eq!(fields.text("decided_on"), "令和8年(2026年)6月1日(月)");
        assert_eq!(fields.text("promise_due[]"), "令和8年(2026年)6月1日(月)");
        fields.0.push(("promise[]".to_owned(), "  ".to_owned()));
        fields.0.push(("promise_due[]".to_owned(), String::new()));
        assert_eq!(read(&fields, day).ok(), Some(draft));
    }

    #[test]
    fn a_day_of_report_that_cannot_be_read_is_told_and_an_empty_one_is_today() {
        let today = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let with = |reported: &str| {
            let fields = [
                ("promise[]", "別の案を作ります。"),
                ("promise_due[]", "R8.6.1"),
                ("promise_report[]", "作りました。"),
                ("promise_reported[]", reported),
            ];
            read(&Fields(fields.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()), today)
        };
        assert!(with("きのう").is_err_and(|e| e.of("promise_reported[]").is_some()));
        assert_eq!(with("").map(|d| d.promises[0].reported_on).ok(), Some(Some(today)));
        let typed = with("２０２６年５月３１日").map(|d| d.promises[0].reported_on).ok();
        assert_eq!(typed, Some(NaiveDate::from_ymd_opt(2026, 5, 31)));
    }
}
