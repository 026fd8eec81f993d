//! The kill matrix of clients: deliberately wrong clients, each of which breaks one sentence of
//! the spec as a programmer would, against the cases of the conformance suite.
//!
//! - With no fault the client fails no case, so that whatever fails, fails for its fault.
//! - Each fault fails every case that it names, one of which cites the sentence that it breaks.
//! - Each case is failed by some fault, or stands in [`UNKILLED`] with the reason why not.
//!
//! `KILL_MATRIX=whole cargo test --test kill_clients -- --nocapture` judges each fault by every
//! case instead of those that it names, and prints all that fail.

mod client;
mod faults;
mod matrix;

use std::collections::BTreeSet;
use std::fs;

use conexion::conformance::{registry, requirement};
use conexion::server::{Config, Server};
use conexion::wire::Role;

use self::client::{Job, Upload, run};
use self::faults::Wrong;
use self::matrix::{Judged, judge_all, judge_right};

/// Cases that no fault can fail, and why.
const UNKILLED: &[(&str, &str)] = &[];

#[test]
fn the_right_client_and_a_server_understand_each_other() {
    let root = tempfile::tempdir().unwrap();
    let config = Config::new(root.path().to_owned(), ([127, 0, 0, 1], 0).into());
    let server = Server::bind(config).unwrap();
    let (address, handle) = (server.local_addr(), server.shutdown_handle());
    let thread = std::thread::spawn(move || server.run());
    let sources = tempfile::tempdir().unwrap();
    let source = sources.path().join("source");
    fs::write(&source, vec![7; 1 << 20]).unwrap();
    let upload = |overwrite, resume, digest| {
        Job::Upload(Upload {
            source: source.clone(),
            destination: "a/b".to_owned(),
            overwrite,
            resume,
            digest,
        })
    };
    let jobs = [
        Job::Text("hola".to_owned()),
        upload(false, false, 4),
        upload(true, false, 32),
        upload(false, true, 32),
        Job::Text(String::new()),
    ];
    assert_eq!(run(address, &jobs, Wrong(None)), Ok(()));
    assert_eq!(fs::read(root.path().join("a/b")).unwrap(), fs::read(&source).unwrap());
    assert!(run(address, &[upload(false, false, 4)], Wrong(None)).is_err());
    handle.shut_down();
    thread.join().unwrap();
}

#[test]
fn the_right_client_fails_nothing() {
    let wrong = judge_right();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_fault_fails_the_cases_that_it_names() {
    let judged = judge_all(&faults::all());
    print!("{}", matrix::table(&judged));
    let wrong: Vec<String> = judged.iter().flat_map(Judged::complaints).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_fault_breaks_a_sentence_that_one_of_its_cases_cites() {
    for entry in faults::all() {
        assert!(requirement(entry.breaks).is_some(), "{}: no `{}`", entry.name, entry.breaks);
        let cites = |id: &&str| {
            let case = registry(Role::Client).into_iter().find(|case| case.id == *id);
            let case = case.unwrap_or_else(|| panic!("{}: no case `{id}`", entry.name));
            case.requirements.contains(&entry.breaks)
        };
        // Each is looked up, also behind one that cites.
        let citing = entry.fails.iter().filter(|id| cites(id)).count();
        assert!(citing > 0, "{}: no case cites `{}`", entry.name, entry.breaks);
    }
}

#[test]
fn each_case_is_failed_by_a_fault() {
    let killed: BTreeSet<&str> =
        faults::all().iter().flat_map(|entry| entry.fails).copied().collect();
    let excused = |id: &str| UNKILLED.iter().any(|(unkilled, _)| *unkilled == id);
    let ids: Vec<&str> = registry(Role::Client).iter().map(|case| case.id).collect();
    let dodging: Vec<&&str> =
        ids.iter().filter(|id| !killed.contains(**id) && !excused(id)).collect();
    assert!(dodging.is_empty(), "no fault fails {dodging:#?}");
    for (id, _) in UNKILLED {
        assert!(ids.contains(id), "there is no case `{id}`");
        assert!(!killed.contains(id), "a fault fails `{id}`, so it needs no excuse");
    }
}
