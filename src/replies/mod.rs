//! Replies: versions of a text, put before its approvers, and sent exactly as approved; long
//! because the verbs of one journey stand together.

pub mod handlers;
pub mod message;
pub mod reply;
pub mod store;
pub mod views;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::Queryable;
use serde_json::{Value, json};

use crate::approval::{self, Approval, ApprovalState, SubjectKind};
use crate::calendar::{self, FiscalYear};
use crate::db::{Db, Instant};
use crate::error::{Error, Result};
use crate::letters;
use crate::letters::letter::ReplyVia;
use crate::letters::matter::{Change, Matter, State, Step};
use crate::mail::{self, MailState, Prepared};
use crate::people::{May, Role, Viewer};
use crate::text::ReceiptCode;
use crate::trail::{self, Act, Line, Subject};
use reply::{Frame, Recipient, Reply, ReplyKind, ReplyState, Version, Via, Words, content_hash};

/// A matter with the words of its letter. Of the sender there is only an id.
#[derive(Clone, Debug)]
pub struct Case {
    /// The matter.
    pub matter: Matter,
    /// Twelve digits.
    pub receipt_code: String,
    /// The year it is counted in.
    pub fiscal_year: i64,
    /// Its number in the year's register.
    pub register_no: Option<i64>,
    /// 受付日.
    pub received_on: NaiveDate,
    /// As typed.
    pub letter_subject: String,
    /// As typed, or as staff corrected the reading.
    pub letter_body: String,
    /// How a reply is wanted.
    pub reply_via: Option<ReplyVia>,
    /// The sender; none for a nameless letter.
    pub party_id: Option<String>,
    /// The section that owns the matter.
    pub unit_name: String,
    /// The department above it.
    pub department_name: String,
    /// The section's telephone.
    pub unit_phone: Option<String>,
    /// 関係課.
    pub joint: Vec<i64>,
}

impl Case {
    /// The units whose business it is.
    pub fn units(&self) -> Vec<i64> {
        self.matter.owning_unit_id.into_iter().collect()
    }

    /// The owner and the sections that add their part: they may read.
    pub fn readers(&self) -> Vec<i64> {
        self.matter.owning_unit_id.into_iter().chain(self.joint.iter().copied()).collect()
    }

    /// `R8-0123`, or the receipt code before it is registered.
    pub fn label(&self) -> String {
        match (self.register_no, i32::try_from(self.fiscal_year)) {
            (Some(no), Ok(year)) => crate::calendar::register_label(FiscalYear(year), no),
            _ => ReceiptCode::grouped(&self.receipt_code),
        }
    }

    /// The way a reply goes unless somebody says otherwise.
    pub fn via(&self) -> Via {
        match self.reply_via {
            Some(ReplyVia::Email) => Via::Email,
            Some(ReplyVia::Post) | None => Via::Post,
            Some(ReplyVia::Phone) => Via::Phone,
            Some(ReplyVia::Fax) => Via::Fax,
        }
    }
}

/// Something that was sent about a letter.
#[derive(Clone, Debug, Queryable)]
pub struct Sent {
    /// The matter.
    pub matter_id: i64,
    /// The reply.
    pub reply_id: i64,
    /// Answer, interim answer or question.
    pub kind: ReplyKind,
    /// By which way.
    pub via: Via,
    /// The heading.
    pub subject: String,
    /// The text as approved.
    pub body: String,
    /// The day an interim reply named.
    pub expected_on: Option<NaiveDate>,
    /// The section that answered.
    pub unit_name: Option<String>,
    /// When.
    pub at: Instant,
}

/// What was sent about a letter, oldest first: for the citizen's page and for publication.
pub fn sent_of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Sent>> {
    store::sent_of_letter(db, letter_id)
}

/// The fingerprint of the receiver for a way of sending; none when he or she left no address for it. It is keyed and
/// made of what was told, not of how it lies sealed: any correction of name or address counts, fresh keys do not.
fn mark(via: Via, party: &store::PartyRow) -> Option<String> {
    let whole = party.whole_mark.as_str();
    match via {
        Via::Email => party.mail_mark.as_ref().map(|mail| format!("{mail} {whole}")),
        Via::Phone | Via::Fax => party.phone_mark.as_ref().map(|phone| format!("{phone} {whole}")),
        Via::Post | Via::Counter => Some(whole.to_owned()),
    }
}

