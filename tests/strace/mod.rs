//! `strace`, attached to a process that is there.
#![allow(dead_code, reason = "each test uses a part, as its own module")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::programs;

/// Longer than it takes to attach, or to end with what it traces.
const LONG: Duration = Duration::from_secs(20);

pub(crate) fn assert_available() {
    static IS_AVAILABLE: LazyLock<bool> =
        LazyLock::new(|| Command::new("strace").arg("-V").output().is_ok());
    assert!(*IS_AVAILABLE, "this test needs strace: install the package of that name");
}

/// A tracer. It lets its process go when it is dropped.
pub(crate) struct Strace {
    child: Child,
    log: PathBuf,
}

impl Strace {
    /// Follows all threads of a process and those to come, with these arguments more.
    pub(crate) fn attach(process: u32, log: &Path, more: &[String]) -> Self {
        assert_available();
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-qq", "-o"]).arg(log).args(["-p", &process.to_string()]);
        let child = command.args(more).stderr(Stdio::piped()).spawn().expect("strace");
        let mut strace = Self { child, log: log.to_owned() };
        let begun = Instant::now();
        while !is_traced(process) {
            assert!(!strace.has_ended(), "strace may not attach: be root, or allow it (yama)");
            assert!(begun.elapsed() < LONG, "strace does not attach");
            thread::sleep(Duration::from_millis(1));
        }
        strace
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Lets the process go; what was seen of it.
    pub(crate) fn detach(mut self) -> String {
        self.stop();
        self.log()
    }

    /// What was seen of a process that is dead.
    pub(crate) fn ended(mut self) -> String {
        let begun = Instant::now();
        while !self.has_ended() {
            assert!(begun.elapsed() < LONG, "strace does not end with what it traces");
            thread::sleep(Duration::from_millis(1));
        }
        self.log()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    fn stop(&mut self) {
        if !self.has_ended() {
            programs::signal(self.child.id(), "-INT");
            let _ = self.child.wait();
        }
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        self.stop();
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
