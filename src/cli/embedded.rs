//! The reference server inside this process, with a root that lasts as long as it does.
//!
//! Its timers are short and it takes few connections, so that most cases of the suite have
//! their ground; all of that is declared to the suite.

use std::net::Ipv4Addr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use conexion::conformance::{self, DeclaredLimits, Plain, Profile};
use conexion::server::store::Durability;
use conexion::server::{Config, Server, ShutdownHandle, Timers};
use conexion::wire::FileSize;
use tempfile::TempDir;

use super::conform::Started;

/// More than the cases that run side by side ever have.
const CONNECTIONS: usize = 128;

/// Short, but long beside the time that proves silence, within which no honest case may
/// meet a timer.
const TIMERS: Timers = Timers {
    preface: Duration::from_millis(900),
    frame: Duration::from_millis(900),
    idle: Duration::from_millis(900),
    discard: Duration::from_millis(900),
    write: Duration::from_millis(550),
    close: Duration::from_millis(900),
    prefix: Duration::from_millis(700),
    quiet: Duration::from_millis(200),
};

/// A running server; dropping it shuts it down and removes its root.
pub(super) struct Embedded {
    handle: ShutdownHandle,
    thread: Option<JoinHandle<()>>,
    _root: TempDir,
}

/// Starts a server on a free port of the loopback address. Its files are not made durable:
/// they go with it.
pub(super) fn start() -> Result<Started<Embedded>, String> {
    let root = tempfile::Builder::new()
        .prefix("conexion-")
        .tempdir()
        .map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let mut config = Config::new(root.path().to_owned(), (Ipv4Addr::LOCALHOST, 0).into());
    config.store.durability = Durability::None;
    // Small, so that the cases about a limit of files find one.
    config.limits.file = FileSize::new(4 << 20).ok();
    config.max_connections = CONNECTIONS;
    config.timers = TIMERS;
    let server = Server::bind(config).map_err(|error| error.to_string())?;
    let (address, handle) = (server.local_addr(), server.shutdown_handle());
    let thread = thread::Builder::new()
        .name("server".into())
        .spawn(move || server.run())
        .map_err(|error| format!("cannot start a thread: {error}"))?;
    let path = root.path().to_owned();
    let guard = Embedded { handle, thread: Some(thread), _root: root };
    Ok(Started { address, root: path, profile: profile(), guard })
}

fn profile() -> Profile {
    let Timers { preface, frame, idle, discard, write, close, prefix, quiet } = TIMERS;
    Profile {
        plain: Some(Plain::All),
        resume: Some(true),
        connections: Some(CONNECTIONS),
        limits: DeclaredLimits::default(),
        timers: conformance::Timers {
            preface: Some(preface),
            frame: Some(frame),
            idle: Some(idle),
            discard: Some(discard),
            write: Some(write),
            close: Some(close),
            prefix: Some(prefix),
            quiet: Some(quiet),
        },
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.handle.shut_down();
        if let Some(thread) = self.thread.take() {
            // It has nothing to report; a panic has been reported where it happened.
            let _ = thread.join();
        }
    }
}
