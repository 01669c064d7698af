//! The result of a consultation (結果の公表): what is approved is what is published, version by version.
//!
//! A version is its head and its rows, never changed; its hash covers all of them. It is made of the answers, the groups
//! and the clerk's own words, and another hash over those says whether anything was changed since it was made.

pub mod changes;
pub mod checklist;
pub mod content;
pub mod files;
pub mod handlers;
pub mod made;
mod making;
pub mod open_data;
pub mod proof;
pub mod schema;
mod sheet;
pub mod store;
pub mod told;
pub mod views;
pub mod words;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::approval::{self, About, SubjectKind};
use crate::calendar;
use crate::consultations::consultation::{Consultation, State};
use crate::consultations::{store as consulted, subscriptions};
use crate::db::{Db, next_edition};
use crate::error::{Error, Result};
use crate::opinions::answers;
use crate::opinions::store as opinions;
use crate::people::{May, Viewer};
use crate::seal::Sealer;
use crate::trail::{self, Act, By, Line, Subject};
use content::{Content, ResultHash};
pub use making::{checklist, draft, sources};
pub use sheet::{
    Answers, Look, PER_PAGE, Released, Sheet, answers_to, can_be_shown, page_of, preview, released, sheet,
    texts_to_look_over,
};
use store::{Draft, Mask, NewVersion, Version};

/// Rows read at a time.
const CHUNK: i64 = 1_000;

fn line(act: Act, id: i64) -> Line {
    Line::new(act, Subject::Consultation, id)
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
    let senders = making::open_senders(db, sealer, &viewer.by(), now, id)?;
    let words = making::texts(db, &s, &senders)?;
    let made = made::make(&s, &words)?;
    making::check_names(&made, &senders)?;
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
    next_edition(db)?;
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
