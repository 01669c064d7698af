//! Published voices, written as an approval leaves them: every trigger of the schema is satisfied, none is switched off.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use hirokiku::db::Db;
use hirokiku::error::Result;
use hirokiku::letters::letter::{Field, MatterKind};
use hirokiku::letters::matter::Outcome;
use hirokiku::text::terms;
use hirokiku::web::App;

use crate::city::{Office, Writer};

/// Publishes one voice for each of these matters, on SQLite.
pub fn publish(app: &App, office: Office, matters: &[i64], seed: u64) -> Result<()> {
    let mut writer = Writer::new(seed);
    app.db.write_now(|db| {
        Ok(db.batch_execute(
            "INSERT INTO approval_class (code, label, mark, subject_kind, sort) VALUES ('load', '計測', '丁', 'publication', 99)",
        )?)
    })?;
    for batch in matters.chunks(100) {
        let voices: Vec<Voice> = batch.iter().map(|matter| Voice::make(*matter, &mut writer)).collect();
        app.db.write_now(move |db| voices.iter().try_for_each(|voice| voice.insert(db, office)))?;
    }
    app.db.write_now(|db| Ok(db.batch_execute("UPDATE public_edition SET no = no + 1")?))
}

struct Voice {
    matter: i64,
    title: String,
    voice: String,
    answer: String,
    kind: MatterKind,
    field: Field,
    outcome: Outcome,
    year: usize,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

impl Voice {
    fn make(matter: i64, writer: &mut Writer) -> Voice {
        Voice {
            matter,
            title: writer.title(),
            voice: writer.body(),
            answer: writer.text(350),
            kind: MatterKind::ALL[writer.below(MatterKind::ALL.len())],
            field: Field::ALL[writer.below(Field::ALL.len())],
            outcome: Outcome::ALL[writer.below(Outcome::ALL.len())],
            year: 2022 + writer.below(5),
        }
    }

    fn insert(&self, db: &mut Db, office: Office) -> Result<()> {
        let Office { clerk, head, .. } = office;
        let Voice { kind, field, outcome, year, matter, .. } = self;
        let hash = format!("load-{matter}");
        let at = format!("'{year}-06-01 00:00:00.000000'");
        let about = format!("'{kind}', '{field}', '{outcome}'");
        let texts = |db: &mut Db, sql: String| -> Result<i64> {
            let query = diesel::sql_query(sql)
                .bind::<Text, _>(&self.title)
                .bind::<Text, _>(&self.voice)
                .bind::<Text, _>(&self.answer);
            Ok(query.get_result::<Id>(db)?.id)
        };
        let one =
            |db: &mut Db, sql: String| -> Result<i64> { Ok(diesel::sql_query(sql).get_result::<Id>(db)?.id) };
        let publication = one(
            db,
            format!(
                "INSERT INTO publication (matter_id, state, current_no, kind, fields, outcome, name_left, proposed_by, \
                 proposed_at, version) VALUES ({matter}, 'published', 1, {about}, FALSE, {clerk}, {at}, 1) RETURNING id"
            ),
        )?;
        let version = texts(
            db,
            format!(
                "INSERT INTO publication_version (publication_id, no, title, voice_text, gist, answer_text, unit_name, \
                 kind, fields, outcome, received_on, replied_on, answered_sender, content_hash, masked_by, created_at) \
                 VALUES ({publication}, 1, $1, $2, FALSE, $3, '道路河川建設課', {about}, '{year}-04-10', '{year}-04-24', \
                 TRUE, '{hash}', {clerk}, {at}) RETURNING id"
            ),
        )?;
        let approval = one(
            db,
            format!(
                "INSERT INTO approval (subject_kind, subject_id, matter_id, letter_id, class_code, content_hash, title, \
                 state, drafted_by, author_id, drafted_at, version) SELECT 'publication', {version}, {matter}, letter_id, \
                 'load', '{hash}', '公表', 'circulating', {clerk}, {clerk}, {at}, 1 FROM matter WHERE id = {matter} \
                 RETURNING id"
            ),
        )?;
        db.batch_execute(&format!(
            "INSERT INTO approval_step (approval_id, no, kind, role, state) VALUES ({approval}, 1, 'decide', \
             'section_head', 'current');\
             UPDATE approval_step SET state = 'approved', staff_id = {head}, acted_as = 'self', acted_at = {at} \
             WHERE approval_id = {approval};\
             UPDATE approval SET state = 'decided', decided_by = {head}, decided_as = 'decider', decided_at = {at} \
             WHERE id = {approval}"
        ))?;
        let seq = one(
            db,
            format!(
                "INSERT INTO publication_release (version_id, publication_id, no, published_on, released_by, at) \
                 VALUES ({version}, {publication}, 1, '{year}-06-01', {head}, {at}) RETURNING id"
            ),
        )?;
        texts(
            db,
            format!(
                "INSERT INTO voice (id, seq, version_id, version_no, title, voice_text, gist, answer_text, unit_name, \
                 kind, fields, outcome, fiscal_year, received_on, replied_on, answered_sender, published_on, \
                 content_hash) VALUES ({publication}, {seq}, {version}, 1, $1, $2, FALSE, $3, '道路河川建設課', \
                 {about}, {year}, '{year}-04-10', '{year}-04-24', TRUE, '{year}-06-01', '{hash}') RETURNING id"
            ),
        )?;
        diesel::sql_query("INSERT INTO voice_terms (rowid, terms) VALUES ($1, $2)")
            .bind::<BigInt, _>(seq)
            .bind::<Text, _>(terms(&format!("{}\n{}\n{}", self.title, self.voice, self.answer)))
            .execute(db)?;
        db.batch_execute(&format!("INSERT INTO voice_field (field, seq) VALUES ('{field}', {seq})"))?;
        for field in [field.code(), ""] {
            for year in [*year, 0] {
                for kind in [kind.code(), ""] {
                    db.batch_execute(&format!(
                        "INSERT INTO voice_tally (field, fiscal_year, kind, number) VALUES ('{field}', {year}, \
                         '{kind}', 1) ON CONFLICT (field, fiscal_year, kind) DO UPDATE SET number = \
                         voice_tally.number + 1"
                    ))?;
                }
            }
        }
        Ok(())
    }
}
