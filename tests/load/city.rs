//! A city with letters: made by the program's own verbs, from texts of our own making, the same for the same seed.

use chrono::{DateTime, Duration, Utc};
use diesel::connection::SimpleConnection;
use hirokiku::calendar;
use hirokiku::db::{Db, Pool};
use hirokiku::error::Result;
use hirokiku::letters::letter::{AgeBand, Arrival, Channel, District, MatterKind, Paper, Receipt, ReplyVia};
use hirokiku::letters::matter::{Change, Step};
use hirokiku::letters::{self, store};
use hirokiku::people::party::{PartyDetails, SealedParty};
use hirokiku::text::ReceiptCode;
use hirokiku::trail::{self, By};
use hirokiku::web::App;
use serde_json::Value;

/// What staff search for in the measurement: 1, 2, 3 and 8 characters, and a phrase of 14. All occur in [`Writer`]'s
/// texts.
pub const SEARCHED: [&str; 5] = ["道", "街灯", "通学路", "下関駅前の駐輪場", "歩くたびに足元が危ないと感じ"];

const PLACES: &[&str] = &[
    "長府",
    "彦島",
    "唐戸",
    "王司",
    "清末",
    "小月",
    "王喜",
    "吉田",
    "勝山",
    "内日",
    "川中",
    "安岡",
    "吉見",
    "菊川",
    "豊田",
    "豊浦",
    "豊北",
    "新下関",
    "幡生",
    "綾羅木",
    "垢田",
    "武久",
    "伊倉",
    "細江",
    "竹崎",
    "丸山",
    "幸町",
    "壇ノ浦",
    "火の山",
    "川棚",
    "角島",
    "滝部",
    "西市",
    "黒井",
    "福江",
    "形山",
    "秋根",
    "稗田",
    "椋野",
    "前田",
];

/// Subject, what is wrong with it, what is asked.
const TOPICS: &[(&str, &[&str], &[&str])] = &[
    (
        "街灯",
        &["夜になると真っ暗で", "三本続けて消えていて", "点いたり消えたりを繰り返し"],
        &["早めの修繕", "増設の検討"],
    ),
    (
        "歩道",
        &["木の根で持ち上がり", "歩くたびに足元が危ないと感じ", "幅が狭く車いすでは通れず"],
        &["段差の解消", "拡幅"],
    ),
    (
        "通学路",
        &["朝の時間に抜け道として使われ", "横断歩道の線が薄くなり", "側溝のふたがなく"],
        &["交通規制", "見守りの強化"],
    ),
    (
        "市営バス路線",
        &["一日に三便しかなく", "病院の診察時間と合わず", "停留所に屋根がなく"],
        &["増便", "時刻の見直し"],
    ),
    (
        "公園の遊具",
        &["使用禁止の札が一年以上下がったままで", "小さな子が使えるものがなく", "さびが目立ち"],
        &["更新の時期を知らせること", "点検"],
    ),
    (
        "ごみ集積所",
        &["収集日以外にも袋が置かれ", "からすに荒らされ", "道にはみ出していて"],
        &["網の貸出し", "看板の設置"],
    ),
    (
        "図書館",
        &["開館時間が短く", "学習席がいつも埋まっていて", "予約した本が届くまで長く"],
        &["開館時間の延長", "席の増設"],
    ),
    (
        "保育園の申込み",
        &["書類の種類が多く", "結果の通知が遅く", "窓口が平日の昼しか開いておらず"],
        &["手続の電子化", "結果の早期通知"],
    ),
    (
        "下関駅前の駐輪場",
        &["夕方には満車で", "屋根が壊れたままで", "放置自転車が増え"],
        &["台数の見直し", "巡回"],
    ),
    (
        "防災無線",
        &["海沿いでは風の音で聞き取れず", "音が割れて内容が分からず", "家の中では何も聞こえず"],
        &["個別受信機の貸出し", "文字での配信"],
    ),
    (
        "空き家",
        &["屋根の瓦が落ちそうで", "草木が隣まで伸び", "持ち主の連絡先が分からず"],
        &["所有者への指導", "相談窓口の案内"],
    ),
    (
        "介護の相談",
        &["どの窓口に行けばよいのか分からず", "電話がなかなかつながらず", "説明の言葉が難しく"],
        &["窓口の一本化", "分かりやすい案内"],
    ),
    (
        "海岸の清掃",
        &["漂着物が多く", "夏の行事のあとにごみが残り", "回収の日が決まっておらず"],
        &["回収日の設定", "袋の配布"],
    ),
    (
        "学校の暖房",
        &["体育館が冷え切っていて", "教室の温度に差があり", "故障が続いていて"],
        &["設備の更新", "使用基準の見直し"],
    ),
    (
        "水道の濁り",
        &["朝いちばんの水が茶色く", "工事のあとから続き", "問い合わせても原因が分からず"],
        &["原因の説明", "検査"],
    ),
];

