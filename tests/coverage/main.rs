//! The tests of the core alone reach every line and region of it, but for those that are
//! excluded by name, each with its reason.
//!
//! `.ci/coverage` measures and judges; plain `cargo test` shows that each exclusion still speaks
//! of one line, and of no other that is written like it.

mod exclusions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use exclusions::EXCLUSIONS;

const CORE: [&str; 3] = ["src/wire/", "src/session/", "src/plain/"];

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn each_exclusion_is_one_line_of_the_core() {
    let mut seen = BTreeSet::new();
    for (file, line, reason) in EXCLUSIONS {
        assert!(CORE.iter().any(|core| file.starts_with(core)), "{file} is not of the core");
        let times = text(file).lines().filter(|text| text.trim() == *line).count();
        assert_eq!(times, 1, "{file}: the lines `{line}`; an exclusion is of one");
        assert!(!reason.is_empty());
        assert!(seen.insert((file, line)), "{file}: `{line}` is excluded twice");
    }
}

/// A segment of llvm-cov's export: from this place on, code was executed so many times.
struct Segment {
    line: usize,
    column: u64,
    reached: bool,
}

/// The segments that are code, by file.
fn segments(report: &Value) -> BTreeMap<String, Vec<Segment>> {
    let files = report["data"][0]["files"].as_array().expect("files");
    let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    let mut by_file = BTreeMap::new();
    for file in files {
        let name = file["filename"].as_str().expect("a name");
        let name = name.strip_prefix(&root).unwrap_or(name).to_owned();
        let segments = file["segments"].as_array().expect("segments").iter();
        // Line, column, count, whether it has a count, whether it begins a region, whether it
        // is a gap between regions.
        let code = segments.filter(|segment| segment[3] == true && segment[5] == false);
        let code = code.map(|segment| Segment {
            line: usize::try_from(segment[0].as_u64().expect("a line")).expect("a small number"),
            column: segment[1].as_u64().expect("a column"),
            reached: segment[2].as_u64() != Some(0),
        });
        by_file.insert(name, code.collect());
    }
    by_file
}

/// The last of these lines; where it only closes a block, the last one inside.
fn statement<'t>(lines: &[&'t str]) -> &'t str {
    let mut code = lines.iter().rev().map(|line| line.trim());
    code.find(|line| *line != "}").expect("no file begins with a brace")
}

#[test]
#[ignore = "judges the report that COVERAGE names: run .ci/coverage"]
fn the_tests_reach_all_of_the_core() {
    let path = std::env::var("COVERAGE").expect("COVERAGE names llvm-cov's report in JSON");
    let report = std::fs::read_to_string(&path).expect("the report can be read");
    let by_file = segments(&serde_json::from_str(&report).expect("JSON"));
    let (mut unreached, mut excluded) = (Vec::new(), BTreeSet::new());
    let (mut files, mut reached) = (0, 0);
    for (file, segments) in &by_file {
        if !CORE.iter().any(|core| file.starts_with(core)) {
            continue;
        }
        files += 1;
        let text = text(file);
        let lines: Vec<&str> = text.lines().collect();
        for Segment { line, column, reached: was } in segments {
            let code = statement(&lines[..*line]);
            let exclusion = EXCLUSIONS.iter().find(|(of, line, _)| of == file && *line == code);
            match (was, exclusion) {
                (true, _) => reached += 1,
                (false, Some((_, line, _))) => {
                    excluded.insert((file.clone(), *line));
                }
                (false, None) => unreached.push(format!("{file}:{line}:{column}: {code}")),
            }
        }
    }
    println!("{files} files, {reached} segments reached, {} lines excluded", excluded.len());
    assert!(files > 30 && reached > 3000, "the report is of the core");
    assert!(unreached.is_empty(), "no test reaches {unreached:#?}");
    let all = EXCLUSIONS.iter().map(|(file, line, _)| ((*file).to_owned(), *line));
    let stale: Vec<_> = all.filter(|exclusion| !excluded.contains(exclusion)).collect();
    assert!(stale.is_empty(), "excluded, but reached: {stale:#?}");
}
