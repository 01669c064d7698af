//! Common family names, so that 山田様 is told from 担当様. Folded (髙橋 is found under 高橋). Not a list of who is a
//! person: a name that is missing here is still found by its honorific, only less surely.

use crate::text::fold::fold;
use std::collections::HashSet;
use std::sync::LazyLock;

static SURNAMES: LazyLock<HashSet<String>> = LazyLock::new(|| LIST.split_whitespace().map(fold).collect());

/// Does the text begin with a common family name? Its length in characters, the longest there is.
pub(super) fn leading_surname(text: &str) -> Option<usize> {
    let folded: Vec<char> = fold(text).chars().take(4).collect();
    (1..=folded.len()).rev().find(|len| SURNAMES.contains(&folded[..*len].iter().collect::<String>()))
}

const LIST: &str = "
佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水
山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本
福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 森田 上田
原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 谷口 今井 工藤 高田 増田 丸山 杉山 村田 大塚
新井 小山 平野 藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 木下 久保 佐野 野村 松尾 菊地 市川 菊池
杉本 古川 大西 島田 水野 桜井 高野 渡部 吉川 山内 西田 飯田 西川 小松 北村 安田 五十嵐 川口 平田 関
中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 秋山 田口 永井 山中 中西 吉村 川上 石原 大橋
松岡 馬場 浜田 森本 星野 矢野 浅野 大久保 吉岡 小池 野田 荒木 熊谷 松浦 大谷 内藤 黒田 尾崎 川村 永田
望月 松村 荒井 堀 田辺 菅野 西山 大島 平井 早川 広瀬 栗原 岩本 片山 萩原 神田 松下 本間 堀内 飯塚
高山 須藤 大石 篠原 平山 桑原 田島 小西 南 石橋 根本 児玉 渋谷 福井 八木 三宅 岡崎 津田 三好 青山
金田 小田 沢田 柳田 関口 奥村 坂口 村井 村山 江口 吉野 小沢 富田 秋元 笠原 成田 植田 古賀 北川 宮田
徳永 藤川 梅田 末永 河村 藤村 三輪 金本 新谷 重村 吉本 村岡 植木 亀田 河本 河田 岸本 国弘 久野 倉本
安部 有田 井川 伊東 植村 江藤 大内 大田 大村 岡 岡村 奥田 金沢 神谷 川田 川本 木原 倉田 黒川 小泉
坂田 佐伯 柴崎 下田 白石 杉田 瀬戸 高島 竹中 竹本 谷 谷川 堤 徳田 富永 中井 中尾 中原 西 西岡 西原
西本 沼田 野上 野中 長谷 畑 浜口 浜崎 林田 原口 東山 日高 平川 平松 深川 福岡 福永 福本 藤岡 藤崎
細川 堀江 堀田 前川 増井 松永 松野 三上 水谷 溝口 宮川 宮下 村松 森岡 森川 森下 森山 安井 柳 山岡
山根 山村 山脇 横田 吉原 米田 若林 綿貫 宇野 梶原 兼重 原野 伊勢 磯部 弘中 品川 末次 内山 縄田 賀屋
";
