//! Peers that mean harm, against `conexion serve` in a process of its own: what they make it
//! use is measured and stays within what its limits promise, honest peers are answered
//! meanwhile, and afterwards everything is given back, memory but for what malloc may keep. Each
//! attack is made more than once: after the next one no more may be in use than after the first.
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

mod coming;
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
mod promised;
mod scene;
mod stalling;
mod uploading;

use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Peer};
use conexion::wire::{FrameType, Header, Limits};
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use honest::Honest;
use measured::{Row, Usage, Watch};
use programs::Served;
use promised::*;
use scene::{Allowed, Attacked, Kept, Scene, alone};

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

/// Does this on so many threads, each with its number.
fn on_each<T: Send>(threads: u64, round: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let round = &round;
    thread::scope(|scope| {
        let each: Vec<_> = (0..threads).map(|number| scope.spawn(move || round(number))).collect();
        each.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
