//! A server whose calls of the system fail, one at a time.
//!
//! A session is recorded: which calls the thread of its connection makes, and how often. Then
//! the session is held once more for each of these calls, in which that call fails. Whatever
//! call it is,
//!
//! - the client gets what it would have got, the ERROR that the failure has in the spec
//!   (`data.failure`, `file.permission`), or, if the connection itself failed, its end,
//! - what is visible is what was there before, or the whole new file; after STORED it is the new
//!   one, after an ERROR the old one (`publish.whole`, `publish.nothing-on-failure`),
//! - descriptors and threads are given back, and no more is kept than one upload,
//! - the server goes on, and stores the next upload to the same destination.
//!
//! `strace` makes the calls fail. Short writes are not among the failures, since strace can only
//! pretend one: tests/store has them, from a limit of the system.
//!
//! `cargo test --test faults -- --ignored` has some positions of each call;
//! `FAULTS=whole cargo test --test faults -- --ignored --nocapture` has all of them with every
//! error, and prints what came of each.

mod failures;
#[path = "../link/mod.rs"]
mod link;
#[path = "../programs/mod.rs"]
mod programs;
mod session;
mod traced;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use failures::Failure;
use session::{SESSIONS, Session};
use traced::Injected;

/// How many servers run side by side.
const SERVERS: usize = 4;

/// A session and what fails in it.
#[derive(Clone, Debug)]
struct Trial {
    session: &'static Session,
    failure: Failure,
}

fn trials(whole: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for session in SESSIONS {
        let calls = session::record(session);
        assert!(calls.len() > 5, "{}: {calls:?}", session.name);
        for (call, count) in calls {
            let errors = failures::errors_of(&call);
            for position in 1..=count {
                // In short, the first and the last, with one error each in turn.
                let turn = position % errors.len();
                let in_short = position == 1 || position == count;
                let errors = if whole { errors } else { &errors[turn..=turn] };
                for error in errors.iter().filter(|_| whole || in_short) {
                    let failure = Failure { call: call.clone(), error, position };
                    trials.push(Trial { session, failure });
                }
            }
        }
    }
    trials
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test faults -- --ignored"]
fn whatever_call_fails_nothing_is_lost_or_half_done() {
    traced::assert_available();
    let whole = std::env::var("FAULTS").is_ok_and(|wanted| wanted == "whole");
    let trials = trials(whole);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(BTreeMap::<String, usize>::new());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Trial { session, failure } = trial;
                    let outcome = session::hold(session, failure);
                    let line = format!("{:<10} {failure:<26}", session.name);
                    match outcome {
                        Ok((Injected::No, _)) => {
                            // The threads had another order this time.
                            *outcomes.lock().unwrap().entry("not met".to_owned()).or_default() += 1;
                        }
                        Ok((Injected::Yes, outcome)) => {
                            if whole {
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
    println!("{} failures: {outcomes:?}", trials.len());
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let met: usize = outcomes.iter().filter(|(name, _)| *name != "not met").map(|(_, n)| n).sum();
    assert!(met * 10 > trials.len() * 9, "hardly any call was met");
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
        let outcome = session::accept(&failure);
        assert_eq!(outcome, Ok(Injected::Yes), "{failure}");
    }
}