/// What an approval of these words holds.
fn hash_of(
    case: &Case,
    kind: ReplyKind,
    via: Via,
    words: (&str, &str),
    expected_on: Option<NaiveDate>,
    to: &Recipient,
) -> String {
    let phone = case.unit_phone.clone().unwrap_or_default();
    let frame = Frame {
        mail_subject: message::mail_subject(case),
        signed_by: [case.department_name.clone(), case.unit_name.clone(), phone],
    };
    content_hash(kind, via, words, expected_on, to, &frame)
}

/// What saving a version came to.
#[derive(Clone, Debug)]
pub enum Saved {
    /// Kept as this version.
    As(i64),
    /// Nothing differs from the newest version.
    Unchanged,
    /// Somebody saved another version meanwhile; nothing was kept.
    Overtaken(Box<Version>),
}

/// Begins a reply with its first version and gives its id. The first draft of a final reply moves the matter to
/// drafting.
///
/// # Errors
/// [`Error::Stale`] when the matter already has an open reply of this kind, or is not where a reply can be written;
/// [`Error::Refused`] when the sender left no address for this way.
pub fn begin(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    matter_id: i64,
    kind: ReplyKind,
    via: Via,
    words: &Words,
) -> Result<i64> {
    let case = store::case(db, matter_id)?;
    viewer.may(May::WorkOnMatter(&case.units()))?;
    writable(&case.matter, kind)?;
    if open_of(db, matter_id, kind)?.is_some() {
        return Err(Error::Stale(format!("この件には、書きかけの{}がすでにあります。", kind.label())));
    }
    let to = reachable(db, &case, via)?;
    let id = store::insert(db, matter_id, kind, via, viewer.id, now.into())?;
    let hash = hash_of(&case, kind, via, (&words.subject, &words.body), words.expected_on, &to);
    store::insert_version(db, id, 1, words, &hash, viewer.id, now.into())?;
    let line = Line::new(Act::ReplyDrafted, Subject::Reply, id)
        .of_letter(case.matter.letter_id)
        .with(json!({ "kind": kind, "via": via, "version": 1, "hash": hash }));
    trail::record(db, &viewer.by(), now, &line)?;
    if kind == ReplyKind::Final && matches!(case.matter.state, State::Assigned | State::Returned) {
        // who writes first has it on his or her desk from then on
        let drafter = case.matter.drafter_id.or_else(|| viewer.is(Role::Drafter).then_some(viewer.id));
        let change = Change { drafter_id: Some(drafter), ..Change::default() };
        letters::advance(db, &viewer.by(), now, matter_id, None, Step::Draft, change, Value::Null)?;
    }
    Ok(id)
}

/// The reply of a kind that a matter has open: begun and not sent.
pub fn open_of(db: &mut Db, matter_id: i64, kind: ReplyKind) -> Result<Option<Reply>> {
    Ok(store::of_matter(db, matter_id)?
        .into_iter()
        .rev()
        .find(|r| r.kind == kind && !matches!(r.state, ReplyState::Sent | ReplyState::Void)))
}

/// Whether a reply of a kind can be written for a matter as it stands.
///
/// # Errors
/// [`Error::Stale`] with where it stands.
pub fn writable(matter: &Matter, kind: ReplyKind) -> Result<()> {
    use State as S;
    let can = match kind {
        ReplyKind::Final => matches!(matter.state, S::Assigned | S::Returned | S::Drafting),
        ReplyKind::Interim => {
            matches!(matter.state, S::Assigned | S::Returned | S::Drafting | S::InApproval | S::Approved)
        }
        ReplyKind::Question => matter.owning_unit_id.is_some() && matter.after(Step::Ask).is_some(),
    };
    if can {
        return Ok(());
    }
    Err(Error::Stale(format!(
        "この件はいま「{}」なので、{}は書けません。",
        matter.state.label(),
        kind.label()
    )))
}

fn reachable(db: &mut Db, case: &Case, via: Via) -> Result<Recipient> {
    let to = store::recipient(db, case, via)?;
    if to.mark.is_none() && via != Via::Counter {
        return Err(Error::Refused(format!(
            "差出人から{}の宛先をいただいていないため、この方法では送れません。別の方法を選んでください。",
            via.label()
        )));
    }
    Ok(to)
}

