//! The kill matrix: deliberately wrong servers, each of which breaks one sentence of the spec
//! as a programmer would, against the cases of the conformance suite.
//!
//! - With no fault the server fails no case, so that whatever fails, fails for its fault.
//! - Each fault fails every case that it names, one of which cites the sentence that it breaks.
//! - Each case about plain, timers, limits and what shows on disk is failed by some fault.
//!
//! A fault is judged by the cases that it names: that is what must hold, and takes seconds.
//! `KILL_MATRIX=whole cargo test --test kill -- --nocapture` judges each fault by every case
//! instead, and prints all that fail, for whoever wants to see what else notices a fault.

mod adapter;
mod faults;
mod matrix;

use std::collections::BTreeSet;

use conexion::conformance::{Plain, registry, requirement};
use conexion::wire::Role;

use self::adapter::Running;
use self::matrix::{Judged, judge_all, judge_right};

/// How the names of the cases begin that have faults here.
const CHAPTERS: &[&str] =
    &["plain.", "timer.", "error.limit-", "disk.", "detection.plain", "detection.prefix"];

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
    for entry in faults::all() {
        assert!(requirement(entry.breaks).is_some(), "{}: no `{}`", entry.name, entry.breaks);
        let cites = |id: &&str| {
            let case = registry(Role::Server).into_iter().find(|case| case.id == *id);
            let case = case.unwrap_or_else(|| panic!("{}: no case `{id}`", entry.name));
            case.requirements.contains(&entry.breaks)
        };
        // Each is looked up, also behind one that cites.
        let citing = entry.fails.iter().filter(|id| cites(id)).count();
        assert!(citing > 0, "{}: no case cites `{}`", entry.name, entry.breaks);
    }
}

#[test]
fn each_case_of_these_chapters_is_failed_by_a_fault() {
    let killed: BTreeSet<&str> =
        faults::all().iter().flat_map(|entry| entry.fails).copied().collect();
    let ours = |id: &&str| CHAPTERS.iter().any(|start| id.starts_with(start));
    let ids: Vec<&str> = registry(Role::Server).iter().map(|case| case.id).filter(ours).collect();
    let dodging: Vec<&&str> = ids.iter().filter(|id| !killed.contains(**id)).collect();
    assert!(dodging.is_empty(), "no fault fails {dodging:#?}");
}
