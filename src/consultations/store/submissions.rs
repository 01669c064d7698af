//! Submissions and their points.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::consultations::consultation::ChannelKind;
use crate::consultations::submission::{Arrival, Point, State, Submission, whole};
use crate::db::schema::{incoming, submission, submission_point};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::letters::letter::Receipt;
use crate::text::{l0, l1};

/// Ids in one statement.
const CHUNK: usize = 1_000;

/// The submission a form's number belongs to, and its receipt code.
pub fn by_submission_key(db: &mut Db, key: &str) -> Result<Option<(i64, String)>> {
    Ok(submission::table
        .filter(submission::submission_key.eq(key))
        .select((submission::id, submission::receipt_code))
        .first(db)
        .optional()?)
}

/// A submission by its receipt code.
pub fn by_code(db: &mut Db, code: &str) -> Result<Option<Submission>> {
    Ok(submission::table
        .filter(submission::receipt_code.eq(code))
        .select(Submission::as_select())
        .first(db)
        .optional()?)
}

/// The mail a submission came in.
pub fn mail_of(db: &mut Db, submission_id: i64) -> Result<Option<String>> {
    Ok(incoming::table
        .filter(incoming::submission_id.eq(submission_id))
        .select(incoming::id)
        .first(db)
        .optional()?)
}

/// The submission a letter is too.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Option<(i64, i64)>> {
    Ok(submission::table
        .filter(submission::letter_id.eq(letter_id))
        .select((submission::consultation_id, submission::id))
        .first(db)
        .optional()?)
}

/// Notes that a submission is a letter too.
pub fn link_letter(db: &mut Db, submission_id: i64, letter_id: i64) -> Result<()> {
    diesel::update(submission::table.find(submission_id))
        .set(submission::letter_id.eq(letter_id))
        .execute(db)?;
    Ok(())
}

/// A submission by its id.
pub fn submission(db: &mut Db, id: i64) -> Result<Submission> {
    Ok(submission::table.find(id).select(Submission::as_select()).first(db)?)
}

/// Adds a submission with its points and gives its id.
pub fn insert_submission(
    db: &mut Db,
    consultation_id: i64,
    arrival: &Arrival,
    receipt: &Receipt,
    state: State,
) -> Result<i64> {
    let text = whole(&arrival.points);
    let relation = arrival.relation.iter().map(|r| r.code()).collect::<Vec<_>>().join(",");
    let id: i64 = diesel::insert_into(submission::table)
        .values((
            submission::consultation_id.eq(consultation_id),
            submission::receipt_code.eq(&receipt.code),
            submission::secret_mac.eq(&receipt.secret_mac),
            submission::submission_key.eq(&arrival.submission_key),
            submission::channel.eq(arrival.channel),
            submission::state.eq(state),
            submission::missing.eq(arrival.missing.join(",")),
            submission::received_on.eq(arrival.received_on),
            submission::postmarked_on.eq(arrival.postmarked_on),
            submission::received_at.eq(arrival.received_at),
            submission::written_on.eq(arrival.written_on),
            submission::entered_by.eq(arrival.entered_by),
            submission::text_exact.eq(l0(text.as_bytes()).to_string()),
            submission::text_key.eq(l1(&text).to_string()),
            submission::text_original.eq(text),
            submission::relation.eq(relation),
            submission::anonymous.eq(arrival.anonymous),
            (
                submission::party_id.eq(arrival.party.as_ref().map(|p| p.id.as_str())),
                submission::sender_mark.eq(&arrival.sender_mark),
                submission::org_publish_ok.eq(arrival.org_publish_ok),
                submission::version.eq(1_i64),
            ),
        ))
        .returning(submission::id)
        .get_result(db)?;
    for (no, point) in (1_i64..).zip(&arrival.points) {
        let text = point.text();
        diesel::insert_into(submission_point::table)
            .values((
                submission_point::submission_id.eq(id),
                submission_point::no.eq(no),
                submission_point::paper_id.eq(point.paragraph.as_ref().map(|p| p.0)),
                submission_point::paragraph.eq(point.paragraph.as_ref().map(|p| p.1.as_str())),
                submission_point::target.eq(&point.target),
                submission_point::opinion.eq(&point.opinion),
                submission_point::reason.eq(&point.reason),
                submission_point::text_exact.eq(l0(text.as_bytes()).to_string()),
                submission_point::text_key.eq(l1(&text).to_string()),
            ))
            .execute(db)?;
    }
    Ok(id)
}

/// Paper, paragraph, target, opinion, reason.
type PointRow = (Option<i64>, Option<String>, String, String, String);

/// The points of a submission in their order.
pub fn points(db: &mut Db, submission_id: i64) -> Result<Vec<Point>> {
    let rows: Vec<PointRow> = submission_point::table
        .filter(submission_point::submission_id.eq(submission_id))
        .order(submission_point::no)
        .select((
            submission_point::paper_id,
            submission_point::paragraph,
            submission_point::target,
            submission_point::opinion,
            submission_point::reason,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(paper, code, target, opinion, reason)| Point {
            paragraph: paper.zip(code),
            target,
            opinion,
            reason,
        })
        .collect())
}

