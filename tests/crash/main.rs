//! A server that is killed at any moment, and started again on the same root.
//!
//! Several clients upload, and resume what the last kill has cut, while the server, which makes
//! files durable, is killed with SIGKILL at a random moment. After each kill
//!
//! - each upload that was answered with STORED is under its destination, whole,
//! - nothing else is visible but whole files that a client has sent (`publish.whole`),
//! - whoever resumes goes on from octets that are its own (`resume.crc`), and ends in STORED.
//!
//! A process that is killed loses nothing that it has handed to the system, so this says
//! nothing about a machine that loses its power. Of that the second test shows what can be seen
//! from outside: the order in which the server asks for things to reach the disk.
//!
//! `CRASHES=1000 CRASH_SEED=7 cargo test --test crash -- --nocapture` is the long form.

mod killed;
#[path = "../link/mod.rs"]
mod link;
mod order;
#[path = "../programs/mod.rs"]
mod programs;

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

#[test]
fn what_was_stored_outlives_a_kill_and_nothing_is_visible_in_part() {
    let crashes = setting("CRASHES", 15);
    let seed = setting("CRASH_SEED", 1);
    println!("CRASHES={crashes} CRASH_SEED={seed}");
    let tally = killed::run(crashes, seed);
    println!("{tally:?}");
    assert!(tally.stored > crashes, "the clients were at work");
    assert!(tally.cut > 0 && tally.resumed > 0, "the kills came in the middle of uploads");
}

#[test]
#[ignore = "needs strace: cargo test --test crash -- --ignored"]
fn an_upload_reaches_the_disk_before_it_is_answered() {
    order::check();
}
