//! Publications, their parts and spans, versions and releases: the side the public never sees.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{
    dispatch, letter, mask_span, matter_field, posting, publication, publication_part, publication_release,
    publication_version, reply, reply_version, unit,
};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::{Matter, Outcome};
use crate::letters::store as letters;
use crate::publications::publication::{
    Content, Decision, Part, PartText, Publication, Source, Span, State, Withheld, fields_of,
};
use crate::text::PublicText;

/// What a publication is made from.
pub struct Origin {
    /// The matter.
    pub matter: Matter,
    /// The letter's text as staff corrected its reading, or as it came.
    pub body: String,
    /// Whether the sender agrees.
    pub publish_ok: bool,
    /// The sender, if there is one.
    pub party_id: Option<String>,
    /// The section and its telephone.
    pub unit: Option<(String, Option<String>)>,
    /// Codes of fields.
    pub fields: Vec<Field>,
    /// The reply that was sent last, and when.
    pub reply: Option<(String, Instant)>,
}

/// Reads a matter with everything its publication is made from.
pub fn origin(db: &mut Db, matter_id: i64) -> Result<Origin> {
    let matter = letters::matter(db, matter_id)?;
    let (original, working, publish_ok, party_id): (String, Option<String>, bool, Option<String>) =
        letter::table
            .find(matter.letter_id)
            .select((letter::body_original, letter::body_working, letter::publish_ok, letter::party_id))
            .first(db)?;
    let unit = match matter.owning_unit_id {
        Some(id) => unit::table.find(id).select((unit::name, unit::phone)).first(db).optional()?,
        None => None,
    };
    let codes: Vec<String> = matter_field::table
        .filter(matter_field::matter_id.eq(matter_id))
        .order(matter_field::field)
        .select(matter_field::field)
        .load(db)?;
    let reply = dispatch::table
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .inner_join(reply::table.on(reply::id.eq(reply_version::reply_id)))
        .filter(reply::matter_id.eq(matter_id))
        .filter(reply::kind.eq("final"))
        .order(dispatch::id.desc())
        .select((reply_version::body, dispatch::at))
        .first(db)
        .optional()?;
    let fields = fields_of(&codes.join(","));
    Ok(Origin { matter, body: working.unwrap_or(original), publish_ok, party_id, unit, fields, reply })
}

/// The publication of a matter, if it was proposed.
pub fn of_matter(db: &mut Db, matter_id: i64) -> Result<Option<Publication>> {
    Ok(publication::table
        .filter(publication::matter_id.eq(matter_id))
        .select(Publication::as_select())
        .first(db)
        .optional()?)
}

/// A publication by its number.
pub fn publication(db: &mut Db, id: i64) -> Result<Publication> {
    Ok(publication::table.find(id).select(Publication::as_select()).first(db)?)
}

/// Adds a candidate.
pub fn insert(
    db: &mut Db,
    matter_id: i64,
    shown: (MatterKind, Outcome, &str),
    by: i64,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(publication::table)
        .values((
            publication::matter_id.eq(matter_id),
            publication::state.eq(State::Candidate),
            publication::current_no.eq(0_i64),
            publication::kind.eq(shown.0),
            publication::outcome.eq(shown.1),
            publication::fields.eq(shown.2),
            publication::name_left.eq(false),
            publication::proposed_by.eq(by),
            publication::proposed_at.eq(now),
            publication::version.eq(1_i64),
        ))
        .returning(publication::id)
        .get_result(db)?)
}

/// What changes of a publication; what is [`None`] stays as it is.
#[derive(Default, AsChangeset)]
#[diesel(table_name = publication)]
pub struct Change {
    /// The next state.
    pub state: Option<State>,
    /// The newest version.
    pub current_no: Option<i64>,
    /// Kind shown.
    pub kind: Option<MatterKind>,
    /// Codes of fields.
    pub fields: Option<String>,
    /// 対応の種別.
    pub outcome: Option<Outcome>,
    /// What is corrected; `Some(None)` forgets.
    pub correction_note: Option<Option<String>>,
    /// Whether something of the sender is left.
    pub name_left: Option<bool>,
    /// When it ended.
    pub ended_at: Option<Option<Instant>>,
    /// Why.
    pub ended_reason: Option<Option<Withheld>>,
    /// In words.
    pub ended_note: Option<Option<String>>,
    /// By whom.
    pub ended_by: Option<Option<i64>>,
}

