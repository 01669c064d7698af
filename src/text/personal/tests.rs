use super::*;
use proptest::prelude::*;

fn found(text: &str) -> Vec<(PersonalKind, &str)> {
    found_knowing(text, &KnownNames::default())
}

fn found_knowing<'a>(text: &'a str, known: &KnownNames) -> Vec<(PersonalKind, &'a str)> {
    find(text, known).into_iter().map(|c| (c.kind, &text[c.range])).collect()
}

/// Each text holds exactly this, and nothing else that is personal.
fn holds(kind: PersonalKind, cases: &[(&str, &str)]) {
    for (text, part) in cases {
        assert_eq!(found(text), [(kind, *part)], "{text}");
    }
}

#[test]
fn names_before_honorifics_are_found() {
    holds(
        PersonalKind::Name,
        &[
            ("窓口の山田さんに助けられました。", "山田"),
            ("山田 太郎様からの紹介です", "山田 太郎"),
            ("髙橋　花子　様", "髙橋　花子"),
            ("隣の佐々木氏が", "佐々木"),
            ("市民課山田さんの対応", "山田"),
            ("葛\u{e0100}城先生の授業", "葛\u{e0100}城"),
            ("スミスさんは親切でした", "スミス"),
            ("ヤマダ・タロウ様", "ヤマダ・タロウ"),
            ("孫は、はなちゃんといいます", "はな"),
            ("鈴木くんが", "鈴木"),
            ("林さんの家", "林"),
            ("山田課長に言われました", "山田"),
            ("広報の山田担当者様", "山田"),
        ],
    );
}

#[test]
fn names_in_signatures_labels_and_introductions_are_found() {
    holds(
        PersonalKind::Name,
        &[
            ("氏名：山田 太郎\n内容", "山田 太郎"),
            ("お名前（フリガナ）：田中　花子", "田中　花子"),
            ("よろしくお願いします。\n山田より", "山田"),
            ("よろしくお願いします。\n\n　　　　山本　花子", "山本　花子"),
            ("以上です。\n（岡村）", "岡村"),
            ("私は山田です。", "山田"),
            ("わたくしは長く住む山田太郎といいます", "山田太郎"),
            ("はじめまして、国弘と申します。", "国弘"),
        ],
    );
}

