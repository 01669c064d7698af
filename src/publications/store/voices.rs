//! What the public reads: the voices, their search index, their counts and the edition cached pages are kept
//! by; long because the two databases search in two ways.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use super::drafts::Version;
use crate::calendar::FiscalYear;
use crate::db::schema::{publication, publication_version, voice, voice_field, voice_tally};
use crate::db::{Db, Instant, Kind, next_edition, written};
use crate::error::Result;
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::Outcome;
use crate::publications::likeness::Offer;
use crate::publications::publication::{
    Content, Filter, Item, PER_PAGE, Similar, State, Voice, Withheld, fields_of,
};
use crate::text::{PublicText, fts5_query, terms, tsquery_literal, tsvector_literal};

/// How much of a voice a list shows, in characters.
const BEGINNING: usize = 90;

// ---- the one place where the two databases search differently ----

/// How each database keeps and asks for terms.
struct Index {
    /// Before and after place and terms.
    insert: (&'static str, &'static str),
    indexed: fn(&str) -> String,
    /// Rows of `voice_terms` joined to their voices, before and after what `asked` makes of a query.
    hits: (&'static str, &'static str),
    asked: fn(&str) -> Option<String>,
}

fn index(db: &Db) -> Index {
    match db.kind() {
        Kind::Sqlite => Index {
            insert: ("INSERT INTO voice_terms (rowid, terms) VALUES (", ")"),
            indexed: terms,
            // CROSS keeps the index outermost, where it gives its rows newest first
            hits: (
                "voice_terms CROSS JOIN voice v ON v.seq = voice_terms.rowid WHERE voice_terms MATCH ",
                "",
            ),
            asked: fts5_query,
        },
        Kind::Postgres => Index {
            insert: ("INSERT INTO voice_terms (rowid, terms) VALUES (", "::tsvector)"),
            indexed: tsvector_literal,
            hits: (
                "voice_terms JOIN voice v ON v.seq = voice_terms.rowid WHERE voice_terms.terms @@ ",
                "::tsquery",
            ),
            asked: tsquery_literal,
        },
    }
}

// ---- writing ----

/// Puts a version before the public, in the place of the one before if there is one. `seq` is the release's number.
pub fn publish(db: &mut Db, version: &Version, seq: i64, on: NaiveDate) -> Result<()> {
    let before: Option<(i64, NaiveDate)> = voice::table
        .find(version.publication_id)
        .select((voice::seq, voice::published_on))
        .first(db)
        .optional()?;
    let (seq, published_on, corrected_on) = match before {
        Some((seq, published_on)) => (seq, published_on, Some(on)),
        None => (seq, on, None),
    };
    remove(db, version.publication_id)?;
    let content = &version.content;
    let fiscal_year = i64::from(FiscalYear::of(content.received_on).0);
    diesel::insert_into(voice::table)
        .values((
            voice::id.eq(version.publication_id),
            voice::seq.eq(seq),
            voice::version_id.eq(version.id),
            voice::version_no.eq(version.no),
            voice::title.eq(content.title.as_str()),
            voice::voice_text.eq(content.voice.as_str()),
            voice::gist.eq(content.gist),
            voice::answer_text.eq(content.answer.as_str()),
            voice::unit_name.eq(&content.unit_name),
            voice::unit_phone.eq(&content.unit_phone),
            voice::kind.eq(content.kind),
            voice::fields.eq(content.field_codes()),
            voice::outcome.eq(content.outcome),
            voice::fiscal_year.eq(fiscal_year),
            voice::received_on.eq(content.received_on),
            voice::replied_on.eq(content.replied_on),
            voice::answered_sender.eq(content.answered_sender),
            voice::published_on.eq(published_on),
            voice::corrected_on.eq(corrected_on),
            voice::correction_note.eq(content.correction_note.as_ref().map(PublicText::as_str)),
            voice::content_hash.eq(&version.hash),
        ))
        .execute(db)?;
    for field in &content.fields {
        diesel::insert_into(voice_field::table)
            .values((voice_field::field.eq(field.code()), voice_field::seq.eq(seq)))
            .execute(db)?;
    }
    let Index { insert, indexed, .. } = index(db);
    let terms = indexed(&content.searched());
    written(insert.0).number(seq).sql(", ").text(&terms).sql(insert.1).execute(db)?;
    count(db, &content.fields, fiscal_year, content.kind, 1)?;
    next_edition(db)
}

/// Takes a voice from the public: page, lists, search, counts.
pub fn withdraw(db: &mut Db, id: i64) -> Result<()> {
    remove(db, id)?;
    next_edition(db)
}

