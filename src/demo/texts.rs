//! Invented letters of an invented spring; real places of 下関, no real person.

use crate::letters::letter::{AgeBand, Channel, District, Field, MatterKind};
use crate::letters::matter::Outcome;

/// How far a demo letter has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Received,
    Registered,
    OutOfScope,
    PassedOn,
    Accepted,
    Circulated,
    Assigned,
    ReturnedToCentre,
    NoReply,
    Drafting,
    InApproval,
    Returned,
    Approved,
    Replied,
    Awaiting,
    Closed,
    Published,
}

/// One demo letter.
pub struct Text {
    /// Received this many days before the demo was made.
    pub days_ago: i64,
    pub stop: Stop,
    pub channel: Channel,
    pub subject: &'static str,
    pub body: &'static str,
    /// Name, reading; empty for a nameless letter.
    pub name: (&'static str, &'static str),
    pub age: AgeBand,
    pub district: District,
    pub kind: MatterKind,
    pub field: Field,
    /// Code of the section that owns it, once assigned.
    pub unit: &'static str,
    pub outcome: Outcome,
    /// The section's answer; empty where none has been written.
    pub answer: &'static str,
}

use Channel as C;
use District as D;
use Field as F;
use MatterKind as K;
use Outcome as O;

macro_rules! letter {
    ($days:literal $stop:ident $channel:ident $age:ident $district:ident $kind:ident $field:ident $unit:literal $outcome:ident
     $name:literal $kana:literal $subject:literal $body:literal $answer:literal) => {
        Text {
            days_ago: $days,
            stop: Stop::$stop,
            channel: C::$channel,
            subject: $subject,
            body: $body,
            name: ($name, $kana),
            age: AgeBand::$age,
            district: D::$district,
            kind: K::$kind,
            field: F::$field,
            unit: $unit,
            outcome: O::$outcome,
            answer: $answer,
        }
    };
}