#[test]
fn ordinary_words_are_left_alone() {
    for text in [
        "市長様、いつもお世話になっております。",
        "皆様、お客様、奥様、神様、担当者様、関係者各位",
        "皆さん、お父さん、お母さん、たくさん、おじいさん、みなさん",
        "様子を見て、同様に、多様な、仕様書、模様、一様に、有様、様々な",
        "氏名を書く欄、彼氏、摂氏三十度、宮殿、御殿",
        "下関市役所に電話しました。",
        "〒750-8521 下関市南部町1番1号 下関市役所",
        "〒７５０－８５２１　山口県下関市南部町１－１",
        "私は反対です。私は市民です。私は山口県出身です。",
        "運転手さん、職員さん、店員さん、業者さん、議員さん、看護師さん",
        "市長、部長、健康課長、市民課長様、下関市長様、広報戦略課長",
        "スタッフさん、ヘルパーさん、ママさん",
        "令和8年4月1日に3回、国道191号で10-20人、条例第134号、議案第1号",
        "サッカーは3-1で勝った。5-6年生。1番目。2番線。",
        "ちゃんとしてください。さんまが高い。先生方へ。",
        "匿名希望\n一市民より\n有志一同",
        "金額は1,234,567円、受付番号R8-0123",
        "全4丁目で実施",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn addresses_are_found_with_their_building() {
    holds(
        PersonalKind::Address,
        &[
            ("住所は山口県下関市竹崎町1丁目2番3号です", "山口県下関市竹崎町1丁目2番3号"),
            ("下関市豊北町大字滝部3140番地1にあります", "下関市豊北町大字滝部3140番地1"),
            ("長府侍町１－２－３に住む", "長府侍町１－２－３"),
            ("私の家は下関市一の宮町三丁目四番五号です。", "下関市一の宮町三丁目四番五号"),
            ("彦島江の浦町4-5-6 コーポ海峡203号室です", "彦島江の浦町4-5-6 コーポ海峡203号室"),
            ("北九州市門司区港町7-8です", "北九州市門司区港町7-8"),
            ("下関市上田中町2丁目の交差点", "下関市上田中町2丁目"),
            ("幡生宮の下町12番34号", "幡生宮の下町12番34号"),
        ],
    );
}

#[test]
fn telephone_numbers_postal_codes_and_mail_addresses_are_found() {
    holds(
        PersonalKind::Phone,
        &[
            ("電話083-231-1111まで", "083-231-1111"),
            ("０８３－２３１－１１１１", "０８３－２３１－１１１１"),
            ("(083)231-1111です", "(083)231-1111"),
            ("０９０ー１２３４ー５６７８", "０９０ー１２３４ー５６７８"),
            ("09012345678へ", "09012345678"),
            ("+81-83-231-1111", "+81-83-231-1111"),
            ("TEL：231-1111", "231-1111"),
            ("083 231 1111", "083 231 1111"),
        ],
    );
    holds(
        PersonalKind::PostalCode,
        &[
            ("〒751-0823です", "〒751-0823"),
            ("〒 ７５１０８２３", "〒 ７５１０８２３"),
            ("751-0823", "751-0823"),
        ],
    );
    holds(
        PersonalKind::Email,
        &[
            ("連絡はhanako.y@example.ne.jpへ", "hanako.y@example.ne.jp"),
            ("ａ..ｂ＠ｄｏｃｏｍｏ．ｎｅ．ｊｐ。", "ａ..ｂ＠ｄｏｃｏｍｏ．ｎｅ．ｊｐ"),
        ],
    );
}

#[test]
fn two_numbers_in_a_row_are_two() {
    assert_eq!(
        found("083-231-1111 090-1234-5678"),
        [(PersonalKind::Phone, "083-231-1111"), (PersonalKind::Phone, "090-1234-5678")]
    );
}

#[test]
fn only_a_my_number_with_a_right_check_digit_is_one() {
    holds(
        PersonalKind::MyNumber,
        &[
            ("番号は123456789018です", "123456789018"),
            ("１２３４－５６７８－９０１８", "１２３４－５６７８－９０１８"),
            ("1234 5678 9018", "1234 5678 9018"),
        ],
    );
    for text in ["123456789012", "1234-5678-9019", "1234567890180", "9123456789018"] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn bank_accounts_and_birth_dates_are_found() {
    holds(
        PersonalKind::BankAccount,
        &[
            ("山口銀行下関支店 普通 1234567 に", "山口銀行下関支店 普通 1234567"),
            ("口座番号：１２３４５６７", "口座番号：１２３４５６７"),
            ("記号15510 番号12345671", "記号15510 番号12345671"),
        ],
    );
    holds(
        PersonalKind::BirthDate,
        &[
            ("昭和21年3月9日生まれです", "昭和21年3月9日"),
            ("生年月日：1950/4/5", "1950/4/5"),
            ("昭和三十年生まれ", "昭和三十年"),
            ("S30.1.2生", "S30.1.2"),
        ],
    );
}

#[test]
fn what_is_known_of_the_sender_is_found_in_any_writing() {
    let known = KnownNames {
        names: vec!["髙橋 一子".to_owned()],
        kana: vec!["タカハシ　カズコ".to_owned()],
        addresses: vec!["下関市竹崎町1-2-3".to_owned()],
        phones: vec!["0832311111".to_owned()],
        emails: vec!["Kazuko@example.jp".to_owned()],
    };
    for (text, kind, part) in [
        ("高橋はこう思います", PersonalKind::Name, "高橋"),
        ("髙 橋一\u{200b}子です", PersonalKind::Name, "髙 橋一\u{200b}子"),
        ("ﾀｶﾊｼです", PersonalKind::Name, "ﾀｶﾊｼ"),
        ("かずこの意見", PersonalKind::Name, "かずこ"),
        ("下関市 竹崎町 １ー２－３", PersonalKind::Address, "下関市 竹崎町 １"),
        ("（０８３）２３１ー１１１１", PersonalKind::Phone, "（０８３）２３１ー１１１１"),
        ("ＫＡＺＵＫＯ＠ＥＸＡＭＰＬＥ．ＪＰ", PersonalKind::Email, "ＫＡＺＵＫＯ＠ＥＸＡＭＰＬＥ．ＪＰ"),
    ] {
        let seen = found_knowing(text, &known);
        assert!(seen.iter().any(|(k, p)| *k == kind && p.starts_with(part)), "{text}: {seen:?}");
    }
    assert!(!format!("{known:?}").contains("髙橋"));
    let ann = KnownNames { names: vec!["Ann".to_owned()], ..KnownNames::default() };
    assert_eq!(found_knowing("Annual report", &ann), []);
    assert_eq!(found_knowing("I am Ann.", &ann), [(PersonalKind::Name, "Ann")]);
}

#[test]
fn a_whole_letter_is_marked_without_overlap() {
    let text = "市長様\n\n私は長府に住む山田です。隣の佐藤さんの車が通れません。\n〒752-0974\n下関市長府侍町1丁目2-3\n山田太郎\n電話 083-245-0000\n";
    let kinds: Vec<(PersonalKind, &str)> = found(text);
    assert_eq!(
        kinds,
        [
            (PersonalKind::Name, "山田"),
            (PersonalKind::Name, "佐藤"),
            (PersonalKind::PostalCode, "752-0974"),
            (PersonalKind::Address, "下関市長府侍町1丁目2-3"),
            (PersonalKind::Name, "山田太郎"),
            (PersonalKind::Phone, "083-245-0000"),
        ]
        .map(|(kind, part)| if part == "752-0974" { (kind, "〒752-0974") } else { (kind, part) })
    );
}

#[test]
fn the_time_grows_with_the_text_and_not_with_its_square() {
    // Ten times the text may take about ten times as long, whatever it is made of; far from a hundred times.
    for piece in [
        "様",
        "山田",
        "0-",
        "a@",
        "1番",
        "普通",
        "私は",
        "ﾊﾟ",
        "\u{3099}",
        "（",
        " ",
        "あ",
        "昭和",
        "丁目一",
        "\n",
        "と申し",
    ] {
        let time = |chars: usize| {
            let text = piece.repeat(chars / piece.chars().count());
            let known = KnownNames { names: vec!["山田山田".to_owned()], ..KnownNames::default() };
            let start = std::time::Instant::now();
            let _ = find(&text, &known);
            start.elapsed()
        };
        let (short, long) = (time(1_000), time(10_000));
        assert!(long < short * 40 + std::time::Duration::from_millis(300), "{piece}: {short:?} {long:?}");
    }
}

#[test]
fn a_hundred_thousand_characters_are_read() {
    let letter = "私は長府に住む山田です。電話は０８３－２３１－１１１１、下関市竹崎町1丁目2-3。道路が暗くて困っています。";
    let text = letter.repeat(100_000 / letter.chars().count());
    assert_eq!(find(&text, &KnownNames::default()).len(), text.matches("山田").count() * 3);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_overlap(
        any in "\\PC{0,60}",
        mess in "[山田様さん氏名:：より\n 0-9０ー－()（）@a〒丁目番地号下関市普通銀行昭和年月日生ﾊﾟ\u{3099}\u{e0100}と申し私は課長]{0,60}",
    ) {
        let known = KnownNames { names: vec!["山田 太郎".to_owned()], phones: vec!["00-00-00".to_owned()], ..KnownNames::default() };
        for text in [&any, &mess] {
            let mut last = 0;
            for candidate in find(text, &known) {
                prop_assert!(candidate.range.start >= last && !text[candidate.range.clone()].is_empty());
                last = candidate.range.end;
            }
        }
    }
}
