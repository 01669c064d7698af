//! A matter (件): one thing asked in a letter, and its journey.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::letter::MatterKind;
use crate::db::schema::matter;
use crate::db::{Backend, Instant};
use crate::text_enum;
use crate::trail::Act;

text_enum! {
    /// Where a matter stands.
    pub enum State {
        Received = "received" => "受付",
        Registered = "registered" => "登録",
        OutOfScope = "out_of_scope" => "対象外",
        PassedOn = "passed_on" => "回付・移ちょう",
        Accepted = "accepted" => "受理",
        Circulated = "circulated" => "供覧済み",
        Assigned = "assigned" => "担当課",
        ReturnedToCentre = "returned_to_centre" => "広聴へ戻し",
        NoReply = "no_reply" => "回答なし",
        Drafting = "drafting" => "回答案作成中",
        InApproval = "in_approval" => "決裁中",
        Returned = "returned" => "差戻し",
        Approved = "approved" => "決裁済み",
        Replied = "replied" => "回答済み",
        AwaitingSender = "awaiting_sender" => "差出人に確認中",
        Closed = "closed" => "完結",
        Filed = "filed" => "保存",
    }
}

text_enum! {
    /// What moves a matter on.
    pub enum Step {
        Register = "register" => "登録する",
        RuleOut = "rule_out" => "対象外とする",
        PassOn = "pass_on" => "回付・移ちょうする",
        Accept = "accept" => "受理する",
        Circulate = "circulate" => "供覧する",
        Assign = "assign" => "担当課を決める",
        ReturnToCentre = "return_to_centre" => "広聴へ戻す",
        SetNoReply = "set_no_reply" => "回答しないこととする",
        Draft = "draft" => "回答案を書く",
        Submit = "submit" => "起案する",
        Return = "return" => "差し戻す",
        PullBack = "pull_back" => "引き戻す",
        Approve = "approve" => "決裁する",
        Void = "void" => "決裁後に直す",
        Send = "send" => "回答を送る",
        Close = "close" => "完結する",
        File = "file" => "保存する",
        Ask = "ask" => "差出人に尋ねる",
        Hear = "hear" => "返事を受ける",
    }
}

impl State {
    /// Where a step leads from here, if it may be taken. [`Step::Hear`] leads back to where [`Step::Ask`] was taken,
    /// which only the row knows: see [`Matter::after`].
    pub fn after(self, step: Step) -> Option<State> {
        use State as S;
        use Step as T;
        Some(match (self, step) {
            (S::Received, T::Register) => S::Registered,
            (S::Registered, T::RuleOut) => S::OutOfScope,
            (S::Registered, T::PassOn) => S::PassedOn,
            (S::Registered, T::Accept) => S::Accepted,
            (S::OutOfScope | S::PassedOn, T::File) => S::Filed,
            (S::Accepted, T::Circulate) => S::Circulated,
            (S::Circulated | S::ReturnedToCentre, T::Assign) => S::Assigned,
            (S::Assigned, T::ReturnToCentre) => S::ReturnedToCentre,
            (S::Assigned, T::SetNoReply) => S::NoReply,
            (S::Assigned | S::Returned, T::Draft) => S::Drafting,
            (S::Drafting, T::Submit) => S::InApproval,
            (S::InApproval, T::Return) => S::Returned,
            (S::InApproval, T::PullBack) => S::Drafting,
            (S::InApproval, T::Approve) => S::Approved,
            (S::Approved, T::Void) => S::Drafting,
            (S::Approved, T::Send) => S::Replied,
            (S::Replied | S::NoReply, T::Close) => S::Closed,
            (from, T::Ask) if from.is_open() && from != S::AwaitingSender => S::AwaitingSender,
            _ => return None,
        })
    }

    /// Whether something is still to be done.
    pub fn is_open(self) -> bool {
        !matches!(self, State::Closed | State::Filed)
    }

    /// States in which something is still to be done.
    pub fn open() -> Vec<State> {
        State::ALL.iter().copied().filter(|s| s.is_open()).collect()
    }
}

impl Step {
    /// The line it leaves in the trail.
    pub fn act(self) -> Act {
        match self {
            Step::Register => Act::LetterRegistered,
            Step::RuleOut => Act::MatterOutOfScope,
            Step::PassOn => Act::MatterPassedOn,
            Step::Accept => Act::MatterAccepted,
            Step::Circulate => Act::MatterCirculated,
            Step::Assign => Act::MatterAssigned,
            Step::ReturnToCentre => Act::MatterReturnedToCentre,
            Step::SetNoReply => Act::MatterNoReply,
            Step::Draft => Act::ReplyDrafted,
            Step::Submit => Act::ApprovalStarted,
            Step::Return => Act::ApprovalReturned,
            Step::PullBack => Act::ApprovalPulledBack,
            Step::Approve => Act::ApprovalDecided,
            Step::Void => Act::ApprovalVoided,
            Step::Send => Act::ReplySent,
            Step::Close => Act::MatterClosed,
            Step::File => Act::MatterFiled,
            Step::Ask => Act::MatterAsked,
            Step::Hear => Act::MatterHeard,
        }
    }
}

text_enum! {
    /// What came of a matter.
    pub enum Outcome {
        Realised = "realised" => "実現",
        WillRealise = "will_realise" => "実現予定",
        Studying = "studying" => "調査検討",
        Difficult = "difficult" => "困難",
        Reference = "reference" => "参考",
        Explained = "explained" => "説明",
        PassedOn = "passed_on" => "伝達・移ちょう",
        Other = "other" => "その他",
    }
}

