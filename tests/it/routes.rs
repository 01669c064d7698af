//! Who may what, as a table: every address of the staff door tried as every role and as nobody; and that the two doors
//! share nothing but their safety.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use hirokiku::approval;
use hirokiku::db::{self, schema};
use hirokiku::intake::mail::incoming::Source;
use hirokiku::mail::{Letterform, store as mails};
use hirokiku::opinions::{self, act::Kind};
use hirokiku::routes::{self, Route};
use sha2::Digest;

use crate::answers::answering;
use crate::app::{Browser, Page, TestApp};
use crate::canary::{Walked, answered, proposed, submitted};
use crate::consultations::{announced, pasted, sent};
use crate::mail::queue;
use crate::mailroom::{came, empty_mail};

/// Everybody who works here. `tanto`, `kacho` and `bucho` are of the section (and its department) that owns the letter;
/// `tanto2` is of another, `kochokacho` heads the listening office's section.
const ALL: &[&str] =
    &["admin", "kocho", "tanto", "kacho", "bucho", "shicho", "clerk", "kansa", "tanto2", "kochokacho"];

/// 広聴担当.
const OFFICE: &[&str] = &["kocho"];
/// システム管理者.
const ADMIN: &[&str] = &["admin"];
/// Who may read a letter of 道路河川建設課.
const READERS: &[&str] = &["kocho", "tanto", "kacho", "bucho", "shicho", "kansa"];
/// Who may work on its matter.
const WORKERS: &[&str] = &["kocho", "tanto", "kacho"];
/// Who may leave a note: workers, and those whom letters are shown to.
const NOTERS: &[&str] = &["kocho", "tanto", "kacho", "bucho", "shicho"];
/// A reply's form.
const REPLY: &[(&str, &str)] =
    &[("kind", "final"), ("via", "email"), ("subject", "街灯"), ("body", "直します。"), ("seen_no", "1")];
/// Who types in what came on paper.
const TYPISTS: &[&str] = &["kocho", "tanto", "kacho", "clerk", "tanto2", "kochokacho"];
/// Who sees the outbox.
const OUTBOX: &[&str] = &["admin", "kocho"];
/// Who reads mails that came in.
const INCOMING: &[&str] = &["kocho", "kansa"];
/// Who reads the trail, and sees how mail comes in.
const TRAIL: &[&str] = &["admin", "kocho", "kansa"];
/// Who reads the workbench of a publication.
const PUBLISHING: &[&str] = &["kocho", "shicho", "kansa", "kochokacho"];
/// Who records and sees an absence of the drafter: he or she, the heads, the office, the administrator.
const ABSENCE: &[&str] = &["admin", "kocho", "tanto", "kacho", "bucho"];
/// The drafter of the reply.
const DRAFTER: &[&str] = &["tanto"];
/// Whose turn the approval is.
const HEAD: &[&str] = &["kacho"];
/// Who plans consultations of some unit.
const PLANNERS: &[&str] = &["tanto", "kacho", "clerk", "tanto2", "kochokacho"];
/// Who runs the consultation of 道路河川建設課.
const RUNNERS: &[&str] = &["tanto", "kacho", "clerk"];
/// Who sees it and what came to it.
const HEARERS: &[&str] = &["kocho", "tanto", "kacho", "bucho", "shicho", "clerk", "kansa"];
/// Who compares what was typed with the paper, and who opens the sender of an opinion.
const CHECKERS: &[&str] = &["kocho", "tanto", "kacho", "clerk"];
/// To whom the letter was circulated.
const CIRCULATED: &[&str] = &["shicho"];

