//! `conexion conform` as its users call it.

use std::net::TcpListener;

use assert_cmd::Command;
use conexion::conformance::{pairs_covered, pairwise, registry};
use conexion::wire::Role;
use predicates::str::{contains, starts_with};

fn conform(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("conexion").expect("the program is built");
    command.arg("conform").args(arguments).assert()
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

#[test]
fn list_names_every_case_under_its_chapter() {
    let sides = [Role::Server, Role::Client];
    let all: usize = sides.map(|side| registry(side).len()).into_iter().sum();
    conform(&["list"])
        .success()
        .stdout(contains("5.1 States\n  state.idle.text"))
        .stdout(contains(format!("{all} cases")));
}

#[test]
fn list_names_generated_cases_and_says_what_they_cover() {
    let all = pairwise().len();
    conform(&["list", "generated"])
        .success()
        .stdout(contains("Generated sessions\n  generated.pairs.0 "))
        .stdout(contains(format!("{} pairs of parameters", pairs_covered())))
        .stdout(contains(format!("\n{all} cases\n")));
    conform(&["list", "generated.7.3@octets"]).success().stdout(contains("\n1 cases\n"));
}

#[test]
fn list_takes_selectors() {
    conform(&["list", "state.idle"]).success().stdout(contains("\n7 cases\n"));
}

#[test]
fn explain_says_the_sentence_of_a_case() {
    conform(&["explain", "frame.too-short"])
        .success()
        .stdout(starts_with("frame.too-short (MUST)\n"))
        .stdout(contains("MUST be refused with ERROR 101."));
}

#[test]
fn explain_says_which_cases_ask_about_a_requirement() {
    conform(&["explain", "flow.eager"])
        .success()
        .stdout(contains("cases for servers: flow.eager, flow.eager-refused"));
    conform(&["explain", "error.shutdown"]).success().stdout(contains("cases for servers: none"));
}

#[test]
fn what_names_no_case_is_wrong_usage() {
    conform(&["list", "no.such"]).code(2).stderr(contains("`no.such` names no case"));
    conform(&["explain", "no.such"]).code(2).stderr(contains("no case and no requirement"));
    let target = nobody();
    conform(&[&target, "--case", "upload", "--case", "uplo"]).code(2).stderr(contains("`uplo`"));
    conform(&[&target, "--jobs", "0"]).code(2);
    conform(&[&target, "--timeout", "0s"]).code(2);
    conform(&["::1"]).code(2).stderr(contains("IPv6 needs brackets"));
}

#[test]
fn no_server_is_one_clear_line_and_code_3() {
    let target = nobody();
    let line = format!("conexion conform: no server can be reached at {target}: ");
    conform(&[&target]).code(3).stdout("").stderr(starts_with(line));
}

#[test]
fn a_server_that_closes_at_once_fails_and_each_line_of_the_stream_is_json() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let run = conform(&[&target, "--json", "--case", "upload"]).code(1);
    let stream = String::from_utf8(run.get_output().stdout.clone()).expect("UTF-8");
    let lines: Vec<serde_json::Value> =
        stream.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [run, cases @ .., end] = lines.as_slice() else { panic!("more than two lines") };
    assert_eq!(run["target"], target);
    assert_eq!(run["cases"].as_array().map(Vec::len), Some(cases.len()));
    assert!(cases.len() == 4 && cases.iter().all(|case| case["verdict"] == "FAIL"));
    assert_eq!((&end["conclusion"], &end["exit_code"]), (&"fails".into(), &1.into()));
    let run = conform(&[&target, "--case", "upload.sizes"]).code(1);
    run.stdout(contains(format!("again: conexion conform {target} --case upload.sizes\n")));
}
