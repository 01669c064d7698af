//! The details of a line of the trail in words: what was recorded as names and codes, as staff call it.

use serde_json::Value;

use crate::approval::{StepKind, SubjectKind, class_label};
use crate::consultations::consultation::{ChannelKind, Decision, EventKind};
use crate::consultations::submission;
use crate::letters::letter::{Channel, Field, MatterKind, ReplyVia};
use crate::letters::matter::{NoReplyReason, OutOfScopeReason, Outcome, State};
use crate::people::Role;
use crate::replies::reply::ReplyKind;
use crate::trail::Recorded;

/// The details in words: 「接続元:10.1.2.3 理由:…」. Fingerprints are left out: the exported file has them.
pub fn detail(line: &Recorded) -> String {
    let Ok(Value::Object(pairs)) = serde_json::from_str(&line.detail) else {
        return line.detail.clone();
    };
    let told = pairs.iter().filter(|(key, value)| {
        !matches!(key.as_str(), "hash" | "content_hash" | "original") && !matches!(value, Value::Null)
    });
    // a publication's are what it is about
    let name = |key: &str| match key {
        "fields" if line.subject_kind == "publication" => Some("分野"),
        _ => term(key),
    };
    told.map(|(key, value)| format!("{}:{}", name(key).unwrap_or(key), shown(key, value)))
        .collect::<Vec<_>>()
        .join("  ")
}

/// What staff call a detail; none for one nobody named yet.
pub fn term(key: &str) -> Option<&'static str> {
    Some(match key {
        "absence" => "不在の番号",
        "act" => "操作の番号",
        "added" => "足したもの",
        "answer" => "回答",
        "attempt" => "何回目",
        "by_letter" => "続きの手紙",
        "channel" => "届き方",
        "chapter" => "章の番号",
        "chapters" => "章の数",
        "class" => "決裁の区分",
        "code" => "記号",
        "comment" => "添え書き",
        "consultation" => "意見募集の番号",
        "coordinator" => "主任の番号",
        "correction" => "訂正",
        "day" => "日",
        "decided" => "決めたこと",
        "drafter" => "起案者の番号",
        "due_on" => "回答の期日",
        "ends" => "最後の日",
        "event" => "期間の変更の番号",
        "exchange" => "やりとりの番号",
        "factors" => "本人確認",
        "faults" => "おかしいところ",
        "fields" => "直した項目",
        "from" => "から",
        "full" => "引越し用のすべて",
        "gist" => "要旨",
        "group" => "意見のまとまりの番号",
        "groups" => "意見のまとまり",
        "helped" => "役に立った",
        "in_place_of" => "代わられた人の番号",
        "incoming" => "届いたメールの番号",
        "is" => "あと",
        "item" => "意見の番号",
        "items" => "意見の数",
        "joint" => "関係課",
        "kept" => "引き継いだ段落",
        "kind" => "種類",
        "last_minute" => "1分間の通数",
        "last_ten" => "10分間の通数",
        "lines" => "行数",
        "list" => "一覧の条件",
        "login" => "ログイン名",
        "made_timely" => "期間内に改めた意見の数",
        "mails" => "メール",
        "marked" => "伏せた箇所",
        "name" => "名前",
        "network" => "接続元",
        "new_closes_on" => "新しい最終日",
        "no" => "何件目",
        "note" => "添え書き",
        "occasion" => "きっかけ",
        "of" => "対象",
        "on" => "日",
        "outcome" => "結果",
        "paper" => "資料の番号",
        "paragraph" => "段落",
        "paragraphs" => "段落の数",
        "part" => "欄",
        "parties" => "差出人",
        "passed_to" => "渡した先",
        "phrase" => "定型文の番号",
        "points" => "意見の数",
        "purpose" => "用途",
        "reason" => "理由",
        "received_on" => "受付日",
        "register_no" => "受付簿の番号",
        "result" => "結果",
        "return" => "戻ったメールの番号",
        "role" => "役割",
        "rows" => "件数",
        "sessions" => "数",
        "shown" => "画面に出した",
        "signature" => "検査の知らせ",
        "standing" => "状態",
        "state" => "状態",
        "status" => "配送の結果",
        "step" => "段",
        "submission" => "提出意見の番号",
        "substitute" => "代わりの人の番号",
        "texts" => "文章の数",
        "timeout" => "返事がないまま",
        "title" => "題名",
        "to" => "まで",
        "transfer" => "異動",
        "undo" => "取り消し",
        "unit" => "組織",
        "version" => "版",
        "via" => "送り方",
        "view" => "市の考え方の番号",
        "voices" => "公表の件数",
        "was" => "まえ",
        "why" => "わけ",
        "with_parties" => "差出人の封を開いた",
        _ => return None,
    })
}

fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::String(code) => label(key, code).unwrap_or(code).to_owned(),
        Value::Null => "なし".to_owned(),
        Value::Bool(yes) => if *yes { "はい" } else { "いいえ" }.to_owned(),
        Value::Array(all) => all.iter().map(|one| shown(key, one)).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

/// What staff call a code; the key tells of which list it is.
fn label(key: &str, code: &str) -> Option<&'static str> {
    match key {
        "channel" => Channel::from_code(code)
            .map(Channel::label)
            .or_else(|| ChannelKind::from_code(code).map(ChannelKind::label)),
        "via" => ReplyVia::from_code(code).map(ReplyVia::label),
        "role" => Role::from_code(code).map(Role::label),
        "of" => SubjectKind::from_code(code).map(SubjectKind::label),
        "was" | "is" => submission::State::from_code(code).map(submission::State::label),
        "from" | "to" => State::from_code(code).map(State::label).or_else(|| of_mail(code)),
        "state" => submission::State::from_code(code).map(submission::State::label).or_else(|| of_mail(code)),
        "standing" => of_mail(code),
        "outcome" => Outcome::from_code(code).map(Outcome::label),
        "result" => Decision::from_code(code).map(Decision::label),
        "class" => class_label(code),
        "kind" => ReplyKind::from_code(code)
            .map(ReplyKind::label)
            .or_else(|| StepKind::from_code(code).map(StepKind::label))
            .or_else(|| MatterKind::from_code(code).map(MatterKind::label))
            .or_else(|| EventKind::from_code(code).map(EventKind::label)),
        "fields" => Field::from_code(code).map(Field::label).or(match code {
            "name" => Some("名前"),
            "name_kana" => Some("よみ"),
            "email" => Some("メール"),
            "phone" => Some("電話"),
            "address" => Some("住所"),
            "title" => Some("件名"),
            "kind" => Some("種別"),
            "field" => Some("分野"),
            "reply_needed" => Some("回答の要否"),
            _ => None,
        }),
        "why" | "reason" => OutOfScopeReason::from_code(code)
            .map(OutOfScopeReason::label)
            .or_else(|| NoReplyReason::from_code(code).map(NoReplyReason::label))
            .or(match code {
                "password" => Some("パスワード違い"),
                "second_factor" => Some("確認コード違い"),
                "follow_up" => Some("続きの手紙の宛先にするため"),
                "not_handed" => Some("控えをまだ渡していない"),
                "lost" => Some("差出人が番号をなくした"),
                "result_check" => Some("公表する文章に名前が残っていないかを機械で調べるため"),
                "result_told" => Some("結果をメールで知らせるため"),
                _ => None,
            }),
        _ => None,
    }
}

/// Where an incoming mail stands and who wrote it, as the mail room calls it; stages do not know each other.
fn of_mail(code: &str) -> Option<&'static str> {
    Some(match code {
        "waiting" => "読み取り待ち",
        "letter" => "手紙",
        "message" => "手紙の続き",
        "opinion" => "意見募集の意見",
        "bounce" => "不達の知らせ",
        "automatic" => "自動送信",
        "duplicate" => "重複",
        "spam" => "迷惑メール",
        "exception" => "要確認",
        "sender" => "差出人本人",
        "other" => "別の差出人(確認が必要)",
        "staff" => "職員・担当課",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::{ActorKind, Door};

    fn told(detail: &str) -> String {
        super::detail(&Recorded {
            id: 1,
            at: chrono::DateTime::UNIX_EPOCH.into(),
            door: Door::Staff,
            actor_kind: ActorKind::Staff,
            actor_id: None,
            actor_name: String::new(),
            act: "matter.assigned".to_owned(),
            subject_kind: "matter".to_owned(),
            subject_id: "1".to_owned(),
            letter_id: None,
            detail: detail.to_owned(),
        })
    }

    #[test]
    fn codes_are_told_as_staff_call_them_and_fingerprints_are_left_out() {
        let line =
            told(r#"{"channel":"postcard_prepaid","from":"received","hash":"ab12","to":"registered"}"#);
        assert!(line.contains("届き方:市長へのはがき") && !line.contains("ab12"), "{line}");
        assert!(!line.contains("received") && !line.contains("registered"), "{line}");
    }

    #[test]
    fn where_a_mail_stands_is_told_as_the_mail_room_calls_it() {
        assert_eq!(told(r#"{"from":"exception","state":"letter"}"#), "から:要確認  状態:手紙");
    }

    #[test]
    fn what_is_no_code_stays_as_it_is() {
        assert_eq!(
            told(r#"{"network":"10.1.2.3","reason":"password"}"#),
            "接続元:10.1.2.3  理由:パスワード違い"
        );
        assert_eq!(told(r#"{"from":"2026-04-01","to":null}"#), "から:2026-04-01");
    }
}
