//! The result of a consultation (結果の公表): what is approved is what is published, version by version; long because the
//! verbs of one journey stand together.
//!
//! A version is its head and its rows, never changed; its hash covers all of them. It is made of the answers, the groups
//! and the clerk's own words, and another hash over those says whether anything was changed since it was made.

pub mod changes;
pub mod checklist;
pub mod content;
pub mod files;
pub mod handlers;
pub mod made;
pub mod open_data;
pub mod proof;
pub mod schema;
pub mod store;
pub mod told;
pub mod views;
pub mod words;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::approval::{self, About, SubjectKind};
use crate::calendar;
use crate::consultations::consultation::{Consultation, State};
use crate::consultations::content::Content as Announced;
use crate::consultations::submission::State as SubmissionState;
use crate::consultations::{self, store as consulted, subscriptions};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::answers;
use crate::opinions::item::counts;
use crate::opinions::store as opinions;
use crate::people::party::{self, PartyDetails};
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::text::PublicText;
use crate::trail::{self, Act, By, Line, Subject};
use checklist::Lack;
use content::{Content, OtherChange, Reconsult, ResultHash};
use made::{Answered, Made, Sources};
use store::{Draft, Mask, NewVersion, Version};
use words::Published;

/// Rows read at a time.
const CHUNK: i64 = 1_000;

fn line(act: Act, id: i64) -> Line {
    Line::new(act, Subject::Consultation, id)
}

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
        masks: if row.publish_full { store::masks(db, id)? } else { Vec::new() },
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

/// Saves what the clerk wrote.
///
/// # Errors
/// [`Error::Refused`] while a version is before its approvers or waits for its day; [`Error::Stale`] when somebody else
/// saved meanwhile.
pub fn save(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, draft: &Draft) -> Result<()> {
    let row = consulted::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if waits(db, &row)? {
        return Err(Error::Refused(
            "この結果は決裁中か、公表の日を待っています。直すときは、決裁を引き戻すか取り消します。"
                .to_owned(),
        ));
    }
    store::save_draft(db, id, draft)?;
    trail::record(db, &viewer.by(), now, &line(Act::ResultDrafted, id))
}

/// Whether a version is before its approvers, or decided and not published yet.
pub fn waits(db: &mut Db, row: &Consultation) -> Result<bool> {
    if matches!(row.state, State::ResultInApproval | State::Decided) {
        return Ok(true);
    }
    let Some(newest) = store::newest(db, row.id)? else { return Ok(false) };
    let alive = approval::store::alive(db, SubjectKind::Result, newest.id)?;
    Ok(alive.is_some_and(|a| a.executed_at.is_none()))
}

