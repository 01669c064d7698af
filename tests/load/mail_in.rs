//! Mail coming in by LMTP: how many a second, each on the disk before it is taken, and what large ones cost in memory.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use hirokiku::db::schema::incoming;

use crate::City;
use crate::client::Trouble;
use crate::drive::{Step, drive};
use crate::machine;
use crate::peer::Peer;
use crate::report::Book;

/// Octets of a large mail, and how many come at once.
const LARGE: usize = 30 * 1024 * 1024;
const AT_ONCE: usize = 8;

/// A letter as mail programs write it: UTF-8 in Base64 and a few headers, 2 KiB.
fn letter(client: usize, n: usize) -> Vec<u8> {
    use base64::Engine;
    let text = format!("{client}-{n} 通学路の街灯が切れています。直してください。\r\n").repeat(14);
    let body = base64::engine::general_purpose::STANDARD.encode(text);
    let lines: String =
        body.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    format!(
        "Received: from mx.example.jp by mail.city.example; Wed, 1 Apr 2026 10:00:00 +0900\r\n\
         From: =?UTF-8?B?6Iqx5a2Q?= <hanako{client}x{n}@example.jp>\r\nTo: koe@city.example\r\n\
         Subject: =?UTF-8?B?6KGX54Gv44Gu44GT44Go?=\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\n\
         Message-ID: <{client}.{n}@example.jp>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}"
    )
    .into_bytes()
}

fn hand_over(peer: &mut Peer, mail: &[u8]) -> Result<(), Trouble> {
    let answer = peer.hand_over("hanako@example.jp", "koe@city.example", mail).map_err(Trouble::Lost)?;
    if answer.starts_with("250") {
        return Ok(());
    }
    let status = answer.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
    Err(Trouble::Refused { status, why: answer })
}

fn greeted(door: SocketAddr) -> Peer {
    let mut peer = Peer::connect(door).expect("the door is open");
    peer.greet("LHLO").expect("greeted");
    peer
}

/// Measures a city of its own.
pub fn by_lmtp(book: &mut Book, time: Duration, folder: &Path) {
    let mut city = City::make(folder, None, 0, 0);
    let door = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    city.setup.settings.push(("HIROKIKU_LMTP_LISTEN".to_owned(), door.to_string()));
    let server = city.server();
    let taken = AtomicUsize::new(0);
    for clients in [1, 8] {
        let cpu = || machine::cpu_ms(server.pid());
        let tally = drive(clients, time, cpu, |client| {
            let (mut peer, mut n, taken) = (greeted(door), 0, &taken);
            move || {
                n += 1;
                hand_over(&mut peer, &letter(clients * 100 + client, n))?;
                taken.fetch_add(1, Ordering::Relaxed);
                Ok(Step::Done(None))
            }
        });
        crate::keep(book, &format!("(d) mail by LMTP, c={clients}"), tally);
        // reading and placing what came in is work of its own
        crate::settle(&server);
    }
    let before = machine::peak_mib(server.pid()).unwrap_or(f64::NAN);
    let mail = [letter(0, 0), vec![b'A'; LARGE], b"\r\n".to_vec()].concat();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| match hand_over(&mut greeted(door), &mail) {
                Ok(()) => drop(taken.fetch_add(1, Ordering::Relaxed)),
                Err(trouble) => println!("a large mail was not taken: {trouble}"),
            });
        }
    });
    let name = format!("memory at its height (RSS): {AT_ONCE} mails of 30 MiB at once by LMTP");
    let peak = machine::peak_mib(server.pid()).unwrap_or(f64::NAN);
    book.fact(&name, format!("{peak:.0} MiB ({before:.0} MiB before)"));
    crate::settle(&server);
    let after = machine::peak_mib(server.pid()).unwrap_or(f64::NAN);
    book.fact("the same, after they were read", format!("{after:.0} MiB"));
    server.stop();
    let rows: i64 = incoming::table.count().get_result(&mut city.open()).expect("a count");
    let taken = taken.into_inner();
    if usize::try_from(rows) != Ok(taken) {
        book.fault(format!("{taken} mails were taken by LMTP, {rows} are in the database"));
    }
}
