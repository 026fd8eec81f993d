//! `preface.one-write`: each side hands its line to the transport in one write. What is seen at
//! the other end is the same either way, so `strace` tells with which calls it was sent.
//!
//! `cargo test --test one_write -- --ignored`

#[path = "programs/mod.rs"]
mod programs;
#[path = "strace/mod.rs"]
mod strace;
#[expect(dead_code, reason = "another test uses the rest")]
#[path = "crash/trace.rs"]
mod trace;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use programs::{Served, conexion};
use trace::{Call, Tracer};

/// Longer than a line takes, under a tracer.
const LONG: Duration = Duration::from_secs(20);

/// The first line that comes.
fn line(socket: &TcpStream) -> Vec<u8> {
    socket.set_read_timeout(Some(LONG)).expect("a socket");
    let mut line = Vec::new();
    BufReader::new(socket).read_until(b'\n', &mut line).expect("a line");
    assert!(line.starts_with(b"CONEXION/1 ") && line.ends_with(b"\n"), "{}", line.escape_ascii());
    line
}

/// Judges the first call that sends something, by its octets and their number.
fn judge(calls: &[Call], log: &str, line: &[u8]) {
    let is_socket = |call: &&Call| call.arguments[0].contains("<socket:");
    let first = calls.iter().find(is_socket).unwrap_or_else(|| panic!("nothing was sent:\n{log}"));
    let shown = format!("\"{}\"...", line[..16].escape_ascii());
    let len = line.len().to_string();
    let handed = [&first.arguments[1], &first.arguments[2], &first.result];
    assert_eq!(handed, [&shown, &len, &len], "{}:\n{log}", line.escape_ascii());
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test one_write -- --ignored"]
fn a_server_hands_its_line_over_in_one_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut served, address) = Served::start(folder.path(), "127.0.0.1:0", &[]);
    let tracer = Tracer::attach(served.process(), &folder.path().join("log"), None);
    let mut socket = TcpStream::connect(address).expect("a server");
    socket.write_all(b"CONEXION/1 CLIENT\n").expect("a server");
    let line = line(&socket);
    // A server that has closed has come back from its calls.
    socket.shutdown(Shutdown::Write).expect("a server");
    assert_eq!(socket.read(&mut [0]).expect("the end"), 0);
    served.kill();
    let (calls, log) = tracer.calls();
    judge(&calls, &log, &line);
}

#[test]
#[ignore = "needs strace, and leave to trace a process: cargo test --test one_write -- --ignored"]
fn a_client_hands_its_line_over_in_one_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    // The shell becomes the client when it is told to, and is traced by then.
    let mut shell = Command::new("sh")
        .args(["-c", "read -r go && exec \"$0\" \"$@\""])
        .arg(conexion().get_program())
        .args(["text", &address, "hola"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let tracer = Tracer::attach(shell.id(), &folder.path().join("log"), None);
    shell.stdin.take().expect("piped").write_all(b"go\n").expect("a shell");
    let (socket, _) = listener.accept().expect("a client");
    let line = line(&socket);
    drop(socket);
    shell.wait().expect("a child");
    let (calls, log) = tracer.calls();
    judge(&calls, &log, &line);
}
