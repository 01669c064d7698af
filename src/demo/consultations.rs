//! The consultations of the demo city: one in every state between a plan and the end of its period.
//! Long: its texts stand in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::at;
use crate::approval::store::approval as read_approval;
use crate::calendar;
use crate::consultations::consultation::{
    ChannelKind, Contact, CountUnit, DeadlineKind, Eligibility, EventKind, ResultTerms, Senders,
};
use crate::consultations::content::{Channel, Place};
use crate::consultations::paper::PaperKind;
use crate::consultations::submission::{self, Arrival, Point};
use crate::consultations::{self, PeriodChange, Plan, import};
use crate::db::{Db, Json};
use crate::decisions::{self, Decision};
use crate::error::{Error, Result};
use crate::letters::receipt;
use crate::mail::ReceiptMails;
use crate::opinions;
use crate::opinions::act::Seen;
use crate::opinions::acts::{self, Cut};
use crate::people::party::{PartyDetails, SealedParty};
use crate::people::{self, Viewer};
use crate::trail::By;
use crate::web::App;

/// How far a consultation of the demo has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Planned,
    InApproval,
    Announced,
    Extended,
    Sorting,
    Answering,
    /// With gists, up to its published result.
    Result,
}

pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    /// Section head and department head.
    pub(super) heads: (&'static str, &'static str),
    pub(super) summary: &'static str,
    pub(super) background: &'static str,
    pub(super) text: &'static str,
    /// The day of notice, counted from today.
    pub(super) noticed: i64,
    pub(super) stop: Stop,
    pub(super) opinions: &'static [(&'static str, &'static str, &'static str)],
}

const DORO: (&str, &str) = ("kacho", "bucho");
const KOEN: (&str, &str) = ("kacho2", "bucho2");

/// What several people copied, one of them with words of her own.
const FORM_LETTER: &str = "区域を決めるときは、いま抜け道になっている道の交通量を数えて、その数字を公表してください。数えるのは、通勤の時間と、子どもが帰る時間の両方にしてください。";

