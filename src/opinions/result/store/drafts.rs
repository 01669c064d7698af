//! What the clerk writes for a result, and the stretches of full texts that a person hides or shows.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::consultations::consultation::Decision;
use crate::db::schema::{result_change, result_draft, result_mask, result_promise};
use crate::db::{Backend, Db, Instant};
use crate::error::{Error, Result};
use crate::opinions::result::content::{OtherChange, Promise};

/// What the clerk writes before a result is put before its approvers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the form, by their names; the migration says more")]
pub struct Draft {
    pub decision: Option<Decision>,
    pub decided_on: Option<NaiveDate>,
    pub decision_note: String,
    pub reconsult_id: Option<i64>,
    pub final_place: String,
    pub originals_place: String,
    pub publish_on: Option<NaiveDate>,
    pub change_note: String,
    pub changes: Vec<OtherChange>,
    pub promises: Vec<Promise>,
    /// 0 until it is saved for the first time.
    pub version: i64,
}

/// Columns of a draft.
type DraftRow = (
    Option<Decision>,
    Option<NaiveDate>,
    String,
    Option<i64>,
    String,
    String,
    Option<NaiveDate>,
    String,
    i64,
);

/// What the clerk wrote; none before the first time.
pub fn draft(db: &mut Db, consultation_id: i64) -> Result<Option<Draft>> {
    let row: Option<DraftRow> = result_draft::table
        .find(consultation_id)
        .select((
            result_draft::decision,
            result_draft::decided_on,
            result_draft::decision_note,
            result_draft::reconsult_id,
            result_draft::final_place,
            result_draft::originals_place,
            result_draft::publish_on,
            result_draft::change_note,
            result_draft::version,
        ))
        .first(db)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let changes = result_change::table
        .filter(result_change::consultation_id.eq(consultation_id))
        .order(result_change::no)
        .select((
            result_change::place,
            result_change::old_text,
            result_change::new_text,
            result_change::reason,
        ))
        .load::<(String, String, String, String)>(db)?
        .into_iter()
        .map(|(place, old_text, new_text, reason)| OtherChange { place, old_text, new_text, reason })
        .collect();
    Ok(Some(Draft {
        decision: row.0,
        decided_on: row.1,
        decision_note: row.2,
        reconsult_id: row.3,
        final_place: row.4,
        originals_place: row.5,
        publish_on: row.6,
        change_note: row.7,
        changes,
        promises: promises(db, consultation_id)?,
        version: row.8,
    }))
}

/// What the city said it will do, in its order.
pub fn promises(db: &mut Db, consultation_id: i64) -> Result<Vec<Promise>> {
    Ok(result_promise::table
        .filter(result_promise::consultation_id.eq(consultation_id))
        .order(result_promise::no)
        .select((
            result_promise::body,
            result_promise::due_on,
            result_promise::report,
            result_promise::reported_on,
        ))
        .load::<(String, NaiveDate, String, Option<NaiveDate>)>(db)?
        .into_iter()
        .map(|(body, due_on, report, reported_on)| Promise { body, due_on, report, reported_on })
        .collect())
}

