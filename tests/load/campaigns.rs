//! Planted truth for grouping: what a consultation receives when form letters go round. Long for its lists of words.
//!
//! Campaigns come in pairs, for and against the same plan, with one greeting and one quote of the plan for both. Their
//! letters are copied, retyped, edited, re-ordered, half rewritten and paraphrased. Between them stand letters of
//! citizens' own, which share the topic, often the greeting and sometimes the quote. The same seed gives the same texts.

/// What was done to a form letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    Copy,
    /// Other widths, punctuation and line breaks.
    Width,
    /// A word dropped or another closing.
    Light,
    /// Something personal before, or behind.
    Prefix,
    Suffix,
    Reordered,
    /// Half of the sentences written anew.
    Heavy,
    /// The same demand in other words throughout; nobody can be expected to find these, they are counted apart.
    Paraphrase,
    /// A letter of the citizen's own.
    Own,
}

/// A letter and the truth about it.
pub struct Planted {
    pub text: String,
    /// Letters of one campaign have one number; a letter of one's own has none.
    pub campaign: Option<usize>,
    pub how: How,
}

impl Planted {
    /// The campaign on the other side: campaigns 2n and 2n + 1 are opposites.
    pub fn opposite(campaign: usize) -> usize {
        campaign ^ 1
    }
}

const PLANS: &[(&str, &str, &str)] = &[
    ("中央図書館の移転", "図書館", "本を借りる"),
    ("旧市場跡の公園化", "市場跡", "散歩をする"),
    ("小学校の統合", "小学校", "子どもが通う"),
    ("岸壁の観光桟橋", "岸壁", "釣りをする"),
    ("路線バスの再編", "バス", "病院へ通う"),
    ("家庭ごみの有料化", "ごみ袋", "片づけをする"),
    ("市民会館の建て替え", "市民会館", "合唱の稽古をする"),
    ("風力発電所の受け入れ", "風車", "畑を耕す"),
    ("駅前広場の再整備", "駅前", "買い物をする"),
    ("古い水道管の広域管理", "水道", "毎日の水を使う"),
    ("公立保育園の民営化", "保育園", "孫を預ける"),
    ("河川敷の運動場", "河川敷", "野球をする"),
    ("空き家の取り壊し補助", "空き家", "家を継ぐ"),
    ("海辺の遊歩道", "遊歩道", "夕日を見る"),
    ("夜間診療所の集約", "診療所", "熱の子を連れて行く"),
    ("文化財の町家の活用", "町家", "客を案内する"),
];
const WHO: &[&str] = &[
    "母",
    "父",
    "妻",
    "夫",
    "孫",
    "姉",
    "弟",
    "隣の方",
    "町内の友人",
    "同級生",
    "職場の先輩",
    "娘",
    "息子",
    "叔母",
    "民生委員さん",
    "店の常連さん",
    "子ども会の仲間",
    "老人クラブの皆",
    "施設の職員さん",
    "近所の学生",
];
const PLACE: &[&str] = &[
    "坂の上の団地",
    "港の通り",
    "川沿いの道",
    "駅の北側",
    "商店街の角",
    "神社の裏",
    "国道の手前",
    "浜の集落",
    "古い踏切",
    "高校の横",
    "支所の前",
    "病院の向かい",
    "山あいの地区",
    "埋め立て地",
    "橋のたもと",
    "農協の倉庫",
];
const WHEN: &[&str] = &[
    "雨の朝",
    "冬の夕方",
    "お盆の頃",
    "平日の昼",
    "学校の帰り",
    "台風の翌日",
    "土曜の午前",
    "祭りの晩",
    "年度の変わり目",
    "夏休み",
    "夜勤の明け",
    "月の初め",
    "通院の日",
    "雪の日",
    "連休の間",
    "仕事の合間",
];
const FELT: &[&str] = &[
    "心細く",
    "頼もしく",
    "もったいなく",
    "不便に",
    "うれしく",
    "歯がゆく",
    "ありがたく",
    "気がかりに",
    "さびしく",
    "危なく",
    "誇らしく",
    "ふしぎに",
];
const THING: &[&str] = &[
    "手すり",
    "案内板",
    "待合の椅子",
    "照明",
    "駐車場",
    "時刻表",
    "受付の窓口",
    "段差",
    "便所",
    "日よけ",
    "掲示板",
    "門の鍵",
    "花壇",
    "予算の表",
    "説明会の資料",
    "地図",
    "送迎の車",
    "料金",
    "屋根",
    "予約の電話",
];
const DONE: &[&str] = &[
    "話し合いました",
    "調べました",
    "思い出しました",
    "困りました",
    "助けられました",
    "迷いました",
    "書きとめました",
    "尋ねました",
    "驚きました",
    "比べてみました",
    "笑われました",
    "考えこみました",
];
const MONEY: &[&str] = &["建設費", "維持費", "人件費", "修繕費", "借入金", "補助金", "運営費", "委託料"];
const LACK: &[&str] = &[
    "見通し",
    "根拠",
    "内訳",
    "比べた資料",
    "引き継ぎの手順",
    "年ごとの計画",
    "責任の所在",
    "利用者の数",
    "代わりの案",
];
const GREETINGS: &[&str] = &[
    "市の皆様には日頃よりお世話になっております。このたびの意見募集について、下記のとおり意見を申し述べます。",
    "担当課の皆様、いつもありがとうございます。公表された案を拝見しましたので、一市民として意見をお送りします。",
    "お忙しいところ恐れ入ります。今回の案について考えたことがありますので、書面にて提出いたします。",
    "意見の機会をいただき感謝申し上げます。以下、案を読んで感じたところを述べさせていただきます。",
];
const CLOSINGS: &[&str] = &[
    "どうぞよろしくお願いいたします。",
    "ご検討のほどお願い申し上げます。",
    "以上、よろしくお取り計らいください。",
    "お読みくださりありがとうございました。",
    "皆様のお働きに感謝しつつ、失礼いたします。",
];

