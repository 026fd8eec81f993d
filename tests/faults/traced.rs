//! `strace`, attached to a server that is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failures::{Failure, is_made_to_fail};
use crate::programs;

/// Longer than it takes to attach.
const LONG: Duration = Duration::from_secs(20);

/// Whether the call came that was to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Injected {
    Yes,
    No,
}

pub(crate) fn assert_available() {
    let version = Command::new("strace").arg("-V").output();
    assert!(version.is_ok(), "this test needs strace: install the package of that name");
}

pub(crate) struct Tracer {
    strace: Child,
    log: PathBuf,
}

impl Tracer {
    /// Follows all threads of a process and those to come.
    pub(crate) fn attach(process: u32, log: &Path, failure: Option<&Failure>) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg(log).args(["-p", &process.to_string()]);
        if let Some(Failure { call, error, position }) = failure {
            command.args(["-e", &format!("trace={call}")]);
            command.args(["-e", &format!("inject={call}:error={error}:when={position}")]);
        }
        let strace = command.stderr(Stdio::piped()).spawn().expect("strace");
        let mut tracer = Self { strace, log: log.to_owned() };
        let begun = Instant::now();
        while !is_traced(process) {
            let ended = tracer.strace.try_wait().expect("a child");
            assert!(ended.is_none(), "strace may not attach: be root, or allow it for all (yama)");
            assert!(begun.elapsed() < LONG, "strace does not attach");
            thread::sleep(Duration::from_millis(1));
        }
        tracer
    }

    /// Lets the process go; what was seen of it.
    pub(crate) fn detach(mut self) -> String {
        programs::signal(self.strace.id(), "-INT");
        let _ = self.strace.wait();
        std::fs::read_to_string(&self.log).expect("a log")
    }
}

/// Whether each of its threads is traced.
fn is_traced(process: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("a process");
    tasks.flatten().all(|task| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        !status.contains("TracerPid:\t0\n")
    })
}

/// What each call is made of by the threads of connections, at most.
pub(crate) fn calls_of_connections(log: &str) -> BTreeMap<String, usize> {
    let mut threads: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        let is_name = call.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_');
        if is_name && !call.is_empty() {
            *threads.entry(thread).or_default().entry(call.to_owned()).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    // Only a new thread gives itself a name.
    for calls in threads.into_values().filter(|calls| calls.contains_key("prctl")) {
        for (call, count) in calls.into_iter().filter(|(call, _)| is_made_to_fail(call)) {
            let most = most.entry(call).or_insert(0);
            *most = count.max(*most);
        }
    }
    most
}
