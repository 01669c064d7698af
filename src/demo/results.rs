//! The consultation of the demo city whose result is out: 382 opinions in 78 groups with 78 answers, made of parts, through
//! every step that staff take.
//! Long because a result of that size is made of many parts.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::at;
use super::consultations::{Case, Staff, Stop, bring, decide};
use crate::calendar;
use crate::consultations::consultation::{ChannelKind, Decision};
use crate::consultations::submission::{self, Arrival, Point};
use crate::consultations::{self, store as consulted};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::letter::Receipt;
use crate::letters::receipt;
use crate::mail::ReceiptMails;
use crate::opinions::act::Seen;
use crate::opinions::result::content::Promise;
use crate::opinions::result::{self, store::Draft};
use crate::opinions::view::{Outcome, Words};
use crate::opinions::{self, acts, answers};
use crate::people::Viewer;
use crate::people::party::{PartyDetails, SealedParty};
use crate::trail::By;
use crate::web::App;

const CASE: Case = Case {
    title: "歩いて楽しい道づくり計画",
    label: "素案",
    unit: "doro",
    heads: ("kacho", "bucho"),
    summary: "市の中心と各地区の道を、歩く人が休み、涼み、安心して通れる道に、10年かけて整えます。",
    background: "歩く人のけがや、夏の暑さで外出を控える方が増えています。",
    text: "# 第1章 休める道\n\n歩く人が休める場所を、おおむね500メートルごとに設けます。\n\n# 第2章 明るい道\n\n夜も安心して歩けるよう、街灯を更新します。\n\n# 第3章 木陰の道\n\n夏の暑さを和らげるため、街路樹を植えます。\n\n# 第4章 段差のない道\n\n歩道の段差を少なくします。\n\n# 第5章 自転車と分けた道\n\n自転車の通る所を示します。\n\n# 第6章 車の速さ\n\n車の速さを抑える区域を設けます。\n\n",
    noticed: -120,
    stop: Stop::Result,
    opinions: &[],
};

/// Where something is wished for.
const PLACES: [&str; 13] = [
    "唐戸の商店街の通り",
    "下関駅の駅前の道",
    "赤間町の坂道",
    "細江の海沿いの道",
    "長府の城下町の通り",
    "新下関駅へ向かう道",
    "彦島の住宅地の道",
    "安岡の通学路",
    "川中の病院へ行く道",
    "菊川の道の駅の周り",
    "豊田の温泉街の通り",
    "豊浦の海岸の道",
    "豊北の橋のたもとの道",
];

