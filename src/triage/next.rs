//! The next legal step of a matter for the person who looks at it, and whatever else may be done with it.

use crate::letters::matter::{Matter, State};
use crate::people::{May, Viewer};

/// Something that can be done with a matter on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// 登録する: the whole letter.
    Register,
    /// 受理する.
    Accept,
    /// 対象外とする.
    RuleOut,
    /// 回付・移ちょうする.
    PassOn,
    /// 供覧する.
    Circulate,
    /// 担当課を決める.
    Assign,
    /// 担当者を決める.
    Take,
    /// 回答案を書く (another page).
    Draft,
    /// 回答案の続きを書く (another page).
    ContinueDraft,
    /// 決裁を見る (another page).
    SeeApproval,
    /// 回答を送る (another page).
    Send,
    /// 回答しないこととする.
    SetNoReply,
    /// 広聴へ戻す.
    ReturnToCentre,
    /// 差出人に尋ねた(電話).
    Ask,
    /// 返事を記録する.
    Hear,
    /// 完結する.
    Close,
    /// 保存する.
    File,
    /// 公表の候補にする.
    Propose,
    /// 公表の内容を見る (another page).
    SeePublication,
    /// 件の内容を直す.
    Change,
    /// 関係課の意見を書く.
    WritePart,
}

impl Act {
    /// What the button says.
    pub fn label(self) -> &'static str {
        match self {
            Act::Register => "登録する",
            Act::Accept => "受理する",
            Act::RuleOut => "対象外とする",
            Act::PassOn => "回付・移ちょうする",
            Act::Circulate => "供覧する",
            Act::Assign => "担当課を決める",
            Act::Take => "担当者を決める",
            Act::Draft => "回答案を書く",
            Act::ContinueDraft => "回答案の続きを書く",
            Act::SeeApproval => "決裁を見る",
            Act::Send => "回答を送る",
            Act::SetNoReply => "回答しないこととする",
            Act::ReturnToCentre => "広聴へ戻す",
            Act::Ask => "差出人に尋ねる",
            Act::Hear => "返事を記録する",
            Act::Close => "完結する",
            Act::File => "保存する",
            Act::Propose => "公表の候補にする",
            Act::SeePublication => "公表の内容を見る",
            Act::Change => "件名・種別・分野を直す",
            Act::WritePart => "関係課の意見を書く",
        }
    }
}

/// What stands around a matter and decides what can be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// A reply that is being drafted, approved or sent.
    pub has_reply: bool,
    /// It is proposed for publication, or published.
    pub has_publication: bool,
    /// The writer said it may be published.
    pub publish_ok: bool,
    /// The viewer works in a section that shares the matter.
    pub shares: bool,
}