fn step(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, matter_id: i64, step: Step) -> Result<Matter> {
    letters::advance(db, &viewer.by(), now, matter_id, None, step, Change::default(), Value::Null)
}

/// Saves a new version; older ones stay. `seen_no` is the version the person's page showed. An edit after the
/// decision voids it (T-12).
///
/// # Errors
/// [`Error::Stale`] while it circulates (pull it back first) or after it was sent.
pub fn save(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen_no: i64,
    via: Via,
    words: &Words,
) -> Result<Saved> {
    let reply = store::reply(db, id)?;
    let case = store::case(db, reply.matter_id)?;
    viewer.may(May::WorkOnMatter(&case.units()))?;
    match reply.state {
        ReplyState::Draft | ReplyState::Returned | ReplyState::Approved => {}
        ReplyState::InApproval => {
            return Err(Error::Stale("回議中の文面は直せません。起案者が引き戻すと直せます。".to_owned()));
        }
        ReplyState::Sent | ReplyState::Void => {
            return Err(Error::Stale("発送した文面は直せません。".to_owned()));
        }
    }
    let newest = store::version(db, id, reply.current_no)?;
    if reply.current_no != seen_no {
        return Ok(Saved::Overtaken(Box::new(newest)));
    }
    let to = reachable(db, &case, via)?;
    let hash = hash_of(&case, reply.kind, via, (&words.subject, &words.body), words.expected_on, &to);
    if hash == newest.content_hash {
        return Ok(Saved::Unchanged);
    }
    let no = reply.current_no + 1;
    store::insert_version(db, id, no, words, &hash, viewer.id, now.into())?;
    let change = store::Change { state: Some(ReplyState::Draft), current_no: Some(no), via: Some(via) };
    store::change(db, &reply, &change)?;
    let line = Line::new(Act::ReplyChanged, Subject::Reply, id)
        .of_letter(case.matter.letter_id)
        .with(json!({ "version": no, "hash": hash }));
    trail::record(db, &viewer.by(), now, &line)?;
    if reply.state == ReplyState::Approved
        && let Some(decided) = approval::store::alive(db, SubjectKind::Reply, newest.id)?
    {
        approval::void(db, &viewer.by(), now, decided.id, "文面を直した")?;
        if reply.kind == ReplyKind::Final && case.matter.state == State::Approved {
            step(db, viewer, now, case.matter.id, Step::Void)?;
        }
    }
    if reply.kind == ReplyKind::Final && case.matter.state == State::Returned {
        step(db, viewer, now, case.matter.id, Step::Draft)?;
    }
    Ok(Saved::As(no))
}

/// Puts the newest version before its approvers (起案) and gives the approval's id.
///
/// # Errors
/// [`Error::Stale`] when the version shown is not the newest or the reply is no draft; as for [`approval::start`].
pub fn submit(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen_no: i64,
    class: &str,
) -> Result<i64> {
    let reply = store::reply(db, id)?;
    let case = store::case(db, reply.matter_id)?;
    viewer.may(May::WorkOnMatter(&case.units()))?;
    if reply.current_no != seen_no {
        return Err(Error::Stale("文面が、画面を開いたあとに別の人によって直されました。".to_owned()));
    }
    let version = store::version(db, id, reply.current_no)?;
    if reply.state == ReplyState::InApproval
        && let Some(there) = approval::store::alive(db, SubjectKind::Reply, version.id)?
    {
        return Ok(there.id);
    }
    if reply.state != ReplyState::Draft {
        return Err(Error::Stale(match reply.state {
            ReplyState::Returned => "差し戻された文面は、直して保存してから起案してください。".to_owned(),
            state => format!("この回答はいま「{}」なので、起案できません。", state.label()),
        }));
    }
    let hash = hash_now(db, &reply, &version, &case)?;
    if hash != version.content_hash {
        return Err(Error::Refused(
            "宛先か担当課が、文面を保存したあとに変わりました。文面をもう一度保存してください。".to_owned(),
        ));
    }
    let draft = approval::Draft {
        subject_kind: SubjectKind::Reply,
        subject_id: version.id,
        class,
        content_hash: &version.content_hash,
        about: approval::About::Matter { matter_id: case.matter.id, letter_id: case.matter.letter_id },
        title: &version.subject,
        author_id: version.author_id,
        unit_id: case.matter.owning_unit_id,
        joint: &case.joint,
    };
    let approval_id = approval::start(db, viewer, now, &draft)?;
    store::change(
        db,
        &reply,
        &store::Change { state: Some(ReplyState::InApproval), ..store::Change::default() },
    )?;
    if reply.kind == ReplyKind::Final {
        step(db, viewer, now, case.matter.id, Step::Submit)?;
    }
    Ok(approval_id)
}