/// Changes a publication that still stands as it was read.
///
/// # Errors
/// [`Error::Stale`] when somebody else changed it meanwhile.
pub fn change(db: &mut Db, seen: &Publication, change: &Change) -> Result<Publication> {
    let row = publication::table
        .filter(publication::id.eq(seen.id))
        .filter(publication::state.eq(seen.state))
        .filter(publication::version.eq(seen.version));
    diesel::update(row)
        .set((publication::version.eq(seen.version + 1), change))
        .returning(publication::all_columns)
        .get_result(db)
        .optional()?
        .ok_or_else(|| Error::Stale("この公表は、画面を開いたあとに別の人が更新しました。".to_owned()))
}

/// Keeps a part as it stands now.
pub fn insert_part(db: &mut Db, publication_id: i64, part: Part, original: &str) -> Result<()> {
    diesel::insert_into(publication_part::table)
        .values((
            publication_part::publication_id.eq(publication_id),
            publication_part::part.eq(part),
            publication_part::original.eq(original),
        ))
        .execute(db)?;
    Ok(())
}

/// Puts the city's words in a part's place, or takes them away.
pub fn rewrite_part(db: &mut Db, publication_id: i64, part: Part, words: Option<&str>) -> Result<()> {
    let row = publication_part::table
        .filter(publication_part::publication_id.eq(publication_id))
        .filter(publication_part::part.eq(part));
    diesel::update(row).set(publication_part::rewritten.eq(words)).execute(db)?;
    Ok(())
}

/// The three parts: subject, voice, answer.
pub fn parts(db: &mut Db, publication_id: i64) -> Result<Vec<PartText>> {
    let mut parts: Vec<PartText> = publication_part::table
        .filter(publication_part::publication_id.eq(publication_id))
        .select(PartText::as_select())
        .load(db)?;
    parts.sort_by_key(|p| p.part);
    Ok(parts)
}

/// All spans in the order of the text.
pub fn spans(db: &mut Db, publication_id: i64) -> Result<Vec<Span>> {
    let mut spans: Vec<Span> = mask_span::table
        .filter(mask_span::publication_id.eq(publication_id))
        .select(Span::as_select())
        .load(db)?;
    spans.sort_by_key(|s| (s.part, s.starts, s.ends, s.id));
    Ok(spans)
}

/// A span to be added.
pub struct NewSpan<'a> {
    /// Which part.
    pub part: Part,
    /// Bytes of the part's original.
    pub range: (usize, usize),
    /// Code of the reason.
    pub reason: &'a str,
    /// A few words.
    pub note: Option<&'a str>,
    /// Who marked it.
    pub source: Source,
    /// Who decided and when, for one that is decided already.
    pub decided: Option<(i64, Instant)>,
}

/// Adds a span.
pub fn insert_span(db: &mut Db, publication_id: i64, span: &NewSpan<'_>) -> Result<()> {
    let state = if span.decided.is_some() { Decision::Accepted } else { Decision::Candidate };
    diesel::insert_into(mask_span::table)
        .values((
            mask_span::publication_id.eq(publication_id),
            mask_span::part.eq(span.part),
            mask_span::starts.eq(i64::try_from(span.range.0).map_err(Error::internal)?),
            mask_span::ends.eq(i64::try_from(span.range.1).map_err(Error::internal)?),
            mask_span::reason.eq(span.reason),
            mask_span::note.eq(span.note),
            mask_span::source.eq(span.source),
            mask_span::state.eq(state),
            mask_span::decided_by.eq(span.decided.map(|d| d.0)),
            mask_span::decided_at.eq(span.decided.map(|d| d.1)),
        ))
        .execute(db)?;
    Ok(())
}

