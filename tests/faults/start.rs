//! A start in which a call fails: it ends with its reason, and takes nothing of what was there.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use conexion::wire::Flags;
use tempfile::TempDir;

use crate::failures::{self, Failure};
use crate::link::{Answer, Link};
use crate::programs::{Served, conexion, signal};
use crate::traced::{Injected, call_of, from_the_start, whole_lines};

/// Longer than a start takes, under a tracer.
const LONG: Duration = Duration::from_secs(20);

const RESUME: Flags = Flags { overwrite: false, resume: true };
const HELD: &[u8] = b"what was sent before";
const SIZE: u64 = 40;
const VISIBLE: &[u8] = b"what was stored before";

/// What a server has left: a file, held octets, and what is of no use to anybody.
struct Left(TempDir);

impl Left {
    fn new() -> Self {
        let left = Self(tempfile::tempdir().expect("a folder"));
        let root = left.root();
        fs::create_dir(&root).expect("a folder");
        fs::write(root.join("visible"), VISIBLE).expect("a file");
        let (served, address) = Served::durable(conexion(), &root);
        let mut link = Link::open(address).expect("a server");
        link.file("held", SIZE, RESUME).expect("a server");
        link.answer().expect("an answer");
        link.data(HELD).expect("a server");
        link.half_close().expect("a server");
        link.answer().expect_err("the end");
        drop(served);
        fs::write(left.useless(), b"of a size that nobody knew").expect("a file");
        left
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    fn useless(&self) -> PathBuf {
        self.root().join(".conexion/unknown-7.temp")
    }

    /// A server here has all of it, and stores.
    fn serves(&self, address: SocketAddr) -> Result<(), String> {
        let open = || Link::open(address).map_err(|error| error.to_string());
        let mut link = open()?;
        link.file("held", SIZE, RESUME).map_err(|error| error.to_string())?;
        match link.answer() {
            Ok(Answer::Continue(point)) if point.offset == HELD.len() as u64 => {}
            other => return Err(format!("what was held has {other:?}")),
        }
        drop(link);
        match open()?.upload("new/file", b"new", Flags { overwrite: true, resume: false }) {
            Ok(Answer::Stored) => {}
            other => return Err(format!("an upload has {other:?}")),
        }
        let visible = fs::read(self.root().join("visible")).ok();
        if visible.as_deref() == Some(VISIBLE) { Ok(()) } else { Err("a file changed".to_owned()) }
    }
}

/// A start under a tracer.
struct Start(Child);

impl Start {
    fn new(left: &Left, failure: Option<&Failure>) -> Self {
        let child = from_the_start(&conexion(), &left.log(), failure)
            .args(["serve", "--durability", "full", "--listen", "127.0.0.1:0", "--root"])
            .arg(left.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace");
        Self(child)
    }

    /// Where it listens, unless it ends.
    fn address(&mut self) -> Option<SocketAddr> {
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("UTF-8");
        line.trim().strip_prefix("listening on ")?.parse().ok()
    }

    /// Lets it go on without the tracer, which makes a call of each thread fail.
    fn detach(&self) {
        let status = format!("/proc/{}/status", self.0.id());
        let tracer = || {
            let status = fs::read_to_string(&status).expect("a process");
            let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:\t"));
            line.and_then(|tracer| tracer.parse().ok()).expect("a number")
        };
        let begun = Instant::now();
        while let process @ 1.. = tracer() {
            assert!(begun.elapsed() < LONG, "strace does not detach");
            signal(process, "-INT");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has said, once it has ended by itself.
    fn reason(&mut self) -> Result<String, String> {
        let mut said = String::new();
        self.0.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
        let status = self.0.wait().expect("a child");
        let is_reason = said.lines().count() == 1 && said.starts_with("conexion: ");
        let ended = status.code().is_some_and(|code| code != 0);
        if is_reason && ended {
            Ok(said.trim().to_owned())
        } else {
            Err(format!("{status}: {said}"))
        }
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for the tracer, which writes on when the server has ended.
fn wait_for(log: &Path, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        let text = fs::read_to_string(log).unwrap_or_default();
        if is_there(&text) {
            return Some(whole_lines(&text));
        }
        thread::sleep(Duration::from_millis(2));
    }
    None
}

/// The calls of a start, and which of their kind each is: from the first that has to do with the
/// root to the last before the server says where it listens.
pub(crate) fn record() -> Vec<(String, usize)> {
    let left = Left::new();
    let mut start = Start::new(&left, None);
    start.address().expect("nothing fails");
    let says = |line: &str| line.contains("write(1<");
    let log = wait_for(&left.log(), |log| log.lines().any(says)).expect("a log");
    let root = format!("\"{}\"", left.root().display());
    let mut of_a_kind = std::collections::BTreeMap::<&str, usize>::new();
    let mut calls = Vec::new();
    let mut begun = false;
    let main = call_of(&log).expect("a call").0;
    for line in log.lines() {
        let Some((thread, call)) = call_of(line) else { continue };
        if thread != main {
            continue;
        }
        let position = of_a_kind.entry(call).or_default();
        *position += 1;
        begun |= line.contains(&root) && call != "execve";
        if says(line) {
            break;
        }
        if begun && failures::is_made_to_fail(call) {
            calls.push((call.to_owned(), *position));
        }
    }
    calls
}

/// Starts a server with a failure; what it says when it ends, or why it need not.
pub(crate) fn hold(failure: &Failure) -> Result<String, String> {
    let left = Left::new();
    let mut start = Start::new(&left, Some(failure));
    let address = start.address();
    let log =
        wait_for(&left.log(), |log| Injected::of(log).is_some()).ok_or("that call was not made")?;
    let injected = Injected::of(&log).expect("it is there");
    let outcome = match address {
        Some(address) => {
            start.detach();
            left.serves(address)?;
            match failures::harmless(&injected, &[]) {
                Some(harmless) => harmless.why.to_owned(),
                None if failure.error == "EINTR" => "tried again".to_owned(),
                None => return Err(format!("nothing came of it: {}", injected.line)),
            }
        }
        None => start.reason()?,
    };
    drop(start);
    let (_served, address) = Served::durable(conexion(), &left.root());
    left.serves(address).map_err(|error| format!("{outcome}, and the next start: {error}"))?;
    if left.useless().exists() { Err("it is not put in order".to_owned()) } else { Ok(outcome) }
}
