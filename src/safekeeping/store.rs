//! What safekeeping asks of every table: long because it is about all of them, and each question is asked once.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::Serialize;

use super::rows::{
    ApprovalRow, AttachmentRow, AutomaticRow, BounceRow, DispatchRow, ExchangeRow, FeedbackRow, FieldRow,
    FreezeRow, IncomingRow, JointRow, LetterRow, MailRow, MaskRow, MatterRow, PaperRow, PartRow, PlaceRow,
    PublicationRow, PublicationVersionRow, ReleaseRow, ReplyRow, ReplyVersionRow, ReturnRow, StepRow,
    VoiceRow,
};
use crate::db::schema::{
    approval, approval_step, attachment, dispatch, exchange, feedback, incoming, incoming_bounce, letter,
    letter_paper, letter_place, letter_seal, letter_seal_progress, mail_automatic, mail_freeze, mail_return,
    mask_span, matter, matter_field, matter_joint_unit, outbox, party, publication, publication_part,
    publication_release, publication_version, reply, reply_version, staff, trail, trail_link, voice,
};
use crate::db::{Db, Kind};
use crate::error::{Error, Result};

/// The rows of one letter, table by table, each as JSON in an order that does not change.
#[derive(Debug, Default)]
pub struct Family(pub BTreeMap<&'static str, Vec<String>>);

/// Reads everything that belongs to the given letters.
pub fn families(db: &mut Db, letters: &[i64]) -> Result<BTreeMap<i64, Family>> {
    let mut found = Gathered::default();
    for row in letter::table
        .filter(letter::id.eq_any(letters))
        .order(letter::id)
        .select(LetterRow::as_select())
        .load(db)?
    {
        found.add(row.id, "letter", &row)?;
    }
    for row in letter_paper::table
        .filter(letter_paper::letter_id.eq_any(letters))
        .order(letter_paper::letter_id)
        .select(PaperRow::as_select())
        .load(db)?
    {
        found.add(row.letter_id, "letter_paper", &row)?;
    }
    for row in letter_place::table
        .filter(letter_place::letter_id.eq_any(letters))
        .order(letter_place::letter_id)
        .select(PlaceRow::as_select())
        .load(db)?
    {
        found.add(row.letter_id, "letter_place", &row)?;
    }
    // whose a row is, by the row it hangs on
    let mut of_matter = HashMap::new();
    for row in matter::table
        .filter(matter::letter_id.eq_any(letters))
        .order(matter::id)
        .select(MatterRow::as_select())
        .load(db)?
    {
        of_matter.insert(row.id, row.letter_id);
        found.add(row.letter_id, "matter", &row)?;
    }
    let matters: Vec<i64> = of_matter.keys().copied().collect();
    macro_rules! hanging {
        ($name:literal, $table:ident.$key:ident in $owners:ident by $($order:ident),+ => $row:ty, $map:ident) => {
            for row in $table::table
                .filter($table::$key.eq_any(&$owners))
                .order(($($table::$order,)+))
                .select(<$row>::as_select())
                .load(db)?
            {
                if let Some(letter) = $map.get(&row.$key) {
                    found.add(*letter, $name, &row)?;
                }
            }
        };
        ($name:literal, $table:ident.$key:ident in $owners:ident => $row:ty, $map:ident keeps $next:ident) => {
            let mut $next = HashMap::new();
            for row in $table::table
                .filter($table::$key.eq_any(&$owners))
                .order($table::id)
                .select(<$row>::as_select())
                .load(db)?
            {
                if let Some(letter) = $map.get(&row.$key) {
                    $next.insert(row.id, *letter);
                    found.add(*letter, $name, &row)?;
                }
            }
        };
    }
    hanging!("matter_field", matter_field.matter_id in matters by matter_id, field => FieldRow, of_matter);
    hanging!("matter_joint_unit", matter_joint_unit.matter_id in matters by matter_id, unit_id => JointRow, of_matter);
    hanging!("feedback", feedback.matter_id in matters by matter_id => FeedbackRow, of_matter);
    // those about consultations have no matter, and no letter's seal
    let mut of_approval = HashMap::new();
    for row in approval::table
        .filter(approval::letter_id.eq_any(letters))
        .order(approval::id)
        .select(ApprovalRow::as_select())
        .load(db)?
    {
        of_approval.extend(row.letter_id.map(|letter| (row.id, letter)));
        found.add_some(row.letter_id, "approval", &row)?;
    }
    let approvals: Vec<i64> = of_approval.keys().copied().collect();
    hanging!("approval_step", approval_step.approval_id in approvals by id => StepRow, of_approval);
    hanging!("dispatch", dispatch.approval_id in approvals by id => DispatchRow, of_approval);
    hanging!("reply", reply.matter_id in matters => ReplyRow, of_matter keeps of_reply);
    let replies: Vec<i64> = of_reply.keys().copied().collect();
    hanging!("reply_version", reply_version.reply_id in replies by id => ReplyVersionRow, of_reply);
    hanging!("publication", publication.matter_id in matters => PublicationRow, of_matter keeps of_publication);
    let publications: Vec<i64> = of_publication.keys().copied().collect();
    hanging!("publication_part", publication_part.publication_id in publications by publication_id, part
        => PartRow, of_publication);
    hanging!("publication_release", publication_release.publication_id in publications by id
        => ReleaseRow, of_publication);
    hanging!("mask_span", mask_span.publication_id in publications by id => MaskRow, of_publication);
    hanging!("publication_version", publication_version.publication_id in publications by id
        => PublicationVersionRow, of_publication);
    hanging!("voice", voice.id in publications by id => VoiceRow, of_publication);
    for row in exchange::table
        .filter(exchange::letter_id.eq_any(letters))
        .order(exchange::id)
        .select(ExchangeRow::as_select())
        .load(db)?
    {
        found.add(row.letter_id, "exchange", &row)?;
    }
    for row in attachment::table
        .filter(attachment::letter_id.eq_any(letters))
        .order(attachment::id)
        .select(AttachmentRow::as_select())
        .load(db)?
    {
        found.add_some(row.letter_id, "attachment", &row)?;
    }
    for row in outbox::table
        .filter(outbox::letter_id.eq_any(letters))
        .order(outbox::id)
        .select(MailRow::as_select())
        .load(db)?
    {
        found.add_some(row.letter_id, "outbox", &row)?;
    }
    for row in incoming::table
        .filter(incoming::letter_id.eq_any(letters))
        .order(incoming::id)
        .select(IncomingRow::as_select())
        .load(db)?
    {
        found.add_some(row.letter_id, "incoming", &row)?;
    }
    let bounces: Vec<(Option<i64>, BounceRow)> = incoming_bounce::table
        .inner_join(incoming::table.on(incoming::id.eq(incoming_bounce::incoming_id)))
        .filter(incoming::letter_id.eq_any(letters))
        .order(incoming::id)
        .select((incoming::letter_id, BounceRow::as_select()))
        .load(db)?;
    for (letter, row) in bounces {
        found.add_some(letter, "incoming_bounce", &row)?;
    }
    for row in mail_automatic::table
        .filter(mail_automatic::letter_id.eq_any(letters))
        .order(mail_automatic::outbox_id)
        .select(AutomaticRow::as_select())
        .load(db)?
    {
        found.add_some(row.letter_id, "mail_automatic", &row)?;
    }
    let returns: Vec<(Option<i64>, ReturnRow)> = mail_return::table
        .inner_join(outbox::table.on(outbox::id.eq(mail_return::outbox_id)))
        .filter(outbox::letter_id.eq_any(letters))
        .order(mail_return::id)
        .select((outbox::letter_id, ReturnRow::as_select()))
        .load(db)?;
    for (letter, row) in returns {
        found.add_some(letter, "mail_return", &row)?;
    }
    for row in mail_freeze::table
        .filter(mail_freeze::letter_id.eq_any(letters))
        .order(mail_freeze::letter_id)
        .select(FreezeRow::as_select())
        .load(db)?
    {
        found.add(row.letter_id, "mail_freeze", &row)?;
    }
    Ok(found.0)
}

#[derive(Default)]
struct Gathered(BTreeMap<i64, Family>);

impl Gathered {
    fn add(&mut self, letter: i64, table: &'static str, row: &impl Serialize) -> Result<()> {
        let line = serde_json::to_string(row).map_err(Error::internal)?;
        self.0.entry(letter).or_default().0.entry(table).or_default().push(line);
        Ok(())
    }

    fn add_some(&mut self, letter: Option<i64>, table: &'static str, row: &impl Serialize) -> Result<()> {
        letter.map_or(Ok(()), |letter| self.add(letter, table, row))
    }
}

/// How far along the chain letters are sealed.
pub fn progress(db: &mut Db) -> Result<i64> {
    Ok(letter_seal_progress::table.find(1).select(letter_seal_progress::trail_no).first(db)?)
}

/// The letters that chained lines after `no` tell of, and the number of the last line looked at.
pub fn acted_on(db: &mut Db, no: i64, most: i64) -> Result<(i64, Vec<i64>)> {
    let lines: Vec<(i64, Option<i64>, String, String)> = trail_link::table
        .inner_join(trail::table.on(trail::id.eq(trail_link::trail_id)))
        .filter(trail_link::no.gt(no))
        .order(trail_link::no)
        .limit(most)
        .select((trail_link::no, trail::letter_id, trail::subject_kind, trail::subject_id))
        .load(db)?;
    let last = lines.last().map_or(no, |l| l.0);
    let mut letters = Vec::new();
    for (_, letter, kind, id) in lines {
        match letter {
            Some(letter) => letters.push(letter),
            None => letters.extend(letter_of(db, &kind, &id)?),
        }
    }
    letters.sort_unstable();
    letters.dedup();
    Ok((last, letters))
}

/// The letter of a thing whose line did not name it.
fn letter_of(db: &mut Db, kind: &str, id: &str) -> Result<Option<i64>> {
    let number = id.parse().unwrap_or(0);
    let matter_id: Option<i64> = match kind {
        "letter" => return Ok(Some(number).filter(|n| *n > 0)),
        "attachment" => {
            let row = attachment::table.find(id).select(attachment::letter_id).first(db);
            return Ok(row.optional()?.flatten());
        }
        "matter" => Some(number),
        "approval" => {
            approval::table.find(number).select(approval::matter_id).first(db).optional()?.flatten()
        }
        "reply" => reply::table.find(number).select(reply::matter_id).first(db).optional()?,
        "publication" => {
            publication::table.find(number).select(publication::matter_id).first(db).optional()?
        }
        _ => None,
    };
    match matter_id {
        Some(id) => Ok(matter::table.find(id).select(matter::letter_id).first(db).optional()?),
        None => Ok(None),
    }
}

/// Keeps a letter's digests made after the chain's line `no`, unless newer ones are there.
pub fn put_seal(db: &mut Db, letter_id: i64, no: i64, digests: &str) -> Result<()> {
    let there: Option<i64> =
        letter_seal::table.find(letter_id).select(letter_seal::trail_no).first(db).optional()?;
    match there {
        None => {
            diesel::insert_into(letter_seal::table)
                .values((
                    letter_seal::letter_id.eq(letter_id),
                    letter_seal::trail_no.eq(no),
                    letter_seal::digests.eq(digests),
                ))
                .execute(db)?;
        }
        Some(there) if there <= no => {
            diesel::update(letter_seal::table.find(letter_id))
                .set((letter_seal::trail_no.eq(no), letter_seal::digests.eq(digests)))
                .execute(db)?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// Says that letters are sealed up to the chain's line `no`.
pub fn put_progress(db: &mut Db, no: i64) -> Result<()> {
    diesel::update(letter_seal_progress::table.find(1).filter(letter_seal_progress::trail_no.lt(no)))
        .set(letter_seal_progress::trail_no.eq(no))
        .execute(db)?;
    Ok(())
}

/// The next letters after an id.
pub fn letters_after(db: &mut Db, id: i64, most: i64) -> Result<Vec<i64>> {
    Ok(letter::table.filter(letter::id.gt(id)).order(letter::id).limit(most).select(letter::id).load(db)?)
}

/// The digests kept for letters.
pub fn seals(db: &mut Db, letters: &[i64]) -> Result<HashMap<i64, String>> {
    let rows: Vec<(i64, String)> = letter_seal::table
        .filter(letter_seal::letter_id.eq_any(letters))
        .select((letter_seal::letter_id, letter_seal::digests))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// What is never to change in a letter.
#[derive(Debug, Queryable)]
pub struct Original {
    pub id: i64,
    pub receipt_code: String,
    pub channel: crate::letters::letter::Channel,
    pub received_on: chrono::NaiveDate,
    pub server_received_at: crate::db::Instant,
    pub subject: String,
    pub body: String,
    pub text_exact: String,
    pub text_key: String,
}

/// The originals of letters.
pub fn originals(db: &mut Db, letters: &[i64]) -> Result<Vec<Original>> {
    Ok(letter::table
        .filter(letter::id.eq_any(letters))
        .order(letter::id)
        .select((
            letter::id,
            letter::receipt_code,
            letter::channel,
            letter::received_on,
            letter::server_received_at,
            letter::subject,
            letter::body_original,
            letter::text_exact,
            letter::text_key,
        ))
        .load(db)?)
}

/// The details of the lines that told of the letters' arrival.
pub fn arrivals(db: &mut Db, letters: &[i64]) -> Result<HashMap<i64, String>> {
    let rows: Vec<(Option<i64>, String)> = trail::table
        .filter(trail::letter_id.eq_any(letters))
        .filter(trail::act.eq_any(["letter.received", "letter.entered"]))
        .select((trail::letter_id, trail::detail))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, detail)| Some((id?, detail))).collect())
}

/// Letters by state.
pub fn letter_counts(db: &mut Db) -> Result<Vec<(String, i64)>> {
    Ok(letter::table.group_by(letter::state).select((letter::state, diesel::dsl::count_star())).load(db)?)
}

/// Letters without a matter.
pub fn letters_without_matter(db: &mut Db) -> Result<Vec<i64>> {
    Ok(letter::table
        .filter(diesel::dsl::not(diesel::dsl::exists(matter::table.filter(matter::letter_id.eq(letter::id)))))
        .select(letter::id)
        .order(letter::id)
        .load(db)?)
}

/// Closed letters that have an open matter.
pub fn closed_with_open_matter(db: &mut Db) -> Result<Vec<i64>> {
    Ok(matter::table
        .inner_join(letter::table.on(letter::id.eq(matter::letter_id)))
        .filter(letter::state.eq("closed"))
        .filter(matter::state.ne_all(["closed", "filed"]))
        .select(letter::id)
        .distinct()
        .load(db)?)
}

/// Matters that count as replied to without a final dispatch.
pub fn replied_without_dispatch(db: &mut Db) -> Result<Vec<i64>> {
    let sent = reply::table
        .inner_join(reply_version::table.on(reply_version::reply_id.eq(reply::id)))
        .inner_join(dispatch::table.on(dispatch::reply_version_id.eq(reply_version::id)))
        .filter(reply::kind.eq("final"))
        .filter(reply::matter_id.eq(matter::id));
    Ok(matter::table
        .filter(matter::state.eq("replied").or(matter::replied_at.is_not_null()))
        .filter(diesel::dsl::not(diesel::dsl::exists(sent)))
        .select(matter::id)
        .order(matter::id)
        .load(db)?)
}

/// Every dispatch with its approval and version: id, hash, the approval's hash, state and subject, the version's id
/// and hash.
pub type Sent = (i64, String, String, String, i64, i64, String);

/// Dispatches after an id.
pub fn dispatches_after(db: &mut Db, id: i64, most: i64) -> Result<Vec<Sent>> {
    Ok(dispatch::table
        .inner_join(approval::table.on(approval::id.eq(dispatch::approval_id)))
        .inner_join(reply_version::table.on(reply_version::id.eq(dispatch::reply_version_id)))
        .filter(dispatch::id.gt(id))
        .order(dispatch::id)
        .limit(most)
        .select((
            dispatch::id,
            dispatch::content_hash,
            approval::content_hash,
            approval::state,
            approval::subject_id,
            reply_version::id,
            reply_version::content_hash,
        ))
        .load(db)?)
}

/// Voices after an id, each with the version it shows.
pub fn voices_after(db: &mut Db, id: i64, most: i64) -> Result<Vec<(VoiceRow, PublicationVersionRow)>> {
    Ok(voice::table
        .inner_join(publication_version::table.on(publication_version::id.eq(voice::version_id)))
        .filter(voice::id.gt(id))
        .order(voice::id)
        .limit(most)
        .select((VoiceRow::as_select(), PublicationVersionRow::as_select()))
        .load(db)?)
}

/// Whether a decided approval allows this version with this hash.
pub fn is_decided(db: &mut Db, version_id: i64, hash: &str) -> Result<bool> {
    let id: Option<i64> = approval::table
        .filter(approval::subject_kind.eq("publication"))
        .filter(approval::subject_id.eq(version_id))
        .filter(approval::content_hash.eq(hash))
        .filter(approval::state.eq("decided"))
        .select(approval::id)
        .first(db)
        .optional()?;
    Ok(id.is_some())
}

/// How many voices there are.
pub fn voice_count(db: &mut Db) -> Result<i64> {
    Ok(voice::table.count().get_result(db)?)
}

/// A stored file: id, size, SHA-256, the letter it belongs to.
pub type Stored = (String, i64, String, Option<i64>);

/// Attachments after an id.
pub fn attachments_after(db: &mut Db, id: &str, most: i64) -> Result<Vec<Stored>> {
    Ok(attachment::table
        .filter(attachment::id.gt(id))
        .order(attachment::id)
        .limit(most)
        .select((attachment::id, attachment::size, attachment::sha256, attachment::letter_id))
        .load(db)?)
}

/// Something sealed: its id, the data key, the bytes.
pub type SealedRow = (String, i64, Vec<u8>);

/// Sealed senders after an id.
pub fn parties_after(db: &mut Db, id: &str, most: i64) -> Result<Vec<SealedRow>> {
    Ok(party::table
        .filter(party::id.gt(id))
        .order(party::id)
        .limit(most)
        .select((party::id, party::seal_key_id, party::sealed))
        .load(db)?)
}

/// Sealed mails after an id.
pub fn mails_after(db: &mut Db, id: &str, most: i64) -> Result<Vec<SealedRow>> {
    Ok(outbox::table
        .filter(outbox::id.gt(id))
        .order(outbox::id)
        .limit(most)
        .select((outbox::id, outbox::seal_key_id, outbox::sealed))
        .load(db)?)
}

/// Sealed second factors of staff after an id.
pub fn factors_after(db: &mut Db, id: i64, most: i64) -> Result<Vec<(i64, i64, Vec<u8>)>> {
    let rows: Vec<(i64, Option<i64>, Option<Vec<u8>>)> = staff::table
        .filter(staff::id.gt(id))
        .filter(staff::totp_sealed.is_not_null())
        .order(staff::id)
        .limit(most)
        .select((staff::id, staff::totp_key_id, staff::totp_sealed))
        .load(db)?;
    // a key that is missing beside a sealed secret is no key: opening fails and is told
    Ok(rows.into_iter().map(|(id, key, bytes)| (id, key.unwrap_or(0), bytes.unwrap_or_default())).collect())
}

/// Ids of versions of publications after an id.
pub fn publication_versions_after(db: &mut Db, id: i64, most: i64) -> Result<Vec<i64>> {
    Ok(publication_version::table
        .filter(publication_version::id.gt(id))
        .order(publication_version::id)
        .limit(most)
        .select(publication_version::id)
        .load(db)?)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// SQLite's own word on its file, fault by fault; none for PostgreSQL, which keeps its own checksums.
pub fn file_faults(db: &mut Db) -> Result<Option<Vec<String>>> {
    if !is_sqlite(db) {
        return Ok(None);
    }
    let mut faults = lines(db, "SELECT integrity_check AS line FROM pragma_integrity_check")?;
    faults.retain(|line| line != "ok");
    faults.extend(lines(
        db,
        "SELECT 'foreign key: ' || \"table\" || ' → ' || parent AS line FROM pragma_foreign_key_check",
    )?);
    Ok(Some(faults))
}

fn is_sqlite(db: &Db) -> bool {
    db.kind() == Kind::Sqlite
}

fn lines(db: &mut Db, sql: &str) -> Result<Vec<String>> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(db)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// A table's name and its columns, each with whether it holds bytes.
pub type TableShape = (String, Vec<(String, bool)>);

/// Every table in the order of their names.
pub fn tables(db: &mut Db) -> Result<Vec<TableShape>> {
    let sql = if is_sqlite(db) {
        "SELECT m.name || ' ' || c.name || ' ' || c.type AS line FROM sqlite_schema m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%\\_terms%' ESCAPE '\\' \
         AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY m.name, c.cid"
    } else {
        "SELECT c.table_name || ' ' || c.column_name || ' ' || c.data_type AS line FROM information_schema.columns c \
         JOIN information_schema.tables t USING (table_schema, table_name) \
         WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' \
         AND c.table_name NOT LIKE '%\\_terms%' AND c.table_name NOT LIKE '\\_\\_%' \
         ORDER BY c.table_name, c.ordinal_position"
    };
    let mut tables: Vec<TableShape> = Vec::new();
    for line in lines(db, sql)? {
        let mut words = line.splitn(3, ' ');
        let (Some(table), Some(column)) = (words.next(), words.next()) else { continue };
        let bytes = matches!(words.next(), Some("BLOB" | "bytea"));
        match tables.last_mut().filter(|(name, _)| name == table) {
            Some((_, columns)) => columns.push((column.to_owned(), bytes)),
            None => tables.push((table.to_owned(), vec![(column.to_owned(), bytes)])),
        }
    }
    Ok(tables)
}

/// Rows of a table as JSON objects, one text each, in the order of the first column; `after` is the last first
/// column seen.
pub fn rows_as_json(
    db: &mut Db,
    table: &str,
    columns: &[(String, bool)],
    offset: i64,
    most: i64,
) -> Result<Vec<String>> {
    let (object, hex) = if is_sqlite(db) {
        ("json_object", "hex(COLUMN)")
    } else {
        ("json_build_object", "encode(COLUMN, 'hex')")
    };
    // names come from the database's own catalogue, never from outside
    let pairs: Vec<String> = columns
        .iter()
        .map(|(name, bytes)| {
            let column = format!("\"{name}\"");
            let value = if *bytes { hex.replace("COLUMN", &column) } else { column };
            format!("'{name}', {value}")
        })
        .collect();
    let order: Vec<String> = (1..=columns.len().min(2))
        .filter_map(|n| columns.get(n - 1))
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let sql = format!(
        "SELECT CAST({object}({}) AS TEXT) AS line FROM \"{table}\" ORDER BY {} LIMIT {most} OFFSET {offset}",
        pairs.join(", "),
        order.join(", "),
    );
    lines(db, &sql)
}
