//! 2,000 connections held idle while another one is echoed: what they cost in resident
//! memory, and what they do to the latency of the echo.
//!
//! The server runs in a process of its own, the program that cargo has built, so that its
//! memory is its own. Linux only: memory is read from `/proc`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};
use rustix::process::{Resource, getrlimit, setrlimit};

const CONNECTIONS: usize = 2000;
const LINE: &[u8] = b"CONEXION/1 CLIENT\n";
const TEXT: &[u8] = b"T\0\0\0\x04hola";
const REPLY: &[u8] = b"R\0\0\0\x04hola";

struct Served {
    child: Child,
    address: SocketAddr,
    _root: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_conexion"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--root"])
            .arg(root.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("the first line");
        let address = line.trim().rsplit(' ').next().and_then(|text| text.parse().ok());
        Self { child, address: address.expect("the line names the address"), _root: root }
    }

    /// Resident memory in octets, and how much of it is anonymous.
    fn memory(&self) -> (u64, u64) {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let rollup = std::fs::read_to_string(path).expect("Linux");
        let field = |name| {
            let line = rollup.lines().find(|line: &&str| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1));
            kib.and_then(|kib| kib.parse::<u64>().ok()).expect("a field of smaps_rollup") * 1024
        };
        (field("Rss:"), field("Anonymous:"))
    }

    fn framed(&self) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).expect("a place");
        socket.set_nodelay(true).expect("a socket");
        socket.write_all(LINE).expect("open");
        let mut octet = [0];
        while octet != *b"\n" {
            socket.read_exact(&mut octet).expect("the server's line");
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

fn echo(socket: &mut TcpStream) {
    socket.write_all(TEXT).expect("open");
    let mut reply = [0; REPLY.len()];
    socket.read_exact(&mut reply).expect("open");
    assert_eq!(reply, REPLY);
}

/// Takes as many descriptors as the system grants: this process holds the other ends.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("raising to the maximum is allowed");
}

fn idle(c: &mut Criterion) {
    raise_descriptor_limit();
    let served = Served::start();
    let mut group = c.benchmark_group("idle");
    let mut socket = served.framed();
    group.bench_function("echo/alone", |b| b.iter(|| echo(&mut socket)));

    let before = served.memory();
    let held: Vec<_> = (0..CONNECTIONS).map(|_| served.framed()).collect();
    let after = served.memory();
    let each = |now: u64, then: u64| (now.saturating_sub(then)) / CONNECTIONS as u64;
    println!(
        "idle/memory: {CONNECTIONS} connections, {} octets resident each ({} anonymous), {} MiB in all",
        each(after.0, before.0),
        each(after.1, before.1),
        after.0 / (1024 * 1024)
    );
    group.bench_function(format!("echo/beside {CONNECTIONS} idle"), |b| {
        b.iter(|| echo(&mut socket));
    });
    drop(held);
    group.finish();
}

criterion_group!(benches, idle);
criterion_main!(benches);
