//! Every sentence of the specification that says MUST or SHOULD is cited at the code that
//! keeps it and at a test that shows it, on each side that it binds, or its exception is written
//! down here with a reason.
//!
//! A citation is the name of a requirement in backticks: in a comment of the code, and for
//! tests in a comment, in `shows` of a vector, or in a case of the conformance suite, which
//! `cargo test` runs against the reference server and client.
//!
//! ```sh
//! cargo test --test traceability -- --nocapture     # the table
//! ```
//!
//! What is in backticks, is formed like a name and is none, fails, so that a citation cannot
//! outlive its sentence or be misspelt; and so does a name in a comment without backticks, which
//! would be no citation. Of Rust the comments are read, of Markdown the text, both outside blocks
//! of code, and of every other file each line, but not seeds and finds of the fuzzers, what is
//! built, and what is hidden and not the repository's.

mod blocks;
mod citations;
mod exceptions;
mod names;
mod rust;
#[expect(dead_code, reason = "other tests read the tables")]
#[path = "../specification/mod.rs"]
mod specification;

use std::collections::{BTreeMap, BTreeSet};

use citations::{
    COMMENTS, DOCUMENTS, Line, Part, Place, cases, in_cases, in_comments, in_vectors,
    unpaired_fences,
};
use conexion::wire::Role;
use names::{bare, is_mangled, is_name};
use specification::{Requirement, requirements};

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
    index(in_comments(Part::Code))
}

fn tests() -> Index {
    index(in_comments(Part::Tests).chain(in_vectors()).chain(in_cases()))
}

fn binds(requirement: &Requirement) -> bool {
    ["MUST", "SHOULD"].iter().any(|word| requirement.sentence.contains(word))
}

/// The requirements that are cited nowhere for a side that they bind, with that side.
fn missing(index: &Index, exceptions: &[(&str, &str)]) -> Vec<(&'static str, Role)> {
    let excepted = |name: &str| exceptions.iter().any(|(excepted, _)| *excepted == name);
    let mut missing = Vec::new();
    for Requirement { name, side, .. } in requirements().into_iter().filter(binds) {
        let sides: &[Role] = match side {
            "client" => &[Role::Client],
            "server" => &[Role::Server],
            _ => &[Role::Client, Role::Server],
        };
        let places: Vec<_> = index.get(name).into_iter().flatten().collect();
        let without = |side: &&Role| !places.iter().any(|place| place.is_about(**side));
        missing.extend(sides.iter().filter(without).map(|side| (name, *side)));
    }
    missing.retain(|(name, _)| !excepted(name));
    missing
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
    let cited = in_vectors().into_iter().chain(in_cases());
    let dangling: Vec<_> = cited.filter(|(name, _)| !is_name(name)).collect();
    assert!(dangling.is_empty(), "no requirement has these names: {dangling:#?}");
}

#[test]
fn what_is_formed_like_a_name_in_a_comment_or_document_is_one() {
    let lines = COMMENTS.iter().map(|line| (line, false));
    let lines = lines.chain(DOCUMENTS.iter().map(|line| (line, true)));
    let mangled: Vec<_> = lines
        .flat_map(|(line, document)| {
            let words = line.quoted().flat_map(str::split_whitespace);
            words.filter(move |word| is_mangled(word, document)).map(|word| (&line.place, word))
        })
        .collect();
    let remedy = "what is meant otherwise is written otherwise, or listed as another word";
    assert!(mangled.is_empty(), "no requirement has these names; {remedy}: {mangled:#?}");
}

#[test]
fn every_block_of_code_has_both_its_fences() {
    let unpaired = unpaired_fences();
    assert!(unpaired.is_empty(), "a fence without its other: {unpaired:#?}");
}

/// What is read as a whole is found by a walk, which would miss a folder in silence.
#[test]
fn every_kind_of_file_is_read() {
    for file in [
        ".cargo/mutants.toml",
        ".ci/run",
        ".gitignore",
        "Cargo.toml",
        "fuzz/Cargo.toml",
        "fuzz/dictionary.txt",
        "spec/protocol.md",
        "spec/results.schema.json",
        "src/conformance/report/html/script.js",
        "src/conformance/report/html/style.css",
    ] {
        let is_of = |line: &Line| matches!(&line.place, Place::Line(of, _) if of == file);
        assert!(DOCUMENTS.iter().any(is_of), "{file} is not read");
    }
}

#[test]
fn a_name_in_a_comment_has_its_backticks_on_one_line() {
    let places = |wrong: &dyn Fn(&Line) -> bool| -> Vec<_> {
        COMMENTS.iter().filter(|line| wrong(line)).map(|line| &line.place).collect()
    };
    let unpaired = places(&|line| line.text.matches('`').count() % 2 == 1);
    assert!(unpaired.is_empty(), "a backtick without its other: {unpaired:#?}");
    let bare = places(&|line| bare(&line.text).next().is_some());
    assert!(bare.is_empty(), "a name without backticks: {bare:#?}");
}

#[test]
fn every_other_word_is_needed_and_has_a_reason() {
    let lines: Vec<_> = COMMENTS.iter().chain(DOCUMENTS.iter()).collect();
    for (word, reason) in exceptions::OTHER {
        let mut words = lines.iter().flat_map(|line| line.quoted().flat_map(str::split_whitespace));
        assert!(words.any(|found| found == *word), "`{word}` is nowhere: its listing is stale");
        assert!(!is_name(word) && cases().all(|case| case.id != *word), "`{word}` is a name");
        assert!(reason.split(' ').count() > 3, "`{word}`: a reason is a sentence");
    }
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
    let known = |index: &Index| index.keys().filter(|name| is_name(name)).count();
    assert!(known(&code) > 150 && known(&tests) > 150, "{} and {}", known(&code), known(&tests));
}
