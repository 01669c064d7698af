//! Workload (d), first part: reading mails, beside mail-parser alone on the same octets (floor M), and the worst single
//! mail of a hostile set.

use std::hint::black_box;
use std::time::{Duration, Instant};

use hirokiku::mail::reader::{Limits, read};
use mail_parser::MessageParser;

/// Measures and prints the lines of the part.
pub fn run(time: Duration) {
    let corpus = corpus();
    let octets: usize = corpus.iter().map(Vec::len).sum();
    let ours = rate(time, octets, || {
        for mail in &corpus {
            black_box(read(mail, &Limits::default()));
        }
    });
    let floor = rate(time, octets, || {
        for mail in &corpus {
            let mail = MessageParser::default().parse(mail).expect("it takes everything");
            black_box(mail.body_text(0));
        }
    });
    println!("(d) read, MB/s: {ours:.1}; M, mail-parser alone: {floor:.1}; ratio {:.2}", ours / floor);
    for (name, octets) in hostile() {
        let start = Instant::now();
        black_box(read(octets.as_bytes(), &Limits::default()));
        println!("(d) worst mails: {name}: {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    }
}

/// MB a second of a pass over `octets`, repeated for a time.
fn rate(time: Duration, octets: usize, mut pass: impl FnMut()) -> f64 {
    pass();
    let (start, mut passes) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        pass();
        passes += 1;
    }
    let read = f64::from(passes) * f64::from(u32::try_from(octets).expect("a small corpus"));
    read / start.elapsed().as_secs_f64() / 1e6
}

/// Letters as they come: plain in ISO-2022-JP and UTF-8, a page beside the text, a photograph.
fn corpus() -> Vec<Vec<u8>> {
    const WORDS: &str =
        "市長さま。公園の街灯が先週から消えたままで、夜は足元が見えません。早めに直してください。\r\n";
    let head = "From: Hanako <hanako@example.jp>\r\nTo: shicho@city.example\r\nSubject: =?utf-8?B?6KGX54Gv?=\r\nMIME-Version: 1.0\r\n";
    let text = WORDS.repeat(12);
    let (jis, ..) = encoding_rs::ISO_2022_JP.encode(&text);
    let jis = [head.as_bytes(), b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", &jis].concat();
    let plain = format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");
    let page = format!(
        "{head}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{text}</p>\r\n--b--\r\n"
    );
    let photograph = format!(
        "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\n\
         Content-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        ("QUJD".repeat(19) + "\r\n").repeat(3_000)
    );
    vec![jis, plain.into_bytes(), page.into_bytes(), photograph.into_bytes()]
}

/// Mails made to keep a reader busy.
fn hostile() -> Vec<(&'static str, String)> {
    let nested: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    vec![
        (
            "200,000 parts",
            format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(200_000)),
        ),
        ("20,000 nested multiparts", nested),
        ("50,000 nested divs", format!("Content-Type: text/html\n\n{}x", "<div>".repeat(50_000))),
        ("a header line of 2 MB", format!("Subject: {}\n\nhello", "=?utf-8?B?5biC?= ".repeat(120_000))),
        ("200,000 recipients", format!("To: {}\n\nhello", "a@example.jp, ".repeat(200_000))),
        (
            "30 MiB that look like boundaries",
            format!("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{}", "--c\n".repeat(7_500_000)),
        ),
    ]
}
