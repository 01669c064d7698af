//! Mail by `mail import`: mails a second, each kept, read, placed and synced, beside the parser alone on the same octets.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use hirokiku::db::Db;
use hirokiku::db::schema::letter;

use crate::report::Book;
use crate::server;

/// A letter as mail programs write it, in one of four encodings.
fn mail(n: usize) -> (String, Vec<u8>) {
    let text = format!("{n}通目の手紙です。通学路の街灯が切れています。")
        + &"長府の石畳も割れています。\n".repeat(12);
    let text = text.trim_end().to_owned();
    let lines = |code: &str| -> String {
        code.as_bytes().chunks(76).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect()
    };
    let (charset, transfer, body) = match n % 4 {
        0 => ("ISO-2022-JP", "7bit", encoding_rs::ISO_2022_JP.encode(&text).0.into_owned()),
        1 => ("UTF-8", "base64", lines(&STANDARD.encode(&text)).into_bytes()),
        2 => ("UTF-8", "quoted-printable", quoted(&text).into_bytes()),
        _ => ("UTF-8", "8bit", text.clone().into_bytes()),
    };
    let subject = STANDARD.encode(format!("街灯 {n}"));
    let head = format!(
        "Received: from mx.example.jp by mail.city.example; Wed, 1 Apr 2026 10:00:00 +0900\n\
         From: =?UTF-8?B?6Iqx5a2Q?= <hanako{n}@example.jp>\nTo: koe@city.example\nSubject: =?UTF-8?B?{subject}?=\n\
         Date: Wed, 1 Apr 2026 10:00:00 +0900\nMessage-ID: <{n}@example.jp>\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {transfer}\n\n"
    );
    (text, [head.as_bytes(), &body, b"\n"].concat())
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            if width + 3 > 75 {
                out.push_str("=\n");
                width = 0;
            }
            out.push_str(&format!("={byte:02X}"));
            width += 3;
        }
        out.push('\n');
    }
    out
}

/// Measures an import into an empty house; every tenth mail is in the mbox twice.
pub fn mbox(book: &mut Book, mails: usize, folder: &Path) {
    let path = folder.join("all.mbox");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    let (mut octets, mut texts) = (Vec::with_capacity(mails), BTreeSet::new());
    for n in 0..mails {
        let (text, mail) = mail(n);
        for _ in 0..=usize::from(n % 10 == 0) {
            file.write_all(b"From h@example.jp Wed Apr  1 10:00:00 2026\n").expect("written");
            file.write_all(&mail).and_then(|()| file.write_all(b"\n")).expect("written");
        }
        texts.insert(text);
        octets.push(mail);
    }
    file.into_inner().expect("written").sync_all().expect("synced");

    let began = Instant::now();
    let parsed =
        octets.iter().filter(|mail| mail_parser::MessageParser::default().parse(mail.as_slice()).is_some());
    let parsed = parsed.count();
    let floor = parsed as f64 / began.elapsed().as_secs_f64();

    let data = folder.join("import");
    std::fs::create_dir(&data).expect("a folder");
    let url = format!("sqlite:{}", data.join("hirokiku.db").display());
    let began = Instant::now();
    let done = Command::new(server::program())
        .args(["mail", "import"])
        .arg(&path)
        .env("HIROKIKU_DATA", &data)
        .env("DATABASE_URL", &url)
        .env("HIROKIKU_LOG", "error")
        .stderr(Stdio::null())
        .output()
        .expect("the program starts");
    let took = began.elapsed().as_secs_f64();
    let rate = mails as f64 / took;
    book.fact("M: mail-parser alone, one thread", format!("{floor:.0} mails/s"));
    book.fact(
        &format!("(d) mail import, {mails} mails in one mbox"),
        format!("{took:.1} s, {rate:.0} mails/s (goal ≥ 2,857), {:.3} × M (goal ≥ 0.08)", rate / floor),
    );
    print!("{}", String::from_utf8_lossy(&done.stdout));
    if !done.status.success() {
        book.fault("the import ended with an error");
    }
    let mut db = Db::open(&url).expect("the database opens");
    let bodies: Vec<String> = letter::table.select(letter::body_original).load(&mut db).expect("letters");
    let distinct: BTreeSet<String> = bodies.iter().cloned().collect();
    if bodies.len() != mails || distinct != texts {
        book.fault(format!(
            "{mails} mails became {} letters, {} of them word for word",
            bodies.len(),
            distinct.intersection(&texts).count()
        ));
    }
}