fn hash_now(db: &mut Db, reply: &Reply, version: &Version, case: &Case) -> Result<String> {
    let to = store::recipient(db, case, reply.via)?;
    let words = (version.subject.as_str(), version.body.as_str());
    Ok(hash_of(case, reply.kind, reply.via, words, version.expected_on, &to))
}

/// The hash that the text an approval is about has now: of its newest version, to today's address.
pub fn current_hash(db: &mut Db, approval: &Approval) -> Result<String> {
    let reply = of_version(db, approval.subject_id)?;
    let case = store::case(db, reply.matter_id)?;
    let newest = store::version(db, reply.id, reply.current_no)?;
    hash_now(db, &reply, &newest, &case)
}

/// The reply a version belongs to.
pub fn of_version(db: &mut Db, version_id: i64) -> Result<Reply> {
    let version = store::version_by_id(db, version_id)?;
    store::reply(db, version.reply_id)
}

/// What follows when the approvers decided.
pub fn decided(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    follow(db, viewer, now, version_id, ReplyState::Approved, Step::Approve)
}

/// What follows when they sent it back.
pub fn returned(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    follow(db, viewer, now, version_id, ReplyState::Returned, Step::Return)
}

/// What follows when the drafter pulled it back.
pub fn pulled_back(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, version_id: i64) -> Result<()> {
    follow(db, viewer, now, version_id, ReplyState::Draft, Step::PullBack)
}

fn follow(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    version_id: i64,
    state: ReplyState,
    then: Step,
) -> Result<()> {
    let reply = of_version(db, version_id)?;
    let change = store::Change { state: Some(state), ..store::Change::default() };
    store::change(db, &reply, &change)?;
    if reply.kind == ReplyKind::Final {
        step(db, viewer, now, reply.matter_id, then)?;
    }
    Ok(())
}

/// What is needed to send a reply: read before the transaction, checked again in it.
pub struct Sending {
    /// The reply.
    pub reply: Reply,
    /// The approved version.
    pub version: Version,
    /// Its matter and letter.
    pub case: Case,
    /// The sealed sender.
    pub party: Option<store::PartyRow>,
    /// The newest mail about the letter that went out: what the answer follows.
    pub parent: Option<Parent>,
}

/// A mail of ours that an answer follows.
pub struct Parent {
    /// `outbox.id`.
    pub id: String,
    /// Without angle brackets.
    pub message_id: String,
    /// Its data key and sealed text: the mails it followed are in it.
    pub sealed: (i64, Vec<u8>),
}

/// A letter for the printer.
pub struct Paper {
    /// What stands on it.
    pub sending: Sending,
    /// The day it left the house, once it has: a later print carries the same date.
    pub sent_on: Option<NaiveDate>,
    /// It was printed before and has been sent since.
    pub again: bool,
}

