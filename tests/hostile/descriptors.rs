//! A server with as many descriptors as it calls enough: they are, and not one too many.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use conexion::wire::{Code, Destination, Flags};
use rustix::process::{Pid, Rlimit, prlimit};

use super::*;

const NONE: Flags = Flags { overwrite: false, resume: false };
const OVERWRITE: Flags = Flags { overwrite: true, resume: false };
const RESUME: Flags = Flags { overwrite: false, resume: true };

/// Those that are told that there is no room, beside few connections.
const TURNED_AWAY: usize = 16;

/// The first line of the log of a server that may have so many descriptors.
fn first_line(descriptors: u64, connections: u64) -> String {
    let root = tempfile::tempdir().unwrap();
    let mut server = Command::new("sh")
        .args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")])
        .arg(programs::conexion().get_program())
        .args(["serve", "--listen", "127.0.0.1:0", "--max-connections", &connections.to_string()])
        .arg("--root")
        .arg(root.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stderr.take().unwrap()).read_line(&mut line).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    line
}

/// What the warning calls enough.
fn enough(connections: u64) -> u64 {
    // It can begin with so many, and serve nobody.
    let line = first_line(20, connections);
    let number = line.split("wanted=").nth(1).and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no warning: {line}"))
}

/// The descriptors that a process has from us beside the three of its standard streams.
fn inherited() -> BTreeSet<u64> {
    let mut child = Command::new("sh")
        .args(["-c", "echo begun; read end"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut open = descriptors(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    open.split_off(&3)
}

fn descriptors(process: u32) -> BTreeSet<u64> {
    let open = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    open.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect()
}

/// A server for so many connections whose descriptors are all in use but for what they may
/// need: of those that it calls enough it has `fewer` less.
struct Bounded {
    address: SocketAddr,
    served: Served,
    root: TempDir,
    /// Its connections.
    peers: Vec<Peer>,
    _turned_away: Vec<Peer>,
    _alone: MutexGuard<'static, ()>,
}

impl Bounded {
    fn start(connections: u64, fewer: u64) -> Self {
        let alone = alone();
        let root = tempfile::tempdir().unwrap();
        let settings = ["--max-connections", &connections.to_string(), "--timer", "close=1m"];
        let (served, address) = Served::start(root.path(), "127.0.0.1:0", &settings);
        let open = || {
            let mut peer = connect(address);
            peer.open();
            peer
        };
        let peers: Vec<_> = (0..connections).map(|_| open()).collect();
        let turned_away = |_| {
            let mut peer = open();
            peer.expect_error(Code::TOO_MANY_CONNECTIONS);
            peer
        };
        let turned_away = (0..TURNED_AWAY).map(turned_away).collect();
        // Nobody comes who would be closed at once: that one is taken away, too.
        let enough = enough(connections) - 1 - fewer;
        // The limit is on the numbers, of which those that are inherited take some.
        let limit =
            inherited().into_iter().fold(enough, |limit, taken| limit + u64::from(taken < limit));
        let limit = Rlimit { current: Some(limit), ..getrlimit(Resource::Nofile) };
        let process = Pid::from_raw(served.process().try_into().unwrap());
        prlimit(process, Resource::Nofile, limit).unwrap();
        Self { address, served, root, peers, _turned_away: turned_away, _alone: alone }
    }

    /// Ends a connection and begins another in its place.
    fn another(&self, peer: Peer) -> Peer {
        let before = descriptors(self.served.process()).len();
        drop(peer);
        let since = Instant::now();
        while descriptors(self.served.process()).len() >= before {
            assert!(since.elapsed() < LONG, "it does not end");
            thread::sleep(Duration::from_millis(1));
        }
        connect(self.address)
    }

    fn read(&self, name: &Path) -> Vec<u8> {
        std::fs::read(self.root.path().join(name)).unwrap()
    }
}

fn stored(peer: &mut Peer, destination: &str, size: Option<u64>, flags: Flags) {
    peer.file(destination, size, flags);
    if peer.expect_continue().offset == 0 {
        peer.data(b"hola");
    }
    peer.end(b"hola");
    peer.expect(FrameType::Stored);
}

/// Every kind of upload that a connection can have from its begin to its end. The names are
/// such that folders are listed for them.
fn every_kind(peer: &mut Peer, number: u64) {
    stored(peer, &format!("ñ/é/{number}/ü"), Some(4), NONE);
    stored(peer, &format!("ñ/é/{number}/ü"), Some(4), OVERWRITE);
    stored(peer, &format!("ñ/é/{number}/ü"), Some(4), RESUME);
    stored(peer, &format!("ñ/é/{number}/ü"), None, OVERWRITE);
    stored(peer, &format!("ñ/é/{number}/a/b/c/d"), None, NONE);
}

#[test]
fn a_server_that_has_fewer_than_enough_says_so() {
    let enough = enough(1);
    assert!(first_line(enough - 1, 1).contains("few descriptors"));
    assert!(first_line(enough, 1).contains("listening"));
}

#[test]
fn what_is_called_enough_is_enough_for_uploads_of_every_kind() {
    let mut bounded = Bounded::start(1, 0);
    let mut peer = bounded.peers.pop().unwrap();
    every_kind(&mut peer, 0);
    peer.file("ñ/é/held", Some(8), NONE);
    peer.expect_continue();
    peer.data(b"hola");
    let mut peer = bounded.another(peer);
    peer.open();
    peer.file("ñ/é/held", Some(8), RESUME);
    assert_eq!(peer.expect_continue().offset, 4);
    peer.data(b"hola");
    peer.end(b"holahola");
    peer.expect(FrameType::Stored);
    let mut peer = bounded.another(peer);
    peer.send(b"ARCHIVO:a.a:n/e/w/plain.a\x07\x07\x07FIN_ARCHIVO");
    peer.half_close();
    assert_eq!(peer.rest(), b"");
    assert_eq!(bounded.read(Path::new("n/e/w/plain.a")), b"\x07\x07\x07");
}

#[test]
fn one_descriptor_less_is_not_enough() {
    let mut bounded = Bounded::start(1, 1);
    let peer = &mut bounded.peers[0];
    peer.file("new/file", Some(4), NONE);
    peer.expect_continue();
    peer.data(b"hola");
    peer.end(b"hola");
    peer.expect_error(Code::STORAGE_FAILURE);
}

/// Among them the hungriest, of which more than one can be at work with all that it needs: a
/// file is confirmed below as many folders as there can be.
#[test]
fn what_is_called_enough_is_enough_for_uploads_at_the_same_time() {
    let connections = scaled(3, 16);
    let rounds = scaled(10, 40);
    let mut bounded = Bounded::start(connections, 0);
    let deep = |number| "d/".repeat(Destination::MAX_LEN / 2 - 2) + &format!("{number:03}");
    for (number, peer) in (0..).zip(&mut bounded.peers) {
        peer.upload(&deep(number), b"hola");
    }
    thread::scope(|scope| {
        for (number, peer) in (0..).zip(&mut bounded.peers) {
            let deep = deep(number);
            scope.spawn(move || {
                for round in 0..rounds {
                    stored(peer, &deep, Some(4), RESUME);
                    every_kind(peer, round * connections + number);
                }
            });
        }
    });
}