fn remove(db: &mut Db, id: i64) -> Result<()> {
    let row: Option<(i64, String, i64, MatterKind)> = voice::table
        .find(id)
        .select((voice::seq, voice::fields, voice::fiscal_year, voice::kind))
        .first(db)
        .optional()?;
    let Some((seq, fields, year, kind)) = row else { return Ok(()) };
    diesel::delete(voice::table.find(id)).execute(db)?;
    diesel::delete(voice_field::table.filter(voice_field::seq.eq(seq))).execute(db)?;
    written("DELETE FROM voice_terms WHERE rowid = ").number(seq).execute(db)?;
    count(db, &fields_of(&fields), year, kind, -1)
}

/// Keeps the counts of every combination of filters true.
fn count(db: &mut Db, fields: &[Field], year: i64, kind: MatterKind, by: i64) -> Result<()> {
    for field in fields.iter().map(|f| f.code()).chain([""]) {
        for year in [0, year] {
            for kind in ["", kind.code()] {
                let row = voice_tally::table.find((field, year, kind));
                let known =
                    diesel::update(row).set(voice_tally::number.eq(voice_tally::number + by)).execute(db)?;
                if known == 0 {
                    diesel::insert_into(voice_tally::table)
                        .values((
                            voice_tally::field.eq(field),
                            voice_tally::fiscal_year.eq(year),
                            voice_tally::kind.eq(kind),
                            voice_tally::number.eq(by),
                        ))
                        .execute(db)?;
                }
            }
        }
    }
    Ok(())
}

// ---- reading ----

/// How many voices a filter without words lets through.
pub fn tally(db: &mut Db, field: Option<Field>, year: Option<i64>, kind: Option<MatterKind>) -> Result<u64> {
    let key = (field.map_or("", Field::code), year.unwrap_or(0), kind.map_or("", MatterKind::code));
    let number: Option<i64> =
        voice_tally::table.find(key).select(voice_tally::number).first(db).optional()?;
    Ok(u64::try_from(number.unwrap_or(0)).unwrap_or(0))
}

/// The fiscal years there are voices of, newest first.
pub fn years(db: &mut Db) -> Result<Vec<i64>> {
    Ok(voice_tally::table
        .filter(voice_tally::field.eq(""))
        .filter(voice_tally::kind.eq(""))
        .filter(voice_tally::fiscal_year.gt(0))
        .filter(voice_tally::number.gt(0))
        .order(voice_tally::fiscal_year.desc())
        .select(voice_tally::fiscal_year)
        .load(db)?)
}

/// Columns of [`ItemRow`].
type ItemColumns = (BigInt, Text, Text, Text, Text, Text, Text, Date, Date, Nullable<Date>);

#[derive(Queryable)]
struct ItemRow {
    id: i64,
    title: String,
    beginning: String,
    unit_name: String,
    kind: MatterKind,
    fields: String,
    outcome: Outcome,
    received_on: NaiveDate,
    published_on: NaiveDate,
    corrected_on: Option<NaiveDate>,
}