/// What is wished for: chapter, the wish, and what the city says.
struct Wish {
    chapter: &'static str,
    /// After the place: 「…に腰を掛ける所を増やす」.
    wish: &'static str,
    ways: [&'static str; 3],
    outcome: Outcome,
    answer: &'static str,
    reason: &'static str,
}

const WISHES: [Wish; 6] = [
    Wish {
        chapter: "第1章 休める道",
        wish: "腰を掛けて休める所を増やす",
        ways: ["ベンチを置いてください", "座って休める所を増やしてほしい", "腰を下ろせる場所が足りません"],
        outcome: Outcome::Reference,
        answer: "休める場所は、沿道の店や自治会と話し合いながら順に設けます。いただいた場所は、候補として検討します。",
        reason: "",
    },
    Wish {
        chapter: "第2章 明るい道",
        wish: "街灯を増やす",
        ways: ["街灯を増やしてください", "夜が暗いので明かりを足してほしい", "明かりの間が空きすぎています"],
        outcome: Outcome::AlreadyInDraft,
        answer: "街灯の更新は、案の第2章に書いています。更新に合わせて、暗い所の間隔も見直します。",
        reason: "",
    },
    Wish {
        chapter: "第3章 木陰の道",
        wish: "木陰を作る",
        ways: ["木陰を作ってください", "夏に歩けるように木を植えてほしい", "日陰がないので歩けません"],
        outcome: Outcome::Reference,
        answer: "歩道の幅と、根や枝の手入れを考えながら、植える場所を選びます。",
        reason: "",
    },
    Wish {
        chapter: "第4章 段差のない道",
        wish: "段差をなくす",
        ways: ["段差をなくしてください", "車いすで通れるように直してほしい", "つまずく所が多いです"],
        outcome: Outcome::Reference,
        answer: "段差は、通る人の多い所から順に直します。場所が分かるご意見は、点検の一覧に加えました。",
        reason: "",
    },
    Wish {
        chapter: "第5章 自転車と分けた道",
        wish: "自転車の道を歩道と柵で分ける",
        ways: [
            "自転車と歩く所を柵で分けてください",
            "自転車が怖いので分けてほしい",
            "自転車とぶつかりそうになります",
        ],
        outcome: Outcome::NotAdopted,
        answer: "自転車の通る所は、路面の色と矢印で示します。柵は設けません。",
        reason: "道の幅が足りず、柵を設けると車いすやベビーカーがすれ違えなくなるためです。",
    },
    Wish {
        chapter: "第6章 車の速さ",
        wish: "車の速さを抑える",
        ways: ["車の速さを抑えてください", "抜け道の車を減らしてほしい", "車が速くて怖いです"],
        outcome: Outcome::QuestionAnswered,
        answer: "区域の決め方は、別に定める「生活道路の速度を抑える区域の考え方」によります。自治会からの申し出も受け付けます。",
        reason: "",
    },
];

const BECAUSE: [&str; 7] = [
    "毎日歩いて買い物に行くからです。",
    "母が杖をついて通っています。",
    "子どもが学校の行き帰りに通ります。",
    "観光に来た人も困っていました。",
    "病院の帰りに使います。",
    "",
    "冬は日が暮れるのが早いためです。",
];

const FAMILY: [&str; 16] = [
    "長田",
    "安岡",
    "川中",
    "菊川",
    "豊田",
    "小月",
    "彦島",
    "王司",
    "清末",
    "勝山",
    "内日",
    "吉見",
    "綾羅木",
    "垢田",
    "阿弥陀寺",
    "幡生",
];

const GIVEN: [&str; 12] =
    ["結衣", "岬子", "進一", "緑里", "灯子", "歩美", "航平", "和也", "千波", "誠司", "美月", "健吾"];

/// How many opinions each group holds: 26, 25 times 8, 52 times 3.
fn size(group: usize) -> usize {
    match group {
        0 => 26,
        1..=25 => 8,
        _ => 3,
    }
}

/// One opinion: its group and its words.
fn opinions_of_all() -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for group in 0..PLACES.len() * WISHES.len() {
        let (place, wish) = (PLACES[group % PLACES.len()], &WISHES[group / PLACES.len()]);
        for nth in 0..size(group) {
            let way = wish.ways[nth % wish.ways.len()];
            let because = BECAUSE[(nth + group) % BECAUSE.len()];
            all.push((group, format!("{place}について。{way}。{because}")));
        }
    }
    // as they come in: mixed, always in the same way
    let many = all.len();
    (0..many).map(|at| all[(at * 157) % many].clone()).collect()
}

fn gist(group: usize) -> String {
    let (place, wish) = (PLACES[group % PLACES.len()], &WISHES[group / PLACES.len()]);
    format!("{place}では、{}べきである。", wish.wish)
}

/// The words of the answer to a group. The first of the first chapter changes the draft.
fn words(group: usize, paper: i64) -> Words {
    let (place, at) = (PLACES[group % PLACES.len()], group / PLACES.len());
    let wish = &WISHES[at];
    if group == 0 {
        return Words {
            outcome: Some(Outcome::Revised),
            body:
                "高齢の方や小さな子どもを連れた方には500メートルは長いというご意見を受け、間隔を短くします。"
                    .to_owned(),
            reason: "商店街での聞き取りでも、300メートルごとに休みたいという声が最も多かったためです。"
                .to_owned(),
            changed_place: wish.chapter.to_owned(),
            old_text: "おおむね500メートルごとに".to_owned(),
            new_text: "おおむね300メートルごとに".to_owned(),
            changed: Some((paper, "p2".to_owned())),
            unit_id: None,
        };
    }
    let stated = wish.outcome == Outcome::AlreadyInDraft;
    Words {
        outcome: Some(wish.outcome),
        body: format!("{place}についてのご意見です。{}", wish.answer),
        reason: wish.reason.to_owned(),
        changed_place: if stated { wish.chapter.to_owned() } else { String::new() },
        ..Words::default()
    }
}