const CASES: &[Case] = &[
    Case {
        title: "自転車の通る道の整備方針",
        label: "素案",
        unit: "doro",
        heads: DORO,
        summary: "自転車が安全に走れる道を、通学路から順に10年で整えます。歩道と自転車の道を分けることを基本にします。",
        background: "歩道での自転車と歩行者の事故が続いています。どの道から分けるかの順番を、市民のみなさんと決めたいと考えています。",
        text: "# 第1章 めざす姿\n\n歩く人も自転車に乗る人も、互いに怖い思いをしない道をめざします。\n\n## 1 基本の考え方\n\n歩道と自転車の道を分けることを基本とします。\n\n分けられない狭い道では、車の速さを抑えます。\n\n# 第2章 進め方\n\n## 1 順番\n\n- 小中学校の通学路を最初に整えます。\n- 次に、駅と病院を結ぶ道を整えます。\n\n## 2 知らせ方\n\n工事の1か月前に、沿道の方へお知らせします。\n",
        noticed: -10,
        stop: Stop::Announced,
        opinions: &[
            (
                "通学路を最初に整える順番に賛成です。冬の朝は暗いので、街灯も一緒に考えてください。",
                "毎朝、子どもを送る道が暗いからです。",
                "長田 結",
            ),
            ("駅と病院の道より、高校の通学路を先にしてください。", "", "安岡 岬"),
            (
                "お知らせが1か月前では、店の準備が間に合いません。3か月前にしてください。",
                "仕入れの予定があるためです。",
                "彦島 商",
            ),
            (
                "通学路を最初に整える順番に賛成です。冬の朝は暗いので、街灯も一緒に考えてください。",
                "",
                "小月 灯",
            ),
        ],
    },
    Case {
        title: "身近な公園のあり方",
        label: "案",
        unit: "koen",
        heads: KOEN,
        summary: "使われ方の変わった小さな公園を、地区ごとに役割を分けて整え直します。",
        background: "遊具の更新の時期が重なり、すべてを同じように直すことが難しくなっています。",
        text: "# 第1章 公園の役割\n\n遊ぶ公園、憩う公園、災害に備える公園に分けます。\n\n# 第2章 話し合い\n\n地区ごとに、使う人と話し合って決めます。\n",
        noticed: 6,
        stop: Stop::Announced,
        opinions: &[],
    },
    Case {
        title: "生活道路の速度を抑える区域の考え方",
        label: "原案",
        unit: "doro",
        heads: DORO,
        summary: "住宅地の中の道で、車の速さを30キロまでに抑える区域の選び方を定めます。",
        background: "抜け道として使われる住宅地の道で、歩く人が危ない思いをしているという声が届いています。",
        text: "# 1 区域の選び方\n\n学校、保育所、高齢者施設の周りを先に選びます。\n\n# 2 決め方\n\n自治会の同意を得て決めます。\n",
        noticed: -55,
        stop: Stop::Sorting,
        opinions: &[
            (
                "高齢者施設の周りを先に選ぶことに賛成です。",
                "母が通う道が抜け道になっているからです。",
                "川中 歩",
            ),
            ("自治会の同意だけでなく、通る人の意見も聞いてください。", "", "王司 進"),
            (FORM_LETTER, "", "吉見 渚"),
            (FORM_LETTER, "", "豊浦 凪"),
            (FORM_LETTER, "", "内日 畑"),
            (
                "区域を決めるときは、いま抜け道になっている道の交通量を数えて、その数字を公表してください。数えるのは、通勤の時間と、子どもが帰る時間の両方にしてください。うちの前は、夕方の4時にいちばん車が通ります。",
                "",
                "勝山 東",
            ),
            (
                "お世話になります。通る人の意見も、自治会の同意と同じように聞いてください。それから、速度を抑える標識は、夜も見えるものにしてください。",
                "",
                "清末 蛍",
            ),
        ],
    },
    Case {
        title: "歩きやすいまちなかの計画",
        label: "素案",
        unit: "doro",
        heads: DORO,
        summary: "駅から商店街までの道を、ベンチと木陰のある、歩きやすい道に整えます。",
        background: "まちなかを歩く人が減り、休む場所がほしいという声が届いています。",
        text: "# 第1章 道を整える\n\n駅から商店街までの歩道を、3年かけて広げます。\n\n歩道には、200メートルごとにベンチを置きます。\n\n# 第2章 木陰をつくる\n\n広げた歩道に、夏に木陰のできる木を植えます。\n\n# 第3章 進め方\n\n工事の順番は、沿道の方と話し合って決めます。\n",
        noticed: -70,
        stop: Stop::Answering,
        opinions: &[
            (
                "ベンチは200メートルでは遠いです。100メートルごとに置いてください。",
                "足の悪い家族と歩くと、途中で休みたくなるからです。",
                "新町 杖",
            ),
            ("ベンチは200メートルでは遠いです。100メートルごとに置いてください。", "", "幸町 歩"),
            ("3年は長いので、もっと早く広げてください。", "", "上田中 駿"),
            ("落ち葉の掃除はだれがするのか教えてください。", "店の前の掃除が大変になるためです。", "唐戸 箒"),
            ("話し合いは、夜や土曜日にも開いてください。", "昼間は店を離れられません。", "細江 灯"),
            ("計画の全体に賛成です。孫と歩ける道にしてください。", "", "竹崎 和"),
        ],
    },
    Case {
        title: "街路樹の植え替え方針",
        label: "素案",
        unit: "koen",
        heads: KOEN,
        summary: "大きくなりすぎた街路樹を、道の広さに合う木へ順に植え替えます。",
        background: "根が歩道を持ち上げ、つまずく方が出ています。",
        text: "# 1 植え替える木\n\n歩道の幅が2メートルに足りない道の木から植え替えます。\n",
        noticed: -20,
        stop: Stop::Extended,
        opinions: &[(
            "木陰が減らないように、植え替えは片側ずつにしてください。",
            "夏の歩道が暑いからです。",
            "菊川 緑",
        )],
    },
    Case {
        title: "橋の点検と直し方の計画",
        label: "案",
        unit: "doro",
        heads: DORO,
        summary: "市の橋を5年ごとに点検し、傷みの大きい橋から直します。",
        background: "古い橋が増え、直す順番を決めておく必要があります。",
        text: "# 1 点検\n\n5年に1度、近くで見て点検します。\n",
        noticed: 12,
        stop: Stop::InApproval,
        opinions: &[],
    },
    Case {
        title: "水辺の遊歩道の整備",
        label: "素案",
        unit: "koen",
        heads: KOEN,
        summary: "",
        background: "",
        text: "",
        noticed: 40,
        stop: Stop::Planned,
        opinions: &[],
    },
];