impl From<ItemRow> for Item {
    fn from(row: ItemRow) -> Item {
        let mut beginning = row.beginning;
        let end = beginning.char_indices().nth(BEGINNING).map(|(at, _)| at);
        if let Some(end) = end {
            beginning.truncate(end);
        }
        let cut = end.is_some();
        // a mark cut in half would be no mark
        if let Some(open) = beginning.rfind('【').filter(|at| cut && !beginning[*at..].contains('】')) {
            beginning.truncate(open);
        }
        Item {
            id: row.id,
            title: PublicText::from_published_row(row.title),
            beginning: PublicText::from_published_row(beginning),
            cut,
            unit_name: row.unit_name,
            kind: row.kind,
            fields: fields_of(&row.fields),
            outcome: row.outcome,
            received_on: row.received_on,
            published_on: row.published_on,
            corrected_on: row.corrected_on,
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// One page of the list, newest first, and how many voices there are under the filter in all.
pub fn page(db: &mut Db, filter: &Filter) -> Result<(Vec<Item>, u64)> {
    let index = index(db);
    let asked = if filter.q.is_empty() { None } else { Some((index.asked)(&filter.q)) };
    if matches!(asked, Some(None)) {
        // nothing but marks was asked for: no text holds it
        return Ok((Vec::new(), 0));
    }
    let asked = asked.flatten();
    let (from, newest) = match (&asked, &filter.field) {
        (Some(asked), _) => (written(index.hits.0).text(asked).sql(index.hits.1), "voice_terms.rowid"),
        (None, Some(field)) => (
            written("voice_field f JOIN voice v ON v.seq = f.seq WHERE f.field = ").text(field.code()),
            "f.seq",
        ),
        (None, None) => (written("voice v WHERE v.seq > 0"), "v.seq"),
    };
    let mut from = from;
    if let (Some(_), Some(field)) = (&asked, &filter.field) {
        from = from
            .sql(" AND EXISTS (SELECT 1 FROM voice_field f WHERE f.seq = v.seq AND f.field = ")
            .text(field.code())
            .sql(")");
    }
    if let Some(year) = filter.year {
        from = from.sql(" AND v.fiscal_year = ").number(year);
    }
    if let Some(kind) = filter.kind {
        from = from.sql(" AND v.kind = ").text(kind.code());
    }
    let offset = (filter.page.max(1) - 1) * PER_PAGE;
    let head = format!(
        "SELECT v.id, v.title, substr(v.voice_text, 1, {}), v.unit_name, v.kind, v.fields, v.outcome, v.received_on, \
         v.published_on, v.corrected_on FROM ",
        BEGINNING + 1
    );
    let rows = written(head)
        .then(from.clone())
        .sql(format!(" ORDER BY {newest} DESC LIMIT {PER_PAGE} OFFSET "))
        .number(i64::try_from(offset).unwrap_or(i64::MAX));
    let rows: Vec<ItemRow> = rows.columns::<ItemColumns>().load(db)?;
    let total = if asked.is_some() {
        let sum: Number = written("SELECT count(*) AS n FROM ").then(from).get_result(db)?;
        u64::try_from(sum.n).unwrap_or(0)
    } else {
        tally(db, filter.field, filter.year, filter.kind)?
    };
    Ok((rows.into_iter().map(Item::from).collect(), total))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = voice)]
struct VoiceRow {
    id: i64,
    seq: i64,
    version_no: i64,
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
    published_on: NaiveDate,
    corrected_on: Option<NaiveDate>,
    correction_note: Option<String>,
}

impl From<VoiceRow> for Voice {
    fn from(row: VoiceRow) -> Voice {
        Voice {
            id: row.id,
            version_no: row.version_no,
            current_no: row.version_no,
            published_on: row.published_on,
            corrected_on: row.corrected_on,
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

/// A voice that is public now.
pub fn voice(db: &mut Db, id: i64) -> Result<Option<Voice>> {
    let row: Option<VoiceRow> = voice::table.find(id).select(VoiceRow::as_select()).first(db).optional()?;
    Ok(row.map(Voice::from))
}

/// The newest voices, newest first.
pub fn latest(db: &mut Db, most: i64) -> Result<Vec<Voice>> {
    let newest = voice::table.order(voice::seq.desc()).limit(most);
    let rows: Vec<VoiceRow> = newest.select(VoiceRow::as_select()).load(db)?;
    Ok(rows.into_iter().map(Voice::from).collect())
}

/// The next `most` voices after a place in the order of publication, with the place of each: for exports.
pub fn after(db: &mut Db, seq: i64, most: i64) -> Result<Vec<(i64, Voice)>> {
    let next = voice::table.filter(voice::seq.gt(seq)).order(voice::seq).limit(most);
    let rows: Vec<VoiceRow> = next.select(VoiceRow::as_select()).load(db)?;
    Ok(rows.into_iter().map(|row| (row.seq, row.into())).collect())
}

/// When and why a voice that was public before was withdrawn.
pub fn withdrawn(db: &mut Db, id: i64) -> Result<Option<(Instant, Withheld)>> {
    let row: Option<(Option<Instant>, Option<Withheld>)> = publication::table
        .find(id)
        .filter(publication::state.eq(State::Withdrawn))
        .select((publication::ended_at, publication::ended_reason))
        .first(db)
        .optional()?;
    Ok(row.and_then(|(at, why)| Some((at?, why.unwrap_or(Withheld::Other)))))
}

/// The newest voices as likeness sees them, newest first.
pub fn offers(db: &mut Db, most: i64) -> Result<Vec<Offer>> {
    let rows: Vec<(i64, String, String, NaiveDate)> = voice::table
        .order(voice::seq.desc())
        .limit(most)
        .select((voice::id, voice::title, voice::voice_text, voice::published_on))
        .load(db)?;
    let offer = |(id, title, voice, published_on): (i64, String, String, NaiveDate)| Offer {
        text: format!("{title}\n{voice}"),
        similar: Similar { id, title: PublicText::from_published_row(title), published_on },
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// Whether counts, search index and versions agree with the voices: each fault in words. For `verify`.
pub fn faults(db: &mut Db) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let voices: i64 = voice::table.count().get_result(db)?;
    let counted = tally(db, None, None, None)?;
    if u64::try_from(voices) != Ok(counted) {
        faults.push(format!("公表された声は {voices} 件、数えた数は {counted} 件です"));
    }
    let indexed: Number = written("SELECT count(*) AS n FROM voice_terms").get_result(db)?;
    if indexed.n != voices {
        faults.push(format!("公表された声は {voices} 件、検索できる声は {} 件です", indexed.n));
    }
    let strays: Vec<i64> = voice::table
        .inner_join(publication_version::table.on(publication_version::id.eq(voice::version_id)))
        .filter(voice::content_hash.ne(publication_version::content_hash))
        .select(voice::id)
        .load(db)?;
    faults.extend(strays.iter().map(|id| format!("公表された声 {id} が決裁された版と違います")));
    Ok(faults)
}