const OPENINGS: &[&str] = &[
    "いつもお世話になっております。",
    "初めてお便りします。",
    "毎日のお仕事お疲れさまです。",
    "市長様にぜひ知っていただきたいことがあり、筆をとりました。",
    "広報を読んで、お手紙を書くことにしました。",
];

const ASIDES: &[&str] = &[
    "近所の方も同じことを話しています。",
    "以前にも電話でお伝えしましたが、その後の連絡がありません。",
    "予算に限りがあることは承知しております。",
    "小学生の子どもが二人おり、毎日のことなので気になっています。",
    "高齢の母は外出を控えるようになってしまいました。",
    "ほかの市では住民と一緒に点検していると聞きました。",
    "すぐに直すことが難しければ、いつごろになるのかだけでも教えてください。",
    "写真もありますので、必要であればお送りします。",
    "担当の方が一度現地を見てくださるとありがたいです。",
    "よいところもたくさんある町なので、安心して暮らし続けたいと思っています。",
];

/// Makes texts up. The numbers are SplitMix64, so that a seed means the same everywhere.
pub struct Writer(u64);

impl Writer {
    /// The same texts for the same seed.
    pub fn new(seed: u64) -> Writer {
        Writer(seed.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(20_261_122))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// A line that says what it is about.
    pub fn title(&mut self) -> String {
        let (place, (subject, _, asks)) = (self.pick(PLACES), TOPICS[self.below(TOPICS.len())]);
        format!("{place}の{subject}について({})", self.pick(asks))
    }

    /// A text of about so many characters.
    pub fn text(&mut self, characters: usize) -> String {
        let mut text = format!("{}\n", self.pick(OPENINGS));
        let mut length = text.chars().count();
        let mut topic = TOPICS[self.below(TOPICS.len())];
        while length < characters {
            let number = self.below(28) + 2;
            let sentence = match self.below(5) {
                0 => format!("{}の{}のことです。", self.pick(PLACES), topic.0),
                1 | 2 => {
                    format!("{}の{}は、{}困っています。", self.pick(PLACES), topic.0, self.pick(topic.1))
                }
                3 => format!("{number}年前から変わっておらず、{}をお願いします。", self.pick(topic.2)),
                _ => self.pick(ASIDES).to_owned(),
            };
            length += sentence.chars().count();
            text += &sentence;
            if self.below(4) == 0 {
                text.push('\n');
                if self.below(3) == 0 {
                    topic = TOPICS[self.below(TOPICS.len())];
                }
            }
        }
        text
    }

    /// A letter's body: mostly short, sometimes very long, 430 characters in the mean.
    pub fn body(&mut self) -> String {
        let u = (self.below(1_000_000) + 1) as f64 / 1_000_001.0;
        let characters = (60.0 - u.ln() * 355.0).min(3_000.0);
        self.text(characters as usize)
    }
}

/// What was made besides letters.
#[derive(Clone, Copy, Debug)]
pub struct Office {
    /// Somebody of the listening office.
    pub clerk: i64,
    /// Somebody else, who decides.
    pub head: i64,
    /// The first of ten sections; the others follow.
    pub first_section: i64,
}

/// The cookie's token of the listening office's session that [`found`] makes.
pub const TOKEN: &str = "00112233445566778899aabbccddeeff";

const SECTIONS: [&str; 10] = [
    "道路河川建設課",
    "公園緑地課",
    "市民生活課",
    "環境施設課",
    "交通対策課",
    "こども育成課",
    "長寿支援課",
    "防災危機管理課",
    "学校教育課",
    "図書政策課",
];

/// Units, two people and a signed-in session, beside whatever the program has made itself.
pub fn found(app: &App) -> Result<Office> {
    let now = app.clock.now();
    let at = now.format("%F %T%.6f");
    let end = (now + Duration::hours(12)).format("%F %T%.6f").to_string();
    let mut sql = String::new();
    for (number, name) in SECTIONS.iter().enumerate() {
        sql += &format!(
            "INSERT INTO unit (code, kind, name, leads, valid_from, sort) VALUES ('load-{number}', 'section', '{name}', \
             FALSE, '2005-02-13', {});",
            900 + number
        );
    }
    for (login, role) in [("load-kocho", "listening"), ("load-kacho", "section_head")] {
        sql += &format!(
            "INSERT INTO staff (login, name, name_kana, password_hash, must_change_password, state, created_at, version) \
             VALUES ('{login}', '計測 {role}', 'ケイソク', '', FALSE, 'active', '{at}', 1);\
             INSERT INTO posting (staff_id, unit_id, role, valid_from) SELECT s.id, u.id, '{role}', '2005-02-13' \
             FROM staff s, unit u WHERE s.login = '{login}' AND u.code = 'load-0';"
        );
    }
    sql += &format!(
        "INSERT INTO staff_session (id, staff_id, csrf, network, agent, created_at, seen_at, expires_at) SELECT '{}', \
         id, 'csrf', '127.0.0.1', 'load', '{at}', '{at}', '{end}' FROM staff WHERE login = 'load-kocho';",
        hirokiku::people::session::token_hash(TOKEN)
    );
    app.db.write_now(move |db| {
        use diesel::prelude::*;
        use hirokiku::db::schema::{staff, unit};
        db.batch_execute(&sql)?;
        let person = |db: &mut Db, login: &str| {
            staff::table.filter(staff::login.eq(login)).select(staff::id).first(db)
        };
        Ok(Office {
            clerk: person(db, "load-kocho")?,
            head: person(db, "load-kacho")?,
            first_section: unit::table.filter(unit::code.eq("load-0")).select(unit::id).first(db)?,
        })
    })
}

/// Takes `count` letters of the last two years in and moves most of them on to their end. Gives the ids of the first
/// matters.
pub fn write_letters(app: &App, office: Office, count: usize, seed: u64) -> Result<Vec<i64>> {
    let mut writer = Writer::new(seed);
    let now = app.clock.now();
    let mut matters = Vec::with_capacity(count);
    let mut next = 0;
    while next < count {
        let batch: Vec<(Arrival, Journey)> = (next..count.min(next + 200))
            .map(|number| {
                let age = Duration::minutes((count - number) as i64 * 1_051_200 / count as i64);
                let arrival = arrival(app, &mut writer, now - age)?;
                Ok((arrival, Journey::draw(&mut writer, number * 100 / count, office)))
            })
            .collect::<Result<_>>()?;
        next += batch.len();
        matters.extend(app.db.write_now(move |db| {
            batch.iter().map(|(arrival, journey)| journey.walk(db, arrival)).collect::<Result<Vec<i64>>>()
        })?);
    }
    chain(&app.db)?;
    Ok(matters)
}

/// Chains the trail, which the running program does little by little.
pub fn chain(pool: &Pool) -> Result<()> {
    while pool.write_now(|db| trail::link(db, 2_000))? > 0 {}
    Ok(())
}

fn arrival(app: &App, writer: &mut Writer, at: DateTime<Utc>) -> Result<Arrival> {
    let named = writer.below(2) == 0;
    let party = if named {
        let number = writer.below(1_000_000);
        let details = PartyDetails {
            name: format!("関門 {}", ["渡", "海", "岬", "灯"][number % 4]),
            email: format!("wataru{number}@example.jp"),
            ..PartyDetails::default()
        };
        Some(SealedParty::seal(&app.sealer, app.clock.id().to_string(), &details, at)?)
    } else {
        None
    };
    let receipt = |_| {
        let code = ReceiptCode::from_random(app.clock.random()).digits();
        Receipt { secret_mac: app.sealer.mark("load", &code), code }
    };
    Ok(Arrival {
        submission_key: Some(hex::encode(app.clock.random::<16>())),
        // as many as a form offers: among half a million letters two codes are likely to meet
        receipts: (0..3).map(receipt).collect(),
        channel: [Channel::WebForm, Channel::WebForm, Channel::PostcardPrepaid, Channel::Email]
            [writer.below(4)],
        paper: Paper::default(),
        received_on: calendar::tokyo_day(at),
        server_received_at: at.into(),
        entered_by: None,
        subject: if writer.below(3) == 0 { String::new() } else { writer.title() },
        body: writer.body(),
        language: "ja".to_owned(),
        place_text: None,
        position: None,
        reply_wanted: named,
        reply_via: named.then_some(ReplyVia::Email),
        publish_ok: writer.below(3) > 0,
        age_band: Some(AgeBand::ALL[writer.below(AgeBand::ALL.len())]),
        district: Some(District::ALL[writer.below(District::ALL.len())]),
        relation: Vec::new(),
        anonymous: !named,
        party,
        follow_up_of: None,
        attachments: Vec::new(),
        due_days: (30, 14),
    })
}

/// How far a letter gets.
struct Journey {
    steps: &'static [Step],
    section: i64,
    clerk: By,
    kind: MatterKind,
}

impl Journey {
    /// `lateness` is 0 for the oldest letters and 99 for the newest: nine of ten are closed, the newest are open.
    fn draw(writer: &mut Writer, lateness: usize, office: Office) -> Journey {
        use Step as S;
        let steps: &[S] = match (lateness, writer.below(10)) {
            (0..90, 0..5) => &[S::Register, S::RuleOut, S::File],
            (0..90, _) => &[S::Register, S::Accept, S::Circulate, S::Assign, S::SetNoReply, S::Close],
            (90..95, 0..6) => &[S::Register, S::Accept, S::Circulate, S::Assign],
            (90..97, _) => &[S::Register, S::Accept, S::Circulate],
            (97..99, _) => &[S::Register],
            _ => &[],
        };
        Journey {
            steps,
            section: office.first_section + writer.below(SECTIONS.len()) as i64,
            clerk: By::staff(office.clerk, "計測 listening"),
            kind: MatterKind::ALL[writer.below(MatterKind::ALL.len())],
        }
    }

    fn walk(&self, db: &mut Db, arrival: &Arrival) -> Result<i64> {
        let letter = letters::accept(db, arrival, &By::citizen())?.letter_id;
        let matter = store::matters_of(db, letter)?.first().map_or(0, |m| m.id);
        for (hours, step) in self.steps.iter().enumerate() {
            let change = match step {
                Step::Register => Change { kind: Some(self.kind), ..Change::default() },
                Step::Assign => Change { owning_unit_id: Some(Some(self.section)), ..Change::default() },
                _ => Change::default(),
            };
            let at = arrival.server_received_at.utc() + Duration::hours(hours as i64 + 1);
            letters::advance(db, &self.clerk, at, matter, None, *step, change, Value::Null)?;
        }
        Ok(matter)
    }
}
