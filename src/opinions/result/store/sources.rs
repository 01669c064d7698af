//! What a result is made of, each question once for the whole consultation.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::consultations::consultation::ChannelKind;
use crate::consultations::content::PaperLink;
use crate::consultations::paper::Stage;
use crate::consultations::store::file_of;
use crate::consultations::submission::{State, joined};
use crate::db::Db;
use crate::db::schema::{opinion_item, paper, paper_version, party, submission, submission_point};
use crate::error::Result;
use crate::opinions::item::{Withheld, cut};

/// A standing item, as far as a result needs it.
#[derive(Clone, Debug, Queryable)]
pub struct ItemRow {
    /// `opinion_item.id`.
    pub id: i64,
    /// The submission it was cut from.
    pub submission_id: i64,
    /// The paper it speaks of.
    pub paper_id: Option<i64>,
    /// The paragraph's code.
    pub paragraph: Option<String>,
    /// L1 of its text.
    pub text_key: String,
    /// Its group.
    pub group_id: Option<i64>,
    /// Why it is withheld.
    pub withheld: Option<Withheld>,
    /// The reason in words.
    pub withheld_note: String,
}

/// The standing items of a consultation, the oldest first.
pub fn standing(db: &mut Db, consultation_id: i64) -> Result<Vec<ItemRow>> {
    Ok(opinion_item::table
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::removed_at.is_null())
        .order(opinion_item::id)
        .select((
            opinion_item::id,
            opinion_item::submission_id,
            opinion_item::paper_id,
            opinion_item::paragraph,
            opinion_item::text_key,
            opinion_item::group_id,
            opinion_item::withheld,
            opinion_item::withheld_note,
        ))
        .load(db)?)
}

/// Item, what its text is known by, first and last character of its cut, opinion, reason.
type CutRow = (i64, String, i64, i64, String, String);

/// The words of standing items above `after`, by their ids, a chunk at a time: id, what the text is known by, text.
pub fn texts_after(
    db: &mut Db,
    consultation_id: i64,
    after: i64,
    most: i64,
) -> Result<Vec<(i64, String, String)>> {
    let rows: Vec<CutRow> = opinion_item::table
        .inner_join(
            submission_point::table.on(submission_point::submission_id
                .eq(opinion_item::submission_id)
                .and(submission_point::no.eq(opinion_item::point_no))),
        )
        .filter(opinion_item::consultation_id.eq(consultation_id))
        .filter(opinion_item::removed_at.is_null())
        .filter(opinion_item::id.gt(after))
        .order(opinion_item::id)
        .limit(most)
        .select((
            opinion_item::id,
            opinion_item::text_exact,
            opinion_item::start_char,
            opinion_item::end_char,
            submission_point::opinion,
            submission_point::reason,
        ))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, exact, start, end, opinion, reason)| {
            (id, exact, cut(&joined(&opinion, &reason), start, end).to_owned())
        })
        .collect())
}

/// A text of a consultation's standing items, to the letter, with the first item that has it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct SameText {
    /// The first item.
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    /// What the text is known by.
    #[diesel(sql_type = Text)]
    pub exact: String,
    /// How many items have it.
    #[diesel(sql_type = BigInt)]
    pub many: i64,
}

/// The texts whose first item is above `after`, in the order of those.
pub fn same_texts(db: &mut Db, consultation_id: i64, after: i64, most: i64) -> Result<Vec<SameText>> {
    Ok(diesel::sql_query(
        "SELECT MIN(id) AS first, text_exact AS exact, COUNT(*) AS many FROM opinion_item WHERE consultation_id = $1 \
         AND removed_at IS NULL GROUP BY text_exact HAVING MIN(id) > $2 ORDER BY MIN(id) LIMIT $3",
    )
    .bind::<BigInt, _>(consultation_id)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(most)
    .load(db)?)
}