/// Looks up what is to be sent.
///
/// # Errors
/// [`Error::Refused`] unless the newest version is approved (T-14).
pub fn sending(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Sending> {
    let reply = store::reply(db, id)?;
    let case = store::case(db, reply.matter_id)?;
    viewer.may(May::WorkOnMatter(&case.units()))?;
    if !matches!(reply.state, ReplyState::Approved | ReplyState::Sent) {
        return Err(Error::Refused("決裁が済んでいないため、送ったり印刷したりできません。".to_owned()));
    }
    let version = store::version(db, id, reply.current_no)?;
    let party = match &case.party_id {
        Some(id) => Some(store::party(db, id)?),
        None => None,
    };
    let mailed = mail::returns::deliveries(db, case.matter.letter_id)?;
    let went = |m: &mail::ledger_store::OfLetter| matches!(m.state, MailState::Sent | MailState::InDoubt);
    let parent = match mailed.into_iter().map(|d| d.mail).rfind(went) {
        Some(mail) => {
            let sealed = mail::store::sealed(db, &mail.id)?;
            Some(Parent { id: mail.id, message_id: mail.message_id, sealed })
        }
        None => None,
    };
    Ok(Sending { reply, version, case, party, parent })
}

/// Sends an approved reply (施行): the record that it left the house and, for mail, the row of the outbox, in one
/// transaction. Sent twice, it is sent once. `mail` was sealed before.
///
/// # Errors
/// [`Error::Refused`] when text or receiver differ from what was decided (T-12, T-14).
pub fn dispatch(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    mail: Option<&Prepared>,
) -> Result<()> {
    let Sending { reply, version, case, .. } = sending(db, viewer, id)?;
    if reply.state == ReplyState::Sent {
        return Ok(());
    }
    let approval = approval::store::alive(db, SubjectKind::Reply, version.id)?
        .filter(|a| a.state == ApprovalState::Decided)
        .ok_or_else(|| Error::Refused("効力のある決裁がないため、送れません。".to_owned()))?;
    let hash = hash_now(db, &reply, &version, &case)?;
    approval::executed(db, now, approval.id, &hash)?;
    let dispatch_id = store::insert_dispatch(db, approval.id, &version, reply.via, viewer.id, now.into())?;
    if reply.via == Via::Email {
        let mail = mail.ok_or_else(|| Error::internal("a mail was not prepared"))?;
        let mut mail = mail.clone();
        mail.letter_id = Some(case.matter.letter_id);
        mail.matter_id = Some(case.matter.id);
        mail.dispatch_id = Some(dispatch_id);
        mail.content_hash = Some(version.content_hash.clone());
        mail::enqueue(db, &mail)?;
        opened(db, viewer, now, &case, "回答をメールで送るため")?;
        let line = Line::new(Act::MailQueued, Subject::Mail, &mail.id).of_letter(case.matter.letter_id);
        trail::record(db, &viewer.by(), now, &line)?;
    }
    let sent = store::Change { state: Some(ReplyState::Sent), ..store::Change::default() };
    store::change(db, &reply, &sent)?;
    after_sending(db, viewer, now, &reply, &version, &case)
}

/// What sending does to the matter: an answer ends the wait, an interim answer moves the day, a question waits for the
/// sender (7.4).
fn after_sending(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    reply: &Reply,
    version: &Version,
    case: &Case,
) -> Result<()> {
    let by = viewer.by();
    let told = json!({ "via": reply.via, "hash": version.content_hash, "version": version.no });
    let matter = case.matter.id;
    match reply.kind {
        ReplyKind::Final => {
            letters::advance(db, &by, now, matter, None, Step::Send, Change::default(), told)?;
        }
        ReplyKind::Interim => {
            let day = version
                .expected_on
                .ok_or_else(|| Error::Refused("中間回答に予定の日がありません。".to_owned()))?;
            let line = Line::new(Act::InterimSent, Subject::Reply, reply.id)
                .of_letter(case.matter.letter_id)
                .with(json!({ "via": reply.via, "hash": version.content_hash, "due_on": day }));
            letters::extend_due(db, &by, now, matter, day, &line)?;
        }
        ReplyKind::Question => {
            letters::advance(db, &by, now, matter, None, Step::Ask, Change::default(), told)?;
            store::insert_question(db, case, &version.body, viewer.id, now.into())?;
        }
    }
    Ok(())
}

fn opened(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, case: &Case, why: &str) -> Result<()> {
    if let Some(party) = &case.party_id {
        let line = Line::new(Act::PartyOpened, Subject::Party, party)
            .of_letter(case.matter.letter_id)
            .with(json!({ "reason": why }));
        trail::record(db, &viewer.by(), now, &line)?;
    }
    Ok(())
}

/// Records that somebody opened the sender to print the letter; run before anything is shown.
pub fn printing(db: &mut Db, viewer: &Viewer, now: DateTime<Utc>, id: i64) -> Result<Paper> {
    let sending = sending(db, viewer, id)?;
    viewer.may(May::OpenParty(&sending.case.units()))?;
    opened(db, viewer, now, &sending.case, "回答を印刷するため")?;
    let sent_on = store::dispatched(db, sending.version.id)?.map(|(at, ..)| calendar::tokyo_day(at.utc()));
    let again = sent_on.is_some() && store::was_printed(db, id)?;
    let line = Line::new(Act::LetterPrinted, Subject::Reply, id).of_letter(sending.case.matter.letter_id);
    trail::record(db, &viewer.by(), now, &line)?;
    Ok(Paper { sending, sent_on, again })
}
