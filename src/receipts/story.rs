//! Where a letter stands, in words for the writer. Pure.

use crate::letters::matter::{NoReplyReason, State};
use crate::mail::MailState;
use crate::mail::returns::Delivery;

/// Where a matter stands, in plain words; `unit` is the section that has it.
pub fn standing(state: State, unit: Option<&str>, passed_to: Option<&str>, reason: Option<&str>) -> String {
    let section = unit.unwrap_or("担当の課");
    match state {
        State::Received => "受け付けました。これから読みます。".to_owned(),
        State::Registered => "読みました。どの課が担当するかを考えています。".to_owned(),
        State::Accepted | State::Circulated | State::ReturnedToCentre => {
            "市長に報告し、担当の課を決めています。".to_owned()
        }
        State::Assigned | State::Drafting | State::InApproval | State::Returned | State::Approved => {
            format!("{section}で検討しています。")
        }
        State::AwaitingSender => "お尋ねしたいことがあります。下の欄からお答えください。".to_owned(),
        State::Replied => format!("{section}からの返事をお送りしました。"),
        State::NoReply => no_reply(reason),
        State::Closed => "対応を終えました。".to_owned(),
        State::PassedOn => match passed_to {
            Some(body) => format!("{body}の仕事のため、そちらへ引き継ぎました。"),
            None => "ほかの機関の仕事のため、そちらへ引き継ぎました。".to_owned(),
        },
        State::OutOfScope => {
            "拝見しました。市長への手紙でお答えする内容ではないため、返事はお送りしません。".to_owned()
        }
        State::Filed => "拝見し、記録として保存しました。".to_owned(),
    }
}

/// What became of a mail to the writer, when it is worth a word: nothing is said of one that went out.
pub fn mail_news(mail: &Delivery, receipt: bool) -> Option<&'static str> {
    match mail.mail.state {
        _ if mail.is_undelivered() && receipt => {
            Some("控えのメールは届きませんでした。メールアドレスをお確かめください。")
        }
        _ if mail.is_undelivered() => {
            Some("メールは届きませんでした。この画面でお読みください。別の方法でもお届けします。")
        }
        MailState::Sent => None,
        _ if receipt => Some("控えのメールは、まだ送れていません。"),
        MailState::Queued => Some("メールは、まだ送れていません。先にこの画面でお読みください。"),
        MailState::InDoubt => Some("メールが届いていないかもしれません。この画面でお読みください。"),
        MailState::Failed | MailState::Cancelled => {
            Some("メールではお送りできていません。この画面でお読みください。")
        }
    }
}

fn no_reply(reason: Option<&str>) -> String {
    match reason.and_then(NoReplyReason::from_code) {
        Some(NoReplyReason::NotWanted) => "拝見しました。返事を希望されていないため、お送りしません。",
        Some(NoReplyReason::NoContact) => "拝見しました。連絡先がないため、返事をお送りできません。",
        Some(NoReplyReason::AlreadyAnswered) => {
            "拝見しました。同じ内容にはすでにお答えしているため、重ねての返事はお送りしません。"
        }
        Some(NoReplyReason::ThanksOnly) => "拝見しました。あたたかいお言葉をありがとうございました。",
        Some(NoReplyReason::ExchangeClosed | NoReplyReason::OutOfScope) | None => {
            "拝見しました。返事はお送りしないこととしました。"
        }
    }
    .to_owned()
}

/// Whether the writer still waits for a reply about a matter in this state.
pub fn is_awaited(state: State, reply_needed: bool) -> bool {
    reply_needed
        && !matches!(
            state,
            State::Replied
                | State::NoReply
                | State::Closed
                | State::Filed
                | State::OutOfScope
                | State::PassedOn
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_words_without_the_offices_own_terms() {
        for state in State::ALL {
            let said = standing(*state, Some("道路河川建設課"), None, None);
            for term in ["供覧", "起案", "決裁", "差戻し", "受理"] {
                assert!(!said.contains(term), "{state}: {said}");
            }
        }
        assert!(standing(State::Drafting, Some("道路河川建設課"), None, None).contains("道路河川建設課で"));
    }

    #[test]
    fn nobody_waits_for_what_was_answered_or_will_not_be() {
        assert!(is_awaited(State::Received, true) && is_awaited(State::AwaitingSender, true));
        assert!(!is_awaited(State::Received, false));
        assert!([State::Replied, State::Closed, State::NoReply].iter().all(|s| !is_awaited(*s, true)));
    }
}
