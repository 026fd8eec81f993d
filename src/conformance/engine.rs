//! Runs cases side by side and collects their results in order.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use super::target::run_name;
use super::{
    Ask, Case, Conclusion, Departure, Outcome, Proof, Segmentation, Settings, Target, Transcript,
    Trial, Turn, Unreachable, Verdict, capacity, oracle,
};

/// What came of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case.
    pub case: &'static Case,
    /// Its judgement.
    pub verdict: Verdict,
    /// What it expected, or empty.
    pub expected: String,
    /// What it saw or the reason, or empty.
    pub seen: String,
    /// All of its connections, and those of its twin and of the proof of life where these
    /// decided.
    pub evidence: Vec<Transcript>,
    /// How far the files that it saw stored were looked at; `None` if there were none.
    pub proof: Option<Proof>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The server.
    pub target: SocketAddr,
    /// One result for each case, in the order in which the cases were given.
    pub results: Vec<CaseResult>,
    /// How long it took.
    pub elapsed: Duration,
    /// What is wrong with the run itself, such as an entry of the baseline that nobody
    /// needs. Any of these fails the run.
    pub problems: Vec<String>,
}

impl Report {
    /// How many cases had this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.results.iter().filter(|result| result.verdict == verdict).count()
    }

    /// What the run says as a whole.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        Conclusion::of(self.results.iter().map(|result| result.verdict)).with(&self.problems)
    }
}

/// Runs the cases against the server, each in its [`Turn`], and hands each result to
/// `observe` as soon as it and all results before it are there.
///
/// # Errors
///
/// [`Unreachable`], before any case, if no connection can be made.
pub fn run(
    target: SocketAddr,
    cases: &[&'static Case],
    settings: &Settings,
    mut observe: impl FnMut(&CaseResult),
) -> Result<Report, Unreachable> {
    let began = Instant::now();
    let run = run_name();
    let target = Target::probe(target, &format!("{run}/probe"), settings)?;
    let jury = Jury { target: &target, settings, run: &run };

    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|&number| cases[number].turn);
    let beside = order.partition_point(|&number| cases[number].turn != Turn::Alone);
    let (beside, alone) = order.split_at(beside);

    let jobs = match cases.len() {
        0 | 1 => 1,
        _ => capacity::jobs(&target, settings),
    };
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut early = BTreeMap::new();
    let mut results = Vec::with_capacity(cases.len());
    let mut collect = |number, result| {
        early.insert(number, result);
        while let Some(mut result) = early.remove(&results.len()) {
            settings.baseline.apply(&mut result, SystemTime::now());
            observe(&result);
            results.push(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(cases.len()) {
            let (sender, next, jury) = (sender.clone(), &next, &jury);
            scope.spawn(move || {
                while let Some(&number) = beside.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The receiver outlives the threads.
                    let _ = sender.send((number, jury.judge(number, cases[number])));
                }
            });
        }
        drop(sender);
        for (number, result) in receiver {
            collect(number, result);
        }
    });
    for &number in alone {
        collect(number, jury.judge(number, cases[number]));
    }
    let mut problems = settings.profile.contradictions(&target.limits);
    problems.extend(settings.baseline.problems(&results, SystemTime::now()));
    Ok(Report { target: target.address, results, elapsed: began.elapsed(), problems })
}

/// What judging a case takes.
struct Jury<'s> {
    target: &'s Target,
    settings: &'s Settings,
    run: &'s str,
}

impl Jury<'_> {
    fn judge(&self, number: usize, case: &'static Case) -> CaseResult {
        let began = Instant::now();
        if let (true, Some(reason)) = (case.segmentation != Segmentation::Whole, case.whole_only) {
            return groundless(case, format!("only sent whole is it judged: {reason}"));
        }
        let ask = |folder: String, label, ask: Ask| {
            let trial = Trial::new(self.settings, self.target, folder, label);
            self::ask(trial.segmented(case.segmentation), ask)
        };
        let (mut outcome, mut evidence, proof) =
            ask(format!("{}/{number}", self.run), "case", case.run);
        if let (Ok(()), Some(twin)) = (&outcome, case.twin) {
            let proofs: [(&str, &str, Ask); 2] = [
                ("twin", "twin", twin),
                ("proof of life", "alive", |trial| trial.open()?.finish()),
            ];
            for (label, folder, proof) in proofs {
                let folder = format!("{}/{number}-{folder}", self.run);
                let (proved, transcripts, _) = ask(folder, label, proof);
                if let Err(departure) = proved {
                    evidence.extend(transcripts);
                    outcome = Err(refute(label, &departure));
                    break;
                }
            }
        }
        let departure = outcome.err().map(|found| self.as_declared(case, found));
        let verdict = departure.as_ref().map_or(Verdict::Pass, |departure| departure.verdict);
        let (expected, seen) = departure
            .map_or_else(Default::default, |departure| (departure.expected, departure.seen));
        CaseResult { case, verdict, expected, seen, evidence, proof, elapsed: began.elapsed() }
    }

    /// What a server may have or not is judged by what its author declares.
    fn as_declared(&self, case: &Case, found: Departure) -> Departure {
        let optional = found.verdict == Verdict::Info && case.requirements.contains(&"held.none");
        match self.settings.profile.resume {
            Some(true) if optional => Departure::fail("octets held, as declared", found.seen),
            Some(false) if optional => Departure::not_applicable("resume is declared absent"),
            _ => found,
        }
    }
}

fn ask(mut trial: Trial<'_>, ask: Ask) -> (Outcome, Vec<Transcript>, Option<Proof>) {
    let mut proof = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        ask(&mut trial)?;
        trial.flush();
        proof = oracle::examine(&mut trial)?;
        Ok(())
    }))
    .unwrap_or_else(|panic| Err(Departure::harness(panic_message(panic.as_ref()))));
    (outcome, trial.transcripts(), proof)
}

/// A case that has no ground, whatever the server is.
fn groundless(case: &'static Case, seen: String) -> CaseResult {
    CaseResult {
        case,
        verdict: Verdict::NotApplicable,
        expected: String::new(),
        seen,
        evidence: Vec::new(),
        proof: None,
        elapsed: Duration::ZERO,
    }
}

/// A refusal counts only if what is not to be refused is not.
fn refute(label: &str, departure: &Departure) -> Departure {
    let Departure { verdict, expected, seen } = departure;
    match verdict {
        Verdict::NotApplicable | Verdict::HarnessError => departure.clone(),
        _ if expected.is_empty() => Departure::inconclusive(format!("the {label} failed: {seen}")),
        _ => Departure::inconclusive(format!(
            "refused as it should be, but the {label} failed too: expected {expected}, saw {seen}"
        )),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the case panicked: {}", text.unwrap_or("without a message"))
}
