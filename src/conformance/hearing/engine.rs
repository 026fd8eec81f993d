//! Hears a client case by case, as many cases side by side as there are slots.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Instant, SystemTime};

use super::slot::Slot;
use super::{Driver, Hearing};
use crate::conformance::engine::{Collected, panic_message, refute, without_asking};
use crate::conformance::target::run_name;
use crate::conformance::{
    Case, CaseResult, Departure, Hear, Outcome, Question, Report, Segmentation, Settings,
    Transcript, Turn, Verdict,
};

/// Where a client under test is awaited.
#[derive(Debug)]
pub struct Listen {
    slots: Vec<Slot>,
}

impl Listen {
    /// Binds the address; port 0 takes a free one. On 127.0.0.1 further loopback addresses
    /// are bound on the same port, so that up to `jobs` cases can go on side by side.
    ///
    /// # Errors
    ///
    /// Those of binding.
    pub fn bind(address: SocketAddr, jobs: usize) -> io::Result<Self> {
        Slot::bind(address, jobs).map(|slots| Self { slots })
    }

    /// The first of the addresses, with the port that was really taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.slots[0].address()
    }
}

/// How many results may be due to a busy machine that are the same when nothing goes on
/// beside them. If there are more, they are due to the client.
const LATE_MOST: usize = 4;

/// How much longer a client is waited for that is heard once more.
const PATIENT: u32 = 2;

/// Most cases in a row to which the client does not come, before the rest is given up.
const ABSENT: usize = 8;

/// Hears the client that `driver` starts, and hands each result to `observe` as soon as it
/// and all results before it are there. Sources are written below `folder`.
pub fn hear(
    listen: &Listen,
    driver: &dyn Driver,
    cases: &[&'static Case],
    settings: &Settings,
    folder: &Path,
    observe: impl FnMut(&CaseResult),
) -> Report {
    let began = Instant::now();
    let run = run_name();
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|&number| cases[number].turn);
    let next = AtomicUsize::new(0);
    let attendance = Attendance::default();
    let (sender, receiver) = mpsc::channel();
    let mut collected = Collected::new(&settings.baseline, observe);
    let mut again = Vec::new();
    let slots = &listen.slots[..driver.most().clamp(1, listen.slots.len())];
    std::thread::scope(|scope| {
        for slot in slots {
            let (sender, next, order, run) = (sender.clone(), &next, &order, &run);
            let attendance = &attendance;
            scope.spawn(move || {
                let jury = Jury { settings, driver, slot, folder, run };
                while attendance.over(settings).is_none()
                    && let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let result = jury.judge(number, cases[number]);
                    attendance.note(&result);
                    // The receiver outlives the threads.
                    let _ = sender.send((number, result));
                }
            });
        }
        drop(sender);
        for (number, result) in receiver {
            if driver.tells_exit() && may_be_late(&result, settings) {
                again.push((number, result));
            } else {
                collected.add(number, result);
            }
        }
    });
    let patient = Settings { timeout: PATIENT * settings.timeout, ..settings.clone() };
    let mut still = 0;
    for (number, mut result) in again {
        if still < LATE_MOST && attendance.over(settings).is_none() {
            let run = &format!("{run}-again");
            let jury = Jury { settings: &patient, driver, slot: &listen.slots[0], folder, run };
            result = jury.judge(number, cases[number]);
            still += usize::from(may_be_late(&result, settings));
        }
        collected.add(number, result);
    }
    let missing = collected.missing(cases.len());
    let over = attendance.over(settings).filter(|_| !missing.is_empty());
    for &number in &missing {
        let reason = format!("not judged: {}", over.as_deref().unwrap_or("it was not heard"));
        collected.add(number, without_asking(cases[number], Verdict::Inconclusive, &reason));
    }
    let cut_short = over.map(|reason| format!("{reason}: {} cases are not judged", missing.len()));
    let results = collected.results;
    let problems = settings.baseline.problems(&results, SystemTime::now());
    Report { target: listen.address(), results, elapsed: began.elapsed(), problems, cut_short }
}

/// Whether a case may have been heard too late on a busy machine, since it waited for all of
/// the client's time or goes by pauses: it is heard once more, alone and with more patience.
fn may_be_late(result: &CaseResult, settings: &Settings) -> bool {
    let settled = matches!(
        result.verdict,
        Verdict::Pass | Verdict::Info | Verdict::NotApplicable | Verdict::HarnessError
    );
    let waited = result.elapsed >= settings.timeout || result.case.turn == Turn::First;
    waited && !settled
}

/// Whether the client comes at all.
#[derive(Debug, Default)]
struct Attendance(Mutex<(usize, String)>);

impl Attendance {
    fn note(&self, result: &CaseResult) {
        let unheard = matches!(result.verdict, Verdict::Inconclusive | Verdict::HarnessError);
        let mut absent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !result.evidence.is_empty() {
            *absent = (0, String::new());
        } else if unheard {
            *absent = (absent.0 + 1, result.seen.clone());
        }
    }

    /// Why no further case is heard, if so.
    fn over(&self, settings: &Settings) -> Option<String> {
        if settings.stop.load(Ordering::Relaxed) {
            return Some("the run was interrupted".to_owned());
        }
        let (count, why) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (*count >= ABSENT).then(|| format!("the client did not come to {count} cases ({why})"))
    }
}

/// What judging a case takes.
struct Jury<'s> {
    settings: &'s Settings,
    driver: &'s dyn Driver,
    slot: &'s Slot,
    folder: &'s Path,
    run: &'s str,
}

impl Jury<'_> {
    fn judge(&self, number: usize, case: &'static Case) -> CaseResult {
        let began = Instant::now();
        let (outcome, evidence) = self.outcome(number, case);
        let departure = outcome.err();
        CaseResult::new(case, departure, evidence, None, began.elapsed())
    }

    fn outcome(&self, number: usize, case: &'static Case) -> (Outcome, Vec<Transcript>) {
        let Question::Client { run, twin } = case.question else {
            let departure = Departure::harness("this case asks servers");
            return (Err(departure), Vec::new());
        };
        if let (true, Some(reason)) = (case.segmentation != Segmentation::Whole, case.whole_only) {
            let reason = format!("only sent whole is it judged: {reason}");
            return (Err(Departure::not_applicable(reason)), Vec::new());
        }
        self.driver.announce(&format!("{} ({})\n", case.id, case.title));
        let name = format!("{}/{number}", self.run);
        let (mut outcome, mut evidence) = self.hear(case, name, "case", run);
        if let (Ok(()), Some(twin)) = (&outcome, twin) {
            let name = format!("{}/{number}-twin", self.run);
            let (proved, transcripts) = self.hear(case, name, "twin", twin);
            if let Err(departure) = proved {
                evidence.extend(transcripts);
                outcome = Err(refute("twin", &departure));
            }
        }
        (outcome, evidence)
    }

    fn hear(
        &self,
        case: &Case,
        name: String,
        label: &'static str,
        hear: Hear,
    ) -> (Outcome, Vec<Transcript>) {
        let hearing = Hearing::new(self.settings, self.driver, self.slot, self.folder, name, label);
        let mut hearing = hearing.segmented(case.segmentation);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let outcome = hear(&mut hearing);
            hearing.outbox.flush();
            outcome
        }))
        .unwrap_or_else(|panic| Err(Departure::harness(panic_message(panic.as_ref()))));
        hearing.close();
        (outcome, hearing.transcripts())
    }
}
