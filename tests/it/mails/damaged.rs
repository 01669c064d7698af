//! Damage, odd structure, wrappings.

use super::{SUBJECT, Sample, base64, head, sample, with};

pub(super) fn samples() -> Vec<Sample> {
    let mut out = structure();
    out.extend(forms());
    out.extend(people());
    out
}

const TWO: &str =
    "--x\r\n\r\none\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--x--\r\n";

fn structure() -> Vec<Sample> {
    let mixed = |id: &str, kind: &str, body: &str| {
        sample(id, head(id) + kind + "\r\n\r\n" + body, "one").files(&["a.pdf"])
    };
    let named = |id: &str, start: &str| {
        sample(id, format!("{start}{}Subject: {SUBJECT}\r\n\r\none\r\n", head(id)), "one").subject(SUBJECT)
    };
    let plain = |id: &str, rest: &str, text: &'static str| sample(id, head(id) + rest, text);
    let mut out = vec![
        mixed("whole", "Content-Type: multipart/mixed; boundary=x", TWO),
        mixed("unclosed", "Content-Type: multipart/mixed; boundary=x", TWO.trim_end_matches("--x--\r\n")),
        mixed("boundary-on-the-next-line", "Content-Type: multipart/mixed; boundary=\r\n \"x\"", TWO),
        mixed(
            "boundary-with-blanks",
            "Content-Type: multipart/mixed; boundary=x",
            &TWO.replace("--x\r\n", "--x  \r\n"),
        ),
        mixed(
            "boundary-missing",
            "Content-Type: multipart/mixed",
            &TWO.replacen("--x\r\n", "--x\r\nContent-Type: text/plain\r\n", 1),
        ),
        mixed(
            "boundary-wrong",
            "Content-Type: multipart/mixed; boundary=y",
            &TWO.replacen("--x\r\n", "--x\r\nContent-Type: text/plain\r\n", 1),
        ),
        mixed("no-subtype", "Content-Type: multipart; boundary=x", TWO),
        mixed(
            "two-content-types",
            "Content-Type: multipart/mixed; boundary=x\r\nContent-Type: text/plain",
            TWO,
        ),
        mixed("line-feeds-alone", "Content-Type: multipart/mixed; boundary=x", &TWO.replace('\r', "")),
        mixed("crcrlf", "Content-Type: multipart/mixed; boundary=x", &TWO.replace("\r\n", "\r\r\n")),
        mixed("comment", "Content-Type: multipart/mixed (really); boundary=\"x\" (a comment)", TWO),
        named("leading-blank-lines", "\r\n\r\n"),
        named("leading-white-lines", " \t\r\n"),
        named("mbox-from-line", "From hanako@example.jp Wed Apr  1 10:00:00 2026\r\n"),
        named("bom", "\u{feff}"),
        plain("type-without-subtype", "Content-Type: text\r\n\r\none", "one"),
        plain("type-nonsense", "Content-Type: ;;;\r\n\r\none", "one"),
        plain(
            "no-empty-line",
            "Subject: a\r\n本文はここからです。\r\n二行目\r\n",
            "本文はここからです。\n二行目",
        ),
        plain("nul", "\r\none\0two", "onetwo"),
        plain(
            "eight-bit-under-seven",
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n市長さま",
            "市長さま",
        ),
        plain(
            "bad-base64",
            &format!(
                "Content-Transfer-Encoding: base64\r\n\r\n{}",
                base64("市長さまへ、街灯の件でお便りします。".as_bytes()).replacen('5', "5!\r\n", 1)
            ),
            "街灯の件",
        ),
        plain(
            "base64-in-pieces",
            &format!(
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n{}\r\n",
                base64("市長さま".as_bytes()),
                base64("へ。a".as_bytes())
            ),
            "市長さまへ。a",
        ),
        plain(
            "base64-that-is-none",
            "Content-Transfer-Encoding: base64\r\n\r\nThis was never base64, whatever the header says.",
            "never base64",
        ),
        plain(
            "quoted-that-is-none",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n1+1=2! and =E5=B8=82",
            "1+1=2! and 市",
        ),
        plain("encoding-unknown", "Content-Transfer-Encoding: x-strange\r\n\r\none", "one"),
    ];
    let turned = (head("carriage-returns-alone") + "\r\none\r\ntwo").replace("\r\n", "\r");
    out.push(sample("carriage-returns-alone", turned, "one\ntwo"));
    out
}

/// A winmail.dat (TNEF) with a text and one file.
pub(crate) fn winmail(text: &str, name: &str, file: &[u8]) -> Vec<u8> {
    let attribute = |id: u32, data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
        let sum = data.iter().fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        [&[1][..], &id.to_le_bytes(), &length, data, &sum.to_le_bytes()].concat()
    };
    [
        &[0x78, 0x9F, 0x3E, 0x22, 1, 0][..],
        &attribute(0x0002_800C, &[text.as_bytes(), b"\0"].concat()),
        &attribute(0x0006_9002, &[0; 14]),
        &attribute(0x0001_8010, &[name.as_bytes(), b"\0"].concat()),
        &attribute(0x0006_800F, file),
    ]
    .concat()
}

