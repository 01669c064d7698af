//! What comes with a mail, from its octets to what people see of it: files on the mailroom's page, whatever they were
//! wrapped in, and mail with HTML.

use diesel::prelude::*;
use hirokiku::db::schema::attachment;
use hirokiku::error::Error;
use hirokiku::files::{copies, inspect};
use hirokiku::intake::mail::incoming::{Source, State};
use hirokiku::intake::mail::store::entry;

use crate::app::TestApp;
use crate::files::{Clamd, eicar, open, picture, state, zip_of};
use crate::mailroom::came_as;
use crate::mails::{base64, head, winmail};

/// One part of a mail in base64.
fn part(kind: &str, octets: &[u8]) -> String {
    format!(
        "--m\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64(octets)
            .as_bytes()
            .chunks(76)
            .map(|l| String::from_utf8_lossy(l))
            .collect::<Vec<_>>()
            .join("\r\n")
    )
}

fn mixed(id: &str, parts: &[String]) -> Vec<u8> {
    let text = "--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n街灯の図です。\r\n";
    format!(
        "{}Subject: lamps\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n{text}{}--m--\r\n",
        head(id),
        parts.concat()
    )
    .into_bytes()
}

/// The mail's letter, and its files in the order they came.
fn letter_and_files(app: &TestApp, mail: &str) -> (i64, Vec<(String, String)>) {
    let entry = app.read(|db| entry(db, mail));
    assert_eq!(entry.state, State::Letter);
    let letter = entry.letter_id.expect("a letter");
    let files = app.read(|db| {
        Ok(attachment::table
            .filter(attachment::letter_id.eq(letter))
            .order(attachment::id)
            .select((attachment::id, attachment::name_shown))
            .load(db)?)
    });
    (letter, files)
}

#[actix_web::test]
async fn rule_35_eicar_in_a_winmail_dat_is_found_and_nobody_opens_it() {
    let Some(clamd) = Clamd::start() else { return };
    let app = TestApp::with(|c| c.clamd.clone_from(&clamd.address));
    let bare = winmail("from outlook", "PLAN.TXT", &eicar());
    let zipped = winmail("from outlook", "PLAN.ZIP", &zip_of(&[("要望.txt", &eicar())]));
    let harmless = winmail("from outlook", "LAMP.PNG", &picture());
    let mail = came_as(
        &app,
        Source::Lmtp,
        &mixed(
            "tnef",
            &[
                part("application/ms-tnef; name=winmail.dat", &bare),
                part("application/octet-stream; name=winmail.dat", &zipped),
                part("application/vnd.ms-tnef; name=winmail.dat", &harmless),
            ],
        ),
    );
    let (letter, files) = letter_and_files(&app, &mail);
    let names: Vec<&str> = files.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["PLAN.TXT", "PLAN.ZIP", "LAMP.PNG"], "each part is a file of its own");

    // the scanner is away: all are held, and the mail's page says so
    clamd.script("stop");
    assert!(matches!(inspect::run(&app.app), Err(Error::Unavailable(_))));
    let office = app.staff("kocho");
    let page = office.get(&format!("/mailroom/mails/{mail}")).await;
    page.shows("検査待ち").shows("ウイルス検査が済むと").hides("検査済み");
    for (id, _) in &files {
        page.shows(&format!("href=\"/letters/{letter}/files/{id}\""));
        assert_eq!(open(&app, "kocho", letter, id).await.status, 403);
    }

    clamd.script("start");
    assert!(inspect::run(&app.app).expect("the scanner answers"));
    for (id, name) in &files[..2] {
        assert_eq!(state(&app, id), ("refused".to_owned(), Some("virus".to_owned())), "{name}");
        for login in ["kocho", "shicho", "kansa"] {
            assert_eq!(open(&app, login, letter, id).await.status, 403, "{login} does not open {name}");
        }
        let copy = office.get(&format!("/letters/{letter}/files/{id}/copy")).await;
        assert_eq!(copy.status, 404, "there is no copy of {name}");
    }
    assert_eq!(state(&app, &files[2].0), ("clean".to_owned(), None));
    let page = office.get(&format!("/mailroom/mails/{mail}")).await;
    page.shows("ウイルス検査で見つかりました").shows("検査済み").hides("検査待ち");
}

