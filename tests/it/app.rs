//! A whole application for one test: a database of its own, a clock that stands still, browsers at both doors.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test;
use chrono::{DateTime, TimeZone, Utc};
use diesel::connection::SimpleConnection;
use hirokiku::clock::Clock;
use hirokiku::config::Config;
use hirokiku::db::Db;
use hirokiku::error::Result;
use hirokiku::routes;
use hirokiku::web::{App, Door, Shared, server};

/// 2026-04-01 10:00 in Tokyo, a Wednesday, the first day of a fiscal year.
pub fn first_morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 4, 1, 1, 0, 0).single().expect("a time that exists")
}

/// The application and what a test may turn.
pub struct TestApp {
    /// As handlers get it.
    pub app: Shared,
    /// Stands still until moved.
    pub clock: Clock,
    /// Holds the data folder until the test ends.
    pub data: tempfile::TempDir,
}

impl TestApp {
    /// With a few units and one member of staff of every role, on the first morning of fiscal year R8.
    pub fn new() -> TestApp {
        TestApp::with(|_| {})
    }

    /// The same with settings changed.
    pub fn with(change: impl FnOnce(&mut Config)) -> TestApp {
        let data = tempfile::tempdir().expect("a temporary folder");
        let clock = Clock::fixed(first_morning());
        let mut config = Config {
            data: data.path().to_owned(),
            second_factor_required: false,
            pool_size: 3,
            submissions_per_network: 1_000_000,
            program: env!("CARGO_BIN_EXE_hirokiku").into(),
            ..Config::default()
        };
        if let Ok(url) = postgres() {
            config.database_url = own_schema(&url, &clock);
        }
        change(&mut config);
        let app = Shared::new(App::open(config, clock.clone()).expect("the application opens"));
        let app = TestApp { app, clock, data };
        app.write(|db| {
            hirokiku::approval::seed(db)?;
            Ok(db.batch_execute(STAFF)?)
        });
        app
    }

    /// A write that must succeed.
    pub fn write<T: Send + 'static>(&self, f: impl FnMut(&mut Db) -> Result<T> + Send + 'static) -> T {
        self.app.db.write_now(f).expect("the write succeeds")
    }

    /// A read that must succeed.
    pub fn read<T>(&self, f: impl FnOnce(&mut Db) -> Result<T>) -> T {
        self.app.db.read_now(f).expect("the read succeeds")
    }

    /// A browser at the citizens' door.
    pub fn citizen(&self) -> Browser {
        Browser::new(self, Door::Citizen)
    }

    /// A browser at the staff door that has not signed in.
    pub fn outside(&self) -> Browser {
        Browser::new(self, Door::Staff)
    }

    /// A browser at the staff door, signed in as one of [`STAFF`] by a session row, without the sign-in page.
    pub fn staff(&self, login: &str) -> Browser {
        let token = hex::encode(self.clock.random::<16>());
        let hash = hirokiku::people::session::token_hash(&token);
        let (now, end) = (self.clock.now(), self.clock.now() + chrono::Duration::hours(12));
        let sql = format!(
            "INSERT INTO staff_session (id, staff_id, csrf, network, agent, created_at, seen_at, expires_at) \
             SELECT '{hash}', id, 'csrf-{login}', '127.0.0.1', 'test', '{0}', '{0}', '{1}' FROM staff WHERE login = '{login}'",
            now.format("%F %T%.6f"),
            end.format("%F %T%.6f"),
        );
        self.write(move |db| Ok(db.batch_execute(&sql)?));
        let browser = Browser::new(self, Door::Staff);
        browser.cookies.lock().expect("one thread").insert("hk_staff".to_owned(), token);
        browser
    }
}

/// The PostgreSQL database tests may use, if one was named.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
pub fn postgres() -> Result<String, std::env::VarError> {
    std::env::var("TEST_DATABASE_URL")
}

/// Whether a test that lacks its server or tool must fail (`tests/run`) instead of saying so and returning.
pub fn nothing_left_out() -> bool {
    std::env::var_os("TEST_NOTHING_LEFT_OUT").is_some()
}

