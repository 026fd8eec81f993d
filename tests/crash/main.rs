//! A server that is killed at any moment, and started again on the same root.
//!
//! Several clients upload, and resume what the last kill has cut, while the server, which makes
//! files durable, is killed with SIGKILL at a random moment. All the time
//!
//! - each upload that was answered with STORED is under its destination, whole, until one that
//!   is to replace it has taken its place in one step (`publish.whole`),
//! - nothing else is visible, and nothing whose END has not been sent,
//! - whoever resumes goes on from what its file under `.conexion/` held when the server died,
//!   no more and no less (`held.survives`, `resume.crc`), and ends in STORED.
//!
//! A random moment hardly ever comes between two calls of the system that follow each other. So
//! the second test has `strace` kill the server at each call of an upload that changes
//! something, for uploads of every kind.
//!
//! A process that is killed loses nothing that it has handed to the system, so both say
//! nothing about a machine that loses its power. Of that the third test shows what can be seen
//! from outside: the order in which the server asks for things to reach the disk.
//!
//! `CRASHES=1000 CRASH_SEED=7 cargo test --test crash -- --nocapture` is the long form of the
//! first; `cargo test --test crash -- --ignored` runs the others.

mod client;
mod killed;
#[path = "../link/mod.rs"]
mod link;
mod numbers;
mod order;
#[path = "../own/mod.rs"]
mod own;
#[path = "../programs/mod.rs"]
mod programs;
mod scenes;
mod steps;
#[path = "../strace/mod.rs"]
mod strace;
mod trace;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use steps::Step;

/// How many servers are killed side by side.
const SERVERS: usize = 4;

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

#[test]
fn what_was_stored_outlives_a_kill_and_nothing_is_visible_in_part() {
    let crashes = setting("CRASHES", 15);
    let seed = setting("CRASH_SEED", 1);
    println!("CRASHES={crashes} CRASH_SEED={seed}");
    let counts = killed::run(crashes, seed);
    println!("{counts:?}");
    let (stored, cut) = (counts.stored.into_inner(), counts.cut.into_inner());
    assert!(stored > crashes, "the clients were at work");
    assert!(cut > 0 && counts.resumed.into_inner() > 0, "the kills came amid uploads");
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test crash -- --ignored"]
fn whichever_call_a_server_is_killed_at_nothing_is_lost_or_half_done() {
    let steps: Vec<Step> = scenes::SCENES.iter().flat_map(steps::record).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..SERVERS {
            scope.spawn(|| {
                while let Some(step) = steps.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(complaint) = steps::kill(step) {
                        wrong.lock().unwrap().push(format!("{step}: {complaint}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("{} calls", steps.len());
    assert!(!steps.is_empty());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test crash -- --ignored"]
fn an_upload_reaches_the_disk_before_it_is_answered() {
    let wrong: Vec<_> = scenes::SCENES.iter().filter_map(|it| order::check(it).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
