//! What `strace` makes fail, and what it has written.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::failures::{Failure, is_made_to_fail};
use crate::strace::Strace;

/// A call of each new thread, so that of a traced server only threads of connections make it.
const NAMES_ITSELF: &str = "prctl";

/// A server whose calls are traced from its first on, to be given the arguments of one.
pub(crate) fn from_the_start(program: &Command, log: &Path, failure: Option<&Failure>) -> Command {
    let mut command = Command::new("strace");
    // -I: it lets its process go when it is asked to.
    command.args(["-D", "-I", "2", "-f", "-y", "-qq", "-o"]).arg(log);
    command.args(failure.map_or_else(Vec::new, injection)).arg(program.get_program());
    command
}

/// The arguments of `strace` with which a call fails. Beside it, only those are traced that
/// tell what came of it.
fn injection(Failure { call, error, position }: &Failure) -> Vec<String> {
    let inject = format!("inject={call}:error={error}:when={position}");
    let trace = format!("trace={call},mkdirat,prctl,renameat,sendto");
    vec!["-e".to_owned(), trace, "-e".to_owned(), inject]
}

/// The call that has failed, in the log of a tracer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Injected<'l> {
    before: &'l str,
    /// As `strace` writes it.
    pub(crate) line: &'l str,
    after: &'l str,
}

impl<'l> Injected<'l> {
    /// The call that has failed, if it came.
    pub(crate) fn of(log: &'l str) -> Option<Self> {
        Self::all(log).next()
    }

    /// That of a thread of a connection: other threads may have such a position, too.
    pub(crate) fn in_a_connection(log: &'l str) -> Option<Self> {
        Self::all(log).find(|injected| injected.before_it(NAMES_ITSELF).next().is_some())
    }

    fn all(log: &'l str) -> impl Iterator<Item = Self> {
        log.match_indices("(INJECTED)").map(|(at, _)| Self::at(log, at))
    }

    fn at(log: &'l str, at: usize) -> Self {
        let begin = log[..at].rfind('\n').map_or(0, |at| at + 1);
        let (before, rest) = log.split_at(begin);
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        Self { before, line, after }
    }

    /// Whether its thread makes this call afterwards.
    pub(crate) fn is_followed_by(&self, call: &str) -> bool {
        let thread = call_of(self.line).map(|(thread, _)| thread);
        let calls = self.after.lines().filter_map(call_of);
        calls.filter(|(of, _)| Some(*of) == thread).any(|(_, name)| name == call)
    }

    /// Whether it moves a file that is whole to its destination, or brings that move to the disk.
    pub(crate) fn is_of_a_publication(&self) -> bool {
        match call_of(self.line) {
            Some((_, "renameat")) => !self.line.contains(".part\")"),
            Some((_, "linkat" | "mkdirat" | "renameat2")) => true,
            Some((_, "fsync")) => !self.is_of_octets_to_disk(),
            _ => false,
        }
    }

    /// Whether it brings the octets of an upload to the disk.
    pub(crate) fn is_of_octets_to_disk(&self) -> bool {
        call_of(self.line).is_some_and(|(_, call)| call == "fsync") && self.line.contains(".part>")
    }

    /// Whether it looks at what is to be held.
    pub(crate) fn is_of_what_is_held(&self) -> bool {
        call_of(self.line).is_some_and(|(_, call)| call == "newfstatat")
            && self.line.contains(".part\"")
    }

    /// Whether it tells another connection that it was taken over.
    pub(crate) fn is_of_a_wake(&self) -> bool {
        call_of(self.line).is_some_and(|(_, call)| call == "write") && self.line.contains("<pipe:")
    }

    /// The name of what it was to remove.
    pub(crate) fn not_removed(&self) -> Option<&'l str> {
        self.named().filter(|_| call_of(self.line).is_some_and(|(_, call)| call == "unlinkat"))
    }

    /// What its thread has done of this call before.
    fn before_it(&self, call: &'static str) -> impl Iterator<Item = &'l str> {
        let thread = call_of(self.line).map(|(thread, _)| thread);
        let calls = self.before.lines();
        calls.filter(move |line| call_of(line).is_some_and(|of| Some(of) == thread.zip(Some(call))))
    }

    /// Whether an upload is open: the last answer of its thread is CONTINUE.
    pub(crate) fn is_in_an_upload(&self) -> bool {
        let last = self.before_it("sendto").last();
        last.and_then(named).is_some_and(|octets| octets.starts_with("C\\0"))
    }

    /// Whether its thread has moved a file before.
    pub(crate) fn is_after_a_move(&self) -> bool {
        self.before_it("renameat").any(|line| line.ends_with("= 0"))
    }

    /// The name in its arguments.
    pub(crate) fn named(&self) -> Option<&'l str> {
        named(self.line)
    }

    /// Whether a folder of this name has been made before.
    pub(crate) fn has_made(&self, name: &str) -> bool {
        let made = |line: &&str| {
            call_of(line).is_some_and(|(_, call)| call == "mkdirat") && line.ends_with("= 0")
        };
        self.before.lines().filter(made).filter_map(named).any(|made| made == name)
    }
}

/// What stands in quotes first.
fn named(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

pub(crate) struct Tracer(Strace);

impl Tracer {
    /// Follows all threads of a process and those to come.
    pub(crate) fn attach(process: u32, log: &Path, failure: Option<&Failure>) -> Self {
        Self(Strace::attach(process, log, &failure.map_or_else(Vec::new, injection)))
    }

    /// Lets the process go; what was seen of it.
    pub(crate) fn detach(self) -> String {
        whole_lines(&self.0.detach())
    }
}

/// What each call is made of by the threads of connections, at most.
pub(crate) fn calls_of_connections(log: &str) -> BTreeMap<String, usize> {
    let mut threads: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for (thread, call) in log.lines().filter_map(call_of) {
        *threads.entry(thread).or_default().entry(call.to_owned()).or_default() += 1;
    }
    let mut most = BTreeMap::new();
    for calls in threads.into_values().filter(|calls| calls.contains_key(NAMES_ITSELF)) {
        for (call, count) in calls.into_iter().filter(|(call, _)| is_made_to_fail(call)) {
            let most = most.entry(call).or_insert(0);
            *most = count.max(*most);
        }
    }
    most
}

/// Each call in one line, as it ends: `strace` writes one in two if another thread has one meanwhile.
pub(crate) fn whole_lines(log: &str) -> String {
    let mut begun = BTreeMap::new();
    let mut whole = String::with_capacity(log.len());
    for line in log.lines() {
        let (thread, rest) = line.split_once(' ').unwrap_or_default();
        if let Some(beginning) = line.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, beginning);
            continue;
        }
        let end = rest.trim_start().strip_prefix("<... ").and_then(|it| it.split_once(" resumed>"));
        match end.and_then(|(_, end)| begun.remove(thread).zip(Some(end))) {
            Some((beginning, end)) => whole.extend([beginning, end, "\n"]),
            None => whole.extend([line, "\n"]),
        }
    }
    // Those in which a thread waits until the end, or with which it ends.
    for beginning in begun.into_values() {
        whole.extend([beginning, "\n"]);
    }
    whole
}

/// The thread and the name of a call that begins in this line.
pub(crate) fn call_of(line: &str) -> Option<(&str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, _) = rest.trim_start().split_once('(')?;
    let is_name = call.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_');
    (is_name && !call.is_empty()).then_some((thread, call))
}
