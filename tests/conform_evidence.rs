//! `conexion conform --evidence`, `replay` and `explain`, as their users call them.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::Served;
use conexion::conformance::record::Party;
use conexion::conformance::recording::Recording;
use predicates::str::contains;
use tempfile::TempDir;

fn conform(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("conexion").expect("the program is built");
    command.arg("conform").args(arguments).assert()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with the evidence of one case of the embedded server.
fn recorded(case: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    conform(&["--evidence", text(&kept), "--case", case]).success();
    let file = kept.join(format!("{case}.json"));
    (folder, file)
}

#[test]
fn a_case_is_kept_in_three_files_and_sent_again_with_the_same_answers() {
    let (_folder, file) = recorded("upload.many-chunks");
    let read = fs::read_to_string(file.with_extension("txt")).unwrap();
    for part in
        ["upload.many-chunks (MUST): PASS\n", "\nend.stored: STORED MUST carry ", " STORED, length"]
    {
        assert!(read.contains(part), "no {part:?} in {read}");
    }
    conform(&["replay", text(&file)])
        .success()
        .stdout(contains("the answers are those recorded"))
        .stdout(contains("STORED, length"));
}

#[test]
fn nothing_of_a_recording_is_left_out() {
    let (_folder, file) = recorded("upload.many-chunks");
    let recording = Recording::read(&fs::read_to_string(&file).unwrap()).unwrap();
    let sent = recording.case.evidence[0].octets(Party::Suite);
    // More than the stream of results keeps of one write.
    assert!(sent.len() > 10_000, "{}", sent.len());
    let streams = streams(&fs::read(file.with_extension("pcapng")).unwrap());
    for (number, conversation) in recording.case.evidence.iter().enumerate() {
        let suite = 49_152 + u16::try_from(number).unwrap();
        let target = recording.server.port();
        let stream = |from, to| streams.get(&(from, to)).cloned().unwrap_or_default();
        assert_eq!(stream(suite, target), conversation.octets(Party::Suite));
        assert_eq!(stream(target, suite), conversation.octets(Party::Target));
    }
}

/// The streams of a capture, by the ports that they come from and go to: each is without a
/// gap.
fn streams(file: &[u8]) -> BTreeMap<(u16, u16), Vec<u8>> {
    let mut streams: BTreeMap<_, (u32, Vec<u8>)> = BTreeMap::new();
    let mut rest = file;
    while !rest.is_empty() {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let (kind, len) = (number(0), number(4) as usize);
        if kind == 6 {
            let packet = &rest[28..28 + number(20) as usize];
            let segment = &packet[34..];
            let short = |at: usize| u16::from_be_bytes(segment[at..at + 2].try_into().unwrap());
            let sequence = u32::from_be_bytes(segment[4..8].try_into().unwrap());
            let ends = u32::from(segment[13] & 3 != 0);
            let (next, octets) =
                streams.entry((short(0), short(2))).or_insert_with(|| (sequence, Vec::new()));
            assert_eq!(*next, sequence);
            octets.extend_from_slice(&segment[20..]);
            *next += u32::try_from(segment.len() - 20).unwrap() + ends;
        }
        rest = &rest[len..];
    }
    streams.into_iter().map(|(ports, (_, octets))| (ports, octets)).collect()
}

#[test]
fn an_answer_that_is_another_is_a_difference() {
    let (_folder, file) = recorded("state.idle.text");
    let recorded = fs::read_to_string(&file).unwrap();
    // A REPLY of one octet less.
    let changed = recorded.replacen("52000000", "53000000", 1);
    assert_ne!(recorded, changed);
    fs::write(&file, changed).unwrap();
    conform(&["replay", text(&file)])
        .code(1)
        .stdout(contains("connection 1: answer 1 was `S` with "))
        .stdout(contains("the answers differ"));
}

#[test]
fn a_recording_is_sent_again_to_the_same_server_under_a_new_name_or_exactly() {
    let served = Served::new();
    let target = served.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    conform(&[&target, "--evidence", text(folder.path()), "--case", "upload.0"]).success();
    let file = folder.path().join("upload.0.json");
    conform(&["replay", text(&file), &target]).success();
    // Where every octet had a write of its own, the name is found all the same.
    let octets = "upload.0@octets";
    conform(&[&target, "--evidence", text(folder.path()), "--case", octets]).success();
    conform(&["replay", text(&folder.path().join("upload.0@octets.json")), &target]).success();
    conform(&["replay", text(&file), &target, "--exact"])
        .code(1)
        .stdout(contains(" was `C` with 12 octets"))
        .stdout(contains(" and is `X` with 2 octets"));
}

#[test]
fn what_cannot_be_sent_again_is_code_3() {
    let (folder, file) = recorded("state.idle.bye");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    conform(&["replay", text(&file), &nobody]).code(3).stderr(contains("cannot be sent again"));
    let missing = folder.path().join("missing.json");
    conform(&["replay", text(&missing)]).code(3).stderr(contains("cannot be sent again"));
    fs::write(&file, "{}").unwrap();
    conform(&["replay", text(&file)]).code(3);
}

#[test]
fn what_a_client_did_is_kept_and_cannot_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let kept = text(folder.path());
    conform(&["--client", "--evidence", kept, "--case", "preface.client-first"]).success();
    let mut files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|end| end == "json"));
    let file = file.expect("a recording");
    let recording = Recording::read(&fs::read_to_string(&file).unwrap()).unwrap();
    assert!(recording.case.evidence[0].octets(Party::Target).starts_with(b"CONEXION/1 CLIENT"));
    let (target, suite) = (49_152, recording.server.port());
    let streams = streams(&fs::read(file.with_extension("pcapng")).unwrap());
    assert_eq!(streams[&(target, suite)], recording.case.evidence[0].octets(Party::Target));
    conform(&["replay", text(&file)]).code(3).stderr(contains("it is of a client"));
}

#[test]
fn explain_shows_what_is_sent_what_is_accepted_and_why_servers_fail() {
    conform(&["explain", "frame.too-long-text"])
        .success()
        .stdout(contains("anything else is a FAIL"))
        .stdout(contains("Usual causes of a failure:\n"))
        .stdout(contains("On the wire, with the reference server (PASS):"))
        .stdout(contains("ERROR, length"));
    conform(&["explain", "generated.pairs.3"]).success().stdout(contains("FILE, length"));
}
