//! The ledger of requirements: the committed one is the one of the code, nothing is without a
//! case or a reason, and no name ever disappears.
//!
//! `CONEXION_LEDGER=write cargo test --test ledger` writes it anew, unless a name would
//! disappear: what is renamed or merged goes into `src/conformance/renamed.rs`.

use std::collections::BTreeSet;
use std::fs;

use conexion::conformance::{
    current_id, is_case, ledger, ledger_faults, ledger_text, registry, requirement, requirements,
};
use conexion::wire::Role;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/conformance.md");

const HOW: &str = "`CONEXION_LEDGER=write cargo test --test ledger` writes it anew";

#[test]
fn the_committed_ledger_is_that_of_the_code() {
    let committed = fs::read_to_string(PATH).expect("a committed ledger");
    let gone = gone(&committed);
    assert!(gone.is_empty(), "names have disappeared, and lead nowhere: {gone:?}");
    let current = ledger_text();
    if std::env::var_os("CONEXION_LEDGER").is_some_and(|word| word == "write") {
        fs::write(PATH, current).expect("it can be written");
        return;
    }
    for (committed, current) in committed.lines().zip(current.lines()) {
        assert_eq!(committed, current, "{HOW}");
    }
    assert_eq!(committed, current, "{HOW}");
}

#[test]
fn every_requirement_has_a_case_or_a_reason_and_no_reason_is_stale() {
    assert_eq!(ledger_faults(), [""; 0]);
}

#[test]
fn every_requirement_is_in_the_ledger_once() {
    let entries = ledger();
    let ids: BTreeSet<_> = entries.iter().map(|entry| &entry.requirement.id).collect();
    assert_eq!((ids.len(), entries.len()), (requirements().len(), requirements().len()));
}

#[test]
fn there_are_as_many_cases_as_promised() {
    for (side, least) in [(Role::Server, 300), (Role::Client, 100)] {
        // What a seed makes up is not counted.
        let cases = registry(side).into_iter().filter(|case| case.topic() != "generated");
        let count = cases.count();
        assert!(count >= least, "{count} cases");
    }
    assert!(registry(Role::Client).len() >= 100);
}

#[test]
fn a_name_that_disappears_is_seen() {
    let row = "| `no.such` | `state.open.bye`, `upload.1025` | *a reason with `MUST`* |";
    assert_eq!(gone(row), ["no.such"]);
}

/// The names in the rows of a ledger that are none any more, former ones excepted.
fn gone(ledger: &str) -> Vec<&str> {
    let rows = ledger.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.flat_map(|row| row.split(" | ")).filter(|cell| !cell.starts_with('*'));
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let is_name = |id: &&str| is_case(current_id(id)) || requirement(current_id(id)).is_some();
    quoted.filter(|id| !is_name(id)).collect()
}
