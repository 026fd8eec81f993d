//! Peers that mean harm, against `conexion serve` in a process of its own: what they make it
//! use is measured and stays within what its limits promise, honest peers are answered
//! meanwhile, and afterwards everything is given back.
//!
//! `cargo test` has a short form. The whole one has 2,000 connections and thousands of
//! uploads, and prints what was used and what is allowed:
//!
//! ```sh
//! HOSTILE=whole cargo test --release --test hostile -- --nocapture
//! ```
//!
//! Linux only: what a process uses is read from `/proc`.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod descriptors;
mod exceeding;
mod flooding;
mod hoarding;
mod honest;
mod measured;
#[path = "../programs/mod.rs"]
mod programs;
mod stalling;
mod uploading;

use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Peer};
use conexion::wire::{FrameType, Header, Limits, Message, Preface};
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use honest::Honest;
use measured::{Row, Usage, Watch};
use programs::Served;

/// The stack of a connection, as the documentation of `TextHandler` has it.
const STACK: u64 = 256 * 1024;
/// The README's "Limits": the buffer of an idle connection, that of an open upload, and what
/// may be queued for a slow reader beside one answer.
const IDLE_BUFFER: u64 = 2 * 1024;
const UPLOAD_BUFFER: u64 = 256 * 1024;
const QUEUED: u64 = 64 * 1024;
/// Descriptors of a connection, and those that an upload adds for its file and its signal.
const SOCKET: u64 = 1;
const UPLOAD: u64 = 3;
/// Folders that a request has open while it is worked on.
const AT_WORK: u64 = 2;
/// What the allocator may keep of what was given back: each of its arenas, of which there are
/// eight a core, up to its trim threshold, twice the largest buffer that was ever given back
/// (mallopt(3)).
const ARENA: u64 = 2 * UPLOAD_BUFFER;
/// What a connection touches when it ends and has not before: pages of its stack for the log,
/// and its last answer.
const ENDING: u64 = 2 * 4096;

/// The octets of the longest TEXT and of the longest DATA, and of the largest answer.
fn longest_text() -> u64 {
    Header::LEN as u64 + u64::from(Limits::default().text.octets())
}

fn largest_answer() -> u64 {
    longest_text() + (Preface::MAX_LEN + Header::LEN + 2 + Message::MAX_LEN) as u64
}

/// The size of the whole form, or of the short one.
fn scaled<T>(short: T, whole: T) -> T {
    if std::env::var("HOSTILE").is_ok_and(|form| form == "whole") { whole } else { short }
}

fn connect(address: SocketAddr) -> Peer {
    let socket = TcpStream::connect(address).expect("is accepted");
    socket.set_read_timeout(Some(LONG)).expect("a socket");
    socket.set_write_timeout(Some(LONG)).expect("a socket");
    socket.set_nodelay(true).expect("a socket");
    Peer::new(socket)
}

/// The machine for one server alone.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server under attack. One at a time, so that each has the machine for itself.
struct Scene {
    name: &'static str,
    address: SocketAddr,
    before: Usage,
    /// Octets of memory that an idle connection has been seen to take.
    idle: u64,
    served: Served,
    root: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// What an attack may make a server use beyond what it used before.
#[derive(Clone, Copy, Default)]
struct Allowed {
    /// Connections, each with a thread.
    connections: u64,
    /// Those of them that have an upload open.
    uploads: u64,
    /// Octets of memory in all.
    memory: u64,
    /// Files under `.conexion/`, and their octets.
    held: u64,
    disk: u64,
}

impl Scene {
    fn start(name: &'static str, settings: &[&str]) -> Self {
        let alone = alone();
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit).expect("raising to the maximum is allowed");
        let root = tempfile::tempdir().expect("a folder");
        let (served, address) = Served::start(root.path(), "127.0.0.1:0", settings);
        let at_rest = Usage::of(served.process(), root.path()).threads;
        // The first connection and the first upload are not what is measured.
        let mut peer = connect(address);
        peer.open();
        peer.upload("first", b"first");
        drop(peer);
        let before = Usage::of(served.process(), root.path());
        let mut scene = Self { name, address, before, idle: 0, served, root, _alone: alone };
        scene.before = scene.settled(|usage| usage.threads <= at_rest);
        let peers: Vec<_> = (0..SAMPLE).map(|_| scene.framed()).collect();
        scene.idle = scene.usage().memory.saturating_sub(scene.before.memory) / SAMPLE;
        assert!(scene.idle <= STACK + IDLE_BUFFER, "{} octets are no idle connection", scene.idle);
        drop(peers);
        scene.settled(|usage| usage.threads <= at_rest);
        scene
    }