/// Method, pattern, who may, fields beside `csrf`. Whoever is not named is refused.
type Line = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const TABLE: &[Line] = &[
    ("GET", "/", ALL, &[]),
    ("GET", "/letters", ALL, &[]),
    ("GET", "/letters.csv", ALL, &[]),
    ("POST", "/letters/bulk-assignments", OFFICE, &[]),
    ("POST", "/letters/bulk-returns", OFFICE, &[]),
    ("GET", "/statistics", ALL, &[]),
    ("GET", "/statistics.csv?table=channel", ALL, &[]),
    ("POST", "/views", ALL, &[("name", "街灯"), ("query", "q=街灯")]),
    ("POST", "/views/{id}/deletions", OFFICE, &[]),
    ("GET", "/letters/new", TYPISTS, &[]),
    ("POST", "/letters", TYPISTS, &[]),
    ("GET", "/letters/checks", OFFICE, &[]),
    ("POST", "/scans", TYPISTS, &[]),
    ("GET", "/scans/{id}", OFFICE, &[]),
    ("GET", "/letters/{id}/corrections", OFFICE, &[]),
    ("POST", "/letters/{id}/corrections", OFFICE, &[("body_working", "直した本文")]),
    ("POST", "/letters/{id}/checks", OFFICE, &[]),
    ("GET", "/letters/{id}/receipts", OFFICE, &[]),
    ("POST", "/letters/{id}/receipts", OFFICE, &[]),
    ("GET", "/letters/{id}", READERS, &[]),
    ("POST", "/letters/{id}/registration", OFFICE, &[("titles", "件名")]),
    ("POST", "/letters/{id}/matters", OFFICE, &[("title", "別の件")]),
    ("POST", "/letters/{id}/notes", NOTERS, &[("body", "メモ")]),
    ("POST", "/letters/{id}/thaws", OFFICE, &[]),
    ("GET", "/letters/{id}/print", READERS, &[]),
    ("GET", "/letters/{id}/party", WORKERS, &[]),
    ("POST", "/letters/{id}/party", WORKERS, &[("reason", "reply")]),
    ("GET", "/letters/{id}/files/{file}", READERS, &[]),
    ("POST", "/letters/{id}/files/{file}", READERS, &[]),
    ("GET", "/letters/{id}/files/{file}/copy", READERS, &[]),
    ("GET", "/files", OUTBOX, &[]),
    ("GET", "/circulations", ALL, &[]),
    ("POST", "/circulations/views", ALL, &[]),
    ("POST", "/circulations/{id}/views", CIRCULATED, &[]),
    ("POST", "/matters/{id}/details", WORKERS, &[("title", "件名")]),
    ("POST", "/matters/{id}/screening", OFFICE, &[("decision", "accept")]),
    ("POST", "/matters/{id}/circulation", OFFICE, &[("staff[]", "7")]),
    ("POST", "/matters/{id}/assignments", OFFICE, &[("owning_unit", "5")]),
    ("POST", "/matters/{id}/drafters", WORKERS, &[("staff", "4")]),
    ("POST", "/matters/{id}/returns", WORKERS, &[("reason", "")]),
    ("POST", "/matters/{id}/no-replies", WORKERS, &[("reason", "not_wanted"), ("reason_note", "不要")]),
    ("POST", "/matters/{id}/closings", WORKERS, &[("outcome", "realised")]),
    ("POST", "/matters/{id}/filings", OFFICE, &[]),
    ("POST", "/matters/{id}/questions", WORKERS, &[("body", "場所は")]),
    ("POST", "/matters/{id}/hearings", WORKERS, &[("body", "角です")]),
    // the letter has no joint unit yet, so nobody has a part to write
    ("POST", "/matters/{id}/parts", &[], &[("unit", "7"), ("part", "意見")]),
    // and was not passed on, so there is no note to go with it
    ("GET", "/matters/{id}/transfer", &[], &[]),
    ("GET", "/matters/{id}/replies/new?kind=final", WORKERS, &[]),
    ("POST", "/matters/{id}/replies", WORKERS, REPLY),
    ("GET", "/replies/{id}", READERS, &[]),
    ("POST", "/replies/{id}/versions", WORKERS, REPLY),
    ("POST", "/replies/{id}/approvals", WORKERS, &[("seen_no", "1"), ("class", "reply_section")]),
    ("GET", "/replies/{id}/diff?old=1&new=1", READERS, &[]),
    ("POST", "/replies/{id}/dispatches", WORKERS, &[]),
    ("GET", "/replies/{id}/print", WORKERS, &[]),
    ("GET", "/approvals", ALL, &[]),
    ("GET", "/approvals/{id}", READERS, &[]),
    ("POST", "/approvals/{id}/decisions", HEAD, &[("version", "1"), ("decision", "approve")]),
    ("POST", "/approvals/{id}/withdrawals", DRAFTER, &[("version", "1")]),
    ("POST", "/approvals/{id}/later-views", READERS, &[]),
    ("GET", "/approvals/{id}/print", READERS, &[]),
    ("GET", "/moderation", OFFICE, &[]),
    ("POST", "/matters/{id}/publications", OFFICE, &[]),
    ("GET", "/publications/{id}", PUBLISHING, &[]),
    ("POST", "/publications/{id}/masks", OFFICE, &[]),
    ("POST", "/publications/{id}/texts", OFFICE, &[("title", "題名")]),
    ("POST", "/publications/{id}/approvals", OFFICE, &[]),
    ("POST", "/publications/{id}/corrections", OFFICE, &[]),
    ("POST", "/publications/{id}/withdrawals", OFFICE, &[]),
    ("POST", "/publications/{id}/drops", OFFICE, &[]),
    ("GET", "/consultations", ALL, &[]),
    ("POST", "/consultations", PLANNERS, &[]),
    ("GET", "/consultations/new", PLANNERS, &[]),
    ("GET", "/consultations/{id}", HEARERS, &[]),
    ("GET", "/consultations/{id}/edit", RUNNERS, &[]),
    ("POST", "/consultations/{id}/edit", RUNNERS, &[]),
    ("GET", "/consultations/{id}/preview", HEARERS, &[]),
    ("GET", "/consultations/{id}/notices", HEARERS, &[]),
    ("POST", "/consultations/{id}/approvals", RUNNERS, &[("class", "consultation")]),
    (
        "POST",
        "/consultations/{id}/events",
        RUNNERS,
        &[("kind", "suspension"), ("reason", "点検"), ("class", "consultation_event")],
    ),
    ("POST", "/consultations/{id}/previews", RUNNERS, &[("note", "審議会")]),
    ("POST", "/consultations/{id}/papers", RUNNERS, &[("kind", "outline"), ("title", "概要")]),
    ("POST", "/papers/{id}/removals", RUNNERS, &[]),
    ("GET", "/papers/{id}/imports", RUNNERS, &[]),
    ("POST", "/papers/{id}/imports", RUNNERS, &[("pasted", "# 第1章")]),
    ("GET", "/imports/{id}", RUNNERS, &[]),
    ("POST", "/imports/{id}", RUNNERS, &[]),
    ("GET", "/consultations/{id}/submissions", HEARERS, &[]),
    ("GET", "/consultations/{id}/submissions/new", TYPISTS, &[]),
    ("POST", "/consultations/{id}/submissions", TYPISTS, &[("entry", "0123456789abcdef0123456789abcdef")]),
    ("GET", "/submissions/{id}", HEARERS, &[]),
    ("GET", "/submissions/{id}/files/{file}", HEARERS, &[]),
    ("POST", "/submissions/{id}/files/{file}", HEARERS, &[]),
    ("GET", "/submissions/{id}/files/{file}/copy", HEARERS, &[]),
    ("GET", "/consultations/{id}/submissions/{no}", HEARERS, &[]),
    (
        "POST",
        "/consultations/{id}/submissions/{no}/handlings",
        RUNNERS,
        &[("handling", "set_aside"), ("reason", "別の案")],
    ),
    ("POST", "/consultations/{id}/submissions/{no}/checks", CHECKERS, &[]),
    ("POST", "/consultations/{id}/submissions/{no}/disputes", RUNNERS, &[]),
    ("GET", "/consultations/{id}/submissions/{no}/party", CHECKERS, &[]),
    ("POST", "/consultations/{id}/submissions/{no}/party", CHECKERS, &[("reason", "ask")]),
    ("GET", "/consultations/{id}/flood", HEARERS, &[]),
    ("POST", "/consultations/{id}/flood", RUNNERS, &[("setting", "on")]),
    ("GET", "/consultations/{id}/result", HEARERS, &[]),
    ("POST", "/consultations/{id}/result", RUNNERS, &[]),
    ("GET", "/consultations/{id}/result/preview", HEARERS, &[]),
    // no version was made yet
    ("GET", "/consultations/{id}/result/versions/{no}", &[], &[]),
    ("POST", "/consultations/{id}/result/withdrawals", RUNNERS, &[]),
    ("GET", "/consultations/{id}/result/masks", RUNNERS, &[]),
    ("POST", "/consultations/{id}/result/masks", RUNNERS, &[]),
    ("GET", "/consultations/{id}/result.xlsx", HEARERS, &[]),
    ("GET", "/consultations/{id}/groups", HEARERS, &[]),
    ("GET", "/consultations/{id}/groups/{no}", HEARERS, &[]),
    ("POST", "/consultations/{id}/sortings", RUNNERS, &[]),
    ("GET", "/consultations/{id}/acts", HEARERS, &[]),
    ("POST", "/consultations/{id}/acts", RUNNERS, &[("act", "settle"), ("groups[]", "1:1")]),
    ("POST", "/consultations/{id}/acts/{act}/undos", RUNNERS, &[]),
    ("GET", "/consultations/{id}/withheld", HEARERS, &[]),
    ("GET", "/consultations/{id}/submissions/{no}/items", HEARERS, &[]),
    (
        "POST",
        "/consultations/{id}/submissions/{no}/items",
        RUNNERS,
        &[("how", "item"), ("point", "1"), ("from", "0"), ("to", "0")],
    ),
    ("GET", "/consultations/{id}/suggestions", HEARERS, &[]),
    ("GET", "/consultations/{id}/suggestions/{no}", HEARERS, &[]),
    ("POST", "/consultations/{id}/suggestions/{no}", RUNNERS, &[("act", "merge")]),
    ("POST", "/consultations/{id}/suggestion-runs", RUNNERS, &[("run", "stop")]),
    ("GET", "/answers", ALL, &[]),
    ("GET", "/consultations/{id}/answers", HEARERS, &[]),
    ("GET", "/consultations/{id}/answers.csv", HEARERS, &[]),
    ("GET", "/consultations/{id}/answers.xlsx", HEARERS, &[]),
    ("GET", "/consultations/{id}/answers/print", HEARERS, &[]),
    ("GET", "/answers/{id}", HEARERS, &[]),
    ("GET", "/consultations/{id}/chapters", HEARERS, &[]),
    ("GET", "/chapters/{id}", HEARERS, &[]),
    ("GET", "/consultations/{id}/differences", HEARERS, &[]),
    ("GET", "/phrases", PLANNERS, &[]),
    ("POST", "/answer-acts/{id}/undoings", RUNNERS, &[]),
    ("POST", "/consultations/{id}/answers", RUNNERS, &[("act", "detach"), ("group", "1")]),
    ("POST", "/answers/{id}", RUNNERS, &[("version", "1"), ("body", "参考にします。")]),
    ("POST", "/answers/{id}/removals", RUNNERS, &[]),
    ("POST", "/consultations/{id}/chapters", RUNNERS, &[("act", "place")]),
    ("POST", "/chapters/{id}/corrections", RUNNERS, &[("name", "第1章"), ("unit", "5"), ("version", "1")]),
    ("POST", "/chapters/{id}/approvals", RUNNERS, &[("class", "answers"), ("seen", "")]),
    ("POST", "/chapters/{id}/reopenings", RUNNERS, &[("reason", "直すため")]),
    ("POST", "/chapters/{id}/removals", RUNNERS, &[]),
    ("POST", "/papers/{id}/finals", RUNNERS, &[("act", "make")]),
    ("POST", "/papers/{id}/other-changes", RUNNERS, &[("paragraph", "p1")]),
    ("POST", "/phrases", PLANNERS, &[("name", "参考"), ("body", "参考にします。")]),
    ("POST", "/phrases/{id}/corrections", PLANNERS, &[("remove", "yes"), ("version", "1")]),
    ("GET", "/mailroom", TRAIL, &[]),
    ("GET", "/mailroom/mails", INCOMING, &[]),
    ("GET", "/mailroom/mails/{id}", INCOMING, &[]),
    ("GET", "/mailroom/mails/{id}/html", INCOMING, &[]),
    ("GET", "/mailroom/mails/{id}/original", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/original", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/spam-marks", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/placements", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/letters", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/opinions", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/settlements", OFFICE, &[]),
    ("POST", "/mailroom/mails/{id}/retries", OFFICE, &[]),
    ("POST", "/mailroom/spam-reviews", OFFICE, &[]),
    ("GET", "/outbox", OUTBOX, &[]),
    ("GET", "/outbox/{id}", OUTBOX, &[]),
    ("POST", "/outbox/{id}/settlements", OUTBOX, &[]),
    ("GET", "/account", ALL, &[]),
    ("GET", "/account/password", ALL, &[]),
    ("POST", "/account/password", ALL, &[]),
    ("GET", "/account/second-factor", ALL, &[]),
    ("POST", "/account/second-factor", ALL, &[]),
    ("GET", "/sessions", ALL, &[]),
    ("POST", "/sessions/endings", ALL, &[]),
    ("GET", "/people", ADMIN, &[]),
    ("POST", "/people", ADMIN, &[]),
    ("GET", "/people/new", ADMIN, &[]),
    ("GET", "/people/{id}", ADMIN, &[]),
    ("POST", "/people/{id}/corrections", ADMIN, &[]),
    ("POST", "/people/{id}/suspensions", ADMIN, &[]),
    ("POST", "/people/{id}/resumptions", ADMIN, &[]),
    ("POST", "/people/{id}/password-resets", ADMIN, &[]),
    ("POST", "/people/{id}/second-factor-resets", ADMIN, &[]),
    ("POST", "/people/{id}/postings", ADMIN, &[]),
    ("POST", "/people/{id}/postings/{posting}/endings", ADMIN, &[]),
    ("GET", "/people/{id}/absences", ABSENCE, &[]),
    ("POST", "/people/{id}/absences", ABSENCE, &[]),
    ("POST", "/people/{id}/absences/{absence}/withdrawals", ABSENCE, &[]),
    ("GET", "/people/{id}/sessions", ADMIN, &[]),
    ("POST", "/people/{id}/sessions/endings", ADMIN, &[]),
    ("GET", "/units", ADMIN, &[]),
    ("POST", "/units", ADMIN, &[]),
    ("GET", "/units/{id}", ADMIN, &[]),
    ("POST", "/units/{id}/corrections", ADMIN, &[]),
    ("POST", "/units/{id}/endings", ADMIN, &[]),
    ("POST", "/units/{id}/coordinators", ADMIN, &[]),
    ("GET", "/trail", TRAIL, &[]),
    ("POST", "/trail/checks", TRAIL, &[]),
    ("POST", "/trail/exports", TRAIL, &[]),
    ("POST", "/sign-out", ALL, &[]),
];