fn forms() -> Vec<Sample> {
    let mail = |id: &str, rest: &str, text: &'static str| sample(id, head(id) + rest, text);
    let winmail = winmail("from outlook", "PLAN.TXT", b"plan");
    let signed = [
        &[
            0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0x06, 0x09, 0x2A,
            0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01, 0xA0, 0x0B, 0x04, 0x09,
        ][..],
        b"\r\n\r\nhello",
    ]
    .concat();
    vec![
        mail("html-alone", "Content-Type: text/html; charset=utf-8\r\n\r\n<p>市長さま</p><ul><li>街灯</li></ul><script>x()</script>", "市長さま\n\n・街灯"),
        mail("html-says-its-charset", "Content-Type: text/html\r\n\r\n<meta charset=utf-8><p>市長さま</p>", "市長さま"),
        mail("alternative", "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nplain\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n--x--", "plain"),
        mail("alternative-blank-plain", "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n \r\n--x\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n--x--", "page"),
        mail("alternative-file-inside", "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nplain\r\n--x\r\nContent-Type: multipart/related; boundary=y\r\n\r\n--y\r\nContent-Type: text/html\r\n\r\n<img src=cid:1>\r\n--y\r\nContent-Type: image/png; name=map.png\r\nContent-ID: <1>\r\n\r\nPNG\r\n--y--\r\n--x--", "plain").files(&["map.png"]),
        mail("text-after-a-file", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--x\r\n\r\ntwo\r\n--x--", "one\n\ntwo").files(&["a.pdf"]),
        mail("text-called-attachment", "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\none", "one"),
        mail("text-file", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\ntwo\r\n--x--", "one").files(&["a.txt"]),
        mail("text-of-unknown-kind", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/x-one\r\n\r\none\r\n--x\r\nContent-Type: text/x-two\r\n\r\ntwo\r\n--x--", "one\n\ntwo"),
        mail("flowed", "Content-Type: text/plain; format=flowed\r\n\r\nhello \r\nworld\r\n> a \r\n> b\r\n", "hello world\n> a b"),
        mail("flowed-japanese", "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n市 \r\n長さま\r\n", "市長さま"),
        mail("uuencoded", "\r\none\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n", "one").files(&["cat.txt"]),
        mail("winmail", &format!("Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", base64(&winmail)), "from outlook").files(&["PLAN.TXT"]),
        mail("forwarded", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\ntwo\r\n--y\r\nContent-Type: application/pdf; name=b.pdf\r\n\r\n%PDF\r\n--y--\r\n--x--", "one").files(&["inner.eml", "b.pdf"]),
        mail("forwarded-alone", "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner words", "inner words").files(&["inner.eml"]),
        mail("signed", "Content-Type: multipart/signed; boundary=x; protocol=\"application/pgp-signature\"\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: application/pgp-signature; name=signature.asc\r\n\r\nPGP\r\n--x--", "one").files(&["signature.asc"]),
        mail("signed-opaque", &format!("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", base64(&signed)), "hello"),
        mail("encrypted", "Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\nPGP\r\n--x--", "").files(&["添付1.bin", "encrypted.asc"]),
        mail("calendar", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/calendar; name=invite.ics\r\n\r\nBEGIN:VCALENDAR\r\n--x--", "one").files(&["invite.ics"]),
    ]
}

fn people() -> Vec<Sample> {
    let mut out = Vec::new();
    for (id, from) in [
        ("from-carrier-dots", "a..b@docomo.ne.jp"),
        ("from-carrier-end", "a.@ezweb.ne.jp"),
        ("from-quoted-dots", "\"a..b\"@docomo.ne.jp"),
        ("from-comma-in-quotes", "\"Yamada, Hanako\" <hanako@example.jp>"),
        ("from-comment", "hanako@example.jp (山田 花子)"),
        ("from-raw", "山田 花子 <hanako@example.jp>"),
        ("from-route", "<@relay.example:hanako@example.jp>"),
        ("from-idn", "花子 <花子@例え.example>"),
    ] {
        let mail = format!(
            "From: {from}\r\nTo: shicho@city.example\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\nMessage-ID: <{id}@mail.example.jp>\r\n\r\nhello"
        );
        out.push(sample(id, mail, "hello"));
    }
    let sjis = encoding_rs::SHIFT_JIS.encode("山田 花子").0.into_owned();
    let raw = [b"From: ".as_slice(), &sjis, b" <hanako@example.jp>\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\nMessage-ID: <from-raw-sjis@mail.example.jp>\r\n\r\nhello"].concat();
    out.push(sample("from-raw-sjis", raw, "hello"));
    out.push(sample(
        "no-message-id",
        with("From: hanako@example.jp\r\nTo: shicho@city.example\r\n\r\n", b"no id, no date"),
        "no id, no date",
    ));
    out.push(sample(
        "two-froms",
        format!("{}From: staff@city.example\r\n\r\nhello", head("two-froms")),
        "hello",
    ));
    out.push(
        sample(
            "two-subjects",
            format!("Subject: first\r\n{}Subject: second\r\n\r\nhello", head("two-subjects")),
            "hello",
        )
        .subject("first"),
    );
    out
}