/// Makes all of them.
pub(super) fn make(app: &App, now: DateTime<Utc>) -> Result<()> {
    for (number, case) in CASES.iter().enumerate() {
        one(app, number, case, now)?;
    }
    Ok(())
}

pub(super) struct Staff {
    units: std::sync::Arc<people::Units>,
    logins: BTreeMap<String, (i64, String)>,
}

impl Staff {
    pub(super) fn read(db: &mut Db) -> Result<Staff> {
        Ok(Staff { logins: people::store::staff::logins(db)?, units: people::units(db)? })
    }

    /// Somebody with the postings of a day.
    pub(super) fn of(&self, login: &str, then: DateTime<Utc>) -> Result<Viewer> {
        let (id, name) = self.logins.get(login).cloned().ok_or(Error::NotFound)?;
        let today = calendar::tokyo_day(then);
        let postings = self.units.postings_of(id, today);
        Ok(Viewer { id, login: login.to_owned(), name, postings, csrf: String::new(), today })
    }
}

fn plan(case: &Case, unit_id: i64, noticed: NaiveDate, branches: Vec<Place>) -> Plan {
    let ready = case.stop != Stop::Planned;
    let channel = |kind, address: &str, deadline| Channel {
        kind,
        address: address.to_owned(),
        deadline,
        note: String::new(),
    };
    Plan {
        title: case.title.to_owned(),
        draft_label: case.label.to_owned(),
        unit_id,
        contact: Json(if ready {
            Contact { place: "本庁舎".to_owned(), phone: "000-000-0000".to_owned(), ..Contact::default() }
        } else {
            Contact::default()
        }),
        basis: "下関市市民協働参画条例第9条".to_owned(),
        summary: case.summary.to_owned(),
        plain_summary: String::new(),
        background: case.background.to_owned(),
        prenotice_on: None,
        noticed_on: Some(noticed),
        opens_on: Some(noticed),
        closes_on: Some(calendar::earliest_close(noticed, 31)),
        short_reason: String::new(),
        grace_seconds: 0,
        senders: Json(Senders {
            invited: vec![
                Eligibility::Resident,
                Eligibility::Worker,
                Eligibility::Student,
                Eligibility::Business,
                Eligibility::Interested,
            ],
            ..Senders::default()
        }),
        count_incomplete: true,
        result_terms: Json(ResultTerms {
            note: "いただいたご意見は、内容ごとに整理し、市の考え方とともに、市のホームページと担当課の窓口で公表します。お一人ずつへの回答はしません。お名前は公表しません。数の多さではなく、内容を検討します。".to_owned(),
            publish_full: case.stop != Stop::Result,
            count_unit: CountUnit::Item,
        }),
        originals_place: if case.stop == Stop::Result { "担当課の窓口".to_owned() } else { String::new() },
        decision_planned_on: None,
        channels: vec![
            channel(ChannelKind::Web, "", DeadlineKind::ArriveBy),
            channel(ChannelKind::Post, "〒750-8521 下関市南部町1番1号 担当課", DeadlineKind::Postmark),
            channel(ChannelKind::Email, &format!("{}-iken@city.example.lg.jp", case.unit), DeadlineKind::ArriveBy),
            channel(ChannelKind::Fax, "000-000-0001", DeadlineKind::ArriveBy),
            channel(ChannelKind::HandIn, "担当課の窓口", DeadlineKind::ArriveBy),
        ],
        places: branches,
    }
}

