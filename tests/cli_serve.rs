//! `conexion serve` as an operator meets it: its first line, its log, its end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(20);

fn conexion() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("conexion"))
}

/// A server in a process of its own, killed when dropped.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    fn start(root: &Path, more: &[&str]) -> Self {
        let mut child = Process::new(assert_cmd::cargo::cargo_bin!("conexion"))
            .args(["serve", "--listen", "127.0.0.1:0", "--root"])
            .arg(root)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("the first line");
        Self { address: address.parse().unwrap(), child }
    }

    fn signal(&self, name: &str) {
        let sent = Process::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// How it ended, and its log.
    fn ended(mut self) -> (ExitStatus, String) {
        let begin = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(10)),
            }
            assert!(begin.elapsed() < LONG, "it does not end");
        };
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status, log)
    }

    fn framed(&self) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        socket.write_all(b"CONEXION/1 CLIENT\n").unwrap();
        let mut octet = [0];
        while octet != *b"\n" {
            socket.read_exact(&mut octet).unwrap();
        }
        socket
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn temporary() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_port_that_is_taken_is_one_line_and_exit_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = temporary();
    conexion()
        .args(["serve", "--listen", &taken.local_addr().unwrap().to_string(), "--root"])
        .arg(root.path())
        .assert()
        .code(1)
        .stdout("")
        .stderr(starts_with("conexion: cannot listen on 127.0.0.1:").and(contains("in use")));
}

#[test]
fn a_root_that_is_missing_is_one_line_and_exit_1() {
    let root = temporary();
    let assert = conexion()
        .args(["serve", "--listen", "127.0.0.1:0", "--root"])
        .arg(root.path().join("none"))
        .assert()
        .code(1);
    let error = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("none"), "{error}");
}

#[test]
fn a_root_has_one_server() {
    let root = temporary();
    let _served = Served::start(root.path(), &[]);
    conexion()
        .args(["serve", "--listen", "127.0.0.1:0", "--root"])
        .arg(root.path())
        .assert()
        .code(1)
        .stderr(contains("another server").or(contains("in use")));
}

#[test]
fn without_a_root_a_folder_is_made_for_it() {
    let place = temporary();
    let mut child = Process::new(assert_cmd::cargo::cargo_bin!("conexion"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(place.path().join("received").is_dir());
}

#[test]
fn wrong_values_are_usage() {
    for arguments in [
        ["--chunk", "1000"],
        ["--timer", "idle"],
        ["--timer", "tea=5m"],
        ["--max-file", "many"],
        ["--plain", "some"],
    ] {
        conexion().arg("serve").args(arguments).assert().code(2).stderr(contains(arguments[0]));
    }
}

#[test]
fn the_first_signal_ends_it_in_order() {
    for signal in ["-INT", "-TERM"] {
        let root = temporary();
        let served = Served::start(root.path(), &[]);
        let mut socket = served.framed();
        served.signal(signal);
        let mut last = Vec::new();
        socket.read_to_end(&mut last).unwrap();
        assert_eq!((last[0], &last[5..7]), (b'X', &107_u16.to_be_bytes()[..]));
        drop(socket);
        let (status, log) = served.ended();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("stopped"), "{log}");
    }
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let root = temporary();
    let served = Served::start(root.path(), &["--grace", "1h"]);
    let mut socket = served.framed();
    socket.write_all(b"F\0\0\0\x0F\0\x01\0\0\0\0\0\0\0\x05\0\0\0\x01a").unwrap();
    socket.read_exact(&mut [0; 17]).unwrap();
    served.signal("-INT");
    std::thread::sleep(Duration::from_millis(300));
    served.signal("-INT");
    let begin = Instant::now();
    let (status, log) = served.ended();
    assert_eq!(status.code(), Some(130), "{log}");
    assert!(begin.elapsed() < LONG);
}

#[test]
fn the_log_has_a_line_a_connection_and_escapes_what_peers_say() {
    let root = temporary();
    let served = Served::start(root.path(), &["--log-format", "json"]);
    let mut socket = served.framed();
    // A destination with an escape sequence of terminals, which is refused.
    socket.write_all(b"F\0\0\0\x12\0\x01\0\0\0\0\0\0\0\0\0\0\0\x04a\x1B[m").unwrap();
    socket.write_all("F\0\0\0\x10\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02ñ".as_bytes()).unwrap();
    socket.write_all(b"E\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0B\0\0\0\0").unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
    served.signal("-TERM");
    let (_, log) = served.ended();
    assert!(!log.contains('\x1B'), "{log}");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |message| lines.iter().filter(move |line| line["message"] == message).count();
    assert_eq!((said("connection"), said("refused"), said("stored")), (1, 1, 1), "{log}");
}

#[test]
fn a_killed_server_leaves_nothing_in_part_and_resume_completes() {
    let root = temporary();
    let source = temporary();
    let path = source.path().join("big.bin");
    let octets: Vec<u8> = (0..4_000_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&path, &octets).unwrap();

    let served = Served::start(root.path(), &[]);
    let mut socket = served.framed();
    let mut request = b"F\0\0\0\x15\x02\x01".to_vec();
    request.extend((octets.len() as u64).to_be_bytes());
    request.extend(b"\0\0\0\x07big.bin");
    socket.write_all(&request).unwrap();
    socket.read_exact(&mut [0; 17]).unwrap();
    for chunk in octets[..8_000_000].chunks(200_000) {
        socket.write_all(&[b"D", &200_000_u32.to_be_bytes()[..], chunk].concat()).unwrap();
    }
    let part = || {
        let entries = std::fs::read_dir(root.path().join(".conexion")).unwrap().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).map(|data| data.len()).max().unwrap()
    };
    let begin = Instant::now();
    while part() < 4_000_000 {
        assert!(begin.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(5));
    }
    served.signal("-KILL");
    served.ended();
    assert!(!root.path().join("big.bin").exists());

    let served = Served::start(root.path(), &[]);
    conexion()
        .args(["send", &served.address.to_string()])
        .arg(&path)
        .assert()
        .success()
        .stderr(contains("resumed: "));
    assert!(std::fs::read(root.path().join("big.bin")).unwrap() == octets, "another file");
}

#[test]
fn a_name_cannot_pass_for_fields_of_the_log() {
    let root = temporary();
    let served = Served::start(root.path(), &[]);
    let mut socket = served.framed();
    socket.write_all(b"F\0\0\0\x16\0\x01\0\0\0\0\0\0\0\0\0\0\0\x08n size=9").unwrap();
    socket.write_all(b"E\0\0\0\x0C\0\0\0\0\0\0\0\0\0\0\0\0B\0\0\0\0").unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
    served.signal("-TERM");
    let (_, log) = served.ended();
    assert!(log.contains("destination=\"n size=9\" size=0"), "{log}");
}
