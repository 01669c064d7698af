//! Publications (公表): what of a letter and its answer anybody may read, from the proposal to the withdrawal; long
//! because the verbs of one journey stand together.
//!
//! Staff mask the three parts, a second person decides on exactly that text, and the decision itself puts it before
//! the public: the same transaction writes the voice, its search terms, its counts and the next edition.

pub mod handlers;
mod likeness;
pub mod open_data;
pub mod publication;
pub mod store;
pub mod views;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::{self, Outcome};
use crate::people::party::PartyDetails;
use crate::people::{self, May, Viewer};
use crate::seal::Sealer;
use crate::text::personal::{KnownNames, find};
use crate::text::{MaskReason, NotPublic, PublicText};
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::App;
use likeness::Likeness;
use publication::{
    Content, Decision, Part, PartText, Publication, Similar, Source, Span, State, Voice, Withheld,
};
use store::drafts::{self, Change, NewSpan, Origin};
use store::voices;

/// Makes a matter a candidate for publication: keeps its three parts as they stand and marks what may be personal.
///
/// # Errors
/// [`Error::Refused`] when the sender does not agree, the matter is still open, or no section owns it;
/// [`Error::Stale`] when it was proposed before.
pub fn propose(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    matter_id: i64,
) -> Result<i64> {
    viewer.may(May::Publish)?;
    let origin = drafts::origin(db, matter_id)?;
    if !matches!(origin.matter.state, matter::State::Replied | matter::State::Closed) {
        return Err(Error::Refused("公表の候補にできるのは、回答または完結した件です。".to_owned()));
    }
    if !origin.publish_ok {
        return Err(Error::Refused("差出人が公表を望んでいないため、公表の候補にできません。".to_owned()));
    }
    if origin.unit.is_none() {
        return Err(Error::Refused("担当部署が決まっていない件は、公表の候補にできません。".to_owned()));
    }
    if drafts::of_matter(db, matter_id)?.is_some() {
        return Err(Error::Stale("この件は、すでに公表の候補になっています。".to_owned()));
    }
    let fields = origin.fields.iter().map(|f| f.code()).collect::<Vec<_>>().join(",");
    let shown = (
        origin.matter.kind.unwrap_or(MatterKind::Other),
        origin.matter.outcome.unwrap_or(Outcome::Other),
        fields.as_str(),
    );
    let id = drafts::insert(db, matter_id, shown, viewer.id, now.into())?;
    let answer = origin.reply.as_ref().map_or("", |(body, _)| body.as_str());
    let sender = open_sender(db, sealer, now, &origin, id)?;
    let known = known(&sender);
    let mut marked = 0;
    let parts =
        [(Part::Subject, origin.matter.title.as_str()), (Part::Voice, &origin.body), (Part::Answer, answer)];
    for (part, original) in parts {
        drafts::insert_part(db, id, part, original)?;
        for candidate in find(original, &known) {
            let note = format!("{}({})", candidate.kind.label(), candidate.why);
            let span = NewSpan {
                part,
                range: (candidate.range.start, candidate.range.end),
                reason: MaskReason::Personal.code(),
                note: Some(&note),
                source: Source::Finder,
                decided: None,
            };
            drafts::insert_span(db, id, &span)?;
            marked += 1;
        }
    }
    let proposed = drafts::publication(db, id)?;
    note_what_is_left(db, &proposed, &origin, &sender, Change::default())?;
    let line = line(Act::PublicationProposed, id, &origin).with(json!({ "marked": marked }));
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(id)
}

/// Decides on spans that are marked already; `reason` gives them another reason too.
///
/// # Errors
/// [`Error::Stale`] when the publication has moved on since `seen`.
#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
pub fn decide(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    decisions: &[(i64, Decision)],
    reason: Option<MaskReason>,
) -> Result<()> {
    let work = Work::begin(db, viewer, id, seen)?;
    for (span, decision) in decisions {
        drafts::decide_span(db, id, *span, *decision, reason.map(MaskReason::code), viewer.id, now.into())?;
    }
    let told: Vec<_> = decisions.iter().map(|(span, decision)| json!([span, decision])).collect();
    work.finish(db, sealer, viewer, now, json!({ "decided": told, "reason": reason.map(MaskReason::code) }))
}