    /// What a connection may take that has no upload and nothing buffered, its end included.
    fn connection(&self) -> u64 {
        self.idle + IDLE_BUFFER + ENDING
    }

    fn usage(&self) -> Usage {
        Usage::of(self.served.process(), self.root.path())
    }

    fn connect(&self) -> Peer {
        connect(self.address)
    }

    /// A connection after both lines and one text.
    fn framed(&self) -> Peer {
        let mut peer = self.connect();
        peer.open();
        peer.text("hola");
        peer.expect(FrameType::Reply);
        peer
    }

    /// Waits for what must come to be, and returns what is used then.
    fn settled(&self, is_so: impl Fn(&Usage) -> bool) -> Usage {
        let since = Instant::now();
        loop {
            let usage = self.usage();
            if is_so(&usage) {
                return usage;
            }
            assert!(since.elapsed() < LONG, "{}: {usage:?}, {:?} before", self.name, self.before);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Has the attack go on beside an honest peer, and holds what is used against what is
    /// allowed.
    fn attacked<T>(&self, allowed: Allowed, newcomers: bool, attack: impl FnOnce(&Self) -> T) -> T {
        let honest = Honest::start(self.address, newcomers);
        let watch = Watch::start(self.served.process(), self.root.path().to_owned());
        let result = attack(self);
        let most = watch.most();
        honest.judge(self.name);
        self.hold(most, allowed);
        result
    }

    fn hold(&self, most: Usage, allowed: Allowed) {
        // The honest peer has two connections, one of them with an upload; those that it had
        // before may be ending.
        let connections = allowed.connections + 8;
        let uploads = allowed.uploads + 2;
        let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
        let bounds = Usage {
            memory: self.before.memory
                + allowed.memory
                + 4 * STACK
                + 2 * UPLOAD_BUFFER
                + 8 * cores * ARENA,
            descriptors: self.before.descriptors
                + connections * SOCKET
                + uploads * (UPLOAD + AT_WORK),
            threads: self.before.threads + connections,
            held: self.before.held + allowed.held + 2,
            disk: self.before.disk + allowed.disk + 8,
            // Nothing of an attacker.
            stored: self.before.stored + 4,
        };
        println!("{}", Row(self.name, most, bounds));
        let above = most.above(bounds);
        assert!(above.is_empty(), "{}: {above:?}", self.name);
    }

    /// Everything but what is held is given back once the peers have gone.
    fn all_given_back(&self) {
        let before = self.before;
        let after = self.settled(|usage| {
            usage.threads <= before.threads && usage.descriptors <= before.descriptors
        });
        let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
        // Stacks of threads that ended are kept for the next ones, 40 MiB of them at most.
        let kept = 8 * cores * ARENA + STACKS_KEPT;
        let bound = before.memory + kept;
        println!(
            "{:<26}   afterwards {} KiB of {} KiB, {} threads, {} descriptors",
            self.name,
            after.memory / 1024,
            bound / 1024,
            after.threads,
            after.descriptors
        );
        assert!(after.memory <= bound, "{}: {} octets are kept", self.name, after.memory);
    }
}

/// Idle connections by which the memory of one is measured.
const SAMPLE: u64 = 64;

/// glibc's cache of stacks.
const STACKS_KEPT: u64 = 40 << 20;
