//! The program itself, run as a city would run it: `hirokiku serve` with its settings in the environment.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;

/// How long a start may take: a debug build on a busy machine, with migrations.
const START: Duration = Duration::from_secs(60);

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The data folder.
    pub data: PathBuf,
    /// `sqlite:…` or `postgres://…`.
    pub database_url: String,
    /// The citizens' door.
    pub citizen: SocketAddr,
    /// The staff door.
    pub staff: SocketAddr,
    /// Put before the program, such as `strace` and its arguments.
    pub under: Vec<String>,
    /// Further settings, by their names in the environment.
    pub settings: Vec<(String, String)>,
}

impl Setup {
    /// A server over `data` on two free ports of this machine, the same ones at every start.
    pub fn new(data: &Path, database_url: &str) -> Setup {
        let (citizen, staff) = two_free_addresses();
        Setup {
            data: data.to_owned(),
            database_url: database_url.to_owned(),
            citizen,
            staff,
            under: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// Starts the program and waits until its citizens' door says that it is ready.
    pub fn start(&self) -> Server {
        let program = program();
        let mut command = match self.under.split_first() {
            None => Command::new(&program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&program);
                command
            }
        };
        // settings of whoever runs the tests are not the server's
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("HIROKIKU_")) {
            command.env_remove(name);
        }
        command
            .arg("serve")
            .current_dir(&self.data)
            .env("DATABASE_URL", &self.database_url)
            .env("HIROKIKU_DATA", &self.data)
            .env("HIROKIKU_PUBLIC_LISTEN", self.citizen.to_string())
            .env("HIROKIKU_STAFF_LISTEN", self.staff.to_string())
            .env("HIROKIKU_BASE_URL", format!("http://{}", self.citizen))
            .env("HIROKIKU_STAFF_URL", format!("http://{}", self.staff))
            .env("HIROKIKU_SUBMISSIONS_PER_NETWORK", "100000000")
            .env("HIROKIKU_SECOND_FACTOR_REQUIRED", "false")
            .env("HIROKIKU_LOG", "warn")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log(&self.data, "out"))
            .stderr(log(&self.data, "err"));
        let began = Instant::now();
        let child =
            command.spawn().unwrap_or_else(|e| panic!("{} cannot be started: {e}", program.display()));
        let mut server = Server { child, traced: !self.under.is_empty(), ready_after: Duration::ZERO };
        loop {
            if Client::new(self.citizen).get("/readyz").is_ok_and(|a| a.status == 200) {
                server.ready_after = began.elapsed();
                return server;
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                panic!("the server ended with {status}:\n{}", self.said());
            }
            assert!(began.elapsed() < START, "the server is not ready after {START:?}:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What the program wrote to its log, the last lines.
    pub fn said(&self) -> String {
        let text = std::fs::read_to_string(self.data.join("serve.err")).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// A running program; ended when dropped.
pub struct Server {
    child: Child,
    traced: bool,
    /// From its start to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

impl Server {
    /// Its process; under a tracer the tracer's child.
    pub fn pid(&self) -> u32 {
        let tracer = self.child.id();
        let children = format!("/proc/{tracer}/task/{tracer}/children");
        let first = || std::fs::read_to_string(&children).ok()?.split(' ').next()?.parse().ok();
        if self.traced { first().unwrap_or(tracer) } else { tracer }
    }

    /// `kill -9`: no last words.
    pub fn kill(self) {
        drop(self);
    }

    /// A polite stop, as a supervisor asks for it; after fifteen seconds the other kind.
    pub fn stop(mut self) {
        signal("-TERM", self.pid());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(15) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // a stopped one has ended already
        if matches!(self.child.try_wait(), Ok(None)) {
            if self.traced {
                // the tracer ends with the program, but not the program with the tracer
                signal("-KILL", self.pid());
            } else {
                let _ = self.child.kill();
            }
            let _ = self.child.wait();
        }
    }
}

fn signal(which: &str, pid: u32) {
    let _ = Command::new("kill").args([which, &pid.to_string()]).status();
}

/// The program under test: the one `HIROKIKU_BIN` names, or the one cargo has just built.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
pub fn program() -> PathBuf {
    std::env::var("HIROKIKU_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hirokiku").to_owned()).into()
}

fn log(data: &Path, name: &str) -> Stdio {
    let file = std::fs::File::options().append(true).create(true).open(data.join(format!("serve.{name}")));
    file.map_or_else(|_| Stdio::null(), Stdio::from)
}

/// Two addresses nobody listens on now.
fn two_free_addresses() -> (SocketAddr, SocketAddr) {
    let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (one, two) = (bind(), bind());
    (one.local_addr().expect("an address"), two.local_addr().expect("an address"))
}
