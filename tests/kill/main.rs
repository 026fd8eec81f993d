//! The kill matrix: deliberately wrong servers, each of which breaks one sentence of the spec
//! as a programmer would, against the cases of the conformance suite.
//!
//! - With no fault the server fails no case, so that whatever fails, fails for its fault.
//! - Each fault fails every case that it names, one of which cites the sentence that it breaks.
//! - Each case about plain, timers, limits and what shows on disk is failed by some fault.
//!
//! A fault is judged by the cases that it names, each on a server of its own: that is what must
//! hold, and takes seconds.
//! `KILL_MATRIX=whole cargo test --test kill -- --nocapture` judges each fault by every case
//! instead, and prints all that fail, for whoever wants to see what else notices a fault.

mod adapter;
mod chapters;
#[macro_use]
mod entry;
mod faults;
mod matrix;

use conexion::conformance::Plain;

use self::adapter::Running;
use self::chapters::CHAPTERS;
use self::matrix::{Judged, judge_all, judge_right};

#[test]
fn a_right_server_fails_nothing_however_much_of_plain_it_speaks() {
    for (plain, patience) in [(Plain::All, false), (Plain::Text, false), (Plain::Off, true)] {
        let server = Running::right(plain, patience);
        assert_eq!(judge_right(&server), [""; 0], "{plain:?}");
    }
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

#[test]
fn each_case_of_these_chapters_is_failed_by_a_fault() {
    let ours = |id: &str| CHAPTERS.iter().any(|start| id.starts_with(start));
    assert_eq!(matrix::dodging(&faults::all(), ours), [""; 0]);
}
