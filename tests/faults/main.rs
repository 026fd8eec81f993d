//! A server whose calls of the system fail, one at a time.
//!
//! A session is recorded: which calls the thread of its connection makes, and how often. Then
//! the session is held once more for each of these calls, in which that call fails. Whatever
//! call it is,
//!
//! - the client gets the ERROR that the failure has in the spec (`data.failure`,
//!   `file.permission`), or, if the connection itself failed, its end; what it would have got
//!   without the failure only if the call was tried again after EINTR, or is one of those of
//!   which `failures.rs` says why nothing needs to come of them,
//! - what is visible is what was there before, or the whole new file; after STORED it is the new
//!   one, after an ERROR all is as before, folders among it (`publish.whole`,
//!   `publish.nothing-on-failure`),
//! - what was held before is held still, and all of an upload that could not be published
//!   (`held.survives`); nothing else is kept,
//! - descriptors and threads are given back,
//! - the server goes on, and stores the next upload to the same destination.
//!
//! The same is done to the start of a server (`start.rs`), which then ends with its reason.
//!
//! `strace` makes the calls fail. Short writes are not among the failures, since strace can only
//! pretend one: tests/store has them, from a limit of the system.
//!
//! `cargo test --test faults -- --ignored` has one error at each position of each call;
//! `FAULTS=whole cargo test --test faults -- --ignored --nocapture` has all of them with every
//! error, and prints what came of each.

mod failures;
#[path = "../link/mod.rs"]
mod link;
#[path = "../own/mod.rs"]
mod own;
#[path = "../programs/mod.rs"]
mod programs;
mod session;
mod start;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use failures::{Failure, HARMLESS};
use session::{Outcome, SESSIONS, Session};

/// How many servers run side by side.
const SERVERS: usize = 4;

/// A session and what fails in it.
#[derive(Clone, Debug)]
struct Trial {
    session: &'static Session,
    failure: Failure,
}

/// How a call fails at a position: in short, with one error in turn.
fn failures_at(call: &str, position: usize, whole: bool) -> impl Iterator<Item = Failure> {
    let errors = failures::errors_of(call);
    // EINTR, after which a call is tried again, shows little: once is enough.
    let turns = errors.iter().filter(|error| **error != "EINTR").count();
    let wanted = move |turn: &usize| {
        whole || *turn == position % turns || (position == 1 && errors[*turn] == "EINTR")
    };
    (0..errors.len()).filter(wanted).map(move |turn| Failure {
        call: call.to_owned(),
        error: errors[turn],
        position,
    })
}

fn whole() -> bool {
    std::env::var("FAULTS").is_ok_and(|wanted| wanted == "whole")
}

fn trials(whole: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for session in SESSIONS {
        let calls = session::record(session);
        assert!(calls.len() > 5, "{}: {calls:?}", session.name);
        for (call, count) in calls {
            for position in 1..=count {
                let failures = failures_at(&call, position, whole);
                trials.extend(failures.map(|failure| Trial { session, failure }));
            }
        }
    }
    trials
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn whatever_call_fails_nothing_is_lost_or_half_done() {
    traced::assert_available();
    let whole = whole();
    let trials = trials(whole);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::<Option<Outcome>, usize>::new());
    let met = Mutex::new(BTreeSet::new());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Trial { session, failure } = trial;
                    let line = format!("{:<10} {failure:<26}", session.name);
                    match session::hold(session, failure) {
                        Ok(outcome) => {
                            if outcome.is_some() {
                                met.lock().unwrap().insert((session.name, failure.call.as_str()));
                            }
                            if let Some(outcome) = outcome.filter(|_| whole) {
                                println!("{line} {outcome}");
                            }
                            *outcomes.lock().unwrap().entry(outcome).or_default() += 1;
                        }
                        Err(complaint) => wrong.lock().unwrap().push(format!("{line} {complaint}")),
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap();
    for (outcome, times) in &outcomes {
        // Without an outcome, the threads had another order this time.
        let outcome = outcome.map_or_else(|| "not met".to_owned(), |outcome| outcome.to_string());
        println!("{times:>5} {outcome}");
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let not_met = outcomes.get(&None).copied().unwrap_or_default();
    assert!(not_met * 10 < trials.len(), "hardly any call was met");
    let met = met.into_inner().unwrap();
    let kinds = trials.iter().map(|trial| (trial.session.name, trial.failure.call.as_str()));
    let never_met: BTreeSet<_> = kinds.filter(|kind| !met.contains(kind)).collect();
    assert!(never_met.is_empty(), "none of these calls was met: {never_met:?}");
    if whole {
        let is_needed =
            |harmless| outcomes.contains_key(&Some(Outcome::AsWithoutIt(Some(harmless))));
        let stale: Vec<_> = HARMLESS.iter().filter(|harmless| !is_needed(harmless)).collect();
        assert!(stale.is_empty(), "no failure of these was harmless: {stale:#?}");
    }
}

/// The calls of the thread that accepts: the connection may be lost, the server is not.
#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn a_connection_that_cannot_be_accepted_is_the_only_one_lost() {
    traced::assert_available();
    for (call, error) in [
        ("accept4", "EMFILE"),
        ("accept4", "ENFILE"),
        ("accept4", "ENOMEM"),
        ("accept4", "ECONNABORTED"),
        ("accept4", "EINTR"),
        ("clone3", "EAGAIN"),
        ("ppoll", "EINTR"),
    ] {
        let failure = Failure { call: call.to_owned(), error, position: 1 };
        assert_eq!(session::accept(&failure), Ok(()), "{failure}");
    }
}

/// A start ends with its reason, and takes nothing of what was there.
#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn a_start_in_which_a_call_fails_ends_with_its_reason() {
    traced::assert_available();
    let calls = start::record();
    assert!(calls.len() > 20, "{calls:?}");
    for (call, position) in calls {
        for failure in failures_at(&call, position, whole()) {
            match start::hold(&failure) {
                Ok(outcome) => println!("{failure:<26} {outcome}"),
                Err(complaint) => panic!("{failure}: {complaint}"),
            }
        }
    }
}
