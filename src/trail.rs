//! The history of everything done: append-only, hash-chained, with who, when, what, to what and from which door; long by
//! the list of everything that can be done.
//!
//! [`record`] adds a line in the transaction of the act itself. [`link`] chains new lines a moment later, so that
//! writers on PostgreSQL need not wait for one another; [`verify`] finds any line changed, missing, added or moved.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::db::schema::{trail, trail_link};
use crate::db::{Backend, Db, Instant};
use crate::error::Result;
use crate::text_enum;

text_enum! {
    /// The door through which something was done.
    pub enum Door {
        Citizen = "citizen" => "市民の窓口",
        Staff = "staff" => "職員の窓口",
        Shell = "shell" => "コマンド",
        System = "system" => "自動処理",
    }
}

text_enum! {
    /// What sort of actor did it.
    pub enum ActorKind {
        Citizen = "citizen" => "市民",
        Staff = "staff" => "職員",
        System = "system" => "システム",
    }
}

/// Who does something and from where: the first thing every verb is told.
#[derive(Clone, Debug)]
pub struct By {
    /// The door.
    pub door: Door,
    /// The sort of actor.
    pub kind: ActorKind,
    /// The member of staff, if it is one.
    pub staff_id: Option<i64>,
    /// The name at the time; never a citizen's.
    pub name: String,
}

impl By {
    /// A citizen; who it is is nobody's business here.
    pub fn citizen() -> Self {
        By { door: Door::Citizen, kind: ActorKind::Citizen, staff_id: None, name: String::new() }
    }

    /// A member of staff at the staff door.
    pub fn staff(id: i64, name: &str) -> Self {
        By { door: Door::Staff, kind: ActorKind::Staff, staff_id: Some(id), name: name.to_owned() }
    }

    /// The program itself.
    pub fn system() -> Self {
        By { door: Door::System, kind: ActorKind::System, staff_id: None, name: String::new() }
    }

    /// Somebody at the machine's shell.
    pub fn shell() -> Self {
        By { door: Door::Shell, kind: ActorKind::System, staff_id: None, name: String::new() }
    }
}

