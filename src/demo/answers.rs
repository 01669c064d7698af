//! The answers of the demo consultation that is being answered: one chapter approved, one before its approvers, one
//! half written.

use chrono::{DateTime, Duration, Utc};

use super::consultations::{Staff, decide};
use crate::consultations::consultation::State;
use crate::consultations::{self};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::answers::{self, content, store};
use crate::opinions::view::{Outcome, Words};
use crate::opinions::{self};
use crate::people::Viewer;

/// What an opinion contains, the paragraph it speaks of, its gist, and what the city says; no answer for one still open.
type Said = (&'static str, Option<&'static str>, &'static str, Option<Reply>);

#[derive(Clone, Copy)]
struct Reply {
    outcome: Outcome,
    body: &'static str,
    reason: &'static str,
    place: &'static str,
    texts: (&'static str, &'static str),
}

const REPLY: Reply = Reply { outcome: Outcome::Reference, body: "", reason: "", place: "", texts: ("", "") };

const SAID: &[Said] = &[
    (
        "100メートル",
        Some("p3"),
        "ベンチの間隔を100メートルごとにしてほしい。",
        Some(Reply {
            outcome: Outcome::Revised,
            body: "ご意見のとおり、休みながら歩けるように、間隔を短くします。",
            reason: "高齢の方が一度に歩ける距離を調べた結果と合うためです。",
            place: "第1章 2段落目",
            texts: ("200メートルごとに", "100メートルごとに"),
        }),
    ),
    (
        "3年は長い",
        Some("p2"),
        "整備の期間を短くしてほしい。",
        Some(Reply {
            outcome: Outcome::NotAdopted,
            body: "期間は3年のままとします。区間ごとに、できたところから使えるようにします。",
            reason: "地下の管の入れ替えと合わせて工事をするため、これより短くできないからです。",
            ..REPLY
        }),
    ),
    (
        "落ち葉",
        Some("p5"),
        "落ち葉の掃除をだれがするのか知りたい。",
        Some(Reply {
            outcome: Outcome::QuestionAnswered,
            body: "歩道の落ち葉は、市が週に1度掃除します。落ち葉の多い時期は、回数を増やします。",
            ..REPLY
        }),
    ),
    (
        "夜や土曜日",
        Some("p7"),
        "話し合いを夜や土曜日にも開いてほしい。",
        Some(Reply {
            outcome: Outcome::Reference, body: "今後の話し合いの開き方の参考とします。", ..REPLY
        }),
    ),
    ("全体に賛成", None, "計画の全体に賛成する。", None),
];

/// Sorts and answers what came to the consultation, in the days before today.
pub(super) fn write(
    db: &mut Db,
    staff: &Staff,
    heads: (&str, &str),
    id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let days = |n: i64| now - Duration::days(n);
    opinions::itemise(db, days(20), 100)?;
    let row = consultations::store::consultation(db, id)?;
    let change = consultations::store::Change {
        state: Some(State::Sorting),
        ..consultations::store::Change::default()
    };
    consultations::store::change(db, &row, &change)?;
    let paper = consultations::store::papers(db, id)?.first().map(|p| p.id).ok_or(Error::NotFound)?;
    let mut groups = Vec::new();
    for (group, _) in opinions::store::groups(db, id)? {
        let text = store::texts_of(db, &[group.id])?;
        let first = text.get(&group.id).and_then(|t| t.first()).map(|t| t.item_id);
        let words = store::words_of(db, &first.into_iter().collect::<Vec<_>>())?;
        let said = SAID.iter().find(|(part, ..)| words.values().any(|w| w.contains(part)));
        if let Some((_, paragraph, gist, reply)) = said {
            store::describe(db, group.id, paragraph.map(|code| (paper, code)), gist)?;
            groups.push((group.id, *reply));
        }
    }
    let clerk = staff.of("clerk", days(15))?;
    answers::make_chapters(db, &clerk, days(15), id)?;
    answers::write_phrase(db, &clerk, days(15), None, "今後の参考", "今後の参考とします。")?;
    answers::write_phrase(
        db,
        &clerk,
        days(15),
        None,
        "お礼",
        "ご意見をお寄せいただき、ありがとうございます。",
    )?;
    let writer = staff.of("tanto", days(12))?;
    // what was asked for in the same words is answered once
    let mut given: Vec<(&str, i64)> = Vec::new();
    for (group, reply) in groups {
        let Some(reply) = reply else { continue };
        match given.iter().find(|(body, _)| *body == reply.body) {
            Some((_, view)) => drop(answers::attach(db, &writer, days(12), id, &[group], Some(*view))?),
            None => given.push((reply.body, answer(db, &writer, days(12), id, group, reply)?)),
        }
    }
    let chapters = opinions::store::chapters(db, id)?;
    for (chapter, deciders) in chapters.iter().zip([2_usize, 0]) {
        let seen = content::hash(&answers::content(db, chapter)?.text()?);
        let approval = answers::circulate(db, &clerk, days(6), chapter.id, &seen, "answers")?;
        for login in [heads.0, heads.1].into_iter().take(deciders) {
            decide(db, staff, login, days(4), approval)?;
        }
    }
    Ok(())
}

fn answer(
    db: &mut Db,
    writer: &Viewer,
    then: DateTime<Utc>,
    id: i64,
    group: i64,
    reply: Reply,
) -> Result<i64> {
    let (view, _) = answers::attach(db, writer, then, id, &[group], None)?;
    let seen = store::view(db, view)?.version;
    let words = Words {
        outcome: Some(reply.outcome),
        body: reply.body.to_owned(),
        reason: reply.reason.to_owned(),
        changed_place: reply.place.to_owned(),
        old_text: reply.texts.0.to_owned(),
        new_text: reply.texts.1.to_owned(),
        ..Words::default()
    };
    answers::save(db, writer, then, view, seen, &words).map(|v| v.id)
}