text_enum! {
    /// Why a matter is outside what letters to the mayor are for. It is stored and read all the same.
    pub enum OutOfScopeReason {
        NotCity = "not_city" => "市の仕事ではない",
        Commerce = "commerce" => "営業・宣伝",
        ReligionPolitics = "religion_politics" => "宗教・政治活動",
        Defamation = "defamation" => "誹謗中傷",
        Unclear = "unclear" => "趣旨が分からない",
        Litigation = "litigation" => "係争中",
        StaffMisconductReport = "staff_misconduct_report" => "職員の服務の通報(別の窓口)",
        OwnProcedure = "own_procedure" => "別の手続がある(意見募集・開示請求・請願)",
        Other = "other" => "その他",
    }
}

text_enum! {
    /// Why no reply is given.
    pub enum NoReplyReason {
        NoContact = "no_contact" => "連絡先がない",
        NotWanted = "not_wanted" => "回答を希望していない",
        AlreadyAnswered = "already_answered" => "同じ内容に回答済み",
        ExchangeClosed = "interim_exchange_closed" => "やりとりを終えた",
        OutOfScope = "out_of_scope" => "対象外",
        ThanksOnly = "thanks_only" => "お礼・激励のみ",
    }
}

/// A matter as stored.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = matter, check_for_backend(Backend))]
pub struct Matter {
    /// Its number inside.
    pub id: i64,
    /// The letter it is part of.
    pub letter_id: i64,
    /// 1, 2, … within the letter.
    pub no: i64,
    /// What it is about.
    pub title: String,
    /// Its kind, once screened.
    pub kind: Option<MatterKind>,
    /// Where it stands.
    pub state: State,
    /// Where it goes back to when the sender has answered.
    pub resume_state: Option<State>,
    /// The section that owns it.
    pub owning_unit_id: Option<i64>,
    /// Who drafts.
    pub drafter_id: Option<i64>,
    /// Whether it needs a reply.
    pub reply_needed: bool,
    /// 受付日.
    pub received_on: NaiveDate,
    /// The thirtieth day (施行規則第4条).
    pub statutory_due_on: NaiveDate,
    /// The city's own target.
    pub target_due_on: NaiveDate,
    /// The day an interim reply named.
    pub extended_due_on: Option<NaiveDate>,
    /// The day that counts now.
    pub due_on: NaiveDate,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Coded reason for no reply, out of scope, passing on.
    pub reason: Option<String>,
    /// The same in words.
    pub reason_note: Option<String>,
    /// The body or unit it was passed on to.
    pub passed_to: Option<String>,
    /// The earlier matter it continues.
    pub follow_up_of: Option<i64>,
    /// 供覧.
    pub circulated_at: Option<Instant>,
    /// 担当課へ.
    pub assigned_at: Option<Instant>,
    /// 回答.
    pub replied_at: Option<Instant>,
    /// 完結.
    pub closed_at: Option<Instant>,
    /// Made.
    pub created_at: Instant,
    /// Counts up with every change: a page carries the one it showed.
    pub version: i64,
}

impl Matter {
    /// Where a step leads from here, if it may be taken.
    pub fn after(&self, step: Step) -> Option<State> {
        match (self.state, step) {
            (State::AwaitingSender, Step::Hear) => self.resume_state,
            (state, step) => state.after(step),
        }
    }
}

/// What changes along with a step; what is [`None`] stays as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = matter)]
pub struct Change {
    /// A better title.
    pub title: Option<String>,
    /// Its kind.
    pub kind: Option<MatterKind>,
    /// Where it will go back to; `Some(None)` forgets.
    pub resume_state: Option<Option<State>>,
    /// The section.
    pub owning_unit_id: Option<Option<i64>>,
    /// The drafter.
    pub drafter_id: Option<Option<i64>>,
    /// Whether a reply is needed.
    pub reply_needed: Option<bool>,
    /// The day an interim reply named.
    pub extended_due_on: Option<Option<NaiveDate>>,
    /// The day that counts now.
    pub due_on: Option<NaiveDate>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Coded reason.
    pub reason: Option<Option<String>>,
    /// Reason in words.
    pub reason_note: Option<Option<String>>,
    /// To whom it was passed on.
    pub passed_to: Option<Option<String>>,
    /// 供覧.
    pub circulated_at: Option<Instant>,
    /// 担当課へ.
    pub assigned_at: Option<Instant>,
    /// 回答.
    pub replied_at: Option<Instant>,
    /// 完結.
    pub closed_at: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(steps: &[Step]) -> Option<State> {
        steps.iter().try_fold(State::Received, |state, step| state.after(*step))
    }

    #[test]
    fn a_matter_goes_from_receipt_to_reply_by_way_of_the_whole_house() {
        use Step::*;
        let whole =
            [Register, Accept, Circulate, Assign, Draft, Submit, Return, Draft, Submit, Approve, Send, Close];
        assert_eq!(walk(&whole), Some(State::Closed));
        assert_eq!(walk(&[Register, Accept, Circulate, Assign, SetNoReply, Close]), Some(State::Closed));
        assert_eq!(walk(&[Register, RuleOut, File]), Some(State::Filed));
    }

    #[test]
    fn nothing_is_sent_that_was_not_approved() {
        for state in State::ALL.iter().filter(|s| **s != State::Approved) {
            assert_eq!(state.after(Step::Send), None, "{state}");
        }
    }

    #[test]
    fn what_is_closed_stays_closed() {
        for step in Step::ALL {
            assert_eq!(State::Closed.after(*step), None);
            assert_eq!(State::Filed.after(*step), None);
        }
    }

    #[test]
    fn the_writer_can_be_asked_whenever_the_matter_is_open() {
        for state in State::open() {
            assert_eq!(state.after(Step::Ask).is_some(), state != State::AwaitingSender, "{state}");
        }
    }
}
