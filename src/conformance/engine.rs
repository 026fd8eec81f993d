//! Runs cases side by side and collects their results in order.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use super::life::Watch;
use super::target::run_name;
use super::{
    Ask, Baseline, Case, Conclusion, Departure, Outcome, Proof, Question, Segmentation, Settings,
    Target, Transcript, Trial, Turn, Unreachable, Verdict, capacity, oracle,
};

/// How many results may be due to a machine that was too slow. If there are more, they are
/// due to the target.
const LATE_MOST: usize = 8;

/// How often such a result is asked for again.
const LATE_ROUNDS: usize = 2;

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
    /// Why not all cases were asked, if so: the target was gone, or the run interrupted.
    pub cut_short: Option<String>,
}

impl CaseResult {
    pub(super) fn new(
        case: &'static Case,
        departure: Option<Departure>,
        evidence: Vec<Transcript>,
        proof: Option<Proof>,
        elapsed: Duration,
    ) -> Self {
        let verdict = departure.as_ref().map_or(Verdict::Pass, |departure| departure.verdict);
        let (expected, seen) = departure
            .map_or_else(Default::default, |departure| (departure.expected, departure.seen));
        Self { case, verdict, expected, seen, evidence, proof, elapsed }
    }
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
    observe: impl FnMut(&CaseResult),
) -> Result<Report, Unreachable> {
    let began = Instant::now();
    let run = run_name();
    let target = Target::probe(target, &format!("{run}/probe"), settings)?;
    let jury = Jury { target: &target, settings, run: &run };

    let mut order: Vec<usize> = (0..cases.len()).collect();
    // What waits for the pauses of plain takes long, and would be left over at the end.
    order.sort_by_key(|&number| (cases[number].turn, cases[number].topic() != "plain"));
    let beside = order.partition_point(|&number| cases[number].turn != Turn::Alone);
    let (beside, alone) = order.split_at(beside);

    let jobs = match cases.len() {
        0 | 1 => 1,
        _ => capacity::jobs(&target, settings),
    };
    let watch = Watch::new(&target, settings);
    let mut collected = Collected::new(&settings.baseline, observe);
    let mut late = Vec::new();
    let mut gone = Vec::new();
    let bench = Bench { cases, watch: &watch, jobs };
    bench.ask(&jury, beside, |number, asked| match asked {
        Asked::Counts(result) => collected.add(number, result),
        Asked::Late(result) => late.push((number, result)),
        Asked::Gone => gone.push(number),
    });
    for _ in 0..LATE_ROUNDS {
        if late.is_empty() || late.len() > LATE_MOST {
            break;
        }
        let numbers: Vec<_> = late.drain(..).map(|(number, _)| number).collect();
        let anew = Jury { run: &run_name(), ..jury };
        bench.ask(&anew, &numbers, |number, asked| match asked {
            Asked::Counts(result) => collected.add(number, result),
            Asked::Late(result) => late.push((number, result)),
            Asked::Gone => gone.push(number),
        });
    }
    for (number, result) in late {
        collected.add(number, result);
    }
    // What met a target that was gone is asked once more, where nothing else can be to blame.
    let anew = Jury { run: &run_name(), ..jury };
    let rest = gone.iter().map(|&number| (&anew, number));
    for (jury, number) in rest.chain(alone.iter().map(|&number| (&jury, number))) {
        if !watch.goes_on() {
            break;
        }
        let began = Instant::now();
        let mut result = jury.judge(number, cases[number]);
        if watch.may_be_late(&result) {
            result = Jury { run: &run_name(), ..*jury }.judge(number, cases[number]);
        }
        if !watch.counts(&mut result, began) {
            result.seen = format!("{} (and then the target was gone for a while)", result.seen);
        }
        collected.add(number, result);
    }
    let missing = collected.missing(cases.len());
    let over = watch.over().filter(|_| !missing.is_empty());
    for &number in &missing {
        let reason = over.as_deref().unwrap_or("it was not asked");
        let reason = format!("not judged: {reason}");
        collected.add(number, without_asking(cases[number], Verdict::Inconclusive, &reason));
    }
    let cut_short = over.map(|reason| format!("{reason}: {} cases are not judged", missing.len()));
    let results = collected.results;
    let mut problems = settings.profile.contradictions(&target.limits);
    problems.extend(settings.baseline.problems(&results, SystemTime::now()));
    let (target, elapsed) = (target.address, began.elapsed());
    Ok(Report { target, results, elapsed, problems, cut_short })
}

/// Asks cases side by side.
struct Bench<'s> {
    cases: &'s [&'static Case],
    watch: &'s Watch<'s>,
    jobs: usize,
}

/// What came of asking a case beside others.
enum Asked {
    /// A result that counts.
    Counts(CaseResult),
    /// One that this machine or the target may have been too slow for.
    Late(CaseResult),
    /// None: the target was gone meanwhile.
    Gone,
}

