//! What a result is made of: the answers, the groups, the clerk's own words, and the senders whom none of it may tell.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::checklist::Lack;
use super::content::{OtherChange, Reconsult};
use super::made::{Answered, Made, Sources};
use super::store::{self, Draft, Mask};
use super::words::{self, Published};
use super::{CHUNK, line};
use crate::consultations::consultation::Consultation;
use crate::consultations::content::Content as Announced;
use crate::consultations::submission::State as SubmissionState;
use crate::consultations::{self, store as consulted};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::answers;
use crate::opinions::item::counts;
use crate::opinions::store as opinions;
use crate::people::party::{self, PartyDetails};
use crate::seal::Sealer;
use crate::text::PublicText;
use crate::trail::{self, Act, By};

/// What the clerk wrote so far; before the first time what the announcement says of it.
pub fn draft(db: &mut Db, row: &Consultation) -> Result<Draft> {
    Ok(match store::draft(db, row.id)? {
        Some(draft) => draft,
        None => Draft { originals_place: row.originals_place.clone(), ..Draft::default() },
    })
}

/// The chapters of the answers with what each says.
fn answered(db: &mut Db, consultation_id: i64) -> Result<Vec<Answered>> {
    let mut all = Vec::new();
    for chapter in opinions::chapters(db, consultation_id)? {
        all.push(Answered {
            unit_name: consulted::unit_name(db, chapter.unit_id)?,
            views: opinions::views(db, chapter.id)?,
            chapter,
        });
    }
    Ok(all)
}

/// Everything the result of a consultation would be made of now.
///
/// # Errors
/// [`Error::NotFound`] before it is announced.
pub fn sources(db: &mut Db, row: &Consultation) -> Result<Sources> {
    let id = row.id;
    let (version, _) = consulted::released(db, id)?.ok_or(Error::NotFound)?;
    let announced = Announced::read(&version.content)?;
    let draft = draft(db, row)?;
    let reconsult = match draft.reconsult_id {
        Some(id) => Some(Reconsult { id, title: consulted::consultation(db, id)?.title }),
        None => None,
    };
    let mut places = HashMap::new();
    for paper in announced.papers.iter().filter(|p| p.paragraphs > 0) {
        for paragraph in consulted::paragraphs(db, paper.version_id)? {
            places.insert((paper.paper_id, paragraph.code), paragraph.place);
        }
    }
    let states: Vec<SubmissionState> =
        SubmissionState::ALL.iter().copied().filter(|state| counts(*state, row.count_incomplete)).collect();
    Ok(Sources {
        row: row.clone(),
        closing_on: consultations::period(db, row)?.closing_on,
        announced,
        reconsult,
        tally: consulted::tally(db, id)?,
        submitters: store::submitters(db, id, &states)?,
        uncut: store::uncut_of(db, id)?,
        chapters: answered(db, id)?,
        groups: opinions::groups(db, id)?.into_iter().map(|(g, _)| g).collect(),
        items: store::standing(db, id)?,
        finals: store::finals(db, id)?,
        explained: explained(db, id)?,
        masks: if row.result_terms.publish_full { store::masks(db, id)? } else { Vec::new() },
        places,
        corrects: !store::released(db, id)?.is_empty(),
        draft,
    })
}

/// The changes of the final text that have a reason of their own.
fn explained(db: &mut Db, id: i64) -> Result<Vec<OtherChange>> {
    let mut found = Vec::new();
    for paper in answers::compared(db, id)? {
        for (difference, _, other) in paper.changes {
            let Some(other) = other else { continue };
            found.push(OtherChange {
                place: difference.place,
                old_text: difference.old.unwrap_or_default(),
                new_text: difference.new.unwrap_or_default(),
                reason: other.reason,
            });
        }
    }
    Ok(found)
}

/// What is missing, and the result as it would be: for the clerk's page.
pub fn checklist(db: &mut Db, row: &Consultation, today: NaiveDate) -> Result<(Sources, Vec<Lack>)> {
    let s = sources(db, row)?;
    let lacks = s.lacks(&answers::open_points(db, row.id)?, today);
    Ok((s, lacks))
}

