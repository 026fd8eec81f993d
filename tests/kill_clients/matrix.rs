//! Judges wrong clients side by side, and says what came of it.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conexion::conformance::hearing::{Abilities, InProcess, Listen, Task, hear};
use conexion::conformance::{Case, CaseResult, Settings, Verdict, registry};
use conexion::wire::Role;

use crate::client::{Job, Upload, run};
use crate::faults::{Answers, Entry, Octets, Wrong};

/// How many clients are judged side by side; they mostly wait.
const CLIENTS: usize = 48;

/// How long a case takes part in the client's waits: short of all of them, or as long as the
/// 10 s of an automatic client.
const SHORT: Duration = Duration::from_millis(1500);
const LONG: Duration = Duration::from_secs(13);

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
        let Entry { name, fails, .. } = self.entry;
        let missed = self.others.iter().filter(|(id, ..)| fails.contains(id));
        missed
            .map(|(id, verdict, seen)| format!("{name} is not failed by `{id}`: {verdict}, {seen}"))
            .collect()
    }
}

/// Whether each fault is put to every case, and not only to those that it names.
fn whole() -> bool {
    std::env::var("KILL_MATRIX").is_ok_and(|wanted| wanted == "whole")
}

/// Judges all faults, each by the cases that it names or by every case.
pub(crate) fn judge_all(entries: &[&'static Entry]) -> Vec<Judged> {
    let next = AtomicUsize::new(0);
    let judged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = judge(entry);
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

fn judge(entry: &'static Entry) -> Judged {
    let mut cases = registry(Role::Client);
    // Cases about plain are slow, and what is wrong in the framed profile does not show there.
    let concerns = |id: &str| !id.starts_with("client.plain") || entry.name.starts_with("Plain");
    cases.retain(|case| entry.fails.contains(&case.id) || whole() && concerns(case.id));
    let timeout = Duration::from_secs(if whole() { 2 } else { 6 });
    let patience = if entry.waits { LONG } else { SHORT };
    let results = heard(Wrong(Some(entry.fault)), &cases, timeout, patience);
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

/// What the right client fails or cannot be judged by, of all cases.
pub(crate) fn judge_right() -> Vec<String> {
    let timeout = Duration::from_secs(60);
    let results = heard(Wrong(None), &registry(Role::Client), timeout, LONG);
    let wrong = results
        .into_iter()
        .filter(|result| !matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable));
    wrong
        .map(|result| {
            let CaseResult { case, verdict, expected, seen, .. } = result;
            format!("{verdict} {}: expected {expected}, saw {seen}", case.id)
        })
        .collect()
}

/// Hears a client with this fault.
fn heard(
    wrong: Wrong,
    cases: &[&'static Case],
    timeout: Duration,
    patience: Duration,
) -> Vec<CaseResult> {
    let abilities = Abilities { text: true, upload: true, both: true, session: true };
    let client = InProcess::new(abilities, move |job, server| {
        let jobs: Vec<Job> = job.tasks.iter().map(|task| asked(task, wrong)).collect();
        run(server, &jobs, wrong)
    });
    let settings = Settings {
        timeout,
        patience,
        // On a busy machine a fault that should break the silence may be late, and a client
        // that takes what one read has returned may find all of it.
        silence: Duration::from_millis(700),
        pause: Duration::from_millis(5),
        ..Settings::default()
    };
    let listen = Listen::bind(([127, 0, 0, 1], 0).into(), 16).expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    hear(&listen, &client, cases, &settings, folder.path(), |_| {}).results
}

/// What the client is asked for: to resume, since whoever does not cannot be asked much about
/// it, and with crc32, but for the faults that need the other.
fn asked(task: &Task, wrong: Wrong) -> Job {
    match task {
        Task::Text(text) => Job::Text(text.clone()),
        Task::Upload(source) => Job::Upload(Upload {
            source: source.path.clone(),
            destination: source.destination.clone(),
            overwrite: false,
            resume: !wrong.does(Answers::TakesOffsetUnasked),
            digest: if wrong.does(Octets::AlwaysCrc) { 32 } else { 4 },
        }),
    }
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
