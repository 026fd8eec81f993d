//! Judges wrong servers side by side, and says what came of it.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conexion::conformance::{self, Case, CaseResult, Settings, Verdict, registry, requirement};
use conexion::wire::Role;

use crate::Running;
use crate::entry::{Entry, Wrong};

/// How many servers are judged side by side; they mostly wait.
const SERVERS: usize = 24;

/// What a case sees when nothing comes.
const NOTHING: &str = "nothing until the deadline";

/// What came of a fault.
pub(crate) struct Judged {
    entry: &'static Entry,
    /// The cases that failed or were weak, in the order of the suite, and what each saw.
    failed: Vec<(&'static str, String)>,
    /// What was asked and did not fail, with its verdict.
    others: Vec<(&'static str, Verdict, String)>,
}

impl Judged {
    /// What is not as the fault says.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let Entry { name, fails, hangs, .. } = self.entry;
        let mut complaints = Vec::new();
        for (id, verdict, seen) in self.others.iter().filter(|(id, ..)| fails.contains(id)) {
            complaints.push(format!("{name} is not failed by `{id}`: {verdict}, {seen}"));
        }
        let named = self.failed.iter().filter(|(id, _)| fails.contains(id));
        for (id, _) in named.filter(|(_, seen)| !hangs && seen.contains(NOTHING)) {
            complaints.push(format!("{name} is failed by `{id}` only since nothing comes"));
        }
        complaints
    }
}

/// Judges all faults by the cases that they name; with `KILL_MATRIX` by every case, all or the
/// one that it names.
pub(crate) fn judge_all(entries: &[&'static Entry]) -> Vec<Judged> {
    let wanted = std::env::var("KILL_MATRIX").ok();
    let all = wanted.as_deref().is_none_or(|wanted| wanted == "whole");
    let chosen = |entry: &&&'static Entry| all || wanted.as_deref() == Some(entry.name);
    let entries: Vec<&'static Entry> = entries.iter().filter(chosen).copied().collect();
    assert!(!entries.is_empty(), "no fault is called {wanted:?}");
    let next = AtomicUsize::new(0);
    let judged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = judge(entry, wanted.is_some());
                    judged.lock().expect("nobody panics").push(one);
                }
            });
        }
    });
    let mut judged = judged.into_inner().expect("nobody panics");
    let place = |name| entries.iter().position(|entry| entry.name == name);
    judged.sort_by_key(|judged: &Judged| place(judged.entry.name));
    judged
}

fn judge(entry: &'static Entry, whole: bool) -> Judged {
    let mut cases = registry(Role::Server);
    cases.retain(|case| whole || entry.fails.contains(&case.id));
    let wait = if entry.hangs || whole { 2 } else { 60 };
    // Each on a server of its own: what a case finds must not hang on what others have left there.
    let together = if whole { cases.len() } else { 1 };
    let ask =
        |cases| run(&Running::start(Wrong(Some(entry.fault))), cases, Duration::from_secs(wait));
    let results = cases.chunks(together).flat_map(ask);
    let (mut failed, mut others) = (Vec::new(), Vec::new());
    for CaseResult { case, verdict, expected, seen, .. } in results {
        let seen = format!("expected {expected}, saw {seen}");
        match verdict {
            Verdict::Fail | Verdict::Weak => failed.push((case.id, seen)),
            verdict => others.push((case.id, verdict, seen)),
        }
    }
    Judged { entry, failed, others }
}

/// What a server fails or cannot be judged by, of all cases.
pub(crate) fn judge_right(server: &Running) -> Vec<String> {
    let results = run(server, &registry(Role::Server), Duration::from_secs(60));
    let right = [Verdict::Pass, Verdict::Info, Verdict::NotApplicable];
    let wrong = results.into_iter().filter(|result| !right.contains(&result.verdict));
    wrong
        .map(|result| {
            let CaseResult { case, verdict, expected, seen, .. } = result;
            format!("{verdict} {}: expected {expected}, saw {seen}", case.id)
        })
        .collect()
}

/// Runs the cases against a server. All that the suite would find out is declared, so that it
/// asks for the cases only.
fn run(server: &Running, cases: &[&'static Case], timeout: Duration) -> Vec<CaseResult> {
    let settings = Settings {
        timeout,
        // Long, since a fault that should break it may be late on a busy machine, and below
        // the timers.
        silence: Duration::from_millis(300),
        // Long, for those that take what one read has returned.
        pause: Duration::from_millis(3),
        patience: Duration::from_secs(5),
        jobs: 16,
        root: server.root.clone(),
        profile: server.profile.clone(),
        ..Settings::default()
    };
    let report = conformance::run(server.address, cases, &settings, |_| {});
    report.expect("the server listens").results
}

/// Fault, sentence and cases, and how many there are.
pub(crate) fn table(judged: &[Judged]) -> String {
    let mut table = String::new();
    for Judged { entry, failed, .. } in judged {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{:<34} {:<34} {}", entry.name, entry.breaks, entry.did);
        let named = |id: &&str| entry.fails.contains(id);
        let (named, others): (Vec<&str>, Vec<&str>) =
            failed.iter().map(|(id, _)| *id).partition(named);
        let _ = writeln!(table, "    {}", named.join(" "));
        if !others.is_empty() {
            let _ = writeln!(table, "    also {}", others.join(" "));
        }
    }
    let kills: usize = judged.iter().map(|judged| judged.failed.len()).sum();
    let _ = writeln!(table, "{} faults, {kills} failures", judged.len());
    table
}

/// The faults of which no case that they name cites the sentence.
pub(crate) fn uncited(entries: &[&'static Entry]) -> Vec<String> {
    let cases = registry(Role::Server);
    let mut uncited = Vec::new();
    for Entry { name, breaks, fails, .. } in entries {
        if requirement(breaks).is_none() {
            uncited.push(format!("{name}: no `{breaks}`"));
        }
        let mut cites = false;
        for id in *fails {
            match cases.iter().find(|case| case.id == *id) {
                Some(case) => cites |= case.requirements.contains(breaks),
                None => uncited.push(format!("{name}: no case `{id}`")),
            }
        }
        if !cites {
            uncited.push(format!("{name}: no case cites `{breaks}`"));
        }
    }
    uncited
}

/// The cases of these that no fault fails.
pub(crate) fn dodging(
    entries: &[&'static Entry],
    ours: impl Fn(&str) -> bool,
) -> Vec<&'static str> {
    let fails = |id: &str| entries.iter().any(|entry| entry.fails.contains(&id));
    let ids = registry(Role::Server).into_iter().map(|case| case.id);
    ids.filter(|id| ours(id) && !fails(id)).collect()
}