/// Marks stretches of a part. What lies over a span that is marked already becomes one span with it.
///
/// # Errors
/// [`Error::Refused`] for a stretch that is not of this text.
#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
pub fn mask(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    part: Part,
    ranges: &[(usize, usize)],
    reason: MaskReason,
) -> Result<()> {
    let work = Work::begin(db, viewer, id, seen)?;
    let original =
        drafts::parts(db, id)?.into_iter().find(|p| p.part == part).ok_or(Error::NotFound)?.original;
    for &(start, end) in ranges {
        if start >= end || original.get(start..end).is_none() {
            return Err(Error::Refused(
                "伏せる範囲が本文と合いません。画面を開き直してください。".to_owned(),
            ));
        }
        let (mut start, mut end) = (start, end);
        for span in drafts::spans(db, id)?.iter().filter(|s| s.part == part) {
            if let Some(other) = span.mask().filter(|m| m.start < end && start < m.end) {
                (start, end) = (start.min(other.start), end.max(other.end));
                drafts::decide_span(db, id, span.id, Decision::Rejected, None, viewer.id, now.into())?;
            }
        }
        let decided = Some((viewer.id, now.into()));
        let span = NewSpan {
            part,
            range: (start, end),
            reason: reason.code(),
            note: None,
            source: Source::Staff,
            decided,
        };
        drafts::insert_span(db, id, &span)?;
    }
    work.finish(
        db,
        sealer,
        viewer,
        now,
        json!({ "part": part, "added": ranges.len(), "reason": reason.code() }),
    )
}

/// What the city writes itself on a page.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// In the place of the subject.
    pub title: Option<String>,
    /// 要旨, in the place of the voice.
    pub gist: Option<String>,
    /// In the place of the reply, or where none was sent.
    pub answer: Option<String>,
    /// Kind shown.
    pub kind: Option<MatterKind>,
    /// 対応の種別.
    pub outcome: Option<Outcome>,
    /// 分野.
    pub fields: Vec<Field>,
}

/// Writes the city's own words, or takes them away.
pub fn write(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    texts: &Texts,
) -> Result<()> {
    let mut work = Work::begin(db, viewer, id, seen)?;
    for (part, words) in
        [(Part::Subject, &texts.title), (Part::Voice, &texts.gist), (Part::Answer, &texts.answer)]
    {
        drafts::rewrite_part(db, id, part, words.as_deref())?;
    }
    work.change.kind = texts.kind;
    work.change.outcome = texts.outcome;
    work.change.fields = Some(texts.fields.iter().map(|f| f.code()).collect::<Vec<_>>().join(","));
    let told = json!({
        "title": texts.title.is_some(), "gist": texts.gist.is_some(), "answer": texts.answer.is_some(),
        "kind": texts.kind, "outcome": texts.outcome, "fields": texts.fields,
    });
    work.finish(db, sealer, viewer, now, told)
}

/// A change of masks or texts that is going on.
struct Work {
    before: Publication,
    origin: Origin,
    change: Change,
}

impl Work {
    fn begin(db: &mut Db, viewer: &Viewer, id: i64, seen: i64) -> Result<Work> {
        viewer.may(May::Publish)?;
        let before = still(db, id, seen)?;
        if !before.state.is_open() {
            return Err(Error::Stale(format!(
                "この公表はいま「{}」なので、伏せ字や文章を直せません。",
                before.state.label()
            )));
        }
        let origin = drafts::origin(db, before.matter_id)?;
        Ok(Work { before, origin, change: Change::default() })
    }

    fn finish(
        self,
        db: &mut Db,
        sealer: &Sealer,
        viewer: &Viewer,
        now: DateTime<Utc>,
        told: serde_json::Value,
    ) -> Result<()> {
        let sender = open_sender(db, sealer, now, &self.origin, self.before.id)?;
        note_what_is_left(db, &self.before, &self.origin, &sender, self.change)?;
        let line = line(Act::PublicationMasked, self.before.id, &self.origin).with(told);
        trail::record(db, &viewer.by(), now, &line)
    }
}