text_enum! {
    /// What was done.
    pub enum Act {
        LetterReceived = "letter.received" => "受け付けた",
        LetterEntered = "letter.entered" => "入力した",
        LetterChecked = "letter.checked" => "入力を確認した",
        LetterCorrected = "letter.corrected" => "読取りを訂正した",
        ReceiptRenewed = "letter.receipt_renewed" => "確認番号を出し直した",
        LetterRegistered = "letter.registered" => "登録した",
        LetterRead = "letter.read" => "開いた",
        LetterClosed = "letter.closed" => "すべて完結した",
        LetterFollowed = "letter.followed" => "続きの手紙が届いた",
        MatterAdded = "matter.added" => "件を分けた",
        MatterChanged = "matter.changed" => "件の内容を直した",
        MatterAccepted = "matter.accepted" => "受理した",
        MatterOutOfScope = "matter.out_of_scope" => "対象外とした",
        MatterPassedOn = "matter.passed_on" => "回付・移ちょうした",
        MatterCirculated = "matter.circulated" => "供覧した",
        MatterSeen = "matter.seen" => "供覧を見た",
        MatterAssigned = "matter.assigned" => "担当課を決めた",
        MatterTaken = "matter.taken" => "担当者を決めた",
        MatterReturnedToCentre = "matter.returned_to_centre" => "広聴へ戻した",
        MatterNoReply = "matter.no_reply" => "回答しないこととした",
        MatterAsked = "matter.asked" => "差出人に尋ねた",
        MatterHeard = "matter.heard" => "差出人から返事があった",
        MatterClosed = "matter.closed" => "完結した",
        MatterFiled = "matter.filed" => "保存した",
        MatterPart = "matter.part" => "関係課の意見を書いた",
        Noted = "letter.noted" => "メモを書いた",
        FeedbackGiven = "matter.feedback" => "役に立ったかの返事があった",
        ReplyDrafted = "reply.drafted" => "回答案を書いた",
        ReplyChanged = "reply.changed" => "回答案を直した",
        ApprovalStarted = "approval.started" => "起案した",
        ApprovalStepped = "approval.stepped" => "承認した",
        ApprovalConcurred = "approval.concurred" => "合議した",
        ApprovalReturned = "approval.returned" => "差し戻した",
        ApprovalPulledBack = "approval.pulled_back" => "引き戻した",
        ApprovalDecided = "approval.decided" => "決裁した",
        ApprovalVoided = "approval.voided" => "決裁が効力を失った",
        ApprovalSeenLater = "approval.seen_later" => "後閲した",
        ReplySent = "reply.sent" => "回答を送った",
        InterimSent = "reply.interim_sent" => "中間回答を送った",
        LetterPrinted = "reply.printed" => "回答を印刷した",
        MailQueued = "mail.queued" => "メールを送信箱に入れた",
        MailSent = "mail.sent" => "メールを送った",
        MailFailed = "mail.failed" => "メールを送れなかった",
        MailInDoubt = "mail.in_doubt" => "メールが届いたか分からない",
        MailOpened = "mail.opened" => "メールの宛先と本文を開いた",
        MailSettled = "mail.settled" => "届いたかどうかを確かめた",
        IncomingPlaced = "incoming.placed" => "届いたメールを振り分けた",
        IncomingOpened = "incoming.opened" => "届いたメールを開いた",
        IncomingTaken = "incoming.taken" => "届いたメールの原本を取り出した",
        IncomingRetried = "incoming.retried" => "届いたメールをもう一度読ませた",
        IncomingSettled = "incoming.settled" => "届いたメールを確認済みにした",
        MailWithheld = "mail.withheld" => "自動のメールを送らなかった",
        MailReturned = "mail.returned" => "メールが届かずに戻った",
        MailStopped = "mail.stopped" => "自動のメールを止めるよう連絡があった",
        MailResumed = "mail.resumed" => "自動のメールをまた送ってよいと連絡があった",
        MailDisowned = "mail.disowned" => "手紙を送っていないと連絡があった",
        MailConfirmed = "mail.confirmed" => "メールアドレスを確かめてもらった",
        MailFrozen = "mail.frozen" => "自動のメールを止めた",
        MailThawed = "mail.thawed" => "自動のメールを再開した",
        PartyOpened = "party.opened" => "差出人を見た",
        PartyCorrected = "party.corrected" => "差出人を直した",
        FileOpened = "file.opened" => "添付の原本を開いた",
        FileAdded = "file.added" => "添付を受け取った",
        FileScanned = "file.scanned" => "添付を検査した",
        FileRefused = "file.refused" => "添付を開けないようにした",
        PublicationProposed = "publication.proposed" => "公表の候補にした",
        PublicationMasked = "publication.masked" => "伏せ字を決めた",
        PublicationDropped = "publication.dropped" => "公表しないこととした",
        Published = "publication.published" => "公表した",
        PublicationCorrected = "publication.corrected" => "公表を訂正した",
        PublicationWithdrawn = "publication.withdrawn" => "公表を取り下げた",
        SignedIn = "staff.signed_in" => "サインインした",
        SignedOut = "staff.signed_out" => "サインアウトした",
        SignInRefused = "staff.sign_in_refused" => "サインインを断った",
        SessionEnded = "staff.session_ended" => "サインインを終わらせた",
        PasswordChanged = "staff.password_changed" => "パスワードを変えた",
        SecondFactorSet = "staff.second_factor_set" => "二段階認証を設定した",
        StaffAdded = "staff.added" => "職員を加えた",
        StaffChanged = "staff.changed" => "職員を直した",
        StaffDisabled = "staff.disabled" => "職員を停止した",
        StaffEnabled = "staff.enabled" => "職員の停止を解いた",
        PasswordReset = "staff.password_reset" => "パスワードを出し直した",
        SecondFactorReset = "staff.second_factor_reset" => "二段階認証を解いた",
        StaffPosted = "staff.posted" => "配属を決めた",
        AbsenceRecorded = "staff.absence_recorded" => "不在を記録した",
        AbsenceWithdrawn = "staff.absence_withdrawn" => "不在の記録を取り消した",
        UnitAdded = "unit.added" => "組織を加えた",
        UnitChanged = "unit.changed" => "組織を直した",
        ViewSaved = "view.saved" => "表示を保存した",
        KeysRotated = "keys.rotated" => "鍵を替えた",
        TrailChecked = "trail.checked" => "記録の鎖を確かめた",
        Exported = "data.exported" => "書き出した",
        BackedUp = "data.backed_up" => "控えを取った",
        Restored = "data.restored" => "控えから戻した",
        ConsultationPlanned = "consultation.planned" => "意見募集を準備した",
        ConsultationChanged = "consultation.changed" => "意見募集の内容を直した",
        PaperAdded = "consultation.paper_added" => "資料を載せた",
        PaperImported = "consultation.paper_imported" => "資料の文章を取り込んだ",
        PaperRemoved = "consultation.paper_removed" => "資料を外した",
        ConsultationApproved = "consultation.approved" => "意見募集の決裁が済んだ",
        ConsultationReturned = "consultation.returned" => "意見募集が準備中に戻った",
        ConsultationAnnounced = "consultation.announced" => "意見募集を公示した",
        ConsultationOpened = "consultation.opened" => "意見募集が始まった",
        ConsultationClosed = "consultation.closed" => "意見募集が終わった",
        PeriodChangeWritten = "consultation.event_written" => "募集期間の変更を起案した",
        PeriodChanged = "consultation.event_published" => "募集期間の変更を公表した",
        PeriodChangeDropped = "consultation.event_dropped" => "募集期間の変更を取りやめた",
        PreviewMade = "consultation.preview_made" => "公示前の確認用リンクを作った",
        SubmissionReceived = "submission.received" => "意見を受け付けた",
        SubmissionEntered = "submission.entered" => "意見を入力した",
        SubmissionsImported = "consultation.submissions_imported" => "意見を一覧から取り込んだ",
        SubmissionConfirmed = "submission.confirmed" => "本人が送ったと確かめられた",
        SubmissionDisputed = "submission.disputed" => "本人が送っていないと知らせがあった",
        LetterIsOpinion = "letter.is_opinion" => "意見募集の意見としても受け付けた",
        SubmissionHandled = "submission.handled" => "意見の扱いを決めた",
        SubmissionChecked = "submission.checked" => "入力した意見を確認した",
        FloodSet = "consultation.flood_set" => "殺到への備えを切り替えた",
        FloodBegan = "consultation.flood_began" => "殺到への備えが自動で始まった",
        FloodEnded = "consultation.flood_ended" => "殺到への備えが自動で終わった",
        SubscriptionConfirmed = "subscription.confirmed" => "お知らせのメールの登録が確かめられた",
        SubscriptionEnded = "subscription.ended" => "お知らせのメールの登録が終わった",
        SubscribersTold = "subscription.told" => "登録した方へお知らせを送った",
        AnsweringBegun = "answers.begun" => "市の考え方の作成を始めた",
        ChaptersMade = "answers.chapters_made" => "市の考え方の章を作った",
        ChapterChanged = "answers.chapter_changed" => "市の考え方の章を直した",
        ChapterRemoved = "answers.chapter_removed" => "市の考え方の章を消した",
        GroupsPlaced = "answers.placed" => "意見を章に入れた",
        ViewAttached = "answers.attached" => "意見に市の考え方を付けた",
        ViewDetached = "answers.detached" => "意見を市の考え方から外した",
        AnswerActUndone = "answers.undone" => "市の考え方の付け外しを元に戻した",
        ViewWritten = "answers.written" => "市の考え方を書いた",
        ViewRemoved = "answers.removed" => "市の考え方を取り除いた",
        AnswersApproved = "answers.approved" => "市の考え方の決裁が済んだ",
        AnswersReturned = "answers.returned" => "市の考え方が作成中に戻った",
        AnswersReopened = "answers.reopened" => "市の考え方の決裁を取り消した",
        AnswersTaken = "answers.taken" => "市の考え方の表を書き出した",
        PhraseChanged = "answers.phrase_changed" => "定型文を直した",
        FinalTextTaken = "answers.final_text" => "最終の文章を取り込んだ",
        OtherChangeWritten = "answers.other_change" => "ほかの理由による変更を書いた",
        SortingStarted = "consultation.sorting_started" => "意見の整理を始めた",
        OpinionsSorted = "opinions.sorted" => "意見を整理した",
        DigestSent = "digest.sent" => "毎日のお知らせを送った",
        ResultDrafted = "consultation.result_drafted" => "結果の下書きを保存した",
        ResultMasked = "consultation.result_masked" => "結果に載せる全文の伏せ字を決めた",
        ResultReturned = "consultation.result_returned" => "結果の決裁が戻った",
        ResultApproved = "consultation.result_approved" => "結果の決裁が済んだ",
        ResultPublished = "consultation.result_published" => "結果を公表した",
        ResultTold = "consultation.result_told" => "結果の公表を提出者に知らせた",
    }
}