/// SplitMix64: a seed means the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(20_261_124))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

type Plan = (&'static str, &'static str, &'static str);

/// A sentence out of somebody's life; there are millions.
fn lived(dice: &mut Dice, plan: Plan) -> String {
    let (who, other) = (dice.of(WHO), dice.of(WHO));
    let (place, when, felt, thing, done) =
        (dice.of(PLACE), dice.of(WHEN), dice.of(FELT), dice.of(THING), dice.of(DONE));
    let number = 2 + dice.below(88);
    match dice.below(16) {
        0 => format!("{when}に{place}を歩くたび、{}のことを{felt}思います。", plan.1),
        1 => format!("{who}は{number}年前から{place}に住み、{}のを楽しみにしています。", plan.2),
        2 => format!("{place}の{thing}について、{when}に{who}と{done}。"),
        3 => format!("わが家では{who}と{other}が{when}に{}ので、{thing}が欠かせません。", plan.2),
        4 => format!("{thing}が{number}年も前のままで、{who}が{felt}感じたと言っていました。"),
        5 => format!("先日、{place}で{other}に会い、{}の{thing}のことで{done}。", plan.1),
        6 => format!(
            "{number}歳になる{who}を連れて{}まで行くと、{when}は片道{}分かかります。",
            plan.1,
            dice.below(70) + 5
        ),
        7 => format!(
            "{place}から来る人の{thing}をどうするのか、案の{}頁を読んでも分かりませんでした。",
            dice.below(60) + 3
        ),
        8 => {
            format!("{when}でも{}ことができるよう、{thing}を残すか直すかしていただけると助かります。", plan.2)
        }
        9 => format!("{other}の話では、{place}の辺りは{when}になると{thing}の前まで人が並ぶそうです。"),
        10 => format!("むかし{place}に{thing}がついたとき、{who}が{felt}話していたのを覚えています。"),
        11 => format!("説明会は{when}にあり、{who}も私も行けなかったので、{place}でも開けないでしょうか。"),
        12 => format!(
            "{}をよく使う{other}は、{thing}より{}のほうを{felt}思うようです。",
            plan.1,
            dice.of(THING)
        ),
        13 => format!("{when}、{number}人ほどで{}を掃除して、{thing}の傷みに気づきました。", plan.1),
        14 => format!(
            "私が{}のは週に{}度ほどですが、{place}からでは{felt}感じます。",
            plan.2,
            dice.below(6) + 1
        ),
        _ => format!("{who}の勤め先は{place}にあり、{}がどうなるかで{when}の暮らしが変わります。", plan.1),
    }
}

/// An argument, on one side.
fn argued(dice: &mut Dice, plan: Plan, pro: bool) -> String {
    let (money, lack, thing, who, place) =
        (dice.of(MONEY), dice.of(LACK), dice.of(THING), dice.of(WHO), dice.of(PLACE));
    let (years, count) = (3 + dice.below(37), 2 + dice.below(90));
    match (pro, dice.below(8)) {
        (true, 0) => {
            format!("{}年後の{money}を思えば、いま{}に手をつけるのが結局は安くつきます。", years, plan.1)
        }
        (true, 1) => format!("{place}の{who}のような人こそ、新しい{}の{thing}に救われるはずです。", plan.1),
        (true, 2) => format!("{lack}も{count}頁にわたって示され、{money}の説明にも無理がないと読みました。"),
        (true, 3) => format!("{thing}が新しくなれば、{place}からも{count}人は余計に訪れるでしょう。"),
        (true, 4) => {
            format!("{years}年待った{place}の住民として、{}を早く形にしていただきたいのです。", plan.0)
        }
        (true, 5) => {
            format!("{money}が{count}百万円ふえても、{}人がそれだけふえれば損ではありません。", plan.2)
        }
        (true, 6) => {
            format!("よその町の{thing}を見てきて、{}にもあの明るさがほしいと{who}が申しました。", plan.1)
        }
        (true, _) => format!("案の{count}頁にある{thing}の工夫は、{place}の暮らしをよく見たものです。"),
        (false, 0) => format!("{money}が{years}年にわたって若い人の肩にかかることを、案は語っていません。"),
        (false, 1) => format!("{lack}が示されないまま{}を決めるのは、順序が逆だと思います。", plan.0),
        (false, 2) => format!("{place}の{who}のように車のない者は、{}から締め出されてしまいます。", plan.1),
        (false, 3) => format!("いまの{thing}を直せば{years}年は使えると、{who}からも聞きました。"),
        (false, 4) => format!("{count}人の集まりで尋ねても、{lack}を知る人は一人もいませんでした。"),
        (false, 5) => format!("{}ことのできない町に、{money}だけが残るのではないでしょうか。", plan.2),
        (false, 6) => format!("案の{count}頁の{money}は、{place}の分が抜けているように読めます。"),
        (false, _) => format!("{thing}を失えば{place}の{who}は外へ出なくなり、{lack}では償えません。"),
    }
}

/// The demand, with the side in plain words.
fn demand(dice: &mut Dice, plan: Plan, pro: bool) -> String {
    let name = plan.0;
    match (pro, dice.below(5)) {
        (true, 0) => format!("私は{name}に賛成します。"),
        (true, 1) => format!("{name}を予定どおり推進してください。"),
        (true, 2) => format!("{name}の方針を心から歓迎いたします。"),
        (true, 3) => format!("よって{name}を支持し、早い実現を望みます。"),
        (true, _) => format!("{name}には大いに賛同するものです。"),
        (false, 0) => format!("私は{name}に反対します。"),
        (false, 1) => format!("{name}をいったん白紙に戻してください。"),
        (false, 2) => format!("{name}に賛成することはできません。"),
        (false, 3) => format!("よって{name}の撤回を強く求めます。"),
        (false, _) => format!("{name}の手続きを中止していただきたい。"),
    }
}

fn quote(dice: &mut Dice, plan: Plan) -> String {
    format!(
        "案の第{}章には「{}については、{}の利用の見込みと{}の推移を踏まえ、令和{}年度を目途に段階を追って進めるものとする」とあります。",
        dice.below(6) + 1,
        plan.0,
        plan.1,
        dice.of(MONEY),
        dice.below(8) + 9
    )
}

/// A form letter, sentence by sentence.
struct Campaign {
    plan: Plan,
    pro: bool,
    sentences: Vec<String>,
}

impl Campaign {
    fn text(&self, dice: &mut Dice, how: How) -> String {
        let mut sentences = self.sentences.clone();
        match how {
            How::Copy | How::Own => {}
            How::Width => return width(dice, &sentences.concat()),
            How::Light => {
                if dice.chance(60) {
                    let at = dice.below(sentences.len());
                    let chars: Vec<char> = sentences[at].chars().collect();
                    let from = dice.below(chars.len().saturating_sub(5));
                    let word = 2 + dice.below(3);
                    sentences[at] =
                        chars[..from].iter().chain(&chars[(from + word).min(chars.len() - 1)..]).collect();
                } else {
                    sentences.push(dice.of(CLOSINGS).to_owned());
                }
            }
            How::Prefix => {
                for _ in 0..=dice.below(2) {
                    sentences.insert(0, lived(dice, self.plan));
                }
            }
            How::Suffix => {
                for _ in 0..=dice.below(2) {
                    sentences.push(lived(dice, self.plan));
                }
            }
            How::Reordered => dice.shuffle(&mut sentences[1..]),
            How::Heavy => {
                let mut places: Vec<usize> = (0..sentences.len()).collect();
                dice.shuffle(&mut places);
                for &at in &places[..sentences.len() / 2] {
                    sentences[at] = match dice.below(3) {
                        0 => lived(dice, self.plan),
                        1 => demand(dice, self.plan, self.pro),
                        _ => argued(dice, self.plan, self.pro),
                    };
                }
            }
            How::Paraphrase => {
                sentences = (0..sentences.len()).map(|_| argued(dice, self.plan, self.pro)).collect();
                sentences.push(demand(dice, self.plan, self.pro));
            }
        }
        sentences.concat()
    }
}

fn width(dice: &mut Dice, text: &str) -> String {
    let (marks, digits, lines) = (dice.chance(50), dice.chance(70), dice.below(3));
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if digits => out.extend(char::from_u32(u32::from(c) + 0xfee0)),
            '、' if marks => out.push('，'),
            '。' if lines > 0 => out.push_str(["", "。\n", "。\r\n　"][lines]),
            _ => out.push(c),
        }
    }
    out
}

