//! From what a case finds to the exit code: every transition, by the engine itself.

mod peers;

use std::time::{Duration, SystemTime};

use conexion::conformance::{
    self, Ask, Baseline, Case, Conclusion, Departure, Outcome, Plain, Profile, Settings, Trial,
    Verdict, registry,
};
use conexion::wire::Role;
use peers::Peer;

use Verdict::{
    Fail, HarnessError, Inconclusive, Info, KnownFail, NotApplicable, Pass, UnexpectedPass, Weak,
};

#[expect(clippy::unnecessary_wraps, reason = "as every question, it has an outcome")]
fn pass(_: &mut Trial<'_>) -> Outcome {
    Ok(())
}

fn weak(_: &mut Trial<'_>) -> Outcome {
    Err(Departure::weak("better", "a fault"))
}

fn info(_: &mut Trial<'_>) -> Outcome {
    Err(Departure::info("a choice"))
}

fn fail(_: &mut Trial<'_>) -> Outcome {
    Err(Departure::fail("right", "a fault"))
}

fn groundless(_: &mut Trial<'_>) -> Outcome {
    Err(Departure::not_applicable("no ground"))
}

fn inconclusive(_: &mut Trial<'_>) -> Outcome {
    Err(Departure::inconclusive("a doubt"))
}

fn panic(_: &mut Trial<'_>) -> Outcome {
    // As a panic does, but for the noise.
    std::panic::resume_unwind(Box::new("on purpose"))
}

/// What a case may find, and what is made of it where no twin is asked.
const FOUND: [(Ask, Verdict); 7] = [
    (pass, Pass),
    (weak, Weak),
    (info, Info),
    (fail, Fail),
    (groundless, NotApplicable),
    (inconclusive, Inconclusive),
    (panic, HarnessError),
];

/// What is made of a refusal that came as it should, by what the twin finds: with a target
/// that answers afterwards, and with one that does not.
const TWINS: [(Option<Ask>, [Verdict; 2]); 8] = [
    (None, [Pass, Pass]),
    (Some(pass), [Pass, Inconclusive]),
    (Some(weak), [Inconclusive, Inconclusive]),
    (Some(info), [Inconclusive, Inconclusive]),
    (Some(fail), [Inconclusive, Inconclusive]),
    (Some(groundless), [NotApplicable, NotApplicable]),
    (Some(inconclusive), [Inconclusive, Inconclusive]),
    (Some(panic), [HarnessError, HarnessError]),
];

/// What is made of a case about a part that a target may lack, by what is declared of it:
/// nothing, that it is there, that it is absent.
const DECLARED: [(Option<bool>, Verdict); 3] =
    [(None, Info), (Some(true), Fail), (Some(false), NotApplicable)];

/// The kinds of entries of a baseline.
const ENTRIES: [&str; 6] = ["none", "FAIL", "WEAK", "another text", "expired", "another case"];

/// What an entry makes of a verdict, and the exit code of a run of that case alone.
const EXCUSED: [(Verdict, [(Verdict, u8); 6]); 7] = {
    let unexpected = (UnexpectedPass, 1);
    // An entry without ground is a problem of its own; one for a case that was not run is none.
    let groundless = (NotApplicable, 1);
    [
        (Pass, [(Pass, 0), unexpected, unexpected, unexpected, unexpected, (Pass, 0)]),
        (Weak, [(Weak, 0), (Weak, 0), (KnownFail, 0), (Weak, 0), (Weak, 1), (Weak, 0)]),
        (Info, [(Info, 3), unexpected, unexpected, unexpected, unexpected, (Info, 3)]),
        (Fail, [(Fail, 1), (KnownFail, 0), (Fail, 1), (Fail, 1), (Fail, 1), (Fail, 1)]),
        (
            NotApplicable,
            [
                (NotApplicable, 3),
                groundless,
                groundless,
                groundless,
                groundless,
                (NotApplicable, 3),
            ],
        ),
        // An entry excuses nothing that was not judged; that it expired is a problem still.
        (
            Inconclusive,
            [
                (Inconclusive, 3),
                (Inconclusive, 3),
                (Inconclusive, 3),
                (Inconclusive, 3),
                (Inconclusive, 1),
                (Inconclusive, 3),
            ],
        ),
        (
            HarnessError,
            [
                (HarnessError, 3),
                (HarnessError, 3),
                (HarnessError, 3),
                (HarnessError, 3),
                (HarnessError, 1),
                (HarnessError, 3),
            ],
        ),
    ]
};

