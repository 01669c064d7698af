//! The form of a planned consultation: reading it, and the values it begins with. Pure.

use chrono::NaiveDate;

use crate::calendar::{earliest_close, era_date, parse_date};
use crate::consultations::Plan;
use crate::consultations::consultation::{
    ChannelKind, Contact, CountUnit, DeadlineKind, Eligibility, Need, ResultTerms, SenderFields, Senders,
};
use crate::consultations::content::{Channel, Place};
use crate::db::Json;
use crate::text::input::{char_count, multi_line, single_line};
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// Longest text of a field of several lines, in characters.
pub const TEXT_LIMIT: usize = 10_000;

/// Longest line, in characters.
const LINE_LIMIT: usize = 300;

/// What the handling of opinions is called until the city writes its own.
pub const RESULT_NOTE: &str = "いただいたご意見は、内容ごとに整理し、市の考え方とともに、市のホームページと担当課の窓口で公表します。お一人ずつへの回答はしません。お名前や住所は公表しません。同じ内容のご意見はまとめます。数の多さではなく、内容を検討します。";

/// The field of a sender's item in the form.
pub fn need_field(item: &str) -> String {
    format!("need_{item}")
}

/// The field of a channel in the form: `channel_post`, `channel_post_deadline`, `channel_post_note`.
pub fn channel_field(kind: ChannelKind, what: &str) -> String {
    if what.is_empty() {
        format!("channel_{}", kind.code())
    } else {
        format!("channel_{}_{what}", kind.code())
    }
}

