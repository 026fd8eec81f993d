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

pub(crate) fn assert_available() {
    let version = Command::new("strace").arg("-V").output();
    assert!(version.is_ok(), "this test needs strace: install the package of that name");
}

/// A server whose calls are traced from its first on, to be given the arguments of one.
pub(crate) fn from_the_start(program: &Command, log: &Path, failure: Option<&Failure>) -> Command {
    let mut command = Command::new("strace");
    // -I: it lets its process go when it is asked to.
    command.args(["-D", "-I", "2", "-f", "-y", "-qq", "-o"]).arg(log);
    command.args(failure.map_or_else(Vec::new, injection)).arg(program.get_program());
    command
}

/// The arguments of `strace` with which a call fails, and no other is traced.
fn injection(Failure { call, error, position }: &Failure) -> Vec<String> {
    let inject = format!("inject={call}:error={error}:when={position}");
    vec!["-e".to_owned(), format!("trace={call}"), "-e".to_owned(), inject]
}

/// The call that has failed, as `strace` writes it, if it came.
pub(crate) fn injected(log: &str) -> Option<&str> {
    log.lines().find(|line| line.contains("(INJECTED)"))
}

pub(crate) struct Tracer {
    strace: Child,
    log: PathBuf,
}

impl Tracer {
    /// Follows all threads of a process and those to come.
    pub(crate) fn attach(process: u32, log: &Path, failure: Option<&Failure>) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-qq", "-o"]).arg(log).args(["-p", &process.to_string()]);
        command.args(failure.map_or_else(Vec::new, injection));
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
    for (thread, call) in log.lines().filter_map(call_of) {
        *threads.entry(thread).or_default().entry(call.to_owned()).or_default() += 1;
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

/// The thread and the name of a call that begins in this line.
pub(crate) fn call_of(line: &str) -> Option<(&str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, _) = rest.trim_start().split_once('(')?;
    let is_name = call.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_');
    (is_name && !call.is_empty()).then_some((thread, call))
}