#[test]
fn every_transition_is_that_of_the_tables() {
    let peers = [Peer::AcceptsAll.start(), Peer::RejectsAll.start()];
    let cases = cases();
    let mut transitions = 0;
    for (alive, peer) in peers.into_iter().enumerate() {
        for (resume, of_a_choice) in DECLARED {
            for (column, entry) in ENTRIES.into_iter().enumerate() {
                let settings = Settings {
                    timeout: Duration::from_secs(20),
                    jobs: 8,
                    baseline: baseline(entry, &cases),
                    profile: Profile {
                        plain: Some(Plain::Off),
                        resume,
                        connections: Some(64),
                        ..Profile::default()
                    },
                    ..Settings::default()
                };
                let report = conformance::run(peer, &cases, &settings, |_| {}).unwrap();
                let rows =
                    FOUND.iter().flat_map(|found| TWINS.iter().map(move |twin| (found, twin)));
                for (((_, found), (_, proved)), result) in rows.zip(&report.results) {
                    let judged = match found {
                        Pass => proved[alive],
                        Info => of_a_choice,
                        found => *found,
                    };
                    let (verdict, code) = excused(judged, column);
                    let what = format!("{found}, {proved:?}, {resume:?}, entry: {entry}");
                    assert_eq!(result.verdict, verdict, "{what}: {}", result.seen);
                    let this = std::slice::from_ref(result);
                    let problems = settings.baseline.problems(this, SystemTime::now());
                    let conclusion = Conclusion::of([verdict]).with(&problems);
                    assert_eq!(conclusion.exit_code(), code, "{what}: {problems:?}");
                    let beside = Conclusion::of([Pass, verdict]).with(&problems);
                    let code = if problems.is_empty() { beside_a_pass(verdict) } else { 1 };
                    assert_eq!(beside.exit_code(), code, "{what}, beside a pass: {problems:?}");
                    transitions += 1;
                }
            }
        }
    }
    assert_eq!(transitions, 7 * 8 * 2 * 3 * 6);
}

#[test]
fn no_case_at_all_is_wrong_usage() {
    let peer = Peer::AcceptsAll.start();
    let report = conformance::run(peer, &[], &Settings::default(), |_| {}).unwrap();
    assert_eq!(report.conclusion(), Conclusion::NothingRun);
    assert_eq!(report.conclusion().exit_code(), 2);
}

/// One case for each finding and twin, under names that cases have.
fn cases() -> Vec<&'static Case> {
    let mut names = registry(Role::Server).into_iter().map(|case| case.id);
    let mut cases: Vec<&'static Case> = Vec::new();
    for (run, _) in FOUND {
        for (twin, _) in TWINS {
            let id = names.next().expect("there are more cases than findings");
            let case = Case::may(id, &["held.none"], "Finds what it is told to find", run);
            let case = twin.map_or(case, |twin| case.twin(twin));
            cases.push(Box::leak(Box::new(case)));
        }
    }
    cases
}

/// An entry of one kind for each of the cases.
fn baseline(kind: &str, cases: &[&Case]) -> Baseline {
    let (verdict, seen, expires) = match kind {
        "none" => return Baseline::default(),
        "WEAK" => ("WEAK", "a fault", "9999-12-31"),
        "another text" => ("FAIL", "another fault", "9999-12-31"),
        "expired" => ("FAIL", "a fault", "2001-01-01"),
        _ => ("FAIL", "a", "9999-12-31"),
    };
    let ids: Vec<&str> = match kind {
        "another case" => vec![registry(Role::Server).last().expect("cases").id],
        _ => cases.iter().map(|case| case.id).collect(),
    };
    let entries = ids.iter().map(|id| {
        format!(
            "[[known]]\ncase = '{id}'\nverdict = '{verdict}'\nseen = '{seen}'\nreason = 'later'\n\
             expires = {expires}\n"
        )
    });
    Baseline::read(&entries.collect::<String>()).expect("a baseline")
}

/// The exit code of a run in which another case passed.
fn beside_a_pass(verdict: Verdict) -> u8 {
    match verdict {
        Pass | Weak | Info | NotApplicable | KnownFail => 0,
        Fail | UnexpectedPass => 1,
        Inconclusive | HarnessError => 3,
    }
}

fn excused(judged: Verdict, column: usize) -> (Verdict, u8) {
    let row = EXCUSED.iter().find(|(verdict, _)| *verdict == judged);
    row.expect("every verdict before a baseline has its row").1[column]
}