/// All of them, the oldest first.
pub const LETTERS: &[Text] = &[
    letter!(92 Published WebForm Forties Kawanaka Request Infrastructure "doro" Realised "岡崎 道子" "オカザキ ミチコ"
        "通学路の街灯について"
        "川中小学校の東側の通学路で、街灯が三つ続けて消えています。冬は下校のころにはもう暗く、子どもが側溝に落ちかけました。早めの修理をお願いします。\n\n岡崎 道子"
        "お子さまの下校時にご不安な思いをさせ、申し訳ありません。\nお知らせいただいた街灯を確認したところ、三基とも配線の傷みで消えていました。すぐに修理を終え、点灯を確かめています。あわせて、同じ時期に設置した周辺の街灯十二基も点検しました。\n街灯の番号札の番号をお知らせいただくと、より早く伺えます。今後もお気づきの点をお寄せください。"),
    letter!(88 Published PostcardPrepaid Eighties Toyota Request Safety "toyota-chiiki" Studying "中原 トメ" "ナカハラ トメ"
        "バスの便"
        "わたしは豊田町に住む八十三歳です。病院に行くバスが一日四本しかなく、帰りは二時間待ちます。せめて昼すぎにもう一本あると助かります。"
        "通院にご苦労をおかけしています。\n豊田地区では、利用の少ない時間帯の便を予約に応じて走らせる乗合タクシーへ振り替え、昼すぎの便を増やせないか、交通事業者と相談を始めました。三か月後をめどに地区の皆さまの集まりで案をお示しし、ご意見をうかがいます。"),
    letter!(85 Published Email Thirties Yasuoka Proposal Children "kosodate" WillRealise "藤井 ゆう子" "フジイ ユウコ"
        "雨の日に遊べる場所を"
        "安岡や吉見のあたりには、雨の日に小さい子を遊ばせる場所がほとんどありません。使っていない会議室を週に一度だけ開放し、子育て中の親が交代で見守る形なら、費用もあまりかからないと思います。"
        "ご提案ありがとうございます。\n安岡公民館の和室を、来月から毎週水曜日の午前に親子の広場として開放します。見守りは子育て支援の団体と保護者の方の有志でお願いする予定です。開放の日時は市の子育てのページと公民館の掲示でお知らせします。"),
    letter!(80 Published WebForm Twenties Honcho Opinion Industry "kanko" Reference "" ""
        "唐戸の案内表示"
        "友人を唐戸に案内したとき、駐車場から市場までの道が分かりにくく、何度も聞かれました。地面に矢印があるとよいと思います。"
        "ご意見ありがとうございます。\n唐戸の周辺では今年度、案内表示の配置を見直しています。歩く方の目に入りやすい地面の表示も候補に入れて検討します。"),
    letter!(76 Published Box Seventies Hikoshima Complaint Environment "kankyo" Explained "村上 清" "ムラカミ キヨシ"
        "ごみステーションのカラス"
        "彦島のごみステーションがカラスに荒らされ、月曜と木曜の朝は道まで散らかっています。網の貸出しがあると聞きましたが、どこに言えばよいのか分かりません。"
        "ご不便をおかけしています。\n鳥よけの網は、自治会を通じて無料でお貸ししています。自治会の環境担当の方、または環境政策課(本庁舎)へお申し出ください。網の端におもりを付けると効果が上がりますので、おもり付きの網もご用意しています。"),
    letter!(70 Closed Letter Sixties Chofu Thanks Certificates "machizukuri" Other "河野 正" "コウノ タダシ"
        "窓口の方へお礼"
        "母の手続で市民課に伺いました。耳の遠い母に、紙に書きながらゆっくり説明してくださった職員の方に、お礼を申し上げます。"
        ""),
    letter!(66 Published WebForm Fifties Katsuyama Request Infrastructure "koen" Realised "石川 健一" "イシカワ ケンイチ"
        "公園のベンチ"
        "勝山の公園のベンチの板が割れていて、座ると服が破れます。お年寄りが休む場所なので直してください。"
        "お知らせありがとうございます。\n現地を確認し、割れていた板をすぐに取り替えました。同じ公園の残りのベンチも点検し、ぐらつきのあった一脚を締め直しています。"),
    letter!(60 Closed Phone Seventies Kikugawa Inquiry Welfare "fukushi" Explained "" ""
        "タクシー券の申込み"
        "(電話)高齢者のタクシー券の申込みはいつまでか、菊川総合支所でも申し込めるかを知りたい。"
        "お問い合わせの券は、来月末まで菊川総合支所の窓口でもお申し込みいただけます。"),
    letter!(52 OutOfScope Email NotTold Outside Other Other "" Other "" ""
        "新しい屋根材のご案内"
        "下関市の公共施設に最適な屋根材を特別価格でご案内いたします。カタログをお送りしますのでご担当者様をお教えください。"
        ""),
    letter!(50 PassedOn WebForm Forties Honcho Report Safety "" PassedOn "" ""
        "国道の信号"
        "国道九号の唐戸交差点の歩行者信号が短く、杖の人が渡りきれません。"
        ""),
    letter!(47 Replied WebForm Thirties Ozuki Request Schools "kosodate" Studying "西田 あゆみ" "ニシダ アユミ"
        "体育館の暑さ"
        "小月の中学校の体育館(避難所になります)は夏に三十五度を超え、部活動の見学中に気分が悪くなりました。大型の扇風機だけでも増やせませんか。"
        "ご心配をおかけしています。\n来月から、大型扇風機を市内の中学校の体育館に二台ずつ増やします。空調については、避難所となる体育館から順に設計を進めており、来年度の予定を年度末までにお知らせします。"),
    letter!(44 Approved Fax Sixties Toyoura Request Infrastructure "doro" WillRealise "浜田 義男" "ハマダ ヨシオ"
        "川棚の側溝"
        "川棚の市道で側溝のふたが割れ、自転車が落ちそうです。赤い三角の札を置いてもらいましたが、もう一か月になります。"
        "長らくご不便をおかけし、申し訳ありません。ふたの製作に時間がかかっておりましたが、今月二十日に取り替えます。それまでの間、夜も見える点滅灯を置きました。"),
    letter!(39 InApproval WebForm Fifties Oji Proposal Publicity "kikaku" Studying "松尾 あきら" "マツオ アキラ"
        "市報を音声で"
        "父が目を悪くして市報が読めません。市報を読み上げた音声を電話でも聞けるようにできないでしょうか。自動音声でも十分だと思います。"
        "ご提案ありがとうございます。市報の音声版は現在CDでお届けしていますが、電話で聞ける仕組みを秋から試行します。"),
    letter!(36 Returned WebForm Forties Honcho Complaint Tax "zaisei" Explained "山口 一郎" "ヤマグチ イチロウ"
        "納税通知書の字が小さい"
        "納税通知書の裏の説明の字が小さすぎて、老眼では読めません。"
        "字の大きさは国の様式で決まっております。"),
    letter!(34 Closed Counter Eighties Hohoku Consultation Welfare "fukushi" Explained "上田 ハル" "ウエダ ハル"
        "ひとり暮らしの見守り"
        "(豊北総合支所の窓口でお話)夫を亡くし一人になった。転んだときに気付いてもらえるか心配。どんな見守りがあるか知りたい。"
        "ご不安なお気持ちをお話しいただき、ありがとうございます。ボタンで知らせる装置の貸出し、配食にあわせた声かけ、民生委員の訪問をご案内しました。来週、担当の保健師がお宅へ伺います。"),
    letter!(30 Awaiting PostcardPrepaid Seventies Chofu Request Infrastructure "koen" Studying "吉村 すみ子" "ヨシムラ スミコ"
        "功山寺ちかくの〓"
        "功山寺の近くの〓木の枝が道にかかって危ないです。はやく切ってください。"
        ""),
    letter!(27 Drafting WebForm Teens Kawanaka Proposal Culture "kosodate" Studying "" ""
        "図書館の学習席"
        "高校生です。図書館の学習席が土日はいつも満席です。夏休みの間だけでも、使っていない会議室を開けてほしいです。"
        "ご意見ありがとうございます。夏休みの間、二階の会議室を学習席として開けられるよう準備しています。"),
    letter!(24 Drafting Email Thirties Katsuyama Request Children "kosodate" Studying "高田 みほ" "タカタ ミホ"
        "保育園の申込み"
        "保育園の申込書に同じ住所を五回も書きました。マイナンバーカードで一度に済むようにしてください。住所が変わったばかりで書き間違えも多かったです。"
        ""),
    letter!(21 Assigned WebForm Forties Kiyosue Request Safety "somu" Studying "小野 たかし" "オノ タカシ"
        "避難所の段差"
        "清末の避難所の入口に十五センチほどの段差があり、車いすの家族が入れませんでした。板一枚でもよいので置いてください。"
        ""),
    letter!(19 ReturnedToCentre WebForm Fifties OukiYoshida Request Infrastructure "doro" Studying "" ""
        "農道の草"
        "王喜の農道の草が伸びて、対向車が見えません。"
        ""),
    letter!(16 Assigned Letter Eighties Hikoshima Consultation Welfare "fukushi" Studying "木村 ヨシ" "キムラ ヨシ"
        "補聴器のこと"
        "補聴器が高くて買えません。市で助けてもらえる制度がありますか。耳が遠いので手紙でお願いします。"
        ""),
    letter!(14 NoReply WebForm Twenties Honcho Opinion Assembly "kikaku" Reference "" ""
        "いつもありがとうございます"
        "市のお知らせが読みやすくなったと思います。これからもよろしくお願いします。返事はいりません。"
        ""),
    letter!(12 Circulated WebForm Sixties Toyoura Proposal Industry "kanko" Studying "長谷川 進" "ハセガワ ススム"
        "角島の渋滞"
        "連休の角島は渋滞で救急車も通れないと聞きます。駐車場の空きを手前の道の駅で見られるようにし、そこから連絡バスを出してはどうでしょう。"
        ""),
    letter!(9 Accepted WebForm Thirties Ozuki Complaint Environment "kankyo" Studying "" ""
        "夜の騒音"
        "小月駅の近くで深夜まで大音量の音楽が続きます。警察にも相談しましたが、市からも注意してもらえませんか。"
        ""),
    letter!(7 Registered WebForm Forties Chofu Request Schools "kosodate" Studying "森本 さやか" "モリモト サヤカ"
        "給食のアレルギー表示と通学路"
        "一つ目は給食の献立表にアレルギーの表示をもっと大きく載せてほしいこと、二つ目は長府小の前の横断歩道の線が消えていることです。どちらも子どもの安全に関わりますので、よろしくお願いします。"
        ""),
    letter!(5 Received PostcardPrepaid Seventies Kikugawa Opinion Certificates "" Studying "" ""
        "支所の窓口"
        "支所の窓口がへると聞いて心配です。車にのれないので、ちかくで手つづきができるようにのこしてください。"
        ""),
    letter!(3 Received WebForm Thirties Kawanaka Request Infrastructure "" Studying "今井 翔" "イマイ ショウ"
        "自転車の通るところ"
        "新下関駅から市役所方面へ自転車で通勤しています。車道の端に自転車のマークがあるところとないところがあり、急に途切れるのが危ないです。地図で見られるようにもしてほしいです。"
        ""),
    letter!(2 Received WebForm Fifties Honcho Complaint Administration "" Studying "" ""
        ""
        "市役所の電話がなかなかつながりません。三回かけて三回とも別の課に回されました。"
        ""),
    letter!(1 Received WebForm Teens Yasuoka Proposal Children "" Studying "" ""
        "中学生からの提案"
        "総合の授業で安岡の海岸のごみを調べました。夏の前に、中学生と市の人と漁協の人が一緒に片付ける日を作りたいです。ごみの種類を記録して、市のページで見られるようにしたいです。"
        ""),
    letter!(0 Received WebForm Eighties Hohoku Request Welfare "" Studying "田原 千代" "タハラ チヨ"
        "移動販売の車"
        "豊北の家のちかくの店がなくなりました。移動販売の車が週に一度来てくれますが、坂の上までは来ません。坂の上のあき地にとめてもらえるよう、市から話してもらえませんか。"
        ""),
];
