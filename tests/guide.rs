//! README, `spec/testing.md` and `spec/guarantees.md` are true: their flags, words, ids, tests
//! and files exist, and what they show is what happens.

mod programs;
mod skipping;

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use conexion::conformance::{Verdict, requirement, select};
use conexion::wire::Role;
use programs::conexion;
use skipping::not_tested;

const README: &str = include_str!("../README.md");
const GUIDE: &str = include_str!("../spec/testing.md");
const GUARANTEES: &str = include_str!("../spec/guarantees.md");

fn help(words: &[&str]) -> String {
    let output = conexion().args(words).arg("--help").output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_test_and_file_of_the_guarantees_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let exists = |test: &str| {
        let tests = root.join("tests");
        tests.join(format!("{test}.rs")).exists() || tests.join(test).join("main.rs").exists()
    };
    let end = |character: char| !character.is_ascii_alphanumeric() && !"_-./".contains(character);
    let after = |word: &str| {
        let parts: Vec<&str> = GUARANTEES.split(word).skip(1).collect();
        parts.into_iter().map(|rest| rest.split(end).next().unwrap_or_default())
    };
    let tests: BTreeSet<&str> = after("--test ").collect();
    assert!(tests.len() > 15, "{tests:?}");
    for test in tests {
        assert!(exists(test), "there is no test `{test}`");
    }
    for command in GUARANTEES.split("`.ci/").skip(1) {
        let command = command.split('`').next().unwrap_or_default();
        let (script, form) = command.split_once(' ').unwrap_or((command, ""));
        let script = std::fs::read_to_string(root.join(".ci").join(script)).unwrap_or_default();
        assert!(!script.is_empty(), "there is no `.ci/{command}`");
        let usage = script.lines().find(|line| line.contains("usage: ")).unwrap_or_default();
        let words: Vec<&str> = usage.split(|sign: char| !sign.is_alphanumeric()).collect();
        let is_span = |word: &str| word.parse::<u32>().is_ok() && words.contains(&"SECONDS");
        let is_known = form.split_whitespace().all(|word| words.contains(&word) || is_span(word));
        assert!(is_known, "there is no form `.ci/{command}`");
    }
    let links: Vec<&str> = after("](").collect();
    for link in links.iter().filter(|link| !link.is_empty()) {
        assert!(root.join("spec").join(link).exists(), "there is no `{link}`");
    }
    // Settings of the long forms are read by some test.
    for (setting, test) in [
        ("FAULTS", "faults/main.rs"),
        ("CRASHES", "crash/main.rs"),
        ("HOSTILE", "hostile/main.rs"),
        ("CONEXION_RUNS", "conform_steady.rs"),
    ] {
        assert!(GUARANTEES.contains(&format!("`{setting}=")), "{setting} is not explained");
        let test = std::fs::read_to_string(root.join("tests").join(test)).unwrap();
        assert!(test.contains(&format!("(\"{setting}\"")), "{setting} is not read");
    }
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let listed = listed.lines().take_while(|line| line.starts_with("  "));
    let words = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    words.filter(|word| !word.is_empty() && *word != "help").map(str::to_owned).collect()
}

/// The commands in a document, of `conexion conform`, in code of any kind.
fn conform_commands(document: &str) -> impl Iterator<Item = &str> {
    document.split("conexion conform").skip(1).map(|rest| {
        let end = rest.find(['`', '\n', '#', '"']).unwrap_or(rest.len());
        rest[..end].trim()
    })
}

#[test]
fn every_flag_and_every_word_is_in_the_help() {
    let all = help(&[]);
    let mut helps = all.clone();
    for command in commands(&all) {
        helps.push_str(&help(&[&command]));
    }
    let words = commands(&help(&["conform"]));
    for word in &words {
        helps.push_str(&help(&["conform", word]));
    }
    let known: BTreeSet<_> = flags(&helps).collect();
    for document in [README, GUIDE] {
        for line in document.lines().filter(|line| !line.contains("cargo ")) {
            for flag in flags(line) {
                assert!(known.contains(flag), "{flag} in: {line}");
            }
        }
        for command in conform_commands(document) {
            let first = command.split(' ').next().unwrap_or_default();
            let is_word =
                !first.is_empty() && first.bytes().all(|octet| octet.is_ascii_lowercase());
            let known = words.iter().any(|word| word == first) || first == "localhost";
            assert!(!is_word || known, "`{first}` in: conexion conform {command}");
        }
    }
}

fn flags(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("--").map(|(at, _)| &text[at..]);
    starts.filter_map(|flag| {
        let name = flag[2..].find(|c: char| c != '-' && !c.is_ascii_lowercase());
        let flag = &flag[..name.map_or(flag.len(), |end| end + 2)];
        (flag.len() > 3 && !flag[2..].starts_with('-')).then_some(flag.trim_end_matches('-'))
    })
}

#[test]
fn every_selector_names_a_case() {
    let mut selectors = 0;
    for command in [README, GUIDE].into_iter().flat_map(conform_commands) {
        let mut words = command.split_whitespace();
        while let Some(word) = words.next() {
            if !["--case", "explain"].contains(&word) {
                continue;
            }
            let id = words.next().unwrap_or_default();
            let id = id.split('@').next().unwrap_or_default();
            let named = [Role::Server, Role::Client].map(|side| select(side, &[id]).is_ok());
            let named = named.contains(&true) || requirement(id).is_some();
            assert!(named || id.chars().all(char::is_uppercase), "`{id}` in: {command}");
            selectors += 1;
        }
    }
    assert!(selectors > 3, "{selectors}");
}

#[test]
fn every_verdict_is_explained() {
    for verdict in Verdict::ALL {
        assert!(GUIDE.contains(&format!("\n| {verdict} |")), "{verdict}");
    }
}

/// The blocks of code in the guide, of this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    GUIDE.split(&begin).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_python_server_fails_and_is_mended_as_shown() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|run| run.status.success()) {
        return not_tested("there is no python3 here to run the guide's server");
    }
    let [server, mended] = blocks("python")[..] else { panic!("a server and what mends it") };
    let (code, report) = judged(server);
    assert_eq!(code, Some(1), "{report}");
    let shown = blocks("").into_iter().find(|block| block.contains("FAIL          text.utf8"));
    for line in shown.expect("the failure").lines().filter(|line| !line.contains(" ms ")) {
        let line = line.replace("localhost:9000", "");
        let parts = line.split("conform ").map(str::trim);
        assert!(parts.clone().all(|part| report.contains(part)), "{line}\nis not in\n{report}");
    }
    let wrong = "            if kind == b\"T\":\n                self.frame(b\"R\", payload)\n";
    assert!(server.contains(wrong));
    let (code, report) = judged(&server.replace(wrong, &format!("{mended}\n")));
    assert_eq!(code, Some(0), "{report}");
}

/// What the suite says of the texts of a server in Python, whose port is 9000.
fn judged(script: &str) -> (Option<i32>, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = script.replace("9000", &port.to_string());
    let _served = Ended(Command::new("python3").args(["-c", &script]).spawn().unwrap());
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    let target = format!("127.0.0.1:{port}");
    let run = conexion().args(["conform", &target, "--case", "text"]).output().unwrap();
    (run.status.code(), String::from_utf8(run.stdout).unwrap())
}