/// Open to who has not signed in, for that is what they are for.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/assets/{hash}/{name}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    // to programs of this machine, or with a token: tests/it/metrics.rs
    ("GET", "/metrics"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/welcome"),
    ("POST", "/welcome"),
];

fn pattern(line: &Line) -> (&'static str, &'static str) {
    (line.0, line.1.split('?').next().unwrap_or(line.1))
}

#[test]
fn every_address_of_the_staff_door_stands_in_the_table_once() {
    let listed: Vec<_> = TABLE.iter().map(pattern).chain(OPEN.iter().copied()).collect();
    let unique: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(listed.len(), unique.len(), "a line stands twice");
    let there: BTreeSet<_> = routes::STAFF.iter().map(|r| (r.method, r.path)).collect();
    let new: Vec<_> = there.difference(&unique).collect();
    assert!(new.is_empty(), "say who may: {new:?}");
    let gone: Vec<_> = unique.difference(&there).collect();
    assert!(gone.is_empty(), "no longer an address: {gone:?}");
}

/// A house with something behind every address.
struct House {
    app: TestApp,
    ids: Vec<(&'static str, String)>,
}

impl House {
    async fn new() -> House {
        let app = TestApp::new();
        app.write(approval::seed);
        let fields = [
            ("body", "長府駅前の街灯が消えています。"),
            ("reply_wanted", "yes"),
            ("reply_via", "email"),
            ("publish_ok", "yes"),
            ("name", "長府 花子"),
            ("email", "hanako@example.jp"),
        ];
        let publication = proposed(&app, answered(&app, &fields).await.matter).await;
        let Walked { letter, matter, reply, approval } = submitted(&app, &fields).await;
        let consultation = announced(&app).await;
        sent(&app, consultation, &[]).await;
        // its item in its group, and an act to be taken back
        let (now, clerk) = (app.clock.now(), app.clock.now().into());
        app.write(move |db| opinions::itemise(db, now, 10));
        let sorted = app.write(move |db| {
            opinions::store::insert_act(db, consultation, Kind::Merge, Some(8), clerk, None)
        });
        let import = pasted(&app, 1).await;
        let (chapter, written, act) = answering(&app, consultation).await;
        let mail = Letterform {
            to: "hanako@example.jp".to_owned(),
            to_name: String::new(),
            subject: "控え".to_owned(),
            text: "本文".to_owned(),
            references: Vec::new(),
        };
        let mail = queue(&app, &mail);
        let (claimed, now) = (mail.clone(), app.clock.now().into());
        app.write(move |db| mails::claim(db, &claimed, 0, now));

        let incoming = empty_mail(&app, "nothing@example.jp");
        let formatted =
            came(&app, Source::Lmtp, "From: a@example.jp\r\nContent-Type: text/html\r\n\r\n<p>a</p>\r\n");

        let office = app.staff("kocho");
        let page = office.get("/letters/new").await;
        let csrf = page.input("csrf").expect("the form has its token");
        let scans: Vec<String> = {
            let mut ids = Vec::new();
            for _ in 0..3 {
                let body = format!(
                    "--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--x\r\ncontent-disposition: form-data; \
                     name=\"scan_file\"; filename=\"a.pdf\"\r\ncontent-type: application/pdf\r\n\r\n%PDF-1.4\n%%EOF\n\r\n--x--\r\n"
                );
                let kind = [("content-type", "multipart/form-data; boundary=x")];
                let sent = office.post_raw("/scans", &kind, body.into_bytes()).await;
                assert_eq!(sent.status, 303, "{}", sent.body);
                let id = sent.location().split("scan=").nth(1).and_then(|r| r.split('&').next());
                ids.push(id.expect("the scan's id").to_owned());
            }
            ids
        };
        let (file, loose, of_opinion) = (scans[0].clone(), scans[1].clone(), scans[2].clone());
        office.post("/views", &[("csrf", &csrf), ("name", "街灯"), ("query", "q=街灯")]).await;
        let of_letter = format!(
            "UPDATE attachment SET letter_id = {letter}, upload_key = NULL WHERE id = '{file}';
             UPDATE attachment SET submission_id = 1, upload_key = NULL WHERE id = '{of_opinion}';
             INSERT INTO absence (staff_id, substitute_id, from_on, to_on, reason, recorded_by, recorded_at)
               VALUES (4, 5, '2026-05-01', '2026-05-02', '出張', 4, '2026-04-01 00:00:00');"
        );
        app.write(move |db| Ok(db.batch_execute(&of_letter)?));
        // its safe copy, as background work makes it
        let copy = app.data.path().join("copies").join("26");
        std::fs::create_dir_all(&copy).expect("a folder");
        for made in [&file, &of_opinion] {
            std::fs::write(copy.join(made), "%PDF-1.4").expect("a copy");
        }
        let made = format!(
            "UPDATE attachment SET copy_kind = 'sanitised', copy_type = 'application/pdf', copy_size = 8,
               copy_sha256 = '{}' WHERE id IN ('{file}', '{of_opinion}')",
            hex::encode(sha2::Sha256::digest("%PDF-1.4")),
        );
        app.write(move |db| Ok(db.batch_execute(&made)?));
        let (view, circulation): (i64, i64) = app.read(|db| {
            Ok((
                schema::saved_view::table.select(schema::saved_view::id).first(db)?,
                schema::circulation::table.select(schema::circulation::id).first(db)?,
            ))
        });
        let ids = vec![
            ("/letters/{id}", format!("/letters/{letter}")),
            ("/matters/{id}", format!("/matters/{matter}")),
            ("/replies/{id}", format!("/replies/{reply}")),
            ("/approvals/{id}", format!("/approvals/{approval}")),
            ("/publications/{id}", format!("/publications/{publication}")),
            ("/outbox/{id}", format!("/outbox/{mail}")),
            ("/consultations/{id}", format!("/consultations/{consultation}")),
            ("/imports/{id}", import),
            ("/mailroom/mails/{id}/html", format!("/mailroom/mails/{formatted}/html")),
            ("/chapters/{id}", format!("/chapters/{chapter}")),
            ("/answers/{id}", format!("/answers/{written}")),
            ("/answer-acts/{id}", format!("/answer-acts/{act}")),
            ("/mailroom/mails/{id}", format!("/mailroom/mails/{incoming}")),
            ("/scans/{id}", format!("/scans/{loose}")),
            ("/views/{id}", format!("/views/{view}")),
            ("/circulations/{id}", format!("/circulations/{circulation}")),
            // the drafter: an absence of his or hers is the section's business too
            ("/people/{id}", "/people/4".to_owned()),
            ("/units/{id}", "/units/7".to_owned()),
            ("/submissions/{id}/files/{file}", format!("/submissions/1/files/{of_opinion}")),
            ("{file}", file),
            ("{posting}", "4".to_owned()),
            ("{absence}", "1".to_owned()),
            ("{act}", sorted.to_string()),
        ];
        House { app, ids }
    }