/// A submission with one to three of the opinions.
fn arrival(
    app: &App,
    nth: usize,
    opinions: &[(usize, String)],
    paper: i64,
    then: DateTime<Utc>,
) -> Result<Arrival> {
    let key = format!("demo-result-{nth}");
    // some send twice
    let who = nth % 181;
    let details = PartyDetails {
        name: format!("{} {}", FAMILY[who % FAMILY.len()], GIVEN[(who / 3) % GIVEN.len()]),
        address: format!("山口県下関市見本町{}番{}号", who % 40 + 1, who % 7 + 1),
        ..PartyDetails::default()
    };
    let channel = match nth % 9 {
        0 | 4 => ChannelKind::Post,
        2 => ChannelKind::HandIn,
        7 => ChannelKind::Fax,
        _ => ChannelKind::Web,
    };
    let mark = submission::sender_words(&details).map(|w| app.sealer.mark("submission.sender", &w));
    let receipts: Vec<Receipt> =
        receipt::tickets(&app.sealer, &key).iter().map(|t| t.receipt(&app.sealer)).collect();
    Ok(Arrival {
        submission_key: Some(receipt::submission_key(&app.sealer, &key)),
        receipts,
        channel,
        points: opinions
            .iter()
            .map(|(group, text)| Point {
                paragraph: Some((paper, format!("p{}", group / PLACES.len() * 2 + 2))),
                opinion: text.clone(),
                ..Point::default()
            })
            .collect(),
        received_at: then.into(),
        received_on: calendar::tokyo_day(then),
        postmarked_on: None,
        written_on: None,
        entered_by: None,
        missing: Vec::new(),
        relation: Vec::new(),
        anonymous: false,
        party: Some(SealedParty::seal(&app.sealer, app.clock.id().to_string(), &details, then)?),
        sender_mark: mark,
        org_publish_ok: false,
        attachments: Vec::new(),
    })
}

/// The whole way from the plan to the published result, all of it in the past.
pub(super) fn make(app: &App, now: DateTime<Utc>) -> Result<()> {
    let noticed = calendar::tokyo_day(now) + Duration::days(CASE.noticed);
    let min = app.config.consult_min_days;
    let all = opinions_of_all();
    let (id, paper) = app.db.write_now(move |db| {
        let staff = Staff::read(db)?;
        let id = bring(db, &staff, &CASE, noticed, now, min)?;
        let paper = consulted::papers(db, id)?.first().map(|p| p.id).ok_or(Error::NotFound)?;
        Ok((id, paper))
    })?;
    let (mut arrivals, mut from) = (Vec::new(), 0);
    for nth in 0.. {
        let to = (from + nth % 3 + 1).min(all.len());
        if from == to {
            break;
        }
        let days = i64::try_from(nth % 29).unwrap_or(0) + 1;
        arrivals.push(arrival(app, nth, &all[from..to], paper, at(noticed, days, 20, now))?);
        from = to;
    }
    let sealer = app.sealer.clone();
    app.db.write_now(move |db| {
        for arrival in &arrivals {
            consultations::accept(db, id, arrival, &ReceiptMails::default(), &[], &By::citizen())?;
        }
        let staff = Staff::read(db)?;
        let clerk = staff.of("clerk", at(noticed, 40, 9, now))?;
        gather(db, &clerk, at(noticed, 40, 9, now), id, &all)?;
        answer(db, &staff, noticed, now, (id, paper))?;
        let then = at(noticed, 90, 10, now);
        let clerk = staff.of("clerk", then)?;
        let mut draft = Draft {
            decision: Some(Decision::AdoptedRevised),
            decided_on: Some(calendar::tokyo_day(then)),
            decision_note:
                "いただいたご意見を受けて、休める場所の間隔を短くしました。来年度から順に工事を始めます。"
                    .to_owned(),
            originals_place: "道路河川建設課の窓口(本庁舎)".to_owned(),
            promises: vec![Promise {
                body: "休める場所の候補を、沿道の方と歩いて確かめ、一覧を公表します。".to_owned(),
                due_on: calendar::tokyo_day(then) + Duration::days(365),
                report: String::new(),
                reported_on: None,
            }],
            ..Draft::default()
        };
        result::save(db, &clerk, then, id, &draft)?;
        let approval = result::circulate(db, &sealer, &clerk, then, id, "result")?;
        for (login, days) in [("kacho", 92), ("bucho", 94)] {
            decide(db, &staff, login, at(noticed, days, 11, now), approval)?;
        }
        // a word was left out: the first version stays readable
        let then = at(noticed, 100, 10, now);
        draft.decision_note.push_str("工事の順番は、毎年3月に市のホームページでお知らせします。");
        draft.change_note = "工事の順番の知らせ方が抜けていたため、決定の説明に加えました。".to_owned();
        draft.version = result::store::draft(db, id)?.map_or(0, |d| d.version);
        result::save(db, &clerk, then, id, &draft)?;
        let approval = result::circulate(db, &sealer, &clerk, then, id, "result")?;
        for (login, days) in [("kacho", 101), ("bucho", 102)] {
            decide(db, &staff, login, at(noticed, days, 11, now), approval)?;
        }
        Ok(())
    })
}

