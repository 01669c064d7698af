//! Japanese in all its forms.

use super::{MAKERS, SUBJECT, Sample, WORDS, base64, coded, head, quoted, sample, with};

/// Labels under which the four sets are sold.
const LABELS: &[(&str, &[&str])] = &[
    (
        "jis",
        &[
            "iso-2022-jp",
            "ISO-2022-JP-MS",
            "iso-2022-jp-1",
            "iso-2022-jp-3",
            "iso-2022-jp-2004",
            "cp50220",
            "cp50221",
            "CP50222",
            "jis",
        ],
    ),
    ("sjis", &["Shift_JIS", "cp932", "MS932", "x-sjis", "sjis-win", "windows-31j", "shift-jis"]),
    ("euc", &["EUC-JP", "eucJP-ms", "cp51932", "x-euc-jp", "eucjp-win"]),
    ("utf8", &["UTF-8", "utf8", "\"utf-8\""]),
];

pub(super) fn samples() -> Vec<Sample> {
    let mut out = Vec::new();
    labelled(&mut out);
    mislabelled(&mut out);
    subjects(&mut out);
    names(&mut out);
    rare(&mut out);
    out
}

fn labelled(out: &mut Vec<Sample>) {
    for (set, labels) in LABELS {
        for (n, label) in labels.iter().enumerate() {
            let text = if n % 2 == 0 { WORDS } else { MAKERS };
            let octets = coded(text, set);
            let (encoding, body) = match n % 3 {
                0 => ("8bit", octets),
                1 => ("base64", base64(&octets).into_bytes()),
                _ => ("quoted-printable", quoted(&octets).into_bytes()),
            };
            let id = format!("labelled-{set}-{n}");
            let head = head(&id)
                + &format!(
                    "Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
                );
            out.push(sample(&format!("{id}_{encoding}"), with(&head, &body), text));
        }
    }
}

fn mislabelled(out: &mut Vec<Sample>) {
    for set in ["jis", "sjis", "euc", "utf8"] {
        for label in
            ["iso-2022-jp", "shift_jis", "euc-jp", "utf-8", "us-ascii", "iso-8859-1", "x-unknown-thing", ""]
        {
            let id = format!("mislabelled-{set}-as-{label}");
            let charset = if label.is_empty() { String::new() } else { format!("; charset={label}") };
            let head = head(&id) + &format!("Content-Type: text/plain{charset}\r\n\r\n");
            out.push(sample(&id, with(&head, &coded(WORDS, set)), WORDS));
        }
    }
}

fn subjects(out: &mut Vec<Sample>) {
    for (set, label) in [("jis", "ISO-2022-JP"), ("sjis", "Shift_JIS"), ("euc", "EUC-JP"), ("utf8", "UTF-8")]
    {
        let octets = coded(SUBJECT, set);
        for (form, value) in [
            ("raw", octets.clone()),
            ("b", format!("=?{label}?B?{}?=", base64(&octets)).into_bytes()),
            ("q", format!("=?{label}?Q?{}?=", quoted(&octets)).into_bytes()),
            (
                "in-two",
                [SUBJECT.get(..12), SUBJECT.get(12..)]
                    .into_iter()
                    .flatten()
                    .map(|t| format!("=?{label}?B?{}?=", base64(&coded(t, set))))
                    .collect::<Vec<_>>()
                    .join("\r\n ")
                    .into_bytes(),
            ),
        ] {
            let id = format!("subject-{set}-{form}");
            let start = head(&id) + "Subject: ";
            let mail = [
                start.as_bytes(),
                &value,
                b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello".as_slice(),
            ]
            .concat();
            out.push(sample(&id, mail, "hello").subject(SUBJECT));
        }
    }
    let octets = SUBJECT.as_bytes();
    let split = format!("=?utf-8?B?{}?=\r\n =?utf-8?B?{}?=", base64(&octets[..7]), base64(&octets[7..]));
    for (id, value, subject) in [
        ("subject-split-inside-a-character", split, SUBJECT),
        (
            "subject-words-apart",
            "Re: =?utf-8?Q?=E8=A1=97?= =?utf-8?Q?=E7=81=AF?= [12]".to_owned(),
            "Re: 街灯 [12]",
        ),
        ("subject-language", format!("=?utf-8*ja?B?{}?=", base64(octets)), SUBJECT),
        ("subject-in-quotes", format!("\"=?utf-8?B?{}?=\"", base64("街灯".as_bytes())), "\"街灯\""),
        ("subject-not-encoded", "=?utf-8?X?abc?= 1+1=?".to_owned(), "=?utf-8?X?abc?= 1+1=?"),
        ("subject-accent", "Forma\u{e7}\u{e3}o".to_owned(), "Formação"),
    ] {
        let octets = if id == "subject-accent" {
            value.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()
        } else {
            value.into_bytes()
        };
        let start = head(id) + "Subject: ";
        out.push(
            sample(id, [start.as_bytes(), &octets, b"\r\n\r\nhello"].concat(), "hello").subject(subject),
        );
    }
}