#[actix_web::test]
async fn files_of_a_mail_are_shown_as_on_the_letter_s_page_and_those_without_a_letter_by_name_alone() {
    let app = TestApp::new();
    let picture = picture();
    let parts = [
        part("image/png; name=\"map.png\"", &picture),
        part("application/pdf; name=\"bill.pdf.exe\"", b"MZ\x90"),
    ];
    let mail = came_as(&app, Source::Lmtp, &mixed("files", &parts));
    let again = came_as(&app, Source::Imap, &mixed("files", &parts));
    while copies::run(&app.app).expect("copies are made") {}
    let (letter, files) = letter_and_files(&app, &mail);
    let office = app.staff("kocho");
    for id in [&mail, &again] {
        let page = office.get(&format!("/mailroom/mails/{id}")).await;
        page.shows(&format!("src=\"/letters/{letter}/files/{}/copy\"", files[0].0))
            .shows(&format!("href=\"/letters/{letter}/files/{}\"", files[1].0))
            .shows("未検査")
            .shows("開けません")
            .hides("手紙にすると、取り出して");
    }
    // a mailing list's file is nobody's yet
    let list =
        [b"List-Id: <news.shop.example>\r\nPrecedence: list\r\n".as_slice(), &mixed("list", &parts[..1])]
            .concat();
    let list = came_as(&app, Source::Lmtp, &list);
    assert_eq!(app.read(|db| entry(db, &list)).state, State::Automatic);
    let page = office.get(&format!("/mailroom/mails/{list}")).await;
    page.shows("map.png").shows("手紙にすると、取り出して検査します").hides("/files/");
}

#[actix_web::test]
async fn rule_20_html_is_shown_on_request_without_script_style_or_anything_from_elsewhere() {
    let app = TestApp::new();
    let html = "<h1 onclick=alert(1) style=color:red>街灯の図</h1><script>alert(2)</script>\
                <img src=http://spy.example/seen.gif><img src=cid:map@mail.example alt=地図>\
                <form action=http://spy.example><input name=q></form>\
                <a href=\"https://city.example/\">市</a><a href=\"javascript:alert(3)\">罠</a>";
    let parts = [
        format!("--m\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"),
        part(
            "image/png; name=map.png\r\nContent-ID: <map@mail.example>\r\nContent-Disposition: inline",
            &picture(),
        ),
    ];
    let octets = [
        head("html").into_bytes(),
        b"Subject: lamps\r\nContent-Type: multipart/related; boundary=m\r\n\r\n".to_vec(),
        parts.concat().into_bytes(),
        b"--m--\r\n".to_vec(),
    ]
    .concat();
    let mail = came_as(&app, Source::Lmtp, &octets);
    while copies::run(&app.app).expect("copies are made") {}
    let (letter, files) = letter_and_files(&app, &mail);
    let office = app.staff("kocho");
    let address = format!("/mailroom/mails/{mail}/html");
    let page = office.get(&format!("/mailroom/mails/{mail}")).await;
    page.shows("街灯の図").shows(&format!("href=\"{address}\"")).hides("spy.example").hides("alert(");

    let page = office.get(&address).await;
    assert_eq!(page.status, 200);
    page.shows("<h3>街灯の図</h3>")
        .shows(&format!("src=\"/letters/{letter}/files/{}/copy\"", files[0].0))
        .shows("href=\"https://city.example/\"")
        .shows("画像を1つ、出していません");
    for gone in ["spy.example", "alert(", "style=\"color", "<input name=\"q\"", "javascript:", "cid:"] {
        page.hides(gone);
    }
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self'"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("http"), "no script runs on it: {policy}");
    // looking is noted, and those who may not read mails do not look
    let lines = app.read(|db| hirokiku::trail::of_subject(db, hirokiku::trail::Subject::Incoming, &mail));
    assert_eq!(lines.iter().filter(|line| line.act == "incoming.opened").count(), 2);
    assert_eq!(app.staff("tanto").get(&address).await.status, 403);
    let deep = came_as(
        &app,
        Source::Lmtp,
        format!("{}Content-Type: text/html\r\n\r\n{}deep", head("deep"), "<div>".repeat(50_000)).as_bytes(),
    );
    office.get(&format!("/mailroom/mails/{deep}/html")).await.shows("256段を超える");
    office.get(&format!("/mailroom/mails/{deep}")).await.shows("deep");
}
