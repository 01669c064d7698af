//! A set of mails for the ways in: letters in all the forms Japanese mail has, mails of machines, mails sent twice.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A mail of the set: the sender of its envelope and its octets.
pub struct Sent {
    /// Empty for the null sender.
    pub sender: String,
    /// As it goes on the wire.
    pub octets: Vec<u8>,
}

/// How many letters there are in the set, all different.
pub const LETTERS: usize = 150;

/// How many mails of machines.
pub const MACHINES: usize = 9;

/// How many letters are sent twice.
pub const TWICE: usize = 6;

fn base64_lines(octets: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(octets);
    text.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

fn word(charset: &str, octets: &[u8]) -> String {
    format!("=?{charset}?B?{}?=", STANDARD.encode(octets))
}

/// Letters in all the forms Japanese mail has, and what machines send.
pub fn set() -> Vec<Sent> {
    let mut all: Vec<Sent> = (0..LETTERS).map(letter_of_kind).collect();
    for n in 0..MACHINES {
        let (sender, head, text) = match n % 3 {
            0 => (
                String::new(),
                "From: MAILER-DAEMON@mx.example.jp\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; \
                 report-type=delivery-status; boundary=b",
                "--b\r\nContent-Type: text/plain\r\n\r\nnot delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
                 Reporting-MTA: dns; mx.example.jp\r\n\r\nFinal-Recipient: rfc822; taro@example.jp\r\nAction: failed\r\n\
                 Status: 5.1.1\r\n\r\n--b--\r\n",
            ),
            1 => (
                "taro@example.jp".to_owned(),
                "From: taro@example.jp\r\nAuto-Submitted: auto-replied\r\nContent-Type: text/plain; charset=us-ascii",
                "I am away.\r\n",
            ),
            _ => (
                "list-bounces@list.example.jp".to_owned(),
                "From: list@list.example.jp\r\nPrecedence: list\r\nList-Id: <news.list.example.jp>\r\nContent-Type: \
                 text/plain; charset=us-ascii",
                "News.\r\n",
            ),
        };
        let octets = format!(
            "{head}\r\nTo: koe@city.example.lg.jp\r\nSubject: machine {n}\r\nMessage-ID: <machine.{n}@example.jp>\r\n\
             MIME-Version: 1.0\r\n\r\n{text}"
        );
        all.push(Sent { sender, octets: octets.into_bytes() });
    }
    // the same mail again, as a sender does who heard no answer
    for n in 0..TWICE {
        let again = &all[n * 20];
        all.push(Sent { sender: again.sender.clone(), octets: again.octets.clone() });
    }
    all
}

fn letter_of_kind(n: usize) -> Sent {
    let subject = format!("街灯のこと 第{n}号 ①㈱髙橋");
    let text = format!(
        "市長さま\r\n\r\n{n}番目の街灯が切れています。\r\n.\r\n..\r\n通学路なので直してください。①㈱髙\r\n"
    );
    let plain = text.replace(['①', '㈱', '髙'], "x");
    let jis = |text: &str| encoding_rs::ISO_2022_JP.encode(text).0.into_owned();
    let sjis = |text: &str| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    let euc = |text: &str| encoding_rs::EUC_JP.encode(text).0.into_owned();
    let utf8_subject = word("UTF-8", subject.as_bytes());
    let head = |kind: &str, transfer: &str| {
        format!("MIME-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n")
    };
    let (subject, rest): (Vec<u8>, Vec<u8>) = match n % 15 {
        0 => (
            utf8_subject.into(),
            [head("text/plain; charset=utf-8", "8bit").into_bytes(), text.into_bytes()].concat(),
        ),
        1 => (
            utf8_subject.into(),
            [head("text/plain; charset=utf-8", "base64").into_bytes(), base64_lines(text.as_bytes())]
                .concat(),
        ),
        2 => (
            word("ISO-2022-JP", &jis("街灯のこと")).into(),
            [head("text/plain; charset=ISO-2022-JP", "7bit").into_bytes(), jis(&plain)].concat(),
        ),
        3 => (
            word("iso-2022-jp", &jis("街灯のこと")).into(),
            [head("text/plain; charset=iso-2022-jp", "base64").into_bytes(), base64_lines(&jis(&plain))]
                .concat(),
        ),
        4 => (
            word("Shift_JIS", &sjis(&subject)).into(),
            [head("text/plain; charset=Shift_JIS", "8bit").into_bytes(), sjis(&text)].concat(),
        ),
        5 => (
            word("EUC-JP", &euc("街灯のこと")).into(),
            [head("text/plain; charset=EUC-JP", "8bit").into_bytes(), euc(&plain)].concat(),
        ),
        // no charset at all
        6 => (utf8_subject.into(), [b"\r\n".to_vec(), jis(&plain)].concat()),
        7 => {
            let html = format!("<html><body><p>{}</p></body></html>\r\n", text.replace("\r\n", "<br>"));
            let parts = format!(
                "--p\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n--p\r\n\
                 Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--p--\r\n"
            );
            (
                utf8_subject.into(),
                [head("multipart/alternative; boundary=\"p\"", "8bit"), parts].concat().into_bytes(),
            )
        }
        8 => {
            let html = format!("<p>{}</p>\r\n", text.replace("\r\n", "<br>\r\n"));
            (utf8_subject.into(), [head("text/html; charset=utf-8", "8bit"), html].concat().into_bytes())
        }
        9 => {
            let name = "filename*=UTF-8''%E5%86%99%E7%9C%9F.txt";
            let parts = format!(
                "--q\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n--q\r\n\
                 Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment; {name}\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--q--\r\n",
                String::from_utf8(base64_lines(&vec![b'z'; 300_000])).expect("ASCII")
            );
            (utf8_subject.into(), [head("multipart/mixed; boundary=q", "8bit"), parts].concat().into_bytes())
        }
        10 => (
            utf8_subject.into(),
            [head("text/plain; charset=cp932", "8bit").into_bytes(), sjis(&text)].concat(),
        ),
        11 => (
            utf8_subject.into(),
            [
                head("text/plain; charset=utf-8; format=flowed", "8bit"),
                format!("流れる \r\n文です。\r\n{text}"),
            ]
            .concat()
            .into_bytes(),
        ),
        // the label lies
        12 => (
            utf8_subject.into(),
            [head("text/plain; charset=iso-2022-jp", "8bit").into_bytes(), text.into_bytes()].concat(),
        ),
        // raw octets in the header
        13 => (
            subject.into_bytes(),
            [head("text/plain; charset=utf-8", "8bit").into_bytes(), text.into_bytes()].concat(),
        ),
        _ => {
            let kana = "ﾊﾝｶｸ ｶﾅ ﾃﾞｽ。\r\n";
            (
                word("ISO-2022-JP", b"\x1b(I\x4a\x5d\x36\x38\x1b(B").into(),
                [head("text/plain; charset=Shift_JIS", "8bit").into_bytes(), sjis(&format!("{kana}{text}"))]
                    .concat(),
            )
        }
    };
    // every tenth has no Message-ID: the content says whether it is the same
    let id = if n % 10 == 7 { String::new() } else { format!("Message-ID: <letter.{n}@example.jp>\r\n") };
    let octets = [
        format!("From: hanako{n}@example.jp\r\nTo: koe@city.example.lg.jp\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\n{id}Subject: ")
            .into_bytes(),
        subject,
        b"\r\n".to_vec(),
        rest,
    ]
    .concat();
    Sent { sender: format!("hanako{n}@example.jp"), octets }
}