/// A schema of the test's own in the given PostgreSQL database.
pub fn own_schema(url: &str, clock: &Clock) -> String {
    let name = format!("t_{}", clock.id().simple());
    let mut db = Db::open(url).expect("PostgreSQL answers");
    db.batch_execute(&format!("CREATE SCHEMA {name}")).expect("a schema can be made");
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-csearch_path%3D{name}")
}

/// Units and staff, numbered from 1 in this order: 広聴 office (3), 道路河川建設課 (5) in 建設部 (4), 公園緑地課 (7) in 都市整備部 (6).
const STAFF: &str = "
INSERT INTO unit (code, kind, name, parent_id, leads, valid_from, sort) VALUES
 ('mayor', 'executive_body', '市長部局', NULL, FALSE, '2005-02-13', 1),
 ('sogo', 'department', '総合政策部', 1, FALSE, '2005-02-13', 2),
 ('kocho', 'section', '広報広聴課', 2, FALSE, '2005-02-13', 3),
 ('kensetsu', 'department', '建設部', 1, FALSE, '2005-02-13', 4),
 ('doro', 'section', '道路河川建設課', 4, TRUE, '2005-02-13', 5),
 ('toshi', 'department', '都市整備部', 1, FALSE, '2005-02-13', 6),
 ('koen', 'section', '公園緑地課', 6, FALSE, '2005-02-13', 7);
INSERT INTO staff (login, name, name_kana, email, password_hash, must_change_password, state, created_at, version) VALUES
 ('admin', '安部 管', 'アベ カン', 'admin@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kocho', '広田 聴', 'ヒロタ チョウ', 'kocho@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kocho2', '広川 聞', 'ヒロカワ ブン', 'kocho2@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('tanto', '道上 担', 'ミチガミ タン', 'tanto@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kacho', '道本 課', 'ミチモト カ', 'kacho@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('bucho', '建山 部', 'タテヤマ ブ', 'bucho@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('shicho', '市川 長', 'イチカワ チョウ', 'shicho@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('clerk', '意見 募', 'イケミ ツノル', 'clerk@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kansa', '監物 査', 'ケンモツ サ', 'kansa@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('tanto2', '園田 緑', 'ソノダ ミドリ', 'tanto2@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kacho2', '園部 公', 'ソノベ コウ', 'kacho2@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1),
 ('kochokacho', '広瀬 長', 'ヒロセ オサ', 'kochokacho@city.example.lg.jp', '', FALSE, 'active', '2026-03-01 00:00:00', 1);
INSERT INTO posting (staff_id, unit_id, role, valid_from) VALUES
 (1, 2, 'admin', '2026-04-01'), (2, 3, 'listening', '2026-04-01'), (3, 3, 'listening', '2026-04-01'),
 (4, 5, 'drafter', '2026-04-01'), (5, 5, 'section_head', '2026-04-01'), (6, 4, 'department_head', '2026-04-01'),
 (7, 1, 'mayor', '2026-04-01'), (8, 3, 'clerk', '2026-04-01'), (9, 1, 'auditor', '2026-04-01'),
 (10, 7, 'drafter', '2026-04-01'), (11, 7, 'section_head', '2026-04-01'), (12, 3, 'section_head', '2026-04-01');
";

/// What a browser got.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The whole text.
    pub body: String,
    /// Headers, names in small letters.
    pub headers: BTreeMap<String, String>,
}

impl Page {
    /// Where it redirects to.
    pub fn location(&self) -> &str {
        self.headers.get("location").map_or("", String::as_str)
    }

    /// The value of a hidden or other input with this name.
    pub fn input(&self, name: &str) -> Option<String> {
        self.body
            .split('<')
            .find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")))
            .and_then(|tag| {
                let from = tag.find("value=\"")? + 7;
                Some(unescape(&tag[from..from + tag[from..].find('"')?]))
            })
    }

    /// Fails with the page when the text is not there.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(
            self.body.contains(text),
            "{text:?} is not on the page (status {}):\n{}",
            self.status,
            self.body
        );
        self
    }

    /// Fails with the page when the text is there.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(
            !self.body.contains(text),
            "{text:?} is on the page (status {}):\n{}",
            self.status,
            self.body
        );
        self
    }
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What a door answered.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

type Served = Rc<dyn Fn(test::TestRequest) -> Pin<Box<dyn Future<Output = Answer>>>>;