/// Reads the form. Nothing is required here: a plan grows; the checklist says what is missing.
///
/// # Errors
/// What cannot be read, field by field.
pub fn read(fields: &Fields, unit_id: i64, grace_seconds: i64) -> Result<Plan, Errors> {
    let mut errors = Errors::default();
    let line = |name: &str| single_line(fields.text(name)).text.trim().to_owned();
    let text = |name: &str| multi_line(fields.text(name)).text.trim().to_owned();
    for name in
        ["title", "draft_label", "contact_place", "contact_phone", "contact_fax", "contact_email", "basis"]
    {
        if char_count(&line(name)) > LINE_LIMIT {
            errors.add(name, "300字までにしてください。");
        }
    }
    for name in ["summary", "plain_summary", "background", "short_reason", "eligibility_note", "result_note"]
    {
        if char_count(&text(name)) > TEXT_LIMIT {
            errors.add(name, "10,000字までにしてください。");
        }
    }
    if line("title").is_empty() {
        errors.add("title", "案件名を入力してください。ほかの欄は、あとから書けます。");
    }
    let mut date = |name: &str| -> Option<NaiveDate> {
        let typed = fields.filled(name)?;
        parse_date(typed).map_err(|trouble| errors.add(name, trouble.to_string())).ok()
    };
    let (prenotice_on, noticed_on, opens_on, closes_on, decision_planned_on) = (
        date("prenotice_on"),
        date("noticed_on"),
        date("opens_on"),
        date("closes_on"),
        date("decision_planned_on"),
    );
    let need = |item: &str| Need::from_code(fields.text(&need_field(item))).unwrap_or(Need::Asked);
    let senders = Senders {
        invited: fields.all("eligibility").into_iter().filter_map(Eligibility::from_code).collect(),
        note: text("eligibility_note"),
        asked: SenderFields {
            name: need("name"),
            address: need("address"),
            contact: need("contact"),
            relation: need("relation"),
        },
    };
    let channels = ChannelKind::ALL
        .iter()
        .filter(|kind| fields.has(&channel_field(**kind, "on")))
        .map(|kind| Channel {
            kind: *kind,
            address: line(&channel_field(*kind, "")),
            deadline: DeadlineKind::from_code(fields.text(&channel_field(*kind, "deadline")))
                .filter(|_| *kind == ChannelKind::Post)
                .unwrap_or(DeadlineKind::ArriveBy),
            note: line(&channel_field(*kind, "note")),
        })
        .collect::<Vec<_>>();
    for channel in &channels {
        if channel.kind != ChannelKind::Web && channel.address.is_empty() {
            errors.add(
                channel_field(channel.kind, ""),
                format!("「{}」のあて先を入力してください。", channel.kind.label()),
            );
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Plan {
        title: line("title"),
        draft_label: line("draft_label"),
        unit_id,
        contact: Json(Contact {
            place: line("contact_place"),
            phone: line("contact_phone"),
            fax: line("contact_fax"),
            email: line("contact_email"),
        }),
        basis: line("basis"),
        summary: text("summary"),
        plain_summary: text("plain_summary"),
        background: text("background"),
        prenotice_on,
        noticed_on,
        opens_on,
        closes_on,
        short_reason: text("short_reason"),
        grace_seconds,
        senders: Json(senders),
        count_incomplete: fields.text("count_incomplete") != "no",
        result_terms: Json(ResultTerms {
            note: text("result_note"),
            publish_full: fields.text("publish_full") == "yes",
            count_unit: CountUnit::from_code(fields.text("count_unit")).unwrap_or(CountUnit::Item),
        }),
        originals_place: line("originals_place"),
        decision_planned_on,
        channels,
        places: places(fields.text("places")),
    })
}

/// One place a line, name and hours parted by `/`.
pub fn places(typed: &str) -> Vec<Place> {
    multi_line(typed)
        .text
        .lines()
        .filter_map(|line| {
            let (name, hours) = line.split_once(['/', '／']).unwrap_or((line, ""));
            let name = name.trim();
            (!name.is_empty()).then(|| Place { name: name.to_owned(), hours: hours.trim().to_owned() })
        })
        .collect()
}

/// Places as the form shows them.
pub fn places_text(places: &[Place]) -> String {
    places.iter().map(|p| format!("{} / {}", p.name, p.hours)).collect::<Vec<_>>().join("\n")
}

/// Adds the city's branches that are not among the places yet.
pub fn with_branches(typed: &str, branches: &[String]) -> String {
    let mut all = places(typed);
    for name in branches {
        if !all.iter().any(|p| p.name == *name) {
            all.push(Place {
                name: name.clone(), hours: "平日 8時30分から17時15分まで".to_owned()
            });
        }
    }
    places_text(&all)
}

/// The form's fields from a stored plan, or those a new one begins with.
pub fn fields_of(plan: Option<&Plan>, today: NaiveDate, min_days: u64) -> Fields {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
    let day = |d: Option<NaiveDate>| d.map(era_date).unwrap_or_default();
    let asked = plan.map(|p| p.senders.asked).unwrap_or_default();
    for (item, need) in [
        ("name", asked.name),
        ("address", asked.address),
        ("contact", asked.contact),
        ("relation", asked.relation),
    ] {
        put(&need_field(item), need.code());
    }
    let Some(plan) = plan else {
        put("draft_label", "案");
        put("result_note", RESULT_NOTE);
        let noticed = today.checked_add_days(chrono::Days::new(14)).unwrap_or(today);
        put("noticed_on", &era_date(noticed));
        put("opens_on", &era_date(noticed));
        put("closes_on", &era_date(earliest_close(noticed, min_days)));
        put("publish_full", "yes");
        put("channel_web_on", "yes");
        for code in ["resident", "worker", "student", "business", "interested"] {
            put("eligibility[]", code);
        }
        return Fields(all);
    };
    for (name, value) in [
        ("title", &plan.title),
        ("draft_label", &plan.draft_label),
        ("contact_place", &plan.contact.place),
        ("contact_phone", &plan.contact.phone),
        ("contact_fax", &plan.contact.fax),
        ("contact_email", &plan.contact.email),
        ("basis", &plan.basis),
        ("summary", &plan.summary),
        ("plain_summary", &plan.plain_summary),
        ("background", &plan.background),
        ("short_reason", &plan.short_reason),
        ("eligibility_note", &plan.senders.note),
        ("result_note", &plan.result_terms.note),
        ("originals_place", &plan.originals_place),
        ("prenotice_on", &day(plan.prenotice_on)),
        ("noticed_on", &day(plan.noticed_on)),
        ("opens_on", &day(plan.opens_on)),
        ("closes_on", &day(plan.closes_on)),
        ("decision_planned_on", &day(plan.decision_planned_on)),
        ("places", &places_text(&plan.places)),
    ] {
        put(name, value);
    }
    put("publish_full", if plan.result_terms.publish_full { "yes" } else { "no" });
    put("count_incomplete", if plan.count_incomplete { "yes" } else { "no" });
    put("count_unit", plan.result_terms.count_unit.code());
    for who in &plan.senders.invited {
        put("eligibility[]", who.code());
    }
    for channel in &plan.channels {
        put(&channel_field(channel.kind, "on"), "yes");
        put(&channel_field(channel.kind, ""), &channel.address);
        put(&channel_field(channel.kind, "deadline"), channel.deadline.code());
        put(&channel_field(channel.kind, "note"), &channel.note);
    }
    Fields(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, m, d).unwrap()
    }

    #[test]
    fn a_new_form_begins_with_a_full_period_and_what_it_shows_is_read_back() {
        let mut fields = fields_of(None, day(11, 24), 30);
        fields.0.push(("title".to_owned(), "計画".to_owned()));
        let plan = read(&fields, 7, 0).unwrap();
        assert_eq!(
            (plan.noticed_on, plan.closes_on),
            (Some(day(12, 8)), NaiveDate::from_ymd_opt(2027, 1, 6))
        );
        assert_eq!(fields.text("closes_on"), "令和9年(2027年)1月6日(水)");
        let given_back = fields_of(Some(&plan), day(11, 24), 30);
        assert_eq!(given_back.text("noticed_on"), "令和8年(2026年)12月8日(火)");
        let again = read(&given_back, 7, 0).unwrap();
        assert_eq!(format!("{plan:?}"), format!("{again:?}"));
    }

    #[test]
    fn branches_are_added_once() {
        let once = with_branches("担当課 / 平日", &["菊川総合支所".to_owned()]);
        let twice = with_branches(&once, &["菊川総合支所".to_owned()]);
        assert_eq!(once, twice);
        assert_eq!(places(&once).len(), 2);
    }

    #[test]
    fn only_post_can_count_by_its_postmark_and_a_way_needs_its_address() {
        let fields = Fields(
            [
                ("title", "計画"),
                ("channel_fax_on", "yes"),
                ("channel_fax", "000-000-0001"),
                ("channel_fax_deadline", "postmark"),
                ("channel_post_on", "yes"),
            ]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .to_vec(),
        );
        let errors = read(&fields, 7, 0).unwrap_err();
        assert!(errors.of("channel_post").is_some());
        let mut fields = fields;
        fields.0.push(("channel_post".to_owned(), "〒750-8521".to_owned()));
        let plan = read(&fields, 7, 0).unwrap();
        assert!(plan.channels.iter().all(|c| c.deadline == DeadlineKind::ArriveBy));
    }
}
