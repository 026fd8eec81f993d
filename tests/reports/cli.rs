//! The reports as users ask for them.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use conexion::conformance::Verdict;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};

use crate::peers::Peer;
use crate::records::{all_verdicts, case, recorded, text};

fn conform(arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("conexion").expect("the program is built");
    command.env_remove("NO_COLOR").arg("conform").args(arguments).assert()
}

fn output(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).expect("a file");
        self.name(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

const FILES: [(&str, &str); 5] = [
    ("--html", "page.html"),
    ("--junit", "junit.xml"),
    ("--markdown", "summary.md"),
    ("--badge", "badge.svg"),
    ("--badge", "badge.json"),
];

#[test]
fn a_kept_run_gives_the_same_reports_as_the_run_did() {
    let target = Peer::AcceptsAll.start().to_string();
    let folder = Folder::new();
    for verbose in [&[][..], &["-v"]] {
        let results = folder.name("results");
        let files = &FILES[..4];
        let names: Vec<String> = files.iter().map(|(_, name)| folder.name(name)).collect();
        let mut reports: Vec<&str> = vec!["--github"];
        for ((option, _), name) in files.iter().zip(&names) {
            reports.extend([option, name.as_str()]);
        }
        reports.extend(verbose);
        let arguments =
            [&[&target, "--results", &results, "--case", "state", "--timeout=2s"][..], &reports];
        let run = conform(&arguments.concat()).code(1).stderr(is_empty());
        let first: Vec<String> = files.iter().map(|(_, name)| folder.read(name)).collect();
        for (_, name) in files {
            fs::remove_file(folder.path(name)).expect("there");
        }
        let kept = conform(&[&["report", &results][..], &reports].concat()).code(1);
        let again: Vec<String> = files.iter().map(|(_, name)| folder.read(name)).collect();
        assert_eq!(first, again);
        let without_fence = |text: String| {
            let lines = text.lines().filter(|line| !line.contains("conexion-")).map(str::to_owned);
            lines.collect::<Vec<_>>()
        };
        assert_eq!(without_fence(output(&run)), without_fence(output(&kept)));
        assert!(output(&run).contains("again: conexion conform "));
        assert!(output(&run).contains(&format!("{target} --timeout 2s --case state.")));
    }
}

#[test]
fn nothing_in_the_report_is_a_command_for_the_runner_of_a_workflow() {
    let folder = Folder::new();
    let results = folder.write("results", &text(&recorded("x", all_verdicts())));
    let text = output(&conform(&["report", &results, "--github"]).code(1));
    let lines: Vec<&str> = text.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").expect("commands stop");
    let end = lines.iter().position(|line| *line == format!("::{token}::")).expect("and go on");
    assert!(lines[1..end].iter().all(|line| !line.contains(token)));
    assert!(lines[end + 1..].iter().all(|line| line.starts_with("::")), "{text}");
    assert_eq!(lines.len() - end - 1, 6);
    let other = output(&conform(&["report", &results, "--github"]).code(1));
    assert!(!other.contains(token), "a token that can be guessed");
}

#[test]
fn standard_output_takes_one_report_in_place_of_the_usual_one() {
    let folder = Folder::new();
    let results = folder.write("results", &text(&recorded("x", all_verdicts())));
    for (option, begins) in [
        ("--html", "<!DOCTYPE html>"),
        ("--junit", "<?xml"),
        ("--markdown", "# "),
        ("--badge", "<svg"),
    ] {
        conform(&["report", &results, option, "-"]).code(1).stdout(starts_with(begins));
    }
    for wrong in [
        &["report", &results, "--html", "-", "--junit", "-"][..],
        &["report", &results, "--html", "-", "--github"],
        &["127.0.0.1:1", "--json", "--github"],
        &["127.0.0.1:1", "--json", "--html", "-"],
    ] {
        let what = "two things want standard output";
        conform(wrong).code(2).stderr(contains(what)).stdout(is_empty());
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_the_exit_code_is_that_of_the_run() {
    let folder = Folder::new();
    let page = folder.name("page.html");
    // Its own server, which conforms.
    for full in ["--junit", "--results"] {
        let arguments = ["--case", "frame.too-short", full, "/dev/full", "--html", &page];
        let run = conform(&arguments).code(0).stderr(contains("not written: /dev/full: "));
        run.stdout(contains("embedded conforms"));
        fs::remove_file(&page).expect("the other report was written");
    }
    // For who asks for reports alone, that is a failure.
    let results = folder.write("results", &text(&recorded("x", vec![case("one", Verdict::Pass)])));
    conform(&["report", &results]).code(0);
    conform(&["report", &results, "--junit", "/dev/full"]).code(3).stderr(contains("not written"));
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_run() {
    let folder = Folder::new();
    let (nowhere, here) = (folder.name("no/page.html"), folder.name(""));
    for option in ["--html", "--junit", "--markdown", "--badge", "--results"] {
        for file in [&nowhere, &here] {
            conform(&["127.0.0.1:1", option, file]).code(2).stdout(is_empty());
        }
    }
}

#[test]
fn files_are_replaced_at_once_and_leave_nothing_behind() {
    let folder = Folder::new();
    let results = folder.write("results", &text(&recorded("x", all_verdicts())));
    fs::write(folder.path("old.html"), "old").expect("a file");
    std::os::unix::fs::symlink(folder.path("old.html"), folder.path("page.html")).expect("a link");
    for (option, name) in FILES {
        conform(&["report", &results, option, &folder.name(name)]).code(1);
    }
    assert!(folder.read("old.html").starts_with("<!DOCTYPE html>"), "the link was followed");
    assert!(fs::symlink_metadata(folder.path("page.html")).expect("there").is_symlink());
    assert!(folder.read("badge.json").starts_with('{'));
    let mut there: Vec<String> = fs::read_dir(folder.0.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    there.sort();
    let expected =
        ["badge.json", "badge.svg", "junit.xml", "old.html", "page.html", "results", "summary.md"];
    assert_eq!(there, expected);
}

#[test]
fn a_stream_that_was_cut_off_anywhere_is_reported_and_one_that_is_none_refused() {
    let folder = Folder::new();
    let whole = text(&recorded("ñ", vec![case("one", Verdict::Pass), case("ñ", Verdict::Pass)]));
    let first = whole.find('\n').expect("lines") + 1;
    let inside = whole.rfind('ñ').expect("in the second case") + 1;
    let path = folder.path("results");
    for cut in [first, first + 1, inside, whole.len() - 1] {
        fs::write(&path, &whole.as_bytes()[..cut]).expect("a file");
        conform(&["report", &folder.name("results")]).code(3).stdout(contains("was cut off"));
    }
    conform(&["report", &folder.write("results", &whole)]).code(0);
    let garbled = whole.replacen("PASS", "GOOD", 1);
    for (text, what) in [("", "line 1: it is empty"), ("{}\n", "line 1: "), (&garbled, "line 2: ")]
    {
        let results = folder.write("results", text);
        for word in ["report", "merge"] {
            conform(&[word, &results]).code(2).stderr(contains(what)).stdout(is_empty());
        }
    }
    conform(&["report", &folder.name("none")]).code(2).stderr(contains("No such file"));
}

#[test]
fn several_targets_are_merged_told_apart_and_concluded_by_the_worst() {
    let folder = Folder::new();
    let right = recorded("right", vec![case("one", Verdict::Pass)]);
    let wrong = recorded("wrong", vec![case("one", Verdict::Fail)]);
    let (a, b) = (folder.write("a", &text(&right)), folder.write("b", &text(&wrong)));
    let merged = output(&conform(&["merge", &a, &b]).success());
    assert_eq!(merged, format!("{}{}", text(&right), text(&wrong)));
    let both = folder.write("both", &merged);
    let parts = || contains("right conforms").and(contains("wrong fails"));
    conform(&["report", &both]).code(1).stdout(parts());
    conform(&["report", &b, &a]).code(1).stdout(parts());
    conform(&["report", &a]).success();
    let again = output(&conform(&["merge", &both, &a]).success());
    assert_eq!(again.lines().count(), 6);
}

#[test]
fn a_diff_exits_with_what_got_worse() {
    let folder = Folder::new();
    let file = |name: &str, target: &str, verdict| {
        folder.write(name, &text(&recorded(target, vec![case("one", verdict)])))
    };
    let (good, bad) = (file("good", "x", Verdict::Pass), file("bad", "y", Verdict::Fail));
    conform(&["diff", &good, &good]).code(0).stdout("nothing is different\n");
    conform(&["diff", &good, &bad]).code(1).stdout(contains("PASS -> FAIL"));
    conform(&["diff", &bad, &good]).code(0).stdout(contains("FAIL -> PASS"));
    conform(&["diff", &good]).code(2);
    conform(&["diff", &good, &folder.name("none")]).code(2);
    let both = folder.write("both", &output(&conform(&["merge", &good, &bad])));
    conform(&["diff", &both, &both]).code(0);
    conform(&["diff", &good, &both]).code(0).stdout(contains("y:\nit is new\n"));
    conform(&["diff", &both, &good]).code(1).stdout(contains("it is no longer judged"));
    assert!(Path::new(&both).exists());
}

#[test]
fn a_target_that_is_not_there_leaves_reports_that_say_so() {
    let folder = Folder::new();
    let (results, page) = (folder.name("results"), folder.name("page.html"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let run = conform(&[&target, "--results", &results, "--html", &page]);
    run.code(3).stdout(is_empty()).stderr(contains("no server can be reached"));
    conform(&["report", &results]).code(3).stdout(contains("no server can be reached at"));
    assert!(folder.read("page.html").contains("is not judged"));
}
