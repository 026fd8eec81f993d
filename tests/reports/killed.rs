//! What is left of a run that was killed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use conexion::conformance::Conclusion;
use conexion::conformance::record::Recorded;
use predicates::prelude::*;
use predicates::str::contains;

use crate::common::{LONG, Served};

#[test]
fn a_run_that_was_killed_leaves_what_it_judged_and_is_never_a_green() {
    let served = Served::new();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results");
    let program = assert_cmd::cargo::cargo_bin("conexion");
    // One case at a time: far more is to be done than until the first results are there.
    let mut suite = Command::new(&program)
        .args(["conform", &served.address.to_string(), "--jobs=1", "--results"])
        .arg(&path)
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(&path).unwrap_or_default();
        if text.lines().count() > 3 {
            break;
        }
        assert!(began.elapsed() < 6 * LONG, "no results: {text}");
        assert!(suite.try_wait().expect("a child").is_none(), "it ended: {text}");
        std::thread::sleep(Duration::from_millis(1));
    }
    // On Unix this is the signal that nothing can catch.
    suite.kill().expect("it was running");
    suite.wait().expect("it has ended");

    let text = fs::read_to_string(&path).expect("it was written");
    let recorded = Recorded::read(&text).expect("a stream");
    assert!(recorded.end.is_none(), "it was killed too late");
    assert!(recorded.cases.len() >= 3);
    let missing = recorded.not_judged().count();
    assert_eq!(missing + recorded.cases.len(), recorded.run.cases.len());
    assert_eq!(recorded.conclusion(), Conclusion::NotJudged);

    let junit = folder.path().join("junit.xml");
    let mut report = assert_cmd::Command::new(&program);
    report.args(["conform", "report"]).arg(&path).arg("--junit").arg(&junit);
    let last = recorded.run.cases.last().expect("cases");
    let cut_off = format!(
        "the run was cut off: {missing} of {} cases have no result",
        recorded.run.cases.len()
    );
    report.assert().code(3).stdout(contains(cut_off).and(contains("and").and(contains("more"))));
    let xml = fs::read_to_string(junit).expect("it was written");
    assert!(xml.contains(&format!("<testcase name=\"{last}\"")), "the last case");
    assert_eq!(xml.matches("type=\"NO-RESULT\"").count(), missing);
}