/// Cuts the submissions, puts what says the same together, and writes each gist.
fn gather(db: &mut Db, clerk: &Viewer, then: DateTime<Utc>, id: i64, all: &[(usize, String)]) -> Result<()> {
    while opinions::itemise(db, then, 500)? > 0 {}
    acts::begin(db, clerk, then, id)?;
    let of: HashMap<&str, usize> = all.iter().map(|(group, text)| (text.as_str(), *group)).collect();
    let mut same: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    for (group, _) in opinions::store::groups(db, id)? {
        let Some(item) = opinions::store::items_in(db, group.id, 0, 1)?.into_iter().next() else { continue };
        let points = consulted::points(db, item.submission_id)?;
        let point = usize::try_from(item.point_no - 1).ok().and_then(|at| points.get(at));
        let text = point.map(Point::text).unwrap_or_default();
        let topic = of.get(text.as_str()).copied().ok_or(Error::NotFound)?;
        same.entry(topic).or_default().push(Seen { id: group.id, version: group.version });
    }
    for (topic, seen) in same {
        let first = seen.first().map(|s| s.id).ok_or(Error::NotFound)?;
        let kept = if seen.len() > 1 {
            acts::merge(db, clerk, then, id, &seen, Some(first))?.group.unwrap_or(first)
        } else {
            first
        };
        let version = opinions::store::group(db, kept)?.version;
        acts::write_gist(db, clerk, then, id, Seen { id: kept, version }, &gist(topic))?;
    }
    Ok(())
}

/// A view for each group, the final text, and the decision on each chapter.
fn answer(
    db: &mut Db,
    staff: &Staff,
    noticed: NaiveDate,
    now: DateTime<Utc>,
    (id, paper): (i64, i64),
) -> Result<()> {
    let then = at(noticed, 60, 9, now);
    let clerk = staff.of("clerk", then)?;
    answers::make_chapters(db, &clerk, then, id)?;
    let topics: HashMap<String, usize> =
        (0..PLACES.len() * WISHES.len()).map(|group| (gist(group), group)).collect();
    for (group, _) in opinions::store::groups(db, id)? {
        let topic = topics.get(&group.gist).copied().ok_or(Error::NotFound)?;
        let (view, _) = answers::attach(db, &clerk, then, id, &[group.id], None)?;
        let seen = answers::store::view(db, view)?.version;
        answers::save(db, &clerk, then, view, seen, &words(topic, paper))?;
    }
    answers::make_final(db, &clerk, then, paper)?;
    for chapter in opinions::store::chapters(db, id)? {
        let content = answers::content(db, &chapter)?;
        if content.groups() > 0 {
            let seen = answers::content::hash(&content.text()?);
            let approval = answers::circulate(db, &clerk, then, chapter.id, &seen, "answers_section")?;
            decide(db, staff, "kacho", at(noticed, 70, 11, now), approval)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_of_the_demo_has_the_shape_of_the_real_one() {
        let all = opinions_of_all();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for (group, _) in &all {
            *sizes.entry(*group).or_default() += 1;
        }
        assert_eq!((all.len(), sizes.len(), sizes.values().max()), (382, 78, Some(&26)));
        let texts: HashMap<&str, usize> = all.iter().map(|(g, t)| (t.as_str(), *g)).collect();
        assert!(all.iter().all(|(g, t)| texts[t.as_str()] == *g), "one text, one group");
    }
}