text_enum! {
    /// What it was done to.
    pub enum Subject {
        Letter = "letter" => "手紙",
        Matter = "matter" => "件",
        Reply = "reply" => "回答",
        Approval = "approval" => "決裁",
        Publication = "publication" => "公表",
        Party = "party" => "差出人",
        Attachment = "attachment" => "添付",
        Mail = "mail" => "メール",
        Incoming = "incoming" => "届いたメール",
        Staff = "staff" => "職員",
        Unit = "unit" => "組織",
        Consultation = "consultation" => "意見募集",
        Submission = "submission" => "提出意見",
        System = "system" => "システム",
    }
}

/// One act, to be recorded.
#[derive(Clone, Debug)]
pub struct Line {
    /// What was done.
    pub act: Act,
    /// The sort of thing it was done to.
    pub subject: Subject,
    /// Its id.
    pub id: String,
    /// The letter it belongs to, if any: a letter's history is all lines with its id.
    pub letter_id: Option<i64>,
    /// What changed, as small JSON; never personal data, never a text of a letter.
    pub detail: Value,
}

impl Line {
    /// An act on a thing.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and ids stand in the call as they are")]
    pub fn new(act: Act, subject: Subject, id: impl ToString) -> Self {
        Line { act, subject, id: id.to_string(), letter_id: None, detail: Value::Null }
    }