/// A submission that stands late, or is set aside and would go back to being late: what the rules of a period ask.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submission, check_for_backend(Backend))]
#[expect(missing_docs, reason = "as in Submission")]
pub struct Late {
    pub id: i64,
    pub state: State,
    pub channel: ChannelKind,
    pub missing: String,
    pub received_at: Instant,
    pub received_on: NaiveDate,
    pub postmarked_on: Option<NaiveDate>,
    pub entered_by: Option<i64>,
}

/// Everything of a consultation that came late.
pub fn late(db: &mut Db, consultation_id: i64) -> Result<Vec<Late>> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(consultation_id))
        .filter(submission::state.eq(State::Late).or(submission::resume_state.eq(State::Late)))
        .order(submission::id)
        .select(Late::as_select())
        .load(db)?)
}

/// What came late is in time by an extension: it stands as `state`, or goes back to it once it is no longer set aside.
pub fn make_timely(db: &mut Db, ids: &[i64], aside: bool, state: State, event_id: i64) -> Result<()> {
    for ids in ids.chunks(CHUNK) {
        let rows = submission::table.filter(submission::id.eq_any(ids.to_vec()));
        let by = (submission::extended_by.eq(event_id), submission::version.eq(submission::version + 1));
        if aside {
            diesel::update(rows).set((submission::resume_state.eq(state), by)).execute(db)?;
        } else {
            diesel::update(rows).set((submission::state.eq(state), by)).execute(db)?;
        }
    }
    Ok(())
}

/// How many late ones an extension made timely.
pub fn made_timely(db: &mut Db, event_id: i64) -> Result<i64> {
    Ok(submission::table.filter(submission::extended_by.eq(event_id)).count().get_result(db)?)
}

/// How many submissions stand in each state, by the way they came.
pub fn tally(db: &mut Db, consultation_id: i64) -> Result<Vec<(ChannelKind, State, i64)>> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(consultation_id))
        .group_by((submission::channel, submission::state))
        .select((submission::channel, submission::state, diesel::dsl::count_star()))
        .load(db)?)
}

/// Submissions, distinct texts after normalisation, distinct senders among those known, and how many gave nothing to
/// be known by.
pub fn counts(db: &mut Db, consultation_id: i64) -> Result<(i64, i64, i64, i64)> {
    use diesel::dsl::count;
    let rows = || submission::table.filter(submission::consultation_id.eq(consultation_id));
    let texts = rows().select(count(submission::text_key).aggregate_distinct()).first(db)?;
    let senders = rows().select(count(submission::sender_mark).aggregate_distinct()).first(db)?;
    let unknown = rows().filter(submission::sender_mark.is_null()).count().get_result(db)?;
    Ok((number_of(db, consultation_id)?, texts, senders, unknown))
}

/// How many submissions came to a consultation.
pub fn number_of(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(submission::table.filter(submission::consultation_id.eq(consultation_id)).count().get_result(db)?)
}

/// How many submissions of a consultation have this 受付日.
pub fn number_on(db: &mut Db, consultation_id: i64, day: NaiveDate) -> Result<i64> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(consultation_id))
        .filter(submission::received_on.eq(day))
        .count()
        .get_result(db)?)
}

/// Moves a submission that is still as it was seen; says whether it was.
pub fn handle(
    db: &mut Db,
    id: i64,
    seen: i64,
    state: State,
    reason: Option<&str>,
    resume: Option<State>,
) -> Result<bool> {
    let row = submission::table.find(id).filter(submission::version.eq(seen));
    let moved = diesel::update(row)
        .set((
            submission::state.eq(state),
            submission::state_reason.eq(reason),
            submission::resume_state.eq(resume),
            submission::version.eq(seen + 1),
        ))
        .execute(db)?;
    Ok(moved == 1)
}

/// Notes that what was typed in was compared with the paper; says whether nobody had.
pub fn check(db: &mut Db, id: i64, by: i64, now: Instant) -> Result<bool> {
    let row = submission::table.find(id).filter(submission::checked_by.is_null());
    let noted = diesel::update(row)
        .set((submission::checked_by.eq(by), submission::checked_at.eq(now)))
        .execute(db)?;
    Ok(noted == 1)
}

/// What was typed in and nobody else has looked at: how many, and the oldest that this person did not type.
pub fn unchecked(db: &mut Db, consultation_id: i64, for_staff: i64) -> Result<(i64, Option<i64>)> {
    let rows = || {
        submission::table
            .filter(submission::consultation_id.eq(consultation_id))
            .filter(submission::entered_by.is_not_null())
            .filter(submission::checked_by.is_null())
    };
    let all = rows().count().get_result(db)?;
    let next = rows()
        .filter(submission::entered_by.ne(for_staff))
        .order(submission::id)
        .select(submission::id)
        .first(db)
        .optional()?;
    Ok((all, next))
}

/// What the sender said by the link in our mail: it was me, or it was not.
pub fn answer_link(db: &mut Db, submission_id: i64, mine: bool, now: Instant) -> Result<()> {
    let row = diesel::update(submission::table.find(submission_id));
    if mine {
        row.set(submission::confirmed_at.eq(now)).execute(db)?;
    } else {
        row.set(submission::disputed_at.eq(now)).execute(db)?;
    }
    Ok(())
}