/// Ways to write the file name 表示予定.pdf.
fn names(out: &mut Vec<Sample>) {
    const NAME: &str = "表示予定.pdf";
    let raw = |set: &str| [b"attachment; filename=\"".as_slice(), &coded(NAME, set), b"\""].concat();
    let percent = |octets: &[u8]| octets.iter().map(|o| format!("%{o:02X}")).collect::<String>();
    let jis = coded(NAME, "jis");
    for (id, value) in [
        ("raw-utf8", raw("utf8")),
        ("raw-sjis", raw("sjis")),
        ("raw-euc", raw("euc")),
        ("raw-jis", raw("jis")),
        ("2231", format!("attachment; filename*=UTF-8'ja'{}", percent(NAME.as_bytes())).into_bytes()),
        ("2231-sjis", format!("attachment; filename*=cp932''{}", percent(&coded(NAME, "sjis"))).into_bytes()),
        ("2231-bare", format!("attachment; filename*={}", percent(NAME.as_bytes())).into_bytes()),
        (
            "2231-jis-in-pieces",
            format!(
                "attachment;\r\n filename*0*=iso-2022-jp''{};\r\n filename*1*={}",
                percent(&jis[..7]),
                percent(&jis[7..])
            )
            .into_bytes(),
        ),
        (
            "2231-out-of-order",
            format!(
                "attachment; filename*1*={}; filename*0*=utf-8''{}",
                percent(&NAME.as_bytes()[4..]),
                percent(&NAME.as_bytes()[..4])
            )
            .into_bytes(),
        ),
        (
            "2047-in-quotes",
            format!("attachment; filename=\"=?iso-2022-jp?B?{}?=\"", base64(&jis)).into_bytes(),
        ),
        (
            "2047-folded",
            format!(
                "attachment;\r\n filename=\"=?utf-8?B?{}?=\r\n =?utf-8?B?{}?=\"",
                base64(&NAME.as_bytes()[..6]),
                base64(&NAME.as_bytes()[6..])
            )
            .into_bytes(),
        ),
        ("next-line", format!("attachment; filename=\r\n \"{NAME}\"").into_bytes()),
        ("percent-only", format!("attachment; filename={}", percent(NAME.as_bytes())).into_bytes()),
        ("path", format!("attachment; filename=\"C:\\\\temp\\\\{NAME}\"").into_bytes()),
        ("up-the-tree", format!("attachment; filename=\"../../{NAME}\"").into_bytes()),
        ("turned", "attachment; filename=\"表\u{202e}示予定.pdf\"".to_owned().into_bytes()),
    ] {
        let id = format!("name-{id}");
        let start = head(&id)
            + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: ";
        let mail = [start.as_bytes(), &value, b"\r\n\r\n%PDF\r\n--b--\r\n"].concat();
        out.push(sample(&id, mail, "hello").files(&[NAME]));
    }
    let id = "name-of-the-type-alone";
    let mail = head(id)
        + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf; name=\"表示予定.pdf\"\r\n\r\n%PDF\r\n--b--\r\n";
    out.push(sample(id, mail, "hello").files(&[NAME]));
}

fn rare(out: &mut Vec<Sample>) {
    for (id, body, text) in [
        ("jis-half-width-kana", b"\x1b(I16E\x1b(B".as_slice(), "ｱｶﾅ"),
        ("jis-shift-out", b"\x0e16E\x0f", "ｱｶﾅ"),
        ("jis-eight-bit-kana", b"\x1b$B4A;z\x1b(B \xb1\xb6\xc5", "漢字 ｱｶﾅ"),
        ("jis-row-13", b"\x1b$B-!-j\x1b(B", "①㈱"),
        ("jis-nec-ibm", b"\x1b$B|b\x1b(B", "髙"),
        ("jis-supplement", b"\x1b$(D0!\x1b(B", "丂"),
        ("jis-never-closed", b"\x1b$B4A;z", "漢字"),
        ("jis-adjacent", b"\x1b$B4A\x1b(B\x1b$B;z\x1b(B", "漢字"),
        ("jis-repeated", b"\x1b(B\x1b(B\x1b$B4A;z\x1b(B\x1b(B", "漢字"),
        ("jis-line-end-inside", b"\x1b$B4A;z\r\nab", "漢字\nab"),
        ("jis-roman", b"\x1b(J~\\\x1b(B", "~\\"),
        ("jis-old", b"\x1b$@4A;z\x1b(J", "漢字"),
        ("jis-au-emoji", b"\x1b$Bu!4A\x1b(B", "〓漢"),
        ("jis-softbank-emoji", b"\x1b$G!\x0f\x1b$B4A\x1b(B", "〓漢"),
        ("jis-korean", b"\x1b$(CGQ1[\x1b(B", "한글"),
    ] {
        let head = head(id) + "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n";
        out.push(sample(id, with(&head, body), text));
    }
    let docomo = head("sjis-docomo-emoji") + "Content-Type: text/plain; charset=Shift_JIS\r\n\r\n";
    out.push(sample("sjis-docomo-emoji", with(&docomo, b"\x82\xa0\xf8\x9f"), "あ〓"));
    let seven = head("utf-7") + "Content-Type: text/plain; charset=utf-7\r\n\r\n+XgKVdw-";
    out.push(sample("utf-7", seven, "市長"));
}