/// Opens the senders of a consultation for the machine to compare; nobody sees them, and the trail says that it was
/// done.
pub(super) fn open_senders(
    db: &mut Db,
    sealer: &Sealer,
    by: &By,
    now: DateTime<Utc>,
    id: i64,
) -> Result<HashMap<i64, (PartyDetails, bool)>> {
    let rows = store::senders(db, id)?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let told = line(Act::PartyOpened, id)
        .with(json!({ "reason": "result_check", "parties": rows.len(), "shown": false }));
    trail::record(db, by, now, &told)?;
    rows.into_iter()
        .map(|row| {
            let details = party::open(sealer, &row.party_id, row.seal_key_id, &row.sealed)?;
            Ok((row.submission_id, (details, row.org_publish_ok)))
        })
        .collect()
}

/// The words of the items that are published, with personal data taken out.
pub(super) fn texts(
    db: &mut Db,
    s: &Sources,
    senders: &HashMap<i64, (PartyDetails, bool)>,
) -> Result<HashMap<i64, Published>> {
    let mut published = HashMap::new();
    if !s.row.result_terms.publish_full {
        return Ok(published);
    }
    let of: HashMap<i64, i64> =
        s.items.iter().filter(|i| i.withheld.is_none()).map(|i| (i.id, i.submission_id)).collect();
    let mut masks: HashMap<&str, Vec<&Mask>> = HashMap::new();
    for (exact, mask) in &s.masks {
        masks.entry(exact).or_default().push(mask);
    }
    // a text stands in 「全文の伏せ字」 under the number of its first item
    let mut firsts: HashMap<String, i64> = HashMap::new();
    let (mut after, mut left) = (0, Vec::new());
    loop {
        let chunk = store::texts_after(db, s.row.id, after, CHUNK)?;
        let Some((last, ..)) = chunk.last() else { break };
        after = *last;
        for (id, exact, text) in chunk {
            let own = masks.get(exact.as_str()).map(Vec::as_slice).unwrap_or_default();
            let first = *firsts.entry(exact).or_insert(id);
            let Some(submission) = of.get(&id) else { continue };
            let sender = senders.get(submission).map(|(details, ok)| (details, *ok));
            match words::published(&text, sender, own) {
                Ok(words) => {
                    published.insert(id, words);
                }
                Err(_) => left.push(first),
            }
        }
    }
    if left.is_empty() {
        return Ok(published);
    }
    let many = left.len();
    left.sort_unstable();
    left.dedup();
    let first: Vec<String> = left.iter().take(5).map(i64::to_string).collect();
    Err(Error::Refused(format!(
        "差出人の氏名や連絡先が残っている意見が{many}件あります(番号 {})。「全文の伏せ字」で伏せてください。",
        first.join("、")
    )))
}

/// Refuses the city's own words that name somebody who wrote.
pub(super) fn check_names(made: &Made, senders: &HashMap<i64, (PartyDetails, bool)>) -> Result<()> {
    let mut of_group: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let mut of_view: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for item in &made.items {
        let (Some(group_no), Some((details, _))) = (item.group_no, senders.get(&item.submission_id)) else {
            continue;
        };
        of_group.entry(group_no).or_default().extend(words::telling_names(details));
    }
    let refused = |what: String| {
        Error::Refused(format!("{what}に、意見を出した方の氏名か連絡先が書かれています。消してください。"))
    };
    for group in &made.groups {
        let names = of_group.remove(&group.no).unwrap_or_default();
        PublicText::written_by_city(&group.gist, &names)
            .map_err(|_| refused(format!("意見 {}({})の要旨", group.no, group.place)))?;
        of_view.entry(group.view_no).or_default().extend(names);
    }
    for view in &made.views {
        let names = of_view.remove(&view.no).unwrap_or_default();
        for text in [&view.body, &view.reason, &view.old_text, &view.new_text] {
            PublicText::written_by_city(text, &names)
                .map_err(|_| refused(format!("市の考え方 {}({})", view.no, view.chapter)))?;
        }
    }
    Ok(())
}
