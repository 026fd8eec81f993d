//! The kill matrix of the framed profile: deliberately wrong servers, each of which breaks one
//! sentence of the spec as a programmer would, against the cases of the conformance suite.
//!
//! What holds is what holds in `tests/kill`, which has the faults of plain, timers, limits and
//! disk. `KILL_MATRIX=whole cargo test --test kill_framed -- --nocapture` judges each fault by
//! every case and prints all that fail.

#[path = "../kill/chapters.rs"]
mod chapters;
#[macro_use]
#[path = "../kill/entry.rs"]
mod entry;
mod faults;
#[path = "../kill/matrix.rs"]
mod matrix;
mod server;

use self::chapters::CHAPTERS;
use self::entry::Wrong;
use self::matrix::{Judged, judge_all, judge_right};
use self::server::Running;

#[test]
fn a_right_server_fails_nothing() {
    assert_eq!(judge_right(&Running::start(Wrong(None))), [""; 0]);
}

#[test]
fn each_fault_fails_the_cases_that_it_names() {
    let judged = judge_all(&faults::all());
    print!("{}", matrix::table(&judged));
    let wrong: Vec<String> = judged.iter().flat_map(Judged::complaints).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_fault_breaks_a_sentence_that_one_of_its_cases_cites() {
    assert_eq!(matrix::uncited(&faults::all()), [""; 0]);
}

/// Together with `tests/kill` each case about servers is failed by some fault.
#[test]
fn each_other_case_is_failed_by_a_fault() {
    let ours = |id: &str| !CHAPTERS.iter().any(|start| id.starts_with(start));
    assert_eq!(matrix::dodging(&faults::all(), ours), [""; 0]);
}
