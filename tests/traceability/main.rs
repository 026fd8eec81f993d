//! Every sentence of the specification that says MUST or SHOULD is cited at the code that
//! keeps it and at a test that shows it, or its exception is written down here with a reason.
//!
//! A citation is the name of a requirement in backticks: in a comment of the code, and for
//! tests in a comment, in `shows` of a vector, or in a case of the conformance suite, which
//! `cargo test` runs against the reference server and client.
//!
//! ```sh
//! cargo test --test traceability -- --nocapture     # the table
//! ```
//!
//! A name in backticks that looks like a requirement and is none fails, so that a citation
//! cannot outlive its sentence or be misspelt.

mod citations;
mod exceptions;
#[expect(dead_code, reason = "other tests read the tables")]
#[path = "../specification/mod.rs"]
mod specification;

use std::collections::{BTreeMap, BTreeSet};

use citations::{Part, Place, in_cases, in_comments, in_vectors};
use specification::{Requirement, requirements};

/// Where the protocol is kept; the suite is a witness, and no keeper.
const CODE: [&str; 6] =
    ["src/cli", "src/client", "src/plain", "src/server", "src/session", "src/wire"];

/// Most places that the table shows of a requirement.
const SHOWN: usize = 6;

type Index = BTreeMap<String, BTreeSet<Place>>;

fn index(citations: impl IntoIterator<Item = (String, Place)>) -> Index {
    let mut index = Index::new();
    for (name, place) in citations {
        index.entry(name).or_default().insert(place);
    }
    index
}

fn code() -> Index {
    index(CODE.iter().flat_map(|folder| in_comments(folder, Part::Code)))
}

fn tests() -> Index {
    let folders = CODE.iter().chain(&["tests"]);
    let comments = folders.flat_map(|folder| in_comments(folder, Part::Tests));
    index(comments.chain(in_vectors()).chain(in_cases()))
}

/// The names that the specification gives, cells of its tables included.
fn is_name(name: &str) -> bool {
    conexion::conformance::requirement(name).is_some()
}

fn binds(requirement: &Requirement) -> bool {
    ["MUST", "SHOULD"].iter().any(|word| requirement.sentence.contains(word))
}

fn missing(index: &Index, exceptions: &[(&str, &str)]) -> Vec<&'static str> {
    let excepted = |name: &str| exceptions.iter().any(|(excepted, _)| *excepted == name);
    let all = requirements().into_iter().filter(binds).map(|requirement| requirement.name);
    all.filter(|name| !index.contains_key(*name) && !excepted(name)).collect()
}

#[test]
fn every_requirement_is_cited_where_the_code_keeps_it() {
    let missing = missing(&code(), exceptions::CODE);
    assert!(missing.is_empty(), "not cited in the code: {missing:#?}");
}

#[test]
fn every_requirement_is_cited_where_a_test_shows_it() {
    let missing = missing(&tests(), exceptions::TESTS);
    assert!(missing.is_empty(), "not cited in a test: {missing:#?}");
}

#[test]
fn every_citation_names_a_requirement() {
    let (code, tests) = (code(), tests());
    let dangling: Vec<_> = code.iter().chain(&tests).filter(|(name, _)| !is_name(name)).collect();
    assert!(dangling.is_empty(), "no requirement has these names: {dangling:#?}");
}

#[test]
fn every_exception_is_needed_and_has_a_reason() {
    for (index, exceptions) in [(code(), exceptions::CODE), (tests(), exceptions::TESTS)] {
        for (name, reason) in exceptions {
            assert!(is_name(name), "`{name}` is no requirement");
            assert!(!index.contains_key(*name), "`{name}` is cited: its exception is stale");
            assert!(reason.split(' ').count() > 3, "`{name}`: a reason is a sentence");
        }
    }
}

#[test]
fn the_table_is_printed() {
    let (code, tests) = (code(), tests());
    let shown = |index: &Index, name: &str| {
        let places = index.get(name).into_iter().flatten();
        let places: Vec<_> = places.map(ToString::to_string).collect();
        match places.split_at_checked(SHOWN) {
            None if places.is_empty() => "-".to_owned(),
            None | Some((_, [])) => places.join(", "),
            Some((first, more)) => format!("{}, and {} more", first.join(", "), more.len()),
        }
    };
    for requirement in requirements() {
        let name = requirement.name;
        println!("{name}\n    code: {}\n    test: {}", shown(&code, name), shown(&tests, name));
    }
    // The index would be as empty if the folders were not found.
    assert!(code.len() > 150 && tests.len() > 150, "{} and {}", code.len(), tests.len());
}