/// What stands in the way of approval: each a sentence. Empty when the page may go up.
pub fn obstacles(publication: &Publication, parts: &[PartText], spans: &[Span]) -> Vec<&'static str> {
    let mut found = Vec::new();
    let shown = |part: Part| parts.iter().find(|p| p.part == part).filter(|p| p.rewritten.is_none());
    if spans.iter().any(|s| s.state == Decision::Candidate && shown(s.part).is_some()) {
        found.push("まだ判断していない伏せ字の候補があります。");
    }
    if publication.name_left {
        found.push("差出人の氏名や連絡先が公表文に残っています。その部分を伏せてください。");
    }
    let empty = |part: Part| {
        parts
            .iter()
            .any(|p| p.part == part && p.rewritten.as_deref().unwrap_or(&p.original).trim().is_empty())
    };
    if empty(Part::Answer) {
        found.push("回答を送っていないため、「市の考え方」を市の文章で書いてください。");
    }
    if empty(Part::Subject) || empty(Part::Voice) {
        found.push("題名か声の本文が空です。");
    }
    found
}

/// A version ready for approval: what to hand to [`crate::moderation::circulate`].
#[derive(Clone, Debug)]
pub struct Ready {
    /// `publication_version.id`: the subject of the approval.
    pub version_id: i64,
    /// What the approval is bound to.
    pub content_hash: String,
    /// The matter it belongs to.
    pub matter_id: i64,
    /// Its letter.
    pub letter_id: i64,
    /// What approvers read in their list.
    pub title: String,
}

/// Makes the next version, exactly as it will be published. The caller starts its approval in the same transaction.
///
/// # Errors
/// [`Error::Refused`] with what is still in the way: an undecided candidate, the sender's name (T-15), an empty part.
pub fn submit(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
) -> Result<Ready> {
    let Work { before, origin, .. } = Work::begin(db, viewer, id, seen)?;
    if !origin.publish_ok {
        return Err(Error::Refused("差出人が公表を望んでいないため、公表できません。".to_owned()));
    }
    let (parts, spans) = (drafts::parts(db, id)?, drafts::spans(db, id)?);
    let sender = open_sender(db, sealer, now, &origin, id)?;
    // asked of the text itself, not of the note that was made when it was last changed
    let content = content(&before, &origin, &parts, &spans, &sender.telling());
    let asked = Publication { name_left: matches!(content, Err(NotPublic::StillThere(_))), ..before.clone() };
    if let Some(obstacle) = obstacles(&asked, &parts, &spans).first() {
        return Err(Error::Refused((*obstacle).to_owned()));
    }
    let content = content.map_err(|e| Error::Refused(e.to_string()))?;
    let no = before.current_no + 1;
    let content_hash = content.hash(id, no);
    let version_id = drafts::insert_version(db, id, no, &content, &content_hash, viewer.id, now.into())?;
    let change = Change { state: Some(State::InApproval), current_no: Some(no), ..Change::default() };
    drafts::change(db, &before, &change)?;
    Ok(Ready {
        version_id,
        content_hash,
        matter_id: before.matter_id,
        letter_id: origin.matter.letter_id,
        title: content.title.to_string(),
    })
}

/// The hash a version's content has now: what an approval of it is compared with.
pub fn current_hash(db: &mut Db, version_id: i64) -> Result<String> {
    let version = drafts::version(db, version_id)?;
    Ok(version.content.hash(version.publication_id, version.no))
}

/// A version was decided on: it goes before the public at once, dated the Tokyo day of the decision.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the version that waits for a decision, or its text is not the one decided on.
pub fn decided(db: &mut Db, by: &By, now: DateTime<Utc>, version_id: i64, content_hash: &str) -> Result<()> {
    let version = drafts::version(db, version_id)?;
    let publication = waiting(db, &version)?;
    if version.hash != content_hash || version.content.hash(publication.id, version.no) != content_hash {
        return Err(Error::Stale("決裁された内容と公表する内容が違います。".to_owned()));
    }
    let today = crate::calendar::tokyo_day(now);
    let release = drafts::insert_release(db, &version, today, by.staff_id, now.into())?;
    let corrects = voices::voice(db, publication.id)?.is_some();
    voices::publish(db, &version, release, today)?;
    let change = Change { state: Some(State::Published), correction_note: Some(None), ..Change::default() };
    drafts::change(db, &publication, &change)?;
    let origin = drafts::origin(db, publication.matter_id)?;
    let act = if corrects { Act::PublicationCorrected } else { Act::Published };
    let told = json!({ "version": version.no, "content_hash": content_hash });
    trail::record(db, by, now, &line(act, publication.id, &origin).with(told))
}