fn own(dice: &mut Dice, plan: Plan, greeting: &str, quoted: &str) -> String {
    if dice.chance(3) {
        return demand(dice, plan, dice.0.is_multiple_of(2));
    }
    let pro = dice.chance(45);
    let mut text = String::new();
    if dice.chance(30) {
        text.push_str(greeting);
    }
    if dice.chance(12) {
        text.push_str(quoted);
    }
    for _ in 0..2 + dice.below(7) {
        text.push_str(&if dice.chance(65) { lived(dice, plan) } else { argued(dice, plan, pro) });
    }
    if dice.chance(50) {
        text.push_str(&demand(dice, plan, pro));
    }
    if dice.chance(40) {
        text.push_str(dice.of(CLOSINGS));
    }
    text
}

/// `count` letters in a random order, about six in ten of them from campaigns.
pub fn plant(count: usize, seed: u64) -> Vec<Planted> {
    let mut dice = Dice::new(seed);
    let mut planted = Vec::with_capacity(count);
    // a pair of opposite campaigns for each plan, as many plans as it takes; the size of a campaign varies widely
    let mut campaigns = 0;
    let mut pairs = Vec::new();
    while planted.len() < count * 6 / 10 {
        let plan = PLANS[(campaigns / 2) % PLANS.len()];
        let (greeting, quoted) = (dice.of(GREETINGS), quote(&mut dice, plan));
        for pro in [true, false] {
            let mut sentences = vec![greeting.to_owned(), quoted.clone()];
            for _ in 0..3 + dice.below(4) {
                sentences.push(argued(&mut dice, plan, pro));
            }
            sentences.push(demand(&mut dice, plan, pro));
            sentences.push(CLOSINGS[0].to_owned());
            let campaign = Campaign { plan, pro, sentences };
            let scale = [count / 400, count / 100, count / 40][dice.below(3)].max(12);
            for _ in 0..scale / 2 + dice.below(scale) {
                let how = match dice.below(100) {
                    0..40 => How::Copy,
                    40..52 => How::Width,
                    52..68 => How::Light,
                    68..78 => How::Prefix,
                    78..88 => How::Suffix,
                    88..96 => How::Reordered,
                    96..98 => How::Heavy,
                    _ => How::Paraphrase,
                };
                let text = campaign.text(&mut dice, how);
                planted.push(Planted { text, campaign: Some(campaigns), how });
            }
            campaigns += 1;
        }
        pairs.push((plan, greeting, quoted));
    }
    planted.truncate(count);
    while planted.len() < count {
        let (plan, greeting, quoted) = pairs[dice.below(pairs.len())].clone();
        let text = own(&mut dice, plan, greeting, &quoted);
        planted.push(Planted { text, campaign: None, how: How::Own });
    }
    dice.shuffle(&mut planted);
    planted
}
