//! The history of a letter in words: trail lines, with what was said put where it was said.

use serde_json::Value;

use super::store::Said;
use crate::db::Instant;
use crate::letters::matter::State;
use crate::trail::{Act, ActorKind, Door, Recorded};

/// One entry of the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// What, in words: 「1件目 担当課を決めた」.
    pub what: String,
    /// Who: a name, 市民 or 自動処理.
    pub who: String,
    /// Details in a line; may be empty.
    pub note: String,
    /// What was said, word for word; may be empty.
    pub said: String,
}

/// The thread of a letter, oldest first. `several` says that the letter holds several matters.
pub fn thread(lines: &[Recorded], said: &[Said], several: bool) -> Vec<Entry> {
    let mut told: Vec<i64> = Vec::new();
    let mut entries: Vec<Entry> = lines
        .iter()
        .map(|line| {
            let detail: Value = serde_json::from_str(&line.detail).unwrap_or(Value::Null);
            let words = detail["exchange"].as_i64().and_then(|id| said.iter().find(|s| s.id == id));
            told.extend(words.map(|s| s.id));
            Entry {
                at: line.at,
                what: match detail["no"].as_i64().filter(|_| several) {
                    Some(no) => format!("{no}件目 {}", line.words()),
                    None => line.words().to_owned(),
                },
                who: who(line),
                note: note(&line.act, &detail),
                said: words.map_or(String::new(), |s| s.body.clone()),
            }
        })
        .collect();
    entries.extend(said.iter().filter(|s| !told.contains(&s.id)).map(|s| {
        Entry {
            at: s.at,
            what: match s.kind.as_str() {
                "question" => "差出人に尋ねた",
                "answer" => "差出人から返事があった",
                _ => "メモ",
            }
            .to_owned(),
            who: s.who.clone().unwrap_or_else(|| "市民".to_owned()),
            note: String::new(),
            said: s.body.clone(),
        }
    }));
    entries.sort_by_key(|entry| entry.at);
    // one act is told once, though both the reply and its matter have a line of it
    entries.dedup_by(|later, first| {
        let same = later.at == first.at
            && later.who == first.who
            && later.what == first.what
            && later.said.is_empty();
        if same && first.note.is_empty() {
            first.note = std::mem::take(&mut later.note);
        }
        same && (later.note.is_empty() || later.note == first.note)
    });
    entries
}

fn who(line: &Recorded) -> String {
    match (line.actor_kind, line.door) {
        (ActorKind::Staff, _) => line.actor_name.clone(),
        (ActorKind::Citizen, _) => "市民".to_owned(),
        (ActorKind::System, Door::Shell) => "コマンド".to_owned(),
        (ActorKind::System, _) => "自動処理".to_owned(),
    }
}

/// The details that mean something to a reader. Unknown ones are left to the trail's own page.
fn note(act: &str, detail: &Value) -> String {
    let text = |key: &str| detail[key].as_str().filter(|v| !v.is_empty()).map(str::to_owned);
    let list = |key: &str| {
        let names: Vec<&str> = detail[key].as_array()?.iter().filter_map(Value::as_str).collect();
        (!names.is_empty()).then(|| names.join("、"))
    };
    let mut parts: Vec<String> = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            parts.push(if label.is_empty() { value } else { format!("{label}: {value}") });
        }
    };
    say("受付簿の番号", text("register_no"));
    if act == Act::MatterCirculated.code() {
        say("供覧先", list("to"));
    }
    say("担当課", text("unit").filter(|_| act == Act::MatterAssigned.code()));
    say("", text("unit").filter(|_| act != Act::MatterAssigned.code()));
    say("関係課", list("joint"));
    say("担当者", text("drafter"));
    say("理由", text("reason"));
    say("", text("note"));
    say("渡した先", text("passed_to"));
    say("結果", text("outcome"));
    for (key, label) in [("kind", "種別"), ("fields", "分野"), ("reply_needed", "回答")] {
        let change = detail[key].as_array().map(|pair| {
            let of = |at: usize| {
                pair.get(at).and_then(Value::as_str).filter(|v| !v.is_empty()).unwrap_or("(なし)").to_owned()
            };
            format!("{} → {}", of(0), of(1))
        });
        say(label, change);
    }
    say("", detail["title"].as_bool().filter(|t| *t).map(|_| "件名を直しました".to_owned()));
    say(
        "",
        detail["timeout"].as_bool().filter(|t| *t).map(|_| "期日までに返事がありませんでした".to_owned()),
    );
    if act == Act::MatterHeard.code() {
        let back = text("to").as_deref().and_then(State::from_code).map(|s| s.label().to_owned());
        say("戻り先", back);
    }
    parts.join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(act: Act, detail: &str) -> Recorded {
        Recorded {
            id: 1,
            at: crate::calendar::start_of_tokyo_day(chrono::NaiveDate::from_ymd_opt(2026, 4, 1).unwrap())
                .into(),
            door: Door::Staff,
            actor_kind: ActorKind::Staff,
            actor_id: Some(2),
            actor_name: "広田 聴".to_owned(),
            act: act.code().to_owned(),
            subject_kind: "matter".to_owned(),
            subject_id: "1".to_owned(),
            letter_id: Some(1),
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn a_line_reads_as_a_sentence_with_its_details() {
        let assigned = line(
            Act::MatterAssigned,
            r#"{"no":2,"from":"circulated","to":"assigned","unit":"公園緑地課","joint":["道路河川建設課"]}"#,
        );
        let entries = thread(&[assigned], &[], true);
        assert_eq!(entries[0].what, "2件目 担当課を決めた");
        assert_eq!(entries[0].note, "担当課: 公園緑地課 / 関係課: 道路河川建設課");
        assert_eq!(entries[0].who, "広田 聴");
    }

    #[test]
    fn what_was_said_stands_once_where_it_was_said() {
        let said = |id| Said {
            id,
            matter_id: None,
            kind: "note".to_owned(),
            body: format!("メモ{id}"),
            who: Some("広田 聴".to_owned()),
            at: line(Act::Noted, "").at,
        };
        let entries = thread(&[line(Act::Noted, r#"{"exchange":7}"#)], &[said(7), said(8)], false);
        assert_eq!(entries.iter().map(|e| e.said.as_str()).collect::<Vec<_>>(), ["メモ7", "メモ8"]);
    }

    #[test]
    fn a_line_whose_detail_is_not_understood_still_tells_what_was_done() {
        let entries = thread(&[line(Act::MatterClosed, "not json")], &[], false);
        assert_eq!((entries[0].what.as_str(), entries[0].note.as_str()), ("完結した", ""));
    }
}