fn one(app: &App, number: usize, case: &'static Case, now: DateTime<Utc>) -> Result<()> {
    let noticed = calendar::tokyo_day(now) + Duration::days(case.noticed);
    let mut arrivals = Vec::new();
    for (nth, opinion) in case.opinions.iter().enumerate() {
        let days = i64::try_from(nth).unwrap_or(0) + 1;
        arrivals.push(arrival(app, number, nth, opinion, at(noticed, days, 20, now))?);
    }
    // the first one also got one by fax, typed in and not looked at by a second person
    let on_paper = match number {
        0 => {
            let fax = ("駐輪場も、駅の近くに増やしてください。", "", "内日 文");
            let came = arrival(app, number, case.opinions.len(), &fax, at(noticed, 6, 10, now))?;
            Some(Arrival { channel: ChannelKind::Fax, ..came })
        }
        _ => None,
    };
    let min = app.config.consult_min_days;
    app.db.write_now(move |db| {
        let staff = Staff::read(db)?;
        let id = bring(db, &staff, case, noticed, now, min)?;
        if consultations::store::consultation(db, id)?.state.is_public() {
            for arrival in &arrivals {
                consultations::accept(db, id, arrival, &ReceiptMails::default(), &[], &By::citizen())?;
            }
            if let Some(mut typed) = on_paper.clone() {
                let clerk = staff.of("clerk", at(noticed, 6, 10, now))?;
                typed.entered_by = Some(clerk.id);
                consultations::accept(db, id, &typed, &ReceiptMails::default(), &[], &clerk.by())?;
            }
        }
        if case.stop == Stop::Sorting {
            let then = at(noticed, 33, 9, now);
            sort(db, &staff.of("clerk", then)?, then, id)?;
        }
        if case.stop == Stop::Answering {
            return super::answers::write(db, &staff, case.heads, id, now);
        }
        if case.stop == Stop::Extended {
            let then = at(noticed, 15, 10, now);
            let change = PeriodChange {
                kind: EventKind::Extension,
                from_at: then,
                to_at: None,
                new_closes_on: Some(calendar::earliest_close(noticed, 45)),
                reason: "閲覧用の資料に1ページの抜けがあったためです。".to_owned(),
            };
            let clerk = staff.of("clerk", then)?;
            let approval = consultations::write_event(db, &clerk, then, id, &change, "consultation_event")?;
            decide(db, &staff, case.heads.0, at(noticed, 15, 15, now), approval)?;
        }
        Ok(())
    })
}

/// The clerk's first hour of sorting: a gist, and an opinion that says two things.
fn sort(db: &mut Db, clerk: &Viewer, now: DateTime<Utc>, id: i64) -> Result<()> {
    opinions::itemise(db, now, 1_000)?;
    acts::begin(db, clerk, now, id)?;
    let groups = opinions::store::groups(db, id)?;
    let seen = |nth: usize| {
        groups.get(nth).map(|(g, _)| Seen { id: g.id, version: g.version }).ok_or(Error::NotFound)
    };
    // the last one says two things
    let last = opinions::store::items_in(db, seen(groups.len() - 1)?.id, 0, 1)?;
    if let Some(item) = last.first() {
        // without the greeting
        let cuts = [(9, 37), (37, item.end_char)].map(|at| Cut { point_no: 1, at, place: None });
        acts::recut(db, clerk, now, item.submission_id, &acts::cuts_seen(&last), &cuts)?;
    }
    acts::write_gist(db, clerk, now, id, seen(0)?, "高齢者施設の周りを先に選ぶことに賛成する。")?;
    Ok(())
}