thread_local! {
    /// The doors of this thread's applications: opening one takes longer than most answers. Each goes with its
    /// application; not with the thread, whose end is too late for actix.
    static SERVED: ManuallyDrop<RefCell<Vec<(Shared, Door, Served)>>> =
        const { ManuallyDrop::new(RefCell::new(Vec::new())) };
}

fn is(of: &(Shared, Door, Served), app: &Shared) -> bool {
    std::ptr::eq(of.0.get_ref(), app.get_ref())
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let gone: Vec<_> =
            SERVED.with(|all| all.borrow_mut().extract_if(.., |of| is(of, &self.app)).collect());
        drop(gone);
    }
}

/// A door of an application, opened once.
async fn served(app: &Shared, door: Door) -> Served {
    let same = |of: &&(Shared, Door, Served)| is(of, app) && of.1 == door;
    let found = SERVED.with(|all| all.borrow().iter().find(same).map(|of| of.2.clone()));
    if let Some(found) = found {
        return found;
    }
    let routes = match door {
        Door::Citizen => routes::citizen,
        Door::Staff => routes::staff,
    };
    let service = Rc::new(test::init_service(server::application(app.clone(), door, routes)).await);
    let made: Served = Rc::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            let answer = test::call_service(&*service, request.to_request()).await;
            let told = |(name, value): (&HeaderName, &HeaderValue)| {
                (name.as_str().to_owned(), value.to_str().unwrap_or("").to_owned())
            };
            Answer {
                status: answer.status().as_u16(),
                headers: answer.headers().iter().map(told).collect(),
                body: String::from_utf8_lossy(&test::read_body(answer).await).into_owned(),
            }
        })
    });
    SERVED.with(|all| all.borrow_mut().push((app.clone(), door, made.clone())));
    made
}

/// A browser without script: keeps cookies, follows nothing by itself.
pub struct Browser {
    app: Shared,
    door: Door,
    /// Its cookies.
    pub cookies: Mutex<BTreeMap<String, String>>,
    /// Where it is.
    pub peer: std::net::SocketAddr,
}

impl Browser {
    fn new(app: &TestApp, door: Door) -> Browser {
        let peer = ([127, 0, 0, 1], 50000).into();
        Browser { app: app.app.clone(), door, cookies: Mutex::default(), peer }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Page {
        self.send(test::TestRequest::get().uri(path)).await
    }

    /// GET with headers of the test's choice.
    pub async fn get_raw(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = test::TestRequest::get().uri(path);
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        self.send(request).await
    }

    /// POST of an urlencoded form, fields as they are.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = fields
            .iter()
            .map(|(n, v)| {
                format!("{}={}", hirokiku::web::errors::percent(n), hirokiku::web::errors::percent(v))
            })
            .collect::<Vec<_>>()
            .join("&");
        let request = test::TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        self.send(request).await
    }

    /// POST with the `csrf` value found on a page.
    pub async fn submit(&self, from: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = from.input("csrf").unwrap_or_default();
        let fields: Vec<(&str, &str)> =
            [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &fields).await
    }

    /// POST of a body as it is, with headers of the test's choice.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut request = test::TestRequest::post().uri(path).set_payload(body);
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        self.send(request).await
    }

    async fn send(&self, request: test::TestRequest) -> Page {
        let cookies = self
            .cookies
            .lock()
            .expect("one thread")
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect::<Vec<_>>();
        let mut request = request.peer_addr(self.peer);
        if !cookies.is_empty() {
            request = request.insert_header(("cookie", cookies.join("; ")));
        }
        let answer = served(&self.app, self.door).await(request).await;
        let status = answer.status;
        let mut headers = BTreeMap::new();
        for (name, value) in answer.headers {
            if name == "set-cookie" {
                let pair = value.split(';').next().unwrap_or("");
                let (n, v) = pair.split_once('=').unwrap_or((pair, ""));
                let mut cookies = self.cookies.lock().expect("one thread");
                if value.contains("Max-Age=0") {
                    cookies.remove(n)
                } else {
                    cookies.insert(n.to_owned(), v.to_owned())
                };
            }
            headers.insert(name, value);
        }
        Page { status, body: answer.body, headers }
    }
}