/// Puts what the clerk wrote in the place of what there was. `draft.version` is the version the page showed.
///
/// # Errors
/// [`Error::Stale`] when somebody else saved meanwhile.
pub fn save_draft(db: &mut Db, consultation_id: i64, draft: &Draft) -> Result<()> {
    let values = (
        result_draft::decision.eq(draft.decision),
        result_draft::decided_on.eq(draft.decided_on),
        result_draft::decision_note.eq(&draft.decision_note),
        result_draft::reconsult_id.eq(draft.reconsult_id),
        result_draft::final_place.eq(&draft.final_place),
        result_draft::originals_place.eq(&draft.originals_place),
        result_draft::publish_on.eq(draft.publish_on),
        result_draft::change_note.eq(&draft.change_note),
        result_draft::version.eq(draft.version + 1),
    );
    let stale = || Error::Stale("この結果の下書きは、画面を開いたあとに別の人が保存しました。".to_owned());
    let there: Option<i64> =
        result_draft::table.find(consultation_id).select(result_draft::version).first(db).optional()?;
    match there {
        None if draft.version == 0 => {
            diesel::insert_into(result_draft::table)
                .values((result_draft::consultation_id.eq(consultation_id), values))
                .execute(db)?;
        }
        Some(version) if version == draft.version => {
            diesel::update(result_draft::table.find(consultation_id)).set(values).execute(db)?;
        }
        _ => return Err(stale()),
    }
    diesel::delete(result_change::table.filter(result_change::consultation_id.eq(consultation_id)))
        .execute(db)?;
    for (no, change) in (1_i64..).zip(&draft.changes) {
        diesel::insert_into(result_change::table)
            .values((
                result_change::consultation_id.eq(consultation_id),
                result_change::no.eq(no),
                result_change::place.eq(&change.place),
                result_change::old_text.eq(&change.old_text),
                result_change::new_text.eq(&change.new_text),
                result_change::reason.eq(&change.reason),
            ))
            .execute(db)?;
    }
    diesel::delete(result_promise::table.filter(result_promise::consultation_id.eq(consultation_id)))
        .execute(db)?;
    for (no, promise) in (1_i64..).zip(&draft.promises) {
        diesel::insert_into(result_promise::table)
            .values((
                result_promise::consultation_id.eq(consultation_id),
                result_promise::no.eq(no),
                result_promise::body.eq(&promise.body),
                result_promise::due_on.eq(promise.due_on),
                result_promise::report.eq(&promise.report),
                result_promise::reported_on.eq(promise.reported_on),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// After a version went out: the next one says anew what it changes, and when.
pub fn begin_anew(db: &mut Db, consultation_id: i64) -> Result<()> {
    diesel::update(result_draft::table.find(consultation_id))
        .set((
            result_draft::change_note.eq(""),
            result_draft::publish_on.eq(None::<NaiveDate>),
            result_draft::version.eq(result_draft::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// A stretch that a person hides, or shows although the machine would hide it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = result_mask, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct Mask {
    pub id: i64,
    pub item_id: i64,
    pub start_byte: i64,
    pub end_byte: i64,
    pub hidden: bool,
    pub reason: String,
}

/// The standing masks of a consultation's items, each with what its text is known by: what is hidden of a text is hidden of
/// all its copies.
pub fn masks(db: &mut Db, consultation_id: i64) -> Result<Vec<(String, Mask)>> {
    use crate::db::schema::opinion_item;
    Ok(result_mask::table
        .inner_join(opinion_item::table.on(opinion_item::id.eq(result_mask::item_id)))
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(result_mask::removed_at.is_null())
        .order(result_mask::id)
        .select((opinion_item::text_exact, Mask::as_select()))
        .load(db)?)
}

/// Adds a mask.
pub fn insert_mask(db: &mut Db, mask: &Mask, by: i64, now: Instant) -> Result<()> {
    diesel::insert_into(result_mask::table)
        .values((
            result_mask::item_id.eq(mask.item_id),
            result_mask::start_byte.eq(mask.start_byte),
            result_mask::end_byte.eq(mask.end_byte),
            result_mask::hidden.eq(mask.hidden),
            result_mask::reason.eq(&mask.reason),
            result_mask::made_by.eq(by),
            result_mask::made_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}

/// Takes back every mask of a text, on whichever of its copies it was set.
pub fn remove_masks(db: &mut Db, consultation_id: i64, text_exact: &str, now: Instant) -> Result<usize> {
    use crate::db::schema::opinion_item;
    let copies = opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::text_exact.eq(text_exact))
        .select(opinion_item::id);
    Ok(diesel::update(result_mask::table)
        .filter(result_mask::item_id.eq_any(copies))
        .filter(result_mask::removed_at.is_null())
        .set(result_mask::removed_at.eq(now))
        .execute(db)?)
}