/// As far as its announcement, or less where it stops before.
pub(super) fn bring(
    db: &mut Db,
    staff: &Staff,
    case: &Case,
    noticed: NaiveDate,
    now: DateTime<Utc>,
    min: i64,
) -> Result<i64> {
    // prepared a week before the notice, and never in the future
    let started = at(noticed, -7, 9, now);
    let id = prepare(db, staff, case, noticed, started, min)?;
    if case.stop == Stop::Planned {
        return Ok(id);
    }
    let clerk = staff.of("clerk", started)?;
    let approval = consultations::circulate(db, &clerk, started, id, "consultation")?;
    if case.stop == Stop::InApproval {
        return Ok(id);
    }
    for (login, days) in [(case.heads.0, -5), (case.heads.1, -3)] {
        decide(db, staff, login, at(noticed, days, 11, now), approval)?;
    }
    consultations::announce_if_due(db, &By::system(), at(noticed, 0, 0, now), id)?;
    Ok(id)
}

/// Lets somebody take the step that is his or hers.
pub(super) fn decide(
    db: &mut Db,
    staff: &Staff,
    login: &str,
    then: DateTime<Utc>,
    approval: i64,
) -> Result<()> {
    let who = staff.of(login, then)?;
    let seen = read_approval(db, approval)?.version;
    decisions::decide(db, &who, then, approval, seen, Decision::Approve, "").map(drop)
}

fn prepare(
    db: &mut Db,
    staff: &Staff,
    case: &Case,
    noticed: NaiveDate,
    started: DateTime<Utc>,
    min: i64,
) -> Result<i64> {
    let clerk = staff.of("clerk", started)?;
    let unit = staff.units.by_code(case.unit).ok_or(Error::NotFound)?;
    let hours = "平日 8時30分から17時15分まで";
    let mut places = vec![Place { name: unit.name.clone(), hours: hours.to_owned() }];
    if case.stop != Stop::Planned {
        places.extend(
            staff
                .units
                .all()
                .iter()
                .filter(|u| matches!(u.kind, people::UnitKind::Branch | people::UnitKind::SubBranch))
                .map(|u| Place { name: u.name.clone(), hours: hours.to_owned() }),
        );
    }
    let id = consultations::plan(db, &clerk, started, &plan(case, unit.id, noticed, places), min)?;
    if !case.text.is_empty() {
        let title = format!("{}({})", case.title, case.label);
        let paper = consultations::add_paper(db, &clerk, started, id, PaperKind::Draft, &title, "", None)?;
        let read = import::read("案.md", case.text.as_bytes()).map_err(Error::Refused)?;
        consultations::take_text(db, &clerk, started, paper, &read.blocks)?;
    }
    Ok(id)
}

fn arrival(
    app: &App,
    number: usize,
    nth: usize,
    (opinion, reason, name): &(&str, &str, &str),
    then: DateTime<Utc>,
) -> Result<Arrival> {
    let key = format!("demo-consultation-{number}-{nth}");
    let details = PartyDetails {
        name: (*name).to_owned(),
        address: format!("山口県下関市見本町{}番{}号", number + 1, nth + 1),
        ..PartyDetails::default()
    };
    let mark = submission::sender_words(&details).map(|w| app.sealer.mark("submission.sender", &w));
    Ok(Arrival {
        submission_key: Some(receipt::submission_key(&app.sealer, &key)),
        receipts: receipt::tickets(&app.sealer, &key).iter().map(|t| t.receipt(&app.sealer)).collect(),
        channel: ChannelKind::Web,
        points: vec![Point {
            opinion: (*opinion).to_owned(),
            reason: (*reason).to_owned(),
            ..Point::default()
        }],
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