/// Opens the senders of a consultation for the machine to compare; nobody sees them, and the trail says that it was
/// done.
fn open_senders(
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
fn texts(
    db: &mut Db,
    s: &Sources,
    senders: &HashMap<i64, (PartyDetails, bool)>,
) -> Result<HashMap<i64, Published>> {
    let mut published = HashMap::new();
    if !s.row.publish_full {
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
fn check_names(made: &Made, senders: &HashMap<i64, (PartyDetails, bool)>) -> Result<()> {
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

/// Puts the result before its approvers: makes the version they decide on, and gives the approval's id.
///
/// # Errors
/// [`Error::Refused`] with the first sentence of the checklist while something is missing.
pub fn circulate(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    class: &str,
) -> Result<i64> {
    let row = consulted::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    let s = sources(db, &row)?;
    if let Some(why) = checklist::may_start(&s) {
        return Err(Error::Refused(why));
    }
    if waits(db, &row)? {
        return Err(Error::Refused("訂正した結果が、すでに決裁に回っています。".to_owned()));
    }
    let open = answers::open_points(db, id)?;
    if let Some(lack) = s.lacks(&open, calendar::tokyo_day(now)).into_iter().next() {
        return Err(Error::Refused(lack.sentence));
    }
    let senders = open_senders(db, sealer, &viewer.by(), now, id)?;
    let words = texts(db, &s, &senders)?;
    let made = made::make(&s, &words)?;
    check_names(&made, &senders)?;
    let (text, hash) = (made.content.text()?, made.hash()?);
    let no = store::newest(db, id)?.map_or(1, |v| v.no + 1);
    let many = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let version = NewVersion {
        consultation_id: id,
        no,
        content: &text,
        content_hash: &hash,
        source_hash: &s.hash(),
        views: many(made.views.len()),
        groups: many(made.groups.len()),
        items: many(made.items.len()),
        from_state: row.state,
        publish_on: made.content.publish_on,
        change_note: &made.content.change_note,
        author_id: viewer.id,
        created_at: now.into(),
    };
    let version_id = store::insert_version(db, &version, &made.views, &made.groups, &made.items)?;
    if row.state != State::ResultPublished {
        store::move_on(db, &row, State::ResultInApproval, None)?;
    }
    let title = if no == 1 {
        format!("意見募集の結果「{}」", row.title)
    } else {
        format!("意見募集の結果「{}」(第{no}版)", row.title)
    };
    let draft = approval::Draft {
        subject_kind: SubjectKind::Result,
        subject_id: version_id,
        class,
        content_hash: &hash,
        about: About::Consultation(id),
        title: &title,
        author_id: viewer.id,
        unit_id: Some(row.unit_id),
        joint: &[],
    };
    approval::start(db, viewer, now, &draft)
}

/// The hash of a version's own rows, read anew.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version.
pub fn stored_hash(db: &mut Db, version: &Version) -> Result<String> {
    let mut hash = ResultHash::new(&version.content);
    for view in store::views(db, version.id)? {
        hash.view(&view);
    }
    for group in store::groups(db, version.id)? {
        hash.group(&group);
    }
    let mut after = 0;
    loop {
        let items = store::items_from(db, version.id, after, CHUNK)?;
        let Some(last) = items.last() else { break };
        after = last.no;
        items.iter().for_each(|i| hash.item(i));
    }
    Ok(hash.finish())
}

/// The hash the version has now: that of its rows while nothing it was made of has changed since, and another one
/// otherwise (T-12).
pub fn current_hash(db: &mut Db, version_id: i64) -> Result<String> {
    let version = store::version(db, version_id)?;
    let row = consulted::consultation(db, version.consultation_id)?;
    let source = sources(db, &row)?.hash();
    if source != version.source_hash {
        return Ok(source);
    }
    stored_hash(db, &version)
}

/// Follows a decision: the result is published at once, or waits for its day.
pub fn decided(db: &mut Db, by: &By, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    let version = store::version(db, version_id)?;
    let told = line(Act::ResultApproved, version.consultation_id)
        .with(json!({ "version": version.no, "on": version.publish_on }));
    trail::record(db, by, now, &told)?;
    if version.publish_on.is_none_or(|day| day <= calendar::tokyo_day(now)) {
        return publish(db, by, now, &version);
    }
    let row = consulted::consultation(db, version.consultation_id)?;
    if row.state == State::ResultInApproval {
        store::move_on(db, &row, State::Decided, None)?;
    }
    Ok(())
}

/// Follows a return or a pulling back: answers and words can be changed again.
pub fn returned(db: &mut Db, by: &By, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    let version = store::version(db, version_id)?;
    back(db, &version)?;
    let told = line(Act::ResultReturned, version.consultation_id).with(json!({ "version": version.no }));
    trail::record(db, by, now, &told)
}

/// The consultation stands again where it stood before the version.
fn back(db: &mut Db, version: &Version) -> Result<()> {
    let row = consulted::consultation(db, version.consultation_id)?;
    if matches!(row.state, State::ResultInApproval | State::Decided) {
        store::move_on(db, &row, version.from_state, None)?;
    }
    Ok(())
}

/// Gives up a decision that was not published yet, so that the result can be changed.
///
/// # Errors
/// [`Error::Refused`] without a reason; [`Error::Stale`] when it is published or was not decided.
pub fn give_up(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64, why: &str) -> Result<()> {
    let row = consulted::consultation(db, id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if why.trim().is_empty() {
        return Err(Error::Refused("決裁を取り消す理由を書いてください。".to_owned()));
    }
    let version = store::newest(db, id)?.ok_or(Error::NotFound)?;
    let alive = approval::store::alive(db, SubjectKind::Result, version.id)?
        .ok_or_else(|| Error::Stale("取り消せる決裁がありません。".to_owned()))?;
    void(db, &viewer.by(), now, &version, alive.id, why)
}

fn void(db: &mut Db, by: &By, now: DateTime<Utc>, version: &Version, approval: i64, why: &str) -> Result<()> {
    approval::void(db, by, now, approval, why)?;
    back(db, version)?;
    let told = line(Act::ResultReturned, version.consultation_id).with(json!({ "version": version.no }));
    trail::record(db, by, now, &told)
}

/// Puts an approved version before the public; the database checks its approval once more.
fn publish(db: &mut Db, by: &By, now: DateTime<Utc>, version: &Version) -> Result<()> {
    let id = version.consultation_id;
    let content = Content::read(&version.content)?;
    store::release(db, version, by.staff_id, now.into())?;
    let row = consulted::consultation(db, id)?;
    store::move_on(db, &row, State::ResultPublished, Some(&content))?;
    if version.no == 1 || row.state != State::ResultPublished {
        store::begin_telling(db, id, now.into())?;
        subscriptions::result_published(db, now, id)?;
    }
    store::begin_anew(db, id)?;
    consulted::public_changed(db)?;
    if let Some(found) = approval::store::alive(db, SubjectKind::Result, version.id)? {
        approval::executed(db, now, found.id, &version.content_hash)?;
    }
    let told = line(Act::ResultPublished, id).with(json!({
        "version": version.no,
        "hash": version.content_hash,
        "outcome": content.decision,
        "items": version.items,
    }));
    trail::record(db, by, now, &told)
}

/// How many decided results wait whose day has come.
pub fn due(db: &mut Db, now: DateTime<Utc>) -> Result<usize> {
    Ok(store::due_for_release(db, calendar::tokyo_day(now))?.len())
}

/// Publishes the decided results whose day has come. One whose answers were changed meanwhile loses its approval
/// instead (T-12).
pub fn publish_due(db: &mut Db, now: DateTime<Utc>) -> Result<usize> {
    let by = By::system();
    let due = store::due_for_release(db, calendar::tokyo_day(now))?;
    for version in &due {
        if current_hash(db, version.id)? == version.content_hash {
            publish(db, &by, now, version)?;
        } else if let Some(found) = approval::store::alive(db, SubjectKind::Result, version.id)? {
            void(db, &by, now, version, found.id, "決裁のあとで、結果のもとになる内容が変わったため")?;
        }
    }
    Ok(due.len())
}

/// Hides or shows stretches of an item's full text, and of every other that is the same to the letter.
///
/// # Errors
/// [`Error::Refused`] when the words are not in the text.
pub fn mask(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    item_id: i64,
    act: &Masking<'_>,
) -> Result<i64> {
    let item = opinions::item(db, item_id)?;
    let row = consulted::consultation(db, item.consultation_id)?;
    viewer.may(May::RunConsultation(Some(row.unit_id)))?;
    if waits(db, &row)? {
        return Err(Error::Refused("決裁中は伏せ字を変えられません。引き戻してから変えます。".to_owned()));
    }
    match act {
        Masking::Undo => {
            store::remove_masks(db, row.id, &item.text_exact, now.into())?;
        }
        Masking::Words { words, hidden, reason } => {
            let point = consulted::points(db, item.submission_id)?
                .into_iter()
                .nth(usize::try_from(item.point_no - 1).unwrap_or(usize::MAX))
                .ok_or(Error::NotFound)?
                .text();
            let text = item.text(&point);
            let places: Vec<(usize, usize)> =
                text.match_indices(words).map(|(at, found)| (at, at + found.len())).collect();
            if words.trim().is_empty() || places.is_empty() {
                return Err(Error::Refused(
                    "その言葉は、この意見の文章にありません。文章のとおりに入力してください。".to_owned(),
                ));
            }
            for (start, end) in places {
                let mask = Mask {
                    id: 0,
                    item_id,
                    start_byte: i64::try_from(start).unwrap_or(0),
                    end_byte: i64::try_from(end).unwrap_or(0),
                    hidden: *hidden,
                    reason: (*reason).to_owned(),
                };
                store::insert_mask(db, &mask, viewer.id, now.into())?;
            }
        }
    }
    let told = line(Act::ResultMasked, row.id).with(json!({ "item": item_id }));
    trail::record(db, &viewer.by(), now, &told)?;
    Ok(row.id)
}

/// What is done to the full text of an item.
#[derive(Clone, Debug)]
pub enum Masking<'a> {
    /// Every place where these words stand is hidden, or shown although the machine would hide it.
    Words {
        /// As they stand in the text.
        words: &'a str,
        /// Hidden, or shown.
        hidden: bool,
        /// Code of a [`crate::text::MaskReason`].
        reason: &'a str,
    },
    /// What persons did to it is taken back.
    Undo,
}

/// What is missing, and the result as it would be: for the clerk's page.
pub fn checklist(db: &mut Db, row: &Consultation, today: NaiveDate) -> Result<(Sources, Vec<Lack>)> {
    let s = sources(db, row)?;
    let lacks = s.lacks(&answers::open_points(db, row.id)?, today);
    Ok((s, lacks))
}

/// Groups on one page of a result.
pub const PER_PAGE: i64 = 200;

/// One page of a version, as the public, the approver and the clerk see it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The version.
    pub version: Version,
    /// Its head.
    pub content: Content,
    /// The answers of the groups on this page.
    pub views: Vec<content::View>,
    /// The groups of this page.
    pub groups: Vec<content::Group>,
    /// Their distinct texts, where full texts are published.
    pub texts: Vec<store::Text>,
    /// Withheld items.
    pub withheld: Vec<content::Item>,
    /// Chapters: name, first group, how many groups.
    pub chapters: Vec<(String, i64, i64)>,
    /// From 1.
    pub page: i64,
    /// How many pages.
    pub pages: i64,
}

/// The page a group stands on.
pub fn page_of(group_no: i64) -> i64 {
    (group_no - 1).max(0) / PER_PAGE + 1
}

/// Reads one page of a version; a page beyond the last is the last.
pub fn sheet(db: &mut Db, version: &Version, page: i64) -> Result<Sheet> {
    let pages = page_of(version.groups);
    let page = page.clamp(1, pages);
    let content = Content::read(&version.content)?;
    let from = (page - 1) * PER_PAGE;
    let groups = store::groups_from(db, version.id, from, PER_PAGE)?;
    let ends = |no: fn(&content::Group) -> i64| {
        let numbers = || groups.iter().map(no);
        (numbers().min().unwrap_or(0), numbers().max().unwrap_or(-1))
    };
    let (first, last) = ends(|g| g.view_no);
    let views = store::views_between(db, version.id, first, last)?;
    let texts = if content.full {
        store::texts_of_groups(db, version.id, from + 1, from + PER_PAGE)?
    } else {
        Vec::new()
    };
    let withheld = if page == 1 { store::withheld(db, version.id)? } else { Vec::new() };
    let chapters = store::chapters_of(db, version.id)?;
    Ok(Sheet { version: version.clone(), content, views, groups, texts, withheld, chapters, page, pages })
}

/// Whether [`preview`] has a page to show.
pub fn can_be_shown(s: &Sources) -> bool {
    made::make(s, &HashMap::new()).is_ok()
}

/// A page of the result as it would be now, before anything is stored. Of full texts it leaves out what the machine
/// finds; what only the senders' own details tell is taken out when the version is made.
///
/// # Errors
/// [`Error::Refused`] while the decision is missing or an item has no answer.
pub fn preview(db: &mut Db, row: &Consultation, page: i64) -> Result<Sheet> {
    let s = sources(db, row)?;
    let made = made::make(&s, &texts(db, &s, &HashMap::new())?)?;
    let many = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let pages = page_of(many(made.groups.len()));
    let page = page.clamp(1, pages);
    let here = |no: i64| page_of(no) == page;
    let mut words: BTreeMap<(i64, String, String), (i64, i64)> = BTreeMap::new();
    for item in made.items.iter().filter(|i| made.content.full && i.group_no.is_some_and(here)) {
        let key = (item.group_no.unwrap_or(0), item.body.clone(), item.org_name.clone());
        words.entry(key).or_insert((0, item.no)).0 += 1;
    }
    let mut texts: Vec<store::Text> = words
        .into_iter()
        .map(|((group, body, org_name), (many, first))| store::Text {
            group_no: Some(group),
            body,
            org_name,
            many,
            first: Some(first),
        })
        .collect();
    texts.sort_by_key(|t| t.first);
    let mut chapters: Vec<(String, i64, i64)> = Vec::new();
    for group in &made.groups {
        match chapters.last_mut().filter(|(name, ..)| *name == group.chapter) {
            Some(chapter) => chapter.2 += 1,
            None => chapters.push((group.chapter.clone(), group.no, 1)),
        }
    }
    let groups: Vec<content::Group> = made.groups.iter().filter(|g| here(g.no)).cloned().collect();
    let version = Version {
        id: 0,
        consultation_id: row.id,
        no: store::newest(db, row.id)?.map_or(1, |v| v.no + 1),
        content: String::new(),
        content_hash: String::new(),
        source_hash: String::new(),
        views: many(made.views.len()),
        groups: many(made.groups.len()),
        items: many(made.items.len()),
        from_state: row.state,
        publish_on: made.content.publish_on,
        change_note: made.content.change_note.clone(),
        author_id: row.created_by,
        created_at: row.created_at,
    };
    let withheld = made.items.iter().filter(|i| i.withheld.is_some() && page == 1).cloned().collect();
    let of_page = |no: i64| groups.iter().any(|g| g.view_no == no);
    Ok(Sheet {
        views: made.views.iter().filter(|v| of_page(v.no)).cloned().collect(),
        content: made.content,
        version,
        groups,
        texts,
        withheld,
        chapters,
        page,
        pages,
    })
}

/// A result before the public, as pages need it.
#[derive(Clone, Debug)]
pub struct Released {
    /// The version.
    pub version: Version,
    /// Its head.
    pub content: Content,
    /// When it went out.
    pub at: crate::db::Instant,
    /// All versions that went out, the newest first: number, moment, note.
    pub history: Vec<(i64, crate::db::Instant, String)>,
}

/// The result before the public; of an earlier version with its number.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn released(db: &mut Db, id: i64, no: Option<i64>) -> Result<Released> {
    let all = store::released(db, id)?;
    let history = all.iter().map(|(v, at)| (v.no, *at, v.change_note.clone())).collect();
    let (version, at) =
        all.into_iter().find(|(v, _)| no.is_none_or(|no| v.no == no)).ok_or(Error::NotFound)?;
    Ok(Released { content: Content::read(&version.content)?, version, at, history })
}

/// What a published result says of one submission.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The consultation.
    pub consultation_id: i64,
    /// Its items in their order, each with what answers it.
    pub items: Vec<(content::Item, Option<(content::Group, content::View)>)>,
}

/// What the result says of one submission; none before there is one.
pub fn answers_to(db: &mut Db, id: i64, submission_id: i64) -> Result<Option<Answers>> {
    let Some((version, _)) = store::released(db, id)?.into_iter().next() else { return Ok(None) };
    let mut items = Vec::new();
    for item in store::items_of_submission(db, version.id, submission_id)? {
        let answer = match item.group_no {
            Some(no) => {
                let group = store::groups_from(db, version.id, no - 1, 1)?.into_iter().next();
                let group = group.ok_or(Error::NotFound)?;
                let view = store::views_between(db, version.id, group.view_no, group.view_no)?;
                view.into_iter().next().map(|view| (group, view))
            }
            None => None,
        };
        items.push((item, answer));
    }
    Ok(Some(Answers { consultation_id: id, items }))
}

/// A full text as it came and as it would be published, with how many items have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The first item that has it: its number.
    pub item: i64,
    /// How many have it.
    pub many: i64,
    /// As it came.
    pub text: String,
    /// As it would be published; none where that cannot be told.
    pub shown: Option<String>,
}

/// The full texts of a consultation as they would be published, copies once, without what only the senders' details can
/// tell: for the clerk's look before the draft is circulated.
pub fn texts_to_look_over(db: &mut Db, id: i64, after: i64, most: i64) -> Result<Vec<Look>> {
    let masks = store::masks(db, id)?;
    let found = store::same_texts(db, id, after, most)?;
    let texts = opinions::texts(db, &found.iter().map(|t| t.first).collect::<Vec<_>>())?;
    Ok(found
        .into_iter()
        .map(|same| {
            let text = texts.get(&same.first).cloned().unwrap_or_default();
            let own: Vec<&Mask> =
                masks.iter().filter(|(exact, _)| *exact == same.exact).map(|(_, m)| m).collect();
            let shown = words::published(&text, None, &own).ok().map(|p| p.body);
            Look { item: same.first, many: same.many, text, shown }
        })
        .collect())
}