/// A version was returned or pulled back: its masks and texts may be changed again. The approval's own line in the
/// trail tells who and why.
pub fn returned(db: &mut Db, _by: &By, _now: DateTime<Utc>, version_id: i64) -> Result<()> {
    let version = drafts::version(db, version_id)?;
    let publication = waiting(db, &version)?;
    drafts::change(db, &publication, &Change { state: Some(State::Returned), ..Change::default() })?;
    Ok(())
}

fn waiting(db: &mut Db, version: &drafts::Version) -> Result<Publication> {
    let publication = drafts::publication(db, version.publication_id)?;
    if publication.state != State::InApproval || publication.current_no != version.no {
        return Err(Error::Stale("この版は、もう決裁を待っていません。".to_owned()));
    }
    Ok(publication)
}

/// Begins a correction (正誤) of what is public. The version before stays public until the new one is decided on.
///
/// `note` tells the readers what is corrected.
pub fn correct(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    note: &str,
) -> Result<()> {
    viewer.may(May::Publish)?;
    let before = still(db, id, seen)?;
    if before.state != State::Published {
        return Err(Error::Stale("訂正できるのは、公表中のものです。".to_owned()));
    }
    let origin = drafts::origin(db, before.matter_id)?;
    let sender = open_sender(db, sealer, now, &origin, id)?;
    let change = Change {
        state: Some(State::Candidate),
        correction_note: Some(Some(note.to_owned())),
        ..Change::default()
    };
    let begun = Publication { correction_note: Some(note.to_owned()), ..before.clone() };
    note_what_is_left_of(db, &before, &begun, &origin, &sender, change)?;
    let line = line(Act::PublicationMasked, id, &origin).with(json!({ "correction": before.current_no + 1 }));
    trail::record(db, &viewer.by(), now, &line)
}

/// Takes a published voice from the public at once, with every version of it.
pub fn withdraw(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    reason: Withheld,
    note: &str,
) -> Result<()> {
    viewer.may(May::Publish)?;
    let before = still(db, id, seen)?;
    if voices::voice(db, id)?.is_none() {
        return Err(Error::Stale("取り下げられるのは、公表中のものです。".to_owned()));
    }
    voices::withdraw(db, id)?;
    end(db, viewer, now, &before, State::Withdrawn, reason, note, Act::PublicationWithdrawn)
}

/// Decides not to publish a candidate; of a correction, leaves the version before as it is.
pub fn drop_candidate(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
    reason: Withheld,
    note: &str,
) -> Result<()> {
    viewer.may(May::Publish)?;
    let before = still(db, id, seen)?;
    if !before.state.is_open() {
        return Err(Error::Stale(format!("この公表はいま「{}」です。", before.state.label())));
    }
    if voices::voice(db, id)?.is_some() {
        let change =
            Change { state: Some(State::Published), correction_note: Some(None), ..Change::default() };
        drafts::change(db, &before, &change)?;
        let origin = drafts::origin(db, before.matter_id)?;
        let told = json!({ "correction": false, "reason": reason, "note": note });
        return trail::record(db, &viewer.by(), now, &line(Act::PublicationDropped, id, &origin).with(told));
    }
    end(db, viewer, now, &before, State::Dropped, reason, note, Act::PublicationDropped)
}

#[expect(clippy::too_many_arguments, reason = "who, when, what, which: all of them are the act")]
fn end(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    before: &Publication,
    state: State,
    reason: Withheld,
    note: &str,
    act: Act,
) -> Result<()> {
    let change = Change {
        state: Some(state),
        ended_at: Some(Some(now.into())),
        ended_reason: Some(Some(reason)),
        ended_note: Some(Some(note.to_owned())),
        ended_by: Some(Some(viewer.id)),
        ..Change::default()
    };
    drafts::change(db, before, &change)?;
    let origin = drafts::origin(db, before.matter_id)?;
    trail::record(db, &viewer.by(), now, &line(act, before.id, &origin).with(json!({ "reason": reason })))
}

fn still(db: &mut Db, id: i64, seen: i64) -> Result<Publication> {
    let publication = drafts::publication(db, id)?;
    if publication.version == seen {
        Ok(publication)
    } else {
        Err(Error::Stale("この公表は、画面を開いたあとに別の人が更新しました。".to_owned()))
    }
}

