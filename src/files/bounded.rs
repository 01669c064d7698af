//! Running what may hang, swell or crash: a child process with limits on time, memory and what it writes.
//!
//! The limits are the shell's `ulimit`; the child gets an empty environment, so no setting and no password.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// By the clock on the wall; computing time has the same limit.
    pub time: Duration,
    /// Address space in bytes; none for a command of the city's own.
    pub memory: Option<u64>,
    /// Bytes of output.
    pub output: u64,
}

/// How a child ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    Done(ExitStatus, Vec<u8>),
    /// It took too long and was ended.
    TooSlow,
    /// It wrote too much and was ended.
    TooMuch,
}

/// Runs a command with the file as its input.
///
/// # Errors
/// [`Error::Unavailable`] when it cannot be started at all.
pub fn run(command: &[&str], variables: &[(&str, &str)], input: File, limits: Limits) -> Result<Ended> {
    let trouble = |e: std::io::Error| Error::Unavailable(format!("child process: {e}"));
    let seconds = limits.time.as_secs().max(1);
    let memory = limits.memory.map_or_else(String::new, |bytes| format!("ulimit -v {}; ", bytes / 1024));
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("ulimit -c 0; ulimit -t {seconds}; {memory}exec \"$@\""), "sh"])
        .args(command)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .envs(variables.iter().copied())
        .process_group(0)
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = shell.spawn().map_err(trouble)?;
    let until = Instant::now() + limits.time;
    let Some(out) = child.stdout.take() else { return Err(Error::internal("no output of the child")) };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.take(limits.output + 1).read_to_end(&mut bytes).map(|_| bytes);
        // nobody listens when it took too long
        let _ = tell.send(read);
    });
    let read = match told.recv_timeout(limits.time) {
        Ok(read) => read.map_err(trouble)?,
        Err(_) => {
            end(&mut child);
            return Ok(Ended::TooSlow);
        }
    };
    if read.len() as u64 > limits.output {
        end(&mut child);
        return Ok(Ended::TooMuch);
    }
    // it closed its output: all but over
    loop {
        if let Some(status) = child.try_wait().map_err(trouble)? {
            return Ok(Ended::Done(status, read));
        }
        if Instant::now() > until {
            end(&mut child);
            return Ok(Ended::TooSlow);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Ends a child and all that it started.
fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("/bin/sh")
        .args(["-c", "kill -KILL \"$1\"", "sh", &group])
        .stderr(Stdio::null())
        .status();
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(10), memory: None, output: 1000 };

    fn run_shell(script: &str, limits: Limits) -> Ended {
        run(&["/bin/sh", "-c", script], &[("KIND", "a b")], File::open("/dev/null").unwrap(), limits).unwrap()
    }

    #[test]
    fn a_child_that_hangs_or_floods_is_ended() {
        let short = Limits { time: Duration::from_secs(1), ..LIMITS };
        assert!(matches!(run_shell("sleep 100 & sleep 100", short), Ended::TooSlow));
        assert!(matches!(run_shell("exec >&-; sleep 100", short), Ended::TooSlow));
        assert!(matches!(run_shell("yes", LIMITS), Ended::TooMuch));
    }

    #[test]
    fn a_child_tells_its_result_and_learns_nothing_of_our_environment() {
        let Ended::Done(status, out) =
            run_shell("printf '%s' \"$KIND\"; printf '%s' \"$HOME\"; exit 3", LIMITS)
        else {
            panic!("it ends by itself");
        };
        assert_eq!((status.code(), out.as_slice()), (Some(3), &b"a b"[..]));
    }

    #[test]
    fn a_child_that_swells_dies_alone() {
        let small = Limits { memory: Some(64 * 1024 * 1024), ..LIMITS };
        let Ended::Done(status, _) = run_shell("x=a; while :; do x=$x$x; done", small) else {
            panic!("it dies by itself");
        };
        assert!(!status.success());
    }
}