    /// The letter it belongs to.
    pub fn of_letter(mut self, letter_id: i64) -> Self {
        self.letter_id = Some(letter_id);
        self
    }

    /// What changed.
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// A line as it was recorded.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = trail, check_for_backend(Backend))]
pub struct Recorded {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// From which door.
    pub door: Door,
    /// By what sort of actor.
    pub actor_kind: ActorKind,
    /// The member of staff.
    pub actor_id: Option<i64>,
    /// The name then.
    pub actor_name: String,
    /// What: a code of [`Act`], kept as text so that old lines stay readable when acts are renamed.
    pub act: String,
    /// To what sort of thing.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// The letter it belongs to.
    pub letter_id: Option<i64>,
    /// What changed, JSON.
    pub detail: String,
}

impl Recorded {
    /// The act in words.
    pub fn words(&self) -> &str {
        match Act::from_code(&self.act) {
            Some(act) => act.label(),
            None => &self.act,
        }
    }

    /// What the chain's hash covers: every column, in an order that never changes.
    fn digest(&self, previous: &str) -> String {
        let whole = serde_json::json!([
            previous,
            self.id,
            self.at.to_string(),
            self.door.code(),
            self.actor_kind.code(),
            self.actor_id,
            self.actor_name,
            self.act,
            self.subject_kind,
            self.subject_id,
            self.letter_id,
            self.detail,
        ]);
        hex::encode(Sha256::digest(whole.to_string().as_bytes()))
    }
}

/// Adds a line, in the transaction of the act it tells of.
pub fn record(db: &mut Db, by: &By, at: DateTime<Utc>, line: &Line) -> Result<()> {
    diesel::insert_into(trail::table)
        .values((
            trail::at.eq(Instant::from(at)),
            trail::door.eq(by.door),
            trail::actor_kind.eq(by.kind),
            trail::actor_id.eq(by.staff_id),
            trail::actor_name.eq(&by.name),
            trail::act.eq(line.act.code()),
            trail::subject_kind.eq(line.subject.code()),
            trail::subject_id.eq(&line.id),
            trail::letter_id.eq(line.letter_id),
            trail::detail.eq(if line.detail.is_null() { String::new() } else { line.detail.to_string() }),
        ))
        .execute(db)?;
    Ok(())
}

/// The latest moment of any line; none while there is none.
pub fn last_at(db: &mut Db) -> Result<Option<DateTime<Utc>>> {
    let last: Option<Instant> = trail::table.select(diesel::dsl::max(trail::at)).first(db)?;
    Ok(last.map(Instant::utc))
}

/// The history of a letter and everything that belongs to it, oldest first.
pub fn of_letter(db: &mut Db, letter_id: i64) -> Result<Vec<Recorded>> {
    Ok(trail::table
        .filter(trail::letter_id.eq(letter_id))
        .order(trail::id)
        .select(Recorded::as_select())
        .load(db)?)
}

/// The history of one thing, oldest first.
pub fn of_subject(db: &mut Db, subject: Subject, id: &str) -> Result<Vec<Recorded>> {
    Ok(trail::table
        .filter(trail::subject_kind.eq(subject.code()))
        .filter(trail::subject_id.eq(id))
        .order(trail::id)
        .select(Recorded::as_select())
        .load(db)?)
}

/// What the first line is chained to.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// How many of the newest lines are looked through for ones that are not chained yet. A line committed by another
/// process may carry a smaller number than one already chained, but never by as much as this.
const WINDOW: i64 = 20_000;

/// How many lines are not chained yet.
pub fn loose(db: &mut Db) -> Result<i64> {
    let newest: Option<i64> = trail_link::table.select(diesel::dsl::max(trail_link::trail_id)).first(db)?;
    Ok(trail::table
        .left_join(trail_link::table.on(trail_link::trail_id.eq(trail::id)))
        .filter(trail_link::no.is_null())
        .filter(trail::id.gt(newest.unwrap_or(0) - WINDOW))
        .count()
        .get_result(db)?)
}

/// Chains lines that are not chained yet, at most `most`; run inside [`crate::db::Pool::write`]. Gives how many.
pub fn link(db: &mut Db, most: i64) -> Result<usize> {
    let last: Option<(i64, String)> = trail_link::table
        .order(trail_link::no.desc())
        .select((trail_link::no, trail_link::hash))
        .first(db)
        .optional()?;
    let newest: Option<i64> = trail_link::table.select(diesel::dsl::max(trail_link::trail_id)).first(db)?;
    let loose: Vec<Recorded> = trail::table
        .left_join(trail_link::table.on(trail_link::trail_id.eq(trail::id)))
        .filter(trail_link::no.is_null())
        .filter(trail::id.gt(newest.unwrap_or(0) - WINDOW))
        .order(trail::id)
        .limit(most)
        .select(Recorded::as_select())
        .load(db)?;
    let (mut no, mut previous) = last.unwrap_or((0, START.to_owned()));
    for line in &loose {
        let hash = line.digest(&previous);
        no += 1;
        diesel::insert_into(trail_link::table)
            .values((
                trail_link::no.eq(no),
                trail_link::trail_id.eq(line.id),
                trail_link::prev.eq(&previous),
                trail_link::hash.eq(&hash),
            ))
            .execute(db)?;
        previous = hash;
    }
    Ok(loose.len())
}

/// What [`verify`] found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Chained lines.
    pub lines: i64,
    /// The newest link's hash: printed elsewhere, it makes a cut tail noticeable.
    pub head: String,
    /// What is wrong, in words; empty when nothing is.
    pub faults: Vec<String>,
}

