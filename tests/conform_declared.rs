//! `conexion conform` with what is declared of a target: root, profile, baseline.

mod common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use common::Served;
use conexion::conformance::{Plain, Profile};
use conexion::server::PlainMode;
use predicates::str::contains;

fn conform(served: &Served, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("conexion").expect("the program is built");
    command.arg("conform").arg(served.address.to_string()).args(arguments).assert()
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn with_the_root_uploads_are_compared_on_disk() {
    let served = Served::new();
    let root = utf8(served.root());
    conform(&served, &["--root", root, "--json", "--case", "publish"])
        .success()
        .stdout(contains(r#""stored":"disk""#));
    let elsewhere = tempfile::tempdir().expect("a folder");
    conform(&served, &["--root", utf8(elsewhere.path()), "--case", "upload"])
        .code(1)
        .stdout(contains("octets on disk in `conform-"));
    let file = elsewhere.path().join("file");
    fs::write(&file, "").expect("a file");
    conform(&served, &["--root", utf8(&file)]).code(2).stderr(contains("is no folder"));
    conform(&served, &["--root", "no such folder"]).code(2).stderr(contains("No such file"));
}

#[test]
fn a_written_profile_says_what_the_server_has_and_is_met() {
    let served = Served::with(|config| config.plain = PlainMode::Text);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profile.toml");
    conform(&served, &["--write-profile", utf8(&path)]).success().stdout("");
    let text = fs::read_to_string(&path).expect("it was written");
    let profile = Profile::read(&text).expect(&text);
    assert_eq!((profile.plain, profile.resume), (Some(Plain::Text), Some(true)), "{text}");
    assert!(profile.limits.chunk.is_some() && text.contains("# idle = \"5m\"\n"), "{text}");
    conform(&served, &["--profile", utf8(&path), "--case", "detection"]).success();
    conform(&served, &["--write-profile", utf8(&path)]).code(2).stderr(contains("there already"));
}

#[test]
fn what_is_declared_and_absent_fails() {
    let served = Served::with(|config| config.plain = PlainMode::Off);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profile.toml");
    let run = |profile: &str, case: &str| {
        fs::write(&path, profile).expect("a profile");
        conform(&served, &["--profile", utf8(&path), "--case", case])
    };
    run("", "plain.echo").stdout(contains("N/A"));
    run("plain = 'all'", "plain.echo").code(1).stdout(contains("FAIL"));
    run("[limits]\ntext = 1", "upload").code(1).stdout(contains("declares `text` 1"));
    run("plian = 'all'", "upload").code(2).stderr(contains("unknown field `plian`"));
}

#[test]
fn a_baseline_excuses_what_it_knows_and_fails_once_it_is_not_needed() {
    let served = Served::with(|config| config.plain = PlainMode::Off);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let (wrong, right, baseline) = (file("wrong.toml"), file("right.toml"), file("known.toml"));
    fs::write(&wrong, "plain = 'text'").expect("a profile");
    fs::write(&right, "plain = 'off'").expect("a profile");
    let run = |profile: &Path, more: &[&str]| {
        let arguments = ["--profile", utf8(profile), "--case", "plain.echo", "--case", "upload"];
        conform(&served, &[&arguments, more].concat())
    };
    run(&wrong, &["--write-baseline", utf8(&baseline)]).code(1).stderr(contains("known failure"));
    let known = fs::read_to_string(&baseline).expect("it was written");
    assert!(known.contains("case = \"plain.echo"), "{known}");
    run(&wrong, &["--baseline", utf8(&baseline)]).success().stdout(contains("KNOWN-FAIL"));
    run(&right, &["--baseline", utf8(&baseline)]).code(1).stdout(contains("not applicable"));
    fs::write(&baseline, known.replace("not looked into yet", "")).expect("a baseline");
    run(&wrong, &["--baseline", utf8(&baseline)]).code(2).stderr(contains("the reason is empty"));
    run(&wrong, &["--write-baseline", utf8(&wrong)]).code(2).stderr(contains("there already"));
}