/// Decides on a span of a publication.
pub fn decide_span(
    db: &mut Db,
    publication_id: i64,
    span_id: i64,
    decision: Decision,
    reason: Option<&str>,
    by: i64,
    now: Instant,
) -> Result<()> {
    let row = mask_span::table
        .filter(mask_span::id.eq(span_id))
        .filter(mask_span::publication_id.eq(publication_id));
    let set = (mask_span::state.eq(decision), mask_span::decided_by.eq(by), mask_span::decided_at.eq(now));
    let changed = match reason {
        Some(reason) => diesel::update(row).set((set, mask_span::reason.eq(reason))).execute(db)?,
        None => diesel::update(row).set(set).execute(db)?,
    };
    if changed == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Adds a version and gives its id.
pub fn insert_version(
    db: &mut Db,
    publication_id: i64,
    no: i64,
    content: &Content,
    hash: &str,
    masked_by: i64,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(publication_version::table)
        .values((
            publication_version::publication_id.eq(publication_id),
            publication_version::no.eq(no),
            publication_version::title.eq(content.title.as_str()),
            publication_version::voice_text.eq(content.voice.as_str()),
            publication_version::gist.eq(content.gist),
            publication_version::answer_text.eq(content.answer.as_str()),
            publication_version::unit_name.eq(&content.unit_name),
            publication_version::unit_phone.eq(&content.unit_phone),
            publication_version::kind.eq(content.kind),
            publication_version::fields.eq(content.field_codes()),
            publication_version::outcome.eq(content.outcome),
            publication_version::received_on.eq(content.received_on),
            publication_version::replied_on.eq(content.replied_on),
            publication_version::answered_sender.eq(content.answered_sender),
            publication_version::correction_note.eq(content.correction_note.as_ref().map(PublicText::as_str)),
            publication_version::content_hash.eq(hash),
            publication_version::masked_by.eq(masked_by),
            publication_version::created_at.eq(now),
        ))
        .returning(publication_version::id)
        .get_result(db)?)
}

/// A version as it was put up for approval.
#[derive(Clone, Debug)]
pub struct Version {
    /// `publication_version.id`.
    pub id: i64,
    /// The publication.
    pub publication_id: i64,
    /// 1, 2, …
    pub no: i64,
    /// What it says.
    pub content: Content,
    /// What approval is bound to.
    pub hash: String,
}

#[derive(Queryable)]
struct VersionRow {
    id: i64,
    publication_id: i64,
    no: i64,
    title: String,
    voice_text: String,
    gist: bool,
    answer_text: String,
    unit_name: String,
    unit_phone: Option<String>,
    kind: MatterKind,
    fields: String,
    outcome: Outcome,
    received_on: NaiveDate,
    replied_on: Option<NaiveDate>,
    answered_sender: bool,
    correction_note: Option<String>,
    content_hash: String,
    _masked_by: i64,
    _created_at: Instant,
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Version {
        Version {
            id: row.id,
            publication_id: row.publication_id,
            no: row.no,
            hash: row.content_hash,
            content: Content {
                title: PublicText::from_published_row(row.title),
                voice: PublicText::from_published_row(row.voice_text),
                gist: row.gist,
                answer: PublicText::from_published_row(row.answer_text),
                unit_name: row.unit_name,
                unit_phone: row.unit_phone,
                kind: row.kind,
                fields: fields_of(&row.fields),
                outcome: row.outcome,
                received_on: row.received_on,
                replied_on: row.replied_on,
                answered_sender: row.answered_sender,
                correction_note: row.correction_note.map(PublicText::from_published_row),
            },
        }
    }
}

/// A version by its id.
pub fn version(db: &mut Db, id: i64) -> Result<Version> {
    let row: VersionRow = publication_version::table.find(id).first(db)?;
    Ok(row.into())
}

/// The versions of a publication that were published, with the day of each, oldest first.
pub fn released(db: &mut Db, publication_id: i64) -> Result<Vec<(Version, NaiveDate)>> {
    let rows: Vec<(VersionRow, NaiveDate)> = publication_release::table
        .inner_join(
            publication_version::table.on(publication_version::id.eq(publication_release::version_id)),
        )
        .filter(publication_release::publication_id.eq(publication_id))
        .order(publication_release::no)
        .select((publication_version::all_columns, publication_release::published_on))
        .load(db)?;
    Ok(rows.into_iter().map(|(row, on)| (row.into(), on)).collect())
}

/// Notes that a version goes before the public, and gives the note's number.
pub fn insert_release(
    db: &mut Db,
    version: &Version,
    on: NaiveDate,
    by: Option<i64>,
    now: Instant,
) -> Result<i64> {
    Ok(diesel::insert_into(publication_release::table)
        .values((
            publication_release::version_id.eq(version.id),
            publication_release::publication_id.eq(version.publication_id),
            publication_release::no.eq(version.no),
            publication_release::published_on.eq(on),
            publication_release::released_by.eq(by),
            publication_release::at.eq(now),
        ))
        .returning(publication_release::id)
        .get_result(db)?)
}

/// The units a member of staff is posted to on a day.
pub fn units_of(db: &mut Db, staff_id: i64, on: NaiveDate) -> Result<Vec<i64>> {
    Ok(posting::table
        .filter(posting::staff_id.eq(staff_id))
        .filter(posting::valid_from.le(on))
        .filter(posting::valid_to.is_null().or(posting::valid_to.ge(on)))
        .select(posting::unit_id)
        .load(db)?)
}
