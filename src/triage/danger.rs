//! Words that call for a person now (自傷・脅し・虐待). A sign is a reason to read at once, never a verdict, and it
//! holds nothing up: the letter goes its way all the same.

use crate::text;

/// What a letter may be telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// The writer may hurt himself or herself.
    SelfHarm,
    /// A child may be in danger.
    ChildAbuse,
    /// Somebody is threatened.
    Threat,
}

impl Danger {
    /// The heading of the notice.
    pub fn label(self) -> &'static str {
        match self {
            Danger::SelfHarm => "命に関わるかもしれない言葉があります",
            Danger::ChildAbuse => "子どもの安全に関わるかもしれない言葉があります",
            Danger::Threat => "危害を予告しているかもしれない言葉があります",
        }
    }

    /// Whom to call, in the order to call them. National short numbers only: they are the same in every city.
    pub fn call(self) -> &'static [&'static str] {
        match self {
            Danger::SelfHarm => &[
                "いまにも危ないと思うときは、110番(警察)・119番(救急)へすぐ電話してください。",
                "広聴の課長と、保健部(こころの健康の担当)へ、メールではなく電話で伝えてください。",
                "連絡先があれば、差出人を開く理由に「安全の確認」を選んで、本人と話せるか課長と決めてください。",
            ],
            Danger::ChildAbuse => &[
                "児童相談所虐待対応ダイヤル 189(いちはやく)へ電話してください。確かでなくてもかまいません。",
                "いま危ないと思うときは、110番(警察)が先です。",
                "広聴の課長と、こども未来部へ、電話で伝えてください。",
            ],
            Danger::Threat => &[
                "日時や相手が書かれているときは、110番(警察)へすぐ電話してください。",
                "急がないときの警察への相談は #9110 です。",
                "広聴の課長と庁舎管理の担当へ、電話で伝えてください。返事はひとりで書かないでください。",
            ],
        }
    }
}

/// Compared without blanks, signs and differences of width or kana.
const WORDS: &[(Danger, &[&str])] = &[
    (
        Danger::SelfHarm,
        &[
            "死にたい",
            "しにたい",
            "消えてしまいたい",
            "消えたいです",
            "生きていたくない",
            "生きるのがつらい",
            "生きるのに疲れ",
            "自殺",
            "首を吊",
            "首をつ",
            "飛び降り",
            "リストカット",
            "遺書",
            "終わりにしたいです",
            "心中",
        ],
    ),
    (
        Danger::ChildAbuse,
        &[
            "虐待",
            "ネグレクト",
            "子どもを叩",
            "子供を叩",
            "子どもが叩かれ",
            "子供が叩かれ",
            "子どもの悲鳴",
            "子供の悲鳴",
            "あざだらけ",
            "ごはんをもらえない",
            "ご飯をもらえない",
            "親に殴られ",
            "親に叩かれ",
            "家に帰りたくない",
        ],
    ),
    (
        Danger::Threat,
        &[
            "殺す",
            "殺してやる",
            "ぶっ殺",
            "殺害",
            "爆破",
            "爆弾",
            "火をつけ",
            "放火",
            "刺してやる",
            "刺し殺",
            "ただではおかない",
            "ただじゃおかない",
            "覚悟しろ",
            "首を洗って",
            "家族がどうなっても",
        ],
    ),
];

/// What the text may be telling, each once, the most urgent first.
pub fn signs(letter: &str) -> Vec<Danger> {
    let squeezed = text::squeeze(letter);
    WORDS
        .iter()
        .filter(|(_, words)| words.iter().any(|word| squeezed.contains(&text::squeeze(word))))
        .map(|(danger, _)| *danger)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cry_for_help_is_seen_however_it_is_written() {
        for cry in ["もう死にたいです。", "もう、死 に た い", "シニタイ", "ｼﾆﾀｲ", "生きるのに\n疲れました"]
        {
            assert_eq!(signs(cry), [Danger::SelfHarm], "{cry}");
        }
    }

    #[test]
    fn each_sort_of_danger_is_told_once() {
        assert_eq!(
            signs("隣の家で虐待が。市長を殺す。爆破する。虐待です。"),
            [Danger::ChildAbuse, Danger::Threat]
        );
    }

    #[test]
    fn an_ordinary_letter_raises_nothing() {
        for plain in
            ["街灯が消えています。子どもが通る道なので直してください。", "親子で楽しく過ごせました。", ""]
        {
            assert_eq!(signs(plain), [], "{plain}");
        }
    }

    #[test]
    fn every_danger_names_somebody_to_call() {
        for danger in [Danger::SelfHarm, Danger::ChildAbuse, Danger::Threat] {
            assert!(danger.call().iter().any(|line| line.contains("110番")), "{danger:?}");
        }
    }
}