impl Bench<'_> {
    fn ask(&self, jury: &Jury<'_>, numbers: &[usize], mut each: impl FnMut(usize, Asked)) {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.min(numbers.len()) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    while self.watch.goes_on()
                        && let Some(&number) = numbers.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        // The receiver outlives the threads.
                        let _ = sender.send((number, self.ask_one(jury, number)));
                    }
                });
            }
            drop(sender);
            for (number, asked) in receiver {
                each(number, asked);
            }
        });
    }

    fn ask_one(&self, jury: &Jury<'_>, number: usize) -> Asked {
        let began = Instant::now();
        let mut result = jury.judge(number, self.cases[number]);
        if !self.watch.counts(&mut result, began) {
            Asked::Gone
        } else if self.watch.may_be_late(&result) {
            Asked::Late(result)
        } else {
            Asked::Counts(result)
        }
    }
}

/// Results, which are handed on in the order of their cases.
pub(super) struct Collected<'s, F> {
    baseline: &'s Baseline,
    observe: F,
    pub(super) results: Vec<CaseResult>,
    early: BTreeMap<usize, CaseResult>,
}

impl<'s, F: FnMut(&CaseResult)> Collected<'s, F> {
    pub(super) const fn new(baseline: &'s Baseline, observe: F) -> Self {
        Self { baseline, observe, results: Vec::new(), early: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, number: usize, result: CaseResult) {
        self.early.insert(number, result);
        while let Some(mut result) = self.early.remove(&self.results.len()) {
            self.baseline.apply(&mut result, SystemTime::now());
            (self.observe)(&result);
            self.results.push(result);
        }
    }

    /// The numbers, of so many cases, of those that have no result.
    pub(super) fn missing(&self, cases: usize) -> Vec<usize> {
        let numbers = self.results.len()..cases;
        numbers.filter(|number| !self.early.contains_key(number)).collect()
    }
}

/// What judging a case takes.
#[derive(Clone, Copy)]
struct Jury<'s> {
    target: &'s Target,
    settings: &'s Settings,
    run: &'s str,
}

impl Jury<'_> {
    fn judge(&self, number: usize, case: &'static Case) -> CaseResult {
        let began = Instant::now();
        if let (true, Some(reason)) = (case.segmentation != Segmentation::Whole, case.whole_only) {
            let reason = format!("only sent whole is it judged: {reason}");
            return without_asking(case, Verdict::NotApplicable, &reason);
        }
        let Question::Server { run, twin } = case.question else {
            return without_asking(case, Verdict::NotApplicable, "this case hears clients");
        };
        let ask = |folder: String, label, ask: Ask| {
            let trial = Trial::new(self.settings, self.target, folder, label);
            self::ask(trial.of(case), ask)
        };
        let Shown { mut outcome, mut evidence, proof, broken } =
            ask(format!("{}/{number}", self.run), "case", run);
        let case = broken.map_or(case, |requirement| citing(case, requirement));
        if let (Ok(()), Some(twin)) = (&outcome, twin) {
            let proofs: [(&str, &str, Ask); 2] = [
                ("twin", "twin", twin),
                ("proof of life", "alive", |trial| trial.open()?.finish()),
            ];
            for (label, folder, proof) in proofs {
                let folder = format!("{}/{number}-{folder}", self.run);
                let proved = ask(folder, label, proof);
                if let Err(departure) = proved.outcome {
                    evidence.extend(proved.evidence);
                    outcome = Err(refute(label, &departure));
                    break;
                }
            }
        }
        let departure = outcome.err().map(|found| self.as_declared(case, found));
        CaseResult::new(case, departure, evidence, proof, began.elapsed())
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

/// What came of asking.
struct Shown {
    outcome: Outcome,
    evidence: Vec<Transcript>,
    proof: Option<Proof>,
    /// The requirement that is broken, where the case is about many.
    broken: Option<&'static str>,
}

fn ask(mut trial: Trial<'_>, ask: Ask) -> Shown {
    let mut proof = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        ask(&mut trial)?;
        trial.flush();
        proof = match trial.proof() {
            None => oracle::examine(&mut trial)?,
            examined => examined,
        };
        Ok(())
    }))
    .unwrap_or_else(|panic| Err(Departure::harness(panic_message(panic.as_ref()))));
    Shown { outcome, evidence: trial.transcripts(), proof, broken: trial.broken() }
}

/// The same case, of which this requirement is what is broken. There are as many as there
/// are failures.
fn citing(case: &Case, requirement: &'static str) -> &'static Case {
    Box::leak(Box::new(Case { requirements: vec![requirement].leak(), ..*case }))
}

/// A case that is not put to the target, for this reason.
pub(super) fn without_asking(case: &'static Case, verdict: Verdict, reason: &str) -> CaseResult {
    CaseResult {
        case,
        verdict,
        expected: String::new(),
        seen: reason.to_owned(),
        evidence: Vec::new(),
        proof: None,
        elapsed: Duration::ZERO,
    }
}

/// A refusal counts only if what is not to be refused is not.
pub(super) fn refute(label: &str, departure: &Departure) -> Departure {
    let Departure { verdict, expected, seen } = departure;
    match verdict {
        Verdict::NotApplicable | Verdict::HarnessError => departure.clone(),
        _ if expected.is_empty() => Departure::inconclusive(format!("the {label} failed: {seen}")),
        _ => Departure::inconclusive(format!(
            "refused as it should be, but the {label} failed too: expected {expected}, saw {seen}"
        )),
    }
}

pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the case panicked: {}", text.unwrap_or("without a message"))
}