/// A sealed sender of a submission.
#[derive(Clone, Debug, Queryable)]
pub struct SenderRow {
    /// The submission.
    pub submission_id: i64,
    /// The body agrees that its name stands beside its opinion.
    pub org_publish_ok: bool,
    /// `party.id`.
    pub party_id: String,
    /// The key it is sealed with.
    pub seal_key_id: i64,
    /// Sealed details.
    pub sealed: Vec<u8>,
}

/// The sealed senders of a consultation.
pub fn senders(db: &mut Db, consultation_id: i64) -> Result<Vec<SenderRow>> {
    Ok(submission::table
        .inner_join(party::table.on(party::id.nullable().eq(submission::party_id)))
        .filter(submission::consultation_id.eq(consultation_id))
        .order(submission::id)
        .select((submission::id, submission::org_publish_ok, party::id, party::seal_key_id, party::sealed))
        .load(db)?)
}

/// Distinct senders of submissions in these states, by the way they came, and in all. Who left nothing to be known by
/// is a sender of his or her own.
pub fn submitters(
    db: &mut Db,
    consultation_id: i64,
    states: &[State],
) -> Result<(HashMap<ChannelKind, i64>, i64)> {
    let rows = || {
        submission::table
            .filter(submission::consultation_id.eq(consultation_id))
            .filter(submission::state.eq_any(states.to_vec()))
    };
    let known: Vec<(ChannelKind, Option<String>)> = rows()
        .filter(submission::sender_mark.is_not_null())
        .select((submission::channel, submission::sender_mark))
        .distinct()
        .load(db)?;
    let unknown: Vec<(ChannelKind, i64)> = rows()
        .filter(submission::sender_mark.is_null())
        .group_by(submission::channel)
        .select((submission::channel, count_star()))
        .load(db)?;
    let mut by_way: HashMap<ChannelKind, i64> = HashMap::new();
    for (kind, _) in &known {
        *by_way.entry(*kind).or_default() += 1;
    }
    for (kind, n) in &unknown {
        *by_way.entry(*kind).or_default() += n;
    }
    let people: BTreeSet<&Option<String>> = known.iter().map(|(_, mark)| mark).collect();
    let all = i64::try_from(people.len()).unwrap_or(i64::MAX) + unknown.iter().map(|(_, n)| n).sum::<i64>();
    Ok((by_way, all))
}

/// Counted submissions that were never cut into items.
pub fn uncut_of(db: &mut Db, consultation_id: i64) -> Result<i64> {
    Ok(submission::table
        .filter(submission::consultation_id.eq(consultation_id))
        .filter(submission::itemised_at.is_null())
        .count()
        .get_result(db)?)
}

/// The papers of a consultation as decided, the newest final version of each.
pub fn finals(db: &mut Db, consultation_id: i64) -> Result<Vec<PaperLink>> {
    let papers: Vec<(i64, crate::consultations::paper::PaperKind, String, String)> = paper::table
        .filter(paper::consultation_id.eq(consultation_id))
        .filter(paper::removed_at.is_null())
        .order((paper::sort, paper::id))
        .select((paper::id, paper::kind, paper::title, paper::access_note))
        .load(db)?;
    let mut finals = Vec::new();
    for (paper_id, kind, title, access_note) in papers {
        let newest: Option<(i64, String, i64)> = paper_version::table
            .filter(paper_version::paper_id.eq(paper_id))
            .filter(paper_version::stage.eq(Stage::Final))
            .order(paper_version::no.desc())
            .select((paper_version::id, paper_version::content_hash, paper_version::paragraphs))
            .first(db)
            .optional()?;
        let Some((version_id, content_hash, paragraphs)) = newest else { continue };
        let file = file_of(db, version_id)?;
        finals.push(PaperLink {
            paper_id,
            version_id,
            kind,
            title,
            access_note,
            content_hash,
            paragraphs,
            file,
        });
    }
    Ok(finals)
}
