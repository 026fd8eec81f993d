//! What every form of report says of runs that are whole, empty or cut off.

use conexion::conformance::record::{Recorded, Tested};
use conexion::conformance::{Conclusion, Verdict};
use rstest::rstest;

use crate::records::{FORMATS, all_verdicts, case, recorded, run};

fn written(format: &str, runs: &[Recorded]) -> String {
    let (_, write) = FORMATS.iter().find(|(name, _)| *name == format).expect("a format");
    write(runs)
}

/// What each must say of a run with a case of each verdict.
#[rstest]
#[case("terminal", &["9 cases", "1 passed, 1 weak, 1 informational, 1 failed", "1 not applicable",
    "1 inconclusive", "1 harness errors", "1 known to fail", "1 unexpectedly passed",
    "expected: ERROR 101", "TEXT, length 4: `hola`", "54 00 00 00 04", "exit code 1"])]
#[case("html", &["PASS", "WEAK", "INFO", "FAIL", "N/A", "INCONCLUSIVE", "HARNESS-ERROR",
    "KNOWN-FAIL", "UNEXPECTED-PASS", "A peer MUST do is.fail.", "ERROR 101", "end of stream",
    "TEXT, length 4: `hola`", "54 00 00 00 04", "1.2 ms", "2000.0 ms",
    "conexion conform [::1]:9 --case is.fail"])]
#[case("junit", &["tests=\"9\" failures=\"2\" errors=\"2\" skipped=\"2\" time=\"1.234\"",
    "timestamp=\"2023-11-14T22:13:20\"", "TEXT, length 4: `hola`", "WEAK is.weak: It does is.weak"])]
#[case("markdown", &["## server `[::1]:9`: fails", "exit code 1", "1 failed", "| FAIL | `is.fail` |",
    "| WEAK |", "| UNEXPECTED-PASS |", "| KNOWN-FAIL |", "TEXT, length 4: `hola`"])]
#[case("github", &["::error title=FAIL is.fail ([%3A%3A1]%3A9)::It does is.fail%0Asentence.is.fail: ",
    "::warning title=WEAK", "::error title=INCONCLUSIVE", "::notice title=KNOWN-FAIL",
    "::error title=HARNESS-ERROR", "::error title=UNEXPECTED-PASS"])]
#[case("badge", &["2 failed"])]
#[case("endpoint", &["\"message\":\"2 failed\"", "\"schemaVersion\":1"])]
fn all_nine_verdicts_are_told(#[case] format: &str, #[case] parts: &[&str]) {
    let text = written(format, &[recorded("[::1]:9", all_verdicts())]);
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn what_passed_shows_octets_only_where_they_are_asked_for() {
    let runs = [recorded("x", vec![case("is.pass", Verdict::Pass)])];
    for (format, shown) in [
        ("terminal", false),
        ("terminal, verbose", true),
        ("html", false),
        ("html, all", true),
        ("markdown", false),
        ("github", false),
    ] {
        assert_eq!(written(format, &runs).contains("54 00 00 00 04"), shown, "{format}");
    }
}

#[rstest]
#[case("terminal", &["0 cases against x", "(exit code 2)"])]
#[case("html", &["no case was run", "(exit code 2)"])]
#[case("junit", &["tests=\"0\" failures=\"0\" errors=\"0\""])]
#[case("markdown", &["nothing was run", "(exit code 2)"])]
#[case("github", &[])]
#[case("badge", &["nothing run"])]
#[case("endpoint", &["nothing run"])]
fn an_empty_run_is_no_success(#[case] format: &str, #[case] parts: &[&str]) {
    let text = written(format, &[recorded("x", Vec::new())]);
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("conforms"), "{text}");
}

/// A run of two passes of which the second, or nothing but the end, is missing.
#[rstest]
#[case("terminal", &["cut off", "exit code 3"])]
#[case("html", &["cut off", "exit code 3"])]
#[case("junit", &["errors=\"", "cut off"])]
#[case("markdown", &["cut off", "not judged", "exit code 3"])]
#[case("github", &["::error title=conformance of x::the run was cut off"])]
#[case("badge", &["not judged"])]
#[case("endpoint", &["not judged"])]
fn a_run_that_was_cut_off_is_no_success(#[case] format: &str, #[case] parts: &[&str]) {
    let cases = vec![case("one", Verdict::Pass), case("two", Verdict::Pass)];
    let whole = recorded("x", cases);
    assert_eq!(whole.conclusion(), Conclusion::Conforms);
    for kept in 0..=2 {
        let cases = whole.cases[..kept].to_vec();
        let cut = Recorded { run: whole.run.clone(), cases, end: None };
        assert_eq!(cut.conclusion(), Conclusion::NotJudged);
        let text = written(format, &[cut]);
        for part in parts {
            assert!(text.contains(part), "{kept}: no {part:?} in {text}");
        }
        assert!(!text.contains("conforms"), "{text}");
        assert!(!text.contains("errors=\"0\""), "{text}");
    }
}

#[test]
fn cases_without_a_result_are_named() {
    let all = [case("one", Verdict::Pass), case("two", Verdict::Pass)];
    let cut = Recorded { run: run("x", &all), cases: all[..1].to_vec(), end: None };
    for (format, part) in [
        ("terminal", "no result     two\n"),
        ("html", "<code>two</code>"),
        ("html", "NO RESULT"),
        ("junit", "<testcase name=\"two\""),
        ("junit", "type=\"NO-RESULT\""),
    ] {
        let text = written(format, std::slice::from_ref(&cut));
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn a_client_under_test_is_called_one() {
    let mut runs = [recorded("./client", vec![case("one", Verdict::Fail)])];
    runs[0].run.tested = Tested::Client;
    assert!(written("html", &runs).contains("This client fails"));
    assert!(written("markdown", &runs).contains("## client `./client`: fails"));
    let junit = written("junit", &runs);
    assert!(junit.contains("classname=\"conexion.client.") && junit.contains("value=\"client\""));
    for (name, write) in FORMATS {
        let text = write(&runs);
        assert!(!text.contains("server ") || name.starts_with("html"), "{name}: {text}");
    }
}