fn line(act: Act, id: i64, origin: &Origin) -> Line {
    Line::new(act, Subject::Publication, id).of_letter(origin.matter.letter_id)
}

/// The sender, opened by the program to find what may not be shown; the trail says so.
fn open_sender(
    db: &mut Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    origin: &Origin,
    publication_id: i64,
) -> Result<PartyDetails> {
    let Some(party_id) = &origin.party_id else { return Ok(PartyDetails::default()) };
    let purpose = format!("公表する文の伏せ字を探すため(公表 {publication_id})");
    people::peek_for_address(db, sealer, now, party_id, origin.matter.letter_id, &purpose)
}

fn known(sender: &PartyDetails) -> KnownNames {
    let filled = |all: &[&String]| all.iter().filter(|s| !s.is_empty()).map(|s| (*s).clone()).collect();
    KnownNames {
        names: filled(&[&sender.name, &sender.rep_name, &sender.org_name]),
        kana: filled(&[&sender.name_kana, &sender.name_kana_norm]),
        addresses: filled(&[&sender.address]),
        phones: filled(&[&sender.phone]),
        emails: filled(&[&sender.email]),
    }
}

/// Makes a change and notes with it whether anything that tells who the sender is would still be shown.
fn note_what_is_left(
    db: &mut Db,
    before: &Publication,
    origin: &Origin,
    sender: &PartyDetails,
    change: Change,
) -> Result<()> {
    note_what_is_left_of(db, before, &before.clone(), origin, sender, change)
}

fn note_what_is_left_of(
    db: &mut Db,
    before: &Publication,
    shown: &Publication,
    origin: &Origin,
    sender: &PartyDetails,
    change: Change,
) -> Result<()> {
    let (parts, spans) = (drafts::parts(db, before.id)?, drafts::spans(db, before.id)?);
    let left = match content(shown, origin, &parts, &spans, &sender.telling()) {
        Ok(_) => false,
        Err(NotPublic::StillThere(_)) => true,
        Err(trouble @ NotPublic::Spans(_)) => return Err(Error::Refused(trouble.to_string())),
    };
    drafts::change(db, before, &Change { name_left: Some(left), ..change })?;
    Ok(())
}

/// What the page would say: undecided candidates are masked.
pub fn content(
    publication: &Publication,
    origin: &Origin,
    parts: &[PartText],
    spans: &[Span],
    forbidden: &[String],
) -> Result<Content, NotPublic> {
    let part = |which: Part| match parts.iter().find(|p| p.part == which) {
        Some(part) => publication::public_part(part, spans, forbidden),
        None => PublicText::written_by_city("", forbidden),
    };
    let (unit_name, unit_phone) = origin.unit.clone().unwrap_or_default();
    let note = publication.correction_note.as_deref();
    Ok(Content {
        title: part(Part::Subject)?,
        voice: part(Part::Voice)?,
        gist: parts.iter().any(|p| p.part == Part::Voice && p.rewritten.is_some()),
        answer: part(Part::Answer)?,
        unit_name,
        unit_phone,
        kind: publication.kind,
        fields: publication::fields_of(&publication.fields),
        outcome: publication.outcome,
        received_on: origin.matter.received_on,
        replied_on: origin.reply.as_ref().map(|(_, at)| at.tokyo_day()),
        answered_sender: origin.reply.is_some(),
        correction_note: note.map(|n| PublicText::written_by_city(n, forbidden)).transpose()?,
    })
}

/// Up to `most` published answers to letters like this text; empty when nothing shares enough with it. `but` is left out.
///
/// # Errors
/// The database's, when something was published since the voices were last read.
pub async fn similar(app: &App, text: &str, most: usize, but: Option<i64>) -> Result<Vec<Similar>> {
    let edition = app.edition().await?;
    let likeness = match app.kept.derived::<Likeness>() {
        Some(likeness) => likeness,
        None => {
            let offers = app.db.read(|db| voices::offers(db, likeness::NEWEST)).await?;
            app.kept.keep_derived(edition, Likeness::of(offers))
        }
    };
    Ok(likeness.like(text, most, but))
}

/// The newest published voices, for the front page.
pub fn latest(db: &mut Db, most: i64) -> Result<Vec<Voice>> {
    voices::latest(db, most)
}