/// The one step the page puts forward, and the others that are allowed. Nothing is offered that would be refused.
pub fn steps(matter: &Matter, viewer: &Viewer, around: Around) -> (Option<Act>, Vec<Act>) {
    let runs = viewer.can(May::RunLetters);
    let units: Vec<i64> = matter.owning_unit_id.into_iter().collect();
    let works = viewer.can(May::WorkOnMatter(&units));
    let publishes = viewer.can(May::Publish);
    let when = |allowed: bool, act: Act| allowed.then_some(act);
    let first = match matter.state {
        State::Received => when(runs, Act::Register),
        State::Registered => when(runs, Act::Accept),
        State::Accepted => when(runs, Act::Circulate),
        State::Circulated | State::ReturnedToCentre => when(runs, Act::Assign),
        State::Assigned if matter.reply_needed => when(works, Act::Draft),
        State::Assigned => when(works, Act::SetNoReply),
        State::Drafting | State::Returned if around.has_reply => when(works, Act::ContinueDraft),
        State::Drafting | State::Returned => when(works, Act::Draft),
        State::InApproval => Some(Act::SeeApproval),
        State::Approved => when(works, Act::Send),
        State::Replied | State::NoReply => when(works, Act::Close),
        State::OutOfScope | State::PassedOn => when(runs, Act::File),
        State::AwaitingSender => when(works, Act::Hear),
        State::Closed if around.has_publication => when(publishes, Act::SeePublication),
        State::Closed => when(publishes && around.publish_ok, Act::Propose),
        State::Filed => None,
    };
    let mut others = Vec::new();
    let mut offer = |allowed: bool, act: Act| {
        if allowed && first != Some(act) {
            others.push(act);
        }
    };
    offer(runs && matter.state == State::Registered, Act::RuleOut);
    offer(runs && matter.state == State::Registered, Act::PassOn);
    let assigned = matter.owning_unit_id.is_some() && matter.state.is_open();
    offer(works && assigned && matter.state != State::ReturnedToCentre, Act::Take);
    offer(works && matter.state == State::Assigned, Act::Draft);
    offer(works && matter.state == State::Assigned, Act::SetNoReply);
    offer(works && matter.state == State::Assigned, Act::ReturnToCentre);
    offer(around.shares && matter.state.is_open(), Act::WritePart);
    let askable = matter.state.is_open() && !matches!(matter.state, State::Received | State::AwaitingSender);
    offer(works && askable, Act::Ask);
    offer(works && matter.state.is_open() && matter.state != State::Received, Act::Change);
    offer(
        publishes && matter.state == State::Closed && !around.has_publication && around.publish_ok,
        Act::Propose,
    );
    (first, others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Posting, Role};
    use chrono::NaiveDate;

    fn who(role: Role, covers: &[i64]) -> Viewer {
        Viewer {
            id: 1,
            login: String::new(),
            name: String::new(),
            postings: vec![Posting {
                unit_id: covers.first().copied().unwrap_or(1),
                unit_name: String::new(),
                role,
                covers: covers.to_vec(),
            }],
            csrf: String::new(),
            today: NaiveDate::MIN,
        }
    }

    fn matter(state: State) -> Matter {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        Matter {
            id: 1,
            letter_id: 1,
            no: 1,
            title: String::new(),
            kind: None,
            state,
            resume_state: None,
            owning_unit_id: (!matches!(
                state,
                State::Received | State::Registered | State::Accepted | State::Circulated
            ))
            .then_some(5),
            drafter_id: None,
            reply_needed: true,
            received_on: day,
            statutory_due_on: day,
            target_due_on: day,
            extended_due_on: None,
            due_on: day,
            outcome: None,
            reason: None,
            reason_note: None,
            passed_to: None,
            follow_up_of: None,
            circulated_at: None,
            assigned_at: None,
            replied_at: None,
            closed_at: None,
            created_at: crate::calendar::start_of_tokyo_day(day).into(),
            version: 1,
        }
    }

    #[test]
    fn the_button_names_the_next_step_all_the_way() {
        let (office, drafter) = (who(Role::Listening, &[3]), who(Role::Drafter, &[5]));
        let open = Around { publish_ok: true, ..Around::default() };
        let way = [
            (State::Received, &office, Act::Register),
            (State::Registered, &office, Act::Accept),
            (State::Accepted, &office, Act::Circulate),
            (State::Circulated, &office, Act::Assign),
            (State::Assigned, &drafter, Act::Draft),
            (State::InApproval, &drafter, Act::SeeApproval),
            (State::Approved, &drafter, Act::Send),
            (State::Replied, &drafter, Act::Close),
            (State::Closed, &office, Act::Propose),
        ];
        for (state, viewer, act) in way {
            assert_eq!(steps(&matter(state), viewer, open).0, Some(act), "{state}");
        }
    }

    #[test]
    fn a_matter_that_needs_no_reply_is_not_pushed_towards_one() {
        let mut quiet = matter(State::Assigned);
        quiet.reply_needed = false;
        let (first, others) = steps(&quiet, &who(Role::Drafter, &[5]), Around::default());
        assert_eq!(first, Some(Act::SetNoReply));
        assert!(others.contains(&Act::Draft));
    }

    #[test]
    fn nobody_is_offered_what_is_not_theirs() {
        for state in State::ALL {
            let (first, others) = steps(&matter(*state), &who(Role::Auditor, &[1]), Around::default());
            assert!(matches!(first, None | Some(Act::SeeApproval)), "{state}: {first:?}");
            assert!(others.is_empty(), "{state}: {others:?}");
            let stranger = steps(&matter(*state), &who(Role::Drafter, &[7]), Around::default());
            assert!(stranger.1.is_empty(), "{state}");
        }
    }

    #[test]
    fn what_the_writer_did_not_allow_is_not_proposed() {
        assert_eq!(steps(&matter(State::Closed), &who(Role::Listening, &[3]), Around::default()).0, None);
    }
}