    fn path(&self, pattern: &str) -> String {
        let mut path = pattern.to_owned();
        for (from, to) in &self.ids {
            path = path.replace(from, to);
        }
        path.replace("{hash}", "x").replace("{name}", "x").replace("{no}", "1").replace("{id}", "1")
    }

    async fn ask(&self, who: &Browser, line: &Line, csrf: &str) -> Page {
        let path = self.path(line.1);
        if line.0 == "GET" {
            return who.get(&path).await;
        }
        let fields: Vec<_> = [("csrf", csrf)].into_iter().chain(line.3.iter().copied()).collect();
        who.post(&path, &fields).await
    }
}

#[actix_web::test]
async fn every_role_may_what_the_table_says_and_nothing_else() {
    let mut wrong = Vec::new();
    for login in ALL {
        let house = House::new().await;
        // looking first: acts change what there is to look at
        for line in TABLE.iter().filter(|l| l.0 == "GET").chain(TABLE.iter().filter(|l| l.0 == "POST")) {
            let who = house.app.staff(login);
            let page = house.ask(&who, line, &format!("csrf-{login}")).await;
            let refused = match page.status {
                401 | 403 | 404 => true,
                303 => page.location().starts_with("/sign-in") && line.1 != "/sign-out",
                status => {
                    if status >= 500 {
                        wrong.push(format!("{login} {} {}: {status}", line.0, line.1));
                    }
                    false
                }
            };
            if refused == line.2.contains(login) {
                wrong.push(format!("{login} {} {}: {}", line.0, line.1, page.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn who_has_not_signed_in_is_led_to_the_sign_in_and_loses_nothing() {
    let house = House::new().await;
    for line in TABLE {
        let page = house.ask(&house.app.outside(), line, "").await;
        if line.0 == "GET" {
            assert_eq!(page.status, 303, "{}", line.1);
            assert!(page.location().starts_with("/sign-in"), "{}", line.1);
        } else {
            assert_eq!(page.status, 401, "{}", line.1);
            page.shows("サインイン");
        }
    }
}

#[actix_web::test]
async fn no_form_of_the_staff_door_is_taken_without_its_token() {
    let house = House::new().await;
    for line in TABLE.iter().filter(|l| l.0 == "POST") {
        let login = line.2.first().copied().unwrap_or("kocho");
        for token in ["", "csrf-somebody"] {
            let page = house.ask(&house.app.staff(login), line, token).await;
            assert_eq!(page.status, 409, "{} {token}", line.1);
            page.shows("もう一度、ボタンを押してください");
        }
    }
    let foreign = [
        ("origin", "https://evil.example"),
        ("host", "staff.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let csrf = b"csrf=csrf-kocho&name=a&query=b".to_vec();
    assert_eq!(house.app.staff("kocho").post_raw("/views", &foreign, csrf).await.status, 403);
}

#[track_caller]
fn safe(page: &Page, place: &str) {
    let header = |name: &str| page.headers.get(name).map_or("", String::as_str);
    assert!(header("content-security-policy").contains("default-src 'none'"), "{place}: {:?}", page.headers);
    assert_eq!(header("x-content-type-options"), "nosniff", "{place}");
    assert_eq!(header("referrer-policy"), "same-origin", "{place}");
    assert!(!header("cache-control").is_empty(), "{place}");
}

#[actix_web::test]
async fn both_doors_send_the_headers_that_keep_a_browser_safe_with_every_answer() {
    let house = House::new().await;
    for line in TABLE {
        let page = house.ask(&house.app.staff("kocho"), line, "csrf-kocho").await;
        safe(&page, line.1);
        safe(&house.ask(&house.app.outside(), line, "").await, line.1);
    }
    let stranger = house.app.citizen();
    for Route { method, path } in routes::CITIZEN {
        let path = house.path(path);
        let page = if *method == "GET" { stranger.get(&path).await } else { stranger.post(&path, &[]).await };
        safe(&page, &path);
    }
    safe(&stranger.get("/nowhere").await, "nowhere");
    safe(&house.app.outside().get("/nowhere").await, "nowhere");
}

#[actix_web::test]
async fn the_citizens_door_answers_everybody_and_knows_no_staff() {
    let house = House::new().await;
    let stranger = house.app.citizen();
    for Route { method, path } in routes::CITIZEN {
        let at = house.path(path);
        let page = if *method == "GET" { stranger.get(&at).await } else { stranger.post(&at, &[]).await };
        assert!(
            page.status < 500 && page.status != 401 && page.status != 403,
            "{method} {path}: {}",
            page.status
        );
        assert!(!page.location().starts_with("/sign-in"), "{method} {path}");
        if !path.contains('{') && *method == "GET" {
            assert!(page.status == 200 || page.status == 303, "{method} {path}: {}", page.status);
        }
        assert!(
            !page.headers.keys().any(|n| n == "set-cookie" && page.headers[n].contains("hk_staff")),
            "{path}"
        );
    }
    let shared: BTreeSet<_> = routes::CITIZEN.iter().map(|r| r.path).collect();
    for Route { method, path } in routes::STAFF.iter().filter(|r| !shared.contains(r.path)) {
        // `/letters/5` and the like may look like a citizen's address, but are none
        let at = house.path(path);
        let staff = house.app.staff("kocho");
        let through = house.app.citizen();
        through.cookies.lock().expect("one thread").clone_from(&staff.cookies.lock().expect("one thread"));
        let fields = [("csrf", "csrf-kocho")];
        let page = if *method == "GET" { through.get(&at).await } else { through.post(&at, &fields).await };
        assert_eq!(page.status, 404, "{method} {path} at the citizens' door");
    }
}

#[actix_web::test]
async fn the_staff_door_has_no_address_of_the_citizens() {
    let house = House::new().await;
    let shared: BTreeSet<_> = routes::STAFF.iter().map(|r| r.path).collect();
    let staff = house.app.staff("kocho");
    for Route { method, path } in routes::CITIZEN.iter().filter(|r| !shared.contains(r.path)) {
        let at = house.path(path);
        let page = if *method == "GET" { staff.get(&at).await } else { staff.post(&at, &[]).await };
        assert!(
            page.status == 404 || page.status == 405,
            "{method} {path} at the staff door: {}",
            page.status
        );
    }
}

#[actix_web::test]
async fn what_a_member_of_staff_typed_stands_on_the_page_that_refuses_it() {
    let house = House::new().await;
    let office = house.app.staff("kocho");
    let typed = "三行にわたる要旨です。\r\n<b>書き直したくありません。</b>\r\n以上です。";
    let long = "長".repeat(101);
    let fields = [("csrf", "csrf-kocho"), ("version", "1"), ("title", &*long), ("gist", typed)];
    let refused = office.post(&house.path("/publications/{id}/texts"), &fields).await;
    assert_eq!(refused.status, 422);
    refused
        .shows("題名は100字まで")
        .shows("入力した内容")
        .shows("&lt;b&gt;書き直したくありません。&lt;/b&gt;");
    refused.hides("もう一度送る").hides("csrf-kocho</");

    // somebody else was faster: the page to open anew is told, the words are there to be copied
    let stale = [("csrf", "csrf-kocho"), ("version", "99"), ("title", "題名"), ("gist", typed)];
    let body: String = stale
        .map(|(n, v)| format!("{}={}", hirokiku::web::errors::percent(n), hirokiku::web::errors::percent(v)))
        .join("&");
    let at = house.path("/publications/{id}");
    let came_from = format!("https://staff.example/{}?a=b", at.trim_start_matches('/'));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("referer", came_from.as_str())];
    let refused = office.post_raw(&format!("{at}/texts"), &headers, body.into_bytes()).await;
    assert_eq!(refused.status, 409);
    refused.shows("書き直したくありません。").shows(&format!("href=\"{at}?a=b\"")).hides("staff.example");

    // an address of another host is never a way back, and who reads gets no list of what was typed
    let looks = [("referer", "https://evil.example//evil.example/")];
    let page = office.post_raw("/letters/999/notes", &looks, Vec::new()).await;
    page.hides("evil.example");
    office.get("/letters/999").await.hides("入力した内容");
}

#[actix_web::test]
async fn what_was_typed_can_be_sent_again_when_the_house_was_at_fault() {
    let house = House::new().await;
    house.app.write(|db| Ok(db.batch_execute("ALTER TABLE exchange RENAME TO away")?));
    let path = house.path("/letters/{id}/notes");
    let fields = [("csrf", "csrf-kocho"), ("body", "現場を\r\n見てきました。")];
    let broken = house.app.staff("kocho").post(&path, &fields).await;
    assert!(broken.status >= 500, "{}", broken.status);
    broken
        .shows("入力した内容は、この画面に残っています")
        .shows(&format!("action=\"{path}\""))
        .shows("もう一度送る");
    broken.shows("現場を").shows("name=\"csrf\" value=\"csrf-kocho\"");
}

/// What the database was asked while [`listen`] was in place.
static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn listen() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            let sql = query.split(" -- binds:").next().unwrap_or(&query).to_owned();
            ASKED.lock().expect("nobody fails while holding it").insert(sql);
        }
    }))
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// What grows with the years. The rest is as large as the city or as one consultation.
const GROWING: &[&str] = &[
    "letter",
    "matter",
    "exchange",
    "trail",
    "trail_link",
    "outbox",
    "party",
    "incoming",
    "attachment",
    "voice",
    "publication",
    "publication_version",
    "reply",
    "reply_version",
    "dispatch",
    "approval",
    "approval_step",
    "submission",
    "submission_point",
    "opinion_item",
    "opinion_group",
];

/// Indexes of the few rows that wait for something.
const FEW: &[&str] =
    &["letter_unchecked", "matter_open", "incoming_waiting", "attachment_in_doubt", "attachment_unscanned"];

/// Pages that add up all there is.
const SUMS: &[&str] = &["/statistics", "/statistics.csv", "/mailroom", "/outbox"];

/// Whether a step of a plan goes through a growing table from end to end.
fn looks_through_all(sql: &str, step: &str, sorts: bool) -> bool {
    let Some(table) = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()) else {
        return false;
    };
    // what is asked in the order of an index and ends after a page
    let ends = sql.contains(" LIMIT ") && !sorts && !sql.starts_with("SELECT COUNT(");
    // how many there are, by an index alone: some milliseconds for each hundred thousand
    let counts = sql.contains("COUNT(*)") && step.contains("USING COVERING INDEX");
    GROWING.contains(&table)
        && !ends
        && !counts
        && !sql.contains("(1=0)")
        && !FEW.iter().any(|few| step.contains(few))
}

/// Listening is to the whole process: the test runs once more in one of its own.
const ALONE: &str = "HIROKIKU_TEST_ALONE";

#[actix_web::test]
async fn no_page_but_those_of_sums_looks_through_all_there_ever_was() {
    if std::env::var_os(ALONE).is_none() {
        let itself = std::env::current_exe().expect("this program");
        let name = "routes::no_page_but_those_of_sums_looks_through_all_there_ever_was";
        let ran = Command::new(itself).args(["--exact", name, "--nocapture"]).env(ALONE, "1").output();
        let ran = ran.expect("it runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        return;
    }
    set_default_instrumentation(listen).expect("it can be set");
    let house = House::new().await;
    if house.app.read(|db| Ok(db.kind())) != db::Kind::Sqlite {
        return;
    }
    ASKED.lock().expect("nobody fails while holding it").clear();
    for login in ["kocho", "kacho", "kansa"] {
        for line in TABLE.iter().filter(|l| l.0 == "GET" && l.2.contains(&login)) {
            if !SUMS.contains(&pattern(line).1) {
                house.ask(&house.app.staff(login), line, "").await;
            }
        }
    }
    let asked = std::mem::take(&mut *ASKED.lock().expect("nobody fails while holding it"));
    let asked: Vec<_> =
        asked.iter().filter(|sql| sql.starts_with("SELECT") || sql.starts_with("WITH")).collect();
    assert!(asked.len() > 100, "only {} questions were heard", asked.len());
    let mut walks = Vec::new();
    for sql in asked {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let plan: Vec<Plan> = house.app.read(|db| Ok(diesel::sql_query(explain).load(db)?));
        let sorts = plan.iter().any(|step| step.detail.contains("TEMP B-TREE FOR ORDER BY"));
        let found = plan.iter().filter(|step| looks_through_all(sql, &step.detail, sorts));
        walks.extend(found.map(|step| format!("{}: {sql}", step.detail)));
    }
    assert!(walks.is_empty(), "{}", walks.join("\n"));
}