/// Walks the whole chain and compares every line with its link. Chain new lines first.
pub fn verify(db: &mut Db) -> Result<Verdict> {
    let mut verdict = Verdict { head: START.to_owned(), ..Verdict::default() };
    loop {
        let links: Vec<(i64, i64, String, String)> = trail_link::table
            .filter(trail_link::no.gt(verdict.lines))
            .order(trail_link::no)
            .limit(1000)
            .select((trail_link::no, trail_link::trail_id, trail_link::prev, trail_link::hash))
            .load(db)?;
        if links.is_empty() {
            break;
        }
        let ids: Vec<i64> = links.iter().map(|l| l.1).collect();
        let lines: std::collections::HashMap<i64, Recorded> = trail::table
            .filter(trail::id.eq_any(ids))
            .select(Recorded::as_select())
            .load(db)?
            .into_iter()
            .map(|r| (r.id, r))
            .collect();
        for (no, id, prev, hash) in links {
            if no != verdict.lines + 1 {
                verdict.faults.push(format!("記録の鎖が {} 番から {no} 番へ飛んでいます", verdict.lines));
            }
            if prev != verdict.head {
                verdict.faults.push(format!("記録の鎖の {no} 番が前とつながっていません"));
            }
            match lines.get(&id) {
                None => verdict.faults.push(format!("記録 {id} がありません(鎖の {no} 番)")),
                Some(line) if line.digest(&prev) != hash => {
                    verdict.faults.push(format!("記録 {id} が書き換えられています(鎖の {no} 番)"));
                }
                Some(_) => {}
            }
            verdict.lines = no;
            verdict.head = hash;
        }
        if verdict.faults.len() > 100 {
            break;
        }
    }
    let recorded: i64 = trail::table.count().get_result(db)?;
    if verdict.faults.is_empty() && recorded != verdict.lines {
        verdict.faults.push(format!("記録は {recorded} 行、鎖は {} 行です", verdict.lines));
    }
    Ok(verdict)
}
