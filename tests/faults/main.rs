//! A server whose calls of the system fail, one at a time.
//!
//! Sessions are recorded (`sessions.rs`): framed uploads of known and of unknown size, new and in
//! place of a file, resumed, of what is there already, refused since it is there or open on
//! another connection, taken over from one, and with a false END, each after a text and an upload
//! that is given up; and plain uploads, new and in place of a file. What counts is which calls the
//! thread of the connection makes, and how often. Then the session is held once more for each of
//! these calls, in which that call fails; but for the first calls on the connection where another
//! one makes them too. Whatever call it is,
//!
//! - the client gets the ERROR that the failure has in the spec (`data.failure`,
//!   `file.permission`), or, if the connection itself failed, its end; in plain, the end without
//!   an octet more (`plain.refusal`); what it would have got without the failure only if the call
//!   was tried again after EINTR, or is one of those of which `failures.rs` says why nothing
//!   comes of them,
//! - what is visible is all that was there before, or the whole new file in its folders beside
//!   that; after STORED, in plain after the echo of a text behind it, it is the new one, after an
//!   ERROR all is as before, folders among it (`publish.whole`, `publish.nothing-on-failure`),
//!   and so it is in plain if it was not the connection that failed,
//! - after ERROR 213 or 219, or the end before a false END, what was held before is held still, and
//!   all of an upload of known size that could not be published (`held.survives`), but for octets
//!   that did not reach the disk; whatever came of it, nothing else is kept, and nothing at all of an upload
//!   of unknown size, unless its removal was what failed,
//! - another connection on which the destination is open goes on, and stores its file, unless a
//!   FILE that was accepted has taken it over (`file.busy`, `takeover.wins`),
//! - descriptors and threads are given back,
//! - the server goes on, and stores the next upload to the same destination, sent in the same way,
//!   and one elsewhere.
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
mod scene;
mod session;
mod sessions;
mod start;
#[path = "../strace/mod.rs"]
mod strace;
mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use failures::{Failure, HARMLESS};
use session::Outcome;
use sessions::{Half, SESSIONS, Session};

/// How many servers run side by side.
const SERVERS: usize = 4;

/// How often a session is held in which the call is not made that is to fail.
const ATTEMPTS: usize = 4;

/// Of so many trials less than one is not met.
const MOST_MISSED: usize = 200;

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
            let first = failures::first_position(&call, session.half == Half::Open);
            for position in first..=count {
                let failures = failures_at(&call, position, whole);
                trials.extend(failures.map(|failure| Trial { session, failure }));
            }
        }
    }
    trials
}

impl Trial {
    /// Holds the session until the call is made that is to fail.
    fn hold(&self) -> Result<Option<Outcome>, String> {
        for _ in 0..ATTEMPTS {
            let outcome = session::hold(self.session, &self.failure)?;
            if outcome.is_some() {
                return Ok(outcome);
            }
        }
        Ok(None)
    }

    fn call(&self) -> (&'static str, &str) {
        (self.session.name, &self.failure.call)
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<18} {:<26}", self.session.name, self.failure)
    }
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn whatever_call_fails_nothing_is_lost_or_half_done() {
    let whole = whole();
    let trials = trials(whole);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match trial.hold() {
                        Ok(outcome) => {
                            if let Some(outcome) = outcome.filter(|_| whole) {
                                println!("{trial} {outcome}");
                            }
                            outcomes.lock().unwrap().push((trial, outcome));
                        }
                        Err(complaint) => {
                            wrong.lock().unwrap().push(format!("{trial} {complaint}"));
                        }
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let outcomes = outcomes.into_inner().unwrap();
    print_numbers(&outcomes);
    each_is_met(&outcomes);
    if whole {
        let had: BTreeSet<_> = outcomes.iter().filter_map(|(_, outcome)| *outcome).collect();
        let is_needed = |harmless| had.contains(&Outcome::AsWithoutIt(Some(harmless)));
        let stale: Vec<_> = HARMLESS.iter().filter(|harmless| !is_needed(harmless)).collect();
        assert!(stale.is_empty(), "no failure of these was harmless: {stale:#?}");
    }
}

fn print_numbers(outcomes: &[(&Trial, Option<Outcome>)]) {
    let mut numbers = BTreeMap::<_, usize>::new();
    for (_, outcome) in outcomes {
        *numbers.entry(outcome).or_default() += 1;
    }
    for (outcome, times) in numbers {
        let outcome = outcome.map_or_else(|| "not met".to_owned(), |outcome| outcome.to_string());
        println!("{times:>5} {outcome}");
    }
}

/// Each call is met at each of its positions, but for a few of a call that is made more or less
/// often as octets come; and that one once at least.
fn each_is_met(outcomes: &[(&Trial, Option<Outcome>)]) {
    let (met, missed): (Vec<_>, Vec<_>) =
        outcomes.iter().partition(|(_, outcome)| outcome.is_some());
    let (by_arrival, never): (Vec<_>, Vec<_>) = missed
        .iter()
        .map(|(trial, _)| trial)
        .partition(|trial| failures::depends_on_arrival(&trial.failure.call));
    let text = |trials: Vec<&&Trial>| trials.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(never.is_empty(), "these were not made any more: {:#?}", text(never));
    let few = by_arrival.len() * MOST_MISSED < outcomes.len();
    assert!(few, "too many of these were not made any more: {:#?}", text(by_arrival));
    let met: BTreeSet<_> = met.iter().map(|(trial, _)| trial.call()).collect();
    let mut calls = outcomes.iter().map(|(trial, _)| trial.call());
    let never = calls.find(|call| !met.contains(call));
    assert_eq!(never, None, "this call was not met");
}

/// The calls of the thread that accepts: the connection may be lost, the server is not.
#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn a_connection_that_cannot_be_accepted_is_the_only_one_lost() {
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
    strace::assert_available();
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
